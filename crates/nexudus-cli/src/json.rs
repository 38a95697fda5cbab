//! JSON that is passed on as it came.
//!
//! Numbers and dates leave this tool as the service sent them, so a value is its text: no number goes through a
//! float, and the order of properties stays.

use std::borrow::Cow;
use std::collections::HashSet;
use std::fmt;

use serde_json::value::RawValue;

/// One JSON value, as text.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Raw(Box<str>);

impl fmt::Debug for Raw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The text may be somebody's data.
        write!(f, "Raw({} bytes)", self.0.len())
    }
}

impl Raw {
    /// Takes a text that is one JSON value.
    pub(crate) fn parse(text: &str) -> Result<Self, serde_json::Error> {
        let value: &RawValue = serde_json::from_str(text)?;
        Ok(Self(value.get().into()))
    }

    /// `null`
    pub(crate) fn null() -> Self {
        Self("null".into())
    }

    /// A string.
    pub(crate) fn string(text: &str) -> Self {
        Self(quote(text).into())
    }

    /// A list.
    pub(crate) fn array(items: impl IntoIterator<Item = Self>) -> Self {
        let items: Vec<_> = items.into_iter().map(|item| item.0).collect();
        Self(format!("[{}]", items.join(",")).into())
    }

    /// An object with these properties, in this order.
    pub(crate) fn object<'a>(properties: impl IntoIterator<Item = (&'a str, Self)>) -> Self {
        Object(properties.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()).to_raw()
    }

    /// The text.
    pub(crate) fn text(&self) -> &str {
        &self.0
    }

    /// Whether this is `null`.
    pub(crate) fn is_null(&self) -> bool {
        &*self.0 == "null"
    }

    /// Whether this is a string.
    pub(crate) fn is_string(&self) -> bool {
        self.0.starts_with('"')
    }

    /// Whether this is a number.
    pub(crate) fn is_number(&self) -> bool {
        self.0.starts_with(|first: char| first == '-' || first.is_ascii_digit())
    }

    /// Whether this is a list or an object.
    pub(crate) fn is_nested(&self) -> bool {
        self.0.starts_with(['{', '['])
    }

    /// What a string says; `None` for everything else.
    pub(crate) fn as_str(&self) -> Option<Cow<'_, str>> {
        if !self.is_string() {
            return None;
        }
        match self.0.get(1..self.0.len() - 1) {
            Some(inner) if !inner.contains('\\') => Some(Cow::Borrowed(inner)),
            _ => serde_json::from_str(&self.0).ok().map(Cow::Owned),
        }
    }

    /// What a cell of a table shows: the text of a string, nothing for null, else the JSON.
    pub(crate) fn plain(&self) -> Cow<'_, str> {
        match self.as_str() {
            Some(text) => text,
            None if self.is_null() => Cow::Borrowed(""),
            None => Cow::Borrowed(&self.0),
        }
    }

    /// The properties of an object; `None` for everything else.
    pub(crate) fn as_object(&self) -> Option<Object> {
        self.0.starts_with('{').then(|| Object::parse(&self.0).ok()).flatten()
    }

    /// The items of a list; `None` for everything else.
    pub(crate) fn as_array(&self) -> Option<Vec<Self>> {
        let items: Vec<&RawValue> = serde_json::from_str(&self.0).ok()?;
        Some(items.into_iter().map(|item| Self(item.get().into())).collect())
    }

    /// The same value over several lines, two spaces a level.
    pub(crate) fn pretty(&self) -> String {
        pretty(&self.0)
    }
}

impl From<bool> for Raw {
    fn from(value: bool) -> Self {
        Self(value.to_string().into())
    }
}

impl From<i64> for Raw {
    fn from(value: i64) -> Self {
        Self(value.to_string().into())
    }
}

impl From<u64> for Raw {
    fn from(value: u64) -> Self {
        Self(value.to_string().into())
    }
}

impl From<&str> for Raw {
    fn from(text: &str) -> Self {
        Self::string(text)
    }
}

/// A JSON object: its properties in the order that they came.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Object(pub(crate) Vec<(String, Raw)>);

impl Object {
    /// Reads an object.
    pub(crate) fn parse(text: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str::<Pairs>(text).map(|pairs| Self(pairs.0))
    }

    /// Reads an object that a person or a program wrote. One that names a property twice has two meanings, so it is
    /// refused; what the service sends is read as it is.
    pub(crate) fn parse_input(text: &str) -> Result<Self, String> {
        let object = Self::parse(text).map_err(|error| error.to_string())?;
        object.refuse_repeated()?;
        Ok(object)
    }

    /// An error where a property is named twice.
    pub(crate) fn refuse_repeated(&self) -> Result<(), String> {
        let mut seen = HashSet::new();
        match self.0.iter().find(|(name, _)| !seen.insert(name.as_str())) {
            Some((name, _)) => Err(format!("{name:?} occurs twice")),
            None => Ok(()),
        }
    }

    /// A property by its name.
    pub(crate) fn get(&self, name: &str) -> Option<&Raw> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value)
    }

    /// Sets a property, in its place or at the end.
    pub(crate) fn set(&mut self, name: &str, value: Raw) {
        match self.0.iter_mut().find(|(known, _)| known == name) {
            Some((_, old)) => *old = value,
            None => self.0.push((name.to_owned(), value)),
        }
    }

    /// The object as one value.
    pub(crate) fn to_raw(&self) -> Raw {
        let mut text = String::from("{");
        for (name, value) in &self.0 {
            if text.len() > 1 {
                text.push(',');
            }
            text.push_str(&quote(name));
            text.push(':');
            text.push_str(&value.0);
        }
        text.push('}');
        Raw(text.into())
    }
}

/// An object on its way in.
struct Pairs(Vec<(String, Raw)>);

impl<'de> serde::Deserialize<'de> for Pairs {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl<'de> serde::de::Visitor<'de> for Visitor {
            type Value = Pairs;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: serde::de::MapAccess<'de>>(self, mut map: A) -> Result<Pairs, A::Error> {
                let mut pairs = Vec::new();
                while let Some(name) = map.next_key::<String>()? {
                    let value: &RawValue = map.next_value()?;
                    pairs.push((name, Raw(value.get().into())));
                }
                Ok(Pairs(pairs))
            }
        }
        deserializer.deserialize_map(Visitor)
    }
}

/// A text as a JSON string.
pub(crate) fn quote(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

fn pretty(json: &str) -> String {
    let mut out = String::with_capacity(json.len() * 2);
    let mut depth = 0_usize;
    let mut characters = json.chars().peekable();
    let new_line = |out: &mut String, depth: usize| {
        out.push('\n');
        out.extend(std::iter::repeat_n("  ", depth));
    };
    while let Some(character) = characters.next() {
        match character {
            '"' => {
                out.push('"');
                while let Some(character) = characters.next() {
                    out.push(character);
                    match character {
                        '\\' => out.extend(characters.next()),
                        '"' => break,
                        _ => {}
                    }
                }
            }
            '{' | '[' => {
                out.push(character);
                while characters.next_if(char::is_ascii_whitespace).is_some() {}
                if let Some(end) = characters.next_if(|next| matches!(next, '}' | ']')) {
                    out.push(end);
                } else {
                    depth += 1;
                    new_line(&mut out, depth);
                }
            }
            '}' | ']' => {
                depth = depth.saturating_sub(1);
                new_line(&mut out, depth);
                out.push(character);
            }
            ',' => {
                out.push(',');
                new_line(&mut out, depth);
            }
            ':' => out.push_str(": "),
            _ if character.is_ascii_whitespace() => {}
            _ => out.push(character),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_and_order_stay() {
        let text = r#"{"b":1.10,"a":-0,"n":123456789012345678901234567890.10,"s":"x\u0041\"","z":[1, 2],"o":{}}"#;
        let object = Object::parse(text).unwrap();
        assert_eq!(object.to_raw().text(), text);
        assert_eq!(object.get("s").unwrap().as_str().unwrap(), "xA\"");
        assert_eq!(object.get("z").unwrap().as_array().unwrap().len(), 2);
        insta::assert_snapshot!(object.to_raw().pretty(), @r#"
        {
          "b": 1.10,
          "a": -0,
          "n": 123456789012345678901234567890.10,
          "s": "x\u0041\"",
          "z": [
            1,
            2
          ],
          "o": {}
        }
        "#);
    }

    #[test]
    fn what_is_no_json_is_refused() {
        for text in ["", "{", "1 2", "{'a':1}", "nul"] {
            Raw::parse(text).unwrap_err();
        }
        assert_eq!(Raw::parse(" [1] ").unwrap().text(), "[1]");
    }
}
