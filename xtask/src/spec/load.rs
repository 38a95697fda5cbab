//! Files in, [`Spec`] or all of its faults out. Nothing here touches the disk.
//!
//! Three passes: every file becomes a tree (broken JSON is reported, the rest goes on), patches change the trees, and
//! each tree is read. What needs more than one file - relations, clashes, duplicates - is checked in `check`
//! when all are read.

use std::collections::{BTreeMap, BTreeSet};

use super::check;
use super::effects;
use super::fault::{Fault, Kind};
use super::json::{self, Node, Value};
use super::model::{
    ActionSpec, Answer, Api, Body, CommandSpec, Create, DefaultOrder, Demand, Doubt, EntitySpec, EnumSpec, EnumValue,
    Envelopes, FileSpec, Operation, Paging, ParameterSpec, Patch, Personal, Property, RelatedFilter, Section, Source,
    Spec, TYPES, Type, Unplaced, Wire, Words,
};
use super::patch;
use super::read::{Faults, Object, Place, Rule, unknown, whole, word};
use super::rules::Effects;
use crate::hash;
use crate::names;

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

/// Fields and methods that every generated record or draft has.
const RESERVED: &[&str] = &["common", "extra", "new", "properties", "record", "set_property"];
/// Modules that the model crate has besides one a section.
const MODULES: &[&str] =
    &["core", "enums", "find", "placeholders", "prelude", "tables", "unplaced", "webhooks", "well_known"];

const PROPERTY_DOUBTS: &[Doubt] = &[
    Doubt::MaybeWithdrawn,
    Doubt::Only2020,
    Doubt::TypeGuessed,
    Doubt::NotOnRecord,
    Doubt::AlwaysEmpty,
    Doubt::UpdateDisputed,
];
const SOURCES: &[Source] = &[Source::Observed, Source::Reference, Source::Client, Source::Y2020, Source::Derived];
const FILTER_SOURCES: &[Source] = &[Source::Reference, Source::Y2020, Source::Rule];
const ANSWERS: &[Answer] = &[
    Answer::Unknown,
    Answer::Nothing,
    Answer::Record,
    Answer::Records,
    Answer::Redirect,
    Answer::Text,
    Answer::Object,
];
const BODIES: &[Body] = &[Body::Nothing, Body::Record, Body::Object];
/// How a property may be written in a label: with two decimals, or as a date of the United States.
const LABEL_FORMS: &[&str] = &["2", "date"];
const METHODS: &[&str] = &["GET", "POST", "PUT", "DELETE"];
const OPERATIONS: &[Operation] =
    &[Operation::List, Operation::Get, Operation::Create, Operation::Update, Operation::Delete];

/// Reads a spec. Keys are paths from the root of the repository (`spec/sys/users.json`).
///
/// Schemas and Markdown below `spec/` are passed over. On failure every fault of every file is returned, in the
/// order of files and places.
pub fn load(files: &BTreeMap<String, String>) -> Result<Spec, Vec<Fault>> {
    let mut faults = Faults::default();
    let mut trees = parse_all(files, &mut faults);

    let patches = match trees.remove("spec/patches.json") {
        Some(root) => patch::apply(&root, "spec/patches.json", files, &mut trees, &mut faults),
        None => Vec::new(),
    };

    let api = match trees.remove("spec/api.json") {
        Some(root) => read_api(&root, &mut faults),
        None => None,
    };
    let enums_hash = trees.get("spec/enums.json").map_or(0, |root| hash::text(&root.value.to_string()));
    let (enums, enums_lost) = match trees.remove("spec/enums.json") {
        Some(root) => read_enums(&root, &mut faults),
        None => (Vec::new(), true),
    };
    let effects = trees.remove("spec/effects.json");
    let mut entities = Vec::new();
    for (path, root) in &trees {
        let place = Place::file(path);
        match path.strip_prefix("spec/").and_then(|path| path.split_once('/')) {
            Some((folder, file)) if !file.contains('/') => {
                entities.extend(read_entity(root, path, folder, &mut faults));
            }
            _ => faults.add_with(
                &place,
                Kind::Misplaced,
                "nothing reads this file",
                "an entity's file is spec/<section>/<plural>.json",
            ),
        }
    }
    for needed in ["spec/api.json", "spec/enums.json"] {
        if !files.contains_key(needed) {
            faults.add(&Place::file(needed), Kind::MissingFile, "the spec needs this file");
        }
    }

    let lost = check::Lost {
        stems: files
            .keys()
            .filter(|path| is_read(path) && !entities.iter().any(|read: &ReadEntity| read.spec.file == **path))
            .map(|path| stem(path).to_owned())
            .collect(),
        enums: enums_lost,
    };
    check::whole(api.as_ref(), &enums, &entities, &lost, &mut faults);
    let mut entities: Vec<EntitySpec> = entities.into_iter().map(|read| read.spec).collect();
    let effects = match (&effects, &api) {
        // Names in it are looked up in all other files, so those have to be good first.
        (Some(root), Some(api)) if faults.list.is_empty() => {
            effects::read(root, &entities, &api.spec.common, &mut faults)
        }
        _ => Effects::default(),
    };

    if faults.list.is_empty()
        && let Some(api) = api
    {
        entities.sort_by(|a, b| (&a.section, &a.plural).cmp(&(&b.section, &b.plural)));
        let mut enums: Vec<EnumSpec> = enums.into_iter().map(|read| read.spec).collect();
        enums.sort_by(|a, b| a.name.cmp(&b.name));
        return Ok(Spec { api: api.spec, enums_hash, enums, entities, patches, effects });
    }
    let mut list = faults.list;
    for fault in &mut list {
        // The file looks good there: who reads the fault must know that a patch has been at work.
        let below = |patch: &&Patch| {
            patch.file == fault.file
                && fault
                    .pointer
                    .strip_prefix(&patch.changed)
                    .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        if let Some(patch) = patches.iter().find(below) {
            let more = format!("the patch `{}` of spec/patches.json changed this place", patch.name);
            fault.help = Some(fault.help.take().map_or(more.clone(), |help| format!("{help}; {more}")));
        }
    }
    list.sort_by(|a, b| a.key().cmp(&b.key()));
    list.dedup();
    Err(list)
}

/// Whether the loader reads this file.
pub fn is_read(path: &str) -> bool {
    // What explains differences from facts is of no use to the generator.
    let passed_over = path.starts_with("spec/schema/") || path == "spec/explained.json";
    path.starts_with("spec/") && !passed_over && path.strip_suffix(".json").is_some()
}

/// `users` for `spec/sys/users.json`.
fn stem(path: &str) -> &str {
    let file = path.rsplit_once('/').map_or(path, |(_, file)| file);
    file.strip_suffix(".json").unwrap_or(file)
}

fn parse_all(files: &BTreeMap<String, String>, faults: &mut Faults) -> BTreeMap<String, Node> {
    let mut trees = BTreeMap::new();
    for (path, text) in files {
        if !is_read(path) {
            continue;
        }
        match json::parse(text) {
            Ok(root) => {
                trees.insert(path.clone(), root);
            }
            Err(malformed) => {
                let mut place = Place::file(path);
                place.at = Some(malformed.at);
                faults.add(&place, Kind::Malformed, format!("malformed JSON: {}", malformed.what));
            }
        }
    }
    trees
}

/// An entity and the places that the checks over the whole spec report.
pub(super) struct ReadEntity {
    pub(super) spec: EntitySpec,
    pub(super) place: Place,
    pub(super) entity_at: Place,
    pub(super) plural_at: Place,
    pub(super) section_at: Place,
    /// One for each of the entity's properties.
    pub(super) properties_at: Vec<Place>,
    /// Entities and enumerations named here, and where.
    pub(super) mentions: Vec<Mention>,
}

/// A name that must be known elsewhere.
pub(super) enum Mention {
    Entity(String, Place),
    Enum(String, Place),
}

/// An enumeration and its place.
pub(super) struct ReadEnum {
    pub(super) spec: EnumSpec,
    pub(super) at: Place,
}

/// api.json and the places in it.
pub(super) struct ReadApi {
    pub(super) spec: Api,
    pub(super) unplaced_at: Vec<Place>,
    pub(super) well_known_at: Vec<Place>,
    pub(super) mentions: Vec<Mention>,
}

fn head(object: &Object<'_>, schema: &str, faults: &mut Faults) {
    object.need("$schema", faults);
    if let Some(found) = object.text("$schema", faults)
        && found != schema
    {
        faults.add_with(
            &object.place_of("$schema"),
            Kind::UnknownWord,
            format!("`$schema` of {} is `{found}`", object.name),
            format!("write `{schema}`"),
        );
    }
}

fn read_api(root: &Node, faults: &mut Faults) -> Option<ReadApi> {
    let top = Object::open(root, Place::file("spec/api.json"), "the service", API_KEYS, faults)?;
    head(&top, "schema/api.json", faults);
    let service = top.need_text("service", faults).unwrap_or_default();
    let base = top.need_text("base", faults).unwrap_or_default();
    let notes = top.sentences("notes", faults);

    let mut sections: Vec<Section> = Vec::new();
    top.need("sections", faults);
    for (node, place) in top.list("sections", faults) {
        let Some(object) = Object::open(node, place, "the section", SECTION_KEYS, faults) else {
            continue;
        };
        let name = object.need_name("name", &Rule::SEGMENT, faults);
        let doc = object.need_sentence("doc", faults).unwrap_or_default();
        let Some(name) = name else { continue };
        if MODULES.contains(&name.as_str()) || names::is_keyword(&name) {
            faults.add(
                &object.place_of("name"),
                Kind::BadName,
                format!("the section `{name}` can't be a module of that name in Rust"),
            );
        }
        if sections.iter().any(|section| section.name == name) {
            faults.add(&object.place, Kind::Duplicate, format!("the section `{name}` stands twice"));
        }
        sections.push(Section { name, doc });
    }
    sections.sort_by(|a, b| a.name.cmp(&b.name));

    let mut roles = BTreeMap::new();
    top.need("roles", faults);
    if let Some((node, place)) = top.get("roles")
        && let Some(object) = Object::open(node, place, "`roles`", ROLE_KEYS, faults)
    {
        for operation in OPERATIONS {
            if let Some(text) = object.need_text(operation.word(), faults) {
                roles.insert(*operation, text);
            }
        }
    }

    let mut mentions = Vec::new();
    top.need("common", faults);
    let mut common = Properties::default();
    for (node, place) in top.list("common", faults) {
        common.read(node, place, None, &mut mentions, faults);
    }
    for (property, place) in common.list.iter().zip(&common.places) {
        // Common is one struct for all entities, in a crate that knows neither entities nor enumerations.
        if matches!(property.kind, Type::Id(_) | Type::Ids(_) | Type::Enum(_)) {
            faults.add(
                place,
                Kind::Contradiction,
                format!("the common property `{}` can't be of type `{}`", property.name, property.kind.word()),
            );
        }
    }

    let paging = read_paging(&top, faults);
    let envelopes = read_envelopes(&top, faults);

    let mut unplaced = Vec::new();
    let mut unplaced_at = Vec::new();
    top.need("unplaced", faults);
    for (node, place) in top.list("unplaced", faults) {
        let Some(object) = Object::open(node, place, "the entity without a section", UNPLACED_KEYS, faults) else {
            continue;
        };
        let entity = object.need_name("entity", &Rule::TYPE, faults);
        let plural = object.need_name("plural", &Rule::SEGMENT, faults);
        let why = object.need_sentence("why", faults);
        if let (Some(entity), Some(plural), Some(why)) = (entity, plural, why) {
            unplaced.push(Unplaced { entity, plural, why });
            unplaced_at.push(object.place);
        }
    }

    let mut well_known = BTreeMap::new();
    let mut well_known_at = Vec::new();
    top.need("well_known", faults);
    if let Some((node, place)) = top.get("well_known") {
        match &node.value {
            Value::Object(members) => {
                for member in members {
                    let place = place.below(&member.key, member.node.at);
                    if !Rule::SNAKE.check(&member.key, "a part in `well_known`", &place, faults) {
                        continue;
                    }
                    let Value::Text(entity) = &member.node.value else {
                        faults.add(
                            &place,
                            Kind::WrongType,
                            format!(
                                "`{}` of `well_known` must be a string, found {}",
                                member.key,
                                member.node.value.kind()
                            ),
                        );
                        continue;
                    };
                    if well_known.insert(member.key.clone(), entity.clone()).is_some() {
                        faults.add(
                            &place,
                            Kind::DuplicateKey,
                            format!("`well_known` has the key `{}` twice", member.key),
                        );
                    } else {
                        well_known_at.push(place);
                    }
                }
            }
            other => faults.add(
                &place,
                Kind::WrongType,
                format!("`well_known` of the service must be an object, found {}", other.kind()),
            ),
        }
    }
    // The map is sorted by key; its places follow.
    well_known_at.sort_by(|a, b| a.pointer.cmp(&b.pointer));

    let mut webhooks = BTreeMap::new();
    if let Some((node, place)) = top.get("webhooks") {
        let Value::Object(members) = &node.value else {
            let what = format!("`webhooks` of the service must be an object, found {}", node.value.kind());
            faults.add(&place, Kind::WrongType, what);
            return None;
        };
        for member in members {
            let place = place.below(&member.key, member.node.at);
            let entity = match &member.node.value {
                Value::Text(entity) => Some(entity.clone()),
                Value::Null => None,
                other => {
                    let what =
                        format!("`{}` of `webhooks` must be a string or null, found {}", member.key, other.kind());
                    faults.add(&place, Kind::WrongType, what);
                    continue;
                }
            };
            if let Some(entity) = &entity {
                mentions.push(Mention::Entity(entity.clone(), place.clone()));
            }
            if webhooks.insert(member.key.clone(), entity).is_some() {
                faults.add(&place, Kind::DuplicateKey, format!("`webhooks` has the key `{}` twice", member.key));
            }
        }
    }

    Some(ReadApi {
        spec: Api {
            hash: hash::text(&root.value.to_string()),
            service,
            base,
            notes,
            sections,
            roles,
            common: common.list,
            paging,
            envelopes,
            unplaced,
            well_known,
            webhooks,
        },
        unplaced_at,
        well_known_at,
        mentions,
    })
}

fn read_paging(top: &Object<'_>, faults: &mut Faults) -> Paging {
    top.need("paging", faults);
    let Some((node, place)) = top.get("paging") else {
        return Paging::default();
    };
    let Some(object) = Object::open(node, place, "`paging`", PAGING_KEYS, faults) else {
        return Paging::default();
    };
    let mut text = |key| object.need_text(key, faults).unwrap_or_default();
    let [page, size, order, direction] = ["page", "size", "order", "direction"].map(&mut text);
    let mut number = |key| object.need_int(key, faults).unwrap_or_default();
    let [ascending, descending, default_size, max_size] =
        ["ascending", "descending", "default_size", "max_size"].map(&mut number);
    Paging { page, size, order, direction, ascending, descending, default_size, max_size }
}

fn read_envelopes(top: &Object<'_>, faults: &mut Faults) -> Envelopes {
    top.need("envelopes", faults);
    let Some((node, place)) = top.get("envelopes") else {
        return Envelopes::default();
    };
    let Some(object) = Object::open(node, place, "`envelopes`", ENVELOPE_KEYS, faults) else {
        return Envelopes::default();
    };
    let [page, write, error] = ["page", "write", "error"].map(|key| {
        object.need(key, faults);
        let mut keys: Vec<String> = Vec::new();
        for (text, place) in object.texts(key, faults) {
            if keys.contains(&text) {
                faults.add(&place, Kind::Duplicate, format!("the envelope `{key}` has `{text}` twice"));
            } else {
                keys.push(text);
            }
        }
        keys
    });
    Envelopes { page, write, error }
}

/// The enumerations, and whether some could not be read at all.
fn read_enums(root: &Node, faults: &mut Faults) -> (Vec<ReadEnum>, bool) {
    let mut enums = Vec::new();
    let Some(top) = Object::open(root, Place::file("spec/enums.json"), "the file", ENUMS_KEYS, faults) else {
        return (enums, true);
    };
    let mut lost = false;
    head(&top, "schema/enums.json", faults);
    top.need("enums", faults);
    for (node, place) in top.list("enums", faults) {
        let Some(object) = Object::open(node, place, "the enumeration", ENUM_KEYS, faults) else {
            lost = true;
            continue;
        };
        let name = object.need_name("name", &Rule::ENUM, faults);
        let rust = object.name("rust", &Rule::TYPE, faults);
        let doc = object.sentence("doc", faults);
        object.need("values", faults);
        let label = name.as_ref().map_or_else(|| "the enumeration".to_owned(), |name| format!("`{name}`"));
        let values = read_values(&object, &label, faults);
        let Some(name) = name else {
            lost = true;
            continue;
        };
        let rust = rust.unwrap_or_else(|| names::enum_type(&name));
        enums.push(ReadEnum { spec: EnumSpec { name, rust, doc, values }, at: object.place });
    }
    (enums, lost)
}

fn read_values(object: &Object<'_>, label: &str, faults: &mut Faults) -> Vec<EnumValue> {
    let mut values: Vec<EnumValue> = Vec::new();
    let items = object.list("values", faults);
    if items.is_empty() && matches!(object.get("values"), Some((Node { value: Value::List(_), .. }, _))) {
        faults.add(&object.place_of("values"), Kind::Empty, format!("{label} has no values"));
    }
    for (node, place) in items {
        let parts = match &node.value {
            Value::List(parts) => parts.as_slice(),
            _ => &[],
        };
        let (number, name, rust) = match parts {
            [number, name] => (number, name, None),
            [number, name, rust] => (number, name, Some(rust)),
            _ => {
                faults.add(
                    &place,
                    Kind::WrongType,
                    format!("a value of {label} must be an array of a number, a name and perhaps a Rust name"),
                );
                continue;
            }
        };
        let (Some(number), Value::Text(name)) = (whole(number), &name.value) else {
            faults.add(
                &place,
                Kind::WrongType,
                format!("a value of {label} must be an array of a whole number and a name, found {}", node.value),
            );
            continue;
        };
        let (rust, given) = match rust.map(|node| &node.value) {
            Some(Value::Text(rust)) => (rust.clone(), true),
            Some(_) => {
                faults.add(&place, Kind::WrongType, format!("the Rust name of `{name}` in {label} must be a string"));
                continue;
            }
            None => (names::variant(name), false),
        };
        if !names::is_identifier(&rust) || !rust.starts_with(|c: char| c.is_ascii_uppercase()) {
            faults.add_with(
                &place,
                Kind::BadName,
                format!("the value `{name}` of {label} would be `{rust}` in Rust"),
                if given {
                    "write a capital, then letters and digits"
                } else {
                    "give it a Rust name: [1, \"name\", \"RustName\"]"
                },
            );
            continue;
        }
        if rust == "Unlisted" {
            faults.add_with(
                &place,
                Kind::NameClash,
                format!(
                    "the value `{name}` of {label} is `Unlisted` in Rust, the variant for values that are not listed"
                ),
                "give it a Rust name: [1, \"name\", \"RustName\"]",
            );
        }
        if let Some(earlier) = values.iter().find(|value| value.number == number) {
            faults.add(
                &place,
                Kind::Duplicate,
                format!("{label} gives the number {number} to `{}` and to `{name}`", earlier.name),
            );
        }
        if let Some(earlier) = values.iter().find(|value| value.rust == rust) {
            faults.add_with(
                &place,
                Kind::NameClash,
                format!("the values `{}` and `{name}` of {label} are both `{rust}` in Rust", earlier.name),
                "give one of them a Rust name of its own: [1, \"name\", \"RustName\"]",
            );
        }
        values.push(EnumValue { number, name: name.clone(), rust });
    }
    values
}

fn read_entity(root: &Node, path: &str, folder: &str, faults: &mut Faults) -> Option<ReadEntity> {
    let stem = stem(path);
    let top = Object::open(root, Place::file(path), "the entity", ENTITY_KEYS, faults)?;
    head(&top, "../schema/entity.json", faults);
    let name = top.need_name("entity", &Rule::TYPE, faults);
    let plural = top.need_name("plural", &Rule::SEGMENT, faults);
    let section = top.need_name("section", &Rule::SEGMENT, faults);
    let rust_plural = top.name("rust_plural", &Rule::SNAKE, faults);
    let doc = top.need_sentence("doc", faults).unwrap_or_default();
    let label = name.clone().unwrap_or_else(|| stem.to_owned());

    if let Some(section) = &section
        && section != folder
    {
        faults.add_with(
            &top.place_of("section"),
            Kind::Misplaced,
            format!("{label} is of the section `{section}`, its file stands in `{folder}`"),
            format!("move it to spec/{section}/, or correct the section"),
        );
    }
    if let Some(plural) = &plural
        && plural != stem
    {
        faults.add_with(
            &top.place_of("plural"),
            Kind::Misplaced,
            format!("the plural of {label} is `{plural}`, its file is called `{stem}.json`"),
            format!("call the file {plural}.json, or correct the plural"),
        );
    }

    let operations = read_operations(&top, &label, faults);
    let commands = top.flag("commands", faults);
    let deprecated = match top.get("deprecated") {
        Some((node, place)) => Object::open(node, place, "`deprecated`", DEPRECATED_KEYS, faults)
            .map(|object| object.text("replacement", faults)),
        None => None,
    };
    let doubt = top.word("doubt", &[Doubt::MaybeWithdrawn, Doubt::Only2020, Doubt::SectionDisputed], faults);
    let notes = top.sentences("notes", faults);
    let record_seen = top.flag("record_seen", faults);

    let mut mentions = Vec::new();
    let mut properties = Properties::default();
    top.need("properties", faults);
    let items = top.list("properties", faults);
    if items.is_empty() && matches!(top.get("properties"), Some((Node { value: Value::List(_), .. }, _))) {
        faults.add(&top.place_of("properties"), Kind::Empty, format!("{label} has no properties"));
    }
    let owner = Owner { entity: &label, operations: operations.as_deref() };
    for (node, place) in items {
        properties.read(node, place, Some(&owner), &mut mentions, faults);
    }
    let related_filters = read_related(&top, &label, &mut properties, &mut mentions, faults);
    let files = read_files(&top, &label, &mut properties, faults);
    let known_commands = read_commands(&top, &label, commands, &mut properties, &mut mentions, faults);
    let actions = read_actions(&top, &label, &mut properties, faults);
    let default_order = read_order(&top, &label, &properties.list, faults);
    let label_pattern = read_label(&top, &label, &properties.list, faults);
    let required_filters = read_required_filters(&top, &label, &properties, faults);
    let columns = read_names(&top, "columns", &label, &properties.list, faults);
    let common = read_names(&top, "common", &label, &properties.list, faults);

    let place = Place::file(path);
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

fn read_operations(top: &Object<'_>, label: &str, faults: &mut Faults) -> Option<Vec<Operation>> {
    let before = faults.list.len();
    let mut operations: Vec<Operation> = Vec::new();
    top.need("operations", faults);
    let texts = top.texts("operations", faults);
    if texts.is_empty() && faults.list.len() == before {
        faults.add(&top.place_of("operations"), Kind::Empty, format!("{label} has no operations"));
    }
    for (text, place) in texts {
        let Some(operation) = word(&text, &format!("an operation of {label}"), OPERATIONS, &place, faults) else {
            continue;
        };
        if operations.contains(&operation) {
            faults.add(&place, Kind::Duplicate, format!("{label} has the operation `{text}` twice"));
        } else {
            operations.push(operation);
        }
    }
    operations.sort();
    (faults.list.len() == before).then_some(operations)
}

fn read_related(
    top: &Object<'_>,
    label: &str,
    properties: &mut Properties,
    mentions: &mut Vec<Mention>,
    faults: &mut Faults,
) -> Vec<RelatedFilter> {
    let mut list = Vec::new();
    for (node, place) in top.list("related_filters", faults) {
        let Some(object) = Object::open(node, place, "the related filter", RELATED_KEYS, faults) else {
            continue;
        };
        let name = object.need_name("name", &Rule::QUERY, faults);
        let called = name.as_ref().map_or_else(|| "a related filter".to_owned(), |name| format!("`{name}`"));
        let kind = read_type(&object, &called, mentions, faults);
        let sensitive = object.flag("sensitive", faults);
        let from = object.word("from", SOURCES, faults);
        let rust = object.name("rust", &Rule::CONST, faults);
        let doc = object.sentence("doc", faults);
        let (Some(name), Some(kind)) = (name, kind) else {
            continue;
        };
        let at = object.place_of("name");
        check_query(&name, label, &at, faults);
        if matches!(kind, Type::Json) {
            faults.add(&object.place_of("type"), Kind::Filter, format!("{called} filters on a value without a schema"));
        }
        let rust = rust.unwrap_or_else(|| names::related_filter(label, &name));
        properties.claim_query(&name, &at, faults);
        properties.claim_const(&rust, &name, &at, faults);
        list.push(RelatedFilter { name, rust, kind, sensitive, from, doc });
    }
    list
}

fn read_files(top: &Object<'_>, label: &str, properties: &mut Properties, faults: &mut Faults) -> Vec<FileSpec> {
    let mut files: Vec<FileSpec> = Vec::new();
    for (node, place) in top.list("files", faults) {
        let Some(object) = Object::open(node, place, "the file", FILE_KEYS, faults) else {
            continue;
        };
        let name = object.need_name("name", &Rule::ENTITY, faults);
        let path = object.need_name("path", &Rule::SEGMENT, faults);
        let from = object.word("from", SOURCES, faults);
        let doc = object.sentence("doc", faults);
        let (Some(name), Some(path)) = (name, path) else {
            continue;
        };
        let rust = names::snake(&name);
        if files.iter().any(|file| file.rust == rust || file.path == path) {
            faults.add(&object.place, Kind::Duplicate, format!("{label} has the file `{name}` at `{path}` twice"));
            continue;
        }
        properties.claim_const(&names::file(&rust), &name, &object.place_of("name"), faults);
        files.push(FileSpec { name, rust, path, from, doc });
    }
    files
}

fn read_commands(
    top: &Object<'_>,
    label: &str,
    has_commands: bool,
    properties: &mut Properties,
    mentions: &mut Vec<Mention>,
    faults: &mut Faults,
) -> Vec<CommandSpec> {
    let mut list: Vec<CommandSpec> = Vec::new();
    if top.get("known_commands").is_some() && !has_commands {
        faults.add_with(
            &top.place_of("known_commands"),
            Kind::Contradiction,
            format!("{label} has commands, but does not say so"),
            "say `\"commands\": true`",
        );
    }
    for (node, place) in top.list("known_commands", faults) {
        let Some(object) = Object::open(node, place, "the command", COMMAND_KEYS, faults) else {
            continue;
        };
        let key = object.need_name("key", &Rule::CONST, faults);
        let parameters = object
            .list("parameters", faults)
            .into_iter()
            .filter_map(|(node, place)| read_parameter(node, place, mentions, faults))
            .collect();
        let answer = object.word("answer", ANSWERS, faults).unwrap_or(Answer::Unknown);
        let unlisted = object.flag("unlisted", faults);
        let doc = object.sentence("doc", faults);
        let Some(key) = key else { continue };
        let at = object.place_of("key");
        if list.iter().any(|earlier| earlier.key == key) {
            faults.add(&at, Kind::Duplicate, format!("{label} has the command `{key}` twice"));
            continue;
        }
        properties.claim_const(&names::command(&key), &key, &at, faults);
        list.push(CommandSpec { key, parameters, answer, unlisted, doc });
    }
    list
}

fn read_parameter(
    node: &Node,
    place: Place,
    mentions: &mut Vec<Mention>,
    faults: &mut Faults,
) -> Option<ParameterSpec> {
    let object = Object::open(node, place, "the parameter", PARAMETER_KEYS, faults)?;
    let name = object.need_text("name", faults);
    let also = object.texts("also", faults).into_iter().map(|(text, _)| text).collect();
    let kind = read_type(&object, "the parameter", mentions, faults);
    Some(ParameterSpec { name: name?, also, kind: kind? })
}

fn read_actions(top: &Object<'_>, label: &str, properties: &mut Properties, faults: &mut Faults) -> Vec<ActionSpec> {
    let mut list: Vec<ActionSpec> = Vec::new();
    for (node, place) in top.list("actions", faults) {
        let Some(object) = Object::open(node, place, "the action", ACTION_KEYS, faults) else {
            continue;
        };
        let name = object.need_name("name", &Rule::SNAKE, faults);
        let method = object.need_text("method", faults);
        let path = object.need_text("path", faults);
        let texts = |key: &str, faults: &mut Faults| -> Vec<String> {
            object.texts(key, faults).into_iter().map(|(text, _)| text).collect()
        };
        let query = texts("query", faults);
        let body = object.word("body", BODIES, faults).unwrap_or(Body::Nothing);
        let body_keys = texts("body_keys", faults);
        let answer = object.word("answer", ANSWERS, faults).unwrap_or(Answer::Unknown);
        let answer_keys = texts("answer_keys", faults);
        let anonymous = object.flag("anonymous", faults);
        let safe = object.flag("safe", faults);
        let doc = object.sentence("doc", faults);
        let (Some(name), Some(method), Some(path)) = (name, method, path) else {
            continue;
        };
        if !METHODS.contains(&method.as_str()) {
            unknown(
                Kind::UnknownWord,
                format!("the method of the action `{name}` of {label} is `{method}`"),
                &method,
                METHODS.iter().copied(),
                &object.place_of("method"),
                faults,
            );
        }
        if !is_action_path(&path) {
            faults.add_with(
                &object.place_of("path"),
                Kind::BadName,
                format!("the path of the action `{name}` of {label} is `{path}`"),
                "write segments of letters, and names in braces: `{business}/create/{coworker}`",
            );
        }
        let at = object.place_of("name");
        if list.iter().any(|earlier| earlier.name == name || earlier.path == path && earlier.method == method) {
            faults.add(&at, Kind::Duplicate, format!("{label} has the action `{name}` at `{method} {path}` twice"));
            continue;
        }
        properties.claim_const(&names::action(&name), &name, &at, faults);
        list.push(ActionSpec { name, method, path, query, body, body_keys, answer, answer_keys, anonymous, safe, doc });
    }
    list
}

/// Segments of letters and digits, or of a name in braces.
fn is_action_path(path: &str) -> bool {
    path.split('/').all(|segment| {
        let name = segment.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')).unwrap_or(segment);
        !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric())
    })
}

fn read_order(top: &Object<'_>, label: &str, properties: &[Property], faults: &mut Faults) -> Option<DefaultOrder> {
    let (node, place) = top.get("default_order")?;
    let object = Object::open(node, place, "`default_order`", ORDER_KEYS, faults)?;
    let by = object.need_text("by", faults);
    let descending = object.flag("descending", faults);
    let by = by?;
    // Common properties stand in another file; what they are called is checked when all are read.
    if !properties.iter().any(|property| property.name == by)
        && !matches!(by.as_str(), "Id" | "CreatedOn" | "UpdatedOn")
    {
        let known = properties.iter().map(|property| property.name.as_str());
        let what = format!("lists of {label} are sorted by `{by}`, which it does not have");
        unknown(Kind::UnknownWord, what, &by, known, &object.place_of("by"), faults);
    }
    Some(DefaultOrder { by, descending })
}

/// A pattern of a label: what stands in braces must be a property.
fn read_label(top: &Object<'_>, label: &str, properties: &[Property], faults: &mut Faults) -> Option<String> {
    let pattern = top.text("label", faults)?;
    let place = top.place_of("label");
    let mut rest = pattern.as_str();
    while let Some((_, after)) = rest.split_once('{') {
        let Some((name, after)) = after.split_once('}') else {
            faults.add(&place, Kind::BadName, format!("the label of {label} has a brace that nothing closes"));
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
            unknown(Kind::UnknownWord, what, name, known, &place, faults);
        }
        if let Some(form) = form
            && !LABEL_FORMS.contains(&form)
        {
            let what = format!("the label of {label} writes `{name}` as `{form}`");
            unknown(Kind::UnknownWord, what, form, LABEL_FORMS.iter().copied(), &place, faults);
        }
        rest = after;
    }
    Some(pattern)
}

fn read_required_filters(top: &Object<'_>, label: &str, properties: &Properties, faults: &mut Faults) -> Vec<String> {
    let mut list = Vec::new();
    for (name, place) in top.texts("required_filters", faults) {
        if !properties.queries.contains(&name) {
            let what = format!("lists of {label} need the filter `{name}`, which it does not have");
            unknown(Kind::UnknownWord, what, &name, properties.queries.iter().map(String::as_str), &place, faults);
        } else if list.contains(&name) {
            faults.add(&place, Kind::Duplicate, format!("{label} needs the filter `{name}` twice"));
        } else {
            list.push(name);
        }
    }
    list
}

/// A list of the entity's properties: those that a table shows, those that people set.
fn read_names(top: &Object<'_>, key: &str, label: &str, properties: &[Property], faults: &mut Faults) -> Vec<String> {
    let mut list = Vec::new();
    for (name, place) in top.texts(key, faults) {
        // Common properties stand in another file; those that anybody wants to see are named here.
        let is_common = matches!(name.as_str(), "CreatedOn" | "UpdatedOn" | "UpdatedBy" | "SystemId");
        if !is_common && !properties.iter().any(|property| property.name == name) {
            let known = properties.iter().map(|property| property.name.as_str());
            unknown(Kind::UnknownWord, format!("{label} has no `{name}` for its {key}"), &name, known, &place, faults);
        } else if list.contains(&name) {
            faults.add(&place, Kind::Duplicate, format!("{label} has `{name}` twice in its {key}"));
        } else {
            list.push(name);
        }
    }
    list
}

/// The entity that properties are read for; `None` for the common ones.
struct Owner<'a> {
    entity: &'a str,
    /// `None` where they could not be read: then nothing is said about what they allow.
    operations: Option<&'a [Operation]>,
}

/// Properties as they are read, with the names they have claimed.
#[derive(Default)]
struct Properties {
    list: Vec<Property>,
    places: Vec<Place>,
    /// Query names of filters.
    queries: BTreeSet<String>,
    /// Constants, and what they stand for.
    consts: BTreeMap<String, String>,
}

impl Properties {
    fn read(
        &mut self,
        node: &Node,
        place: Place,
        owner: Option<&Owner<'_>>,
        mentions: &mut Vec<Mention>,
        faults: &mut Faults,
    ) {
        let label = match named(node) {
            Some(name) => format!("the property `{name}`"),
            None => "the property".to_owned(),
        };
        let Some(object) = Object::open(node, place, &label, PROPERTY_KEYS, faults) else {
            return;
        };
        let name = object.need_name("name", &Rule::PROPERTY, faults);
        let kind = read_type(&object, &label, mentions, faults);
        let create = object.word("create", &[Create::Required, Create::Optional], faults);
        let from = object.word("from", SOURCES, faults);
        object.need("from", faults);
        let rust = object.name("rust", &Rule::SNAKE, faults);
        let mut property = Property {
            name: name.clone().unwrap_or_default(),
            rust: rust.unwrap_or_else(|| names::snake(name.as_deref().unwrap_or_default())),
            kind: kind.clone().unwrap_or(Type::Json),
            wire: object.word("wire", &[Wire::Name, Wire::Either], faults),
            create,
            demand: object.word("demand", &[Demand::Yes, Demand::No], faults),
            update: object.flag("update", faults),
            nullable: object.flag("nullable", faults),
            absent_live: object.flag("absent_live", faults),
            default: object.get("default").map(|(node, _)| node.value.to_string()),
            write_only: object.flag("write_only", faults),
            get_only: object.flag("get_only", faults),
            added_removed: object.flag("added_removed", faults),
            sensitive: object.flag("sensitive", faults),
            personal: object.word("personal", Personal::ALL, faults),
            action: object.flag("action", faults),
            filter: None,
            filter_from: object.word("filter_from", FILTER_SOURCES, faults),
            range: object.flag("range", faults),
            from: from.unwrap_or(Source::Reference),
            doubt: object.word("doubt", PROPERTY_DOUBTS, faults),
            deprecated: object.text("deprecated", faults),
            doc: object.sentence("doc", faults),
            companion_of: None,
        };
        property.filter = read_filter(&object, &property, owner, &label, faults);
        check_property(&property, &object, &label, kind.is_some(), owner, faults);
        if name.is_none() {
            return;
        }
        if let Some(filter) = &property.filter {
            let at = object.place_of("filter");
            if let Some(owner) = owner {
                check_query(filter, owner.entity, &at, faults);
            }
            self.claim_query(filter, &at, faults);
        }
        if property.filter.is_some() || property.range {
            self.claim_const(&names::filter(&property.rust), &property.name, &object.place, faults);
        }
        let at = object.place_of("name");
        let companions = if property.added_removed { companions(&property) } else { Vec::new() };
        self.claim(property, &at, faults);
        for companion in companions {
            self.claim(companion, &at, faults);
        }
    }

    /// Takes a property in unless its name is taken.
    fn claim(&mut self, property: Property, at: &Place, faults: &mut Faults) {
        let label = |property: &Property| match &property.companion_of {
            Some(list) => format!("`{}` (generated for `{list}`)", property.name),
            None => format!("`{}`", property.name),
        };
        if RESERVED.contains(&property.rust.as_str()) {
            faults.add_with(
                at,
                Kind::NameClash,
                format!("{} is `{}` in Rust, which generated code needs for itself", label(&property), property.rust),
                "give it a `rust` name of its own",
            );
        } else if let Some(earlier) = self.list.iter().find(|earlier| earlier.name == property.name) {
            let what = if earlier.companion_of.is_none() && property.companion_of.is_none() {
                format!("the property `{}` stands twice", property.name)
            } else {
                format!("the properties {} and {} have one name", label(earlier), label(&property))
            };
            faults.add(at, Kind::DuplicateProperty, what);
        } else if let Some(earlier) = self.list.iter().find(|earlier| earlier.rust == property.rust) {
            faults.add_with(
                at,
                Kind::NameClash,
                format!(
                    "the properties {} and {} are both `{}` in Rust",
                    label(earlier),
                    label(&property),
                    property.rust
                ),
                "give one of them a `rust` name of its own",
            );
        }
        self.list.push(property);
        self.places.push(at.clone());
    }

    fn claim_query(&mut self, query: &str, at: &Place, faults: &mut Faults) {
        if !self.queries.insert(query.to_owned()) {
            faults.add(at, Kind::Duplicate, format!("two filters are called `{query}`"));
        }
    }

    /// Filters and files are constants of the record: each needs a name of its own.
    fn claim_const(&mut self, rust: &str, what: &str, at: &Place, faults: &mut Faults) {
        if let Some(earlier) = self.consts.insert(rust.to_owned(), what.to_owned()) {
            faults.add_with(
                at,
                Kind::NameClash,
                format!("the filters or files `{earlier}` and `{what}` are both the constant `{rust}` in Rust"),
                "give one of them a `rust` name of its own",
            );
        }
    }
}

/// `AddedTeams` and `RemovedTeams` for `Teams`.
fn companions(list: &Property) -> Vec<Property> {
    let companion = |prefix: &str| Property {
        name: format!("{prefix}{}", list.name),
        rust: format!("{}_{}", prefix.to_ascii_lowercase(), list.rust.trim_end_matches('_')),
        // A new record has nothing to add to: the list itself says all. Unless the list can't be changed later.
        create: if list.update { None } else { list.create.map(|_| Create::Optional) },
        demand: None,
        default: None,
        nullable: false,
        write_only: true,
        get_only: false,
        added_removed: false,
        filter: None,
        filter_from: None,
        range: false,
        doc: None,
        companion_of: Some(list.name.clone()),
        ..list.clone()
    };
    vec![companion("Added"), companion("Removed")]
}

fn named(node: &Node) -> Option<&str> {
    let Value::Object(members) = &node.value else {
        return None;
    };
    members.iter().find_map(|member| match &member.node.value {
        Value::Text(name) if member.key == "name" => Some(name.as_str()),
        _ => None,
    })
}

/// The name of a filter: `true` where it follows from the property's name by the rule.
fn read_filter(
    object: &Object<'_>,
    property: &Property,
    owner: Option<&Owner<'_>>,
    label: &str,
    faults: &mut Faults,
) -> Option<String> {
    let (node, place) = object.get("filter")?;
    let by_rule = owner.map(|owner| property.filter_by_rule(owner.entity));
    match (&node.value, by_rule) {
        (Value::Bool(true), Some(name)) => Some(name),
        (Value::Bool(_), _) => {
            let what = format!("`filter` of {label} must be `true` or a name");
            faults.add_with(&place, Kind::WrongType, what, "leave the key out where there is none");
            None
        }
        (_, by_rule) => {
            let name = object.name("filter", &filter_rule(owner.is_none()), faults)?;
            if by_rule.is_some_and(|by_rule| by_rule == name) {
                let what = format!("the filter of {label} has its name by the rule");
                faults.add_with(
                    &place,
                    Kind::Filter,
                    what,
                    "write `\"filter\": true`, so that one fact has one spelling",
                );
            }
            Some(name)
        }
    }
}

fn filter_rule(common: bool) -> Rule {
    if common {
        Rule {
            words: "a query name, with `{Entity}` for the entity's name",
            test: |name| (Rule::QUERY.test)(name.strip_prefix("{Entity}_").unwrap_or(name)),
        }
    } else {
        Rule::QUERY
    }
}

/// A filter on another entity's name is a slip of the pen.
fn check_query(query: &str, entity: &str, at: &Place, faults: &mut Faults) {
    let prefix = format!("{entity}_");
    if !query.starts_with(&prefix) || query.len() == prefix.len() {
        faults.add(at, Kind::Filter, format!("the filter `{query}` must start with `{prefix}` and go on"));
    }
}

fn read_type(object: &Object<'_>, label: &str, mentions: &mut Vec<Mention>, faults: &mut Faults) -> Option<Type> {
    let word = object.need_text("type", faults);
    let of = object.name("of", &Rule::ENTITY, faults);
    let of_given = object.get("of").is_some();
    let listed = object.name("enum", &Rule::ENUM, faults);
    // Related filters have no such key: their values are always known.
    let (unknown_values, values_unknown) = if object.knows("values_unknown") {
        (object.place_of("values_unknown"), object.flag("values_unknown", faults))
    } else {
        (object.place.clone(), false)
    };

    if let Some(entity) = &of {
        mentions.push(Mention::Entity(entity.clone(), object.place_of("of")));
    }
    if let Some(name) = &listed {
        mentions.push(Mention::Enum(name.clone(), object.place_of("enum")));
    }
    let word = word?;
    if of_given && !matches!(word.as_str(), "id" | "ids") && TYPES.contains(&word.as_str()) {
        faults.add(
            &object.place_of("of"),
            Kind::Contradiction,
            format!("{label} is of type `{word}`: only `id` and `ids` are of an entity"),
        );
    }
    if word != "enum" && TYPES.contains(&word.as_str()) {
        if object.get("enum").is_some() {
            faults.add(
                &object.place_of("enum"),
                Kind::Contradiction,
                format!("{label} names an enumeration, but is of type `{word}`"),
            );
        }
        if values_unknown {
            faults.add(
                &unknown_values,
                Kind::Contradiction,
                format!("{label} is of type `{word}`: only an enumeration has values that are not known"),
            );
        }
    }
    match word.as_str() {
        "id" if !of_given => {
            faults.add_with(
                &object.place,
                Kind::MissingKey,
                format!("{label} is an id: `of` must name the entity"),
                "an id of nobody knows what is an `int`",
            );
            None
        }
        "id" => of.map(Type::Id),
        "ids" => Some(Type::Ids(of)),
        "int" => Some(Type::Int),
        "bool" => Some(Type::Bool),
        "decimal" => Some(Type::Decimal),
        "text" => Some(Type::Text),
        "datetime" => Some(Type::DateTime),
        "civil" => Some(Type::Civil),
        "guid" => Some(Type::Guid),
        "json" => Some(Type::Json),
        "enum" => match (object.get("enum").is_some(), values_unknown) {
            (true, false) => listed.map(|name| Type::Enum(Some(name))),
            (false, true) => Some(Type::Enum(None)),
            (true, true) => {
                faults.add(
                    &unknown_values,
                    Kind::Contradiction,
                    format!("{label} names an enumeration and says that its values are not known"),
                );
                None
            }
            (false, false) => {
                faults.add_with(
                    &object.place,
                    Kind::MissingKey,
                    format!("{label} is an enumeration: `enum` must name it"),
                    if object.knows("values_unknown") {
                        "where neither name nor values are known, say `\"values_unknown\": true`"
                    } else {
                        "spec/enums.json lists the enumerations"
                    },
                );
                None
            }
        },
        other => {
            let at = object.place_of("type");
            unknown(
                Kind::UnknownType,
                format!("{label} is of the unknown type `{other}`"),
                other,
                TYPES.iter().copied(),
                &at,
                faults,
            );
            None
        }
    }
}

/// Facts about one property that exclude each other.
fn check_property(
    property: &Property,
    object: &Object<'_>,
    label: &str,
    typed: bool,
    owner: Option<&Owner<'_>>,
    faults: &mut Faults,
) {
    if let Some(owner) = owner {
        let allows = |operation| owner.operations.is_none_or(|operations| operations.contains(&operation));
        let entity = owner.entity;
        if let Some(create) = property.create
            && !allows(Operation::Create)
        {
            let (what, help) = match create {
                Create::Required => (
                    format!("{label} is required, but read-only: {entity} has no create"),
                    "leave `create` out, or add the operation",
                ),
                Create::Optional => (
                    format!("{label} is taken by a create, which {entity} does not have"),
                    "leave `create` out, or add the operation",
                ),
            };
            faults.add_with(&object.place_of("create"), Kind::NotWritable, what, help);
        }
        if property.update && !allows(Operation::Update) {
            faults.add_with(
                &object.place_of("update"),
                Kind::NotWritable,
                format!("{label} is taken by an update, which {entity} does not have"),
                "leave `update` out, or add the operation",
            );
        }
    }
    if property.is_read_only() {
        for (set, key) in [
            (property.write_only, "write_only"),
            (property.action, "action"),
            (property.added_removed, "added_removed"),
        ] {
            if set {
                faults.add_with(
                    &object.place_of(key),
                    Kind::NotWritable,
                    format!("{label} is `{key}`, but read-only: neither create nor update takes it"),
                    "say `create` or `update`, or leave the key out",
                );
            }
        }
    }
    for (set, key) in [(property.get_only, "get_only"), (property.added_removed, "added_removed")] {
        if property.write_only && set {
            faults.add(
                &object.place_of(key),
                Kind::Contradiction,
                format!("{label} is `{key}`, but write-only: it is never read"),
            );
        }
    }
    if property.added_removed && typed && !matches!(property.kind, Type::Ids(_)) {
        faults.add(
            &object.place_of("added_removed"),
            Kind::Contradiction,
            format!("{label} is of type `{}`: only a list of ids has `Added…` and `Removed…`", property.kind.word()),
        );
    }

    for (set, key) in [(property.filter.is_some(), "filter"), (property.range, "range")] {
        if !set {
            continue;
        }
        let at = object.place_of(key);
        let published = matches!(property.filter_from, Some(Source::Reference | Source::Y2020));
        if property.write_only && !published {
            faults.add_with(
                &at,
                Kind::Filter,
                format!("{label} has a {key}, but is write-only"),
                "only a filter that a source shows may stand here",
            );
        }
        if property.sensitive && (key == "range" || !published) {
            faults.add_with(
                &at,
                Kind::Filter,
                format!("{label} has a {key}, but is sensitive"),
                "queries end up in logs: only a filter that a source shows may hold a secret",
            );
        }
    }
    if property.filter.is_some() && typed && property.kind == Type::Json {
        faults.add(
            &object.place_of("filter"),
            Kind::Filter,
            format!("{label} has a filter, but no schema to filter by"),
        );
    }
    match (&property.filter, property.filter_from) {
        (Some(_), None) if !object.has("filter_from") => faults.add(
            &object.place_of("filter"),
            Kind::MissingKey,
            format!("{label} has a filter: `filter_from` must say where its name comes from"),
        ),
        (None, Some(_)) if !object.has("filter") => faults.add(
            &object.place_of("filter_from"),
            Kind::Contradiction,
            format!("{label} says where its filter comes from, but has none"),
        ),
        _ => {}
    }
    if let Some(wire) = property.wire
        && typed
    {
        let fits = match wire {
            Wire::Name => matches!(property.kind, Type::Enum(Some(_))),
            Wire::Either => matches!(property.kind, Type::Enum(Some(_)) | Type::DateTime),
        };
        if !fits {
            faults.add_with(
                &object.place_of("wire"),
                Kind::Contradiction,
                format!("{label} is of type `{}`, which is not written as `{}`", property.kind.word(), wire.word()),
                "`name` goes with an enumeration, `either` with an enumeration or a `datetime`",
            );
        }
    }
    match property.demand {
        Some(Demand::No) if property.create != Some(Create::Required) => faults.add(
            &object.place_of("demand"),
            Kind::Contradiction,
            format!("{label} is not marked as required: that creates go without it needs no saying"),
        ),
        Some(Demand::Yes) if property.create.is_none() => faults.add(
            &object.place_of("demand"),
            Kind::NotWritable,
            format!("{label} is demanded, but no create takes it"),
        ),
        _ => {}
    }
    if property.default.is_some() && property.create.is_none() {
        faults.add(
            &object.place_of("default"),
            Kind::NotWritable,
            format!("{label} has a default, but no create takes it"),
        );
    }
    if property.range && typed && !property.kind.is_ordered() {
        faults.add_with(
            &object.place_of("range"),
            Kind::Range,
            format!("{label} has a range, but `{}` has no order", property.kind.word()),
            "a range takes `int`, `decimal`, `datetime` or `civil`",
        );
    }
}
