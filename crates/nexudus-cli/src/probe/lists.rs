//! What lists do as a whole: unknown parameters, the size of a page, the order.

use nexudus_client::model::core::service;

use super::report::{EntityReport, PageReport, Verdict};
use super::request::{Listing, Requester};
use crate::failure::Failure;

/// A parameter that does not exist.
const UNKNOWN: &str = "NexudusProbe";

/// More than any source says that the service gives.
const LARGE: usize = 10_000;

/// Records that are enough to see an order in.
const ORDERED: usize = 10;

/// A date that no record was made after.
const NEVER: &str = "2999-01-01T00:00";

/// What values `dir` may take: none, the documented ones, and those of older copies and clients.
const DIRECTIONS: [&str; 6] = ["", "0", "1", "-1", "Ascending", "Descending"];

/// The most requests of [`lists`].
pub(super) const REQUESTS: u32 = 9;

/// Asks for lists in all these ways. There is at least one record.
pub(super) async fn lists(asker: &Requester<'_>, first: &Listing, report: &mut EntityReport) -> Result<(), Failure> {
    unknown(asker, first, report).await?;
    page(asker, first, report).await?;
    order(asker, first, report).await
}

async fn unknown(asker: &Requester<'_>, first: &Listing, report: &mut EntityReport) -> Result<(), Failure> {
    let name = format!("{}_{UNKNOWN}", asker.table.name);
    let listing = asker.list(first.rows.len(), &[(&name, "1")]).await?;
    let verdict = match listing.answer.verdict() {
        Verdict::There if !listing.rows.is_empty() => "ignored",
        Verdict::There => "filters",
        Verdict::Refused => "refused",
        _ => return Ok(()),
    };
    verdict.clone_into(&mut report.unknown_filter);
    if verdict == "refused" {
        report.find("unknown-filter-refused", "", "", "list");
    }
    Ok(())
}

/// The largest page: first what the service says to a page of no records, then how many records really come.
async fn page(asker: &Requester<'_>, first: &Listing, report: &mut EntityReport) -> Result<(), Failure> {
    let limit = usize::try_from(service::MAX_SIZE).unwrap_or(usize::MAX);
    let from = format!("from_{}_CreatedOn", asker.table.name);
    let empty = asker.list(LARGE, &[(&from, NEVER)]).await?;
    let mut found = None;
    if empty.answer.verdict() == Verdict::There
        && let Some(size) = empty.size.filter(|size| (1..=LARGE).contains(size))
    {
        found = Some(PageReport { asked: LARGE, answered: size });
    }
    if let Some(total) = first.total.filter(|total| *total > first.rows.len()) {
        let listing = asker.list(limit, &[]).await?;
        let answered = listing.rows.len();
        // A page with all records says how many there are, and nothing of pages.
        if listing.answer.verdict() == Verdict::There && (answered == limit || answered < total.min(limit)) {
            found = Some(PageReport { asked: limit, answered });
        }
    }
    if let Some(page) = found {
        if page.answered < page.asked.min(limit) {
            report.find("page-capped", "", format!("at most {} records", page.answered), "list");
        }
        report.page = Some(page);
    }
    Ok(())
}

async fn order(asker: &Requester<'_>, first: &Listing, report: &mut EntityReport) -> Result<(), Failure> {
    let mut ids = first.ids();
    ids.dedup();
    if ids.len() < 2 {
        return Ok(());
    }
    for direction in DIRECTIONS {
        let mut query = vec![(service::ORDER, "Id")];
        if !direction.is_empty() {
            query.push((service::DIRECTION, direction));
        }
        let listing = asker.list(ORDERED, &query).await?;
        let verdict = match listing.answer.verdict() {
            Verdict::There => order_of(&listing.ids()),
            Verdict::Refused => "refused",
            _ => continue,
        };
        let wanted = match direction.parse::<i64>() {
            Ok(service::ASCENDING) => "ascending",
            Ok(service::DESCENDING) => "descending",
            _ => verdict,
        };
        if verdict != wanted {
            report.find("sort-direction", direction, format!("{verdict} where {wanted} is expected"), "list");
        }
        report.sort.insert(direction.to_owned(), verdict.to_owned());
    }
    Ok(())
}

fn order_of(ids: &[i64]) -> &'static str {
    if ids.len() < 2 {
        "neither"
    } else if ids.is_sorted() {
        "ascending"
    } else if ids.is_sorted_by(|one, next| one >= next) {
        "descending"
    } else {
        "neither"
    }
}
