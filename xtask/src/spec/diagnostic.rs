//! What can be wrong with a spec, and how it is told.

use std::fmt;

use super::json::Pos;

/// The kind of an error. Its code is stable, so that a diagnostic can be looked up in the documentation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum DiagnosticKind {
    /// Not JSON.
    Malformed,
    /// A file that the spec needs is not there.
    MissingFile,
    /// A file that can't be read as text.
    Unreadable,
    /// A key that stands twice in one object.
    DuplicateKey,
    /// A key that nothing reads.
    UnknownKey,
    /// A key that must be there.
    MissingKey,
    /// A string where a list should be, and the like.
    WrongType,
    /// A word outside the few that may stand there (operations, sources, doubts).
    UnknownWord,
    /// A property type that does not exist.
    UnknownType,
    /// A name that is not an identifier, or a Rust keyword.
    BadName,
    /// An entity that nobody describes.
    UnknownEntity,
    /// An enumeration that nobody describes.
    UnknownEnum,
    /// A section that api.json does not list.
    UnknownSection,
    /// A file in the wrong folder, or not named after its plural.
    Misplaced,
    /// An entity described twice, or one plural for two.
    DuplicateEntity,
    /// A property that stands twice, or that every entity has.
    DuplicateProperty,
    /// A value, an operation or a filter that stands twice.
    Duplicate,
    /// Two names on the wire that are one in Rust.
    NameClash,
    /// A property that must be sent, but that nothing can send.
    NotWritable,
    /// Two facts that exclude each other.
    Contradiction,
    /// An entity without properties or without operations.
    Empty,
    /// A filter where none may stand, or under a name it can't have.
    Filter,
    /// A range over values without an order.
    Range,
    /// Text that can't be documentation: a lone backtick, a control character.
    Text,
    /// Keys or lines that are not as the spec has them everywhere.
    Order,
    /// A patch that does not apply.
    Patch,
}

impl DiagnosticKind {
    /// The code printed in brackets.
    pub fn code(self) -> &'static str {
        match self {
            Self::Malformed => "malformed",
            Self::MissingFile => "missing-file",
            Self::Unreadable => "unreadable",
            Self::DuplicateKey => "duplicate-key",
            Self::UnknownKey => "unknown-key",
            Self::MissingKey => "missing-key",
            Self::WrongType => "wrong-type",
            Self::UnknownWord => "unknown-word",
            Self::UnknownType => "unknown-type",
            Self::BadName => "bad-name",
            Self::UnknownEntity => "unknown-entity",
            Self::UnknownEnum => "unknown-enum",
            Self::UnknownSection => "unknown-section",
            Self::Misplaced => "misplaced",
            Self::DuplicateEntity => "duplicate-entity",
            Self::DuplicateProperty => "duplicate-property",
            Self::Duplicate => "duplicate",
            Self::NameClash => "name-clash",
            Self::NotWritable => "not-writable",
            Self::Contradiction => "contradiction",
            Self::Empty => "empty",
            Self::Filter => "filter",
            Self::Range => "range",
            Self::Text => "text",
            Self::Order => "order",
            Self::Patch => "patch",
        }
    }
}

/// One error: what, where, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// The kind.
    pub kind: DiagnosticKind,
    /// The file, from the root of the repository.
    pub file: String,
    /// Line and column.
    pub at: Option<Pos>,
    /// The place as a JSON pointer (RFC 6901); empty for a whole file.
    pub pointer: String,
    /// What is wrong.
    pub what: String,
    /// What to do, where that is known: the nearest name, the choices.
    pub help: Option<String>,
}

impl Diagnostic {
    /// Sorts errors as a reader meets them: by file, then by place.
    pub(super) fn key(&self) -> (&str, Option<Pos>, &str, DiagnosticKind, &str) {
        (&self.file, self.at, &self.pointer, self.kind, &self.what)
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "error[{}]: {}", self.kind.code(), self.what)?;
        write!(f, "  --> {}", self.file)?;
        if let Some(at) = self.at {
            write!(f, ":{at}")?;
        }
        if !self.pointer.is_empty() {
            write!(f, " at {}", self.pointer)?;
        }
        if let Some(help) = &self.help {
            write!(f, "\n  help: {help}")?;
        }
        Ok(())
    }
}

/// All errors, and their number at the end.
pub fn report(diagnostics: &[Diagnostic]) -> String {
    let mut text = String::new();
    for diagnostic in diagnostics {
        text.push_str(&diagnostic.to_string());
        text.push_str("\n\n");
    }
    let plural = if diagnostics.len() == 1 { "" } else { "s" };
    text + &format!("{} error{plural} in the spec\n", diagnostics.len())
}

/// Escapes one segment of a JSON pointer.
pub(super) fn segment(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}
