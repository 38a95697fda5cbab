//! The records of one entity, with an index of each relation.

use std::collections::{BTreeMap, HashMap};

use crate::store::chunks::Chunks;
use crate::value::position::FieldPosition;
use crate::value::row::Row;

/// The ids of the records that have a value in one relation.
pub(crate) type Index = HashMap<i64, Chunks<()>>;

/// The records of one entity.
#[derive(Clone, Debug, Default)]
pub(crate) struct Table {
    pub(crate) rows: Chunks<Row>,
    /// The id that the next record gets. Ids of deleted records are not given again.
    pub(crate) next: i64,
    pub(crate) indexes: BTreeMap<FieldPosition, Index>,
    /// Counts changes, so that what is derived from a table knows when it is stale.
    pub(crate) version: u64,
}

impl Table {
    pub(crate) fn len(&self) -> usize {
        self.rows.len()
    }

    pub(crate) fn get(&self, id: i64) -> Option<&Row> {
        self.rows.get(id)
    }

    pub(crate) fn rows(&self) -> &Chunks<Row> {
        &self.rows
    }

    pub(crate) fn version(&self) -> u64 {
        self.version
    }

    /// The id that the next record gets; `None` where all are used up. Ids never begin again.
    pub(crate) fn next_id(&self) -> Option<i64> {
        Some(self.next.max(FIRST_ID)).filter(|id| *id <= LARGEST_ID)
    }

    /// The ids of the records whose relation at a position is to the record `to`; `None` where there is no index.
    pub(crate) fn pointing(&self, relation: FieldPosition, to: i64) -> Option<&Chunks<()>> {
        const NOTHING: &Chunks<()> = &Chunks::new();
        self.indexes.get(&relation).map(|index| index.get(&to).unwrap_or(NOTHING))
    }

    pub(crate) fn put(&mut self, id: i64, row: Row) {
        for (relation, index) in &mut self.indexes {
            let old = self.rows.get(id).and_then(|old| old.int(*relation));
            let new = row.int(*relation);
            if old != new {
                unindex(index, old, id);
                if let Some(to) = new {
                    index.entry(to).or_default().insert(id, ());
                }
            }
        }
        self.rows.insert(id, row);
        self.next = self.next.max(id.saturating_add(1));
        self.version += 1;
    }

    pub(crate) fn remove(&mut self, id: i64) {
        let Some(row) = self.rows.remove(id) else { return };
        for (relation, index) in &mut self.indexes {
            unindex(index, row.int(*relation), id);
        }
        self.version += 1;
    }
}

fn unindex(index: &mut Index, from: Option<i64>, id: i64) {
    let Some(from) = from else { return };
    if let Some(ids) = index.get_mut(&from) {
        ids.remove(id);
        if ids.len() == 0 {
            index.remove(&from);
        }
    }
}

/// The first id that the sandbox gives. Seeds use smaller ones.
const FIRST_ID: i64 = 1_000_001;

/// The largest id that a record can have. Behind it there are no more.
pub(crate) const LARGEST_ID: i64 = i64::MAX - 1;
