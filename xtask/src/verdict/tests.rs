use insta::assert_snapshot;

use super::*;
use crate::spec::load;
use crate::spec::tests::files;

const NOTES: &str = "spec/sys/notes.json";
const USERS: &str = "spec/sys/users.json";
const ENUMS: &str = "spec/enums.json";
const API: &str = "spec/api.json";

/// The level and the items of one change of one file.
fn verdict(path: &str, was: &str, now: &str) -> String {
    let old = load(&files()).unwrap();
    let mut after = files();
    let text = after.get_mut(path).unwrap();
    assert_eq!(text.matches(was).count(), 1, "{was} in {path}");
    *text = text.replace(was, now);
    let new = load(&after).unwrap_or_else(|faults| panic!("{now}: {}", crate::spec::report(&faults)));
    let changes = changes(&old, &new);
    let items: Vec<String> = changes.iter().map(ToString::to_string).collect();
    format!("{}: {}", level(&changes).word(), items.join("; "))
}

/// Each kind of change, by the rules of `docs/versioning.md`.
#[test]
fn kinds_of_change() {
    let price = r#"{"name": "Price", "type": "decimal", "range": true, "from": "derived"}"#;
    let kinds: &[(&str, &str, &str)] = &[
        (NOTES, r#""doc": "A note.""#, r#""doc": "A short note.""#),
        (NOTES, r#""from": "derived""#, r#""from": "observed""#),
        (
            NOTES,
            price,
            r#"{"name": "Price", "type": "decimal", "range": true, "from": "derived"},
    {"name": "Weight", "type": "int", "from": "client"}"#,
        ),
        (
            NOTES,
            price,
            r#"{"name": "Price", "type": "decimal", "range": true, "from": "derived"},
    {"name": "Weight", "type": "text", "create": "required", "from": "client"}"#,
        ),
        (
            NOTES,
            price,
            r#"{"name": "Price", "type": "decimal", "range": true, "from": "derived"},
    {"name": "Weight", "type": "int", "create": "required", "from": "client"}"#,
        ),
        (NOTES, price, r#"{"name": "Cost", "type": "decimal", "range": true, "from": "derived"}"#),
        (NOTES, price, r#"{"name": "Price", "type": "int", "range": true, "from": "derived"}"#),
        (NOTES, price, r#"{"name": "Price", "type": "decimal", "from": "derived"}"#),
        (
            NOTES,
            price,
            r#"{"name": "Price", "type": "decimal", "filter": true, "filter_from": "rule", "range": true, "from": "derived"}"#,
        ),
        (NOTES, price, r#"{"name": "Price", "type": "decimal", "range": true, "from": "derived", "rust": "cost"}"#),
        (
            NOTES,
            price,
            r#"{"name": "Price", "type": "decimal", "create": "optional", "range": true, "from": "derived"}"#,
        ),
        (NOTES, price, r#"{"name": "Price", "type": "decimal", "update": true, "range": true, "from": "derived"}"#),
        (NOTES, price, r#"{"name": "Price", "type": "decimal", "nullable": true, "range": true, "from": "derived"}"#),
        (NOTES, price, r#"{"name": "Price", "type": "decimal", "get_only": true, "range": true, "from": "derived"}"#),
        (
            NOTES,
            price,
            r#"{"name": "Price", "type": "decimal", "range": true, "from": "derived", "deprecated": "Colour"}"#,
        ),
        (
            NOTES,
            r#""create": "required", "update": true, "filter""#,
            r#""create": "optional", "update": true, "filter""#,
        ),
        (NOTES, r#""create": "required", "update": true, "filter""#, r#""filter""#),
        (NOTES, r#""filter": true, "filter_from": "2020", "#, ""),
        (NOTES, r#""of": "User", "create": "required""#, r#""of": "Note", "create": "required""#),
        (
            NOTES,
            r#""create": "optional", "update": true, "get_only": true, "added_removed": true"#,
            r#""create": "optional", "update": true, "get_only": true"#,
        ),
        (NOTES, r#"["list", "get", "create", "update", "delete"]"#, r#"["list", "get", "create", "update"]"#),
        (USERS, r#"["list", "get"]"#, r#"["list", "get", "delete"]"#),
        (NOTES, r#""Note_User_Email", "type": "text""#, r#""Note_User_Email", "type": "int""#),
        (NOTES, "Note_User_Email", "Note_User_Name"),
        (NOTES, r#""path": "getimage""#, r#""path": "image""#),
        (NOTES, r#""name": "Image""#, r#""name": "Picture""#),
        (NOTES, r#""delete"],"#, r#""delete"], "deprecated": {"replacement": "User"},"#),
        (NOTES, r#""section": "sys","#, r#""section": "sys", "rust_plural": "memos","#),
        (ENUMS, r#"[2, "Blue"]"#, r#"[2, "Blue"], [3, "Green"]"#),
        (ENUMS, r#", [2, "Blue"]"#, ""),
        (ENUMS, r#"[2, "Blue"]"#, r#"[2, "Navy"]"#),
        (ENUMS, r#"[2, "Blue"]"#, r#"[3, "Blue"]"#),
        (
            API,
            r#"{"name": "crm", "doc": "Sales."},"#,
            r#"{"name": "billing", "doc": "Money."}, {"name": "crm", "doc": "Sales."},"#,
        ),
        (API, r#"{"entity": "Ghost", "plural": "ghosts", "why": "No source names its section."}"#, ""),
        (API, r#"{"name": "CreatedOn", "type": "datetime", "range": true, "from": "reference"},"#, ""),
        (USERS, r#""type": "text""#, r#""type": "text", "sensitive": true"#),
    ];
    assert!(kinds.len() >= 30);
    let told: Vec<String> = kinds.iter().map(|(path, was, now)| verdict(path, was, now)).collect();
    assert_snapshot!(told.join("\n"), @r"
    patch: 
    patch: 
    patch: `Note.Weight` is added
    breaking: `Note.Weight` is added, and a create has to give it
    patch: `Note.Weight` is added
    breaking: `Note.Price` is removed; `Note.Cost` is added
    breaking: `Note.Price` changes its type from decimal to int
    breaking: `Note.Price` loses its range filter
    patch: `Note.Price` gets a filter
    breaking: `Note.Price` changes its Rust name from `price` to `cost`
    patch: `Note.Price` can be given on create
    patch: `Note.Price` is written by an update
    patch: 
    patch: `Note.Price` is left out of lists
    patch: `Note.Price` is deprecated
    breaking: `Note.UserId` is no longer required on create
    breaking: `Note.UserId` is no longer required on create; `Note.UserId` is no longer written by an update
    breaking: `Note.UserId` loses its filter
    breaking: `Note.UserId` changes its type from id of User to id of Note
    breaking: `Note.AddedTeams` is removed; `Note.RemovedTeams` is removed
    breaking: `Note: the operation delete` is removed
    patch: `User: the operation delete` is added
    breaking: `Note: the filter USER_EMAIL` changes its type from text to int
    breaking: `Note: the filter USER_EMAIL` is removed; `Note: the filter USER_NAME` is added
    patch: `Note: the file image` changes its path from `getimage` to `image`
    breaking: `Note: the file image` is removed; `Note: the file picture` is added
    patch: `Note` is deprecated
    breaking: `Note, its accessor,` changes its Rust name from `notes` to `memos`
    patch: `eColour.Green` is added
    breaking: `eColour.Blue` is removed
    breaking: `eColour.Blue` is removed; `eColour.Navy` is added
    patch: `eColour.Blue` changes its number from 2 to 3
    minor: `the section billing` is added
    breaking: `Ghost` is removed
    breaking: `Common.CreatedOn` is removed
    patch: `User.Email` is hidden in debug output
    ");
}

#[test]
fn the_entry_names_what_breaks_first() {
    let old = load(&files()).unwrap();
    let mut after = files();
    let notes = after.get_mut(NOTES).unwrap();
    *notes = notes.replace("\"Price\"", "\"Cost\"");
    let changes = changes(&old, &load(&after).unwrap());
    assert_snapshot!(entry(&changes), @r"
    ### Generated

    - **Breaking:** `Note.Price` is removed.
    - `Note.Cost` is added.
    ");
}
