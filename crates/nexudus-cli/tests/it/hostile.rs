//! Input that means harm, and surroundings that are broken.

use std::io::Read as _;
use std::process::Stdio;

use serde_json::Value;

use crate::tool::{Tool, finish};

/// A text that drives a terminal, if it is let.
const HOSTILE: &str = "a\u{1b}[2J\u{9b}31m\rb\u{7}\u{202e}c\u{7f}\n| d |\u{2028}";

fn hostile_record(tool: &Tool) -> String {
    let user = tool.run("users list --limit 1 --jq '.[0].Id'").ok();
    let body = format!(r#"{{"FromUserId":{},"ChatText":{}}}"#, user.trim(), serde_json::to_string(HOSTILE).unwrap());
    tool.run_with("chatusermessages create --body - --json", &body).data()["Id"].to_string()
}

#[test]
fn text_of_the_service_is_shown_and_not_obeyed() {
    let tool = Tool::sample();
    let id = hostile_record(&tool);
    for line in [
        format!("chatusermessages get {id}"),
        format!("chatusermessages get {id} --md"),
        "chatusermessages list --columns ChatText".to_owned(),
        "chatusermessages list --columns ChatText --md".to_owned(),
        "chatusermessages list --columns ChatText --output yaml".to_owned(),
        format!("chatusermessages update {id} --chat-text x --dry-run"),
    ] {
        let done = tool.run(&line);
        assert_eq!(done.code, 0, "{line}: {done:?}");
        let text = format!("{}{}", done.stdout, done.stderr);
        let is_driving = |character: char| {
            character.is_control() && character != '\n' || matches!(character, '\u{202a}'..='\u{202e}' | '\u{2028}')
        };
        assert!(!text.contains(is_driving), "{line}: {text:?}");
    }
    // A program gets what the service sent.
    let json = tool.run(&format!("chatusermessages get {id} --json")).data();
    assert_eq!(json["ChatText"], HOSTILE);
    let csv = tool.run("chatusermessages list --output csv --columns Id,ChatText").ok();
    let round = tool.run_with("import chatusermessages - --dry-run --json", &csv);
    assert!(round.ok().contains("\"unchanged\""));
}

#[test]
fn numbers_of_any_length_keep_their_digits() {
    let tool = Tool::demo();
    let digits = "123456789012345678901234.567890";
    let dry = tool.run(&format!("tariffs create --name a --set Price={digits} --dry-run --json"));
    assert!(dry.code == 2 || dry.stdout.contains(digits), "{dry:?}");
    let whole = "123456789012345678901234567890";
    let dry = tool.run(&format!("tariffs create --name a --set BusinessId={whole} --dry-run"));
    assert_eq!(dry.code, 2, "{dry:?}");
    assert!(dry.stderr.contains("BusinessId"), "{dry:?}");
    let jq =
        tool.run_with("tariffs create --body - --dry-run --json", &format!(r#"{{"Name":"a","Unknown":{whole}.10}}"#));
    assert!(jq.ok().contains(&format!("{whole}.10")));
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let tool = Tool::demo();
    let mut child = tool
        .command()
        .args(["bookings", "list", "--all", "--output", "jsonl"])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut first = [0; 10];
    child.stdout.take().unwrap().read_exact(&mut first).unwrap();
    let done = child.wait_with_output().unwrap();
    assert_eq!(String::from_utf8_lossy(&done.stderr), "");
    assert_eq!(done.status.code(), Some(0));
    let mut child = tool.command().args(["commands"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let done = child.wait_with_output().unwrap();
    assert_eq!((String::from_utf8_lossy(&done.stderr).as_ref(), done.status.code()), ("", Some(0)));
}

#[test]
fn a_folder_of_settings_that_cannot_be_written() {
    let tool = Tool::demo();
    let file = tool.write("file", "");
    let run = |line: &str| {
        finish(tool.command().env("NEXUDUS_CONFIG_DIR", file.join("below")).args(line.split_whitespace()), "")
    };
    assert_eq!(run("bookings list --size 1 --json").json()["ok"], true);
    // Redaction needs its key, and gives nothing away without one.
    let agent = run("coworkers list --size 1 --agent");
    assert!(agent.code != 0 && agent.stdout.is_empty(), "{agent:?}");
    let set = run("config set output json");
    assert_eq!(set.code, 2, "{set:?}");
    for line in ["--help", "--version", "doctor --json", "completions bash", "help"] {
        assert!(!run(line).stdout.is_empty(), "{line}");
    }
}

#[test]
fn a_token_of_redacted_data_is_not_written_back() {
    let tool = Tool::demo();
    let agent = tool.run("coworkers list --agent --size 1").json();
    let id = agent["data"][0]["Id"].to_string();
    let token = agent["data"][0]["FullName"].as_str().unwrap().to_owned();
    let again = tool.run("coworkers list --agent --size 1").json();
    assert_eq!(again["data"][0]["FullName"], token.as_str());
    for line in [
        format!("coworkers update {id} --full-name '{token}' --yes"),
        format!("coworkers update {id} --set 'FullName=x {token}' --yes"),
        format!("coworkers create --full-name '{token}'"),
        format!("coworkers run-command KEY {id} -p 'A={token}' --yes"),
    ] {
        let done = tool.run(&line);
        assert!(done.code == 2 && done.stderr.contains("stands for personal data"), "{line}: {done:?}");
    }
    let body = format!(r#"{{"FullName":"{token}"}}"#);
    assert_eq!(tool.run_with(&format!("coworkers update {id} --body - --yes"), &body).code, 2);
    assert_eq!(tool.run_with("api POST spaces/coworkers --body - --yes", &body).code, 2);
    let csv = format!("Id,FullName\n{id},{token}\n");
    assert_eq!(tool.run_with("import coworkers - --yes", &csv).code, 2);
    // What a dry run shows is redacted once.
    let dry = tool.run(&format!("coworkers update {id} --notes x --dry-run --agent")).data();
    assert_eq!(dry["body"]["FullName"], token.as_str(), "{dry}");
}

#[test]
fn every_property_that_is_personal_is_redacted() {
    let tool = Tool::demo();
    let plain = tool.run("coworkers list --json --limit 50").data();
    let agent = tool.run("coworkers list --agent --limit 50").ok();
    let table = nexudus_client::model::find("coworkers").unwrap();
    let mut seen = 0;
    for record in plain.as_array().unwrap() {
        for (name, value) in record.as_object().unwrap() {
            let field = table.position(name).and_then(|at| table.field(at));
            let Some(text) = value.as_str().filter(|text| text.len() > 5) else { continue };
            if field.is_some_and(|field| field.personal().is_some()) {
                assert!(!agent.contains(&format!("{text:?}")), "{name}: {text}");
                seen += 1;
            }
        }
    }
    assert!(seen > 100, "{seen}");
    tool.run("config set redaction off").ok();
    assert_eq!(tool.run("coworkers list --agent --limit 50").json()["piiRedaction"], "off");
}

#[test]
fn errors_say_which_role_is_missing() {
    let sandbox = nexudus_sandbox::Sandbox::builder()
        .account(nexudus_sandbox::Account::new("ana@example.com", "pw").role("Coworker-List"))
        .start_blocking()
        .unwrap();
    let tool = Tool::with(sandbox);
    let mut command = tool.bare();
    command
        .env("NEXUDUS_BASE_URL", tool.sandbox.url())
        .env("NEXUDUS_EMAIL", "ana@example.com")
        .env("NEXUDUS_PASSWORD", "pw");
    let done = finish(command.args(["bookings", "list", "--json"]), "");
    assert_eq!((done.code, done.stdout.as_str()), (5, ""), "{done:?}");
    let error: Value = serde_json::from_str(&done.stderr).unwrap();
    assert_eq!(error["error"]["role"], "Booking-List", "{error}");
}

#[test]
fn a_service_that_never_answers_is_left_in_time() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/api", listener.local_addr().unwrap());
    let held = std::thread::spawn(move || {
        // Each connection is taken and kept; the last tells how many there were.
        let mut all = Vec::new();
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut first = [0; 4];
            let is_end = stream.read_exact(&mut first).is_ok() && &first == b"stop";
            all.push(stream);
            if is_end {
                return all.len() - 1;
            }
        }
        0
    });
    let tool = Tool::sample();
    let run = |line: &str| finish(tool.command().env("NEXUDUS_BASE_URL", &url).args(line.split_whitespace()), "");
    assert_eq!(run("bookings list --timeout 1").code, 8);
    let write = run("bookings delete 1 --yes --timeout 1");
    assert!(write.code == 9 && write.stderr.contains("unknown"), "{write:?}");
    std::io::Write::write_all(&mut std::net::TcpStream::connect(url.split('/').nth(2).unwrap()).unwrap(), b"stop")
        .unwrap();
    // The time is for all attempts: one each.
    assert_eq!(held.join().unwrap(), 2);
}
