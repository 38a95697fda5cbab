//! Records by the names of their properties, with each value as the text that came.

use nexudus_client::model::core::{Change, EntityTable, Field, Json, Record};

use crate::failure::{Exit, Failure};
use crate::json::{Object, Raw};
use crate::tables::{squash, suggest};

/// Values by the names of their properties on the wire.
pub(crate) type Values = Vec<(String, Raw)>;

/// The text that stands for a secret.
pub(crate) const HIDDEN: &str = "[hidden]";

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
    let squashed = squash(typed);
    let named = |wanted: &str| table.all_fields().find(|field| squash(field.name) == wanted);
    let relation = || if squashed.is_empty() { None } else { named(&format!("{squashed}id")) };
    if let Some(field) = named(&squashed).or_else(relation) {
        return Ok(field.name);
    }
    let near = suggest(typed, table.all_fields().map(|field| field.name));
    let hint = match near.as_slice() {
        [] => format!("`nexudus describe {}` lists its properties.", table.plural),
        near => format!("Did you mean {}?", near.join(", ")),
    };
    Err(Failure::usage(format!("{} has no property {typed:?}", table.name)).hint(hint))
}

/// What is wrong with an unknown name on the wire that is another spelling of a property. The service may take both, and
/// then one of two values is lost.
pub(crate) fn misspelt(table: &'static EntityTable, name: &str) -> Option<String> {
    let squashed = squash(name);
    let meant = table.all_fields().find(|field| squash(field.name) == squashed)?;
    Some(format!("{} has no property {name:?}; did you mean {}?", table.name, meant.name))
}

/// What a record is called in a sentence.
pub(crate) fn title(table: &EntityTable, id: i64) -> String {
    format!("{} {id}", table.name)
}

/// Keeps these properties of a record, in this order.
pub(crate) fn select(record: &Object, columns: &[String]) -> Object {
    Object(columns.iter().filter_map(|name| Some((name.clone(), record.get(name)?.clone()))).collect())
}

/// Sets the values in a record.
pub(crate) fn apply(record: &mut (dyn Record + 'static), values: &Values) -> Result<(), Failure> {
    for (name, value) in values {
        let json: Json = value.text().parse().map_err(|error| Failure::usage(format!("{name}: {error}")))?;
        record.set_property(name, json).map_err(|error| Failure::usage(error.to_string()))?;
    }
    Ok(())
}

/// A record without its secrets.
pub(crate) fn without_secrets(table: &'static EntityTable, mut record: Object) -> Object {
    for (name, value) in &mut record.0 {
        let field = table.position(name).and_then(|at| table.field(at));
        if field.is_some_and(Field::is_sensitive) && !value.is_null() {
            *value = Raw::string(HIDDEN);
        }
    }
    record
}

/// A change as data.
pub(crate) fn change_object(table: &'static EntityTable, change: &Change) -> Object {
    let field = table.position(&change.property).and_then(|at| table.field(at));
    let is_secret = field.is_some_and(Field::is_sensitive);
    let value = |value: &Option<Json>| match value {
        None => Raw::null(),
        Some(_) if is_secret => Raw::string(HIDDEN),
        Some(value) => Raw::parse(&value.to_string()).unwrap_or_else(|_| Raw::null()),
    };
    let mut object = Object::default();
    object.set("property", Raw::string(&change.property));
    object.set("before", value(&change.before));
    object.set("after", value(&change.after));
    object
}
