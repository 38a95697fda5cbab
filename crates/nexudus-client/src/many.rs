//! Several records by their ids.

use std::fmt;
use std::marker::PhantomData;

use nexudus_core::{CanGet, Full};

use crate::error::Error;
use crate::pending::Pending;
use crate::records::Records;

/// Several records by their ids: awaited, these are summaries, in the service's order and without those that do
/// not exist.
#[must_use = "this does nothing until it is awaited"]
pub struct Many<E> {
    records: Records,
    ids: Vec<i64>,
    entity: PhantomData<fn() -> E>,
}

impl<E: CanGet> Many<E> {
    pub(crate) fn new(records: Records, ids: Vec<i64>) -> Self {
        Self { records, ids, entity: PhantomData }
    }

    /// The complete records instead, each got by its id, in the order of the ids and without those that do not
    /// exist.
    pub async fn complete(self) -> Result<Vec<Full<E>>, Error> {
        let records = self.records.get_all(self.ids).await?;
        records.into_iter().map(|record| record.typed().map_err(Error::other_entity)).collect()
    }
}

impl<E> fmt::Debug for Many<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Many").field("ids", &self.ids).finish_non_exhaustive()
    }
}

impl<E: CanGet> IntoFuture for Many<E> {
    type Output = <Self::IntoFuture as Future>::Output;
    type IntoFuture = Pending<Vec<E>>;

    fn into_future(self) -> Self::IntoFuture {
        Pending::new(self.records.get_many(self.ids))
    }
}
