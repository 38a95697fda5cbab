use std::collections::BTreeMap;
use std::fmt::Write as _;

use insta::assert_snapshot;

use super::page::{MAX_BYTES, PageKind};
use super::*;
use crate::spec::{self, Operation, json};

const API: &str = r#"{"entity_names": [], "roles": {"list": "List", "get": "Read", "create": "Create", "update": "Update", "delete": "Delete"},
  "sections": [{"name": "sys"}], "common": [{"name": "Id"}, {"name": "CreatedOn"}, {"name": "SystemId"}], "unplaced": [{"entity": "Keeper"}]}"#;

/// One record, as text: made up, in the layout of the published pages.
const GET: &str = "Skip to main content\nGET\n/\napi\n/\nsys\n/\nlanterns\n/\n{id}\nGet one Lantern\n{\n  \"KeeperId\": 123\n}\n\
A lamp by the sea.\n\nAuthentication\n\nYou need a token and the Lantern-Read role.\n\nPath Parameters\n\nid\ninteger\nrequired\nWhich.\n\n\
Response\n\n200\n\nKeeperId\ninteger\nWho lights it.\nWatchers\ninteger[]\nSeers.\nLit\nstring\nAt night (ISO 8601).\nColour\ninteger\neLanternColour enum values: 1 = Red, 2 = Green.\n\
Height\nnumber\nIn metres (read-only).\nId\ninteger\nNumber.\nExample Response\n{\n  \"KeeperId\": null,\n  \"Height\": 3\n}\n\n400\n\nMessage\nstring\nNo.\n";

const CREATE: &str = "---\ntitle: \"Create Lantern\"\napi: \"POST https://example.invalid/api/sys/lanterns\"\n---\n\
> Deprecated. Use Beacon instead.\n\nNeeds the `Lantern-Create` role.\n\n## Request Body\n\n### Required Fields\n\n\
<ParamField body=\"KeeperId\" type=\"integer\" required>\n  Who > what.\n</ParamField>\n\n### Optional Fields\n\n\
<ParamField\n  body=\"Lit\"\n  type=\"string<date-time>\"\n>\n  When.\n</ParamField>\n<ParamField body=\"AddedWatchers\" type=\"integer[]\">x</ParamField>\n\
## Response\n<ResponseField name=\"Status\" type=\"integer\">\n  Code.\n</ResponseField>\n";

const LIST: &str = "<!DOCTYPE html><html><head><style>p{}</style></head><body><div>GET</div><div>/</div><div>api</div><div>/</div><div>sys</div><div>/</div><div>lanterns</div>\n\
<h1>List Lanterns</h1><p>Needs the <code>Lantern-List</code> role.</p><h2>Query Parameters</h2><h3>Pagination &amp; Sorting</h3>\
<div>page</div><div>integer</div><div>default:\"1\"</div><p>Which.</p><h3>Filters</h3><div>Lantern_Keeper</div><div>integer</div><p>By keeper.</p>\
<div>Lantern_Keeper_Name</div><div>string</div><p>By name.</p><h3>Range Filters</h3><div>from_Lantern_Height</div><div>number</div><p>Least.</p>\
<h2>Response</h2><p>Rows are partial records; not populated: <code>Lit</code>, <code>Colour</code>.</p></body></html>";

fn copy(file: &str, text: &str) -> Copy {
    let page = read(text).unwrap_or_else(|fault| panic!("{file}:{}: {}", fault.line, fault.what));
    Copy { file: file.to_owned(), saved: "2026-01-31".to_owned(), page }
}

fn names() -> BTreeMap<String, String> {
    BTreeMap::from([("spec/api.json".to_owned(), API.to_owned())])
}

fn notes(import: &Import) -> String {
    import.notes.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

#[test]
fn pages_of_three_layouts_become_a_spec_that_says_all_of_them() {
    let copies = [copy("get.txt", GET), copy("create.md", CREATE), copy("list.html", LIST)];
    let import = merge(&names(), &BTreeMap::new(), &copies).unwrap();
    assert_snapshot!(import.files["spec/sys/lanterns.json"], @r#"
    {
      "$schema": "../schema/entity.json",
      "entity": "Lantern",
      "plural": "lanterns",
      "section": "sys",
      "doc": "A record of `Lantern`.",
      "operations": ["list", "get", "create"],
      "deprecated_operations": [
        {"operation": "create", "replacement": "Beacon"}
      ],
      "properties": [
        {"name": "KeeperId", "type": "id", "of": "Keeper", "create": "required", "nullable": true, "filter": true, "filter_from": "reference", "from": "reference"},
        {"name": "Watchers", "type": "ids", "get_only": true, "added_removed": true, "from": "reference"},
        {"name": "Lit", "type": "datetime", "create": "optional", "get_only": true, "from": "reference"},
        {"name": "Colour", "type": "enum", "enum": "eLanternColour", "get_only": true, "from": "reference"},
        {"name": "Height", "type": "decimal", "range": true, "from": "reference"}
      ],
      "related_filters": [
        {"name": "Lantern_Keeper_Name", "type": "text", "from": "reference"}
      ]
    }
    "#);
    assert_snapshot!(import.files["spec/enums.json"], @r#"
    {
      "$schema": "schema/enums.json",
      "enums": [
        {"name": "eLanternColour", "values": [[1, "Red"], [2, "Green"]]}
      ]
    }
    "#);
    assert_snapshot!(notes(&import), @r"
    changed  Lantern: a new entity
    changed  Lantern: the operation `create`
    changed  Lantern: the operation `create` is deprecated
    changed  Lantern: the operation `get`
    changed  Lantern: the operation `list`
    words    Lantern: `doc` of the entity is a placeholder; say what it is
    words    Lantern: no sentence of our own, where the name does not say all: KeeperId, Watchers, Lit, Colour, Height
    changed  Lantern.Colour: a new property, enum
    changed  Lantern.Colour: lists leave it out
    changed  Lantern.Height: a new property, decimal
    changed  Lantern.Height: a range
    changed  Lantern.KeeperId: a new property, id
    changed  Lantern.KeeperId: null in the sample
    changed  Lantern.KeeperId: required on create
    changed  Lantern.KeeperId: the filter `Lantern_Keeper`
    changed  Lantern.Lantern_Keeper_Name: a new filter on a related record
    changed  Lantern.Lit: a new property, datetime
    changed  Lantern.Lit: lists leave it out
    changed  Lantern.Lit: optional on create
    changed  Lantern.Watchers: a new property, ids
    changed  Lantern.Watchers: has companions to add and to remove
    changed  eLanternColour: a new enumeration
    words    eLanternColour: the enumeration lacks our words
    changed  eLanternColour.Green: a new value, 2
    changed  eLanternColour.Red: a new value, 1
    ");
    // A second import changes nothing.
    let again = merge(&names(), &import.files, &copies).unwrap();
    assert_eq!(again.files, BTreeMap::new(), "{}", notes(&again));
    assert!(!again.has_differences(), "{}", notes(&again));
    // No sentence of a page is in what is written.
    let written: String = import.files.values().cloned().collect();
    for sentence in ["A lamp", "Who lights", "Who > what", "By keeper", "In metres"] {
        assert!(!written.contains(sentence), "{sentence}");
    }
}

#[test]
fn what_a_person_wrote_stays() {
    let copies = [copy("get.txt", GET)];
    let old = r#"{
  "$schema": "../schema/entity.json",
  "entity": "Lantern",
  "plural": "lanterns",
  "section": "sys",
  "doc": "Our own words.",
  "operations": ["get"],
  "properties": [
    {"name": "Height", "type": "bool", "from": "observed", "doc": "Whether it is high."},
    {"name": "KeeperId", "type": "text", "nullable": true, "from": "derived"},
    {"name": "Gone", "type": "text", "from": "reference"}
  ]
}
"#;
    let files = BTreeMap::from([("spec/sys/lanterns.json".to_owned(), old.to_owned())]);
    let import = merge(&names(), &files, &copies).unwrap();
    assert_snapshot!(import.files["spec/sys/lanterns.json"], @r#"
    {
      "$schema": "../schema/entity.json",
      "entity": "Lantern",
      "plural": "lanterns",
      "section": "sys",
      "doc": "Our own words.",
      "operations": ["get"],
      "properties": [
        {"name": "Height", "type": "bool", "from": "observed", "doc": "Whether it is high."},
        {"name": "KeeperId", "type": "id", "of": "Keeper", "nullable": true, "from": "reference"},
        {"name": "Gone", "type": "text", "from": "reference"},
        {"name": "Watchers", "type": "ids", "get_only": true, "from": "reference"},
        {"name": "Lit", "type": "datetime", "from": "reference"},
        {"name": "Colour", "type": "enum", "enum": "eLanternColour", "from": "reference"}
      ]
    }
    "#);
    assert_snapshot!(notes(&import), @r"
    words    Lantern: no sentence of our own, where the name does not say all: KeeperId, Gone, Watchers, Lit, Colour
    changed  Lantern.Colour: a new property, enum
    differs  Lantern.Gone: the spec has it for `get`, the page does not
    differs  Lantern.Height: the page says number, the spec says bool, as seen live
    changed  Lantern.KeeperId: its name is in the reference; before it was from `derived`
    changed  Lantern.KeeperId: the page says integer, the spec says text
    changed  Lantern.Lit: a new property, datetime
    changed  Lantern.Watchers: a new property, ids
    changed  eLanternColour: a new enumeration
    words    eLanternColour: the enumeration lacks our words
    changed  eLanternColour.Green: a new value, 2
    changed  eLanternColour.Red: a new value, 1
    ");
}

#[test]
fn copies_that_disagree_are_not_merged() {
    let newer = GET.replace("Height\nnumber", "Height\ninteger");
    let copies = [copy("old.txt", GET), copy("new.txt", &newer)];
    let import = merge(&names(), &BTreeMap::new(), &copies).unwrap();
    assert_eq!(import.files, BTreeMap::new());
    assert_snapshot!(notes(&import), @"disagree lanterns.get: old.txt (saved 2026-01-31) and new.txt (saved 2026-01-31): Height is `number read-only` in the first and `integer read-only` in the second");
    let same = merge(&names(), &BTreeMap::new(), &[copy("a.txt", GET), copy("b.txt", GET)]).unwrap();
    assert!(same.notes.iter().all(|note| note.became != Became::Disagree));
}

#[test]
fn other_kinds_of_pages_are_known() {
    let page =
        |method: &str, path: &str, rest: &str| read(&format!("{method} /api/sys/lanterns{path}\n{rest}")).unwrap().kind;
    assert_eq!(page("DELETE", "/{id}", ""), PageKind::Operation(Operation::Delete));
    assert_eq!(page("GET", "", "# Get multiple Lanterns\n"), PageKind::Several);
    assert_eq!(page("GET", "/commands", ""), PageKind::Commands);
    assert_eq!(page("POST", "/runcommand", ""), PageKind::Commands);
    assert_eq!(page("PUT", "", "Optional Fields\nLit\nboolean\n"), PageKind::Operation(Operation::Update));
}

#[test]
fn an_unreadable_page_names_the_line_and_what_was_expected() {
    let fault = |text: &str| {
        let fault = read(text).unwrap_err();
        format!("{}: {}", fault.line, fault.what)
    };
    assert_snapshot!(fault(""), @"1: expected a method and a path, as `GET /api/sys/users` or with each segment on a line of its own; there is none on this page");
    assert_snapshot!(fault("Hello\nworld"), @"1: expected a method and a path, as `GET /api/sys/users` or with each segment on a line of its own; there is none on this page");
    assert_snapshot!(fault("x\nGET /api/sys\n"), @"2: expected a path as /api/<section>/<plural>, found `/api/sys`");
    assert_snapshot!(fault("GET /api/\u{16}\n"), @"1: expected a path as /api/<section>/<plural>, found `/api/`");
    assert_snapshot!(fault("GET /api/sys/lanterns/{id}\n"), @"1: expected the properties of the record before the end of the page: a line with a name, then a line with a type, or `<ResponseField name=... type=...>`");
    assert_snapshot!(fault("PATCH /api/sys/x\nPOST /api/sys/x/y/z\n"), @"2: expected one of the operations list, get, create, update, delete, commands; found POST with `/y/z` after the plural");
    assert_snapshot!(fault("GET /api/sys/x/{id}\nResponse\nA\nstring\nA.\nA\nstring\nB.\n"), @"6: `A` comes a second time; it came before on line 3");
    assert_snapshot!(fault("GET /api/sys/x/{id}\n<ResponseField name=\"a b\" type=\"string\">\n"), @"2: expected the name of a property, found `a b`");
    assert_snapshot!(fault(&"x".repeat(page::MAX_BYTES + 1)), @"1: the page is larger than 4194304 bytes");
}

/// The spec of this checkout is written as it was read, so that an import changes no line but its own.
#[test]
fn a_file_that_nothing_changes_is_written_as_it_was() {
    let folder = std::env::var_os("CARGO_MANIFEST_DIR").map(std::path::PathBuf::from).unwrap();
    let files = spec::read_files(folder.parent().unwrap()).unwrap().unwrap();
    let mut count = 0;
    for (path, text) in files.iter().filter(|(path, _)| path.matches('/').count() == 2 || *path == "spec/enums.json") {
        let json::Node { value: json::Value::Object(members), .. } = json::parse(text).unwrap() else {
            panic!("{path}")
        };
        assert_eq!(tree::file(&members), *text, "{path}");
        count += 1;
    }
    assert!(count > 200);
}

const ENTITY: &str = r#"{
  "$schema": "../schema/entity.json",
  "entity": "Lantern",
  "plural": "lanterns",
  "section": "sys",
  "doc": "A lamp.",
  "operations": ["list", "get"],
  "properties": [
    {"name": "Height", "type": "int", "filter": true, "filter_from": "rule", "range": true, "from": "derived"},
    {"name": "Lit", "type": "bool", "filter": true, "filter_from": "rule", "from": "derived", "doc": "Ours."},
    {"name": "Notes", "type": "text", "get_only": true, "from": "reference", "doubt": "always_empty"}
  ]
}
"#;

fn report(account: &str, made: &str, entity: &str) -> probe::Report {
    let text = format!(
        r#"{{"format": "nexudus-probe", "version": 1, "made": "{made}", "account": "{account}", "service": true, "entities": {{"Lantern": {entity}}}}}"#
    );
    assert!(probe::is_report(&text));
    probe::read(&text).unwrap()
}

const ONE: &str = r#"{"properties": {"Wick": {"known": false, "get": {"records": 3, "present": 3, "null": 1, "types": {"int": 2}}}},
  "marks": [{"property": "Height", "mark": "derived", "verdict": "confirmed"}, {"filter": "Lantern_Height", "mark": "rule", "verdict": "confirmed"},
    {"filter": "from_Lantern_Height", "mark": "rule", "verdict": "refuted"}, {"filter": "Lantern_Lit", "mark": "rule", "verdict": "refuted"},
    {"property": "Lit", "mark": "derived", "verdict": "refuted"}, {"property": "Notes", "mark": "doubt", "verdict": "refuted"},
    {"property": "Notes", "mark": "get only", "verdict": "refuted"}, {"property": "Notes", "mark": "not nullable", "verdict": "refuted"}],
  "findings": [{"kind": "property-type", "subject": "Height", "detail": "text where int is expected"}, {"kind": "role-missing", "subject": "get"}]}"#;

#[test]
fn a_report_becomes_changes_of_the_spec() {
    let mut files = BTreeMap::from([("spec/sys/lanterns.json".to_owned(), ENTITY.to_owned())]);
    let import = probe::merge(&files, None, &[report("00000000000000aa", "2026-01-31", ONE)]).unwrap();
    assert_snapshot!(import.files["spec/sys/lanterns.json"], @r#"
    {
      "$schema": "../schema/entity.json",
      "entity": "Lantern",
      "plural": "lanterns",
      "section": "sys",
      "doc": "A lamp.",
      "operations": ["list", "get"],
      "properties": [
        {"name": "Height", "type": "int", "filter": true, "filter_from": "observed", "from": "observed"},
        {"name": "Lit", "type": "bool", "from": "derived", "doubt": "not_on_record", "doc": "Ours."},
        {"name": "Notes", "type": "text", "nullable": true, "from": "reference"},
        {"name": "Wick", "type": "int", "nullable": true, "from": "observed"}
      ]
    }
    "#);
    assert_snapshot!(notes(&import), @r"
    changed  Lantern.Height: its name was seen
    differs  Lantern.Height: property-type: text where int is expected
    changed  Lantern.Lantern_Height: the filter works
    changed  Lantern.Lantern_Lit: the filter does not work, and goes
    changed  Lantern.Lit: no record has it: `doubt` says so
    changed  Lantern.Notes: it came with a value, so the doubt is settled
    changed  Lantern.Notes: lists have it
    changed  Lantern.Notes: null was seen
    changed  Lantern.Wick: a new property, int; say whether it holds personal data or a secret
    changed  Lantern.from_Lantern_Height: the range does not work, and goes
    ");
    // Another account disagrees: both are kept, with counts, and the spec stays as it was.
    let verdicts = import.files[probe::VERDICTS].clone();
    let other = r#"{"marks": [{"property": "Height", "mark": "derived", "verdict": "refuted"}]}"#;
    let other = [report("00000000000000bb", "2026-02-01", other)];
    files.extend(import.files.clone());
    files.remove(probe::VERDICTS);
    let second = probe::merge(&files, Some(&verdicts), &other).unwrap();
    assert_snapshot!(notes(&second), @"disagree Lantern.Height: `derived`: confirmed by 1 and refuted by 1 accounts; both are kept in spec/probes.json");
    assert_eq!(second.files.keys().collect::<Vec<_>>(), [probe::VERDICTS]);
    let height = second.files[probe::VERDICTS]
        .lines()
        .find(|line| line.contains("Height\", \"confirmed") || line.contains("\"derived\", \"subject\": \"Height\""));
    assert_snapshot!(height.unwrap().trim(), @r#"{"entity": "Lantern", "mark": "derived", "subject": "Height", "confirmed": {"00000000000000aa": "2026-01-31"}, "refuted": {"00000000000000bb": "2026-02-01"}},"#);
}

#[test]
fn a_report_that_is_not_one_is_refused() {
    let fault = |text: &str| probe::read(text).unwrap_err();
    assert_snapshot!(fault("[]"), @"expected an object");
    assert_snapshot!(fault("{"), @"1:2: expected a key in quotes, found the end of the file");
    assert_snapshot!(fault(r#"{"format": "nexudus-probe", "version": 2}"#), @"expected version 1 of the format, found 2; take a newer checkout");
    assert_snapshot!(fault(r#"{"format": "nexudus-probe", "version": 1, "made": "today"}"#), @"expected a day as 2026-01-31 under `made`");
    let sandbox = probe::read(
        r#"{"format": "nexudus-probe", "version": 1, "made": "2026-01-31", "account": "00000000000000aa", "entities": {}}"#,
    );
    assert_snapshot!(probe::merge(&BTreeMap::new(), None, &[sandbox.unwrap()]).unwrap_err(), @r#"a report is not of the vendor's own service (`"service": true`); a sandbox knows what the spec says, and no more"#);
}

/// What the file of verdicts would be after reports on an older one.
fn verdicts(old: Option<&str>, reports: &[probe::Report]) -> (String, String) {
    let files = BTreeMap::from([("spec/sys/lanterns.json".to_owned(), ENTITY.to_owned())]);
    let import = probe::merge(&files, old, reports).unwrap();
    let kept = import.files.get(probe::VERDICTS).map_or_else(|| old.unwrap_or_default().to_owned(), String::clone);
    (kept, notes(&import))
}

const ONCE: &str = r#"{"findings": [{"kind": "property-type", "subject": "Height"}]}"#;

#[test]
fn the_newest_report_of_an_account_counts_whenever_it_is_imported() {
    let old = report("00000000000000aa", "2026-01-31", ONCE);
    let new = report("00000000000000AA", "2026-02-01", r#"{"list": {"verdict": "there"}}"#);
    let (first, _) = verdicts(None, std::slice::from_ref(&old));
    assert!(first.contains(r#""refuted": {"00000000000000aa": "2026-01-31"}"#), "{first}");
    // The difference is gone, and so is what was said of it.
    let (second, _) = verdicts(Some(&first), std::slice::from_ref(&new));
    assert!(!second.contains("Height"), "{second}");
    let again = report("00000000000000aa", "2026-02-02", ONCE);
    let (third, _) = verdicts(Some(&second), std::slice::from_ref(&again));
    let (fourth, said) = verdicts(Some(&third), &[old]);
    assert_eq!(fourth, third);
    assert_snapshot!(said, @"differs  Lantern: the report of 2026-01-31 is passed over: its account sent one of 2026-02-02");
    // A user whose role is gone sees no records, and takes nothing back.
    let blind = report("00000000000000aa", "2026-02-03", r#"{"list": {"verdict": "role missing"}}"#);
    assert_eq!(verdicts(Some(&third), &[blind]).0, third);
}

#[test]
fn accounts_that_see_a_new_property_with_other_types_are_both_heard() {
    let seen = |account: &str, shape: &str| {
        let entity = format!(r#"{{"properties": {{"Wick": {{"get": {{"records": 1, "types": {{"{shape}": 1}}}}}}}}}}"#);
        report(account, "2026-01-31", &entity)
    };
    let (_, said) = verdicts(None, &[seen("00000000000000aa", "int"), seen("00000000000000bb", "text")]);
    assert_snapshot!(said, @"differs  Lantern.Wick: a property that the spec lacks, of several types: int text");
    let height = r#"{"properties": {"Height": {"get": {"records": 1, "types": {"text": 1}}}}}"#;
    let (_, said) = verdicts(None, &[report("00000000000000aa", "2026-01-31", height)]);
    assert_snapshot!(said, @"differs  Lantern.Height: it came as text, the spec says int");
}

/// `spec/probes.json` is committed, so nothing that a report was made to hold gets there.
#[test]
fn a_report_brings_no_texts_of_its_own() {
    let fault = |entities: &str| {
        let text = format!(
            r#"{{"format": "nexudus-probe", "version": 1, "made": "2026-01-31", "account": "00000000000000aa", "service": true, "entities": {entities}}}"#
        );
        probe::read(&text).unwrap_err()
    };
    assert_snapshot!(fault(r#"{"../../etc/passwd": {}}"#), @"1:126: expected the name of an entity, found `../../etc/passwd`");
    assert_snapshot!(fault(r#"{"Lantern": {"findings": [{"kind": "property-type", "subject": "ann@example.com"}]}}"#), @"1:126: Lantern: expected the name that a finding is of, found `ann@example.com`");
    assert_snapshot!(fault(r#"{"Lantern": {"marks": [{"property": "a b", "mark": "doubt", "verdict": "refuted"}]}}"#), @"1:126: Lantern: expected the name of a property or filter, found `a b`");
    let many = "{},".repeat(5_001);
    assert_snapshot!(fault(&format!(r#"{{"Lantern": {{"marks": [{many}{{}}]}}}}"#)), @"1:126: Lantern: expected at most 5000 of `marks`");
    let other = r#"{"marks": [{"property": "Height", "mark": "Ann Bee", "verdict": "refuted"}], "findings": [{"kind": "ann-bee", "subject": "Height"}],
        "properties": {"Wick": {"get": {"records": 1, "types": {"Ann\u001b[2J\u202e": 1}}}}}"#;
    let (kept, said) = verdicts(None, &[report("00000000000000aa", "2026-01-31", other)]);
    assert!(!kept.to_lowercase().contains("ann"), "{kept}");
    assert_snapshot!(said, @r"
    differs  Lantern: `Ann Bee` is passed over: this version does not know it
    differs  Lantern: `Ann[2J` is passed over: this version does not know it
    differs  Lantern: `ann-bee` is passed over: this version does not know it
    changed  Lantern.Wick: a new property, text; say whether it holds personal data or a secret
    ");
    // An entity that the spec does not have.
    let import = probe::merge(&BTreeMap::new(), None, &[report("00000000000000aa", "2026-01-31", ONCE)]).unwrap();
    assert_snapshot!(notes(&import), @"differs  Lantern: the spec has no such entity; import its pages first");
    assert!(!import.files[probe::VERDICTS].contains("Lantern"));
    for day in ["2026-13-01", "2026-00-10", "2026-01-32", "2026-01-3x"] {
        let text = format!(r#"{{"format": "nexudus-probe", "version": 1, "made": "{day}"}}"#);
        assert!(probe::read(&text).unwrap_err().contains("expected a day"), "{day}");
    }
}

/// It is written again from what is read.
#[test]
fn a_damaged_file_of_verdicts_is_refused() {
    let fault = |text: &str| {
        probe::merge(&BTreeMap::new(), Some(text), &[report("00000000000000aa", "2026-01-31", ONCE)]).unwrap_err()
    };
    assert_snapshot!(fault(""), @"spec/probes.json:1:1: expected a value, found the end of the file");
    assert_snapshot!(fault("{}"), @"spec/probes.json:1:1: expected an object with a list `verdicts`");
    assert_snapshot!(fault(r#"{"verdicts": [], "more": 1}"#), @"spec/probes.json:1:1: expected an object with a list `verdicts`");
    assert_snapshot!(fault(r#"{"verdicts": [1]}"#), @"spec/probes.json:1:15: expected an object");
    assert_snapshot!(fault(r#"{"verdicts": [{"entity": "A", "mark": "b"}]}"#), @"spec/probes.json:1:15: expected entity, mark and subject as texts");
    assert_snapshot!(fault(r#"{"verdicts": [{"entity": "A", "mark": "b", "subject": "c", "why": "d"}]}"#), @"spec/probes.json:1:15: expected the keys entity, mark, subject, confirmed and refuted");
    assert_snapshot!(fault(r#"{"verdicts": [{"entity": "A", "mark": "b", "subject": "c", "refuted": {"x": 1}}]}"#), @"spec/probes.json:1:15: expected a day for each account");
}

#[test]
fn pages_bring_no_sentences_and_no_sections() {
    let page = |text: &str| read(&format!("# Get one Lantern\nDELETE /api/sys/lanterns/{{id}}\n{text}\n")).unwrap();
    assert_eq!(page("Deprecated. Use `Beacon` instead.").deprecated, Some(Some("Beacon".to_owned())));
    assert_eq!(page("Deprecated. Use <b>all `of | this text instead.").deprecated, Some(None));
    let other = GET.replace("\nsys\n", "\nschema\n");
    let error = merge(&names(), &BTreeMap::new(), &[copy("get.txt", &other)]).unwrap_err();
    assert_snapshot!(error, @"get.txt: spec/api.json has no section `schema`; if it is new, add it there first");
}

/// Browsers put a comment or a declaration in front of what they save.
#[test]
fn html_is_known_by_its_first_tag() {
    for start in ["", "<!-- saved -->\n", "<?xml version=\"1.0\"?>", "\u{feff}<HTML>", "<head></head>", "<main>"] {
        let text = LIST.replace("<!DOCTYPE html><html><head><style>p{}</style></head>", start);
        assert_eq!(read(&format!("{start}{text}")).unwrap().filters.len(), 3, "{start}");
    }
}

/// Pages that once took minutes or hours, since each piece of them was looked for from its start to the page's end.
#[test]
fn a_page_made_to_be_slow_is_read_in_one_pass() {
    // An eighth of what may come: a second pass over a text of this length would show as well.
    let filled = |piece: &str| piece.repeat(MAX_BYTES / 8 / piece.len());
    let address = "<p>DELETE /api/sys/lanterns/{id}</p>";
    for (piece, around) in [
        ("<SCRIPT>GET</Script>", ("<html>", address)),
        ("&", ("<html>", "")),
        (" ", ("<html><pre>", "</pre>")),
        ("&#12", ("<html>", "")),
        ("{\n", ("", "")),
        ("[\n", ("", "")),
        ("GET\n/\n", ("", "")),
        ("Name, Other, ", ("DELETE /api/sys/lanterns/{id}\n\nNot populated: ", "")),
        ("`Name` Other ", ("DELETE /api/sys/lanterns/{id}\n\nNot populated: ", "")),
        ("a={b=\"", ("DELETE /api/sys/lanterns/{id}\n<ParamField ", "")),
    ] {
        let text = format!("{}{}{}", around.0, filled(piece), around.1);
        let named = text.contains("lanterns");
        assert_eq!(
            read(&text).is_ok_and(|page| page.plural == "lanterns"),
            named && !piece.starts_with("a="),
            "{piece}"
        );
    }
    let mut fields = String::from("GET /api/sys/lanterns/{id}\nResponse\n");
    for at in 0..MAX_BYTES / 20 {
        let _ = writeln!(fields, "A{at}\nstring");
    }
    assert!(read(&fields).unwrap_err().what.contains("at most 5000 properties"));
}
