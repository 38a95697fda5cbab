//! The types that a field can hold, with their decoding and encoding.

use rust_decimal::Decimal;

use super::guid::Guid;
use super::id::{EntityName, Id};
use super::open_enum::OpenEnum;
use super::slot::{Read, Reading, SlotValue};
use super::time::{CivilDateTime, DateTime};
use super::token::Token;
use crate::facts::{EnumFormat, EnumTable, Kind};
use crate::json::{Json, JsonRef, parse_decimal, parse_int, print_bare, print_decimal, print_int, print_text};

/// The integer that a token means, in whatever spelling.
fn read_int(token: &Token<'_>) -> Read<i64> {
    match token {
        Token::Number(text) => match parse_int(text) {
            Some(parsed) if text.contains('.') => Read::lenient(Some(parsed.value)),
            Some(parsed) => Read::exact_if(parsed.canonical, parsed.value),
            None => Read::UNREADABLE,
        },
        Token::Text(text) => Read::lenient(text.trim().parse().ok()),
        _ => Read::UNREADABLE,
    }
}

impl SlotValue for i64 {
    const EXPECTED: &'static str = "an integer";
    const KIND: Kind = Kind::Int;

    fn read(token: Token<'_>, _: EnumFormat) -> Read<Self> {
        read_int(&token)
    }

    fn print(&self, out: &mut Vec<u8>, _: EnumFormat) {
        print_int(out, *self);
    }
}

impl<E: EntityName + ?Sized> SlotValue for Id<E> {
    const EXPECTED: &'static str = "an id";
    const KIND: Kind = Kind::Id(E::NAME);

    fn read(token: Token<'_>, _: EnumFormat) -> Read<Self> {
        let read = read_int(&token);
        Read { reading: read.reading, value: read.value.map(Self::new) }
    }

    fn print(&self, out: &mut Vec<u8>, _: EnumFormat) {
        print_int(out, self.get());
    }
}

impl SlotValue for bool {
    const EXPECTED: &'static str = "true or false";
    const KIND: Kind = Kind::Bool;

    fn read(token: Token<'_>, _: EnumFormat) -> Read<Self> {
        let named = |text: &str| match text {
            "1" => Some(true),
            "0" => Some(false),
            text if text.eq_ignore_ascii_case("true") => Some(true),
            text if text.eq_ignore_ascii_case("false") => Some(false),
            _ => None,
        };
        match token {
            Token::Bool(value) => Read::exact(value),
            Token::Number(text) => Read::lenient(named(text)),
            Token::Text(text) => Read::lenient(named(text.trim())),
            _ => Read::UNREADABLE,
        }
    }

    fn print(&self, out: &mut Vec<u8>, _: EnumFormat) {
        out.extend_from_slice(if *self { b"true" } else { b"false" });
    }
}

impl SlotValue for Decimal {
    const EXPECTED: &'static str = "a decimal number";
    const KIND: Kind = Kind::Decimal;

    fn read(token: Token<'_>, _: EnumFormat) -> Read<Self> {
        match token {
            Token::Number(text) => match parse_decimal(text) {
                Some(parsed) => Read::exact_if(parsed.canonical, parsed.value),
                None => Read::UNREADABLE,
            },
            Token::Text(text) => Read::lenient(Self::from_str_exact(text.trim()).ok()),
            _ => Read::UNREADABLE,
        }
    }

    fn print(&self, out: &mut Vec<u8>, _: EnumFormat) {
        print_decimal(out, self);
    }
}

impl SlotValue for String {
    const EXPECTED: &'static str = "text";
    const KIND: Kind = Kind::Text;

    fn read(token: Token<'_>, _: EnumFormat) -> Read<Self> {
        match token {
            Token::Text(text) => Read::exact(text.into_owned()),
            Token::Bool(value) => Read::lenient(Some(value.to_string())),
            Token::Number(text) => Read::lenient(Some(text.to_owned())),
            _ => Read::UNREADABLE,
        }
    }

    fn print(&self, out: &mut Vec<u8>, _: EnumFormat) {
        print_text(out, self);
    }
}

/// Timestamps are text on the wire, and parse nothing that they would not print.
macro_rules! timestamps {
    ($($type:ty, $kind:expr;)*) => {$(
        impl SlotValue for $type {
            const EXPECTED: &'static str = "a timestamp";
            const KIND: Kind = $kind;

            fn read(token: Token<'_>, _: EnumFormat) -> Read<Self> {
                match token {
                    Token::Text(text) => text.parse().map_or(Read::UNREADABLE, Read::exact),
                    _ => Read::UNREADABLE,
                }
            }

            fn print(&self, out: &mut Vec<u8>, _: EnumFormat) {
                print_bare(out, self.text().as_str());
            }
        }
    )*};
}

timestamps! {
    DateTime, Kind::DateTime;
    CivilDateTime, Kind::Civil;
}

impl SlotValue for Guid {
    const EXPECTED: &'static str = "a unique id";
    const KIND: Kind = Kind::Guid;

    fn read(token: Token<'_>, _: EnumFormat) -> Read<Self> {
        let Token::Text(text) = token else { return Read::UNREADABLE };
        match text.parse::<Self>() {
            Ok(guid) if guid.encode(&mut [0; 36]) == text => Read::exact(guid),
            Ok(guid) => Read::lenient(Some(guid)),
            Err(_) => Read::UNREADABLE,
        }
    }

    fn print(&self, out: &mut Vec<u8>, _: EnumFormat) {
        print_bare(out, self.encode(&mut [0; 36]));
    }
}

/// The number of an enumeration that a token means. Apart from the type, so that it is compiled once.
fn read_enum(token: &Token<'_>, form: EnumFormat, table: &EnumTable) -> Read<i64> {
    let Token::Text(text) = token else {
        let read = read_int(token);
        let listed = read.value.is_some_and(|value| table.name_of(value).is_some());
        // A value without a name is written as its number, as it came.
        let lenient = read.reading == Reading::Exact && form == EnumFormat::Name && listed;
        return if lenient { Read::lenient(read.value) } else { read };
    };
    match (table.value_of(text), form) {
        (Some(value), EnumFormat::Name) => Read::exact_if(table.name_of(value) == Some(text), value),
        (Some(value), EnumFormat::NumberOrName) => Read::exact_if(false, value),
        (Some(value), EnumFormat::Number) => Read::lenient(Some(value)),
        (None, _) => Read::lenient(text.trim().parse().ok()),
    }
}

fn print_enum(out: &mut Vec<u8>, value: i64, form: EnumFormat, table: &EnumTable) {
    match table.name_of(value) {
        Some(name) if form == EnumFormat::Name => print_text(out, name),
        _ => print_int(out, value),
    }
}

impl<T: OpenEnum> SlotValue for T {
    const EXPECTED: &'static str = "a value of an enumeration";
    const KIND: Kind = Kind::Enum(T::TABLE);

    fn read(token: Token<'_>, form: EnumFormat) -> Read<Self> {
        let read = read_enum(&token, form, T::TABLE);
        Read { reading: read.reading, value: read.value.map(T::from_value) }
    }

    fn print(&self, out: &mut Vec<u8>, form: EnumFormat) {
        print_enum(out, self.value(), form, T::TABLE);
    }
}

/// The ids of a list, whatever they point at, each given to `take`. Of a list with anything else in it, nothing is to
/// be taken. Compiled once for all entities.
fn read_ids(token: &Token<'_>, take: &mut dyn FnMut(i64)) -> Reading {
    let Token::Array(text) = token else { return Reading::Unreadable };
    let (mut canonical, mut lenient) = (true, false);
    let mut add = |token: &Token<'_>| {
        let read = read_int(token);
        canonical &= read.reading != Reading::Equivalent;
        lenient |= read.reading == Reading::Lenient;
        read.value.map(&mut *take).is_some()
    };
    // Most lists are integers with commas between them, which need no scanner.
    let inside = text.get(1..text.len().saturating_sub(1)).unwrap_or_default();
    let all = if inside.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b',' | b'-')) {
        inside.is_empty() || inside.split(',').all(|item| add(&Token::Number(item)))
    } else {
        let all = JsonRef::trusted(text).items().all(|item| match item.as_str() {
            Some(text) => add(&Token::Text(text)),
            None => item.as_i64().is_some() && add(&Token::Number(item.text())),
        });
        canonical &= !inside.bytes().any(|byte| byte.is_ascii_whitespace());
        all
    };
    match (all, lenient, canonical) {
        (false, ..) => Reading::Unreadable,
        (true, true, _) => Reading::Lenient,
        (true, false, true) => Reading::Exact,
        (true, false, false) => Reading::Equivalent,
    }
}

/// At least as many as there are ids in a list, so that a long one takes no more than it needs.
fn most_ids(token: &Token<'_>) -> usize {
    match token {
        Token::Array(text) => text.bytes().filter(|byte| *byte == b',').count() + 1,
        _ => 0,
    }
}

fn print_ids(out: &mut Vec<u8>, count: usize, id: &dyn Fn(usize) -> i64) {
    out.push(b'[');
    for at in 0..count {
        if at > 0 {
            out.push(b',');
        }
        print_int(out, id(at));
    }
    out.push(b']');
}

/// Lists of typed and of bare ids.
macro_rules! lists {
    ($(($($generics:tt)*) $item:ty, $of:expr, $from:expr, $to:expr;)*) => {$(
        impl<$($generics)*> SlotValue for Vec<$item> {
            const EXPECTED: &'static str = "a list of ids";
            const KIND: Kind = Kind::Ids($of);

            fn read(token: Token<'_>, _: EnumFormat) -> Read<Self> {
                let from: fn(i64) -> $item = $from;
                let mut ids = Self::with_capacity(most_ids(&token));
                match read_ids(&token, &mut |id| ids.push(from(id))) {
                    Reading::Unreadable => Read::UNREADABLE,
                    reading => Read { reading, value: Some(ids) },
                }
            }

            fn print(&self, out: &mut Vec<u8>, _: EnumFormat) {
                let to: fn($item) -> i64 = $to;
                print_ids(out, self.len(), &|at| self.get(at).map_or(0, |id| to(*id)));
            }
        }
    )*};
}

lists! {
    (E: EntityName + ?Sized) Id<E>, Some(E::NAME), Id::new, Id::get;
    () i64, None, |id| id, |id| id;
}

impl SlotValue for Json {
    const EXPECTED: &'static str = "any JSON";
    const KIND: Kind = Kind::Json;

    fn read(token: Token<'_>, _: EnumFormat) -> Read<Self> {
        Read::exact(match token {
            Token::Null => Self::null(),
            Token::Bool(value) => value.into(),
            Token::Text(text) => text.as_ref().into(),
            Token::Number(text) | Token::Array(text) | Token::Object(text) => Self::trusted(text),
        })
    }

    fn print(&self, out: &mut Vec<u8>, _: EnumFormat) {
        out.extend_from_slice(self.text().as_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::super::slot::Slot;
    use super::*;
    use crate::json::check;
    use crate::sample::Cycle;

    fn read_as<T: SlotValue>(form: EnumFormat, json: &str) -> (Reading, Option<T>) {
        let mut slot = None;
        let reading = Slot::read(&mut slot, Token::of(check(json).unwrap()), form);
        (reading, slot)
    }

    fn read<T: SlotValue>(json: &str) -> (Reading, Option<T>) {
        read_as(EnumFormat::Number, json)
    }

    #[test]
    fn each_kind_knows_how_well_it_understood() {
        use Reading::{Equivalent, Exact, Lenient, Unreadable};
        assert_eq!(read("5"), (Exact, Some(5_i64)));
        assert_eq!(read("5E0"), (Equivalent, Some(5_i64)));
        assert_eq!(read("\"5\""), (Lenient, Some(5_i64)));
        assert_eq!(read("5.0"), (Lenient, Some(5_i64)));
        assert_eq!(read("9007199254740993.0"), (Lenient, Some(9_007_199_254_740_993_i64)));
        for json in ["5.5", "18446744073709551615", "\"abc\"", "{}", "true"] {
            assert_eq!(read::<i64>(json), (Unreadable, None), "{json}");
        }
        assert_eq!(read::<i64>("null"), (Exact, None));
        for (json, value) in [("1", true), ("0", false), ("\"False\"", false), ("\"0\"", false)] {
            assert_eq!(read(json), (Lenient, Some(value)), "{json}");
        }
        assert_eq!(read::<bool>("2"), (Unreadable, None));
        assert_eq!(read("7.50"), (Lenient, Some("7.50".to_owned())));
        assert_eq!(read::<String>("{}"), (Unreadable, None));
        assert_eq!(read::<DateTime>("\"soon\""), (Unreadable, None));
        assert_eq!(read::<DateTime>("5"), (Unreadable, None));
        assert_eq!(read("[1,2]"), (Exact, Some(vec![1_i64, 2])));
        assert_eq!(read("[1, 2]"), (Equivalent, Some(vec![1_i64, 2])));
        assert_eq!(read("[1,\"2\"]"), (Lenient, Some(vec![1_i64, 2])));
        for json in ["[1,null]", "[[]]", "[1.5]", "5"] {
            assert_eq!(read::<Vec<i64>>(json), (Unreadable, None), "{json}");
        }
        assert_eq!(read::<Guid>("\"A1B2C3D4-E5F6-7890-ABCD-EF1234567890\"").0, Lenient);
        assert_eq!(read::<Guid>("\"x\""), (Unreadable, None));
    }

    #[test]
    fn an_enumeration_is_read_and_written_in_the_form_of_its_property() {
        use EnumFormat::{Name, Number, NumberOrName};
        use Reading::{Equivalent, Exact, Lenient, Unreadable};
        for (form, json, reading, value) in [
            (Number, "2", Exact, Some(Cycle::Weekly)),
            (Number, "\"Weekly\"", Lenient, Some(Cycle::Weekly)),
            (Number, "\"2\"", Lenient, Some(Cycle::Weekly)),
            (Name, "\"Weekly\"", Exact, Some(Cycle::Weekly)),
            (Name, "\"weekly\"", Equivalent, Some(Cycle::Weekly)),
            (Name, "2", Lenient, Some(Cycle::Weekly)),
            (Name, "77", Exact, Some(Cycle::from_value(77))),
            (Name, "\"Yearly\"", Unreadable, None),
            (NumberOrName, "\"Weekly\"", Equivalent, Some(Cycle::Weekly)),
            (NumberOrName, "2", Exact, Some(Cycle::Weekly)),
        ] {
            assert_eq!(read_as::<Cycle>(form, json), (reading, value), "{form:?} {json}");
        }
        let slot: &dyn Slot = &Some(Cycle::Weekly);
        let written = [Number, Name, NumberOrName].map(|form| slot.to_json(form).unwrap().into_text());
        assert_eq!(written, ["2", "\"Weekly\"", "2"]);
        let unlisted: &dyn Slot = &Some(Cycle::from_value(77));
        assert_eq!(unlisted.to_json(Name).unwrap().text(), "77");
    }
}
