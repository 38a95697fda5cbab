//! Entities as the tables know them.

use nexudus_client::model;
use nexudus_client::model::core::{EntityTable, Field, Kind, Operation};

use super::answer::Rows;
use crate::json::{Object, Raw};
use crate::tables::{default_columns, filter_flags, is_looked_for, squash, token_word};

/// The address of the description of an entity.
pub(super) fn address(table: &EntityTable) -> String {
    format!("nexudus://entities/{}", table.plural)
}

/// The entity of an address.
pub(super) fn at(address: &str) -> Option<&'static EntityTable> {
    let plural = address.strip_prefix("nexudus://entities/")?;
    model::tables().iter().copied().find(|table| table.plural == plural)
}

/// Whether an entity is meant by these words: each is in its name, its section or its description.
pub(super) fn is_meant(table: &EntityTable, words: &str) -> bool {
    let text = format!("{} {} {} {}", table.name, table.plural, table.section, table.doc).to_lowercase();
    words.split_whitespace().all(|word| {
        let word = word.to_lowercase();
        let squashed = squash(&word);
        text.contains(&word)
            || word.strip_suffix('s').is_some_and(|stem| text.contains(stem))
            || !squashed.is_empty() && squash(table.plural).contains(&squashed)
    })
}

/// What a property holds, in a word or two.
fn kind(field: &Field) -> String {
    match field.kind {
        Kind::Id(entity) => format!("id of {entity}"),
        Kind::Ids(Some(entity)) => format!("ids of {entity}"),
        Kind::Enum(table) => {
            let values: Vec<_> = table.values.iter().map(|(number, name)| format!("{number} {name}")).collect();
            format!("one of {}", values.join(", "))
        }
        kind => kind.name().to_owned(),
    }
}

/// How a property may be filtered.
fn filters(table: &'static EntityTable, field: &Field) -> String {
    if field.is_sensitive() {
        return String::new();
    }
    let equal = table.filter_name(field).map(|_| "equal");
    let range = table.range_names(field).map(|_| "from, to");
    equal.into_iter().chain(range).collect::<Vec<_>>().join(", ")
}

fn write(field: &Field) -> &'static str {
    match (field.is_required(), field.is_creatable(), field.is_updatable()) {
        (true, _, _) => "required",
        (_, true, true) => "yes",
        (_, true, false) => "on create",
        (_, false, true) => "on update",
        (_, false, false) => "",
    }
}

fn row(table: &'static EntityTable, field: &Field, columns: &[String]) -> Object {
    let values = [
        Raw::string(field.name),
        Raw::string(&kind(field)),
        Raw::string(write(field)),
        Raw::string(&filters(table, field)),
        Raw::string(match field.personal() {
            _ if field.is_sensitive() => "secret",
            Some(kind) => token_word(kind),
            None => "",
        }),
        Raw::string(field.doc().unwrap_or_default()),
    ];
    Object(columns.iter().cloned().zip(values).collect())
}

const COLUMNS: [&str; 6] = ["property", "holds", "write", "filter", "personal", "about"];

/// The description of an entity: in summary the properties that people look for, in full all of them, from `skip` on.
pub(super) fn describe(table: &'static EntityTable, is_full: bool, skip: usize) -> String {
    let mut head = Object::default();
    head.set("entity", Raw::string(table.name));
    head.set("plural", Raw::string(table.plural));
    head.set("about", Raw::string(table.doc));
    let operations = table.operations.iter().map(|operation| {
        let word = format!("{operation:?}").to_lowercase();
        Raw::object([("operation", Raw::string(&word)), ("role", Raw::string(&table.role(*operation)))])
    });
    head.set("operations", Raw::array(operations));
    head.set("default_fields", Raw::array(default_columns(table).into_iter().map(Raw::string)));
    if !table.required_filters.is_empty() {
        head.set("required_filters", Raw::array(table.required_filters.iter().map(|name| Raw::string(name))));
    }
    let related: Vec<_> =
        filter_flags(table).into_iter().filter(|flag| flag.field.is_none()).map(|flag| flag.property).collect();
    if !related.is_empty() && is_full {
        head.set("more_filters", Raw::array(related.into_iter().take(60).map(Raw::string)));
    }
    let wanted = |field: &&'static Field| {
        is_full
            || is_looked_for(table, field.name)
            || table.allows(Operation::Create) && field.is_required()
            || field.name == "Id"
    };
    let columns = COLUMNS.map(str::to_owned).to_vec();
    let mut rows = Rows::new(columns.clone());
    let fields: Vec<_> = table.all_fields().filter(wanted).collect();
    for field in fields.iter().skip(skip) {
        rows.add(&row(table, field, &columns));
    }
    let all = table.all_fields().count();
    head.set("properties", Raw::from(u64::try_from(all).unwrap_or_default()));
    if rows.left_out() > 0 {
        let next = skip + rows.len();
        head.set("next", Raw::string(&format!("skip {next}: {} more properties", rows.left_out())));
    } else if !is_full && fields.len() < all {
        head.set("next", Raw::string("detail full shows all properties"));
    }
    rows.end_own(head)
}
