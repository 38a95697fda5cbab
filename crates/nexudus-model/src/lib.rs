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
    let is_path = |table: &EntityTable| {
        name.split_once('/').is_some_and(|(section, plural)| {
            section.eq_ignore_ascii_case(table.section) && plural.eq_ignore_ascii_case(table.plural)
        })
    };
    let named = |table: &EntityTable| name.eq_ignore_ascii_case(table.name) || name.eq_ignore_ascii_case(table.plural);
    TABLES.iter().copied().find(|table| named(table) || is_path(table))
}

/// What generated files use.
mod prelude {
    pub(crate) use nexudus_core::prelude::*;
}
