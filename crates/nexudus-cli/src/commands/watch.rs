//! `nexudus watch ENTITY`: records as they are created and changed.
//!
//! The service pushes nothing to a terminal, so a list of what changed since the last look is asked for, again and
//! again. Times of the service have whole seconds, so the last second is looked at twice, and what was shown already
//! is told apart by its id and its time.

use std::collections::HashMap;
use std::time::Duration;

use clap::{Arg, ArgMatches};
use nexudus_client::model::core::{DateTime, Direction, EntityTable, Kind, ListQuery, Operation, Record};

use super::branch::{CommandFuture, is_on, number, switch, text, value};
use super::command::{Command, entity_named};
use super::entity::list::{add_output_flags, columns_of, shown_columns, style_of};
use super::entity::records::{object_of, select};
use crate::context::Context;
use crate::failure::{Exit, Failure};
use crate::input::typed;
use crate::json::{Object, Raw};
use crate::output::List;

/// Seconds between two looks, where nobody says.
const EVERY: u32 = 30;

/// Records on a page of a look.
const SIZE: u32 = 250;

/// `watch`
pub(crate) const COMMAND: Command = Command {
    name: "watch",
    about: "Print records of an entity as they are created and changed, until interrupted",
    build: |command| {
        add_output_flags(
            command
                .arg(Arg::new("entity").value_name("ENTITY").required(true).help("Records of this entity"))
                .arg(value("every", "SECONDS", "Look so often [default: 30]"))
                .arg(value("count", "N", "End after so many records"))
                .arg(value("since", "DATE", "Begin with what changed since then, instead of now"))
                .arg(switch("once", "Look once and end, for use with --since")),
        )
        .after_help("Records that are deleted are not seen: the service lists them no more.")
    },
    run,
};

fn run<'a>(context: &'a Context, matches: &'a ArgMatches) -> CommandFuture<'a> {
    Box::pin(async move {
        let table = entity_named(text(matches, "entity").unwrap_or_default())?;
        if !table.allows(Operation::List) {
            return Err(Failure::usage(format!("the service has no list of {}", table.plural)));
        }
        if let [filter, ..] = table.required_filters {
            return Err(Failure::usage(format!("the service lists {} only with the filter {filter}", table.plural)));
        }
        let field = table.all_fields().find(|field| field.name == "UpdatedOn");
        let Some((parameter, _)) = field.and_then(|field| table.range_names(field)) else {
            return Err(Failure::usage(format!("the service does not say when {} changed", table.plural)));
        };
        let every = number::<u32>(matches, "every")?.unwrap_or(EVERY);
        if every == 0 {
            return Err(Failure::usage("--every counts from 1 second"));
        }
        let wrong = |what: String| Failure::usage(format!("--since: {what}"));
        let since = text(matches, "since").map(|text| typed(Kind::DateTime, text).map_err(wrong)).transpose()?;
        let since: Option<DateTime> = since.and_then(|since| since.as_str()?.parse().ok());
        let style = style_of(context, matches)?;
        let columns = columns_of(table, matches)?;
        if style.jq.is_some() && !is_on(matches, "once") {
            return Err(Failure::usage(
                "--jq sees the whole answer, and this one has no end: give --once, or pipe --output jsonl into jq",
            ));
        }
        let shown: Vec<String> =
            ["Change".to_owned()].into_iter().chain(shown_columns(table, columns.as_deref(), style.format)).collect();
        let mut watch = Watch {
            context,
            table,
            parameter,
            columns,
            list: context.list(shown, style),
            since,
            seen: HashMap::new(),
            left: number(matches, "count")?,
        };
        if watch.since.is_none() {
            watch.start().await?;
        }
        let ended = tokio::select! {
            result = watch.look_on(Duration::from_secs(every.into()), is_on(matches, "once")) => result,
            Ok(()) = tokio::signal::ctrl_c() => Err(Failure::interrupted()),
        };
        let failure = ended.err();
        let count = watch.list.count();
        watch.list.envelope_mut().summary =
            format!("{} of {}", crate::terminal::counted(count, "change", "changes"), table.plural);
        // An interrupt is how this ends: what was printed is whole.
        watch.list.finish(failure.as_ref().filter(|failure| failure.exit != Exit::Interrupted))?;
        failure.map_or(Ok(()), Err)
    })
}

struct Watch<'a> {
    context: &'a Context,
    table: &'static EntityTable,
    parameter: String,
    columns: Option<Vec<String>>,
    list: List,
    /// The newest time that was seen.
    since: Option<DateTime>,
    /// What was shown of the last second: a time by an id.
    seen: HashMap<i64, DateTime>,
    left: Option<u64>,
}

impl Watch<'_> {
    /// Finds the newest record, so that what is there already is not shown.
    async fn start(&mut self) -> Result<(), Failure> {
        let query = ListQuery {
            size: Some(SIZE),
            order: Some("UpdatedOn".to_owned()),
            direction: Direction::Descending,
            ..ListQuery::default()
        };
        let records = self.context.records(self.table).await?;
        let mut pages = records.list().query(query).pages();
        // All of the newest second are marked: a look asks for that second again.
        while let Some(page) = pages.next().await {
            for row in page?.records.iter() {
                let newest = self.since.map(|since| since.to_query_start());
                let second = row.common().updated_on.map(|time| time.to_query_start());
                if newest.is_some() && second < newest {
                    return Ok(());
                }
                self.is_new(row);
            }
        }
        Ok(())
    }

    /// Whether a record was not shown with the time that it has now, which is noted.
    fn is_new(&mut self, record: &dyn Record) -> bool {
        let common = record.common();
        let (Some(id), Some(time)) = (common.id, common.updated_on) else { return false };
        self.since = self.since.max(Some(time));
        self.seen.insert(id, time) != Some(time)
    }

    async fn look_on(&mut self, every: Duration, once: bool) -> Result<(), Failure> {
        loop {
            if self.look().await? || once {
                return Ok(());
            }
            tokio::time::sleep(every).await;
        }
    }

    /// Prints what changed since the last look. Whether as many as were asked for are printed.
    async fn look(&mut self) -> Result<bool, Failure> {
        let mut query = ListQuery { size: Some(SIZE), order: Some("UpdatedOn".to_owned()), ..ListQuery::default() };
        if let Some(since) = &self.since {
            query.filters.push((self.parameter.clone(), since.to_query_start()));
        }
        let records = self.context.records(self.table).await?;
        let redactor = self.context.redactor()?;
        let mut pages = records.list().query(query).pages();
        while let Some(page) = pages.next().await {
            for row in page?.records.iter() {
                if !self.is_new(row) {
                    continue;
                }
                let is_created = row.common().created_on == row.common().updated_on;
                let record = redactor.record(self.table, &object_of(row)?);
                let mut shown =
                    Object(vec![("Change".to_owned(), Raw::string(if is_created { "created" } else { "changed" }))]);
                let record = match &self.columns {
                    Some(columns) => select(&record, columns),
                    None => record,
                };
                shown.0.extend(record.0);
                self.list.add(&shown)?;
                if let Some(left) = &mut self.left {
                    *left = left.saturating_sub(1);
                    if *left == 0 {
                        return Ok(true);
                    }
                }
            }
        }
        self.list.flush()?;
        // What is older than the last second can't come again.
        let second = self.since.map(|since| since.to_query_start());
        self.seen.retain(|_, time| Some(time.to_query_start()) == second);
        Ok(false)
    }
}
