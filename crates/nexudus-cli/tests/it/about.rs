//! What the tool says of itself: help, the command tree, descriptions, completions, manual pages.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::PathBuf;

use nexudus_client::model;

use crate::tool::{Tool, finish, read};

/// The entities that most people come for.
const MAIN: [&str; 10] = [
    "bookings",
    "calendarevents",
    "coworkercontracts",
    "coworkerinvoices",
    "coworkers",
    "products",
    "resources",
    "tariffs",
    "teams",
    "visitors",
];

#[test]
fn the_short_help_of_the_main_entities_fits_a_screen() {
    let tool = Tool::sample();
    for entity in MAIN {
        let table = model::find(entity).unwrap();
        for operation in table.operations {
            let help = tool.run(&format!("{entity} {} -h", operation.name())).ok();
            assert!(help.lines().count() <= 40, "{entity} {}: {}", operation.name(), help.lines().count());
        }
    }
    let short = tool.run("coworkers create -h").ok();
    let long = tool.run("coworkers create --help").ok();
    for flag in ["--full-name", "--email"] {
        assert!(short.contains(flag), "{short}");
    }
    assert!(!short.contains("--profile-summary") && long.contains("--profile-summary"));
}

fn folder() -> PathBuf {
    PathBuf::from(std::env::var_os("CARGO_MANIFEST_DIR").unwrap()).join("tests/commands")
}

/// A script that someone wrote goes on working: what it can say today it can say tomorrow. A line that goes has to
/// stand among the breaks that are meant, with its reason.
#[test]
fn no_command_and_no_flag_goes_away_by_mistake() {
    let tool = Tool::sample();
    let now: BTreeSet<String> = tool.run("commands --hidden").ok().lines().map(str::to_owned).collect();
    let path = folder().join("tree.txt");
    let pinned: BTreeSet<String> = read(&path).lines().map(str::to_owned).collect();
    let breaks = read(&folder().join("breaks.txt"));
    let meant = |line: &str| {
        let lines = breaks.lines().filter(|line| !line.starts_with('#'));
        lines.filter_map(|line| line.split_once(": ")).any(|(gone, _)| gone == line)
    };
    let gone: Vec<_> = pinned.difference(&now).filter(|line| !meant(line)).collect();
    assert!(gone.is_empty(), "these are gone, and breaks.txt does not say why: {gone:#?}");
    if std::env::var_os("UPDATE_TREE").is_some() {
        let mut text = String::new();
        for line in &now {
            writeln!(text, "{line}").unwrap();
        }
        std::fs::write(&path, text).unwrap();
        return;
    }
    let new: Vec<_> = now.symmetric_difference(&pinned).take(20).collect();
    assert!(new.is_empty(), "UPDATE_TREE=1 writes these into tests/commands/tree.txt: {new:#?}");
}

#[test]
fn the_tree_is_whole() {
    let tool = Tool::sample();
    let tree = tool.run("commands --json").data();
    let commands = tree["commands"].as_array().unwrap();
    let has = |words: &[&str]| commands.iter().any(|node| node["command"] == serde_json::json!(words));
    for table in model::tables() {
        for operation in table.operations {
            assert!(has(&[table.plural, operation.name()]), "{} {}", table.plural, operation.name());
        }
    }
    assert!(has(&["webhooks", "listen"]) && has(&["completions"]) && !has(&["__complete"]));
}

#[test]
fn an_entity_is_described() {
    let tool = Tool::sample();
    let text = tool.run("describe User-Message").ok();
    insta::assert_snapshot!(text.lines().take(12).collect::<Vec<_>>().join("\n"), @r"
    UserMessage (sys/usermessages)
    A message that an administrator received inside the platform, from a colleague or from the system itself.

    Operations and the roles that they need:
      list    UserMessage-List
      get     UserMessage-Read

    Properties:
      BusinessId           id of Business  read only; filter
      ToUsers              ids of User     read only; only in get
          The administrators that the message is for.
      FromName             text            read only; personal: name; filter
    ");
    let data = tool.run("describe bookings --json").data();
    assert_eq!(data["operations"][0]["role"], "Booking-List");
    let resource = data["properties"].as_array().unwrap().iter().find(|field| field["name"] == "ResourceId").unwrap();
    assert_eq!((&resource["entity"], &resource["required"]), (&"Resource".into(), &true.into()));
    for table in model::tables() {
        if table.section != "support" {
            continue;
        }
        let schema: serde_json::Value =
            serde_json::from_str(&tool.run(&format!("describe {} --output jsonschema", table.plural)).ok()).unwrap();
        assert_eq!(schema["properties"].as_object().unwrap().len(), table.all_fields().count());
    }
    assert_eq!(tool.run("bookings list --output jsonschema").code, 2);
}

#[test]
fn words_are_completed_from_the_tables_without_a_request() {
    let tool = Tool::sample();
    tool.run("config set output table").ok();
    tool.run("--profile other config set output json").ok();
    let before = tool.sandbox.service().handle(&http::Request::get("/").body(bytes::Bytes::new()).unwrap()).status();
    let complete = |line: &str| {
        let words: Vec<_> = line.split(' ').collect();
        // No address is right: a request would fail.
        let mut command = tool.bare();
        let done =
            finish(command.env("NEXUDUS_BASE_URL", "http://127.0.0.1:1").args(["__complete", "--"]).args(words), "");
        let text = done.ok();
        text.lines().map(|line| line.split('\t').next().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert!(before.as_u16() > 0);
    assert_eq!(complete("visit"), ["visitors"]);
    assert_eq!(complete("bookings l"), ["list"]);
    assert_eq!(complete("--json bookings l"), ["list"]);
    assert_eq!(complete("bookings list --tenta"), ["--tentative"]);
    assert_eq!(complete("bookings list --order-by Tenta"), ["Tentative"]);
    assert_eq!(complete("bookings list --columns Id,Tenta"), ["Id,Tentative"]);
    assert_eq!(complete("bookings list --columns=Id,Tenta"), ["--columns=Id,Tentative"]);
    assert_eq!(complete("coworkers create --coworker-type C"), ["Company"]);
    assert_eq!(complete("coworkers create --active "), [""; 0]);
    assert_eq!(complete("bookings list --output j"), ["json", "jsonl"]);
    assert_eq!(complete("bookings list --profile o"), ["other"]);
    assert_eq!(complete("config se"), ["set"]);
    assert_eq!(complete("config set ou"), ["output"]);
    assert_eq!(complete("describe visit"), ["visitors"]);
    assert_eq!(complete("completions z"), ["zsh"]);
    assert_eq!(complete("webhooks listen --allow"), ["--allow-host"]);
    assert_eq!(complete("nothing "), [""; 0]);
}

#[test]
fn completion_scripts_are_short() {
    let tool = Tool::sample();
    for shell in ["bash", "zsh", "fish", "powershell"] {
        let script = tool.run(&format!("completions {shell}")).ok();
        assert!(script.len() < 1024 && script.contains("__complete"), "{script}");
    }
    assert_eq!(tool.run("completions csh").code, 2);
    // The shell that is there completes a word with it.
    let bash = std::process::Command::new("bash").arg("-c").arg("true").status();
    if bash.is_ok_and(|status| status.success()) {
        let script = tool.write("completion.bash", &tool.run("completions bash").ok());
        let line = format!(
            "source {}; COMP_WORDS=({} visit); COMP_CWORD=1; _nexudus; echo \"${{COMPREPLY[@]}}\"",
            script.display(),
            crate::tool::binary().display()
        );
        let done = finish(tool.command().env_remove("NEXUDUS_TOKEN").args(["--version"]), "");
        assert_eq!(done.code, 0);
        let done = finish(std::process::Command::new("bash").args(["-c", &line]), "");
        assert_eq!(done.stdout.trim(), "visitors", "{done:?}");
    }
}

#[test]
fn manual_pages() {
    let tool = Tool::sample();
    let page = tool.run("man").ok();
    assert!(page.starts_with(".TH NEXUDUS 1") && page.contains(".SH EXIT STATUS"), "{page}");
    assert!(tool.run("man bookings create").ok().contains("\\-\\-resource\\-id"));
    assert!(tool.run("man config set").ok().contains("nexudus config set KEY VALUE"));
    assert_eq!(tool.run("man nothing").code, 2);
    let folder = tool.path("man");
    tool.run(&format!("man --to {}", folder.display())).ok();
    let pages: Vec<_> = std::fs::read_dir(&folder).unwrap().map(|file| file.unwrap().file_name()).collect();
    for name in ["nexudus.1", "nexudus-list.1", "nexudus-import.1", "nexudus-webhooks.1"] {
        assert!(pages.iter().any(|page| page == name), "{name}: {pages:?}");
    }
}
