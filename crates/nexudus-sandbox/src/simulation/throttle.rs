//! Limits on how often one caller may ask.

use std::collections::HashMap;
use std::str::FromStr;
use std::sync::{Mutex, PoisonError};

use http::Method;

use crate::simulation::fault::duration;

/// Which requests a limit counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Class {
    All,
    Reads,
    Writes,
}

/// So many requests of a class within a stretch of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Limit {
    class: Class,
    count: u32,
    /// In milliseconds.
    window: i64,
}

/// Limits on requests: `observed`, `published`, or a list such as `reads:10/100ms,writes:60/1m`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits(Rules);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Rules {
    /// What programs met: creates and updates of one collection together, refused ones too.
    Observed,
    /// By caller, method and endpoint.
    Listed(Vec<Limit>),
}

/// A create or an update gives back this much of the burst when it has passed, in milliseconds.
const OBSERVED_STEP: i64 = 2_000;
/// Creates and updates that may come at once.
const OBSERVED_BURST: i64 = 30;

/// A request that is to be counted.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Request<'a> {
    pub(crate) caller: &'a str,
    pub(crate) method: &'a Method,
    /// Section and plural.
    pub(crate) endpoint: &'a str,
}

/// Why a request was not let through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Throttled {
    /// In milliseconds.
    pub(crate) wait: i64,
    /// Whether to answer as the service was seen to, with 429 and the wait in the text, or as its pages say.
    pub(crate) observed: bool,
}

/// The newest published numbers.
const PUBLISHED: &str = "all:1/100ms,all:120/1m,all:5000/1h,all:200000/1d,writes:60/1m,writes:5000/1d";

impl Limits {
    /// The newest published limits: one request in 100 ms, 120 a minute, 5,000 an hour and 200,000 a day, of which
    /// 60 writes a minute and 5,000 a day.
    pub fn published() -> Self {
        PUBLISHED.parse().unwrap_or(Self(Rules::Listed(Vec::new())))
    }

    /// What programs met in 2026: of each collection 30 creates and updates at once and 30 a minute from then on, those
    /// that are refused among them. Answered with 429 and `Wait N seconds`.
    pub fn observed() -> Self {
        Self(Rules::Observed)
    }
}

impl FromStr for Limits {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text.eq_ignore_ascii_case("published") {
            return Ok(Self::published());
        }
        if text.eq_ignore_ascii_case("observed") {
            return Ok(Self::observed());
        }
        let limit = |part: &str| {
            let read = || {
                let (class, rest) = part.split_once(':')?;
                let (count, window) = rest.split_once('/')?;
                let class = match class.trim() {
                    "all" => Class::All,
                    "reads" => Class::Reads,
                    "writes" => Class::Writes,
                    _ => return None,
                };
                let window = i64::try_from(duration(window.trim())?.as_millis()).ok()?;
                Some(Limit {
                    class,
                    count: count.trim().parse().ok()?,
                    window: Some(window).filter(|window| *window > 0)?,
                })
            };
            read().ok_or_else(|| {
                format!("{part}: not a limit, give `observed`, `published` or for example `writes:60/1m`")
            })
        };
        text.split(',').map(limit).collect::<Result<_, _>>().map(Rules::Listed).map(Self)
    }
}

/// What was counted so far: by key and limit, when its window began and how many there were in it, or for observed
/// limits when the burst will be whole again.
#[derive(Debug, Default)]
pub(crate) struct Throttle(Mutex<HashMap<(String, usize), (i64, u32)>>);

/// Beyond so many keys, what has run out is dropped.
const KEYS: usize = 10_000;

impl Throttle {
    /// Counts a request.
    pub(crate) fn count(&self, limits: &Limits, request: Request<'_>, now: i64) -> Result<(), Throttled> {
        match &limits.0 {
            Rules::Observed => self.observed(request, now),
            Rules::Listed(limits) => self.listed(limits, request, now),
        }
    }

    fn observed(&self, request: Request<'_>, now: i64) -> Result<(), Throttled> {
        if !matches!(*request.method, Method::POST | Method::PUT) {
            return Ok(());
        }
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if counts.len() > KEYS {
            counts.retain(|_, (whole, _)| *whole > now);
        }
        let key = (format!("{} {}", request.caller, request.endpoint), 0);
        let (whole, _) = counts.entry(key).or_insert((now, 0));
        let burst = OBSERVED_BURST * OBSERVED_STEP;
        // Refused ones count, up to as much again: whoever goes on asking waits longer, and not for ever.
        let next = (*whole).max(now).saturating_add(OBSERVED_STEP);
        *whole = next.min(now.saturating_add(2 * burst));
        let wait = next.saturating_sub(now).saturating_sub(burst);
        if wait > 0 { Err(Throttled { wait: wait.saturating_add(OBSERVED_STEP), observed: true }) } else { Ok(()) }
    }

    fn listed(&self, limits: &[Limit], request: Request<'_>, now: i64) -> Result<(), Throttled> {
        let caller = format!("{} {} {}", request.caller, request.method, request.endpoint);
        let write = !matches!(*request.method, Method::GET | Method::HEAD);
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // Callers come and go; what has run out says nothing.
        if counts.len() > KEYS {
            counts.retain(|(_, at), (window, _)| {
                limits.get(*at).is_some_and(|limit| now.div_euclid(limit.window) == *window)
            });
        }
        let applies = |class| class == Class::All || (class == Class::Writes) == write;
        let limits = || limits.iter().enumerate().filter(|(_, limit)| applies(limit.class));
        let mut wait = 0;
        for (at, limit) in limits() {
            let window = now.div_euclid(limit.window);
            let entry = counts.entry((caller.clone(), at)).or_insert((window, 0));
            if entry.0 != window {
                *entry = (window, 0);
            }
            if entry.1 >= limit.count {
                wait = wait.max(window.saturating_add(1).saturating_mul(limit.window).saturating_sub(now));
            }
        }
        if wait > 0 {
            return Err(Throttled { wait, observed: false });
        }
        for (at, _) in limits() {
            if let Some(entry) = counts.get_mut(&(caller.clone(), at)) {
                entry.1 += 1;
            }
        }
        Ok(())
    }

    pub(crate) fn clear(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn get<'a>(caller: &'a str, method: &'a Method) -> Request<'a> {
        Request { caller, method, endpoint: "spaces/bookings" }
    }

    #[test]
    fn each_caller_and_class_has_its_own_count() {
        let limits: Limits = "reads:2/1s,writes:1/1m".parse().unwrap();
        let throttle = Throttle::default();
        let count = |caller, method, now| throttle.count(&limits, get(caller, &method), now).map_err(|no| no.wait);
        assert_eq!(count("a", Method::GET, 0), Ok(()));
        assert_eq!(count("a", Method::GET, 10), Ok(()));
        assert_eq!(count("a", Method::GET, 20), Err(980));
        assert_eq!(count("b", Method::GET, 20), Ok(()));
        assert_eq!(count("a", Method::POST, 20), Ok(()));
        assert_eq!(count("a", Method::POST, 1_000), Err(59_000));
        assert_eq!(count("a", Method::GET, 1_000), Ok(()));
        assert_ne!(Limits::published(), Limits(Rules::Listed(Vec::new())));
        for bad in ["", "reads", "reads:1", "reads:x/1s", "reads:1/0s", "some:1/1s"] {
            assert!(bad.parse::<Limits>().is_err(), "{bad}");
        }
    }

    #[test]
    fn observed_limits_count_creates_and_updates_of_a_collection_together() {
        let limits: Limits = "observed".parse().unwrap();
        let throttle = Throttle::default();
        let count = |method: Method, now| throttle.count(&limits, get("a", &method), now).map_err(|no| no.wait);
        for at in 0..30 {
            assert_eq!(count(if at % 2 == 0 { Method::POST } else { Method::PUT }, 0), Ok(()), "{at}");
        }
        assert_eq!(count(Method::GET, 0), Ok(()));
        assert_eq!(count(Method::DELETE, 0), Ok(()));
        // The refused one counts as well, so that the wait is for two.
        assert_eq!(count(Method::POST, 0), Err(4_000));
        assert_eq!(count(Method::POST, 4_000), Ok(()));
        // Another collection has a count of its own.
        let other = Request { endpoint: "spaces/resources", ..get("a", &Method::POST) };
        assert_eq!(throttle.count(&limits, other, 4_000), Ok(()));
        // However often it is asked, the wait has an end.
        for _ in 0..1_000 {
            let _ = count(Method::POST, 4_000);
        }
        let Err(wait) = count(Method::POST, 4_000) else { panic!("let through") };
        assert!(wait <= 70_000, "{wait}");
        assert_eq!(count(Method::POST, 4_000 + wait), Ok(()));
        // From then on one in two seconds.
        for at in 1..40 {
            assert_eq!(count(Method::PUT, 4_000 + wait + at * 2_000), Ok(()), "{at}");
        }
    }
}
