//! Lists.

use std::fmt;
use std::marker::PhantomData;

use nexudus_core::transport::BoxFuture;
use nexudus_core::{CanList, Condition, Direction, ListQuery, OrderBy, Page};

use crate::call::Call;
use crate::client::Client;
use crate::error::Error;

/// A list to be asked for: awaited, it gives one page.
///
/// The records of a list are summaries: the service leaves properties out of them, or sends them empty. They
/// can't be sent back; get a record by its id for that.
#[must_use = "a list does nothing until it is awaited"]
pub struct List<E> {
    client: Client,
    query: ListQuery,
    entity: PhantomData<fn() -> E>,
}

impl<E> List<E> {
    pub(crate) fn new(client: &Client) -> Self {
        Self { client: client.clone(), query: ListQuery::default(), entity: PhantomData }
    }

    /// The number of the page, counted from 1; the first one if not set.
    pub fn page(mut self, page: u32) -> Self {
        self.query.page = Some(page);
        self
    }

    /// The number of records on a page, up to 1000; the service takes 25 if not set.
    pub fn size(mut self, size: u32) -> Self {
        self.query.size = Some(size);
        self
    }

    /// Sorts by a property: one of the entity's filters, or a name on the wire.
    pub fn order_by(mut self, property: impl Into<OrderBy<E>>, direction: Direction) -> Self {
        self.query.order = Some(property.into().property().to_owned());
        self.query.direction = direction;
        self
    }

    /// Only records that meet this condition, and all others that are given.
    #[expect(clippy::needless_pass_by_value, reason = "conditions are made where they are passed")]
    pub fn filter(mut self, condition: Condition<E>) -> Self {
        self.query.filters.extend_from_slice(condition.pairs());
        self
    }

    /// What is asked for.
    pub fn query(&self) -> &ListQuery {
        &self.query
    }
}

impl<E> Clone for List<E> {
    fn clone(&self) -> Self {
        Self { client: self.client.clone(), query: self.query.clone(), entity: PhantomData }
    }
}

impl<E> fmt::Debug for List<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("List").field(&self.query).finish()
    }
}

impl<E: CanList> IntoFuture for List<E> {
    type Output = Result<Page<E>, Error>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        let answer = self.client.run(Call::list(E::table(), self.query.pairs()));
        Box::pin(async move {
            let raw = answer.await?;
            Page::decode(&raw.body).map_err(|error| raw.decode_failed(error))
        })
    }
}
