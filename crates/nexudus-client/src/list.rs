//! Lists: one page, all pages, all records.
//!
//! Pages are numbered, so a list that changes while it is read shifts its records: a record may come twice or be
//! skipped. A stream cannot prevent that, but it detects it: see [`ListDrift`]. Sorting by a property that does not
//! change, such as
//! `CreatedOn`, makes it less likely.

use std::fmt;
use std::marker::PhantomData;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_core::Stream;
use futures_util::StreamExt as _;
use nexudus_core::{AnyPage, CanList, Condition, Direction, Entity, ListQuery, OrderBy, Page, UnreadableRow};

use crate::error::Error;
use crate::records::Records;
use crate::records::pages::{AnyCollected, AnyPages, ListDrift, Plan};
use crate::records::pending::{Pending, Typed};

/// A list to be asked for: awaited, it gives one page.
///
/// The records of a list are summaries: the service leaves properties out of them, or sends them empty. They
/// can't be sent back; get a record by its id for that.
#[must_use = "a list does nothing until it is awaited"]
pub struct List<E> {
    plan: Plan,
    entity: PhantomData<fn() -> E>,
}

impl<E> List<E> {
    pub(crate) fn new(records: &Records) -> Self {
        Self { plan: Plan::new(records), entity: PhantomData }
    }

    /// The number of the page, counted from 1; the first one if not set. A stream begins with it.
    pub fn page(mut self, page: u32) -> Self {
        self.plan.query.page = Some(page);
        self
    }

    /// The number of records on a page, up to 1000. If not set, the service takes 25, and a stream asks for 250.
    pub fn page_size(mut self, size: u32) -> Self {
        self.plan.query.size = Some(size);
        self
    }

    /// Sorts by a property: one of the entity's filters, or a name on the wire.
    pub fn order_by(mut self, property: impl Into<OrderBy<E>>, direction: Direction) -> Self {
        self.plan.query.order = Some(property.into().property().to_owned());
        self.plan.query.direction = direction;
        self
    }

    /// Only records that meet this condition, and all others that are given.
    pub fn filter(mut self, condition: Condition<E>) -> Self {
        self.plan.query.filters.extend(condition.into_pairs());
        self
    }

    /// The number of pages that a stream may have under way or waiting at a time; 1 if not set. It is the bound
    /// of what a stream holds in memory, but for the ids that it has seen.
    pub fn in_flight(mut self, pages: usize) -> Self {
        self.plan.in_flight = pages.max(1);
        self
    }

    /// Takes the records as they come.
    ///
    /// Without this, each record is compared with the conditions and the order of the list, wherever it holds the
    /// property, and a service that ignored one is an error that [`is_ignored`](Error::is_ignored).
    pub fn unchecked(mut self) -> Self {
        self.plan.checked = false;
        self
    }

    /// Skips values that are not records, such as a text in the place of a record. Without this, such a value is an
    /// error that names the position. (A record with a value that can't be read is a record: it keeps the value as it
    /// came.)
    pub fn lenient(mut self) -> Self {
        self.plan.lenient = true;
        self
    }

    /// What is asked for.
    pub fn query(&self) -> &ListQuery {
        &self.plan.query
    }
}

impl<E: CanList> List<E> {
    /// Fetch all pages.
    pub fn pages(self) -> Pages<E> {
        Pages { pages: AnyPages::new(self.plan), entity: PhantomData }
    }

    /// All records, one after the other, each once.
    pub fn items(self) -> Items<E> {
        Items { pages: AnyPages::new(self.plan), ready: Vec::new().into_iter() }
    }

    /// The records of all pages, at most so many.
    pub fn collect(self, max: usize) -> Pending<Collected<E>> {
        Pending::new(self.plan.collect(max))
    }

    /// The number of records, as the service counts them.
    pub fn count(self) -> Pending<u64> {
        Pending::new(self.plan.count())
    }

    /// The first record.
    pub async fn first(self) -> Result<Option<E>, Error> {
        let page = Pending::<Page<E>>::new(self.plan.first()).await?;
        Ok(page.into_iter().next())
    }

    /// Whether there is any record.
    pub fn exists(self) -> Pending<bool> {
        Pending::new(self.plan.exists())
    }
}

impl<E> Clone for List<E> {
    fn clone(&self) -> Self {
        Self { plan: self.plan.clone(), entity: PhantomData }
    }
}

impl<E> fmt::Debug for List<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("List").field(&self.plan.query).finish()
    }
}

impl<E: CanList> IntoFuture for List<E> {
    type Output = Result<Page<E>, Error>;
    type IntoFuture = Pending<Page<E>>;

    fn into_future(self) -> Self::IntoFuture {
        Pending::new(self.plan.page())
    }
}

impl<E: Entity> Typed for Collected<E> {
    type Erased = AnyCollected;

    fn typed(untyped: Result<AnyCollected, Error>) -> Result<Self, Error> {
        let AnyCollected { records, more, drift, unreadable } = untyped?;
        let records = records.typed().map_err(Error::other_entity)?;
        Ok(Self { records, more, drift, unreadable })
    }
}

/// The records of a list.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Collected<E> {
    /// The records, each once.
    pub records: Vec<E>,
    /// Whether there are more than were asked for.
    pub more: bool,
    /// Whether the list changed while it was read.
    pub drift: ListDrift,
    /// What was passed over by a [lenient](List::lenient) list.
    pub unreadable: Vec<UnreadableRow>,
}

/// All pages of a list, as a stream.
///
/// It ends with the last page, with a page without records, or with an error.
#[must_use = "a stream does nothing until it is read"]
pub struct Pages<E> {
    pages: AnyPages,
    entity: PhantomData<fn() -> E>,
}

impl<E: CanList> Pages<E> {
    /// The changes that were noticed so far.
    pub fn drift(&self) -> &ListDrift {
        self.pages.drift()
    }

    /// The next page; `None` at the end.
    pub async fn next(&mut self) -> Option<Result<Page<E>, Error>> {
        futures_util::StreamExt::next(self).await
    }
}

impl<E: CanList> Stream for Pages<E> {
    type Item = Result<Page<E>, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let typed = |page: AnyPage| page.typed().map_err(Error::other_entity);
        self.pages.poll_next_unpin(context).map(|next| next.map(|page| page.and_then(typed)))
    }
}

impl<E> fmt::Debug for Pages<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.pages.describe(&mut f.debug_struct("Pages"))
    }
}

/// All records of a list, as a stream. A record that comes twice is given once.
#[must_use = "a stream does nothing until it is read"]
pub struct Items<E> {
    pages: AnyPages,
    ready: std::vec::IntoIter<E>,
}

impl<E> Unpin for Items<E> {}

impl<E: CanList> Items<E> {
    /// What was passed over up to now by a [lenient](List::lenient) list.
    pub fn unreadable(&self) -> &[UnreadableRow] {
        self.pages.unreadable()
    }

    /// The changes that were noticed so far.
    pub fn drift(&self) -> &ListDrift {
        self.pages.drift()
    }

    /// The next record; `None` at the end.
    pub async fn next(&mut self) -> Option<Result<E, Error>> {
        futures_util::StreamExt::next(self).await
    }
}

impl<E: CanList> Stream for Items<E> {
    type Item = Result<E, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        loop {
            if let Some(record) = this.ready.next() {
                return Poll::Ready(Some(Ok(record)));
            }
            let typed = |page: AnyPage| page.records.typed().map_err(Error::other_entity);
            match ready!(this.pages.poll_next_unpin(context)).map(|page| page.and_then(typed)) {
                None => return Poll::Ready(None),
                Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                Some(Ok(records)) => this.ready = records.into_iter(),
            }
        }
    }
}

impl<E> fmt::Debug for Items<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.pages.describe(f.debug_struct("Items").field("ready", &self.ready.len()))
    }
}
