//! What a command is.

use clap::ArgMatches;
use nexudus_client::model::core::EntityTable;

use super::branch::{Branch, CommandFuture};
use crate::context::Context;
use crate::failure::Failure;
use crate::tables::{Lookup, look_up};

/// A command that belongs to no entity.
pub(crate) struct Command {
    /// Its name.
    pub(crate) name: &'static str,
    /// What it does, in a line.
    pub(crate) about: &'static str,
    /// Its parser.
    pub(crate) build: fn(clap::Command) -> clap::Command,
    /// Runs it.
    pub(crate) run: for<'a> fn(&'a Context, &'a ArgMatches) -> CommandFuture<'a>,
}

impl Command {
    /// Whether no help shows it: what shells call, and no person.
    pub(crate) fn is_hidden(&self) -> bool {
        self.name.starts_with('_')
    }
}

/// A command of every entity that has what it needs.
pub(crate) struct Verb {
    /// Its name.
    pub(crate) name: &'static str,
    /// What it does, in a line; `{}` stands for the entity.
    pub(crate) about: &'static str,
    /// Whether an entity has it.
    pub(crate) exists: fn(&EntityTable) -> bool,
    /// Its parser.
    pub(crate) build: fn(clap::Command, &'static EntityTable) -> Branch,
    /// Runs it.
    pub(crate) run: for<'a> fn(&'a Context, &'static EntityTable, &'a ArgMatches) -> CommandFuture<'a>,
}

/// The entity that a word names, or a failure with guesses.
pub(crate) fn entity_named(word: &str) -> Result<&'static EntityTable, Failure> {
    match look_up(word) {
        Lookup::Found(table) => Ok(table),
        Lookup::Unknown(near) => {
            let hint = match near.as_slice() {
                [] => "`nexudus entities` lists the entities.".to_owned(),
                near => format!("Did you mean {}?", near.join(", ")),
            };
            Err(Failure::usage(format!("there is no entity called {word:?}")).hint(hint))
        }
    }
}

/// Whether a word names an entity.
pub(crate) fn is_entity(word: &str) -> bool {
    matches!(look_up(word), Lookup::Found(_))
}
