//! `create`, `update`, `edit`, `delete`, `body`, `file` and `run-command`.

use serde_json::Value;

use crate::tool::{Tool, finish, read};

fn user(tool: &Tool) -> String {
    tool.run("users list --limit 1 --jq '.[0].Id'").ok().trim().to_owned()
}

fn new_chat(tool: &Tool, text: &str) -> String {
    let id = tool.run(&format!("chatusermessages create --from-user-id {} --chat-text '{text}' --jq x", user(tool)));
    assert_eq!(id.code, 2, "create takes no --jq");
    let made = tool.run(&format!("chatusermessages create --from-user-id {} --chat-text '{text}' --json", user(tool)));
    made.data()["Id"].to_string()
}

#[test]
fn a_record_from_its_creation_to_its_end() {
    let tool = Tool::sample();
    let id = new_chat(&tool, "hello");
    let same = tool.run(&format!("chatusermessages update {id} --chat-text hello --json")).json();
    assert_eq!(same["summary"], format!("ChatUserMessage {id} is unchanged"));
    let changed = tool.run(&format!("chat-user-message update {id} --chat-text bye")).ok();
    assert_eq!(changed, format!("ChatUserMessage {id}\n  ChatText: \"hello\" -> \"bye\"\n"));
    let dry = tool.run(&format!("chatusermessages update {id} --set ChatText=again --dry-run --json")).data();
    assert_eq!((&dry["method"], &dry["body"]["ChatText"]), (&"PUT".into(), &"again".into()));
    assert_eq!(dry["changes"][0]["before"], "bye");
    let now = tool.run(&format!("chatusermessages get {id} --jq .ChatText --raw-output")).ok();
    assert_eq!(now, "bye\n");
    let unset = tool.run(&format!("chatusermessages update {id} --unset ChatText --jq x"));
    assert_eq!(unset.code, 2);
    tool.run(&format!("chatusermessages update {id} --unset ChatText")).ok();
    assert_eq!(tool.run(&format!("chatusermessages get {id} --jq .ChatText")).ok(), "null\n");

    // Nobody is there to be asked.
    let asked = tool.run(&format!("chatusermessages delete {id}"));
    assert_eq!((asked.code, asked.stdout.as_str()), (11, ""));
    tool.run(&format!("chatusermessages delete {id} --yes")).ok();
    assert_eq!(tool.run(&format!("chatusermessages get {id}")).code, 3);
    assert_eq!(tool.run(&format!("chatusermessages delete {id} -y")).code, 3);
}

#[test]
fn members_of_a_list_are_added_and_removed() {
    let tool = Tool::demo();
    let ids = tool.run("coworkers list --limit 2 --jq '.[].Id'").ok();
    let (one, two) = ids.trim().split_once('\n').unwrap();
    let team = tool.run("teams list --limit 1 --jq '.[0].Id'").ok().trim().to_owned();
    let members = || tool.run(&format!("teams get {team} --jq .TeamMembers")).ok().trim().to_owned();
    let before = members();
    tool.run(&format!("teams update {team} --added-team-members {one} --added-team-members {two}")).ok();
    assert!(members().contains(one) && members().contains(two), "{}", members());
    tool.run(&format!("teams update {team} --removed-team-members {one},{two}")).ok();
    assert_eq!(members(), before);
}

#[test]
fn several_records_are_deleted_with_an_outcome_each() {
    let tool = Tool::sample();
    let ids: Vec<_> = (0..5).map(|number| new_chat(&tool, &number.to_string())).collect();
    let done = tool.run(&format!("chatusermessages delete {} 999999999 {} -y --json", ids[0], ids[1]));
    assert_eq!(done.code, 10, "{done:?}");
    let rows: Value = serde_json::from_str(&done.stdout).unwrap();
    let outcomes: Vec<_> =
        rows["data"].as_array().unwrap().iter().map(|row| row["Outcome"].as_str().unwrap()).collect();
    assert_eq!(outcomes, ["deleted", "not deleted", "deleted"]);
    let input = format!("Name,Id\na,{}\n", ids[2]);
    tool.run_with("chatusermessages delete - -y", &input).ok();
    tool.run_with("chatusermessages delete --ids - -y", &format!("{{\"Id\":{}}}\n", ids[3])).ok();
    assert_eq!(tool.run(&format!("chatusermessages get {}", ids[4])).code, 0);
    let dry = tool.run(&format!("chatusermessages delete {} --dry-run", ids[4])).ok();
    assert!(dry.starts_with("DELETE http://127.0.0.1:"), "{dry}");
    assert_eq!(tool.run(&format!("chatusermessages get {}", ids[4])).code, 0);
}

#[test]
fn ids_come_from_what_list_prints() {
    let tool = Tool::demo();
    let ids: Vec<String> =
        tool.run("bookings list --limit 3 --columns Id --no-header").ok().lines().map(str::to_owned).collect();
    let expected: Vec<String> = ids.iter().map(|id| format!("/spaces/bookings/{}", id.trim())).collect();
    for flags in
        ["", "--columns Id", "--json", "--output jsonl", "--output csv", "--columns ResourceName,Id --output csv"]
    {
        let list = tool.run(&format!("bookings list --limit 3 {flags}")).ok();
        let requests = tool.run_with("bookings delete - --dry-run", &list).ok();
        assert_eq!(requests.lines().count(), 3, "{flags}: {requests}");
        assert!(requests.lines().zip(&expected).all(|(line, end)| line.ends_with(end)), "{flags}: {requests}");
    }
    let refused = tool.run_with("bookings delete - --dry-run", &tool.run("bookings list --limit 3 --output md").ok());
    assert_eq!(refused.code, 2, "{}", refused.stderr);
    assert!(refused.stderr.contains("`list --output jsonl` prints what is read here"), "{}", refused.stderr);
}

#[test]
fn what_the_service_refuses_names_the_properties() {
    let tool = Tool::sample();
    let done = tool.run("chatusermessages create --chat-text x --json");
    assert_eq!((done.code, done.stdout.as_str()), (6, ""), "{done:?}");
    let error: Value = serde_json::from_str(&done.stderr).unwrap();
    assert_eq!(error["error"]["fields"][0]["property"], "FromUser", "{error}");
    assert_eq!(error["error"]["exitCode"], 6);
}

#[test]
fn a_body_comes_from_a_file_or_standard_input() {
    let tool = Tool::sample();
    let user = user(&tool);
    let body = tool.run("chatusermessages body").ok();
    insta::assert_snapshot!(body, @r"
    # ChatUserMessage
    # A message of the former one-to-one chat between users, which community threads and groups have replaced.

    # required; id of a User
    FromUserId:

    # The users that the line is for. (ids of User, repeat or separate by commas)
    #ToUsers:

    # text
    #ChatText:

    # Whether the line was delivered. The service spells the name so. (true or false)
    #Delievered:

    # Free text that belongs to the caller, such as the key of the record in another system. (text)
    #SystemId:

    # Custom values: an object whose `Data` is a list of `Name`, `Value`, `JsonValue` and `Type`. `Value` is always text. Of two entries with one name only the first is kept. (JSON)
    #CustomFields:
    ");
    let filled = body.replace("FromUserId:", &format!("FromUserId: {user}")).replace("#ChatText:", "ChatText: 007");
    let path = tool.write("body.yaml", &filled);
    let made = tool.run(&format!("chatusermessages create --body {} --json", path.display())).data();
    assert_eq!(made["ChatText"], "007");
    let json = format!(r#"{{"FromUserId":{user},"ChatText":"x","Other":12345678901234567890.10}}"#);
    let dry = tool.run_with("chatusermessages create --body - --dry-run --json", &json);
    assert!(dry.ok().contains(r#""Other":12345678901234567890.10"#));
    let like = tool.run(&format!("chatusermessages body --like {}", made["Id"])).ok();
    assert!(like.contains("\nChatText: \"007\"\n"), "{like}");
    let wrong = tool.run_with("chatusermessages create --body -", "ChatText: [1");
    assert_eq!(wrong.code, 2, "{wrong:?}");
}

#[test]
fn a_body_has_one_meaning() {
    let tool = Tool::demo();
    let says = |body: &str| {
        let done = tool.run_with("tariffs update 1 --body - --dry-run", body);
        assert_eq!((done.code, done.stdout.as_str()), (2, ""), "{body}: {done:?}");
        done.stderr
    };
    insta::assert_snapshot!(says("Price: 1\nPrice: 2\n"), @r#"nexudus: standard input: "Price" occurs twice"#);
    insta::assert_snapshot!(says(r#"{"Price":1,"Price":2}"#), @r#"nexudus: standard input: "Price" occurs twice"#);
    insta::assert_snapshot!(says("Price: 1\nprice: 2\n"), @r#"nexudus: standard input: Tariff has no property "price"; did you mean Price?"#);
    insta::assert_snapshot!(says("<<: {Price: 1}\n"), @"nexudus: standard input: line 1: merge keys are not read; write the properties again");
    insta::assert_snapshot!(says("Id: 2\nPrice: 1\n"), @"nexudus: the Id of Tariff 1 can't be changed: it would overwrite another record");
    let done = tool.run_with("import tariffs - --dry-run", "{\"Id\":1,\"Price\":1,\"Price\":2}\n");
    assert!(done.code != 0 && done.stderr.contains("occurs twice"), "{done:?}");
    // A record that was printed is a body for itself.
    let record = tool.run("tariffs get 1 --jq .").ok();
    assert_eq!(tool.run_with("tariffs update 1 --body - --dry-run", &record).code, 0);
}

#[test]
fn an_editor_changes_what_it_changes() {
    let tool = Tool::sample();
    let id = new_chat(&tool, "hello");
    let edit = |script: &str| {
        let path = tool.write("editor.sh", script);
        finish(
            tool.command().env("EDITOR", format!("sh {}", path.display())).args(["chatusermessages", "edit", &id]),
            "",
        )
    };
    assert_eq!(edit("exit 0").ok(), "");
    let done = edit("sed -i 's/ChatText: hello/ChatText: edited/' \"$1\"").ok();
    assert!(done.contains("ChatText: \"hello\" -> \"edited\""), "{done}");
    let kept = edit("echo ': [' >> \"$1\"");
    assert_eq!(kept.code, 2, "{kept:?}");
    let path = kept.stderr.split("What you wrote is in ").nth(1).unwrap().trim().trim_end_matches('.').to_owned();
    assert!(read(path.as_ref()).contains("edited"));
    // What holds nothing new is not left behind: it is a record of somebody.
    let left = || {
        let files = std::fs::read_dir(tool.path("settings")).unwrap().map(|file| file.unwrap().file_name());
        files.filter(|name| name.to_string_lossy().starts_with("edit-")).count()
    };
    let before = left();
    assert_eq!(edit("exit 3").code, 11);
    // An editor that leaves nothing empties no property.
    for nothing in [": > \"$1\"", "echo '# gone' > \"$1\"", "echo '{}' > \"$1\""] {
        let done = edit(nothing);
        assert_eq!((done.code, done.stdout.as_str()), (11, ""), "{nothing}: {done:?}");
        if let Some(path) = done.stderr.split("What you wrote is in ").nth(1) {
            std::fs::remove_file(path.trim().trim_end_matches('.')).unwrap();
        }
    }
    let gone = edit("rm \"$1\"");
    assert!(gone.code == 2 && !gone.stderr.contains("What you wrote"), "{gone:?}");
    assert!(tool.run(&format!("chatusermessages get {id} --jq .ChatText")).ok().contains("edited"));
    let done = finish(tool.command().env("EDITOR", "no-such-editor").args(["chatusermessages", "edit", &id]), "");
    assert!(done.code == 2 && !done.stderr.contains("What you wrote"), "{done:?}");
    assert_eq!(left(), before);
}

#[test]
fn secrets_are_hidden_and_may_stand_in_a_file() {
    let tool = Tool::sample();
    let path = tool.write("secret", "s3cret\n");
    let line = format!("users create --email a@example.com --new-password @{} --dry-run --json", path.display());
    let done = tool.run(&line);
    let text = format!("{}{}", done.stdout, done.stderr);
    assert!(done.code == 0 && text.contains("[hidden]") && !text.contains("s3cret"), "{text}");
    let shown = tool.run("users create --email a@example.com --new-password s3cret --dry-run");
    assert!(shown.stderr.contains("other users of this machine") && !shown.stdout.contains("s3cret"), "{shown:?}");
}

#[test]
fn commands_are_listed_and_run() {
    let tool = Tool::demo();
    assert!(tool.run("bookings commands --json").data().is_array());
    let dry = tool.run("bookings run-command KEY 1,2 -p N=V --dry-run --json").data();
    assert_eq!(dry["body"].to_string(), r#"{"Ids":[1,2],"Key":"KEY","Parameters":[{"Name":"N","Value":"V"}]}"#);
    assert_ne!(tool.run("bookings run-command NO_SUCH_KEY 1").code, 0);
}

#[test]
fn dates_are_shown_as_they_were_understood() {
    let tool = Tool::sample();
    let body = tool
        .run("bookings create --from-time '2026-01-31 09:00' --to-time 2026-01-31T10:00+02:00 --dry-run --json")
        .data();
    assert_eq!(
        (&body["body"]["FromTime"], &body["body"]["ToTime"]),
        (&"2026-01-31T09:00:00Z".into(), &"2026-01-31T08:00:00Z".into())
    );
}

#[test]
fn a_dry_run_of_a_list_shows_how_its_dates_were_understood() {
    let tool = Tool::demo();
    let line = "bookings list --from-from-time 2026-01-31T09:00+02:00 --where 'ToTime<=2026-02-01' --size 5 --dry-run";
    assert_eq!(
        tool.run(line).ok(),
        format!(
            "GET {}/spaces/bookings\n  size = 5\n  from_Booking_FromTime = 2026-01-31T07:00\n  to_Booking_ToTime = 2026-02-01T00:00\n",
            tool.sandbox.url()
        )
    );
    let json = tool.run(&format!("{line} --json")).data();
    assert_eq!(json["query"]["from_Booking_FromTime"], "2026-01-31T07:00");
    let secret = tool.run("coworkers list --where AccessCardId=12345 --dry-run").ok();
    assert!(secret.contains("[hidden]") && !secret.contains("12345"), "{secret}");
}

#[test]
fn a_read_only_tool_writes_nothing() {
    let tool = Tool::sample();
    let id = new_chat(&tool, "hello");
    for line in ["update ID --chat-text x", "delete ID -y", "create --from-user-id 1"] {
        let done = tool.run(&format!("chatusermessages {} --read-only", line.replace("ID", &id)));
        assert_eq!(done.code, 2, "{line}: {done:?}");
    }
    assert_eq!(tool.run(&format!("chatusermessages get {id} --jq .ChatText")).ok(), "\"hello\"\n");
}
