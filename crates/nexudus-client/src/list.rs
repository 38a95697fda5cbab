//! Lists: one page, all pages, all records.
//!
//! The service numbers its pages, so a list that changes while it is read moves under the reader: a record may
//! come twice, or never. A stream can't prevent that, but it notices: see [`Moved`]. To be less exposed, sort by
//! something that does not change, such as `CreatedOn`.

use std::collections::HashSet;
use std::fmt;
use std::marker::PhantomData;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_core::Stream;
use futures_util::StreamExt as _;
use futures_util::stream::FuturesOrdered;
use nexudus_core::{
    AnyPage, CanList, Condition, DecodeError, Direction, Entity, ListQuery, OrderBy, Page, PageInfo, Rows,
};

use crate::error::{Error, Kind, Subject};
use crate::pending::{Pending, Typed, Untyped};
use crate::records::Records;

/// Records on a page of a stream where the caller asks for none: a compromise between the number of requests
/// and the size of an answer.
const STREAM_SIZE: u32 = 250;

/// A list to be asked for: awaited, it gives one page.
///
/// The records of a list are summaries: the service leaves properties out of them, or sends them empty. They
/// can't be sent back; get a record by its id for that.
#[must_use = "a list does nothing until it is awaited"]
pub struct List<E> {
    plan: Plan,
    entity: PhantomData<fn() -> E>,
}

/// A list without the type of its entity.
#[derive(Clone)]
struct Plan {
    records: Records,
    query: ListQuery,
    in_flight: usize,
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
    pub fn size(mut self, size: u32) -> Self {
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
    #[expect(clippy::needless_pass_by_value, reason = "conditions are made where they are passed")]
    pub fn filter(mut self, condition: Condition<E>) -> Self {
        self.plan.query.filters.extend_from_slice(condition.pairs());
        self
    }

    /// The number of pages that a stream may have under way or waiting at a time; 1 if not set. It is the bound
    /// of what a stream holds in memory, but for the ids that it has seen.
    pub fn in_flight(mut self, pages: usize) -> Self {
        self.plan.in_flight = pages.max(1);
        self
    }

    /// What is asked for.
    pub fn query(&self) -> &ListQuery {
        &self.plan.query
    }
}

impl<E: CanList> List<E> {
    /// All pages, one after the other.
    pub fn pages(self) -> Pages<E> {
        Pages { pages: AnyPages::new(self.plan), entity: PhantomData }
    }

    /// All records, one after the other, each once.
    pub fn items(self) -> Items<E> {
        Items { pages: AnyPages { once: true, ..AnyPages::new(self.plan) }, ready: Vec::new().into_iter() }
    }

    /// The records of all pages, at most so many.
    pub fn collect(self, max: usize) -> Pending<Collection<E>> {
        Pending::new(self.plan.collect(max))
    }

    /// The number of records, as the service counts them.
    pub async fn count(self) -> Result<u64, Error> {
        self.plan.count().await
    }

    /// The first record.
    pub async fn first(self) -> Result<Option<E>, Error> {
        let page = Pending::<Page<E>>::new(self.plan.short_page()).await?;
        Ok(page.into_iter().next())
    }

    /// Whether there is any record.
    pub async fn exists(self) -> Result<bool, Error> {
        self.plan.exists().await
    }
}

impl Plan {
    fn new(records: &Records) -> Self {
        Self { records: records.clone(), query: ListQuery::default(), in_flight: 1 }
    }

    fn page(&self) -> Untyped<AnyPage> {
        self.records.list(&self.query)
    }

    /// A page that is as short as pages can be.
    fn short_page(mut self) -> Untyped<AnyPage> {
        (self.query.page, self.query.size) = (Some(1), Some(1));
        self.page()
    }

    fn collect(self, max: usize) -> Untyped<Collected> {
        let mut records = self.records.table.make_rows();
        let mut pages = AnyPages { once: true, ..AnyPages::new(self) };
        Box::pin(async move {
            while let Some(page) = pages.next().await.transpose()? {
                records.append(page.records).map_err(Error::other_entity)?;
                if records.count() > max {
                    let mut left = max;
                    records.keep(&mut |_| left.checked_sub(1).inspect(|less| left = *less).is_some());
                    return Ok((records, true, pages.moved));
                }
            }
            Ok((records, false, pages.moved))
        })
    }

    fn count(self) -> Untyped<u64> {
        let subject = Subject::of(nexudus_core::Operation::List, self.records.table, None);
        let page = self.short_page();
        Box::pin(async move {
            let total = page.await?.info.total_items.and_then(|total| u64::try_from(total).ok());
            total.ok_or_else(|| {
                Error::new(subject, Kind::Unexpected).with_message("the answer does not say how many records there are")
            })
        })
    }

    fn exists(self) -> Untyped<bool> {
        let page = self.short_page();
        Box::pin(async { Ok(page.await?.records.count() > 0) })
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

/// Records, whether there are more, and what was noticed.
type Collected = (Box<dyn Rows>, bool, Moved);

impl<E: Entity> Typed for Collection<E> {
    type Untyped = Collected;

    fn typed((records, more, moved): Collected) -> Result<Self, DecodeError> {
        Ok(Self { records: records.typed()?, more, moved })
    }
}

/// The records of a list.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Collection<E> {
    /// The records, each once.
    pub records: Vec<E>,
    /// Whether there are more than were asked for.
    pub more: bool,
    /// Whether the list changed while it was read.
    pub moved: Moved,
}

/// Signs that a list changed while it was read, so that records may be missing from what was seen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Moved {
    /// Ids that came more than once.
    pub repeated: Vec<i64>,
    /// The number of records in the list at first and at last, if the two differ.
    pub total: Option<(i64, i64)>,
}

impl Moved {
    /// Whether anything was noticed.
    pub fn is_moved(&self) -> bool {
        *self != Self::default()
    }
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
    /// What was noticed up to now.
    pub fn moved(&self) -> &Moved {
        &self.pages.moved
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
    /// What was noticed up to now.
    pub fn moved(&self) -> &Moved {
        &self.pages.moved
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

/// All pages of a list, without the type of its entity.
pub(crate) struct AnyPages {
    plan: Plan,
    /// The next page to ask for.
    next: u32,
    /// The last page, where that is known.
    last: Option<u32>,
    pending: FuturesOrdered<Untyped<AnyPage>>,
    /// Whether a record that came before is left out.
    once: bool,
    seen: HashSet<i64>,
    moved: Moved,
    /// The number of records by the first page.
    total: Option<i64>,
    done: bool,
}

impl AnyPages {
    fn new(mut plan: Plan) -> Self {
        plan.query.size.get_or_insert(STREAM_SIZE);
        Self {
            next: plan.query.page.unwrap_or(1).max(1),
            last: None,
            plan,
            pending: FuturesOrdered::new(),
            once: false,
            seen: HashSet::new(),
            moved: Moved::default(),
            total: None,
            done: false,
        }
    }

    /// All pages of what has these filters.
    pub(crate) fn filtered(records: &Records, filters: Vec<(String, String)>) -> Self {
        let mut plan = Plan::new(records);
        plan.query.filters = filters;
        Self::new(plan)
    }

    fn ask(&mut self) {
        self.plan.query.page = Some(self.next);
        self.next += 1;
        self.pending.push_back(self.plan.page());
    }

    /// Asks for as many pages as may be under way. How many there are is known from the first one on; where it
    /// is not, they are asked for one by one.
    fn fill(&mut self) {
        while self.pending.len() < self.plan.in_flight && self.last.is_some_and(|last| self.next <= last) {
            self.ask();
        }
    }

    /// Takes note of a page. Whether it brings anything.
    fn note(&mut self, page: &mut AnyPage) -> bool {
        let entity = self.plan.records.table.name;
        let Self { seen, moved, once, .. } = self;
        let mut news = false;
        page.records.keep(&mut |record| match record.common().id {
            Some(id) if !seen.insert(id) => {
                if moved.repeated.is_empty() {
                    tracing::warn!(entity, id, "a record came twice: the list moves while it is read");
                }
                moved.repeated.push(id);
                !*once
            }
            _ => {
                news = true;
                true
            }
        });
        self.note_length(&page.info);
        news
    }

    fn note_length(&mut self, info: &PageInfo) {
        if let Some(total) = info.total_items {
            let first = *self.total.get_or_insert(total);
            if first != total {
                if self.moved.total.is_none() {
                    let entity = self.plan.records.table.name;
                    tracing::warn!(entity, first, total, "the list changes its length while it is read");
                }
                self.moved.total = Some((first, total));
            }
        }
        let number = |value: i64| u32::try_from(value).ok();
        let size = i64::from(self.plan.query.size.unwrap_or(STREAM_SIZE).max(1));
        let by_items = || info.total_items.map(|total| (total + size - 1) / size);
        self.last = info.total_pages.or_else(by_items).and_then(number);
    }

    fn describe(&self, out: &mut fmt::DebugStruct<'_, '_>) -> fmt::Result {
        out.field("query", &self.plan.query).field("next", &self.next).finish_non_exhaustive()
    }
}

impl Stream for AnyPages {
    type Item = Result<AnyPage, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        if this.done {
            return Poll::Ready(None);
        }
        if this.pending.is_empty() {
            this.ask();
        }
        this.fill();
        let Some(answer) = ready!(this.pending.poll_next_unpin(context)) else { return Poll::Ready(None) };
        let mut page = match answer {
            Ok(page) => page,
            Err(error) => {
                this.done = true;
                this.pending.clear();
                return Poll::Ready(Some(Err(error)));
            }
        };
        let empty = page.records.count() == 0;
        let news = this.note(&mut page);
        // A page that brings nothing new ends it too: a service that does not know the page parameter would
        // send the same one for ever.
        let more = news
            && (!this.pending.is_empty() || page.info.has_next() || this.last.is_some_and(|last| this.next <= last));
        if more {
            this.fill();
        } else {
            this.done = true;
            this.pending.clear();
        }
        Poll::Ready(if empty { None } else { Some(Ok(page)) })
    }
}
