//! Standard output is the answer and nothing else, for every command and in every JSON format.

use serde_json::Value;

use crate::tool::{Done, Tool, finish};

/// Commands with what they are called with here; one that is missing fails the test below.
fn lines(tool: &Tool) -> Vec<(&'static str, String)> {
    let id = tool.run("bookings list --size 1 --jq '.[0].Id'").ok().trim().to_owned();
    let body = tool.write("body", "[]");
    let csv = tool.write("rows.csv", &format!("Id\n{id}\n"));
    [
        ("login", "login --token - --base-url URL"),
        ("logout", "logout"),
        ("whoami", "whoami"),
        ("profile", "profile list"),
        ("profile", "profile use default"),
        ("config", "config get"),
        ("config", "config set output table"),
        ("alias", "alias list"),
        ("alias", "alias set people 'coworkers list'"),
        ("doctor", "doctor"),
        ("entities", "entities"),
        ("entities", "entities nothing-of-the-kind"),
        ("describe", "describe bookings"),
        ("describe", "describe nothing"),
        ("api", "api GET sys/users"),
        ("api", "api GET sys/nothing"),
        ("import", "import bookings CSV --dry-run"),
        ("import", "import bookings BODY"),
        ("watch", "watch bookings --once"),
        ("webhooks", "webhooks verify BODY --signature 00 --secret a"),
        ("sandbox", "sandbox --seed nothing"),
        ("commands", "commands"),
        ("completions", "completions bash"),
        ("man", "man"),
        ("man", "man bookings list"),
        ("probe", "probe bookings"),
        ("mcp", "mcp --allow-write nothing-like-that"),
        ("list", "bookings list --size 3"),
        ("list", "bookings list --all"),
        ("list", "bookings list --to-created-on 2000-01-01"),
        ("list", "bookings list --nothing"),
        ("get", "bookings get ID"),
        ("get", "bookings get 999999999"),
        ("create", "bookings create --notes a --dry-run"),
        ("create", "bookings create --notes a"),
        ("update", "bookings update ID --notes a"),
        ("update", "bookings update ID"),
        ("edit", "bookings edit ID"),
        ("delete", "bookings delete ID"),
        ("delete", "bookings delete 999999999 --yes"),
        ("commands", "bookings commands"),
        ("run-command", "bookings run-command NOTHING ID"),
        ("file", "resources file 1"),
        ("body", "bookings body"),
    ]
    .map(|(command, line)| {
        let line = line.replace("ID", &id).replace("URL", &tool.sandbox.url());
        (command, line.replace("CSV", csv.to_str().unwrap()).replace("BODY", body.to_str().unwrap()))
    })
    .to_vec()
}

fn run(tool: &Tool, line: &str, format: &str) -> Done {
    let mut command = tool.command();
    command.env("EDITOR", "true").args(shlex::split(line).unwrap()).args(["--output", format]);
    finish(&mut command, nexudus_sandbox::TOKEN)
}

#[test]
fn in_json_both_streams_are_json_and_nothing_is_asked() {
    let tool = Tool::demo();
    let lines = lines(&tool);
    let tree = tool.run("commands --json").data();
    for node in tree["commands"].as_array().unwrap() {
        let words = node["command"].as_array().unwrap();
        let name = if words[0] == "bookings" { &words[1] } else { &words[0] };
        let is_ours =
            words[0] == "bookings" || !nexudus_client::model::tables().iter().any(|table| words[0] == table.plural);
        assert!(!is_ours || lines.iter().any(|(command, _)| command == name), "{name} is not tried");
    }
    for (_, line) in &lines {
        for format in ["json", "agent", "jsonl"] {
            let done = run(&tool, line, format);
            let documents = || serde_json::Deserializer::from_str(&done.stdout).into_iter::<Value>();
            assert!(documents().all(|document| document.is_ok()), "{line} {format}: {done:?}");
            if format != "jsonl" {
                assert!(documents().count() <= 1, "{line} {format}: {done:?}");
            }
            let error = serde_json::from_str::<Value>(&done.stderr);
            match done.code {
                0 => assert_eq!(done.stderr, "", "{line} {format}"),
                _ => assert_eq!(error.unwrap()["error"]["exitCode"], done.code, "{line} {format}: {done:?}"),
            }
        }
    }
}

#[test]
fn the_other_formats_print_no_notes_on_standard_output() {
    let tool = Tool::demo();
    for format in ["csv", "md", "yaml", "table"] {
        let done = run(&tool, "bookings list --size 3", format);
        let plain = run(&tool, "bookings list --size 3 --quiet", format);
        assert_eq!((done.code, done.stdout), (0, plain.stdout), "{format}");
    }
    let none = tool.run("bookings list --to-created-on 2000-01-01");
    assert_eq!(none.stderr, "No records.\n");
    assert_eq!(none.stdout.lines().count(), 1, "{none:?}");
    assert_eq!(tool.run("bookings list --to-created-on 2000-01-01 --output csv").ok().lines().count(), 1);
}
