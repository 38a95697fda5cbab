//! Expressions of rules, worked out over records.

use std::cell::Cell as Counter;
use std::collections::BTreeMap;

use nexudus_core::{Decimal, Kind};

use crate::catalog::entity::Entity;
use crate::catalog::plan::PathEnd;
use crate::catalog::position::EntityPosition;
use crate::catalog::rule::Expr;
use crate::catalog::{Catalog, common};
use crate::record::unique_id::unique_id;
use crate::store::change::RecordKey;
use crate::store::view::View;
use crate::value::coerce::coerce;
use crate::value::mix::mix;
use crate::value::position::FieldPosition;
use crate::value::raw::{self, Raw};
use crate::value::row::{Cell, Value, Values};
use crate::value::text::write_guid;
use crate::value::time::{Civil, time_text};

/// Where expressions find records.
pub(crate) trait Records {
    fn catalog(&self) -> &Catalog;
    /// The value of a property of a record.
    fn value(&self, key: RecordKey, property: FieldPosition) -> Option<Value>;
    /// The first record of an entity.
    fn first(&self, entity: EntityPosition) -> Option<i64>;
    /// The records of an entity that have a value in a property.
    fn having(&self, entity: EntityPosition, property: FieldPosition, value: &Value) -> Vec<i64>;
}

impl Records for View<'_> {
    fn catalog(&self) -> &Catalog {
        self.catalog
    }

    fn value(&self, (entity, id): RecordKey, property: FieldPosition) -> Option<Value> {
        self.store.get(entity, id)?.get(property).map(Cell::to_value)
    }

    fn first(&self, entity: EntityPosition) -> Option<i64> {
        self.store.table(entity).rows().iter().next().map(|(id, _)| id)
    }

    fn having(&self, entity: EntityPosition, property: FieldPosition, value: &Value) -> Vec<i64> {
        let table = self.store.table(entity);
        if let Value::Int(id) = value
            && let Some(ids) = table.pointing(property, *id)
        {
            return ids.iter().map(|(id, ())| id).collect();
        }
        let has = |cell: Cell<'_>| has(&cell.to_value(), value);
        let rows = table.rows().iter().filter(|(_, row)| row.get(property).is_some_and(has));
        rows.map(|(id, _)| id).collect()
    }
}

/// What names and functions stand for.
pub(crate) struct Scope<'a> {
    pub(crate) this: RecordKey,
    /// The record that plain names are of.
    pub(crate) here: RecordKey,
    /// What this was before the write.
    pub(crate) old: Option<&'a Values>,
    pub(crate) made: &'a BTreeMap<&'static str, Vec<RecordKey>>,
    /// What the request holds.
    pub(crate) sent: &'a dyn Fn(&str) -> Option<Raw>,
    /// Numbers that count up: the next of a name.
    pub(crate) number: &'a dyn Fn(&str) -> i64,
    /// Why the request would be refused.
    pub(crate) refusal: Option<&'a str>,
    /// Milliseconds since 1970.
    pub(crate) now: i64,
    pub(crate) user: &'a str,
    /// Where made-up values come from.
    pub(crate) dice: &'a Counter<u64>,
}

const DAY: i64 = 86_400_000;

/// Works an expression out. Nothing is false, 0 and empty; what makes no sense is nothing.
pub(crate) fn eval(expr: &Expr, records: &dyn Records, scope: &Scope<'_>) -> Option<Value> {
    match expr {
        Expr::Null => None,
        Expr::Bool(value) => Some(Value::Bool(*value)),
        Expr::Number(text) => text.parse().map(Value::Int).or_else(|_| text.parse().map(Value::Decimal)).ok(),
        Expr::Text(text) => Some(Value::Text((*text).to_owned())),
        Expr::Path(path) => follow(path, records, scope),
        Expr::Binary(operator, left, right) => {
            let value = eval(left, records, scope);
            match *operator {
                "and" => Some(Value::Bool(truth(value.as_ref()) && truth(eval(right, records, scope).as_ref()))),
                "or" => Some(Value::Bool(truth(value.as_ref()) || truth(eval(right, records, scope).as_ref()))),
                _ => binary(operator, value, eval(right, records, scope)),
            }
        }
        Expr::Call(name, arguments) => call(name, arguments, records, scope),
        Expr::Over(name, entity, property, arguments) => over(name, (entity, property), arguments, records, scope),
    }
}

/// Whether a condition holds.
pub(crate) fn holds(expr: &Expr, records: &dyn Records, scope: &Scope<'_>) -> bool {
    truth(eval(expr, records, scope).as_ref())
}

fn truth(value: Option<&Value>) -> bool {
    match value {
        None => false,
        Some(Value::Bool(value)) => *value,
        Some(Value::Int(number)) => *number != 0,
        Some(Value::Decimal(number)) => !number.is_zero(),
        Some(Value::Text(text)) => !text.is_empty(),
        Some(Value::Ids(ids)) => !ids.is_empty(),
        Some(Value::Time(_) | Value::Guid(_) | Value::Json(_)) => true,
    }
}

/// A property of a record as a caller sees it: those of related records are followed.
pub(crate) fn property(records: &dyn Records, key: RecordKey, name: &str) -> Option<Value> {
    let catalog = records.catalog();
    let entity = catalog.entity(key.0);
    let position = entity.field_position(name)?;
    let own = entity.path_to(position);
    let path = catalog.plan(entity).field(position)?.derived.as_ref().unwrap_or(&own);
    let mut here = key;
    for step in &path.steps {
        let Some(Value::Int(id)) = records.value(here, step.relation) else { return None };
        here = (step.target, id);
    }
    let position = match path.end {
        PathEnd::Id => return Some(Value::Int(here.1)),
        PathEnd::Field(position) => position,
        PathEnd::Unknown => return None,
    };
    let entity = catalog.entity(here.0);
    let unique = position == entity.common(common::UNIQUE_ID);
    records.value(here, position).or_else(|| unique.then(|| Value::Guid(unique_id(entity, here.1))))
}

fn follow(path: &[&str], records: &dyn Records, scope: &Scope<'_>) -> Option<Value> {
    if let ["old", name, ..] = path {
        let entity = records.catalog().entity(scope.this.0);
        return scope.old?.get(&entity.field_position(name)?).cloned();
    }
    let (owner, name) = owner(path, records, scope)?;
    property(records, owner, name)
}

/// The record that the last name of a path is a property of, and that name.
fn owner<'p>(path: &[&'p str], records: &dyn Records, scope: &Scope<'_>) -> Option<(RecordKey, &'p str)> {
    let (first, rest) = path.split_first()?;
    let (mut here, rest) = match (*first, scope.made.get(first)) {
        ("this", _) => (scope.this, rest),
        (_, Some(made)) => (*made.last()?, rest),
        (_, None) => (scope.here, path),
    };
    let (last, steps) = rest.split_last()?;
    for step in steps {
        here = target(records, here, step)?;
    }
    Some((here, last))
}

/// The record that a relation leads to.
fn target(records: &dyn Records, from: RecordKey, relation: &str) -> Option<RecordKey> {
    let catalog = records.catalog();
    let Kind::Id(target) = catalog.entity(from.0).field_named(relation)?.kind else { return None };
    let Some(Value::Int(id)) = property(records, from, relation) else { return None };
    Some((catalog.named(target)?.position, id))
}

fn decimal(value: &Value) -> Option<Decimal> {
    match value {
        Value::Int(number) => Some(Decimal::from(*number)),
        Value::Decimal(number) => Some(*number),
        Value::Text(text) => text.trim().parse().ok(),
        Value::Time(millis) => Some(Decimal::from(*millis)),
        _ => None,
    }
}

/// A value as text.
pub(crate) fn text(value: &Value) -> String {
    match value {
        Value::Bool(value) => value.to_string(),
        Value::Int(number) => number.to_string(),
        Value::Decimal(number) => number.to_string(),
        Value::Text(text) | Value::Json(text) => text.clone(),
        Value::Time(millis) => time_text(*millis),
        Value::Guid(bytes) => {
            let mut out = Vec::with_capacity(36);
            write_guid(bytes, &mut out);
            String::from_utf8_lossy(&out).into_owned()
        }
        Value::Ids(ids) => ids.iter().map(i64::to_string).collect::<Vec<_>>().join(","),
    }
}

/// Whether a property is a value, or a list that holds it.
pub(crate) fn has(property: &Value, value: &Value) -> bool {
    match (property, value) {
        (Value::Ids(ids), Value::Int(id)) => ids.contains(id),
        _ => same(property, value),
    }
}

/// Whether two values are equal, whatever kinds of property they come from.
pub(crate) fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Int(_) | Value::Decimal(_), Value::Int(_) | Value::Decimal(_)) => decimal(a) == decimal(b),
        (Value::Guid(_), Value::Text(_)) | (Value::Text(_), Value::Guid(_)) => text(a).eq_ignore_ascii_case(&text(b)),
        _ => a == b,
    }
}

fn binary(operator: &str, left: Option<Value>, right: Option<Value>) -> Option<Value> {
    let equal = match (&left, &right) {
        (Some(a), Some(b)) => same(a, b),
        (a, b) => a.is_none() && b.is_none(),
    };
    match operator {
        "=" => return Some(Value::Bool(equal)),
        "!=" => return Some(Value::Bool(!equal)),
        _ => {}
    }
    if operator == "+" && (matches!(left, Some(Value::Text(_))) || matches!(right, Some(Value::Text(_)))) {
        let part = |value: Option<Value>| value.as_ref().map(text).unwrap_or_default();
        return Some(Value::Text(part(left) + &part(right)));
    }
    if matches!(operator, "<" | "<=" | ">" | ">=") {
        let (a, b) = (decimal(left.as_ref()?)?, decimal(right.as_ref()?)?);
        return Some(Value::Bool(match operator {
            "<" => a < b,
            "<=" => a <= b,
            ">" => a > b,
            _ => a >= b,
        }));
    }
    let whole = |value: &Option<Value>| matches!(value, Some(Value::Int(_)) | None);
    let both_whole = whole(&left) && whole(&right);
    let number = |value: &Option<Value>| value.as_ref().map_or(Some(Decimal::ZERO), decimal);
    let (a, b) = (number(&left)?, number(&right)?);
    let result = match operator {
        "+" => a.checked_add(b),
        "-" => a.checked_sub(b),
        "*" => a.checked_mul(b),
        "/" => quotient(a, b),
        _ => a.checked_rem(b),
    }?;
    let whole = i64::try_from(result).ok().filter(|whole| Decimal::from(*whole) == result);
    Some(match whole {
        Some(whole) if both_whole && operator != "/" => Value::Int(whole),
        _ => Value::Decimal(result),
    })
}

/// The service divides as floating-point numbers do, and writes all digits of the result: 365 days are
/// 52.142857142857146 weeks.
fn quotient(a: Decimal, b: Decimal) -> Option<Decimal> {
    let quotient = f64::try_from(a).ok()? / f64::try_from(b).ok()?;
    if quotient.is_finite() { quotient.to_string().parse().ok() } else { None }
}

fn call(name: &str, arguments: &[Expr], records: &dyn Records, scope: &Scope<'_>) -> Option<Value> {
    let value = |at: usize| arguments.get(at).and_then(|argument| eval(argument, records, scope));
    let words = |at: usize| value(at).as_ref().map(text);
    let time = |at: usize| if let Some(Value::Time(millis)) = value(at) { Some(millis) } else { None };
    let whole = |at: usize| value(at).as_ref().and_then(decimal).and_then(|number| i64::try_from(number.floor()).ok());
    let roll = || {
        let next = mix(scope.dice.get());
        scope.dice.set(next);
        next
    };
    Some(match name {
        "not" => Value::Bool(!truth(value(0).as_ref())),
        "now" => Value::Time(scope.now),
        "today" => Value::Time(scope.now - scope.now.rem_euclid(DAY)),
        "user" => Value::Text(scope.user.to_owned()),
        "guid" => {
            let mut bytes = [0; 16];
            bytes[..8].copy_from_slice(&roll().to_be_bytes());
            bytes[8..].copy_from_slice(&roll().to_be_bytes());
            bytes[6] = (bytes[6] & 0x0f) | 0x40;
            bytes[8] = (bytes[8] & 0x3f) | 0x80;
            Value::Guid(bytes)
        }
        "digits" => {
            let letters: Vec<char> = words(1)?.chars().collect();
            let one = || letters.get(usize::try_from(roll() % letters.len().max(1) as u64).unwrap_or(0)).copied();
            Value::Text((0..whole(0)?.clamp(0, 32)).filter_map(|_| one()).collect())
        }
        "number" => Value::Int((scope.number)(&words(0)?)),
        "sent" => {
            let name = words(0)?.replace("{Id}", &scope.this.1.to_string());
            let sent = (scope.sent)(&name).filter(|sent| !raw::is_null(sent))?;
            let word = raw::text(&sent).unwrap_or_else(|| sent.get().to_owned());
            match (word.to_ascii_lowercase().as_str(), raw::is_string(&sent)) {
                ("true", _) => Value::Bool(true),
                ("false", _) => Value::Bool(false),
                (_, true) => Value::Text(word),
                (_, false) => match coerce(Kind::Decimal, &sent) {
                    Ok(Some(Value::Decimal(number))) => {
                        let whole = i64::try_from(number).ok().filter(|whole| Decimal::from(*whole) == number);
                        whole.map_or(Value::Decimal(number), Value::Int)
                    }
                    _ => Value::Json(word),
                },
            }
        }
        "slug" => {
            let letter = |c: char| if c.is_ascii_alphanumeric() { c } else { '-' };
            Value::Text(words(0)?.to_lowercase().chars().map(letter).collect())
        }
        // Of one word there is no last.
        "last_word" => Value::Text(words(0)?.split_whitespace().skip(1).last()?.to_owned()),
        "first_word" => Value::Text(words(0)?.split_whitespace().next()?.to_owned()),
        "first" => arguments.iter().find_map(|argument| eval(argument, records, scope))?,
        "if" => value(if truth(value(0).as_ref()) { 1 } else { 2 })?,
        "days" => {
            let (from, to) = (time(0)?, time(1)?);
            Value::Decimal(Decimal::from(to - from).checked_div(Decimal::from(DAY))?)
        }
        "months" => {
            let (from, to) = (Civil::of(time(0)?), Civil::of(time(1)?));
            Value::Int((to.year - from.year) * 12 + to.month - from.month)
        }
        "minutes" => Value::Int((time(1)? - time(0)?).div_euclid(60_000)),
        "plus_days" => Value::Time(time(0)?.saturating_add(whole(1)?.saturating_mul(DAY))),
        "floor" => Value::Int(whole(0)?),
        "money" => Value::Text(money(value(0).as_ref())),
        "us_date" => Value::Text(us_date(time(0)?)),
        "us_time" => Value::Text(us_time(time(0)?, false)),
        "us_clock" => Value::Text(us_time(time(0)?, true)),
        "eu_date" => {
            let civil = Civil::of(time(0)?);
            Value::Text(format!("{:02}/{:02}/{:04}", civil.day, civil.month, civil.year))
        }
        "value_name" => {
            let Expr::Path(path) = arguments.first()? else { return None };
            let (owner, name) = owner(path, records, scope)?;
            let kind = records.catalog().entity(owner.0).field_named(name)?.kind;
            match (kind, property(records, owner, name)?) {
                (Kind::Enum(table), Value::Int(number)) => Value::Text(table.name_of(number)?.to_owned()),
                (_, other) => other,
            }
        }
        "of" => {
            let Expr::Path(path) = arguments.first()? else { return None };
            let here = match path {
                [name] if scope.made.contains_key(name) => *scope.made.get(name)?.last()?,
                path => {
                    let (owner, relation) = owner(path, records, scope)?;
                    target(records, owner, relation)?
                }
            };
            eval(arguments.get(1)?, records, &Scope { here, ..*scope })?
        }
        "each" => {
            let Expr::Path(path) = arguments.first()? else { return None };
            let (owner, list) = owner(path, records, scope)?;
            let Kind::Ids(Some(of)) = records.catalog().entity(owner.0).field_named(list)?.kind else { return None };
            let Some(Value::Ids(ids)) = property(records, owner, list) else { return None };
            let of = records.catalog().named(of)?.position;
            let each = ids.into_iter().filter_map(|id| {
                let value = eval(arguments.get(1)?, records, &Scope { here: (of, id), ..*scope });
                value.as_ref().map(text)
            });
            listed(each, ", ")?
        }
        "joined" => match value(0)? {
            Value::Ids(ids) if ids.is_empty() => return None,
            ids => Value::Text(text(&ids)),
        },
        "contains" => {
            let (Some(Value::Ids(ids)), Some(Value::Int(id))) = (value(0), value(1)) else {
                return Some(Value::Bool(false));
            };
            Value::Bool(ids.contains(&id))
        }
        "starts" => Value::Bool(words(0)?.to_lowercase().starts_with(&words(1)?.to_lowercase())),
        "refusal" => Value::Text(scope.refusal?.to_owned()),
        _ => return None,
    })
}

/// An amount with two decimals.
pub(crate) fn money(value: Option<&Value>) -> String {
    format!("{:.2}", value.and_then(decimal).unwrap_or_default())
}

/// Texts in one, if there are any.
fn listed(texts: impl Iterator<Item = String>, separator: &str) -> Option<Value> {
    let texts: Vec<String> = texts.collect();
    (!texts.is_empty()).then(|| Value::Text(texts.join(separator)))
}

/// A date and time as in the United States, with or without seconds.
fn us_time(millis: i64, seconds: bool) -> String {
    let second = millis.rem_euclid(DAY) / 1000;
    let (hour, minute, half) = (second / 3600, second / 60 % 60, if second < 43_200 { "AM" } else { "PM" });
    let hour = if hour % 12 == 0 { 12 } else { hour % 12 };
    let seconds = if seconds { format!(":{:02}", second % 60) } else { String::new() };
    format!("{} {hour}:{minute:02}{seconds} {half}", us_date(millis))
}

/// A date as in the United States, without leading zeros.
pub(crate) fn us_date(millis: i64) -> String {
    let civil = Civil::of(millis);
    format!("{}/{}/{}", civil.month, civil.day, civil.year)
}

fn over(
    name: &str,
    (entity, property_name): (&str, &str),
    arguments: &[Expr],
    records: &dyn Records,
    scope: &Scope<'_>,
) -> Option<Value> {
    let catalog = records.catalog();
    // An entity that the model was built without has no records.
    let entity = catalog.named(entity);
    if name == "some" {
        let entity = entity?;
        return property(records, (entity.position, records.first(entity.position)?), property_name);
    }
    let ids = entity.into_iter().flat_map(|entity| {
        pointing(records, entity, property_name, scope.here).into_iter().map(|id| (entity.position, id))
    });
    let mut found = ids.map(|here| Scope { here, ..*scope });
    let passes = |condition: Option<&Expr>, scope: &Scope<'_>| {
        condition.is_none_or(|condition| holds(condition, records, scope))
    };
    Some(match name {
        "any" => Value::Bool(found.any(|scope| passes(arguments.first(), &scope))),
        "count" => {
            let count = found.filter(|scope| passes(arguments.first(), scope)).count();
            Value::Int(i64::try_from(count).unwrap_or(i64::MAX))
        }
        _ => {
            let value = |scope: Scope<'_>| {
                let value = passes(arguments.get(1), &scope).then(|| eval(arguments.first()?, records, &scope));
                value.flatten()
            };
            let mut values = found.filter_map(value);
            match name {
                "pick" => return values.next(),
                "join" => return listed(values.map(|value| text(&value)), ","),
                "list" => return listed(values.map(|value| text(&value)), ", "),
                _ => {}
            }
            let add = |sum: Decimal, value: Value| sum.checked_add(decimal(&value)?);
            Value::Decimal(values.try_fold(Decimal::ZERO, add)?)
        }
    })
}

/// The records of an entity that point at a record: by its id or, where the property is not a number, by its unique id.
pub(crate) fn pointing(records: &dyn Records, entity: &Entity, property_name: &str, to: RecordKey) -> Vec<i64> {
    let Some(position) = entity.field_position(property_name) else { return Vec::new() };
    let value = match entity.field(position).map(|field| field.kind) {
        Some(Kind::Id(_) | Kind::Ids(_) | Kind::Int) => Some(Value::Int(to.1)),
        _ => property(records, to, "UniqueId"),
    };
    let Some(value) = value else { return Vec::new() };
    // A property of a related record: look there, and go back over its relations.
    let Some(path) = records.catalog().plan(entity).field(position).and_then(|field| field.derived.as_ref()) else {
        return records.having(entity.position, position, &value);
    };
    let last = path.steps.last().map_or(entity.position, |step| step.target);
    let mut ids = match (path.end, value) {
        (PathEnd::Id, Value::Int(id)) => vec![id],
        (PathEnd::Field(position), value) => records.having(last, position, &value),
        _ => Vec::new(),
    };
    for (at, step) in path.steps.iter().enumerate().rev() {
        let from = at.checked_sub(1).and_then(|at| path.steps.get(at)).map_or(entity.position, |step| step.target);
        ids = ids.into_iter().flat_map(|id| records.having(from, step.relation, &Value::Int(id))).collect();
    }
    ids
}
