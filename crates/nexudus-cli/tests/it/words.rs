//! Words that nothing can be made of.

use crate::tool::Tool;

#[test]
fn wrong_words_are_named_and_nothing_is_sent() {
    let tool = Tool::sample();
    let says = |line: &str| {
        let done = tool.run(line);
        assert_eq!((done.code, done.stdout.as_str()), (2, ""), "{line}: {done:?}");
        done.stderr
    };
    insta::assert_snapshot!(says("coworkrs list"), @r#"
    nexudus: there is no command and no entity called "coworkrs"
    Did you mean coworkers, coworkertasks, coworkernotes, coworkermessages, coworkersettings?
    "#);
    insta::assert_snapshot!(says("usermessages create"), @r"
    nexudus: the service has no create for usermessages
    There are list, get, commands, run-command.
    ");
    insta::assert_snapshot!(says("coworkers lst"), @r#"
    nexudus: there is no "lst" for coworkers
    Did you mean list?
    "#);
    insta::assert_snapshot!(says("coworkers list --ful-name x"), @r"
    nexudus: unexpected argument '--ful-name' found

      tip: a similar argument exists: '--full-name'

    Usage: nexudus coworkers list --full-name <TEXT>
    ");
    insta::assert_snapshot!(says("coworkers list --columns Ful"), @r#"
    nexudus: Coworker has no property "Ful"
    Did you mean FullName, UserFullName?
    "#);
    insta::assert_snapshot!(says("coworkers list --columns ''"), @"nexudus: --columns: give at least one property");
    insta::assert_snapshot!(says("coworkers list --columns Id,-FullName"), @"nexudus: --columns Id,-FullName: give properties (A,B), or changes alone (+A,-B)");
    insta::assert_snapshot!(says("coworkers list --where 'FullName>x'"), @r#"nexudus: --where "FullName>x": the service has no range filter on FullName"#);
    insta::assert_snapshot!(says("coworkers list --where 'FullName~x'"), @r#"nexudus: --where "FullName~x": expected a property, one of =, >= and <=, and a value"#);
    insta::assert_snapshot!(says("coworkers list --coworker-type persn"), @r#"nexudus: --coworker-type: expected one of Individual (1), Company (2), found "persn""#);
    insta::assert_snapshot!(says("bookings list --from-from-time 31/01/2026"), @r#"nexudus: --from-from-time: expected a date such as 2026-01-31, 2026-01-31T09:00 (UTC), 2026-01-31T09:00+02:00, now or today, found "31/01/2026""#);
    insta::assert_snapshot!(says("coworkers list --jq '.[' "), @"nexudus: --jq .[: not a valid jq expression");
    insta::assert_snapshot!(says("coworkers list --jq 'nothing' "), @"nexudus: --jq nothing: there is no nothing");
    insta::assert_snapshot!(says("coworkers get x"), @r#"nexudus: expected the id of a record, a whole number from 1, found "x""#);
    insta::assert_snapshot!(says("--output xml coworkers list"), @"nexudus: --output xml: no such format; there are table, json, jsonl, csv, md, yaml and agent");
    assert_eq!(tool.run("--version").ok(), concat!("nexudus ", env!("CARGO_PKG_VERSION"), "\n"));
}

#[test]
fn a_name_without_a_letter_names_nothing() {
    let tool = Tool::sample();
    for line in [
        "coworkers update 1001 --set =5 --dry-run",
        "coworkers update 1001 --set ' - =5' --dry-run",
        "coworkers update 1001 --unset _",
        "coworkers list --where =5",
        "coworkers list --order-by _",
        "coworkers list --columns _",
        "coworkers list --columns=--",
    ] {
        let done = tool.run(line);
        assert_eq!((done.code, done.stdout.as_str()), (2, ""), "{line}: {done:?}");
        assert!(done.stderr.contains("has no property"), "{line}: {done:?}");
    }
    // Some programs write a column of row numbers without a name first. They are not ids.
    let done = tool.run_with("import coworkers - --dry-run", ",FullName\n1001,Ana\n");
    assert_eq!((done.code, done.stdout.as_str()), (2, ""), "{done:?}");
}

#[test]
fn without_credentials_the_sandbox_is_named() {
    let tool = Tool::sample();
    let done = crate::tool::finish(tool.bare().args(["coworkers", "list"]), "");
    assert_eq!((done.code, done.stdout.as_str()), (4, ""));
    insta::assert_snapshot!(done.stderr, @r"
    nexudus: not logged in (profile default)
    Log in with `nexudus login`, or set NEXUDUS_TOKEN.
    Without an account, try it on a local service: `nexudus sandbox`.
    ");
}

#[test]
fn help_runs_nothing() {
    let tool = Tool::demo();
    let id = tool.run("bookings list --size 1 --jq '.[0].Id'").ok().trim().to_owned();
    let help = tool.run("bookings delete --help").ok();
    for line in [format!("help bookings delete {id} --yes"), format!("--yes help help bookings delete {id}")] {
        assert_eq!(tool.run(&line).ok(), help, "{line}");
    }
    assert_eq!(tool.run("help bookings").ok(), tool.run("bookings").ok());
    assert_eq!(tool.run("help config set a b").ok(), tool.run("config set --help").ok());
    // A subcommand has help of its own.
    let verify = tool.run("webhooks verify --help").ok();
    assert!(verify.contains("Usage: nexudus webhooks verify") && verify.contains("--signature"), "{verify}");
    assert_eq!(tool.run(&format!("bookings get {id}")).code, 0);
}

#[test]
fn errors_are_json_wherever_the_flag_for_it_stands() {
    let tool = Tool::sample();
    for line in
        ["--timeout 0 --json coworkers list", "--profile a/b coworkers list --json", "coworkers list --json --output"]
    {
        let done = tool.run(line);
        let error: serde_json::Value =
            serde_json::from_str(&done.stderr).unwrap_or_else(|_| panic!("{line}: {done:?}"));
        assert_eq!((done.code, &error["error"]["exitCode"]), (2, &2.into()), "{line}");
    }
}

#[test]
fn a_form_of_the_output_that_does_not_exist() {
    let tool = Tool::sample();
    let run =
        |line: &str| crate::tool::finish(tool.command().env("NEXUDUS_OUTPUT", "xml").args(line.split_whitespace()), "");
    let done = run("users list");
    assert!(done.code == 2 && done.stderr.contains("NEXUDUS_OUTPUT=xml: no such format"), "{done:?}");
    // It is no reason for no help, and a flag says it better.
    for line in ["--help", "--version", "help users list", "users list --json"] {
        assert_eq!(run(line).code, 0, "{line}");
    }
}

#[cfg(unix)]
#[test]
fn words_that_are_no_text() {
    use std::os::unix::ffi::OsStrExt as _;
    let tool = Tool::sample();
    let word = std::ffi::OsStr::from_bytes(b"\xff\xfe");
    let done = crate::tool::finish(tool.command().args(["coworkers", "list", "--json", "--query"]).arg(word), "");
    let error: serde_json::Value = serde_json::from_str(&done.stderr).unwrap();
    assert_eq!((done.code, &error["error"]["exitCode"]), (2, &2.into()), "{error}");
    let done = crate::tool::finish(tool.command().arg(word), "");
    assert!(done.code == 2 && done.stderr.contains("is not valid UTF-8"), "{done:?}");
}

#[test]
fn words_of_any_length() {
    let tool = Tool::sample();
    let long = "x".repeat(100_000);
    for line in [
        long.clone(),
        format!("users {long}"),
        format!("users list --{long}"),
        format!("users list --query {long}"),
        format!("--profile {long} whoami"),
        format!("--output {long} whoami"),
        format!("users get {long}"),
    ] {
        let done = tool.run(&line);
        let start = line.get(..40).unwrap_or(&line);
        assert!(done.code == 2 && done.stderr.len() < 5000, "{start}: {} {}", done.code, done.stderr.len());
    }
    // A number of flags and ids that no person types.
    let ids: String = (1..20_000).map(|id| format!(" {id}")).collect();
    assert_eq!(tool.run(&format!("chatusermessages delete --dry-run{ids}")).ok().lines().count(), 19_999);
}

#[test]
fn switches_of_a_property_take_the_usual_words() {
    let tool = Tool::demo();
    for (word, value) in [("", true), ("on", true), ("yes", true), ("off", false), ("No", false), ("false", false)] {
        let body = tool.run(&format!("resources create --visible {word} --name a --dry-run --json")).data();
        assert_eq!(body["body"]["Visible"], value, "{word}");
    }
}
