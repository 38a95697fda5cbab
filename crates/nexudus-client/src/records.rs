//! The operations on the records of an entity that is known by its table.
//!
//! [`Endpoint`](crate::Endpoint) puts the types on; all that happens between a call and its answer is here and in
//! the modules beside, for all entities alike.

use std::future::ready;

use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};
use http::Method;
use nexudus_core::{AnyPage, EntityTable, Full, ListQuery, Operation, Record, Rows, decode_rows};

use crate::call::{Call, Raw};
use crate::client::Client;
use crate::error::{Error, Kind, Subject};
use crate::list::AnyPages;
use crate::pending::Untyped;

/// Ids in one request: an address that holds more may be too long for what lies between here and the service.
const AT_ONCE: usize = 100;

/// Gets under way at the same time when several complete records are asked for.
const IN_FLIGHT: usize = 4;

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

    /// Each in a request of its own, in the order of the ids and without those that do not exist.
    pub(crate) fn get_all(&self, ids: Vec<i64>) -> Untyped<Vec<Full<dyn Record>>> {
        let records = self.clone();
        let answers = stream::iter(ids).map(move |id| records.get_opt(id)).buffered(IN_FLIGHT);
        Box::pin(answers.try_filter_map(|record| ready(Ok(record))).try_collect())
    }

    /// Summaries, in the service's order and without those that do not exist.
    pub(crate) fn get_many(&self, ids: Vec<i64>) -> Untyped<Box<dyn Rows>> {
        let Self { client, table } = self.clone();
        Box::pin(async move {
            let subject = Subject { operation: "get several of", ..Subject::of(Operation::Get, table, None) };
            let mut records = table.make_rows();
            for ids in ids.chunks(AT_ONCE) {
                let list = ids.iter().map(i64::to_string).collect::<Vec<_>>().join(",");
                // The documented form: a slash before the question mark, and brackets.
                let path = format!("{}/?id=[{list}]", table.path());
                let raw = client.run(Call::new(subject, Method::GET, path)).await?;
                // A bare array by the current reference, a page by the one of 2020.
                let is_page = raw.body.trim_ascii_start().starts_with(b"{");
                let more = if is_page {
                    raw.page(table)?.records
                } else {
                    decode_rows(table, &raw.body).map_err(|error| raw.decode_failed(error))?
                };
                records.append(more).map_err(Error::other_entity)?;
            }
            Ok(records)
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

    /// Gives the id of the record with this `SystemId`, which these filters list, and whether it was created.
    pub(crate) fn upsert(
        &self,
        system_id: String,
        filters: Vec<(String, String)>,
        body: Vec<u8>,
    ) -> Untyped<(i64, bool)> {
        let records = self.clone();
        Box::pin(async move {
            let mut pages = AnyPages::filtered(&records, filters);
            // No source says whether the filter wants the whole text, so each record is compared.
            let is_it = |record: &&dyn Record| record.common().system_id.as_deref() == Some(system_id.as_str());
            while let Some(page) = pages.next().await.transpose()? {
                if let Some(id) = page.records.iter().filter(is_it).find_map(|record| record.common().id) {
                    return Ok((id, false));
                }
            }
            Ok((records.create(body).await?, true))
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
