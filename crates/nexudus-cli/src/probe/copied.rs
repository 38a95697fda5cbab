//! Whether a property of a related record is what that record says: `ResourceName` beside `ResourceId`.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use nexudus_client::model;
use nexudus_client::model::core::{Decimal, EntityTable, Field, Kind, Operation};

use super::properties::{Row, Source, take};
use super::report::{CopyReport, EntityReport, Verdict};
use super::request::Requester;
use super::shape::is_empty;
use crate::failure::Failure;
use crate::json::Raw;

/// Records whose relations are followed.
const RECORDS: usize = 2;

/// A property and the one that it is a copy of.
pub(super) struct Copy {
    field: &'static Field,
    relation: &'static Field,
    target: &'static EntityTable,
    source: &'static Field,
}

/// The copied properties of an entity: read-only, named after a relation and a property behind it. The longest relation
/// counts.
pub(super) fn copies(table: &'static EntityTable) -> Vec<Copy> {
    let relation = |field: &'static Field| {
        let relations = table.fields.iter().filter_map(|relation| {
            let Kind::Id(target) = relation.kind else { return None };
            let rest = field.name.strip_prefix(relation.name.strip_suffix("Id")?)?;
            let target = model::tables().iter().find(|table| table.name == target)?;
            let source = target.field(target.position(rest)?)?;
            let fits = source.kind == field.kind && !source.is_sensitive() && !source.is_write_only();
            fits.then_some(Copy { field, relation, target, source })
        });
        relations.max_by_key(|copy| copy.relation.name.len())
    };
    let is_copy = |field: &&'static Field| {
        field.is_read_only() && !field.is_write_only() && !field.is_sensitive() && field.kind.target().is_none()
    };
    table.fields.iter().filter(is_copy).filter_map(relation).filter(|copy| copy.target.allows(Operation::Get)).collect()
}

/// The most requests of [`copied`].
pub(super) fn requests(table: &'static EntityTable) -> u32 {
    let mut relations: Vec<_> = copies(table).iter().map(|copy| copy.relation.name).collect();
    relations.dedup();
    u32::try_from(relations.len() * RECORDS).unwrap_or(u32::MAX)
}

/// Compares copied properties of records got by id with the related records.
pub(super) async fn copied(asker: &Requester<'_>, rows: &[Row], report: &mut EntityReport) -> Result<(), Failure> {
    let mut related: BTreeMap<(&str, i64), Option<Row>> = BTreeMap::new();
    for copy in copies(asker.table) {
        let mut compared = CopyReport {
            relation: copy.relation.name.to_owned(),
            of: format!("{}.{}", copy.target.name, copy.source.name),
            ..CopyReport::default()
        };
        for row in rows.iter().take(RECORDS) {
            let id = row.value(copy.relation).and_then(|id| id.text().parse::<i64>().ok());
            let Some(id) = id.filter(|_| row.is_usual(copy.field)) else { continue };
            let key = (copy.target.name, id);
            if let Entry::Vacant(entry) = related.entry(key) {
                let answer = asker.record(copy.target, id).await?;
                let body = answer.body.as_ref().filter(|_| answer.verdict() == Verdict::There);
                // What is found of the other entity belongs into its own report.
                let read = |body| take(copy.target, body, Source::Get, &mut EntityReport::default());
                entry.insert(body.and_then(read));
            }
            let Some(Some(other)) = related.get(&key) else { continue };
            if !other.is_usual(copy.source) {
                continue;
            }
            let values = (row.object.get(copy.field.name), other.object.get(copy.source.name));
            let (Some(mine), Some(theirs)) = values else { continue };
            compared.compared += 1;
            compared.same += usize::from(same(copy.field, mine, theirs));
        }
        if compared.compared == 0 {
            continue;
        }
        if compared.same < compared.compared {
            report.find("copy-differs", copy.field.name, format!("not equal to {}", compared.of), "get");
        }
        report.copied.insert(copy.field.name.to_owned(), compared);
    }
    Ok(())
}

/// Whether two values mean the same.
fn same(field: &Field, one: &Raw, other: &Raw) -> bool {
    if one.text() == other.text() || (is_empty(one) && is_empty(other)) {
        return true;
    }
    let number = |value: &Raw| match field.kind {
        Kind::Enum(values) => match value.as_str() {
            Some(name) => values.value_of(&name).map(Decimal::from),
            None => value.text().parse().ok(),
        },
        _ => value.text().parse::<Decimal>().ok(),
    };
    match (one.as_str(), other.as_str()) {
        (Some(one), Some(other)) if !matches!(field.kind, Kind::Enum(_)) => one == other,
        _ => number(one).is_some_and(|one| number(other) == Some(one)),
    }
}
