//! One small good spec, which tests change in one way each.

use std::collections::BTreeMap;

/// The whole service.
pub const API: &str = r#"{
  "$schema": "schema/api.json",
  "service": "Nexudus",
  "base": "https://example.com/api",
  "sections": [
    {"name": "crm", "doc": "Sales."},
    {"name": "sys", "doc": "System."}
  ],
  "roles": {"list": "List", "get": "Read", "create": "Create", "update": "Edit", "delete": "Delete"},
  "common": [
    {"name": "Id", "type": "int", "filter": "Id", "filter_from": "2020", "from": "reference"},
    {"name": "CreatedOn", "type": "datetime", "range": true, "from": "reference"},
    {"name": "SystemId", "type": "text", "create": "optional", "update": true, "filter": "{Entity}_SystemId", "filter_from": "2020", "from": "reference"}
  ],
  "paging": {"page": "page", "size": "size", "order": "orderBy", "direction": "dir", "ascending": 1, "descending": -1, "default_size": 25, "max_size": 1000},
  "envelopes": {"page": ["Records"], "write": ["Status"], "error": ["Message"]},
  "unplaced": [{"entity": "Ghost", "plural": "ghosts", "why": "No source names its section."}],
  "well_known": {"user": "User"}
}"#;

/// The enumerations.
pub const ENUMS: &str = r#"{
  "$schema": "schema/enums.json",
  "enums": [
    {"name": "eColour", "doc": "Colours.", "values": [[1, "Red"], [2, "Blue"]]}
  ]
}"#;

/// An entity with all operations.
pub const NOTES: &str = r#"{
  "$schema": "../schema/entity.json",
  "entity": "Note",
  "plural": "notes",
  "section": "sys",
  "doc": "A note.",
  "operations": ["list", "get", "create", "update", "delete"],
  "properties": [
    {"name": "UserId", "type": "id", "of": "User", "create": "required", "update": true, "filter": true, "filter_from": "2020", "from": "reference"},
    {"name": "Teams", "type": "ids", "of": "User", "create": "optional", "update": true, "get_only": true, "added_removed": true, "from": "reference"},
    {"name": "Colour", "type": "enum", "enum": "eColour", "from": "client"},
    {"name": "Price", "type": "decimal", "range": true, "from": "derived"}
  ],
  "related_filters": [
    {"name": "Note_User_Email", "type": "text", "from": "2020"}
  ],
  "files": [
    {"name": "Image", "path": "getimage", "from": "2020"}
  ]
}"#;

/// An entity that is only read.
pub const USERS: &str = r#"{
  "$schema": "../schema/entity.json",
  "entity": "User",
  "plural": "users",
  "section": "sys",
  "doc": "A user.",
  "operations": ["list", "get"],
  "properties": [
    {"name": "Email", "type": "text", "from": "reference"}
  ]
}"#;

/// The files of the small good spec.
pub fn files() -> BTreeMap<String, String> {
    [("spec/api.json", API), ("spec/enums.json", ENUMS), ("spec/sys/notes.json", NOTES), ("spec/sys/users.json", USERS)]
        .into_iter()
        .map(|(path, text)| (path.to_owned(), text.to_owned()))
        .collect()
}
