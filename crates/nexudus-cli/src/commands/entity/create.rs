//! `nexudus <entity> create`

use clap::ArgMatches;
use nexudus_client::model::core::{EntityTable, Operation};

use super::records::{object_of, title};
use super::write::{Request, add_value_flags, apply, default_business, gather, without_secrets};
use crate::commands::branch::Branch;
use crate::commands::command::Verb;
use crate::context::Context;
use crate::failure::Failure;
use crate::json::{Object, Raw};
use crate::output::CommandOutput;
use crate::tables::write_flags;

/// `create`
pub(crate) const VERB: Verb = Verb {
    name: "create",
    about: "Create a record of {}",
    exists: |table| table.allows(Operation::Create),
    build: |command, table| {
        let flags = write_flags(table, Operation::Create);
        Branch { command: add_value_flags(command, table, &flags, Operation::Create), flags }
    },
    run: |context, table, matches| Box::pin(run(context, table, matches)),
};

async fn run(context: &Context, table: &'static EntityTable, matches: &ArgMatches) -> Result<(), Failure> {
    let flags = write_flags(table, Operation::Create);
    let mut values = gather(context, table, &flags, matches)?;
    default_business(context, table, &mut values)?;
    let mut draft = table.make();
    apply(&mut *draft, &values)?;
    if context.globals.dry_run {
        let body = without_secrets(table, object_of(&*draft)?);
        return Request { method: "POST", path: table.path(), body: Some(body) }.show(context, Vec::new()).await;
    }
    let records = context.records(table).await?;
    let id = context.writing(records.create(&*draft)).await?;
    let record = match table.allows(Operation::Get) {
        // The record is there whether or not it can be read.
        true => records.get(id).await.ok().map(|record| object_of(&*record)).transpose()?,
        false => None,
    };
    let record = record.unwrap_or_else(|| Object(vec![("Id".to_owned(), Raw::from(id))]));
    let record = context.redactor()?.record(table, &record);
    let summary = format!("Created {}", title(table, id));
    context.note(&summary);
    context.answer(&CommandOutput::Record(record), summary)
}
