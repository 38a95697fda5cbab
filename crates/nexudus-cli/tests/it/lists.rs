//! `list` and `get`.

use crate::tool::Tool;

#[test]
fn a_list_in_every_format() {
    let tool = Tool::demo();
    let list = |format: &str| tool.run(&format!("tariffs list --columns Id,Name,Price --limit 2 {format}")).ok();
    insta::assert_snapshot!(list(""), @r"
    Id  Name        Price
     1  Day a week   60.0
     2  Day a week   55.0
    ");
    insta::assert_snapshot!(list("--json"), @r#"
    {"piiRedaction":"off","piiRedactionReason":"output format","data":[
    {"Id":1,"Name":"Day a week","Price":60.0},
    {"Id":2,"Name":"Day a week","Price":55.0}
    ],"ok":true,"summary":"Found 8 tariffs (page 1/4)","breadcrumbs":["tariffs","list"],"meta":{"total":8,"page":1,"pageSize":2,"totalPages":4}}
    "#);
    insta::assert_snapshot!(list("--output jsonl"), @r#"
    {"Id":1,"Name":"Day a week","Price":60.0}
    {"Id":2,"Name":"Day a week","Price":55.0}
    "#);
    insta::assert_snapshot!(list("--output csv"), @r"
    Id,Name,Price
    1,Day a week,60.0
    2,Day a week,55.0
    ");
    insta::assert_snapshot!(list("--md"), @r"
    | Id | Name | Price |
    | --- | --- | --- |
    | 1 | Day a week | 60.0 |
    | 2 | Day a week | 55.0 |
    ");
    insta::assert_snapshot!(list("--output yaml"), @r"
    - Id: 1
      Name: Day a week
      Price: 60.0
    - Id: 2
      Name: Day a week
      Price: 55.0
    ");
    insta::assert_snapshot!(list("--jq '.[] | .Name'"), @r#"
    "Day a week"
    "Day a week"
    "#);
    insta::assert_snapshot!(list("--jq '.[0].Name' --raw-output"), @"Day a week");
}

#[test]
fn columns_are_named_added_and_left_out() {
    let tool = Tool::demo();
    let list = |flags: &str| tool.run(&format!("coworkers list --limit 1 {flags}")).ok();
    let header = |flags: &str| list(flags).lines().next().unwrap().split_whitespace().collect::<Vec<_>>().join(" ");
    assert_eq!(header(""), "Id FullName Email CoworkerType CompanyName MobilePhone Active");
    assert_eq!(header("--columns FullName,Id"), "FullName Id");
    for flags in ["--columns +ProfileTags,-Email", "--columns=+ProfileTags,-Email"] {
        assert_eq!(header(flags), "Id FullName CoworkerType CompanyName MobilePhone Active ProfileTags", "{flags}");
    }
    assert_eq!((list("").lines().count(), list("--no-header").lines().count()), (2, 1));
}

#[test]
fn csv_for_other_programs() {
    let tool = Tool::sample();
    let user = tool.run("users list --limit 1 --jq '.[0].Id'").ok();
    let text = "=1+1; 2";
    tool.run(&format!("chatusermessages create --from-user-id {} --chat-text '{text}'", user.trim())).ok();
    let csv = |flags: &str| tool.run(&format!("chatusermessages list --columns ChatText --output csv {flags}")).ok();
    assert!(csv("").lines().any(|line| line == "'=1+1; 2"), "{}", csv(""));
    assert!(csv("--csv-raw").lines().any(|line| line == text));
    assert!(csv("--delimiter ';'").lines().any(|line| line == "\"'=1+1; 2\""));
    assert_eq!(csv("--bom"), format!("\u{feff}{}", csv("")));
}

#[test]
fn an_expression_without_an_end_is_an_error() {
    let tool = Tool::sample();
    let done = tool.run("users list --limit 1 --jq 'def f: 1 + f; f'");
    assert_eq!((done.code, done.stdout.as_str()), (1, ""), "{}", done.stderr);
    assert!(done.stderr.contains("--jq: the expression recurses too deep"), "{}", done.stderr);
}

#[test]
fn pages_follow_each_other_under_one_header() {
    let tool = Tool::demo();
    let total = tool.run("bookings list --json --size 1").json()["meta"]["total"].as_u64().unwrap();
    let all = tool.run("bookings list --all --output csv --size 7 --columns Id").ok();
    assert_eq!(all.lines().count() as u64, total + 1);
    assert_eq!(all.lines().filter(|line| *line == "Id").count(), 1);
    let json = tool.run("bookings list --all --json --size 7").json();
    assert_eq!(json["data"].as_array().unwrap().len() as u64, total);
    assert_eq!(json["meta"]["total"], total);
    assert_eq!(tool.run("bookings list --limit 30 --jq length").ok().trim(), total.min(30).to_string());
    let page = tool.run("bookings list --page-number 2 --page-size 3 --json").json();
    assert_eq!((page["meta"]["page"].as_u64(), page["meta"]["pageSize"].as_u64()), (Some(2), Some(3)));
}

#[test]
fn filters_ranges_and_order() {
    let tool = Tool::demo();
    let ids = |line: &str| tool.run(&format!("{line} --jq 'map(.Id)'")).ok();
    let all = ids("bookings list --limit 1000");
    assert_eq!(ids("bookings list --limit 1000 --where 'CreatedOn>=2000-01-01'"), all);
    assert_eq!(ids("bookings list --to-created-on 2000-01-01").trim(), "[]");
    assert_eq!(ids("bookings list --where 'CreatedOn<=2000-01-01'").trim(), "[]");
    let up =
        tool.run("bookings list --order-by FromTime --limit 5 --jq 'map(.FromTime) == (map(.FromTime) | sort)'").ok();
    assert_eq!(up.trim(), "true");
    let name = tool.run("coworkers list --limit 1 --jq '.[0].FullName' --raw-output").ok();
    let found = tool.run(&format!("coworkers list --query '{}' --jq 'map(.FullName) | unique'", name.trim())).ok();
    assert_eq!(found.trim(), format!("[{:?}]", name.trim()));
    let some = tool.run("coworkers list --limit 2 --jq 'map(.Id) | map(tostring) | join(\",\")' --raw-output").ok();
    let (one, two) = some.trim().split_once(',').unwrap();
    assert_eq!(tool.run(&format!("coworkers list --id {one} --id {two} --jq length")).ok().trim(), "2");
}

#[test]
fn a_record_by_its_id() {
    let tool = Tool::demo();
    let id = tool.run("coworkers list --limit 1 --jq '.[0].Id'").ok();
    let id = id.trim();
    let json = tool.run(&format!("coworker get {id} --json")).json();
    assert_eq!(json["ok"], true);
    assert_eq!(json["data"]["Id"].to_string(), id);
    assert_eq!(json["breadcrumbs"], serde_json::json!(["coworkers", "get"]));
    assert!(tool.run(&format!("coworkers get {id}")).ok().contains("FullName"));
    let missing = tool.run("coworkers get 999999999 --json");
    assert_eq!((missing.code, missing.stdout.as_str()), (3, ""));
    let error: serde_json::Value = serde_json::from_str(&missing.stderr).unwrap();
    assert_eq!((&error["ok"], &error["data"]), (&false.into(), &serde_json::Value::Null));
}

#[test]
fn a_jq_expression_sees_the_answer_and_gives_json() {
    let tool = Tool::demo();
    let big = "9007199254740993, 1e400, 123456789012345678901234567890.10";
    let lines = tool.run(&format!("tariffs list --limit 1 --jq '{big}'")).ok();
    assert_eq!(lines.lines().collect::<Vec<_>>().join(", "), big);
    for no_json in ["nan", "[infinite]", "{(1): 2}", "\"é\" | tobytes"] {
        let done = tool.run(&format!("tariffs list --limit 1 --jq '{no_json}'"));
        assert_eq!((done.code, done.stdout.as_str()), (1, ""), "{no_json}: {done:?}");
        assert!(done.stderr.contains("can't be written as JSON"), "{no_json}: {done:?}");
    }
    for more in ["halt", "halt_error(7)", "debug", "stderr", "env", "$ENV", "input"] {
        let done = tool.run(&format!("tariffs list --limit 1 --jq '{more}'"));
        assert_eq!((done.code, done.stdout.as_str()), (2, ""), "{more}: {done:?}");
    }
}
