//! Files that belong to a record.

use std::marker::PhantomData;

use crate::entity::Entity;
use crate::table::FileFacts;
use crate::value::Id;

/// A file of the records of entity `E`: a constant of the record, such as `Business::LOGO_FILE`.
///
/// It holds a position in the entity's table, so a file of one entity cannot be requested for a record of another.
pub struct FileOf<E> {
    at: usize,
    entity: PhantomData<fn(E)>,
}

impl<E> Clone for FileOf<E> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<E> Copy for FileOf<E> {}

impl<E> FileOf<E> {
    #[doc(hidden)]
    pub const fn at(at: usize) -> Self {
        Self { at, entity: PhantomData }
    }
}

impl<E: Entity> FileOf<E> {
    /// What is known of the file.
    pub fn file(self) -> &'static FileFacts {
        // Generated code gives positions in the table; the fallback keeps this from panicking all the same.
        const NONE: FileFacts = FileFacts { name: "", path: "" };
        E::table().files.get(self.at).unwrap_or(&NONE)
    }

    /// The path of one record's file below the base address: `sys/businesses/getlogo/5`.
    pub fn path(self, id: impl Into<Id<E>>) -> String {
        format!("{}/{}/{}", E::table().path(), self.file().path, id.into())
    }
}

impl<E: Entity> std::fmt::Debug for FileOf<E> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}", E::table().name, self.file().name)
    }
}
