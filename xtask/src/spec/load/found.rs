//! What is read from each file, with the places that checks over the whole spec report.

use crate::spec::diagnostic::DiagnosticKind;
use crate::spec::json::{Node, Value};
use crate::spec::model::{Api, EntitySpec, EnumSpec, Operation};
use crate::spec::read::{Diagnostics, Object, SourceLocation};

pub(super) const OPERATIONS: &[Operation] =
    &[Operation::List, Operation::Get, Operation::Create, Operation::Update, Operation::Delete];

/// `users` for `spec/sys/users.json`.
pub(super) fn stem(path: &str) -> &str {
    let file = path.rsplit_once('/').map_or(path, |(_, file)| file);
    file.strip_suffix(".json").unwrap_or(file)
}

/// An entity and the places that the checks over the whole spec report.
pub(crate) struct ReadEntity {
    pub(crate) spec: EntitySpec,
    pub(crate) place: SourceLocation,
    pub(crate) entity_at: SourceLocation,
    pub(crate) plural_at: SourceLocation,
    pub(crate) section_at: SourceLocation,
    /// One for each of the entity's properties.
    pub(crate) properties_at: Vec<SourceLocation>,
    /// Entities and enumerations named here, and where.
    pub(crate) mentions: Vec<Mention>,
}

/// A name that must be known elsewhere.
pub(crate) enum Mention {
    Entity(String, SourceLocation),
    Enum(String, SourceLocation),
}

/// An enumeration and its place.
pub(crate) struct ReadEnum {
    pub(crate) spec: EnumSpec,
    pub(crate) at: SourceLocation,
}

/// api.json and the places in it.
pub(crate) struct ReadApi {
    pub(crate) spec: Api,
    pub(crate) unplaced_at: Vec<SourceLocation>,
    pub(crate) well_known_at: Vec<SourceLocation>,
    pub(crate) mentions: Vec<Mention>,
}

pub(super) fn head(object: &Object<'_>, schema: &str, diagnostics: &mut Diagnostics) {
    object.need("$schema", diagnostics);
    if let Some(found) = object.text("$schema", diagnostics)
        && found != schema
    {
        diagnostics.add_with(
            &object.place_of("$schema"),
            DiagnosticKind::UnknownWord,
            format!("`$schema` of {} is `{found}`", object.name),
            format!("write `{schema}`"),
        );
    }
}

pub(super) fn named(node: &Node) -> Option<&str> {
    let Value::Object(members) = &node.value else {
        return None;
    };
    members.iter().find_map(|member| match &member.node.value {
        Value::Text(name) if member.key == "name" => Some(name.as_str()),
        _ => None,
    })
}
