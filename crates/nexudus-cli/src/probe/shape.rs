//! What a JSON value is, without what it says.

use nexudus_client::model::core::{EnumFormat, Field, Guid, Kind};
use nexudus_client::{CivilDateTime, DateTime};

use crate::json::Raw;

/// The type of a value, as the report names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    Null,
    Bool,
    Int,
    Decimal,
    Text,
    DateTime,
    Guid,
    Ids,
    List,
    Object,
}

impl Shape {
    /// The type of a value.
    pub(super) fn of(value: &Raw) -> Self {
        if value.is_null() {
            return Self::Null;
        }
        if let Some(text) = value.as_str() {
            return if is_date(&text) {
                Self::DateTime
            } else if text.parse::<Guid>().is_ok() {
                Self::Guid
            } else {
                Self::Text
            };
        }
        if value.is_number() {
            return if value.text().contains(['.', 'e', 'E']) { Self::Decimal } else { Self::Int };
        }
        if let Some(items) = value.as_array() {
            let are_ids = items.iter().all(|item| Self::of(item) == Self::Int);
            return if are_ids { Self::Ids } else { Self::List };
        }
        if value.is_nested() { Self::Object } else { Self::Bool }
    }

    /// The name of the type in the report.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool => "bool",
            Self::Int => "int",
            Self::Decimal => "decimal",
            Self::Text => "text",
            Self::DateTime => "datetime",
            Self::Guid => "guid",
            Self::Ids => "ids",
            Self::List => "list",
            Self::Object => "object",
        }
    }

    /// Whether a value of this type is one of a property, whatever its form.
    pub(super) fn fits(self, field: &Field) -> bool {
        let is_text = matches!(self, Self::Text | Self::DateTime | Self::Guid);
        match field.kind {
            Kind::Id(_) | Kind::Int => self == Self::Int,
            Kind::Bool => self == Self::Bool,
            Kind::Decimal => matches!(self, Self::Int | Self::Decimal),
            Kind::Text => is_text,
            Kind::DateTime | Kind::Civil => self == Self::DateTime,
            Kind::Guid => self == Self::Guid,
            Kind::Enum(_) => match field.enum_format() {
                EnumFormat::Number => self == Self::Int,
                EnumFormat::Name => is_text,
                EnumFormat::NumberOrName => self == Self::Int || is_text,
            },
            Kind::Ids(_) => self == Self::Ids,
            Kind::Json => true,
        }
    }
}

fn is_date(text: &str) -> bool {
    text.parse::<DateTime>().is_ok() || text.parse::<CivilDateTime>().is_ok()
}

/// Whether a value says nothing: null, `""`, `0`, `false` or `[]`.
pub(super) fn is_empty(value: &Raw) -> bool {
    match Shape::of(value) {
        Shape::Null => true,
        Shape::Bool => value.text() == "false",
        Shape::Int | Shape::Decimal => !value.text().bytes().any(|digit| (b'1'..=b'9').contains(&digit)),
        Shape::Ids | Shape::List => value.as_array().is_some_and(|items| items.is_empty()),
        _ => value.as_str().is_some_and(|text| text.is_empty()),
    }
}

/// The form of a date: how fine it is, and what says its zone.
pub(super) fn date_form(text: &str) -> String {
    let time = text.split_once('T').map_or("", |(_, time)| time);
    let zone = if time.ends_with('Z') {
        "Z"
    } else if time.contains(['+', '-']) {
        "offset"
    } else {
        "no zone"
    };
    let clock = time.split(['Z', '+', '-']).next().unwrap_or_default();
    match clock.split_once('.') {
        Some((_, fraction)) => format!("{} digits {zone}", fraction.len()),
        None if clock.matches(':').count() > 1 => format!("seconds {zone}"),
        None => format!("minutes {zone}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_have_types_and_dates_have_forms() {
        for (json, shape, empty) in [
            ("null", "null", true),
            ("false", "bool", true),
            ("true", "bool", false),
            ("0", "int", true),
            ("-12", "int", false),
            ("0.00", "decimal", true),
            ("1e5", "decimal", false),
            ("\"\"", "text", true),
            ("\"5\"", "text", false),
            ("\"2026-01-31T09:00:00Z\"", "datetime", false),
            ("\"2026-01-31T09:00\"", "datetime", false),
            ("\"6f1c1f0e-5a0b-4c57-9d3e-0a1b2c3d4e5f\"", "guid", false),
            ("[]", "ids", true),
            ("[1, 2]", "ids", false),
            ("[\"a\"]", "list", false),
            ("{}", "object", false),
        ] {
            let value = Raw::parse(json).unwrap();
            assert_eq!((Shape::of(&value).name(), is_empty(&value)), (shape, empty), "{json}");
        }
        for (text, form) in [
            ("2026-01-31T09:00:00Z", "seconds Z"),
            ("2026-01-31T09:00:00.1234567Z", "7 digits Z"),
            ("2026-01-31T09:00:00", "seconds no zone"),
            ("2026-01-31T09:00", "minutes no zone"),
            ("2026-01-31T09:00:00+02:00", "seconds offset"),
            ("2026-01-31T09:00:00.5-02:00", "1 digits offset"),
        ] {
            assert_eq!(date_form(text), form, "{text}");
        }
    }
}
