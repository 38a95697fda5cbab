//! What time it is, which a test may decide.

use std::sync::{PoisonError, RwLock};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

/// A clock that runs, perhaps ahead or behind, or stands still. In milliseconds since 1970.
#[derive(Debug, Default)]
pub(crate) struct Clock(RwLock<Mode>);

#[derive(Clone, Copy, Debug)]
enum Mode {
    Running { ahead: i64 },
    Frozen { at: i64, since: Instant },
}

impl Default for Mode {
    fn default() -> Self {
        Self::Running { ahead: 0 }
    }
}

fn system() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

impl Clock {
    pub(crate) fn now(&self) -> i64 {
        match *self.0.read().unwrap_or_else(PoisonError::into_inner) {
            Mode::Running { ahead } => Self::printable(system().saturating_add(ahead)),
            Mode::Frozen { at, .. } => Self::printable(at),
        }
    }

    /// Time that passes even while the clock stands, and jumps with it: what limits are counted by. Whoever is told to
    /// wait would wait for ever otherwise.
    pub(crate) fn passing(&self) -> i64 {
        match *self.0.read().unwrap_or_else(PoisonError::into_inner) {
            Mode::Running { .. } => self.now(),
            Mode::Frozen { at, since } => {
                Self::printable(at).saturating_add(i64::try_from(since.elapsed().as_millis()).unwrap_or(i64::MAX))
            }
        }
    }

    /// The present second, as records hold it.
    pub(crate) fn second(&self) -> i64 {
        self.now().div_euclid(1000).saturating_mul(1000)
    }

    /// The rest of the second, in units of 100 ns.
    pub(crate) fn fraction(&self) -> u32 {
        let millis = u32::try_from(self.now().rem_euclid(1000)).unwrap_or(0);
        let nanos = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().subsec_nanos();
        millis * 10_000 + if self.is_frozen() { 0 } else { nanos / 100 % 10_000 }
    }

    /// Stands still from now on.
    pub(crate) fn freeze(&self, at: i64) {
        self.set(Mode::Frozen { at, since: Instant::now() });
    }

    /// Runs on from a time.
    pub(crate) fn run_from(&self, at: i64) {
        self.set(Mode::Running { ahead: at.saturating_sub(system()) });
    }

    /// As a sandbox is started: at a time or not, standing or not.
    pub(crate) fn start(&self, at: Option<(i64, bool)>) {
        match at {
            Some((at, true)) => self.freeze(at),
            Some((at, false)) => self.run_from(at),
            None => self.reset(),
        }
    }

    /// Tells the real time again.
    pub(crate) fn reset(&self) {
        self.set(Mode::default());
    }

    pub(crate) fn is_frozen(&self) -> bool {
        matches!(*self.0.read().unwrap_or_else(PoisonError::into_inner), Mode::Frozen { .. })
    }

    /// Times beyond what four digits of a year can say are not told.
    fn printable(at: i64) -> i64 {
        at.clamp(-62_135_596_800_000, 253_402_300_799_000)
    }

    fn set(&self, mode: Mode) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = mode;
    }
}
