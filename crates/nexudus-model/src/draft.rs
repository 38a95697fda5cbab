//! Drafts: records to create.
//!
//! One type for all entities, so that what every draft can do is compiled once; what only drafts of one entity can do,
//! which is its `new` and its setters, stands in the file of the entity.

use std::fmt;

use nexudus_core::prelude::{CanCreate, Draft, Json};
use serde::{Serialize, Serializer};

/// An `E` to create. What is not set is not sent.
///
/// Each entity that can be created has a name for its drafts: `NewNote` is `NewRecord<Note>`. That page lists the setters of
/// that entity; here, those of all entities stand together.
#[derive(Clone, PartialEq)]
#[must_use = "a draft does nothing until it is sent"]
pub struct NewRecord<E> {
    pub(crate) record: E,
}

impl<E: CanCreate> NewRecord<E> {
    /// Sets `SystemId`: free text that belongs to the caller.
    pub fn system_id(mut self, value: impl Into<String>) -> Self {
        self.record.common_mut().system_id = Some(value.into());
        self
    }

    /// Sets `CustomFields`, in the service's own form.
    pub fn custom_fields(mut self, value: impl Into<Json>) -> Self {
        self.record.common_mut().custom_fields = Some(value.into());
        self
    }

    /// Sets a property by its name on the wire, for one that the spec does not know.
    pub fn set_property(&mut self, name: &str, value: impl Into<Json>) -> Result<(), nexudus_core::SetError> {
        self.record.set_property(name, value)
    }
}

impl<E: CanCreate> Draft<E> for NewRecord<E> {
    fn record(&self) -> &E {
        &self.record
    }
}

impl<E: CanCreate> fmt::Debug for NewRecord<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("New")?;
        self.record.fmt(f)
    }
}

impl<E: CanCreate> Serialize for NewRecord<E> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        nexudus_core::serialize(self.record.as_dyn(), serializer)
    }
}
