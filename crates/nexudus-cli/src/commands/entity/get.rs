//! `nexudus <entity> get ID...`

use clap::{Arg, ArgAction, ArgMatches};
use nexudus_client::model::core::{EntityTable, Operation};

use super::list::{add_output_flags, columns_of, style_of};
use super::records::{object_of, select, title};
use crate::commands::branch::{Branch, texts};
use crate::commands::command::Verb;
use crate::context::Context;
use crate::failure::Failure;
use crate::input::parse_id;
use crate::output::{CommandOutput, print};

/// `get`
pub(crate) const VERB: Verb = Verb {
    name: "get",
    about: "Show {} by id, complete",
    exists: |table| table.allows(Operation::Get),
    build: |command, _| {
        let ids = Arg::new("id").value_name("ID").action(ArgAction::Append).num_args(1..).required(true);
        Branch::plain(add_output_flags(command.arg(ids.help("The id of the record; several are fetched one by one"))))
    },
    run: |context, table, matches| Box::pin(run(context, table, matches)),
};

async fn run(context: &Context, table: &'static EntityTable, matches: &ArgMatches) -> Result<(), Failure> {
    let ids = texts(matches, "id").into_iter().flat_map(|text| text.split(','));
    let ids = ids.map(parse_id).collect::<Result<Vec<_>, _>>()?;
    let style = style_of(context, matches)?;
    let columns = columns_of(table, matches)?;
    let records = context.records(table).await?;
    let redactor = context.redactor()?;
    let mut found = Vec::new();
    for id in &ids {
        let record = redactor.record(table, &object_of(&*records.get(*id).await?)?);
        found.push(match &columns {
            Some(columns) => select(&record, columns),
            None => record,
        });
    }
    let summary = match ids.as_slice() {
        [id] => title(table, *id),
        ids => format!("{} records of {}", ids.len(), table.name),
    };
    let answer = match found.as_slice() {
        [record] => CommandOutput::Record(record.clone()),
        _ => CommandOutput::Rows(super::list::shown_columns(table, columns.as_deref(), style.format), found),
    };
    print(&answer, &context.envelope(summary), &style, None)
}
