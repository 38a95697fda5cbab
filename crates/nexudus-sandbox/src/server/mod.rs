//! The service behind a socket. The only room that waits: for the network and for time.

pub(crate) mod guard;
pub(crate) mod patient;
pub(crate) mod serve;
pub(crate) mod webhook_sender;
