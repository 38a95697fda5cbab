//! How two ways of doing the same thing are compared.
//!
//! A machine that does other things gives no steady times, so nothing here reports a time alone. The two ways
//! run in turn, many times; each pair gives a ratio, and what counts is the median of the ratios with the
//! quartiles around it.

use std::fmt;
use std::time::{Duration, Instant};

/// Whatever kept a measurement from being made.
pub(crate) type Failure = Box<dyn std::error::Error>;

/// The outcome of comparing two ways of doing the same thing.
pub(crate) struct Comparison {
    /// How many times as fast the first one is.
    ratios: Vec<f64>,
    first: Vec<Duration>,
    second: Vec<Duration>,
}

/// Runs two ways in turn, after one round to warm up.
pub(crate) fn compare(rounds: usize, mut first: impl FnMut(), mut second: impl FnMut()) -> Comparison {
    first();
    second();
    let mut times = Comparison { ratios: Vec::new(), first: Vec::new(), second: Vec::new() };
    for round in 0..rounds {
        let (a, b);
        // Which one goes first changes, so that neither always finds the caches as the other left them.
        if round % 2 == 0 {
            a = time(&mut first);
            b = time(&mut second);
        } else {
            b = time(&mut second);
            a = time(&mut first);
        }
        times.push(a, b);
    }
    times.sorted()
}

fn time(run: &mut impl FnMut()) -> Duration {
    let start = Instant::now();
    run();
    start.elapsed()
}

impl Comparison {
    fn push(&mut self, first: Duration, second: Duration) {
        self.ratios.push(second.as_secs_f64() / first.as_secs_f64());
        self.first.push(first);
        self.second.push(second);
    }

    fn sorted(mut self) -> Self {
        self.ratios.sort_by(f64::total_cmp);
        self.first.sort_unstable();
        self.second.sort_unstable();
        self
    }
}

/// The value at a share of a sorted list.
fn at<T: Copy + Default>(sorted: &[T], quarter: usize) -> T {
    sorted.get((sorted.len().saturating_sub(1)) * quarter / 4).copied().unwrap_or_default()
}

impl fmt::Display for Comparison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{:.2} times as fast ({:.2} to {:.2}); medians {:.2?} and {:.2?}",
            at(&self.ratios, 2),
            at(&self.ratios, 1),
            at(&self.ratios, 3),
            at(&self.first, 2),
            at(&self.second, 2),
        )
    }
}
