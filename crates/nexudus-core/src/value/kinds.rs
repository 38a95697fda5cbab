//! The types that a field can hold: how each is read and written.

use std::borrow::Cow;

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use serde_json::Value;

use super::guid::Guid;
use super::id::Id;
use super::open_enum::OpenEnum;
use super::slot::{Read, SlotValue};
use super::time::{CivilDateTime, DateTime};
use super::token::{Token, print_bare, print_json, print_text};

/// The integer that a token means, in whatever spelling.
fn read_int(token: &Token<'_>) -> Read<i64> {
    match token {
        Token::Int(value) => Read::Plain(*value),
        Token::UInt(_) => Read::Unreadable,
        Token::Float(value) => match whole(*value) {
            Some(value) => Read::Odd(value),
            None => Read::Unreadable,
        },
        Token::Text(text) => text.trim().parse().map_or(Read::Wrong, Read::Odd),
        _ => Read::Wrong,
    }
}

/// The integer that a float is, within what floats count exactly.
fn whole(value: f64) -> Option<i64> {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    #[expect(clippy::cast_possible_truncation, reason = "whole and within 2^53")]
    (value.fract() == 0.0 && value.abs() <= EXACT).then_some(value as i64)
}

/// Reads by another type's rule.
fn map<T, U>(read: Read<T>, to: impl FnOnce(T) -> U) -> Read<U> {
    match read {
        Read::Plain(value) => Read::Plain(to(value)),
        Read::Odd(value) => Read::Odd(to(value)),
        Read::Unreadable => Read::Unreadable,
        Read::Wrong => Read::Wrong,
    }
}

impl SlotValue for i64 {
    const EXPECTED: &'static str = "an integer";

    fn read(token: &mut Token<'_>) -> Read<Self> {
        read_int(token)
    }

    fn write(&self) -> Token<'_> {
        Token::Int(*self)
    }
}

impl<E: ?Sized + 'static> SlotValue for Id<E> {
    const EXPECTED: &'static str = "an id";

    fn read(token: &mut Token<'_>) -> Read<Self> {
        map(read_int(token), Self::new)
    }

    fn write(&self) -> Token<'_> {
        Token::Int(self.get())
    }
}

impl SlotValue for bool {
    const EXPECTED: &'static str = "true or false";

    fn read(token: &mut Token<'_>) -> Read<Self> {
        match token {
            Token::Bool(value) => Read::Plain(*value),
            Token::Int(value @ (0 | 1)) => Read::Odd(*value == 1),
            Token::Text(text) if text.eq_ignore_ascii_case("true") => Read::Odd(true),
            Token::Text(text) if text.eq_ignore_ascii_case("false") => Read::Odd(false),
            _ => Read::Wrong,
        }
    }

    fn write(&self) -> Token<'_> {
        Token::Bool(*self)
    }
}

impl SlotValue for Decimal {
    const EXPECTED: &'static str = "a decimal number";

    fn read(token: &mut Token<'_>) -> Read<Self> {
        let value = match token {
            Token::Int(value) => return Read::Plain(Self::from(*value)),
            Token::UInt(value) => return Read::Plain(Self::from(*value)),
            Token::Float(value) => decimal_of(*value),
            Token::Text(text) => {
                return match text.trim().parse() {
                    Ok(value) => Read::Odd(value),
                    Err(_) => Read::Wrong,
                };
            }
            _ => return Read::Wrong,
        };
        match value {
            Some(value) if value.write() == *token => Read::Plain(value),
            Some(value) => Read::Odd(value),
            None => Read::Unreadable,
        }
    }

    fn write(&self) -> Token<'_> {
        if self.scale() == 0 {
            if let Some(value) = self.to_i64() {
                return Token::Int(value);
            }
            if let Some(value) = self.to_u64() {
                return Token::UInt(value);
            }
        }
        Token::Float(float_of(self))
    }
}

/// Powers of ten that a float holds exactly, far enough for any amount of money.
const TENS: [f64; 16] = [1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15];

/// The shortest decimal that is nearest to a float, with at least one place: a float was written with one.
#[expect(clippy::float_cmp, reason = "equality to the bit is the proof")]
fn decimal_of(value: f64) -> Option<Decimal> {
    // Nearly every amount has one to four places. Dividing two integers that a float holds exactly gives the
    // float nearest to the quotient, so equality proves that this is the number that was written.
    for places in 1..=4_u32 {
        let scaled = (value * TENS[places as usize]).round();
        if let Some(digits) = whole(scaled)
            && scaled / TENS[places as usize] == value
            && (digits != 0 || value.is_sign_positive())
        {
            return Some(Decimal::new(digits, places));
        }
    }
    let text = format!("{value:?}");
    if text.contains('e') { Decimal::from_scientific(&text).ok() } else { text.parse().ok() }
}

/// The float nearest to a decimal.
fn float_of(value: &Decimal) -> f64 {
    let (mantissa, scale) = (value.mantissa(), value.scale() as usize);
    #[expect(clippy::cast_precision_loss, reason = "within 2^53, so exact")]
    match TENS.get(scale) {
        Some(power) if mantissa.unsigned_abs() <= 1 << 53 => mantissa as f64 / power,
        // Prints digits and a point only, so it parses; a decimal is far inside the range of a float.
        _ => value.to_string().parse().unwrap_or_default(),
    }
}

impl SlotValue for String {
    const EXPECTED: &'static str = "text";

    fn read(token: &mut Token<'_>) -> Read<Self> {
        match token {
            Token::Text(text) => Read::Plain(std::mem::take(text).into_owned()),
            Token::Bool(value) => Read::Odd(value.to_string()),
            Token::Int(value) => Read::Odd(value.to_string()),
            Token::UInt(value) => Read::Odd(value.to_string()),
            Token::Float(value) => Read::Odd(value.to_string()),
            _ => Read::Wrong,
        }
    }

    fn write(&self) -> Token<'_> {
        Token::Text(Cow::Borrowed(self))
    }

    fn print(&self, out: &mut Vec<u8>) {
        print_text(out, self);
    }
}

/// Timestamps are text on the wire, and parse nothing that they would not print.
macro_rules! timestamps {
    ($($type:ty)*) => {$(
        impl SlotValue for $type {
            const EXPECTED: &'static str = "a timestamp";

            fn read(token: &mut Token<'_>) -> Read<Self> {
                match token {
                    Token::Text(text) => text.parse().map_or(Read::Unreadable, Read::Plain),
                    _ => Read::Wrong,
                }
            }

            fn write(&self) -> Token<'_> {
                Token::Text(Cow::Owned(self.to_string()))
            }

            fn print(&self, out: &mut Vec<u8>) {
                print_bare(out, self.text().as_str());
            }
        }
    )*};
}

timestamps!(DateTime CivilDateTime);

impl SlotValue for Guid {
    const EXPECTED: &'static str = "a unique id";

    fn read(token: &mut Token<'_>) -> Read<Self> {
        let Token::Text(text) = token else { return Read::Wrong };
        match text.parse::<Self>() {
            Ok(guid) if guid.encode(&mut [0; 36]) == text => Read::Plain(guid),
            Ok(guid) => Read::Odd(guid),
            Err(_) => Read::Unreadable,
        }
    }

    fn write(&self) -> Token<'_> {
        Token::Text(Cow::Owned(self.to_string()))
    }

    fn print(&self, out: &mut Vec<u8>) {
        print_bare(out, self.encode(&mut [0; 36]));
    }
}

impl<T: OpenEnum> SlotValue for T {
    const EXPECTED: &'static str = "an integer of an enumeration";

    fn read(token: &mut Token<'_>) -> Read<Self> {
        match token {
            Token::Text(text) => match text.trim().parse() {
                Ok(value) => Read::Odd(T::from_value(value)),
                Err(_) => T::from_name(text).map_or(Read::Unreadable, Read::Odd),
            },
            other => map(read_int(other), T::from_value),
        }
    }

    fn write(&self) -> Token<'_> {
        Token::Int(self.value())
    }
}

/// A list of ids, whatever they point at.
fn read_ids<T>(token: &Token<'_>, to: impl Fn(i64) -> T) -> Read<Vec<T>> {
    let Token::Tree(tree) = token else { return Read::Wrong };
    let Value::Array(items) = tree.as_ref() else { return Read::Wrong };
    let mut odd = false;
    let mut ids = Vec::with_capacity(items.len());
    for item in items {
        match read_int(&Token::of(item)) {
            Read::Plain(id) => ids.push(to(id)),
            Read::Odd(id) => {
                odd = true;
                ids.push(to(id));
            }
            Read::Unreadable => return Read::Unreadable,
            Read::Wrong if item.is_null() => return Read::Unreadable,
            Read::Wrong => return Read::Wrong,
        }
    }
    if odd { Read::Odd(ids) } else { Read::Plain(ids) }
}

impl<E: ?Sized + 'static> SlotValue for Vec<Id<E>> {
    const EXPECTED: &'static str = "a list of ids";

    fn read(token: &mut Token<'_>) -> Read<Self> {
        read_ids(token, Id::new)
    }

    fn write(&self) -> Token<'_> {
        Token::Ints(self.iter().map(|id| id.get()).collect())
    }

    fn print(&self, out: &mut Vec<u8>) {
        print_json(out, self);
    }
}

impl SlotValue for Vec<i64> {
    const EXPECTED: &'static str = "a list of ids";

    fn read(token: &mut Token<'_>) -> Read<Self> {
        read_ids(token, |id| id)
    }

    fn write(&self) -> Token<'_> {
        Token::Ints(self.clone())
    }
}

impl SlotValue for Value {
    const EXPECTED: &'static str = "any JSON";

    fn read(token: &mut Token<'_>) -> Read<Self> {
        Read::Plain(std::mem::replace(token, Token::Null).into_value())
    }

    fn write(&self) -> Token<'_> {
        Token::of(self)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::super::slot::{Reading, Slot};
    use super::*;

    fn read<T: SlotValue>(value: &Value) -> (Reading, Option<T>) {
        let mut slot = None;
        let reading = Slot::read(&mut slot, &mut Token::of(value));
        (reading, slot)
    }

    #[test]
    fn each_kind_knows_plain_odd_unreadable_and_wrong() {
        assert_eq!(read(&json!(5)), (Reading::Plain, Some(5_i64)));
        assert_eq!(read(&json!("5")), (Reading::Odd, Some(5_i64)));
        assert_eq!(read(&json!(5.0)), (Reading::Odd, Some(5_i64)));
        assert_eq!(read::<i64>(&json!(5.5)), (Reading::Unreadable, None));
        assert_eq!(read::<i64>(&json!(u64::MAX)), (Reading::Unreadable, None));
        assert_eq!(read::<i64>(&json!("abc")), (Reading::Wrong, None));
        assert_eq!(read::<i64>(&json!(null)), (Reading::Plain, None));
        assert_eq!(read(&json!(1)), (Reading::Odd, Some(true)));
        assert_eq!(read(&json!("False")), (Reading::Odd, Some(false)));
        assert_eq!(read::<bool>(&json!(2)), (Reading::Wrong, None));
        assert_eq!(read(&json!(7)), (Reading::Odd, Some("7".to_owned())));
        assert_eq!(read::<String>(&json!({})), (Reading::Wrong, None));
        assert_eq!(read::<DateTime>(&json!("soon")), (Reading::Unreadable, None));
        assert_eq!(read::<DateTime>(&json!(5)), (Reading::Wrong, None));
        assert_eq!(read(&json!([1, "2"])), (Reading::Odd, Some(vec![1_i64, 2])));
        assert_eq!(read::<Vec<i64>>(&json!([1, null])), (Reading::Unreadable, None));
        assert_eq!(read::<Vec<i64>>(&json!([[]])), (Reading::Wrong, None));
        let upper = read::<Guid>(&json!("A1B2C3D4-E5F6-7890-ABCD-EF1234567890"));
        assert_eq!(upper.0, Reading::Odd);
        assert_eq!(read::<Guid>(&json!("x")), (Reading::Unreadable, None));
    }

    #[test]
    fn the_shortest_decimal_is_taken() {
        // Multiplied by a hundred, this is a hair below a whole number.
        assert_eq!(decimal_of(8_858_994_195_806.95), Some(Decimal::new(885_899_419_580_695, 2)));
    }

    #[test]
    fn decimals_keep_their_places() {
        for (text, printed) in
            [("10", "10"), ("10.0", "10.0"), ("12.34", "12.34"), ("0.1", "0.1"), ("-0.00005", "-0.00005")]
        {
            let value: Value = serde_json::from_str(text).unwrap();
            let (reading, decimal) = read::<Decimal>(&value);
            assert_eq!((reading, decimal.unwrap().to_string().as_str()), (Reading::Plain, printed));
            assert_eq!(decimal.write().unwrap().into_value(), value);
        }
        assert_eq!(read::<Decimal>(&json!(1e300)), (Reading::Unreadable, None));
        assert_eq!(read::<Decimal>(&json!("1.50")).0, Reading::Odd);
        assert_eq!(read::<Decimal>(&json!(1e-40)), (Reading::Unreadable, None));
    }

    proptest! {
        #[test]
        fn a_plain_decimal_is_written_as_it_was_read(value in any::<f64>()) {
            let mut token = Token::Float(value);
            if let Read::Plain(decimal) = Decimal::read(&mut token) {
                prop_assert_eq!(decimal.write(), Token::Float(value));
            }
        }

        #[test]
        fn decimals_are_exact_to_fifteen_digits(digits in 0..999_999_999_999_999_i64, places in 1..=15_u32) {
            let decimal = Decimal::new(digits, places);
            let token = decimal.write().into_value();
            let mut slot: Option<Decimal> = None;
            prop_assert_eq!(Slot::read(&mut slot, &mut Token::of(&token)), Reading::Plain);
            prop_assert_eq!(slot, Some(decimal));
        }
    }
}
