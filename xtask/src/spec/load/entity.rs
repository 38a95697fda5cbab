//! A file of an entity.

use super::calls::{read_actions, read_commands};
use super::found::{OPERATIONS, ReadEntity, head, stem};
use super::keys::{DEPRECATED_KEYS, DEPRECATED_OPERATION_KEYS, ENTITY_KEYS, ORDER_KEYS};
use super::property::{Owner, Properties};
use super::related::{read_files, read_related};
use crate::hash;
use crate::names;
use crate::spec::diagnostic::DiagnosticKind;
use crate::spec::json::{Node, Value};
use crate::spec::model::{DefaultOrder, Doubt, EntitySpec, Operation, Property, Words as _};
use crate::spec::read::{Diagnostics, Object, Rule, SourceLocation, unknown, word};

/// How a property may be written in a label: with two decimals, or as a date of the United States.
pub(super) const LABEL_FORMS: &[&str] = &["2", "date"];

pub(super) fn read_entity(root: &Node, path: &str, folder: &str, diagnostics: &mut Diagnostics) -> Option<ReadEntity> {
    let stem = stem(path);
    let top = Object::open(root, SourceLocation::file(path), "the entity", ENTITY_KEYS, diagnostics)?;
    head(&top, "../schema/entity.json", diagnostics);
    let name = top.need_name("entity", &Rule::TYPE, diagnostics);
    let plural = top.need_name("plural", &Rule::SEGMENT, diagnostics);
    let section = top.need_name("section", &Rule::SEGMENT, diagnostics);
    let rust_plural = top.name("rust_plural", &Rule::SNAKE, diagnostics);
    let doc = top.need_sentence("doc", diagnostics).unwrap_or_default();
    let label = name.clone().unwrap_or_else(|| stem.to_owned());

    if let Some(section) = &section
        && section != folder
    {
        diagnostics.add_with(
            &top.place_of("section"),
            DiagnosticKind::Misplaced,
            format!("{label} is of the section `{section}`, its file stands in `{folder}`"),
            format!("move it to spec/{section}/, or correct the section"),
        );
    }
    if let Some(plural) = &plural
        && plural != stem
    {
        diagnostics.add_with(
            &top.place_of("plural"),
            DiagnosticKind::Misplaced,
            format!("the plural of {label} is `{plural}`, its file is called `{stem}.json`"),
            format!("call the file {plural}.json, or correct the plural"),
        );
    }

    let operations = read_operations(&top, &label, diagnostics);
    let commands = top.flag("commands", diagnostics);
    let deprecated = match top.get("deprecated") {
        Some((node, place)) => Object::open(node, place, "`deprecated`", DEPRECATED_KEYS, diagnostics)
            .map(|object| object.note("replacement", diagnostics)),
        None => None,
    };
    let deprecated_operations =
        read_deprecated_operations(&top, &label, operations.as_deref(), deprecated.is_some(), diagnostics);
    let doubt = top.word("doubt", &[Doubt::MaybeWithdrawn, Doubt::Only2020, Doubt::SectionDisputed], diagnostics);
    let notes = top.sentences("notes", diagnostics);
    let record_seen = top.flag("record_seen", diagnostics);

    let mut mentions = Vec::new();
    let mut properties = Properties::default();
    top.need("properties", diagnostics);
    let items = top.list("properties", diagnostics);
    if items.is_empty() && matches!(top.get("properties"), Some((Node { value: Value::List(_), .. }, _))) {
        diagnostics.add(&top.place_of("properties"), DiagnosticKind::Empty, format!("{label} has no properties"));
    }
    let owner = Owner { entity: &label, operations: operations.as_deref() };
    for (node, place) in items {
        properties.read(node, place, Some(&owner), &mut mentions, diagnostics);
    }
    let related_filters = read_related(&top, &label, &mut properties, &mut mentions, diagnostics);
    let files = read_files(&top, &label, &mut properties, diagnostics);
    let known_commands = read_commands(&top, &label, commands, &mut properties, &mut mentions, diagnostics);
    let actions = read_actions(&top, &label, &mut properties, diagnostics);
    let default_order = read_order(&top, &label, &properties.list, diagnostics);
    let label_pattern = read_label(&top, &label, &properties.list, diagnostics);
    let required_filters = read_required_filters(&top, &label, &properties, diagnostics);
    let columns = read_names(&top, "columns", &label, &properties.list, diagnostics);
    let common = read_names(&top, "common", &label, &properties.list, diagnostics);

    let place = SourceLocation::file(path);
    let (entity_at, plural_at, section_at) = (top.place_of("entity"), top.place_of("plural"), top.place_of("section"));
    let (name, plural, section) = (name?, plural?, section?);
    Some(ReadEntity {
        spec: EntitySpec {
            file: path.to_owned(),
            hash: hash::text(&root.value.to_string()),
            module: names::module(&name),
            accessor: rust_plural.unwrap_or_else(|| names::accessor(&name, &plural)),
            name,
            plural,
            section,
            doc,
            operations: operations.unwrap_or_default(),
            commands,
            known_commands,
            actions,
            deprecated,
            deprecated_operations,
            doubt,
            notes,
            label: label_pattern,
            default_order,
            required_filters,
            columns,
            common,
            record_seen,
            properties: properties.list,
            related_filters,
            files,
        },
        properties_at: properties.places,
        place,
        entity_at,
        plural_at,
        section_at,
        mentions,
    })
}

pub(super) fn read_operations(top: &Object<'_>, label: &str, diagnostics: &mut Diagnostics) -> Option<Vec<Operation>> {
    let before = diagnostics.list.len();
    let mut operations: Vec<Operation> = Vec::new();
    top.need("operations", diagnostics);
    let texts = top.texts("operations", diagnostics);
    if texts.is_empty() && diagnostics.list.len() == before {
        diagnostics.add(&top.place_of("operations"), DiagnosticKind::Empty, format!("{label} has no operations"));
    }
    for (text, place) in texts {
        let Some(operation) = word(&text, &format!("an operation of {label}"), OPERATIONS, &place, diagnostics) else {
            continue;
        };
        if operations.contains(&operation) {
            diagnostics.add(&place, DiagnosticKind::Duplicate, format!("{label} has the operation `{text}` twice"));
        } else {
            operations.push(operation);
        }
    }
    operations.sort();
    (diagnostics.list.len() == before).then_some(operations)
}

/// Operations that are deprecated on their own: such as the entity has, each once, and none where all of it is.
fn read_deprecated_operations(
    top: &Object<'_>,
    label: &str,
    operations: Option<&[Operation]>,
    is_deprecated: bool,
    diagnostics: &mut Diagnostics,
) -> Vec<(Operation, Option<String>)> {
    let mut deprecated: Vec<(Operation, Option<String>)> = Vec::new();
    for (node, place) in top.list("deprecated_operations", diagnostics) {
        let what = "the deprecated operation";
        let Some(object) = Object::open(node, place.clone(), what, DEPRECATED_OPERATION_KEYS, diagnostics) else {
            continue;
        };
        object.need("operation", diagnostics);
        let operation = object.word("operation", OPERATIONS, diagnostics);
        let replacement = object.note("replacement", diagnostics);
        let Some(operation) = operation else { continue };
        let (word, place) = (operation.word(), object.place_of("operation"));
        if operations.is_some_and(|operations| !operations.contains(&operation)) {
            diagnostics.add(
                &place,
                DiagnosticKind::Contradiction,
                format!("{label} has no operation `{word}` to deprecate"),
            );
        } else if deprecated.iter().any(|(other, _)| *other == operation) {
            diagnostics.add(
                &place,
                DiagnosticKind::Duplicate,
                format!("{label} deprecates the operation `{word}` twice"),
            );
        } else {
            deprecated.push((operation, replacement));
        }
    }
    if is_deprecated && !deprecated.is_empty() {
        diagnostics.add(
            &top.place_of("deprecated_operations"),
            DiagnosticKind::Contradiction,
            format!("{label} is deprecated, and so are all of its operations"),
        );
    }
    deprecated.sort();
    deprecated
}

pub(super) fn read_order(
    top: &Object<'_>,
    label: &str,
    properties: &[Property],
    diagnostics: &mut Diagnostics,
) -> Option<DefaultOrder> {
    let (node, place) = top.get("default_order")?;
    let object = Object::open(node, place, "`default_order`", ORDER_KEYS, diagnostics)?;
    let by = object.need_text("by", diagnostics);
    let descending = object.flag("descending", diagnostics);
    let by = by?;
    // Common properties stand in another file; what they are called is checked when all are read.
    if !properties.iter().any(|property| property.name == by)
        && !matches!(by.as_str(), "Id" | "CreatedOn" | "UpdatedOn")
    {
        let known = properties.iter().map(|property| property.name.as_str());
        let what = format!("lists of {label} are sorted by `{by}`, which it does not have");
        unknown(DiagnosticKind::UnknownWord, what, &by, known, &object.place_of("by"), diagnostics);
    }
    Some(DefaultOrder { by, descending })
}

/// A pattern of a label: what stands in braces must be a property.
pub(super) fn read_label(
    top: &Object<'_>,
    label: &str,
    properties: &[Property],
    diagnostics: &mut Diagnostics,
) -> Option<String> {
    let pattern = top.text("label", diagnostics)?;
    let place = top.place_of("label");
    let mut rest = pattern.as_str();
    while let Some((_, after)) = rest.split_once('{') {
        let Some((name, after)) = after.split_once('}') else {
            diagnostics.add(
                &place,
                DiagnosticKind::BadName,
                format!("the label of {label} has a brace that nothing closes"),
            );
            return None;
        };
        let (name, form) = match name.split_once('?') {
            // What stands behind a question mark is written where the property is true.
            Some((name, _)) => (name, None),
            None => name.split_once(':').map_or((name, None), |(name, form)| (name, Some(form))),
        };
        if name != "Id" && !properties.iter().any(|property| property.name == name) {
            let known = properties.iter().map(|property| property.name.as_str());
            let what = format!("the label of {label} holds `{name}`, which it does not have");
            unknown(DiagnosticKind::UnknownWord, what, name, known, &place, diagnostics);
        }
        if let Some(form) = form
            && !LABEL_FORMS.contains(&form)
        {
            let what = format!("the label of {label} writes `{name}` as `{form}`");
            unknown(DiagnosticKind::UnknownWord, what, form, LABEL_FORMS.iter().copied(), &place, diagnostics);
        }
        rest = after;
    }
    Some(pattern)
}

pub(super) fn read_required_filters(
    top: &Object<'_>,
    label: &str,
    properties: &Properties,
    diagnostics: &mut Diagnostics,
) -> Vec<String> {
    let mut list = Vec::new();
    for (name, place) in top.texts("required_filters", diagnostics) {
        if !properties.queries.contains(&name) {
            let what = format!("lists of {label} need the filter `{name}`, which it does not have");
            unknown(
                DiagnosticKind::UnknownWord,
                what,
                &name,
                properties.queries.iter().map(String::as_str),
                &place,
                diagnostics,
            );
        } else if list.contains(&name) {
            diagnostics.add(&place, DiagnosticKind::Duplicate, format!("{label} needs the filter `{name}` twice"));
        } else {
            list.push(name);
        }
    }
    list
}

/// A list of the entity's properties: those that a table shows, those that people set.
pub(super) fn read_names(
    top: &Object<'_>,
    key: &str,
    label: &str,
    properties: &[Property],
    diagnostics: &mut Diagnostics,
) -> Vec<String> {
    let mut list = Vec::new();
    for (name, place) in top.texts(key, diagnostics) {
        // Common properties stand in another file; those that anybody wants to see are named here.
        let is_common = matches!(name.as_str(), "CreatedOn" | "UpdatedOn" | "UpdatedBy" | "SystemId");
        if !is_common && !properties.iter().any(|property| property.name == name) {
            let known = properties.iter().map(|property| property.name.as_str());
            unknown(
                DiagnosticKind::UnknownWord,
                format!("{label} has no `{name}` for its {key}"),
                &name,
                known,
                &place,
                diagnostics,
            );
        } else if list.contains(&name) {
            diagnostics.add(&place, DiagnosticKind::Duplicate, format!("{label} has `{name}` twice in its {key}"));
        } else {
            list.push(name);
        }
    }
    list
}
