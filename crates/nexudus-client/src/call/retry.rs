//! What is sent again, and when.
//!
//! Whether a request may be repeated depends on what is known of the last try, not on hope. Reads may always
//! be. A DELETE may be, since deleting twice is deleting once. A POST or a PUT only when it surely was not
//! carried out: the service throttled it, or no connection was made. (A PUT has one more way, which looks at
//! the record first; it lives with the updates.)
//!
//! Delays are random between nothing and a limit that doubles ("full jitter"), so that clients which failed
//! together don't come back together. Repeats are paid from a budget that all clones of a client share and that
//! successes fill up: when most calls fail, most are not repeated.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use http::{Method, StatusCode};
use nexudus_core::transport::TransportErrorKind;

use crate::error::{Error, Kind};

/// How often and for how long a call is tried.
#[derive(Clone, Debug)]
#[must_use = "a policy does nothing until a client has it"]
pub struct Retry {
    attempts: u32,
    total: Duration,
    first: Duration,
    longest: Duration,
}

impl Default for Retry {
    /// Up to 5 attempts within 2 minutes, with delays of up to 250 ms, 500 ms, 1 s and so on to 10 s.
    fn default() -> Self {
        Self {
            attempts: 5,
            total: Duration::from_mins(2),
            first: Duration::from_millis(250),
            longest: Duration::from_secs(10),
        }
    }
}

impl Retry {
    /// Each call is tried once.
    pub fn none() -> Self {
        Self { attempts: 1, ..Self::default() }
    }

    /// The most attempts, the first one included.
    pub fn attempts(mut self, attempts: u32) -> Self {
        self.attempts = attempts.max(1);
        self
    }

    /// No attempt begins later than this after the first one.
    pub fn total_time(mut self, total: Duration) -> Self {
        self.total = total;
        self
    }

    /// The limit of the first delay, and of all. Where the service says how long to wait, that counts.
    pub fn delays(mut self, first: Duration, longest: Duration) -> Self {
        (self.first, self.longest) = (first, longest);
        self
    }

    pub(crate) fn may_try(&self, attempts_made: u32) -> bool {
        attempts_made < self.attempts
    }

    pub(crate) fn within(&self, since_first: Duration) -> bool {
        since_first <= self.total
    }

    /// How long to wait after some attempts.
    pub(crate) fn delay(&self, attempts_made: u32) -> Duration {
        let doubled = self.first.saturating_mul(1 << attempts_made.saturating_sub(1).min(16));
        doubled.min(self.longest).mul_f64(fastrand::f64())
    }
}

/// What may be done after a failed attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Nothing: the same would come of it, or it might be done twice.
    Stop,
    /// The service did not look at the request.
    SlowDown,
    /// Surely not carried out, or harmless to repeat.
    Again,
}

pub(crate) fn judge(method: &Method, error: &Error) -> Verdict {
    let repeatable = *method == Method::GET || *method == Method::DELETE;
    match error.kind() {
        Kind::Throttled => Verdict::SlowDown,
        Kind::Transport(TransportErrorKind::Connect) => Verdict::Again,
        Kind::Transport(TransportErrorKind::Request) => Verdict::Stop,
        Kind::Transport(_) if repeatable => Verdict::Again,
        Kind::Service if repeatable && is_passing(error) => Verdict::Again,
        _ => Verdict::Stop,
    }
}

/// Whether a write failed for a reason that lies in the way or in the service's health, not in its answer.
pub(crate) fn was_fault(error: &Error) -> bool {
    matches!(error.kind(), Kind::Transport(_)) || (error.kind() == Kind::Service && is_passing(error))
}

/// Whether a failure of the service may pass by itself.
fn is_passing(error: &Error) -> bool {
    matches!(
        error.status(),
        Some(
            StatusCode::INTERNAL_SERVER_ERROR
                | StatusCode::BAD_GATEWAY
                | StatusCode::SERVICE_UNAVAILABLE
                | StatusCode::GATEWAY_TIMEOUT
        )
    )
}

/// Repeats that may still be made, in tenths.
pub(crate) struct Budget(AtomicU32);

impl Budget {
    const FULL: u32 = 1000;
    const REPEAT: u32 = 10;

    pub(crate) fn new() -> Self {
        Self(AtomicU32::new(Self::FULL))
    }

    /// Pays for a repeat, if there is enough left.
    pub(crate) fn spend(&self) -> bool {
        let pay = |left: u32| left.checked_sub(Self::REPEAT);
        self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, pay).is_ok()
    }

    /// A tenth of a repeat for each success.
    pub(crate) fn refill(&self) {
        let fill = |left: u32| (left < Self::FULL).then_some(left + 1);
        self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, fill).ok();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delays_are_random_below_a_limit_that_doubles() {
        let retry = Retry::default().delays(Duration::from_millis(100), Duration::from_secs(1));
        for (attempts, limit) in [(1, 100), (2, 200), (3, 400), (5, 1000), (60, 1000)] {
            let delays: Vec<_> = (0..100).map(|_| retry.delay(attempts)).collect();
            assert!(delays.iter().all(|delay| *delay <= Duration::from_millis(limit)));
            assert!(delays.iter().any(|delay| *delay > Duration::from_millis(limit / 2)));
            assert!(delays.iter().any(|delay| *delay < Duration::from_millis(limit / 2)));
        }
    }

    #[test]
    fn a_budget_runs_out_and_fills_up_again() {
        let budget = Budget::new();
        assert_eq!((0..1000).filter(|_| budget.spend()).count(), 100);
        (0..9).for_each(|_| budget.refill());
        assert!(!budget.spend());
        budget.refill();
        assert!(budget.spend());
    }
}
