//! Lists: one page, all pages, all records.
//!
//! The service numbers its pages, so a list that changes while it is read moves under the reader: a record may
//! come twice, or never. A stream can't prevent that, but it notices: see [`Moved`]. To be less exposed, sort by
//! something that does not change, such as `CreatedOn`.

use std::collections::{HashSet, VecDeque};
use std::fmt;
use std::marker::PhantomData;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_core::Stream;
use futures_util::StreamExt as _;
use futures_util::stream::FuturesOrdered;
use nexudus_core::transport::BoxFuture;
use nexudus_core::{CanList, Condition, Direction, ListQuery, OrderBy, Page};

use crate::call::Call;
use crate::client::Client;
use crate::error::{Error, Kind, Subject};

/// Records on a page of a stream where the caller asks for none: a compromise between the number of requests
/// and the size of an answer.
const STREAM_SIZE: u32 = 250;

/// A list to be asked for: awaited, it gives one page.
///
/// The records of a list are summaries: the service leaves properties out of them, or sends them empty. They
/// can't be sent back; get a record by its id for that.
#[must_use = "a list does nothing until it is awaited"]
pub struct List<E> {
    client: Client,
    query: ListQuery,
    in_flight: usize,
    entity: PhantomData<fn() -> E>,
}

impl<E> List<E> {
    pub(crate) fn new(client: &Client) -> Self {
        Self { client: client.clone(), query: ListQuery::default(), in_flight: 1, entity: PhantomData }
    }

    /// The number of the page, counted from 1; the first one if not set. A stream begins with it.
    pub fn page(mut self, page: u32) -> Self {
        self.query.page = Some(page);
        self
    }

    /// The number of records on a page, up to 1000. If not set, the service takes 25, and a stream asks for 250.
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

    /// The number of pages that a stream may have under way or waiting at a time; 1 if not set. It is the bound
    /// of what a stream holds in memory, but for the ids that it has seen.
    pub fn in_flight(mut self, pages: usize) -> Self {
        self.in_flight = pages.max(1);
        self
    }

    /// What is asked for.
    pub fn query(&self) -> &ListQuery {
        &self.query
    }
}

impl<E: CanList> List<E> {
    /// All pages, one after the other.
    pub fn pages(mut self) -> Pages<E> {
        self.query.size.get_or_insert(STREAM_SIZE);
        Pages {
            next: self.query.page.unwrap_or(1).max(1),
            last: None,
            list: self,
            pending: FuturesOrdered::new(),
            seen: HashSet::new(),
            moved: Moved::default(),
            total: None,
            done: false,
        }
    }

    /// All records, one after the other, each once.
    pub fn items(self) -> Items<E> {
        Items { pages: self.pages(), ready: VecDeque::new() }
    }

    /// The records of all pages, at most so many.
    pub async fn collect(self, max: usize) -> Result<Collection<E>, Error> {
        let mut items = self.items();
        let mut records = Vec::new();
        while let Some(record) = items.next().await.transpose()? {
            if records.len() == max {
                return Ok(Collection { records, more: true, moved: items.moved().clone() });
            }
            records.push(record);
        }
        Ok(Collection { records, more: false, moved: items.moved().clone() })
    }

    /// The number of records, as the service counts them.
    pub async fn count(mut self) -> Result<u64, Error> {
        (self.query.page, self.query.size) = (Some(1), Some(1));
        let page = self.await?;
        let total = page.info.total_items.and_then(|total| u64::try_from(total).ok());
        total.ok_or_else(|| {
            let subject = Subject::of(nexudus_core::Operation::List, E::table(), None);
            Error::new(subject, Kind::Unexpected).with_message("the answer does not say how many records there are")
        })
    }

    /// The first record.
    pub async fn first(mut self) -> Result<Option<E>, Error> {
        (self.query.page, self.query.size) = (Some(1), Some(1));
        Ok(self.await?.into_iter().next())
    }

    /// Whether there is any record.
    pub async fn exists(self) -> Result<bool, Error> {
        Ok(self.first().await?.is_some())
    }
}

impl<E> Clone for List<E> {
    fn clone(&self) -> Self {
        Self { client: self.client.clone(), query: self.query.clone(), in_flight: self.in_flight, entity: PhantomData }
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
    list: List<E>,
    /// The next page to ask for.
    next: u32,
    /// The last page, where that is known.
    last: Option<u32>,
    pending: FuturesOrdered<BoxFuture<'static, Result<Page<E>, Error>>>,
    seen: HashSet<i64>,
    moved: Moved,
    /// The number of records by the first page.
    total: Option<i64>,
    done: bool,
}

// Nothing in it is pinned in place: what is polled stands behind pointers.
impl<E> Unpin for Pages<E> {}

impl<E: CanList> Pages<E> {
    /// What was noticed up to now.
    pub fn moved(&self) -> &Moved {
        &self.moved
    }

    /// The next page; `None` at the end.
    pub async fn next(&mut self) -> Option<Result<Page<E>, Error>> {
        futures_util::StreamExt::next(self).await
    }

    fn ask(&mut self) {
        let mut list = self.list.clone();
        list.query.page = Some(self.next);
        self.next += 1;
        self.pending.push_back(list.into_future());
    }

    /// Asks for as many pages as may be under way. How many there are is known from the first one on; where it
    /// is not, they are asked for one by one.
    fn fill(&mut self) {
        while self.pending.len() < self.list.in_flight && self.last.is_some_and(|last| self.next <= last) {
            self.ask();
        }
    }

    /// Takes note of a page. Whether it brings anything.
    fn note(&mut self, page: &Page<E>) -> bool {
        let mut news = false;
        for record in page {
            match record.common().id {
                Some(id) if !self.seen.insert(id) => {
                    if self.moved.repeated.is_empty() {
                        tracing::warn!(
                            entity = E::table().name,
                            id,
                            "a record came twice: the list moves while it is read"
                        );
                    }
                    self.moved.repeated.push(id);
                }
                _ => news = true,
            }
        }
        let info = &page.info;
        if let Some(total) = info.total_items {
            let first = *self.total.get_or_insert(total);
            if first != total {
                if self.moved.total.is_none() {
                    tracing::warn!(
                        entity = E::table().name,
                        first,
                        total,
                        "the list changes its length while it is read"
                    );
                }
                self.moved.total = Some((first, total));
            }
        }
        let number = |value: i64| u32::try_from(value).ok();
        let size = i64::from(self.list.query.size.unwrap_or(STREAM_SIZE).max(1));
        let by_items = || info.total_items.map(|total| (total + size - 1) / size);
        self.last = info.total_pages.or_else(by_items).and_then(number);
        news
    }
}

impl<E: CanList> Stream for Pages<E> {
    type Item = Result<Page<E>, Error>;

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
        let page = match answer {
            Ok(page) => page,
            Err(error) => {
                this.done = true;
                this.pending.clear();
                return Poll::Ready(Some(Err(error)));
            }
        };
        let news = this.note(&page);
        // A page that brings nothing new ends it too: a service that does not know the page parameter would
        // send the same one for ever.
        let more =
            news && (!this.pending.is_empty() || page.has_next() || this.last.is_some_and(|last| this.next <= last));
        if more {
            this.fill();
        } else {
            this.done = true;
            this.pending.clear();
        }
        Poll::Ready(if page.records.is_empty() { None } else { Some(Ok(page)) })
    }
}

impl<E> fmt::Debug for Pages<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pages").field("list", &self.list).field("next", &self.next).finish_non_exhaustive()
    }
}

/// All records of a list, as a stream. A record that comes twice is given once.
#[must_use = "a stream does nothing until it is read"]
pub struct Items<E> {
    pages: Pages<E>,
    ready: VecDeque<E>,
}

impl<E> Unpin for Items<E> {}

impl<E: CanList> Items<E> {
    /// What was noticed up to now.
    pub fn moved(&self) -> &Moved {
        self.pages.moved()
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
            if let Some(record) = this.ready.pop_front() {
                return Poll::Ready(Some(Ok(record)));
            }
            let repeated = this.pages.moved.repeated.len();
            match ready!(this.pages.poll_next_unpin(context)) {
                None => return Poll::Ready(None),
                Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                Some(Ok(page)) => {
                    // Those of this page that had come before; the first of two within the page itself stays.
                    let mut repeats: Vec<i64> = this.pages.moved.repeated[repeated..].to_vec();
                    let keep = move |record: &E| match record.common().id {
                        Some(id) => match repeats.iter().position(|other| *other == id) {
                            Some(at) => {
                                repeats.swap_remove(at);
                                false
                            }
                            None => true,
                        },
                        None => true,
                    };
                    this.ready.extend(page.into_iter().filter(keep));
                }
            }
        }
    }
}

impl<E> fmt::Debug for Items<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Items").field("pages", &self.pages).field("ready", &self.ready.len()).finish()
    }
}
