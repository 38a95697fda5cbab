//! The spellings of the service's own tool: scripts that were written for it go on working.

use serde_json::Value;

use crate::tool::Tool;

#[test]
fn bare_output_flags() {
    let tool = Tool::demo();
    for place in [
        "--json bookings list --page-size 1",
        "bookings list --page-size 1 --json",
        "bookings --json list --page-size 1",
    ] {
        assert_eq!(tool.run(place).json()["ok"], true, "{place}");
    }
    assert!(tool.run("bookings list --md --page-size 1").ok().starts_with("| Id |"));
    let agent = tool.run("coworkers list --agent --page-size 1").json();
    assert_eq!((&agent["piiRedaction"], &agent["piiRedactionReason"]), (&"on".into(), &"non-interactive".into()));
    assert!(agent["data"][0]["FullName"].as_str().unwrap().starts_with("«PII:NAME:"), "{agent}");
}

#[test]
fn pages() {
    let tool = Tool::demo();
    let page = tool.run("bookings list --page-number 2 --page-size 3 --json").json();
    assert_eq!((page["meta"]["page"].as_u64(), page["meta"]["pageSize"].as_u64()), (Some(2), Some(3)));
}

#[test]
fn a_query_searches_names() {
    let tool = Tool::demo();
    let name = tool.run("resources list --size 1 --jq '.[0].Name' --raw-output").ok();
    let found = tool.run(&format!("resources list --query '{}' --json", name.trim())).data();
    assert_eq!(found[0]["Name"], name.trim());
}

#[test]
fn a_location() {
    let tool = Tool::demo();
    let id = tool.run("businesses list --size 1 --jq '.[0].Id'").ok();
    let id = id.trim();
    let found = tool.run(&format!("tariffs list --business {id} --json")).data();
    assert!(found.as_array().unwrap().iter().all(|tariff| format!("{}", tariff["BusinessId"]) == id));
    assert_eq!(tool.run("tariffs list --business 999999 --jq length").ok().trim(), "0");
    // Where the service has no such filter, all that an answer could do is pretend.
    let none = tool.run(&format!("coworkers list --business {id} --page-size 1"));
    assert!(none.code == 0 && none.stderr.contains("--business is ignored"), "{none:?}");
    let json = tool.run(&format!("coworkers list --business {id} --page-size 1 --json")).json();
    assert!(json["warnings"][0].as_str().unwrap().contains("--business is ignored"), "{json}");
    let body = tool.run(&format!("tariffs create --business {id} --name A --dry-run --json")).data();
    assert_eq!(body["body"]["BusinessId"].to_string(), id);
}

#[test]
fn ids_that_are_repeated() {
    let tool = Tool::demo();
    let ids: Vec<Value> = serde_json::from_str(&tool.run("coworkers list --size 3 --jq 'map(.Id)'").ok()).unwrap();
    let found = tool.run(&format!("coworkers list --id {} --id {} --jq length", ids[0], ids[2])).ok();
    assert_eq!(found.trim(), "2");
}

#[test]
fn commands_with_parameters() {
    let tool = Tool::demo();
    let dry = tool.run("bookings run-command KEY 1,2 -p N=V -p M=W --dry-run --json").data();
    assert_eq!(dry["body"]["Ids"].to_string(), "[1,2]");
    assert_eq!(dry["body"]["Parameters"][1]["Name"], "M");
}

#[test]
fn yes_in_one_letter() {
    let tool = Tool::demo();
    assert_eq!(tool.run("bookings delete 999999999").code, 11);
    assert_eq!(tool.run("bookings delete 999999999 -y").code, 3);
}

#[test]
fn flags_with_a_dash_before_each_capital() {
    let tool = Tool::demo();
    let body =
        tool.run("webhooks create --name a --u-r-l https://example.com/ --business-id 1 --action 6 --dry-run --json");
    assert_eq!(body.data()["body"]["URL"], "https://example.com/");
    let body = tool.run("coworkers create --full-name A --tax-i-d-number X --dry-run --json").data();
    assert_eq!(body["body"]["TaxIDNumber"], "X");
}

#[test]
fn switches_that_empty_a_file() {
    let tool = Tool::demo();
    let id = tool.run("resources list --size 1 --jq '.[0].Id'").ok();
    let dry = tool.run(&format!("resources update {} --clear-picture-file --dry-run --json", id.trim()));
    assert_eq!(dry.data()["body"]["ClearPictureFile"], true);
}

#[test]
fn another_base_address() {
    let tool = Tool::demo();
    let mut command = tool.command();
    command.env_remove("NEXUDUS_BASE_URL").args(["bookings", "list", "--json", "--base-url", &tool.sandbox.url()]);
    assert_eq!(crate::tool::finish(&mut command, "").json()["ok"], true);
}
