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
    (format!("spec/{section}/{plural}.json"), text)
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

/// A property `A` of some kind: in the record, among required ones, as a setter, as a filter, in the table.
fn positions(kind: &str, filter: &str) -> String {
    let wanted = &["pub a:", "pub fn a(", "self.record.a =", "record.a =", "pub const A", "Field::"];
    let optional =
        format!(r#"{{"name": "A", {kind}, "create": "optional", "update": true, {filter} "from": "reference"}}"#);
    let required =
        format!(r#"{{"name": "A", {kind}, "create": "required", "update": true, {filter} "from": "reference"}}"#);
    let (optional, required) = (lines(&properties(&optional), wanted), lines(&properties(&required), wanted));
    format!("optional\n{optional}\nrequired\n{required}")
}

const FILTER: &str = r#""filter": true, "filter_from": "reference","#;
const RANGED: &str = r#""filter": true, "filter_from": "reference", "range": true,"#;

#[test]
fn kinds_of_properties() {
    assert_snapshot!(positions(r#""type": "id", "of": "User""#, FILTER), @r#"
    optional
    pub a: Option<Id<User>>,
    pub const A: Filter<Self, Id<User>> = Filter::at(0);
    pub fn a(mut self, value: Id<User>) -> Self {
    self.record.a = Some(value);
    fields: &[Field::id("A", "User").writable().filtered()],
    required
    pub a: Option<Id<User>>,
    pub const A: Filter<Self, Id<User>> = Filter::at(0);
    pub a: Id<User>,
    record.a = Some(required.a);
    fields: &[Field::id("A", "User").required().marked().updatable().filtered()],
    "#);
    assert_snapshot!(positions(r#""type": "int""#, RANGED), @r#"
    optional
    pub a: Option<i64>,
    pub const A: Filter<Self, i64, EqualOrWithin> = Filter::at(0);
    pub fn a(mut self, value: i64) -> Self {
    self.record.a = Some(value);
    fields: &[Field::int("A").writable().filtered().ranged()],
    required
    pub a: Option<i64>,
    pub const A: Filter<Self, i64, EqualOrWithin> = Filter::at(0);
    pub fn a(mut self, value: i64) -> Self {
    self.record.a = Some(value);
    fields: &[Field::int("A").marked().writable().filtered().ranged()],
    "#);
    assert_snapshot!(positions(r#""type": "bool""#, FILTER), @r#"
    optional
    pub a: Option<bool>,
    pub const A: Filter<Self, bool> = Filter::at(0);
    pub fn a(mut self, value: bool) -> Self {
    self.record.a = Some(value);
    fields: &[Field::bool("A").writable().filtered()],
    required
    pub a: Option<bool>,
    pub const A: Filter<Self, bool> = Filter::at(0);
    pub fn a(mut self, value: bool) -> Self {
    self.record.a = Some(value);
    fields: &[Field::bool("A").marked().writable().filtered()],
    "#);
    assert_snapshot!(positions(r#""type": "decimal""#, RANGED), @r#"
    optional
    pub a: Option<Decimal>,
    pub const A: Filter<Self, Decimal, EqualOrWithin> = Filter::at(0);
    pub fn a(mut self, value: Decimal) -> Self {
    self.record.a = Some(value);
    fields: &[Field::decimal("A").writable().filtered().ranged()],
    required
    pub a: Option<Decimal>,
    pub const A: Filter<Self, Decimal, EqualOrWithin> = Filter::at(0);
    pub fn a(mut self, value: Decimal) -> Self {
    self.record.a = Some(value);
    fields: &[Field::decimal("A").marked().writable().filtered().ranged()],
    "#);
    assert_snapshot!(positions(r#""type": "text""#, FILTER), @r#"
    optional
    pub a: Option<String>,
    pub const A: Filter<Self, str> = Filter::at(0);
    pub fn a(mut self, value: impl Into<String>) -> Self {
    self.record.a = Some(value.into());
    fields: &[Field::text("A").writable().filtered()],
    required
    pub a: Option<String>,
    pub const A: Filter<Self, str> = Filter::at(0);
    pub a: String,
    record.a = Some(required.a);
    fields: &[Field::text("A").required().marked().updatable().filtered()],
    "#);
    assert_snapshot!(positions(r#""type": "datetime""#, RANGED), @r#"
    optional
    pub a: Option<DateTime>,
    pub const A: Filter<Self, DateTime, EqualOrWithin> = Filter::at(0);
    pub fn a(mut self, value: DateTime) -> Self {
    self.record.a = Some(value);
    fields: &[Field::datetime("A").writable().filtered().ranged()],
    required
    pub a: Option<DateTime>,
    pub const A: Filter<Self, DateTime, EqualOrWithin> = Filter::at(0);
    pub fn a(mut self, value: DateTime) -> Self {
    self.record.a = Some(value);
    fields: &[Field::datetime("A").marked().writable().filtered().ranged()],
    "#);
    assert_snapshot!(positions(r#""type": "civil""#, RANGED), @r#"
    optional
    pub a: Option<CivilDateTime>,
    pub const A: Filter<Self, CivilDateTime, EqualOrWithin> = Filter::at(0);
    pub fn a(mut self, value: CivilDateTime) -> Self {
    self.record.a = Some(value);
    fields: &[Field::civil("A").writable().filtered().ranged()],
    required
    pub a: Option<CivilDateTime>,
    pub const A: Filter<Self, CivilDateTime, EqualOrWithin> = Filter::at(0);
    pub fn a(mut self, value: CivilDateTime) -> Self {
    self.record.a = Some(value);
    fields: &[Field::civil("A").marked().writable().filtered().ranged()],
    "#);
    assert_snapshot!(positions(r#""type": "guid""#, FILTER), @r#"
    optional
    pub a: Option<Guid>,
    pub const A: Filter<Self, Guid> = Filter::at(0);
    pub fn a(mut self, value: Guid) -> Self {
    self.record.a = Some(value);
    fields: &[Field::guid("A").writable().filtered()],
    required
    pub a: Option<Guid>,
    pub const A: Filter<Self, Guid> = Filter::at(0);
    pub fn a(mut self, value: Guid) -> Self {
    self.record.a = Some(value);
    fields: &[Field::guid("A").marked().writable().filtered()],
    "#);
    assert_snapshot!(positions(r#""type": "enum", "enum": "eColour""#, FILTER), @r#"
    optional
    pub a: Option<enums::Colour>,
    pub const A: Filter<Self, enums::Colour> = Filter::at(0);
    pub fn a(mut self, value: enums::Colour) -> Self {
    self.record.a = Some(value);
    fields: &[Field::one_of("A", enums::Colour::TABLE).writable().filtered()],
    required
    pub a: Option<enums::Colour>,
    pub const A: Filter<Self, enums::Colour> = Filter::at(0);
    pub fn a(mut self, value: enums::Colour) -> Self {
    self.record.a = Some(value);
    fields: &[Field::one_of("A", enums::Colour::TABLE).marked().writable().filtered()],
    "#);
    assert_snapshot!(positions(r#""type": "enum", "values_unknown": true"#, FILTER), @r#"
    optional
    pub a: Option<i64>,
    pub const A: Filter<Self, i64> = Filter::at(0);
    pub fn a(mut self, value: i64) -> Self {
    self.record.a = Some(value);
    fields: &[Field::int("A").writable().filtered()],
    required
    pub a: Option<i64>,
    pub const A: Filter<Self, i64> = Filter::at(0);
    pub fn a(mut self, value: i64) -> Self {
    self.record.a = Some(value);
    fields: &[Field::int("A").marked().writable().filtered()],
    "#);
    assert_snapshot!(positions(r#""type": "ids", "of": "User""#, FILTER), @r#"
    optional
    pub a: Option<Vec<Id<User>>>,
    pub const A: Filter<Self, Id<User>> = Filter::at(0);
    pub fn a(mut self, value: impl Into<Vec<Id<User>>>) -> Self {
    self.record.a = Some(value.into());
    fields: &[Field::ids("A", "User").writable().filtered()],
    required
    pub a: Option<Vec<Id<User>>>,
    pub const A: Filter<Self, Id<User>> = Filter::at(0);
    pub fn a(mut self, value: impl Into<Vec<Id<User>>>) -> Self {
    self.record.a = Some(value.into());
    fields: &[Field::ids("A", "User").marked().writable().filtered()],
    "#);
    assert_snapshot!(positions(r#""type": "ids""#, FILTER), @r#"
    optional
    pub a: Option<Vec<i64>>,
    pub const A: Filter<Self, i64> = Filter::at(0);
    pub fn a(mut self, value: impl Into<Vec<i64>>) -> Self {
    self.record.a = Some(value.into());
    fields: &[Field::numbers("A").writable().filtered()],
    required
    pub a: Option<Vec<i64>>,
    pub const A: Filter<Self, i64> = Filter::at(0);
    pub fn a(mut self, value: impl Into<Vec<i64>>) -> Self {
    self.record.a = Some(value.into());
    fields: &[Field::numbers("A").marked().writable().filtered()],
    "#);
    assert_snapshot!(positions(r#""type": "json""#, ""), @r#"
    optional
    pub a: Option<Json>,
    pub fn a(mut self, value: Json) -> Self {
    self.record.a = Some(value);
    fields: &[Field::json("A").writable()],
    required
    pub a: Option<Json>,
    pub fn a(mut self, value: Json) -> Self {
    self.record.a = Some(value);
    fields: &[Field::json("A").marked().writable()],
    "#);
}

#[test]
fn filters_and_ranges() {
    let filters = |text: &str| lines(&properties(text), &["pub const", "from_Note", "`Note_", "Field::"]);
    assert_snapshot!(filters(r#"{"name": "Price", "type": "decimal", "range": true, "from": "reference"}"#), @r#"
    /// `from_Note_Price` and `to_Note_Price`.
    pub const PRICE: Filter<Self, Decimal, Within> = Filter::at(0);
    fields: &[Field::decimal("Price").ranged()],
    "#);
    assert_snapshot!(filters(r#"{"name": "Price", "type": "decimal", "filter": true, "filter_from": "rule", "range": true, "from": "reference"}"#), @r#"
    /// `Note_Price`, `from_Note_Price` and `to_Note_Price`. Known by the naming rule only.
    pub const PRICE: Filter<Self, Decimal, EqualOrWithin> = Filter::at(0);
    fields: &[Field::decimal("Price").filtered().by_rule().ranged()],
    "#);
    // Relations lose their Id by rule; any other name stands in the table.
    assert_snapshot!(filters(r#"{"name": "UserId", "type": "id", "of": "User", "filter": true, "filter_from": "2020", "from": "reference"}"#), @r#"
    /// `Note_User`.
    pub const USER_ID: Filter<Self, Id<User>> = Filter::at(0);
    fields: &[Field::id("UserId", "User").filtered()],
    "#);
    assert_snapshot!(filters(r#"{"name": "UserId", "type": "int", "filter": "Note_User", "filter_from": "2020", "from": "reference"}"#), @r#"
    /// `Note_User`.
    pub const USER_ID: Filter<Self, i64> = Filter::at(0);
    fields: &[Field::int("UserId").filter("Note_User")],
    "#);
    assert_snapshot!(filters(r#"{"name": "UserName", "type": "text", "filter": "Note_User_Name", "filter_from": "2020", "from": "reference"}"#), @r#"
    /// `Note_User_Name`.
    pub const USER_NAME: Filter<Self, str> = Filter::at(0);
    fields: &[Field::text("UserName").filter("Note_User_Name")],
    "#);
    assert_eq!(
        lines(
            &properties(r#"{"name": "Pin", "type": "text", "sensitive": true, "from": "reference"}"#),
            &["pub const"]
        ),
        ""
    );
}

#[test]
fn related_filters_and_files() {
    let text = note(&format!(
        r#""operations": {ALL}, "properties": [{{"name": "Text", "type": "text", "from": "reference"}}],
        "related_filters": [{{"name": "Note_User_Email", "type": "text"}}, {{"name": "Note_User_Ghost_Id", "type": "id", "of": "Ghost", "doc": "Who haunts it."}}],
        "files": [{{"name": "Image", "path": "getimage"}}]"#
    ));
    assert_snapshot!(blocks(&text, "impl Note {"), @r"
    impl Note {
        /// `Note_User_Email`.
        pub const USER_EMAIL: Filter<Self, str> = Filter::related(0);
        /// `Note_User_Ghost_Id`. Who haunts it.
        pub const USER_GHOST_ID: Filter<Self, Id<Ghost>> = Filter::related(1);
        /// The file at `sys/notes/getimage/<id>`.
        pub const IMAGE_FILE: FileOf<Self> = FileOf::at(0);
    }
    ");
    assert_snapshot!(lines(&text, &["RelatedFilter {", " File {"]), @r"
    RelatedFilter {
    RelatedFilter {
    File {
    ");
}

#[test]
fn facts_in_table_and_documentation() {
    let facts = |text: &str| {
        let text = properties(&format!(r#"{{"name": "A", {text}}}"#));
        let row: Vec<&str> =
            text.split("fields: &[").nth(1).unwrap().split("],").next().unwrap().lines().map(str::trim).collect();
        let about: Vec<&str> = text
            .split("pub common: Common,\n")
            .nth(1)
            .unwrap()
            .split("pub a:")
            .next()
            .unwrap()
            .lines()
            .map(str::trim)
            .collect();
        format!("{}\n{}", about.join("\n").trim(), row.join(""))
    };
    assert_snapshot!(facts(r#""type": "int", "from": "reference""#), @r#"
    /// `A`, read-only.
    Field::int("A")
    "#);
    assert_snapshot!(facts(r#""type": "int", "create": "required", "from": "client""#), @r#"
    /// `A`, set on create only.
    Field::int("A").marked().optional().client()
    "#);
    assert_snapshot!(facts(r#""type": "int", "update": true, "from": "2020""#), @r#"
    /// `A`, set on update only.
    Field::int("A").updatable().from_2020()
    "#);
    assert_snapshot!(facts(r#""type": "text", "create": "optional", "update": true, "nullable": true, "write_only": true, "sensitive": true, "action": true, "from": "derived", "doubt": "maybe_withdrawn""#), @r#"
    /// `A`, write-only, null at times, secret, makes the service act, spelt by rule, missing from
    /// the newest reference.
    Field::text("A").writable().nullable().write_only().sensitive().action().derived().maybe_withdrawn(),
    "#);
    assert_snapshot!(facts(r#""type": "json", "get_only": true, "from": "reference", "doubt": "only_2020", "doc": "Prices [net] of <all> items; see `Vec<Item>`.""#), @r#"
    /// `A`, read-only, not in lists, seen in 2020 alone. Prices \[net\] of \<all\> items; see
    /// `Vec<Item>`.
    Field::json("A").get_only().only_2020().doc("Prices [net] of <all> items; see `Vec<Item>`."),
    "#);
    assert_snapshot!(facts(r#""type": "enum", "values_unknown": true, "create": "optional", "update": true, "from": "reference", "deprecated": "B""#), @r#"
    /// `A`, an enumeration whose values no source lists.
    #[deprecated(note = "use B")]
    Field::int("A").writable()
    "#);
}

#[test]
fn companions_of_lists() {
    let text = properties(
        r#"{"name": "Teams", "type": "ids", "of": "User", "create": "optional", "update": true, "get_only": true, "added_removed": true, "from": "reference"}"#,
    );
    assert_snapshot!(lines(&text, &["eams"]), @r#"
    /// `Teams`, not in lists.
    pub teams: Option<Vec<Id<User>>>,
    /// `AddedTeams`, write-only: ids to add to `Teams`.
    pub added_teams: Option<Vec<Id<User>>>,
    /// `RemovedTeams`, write-only: ids to remove from `Teams`.
    pub removed_teams: Option<Vec<Id<User>>>,
    0 teams, 1 added_teams, 2 removed_teams,
    /// Sets `Teams`.
    pub fn teams(mut self, value: impl Into<Vec<Id<User>>>) -> Self {
    self.record.teams = Some(value.into());
    Field::ids("Teams", "User").writable().get_only().added_removed(),
    Field::ids("AddedTeams", "User").updatable().write_only(),
    Field::ids("RemovedTeams", "User").updatable().write_only(),
    "#);
    // A list that only a create takes has companions there.
    let text = properties(
        r#"{"name": "Teams", "type": "ids", "create": "required", "added_removed": true, "from": "reference"}"#,
    );
    assert_snapshot!(lines(&text, &["pub fn", "Field::"]), @r#"
    pub fn new() -> Self {
    pub fn teams(mut self, value: impl Into<Vec<i64>>) -> Self {
    pub fn added_teams(mut self, value: impl Into<Vec<i64>>) -> Self {
    pub fn removed_teams(mut self, value: impl Into<Vec<i64>>) -> Self {
    Field::numbers("Teams").marked().optional().added_removed(),
    Field::numbers("AddedTeams").optional().write_only(),
    Field::numbers("RemovedTeams").optional().write_only(),
    "#);
}

#[test]
fn combinations_of_operations() {
    let wiring = |operations: &str| {
        let property = r#"{"name": "Text", "type": "text", "from": "reference"}"#;
        let text = note(&format!(r#""operations": {operations}, "properties": [{property}]"#));
        lines(&text, &["`sys/notes`", "`Note-", "impl Can", "draft!", "pub struct", "operations:"])
    };
    assert_snapshot!(wiring(r#"["list"]"#), @r"
    /// `sys/notes`: list (role `Note-List`).
    pub struct Note {
    impl CanList for Note {}
    operations: &[Operation::List],
    ");
    assert_snapshot!(wiring(r#"["get", "list"]"#), @r"
    /// `sys/notes`: list (role `Note-List`), get (`Note-Read`).
    pub struct Note {
    impl CanList for Note {}
    impl CanGet for Note {}
    operations: &[Operation::List, Operation::Get],
    ");
    assert_snapshot!(wiring(r#"["list", "get", "update"]"#), @r"
    /// `sys/notes`: list (role `Note-List`), get (`Note-Read`), update (`Note-Edit`).
    pub struct Note {
    impl CanList for Note {}
    impl CanGet for Note {}
    impl CanUpdate for Note {}
    operations: &[Operation::List, Operation::Get, Operation::Update],
    ");
    assert_snapshot!(wiring(r#"["list", "get", "create"]"#), @r"
    /// `sys/notes`: list (role `Note-List`), get (`Note-Read`), create (`Note-Create`).
    pub struct Note {
    draft!(NewNote, Note);
    impl CanList for Note {}
    impl CanGet for Note {}
    pub struct NewNote {
    operations: &[Operation::List, Operation::Get, Operation::Create],
    ");
    assert_snapshot!(wiring(r#"["list", "get", "create", "update"]"#), @r"
    /// `sys/notes`: list (role `Note-List`), get (`Note-Read`), create (`Note-Create`), update
    /// (`Note-Edit`).
    pub struct Note {
    draft!(NewNote, Note);
    impl CanList for Note {}
    impl CanGet for Note {}
    impl CanUpdate for Note {}
    pub struct NewNote {
    operations: &[Operation::List, Operation::Get, Operation::Create, Operation::Update],
    ");
    assert_snapshot!(wiring(ALL), @r"
    /// `sys/notes`: list (role `Note-List`), get (`Note-Read`), create (`Note-Create`), update
    /// (`Note-Edit`), delete (`Note-Delete`).
    pub struct Note {
    draft!(NewNote, Note);
    impl CanList for Note {}
    impl CanGet for Note {}
    impl CanUpdate for Note {}
    impl CanDelete for Note {}
    pub struct NewNote {
    operations: &Operation::ALL,
    ");
}

#[test]
fn drafts_with_and_without_required_properties() {
    let optional = r#"{"name": "Text", "type": "text", "create": "optional", "update": true, "from": "reference", "doc": "What it says."}"#;
    let required = r#"{"name": "Type", "type": "int", "create": "required", "update": true, "from": "reference", "doc": "What it is."}"#;
    let draft = |list: &str| {
        let text = properties(list);
        let text = text.split("impl CanDelete for Note {}\n\n").nth(1).unwrap();
        text.split("pub(crate) static").next().unwrap().trim().to_owned()
    };
    assert_snapshot!(draft(optional), @r#"
    slots! {
        Note,
        0 text,
    }

    /// A [`Note`] to create. What is not set is not sent.
    #[derive(Clone, Default, PartialEq)]
    #[must_use = "a draft does nothing until it is sent"]
    pub struct NewNote {
        record: OpaqueBox<Note>,
    }

    impl NewNote {
        /// An empty draft.
        pub fn new() -> Self {
            Self {
                record: OpaqueBox::<Note>::default(),
            }
        }
        /// Sets `Text`. What it says.
        pub fn text(mut self, value: impl Into<String>) -> Self {
            self.record.text = Some(value.into());
            self
        }
    }
    "#);
    assert_snapshot!(draft(&format!("{optional}, {required}")), @r#"
    slots! {
        Note,
        0 text, 1 type_,
    }

    /// A [`Note`] to create. What is not set is not sent.
    #[derive(Clone, Default, PartialEq)]
    #[must_use = "a draft does nothing until it is sent"]
    pub struct NewNote {
        record: OpaqueBox<Note>,
    }

    impl NewNote {
        /// An empty draft.
        pub fn new() -> Self {
            Self {
                record: OpaqueBox::<Note>::default(),
            }
        }
        /// Sets `Text`. What it says.
        pub fn text(mut self, value: impl Into<String>) -> Self {
            self.record.text = Some(value.into());
            self
        }
        /// Sets `Type`. What it is.
        pub fn type_(mut self, value: i64) -> Self {
            self.record.type_ = Some(value);
            self
        }
    }
    "#);
}

#[test]
fn large_records_are_boxed() {
    let list = |count: usize| {
        let list: Vec<String> = (0..count)
            .map(|i| {
                format!(
                    r#"{{"name": "P{i}", "type": "bool", "create": "optional", "update": true, "from": "reference"}}"#
                )
            })
            .collect();
        properties(&list.join(", "))
    };
    let text = list(LARGE + 1);
    let shape = ["derive(Clone, Default", "non_exhaustive", "struct Note", "properties:", "boxed!", "pub p12"];
    assert_snapshot!(lines(&text, &shape), @r"
    #[derive(Clone, Default)]
    pub struct Note {
    properties: OpaqueBox<NoteProperties>,
    #[derive(Clone, Default)]
    #[non_exhaustive]
    pub struct NoteProperties {
    pub p12: Option<bool>,
    boxed!(Note, NoteProperties);
    #[derive(Clone, Default, PartialEq)]
    ");
    assert_snapshot!(blocks(&text, "slots!"), @r"
    slots! {
        Note,
        0 p0, 1 p1, 2 p2, 3 p3, 4 p4, 5 p5, 6 p6, 7 p7, 8 p8, 9 p9, 10 p10, 11 p11, 12 p12,
    }
    ");
    assert_snapshot!(lines(&list(LARGE), &shape), @r"
    #[derive(Clone, Default)]
    #[non_exhaustive]
    pub struct Note {
    #[derive(Clone, Default, PartialEq)]
    ");
}

#[test]
fn deprecation() {
    let property = r#"{"name": "Text", "type": "text", "create": "required", "update": true, "filter": true, "filter_from": "rule", "from": "reference", "deprecated": "Body"}"#;
    let deprecated = |key: &str| note(&format!(r#""operations": {ALL}, {key} "properties": [{property}]"#));
    let shown = ["deprecated", "pub struct", "pub text", "pub const"];
    assert_snapshot!(lines(&deprecated(r#""deprecated": {"replacement": "Memo and `Letter`"},"#), &shown), @r#"
    #![allow(deprecated)]
    #[deprecated(note = "use Memo and `Letter`")]
    pub struct Note {
    #[deprecated(note = "use Body")]
    pub text: Option<String>,
    #[deprecated(note = "use Body")]
    pub const TEXT: Filter<Self, str> = Filter::at(0);
    #[deprecated(note = "use Memo and `Letter`")]
    pub struct NoteRequired {
    pub text: String,
    #[deprecated(note = "use Memo and `Letter`")]
    pub struct NewNote {
    deprecated: Some("Memo and `Letter`"),
    "#);
    assert_snapshot!(lines(&deprecated(r#""deprecated": {},"#), &shown), @r#"
    #![allow(deprecated)]
    /// The service has deprecated it and names nothing to use instead.
    #[deprecated(note = "the service has deprecated it and names nothing to use instead")]
    pub struct Note {
    #[deprecated(note = "use Body")]
    pub text: Option<String>,
    #[deprecated(note = "use Body")]
    pub const TEXT: Filter<Self, str> = Filter::at(0);
    #[deprecated(note = "the service has deprecated it and names nothing to use instead")]
    pub struct NoteRequired {
    pub text: String,
    #[deprecated(note = "the service has deprecated it and names nothing to use instead")]
    pub struct NewNote {
    deprecated: Some(""),
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
    assert_snapshot!(lines(&files["crates/nexudus-model/src/generated/crm/deal.rs"], &["allow", "use ", "pub note_id"]), @r"
    #![allow(deprecated)]
    use crate::prelude::*;
    use crate::sys::Note;
    pub note_id: Option<Id<Note>>,
    ");
    assert_snapshot!(lines(&files["crates/nexudus-model/src/generated/sys/mod.rs"], &["allow", "pub use"]), @r"
    #[allow(deprecated)]
    pub use note::{NewNote, Note};
    pub use user::User;
    ");
    assert_snapshot!(lines(&files["crates/nexudus-client/src/generated/sys.rs"], &["deprecated", "pub fn"]), @r#"
    #![allow(deprecated)]
    /// The service has deprecated it and names nothing to use instead.
    #[deprecated(
    note = "the service has deprecated it and names nothing to use instead"
    pub fn notes(&self) -> Endpoint<nexudus_model::sys::Note> {
    pub fn users(&self) -> Endpoint<nexudus_model::sys::User> {
    #[deprecated(
    note = "the service has deprecated it and names nothing to use instead"
    pub fn notes(&self) -> blocking::Endpoint<nexudus_model::sys::Note> {
    pub fn users(&self) -> blocking::Endpoint<nexudus_model::sys::User> {
    "#);
}

#[test]
fn documentation_of_an_entity() {
    let text = note(
        r#""operations": ["list", "get"], "commands": true, "doubt": "section_disputed",
        "notes": ["Two sources give the section `crm` and one gives `sys`; the newer one is taken, as it is the one that the service's own client follows.", "The plural is regular."],
        "properties": [{"name": "Text", "type": "text", "from": "reference"}]"#,
    );
    assert_snapshot!(text.split("#[derive").next().unwrap(), @r"
    // Generated by `cargo xtask codegen` from spec/sys/notes.json. Do not edit.
    // spec 9ac3035f35232f40

    use crate::prelude::*;

    /// A thing called Note.
    ///
    /// `sys/notes`: list (role `Note-List`), get (`Note-Read`).
    ///
    /// The service is known to have commands for it.
    ///
    /// Sources do not agree on its section.
    ///
    /// Two sources give the section `crm` and one gives `sys`; the newer one is taken, as it is the one
    /// that the service's own client follows.
    ///
    /// The plural is regular.
    ");
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
    let shown = ["use ", "pub option_id", "pub boxes", "pub filter_id", "pub const", "record: ", "let mut record"];
    assert_snapshot!(lines(&files["crates/nexudus-model/src/generated/sys/filter.rs"], &shown), @r#"
    use crate::prelude::*;
    pub option_id: Option<Id<crate::sys::Option>>,
    pub boxes: Option<Vec<Id<crate::crm::Box>>>,
    pub filter_id: Option<Id<Filter>>,
    pub const OPTION_ID: crate::prelude::Filter<Self, Id<crate::sys::Option>> = crate::prelude::Filter::at(
    pub option_id: Id<crate::sys::Option>,
    #[must_use = "a draft does nothing until it is sent"]
    record: OpaqueBox<Filter>,
    let mut record = OpaqueBox::<Filter>::default();
    "#);
    assert_snapshot!(lines(&files["crates/nexudus-model/src/generated/sys/option.rs"], &["pub text"]), @"pub text: std::option::Option<String>,");
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

    use crate::prelude::*;

    /// Colours of a note. The service calls it `eColour`.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
    #[non_exhaustive]
    pub enum Colour {
        /// 1, `Red`.
        Red,
        /// -2, `dark_blue`.
        DarkBlue,
        /// 3, `3D`.
        Deep,
        /// A value that the spec does not list.
        Unlisted(Unlisted<Self>),
    }

    open_enum! {
        Colour, "eColour",
        1 Red "Red", -2 DarkBlue "dark_blue", 3 Deep "3D",
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
    crates/nexudus-client/src/generated/sys.rs
    crates/nexudus-core/src/generated/common.rs
    crates/nexudus-core/src/generated/common_fields.rs
    crates/nexudus-core/src/generated/mod.rs
    crates/nexudus-core/src/generated/service.rs
    crates/nexudus-model/src/generated/crm/deal.rs
    crates/nexudus-model/src/generated/crm/mod.rs
    crates/nexudus-model/src/generated/enums.rs
    crates/nexudus-model/src/generated/mod.rs
    crates/nexudus-model/src/generated/placeholders.rs
    crates/nexudus-model/src/generated/sys/mod.rs
    crates/nexudus-model/src/generated/sys/user.rs
    crates/nexudus-model/src/generated/tables.rs
    crates/nexudus-model/src/generated/unplaced.rs
    crates/nexudus-model/src/generated/well_known.rs
    crates/nexudus-model/tests/it/generated/every.rs
    ");
    assert_snapshot!(files["crates/nexudus-model/src/generated/mod.rs"], @r#"
    // Generated by `cargo xtask codegen` from spec/. Do not edit.
    // spec 1a07ace94c3fa348

    pub mod enums;
    pub mod unplaced;
    pub mod well_known;
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

    pub(crate) use tables::TABLES;
    "#);
    assert_snapshot!(files["crates/nexudus-model/src/generated/placeholders.rs"], @r#"
    // Generated by `cargo xtask codegen` from spec/. Do not edit.
    // spec 1a07ace94c3fa348

    //! Entities of sections that are switched off: tags for typed ids.

    /// Tags for typed ids: the feature `crm` makes them records.
    #[cfg(not(feature = "crm"))]
    pub mod crm {
        /// A tag for typed ids.
        pub enum Deal {}
    }

    /// Tags for typed ids: the feature `sys` makes them records.
    #[cfg(not(feature = "sys"))]
    pub mod sys {
        /// A tag for typed ids.
        pub enum User {}
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
    "#);
    assert_snapshot!(files["crates/nexudus-model/src/generated/unplaced.rs"], @r"
    // Generated by `cargo xtask codegen` from spec/api.json. Do not edit.
    // spec 21f3b3e97a428228

    //! Entities that no source gives a section for: tags for typed ids, and nothing more.

    /// No source names its section.
    pub enum Ghost {}
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
    assert_snapshot!(files["crates/nexudus-model/src/generated/crm/mod.rs"], @r"
    // Generated by `cargo xtask codegen` from spec/crm/. Do not edit.
    // spec f2787f53c98db7f3

    //! The section `crm`. Sales.

    pub(crate) mod deal;

    pub use deal::{Deal, NewDeal};
    ");
    assert_snapshot!(files["crates/nexudus-client/src/generated/mod.rs"], @r#"
    // Generated by `cargo xtask codegen` from spec/. Do not edit.
    // spec 1a07ace94c3fa348

    #[cfg(feature = "crm")]
    mod crm;
    #[cfg(feature = "sys")]
    mod sys;
    "#);
    assert_snapshot!(files["crates/nexudus-client/src/generated/crm.rs"], @r#"
    // Generated by `cargo xtask codegen` from spec/crm/. Do not edit.
    // spec a3c3241d09b7be5e

    #[cfg(feature = "blocking")]
    use crate::blocking;
    use crate::{Client, Endpoint};

    impl Client {
        /// A thing called Deal.
        ///
        /// `crm/deals`: list (role `Deal-List`), get (`Deal-Read`), create (`Deal-Create`), update
        /// (`Deal-Edit`), delete (`Deal-Delete`).
        pub fn deals(&self) -> Endpoint<nexudus_model::crm::Deal> {
            Endpoint::new(self)
        }
    }

    #[cfg(feature = "blocking")]
    impl blocking::Client {
        /// As [`Client::deals`], and waits.
        pub fn deals(&self) -> blocking::Endpoint<nexudus_model::crm::Deal> {
            self.endpoint()
        }
    }
    "#);
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
    let regions: Vec<String> =
        output.regions.iter().map(|region| format!("{}\n{}", region.file, region.text)).collect();
    assert_snapshot!(regions.join("\n"), @r#"
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
