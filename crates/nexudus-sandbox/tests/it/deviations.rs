//! A sandbox that differs from the tables, and files that say how.

use nexudus_sandbox::{Deviations, Sandbox, Seed};
use serde_json::{Value, json};

use crate::caller::{Caller, ids};

fn deviating(entities: &Value) -> Caller {
    let deviations: Deviations = json!({ "version": 1, "entities": entities }).to_string().parse().unwrap();
    let builder = Sandbox::builder().seed(Seed::Demo).clock("2026-03-02T12:00:00Z".parse().unwrap());
    Caller::of(builder.deviations(deviations).in_process().unwrap())
}

#[test]
fn properties_differ_in_lists_and_in_a_record() {
    let properties = json!({
        "NewThing": { "added": "text" },
        "NewNothing": { "added": "null" },
        "NewList": { "added": "ids" },
        "Notes": { "gone": true },
        "FromTime": { "renamed": "Starts" },
        "Online": { "retyped": "text" },
        "ResourceId": { "retyped": "object" },
        "ToTime": { "retyped": "int" },
        "Repeats": { "enum_value": 99 },
        "SystemId": { "retyped": "bool" },
    });
    let caller = deviating(&json!({ "Booking": { "properties": properties } }));
    let page = caller.get("spaces/bookings?size=3&Booking_Notes=x").ok();
    assert_eq!(page["TotalItems"], 0, "filters by a property that is gone go on");
    let page = caller.get("spaces/bookings?size=3").ok();
    assert_eq!((page["Records"].as_array().unwrap().len(), &page["CurrentPageSize"]), (3, &json!(3)));
    let id = page["Records"][0]["Id"].as_i64().unwrap();
    let several = caller.get(&format!("spaces/bookings?id=[{id},{}]", page["Records"][1]["Id"])).ok();
    let one = caller.get(&format!("spaces/bookings/{id}")).ok();
    for record in page["Records"].as_array().unwrap().iter().chain(several.as_array().unwrap()).chain([&one]) {
        assert_eq!(
            (&record["NewThing"], &record["NewNothing"], &record["NewList"]),
            (&json!("deviating"), &Value::Null, &json!([1, 2]))
        );
        for gone in ["Notes", "FromTime"] {
            assert!(record.get(gone).is_none(), "{gone} {record}");
        }
        assert!(
            record["Starts"].is_string()
                && ["true", "false"].contains(&record["Online"].as_str().unwrap())
                && record["ToTime"] == 7,
            "{record}"
        );
        assert!(record["ResourceId"].is_object() && record["SystemId"].is_null(), "{record}");
    }
    let enumeration = &one["Repeats"];
    assert!(enumeration.is_null() || *enumeration == 99, "{enumeration}");
    // Another entity is as ever.
    assert!(caller.get("spaces/resources?size=1").ok()["Records"][0].get("NewThing").is_none());
}

#[test]
fn lists_differ() {
    let caller = deviating(&json!({
        "Booking": {
            "max_page_size": 20,
            "sort": { "ascending": 2, "descending": 5 },
            "filters_ignored": ["Booking_Resource", "from_Booking_FromTime"],
        },
    }));
    let page = |query: &str| caller.get(&format!("spaces/bookings?{query}")).ok();
    for (query, size) in [("", 20), ("size=1000", 20), ("size=19", 19), ("Size=0", 20)] {
        assert_eq!(page(query)["Records"].as_array().unwrap().len(), size, "{query}");
    }
    let (up, down) = (page("orderBy=Id&dir=2"), page("orderBy=Id&dir=5"));
    assert!(ids(&up).is_sorted() && ids(&down).is_sorted_by(|a, b| a > b));
    assert_eq!((&up["CurrentSortDirection"], &down["CurrentSortDirection"]), (&json!(2), &json!(5)));
    assert!(ids(&page("orderBy=Id&dir=0")).is_sorted() && ids(&page("orderBy=Id&dir=1")).is_sorted());
    let all = page("size=1")["TotalItems"].clone();
    for (query, filters) in [
        ("Booking_Resource=1", false),
        ("booking_resource=1", false),
        ("from_Booking_FromTime=2999-01-01T00:00:00Z", false),
        ("to_Booking_FromTime=1999-01-01T00:00:00Z", true),
        ("Booking_Coworker=1", true),
    ] {
        assert_eq!(page(query)["TotalItems"] != all, filters, "{query}");
    }
}

#[test]
fn paths_and_roles_go() {
    let caller = deviating(&json!({
        "Booking": { "path_gone": true },
        "Resource": { "roles_missing": ["List"] },
        "Team": { "roles_missing": ["Read", "Create"] },
    }));
    for path in ["spaces/bookings", "spaces/bookings/1", "spaces/bookings/commands"] {
        assert_eq!(caller.get(path).status, 404, "{path}");
    }
    let statuses =
        |path: &str| (caller.get(path).status.as_u16(), caller.get(&format!("{path}?id=[1,2]")).status.as_u16());
    assert_eq!(statuses("spaces/resources"), (401, 200));
    assert_eq!(statuses("spaces/teams"), (200, 401));
    assert_eq!(caller.post("spaces/teams", &json!({})).status, 401);
    assert_eq!(caller.get("spaces/teams").hint(), "");
}

#[test]
fn a_file_with_a_fault_says_where_it_is() {
    let error = |text: &str| text.parse::<Deviations>().unwrap_err().to_string();
    assert!(error("").starts_with("is not JSON: "));
    assert!(error("{\"version\": 1,\n\"entities\": }").contains("line 2"));
    assert!(error(&format!("{}{}", "[".repeat(120), "]".repeat(120))).contains("nest") || !error("[]").is_empty());
    assert_eq!(error("[]"), "has to be an object");
    assert_eq!(error("{}"), "version: is missing; this sandbox reads version 1");
    assert_eq!(error("{\"version\":2}"), "version: is 2, and this sandbox reads version 1");
    assert_eq!(error("{\"version\":1,\"version\":1}"), "version: stands twice");
    assert_eq!(error("{\"verson\":1}"), "there is no key `verson`, did you mean `version`?; give version, entities");
    assert_eq!(
        error("{\"version\":1,\"entities\":{\"Bookin\":{}}}"),
        "entities.Bookin: there is no such entity, did you mean `Booking`?"
    );
    let entity = |value: &Value| error(&json!({ "version": 1, "entities": { "Booking": value } }).to_string());
    for (value, wanted) in [
        (json!({ "path_gone": false }), "path_gone: can only be true; leave it out otherwise"),
        (json!({ "max_page_size": 0 }), "max_page_size: has to be 1 or more"),
        (json!({ "max_page_size": 1.5 }), "max_page_size: has to be a whole number"),
        (
            json!({ "sort": { "ascending": 1, "descending": 1 } }),
            "sort: needs two different numbers, ascending and descending",
        ),
        (
            json!({ "roles_missing": ["Lst"] }),
            "roles_missing: there is no role that ends in `Lst`, did you mean `List`?; give List, Read, Create, Edit, Delete",
        ),
        (
            json!({ "filters_ignored": ["Booking_Resorce"] }),
            "filters_ignored: `Booking_Resorce` is not a filter of Booking, did you mean `booking_resource`?",
        ),
        (json!({ "filters_ignored": ["size"] }), "filters_ignored: `size` is not a filter of Booking"),
        (json!({ "filters_ignored": "x" }), "filters_ignored: has to be a list of texts"),
        (
            json!({ "properties": { "Notse": { "gone": true } } }),
            "properties.Notse: Booking has no such property, did you mean `Notes`?",
        ),
        (
            json!({ "properties": { "Notes": {} } }),
            "properties.Notes: needs one of added, gone, renamed, retyped, enum_value",
        ),
        (
            json!({ "properties": { "Notes": { "gone": true, "renamed": "X" } } }),
            "properties.Notes: needs one of added, gone, renamed, retyped, enum_value",
        ),
        (
            json!({ "properties": { "Notes": { "added": "text" } } }),
            "properties.Notes.added: `Notes` is a property already",
        ),
        (
            json!({ "properties": { "Notes": { "renamed": "Online" } } }),
            "properties.Notes.renamed: `Online` is a property already",
        ),
        (
            json!({ "properties": { "Notes": { "retyped": "text" } } }),
            "properties.Notes.retyped: Notes can have that type as it is",
        ),
        (
            json!({ "properties": { "Notes": { "retyped": "number" } } }),
            "properties.Notes.retyped: has to be one of text, int, bool, decimal, datetime, ids, object, null",
        ),
        (
            json!({ "properties": { "Notes": { "enum_value": 9 } } }),
            "properties.Notes.enum_value: Notes is not an enumeration",
        ),
    ] {
        assert_eq!(entity(&value), format!("entities.Booking.{wanted}"));
    }
    let odd = error(&json!({ "version": 1, "entities": { format!("a\u{1b}\n{}", "x".repeat(5000)): {} } }).to_string());
    assert!(odd.len() < 500 && !odd.contains(char::is_control), "{odd}");
    // Any text at all has an answer.
    let whole =
        json!({ "version": 1, "entities": { "Booking": { "properties": { "Notes": { "gone": true } } } } }).to_string();
    for end in 0..whole.len() {
        assert!(whole[..end].parse::<Deviations>().is_err(), "{end}");
    }
}
