//! The sandbox as its callers meet it: over a socket, in the same process, and as a program.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod basics;
mod caller;
mod control;
#[cfg(feature = "sqlite")]
mod data;
mod demo;
mod deviations;
mod effects;
mod fuzz;
mod guard;
mod login;
mod observed;
mod page;
mod program;
mod relations;
mod script;
mod sequences;
mod socket;
mod tables;
mod values;
