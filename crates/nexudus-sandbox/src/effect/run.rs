//! Rules, applied.

use std::collections::BTreeMap;

use nexudus_core::Kind;

use crate::catalog::common;
use crate::catalog::plan::{Path, Step};
use crate::catalog::position::EntityPosition;
use crate::catalog::rule::{Act, Expr, Rule, Scope as Where, Series, Sets};
use crate::effect::work::Work;
use crate::record::eval::{self, Records, Scope, eval, holds, text};
use crate::store::change::RecordKey;
use crate::value::coerce::coerce;
use crate::value::raw::{Object, Raw, of_text, quote};
use crate::value::row::{Value, Values};
use crate::value::time::Civil;

/// A rule said no: with which status and text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refused {
    pub(crate) status: u16,
    pub(crate) text: String,
}

impl Refused {
    /// No id is left for what a rule makes.
    fn full() -> Self {
        Self { status: 500, text: "No id is left for another record.".to_owned() }
    }
}

/// What rules answer.
#[derive(Debug, Default)]
pub(crate) struct RuleOutput {
    pub(crate) records: Option<(Vec<RecordKey>, bool)>,
    pub(crate) value: Option<Raw>,
    pub(crate) redirect: Option<String>,
    pub(crate) object: Option<Object>,
}

/// Rules make records whose rules make records, so far.
const DEPTH: u8 = 4;
/// A series has at most so many records.
const SERIES: usize = 1000;

/// One event of one record.
pub(crate) struct RuleEvent<'r> {
    pub(crate) event: &'r str,
    pub(crate) this: RecordKey,
    /// What it was before an update.
    pub(crate) old: Option<&'r Values>,
    /// What the request holds.
    pub(crate) sent: &'r dyn Fn(&str) -> Option<Raw>,
    /// Why the request would be refused.
    pub(crate) refusal: Option<&'r str>,
}

impl RuleEvent<'static> {
    /// An event that no request sent.
    pub(crate) fn unsent(event: &'static str, this: RecordKey) -> Self {
        Self { event, this, old: None, sent: &|_| None, refusal: None }
    }
}

impl RuleEvent<'_> {
    /// Applies the rules as for a record that a rule made: it is neither refused nor repeated.
    pub(crate) fn apply_unrefused(&self, work: &mut Work<'_>) {
        // Without refusals, only the lack of an id is left as an error: there is no record then that a rule makes.
        let _ = self.apply_at(work, &mut RuleOutput::default(), 1);
    }

    /// Applies the rules of an event, in their order.
    pub(crate) fn apply(&self, work: &mut Work<'_>, answer: &mut RuleOutput) -> Result<(), Refused> {
        self.apply_at(work, answer, 0)
    }

    fn apply_at(&self, work: &mut Work<'_>, answer: &mut RuleOutput, depth: u8) -> Result<(), Refused> {
        let Some(effects) = work.entity(self.this).effects else { return Ok(()) };
        let mut made = BTreeMap::new();
        let listens = |rule: &&Rule| rule.on.iter().any(|on| on.eq_ignore_ascii_case(self.event));
        for rule in effects.rules.iter().filter(listens) {
            // What rules make is neither refused nor repeated.
            if depth > 0 && matches!(rule.act, Act::Refuse { .. } | Act::Series(_)) {
                continue;
            }
            for here in self.targets(work, rule, &made) {
                if rule
                    .filter
                    .as_ref()
                    .is_none_or(|filter| self.with(work, here, &made, |scope| holds(filter, work, scope)))
                {
                    self.act(work, answer, rule, here, &mut made, depth)?;
                }
            }
        }
        Ok(())
    }

    fn targets(&self, work: &Work<'_>, rule: &Rule, made: &BTreeMap<&'static str, Vec<RecordKey>>) -> Vec<RecordKey> {
        match rule.scope {
            Where::This => vec![self.this],
            Where::Made(name) => made.get(name).cloned().unwrap_or_default(),
            Where::Relation(name) => {
                let entity = work.entity(self.this);
                let target = entity.field_named(name).and_then(|field| work.view.catalog.named(field.kind.target()?));
                let id = eval::property(work, self.this, name);
                let (Some(target), Some(Value::Int(id))) = (target, id) else { return Vec::new() };
                let key = (target.position, id);
                if work.exists(key) { vec![key] } else { Vec::new() }
            }
            Where::Pointing(entity, property) => {
                let Some(entity) = work.view.catalog.named(entity) else { return Vec::new() };
                let ids = eval::pointing(work, entity, property, self.this);
                ids.into_iter().map(|id| (entity.position, id)).collect()
            }
        }
    }

    /// Calls `f` with what names stand for.
    fn with<T>(
        &self,
        work: &Work<'_>,
        here: RecordKey,
        made: &BTreeMap<&'static str, Vec<RecordKey>>,
        f: impl FnOnce(&Scope<'_>) -> T,
    ) -> T {
        f(&Scope {
            this: self.this,
            here,
            old: self.old,
            made,
            sent: self.sent,
            number: &|name| work.take_number(name),
            refusal: self.refusal,
            now: work.author.now,
            user: &work.author.email,
            dice: &work.dice,
        })
    }

    fn act(
        &self,
        work: &mut Work<'_>,
        answer: &mut RuleOutput,
        rule: &Rule,
        here: RecordKey,
        made: &mut BTreeMap<&'static str, Vec<RecordKey>>,
        depth: u8,
    ) -> Result<(), Refused> {
        match &rule.act {
            Act::Refuse { text, status } => {
                return Err(Refused { status: *status, text: filled(work, here, text) });
            }
            Act::Set(sets) => {
                if rule.late {
                    self.keep_for_answer(work, here, rule, sets);
                }
                self.set(work, here, sets, made, false);
                if here != self.this && !rule.quiet {
                    work.stamp(here, false);
                }
            }
            Act::Fill(sets) => self.set(work, here, sets, made, true),
            Act::Make { entity, copy, name, set } => {
                let Some(entity) = work.view.catalog.named(entity) else { return Ok(()) };
                let values = if *copy { taken_over(work, here, entity.position) } else { Values::new() };
                let Some(id) = work.take_id(entity.position) else { return Err(Refused::full()) };
                let key = (entity.position, id);
                work.put(key, values);
                work.stamp(key, true);
                // Names in the expressions are of the record that the rule is for.
                let results: Vec<_> = set
                    .iter()
                    .map(|(name, value)| {
                        let present = self.is_present(work, here, value);
                        (*name, present, self.with(work, here, made, |scope| eval(value, work, scope)))
                    })
                    .collect();
                for (name, present, value) in results {
                    put(work, key, name, value);
                    if present && let Some(property) = work.entity(key).field_position(name) {
                        work.moment.fresh.insert((key, property));
                    }
                }
                work.set_defaults(key);
                made.entry(name).or_default().push(key);
                if depth < DEPTH {
                    RuleEvent::unsent("create", key).apply_at(work, &mut RuleOutput::default(), depth + 1)?;
                }
            }
            Act::Hide => {
                work.delete(here);
                work.set_hidden(here, true);
            }
            Act::Delete => {
                work.delete(here);
                if here != self.this && depth < DEPTH {
                    RuleEvent::unsent("delete", here).apply_at(work, &mut RuleOutput::default(), depth + 1)?;
                }
            }
            Act::Series(series) => self.repeat(work, series, depth)?,
            Act::Answer { name, list, set } => {
                let records =
                    if *name == "this" { vec![self.this] } else { made.get(name).cloned().unwrap_or_default() };
                for record in &records {
                    for (name, value) in *set {
                        let Some(property) = work.entity(*record).field_position(name) else { continue };
                        let value = self.with(work, *record, made, |scope| eval(value, work, scope));
                        work.moment.instead.insert((*record, property), value);
                    }
                }
                answer.records = Some((records, *list));
            }
            Act::Redirect(value) => {
                answer.redirect =
                    self.with(work, here, made, |scope| eval(value, work, scope)).map(|value| text(&value));
            }
            Act::Object(sets) => {
                let pairs = sets.iter().map(|(name, value)| {
                    let value = self.with(work, here, made, |scope| eval(value, work, scope));
                    ((*name).to_owned(), value.map_or_else(|| of_text("null".to_owned()), |value| json(&value)))
                });
                answer.object = Some(Object(pairs.collect()));
            }
        }
        Ok(())
    }

    fn set(
        &self,
        work: &mut Work<'_>,
        here: RecordKey,
        sets: Sets,
        made: &BTreeMap<&'static str, Vec<RecordKey>>,
        fill: bool,
    ) {
        for (name, value) in sets {
            let entity = work.entity(here);
            let Some(property) = entity.field_position(name) else { continue };
            let unset = match work.value(here, property) {
                None => true,
                Some(Value::Text(text)) => text.is_empty(),
                Some(Value::Int(0)) => matches!(entity.field(property).map(|field| field.kind), Some(Kind::Id(_))),
                Some(_) => false,
            };
            if !fill || unset {
                let present = self.is_present(work, here, value);
                let value = self.with(work, here, made, |scope| eval(value, work, scope));
                put(work, here, name, value);
                if present {
                    work.moment.fresh.insert((here, property));
                }
            }
        }
    }

    /// Whether an expression is the present, some days from it, or a time that was set to either.
    fn is_present(&self, work: &Work<'_>, here: RecordKey, value: &Expr) -> bool {
        let (key, name) = match value {
            Expr::Call("now", _) => return true,
            Expr::Call("plus_days", [from, _]) => return self.is_present(work, here, from),
            Expr::Path(["this", name]) => (self.this, name),
            Expr::Path([name]) => (here, name),
            _ => return false,
        };
        let property = work.entity(key).field_position(name);
        property.is_some_and(|property| work.moment.fresh.contains(&(key, property)))
    }

    /// Lets the answer show properties of a related record as they are before the rule changes them.
    fn keep_for_answer(&self, work: &mut Work<'_>, here: RecordKey, rule: &Rule, sets: Sets) {
        let Where::Relation(relation) = rule.scope else { return };
        let (entity, there) = (work.entity(self.this), work.entity(here));
        let Some(relation) = entity.field_position(relation) else { return };
        for (name, _) in sets {
            let Some(last) = there.field_position(name) else { continue };
            let end = there.path_to(last).end;
            for (position, field) in work.view.catalog.plan(entity).positions() {
                let leads = |path: &Path| path.steps == [Step { relation, target: here.0 }] && path.end == end;
                if field.derived.as_ref().is_some_and(leads)
                    && let Some(value) = work.value(here, last)
                {
                    work.moment.instead.insert((self.this, position), Some(value));
                }
            }
        }
    }

    /// Makes the later records of a series.
    fn repeat(&self, work: &mut Work<'_>, series: &Series, depth: u8) -> Result<(), Refused> {
        let entity = work.entity(self.this);
        let time = |work: &Work<'_>, name: &str| match eval::property(work, self.this, name) {
            Some(Value::Time(millis)) => Some(millis),
            _ => None,
        };
        let int = |work: &Work<'_>, name: &str| match eval::property(work, self.this, name) {
            Some(Value::Int(number)) => Some(number),
            _ => None,
        };
        let (Some(from), Some(to), Some(until)) =
            (time(work, series.from), time(work, series.to), time(work, series.until))
        else {
            return Ok(());
        };
        let cycle = match entity.field_named(series.cycle).map(|field| field.kind) {
            Some(Kind::Enum(table)) => int(work, series.cycle).and_then(|number| table.name_of(number)).unwrap_or(""),
            _ => "",
        };
        let every = int(work, series.every).unwrap_or(1).clamp(1, 1000);
        let Some(template) = work.values(self.this) else { return Ok(()) };
        let (from_position, to_position) = (entity.field_position(series.from), entity.field_position(series.to));
        for count in 1..i64::try_from(SERIES).unwrap_or(i64::MAX) {
            let Some(start) = moved(from, cycle, every * count) else { break };
            if start > until {
                break;
            }
            let Some(id) = work.take_id(entity.position) else { return Err(Refused::full()) };
            let key = (entity.position, id);
            let mut values = template.clone();
            let end = start.saturating_add(to.saturating_sub(from));
            for (position, value) in [(from_position, start), (to_position, end)] {
                if let Some(position) = position {
                    values.insert(position, Value::Time(value));
                }
            }
            values.remove(&entity.common(common::UNIQUE_ID));
            work.put(key, values);
            work.stamp(key, true);
            RuleEvent::unsent("create", key).apply_at(work, &mut RuleOutput::default(), depth + 1)?;
        }
        Ok(())
    }
}

/// So many cycles later. `FirstOfMonth` and its like keep the weekday.
fn moved(from: i64, cycle: &str, count: i64) -> Option<i64> {
    const DAY: i64 = 86_400_000;
    let days = |days: i64| Some(from.saturating_add(days.saturating_mul(DAY)));
    let civil = Civil::of(from);
    match cycle {
        "Daily" => days(count),
        "Weekly" => days(count * 7),
        "Monthly" => Some(civil.plus_months(count).millis()),
        "Yearly" => Some(civil.plus_months(count * 12).millis()),
        of_month => {
            let ordinal = ["FirstOfMonth", "SecondOfMonth", "ThirdOfMonth", "FourthOfMonth", "LastOfMonth"];
            let ordinal = ordinal.iter().position(|name| *name == of_month)?;
            let weekday = |millis: i64| millis.div_euclid(DAY).rem_euclid(7);
            let first = Civil { day: 1, ..civil }.plus_months(count).millis();
            let ahead = (weekday(from) - weekday(first)).rem_euclid(7);
            let month = Civil::of(first).month;
            let weeks = i64::try_from(ordinal.min(4)).unwrap_or(0);
            let day = first + (ahead + weeks * 7) * DAY;
            // A fifth one may not be there.
            Some(if Civil::of(day).month == month { day } else { day - 7 * DAY })
        }
    }
}

/// The values that a record of another entity takes over: those of the same name and kind.
fn taken_over(work: &Work<'_>, from: RecordKey, entity: EntityPosition) -> Values {
    let (here, there) = (work.entity(from), work.view.catalog.entity(entity));
    let mut values = Values::new();
    for (position, value) in work.values(from).unwrap_or_default() {
        let Some(field) = here.field(position) else { continue };
        let Some(to) = there.field_position(field.name).filter(|to| there.is_own(*to)) else { continue };
        if let Some(field) = there.field(to)
            && let Some(value) = fitted(field.kind, value)
        {
            values.insert(to, value);
        }
    }
    values
}

/// Sets a property to a value of any kind.
fn put(work: &mut Work<'_>, key: RecordKey, name: &str, value: Option<Value>) {
    let entity = work.entity(key);
    let Some(position) = entity.field_position(name) else { return };
    let Some(field) = entity.field(position) else { return };
    let value = value.and_then(|value| fitted(field.kind, value));
    work.set(key, position, value);
}

/// A value as a property of a kind has it.
fn fitted(kind: Kind, value: Value) -> Option<Value> {
    Some(match (kind, value) {
        (Kind::Decimal, Value::Int(number)) => Value::Decimal(number.into()),
        (Kind::Int | Kind::Id(_) | Kind::Enum(_), Value::Decimal(number)) => {
            Value::Int(i64::try_from(number.floor()).ok()?)
        }
        (Kind::Ids(_), Value::Int(id)) => Value::Ids(vec![id]),
        (Kind::Id(_), Value::Ids(ids)) => Value::Int(*ids.first()?),
        (Kind::Text, value @ (Value::Text(_) | Value::Json(_))) => value,
        (Kind::Text, value) => Value::Text(text(&value)),
        (kind, value) if value_fits(kind, &value) => value,
        // A request's parameters and path are texts.
        (kind, Value::Text(text)) => coerce(kind, &quote(&text)).ok()??,
        _ => return None,
    })
}

fn value_fits(kind: Kind, value: &Value) -> bool {
    matches!(
        (kind, value),
        (Kind::Bool, Value::Bool(_))
            | (Kind::Int | Kind::Id(_) | Kind::Enum(_), Value::Int(_))
            | (Kind::Decimal, Value::Decimal(_))
            | (Kind::DateTime | Kind::Civil, Value::Time(_))
            | (Kind::Guid, Value::Guid(_))
            | (Kind::Ids(_), Value::Ids(_))
            | (Kind::Json, Value::Json(_))
    )
}

/// A value as JSON.
fn json(value: &Value) -> Raw {
    match value {
        Value::Ids(_) => of_text(format!("[{}]", text(value))),
        Value::Bool(_) | Value::Int(_) | Value::Decimal(_) | Value::Json(_) => of_text(text(value)),
        other => quote(&text(other)),
    }
}

/// A text with properties of a record between braces.
fn filled(work: &Work<'_>, key: RecordKey, template: &str) -> String {
    let mut out = String::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        let Some((name, behind)) = after.split_once('}') else { break };
        out.push_str(before);
        out.push_str(&eval::property(work, key, name).as_ref().map(text).unwrap_or_default());
        rest = behind;
    }
    out.push_str(rest);
    out
}
