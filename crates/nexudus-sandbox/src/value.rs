//! Values as the store keeps them, and the rows that they stand in.
//!
//! A record of the API may have a hundred properties, of which a dozen are set. Kept as JSON, a million
//! bookings would need gigabytes and a parse for every look. So a row is a short run of bytes: for each
//! property that is set its position in the table, a tag and the value. What is not there has the default of
//! its kind. Rows are read in place, without a copy, and turned into JSON in one pass over the table.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use nexudus_core::{DateTime, Decimal, Guid, Kind};
use serde_json::Value as Json;

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
pub(crate) type Values = BTreeMap<u16, Value>;

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
        for (at, value) in values {
            put(&mut out, u64::from(*at));
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

    /// All cells, by position.
    pub(crate) fn cells(&self) -> Cells<'_> {
        Cells(&self.0)
    }

    /// The value at a position, if it is set.
    pub(crate) fn get(&self, at: u16) -> Option<Cell<'_>> {
        let mut cells = self.cells();
        loop {
            match cells.position()?.cmp(&at) {
                Ordering::Less => cells.skip_value()?,
                Ordering::Equal => return cells.value(),
                Ordering::Greater => return None,
            }
        }
    }

    /// The values again, to be changed.
    pub(crate) fn unpack(&self) -> Values {
        self.cells().map(|(at, cell)| (at, cell.to_value())).collect()
    }

    pub(crate) fn text(&self, at: u16) -> Option<&str> {
        if let Some(Cell::Text(text)) = self.get(at) { Some(text) } else { None }
    }

    pub(crate) fn int(&self, at: u16) -> Option<i64> {
        if let Some(Cell::Int(number)) = self.get(at) { Some(number) } else { None }
    }

    pub(crate) fn flag(&self, at: u16) -> bool {
        matches!(self.get(at), Some(Cell::Bool(true)))
    }

    pub(crate) fn ids(&self, at: u16) -> Vec<i64> {
        if let Some(Cell::Ids(ids)) = self.get(at) { ids.collect() } else { Vec::new() }
    }
}

/// The cells of a row, by position.
pub(crate) struct Cells<'a>(&'a [u8]);

impl<'a> Cells<'a> {
    /// The position of the next cell; its value has to be taken or skipped.
    fn position(&mut self) -> Option<u16> {
        u16::try_from(take(&mut self.0)?).ok()
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
    type Item = (u16, Cell<'a>);

    fn next(&mut self) -> Option<Self::Item> {
        Some((self.position()?, self.value()?))
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
            Self::Decimal(value) => out.extend_from_slice(value.to_string().as_bytes()),
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

pub(crate) fn write_int(number: i64, out: &mut Vec<u8>) {
    let mut digits = [0_u8; 20];
    let mut at = digits.len();
    let mut left = number.unsigned_abs();
    loop {
        at -= 1;
        digits[at] = b'0' + (left % 10) as u8;
        left /= 10;
        if left == 0 {
            break;
        }
    }
    if number < 0 {
        out.push(b'-');
    }
    out.extend_from_slice(&digits[at..]);
}

/// Appends a JSON string.
pub(crate) fn write_text(text: &str, out: &mut Vec<u8>) {
    const HEX: &[u8; 16] = b"0123456789abcdef";
    out.push(b'"');
    let bytes = text.as_bytes();
    let mut done = 0;
    for (at, byte) in bytes.iter().enumerate() {
        if *byte >= 0x20 && *byte != b'"' && *byte != b'\\' {
            continue;
        }
        out.extend_from_slice(&bytes[done..at]);
        done = at + 1;
        match byte {
            b'"' | b'\\' => out.extend_from_slice(&[b'\\', *byte]),
            b'\n' => out.extend_from_slice(b"\\n"),
            b'\r' => out.extend_from_slice(b"\\r"),
            b'\t' => out.extend_from_slice(b"\\t"),
            _ => {
                out.extend_from_slice(b"\\u00");
                out.extend_from_slice(&[HEX[usize::from(byte >> 4)], HEX[usize::from(byte & 15)]]);
            }
        }
    }
    out.extend_from_slice(&bytes[done..]);
    out.push(b'"');
}

fn write_guid(bytes: &[u8; 16], out: &mut Vec<u8>) {
    const HEX: &[u8; 16] = b"0123456789abcdef";
    for (at, byte) in bytes.iter().enumerate() {
        if matches!(at, 4 | 6 | 8 | 10) {
            out.push(b'-');
        }
        out.extend_from_slice(&[HEX[usize::from(byte >> 4)], HEX[usize::from(byte & 15)]]);
    }
}

const DAY: i64 = 86_400;

/// Appends a time in the service's form, with a fraction only where there is one.
pub(crate) fn write_time(millis: i64, instant: bool, out: &mut Vec<u8>) {
    let (seconds, fraction) = (millis.div_euclid(1000), millis.rem_euclid(1000));
    let (days, second) = (seconds.div_euclid(DAY), seconds.rem_euclid(DAY));
    // The civil calendar from a count of days, by Howard Hinnant's method: years begin in March.
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let of_era = days.rem_euclid(146_097);
    let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let shifted = (5 * of_year + 2) / 153;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    let year = era * 400 + year + i64::from(month <= 2);
    let digit = |number: i64| b'0' + (number.unsigned_abs() % 10) as u8;
    let day = of_year - (153 * shifted + 2) / 5 + 1;
    let mut text = *b"0000-00-00T00:00:00";
    for (at, number) in [
        (0, year / 100),
        (2, year),
        (5, month),
        (8, day),
        (11, second / 3600),
        (14, second / 60 % 60),
        (17, second % 60),
    ] {
        text[at] = digit(number / 10);
        text[at + 1] = digit(number);
    }
    out.extend_from_slice(&text);
    if fraction > 0 {
        out.push(b'.');
        out.extend([100, 10, 1].map(|place| digit(fraction / place)));
    }
    if instant {
        out.push(b'Z');
    }
}

/// A time as text.
pub(crate) fn time_text(millis: i64) -> String {
    let mut out = Vec::with_capacity(24);
    write_time(millis, true, &mut out);
    String::from_utf8_lossy(&out).into_owned()
}

/// Reads a time in any of the forms that clients send. A wall clock keeps its figures whatever zone stands
/// behind them; an instant without a zone is taken for UTC.
pub(crate) fn parse_time(text: &str, instant: bool) -> Option<i64> {
    let mut text = text.trim().replacen(' ', "T", 1);
    if let Some(head) = text.strip_suffix('z') {
        text = format!("{head}Z");
    }
    let clock = text.find('T').unwrap_or(text.len());
    if clock == text.len() {
        text.push_str("T00:00");
    }
    let zone = text[clock..].find(['Z', '+', '-']).map(|at| clock + at);
    if let Some(zone) = zone {
        let suffix = &text[zone..];
        if !instant || matches!(suffix, "-00:00" | "-0000") {
            text.truncate(zone);
        } else if suffix.len() == 5 && suffix.is_ascii() {
            text.insert(zone + 3, ':');
        } else if suffix.len() == 3 {
            text.push_str(":00");
        }
    }
    let time: DateTime = text.parse().ok()?;
    time.unix_seconds().checked_mul(1000)?.checked_add(i64::from(time.subsec_nanos() / 1_000_000))
}

/// Why a value was refused.
pub(crate) type Refusal = &'static str;

/// Turns what a client sent into a value of a kind. `None` is null: the property is cleared.
///
/// Lenient, since public clients send booleans as text, enums by name and, in forms, everything as text.
pub(crate) fn coerce(kind: Kind, json: &Json) -> Result<Option<Value>, Refusal> {
    let blank = matches!(json, Json::String(text) if text.trim().is_empty());
    if json.is_null() || (blank && kind != Kind::Text) {
        return Ok(None);
    }
    let value = match kind {
        Kind::Text => Value::Text(match json {
            Json::String(text) => text.clone(),
            Json::Number(number) => number.to_string(),
            Json::Bool(value) => value.to_string(),
            _ => return Err("is not a text"),
        }),
        Kind::Id(_) | Kind::Int => Value::Int(integer(json).ok_or("is not a whole number")?),
        Kind::Bool => Value::Bool(boolean(json).ok_or("is not true or false")?),
        Kind::Decimal => Value::Decimal(decimal(json).ok_or("is not a number")?),
        Kind::DateTime | Kind::Civil => {
            let time = json.as_str().and_then(|text| parse_time(text, kind == Kind::DateTime));
            Value::Time(time.ok_or("is not a date and time")?)
        }
        Kind::Guid => {
            let guid: Option<Guid> = json.as_str().and_then(|text| text.parse().ok());
            Value::Guid(guid.ok_or("is not a unique id")?.to_bytes())
        }
        Kind::Enum(table) => {
            let named = json.as_str().and_then(|name| table.value_of(name.trim()));
            let number = named.or_else(|| integer(json)).filter(|number| table.name_of(*number).is_some());
            Value::Int(number.ok_or("is not one of the listed values")?)
        }
        Kind::Ids(_) => Value::Ids(ids(json).ok_or("is not a list of ids")?),
        Kind::Json => Value::Json(json.to_string()),
    };
    Ok(Some(value))
}

fn integer(json: &Json) -> Option<i64> {
    match json {
        Json::Number(number) => number.as_i64().or_else(|| {
            let number = number.as_f64()?;
            // Whole numbers that are exact in a double.
            (number.fract() == 0.0 && number.abs() < 9e15).then(|| format!("{number:.0}").parse().ok()).flatten()
        }),
        Json::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}

fn boolean(json: &Json) -> Option<bool> {
    match json {
        Json::Bool(value) => Some(*value),
        Json::Number(number) => match number.as_i64()? {
            0 => Some(false),
            1 => Some(true),
            _ => None,
        },
        Json::String(text) => match text.trim().to_ascii_lowercase().as_str() {
            "true" | "1" | "on" | "yes" => Some(true),
            "false" | "0" | "off" | "no" => Some(false),
            _ => None,
        },
        _ => None,
    }
}

fn decimal(json: &Json) -> Option<Decimal> {
    let text = match json {
        Json::Number(number) => number.to_string(),
        Json::String(text) => text.trim().to_owned(),
        _ => return None,
    };
    if text.contains(['e', 'E']) { Decimal::from_scientific(&text).ok() } else { text.parse().ok() }
}

fn ids(json: &Json) -> Option<Vec<i64>> {
    match json {
        Json::Array(items) => items.iter().map(integer).collect(),
        Json::Number(_) => integer(json).map(|id| vec![id]),
        Json::String(text) => {
            let list = text.trim().trim_start_matches('[').trim_end_matches(']');
            list.split(',').filter(|part| !part.trim().is_empty()).map(|part| part.trim().parse().ok()).collect()
        }
        _ => None,
    }
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
        .into();
        let row = Row::new(&values);
        assert_eq!(row.unpack(), values);
        for (at, value) in &values {
            assert_eq!(row.get(*at).map(Cell::to_value).as_ref(), Some(value));
        }
        assert_eq!(row.get(5), None);
        assert_eq!(row.ids(301), [5, -1, i64::MAX]);
    }

    #[test]
    fn times_are_read_in_every_form_and_written_in_one() {
        for text in [
            "2025-01-15T10:30:00Z",
            "2025-01-15T10:30",
            "2025-01-15 10:30:00",
            "2025-01-15T12:30:00+02:00",
            "2025-01-15T12:30:00+0200",
            "2025-01-15T12:30:00+02",
            "2025-01-15T10:30:00.000z",
            "2025-01-15T10:30:00-00:00",
        ] {
            assert_eq!(parse_time(text, true).map(time_text).as_deref(), Some("2025-01-15T10:30:00Z"), "{text}");
        }
        assert_eq!(parse_time("2025-01-15", true).map(time_text).as_deref(), Some("2025-01-15T00:00:00Z"));
        assert_eq!(
            parse_time("2025-01-15T12:30:00+02:00", false).map(time_text).as_deref(),
            Some("2025-01-15T12:30:00Z")
        );
        assert_eq!(time_text(1_736_937_000_250), "2025-01-15T10:30:00.250Z");
        for text in ["", "T", "2025-13-01", "+", "2025-01-15T25:00", "2025-01-15T10:30:00ZZ", "\u{0}", "ééé"] {
            assert_eq!(parse_time(text, true), None, "{text}");
        }
    }

    #[test]
    fn texts_are_escaped_as_json() {
        let mut out = Vec::new();
        write_text("a\"\\\n\u{1}é", &mut out);
        assert_eq!(serde_json::from_slice::<String>(&out).unwrap(), "a\"\\\n\u{1}é");
        let mut out = Vec::new();
        write_int(i64::MIN, &mut out);
        assert_eq!(out, i64::MIN.to_string().as_bytes());
    }
}
