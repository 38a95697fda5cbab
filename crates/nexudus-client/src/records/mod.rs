//! The operations on the records of an entity that is known by its table.
//!
//! [`Endpoint`](crate::Endpoint) adds the types. Everything between a call and its response is in this module and its
//! siblings, for all entities.

pub(crate) mod action;
mod answer;
pub(crate) mod command;
mod create;
pub(crate) mod custom_fields;
pub(crate) mod get_many;
pub(crate) mod pages;
pub(crate) mod pending;
pub(crate) mod update;
mod upsert;
mod verify;

use nexudus_core::{AnyPage, EntityTable, Full, ListQuery, Record, service};

use crate::call::Call;
use crate::call::Caller;
use crate::records::pending::Erased;

/// The records of one entity.
#[derive(Clone)]
pub(crate) struct Records {
    pub(crate) client: Caller,
    pub(crate) table: &'static EntityTable,
}

impl Records {
    pub(crate) fn new(client: &Caller, table: &'static EntityTable) -> Self {
        Self { client: client.clone(), table }
    }

    pub(crate) fn get(&self, id: i64) -> Erased<Full<dyn Record>> {
        let Self { client, table } = self.clone();
        let answer = client.run(Call::get(table, id));
        Box::pin(async move { answer.await?.record(&client, table, Some(id)).await })
    }

    /// `None` if there is no such record.
    pub(crate) fn get_opt(&self, id: i64) -> Erased<Option<Full<dyn Record>>> {
        let record = self.get(id);
        Box::pin(async {
            match record.await {
                Err(error) if error.is_not_found() => Ok(None),
                result => result.map(Some),
            }
        })
    }

    pub(crate) fn list(&self, query: &ListQuery) -> Erased<AnyPage> {
        let Self { client, table } = self.clone();
        let answer = client.run(Call::list(table, query.pairs()));
        // A page longer than that is no page. Below it, a service that ignores the size does no harm.
        let most = query.size.unwrap_or_default().max(service::MAX_SIZE);
        Box::pin(async move { answer.await?.page(&client, table, most).await })
    }

    pub(crate) fn delete(&self, id: i64) -> Erased<()> {
        let answer = self.client.run_write(Call::delete(self.table, id));
        Box::pin(async { answer.await.map(drop) })
    }
}
