//! Commands on offer.

use super::ask::Asker;
use super::names;
use super::properties::Row;
use super::report::{CommandReport, EntityReport, ParameterReport, Verdict};
use crate::failure::Failure;
use crate::json::{Object, Raw};

/// More commands of one entity are left out.
const MOST: usize = 200;

/// Asks which commands there are, for all records and for one.
pub(super) async fn commands(asker: &Asker<'_>, row: Option<&Row>, report: &mut EntityReport) -> Result<(), Failure> {
    let path = format!("{}/commands", asker.table.path());
    let answer = asker.get(&path, &[]).await?;
    report.commands = answer.access();
    if report.commands.verdict == Verdict::RoleMissing {
        report.commands.role = Some(asker.table.role(nexudus_client::model::core::Operation::List));
    }
    if report.commands.verdict != Verdict::There {
        return Ok(());
    }
    let object = row.map(|row| &row.object);
    take(answer.body.as_ref(), object, asker, report);
    if let Some(id) = row.and_then(|row| row.id) {
        let answer = asker.get(&path, &[("id", &id.to_string())]).await?;
        take(answer.body.as_ref(), object, asker, report);
    }
    report.offered.sort_by(|one, other| one.key.cmp(&other.key));
    Ok(())
}

fn take(body: Option<&Raw>, row: Option<&Object>, asker: &Asker<'_>, report: &mut EntityReport) {
    let list = body.and_then(Raw::as_array).unwrap_or_default();
    for command in list.iter().filter_map(Raw::as_object) {
        let Some(key) = command.get("Key").and_then(Raw::as_str) else { continue };
        let known = asker.table.known_commands.iter().any(|known| known.key == key);
        let is_there = report.offered.iter().any(|offered| offered.key == key);
        if is_there || report.offered.len() >= MOST {
            continue;
        }
        if !known && !names::is_safe(&key, row) {
            report.withheld += 1;
            continue;
        }
        let parameters = command.get("RequiresParameters").and_then(Raw::as_array).unwrap_or_default();
        let mut named = Vec::new();
        for parameter in parameters.iter().take(MOST).filter_map(Raw::as_object) {
            let name = parameter.get("Name").and_then(Raw::as_str).unwrap_or_default();
            match names::parameter(&name, row) {
                Some(name) => {
                    named.push(ParameterReport { name, kind: names::type_name(parameter.get("Type")) });
                }
                None => report.withheld += 1,
            }
        }
        report.offered.push(CommandReport { key: key.into_owned(), known, parameters: named });
    }
}
