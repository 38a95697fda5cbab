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

use nexudus_core::{AnyFull, AnyPage, EntityTable, ListQuery, Operation, service};
use tokio::time::Instant;

use crate::call::{Call, Caller};
use crate::error::{Error, ErrorKind};
use crate::http::later;
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

    /// The end of the time for an operation that begins now.
    pub(crate) fn deadline(&self) -> Instant {
        later(Instant::now(), self.client.options().retry.total())
    }

    /// The same for a request of an operation that has its end at this time.
    pub(crate) fn until(&self, deadline: Instant) -> Self {
        let left = deadline.saturating_duration_since(Instant::now());
        let client = self.client.with(|options| options.retry = options.retry.clone().total_time(left));
        Self { client, table: self.table }
    }

    pub(crate) fn get(&self, id: i64) -> Erased<AnyFull> {
        let Self { client, table } = self.clone();
        let answer = client.run(Call::get(table, id));
        Box::pin(async move { answer.await?.record(&client, table, Some(id)).await })
    }

    /// `None` if there is no such record.
    pub(crate) fn get_opt(&self, id: i64) -> Erased<Option<AnyFull>> {
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
        // A page longer than that is not a page. Below it, a service that ignores the size does no harm.
        let most = query.size.unwrap_or_default().max(service::MAX_SIZE);
        Box::pin(async move { answer.await?.page(&client, table, most).await })
    }

    pub(crate) fn delete(&self, id: i64) -> Erased<()> {
        let records = self.clone();
        let answer = self.client.run(Call::delete(self.table, id));
        Box::pin(async move {
            let answer = answer.await?;
            if let Some(text) = answer.plain_text() {
                let refused = answer.error(ErrorKind::Refused).with_message(text);
                return records.settle_delete(id, refused).await;
            }
            match answer.envelope()?.id() {
                Some(other) if other != id => {
                    let what = format!("the service says that it deleted record {other}");
                    Err(answer.error(ErrorKind::Unexpected).with_message(what).outcome_unknown())
                }
                _ => Ok(()),
            }
        })
    }

    /// What a DELETE did that was answered with a text, which may say that it was done or why it was refused: whether
    /// the record is still there shows it.
    async fn settle_delete(&self, id: i64, refused: Error) -> Result<(), Error> {
        let unknown = |refused: Error| Err(refused.with_kind(ErrorKind::Unexpected).outcome_unknown());
        if !self.table.allows(Operation::Get) {
            return unknown(refused);
        }
        match self.get_opt(id).await {
            Ok(None) => Ok(()),
            Ok(Some(_)) => Err(refused),
            Err(_) => unknown(refused),
        }
    }
}
