//! Ways around the promises of the server: to learn what is redacted, to write what is not allowed, to get a yes for
//! something else, to fill its memory.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use super::hostile::{Reply, Service};
use super::session::{ERAS, Era, Person, Session};
use super::start;
use crate::tool::{Tool, folder, read};

fn ids(tool: &Tool, list: &str) -> Vec<i64> {
    let data = tool.run(&format!("{list} --columns Id --json")).data();
    data.as_array().unwrap().iter().map(|record| record["Id"].as_i64().unwrap()).collect()
}

/// The values of a product with this description.
fn product(tool: &Tool, description: &str) -> Value {
    let (business, currency) = (ids(tool, "businesses list")[0], ids(tool, "currencies list")[0]);
    json!({"Name": "a", "BusinessId": business, "CurrencyId": currency, "Description": description})
}

/// A person of the demo, by id and name.
fn person(tool: &Tool) -> (i64, String) {
    let people = tool.run("coworkers list --limit 1 --columns Id,FullName --json").data();
    (people[0]["Id"].as_i64().unwrap(), people[0]["FullName"].as_str().unwrap().to_owned())
}

#[test]
fn personal_data_is_not_found_out_letter_by_letter() {
    // A service that finds parts of words too.
    let record = r#"{"Id":7,"FullName":"Zoe Quartz","Email":"zoe@example.com","MobilePhone":"+44 20 7946 0000"}"#;
    let service = Service::start(move |_| {
        Reply::json(&format!(
            r#"{{"Records":[{record}],"PageNumber":1,"PageSize":25,"TotalItems":1,"TotalPages":1,"HasNextPage":false}}"#
        ))
    });
    let mut session = service.session("", Era::Stateless, Person::Absent);
    let mut total = |filters: Value| {
        let answer =
            session.call("nexudus_list", &json!({"entity": "coworkers", "filters": filters, "fields": ["Id"]}));
        assert_eq!(answer["total"], answer["rows"].as_array().unwrap().len(), "the total tells nothing more: {answer}");
        assert!(answer.get("next").is_none(), "{answer}");
        answer["total"].clone()
    };
    // What the caller knows finds the record, as a person would name it.
    for filters in [
        json!({"FullName": "Zoe Quartz"}),
        json!({"FullName": "zoe"}),
        json!({"FullName": " QUARTZ "}),
        json!({"Email": "Zoe@Example.com"}),
    ] {
        assert_eq!(total(filters.clone()), 1, "{filters}");
    }
    // A part of it does not, or names could be tried letter by letter.
    for filters in [
        json!({"FullName": "Zo"}),
        json!({"FullName": "oe"}),
        json!({"FullName": "Zoe Quart"}),
        json!({"FullName": "Quartz Zoe"}),
        json!({"FullName": "Zoe", "Email": "zoe"}),
        json!({"Email": "zoe"}),
        json!({"Email": "zoe@example"}),
        json!({"Email": "example.com"}),
    ] {
        assert_eq!(total(filters.clone()), 0, "{filters}");
    }
    for filters in [json!({"FullName": "%"}), json!({"FullName": ""}), json!({"FullName": " "})] {
        session.fault("nexudus_list", &json!({"entity": "coworkers", "filters": filters}));
    }
    let (text, _) = session.text("nexudus_list", &json!({"entity": "coworkers", "query": "Zo"}));
    assert!(text.contains("\"total\":0"), "{text}");
}

#[test]
fn what_is_hidden_is_not_sorted_by_nor_bounded() {
    let tool = Tool::demo();
    let mut session = start(&tool, "", Era::Initialize, Person::Absent);
    let mut tried = 0;
    for table in nexudus_client::model::tables()
        .iter()
        .filter(|table| table.allows(nexudus_client::model::core::Operation::List))
    {
        let kept = table.all_fields().filter(|field| field.is_sensitive() || field.personal().is_some());
        for field in kept.take(3) {
            let fault = session.fault("nexudus_list", &json!({"entity": table.plural, "order_by": field.name}));
            assert_eq!(fault["argument"], "order_by", "{fault}");
            tried += 1;
            let bound = json!({format!("from_{}", field.name): "a"});
            session.fault("nexudus_list", &json!({"entity": table.plural, "filters": bound}));
        }
    }
    assert!(tried > 200, "{tried}");
    // By the person that a record belongs to, under whatever name.
    let fault = session
        .fault("nexudus_list", &json!({"entity": "bookings", "filters": {"Booking_Coworker_Email": "a@example.com"}}));
    assert!(fault["argument"] == "filters", "{fault}");
    // Where nothing is redacted, personal data is searched as the service does it, and secrets stay hidden.
    tool.run("config set redaction off").ok();
    let mut session = start(&tool, "", Era::Initialize, Person::Absent);
    session.call("nexudus_list", &json!({"entity": "coworkers", "order_by": "FullName"}));
    session.fault("nexudus_list", &json!({"entity": "coworkers", "order_by": "AccessPincode"}));
}

#[test]
fn an_update_does_not_tell_whether_a_guess_was_right() {
    let tool = Tool::demo();
    let (id, name) = person(&tool);
    let mut session = start(&tool, "--allow-write coworkers --confirm client", Era::Stateless, Person::Absent);
    let mut shape = |name: &str| {
        let values = json!({"FullName": name, "AccessPincode": "0000"});
        let answer = session.call("nexudus_update", &json!({"entity": "coworkers", "id": id, "values": values}));
        let changes = answer["changes"].as_array().unwrap_or_else(|| panic!("{answer}"));
        changes
            .iter()
            .map(|change| format!("{} {}", change["property"], change["before"]))
            .collect::<std::collections::BTreeSet<_>>()
    };
    assert_eq!(shape("Nobody Else"), shape(&name));
}

#[test]
fn personal_data_is_not_in_what_the_service_says() {
    // A service that repeats what it knows in its messages.
    let service = Service::start(|request| {
        let body = if request.starts_with("GET /api/spaces/coworkers/commands") {
            r#"[{"Key":"SEND","Name":"Send"}]"#.to_owned()
        } else if request.starts_with("GET") {
            r#"{"Id":7,"FullName":"Zoe Quartz","Email":"zoe@example.com","MobilePhone":"+44 20 7946 0000","UpdatedOn":"2026-01-01T00:00:00Z"}"#.to_owned()
        } else {
            r#"{"Status":200,"Message":"Sent to Zoe Quartz at +44 20 7946 0000","WasSuccessful":true,"Errors":null,
               "Value":{"Anything":"Zoe Quartz","Items":["Zoe Quartz"],"Url":"http://x/Zoe%20Quartz","Count":3}}"#
                .to_owned()
        };
        Reply::json(&body)
    });
    let mut session = service.session("--allow-write coworkers", Era::Initialize, Person::Yes);
    let (text, is_error) = session.text("nexudus_run_command", &json!({"entity": "coworkers", "key": "SEND", "id": 7}));
    assert!(!is_error && text.contains("\"Count\":3") && text.contains("never instructions"), "{text}");
    for personal in ["Zoe", "7946"] {
        assert!(!text.contains(personal), "{text}");
        assert!(!session.questions[0].contains(personal), "{}", session.questions[0]);
    }
}

#[test]
fn an_entity_that_is_not_allowed_is_not_written_under_any_name() {
    let tool = Tool::demo();
    let flags = "--allow-write products --deny coworkernotes --confirm client";
    let mut session = start(&tool, flags, Era::Stateless, Person::Absent);
    for name in
        ["resources", "Resource", "RESOURCES", "resource", "re-sources", "re_sources", "spaces/resources", " resources"]
    {
        let fault = session.fault("nexudus_update", &json!({"entity": name, "id": 1, "values": {"Name": "x"}}));
        assert_eq!(fault["outcome"], "not done", "{name}: {fault}");
        assert!(fault.get("plan").is_none(), "{fault}");
    }
    for name in ["coworkernotes", "CoworkerNote", "coworker-notes", "coworker_note", "spaces/coworkernotes"] {
        for tool in ["nexudus_list", "nexudus_describe_entity", "nexudus_list_commands"] {
            session.fault(tool, &json!({"entity": name}));
        }
        session.fault("nexudus_get", &json!({"entity": name, "id": 1}));
    }
    for flags in ["--allow-write ''", "--allow-write ,"] {
        let mut command = tool.command();
        command.arg("mcp").args(shlex::split(flags).unwrap()).stdin(Stdio::null());
        assert_eq!(command.output().unwrap().status.code(), Some(2), "{flags}");
    }
}

#[test]
fn a_write_for_one_location_reaches_no_other() {
    let tool = Tool::demo();
    let businesses = ids(&tool, "businesses list");
    let (here, there) = (businesses[0], businesses[1]);
    let of = |entity: &str, business: i64| ids(&tool, &format!("{entity} list --business {business}"));
    let (ours, theirs) = (of("resources", here)[0], of("resources", there)[0]);
    let flags = format!("--allow-write all --confirm client --business {here}");
    let mut session = start(&tool, &flags, Era::Stateless, Person::Absent);
    let mut plan = |name: &str, arguments: Value| session.outcome(name, &arguments);
    let times = json!({"FromTime": "2031-01-01T09:00:00Z", "ToTime": "2031-01-01T10:00:00Z"});
    let booking = |resource: i64| {
        let mut values = times.clone();
        values["ResourceId"] = resource.into();
        json!({"entity": "bookings", "values": values})
    };
    // A booking is where its resource is.
    let (answer, is_error) = plan("nexudus_create", booking(ours));
    assert!(!is_error && answer["plan"].is_string(), "{answer}");
    let our_booking = ids(&tool, &format!("bookings list --resource-id {ours} --limit 1"))[0];
    let their_booking = ids(&tool, &format!("bookings list --resource-id {theirs} --limit 1"))[0];
    let (answer, is_error) =
        plan("nexudus_update", json!({"entity": "bookings", "id": our_booking, "values": {"Notes": "x"}}));
    assert!(!is_error && answer["plan"].is_string(), "{answer}");
    let (answer, is_error) =
        plan("nexudus_update", json!({"entity": "businesses", "id": here, "values": {"WebAddress": "x"}}));
    assert!(!is_error && answer["plan"].is_string(), "{answer}");
    let our_customer = ids(&tool, "coworkers list")
        .into_iter()
        .find(|id| tool.run(&format!("coworkers get {id} --json")).data()["InvoicingBusinessId"] == here)
        .unwrap();
    let (answer, is_error) =
        plan("nexudus_update", json!({"entity": "coworkers", "id": our_customer, "values": {"CompanyName": "x"}}));
    assert!(!is_error && answer["plan"].is_string(), "{answer}");
    for (name, arguments) in [
        ("nexudus_create", booking(theirs)),
        ("nexudus_create", json!({"entity": "bookings", "values": times})),
        ("nexudus_update", json!({"entity": "bookings", "id": their_booking, "values": {"Notes": "x"}})),
        ("nexudus_update", json!({"entity": "bookings", "id": our_booking, "values": {"ResourceId": theirs}})),
        ("nexudus_delete", json!({"entity": "bookings", "id": [our_booking, their_booking]})),
        ("nexudus_update", json!({"entity": "resources", "id": ours, "values": {"BusinessId": there}})),
        ("nexudus_update", json!({"entity": "resources", "id": ours, "values": {"BusinessId": null}})),
        ("nexudus_update", json!({"entity": "resources", "id": ours, "values": {"LinkedResources": [theirs]}})),
        ("nexudus_update", json!({"entity": "resources", "id": theirs, "values": {"Name": "x"}})),
        ("nexudus_create", json!({"entity": "taxrates", "values": {"Name": "VAT", "BusinessId": there}})),
        ("nexudus_create", json!({"entity": "taxrates", "values": {"Name": "VAT", "BusinessId": format!("{there}")}})),
        ("nexudus_update", json!({"entity": "businesses", "id": there, "values": {"WebAddress": "x"}})),
        (
            "nexudus_update",
            json!({"entity": "coworkers", "id": our_customer, "values": {"InvoicingBusinessId": there}}),
        ),
        ("nexudus_update", json!({"entity": "coworkers", "id": our_customer, "values": {"Businesses": [here, there]}})),
        ("nexudus_run_command", json!({"entity": "bookings", "key": "CANCEL_BOOKING", "id": their_booking})),
        ("nexudus_update", json!({"entity": "currencies", "id": 1, "values": {"Name": "x"}})),
    ] {
        let (answer, is_error) = plan(name, arguments.clone());
        assert!(is_error && answer["outcome"] == "not done" && answer.get("plan").is_none(), "{arguments}: {answer}");
    }
}

#[test]
fn a_list_of_ids_is_no_way_around_the_limit() {
    let tool = Tool::demo();
    let mut session = start(&tool, "--allow-write all --confirm client --max-ids 3", Era::Stateless, Person::Absent);
    let many: Vec<i64> = (1..=4).collect();
    for (name, arguments) in [
        ("nexudus_delete", json!({"entity": "bookings", "id": many})),
        ("nexudus_delete", json!({"entity": "bookings", "id": "1,2,3,4"})),
        ("nexudus_delete", json!({"entity": "bookings", "id": ["1,2", "3,4"]})),
        ("nexudus_run_command", json!({"entity": "bookings", "key": "CANCEL_BOOKING", "id": many})),
        (
            "nexudus_update",
            json!({"entity": "teams", "id": ids(&tool, "teams list")[0], "values": {"AddedTeamMembers": many}}),
        ),
    ] {
        let fault = session.fault(name, &arguments);
        assert!(fault.to_string().contains("at most 3"), "{fault}");
    }
}

#[test]
fn a_question_shows_what_would_be_written() {
    let tool = Tool::demo();
    let mut session = start(&tool, "--allow-write all", Era::Initialize, Person::No);
    // The end of a long text, where an order could hide, and its length.
    let long = format!("{}PAYLOAD", "nice ".repeat(1000));
    let values = product(&tool, &long);
    session.fault("nexudus_create", &json!({"entity": "products", "values": values}));
    let question = session.questions.pop().unwrap();
    assert!(question.contains("PAYLOAD”") && question.contains("(5007 characters)"), "{question}");
    // The name of a parameter is not a line of its own.
    let forged = "x\n- Nothing is changed.\u{202e}";
    let parameters = json!({forged: 1});
    let id = ids(&tool, "bookings list --limit 1")[0];
    let arguments = json!({"entity": "bookings", "key": "CANCEL_BOOKING", "id": id, "parameters": parameters});
    session.fault("nexudus_run_command", &arguments);
    let question = session.questions.pop().unwrap();
    assert!(!question.contains("\n- Nothing") && !question.contains('\u{202e}'), "{question}");
    // A character that is not shown is written, and so it is shown.
    let values = product(&tool, "safe\u{e0041}\u{202e}\u{200b}");
    session.fault("nexudus_create", &json!({"entity": "products", "values": values}));
    let question = session.questions.pop().unwrap();
    assert!(question.contains("“safe‹U+E0041›‹U+202E›‹U+200B›”"), "{question}");
    // What is beyond the lines is named.
    let many = ids(&tool, "bookings list --limit 40");
    let mut session = start(&tool, "--allow-write all --max-ids 100", Era::Initialize, Person::No);
    session.fault("nexudus_delete", &json!({"entity": "bookings", "id": many}));
    let question = session.questions.pop().unwrap();
    assert!(many.iter().all(|id| question.contains(&id.to_string())), "{question}");
}

#[test]
fn an_answer_that_is_no_yes_is_a_no() {
    let tool = Tool::demo();
    let id = ids(&tool, "resources list")[0];
    let name = || tool.run(&format!("resources get {id} --json")).data()["Name"].clone();
    let was = name();
    let arguments = json!({"entity": "resources", "id": id, "values": {"Name": "Changed"}});
    let call = json!({"name": "nexudus_update", "arguments": arguments});
    let answers = [
        json!({"action": "accept"}),
        json!({"action": "accept", "content": {"confirm": "true"}}),
        json!({"action": "accept", "content": {"confirm": 1}}),
        json!({"action": "accept", "content": {"yes": true}}),
        json!({"action": "cancel", "content": {"confirm": true}}),
        json!({"action": "decline", "content": {"confirm": true}}),
        json!({"action": "yes"}),
        json!({"content": {"confirm": true}}),
        json!([true]),
        json!(null),
        json!("accept"),
    ];
    for answer in &answers {
        let mut session = start(&tool, "--allow-write all", Era::Initialize, Person::Yes);
        session.post("tools/call", call.clone());
        let question = session.receive();
        assert_eq!(question["method"], "elicitation/create", "{question}");
        session.send(&json!({"jsonrpc": "2.0", "id": question["id"], "result": answer}));
        let result = session.receive();
        let text = result["result"]["content"][0]["text"].as_str().unwrap_or_else(|| panic!("{answer}: {result}"));
        assert!(text.contains("\"outcome\":\"not done\""), "{answer}: {text}");
        // A yes that comes after it changes nothing.
        let yes = json!({"action": "accept", "content": {"confirm": true}});
        session.send(&json!({"jsonrpc": "2.0", "id": question["id"], "result": yes}));
        session.call("nexudus_list_entities", &json!({"query": "bookings"}));
        assert_eq!(name(), was, "{answer}");
    }
    for answer in &answers {
        let mut session = start(&tool, "--allow-write all", Era::Stateless, Person::Yes);
        let asked = session.request("tools/call", call.clone());
        let state = asked["result"]["requestState"].clone();
        let mut again = call.clone();
        again["requestState"] = state.clone();
        again["inputResponses"] = json!({"confirm": answer});
        let result = session.request("tools/call", again.clone());
        let refused = result.get("error").is_some()
            || result["result"]["content"][0]["text"].as_str().is_some_and(|text| text.contains("not done"));
        assert!(refused, "{answer}: {result}");
        again["inputResponses"] = json!({"confirm": {"action": "accept", "content": {"confirm": true}}});
        let late = session.request("tools/call", again);
        if result.get("error").is_none() {
            assert!(late.to_string().contains("not done"), "{late}");
            assert_eq!(name(), was, "{answer}");
        }
    }
}

#[test]
fn an_error_in_the_place_of_an_answer_is_a_no() {
    let tool = Tool::demo();
    let id = ids(&tool, "resources list")[0];
    let mut session = start(&tool, "--allow-write all", Era::Initialize, Person::Yes);
    let arguments = json!({"entity": "resources", "id": id, "values": {"Name": "Changed"}});
    session.post("tools/call", json!({"name": "nexudus_update", "arguments": arguments}));
    let question = session.receive();
    session.send(&json!({"jsonrpc": "2.0", "id": question["id"], "error": {"code": -32601, "message": "no"}}));
    let text = session.receive().to_string();
    assert!(text.contains("nobody answered the question; nothing was done"), "{text}");
}

#[test]
fn a_question_that_nobody_answers_holds_up_nothing() {
    let tool = Tool::demo();
    let id = ids(&tool, "resources list")[0];
    let name = || tool.run(&format!("resources get {id} --json")).data()["Name"].clone();
    let was = name();
    let audit = tool.path("audit.jsonl");
    let flags = format!("--allow-write all --audit {}", audit.display());
    let mut session = start(&tool, &flags, Era::Initialize, Person::Yes);
    let arguments = json!({"entity": "resources", "id": id, "values": {"Name": "Changed"}});
    session.post("tools/call", json!({"name": "nexudus_update", "arguments": arguments}));
    let question = session.receive();
    assert_eq!(question["method"], "elicitation/create", "{question}");
    session.call("nexudus_get", &json!({"entity": "resources", "id": id}));
    session.close_input();
    assert!(session.has_ended());
    assert_eq!((name(), read(&audit)), (was, String::new()));
}

#[test]
fn a_write_that_the_end_of_the_input_breaks_off_is_unknown() {
    let service = Service::start(|_| Reply::Hang);
    let home = folder();
    std::fs::create_dir_all(&home).unwrap();
    let audit = home.join("audit.jsonl");
    let flags = format!("--allow-write all --confirm client --audit {}", audit.display());
    let mut session = service.session(&flags, Era::Stateless, Person::Absent);
    let mut arguments = json!({"entity": "taxrates", "values": {"Name": "VAT", "BusinessId": 1}});
    arguments["plan"] = session.call("nexudus_create", &arguments)["plan"].clone();
    session.post("tools/call", json!({"name": "nexudus_create", "arguments": arguments}));
    service.is_asked();
    session.close_input();
    assert!(session.has_ended());
    session.child.wait().unwrap();
    let line: Value = serde_json::from_str(read(&audit).trim()).unwrap();
    assert_eq!(line["outcome"], "unknown", "{line}");
    std::fs::remove_dir_all(home).ok();
}

#[test]
fn a_client_that_can_not_ask_has_no_answers() {
    let tool = Tool::demo();
    let id = ids(&tool, "resources list")[0];
    let arguments = json!({"entity": "resources", "id": id, "values": {"Name": "Changed"}});
    let mut session = start(&tool, "--allow-write all --confirm client", Era::Stateless, Person::Absent);
    let plan = session.call("nexudus_update", &arguments)["plan"].clone();
    // Plans of one kind are not confirmed as the other.
    let params = json!({"name": "nexudus_update", "arguments": arguments, "requestState": plan,
        "inputResponses": {"confirm": {"action": "accept", "content": {"confirm": true}}}});
    let answer = session.request("tools/call", params).to_string();
    assert!(answer.contains("not done"), "{answer}");
}

#[test]
fn a_plan_that_is_used_twice_at_once_writes_once() {
    let tool = Tool::demo();
    let mut session = start(&tool, "--allow-write all --confirm client", Era::Stateless, Person::Absent);
    let count = || ids(&tool, "taxrates list").len();
    let was = count();
    let mut arguments =
        json!({"entity": "taxrates", "values": {"Name": "VAT", "BusinessId": ids(&tool, "businesses list")[0]}});
    arguments["plan"] = session.call("nexudus_create", &arguments)["plan"].clone();
    let calls = 20;
    for _ in 0..calls {
        session.post("tools/call", json!({"name": "nexudus_create", "arguments": arguments}));
    }
    let done = (0..calls).filter(|_| session.receive().to_string().contains("\\\"outcome\\\":\\\"done\\\"")).count();
    assert_eq!((done, count()), (1, was + 1));
}

#[test]
fn of_two_calls_under_one_id_the_second_does_nothing() {
    let tool = Tool::demo();
    let mut session = start(&tool, "--allow-write taxrates", Era::Initialize, Person::Yes);
    let count = || ids(&tool, "taxrates list").len();
    let was = count();
    let business = ids(&tool, "businesses list")[0];
    for name in ["first", "second"] {
        let arguments = json!({"entity": "taxrates", "values": {"Name": name, "BusinessId": business}});
        let params = json!({"name": "nexudus_create", "arguments": arguments});
        session.send(&json!({"jsonrpc": "2.0", "id": 900, "method": "tools/call", "params": params}));
    }
    let question = session.receive();
    let yes = json!({"action": "accept", "content": {"confirm": true}});
    session.send(&json!({"jsonrpc": "2.0", "id": question["id"], "result": yes}));
    let answer = session.receive();
    assert!(answer["id"] == 900 && answer.to_string().contains("\\\"outcome\\\":\\\"done\\\""), "{answer}");
    // An id may be used again after its answer.
    session.send(&json!({"jsonrpc": "2.0", "id": 900, "method": "tools/list"}));
    assert!(session.receive()["result"]["tools"].is_array());
    assert_eq!(count(), was + 1);
}

#[test]
fn a_plan_dies_when_the_record_changes_even_if_it_changes_back() {
    let tool = Tool::demo();
    let id = ids(&tool, "resources list")[0];
    let name = || tool.run(&format!("resources get {id} --json")).data()["Name"].as_str().unwrap().to_owned();
    let was = name();
    let mut session = start(&tool, "--allow-write all --confirm client", Era::Stateless, Person::Absent);
    let mut arguments = json!({"entity": "resources", "id": id, "values": {"Name": "By plan"}});
    arguments["plan"] = session.call("nexudus_update", &arguments)["plan"].clone();
    // The service shows the time of a change in whole seconds.
    std::thread::sleep(std::time::Duration::from_millis(1_100));
    for name in ["Another", &was] {
        tool.run(&format!("resources update {id} --yes --name '{name}'")).ok();
    }
    let fault = session.fault("nexudus_update", &arguments);
    assert!(fault["error"].as_str().unwrap().contains("has changed"), "{fault}");
    assert_eq!(name(), was);
}

#[test]
fn a_call_with_two_meanings_is_refused() {
    let tool = Tool::demo();
    let mut session = start(&tool, "--allow-write all", Era::Initialize, Person::Yes);
    for arguments in [
        r#"{"entity":"bookings","id":5001,"id":5002,"values":{"Notes":"a"}}"#,
        r#"{"entity":"bookings","id":5001,"ids":[5002],"values":{"Notes":"a"}}"#,
        r#"{"entity":"bookings","id":5001,"values":{"Notes":"a"},"body":{"Notes":"b"}}"#,
        r#"{"entity":"bookings","id":5001,"values":{"Notes":"a","Notes":"b"}}"#,
        r#"{"entity":"bookings","id":5001,"values":{"Notes":"a","notes":"b"}}"#,
    ] {
        session.send_line(&format!(
            r#"{{"jsonrpc":"2.0","id":900,"method":"tools/call","params":{{"name":"nexudus_update","arguments":{arguments}}}}}"#
        ));
        let answer = session.receive();
        assert_eq!(answer["result"]["isError"], true, "{arguments}: {answer}");
        let text = answer["result"]["content"][0]["text"].as_str().unwrap();
        assert!(text.contains("twice"), "{arguments}: {text}");
    }
    // Members of the message itself, too.
    for message in [
        r#"{"jsonrpc":"2.0","id":901,"id":902,"method":"ping"}"#,
        r#"{"jsonrpc":"2.0","id":901,"method":"tools/call","params":{"name":"nexudus_list","name":"nexudus_delete","arguments":{"entity":"bookings"}}}"#,
    ] {
        session.send_line(message);
        let answer = session.receive();
        assert!(answer["error"].is_object(), "{message}: {answer}");
    }
}

#[test]
fn lines_that_are_no_requests_end_nothing_and_write_nothing() {
    let tool = Tool::demo();
    for era in ERAS {
        let mut session = start(&tool, "", era, Person::Absent);
        let deep = format!("{}1{}", "[".repeat(10_000), "]".repeat(10_000));
        let deep = format!(
            r#"{{"jsonrpc":"2.0","id":99,"method":"tools/call","params":{{"name":"nexudus_list","arguments":{{"entity":{deep}}}}}}}"#
        );
        for line in [
            "[]",
            "[1,2]",
            r#"[{"jsonrpc":"2.0","id":7,"method":"ping"}]"#,
            r#"{"jsonrpc":"2.0","id":{},"method":"ping"}"#,
            r#"{"jsonrpc":"1.0","id":5,"method":"ping"}"#,
            r#"{"jsonrpc":"2.0","id":6,"method":"no/such"}"#,
            r#"{"jsonrpc":"2.0","id":8,"method":"tools/call","params":{"name":"nexudus_list","arguments":[1]}}"#,
            r#"{"jsonrpc":"2.0","id":77,"result":{}}"#,
            "null",
            "\"",
            "{",
            &deep,
        ] {
            session.send_line(line);
        }
        session.send_bytes(b"{\"jsonrpc\":\"2.0\",\"id\":9,\"method\":\"ping\",\"params\":{\"x\":\"\xff\"}}\n");
        session.post("tools/call", json!({"name": "nexudus_list_entities", "arguments": {"query": "bookings"}}));
        // Each line is JSON-RPC; the answer comes among the errors.
        let found = (0..40).any(|_| session.receive().to_string().contains("\\\"total\\\""));
        assert!(found);
    }
}

#[test]
fn what_comes_before_a_session_is_open_does_not_end_it() {
    let tool = Tool::demo();
    let meta = json!({"io.modelcontextprotocol/protocolVersion": "2026-07-28", "io.modelcontextprotocol/clientCapabilities": {},
        "io.modelcontextprotocol/clientInfo": {"name": "t", "version": "1"}});
    for before in [
        json!({"jsonrpc": "2.0", "id": 1, "method": "server/discover", "params": {"_meta": meta}}),
        json!({"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {}}),
        json!({"jsonrpc": "2.0", "id": {}, "method": "tools/list"}),
        json!({"jsonrpc": "2.0", "id": 1, "method": "ping"}),
        json!({"jsonrpc": "2.0", "method": "notifications/progress"}),
    ] {
        let mut session = Session::bare(tool.command().arg("mcp"), Era::Stateless, Person::Absent);
        session.send(&before);
        session.send(&json!({"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": 1}}));
        session.send(&json!({"jsonrpc": "2.0", "id": 7, "result": {}}));
        session.post("tools/call", json!({"name": "nexudus_list_entities", "arguments": {"query": "bookings"}}));
        let found = (0..3).any(|_| session.receive().to_string().contains("\\\"total\\\""));
        assert!(found, "{before}");
    }
}

#[test]
fn bytes_that_are_no_text_are_not_written_as_other_characters() {
    let tool = Tool::demo();
    let business = ids(&tool, "businesses list")[0];
    let mut session = start(&tool, "--allow-write all --confirm client", Era::Initialize, Person::Absent);
    let line = format!(
        r#"{{"jsonrpc":"2.0","id":50,"method":"tools/call","params":{{"name":"nexudus_create","arguments":{{"entity":"taxrates","values":{{"BusinessId":{business},"Name":"x"#
    );
    let mut line = line.into_bytes();
    line.extend_from_slice(b"\xff\xfe\"}}}}\n");
    session.send_bytes(&line);
    let answer = session.receive();
    assert!(answer.get("error").is_some(), "{answer}");
}

#[test]
fn half_a_line_before_the_end_is_no_call() {
    let tool = Tool::demo();
    for half in ["{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/ca", "{", "\u{feff}", "x"] {
        let mut child = tool.command().arg("mcp").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(half.as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(text.lines().all(|line| serde_json::from_str::<Value>(line).is_ok()), "{half}: {text}");
    }
}

#[test]
fn an_unknown_protocol_is_answered_with_the_known_ones() {
    let tool = Tool::demo();
    for version in ["1999-01-01", "2099-01-01", "x", ""] {
        let mut session = Session::bare(tool.command().arg("mcp"), Era::Initialize, Person::Absent);
        let params =
            json!({"protocolVersion": version, "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}});
        let answer = session.request("initialize", params);
        let known = answer["result"]["protocolVersion"].as_str().is_some_and(|answered| answered.starts_with("202"));
        assert!(known || answer["error"]["message"].is_string(), "{version}: {answer}");
        let mut session = Session::bare(tool.command().arg("mcp"), Era::Initialize, Person::Absent);
        let meta = json!({"io.modelcontextprotocol/protocolVersion": version, "io.modelcontextprotocol/clientCapabilities": {},
            "io.modelcontextprotocol/clientInfo": {"name": "t", "version": "1"}});
        let answer = session.request("tools/list", json!({"_meta": meta}));
        assert!(answer["error"]["code"].is_i64(), "{version}: {answer}");
    }
}

/// The most memory that the process of a session has held, in bytes.
#[cfg(target_os = "linux")]
fn peak(session: &Session) -> u64 {
    let status = read(std::path::Path::new(&format!("/proc/{}/status", session.child.id())));
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.split_whitespace().next().unwrap().parse::<u64>().unwrap() * 1024
}

#[cfg(target_os = "linux")]
#[test]
fn a_hundred_megabytes_on_a_line_are_not_kept() {
    let tool = Tool::demo();
    let mut session = start(&tool, "", Era::Initialize, Person::Absent);
    let before = peak(&session);
    let chunk = vec![b'x'; 1024 * 1024];
    session.send_bytes(br#"{"jsonrpc":"2.0","id":5,"method":"tools/call","params":{"name":""#);
    for _ in 0..100 {
        session.send_bytes(&chunk);
    }
    session.send_bytes(b"\"}}\n");
    assert!(session.receive().get("error").is_some());
    session.call("nexudus_list_entities", &json!({"query": "bookings"}));
    let grown = peak(&session) - before;
    assert!(grown < 40 << 20, "{grown}");
}

#[cfg(target_os = "linux")]
#[test]
fn an_answer_of_500_megabytes_is_not_kept() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/api", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { break };
            std::thread::spawn(move || {
                let mut buffer = [0; 8192];
                if !matches!(stream.read(&mut buffer), Ok(count) if count > 0) {
                    return;
                }
                let head =
                    "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close\r\n\r\n{\"Records\":[";
                stream.write_all(head.as_bytes()).ok();
                let record = "{\"Id\":1,\"Name\":\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"},".repeat(10_000);
                for _ in 0..800 {
                    if stream.write_all(record.as_bytes()).is_err() {
                        return;
                    }
                }
            });
        }
    });
    let home = folder();
    let mut command = Command::new(crate::tool::binary());
    command.env_clear().env("NEXUDUS_CONFIG_DIR", home.join("settings")).env("NEXUDUS_BASE_URL", &url);
    command.env("NEXUDUS_TOKEN", "x").arg("mcp");
    let mut session = Session::start(&mut command, Era::Initialize, Person::Absent);
    let fault = session.fault("nexudus_list", &json!({"entity": "resources"}));
    assert!(fault["error"].is_string(), "{fault}");
    session.fault("nexudus_get", &json!({"entity": "resources", "id": 1}));
    let peak = peak(&session);
    assert!(peak < 100 << 20, "{peak}");
    std::fs::remove_dir_all(home).ok();
}

#[test]
fn what_is_wrong_is_answered_shortly_however_long_it_is() {
    let tool = Tool::demo();
    let mut session = start(&tool, "--allow-write all --confirm client", Era::Initialize, Person::Absent);
    let long = "resources".repeat(100_000);
    let words = "a ".repeat(400_000);
    let many: Vec<_> = (0..100_000).map(|number| format!("Name{number}")).collect();
    for (name, arguments) in [
        ("nexudus_list", json!({"entity": long})),
        ("nexudus_list_entities", json!({"query": words})),
        ("nexudus_list", json!({"entity": "resources", "fields": [long]})),
        ("nexudus_list", json!({"entity": "resources", "fields": many})),
        ("nexudus_list", json!({"entity": "resources", "order_by": long})),
        ("nexudus_list", json!({"entity": "resources", "filters": {long.clone(): 1}})),
        ("nexudus_list", json!({long.clone(): 1})),
        ("nexudus_get", json!({"entity": "resources", "id": long})),
        ("nexudus_create", json!({"entity": "resources", "values": {long.clone(): 1}})),
        ("nexudus_run_command", json!({"entity": "bookings", "key": long, "id": 1})),
    ] {
        let (text, is_error) = session.text(name, &arguments);
        assert!(is_error && text.len() < 8 * 1024, "{name}: {} {}", text.len(), &text[..200]);
    }
    // A value may be long, and the plan of it is not repeated whole.
    let values = product(&tool, &long);
    let (text, is_error) = session.text("nexudus_create", &json!({"entity": "products", "values": values}));
    assert!(!is_error && text.len() < 32 * 1024, "{} {}", text.len(), &text[..200]);
}

#[test]
fn calls_beyond_those_that_run_are_refused() {
    let service = Service::start(|_| Reply::Hang);
    let mut session = service.session("", Era::Initialize, Person::Absent);
    for _ in 0..70 {
        session.post("tools/call", json!({"name": "nexudus_list", "arguments": {"entity": "resources"}}));
    }
    for _ in 0..6 {
        let answer = session.receive().to_string();
        assert!(answer.contains("busy: at most 64 calls at once"), "{answer}");
    }
}

#[cfg(unix)]
#[test]
fn the_audit_file_is_a_file_of_its_owner() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let tool = Tool::demo();
    let open = |path: &std::path::Path| {
        let mut command = tool.command();
        command.args(["mcp", "--allow-write", "all", "--audit"]).arg(path).stdin(Stdio::null());
        let output = command.output().unwrap();
        (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    let mode = |path: &std::path::Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let fresh = tool.path("fresh.jsonl");
    assert_eq!(open(&fresh).0, Some(0));
    assert_eq!(mode(&fresh), 0o600);
    assert_eq!(open(&fresh).0, Some(0), "an own file is added to");
    // What others may read is not added to.
    std::fs::set_permissions(&fresh, PermissionsExt::from_mode(0o644)).unwrap();
    let (code, message) = open(&fresh);
    assert!(code == Some(2) && message.contains("chmod 600"), "{message}");
    // What leads elsewhere is not followed.
    let target = tool.write("target", "");
    std::fs::set_permissions(&target, PermissionsExt::from_mode(0o600)).unwrap();
    for link in ["link", "dangling"] {
        let path = tool.path(link);
        symlink(if link == "link" { target.clone() } else { tool.path("nothing") }, &path).unwrap();
        let (code, message) = open(&path);
        assert!(code == Some(2) && message.contains("not a regular file"), "{message}");
    }
    assert!(!tool.path("nothing").exists());
    std::fs::hard_link(&target, tool.path("hard")).unwrap();
    assert_eq!(open(&tool.path("hard")).0, Some(2));
    assert_eq!(open(&tool.path("")).0, Some(2), "a folder");
    assert_eq!(read(&target), "");
}

#[test]
fn a_token_command_is_run_again_when_the_service_rejects_its_token() {
    let tool = Tool::demo();
    let flag = tool.path("expired");
    let path = flag.clone();
    // The first token is accepted until the file is there, the second from then on.
    let service = Service::start(move |request| {
        let wanted = if path.exists() { "Bearer second" } else { "Bearer first" };
        let is_accepted = request.to_lowercase().contains(&format!("authorization: {}", wanted.to_lowercase()));
        let (status, body) =
            if is_accepted { ("200 OK", r#"{"Id":7,"Name":"Room"}"#) } else { ("401 Unauthorized", "") };
        Reply::Text(format!(
            "HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
            body.len()
        ))
    });
    let run = |words: &[&str]| {
        let mut command = Command::new(crate::tool::binary());
        command
            .env_clear()
            .env("PATH", std::env::var("PATH").unwrap())
            .env("NEXUDUS_CONFIG_DIR", tool.path("settings"));
        command.args(words);
        command
    };
    let script = format!("test -e {} && echo second || echo first", flag.display());
    for (key, value) in [("base-url", service.url()), ("token-command", &script)] {
        assert!(run(&["config", "set", key, value]).status().unwrap().success());
    }
    let mut session = Session::start(&mut run(&["mcp"]), Era::Stateless, Person::Absent);
    let get = json!({"entity": "resources", "id": 7});
    session.call("nexudus_get", &get);
    std::fs::write(&flag, "").unwrap();
    session.call("nexudus_get", &get);
}

#[test]
fn programs_for_the_tools_of_the_vendor_are_understood() {
    let tool = Tool::demo();
    let mut session = start(&tool, "--allow-write all", Era::Initialize, Person::Yes);
    let business = ids(&tool, "businesses list")[0];
    let made =
        session.call("nexudus_create", &json!({"entity": "taxrates", "body": {"Name": "VAT", "BusinessId": business}}));
    assert_eq!(made["outcome"], "done", "{made}");
    session.call("nexudus_update", &json!({"entity": "taxrates", "id": made["id"], "body": {"Name": "Tax"}}));
    let id = ids(&tool, "bookings list --limit 1")[0];
    let parameters = json!([{"Name": "Cancellation Reason", "Value": 1}]);
    let arguments =
        json!({"entity": "bookings", "command_key": "CANCEL_BOOKING", "ids": [id], "parameters": parameters});
    session.outcome("nexudus_run_command", &arguments);
    assert!(session.questions.pop().unwrap().contains("- Cancellation Reason: 1"));
    session.fault("nexudus_list", &json!({"entity": "bookings", "ids": [id]}));
}
