//! Records as JSON.

use std::cell::Cell as Counter;
use std::collections::{BTreeMap, BTreeSet};

use nexudus_core::Kind;

use crate::catalog::entity::Entity;
use crate::catalog::plan::{Computed, LabelPart, Path, PathEnd, Plan, Step};
use crate::catalog::rule::Expr;
use crate::catalog::{Catalog, common};
use crate::record::eval::{Scope, eval, money, text, us_date};
use crate::record::unique_id;
use crate::store::change::RecordKey;
use crate::store::chunks::Chunks;
use crate::store::memory::Store;
use crate::store::view::View;
use crate::value::position::FieldPosition;
use crate::value::row::{Cell, Row, Value};
use crate::value::text::{write_int, write_text};
use crate::value::time::write_time;

/// How much of a record is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Depth {
    /// All of it: get-one.
    Full,
    /// Without what comes only with get-one: lists, several ids, webhooks. The keys stay, with an empty value,
    /// as published samples show.
    Summary,
}

/// What only the answer to a write shows.
#[derive(Debug, Default)]
pub(crate) struct Moment {
    /// Times that were set to the present.
    pub(crate) fresh: BTreeSet<(RecordKey, FieldPosition)>,
    /// Of the present second, in units of 100 ns.
    pub(crate) fraction: u32,
    /// What is shown instead of what is there.
    pub(crate) instead: BTreeMap<(RecordKey, FieldPosition), Option<Value>>,
}

/// Appends a record.
pub(crate) fn record(view: View<'_>, entity: &Entity, id: i64, row: &Row, depth: Depth, out: &mut Vec<u8>) {
    write(view, (entity, id, row), depth, None, out);
}

/// Appends a record as the answer to the write that made it has it: whole, and with times of the write to the
/// last digit.
pub(crate) fn written(view: View<'_>, (entity, id): RecordKey, moment: &Moment, out: &mut Vec<u8>) {
    match view.store.get(entity, id) {
        Some(row) => write(view, (view.catalog.entity(entity), id, row), Depth::Full, Some(moment), out),
        None => out.extend_from_slice(b"null"),
    }
}

fn write(
    view: View<'_>,
    (entity, id, row): (&Entity, i64, &Row),
    depth: Depth,
    moment: Option<&Moment>,
    out: &mut Vec<u8>,
) {
    let plan = view.catalog.plan(entity);
    let [id_position, unique_id_position, label_position] =
        [common::ID, common::UNIQUE_ID, common::TO_STRING_TEXT].map(|field| entity.common(field));
    let mut cells = row.cells().peekable();
    let mut computed = plan.computed_positions.iter().copied().peekable();
    let mut trail = Trail { store: view.store, row, steps: &[], end: Some((0, row)) };
    out.reserve(room(plan));
    out.push(b'{');
    // Few properties are set: what lies between two of them is copied as it stands in the blank record.
    let mut copied = 0;
    loop {
        let next_cell = cells.peek().map(|(position, _)| *position);
        let Some(position) = next_cell.into_iter().chain(computed.peek().copied()).min() else { break };
        computed.next_if_eq(&position);
        let mut cell = cells.next_if(|(of_cell, _)| *of_cell == position).map(|(_, cell)| cell);
        let Some(slot) = plan.field(position) else { continue };
        let Some(before) = plan.blank.get(copied..slot.blank.0) else { continue };
        let property = ((entity.position, id), position);
        // What is not set in a related record reads as it does there, and a time that was set just now as precisely.
        let (mut there, mut computed_there, mut stored) = (None, None, property);
        if let Some(path) = &slot.derived {
            let end = trail.end_of(path);
            cell = end.and_then(|end| last_cell(view.catalog, path, end));
            there = end.map(|_| slot.default);
            if let (Some((id, _)), Some(step), Some(field)) = (end, path.steps.last(), path.end.field()) {
                stored = ((step.target, id), field);
            }
            computed_there = end.and_then(|(id, _)| compute_at_end(view, path, id));
        }
        let hidden = slot.field.is_write_only() || slot.field.is_get_only() && depth == Depth::Summary;
        if slot.field.is_absent() || cell.is_some() && hidden {
            continue;
        }
        if let Some(value) = moment.and_then(|moment| moment.instead.get(&property)) {
            out.extend_from_slice(before);
            copied = slot.blank.1;
            match value {
                Some(value) => value.cell(|cell| cell.write(slot.field.kind, out)),
                None => out.extend_from_slice(b"null"),
            }
            continue;
        }
        if let Some(child) = plan.children.iter().find(|child| child.property == position) {
            if depth == Depth::Full && (moment.is_some() || !child.answers_only) {
                out.extend_from_slice(before);
                copied = slot.blank.1;
                children(view, view.catalog.entity(child.entity), child.relation, id, moment, out);
            }
            continue;
        }
        if let Some(value) = computed_there.filter(|_| !hidden) {
            out.extend_from_slice(before);
            copied = slot.blank.1;
            value.cell(|cell| cell.write(slot.field.kind, out));
            continue;
        }
        let summary = depth == Depth::Summary;
        let is_it = |computed: &&Computed| computed.property == position && (summary || !computed.lists_only);
        if let Some(computed) = plan.computed.iter().find(is_it) {
            if let Some(value) = compute(view, (entity.position, id), computed.expr) {
                out.extend_from_slice(before);
                copied = slot.blank.1;
                value.cell(|cell| cell.write(slot.field.kind, out));
            }
            continue;
        }
        if cell.is_none() && ![id_position, unique_id_position, label_position].contains(&position) {
            if let Some(default) = there.filter(|_| !hidden) {
                out.extend_from_slice(before);
                out.extend_from_slice(default);
                copied = slot.blank.1;
            }
            continue;
        }
        out.extend_from_slice(before);
        copied = slot.blank.1;
        match cell {
            Some(Cell::Time(millis)) if moment.is_some_and(|moment| moment.fresh.contains(&stored)) => {
                let fraction = moment.map_or(0, |moment| moment.fraction);
                let again = position == entity.common(common::UPDATED_ON)
                    && entity.effects.is_some_and(|effects| effects.saved_twice);
                write_moment(millis, if again { later(fraction) } else { fraction }, out);
            }
            Some(cell) => match (cell, slot.field.kind) {
                (Cell::Int(number), Kind::Enum(values)) if slot.field.is_by_name() => match values.name_of(number) {
                    Some(name) => write_text(name, out),
                    None => write_int(number, out),
                },
                (cell, kind) => cell.write(kind, out),
            },
            None if position == id_position => write_int(id, out),
            None if position == unique_id_position => {
                Cell::Guid(unique_id::unique_id(entity, id)).write(slot.field.kind, out);
            }
            None => write_text(&label(view, (entity.position, id), row), out),
        }
    }
    out.extend_from_slice(plan.blank.get(copied..).unwrap_or_default());
    out.push(b'}');
}

/// Appends the records that point at a record, whole.
fn children(
    view: View<'_>,
    entity: &Entity,
    relation: FieldPosition,
    parent: i64,
    moment: Option<&Moment>,
    out: &mut Vec<u8>,
) {
    out.push(b'[');
    let ids = view.store.table(entity.position).pointing(relation, parent);
    let rows =
        ids.into_iter().flat_map(Chunks::iter).filter_map(|(id, ())| Some((id, view.store.get(entity.position, id)?)));
    for (at, (id, row)) in rows.enumerate() {
        if at > 0 {
            out.push(b',');
        }
        write(view, (entity, id, row), Depth::Full, moment, out);
    }
    out.push(b']');
}

/// The value of a property that each answer computes.
pub(crate) fn compute(view: View<'_>, key: RecordKey, expr: &Expr) -> Option<Value> {
    let (made, dice) = (BTreeMap::new(), Counter::new(0));
    let scope = Scope {
        this: key,
        here: key,
        old: None,
        made: &made,
        sent: &|_| None,
        number: &|_| 0,
        refusal: None,
        now: view.now,
        user: "",
        dice: &dice,
    };
    eval(expr, &view, &scope)
}

/// The value of a property of a related record that answers compute there.
fn compute_at_end(view: View<'_>, path: &Path, id: i64) -> Option<Value> {
    let (target, field) = (path.steps.last()?.target, path.end.field()?);
    let computed = &view.catalog.plan(view.catalog.entity(target)).computed;
    let computed = computed.iter().find(|computed| computed.property == field)?;
    compute(view, (target, id), computed.expr)
}

/// When a record is saved a second time, in units of 100 ns: 80 ms later, and in the same second, which is what is stored.
fn later(fraction: u32) -> u32 {
    fraction.saturating_add(800_000).min(9_999_999)
}

/// An instant with the rest of its second, whose zeros at the end are left out.
fn write_moment(millis: i64, fraction: u32, out: &mut Vec<u8>) {
    out.push(b'"');
    write_time(millis, false, out);
    if fraction > 0 {
        let digits = format!("{fraction:07}");
        out.push(b'.');
        out.extend_from_slice(digits.trim_end_matches('0').as_bytes());
    }
    out.extend_from_slice(b"Z\"");
}

/// The length that few records go beyond.
pub(crate) fn room(plan: &Plan) -> usize {
    plan.blank.len() + 512
}

/// Follows relations from a row, and remembers where it came to: properties of one related record stand together.
struct Trail<'a> {
    store: &'a Store,
    row: &'a Row,
    steps: &'a [Step],
    end: Option<(i64, &'a Row)>,
}

impl<'a> Trail<'a> {
    fn end_of(&mut self, path: &'a Path) -> Option<(i64, &'a Row)> {
        if self.steps != path.steps {
            self.steps = &path.steps;
            self.end = self.store.walk(self.row, self.steps);
        }
        self.end
    }
}

/// The property at the end of a path; the unique id is worked out where none was given.
pub(crate) fn last_cell<'a>(catalog: &Catalog, path: &Path, end: (i64, &'a Row)) -> Option<Cell<'a>> {
    path.cell(end).or_else(|| {
        let entity = catalog.entity(path.steps.last()?.target);
        let is_unique_id = path.end == PathEnd::Field(entity.common(common::UNIQUE_ID));
        is_unique_id.then(|| Cell::Guid(unique_id::unique_id(entity, end.0)))
    })
}

/// What a record is called in the texts of answers, and as `ToStringText`: as the service was seen to make it, else by
/// its name.
pub(crate) fn label(view: View<'_>, (entity, id): RecordKey, row: &Row) -> String {
    let View { catalog, store, .. } = view;
    let entity = catalog.entity(entity);
    if let Some(given) = row.text(entity.common(common::TO_STRING_TEXT)) {
        return given.to_owned();
    }
    let plan = catalog.plan(entity);
    if plan.label.is_empty() {
        return title(view, (entity.position, id), row);
    }
    let value = |path: &Path| {
        let cell = if path.steps.is_empty() {
            path.cell((id, row))
        } else {
            last_cell(catalog, path, store.walk(row, &path.steps)?)
        };
        cell.map(Cell::to_value)
    };
    let part = |part: &LabelPart| match part {
        LabelPart::Text(text) => (*text).to_owned(),
        LabelPart::Value(path) => value(path).as_ref().map(text).unwrap_or_default(),
        LabelPart::Money(path) => money(value(path).as_ref()),
        LabelPart::Date(path) => match value(path) {
            Some(Value::Time(millis)) => us_date(millis),
            _ => String::new(),
        },
        LabelPart::If(path, text) if value(path) == Some(Value::Bool(true)) => (*text).to_owned(),
        LabelPart::If(..) => String::new(),
    };
    plan.label.iter().map(part).collect()
}

/// What a record is called by the tables alone: its name where it has one.
pub(crate) fn title(view: View<'_>, (entity, id): RecordKey, row: &Row) -> String {
    let entity = view.catalog.entity(entity);
    let text = view.catalog.plan(entity).title.and_then(|title| row.text(title));
    text.map_or_else(|| format!("{} {id}", entity.table.name), str::to_owned)
}
