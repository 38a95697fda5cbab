//! An import, row by row.

use std::path::PathBuf;

use clap::{Arg, ArgMatches};
use nexudus_client::DynamicEndpoint;
use nexudus_client::model::core::{AnyFull, EntityTable, Operation, Record};

use super::journal::{Entry, Journal};
use super::rows::{self, Options, Row};
use crate::commands::branch::{CommandFuture, is_on, switch, text, value};
use crate::commands::command::{Command, entity_named};
use crate::commands::entity::records::object_of;
use crate::commands::entity::write::{Values, apply, change_object};
use crate::context::{Context, InterruptKey};
use crate::failure::{Exit, Failure};
use crate::input::parse_id;
use crate::json::{Object, Raw};
use crate::output::CsvStyle;
use crate::redact::refuse_tokens;

/// `import`
pub(crate) const COMMAND: Command = Command {
    name: "import",
    about: "Create and update records from a file of CSV or JSON lines",
    build: |command| {
        command
            .arg(Arg::new("entity").value_name("ENTITY").required(true).help("Records of this entity"))
            .arg(Arg::new("file").value_name("FILE").required(true).help("CSV with a header, or a JSON object a line; - is standard input"))
            .arg(switch("resume", "Resume an interrupted import"))
            .arg(value("journal", "FILE", "Write the journal here instead of next to the file"))
            .arg(switch("clear-empty", "Clear a property whose CSV cell is empty, instead of keeping it"))
            .arg(switch("csv-raw", "Read CSV cells as they are, without removing the protection that `list` adds"))
            .arg(value("delimiter", "CHARACTER", "The delimiter of CSV"))
            .after_help(
                "A row with an Id updates that record. A row with a SystemId and no Id updates the record of that\nSystemId, or creates it. A row with neither creates a record.",
            )
    },
    run,
};

/// What became of a row.
struct Outcome {
    state: &'static str,
    id: Option<i64>,
    changes: Vec<Object>,
    failure: Option<Failure>,
}

impl Outcome {
    fn of(state: &'static str, id: Option<i64>) -> Self {
        Self { state, id, changes: Vec::new(), failure: None }
    }
}

/// Everything that a row is written with.
struct Work<'a> {
    context: &'a Context,
    table: &'static EntityTable,
    records: DynamicEndpoint,
    options: Options,
    journal: Option<Journal>,
    /// Columns that the service writes itself, as they were met.
    ignored: Vec<&'static str>,
}

fn run<'a>(context: &'a Context, matches: &'a ArgMatches) -> CommandFuture<'a> {
    Box::pin(async move {
        let table = entity_named(text(matches, "entity").unwrap_or_default())?;
        let path = text(matches, "file").unwrap_or_default();
        let options = Options {
            delimiter: text(matches, "delimiter").map_or(Ok(b','), CsvStyle::parse_delimiter)?,
            raw: is_on(matches, "csv-raw"),
            clear_empty: is_on(matches, "clear-empty"),
        };
        let rows = rows::open(table, path, options)?;
        let records = context.records(table).await?;
        let is_dry = context.globals.dry_run;
        if !is_dry && context.prompt().may_ask() && path != "-" {
            context.confirm(&format!("Write the rows of {path} to {}?", records.client().base_url()))?;
        }
        let journal_path = match (text(matches, "journal"), path) {
            _ if is_dry => None,
            (Some(path), _) => Some(PathBuf::from(path)),
            (None, "-") => None,
            (None, path) => Some(PathBuf::from(format!("{path}.journal"))),
        };
        let journal = journal_path.map(|path| Journal::open(path, is_on(matches, "resume"))).transpose()?;
        let work = Work { context, table, records, options, journal, ignored: Vec::new() };
        work.all(rows).await
    })
}

impl Work<'_> {
    async fn all(mut self, rows: rows::Rows) -> Result<(), Failure> {
        let columns = ["Row", "Outcome", "Id", "Changes", "Message"].map(str::to_owned).to_vec();
        let mut list = self.context.list(columns, self.context.style());
        let mut counts: Vec<(&'static str, u64)> = Vec::new();
        let mut failures: Vec<Failure> = Vec::new();
        let mut stopped = None;
        let redactor = self.context.redactor()?;
        let mut key = InterruptKey::new();
        for row in rows {
            let row = match row {
                Ok(row) => row,
                Err(failure) => {
                    stopped = Some(failure);
                    break;
                }
            };
            let outcome = key.or(self.row(&row), || format!("row {} was written", row.number)).await;
            let outcome = match outcome {
                Ok(outcome) => outcome,
                Err(failure) => {
                    stopped = Some(failure);
                    break;
                }
            };
            match counts.iter_mut().find(|(state, _)| *state == outcome.state) {
                Some((_, count)) => *count += 1,
                None => counts.push((outcome.state, 1)),
            }
            let mut shown = Object::default();
            shown.set("Row", Raw::from(row.number));
            shown.set("Outcome", Raw::string(outcome.state));
            shown.set("Id", outcome.id.map_or_else(Raw::null, Raw::from));
            let changes = outcome.changes.iter().map(|change| redactor.change(self.table, change).to_raw());
            shown.set("Changes", Raw::array(changes));
            if let Some(failure) = &outcome.failure {
                shown.set("Message", Raw::string(&redactor.text(&failure.message)));
            }
            list.add(&shown)?;
            if let Some(failure) = outcome.failure {
                let stops = !matches!(failure.exit, Exit::NotFound | Exit::Validation | Exit::Usage);
                if stops {
                    stopped = Some(failure);
                    break;
                }
                failures.push(failure);
            }
        }
        let summary: Vec<_> = counts.iter().map(|(state, count)| format!("{count} {state}")).collect();
        let summary = if summary.is_empty() { "no rows".to_owned() } else { summary.join(", ") };
        list.envelope_mut().summary.clone_from(&summary);
        if !self.ignored.is_empty() {
            self.context.note(&format!("read-only columns were ignored: {}", self.ignored.join(", ")));
        }
        let done =
            counts.iter().filter(|(state, _)| !matches!(*state, "failed" | "unknown")).map(|(_, count)| count).sum();
        let failure = failure_of(done, &failures, stopped.as_ref(), &summary);
        list.finish(failure.as_ref())?;
        match (failure, self.journal) {
            (None, journal) => {
                if let Some(journal) = journal {
                    journal.done();
                }
                self.context.note(&summary);
                Ok(())
            }
            (Some(failure), None) => Err(failure),
            (Some(failure), Some(journal)) => {
                let hint = format!("Progress is recorded in {}: give --resume to continue.", journal.path().display());
                Err(failure.hint(hint))
            }
        }
    }

    /// One row. What stops the whole import is an error; what is wrong with the row is its outcome.
    async fn row(&mut self, row: &Row) -> Result<Outcome, Failure> {
        let before = self.journal.as_ref().and_then(|journal| journal.find(row)).cloned();
        if let Some(entry) = &before
            && matches!(entry.state.as_str(), "created" | "updated" | "unchanged")
        {
            return Ok(Outcome::of("done before", entry.id));
        }
        let outcome = match self.write(row, before).await {
            Ok(outcome) => outcome,
            Err(failure) => {
                let state = if failure.exit == Exit::OutcomeUnknown { "unknown" } else { "failed" };
                Outcome { failure: Some(failure), ..Outcome::of(state, None) }
            }
        };
        if outcome.state != "unknown"
            && let Some(journal) = &mut self.journal
        {
            let entry = Entry { state: outcome.state.to_owned(), id: outcome.id, system_id: None };
            journal.write(row, &entry)?;
        }
        Ok(outcome)
    }

    async fn write(&mut self, row: &Row, before: Option<Entry>) -> Result<Outcome, Failure> {
        let id = row.get("Id").map(super::rows::Cell::text).filter(|text| !text.is_empty());
        if let Some(id) = id {
            let id = parse_id(&id)?;
            let record = self.records.get(id).await.map_err(|error| {
                let failure = Failure::from(error);
                let is_gone = failure.exit == Exit::NotFound;
                let more = if is_gone {
                    ". A row with an Id updates that record; without the column, it creates one"
                } else {
                    ""
                };
                Failure { message: format!("{}{more}", failure.message), ..failure }
            })?;
            return self.update(row, id, record).await;
        }
        let given = row.get("SystemId").map(super::rows::Cell::text).filter(|text| !text.is_empty());
        let sent = before.and_then(|entry| entry.system_id);
        if let Some(system_id) = sent.or_else(|| given.clone())
            && let Some(id) = self.find(&system_id).await?
        {
            if given.is_none() {
                // Sent by a run that was interrupted before it knew.
                return Ok(Outcome::of("created", Some(id)));
            }
            let record = self.records.get(id).await?;
            return self.update(row, id, record).await;
        }
        self.create(row, given).await
    }

    /// The record of a `SystemId`.
    async fn find(&self, system_id: &str) -> Result<Option<i64>, Failure> {
        let field = self.table.position("SystemId").and_then(|at| self.table.field(at));
        let Some(parameter) = field.and_then(|field| self.table.filter_name(field)) else { return Ok(None) };
        if !self.table.allows(Operation::List) {
            return Ok(None);
        }
        let mut pages = self.records.list().filter(parameter, system_id).pages();
        while let Some(page) = pages.next().await.transpose()? {
            // No source says whether the filter wants the whole text, so each record is compared.
            let is_it = |record: &&dyn Record| record.common().system_id.as_deref() == Some(system_id);
            if let Some(id) = page.records.iter().filter(is_it).find_map(|record| record.common().id) {
                return Ok(Some(id));
            }
        }
        Ok(None)
    }

    /// The values of a row that an operation writes, where they differ from what the record holds.
    fn values(&mut self, row: &Row, operation: Operation, current: Option<&Object>) -> Result<Values, Failure> {
        let mut values = Values::new();
        for (name, cell) in &row.cells {
            if *name == "Id" {
                continue;
            }
            let Some(field) = self.table.position(name).and_then(|at| self.table.field(at)) else { continue };
            let is_written = if operation == Operation::Create { field.is_creatable() } else { field.is_updatable() };
            if !is_written {
                if !self.ignored.contains(name) {
                    self.ignored.push(name);
                }
                continue;
            }
            // A list leaves such a property empty, so that empty says nothing of the record.
            if field.is_get_only() && cell.is_empty() {
                continue;
            }
            if current.is_some_and(|current| cell.is(current.get(name).unwrap_or(&Raw::null()))) {
                continue;
            }
            let value = cell.value(field, self.options).map_err(|what| Failure::usage(format!("{name}: {what}")))?;
            if let Some(value) = value.filter(|value| operation != Operation::Create || !value.is_null()) {
                values.push(((*name).to_owned(), value));
            }
        }
        let is_new = |(name, value): &&(String, Raw)| current.and_then(|current| current.get(name)) != Some(value);
        values.extend(row.unknown.iter().filter(is_new).cloned());
        refuse_tokens(&Object(values.clone()))?;
        Ok(values)
    }

    async fn update(&mut self, row: &Row, id: i64, mut record: AnyFull) -> Result<Outcome, Failure> {
        let values = self.values(row, Operation::Update, Some(&object_of(&*record)?))?;
        apply(&mut *record, &values)?;
        let changes = record.changes();
        if changes.is_empty() {
            return Ok(Outcome::of("unchanged", Some(id)));
        }
        if !self.table.allows(Operation::Update) {
            return Err(Failure::usage(format!("the service has no update for {}", self.table.plural)));
        }
        let changes = changes.iter().map(|change| change_object(self.table, change)).collect();
        let state = if self.context.globals.dry_run {
            "would be updated"
        } else {
            self.context.writing(self.records.replace(&record)).await?;
            "updated"
        };
        Ok(Outcome { changes, ..Outcome::of(state, Some(id)) })
    }

    async fn create(&mut self, row: &Row, given: Option<String>) -> Result<Outcome, Failure> {
        if !self.table.allows(Operation::Create) {
            return Err(Failure::usage(format!("the service has no create for {}", self.table.plural)));
        }
        let mut values = self.values(row, Operation::Create, None)?;
        if self.context.globals.dry_run {
            apply(&mut *self.table.make(), &values)?;
            return Ok(Outcome::of("would be created", None));
        }
        let can_carry = self.table.position("SystemId").and_then(|at| self.table.field(at));
        let can_carry = can_carry.is_some_and(nexudus_client::model::core::Field::is_creatable);
        let system_id =
            given.or_else(|| can_carry.then(|| format!("import-{:016x}{:016x}", fastrand::u64(..), fastrand::u64(..))));
        if let Some(system_id) = &system_id {
            values.retain(|(name, _)| name != "SystemId");
            values.push(("SystemId".to_owned(), Raw::string(system_id)));
        }
        let mut draft = self.table.make();
        apply(&mut *draft, &values)?;
        if let Some(journal) = &mut self.journal {
            journal.write(row, &Entry { state: "sending".to_owned(), id: None, system_id: system_id.clone() })?;
        }
        match self.context.writing(self.records.create(&*draft)).await {
            Ok(id) => Ok(Outcome::of("created", Some(id))),
            Err(error) => {
                let failure = Failure::from(error);
                if failure.exit == Exit::OutcomeUnknown
                    && let Some(system_id) = &system_id
                    && let Ok(Some(id)) = self.find(system_id).await
                {
                    return Ok(Outcome::of("created", Some(id)));
                }
                Err(failure)
            }
        }
    }
}

/// What the whole import ends with.
fn failure_of(done: u64, failures: &[Failure], stopped: Option<&Failure>, summary: &str) -> Option<Failure> {
    let last = stopped.or(failures.last())?;
    let exit = match last.exit {
        exit @ (Exit::OutcomeUnknown | Exit::Interrupted) => exit,
        _ if done > 0 => Exit::Partly,
        exit => exit,
    };
    let what = if stopped.is_some() { "the import stopped" } else { "some rows failed" };
    Some(Failure { exit, message: format!("{what} ({summary}): {}", last.message), ..last.clone() })
}
