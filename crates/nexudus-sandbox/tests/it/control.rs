//! The control endpoint, limits, faults and commands.

use http::Method;
use nexudus_sandbox::{Limits, Sandbox};
use serde_json::json;

use crate::caller::Caller;

const CHATS: &str = "sys/chatusermessages";

#[test]
fn a_sandbox_starts_over_and_goes_back() {
    let caller = Caller::new();
    let total = || caller.get(CHATS).ok()["TotalItems"].as_i64().unwrap();
    assert_eq!(total(), 2);
    assert_eq!(caller.control(Method::PUT, "snapshots/before", &json!(null)).status, 204);
    caller.post(CHATS, &json!({ "FromUserId": 1 })).id();
    assert_eq!(total(), 3);
    assert_eq!(caller.control(Method::GET, "snapshots", &json!(null)).ok(), json!(["before"]));
    assert_eq!(caller.control(Method::POST, "snapshots/before", &json!(null)).status, 204);
    assert_eq!(total(), 2);
    assert_eq!(caller.control(Method::POST, "snapshots/after", &json!(null)).status, 404);
    assert_eq!(caller.control(Method::POST, "reset?seed=empty", &json!(null)).status, 204);
    assert_eq!(total(), 0);
    let loaded = caller.control(
        Method::POST,
        "seed",
        &json!({ CHATS: [{ "Id": 7, "ChatText": "Hi", "CreatedOn": "2024-05-06T07:08:09Z" }] }),
    );
    assert_eq!(loaded.ok(), json!({ "records": 1 }));
    assert_eq!(caller.get(&format!("{CHATS}/7")).ok()["CreatedOn"], "2024-05-06T07:08:09Z");
    let refused = caller.control(Method::POST, "seed", &json!({ "sys/chats": [] }));
    assert_eq!(
        (refused.status.as_u16(), refused.json()),
        (400, json!({ "Message": "sys/chats: no such entity; give its path, such as sys/users" }))
    );
    assert_eq!(caller.control(Method::POST, "reset", &json!(null)).status, 204);
    assert_eq!(total(), 2);
    assert!(caller.control(Method::GET, "", &json!(null)).ok()["endpoints"].is_object());
}

#[test]
fn the_clock_can_be_set() {
    let caller = Caller::new();
    caller.control(Method::PUT, "clock", &json!({ "now": "2030-01-31T09:00:00Z", "frozen": true })).ok();
    let moved = caller.control(Method::POST, "clock", &json!({ "advance": "90s" })).ok();
    assert_eq!(moved, json!({ "now": "2030-01-31T09:01:30Z", "frozen": true }));
    let id = caller.post(CHATS, &json!({ "FromUserId": 1 })).id();
    assert_eq!(caller.get(&format!("{CHATS}/{id}")).ok()["CreatedOn"], "2030-01-31T09:01:30Z");
    assert_eq!(caller.control(Method::DELETE, "clock", &json!(null)).ok()["frozen"], false);
    assert_eq!(caller.control(Method::PUT, "clock", &json!({ "now": "tomorrow" })).status, 400);
}

#[test]
fn too_many_requests_are_told_to_wait() {
    let limits: Limits = "reads:2/10s,writes:1/1m".parse().unwrap();
    let time = "2030-01-31T09:00:04Z".parse().unwrap();
    let caller = Caller::of(Sandbox::builder().limits(limits).clock(time).in_process().unwrap());
    assert_eq!([caller.get(CHATS).status, caller.get(CHATS).status], [200, 200]);
    let throttled = caller.get(CHATS);
    assert_eq!(
        (throttled.status.as_u16(), &throttled.headers["retry-after"], throttled.bytes.len()),
        (409, &"6".parse().unwrap(), 0)
    );
    // Another endpoint and another caller have counts of their own.
    assert_eq!(caller.get("sys/usermessages").status, 200);
    assert_eq!(caller.with(None).get(CHATS).status, 401);
    assert_eq!(caller.post(CHATS, &json!({ "FromUserId": 1 })).status, 200);
    assert_eq!(caller.post(CHATS, &json!({ "FromUserId": 1 })).headers["retry-after"], "56");
    caller.control(Method::POST, "clock", &json!({ "advance": "6s" }));
    assert_eq!(caller.get(CHATS).status, 200);
}

#[test]
fn answers_go_wrong_by_rule() {
    let caller = Caller::new();
    let rules = json!([
        { "method": "POST", "next": 1, "status": 503, "retry_after": "2" },
        { "method": "POST", "next": 1, "html": true, "applied": true },
        { "path": "/api/sys/chat*", "next": 1, "content_type": "text/plain" },
    ]);
    assert_eq!(caller.control(Method::PUT, "faults", &rules).ok().as_array().unwrap().len(), 3);
    let first = caller.post(CHATS, &json!({ "FromUserId": 1 }));
    assert_eq!((first.status.as_u16(), &first.headers["retry-after"]), (503, &"2".parse().unwrap()));
    let second = caller.post(CHATS, &json!({ "FromUserId": 1 }));
    assert_eq!(
        (second.status.as_u16(), &second.headers["content-type"]),
        (200, &"text/html; charset=utf-8".parse().unwrap())
    );
    let third = caller.get(CHATS);
    assert_eq!(third.headers["content-type"], "text/plain");
    // The first POST was lost, the second was done whatever its answer says.
    assert_eq!(third.json()["TotalItems"], 3);
    assert_eq!(caller.control(Method::GET, "faults", &json!(null)).ok(), json!([]));
    let refused = caller.control(Method::POST, "faults", &json!({ "stauts": 503 }));
    assert!(refused.json()["Message"].as_str().unwrap().starts_with("stauts: no such property"), "{refused:?}");
}

#[test]
fn requests_are_kept_in_a_log() {
    let caller = Caller::new();
    caller.get("sys/usermessages?UserMessage_Heder=x");
    caller.with(None).get("sys/usermessages/1");
    let log = caller.control(Method::GET, "log", &json!(null)).ok();
    let told: Vec<_> = log
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| (entry["method"].as_str().unwrap(), entry["status"].as_u64().unwrap(), entry["user"].as_str()))
        .collect();
    assert_eq!(told, [("GET", 200, Some("admin@example.com")), ("GET", 401, None)]);
    assert_eq!(log[0]["target"], "/api/sys/usermessages?UserMessage_Heder=x");
    assert!(log[0]["hint"].as_str().unwrap().contains("did you mean `UserMessage_Header`?"));
    assert_eq!(caller.control(Method::GET, "log?after=1", &json!(null)).ok().as_array().unwrap().len(), 1);
}

#[test]
fn the_log_shows_no_value_of_a_filter_on_a_secret() {
    let caller = Caller::new();
    for query in
        ["Coworker_AccessCardId=s3cret", "size=3&coworker_accesscardid=s3cret", "Coworker%5FAccessCardId=s3cret&a=b"]
    {
        assert_eq!(caller.get(&format!("spaces/coworkers?{query}")).status, 200, "{query}");
    }
    let log = caller.control(Method::GET, "log", &json!(null)).ok();
    let targets: Vec<&str> = log.as_array().unwrap().iter().map(|entry| entry["target"].as_str().unwrap()).collect();
    assert_eq!(
        targets,
        [
            "/api/spaces/coworkers?Coworker_AccessCardId=(hidden)",
            "/api/spaces/coworkers?size=3&coworker_accesscardid=(hidden)",
            "/api/spaces/coworkers?Coworker%5FAccessCardId=(hidden)&a=b",
        ]
    );
    assert!(!log.to_string().contains("s3cret"));
}

#[test]
fn commands_are_discovered_and_run() {
    let caller = Caller::new();
    let keys: Vec<String> = caller
        .get(&format!("{CHATS}/commands"))
        .ok()
        .as_array()
        .unwrap()
        .iter()
        .map(|command| command["Key"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(keys, ["DUPLICATE", "TOUCH"]);
    let first = &caller.get(&format!("{CHATS}/Commands?id=1001")).ok()[0];
    for key in [
        "Key",
        "Name",
        "AppliesOnlyToMultipleEntities",
        "AppliesOnlyToOneEntity",
        "AppliesOnlyToTwoEntities",
        "NeedsEntitiesToRun",
        "Order",
        "RequiresParameters",
        "DisplayInDropdown",
        "DisplayInDropdownV2",
        "DisplayInGrid",
        "Icon",
    ] {
        assert!(first.get(key).is_some(), "{key}");
    }
    let run = caller
        .post(&format!("{CHATS}/runCommand"), &json!({ "Key": "duplicate", "Ids": [1001, 1002], "Parameters": [] }))
        .ok();
    assert_eq!(run["Value"], json!({ "Ids": [1_000_001, 1_000_002] }));
    let copy = caller.get(&format!("{CHATS}/1000001")).ok();
    let original = caller.get(&format!("{CHATS}/1001")).ok();
    assert_eq!((&copy["ChatText"], &copy["ToUsers"]), (&original["ChatText"], &original["ToUsers"]));
    assert_ne!(copy["UniqueId"], original["UniqueId"]);
    for (body, part) in [
        (json!({ "Key": "DUPLICATE", "Ids": [5] }), "ChatUserMessage 5 could not be found."),
        (json!({ "Key": "DUPLICAT", "Ids": [1001] }), "ChatUserMessage has no command `DUPLICAT`."),
        (json!({ "Key": "TOUCH" }), "TOUCH needs at least one record: give its id in Ids."),
        (json!({}), "Key: is a required field"),
    ] {
        let failed = caller.post(&format!("{CHATS}/runcommand"), &body).ok();
        assert_eq!(
            (&failed["WasSuccessful"], &failed["Status"], &failed["Message"]),
            (&json!(false), &json!(500), &json!(part))
        );
    }
}

#[test]
fn enums_are_told_by_name() {
    let caller = Caller::new();
    let values = caller.get("utils/enums?name=eGender").ok();
    assert_eq!(values, caller.get("utils/enums?NAME=gender").ok());
    assert!(values[0]["Id"].is_i64() && values[0]["Name"].is_string() && values[0]["Label"].is_string(), "{values}");
    let refused = caller.get("utils/enums?name=eGendr");
    assert_eq!((refused.status.as_u16(), refused.hint()), (400, "did you mean `eGender`?"));
    assert_eq!(caller.get("utils/enums").status, 400);
    assert_eq!(caller.with(None).get("utils/enums?name=eGender").status, 401);
}

#[test]
fn a_reset_takes_clock_faults_and_snapshots_back_to_the_start() {
    let time = "2030-01-31T09:00:00Z".parse().unwrap();
    let fault = "GET /api/never status=503".parse().unwrap();
    let caller = Caller::of(Sandbox::builder().clock(time).fault(fault).in_process().unwrap());
    let faults = || caller.control(Method::GET, "faults", &json!(null)).ok();
    let first = faults();
    caller.control(Method::PUT, "clock", &json!({ "now": "2040-01-01T00:00:00Z" })).ok();
    caller.control(Method::POST, "faults", &json!({ "path": "*", "status": 500 })).ok();
    assert_eq!(caller.control(Method::PUT, "snapshots/x", &json!(null)).status, 204);
    assert_eq!(caller.get(CHATS).status, 500);
    assert_eq!(caller.control(Method::POST, "reset", &json!(null)).status, 204);
    let clock = caller.control(Method::GET, "clock", &json!(null)).ok();
    assert_eq!(clock, json!({ "now": "2030-01-31T09:00:00Z", "frozen": true }));
    assert_eq!(faults(), first);
    assert_eq!(caller.control(Method::GET, "snapshots", &json!(null)).ok(), json!([]));
    assert_eq!(caller.get(CHATS).status, 200);
}

#[test]
fn limits_end_while_the_clock_stands() {
    let time = "2030-01-31T09:00:00Z".parse().unwrap();
    let limits: Limits = "reads:1/200ms".parse().unwrap();
    let caller = Caller::of(Sandbox::builder().limits(limits).clock(time).in_process().unwrap());
    let ends = |_| {
        std::thread::sleep(std::time::Duration::from_millis(20));
        caller.get(CHATS).status == 200
    };
    caller.get(CHATS);
    assert!((0..500).any(ends));
}

#[test]
fn snapshots_and_faults_are_bounded() {
    let caller = Caller::new();
    let keep = |name: &str| caller.control(Method::PUT, &format!("snapshots/{name}"), &json!(null)).status.as_u16();
    for number in 0..50 {
        assert_eq!(keep(&format!("s{number}")), 204);
    }
    // One that is there already may be kept anew.
    assert_eq!((keep("one-more"), keep("s7"), keep(&"x".repeat(201))), (409, 204, 400));
    assert_eq!(caller.control(Method::DELETE, "snapshots/s7", &json!(null)).status, 204);
    assert_eq!(keep("one-more"), 204);
    // A snapshot is not touched by what comes after it.
    caller.post(CHATS, &json!({ "FromUserId": 1 })).id();
    assert_eq!(caller.control(Method::POST, "snapshots/s1", &json!(null)).status, 204);
    assert_eq!(caller.get(CHATS).ok()["TotalItems"], 2);
    let many = vec![json!({ "path": "/x", "status": 500 }); 600];
    let add = || caller.control(Method::POST, "faults", &json!(many)).status.as_u16();
    assert_eq!((add(), add()), (200, 400));
}
