//! The command-line tool as a library, so that its parts can be tested and hosted.

#![allow(clippy::format_push_string, clippy::format_collect, reason = "texts for a person are short")]
#![allow(clippy::single_match_else, clippy::match_bool, reason = "both cases are read side by side")]

mod argv;
mod commands;
mod context;
mod failure;
mod files;
mod input;
mod json;
mod mcp;
mod output;
mod probe;
mod profile;
mod records;
mod redact;
mod run;
mod tables;
mod terminal;
mod tree;

pub use run::main;
