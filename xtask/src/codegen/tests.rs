//! What is generated for each kind of thing, in the smallest spec that has it.

use std::collections::BTreeMap;

use insta::assert_snapshot;

use super::*;
use crate::spec;

const API: &str = r#"{
  "$schema": "schema/api.json", "service": "Nexudus", "base": "https://example.com/api",
  "sections": [{"name": "crm", "doc": "Sales."}, {"name": "sys", "doc": "System."}],
  "roles": {"list": "List", "get": "Read", "create": "Create", "update": "Edit", "delete": "Delete"},
  "common": [
    {"name": "Id", "type": "int", "filter": "Id", "filter_from": "2020", "from": "reference", "doc": "The number."},
    {"name": "SystemId", "type": "text", "create": "optional", "update": true, "filter": "{Entity}_SystemId", "filter_from": "2020", "from": "reference"},
    {"name": "CustomFields", "type": "json", "create": "optional", "update": true, "from": "reference"}
  ],
  "paging": {"page": "page", "size": "size", "order": "orderBy", "direction": "dir", "ascending": 1, "descending": -1, "default_size": 25, "max_size": 1000},
  "envelopes": {"page": ["Records", "TotalItems"], "write": ["Status"], "error": ["Message"]},
  "unplaced": [{"entity": "Ghost", "plural": "ghosts", "why": "No source names its section."}],
  "well_known": {"the_user": "User"}
}"#;

const ENUMS: &str = r#"{"$schema": "schema/enums.json", "enums": [
  {"name": "eColour", "doc": "Colours of a note.", "values": [[1, "Red"], [-2, "dark_blue"], [3, "3D", "Deep"]]}
]}"#;

const ALL: &str = r#"["list", "get", "create", "update", "delete"]"#;

fn entity(section: &str, name: &str, plural: &str, more: &str) -> (String, String) {
    let text = format!(
        r#"{{"$schema": "../schema/entity.json", "entity": "{name}", "plural": "{plural}", "section": "{section}", "doc": "A thing called {name}.", {more}}}"#
    );
    // One property a line, as the loader asks for.
    (format!("spec/{section}/{plural}.json"), text.replace("}, {", "},\n{"))
}

/// A spec of these entities, and a user that they can point at.
fn spec_of(entities: impl IntoIterator<Item = (String, String)>) -> Spec {
    let user = entity(
        "sys",
        "User",
        "users",
        r#""operations": ["list", "get"], "properties": [{"name": "Email", "type": "text", "from": "reference"}]"#,
    );
    let files: BTreeMap<String, String> =
        [("spec/api.json".to_owned(), API.to_owned()), ("spec/enums.json".to_owned(), ENUMS.to_owned()), user]
            .into_iter()
            .chain(entities)
            .collect();
    spec::load(&files).unwrap_or_else(|faults| panic!("{}", spec::report(&faults)))
}

/// The generated file of an entity `Note` with these keys.
fn note(more: &str) -> String {
    let spec = spec_of([entity("sys", "Note", "notes", more)]);
    generate(&spec).unwrap().files.remove("crates/nexudus-model/src/generated/sys/note.rs").unwrap()
}

/// The same with these properties and all operations.
fn properties(list: &str) -> String {
    note(&format!(r#""operations": {ALL}, "properties": [{list}]"#))
}

/// The blocks of a file that hold a text.
fn blocks(text: &str, wanted: &str) -> String {
    let found: Vec<&str> = text.split("\n\n").filter(|block| block.contains(wanted)).collect();
    assert!(!found.is_empty(), "{wanted} in {text}");
    found.join("\n\n")
}

/// The lines of a file that hold one of these texts.
fn lines(text: &str, wanted: &[&str]) -> String {
    let found: Vec<&str> =
        text.lines().filter(|line| wanted.iter().any(|wanted| line.contains(wanted))).map(str::trim).collect();
    found.join("\n")
}

/// The rows of an entity's properties, with their documentation.
fn rows(text: &str) -> String {
    let list = text.split("    properties {\n").nth(1).unwrap().split("\n    }\n").next().unwrap();
    list.lines().map(|line| line.strip_prefix("        ").unwrap_or(line)).collect::<Vec<_>>().join("\n")
}

/// The row of a property `A` of some kind, optional and required.
fn positions(kind: &str, filter: &str) -> String {
    let optional =
        format!(r#"{{"name": "A", {kind}, "create": "optional", "update": true, {filter} "from": "reference"}}"#);
    let required =
        format!(r#"{{"name": "A", {kind}, "create": "required", "update": true, {filter} "from": "reference"}}"#);
    format!("{}\n{}", rows(&properties(&optional)), rows(&properties(&required)))
}

const FILTER: &str = r#""filter": true, "filter_from": "reference","#;
const RANGED: &str = r#""filter": true, "filter_from": "reference", "range": true,"#;

#[test]
fn kinds_of_properties() {
    assert_snapshot!(positions(r#""type": "id", "of": "User""#, FILTER), @r#"
    /// `A`.
    a: Id<User> = "A", WRITABLE_FILTERED, {= set}, {A: Filter<Self, Id<User>> = "`Note_A`."};
    /// `A`, required on create.
    a: Id<User> = "A", REQUIRED_MARKED_UPDATABLE_FILTERED, {Id<User>}, {A: Filter<Self, Id<User>> = "`Note_A`."};
    "#);
    assert_snapshot!(positions(r#""type": "int""#, RANGED), @r#"
    /// `A`.
    a: i64 = "A", WRITABLE_FILTERED_RANGED, {= set},
        {A: Filter<Self, i64, EqualOrWithin> = "`Note_A`, for a range with `from_` and `to_` before it."};
    /// `A`.
    a: i64 = "A", MARKED_WRITABLE_FILTERED_RANGED, {= set},
        {A: Filter<Self, i64, EqualOrWithin> = "`Note_A`, for a range with `from_` and `to_` before it."};
    "#);
    assert_snapshot!(positions(r#""type": "bool""#, FILTER), @r#"
    /// `A`.
    a: bool = "A", WRITABLE_FILTERED, {= set}, {A: Filter<Self, bool> = "`Note_A`."};
    /// `A`.
    a: bool = "A", MARKED_WRITABLE_FILTERED, {= set}, {A: Filter<Self, bool> = "`Note_A`."};
    "#);
    assert_snapshot!(positions(r#""type": "decimal""#, RANGED), @r#"
    /// `A`.
    a: Decimal = "A", WRITABLE_FILTERED_RANGED, {= set},
        {A: Filter<Self, Decimal, EqualOrWithin> = "`Note_A`, for a range with `from_` and `to_` before it."};
    /// `A`.
    a: Decimal = "A", MARKED_WRITABLE_FILTERED_RANGED, {= set},
        {A: Filter<Self, Decimal, EqualOrWithin> = "`Note_A`, for a range with `from_` and `to_` before it."};
    "#);
    assert_snapshot!(positions(r#""type": "text""#, FILTER), @r#"
    /// `A`.
    a: String = "A", WRITABLE_FILTERED, {= into}, {A: Filter<Self, str> = "`Note_A`."};
    /// `A`, required on create.
    a: String = "A", REQUIRED_MARKED_UPDATABLE_FILTERED, {String}, {A: Filter<Self, str> = "`Note_A`."};
    "#);
    assert_snapshot!(positions(r#""type": "datetime""#, RANGED), @r#"
    /// `A`.
    a: DateTime = "A", WRITABLE_FILTERED_RANGED, {= set},
        {A: Filter<Self, DateTime, EqualOrWithin> = "`Note_A`, for a range with `from_` and `to_` before it."};
    /// `A`.
    a: DateTime = "A", MARKED_WRITABLE_FILTERED_RANGED, {= set},
        {A: Filter<Self, DateTime, EqualOrWithin> = "`Note_A`, for a range with `from_` and `to_` before it."};
    "#);
    assert_snapshot!(positions(r#""type": "civil""#, RANGED), @r#"
    /// `A`.
    a: CivilDateTime = "A", WRITABLE_FILTERED_RANGED, {= set},
        {A: Filter<Self, CivilDateTime, EqualOrWithin> = "`Note_A`, for a range with `from_` and `to_` before it."};
    /// `A`.
    a: CivilDateTime = "A", MARKED_WRITABLE_FILTERED_RANGED, {= set},
        {A: Filter<Self, CivilDateTime, EqualOrWithin> = "`Note_A`, for a range with `from_` and `to_` before it."};
    "#);
    assert_snapshot!(positions(r#""type": "guid""#, FILTER), @r#"
    /// `A`.
    a: Guid = "A", WRITABLE_FILTERED, {= set}, {A: Filter<Self, Guid> = "`Note_A`."};
    /// `A`.
    a: Guid = "A", MARKED_WRITABLE_FILTERED, {= set}, {A: Filter<Self, Guid> = "`Note_A`."};
    "#);
    assert_snapshot!(positions(r#""type": "enum", "enum": "eColour""#, FILTER), @r#"
    /// `A`.
    a: enums::Colour = "A", WRITABLE_FILTERED, {= set}, {A: Filter<Self, enums::Colour> = "`Note_A`."};
    /// `A`.
    a: enums::Colour = "A", MARKED_WRITABLE_FILTERED, {= set}, {A: Filter<Self, enums::Colour> = "`Note_A`."};
    "#);
    assert_snapshot!(positions(r#""type": "enum", "values_unknown": true"#, FILTER), @r#"
    /// `A`, an enumeration whose values no source lists.
    a: i64 = "A", WRITABLE_FILTERED, {= set}, {A: Filter<Self, i64> = "`Note_A`."};
    /// `A`, an enumeration whose values no source lists.
    a: i64 = "A", MARKED_WRITABLE_FILTERED, {= set}, {A: Filter<Self, i64> = "`Note_A`."};
    "#);
    assert_snapshot!(positions(r#""type": "ids", "of": "User""#, FILTER), @r#"
    /// `A`.
    a: Vec<Id<User>> = "A", WRITABLE_FILTERED, {= into}, {A: Filter<Self, Id<User>> = "`Note_A`."};
    /// `A`.
    a: Vec<Id<User>> = "A", MARKED_WRITABLE_FILTERED, {= into}, {A: Filter<Self, Id<User>> = "`Note_A`."};
    "#);
    assert_snapshot!(positions(r#""type": "ids""#, FILTER), @r#"
    /// `A`.
    a: Vec<i64> = "A", WRITABLE_FILTERED, {= into}, {A: Filter<Self, i64> = "`Note_A`."};
    /// `A`.
    a: Vec<i64> = "A", MARKED_WRITABLE_FILTERED, {= into}, {A: Filter<Self, i64> = "`Note_A`."};
    "#);
    assert_snapshot!(positions(r#""type": "json""#, ""), @r#"
    /// `A`.
    a: Json = "A", WRITABLE, {= set}, {};
    /// `A`.
    a: Json = "A", MARKED_WRITABLE, {= set}, {};
    "#);
}

#[test]
fn filters_and_ranges() {
    let filters = |text: &str| rows(&properties(text));
    assert_snapshot!(filters(r#"{"name": "Price", "type": "decimal", "range": true, "from": "reference"}"#), @r#"
    /// `Price`, read-only.
    price: Decimal = "Price", RANGED, {},
        {PRICE: Filter<Self, Decimal, Within> = "`from_Note_Price` and `to_Note_Price`."};
    "#);
    assert_snapshot!(filters(r#"{"name": "Price", "type": "decimal", "filter": true, "filter_from": "rule", "range": true, "from": "reference"}"#), @r#"
    /// `Price`, read-only.
    price: Decimal = "Price", FILTERED_BY_RULE_RANGED, {},
        {PRICE: Filter<Self, Decimal, EqualOrWithin> = "`Note_Price`, for a range with `from_` and `to_` before it. Known by the naming rule only."};
    "#);
    // Relations lose their Id by rule; any other name stands in the table.
    assert_snapshot!(filters(r#"{"name": "UserId", "type": "id", "of": "User", "filter": true, "filter_from": "2020", "from": "reference"}"#), @r#"
    /// `UserId`, read-only.
    user_id: Id<User> = "UserId", FILTERED, {}, {USER_ID: Filter<Self, Id<User>> = "`Note_User`."};
    "#);
    assert_snapshot!(filters(r#"{"name": "UserId", "type": "int", "filter": "Note_User", "filter_from": "2020", "from": "reference"}"#), @r#"
    /// `UserId`, read-only.
    user_id: i64 = "UserId", (FILTERED.with_filter("Note_User")), {}, {USER_ID: Filter<Self, i64> = "`Note_User`."};
    "#);
    assert_snapshot!(filters(r#"{"name": "UserName", "type": "text", "filter": "Note_User_Name", "filter_from": "2020", "from": "reference"}"#), @r#"
    /// `UserName`, read-only.
    user_name: String = "UserName", (FILTERED.with_filter("Note_User_Name")), {},
        {USER_NAME: Filter<Self, str> = "`Note_User_Name`."};
    "#);
    // A secret is not a filter.
    assert_snapshot!(filters(r#"{"name": "Pin", "type": "text", "sensitive": true, "from": "reference"}"#), @r#"
    /// `Pin`, read-only, secret.
    pin: String = "Pin", SENSITIVE, {}, {};
    "#);
}

#[test]
fn related_filters_and_files() {
    let text = note(&format!(
        r#""operations": {ALL}, "properties": [{{"name": "Text", "type": "text", "from": "reference"}}],
        "related_filters": [{{"name": "Note_User_Email", "type": "text"}}, {{"name": "Note_User_Ghost_Id", "type": "id", "of": "Ghost", "doc": "Who haunts it."}}],
        "files": [{{"name": "Image", "path": "getimage"}}]"#
    ));
    assert_snapshot!(text.split_once("    related").unwrap().1, @r#"
     {
            /// `Note_User_Email`.
            USER_EMAIL: Filter<Self, str> = RelatedFilter { name: "Note_User_Email", kind: Kind::Text, sensitive: false };
            /// `Note_User_Ghost_Id`. Who haunts it.
            USER_GHOST_ID: Filter<Self, Id<Ghost>> = RelatedFilter { name: "Note_User_Ghost_Id", kind: Kind::Id("Ghost"), sensitive: false };
        }
        files {
            /// The file at `sys/notes/getimage/<id>`.
            IMAGE_FILE: FileOf<Self> = FileFacts { name: "Image", path: "getimage" };
        }
        commands {}
        actions {}
    }
    "#);
}

#[test]
fn facts_in_table_and_documentation() {
    let facts = |text: &str| rows(&properties(&format!(r#"{{"name": "A", {text}}}"#)));
    assert_snapshot!(facts(r#""type": "int", "from": "reference""#), @r#"
    /// `A`, read-only.
    a: i64 = "A", READ_ONLY, {}, {};
    "#);
    assert_snapshot!(facts(r#""type": "int", "create": "required", "from": "client""#), @r#"
    /// `A`, set on create only.
    a: i64 = "A", MARKED_OPTIONAL_CLIENT, {= set}, {};
    "#);
    assert_snapshot!(facts(r#""type": "int", "update": true, "from": "2020""#), @r#"
    /// `A`, set on update only.
    a: i64 = "A", UPDATABLE_FROM_2020, {}, {};
    "#);
    assert_snapshot!(facts(r#""type": "text", "create": "optional", "update": true, "nullable": true, "write_only": true, "sensitive": true, "action": true, "from": "derived", "doubt": "maybe_withdrawn""#), @r#"
    /// `A`, write-only, null at times, secret, makes the service act, spelt by rule, missing from the newest reference.
    a: String = "A", WRITABLE_NULLABLE_WRITE_ONLY_SENSITIVE_ACTION_DERIVED_MAYBE_WITHDRAWN, {= into}, {};
    "#);
    assert_snapshot!(facts(r#""type": "json", "get_only": true, "from": "reference", "doubt": "only_2020", "doc": "Prices [net] of <all> items; see `Vec<Item>`.""#), @r#"
    /// `A`, read-only, not in lists, seen in 2020 alone. Prices \[net\] of \<all\> items; see `Vec<Item>`.
    a: Json = "A", (GET_ONLY_ONLY_2020.with_says("Prices [net] of <all> items; see `Vec<Item>`.")), {}, {};
    "#);
    assert_snapshot!(facts(r#""type": "enum", "values_unknown": true, "create": "optional", "update": true, "from": "reference", "deprecated": "B""#), @r#"
    /// `A`, an enumeration whose values no source lists.
    #[deprecated(note = "use B")]
    a: i64 = "A", WRITABLE, {= set}, {};
    "#);
}

#[test]
fn companions_of_lists() {
    let text = properties(
        r#"{"name": "Teams", "type": "ids", "of": "User", "create": "optional", "update": true, "get_only": true, "added_removed": true, "from": "reference"}"#,
    );
    assert_snapshot!(rows(&text), @r#"
    /// `Teams`, not in lists.
    teams: Vec<Id<User>> = "Teams", WRITABLE_GET_ONLY_ADDED_REMOVED, {= into}, {};
    /// `AddedTeams`, write-only: ids to add to `Teams`.
    added_teams: Vec<Id<User>> = "AddedTeams", UPDATABLE_WRITE_ONLY, {}, {};
    /// `RemovedTeams`, write-only: ids to remove from `Teams`.
    removed_teams: Vec<Id<User>> = "RemovedTeams", UPDATABLE_WRITE_ONLY, {}, {};
    "#);
    // A list that only a create takes has companions there.
    let text = properties(
        r#"{"name": "Teams", "type": "ids", "create": "required", "added_removed": true, "from": "reference"}"#,
    );
    assert_snapshot!(rows(&text), @r#"
    /// `Teams`, set on create only.
    teams: Vec<i64> = "Teams", MARKED_OPTIONAL_ADDED_REMOVED, {= into}, {};
    /// `AddedTeams`, write-only: ids to add to `Teams`.
    added_teams: Vec<i64> = "AddedTeams", OPTIONAL_WRITE_ONLY, {= into}, {};
    /// `RemovedTeams`, write-only: ids to remove from `Teams`.
    removed_teams: Vec<i64> = "RemovedTeams", OPTIONAL_WRITE_ONLY, {= into}, {};
    "#);
}

#[test]
fn combinations_of_operations() {
    let wiring = |operations: &str| {
        let property = r#"{"name": "Text", "type": "text", "from": "reference"}"#;
        let text = note(&format!(r#""operations": {operations}, "properties": [{property}]"#));
        lines(&text, &["`sys/notes`", "`Note-", "NoteProperties,", "operations "])
    };
    assert_snapshot!(wiring(r#"["list"]"#), @"
    /// `sys/notes`: list (role `Note-List`).
    Note, NoteProperties, {};
    operations [List];
    ");
    assert_snapshot!(wiring(r#"["get", "list"]"#), @"
    /// `sys/notes`: list (role `Note-List`), get (`Note-Read`).
    Note, NoteProperties, {};
    operations [List, Get];
    ");
    assert_snapshot!(wiring(r#"["list", "get", "update"]"#), @"
    /// `sys/notes`: list (role `Note-List`), get (`Note-Read`), update (`Note-Edit`).
    Note, NoteProperties, {};
    operations [List, Get, Update];
    ");
    assert_snapshot!(wiring(r#"["list", "get", "create"]"#), @"
    /// `sys/notes`: list (role `Note-List`), get (`Note-Read`), create (`Note-Create`).
    Note, NoteProperties, {NewNote};
    operations [List, Get, Create];
    ");
    assert_snapshot!(wiring(r#"["list", "get", "create", "update"]"#), @"
    /// `sys/notes`: list (role `Note-List`), get (`Note-Read`), create (`Note-Create`), update (`Note-Edit`).
    Note, NoteProperties, {NewNote};
    operations [List, Get, Create, Update];
    ");
    assert_snapshot!(wiring(ALL), @"
    /// `sys/notes`: list (role `Note-List`), get (`Note-Read`), create (`Note-Create`), update (`Note-Edit`), delete
    /// (`Note-Delete`).
    Note, NoteProperties, {NewNote};
    operations [List, Get, Create, Update, Delete];
    ");
}

#[test]
fn drafts_with_and_without_required_properties() {
    let optional = r#"{"name": "Text", "type": "text", "create": "optional", "update": true, "from": "reference", "doc": "What it says."}"#;
    let required = r#"{"name": "Type", "type": "int", "create": "required", "update": true, "from": "reference", "doc": "What it is."}"#;
    let draft = |list: &str| format!("{}\n{}", lines(&properties(list), &["NoteProperties,"]), rows(&properties(list)));
    assert_snapshot!(draft(optional), @r#"
    Note, NoteProperties, {NewNote};
    /// `Text`. What it says.
    text: String = "Text", WRITABLE, {= into}, {};
    "#);
    assert_snapshot!(draft(&format!("{optional}, {required}")), @r#"
    Note, NoteProperties, {NewNote};
    /// `Text`. What it says.
    text: String = "Text", WRITABLE, {= into}, {};
    /// `Type`. What it is.
    type_: i64 = "Type", MARKED_WRITABLE, {= set}, {};
    "#);
}

/// One property more, in the middle, touches the lines that it adds, the mark of the spec, and the line that the
/// positions end on: no other row is renumbered, and no list is filled anew.
#[test]
fn one_property_more_touches_its_own_lines() {
    let list = |count: usize| -> Vec<String> {
        let property = |i| {
            format!(
                r#"{{"name": "P{i}", "type": "bool", "create": "optional", "update": true, "filter": true, "filter_from": "rule", "from": "reference"}}"#
            )
        };
        (0..count).map(property).collect()
    };
    for count in [1, 11, 12, 13, 64] {
        let mut more = list(count);
        more.insert(
            count / 2,
            r#"{"name": "More", "type": "text", "create": "required", "filter": true, "filter_from": "rule", "from": "reference"}"#
                .to_owned(),
        );
        let (before, after) = (properties(&list(count).join(", ")), properties(&more.join(", ")));
        let diff = similar::TextDiff::from_lines(&before, &after);
        let (positions, changed): (Vec<String>, Vec<String>) = diff
            .iter_all_changes()
            .filter(|change| change.tag() != similar::ChangeTag::Equal)
            .map(|change| format!("{}{}", change.tag(), change.value().trim_end()))
            .filter(|line| !line.contains("// spec "))
            .partition(|line| {
                line.trim_start_matches(['+', '-', ' ']).starts_with(['p', '1', '2', '3', '4', '5', '6'])
            });
        let [before, after] = &positions[..] else { panic!("{positions:?}") };
        assert_eq!(
            after.get(1..),
            Some(&*before[1..].replace(&format!("] {count};"), &format!(" {count}] {};", count + 1)))
        );
        assert_eq!(
            changed,
            [
                // The first property that must be given.
                "-    Note, NoteProperties, {NewNote};",
                "+    Note, NoteProperties, {NewNote, NoteRequired};",
                "+        /// `More`, required on create, set on create only.",
                "+        more: String = \"More\", REQUIRED_MARKED_FILTERED_BY_RULE, {String},",
                "+            {MORE: Filter<Self, str> = \"`Note_More`. Known by the naming rule only.\"};",
            ],
            "{count}"
        );
    }
}

#[test]
fn deprecation() {
    let property = r#"{"name": "Text", "type": "text", "create": "required", "update": true, "filter": true, "filter_from": "rule", "from": "reference", "deprecated": "Body"}"#;
    let deprecated = |key: &str| note(&format!(r#""operations": {ALL}, {key} "properties": [{property}]"#));
    let shown = ["deprecated", "text: "];
    assert_snapshot!(lines(&deprecated(r#""deprecated": {"replacement": "Memo and `Letter`"},"#), &shown), @r#"
    #![allow(deprecated)]
    #[deprecated(note = "use Memo and `Letter`")]
    facts section: "sys", plural: "notes", deprecated: Some("Memo and `Letter`");
    #[deprecated(note = "use Body")]
    text: String = "Text", REQUIRED_MARKED_UPDATABLE_FILTERED_BY_RULE, {String},
    "#);
    assert_snapshot!(lines(&deprecated(r#""deprecated": {},"#), &shown), @r#"
    #![allow(deprecated)]
    /// The service has deprecated it and names nothing to use instead.
    #[deprecated(note = "the service has deprecated it and names nothing to use instead")]
    facts section: "sys", plural: "notes", deprecated: Some("");
    #[deprecated(note = "use Body")]
    text: String = "Text", REQUIRED_MARKED_UPDATABLE_FILTERED_BY_RULE, {String},
    "#);
    // Of one operation: the table and the documentation know; what is made for a create warns.
    let key =
        r#""deprecated_operations": [{"operation": "delete"}, {"operation": "create", "replacement": "`Memo`"}],"#;
    assert_snapshot!(lines(&deprecated(key), &["deprecated", "draft"]), @r#"
    #![allow(deprecated)]
    /// The operation create is deprecated: use `Memo`.
    /// The operation delete is deprecated, and the service names nothing to use instead.
    draft #[deprecated(note = "the operation create is deprecated: use `Memo`")]
    deprecated_operations: &[(Operation::Create, "`Memo`"), (Operation::Delete, "")];
    #[deprecated(note = "use Body")]
    "#);
    // Who points at a deprecated entity has to be allowed to.
    let spec = spec_of([
        entity(
            "sys",
            "Note",
            "notes",
            &format!(
                r#""operations": {ALL}, "deprecated": {{}}, "properties": [{{"name": "Text", "type": "text", "from": "reference"}}]"#
            ),
        ),
        entity(
            "crm",
            "Deal",
            "deals",
            r#""operations": ["list"], "properties": [{"name": "NoteId", "type": "id", "of": "Note", "from": "reference"}]"#,
        ),
    ]);
    let files = generate(&spec).unwrap().files;
    assert_snapshot!(lines(&files["crates/nexudus-model/src/generated/crm/deal.rs"], &["allow", "use ", "note_id: "]), @r#"
    #![allow(deprecated)]
    use crate::prelude::*;
    use crate::sys::Note;
    note_id: Id<Note> = "NoteId", READ_ONLY, {}, {};
    "#);
    assert_snapshot!(lines(&files["crates/nexudus-model/src/generated/sys/mod.rs"], &["allow", "pub use"]), @"
    #[allow(deprecated)]
    pub use note::{NewNote, Note, NoteProperties};
    pub use user::{User, UserProperties};
    ");
    assert_snapshot!(lines(&files["crates/nexudus-client/src/generated/sys.rs"], &["deprecated", "notes: "]), @r#"
    #![allow(deprecated)]
    #[deprecated(note = "the service has deprecated it and names nothing to use instead")]
    notes: nexudus_model::sys::Note,
    "#);
}

#[test]
fn documentation_of_an_entity() {
    let text = note(
        r#""operations": ["list", "get"], "commands": true, "doubt": "section_disputed",
        "notes": ["Two sources give the section `crm` and one gives `sys`; the newer one is taken, as it is the one that the service's own client follows.", "The plural is regular."],
        "properties": [{"name": "Text", "type": "text", "from": "reference"}]"#,
    );
    assert_snapshot!(text.split("    properties").next().unwrap(), @r#"
    // Generated by `cargo xtask codegen` from spec/sys/notes.json. Do not edit.
    // spec 9ac3035f35232f40

    use crate::prelude::*;

    entity! {
        /// A thing called Note.
        ///
        /// `sys/notes`: list (role `Note-List`), get (`Note-Read`).
        ///
        /// The service is known to have commands for it.
        ///
        /// Sources do not agree on its section.
        ///
        /// Two sources give the section `crm` and one gives `sys`; the newer one is taken, as it is the one that the
        /// service's own client follows.
        ///
        /// The plural is regular.
        Note, NoteProperties, {};
        operations [List, Get];
        facts section: "sys", plural: "notes", commands: true, doubt: Some(Doubt::Disputed);
        positions [0] 1;
    "#);
}

/// An entity or a relation may be called like something that generated code uses.
#[test]
fn names_that_mean_something_else() {
    let properties = r#""properties": [
        {"name": "OptionId", "type": "id", "of": "Option", "create": "required", "update": true, "filter": true, "filter_from": "rule", "from": "reference"},
        {"name": "Boxes", "type": "ids", "of": "Box", "create": "optional", "update": true, "from": "reference"},
        {"name": "FilterId", "type": "id", "of": "Filter", "from": "reference"}]"#;
    let spec = spec_of([
        entity("sys", "Filter", "filters", &format!(r#""operations": {ALL}, {properties}"#)),
        entity(
            "sys",
            "Option",
            "options",
            r#""operations": ["list"], "properties": [{"name": "Text", "type": "text", "from": "reference"}]"#,
        ),
        entity(
            "crm",
            "Box",
            "boxes",
            r#""operations": ["list"], "properties": [{"name": "Text", "type": "text", "from": "reference"}]"#,
        ),
    ]);
    let files = generate(&spec).unwrap().files;
    let shown = ["use ", ": "];
    assert_snapshot!(lines(&files["crates/nexudus-model/src/generated/sys/filter.rs"], &shown), @r#"
    use crate::prelude::*;
    /// `sys/filters`: list (role `Filter-List`), get (`Filter-Read`), create (`Filter-Create`), update (`Filter-Edit`),
    facts section: "sys", plural: "filters";
    option_id: Id<crate::sys::Option> = "OptionId", REQUIRED_MARKED_UPDATABLE_FILTERED_BY_RULE,
    {OPTION_ID: crate::prelude::Filter<Self, Id<crate::sys::Option>> = "`Filter_Option`. Known by the naming rule only."};
    boxes: Vec<Id<crate::crm::Box>> = "Boxes", WRITABLE, {= into}, {};
    filter_id: Id<Filter> = "FilterId", READ_ONLY, {}, {};
    "#);
    assert_snapshot!(lines(&files["crates/nexudus-model/src/generated/sys/option.rs"], &["text: "]), @r#"text: String = "Text", READ_ONLY, {}, {};"#);
}

#[test]
fn imports() {
    let spec = spec_of([
        entity(
            "crm",
            "Deal",
            "deals",
            r#""operations": ["list"], "properties": [
            {"name": "UserId", "type": "id", "of": "User", "from": "reference"}, {"name": "NoteId", "type": "id", "of": "Note", "from": "reference"},
            {"name": "GhostId", "type": "id", "of": "Ghost", "from": "reference"}, {"name": "DealId", "type": "id", "of": "Deal", "from": "reference"},
            {"name": "Colour", "type": "enum", "enum": "eColour", "from": "reference"}]"#,
        ),
        entity(
            "sys",
            "Note",
            "notes",
            r#""operations": ["list"], "properties": [{"name": "Text", "type": "text", "from": "reference"}]"#,
        ),
    ]);
    let files = generate(&spec).unwrap().files;
    assert_snapshot!(blocks(&files["crates/nexudus-model/src/generated/crm/deal.rs"], "use crate"), @r"
    use crate::enums;
    use crate::prelude::*;
    use crate::sys::{Note, User};
    use crate::unplaced::Ghost;
    ");
}

#[test]
fn enumerations() {
    let files = generate(&spec_of([])).unwrap().files;
    assert_snapshot!(files["crates/nexudus-model/src/generated/enums.rs"], @r#"
    // Generated by `cargo xtask codegen` from spec/enums.json. Do not edit.
    // spec f08cbc164ca0208d

    //! The enumerations of the service.
    //!
    //! A value that none of them lists is kept as `Unlisted`, with its number.

    open_enum! {
        /// Colours of a note. The service calls it `eColour`.
        Colour, "eColour" {
            1 Red "Red",
            -2 DarkBlue "dark_blue",
            3 Deep "3D",
        }
    }
    "#);
}

#[test]
fn files_around_the_entities() {
    let spec = spec_of([entity(
        "crm",
        "Deal",
        "deals",
        &format!(
            r#""operations": {ALL}, "properties": [{{"name": "Price", "type": "decimal", "create": "required", "from": "reference"}}]"#
        ),
    )]);
    let output = generate(&spec).unwrap();
    let files = &output.files;
    let paths: Vec<&str> = files.keys().map(String::as_str).collect();
    assert_snapshot!(paths.join("\n"), @r"
    crates/nexudus-client/src/generated/crm.rs
    crates/nexudus-client/src/generated/mod.rs
    crates/nexudus-client/src/generated/off.rs
    crates/nexudus-client/src/generated/sys.rs
    crates/nexudus-core/src/generated/common.rs
    crates/nexudus-core/src/generated/common_fields.rs
    crates/nexudus-core/src/generated/mod.rs
    crates/nexudus-core/src/generated/service.rs
    crates/nexudus-model/src/generated/crm/deal.rs
    crates/nexudus-model/src/generated/crm/mod.rs
    crates/nexudus-model/src/generated/enums.rs
    crates/nexudus-model/src/generated/facts.rs
    crates/nexudus-model/src/generated/mod.rs
    crates/nexudus-model/src/generated/placeholders.rs
    crates/nexudus-model/src/generated/sys/mod.rs
    crates/nexudus-model/src/generated/sys/user.rs
    crates/nexudus-model/src/generated/tables.rs
    crates/nexudus-model/src/generated/unplaced.rs
    crates/nexudus-model/src/generated/well_known.rs
    crates/nexudus-model/tests/it/generated/each_entity.rs
    ");
    assert_snapshot!(files["crates/nexudus-model/src/generated/mod.rs"], @r#"
    // Generated by `cargo xtask codegen` from spec/. Do not edit.
    // spec 1a07ace94c3fa348

    pub mod enums;
    pub mod unplaced;
    pub mod well_known;
    pub(crate) mod facts;
    mod placeholders;
    mod tables;

    #[cfg(feature = "crm")]
    pub mod crm;
    #[cfg(feature = "sys")]
    pub mod sys;

    #[cfg(not(feature = "crm"))]
    pub use placeholders::crm;
    #[cfg(not(feature = "sys"))]
    pub use placeholders::sys;

    pub(crate) use tables::{SWITCHED_OFF, TABLES};
    "#);
    assert_snapshot!(files["crates/nexudus-model/src/generated/placeholders.rs"], @r#"
    // Generated by `cargo xtask codegen` from spec/. Do not edit.
    // spec 1a07ace94c3fa348

    //! Entities of sections that are switched off: tags for typed ids.

    /// Tags for typed ids: the feature `crm` makes them records.
    #[cfg(not(feature = "crm"))]
    pub mod crm {
        tags! {
            /// A tag for typed ids.
            Deal,
        }
    }

    /// Tags for typed ids: the feature `sys` makes them records.
    #[cfg(not(feature = "sys"))]
    pub mod sys {
        tags! {
            /// A tag for typed ids.
            User,
        }
    }
    "#);
    assert_snapshot!(files["crates/nexudus-model/src/generated/tables.rs"], @r#"
    // Generated by `cargo xtask codegen` from spec/. Do not edit.
    // spec 1a07ace94c3fa348

    use crate::prelude::*;

    /// All entities whose section is switched on, by section and plural.
    pub(crate) static TABLES: &[&EntityTable] = &[
        #[cfg(feature = "crm")]
        &crate::crm::deal::TABLE,
        #[cfg(feature = "sys")]
        &crate::sys::user::TABLE,
    ];

    /// The sections that are switched off, with name and plural of their entities.
    pub(crate) static SWITCHED_OFF: &[(&str, &[(&str, &str)])] = &[
        #[cfg(not(feature = "crm"))]
        ("crm", &[("Deal", "deals")]),
        #[cfg(not(feature = "sys"))]
        ("sys", &[("User", "users")]),
    ];
    "#);
    assert_snapshot!(files["crates/nexudus-model/src/generated/unplaced.rs"], @"
    // Generated by `cargo xtask codegen` from spec/api.json. Do not edit.
    // spec 21f3b3e97a428228

    //! Entities that no source gives a section for: tags for typed ids, and nothing more.

    tags! {
        /// No source names its section.
        Ghost,
    }
    ");
    assert_snapshot!(files["crates/nexudus-model/src/generated/well_known.rs"], @r#"
    // Generated by `cargo xtask codegen` from spec/api.json. Do not edit.
    // spec 21f3b3e97a428228

    //! Entities that hand-written code needs to know, by the part that they play there.

    use crate::prelude::*;

    /// The part `the_user`.
    #[cfg(feature = "sys")]
    pub type TheUser = crate::sys::User;
    /// The table of the part `the_user`, unless the section `sys` is switched off.
    #[cfg(feature = "sys")]
    pub static THE_USER: Option<&EntityTable> = Some(&crate::sys::user::TABLE);
    /// The table of the part `the_user`, unless the section `sys` is switched off.
    #[cfg(not(feature = "sys"))]
    pub static THE_USER: Option<&EntityTable> = None;
    "#);
    assert_snapshot!(files["crates/nexudus-model/src/generated/crm/mod.rs"], @"
    // Generated by `cargo xtask codegen` from spec/crm/. Do not edit.
    // spec f2787f53c98db7f3

    //! The section `crm`. Sales.

    pub(crate) mod deal;

    pub use deal::{Deal, DealProperties, NewDeal};
    ");
    assert_snapshot!(files["crates/nexudus-client/src/generated/mod.rs"], @r#"
    // Generated by `cargo xtask codegen` from spec/. Do not edit.
    // spec 1a07ace94c3fa348

    #[cfg(feature = "crm")]
    mod crm;
    #[cfg(feature = "sys")]
    mod sys;
    pub(crate) mod off;
    "#);
    assert_snapshot!(files["crates/nexudus-client/src/generated/crm.rs"], @"
    // Generated by `cargo xtask codegen` from spec/crm/. Do not edit.
    // spec 583edf7c8c0a7d49

    accessors! {
        /// A thing called Deal.
        deals: nexudus_model::crm::Deal,
    }
    ");
    assert_snapshot!(files["crates/nexudus-core/src/generated/common.rs"], @r#"
    // Generated by `cargo xtask codegen` from spec/api.json. Do not edit.
    // spec 21f3b3e97a428228

    use super::COMMON_FIELDS;
    use crate::facts::Field;
    use crate::json::*;
    use crate::value::*;

    /// The properties that every record has.
    #[derive(Clone, Default, PartialEq)]
    #[non_exhaustive]
    pub struct Common {
        /// `Id`, read-only. The number.
        pub id: Option<i64>,
        /// `SystemId`.
        pub system_id: Option<String>,
        /// `CustomFields`.
        pub custom_fields: Option<Json>,
    }

    impl Common {
        /// What is known of each of these properties.
        pub const FIELDS: &'static [Field] = COMMON_FIELDS;
    }

    impl Slots for Common {
        fn slot(&self, at: usize) -> Option<&dyn Slot> {
            Some(
                match at {
                    0 => &self.id,
                    1 => &self.system_id,
                    2 => &self.custom_fields,
                    _ => return None,
                },
            )
        }
        fn slot_mut(&mut self, at: usize) -> Option<&mut dyn Slot> {
            Some(
                match at {
                    0 => &mut self.id,
                    1 => &mut self.system_id,
                    2 => &mut self.custom_fields,
                    _ => return None,
                },
            )
        }
    }
    "#);
    assert_snapshot!(files["crates/nexudus-core/src/generated/service.rs"], @r#"
    // Generated by `cargo xtask codegen` from spec/api.json. Do not edit.
    // spec 21f3b3e97a428228

    //! The service: where it is, and how it spells what all entities share.

    /// The name of the service.
    pub const NAME: &str = "Nexudus";
    /// The base address of the service.
    pub const BASE_URL: &str = "https://example.com/api";
    /// The sections, each with a sentence on what it holds.
    pub const SECTIONS: &[(&str, &str)] = &[("crm", "Sales."), ("sys", "System.")];
    /// What stands behind an entity's name in the role for list, get, create, update and delete.
    pub(crate) const ROLE_SUFFIXES: [&str; 5] = ["List", "Read", "Create", "Edit", "Delete"];
    /// The query parameter for the number of the page, counted from 1.
    pub const PAGE: &str = "page";
    /// The query parameter for the number of records on a page.
    pub const SIZE: &str = "size";
    /// The query parameter for the property to sort by.
    pub const ORDER: &str = "orderBy";
    /// The query parameter for the direction to sort in.
    pub const DIRECTION: &str = "dir";
    /// The direction from the smallest to the largest.
    pub const ASCENDING: i64 = 1;
    /// The direction from the largest to the smallest.
    pub const DESCENDING: i64 = -1;
    /// The number of records on a page where the caller asks for none.
    pub const DEFAULT_SIZE: u32 = 25;
    /// The largest number of records on a page.
    pub const MAX_SIZE: u32 = 1000;
    /// The keys of a page.
    pub const PAGE_KEYS: &[&str] = &["Records", "TotalItems"];
    /// The keys of the answer to a write.
    pub const WRITE_KEYS: &[&str] = &["Status"];
    /// The keys of one error in such an answer.
    pub const ERROR_KEYS: &[&str] = &["Message"];
    "#);
    let blocks: Vec<String> = output.blocks.iter().map(|block| format!("{}\n{}", block.file, block.text)).collect();
    assert_snapshot!(blocks.join("\n"), @r#"
    README.md
    | section | entities | list | get | create | update | delete | properties | filters | files |
    |---|--:|--:|--:|--:|--:|--:|--:|--:|--:|
    | crm | 1 | 1 | 1 | 1 | 1 | 1 | 1 | 0 | 0 |
    | sys | 1 | 1 | 1 | 0 | 0 | 0 | 1 | 0 | 0 |
    | all | 2 | 2 | 2 | 1 | 1 | 1 | 2 | 0 | 0 |

    | source | property names | filter names |
    |---|--:|--:|
    | records of the live service |  |  |
    | current reference | 2 |  |
    | a public client |  |  |
    | reference of January 2020 |  |  |
    | derived from a command-line flag |  |  |
    | naming rule only |  |  |

    7 operations on 2 entities; 1 enumerations with 3 values; 1 entities are known by name only.

    crates/nexudus-model/Cargo.toml
    all-sections = ["crm", "sys"]
    crm = []
    sys = []

    crates/nexudus-client/Cargo.toml
    all-sections = ["crm", "sys"]
    crm = ["nexudus-model/crm"]
    sys = ["nexudus-model/sys"]
    "#);
}

#[test]
fn generation_is_deterministic_and_in_parts() {
    let spec = spec_of([entity(
        "crm",
        "Deal",
        "deals",
        r#""operations": ["list"], "properties": [{"name": "Price", "type": "decimal", "from": "reference"}]"#,
    )]);
    let whole = generate(&spec).unwrap();
    assert_eq!(whole, generate(&spec).unwrap());
    let deal = spec.entities.iter().find(|entity| entity.name == "Deal").unwrap();
    let part = generate_only(&spec, deal).unwrap();
    let paths: Vec<&str> = part.keys().map(String::as_str).collect();
    assert_eq!(paths, ["crates/nexudus-client/src/generated/crm.rs", "crates/nexudus-model/src/generated/crm/deal.rs"]);
    assert!(part.iter().all(|(path, text)| whole.files[path] == *text));
}

/// A change of one entity's file changes that entity's files, and no hash anywhere else.
#[test]
fn changes_stay_local() {
    let deal = |doc: &str| {
        entity(
            "crm",
            "Deal",
            "deals",
            &format!(
                r#""operations": ["list"], "properties": [{{"name": "Price", "type": "decimal", "from": "reference", "doc": "{doc}"}}]"#
            ),
        )
    };
    let before = generate(&spec_of([deal("Net.")])).unwrap();
    let after = generate(&spec_of([deal("Gross.")])).unwrap();
    let changed: Vec<&str> = before
        .files
        .iter()
        .filter(|(path, text)| after.files[*path] != **text)
        .map(|(path, _)| path.as_str())
        .collect();
    assert_eq!(changed, ["crates/nexudus-model/src/generated/crm/deal.rs"]);
}
