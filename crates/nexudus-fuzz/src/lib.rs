//! Fuzzing on a stable compiler: inputs by mutation of good ones, and a runner that survives what they do.
//!
//! Every input follows from a seed, the name of a target and a number, so a failure is repeated by naming the three. A
//! coverage-guided fuzzer would find more in an hour; it needs a nightly compiler and a sanitizer, and what reads input
//! here is tables and not code: the odd values matter more than the path.

pub mod bytes;
pub mod json;
pub mod request;
pub mod runner;
