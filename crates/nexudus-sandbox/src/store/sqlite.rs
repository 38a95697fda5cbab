//! Records in a file.
//!
//! Everything is still answered from memory; the file is read once, at the start, and told of each change
//! before the change is acknowledged. In WAL mode a committed change is in the hands of the operating system,
//! so it survives any end of the process, kill -9 included. Rows are kept as they are in memory, with a note
//! of which property each position was; tables that have changed since are translated when the file is read.
//!
//! Nothing is written to a file before it is known to be ours and whole: its first bytes name the program and the
//! format, each row has a checksum, and the totals of all rows have one too, so that a row that is gone is noticed as
//! well as one that differs. Tables and free pages are checked too: damage there would lose what is written later.

use std::collections::HashMap;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use nexudus_model::core::OneLine;
use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags, OptionalExtension, Transaction, params};

use crate::catalog::Catalog;
use crate::catalog::entity::Entity;
use crate::catalog::position::EntityPosition;
use crate::store::change::{Journal, StoreChange, StoreError, StoredFile};
use crate::store::memory::Contents;
use crate::store::wal;
use crate::value::position::FieldPosition;
use crate::value::row::{Row, Values};

/// An open file.
pub(crate) struct File {
    connection: Connection,
    /// The names of the entities by their position in the catalog.
    names: Vec<&'static str>,
    totals: Totals,
    /// Whether it was found to be whole, so that it may be written to.
    trusted: bool,
}

/// What a file holds.
pub(crate) struct Opened {
    pub(crate) file: File,
    pub(crate) contents: Contents,
    /// What whoever started the sandbox should know.
    pub(crate) warning: Option<String>,
}

/// `NXDS`, at a place in the file that `SQLite` keeps for the program that a file belongs to.
const APPLICATION: i32 = 0x4E58_4453;
/// Goes up when what is in the tables changes.
const FORMAT: i32 = 2;

const SCHEMA: &str = "
    create table layouts (entity text primary key, fields text not null, sum integer not null) without rowid;
    create table rows (entity text not null, id integer not null, row blob not null, sum integer not null, primary key (entity, id)) without rowid;
    create table counters (entity text primary key, last integer not null, sum integer not null) without rowid;
    create table files (entity text not null, id integer not null, stem text not null, content_type text not null, bytes blob not null, sum integer not null, primary key (entity, id, stem)) without rowid;
    create table notes (key text primary key, text text not null, sum integer not null) without rowid;
    create table totals (name text primary key, count integer not null, total integer not null, sum integer not null) without rowid;
    create table state (open integer not null);
    insert into state values (1);
";

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        use rusqlite::ErrorCode::{DatabaseBusy, DatabaseCorrupt, NotADatabase};
        let hint = match error.sqlite_error_code() {
            Some(DatabaseBusy) => ": another sandbox has it open",
            Some(DatabaseCorrupt | NotADatabase) => "; restore a backup, or delete the file to start over",
            _ => "",
        };
        Self(format!("{}{hint}", OneLine(&error.to_string())))
    }
}

/// FNV-1a over all parts and their lengths, as `SQLite` can hold it. Any single changed byte changes it.
fn checksum(parts: &[&[u8]]) -> i64 {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    let mut take = |bytes: &[u8]| {
        for byte in bytes {
            hash = (hash ^ u64::from(*byte)).wrapping_mul(0x100_0000_01b3);
        }
    };
    for part in parts {
        take(&part.len().to_le_bytes());
        take(part);
    }
    hash.cast_signed()
}

/// How many rows each table has, and the sum of their checksums.
#[derive(Debug, Default)]
struct Totals(HashMap<&'static str, (i64, i64)>);

impl Totals {
    fn add(&mut self, table: &'static str, sum: i64) {
        let entry = self.0.entry(table).or_default();
        *entry = (entry.0 + 1, entry.1.wrapping_add(sum));
    }

    fn remove(&mut self, table: &'static str, sum: Option<i64>) {
        if let Some(sum) = sum {
            let entry = self.0.entry(table).or_default();
            *entry = (entry.0 - 1, entry.1.wrapping_sub(sum));
        }
    }

    fn replace(&mut self, table: &'static str, old: Option<i64>, new: i64) {
        self.remove(table, old);
        self.add(table, new);
    }

    fn sum(name: &str, count: i64, total: i64) -> i64 {
        checksum(&[b"totals", name.as_bytes(), &count.to_le_bytes(), &total.to_le_bytes()])
    }

    fn write(&self, transaction: &Transaction<'_>) -> Result<(), StoreError> {
        for (name, (count, total)) in &self.0 {
            let mut put = transaction.prepare_cached("insert or replace into totals values (?1, ?2, ?3, ?4)")?;
            put.execute(params![name, count, total, Self::sum(name, *count, *total)])?;
        }
        Ok(())
    }

    /// Whether the totals in the file are these.
    fn check(&self, connection: &Connection) -> Result<(), StoreError> {
        for table in TABLES {
            let (count, total) = self.0.get(table).copied().unwrap_or_default();
            let read = "select count, total, sum from totals where name = ?1";
            let kept =
                connection.query_row(read, [table], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).optional()?;
            let none = count == 0 && kept.is_none();
            if !none && kept != Some((count, total, Self::sum(table, count, total))) {
                return Err(damaged(&format!("the number or the content of its {table}")));
            }
        }
        Ok(())
    }
}

const TABLES: [&str; 5] = ["layouts", "rows", "counters", "files", "notes"];

/// What it names may come from the damaged file itself.
fn damaged(what: &str) -> StoreError {
    let what = OneLine(what);
    StoreError(format!(
        "is damaged: {what} is not what was written; restore a backup, or delete the file to start over"
    ))
}

/// The properties of an entity in the order of their positions.
fn layout(entity: &Entity) -> String {
    let names: Vec<&str> = entity.table.all_fields().map(|field| field.name).collect();
    names.join(" ")
}

/// The file that stands beside a file under a longer name.
fn beside(path: &Path, end: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(end);
    PathBuf::from(name)
}

/// The length of a file, 0 if there is none.
fn length(path: &Path) -> u64 {
    fs::metadata(path).map_or(0, |file| file.len())
}

/// Opens a file and reads what it holds; `None` if there is none.
pub(crate) fn open(path: &Path, catalog: &Catalog) -> Result<Option<Opened>, StoreError> {
    let explain = |error: StoreError| StoreError(format!("{}: {error}", path.display()));
    if !ours(path).map_err(explain)? {
        return Ok(None);
    }
    read_file(path, catalog).map(Some).map_err(explain)
}

/// Whether there is a file of ours, by its first bytes; an error if there is another one. Writes nothing.
fn ours(path: &Path) -> Result<bool, StoreError> {
    let wal = beside(path, "-wal");
    let read = |error: std::io::Error| StoreError(format!("can't be read: {error}"));
    let mut file = match fs::File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            if length(&wal) > 0 {
                return Err(StoreError(format!("is missing, but {} is there: they belong together", wal.display())));
            }
            return Ok(false);
        }
        Err(error) => return Err(read(error)),
    };
    let length = file.metadata().map_err(read)?.len();
    let mut head = Vec::with_capacity(100);
    file.by_ref().take(100).read_to_end(&mut head).map_err(read)?;
    if length == 0 {
        return Err(StoreError(
            "is empty, which a sandbox never writes; restore a backup, or delete the file to start over".into(),
        ));
    }
    if !head.starts_with(b"SQLite format 3\0") {
        return Err(StoreError("is not a database; give another file, nothing was written to this one".into()));
    }
    let number = |at: usize| {
        let bytes = head.get(at..at + 4).and_then(|bytes| bytes.try_into().ok());
        bytes.map(u32::from_be_bytes).ok_or_else(|| damaged("its head"))
    };
    if number(68)? != APPLICATION.cast_unsigned() {
        return Err(StoreError(
            "belongs to another program; give another file, nothing was written to this one".into(),
        ));
    }
    let format = number(60)?;
    if format != FORMAT.cast_unsigned() {
        return Err(StoreError(format!("has format {format}, this version reads format {FORMAT}; give another file")));
    }
    let size = match number(16)? >> 16 {
        1 => 65_536,
        size => u64::from(size),
    };
    if self::length(&wal) == 0 && length < size.saturating_mul(u64::from(number(28)?)) {
        return Err(damaged("its end, which is missing,"));
    }
    Ok(true)
}

fn read_file(path: &Path, catalog: &Catalog) -> Result<Opened, StoreError> {
    let wal = beside(path, "-wal");
    let alone = length(&wal) == 0;
    let end = wal::check(&wal)?;
    let mut file = connect(path, catalog)?;
    file.check_tables()?;
    let loaded = file.load(catalog)?;
    loaded.totals.check(&file.connection)?;
    let was_open = file.check()?;
    file.begin_to_write()?;
    let contents = file.take(catalog, loaded)?;
    file.connection.execute("update state set open = 1", [])?;
    let file_name = path.display();
    let warning = match end {
        wal::End::CutOff => Some(format!("{file_name}: ends in a write that was cut off, and does not count")),
        wal::End::Whole => (was_open && alone).then(|| {
            format!(
                "{file_name}: was copied while a sandbox had it open; what was written just before may not be in it"
            )
        }),
    };
    file.settle()?;
    Ok(Opened { file, contents, warning })
}

/// A path in a form that is nothing but a path to `SQLite`, which has names such as `:memory:` and `file:a?b`.
fn plain(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
}

fn connect(path: &Path, catalog: &Catalog) -> Result<File, StoreError> {
    let connection = Connection::open_with_flags(plain(path), OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    connection.busy_timeout(std::time::Duration::from_secs(2))?;
    // Two sandboxes on one file would each miss what the other writes.
    connection.pragma_update(None, "locking_mode", "exclusive")?;
    // A file that is refused stays as it is, and so does its journal.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    // What a page says of its parts is not believed.
    connection.pragma_update(None, "cell_size_check", true)?;
    let names = catalog.entities().iter().map(|entity| entity.table.name).collect();
    Ok(File { connection, names, totals: Totals::default(), trusted: false })
}

/// Makes a file with contents. It is whole before it has its name.
pub(crate) fn create(path: &Path, catalog: &Catalog, contents: &Contents) -> Result<File, StoreError> {
    let explain = |error: StoreError| StoreError(format!("{}: {error}", path.display()));
    let failed = |error: std::io::Error| StoreError(error.to_string());
    let draft = beside(path, &format!(".new-{}", std::process::id()));
    // Left over from a process with the same number that was killed.
    let _ = fs::remove_file(&draft);
    let make = || {
        let connection = Connection::open(plain(&draft))?;
        connection.pragma_update(None, "application_id", APPLICATION)?;
        connection.pragma_update(None, "user_version", FORMAT)?;
        connection.execute_batch(SCHEMA)?;
        let names = catalog.entities().iter().map(|entity| entity.table.name).collect();
        let mut file = File { connection, names, totals: Totals::default(), trusted: true };
        file.rewrite(catalog, contents)?;
        drop(file);
        // Fails where another sandbox was faster; some file systems know no links.
        match fs::hard_link(&draft, path) {
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Err(failed(error)),
            Ok(()) => fs::remove_file(&draft).map_err(failed),
            Err(_) => fs::rename(&draft, path).map_err(failed),
        }
    };
    let made = make();
    if made.is_err() {
        let _ = fs::remove_file(&draft);
    }
    made.map_err(explain)?;
    read_file(path, catalog).map(|opened| opened.file).map_err(explain)
}

/// What was read from a file.
struct Loaded {
    contents: Contents,
    /// The properties of each entity when the file was written, by its name.
    layouts: HashMap<String, String>,
    totals: Totals,
}

/// The tables of a database as they were defined, in order of their names.
fn definitions(connection: &Connection) -> Result<Vec<String>, StoreError> {
    let mut query = connection.prepare("select sql from sqlite_schema order by name")?;
    let texts = query.query_map([], |row| row.get(0))?;
    Ok(texts.collect::<Result<_, _>>()?)
}

impl File {
    /// Whether the tables are those that a sandbox makes.
    fn check_tables(&self) -> Result<(), StoreError> {
        let made = Connection::open_in_memory()?;
        made.execute_batch(SCHEMA)?;
        if definitions(&self.connection)? == definitions(&made)? {
            return Ok(());
        }
        Err(damaged("the definition of its tables"))
    }

    /// Whether the file is a whole database; `true` if it was not closed.
    ///
    /// Checksums tell that what was read is what was written. A flipped bit in what no row is read from (the free pages)
    /// would show itself in later writes only.
    fn check(&self) -> Result<bool, StoreError> {
        let said: String = self.connection.query_row("pragma integrity_check(1)", [], |row| row.get(0))?;
        if said != "ok" {
            return Err(damaged(&format!("its structure ({said})")));
        }
        match self
            .connection
            .query_row("select min(open), count(*) from state", [], |row| Ok((row.get(0)?, row.get(1)?)))?
        {
            (open @ (0 | 1), 1) => Ok(open == 1),
            _ => Err(damaged("whether it was closed")),
        }
    }

    /// From here on the file may change.
    fn begin_to_write(&mut self) -> Result<(), StoreError> {
        self.connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, false)?;
        self.connection.pragma_update(None, "journal_mode", "wal")?;
        self.connection.pragma_update(None, "synchronous", "normal")?;
        self.trusted = true;
        Ok(())
    }

    fn take(&mut self, catalog: &Catalog, loaded: Loaded) -> Result<Contents, StoreError> {
        let Loaded { contents, layouts, totals } = loaded;
        self.totals = totals;
        let current = |entity: &Entity| layouts.get(entity.table.name) == Some(&layout(entity));
        if !catalog.entities().iter().all(current) {
            // Rows of the old layout must not meet the new one.
            self.rewrite(catalog, &contents)?;
        }
        Ok(contents)
    }

    /// Reads everything, and checks each row.
    fn load(&self, catalog: &Catalog) -> Result<Loaded, StoreError> {
        let mut contents = Contents::empty(catalog);
        let mut totals = Totals::default();
        let mut take = |table: &'static str, what: &dyn Fn() -> String, kept: i64, parts: &[&[u8]]| {
            let sum = checksum(parts);
            totals.add(table, sum);
            if sum == kept { Ok(()) } else { Err(damaged(&what())) }
        };
        let mut layouts: HashMap<String, String> = HashMap::new();
        let mut query = self.connection.prepare("select entity, fields, sum from layouts")?;
        let mut found = query.query([])?;
        while let Some(row) = found.next()? {
            let (entity, fields): (String, String) = (row.get(0)?, row.get(1)?);
            let what = || format!("the layout of {entity}");
            take("layouts", &what, row.get(2)?, &layout_parts(&entity, &fields))?;
            layouts.insert(entity, fields);
        }
        drop(found);
        let mut query = self.connection.prepare("select entity, id, row, sum from rows order by entity, id")?;
        let mut found = query.query([])?;
        let mut moved: HashMap<String, Option<Vec<Option<FieldPosition>>>> = HashMap::new();
        while let Some(row) = found.next()? {
            let (name, id): (String, i64) = (row.get(0)?, row.get(1)?);
            let bytes = row.get_ref(2)?.as_blob().map_err(|error| StoreError(error.to_string()))?;
            let what = || format!("{name} {id}");
            take("rows", &what, row.get(3)?, &row_parts(&name, &id.to_le_bytes(), bytes))?;
            // What the model was built without stays in the file.
            let Some(entity) = catalog.named(&name) else { continue };
            let moved = moved.entry(name.clone()).or_insert_with(|| {
                let now = layout(entity);
                let then = layouts.get(&name).filter(|then| **then != now)?;
                // Where a property has gone, its values go.
                Some(then.split(' ').map(|name| entity.field_position(name)).collect())
            });
            let mut row = Row::from_bytes(bytes).ok_or_else(|| damaged(&what()))?;
            if let Some(moved) = moved {
                let place = |position: FieldPosition| moved.get(position.index()).copied().flatten();
                let values: Values =
                    row.unpack().into_iter().filter_map(|(position, value)| Some((place(position)?, value))).collect();
                row = Row::new(&values);
            }
            contents.apply(StoreChange::Put { entity: entity.position, id, row });
        }
        drop(found);
        let mut query = self.connection.prepare("select entity, last, sum from counters")?;
        let mut found = query.query([])?;
        while let Some(row) = found.next()? {
            let (name, last): (String, i64) = (row.get(0)?, row.get(1)?);
            let what = || format!("the last id of {name}");
            take("counters", &what, row.get(2)?, &[b"counters", name.as_bytes(), &last.to_le_bytes()])?;
            if let Some(entity) = catalog.named(&name) {
                contents.apply(StoreChange::Reserve { entity: entity.position, last });
            }
        }
        drop(found);
        let mut query = self.connection.prepare("select entity, id, stem, content_type, bytes, sum from files")?;
        let mut found = query.query([])?;
        while let Some(row) = found.next()? {
            let (name, id, stem): (String, i64, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
            let file = StoredFile { content_type: row.get(3)?, bytes: Bytes::from(row.get::<_, Vec<u8>>(4)?) };
            let what = || format!("the {stem} of {name} {id}");
            take("files", &what, row.get(5)?, &file_parts(&name, &id.to_le_bytes(), &stem, &file))?;
            if let Some(entity) = catalog.named(&name) {
                contents.apply(StoreChange::PutFile { key: (entity.position, id, stem), file: Arc::new(file) });
            }
        }
        drop(found);
        let mut query = self.connection.prepare("select key, text, sum from notes")?;
        let mut found = query.query([])?;
        while let Some(row) = found.next()? {
            let (key, text): (String, String) = (row.get(0)?, row.get(1)?);
            let what = || format!("the note {key}");
            take("notes", &what, row.get(2)?, &[b"notes", key.as_bytes(), text.as_bytes()])?;
            contents.apply(StoreChange::Note { key, text: Some(text) });
        }
        Ok(Loaded { contents, layouts, totals })
    }

    /// Writes everything anew, with the present layout.
    fn rewrite(&mut self, catalog: &Catalog, contents: &Contents) -> Result<(), StoreError> {
        let layouts: Vec<String> = catalog.entities().iter().map(layout).collect();
        let transaction = self.connection.transaction()?;
        clear(&transaction, &self.names, &mut self.totals)?;
        for (name, fields) in self.names.iter().zip(&layouts) {
            let sum = checksum(&layout_parts(name, fields));
            let read = "select sum from layouts where entity = ?1";
            let old = transaction.query_row(read, [name], |row| row.get(0)).optional()?;
            transaction.execute("insert or replace into layouts values (?1, ?2, ?3)", params![name, fields, sum])?;
            self.totals.replace("layouts", old, sum);
        }
        write(&transaction, &self.names, &mut self.totals, &mut contents.changes())?;
        self.totals.write(&transaction)?;
        transaction.commit()?;
        Ok(())
    }
}

fn layout_parts<'a>(entity: &'a str, fields: &'a str) -> [&'a [u8]; 3] {
    [b"layouts", entity.as_bytes(), fields.as_bytes()]
}

fn row_parts<'a>(entity: &'a str, id: &'a [u8; 8], row: &'a [u8]) -> [&'a [u8]; 4] {
    [b"rows", entity.as_bytes(), id, row]
}

fn file_parts<'a>(entity: &'a str, id: &'a [u8; 8], stem: &'a str, file: &'a StoredFile) -> [&'a [u8]; 6] {
    [b"files", entity.as_bytes(), id, stem.as_bytes(), file.content_type.as_bytes(), &file.bytes]
}

/// Forgets all rows, files and notes, but for rows of entities that this sandbox does not know.
fn clear(transaction: &Transaction<'_>, names: &[&str], totals: &mut Totals) -> Result<(), StoreError> {
    for table in ["rows", "files", "counters"] {
        for name in names {
            let mut sums = transaction.prepare_cached(&format!("select sum from {table} where entity = ?1"))?;
            for sum in sums.query_map([name], |row| row.get(0))? {
                totals.remove(table, Some(sum?));
            }
            transaction.prepare_cached(&format!("delete from {table} where entity = ?1"))?.execute([name])?;
        }
    }
    transaction.execute("delete from notes", [])?;
    totals.0.insert("notes", (0, 0));
    Ok(())
}

fn write(
    transaction: &Transaction<'_>,
    names: &[&'static str],
    totals: &mut Totals,
    changes: &mut dyn Iterator<Item = StoreChange>,
) -> Result<(), StoreError> {
    let name = |entity: EntityPosition| names.get(entity.index()).copied().unwrap_or_default();
    for change in changes {
        match change {
            StoreChange::Put { entity, id, row } => {
                let name = name(entity);
                let sum = checksum(&row_parts(name, &id.to_le_bytes(), row.as_bytes()));
                let mut old = transaction.prepare_cached("select sum from rows where entity = ?1 and id = ?2")?;
                let old = old.query_row(params![name, id], |row| row.get(0)).optional()?;
                let mut put = transaction.prepare_cached("insert or replace into rows values (?1, ?2, ?3, ?4)")?;
                put.execute(params![name, id, row.as_bytes(), sum])?;
                totals.replace("rows", old, sum);
            }
            StoreChange::Delete { entity, id } => {
                let name = name(entity);
                let delete = "delete from rows where entity = ?1 and id = ?2 returning sum";
                let mut delete = transaction.prepare_cached(delete)?;
                totals.remove("rows", delete.query_row(params![name, id], |row| row.get(0)).optional()?);
                let files = "delete from files where entity = ?1 and id = ?2 returning sum";
                let mut files = transaction.prepare_cached(files)?;
                for sum in files.query_map(params![name, id], |row| row.get(0))? {
                    totals.remove("files", Some(sum?));
                }
                // The largest id may be gone now, and must not be given again.
                reserve(transaction, name, totals, id)?;
            }
            StoreChange::Reserve { entity, last } => reserve(transaction, name(entity), totals, last)?,
            StoreChange::PutFile { key: (entity, id, stem), file } => {
                let name = name(entity);
                remove_file(transaction, name, totals, id, &stem)?;
                let sum = checksum(&file_parts(name, &id.to_le_bytes(), &stem, &file));
                let mut put = transaction.prepare_cached("insert into files values (?1, ?2, ?3, ?4, ?5, ?6)")?;
                put.execute(params![name, id, stem, file.content_type, &file.bytes[..], sum])?;
                totals.add("files", sum);
            }
            StoreChange::DeleteFile { key: (entity, id, stem) } => {
                remove_file(transaction, name(entity), totals, id, &stem)?;
            }
            StoreChange::Note { key, text } => {
                let mut delete = transaction.prepare_cached("delete from notes where key = ?1 returning sum")?;
                totals.remove("notes", delete.query_row(params![key], |row| row.get(0)).optional()?);
                if let Some(text) = text {
                    let sum = checksum(&[b"notes", key.as_bytes(), text.as_bytes()]);
                    let mut put = transaction.prepare_cached("insert into notes values (?1, ?2, ?3)")?;
                    put.execute(params![key, text, sum])?;
                    totals.add("notes", sum);
                }
            }
        }
    }
    Ok(())
}

fn remove_file(
    transaction: &Transaction<'_>,
    name: &str,
    totals: &mut Totals,
    id: i64,
    stem: &str,
) -> Result<(), StoreError> {
    let delete = "delete from files where entity = ?1 and id = ?2 and stem = ?3 returning sum";
    let mut delete = transaction.prepare_cached(delete)?;
    totals.remove("files", delete.query_row(params![name, id, stem], |row| row.get(0)).optional()?);
    Ok(())
}

fn reserve(transaction: &Transaction<'_>, name: &str, totals: &mut Totals, last: i64) -> Result<(), StoreError> {
    let mut old = transaction.prepare_cached("select last, sum from counters where entity = ?1")?;
    let old: Option<(i64, i64)> = old.query_row([name], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
    let last = last.max(old.map_or(i64::MIN, |(last, _)| last));
    let sum = checksum(&[b"counters", name.as_bytes(), &last.to_le_bytes()]);
    let mut put = transaction.prepare_cached("insert or replace into counters values (?1, ?2, ?3)")?;
    put.execute(params![name, last, sum])?;
    totals.replace("counters", old.map(|(_, sum)| sum), sum);
    Ok(())
}

impl File {
    /// Makes changes in one transaction. The totals change with it, or not at all.
    fn transact(
        &mut self,
        step: impl FnOnce(&Transaction<'_>, &[&'static str], &mut Totals) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let mut totals = Totals(self.totals.0.clone());
        let transaction = self.connection.transaction()?;
        step(&transaction, &self.names, &mut totals)?;
        totals.write(&transaction)?;
        transaction.commit()?;
        self.totals = totals;
        Ok(())
    }
}

impl Journal for File {
    fn commit(&mut self, changes: &[StoreChange]) -> Result<(), StoreError> {
        self.transact(|transaction, names, totals| write(transaction, names, totals, &mut changes.iter().cloned()))
    }

    fn replace(&mut self, all: &mut dyn Iterator<Item = StoreChange>) -> Result<(), StoreError> {
        self.transact(|transaction, names, totals| {
            clear(transaction, names, totals)?;
            write(transaction, names, totals, all)
        })
    }

    fn settle(&mut self) -> Result<(), StoreError> {
        self.connection.query_row("pragma wal_checkpoint(truncate)", [], |_| Ok(()))?;
        Ok(())
    }
}

impl Drop for File {
    fn drop(&mut self) {
        if !self.trusted {
            return;
        }
        // If this fails, the next start says that the file was not closed.
        let _ = self.connection.execute("update state set open = 0", []);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_checksum_knows_parts_and_order() {
        assert_ne!(checksum(&[b"ab", b"c"]), checksum(&[b"a", b"bc"]));
        assert_ne!(checksum(&[b"a", b"b"]), checksum(&[b"b", b"a"]));
        assert_eq!(checksum(&[b"a"]), checksum(&[b"a"]));
    }
}
