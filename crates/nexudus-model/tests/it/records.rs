//! Records of every entity come out as they went in.

use nexudus_model::core::{EntityTable, Json, Origin};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use crate::values::{odd_value_of, value_of};

/// Random records of an entity: every property, and three that the spec does not know.
fn record_of(table: &'static EntityTable, odd: bool) -> impl Strategy<Value = Json> {
    let known: Vec<BoxedStrategy<(String, Json)>> = table
        .all_fields()
        .map(|field| {
            let value = if odd { odd_value_of(field) } else { value_of(field.kind) };
            value.prop_map(|value| (field.name.to_owned(), value)).boxed()
        })
        .collect();
    let unknown = prop::collection::btree_map("New[a-z]{1,8}", value_of(nexudus_model::core::Kind::Json), 3);
    (known, unknown).prop_map(|(known, unknown)| known.into_iter().chain(unknown).collect())
}

fn every_record(cases: u32, odd: bool, check: impl Fn(&EntityTable, &Json) -> Result<(), TestCaseError>) {
    for table in nexudus_model::tables() {
        let mut runner = TestRunner::new(Config { cases, failure_persistence: None, ..Config::default() });
        let outcome = runner.run(&record_of(table, odd), |json| check(table, &json));
        assert!(outcome.is_ok(), "{}: {}", table.name, outcome.unwrap_err());
    }
}

/// Decodes and encodes, both as text.
fn there_and_back(table: &EntityTable, json: &Json) -> Result<Json, TestCaseError> {
    let mut record = table.make();
    record.read(json.to_string().as_bytes(), Origin::Full).map_err(|error| TestCaseError::fail(error.to_string()))?;
    Ok(serde_json::from_slice(&record.to_json()).unwrap())
}

#[test]
fn a_record_with_every_property_comes_out_as_it_went_in() {
    every_record(8, false, |table, json| {
        prop_assert_eq!(&there_and_back(table, json)?, json);
        Ok(())
    });
}

#[test]
fn odd_spellings_and_nulls_come_out_as_they_went_in() {
    every_record(8, true, |table, json| {
        prop_assert_eq!(&there_and_back(table, json)?, json);
        Ok(())
    });
}

#[test]
fn every_property_reaches_its_typed_field() {
    every_record(2, false, |table, json| {
        let mut record = table.make();
        record.read(json.to_string().as_bytes(), Origin::Full).unwrap();
        for (at, field) in table.all_fields().enumerate() {
            let slot = match at.checked_sub(table.fields.len()) {
                None => record.slot(at),
                Some(at) => nexudus_model::core::Slots::slot(record.common(), at),
            };
            prop_assert!(slot.is_some_and(nexudus_model::core::Slot::is_set), "{} is empty", field.name);
        }
        prop_assert_eq!(record.unknown().count(), 3.min(json.as_object().unwrap().len() - table.field_count()));
        Ok(())
    });
}

#[test]
fn an_empty_object_stays_one() {
    for table in nexudus_model::tables() {
        assert_eq!(there_and_back(table, &serde_json::json!({})).unwrap(), serde_json::json!({}), "{}", table.name);
    }
}

#[test]
fn debug_shows_no_secret() {
    every_record(2, false, |table, json| {
        let mut record = table.make();
        record.read(json.to_string().as_bytes(), Origin::Full).unwrap();
        for field in table.fields.iter().filter(|field| field.is_sensitive()) {
            let shown = format!("{record:?}");
            prop_assert!(shown.contains(&format!("{}: [hidden]", field.name)), "{shown}");
        }
        Ok(())
    });
}
