//! How an answer is printed, and what to.

use std::borrow::Cow;
use std::io::{self, BufWriter, Write};

use super::format::Format;
use super::jq::Filter;
use crate::failure::Failure;
use crate::json::{Object, Raw};
use crate::terminal::{Terminal, escape_json, visible};

/// How CSV is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct CsvStyle {
    /// What stands between two cells.
    pub(crate) delimiter: u8,
    /// Whether a byte-order mark stands in front, for spreadsheets that want one.
    pub(crate) bom: bool,
    /// Whether text cells are written as they are, without the quote.
    pub(crate) raw: bool,
}

impl Default for CsvStyle {
    fn default() -> Self {
        Self { delimiter: b',', bom: false, raw: false }
    }
}

impl CsvStyle {
    /// A delimiter as it is typed: one character, or `tab`.
    pub(crate) fn parse_delimiter(text: &str) -> Result<u8, Failure> {
        match text.as_bytes() {
            _ if matches!(text, "tab" | "\\t" | "\t") => Ok(b'\t'),
            [byte] if byte.is_ascii_punctuation() && *byte != b'"' => Ok(*byte),
            _ => Err(Failure::usage(format!("--delimiter {text}: give one character such as ; or tab"))),
        }
    }
}

/// How an answer is printed.
#[derive(Clone, Debug)]
pub(crate) struct Style {
    /// The form.
    pub(crate) format: Format,
    /// What it is printed to.
    pub(crate) terminal: Terminal,
    /// Whether the names of the columns are left out.
    pub(crate) no_header: bool,
    /// How CSV is written.
    pub(crate) csv: CsvStyle,
    /// What the JSON goes through.
    pub(crate) jq: Option<Filter>,
    /// Whether strings that `jq` gives are printed without quotes.
    pub(crate) raw_strings: bool,
}

impl Style {
    /// The style of a format without any options.
    pub(crate) fn plain(format: Format, terminal: Terminal) -> Self {
        Self { format, terminal, no_header: false, csv: CsvStyle::default(), jq: None, raw_strings: false }
    }
}

/// Standard output, buffered.
pub(crate) struct Out(BufWriter<io::Stdout>);

impl Out {
    /// Standard output.
    pub(crate) fn new() -> Self {
        Self(BufWriter::with_capacity(64 * 1024, io::stdout()))
    }
}

impl Default for Out {
    fn default() -> Self {
        Self::new()
    }
}

impl Write for Out {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

/// JSON for whoever reads it: over several lines and without control characters on a terminal, else as it came.
pub(super) fn json_text(terminal: &Terminal, raw: &Raw) -> String {
    if terminal.output { escape_json(&raw.pretty()).into_owned() } else { raw.text().to_owned() }
}

pub(super) fn escape_line<'a>(terminal: &Terminal, json: &'a str) -> Cow<'a, str> {
    if terminal.output { escape_json(json) } else { Cow::Borrowed(json) }
}

/// A cell of a table or of Markdown.
pub(super) fn cell(record: &Object, column: &str) -> String {
    record.get(column).map(|value| visible(&value.plain()).into_owned()).unwrap_or_default()
}
