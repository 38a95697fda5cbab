//! One entity: the call of `entity!`, a macro of the model crate, with what the spec knows.
//!
//! A row stands on one line where it fits, so the text is made here and not by prettyplease, which leaves what is
//! inside of a macro's call as it finds it or spreads it out.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use super::context::{Context, Error};
use super::docs;
use super::write::{GeneratedFile, Rows, literal};
use crate::names;
use crate::spec::{
    ActionSpec, Body, CommandSpec, Create, Doubt, EntitySpec, Operation, Property, ResponseContent, Source, Type, Wire,
    Words as _,
};

/// The file of an entity.
pub(super) fn file(cx: &Context<'_>, entity: &EntitySpec) -> Result<String, Error> {
    let emitter = Emitter::new(cx, entity);
    let mut file = GeneratedFile::new(&entity.file, entity.hash);
    if emitter.touches_deprecated {
        file.raw("#![allow(deprecated)]\n");
    }
    file.raw(&emitter.uses());
    file.raw(&emitter.entity());
    file.text().map_err(|error| Error::new(&entity.file, &error))
}

/// Everything that the file of one entity is made from, with the names that its types can be written by.
struct Emitter<'a> {
    cx: &'a Context<'a>,
    entity: &'a EntitySpec,
    /// Imported entities, by module path.
    imports: BTreeMap<String, BTreeSet<&'a str>>,
    /// Names of types that this file defines or imports: what the prelude calls so must be written in full.
    taken: BTreeSet<String>,
    uses_enums: bool,
    touches_deprecated: bool,
}

impl<'a> Emitter<'a> {
    fn new(cx: &'a Context<'a>, entity: &'a EntitySpec) -> Self {
        let own = types_of(entity);
        let mut emitter = Self {
            cx,
            entity,
            imports: BTreeMap::new(),
            taken: own.iter().cloned().collect(),
            uses_enums: false,
            touches_deprecated: entity.deprecation_of(Operation::Create).is_some()
                || entity.properties.iter().any(|property| property.deprecated.is_some()),
        };
        let kinds = entity.properties.iter().map(|property| &property.kind);
        for kind in kinds.chain(entity.related_filters.iter().map(|filter| &filter.kind)) {
            emitter.uses_enums |= matches!(kind, Type::Enum(Some(_)));
            let Some(target) = kind.target() else { continue };
            emitter.touches_deprecated |= cx.is_deprecated(target);
            // A name that means something else here is written in full where it is used.
            if target != entity.name && !own.iter().any(|own| own == target) && !is_prelude(target) {
                emitter.imports.entry(cx.module_of(target)).or_default().insert(target);
                emitter.taken.insert(target.to_owned());
            }
        }
        emitter
    }

    /// A name of the prelude or of `std`, in full where this file uses it for something else.
    fn known(&self, name: &str) -> String {
        if !self.taken.contains(name) {
            return name.to_owned();
        }
        match name {
            "Option" => "std::option::Option".to_owned(),
            "Vec" => "std::vec::Vec".to_owned(),
            "String" => "std::string::String".to_owned(),
            "Into" => "std::convert::Into".to_owned(),
            _ => format!("crate::prelude::{name}"),
        }
    }

    /// The type of another entity, as this file can write it.
    fn target(&self, name: &str) -> String {
        let module = self.cx.module_of(name);
        if name == self.entity.name || self.imports.get(&module).is_some_and(|names| names.contains(name)) {
            return name.to_owned();
        }
        format!("{module}::{name}")
    }

    fn id(&self, target: &str) -> String {
        format!("{}<{}>", self.known("Id"), self.target(target))
    }

    /// The type of a property's value.
    fn value(&self, kind: &Type) -> String {
        match kind {
            Type::Id(target) => self.id(target),
            Type::Int | Type::Enum(None) => "i64".to_owned(),
            Type::Bool => "bool".to_owned(),
            Type::Decimal => self.known("Decimal"),
            Type::Text => self.known("String"),
            Type::DateTime => self.known("DateTime"),
            Type::Civil => self.known("CivilDateTime"),
            Type::Guid => self.known("Guid"),
            Type::Json => self.known("Json"),
            Type::Enum(Some(name)) => format!("enums::{}", self.cx.enum_type(name)),
            Type::Ids(of) => {
                let item = of.as_ref().map_or_else(|| "i64".to_owned(), |target| self.id(target));
                format!("{}<{item}>", self.known("Vec"))
            }
        }
    }

    /// The type of a filter by values of a kind.
    fn filter(&self, kind: &Type, takes: Option<&str>) -> String {
        let value = match kind {
            Type::Text => "str".to_owned(),
            Type::Ids(Some(target)) => self.id(target),
            Type::Ids(None) => "i64".to_owned(),
            kind => self.value(kind),
        };
        let takes = takes.map(|takes| format!(", {}", self.known(takes))).unwrap_or_default();
        format!("{}<Self, {value}{takes}>", self.known("Filter"))
    }

    fn uses(&self) -> String {
        let mut text = String::new();
        if self.uses_enums {
            text.push_str("use crate::enums;\n");
        }
        text.push_str("use crate::prelude::*;\n");
        for (module, names) in &self.imports {
            let names: Vec<&str> = names.iter().copied().collect();
            let names = if names.len() == 1 { names.join("") } else { format!("{{{}}}", names.join(", ")) };
            let _ = writeln!(text, "use {module}::{names};");
        }
        text
    }

    fn entity(&self) -> String {
        let entity = self.entity;
        let name = &entity.name;
        let draft = match (self.creates(), self.has_required()) {
            (false, _) => "{}".to_owned(),
            (true, false) => format!("{{New{name}}}"),
            (true, true) => format!("{{New{name}, {name}Required}}"),
        };
        let operations: Vec<&str> = entity.operations.iter().map(|operation| variant(*operation)).collect();
        let mut rows = Rows::open("entity! {");
        // One line: the table takes the sentence from here.
        rows.line(&format!("/// {}", docs::about(entity)));
        rows.line("///");
        rows.doc(&docs::entity(&self.cx.spec.api, entity));
        if let Some(note) = docs::deprecation(entity) {
            rows.line(&format!("#[deprecated(note = {})]", literal(&note)));
        }
        rows.line(&format!("{name}, {name}Properties, {draft};"));
        let create = entity.deprecated_operations.iter().find(|(operation, _)| *operation == Operation::Create);
        if let Some((operation, replacement)) = create {
            let note = docs::deprecated_operation(*operation, replacement.as_deref());
            rows.line(&format!("draft #[deprecated(note = {})]", literal(&note)));
        }
        rows.line(&format!("operations [{}];", operations.join(", ")));
        rows.named_row("facts", &self.facts());
        rows.numbers("positions", entity.properties.len());
        rows.open_list("properties");
        for property in &entity.properties {
            self.property(&mut rows, property);
        }
        rows.close_list();
        let related = entity.related_filters.iter().map(|related| {
            let name = literal(&related.name);
            let (table, kind, sensitive) = (self.known("RelatedFilter"), self.kind(&related.kind), related.sensitive);
            let row = format!("{table} {{ name: {name}, kind: {kind}, sensitive: {sensitive} }}");
            (docs::related(related), related.rust.clone(), self.filter(&related.kind, None), row)
        });
        rows.constants("related", related);
        let file_of = format!("{}<Self>", self.known("FileOf"));
        let files = entity.files.iter().map(|file| {
            let (name, path) = (literal(&file.name), literal(&file.path));
            let row = format!("{} {{ name: {name}, path: {path} }}", self.known("FileFacts"));
            (docs::file(entity, file), names::file(&file.rust), file_of.clone(), row)
        });
        rows.constants("files", files);
        let command_of = format!("{}<Self>", self.known("CommandOf"));
        let commands = entity.known_commands.iter().map(|command| {
            (docs::command(command), names::command(&command.key), command_of.clone(), self.command(command))
        });
        rows.constants("commands", commands);
        let action_of = format!("{}<Self>", self.known("ActionOf"));
        let actions = entity.actions.iter().map(|action| {
            (docs::action(entity, action), names::action(&action.name), action_of.clone(), self.action(action))
        });
        rows.constants("actions", actions);
        rows.close()
    }

    /// What is known of the entity as a whole, besides its operations and its lists.
    fn facts(&self) -> Vec<String> {
        let entity = self.entity;
        let mut facts = Vec::new();
        // The table has the sentence as it is, where as documentation it needs escapes.
        if docs::about(entity) != entity.doc {
            facts.push(format!("doc: {}", literal(&entity.doc)));
        }
        facts.push(format!("section: {}", literal(&entity.section)));
        facts.push(format!("plural: {}", literal(&entity.plural)));
        if entity.commands {
            facts.push("commands: true".to_owned());
        }
        if let Some(replacement) = &entity.deprecated {
            facts.push(format!("deprecated: Some({})", literal(replacement.as_deref().unwrap_or_default())));
        }
        if !entity.deprecated_operations.is_empty() {
            let operations = entity.deprecated_operations.iter().map(|(operation, replacement)| {
                let replacement = literal(replacement.as_deref().unwrap_or_default());
                format!("({}::{}, {replacement})", self.known("Operation"), variant(*operation))
            });
            let operations = operations.collect::<Vec<_>>().join(", ");
            facts.push(format!("deprecated_operations: &[{operations}]"));
        }
        if let Some(doubt) = entity.doubt {
            let variant = match doubt {
                Doubt::MaybeWithdrawn => "MaybeWithdrawn",
                Doubt::Only2020 => "Only2020",
                Doubt::SectionDisputed => "Disputed",
                Doubt::TypeGuessed => "TypeGuessed",
                Doubt::NotOnRecord => "NotOnRecord",
                Doubt::AlwaysEmpty => "AlwaysEmpty",
                Doubt::UpdateDisputed => "UpdateDisputed",
            };
            facts.push(format!("doubt: Some({}::{variant})", self.known("Doubt")));
        }
        if let Some(label) = &entity.label {
            facts.push(format!("label: Some({})", literal(label)));
        }
        if let Some(order) = &entity.default_order {
            let (table, by, descending) = (self.known("DefaultOrder"), literal(&order.by), order.descending);
            facts.push(format!("default_order: Some({table} {{ by: {by}, descending: {descending} }})"));
        }
        if !entity.required_filters.is_empty() {
            facts.push(format!("required_filters: &{}", texts(&entity.required_filters)));
        }
        if entity.record_seen {
            facts.push("record_seen: true".to_owned());
        }
        for (part, list) in [("columns", &entity.columns), ("common", &entity.common)] {
            if !list.is_empty() {
                facts.push(format!("{part}: &{}", texts(list)));
            }
        }
        facts
    }

    fn creates(&self) -> bool {
        self.entity.allows(Operation::Create)
    }

    fn has_required(&self) -> bool {
        self.creates() && self.entity.properties.iter().any(Property::is_demanded)
    }

    /// The row of a property: its documentation, its field, its name and facts, then what a draft and a list do with
    /// it.
    fn property(&self, rows: &mut Rows, property: &Property) {
        rows.line(&format!("/// {}", docs::property(property)));
        if let Some(replacement) = &property.deprecated {
            rows.line(&format!("#[deprecated(note = {})]", literal(&format!("use {replacement}"))));
        }
        let value = self.value(&property.kind);
        let facts = constant(&facts(property));
        let more = more(Some(self.entity), property);
        let more = more.iter().map(|(key, value)| format!(".with_{key}({value})")).collect::<Vec<_>>().concat();
        let facts = if more.is_empty() { facts } else { format!("({facts}{more})") };
        let draft = match &property.kind {
            _ if !self.creates() || property.create.is_none() => "",
            _ if property.is_demanded() => &value,
            Type::Text | Type::Ids(_) => "= into",
            _ => "= set",
        };
        let takes = match (&property.filter, property.range) {
            (None, false) => None,
            (Some(_), false) => Some(None),
            (None, true) => Some(Some("Within")),
            (Some(_), true) => Some(Some("EqualOrWithin")),
        };
        let filter = takes.map(|takes| {
            let (constant, filter) = (names::filter(&property.rust), self.filter(&property.kind, takes));
            format!("{constant}: {filter} = {}", literal(&docs::filter(self.entity, property)))
        });
        let parts = [
            format!("{}: {value} = {}", property.rust, literal(&property.name)),
            facts,
            format!("{{{draft}}}"),
            format!("{{{}}}", filter.unwrap_or_default()),
        ];
        rows.row(&parts);
    }

    fn command(&self, command: &CommandSpec) -> String {
        let (table, key, unlisted) = (self.known("CommandFacts"), literal(&command.key), command.unlisted);
        let (doc, answer) = (option(command.doc.as_deref()), self.answer(command.answer));
        let parameters = command.parameters.iter().map(|parameter| {
            let (table, name, also) = (self.known("Parameter"), literal(&parameter.name), texts(&parameter.also));
            format!("{table} {{ name: {name}, also: &{also}, kind: {} }}", self.kind(&parameter.kind))
        });
        let parameters = parameters.collect::<Vec<_>>().join(", ");
        format!(
            "{table} {{ key: {key}, doc: {doc}, parameters: &[{parameters}], answer: {answer}, unlisted: {unlisted} }}"
        )
    }

    fn action(&self, action: &ActionSpec) -> String {
        let (table, body) = (self.known("Action"), self.known("ActionBody"));
        let ActionSpec { anonymous, safe, .. } = action;
        let (name, method, path) = (literal(&action.name), literal(&action.method), literal(&action.path));
        let (doc, answer) = (option(action.doc.as_deref()), self.answer(action.answer));
        let body = match action.body {
            Body::Nothing => format!("{body}::Nothing"),
            Body::Record => format!("{body}::Record"),
            Body::Object => format!("{body}::Object(&{})", texts(&action.body_keys)),
        };
        let (query, answer_keys) = (texts(&action.query), texts(&action.answer_keys));
        format!(
            "{table} {{ name: {name}, doc: {doc}, method: {method}, path: {path}, query: &{query}, body: {body}, \
             answer: {answer}, answer_keys: &{answer_keys}, anonymous: {anonymous}, safe: {safe} }}"
        )
    }

    fn answer(&self, answer: ResponseContent) -> String {
        let variant = match answer {
            ResponseContent::Unknown => "Unknown",
            ResponseContent::Nothing => "Nothing",
            ResponseContent::Record => "Record",
            ResponseContent::Records => "Records",
            ResponseContent::Redirect => "Redirect",
            ResponseContent::Text => "Text",
            ResponseContent::Object => "Object",
        };
        format!("{}::{variant}", self.known("ResponseContent"))
    }

    /// A `Kind` of the tables.
    fn kind(&self, kind: &Type) -> String {
        let table = self.known("Kind");
        match kind {
            Type::Enum(Some(name)) => format!("{table}::Enum(enums::{}::TABLE)", self.cx.enum_type(name)),
            kind => format!("{table}::{}", plain_kind(kind)),
        }
    }
}

/// A variant of `Kind` that needs no other table. An enumeration without one is a number.
pub(super) fn plain_kind(kind: &Type) -> String {
    match kind {
        Type::Id(target) => format!("Id({})", literal(target)),
        Type::Int | Type::Enum(_) => "Int".to_owned(),
        Type::Bool => "Bool".to_owned(),
        Type::Decimal => "Decimal".to_owned(),
        Type::Text => "Text".to_owned(),
        Type::DateTime => "DateTime".to_owned(),
        Type::Civil => "Civil".to_owned(),
        Type::Guid => "Guid".to_owned(),
        Type::Json => "Json".to_owned(),
        Type::Ids(Some(target)) => format!("Ids(Some({}))", literal(target)),
        Type::Ids(None) => "Ids(None)".to_owned(),
    }
}

fn variant(operation: Operation) -> &'static str {
    match operation {
        Operation::List => "List",
        Operation::Get => "Get",
        Operation::Create => "Create",
        Operation::Update => "Update",
        Operation::Delete => "Delete",
    }
}

/// The types that the file of an entity defines.
pub(super) fn types_of(entity: &EntitySpec) -> Vec<String> {
    let name = &entity.name;
    let mut types = vec![name.clone(), format!("{name}Properties")];
    if entity.allows(Operation::Create) {
        types.push(format!("New{name}"));
        if entity.properties.iter().any(Property::is_demanded) {
            types.push(format!("{name}Required"));
        }
    }
    types
}

/// Names that generated files use without a path.
fn is_prelude(name: &str) -> bool {
    [
        "Action",
        "ActionBody",
        "ActionOf",
        "ResponseContent",
        "Box",
        "CanDelete",
        "CanGet",
        "CanList",
        "CanUpdate",
        "CivilDateTime",
        "CommandFacts",
        "CommandOf",
        "Common",
        "DateTime",
        "Decimal",
        "DefaultOrder",
        "Doubt",
        "EntityTable",
        "EqualOrWithin",
        "Extra",
        "Field",
        "FileFacts",
        "FileOf",
        "Filter",
        "Guid",
        "Id",
        "Into",
        "Json",
        "Kind",
        "OpaqueBox",
        "OpenEnum",
        "Operation",
        "Option",
        "Parameter",
        "RelatedFilter",
        "String",
        "Vec",
        "Within",
    ]
    .contains(&name)
}

/// A list of texts as an expression.
fn texts(list: &[String]) -> String {
    format!("[{}]", list.iter().map(|text| literal(text)).collect::<Vec<_>>().join(", "))
}

/// An optional text as an expression.
fn option(text: Option<&str>) -> String {
    text.map_or_else(|| "None".to_owned(), |text| format!("Some({})", literal(text)))
}

/// The facts that a row of a table says of a property, at least one.
pub(super) fn facts(property: &Property) -> Vec<String> {
    let optional = property.create.is_some() && !property.is_demanded();
    let writable = optional && property.update;
    let facts = [
        (property.is_demanded(), "REQUIRED"),
        (property.create == Some(Create::Required), "MARKED"),
        (writable, "WRITABLE"),
        (optional && !writable, "OPTIONAL"),
        (property.update && !writable, "UPDATABLE"),
        (property.absent_live, "ABSENT"),
        (property.wire == Some(Wire::Name), "BY_NAME"),
        (property.wire == Some(Wire::Either), "EITHER"),
        (property.nullable, "NULLABLE"),
        (property.write_only, "WRITE_ONLY"),
        (property.get_only, "GET_ONLY"),
        (property.added_removed, "ADDED_REMOVED"),
        (property.sensitive, "SENSITIVE"),
        (property.action, "ACTION"),
        (property.filter.is_some(), "FILTERED"),
        (property.filter_from == Some(Source::Rule), "BY_RULE"),
        (property.range, "RANGED"),
        (property.from == Source::Observed, "SEEN"),
        (property.from == Source::Client, "CLIENT"),
        (property.from == Source::Y2020, "FROM_2020"),
        (property.from == Source::Derived, "DERIVED"),
        (property.doubt == Some(Doubt::MaybeWithdrawn), "MAYBE_WITHDRAWN"),
        (property.doubt == Some(Doubt::Only2020), "ONLY_2020"),
        (property.doubt == Some(Doubt::TypeGuessed), "TYPE_GUESSED"),
        (property.doubt == Some(Doubt::NotOnRecord), "NOT_ON_RECORD"),
        (property.doubt == Some(Doubt::AlwaysEmpty), "ALWAYS_EMPTY"),
        (property.doubt == Some(Doubt::UpdateDisputed), "UPDATE_DISPUTED"),
    ];
    let mut facts: Vec<String> = facts.into_iter().filter(|(is, _)| *is).map(|(_, name)| name.to_owned()).collect();
    facts.extend(property.personal.map(|kind| format!("PERSONAL_{}", kind.word().to_ascii_uppercase())));
    if facts.is_empty() {
        facts.push("READ_ONLY".to_owned());
    }
    facts
}

/// The constant of the model for these facts together.
pub(super) fn constant(facts: &[String]) -> String {
    facts.join("_")
}

/// The parts that few rows of a table have, each with its value. `owner` is `None` for the common properties.
pub(super) fn more(owner: Option<&EntitySpec>, property: &Property) -> Vec<(&'static str, String)> {
    let filter = property
        .filter
        .as_ref()
        .filter(|filter| owner.map(|owner| property.filter_by_rule(&owner.name)).as_ref() != Some(*filter));
    // The table has the sentence as it is, where as documentation it needs escapes.
    let says = property.doc.as_ref().filter(|doc| docs::says(property).as_ref() != Some(*doc));
    let parts = [("filter", filter), ("default", property.default.as_ref()), ("says", says)];
    parts.into_iter().filter_map(|(key, value)| Some((key, literal(value?)))).collect()
}
