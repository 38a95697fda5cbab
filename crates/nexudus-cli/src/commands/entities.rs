//! `nexudus entities [WORDS]`

use clap::{Arg, ArgAction, ArgMatches};
use nexudus_client::model;
use nexudus_client::model::core::EntityTable;

use super::branch::{CommandFuture, texts};
use super::command::Command;
use crate::context::Context;
use crate::failure::Failure;
use crate::json::{Object, Raw};
use crate::output::CommandOutput;

/// `entities`
pub(crate) const COMMAND: Command = Command {
    name: "entities",
    about: "List the entities of the service, or those that match some words",
    build: |command| {
        let words = Arg::new("words").value_name("WORD").action(ArgAction::Append).num_args(0..);
        command.arg(words.help("Only entities whose name or description contains all of these"))
    },
    run,
};

fn run<'a>(context: &'a Context, matches: &'a ArgMatches) -> CommandFuture<'a> {
    Box::pin(async move {
        let words: Vec<String> = texts(matches, "words").into_iter().map(str::to_lowercase).collect();
        let holds = |table: &EntityTable| {
            let text = format!("{} {} {} {}", table.name, table.plural, table.section, table.doc).to_lowercase();
            words.iter().all(|word| text.contains(word.as_str()))
        };
        let found = model::tables().iter().filter(|table| holds(table));
        let rows: Vec<_> = found.map(|table| row(table)).collect();
        let columns = ["Entity", "Section", "Operations", "Description"].map(str::to_owned).to_vec();
        let summary = crate::terminal::counted(rows.len(), "entity", "entities");
        if rows.is_empty() {
            return Err(Failure::new(crate::failure::Exit::NotFound, "no entity matches these words"));
        }
        context.answer(&CommandOutput::Rows(columns, rows), summary)
    })
}

fn row(table: &EntityTable) -> Object {
    let mut operations: Vec<_> = table.operations.iter().map(|operation| operation.name()).collect();
    if table.commands {
        operations.push("commands");
    }
    let mut row = Object::default();
    row.set("Entity", Raw::string(table.plural));
    row.set("Name", Raw::string(table.name));
    row.set("Section", Raw::string(table.section));
    row.set("Operations", Raw::string(&operations.join(" ")));
    row.set("Description", Raw::string(table.doc));
    row
}
