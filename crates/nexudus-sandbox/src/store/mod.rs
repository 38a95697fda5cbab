//! Where records live: in memory, and in a file where one is given.

pub(crate) mod change;
pub(crate) mod chunks;
pub(crate) mod memory;
#[cfg(feature = "sqlite")]
pub(crate) mod sqlite;
pub(crate) mod table;
pub(crate) mod view;
#[cfg(feature = "sqlite")]
pub(crate) mod wal;
