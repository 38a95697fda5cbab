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
