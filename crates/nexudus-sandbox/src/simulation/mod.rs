//! What a test decides: the time, limits, answers that go wrong, where the service differs. And what was asked.

pub(crate) mod clock;
pub(crate) mod deviation;
pub(crate) mod fault;
pub(crate) mod log;
pub(crate) mod throttle;
pub(crate) mod unknown;
