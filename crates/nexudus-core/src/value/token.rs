//! One JSON value on its way into or out of a typed field.

use std::borrow::Cow;

use serde_json::Value;

/// A JSON value on its way into or out of a slot.
#[derive(Clone, Debug, PartialEq)]
pub enum Token<'a> {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// An integer.
    Int(i64),
    /// An integer above the range of [`Int`](Self::Int).
    UInt(u64),
    /// A number with a fraction or an exponent.
    Float(f64),
    /// Text.
    Text(Cow<'a, str>),
    /// A list of integers, on its way out.
    Ints(Vec<i64>),
    /// An array or an object, on its way in or out.
    Tree(Cow<'a, Value>),
}

impl<'a> Token<'a> {
    /// The JSON value, borrowed.
    pub fn of(value: &'a Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Bool(value) => Self::Bool(*value),
            Value::Number(number) => match (number.as_i64(), number.as_u64()) {
                (Some(int), _) => Self::Int(int),
                (None, Some(int)) => Self::UInt(int),
                (None, None) => number.as_f64().map_or(Self::Null, Self::Float),
            },
            Value::String(text) => Self::Text(Cow::Borrowed(text)),
            tree => Self::Tree(Cow::Borrowed(tree)),
        }
    }

    /// As a JSON value of its own.
    pub fn into_value(self) -> Value {
        match self {
            Self::Null => Value::Null,
            Self::Bool(value) => value.into(),
            Self::Int(value) => value.into(),
            Self::UInt(value) => value.into(),
            Self::Float(value) => value.into(),
            Self::Text(text) => Value::String(text.into_owned()),
            Self::Ints(values) => values.into(),
            Self::Tree(tree) => tree.into_owned(),
        }
    }

    /// Appends the JSON text.
    pub fn print(&self, out: &mut Vec<u8>) {
        match self {
            Self::Null => out.extend_from_slice(b"null"),
            Self::Bool(value) => out.extend_from_slice(if *value { b"true" } else { b"false" }),
            Self::Int(value) => print_json(out, value),
            Self::UInt(value) => print_json(out, value),
            Self::Float(value) => print_json(out, value),
            Self::Text(text) => print_text(out, text),
            Self::Ints(values) => print_json(out, values),
            Self::Tree(tree) => print_json(out, tree.as_ref()),
        }
    }

    /// What it is, for messages; a long text is cut.
    pub fn describe(&self) -> String {
        match self {
            Self::Null => "null".into(),
            Self::Bool(value) => value.to_string(),
            Self::Int(value) => format!("the number {value}"),
            Self::UInt(value) => format!("the number {value}"),
            Self::Float(value) => format!("the number {value}"),
            Self::Text(text) if text.chars().count() > 40 => {
                format!("the text {:?}…", text.chars().take(40).collect::<String>())
            }
            Self::Text(text) => format!("the text {text:?}"),
            Self::Ints(_) => "an array".into(),
            Self::Tree(tree) if tree.is_array() => "an array".into(),
            Self::Tree(_) => "an object".into(),
        }
    }
}

/// JSON values, texts and numbers into memory: this has no way to fail.
pub(crate) fn print_json<T: serde::Serialize + ?Sized>(out: &mut Vec<u8>, value: &T) {
    serde_json::to_writer(out, value).ok();
}

/// A text. Most need no escape, and looking at all bytes without stopping is quicker than stopping at one.
pub(super) fn print_text(out: &mut Vec<u8>, text: &str) {
    let escape = |byte: u8| byte < b' ' || byte == b'"' || byte == b'\\';
    if text.bytes().fold(false, |found, byte| found | escape(byte)) {
        print_json(out, text);
    } else {
        print_bare(out, text);
    }
}

/// A text in which nothing needs an escape.
pub(crate) fn print_bare(out: &mut Vec<u8>, text: &str) {
    out.push(b'"');
    out.extend_from_slice(text.as_bytes());
    out.push(b'"');
}
