//! Several records by their ids.

use std::collections::HashSet;
use std::fmt;
use std::future::ready;
use std::marker::PhantomData;

use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};
use http::Method;
use nexudus_core::{AnyFull, CanGet, Full, Operation, Rows, service};

use crate::call::Call;
use crate::error::{Error, ErrorKind, Subject};
use crate::records::Records;
use crate::records::pending::{Erased, Pending};

/// Ids in one request: an address that holds more may be too long for what lies between here and the service.
const AT_ONCE: usize = 100;

/// Gets under way at the same time when several complete records are asked for.
const IN_FLIGHT: usize = 4;

/// Several records by their ids: awaited, these are summaries, in the service's order and without those that do
/// not exist.
#[must_use = "this does nothing until it is awaited"]
pub struct GetMany<E> {
    records: Records,
    ids: Vec<i64>,
    entity: PhantomData<fn() -> E>,
}

impl<E: CanGet> GetMany<E> {
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

impl<E> fmt::Debug for GetMany<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GetMany").field("ids", &self.ids).finish_non_exhaustive()
    }
}

impl<E: CanGet> IntoFuture for GetMany<E> {
    type Output = <Self::IntoFuture as Future>::Output;
    type IntoFuture = Pending<Vec<E>>;

    fn into_future(self) -> Self::IntoFuture {
        Pending::new(self.records.get_many(self.ids))
    }
}

impl Records {
    /// Each in a request of its own, in the order of the ids and without those that do not exist.
    pub(crate) fn get_all(&self, ids: Vec<i64>) -> Erased<Vec<AnyFull>> {
        let records = self.clone();
        let answers = stream::iter(ids).map(move |id| records.get_opt(id)).buffered(IN_FLIGHT);
        Box::pin(answers.try_filter_map(|record| ready(Ok(record))).try_collect())
    }

    /// Summaries, in the service's order, each once and without those that do not exist.
    pub(crate) fn get_many(&self, mut ids: Vec<i64>) -> Erased<Rows> {
        let records = self.clone();
        let mut asked = HashSet::new();
        ids.retain(|id| asked.insert(*id));
        Box::pin(async move {
            let mut found = records.table.make_rows();
            for ids in ids.chunks(AT_ONCE) {
                found.append(records.get_chunk(ids).await?).map_err(Error::other_entity)?;
            }
            Ok(found)
        })
    }

    async fn get_chunk(&self, ids: &[i64]) -> Result<Rows, Error> {
        let Self { client, table } = self;
        let mut found = table.make_rows();
        let subject = Subject { operation: "get several of", ..Subject::of(Operation::Get, table, None) };
        let list = ids.iter().map(i64::to_string).collect::<Vec<_>>().join(",");
        // The documented form: a slash before the question mark, and brackets.
        let path = format!("{}/?id=[{list}]", table.path());
        let mut missing: HashSet<i64> = ids.iter().copied().collect();
        for page in 1_u32.. {
            let path = if page == 1 { path.clone() } else { format!("{path}&page={page}") };
            let raw = client.run(Call::new(subject, Method::GET, path)).await?;
            // A bare array by the current reference, pages by the one of 2020.
            let (mut rows, more) = if raw.body.trim_ascii_start().starts_with(b"{") {
                let page = raw.page(client, table, service::MAX_SIZE).await?;
                (page.records, page.info.has_next())
            } else {
                (raw.rows(client, table, service::MAX_SIZE).await?, false)
            };
            let stranger = rows.iter().find(|record| record.common().id.is_none_or(|id| !ids.contains(&id)));
            if let Some(record) = stranger {
                let id = record.common().id.map_or_else(|| "without an Id".to_owned(), |id| id.to_string());
                let what = format!("the service ignored the ids: record {id} was not asked for");
                return Err(Error::new(subject, ErrorKind::Ignored).with_message(what));
            }
            rows.keep(&mut |record| record.common().id.is_some_and(|id| missing.remove(&id)));
            let news = rows.count() > 0;
            found.append(rows).map_err(Error::other_entity)?;
            if !more || missing.is_empty() {
                break;
            }
            if !news {
                let what = "the list does not end: the service reports more pages, but sends no new records";
                return Err(Error::new(subject, ErrorKind::Unexpected).with_message(what));
            }
        }
        Ok(found)
    }
}
