//! The location that a record belongs to.

use nexudus_client::model;
use nexudus_client::model::core::{EntityTable, Field, Kind};

use super::names::squash;

/// The property that says which location a record belongs to.
pub(crate) fn location_field(table: &'static EntityTable) -> Option<&'static Field> {
    let ids = || table.all_fields().filter(|field| matches!(field.kind, Kind::Id(_)));
    if let Some(exact) = ids().find(|field| squash(field.name) == "businessid") {
        return Some(exact);
    }
    if location_entity() == Some(table.name) {
        return table.all_fields().find(|field| field.name == "Id");
    }
    let named = || ids().filter(|field| squash(field.name).ends_with("businessid"));
    let only = |mut fields: Box<dyn Iterator<Item = &'static Field>>| fields.next().filter(|_| fields.next().is_none());
    only(Box::new(named().filter(|field| field.is_creatable()))).or_else(|| only(Box::new(named())))
}

/// The entity of locations: what a property called after it points at.
pub(crate) fn location_entity() -> Option<&'static str> {
    model::tables().iter().flat_map(|table| table.all_fields()).find_map(|field| match field.kind {
        Kind::Id(entity) if squash(field.name) == "businessid" => Some(entity),
        _ => None,
    })
}
