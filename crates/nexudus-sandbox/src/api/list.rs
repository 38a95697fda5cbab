//! Which records answer a list query.

use http::StatusCode;
use nexudus_core::{Direction, service};

use crate::api::query::{Condition, Query, Test};
use crate::catalog::common;
use crate::catalog::entity::Entity;
use crate::catalog::plan::{Path, PathEnd, Target};
use crate::catalog::rule::Expr;
use crate::message::reply::Reply;
use crate::record::render;
use crate::record::render::Depth;
use crate::record::unique_id::{id_of_unique, unique_id};
use crate::store::chunks::Chunks;
use crate::store::view::View;
use crate::value::row::{Cell, Row, Value};
use crate::value::text::{write_int, write_text};

/// What a row holds at the end of a path. The common properties that no row holds are made on the way.
fn look<'a>(view: View<'a>, entity: &Entity, id: i64, row: &'a Row, path: &Path) -> Option<Cell<'a>> {
    if path.steps.is_empty() && path.end == PathEnd::Id {
        return Some(Cell::Int(id));
    }
    if !path.steps.is_empty() {
        return render::last_cell(view.catalog, path, view.store.walk(row, &path.steps)?);
    }
    path.cell((id, row)).or_else(|| {
        let is_unique_id = path.own_field() == Some(entity.common(common::UNIQUE_ID));
        is_unique_id.then(|| Cell::Guid(unique_id(entity, id)))
    })
}

/// The ids that answer a query, in order, and how many there are in all.
struct Found {
    ids: Vec<i64>,
    total: usize,
}

/// Answers a query.
pub(crate) fn answer(view: View<'_>, entity: &Entity, mut query: Query) -> Reply {
    let several = query.ids.as_ref().filter(|ids| ids.several);
    if let Some(ids) = several {
        let none = ids.list.iter().all(|id| view.store.get(entity.position, *id).is_none());
        if ids.long && none {
            return Reply::not_found();
        }
        if !ids.long && query.conditions.is_empty() {
            return rows(view, entity, &query);
        }
    }
    let found = find(view, entity, &query);
    if found.total == 0 && query.plus {
        query.hint("a `+` in a query is read as a blank; write %2B for a plus sign".into());
    }
    page(view, entity, query, &found)
}

/// The bare array that several ids answer, in the order asked for, each once.
fn rows(view: View<'_>, entity: &Entity, query: &Query) -> Reply {
    let mut out = vec![b'['];
    let mut seen = std::collections::HashSet::new();
    for id in query.ids.iter().flat_map(|ids| &ids.list).filter(|id| seen.insert(**id)) {
        let Some(row) = view.store.get(entity.position, *id) else { continue };
        if out.len() > 1 {
            out.push(b',');
        }
        render::record(view, entity, *id, row, Depth::Summary, &mut out);
    }
    out.push(b']');
    let mut reply = Reply::json(StatusCode::OK, out);
    reply.hints.clone_from(&query.hints);
    reply
}

fn find<'a>(view: View<'a>, entity: &Entity, query: &Query) -> Found {
    let table = view.store.table(entity.position);
    let offset = (query.page - 1).saturating_mul(query.size);
    let (candidates, rest) = candidates(view, entity, query);
    // A list in the order of ids that an index answers alone is cut out of the index.
    if rest.is_empty() && query.order.is_none() {
        let descending = query.direction == Direction::Descending;
        return match candidates {
            Candidates::All => Found { ids: table.rows().slice(offset, query.size, descending), total: table.len() },
            Candidates::Index(ids) => Found { ids: ids.slice(offset, query.size, descending), total: ids.len() },
            Candidates::Ids(ids) => cut(ids, offset, query),
        };
    }
    let compute = |path: &Path, expr: &Expr, id: i64, row: &Row| {
        let end = if path.steps.is_empty() {
            Some((entity.position, id))
        } else {
            let target = path.steps.last().map(|step| step.target);
            target.zip(view.store.walk(row, &path.steps).map(|(id, _)| id))
        };
        Row::of_one(end.and_then(|end| render::compute(view, end, expr)))
    };
    let passes = |id: i64, row: &Row| {
        rest.iter().all(|condition| {
            let path = &condition.target.path;
            if let Some(expr) = computed_at(view, entity, path) {
                return condition.test.passes(compute(path, expr, id, row).only(), condition.target.zero);
            }
            let cell = look(view, entity, id, row, path);
            condition.test.passes(cell, condition.target.zero)
        })
    };
    let mut finder = table.rows().finder();
    let mut kept: Vec<(i64, &'a Row)> = match candidates {
        Candidates::All => table.rows().iter().filter(|(id, row)| passes(*id, row)).collect(),
        Candidates::Index(ids) => {
            let rows = ids.iter().filter_map(|(id, ())| Some((id, finder.find(id)?)));
            rows.filter(|(id, row)| passes(*id, row)).collect()
        }
        Candidates::Ids(ids) => {
            let rows = ids.into_iter().filter_map(|id| Some((id, finder.find(id)?)));
            rows.filter(|(id, row)| passes(*id, row)).collect()
        }
    };
    let Some((_, order)) = &query.order else {
        return cut(kept.into_iter().map(|(id, _)| id).collect(), offset, query);
    };
    let total = kept.len();
    let is_label = order.path.own_field() == Some(entity.common(common::TO_STRING_TEXT));
    let label =
        |(id, row): &(i64, &Row)| Row::of_one(Some(Value::Text(render::label(view, (entity.position, *id), row))));
    let made: Option<Vec<Row>> = match computed_at(view, entity, &order.path) {
        Some(expr) => Some(kept.iter().map(|(id, row)| compute(&order.path, expr, *id, row)).collect()),
        None => is_label.then(|| kept.iter().map(label).collect()),
    };
    let key = |(index, (id, row)): (usize, (i64, &'a Row))| match &made {
        Some(made) => (made.get(index).and_then(Row::only), id),
        None => (look(view, entity, id, row, &order.path), id),
    };
    let mut keyed: Vec<(Option<Cell<'_>>, i64)> = kept.drain(..).enumerate().map(key).collect();
    let compare = |a: &(Option<Cell<'_>>, i64), b: &(Option<Cell<'_>>, i64)| {
        let keys = match (a.0, b.0) {
            (Some(a), Some(b)) => a.compare(b),
            (a, b) => a.is_some().cmp(&b.is_some()),
        };
        let keys = if query.direction == Direction::Descending { keys.reverse() } else { keys };
        keys.then(a.1.cmp(&b.1))
    };
    // Only what stands before the end of the page has to be in order.
    let end = offset.saturating_add(query.size);
    if end < keyed.len() {
        keyed.select_nth_unstable_by(end, compare);
        keyed.truncate(end);
    }
    keyed.sort_unstable_by(compare);
    Found { ids: keyed.into_iter().skip(offset).map(|(_, id)| id).collect(), total }
}

/// A page of ids that are in ascending order.
fn cut(mut ids: Vec<i64>, offset: usize, query: &Query) -> Found {
    if query.direction == Direction::Descending {
        ids.reverse();
    }
    Found { total: ids.len(), ids: ids.into_iter().skip(offset).take(query.size).collect() }
}

/// Where the answers to a query are to be looked for.
enum Candidates<'a> {
    All,
    Index(&'a Chunks<()>),
    /// In ascending order.
    Ids(Vec<i64>),
}

impl Candidates<'_> {
    fn len(&self) -> usize {
        match self {
            Self::All => usize::MAX,
            Self::Index(ids) => ids.len(),
            Self::Ids(ids) => ids.len(),
        }
    }
}

/// The narrowest place to look in, and the conditions that are left to be checked there.
fn candidates<'a>(view: View<'a>, entity: &Entity, query: &'a Query) -> (Candidates<'a>, Vec<&'a Condition>) {
    let table = view.store.table(entity.position);
    let mut rest: Vec<&Condition> = query.conditions.iter().collect();
    if let Some(ids) = &query.ids {
        let mut ids: Vec<i64> = ids.list.iter().copied().filter(|id| table.get(*id).is_some()).collect();
        ids.sort_unstable();
        ids.dedup();
        return (Candidates::Ids(ids), rest);
    }
    let mut best = (Candidates::All, None);
    for (at, condition) in rest.iter().enumerate() {
        let narrowed = narrow(view, entity, condition);
        if let Some(narrowed) = narrowed.filter(|narrowed| narrowed.len() < best.0.len()) {
            best = (narrowed, Some(at));
        }
    }
    if let Some(at) = best.1 {
        rest.remove(at);
    }
    (best.0, rest)
}

/// The records that meet one condition, where they can be had without looking at all records.
fn narrow<'a>(view: View<'a>, entity: &Entity, condition: &Condition) -> Option<Candidates<'a>> {
    let table = view.store.table(entity.position);
    let Target { path, zero, .. } = &condition.target;
    match (&path.steps[..], &condition.test) {
        ([], Test::Number(to)) => {
            let found = table.pointing(path.end.field()?, *to)?;
            (*to != 0 || !zero).then_some(Candidates::Index(found))
        }
        ([], Test::Unique(unique)) => {
            let position = path.end.field().filter(|position| *position == entity.common(common::UNIQUE_ID))?;
            // Most unique ids lead back to their record; one that was given from outside is looked for.
            let id = id_of_unique(entity, unique)?;
            table.get(id).filter(|row| row.get(position).is_none()).map(|_| Candidates::Ids(vec![id]))
        }
        ([first, tail @ ..], test) if !test.passes(None, *zero) && computed_at(view, entity, path).is_none() => {
            // A property of a related record: look among those, which are fewer, and go back over the index.
            let related = view.store.table(first.target);
            if related.len() > table.len() / 4 {
                return None;
            }
            let tail = path.with_steps(tail);
            let target = view.catalog.entity(first.target);
            let mut ids = Vec::new();
            for (id, row) in related.rows().iter() {
                let cell = look(view, target, id, row, &tail);
                if test.passes(cell, false) {
                    ids.extend(table.pointing(first.relation, id)?.iter().map(|(id, ())| id));
                }
            }
            ids.sort_unstable();
            Some(Candidates::Ids(ids))
        }
        _ => None,
    }
}

/// The expression of the property that a path leads to, where answers compute it.
fn computed_at(view: View<'_>, entity: &Entity, path: &Path) -> Option<&'static Expr> {
    let field = path.end.field()?;
    let end = path.steps.last().map_or(entity, |step| view.catalog.entity(step.target));
    let computed = view.catalog.plan(end).computed.iter().find(|computed| computed.property == field)?;
    Some(computed.expr)
}

fn page(view: View<'_>, entity: &Entity, query: Query, found: &Found) -> Reply {
    let mut out = Vec::with_capacity(256 + found.ids.len() * render::room(view.catalog.plan(entity)));
    out.extend_from_slice(b"{\"Records\":[");
    for (at, id) in found.ids.iter().enumerate() {
        let Some(row) = view.store.get(entity.position, *id) else { continue };
        if at > 0 {
            out.push(b',');
        }
        render::record(view, entity, *id, row, Depth::Summary, &mut out);
    }
    let pages = found.total.div_ceil(query.size);
    let first = if found.ids.is_empty() { 0 } else { (query.page - 1).saturating_mul(query.size) + 1 };
    let last = if found.ids.is_empty() { 0 } else { first + found.ids.len() - 1 };
    let number = |key: &str, value: usize, out: &mut Vec<u8>| {
        out.extend_from_slice(key.as_bytes());
        write_int(i64::try_from(value).unwrap_or(i64::MAX), out);
    };
    number("],\"CurrentPageSize\":", query.size, &mut out);
    number(",\"CurrentPage\":", query.page, &mut out);
    out.extend_from_slice(b",\"CurrentOrderField\":");
    write_text(query.order.as_ref().map_or("Id", |(name, _)| name), &mut out);
    out.extend_from_slice(b",\"CurrentSortDirection\":");
    let descending = query.direction == Direction::Descending;
    write_int(if descending { service::DESCENDING } else { service::ASCENDING }, &mut out);
    number(",\"FirstItem\":", first, &mut out);
    number(",\"LastItem\":", last, &mut out);
    let flag = |key: &str, value: bool, out: &mut Vec<u8>| {
        out.extend_from_slice(key.as_bytes());
        out.extend_from_slice(if value { b"true" } else { b"false" });
    };
    flag(",\"HasNextPage\":", query.page < pages, &mut out);
    flag(",\"HasPreviousPage\":", query.page > 1 && found.total > 0, &mut out);
    number(",\"PageNumber\":", query.page, &mut out);
    number(",\"PageSize\":", query.size, &mut out);
    number(",\"TotalItems\":", found.total, &mut out);
    number(",\"TotalPages\":", pages, &mut out);
    out.push(b'}');
    let mut reply = Reply::json(StatusCode::OK, out);
    reply.hints = query.hints;
    reply
}
