//! All pages of a list, asked for one after the other or a few at a time.

use std::collections::HashSet;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_core::Stream;
use futures_util::StreamExt as _;
use futures_util::stream::FuturesOrdered;
use nexudus_core::{AnyPage, ListQuery, PageInfo, Rows};

use crate::error::{Error, Kind, Subject};
use crate::records::Records;
use crate::records::pending::Untyped;

/// Records on a page of a stream where the caller asks for none: a compromise between the number of requests
/// and the size of an answer.
const STREAM_SIZE: u32 = 250;

/// A list without the type of its entity.
#[derive(Clone)]
pub(crate) struct Plan {
    records: Records,
    pub(crate) query: ListQuery,
    pub(crate) in_flight: usize,
}

impl Plan {
    pub(crate) fn new(records: &Records) -> Self {
        Self { records: records.clone(), query: ListQuery::default(), in_flight: 1 }
    }

    pub(crate) fn page(&self) -> Untyped<AnyPage> {
        self.records.list(&self.query)
    }

    /// A page that is as short as pages can be.
    pub(crate) fn short_page(mut self) -> Untyped<AnyPage> {
        (self.query.page, self.query.size) = (Some(1), Some(1));
        self.page()
    }

    pub(crate) fn collect(self, max: usize) -> Untyped<Collected> {
        let mut records = self.records.table.make_rows();
        let mut pages = AnyPages::once(self);
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

    pub(crate) fn count(self) -> Untyped<u64> {
        let subject = Subject::of(nexudus_core::Operation::List, self.records.table, None);
        let page = self.short_page();
        Box::pin(async move {
            let total = page.await?.info.total_items.and_then(|total| u64::try_from(total).ok());
            total.ok_or_else(|| {
                Error::new(subject, Kind::Unexpected).with_message("the answer does not say how many records there are")
            })
        })
    }

    pub(crate) fn exists(self) -> Untyped<bool> {
        let page = self.short_page();
        Box::pin(async { Ok(page.await?.records.count() > 0) })
    }
}

/// Records, whether there are more, and what was noticed.
pub(crate) type Collected = (Box<dyn Rows>, bool, Moved);

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
    pub(crate) fn new(mut plan: Plan) -> Self {
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

    /// The same, but each record is given once.
    pub(crate) fn once(plan: Plan) -> Self {
        Self { once: true, ..Self::new(plan) }
    }

    /// What was noticed up to now.
    pub(crate) fn moved(&self) -> &Moved {
        &self.moved
    }

    /// Gives no more pages.
    pub(crate) fn end(&mut self) {
        self.done = true;
        self.pending.clear();
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

    pub(crate) fn describe(&self, out: &mut fmt::DebugStruct<'_, '_>) -> fmt::Result {
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
