//! The binary, as people and scripts run it, against a sandbox.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may fail")]
#![allow(clippy::format_collect, reason = "input of tests is short")]

mod about;
mod accounts;
mod exits;
mod hostile;
mod imports;
mod lists;
mod mcp;
mod probe;
mod readme;
#[cfg(unix)]
mod shells;
mod streams;
#[cfg(unix)]
mod terminal;
mod tool;
mod vendor;
mod watching;
mod words;
mod writes;
