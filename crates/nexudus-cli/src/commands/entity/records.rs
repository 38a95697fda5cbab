//! Records on their way from the service to the output.

use nexudus_client::model::core::{EntityTable, Record};

use crate::context::Context;
use crate::failure::{Exit, Failure};
use crate::json::Object;
use crate::tables::suggest;

/// A record with the text of each value as the service sent it.
pub(crate) fn object_of(record: &dyn Record) -> Result<Object, Failure> {
    let json = record.to_json();
    let text = std::str::from_utf8(&json).map_err(|error| Failure::new(Exit::Failure, error.to_string()))?;
    Object::parse(text).map_err(|error| Failure::new(Exit::Failure, format!("a record could not be read: {error}")))
}

/// The property that a person means, in any case and with or without dashes.
pub(crate) fn property_named(table: &'static EntityTable, typed: &str) -> Result<&'static str, Failure> {
    if let Some(field) = table.all_fields().find(|field| field.name == typed) {
        return Ok(field.name);
    }
    let squashed = crate::tables::squash(typed);
    let named = |wanted: &str| table.all_fields().find(|field| crate::tables::squash(field.name) == wanted);
    if let Some(field) = named(&squashed).or_else(|| named(&format!("{squashed}id"))) {
        return Ok(field.name);
    }
    let near = suggest(typed, table.all_fields().map(|field| field.name));
    let hint = match near.as_slice() {
        [] => format!("`nexudus describe {}` lists its properties.", table.plural),
        near => format!("Did you mean {}?", near.join(", ")),
    };
    Err(Failure::usage(format!("{} has no property {typed:?}", table.name)).hint(hint))
}

/// What a record is called in a sentence.
pub(crate) fn title(table: &EntityTable, id: i64) -> String {
    format!("{} {id}", table.name)
}

/// Keeps these properties of a record, in this order.
pub(crate) fn select(record: &Object, columns: &[String]) -> Object {
    Object(columns.iter().filter_map(|name| Some((name.clone(), record.get(name)?.clone()))).collect())
}

/// Says that a list changed while it was read.
pub(crate) fn warn_of_changes(context: &Context, repeated: usize) {
    if repeated > 0 {
        context.warn(&format!(
            "the list changed while it was read: {repeated} records came twice and were left out once, others may be missing"
        ));
    }
}
