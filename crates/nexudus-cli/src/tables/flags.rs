//! The flags of an entity: one for each property, named after it.

use std::collections::HashSet;

use nexudus_client::model::core::{EntityTable, Field, Kind, Operation};

use super::names::{kebab, squash};

/// What a flag of a list asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// This value.
    Value,
    /// This value or a larger one.
    From,
    /// This value or a smaller one.
    To,
}

/// A flag that stands for a property.
#[derive(Clone, Debug)]
pub(crate) struct Flag {
    /// Without its dashes, for example `full-name`.
    pub(crate) name: String,
    /// The property; for a filter on a related record, the query parameter.
    pub(crate) property: &'static str,
    /// What it takes.
    pub(crate) kind: Kind,
    /// The property's facts; `None` for a filter on a related record.
    pub(crate) field: Option<&'static Field>,
    /// What it asks a list for.
    pub(crate) role: Role,
    /// The query parameter, in a list.
    pub(crate) parameter: Option<String>,
}

impl Flag {
    /// The words under which this flag is found, besides its own name.
    pub(crate) fn other_names(&self) -> Vec<String> {
        let mut names = vec![squash(&self.name)];
        let is_relation = matches!(self.kind, Kind::Id(_)) && self.role == Role::Value;
        if let Some(stem) =
            is_relation.then(|| squash(self.property)).as_deref().and_then(|name| name.strip_suffix("id"))
            && !stem.is_empty()
        {
            names.push(stem.to_owned());
        }
        names
    }

    /// Whether the flag stands for a list, and so may be repeated.
    pub(crate) fn is_list(&self) -> bool {
        matches!(self.kind, Kind::Ids(_))
    }

    /// Whether the flag may stand alone, for `true`.
    pub(crate) fn is_switch(&self) -> bool {
        self.kind == Kind::Bool
    }
}

/// The flags of a create or an update.
pub(crate) fn write_flags(table: &'static EntityTable, operation: Operation) -> Vec<Flag> {
    let takes = |field: &&Field| match operation {
        Operation::Create => field.is_creatable(),
        _ => field.is_updatable(),
    };
    let flag = |field: &'static Field| Flag {
        name: kebab(field.name),
        property: field.name,
        kind: field.kind,
        field: Some(field),
        role: Role::Value,
        parameter: None,
    };
    table.all_fields().filter(takes).map(flag).collect()
}

/// The flags by which a list is filtered.
pub(crate) fn filter_flags(table: &'static EntityTable) -> Vec<Flag> {
    let mut flags = Vec::new();
    let mut add = |name: String, property, kind, field, role, parameter| {
        flags.push(Flag { name, property, kind, field, role, parameter: Some(parameter) });
    };
    for field in table.all_fields() {
        let name = kebab(field.name);
        if let Some((from, to)) = table.range_names(field) {
            add(format!("from-{name}"), field.name, field.kind, Some(field), Role::From, from);
            add(format!("to-{name}"), field.name, field.kind, Some(field), Role::To, to);
        }
        if let Some(parameter) = table.filter_name(field) {
            add(name, field.name, field.kind, Some(field), Role::Value, parameter);
        }
    }
    let mut taken: HashSet<String> = flags.iter().map(|flag| squash(&flag.name)).collect();
    for related in table.related {
        let path = related.name.split_once('_').map_or(related.name, |(_, path)| path);
        let name = kebab(&path.replace('_', ""));
        if taken.insert(squash(&name)) {
            let parameter = Some(related.name.to_owned());
            let kind = related.kind;
            flags.push(Flag { name, property: related.name, kind, field: None, role: Role::Value, parameter });
        }
    }
    flags
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use nexudus_client::model;

    use super::*;

    /// A wire name as the service's own tool spells its flag: a dash before each capital.
    fn vendor_kebab(name: &str) -> String {
        let mut out = String::new();
        for character in name.chars() {
            if character.is_uppercase() && !out.is_empty() {
                out.push('-');
            }
            out.extend(character.to_lowercase());
        }
        out
    }

    #[test]
    fn no_two_flags_of_a_command_share_a_spelling() {
        for table in model::tables() {
            let branches =
                [write_flags(table, Operation::Create), write_flags(table, Operation::Update), filter_flags(table)];
            for flags in branches {
                let mut owners: HashMap<String, &str> = HashMap::new();
                for flag in &flags {
                    let spelling = squash(&flag.name);
                    let other = owners.insert(spelling.clone(), flag.property);
                    assert!(other.is_none(), "{}: --{spelling} is {} and {other:?}", table.name, flag.property);
                }
                for flag in &flags {
                    for name in flag.other_names() {
                        let owner = owners.get(&name).copied().unwrap_or(flag.property);
                        assert_eq!(owner, flag.property, "{}: --{name}", table.name);
                    }
                }
            }
        }
    }

    #[test]
    fn the_services_own_spelling_is_the_same_flag() {
        for table in model::tables() {
            for flag in write_flags(table, Operation::Create) {
                assert_eq!(squash(&vendor_kebab(flag.property)), squash(&flag.name));
            }
        }
        assert_eq!(vendor_kebab("URL"), "u-r-l");
    }
}
