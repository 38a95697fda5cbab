//! JSON that is written out: keys in the order in which they are put, small objects on one line.

use std::fmt::Write;

/// Lines are filled up to here.
const WIDTH: usize = 200;

/// A JSON value to write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Json {
    /// `null`
    Null,
    /// A boolean.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A string.
    Text(String),
    /// An array.
    List(Vec<Json>),
    /// An object.
    Object(Vec<(String, Json)>),
}

impl From<bool> for Json {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<i64> for Json {
    fn from(value: i64) -> Self {
        Self::Int(value)
    }
}

impl From<&str> for Json {
    fn from(value: &str) -> Self {
        Self::Text(value.to_owned())
    }
}

impl From<String> for Json {
    fn from(value: String) -> Self {
        Self::Text(value)
    }
}

impl<J: Into<Json>> From<Vec<J>> for Json {
    fn from(value: Vec<J>) -> Self {
        Self::List(value.into_iter().map(Into::into).collect())
    }
}

/// An object from its members.
pub fn object<const N: usize>(members: [(&str, Json); N]) -> Json {
    Json::Object(members.into_iter().map(|(key, value)| (key.to_owned(), value)).collect())
}

impl Json {
    /// The object with one more member.
    #[must_use]
    pub fn with(mut self, key: &str, value: impl Into<Self>) -> Self {
        if let Self::Object(members) = &mut self {
            members.push((key.to_owned(), value.into()));
        }
        self
    }

    /// The object with one more member, where there is a value for it.
    #[must_use]
    pub fn with_some(self, key: &str, value: Option<impl Into<Self>>) -> Self {
        match value {
            Some(value) => self.with(key, value),
            None => self,
        }
    }

    /// The object with a member changed.
    #[must_use]
    pub fn map(mut self, key: &str, change: impl FnOnce(Self) -> Self) -> Self {
        if let Self::Object(members) = &mut self
            && let Some((_, value)) = members.iter_mut().find(|(name, _)| name == key)
        {
            *value = change(std::mem::replace(value, Self::Null));
        }
        self
    }

    /// A member of an object.
    pub fn get(&self, key: &str) -> Option<&Self> {
        match self {
            Self::Object(members) => members.iter().find(|(name, _)| name == key).map(|(_, value)| value),
            _ => None,
        }
    }

    /// The text of a file.
    pub fn text(&self) -> String {
        let mut out = String::new();
        self.write(&mut out, 0, 0);
        out.push('\n');
        out
    }

    /// Writes the value at a depth of indentation, after so many characters of its line.
    fn write(&self, out: &mut String, depth: usize, before: usize) {
        let (open, close, empty) = match self {
            Self::List(items) => ('[', ']', items.is_empty()),
            Self::Object(members) => ('{', '}', members.is_empty()),
            _ => return self.inline(out),
        };
        let mut line = String::new();
        self.inline(&mut line);
        if empty || before + line.chars().count() < WIDTH {
            out.push_str(&line);
            return;
        }
        let indent = |out: &mut String, depth: usize| {
            out.push('\n');
            out.extend(std::iter::repeat_n(' ', 2 * depth));
        };
        out.push(open);
        let mut item = |key: Option<&str>, value: &Self, first: bool| {
            if !first {
                out.push(',');
            }
            indent(out, depth + 1);
            let mut before = 2 * (depth + 1);
            if let Some(key) = key {
                let start = out.len();
                quote(out, key);
                out.push_str(": ");
                before += out.len() - start;
            }
            value.write(out, depth + 1, before);
        };
        match self {
            Self::List(items) => items.iter().enumerate().for_each(|(index, value)| item(None, value, index == 0)),
            Self::Object(members) => {
                members.iter().enumerate().for_each(|(index, (key, value))| item(Some(key), value, index == 0));
            }
            _ => {}
        }
        indent(out, depth);
        out.push(close);
    }

    fn inline(&self, out: &mut String) {
        match self {
            Self::Null => out.push_str("null"),
            Self::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
            // Writing to a string can't fail.
            Self::Int(value) => drop(write!(out, "{value}")),
            Self::Text(text) => quote(out, text),
            Self::List(items) => {
                out.push('[');
                for (index, item) in items.iter().enumerate() {
                    if index > 0 {
                        out.push_str(", ");
                    }
                    item.inline(out);
                }
                out.push(']');
            }
            Self::Object(members) => {
                out.push('{');
                for (index, (key, value)) in members.iter().enumerate() {
                    if index > 0 {
                        out.push_str(", ");
                    }
                    quote(out, key);
                    out.push_str(": ");
                    value.inline(out);
                }
                out.push('}');
            }
        }
    }
}

fn quote(out: &mut String, text: &str) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            c if c < ' ' => drop(write!(out, "\\u{:04x}", u32::from(c))),
            c => out.push(c),
        }
    }
    out.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_fits_stays_on_a_line() {
        let small = object([("a", 1.into()), ("b", vec!["x\n\"", "\u{1}"].into())]);
        let value = object([("small", small.clone()), ("long", "y".repeat(WIDTH).into()), ("none", object([]))]);
        let text = value.text();
        assert_eq!(text.lines().nth(1), Some(r#"  "small": {"a": 1, "b": ["x\n\"", "\u0001"]},"#));
        assert_eq!(text.lines().nth(3), Some("  \"none\": {}"));
        let read: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(read["small"]["b"][0], "x\n\"");
        assert_eq!(small.get("a"), Some(&Json::Int(1)));
    }
}
