//! The rows of a file: CSV with a header, or JSON, an object a line.

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::rc::Rc;

use nexudus_client::model::core::{EntityTable, Field, Kind};

use crate::commands::entity::records::property_named;
use crate::failure::Failure;
use crate::input::typed;
use crate::json::{Object, Raw};
use crate::output::unprotect;
use crate::records::misspelt;

/// The longest line of JSON, in bytes.
const LONGEST_LINE: u64 = 16 * 1024 * 1024;

/// How CSV is read.
#[derive(Clone, Copy, Debug)]
pub(super) struct Options {
    pub(super) delimiter: u8,
    pub(super) raw: bool,
    pub(super) clear_empty: bool,
}

/// A value of a row.
#[derive(Clone, Debug)]
pub(super) enum Cell {
    /// A text of CSV: what it means depends on the property, and on what the record holds.
    Text(String),
    /// A value of JSON.
    Json(Raw),
}

/// A row of a file.
#[derive(Clone, Debug)]
pub(super) struct Row {
    /// Its number, counted from 1, the header of CSV left out.
    pub(super) number: u64,
    /// Its values, by the properties' names on the wire.
    pub(super) cells: Vec<(&'static str, Cell)>,
    /// Properties of JSON that the tables do not know.
    pub(super) unknown: Vec<(String, Raw)>,
    /// A fingerprint of what the row says.
    pub(super) fingerprint: String,
}

/// The rows of a file, one after the other.
pub(super) type Rows = Box<dyn Iterator<Item = Result<Row, Failure>>>;

impl Cell {
    /// Whether this is what the record holds, as `list` prints it.
    pub(super) fn is(&self, value: &Raw) -> bool {
        match self {
            Self::Text(text) => *text == value.plain(),
            Self::Json(json) => json == value || json.is_null() && value.is_null(),
        }
    }

    /// Whether there is nothing in it: what a summary holds in the place of what it leaves out.
    pub(super) fn is_empty(&self) -> bool {
        match self {
            Self::Text(text) => matches!(text.as_str(), "" | "[]" | "{}" | "false" | "0"),
            Self::Json(json) => matches!(json.text(), "null" | "\"\"" | "[]" | "{}" | "false" | "0"),
        }
    }

    /// The value for a property; `None` for an empty cell of CSV, which leaves the property as it is.
    pub(super) fn value(&self, field: &Field, options: Options) -> Result<Option<Raw>, String> {
        match self {
            Self::Json(json) => Ok(Some(json.clone())),
            Self::Text(text) if text.is_empty() => Ok(options.clear_empty.then(Raw::null)),
            Self::Text(text) => {
                let kind = if matches!(field.kind, Kind::Text) && text.is_empty() { Kind::Json } else { field.kind };
                typed(kind, text).map(Some)
            }
        }
    }

    /// The text of an id or a `SystemId`.
    pub(super) fn text(&self) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::Json(json) => json.plain().into_owned(),
        }
    }
}

impl Row {
    /// A value by its property.
    pub(super) fn get(&self, property: &str) -> Option<&Cell> {
        self.cells.iter().find(|(name, _)| *name == property).map(|(_, cell)| cell)
    }
}

/// Opens a file, or standard input for `-`.
pub(super) fn open(table: &'static EntityTable, path: &str, options: Options) -> Result<Rows, Failure> {
    let failed = |error: std::io::Error| Failure::usage(format!("can't read {path}: {error}"));
    let source: Box<dyn Read> =
        if path == "-" { Box::new(std::io::stdin()) } else { Box::new(File::open(path).map_err(failed)?) };
    let mut source = BufReader::with_capacity(64 * 1024, source);
    let start = source.fill_buf().map_err(failed)?;
    let start = start.strip_prefix("\u{feff}".as_bytes()).unwrap_or(start);
    let first = start.iter().find(|byte| !byte.is_ascii_whitespace());
    if first == Some(&b'[') {
        return Err(Failure::usage(format!("{path}: a JSON list is not read; write an object a line"))
            .hint("`--output jsonl` and `jq -c '.[]'` do."));
    }
    if first == Some(&b'{') { Ok(json_rows(table, source)) } else { csv_rows(table, source, options) }
}

fn csv_rows(table: &'static EntityTable, source: impl BufRead + 'static, options: Options) -> Result<Rows, Failure> {
    let wrong = |error: &csv::Error| Failure::usage(format!("not valid CSV: {error}"));
    let quotes = Rc::new(std::cell::Cell::new(Quotes::default()));
    let source = Watched { source, quotes: Rc::clone(&quotes), delimiter: options.delimiter };
    let mut reader = csv::ReaderBuilder::new().delimiter(options.delimiter).from_reader(source);
    let headers = reader.headers().map_err(|error| wrong(&error))?.clone();
    let mut columns = Vec::new();
    for name in &headers {
        let name = name.trim_start_matches('\u{feff}').trim();
        let property = property_named(table, name)?;
        if columns.contains(&property) {
            return Err(Failure::usage(format!("the column {property} occurs twice")));
        }
        columns.push(property);
    }
    let rows = (1..).zip(reader.into_records()).map(move |(number, record)| {
        let record = record.map_err(|error| Failure::usage(format!("row {number}: {error}")))?;
        // The reader takes what is left of a file for the cell whose quote is not closed. The cells before it are whole.
        if quotes.get() == (Quotes::Ended { inside: true }) {
            return Err(Failure::usage(format!("row {number}, or one before it: a quote is not closed")));
        }
        let plain = |cell: &str| if options.raw { cell.to_owned() } else { unprotect(cell).to_owned() };
        let cells: Vec<_> = columns.iter().zip(&record).map(|(name, cell)| (*name, Cell::Text(plain(cell)))).collect();
        let fingerprint = fingerprint(record.iter());
        Ok(Row { number, cells, unknown: Vec::new(), fingerprint })
    });
    Ok(Box::new(rows))
}

/// Where in a CSV file the reader is, as far as quotes go.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Quotes {
    /// Before a cell.
    #[default]
    Before,
    /// In a cell without quotes.
    Plain,
    /// In a cell with quotes.
    Quoted,
    /// Behind a quote in a cell with quotes: it ends there, or the quote is one of two.
    Closed,
    /// Behind the end of the file.
    Ended { inside: bool },
}

/// A CSV file on its way to the reader, which does not say whether the last quote is closed.
struct Watched<R> {
    source: R,
    quotes: Rc<std::cell::Cell<Quotes>>,
    delimiter: u8,
}

impl<R: Read> Read for Watched<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let read = self.source.read(buffer)?;
        let mut now = self.quotes.get();
        if read == 0 && !buffer.is_empty() {
            now = Quotes::Ended { inside: now == Quotes::Quoted };
        }
        for byte in buffer.iter().take(read) {
            now = match (now, *byte) {
                (Quotes::Quoted, b'"') => Quotes::Closed,
                (Quotes::Quoted, _) | (Quotes::Before | Quotes::Closed, b'"') => Quotes::Quoted,
                (_, b'\r' | b'\n') => Quotes::Before,
                (_, byte) if byte == self.delimiter => Quotes::Before,
                // A byte order mark is no part of the cell.
                (Quotes::Before, 0xef | 0xbb | 0xbf) => Quotes::Before,
                _ => Quotes::Plain,
            };
        }
        self.quotes.set(now);
        Ok(read)
    }
}

fn json_rows(table: &'static EntityTable, source: impl BufRead + 'static) -> Rows {
    let mut source = source;
    let mut number = 0;
    Box::new(std::iter::from_fn(move || {
        loop {
            let mut line = Vec::new();
            let read = source.by_ref().take(LONGEST_LINE).read_until(b'\n', &mut line);
            let row = number + 1;
            let wrong = |what: String| Failure::usage(format!("row {row}: {what}"));
            match read {
                Ok(0) => return None,
                Ok(read) if read as u64 == LONGEST_LINE => return Some(Err(wrong("the line is too long".to_owned()))),
                Ok(_) => {}
                Err(error) => return Some(Err(wrong(error.to_string()))),
            }
            let Ok(text) = std::str::from_utf8(&line) else { return Some(Err(wrong("not valid UTF-8".to_owned()))) };
            let text = text.trim_start_matches('\u{feff}').trim();
            if text.is_empty() {
                continue;
            }
            let object = match Object::parse_input(text) {
                Ok(object) => object,
                Err(error) => return Some(Err(wrong(error))),
            };
            number += 1;
            let (mut cells, mut unknown) = (Vec::new(), Vec::new());
            for (name, value) in object.0 {
                if let Some(field) = table.position(&name).and_then(|at| table.field(at)) {
                    cells.push((field.name, Cell::Json(value)));
                } else if let Some(what) = misspelt(table, &name) {
                    return Some(Err(wrong(what)));
                } else {
                    unknown.push((name, value));
                }
            }
            return Some(Ok(Row { number, cells, unknown, fingerprint: fingerprint(std::iter::once(text)) }));
        }
    }))
}

fn fingerprint<'a>(texts: impl Iterator<Item = &'a str>) -> String {
    use sha2::Digest as _;
    let mut hash = sha2::Sha256::new();
    for text in texts {
        hash.update(text.len().to_le_bytes());
        hash.update(text);
    }
    hash.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}
