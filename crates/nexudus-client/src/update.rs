//! Changing a record without losing what is not being changed.
//!
//! The service has no PATCH, and its PUT clears whatever is left out. So a change is: read the whole record,
//! change it, write the whole record back, unknown properties and all.

use std::fmt;

use nexudus_core::transport::BoxFuture;
use nexudus_core::{CanUpdate, Change, Full, Id};

use crate::call::Call;
use crate::client::Client;
use crate::endpoint::Endpoint;
use crate::error::{Error, Kind, Subject};

/// What an update did.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Updated {
    /// What was changed; empty if there was nothing to change, and then nothing was sent.
    pub changes: Vec<Change>,
}

/// A change to be made: awaited, it is made.
#[must_use = "an update does nothing until it is awaited"]
pub struct Update<'a, E> {
    client: Client,
    id: Id<E>,
    change: Box<dyn FnMut(&mut E) + Send + 'a>,
}

impl<'a, E: CanUpdate> Update<'a, E> {
    pub(crate) fn new(client: &Client, id: Id<E>, change: Box<dyn FnMut(&mut E) + Send + 'a>) -> Self {
        Self { client: client.clone(), id, change }
    }

    /// What would be changed: reads the record and sends nothing.
    pub async fn preview(mut self) -> Result<Vec<Change>, Error> {
        Ok(self.read().await?.changes())
    }

    async fn read(&mut self) -> Result<Full<E>, Error> {
        let mut record = Endpoint::<E>::new(&self.client).get(self.id).await?;
        (self.change)(&mut record);
        Ok(record)
    }
}

impl<E> fmt::Debug for Update<'_, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Update").field("id", &self.id).finish_non_exhaustive()
    }
}

impl<'a, E: CanUpdate> IntoFuture for Update<'a, E> {
    type Output = Result<Updated, Error>;
    type IntoFuture = BoxFuture<'a, Self::Output>;

    fn into_future(mut self) -> Self::IntoFuture {
        Box::pin(async move {
            let record = self.read().await?;
            replace(&self.client, &record).await
        })
    }
}

/// Writes a record back whole.
pub(crate) async fn replace<E: CanUpdate>(client: &Client, record: &Full<E>) -> Result<Updated, Error> {
    let table = E::table();
    let id = record.common().id;
    let subject = Subject::of(nexudus_core::Operation::Update, table, id);
    let body = record.body().map_err(|error| Error::new(subject, Kind::NotFull).with_message(error.to_string()))?;
    let changes = record.changes();
    if !changes.is_empty() {
        client.run_write(Call::update(table, id, body)).await?;
    }
    Ok(Updated { changes })
}
