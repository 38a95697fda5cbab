//! Where records live.
//!
//! Everything is answered from memory; a journal, where there is one, is told of each change before it is
//! applied, so an acknowledged write is a written one. Records stand in the order of their ids in chunks, and
//! so do the ids in the index of each relation: a look-up, an insertion and the n-th of a million are a matter
//! of microseconds, and a list knows how long it is without counting.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;

use crate::catalog::Catalog;
use crate::value::{Cell, Row};

/// Entries in order of their id.
#[derive(Clone, Debug)]
pub(crate) struct Chunks<V> {
    chunks: Vec<Vec<(i64, V)>>,
    len: usize,
}

/// Long enough that a million entries are a thousand chunks, short enough that an insertion moves little.
const CHUNK: usize = 1024;

/// Where an id stands in a chunk, or where it would. Most ids follow one another without a gap, so the first guess
/// is nearly always right; a search would touch memory ten times for it.
fn place<V>(chunk: &[(i64, V)], id: i64) -> Result<usize, usize> {
    let first = chunk.first().map_or(0, |entry| entry.0);
    let guess = id.checked_sub(first).and_then(|guess| usize::try_from(guess).ok()).unwrap_or(usize::MAX);
    match chunk.get(guess) {
        Some(entry) if entry.0 == id => Ok(guess),
        // Ids only grow by one or more, so no id stands behind its guess.
        _ => chunk[..chunk.len().min(guess.saturating_add(1))].binary_search_by_key(&id, |entry| entry.0),
    }
}

impl<V> Default for Chunks<V> {
    fn default() -> Self {
        Self { chunks: Vec::new(), len: 0 }
    }
}

impl<V> Chunks<V> {
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// The chunk that holds an id, or would.
    fn chunk_of(&self, id: i64) -> usize {
        self.chunks.partition_point(|chunk| chunk[0].0 <= id).saturating_sub(1)
    }

    pub(crate) fn get(&self, id: i64) -> Option<&V> {
        let chunk = self.chunks.get(self.chunk_of(id))?;
        place(chunk, id).ok().map(|at| &chunk[at].1)
    }

    pub(crate) fn insert(&mut self, id: i64, value: V) -> Option<V> {
        let which = self.chunk_of(id);
        let Some(chunk) = self.chunks.get_mut(which) else {
            self.chunks.push(vec![(id, value)]);
            self.len = 1;
            return None;
        };
        let at = match place(chunk, id) {
            Ok(at) => return Some(std::mem::replace(&mut chunk[at].1, value)),
            Err(at) => at,
        };
        self.len += 1;
        if chunk.len() < CHUNK {
            chunk.insert(at, (id, value));
        } else if at == CHUNK {
            // Ids mostly grow: a full chunk stays full and the next one begins.
            let next = which + 1;
            self.chunks.insert(next, vec![(id, value)]);
        } else {
            let tail = chunk.split_off(CHUNK / 2);
            self.chunks.insert(which + 1, tail);
            let (which, at) = if at <= CHUNK / 2 { (which, at) } else { (which + 1, at - CHUNK / 2) };
            self.chunks[which].insert(at, (id, value));
        }
        None
    }

    pub(crate) fn remove(&mut self, id: i64) -> Option<V> {
        let which = self.chunk_of(id);
        let chunk = self.chunks.get_mut(which)?;
        let at = place(chunk, id).ok()?;
        let (_, value) = chunk.remove(at);
        if chunk.is_empty() {
            self.chunks.remove(which);
        }
        self.len -= 1;
        Some(value)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (i64, &V)> {
        self.chunks.iter().flatten().map(|(id, value)| (*id, value))
    }

    /// Looks for ids that only grow, each from where the last one was found.
    pub(crate) fn finder(&self) -> Finder<'_, V> {
        Finder { chunks: self.chunks.iter(), chunk: &[] }
    }

    /// The ids from a position on, up to a count; `descending` counts from the end.
    pub(crate) fn slice(&self, offset: usize, count: usize, descending: bool) -> Vec<i64> {
        let count = count.min(self.len.saturating_sub(offset));
        let mut left = if descending { self.len.saturating_sub(offset + count) } else { offset };
        let mut ids = Vec::with_capacity(count);
        for chunk in &self.chunks {
            if left >= chunk.len() {
                left -= chunk.len();
                continue;
            }
            ids.extend(chunk[left..].iter().take(count - ids.len()).map(|entry| entry.0));
            left = 0;
            if ids.len() == count {
                break;
            }
        }
        if descending {
            ids.reverse();
        }
        ids
    }
}

/// A walk over entries that stops where it is asked to.
pub(crate) struct Finder<'a, V> {
    chunks: std::slice::Iter<'a, Vec<(i64, V)>>,
    chunk: &'a [(i64, V)],
}

impl<'a, V> Finder<'a, V> {
    /// The entry of an id that is larger than the one before.
    pub(crate) fn find(&mut self, id: i64) -> Option<&'a V> {
        while self.chunk.last().is_none_or(|last| last.0 < id) {
            self.chunk = self.chunks.next()?;
        }
        let at = place(self.chunk, id).unwrap_or_else(|at| at);
        self.chunk = &self.chunk[at..];
        self.chunk.first().filter(|entry| entry.0 == id).map(|entry| &entry.1)
    }
}

/// The ids of the records that have a value in one relation.
type Index = HashMap<i64, Chunks<()>>;

/// The records of one entity.
#[derive(Clone, Debug, Default)]
pub(crate) struct Table {
    rows: Chunks<Row>,
    /// The id that the next record gets. Ids of deleted records are not given again.
    next: i64,
    indexes: BTreeMap<u16, Index>,
    /// Counts changes, so that what is derived from a table knows when it is stale.
    version: u64,
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

    pub(crate) fn next_id(&self) -> i64 {
        self.next.max(FIRST_ID)
    }

    /// The ids of the records whose relation at a position points to `to`; `None` where there is no index.
    pub(crate) fn pointing(&self, at: u16, to: i64) -> Option<&Chunks<()>> {
        const NOTHING: &Chunks<()> = &Chunks { chunks: Vec::new(), len: 0 };
        self.indexes.get(&at).map(|index| index.get(&to).unwrap_or(NOTHING))
    }

    fn put(&mut self, id: i64, row: Row) {
        for (at, index) in &mut self.indexes {
            let old = self.rows.get(id).and_then(|old| old.int(*at));
            let new = row.int(*at);
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

    fn remove(&mut self, id: i64) {
        let Some(row) = self.rows.remove(id) else { return };
        for (at, index) in &mut self.indexes {
            unindex(index, row.int(*at), id);
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

/// A file that belongs to a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct StoredFile {
    pub(crate) content_type: String,
    pub(crate) bytes: Bytes,
}

/// Which file of which record: the entity's position in the catalog, the id, the stem of the properties.
pub(crate) type FileKey = (usize, i64, String);

/// One change of the store.
#[derive(Clone, Debug)]
pub(crate) enum Change {
    Put {
        entity: usize,
        id: i64,
        row: Row,
    },
    Delete {
        entity: usize,
        id: i64,
    },
    /// Lets no id up to `last` be given to a new record: it was given before.
    Reserve {
        entity: usize,
        last: i64,
    },
    PutFile {
        key: FileKey,
        file: Arc<StoredFile>,
    },
    DeleteFile {
        key: FileKey,
    },
    /// A setting of the service itself, such as a password; `None` removes it.
    Note {
        key: String,
        text: Option<String>,
    },
}

/// What keeps changes over a restart.
pub(crate) trait Journal: Send {
    /// Writes changes down. Once this returns, they survive the end of the process.
    fn commit(&mut self, changes: &[Change]) -> Result<(), StoreError>;

    /// Forgets everything and writes `all` down instead.
    fn replace(&mut self, all: &mut dyn Iterator<Item = Change>) -> Result<(), StoreError>;
}

/// The journal could not be written or read.
#[derive(Debug)]
pub struct StoreError(pub(crate) String);

impl std::fmt::Display for StoreError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for StoreError {}

/// Everything but the journal: what a snapshot keeps.
#[derive(Clone, Debug)]
pub(crate) struct Contents {
    tables: Vec<Table>,
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
}

impl Contents {
    pub(crate) fn empty(catalog: &Catalog) -> Self {
        let table = |entity: &crate::catalog::Entity| Table {
            indexes: entity.relations().map(|at| (at, Index::new())).collect(),
            ..Table::default()
        };
        Self { tables: catalog.entities().iter().map(table).collect(), files: HashMap::new(), notes: BTreeMap::new() }
    }

    pub(crate) fn table(&self, entity: usize) -> &Table {
        &self.tables[entity]
    }

    pub(crate) fn apply(&mut self, change: Change) {
        match change {
            Change::Put { entity, id, row } => self.tables[entity].put(id, row),
            Change::Delete { entity, id } => {
                self.tables[entity].remove(id);
                self.files.retain(|key, _| (key.0, key.1) != (entity, id));
            }
            Change::Reserve { entity, last } => {
                let table = &mut self.tables[entity];
                table.next = table.next.max(last.saturating_add(1));
            }
            Change::PutFile { key, file } => {
                self.files.insert(key, file);
            }
            Change::DeleteFile { key } => {
                self.files.remove(&key);
            }
            Change::Note { key, text: Some(text) } => {
                self.notes.insert(key, text);
            }
            Change::Note { key, text: None } => {
                self.notes.remove(&key);
            }
        }
    }

    /// The changes that lead from nothing to these contents.
    pub(crate) fn changes(&self) -> impl Iterator<Item = Change> {
        let rows = self.tables.iter().enumerate().flat_map(|(entity, table)| {
            table.rows.iter().map(move |(id, row)| Change::Put { entity, id, row: row.clone() })
        });
        let files = self.files.iter().map(|(key, file)| Change::PutFile { key: key.clone(), file: Arc::clone(file) });
        let notes = self.notes.iter();
        let notes = notes.map(|(key, text)| Change::Note { key: key.clone(), text: Some(text.clone()) });
        let tables = self.tables.iter().enumerate().filter(|(_, table)| table.next > 0);
        let reserved = tables.map(|(entity, table)| Change::Reserve { entity, last: table.next - 1 });
        rows.chain(reserved).chain(files).chain(notes)
    }
}

impl Store {
    pub(crate) fn new(contents: Contents, journal: Option<Box<dyn Journal>>) -> Self {
        Self { contents, journal: journal.map(Mutex::new), epoch: 0 }
    }

    pub(crate) fn table(&self, entity: usize) -> &Table {
        &self.contents.tables[entity]
    }

    pub(crate) fn get(&self, entity: usize, id: i64) -> Option<&Row> {
        self.contents.tables[entity].get(id)
    }

    pub(crate) fn file(&self, key: &FileKey) -> Option<&Arc<StoredFile>> {
        self.contents.files.get(key)
    }

    pub(crate) fn note(&self, key: &str) -> Option<&str> {
        self.contents.notes.get(key).map(String::as_str)
    }

    pub(crate) fn epoch(&self) -> u64 {
        self.epoch
    }

    /// Writes changes down, then makes them. All of them or, where they can't be written, none.
    pub(crate) fn commit(&mut self, changes: Vec<Change>) -> Result<(), StoreError> {
        if let Some(journal) = &mut self.journal {
            let journal = journal.get_mut().unwrap_or_else(PoisonError::into_inner);
            journal.commit(&changes)?;
        }
        for change in changes {
            self.contents.apply(change);
        }
        Ok(())
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
        }
        self.contents = contents;
        self.epoch += 1;
        Ok(())
    }

    /// Follows relations from a row and gives the cell at the end.
    pub(crate) fn follow<'a>(&'a self, row: &'a Row, path: &crate::catalog::Path) -> Option<Cell<'a>> {
        path.at_end(self.walk(row, &path.steps)?)
    }

    /// The row that relations lead to, and its id, which is 0 where there are none.
    pub(crate) fn walk<'a>(&'a self, row: &'a Row, steps: &[(u16, usize)]) -> Option<(i64, &'a Row)> {
        steps.iter().try_fold((0, row), |(_, row), (at, entity)| {
            let id = row.int(*at)?;
            Some((id, self.get(*entity, id)?))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chunks_agree_with_a_tree() {
        let mut chunks = Chunks::default();
        let mut tree = BTreeMap::new();
        // A fixed walk: grows at the end, in the middle and at the front, and shrinks everywhere.
        let mut state = 1_u64;
        for step in 0..20_000_i64 {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let id = if step % 3 == 0 { step } else { i64::try_from(state >> 50).unwrap() };
            if state.is_multiple_of(5) {
                assert_eq!(chunks.remove(id), tree.remove(&id));
            } else {
                assert_eq!(chunks.insert(id, step), tree.insert(id, step));
            }
        }
        assert_eq!(chunks.len(), tree.len());
        assert!(chunks.iter().map(|(id, value)| (id, *value)).eq(tree.iter().map(|(id, value)| (*id, *value))));
        let ids: Vec<i64> = tree.keys().copied().collect();
        for offset in [0, 1, 1023, 1024, 5000, ids.len() - 3, ids.len(), ids.len() + 9] {
            let forward: Vec<i64> = ids.iter().copied().skip(offset).take(7).collect();
            let backward: Vec<i64> = ids.iter().rev().copied().skip(offset).take(7).collect();
            assert_eq!(chunks.slice(offset, 7, false), forward);
            assert_eq!(chunks.slice(offset, 7, true), backward);
        }
        assert_eq!(chunks.slice(0, usize::MAX, false), ids);
        let mut finder = chunks.finder();
        for id in (0..20_000).step_by(3) {
            assert_eq!(finder.find(id), tree.get(&id));
        }
    }
}
