//! What the report says of the marks in the spec.

use nexudus_client::model::core::{Doubt, EntityTable, Provenance};

use super::report::{EntityReport, Mark, PropertyReport, Verdict};

/// Adds the marks that the report confirms or refutes.
pub(super) fn marks(table: &'static EntityTable, report: &mut EntityReport) {
    let mut marks = Vec::new();
    for field in table.fields {
        let Some(seen) = report.properties.get(field.name) else { continue };
        let mut add = |mark: &str, confirmed: bool| {
            marks.push(Mark {
                property: Some(field.name.to_owned()),
                of: mark.to_owned(),
                verdict: verdict(confirmed).to_owned(),
                ..Mark::default()
            });
        };
        let present = seen.list.present + seen.get.present;
        let null = seen.list.null + seen.get.null;
        let can_miss = field.is_write_only() || (field.is_get_only() && seen.get.records == 0);
        if field.provenance() == Provenance::Derived && (present > 0 || !can_miss) {
            add("derived", present > 0);
        }
        let full = values(seen);
        match field.doubt() {
            Some(Doubt::MaybeWithdrawn | Doubt::Only2020 | Doubt::NotOnRecord) if present > 0 || !can_miss => {
                add("doubt", present == 0);
            }
            Some(Doubt::TypeGuessed | Doubt::AlwaysEmpty) if present > 0 => add("doubt", full == 0),
            _ => {}
        }
        if field.is_absent() && (present > 0 || seen.get.records > 0) {
            add("absent", present == 0);
        }
        if null > 0 && !field.is_write_only() {
            if field.is_nullable() {
                add("nullable", true);
            } else {
                add("not nullable", false);
            }
        }
        let in_list = seen.list.present - seen.list.null - seen.list.empty;
        let in_get = seen.get.present - seen.get.null - seen.get.empty;
        if field.is_get_only() && (in_list > 0 || (in_get > 0 && seen.list.records > 0)) {
            add("get only", in_list == 0);
        }
    }
    for (name, filter) in &report.filters {
        let confirmed = match filter.verdict {
            Verdict::Filters | Verdict::Known => true,
            Verdict::Ignored | Verdict::Refused => false,
            _ => continue,
        };
        if filter.by_rule {
            marks.push(Mark {
                filter: Some(name.clone()),
                of: "rule".to_owned(),
                verdict: verdict(confirmed).to_owned(),
                ..Mark::default()
            });
        }
    }
    report.marks = marks;
}

fn verdict(confirmed: bool) -> &'static str {
    if confirmed { "confirmed" } else { "refuted" }
}

/// How many values came that say something.
fn values(seen: &PropertyReport) -> usize {
    [&seen.list, &seen.get].iter().map(|counts| counts.present.saturating_sub(counts.null + counts.empty)).sum()
}
