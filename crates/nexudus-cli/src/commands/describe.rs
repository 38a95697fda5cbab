//! `nexudus describe ENTITY`: all that is known of an entity, without asking the service.

use clap::{Arg, ArgMatches};
use nexudus_client::model::core::{EntityTable, Field, Kind, Operation, Provenance};
use nexudus_client::model::{self};

use super::branch::{CommandFuture, text};
use super::command::{Command, entity_named};
use crate::context::Context;
use crate::json::{Object, Raw};
use crate::output::{CommandOutput, Format};
use crate::tables::token_word;
use crate::terminal::width_of;

/// `describe`
pub(crate) const COMMAND: Command = Command {
    name: "describe",
    about: "Show what is known of an entity: properties, operations, roles, filters, relations",
    build: |command| {
        command
            .arg(Arg::new("entity").value_name("ENTITY").required(true).help("The entity, in any spelling"))
            .after_help("--output jsonschema prints a JSON Schema of its records.")
    },
    run,
};

fn run<'a>(context: &'a Context, matches: &'a ArgMatches) -> CommandFuture<'a> {
    Box::pin(async move {
        let table = entity_named(text(matches, "entity").unwrap_or_default())?;
        let summary =
            format!("{}: {}", table.name, crate::terminal::counted(table.field_count(), "property", "properties"));
        match context.format() {
            Format::JsonSchema => context.answer(&CommandOutput::Text(String::new(), schema(table)), summary),
            _ => context.answer(&CommandOutput::Text(for_people(table), facts(table)), summary),
        }
    })
}

fn texts<'a>(items: impl IntoIterator<Item = &'a str>) -> Raw {
    Raw::array(items.into_iter().map(Raw::string))
}

fn optional(text: Option<&str>) -> Raw {
    text.map_or_else(Raw::null, Raw::string)
}

fn provenance(provenance: Provenance) -> &'static str {
    match provenance {
        Provenance::Reference => "reference",
        Provenance::Client => "a public client",
        Provenance::Reference2020 => "reference of 2020",
        Provenance::Observed => "seen live",
        Provenance::Derived => "a rule, never seen in full",
    }
}

/// What an enumeration holds.
fn values(kind: Kind) -> Option<Raw> {
    let Kind::Enum(table) = kind else { return None };
    Some(Raw::array(
        table
            .values
            .iter()
            .map(|(number, name)| Raw::object([("value", Raw::from(*number)), ("name", Raw::string(name))])),
    ))
}

/// The facts of a property.
fn property(table: &'static EntityTable, field: &Field) -> Raw {
    let mut object = Object::default();
    object.set("name", Raw::string(field.name));
    object.set("type", Raw::string(field.kind.name()));
    if let Some(target) = field.kind.target() {
        object.set("entity", Raw::string(target));
    }
    if let Some(values) = values(field.kind) {
        object.set("values", values);
    }
    for (name, is) in [
        ("required", field.is_required()),
        ("create", field.is_creatable()),
        ("update", field.is_updatable()),
        ("writeOnly", field.is_write_only()),
        ("getOnly", field.is_get_only()),
        ("sensitive", field.is_sensitive()),
        ("action", field.is_action()),
        ("nullable", field.is_nullable()),
    ] {
        object.set(name, Raw::from(is));
    }
    object.set("personal", optional(field.personal().map(token_word).map(str::to_lowercase).as_deref()));
    object.set("filter", optional(table.filter_name(field).as_deref()));
    object.set("range", table.range_names(field).map_or_else(Raw::null, |(from, to)| texts([from.as_str(), &to])));
    object.set("default", field.default.and_then(|json| Raw::parse(json).ok()).unwrap_or_else(Raw::null));
    object.set("source", Raw::string(provenance(field.provenance())));
    object.set("doubt", optional(field.doubt().map(|doubt| doubt.to_string()).as_deref()));
    object.set("description", optional(field.doc()));
    object.to_raw()
}

/// All that is known, as data.
fn facts(table: &'static EntityTable) -> Raw {
    let mut object = Object::default();
    object.set("name", Raw::string(table.name));
    object.set("plural", Raw::string(table.plural));
    object.set("section", Raw::string(table.section));
    object.set("path", Raw::string(&table.path()));
    object.set("description", Raw::string(table.doc));
    object.set("deprecated", optional(table.deprecated));
    object.set("doubt", optional(table.doubt.map(|doubt| doubt.to_string()).as_deref()));
    object.set("label", optional(table.label));
    object.set(
        "operations",
        Raw::array(table.operations.iter().map(|operation| {
            let role = Raw::string(&table.role(*operation));
            Raw::object([("operation", Raw::string(operation.name())), ("role", role)])
        })),
    );
    object.set("properties", Raw::array(table.all_fields().map(|field| property(table, field))));
    object.set(
        "relatedFilters",
        Raw::array(table.related.iter().map(|filter| {
            Raw::object([("filter", Raw::string(filter.name)), ("type", Raw::string(filter.kind.name()))])
        })),
    );
    object.set("requiredFilters", texts(table.required_filters.iter().copied()));
    object.set("columns", texts(table.columns.iter().copied()));
    object.set("common", texts(table.common.iter().copied()));
    object.set(
        "order",
        table.default_order.as_ref().map_or_else(Raw::null, |order| {
            Raw::object([("by", Raw::string(order.by)), ("descending", Raw::from(order.descending))])
        }),
    );
    object.set("files", texts(table.files.iter().map(|file| file.name)));
    object.set(
        "commands",
        Raw::array(table.known_commands.iter().map(|command| {
            let parameters = texts(command.parameters.iter().map(|parameter| parameter.name));
            Raw::object([
                ("key", Raw::string(command.key)),
                ("parameters", parameters),
                ("description", optional(command.doc)),
            ])
        })),
    );
    object.set(
        "actions",
        Raw::array(table.actions.iter().map(|action| {
            Raw::object([
                ("name", Raw::string(action.name)),
                ("method", Raw::string(action.method)),
                ("path", Raw::string(action.path)),
                ("description", optional(action.doc)),
            ])
        })),
    );
    object.to_raw()
}

/// A JSON Schema of a whole record.
fn schema(table: &'static EntityTable) -> Raw {
    let property = |field: &'static Field| {
        let (kind, format) = match field.kind {
            Kind::Id(_) | Kind::Int | Kind::Enum(_) => ("integer", None),
            Kind::Decimal => ("number", None),
            Kind::Bool => ("boolean", None),
            // An instant may come without its zone, so that it is not a date-time of the standard.
            Kind::Text | Kind::DateTime | Kind::Civil => ("string", None),
            Kind::Guid => ("string", Some("uuid")),
            Kind::Ids(_) => ("array", None),
            Kind::Json => ("", None),
        };
        let mut schema = Object::default();
        if !kind.is_empty() {
            let types = texts([kind, "null"]);
            schema.set("type", if field.is_required() { Raw::string(kind) } else { types });
        }
        if let Some(format) = format {
            schema.set("format", Raw::string(format));
        }
        if let Kind::Ids(_) = field.kind {
            schema.set("items", Raw::object([("type", Raw::string("integer"))]));
        }
        if let Kind::Enum(table) = field.kind {
            // An enumeration is open: a value that is not listed is not an error.
            let listed = table.values.iter().map(|(number, name)| format!("{number} {name}")).collect::<Vec<_>>();
            schema.set("$comment", Raw::string(&format!("listed values: {}", listed.join(", "))));
        }
        if let Some(doc) = field.doc() {
            schema.set("description", Raw::string(doc));
        }
        if field.is_read_only() {
            schema.set("readOnly", Raw::from(true));
        }
        if field.is_write_only() {
            schema.set("writeOnly", Raw::from(true));
        }
        if let Some(entity) = field.kind.target() {
            schema.set("x-entity", Raw::string(entity));
        }
        (field.name, schema.to_raw())
    };
    let mut schema = Object::default();
    schema.set("$schema", Raw::string("https://json-schema.org/draft/2020-12/schema"));
    schema.set("title", Raw::string(table.name));
    schema.set("description", Raw::string(table.doc));
    schema.set("type", Raw::string("object"));
    schema.set("properties", Raw::object(table.all_fields().map(property)));
    if table.allows(Operation::Create) {
        let required = table.all_fields().filter(|field| field.is_required()).map(|field| field.name);
        schema.set("required", texts(required));
    }
    schema.to_raw()
}

/// What may be done with a property, in words.
fn marks(table: &EntityTable, field: &Field) -> String {
    let mut marks = Vec::new();
    if field.is_required() {
        marks.push("required".to_owned());
    } else if field.is_read_only() {
        marks.push("read only".to_owned());
    }
    for (is, mark) in [
        (field.is_write_only(), "write only"),
        (field.is_get_only(), "only in get"),
        (field.is_sensitive(), "secret"),
        (field.is_action(), "sets something off"),
    ] {
        if is {
            marks.push(mark.to_owned());
        }
    }
    if let Some(kind) = field.personal() {
        marks.push(format!("personal: {}", token_word(kind).to_lowercase()));
    }
    match (table.filter_name(field).is_some(), table.range_names(field).is_some()) {
        (true, true) => marks.push("filter, range".to_owned()),
        (true, false) => marks.push("filter".to_owned()),
        (false, true) => marks.push("range".to_owned()),
        (false, false) => {}
    }
    if let Some(doubt) = field.doubt() {
        marks.push(format!("doubtful: {doubt}"));
    }
    if field.provenance() != Provenance::Reference {
        marks.push(format!("from {}", provenance(field.provenance())));
    }
    marks.join("; ")
}

fn takes(kind: Kind) -> String {
    match kind.target() {
        Some(target) => format!("{} of {target}", kind.name()),
        None => kind.name().to_owned(),
    }
}

fn for_people(table: &'static EntityTable) -> String {
    let mut text = format!("{} ({})\n{}\n", table.name, table.path(), table.doc);
    if let Some(note) = table.deprecated {
        text.push_str(&format!("Deprecated: {note}\n"));
    }
    if let Some(doubt) = table.doubt {
        text.push_str(&format!("Doubtful: {doubt}\n"));
    }
    text.push_str("\nOperations and the roles that they need:\n");
    for operation in table.operations {
        text.push_str(&format!("  {:<8}{}\n", operation.name(), table.role(*operation)));
    }
    text.push_str("\nProperties:\n");
    let width = |items: &mut dyn Iterator<Item = usize>| items.max().unwrap_or_default();
    let names = width(&mut table.all_fields().map(|field| width_of(field.name)));
    let kinds = width(&mut table.all_fields().map(|field| width_of(&takes(field.kind))));
    for field in table.all_fields() {
        let line = format!("  {:<names$}  {:<kinds$}  {}", field.name, takes(field.kind), marks(table, field));
        text.push_str(line.trim_end());
        text.push('\n');
        if let Kind::Enum(values) = field.kind {
            let values: Vec<_> = values.values.iter().map(|(number, name)| format!("{number} {name}")).collect();
            text.push_str(&format!("      {}\n", values.join(", ")));
        }
        if let Some(doc) = field.doc() {
            text.push_str(&format!("      {doc}\n"));
        }
    }
    let related: Vec<_> = table.related.iter().map(|filter| filter.name).collect();
    let files: Vec<_> = table.files.iter().map(|file| file.name).collect();
    let lists = [
        ("Filters on related records", related),
        ("Lists need the filters", table.required_filters.to_vec()),
        ("Files", files),
        ("Commands", table.known_commands.iter().map(|command| command.key).collect()),
    ];
    for (title, names) in lists {
        if !names.is_empty() {
            text.push_str(&format!("\n{title}: {}\n", names.join(", ")));
        }
    }
    let relates = |other: &&&EntityTable| other.all_fields().any(|field| field.kind.target() == Some(table.name));
    let used: Vec<_> = model::tables().iter().filter(relates).map(|other| other.plural).collect();
    if !used.is_empty() {
        text.push_str(&format!("\nRelations to it: {}\n", used.join(", ")));
    }
    text
}
