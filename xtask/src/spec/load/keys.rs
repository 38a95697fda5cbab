//! The keys of each kind of object in the spec, in the order in which they stand.

/// Keys of `spec/api.json`.
pub const API_KEYS: &[&str] = &[
    "$schema",
    "service",
    "base",
    "notes",
    "sections",
    "roles",
    "common",
    "paging",
    "envelopes",
    "unplaced",
    "well_known",
    "webhooks",
];
/// Keys of a section in `spec/api.json`.
pub const SECTION_KEYS: &[&str] = &["name", "doc"];
/// Keys of the role suffixes.
pub const ROLE_KEYS: &[&str] = &["list", "get", "create", "update", "delete"];
/// Keys of paging.
pub const PAGING_KEYS: &[&str] =
    &["page", "size", "order", "direction", "ascending", "descending", "default_size", "max_size"];
/// Keys of envelopes.
pub const ENVELOPE_KEYS: &[&str] = &["page", "write", "error"];
/// Keys of an entity without a file.
pub const UNPLACED_KEYS: &[&str] = &["entity", "plural", "why"];
/// Keys of `spec/enums.json`.
pub const ENUMS_KEYS: &[&str] = &["$schema", "enums"];
/// Keys of an enumeration.
pub const ENUM_KEYS: &[&str] = &["name", "rust", "doc", "values"];
/// Keys of an entity file.
pub const ENTITY_KEYS: &[&str] = &[
    "$schema",
    "entity",
    "plural",
    "section",
    "rust_plural",
    "doc",
    "operations",
    "commands",
    "known_commands",
    "actions",
    "deprecated",
    "deprecated_operations",
    "doubt",
    "notes",
    "label",
    "default_order",
    "required_filters",
    "columns",
    "common",
    "record_seen",
    "properties",
    "related_filters",
    "files",
];
/// Keys of an entity's deprecation.
pub const DEPRECATED_KEYS: &[&str] = &["replacement"];
/// Keys of a deprecated operation.
pub const DEPRECATED_OPERATION_KEYS: &[&str] = &["operation", "replacement"];
/// Keys of a property.
pub const PROPERTY_KEYS: &[&str] = &[
    "name",
    "type",
    "of",
    "enum",
    "values_unknown",
    "wire",
    "create",
    "demand",
    "update",
    "nullable",
    "absent_live",
    "default",
    "write_only",
    "get_only",
    "added_removed",
    "sensitive",
    "personal",
    "action",
    "filter",
    "filter_from",
    "range",
    "from",
    "doubt",
    "rust",
    "deprecated",
    "doc",
];
/// Keys of a filter on a related record.
pub const RELATED_KEYS: &[&str] = &["name", "type", "of", "enum", "sensitive", "from", "rust", "doc"];
/// Keys of a command.
pub const COMMAND_KEYS: &[&str] = &["key", "parameters", "answer", "unlisted", "doc"];
/// Keys of a parameter of a command.
pub const PARAMETER_KEYS: &[&str] = &["name", "also", "type", "of", "enum"];
/// Keys of an action.
pub const ACTION_KEYS: &[&str] =
    &["name", "method", "path", "query", "body", "body_keys", "answer", "answer_keys", "anonymous", "safe", "doc"];
/// Keys of the order of a list.
pub const ORDER_KEYS: &[&str] = &["by", "descending"];
/// Keys of a download.
pub const FILE_KEYS: &[&str] = &["name", "path", "from", "doc"];
