//! When a failed request is retried, and which failures are transient.
//!
//! Delays are random, below a limit that doubles ("full jitter"), so that clients that failed together do not retry
//! together.

use std::time::Duration;

use tokio::time::Instant;

use crate::error::Error;

/// How often and for how long a call is tried.
#[derive(Clone, Debug)]
#[must_use = "a retry policy does nothing until a client has it"]
pub struct Retry {
    attempts: u32,
    total: Duration,
    first: Duration,
    longest: Duration,
}

impl Default for Retry {
    /// Up to 8 attempts within 2 minutes, with delays of up to 250 ms, 500 ms, 1 s and so on to 10 s: the service was
    /// seen to fail five times in a row and then to go on.
    fn default() -> Self {
        Self {
            attempts: 8,
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

    /// The longest time from the start of a call to its last attempt, with all waiting: for the rate limit, for a
    /// token, and between attempts. An attempt that is under way by then has the time-out of one request. An update is
    /// one call with all its requests; once the time is up, it reads the record at most once more. So is a create with the
    /// get that follows it. Each page of a list, each group of ids of `get_many` and each search of an upsert is a call.
    pub fn total_time(mut self, total: Duration) -> Self {
        self.total = total;
        self
    }

    /// The limit of the first delay, and of all. Where the service asks for a longer wait, that counts.
    pub fn delays(mut self, first: Duration, longest: Duration) -> Self {
        (self.first, self.longest) = (first, longest);
        self
    }

    pub(crate) fn may_try(&self, attempts_made: u32) -> bool {
        attempts_made < self.attempts
    }

    pub(crate) fn total(&self) -> Duration {
        self.total
    }

    /// How long to wait after some attempts.
    pub(crate) fn delay(&self, attempts_made: u32) -> Duration {
        let doubled = self.first.saturating_mul(1 << attempts_made.saturating_sub(1).min(16));
        doubled.min(self.longest).mul_f64(fastrand::f64())
    }
}

/// A time that no program waits for.
pub(crate) const FAR: Duration = Duration::from_hours(24 * 365);

/// A time after another, or a time that no program waits for.
pub(crate) fn later(time: Instant, wait: Duration) -> Instant {
    time.checked_add(wait.min(FAR)).unwrap_or(time)
}

/// Whether a failure may pass by itself.
pub(crate) fn is_passing(error: &Error) -> bool {
    // 520, 524 and 530 are Cloudflare's: an answer that was none, none in time, and an error of its own.
    let passing = |status| matches!(status, 408 | 500 | 502 | 503 | 504 | 520 | 524 | 530);
    never_arrived(error) || error.status().is_some_and(|status| passing(status.as_u16()))
}

/// Whether the response says that the request did not reach the service.
pub(crate) fn never_arrived(error: &Error) -> bool {
    // 425: not looked at. The others are Cloudflare's: the origin refused the connection, did not take it up, could
    // not be reached, or no TLS was agreed on.
    error.status().is_some_and(|status| matches!(status.as_u16(), 425 | 521 | 522 | 523 | 525 | 526))
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
}
