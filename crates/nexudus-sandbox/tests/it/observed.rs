//! Records as the service was seen to answer them: what the sandbox answers has the same keys, JSON types and formats.

use std::collections::BTreeMap;

use nexudus_core::{EntityTable, Operation};
use serde_json::value::RawValue;
use serde_json::{Value, json};

use crate::script::Script;

/// A record of each kind with made-up values; keys, types and formats are those that were seen.
const OBSERVED: &str = include_str!("../../../nexudus-model/tests/it/fixtures/observed.jsonl");
/// Bodies that the service took, in an order in which each finds what it points at.
const BODIES: &str = include_str!("fixtures/observed_bodies.jsonl");

type Shape = BTreeMap<String, Box<RawValue>>;

/// The type and the format of a value.
fn format_of(value: &RawValue) -> &'static str {
    let text = value.get();
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    match text.as_bytes() {
        b"null" => "null",
        b"true" | b"false" => "bool",
        [b'[', ..] => "list",
        [b'{', ..] => "object",
        [b'"', inside @ .., b'"'] => {
            let inside = std::str::from_utf8(inside).unwrap();
            let civil = inside.len() >= 19 && inside.as_bytes()[10] == b'T' && digits(&inside[..4]);
            match (civil, inside.strip_suffix('Z')) {
                (true, Some(_)) => "instant",
                (true, None) => "civil",
                _ if inside.len() == 36 && inside.split('-').count() == 5 => "guid",
                _ => "text",
            }
        }
        _ if text.contains('.') => "decimal",
        _ => "int",
    }
}

/// How a record differs from one that was seen. What is null in either says nothing of its type.
fn differences(table: &EntityTable, seen: &Shape, shown: &Value) -> Vec<String> {
    let shown: Shape = serde_json::from_str(&shown.to_string()).unwrap();
    let missing = seen.keys().filter(|key| !shown.contains_key(*key)).map(|key| format!("lacks {key}"));
    let more = shown.keys().filter(|key| !seen.contains_key(*key)).map(|key| format!("has {key}"));
    let other = seen.iter().filter_map(|(key, value)| {
        let (want, have) = (format_of(value), format_of(shown.get(key)?));
        // A unique id may stand in a text, and some properties come in either of two forms.
        let either = table.position(key).and_then(|at| table.field(at)).is_some_and(nexudus_core::Field::is_either);
        let same = want == have || want == "null" || have == "null" || either || (want == "text" && have == "guid");
        (!same).then(|| format!("{key} is {have} instead of {want}"))
    });
    missing.chain(more).chain(other).collect()
}

#[test]
fn answers_have_the_keys_types_and_formats_of_records_that_were_seen() {
    let seen: BTreeMap<String, Shape> = OBSERVED
        .lines()
        .map(|line| {
            let line: BTreeMap<String, Box<RawValue>> = serde_json::from_str(line).unwrap();
            (serde_json::from_str(line["entity"].get()).unwrap(), serde_json::from_str(line["record"].get()).unwrap())
        })
        .collect();
    let mut script = Script::start();
    let mut compared = BTreeMap::new();
    let mut wrong = Vec::new();
    let mut compare = |entity: &str, how: &str, record: &Value| {
        *compared.entry(entity.to_owned()).or_insert(0) += 1;
        let table = nexudus_model::find(entity).unwrap();
        let found = differences(table, &seen[entity], record);
        wrong.extend(found.into_iter().map(|what| format!("{entity}, {how}: {what}")));
    };
    for line in BODIES.lines() {
        let line: Value = serde_json::from_str(line).unwrap();
        let path = line["path"].as_str().unwrap();
        let table = nexudus_model::tables().iter().find(|table| table.path() == path).unwrap();
        let (status, created) = script.send("POST", path, &line["body"]);
        assert_eq!(status, 200, "{path}: {created}");
        let record = &created["Value"];
        let (id, unique) = (record["Id"].to_string(), record["UniqueId"].to_string());
        script.ids.insert(table.plural.to_owned(), id.clone());
        script.ids.insert(format!("{}_guid", table.plural), unique);
        if !seen.contains_key(table.name) {
            continue;
        }
        compare(table.name, "created", record);
        let (_, got) = script.send("GET", &format!("{path}/{id}"), &json!(null));
        compare(table.name, "one", &got);
        if table.allows(Operation::List) {
            let (_, page) = script.send("GET", &format!("{path}?{}_Id={id}", table.name), &json!(null));
            compare(table.name, "listed", &page["Records"][0]);
        }
    }
    // Invoices are not created: a bill run makes them.
    let run = json!({"Key": "COWORKER_BILL_RUN", "Ids": ["$coworkers"], "Parameters": []});
    assert_eq!(script.send("POST", "spaces/coworkers/runcommand", &run).0, 200);
    let invoices = "billing/coworkerinvoices?CoworkerInvoice_Coworker=$coworkers";
    let (_, page) = script.send("GET", invoices, &json!(null));
    compare("CoworkerInvoice", "listed", &page["Records"][0]);
    let lines =
        format!("billing/coworkerinvoicelines?CoworkerInvoiceLine_CoworkerInvoice={}", page["Records"][0]["Id"]);
    let (_, page) = script.send("GET", &lines, &json!(null));
    compare("CoworkerInvoiceLine", "listed", &page["Records"][0]);
    assert_eq!(wrong, Vec::<String>::new());
    assert_eq!(
        compared.len(),
        seen.len(),
        "{:?}",
        seen.keys().filter(|name| !compared.contains_key(*name)).collect::<Vec<_>>()
    );
}

/// What the service sets where a create does not name it, by the entity's path.
fn set_by_the_service(script: &mut Script) -> BTreeMap<String, Vec<String>> {
    let mut set = BTreeMap::new();
    for line in BODIES.lines() {
        let line: Value = serde_json::from_str(line).unwrap();
        let path = line["path"].as_str().unwrap();
        let (_, created) = script.send("POST", path, &line["body"]);
        let record = created["Value"].as_object().unwrap();
        let plural = path.split_once('/').unwrap().1;
        script.ids.insert(plural.to_owned(), record["Id"].to_string());
        script.ids.insert(format!("{plural}_guid"), record["UniqueId"].to_string());
        let own = record.iter().filter(|(key, value)| !value.is_null() && line["body"].get(key.as_str()).is_none());
        set.insert(path.to_owned(), own.map(|(key, _)| key.clone()).collect());
    }
    set
}

#[test]
fn seeded_records_have_what_the_service_sets_on_a_create() {
    // Each depends on something that is not true of every record.
    let depends = |path: &str, key: &str| match path {
        "billing/coworkercontracts" => key.contains("Duration"),
        "spaces/bookings" => key.starts_with("Coworker"),
        "spaces/visitors" => key == "VisitorCode",
        "support/helpdeskmessages" => ["ClosedOn", "MinutesToClose"].contains(&key),
        _ => false,
    };
    let mut script = Script::start();
    let (mut seen, mut missing) = (0, Vec::new());
    for (path, keys) in set_by_the_service(&mut script) {
        let (_, page) = script.send("GET", &format!("{path}?orderBy=Id&size=1000"), &json!(null));
        let seeded = page["Records"].as_array().unwrap().iter().map(|record| record["Id"].as_u64().unwrap());
        for id in seeded.filter(|id| *id < 1_000_000).take(30) {
            let (_, record) = script.send("GET", &format!("{path}/{id}"), &json!(null));
            seen += 1;
            let empty = keys.iter().filter(|key| record[key.as_str()].is_null() && !depends(&path, key));
            missing.extend(empty.map(|key| format!("{path} {id} has no {key}")));
        }
    }
    assert!(seen > 300, "{seen}");
    assert_eq!(missing, Vec::<String>::new());
}
