//! Which forms of a date a range takes, and what a date without a zone means.

use nexudus_client::DateTime;
use nexudus_client::model::core::{Field, Kind};

use super::properties::Row;
use super::report::{DatesReport, EntityReport, Verdict};
use super::request::Requester;
use crate::failure::Failure;

/// Rows of an answer that has to hold one record.
const PAGE: usize = 100;

const MINUTE: i64 = 60;
const DAY: i64 = 86_400;

/// Zones lie between twelve hours behind UTC and fourteen ahead, in quarters of an hour.
const QUARTER: i64 = 15 * MINUTE;
const FIRST_QUARTER: i64 = -48;
const LAST_QUARTER: i64 = 56;

/// The most requests of [`dates`].
pub(super) const REQUESTS: u32 = 20;

/// Writes an instant in a form.
type Form = fn(&Parts) -> String;

/// The forms by their names.
const FORMS: [(&str, Form); 5] = [
    ("date", |parts| parts.date.clone()),
    ("minutes", |parts| format!("{}T{}", parts.date, parts.minutes)),
    ("seconds", |parts| format!("{}T{}:{}", parts.date, parts.minutes, parts.seconds)),
    ("seconds Z", |parts| format!("{}T{}:{}Z", parts.date, parts.minutes, parts.seconds)),
    ("seconds offset", |parts| format!("{}T{}:{}+00:00", parts.date, parts.minutes, parts.seconds)),
];

/// The pieces of an instant in UTC.
struct Parts {
    date: String,
    minutes: String,
    seconds: String,
}

fn parts(unix: i64) -> Option<Parts> {
    let text = DateTime::from_unix_seconds(unix)?.to_string();
    Some(Parts {
        date: text.get(..10)?.to_owned(),
        minutes: text.get(11..16)?.to_owned(),
        seconds: text.get(17..19)?.to_owned(),
    })
}

/// Tries the forms on a record's date.
pub(super) async fn dates(asker: &Requester<'_>, rows: &[Row], report: &mut EntityReport) -> Result<(), Failure> {
    let table = asker.table;
    let is_dated = |field: &&'static Field| field.kind == Kind::DateTime && table.range_names(field).is_some();
    // When a record was made stays as it is; the common properties stand last.
    let fields: Vec<&'static Field> = table.all_fields().filter(is_dated).collect();
    let found = fields.iter().rev().find_map(|field| {
        let (id, time) = rows.iter().find_map(|row| {
            let time: DateTime = row.value(field)?.as_str()?.parse().ok()?;
            Some((row.id?, time.unix_seconds()))
        })?;
        let (from, _) = table.range_names(field)?;
        Some((*field, from, id, time))
    });
    let Some((field, from, id, time)) = found else { return Ok(()) };
    let id_text = id.to_string();
    let after = async |text: &str| -> Result<Option<bool>, Failure> {
        let listing = asker.list(PAGE, &[("Id", &id_text), (&from, text)]).await?;
        let is_there = listing.answer.verdict() == Verdict::There;
        Ok(is_there.then(|| listing.ids().contains(&id)))
    };
    let mut dates = DatesReport { property: field.name.to_owned(), ..DatesReport::default() };
    for (name, form) in FORMS {
        let (Some(start), Some(later)) = (parts(time), parts(time.saturating_add(2 * DAY))) else { return Ok(()) };
        // Two days apart, so that no zone makes a difference.
        let before = parts(time.saturating_sub(2 * DAY)).unwrap_or(start);
        let takes = after(&form(&before)).await? == Some(true) && after(&form(&later)).await? == Some(false);
        dates.takes.insert(name.to_owned(), takes);
    }
    if dates.takes.get("minutes") == Some(&true) {
        let floor = time - time.rem_euclid(MINUTE);
        let minute = |unix: i64| parts(unix).map(|parts| format!("{}T{}", parts.date, parts.minutes));
        // Where a date without a zone is taken for one `quarters` ahead of UTC, the record is found by wall clocks up
        // to that much later.
        let (mut low, mut high) = (FIRST_QUARTER, LAST_QUARTER + 1);
        let is_in = async |quarters: i64| -> Result<bool, Failure> {
            let Some(text) = minute(floor.saturating_add(quarters * QUARTER)) else { return Ok(false) };
            Ok(after(&text).await? == Some(true))
        };
        if is_in(0).await? && !is_in(1).await? {
            (low, high) = (0, 1);
        }
        while high - low > 1 {
            let middle = low.midpoint(high);
            if is_in(middle).await? { low = middle } else { high = middle }
        }
        dates.zone = zone_name(low * QUARTER / MINUTE);
    }
    report.dates = Some(dates);
    Ok(())
}

fn zone_name(minutes: i64) -> String {
    match minutes {
        0 => "UTC".to_owned(),
        _ => {
            let sign = if minutes < 0 { '-' } else { '+' };
            format!("UTC{sign}{:02}:{:02}", minutes.abs() / 60, minutes.abs() % 60)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zones_have_names() {
        let names = [0, 120, -210, 345].map(zone_name);
        assert_eq!(names, ["UTC", "UTC+02:00", "UTC-03:30", "UTC+05:45"]);
    }
}
