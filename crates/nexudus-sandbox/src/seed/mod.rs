//! What a sandbox holds when it starts.

pub(crate) mod accounts;
pub(crate) mod demo;
pub(crate) mod fill;
pub(crate) mod records;
