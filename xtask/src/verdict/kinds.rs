//! Kinds of change of a spec, each as a change of one file of the small one.
//!
//! A test holds what the verdict says of each in a snapshot, and `cargo xtask semver` holds it against what
//! cargo-semver-checks says of the crates.

use std::collections::BTreeMap;

use crate::spec::{Spec, load, report};

const NOTES: &str = "spec/sys/notes.json";
const USERS: &str = "spec/sys/users.json";
const ENUMS: &str = "spec/enums.json";
const API: &str = "spec/api.json";

const PRICE: &str = r#"{"name": "Price", "type": "decimal", "range": true, "from": "derived"}"#;

/// What changes, in which file, what stands there before, and after.
pub type Kind = (&'static str, &'static str, &'static str, &'static str);

/// Each kind of change, by the rules of `docs/versioning.md`.
pub const KINDS: &[Kind] = &[
    ("other words", NOTES, r#""doc": "A note.""#, r#""doc": "A short note.""#),
    ("another source", NOTES, r#""from": "derived""#, r#""from": "observed""#),
    (
        "a property",
        NOTES,
        PRICE,
        r#"{"name": "Price", "type": "decimal", "range": true, "from": "derived"},
    {"name": "Weight", "type": "int", "from": "client"}"#,
    ),
    (
        "a required property of text",
        NOTES,
        PRICE,
        r#"{"name": "Price", "type": "decimal", "range": true, "from": "derived"},
    {"name": "Weight", "type": "text", "create": "required", "from": "client"}"#,
    ),
    (
        "a required property that live creates go without",
        NOTES,
        PRICE,
        r#"{"name": "Price", "type": "decimal", "range": true, "from": "derived"},
    {"name": "Weight", "type": "int", "create": "required", "from": "client"}"#,
    ),
    (
        "a property by another name",
        NOTES,
        PRICE,
        r#"{"name": "Cost", "type": "decimal", "range": true, "from": "derived"}"#,
    ),
    (
        "a property of another type",
        NOTES,
        PRICE,
        r#"{"name": "Price", "type": "int", "range": true, "from": "derived"}"#,
    ),
    ("a range filter that goes", NOTES, PRICE, r#"{"name": "Price", "type": "decimal", "from": "derived"}"#),
    (
        "a filter",
        NOTES,
        PRICE,
        r#"{"name": "Price", "type": "decimal", "filter": true, "filter_from": "rule", "range": true, "from": "derived"}"#,
    ),
    (
        "another Rust name of a property",
        NOTES,
        PRICE,
        r#"{"name": "Price", "type": "decimal", "range": true, "from": "derived", "rust": "cost"}"#,
    ),
    (
        "a property that creates take",
        NOTES,
        PRICE,
        r#"{"name": "Price", "type": "decimal", "create": "optional", "range": true, "from": "derived"}"#,
    ),
    (
        "a property that updates write",
        NOTES,
        PRICE,
        r#"{"name": "Price", "type": "decimal", "update": true, "range": true, "from": "derived"}"#,
    ),
    (
        "a property that may be null",
        NOTES,
        PRICE,
        r#"{"name": "Price", "type": "decimal", "nullable": true, "range": true, "from": "derived"}"#,
    ),
    (
        "a property that lists leave out",
        NOTES,
        PRICE,
        r#"{"name": "Price", "type": "decimal", "get_only": true, "range": true, "from": "derived"}"#,
    ),
    (
        "a property that is deprecated",
        NOTES,
        PRICE,
        r#"{"name": "Price", "type": "decimal", "range": true, "from": "derived", "deprecated": "Colour"}"#,
    ),
    (
        "a property that creates need no longer",
        NOTES,
        r#""create": "required", "update": true, "filter""#,
        r#""create": "optional", "update": true, "filter""#,
    ),
    ("a property that is read-only now", NOTES, r#""create": "required", "update": true, "filter""#, r#""filter""#),
    ("a filter that goes", NOTES, r#""filter": true, "filter_from": "2020", "#, ""),
    (
        "a relation to another entity",
        NOTES,
        r#""of": "User", "create": "required""#,
        r#""of": "Note", "create": "required""#,
    ),
    (
        "companions that go",
        NOTES,
        r#""create": "optional", "update": true, "get_only": true, "added_removed": true"#,
        r#""create": "optional", "update": true, "get_only": true"#,
    ),
    (
        "an operation that goes",
        NOTES,
        r#"["list", "get", "create", "update", "delete"]"#,
        r#"["list", "get", "create", "update"]"#,
    ),
    ("an operation", USERS, r#"["list", "get"]"#, r#"["list", "get", "delete"]"#),
    (
        "a related filter of another type",
        NOTES,
        r#""Note_User_Email", "type": "text""#,
        r#""Note_User_Email", "type": "int""#,
    ),
    ("a related filter by another name", NOTES, "Note_User_Email", "Note_User_Name"),
    ("a file at another path", NOTES, r#""path": "getimage""#, r#""path": "image""#),
    ("a file by another name", NOTES, r#""name": "Image""#, r#""name": "Picture""#),
    ("a deprecated entity", NOTES, r#""delete"],"#, r#""delete"], "deprecated": {"replacement": "User"},"#),
    (
        "a deprecated operation",
        NOTES,
        r#""delete"],"#,
        r#""delete"], "deprecated_operations": [{"operation": "delete"}],"#,
    ),
    ("another accessor", NOTES, r#""section": "sys","#, r#""section": "sys", "rust_plural": "memos","#),
    ("a value of an enumeration", ENUMS, r#"[2, "Blue"]"#, r#"[2, "Blue"], [3, "Green"]"#),
    ("a value of an enumeration that goes", ENUMS, r#", [2, "Blue"]"#, ""),
    ("a value by another name", ENUMS, r#"[2, "Blue"]"#, r#"[2, "Navy"]"#),
    ("a value by another number", ENUMS, r#"[2, "Blue"]"#, r#"[3, "Blue"]"#),
    (
        "a section",
        API,
        r#"{"name": "crm", "doc": "Sales."},"#,
        r#"{"name": "billing", "doc": "Money."}, {"name": "crm", "doc": "Sales."},"#,
    ),
    (
        "an entity without a place that goes",
        API,
        r#"{"entity": "Ghost", "plural": "ghosts", "why": "No source names its section."}"#,
        "",
    ),
    (
        "a common property that goes",
        API,
        r#"{"name": "CreatedOn", "type": "datetime", "range": true, "from": "reference"},"#,
        "",
    ),
    ("a secret", USERS, r#""type": "text""#, r#""type": "text", "sensitive": true"#),
];

/// The spec before and after a change, made from files that hold the small spec.
pub fn specs(kind: &Kind, before: &BTreeMap<String, String>) -> Result<(Spec, Spec), String> {
    let (what, path, was, now) = kind;
    let mut after = before.clone();
    match after.get_mut(*path) {
        Some(text) if text.matches(was).count() == 1 => *text = text.replace(was, now),
        _ => return Err(format!("{what}: `{was}` does not stand once in {path}")),
    }
    let spec = |files| load(files).map_err(|faults| format!("{what}: {}", report(&faults)));
    Ok((spec(before)?, spec(&after)?))
}
