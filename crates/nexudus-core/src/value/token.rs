//! One JSON value, ready to be decoded into a typed field.

use std::borrow::Cow;

use crate::json::{Raw, Shape, unescape};

/// A JSON value before it is decoded. A number stays text until the type of its field is known.
#[derive(Clone, Debug, PartialEq)]
pub enum Token<'a> {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// The text of a number.
    Number(&'a str),
    /// The text between the quotes.
    Text(Cow<'a, str>),
    /// The text of an array.
    Array(&'a str),
    /// The text of an object.
    Object(&'a str),
}

impl<'a> Token<'a> {
    /// A value of which the text is known to be JSON.
    pub(crate) fn of(raw: Raw<'a>) -> Self {
        Self::with_spelling(raw).0
    }

    /// The value, and whether a text in it is spelt as it will be written again.
    #[inline]
    pub(crate) fn with_spelling(raw: Raw<'a>) -> (Self, Spelling) {
        let token = match Shape::of(raw.text) {
            Shape::Null => Self::Null,
            Shape::Bool => Self::Bool(raw.text == "true"),
            Shape::Number => Self::Number(raw.text),
            Shape::Array => Self::Array(raw.text),
            Shape::Object => Self::Object(raw.text),
            Shape::Text => {
                let read = unescape(raw.text, raw.escaped);
                let spelling = match (read.canonical, read.whole) {
                    (true, _) => Spelling::Ours,
                    (false, true) => Spelling::Other,
                    (false, false) => Spelling::Broken,
                };
                return (Self::Text(read.text), spelling);
            }
        };
        (token, Spelling::Ours)
    }

    /// What it is, for messages; a long text is cut.
    pub fn describe(&self) -> String {
        let cut = |text: &str| match text.char_indices().nth(40) {
            Some((end, _)) => (text.get(..end).unwrap_or_default().to_owned(), "…"),
            None => (text.to_owned(), ""),
        };
        match self {
            Self::Null => "null".into(),
            Self::Bool(value) => value.to_string(),
            Self::Number(text) => {
                let (text, more) = cut(text);
                format!("the number {text}{more}")
            }
            Self::Text(text) => {
                let (text, more) = cut(text);
                format!("the text {text:?}{more}")
            }
            Self::Array(_) => "an array".into(),
            Self::Object(_) => "an object".into(),
        }
    }
}

/// How the escapes of a text are spelt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Spelling {
    /// As we write them; also everything that is not text.
    Ours,
    /// Otherwise, with the same meaning: `\u00e9` for `é`.
    Other,
    /// Half a surrogate pair is in it, which no Rust text can hold.
    Broken,
}
