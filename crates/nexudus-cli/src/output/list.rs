//! A list that is printed while it comes in.

use std::io::{self, Write};

use super::envelope::Envelope;
use super::format::Format;
use super::style::{Out, Style, escape_line};
use super::yaml::to_yaml;
use super::{csv, markdown, table};
use crate::failure::Failure;
use crate::json::{Object, Raw};
use crate::terminal::escape_json;

/// A list that is printed while it comes in.
pub(crate) struct List {
    style: Style,
    envelope: Envelope,
    columns: Vec<String>,
    out: Out,
    state: WriterState,
    count: u64,
}

enum WriterState {
    /// Nothing was printed.
    Start,
    /// Held back until all is there: what `jq` sees.
    Gathered(Vec<Raw>),
    /// JSON with its first record printed.
    Json,
    /// A table whose first records are held back, for the widths.
    Table(table::Rows),
    Csv(Box<csv::Rows>),
    /// A format without a state of its own, its header printed.
    Plain,
}

/// Records that a table looks at to find the widths of its columns.
const LOOKAHEAD: usize = 250;

impl List {
    /// A list of records with these columns.
    pub(crate) fn new(columns: Vec<String>, envelope: Envelope, style: Style) -> Self {
        let state = if style.jq.is_some() { WriterState::Gathered(Vec::new()) } else { WriterState::Start };
        Self { style, envelope, columns, out: Out::new(), state, count: 0 }
    }

    /// The number of records that were printed.
    pub(crate) fn count(&self) -> u64 {
        self.count
    }

    /// What the list says of itself, to be filled in before it ends.
    pub(crate) fn envelope_mut(&mut self) -> &mut Envelope {
        &mut self.envelope
    }

    fn start(&mut self) -> Result<(), Failure> {
        if !matches!(self.state, WriterState::Start) {
            return Ok(());
        }
        self.state = match self.style.format {
            Format::Json | Format::Agent => {
                write!(self.out, "{}", self.envelope.head())?;
                WriterState::Json
            }
            Format::Table => WriterState::Table(table::Rows::new(&self.columns, &self.style)),
            Format::Csv => {
                WriterState::Csv(Box::new(csv::Rows::new(&mut self.out, self.columns.clone(), &self.style)?))
            }
            Format::Markdown => {
                markdown::header(&mut self.out, &self.columns)?;
                WriterState::Plain
            }
            Format::JsonLines | Format::JsonSchema | Format::Yaml => WriterState::Plain,
        };
        Ok(())
    }

    /// Prints a record, or holds it back for a moment.
    pub(crate) fn add(&mut self, record: &Object) -> Result<(), Failure> {
        self.start()?;
        self.count += 1;
        let terminal = &self.style.terminal;
        match &mut self.state {
            WriterState::Start => {}
            WriterState::Gathered(records) => records.push(record.to_raw()),
            WriterState::Json => {
                let comma = if self.count > 1 { "," } else { "" };
                let record = record.to_raw();
                if terminal.output {
                    let text = escape_json(&record.pretty()).replace('\n', "\n    ");
                    write!(self.out, "{comma}\n    {text}")?;
                } else {
                    write!(self.out, "{comma}\n{}", record.text())?;
                }
            }
            WriterState::Table(rows) => {
                rows.add(record, &self.columns);
                if rows.held() >= LOOKAHEAD {
                    rows.print(&mut self.out)?;
                }
            }
            WriterState::Csv(rows) => rows.row(&mut self.out, record)?,
            WriterState::Plain => match self.style.format {
                Format::Markdown => markdown::row(&mut self.out, &self.columns, record)?,
                Format::Yaml => out_item(&mut self.out, record)?,
                _ => writeln!(self.out, "{}", escape_line(terminal, record.to_raw().text()))?,
            },
        }
        Ok(())
    }

    /// Shows what was held back so far: to be called when the next record may be long in coming.
    pub(crate) fn flush(&mut self) -> Result<(), Failure> {
        if let WriterState::Table(rows) = &mut self.state
            && rows.held() > 0
        {
            rows.print(&mut self.out)?;
        }
        self.out.flush()?;
        Ok(())
    }

    /// Ends the list. With a failure, what was printed so far stays well-formed and says that it is not all.
    pub(crate) fn finish(mut self, failure: Option<&Failure>) -> Result<(), Failure> {
        if failure.is_some() && self.count == 0 {
            return Ok(());
        }
        self.start()?;
        match self.state {
            WriterState::Gathered(records) => {
                if failure.is_none()
                    && let Some(filter) = &self.style.jq
                {
                    let data = Raw::array(records);
                    filter.print(&data, &mut self.out, self.style.raw_strings, &self.style.terminal)?;
                }
            }
            WriterState::Json => {
                let end = if self.count > 0 { "\n" } else { "" };
                let indent = if self.count > 0 && self.style.terminal.output { "  " } else { "" };
                write!(self.out, "{end}{indent}{}", self.envelope.tail(failure, &self.style.terminal))?;
            }
            WriterState::Table(mut rows) => rows.finish(&mut self.out)?,
            WriterState::Plain if self.style.format == Format::Yaml && self.count == 0 => {
                self.out.write_all(b"[]\n")?;
            }
            WriterState::Csv(_) | WriterState::Plain | WriterState::Start => {}
        }
        self.out.flush()?;
        Ok(())
    }
}

/// A record as an item of a YAML list.
fn out_item(out: &mut Out, record: &Object) -> io::Result<()> {
    let text = to_yaml(&record.to_raw());
    for (number, line) in text.lines().enumerate() {
        writeln!(out, "{}{line}", if number == 0 { "- " } else { "  " })?;
    }
    Ok(())
}
