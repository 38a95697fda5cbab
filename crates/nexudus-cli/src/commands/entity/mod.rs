//! The commands that every entity has.

pub(crate) mod body;
pub(crate) mod create;
pub(crate) mod delete;
pub(crate) mod file;
pub(crate) mod get;
pub(crate) mod list;
pub(crate) mod records;
pub(crate) mod run_command;
pub(crate) mod update;
pub(crate) mod write;
