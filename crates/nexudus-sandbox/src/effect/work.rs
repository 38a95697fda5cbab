//! A change in the making: records as they will be, on top of the store.

use std::cell::{Cell as Counter, RefCell};
use std::collections::{BTreeMap, BTreeSet};

use crate::catalog::entity::Entity;
use crate::catalog::position::EntityPosition;
use crate::catalog::{Catalog, common};
use crate::record::eval::{Records, has};
use crate::record::render::Moment;
use crate::store::change::{RecordKey, StoreChange};
use crate::store::table::LARGEST_ID;
use crate::store::view::View;
use crate::value::coerce::default_value;
use crate::value::mix::mix;
use crate::value::position::FieldPosition;
use crate::value::row::{Cell, Row, Value, Values};
use crate::value::time::time_text;

/// Who writes, and when.
#[derive(Clone, Debug)]
pub(crate) struct Author {
    pub(crate) email: String,
    /// Milliseconds since 1970, a whole second: what is stored.
    pub(crate) now: i64,
    /// The rest of the second, in units of 100 ns: what the answer to a write shows besides.
    pub(crate) fraction: u32,
}

impl Author {
    pub(crate) fn now_text(&self) -> String {
        time_text(self.now)
    }
}

/// What happens to which records.
#[derive(Debug, Default)]
pub(crate) struct Events {
    pub(crate) made: Vec<RecordKey>,
    pub(crate) changed: Vec<RecordKey>,
    pub(crate) deleted: Vec<RecordKey>,
}

/// What a request comes to.
pub(crate) struct Done {
    pub(crate) changes: Vec<StoreChange>,
    pub(crate) events: Events,
    pub(crate) said: Said,
}

/// What the answer to a write needs to know of it.
pub(crate) struct Said {
    pub(crate) author: Author,
    pub(crate) moment: Moment,
}

/// What a request is about to change.
pub(crate) struct Work<'a> {
    pub(crate) view: View<'a>,
    pub(crate) author: Author,
    /// Records as they will be; `None` once they are deleted.
    rows: BTreeMap<RecordKey, Option<Values>>,
    next: RefCell<BTreeMap<EntityPosition, Option<i64>>>,
    /// Records that were made, in this order.
    made: Vec<RecordKey>,
    /// What only the answer shows.
    pub(crate) moment: Moment,
    numbers: RefCell<BTreeMap<String, i64>>,
    pub(crate) dice: Counter<u64>,
    /// Files, ids that are used up.
    rest: Vec<StoreChange>,
}

/// The first of the numbers that count up.
const FIRST_NUMBER: i64 = 1001;

impl<'a> Work<'a> {
    pub(crate) fn new(view: View<'a>, author: Author) -> Self {
        let seed = author.now.unsigned_abs() ^ u64::from(author.fraction) << 40 ^ view.store.changes();
        let moment = Moment { fraction: author.fraction, ..Moment::default() };
        Self {
            view,
            author,
            rows: BTreeMap::new(),
            next: RefCell::default(),
            made: Vec::new(),
            moment,
            numbers: RefCell::default(),
            dice: Counter::new(mix(seed)),
            rest: Vec::new(),
        }
    }

    /// The id of the next record of an entity, if one is left.
    pub(crate) fn take_id(&self, entity: EntityPosition) -> Option<i64> {
        let mut next = self.next.borrow_mut();
        let next = next.entry(entity).or_insert_with(|| self.view.store.table(entity).next_id());
        let id = (*next)?;
        *next = id.checked_add(1).filter(|id| *id <= LARGEST_ID);
        Some(id)
    }

    /// The next of the numbers of a name.
    pub(crate) fn take_number(&self, name: &str) -> i64 {
        let key = format!("number/{name}");
        let mut numbers = self.numbers.borrow_mut();
        let stored = || self.view.store.note(&key).and_then(|text| text.parse().ok()).unwrap_or(FIRST_NUMBER);
        let next = numbers.entry(key.clone()).or_insert_with(stored);
        let number = *next;
        *next = next.saturating_add(1);
        number
    }

    pub(crate) fn exists(&self, (entity, id): RecordKey) -> bool {
        match self.rows.get(&(entity, id)) {
            Some(row) => row.is_some(),
            None => self.view.store.get(entity, id).is_some(),
        }
    }

    /// A record as it will be.
    pub(crate) fn values(&self, (entity, id): RecordKey) -> Option<Values> {
        match self.rows.get(&(entity, id)) {
            Some(row) => row.clone(),
            None => self.view.store.get(entity, id).map(Row::unpack),
        }
    }

    /// Takes changes over that were worked out elsewhere.
    pub(crate) fn absorb(&mut self, changes: Vec<StoreChange>) {
        for change in changes {
            match change {
                StoreChange::Put { entity, id, row } => self.put((entity, id), row.unpack()),
                StoreChange::Delete { entity, id } => self.delete((entity, id)),
                other => self.rest.push(other),
            }
        }
    }

    pub(crate) fn put(&mut self, key: RecordKey, values: Values) {
        if !self.exists(key) {
            self.made.push(key);
        }
        self.replace(key, Some(values));
    }

    /// Puts a record in place of what was there, and carries changes of its lists over to the lists on the other side.
    fn replace(&mut self, key: RecordKey, values: Option<Values>) {
        let ids = |values: &Option<Values>, list: FieldPosition| match values.as_ref().and_then(|all| all.get(&list)) {
            Some(Value::Ids(ids)) => ids.clone(),
            _ => Vec::new(),
        };
        let mirrors = &self.view.catalog.plan(self.entity(key)).mirrors;
        if !mirrors.is_empty() {
            let old = self.values(key);
            for mirror in mirrors {
                let (was, is) = (ids(&old, mirror.list), ids(&values, mirror.list));
                let (before, after): (BTreeSet<i64>, BTreeSet<i64>) =
                    (was.iter().copied().collect(), is.iter().copied().collect());
                for other in before.symmetric_difference(&after) {
                    let other = (mirror.entity, *other);
                    let Some(mut record) = self.values(other) else { continue };
                    let mut theirs = ids(&Some(record.clone()), mirror.other);
                    theirs.retain(|id| *id != key.1);
                    if after.contains(&other.1) {
                        theirs.push(key.1);
                    }
                    if theirs.is_empty() {
                        record.remove(&mirror.other);
                    } else {
                        record.insert(mirror.other, Value::Ids(theirs));
                    }
                    self.rows.insert(other, Some(record));
                }
            }
        }
        self.rows.insert(key, values);
    }

    pub(crate) fn set(&mut self, key: RecordKey, property: FieldPosition, value: Option<Value>) {
        let Some(mut values) = self.values(key) else { return };
        match value {
            Some(value) => values.insert(property, value),
            None => values.remove(&property),
        };
        self.replace(key, Some(values));
    }

    pub(crate) fn delete(&mut self, key: RecordKey) {
        self.made.retain(|made| *made != key);
        self.replace(key, None);
    }

    /// Sets the properties of a new record that have no value and a default.
    pub(crate) fn set_defaults(&mut self, key: RecordKey) {
        for (position, field) in self.entity(key).own_fields().filter(|(_, field)| field.is_creatable()) {
            if self.value(key, position).is_none()
                && let Some(default) = default_value(field)
            {
                self.set(key, position, Some(default));
            }
        }
    }

    /// Says whether a record that no answer shows can still be deleted.
    pub(crate) fn set_hidden(&mut self, key: RecordKey, hidden: bool) {
        let text = hidden.then(String::new);
        self.rest.push(StoreChange::Note { key: self.hidden_note(key), text });
    }

    /// Whether a record that no answer shows can still be deleted.
    pub(crate) fn is_hidden(&self, key: RecordKey) -> bool {
        self.view.store.note(&self.hidden_note(key)).is_some()
    }

    fn hidden_note(&self, key: RecordKey) -> String {
        format!("hidden/{}/{}", self.entity(key).table.name, key.1)
    }

    /// Notes who changed a record, and when.
    pub(crate) fn stamp(&mut self, key: RecordKey, new: bool) {
        let [updated_on, created_on, updated_by] =
            [common::UPDATED_ON, common::CREATED_ON, common::UPDATED_BY].map(|field| self.entity(key).common(field));
        let (email, now) = (self.author.email.clone(), self.author.now);
        self.set(key, updated_on, Some(Value::Time(now)));
        self.set(key, updated_by, Some(Value::Text(email)));
        self.moment.fresh.insert((key, updated_on));
        if new {
            self.set(key, created_on, Some(Value::Time(now)));
            self.moment.fresh.insert((key, created_on));
        }
    }

    /// All that comes of it, to be committed.
    pub(crate) fn done(self) -> Done {
        let (changes, events) = (self.changes(), self.events());
        Done { changes, events, said: Said { author: self.author, moment: self.moment } }
    }

    /// Everything that changes, records by entity and id.
    fn changes(&self) -> Vec<StoreChange> {
        let rows = self.rows.iter().filter_map(|((entity, id), values)| match values {
            Some(values) => Some(StoreChange::Put { entity: *entity, id: *id, row: Row::new(values) }),
            // What was made and deleted again was never there.
            None => self.view.store.get(*entity, *id).map(|_| StoreChange::Delete { entity: *entity, id: *id }),
        });
        let numbers = self.numbers.borrow();
        let numbers =
            numbers.iter().map(|(key, next)| StoreChange::Note { key: key.clone(), text: Some(next.to_string()) });
        // Files of a record that is gone are gone with it.
        let gone = |entity, id| matches!(self.rows.get(&(entity, id)), Some(None));
        let rest = self.rest.iter().filter(|change| match change {
            StoreChange::PutFile { key: (entity, id, _), .. } => !gone(*entity, *id),
            _ => true,
        });
        rows.chain(rest.cloned()).chain(numbers).collect()
    }

    /// What happens to which records.
    fn events(&self) -> Events {
        let stored = |(entity, id): &RecordKey| self.view.store.get(*entity, *id).is_some();
        let changed = self.rows.iter().filter(|(key, values)| values.is_some() && stored(key));
        let deleted = self.rows.iter().filter(|(key, values)| values.is_none() && stored(key));
        Events {
            made: self.made.clone(),
            changed: changed.map(|(key, _)| *key).collect(),
            deleted: deleted.map(|(key, _)| *key).collect(),
        }
    }

    pub(crate) fn entity(&self, key: RecordKey) -> &'a Entity {
        self.view.catalog.entity(key.0)
    }
}

impl Records for Work<'_> {
    fn catalog(&self) -> &Catalog {
        self.view.catalog
    }

    fn value(&self, key: RecordKey, property: FieldPosition) -> Option<Value> {
        match self.rows.get(&key) {
            Some(values) => values.as_ref()?.get(&property).cloned(),
            None => self.view.store.get(key.0, key.1)?.get(property).map(Cell::to_value),
        }
    }

    fn first(&self, entity: EntityPosition) -> Option<i64> {
        let mut stored = self.view.store.table(entity).rows().iter().map(|(id, _)| id);
        let stored = stored.find(|id| self.rows.get(&(entity, *id)).is_none_or(Option::is_some));
        let mut mine = self.rows.range((entity, i64::MIN)..=(entity, i64::MAX));
        stored.into_iter().chain(mine.find_map(|((_, id), values)| values.as_ref().map(|_| *id))).min()
    }

    fn having(&self, entity: EntityPosition, property: FieldPosition, value: &Value) -> Vec<i64> {
        let stored = self.view.having(entity, property, value);
        let mut ids: Vec<i64> = stored.into_iter().filter(|id| !self.rows.contains_key(&(entity, *id))).collect();
        let mine = self.rows.range((entity, i64::MIN)..=(entity, i64::MAX));
        ids.extend(mine.filter_map(|((_, id), values)| {
            let have = values.as_ref()?.get(&property)?;
            has(have, value).then_some(*id)
        }));
        ids.sort_unstable();
        ids
    }
}
