//! What all writes share: the values that were given, the diff, the request that a dry run shows.

use clap::{Arg, ArgAction, ArgMatches};
use nexudus_client::model::core::{Change, EntityTable, Field, Kind, Operation};

use super::list::{add_ignored_location, short_expectation, value_name, warn_of_location};
use super::records::property_named;
use crate::commands::branch::{text, texts, value, values};
use crate::context::Context;
use crate::failure::Failure;
use crate::input::{parse_body, read_source, resolve_secret, typed};
use crate::json::{Object, Raw};
use crate::output::CommandOutput;
use crate::records::misspelt;
pub(crate) use crate::records::{Values, apply, change_object, without_secrets};
use crate::redact::refuse_tokens;
use crate::tables::{Flag, squash};

/// Adds the flags of a create or an update, one for each property, and those for the rest.
pub(crate) fn add_value_flags(
    command: clap::Command,
    table: &EntityTable,
    flags: &[Flag],
    operation: Operation,
) -> clap::Command {
    let has_body = flags.iter().any(|flag| flag.name == "body");
    // Where the entity has a property of that name, the flag is the property's.
    let body = if has_body {
        Arg::new("body-file").long("body-file")
    } else {
        Arg::new("body-file").long("body").alias("body-file")
    };
    let command = command
        .arg(
            body.value_name("FILE")
                .action(ArgAction::Set)
                .help("Properties from a file in JSON or YAML; - is standard input"),
        )
        .arg(values("set", "NAME=VALUE", "Set a property by its name; repeat for more"))
        .arg(values("unset", "NAME", "Set a property to null; repeat for more"));
    // What is required stands first, then what is common, each in the order of the tables.
    let all = flags;
    let mut flags: Vec<&Flag> = all.iter().collect();
    flags.sort_by_key(|flag| rank(flag, table, operation));
    let command = add_ignored_location(command, all);
    flags.into_iter().fold(command, |command, flag| command.arg(argument(flag, table, operation)))
}

/// How soon people look for a flag.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    Required,
    Common,
    Rest,
}

fn rank(flag: &Flag, table: &EntityTable, operation: Operation) -> Rank {
    match flag.field {
        Some(field) if operation == Operation::Create && field.is_required() => Rank::Required,
        Some(field) if table.common.contains(&field.name) => Rank::Common,
        _ => Rank::Rest,
    }
}

/// The longest description that the short help shows, in characters.
const SHORT_DOC: usize = 70;

fn argument(flag: &Flag, table: &EntityTable, operation: Operation) -> Arg {
    let rank = rank(flag, table, operation);
    let mut takes = short_expectation(flag.kind);
    if flag.field.is_some_and(Field::is_sensitive) {
        takes.push_str("; @FILE or - reads it from elsewhere");
    }
    let doc = flag.field.and_then(nexudus_client::model::core::Field::doc);
    Arg::new(flag.name.clone())
        .long(flag.name.clone())
        .value_name(value_name(flag.kind))
        .action(ArgAction::Append)
        .allow_negative_numbers(true)
        .hide_short_help(rank == Rank::Rest)
        .help_heading(match rank {
            Rank::Required => "Required",
            Rank::Common => "Common",
            Rank::Rest => "More properties",
        })
        .help(match doc.filter(|doc| doc.len() <= SHORT_DOC) {
            Some(doc) => format!("{doc} [{takes}]"),
            None => takes.clone(),
        })
        .long_help(match doc {
            Some(doc) => format!("{doc} [{takes}]"),
            None => takes,
        })
}

/// The values that the flags give, later ones over earlier ones: a file, flags, `--set`, `--unset`.
pub(crate) fn gather(
    context: &Context,
    table: &'static EntityTable,
    flags: &[Flag],
    matches: &ArgMatches,
) -> Result<Values, Failure> {
    warn_of_location(context, table, matches);
    let mut object = Object::default();
    if let Some(path) = text(matches, "body-file") {
        let name = if path == "-" { "standard input" } else { path };
        object = parse_body(&read_source(path)?, name)?;
        for (property, _) in &object.0 {
            if table.position(property).is_some() {
                continue;
            }
            if let Some(what) = misspelt(table, property) {
                return Err(Failure::usage(format!("{name}: {what}")));
            }
            context.warn(&format!("{} is not known to have a property {property}; it is sent as it is", table.name));
        }
    }
    for flag in flags {
        let given = texts(matches, &flag.name);
        if given.is_empty() {
            continue;
        }
        let mut items = Vec::new();
        for text in given {
            let text = secret_or_plain(context, flag, text)?;
            let value = typed(flag.kind, &text).map_err(|what| Failure::usage(format!("--{}: {what}", flag.name)))?;
            if flag.is_list() {
                items.extend(value.as_array().unwrap_or_default());
            } else {
                object.set(flag.property, value);
            }
        }
        if flag.is_list() {
            object.set(flag.property, Raw::array(items));
        }
    }
    for text in texts(matches, "set") {
        let wrong = || Failure::usage(format!("--set {text}: expected NAME=VALUE"));
        let (name, value) = text.split_once('=').ok_or_else(wrong)?;
        let property = property_named(table, name.trim())?;
        let kind = kind_of(table, property);
        let is_null = value == "null" && kind != Kind::Text;
        let value = if is_null {
            Raw::null()
        } else {
            typed(kind, value).map_err(|what| Failure::usage(format!("--set {name}: {what}")))?
        };
        object.set(property, value);
    }
    for name in texts(matches, "unset") {
        object.set(property_named(table, name)?, Raw::null());
    }
    refuse_tokens(&object)?;
    Ok(object.0)
}

fn kind_of(table: &'static EntityTable, property: &str) -> Kind {
    table.position(property).and_then(|at| table.field(at)).map_or(Kind::Json, |field| field.kind)
}

/// A secret may stand in a file or on standard input; on the command line it is seen by others on this machine.
fn secret_or_plain(context: &Context, flag: &Flag, text: &str) -> Result<String, Failure> {
    if !flag.field.is_some_and(Field::is_sensitive) {
        return Ok(text.to_owned());
    }
    if !text.starts_with('@') && text != "-" {
        context.warn(&format!(
            "--{} is visible to other users of this machine on the command line; use @FILE or - instead",
            flag.name
        ));
    }
    resolve_secret(text)
}

/// A request that is not sent.
pub(crate) struct Request {
    pub(crate) method: &'static str,
    pub(crate) path: String,
    pub(crate) body: Option<Object>,
}

impl Request {
    /// Prints the request.
    pub(crate) async fn show(self, context: &Context, changes: Vec<Object>) -> Result<(), Failure> {
        let url = format!("{}/{}", context.client().await?.base_url(), self.path);
        let mut human = format!("{} {url}\n", self.method);
        let mut data = Object::default();
        data.set("method", Raw::string(self.method));
        data.set("url", Raw::string(&url));
        if let Some(body) = &self.body {
            let body = context.redactor()?.anything(body);
            human.push_str(&format!("\n{}\n", crate::terminal::escape_json(&body.to_raw().pretty())));
            data.set("body", body.to_raw());
        }
        if !changes.is_empty() {
            data.set("changes", Raw::array(changes.iter().map(Object::to_raw)));
        }
        context.answer(&CommandOutput::Text(human, data.to_raw()), "Nothing was sent: this is a dry run")
    }
}

/// Changes for people, a line each.
pub(crate) fn changes_text(changes: &[Change]) -> String {
    changes.iter().map(|change| format!("  {}\n", crate::terminal::visible(&change.to_string()))).collect()
}

/// Puts the profile's location into a new record that needs one.
pub(crate) fn default_business(
    context: &Context,
    table: &'static EntityTable,
    values: &mut Values,
) -> Result<(), Failure> {
    let Some(business) = context.config()?.settings(&context.profile()?).get("business") else { return Ok(()) };
    let field = table.fields.iter().find(|field| squash(field.name) == "businessid" && field.is_required());
    if let Some(field) = field.filter(|field| !values.iter().any(|(name, _)| name == field.name)) {
        values.push((field.name.to_owned(), typed(field.kind, &business).map_err(Failure::usage)?));
    }
    Ok(())
}

/// The flag that takes ids from standard input or a file.
pub(crate) fn ids_flag() -> Arg {
    value("ids", "FILE", "Ids from a file, or - for standard input: lines, JSON lines or a CSV column Id")
}
