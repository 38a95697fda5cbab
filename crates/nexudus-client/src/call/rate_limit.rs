//! The rate limit of the client.
//!
//! The service counts the requests of each caller and rejects those above its limits. Waiting before a request takes no
//! longer than waiting after a rejection, and avoids the rejected requests. Requests therefore pass through token
//! buckets: one for all reads, and one for the writes of each collection, as the service counts them. A burst is sent
//! at once, the rest at an even rate. All clients in the process with the same address, credentials and limit share
//! their buckets.
//!
//! The published limits contradict each other, so a bucket adapts: a rejection stops it for as long as the service asks
//! (a minute at most), halves its rate and uses up its burst; successes restore the rate gradually.
//!
//! # Callers do not block each other
//!
//! Callers queue, but time alone advances the queue: on each access, the turns that are due are granted in order. A
//! future that is not polled keeps its granted turn and does not block the others. A dropped future returns its turn.
//! The only lock is held for a few instructions.

use std::collections::{HashMap, VecDeque};
use std::hash::{BuildHasher as _, RandomState};
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use http::Method;
use tokio::sync::Notify;
use tokio::time::Instant;

use crate::http::{FAR, later};

/// How fast requests follow each other: a burst at once, then an even rate.
#[derive(Clone, Debug, PartialEq)]
#[must_use = "a rate limit does nothing until a client has it"]
pub struct RateLimit {
    reads: Allowance,
    writes: Allowance,
}

#[derive(Clone, Copy, Debug, PartialEq)]
struct Allowance {
    burst: u32,
    /// Requests a second after the burst.
    rate: f64,
}

impl Allowance {
    fn new(burst: u32, rate: f64) -> Self {
        const SLOWEST: f64 = 0.000_1;
        // A NaN is not above anything.
        Self { burst: burst.max(1), rate: if rate > SLOWEST { rate.min(1_000_000.0) } else { SLOWEST } }
    }
}

impl Default for RateLimit {
    /// For reads, 10 at once and then 10 a second, as published. For the writes of each collection, 30 at once and
    /// then 30 a minute, as measured in live use.
    fn default() -> Self {
        Self { reads: Allowance::new(10, 10.0), writes: Allowance::new(30, 0.5) }
    }
}

impl RateLimit {
    /// For all reads together: how many may go at once after a quiet time, and how many a second after that.
    pub fn reads(mut self, burst: u32, per_second: f64) -> Self {
        self.reads = Allowance::new(burst, per_second);
        self
    }

    /// For the writes of each collection: how many may go at once after a quiet time, and how many a minute after
    /// that. POST and PUT count together, DELETE counts by itself.
    pub fn writes(mut self, burst: u32, per_minute: f64) -> Self {
        self.writes = Allowance::new(burst, per_minute / 60.0);
        self
    }
}

/// The buckets of one caller of the service.
pub(crate) struct RateLimiter {
    limit: RateLimit,
    reads: Arc<Bucket>,
    writes: Mutex<HashMap<String, Arc<Bucket>>>,
}

/// Limiters by a keyed hash of address, credentials and limit. Nobody can get from the number to a password.
static SHARED: LazyLock<Shared> = LazyLock::new(Shared::default);

#[derive(Default)]
struct Shared {
    hasher: RandomState,
    limiters: Mutex<HashMap<u64, Weak<RateLimiter>>>,
}

impl RateLimiter {
    /// The most collections whose writes are counted; those that were idle for long are forgotten.
    const MOST_COLLECTIONS: usize = 1024;

    /// The limiter of a caller; the one that exists already, if another client has the same.
    pub(crate) fn shared(limit: &RateLimit, base: &str, identity: &str) -> Arc<Self> {
        let Shared { hasher, limiters } = &*SHARED;
        let bits = |allowance: Allowance| (allowance.burst, allowance.rate.to_bits());
        let key = hasher.hash_one((base, identity, bits(limit.reads), bits(limit.writes)));
        let mut limiters = lock(limiters);
        if let Some(limiter) = limiters.get(&key).and_then(Weak::upgrade) {
            return limiter;
        }
        limiters.retain(|_, limiter| limiter.strong_count() > 0);
        let reads = Arc::new(Bucket::new(limit.reads));
        let limiter = Arc::new(Self { limit: limit.clone(), reads, writes: Mutex::default() });
        limiters.insert(key, Arc::downgrade(&limiter));
        limiter
    }

    /// The bucket that a request to this path counts in.
    pub(crate) fn bucket(&self, method: &Method, path: &str) -> Arc<Bucket> {
        if method.is_safe() {
            return Arc::clone(&self.reads);
        }
        let path = path.split('?').next().unwrap_or_default();
        let mut segments = path.split('/').filter(|segment| !segment.is_empty());
        let section = segments.next().unwrap_or_default();
        let collection = segments.next().unwrap_or_default();
        let counted_as = if *method == Method::DELETE { "DELETE" } else { "" };
        let key = format!("{counted_as} {section}/{collection}");
        let mut writes = lock(&self.writes);
        if let Some(bucket) = writes.get(&key) {
            return Arc::clone(bucket);
        }
        if writes.len() >= Self::MOST_COLLECTIONS {
            writes.retain(|_, bucket| Arc::strong_count(bucket) > 1 || !bucket.is_idle());
        }
        Arc::clone(writes.entry(key).or_insert_with(|| Arc::new(Bucket::new(self.limit.writes))))
    }
}

/// A token bucket with a queue.
pub(crate) struct Bucket {
    burst: f64,
    rate: f64,
    state: Mutex<LimiterState>,
}

struct LimiterState {
    /// Requests that may go now. Grows with time up to the burst.
    tokens: f64,
    /// The time up to which `tokens` counts.
    counted: Instant,
    /// The part of the full rate that is used now.
    factor: f64,
    stopped_until: Option<Instant>,
    /// Refusals of requests that were sent before this are old news.
    slowed: Option<Instant>,
    next_ticket: u64,
    /// In the order of their tickets.
    queue: VecDeque<Waiter>,
}

struct Waiter {
    ticket: u64,
    /// Told when its turn has come, or may come earlier than it expects.
    notify: Arc<Notify>,
}

/// The right to send one request, or a place in the queue for it. Dropped unspent, it goes back.
pub(crate) struct Turn {
    bucket: Arc<Bucket>,
    /// The place in the queue; `None` if the turn came at once.
    place: Option<(u64, Arc<Notify>)>,
    spent: bool,
}

impl std::fmt::Debug for Turn {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Turn")
    }
}

impl Turn {
    /// The request is about to be sent.
    pub(crate) fn spend(mut self) {
        self.spent = true;
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        if self.spent {
            return;
        }
        let now = Instant::now();
        let mut state = lock(&self.bucket.state);
        let place = self.place.as_ref().and_then(|(ticket, _)| state.position(*ticket));
        if let Some(position) = place {
            state.queue.remove(position);
            // All behind it move up.
            state.queue.range(position..).for_each(|waiter| waiter.notify.notify_one());
        } else {
            state.tokens = (state.tokens + 1.0).min(self.bucket.burst);
            self.bucket.grant(&mut state, now);
        }
    }
}

impl LimiterState {
    fn position(&self, ticket: u64) -> Option<usize> {
        self.queue.binary_search_by_key(&ticket, |waiter| waiter.ticket).ok()
    }
}

/// So much of a token is a whole one: what rounding may take away.
const WHOLE: f64 = 1.0 - 1e-6;

impl Bucket {
    const SLOWEST: f64 = 1.0 / 16.0;
    /// Successes that bring the rate back from half to full.
    const RECOVERY: f64 = 50.0;
    /// The longest that a refusal stops everybody, whatever the service asks for: a wrong `Retry-After` must not
    /// stop a program for a day. The call that was refused decides for itself.
    pub(super) const LONGEST_STOP: Duration = Duration::from_mins(1);

    fn new(Allowance { burst, rate }: Allowance) -> Self {
        let burst = f64::from(burst);
        let state = LimiterState {
            tokens: burst,
            counted: Instant::now(),
            factor: 1.0,
            stopped_until: None,
            slowed: None,
            next_ticket: 0,
            queue: VecDeque::new(),
        };
        Self { burst, rate, state: Mutex::new(state) }
    }

    /// Waits for a turn. Fails at once if it would not come by `deadline`, and says how long it would take.
    pub(crate) async fn turn(self: Arc<Self>, deadline: Instant) -> Result<Turn, Duration> {
        let turn = self.enter();
        if let Some((ticket, notify)) = &turn.place {
            while let Some(at) = turn.bucket.look(*ticket) {
                if at > deadline {
                    return Err(at.saturating_duration_since(Instant::now()));
                }
                tokio::time::timeout_at(at, notify.notified()).await.ok();
            }
        }
        Ok(turn)
    }

    /// Takes a turn, or else a place in the queue.
    fn enter(self: Arc<Self>) -> Turn {
        let mut state = lock(&self.state);
        self.grant(&mut state, Instant::now());
        let place = if state.queue.is_empty() && state.stopped_until.is_none() && state.tokens >= WHOLE {
            state.tokens -= 1.0;
            None
        } else {
            let (ticket, notify) = (state.next_ticket, Arc::new(Notify::new()));
            state.next_ticket += 1;
            state.queue.push_back(Waiter { ticket, notify: Arc::clone(&notify) });
            Some((ticket, notify))
        };
        drop(state);
        Turn { bucket: self, place, spent: false }
    }

    /// When the turn of a place is expected; `None` if it has come.
    fn look(&self, ticket: u64) -> Option<Instant> {
        let now = Instant::now();
        let mut state = lock(&self.state);
        self.grant(&mut state, now);
        let position = state.position(ticket)?;
        #[expect(clippy::cast_precision_loss, reason = "no queue is that long")]
        let missing = (position as f64 + 1.0 - state.tokens).max(0.0);
        // Rounded up, so that the next look finds a whole token.
        let wait = Duration::try_from_secs_f64(missing / (self.rate * state.factor)).unwrap_or(FAR);
        let start = state.stopped_until.map_or(now, |until| until.max(now));
        Some(later(start, wait.saturating_add(Duration::from_micros(100))))
    }

    /// Counts the tokens up to now and gives them to those who wait, in order.
    fn grant(&self, state: &mut LimiterState, now: Instant) {
        if let Some(until) = state.stopped_until {
            if now < until {
                return;
            }
            state.stopped_until = None;
            state.counted = until;
        }
        let since = now.saturating_duration_since(state.counted).as_secs_f64();
        state.tokens += since * self.rate * state.factor;
        state.counted = state.counted.max(now);
        let mut granted = false;
        while state.tokens >= WHOLE
            && let Some(waiter) = state.queue.pop_front()
        {
            state.tokens -= 1.0;
            waiter.notify.notify_one();
            granted = true;
        }
        // Those that waited have theirs from the time when they were due; the rest fills up to the burst.
        state.tokens = state.tokens.min(self.burst);
        // The next one counted on a rate that may be another by now.
        if granted && let Some(next) = state.queue.front() {
            next.notify.notify_one();
        }
    }

    /// The service refused a request that was sent at some time, and asks for a pause.
    pub(crate) fn refused(&self, sent: Instant, wait: Duration) {
        let now = Instant::now();
        let mut state = lock(&self.state);
        self.grant(&mut state, now);
        let until = later(now, wait.min(Self::LONGEST_STOP));
        state.stopped_until = Some(state.stopped_until.map_or(until, |other| other.max(until)));
        // Those that were on their way already say nothing about the new rate.
        if state.slowed.is_none_or(|slowed| sent >= slowed) {
            state.factor = (state.factor / 2.0).max(Self::SLOWEST);
            state.slowed = Some(now);
        }
        // One goes first when the pause is over; the others follow at the new rate.
        state.tokens = state.tokens.min(1.0);
    }

    /// The service took a request.
    pub(crate) fn accepted(&self) {
        let mut state = lock(&self.state);
        if state.factor < 1.0 {
            state.factor = (state.factor + 0.5 / Self::RECOVERY).min(1.0);
        }
    }

    /// Whether it is as good as a new one.
    fn is_idle(&self) -> bool {
        let mut state = lock(&self.state);
        self.grant(&mut state, Instant::now());
        state.queue.is_empty() && state.stopped_until.is_none() && state.tokens >= self.burst && state.factor >= 1.0
    }
}

/// The data behind this is whole between any two statements, so a panic elsewhere does not spoil it.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::task::{Context, Waker};

    use super::*;

    fn bucket(burst: u32, rate: f64) -> Arc<Bucket> {
        Arc::new(Bucket::new(Allowance::new(burst, rate)))
    }

    fn far() -> Instant {
        later(Instant::now(), FAR)
    }

    async fn pass(bucket: &Arc<Bucket>) {
        Arc::clone(bucket).turn(far()).await.unwrap().spend();
    }

    /// A future that is polled once and then left alone.
    fn poll_once<F: Future>(future: std::pin::Pin<&mut F>) {
        assert!(future.poll(&mut Context::from_waker(Waker::noop())).is_pending());
    }

    #[tokio::test(start_paused = true)]
    async fn a_burst_and_then_an_even_rate() {
        let bucket = bucket(10, 10.0);
        let start = Instant::now();
        for _ in 0..10 {
            pass(&bucket).await;
        }
        assert_eq!(start.elapsed(), Duration::ZERO);
        for _ in 0..20 {
            pass(&bucket).await;
        }
        assert!((1.99..2.05).contains(&start.elapsed().as_secs_f64()), "{:?}", start.elapsed());
        tokio::time::sleep(Duration::from_mins(1)).await;
        let start = Instant::now();
        for _ in 0..11 {
            pass(&bucket).await;
        }
        assert!((0.09..0.12).contains(&start.elapsed().as_secs_f64()));
    }

    #[tokio::test(start_paused = true)]
    async fn a_future_that_nobody_polls_holds_nobody_up() {
        let bucket = bucket(1, 1.0);
        pass(&bucket).await;
        let start = Instant::now();
        let mut paused = std::pin::pin!(Arc::clone(&bucket).turn(far()));
        poll_once(paused.as_mut());
        // It has the first second, this one the next.
        pass(&bucket).await;
        assert!((1.99..2.05).contains(&start.elapsed().as_secs_f64()), "{:?}", start.elapsed());
        // Its turn was kept for it.
        let start = Instant::now();
        paused.await.unwrap().spend();
        assert_eq!(start.elapsed(), Duration::ZERO);
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_dropped_gives_its_turn_back() {
        let bucket = bucket(1, 1.0);
        pass(&bucket).await;
        let start = Instant::now();
        {
            let mut first = Box::pin(Arc::clone(&bucket).turn(far()));
            poll_once(first.as_mut());
            let waiting = tokio::spawn({
                let bucket = Arc::clone(&bucket);
                async move { pass(&bucket).await }
            });
            tokio::task::yield_now().await;
            drop(first);
            waiting.await.unwrap();
        }
        assert!((0.99..1.05).contains(&start.elapsed().as_secs_f64()), "{:?}", start.elapsed());
        // A turn that was granted and not spent goes back too.
        tokio::time::sleep(Duration::from_secs(1)).await;
        let start = Instant::now();
        drop(Arc::clone(&bucket).turn(far()).await.unwrap());
        pass(&bucket).await;
        assert_eq!(start.elapsed(), Duration::ZERO);
    }

    #[tokio::test(start_paused = true)]
    async fn a_refusal_stops_all_and_slows_down() {
        let bucket = bucket(10, 10.0);
        pass(&bucket).await;
        bucket.refused(Instant::now(), Duration::from_secs(3));
        let start = Instant::now();
        let tasks: Vec<_> = (0..3)
            .map(|_| {
                let bucket = Arc::clone(&bucket);
                tokio::spawn(async move { pass(&bucket).await })
            })
            .collect();
        for task in tasks {
            task.await.unwrap();
        }
        // Three seconds, then one at once and two at half the rate.
        assert!((3.39..3.45).contains(&start.elapsed().as_secs_f64()), "{:?}", start.elapsed());
        for _ in 0..60 {
            bucket.accepted();
        }
        assert!(lock(&bucket.state).factor >= 1.0);
    }

    #[tokio::test(start_paused = true)]
    async fn refusals_of_one_moment_count_once() {
        let bucket = bucket(10, 10.0);
        let sent = Instant::now();
        tokio::time::sleep(Duration::from_millis(10)).await;
        for _ in 0..5 {
            bucket.refused(sent, Duration::from_secs(1));
        }
        assert!((lock(&bucket.state).factor - 0.5).abs() < 0.01);
    }

    #[tokio::test(start_paused = true)]
    async fn nobody_waits_longer_than_it_may() {
        let bucket = bucket(10, 10.0);
        for wait in [Duration::from_hours(5), Duration::from_secs(u64::MAX), Duration::MAX] {
            bucket.refused(Instant::now(), wait);
            let deadline = later(Instant::now(), Duration::from_secs(30));
            let wait = Arc::clone(&bucket).turn(deadline).await.unwrap_err();
            assert!(wait > Duration::from_secs(30) && wait < Duration::from_secs(62), "{wait:?}");
        }
        let start = Instant::now();
        pass(&bucket).await;
        assert!(start.elapsed() <= Duration::from_secs(61));
    }

    #[tokio::test(start_paused = true)]
    async fn a_queue_that_is_too_long_fails_at_once_and_costs_nothing() {
        let bucket = bucket(1, 1.0);
        let start = Instant::now();
        let calls = (0..100).map(|_| Arc::clone(&bucket).turn(later(start, Duration::from_secs(10))));
        let turns = futures_util::future::join_all(calls).await;
        let passed = turns.iter().filter(|turn| turn.is_ok()).count();
        assert!((10..=11).contains(&passed), "{passed}");
        assert!(start.elapsed() <= Duration::from_millis(10_050));
        assert!(lock(&bucket.state).queue.is_empty());
    }

    #[tokio::test]
    async fn no_rate_and_no_burst_is_too_odd() {
        let start = Instant::now();
        for rate in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, -0.0, f64::MIN_POSITIVE, f64::MAX] {
            for burst in [0, 1, u32::MAX] {
                let bucket = bucket(burst, rate);
                pass(&bucket).await;
                let _ = tokio::time::timeout(Duration::from_millis(1), pass(&bucket)).await;
            }
        }
        assert!(start.elapsed() < Duration::from_secs(5));
    }

    #[tokio::test]
    async fn clients_with_the_same_credentials_share_buckets() {
        let limit = RateLimit::default();
        let one = RateLimiter::shared(&limit, "https://a", "Basic x");
        assert!(Arc::ptr_eq(&one, &RateLimiter::shared(&limit, "https://a", "Basic x")));
        assert!(!Arc::ptr_eq(&one, &RateLimiter::shared(&limit, "https://a", "Basic y")));
        assert!(!Arc::ptr_eq(&one, &RateLimiter::shared(&limit, "https://b", "Basic x")));
    }

    #[tokio::test]
    async fn writes_count_by_collection() {
        let limiter = RateLimiter::shared(&RateLimit::default(), "https://collections", "");
        let bucket = |method: Method, path: &str| limiter.bucket(&method, path);
        let same = |one: &Arc<Bucket>, other: &Arc<Bucket>| Arc::ptr_eq(one, other);
        let posts = bucket(Method::POST, "spaces/bookings");
        assert!(same(&posts, &bucket(Method::PUT, "/spaces/bookings?a=b")));
        assert!(same(&posts, &bucket(Method::POST, "spaces/bookings/runcommand")));
        assert!(!same(&posts, &bucket(Method::POST, "spaces/resources")));
        assert!(!same(&posts, &bucket(Method::DELETE, "spaces/bookings/5")));
        assert!(same(&bucket(Method::DELETE, "spaces/bookings/6"), &bucket(Method::DELETE, "spaces/bookings/5")));
        assert!(same(&bucket(Method::GET, "spaces/bookings"), &bucket(Method::HEAD, "sys/users/1")));
        for number in 0..5000 {
            bucket(Method::POST, &format!("made/up{number}"));
        }
        assert!(lock(&limiter.writes).len() <= RateLimiter::MOST_COLLECTIONS);
    }
}
