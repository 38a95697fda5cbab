//! JSON values as their text.
//!
//! What a client sends is kept as it came until a property says what it means: no number passes through a float on
//! the way, and a text that .NET cut in the middle of a character is still the same text.

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::value::text::write_text;

/// A JSON value as its text.
pub(crate) type Raw = Box<RawValue>;

/// Names and values of an object, in order.
#[derive(Debug, Default)]
pub(crate) struct Object(pub(crate) Vec<(String, Raw)>);

/// No value that is kept nests deeper: whoever reads it again has limits too.
const DEPTH: usize = 100;

impl<'de> Deserialize<'de> for Object {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Entries;
        impl<'de> Visitor<'de> for Entries {
            type Value = Object;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a JSON object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Object, A::Error> {
                let mut entries = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    entries.push(entry);
                }
                Ok(Object(entries))
            }
        }
        deserializer.deserialize_map(Entries)
    }
}

impl Object {
    /// The object as JSON.
    pub(crate) fn to_json(&self) -> Vec<u8> {
        let mut out = vec![b'{'];
        for (at, (name, value)) in self.0.iter().enumerate() {
            if at > 0 {
                out.push(b',');
            }
            write_text(name, &mut out);
            out.push(b':');
            out.extend_from_slice(value.get().as_bytes());
        }
        out.push(b'}');
        out
    }

    /// The value of a name, without regard to case; of several the last counts.
    pub(crate) fn get(&self, name: &str) -> Option<&RawValue> {
        self.0.iter().rev().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| &**value)
    }

    /// The value of a name as text, unless it is null or empty; of what is not text, its JSON.
    pub(crate) fn text(&self, name: &str) -> Option<String> {
        let value = self.get(name).filter(|value| !is_null(value))?;
        Some(text(value).unwrap_or_else(|| value.get().to_owned())).filter(|text| !text.is_empty())
    }
}

/// A text as a JSON value.
pub(crate) fn quote(text: &str) -> Raw {
    let mut out = Vec::with_capacity(text.len() + 2);
    write_text(text, &mut out);
    of_text(String::from_utf8_lossy(&out).into_owned())
}

/// Text that is known to be JSON as a value; `null` where it is none.
pub(crate) fn of_text(json: String) -> Raw {
    RawValue::from_string(json).unwrap_or_else(|_| RawValue::NULL.to_owned())
}

pub(crate) fn is_null(value: &RawValue) -> bool {
    value.get() == "null"
}

pub(crate) fn is_string(value: &RawValue) -> bool {
    value.get().starts_with('"')
}

pub(crate) fn is_object(value: &RawValue) -> bool {
    value.get().starts_with('{')
}

/// The characters of a number.
pub(crate) fn number(value: &RawValue) -> Option<&str> {
    Some(value.get()).filter(|text| text.starts_with(|first: char| first == '-' || first.is_ascii_digit()))
}

/// The content of a string; `None` for anything else, and for a string with half a character in it.
pub(crate) fn text(value: &RawValue) -> Option<String> {
    is_string(value).then(|| serde_json::from_str(value.get()).ok()).flatten()
}

/// The items of a list.
pub(crate) fn items(value: &RawValue) -> Option<Vec<&RawValue>> {
    value.get().starts_with('[').then(|| serde_json::from_str(value.get()).ok()).flatten()
}

/// Names and values of an object.
pub(crate) fn object(value: &RawValue) -> Option<Object> {
    is_object(value).then(|| serde_json::from_str(value.get()).ok()).flatten()
}

/// The same value without blanks between its parts.
pub(crate) fn compact(value: &RawValue) -> String {
    let mut out = String::with_capacity(value.get().len());
    let (mut inside, mut escaped) = (false, false);
    for c in value.get().chars() {
        if inside || !c.is_ascii_whitespace() {
            out.push(c);
        }
        inside ^= c == '"' && !escaped;
        escaped = inside && c == '\\' && !escaped;
    }
    out
}

/// Whether a JSON text nests deeper than can be kept.
pub(crate) fn too_deep(json: &[u8]) -> bool {
    let (mut depth, mut inside, mut escaped) = (0_usize, false, false);
    for byte in json {
        match byte {
            b'{' | b'[' if !inside => depth += 1,
            b'}' | b']' if !inside => depth = depth.saturating_sub(1),
            b'"' if !escaped => inside = !inside,
            _ => {}
        }
        escaped = inside && *byte == b'\\' && !escaped;
        if depth > DEPTH {
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    fn raw(text: &str) -> Raw {
        RawValue::from_string(text.to_owned()).unwrap()
    }

    #[test]
    fn values_keep_their_text() {
        let body: Object =
            serde_json::from_str(r#"{"A": 1.08451234567890123456, "b": [ 1 , "x y\"" ], "B": "a\ud83d", "a": 150.00}"#)
                .unwrap();
        assert_eq!(body.get("A").and_then(number), Some("150.00"));
        assert_eq!(body.get("b").map(RawValue::get), Some(r#""a\ud83d""#));
        assert_eq!(body.get("b").and_then(text), None);
        assert_eq!(compact(&body.0[1].1), r#"[1,"x y\""]"#);
        assert_eq!(compact(&raw("{ \"\\\\\" : \" \" }")), "{\"\\\\\":\" \"}");
        assert_eq!(body.text("A").as_deref(), Some("150.00"));
        assert_eq!(quote("a\"b").get(), r#""a\"b""#);
    }

    #[test]
    fn depth_is_that_of_brackets_outside_of_texts() {
        assert!(!too_deep("[".repeat(DEPTH).as_bytes()));
        assert!(too_deep("[".repeat(DEPTH + 1).as_bytes()));
        assert!(!too_deep(format!("{{\"a\":\"{}\\\"{}\"}}", "[".repeat(500), "{".repeat(500)).as_bytes()));
    }
}
