//! Webhooks: which of them a change is for, and what waits to be sent. Sends nothing itself.

pub(crate) mod actions;
pub(crate) mod attempt;
pub(crate) mod outbox;
pub(crate) mod target;
