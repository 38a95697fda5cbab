//! The command tree as data: what completions, manual pages and `nexudus commands` are made of.
//!
//! Nothing of it is built before it is asked for, and then only the branch that is asked for.

use nexudus_client::model::core::{EntityTable, Kind};

/// What a verb does, for any entity: of a description in which ` of {}` or `{}` stands for the entity.
pub(crate) fn about_any(about: &str) -> String {
    about.replace(" of {}", "").replace("{}", "records")
}

/// What a verb does for an entity.
pub(crate) fn about_for(about: &str, table: &EntityTable) -> String {
    about.replace("{}", table.plural)
}

/// A flag of a command.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
pub(crate) struct Flag {
    /// Its long name, without dashes.
    pub(crate) long: String,
    /// Its short name.
    pub(crate) short: Option<char>,
    /// Other long names that mean the same.
    pub(crate) aliases: Vec<String>,
    /// What its value is called; `None` for a switch.
    pub(crate) value: Option<String>,
    /// What it does.
    pub(crate) help: String,
    /// Whether it has to be given.
    pub(crate) is_required: bool,
    /// Whether it may be given again.
    pub(crate) is_repeated: bool,
    /// Whether the short help shows it.
    pub(crate) is_common: bool,
    /// Whether no help shows it.
    pub(crate) is_hidden: bool,
    /// What it takes, where it stands for a property.
    pub(crate) kind: Option<Kind>,
}

/// A word of a command that is not a flag.
#[derive(Clone, Debug)]
pub(crate) struct Argument {
    /// What it is called.
    pub(crate) name: String,
    /// What it is.
    pub(crate) help: String,
    /// Whether it has to be given.
    pub(crate) is_required: bool,
    /// Whether there may be several.
    pub(crate) is_repeated: bool,
}

/// One command.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    /// The words that name it.
    pub(crate) words: Vec<String>,
    /// What it does.
    pub(crate) about: String,
    /// What stands behind its flags.
    pub(crate) notes: String,
    /// Its words.
    pub(crate) arguments: Vec<Argument>,
    /// Its flags, but those that stand anywhere.
    pub(crate) flags: Vec<Flag>,
}

impl Node {
    /// How it is called, in a line.
    pub(crate) fn usage(&self) -> String {
        let argument = |argument: &Argument| {
            let name = format!("{}{}", argument.name, if argument.is_repeated { "..." } else { "" });
            if argument.is_required { name } else { format!("[{name}]") }
        };
        let mut words = vec!["nexudus".to_owned()];
        words.extend(self.words.iter().cloned());
        words.extend(self.arguments.iter().map(argument));
        if !self.flags.is_empty() {
            words.push("[FLAGS]".to_owned());
        }
        words.join(" ")
    }
}

/// The whole tree: each part is built when it is asked for.
#[derive(Clone, Copy)]
pub(crate) struct Tree {
    /// The names of all commands that belong to no entity, and what they do.
    pub(crate) commands: fn() -> Vec<(&'static str, &'static str)>,
    /// The verbs of an entity, or all.
    pub(crate) verbs: fn(Option<&'static EntityTable>) -> Vec<(&'static str, &'static str)>,
    /// A command and its subcommands; nothing if there is none of that name.
    pub(crate) command: fn(&str) -> Vec<Node>,
    /// A verb of an entity.
    pub(crate) verb: fn(&'static EntityTable, &str) -> Option<Node>,
}

impl std::fmt::Debug for Tree {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Tree")
    }
}
