//! JSON as records.
//!
//! One visitor, driven by the entity's table, decodes every record. It is compiled here for JSON text and for
//! JSON values and nowhere else. Keys are looked up by expecting them in the table's order first, which is
//! the order that the service mostly writes them in.
//!
//! The path of a value is put together only when there is something to report about it.

use std::borrow::Cow;
use std::fmt;

use serde::Deserializer;
use serde::de::{DeserializeSeed, IgnoredAny, MapAccess, SeqAccess, Visitor, value};
use serde_json::Value;
use serde_json::de::StrRead;

use super::leniency::{Leniency, LeniencyKind};
use crate::facts::{EntityFacts, Field, Kind};
use crate::json::{DecodeError, Fault};
use crate::record::{Origin, Record, Rows, slot_of_mut};
use crate::value::{Reading, Slot, Token};

/// What a decoding has to remember.
pub(crate) struct Context {
    entity: &'static str,
    /// Where the records stand in the body.
    place: Place,
    leniencies: Option<Vec<Leniency>>,
    failure: Option<Fault>,
}

/// Where in the body a record stands.
#[derive(Clone, Copy)]
enum Place {
    Root,
    Row(usize),
    Record(usize),
}

impl Context {
    fn of(entity: &'static str) -> Self {
        Self { entity, place: Place::Root, leniencies: None, failure: None }
    }

    pub(crate) fn lenient(table: &EntityFacts) -> Self {
        Self::of(table.name)
    }

    pub(crate) fn strict(table: &EntityFacts) -> Self {
        Self { leniencies: Some(Vec::new()), ..Self::lenient(table) }
    }

    pub(crate) fn into_leniencies(self) -> Vec<Leniency> {
        self.leniencies.unwrap_or_default()
    }

    fn path(&self, property: Option<&str>) -> String {
        let mut path = match self.place {
            Place::Root => "$".to_owned(),
            Place::Row(row) => format!("$[{row}]"),
            Place::Record(row) => format!("$.Records[{row}]"),
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

    fn fault(&self, property: Option<&str>, expected: &str, found: String) -> Fault {
        Fault {
            entity: self.entity,
            property: property.map(str::to_owned),
            path: self.path(property),
            expected: expected.to_owned(),
            found,
            line: 0,
            column: 0,
        }
    }

    fn fail<E: serde::de::Error>(&mut self, property: Option<&str>, expected: &str, found: String) -> E {
        self.failure = Some(self.fault(property, expected, found));
        E::custom("recorded in the context")
    }

    /// The failure as recorded, or made from what `serde_json` says of text that is not JSON.
    fn error(&mut self, error: &serde_json::Error) -> DecodeError {
        let mut failure = self.failure.take().unwrap_or_else(|| {
            let found = if error.is_eof() { "the end of the body".to_owned() } else { describe_syntax(error) };
            self.fault(None, "JSON", found)
        });
        (failure.line, failure.column) = (error.line(), error.column());
        DecodeError(Box::new(failure))
    }
}

/// The message without its position, which stands elsewhere.
fn describe_syntax(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let end = text.rfind(" at line ").unwrap_or(text.len());
    format!("something else ({})", &text[..end])
}

type Input<'de> = serde_json::Deserializer<StrRead<'de>>;

/// Reads a whole body. It is checked once to be UTF-8, which is quicker than text by text.
fn parse<'de, V>(
    json: &'de [u8],
    context: &mut Context,
    read: impl FnOnce(&mut Input<'de>, &mut Context) -> Result<V, serde_json::Error>,
) -> Result<V, DecodeError> {
    let text = std::str::from_utf8(json).map_err(|error| {
        let found = format!("bytes that are no UTF-8, the first at {}", error.valid_up_to());
        DecodeError(Box::new(context.fault(None, "JSON", found)))
    })?;
    let mut input = serde_json::Deserializer::from_str(text);
    let result = read(&mut input, context);
    result.and_then(|value| input.end().map(|()| value)).map_err(|error| context.error(&error))
}

/// Decodes one record from JSON text.
pub(crate) fn record(
    json: &[u8],
    record: &mut dyn Record,
    origin: Origin,
    context: &mut Context,
) -> Result<(), DecodeError> {
    parse(json, context, |input, context| RecordSeed { record, origin, context }.deserialize(input))
}

/// Decodes one record from a JSON value.
pub(crate) fn record_from_value(
    value: Value,
    record: &mut dyn Record,
    origin: Origin,
    context: &mut Context,
) -> Result<(), DecodeError> {
    RecordSeed { record, origin, context }.deserialize(value).map_err(|error| context.error(&error))
}

/// Decodes the envelope of a list.
pub(crate) fn page(
    json: &[u8],
    rows: &mut dyn Rows,
    info: &mut dyn Slotted,
    context: &mut Context,
) -> Result<(), DecodeError> {
    parse(json, context, |input, context| input.deserialize_any(PageVisitor { rows, info, context }))
}

/// Decodes a bare array of records.
pub(crate) fn rows(json: &[u8], rows: &mut dyn Rows, context: &mut Context) -> Result<(), DecodeError> {
    parse(json, context, |input, context| RowsSeed { rows, context, place: Place::Row }.deserialize(input))
}

/// A struct whose fields are slots with fixed names, such as an envelope.
pub(crate) trait Slotted {
    fn slot(&mut self, name: &str) -> Option<&mut dyn Slot>;
}

/// Decodes an object into named slots; keys without a slot are passed over.
pub(crate) fn object(json: &[u8], into: &mut dyn Slotted) -> Result<(), DecodeError> {
    parse(json, &mut Context::of(""), |input, context| input.deserialize_any(ObjectVisitor { into, context }))
}

/// One JSON value, borrowed from the input where that is possible.
struct TokenSeed;

impl<'de> DeserializeSeed<'de> for TokenSeed {
    type Value = Token<'de>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Token<'de>, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for TokenSeed {
    type Value = Token<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Token<'de>, E> {
        Ok(Token::Null)
    }

    fn visit_none<E>(self) -> Result<Token<'de>, E> {
        Ok(Token::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Token<'de>, D::Error> {
        deserializer.deserialize_any(self)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Token<'de>, E> {
        Ok(Token::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Token<'de>, E> {
        Ok(Token::Int(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Token<'de>, E> {
        Ok(i64::try_from(value).map_or(Token::UInt(value), Token::Int))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Token<'de>, E> {
        Ok(Token::Float(value))
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Token<'de>, E> {
        Ok(Token::Text(Cow::Borrowed(text)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Token<'de>, E> {
        Ok(Token::Text(Cow::Owned(text.to_owned())))
    }

    fn visit_string<E>(self, text: String) -> Result<Token<'de>, E> {
        Ok(Token::Text(Cow::Owned(text)))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, items: A) -> Result<Token<'de>, A::Error> {
        let tree = serde::Deserialize::deserialize(value::SeqAccessDeserializer::new(items))?;
        Ok(Token::Tree(Cow::Owned(tree)))
    }

    fn visit_map<A: MapAccess<'de>>(self, entries: A) -> Result<Token<'de>, A::Error> {
        let tree = serde::Deserialize::deserialize(value::MapAccessDeserializer::new(entries))?;
        Ok(Token::Tree(Cow::Owned(tree)))
    }
}

/// A record, and how much of it the service sent.
struct RecordSeed<'a> {
    record: &'a mut dyn Record,
    origin: Origin,
    context: &'a mut Context,
}

impl<'de> DeserializeSeed<'de> for RecordSeed<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

/// The visits that a value of the wrong JSON type makes: each ends in an error that says what was found.
macro_rules! refuse_scalars {
    ($expected:literal) => {
        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str($expected)
        }

        fn visit_unit<E: serde::de::Error>(self) -> Result<Self::Value, E> {
            Err(self.context.fail(None, $expected, Token::Null.describe()))
        }

        fn visit_bool<E: serde::de::Error>(self, value: bool) -> Result<Self::Value, E> {
            Err(self.context.fail(None, $expected, Token::Bool(value).describe()))
        }

        fn visit_i64<E: serde::de::Error>(self, value: i64) -> Result<Self::Value, E> {
            Err(self.context.fail(None, $expected, Token::Int(value).describe()))
        }

        fn visit_u64<E: serde::de::Error>(self, value: u64) -> Result<Self::Value, E> {
            Err(self.context.fail(None, $expected, Token::UInt(value).describe()))
        }

        fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Self::Value, E> {
            Err(self.context.fail(None, $expected, Token::Float(value).describe()))
        }

        fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Self::Value, E> {
            Err(self.context.fail(None, $expected, Token::Text(Cow::Borrowed(text)).describe()))
        }
    };
}

impl<'de> Visitor<'de> for RecordSeed<'_> {
    type Value = ();

    refuse_scalars!("an object");

    fn visit_seq<A: SeqAccess<'de>>(self, _: A) -> Result<(), A::Error> {
        Err(self.context.fail(None, "an object", "an array".to_owned()))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<(), A::Error> {
        let Self { record, origin, context } = self;
        let table = record.describe();
        record.extra_mut().set_origin(origin);
        let mut expected = 0;
        while let Some(key) = entries.next_key_seed(KeySeed { table, expected })? {
            let at = match key {
                Key::Known(at) => at,
                Key::Unknown(name) => {
                    context.report(&name, || LeniencyKind::UnknownProperty);
                    let value = entries.next_value()?;
                    record.extra_mut().set_unknown(name, value);
                    continue;
                }
            };
            expected = at + 1;
            let mut token = entries.next_value_seed(TokenSeed)?;
            let (Some(field), Some(slot)) = (table.field(at), slot_of_mut(record, table, at)) else { continue };
            let reading = slot.read(&mut token);
            if reading == Reading::Wrong {
                return Err(context.fail(Some(field.name), slot.expected(), token.describe()));
            }
            if context.leniencies.is_some() {
                report_reading(context, field, slot, reading, &token);
            }
            let extra = record.extra_mut();
            extra.receive(at);
            if reading != Reading::Plain {
                extra.keep(at, token.into_value(), reading == Reading::Odd);
            }
        }
        if context.leniencies.is_some() {
            for (at, field) in table.all_fields().enumerate() {
                let left_out = field.is_write_only() || (origin == Origin::Summary && field.is_get_only());
                if !left_out && !record.extra().was_received(at) {
                    context.report(field.name, || LeniencyKind::Missing);
                }
            }
        }
        Ok(())
    }
}

/// Reports what was forgiven in one value. A plain token is used up, so what is left of it says nothing.
fn report_reading(context: &mut Context, field: &Field, slot: &dyn Slot, reading: Reading, token: &Token<'_>) {
    match reading {
        Reading::Odd => context.report(field.name, || LeniencyKind::Odd(token.describe())),
        Reading::Unreadable => context.report(field.name, || LeniencyKind::Unreadable(token.describe())),
        Reading::Plain if !slot.is_set() => {
            if !field.is_nullable() && !field.is_write_only() {
                context.report(field.name, || LeniencyKind::Null);
            }
        }
        Reading::Plain | Reading::Wrong => {}
    }
    if let (Kind::Enum(values), Some(Token::Int(value))) = (field.kind, slot.write())
        && values.name_of(value).is_none()
    {
        context.report(field.name, || LeniencyKind::UnlistedValue(value));
    }
}

enum Key {
    Known(usize),
    Unknown(String),
}

/// Looks a key up without keeping it.
struct KeySeed {
    table: &'static EntityFacts,
    expected: usize,
}

impl<'de> DeserializeSeed<'de> for KeySeed {
    type Value = Key;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Key, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for KeySeed {
    type Value = Key;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E>(self, name: &str) -> Result<Key, E> {
        Ok(match self.table.position_from(self.expected, name) {
            Some(at) => Key::Known(at),
            None => Key::Unknown(name.to_owned()),
        })
    }
}

/// An array of records.
struct RowsSeed<'a> {
    rows: &'a mut dyn Rows,
    context: &'a mut Context,
    place: fn(usize) -> Place,
}

impl<'de> DeserializeSeed<'de> for RowsSeed<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for RowsSeed<'_> {
    type Value = ();

    refuse_scalars!("an array of records");

    fn visit_map<A: MapAccess<'de>>(self, _: A) -> Result<(), A::Error> {
        Err(self.context.fail(None, "an array of records", "an object".to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        for row in 0.. {
            self.context.place = (self.place)(row);
            let seed = RowSeed { rows: self.rows, context: self.context };
            if items.next_element_seed(seed)?.is_none() {
                break;
            }
        }
        self.context.place = Place::Root;
        Ok(())
    }
}

/// Adds a row only when there is a value for it.
struct RowSeed<'a> {
    rows: &'a mut dyn Rows,
    context: &'a mut Context,
}

impl<'de> DeserializeSeed<'de> for RowSeed<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        let Some(record) = self.rows.add() else { return Ok(()) };
        RecordSeed { record, origin: Origin::Summary, context: self.context }.deserialize(deserializer)
    }
}

/// The envelope of a list.
struct PageVisitor<'a> {
    rows: &'a mut dyn Rows,
    info: &'a mut dyn Slotted,
    context: &'a mut Context,
}

impl<'de> Visitor<'de> for PageVisitor<'_> {
    type Value = ();

    refuse_scalars!("a page of records");

    fn visit_seq<A: SeqAccess<'de>>(self, _: A) -> Result<(), A::Error> {
        Err(self.context.fail(None, "a page of records", "an array".to_owned()))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<(), A::Error> {
        let mut records = false;
        while let Some(key) = entries.next_key::<Cow<'_, str>>()? {
            if key == "Records" {
                entries.next_value_seed(RowsSeed { rows: self.rows, context: self.context, place: Place::Record })?;
                records = true;
            } else if let Some(slot) = self.info.slot(&key) {
                read_slot(slot, &key, &mut entries, self.context)?;
            } else {
                entries.next_value::<IgnoredAny>()?;
            }
        }
        if records {
            Ok(())
        } else {
            Err(self.context.fail(Some("Records"), "an array of records", "nothing".to_owned()))
        }
    }
}

/// Reads one value of an envelope: odd spellings are fine, and what can't be read leaves the field empty.
fn read_slot<'de, A: MapAccess<'de>>(
    slot: &mut dyn Slot,
    key: &str,
    entries: &mut A,
    context: &mut Context,
) -> Result<(), A::Error> {
    let mut token = entries.next_value_seed(TokenSeed)?;
    if slot.read(&mut token) == Reading::Wrong {
        return Err(context.fail(Some(key), slot.expected(), token.describe()));
    }
    Ok(())
}

/// An object with a fixed set of keys.
struct ObjectVisitor<'a> {
    into: &'a mut dyn Slotted,
    context: &'a mut Context,
}

impl<'de> Visitor<'de> for ObjectVisitor<'_> {
    type Value = ();

    refuse_scalars!("an object");

    fn visit_seq<A: SeqAccess<'de>>(self, _: A) -> Result<(), A::Error> {
        Err(self.context.fail(None, "an object", "an array".to_owned()))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<(), A::Error> {
        while let Some(key) = entries.next_key::<Cow<'_, str>>()? {
            match self.into.slot(&key) {
                Some(slot) => read_slot(slot, &key, &mut entries, self.context)?,
                None => {
                    entries.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(())
    }
}
