//! Changes of the store, and what keeps them over a restart.

use std::sync::Arc;

use bytes::Bytes;

use crate::catalog::position::EntityPosition;
use crate::value::row::Row;

/// A file that belongs to a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct StoredFile {
    pub(crate) content_type: String,
    pub(crate) bytes: Bytes,
}

/// One record: its entity and its id.
pub(crate) type RecordKey = (EntityPosition, i64);

/// One file of a record: its entity, its id, and the stem of the file's properties.
pub(crate) type FileKey = (EntityPosition, i64, String);

/// One change of the store.
#[derive(Clone, Debug)]
pub(crate) enum StoreChange {
    Put {
        entity: EntityPosition,
        id: i64,
        row: Row,
    },
    Delete {
        entity: EntityPosition,
        id: i64,
    },
    /// Lets no id up to `last` be given to a new record: it was given before.
    Reserve {
        entity: EntityPosition,
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
    fn commit(&mut self, changes: &[StoreChange]) -> Result<(), StoreError>;

    /// Forgets everything and writes `all` down instead.
    fn replace(&mut self, all: &mut dyn Iterator<Item = StoreChange>) -> Result<(), StoreError>;

    /// Brings what was written down to where a copy of the file finds it. Takes its time.
    fn settle(&mut self) -> Result<(), StoreError>;
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
