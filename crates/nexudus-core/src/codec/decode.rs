//! Decoding of JSON text to records.
//!
//! One function, driven by the entity's table, decodes every record. A key is first compared with the next key of the
//! table, which is the order that the service usually writes. Unknown properties are kept as text.
//!
//! Only invalid JSON, or another value in the place of a record, is an error. The details of errors and reports are
//! computed only when they are needed.
//!
//! The number of records is limited, by the caller and by the length of the body, because a small body can contain
//! millions of records that are large once they are decoded.

use super::leniency::{Leniency, LeniencyKind};
use crate::facts::{EnumFormat, Field, Kind};
use crate::json::{DecodeError, ENDED, ErrorDetails, JsonRef, Raw, Scanner, Shape, SyntaxError, unescape};
use crate::record::{EntityTable, Origin, Received, Record, Rows, slot_of_mut};
use crate::table::EntityFacts;
use crate::value::{Reading, Slot, Spelling, Token};

/// Memory that the records of any body may take; more only in proportion to the body.
const FREE_MEMORY: usize = 8 << 20;
/// What records may take beyond that, in lengths of the body.
const LENGTHS_OF_BODY: usize = 2;
/// What a typed field takes in memory, about.
const FIELD_SIZE: usize = 24;

/// What a decoding has to remember.
pub(crate) struct Context {
    entity: &'static str,
    /// The position of the records in the body.
    path_of_record: RecordPath,
    leniencies: Option<Vec<Leniency>>,
    rows: usize,
    received: Received,
}

/// Where in the body a record stands.
#[derive(Clone, Copy)]
enum RecordPath {
    Root,
    Row(usize),
    Record(usize),
}

/// Why a decoding stops.
enum Stop {
    Syntax(SyntaxError),
    /// A value at a position of the body that is not what it must be.
    Value {
        at: usize,
        property: Option<&'static str>,
        expected: String,
        found: String,
    },
}

impl From<SyntaxError> for Stop {
    fn from(error: SyntaxError) -> Self {
        Self::Syntax(error)
    }
}

impl Context {
    fn of(entity: &'static str) -> Self {
        Self {
            entity,
            path_of_record: RecordPath::Root,
            leniencies: None,
            rows: usize::MAX,
            received: Received::default(),
        }
    }

    pub(crate) fn lenient(table: &EntityFacts) -> Self {
        Self::of(table.name)
    }

    pub(crate) fn strict(table: &EntityFacts) -> Self {
        Self { leniencies: Some(Vec::new()), ..Self::lenient(table) }
    }

    /// The same with at most so many records.
    pub(crate) fn at_most(self, rows: usize) -> Self {
        Self { rows, ..self }
    }

    pub(crate) fn into_leniencies(self) -> Vec<Leniency> {
        self.leniencies.unwrap_or_default()
    }

    fn path(&self, property: Option<&str>) -> String {
        let mut path = match self.path_of_record {
            RecordPath::Root => "$".to_owned(),
            RecordPath::Row(row) => format!("$[{row}]"),
            RecordPath::Record(row) => format!("$.Records[{row}]"),
        };
        if let Some(property) = property {
            path.push('.');
            path.push_str(property);
        }
        path
    }

    fn report(&mut self, property: &str, kind: impl FnOnce() -> LeniencyKind) {
        if self.leniencies.is_some() {
            let path = self.path(Some(property));
            let kind = kind();
            self.leniencies.get_or_insert_default().push(Leniency { path, kind });
        }
    }

    fn error(&self, text: &str, stop: Stop) -> DecodeError {
        let (at, property, expected, found) = match stop {
            Stop::Value { at, property, expected, found } => (at, property, expected, found),
            Stop::Syntax(error) => {
                let found = if error.reason == ENDED {
                    "the end of the body".to_owned()
                } else {
                    format!("something else ({})", error.reason)
                };
                (error.at, None, "JSON".to_owned(), found)
            }
        };
        let before = text.get(..at).unwrap_or(text);
        let line_start = before.rfind('\n').map_or(0, |end| end + 1);
        DecodeError(Box::new(ErrorDetails {
            entity: self.entity,
            property: property.map(str::to_owned),
            path: self.path(property),
            expected,
            found,
            line: before.bytes().filter(|byte| *byte == b'\n').count() + 1,
            column: before.get(line_start..).unwrap_or_default().chars().count() + 1,
        }))
    }
}

/// Reads a whole body. A byte-order mark before it is passed over.
fn parse<'a>(
    json: &'a [u8],
    context: &mut Context,
    read: impl FnOnce(&mut Scanner<'a>, &mut Context) -> Result<(), Stop>,
) -> Result<(), DecodeError> {
    let json = json.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(json);
    let (text, broken) = match std::str::from_utf8(json) {
        Ok(text) => (text, false),
        // What stands before the fault is read, so that the error says which record it is in.
        Err(error) => {
            let whole = json.get(..error.valid_up_to()).unwrap_or_default();
            (std::str::from_utf8(whole).unwrap_or_default(), true)
        }
    };
    let mut scanner = Scanner::new(text);
    let result = read(&mut scanner, context).and_then(|()| Ok(scanner.end()?));
    match result {
        Ok(()) if !broken => Ok(()),
        Err(stop) if !broken || !matches!(stop, Stop::Syntax(error) if error.at == text.len()) => {
            Err(context.error(text, stop))
        }
        _ => Err(context.error(text, SyntaxError { at: text.len(), reason: "bytes that are not UTF-8" }.into())),
    }
}

/// Decodes one record.
pub(crate) fn record(
    json: &[u8],
    record: &mut dyn Record,
    origin: Origin,
    context: &mut Context,
) -> Result<(), DecodeError> {
    parse(json, context, |scanner, context| read_record(scanner, record, origin, context))
}

/// A row of a list that is not an object, and so not a record.
pub(crate) type OtherRow<'a> = &'a mut dyn FnMut(usize, JsonRef<'_>);

/// Decodes the envelope of a list.
pub(crate) fn page(
    json: &[u8],
    rows: &mut Rows,
    info: &mut dyn Slotted,
    other: OtherRow<'_>,
    context: &mut Context,
) -> Result<(), DecodeError> {
    let length = json.len();
    parse(json, context, |scanner, context| {
        expect(scanner, Shape::Object, "a page of records")?;
        let mut found = false;
        let mut first = true;
        scanner.enter();
        while scanner.more(std::mem::take(&mut first), b'}')? {
            let key = scanner.key()?;
            let key = unescape(key.text, key.escaped).text;
            if key == "Records" {
                found = true;
                read_rows(scanner, rows, RecordPath::Record, Some(&mut *other), length, context)?;
                continue;
            }
            let value = scanner.value()?;
            if let Some(slot) = info.slot(&key) {
                slot.read(Token::of(value), EnumFormat::Number);
            }
        }
        if found {
            return Ok(());
        }
        Err(Stop::Value {
            at: scanner.position(),
            property: Some("Records"),
            expected: "an array of records".to_owned(),
            found: "nothing".to_owned(),
        })
    })
}

/// Decodes a bare array of records.
pub(crate) fn rows(json: &[u8], rows: &mut Rows, context: &mut Context) -> Result<(), DecodeError> {
    let length = json.len();
    parse(json, context, |scanner, context| read_rows(scanner, rows, RecordPath::Row, None, length, context))
}

/// A struct whose fields are slots with fixed names, such as an envelope.
pub(crate) trait Slotted {
    fn slot(&mut self, name: &str) -> Option<&mut dyn Slot>;
}

/// Decodes an object into named slots; keys without a slot are passed over, and what a slot can't hold is too.
pub(crate) fn object(json: &[u8], into: &mut dyn Slotted) -> Result<(), DecodeError> {
    parse(json, &mut Context::of(""), |scanner, _| {
        expect(scanner, Shape::Object, "an object")?;
        let mut first = true;
        scanner.enter();
        while scanner.more(std::mem::take(&mut first), b'}')? {
            let key = scanner.key()?;
            let value = scanner.value()?;
            if let Some(slot) = into.slot(&unescape(key.text, key.escaped).text) {
                slot.read(Token::of(value), EnumFormat::Number);
            }
        }
        Ok(())
    })
}

/// Fails unless the next value has this shape. A value of another shape is read, so that the error can show it.
fn expect(scanner: &mut Scanner<'_>, shape: Shape, expected: &str) -> Result<(), Stop> {
    let wanted = if shape == Shape::Object { b'{' } else { b'[' };
    if scanner.peek() == Some(wanted) {
        return Ok(());
    }
    let at = scanner.position();
    let found = Token::of(scanner.value()?).describe();
    Err(Stop::Value { at, property: None, expected: expected.to_owned(), found })
}

/// Adds the records of an array; null is an empty one.
fn read_rows(
    scanner: &mut Scanner<'_>,
    rows: &mut Rows,
    path: fn(usize) -> RecordPath,
    mut other: Option<OtherRow<'_>>,
    length: usize,
    context: &mut Context,
) -> Result<(), Stop> {
    if scanner.peek() == Some(b'n') {
        scanner.value()?;
        return Ok(());
    }
    expect(scanner, Shape::Array, "an array of records")?;
    let memory = FREE_MEMORY.saturating_add(length.saturating_mul(LENGTHS_OF_BODY));
    let most = context.rows.min(memory / (rows.table().field_count() * FIELD_SIZE));
    scanner.enter();
    for row in 0.. {
        if !scanner.more(row == 0, b']')? {
            break;
        }
        if row == most {
            let property = matches!(context.path_of_record, RecordPath::Record(_)).then_some("Records");
            context.path_of_record = RecordPath::Root;
            return Err(Stop::Value {
                at: scanner.position(),
                property,
                expected: format!("at most {most} records in a body of {length} bytes"),
                found: "more".to_owned(),
            });
        }
        context.path_of_record = path(row);
        match &mut other {
            Some(other) if scanner.peek() != Some(b'{') => other(row, JsonRef::trusted(scanner.value()?.text)),
            _ => {
                expect(scanner, Shape::Object, "an object")?;
                if let Some(record) = rows.add() {
                    read_record(scanner, record, Origin::Summary, context)?;
                }
            }
        }
    }
    context.path_of_record = RecordPath::Root;
    Ok(())
}

fn read_record(
    scanner: &mut Scanner<'_>,
    record: &mut dyn Record,
    origin: Origin,
    context: &mut Context,
) -> Result<(), Stop> {
    expect(scanner, Shape::Object, "an object")?;
    let table = record.describe();
    let result = read_properties(scanner, record, table, context);
    let extra = record.extra_mut();
    extra.set_origin(origin);
    extra.take_in(&mut context.received);
    result?;
    if context.leniencies.is_some() {
        for (at, field) in table.all_fields().enumerate() {
            let left_out =
                field.is_write_only() || field.is_absent() || (origin == Origin::Summary && field.is_get_only());
            if !left_out && !record.extra().was_received(at) {
                context.report(field.name, || LeniencyKind::Missing);
            }
        }
    }
    Ok(())
}

fn read_properties(
    scanner: &mut Scanner<'_>,
    record: &mut dyn Record,
    table: &'static EntityTable,
    context: &mut Context,
) -> Result<(), Stop> {
    let (mut expected, mut first) = (0, true);
    scanner.enter();
    loop {
        // The quick ways are for JSON without white space, and the quickest for the order of the table.
        let (at, field) = match table.field(expected) {
            Some(field) if !first && scanner.next_key_is(field.name) => (expected, field),
            _ => {
                let quick = if first { None } else { scanner.next_key() };
                let key = match quick {
                    Some(key) => key,
                    None if scanner.more(std::mem::take(&mut first), b'}')? => scanner.key()?,
                    None => return Ok(()),
                };
                let name = unescape(key.text, key.escaped).text;
                let Some(found) = table.find(&name) else {
                    let value = scanner.value()?;
                    context.report(&name, || LeniencyKind::UnknownProperty);
                    context.received.add_unknown(key.text, value.text);
                    continue;
                };
                found
            }
        };
        expected = at + 1;
        let value = scanner.value()?;
        let Some(slot) = slot_of_mut(record, table, at) else { continue };
        let (token, spelling) = Token::with_spelling(value);
        let reading = match (slot.read(token, field.enum_format()), spelling) {
            // What the field holds is not all that was written.
            (Reading::Exact | Reading::Equivalent, Spelling::Broken) => Reading::Lenient,
            (Reading::Exact, Spelling::Other) => Reading::Equivalent,
            (reading, _) => reading,
        };
        if context.leniencies.is_some() {
            report_reading(context, field, slot, reading, value);
        }
        let kept = (reading != Reading::Exact).then_some((value.text, reading != Reading::Unreadable));
        context.received.add(at, kept);
    }
}

/// Reports what was forgiven in one value.
fn report_reading(context: &mut Context, field: &Field, slot: &dyn Slot, reading: Reading, value: Raw<'_>) {
    let found = || Token::of(value).describe();
    match reading {
        Reading::Lenient => context.report(field.name, || LeniencyKind::Spelling(found())),
        Reading::Unreadable => context.report(field.name, || LeniencyKind::Unreadable(found())),
        Reading::Exact if !slot.is_set() => {
            if !field.is_nullable() && !field.is_write_only() {
                context.report(field.name, || LeniencyKind::Null);
            }
        }
        Reading::Exact | Reading::Equivalent => {}
    }
    if let (Kind::Enum(values), Some(json)) = (field.kind, slot.to_json(EnumFormat::Number))
        && let Some(value) = json.as_i64()
        && values.name_of(value).is_none()
    {
        context.report(field.name, || LeniencyKind::UnlistedValue(value));
    }
}
