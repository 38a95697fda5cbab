//! What became of the facts that were read.

use std::collections::BTreeMap;
use std::fmt;

/// What became of a fact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Became {
    /// The spec is changed.
    Changed,
    /// It contradicts the spec, which is kept: a person decides.
    Differs,
    /// Two copies of a page, or two accounts, disagree; neither is taken.
    Disagree,
    /// A sentence of our own is missing.
    Words,
}

impl Became {
    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Changed => "changed",
            Self::Differs => "differs",
            Self::Disagree => "disagree",
            Self::Words => "words",
        }
    }
}

/// What a reader is told of one fact.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Note {
    /// The entity or enumeration.
    pub of: String,
    /// The property, filter or key; empty for the whole.
    pub subject: String,
    /// What became of it.
    pub became: Became,
    /// What it is.
    pub text: String,
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let dot = if self.subject.is_empty() { "" } else { "." };
        write!(f, "{:8} {}{dot}{}: {}", self.became.word(), self.of, self.subject, self.text)
    }
}

/// Files of the spec after an import, and what it did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Import {
    /// The files that changed or are new, by path from the root of the repository.
    pub files: BTreeMap<String, String>,
    /// What became of the facts, sorted.
    pub notes: Vec<Note>,
}

impl Import {
    /// Whether the spec and what was read are not the same.
    pub fn has_differences(&self) -> bool {
        self.notes.iter().any(|note| note.became != Became::Words)
    }
}
