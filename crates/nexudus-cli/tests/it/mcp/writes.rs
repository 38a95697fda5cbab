//! Writes: a plan, a yes, and what came of it.

use serde_json::{Value, json};

use super::session::{ERAS, Era, Person, Session};
use super::start;
use crate::tool::{Tool, read};

fn coworker(tool: &Tool) -> (i64, String) {
    let data = tool.run("coworkers list --limit 1 --columns Id,FullName --json").data();
    (data[0]["Id"].as_i64().unwrap(), data[0]["FullName"].as_str().unwrap().to_owned())
}

fn name_of(tool: &Tool, id: i64) -> String {
    tool.run(&format!("coworkers get {id} --json")).data()["FullName"].as_str().unwrap().to_owned()
}

fn update(id: i64, name: &str) -> Value {
    json!({"entity": "coworkers", "id": id, "values": {"FullName": name}})
}

#[test]
fn a_write_needs_a_yes_in_both_eras() {
    let tool = Tool::demo();
    let (id, before) = coworker(&tool);
    for (era, new) in ERAS.into_iter().zip(["Ana Stateless", "Ana Initialize"]) {
        for person in [Person::No, Person::Unticked, Person::Absent] {
            let mut session = start(&tool, "--allow-write coworkers", era, person);
            let was = name_of(&tool, id);
            let fault = session.fault("nexudus_update", &update(id, "Nobody"));
            assert_eq!(fault["outcome"], "not done", "{fault}");
            assert_eq!(name_of(&tool, id), was);
            assert_eq!(session.questions.len(), usize::from(person != Person::Absent));
        }
        let mut session = start(&tool, "--allow-write coworkers", era, Person::Yes);
        let done = session.call("nexudus_update", &update(id, new));
        assert_eq!((&done["outcome"], &done["changes"][0]["after"]), (&json!("done"), &json!(new)));
        assert_eq!(name_of(&tool, id), new);
        let question = &session.questions[0];
        assert!(question.contains("FullName") && question.contains(new) && !question.contains(&before), "{question}");
        let active = tool.run(&format!("coworkers get {id} --json")).data()["Active"].clone();
        let arguments = json!({"entity": "coworkers", "id": id, "values": {"Active": active}});
        let again = session.call("nexudus_update", &arguments);
        assert_eq!(again["outcome"], "not done", "{again}");
        assert_eq!(session.questions.len(), 1, "nothing to change is nothing to ask");
    }
}

#[test]
fn records_are_created_and_deleted_with_a_line_in_the_audit_file_each() {
    let tool = Tool::demo();
    let audit = tool.path("audit.jsonl");
    for era in ERAS {
        let flags = format!("--allow-write all --audit {}", audit.display());
        let mut session = start(&tool, &flags, era, Person::Yes);
        let business = session.call("nexudus_list", &json!({"entity": "businesses", "size": 1}))["rows"][0][0].clone();
        let values = json!({"Name": "Desk <1>", "BusinessId": business});
        let created = session.call("nexudus_create", &json!({"entity": "taxrates", "values": values}));
        assert_eq!(created["outcome"], "done", "{created}");
        let id = created["id"].clone();
        let deleted = session.call("nexudus_delete", &json!({"entity": "taxrates", "id": id}));
        assert_eq!(deleted["outcome"], "done", "{deleted}");
        session.fault("nexudus_get", &json!({"entity": "taxrates", "id": id}));
    }
    let text = read(&audit);
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), 4, "{text}");
    for line in &lines {
        assert!(line["time"].is_string() && line["outcome"] == "done", "{line}");
    }
    assert_eq!((&lines[0]["after"]["Name"], &lines[1]["before"][0]["Name"]), (&json!("Desk <1>"), &json!("Desk <1>")));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(std::fs::metadata(&audit).unwrap().permissions().mode() & 0o077, 0);
    }
}

#[test]
fn the_client_confirms_only_where_the_person_said_so() {
    let tool = Tool::demo();
    let (id, was) = coworker(&tool);
    for era in ERAS {
        let mut session = start(&tool, "--allow-write coworkers --confirm client", era, Person::Absent);
        let planned = session.call("nexudus_update", &update(id, "By plan"));
        assert_eq!(planned["outcome"], "not done", "{planned}");
        assert!(planned["question"].as_str().unwrap().contains("By plan"));
        assert_eq!(name_of(&tool, id), was);
        let plan = planned["plan"].clone();
        let mut other = update(id, "Something else");
        other["plan"] = plan.clone();
        assert_eq!(session.fault("nexudus_update", &other)["argument"], "plan");
        let mut same = update(id, "By plan");
        same["plan"] = plan;
        assert_eq!(session.fault("nexudus_update", &same)["argument"], "plan", "another call made it void");
        same["plan"] = session.call("nexudus_update", &update(id, "By plan"))["plan"].clone();
        assert_eq!(session.call("nexudus_update", &same)["outcome"], "done");
        assert_eq!(session.fault("nexudus_update", &same)["argument"], "plan", "a plan is used once");
        tool.run(&format!("coworkers update {id} --yes --full-name '{was}'")).ok();
    }
    for person in [Person::Yes, Person::Absent] {
        let mut session = start(&tool, "--allow-write coworkers", Era::Stateless, person);
        let mut arguments = update(id, "By force");
        arguments["plan"] = json!("plan-1");
        session.fault("nexudus_update", &arguments);
        assert_eq!((name_of(&tool, id), session.questions.len()), (was.clone(), 0));
    }
}

/// Asks for a write and gives what the client would send with the yes.
fn asked(session: &mut Session, arguments: &Value) -> Value {
    let params = json!({"name": "nexudus_update", "arguments": arguments});
    let answer = session.request("tools/call", params.clone());
    assert_eq!(answer["result"]["resultType"], "input_required", "{answer}");
    let mut params = params;
    params["requestState"] = answer["result"]["requestState"].clone();
    params["inputResponses"] = json!({"confirm": {"action": "accept", "content": {"confirm": true}}});
    params
}

#[test]
fn a_plan_is_used_once_for_its_own_call_and_only_if_nothing_changed() {
    let tool = Tool::demo();
    let (id, was) = coworker(&tool);
    let mut session = start(&tool, "--allow-write coworkers", Era::Stateless, Person::Yes);
    let says = |answer: &Value, words: &str| {
        assert_eq!(answer["result"]["isError"], true, "{answer}");
        assert!(answer["result"]["content"][0]["text"].as_str().unwrap().contains(words), "{answer}");
    };
    // The record changes while the person thinks.
    let yes = asked(&mut session, &update(id, "Late"));
    tool.run(&format!("coworkers update {id} --yes --set CityName=Leeds")).ok();
    says(&session.request("tools/call", yes), "changed since");
    // The yes is for another write.
    let mut yes = asked(&mut session, &update(id, "One"));
    yes["arguments"] = update(id, "Two");
    says(&session.request("tools/call", yes), "other arguments");
    // The state is made up.
    let mut yes = asked(&mut session, &update(id, "Three"));
    yes["requestState"] = json!("plan-0");
    says(&session.request("tools/call", yes), "no such plan");
    assert_eq!(name_of(&tool, id), was);
    // The same yes twice.
    let yes = asked(&mut session, &update(id, "Once"));
    assert_eq!(session.request("tools/call", yes.clone())["result"]["isError"], json!(false));
    tool.run(&format!("coworkers update {id} --yes --full-name '{was}'")).ok();
    says(&session.request("tools/call", yes), "no such plan");
    assert_eq!(name_of(&tool, id), was);
}

#[test]
fn what_is_not_allowed_is_refused_before_anybody_is_asked() {
    let tool = Tool::demo();
    let (id, _) = coworker(&tool);
    let mut session = start(
        &tool,
        "--allow-write taxrates,coworkers,resources --max-ids 2 --business 1",
        Era::Stateless,
        Person::Yes,
    );
    let delete = |entity: &str, ids: Value| json!({"entity": entity, "id": ids});
    session.fault("nexudus_delete", &delete("bookings", json!([1])));
    assert_eq!(session.fault("nexudus_delete", &delete("taxrates", json!([1, 2, 3])))["argument"], "id");
    let rooms = tool.run("resources list --all --json").data();
    let room = rooms.as_array().unwrap().iter().find(|room| room["BusinessId"] != 1).unwrap()["Id"].clone();
    let values = json!({"Name": "Elsewhere"});
    let fault = session.fault("nexudus_update", &json!({"entity": "resources", "id": room, "values": values}));
    assert!(fault["error"].as_str().unwrap().contains("location 1"), "{fault}");
    for values in [
        json!({"FullName": "«PII:NAME:7f3a01c2»"}),
        json!({"Id": 5}),
        json!({"FulName": "x"}),
        json!({"Active": "maybe"}),
        json!({}),
    ] {
        session.fault("nexudus_update", &json!({"entity": "coworkers", "id": id, "values": values}));
    }
    let fault = session.fault("nexudus_run_command", &json!({"entity": "coworkers", "key": "NO_SUCH", "id": id}));
    assert_eq!(fault["argument"], "key");
    assert!(session.questions.is_empty());
}

#[test]
fn numbers_are_written_with_the_digits_that_were_given() {
    let tool = Tool::demo();
    let audit = tool.path("audit.jsonl");
    let flags = format!("--allow-write all --confirm client --audit {}", audit.display());
    let mut session = start(&tool, &flags, Era::Stateless, Person::Absent);
    let id = session.call("nexudus_list", &json!({"entity": "products", "size": 1}))["rows"][0][0].clone();
    let call = |session: &mut Session, plan: &str| {
        let arguments =
            format!("{{\"entity\":\"products\",\"id\":{id},\"values\":{{\"Price\":12.3400000000000000000001}}{plan}}}");
        let text = format!(
            "{{\"jsonrpc\":\"2.0\",\"id\":9001,\"method\":\"tools/call\",\"params\":{{\"name\":\"nexudus_update\",\"arguments\":{arguments},\"_meta\":{{\"io.modelcontextprotocol/protocolVersion\":\"2026-07-28\",\"io.modelcontextprotocol/clientInfo\":{{\"name\":\"t\",\"version\":\"1\"}},\"io.modelcontextprotocol/clientCapabilities\":{{}}}}}}}}"
        );
        session.send_line(&text);
        session.receive()["result"]["content"][0]["text"].as_str().unwrap().to_owned()
    };
    let planned = call(&mut session, "");
    assert!(planned.contains("12.3400000000000000000001"), "{planned}");
    let plan: Value = serde_json::from_str(&planned).unwrap();
    let done = call(&mut session, &format!(",\"plan\":{}", plan["plan"]));
    assert!(read(&audit).contains("12.3400000000000000000001"), "{done}");
}
