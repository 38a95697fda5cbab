//! One entity, from its path to its findings.

use nexudus_client::Client;
use nexudus_client::model;
use nexudus_client::model::core::{EntityTable, Kind, Operation};

use super::filters::Filters;
use super::names::Values;
use super::properties::{Row, Source, take, withhold};
use super::report::{EntityReport, Verdict};
use super::request::{Listing, Requester};
use super::{commands, copied, dates, lists, marks};
use crate::failure::Failure;

/// How thoroughly to ask.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Options {
    /// Records of the list that are looked at.
    pub(crate) sample: usize,
    /// Records that are got by their ids.
    pub(crate) gets: usize,
}

/// Records of another entity that a required filter is tried with.
const PARENTS: usize = 5;

/// The most requests that a required filter takes.
pub(super) const REQUIRED: u32 = 6;

/// Asks for everything of one entity. Fails where no answer comes; an answer that refuses is a result.
pub(crate) async fn probe(
    client: &Client,
    table: &'static EntityTable,
    options: Options,
    with_dates: bool,
) -> Result<EntityReport, Failure> {
    let mut report = EntityReport { path: table.path(), ..EntityReport::default() };
    let mut asker = Requester::new(client, table);
    if !table.allows(Operation::List) {
        commands::commands(&asker, &[], &Values::default(), &mut report).await?;
        report.requests = asker.requests();
        return Ok(report);
    }
    let first = first_list(&mut asker, options).await?;
    report.list = first.answer.access();
    // A service that gives more than is asked for says how many there are.
    report.list.records = first.rows.len().min(options.sample);
    access(table, Operation::List, "list", &mut report);
    if first.answer.verdict() == Verdict::There {
        whole(&asker, &first, options, with_dates, &mut report).await?;
    }
    report.requests = asker.requests();
    report.findings.sort_by(|one, other| (&one.kind, &one.subject).cmp(&(&other.kind, &other.subject)));
    Ok(report)
}

/// Everything behind the first list.
async fn whole(
    asker: &Requester<'_>,
    first: &Listing,
    options: Options,
    with_dates: bool,
    report: &mut EntityReport,
) -> Result<(), Failure> {
    let table = asker.table;
    let mut rows: Vec<Row> =
        first.rows.iter().take(options.sample).filter_map(|row| take(table, row, Source::List, report)).collect();
    let mut full = Vec::new();
    if table.allows(Operation::Get) {
        for id in spread(&rows, options.gets) {
            let answer = asker.record(table, id).await?;
            let records = report.get.records;
            let row = answer.body.as_ref().and_then(|body| take(table, body, Source::Get, report));
            let mut access = answer.access();
            if row.is_none() && access.verdict == Verdict::There {
                access.verdict = Verdict::Failed;
            }
            // A record may be gone since the list, so one that comes says more than one that does not.
            if row.is_some() || full.is_empty() {
                report.get = access;
            }
            report.get.records = records + usize::from(row.is_some());
            full.extend(row);
        }
        access(table, Operation::Get, "get", report);
    }
    // A new property may be missing from some records, which were looked at all the same.
    for property in report.properties.values_mut().filter(|property| !property.known) {
        property.list.records = rows.len();
        property.get.records = full.len();
    }
    let values = Values::of(rows.iter().chain(&full).map(|row| &row.object));
    withhold(&values, report);
    commands::commands(asker, &rows, &values, report).await?;
    if !first.rows.is_empty() {
        copied::copied(asker, &full, report).await?;
        lists::lists(asker, first, report).await?;
        if with_dates {
            dates::dates(asker, &rows, report).await?;
        }
        // Filters compare what lists show. A record got by its id has the properties that lists leave out.
        rows.append(&mut full);
        Filters { asker, rows: &rows, total: first.total }.all(report).await?;
    }
    marks::marks(table, report);
    Ok(())
}

/// Gives an access its role and its finding.
fn access(table: &EntityTable, operation: Operation, name: &str, report: &mut EntityReport) {
    let access = match operation {
        Operation::Get => &mut report.get,
        _ => &mut report.list,
    };
    match access.verdict {
        Verdict::RoleMissing => {
            access.role = Some(table.role(operation));
            report.find("role-missing", name, table.role(operation), name);
        }
        Verdict::NotThere => report.find("path-gone", name, "", name),
        _ => {}
    }
}

/// The first page of the list. Where the service wants a filter, one that finds records is looked for.
async fn first_list(asker: &mut Requester<'_>, options: Options) -> Result<Listing, Failure> {
    let table = asker.table;
    for name in table.required_filters {
        let field = table.all_fields().find(|field| table.filter_name(field).as_deref() == Some(name));
        let Some(Kind::Id(target)) = field.map(|field| field.kind) else { continue };
        let Some(target) = model::tables().iter().find(|table| table.name == target) else { continue };
        let size = PARENTS.to_string();
        let answer = asker.get(&target.path(), &[("size", &size)]).await?;
        let object = answer.body.as_ref().and_then(crate::json::Raw::as_object).unwrap_or_default();
        let parents = object.get("Records").and_then(crate::json::Raw::as_array).unwrap_or_default();
        let ids: Vec<i64> = parents.iter().take(PARENTS).filter_map(super::request::id_of).collect();
        for id in ids {
            asker.required.retain(|(known, _)| known != name);
            asker.required.push(((*name).to_owned(), id.to_string()));
            if !asker.list(1, &[]).await?.rows.is_empty() {
                break;
            }
        }
    }
    asker.list(options.sample, &[]).await
}

/// Some ids, spread over the records: the first, the last and those between.
fn spread(rows: &[Row], count: usize) -> Vec<i64> {
    let ids: Vec<i64> = rows.iter().filter_map(|row| row.id).collect();
    let last = ids.len().saturating_sub(1);
    let steps = count.saturating_sub(1).max(1);
    let mut chosen: Vec<i64> = (0..count).filter_map(|at| ids.get((at * last).div_ceil(steps)).copied()).collect();
    chosen.dedup();
    chosen
}
