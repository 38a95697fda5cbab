//! A change in the making: records as they will be, on top of the store.

use std::cell::{Cell as Counter, RefCell};
use std::collections::BTreeMap;

use crate::catalog::entity::{Catalog, Entity};
use crate::record::eval::{Records, Which, same};
use crate::record::render::Moment;
use crate::store::change::Change;
use crate::store::memory::Store;
use crate::store::table::LARGEST_ID;
use crate::store::view::View;
use crate::value::mix::mix;
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
    pub(crate) made: Vec<Which>,
    pub(crate) changed: Vec<Which>,
    pub(crate) deleted: Vec<Which>,
}

/// What a request comes to.
pub(crate) struct Done {
    pub(crate) changes: Vec<Change>,
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
    pub(crate) catalog: &'a Catalog,
    pub(crate) store: &'a Store,
    pub(crate) author: Author,
    /// Records as they will be; `None` once they are deleted.
    rows: BTreeMap<Which, Option<Values>>,
    next: RefCell<BTreeMap<usize, Option<i64>>>,
    /// Records that were made, in this order.
    made: Vec<Which>,
    /// What only the answer shows.
    pub(crate) moment: Moment,
    numbers: RefCell<BTreeMap<String, i64>>,
    pub(crate) dice: Counter<u64>,
    /// Files, ids that are used up.
    rest: Vec<Change>,
}

/// The first of the numbers that count up.
const FIRST_NUMBER: i64 = 1001;

impl<'a> Work<'a> {
    pub(crate) fn new(catalog: &'a Catalog, store: &'a Store, author: Author) -> Self {
        let seed = author.now.unsigned_abs() ^ u64::from(author.fraction) << 40 ^ store.changes();
        let moment = Moment { fraction: author.fraction, ..Moment::default() };
        Self {
            catalog,
            store,
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
    pub(crate) fn take_id(&self, entity: usize) -> Option<i64> {
        let mut next = self.next.borrow_mut();
        let next = next.entry(entity).or_insert_with(|| self.store.table(entity).next_id());
        let id = (*next)?;
        *next = id.checked_add(1).filter(|id| *id <= LARGEST_ID);
        Some(id)
    }

    /// The next of the numbers of a name.
    pub(crate) fn take_number(&self, name: &str) -> i64 {
        let key = format!("number/{name}");
        let mut numbers = self.numbers.borrow_mut();
        let stored = || self.store.note(&key).and_then(|text| text.parse().ok()).unwrap_or(FIRST_NUMBER);
        let next = numbers.entry(key.clone()).or_insert_with(stored);
        let number = *next;
        *next = next.saturating_add(1);
        number
    }

    pub(crate) fn exists(&self, (entity, id): Which) -> bool {
        match self.rows.get(&(entity, id)) {
            Some(row) => row.is_some(),
            None => self.store.get(entity, id).is_some(),
        }
    }

    /// A record as it will be.
    pub(crate) fn values(&self, (entity, id): Which) -> Option<Values> {
        match self.rows.get(&(entity, id)) {
            Some(row) => row.clone(),
            None => self.store.get(entity, id).map(Row::unpack),
        }
    }

    /// Takes changes over that were worked out elsewhere.
    pub(crate) fn absorb(&mut self, changes: Vec<Change>) {
        for change in changes {
            match change {
                Change::Put { entity, id, row } => self.put((entity, id), row.unpack()),
                Change::Delete { entity, id } => self.delete((entity, id)),
                other => self.rest.push(other),
            }
        }
    }

    pub(crate) fn put(&mut self, which: Which, values: Values) {
        if !self.exists(which) {
            self.made.push(which);
        }
        self.rows.insert(which, Some(values));
    }

    pub(crate) fn set(&mut self, which: Which, at: u16, value: Option<Value>) {
        let Some(mut values) = self.values(which) else { return };
        match value {
            Some(value) => values.insert(at, value),
            None => values.remove(&at),
        };
        self.rows.insert(which, Some(values));
    }

    pub(crate) fn delete(&mut self, which: Which) {
        self.made.retain(|made| *made != which);
        self.rows.insert(which, None);
    }

    /// Notes who changed a record, and when.
    pub(crate) fn stamp(&mut self, which: Which, new: bool) {
        let entity = self.catalog.entity(which.0);
        let common = |at| self.catalog.common(entity, at);
        let (updated_on, created_on) = (common(|at| at.updated_on), common(|at| at.created_on));
        let (email, now) = (self.author.email.clone(), self.author.now);
        let by = common(|at| at.updated_by);
        self.set(which, updated_on, Some(Value::Time(now)));
        self.set(which, by, Some(Value::Text(email)));
        self.moment.fresh.insert((which, updated_on));
        if new {
            self.set(which, created_on, Some(Value::Time(now)));
            self.moment.fresh.insert((which, created_on));
        }
    }

    /// All that comes of it, to be committed.
    pub(crate) fn done(self) -> Done {
        let (changes, events) = (self.changes(), self.events());
        Done { changes, events, said: Said { author: self.author, moment: self.moment } }
    }

    /// Everything that changes, records by entity and id.
    fn changes(&self) -> Vec<Change> {
        let rows = self.rows.iter().filter_map(|((entity, id), values)| match values {
            Some(values) => Some(Change::Put { entity: *entity, id: *id, row: Row::new(values) }),
            // What was made and deleted again was never there.
            None => self.store.get(*entity, *id).map(|_| Change::Delete { entity: *entity, id: *id }),
        });
        let numbers = self.numbers.borrow();
        let numbers = numbers.iter().map(|(key, next)| Change::Note { key: key.clone(), text: Some(next.to_string()) });
        rows.chain(self.rest.iter().cloned()).chain(numbers).collect()
    }

    /// What happens to which records.
    fn events(&self) -> Events {
        let stored = |(entity, id): &Which| self.store.get(*entity, *id).is_some();
        let changed = self.rows.iter().filter(|(which, values)| values.is_some() && stored(which));
        let deleted = self.rows.iter().filter(|(which, values)| values.is_none() && stored(which));
        Events {
            made: self.made.clone(),
            changed: changed.map(|(which, _)| *which).collect(),
            deleted: deleted.map(|(which, _)| *which).collect(),
        }
    }

    pub(crate) fn entity(&self, which: Which) -> &'a Entity {
        self.catalog.entity(which.0)
    }
}

impl Records for Work<'_> {
    fn catalog(&self) -> &Catalog {
        self.catalog
    }

    fn value(&self, which: Which, at: u16) -> Option<Value> {
        match self.rows.get(&which) {
            Some(values) => values.as_ref()?.get(&at).cloned(),
            None => self.store.get(which.0, which.1)?.get(at).map(Cell::to_value),
        }
    }

    fn having(&self, entity: usize, at: u16, value: &Value) -> Vec<i64> {
        let stored = View { catalog: self.catalog, store: self.store }.having(entity, at, value);
        let mut ids: Vec<i64> = stored.into_iter().filter(|id| !self.rows.contains_key(&(entity, *id))).collect();
        let mine = self.rows.range((entity, i64::MIN)..=(entity, i64::MAX));
        ids.extend(mine.filter_map(|((_, id), values)| {
            let have = values.as_ref()?.get(&at)?;
            same(have, value).then_some(*id)
        }));
        ids.sort_unstable();
        ids
    }
}
