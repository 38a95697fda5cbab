//! Requests taken apart and answers put together. Knows nothing of entities or of sockets.

pub(crate) mod body;
pub(crate) mod envelope;
pub(crate) mod names;
pub(crate) mod pairs;
pub(crate) mod reply;
