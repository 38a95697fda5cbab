//! The operations on the records of an entity that is known by its table.
//!
//! [`Endpoint`](crate::Endpoint) puts the types on; all that happens between a call and its answer is here and in
//! the modules beside, for all entities alike.

pub(crate) mod command;
pub(crate) mod custom_fields;
pub(crate) mod get_many;
pub(crate) mod pages;
pub(crate) mod pending;
pub(crate) mod update;
mod upsert;

use nexudus_core::{AnyPage, EntityTable, Full, ListQuery, Record};

use crate::call::{Call, Raw};
use crate::client::Client;
use crate::error::{Error, Kind};
use crate::records::pending::Untyped;

/// The records of one entity.
#[derive(Clone)]
pub(crate) struct Records {
    pub(crate) client: Client,
    pub(crate) table: &'static EntityTable,
}

impl Records {
    pub(crate) fn new(client: &Client, table: &'static EntityTable) -> Self {
        Self { client: client.clone(), table }
    }

    pub(crate) fn get(&self, id: i64) -> Untyped<Full<dyn Record>> {
        let table = self.table;
        let answer = self.client.run(Call::get(table, id));
        Box::pin(async move { answer.await?.full(table) })
    }

    /// `None` if there is no such record.
    pub(crate) fn get_opt(&self, id: i64) -> Untyped<Option<Full<dyn Record>>> {
        let record = self.get(id);
        Box::pin(async {
            match record.await {
                Err(error) if error.is_not_found() => Ok(None),
                result => result.map(Some),
            }
        })
    }

    pub(crate) fn list(&self, query: &ListQuery) -> Untyped<AnyPage> {
        let table = self.table;
        let answer = self.client.run(Call::list(table, query.pairs()));
        Box::pin(async move { answer.await?.page(table) })
    }

    /// Gives the id of the new record.
    pub(crate) fn create(&self, body: Vec<u8>) -> Untyped<i64> {
        let answer = self.client.run(Call::create(self.table, body));
        Box::pin(async {
            let answer = answer.await?;
            let envelope = answer.envelope()?;
            let no_id = || answer.error(Kind::Unexpected).with_message("the record was created, but its id is missing");
            envelope.id().ok_or_else(no_id)
        })
    }

    pub(crate) fn create_and_get(&self, body: Vec<u8>) -> Untyped<Full<dyn Record>> {
        let records = self.clone();
        Box::pin(async move {
            let id = records.create(body).await?;
            records.get(id).await
        })
    }

    pub(crate) fn delete(&self, id: i64) -> Untyped<()> {
        let answer = self.client.run_write(Call::delete(self.table, id));
        Box::pin(async { answer.await.map(drop) })
    }
}

impl Raw {
    /// The answer as a complete record.
    pub(crate) fn full(&self, table: &'static EntityTable) -> Result<Full<dyn Record>, Error> {
        Full::decode_as(table, self.body.clone()).map_err(|error| self.decode_failed(error))
    }

    fn page(&self, table: &'static EntityTable) -> Result<AnyPage, Error> {
        AnyPage::decode(table, &self.body).map_err(|error| self.decode_failed(error))
    }
}
