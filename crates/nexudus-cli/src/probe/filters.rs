//! Whether filters filter.
//!
//! An unknown parameter is ignored, so a filter is known by what an impossible value does: a filter that works finds
//! no record by it. Whether it works as it should is then shown by a record's own value, which has to find that record.

use nexudus_client::model::core::{Decimal, Field, Guid, Kind};
use nexudus_client::{CivilDateTime, DateTime};

use super::properties::Row;
use super::report::{EntityReport, FilterReport, Verdict};
use super::request::{Listing, Requester};
use super::shape::{Shape, is_empty};
use crate::failure::Failure;
use crate::json::Raw;

/// A number that no record has: the largest that a 32-bit column takes, so that it is refused nowhere.
const NO_ID: &str = "2147483647";
/// The smallest.
const NO_INT_BELOW: &str = "-2147483647";
const NO_DECIMAL: &str = "987654321.12";
/// A number that no enumeration lists.
const NO_ENUM: &str = "9998";
const NO_TEXT: &str = "nexudus-probe-6f1c1f0e";
const NO_GUID: &str = "6f1c1f0e-5a0b-4c57-9d3e-0a1b2c3d4e5f";
/// Dates that databases take and no record has.
const FUTURE: &str = "2999-01-01T00:00";
const PAST: &str = "1800-01-01T00:00";

/// Rows of an answer that has to hold one record.
const PAGE: usize = 100;

/// A longer text is not a fit value for an address.
const LONGEST_TEXT: usize = 60;

/// The filters of one entity, with the records whose values they are tried with.
pub(super) struct Filters<'a> {
    pub(super) asker: &'a Requester<'a>,
    /// Records of lists and those got by id.
    pub(super) rows: &'a [Row],
    /// How many records there are without a filter, if the service says so.
    pub(super) total: Option<usize>,
}

/// The value of a record, as a filter takes it.
struct Own<'a> {
    id: Option<i64>,
    raw: &'a Raw,
    text: String,
}

impl<'a> Filters<'a> {
    /// Tries every filter.
    pub(super) async fn all(&self, report: &mut EntityReport) -> Result<(), Failure> {
        let table = self.asker.table;
        for field in table.all_fields() {
            if let Some(name) = table.filter_name(field)
                && !report.filters.contains_key(&name)
                && field.kind != Kind::Json
            {
                let filter = self.equal(&name, field, report).await?;
                report.filters.insert(name, filter);
            }
            if let Some((from, to)) = table.range_names(field) {
                self.range(field, &from, &to, report).await?;
            }
        }
        for related in table.related {
            if report.filters.contains_key(related.name) {
                continue;
            }
            let mut filter = FilterReport { kind: "related".to_owned(), ..FilterReport::default() };
            if let Some(value) = impossible(related.kind) {
                filter.verdict = match self.ask(&[(related.name, value)]).await? {
                    listing if listing.answer.verdict() != Verdict::There => listing.answer.verdict(),
                    listing if listing.rows.is_empty() => Verdict::Known,
                    _ => Verdict::Ignored,
                };
            } else {
                let values = choices(related.kind, &[]);
                filter.verdict = self.choose(related.name, &values, None).await?;
            }
            note(related.name, &filter, report);
            report.filters.insert(related.name.to_owned(), filter);
        }
        Ok(())
    }

    async fn ask(&self, query: &[(&str, &str)]) -> Result<Listing, Failure> {
        self.asker.list(PAGE, query).await
    }

    /// Tries a filter by a property's value.
    async fn equal(
        &self,
        name: &str,
        field: &'static Field,
        report: &mut EntityReport,
    ) -> Result<FilterReport, Failure> {
        let mut filter = FilterReport {
            kind: "equal".to_owned(),
            property: Some(field.name.to_owned()),
            by_rule: field.filter_is_by_rule(),
            ..FilterReport::default()
        };
        let own = self.own(field);
        // A required filter was given: its value is that of every record here.
        let is_required = self.asker.required.iter().any(|(known, _)| known == name);
        let verdict = match impossible(field.kind) {
            Some(value) => {
                let listing = self.ask(&[(name, value)]).await?;
                match listing.answer.verdict() {
                    Verdict::There if listing.rows.is_empty() => Verdict::Known,
                    Verdict::There => Verdict::Ignored,
                    verdict => verdict,
                }
            }
            None => {
                let seen: Vec<&str> = self.rows.iter().filter_map(|row| Some(row.value(field)?.text())).collect();
                self.choose(name, &choices(field.kind, &seen), Some(field)).await?
            }
        };
        filter.verdict = verdict;
        if matches!(verdict, Verdict::Known | Verdict::Refused)
            && let Some(own) = own.filter(|_| !field.is_sensitive())
        {
            let listing = self.ask(&[(name, &own.text)]).await?;
            filter.verdict = match listing.answer.verdict() {
                Verdict::There if finds(&listing, &own, field) => Verdict::Filters,
                Verdict::There => Verdict::FindsNothing,
                other => other,
            };
            if filter.verdict == Verdict::Filters && field.kind == Kind::Text {
                self.how_much(name, field, &own).await?.clone_into(&mut filter.text);
            }
        } else if is_required && verdict == Verdict::Known {
            filter.verdict = Verdict::Filters;
        }
        note(name, &filter, report);
        Ok(filter)
    }

    /// For kinds that have no impossible value: whether each of some values finds the records that have it and no
    /// others.
    async fn choose(&self, name: &str, values: &[String], field: Option<&Field>) -> Result<Verdict, Failure> {
        let mut all = !values.is_empty();
        for value in values {
            let listing = self.ask(&[(name, value)]).await?;
            if listing.answer.verdict() != Verdict::There {
                return Ok(listing.answer.verdict());
            }
            let has_other = |row: &Raw| {
                let row = row.as_object()?;
                let field = field?;
                let found = row.get(field.name)?;
                (Shape::of(found).fits(field) && !same_value(field, found, value)).then_some(())
            };
            let is_whole = match (listing.total, self.total) {
                (Some(found), Some(total)) => found >= total,
                _ => !listing.rows.is_empty(),
            };
            // Lists leave some properties empty, so what a row says counts only where the list is cut short as well.
            let is_all = is_whole && !listing.rows.is_empty();
            let lies = field.is_some_and(|field| !field.is_get_only())
                && listing.rows.iter().any(|row| has_other(row).is_some());
            all &= is_all || lies;
        }
        Ok(if all { Verdict::Ignored } else { Verdict::Known })
    }

    /// How much of a text a filter wants.
    async fn how_much(&self, name: &str, field: &Field, own: &Own<'_>) -> Result<&'static str, Failure> {
        let characters: Vec<char> = own.text.chars().collect();
        let part = |from: usize, to: usize| -> String {
            characters.get(from..to).unwrap_or_default().iter().collect::<String>()
        };
        if characters.len() < 4 {
            return Ok("");
        }
        for (text, verdict) in [(part(1, characters.len() - 1), "partial"), (part(0, characters.len() - 1), "prefix")] {
            // A service may trim what it is given; so a part with a blank at its end is none.
            if text.trim() != text {
                continue;
            }
            if finds(&self.ask(&[(name, &text)]).await?, own, field) {
                return Ok(verdict);
            }
        }
        Ok("exact")
    }

    /// Tries both ends of a range.
    async fn range(
        &self,
        field: &'static Field,
        from: &str,
        to: &str,
        report: &mut EntityReport,
    ) -> Result<(), Failure> {
        let (above, below) = match field.kind {
            Kind::DateTime | Kind::Civil => (FUTURE, PAST),
            _ => (NO_ID, NO_INT_BELOW),
        };
        let mut ends = Vec::new();
        for (kind, name, value) in [("from", from, above), ("to", to, below)] {
            let listing = self.ask(&[(name, value)]).await?;
            let verdict = match listing.answer.verdict() {
                Verdict::There if listing.rows.is_empty() => Verdict::Known,
                Verdict::There => Verdict::Ignored,
                verdict => verdict,
            };
            let property = Some(field.name.to_owned());
            let kind = kind.to_owned();
            ends.push((name, FilterReport { kind, property, verdict, ..FilterReport::default() }));
        }
        let works = ends.iter().all(|(_, filter)| filter.verdict == Verdict::Known);
        if let Some(own) = self.own(field).filter(|_| works && !field.is_sensitive()) {
            self.ends(field, &own, &mut ends).await?;
        }
        for (name, filter) in ends {
            note(name, &filter, report);
            if filter.ends == "exclusive" {
                report.find("range-exclusive", name, "", "list");
            }
            report.filters.insert(name.to_owned(), filter);
        }
        Ok(())
    }

    /// Whether the ends of a range belong to it.
    async fn ends(&self, field: &Field, own: &Own<'_>, ends: &mut [(&str, FilterReport)]) -> Result<(), Failure> {
        let [(from, first), (to, last)] = ends else { return Ok(()) };
        let Some((before, behind)) = around(field.kind, &own.text) else { return Ok(()) };
        let holds = async |low: &str, high: &str| -> Result<bool, Failure> {
            Ok(finds(&self.ask(&[(*from, low), (*to, high)]).await?, own, field))
        };
        let (start, end) = if holds(&own.text, &own.text).await? {
            (true, true)
        } else {
            if !holds(&before, &behind).await? {
                (first.verdict, last.verdict) = (Verdict::FindsNothing, Verdict::FindsNothing);
                return Ok(());
            }
            (holds(&own.text, &behind).await?, holds(&before, &own.text).await?)
        };
        for (filter, inclusive) in [(first, start), (last, end)] {
            filter.verdict = Verdict::Filters;
            if inclusive { "inclusive" } else { "exclusive" }.clone_into(&mut filter.ends);
        }
        Ok(())
    }

    /// A value of a record that is fit to be asked for.
    fn own(&self, field: &Field) -> Option<Own<'a>> {
        let rows = self.rows;
        rows.iter().find_map(|row| {
            let raw = row.value(field)?;
            Some(Own { id: row.id, raw, text: query_text(field, raw)? })
        })
    }
}

/// Turns a verdict into a finding.
fn note(name: &str, filter: &FilterReport, report: &mut EntityReport) {
    match filter.verdict {
        Verdict::Ignored => report.find("filter-ignored", name, "", "list"),
        Verdict::FindsNothing => report.find("filter-finds-nothing", name, "", "list"),
        Verdict::Refused => report.find("filter-refused", name, "", "list"),
        _ => {}
    }
}

/// A value that no record has, where the kind has one.
fn impossible(kind: Kind) -> Option<&'static str> {
    match kind {
        Kind::Id(_) | Kind::Int | Kind::Ids(_) => Some(NO_ID),
        Kind::Decimal => Some(NO_DECIMAL),
        Kind::Text | Kind::Json => Some(NO_TEXT),
        Kind::DateTime | Kind::Civil => Some(FUTURE),
        Kind::Guid => Some(NO_GUID),
        Kind::Bool | Kind::Enum(_) => None,
    }
}

/// Values that can't all be those of all records: both truth values, or two numbers of an enumeration, first those that
/// no record was seen with.
fn choices(kind: Kind, seen: &[&str]) -> Vec<String> {
    match kind {
        Kind::Enum(values) => {
            let mut numbers: Vec<String> = values.values.iter().map(|(number, _)| number.to_string()).collect();
            numbers.sort_by_key(|number| seen.contains(&number.as_str()));
            numbers.truncate(2);
            if numbers.len() < 2 {
                numbers.push(NO_ENUM.to_owned());
            }
            numbers
        }
        _ => vec!["true".to_owned(), "false".to_owned()],
    }
}

/// Whether a value of a record is the one that was asked for.
fn same_value(field: &Field, found: &Raw, asked: &str) -> bool {
    match field.kind {
        Kind::Enum(values) => match found.as_str() {
            Some(name) => values.value_of(&name).is_some_and(|number| number.to_string() == asked),
            None => found.text() == asked,
        },
        _ => found.plain() == asked,
    }
}

/// A value as a query takes it.
fn query_text(field: &Field, value: &Raw) -> Option<String> {
    let text = value.as_str();
    match field.kind {
        Kind::Enum(values) => match &text {
            Some(name) => values.value_of(name).map(|number| number.to_string()),
            None => Some(value.text().to_owned()),
        },
        Kind::DateTime => text?.parse::<DateTime>().ok().map(|time| time.to_query()),
        Kind::Civil => text?.parse::<CivilDateTime>().ok().map(|time| time.to_query()),
        Kind::Guid => text?.parse::<Guid>().ok().map(|guid| guid.to_string()),
        Kind::Ids(_) => value.as_array()?.first().map(|id| id.text().to_owned()),
        Kind::Text => {
            let text = text?;
            let is_fit =
                text.chars().count() <= LONGEST_TEXT && text.trim() == text && !text.chars().any(char::is_control);
            is_fit.then(|| text.into_owned())
        }
        Kind::Json => None,
        Kind::Id(_) | Kind::Int | Kind::Bool | Kind::Decimal => Some(value.text().to_owned()),
    }
}

/// The next values below and above one: a minute for dates, one for numbers.
fn around(kind: Kind, text: &str) -> Option<(String, String)> {
    const MINUTE: std::time::Duration = std::time::Duration::from_mins(1);
    match kind {
        Kind::DateTime | Kind::Civil => {
            let time: DateTime = text.parse().ok()?;
            let (before, behind) = (time.checked_sub(MINUTE)?, time.checked_add(MINUTE)?);
            if kind == Kind::DateTime {
                return Some((before.to_query(), behind.to_query()));
            }
            let civil = |time: DateTime| time.to_string().parse::<CivilDateTime>().ok().map(|time| time.to_query());
            Some((civil(before)?, civil(behind)?))
        }
        _ => {
            let number: Decimal = text.parse().ok()?;
            let one = Decimal::ONE;
            Some((number.checked_sub(one)?.to_string(), number.checked_add(one)?.to_string()))
        }
    }
}

/// Whether an answer holds the record that a value is from, or, where it is longer than a page, records that all have
/// this value.
fn finds(listing: &Listing, own: &Own<'_>, field: &Field) -> bool {
    if own.id.is_some_and(|id| listing.ids().contains(&id)) {
        return true;
    }
    let has_it = |row: &Raw| {
        let object = row.as_object().unwrap_or_default();
        object.get(field.name).is_some_and(|value| value == own.raw && !is_empty(value))
    };
    listing.rows.len() >= PAGE && listing.rows.iter().all(has_it)
}
