//! The report as a page for people.

use std::collections::BTreeMap;

use super::report::{Access, EntityReport, Report, Verdict};
use crate::terminal::counted;

/// The page, in Markdown.
pub(crate) fn page(report: &Report) -> String {
    let mut text = format!(
        "# Report of a probe\n\n{}, {}. {}. {}, {}.\n\nThis page and the report hold names, types, counts and verdicts, and no values.\n",
        report.made,
        report.tool,
        if report.service { "The service's own address" } else { "Not the service's own address" },
        counted(report.entities.len(), "entity", "entities"),
        counted(report.entities.values().map(|entity| u64::from(entity.requests)).sum::<u64>(), "request", "requests"),
    );
    let mut kinds: BTreeMap<&str, usize> = BTreeMap::new();
    for finding in report.entities.values().flat_map(|entity| &entity.findings) {
        *kinds.entry(&finding.kind).or_default() += 1;
    }
    text.push_str("\n## Differences from the spec\n\n");
    if kinds.is_empty() {
        text.push_str("None.\n");
    }
    for (kind, count) in &kinds {
        text.push_str(&format!("- {kind}: {count}\n"));
    }
    text.push_str("\n## Entities\n\n| entity | list | records | get | commands | filters | marks | differences |\n| --- | --- | --- | --- | --- | --- | --- | --- |\n");
    for (name, entity) in &report.entities {
        text.push_str(&format!(
            "| {name} | {} | {} | {} | {} | {} | {} | {} |\n",
            access(&entity.list),
            entity.list.records,
            access(&entity.get),
            access(&entity.commands),
            filters(entity),
            marks(entity),
            entity.findings.len()
        ));
    }
    for (name, entity) in report.entities.iter().filter(|(_, entity)| has_details(entity)) {
        text.push_str(&details(name, entity));
    }
    text
}

fn access(access: &Access) -> String {
    match &access.role {
        Some(role) => format!("{} ({role})", access.verdict.name()),
        None => access.verdict.name().to_owned(),
    }
}

/// `12 of 14 work`
fn filters(entity: &EntityReport) -> String {
    let tried = entity.filters.values().filter(|filter| filter.verdict != Verdict::NotTried).count();
    let works = |verdict| matches!(verdict, Verdict::Filters | Verdict::Known);
    let good = entity.filters.values().filter(|filter| works(filter.verdict)).count();
    if tried == 0 { "not tried".to_owned() } else { format!("{good} of {tried} work") }
}

fn marks(entity: &EntityReport) -> String {
    let refuted = entity.marks.iter().filter(|mark| mark.verdict == "refuted").count();
    format!("{} confirmed, {refuted} refuted", entity.marks.len() - refuted)
}

fn has_details(entity: &EntityReport) -> bool {
    !entity.findings.is_empty() || entity.page.is_some() || !entity.sort.is_empty()
}

fn details(name: &str, entity: &EntityReport) -> String {
    let mut text = format!("\n### {name}\n\n");
    for finding in &entity.findings {
        let place = if finding.place.is_empty() { String::new() } else { format!(" ({})", finding.place) };
        let detail = if finding.detail.is_empty() { String::new() } else { format!(": {}", finding.detail) };
        text.push_str(&format!("- {} `{}`{detail}{place}\n", finding.kind, finding.subject));
    }
    if let Some(page) = &entity.page {
        text.push_str(&format!("- page: {} records asked for, {} given\n", page.asked, page.answered));
    }
    if !entity.sort.is_empty() {
        let orders: Vec<String> = entity
            .sort
            .iter()
            .map(|(direction, order)| match direction.as_str() {
                "" => format!("without: {order}"),
                _ => format!("{direction}: {order}"),
            })
            .collect();
        text.push_str(&format!("- `dir`: {}\n", orders.join(", ")));
    }
    if !entity.unknown_filter.is_empty() {
        text.push_str(&format!("- unknown parameters: {}\n", entity.unknown_filter));
    }
    if let Some(dates) = &entity.dates {
        let takes: Vec<&str> = dates.takes.iter().filter(|(_, takes)| **takes).map(|(form, _)| form.as_str()).collect();
        let zone = if dates.zone.is_empty() { "not known" } else { &dates.zone };
        text.push_str(&format!("- dates in ranges: {}; without a zone: {zone}\n", takes.join(", ")));
    }
    let mut how: BTreeMap<&str, usize> = BTreeMap::new();
    for filter in entity.filters.values().flat_map(|filter| [&filter.text, &filter.ends]) {
        if !filter.is_empty() {
            *how.entry(filter).or_default() += 1;
        }
    }
    if !how.is_empty() {
        let how: Vec<String> = how.iter().map(|(what, count)| format!("{count} {what}")).collect();
        text.push_str(&format!("- texts and ranges: {}\n", how.join(", ")));
    }
    if !entity.offered.is_empty() {
        let keys: Vec<String> = entity.offered.iter().map(|command| format!("`{}`", command.key)).collect();
        text.push_str(&format!("- commands: {}\n", keys.join(", ")));
    }
    text
}
