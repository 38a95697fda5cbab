//! Which commands there are.

use super::command::{Command, Verb};
use super::{account, api, doctor, entities, entity, import, probe, settings};

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
    api::COMMAND,
    import::COMMAND,
    probe::COMMAND,
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
