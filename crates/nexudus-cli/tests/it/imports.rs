//! `import`.

use nexudus_client::model;
use nexudus_client::model::core::{EntityTable, Field, Kind, Operation};
use serde_json::Value;

use crate::tool::{Done, Tool, finish, read};

fn counts(done: &Done) -> Vec<String> {
    let json: Value = serde_json::from_str(&done.stdout).unwrap();
    json["data"].as_array().unwrap().iter().map(|row| row["Outcome"].as_str().unwrap().to_owned()).collect()
}

/// What the sandbox answers, without a process for each question.
fn ask(tool: &Tool, method: &str, path: &str, body: String) -> Value {
    let request = http::Request::builder()
        .method(method)
        .uri(format!("/api/{path}"))
        .header("host", "localhost")
        .header("content-type", "application/json")
        .header("authorization", format!("Bearer {}", nexudus_sandbox::TOKEN));
    let answer = tool.sandbox.service().handle(&request.body(body.into()).unwrap());
    serde_json::from_slice(answer.body()).unwrap_or_default()
}

/// The id of a record that the sandbox has; an entity that lists nothing without a filter is tried.
fn some_id(tool: &Tool, table: &EntityTable) -> Option<i64> {
    ask(tool, "GET", &format!("{}?size=1", table.path()), String::new())["Records"][0]["Id"].as_i64()
}

/// A record with a value in every text, number and relation that a create takes; texts are hard for CSV.
fn filled(tool: &Tool, table: &'static EntityTable) -> Value {
    let value = |field: &Field| match field.kind {
        Kind::Id(entity) => some_id(tool, model::find(entity)?).map(Value::from),
        Kind::Int => Some(Value::from(3)),
        Kind::Text if field.name.ends_with("Id") || field.name.ends_with("URL") => None,
        Kind::Text => Some(Value::from("=1+\"a\",\r\n'é \t-")),
        Kind::Bool => Some(Value::from(false)),
        Kind::DateTime => Some(Value::from("2026-01-01T09:00:00Z")),
        Kind::Civil => Some(Value::from("2026-01-01T09:00:00")),
        Kind::Enum(values) => Some(Value::from(values.values.first()?.0)),
        Kind::Decimal => Some(serde_json::from_str("12.5").unwrap()),
        _ => None,
    };
    let takes = |field: &&Field| field.is_creatable() && !field.is_write_only() && !field.is_sensitive();
    let fields = table.all_fields().filter(takes);
    fields.filter_map(|field| Some((field.name.to_owned(), value(field)?))).collect::<serde_json::Map<_, _>>().into()
}

/// The words that give a list the filters that the service asks for: the id of a record that the filter is about.
fn required_filters(tool: &Tool, table: &EntityTable) -> String {
    let flag = |name: &&str| {
        let field = table.all_fields().find(|field| table.filter_name(field).as_deref() == Some(name)).unwrap();
        let Kind::Id(entity) = field.kind else { panic!("{name} takes no id") };
        let id = tool.run(&format!("{entity} list --limit 1 --jq '.[0].Id'")).ok();
        format!("--{} {}", field.name, id.trim())
    };
    table.required_filters.iter().map(flag).collect::<Vec<_>>().join(" ")
}

#[test]
fn what_list_prints_as_csv_is_no_change_for_every_entity() {
    let tool = Tool::demo();
    let tables = model::tables().iter().filter(|table| table.allows(Operation::List) && table.allows(Operation::Get));
    // Records need records that they are about, so it takes a few rounds.
    for _ in 0..3 {
        for table in model::tables().iter().filter(|table| table.allows(Operation::Create)) {
            ask(&tool, "POST", &table.path(), filled(&tool, table).to_string());
        }
    }
    let has_records = |table: &&&EntityTable| !table.required_filters.is_empty() || some_id(&tool, table).is_some();
    let tables: Vec<_> = tables.filter(has_records).collect();
    let round_trip = |table: &EntityTable| {
        let filters = required_filters(&tool, table);
        let csv = tool.run(&format!("{} list --limit 3 --output csv {filters}", table.plural)).ok();
        let done = tool.run_with(&format!("import {} - --dry-run --json", table.plural), &csv);
        assert_eq!(done.code, 0, "{}: {done:?}", table.name);
        let outcomes = counts(&done);
        assert!(outcomes.iter().all(|outcome| outcome == "unchanged"), "{}: {}", table.name, done.stdout);
        outcomes.len()
    };
    let rows: usize = std::thread::scope(|scope| {
        let parts = tables
            .chunks(tables.len().div_ceil(4))
            .map(|part| scope.spawn(|| part.iter().map(|table| round_trip(table)).sum::<usize>()));
        parts.collect::<Vec<_>>().into_iter().map(|part| part.join().unwrap()).sum()
    });
    assert!(tables.len() > 170 && rows > 300, "{} entities, {rows} rows", tables.len());
}

#[test]
fn rows_create_update_and_fail_each_for_itself() {
    let tool = Tool::sample();
    let user = tool.run("users list --limit 1 --jq '.[0].Id'").ok().trim().to_owned();
    let file =
        tool.write("new.csv", &format!("FromUserId,ChatText,SystemId\n{user},'=1+1,a\n{user},two,b\n,three,c\n"));
    let dry = tool.run(&format!("import chatusermessages {} --dry-run --json", file.display()));
    assert_eq!(counts(&dry), ["would be created", "would be created", "would be created"]);
    let done = tool.run(&format!("import chatusermessages {} --json", file.display()));
    assert_eq!(
        (done.code, counts(&done)),
        (10, vec!["created".to_owned(), "created".to_owned(), "failed".to_owned()]),
        "{done:?}"
    );
    let text = tool.run("chatusermessages list --all --jq 'map(select(.SystemId == \"a\")) | .[0].ChatText'").ok();
    assert_eq!(text, "\"=1+1\"\n");
    // The journal of what did not end well stands in the way, until it is gone on with.
    let journal = format!("{}.journal", file.display());
    assert!(read(journal.as_ref()).contains("\"created\""));
    assert_eq!(tool.run(&format!("import chatusermessages {} --json", file.display())).code, 2);
    let again = tool.run(&format!("import chatusermessages {} --resume --json", file.display()));
    assert_eq!(counts(&again), ["done before", "done before", "failed"]);
    // The same file with its fault mended: a SystemId is found and not created again.
    let mended = tool.write(
        "mended.csv",
        &format!("FromUserId,ChatText,SystemId\n{user},'=1+1,a\n{user},changed,b\n{user},three,c\n"),
    );
    let done = tool.run(&format!("import chatusermessages {} --json", mended.display()));
    assert_eq!(
        (done.code, counts(&done)),
        (0, vec!["unchanged".to_owned(), "updated".to_owned(), "created".to_owned()]),
        "{done:?}"
    );
    assert!(!std::path::Path::new(&format!("{}.journal", mended.display())).exists());
}

#[test]
fn json_lines_keep_their_numbers() {
    let tool = Tool::demo();
    let lines = tool.run("tariffs list --limit 2 --output jsonl").ok();
    let done = tool.run_with("import tariffs - --dry-run --json", &lines);
    assert_eq!(counts(&done), ["unchanged", "unchanged"], "{done:?}");
}

#[test]
fn a_create_without_an_answer_is_found_again() {
    let fault = "POST /api/sys/chatusermessages next=1 reset=true applied=true".parse();
    let Ok(fault) = fault else { panic!("{fault:?}") };
    let tool = Tool::with(nexudus_sandbox::Sandbox::builder().fault(fault).start_blocking().unwrap());
    let user = tool.run("users list --limit 1 --jq '.[0].Id'").ok().trim().to_owned();
    let file = tool.write("new.csv", &format!("FromUserId,ChatText\n{user},one\n{user},two\n"));
    let before = total(&tool);
    let done = tool.run(&format!("import chatusermessages {} --json", file.display()));
    assert_eq!((done.code, counts(&done)), (0, vec!["created".to_owned(), "created".to_owned()]), "{done:?}");
    assert_eq!(total(&tool), before + 2);
}

fn total(tool: &Tool) -> u64 {
    tool.run("chatusermessages list --json --size 1").json()["meta"]["total"].as_u64().unwrap()
}

#[test]
fn a_run_that_was_killed_goes_on_where_it_stopped() {
    let tool = Tool::sample();
    let user = tool.run("users list --limit 1 --jq '.[0].Id'").ok().trim().to_owned();
    let text: String = (0..40).map(|number| format!("{user},row {number}\n")).collect();
    let file = tool.write("new.csv", &format!("FromUserId,ChatText\n{text}"));
    let before = total(&tool);
    let mut child = tool
        .command()
        .args(["import", "chatusermessages", file.to_str().unwrap()])
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::null())
        .spawn()
        .unwrap();
    while total(&tool) < before + 5 {
        std::thread::yield_now();
    }
    child.kill().unwrap();
    child.wait().unwrap();
    let done = tool.run(&format!("import chatusermessages {} --resume --json", file.display()));
    assert_eq!(done.code, 0, "{done:?}");
    assert_eq!(total(&tool), before + 40, "{}", done.stdout);
}

#[test]
fn files_that_are_not_what_they_should_be() {
    let tool = Tool::sample();
    let says = |text: &str| {
        let done = finish(tool.command().args(["import", "chatusermessages", "-"]), text);
        assert_ne!(done.code, 0, "{text}: {done:?}");
        done.stderr
    };
    insta::assert_snapshot!(says("Nothing,ChatText\n1,2\n"), @r#"
    nexudus: ChatUserMessage has no property "Nothing"
    `nexudus describe chatusermessages` lists its properties.
    "#);
    insta::assert_snapshot!(says("ChatText,chat-text\n1,2\n"), @"nexudus: the column ChatText occurs twice");
    insta::assert_snapshot!(says("Id,ChatText\nx,2\n"), @r#"nexudus: some rows failed (1 failed): expected the id of a record, a whole number from 1, found "x""#);
    insta::assert_snapshot!(says("Id,ChatText\n1,2,3\n"), @"nexudus: the import stopped (no rows): row 1: CSV error: record 1 (line: 2, byte: 12): found record with 3 fields, but the previous record has 2 fields");
    insta::assert_snapshot!(says("{\"Id\": \n"), @"nexudus: the import stopped (no rows): row 1: EOF while parsing a value at line 1 column 6");
    insta::assert_snapshot!(says("FromUserId\nmany\n"), @r#"nexudus: some rows failed (1 failed): FromUserId: expected the id of a record of User: a whole number, found "many""#);
    assert_eq!(finish(tool.command().args(["import", "chatusermessages", "-"]), "").code, 0);
}

#[test]
fn a_file_that_was_cut_or_has_two_meanings_is_refused() {
    let tool = Tool::demo();
    let says = |input: &str| {
        let done = tool.run_with("import bookings - --dry-run", input);
        assert_eq!(done.code, 2, "{input}: {done:?}");
        done.stderr
    };
    for cut in ["Id,Notes\n5004,\"cut", "Id,Notes\n5004,\"a stray\n5005,x\n5006,y\n", "Id,Notes\n5004,\"\"\"\n"] {
        let said = says(cut);
        assert!(said.contains("row 1, or one before it: a quote is not closed"), "{cut}: {said}");
    }
    let whole = "\u{feff}\"Id\",\"Notes\"\r\n5004,\"a \"\"b\"\"\nc\"\r\n5005,5\" pipe\r\n5006,\"\"\n5007,\"end\"";
    assert_eq!(tool.run_with("import bookings - --dry-run", whole).code, 0);
    assert!(says("[{\"Id\":5004,\"Notes\":\"x\"}]").contains("an object a line"));
    assert!(says("{\"Id\":5004,\"notes\":\"x\"}").contains("did you mean Notes?"));
    // A property that this version does not know is sent.
    assert_eq!(tool.run_with("import bookings - --dry-run", "{\"Id\":5004,\"Novel\":1}").code, 0);
}

/// Ids of an export are those of its account.
#[test]
fn an_export_goes_into_another_account_without_its_ids() {
    let (from, to) = (Tool::sample(), Tool::sample());
    let user = to.run("users list --limit 1 --jq '.[0].Id'").ok();
    from.run(&format!("chatusermessages create --from-user-id {} --chat-text once", user.trim())).ok();
    let csv = |columns: &str| from.run(&format!("chatusermessages list --all --output csv {columns}")).ok();
    let with_ids = to.run_with("import chatusermessages - --yes", &format!("Id,ChatText\n{},x\n", 99_999_999));
    assert!(with_ids.stdout.contains("without the column, it creates one"), "{with_ids:?}");
    let rows = csv("--columns FromUserId,ChatText").lines().count() - 1;
    let done = to.run_with("import chatusermessages - --yes", &csv("--columns FromUserId,ChatText"));
    assert_eq!(done.code, 0, "{done:?}");
    assert!(done.stderr.contains(&format!("{rows} created")), "{done:?}");
}

#[test]
fn two_imports_do_not_share_a_journal() {
    let tool = Tool::sample();
    let user = tool.run("users list --limit 1 --jq '.[0].Id'").ok();
    tool.write("rows.csv", &format!("FromUserId,ChatText\n{},x\n", user.trim()));
    let journal = std::fs::File::create(tool.path("rows.csv.journal")).unwrap();
    journal.lock().unwrap();
    let second = tool.run("import chatusermessages rows.csv --yes --resume");
    assert!(second.code == 2 && second.stderr.contains("in use by another import"), "{second:?}");
    journal.unlock().unwrap();
    // Nothing was begun, so there is nothing to resume.
    tool.run("import chatusermessages rows.csv --yes").ok();
    assert!(!tool.path("rows.csv.journal").exists());
}
