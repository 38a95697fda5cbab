//! Several records by their ids.

use std::fmt;
use std::future::ready;
use std::marker::PhantomData;

use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};
use http::Method;
use nexudus_core::{CanGet, Full, Operation, Record, Rows, decode_rows};

use crate::call::Call;
use crate::error::{Error, Subject};
use crate::records::Records;
use crate::records::pending::{Pending, Untyped};

/// Ids in one request: an address that holds more may be too long for what lies between here and the service.
const AT_ONCE: usize = 100;

/// Gets under way at the same time when several complete records are asked for.
const IN_FLIGHT: usize = 4;

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

impl Records {
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
}
