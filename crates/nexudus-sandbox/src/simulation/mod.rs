//! What a test decides: the time, limits, answers that go wrong. And what was asked.

pub(crate) mod clock;
pub(crate) mod fault;
pub(crate) mod log;
pub(crate) mod throttle;
pub(crate) mod unknown;
