//! The workspace's own tasks, as a library: everything that can be tested without a process or a disk.
//!
//! It depends on none of the workspace's crates, so that it builds in seconds and still runs when a change has left
//! them broken.

pub mod args;
pub mod codegen;
pub mod commands;
pub mod error;
pub mod hash;
pub mod import;
pub mod names;
pub mod openapi;
pub mod spec;
pub mod tools;
pub mod verdict;
pub mod workspace;
