//! `nexudus <entity> body`: a file to fill in.

use clap::ArgMatches;
use nexudus_client::model::core::{EntityTable, Field, Operation};

use super::list::short_expectation;
use super::records::object_of;
use crate::commands::branch::{Branch, is_on, switch, text, value};
use crate::commands::command::Verb;
use crate::context::Context;
use crate::failure::Failure;
use crate::input::parse_id;
use crate::json::{Object, Raw};
use crate::output::{CommandOutput, to_yaml};

/// `body`
pub(crate) const VERB: Verb = Verb {
    name: "body",
    about: "Print a commented YAML file for a record of {}, to fill in and give to --body",
    exists: |table| table.allows(Operation::Create) || table.allows(Operation::Update),
    build: |command, _| {
        Branch::plain(
            command
                .arg(value("like", "ID", "Fill it in from this record"))
                .arg(switch("for-update", "Properties of an update instead of a create")),
        )
    },
    run: |context, table, matches| Box::pin(run(context, table, matches)),
};

async fn run(context: &Context, table: &'static EntityTable, matches: &ArgMatches) -> Result<(), Failure> {
    let is_update = is_on(matches, "for-update") || !table.allows(Operation::Create);
    let takes = |field: &&'static Field| if is_update { field.is_updatable() } else { field.is_creatable() };
    let mut fields: Vec<&'static Field> = table.all_fields().filter(takes).collect();
    fields.sort_by_key(|field| is_update || !field.is_required());
    let like = match text(matches, "like") {
        Some(id) => Some(object_of(&*context.records(table).await?.get(parse_id(id)?).await?)?),
        None => None,
    };
    let like = like.map(|record| match context.redactor() {
        Ok(redactor) => Ok(redactor.record(table, &record)),
        Err(failure) => Err(failure),
    });
    let like = like.transpose()?;
    let mut text = format!("# {}\n# {}\n", table.name, table.doc);
    let mut data = Object::default();
    for field in fields {
        let known = like.as_ref().and_then(|record| record.get(field.name));
        let value = known.filter(|value| !value.is_null() && !field.is_sensitive());
        let mut comment = short_expectation(field.kind);
        if !is_update && field.is_required() {
            comment.insert_str(0, "required; ");
        }
        if let Some(doc) = field.doc() {
            comment = format!("{doc} ({comment})");
        }
        text.push_str(&format!("\n# {comment}\n"));
        let is_given = value.is_some() || (!is_update && field.is_required() && like.is_none());
        let line = to_yaml(&Object(vec![(field.name.to_owned(), value.cloned().unwrap_or_else(Raw::null))]).to_raw());
        for line in line.lines() {
            let line = if value.is_none() { line.trim_end_matches("null").trim_end() } else { line };
            text.push_str(&format!("{}{line}\n", if is_given { "" } else { "#" }));
        }
        data.set(field.name, value.cloned().unwrap_or_else(Raw::null));
    }
    context.answer(&CommandOutput::Text(text, data.to_raw()), format!("A body for {}", table.plural))
}
