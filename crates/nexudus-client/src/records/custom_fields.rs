//! Custom fields: properties that the caller defines.
//!
//! They are a list of names and texts inside the property `CustomFields` of every record. This module reads and sets
//! single custom fields and preserves the rest of the list byte for byte. An update sends the whole list back, like
//! every property.

use std::fmt::{self, Display};
use std::str::FromStr;

use nexudus_core::{Entity, Json, JsonRef};

/// Custom fields of a record, by their names: free text, or the id of a registered definition as text.
///
/// Values are text, as the service writes them. A number, `true` or `false` is given as its text, and null as if the
/// field were not there.
pub trait CustomFields: Entity {
    /// The value of a custom field.
    fn custom_field(&self, name: &str) -> Option<String> {
        // Of two with one name, the service keeps the first.
        let field = fields(self).find(|field| is_named(*field, name))?;
        value(field)
    }

    /// The value of a custom field as another type; `None` if there is none.
    fn parse_custom_field<T: FromStr>(&self, name: &str) -> Result<Option<T>, T::Err> {
        self.custom_field(name).map(|value| value.parse()).transpose()
    }

    /// All custom fields with their values, without those that are null.
    fn custom_fields(&self) -> Vec<(String, String)> {
        let pair = |field: JsonRef<'_>| Some((field.get("Name")?.as_str()?.into_owned(), value(field)?));
        fields(self).filter_map(pair).collect()
    }

    /// Sets a custom field, and adds it where there is none of this name. Fails if what the record holds is not a list of
    /// custom fields, so that nothing is written over.
    fn set_custom_field(&mut self, name: &str, value: impl Display) -> Result<(), NotCustomFields> {
        let value = Json::from(value.to_string());
        edit(self, |data| {
            let Some(field) = data.items().find(|field| is_named(*field, name)) else {
                let members = [("Name", name.into()), ("Value", value), ("Type", "string".into())];
                return Some(appended(data, Json::object(members).text()));
            };
            match field.get("Value") {
                Some(old) => replaced(data, old, value.text()),
                None => replaced(data, field, &appended(field, &format!("\"Value\":{}", value.text()))),
            }
        })
    }

    /// Takes a custom field away. Whether there was one. Fails if what the record holds is not a list of custom fields.
    fn remove_custom_field(&mut self, name: &str) -> Result<bool, NotCustomFields> {
        let there = fields(self).any(|field| is_named(field, name));
        if there {
            edit(self, |data| {
                let kept = data.items().filter(|field| !is_named(*field, name)).map(JsonRef::to_owned);
                Some(Json::from(kept.collect::<Vec<_>>()).into_text())
            })?;
        }
        Ok(there)
    }
}

impl<E: Entity> CustomFields for E {}

/// The property `CustomFields` holds something that is not a list of custom fields.
#[derive(Clone, Debug, PartialEq)]
pub struct NotCustomFields {
    found: Json,
}

impl NotCustomFields {
    /// What it holds.
    pub fn found(&self) -> &Json {
        &self.found
    }
}

impl Display for NotCustomFields {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "`CustomFields` holds no list `Data` of custom fields, so none can be set without losing what it holds",
        )
    }
}

impl std::error::Error for NotCustomFields {}

fn is_named(field: JsonRef<'_>, name: &str) -> bool {
    field.get("Name").and_then(JsonRef::as_str).is_some_and(|other| other == name)
}

fn value(field: JsonRef<'_>) -> Option<String> {
    let value = field.get("Value")?;
    match value.as_str() {
        Some(text) => Some(text.into_owned()),
        None => (!value.is_null()).then(|| value.to_string()),
    }
}

fn fields<E: Entity>(record: &E) -> impl Iterator<Item = JsonRef<'_>> {
    let data = record.common().custom_fields.as_ref().and_then(|fields| fields.get("Data"));
    data.into_iter().flat_map(JsonRef::items)
}

/// A text with another in the place of one of its parts. All else stays byte for byte.
fn replaced(whole: JsonRef<'_>, part: JsonRef<'_>, by: &str) -> Option<String> {
    let start = part.text().as_ptr().addr().checked_sub(whole.text().as_ptr().addr())?;
    let (before, after) = (whole.text().get(..start)?, whole.text().get(start + part.text().len()..)?);
    Some([before, by, after].concat())
}

/// An array with another item at its end, or an object with another property.
fn appended(whole: JsonRef<'_>, part: &str) -> String {
    let (before, end) = whole.text().split_at(whole.text().len().saturating_sub(1));
    let is_empty = before.len() <= 1 || before.get(1..).is_some_and(|inside| inside.trim().is_empty());
    [before, if is_empty { "" } else { "," }, part, end].concat()
}

/// Changes the list, which is made where there is none.
fn edit<E: Entity>(record: &mut E, change: impl FnOnce(JsonRef<'_>) -> Option<String>) -> Result<(), NotCustomFields> {
    let fields = &mut record.common_mut().custom_fields;
    let whole = fields.clone().filter(|fields| !fields.is_null()).unwrap_or_else(|| Json::object::<&str>([]));
    let empty = Json::from(Vec::<Json>::new());
    let edited = match whole.get("Data") {
        None if whole.is_object() => {
            change(empty.borrow()).map(|data| appended(whole.borrow(), &format!("\"Data\":{data}")))
        }
        Some(data) if data.is_null() => change(empty.borrow()).and_then(|list| replaced(whole.borrow(), data, &list)),
        Some(data) if data.is_array() && data.items().all(JsonRef::is_object) => {
            change(data).and_then(|list| replaced(whole.borrow(), data, &list))
        }
        _ => None,
    };
    match edited.and_then(|text| text.parse().ok()) {
        Some(edited) => *fields = Some(edited),
        None => return Err(NotCustomFields { found: whole }),
    }
    Ok(())
}

#[cfg(test)]
#[cfg(feature = "sys")]
mod tests {
    use nexudus_model::sys::UserMessage;

    use super::*;

    fn record(custom_fields: &str) -> UserMessage {
        nexudus_core::from_json(format!(r#"{{"Id":1,"CustomFields":{custom_fields}}}"#).as_bytes()).unwrap()
    }

    #[test]
    fn custom_fields_are_read_and_set_one_by_one() {
        let json = r#"{"Data":[{"Name":"Rate","Value":1.50},{"Name":"Tax","Value":"21","JsonValue":null,"Type":"string"}],"More":1.10}"#;
        let mut record = record(json);
        assert_eq!(record.parse_custom_field("Tax"), Ok(Some(21)));
        assert_eq!(record.custom_field("tax"), None);
        record.set_custom_field("Tax", 22).unwrap();
        record.set_custom_field("Colour", "red").unwrap();
        let all = [("Rate", "1.50"), ("Tax", "22"), ("Colour", "red")];
        assert_eq!(record.custom_fields(), all.map(|(name, value)| (name.to_owned(), value.to_owned())));
        assert_eq!(record.remove_custom_field("Colour"), Ok(true));
        assert_eq!(record.remove_custom_field("Colour"), Ok(false));
        assert_eq!(record.common.custom_fields.as_ref().unwrap().text(), json.replace("21", "22"));
        let mut empty = UserMessage::default();
        empty.set_custom_field("A", true).unwrap();
        assert_eq!(empty.custom_field("A").as_deref(), Some("true"));
    }

    #[test]
    fn all_else_stays_byte_for_byte() {
        let cases = [
            (
                r#"{ "Q\u0041" : 1e0, "k\ud83d":1, "Data" : [ {"k\ud83d":1.10 , "Name" : "A" , "Value": "x\ud83d" } ] , "Z":[ ] }"#,
                r#""x\ud83d""#,
                r#""7""#,
            ),
            (r#"{"Data":[{"Name":"A","k\ud83d":1.10}]}"#, "1.10}", r#"1.10,"Value":"7"}"#),
            (r#"{"Data":[ {"Name":"B\ud83d"}]}"#, "}]", r#"},{"Name":"A","Value":"7","Type":"string"}]"#),
            (r#"{"Data":[ ],"x\ud83d":1}"#, "[ ]", r#"[ {"Name":"A","Value":"7","Type":"string"}]"#),
            (r#"{"Data":null,"x\ud83d":1}"#, "null", r#"[{"Name":"A","Value":"7","Type":"string"}]"#),
            (r#"{"x\ud83d":1}"#, "1}", r#"1,"Data":[{"Name":"A","Value":"7","Type":"string"}]}"#),
        ];
        for (json, old, new) in cases {
            let mut record = record(json);
            record.set_custom_field("A", 7).unwrap();
            assert_eq!(record.common.custom_fields.as_ref().unwrap().text(), json.replace(old, new));
        }
    }

    #[test]
    fn values_that_are_no_text_are_read() {
        let json =
            r#"{"Data":[{"Name":"A","Value":7},{"Name":"B","Value":true},{"Name":"C","Value":null},{"Name":"D"}]}"#;
        let record = record(json);
        let value = |name: &str| record.custom_field(name);
        assert_eq!(
            [value("A"), value("B"), value("C"), value("D")],
            [Some("7".into()), Some("true".into()), None, None]
        );
    }

    #[test]
    fn what_is_no_list_of_custom_fields_is_not_written_over() {
        for json in [r#"[{"Name":"A","Value":"1"}]"#, r#"{"Data":{"A":"1"}}"#, r#"{"Data":["A"]}"#, "5"] {
            let mut record = record(json);
            assert!(record.set_custom_field("B", 1).is_err(), "{json}");
            assert_eq!(record.common.custom_fields.as_ref().unwrap().text(), json);
        }
    }
}
