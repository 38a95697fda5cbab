//! Reads of every entity.

use nexudus_client::model;
use nexudus_client::model::core::{EntityTable, Operation};
use serde_json::{Value, json};

use super::session::{ERAS, Era, Person, Session};
use super::start;
use crate::tool::Tool;

/// The longest answer, in bytes.
const LIMIT: usize = 32 * 1024;

/// Sessions that share the entities: the client of each keeps to so many requests a second.
const SESSIONS: usize = 8;

#[test]
fn every_entity_is_described_listed_and_got() {
    let tool = Tool::demo();
    let tables = model::tables();
    std::thread::scope(|scope| {
        for era in ERAS {
            for share in tables.chunks(tables.len().div_ceil(SESSIONS)) {
                let tool = &tool;
                scope.spawn(move || read_entities(&mut start(tool, "", era, Person::Absent), share));
            }
        }
    });
}

fn read_entities(session: &mut Session, tables: &[&'static EntityTable]) {
    for table in tables {
        let entity = table.plural;
        for detail in ["summary", "full"] {
            let (text, is_error) =
                session.text("nexudus_describe_entity", &json!({"entity": entity, "detail": detail}));
            assert!(!is_error && text.len() <= LIMIT, "{entity}: {} bytes", text.len());
        }
        if !table.allows(Operation::List) {
            assert_eq!(session.fault("nexudus_list", &json!({"entity": entity}))["argument"], "entity");
            continue;
        }
        let filters: serde_json::Map<String, Value> =
            table.required_filters.iter().map(|name| ((*name).to_owned(), json!(1))).collect();
        let arguments = json!({"entity": entity, "size": 1, "detail": "full", "filters": filters});
        let (text, is_error) = session.text("nexudus_list", &arguments);
        assert!(!is_error && text.len() <= LIMIT, "{entity}: {text}");
        let page: Value = serde_json::from_str(&text).unwrap();
        let columns = page["columns"].as_array().unwrap();
        for row in page["rows"].as_array().unwrap() {
            assert_eq!(row.as_array().unwrap().len(), columns.len());
            if table.allows(Operation::Get) {
                let (text, is_error) = session.text("nexudus_get", &json!({"entity": entity, "id": row[0]}));
                assert!(!is_error && text.len() <= LIMIT, "{entity}: {text}");
            }
        }
    }
}

#[test]
fn a_list_goes_on_where_it_ended() {
    let tool = Tool::demo();
    let mut session = start(&tool, "", Era::Stateless, Person::Absent);
    let mut ids = Vec::new();
    let (mut page, mut skip) = (1, 0);
    let mut total = 0;
    loop {
        let answer = session.call(
            "nexudus_list",
            &json!({"entity": "bookings", "detail": "full", "order_by": "Id", "size": 200, "page": page, "skip": skip}),
        );
        total = answer["total"].as_u64().unwrap_or(total);
        ids.extend(answer["rows"].as_array().unwrap().iter().map(|row| row[0].as_i64().unwrap()));
        let Some(next) = answer["next"].as_str() else { break };
        let numbers: Vec<u64> = next.split(|c: char| !c.is_ascii_digit()).filter_map(|n| n.parse().ok()).collect();
        (page, skip) = (numbers[0], if next.contains("skip") { numbers[1] } else { 0 });
        assert!(ids.len() < 10_000, "the list ends");
    }
    let all = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!((all, all as u64), (ids.len(), total));
}

#[test]
fn faults_name_the_argument_and_what_it_may_be() {
    let tool = Tool::demo();
    let mut session = start(&tool, "", Era::Initialize, Person::Absent);
    let fault = session.fault("nexudus_list", &json!({"entity": "bookngs"}));
    assert_eq!((&fault["argument"], &fault["nearest"][0]), (&json!("entity"), &json!("bookings")));
    let fault = session.fault("nexudus_list", &json!({"entity": "bookings", "detail": "all"}));
    assert_eq!((&fault["argument"], &fault["allowed"]), (&json!("detail"), &json!(["summary", "full"])));
    let fault = session.fault("nexudus_list", &json!({"entity": "coworkers", "fields": ["FulName"]}));
    assert_eq!((&fault["argument"], &fault["nearest"][0]), (&json!("fields"), &json!("FullName")));
    let fault = session.fault("nexudus_list", &json!({"entity": "bookings", "filter": {}}));
    assert_eq!((&fault["argument"], &fault["nearest"][0]), (&json!("filter"), &json!("filters")));
    let fault = session.fault("nexudus_list", &json!({"entity": "bookings", "size": 0}));
    assert!(fault["error"].as_str().unwrap().contains("from 1 to 200"), "{fault}");
    let fault = session.fault("nexudus_get", &json!({"entity": "coworkers", "id": 999_999_999}));
    assert!(fault["error"].is_string() && fault["outcome"].is_null(), "{fault}");
    let fault = session.fault("nexudus_get", &json!({"entity": "coworkers"}));
    assert_eq!(fault["argument"], "id");
}

#[test]
fn filters_are_properties_flags_or_queries() {
    let tool = Tool::demo();
    let mut session = start(&tool, "", Era::Stateless, Person::Absent);
    let first =
        session.call("nexudus_list", &json!({"entity": "bookings", "fields": ["ResourceId", "FromTime"], "size": 1}));
    let (resource, from) = (first["rows"][0][1].clone(), first["rows"][0][2].clone());
    for filters in [
        json!({"ResourceId": resource}),
        json!({"Booking_Resource": resource}),
        json!({"from_FromTime": from}),
        json!({"from_Booking_FromTime": from, "ResourceId": resource}),
    ] {
        let page = session.call("nexudus_list", &json!({"entity": "bookings", "filters": filters}));
        assert!(page["total"].as_u64().unwrap() > 0, "{filters}: {page}");
    }
    let fault = session.fault("nexudus_list", &json!({"entity": "bookings", "filters": {"from_FromTime": "soon"}}));
    assert_eq!(fault["argument"], "filters");
}

#[test]
fn denied_entities_are_not_there() {
    let tool = Tool::demo();
    let mut session = start(&tool, "--deny coworkers", Era::Stateless, Person::Absent);
    for name in ["nexudus_list", "nexudus_describe_entity", "nexudus_list_commands"] {
        session.fault(name, &json!({"entity": "coworker"}));
    }
    session.fault("nexudus_get", &json!({"entity": "coworkers", "id": 1}));
    let found = session.call("nexudus_list_entities", &json!({"query": "coworkers"})).to_string();
    assert!(!found.contains("\"coworkers\""), "{found}");
}
