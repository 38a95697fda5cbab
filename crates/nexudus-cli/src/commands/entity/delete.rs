//! `nexudus <entity> delete ID...`

use clap::{Arg, ArgAction, ArgMatches};
use nexudus_client::model::core::{EntityTable, Operation};

use super::records::title;
use super::write::{Request, ids_flag};
use crate::commands::branch::{Branch, text, texts};
use crate::commands::command::Verb;
use crate::context::{Context, InterruptKey};
use crate::failure::{Exit, Failure};
use crate::input::{parse_id, read_ids, read_source};
use crate::json::{Object, Raw};
use crate::output::CommandOutput;

/// `delete`
pub(crate) const VERB: Verb = Verb {
    name: "delete",
    about: "Delete {} by id",
    exists: |table| table.allows(Operation::Delete),
    build: |command, _| {
        let ids = Arg::new("id").value_name("ID").action(ArgAction::Append).num_args(0..);
        let ids = ids.help("The ids of the records; - reads them from standard input");
        Branch::plain(command.arg(ids).arg(ids_flag()))
    },
    run: |context, table, matches| Box::pin(run(context, table, matches)),
};

async fn run(context: &Context, table: &'static EntityTable, matches: &ArgMatches) -> Result<(), Failure> {
    let mut ids = Vec::new();
    for word in texts(matches, "id").into_iter().flat_map(|word| word.split(',')) {
        match word {
            "-" => ids.extend(read_ids(&read_source("-")?)?),
            word => ids.push(parse_id(word)?),
        }
    }
    if let Some(path) = text(matches, "ids") {
        ids.extend(read_ids(&read_source(path)?)?);
    }
    let mut seen = std::collections::HashSet::new();
    ids.retain(|id| seen.insert(*id));
    if ids.is_empty() {
        return Err(Failure::usage("nothing to delete: give the ids of the records"));
    }
    let path = |id: i64| format!("{}/{id}", table.path());
    if context.globals.dry_run {
        if let [id] = ids.as_slice() {
            return Request { method: "DELETE", path: path(*id), body: None }.show(context, Vec::new()).await;
        }
        let base = context.client().await?.base_url().to_owned();
        let lines: Vec<_> = ids.iter().map(|id| format!("DELETE {base}/{}", path(*id))).collect();
        let data = Raw::array(lines.iter().map(|line| Raw::string(line)));
        return context.answer(&CommandOutput::Text(lines.join("\n"), data), "Nothing was sent: this is a dry run");
    }
    let records = context.records(table).await?;
    let question = match ids.as_slice() {
        [id] => format!("Delete {}?", title(table, *id)),
        ids => format!("Delete {} records of {}, from {} to {}?", ids.len(), table.name, ids[0], ids[ids.len() - 1]),
    };
    context.confirm(&question)?;
    let progress = context.progress("deleted");
    let mut key = InterruptKey::new();
    let mut outcomes = Vec::new();
    let mut failures = Vec::new();
    for (done, id) in (1..).zip(&ids) {
        let delete = context.writing(records.delete(*id));
        let outcome = key.or(delete, || format!("{} was deleted", title(table, *id))).await;
        progress.set(done, u64::try_from(ids.len()).ok());
        let mut row = Object(vec![("Id".to_owned(), Raw::from(*id))]);
        match outcome {
            Ok(()) => row.set("Outcome", Raw::string("deleted")),
            Err(failure) => {
                let is_unknown = matches!(failure.exit, Exit::OutcomeUnknown | Exit::Interrupted);
                row.set("Outcome", Raw::string(if is_unknown { "unknown" } else { "not deleted" }));
                row.set("Message", Raw::string(&failure.message));
                let stops = !matches!(failure.exit, Exit::NotFound | Exit::Validation);
                failures.push(failure);
                if stops {
                    outcomes.push(row);
                    break;
                }
            }
        }
        outcomes.push(row);
    }
    drop(progress);
    let deleted = outcomes.len() - failures.len();
    let left = ids.len() - outcomes.len();
    if let ([failure], true) = (failures.as_slice(), ids.len() == 1) {
        return Err(failure.clone());
    }
    let columns = ["Id", "Outcome", "Message"].map(str::to_owned).to_vec();
    let summary = match ids.as_slice() {
        [id] => format!("Deleted {}", title(table, *id)),
        _ => format!("Deleted {deleted} of {} records of {}", ids.len(), table.name),
    };
    let answer = if ids.len() == 1 {
        CommandOutput::Text(summary.clone(), outcomes[0].to_raw())
    } else {
        CommandOutput::Rows(columns, outcomes)
    };
    let Some(last) = failures.last() else { return context.answer(&answer, summary) };
    let exit = match last.exit {
        exit @ (Exit::OutcomeUnknown | Exit::Interrupted) => exit,
        _ if deleted > 0 => Exit::Partly,
        exit => exit,
    };
    let not_tried = if left > 0 { format!("; {left} were not attempted") } else { String::new() };
    let message = format!("{deleted} of {} were deleted{not_tried}: {}", ids.len(), last.message);
    let failure = Failure::new(exit, message);
    context.answer_failed(&answer, &failure)?;
    Err(failure)
}
