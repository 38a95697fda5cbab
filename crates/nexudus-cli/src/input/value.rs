//! A text from the command line as the value of a property.

use nexudus_client::model::core::{Decimal, Guid, Kind};

use super::dates;
use crate::json::Raw;

/// What a property takes, for messages and help.
pub(crate) fn expectation(kind: Kind) -> String {
    match kind {
        Kind::Id(entity) => format!("the id of a record of {entity}: a whole number"),
        Kind::Int => "a whole number".to_owned(),
        Kind::Bool => "true or false".to_owned(),
        Kind::Decimal => "a number such as 12.50".to_owned(),
        Kind::Text => "text".to_owned(),
        Kind::DateTime => dates::FORMS.to_owned(),
        Kind::Civil => "a wall-clock time such as 2026-01-31T09:00, without a zone".to_owned(),
        Kind::Guid => "a unique id such as 1b4e28ba-2fa1-11d2-883f-0016d3cca427".to_owned(),
        Kind::Enum(table) => {
            let values: Vec<_> = table.values.iter().map(|(number, name)| format!("{name} ({number})")).collect();
            format!("one of {}", values.join(", "))
        }
        Kind::Ids(Some(entity)) => {
            format!("ids of records of {entity}: whole numbers, separated by commas or repeated")
        }
        Kind::Ids(None) => "whole numbers, separated by commas or repeated".to_owned(),
        Kind::Json => "JSON".to_owned(),
    }
}

/// The value that a text means for a property of this kind, or what was expected.
pub(crate) fn typed(kind: Kind, text: &str) -> Result<Raw, String> {
    let wrong = || format!("expected {}, found {text:?}", expectation(kind));
    match kind {
        Kind::Id(_) | Kind::Int => integer(text).map(Raw::from).ok_or_else(wrong),
        Kind::Bool => match text.trim().to_ascii_lowercase().as_str() {
            "true" | "yes" | "on" | "1" => Ok(Raw::from(true)),
            "false" | "no" | "off" | "0" => Ok(Raw::from(false)),
            _ => Err(wrong()),
        },
        Kind::Decimal => decimal(text.trim()).ok_or_else(wrong),
        Kind::Text => Ok(Raw::string(text)),
        Kind::DateTime => dates::instant(text).map(|meant| Raw::string(&meant.text)).ok_or_else(wrong),
        Kind::Civil => dates::wall_clock(text).map(|meant| Raw::string(&meant.text)).ok_or_else(wrong),
        Kind::Guid => text.trim().parse::<Guid>().map(|guid| Raw::string(&guid.to_string())).map_err(|_| wrong()),
        Kind::Enum(table) => {
            let by_name = || {
                let wanted = crate::tables::squash(text);
                table.values.iter().find(|(_, name)| crate::tables::squash(name) == wanted).map(|(number, _)| *number)
            };
            integer(text).or_else(by_name).map(Raw::from).ok_or_else(|| {
                let near = crate::tables::suggest(text, table.values.iter().map(|(_, name)| *name));
                match near.first() {
                    Some(near) => format!("{}; did you mean {near}?", wrong()),
                    None => wrong(),
                }
            })
        }
        Kind::Ids(_) => {
            let items = text.trim().trim_start_matches('[').trim_end_matches(']');
            if items.trim().is_empty() {
                return Ok(Raw::array([]));
            }
            let ids: Option<Vec<_>> = items.split(',').map(|item| integer(item).map(Raw::from)).collect();
            ids.map(Raw::array).ok_or_else(wrong)
        }
        Kind::Json => Raw::parse(text).map_err(|error| format!("{}: {error}", wrong())),
    }
}

fn integer(text: &str) -> Option<i64> {
    text.trim().parse().ok()
}

/// A number, in the digits that were typed.
fn decimal(text: &str) -> Option<Raw> {
    Decimal::from_str_exact(text).ok()?;
    let plain = text.strip_prefix('+').unwrap_or(text);
    Raw::parse(plain).ok().filter(Raw::is_number)
}

/// The text that a filter on a property is asked with.
pub(crate) fn query_text(kind: Kind, text: &str) -> Result<String, String> {
    let value = typed(kind, text)?;
    Ok(match kind {
        Kind::DateTime => dates::instant(text).map(|meant| meant.query).unwrap_or_default(),
        Kind::Civil => dates::wall_clock(text).map(|meant| meant.query).unwrap_or_default(),
        _ => value.plain().into_owned(),
    })
}

#[cfg(test)]
mod tests {
    use nexudus_client::model::core::EnumTable;

    use super::*;

    static CYCLE: EnumTable = EnumTable { name: "eCycle", values: &[(1, "Daily"), (7, "EveryWeek")] };

    fn json(kind: Kind, text: &str) -> String {
        match typed(kind, text) {
            Ok(value) => value.text().to_owned(),
            Err(message) => message,
        }
    }

    #[test]
    fn values_by_kind() {
        assert_eq!(json(Kind::Int, " 5 "), "5");
        assert_eq!(json(Kind::Decimal, "12.50"), "12.50");
        assert_eq!(json(Kind::Decimal, "+1"), "1");
        assert_eq!(json(Kind::Bool, "Yes"), "true");
        assert_eq!(json(Kind::Enum(&CYCLE), "every-week"), "7");
        assert_eq!(json(Kind::Enum(&CYCLE), "9"), "9");
        assert_eq!(json(Kind::Ids(None), "1, 2"), "[1,2]");
        assert_eq!(json(Kind::Ids(None), "[]"), "[]");
        assert_eq!(json(Kind::Text, "a\"b"), r#""a\"b""#);
        assert_eq!(json(Kind::DateTime, "2026-01-31"), "\"2026-01-31T00:00:00Z\"");
        assert_eq!(json(Kind::Json, "{\"a\":1.10}"), "{\"a\":1.10}");
    }

    #[test]
    fn errors_say_what_was_expected() {
        insta::assert_snapshot!(json(Kind::Int, "5.0"), @r#"expected a whole number, found "5.0""#);
        insta::assert_snapshot!(json(Kind::Int, "99999999999999999999"), @r#"expected a whole number, found "99999999999999999999""#);
        insta::assert_snapshot!(json(Kind::Enum(&CYCLE), "dayly"), @r#"expected one of Daily (1), EveryWeek (7), found "dayly"; did you mean Daily?"#);
        insta::assert_snapshot!(json(Kind::Decimal, "1e5"), @r#"expected a number such as 12.50, found "1e5""#);
        insta::assert_snapshot!(json(Kind::Ids(None), "1,x"), @r#"expected whole numbers, separated by commas or repeated, found "1,x""#);
    }
}
