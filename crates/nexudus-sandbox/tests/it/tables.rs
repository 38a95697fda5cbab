//! What the tables say of each entity, held against what the sandbox answers.

use nexudus_core::{EntityTable, Kind};
use nexudus_sandbox::{Sandbox, Seed};
use serde_json::{Value, json};

use crate::caller::Caller;

fn demo() -> Caller {
    let builder = Sandbox::builder().seed(Seed::Demo).clock("2026-03-02T12:00:00Z".parse().unwrap());
    Caller::of(builder.in_process().unwrap())
}

/// The filters that a list cannot do without, with a value that is not a record's.
fn required(table: &EntityTable) -> String {
    table.required_filters.iter().flat_map(|name| ["&", name, "=987654321987"]).collect()
}

#[test]
fn no_record_has_what_no_record_of_the_service_has() {
    let caller = demo();
    for table in nexudus_model::tables().iter().filter(|table| table.allows(nexudus_core::Operation::List)) {
        let page = caller.get(&format!("{}?size=1{}", table.path(), required(table))).ok();
        let Some(listed) = page["Records"].get(0) else { continue };
        let one = caller.get(&format!("{}/{}", table.path(), listed["Id"]));
        for record in [Some(listed.clone()), (one.status == 200).then(|| one.json())].into_iter().flatten() {
            for field in table.all_fields() {
                let wanted = !field.is_absent();
                assert_eq!(record.get(field.name).is_some(), wanted, "{} {}", table.name, field.name);
            }
        }
    }
}

#[test]
fn lists_are_ordered_by_what_they_work_out() {
    let caller = demo();
    for name in ["TeamIds", "CoworkerContractTariffNames", "ToStringText"] {
        let page = caller.get(&format!("spaces/coworkers?size=1000&orderBy={name}&dir=1")).ok();
        let values: Vec<&str> = page["Records"]
            .as_array()
            .unwrap()
            .iter()
            .map(|record| record[name].as_str().unwrap_or_default())
            .collect();
        assert!(!values[0].is_empty() && values.is_sorted_by_key(std::cmp::Reverse), "{name} {values:?}");
    }
}

/// Two values that no record has, for ranges the smallest and the largest that there are.
fn nobody(kind: Kind) -> Option<[&'static str; 2]> {
    Some(match kind {
        Kind::Id(_) | Kind::Int | Kind::Ids(_) | Kind::Enum(_) => ["-987654321987", "987654321987"],
        Kind::Decimal => ["-987654321987.5", "987654321987.5"],
        Kind::DateTime | Kind::Civil => ["0002-01-01T00:00Z", "9998-01-01T00:00Z"],
        Kind::Guid => ["00000000-0000-4000-8000-00000000000a", "f0000000-0000-4000-8000-00000000000a"],
        Kind::Text => ["nobody's & co", "nobody+1@example.com"],
        // Of two values, every record has one.
        Kind::Bool | Kind::Json => return None,
    })
}

#[test]
fn every_published_filter_filters() {
    let caller = demo();
    let mut tried = 0;
    let wrong = std::cell::RefCell::new(Vec::new());
    let check = |holds: bool, what: String| {
        if !holds {
            wrong.borrow_mut().push(what);
        }
    };
    for table in nexudus_model::tables().iter().filter(|table| table.allows(nexudus_core::Operation::List)) {
        let required = required(table);
        let list = |query: &str| {
            let answer = caller.get(&format!("{}?{query}{required}", table.path()));
            check(!answer.hint().contains("unknown"), format!("{} {query}: {}", table.name, answer.hint()));
            answer.ok()
        };
        let all = list("size=1000");
        let all = all["Records"].as_array().unwrap();
        let encoded = |value: &str| {
            let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte >= 0x80;
            let encode = |byte: u8| if plain(byte) { vec![byte] } else { format!("%{byte:02X}").into_bytes() };
            String::from_utf8(value.bytes().flat_map(encode).collect()).unwrap()
        };
        let equal = table.all_fields().filter_map(|field| Some((table.filter_name(field)?, field.kind, Some(field))));
        let related = table.related.iter().map(|related| (related.name.to_owned(), related.kind, None));
        for (name, kind, field) in equal.chain(related) {
            tried += 1;
            match nobody(kind) {
                Some(values) => {
                    for value in values {
                        let page = list(&format!("{name}={}", encoded(value)));
                        check(page["TotalItems"] == 0, format!("{} {name}={value}", table.name));
                    }
                }
                None if kind == Kind::Bool => {
                    let count = |value| list(&format!("size=1&{name}={value}"))["TotalItems"].as_u64().unwrap();
                    // What leads to no record is neither.
                    check(count("true") + count("false") <= all.len() as u64, format!("{} {name}", table.name));
                }
                None => {
                    list(&format!("{name}=x"));
                }
            }
            // A record is found by its own value.
            let Some(field) = field.filter(|field| !field.is_sensitive() && !field.is_get_only()) else { continue };
            let Some(record) = all.iter().find(|record| !record[field.name].is_null()) else { continue };
            let value = match &record[field.name] {
                Value::String(text) => encoded(text),
                Value::Array(_) => continue,
                other => other.to_string(),
            };
            let found = list(&format!("{}_Id={}&{name}={value}", table.name, record["Id"]));
            check(found["TotalItems"] == 1, format!("{} {name}={value}", table.name));
        }
        for (field, (from, to)) in table.all_fields().filter_map(|field| Some((field, table.range_names(field)?))) {
            tried += 2;
            let [least, most] = nobody(field.kind).unwrap_or_else(|| panic!("{} {}", table.name, field.name));
            for query in [format!("{from}={most}"), format!("{to}={least}")] {
                check(list(&query)["TotalItems"] == 0, format!("{} {query}", table.name));
            }
            // A list shows no value of what comes only with one record.
            let shown = |record: &&Value| !field.is_get_only() && !record[field.name].is_null();
            let Some(record) = all.iter().find(shown) else { continue };
            let value = record[field.name].as_str().map_or_else(|| record[field.name].to_string(), encoded);
            let found = list(&format!("{}_Id={}&{from}={value}&{to}={value}", table.name, record["Id"]));
            check(found["TotalItems"] == 1, format!("{} {from}={value}", table.name));
        }
    }
    assert_eq!(wrong.into_inner(), Vec::<String>::new());
    assert!(tried > 3000, "{tried}");
    assert_eq!(caller.get("spaces/coworkers?Coworker_AccessCardId=nobody").ok()["TotalItems"], json!(0));
}
