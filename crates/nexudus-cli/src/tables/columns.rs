//! Which properties a table shows when nobody says.

use nexudus_client::model::core::{EntityTable, Field, Kind};

/// The properties that a table shows by default, by their names on the wire: the id first.
pub(crate) fn default_columns(table: &'static EntityTable) -> Vec<&'static str> {
    std::iter::once("Id").chain(table.columns.iter().copied()).collect()
}

/// Whether a property is one that people look for: the short help shows its flags.
pub(crate) fn is_looked_for(table: &EntityTable, property: &str) -> bool {
    table.columns.contains(&property) || table.common.contains(&property)
}

/// The text property that people know a record by: what `--query` searches.
pub(crate) fn label_field(table: &'static EntityTable) -> Option<&'static Field> {
    let named = |name: &str| table.fields.iter().find(|field| field.name == name && field.is_filterable());
    let first_text = || {
        default_columns(table)
            .into_iter()
            .filter_map(|name| table.fields.iter().find(|field| field.name == name))
            .find(|field| field.is_filterable() && matches!(field.kind, Kind::Text))
    };
    named("Name").or_else(|| named("FullName")).or_else(first_text)
}
