//! What a client sent, as a value of the kind that a property has.

use nexudus_core::{Decimal, Field, Guid, Kind};
use serde_json::value::RawValue;

use crate::value::raw::{compact, is_null, is_string, items, number, text};
use crate::value::row::Value;
use crate::value::time::parse_time;

/// Why a value was refused.
pub(crate) type Refusal = &'static str;

/// What a property becomes where a create does not name it.
pub(crate) fn default_value(field: &Field) -> Option<Value> {
    let Some(default) = field.default else { return unset_enum(field) };
    // The generator has written the text, so it is JSON of the right kind.
    let json: &RawValue = serde_json::from_str(default).ok()?;
    coerce(field.kind, json).ok()?
}

/// What an enumeration becomes that is never null, where a write does not name it. The reference marks such properties
/// as required, but creates went well without them: 1 came of most, and of no other the number 0.
pub(crate) fn unset_enum(field: &Field) -> Option<Value> {
    let Kind::Enum(table) = field.kind else { return None };
    let numbers = || table.values.iter().map(|(number, _)| *number);
    let number = numbers().find(|number| *number == 1).or_else(|| numbers().min());
    number.filter(|_| field.is_marked_required()).map(Value::Int)
}

/// Turns what a client sent into a value of a kind. `None` is null: the property is cleared.
///
/// Lenient, since public clients send booleans as text, enums by name and, in forms, everything as text. Never by way
/// of a float: a number that no decimal holds is kept as its text.
pub(crate) fn coerce(kind: Kind, json: &RawValue) -> Result<Option<Value>, Refusal> {
    let string = text(json);
    let blank = string.as_ref().is_some_and(|text| text.trim().is_empty());
    if is_null(json) || (blank && kind != Kind::Text) {
        return Ok(None);
    }
    let value = match kind {
        Kind::Text => match string {
            Some(text) => Value::Text(text),
            // Half of a character, which .NET writes where it cuts a text: it comes back as it came.
            None if is_string(json) => Value::Json(json.get().to_owned()),
            None if number(json).is_some() || boolean(json, None).is_some() => Value::Text(json.get().to_owned()),
            None => return Err("is not a text"),
        },
        Kind::Id(_) | Kind::Int => Value::Int(integer(json, string.as_deref()).ok_or("is not a whole number")?),
        Kind::Bool => Value::Bool(boolean(json, string.as_deref()).ok_or("is not true or false")?),
        Kind::Decimal => decimal(json, string.as_deref()).ok_or("is not a number")?,
        Kind::DateTime | Kind::Civil => {
            let time = string.and_then(|text| parse_time(&text, kind == Kind::DateTime));
            Value::Time(time.ok_or("is not a date and time")?)
        }
        Kind::Guid => {
            let guid: Option<Guid> = string.and_then(|text| text.parse().ok());
            Value::Guid(guid.ok_or("is not a unique id")?.to_bytes())
        }
        Kind::Enum(table) => {
            let named = string.as_ref().and_then(|name| table.value_of(name.trim()));
            let number = named.or_else(|| integer(json, string.as_deref()));
            // What .NET clients send for a value that they leave alone.
            if number == Some(0) && table.name_of(0).is_none() {
                return Ok(None);
            }
            let number = number.filter(|number| table.name_of(*number).is_some());
            Value::Int(number.ok_or("is not one of the listed values")?)
        }
        Kind::Ids(_) => Value::Ids(ids(json, string.as_deref()).ok_or("is not a list of ids")?),
        Kind::Json => Value::Json(compact(json)),
    };
    Ok(Some(value))
}

/// A whole number, as a number or as a text; `5.0` and `5e3` are whole.
pub(crate) fn integer(json: &RawValue, string: Option<&str>) -> Option<i64> {
    let text = number(json).or(string)?.trim();
    text.parse().ok().or_else(|| {
        let number = number(json).and_then(exact)?;
        number.fract().is_zero().then(|| number.trunc().normalize().to_string().parse().ok()).flatten()
    })
}

fn boolean(json: &RawValue, string: Option<&str>) -> Option<bool> {
    let text = string.unwrap_or(json.get()).trim().to_ascii_lowercase();
    match text.as_str() {
        "true" | "1" => Some(true),
        "false" | "0" => Some(false),
        "on" | "yes" if string.is_some() => Some(true),
        "off" | "no" if string.is_some() => Some(false),
        _ => None,
    }
}

/// The decimal that a text stands for, digit by digit; `None` where a decimal has too few.
fn exact(text: &str) -> Option<Decimal> {
    let mantissa = text.split(['e', 'E']).next().unwrap_or_default();
    let whole = Decimal::from_str_exact(mantissa).ok()?;
    if mantissa.len() == text.len() { Some(whole) } else { Decimal::from_scientific(text).ok() }
}

fn decimal(json: &RawValue, string: Option<&str>) -> Option<Value> {
    if let Some(text) = number(json) {
        return Some(exact(text).map_or_else(|| Value::Json(text.to_owned()), Value::Decimal));
    }
    exact(string?.trim()).map(Value::Decimal)
}

fn ids(json: &RawValue, string: Option<&str>) -> Option<Vec<i64>> {
    let mut list: Vec<i64> = if let Some(items) = items(json) {
        items.into_iter().map(|item| integer(item, text(item).as_deref())).collect::<Option<_>>()?
    } else if number(json).is_some() {
        vec![integer(json, None)?]
    } else {
        let list = string?.trim().trim_start_matches('[').trim_end_matches(']');
        let parts = list.split(',').map(str::trim).filter(|part| !part.is_empty());
        parts.map(|part| part.parse().ok()).collect::<Option<_>>()?
    };
    // Each once, where it came first.
    let mut seen = std::collections::HashSet::with_capacity(list.len());
    list.retain(|id| seen.insert(*id));
    Some(list)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(kind: Kind, text: &str) -> Result<Option<Value>, Refusal> {
        coerce(kind, &RawValue::from_string(text.to_owned()).unwrap())
    }

    #[test]
    fn numbers_keep_every_digit() {
        for text in ["1.08451234567890123456", "12345678901234.5678", "18446744073709551616", "150.00", "0.09000", "-0"]
        {
            let Ok(Some(value)) = read(Kind::Decimal, text) else { panic!("{text}") };
            let shown = match value {
                Value::Decimal(value) => value.to_string(),
                Value::Json(value) => value,
                other => panic!("{other:?}"),
            };
            assert!(shown == text || text == "-0", "{text} became {shown}");
        }
        let long = "0.12345678901234567890123456789012345678901234567890";
        assert_eq!(read(Kind::Decimal, long), Ok(Some(Value::Json(long.into()))));
        assert_eq!(read(Kind::Decimal, "1e400"), Ok(Some(Value::Json("1e400".into()))));
        assert_eq!(read(Kind::Decimal, "\"1e400\""), Err("is not a number"));
        for (text, whole) in [
            ("9223372036854775807", Some(i64::MAX)),
            ("-9223372036854775808", Some(i64::MIN)),
            ("9223372036854775808", None),
            ("9007199254740993", Some(9_007_199_254_740_993)),
            ("9007199254740993.0", Some(9_007_199_254_740_993)),
            ("5e3", Some(5000)),
            ("5.5", None),
            ("\" 7 \"", Some(7)),
            ("true", None),
        ] {
            assert_eq!(read(Kind::Int, text).ok().flatten(), whole.map(Value::Int), "{text}");
        }
        let nested = "{\"a\": [18446744073709551616, 1.10]}";
        assert_eq!(read(Kind::Json, nested), Ok(Some(Value::Json("{\"a\":[18446744073709551616,1.10]}".into()))));
    }

    #[test]
    fn half_a_character_is_kept_and_ids_come_once() {
        assert_eq!(read(Kind::Text, r#""a\ud83d""#), Ok(Some(Value::Json(r#""a\ud83d""#.into()))));
        assert_eq!(read(Kind::Text, "1.50"), Ok(Some(Value::Text("1.50".into()))));
        assert_eq!(read(Kind::Text, "[1]"), Err("is not a text"));
        assert_eq!(read(Kind::Ids(None), "[3, 1, \"3\", 1]"), Ok(Some(Value::Ids(vec![3, 1]))));
        assert_eq!(read(Kind::Bool, "\"yes\""), Ok(Some(Value::Bool(true))));
    }
}
