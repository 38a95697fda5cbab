//! What a list query asks for.

use std::cmp::Ordering;

use nexudus_core::{Decimal, Direction, Guid, Kind, service};

use crate::catalog::entity::Entity;
use crate::catalog::plan::{Param, Target};
use crate::catalog::{Catalog, common};
use crate::message::envelope::{Envelope, FieldError};
use crate::message::names::{nearest, quoted};
use crate::message::pairs::Pairs;
use crate::message::reply::Reply;
use crate::simulation::unknown::UnknownFilters;
use crate::value::raw::{Object, items, object, quote};
use crate::value::row::{Cell, same_text};
use crate::value::time::parse_time;

/// A list that was asked for.
#[derive(Debug)]
pub(crate) struct Query {
    pub(crate) page: usize,
    pub(crate) size: usize,
    pub(crate) order: Option<(String, Target)>,
    pub(crate) direction: Direction,
    pub(crate) ids: Option<Ids>,
    pub(crate) conditions: Vec<Condition>,
    pub(crate) hints: Vec<String>,
    /// Whether a `+` in it was read as a blank.
    pub(crate) plus: bool,
}

/// How a query is read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rules {
    /// The largest page, in records.
    pub(crate) max_size: usize,
    pub(crate) unknown: UnknownFilters,
    /// Whether there is a `+` in the query as it came.
    pub(crate) plus: bool,
}

/// Records asked for by their ids.
#[derive(Debug)]
pub(crate) struct Ids {
    pub(crate) list: Vec<i64>,
    /// Whether several were asked for, in brackets or by a repeated name. That answers a bare array where the
    /// name is `id`, and needs the role of get-one.
    pub(crate) several: bool,
    pub(crate) long: bool,
}

/// What a record has to be like.
#[derive(Clone, Debug)]
pub(crate) struct Condition {
    pub(crate) target: Target,
    pub(crate) test: Test,
}

#[derive(Clone, Debug)]
pub(crate) enum Test {
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
pub(crate) enum Bound {
    Number(Decimal),
    Time(i64),
}

/// Hints beyond this many help nobody.
const HINTS: usize = 8;

impl Query {
    /// Reads a query. Unknown parameters are ignored with a hint, values of a wrong type are refused.
    pub(crate) fn read(catalog: &Catalog, entity: &Entity, pairs: Pairs, rules: Rules) -> Result<Self, Reply> {
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
            plus: rules.plus,
        };
        let mut errors = Vec::new();
        let (mut ordered, mut directed) = (false, false);
        for (name, value) in pairs {
            let lower = name.to_ascii_lowercase();
            let text = value.trim();
            let Some(param) = plan.params.get(&lower) else {
                match name.get(custom.len()..).filter(|_| lower.starts_with(&custom)) {
                    Some(custom) => query.custom(entity, custom, value),
                    None if rules.unknown == UnknownFilters::Refuse => {
                        let near = nearest(&name, plan.params.keys().map(String::as_str));
                        let near = near.map(|near| format!(", did you mean `{}`?", spelling(entity, near)));
                        let message = format!("is not a filter of {}{}", entity.table.name, near.unwrap_or_default());
                        errors.push(FieldError::new(&name, &message, &quote(&value)));
                    }
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
                    ordered = true;
                    query.order_by(catalog, entity, text);
                    Ok(())
                }
                Param::Direction => {
                    directed = true;
                    query.direction(text);
                    Ok(())
                }
                Param::Id { long } => query.id(text, *long),
                Param::Equal(target) => Test::equal(target.kind, &value).map(|test| query.also(target, test)),
                Param::From(target) => {
                    Bound::read(target.kind, text).map(|bound| query.also(target, Test::From(bound)))
                }
                Param::To(target) => Bound::read(target.kind, text).map(|bound| query.also(target, Test::To(bound))),
            };
            if let Err(message) = read {
                errors.push(FieldError::new(&name, message, &quote(&value)));
            }
        }
        // Ids are the order of the table itself.
        if let Some(default) = entity.table.default_order.filter(|_| !ordered) {
            if default.by != "Id" {
                query.order_by(catalog, entity, default.by);
            }
            if !directed && default.descending {
                query.direction = Direction::Descending;
            }
        }
        if query.size > rules.max_size {
            query.hint(format!("size is at most {}", rules.max_size));
            query.size = rules.max_size;
        }
        if errors.is_empty() {
            return Ok(query);
        }
        Err(query.hints.into_iter().fold(Envelope::refused(errors), Reply::hint))
    }

    /// Whether it fetches several records by id, which needs the role of get-one.
    pub(crate) fn fetches(&self) -> bool {
        self.ids.as_ref().is_some_and(|ids| ids.several)
    }

    pub(crate) fn hint(&mut self, text: String) {
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
            "0" | "asc" | "ascending" => Direction::Ascending,
            "1" | "desc" | "descending" => Direction::Descending,
            // An older copy of the reference prints -1; nobody is known to send it.
            "-1" => {
                self.hint("dir -1 is taken for 1, which is descending".to_owned());
                Direction::Descending
            }
            _ => {
                self.hint(format!("dir {} is neither 0 nor 1, ascending is taken", quoted(text)));
                Direction::Ascending
            }
        };
    }

    fn order_by(&mut self, catalog: &Catalog, entity: &Entity, text: &str) {
        let plan = catalog.plan(entity);
        let prefix = format!("{}_", entity.table.name.to_ascii_lowercase());
        let lower = text.to_ascii_lowercase().replace('.', "_");
        let bare = lower.strip_prefix(&prefix).unwrap_or(&lower);
        let own = entity.field_position_any_case(bare).and_then(|position| {
            let planned = plan.field(position).filter(|planned| !planned.field.is_write_only())?;
            Some((planned.field.name.to_owned(), planned.target(entity.path_to(position))))
        });
        let related = || match plan.params.get(&format!("{prefix}{bare}")) {
            Some(Param::Equal(target)) => Some((text.to_owned(), target.clone())),
            _ => None,
        };
        self.order = own.or_else(related);
        if self.order.is_none() {
            let known = entity.table.all_fields().map(|field| field.name);
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

    fn custom(&mut self, entity: &Entity, name: &str, value: String) {
        let path = entity.path_to(entity.common(common::CUSTOM_FIELDS));
        let target = Target { kind: Kind::Json, path, zero: false };
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
    fn equal(kind: Kind, value: &str) -> Result<Self, &'static str> {
        let text = value.trim();
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
            // A text may begin and end with whitespace.
            Kind::Text | Kind::Json => Self::Text(value.to_owned()),
        })
    }

    /// Whether a value passes. `zero` says that no value reads as `false` or 0.
    pub(crate) fn passes(&self, cell: Option<Cell<'_>>, zero: bool) -> bool {
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
            Kind::Decimal => text.parse().map(Self::Number).map_err(|_| "is not a number"),
            _ => {
                let whole: i64 = text.parse().map_err(|_| "is not a whole number")?;
                Ok(Self::Number(whole.into()))
            }
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
    let data = |fields: Object| Some(items(fields.get("Data")?)?.into_iter().filter_map(object).collect::<Vec<_>>());
    let entries = serde_json::from_str(json).ok().and_then(data).unwrap_or_default();
    let has = |entry: &Object, key, want| same_text(&entry.text(key).unwrap_or_default(), want);
    entries.iter().any(|entry| has(entry, "Name", name) && has(entry, "Value", value))
}
