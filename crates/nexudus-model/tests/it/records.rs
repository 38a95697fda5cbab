//! Records of every entity come out as they went in.

use nexudus_model::core::{AnyFull, EntityTable, Json, Kind, Origin};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use crate::values::{any_value, value_of};

/// The properties of a record with the text of each.
type Properties = Vec<(String, String)>;

/// Random records of an entity: every property, and three that the spec does not know.
fn record_of(
    table: &'static EntityTable,
    value: fn(Kind) -> BoxedStrategy<String>,
) -> impl Strategy<Value = Properties> {
    let known: Vec<BoxedStrategy<(String, String)>> = table
        .all_fields()
        .map(|field| value(field.kind).prop_map(|value| (field.name.to_owned(), value)).boxed())
        .collect();
    let unknown = prop::collection::btree_map("New[a-z]{1,8}", value(Kind::Json), 3);
    (known, unknown).prop_map(|(known, unknown)| known.into_iter().chain(unknown).collect())
}

fn text(properties: &Properties) -> String {
    let all: Vec<String> = properties.iter().map(|(name, value)| format!("\"{name}\":{value}")).collect();
    format!("{{{}}}", all.join(","))
}

fn every_record(
    cases: u32,
    value: fn(Kind) -> BoxedStrategy<String>,
    check: impl Fn(&EntityTable, &Properties) -> Result<(), TestCaseError>,
) {
    for table in nexudus_model::tables() {
        let mut runner = TestRunner::new(Config { cases, failure_persistence: None, ..Config::default() });
        let outcome = runner.run(&record_of(table, value), |properties| check(table, &properties));
        assert!(outcome.is_ok(), "{}: {}", table.name, outcome.unwrap_err());
    }
}

/// Decodes and encodes.
fn there_and_back(table: &EntityTable, json: &str) -> String {
    let mut record = table.make();
    record.read(json.as_bytes(), Origin::Full).unwrap();
    record.to_value().into_text()
}

#[test]
fn a_record_with_every_property_comes_out_byte_for_byte() {
    every_record(3, value_of, |table, properties| {
        let json = text(properties);
        prop_assert_eq!(there_and_back(table, &json), json);
        Ok(())
    });
}

/// Any JSON under any property: numbers of any length, other types, other spellings, half a surrogate pair.
#[test]
fn an_update_of_one_property_sends_all_others_byte_for_byte() {
    every_record(
        6,
        |_| any_value(),
        |table, properties| {
            let mut properties = properties.clone();
            let mut full = AnyFull::decode(table, text(&properties)).unwrap();
            prop_assert_eq!(full.to_value().into_text(), text(&properties));
            full.set_property("Id", 7).unwrap();
            properties.iter_mut().filter(|(name, _)| name == "Id").for_each(|(_, value)| *value = "7".to_owned());
            let is_noise = |name: &str| table.all_fields().any(|field| field.name == name && field.is_write_only());
            properties.retain(|(name, value)| value != "null" || !is_noise(name));
            prop_assert_eq!(String::from_utf8(full.body().unwrap()).unwrap(), text(&properties));
            Ok(())
        },
    );
}

/// A copy shares the properties until one of the two is changed, and then has the same ones.
#[test]
fn a_changed_copy_differs_in_what_was_changed_alone() {
    every_record(
        4,
        |_| any_value(),
        |table, properties| {
            let mut changed = properties.clone();
            changed.iter_mut().filter(|(name, _)| name == "Id").for_each(|(_, value)| *value = "7".to_owned());
            let mut record = table.make();
            record.read(text(properties).as_bytes(), Origin::Full).unwrap();
            let mut copy = record.clone();
            copy.set_property("Id", 7).unwrap();
            prop_assert_eq!(record.to_value().into_text(), text(properties));
            prop_assert_eq!(copy.to_value().into_text(), text(&changed));
            prop_assert_eq!(copy.origin(), Origin::Full);
            // The other way round: what is changed is not the copy.
            let copy = record.clone();
            record.set_property("Id", 7).unwrap();
            prop_assert_eq!(copy.to_value().into_text(), text(properties));
            prop_assert_eq!(record.to_value().into_text(), text(&changed));
            Ok(())
        },
    );
}

#[test]
fn every_property_reaches_its_typed_field() {
    every_record(2, value_of, |table, properties| {
        let mut record = table.make();
        record.read(text(properties).as_bytes(), Origin::Full).unwrap();
        for (at, field) in table.all_fields().enumerate() {
            let slot = match at.checked_sub(table.fields.len()) {
                None => record.slot(at),
                Some(at) => nexudus_model::core::Slots::slot(record.common(), at),
            };
            prop_assert!(slot.is_some_and(nexudus_model::core::Slot::is_set), "{} is empty", field.name);
        }
        prop_assert_eq!(record.unknown().count(), properties.len() - table.field_count());
        Ok(())
    });
}

#[test]
fn an_empty_object_stays_one() {
    for table in nexudus_model::tables() {
        assert_eq!(there_and_back(table, "{}"), "{}", "{}", table.name);
    }
}

#[test]
fn serde_json_reads_and_writes_every_digit() {
    let json = r#"{"Header":"a\ud83d","Id":1,"Rate":1.08451234567890123456,"All":[150.00,1e400]}"#;
    let message: nexudus_model::sys::UserMessage = serde_json::from_str(json).unwrap();
    assert_eq!(serde_json::to_string(&message).unwrap(), json);
    assert_eq!(serde_json::from_str::<Json>(json).unwrap(), nexudus_model::core::Entity::to_value(&message));
}

#[test]
fn debug_shows_no_secret() {
    every_record(2, value_of, |table, properties| {
        let mut record = table.make();
        record.read(text(properties).as_bytes(), Origin::Full).unwrap();
        for field in table.fields.iter().filter(|field| field.is_sensitive()) {
            let shown = format!("{record:?}");
            prop_assert!(shown.contains(&format!("{}: [hidden]", field.name)), "{shown}");
        }
        Ok(())
    });
}
