//! Which properties hold data of a person: a fact of the tables, and the word for its kind.

use std::collections::HashMap;
use std::sync::LazyLock;

use nexudus_client::model;
use nexudus_client::model::core::Personal;

use super::names::squash;

/// The word of a kind in a token.
pub(crate) fn token_word(kind: Personal) -> &'static str {
    match kind {
        Personal::Name => "NAME",
        Personal::Email => "EMAIL",
        Personal::Phone => "PHONE",
        Personal::Address => "ADDRESS",
        Personal::BirthDate => "BIRTHDATE",
        Personal::Social => "SOCIAL",
        Personal::Financial => "FINANCIAL",
        Personal::Identity => "IDENTITY",
        Personal::FreeText => "TEXT",
    }
}

/// What kind of personal data a property of this name holds in any entity.
pub(crate) fn personal_by_name(name: &str) -> Option<Personal> {
    static KINDS: LazyLock<HashMap<String, Personal>> = LazyLock::new(|| {
        let fields = model::tables().iter().flat_map(|table| table.all_fields());
        fields.filter_map(|field| Some((squash(field.name), field.personal()?))).collect()
    });
    KINDS.get(&squash(name)).copied()
}
