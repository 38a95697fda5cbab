//! Where records live.
//!
//! Everything is answered from memory; a journal, where there is one, is told of each change before it is
//! applied, so an acknowledged write is a written one. Records stand in the order of their ids in chunks, and
//! so do the ids in the index of each relation: a look-up, an insertion and the n-th of a million are a matter
//! of microseconds, and a list knows how long it is without counting.

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use crate::catalog::Catalog;
use crate::catalog::entity::Entity;
use crate::catalog::plan::Step;
use crate::catalog::position::EntityPosition;
use crate::store::change::{FileKey, Journal, StoreChange, StoreError, StoredFile};
use crate::store::table::{Index, Table};
use crate::value::row::Row;

/// Everything but the journal: what a snapshot keeps.
#[derive(Clone, Debug)]
pub(crate) struct Contents {
    /// Shared with snapshots until one of them changes.
    tables: Vec<Arc<Table>>,
    files: HashMap<FileKey, Arc<StoredFile>>,
    notes: BTreeMap<String, String>,
}

/// All records, files and notes.
pub(crate) struct Store {
    contents: Contents,
    /// Behind a lock only so that readers may share the rest: changes have the store to themselves.
    journal: Option<Mutex<Box<dyn Journal>>>,
    /// Counts wholesale replacements.
    epoch: u64,
    /// Whether the journal was written to since it was settled.
    unsettled: AtomicBool,
}

impl Contents {
    pub(crate) fn empty(catalog: &Catalog) -> Self {
        let table = |entity: &Entity| {
            let indexes = entity.relations().map(|relation| (relation, Index::new())).collect();
            Arc::new(Table { indexes, ..Table::default() })
        };
        Self { tables: catalog.entities().iter().map(table).collect(), files: HashMap::new(), notes: BTreeMap::new() }
    }

    pub(crate) fn table(&self, entity: EntityPosition) -> &Table {
        &self.tables[entity.index()]
    }

    pub(crate) fn apply(&mut self, change: StoreChange) {
        match change {
            StoreChange::Put { entity, id, row } => Arc::make_mut(&mut self.tables[entity.index()]).put(id, row),
            StoreChange::Delete { entity, id } => {
                Arc::make_mut(&mut self.tables[entity.index()]).remove(id);
                self.files.retain(|key, _| (key.0, key.1) != (entity, id));
            }
            StoreChange::Reserve { entity, last } => {
                let table = Arc::make_mut(&mut self.tables[entity.index()]);
                table.next = table.next.max(last.saturating_add(1));
            }
            StoreChange::PutFile { key, file } => {
                self.files.insert(key, file);
            }
            StoreChange::DeleteFile { key } => {
                self.files.remove(&key);
            }
            StoreChange::Note { key, text: Some(text) } => {
                self.notes.insert(key, text);
            }
            StoreChange::Note { key, text: None } => {
                self.notes.remove(&key);
            }
        }
    }

    /// The changes that lead from nothing to these contents.
    pub(crate) fn changes(&self) -> impl Iterator<Item = StoreChange> {
        let tables = || self.tables.iter().enumerate().map(|(index, table)| (EntityPosition::new(index), table));
        let rows = tables().flat_map(|(entity, table)| {
            table.rows.iter().map(move |(id, row)| StoreChange::Put { entity, id, row: row.clone() })
        });
        let files =
            self.files.iter().map(|(key, file)| StoreChange::PutFile { key: key.clone(), file: Arc::clone(file) });
        let notes = self.notes.iter();
        let notes = notes.map(|(key, text)| StoreChange::Note { key: key.clone(), text: Some(text.clone()) });
        let reserved = tables().filter(|(_, table)| table.next > 0);
        let reserved = reserved.map(|(entity, table)| StoreChange::Reserve { entity, last: table.next - 1 });
        rows.chain(reserved).chain(files).chain(notes)
    }
}

impl Store {
    pub(crate) fn new(contents: Contents, journal: Option<Box<dyn Journal>>) -> Self {
        Self { contents, journal: journal.map(Mutex::new), epoch: 0, unsettled: AtomicBool::new(false) }
    }

    pub(crate) fn table(&self, entity: EntityPosition) -> &Table {
        &self.contents.tables[entity.index()]
    }

    pub(crate) fn get(&self, entity: EntityPosition, id: i64) -> Option<&Row> {
        self.contents.tables[entity.index()].get(id)
    }

    pub(crate) fn file(&self, key: &FileKey) -> Option<&Arc<StoredFile>> {
        self.contents.files.get(key)
    }

    pub(crate) fn note(&self, key: &str) -> Option<&str> {
        self.contents.notes.get(key).map(String::as_str)
    }

    /// Counts changes of records.
    pub(crate) fn changes(&self) -> u64 {
        self.contents.tables.iter().fold(self.epoch, |sum, table| sum.wrapping_add(table.version))
    }

    pub(crate) fn epoch(&self) -> u64 {
        self.epoch
    }

    /// Writes changes down, then makes them. All of them or, where they can't be written, none.
    pub(crate) fn commit(&mut self, changes: Vec<StoreChange>) -> Result<(), StoreError> {
        if let Some(journal) = &mut self.journal {
            let journal = journal.get_mut().unwrap_or_else(PoisonError::into_inner);
            journal.commit(&changes)?;
            *self.unsettled.get_mut() = true;
        }
        self.apply(changes);
        Ok(())
    }

    /// Makes changes, whatever journal there is.
    pub(crate) fn apply(&mut self, changes: Vec<StoreChange>) {
        for change in changes {
            self.contents.apply(change);
        }
    }

    /// Whether there is something to settle.
    pub(crate) fn is_unsettled(&self) -> bool {
        self.unsettled.load(Ordering::Relaxed)
    }

    /// Settles the journal. Writes wait meanwhile; reads don't.
    pub(crate) fn settle(&self) -> Result<(), StoreError> {
        let Some(journal) = &self.journal else { return Ok(()) };
        self.unsettled.store(false, Ordering::Relaxed);
        journal.lock().unwrap_or_else(PoisonError::into_inner).settle()
    }

    /// Everything but the journal.
    pub(crate) fn into_contents(self) -> Contents {
        self.contents
    }

    /// A copy of everything.
    pub(crate) fn contents(&self) -> Contents {
        self.contents.clone()
    }

    /// Puts other contents in place of these.
    pub(crate) fn replace(&mut self, contents: Contents) -> Result<(), StoreError> {
        if let Some(journal) = &mut self.journal {
            let journal = journal.get_mut().unwrap_or_else(PoisonError::into_inner);
            journal.replace(&mut contents.changes())?;
            *self.unsettled.get_mut() = true;
        }
        self.contents = contents;
        self.epoch += 1;
        Ok(())
    }

    /// The row that relations lead to, and its id, which is 0 where there are none.
    pub(crate) fn walk<'a>(&'a self, row: &'a Row, steps: &[Step]) -> Option<(i64, &'a Row)> {
        steps.iter().try_fold((0, row), |(_, row), step| {
            let id = row.int(step.relation)?;
            Some((id, self.get(step.target, id)?))
        })
    }
}
