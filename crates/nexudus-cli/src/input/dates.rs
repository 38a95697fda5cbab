//! Dates that a person types.
//!
//! The rule of zones: a time without a zone is in UTC, on every machine and in every season. `Z` and an offset such as
//! `+02:00` are understood; `now` and `today` are the present instant and its day in UTC. Whatever was typed, the
//! instant is sent and shown in UTC. A property that the service keeps as a wall clock takes no zone at all.

use nexudus_client::model::core::{CivilDateTime, DateTime};

/// What a typed date was understood as.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Meant {
    /// As it is sent in a record.
    pub(crate) text: String,
    /// As it is sent in a filter, before percent-encoding.
    pub(crate) query: String,
}

/// What is accepted, for messages.
pub(crate) const FORMS: &str =
    "a date such as 2026-01-31, 2026-01-31T09:00 (UTC), 2026-01-31T09:00+02:00, now or today";

/// Reads an instant.
pub(crate) fn instant(typed: &str) -> Option<Meant> {
    let typed = typed.trim();
    let now = DateTime::now();
    let text = match typed.to_ascii_lowercase().as_str() {
        "now" => DateTime::from_unix_seconds(now.unix_seconds())?.to_string(),
        "today" => {
            let seconds = now.unix_seconds();
            DateTime::from_unix_seconds(seconds - seconds.rem_euclid(86_400))?.to_string()
        }
        _ => completed(typed, true)?,
    };
    let instant: DateTime = text.parse().ok()?;
    let utc = DateTime::from_unix_seconds(instant.unix_seconds())?.to_string();
    // The digits of the second are those that were typed, with zeros at the end.
    let fraction = text.find('.').and_then(|at| text.get(at..)).unwrap_or_default();
    let fraction = fraction.split(['Z', '+', '-']).next().unwrap_or_default();
    Some(Meant { query: instant.to_query(), text: format!("{}{fraction}Z", utc.trim_end_matches('Z')) })
}

/// Reads a wall clock. One with a zone is refused: it would be dropped in silence.
pub(crate) fn wall_clock(typed: &str) -> Option<Meant> {
    let text = completed(typed.trim(), false)?;
    let clock: CivilDateTime = text.parse().ok()?;
    Some(Meant { query: clock.to_query(), text })
}

/// The full form of a date: a day begins at midnight, a space is a `T`, seconds are there, no zone is UTC.
fn completed(typed: &str, zoned: bool) -> Option<String> {
    if !typed.is_ascii() {
        return None;
    }
    let (day, rest) = typed.split_at_checked(10)?;
    let Some(rest) = rest.strip_prefix(['T', 't', ' ']) else {
        return rest.is_empty().then(|| format!("{day}T00:00:00{}", if zoned { "Z" } else { "" }));
    };
    let zone_at = rest.find(['Z', 'z', '+', '-']).unwrap_or(rest.len());
    let (time, zone) = rest.split_at_checked(zone_at)?;
    let time = if time.trim_end().len() == 5 { format!("{}:00", time.trim_end()) } else { time.trim_end().to_owned() };
    let zone = match zone {
        "" if zoned => "Z".to_owned(),
        "" => String::new(),
        _ if !zoned => return None,
        _ => zone.to_ascii_uppercase(),
    };
    Some(format!("{day}T{time}{zone}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(typed: &str) -> Option<String> {
        instant(typed).map(|meant| meant.text)
    }

    #[test]
    fn no_zone_is_utc() {
        for (typed, meant) in [
            ("2026-01-31", "2026-01-31T00:00:00Z"),
            ("2026-01-31T09:00", "2026-01-31T09:00:00Z"),
            ("2026-01-31 09:00:30", "2026-01-31T09:00:30Z"),
            ("2026-01-31t09:00z", "2026-01-31T09:00:00Z"),
            ("2026-01-31T09:00+02:00", "2026-01-31T07:00:00Z"),
            ("2026-01-01T00:30:00.120+01:00", "2025-12-31T23:30:00.120Z"),
            ("2026-01-31T09:00:00.1234567", "2026-01-31T09:00:00.1234567Z"),
        ] {
            assert_eq!(text(typed).as_deref(), Some(meant), "{typed}");
        }
        assert_eq!(
            instant("2026-01-31T09:00+02:00").map(|meant| meant.query),
            instant("2026-01-31T07:00").map(|meant| meant.query)
        );
    }

    #[test]
    fn what_is_no_date_is_refused() {
        for typed in
            ["", "31/01/2026", "2026-02-30", "2026-1-1", "2026-01-31x", "2026-01-31T25:00", "tomorrow", "2026‑01‑31"]
        {
            assert_eq!(text(typed), None, "{typed}");
        }
        assert!(text("now").is_some() && text("TODAY").unwrap().ends_with("T00:00:00Z"));
    }

    #[test]
    fn a_wall_clock_has_no_zone() {
        assert_eq!(wall_clock("2026-01-31 09:00").unwrap().text, "2026-01-31T09:00:00");
        assert_eq!(wall_clock("2026-01-31T09:00Z"), None);
    }
}
