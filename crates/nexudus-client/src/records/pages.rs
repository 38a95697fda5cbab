//! All pages of a list, requested one after the other or a few at a time.
//!
//! A list is read until the service no longer reports more pages, and not until a page looks like the last one: a list
//! that grows during the read repeats whole pages, and one that shrinks has empty pages. A list that never returns new
//! records is an error.

use std::collections::HashSet;
use std::fmt;
use std::future::ready;
use std::pin::Pin;
use std::task::{self, Context, Poll};

use futures_core::Stream;
use futures_util::StreamExt as _;
use futures_util::stream::FuturesOrdered;
use nexudus_core::{AnyPage, Direction, ListQuery, Operation, PageInfo, Rows, UnreadableRow};

use crate::error::{Error, ErrorKind, Subject};
use crate::records::Records;
use crate::records::pending::Erased;
use crate::records::verify::Expectations;

/// Records on a page of a stream where the caller asks for none: a compromise between the number of requests
/// and the size of an answer.
const STREAM_SIZE: u32 = 250;

/// Records that a count asks for when it has conditions, to see whether the service keeps to them.
const SAMPLE: u32 = 25;

/// Pages in a row that may bring nothing new although the service says that there is more, besides those that new
/// records explain.
const MOST_IDLE: u64 = 10;

/// Pages in a row that may bring nothing new where the service says nothing of further pages.
const MOST_IDLE_UNTOLD: u64 = 2;

/// A list without the type of its entity.
#[derive(Clone)]
pub(crate) struct Plan {
    records: Records,
    pub(crate) query: ListQuery,
    pub(crate) in_flight: usize,
    /// Whether answers are compared with what was asked for.
    pub(crate) checked: bool,
    /// Whether what is not a record is passed over.
    pub(crate) lenient: bool,
    /// Whether the order is this module's choice and not the caller's.
    own_order: bool,
}

impl Plan {
    // Out of line: rustc would copy it into the `list` of each entity.
    #[inline(never)]
    pub(crate) fn new(records: &Records) -> Self {
        Self {
            records: records.clone(),
            query: ListQuery::default(),
            in_flight: 1,
            checked: true,
            lenient: false,
            own_order: false,
        }
    }

    fn subject(&self) -> Subject {
        Subject::of(Operation::List, self.records.table, None)
    }

    /// Fails where the service refuses a list without a certain filter.
    fn check_required(&self) -> Result<(), Error> {
        let is_given = |name: &str| {
            self.query.filters.iter().any(|(given, value)| given.eq_ignore_ascii_case(name) && !value.trim().is_empty())
        };
        match self.records.table.required_filters.iter().find(|name| !is_given(name)) {
            None => Ok(()),
            Some(name) => {
                let what = format!("the service lists these records only with the filter {name}; nothing was sent");
                Err(Error::new(self.subject(), ErrorKind::Usage).with_message(what))
            }
        }
    }

    pub(crate) fn page(self) -> Erased<AnyPage> {
        if let Err(error) = self.check_required() {
            return Box::pin(ready(Err(error)));
        }
        let page = self.records.list(&self.query);
        Box::pin(async move {
            let page = page.await?;
            self.check(&page)?;
            Ok(page)
        })
    }

    /// Fails where a page is not what was asked for.
    fn check(&self, page: &AnyPage) -> Result<(), Error> {
        if let Some(other) = page.unreadable.first().filter(|_| !self.lenient) {
            let what = format!("at $.Records[{}]: expected a record, found {}", other.row, other.json);
            return Err(Error::new(self.subject(), ErrorKind::Decode).with_message(what));
        }
        if !self.checked {
            return Ok(());
        }
        let expected = Expectations::of(self.records.table, &self.query, !self.own_order);
        expected.check(page).map_err(|ignored| Error::new(self.subject(), ErrorKind::Ignored).with_message(ignored))
    }

    /// The first page, with this many records.
    fn start(mut self, size: u32) -> Erased<AnyPage> {
        (self.query.page, self.query.size) = (Some(1), Some(size));
        self.page()
    }

    /// A page with the first record. Two show whether an order is kept.
    pub(crate) fn first(self) -> Erased<AnyPage> {
        let size = if self.checked && self.query.order.is_some() { 2 } else { 1 };
        let subject = self.subject();
        let page = self.clone().start(size);
        Box::pin(async move {
            let page = page.await?;
            let info = &page.info;
            if page.records.count() > 0 || !(info.has_next() || info.total_items.is_some_and(|total| total > 0)) {
                return Ok(page);
            }
            // A page without records is not the end while the service says that there is more.
            let mut pages = AnyPages::new(self);
            while let Some(page) = pages.next().await.transpose()? {
                if page.records.count() > 0 {
                    return Ok(page);
                }
            }
            let what = "the service reports records, but sends none";
            Err(Error::new(subject, ErrorKind::Unexpected).with_message(what))
        })
    }

    pub(crate) fn collect(self, max: usize) -> Erased<AnyCollected> {
        let mut records = self.records.table.make_rows();
        let mut pages = AnyPages::new(self);
        Box::pin(async move {
            while let Some(page) = pages.next().await.transpose()? {
                records.append(page.records).map_err(Error::other_entity)?;
                if records.count() > max {
                    let mut left = max;
                    records.keep(&mut |_| left.checked_sub(1).inspect(|less| left = *less).is_some());
                    return Ok(AnyCollected::new(records, true, pages));
                }
            }
            Ok(AnyCollected::new(records, false, pages))
        })
    }

    pub(crate) fn count(mut self) -> Erased<u64> {
        let subject = self.subject();
        self.query.order = None;
        let conditions = self.checked && Expectations::of(self.records.table, &self.query, false).has_conditions();
        let page = self.start(if conditions { SAMPLE } else { 1 });
        Box::pin(async move {
            let page = page.await?;
            let total = page.info.total_items.and_then(|total| u64::try_from(total).ok());
            let fail = |what| Err(Error::new(subject, ErrorKind::Unexpected).with_message(what));
            match total {
                None => fail("the response does not contain the number of records"),
                Some(total) if usize::try_from(total).is_ok_and(|total| total < page.records.count()) => {
                    fail("the service sends more records than it counts")
                }
                Some(total) => Ok(total),
            }
        })
    }

    pub(crate) fn exists(mut self) -> Erased<bool> {
        self.query.order = None;
        let page = self.first();
        Box::pin(async { Ok(page.await?.records.count() > 0) })
    }
}

/// Records, whether there are more, and what was noticed.
pub struct AnyCollected {
    pub(crate) records: Rows,
    pub(crate) more: bool,
    pub(crate) drift: ListDrift,
    pub(crate) unreadable: Vec<UnreadableRow>,
}

impl AnyCollected {
    fn new(records: Rows, more: bool, pages: AnyPages) -> Self {
        Self { records, more, drift: pages.drift, unreadable: pages.unreadable }
    }
}

/// Evidence that a list changed while it was read. Records may be missing from the result.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ListDrift {
    /// Ids that were received more than once.
    pub repeated: Vec<i64>,
    /// The total on the first page and on the last one, if they differ.
    pub total: Option<(i64, i64)>,
    /// How many records are missing from the last total. Known at the end of a list that was read from its first page.
    pub missing: u64,
}

impl ListDrift {
    /// Whether the list changed.
    pub fn has_drifted(&self) -> bool {
        *self != Self::default()
    }
}

/// All pages of a list, without the type of its entity. Each record is given once.
pub(crate) struct AnyPages {
    plan: Plan,
    /// The next page to ask for; `None` behind the last number that there is.
    next: Option<u32>,
    /// The first page that was asked for.
    first: u32,
    /// The page that is taken next.
    current: u32,
    /// The last page, where that is known.
    last: Option<u32>,
    pending: FuturesOrdered<Erased<AnyPage>>,
    seen: HashSet<i64>,
    /// Records without an Id that can be read.
    anonymous: u64,
    /// Pages in a row that brought nothing new.
    idle: u64,
    /// Ids that these pages repeated.
    idle_repeats: Vec<i64>,
    drift: ListDrift,
    /// What came in the place of records.
    unreadable: Vec<UnreadableRow>,
    /// The number of records by the first page.
    total: Option<i64>,
    /// The number of records by the page before.
    total_now: Option<i64>,
    done: bool,
}

impl AnyPages {
    pub(crate) fn new(mut plan: Plan) -> Self {
        plan.query.size.get_or_insert(STREAM_SIZE);
        // The service's own orders are not unique, so that records of equal rank may change places between pages.
        // Such an order is not what the caller asked for, so it is not checked either.
        if plan.query.order.is_none() {
            plan.query.order = Some("Id".to_owned());
            plan.query.direction = Direction::Ascending;
            plan.own_order = true;
        }
        let first = plan.query.page.unwrap_or(1).max(1);
        Self {
            next: Some(first),
            first,
            current: first,
            last: None,
            plan,
            pending: FuturesOrdered::new(),
            seen: HashSet::new(),
            anonymous: 0,
            idle: 0,
            idle_repeats: Vec::new(),
            drift: ListDrift::default(),
            unreadable: Vec::new(),
            total: None,
            total_now: None,
            done: false,
        }
    }

    /// The changes that were noticed so far.
    pub(crate) fn drift(&self) -> &ListDrift {
        &self.drift
    }

    /// What came in the place of records up to now.
    pub(crate) fn unreadable(&self) -> &[UnreadableRow] {
        &self.unreadable
    }

    /// All pages of what has these filters. The answers are the caller's to check.
    pub(crate) fn filtered(records: &Records, filters: Vec<(String, String)>) -> Self {
        let mut plan = Plan::new(records);
        plan.query.filters = filters;
        plan.checked = false;
        Self::new(plan)
    }

    /// Ends the stream.
    pub(crate) fn end(&mut self) {
        self.done = true;
        self.pending.clear();
    }

    fn ask(&mut self) {
        self.plan.query.page = self.next;
        self.next = self.next.and_then(|next| next.checked_add(1));
        self.pending.push_back(self.plan.clone().page());
    }

    /// Asks for as many pages as may be under way. How many there are is known from the first one on; where it
    /// is not, they are asked for one by one.
    fn fill(&mut self) {
        while self.pending.len() < self.plan.in_flight && self.is_before_last() {
            self.ask();
        }
    }

    /// Whether the next page is one that the service has counted.
    fn is_before_last(&self) -> bool {
        matches!((self.next, self.last), (Some(next), Some(last)) if next <= last)
    }

    /// Takes a page in: drops what came before. Whether another page is to come.
    fn note(&mut self, page: &mut AnyPage) -> Result<bool, Error> {
        let entity = self.plan.records.table.name;
        let count = page.records.count();
        // What can't be read counts as what has no Id.
        self.anonymous = self.anonymous.saturating_add(u64::try_from(page.unreadable.len()).unwrap_or(u64::MAX));
        self.unreadable.extend(page.unreadable.iter().cloned());
        let mut repeats = Vec::new();
        let mut news = false;
        page.records.keep(&mut |record| match record.common().id {
            Some(id) if !self.seen.insert(id) => {
                repeats.push(id);
                false
            }
            Some(_) => {
                news = true;
                true
            }
            None => {
                self.anonymous = self.anonymous.saturating_add(1);
                true
            }
        });
        if let Some(id) = repeats.first().filter(|_| self.drift.repeated.is_empty()) {
            tracing::debug!(entity, id, "a record came twice");
        }
        self.note_length(&page.info);
        let info = &page.info;
        let told = info.has_next_page.is_some() || info.total_pages.is_some() || info.total_items.is_some();
        self.idle_repeats.append(&mut repeats);
        if news {
            self.idle = 0;
        } else {
            self.idle = self.idle.saturating_add(1);
        }
        if news || told {
            self.drift.repeated.append(&mut self.idle_repeats);
        }
        let more = if told {
            !self.pending.is_empty() || info.has_next() || self.is_before_last()
        } else {
            // A service that does not page sends the same for each page, which is no sign of a change.
            count > 0 && self.idle < MOST_IDLE_UNTOLD
        };
        if more {
            self.check_progress(info)?;
        }
        Ok(more && (self.next.is_some() || !self.pending.is_empty()))
    }

    /// Fails where a list that goes on brings nothing new.
    fn check_progress(&self, info: &PageInfo) -> Result<(), Error> {
        let other = info.current_page.filter(|page| *page != i64::from(self.current));
        // Records that were put in before those that came push these onto further pages.
        let grown = self.total_now.unwrap_or_default().saturating_sub(self.total.unwrap_or_default());
        let explained = u64::try_from(grown).unwrap_or_default() / u64::from(self.size());
        if self.idle == 0 || (self.idle <= MOST_IDLE.saturating_add(explained) && (other.is_none() || self.idle < 2)) {
            return Ok(());
        }
        let why = match other {
            Some(other) => format!("it returned page {other} for page {}", self.current),
            None if self.seen.is_empty() && self.anonymous > 0 => "its records have no Id".to_owned(),
            None => format!("the last {} pages brought no new record", self.idle),
        };
        let what = format!("the list does not end: the service reports more pages, but {why}");
        Err(Error::new(self.plan.subject(), ErrorKind::Unexpected).with_message(what))
    }

    fn size(&self) -> u32 {
        self.plan.query.size.unwrap_or(STREAM_SIZE).max(1)
    }

    fn note_length(&mut self, info: &PageInfo) {
        if let Some(total) = info.total_items {
            let first = *self.total.get_or_insert(total);
            self.total_now = Some(total);
            if first != total {
                if self.drift.total.is_none() {
                    let entity = self.plan.records.table.name;
                    tracing::warn!(entity, first, total, "the list changes its length while it is read");
                }
                self.drift.total = Some((first, total));
            }
        }
        let number = |value: i64| u32::try_from(value.max(0)).unwrap_or(u32::MAX);
        // The service may give fewer records on a page than it was asked for.
        let size = info.page_size.filter(|size| *size > 0).unwrap_or_else(|| i64::from(self.size()));
        let by_items = || {
            let total = info.total_items?.max(0);
            Some(total / size + i64::from(total % size > 0))
        };
        self.last = info.total_pages.or_else(by_items).map(number);
    }

    /// The end of the list, as far as the service tells.
    fn finish(&mut self) {
        self.end();
        if self.first == 1 {
            let came = self.anonymous.saturating_add(u64::try_from(self.seen.len()).unwrap_or(u64::MAX));
            let total = self.total_now.and_then(|total| u64::try_from(total).ok()).unwrap_or_default();
            self.drift.missing = total.saturating_sub(came);
        }
        let ListDrift { repeated, missing, .. } = &self.drift;
        if !repeated.is_empty() || *missing > 0 {
            let entity = self.plan.records.table.name;
            tracing::warn!(entity, repeated = repeated.len(), missing, "the list changed while it was read");
        }
    }

    /// The error of a page. Deep in a list it means that the service does not go on, whatever the roles.
    fn failed(&self, error: Error) -> Error {
        let deep = error.kind() == ErrorKind::Forbidden && self.current > self.first;
        if !deep {
            return error;
        }
        let what = format!("page {} was rejected; page {} was the last one received", self.current, self.current - 1);
        error.with_kind(ErrorKind::ListTooDeep).with_message(what)
    }

    pub(crate) fn describe(&self, out: &mut fmt::DebugStruct<'_, '_>) -> fmt::Result {
        out.field("query", &self.plan.query).field("next", &self.next).finish_non_exhaustive()
    }
}

impl Stream for AnyPages {
    type Item = Result<AnyPage, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        while !this.done {
            if this.pending.is_empty() {
                this.ask();
            }
            this.fill();
            let Some(answer) = task::ready!(this.pending.poll_next_unpin(context)) else { break };
            let noted = answer.map_err(|error| this.failed(error)).and_then(|mut page| {
                let more = this.note(&mut page)?;
                Ok((page, more))
            });
            this.current = this.current.saturating_add(1);
            match noted {
                Ok((page, more)) => {
                    if more {
                        this.fill();
                    } else {
                        this.finish();
                    }
                    if page.records.count() > 0 || !page.unreadable.is_empty() {
                        return Poll::Ready(Some(Ok(page)));
                    }
                }
                Err(error) => {
                    this.end();
                    return Poll::Ready(Some(Err(error)));
                }
            }
        }
        Poll::Ready(None)
    }
}
