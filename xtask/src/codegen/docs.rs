//! Sentences for generated items, composed from facts.
//!
//! A fact is said in the same few words wherever it holds, in the same order, so that a reader who knows one record can
//! read all of them. What the spec says in its own sentence comes last.

use std::fmt::Write;

use super::write::prose;
use crate::spec::{
    ActionSpec, Api, CommandSpec, Doubt, EntitySpec, FileSpec, Operation, Property, RelatedFilter, Source, Type, Wire,
};

/// What an entity is: one line of documentation.
pub(super) fn about(entity: &EntitySpec) -> String {
    prose(&entity.doc)
}

/// What can be done with an entity, and what else is known of it: paragraphs behind [`about`].
pub(super) fn entity(api: &Api, entity: &EntitySpec) -> String {
    let mut paragraphs = vec![operations(api, entity)];
    if entity.commands {
        paragraphs.push("The service is known to have commands for it.".to_owned());
    }
    if entity.deprecated == Some(None) {
        paragraphs.push("The service has deprecated it and names nothing to use instead.".to_owned());
    }
    for (operation, replacement) in &entity.deprecated_operations {
        let note = deprecated_operation(*operation, replacement.as_deref());
        paragraphs.push(prose(&format!("The {}.", note.trim_start_matches("the "))));
    }
    let doubt = entity.doubt.map(|doubt| match doubt {
        Doubt::MaybeWithdrawn => "It may be gone: it stood in an older reference and is missing from the newest.",
        Doubt::Only2020 => "It may be gone: it was seen in the reference of January 2020 alone.",
        Doubt::SectionDisputed => "Sources do not agree on its section.",
        // These are said of properties; the loader lets none of them through.
        Doubt::TypeGuessed | Doubt::NotOnRecord | Doubt::AlwaysEmpty | Doubt::UpdateDisputed => "It is doubtful.",
    });
    paragraphs.extend(doubt.map(str::to_owned));
    paragraphs.extend(entity.notes.iter().map(|note| prose(note)));
    paragraphs.join("\n\n")
}

/// The path, and the role that each operation asks for.
fn operations(api: &Api, entity: &EntitySpec) -> String {
    let list: Vec<String> = entity
        .operations
        .iter()
        .enumerate()
        .map(|(i, operation)| {
            let suffix = api.roles.get(operation).map_or("", String::as_str);
            let word = if i == 0 { "role " } else { "" };
            format!("{} ({word}`{}-{suffix}`)", name(*operation), entity.name)
        })
        .collect();
    format!("`{}`: {}.", entity.path(), list.join(", "))
}

fn name(operation: Operation) -> &'static str {
    use crate::spec::Words;
    operation.word()
}

/// The note of a deprecated entity.
pub(super) fn deprecation(entity: &EntitySpec) -> Option<String> {
    let replacement = entity.deprecated.as_ref()?;
    Some(match replacement {
        Some(replacement) => format!("use {replacement}"),
        None => "the service has deprecated it and names nothing to use instead".to_owned(),
    })
}

/// The note of a deprecated operation.
pub(super) fn deprecated_operation(operation: Operation, replacement: Option<&str>) -> String {
    let name = name(operation);
    match replacement {
        Some(replacement) => format!("the operation {name} is deprecated: use {replacement}"),
        None => format!("the operation {name} is deprecated, and the service names nothing to use instead"),
    }
}

/// A property: its name and the facts as one sentence, then what the name does not say. One line of documentation,
/// which reads on behind "Sets" and "Filters by".
pub(super) fn property(property: &Property) -> String {
    let mut text = format!("`{}`", property.name);
    if let Some(list) = &property.companion_of {
        let (verb, preposition) = if property.name.starts_with("Added") { ("add", "to") } else { ("remove", "from") };
        return format!("{text}, write-only: ids to {verb} {preposition} `{list}`.");
    }
    for fact in facts(property) {
        text.push_str(", ");
        text.push_str(fact);
    }
    if let Some(default) = &property.default {
        let _ = write!(text, ", `{default}` where a create leaves it out");
    }
    text.push('.');
    if let Some(says) = says(property) {
        text.push(' ');
        text.push_str(&says);
    }
    text
}

/// What the name of a property does not say.
pub(super) fn says(property: &Property) -> Option<String> {
    property.doc.as_ref().map(|doc| prose(doc))
}

fn facts(property: &Property) -> Vec<&'static str> {
    let mut facts = Vec::new();
    let mut fact = |is: bool, words: &'static str| {
        if is {
            facts.push(words);
        }
    };
    fact(property.is_demanded(), "required on create");
    fact(property.create.is_some() && !property.update, "set on create only");
    fact(property.create.is_none() && property.update, "set on update only");
    fact(property.is_read_only(), "read-only");
    fact(property.write_only, "write-only");
    fact(property.get_only, "not in lists");
    fact(property.nullable, "null at times");
    fact(property.sensitive, "secret");
    fact(property.action, "makes the service act");
    fact(property.kind == Type::Enum(None), "an enumeration whose values no source lists");
    fact(property.wire == Some(Wire::Name), "written as its name");
    fact(property.absent_live, "in no live record seen");
    fact(property.from == Source::Derived, "spelt by rule");
    fact(property.doubt == Some(Doubt::MaybeWithdrawn), "missing from the newest reference");
    fact(property.doubt == Some(Doubt::Only2020), "seen in 2020 alone");
    fact(property.doubt == Some(Doubt::TypeGuessed), "null wherever it was seen");
    fact(property.doubt == Some(Doubt::NotOnRecord), "missing from the published record");
    fact(property.doubt == Some(Doubt::AlwaysEmpty), "empty wherever it was seen");
    fact(property.doubt == Some(Doubt::UpdateDisputed), "set on create only, by one source");
    facts
}

const SECRET: &str = " Its value is a secret: `Debug` and errors hide it.";

/// The query parameters of a filter on a property.
pub(super) fn filter(entity: &EntitySpec, property: &Property) -> String {
    let (name, wire) = (&entity.name, &property.name);
    let mut text = match (&property.filter, property.range) {
        (Some(filter), false) => format!("`{filter}`."),
        (Some(filter), true) if *filter == format!("{name}_{wire}") => {
            format!("`{filter}`, for a range with `from_` and `to_` before it.")
        }
        (Some(filter), true) => format!("`{filter}`, `from_{name}_{wire}` and `to_{name}_{wire}`."),
        (None, _) => format!("`from_{name}_{wire}` and `to_{name}_{wire}`."),
    };
    if property.filter_from == Some(Source::Rule) {
        text.push_str(" Known by the naming rule only.");
    }
    if property.sensitive {
        text.push_str(SECRET);
    }
    text
}

/// A command.
pub(super) fn command(command: &CommandSpec) -> String {
    let mut text = format!("The command `{}`.", command.key);
    if let Some(doc) = &command.doc {
        text.push(' ');
        text.push_str(&prose(doc));
    }
    let parameters: Vec<String> = command.parameters.iter().map(|parameter| format!("`{}`", parameter.name)).collect();
    if !parameters.is_empty() {
        let _ = write!(text, " Parameters: {}.", parameters.join(", "));
    }
    text
}

/// An action.
pub(super) fn action(entity: &EntitySpec, action: &ActionSpec) -> String {
    let mut text = format!("`{} {}/{}`.", action.method, entity.path(), action.path);
    if let Some(doc) = &action.doc {
        text.push(' ');
        text.push_str(&prose(doc));
    }
    text
}

/// A filter on a related record.
pub(super) fn related(filter: &RelatedFilter) -> String {
    let mut text = format!("`{}`.", filter.name);
    if filter.sensitive {
        text.push_str(SECRET);
    }
    if let Some(doc) = &filter.doc {
        text.push(' ');
        text.push_str(&prose(doc));
    }
    text
}

/// A download.
pub(super) fn file(entity: &EntitySpec, file: &FileSpec) -> String {
    let mut text = format!("The file at `{}/{}/<id>`.", entity.path(), file.path);
    if let Some(doc) = &file.doc {
        text.push(' ');
        text.push_str(&prose(doc));
    }
    text
}
