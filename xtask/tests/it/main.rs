//! Tests of xtask from outside.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that can't go on stops")]

mod mini;
