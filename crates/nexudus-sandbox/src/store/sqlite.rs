//! Records in a file.
//!
//! Everything is still answered from memory; the file is read once, at the start, and told of each change
//! before the change is acknowledged. In WAL mode a committed change is in the hands of the operating system,
//! so it survives any end of the process, kill -9 included. Rows are kept as they are in memory, with a note
//! of which property each position was; tables that have changed since are translated when the file is read.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use rusqlite::{Connection, OptionalExtension, Transaction, params};

use crate::catalog::entity::Catalog;
use crate::store::change::{Change, Journal, StoreError, StoredFile};
use crate::store::memory::Contents;
use crate::value::row::{Row, Values};

/// An open file.
pub(crate) struct File {
    connection: Connection,
    /// The names of the entities by their position in the catalog.
    names: Vec<&'static str>,
}

const SCHEMA: &str = "
    create table if not exists about (key text primary key, value text not null) without rowid;
    create table if not exists layouts (entity text primary key, fields text not null) without rowid;
    create table if not exists rows (entity text not null, id integer not null, row blob not null, primary key (entity, id)) without rowid;
    create table if not exists counters (entity text primary key, last integer not null) without rowid;
    create table if not exists files (entity text not null, id integer not null, stem text not null, content_type text not null, bytes blob not null, primary key (entity, id, stem)) without rowid;
    create table if not exists notes (key text primary key, text text not null) without rowid;
";

const FORMAT: &str = "1";

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        Self(error.to_string())
    }
}

/// The properties of an entity in the order of their positions.
fn layout(catalog: &Catalog, entity: usize) -> String {
    let names: Vec<&str> = catalog.entity(entity).table.all_fields().map(|field| field.name).collect();
    names.join(" ")
}

/// Opens or creates a file: the journal, and what the file holds, unless it is new.
pub(crate) fn open(path: &Path, catalog: &Catalog) -> Result<(File, Option<Contents>), StoreError> {
    let explain = |error: StoreError| StoreError(format!("{}: {error}", path.display()));
    open_file(path, catalog).map_err(explain)
}

fn open_file(path: &Path, catalog: &Catalog) -> Result<(File, Option<Contents>), StoreError> {
    let connection = Connection::open(path)?;
    connection.busy_timeout(std::time::Duration::from_secs(2))?;
    // Two sandboxes on one file would each miss what the other writes.
    connection.pragma_update(None, "locking_mode", "exclusive")?;
    connection.pragma_update(None, "journal_mode", "wal")?;
    connection.pragma_update(None, "synchronous", "normal")?;
    connection.execute_batch(SCHEMA)?;
    let format: Option<String> =
        connection.query_row("select value from about where key = 'format'", [], |row| row.get(0)).optional()?;
    let names = catalog.entities().iter().map(|entity| entity.table.name).collect();
    let mut file = File { connection, names };
    match format.as_deref() {
        None => Ok((file, None)),
        Some(FORMAT) => {
            let contents = file.read(catalog)?;
            Ok((file, Some(contents)))
        }
        Some(other) => {
            Err(StoreError(format!("has format {other}, this version reads format {FORMAT}; give another file")))
        }
    }
}

impl File {
    fn read(&mut self, catalog: &Catalog) -> Result<Contents, StoreError> {
        let mut contents = Contents::empty(catalog);
        let mut layouts: HashMap<String, String> = HashMap::new();
        let mut query = self.connection.prepare("select entity, fields from layouts")?;
        for pair in query.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))? {
            let (entity, fields) = pair?;
            layouts.insert(entity, fields);
        }
        drop(query);
        for entity in catalog.entities() {
            let now = layout(catalog, entity.at);
            let then = layouts.get(entity.table.name).filter(|then| **then != now);
            // Where a property has gone, its values go.
            let moved: Option<Vec<Option<u16>>> =
                then.map(|then| then.split(' ').map(|name| entity.position(name)).collect());
            let mut query = self.connection.prepare_cached("select id, row from rows where entity = ?1 order by id")?;
            let mut rows = query.query([entity.table.name])?;
            while let Some(found) = rows.next()? {
                let id: i64 = found.get(0)?;
                let bytes = found.get_ref(1)?.as_blob().map_err(|error| StoreError(error.to_string()))?;
                let damaged = || StoreError(format!("{} {id} is damaged", entity.table.name));
                let mut row = Row::from_bytes(bytes).ok_or_else(damaged)?;
                if let Some(moved) = &moved {
                    let place = |at: u16| moved.get(usize::from(at)).copied().flatten();
                    let values: Values =
                        row.unpack().into_iter().filter_map(|(at, value)| Some((place(at)?, value))).collect();
                    row = Row::new(&values);
                }
                contents.apply(Change::Put { entity: entity.at, id, row });
            }
            let last: Option<i64> = self
                .connection
                .query_row("select last from counters where entity = ?1", [entity.table.name], |row| row.get(0))
                .optional()?;
            contents.apply(Change::Reserve { entity: entity.at, last: last.unwrap_or_default() });
        }
        let mut query = self.connection.prepare("select entity, id, stem, content_type, bytes from files")?;
        let mut files = query.query([])?;
        while let Some(found) = files.next()? {
            let name: String = found.get(0)?;
            let Some(entity) = catalog.named(&name) else { continue };
            let bytes: Vec<u8> = found.get(4)?;
            let file = Arc::new(StoredFile { content_type: found.get(3)?, bytes: Bytes::from(bytes) });
            contents.apply(Change::PutFile { key: (entity.at, found.get(1)?, found.get(2)?), file });
        }
        drop(files);
        drop(query);
        let mut query = self.connection.prepare("select key, text from notes")?;
        let mut notes = query.query([])?;
        while let Some(found) = notes.next()? {
            contents.apply(Change::Note { key: found.get(0)?, text: Some(found.get(1)?) });
        }
        drop(notes);
        drop(query);
        if layouts.is_empty()
            || catalog
                .entities()
                .iter()
                .any(|entity| layouts.get(entity.table.name) != Some(&layout(catalog, entity.at)))
        {
            // Rows of the old layout must not meet the new one.
            self.rewrite(catalog, &contents)?;
        }
        Ok(contents)
    }

    /// Writes everything anew, with the present layout.
    pub(crate) fn rewrite(&mut self, catalog: &Catalog, contents: &Contents) -> Result<(), StoreError> {
        let layouts: Vec<String> = catalog.entities().iter().map(|entity| layout(catalog, entity.at)).collect();
        let names = self.names.clone();
        let transaction = self.connection.transaction()?;
        clear(&transaction)?;
        for (name, fields) in names.iter().zip(&layouts) {
            transaction.execute("insert or replace into layouts values (?1, ?2)", params![name, fields])?;
        }
        write(&transaction, &names, &mut contents.changes())?;
        transaction.execute("insert or replace into about values ('format', ?1)", [FORMAT])?;
        transaction.commit()?;
        Ok(())
    }
}

fn clear(transaction: &Transaction<'_>) -> Result<(), StoreError> {
    transaction.execute_batch("delete from rows; delete from files; delete from notes; delete from counters;")?;
    Ok(())
}

fn write(
    transaction: &Transaction<'_>,
    names: &[&'static str],
    changes: &mut dyn Iterator<Item = Change>,
) -> Result<(), StoreError> {
    let name = |entity: usize| names.get(entity).copied().unwrap_or_default();
    for change in changes {
        match change {
            Change::Put { entity, id, row } => {
                let mut put = transaction.prepare_cached("insert or replace into rows values (?1, ?2, ?3)")?;
                put.execute(params![name(entity), id, row.as_bytes()])?;
            }
            Change::Delete { entity, id } => {
                let mut delete = transaction.prepare_cached("delete from rows where entity = ?1 and id = ?2")?;
                delete.execute(params![name(entity), id])?;
                let mut files = transaction.prepare_cached("delete from files where entity = ?1 and id = ?2")?;
                files.execute(params![name(entity), id])?;
                // The largest id may be gone now, and must not be given again.
                reserve(transaction, name(entity), id)?;
            }
            Change::Reserve { entity, last } => reserve(transaction, name(entity), last)?,
            Change::PutFile { key: (entity, id, stem), file } => {
                let mut put = transaction.prepare_cached("insert or replace into files values (?1, ?2, ?3, ?4, ?5)")?;
                put.execute(params![name(entity), id, stem, file.content_type, &file.bytes[..]])?;
            }
            Change::DeleteFile { key: (entity, id, stem) } => {
                let mut delete =
                    transaction.prepare_cached("delete from files where entity = ?1 and id = ?2 and stem = ?3")?;
                delete.execute(params![name(entity), id, stem])?;
            }
            Change::Note { key, text: Some(text) } => {
                let mut put = transaction.prepare_cached("insert or replace into notes values (?1, ?2)")?;
                put.execute(params![key, text])?;
            }
            Change::Note { key, text: None } => {
                let mut delete = transaction.prepare_cached("delete from notes where key = ?1")?;
                delete.execute(params![key])?;
            }
        }
    }
    Ok(())
}

fn reserve(transaction: &Transaction<'_>, name: &str, last: i64) -> Result<(), StoreError> {
    let mut reserve = transaction.prepare_cached(
        "insert into counters values (?1, ?2) on conflict (entity) do update set last = max(last, ?2)",
    )?;
    reserve.execute(params![name, last])?;
    Ok(())
}

impl Journal for File {
    fn commit(&mut self, changes: &[Change]) -> Result<(), StoreError> {
        let transaction = self.connection.transaction()?;
        write(&transaction, &self.names, &mut changes.iter().cloned())?;
        transaction.commit()?;
        Ok(())
    }

    fn replace(&mut self, all: &mut dyn Iterator<Item = Change>) -> Result<(), StoreError> {
        let transaction = self.connection.transaction()?;
        clear(&transaction)?;
        write(&transaction, &self.names, all)?;
        transaction.commit()?;
        Ok(())
    }
}
