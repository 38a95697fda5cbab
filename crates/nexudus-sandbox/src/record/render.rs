//! Records as JSON.

use nexudus_core::Kind;

use crate::catalog::entity::{Catalog, Entity, Path, Plan};
use crate::record::unique_id::unique_id;
use crate::store::memory::Store;
use crate::value::row::{Cell, Row};
use crate::value::text::{write_int, write_text};

/// How much of a record is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Depth {
    /// All of it: get-one.
    Full,
    /// Without what comes only with get-one: lists, several ids, webhooks. The keys stay, with an empty value,
    /// as published samples show.
    Summary,
}

/// Appends a record.
pub(crate) fn record(
    catalog: &Catalog,
    store: &Store,
    entity: &Entity,
    id: i64,
    row: &Row,
    depth: Depth,
    out: &mut Vec<u8>,
) {
    let plan = catalog.plan(entity);
    let (id_at, unique_at, title_at) = (
        catalog.common(entity, |common| common.id),
        catalog.common(entity, |common| common.unique_id),
        catalog.common(entity, |common| common.to_string_text),
    );
    let mut cells = row.cells().peekable();
    let mut worked_out = plan.worked_out.iter().copied().peekable();
    let mut trail = Trail { store, row, steps: &[], end: Some((0, row)) };
    out.reserve(room(plan));
    out.push(b'{');
    // Few properties are set: what lies between two of them is copied as it stands in the blank record.
    let mut copied = 0;
    while let Some(at) = cells.peek().map(|(at, _)| *at).into_iter().chain(worked_out.peek().copied()).min() {
        worked_out.next_if_eq(&at);
        let mut cell = cells.next_if(|(here, _)| *here == at).map(|(_, cell)| cell);
        let Some(slot) = plan.slots.get(usize::from(at)) else { continue };
        let Some(before) = plan.blank.get(copied..slot.blank.0) else { continue };
        if let Some(path) = &slot.derived {
            cell = trail.follow(path);
        }
        let hidden = slot.field.is_write_only() || slot.field.is_get_only() && depth == Depth::Summary;
        if slot.field.is_absent() || cell.is_some() && hidden {
            continue;
        }
        if cell.is_none() && ![id_at, unique_at, title_at].contains(&at) {
            continue;
        }
        out.extend_from_slice(before);
        copied = slot.blank.1;
        match cell {
            Some(cell) => match (cell, slot.field.kind) {
                (Cell::Int(number), Kind::Enum(values)) if slot.field.is_by_name() => match values.name_of(number) {
                    Some(name) => write_text(name, out),
                    None => write_int(number, out),
                },
                (cell, kind) => cell.write(kind, out),
            },
            None if at == id_at => write_int(id, out),
            None if at == unique_at => Cell::Guid(unique_id(entity, id)).write(slot.field.kind, out),
            None => write_text(&title(catalog, entity, id, row), out),
        }
    }
    out.extend_from_slice(plan.blank.get(copied..).unwrap_or_default());
    out.push(b'}');
}

/// The length that few records go beyond.
pub(crate) fn room(plan: &Plan) -> usize {
    plan.blank.len() + 512
}

/// Follows relations from a row, and remembers where it came to: properties of one related record stand together.
struct Trail<'a> {
    store: &'a Store,
    row: &'a Row,
    steps: &'a [(u16, usize)],
    end: Option<(i64, &'a Row)>,
}

impl<'a> Trail<'a> {
    fn follow(&mut self, path: &'a Path) -> Option<Cell<'a>> {
        if self.steps != path.steps {
            self.steps = &path.steps;
            self.end = self.store.walk(self.row, self.steps);
        }
        path.at_end(self.end?)
    }
}

/// What a record is called: its name where it has one.
pub(crate) fn title(catalog: &Catalog, entity: &Entity, id: i64, row: &Row) -> String {
    let text = catalog.plan(entity).title.and_then(|at| row.text(at));
    text.map_or_else(|| format!("{} {id}", entity.table.name), str::to_owned)
}
