//! Commands on offer.

use super::names::{self, Values};
use super::properties::Row;
use super::report::{CommandReport, EntityReport, ParameterReport, Verdict};
use super::request::Requester;
use crate::failure::Failure;
use crate::json::Raw;

/// More commands of one entity are left out.
const MOST: usize = 200;

/// Asks which commands there are, for all records and for one.
pub(super) async fn commands(
    asker: &Requester<'_>,
    rows: &[Row],
    values: &Values,
    report: &mut EntityReport,
) -> Result<(), Failure> {
    let path = format!("{}/commands", asker.table.path());
    let answer = asker.get(&path, &[]).await?;
    report.commands = answer.access();
    if report.commands.verdict == Verdict::RoleMissing {
        report.commands.role = Some(asker.table.role(nexudus_client::model::core::Operation::List));
    }
    if report.commands.verdict != Verdict::There {
        return Ok(());
    }
    take(answer.body.as_ref(), values, asker, report);
    if let Some(id) = rows.first().and_then(|row| row.id) {
        let answer = asker.get(&path, &[("id", &id.to_string())]).await?;
        take(answer.body.as_ref(), values, asker, report);
    }
    report.offered.sort_by(|one, other| one.key.cmp(&other.key));
    Ok(())
}

fn take(body: Option<&Raw>, values: &Values, asker: &Requester<'_>, report: &mut EntityReport) {
    let list = body.and_then(Raw::as_array).unwrap_or_default();
    for command in list.iter().filter_map(Raw::as_object) {
        let Some(key) = command.get("Key").and_then(Raw::as_str) else { continue };
        let known = asker.table.known_commands.iter().any(|known| known.key == key);
        let is_there = report.offered.iter().any(|offered| offered.key == key);
        if is_there || report.offered.len() >= MOST {
            continue;
        }
        if !known && (!names::is_name(&key) || values.are_in(&key)) {
            report.withhold(&key);
            continue;
        }
        let parameters = command.get("RequiresParameters").and_then(Raw::as_array).unwrap_or_default();
        let mut named = Vec::new();
        for parameter in parameters.iter().take(MOST).filter_map(Raw::as_object) {
            let name = parameter.get("Name").and_then(Raw::as_str).unwrap_or_default();
            match names::parameter(&name, values) {
                Some(name) => {
                    named.push(ParameterReport { name, kind: names::type_name(parameter.get("Type"), values) });
                }
                None => report.withhold(&name),
            }
        }
        report.offered.push(CommandReport { key: key.into_owned(), known, parameters: named });
    }
}
