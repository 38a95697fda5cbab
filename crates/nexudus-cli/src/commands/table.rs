//! Which commands there are.

use super::command::{Command, Verb};
#[cfg(feature = "sandbox")]
use super::sandbox;
use super::{
    account, api, complete, describe, doctor, entities, entity, import, man, mcp, probe, settings, tree, watch,
    webhooks,
};

/// All commands that belong to no entity.
pub(crate) const COMMANDS: &[Command] = &[
    account::LOGIN,
    account::LOGOUT,
    account::WHOAMI,
    settings::PROFILE,
    settings::CONFIG,
    settings::ALIAS,
    doctor::COMMAND,
    entities::COMMAND,
    describe::COMMAND,
    api::COMMAND,
    import::COMMAND,
    watch::COMMAND,
    webhooks::COMMAND,
    #[cfg(feature = "sandbox")]
    sandbox::COMMAND,
    tree::COMMAND,
    complete::COMPLETIONS,
    man::COMMAND,
    complete::COMPLETE,
    probe::COMMAND,
    mcp::COMMAND,
];

/// All commands of entities.
pub(crate) const VERBS: &[Verb] = &[
    entity::list::VERB,
    entity::get::VERB,
    entity::create::VERB,
    entity::update::UPDATE,
    entity::update::EDIT,
    entity::delete::VERB,
    entity::run_command::COMMANDS,
    entity::run_command::RUN,
    entity::file::VERB,
    entity::body::VERB,
];

/// A command by its name.
pub(crate) fn find_command(name: &str) -> Option<&'static Command> {
    COMMANDS.iter().find(|command| command.name == name)
}

/// A command of an entity by its name.
pub(crate) fn find_verb(name: &str) -> Option<&'static Verb> {
    VERBS.iter().find(|verb| verb.name.eq_ignore_ascii_case(name))
}
