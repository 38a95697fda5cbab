//! Values as the store keeps them, and the rows that they stand in.
//!
//! A record of the API may have a hundred properties, of which a dozen are set. Kept as JSON, a million
//! bookings would need gigabytes and a parse for every look. So a row is a short run of bytes: for each
//! property that is set its position in the table, a tag and the value. What is not there has the default of
//! its kind. Rows are read in place, without a copy, and turned into JSON in one pass over the table.
use std::cmp::Ordering;
use std::collections::BTreeMap;

use nexudus_core::{Decimal, Kind};

use crate::value::position::FieldPosition;
use crate::value::text::{write_guid, write_int, write_text};
use crate::value::time::write_time;

/// A value on its way into a row.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Value {
    Bool(bool),
    Int(i64),
    Decimal(Decimal),
    Text(String),
    /// Milliseconds since 1970, of an instant or of a wall clock.
    Time(i64),
    Guid([u8; 16]),
    Ids(Vec<i64>),
    /// JSON text, compact.
    Json(String),
}

/// A value in a row.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Cell<'a> {
    Bool(bool),
    Int(i64),
    Decimal(Decimal),
    Text(&'a str),
    Time(i64),
    Guid([u8; 16]),
    Ids(Ids<'a>),
    Json(&'a str),
}

/// A list of ids in a row.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Ids<'a>(&'a [u8]);

#[allow(clippy::copy_iterator, reason = "a cell is copied about, and read once")]
impl Iterator for Ids<'_> {
    type Item = i64;

    fn next(&mut self) -> Option<i64> {
        take_int(&mut self.0)
    }
}

/// What is set of a record, by position in the table.
pub(crate) type Values = BTreeMap<FieldPosition, Value>;

/// A record as bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Row(Box<[u8]>);

const FALSE: u8 = 0;
const TRUE: u8 = 1;
const INT: u8 = 2;
const DECIMAL: u8 = 3;
const TEXT: u8 = 4;
const MILLIS: u8 = 5;
const SECONDS: u8 = 6;
const GUID: u8 = 7;
const IDS: u8 = 8;
const JSON: u8 = 9;

fn put(out: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        out.push((number & 0x7f) as u8 | 0x80);
        number >>= 7;
    }
    out.push((number & 0x7f) as u8);
}

fn take(bytes: &mut &[u8]) -> Option<u64> {
    let mut number = 0;
    for shift in (0..u64::BITS).step_by(7) {
        let (first, rest) = bytes.split_first()?;
        *bytes = rest;
        number |= u64::from(first & 0x7f) << shift;
        if first & 0x80 == 0 {
            return Some(number);
        }
    }
    None
}

/// Small numbers of either sign become small numbers without one.
#[allow(clippy::cast_sign_loss, reason = "the bits are kept, which is the point")]
fn put_int(out: &mut Vec<u8>, number: i64) {
    put(out, ((number << 1) ^ (number >> 63)) as u64);
}

#[allow(clippy::cast_possible_wrap, reason = "the bits are kept, which is the point")]
fn take_int(bytes: &mut &[u8]) -> Option<i64> {
    let number = take(bytes)?;
    Some((number >> 1) as i64 ^ -((number & 1) as i64))
}

fn put_bytes(out: &mut Vec<u8>, bytes: &[u8]) {
    put(out, bytes.len() as u64);
    out.extend_from_slice(bytes);
}

fn take_bytes<'a>(bytes: &mut &'a [u8]) -> Option<&'a [u8]> {
    let length = usize::try_from(take(bytes)?).ok()?;
    let (head, rest) = bytes.split_at_checked(length)?;
    *bytes = rest;
    Some(head)
}

impl Row {
    /// Packs values.
    pub(crate) fn new(values: &Values) -> Self {
        let mut out = Vec::with_capacity(values.len() * 12);
        for (position, value) in values {
            put(&mut out, position.index() as u64);
            match value {
                Value::Bool(false) => out.push(FALSE),
                Value::Bool(true) => out.push(TRUE),
                Value::Int(number) => {
                    out.push(INT);
                    put_int(&mut out, *number);
                }
                Value::Decimal(number) => {
                    out.push(DECIMAL);
                    put_bytes(&mut out, &number.serialize());
                }
                Value::Text(text) => {
                    out.push(TEXT);
                    put_bytes(&mut out, text.as_bytes());
                }
                Value::Time(millis) if millis % 1000 == 0 => {
                    out.push(SECONDS);
                    put_int(&mut out, millis / 1000);
                }
                Value::Time(millis) => {
                    out.push(MILLIS);
                    put_int(&mut out, *millis);
                }
                Value::Guid(bytes) => {
                    out.push(GUID);
                    out.extend_from_slice(bytes);
                }
                Value::Ids(ids) => {
                    let mut list = Vec::with_capacity(ids.len() * 3);
                    for id in ids {
                        put_int(&mut list, *id);
                    }
                    out.push(IDS);
                    put_bytes(&mut out, &list);
                }
                Value::Json(text) => {
                    out.push(JSON);
                    put_bytes(&mut out, text.as_bytes());
                }
            }
        }
        Self(out.into())
    }

    /// A row from bytes that were stored, if they are one.
    #[cfg(feature = "sqlite")]
    pub(crate) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let mut cells = Cells(bytes);
        while !cells.0.is_empty() {
            cells.next()?;
        }
        Some(Self(bytes.into()))
    }

    /// The bytes, to be stored.
    #[cfg(feature = "sqlite")]
    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// A row of one value or none, for code that compares or writes cells.
    pub(crate) fn of_one(value: Option<Value>) -> Self {
        Self::new(&value.map(|value| (FieldPosition::new(0), value)).into_iter().collect())
    }

    /// The value of a row of one.
    pub(crate) fn only(&self) -> Option<Cell<'_>> {
        self.get(FieldPosition::new(0))
    }

    /// All cells, by position.
    pub(crate) fn cells(&self) -> Cells<'_> {
        Cells(&self.0)
    }

    /// The value at a position, if it is set.
    pub(crate) fn get(&self, position: FieldPosition) -> Option<Cell<'_>> {
        let mut cells = self.cells();
        loop {
            match cells.position()?.cmp(&position) {
                Ordering::Less => cells.skip_value()?,
                Ordering::Equal => return cells.value(),
                Ordering::Greater => return None,
            }
        }
    }

    /// The values again, to be changed.
    pub(crate) fn unpack(&self) -> Values {
        self.cells().map(|(position, cell)| (position, cell.to_value())).collect()
    }

    pub(crate) fn text(&self, position: FieldPosition) -> Option<&str> {
        if let Some(Cell::Text(text)) = self.get(position) { Some(text) } else { None }
    }

    pub(crate) fn int(&self, position: FieldPosition) -> Option<i64> {
        if let Some(Cell::Int(number)) = self.get(position) { Some(number) } else { None }
    }

    pub(crate) fn flag(&self, position: FieldPosition) -> bool {
        matches!(self.get(position), Some(Cell::Bool(true)))
    }

    pub(crate) fn ids(&self, position: FieldPosition) -> Vec<i64> {
        if let Some(Cell::Ids(ids)) = self.get(position) { ids.collect() } else { Vec::new() }
    }
}

/// The cells of a row, by position.
pub(crate) struct Cells<'a>(&'a [u8]);

impl<'a> Cells<'a> {
    /// The position of the next cell; its value has to be taken or skipped.
    fn position(&mut self) -> Option<FieldPosition> {
        usize::try_from(take(&mut self.0)?).ok().map(FieldPosition::new)
    }

    fn tag(&mut self) -> Option<u8> {
        let (tag, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*tag)
    }

    fn value(&mut self) -> Option<Cell<'a>> {
        let tag = self.tag()?;
        let bytes = &mut self.0;
        Some(match tag {
            FALSE => Cell::Bool(false),
            TRUE => Cell::Bool(true),
            INT => Cell::Int(take_int(bytes)?),
            DECIMAL => Cell::Decimal(Decimal::deserialize(take_bytes(bytes)?.try_into().ok()?)),
            TEXT => Cell::Text(std::str::from_utf8(take_bytes(bytes)?).ok()?),
            SECONDS => Cell::Time(take_int(bytes)?.checked_mul(1000)?),
            MILLIS => Cell::Time(take_int(bytes)?),
            GUID => {
                let (head, rest) = bytes.split_first_chunk::<16>()?;
                *bytes = rest;
                Cell::Guid(*head)
            }
            IDS => Cell::Ids(Ids(take_bytes(bytes)?)),
            JSON => Cell::Json(std::str::from_utf8(take_bytes(bytes)?).ok()?),
            _ => return None,
        })
    }

    /// Passes a value by without reading it: most looks at a row are for one cell.
    fn skip_value(&mut self) -> Option<()> {
        let tag = self.tag()?;
        let bytes = &mut self.0;
        match tag {
            FALSE | TRUE => {}
            INT | SECONDS | MILLIS => {
                take(bytes)?;
            }
            DECIMAL | TEXT | IDS | JSON => {
                take_bytes(bytes)?;
            }
            GUID => *bytes = bytes.get(16..)?,
            _ => return None,
        }
        Some(())
    }
}

impl<'a> Iterator for Cells<'a> {
    type Item = (FieldPosition, Cell<'a>);

    fn next(&mut self) -> Option<Self::Item> {
        Some((self.position()?, self.value()?))
    }
}

impl Value {
    /// Shows the value as a row would have it.
    pub(crate) fn cell(&self, show: impl FnOnce(Cell<'_>)) {
        let row = Row::of_one(Some(self.clone()));
        if let Some(cell) = row.only() {
            show(cell);
        }
    }
}

impl Cell<'_> {
    pub(crate) fn to_value(self) -> Value {
        match self {
            Self::Bool(value) => Value::Bool(value),
            Self::Int(value) => Value::Int(value),
            Self::Decimal(value) => Value::Decimal(value),
            Self::Text(value) => Value::Text(value.to_owned()),
            Self::Time(value) => Value::Time(value),
            Self::Guid(value) => Value::Guid(value),
            Self::Ids(value) => Value::Ids(value.collect()),
            Self::Json(value) => Value::Json(value.to_owned()),
        }
    }

    /// Appends the value as JSON.
    pub(crate) fn write(self, kind: Kind, out: &mut Vec<u8>) {
        match self {
            Self::Bool(value) => out.extend_from_slice(if value { b"true" } else { b"false" }),
            Self::Int(value) => write_int(value, out),
            Self::Decimal(value) => {
                out.extend_from_slice(value.to_string().as_bytes());
                // The service writes a point into every decimal.
                if value.scale() == 0 {
                    out.extend_from_slice(b".0");
                }
            }
            Self::Text(value) => write_text(value, out),
            Self::Time(value) => {
                out.push(b'"');
                write_time(value, kind != Kind::Civil, out);
                out.push(b'"');
            }
            Self::Guid(value) => {
                out.push(b'"');
                write_guid(&value, out);
                out.push(b'"');
            }
            Self::Ids(ids) => {
                out.push(b'[');
                for (at, id) in ids.enumerate() {
                    if at > 0 {
                        out.push(b',');
                    }
                    write_int(id, out);
                }
                out.push(b']');
            }
            Self::Json(value) => out.extend_from_slice(value.as_bytes()),
        }
    }

    /// How two values sort: texts without regard to case.
    pub(crate) fn compare(self, other: Self) -> Ordering {
        match (self, other) {
            (Self::Bool(a), Self::Bool(b)) => a.cmp(&b),
            (Self::Int(a), Self::Int(b)) | (Self::Time(a), Self::Time(b)) => a.cmp(&b),
            (Self::Decimal(a), Self::Decimal(b)) => a.cmp(&b),
            (Self::Guid(a), Self::Guid(b)) => a.cmp(&b),
            (Self::Text(a), Self::Text(b)) | (Self::Json(a), Self::Json(b)) => compare_text(a, b),
            (Self::Ids(a), Self::Ids(b)) => a.cmp(b),
            _ => Ordering::Equal,
        }
    }
}

fn compare_text(a: &str, b: &str) -> Ordering {
    let lower = |text: &str| text.chars().flat_map(char::to_lowercase).collect::<Vec<_>>();
    if a.is_ascii() && b.is_ascii() {
        return a.bytes().map(|byte| byte.to_ascii_lowercase()).cmp(b.bytes().map(|byte| byte.to_ascii_lowercase()));
    }
    lower(a).cmp(&lower(b))
}

/// Whether two texts are the same but for case.
pub(crate) fn same_text(a: &str, b: &str) -> bool {
    a.eq_ignore_ascii_case(b) || (!a.is_ascii() && compare_text(a, b) == Ordering::Equal)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_gives_back_what_it_was_made_of() {
        let values: Values = [
            (0, Value::Bool(false)),
            (3, Value::Int(i64::MIN)),
            (4, Value::Int(-1)),
            (7, Value::Decimal("-12.340".parse().unwrap())),
            (9, Value::Text("Añá \"x\"".into())),
            (200, Value::Time(1_736_935_800_000)),
            (201, Value::Time(-62_135_596_800_001)),
            (300, Value::Guid([7; 16])),
            (301, Value::Ids(vec![5, -1, i64::MAX])),
            (65_535, Value::Json("{\"a\":[]}".into())),
        ]
        .map(|(index, value)| (FieldPosition::new(index), value))
        .into();
        let row = Row::new(&values);
        assert_eq!(row.unpack(), values);
        for (position, value) in &values {
            assert_eq!(row.get(*position).map(Cell::to_value).as_ref(), Some(value));
        }
        assert_eq!(row.get(FieldPosition::new(5)), None);
        assert_eq!(row.ids(FieldPosition::new(301)), [5, -1, i64::MAX]);
    }
}
