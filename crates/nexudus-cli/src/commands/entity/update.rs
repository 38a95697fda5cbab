//! `nexudus <entity> update ID` and `nexudus <entity> edit ID`

use std::process::Stdio;

use clap::{Arg, ArgMatches};
use nexudus_client::model::core::{AnyFull, EntityTable, Operation};

use super::records::{object_of, title};
use super::write::{Request, Values, add_value_flags, apply, change_object, changes_text, gather, without_secrets};
use crate::commands::branch::{Branch, text};
use crate::commands::command::Verb;
use crate::context::Context;
use crate::failure::{Exit, Failure};
use crate::input::{parse_body, parse_id};
use crate::json::Object;
use crate::output::{CommandOutput, to_yaml};
use crate::profile::write_private;
use crate::redact::refuse_tokens;
use crate::tables::write_flags;

/// `update`
pub(crate) const UPDATE: Verb = Verb {
    name: "update",
    about: "Update a record of {}: show the changes, and preserve all other properties",
    exists: can_update,
    build: |command, table| {
        let flags = write_flags(table, Operation::Update);
        let command = add_value_flags(command.arg(id_argument()), table, &flags, Operation::Update);
        Branch { command, flags }
    },
    run: |context, table, matches| Box::pin(run(context, table, matches)),
};

/// `edit`
pub(crate) const EDIT: Verb = Verb {
    name: "edit",
    about: "Update a record of {} in $EDITOR",
    exists: can_update,
    build: |command, _| Branch::plain(command.arg(id_argument())),
    run: |context, table, matches| Box::pin(edit(context, table, matches)),
};

fn can_update(table: &EntityTable) -> bool {
    table.allows(Operation::Update) && table.allows(Operation::Get)
}

fn id_argument() -> Arg {
    Arg::new("record-id").value_name("ID").required(true).help("The id of the record")
}

fn id_of(matches: &ArgMatches) -> Result<i64, Failure> {
    parse_id(text(matches, "record-id").unwrap_or_default())
}

async fn run(context: &Context, table: &'static EntityTable, matches: &ArgMatches) -> Result<(), Failure> {
    let id = id_of(matches)?;
    let values = gather(context, table, &write_flags(table, Operation::Update), matches)?;
    if values.is_empty() {
        return Err(Failure::usage("nothing to change: give a property, such as --set NAME=VALUE"));
    }
    let record = context.records(table).await?.get(id).await?;
    change(context, table, id, record, &values).await
}

/// Sets the values, shows what differs, asks, and writes the record back whole.
async fn change(
    context: &Context,
    table: &'static EntityTable,
    id: i64,
    mut record: AnyFull,
    values: &Values,
) -> Result<(), Failure> {
    if values.iter().any(|(name, value)| name == "Id" && value.plain() != id.to_string()) {
        let title = title(table, id);
        return Err(Failure::usage(format!("the Id of {title} can't be changed: it would overwrite another record")));
    }
    apply(&mut *record, values)?;
    let changes = record.changes();
    let redactor = context.redactor()?;
    let objects: Vec<Object> =
        changes.iter().map(|change| redactor.change(table, &change_object(table, change))).collect();
    if changes.is_empty() {
        context.note(&format!("{} has these values already; nothing was sent", title(table, id)));
        let record = redactor.record(table, &object_of(&*record)?);
        return context.answer(&CommandOutput::Record(record), format!("{} is unchanged", title(table, id)));
    }
    if context.globals.dry_run {
        context.note(&changes_text(&changes));
        let body = record.body().map_err(|error| Failure::new(Exit::Failure, error.to_string()))?;
        let body = Object::parse(&String::from_utf8_lossy(&body))
            .map_err(|error| Failure::new(Exit::Failure, error.to_string()))?;
        let body = Some(redactor.record(table, &without_secrets(table, body)));
        return Request { method: "PUT", path: table.path(), body }.show(context, objects).await;
    }
    if context.prompt().may_ask() && !context.globals.yes {
        context.note(&format!("{}:\n{}", title(table, id), changes_text(&changes)));
        context.confirm("Write this?")?;
    }
    let updated = context.writing(context.records(table).await?.replace(&record)).await?;
    let summary = format!(
        "Updated {}: {}",
        title(table, id),
        crate::terminal::counted(updated.changes.len(), "property", "properties")
    );
    if context.format() == crate::output::Format::Table {
        let text = format!("{}\n{}", title(table, id), changes_text(&updated.changes));
        return context.answer(&CommandOutput::Text(text, crate::json::Raw::null()), summary);
    }
    let record = redactor.record(table, &object_of(&*record)?);
    context.answer(&CommandOutput::Record(record), summary)
}

/// The record as text to be edited: what an update may write.
fn editable(table: &'static EntityTable, record: &Object) -> Object {
    let may_write = |name: &str| {
        let field = table.position(name).and_then(|at| table.field(at));
        field.is_some_and(|field| field.is_updatable() && !field.is_write_only())
    };
    Object(record.0.iter().filter(|(name, _)| may_write(name)).cloned().collect())
}

async fn edit(context: &Context, table: &'static EntityTable, matches: &ArgMatches) -> Result<(), Failure> {
    let id = id_of(matches)?;
    let record = context.records(table).await?.get(id).await?;
    let before = editable(table, &object_of(&*record)?);
    let heading = format!("# {}: save your changes to continue; quit without changes to cancel.\n", title(table, id));
    let text = format!("{heading}{}", to_yaml(&before.to_raw()));
    let path = context.home()?.path().join(format!("edit-{}-{id}-{:08x}.yaml", table.plural, fastrand::u32(..)));
    write_private(&path, &text)?;
    let result = edited(&path, &before).await;
    let kept = |failure: Failure| {
        match std::fs::read_to_string(&path) {
            // There is something to keep.
            Ok(now) if !now.trim().is_empty() && now != text => {}
            _ => {
                std::fs::remove_file(&path).ok();
                return failure;
            }
        }
        failure.hint(format!("What you wrote is in {}.", path.display()))
    };
    let values = result.map_err(kept)?;
    let done = if values.is_empty() {
        context.note("nothing was changed");
        Ok(())
    } else {
        change(context, table, id, record, &values).await
    };
    match done {
        Ok(()) => {
            std::fs::remove_file(&path).ok();
            Ok(())
        }
        Err(failure) => Err(if failure.hint.is_none() { kept(failure) } else { failure }),
    }
}

/// Opens the editor and gives what was changed.
async fn edited(path: &std::path::Path, before: &Object) -> Result<Values, Failure> {
    let named = |name: &str| std::env::var(name).ok().filter(|editor| !editor.trim().is_empty());
    let editor = named("VISUAL").or_else(|| named("EDITOR")).unwrap_or_else(|| "vi".to_owned());
    let mut words = shlex::split(&editor).unwrap_or_default().into_iter();
    let program = words.next().ok_or_else(|| Failure::usage(format!("EDITOR is not a command: {editor}")))?;
    let mut command = tokio::process::Command::new(&program);
    command.args(words).arg(path).stdin(Stdio::inherit()).stdout(Stdio::inherit()).kill_on_drop(true);
    let status = command.status().await.map_err(|error| Failure::usage(format!("can't run {program}: {error}")))?;
    if !status.success() {
        return Err(Failure::new(Exit::Declined, format!("{program} ended with {status}; nothing was done")));
    }
    let text = crate::input::read_source(&path.to_string_lossy())?;
    let after = parse_body(&text, "the edited text")?;
    // An editor that failed may leave nothing. That is no wish to empty each property.
    if after.0.is_empty() && !before.0.is_empty() {
        return Err(Failure::new(Exit::Declined, "the edited text has no properties; nothing was done"));
    }
    refuse_tokens(&after)?;
    let is_changed = |(name, value): &&(String, crate::json::Raw)| {
        before.get(name).is_none_or(|before| before.plain() != value.plain() || before.is_null() != value.is_null())
    };
    let mut values: Values = after.0.iter().filter(is_changed).cloned().collect();
    // A line that was taken out empties the property.
    for (name, value) in &before.0 {
        if after.get(name).is_none() && !value.is_null() {
            values.push((name.clone(), crate::json::Raw::null()));
        }
    }
    Ok(values)
}
