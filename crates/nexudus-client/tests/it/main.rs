//! The client against a scripted server, which answers whatever a test wants, and against the sandbox.
#![allow(deprecated)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may fail")]

mod answers;
mod compile_fail;
mod faults;
mod memory;
mod requests;
mod server;
mod setup;
mod tokens;
