//! Pages of the reference, merged into the spec's files.

use std::collections::{BTreeMap, BTreeSet};

use super::note::{Became, Import, Note};
use super::page::{Page, PageKind, PageProperty};
use super::tree::{self, Members};
use crate::spec::json::{self, Value};
use crate::spec::{DEPRECATED_OPERATION_KEYS, ENTITY_KEYS, ENUM_KEYS, Operation, PROPERTY_KEYS, RELATED_KEYS, Words};

/// A page as somebody saved it.
#[derive(Debug, Clone)]
pub struct Copy {
    /// The file.
    pub file: String,
    /// The day when it was saved, as `2026-01-31`.
    pub saved: String,
    /// What it says.
    pub page: Page,
}

/// What every entity has, from the spec of the checkout.
struct Known {
    /// Names of entities; the longest first.
    entities: Vec<String>,
    /// Common properties.
    common: BTreeSet<String>,
    /// Suffix of the role for each operation.
    roles: BTreeMap<String, String>,
    /// Names of sections.
    sections: BTreeSet<String>,
}

/// Merges pages into spec files. `names` is the spec that names of entities and common properties come from; `files`
/// are the files to change, which may be none.
pub fn merge(
    names: &BTreeMap<String, String>,
    files: &BTreeMap<String, String>,
    copies: &[Copy],
) -> Result<Import, String> {
    let mut import = Import::default();
    let mut known = known(names, files)?;
    for entity in copies.iter().filter_map(|copy| copy.page.entity.clone()) {
        if !known.entities.contains(&entity) {
            known.entities.push(entity);
        }
    }
    if let Some(copy) = copies.iter().find(|copy| !known.sections.contains(&copy.page.section)) {
        let (file, section) = (&copy.file, &copy.page.section);
        return Err(format!("{file}: spec/api.json has no section `{section}`; if it is new, add it there first"));
    }
    known.entities.sort_by(|a, b| b.len().cmp(&a.len()).then(a.cmp(b)));
    let mut by_path: BTreeMap<(&str, &str), Vec<&Copy>> = BTreeMap::new();
    for copy in copies {
        by_path.entry((&copy.page.section, &copy.page.plural)).or_default().push(copy);
    }
    let mut enums = if let Some(text) = files.get("spec/enums.json") {
        object(text, "spec/enums.json")?
    } else {
        let mut top = Members::new();
        tree::set(&mut top, "$schema", tree::text("schema/enums.json"), &[]);
        tree::set(&mut top, "enums", Value::List(Vec::new()), &["$schema", "enums"]);
        top
    };
    for ((section, plural), copies) in by_path {
        let path = format!("spec/{section}/{plural}.json");
        let old = files.get(&path);
        let top = match old {
            Some(text) => object(text, &path)?,
            None => Members::new(),
        };
        let pages = agreed(&copies, &top, plural, &mut import.notes);
        if pages.is_empty() {
            continue;
        }
        let mut entity = Entity { top, name: String::new(), known: &known, notes: &mut import.notes };
        if !entity.head(section, plural, &pages) {
            continue;
        }
        for page in &pages {
            entity.enumerations(&mut enums, page);
        }
        for page in &pages {
            entity.page(page);
        }
        entity.words();
        let text = tree::file(&entity.top);
        if old.is_none_or(|old| *old != text) {
            import.files.insert(path, text);
        }
    }
    let text = tree::file(&enums);
    let is_empty = tree::items(&enums, "enums").next().is_none();
    if !is_empty && files.get("spec/enums.json").is_none_or(|old| *old != text) {
        import.files.insert("spec/enums.json".to_owned(), text);
    }
    import.notes.sort();
    import.notes.dedup();
    Ok(import)
}

fn object(text: &str, file: &str) -> Result<Members, String> {
    match json::parse(text) {
        Ok(json::Node { value: Value::Object(members), .. }) => Ok(members),
        Ok(_) => Err(format!("{file} holds no object")),
        Err(error) => Err(format!("{file}:{}: {}", error.at, error.what)),
    }
}

fn known(names: &BTreeMap<String, String>, files: &BTreeMap<String, String>) -> Result<Known, String> {
    let mut known =
        Known { entities: Vec::new(), common: BTreeSet::new(), roles: BTreeMap::new(), sections: BTreeSet::new() };
    for (path, text) in names.iter().chain(files) {
        let top = object(text, path)?;
        known.entities.extend(tree::get_text(&top, "entity").map(str::to_owned));
        known
            .entities
            .extend(tree::items(&top, "unplaced").filter_map(|item| tree::get_text(item, "entity")).map(str::to_owned));
        if path == "spec/api.json" {
            known
                .common
                .extend(tree::items(&top, "common").filter_map(|item| tree::get_text(item, "name")).map(str::to_owned));
            known.sections.extend(
                tree::items(&top, "sections").filter_map(|item| tree::get_text(item, "name")).map(str::to_owned),
            );
            if let Some(Value::Object(roles)) = tree::get(&top, "roles") {
                for role in roles {
                    if let Value::Text(suffix) = &role.node.value {
                        known.roles.insert(role.key.clone(), suffix.clone());
                    }
                }
            }
        }
    }
    known.entities.sort();
    known.entities.dedup();
    Ok(known)
}

/// The pages, one for each operation. Copies that say the same are one; of copies that disagree none is taken.
fn agreed<'a>(copies: &[&'a Copy], top: &Members, plural: &str, notes: &mut Vec<Note>) -> Vec<&'a Page> {
    let mut by_kind: BTreeMap<PageKind, Vec<&Copy>> = BTreeMap::new();
    for copy in copies {
        by_kind.entry(copy.page.kind).or_default().push(copy);
    }
    let mut pages = Vec::new();
    for (kind, copies) in by_kind {
        let Some(first) = copies.first() else { continue };
        let mut same = true;
        for other in copies.iter().skip(1) {
            for text in disagreements(&first.page, &other.page) {
                same = false;
                notes.push(Note {
                    of: tree::get_text(top, "entity").unwrap_or(plural).to_owned(),
                    subject: kind.word().to_owned(),
                    became: Became::Disagree,
                    text: format!(
                        "{} (saved {}) and {} (saved {}): {text}",
                        first.file, first.saved, other.file, other.saved
                    ),
                });
            }
        }
        if same {
            pages.push(&first.page);
        }
    }
    // What a record holds comes first, so that properties keep the order of the record.
    let rank = |page: &&Page| match page.kind {
        PageKind::Operation(Operation::Get) => 0,
        PageKind::Operation(Operation::Create) => 1,
        PageKind::Operation(Operation::Update) => 2,
        _ => 3,
    };
    pages.sort_by_key(rank);
    pages
}

/// What two copies of one page say differently, one sentence each.
fn disagreements(a: &Page, b: &Page) -> Vec<String> {
    let mut found = Vec::new();
    let facts = |page: &Page| {
        let mut facts: BTreeMap<String, String> = BTreeMap::new();
        facts.insert("the entity".to_owned(), format!("{:?}", page.entity));
        facts.insert("the role".to_owned(), format!("{:?}", page.role));
        facts.insert("the deprecation".to_owned(), format!("{:?}", page.deprecated));
        for (what, list) in [("", &page.properties), ("filter ", &page.filters)] {
            for property in list {
                let marks = [
                    (property.required, " required"),
                    (property.read_only, " read-only"),
                    (property.deprecated, " deprecated"),
                    (property.is_instant, " instant"),
                    (property.null_in_sample, " null in the sample"),
                ];
                let marks: String = marks.iter().filter(|(set, _)| *set).map(|(_, word)| *word).collect();
                let of = property.enumeration.as_ref().map(|name| format!(" {name}")).unwrap_or_default();
                facts.insert(format!("{what}{}", property.name), format!("{}{of}{marks}", property.kind));
            }
        }
        for name in &page.left_out {
            facts.insert(format!("left out of lists: {name}"), "yes".to_owned());
        }
        for (name, values) in &page.enums {
            facts.insert(format!("enumeration {name}"), format!("{values:?}"));
        }
        facts
    };
    let (a, b) = (facts(a), facts(b));
    let nothing = "not there".to_owned();
    for key in a.keys().chain(b.keys()).collect::<BTreeSet<_>>() {
        let (a, b) = (a.get(key).unwrap_or(&nothing), b.get(key).unwrap_or(&nothing));
        if a != b {
            found.push(format!("{key} is `{a}` in the first and `{b}` in the second"));
        }
    }
    found
}

/// A type of the spec with its keys.
struct Kind {
    word: &'static str,
    of: Option<String>,
    enumeration: Option<String>,
}

struct Entity<'a> {
    top: Members,
    name: String,
    known: &'a Known,
    notes: &'a mut Vec<Note>,
}

impl Entity<'_> {
    fn note(&mut self, subject: &str, became: Became, text: impl Into<String>) {
        self.notes.push(Note { of: self.name.clone(), subject: subject.to_owned(), became, text: text.into() });
    }

    /// Name, path, operations, roles, deprecation. False where no page names a new entity.
    fn head(&mut self, section: &str, plural: &str, pages: &[&Page]) -> bool {
        let is_new = self.top.is_empty();
        let named = pages.iter().find_map(|page| page.entity.clone());
        let Some(name) = tree::get_text(&self.top, "entity").map(str::to_owned).or(named) else {
            plural.clone_into(&mut self.name);
            self.note("", Became::Differs, "no page names the entity, by its title or its role; add a page that does");
            return false;
        };
        self.name.clone_from(&name);
        if is_new {
            for (key, value) in [
                ("$schema", "../schema/entity.json"),
                ("entity", name.as_str()),
                ("plural", plural),
                ("section", section),
                ("doc", &format!("A record of `{name}`.")),
            ] {
                tree::set(&mut self.top, key, tree::text(value), ENTITY_KEYS);
            }
            tree::set(&mut self.top, "operations", Value::List(Vec::new()), ENTITY_KEYS);
            tree::set(&mut self.top, "properties", Value::List(Vec::new()), ENTITY_KEYS);
            self.note("", Became::Changed, "a new entity");
            self.note("", Became::Words, "`doc` of the entity is a placeholder; say what it is");
        }
        let mut operations: BTreeSet<Operation> = match tree::get(&self.top, "operations") {
            Some(Value::List(items)) => {
                let words = items.iter().filter_map(|item| match &item.value {
                    Value::Text(word) => {
                        Operation::WORDS.iter().find(|(known, _)| known == word).map(|(_, value)| *value)
                    }
                    _ => None,
                });
                words.collect()
            }
            _ => BTreeSet::new(),
        };
        let deprecated_before = tree::items(&self.top, "deprecated_operations").count();
        for page in pages {
            if let Some(other) = page.entity.as_ref().filter(|other| **other != name) {
                self.note(page.kind.word(), Became::Differs, format!("the page calls the entity `{other}`"));
            }
            match page.kind {
                PageKind::Operation(operation) => {
                    if operations.insert(operation) {
                        self.note("", Became::Changed, format!("the operation `{}`", operation.word()));
                    }
                    let expected = self.known.roles.get(operation.word()).map(|suffix| format!("{name}-{suffix}"));
                    if let (Some(role), Some(expected)) = (&page.role, expected)
                        && *role != expected
                    {
                        let text = format!("the page names the role `{role}`; by the rule it is `{expected}`");
                        self.note(page.kind.word(), Became::Differs, text);
                    }
                }
                PageKind::Commands => {
                    if tree::set(&mut self.top, "commands", Value::Bool(true), ENTITY_KEYS) {
                        self.note("", Became::Changed, "it has commands");
                    }
                }
                PageKind::Several => {}
            }
            if let Some(replacement) = &page.deprecated {
                self.deprecate(page.kind, replacement.as_deref());
            }
        }
        let deprecated = tree::items(&self.top, "deprecated_operations").count();
        if deprecated > deprecated_before && deprecated == operations.len() {
            let what = "all its known operations are deprecated; if it has no others, say `deprecated` instead";
            self.note("", Became::Words, what);
        }
        tree::set(&mut self.top, "operations", tree::texts(operations.into_iter().map(Operation::word)), ENTITY_KEYS);
        true
    }

    /// The page of an operation deprecates that operation, another page the entity.
    fn deprecate(&mut self, kind: PageKind, replacement: Option<&str>) {
        if tree::get(&self.top, "deprecated").is_some() {
            return;
        }
        let mut members = Members::new();
        if let PageKind::Operation(operation) = kind {
            let word = operation.word();
            let is_this = |item: &Members| tree::get_text(item, "operation") == Some(word);
            if tree::items(&self.top, "deprecated_operations").any(is_this) {
                return;
            }
            tree::set(&mut members, "operation", tree::text(word), DEPRECATED_OPERATION_KEYS);
            if let Some(replacement) = replacement {
                tree::set(&mut members, "replacement", tree::text(replacement), DEPRECATED_OPERATION_KEYS);
            }
            tree::push(&mut self.top, "deprecated_operations", members, ENTITY_KEYS);
            self.note("", Became::Changed, format!("the operation `{word}` is deprecated"));
            return;
        }
        if let Some(replacement) = replacement {
            tree::set(&mut members, "replacement", tree::text(replacement), &[]);
        }
        tree::remove(&mut self.top, "deprecated_operations");
        tree::set(&mut self.top, "deprecated", Value::Object(members), ENTITY_KEYS);
        self.note("", Became::Changed, "it is deprecated");
    }

    /// Adds the values that a page lists of an enumeration.
    fn enumerations(&mut self, enums: &mut Members, page: &Page) {
        for (name, values) in &page.enums {
            if tree::named(enums, "enums", name).is_none() {
                let mut members = Members::new();
                tree::set(&mut members, "name", tree::text(name), ENUM_KEYS);
                tree::set(&mut members, "values", Value::List(Vec::new()), ENUM_KEYS);
                tree::push(enums, "enums", members, &["$schema", "enums"]);
                self.notes.push(note(name, "", Became::Changed, "a new enumeration"));
                self.notes.push(note(name, "", Became::Words, "the enumeration lacks our words"));
                // They are sorted by name.
                if let Some(Value::List(items)) =
                    enums.iter_mut().find(|member| member.key == "enums").map(|member| &mut member.node.value)
                {
                    items.sort_by_key(|item| match &item.value {
                        Value::Object(members) => tree::get_text(members, "name").unwrap_or_default().to_owned(),
                        _ => String::new(),
                    });
                }
            }
            let Some(members) = tree::named(enums, "enums", name) else { continue };
            let mut known: BTreeMap<i64, String> = BTreeMap::new();
            if let Some(Value::List(items)) = tree::get(members, "values") {
                for item in items {
                    if let Value::List(pair) = &item.value
                        && let [number, word] = pair.as_slice()
                        && let (Value::Number(number), Value::Text(word)) = (&number.value, &word.value)
                        && let Ok(number) = number.parse()
                    {
                        known.insert(number, word.clone());
                    }
                }
            }
            let before = known.len();
            for (number, word) in values {
                match known.get(number) {
                    Some(old) if old == word => {}
                    Some(old) => {
                        let text = format!("{number} is `{old}` in the spec and `{word}` on the page");
                        self.notes.push(note(name, "", Became::Differs, text));
                    }
                    None if known.values().any(|old| old == word) => {
                        let text =
                            format!("`{word}` has another number in the spec than {number}, which the page gives it");
                        self.notes.push(note(name, "", Became::Differs, text));
                    }
                    None => {
                        known.insert(*number, word.clone());
                        self.notes.push(note(name, word, Became::Changed, format!("a new value, {number}")));
                    }
                }
            }
            if known.len() > before {
                let pairs = known
                    .iter()
                    .map(|(number, word)| tree::list([Value::Number(number.to_string()), tree::text(word)]));
                tree::set(members, "values", tree::list(pairs), ENUM_KEYS);
            }
        }
    }

    fn page(&mut self, page: &Page) {
        let operation = match page.kind {
            PageKind::Operation(operation) => operation,
            PageKind::Several | PageKind::Commands => {
                self.left_out(page);
                return;
            }
        };
        let names: BTreeSet<&str> = page.properties.iter().map(|property| property.name.as_str()).collect();
        for property in &page.properties {
            if self.known.common.contains(&property.name) {
                continue;
            }
            let list = property.name.strip_prefix("Added").or_else(|| property.name.strip_prefix("Removed"));
            if let Some(list) = list
                && property.kind.ends_with("[]")
                && let Some(members) = tree::named(&mut self.top, "properties", list)
            {
                if tree::set(members, "added_removed", Value::Bool(true), PROPERTY_KEYS) {
                    self.note(list, Became::Changed, "has companions to add and to remove");
                }
                continue;
            }
            self.property(property, operation);
        }
        let key = match operation {
            Operation::Get => Some("from"),
            Operation::Create => Some("create"),
            Operation::Update => Some("update"),
            Operation::List | Operation::Delete => None,
        };
        if let Some(key) = key {
            let gone: Vec<String> = tree::items(&self.top, "properties")
                .filter(|members| match key {
                    "from" => {
                        tree::get_text(members, "from") == Some("reference") && !tree::is_true(members, "write_only")
                    }
                    _ => tree::get(members, key).is_some(),
                })
                .filter_map(|members| tree::get_text(members, "name"))
                .filter(|name| !names.contains(name))
                .map(str::to_owned)
                .collect();
            for name in gone {
                let text = format!("the spec has it for `{}`, the page does not", operation.word());
                self.note(&name, Became::Differs, text);
            }
        }
        for filter in &page.filters {
            self.filter(filter);
        }
        self.left_out(page);
    }

    fn left_out(&mut self, page: &Page) {
        for name in &page.left_out {
            let Some(members) = tree::named(&mut self.top, "properties", name) else { continue };
            if tree::set(members, "get_only", Value::Bool(true), PROPERTY_KEYS) {
                self.note(name, Became::Changed, "lists leave it out");
            }
        }
    }

    fn property(&mut self, page: &PageProperty, operation: Operation) {
        let kind = self.kind_of(page);
        let name = &page.name;
        if tree::named(&mut self.top, "properties", name).is_none() {
            let mut members = Members::new();
            tree::set(&mut members, "name", tree::text(name), PROPERTY_KEYS);
            kind.put(&mut members);
            if kind.word == "ids" {
                // Lists give summaries, and no summary holds a list of ids.
                tree::set(&mut members, "get_only", Value::Bool(true), PROPERTY_KEYS);
            }
            tree::set(&mut members, "from", tree::text("reference"), PROPERTY_KEYS);
            tree::push(&mut self.top, "properties", members, ENTITY_KEYS);
            self.note(name, Became::Changed, format!("a new property, {}", kind.word));
        }
        let mut found = Vec::new();
        let Some(members) = tree::named(&mut self.top, "properties", name) else { return };
        let old = tree::get_text(members, "type").unwrap_or_default().to_owned();
        let from = tree::get_text(members, "from").unwrap_or("derived").to_owned();
        if !fits(&page.kind, &old) {
            let text = format!("the page says {}, the spec says {old}", page.kind);
            if from == "observed" {
                found.push((Became::Differs, format!("{text}, as seen live")));
            } else {
                for key in ["of", "enum", "values_unknown", "wire"] {
                    tree::remove(members, key);
                }
                kind.put(members);
                found.push((Became::Changed, text));
            }
        } else if old == "int" && kind.word == "enum" {
            kind.put(members);
            found.push((Became::Changed, "its values are those of an enumeration".to_owned()));
        } else if let (Some(page), Some(spec)) = (&kind.enumeration, tree::get_text(members, "enum"))
            && page != spec
        {
            found.push((Became::Differs, format!("the page says {page}, the spec says {spec}")));
        }
        if !matches!(from.as_str(), "observed" | "reference") {
            tree::set(members, "from", tree::text("reference"), PROPERTY_KEYS);
            found.push((Became::Changed, format!("its name is in the reference; before it was from `{from}`")));
            let doubt = tree::get_text(members, "doubt").map(str::to_owned);
            if let Some(doubt) = doubt.filter(|doubt| matches!(doubt.as_str(), "only_2020" | "maybe_withdrawn")) {
                tree::remove(members, "doubt");
                found.push((Became::Changed, format!("the doubt `{doubt}` is settled: the page has it")));
            }
        }
        match operation {
            Operation::Create => {
                let word = if page.required { "required" } else { "optional" };
                let old = tree::get_text(members, "create").map(str::to_owned);
                if tree::set(members, "create", tree::text(word), PROPERTY_KEYS) {
                    let before = old.map_or_else(String::new, |old| format!("; before: {old}"));
                    found.push((Became::Changed, format!("{word} on create{before}")));
                }
            }
            Operation::Update => {
                if tree::set(members, "update", Value::Bool(true), PROPERTY_KEYS) {
                    found.push((Became::Changed, "an update takes it".to_owned()));
                }
            }
            _ => {
                let writable = tree::get(members, "create").is_some() || tree::is_true(members, "update");
                if page.read_only && writable {
                    found.push((Became::Differs, "the page says read-only, the spec has it for writing".to_owned()));
                }
                if page.null_in_sample && tree::set(members, "nullable", Value::Bool(true), PROPERTY_KEYS) {
                    found.push((Became::Changed, "null in the sample".to_owned()));
                }
            }
        }
        if page.deprecated && tree::get(members, "deprecated").is_none() {
            found.push((
                Became::Differs,
                "the page says deprecated; say in `deprecated` what to use instead".to_owned(),
            ));
        }
        for (became, text) in found {
            self.note(name, became, text);
        }
    }

    /// Gives a filter to the property that it is of, or keeps it as one on a related record.
    fn filter(&mut self, filter: &PageProperty) {
        let (end, query) = match (filter.name.strip_prefix("from_"), filter.name.strip_prefix("to_")) {
            (Some(query), _) | (_, Some(query)) => (true, query),
            _ => (false, filter.name.as_str()),
        };
        let stem = query.strip_prefix(&format!("{}_", self.name)).unwrap_or(query).to_owned();
        if self.known.common.contains(&stem) {
            return;
        }
        let of = tree::items(&self.top, "properties").find_map(|members| {
            let name = tree::get_text(members, "name")?;
            let is_relation = tree::get_text(members, "type") == Some("id");
            let rule = if is_relation {
                name.strip_suffix("Id").filter(|stem| !stem.is_empty()).unwrap_or(name)
            } else {
                name
            };
            let named = tree::get_text(members, "filter").is_some_and(|named| named == query);
            (named || rule == stem).then(|| {
                (
                    name.to_owned(),
                    rule == stem && query != stem,
                    tree::get_text(members, "type").unwrap_or_default().to_owned(),
                )
            })
        });
        let Some((name, by_rule, kind)) = of else {
            if !end
                && !tree::items(&self.top, "related_filters").any(|known| tree::get_text(known, "name") == Some(query))
            {
                let kind = self.kind_of(filter);
                let mut members = Members::new();
                tree::set(&mut members, "name", tree::text(query), RELATED_KEYS);
                kind.put(&mut members);
                tree::set(&mut members, "from", tree::text("reference"), RELATED_KEYS);
                tree::push(&mut self.top, "related_filters", members, ENTITY_KEYS);
                self.note(query, Became::Changed, "a new filter on a related record");
            }
            return;
        };
        if end && !matches!(kind.as_str(), "int" | "decimal" | "datetime" | "civil") {
            self.note(&name, Became::Differs, format!("the page has a range of it, and {kind} has no order"));
            return;
        }
        let Some(members) = tree::named(&mut self.top, "properties", &name) else { return };
        let mut found = Vec::new();
        if end {
            if tree::set(members, "range", Value::Bool(true), PROPERTY_KEYS) {
                found.push("a range".to_owned());
            }
        } else {
            let value = if by_rule { Value::Bool(true) } else { tree::text(query) };
            if tree::get(members, "filter").is_none() {
                tree::set(members, "filter", value, PROPERTY_KEYS);
                found.push(format!("the filter `{query}`"));
            }
            if tree::set(members, "filter_from", tree::text("reference"), PROPERTY_KEYS) && found.is_empty() {
                found.push(format!("the filter `{query}` is in the reference"));
            }
        }
        for text in found {
            self.note(&name, Became::Changed, text);
        }
    }

    /// The type of the spec for a type of the page.
    fn kind_of(&self, page: &PageProperty) -> Kind {
        let plain = |word| Kind { word, of: None, enumeration: None };
        let name = &page.name;
        if let Some(enumeration) = &page.enumeration {
            return Kind { word: "enum", of: None, enumeration: Some(enumeration.clone()) };
        }
        match page.kind.as_str() {
            "integer" => match name.strip_suffix("Id").and_then(|stem| self.target(stem)) {
                Some(of) => Kind { word: "id", of: Some(of), enumeration: None },
                None => plain("int"),
            },
            "integer[]" => {
                let of = name.strip_suffix('s').and_then(|stem| self.target(stem)).or_else(|| self.target(name));
                Kind { word: "ids", of, enumeration: None }
            }
            "string" if page.is_instant => plain("datetime"),
            "string<date-time>" => plain("datetime"),
            "string" if name.ends_with("UniqueId") => plain("guid"),
            "string" => plain("text"),
            "number" | "decimal" => plain("decimal"),
            "boolean" => plain("bool"),
            _ => plain("json"),
        }
    }

    /// The entity that a name ends in: `User` for `FromUser`.
    fn target(&self, stem: &str) -> Option<String> {
        self.known.entities.iter().find(|entity| stem.ends_with(entity.as_str())).cloned()
    }

    /// Says which properties lack our words.
    fn words(&mut self) {
        let names: Vec<&str> = tree::items(&self.top, "properties")
            .filter(|members| tree::get(members, "doc").is_none())
            .filter_map(|members| tree::get_text(members, "name"))
            .collect();
        if !names.is_empty() {
            let text = format!("no sentence of our own, where the name does not say all: {}", names.join(", "));
            self.note("", Became::Words, text);
        }
    }
}

impl Kind {
    fn put(&self, members: &mut Members) {
        tree::set(members, "type", tree::text(self.word), PROPERTY_KEYS);
        if let Some(of) = &self.of {
            tree::set(members, "of", tree::text(of), PROPERTY_KEYS);
        }
        if let Some(enumeration) = &self.enumeration {
            tree::set(members, "enum", tree::text(enumeration), PROPERTY_KEYS);
        }
    }
}

fn note(of: &str, subject: &str, became: Became, text: impl Into<String>) -> Note {
    Note { of: of.to_owned(), subject: subject.to_owned(), became, text: text.into() }
}

/// Whether a type of the spec is what a type of a page can mean.
fn fits(page: &str, spec: &str) -> bool {
    let fitting: &[&str] = match page {
        "integer" => &["id", "int", "enum", "decimal"],
        "string" | "string<date-time>" => &["text", "datetime", "civil", "guid", "enum", "json"],
        "number" | "decimal" => &["decimal", "int"],
        "boolean" => &["bool"],
        "integer[]" => &["ids", "json"],
        _ => &["json", "ids", "text"],
    };
    fitting.contains(&spec)
}
