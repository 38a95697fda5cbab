//! Several records by their ids.

use std::fmt;

use futures_util::StreamExt as _;
use futures_util::stream;
use http::Method;
use nexudus_core::transport::BoxFuture;
use nexudus_core::{CanGet, Full, Id, Operation, Page, decode_rows};

use crate::call::Call;
use crate::client::Client;
use crate::endpoint::Endpoint;
use crate::error::{Error, Subject};

/// Ids in one request: an address that holds more may be too long for what lies between here and the service.
const AT_ONCE: usize = 100;

/// Gets under way at the same time when complete records are asked for.
const IN_FLIGHT: usize = 4;

/// Several records by their ids: awaited, these are summaries, in the service's order and without those that do
/// not exist.
#[must_use = "this does nothing until it is awaited"]
pub struct Many<E> {
    client: Client,
    ids: Vec<Id<E>>,
}

impl<E: CanGet> Many<E> {
    pub(crate) fn new(client: &Client, ids: Vec<Id<E>>) -> Self {
        Self { client: client.clone(), ids }
    }

    /// The complete records instead, each got by its id, in the order of the ids and without those that do not
    /// exist.
    pub async fn complete(self) -> Result<Vec<Full<E>>, Error> {
        let endpoint = Endpoint::<E>::new(&self.client);
        let mut answers = stream::iter(self.ids)
            .map(|id| {
                let endpoint = endpoint.clone();
                async move { endpoint.get_opt(id).await }
            })
            .buffered(IN_FLIGHT);
        let mut records = Vec::new();
        while let Some(answer) = answers.next().await {
            records.extend(answer?);
        }
        Ok(records)
    }

    async fn summaries(self) -> Result<Vec<E>, Error> {
        let table = E::table();
        let subject = Subject { operation: "get several of", ..Subject::of(Operation::Get, table, None) };
        let mut records = Vec::new();
        for ids in self.ids.chunks(AT_ONCE) {
            let list = ids.iter().map(Id::to_string).collect::<Vec<_>>().join(",");
            // The documented form: a slash before the question mark, and brackets.
            let path = format!("{}/?id=[{list}]", table.path());
            let raw = self.client.run(Call::new(subject, Method::GET, path)).await?;
            // A bare array by the current reference, a page by the one of 2020.
            let is_page = raw.body.trim_ascii_start().starts_with(b"{");
            let decoded =
                if is_page { Page::decode(&raw.body).map(|page| page.records) } else { decode_rows(&raw.body) };
            records.append(&mut decoded.map_err(|error| raw.decode_failed(error))?);
        }
        Ok(records)
    }
}

impl<E> fmt::Debug for Many<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Many").field("ids", &self.ids).finish_non_exhaustive()
    }
}

impl<E: CanGet> IntoFuture for Many<E> {
    type Output = Result<Vec<E>, Error>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.summaries())
    }
}
