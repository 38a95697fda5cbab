//! The operations on the records of an entity, written once for all entities.

use std::borrow::Borrow;
use std::fmt;
use std::marker::PhantomData;

use nexudus_core::{
    CanCreate, CanDelete, CanGet, CanList, CanUpdate, CommonFilters as _, Draft as _, Entity, Full, Id, Record,
};

use crate::call::Call;
use crate::client::Client;
use crate::error::{Error, Kind};
use crate::list::List;
use crate::many::Many;
use crate::update::{self, Update, Updated};

/// What [`Endpoint::upsert_by_system_id`] found or made.
#[derive(Debug)]
#[non_exhaustive]
pub struct Upserted<E> {
    /// The record.
    pub id: Id<E>,
    /// Whether it was created.
    pub created: bool,
}

/// The records of one entity. Which operations there are depends on the entity: one that the service lacks
/// does not compile, and says so.
pub struct Endpoint<E> {
    client: Client,
    entity: PhantomData<fn() -> E>,
}

impl<E> Clone for Endpoint<E> {
    fn clone(&self) -> Self {
        Self::new(&self.client)
    }
}

impl<E: Entity> fmt::Debug for Endpoint<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Endpoint").field("path", &E::table().path()).finish_non_exhaustive()
    }
}

impl<E> Endpoint<E> {
    /// The records of an entity that is named by its type alone: `Endpoint::<UserMessage>::new(&client)`.
    pub fn new(client: &Client) -> Self {
        Self { client: client.clone(), entity: PhantomData }
    }

    /// The client that it works through.
    pub fn client(&self) -> &Client {
        &self.client
    }
}

impl<E: Entity> Endpoint<E> {
    /// A record by its id, complete.
    pub async fn get(&self, id: impl Into<Id<E>>) -> Result<Full<E>, Error>
    where
        E: CanGet,
    {
        let raw = self.client.run(Call::get(E::table(), id.into().get())).await?;
        Full::decode(raw.body.clone()).map_err(|error| raw.decode_failed(error))
    }

    /// A record by its id, complete; `None` if there is no such record.
    pub async fn get_opt(&self, id: impl Into<Id<E>>) -> Result<Option<Full<E>>, Error>
    where
        E: CanGet,
    {
        match self.get(id).await {
            Err(error) if error.is_not_found() => Ok(None),
            result => result.map(Some),
        }
    }

    /// Several records by their ids: summaries in one request, or the complete records in one each
    /// ([`Many::complete`]).
    pub fn get_many(&self, ids: impl IntoIterator<Item = impl Into<Id<E>>>) -> Many<E>
    where
        E: CanGet,
    {
        Many::new(&self.client, ids.into_iter().map(Into::into).collect())
    }

    /// Records by what they have in common. Awaited as it is, this gives the first page; see [`List`] for more.
    pub fn list(&self) -> List<E>
    where
        E: CanList,
    {
        List::new(&self.client)
    }

    /// Creates a record and gives its id.
    pub async fn create(&self, draft: impl Borrow<E::New> + Send) -> Result<Id<E>, Error>
    where
        E: CanCreate,
    {
        let call = self.create_record(draft.borrow().record());
        call.await
    }

    async fn create_record(&self, record: &E) -> Result<Id<E>, Error> {
        let record: &dyn Record = record;
        let answer = self.client.run(Call::create(E::table(), record.to_json())).await?;
        let envelope = answer.envelope()?;
        let no_id = || answer.error(Kind::Unexpected).with_message("the record was created, but its id is missing");
        envelope.id().map(Id::new).ok_or_else(no_id)
    }

    /// Creates a record and gets it, complete with what the service has added.
    pub async fn create_and_get(&self, draft: impl Borrow<E::New> + Send) -> Result<Full<E>, Error>
    where
        E: CanCreate + CanGet,
    {
        let id = self.create(draft).await?;
        self.get(id).await
    }

    /// Finds the record with this `SystemId`, or creates it with it.
    ///
    /// This is the way to create a record that can be repeated when the outcome is unknown: give each record a
    /// `SystemId` of your own, and do the same again. (Two that do so at the very same time may create two
    /// records: the service has no way to prevent that.)
    pub async fn upsert_by_system_id(
        &self,
        system_id: impl Into<String>,
        draft: impl Borrow<E::New> + Send,
    ) -> Result<Upserted<E>, Error>
    where
        E: CanList + CanCreate,
    {
        let system_id = system_id.into();
        let mut record = draft.borrow().record().clone();
        let mut found = self.list().filter(E::SYSTEM_ID.eq(system_id.as_str())).items();
        // No source says whether the filter wants the whole text, so each record is compared.
        while let Some(other) = found.next().await.transpose()? {
            if other.common().system_id.as_deref() == Some(system_id.as_str())
                && let Some(id) = other.id()
            {
                return Ok(Upserted { id, created: false });
            }
        }
        record.common_mut().system_id = Some(system_id);
        let id = self.create_record(&record).await?;
        Ok(Upserted { id, created: true })
    }

    /// Changes a record: reads it whole, applies the change, and writes it back whole, since the service clears
    /// what is left out. A change that changes nothing sends nothing.
    ///
    /// ```no_run
    /// # #![allow(deprecated)]
    /// # async fn run(client: nexudus_client::Client) -> Result<(), nexudus_client::Error> {
    /// client.chat_user_messages().update(5, |message| message.delievered = Some(true)).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn update<'a>(&self, id: impl Into<Id<E>>, change: impl FnMut(&mut E) + Send + 'a) -> Update<'a, E>
    where
        E: CanUpdate,
    {
        Update::new(&self.client, id.into(), Box::new(change))
    }

    /// Writes a record back that was got before and changed since. A record that was not changed is not sent.
    pub async fn replace(&self, record: &Full<E>) -> Result<Updated, Error>
    where
        E: CanUpdate,
    {
        update::replace(&self.client, record).await
    }

    /// Deletes a record.
    pub async fn delete(&self, id: impl Into<Id<E>>) -> Result<(), Error>
    where
        E: CanDelete,
    {
        self.client.run_write(Call::delete(E::table(), id.into().get())).await.map(drop)
    }
}
