//! Which properties hold data of a person.

use nexudus_client::model;
use nexudus_client::model::core::{EntityTable, Field, Kind};

use super::names::squash;

/// What kind of personal data a property holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Personal {
    Name,
    Email,
    Phone,
    Address,
    FreeText,
}

impl Personal {
    /// The word in a token.
    pub(crate) fn token(self) -> &'static str {
        match self {
            Self::Name => "NAME",
            Self::Email => "EMAIL",
            Self::Phone => "PHONE",
            Self::Address => "ADDRESS",
            Self::FreeText => "BIO",
        }
    }
}

/// What kind of personal data a property holds; `None` if it holds none.
pub(crate) fn personal_of(_: &EntityTable, field: &Field) -> Option<Personal> {
    if !matches!(field.kind, Kind::Text | Kind::Json) {
        return None;
    }
    let name = squash(field.name);
    let holds = |words: &[&str]| words.iter().any(|word| name.contains(word));
    if holds(&["email", "updatedby"]) {
        Some(Personal::Email)
    } else if holds(&["phone", "landline", "fax"]) {
        Some(Personal::Phone)
    } else if holds(&["address", "postcode", "street"]) {
        Some(Personal::Address)
    } else if holds(&["name", "tostringtext"]) {
        Some(Personal::Name)
    } else if holds(&["note", "message", "body", "customfields", "summary"]) {
        Some(Personal::FreeText)
    } else {
        None
    }
}

/// What kind of personal data a property of this name holds in any entity.
pub(crate) fn personal_by_name(name: &str) -> Option<Personal> {
    model::tables().iter().find_map(|table| personal_of(table, table.field(table.position(name)?)?))
}
