//! Differences from the spec that decoding accepts.

use std::fmt;

/// Something that was read although it is not what the spec says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leniency {
    /// The JSON path of the value.
    pub path: String,
    /// What was forgiven.
    pub kind: LeniencyKind,
}

impl fmt::Display for Leniency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path, self.kind)
    }
}

/// What was forgiven in a value.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum LeniencyKind {
    /// The key is not there.
    Missing,
    /// Null, where the spec does not know of it.
    Null,
    /// Another type or spelling that can mean only one thing, as described. It is kept beside the typed field.
    Spelling(String),
    /// A value that the typed field can't hold, as described. It is kept beside the empty field.
    Unreadable(String),
    /// A property that the spec does not know. It is kept.
    UnknownProperty,
    /// A value of an enumeration that the spec does not list.
    UnlistedValue(i64),
}

impl fmt::Display for LeniencyKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing => f.write_str("the key is missing"),
            Self::Null => f.write_str("null, but not marked as nullable"),
            Self::Spelling(found) => write!(f, "another form of the value: {found}"),
            Self::Unreadable(found) => write!(f, "not readable, kept as text: {found}"),
            Self::UnknownProperty => f.write_str("not in the spec"),
            Self::UnlistedValue(value) => write!(f, "{value} is not a listed value"),
        }
    }
}
