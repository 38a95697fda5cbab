//! Comma-separated values.
//!
//! A spreadsheet runs a cell that begins with `=`, `+`, `-` or `@`. A text cell of that kind gets a quote in front,
//! which `import` takes away again; a number never does.

use std::borrow::Cow;
use std::io::Write;

use super::style::{CsvStyle, Out, Style};
use crate::failure::{Exit, Failure};
use crate::json::{Object, Raw};
use crate::terminal::visible;

/// What a formula begins with. Some spreadsheets take the wide forms of East Asian text for the narrow ones.
const RUN: [char; 11] = ['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠'];

/// Whether a text would be run by a spreadsheet, or looks as if it had been protected already.
fn is_run(text: &str) -> bool {
    text.trim_start_matches('\'').starts_with(RUN)
}

/// The text of a cell.
fn protect(value: &Raw, raw: bool, is_shown: bool) -> String {
    // On a terminal, no text is obeyed.
    let text = value.plain();
    let text = if is_shown { Cow::Owned(visible(&text).into_owned()) } else { text };
    if !raw && value.is_string() && is_run(&text) { format!("'{text}") } else { text.into_owned() }
}

/// The text that a protected cell stands for.
pub(crate) fn unprotect(cell: &str) -> &str {
    match cell.strip_prefix('\'') {
        Some(rest) if is_run(rest) => rest,
        _ => cell,
    }
}

fn wrong(error: csv::Error) -> Failure {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => error.into(),
        error => Failure::new(Exit::Failure, format!("can't write CSV: {error:?}")),
    }
}

/// The rows of a list.
pub(super) struct Rows {
    columns: Vec<String>,
    style: CsvStyle,
    is_shown: bool,
}

impl Rows {
    pub(super) fn new(out: &mut Out, columns: Vec<String>, style: &Style) -> Result<Self, Failure> {
        if style.csv.bom {
            out.write_all("\u{feff}".as_bytes())?;
        }
        let rows = Self { columns, style: style.csv, is_shown: style.terminal.output };
        if !style.no_header {
            rows.write(out, rows.columns.iter().cloned())?;
        }
        Ok(rows)
    }

    pub(super) fn row(&self, out: &mut Out, record: &Object) -> Result<(), Failure> {
        let cells = self.columns.iter().map(|column| {
            record.get(column).map(|value| protect(value, self.style.raw, self.is_shown)).unwrap_or_default()
        });
        self.write(out, cells)
    }

    fn write(&self, out: &mut Out, cells: impl Iterator<Item = String>) -> Result<(), Failure> {
        let mut builder = csv::WriterBuilder::new();
        let mut writer = builder.delimiter(self.style.delimiter).terminator(csv::Terminator::CRLF).from_writer(out);
        writer.write_record(cells).map_err(wrong)?;
        writer.flush()?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_spreadsheet_would_run_comes_back_exactly() {
        for text in
            ["=1+1", "+a", "-a", "@a", "'=1", "''=1", "'a", "a", "", "'", "\t=1", "-5", "\r", "'\n", "＝1", "＠a"]
        {
            let cell = protect(&Raw::string(text), false, false);
            assert!(!cell.starts_with(RUN), "{cell}");
            assert_eq!(unprotect(&cell), text);
        }
        assert_eq!(protect(&Raw::from(-5_i64), false, false), "-5");
        assert_eq!(protect(&Raw::string("=1"), true, false), "=1");
    }

    #[test]
    fn delimiters() {
        assert_eq!(CsvStyle::parse_delimiter(";").unwrap(), b';');
        assert_eq!(CsvStyle::parse_delimiter("tab").unwrap(), b'\t');
        for text in ["", ";;", "\"", "a", "é"] {
            CsvStyle::parse_delimiter(text).unwrap_err();
        }
    }
}
