//! Reports of `nexudus probe`, turned into changes of the spec. `docs/probe.md` describes the file.
//!
//! What each account showed is kept in `spec/probes.json`: which account confirmed or refuted what, and when. A fact
//! that accounts disagree on stays as it is in the spec, and the note has the counts of both sides. A later report of
//! one account replaces what it said before.

use std::collections::{BTreeMap, BTreeSet};

use super::note::{Became, Import, Note};
use super::tree::{self, Members};
use crate::spec::json::{self, Value};
use crate::spec::{ENTITY_KEYS, PROPERTY_KEYS};

/// Where the verdicts of accounts are kept, from the root of the repository. The loader of the spec passes over it.
pub const VERDICTS: &str = "spec/probes.json";

/// A report, as far as the spec takes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    made: String,
    account: String,
    service: bool,
    entities: BTreeMap<String, Vec<Said>>,
}

/// One thing that a report says of an entity.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Said {
    subject: String,
    /// `derived`, `rule`, ... as `docs/probe.md` has them, `property` for an unknown one, or the kind of a finding.
    mark: String,
    confirmed: bool,
    /// What the report says besides: the types of an unknown property, the detail of a finding.
    detail: String,
    null: bool,
    list_empty: bool,
}

/// Who confirmed and who refuted: account and day.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Sides {
    confirmed: BTreeMap<String, String>,
    refuted: BTreeMap<String, String>,
}

/// A key of [`VERDICTS`]: entity, mark, subject.
type Key = (String, String, String);

/// Kinds of findings that the spec does not take by itself, or not at all.
const OF_THE_ACCOUNT: &[&str] =
    &["role-missing", "property-unknown", "filter-ignored", "filter-refused", "property-in-list"];

/// Whether a text is meant to be a report.
pub fn is_report(text: &str) -> bool {
    text.trim_start_matches('\u{feff}').trim_start().starts_with('{') && text.contains("\"nexudus-probe\"")
}

/// Reads a report.
pub fn read(text: &str) -> Result<Report, String> {
    let root =
        json::parse(text.trim_start_matches('\u{feff}')).map_err(|error| format!("{}: {}", error.at, error.what))?;
    let Value::Object(top) = &root.value else { return Err("expected an object".to_owned()) };
    if tree::get_text(top, "format") != Some("nexudus-probe") {
        return Err("expected `\"format\": \"nexudus-probe\"`".to_owned());
    }
    match tree::get(top, "version") {
        Some(Value::Number(version)) if version == "1" => {}
        Some(other) => return Err(format!("expected version 1 of the format, found {other}; take a newer checkout")),
        None => return Err("expected `\"version\": 1`".to_owned()),
    }
    let need = |key: &str, good: fn(&str) -> bool, what: &str| {
        let found = tree::get_text(top, key).filter(|text| good(text));
        found.map(str::to_owned).ok_or_else(|| format!("expected {what} under `{key}`"))
    };
    let is_day = |text: &str| {
        text.len() == 10
            && text.chars().enumerate().all(|(i, c)| if i == 4 || i == 7 { c == '-' } else { c.is_ascii_digit() })
    };
    let made = need("made", is_day, "a day as 2026-01-31")?;
    let is_account = |text: &str| text.len() == 16 && text.chars().all(|c| c.is_ascii_hexdigit());
    let account = need("account", is_account, "16 hexadecimal digits")?;
    let mut report = Report { made, account, service: tree::is_true(top, "service"), entities: BTreeMap::new() };
    let Some(Value::Object(entities)) = tree::get(top, "entities") else {
        return Err("expected an object under `entities`".to_owned());
    };
    for entity in entities {
        let Value::Object(members) = &entity.node.value else {
            return Err(format!("{}: expected an object for {}", entity.at, shown(&entity.key)));
        };
        let said = said(members).map_err(|what| format!("{}: {}: {what}", entity.at, shown(&entity.key)))?;
        report.entities.insert(entity.key.clone(), said);
    }
    Ok(report)
}

/// A text of the report in a message: on one line, and not long.
fn shown(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(80).collect()
}

fn is_name(text: &str) -> bool {
    text.len() <= 100
        && text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

fn said(entity: &Members) -> Result<Vec<Said>, String> {
    let mut all = Vec::new();
    let plain = |subject: &str, mark: &str, confirmed| Said {
        subject: subject.to_owned(),
        mark: mark.to_owned(),
        confirmed,
        detail: String::new(),
        null: false,
        list_empty: false,
    };
    for mark in tree::items(entity, "marks") {
        let subject = tree::get_text(mark, "property").or_else(|| tree::get_text(mark, "filter")).unwrap_or_default();
        let (Some(word), Some(verdict)) = (tree::get_text(mark, "mark"), tree::get_text(mark, "verdict")) else {
            return Err("expected `mark` and `verdict` in each of `marks`".to_owned());
        };
        let confirmed = match verdict {
            "confirmed" => true,
            "refuted" => false,
            other => return Err(format!("expected the verdict `confirmed` or `refuted`, found `{}`", shown(other))),
        };
        if !is_name(subject) {
            return Err(format!("expected the name of a property or filter, found `{}`", shown(subject)));
        }
        all.push(plain(subject, word, confirmed));
    }
    if let Some(Value::Object(properties)) = tree::get(entity, "properties") {
        for property in properties {
            let Value::Object(facts) = &property.node.value else { continue };
            if !matches!(tree::get(facts, "known"), None | Some(Value::Bool(false))) || !is_name(&property.key) {
                continue;
            }
            let side = |key: &str| match tree::get(facts, key) {
                Some(Value::Object(members)) => Some(members),
                _ => None,
            };
            let count = |members: Option<&Members>, key: &str| match members.and_then(|members| tree::get(members, key))
            {
                Some(Value::Number(text)) => text.parse::<u64>().unwrap_or(0),
                _ => 0,
            };
            let mut types = BTreeSet::new();
            for members in [side("list"), side("get")].into_iter().flatten() {
                if let Some(Value::Object(found)) = tree::get(members, "types") {
                    types.extend(found.iter().map(|member| member.key.as_str()));
                }
            }
            let mut new = plain(&property.key, "property", true);
            let types: Vec<&str> = types.into_iter().collect();
            new.detail = types.join(" ");
            new.null = count(side("list"), "null") + count(side("get"), "null") > 0;
            new.list_empty = count(side("list"), "records") > 0 && count(side("list"), "present") == 0;
            all.push(new);
        }
    }
    for finding in tree::items(entity, "findings") {
        let (Some(kind), Some(subject)) = (tree::get_text(finding, "kind"), tree::get_text(finding, "subject")) else {
            return Err("expected `kind` and `subject` in each of `findings`".to_owned());
        };
        if !OF_THE_ACCOUNT.contains(&kind) {
            let mut found = plain(&shown(subject), &shown(kind), false);
            found.detail = tree::get_text(finding, "detail").map(shown).unwrap_or_default();
            all.push(found);
        }
    }
    Ok(all)
}

/// Takes reports into spec files, which are keyed by path.
pub fn merge(
    files: &BTreeMap<String, String>,
    old_verdicts: Option<&str>,
    reports: &[Report],
) -> Result<Import, String> {
    let mut import = Import::default();
    if reports.iter().any(|report| !report.service) {
        return Err("a report is not of the vendor's own service (`\"service\": true`); a sandbox knows what the spec says, and no more".to_owned());
    }
    let mut sides = read_verdicts(old_verdicts)?;
    let mut details: BTreeMap<Key, Said> = BTreeMap::new();
    // The newest report of an account speaks for it.
    let mut newest: Vec<&Report> = reports.iter().collect();
    newest.sort_by(|a, b| a.made.cmp(&b.made));
    for report in newest {
        for (entity, said) in &report.entities {
            for one in said {
                let key = (entity.clone(), one.mark.clone(), one.subject.clone());
                let sides = sides.entry(key.clone()).or_default();
                sides.confirmed.remove(&report.account);
                sides.refuted.remove(&report.account);
                let side = if one.confirmed { &mut sides.confirmed } else { &mut sides.refuted };
                side.insert(report.account.clone(), report.made.clone());
                details.insert(key, one.clone());
            }
        }
    }
    let mut trees: BTreeMap<String, (String, Members)> = BTreeMap::new();
    for (path, text) in files {
        let root = json::parse(text).map_err(|error| format!("{path}:{}: {}", error.at, error.what))?;
        if let Value::Object(members) = root.value
            && let Some(name) = tree::get_text(&members, "entity").map(str::to_owned)
        {
            trees.insert(name, (path.clone(), members));
        }
    }
    for ((entity, mark, subject), said) in &details {
        let Some(both) = sides.get(&(entity.clone(), mark.clone(), subject.clone())) else { continue };
        let mut note = |became, text: String| {
            import.notes.push(Note { of: shown(entity), subject: subject.clone(), became, text });
        };
        let Some((_, top)) = trees.get_mut(entity) else {
            note(Became::Differs, "the spec has no such entity; import its pages first".to_owned());
            continue;
        };
        if !both.confirmed.is_empty() && !both.refuted.is_empty() {
            let (yes, no) = (both.confirmed.len(), both.refuted.len());
            note(
                Became::Disagree,
                format!("`{mark}`: confirmed by {yes} and refuted by {no} accounts; both are kept in {VERDICTS}"),
            );
            continue;
        }
        if let Some((became, text)) = apply(top, said) {
            note(became, text);
        }
    }
    for (path, members) in trees.into_values() {
        let text = tree::file(&members);
        if files.get(&path).is_none_or(|old| *old != text) {
            import.files.insert(path, text);
        }
    }
    let text = write_verdicts(&sides);
    if old_verdicts.is_none_or(|old| old != text) {
        import.files.insert(VERDICTS.to_owned(), text);
    }
    import.notes.sort();
    import.notes.dedup();
    Ok(import)
}

/// Changes the spec by one thing that no account contradicts.
fn apply(top: &mut Members, said: &Said) -> Option<(Became, String)> {
    let entity = tree::get_text(top, "entity").unwrap_or_default().to_owned();
    let subject = said.subject.as_str();
    if said.mark == "property" {
        return new_property(top, said);
    }
    if said.mark == "rule" {
        let list = tree::items(top, "properties").find(|members| {
            let name = tree::get_text(members, "name").unwrap_or_default();
            let stem = if tree::get_text(members, "type") == Some("id") {
                name.strip_suffix("Id").unwrap_or(name)
            } else {
                name
            };
            let plain = subject.strip_prefix("from_").or_else(|| subject.strip_prefix("to_")).unwrap_or(subject);
            tree::get_text(members, "filter") == Some(plain)
                || tree::is_true(members, "filter") && plain == format!("{entity}_{stem}")
        });
        let name = list.and_then(|members| tree::get_text(members, "name")).map(str::to_owned);
        let Some(name) = name else {
            return Some((Became::Differs, format!("`{}`: the spec has no such filter", said.mark)));
        };
        let is_range = subject.starts_with("from_") || subject.starts_with("to_");
        let members = tree::named(top, "properties", &name)?;
        if !is_range && tree::get_text(members, "filter_from") != Some("rule") {
            return None;
        }
        return match (said.confirmed, is_range) {
            (true, true) => None,
            (true, false) => {
                tree::set(members, "filter_from", tree::text("observed"), PROPERTY_KEYS);
                Some((Became::Changed, "the filter works".to_owned()))
            }
            (false, true) => tree::remove(members, "range")
                .then(|| (Became::Changed, "the range does not work, and goes".to_owned())),
            (false, false) => {
                tree::remove(members, "filter");
                tree::remove(members, "filter_from");
                Some((Became::Changed, "the filter does not work, and goes".to_owned()))
            }
        };
    }
    let decide = || {
        let detail = if said.detail.is_empty() { String::new() } else { format!(": {}", said.detail) };
        Some((Became::Differs, format!("{}{detail}", said.mark)))
    };
    let Some(members) = tree::named(top, "properties", subject) else {
        return if said.confirmed { None } else { decide() };
    };
    let changed = |changes: bool, text: &str| changes.then(|| (Became::Changed, text.to_owned()));
    match (said.mark.as_str(), said.confirmed) {
        ("derived", true) => {
            changed(tree::set(members, "from", tree::text("observed"), PROPERTY_KEYS), "its name was seen")
        }
        ("derived", false) => {
            if tree::get_text(members, "from") != Some("derived") || tree::get(members, "doubt").is_some() {
                return None;
            }
            changed(
                tree::set(members, "doubt", tree::text("not_on_record"), PROPERTY_KEYS),
                "no record has it: `doubt` says so",
            )
        }
        ("doubt", false) => changed(tree::remove(members, "doubt"), "it came with a value, so the doubt is settled"),
        ("not nullable", false) => {
            changed(tree::set(members, "nullable", Value::Bool(true), PROPERTY_KEYS), "null was seen")
        }
        ("get only", false) => changed(tree::remove(members, "get_only"), "lists have it"),
        ("absent", false) => changed(tree::remove(members, "absent_live"), "a record has it"),
        (_, true) => None,
        _ => decide(),
    }
}

fn new_property(top: &mut Members, said: &Said) -> Option<(Became, String)> {
    if tree::named(top, "properties", &said.subject).is_some() {
        return None;
    }
    let (word, doubt) = match said.detail.as_str() {
        "bool" => ("bool", false),
        "int" => ("int", false),
        "decimal" | "decimal int" => ("decimal", false),
        "datetime" => ("datetime", false),
        "guid" => ("guid", false),
        "ids" => ("ids", false),
        "list" | "ids list" | "object" => ("json", false),
        "" => ("text", true),
        other if other.split(' ').all(|kind| matches!(kind, "text" | "guid" | "datetime")) => ("text", false),
        other => return Some((Became::Differs, format!("a property that the spec lacks, of several types: {other}"))),
    };
    let mut members = Members::new();
    tree::set(&mut members, "name", tree::text(&said.subject), PROPERTY_KEYS);
    tree::set(&mut members, "type", tree::text(word), PROPERTY_KEYS);
    for (key, set) in [("nullable", said.null), ("get_only", said.list_empty)] {
        if set {
            tree::set(&mut members, key, Value::Bool(true), PROPERTY_KEYS);
        }
    }
    tree::set(&mut members, "from", tree::text("observed"), PROPERTY_KEYS);
    if doubt {
        tree::set(&mut members, "doubt", tree::text("type_guessed"), PROPERTY_KEYS);
    }
    tree::push(top, "properties", members, ENTITY_KEYS);
    Some((Became::Changed, format!("a new property, {word}; say whether it holds personal data or a secret")))
}

fn read_verdicts(text: Option<&str>) -> Result<BTreeMap<Key, Sides>, String> {
    let mut all = BTreeMap::new();
    let Some(text) = text else { return Ok(all) };
    let root = json::parse(text).map_err(|error| format!("{VERDICTS}:{}: {}", error.at, error.what))?;
    let Value::Object(top) = &root.value else { return Err(format!("{VERDICTS}: expected an object")) };
    for item in tree::items(top, "verdicts") {
        let part = |key: &str| tree::get_text(item, key).unwrap_or_default().to_owned();
        let side = |key: &str| match tree::get(item, key) {
            Some(Value::Object(members)) => members
                .iter()
                .filter_map(|member| match &member.node.value {
                    Value::Text(day) => Some((member.key.clone(), day.clone())),
                    _ => None,
                })
                .collect(),
            _ => BTreeMap::new(),
        };
        let sides = Sides { confirmed: side("confirmed"), refuted: side("refuted") };
        all.insert((part("entity"), part("mark"), part("subject")), sides);
    }
    Ok(all)
}

fn write_verdicts(all: &BTreeMap<Key, Sides>) -> String {
    let items = all.iter().map(|((entity, mark, subject), sides)| {
        let mut members = Members::new();
        for (key, value) in [("entity", entity), ("mark", mark), ("subject", subject)] {
            tree::set(&mut members, key, tree::text(value), &[]);
        }
        for (key, side) in [("confirmed", &sides.confirmed), ("refuted", &sides.refuted)] {
            if !side.is_empty() {
                let mut days = Members::new();
                for (account, day) in side {
                    tree::set(&mut days, account, tree::text(day), &[]);
                }
                tree::set(&mut members, key, Value::Object(days), &[]);
            }
        }
        members
    });
    let mut top = Members::new();
    tree::set(&mut top, "verdicts", tree::objects(items), &[]);
    tree::file(&top)
}
