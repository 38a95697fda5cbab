//! The page at `/` and the JSON that it shows. How it looks and works is tested in a browser: `cargo xtask browser`.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};

use http::{Method, Request};
use nexudus_sandbox::{Account, Sandbox};
use serde_json::{Value, json};

use crate::caller::{Caller, ids};

const CHATS: &str = "sys/chatusermessages";

/// Status, headers of interest, and text of a path outside of `/api`.
fn fetch(caller: &Caller, method: Method, path: &str) -> (u16, String, String) {
    let uri = format!("http://sandbox.invalid{path}");
    let request = Request::builder().method(method).uri(uri).body(bytes::Bytes::new()).unwrap();
    let response = caller.sandbox.service().handle(&request);
    let header = |name| response.headers().get(name).map_or("", |value| value.to_str().unwrap());
    let headers = format!("{} | {}", header("content-type"), header("content-security-policy"));
    (response.status().as_u16(), headers, String::from_utf8(response.body().to_vec()).unwrap())
}

#[test]
fn the_page_is_served_and_loads_nothing_from_elsewhere() {
    let caller = Caller::new();
    let (status, headers, html) = fetch(&caller, Method::GET, "/");
    assert_eq!(status, 200);
    assert!(headers.starts_with("text/html; charset=utf-8 | default-src 'none'; script-src 'self';"), "{headers}");
    let (_, css_headers, css) = fetch(&caller, Method::GET, "/__sandbox/page.css");
    let (_, script_headers, script) = fetch(&caller, Method::GET, "/__sandbox/page.js");
    assert!(css_headers.starts_with("text/css"), "{css_headers}");
    assert!(script_headers.starts_with("text/javascript"), "{script_headers}");
    // The page names the two other files, and no file names another machine but in the names of XML.
    assert!(html.contains("href=\"/__sandbox/page.css\"") && html.contains("src=\"/__sandbox/page.js\""));
    for text in [&html, &css, &script] {
        let elsewhere = text.split("http").skip(1).filter(|rest| rest.starts_with("://") || rest.starts_with("s://"));
        for rest in elsewhere {
            assert!(rest.starts_with("://www.w3.org/"), "{}", &rest[..40]);
        }
    }
    // No text becomes HTML, and no handler or style stands in the markup.
    for word in ["innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval("] {
        assert!(!script.contains(word), "{word}");
    }
    assert!(!html.contains(" on") && !html.contains("style="), "an inline handler or style");
    assert_eq!(fetch(&caller, Method::HEAD, "/").0, 200);
    assert_eq!(fetch(&caller, Method::POST, "/").0, 405);
    assert_eq!(fetch(&caller, Method::POST, "/__sandbox/entities").0, 405);
}

#[test]
fn the_openapi_document_is_served_with_a_page_to_try_it() {
    let caller = Caller::new();
    let (status, headers, text) = fetch(&caller, Method::GET, "/openapi.json");
    assert_eq!((status, headers.as_str()), (200, "application/json; charset=utf-8 | "));
    let document: Value = serde_json::from_str(&text).unwrap();
    // A tool that reads it here sends nothing to the service.
    assert_eq!(document["servers"], json!([{ "url": "/api" }]));
    assert!(!text.contains("https://spaces.nexudus.com"));
    for table in nexudus_model::tables() {
        assert!(document["paths"][format!("/{}", table.path())].is_object(), "{}", table.path());
    }
    assert_eq!(fetch(&caller, Method::HEAD, "/openapi.json").0, 200);
    assert_eq!(fetch(&caller, Method::POST, "/openapi.json").0, 405);
    let (_, headers, html) = fetch(&caller, Method::GET, "/__sandbox/try");
    assert!(headers.starts_with("text/html; charset=utf-8 | default-src 'none'; script-src 'self';"), "{headers}");
    let (_, headers, script) = fetch(&caller, Method::GET, "/__sandbox/try.js");
    assert!(headers.starts_with("text/javascript") && html.contains("src=\"/__sandbox/try.js\""), "{headers}");
    for word in ["innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "https://", "//cdn"] {
        assert!(!script.contains(word), "{word}");
    }
    assert!(!html.contains(" on") && !html.contains("style="), "an inline handler or style");
}

#[test]
fn entities_are_described_from_their_tables() {
    let caller = Caller::new();
    let all = caller.control(Method::GET, "entities", &json!(null)).ok();
    let all = all.as_array().unwrap();
    assert_eq!(all.len(), nexudus_model::tables().len());
    let chat = all.iter().find(|entity| entity["path"] == CHATS).unwrap();
    assert_eq!(
        (&chat["name"], &chat["section"], &chat["records"]),
        (&json!("ChatUserMessage"), &json!("sys"), &json!(2))
    );
    let path_of = |entity: &Value| entity["path"].as_str().unwrap().to_owned();
    let describe = |path: String| (caller.control(Method::GET, &format!("entities/{path}"), &json!(null)).ok(), path);
    let each: BTreeMap<String, Value> = all.iter().map(path_of).map(describe).map(|(one, path)| (path, one)).collect();
    for (path, one) in &each {
        assert!(!one["operations"].as_array().unwrap().is_empty(), "{path}");
        for relation in one["points_at"].as_array().unwrap() {
            // Both ends of a relation tell of it.
            let Some(target) = relation["path"].as_str() else { continue };
            let back = each[target]["pointed_at_by"].as_array().unwrap();
            let told = |back: &&Value| back["path"] == *path && back["property"] == relation["property"];
            assert_eq!(back.iter().filter(told).count(), 1, "{path} {relation}");
        }
    }
    let bookings = caller.control(Method::GET, "entities/Spaces/Bookings", &json!(null)).ok();
    assert_eq!(
        bookings["operations"][3],
        json!({ "operation": "update", "method": "PUT", "path": "/api/spaces/bookings", "role": "Booking-Edit" })
    );
    let properties = bookings["properties"].as_array().unwrap();
    let resource = properties.iter().find(|property| property["name"] == "ResourceId").unwrap();
    assert_eq!(
        (&resource["type"], &resource["of"], &resource["create"], &resource["filter"]),
        (&json!("id"), &json!("Resource"), &json!("required"), &json!("Booking_Resource"))
    );
    assert_eq!(caller.control(Method::GET, "entities/spaces/booking", &json!(null)).status, 404);
}

#[test]
fn records_are_shown_without_login_and_without_secrets() {
    let caller = Caller::of(Sandbox::builder().account(Account::new("one@example.com", "p")).in_process().unwrap());
    let show = |path: &str| caller.control(Method::GET, &format!("records/{path}"), &json!(null));
    let page = show(&format!("{CHATS}?dir=1&size=1")).ok();
    assert_eq!((ids(&page), &page["TotalItems"]), (vec![1002], &json!(2)));
    assert_eq!(ids(&show(&format!("{CHATS}?ChatUserMessage_FromUser=1")).ok()), [1001]);
    assert_eq!(show(&format!("{CHATS}?from_ChatUserMessage_CreatedOn=soon")).status, 400);
    // A whole number has no fraction, be it a bound or the value itself.
    assert_eq!(show("crm/reminders?from_Reminder_DaysBeforeRenewal=0.5").status, 400);
    assert_eq!(show("crm/reminders?Reminder_DaysBeforeRenewal=0.5").status, 400);
    assert_eq!(show(&format!("{CHATS}/1001")).ok(), caller.get(&format!("{CHATS}/1001")).ok());
    assert_eq!([show(&format!("{CHATS}/7")).status, show("sys/chats").status], [404, 404]);
    // A readable secret, of whichever entity has one.
    let tables = nexudus_model::tables().iter();
    let (table, secret) = tables
        .flat_map(|table| table.fields.iter().map(move |field| (table, field)))
        .find(|(_, field)| field.is_sensitive() && !field.is_write_only() && field.kind == nexudus_core::Kind::Text)
        .unwrap();
    let seed = json!({ table.path(): [{ "Id": 5, secret.name: "hush" }] });
    assert_eq!(caller.control(Method::POST, "seed", &seed).ok(), json!({ "records": 1 }));
    assert_eq!(caller.get(&format!("{}/5", table.path())).ok()[secret.name], "hush");
    assert_eq!(show(&format!("{}/5", table.path())).ok()[secret.name], "(hidden)");
    assert!(!String::from_utf8(show(&table.path()).bytes.to_vec()).unwrap().contains("hush"));
}

/// The log after a number, as a connection of its own hears it: the body as it came.
fn log_after(address: SocketAddr, number: u64) -> Vec<Value> {
    let mut stream = TcpStream::connect(address).unwrap();
    let head =
        format!("GET /__sandbox/log?after={number}&wait=25 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    stream.write_all(head.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    serde_json::from_str(answer.split_once("\r\n\r\n").unwrap().1).unwrap()
}

#[test]
fn the_log_waits_for_the_next_request() {
    let sandbox = Sandbox::builder().start_blocking().unwrap();
    let address = sandbox.address();
    let listener = std::thread::spawn(move || log_after(address, 0));
    let mut stream = TcpStream::connect(address).unwrap();
    stream.write_all(b"GET /api/sys/users HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").unwrap();
    stream.read_to_end(&mut Vec::new()).unwrap();
    let heard = listener.join().unwrap();
    assert_eq!((&heard[0]["target"], &heard[0]["status"]), (&json!("/api/sys/users"), &json!(401)));
}
