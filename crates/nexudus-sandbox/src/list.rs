//! Lists: what a query asks for, and which records answer it.

use std::cmp::Ordering;

use http::StatusCode;
use nexudus_core::{Decimal, Direction, Guid, Json, Kind, service};

use crate::catalog::{Catalog, Entity, Param, Path, Target};
use crate::render::{self, Depth};
use crate::store::{Chunks, Store};
use crate::value::{Cell, Row, parse_time, same_text, write_int, write_text};
use crate::wire::{FieldError, Pairs, Reply, nearest, quoted};

/// A list that was asked for.
#[derive(Debug)]
pub(crate) struct Query {
    page: usize,
    size: usize,
    order: Option<(String, Target)>,
    direction: Direction,
    ids: Option<Ids>,
    conditions: Vec<Condition>,
    hints: Vec<String>,
}

/// Records asked for by their ids.
#[derive(Debug)]
struct Ids {
    list: Vec<i64>,
    /// Whether several were asked for, in brackets or by a repeated name. That answers a bare array where the
    /// name is `id`, and needs the role of get-one.
    several: bool,
    long: bool,
}

/// What a record has to be like.
#[derive(Clone, Debug)]
struct Condition {
    target: Target,
    test: Test,
}

#[derive(Clone, Debug)]
enum Test {
    Number(i64),
    Bool(bool),
    Decimal(Decimal),
    Text(String),
    Unique([u8; 16]),
    Member(i64),
    /// At least, in milliseconds or as a number.
    From(Bound),
    To(Bound),
    Custom {
        name: String,
        value: String,
    },
}

#[derive(Clone, Copy, Debug)]
enum Bound {
    Number(Decimal),
    Time(i64),
}

/// Hints beyond this many help nobody.
const HINTS: usize = 8;

impl Query {
    /// Reads a query. Unknown parameters are ignored with a hint, values of a wrong type are refused.
    pub(crate) fn read(
        catalog: &Catalog,
        entity: &Entity,
        pairs: Pairs,
        max_size: usize,
    ) -> Result<Self, Vec<FieldError>> {
        let plan = catalog.plan(entity);
        let custom = format!("{}_customfields_", entity.table.name.to_ascii_lowercase());
        let mut query = Self {
            page: 1,
            size: usize::try_from(service::DEFAULT_SIZE).unwrap_or(25),
            order: None,
            direction: Direction::Ascending,
            ids: None,
            conditions: Vec::new(),
            hints: Vec::new(),
        };
        let mut errors = Vec::new();
        for (name, value) in pairs {
            let lower = name.to_ascii_lowercase();
            let text = value.trim();
            let Some(param) = plan.params.get(&lower) else {
                match name.get(custom.len()..).filter(|_| lower.starts_with(&custom)) {
                    Some(custom) => query.custom(catalog, entity, custom, value),
                    None => query.unknown(&name, plan.params.keys().map(String::as_str), entity),
                }
                continue;
            };
            // A public client sends filters without a value; they mean nothing.
            if text.is_empty() {
                continue;
            }
            let read = match param {
                Param::Page => query.number(text, &name).map(|page| query.page = page),
                Param::Size => query.number(text, &name).map(|size| query.size = size),
                Param::Order => {
                    query.order_by(catalog, entity, text);
                    Ok(())
                }
                Param::Direction => {
                    query.direction(text);
                    Ok(())
                }
                Param::Id { long } => query.id(text, *long),
                Param::Equal(target) => Test::equal(target.kind, text).map(|test| query.also(target, test)),
                Param::From(target) => {
                    Bound::read(target.kind, text).map(|bound| query.also(target, Test::From(bound)))
                }
                Param::To(target) => Bound::read(target.kind, text).map(|bound| query.also(target, Test::To(bound))),
            };
            if let Err(message) = read {
                errors.push(FieldError::new(&name, message, Json::String(value)));
            }
        }
        if query.size > max_size {
            query.hint(format!("size is at most {max_size}"));
            query.size = max_size;
        }
        if errors.is_empty() { Ok(query) } else { Err(errors) }
    }

    /// Whether it fetches several records by id, which needs the role of get-one.
    pub(crate) fn fetches(&self) -> bool {
        self.ids.as_ref().is_some_and(|ids| ids.several)
    }

    fn hint(&mut self, text: String) {
        if self.hints.len() < HINTS {
            self.hints.push(text);
        }
    }

    fn unknown<'a>(&mut self, name: &str, known: impl Iterator<Item = &'a str>, entity: &Entity) {
        if self.hints.len() >= HINTS {
            return;
        }
        let near = nearest(name, known).map(|near| spelling(entity, near));
        let near = near.map(|near| format!(", did you mean `{near}`?")).unwrap_or_default();
        self.hint(format!("unknown query parameter {} is ignored{near}", quoted(name)));
    }

    /// A page or a size. What is below one becomes the default.
    fn number(&mut self, text: &str, name: &str) -> Result<usize, &'static str> {
        let number: i128 = text.parse().map_err(|_| "is not a whole number")?;
        if number < 1 {
            self.hint(format!("{name} starts at 1"));
            let default = if name.eq_ignore_ascii_case(service::SIZE) { service::DEFAULT_SIZE } else { 1 };
            return Ok(usize::try_from(default).unwrap_or(1));
        }
        Ok(usize::try_from(number).unwrap_or(usize::MAX))
    }

    fn direction(&mut self, text: &str) {
        self.direction = match text.to_ascii_lowercase().as_str() {
            "1" | "0" | "asc" | "ascending" => Direction::Ascending,
            "-1" | "desc" | "descending" => Direction::Descending,
            _ => {
                self.hint(format!("dir {} is neither 1 nor -1, ascending is taken", quoted(text)));
                Direction::Ascending
            }
        };
    }

    fn order_by(&mut self, catalog: &Catalog, entity: &Entity, text: &str) {
        let plan = catalog.plan(entity);
        let prefix = format!("{}_", entity.table.name.to_ascii_lowercase());
        let lower = text.to_ascii_lowercase().replace('.', "_");
        let bare = lower.strip_prefix(&prefix).unwrap_or(&lower);
        let own = entity.position_of(bare).and_then(|at| {
            let slot = plan.slots.get(usize::from(at)).filter(|slot| !slot.field.is_write_only())?;
            let zero = matches!(slot.default, b"false" | b"0");
            let path = slot.derived.clone().unwrap_or_else(|| catalog.direct(entity, at));
            Some((slot.field.name.to_owned(), Target { kind: slot.field.kind, path, zero }))
        });
        let related = || match plan.params.get(&format!("{prefix}{bare}")) {
            Some(Param::Equal(target)) => Some((text.to_owned(), target.clone())),
            _ => None,
        };
        self.order = own.or_else(related);
        if self.order.is_none() {
            let known = plan.slots.iter().map(|slot| slot.field.name);
            let near = nearest(text, known).map(|near| format!(", did you mean `{near}`?")).unwrap_or_default();
            self.hint(format!("unknown property {} to order by is ignored{near}", quoted(text)));
        }
    }

    fn id(&mut self, text: &str, long: bool) -> Result<(), &'static str> {
        let list = text.strip_prefix('[').map_or(text, |rest| rest.strip_suffix(']').unwrap_or(rest));
        let ids: Option<Vec<i64>> =
            list.split(',').map(str::trim).filter(|id| !id.is_empty()).map(|id| id.parse().ok()).collect();
        let ids = ids.ok_or("is not an id or a list of ids")?;
        let several = list.len() < text.len() || ids.len() > 1;
        match &mut self.ids {
            Some(before) => {
                before.list.extend(ids);
                before.several = true;
            }
            None => self.ids = Some(Ids { list: ids, several, long }),
        }
        Ok(())
    }

    fn custom(&mut self, catalog: &Catalog, entity: &Entity, name: &str, value: String) {
        let at = catalog.common(entity, |common| common.custom_fields);
        let target = Target { kind: Kind::Json, path: catalog.direct(entity, at), zero: false };
        self.conditions.push(Condition { target, test: Test::Custom { name: name.to_owned(), value } });
    }

    /// A condition; a later one of the same sort takes the place of an earlier one.
    fn also(&mut self, target: &Target, test: Test) {
        let sort = std::mem::discriminant(&test);
        let same =
            |condition: &Condition| condition.target == *target && std::mem::discriminant(&condition.test) == sort;
        match self.conditions.iter_mut().find(|condition| same(condition)) {
            Some(condition) => condition.test = test,
            None => self.conditions.push(Condition { target: target.clone(), test }),
        }
    }
}

/// A parameter's documented spelling, from its name in lower case.
fn spelling(entity: &Entity, lower: &str) -> String {
    let table = entity.table;
    let filters = table.all_fields().filter_map(|field| table.filter_name(field));
    let ranges = table.all_fields().filter_map(|field| table.range_names(field)).flat_map(|(from, to)| [from, to]);
    let related = table.related.iter().map(|related| related.name.to_owned());
    let paging = [service::ORDER.to_owned()];
    let mut known = filters.chain(ranges).chain(related).chain(paging);
    known.find(|name| name.eq_ignore_ascii_case(lower)).unwrap_or_else(|| lower.to_owned())
}

impl Test {
    fn equal(kind: Kind, text: &str) -> Result<Self, &'static str> {
        Ok(match kind {
            Kind::Id(_) | Kind::Int => Self::Number(text.parse().map_err(|_| "is not a whole number")?),
            Kind::Enum(table) => {
                let number = table.value_of(text).or_else(|| text.parse().ok());
                Self::Number(number.ok_or("is not one of the listed values")?)
            }
            Kind::Bool => match text.to_ascii_lowercase().as_str() {
                "true" | "1" => Self::Bool(true),
                "false" | "0" => Self::Bool(false),
                _ => return Err("is not true or false"),
            },
            Kind::Decimal => Self::Decimal(text.parse().map_err(|_| "is not a number")?),
            Kind::DateTime | Kind::Civil => {
                Self::Number(parse_time(text, kind == Kind::DateTime).ok_or("is not a date and time")?)
            }
            Kind::Guid => Self::Unique(text.parse::<Guid>().map_err(|_| "is not a unique id")?.to_bytes()),
            Kind::Ids(_) => Self::Member(text.parse().map_err(|_| "is not a whole number")?),
            Kind::Text | Kind::Json => Self::Text(text.to_owned()),
        })
    }

    /// Whether a value passes. `zero` says that no value reads as `false` or 0.
    fn passes(&self, cell: Option<Cell<'_>>, zero: bool) -> bool {
        match (self, cell) {
            (Self::Number(want), Some(Cell::Int(have) | Cell::Time(have))) => have == *want,
            (Self::Number(want), None) => zero && *want == 0,
            (Self::Bool(want), Some(Cell::Bool(have))) => have == *want,
            (Self::Bool(want), None) => zero && !want,
            (Self::Decimal(want), Some(Cell::Decimal(have))) => have == *want,
            (Self::Decimal(want), None) => zero && want.is_zero(),
            (Self::Text(want), Some(Cell::Text(have) | Cell::Json(have))) => same_text(have, want),
            (Self::Unique(want), Some(Cell::Guid(have))) => have == *want,
            (Self::Member(want), Some(Cell::Ids(mut have))) => have.any(|id| id == *want),
            (Self::From(bound), Some(cell)) => bound.compare(cell).is_some_and(Ordering::is_le),
            (Self::To(bound), Some(cell)) => bound.compare(cell).is_some_and(Ordering::is_ge),
            (Self::From(Bound::Number(want)), None) => zero && *want <= Decimal::ZERO,
            (Self::To(Bound::Number(want)), None) => zero && *want >= Decimal::ZERO,
            (Self::Custom { name, value }, Some(Cell::Json(have))) => has_custom(have, name, value),
            _ => false,
        }
    }
}

impl Bound {
    fn read(kind: Kind, text: &str) -> Result<Self, &'static str> {
        match kind {
            Kind::DateTime | Kind::Civil => {
                parse_time(text, kind == Kind::DateTime).map(Self::Time).ok_or("is not a date and time")
            }
            _ => text.parse().map(Self::Number).map_err(|_| "is not a number"),
        }
    }

    /// How the bound stands to a value.
    fn compare(self, cell: Cell<'_>) -> Option<Ordering> {
        match (self, cell) {
            (Self::Time(bound), Cell::Time(have)) => Some(bound.cmp(&have)),
            (Self::Number(bound), Cell::Int(have)) => Some(bound.cmp(&Decimal::from(have))),
            (Self::Number(bound), Cell::Decimal(have)) => Some(bound.cmp(&have)),
            _ => None,
        }
    }
}

/// Whether custom fields hold a value under a name.
fn has_custom(json: &str, name: &str, value: &str) -> bool {
    let Ok(fields) = serde_json::from_str::<Json>(json) else { return false };
    let Some(data) = fields.get("Data").and_then(Json::as_array) else { return false };
    data.iter().any(|entry| {
        let text = |key: &str| entry.get(key).and_then(Json::as_str).unwrap_or_default();
        same_text(text("Name"), name) && same_text(text("Value"), value)
    })
}

/// What a row holds at the end of a path. The common properties that no row holds are made on the way.
fn look<'a>(
    catalog: &Catalog,
    store: &'a Store,
    entity: &Entity,
    id: i64,
    row: &'a Row,
    path: &Path,
) -> Option<Cell<'a>> {
    let cell = if path.steps.is_empty() && path.is_id() { Some(Cell::Int(id)) } else { store.follow(row, path) };
    let made = || {
        let unique = path.steps.is_empty() && path.last == catalog.common(entity, |common| common.unique_id);
        unique.then(|| Cell::Guid(render::unique_id(entity, id)))
    };
    cell.or_else(made)
}

/// The ids that answer a query, in order, and how many there are in all.
struct Found {
    ids: Vec<i64>,
    total: usize,
}

/// Answers a query.
pub(crate) fn answer(catalog: &Catalog, store: &Store, entity: &Entity, query: Query) -> Reply {
    let several = query.ids.as_ref().filter(|ids| ids.several);
    if let Some(ids) = several {
        let none = ids.list.iter().all(|id| store.get(entity.at, *id).is_none());
        if ids.long && none {
            return Reply::not_found();
        }
        if !ids.long && query.conditions.is_empty() {
            return rows(catalog, store, entity, &query);
        }
    }
    let found = find(catalog, store, entity, &query);
    page(catalog, store, entity, query, &found)
}

/// The bare array that several ids answer, in the order asked for, each once.
fn rows(catalog: &Catalog, store: &Store, entity: &Entity, query: &Query) -> Reply {
    let mut out = vec![b'['];
    let mut seen = std::collections::HashSet::new();
    for id in query.ids.iter().flat_map(|ids| &ids.list).filter(|id| seen.insert(**id)) {
        let Some(row) = store.get(entity.at, *id) else { continue };
        if out.len() > 1 {
            out.push(b',');
        }
        render::record(catalog, store, entity, *id, row, Depth::Summary, &mut out);
    }
    out.push(b']');
    let mut reply = Reply::json(StatusCode::OK, out);
    reply.hints.clone_from(&query.hints);
    reply
}

fn find(catalog: &Catalog, store: &Store, entity: &Entity, query: &Query) -> Found {
    let table = store.table(entity.at);
    let offset = (query.page - 1).saturating_mul(query.size);
    let (candidates, rest) = candidates(catalog, store, entity, query);
    // A list in the order of ids that an index answers alone is cut out of the index.
    if rest.is_empty() && query.order.is_none() {
        let descending = query.direction == Direction::Descending;
        return match candidates {
            Candidates::All => Found { ids: table.rows().slice(offset, query.size, descending), total: table.len() },
            Candidates::Index(ids) => Found { ids: ids.slice(offset, query.size, descending), total: ids.len() },
            Candidates::Ids(ids) => cut(ids, offset, query),
        };
    }
    let passes = |id: i64, row: &Row| {
        rest.iter().all(|condition| {
            let cell = look(catalog, store, entity, id, row, &condition.target.path);
            condition.test.passes(cell, condition.target.zero)
        })
    };
    let mut finder = table.rows().finder();
    let mut kept: Vec<(i64, &Row)> = match candidates {
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
    let mut keyed: Vec<(Option<Cell<'_>>, i64)> =
        kept.drain(..).map(|(id, row)| (look(catalog, store, entity, id, row, &order.path), id)).collect();
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
fn candidates<'a>(
    catalog: &Catalog,
    store: &'a Store,
    entity: &Entity,
    query: &'a Query,
) -> (Candidates<'a>, Vec<&'a Condition>) {
    let table = store.table(entity.at);
    let mut rest: Vec<&Condition> = query.conditions.iter().collect();
    if let Some(ids) = &query.ids {
        let mut ids: Vec<i64> = ids.list.iter().copied().filter(|id| table.get(*id).is_some()).collect();
        ids.sort_unstable();
        ids.dedup();
        return (Candidates::Ids(ids), rest);
    }
    let mut best = (Candidates::All, None);
    for (at, condition) in rest.iter().enumerate() {
        let narrowed = narrow(catalog, store, entity, condition);
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
fn narrow<'a>(catalog: &Catalog, store: &'a Store, entity: &Entity, condition: &Condition) -> Option<Candidates<'a>> {
    let table = store.table(entity.at);
    let Target { path, zero, .. } = &condition.target;
    match (&path.steps[..], &condition.test) {
        ([], Test::Number(to)) if !path.is_id() => {
            let found = table.pointing(path.last, *to)?;
            (*to != 0 || !zero).then_some(Candidates::Index(found))
        }
        ([], Test::Unique(unique)) if path.last == catalog.common(entity, |common| common.unique_id) => {
            // Most unique ids lead back to their record; one that was given from outside is looked for.
            let id = render::id_of_unique(entity, unique)?;
            table.get(id).filter(|row| row.get(path.last).is_none()).map(|_| Candidates::Ids(vec![id]))
        }
        ([(relation, target), tail @ ..], test) if !test.passes(None, *zero) => {
            // A property of a related record: look among those, which are fewer, and go back over the index.
            let related = store.table(*target);
            if related.len() > table.len() / 4 {
                return None;
            }
            let tail = path.behind(tail);
            let target = catalog.entity(*target);
            let mut ids = Vec::new();
            for (id, row) in related.rows().iter() {
                let cell = look(catalog, store, target, id, row, &tail);
                if test.passes(cell, false) {
                    ids.extend(table.pointing(*relation, id)?.iter().map(|(id, ())| id));
                }
            }
            ids.sort_unstable();
            Some(Candidates::Ids(ids))
        }
        _ => None,
    }
}

fn page(catalog: &Catalog, store: &Store, entity: &Entity, query: Query, found: &Found) -> Reply {
    let mut out = Vec::with_capacity(256 + found.ids.len() * render::room(catalog.plan(entity)));
    out.extend_from_slice(b"{\"Records\":[");
    for (at, id) in found.ids.iter().enumerate() {
        let Some(row) = store.get(entity.at, *id) else { continue };
        if at > 0 {
            out.push(b',');
        }
        render::record(catalog, store, entity, *id, row, Depth::Summary, &mut out);
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
