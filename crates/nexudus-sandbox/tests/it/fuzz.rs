//! Whatever is sent, an answer comes, and it is one of those documented.

use bytes::Bytes;
use http::{Method, Request};
use nexudus_sandbox::{InProcess, Sandbox, Seed, TOKEN};
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};

use crate::caller::Caller;

const STATUSES: [u16; 9] = [200, 204, 400, 401, 404, 405, 409, 413, 500];

/// Sends a request, if it is one at all, and checks what must hold of any answer.
fn check(sandbox: &InProcess, method: &str, target: &str, content_type: &str, body: &[u8]) {
    let request = Request::builder()
        .method(method)
        .uri(target)
        .header("Authorization", format!("Bearer {TOKEN}"))
        .header("Content-Type", content_type)
        .body(Bytes::copy_from_slice(body));
    let Ok(request) = request else { return };
    let response = sandbox.service().handle(&request);
    let status = response.status().as_u16();
    assert!(STATUSES.contains(&status) && status != 500, "{method} {target}: {status}");
    let kind = response.headers().get("content-type").map(|kind| kind.to_str().unwrap().to_owned()).unwrap_or_default();
    if kind.starts_with("application/json") && request.method() != Method::HEAD {
        let json = serde_json::from_slice::<Value>(response.body());
        assert!(json.is_ok(), "{method} {target}: {:?}", response.body());
    }
}

/// A piece of a target: known words, numbers at the edges, and anything at all, encoded or not.
fn piece() -> impl Strategy<Value = String> {
    let words = select(vec![
        "api",
        "API",
        "sys",
        "spaces",
        "billing",
        "mrm",
        "users",
        "bookings",
        "Bookings",
        "usermessages",
        "coworkers",
        "commands",
        "runcommand",
        "token",
        "auth",
        "me",
        "utils",
        "enums",
        "public",
        "checkin",
        "getavatar",
        "refresh",
        "__sandbox",
        "",
        ".",
        "..",
        "%2f",
        "%00",
        "%",
        "%zz",
        "%ff",
    ])
    .prop_map(str::to_owned);
    prop_oneof![
        4 => words,
        1 => any::<i64>().prop_map(|number| number.to_string()),
        1 => "[0-9]{15,40}",
        1 => any::<String>().prop_map(|text| encode(&text)),
        1 => "[!-~]{0,12}",
    ]
}

fn encode(text: &str) -> String {
    text.bytes()
        .map(|byte| if byte.is_ascii_alphanumeric() { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}

/// A name and a value for a list of bookings.
fn parameter() -> impl Strategy<Value = (String, String)> {
    let name = select(vec![
        "page",
        "size",
        "orderBy",
        "dir",
        "Id",
        "id",
        "Booking_Id",
        "UniqueId",
        "Booking_Resource",
        "Booking_Resource_Name",
        "Booking_Coworker_FullName",
        "from_Booking_FromTime",
        "to_Booking_FromTime",
        "from_Booking_OverridePrice",
        "to_Booking_CreatedOn",
        "Booking_Online",
        "Booking_Repeats",
        "Booking_FromTimeLocal",
        "Booking_SystemId",
        "Booking_CustomFields_",
        "Booking_CustomFields_x",
        "Booking_Resouce",
        "booking_",
        "from_",
        "",
    ])
    .prop_map(str::to_owned);
    let value = prop_oneof![
        select(vec![
            "",
            "0",
            "-1",
            "1",
            "25",
            "1001",
            "99999999999999999999",
            "true",
            "FALSE",
            "x",
            "[1,2",
            "1,2,3]",
            "[,]",
            "[]",
            "FromTime",
            "resourcename",
            "coworker.fullname",
            "1e5",
            "1e-99",
            "79228162514264337593543950336",
            "2026-02-30",
            "2026-02-14T10:00",
            "0000-01-01",
            "9999-12-31T23:59:59.999999999+18:00",
            "-0001-01-01",
            "+",
            "T",
        ])
        .prop_map(str::to_owned),
        any::<String>(),
        any::<i64>().prop_map(|number| number.to_string()),
    ];
    (prop_oneof![5 => name, 1 => any::<String>()], value)
}

/// Any JSON, not too deep.
fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
        select(vec!["1e999", "-1", "2026-02-14T10:00:00Z", "true", "Daily", "a,b"]).prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 24, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::hash_map(any::<String>(), inner, 0..5)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

fn demo() -> InProcess {
    Sandbox::builder().seed(Seed::Demo).in_process().unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_target_has_an_answer(
        targets in prop::collection::vec((select(vec!["GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH", "BREW"]), prop::collection::vec(piece(), 0..7), piece()), 300)
    ) {
        let sandbox = demo();
        for (method, pieces, query) in targets {
            let path = pieces.join("/");
            check(&sandbox, method, &format!("http://x/{path}?{query}"), "application/json", b"");
            check(&sandbox, method, &format!("http://x/api/{path}"), "application/x-www-form-urlencoded", path.as_bytes());
        }
    }

    #[test]
    fn any_query_has_an_answer(queries in prop::collection::vec(prop::collection::vec(parameter(), 0..6), 150)) {
        let sandbox = demo();
        for query in queries {
            let query: Vec<String> = query.iter().map(|(name, value)| format!("{}={}", encode(name), encode(value))).collect();
            check(&sandbox, "GET", &format!("http://x/api/spaces/bookings?{}", query.join("&")), "", b"");
        }
    }

    #[test]
    fn any_body_has_an_answer(bodies in prop::collection::vec(prop::collection::hash_map(
        prop_oneof![
            4 => select(vec!["Id", "ResourceId", "CoworkerId", "FromTime", "ToTime", "Repeats", "WhichBookingsToUpdate", "OverridePrice", "Online", "CustomFields", "Notes", "ID", "Key", "Ids"]).prop_map(str::to_owned),
            1 => any::<String>(),
        ],
        any_json(),
        0..10,
    ), 150)) {
        let sandbox = demo();
        for body in bodies {
            let form: Vec<String> = body.iter().map(|(name, value)| format!("{}={}", encode(name), encode(&value.to_string()))).collect();
            let json = Value::Object(body.into_iter().collect()).to_string();
            for (method, path) in [("POST", "spaces/bookings"), ("PUT", "spaces/bookings"), ("PUT", "spaces/bookings/5001"), ("POST", "spaces/bookings/runcommand"), ("POST", "public/checkin")] {
                check(&sandbox, method, &format!("http://x/api/{path}"), "application/json", json.as_bytes());
                check(&sandbox, method, &format!("http://x/api/{path}"), "application/x-www-form-urlencoded", form.join("&").as_bytes());
            }
            check(&sandbox, "POST", "http://x/__sandbox/faults", "application/json", json.as_bytes());
            check(&sandbox, "DELETE", "http://x/__sandbox/faults", "", b"");
            check(&sandbox, "PUT", "http://x/__sandbox/clock", "application/json", json.as_bytes());
        }
    }
}

#[test]
fn bad_input_has_a_documented_answer() {
    let caller = Caller::new();
    let chats = "sys/chatusermessages";
    let send = |content_type: &str, body: &[u8]| {
        let answer = caller.send(Method::POST, chats, Some(content_type), body.to_vec());
        (answer.status.as_u16(), answer.json()["Message"].as_str().unwrap_or_default().to_owned())
    };
    let deep = format!("{{\"ChatText\":{}{}}}", "[".repeat(100_000), "]".repeat(100_000));
    for (content_type, body, status, message) in [
        (
            "application/json",
            &b"{\"FromUserId\": 1,"[..],
            400,
            "The body is not JSON: EOF while parsing a value at line 1 column 17",
        ),
        ("application/json", b"[1]", 400, "The body has to be a JSON object."),
        ("application/json", b"\"x\"", 400, "The body has to be a JSON object."),
        (
            "application/json",
            b"{\"ChatText\": \"\xff\"}",
            400,
            "The body is not JSON: invalid unicode code point at line 1 column 15",
        ),
        ("application/json", deep.as_bytes(), 400, "The body nests deeper than 100 levels."),
        ("application/json", b"", 400, "FromUser: is a required field"),
        ("application/xml", b"<a/>", 400, "The body is not JSON: expected value at line 1 column 1"),
        ("application/x-www-form-urlencoded", b"a=%zz", 400, "The form has broken percent-encoding in `a=%zz`"),
        ("application/x-www-form-urlencoded", b"FromUserId=x", 400, "FromUser: is not a whole number"),
        ("application/json", b"\xef\xbb\xbf{\"FromUserId\": \"1\"}", 200, "ChatUserMessage was successfully created."),
        ("application/json", b"{\"FromUserId\": 9223372036854775808}", 400, "FromUser: is not a whole number"),
        ("application/json", b"{\"FromUserId\": -1}", 400, "FromUser: does not exist"),
        ("application/json", b"{\"FromUserId\": 1, \"ToUsers\": [1, 1e30]}", 400, "ToUsers: is not a list of ids"),
    ] {
        assert_eq!(
            send(content_type, body),
            (status, message.to_owned()),
            "{}",
            String::from_utf8_lossy(&body[..body.len().min(60)])
        );
    }
    // Two thousand filters, known and unknown.
    let filter = |number| format!("Filter{number}=x&chatusermessage_chattext=t{number}");
    let many: Vec<String> = (0..1000).map(filter).collect();
    let answer = caller.get(&format!("{chats}?{}", many.join("&")));
    assert_eq!(answer.ok()["TotalItems"], 0);
    assert!(answer.hint().len() <= 1000);
    let far = caller.get(&format!("{chats}?page=99999999999999999999&size=99999999999999999999")).ok();
    assert_eq!(
        (&far["Records"], &far["PageSize"], &far["TotalItems"], &far["FirstItem"]),
        (&json!([]), &json!(100_000), &json!(3), &json!(0))
    );
}
