//! The client against a scripted server, which answers whatever a test wants, and against the sandbox.
#![allow(deprecated)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may fail")]
#![allow(clippy::duplicate_mod, reason = "the examples share how they start")]

mod answers;
mod both;
mod compile_fail;
mod connection;
mod copies;
mod dynamic;
// Every entity by its type: generated once, for the model's tests.
#[path = "../../../nexudus-model/tests/it/each_entity.rs"]
mod each_entity;
mod examples;
mod faults;
mod hostile;
mod ignored;
mod lies;
mod memory;
mod operations;
mod outcomes;
mod pacing;
mod peak;
mod requests;
mod secrets;
mod server;
mod setup;
mod streams;
mod surface;
mod tokens;
mod unanswered;
mod updates;
mod waiting;
mod webhooks;
