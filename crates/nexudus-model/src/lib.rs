//! Every entity of the Nexudus REST API as typed records, drafts, filters and tables.
//!
//! A module a section of the API; in it, for each entity, the record (`UserMessage`), its filters (constants
//! of the record), and where it can be created a draft (`NewChatUserMessage`) with the properties that it must
//! have (`ChatUserMessageRequired`). All of it is generated from the spec; what the records do is written once,
//! in `nexudus-core`, over the tables that stand beside them.
//!
//! Each section is a cargo feature, all on by default. With a section off, its entities are still there as tags
//! for typed ids.
#![cfg_attr(docsrs, feature(doc_cfg))]

#[macro_use]
mod macros;
#[rustfmt::skip]
#[allow(clippy::needless_pass_by_value, reason = "required properties are few ids as often as they are texts")]
#[allow(clippy::doc_markdown, reason = "the spec's sentences name products such as PayPal")]
mod generated;
mod draft;

pub use draft::NewRecord;
pub use generated::*;
pub use nexudus_core as core;

use nexudus_core::EntityTable;

/// The tables of all entities whose section is switched on, by section and plural.
pub fn tables() -> &'static [&'static EntityTable] {
    TABLES
}

/// The table of an entity by its name (`UserMessage`), its plural (`usermessages`) or its path
/// (`sys/usermessages`), compared without regard to ASCII case.
pub fn find(name: &str) -> Option<&'static EntityTable> {
    TABLES.iter().copied().find(|table| is_called(name, table.section, table.name, table.plural))
}

/// The feature that brings an entity, if its section is switched off. Takes the same names as [`find`].
pub fn switched_off(name: &str) -> Option<&'static str> {
    let is_in = |section: &str, entities: &[(&str, &str)]| {
        entities.iter().any(|(entity, plural)| is_called(name, section, entity, plural))
    };
    SWITCHED_OFF.iter().find(|(section, entities)| is_in(section, entities)).map(|(section, _)| *section)
}

fn is_called(name: &str, section: &str, entity: &str, plural: &str) -> bool {
    let is_path =
        || name.split_once('/').is_some_and(|(a, b)| a.eq_ignore_ascii_case(section) && b.eq_ignore_ascii_case(plural));
    name.eq_ignore_ascii_case(entity) || name.eq_ignore_ascii_case(plural) || is_path()
}

/// What generated files use.
mod prelude {
    pub(crate) use nexudus_core::prelude::*;

    #[allow(unused_imports, reason = "without a section, nothing needs them")]
    pub(crate) use crate::generated::facts::*;
}

#[cfg(test)]
mod tests {
    #[test]
    fn an_entity_that_is_switched_off_names_its_feature() {
        let off = (!cfg!(feature = "spaces")).then_some("spaces");
        for name in ["Booking", "bookings", "BOOKINGS", "spaces/bookings"] {
            assert_eq!(super::switched_off(name), off, "{name}");
            assert_eq!(super::find(name).is_none(), off.is_some(), "{name}");
        }
        assert_eq!(super::switched_off("sys/bookings"), None);
    }
}
