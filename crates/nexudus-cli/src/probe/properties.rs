//! The properties of records that came, held against the table.

use std::collections::BTreeSet;

use nexudus_client::model::core::{EntityTable, Field, Kind, Leniency, LeniencyKind, Origin};

use super::names::{self, Values};
use super::report::{Counts, EntityReport, PropertyReport};
use super::request::id_in;
use super::shape::{Shape, date_form, is_empty};
use crate::json::{Object, Raw};

/// Numbers of an enumeration are small. A larger one is data in the wrong place.
const LARGEST_ENUM: i64 = 9_999;

/// More unlisted numbers, or unknown properties, are counted and not written.
const MOST: usize = 100;

/// A record that came.
pub(super) struct Row {
    pub(super) id: Option<i64>,
    pub(super) object: Object,
    /// Properties whose value is not what the spec says.
    odd: BTreeSet<String>,
}

impl Row {
    /// The value of a property that is as the spec says and says something.
    pub(super) fn value(&self, field: &Field) -> Option<&Raw> {
        let value = self.object.get(field.name)?;
        (self.is_usual(field) && !is_empty(value)).then_some(value)
    }

    /// Whether a property came as the spec says.
    pub(super) fn is_usual(&self, field: &Field) -> bool {
        !self.odd.contains(field.name)
            && self.object.get(field.name).is_some_and(|value| value.is_null() || Shape::of(value).fits(field))
    }
}

/// Where a record came from.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Source {
    List,
    Get,
}

impl Source {
    fn name(self) -> &'static str {
        match self {
            Self::List => "list",
            Self::Get => "get",
        }
    }

    fn counts(self, report: &mut PropertyReport) -> &mut Counts {
        match self {
            Self::List => &mut report.list,
            Self::Get => &mut report.get,
        }
    }
}

/// Reads a record in strict mode and takes it into the report. What is not a record gives `None`.
pub(super) fn take(table: &'static EntityTable, raw: &Raw, source: Source, report: &mut EntityReport) -> Option<Row> {
    let object = raw.as_object()?;
    let origin = if source == Source::Get { Origin::Full } else { Origin::Summary };
    let mut record = table.make();
    let leniencies = record.read_strict(raw.text().as_bytes(), origin).ok()?;
    let mut odd = BTreeSet::new();
    for leniency in &leniencies {
        if let Some(name) = judge(table, leniency, &object, source, report) {
            odd.insert(name);
        }
    }
    for field in table.all_fields() {
        let property = report.properties.entry(field.name.to_owned()).or_default();
        property.known = true;
        source.counts(property).records += 1;
        if let Some(value) = object.get(field.name) {
            count(property, source, value, Some(field));
            let says = !is_empty(value) && Shape::of(value).fits(field);
            if source == Source::List && field.is_get_only() && says {
                report.find("property-in-list", field.name, "", "list");
            }
        }
    }
    for (name, value) in object.0.iter().filter(|(name, _)| table.position(name).is_none()) {
        if let Some(property) = report.properties.get_mut(name) {
            let counts = source.counts(property);
            counts.records += 1;
            count(property, source, value, None);
        }
    }
    Some(Row { id: id_in(&object), object, odd })
}

fn count(property: &mut PropertyReport, source: Source, value: &Raw, field: Option<&Field>) {
    let shape = Shape::of(value);
    let counts = source.counts(property);
    counts.present += 1;
    if shape == Shape::Null {
        counts.null += 1;
        return;
    }
    counts.empty += usize::from(is_empty(value));
    *counts.types.entry(shape.name().to_owned()).or_default() += 1;
    if shape == Shape::DateTime
        && let Some(text) = value.as_str()
    {
        *property.formats.entry(date_form(&text)).or_default() += 1;
    }
    if let Some(Kind::Enum(_)) = field.map(|field| field.kind)
        && value.is_string()
    {
        property.names += 1;
    }
}

/// Turns what strict mode reports of one value into a finding. The name of the property, if its value is not what the
/// spec says.
fn judge(
    table: &'static EntityTable,
    leniency: &Leniency,
    object: &Object,
    source: Source,
    report: &mut EntityReport,
) -> Option<String> {
    let name = leniency.path.strip_prefix("$.").unwrap_or(&leniency.path);
    let field = table.position(name).and_then(|at| table.field(at));
    let place = source.name();
    match (&leniency.kind, field) {
        (LeniencyKind::UnknownProperty, _) => {
            unknown(table, name, object, place, report);
            None
        }
        (LeniencyKind::Missing, Some(field)) => {
            let lower = |name: &str| name.to_ascii_lowercase();
            let other_case = object.0.iter().any(|(other, _)| lower(other) == lower(name));
            if !other_case {
                report.find("property-missing", field.name, "", place);
            }
            Some(name.to_owned())
        }
        (LeniencyKind::UnlistedValue(number), Some(field)) => {
            let property = report.properties.entry(field.name.to_owned()).or_default();
            let is_number = (-LARGEST_ENUM..=LARGEST_ENUM).contains(number);
            if is_number && !property.unlisted.contains(number) && property.unlisted.len() < MOST {
                property.unlisted.push(*number);
                property.unlisted.sort_unstable();
            }
            report.find("enum-unlisted", field.name, "", place);
            Some(name.to_owned())
        }
        (LeniencyKind::Spelling(_) | LeniencyKind::Unreadable(_), Some(field)) => {
            let shape = object.get(name).map_or(Shape::Null, Shape::of);
            let is_name = || {
                let Kind::Enum(values) = field.kind else { return false };
                object.get(name).and_then(Raw::as_str).is_some_and(|text| values.value_of(&text).is_some())
            };
            if shape.fits(field) {
                report.find("property-spelling", field.name, format!("{} in another form", shape.name()), place);
            } else if is_name() {
                report.find("enum-by-name", field.name, "", place);
            } else {
                let detail = format!("{} where {} is expected", shape.name(), field.kind.name());
                report.find("property-type", field.name, detail, place);
            }
            Some(name.to_owned())
        }
        _ => None,
    }
}

/// Takes out the new properties whose names hold what a record says: of any record, since an object that is keyed by
/// data has the names of others.
pub(super) fn withhold(values: &Values, report: &mut EntityReport) {
    let is_new = |(_, property): &(&String, &PropertyReport)| !property.known;
    let held: Vec<String> = report
        .properties
        .iter()
        .filter(is_new)
        .map(|(name, _)| name.clone())
        .filter(|name| values.are_in(name))
        .collect();
    for name in held {
        report.properties.remove(&name);
        report.findings.retain(|finding| finding.kind != "property-unknown" || finding.subject != name);
        report.withhold(&name);
    }
}

/// A property that the spec does not know: another case of one that it knows, or a new one.
fn unknown(table: &'static EntityTable, name: &str, object: &Object, place: &str, report: &mut EntityReport) {
    let known = table.all_fields().find(|field| field.name.eq_ignore_ascii_case(name));
    if let Some(field) = known.filter(|field| object.get(field.name).is_none()) {
        return report.find("property-spelling", field.name, format!("the name comes as {name}"), place);
    }
    let is_new = !report.properties.contains_key(name);
    let unknown = report.properties.values().filter(|property| !property.known).count();
    if is_new && (unknown >= MOST || !names::is_name(name)) {
        return report.withhold(name);
    }
    report.properties.entry(name.to_owned()).or_default();
    let shape = object.get(name).map_or(Shape::Null, Shape::of);
    report.find("property-unknown", name, shape.name(), place);
}
