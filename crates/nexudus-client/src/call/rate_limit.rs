//! Keeping to the service's limits instead of running into them.
//!
//! The service counts requests by caller and answers 409 to those above its limits. Waiting before a request
//! costs no more time than waiting after a refusal, and spares both sides the refused ones. So reads and writes
//! each have a lane: a burst may pass at once, the rest at an even pace. All clients in the process with
//! the same address and credentials share their lanes, as the service counts them together.
//!
//! The published limits disagree with each other. So a lane also learns: a refusal stops it for as long as the
//! service asks, halves its pace and spends its burst; successes bring the pace back step by step.

use std::collections::HashMap;
use std::hash::{BuildHasher as _, RandomState};
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use tokio::time::Instant;

/// How fast requests follow each other.
#[derive(Clone, Debug, PartialEq)]
#[must_use = "a pace does nothing until a client has it"]
pub struct RateLimit {
    burst: u32,
    reads: f64,
    writes: f64,
}

impl Default for RateLimit {
    /// Ten at once, then 10 reads and 1 write a second.
    fn default() -> Self {
        Self { burst: 10, reads: 10.0, writes: 1.0 }
    }
}

impl RateLimit {
    /// The number of requests that may go at once after a quiet time: for reads and for writes each.
    pub fn burst(mut self, requests: u32) -> Self {
        self.burst = requests.max(1);
        self
    }

    /// Reads a second after the burst.
    pub fn reads_per_second(mut self, rate: f64) -> Self {
        self.reads = rate.max(0.001);
        self
    }

    /// Writes a second after the burst.
    pub fn writes_per_second(mut self, rate: f64) -> Self {
        self.writes = rate.max(0.001);
        self
    }
}

/// The lanes of one caller.
pub(crate) struct RateLimiter {
    reads: Lane,
    writes: Lane,
}

/// Lanes by a keyed hash of address, credentials and pace. Nobody can get from the number to a password.
static SHARED: LazyLock<Shared> = LazyLock::new(Shared::default);

#[derive(Default)]
struct Shared {
    hasher: RandomState,
    pacers: Mutex<HashMap<u64, Weak<RateLimiter>>>,
}

impl RateLimiter {
    /// The lanes of a caller; those that exist already, if another client has the same.
    pub(crate) fn shared(pace: &RateLimit, base: &str, identity: &str) -> Arc<Self> {
        let Shared { hasher, pacers } = &*SHARED;
        let pace_bits = (pace.burst, pace.reads.to_bits(), pace.writes.to_bits());
        let key = hasher.hash_one((base, identity, pace_bits));
        let mut pacers = lock(pacers);
        if let Some(pacer) = pacers.get(&key).and_then(Weak::upgrade) {
            return pacer;
        }
        pacers.retain(|_, pacer| pacer.strong_count() > 0);
        let pacer =
            Arc::new(Self { reads: Lane::new(pace.burst, pace.reads), writes: Lane::new(pace.burst, pace.writes) });
        pacers.insert(key, Arc::downgrade(&pacer));
        pacer
    }

    pub(crate) fn lane(&self, write: bool) -> &Lane {
        if write { &self.writes } else { &self.reads }
    }
}

/// A turnstile: callers stand in line and pass one after the other.
pub(crate) struct Lane {
    burst: f64,
    rate: f64,
    /// Held by the one that is waiting for its turn. It is fair, and leaving the line frees the place.
    line: tokio::sync::Mutex<()>,
    state: Mutex<State>,
}

struct State {
    /// Requests that may go now. Grows with time up to the burst.
    tokens: f64,
    counted: Instant,
    /// The part of the full pace that is used now.
    factor: f64,
    stopped_until: Option<Instant>,
    /// Refusals of requests that were sent before this are old news.
    slowed: Option<Instant>,
}

impl Lane {
    const SLOWEST: f64 = 1.0 / 16.0;
    /// Successes that bring the pace back from half to full.
    const RECOVERY: f64 = 50.0;

    fn new(burst: u32, rate: f64) -> Self {
        let burst = f64::from(burst);
        let state = State { tokens: burst, counted: Instant::now(), factor: 1.0, stopped_until: None, slowed: None };
        Self { burst, rate, line: tokio::sync::Mutex::default(), state: Mutex::new(state) }
    }

    /// Waits for a turn. Gives up at once where the service has asked for a longer pause than `patience`, and
    /// says how long it is.
    pub(crate) async fn pass(&self, patience: Duration) -> Result<(), Duration> {
        let _place = self.line.lock().await;
        while let Some(wait) = self.take() {
            if wait > patience && self.is_stopped() {
                return Err(wait);
            }
            tokio::time::sleep(wait).await;
        }
        Ok(())
    }

    fn is_stopped(&self) -> bool {
        lock(&self.state).stopped_until.is_some()
    }

    /// Takes a turn, or says how long to wait.
    fn take(&self) -> Option<Duration> {
        let now = Instant::now();
        let mut state = lock(&self.state);
        if let Some(until) = state.stopped_until {
            if now < until {
                return Some(until - now);
            }
            state.stopped_until = None;
            state.counted = now;
        }
        let rate = self.rate * state.factor;
        state.tokens = (state.tokens + (now - state.counted).as_secs_f64() * rate).min(self.burst);
        state.counted = now;
        if state.tokens >= 1.0 {
            state.tokens -= 1.0;
            return None;
        }
        // Rounded up, so that the next look finds a whole turn.
        Some(Duration::from_secs_f64((1.0 - state.tokens) / rate) + Duration::from_micros(100))
    }

    /// The service refused a request that was sent at some time.
    pub(crate) fn refused(&self, sent: Instant, wait: Duration) {
        let now = Instant::now();
        let mut state = lock(&self.state);
        let until = now + wait;
        state.stopped_until = Some(state.stopped_until.map_or(until, |other| other.max(until)));
        // Those that were on their way already say nothing about the new pace.
        if state.slowed.is_none_or(|slowed| sent >= slowed) {
            state.factor = (state.factor / 2.0).max(Self::SLOWEST);
            state.slowed = Some(now);
        }
        // One may try the ice; the others keep their distance.
        state.tokens = state.tokens.min(1.0);
    }

    /// The service took a request.
    pub(crate) fn accepted(&self) {
        let mut state = lock(&self.state);
        if state.factor < 1.0 {
            state.factor = (state.factor + 0.5 / Self::RECOVERY).min(1.0);
        }
    }
}

/// The data behind this is whole between any two statements, so a panic elsewhere does not spoil it.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_burst_and_then_an_even_pace() {
        let lane = Lane::new(10, 10.0);
        let start = Instant::now();
        for _ in 0..10 {
            lane.pass(Duration::MAX).await.unwrap();
        }
        assert_eq!(start.elapsed(), Duration::ZERO);
        for _ in 0..20 {
            lane.pass(Duration::MAX).await.unwrap();
        }
        assert!((1.99..2.05).contains(&start.elapsed().as_secs_f64()), "{:?}", start.elapsed());
        tokio::time::sleep(Duration::from_mins(1)).await;
        let start = Instant::now();
        for _ in 0..11 {
            lane.pass(Duration::MAX).await.unwrap();
        }
        assert!((0.09..0.12).contains(&start.elapsed().as_secs_f64()));
    }

    #[tokio::test(start_paused = true)]
    async fn a_refusal_stops_all_and_slows_down() {
        let lane = Arc::new(Lane::new(10, 10.0));
        lane.pass(Duration::MAX).await.unwrap();
        lane.refused(Instant::now(), Duration::from_secs(3));
        let start = Instant::now();
        let tasks: Vec<_> = (0..3)
            .map(|_| {
                let lane = Arc::clone(&lane);
                tokio::spawn(async move { lane.pass(Duration::MAX).await.unwrap() })
            })
            .collect();
        for task in tasks {
            task.await.unwrap();
        }
        // Three seconds, then one at once and two at half the pace.
        assert!((3.39..3.45).contains(&start.elapsed().as_secs_f64()), "{:?}", start.elapsed());
        for _ in 0..60 {
            lane.accepted();
        }
        assert!(lock(&lane.state).factor >= 1.0);
    }

    #[tokio::test(start_paused = true)]
    async fn refusals_of_one_moment_count_once() {
        let lane = Lane::new(10, 10.0);
        let sent = Instant::now();
        tokio::time::sleep(Duration::from_millis(10)).await;
        for _ in 0..5 {
            lane.refused(sent, Duration::from_secs(1));
        }
        assert!((lock(&lane.state).factor - 0.5).abs() < 0.01);
    }

    #[tokio::test(start_paused = true)]
    async fn nobody_waits_for_tomorrow() {
        let lane = Lane::new(10, 10.0);
        lane.refused(Instant::now(), Duration::from_hours(5));
        assert!(lane.pass(Duration::from_mins(1)).await.unwrap_err() > Duration::from_hours(4));
    }

    #[tokio::test(start_paused = true)]
    async fn who_leaves_the_line_holds_nobody_up() {
        let lane = Arc::new(Lane::new(1, 1.0));
        lane.pass(Duration::MAX).await.unwrap();
        let waiting = tokio::spawn({
            let lane = Arc::clone(&lane);
            async move { lane.pass(Duration::MAX).await.unwrap() }
        });
        tokio::time::sleep(Duration::from_millis(100)).await;
        waiting.abort();
        let start = Instant::now();
        lane.pass(Duration::MAX).await.unwrap();
        assert!(start.elapsed() < Duration::from_secs(1));
    }

    #[tokio::test]
    async fn clients_with_the_same_credentials_share_lanes() {
        let pace = RateLimit::default();
        let one = RateLimiter::shared(&pace, "https://a", "Basic x");
        assert!(Arc::ptr_eq(&one, &RateLimiter::shared(&pace, "https://a", "Basic x")));
        assert!(!Arc::ptr_eq(&one, &RateLimiter::shared(&pace, "https://a", "Basic y")));
        assert!(!Arc::ptr_eq(&one, &RateLimiter::shared(&pace, "https://b", "Basic x")));
    }
}
