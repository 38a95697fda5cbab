//! `import` and `drift` as programs, with pages of our own in the layout of the published ones.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;

use insta::assert_snapshot;
use serde_json::Value;

use crate::program::Checkout;
use crate::root;
use crate::scratch::read;

fn page(name: &str) -> String {
    root().join("xtask/tests/pages").join(name).to_string_lossy().into_owned()
}

fn both() -> [String; 2] {
    [page("get-lanterns-by-id.txt"), page("post-beacons.txt")]
}

fn run(checkout: &Checkout, words: &[&str], pages: &[String]) -> Output {
    let pages = pages.iter().map(String::as_str);
    checkout.xtask("", &words.iter().copied().chain(pages).collect::<Vec<_>>())
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// All files below a folder, by their paths in it.
fn files(folder: &Path) -> Vec<(PathBuf, String)> {
    let mut all = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { all.extend(files(&path)) } else { all.push((path.clone(), read(&path))) }
    }
    all.sort();
    all
}

/// What the two pages say: paths, operations, roles by the rule, types, relations, required and optional, read-only,
/// values of an enumeration, null in a sample, and a deprecation with its replacement.
#[test]
fn two_pages_into_an_empty_folder_give_spec_files_that_say_all_of_them() {
    let checkout = Checkout::new("pages");
    let before = files(&checkout.path().join("spec"));
    let done = run(&checkout, &["import", "--out", "made"], &both());
    assert!(done.status.success(), "{done:?}");
    let made = checkout.path().join("made");
    assert_snapshot!(read(made.join("spaces/lanterns.json")), @r#"
    {
      "$schema": "../schema/entity.json",
      "entity": "Lantern",
      "plural": "lanterns",
      "section": "spaces",
      "doc": "A record of `Lantern`.",
      "operations": ["get"],
      "properties": [
        {"name": "BusinessId", "type": "id", "of": "Business", "from": "reference"},
        {"name": "Coworkers", "type": "ids", "of": "Coworker", "get_only": true, "from": "reference"},
        {"name": "KeptBy", "type": "text", "nullable": true, "from": "reference"},
        {"name": "Wick", "type": "text", "nullable": true, "from": "reference"},
        {"name": "Height", "type": "decimal", "from": "reference"},
        {"name": "IsLit", "type": "bool", "from": "reference"},
        {"name": "LitOn", "type": "datetime", "from": "reference"},
        {"name": "Colour", "type": "enum", "enum": "eLanternColour", "from": "reference"}
      ]
    }
    "#);
    assert_snapshot!(read(made.join("spaces/beacons.json")), @r#"
    {
      "$schema": "../schema/entity.json",
      "entity": "Beacon",
      "plural": "beacons",
      "section": "spaces",
      "doc": "A record of `Beacon`.",
      "operations": ["create"],
      "deprecated_operations": [
        {"operation": "create", "replacement": "Lantern"}
      ],
      "properties": [
        {"name": "CoworkerId", "type": "id", "of": "Coworker", "create": "required", "from": "reference"},
        {"name": "Users", "type": "ids", "of": "User", "create": "optional", "get_only": true, "from": "reference"},
        {"name": "Signal", "type": "text", "create": "optional", "from": "reference"},
        {"name": "Blinks", "type": "bool", "create": "optional", "from": "reference"}
      ]
    }
    "#);
    assert_snapshot!(read(made.join("enums.json")), @r#"
    {
      "$schema": "schema/enums.json",
      "enums": [
        {"name": "eLanternColour", "values": [[1, "Red"], [2, "Green"], [7, "White"]]}
      ]
    }
    "#);
    assert_eq!(files(&made).len(), 3);
    // The spec itself is as it was, and a second import has nothing to add.
    assert_eq!(files(&checkout.path().join("spec")), before);
    let again = run(&checkout, &["import", "--out", "made"], &both());
    assert!(said(&again).contains("import: the spec says all of it"), "{again:?}");
}

#[test]
fn a_check_writes_nothing_and_says_what_would_change() {
    let checkout = Checkout::new("check");
    let before = files(checkout.path());
    let done = run(&checkout, &["import", "--check"], &both());
    assert!(done.status.success(), "{done:?}");
    assert!(said(&done).contains("import: spec/spaces/lanterns.json would change"), "{done:?}");
    assert_eq!(files(checkout.path()), before);
}

/// A pipeline reads the exit code, a program the JSON, and a person the text.
#[test]
fn drift_is_told_as_text_as_json_and_by_the_exit_code() {
    let checkout = Checkout::new("drift");
    let before = files(checkout.path());
    let lantern = [page("get-lanterns-by-id.txt")];
    let text = run(&checkout, &["drift"], &lantern);
    assert_eq!(text.status.code(), Some(1));
    assert!(said(&text).contains("changed  Lantern.Height: a new property, decimal\n"), "{text:?}");
    assert!(said(&text).ends_with("differences\n"), "{text:?}");

    let json = run(&checkout, &["drift", "--json"], &lantern);
    assert_eq!(json.status.code(), Some(1));
    let document: Value = serde_json::from_slice(&json.stdout).unwrap();
    let differences = document["differences"].as_array().unwrap();
    // As many as the text has lines.
    assert_eq!(said(&text).lines().last(), Some(format!("drift: {} differences", differences.len()).as_str()));
    let height = differences.iter().find(|one| one["subject"] == "Height").unwrap();
    assert_eq!((&height["of"], &height["import"]), (&"Lantern".into(), &"changed".into()));
    assert_eq!(files(checkout.path()), before, "drift writes nothing");

    // Once the spec says it, there is none.
    assert!(run(&checkout, &["import"], &lantern).status.success());
    let none = run(&checkout, &["drift"], &lantern);
    assert_eq!((none.status.code(), said(&none).as_str()), (Some(0), "drift: 0 differences\n"), "{none:?}");
    let none = run(&checkout, &["drift", "--json"], &lantern);
    let document: Value = serde_json::from_slice(&none.stdout).unwrap();
    assert_eq!((none.status.code(), &document["differences"]), (Some(0), &serde_json::json!([])));

    // What can't be read is no difference: it says where, and fails.
    let broken = checkout.path().join("broken.txt");
    fs::write(&broken, "Skip to main content\nGET /api/spaces\n").unwrap();
    let fault = run(&checkout, &["drift", "broken.txt"], &[]);
    let says = String::from_utf8_lossy(&fault.stderr).into_owned();
    assert!(!fault.status.success() && says.contains("broken.txt:2: expected a path"), "{says}");
}

/// What an import writes may need a hand, and says so at once.
#[test]
fn an_import_says_what_the_spec_needs_by_hand() {
    let checkout = Checkout::new("clash");
    let page = checkout.path().join("clash.txt");
    fs::write(
        &page,
        "# Get one Lantern\nGET /api/spaces/lanterns/{id}\nResponse\nPrice\nstring\nIt.\nPRICE\nstring\nIt.\n",
    )
    .unwrap();
    let done = run(&checkout, &["import"], &[page.to_string_lossy().into_owned()]);
    assert_eq!(done.status.code(), Some(1), "{done:?}");
    assert!(said(&done).contains("the properties `Price` and `PRICE` are both `price` in Rust"), "{done:?}");
    assert!(said(&done).contains("need these corrections by hand"), "{done:?}");
}

/// What accounts said is not thrown away because it can't be read.
#[test]
fn an_import_keeps_a_file_of_verdicts_that_it_can_not_read() {
    let checkout = Checkout::new("verdicts");
    let verdicts = checkout.path().join("spec/probes.json");
    let report = |made: &str| {
        let report = checkout.path().join("probe.json");
        let text = format!(
            r#"{{"format": "nexudus-probe", "version": 1, "made": "{made}", "account": "00000000000000aa", "service": true, "entities": {{}}}}"#
        );
        fs::write(&report, text).unwrap();
        run(&checkout, &["import"], &[report.to_string_lossy().into_owned()])
    };
    for damaged in [&b"\xff\xfe"[..], b"{\"verdicts\": [{\"entity\""] {
        fs::write(&verdicts, damaged).unwrap();
        let done = report("2026-01-31");
        assert_eq!(done.status.code(), Some(1), "{done:?}");
        assert!(String::from_utf8_lossy(&done.stderr).contains("probes.json"), "{done:?}");
        assert_eq!(fs::read(&verdicts).unwrap(), damaged);
    }
    fs::remove_file(&verdicts).unwrap();
    assert_eq!(report("2026-01-31").status.code(), Some(0));
    let done = report("9999-12-31");
    assert!(String::from_utf8_lossy(&done.stderr).contains("9999-12-31, which is to come"), "{done:?}");
}
