//! Which requests are retried.
//!
//! It depends on the method and on how the last attempt failed. Reads are always retried. A DELETE is idempotent, so it
//! is retried as well. A POST or a PUT is retried only if it certainly did not take effect: the service throttled it or
//! did not receive it. (An update can also retry a PUT after it has read the record again; see `records/update.rs`.)
//!
//! A budget limits retries. All clones of a client share it, and successes refill it: if most calls fail, most of them
//! are not retried.

use std::sync::atomic::{AtomicU32, Ordering};

use http::Method;
use nexudus_core::transport::TransportErrorKind;

use crate::error::{Error, ErrorKind};
use crate::http::{is_passing, never_arrived};

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
    let repeatable = method.is_safe() || *method == Method::DELETE;
    match error.kind() {
        ErrorKind::Throttled => Verdict::SlowDown,
        ErrorKind::Transport(TransportErrorKind::Request) => Verdict::Stop,
        ErrorKind::Transport(TransportErrorKind::Connect) => Verdict::Again,
        ErrorKind::Transport(_) if repeatable => Verdict::Again,
        ErrorKind::Service if never_arrived(error) || (repeatable && is_passing(error)) => Verdict::Again,
        _ => Verdict::Stop,
    }
}

/// Whether a write failed for a reason that lies in the way or in the service's health, not in its answer.
pub(crate) fn was_fault(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::Transport(_)) || (error.kind() == ErrorKind::Service && is_passing(error))
}

/// Whether a failed write may have been carried out all the same.
pub(crate) fn is_doubtful(error: &Error) -> bool {
    match error.kind() {
        ErrorKind::Transport(TransportErrorKind::Connect | TransportErrorKind::Request) => false,
        ErrorKind::Transport(_)
        | ErrorKind::Redirect
        | ErrorKind::Unexpected
        | ErrorKind::Decode
        | ErrorKind::TooLong => true,
        ErrorKind::Service => !never_arrived(error),
        // A refusal is settled. Statuses below 200 and above 599 mean nothing, 499 that somebody in between gave up.
        ErrorKind::Status => error.status().is_none_or(|status| !status.is_client_error() || status == 499),
        _ => false,
    }
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
    use http::StatusCode;
    use nexudus_core::transport::TransportError;

    use super::*;
    use crate::error::Subject;

    #[test]
    fn a_budget_runs_out_and_fills_up_again() {
        let budget = Budget::new();
        assert_eq!((0..1000).filter(|_| budget.spend()).count(), 100);
        (0..9).for_each(|_| budget.refill());
        assert!(!budget.spend());
        budget.refill();
        assert!(budget.spend());
    }

    #[test]
    fn what_each_status_means() {
        let error = |kind, status| {
            Error::new(Subject::other("test"), kind).with_answer(
                StatusCode::from_u16(status).unwrap(),
                http::HeaderMap::new(),
                &bytes::Bytes::new(),
            )
        };
        // Never arrived: all may be repeated, and a write is not done.
        for status in [425, 521, 522, 523, 525, 526] {
            let error = error(ErrorKind::Service, status);
            assert!(!is_doubtful(&error), "{status}");
            assert_eq!(judge(&Method::POST, &error), Verdict::Again, "{status}");
            assert_eq!(judge(&Method::GET, &error), Verdict::Again, "{status}");
        }
        // May have been carried out: reads are repeated, and a write is unknown.
        for status in [408, 500, 502, 503, 504, 520, 524, 530] {
            let error = error(ErrorKind::Service, status);
            assert!(is_doubtful(&error), "{status}");
            assert_eq!(judge(&Method::PUT, &error), Verdict::Stop, "{status}");
            for method in [Method::GET, Method::HEAD, Method::OPTIONS, Method::DELETE] {
                assert_eq!(judge(&method, &error), Verdict::Again, "{status}");
            }
        }
        for status in [501, 505, 599] {
            let error = error(ErrorKind::Service, status);
            assert!(is_doubtful(&error) && judge(&Method::GET, &error) == Verdict::Stop, "{status}");
        }
        for (status, doubtful) in [(100, true), (101, true), (600, true), (999, true), (499, true), (410, false)] {
            let error = error(ErrorKind::Status, status);
            assert!(is_doubtful(&error) == doubtful && judge(&Method::GET, &error) == Verdict::Stop, "{status}");
        }
        let refused =
            Error::transport(Subject::other("test"), TransportError::new(TransportErrorKind::Connect, "refused"));
        assert!(!is_doubtful(&refused) && judge(&Method::POST, &refused) == Verdict::Again);
    }
}
