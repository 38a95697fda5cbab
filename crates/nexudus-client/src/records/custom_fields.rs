//! Custom fields: properties that belong to the caller and not to the service.
//!
//! They travel as a list of names and texts inside the property `CustomFields`, which every record has. Here they
//! are read and set one by one; what else the list holds stays as it is. Like all properties, they are sent back
//! whole with an update.

use std::fmt::Display;
use std::str::FromStr;

use nexudus_core::Entity;
use serde_json::{Map, Value, json};

/// Custom fields of a record, by their names: free text, or the id of a registered definition as text.
pub trait CustomFields: Entity {
    /// The value of a custom field.
    fn custom_field(&self, name: &str) -> Option<&str> {
        // Of two with one name, the service keeps the first.
        fields(self).find(|(other, _)| *other == name).map(|(_, value)| value)
    }

    /// The value of a custom field as another type; `None` if there is none.
    fn parse_custom_field<T: FromStr>(&self, name: &str) -> Result<Option<T>, T::Err> {
        self.custom_field(name).map(str::parse).transpose()
    }

    /// All custom fields with their values.
    fn custom_fields(&self) -> Vec<(&str, &str)> {
        fields(self).collect()
    }

    /// Sets a custom field, and adds it where there is none of this name.
    fn set_custom_field(&mut self, name: &str, value: impl Display) {
        let value = value.to_string();
        edit(self, |data| match data.iter_mut().find(|field| is_named(field, name)) {
            Some(field) => field["Value"] = value.into(),
            None => data.push(json!({"Name": name, "Value": value, "Type": "string"})),
        });
    }

    /// Takes a custom field away. Whether there was one.
    fn remove_custom_field(&mut self, name: &str) -> bool {
        if self.custom_field(name).is_none() {
            return false;
        }
        edit(self, |data| data.retain(|field| !is_named(field, name)));
        true
    }
}

impl<E: Entity> CustomFields for E {}

fn is_named(field: &Value, name: &str) -> bool {
    field.get("Name").and_then(Value::as_str) == Some(name)
}

fn fields<E: Entity>(record: &E) -> impl Iterator<Item = (&str, &str)> {
    let data = record.common().custom_fields.as_ref().and_then(|fields| fields.get("Data")).and_then(Value::as_array);
    data.into_iter()
        .flatten()
        .filter_map(|field| Some((field.get("Name")?.as_str()?, field.get("Value")?.as_str().unwrap_or_default())))
}

/// Changes the list, which is made where there is none.
fn edit<E: Entity>(record: &mut E, change: impl FnOnce(&mut Vec<Value>)) {
    let fields = record.common_mut().custom_fields.get_or_insert_default();
    let mut object = match std::mem::take(fields) {
        Value::Object(object) => object,
        _ => Map::new(),
    };
    let mut data = match object.remove("Data") {
        Some(Value::Array(data)) => data,
        _ => Vec::new(),
    };
    change(&mut data);
    object.insert("Data".to_owned(), data.into());
    *fields = Value::Object(object);
}

#[cfg(test)]
#[cfg(feature = "sys")]
mod tests {
    use super::*;

    #[test]
    fn custom_fields_are_read_and_set_one_by_one() {
        let json = r#"{"Id":1,"CustomFields":{"Data":[{"Name":"Tax","Value":"21","JsonValue":null,"Type":"string"}],"More":1}}"#;
        let mut record: nexudus_model::sys::UserMessage = nexudus_core::from_json(json.as_bytes()).unwrap();
        assert_eq!(record.parse_custom_field("Tax"), Ok(Some(21)));
        assert_eq!(record.custom_field("tax"), None);
        record.set_custom_field("Tax", 22);
        record.set_custom_field("Colour", "red");
        assert_eq!(record.custom_fields(), [("Tax", "22"), ("Colour", "red")]);
        assert!(record.remove_custom_field("Colour") && !record.remove_custom_field("Colour"));
        let expected: Value = serde_json::from_str(&json.replace("21", "22")).unwrap();
        assert_eq!(record.to_value(), expected);
        let mut empty = nexudus_model::sys::UserMessage::default();
        empty.set_custom_field("A", true);
        assert_eq!(empty.custom_field("A"), Some("true"));
    }
}
