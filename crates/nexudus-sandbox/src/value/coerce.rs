//! What a client sent, as a value of the kind that a property has.

use nexudus_core::{Decimal, Guid, Json, Kind};

use crate::value::row::Value;
use crate::value::time::parse_time;

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
