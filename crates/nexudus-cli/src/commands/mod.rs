//! The commands, a file each, and the tables that name them.
//!
//! A command says how its flags are built and how it is run. Its parser is built when it is asked for, and no other.

mod account;
mod api;
pub(crate) mod branch;
mod command;
mod complete;
mod describe;
mod doctor;
mod entities;
pub(crate) mod entity;
mod import;
mod man;
mod mcp;
mod probe;
#[cfg(feature = "sandbox")]
mod sandbox;
mod settings;
mod table;
mod tree;
mod watch;
mod webhooks;

pub(crate) use branch::{Branch, CommandFuture};
pub(crate) use command::{Command, Verb, is_entity};
pub(crate) use table::{COMMANDS, VERBS, find_command, find_verb};
