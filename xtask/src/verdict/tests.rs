use insta::assert_snapshot;

use super::kinds::{KINDS, Kind, specs};
use super::*;
use crate::spec::load;
use crate::spec::small::files;

const NOTES: &str = "spec/sys/notes.json";

/// The level and the items of one kind of change.
fn verdict(kind: &Kind) -> String {
    let (old, new) = specs(kind, &files()).unwrap();
    let changes = changes(&old, &new);
    let items: Vec<String> = changes.iter().map(ToString::to_string).collect();
    format!("{}: {}: {}", kind.0, level(&changes).word(), items.join("; ")).trim_end().to_owned()
}

/// Each kind of change, by the rules of `docs/versioning.md`.
#[test]
fn kinds_of_change() {
    assert!(KINDS.len() >= 30);
    let told: Vec<String> = KINDS.iter().map(verdict).collect();
    assert_snapshot!(told.join("\n"), @r"
    other words: patch:
    another source: patch:
    a property: patch: `Note.Weight` is added
    a required property of text: breaking: `Note.Weight` is added, and a create has to give it
    a required property that live creates go without: patch: `Note.Weight` is added
    a property by another name: breaking: `Note.Price` is removed; `Note.Cost` is added
    a property of another type: breaking: `Note.Price` changes its type from decimal to int
    a range filter that goes: breaking: `Note.Price` loses its range filter
    a filter: patch: `Note.Price` gets a filter
    another Rust name of a property: breaking: `Note.Price` changes its Rust name from `price` to `cost`
    a property that creates take: patch: `Note.Price` can be given on create
    a property that updates write: patch: `Note.Price` is written by an update
    a property that may be null: patch:
    a property that lists leave out: patch: `Note.Price` is left out of lists
    a property that is deprecated: patch: `Note.Price` is deprecated
    a property that creates need no longer: breaking: `Note.UserId` is no longer required on create
    a property that is read-only now: breaking: `Note.UserId` is no longer required on create; `Note.UserId` is no longer written by an update
    a filter that goes: breaking: `Note.UserId` loses its filter
    a relation to another entity: breaking: `Note.UserId` changes its type from id of User to id of Note
    companions that go: breaking: `Note.AddedTeams` is removed; `Note.RemovedTeams` is removed
    an operation that goes: breaking: `Note: the operation delete` is removed
    an operation: patch: `User: the operation delete` is added
    a related filter of another type: breaking: `Note: the filter USER_EMAIL` changes its type from text to int
    a related filter by another name: breaking: `Note: the filter USER_EMAIL` is removed; `Note: the filter USER_NAME` is added
    a file at another path: patch: `Note: the file image` changes its path from `getimage` to `image`
    a file by another name: breaking: `Note: the file image` is removed; `Note: the file picture` is added
    a deprecated entity: patch: `Note` is deprecated
    a deprecated operation: patch: `Note` deprecates other operations
    another accessor: breaking: `Note, its accessor,` changes its Rust name from `notes` to `memos`
    a value of an enumeration: patch: `eColour.Green` is added
    a value of an enumeration that goes: breaking: `eColour.Blue` is removed
    a value by another name: breaking: `eColour.Blue` is removed; `eColour.Navy` is added
    a value by another number: patch: `eColour.Blue` changes its number from 2 to 3
    a section: minor: `the section billing` is added
    an entity without a place that goes: breaking: `Ghost` is removed
    a common property that goes: breaking: `Common.CreatedOn` is removed
    a secret: patch: `User.Email` is hidden in debug output
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
