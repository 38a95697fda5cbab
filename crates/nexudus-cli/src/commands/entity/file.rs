//! `nexudus <entity> file ID [NAME]`

use std::io::Write as _;

use clap::{Arg, ArgMatches};
use nexudus_client::model::core::EntityTable;

use super::records::title;
use crate::commands::branch::{Branch, text, value};
use crate::commands::command::Verb;
use crate::context::Context;
use crate::failure::{Exit, Failure};
use crate::input::parse_id;
use crate::json::{Object, Raw};
use crate::output::CommandOutput;
use crate::tables::{squash, suggest};

/// `file`
pub(crate) const VERB: Verb = Verb {
    name: "file",
    about: "Download a file of a record of {}",
    exists: |table| !table.files.is_empty(),
    build: |command, table| {
        let names: Vec<_> = table.files.iter().map(|file| file.name).collect();
        Branch::plain(
            command
                .arg(Arg::new("record-id").value_name("ID").required(true).help("The id of the record"))
                .arg(Arg::new("name").value_name("NAME").help(format!("Which file: {}", names.join(", "))))
                .arg(value("to", "FILE", "Write it to this file instead of standard output")),
        )
    },
    run: |context, table, matches| Box::pin(run(context, table, matches)),
};

async fn run(context: &Context, table: &'static EntityTable, matches: &ArgMatches) -> Result<(), Failure> {
    let id = parse_id(text(matches, "record-id").unwrap_or_default())?;
    let names = || table.files.iter().map(|file| file.name);
    let file = match text(matches, "name") {
        Some(typed) => table.files.iter().find(|file| squash(file.name) == squash(typed)).ok_or_else(|| {
            let near = suggest(typed, names());
            let known = if near.is_empty() { names().collect() } else { near };
            Failure::usage(format!("{} has no file {typed:?}", table.name))
                .hint(format!("There is {}.", known.join(", ")))
        })?,
        None => match table.files {
            [file] => file,
            _ => {
                let known: Vec<_> = names().collect();
                return Err(Failure::usage(format!("which file? There is {}.", known.join(", "))));
            }
        },
    };
    let to = text(matches, "to");
    if to.is_none() && (context.terminal.output || context.format().is_json()) {
        return Err(Failure::usage("the file is binary: give --to FILE, or redirect standard output"));
    }
    let download = context.records(table).await?.file(file, id).await?;
    let Some(mut download) = download else {
        return Err(Failure::new(Exit::NotFound, format!("{} has no file {}", title(table, id), file.name)));
    };
    let kind = download.content_type().map(str::to_owned);
    let failed = |error: std::io::Error| Failure::usage(format!("can't write {}: {error}", to.unwrap_or("the file")));
    let Some(to) = to else {
        let mut out = std::io::stdout().lock();
        while let Some(chunk) = download.chunk().await? {
            out.write_all(&chunk)?;
        }
        out.flush()?;
        return Ok(());
    };
    // Under a name of its own until it is whole.
    let part = format!("{to}.part");
    let mut out = std::fs::File::create(&part).map_err(failed)?;
    let mut length = 0_u64;
    let written = async {
        while let Some(chunk) = download.chunk().await? {
            out.write_all(&chunk).map_err(failed)?;
            length = length.saturating_add(chunk.len() as u64);
        }
        std::fs::rename(&part, to).map_err(failed)
    };
    if let Err(failure) = written.await {
        std::fs::remove_file(&part).ok();
        return Err(failure);
    }
    let mut row = Object::default();
    row.set("File", Raw::string(to));
    row.set("Bytes", Raw::from(length));
    row.set("Type", kind.as_deref().map_or_else(Raw::null, Raw::string));
    context.answer(&CommandOutput::Record(row), format!("Saved {} of {}", file.name, title(table, id)))
}
