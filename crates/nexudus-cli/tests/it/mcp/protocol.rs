//! What both eras say of the server.

use nexudus_sandbox::TOKEN;
use serde_json::{Value, json};

use super::session::{ERAS, Era, Person, Session};
use super::start;
use crate::tool::Tool;

/// The most that the list of tools may take, in bytes.
const TOOLS_LIMIT: usize = 6 * 1024;

#[test]
fn both_eras_are_told_the_same() {
    let tool = Tool::sample();
    let mut old = start(&tool, "", Era::Initialize, Person::Absent);
    let mut new = start(&tool, "", Era::Stateless, Person::Absent);
    let discovered = new.request("server/discover", json!({}))["result"].take();
    assert!(discovered["supportedVersions"].as_array().unwrap().contains(&json!("2026-07-28")), "{discovered}");
    assert!(discovered["ttlMs"].as_u64().unwrap() > 0 && discovered["cacheScope"] == "private", "{discovered}");
    assert!(discovered["instructions"].as_str().unwrap().len() < 2048);
    let listed = new.request("tools/list", json!({}))["result"].take();
    assert!(listed["ttlMs"].as_u64().unwrap() > 0 && listed["cacheScope"] == "private", "{listed}");
    let before = old.request("tools/list", json!({}))["result"].take();
    assert!(before["resultType"].is_null());
    assert_eq!(before["tools"], listed["tools"]);
    for session in [&mut old, &mut new] {
        let (value, is_error) = session.outcome("nexudus_list_entities", &json!({"query": "bookings"}));
        assert!(!is_error && value["total"].as_u64().unwrap() > 0, "{value}");
    }
}

#[test]
fn the_tools_are_few_and_short_and_writes_are_absent_unless_allowed() {
    let tool = Tool::sample();
    for (flags, count) in [("", 5), ("--allow-write bookings", 9), ("--allow-write all", 9)] {
        let mut session = start(&tool, flags, Era::Stateless, Person::Absent);
        let listed = session.request("tools/list", json!({}));
        let tools = listed["result"]["tools"].as_array().unwrap();
        assert_eq!(tools.len(), count);
        assert!(listed["result"].to_string().len() <= TOOLS_LIMIT, "{}", listed["result"].to_string().len());
        for tool in tools {
            assert!(tool["title"].is_string(), "{tool}");
            for hint in ["readOnlyHint", "destructiveHint", "idempotentHint", "openWorldHint"] {
                assert!(tool["annotations"][hint].is_boolean(), "{tool}");
            }
            assert!(tool["description"].as_str().unwrap().len() < 2048);
        }
        let answer = session
            .request("tools/call", json!({"name": "nexudus_delete", "arguments": {"entity": "bookings", "id": 1}}));
        assert_eq!(answer["error"].is_object(), count == 5, "{answer}");
    }
}

#[test]
fn the_list_of_tools_is_pinned() {
    let tool = Tool::sample();
    let mut session = start(&tool, "--allow-write all", Era::Stateless, Person::Absent);
    let listed = session.request("tools/list", json!({}));
    let lines: Vec<String> = listed["result"]["tools"]
        .as_array()
        .unwrap()
        .iter()
        .map(|tool| {
            let hints = &tool["annotations"];
            let on: Vec<_> = ["readOnly", "destructive", "idempotent", "openWorld"]
                .into_iter()
                .filter(|hint| hints[format!("{hint}Hint")] == true)
                .collect();
            let schema = &tool["inputSchema"];
            let mut names: Vec<&String> = schema["properties"].as_object().unwrap().keys().collect();
            names.sort();
            let required = schema["required"].as_array().map(Vec::len).unwrap_or_default();
            format!("{} {names:?} {required} {on:?}", tool["name"].as_str().unwrap()).replace('"', "")
        })
        .collect();
    insta::assert_snapshot!(lines.join("\n"), @r"
    nexudus_list_entities [query, skip] 0 [readOnly, idempotent]
    nexudus_describe_entity [detail, entity, skip] 1 [readOnly, idempotent]
    nexudus_list [descending, detail, entity, fields, filters, order_by, page, query, size, skip] 1 [readOnly, idempotent, openWorld]
    nexudus_get [detail, entity, fields, id] 2 [readOnly, idempotent, openWorld]
    nexudus_create [entity, plan, values] 2 [openWorld]
    nexudus_update [entity, id, plan, values] 3 [destructive, idempotent, openWorld]
    nexudus_delete [entity, id, plan] 2 [destructive, idempotent, openWorld]
    nexudus_list_commands [entity, id] 1 [readOnly, idempotent, openWorld]
    nexudus_run_command [entity, id, key, parameters, plan] 2 [destructive, openWorld]
    ");
}

#[test]
fn resources_describe_each_entity() {
    let tool = Tool::sample();
    let mut session = start(&tool, "--deny coworkers", Era::Stateless, Person::Absent);
    let mut addresses = Vec::new();
    let mut params = json!({});
    loop {
        let listed = session.request("resources/list", params)["result"].take();
        addresses
            .extend(listed["resources"].as_array().unwrap().iter().map(|one| one["uri"].as_str().unwrap().to_owned()));
        let Some(next) = listed["nextCursor"].as_str() else { break };
        params = json!({"cursor": next});
    }
    assert_eq!(addresses.len(), nexudus_client::model::tables().len() - 1);
    for address in &addresses {
        let read = session.request("resources/read", json!({"uri": address}))["result"].take();
        let text = read["contents"][0]["text"].as_str().unwrap_or_else(|| panic!("{read}"));
        assert!(serde_json::from_str::<Value>(text).unwrap()["rows"].as_array().is_some_and(|rows| !rows.is_empty()));
    }
    for wrong in ["nexudus://entities/coworkers", "nexudus://entities/nothing", "file:///etc/passwd"] {
        assert!(session.request("resources/read", json!({"uri": wrong}))["error"].is_object());
    }
    assert!(session.request("resources/list", json!({"cursor": "x"}))["error"].is_object());
}

#[test]
fn the_server_ends_with_its_input() {
    let tool = Tool::sample();
    for era in ERAS {
        let mut session = start(&tool, "", era, Person::Absent);
        session.call("nexudus_list_entities", &json!({}));
        session.close_input();
        assert!(session.has_ended());
        assert_eq!(session.child.wait().unwrap().code(), Some(0));
    }
    let mut silent = Session::bare(tool.command().arg("mcp"), Era::Stateless, Person::Absent);
    silent.close_input();
    assert!(silent.has_ended());
    assert_eq!(silent.child.wait().unwrap().code(), Some(0));
}

#[test]
fn credentials_are_found_as_the_rest_of_the_tool_finds_them() {
    let tool = Tool::demo();
    let logged_out = crate::tool::finish(tool.bare().arg("mcp"), "");
    assert_eq!((logged_out.code, logged_out.stdout.as_str()), (4, ""), "{logged_out:?}");
    let url = tool.sandbox.url().clone();
    let set = |words: &[&str]| crate::tool::finish(tool.bare().args(words), "").ok();
    set(&["config", "set", "base-url", &url]);
    set(&["config", "set", "token-command", &format!("echo {TOKEN}")]);
    let mut session = Session::start(tool.bare().arg("mcp"), Era::Stateless, Person::Absent);
    let value = session.call("nexudus_list", &json!({"entity": "coworkers", "size": 1}));
    assert!(value["total"].as_u64().unwrap() > 0, "{value}");
}

#[test]
fn wrong_flags_are_named() {
    let tool = Tool::sample();
    for (flags, says) in [
        ("--allow-write bookngs", "bookings"),
        ("--allow-write bookings --deny booking", "--deny"),
        ("--allow-write all,bookngs", "bookings"),
        ("--allow-write ''", "names no entity"),
        ("--deny ''", "names no entity"),
        ("--deny all", "no entity \"all\""),
        ("--business 0", "--business"),
        ("--business x", "--business"),
        ("--max-ids 0", "from 1 to 1000"),
        ("--confirm me", "person or client"),
        ("--allow-write bookings --read-only", "opposite"),
        ("--audit /no/such/folder/audit", "/no/such/folder/audit"),
    ] {
        let done = tool.run(&format!("mcp {flags}"));
        assert_eq!(done.code, 2, "{flags}: {done:?}");
        assert!(done.stderr.contains(says) && done.stdout.is_empty(), "{flags}: {done:?}");
    }
}

/// The program and the words of a setting in the guide.
fn words_of(setting: &str) -> Vec<String> {
    if let Some(words) = setting.split(" -- ").nth(1) {
        return shlex::split(words.trim_end_matches('`')).unwrap();
    }
    // What stands in quotes behind the word `command`, in JSON and in TOML.
    let behind = setting.split("command").last().unwrap().trim_start_matches('"');
    behind.split('"').skip(1).step_by(2).filter(|word| *word != "args").map(str::to_owned).collect()
}

#[test]
fn each_setting_of_the_guide_starts_the_server() {
    let folder = std::path::PathBuf::from(std::env::var_os("CARGO_MANIFEST_DIR").unwrap());
    let guide = crate::tool::read(&folder.join("../../docs/mcp.md"));
    let table = guide.split("| client | setting |").nth(1).unwrap().split("\n\n").next().unwrap();
    let settings: Vec<_> = table.lines().skip(2).map(|row| row.split('|').nth(2).unwrap().trim()).collect();
    assert_eq!(settings.len(), 6, "{table}");
    let tool = Tool::demo();
    for setting in settings {
        for json in setting.split('`').filter(|part| part.starts_with('{')) {
            serde_json::from_str::<Value>(json).unwrap_or_else(|error| panic!("{error}: {json}"));
        }
        let words = words_of(setting);
        assert_eq!(words, ["nexudus", "mcp"], "{setting}");
        let mut session = Session::start(tool.command().args(&words[1..]), Era::Initialize, Person::Absent);
        assert!(session.request("tools/list", json!({}))["result"]["tools"].is_array(), "{setting}");
    }
}
