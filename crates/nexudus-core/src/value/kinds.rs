//! The types that a field can hold: how each is read and written.

use rust_decimal::Decimal;

use super::guid::Guid;
use super::id::Id;
use super::open_enum::OpenEnum;
use super::slot::{Read, SlotValue};
use super::time::{CivilDateTime, DateTime};
use super::token::Token;
use crate::facts::WireForm;
use crate::json::{Json, JsonRef, parse_decimal, parse_int, print_bare, print_decimal, print_int, print_text};

/// The integer that a token means, in whatever spelling.
fn read_int(token: &Token<'_>) -> Read<i64> {
    match token {
        Token::Number(text) => match parse_int(text) {
            Some(parsed) if text.contains('.') => Read::Lenient(parsed.value),
            Some(parsed) => Read::exact_if(parsed.canonical, parsed.value),
            None => Read::Unreadable,
        },
        Token::Text(text) => Read::lenient(text.trim().parse().ok()),
        _ => Read::Unreadable,
    }
}

impl SlotValue for i64 {
    const EXPECTED: &'static str = "an integer";

    fn read(token: Token<'_>, _: WireForm) -> Read<Self> {
        read_int(&token)
    }

    fn print(&self, out: &mut Vec<u8>, _: WireForm) {
        print_int(out, *self);
    }
}

impl<E: ?Sized + 'static> SlotValue for Id<E> {
    const EXPECTED: &'static str = "an id";

    fn read(token: Token<'_>, _: WireForm) -> Read<Self> {
        read_int(&token).map(Self::new)
    }

    fn print(&self, out: &mut Vec<u8>, _: WireForm) {
        print_int(out, self.get());
    }
}

impl SlotValue for bool {
    const EXPECTED: &'static str = "true or false";

    fn read(token: Token<'_>, _: WireForm) -> Read<Self> {
        let named = |text: &str| match text {
            "1" => Some(true),
            "0" => Some(false),
            text if text.eq_ignore_ascii_case("true") => Some(true),
            text if text.eq_ignore_ascii_case("false") => Some(false),
            _ => None,
        };
        match token {
            Token::Bool(value) => Read::Exact(value),
            Token::Number(text) => Read::lenient(named(text)),
            Token::Text(text) => Read::lenient(named(text.trim())),
            _ => Read::Unreadable,
        }
    }

    fn print(&self, out: &mut Vec<u8>, _: WireForm) {
        out.extend_from_slice(if *self { b"true" } else { b"false" });
    }
}

impl SlotValue for Decimal {
    const EXPECTED: &'static str = "a decimal number";

    fn read(token: Token<'_>, _: WireForm) -> Read<Self> {
        match token {
            Token::Number(text) => match parse_decimal(text) {
                Some(parsed) => Read::exact_if(parsed.canonical, parsed.value),
                None => Read::Unreadable,
            },
            Token::Text(text) => Read::lenient(Self::from_str_exact(text.trim()).ok()),
            _ => Read::Unreadable,
        }
    }

    fn print(&self, out: &mut Vec<u8>, _: WireForm) {
        print_decimal(out, self);
    }
}

impl SlotValue for String {
    const EXPECTED: &'static str = "text";

    fn read(token: Token<'_>, _: WireForm) -> Read<Self> {
        match token {
            Token::Text(text) => Read::Exact(text.into_owned()),
            Token::Bool(value) => Read::Lenient(value.to_string()),
            Token::Number(text) => Read::Lenient(text.to_owned()),
            _ => Read::Unreadable,
        }
    }

    fn print(&self, out: &mut Vec<u8>, _: WireForm) {
        print_text(out, self);
    }
}

/// Timestamps are text on the wire, and parse nothing that they would not print.
macro_rules! timestamps {
    ($($type:ty)*) => {$(
        impl SlotValue for $type {
            const EXPECTED: &'static str = "a timestamp";

            fn read(token: Token<'_>, _: WireForm) -> Read<Self> {
                match token {
                    Token::Text(text) => text.parse().map_or(Read::Unreadable, Read::Exact),
                    _ => Read::Unreadable,
                }
            }

            fn print(&self, out: &mut Vec<u8>, _: WireForm) {
                print_bare(out, self.text().as_str());
            }
        }
    )*};
}

timestamps!(DateTime CivilDateTime);

impl SlotValue for Guid {
    const EXPECTED: &'static str = "a unique id";

    fn read(token: Token<'_>, _: WireForm) -> Read<Self> {
        let Token::Text(text) = token else { return Read::Unreadable };
        match text.parse::<Self>() {
            Ok(guid) if guid.encode(&mut [0; 36]) == text => Read::Exact(guid),
            Ok(guid) => Read::Lenient(guid),
            Err(_) => Read::Unreadable,
        }
    }

    fn print(&self, out: &mut Vec<u8>, _: WireForm) {
        print_bare(out, self.encode(&mut [0; 36]));
    }
}

impl<T: OpenEnum> SlotValue for T {
    const EXPECTED: &'static str = "a value of an enumeration";

    fn read(token: Token<'_>, form: WireForm) -> Read<Self> {
        match &token {
            Token::Text(text) => match (T::from_name(text), form) {
                (Some(value), WireForm::Name) => Read::exact_if(value.name() == Some(text), value),
                (Some(value), WireForm::Either) => Read::Equivalent(value),
                (Some(value), WireForm::Usual) => Read::Lenient(value),
                (None, _) => Read::lenient(text.trim().parse().ok().map(T::from_value)),
            },
            other => match read_int(other).map(T::from_value) {
                // A value without a name is written as its number, as it came.
                Read::Exact(value) if form == WireForm::Name && value.is_listed() => Read::Lenient(value),
                read => read,
            },
        }
    }

    fn print(&self, out: &mut Vec<u8>, form: WireForm) {
        match self.name() {
            Some(name) if form == WireForm::Name => print_text(out, name),
            _ => print_int(out, self.value()),
        }
    }
}

/// A list of ids, whatever they point at. Of a list with anything else in it, nothing is taken.
fn read_ids<T>(token: &Token<'_>, to: impl Fn(i64) -> T) -> Read<Vec<T>> {
    let Token::Array(text) = token else { return Read::Unreadable };
    // Counted beforehand, so that a long list takes no more than it needs.
    let mut ids = Vec::with_capacity(text.bytes().filter(|byte| *byte == b',').count() + 1);
    let (mut canonical, mut lenient) = (!text.bytes().any(|byte| byte.is_ascii_whitespace()), false);
    for item in JsonRef::trusted(text).items() {
        let token = match item.as_str() {
            Some(text) => Token::Text(text),
            None if item.as_i64().is_some() => Token::Number(item.text()),
            None => return Read::Unreadable,
        };
        match read_int(&token) {
            Read::Exact(id) => ids.push(to(id)),
            Read::Equivalent(id) => {
                canonical = false;
                ids.push(to(id));
            }
            Read::Lenient(id) => {
                lenient = true;
                ids.push(to(id));
            }
            Read::Unreadable => return Read::Unreadable,
        }
    }
    if lenient { Read::Lenient(ids) } else { Read::exact_if(canonical, ids) }
}

fn print_ids(out: &mut Vec<u8>, ids: impl Iterator<Item = i64>) {
    out.push(b'[');
    for (at, id) in ids.enumerate() {
        if at > 0 {
            out.push(b',');
        }
        print_int(out, id);
    }
    out.push(b']');
}

impl<E: ?Sized + 'static> SlotValue for Vec<Id<E>> {
    const EXPECTED: &'static str = "a list of ids";

    fn read(token: Token<'_>, _: WireForm) -> Read<Self> {
        read_ids(&token, Id::new)
    }

    fn print(&self, out: &mut Vec<u8>, _: WireForm) {
        print_ids(out, self.iter().map(|id| id.get()));
    }
}

impl SlotValue for Vec<i64> {
    const EXPECTED: &'static str = "a list of ids";

    fn read(token: Token<'_>, _: WireForm) -> Read<Self> {
        read_ids(&token, |id| id)
    }

    fn print(&self, out: &mut Vec<u8>, _: WireForm) {
        print_ids(out, self.iter().copied());
    }
}

impl SlotValue for Json {
    const EXPECTED: &'static str = "any JSON";

    fn read(token: Token<'_>, _: WireForm) -> Read<Self> {
        Read::Exact(match token {
            Token::Null => Self::null(),
            Token::Bool(value) => value.into(),
            Token::Text(text) => text.as_ref().into(),
            Token::Number(text) | Token::Array(text) | Token::Object(text) => Self::trusted(text),
        })
    }

    fn print(&self, out: &mut Vec<u8>, _: WireForm) {
        out.extend_from_slice(self.text().as_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::super::slot::{Reading, Slot};
    use super::*;
    use crate::json::check;
    use crate::sample::Cycle;

    fn read_as<T: SlotValue>(form: WireForm, json: &str) -> (Reading, Option<T>) {
        let mut slot = None;
        let reading = Slot::read(&mut slot, Token::of(check(json).unwrap()), form);
        (reading, slot)
    }

    fn read<T: SlotValue>(json: &str) -> (Reading, Option<T>) {
        read_as(WireForm::Usual, json)
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
        use Reading::{Equivalent, Exact, Lenient, Unreadable};
        use WireForm::{Either, Name, Usual};
        for (form, json, reading, value) in [
            (Usual, "2", Exact, Some(Cycle::Weekly)),
            (Usual, "\"Weekly\"", Lenient, Some(Cycle::Weekly)),
            (Usual, "\"2\"", Lenient, Some(Cycle::Weekly)),
            (Name, "\"Weekly\"", Exact, Some(Cycle::Weekly)),
            (Name, "\"weekly\"", Equivalent, Some(Cycle::Weekly)),
            (Name, "2", Lenient, Some(Cycle::Weekly)),
            (Name, "77", Exact, Some(Cycle::from_value(77))),
            (Name, "\"Yearly\"", Unreadable, None),
            (Either, "\"Weekly\"", Equivalent, Some(Cycle::Weekly)),
            (Either, "2", Exact, Some(Cycle::Weekly)),
        ] {
            assert_eq!(read_as::<Cycle>(form, json), (reading, value), "{form:?} {json}");
        }
        let slot: &dyn Slot = &Some(Cycle::Weekly);
        let written = [Usual, Name, Either].map(|form| slot.to_json(form).unwrap().into_text());
        assert_eq!(written, ["2", "\"Weekly\"", "2"]);
        let unlisted: &dyn Slot = &Some(Cycle::from_value(77));
        assert_eq!(unlisted.to_json(Name).unwrap().text(), "77");
    }
}
