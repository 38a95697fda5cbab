//! Values as they came: numbers to the last digit, texts that .NET cut, long lists; and hints with refusals.

use http::Method;
use nexudus_core::Kind;
use nexudus_sandbox::{Sandbox, Seed};
use serde_json::json;

use crate::caller::{Caller, ids};

const CHATS: &str = "sys/chatusermessages";
const JSON: Option<&str> = Some("application/json");

#[test]
fn every_digit_of_a_number_comes_back() {
    let caller = Caller::new();
    let table = nexudus_model::tables().iter().find(|table| table.path() == "billing/tariffs").unwrap();
    let decimal = table.fields.iter().find(|field| field.kind == Kind::Decimal && field.is_updatable()).unwrap();
    let (path, property) = (table.path(), decimal.name);
    let seed = format!("{{\"{path}\":[{{\"Id\":7,\"{property}\":1.08451234567890123456}}]}}");
    let request = http::Request::post("http://x/__sandbox/seed").body(seed.into()).unwrap();
    assert_eq!(caller.sandbox.service().handle(&request).status(), 200);
    let record = || String::from_utf8(caller.get(&format!("{path}/7")).bytes.to_vec()).unwrap();
    let pair = |number: &str| format!("\"{property}\":{number},");
    let mut before = "1.08451234567890123456".to_owned();
    assert!(record().contains(&pair(&before)), "{}", record());
    for number in [
        "12345678901234.5678",
        "18446744073709551616",
        "150.00",
        "0.09000",
        "52.142857142857146",
        "-0.1",
        "0.1234567890123456789012345678901234567890",
        "1.08451234567890123456",
    ] {
        let body = record().replace(&pair(&before), &pair(number));
        caller.send(Method::PUT, &path, JSON, body).ok();
        // The service writes a point into every decimal.
        before = if number.contains('.') { number.to_owned() } else { format!("{number}.0") };
        assert!(record().contains(&pair(&before)), "{number} became {}", record());
    }
    // A list and the page show the same digits.
    for path in [format!("records/{path}/7"), format!("records/{path}?id=7")] {
        let shown = caller.control(Method::GET, &path, &json!(null));
        assert!(String::from_utf8_lossy(&shown.bytes).contains("1.08451234567890123456"), "{path} {shown:?}");
    }
}

/// Every record of a seed goes back as it was read.
#[test]
fn seeded_records_can_be_put_back() {
    let caller = Caller::of(Sandbox::builder().seed(Seed::Demo).in_process().unwrap());
    for table in nexudus_model::tables().iter().filter(|table| {
        use nexudus_core::Operation::{Get, List, Update};
        [Get, List, Update].into_iter().all(|operation| table.allows(operation)) && table.required_filters.is_empty()
    }) {
        let path = table.path();
        let page = caller.get(&format!("{path}?size=1000")).ok();
        // Roles are many and alike.
        for id in ids(&page).into_iter().take(50) {
            let record = caller.get(&format!("{path}/{id}"));
            let put = caller.send(Method::PUT, &path, JSON, record.bytes.clone());
            assert_eq!(put.status, 200, "{path} {id}: {put:?}");
            assert_eq!(put.hint(), "", "{path} {id}");
            let (mut before, mut after) = (record.json(), caller.get(&format!("{path}/{id}")).json());
            for stamp in ["UpdatedOn", "UpdatedBy"] {
                before[stamp] = json!(null);
                after[stamp] = json!(null);
            }
            assert_eq!(before, after, "{path} {id}");
        }
    }
}

#[test]
fn half_a_character_is_taken_and_comes_back() {
    let caller = Caller::new();
    let body = r#"{"FromUserId":1,"ChatText":"a\ud83d"}"#;
    let created = caller.send(Method::POST, CHATS, JSON, body);
    let id = String::from_utf8_lossy(&created.bytes).split("\"Id\":").nth(1).unwrap()[..7].to_owned();
    let raw = caller.get(&format!("{CHATS}/{id}"));
    assert!(String::from_utf8_lossy(&raw.bytes).contains(r#""ChatText":"a\ud83d""#), "{raw:?}");
    // What was read goes back as it is.
    let put = String::from_utf8(raw.bytes.to_vec()).unwrap();
    assert_eq!(caller.send(Method::PUT, CHATS, JSON, put).status, 200);
    let page = caller.get(&format!("{CHATS}?ChatUserMessage_FromUser=1"));
    assert!(String::from_utf8_lossy(&page.bytes).contains(r#""a\ud83d""#), "{page:?}");
    // A whole character beyond the basic plane is a text like others.
    let id = caller.send(Method::POST, CHATS, JSON, r#"{"FromUserId":1,"ChatText":"\ud83d\ude00"}"#).id();
    assert_eq!(caller.get(&format!("{CHATS}/{id}")).ok()["ChatText"], "\u{1f600}");
}

#[test]
fn half_a_million_ids_are_a_matter_of_a_moment() {
    let caller = Caller::new();
    let many = vec!["2"; 520_000].join(",");
    let body = format!("{{\"Id\":1001,\"FromUserId\":1,\"ToUsers\":[{many}],\"AddedToUsers\":[{many}]}}");
    assert_eq!(caller.send(Method::PUT, CHATS, JSON, body).status, 200);
    assert_eq!(caller.get(&format!("{CHATS}/1001")).ok()["ToUsers"], json!([2]));
    // As many that exist: each of these users has a list of its own that changes.
    let all: Vec<String> = (10..20_000).map(|id| format!("{{\"Id\":{id},\"FullName\":\"U{id}\"}}")).collect();
    let seed = format!("{{\"sys/users\":[{}]}}", all.join(","));
    let request = http::Request::post("http://x/__sandbox/seed").body(seed.into()).unwrap();
    assert_eq!(caller.sandbox.service().handle(&request).status(), 200);
    let ids: Vec<String> = (10..20_000).map(|id| id.to_string()).collect();
    let group = format!("{{\"Name\":\"All\",\"BusinessId\":1,\"Users\":[{}]}}", ids.join(","));
    let id = caller.send(Method::POST, "security/userroles", JSON, group).id();
    assert_eq!(caller.get(&format!("security/userroles/{id}")).ok()["Users"].as_array().unwrap().len(), 19_990);
    assert_eq!(caller.get("sys/users/19999").ok()["UserRoles"], json!([id]));
    // Names that nobody knows cost as little.
    let names: Vec<String> = (0..200_000).map(|number| format!("\"x{number}\":1")).collect();
    let body = format!("{{\"FromUserId\":1,{}}}", names.join(","));
    assert_eq!(caller.send(Method::POST, CHATS, JSON, body).status, 200);
}

#[test]
fn hints_come_with_refusals() {
    let caller = Caller::new();
    let misspelt = caller.post(CHATS, &json!({ "FromUsrId": 1 }));
    assert_eq!(
        (misspelt.status.as_u16(), misspelt.hint()),
        (400, "unknown property `FromUsrId` is ignored, did you mean `FromUserId`?")
    );
    let form = caller.form(Method::POST, CHATS, "{\"FromUserId\":1}");
    assert!(form.status == 400 && form.hint().contains("send `Content-Type: application/json`"), "{form:?}");
    let labelled = caller.send(Method::POST, CHATS, JSON, "FromUserId=1&ChatText=x");
    assert!(labelled.status == 400 && labelled.hint().contains("x-www-form-urlencoded"), "{labelled:?}");
    let gzip = [("content-encoding", "gzip")];
    let gzip = caller.send_with(Method::POST, CHATS, JSON, &b"\x1f\x8b\x08\x00"[..], &gzip);
    assert!(gzip.status == 400 && gzip.hint().contains("compressed"), "{gzip:?}");
    let token = caller.post("token", &json!({ "grant_type": "password", "username": "a", "password": "b" }));
    assert!(token.status == 400 && token.hint().contains("takes a form"), "{token:?}");
}

#[test]
fn ids_never_begin_again() {
    let caller = Caller::new();
    let largest = i64::MAX - 1;
    let seed = |id: i64| caller.control(Method::POST, "seed", &json!({ CHATS: [{ "Id": id, "ChatText": "last" }] }));
    let refused = seed(i64::MAX);
    assert_eq!(refused.status, 400, "{refused:?}");
    assert_eq!(seed(largest).status, 200);
    for _ in 0..2 {
        let full = caller.post(CHATS, &json!({ "FromUserId": 1 }));
        assert!(full.status == 500 && full.hint().contains("no ids are left"), "{full:?}");
    }
    let copy = caller.post(&format!("{CHATS}/runcommand"), &json!({ "Key": "DUPLICATE", "Ids": [largest] }));
    assert_eq!(copy.status, 500);
    let record = caller.get(&format!("{CHATS}/{largest}")).ok();
    assert_eq!((&record["ChatText"], &record["Id"]), (&json!("last"), &json!(largest)));
    assert_eq!(caller.control(Method::POST, "reset", &json!(null)).status, 204);
    assert_eq!(caller.post(CHATS, &json!({ "FromUserId": 1 })).id(), 1_000_001);
}
