//! Limits on how often one caller may ask.

use std::collections::HashMap;
use std::str::FromStr;
use std::sync::{Mutex, PoisonError};

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

/// Limits on requests: `published`, or a list such as `reads:10/100ms,writes:60/1m`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits(Vec<Limit>);

/// The newest published numbers.
const PUBLISHED: &str = "all:1/100ms,all:120/1m,all:5000/1h,all:200000/1d,writes:60/1m,writes:5000/1d";

impl Limits {
    /// The newest published limits: one request in 100 ms, 120 a minute, 5,000 an hour and 200,000 a day, of which
    /// 60 writes a minute and 5,000 a day.
    pub fn published() -> Self {
        PUBLISHED.parse().unwrap_or(Self(Vec::new()))
    }
}

impl FromStr for Limits {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text.eq_ignore_ascii_case("published") {
            return Ok(Self::published());
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
            read().ok_or_else(|| format!("{part}: not a limit, give `published` or for example `writes:60/1m`"))
        };
        text.split(',').map(limit).collect::<Result<_, _>>().map(Self)
    }
}

/// What was counted so far.
#[derive(Debug, Default)]
pub(crate) struct Throttle(Mutex<HashMap<(String, usize), (i64, u32)>>);

impl Throttle {
    /// Counts a request of a caller; `Err` holds the seconds to wait.
    pub(crate) fn count(&self, limits: &Limits, caller: &str, write: bool, now: i64) -> Result<(), i64> {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // Callers come and go; what has run out says nothing.
        if counts.len() > 10_000 {
            counts.retain(|(_, at), (window, _)| {
                limits.0.get(*at).is_some_and(|limit| now.div_euclid(limit.window) == *window)
            });
        }
        let applies = |class| class == Class::All || (class == Class::Writes) == write;
        let limits = || limits.0.iter().enumerate().filter(|(_, limit)| applies(limit.class));
        let mut wait = 0;
        for (at, limit) in limits() {
            let window = now.div_euclid(limit.window);
            let entry = counts.entry((caller.to_owned(), at)).or_insert((window, 0));
            if entry.0 != window {
                *entry = (window, 0);
            }
            if entry.1 >= limit.count {
                wait = wait.max(window.saturating_add(1).saturating_mul(limit.window).saturating_sub(now));
            }
        }
        if wait > 0 {
            return Err((wait + 999) / 1000);
        }
        for (at, _) in limits() {
            if let Some(entry) = counts.get_mut(&(caller.to_owned(), at)) {
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

    #[test]
    fn each_caller_and_class_has_its_own_count() {
        let limits: Limits = "reads:2/1s,writes:1/1m".parse().unwrap();
        let throttle = Throttle::default();
        assert_eq!(throttle.count(&limits, "a", false, 0), Ok(()));
        assert_eq!(throttle.count(&limits, "a", false, 10), Ok(()));
        assert_eq!(throttle.count(&limits, "a", false, 20), Err(1));
        assert_eq!(throttle.count(&limits, "b", false, 20), Ok(()));
        assert_eq!(throttle.count(&limits, "a", true, 20), Ok(()));
        assert_eq!(throttle.count(&limits, "a", true, 1_000), Err(59));
        assert_eq!(throttle.count(&limits, "a", false, 1_000), Ok(()));
        assert!(!Limits::published().0.is_empty());
        for bad in ["", "reads", "reads:1", "reads:x/1s", "reads:1/0s", "some:1/1s"] {
            assert!(bad.parse::<Limits>().is_err(), "{bad}");
        }
    }
}
