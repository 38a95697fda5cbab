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
    entities: BTreeMap<String, Section>,
}

/// What a report says of an entity.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Section {
    /// Whether records could be asked for. Without them, the report says nothing of what it said before.
    answered: bool,
    said: Vec<Said>,
    /// Marks and kinds of findings that this version does not know.
    unknown: BTreeSet<String>,
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

/// The keys of an item of [`VERDICTS`].
const VERDICT_KEYS: &[&str] = &["entity", "mark", "subject", "confirmed", "refuted"];

/// What an item of [`VERDICTS`] is of: entity, mark, subject.
type Key = (String, String, String);

/// Types of values, as `docs/probe.md` has them.
const TYPES: &[&str] = &["bool", "int", "decimal", "text", "datetime", "guid", "ids", "list", "object"];

/// Marks, as `docs/probe.md` has them.
const MARKS: &[&str] = &["rule", "derived", "doubt", "nullable", "not nullable", "get only", "absent"];

/// Kinds of findings that a person decides on.
const FINDINGS: &[&str] = &[
    "path-gone",
    "property-missing",
    "property-type",
    "property-spelling",
    "enum-unlisted",
    "enum-by-name",
    "filter-finds-nothing",
    "range-exclusive",
    "unknown-filter-refused",
    "page-capped",
    "sort-direction",
    "copy-differs",
];

/// Kinds of findings that the spec does not take by itself, or not at all.
const OF_THE_ACCOUNT: &[&str] =
    &["role-missing", "property-unknown", "filter-ignored", "filter-refused", "property-in-list"];

/// The most properties, marks or findings of an entity. A probe writes a hundred unknown properties at most.
const MOST: usize = 5_000;

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
        let is_within = |range: std::ops::Range<usize>, most: u32| {
            text.get(range).and_then(|part| part.parse().ok()).is_some_and(|number: u32| (1..=most).contains(&number))
        };
        text.len() == 10
            && text.chars().enumerate().all(|(i, c)| if i == 4 || i == 7 { c == '-' } else { c.is_ascii_digit() })
            && is_within(5..7, 12)
            && is_within(8..10, 31)
    };
    let made = need("made", is_day, "a day as 2026-01-31")?;
    let is_account = |text: &str| text.len() == 16 && text.chars().all(|c| c.is_ascii_hexdigit());
    let account = need("account", is_account, "16 hexadecimal digits")?.to_ascii_lowercase();
    let mut report = Report { made, account, service: tree::is_true(top, "service"), entities: BTreeMap::new() };
    let Some(Value::Object(entities)) = tree::get(top, "entities") else {
        return Err("expected an object under `entities`".to_owned());
    };
    for entity in entities {
        let Value::Object(members) = &entity.node.value else {
            return Err(format!("{}: expected an object for {}", entity.at, shown(&entity.key)));
        };
        if !is_name(&entity.key) {
            return Err(format!("{}: expected the name of an entity, found `{}`", entity.at, shown(&entity.key)));
        }
        let said = said(members).map_err(|what| format!("{}: {}: {what}", entity.at, shown(&entity.key)))?;
        report.entities.insert(entity.key.clone(), said);
    }
    Ok(report)
}

impl Report {
    /// The day when it was made.
    pub fn made(&self) -> &str {
        &self.made
    }
}

/// A text of the report in a message: on one line, not long, and of plain characters.
fn shown(text: &str) -> String {
    text.chars().filter(|c| c.is_ascii_graphic() || *c == ' ').take(80).collect()
}

fn is_name(text: &str) -> bool {
    text.len() <= 100
        && text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// What a finding is of: a name, a value of `dir`, or nothing.
fn is_subject(text: &str) -> bool {
    text.len() <= 100 && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-')
}

fn said(entity: &Members) -> Result<Section, String> {
    let mut section = Section { answered: true, ..Section::default() };
    if let Some(Value::Object(list)) = tree::get(entity, "list") {
        section.answered = tree::get_text(list, "verdict").is_none_or(|verdict| verdict == "there");
    }
    for key in ["marks", "findings"] {
        if tree::items(entity, key).count() > MOST {
            return Err(format!("expected at most {MOST} of `{key}`"));
        }
    }
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
        if MARKS.contains(&word) {
            all.push(plain(subject, word, confirmed));
        } else {
            section.unknown.insert(shown(word));
        }
    }
    if let Some(Value::Object(properties)) = tree::get(entity, "properties") {
        if properties.len() > MOST {
            return Err(format!("expected at most {MOST} of `properties`"));
        }
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
                    for shape in found.iter().map(|member| member.key.as_str()) {
                        if TYPES.contains(&shape) {
                            types.insert(shape);
                        } else {
                            section.unknown.insert(shown(shape));
                        }
                    }
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
        if !is_subject(subject) {
            return Err(format!("expected the name that a finding is of, found `{}`", shown(subject)));
        }
        if FINDINGS.contains(&kind) {
            let mut found = plain(subject, kind, false);
            found.detail = tree::get_text(finding, "detail").map(shown).unwrap_or_default();
            all.push(found);
        } else if !OF_THE_ACCOUNT.contains(&kind) {
            section.unknown.insert(shown(kind));
        }
    }
    section.said = all;
    Ok(section)
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
    let mut trees: BTreeMap<String, (String, Members)> = BTreeMap::new();
    for (path, text) in files {
        let root = json::parse(text).map_err(|error| format!("{path}:{}: {}", error.at, error.what))?;
        if let Value::Object(members) = root.value
            && let Some(name) = tree::get_text(&members, "entity").map(str::to_owned)
        {
            trees.insert(name, (path.clone(), members));
        }
    }
    let mut sides = read_verdicts(old_verdicts)?;
    let mut details: BTreeMap<Key, Said> = BTreeMap::new();
    let mut oldest_first: Vec<&Report> = reports.iter().collect();
    oldest_first.sort_by(|a, b| a.made.cmp(&b.made));
    for report in oldest_first {
        for (entity, section) in &report.entities {
            let mut note = |text: String| {
                let (of, subject) = (entity.clone(), String::new());
                import.notes.push(Note { of, subject, became: Became::Differs, text });
            };
            for word in &section.unknown {
                note(format!("`{word}` is passed over: this version does not know it"));
            }
            if !trees.contains_key(entity) {
                note("the spec has no such entity; import its pages first".to_owned());
                continue;
            }
            if let Some(day) = last_day(&sides, entity, &report.account).filter(|day| *day > report.made) {
                note(format!("the report of {} is passed over: its account sent one of {day}", report.made));
                continue;
            }
            take(&mut sides, &mut details, report, entity, section);
        }
    }
    for ((entity, mark, subject), said) in &details {
        let Some(both) = sides.get(&(entity.clone(), mark.clone(), subject.clone())) else { continue };
        let mut note = |became, text: String| {
            import.notes.push(Note { of: entity.clone(), subject: subject.clone(), became, text });
        };
        let Some((_, top)) = trees.get_mut(entity) else { continue };
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

/// The last day that an account said anything of an entity.
fn last_day(sides: &BTreeMap<Key, Sides>, entity: &str, account: &str) -> Option<String> {
    let of_entity = sides.iter().filter(|((of, ..), _)| of == entity);
    of_entity.filter_map(|(_, both)| both.confirmed.get(account).max(both.refuted.get(account))).max().cloned()
}

/// Takes what a report says of an entity in the place of what its account said of it before.
fn take(
    sides: &mut BTreeMap<Key, Sides>,
    details: &mut BTreeMap<Key, Said>,
    report: &Report,
    entity: &str,
    section: &Section,
) {
    if section.answered {
        for (_, both) in sides.iter_mut().filter(|((of, ..), _)| of == entity) {
            both.confirmed.remove(&report.account);
            both.refuted.remove(&report.account);
        }
    }
    for one in &section.said {
        let key = (entity.to_owned(), one.mark.clone(), one.subject.clone());
        let both = sides.entry(key.clone()).or_default();
        both.confirmed.remove(&report.account);
        both.refuted.remove(&report.account);
        let side = if one.confirmed { &mut both.confirmed } else { &mut both.refuted };
        side.insert(report.account.clone(), report.made.clone());
        let known = details.entry(key).or_insert_with(|| one.clone());
        if one.mark == "property" {
            // Accounts see a new property with different values, and so with different types.
            let types: BTreeSet<&str> = known.detail.split(' ').chain(one.detail.split(' ')).collect();
            known.detail = types.into_iter().filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ");
            known.null |= one.null;
            known.list_empty &= one.list_empty;
        } else {
            known.clone_from(one);
        }
    }
    sides.retain(|_, both| !both.confirmed.is_empty() || !both.refuted.is_empty());
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
    if let Some(members) = tree::named(top, "properties", &said.subject) {
        let word = tree::get_text(members, "type").unwrap_or_default();
        let came = said.detail.as_str();
        let fits = came.split(' ').all(|shape| shape.is_empty() || fits(word, shape));
        return (!fits).then(|| (Became::Differs, format!("it came as {came}, the spec says {word}")));
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

/// Whether a value of a record can be one of a type of the spec.
fn fits(word: &str, shape: &str) -> bool {
    match word {
        "id" | "int" => shape == "int",
        "decimal" => matches!(shape, "int" | "decimal"),
        "datetime" | "civil" => shape == "datetime",
        "text" => matches!(shape, "text" | "guid" | "datetime"),
        "enum" => matches!(shape, "int" | "text"),
        "json" => true,
        other => shape == other,
    }
}

/// Reads the file of verdicts. It is written again from what is read, so a part that can't be read is an error.
fn read_verdicts(text: Option<&str>) -> Result<BTreeMap<Key, Sides>, String> {
    let mut all = BTreeMap::new();
    let Some(text) = text else { return Ok(all) };
    let wrong = |at: json::Pos, what: &str| format!("{VERDICTS}:{at}: expected {what}");
    let root = json::parse(text).map_err(|error| format!("{VERDICTS}:{}: {}", error.at, error.what))?;
    let list = match &root.value {
        Value::Object(top) if top.len() == 1 => tree::get(top, "verdicts"),
        _ => None,
    };
    let Some(Value::List(list)) = list else { return Err(wrong(root.at, "an object with a list `verdicts`")) };
    for item in list {
        let at = item.at;
        let Value::Object(item) = &item.value else { return Err(wrong(at, "an object")) };
        if item.iter().any(|member| !VERDICT_KEYS.contains(&member.key.as_str())) {
            return Err(wrong(at, "the keys entity, mark, subject, confirmed and refuted"));
        }
        let part = |key: &str| {
            tree::get_text(item, key).map(str::to_owned).ok_or_else(|| wrong(at, "entity, mark and subject as texts"))
        };
        let side = |key: &str| {
            let Some(days) = tree::get(item, key) else { return Ok(BTreeMap::new()) };
            let Value::Object(days) = days else { return Err(wrong(at, "an object of days by accounts")) };
            let day = |member: &json::Member| match &member.node.value {
                Value::Text(day) => Ok((member.key.clone(), day.clone())),
                _ => Err(wrong(at, "a day for each account")),
            };
            days.iter().map(day).collect::<Result<BTreeMap<_, _>, _>>()
        };
        let sides = Sides { confirmed: side("confirmed")?, refuted: side("refuted")? };
        if all.insert((part("entity")?, part("mark")?, part("subject")?), sides).is_some() {
            return Err(wrong(at, "each verdict once"));
        }
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
