//! Answers that are all there.

use std::io::{self, Write};

use super::envelope::Envelope;
use super::format::Format;
use super::list::List;
use super::style::{Out, Style, escape_line, json_text};
use super::yaml::to_yaml;
use super::{csv, markdown, table};
use crate::failure::Failure;
use crate::json::{Object, Raw};

/// What a command answers.
#[derive(Clone, Debug)]
pub(crate) enum CommandOutput {
    /// One record.
    Record(Object),
    /// Some records, and the columns that people want to see.
    Rows(Vec<String>, Vec<Object>),
    /// A text for people, and the same as data.
    Text(String, Raw),
}

/// Prints a whole answer; with a failure, what the command has to show although it failed.
pub(crate) fn print(
    answer: &CommandOutput,
    envelope: &Envelope,
    style: &Style,
    failure: Option<&Failure>,
) -> Result<(), Failure> {
    match answer {
        CommandOutput::Rows(columns, rows) => {
            let mut list = List::new(columns.clone(), envelope.clone(), style.clone());
            for row in rows {
                list.add(row)?;
            }
            list.finish(failure)
        }
        CommandOutput::Record(record) => print_one(&record.to_raw(), Some(record), None, &(envelope, failure), style),
        CommandOutput::Text(text, data) => print_one(data, None, Some(text), &(envelope, failure), style),
    }
}

fn print_one(
    data: &Raw,
    record: Option<&Object>,
    text: Option<&str>,
    (envelope, failure): &(&Envelope, Option<&Failure>),
    style: &Style,
) -> Result<(), Failure> {
    let mut out = Out::new();
    let terminal = &style.terminal;
    if let Some(filter) = &style.jq {
        filter.print(data, &mut out, style.raw_strings, terminal)?;
        out.flush()?;
        return Ok(());
    }
    match style.format {
        Format::Json | Format::Agent => writeln!(out, "{}", json_text(terminal, &envelope.whole(data, *failure)))?,
        Format::JsonSchema | Format::JsonLines => writeln!(out, "{}", escape_line(terminal, data.text()))?,
        Format::Yaml => out.write_all(to_yaml(data).as_bytes())?,
        Format::Csv => {
            let record = record.cloned().unwrap_or_else(|| Object(vec![("Value".to_owned(), data.clone())]));
            let columns: Vec<_> = record.0.iter().map(|(name, _)| name.clone()).collect();
            csv::Rows::new(&mut out, columns, style)?.row(&mut out, &record)?;
        }
        Format::Markdown | Format::Table => match (record, text) {
            (Some(record), _) if style.format == Format::Markdown => markdown::record(&mut out, record)?,
            (Some(record), _) => table::record(&mut out, record, terminal)?,
            (None, Some(text)) => print_text(&mut out, text)?,
            (None, None) => {}
        },
    }
    out.flush()?;
    Ok(())
}

/// A text of our own, whose values were made visible where it was put together.
fn print_text(out: &mut Out, text: &str) -> io::Result<()> {
    out.write_all(text.as_bytes())?;
    if !text.is_empty() && !text.ends_with('\n') {
        out.write_all(b"\n")?;
    }
    Ok(())
}
