//! Any JSON value, as its text.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use rust_decimal::Decimal;
use serde::de::DeserializeOwned;

use super::scan::{Raw, Scanner, Shape, SyntaxError, check};
use super::text::{parse_decimal, parse_int, print_decimal, print_int, print_text, same_number, unescape};

/// Any JSON value, kept as the text that it was written as: its numbers have all their digits.
///
/// ```
/// use nexudus_core::Json;
/// let json: Json = r#"{"Rate": 1.08451234567890123456, "Tags": ["a", "b"]}"#.parse()?;
/// let rate = json.get("Rate").unwrap();
/// assert_eq!(rate.text(), "1.08451234567890123456");
/// assert_eq!(rate.as_decimal().unwrap().to_string(), "1.08451234567890123456");
/// let tags: Vec<String> = json.get("Tags").unwrap().to()?;
/// assert_eq!(tags, ["a", "b"]);
/// assert_eq!(Json::from("a \"b\"").to_string(), r#""a \"b\"""#);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// Two are equal when they mean the same: `1.50` is `1.5`, and neither white space nor the order of keys counts.
#[derive(Clone)]
pub struct Json(Box<str>);

/// A [`Json`] that is borrowed, such as a part of another one.
#[derive(Clone, Copy)]
pub struct JsonRef<'a>(&'a str);

/// A text that is not JSON.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JsonError(SyntaxError);

impl fmt::Display for JsonError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "not JSON: {} (at byte {})", self.0.reason, self.0.at)
    }
}

impl std::error::Error for JsonError {}

impl Json {
    /// Text that was checked already, or printed here.
    pub(crate) fn trusted(text: impl Into<Box<str>>) -> Self {
        Self(text.into())
    }

    /// What was printed by functions that print JSON.
    pub(crate) fn printed(print: impl FnOnce(&mut Vec<u8>)) -> Self {
        let mut out = Vec::new();
        print(&mut out);
        // They print text, so the other arm is never taken.
        String::from_utf8(out).map_or_else(|_| Self::null(), Self::trusted)
    }

    /// `null`
    pub fn null() -> Self {
        Self::trusted("null")
    }

    /// An object with these properties, in this order.
    pub fn object<K: AsRef<str>>(properties: impl IntoIterator<Item = (K, Self)>) -> Self {
        Self::printed(|out| {
            out.push(b'{');
            for (name, value) in properties {
                if out.len() > 1 {
                    out.push(b',');
                }
                print_text(out, name.as_ref());
                out.push(b':');
                out.extend_from_slice(value.0.as_bytes());
            }
            out.push(b'}');
        })
    }

    /// The same, borrowed.
    pub fn borrow(&self) -> JsonRef<'_> {
        JsonRef(&self.0)
    }

    /// The JSON text.
    pub fn text(&self) -> &str {
        &self.0
    }

    /// The JSON text.
    pub fn into_text(self) -> String {
        self.0.into()
    }
}

/// Gives [`Json`] the methods of [`JsonRef`].
macro_rules! borrowed {
    ($($(#[$doc:meta])* $name:ident($($argument:ident: $type:ty)?) -> $out:ty;)*) => {
        impl Json {$(
            $(#[$doc])*
            pub fn $name(&self $(, $argument: $type)?) -> $out {
                self.borrow().$name($($argument)?)
            }
        )*}
    };
}

borrowed! {
    /// Whether it is `null`.
    is_null() -> bool;
    /// Whether it is an array.
    is_array() -> bool;
    /// Whether it is an object.
    is_object() -> bool;
    /// `true` or `false`, if it is one of them.
    as_bool() -> Option<bool>;
    /// The integer, if it is a number that is one: `1.0` and `1e3` are integers.
    as_i64() -> Option<i64>;
    /// The number, if it is one that a [`Decimal`] can hold to the last digit.
    as_decimal() -> Option<Decimal>;
    /// The decoded text, if it is a text. An unpaired surrogate is replaced by U+FFFD.
    as_str() -> Option<Cow<'_, str>>;
    /// The first property with this name, if it is an object that has one.
    get(name: &str) -> Option<JsonRef<'_>>;
    /// The items of an array; none of anything else.
    items() -> impl Iterator<Item = JsonRef<'_>>;
    /// The properties of an object in their order; empty for other values.
    properties() -> impl Iterator<Item = (Cow<'_, str>, JsonRef<'_>)>;
}

impl Json {
    /// The value as another type, by its `Deserialize`. What a type can't hold, it loses: a float its digits.
    pub fn to<T: DeserializeOwned>(&self) -> serde_json::Result<T> {
        self.borrow().to()
    }
}

impl<'a> JsonRef<'a> {
    /// Text that was checked already.
    pub(crate) fn trusted(text: &'a str) -> Self {
        Self(text)
    }

    /// As the scanner gives values.
    pub(crate) fn raw(self) -> Raw<'a> {
        Raw { text: self.0, escaped: self.0.contains('\\') }
    }

    fn shape(self) -> Shape {
        Shape::of(self.0)
    }

    /// The JSON text.
    pub fn text(self) -> &'a str {
        self.0
    }

    /// As a value of its own.
    pub fn to_owned(self) -> Json {
        Json::trusted(self.0)
    }

    /// Whether it is `null`.
    pub fn is_null(self) -> bool {
        self.shape() == Shape::Null
    }

    /// Whether it is an array.
    pub fn is_array(self) -> bool {
        self.shape() == Shape::Array
    }

    /// Whether it is an object.
    pub fn is_object(self) -> bool {
        self.shape() == Shape::Object
    }

    /// `true` or `false`, if it is one of them.
    pub fn as_bool(self) -> Option<bool> {
        (self.shape() == Shape::Bool).then_some(self.0 == "true")
    }

    /// The integer, if it is a number that is one: `1.0` and `1e3` are integers.
    pub fn as_i64(self) -> Option<i64> {
        (self.shape() == Shape::Number).then(|| parse_int(self.0))?.map(|parsed| parsed.value)
    }

    /// The number, if it is one that a [`Decimal`] can hold to the last digit.
    pub fn as_decimal(self) -> Option<Decimal> {
        (self.shape() == Shape::Number).then(|| parse_decimal(self.0))?.map(|parsed| parsed.value)
    }

    /// The decoded text, if it is a text. An unpaired surrogate is replaced by U+FFFD.
    pub fn as_str(self) -> Option<Cow<'a, str>> {
        (self.shape() == Shape::Text).then(|| unescape(self.0, self.0.contains('\\')).text)
    }

    /// The first property with this name, if it is an object that has one.
    pub fn get(self, name: &str) -> Option<Self> {
        self.properties().find(|(key, _)| key == name).map(|(_, value)| value)
    }

    /// The items of an array; none of anything else.
    pub fn items(self) -> impl Iterator<Item = Self> + use<'a> {
        let inside = if self.is_array() { self.0.get(1..).unwrap_or_default() } else { "" };
        let mut parts = Parts::of(inside, b']');
        std::iter::from_fn(move || parts.next(Scanner::value)).map(|value| Self(value.text))
    }

    /// The properties of an object in their order; empty for other values.
    pub fn properties(self) -> impl Iterator<Item = (Cow<'a, str>, Self)> + use<'a> {
        bare_properties(if self.is_object() { self.0.get(1..).unwrap_or_default() } else { "" })
    }

    /// The value as another type, by its `Deserialize`. What a type can't hold, it loses: a float its digits.
    pub fn to<T: DeserializeOwned>(self) -> serde_json::Result<T> {
        serde_json::from_str(self.0)
    }
}

/// The parts of an array or an object. The text was checked, so a fault ends it like its end does.
struct Parts<'a> {
    scanner: Scanner<'a>,
    close: u8,
    first: bool,
    done: bool,
}

impl<'a> Parts<'a> {
    /// The parts in a text behind its opening bracket; the closing one may be missing.
    fn of(inside: &'a str, close: u8) -> Self {
        Self { scanner: Scanner::new(inside), close, first: true, done: inside.is_empty() }
    }

    fn next<T>(&mut self, read: impl FnOnce(&mut Scanner<'a>) -> Result<T, SyntaxError>) -> Option<T> {
        self.done |= !self.scanner.more(self.first, self.close).unwrap_or(false);
        self.first = false;
        if self.done { None } else { read(&mut self.scanner).ok() }
    }
}

/// The properties in the text of an object without its braces.
pub(crate) fn bare_properties(text: &str) -> impl Iterator<Item = (Cow<'_, str>, JsonRef<'_>)> {
    let mut parts = Parts::of(text, b'}');
    std::iter::from_fn(move || parts.next(|scanner| Ok((scanner.key()?, scanner.value()?))))
        .map(|(key, value)| (unescape(key.text, key.escaped).text, JsonRef(value.text)))
}

/// Nesting is bounded, and with it the depth of this.
impl PartialEq for JsonRef<'_> {
    fn eq(&self, other: &Self) -> bool {
        if self.0 == other.0 {
            return true;
        }
        let shape = self.shape();
        shape == other.shape()
            && match shape {
                Shape::Null | Shape::Bool => false,
                Shape::Number => same_number(self.0, other.0),
                // Texts that can't be told apart once they are read are the same only where they are written alike.
                Shape::Text => {
                    let (one, other) = (unescape(self.0, true), unescape(other.0, true));
                    one.whole && other.whole && one.text == other.text
                }
                Shape::Array => self.items().eq(other.items()),
                Shape::Object => {
                    let sorted = |json: &Self| -> BTreeMap<_, _> { json.properties().collect() };
                    sorted(self) == sorted(other)
                }
            }
    }
}

impl PartialEq for Json {
    fn eq(&self, other: &Self) -> bool {
        self.borrow() == other.borrow()
    }
}

impl PartialEq<serde_json::Value> for Json {
    fn eq(&self, other: &serde_json::Value) -> bool {
        self.borrow() == *other
    }
}

impl PartialEq<serde_json::Value> for JsonRef<'_> {
    fn eq(&self, other: &serde_json::Value) -> bool {
        *self == Json::from(other).borrow()
    }
}

/// `null`
impl Default for Json {
    fn default() -> Self {
        Self::null()
    }
}

/// The JSON text.
impl fmt::Display for Json {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The JSON text.
impl fmt::Debug for Json {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The JSON text.
impl fmt::Display for JsonRef<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

/// The JSON text.
impl fmt::Debug for JsonRef<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl FromStr for Json {
    type Err = JsonError;

    fn from_str(text: &str) -> Result<Self, JsonError> {
        check(text).map(|value| Self::trusted(value.text)).map_err(JsonError)
    }
}

impl From<JsonRef<'_>> for Json {
    fn from(json: JsonRef<'_>) -> Self {
        json.to_owned()
    }
}

impl From<&serde_json::Value> for Json {
    fn from(value: &serde_json::Value) -> Self {
        Self::trusted(value.to_string())
    }
}

impl From<serde_json::Value> for Json {
    fn from(value: serde_json::Value) -> Self {
        Self::from(&value)
    }
}

/// Fails where a [`serde_json::Value`] can't hold the value (`1e400`, half a surrogate pair); numbers with more than
/// some 16 digits become the nearest float.
impl TryFrom<&Json> for serde_json::Value {
    type Error = serde_json::Error;

    fn try_from(json: &Json) -> Result<Self, Self::Error> {
        json.to()
    }
}

impl From<bool> for Json {
    fn from(value: bool) -> Self {
        Self::trusted(if value { "true" } else { "false" })
    }
}

impl From<i64> for Json {
    fn from(value: i64) -> Self {
        Self::printed(|out| print_int(out, value))
    }
}

impl From<u64> for Json {
    fn from(value: u64) -> Self {
        Self::trusted(value.to_string())
    }
}

impl From<i32> for Json {
    fn from(value: i32) -> Self {
        i64::from(value).into()
    }
}

impl From<u32> for Json {
    fn from(value: u32) -> Self {
        i64::from(value).into()
    }
}

impl From<Decimal> for Json {
    fn from(value: Decimal) -> Self {
        Self::printed(|out| print_decimal(out, &value))
    }
}

impl From<&str> for Json {
    fn from(value: &str) -> Self {
        Self::printed(|out| print_text(out, value))
    }
}

impl From<String> for Json {
    fn from(value: String) -> Self {
        value.as_str().into()
    }
}

impl<T: Into<Self>> From<Option<T>> for Json {
    fn from(value: Option<T>) -> Self {
        value.map_or_else(Self::null, T::into)
    }
}

impl<T: Into<Self>> FromIterator<T> for Json {
    fn from_iter<I: IntoIterator<Item = T>>(items: I) -> Self {
        Self::printed(|out| {
            out.push(b'[');
            for item in items {
                if out.len() > 1 {
                    out.push(b',');
                }
                out.extend_from_slice(item.into().0.as_bytes());
            }
            out.push(b']');
        })
    }
}

impl<T: Into<Self>> From<Vec<T>> for Json {
    fn from(items: Vec<T>) -> Self {
        items.into_iter().collect()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn json(text: &str) -> Json {
        text.parse().unwrap()
    }

    #[test]
    fn parts_are_found() {
        let value = json(r#" {"a": [1, {"b": 2}, "x\n"], "a\u0062": -0.0, "a": 3} "#);
        let items: Vec<&str> = value.get("a").unwrap().items().map(JsonRef::text).collect();
        assert_eq!(items, ["1", r#"{"b": 2}"#, r#""x\n""#]);
        assert_eq!(value.get("ab").unwrap().text(), "-0.0");
        assert_eq!(value.get("a").unwrap().items().last().unwrap().as_str().unwrap(), "x\n");
        let names: Vec<String> = value.properties().map(|(name, _)| name.into_owned()).collect();
        assert_eq!(names, ["a", "ab", "a"]);
        assert_eq!(json("5").items().count() + json("[1]").properties().count() + json("{}").items().count(), 0);
    }

    #[test]
    fn equality_is_by_value() {
        for (one, other) in [
            (r#"{"a":1,"b":[1.50]}"#, r#"{ "b" : [ 15e-1 ], "a": 1.0 }"#),
            (r#""\u00e9""#, "\"é\""),
            ("1e400", "10e399"),
        ] {
            assert_eq!(json(one), json(other));
        }
        for (one, other) in [
            (r#"{"a":1}"#, r#"{"a":1,"b":null}"#),
            ("[1,2]", "[2,1]"),
            (r#""\ud83d""#, r#""\ud83e""#),
            ("1.08451234567890123456", "1.08451234567890123457"),
            ("true", "false"),
        ] {
            assert_ne!(json(one), json(other));
        }
        assert_eq!(json("{\"a\": [1, \"b\", null]}"), json!({"a": [1, "b", null]}));
    }

    #[test]
    fn values_are_made_of_parts() {
        let value = Json::object([("a", Json::from(5)), ("b", vec![Json::from(true), Json::from("x\"")].into())]);
        assert_eq!(value.text(), r#"{"a":5,"b":[true,"x\""]}"#);
        assert_eq!(Json::from(None::<i64>), Json::null());
        assert_eq!("[1".parse::<Json>().unwrap_err().to_string(), "not JSON: the text ends too early (at byte 2)");
        let large = json("[18446744073709551616]");
        assert_eq!(serde_json::Value::try_from(&large).unwrap(), json!([18_446_744_073_709_551_616.0]));
        assert!(serde_json::Value::try_from(&json("1e400")).is_err());
    }
}
