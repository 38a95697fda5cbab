//! Errors in JSON text.

use std::fmt;

use super::one_line::OneLine;

/// Why a response could not be decoded: the entity, the property, where it stands, and what was found there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DecodeError(pub(crate) Box<ErrorDetails>);

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ErrorDetails {
    pub(crate) entity: &'static str,
    pub(crate) property: Option<String>,
    pub(crate) path: String,
    pub(crate) expected: String,
    pub(crate) found: String,
    pub(crate) line: usize,
    pub(crate) column: usize,
}

impl DecodeError {
    /// A record was asked for as one of another entity.
    pub(crate) fn other_entity(asked: &'static str, found: &str) -> Self {
        Self(Box::new(ErrorDetails {
            entity: asked,
            property: None,
            path: "$".to_owned(),
            expected: "a record of this entity".to_owned(),
            found: format!("one of {found}"),
            line: 0,
            column: 0,
        }))
    }

    /// A complete record came without its id.
    pub(crate) fn without_id(entity: &'static str) -> Self {
        Self(Box::new(ErrorDetails {
            entity,
            property: Some("Id".to_owned()),
            path: "$.Id".to_owned(),
            expected: "the id of the record".to_owned(),
            found: "none".to_owned(),
            line: 0,
            column: 0,
        }))
    }

    /// The entity, for example `UserMessage`; empty for a body that belongs to none.
    pub fn entity(&self) -> &'static str {
        self.0.entity
    }

    /// The property's name on the wire, if the fault lies in one.
    pub fn property(&self) -> Option<&str> {
        self.0.property.as_deref()
    }

    /// The JSON path of the value, for example `$.Records[3].FromUserId`.
    pub fn path(&self) -> &str {
        &self.0.path
    }

    /// What would have been right.
    pub fn expected(&self) -> &str {
        &self.0.expected
    }

    /// What was found instead.
    pub fn found(&self) -> &str {
        &self.0.found
    }

    /// The line in the body, counted from 1; 0 if the input was not text.
    pub fn line(&self) -> usize {
        self.0.line
    }

    /// The column in the body, counted from 1; 0 if the input was not text.
    pub fn column(&self) -> usize {
        self.0.column
    }
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.0.entity.is_empty() {
            write!(f, "{} ", self.0.entity)?;
        }
        let ErrorDetails { path, expected, found, .. } = &*self.0;
        write!(f, "at {}: expected {}, found {}", OneLine(path), OneLine(expected), OneLine(found))?;
        if self.0.line > 0 {
            write!(f, " (line {}, column {})", self.0.line, self.0.column)?;
        }
        Ok(())
    }
}

impl std::error::Error for DecodeError {}
