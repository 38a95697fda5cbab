//! The operations on the records of an entity, implemented once for all entities.

use std::borrow::Borrow;
use std::fmt;
use std::marker::PhantomData;

use nexudus_core::{
    ActionOf, CanCreate, CanDelete, CanGet, CanList, CanUpdate, CommonFilters as _, Draft as _, Entity, Full, Id,
};

use crate::action::ActionCall;
use crate::client::Client;
use crate::error::Error;
use crate::list::List;
use crate::records::Records;
use crate::records::command::{Command, CommandCall};
use crate::records::get_many::GetMany;
use crate::records::pending::{Pending, Typed};
use crate::records::update::{self, Update, Updated, Write};

/// What [`Endpoint::upsert_by_system_id`] found or made.
#[derive(Debug)]
#[non_exhaustive]
pub struct Upserted<E> {
    /// The record.
    pub id: Id<E>,
    /// Whether it was created.
    pub created: bool,
}

impl<E: Entity> Typed for Upserted<E> {
    type Erased = (i64, bool);

    fn typed(untyped: Result<(i64, bool), Error>) -> Result<Self, Error> {
        let (id, created) = untyped?;
        Ok(Self { id: Id::new(id), created })
    }
}

/// The records of one entity. Which operations there are depends on the entity: one that the service lacks
/// does not compile, and says so.
pub struct Endpoint<E> {
    pub(crate) records: Records,
    entity: PhantomData<fn() -> E>,
}

impl<E> Clone for Endpoint<E> {
    fn clone(&self) -> Self {
        Self { records: self.records.clone(), entity: PhantomData }
    }
}

impl<E> fmt::Debug for Endpoint<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Endpoint").field("path", &self.records.table.path()).finish_non_exhaustive()
    }
}

impl<E: Entity> Endpoint<E> {
    /// The records of an entity that is named by its type alone: `Endpoint::<UserMessage>::new(&client)`.
    pub fn new(client: &Client) -> Self {
        Self { records: Records::new(client.caller(), E::table()), entity: PhantomData }
    }

    /// The client that it works through.
    pub fn client(&self) -> Client {
        Client::of(&self.records.client)
    }

    /// A record by its id, complete.
    pub fn get(&self, id: impl Into<Id<E>>) -> Pending<Full<E>>
    where
        E: CanGet,
    {
        Pending::new(self.records.get(id.into().get()))
    }

    /// A record by its id, complete; `None` if there is no such record.
    pub fn get_opt(&self, id: impl Into<Id<E>>) -> Pending<Option<Full<E>>>
    where
        E: CanGet,
    {
        Pending::new(self.records.get_opt(id.into().get()))
    }

    /// Several records by their ids: summaries in one request, or the complete records in one each
    /// ([`GetMany::complete`]).
    pub fn get_many(&self, ids: impl IntoIterator<Item = impl Into<Id<E>>>) -> GetMany<E>
    where
        E: CanGet,
    {
        GetMany::new(self.records.clone(), ids.into_iter().map(|id| id.into().get()).collect())
    }

    /// Records by what they have in common. Awaited as it is, this gives the first page; see [`List`] for more.
    pub fn list(&self) -> List<E>
    where
        E: CanList,
    {
        List::new(&self.records)
    }

    /// Creates a record and gives its id.
    pub fn create(&self, draft: impl Borrow<E::New>) -> Pending<Id<E>>
    where
        E: CanCreate,
    {
        Pending::new(self.records.create(draft.borrow().record().as_dyn()))
    }

    /// Creates a record and gets it, complete with what the service has added.
    pub fn create_and_get(&self, draft: impl Borrow<E::New>) -> Pending<Full<E>>
    where
        E: CanCreate + CanGet,
    {
        Pending::new(self.records.create_and_get(draft.borrow().record().as_dyn()))
    }

    /// Finds the record with this `SystemId`, or creates it with it.
    ///
    /// This is the way to create a record that can be repeated when the outcome is unknown: give each record a
    /// `SystemId` of your own, and do the same again. (Two that do so at the very same time may create two
    /// records: the service has no way to prevent that.)
    pub fn upsert_by_system_id(&self, system_id: impl Into<String>, draft: impl Borrow<E::New>) -> Pending<Upserted<E>>
    where
        E: CanList + CanCreate,
    {
        let system_id = system_id.into();
        let filters = E::SYSTEM_ID.eq(system_id.as_str()).into_pairs();
        let mut record = draft.borrow().record().clone();
        record.common_mut().system_id = Some(system_id.clone());
        Pending::new(self.records.upsert(system_id, filters, record.as_dyn().to_json()))
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
        Update::new(&self.records, id.into(), change)
    }

    /// Writes a record back that was got before and changed since. A record that was not changed is not sent.
    pub fn replace(&self, record: &Full<E>) -> Pending<Updated>
    where
        E: CanUpdate,
    {
        Pending::new(update::replace(&self.records, Write::from(record)))
    }

    /// Deletes a record.
    pub fn delete(&self, id: impl Into<Id<E>>) -> Pending<()>
    where
        E: CanDelete,
    {
        Pending::new(self.records.delete(id.into().get()))
    }

    /// The commands of this entity.
    pub fn commands(&self) -> Pending<Vec<Command>> {
        Pending::new(self.records.commands(None))
    }

    /// The commands that one record takes now.
    pub fn commands_of(&self, id: impl Into<Id<E>>) -> Pending<Vec<Command>> {
        Pending::new(self.records.commands(Some(id.into().get())))
    }

    /// A command by its key, to be run.
    pub fn command(&self, key: impl Into<String>) -> CommandCall<E> {
        CommandCall::new(&self.records, key.into())
    }

    /// An action, to be run: a constant of the record, such as `Booking::AVAILABLE_ACTION`.
    pub fn action(&self, action: ActionOf<E>) -> ActionCall<E> {
        ActionCall::new(&self.records, action.action())
    }
}
