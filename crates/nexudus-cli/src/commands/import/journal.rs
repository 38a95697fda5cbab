//! What became of each row, on disk before the next row is begun.

use std::collections::HashMap;
use std::fs::File;
use std::io::Write as _;
use std::path::PathBuf;

use super::rows::Row;
use crate::failure::Failure;
use crate::files::open_alone;
use crate::json::{Object, Raw};

/// What a journal says of a row.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) state: String,
    pub(super) id: Option<i64>,
    pub(super) system_id: Option<String>,
}

/// A journal.
#[derive(Debug)]
pub(super) struct Journal {
    path: PathBuf,
    file: File,
    entries: HashMap<(u64, String), Entry>,
}

impl Journal {
    /// Opens the journal of an import. One of an earlier run is gone on with, or refused.
    pub(super) fn open(path: PathBuf, resume: bool) -> Result<Self, Failure> {
        let failed = |error: std::io::Error| Failure::usage(format!("the journal {}: {error}", path.display()));
        // Two imports with one journal would create the same records.
        let Some(file) = open_alone(&path).map_err(failed)? else {
            return Err(Failure::usage(format!("{} is in use by another import", path.display())));
        };
        let mut entries = HashMap::new();
        match std::fs::read_to_string(&path) {
            Ok(text) if resume => {
                // The last line of a run that was killed may be cut off: what it says was not begun.
                for object in text.lines().filter_map(|line| Object::parse(line).ok()) {
                    let text = |name: &str| object.get(name).and_then(Raw::as_str).map(std::borrow::Cow::into_owned);
                    let number = |name: &str| object.get(name).and_then(|value| value.text().parse().ok());
                    let (Some(row), Some(fingerprint), Some(state)) =
                        (number("row"), text("fingerprint"), text("state"))
                    else {
                        continue;
                    };
                    let id = number("id").and_then(|id: u64| i64::try_from(id).ok());
                    entries.insert((row, fingerprint), Entry { state, id, system_id: text("systemId") });
                }
            }
            Ok(text) if text.is_empty() => {}
            Ok(_) => {
                return Err(Failure::usage(format!("{} is left from an import that did not finish", path.display()))
                    .hint("Give --resume to continue it, or remove it to start over."));
            }
            Err(error) => return Err(failed(error)),
        }
        Ok(Self { path, file, entries })
    }

    /// What an earlier run says of a row.
    pub(super) fn find(&self, row: &Row) -> Option<&Entry> {
        self.entries.get(&(row.number, row.fingerprint.clone()))
    }

    /// Writes what became of a row, to the disk.
    pub(super) fn write(&mut self, row: &Row, entry: &Entry) -> Result<(), Failure> {
        let mut object = Object::default();
        object.set("row", Raw::from(row.number));
        object.set("fingerprint", Raw::string(&row.fingerprint));
        object.set("state", Raw::string(&entry.state));
        if let Some(id) = entry.id {
            object.set("id", Raw::from(id));
        }
        if let Some(system_id) = &entry.system_id {
            object.set("systemId", Raw::string(system_id));
        }
        let line = format!("{}\n", object.to_raw().text());
        let written = self.file.write_all(line.as_bytes()).and_then(|()| self.file.sync_data());
        written.map_err(|error| Failure::usage(format!("the journal {}: {error}", self.path.display())))
    }

    /// Removes the journal: all is done.
    pub(super) fn done(self) {
        std::fs::remove_file(&self.path).ok();
    }

    /// Where it is.
    pub(super) fn path(&self) -> &std::path::Path {
        &self.path
    }
}
