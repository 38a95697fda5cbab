//! Which properties a table shows when nobody says.

use nexudus_client::model::core::{EntityTable, Field, Kind};

/// Columns of a table where the table of the entity does not say.
const MOST: usize = 6;

/// The properties that a table shows by default, by their names on the wire: the id first.
pub(crate) fn default_columns(table: &'static EntityTable) -> Vec<&'static str> {
    let mut columns = vec!["Id"];
    let short = |field: &&Field| {
        !field.is_sensitive()
            && !field.is_write_only()
            && !field.is_get_only()
            && !matches!(field.kind, Kind::Json | Kind::Ids(_))
    };
    columns.extend(table.fields.iter().filter(short).map(|field| field.name).take(MOST - 1));
    columns
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
