//! `cargo xtask facts <path>`: every difference between the spec and a collection of facts about the service.
//!
//! The facts are kept elsewhere: what pages, clients and live records say, as one JSON file of entities and one of
//! enumerations. The spec follows them, or `spec/explained.json` says why it does not. An explanation of a difference
//! that is no longer there is an error, so that none outlives its cause.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Display;
use std::fs;
use std::io::Write;
use std::path::Path;

use crate::args::counted;
use crate::error::Error;
use crate::spec::json::{self, Value};
use crate::spec::{Create, Demand, Doubt, EntitySpec, Operation, Property, Source, Spec, Type, Words};
use crate::workspace;

/// The file of explanations, from the root of the repository.
const EXPLAINED: &str = "spec/explained.json";

/// Lists the differences; fails where one is not explained, or an explanation is stale.
pub fn facts(root: &Path, path: &Path, out: &mut dyn Write) -> Result<(), Error> {
    let file = if path.is_dir() { path.join("entities.json") } else { path.to_owned() };
    let enums = file.with_file_name("enums.json");
    let spec = workspace::load_spec(root)?;
    let differences = compare(&spec, &read(&file)?, &read(&enums)?);
    let explained = explained(&read(&root.join(EXPLAINED))?)
        .map_err(|what| Error::Message(format!("error: {EXPLAINED}: {what}")))?;
    let open: Vec<_> = differences.iter().filter(|(key, _)| !explained.contains(*key)).collect();
    let stale: Vec<_> = explained.iter().filter(|key| !differences.contains_key(*key)).collect();
    for (key, text) in &open {
        writeln!(out, "{key}: {text}")?;
    }
    for key in &stale {
        writeln!(out, "{key}: {EXPLAINED} explains this difference, which is not there")?;
    }
    writeln!(
        out,
        "facts: {}, {} explained, {}",
        counted(open.len(), "difference"),
        differences.len() - open.len(),
        counted(stale.len(), "stale explanation")
    )?;
    if open.is_empty() && stale.is_empty() { Ok(()) } else { Err(Error::Reported) }
}

fn read(file: &Path) -> Result<Value, Error> {
    let text =
        fs::read_to_string(file).map_err(|error| Error::Message(format!("error: {}: {error}", file.display())))?;
    let root = json::parse(&text)
        .map_err(|error| Error::Message(format!("error: {}:{}: {}", file.display(), error.at, error.what)))?;
    Ok(root.value)
}

/// The keys of the differences that are explained.
fn explained(root: &Value) -> Result<BTreeSet<String>, String> {
    let mut keys = BTreeSet::new();
    for entry in items(root, "explained") {
        if text(entry, "why").is_none_or(|why| why.trim().is_empty()) {
            return Err("an explanation has no `why`".to_owned());
        }
        for key in items(entry, "differences") {
            let Value::Text(key) = key else { return Err("a difference is not text".to_owned()) };
            if !keys.insert(key.clone()) {
                return Err(format!("`{key}` is explained twice"));
            }
        }
    }
    Ok(keys)
}

fn get<'a>(object: &'a Value, key: &str) -> Option<&'a Value> {
    let Value::Object(members) = object else { return None };
    members.iter().find(|member| member.key == key).map(|member| &member.node.value)
}

fn text<'a>(object: &'a Value, key: &str) -> Option<&'a str> {
    match get(object, key) {
        Some(Value::Text(text)) => Some(text),
        _ => None,
    }
}

fn flag(object: &Value, key: &str) -> bool {
    matches!(get(object, key), Some(Value::Bool(true)))
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    let items = match value {
        Value::List(items) => items.as_slice(),
        _ => &[],
    };
    items.iter().map(|item| &item.value)
}

fn items<'a>(object: &'a Value, key: &str) -> impl Iterator<Item = &'a Value> {
    get(object, key).into_iter().flat_map(list)
}

fn texts<'a>(object: &'a Value, key: &str) -> Vec<&'a str> {
    let texts = items(object, key).filter_map(|item| match item {
        Value::Text(text) => Some(text.as_str()),
        _ => None,
    });
    texts.collect()
}

/// Differences by what they are about: `Coworker.Email filter`.
#[derive(Default)]
struct Found(BTreeMap<String, String>);

impl Found {
    /// Notes a difference unless both sides say the same; a side that says nothing is empty.
    fn hold(&mut self, place: &str, about: &str, spec: impl Display, facts: impl Display) {
        let (spec, facts) = (spec.to_string(), facts.to_string());
        if spec != facts {
            let said = |side: &str| if side.is_empty() { "nothing".to_owned() } else { format!("`{side}`") };
            self.note(place, about, format!("the spec has {}, the facts have {}", said(&spec), said(&facts)));
        }
    }

    fn note(&mut self, place: &str, about: &str, what: String) {
        self.0.insert(format!("{place} {about}"), what);
    }
}

/// All differences between a spec and facts.
fn compare(spec: &Spec, entities: &Value, enums: &Value) -> BTreeMap<String, String> {
    let mut found = Found::default();
    let mut known = BTreeSet::new();
    for facts in list(entities) {
        let Some(name) = text(facts, "entity") else { continue };
        known.insert(name);
        match spec.entities.iter().find(|entity| entity.name == name) {
            Some(entity) => compare_entity(spec, entity, facts, &mut found),
            // Without a section it can't have a file.
            None if text(facts, "section").is_none() => {
                let listed = spec.api.unplaced.iter().any(|unplaced| unplaced.entity == name);
                found.hold(name, "unplaced", if listed { "it" } else { "" }, "it");
            }
            None => found.note(name, "entity", "the spec does not have it".to_owned()),
        }
    }
    for entity in spec.entities.iter().filter(|entity| !known.contains(entity.name.as_str())) {
        found.note(&entity.name, "entity", "the facts do not have it".to_owned());
    }
    compare_enums(spec, enums, &mut found);
    found.0
}

fn values(spec: &Spec, name: &str) -> String {
    let spec = spec.enums.iter().find(|spec| spec.name == name);
    let values = spec.into_iter().flat_map(|spec| &spec.values).map(|value| format!("{}={}", value.number, value.name));
    values.collect::<Vec<_>>().join(",")
}

fn compare_enums(spec: &Spec, enums: &Value, found: &mut Found) {
    for facts in list(enums) {
        let Some(name) = text(facts, "enum") else { continue };
        let theirs = items(facts, "values").map(|value| {
            let parts: Vec<String> = list(value).take(2).map(plain).collect();
            parts.join("=")
        });
        found.hold(name, "values", values(spec, name), theirs.collect::<Vec<_>>().join(","));
    }
}

/// A text without its quotes; any other value as JSON.
fn plain(value: &Value) -> String {
    match value {
        Value::Text(text) => text.clone(),
        other => other.to_string(),
    }
}

fn compare_entity(spec: &Spec, entity: &EntitySpec, facts: &Value, found: &mut Found) {
    let name = entity.name.as_str();
    found.hold(name, "plural", &entity.plural, text(facts, "plural").unwrap_or_default());
    found.hold(name, "section", &entity.section, text(facts, "section").unwrap_or_default());
    let operations: Vec<&str> = entity.operations.iter().map(|operation| Operation::word(*operation)).collect();
    found.hold(name, "operations", operations.join(","), texts(facts, "operations").join(","));
    found.hold(name, "commands", entity.commands, flag(facts, "commands"));
    found.hold(name, "deprecated", entity.deprecated.is_some(), flag(facts, "deprecated"));
    found.hold(name, "record_seen", entity.record_seen, flag(facts, "record_seen"));
    let mut keys: Vec<&str> = entity.known_commands.iter().map(|command| command.key.as_str()).collect();
    let mut theirs = texts(facts, "command_keys");
    keys.sort_unstable();
    theirs.sort_unstable();
    found.hold(name, "command_keys", keys.join(","), theirs.join(","));
    found.hold(name, "required_filters", entity.required_filters.join(","), texts(facts, "required_filters").join(","));
    let direction = |descending| if descending { " descending" } else { "" };
    let order = entity.default_order.as_ref().map(|order| format!("{}{}", order.by, direction(order.descending)));
    let theirs = get(facts, "default_order").map(|order| {
        let descending = get(order, "dir").is_some_and(|dir| dir.to_string() == "1");
        format!("{}{}", text(order, "by").unwrap_or_default(), direction(descending))
    });
    found.hold(name, "default_order", order.unwrap_or_default(), theirs.unwrap_or_default());
    if let Some(observed) = text(facts, "observed")
        && entity.notes.is_empty()
        && entity.known_commands.is_empty()
    {
        found.note(name, "observed", format!("no note says what was seen: {observed}"));
    }

    let mut known = BTreeSet::new();
    let unlisted = text(facts, "not_in_lists_seen").unwrap_or_default();
    let unlisted: BTreeSet<&str> = unlisted.split([' ', ',']).collect();
    for property in items(facts, "properties") {
        let Some(wire) = text(property, "name") else { continue };
        known.insert(wire);
        let place = format!("{name}.{wire}");
        match entity.properties.iter().find(|ours| ours.name == wire && ours.companion_of.is_none()) {
            Some(ours) => {
                compare_property(spec, ours, property, &place, found);
                if unlisted.contains(wire) && !ours.get_only {
                    found.note(&place, "get_only", "the facts say that lists leave it out".to_owned());
                }
            }
            None => found.note(&place, "property", "the spec does not have it".to_owned()),
        }
    }
    for ours in &entity.properties {
        if ours.companion_of.is_none() && !known.contains(ours.name.as_str()) {
            found.note(&format!("{name}.{}", ours.name), "property", "the facts do not have it".to_owned());
        }
    }

    let ours: BTreeSet<&str> = entity.related_filters.iter().map(|filter| filter.name.as_str()).collect();
    let theirs: BTreeSet<&str> = items(facts, "other_filters").filter_map(|filter| text(filter, "name")).collect();
    for filter in ours.symmetric_difference(&theirs) {
        let side = if ours.contains(filter) { "the facts do" } else { "the spec does" };
        found.note(filter, "filter", format!("{side} not have it"));
    }
    let ours: BTreeSet<String> = entity.files.iter().map(|file| format!("{}/{}", entity.path(), file.path)).collect();
    let theirs = texts(facts, "files");
    let theirs: BTreeSet<String> =
        theirs.iter().map(|file| file.trim_start_matches('/').trim_end_matches("/:id").to_owned()).collect();
    for file in ours.symmetric_difference(&theirs) {
        let side = if ours.contains(file) { "the facts do" } else { "the spec does" };
        found.note(file, "file", format!("{side} not have it"));
    }
}

fn compare_property(spec: &Spec, ours: &Property, facts: &Value, place: &str, found: &mut Found) {
    let theirs = match text(facts, "type").unwrap_or_default() {
        "int" if get(facts, "ref").is_some() => "id",
        "string" => "text",
        "list" => "ids",
        "objects" | "object" => "json",
        // The facts have one word for instants and wall clocks.
        "datetime" if ours.kind == Type::Civil => "civil",
        other => other,
    };
    found.hold(place, "type", ours.kind.word(), theirs);
    found.hold(place, "ref", ours.kind.target().unwrap_or_default(), text(facts, "ref").unwrap_or_default());
    if let Type::Enum(Some(name)) = &ours.kind {
        // An enumeration that no source names is compared by its values.
        match text(facts, "enum_values") {
            Some(theirs) => found.hold(place, "enum_values", values(spec, name), theirs),
            None => found.hold(place, "enum", name, text(facts, "enum").unwrap_or_default()),
        }
    }
    let create = match ours.create {
        // The marking of the pages, and live creates that went well without.
        Some(Create::Required) if ours.demand == Some(Demand::No) => "optional, required on page",
        Some(create) => create.word(),
        None => "",
    };
    let marked = if flag(facts, "required_on_page") { ", required on page" } else { "" };
    found.hold(place, "create", create, format!("{}{marked}", text(facts, "create").unwrap_or_default()));
    for (about, ours) in [
        ("update", ours.update),
        ("nullable", ours.nullable),
        ("write_only", ours.write_only),
        ("added_removed", ours.added_removed),
        ("range", ours.range),
        ("absent_live", ours.absent_live),
    ] {
        found.hold(place, about, ours, flag(facts, about));
    }
    found.hold(place, "filter", ours.filter.as_deref().unwrap_or_default(), text(facts, "filter").unwrap_or_default());
    if ours.filter.is_some() {
        let from = ours.filter_from.map_or("", Source::word);
        found.hold(place, "filter_from", from, text(facts, "filter_from").unwrap_or_default());
    }
    found.hold(place, "name_from", ours.from.word(), text(facts, "name_from").unwrap_or_default());
    let theirs = match text(facts, "doubt") {
        _ if flag(facts, "maybe_withdrawn") => "maybe_withdrawn",
        _ if flag(facts, "only_2020") => "only_2020",
        Some(doubt) if doubt.contains("guessed") => "type_guessed",
        Some(doubt) if doubt.contains("record") => "not_on_record",
        Some(doubt) if doubt.starts_with("always") => "always_empty",
        Some(doubt) if doubt.contains("create-only") => "update_disputed",
        other => other.unwrap_or_default(),
    };
    found.hold(place, "doubt", ours.doubt.map_or("", Doubt::word), theirs);
    if let Some(theirs) = get(facts, "default") {
        found.hold(place, "default", ours.default.as_deref().unwrap_or_default(), theirs);
    }
    if let Some(observed) = text(facts, "observed")
        && ours.wire.is_none()
        && ours.doc.is_none()
        && ours.kind != Type::Civil
    {
        found.note(place, "observed", format!("neither `wire` nor `doc` says what was seen: {observed}"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const API: &str = r#"{
      "$schema": "schema/api.json", "service": "S", "base": "https://example.com/api",
      "sections": [{"name": "sys", "doc": "System."}],
      "roles": {"list": "List", "get": "Read", "create": "Create", "update": "Edit", "delete": "Delete"},
      "common": [{"name": "Id", "type": "int", "from": "reference"}],
      "paging": {"page": "page", "size": "size", "order": "orderBy", "direction": "dir", "ascending": 0, "descending": 1, "default_size": 25, "max_size": 1000},
      "envelopes": {"page": ["Records"], "write": ["Status"], "error": ["Message"]},
      "unplaced": [], "well_known": {}
    }"#;
    const NOTES: &str = r#"{
      "$schema": "../schema/entity.json", "entity": "Note", "plural": "notes", "section": "sys", "doc": "A note.",
      "operations": ["list", "get"],
      "properties": [{"name": "Text", "type": "text", "from": "reference"}]
    }"#;

    fn of(entities: &str) -> Vec<String> {
        let spec = crate::spec::load(&BTreeMap::from([
            ("spec/api.json".to_owned(), API.to_owned()),
            ("spec/enums.json".to_owned(), r#"{"$schema": "schema/enums.json", "enums": []}"#.to_owned()),
            ("spec/sys/notes.json".to_owned(), NOTES.to_owned()),
        ]));
        let spec = spec.unwrap_or_else(|faults| panic!("{}", crate::spec::report(&faults)));
        let parse = |text: &str| json::parse(text).unwrap().value;
        let found = compare(&spec, &parse(entities), &parse("[]"));
        found.into_iter().map(|(key, text)| format!("{key}: {text}")).collect()
    }

    #[test]
    fn each_difference_is_listed_once() {
        let found =
            of(r#"[{"entity": "Note", "plural": "notes", "section": "sys", "operations": ["list"], "properties": [
            {"name": "Text", "type": "int", "create": "optional", "name_from": "observed"},
            {"name": "More", "type": "string", "name_from": "observed"}
        ]}, {"entity": "Ghost", "section": null}]"#);
        assert!(found.iter().any(|line| line.starts_with("Note.Text type: the spec has `text`")), "{found:#?}");
        assert!(found.contains(&"Note.More property: the spec does not have it".to_owned()), "{found:#?}");
        assert!(found.iter().any(|line| line.starts_with("Note operations: ")), "{found:#?}");
        assert!(found.iter().any(|line| line.starts_with("Ghost unplaced: the spec has nothing")), "{found:#?}");
    }

    #[test]
    fn explanations_need_a_reason_and_stand_once() {
        let of = |text: &str| explained(&json::parse(text).unwrap().value);
        let good = of(r#"{"explained": [{"why": "So.", "differences": ["A.B type"]}]}"#);
        assert!(good.unwrap().contains("A.B type"));
        assert!(of(r#"{"explained": [{"why": " ", "differences": ["A.B type"]}]}"#).is_err());
        assert!(of(r#"{"explained": [{"why": "So.", "differences": ["A.B type", "A.B type"]}]}"#).is_err());
    }
}
