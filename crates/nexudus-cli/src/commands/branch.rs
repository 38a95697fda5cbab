//! One branch of the command line: the parser of one command, with the flags of its entity.

use std::pin::Pin;

use clap::{Arg, ArgAction, ArgMatches};

use crate::argv::{GLOBAL_FLAGS, Help};
use crate::failure::{Exit, Failure};
use crate::tables::{Flag, squash};
use crate::tree::{self, Argument, Node};

/// A command on its way.
pub(crate) type CommandFuture<'a> = Pin<Box<dyn Future<Output = Result<(), Failure>> + 'a>>;

/// The parser of one command.
pub(crate) struct Branch {
    /// The parser.
    pub(crate) command: clap::Command,
    /// The flags that stand for properties.
    pub(crate) flags: Vec<Flag>,
}

/// A switch: there or not.
pub(crate) fn switch(name: &'static str, help: &'static str) -> Arg {
    Arg::new(name).long(name).action(ArgAction::SetTrue).help(help)
}

/// A flag with one value.
pub(crate) fn value(name: &'static str, value: &'static str, help: &'static str) -> Arg {
    Arg::new(name).long(name).value_name(value).action(ArgAction::Set).help(help)
}

/// A flag with a value that may be given again.
pub(crate) fn values(name: &'static str, value: &'static str, help: &'static str) -> Arg {
    Arg::new(name).long(name).value_name(value).action(ArgAction::Append).help(help)
}

/// The text of a flag.
pub(crate) fn text<'a>(matches: &'a ArgMatches, name: &str) -> Option<&'a str> {
    matches.try_get_one::<String>(name).ok().flatten().map(String::as_str)
}

/// All texts of a flag.
pub(crate) fn texts<'a>(matches: &'a ArgMatches, name: &str) -> Vec<&'a str> {
    let values = matches.try_get_many::<String>(name).ok().flatten();
    values.map(|values| values.map(String::as_str).collect()).unwrap_or_default()
}

/// Whether a switch was given.
pub(crate) fn is_on(matches: &ArgMatches, name: &str) -> bool {
    matches.try_get_one::<bool>(name).ok().flatten().copied().unwrap_or_default()
}

/// A number of a flag.
pub(crate) fn number<T: std::str::FromStr>(matches: &ArgMatches, name: &str) -> Result<Option<T>, Failure> {
    let Some(text) = text(matches, name) else { return Ok(None) };
    let wrong = |_| Failure::usage(format!("--{name} {text}: expected a whole number"));
    text.parse().map(Some).map_err(wrong)
}

impl Branch {
    /// A command without flags of an entity.
    pub(crate) fn plain(command: clap::Command) -> Self {
        Self { command, flags: Vec::new() }
    }

    /// Rewrites flags that are spelt in another way to the spelling of the parser, and gives a switch that stands for
    /// a property its value.
    fn normalize(&self, words: Vec<String>) -> Vec<String> {
        let known: Vec<(&str, bool)> = self
            .command
            .get_arguments()
            .filter_map(|argument| {
                let takes_value = matches!(argument.get_action(), ArgAction::Set | ArgAction::Append);
                Some((argument.get_long()?, takes_value))
            })
            .collect();
        let aliases = || {
            self.command
                .get_arguments()
                .filter_map(|argument| Some((argument.get_long()?, argument.get_all_aliases()?)))
                .flat_map(|(long, aliases)| aliases.into_iter().map(move |alias| (alias, long)))
        };
        let resolve = |name: &str| -> Option<&str> {
            if let Some((long, _)) = known.iter().find(|(long, _)| *long == name) {
                return Some(long);
            }
            if let Some((_, long)) = aliases().find(|(alias, _)| *alias == name) {
                return Some(long);
            }
            let squashed = squash(name);
            if let Some((long, _)) = known.iter().find(|(long, _)| squash(long) == squashed) {
                return Some(long);
            }
            self.flags.iter().find(|flag| flag.other_names().contains(&squashed)).map(|flag| flag.name.as_str())
        };
        let mut out = Vec::with_capacity(words.len());
        let mut words = words.into_iter().peekable();
        while let Some(word) = words.next() {
            if word == "--" {
                out.push(word);
                out.extend(words);
                break;
            }
            let Some(typed) = word.strip_prefix("--") else {
                out.push(word);
                continue;
            };
            let (name, inline) = match typed.split_once('=') {
                Some((name, value)) => (name, Some(value.to_owned())),
                None => (typed, None),
            };
            let Some(long) = resolve(name) else {
                out.push(word);
                continue;
            };
            let is_switch = self.flags.iter().any(|flag| flag.name == long && flag.is_switch());
            let takes_value = known.iter().any(|(known, takes_value)| *known == long && *takes_value);
            let value = match inline {
                Some(value) => Some(value),
                None if is_switch => {
                    // Not 1 and 0, which may be the id of a record.
                    let words_of_bool = ["true", "false", "yes", "no", "on", "off"];
                    let is_value = |word: &String| words_of_bool.contains(&word.to_ascii_lowercase().as_str());
                    Some(words.next_if(is_value).unwrap_or_else(|| "true".to_owned()))
                }
                None => None,
            };
            match value {
                Some(value) => out.push(format!("--{long}={value}")),
                None => {
                    out.push(format!("--{long}"));
                    // What follows is the value, whatever it looks like, unless it is another flag.
                    if takes_value && words.peek().is_some_and(|next| !next.starts_with("--")) {
                        out.extend(words.next());
                    }
                }
            }
        }
        out
    }

    /// Parses the words behind the command.
    pub(crate) fn parse(&self, words: Vec<String>) -> Result<ArgMatches, Failure> {
        let words = self.normalize(words);
        let command = self.command.clone();
        let name = command.get_name().to_owned();
        command.try_get_matches_from(std::iter::once(name).chain(words)).map_err(|error| usage(&error))
    }

    /// The help of this command, or of its subcommand that the words name.
    pub(crate) fn help(&self, words: &[String], help: Help) -> String {
        let mut command = self.command.clone();
        if let Some(sub) = words.first().and_then(|word| command.find_subcommand(word)).cloned() {
            let name = format!("{} {}", command.get_name(), sub.get_name());
            let notes = sub.get_after_help().or(command.get_after_help()).cloned().unwrap_or_default();
            command = sub.bin_name(name).after_help(notes);
        }
        let text = match help {
            Help::Short => command.render_help(),
            Help::Long => command.render_long_help(),
        };
        text.to_string()
    }
}

impl Branch {
    /// This command as data, and its subcommands.
    pub(crate) fn nodes(&self, words: &[&str]) -> Vec<Node> {
        let mut nodes = vec![self.node(&self.command, words)];
        for sub in self.command.get_subcommands() {
            let words: Vec<&str> = words.iter().copied().chain([sub.get_name()]).collect();
            nodes.push(self.node(sub, &words));
        }
        nodes
    }

    fn node(&self, command: &clap::Command, words: &[&str]) -> Node {
        let text = |styled: Option<&clap::builder::StyledStr>| styled.map(ToString::to_string).unwrap_or_default();
        let value = |argument: &Arg| {
            let names = argument.get_value_names().unwrap_or_default();
            names.first().map_or_else(|| argument.get_id().to_string(), ToString::to_string)
        };
        let mut node = Node {
            words: words.iter().map(|word| (*word).to_owned()).collect(),
            about: text(command.get_about()),
            notes: text(command.get_after_help()),
            arguments: Vec::new(),
            flags: Vec::new(),
        };
        for argument in command.get_arguments() {
            let takes_value = matches!(argument.get_action(), ArgAction::Set | ArgAction::Append);
            let is_repeated = matches!(argument.get_action(), ArgAction::Append);
            let help = text(argument.get_long_help().or(argument.get_help()));
            let is_required = argument.is_required_set();
            match argument.get_long() {
                Some(long) => node.flags.push(tree::Flag {
                    long: long.to_owned(),
                    short: argument.get_short(),
                    aliases: argument.get_all_aliases().unwrap_or_default().into_iter().map(str::to_owned).collect(),
                    value: takes_value.then(|| value(argument)),
                    help,
                    is_required,
                    is_repeated,
                    is_common: !argument.is_hide_short_help_set() && !argument.is_hide_set(),
                    is_hidden: argument.is_hide_set(),
                    kind: self.flags.iter().find(|flag| flag.name == long).map(|flag| flag.kind),
                }),
                None => node.arguments.push(Argument { name: value(argument), help, is_required, is_repeated }),
            }
        }
        node
    }
}

/// A command of clap with what all commands share.
pub(crate) fn command(name: String, about: impl Into<clap::builder::StyledStr>) -> clap::Command {
    clap::Command::new(name)
        .about(about)
        .disable_help_flag(true)
        .disable_version_flag(true)
        .disable_help_subcommand(true)
        .no_binary_name(false)
        .allow_negative_numbers(true)
        .after_help("Global flags such as --output, --profile and --yes can appear anywhere: see `nexudus --help`.")
}

/// What clap says of a wrong command line, without its decoration.
fn usage(error: &clap::Error) -> Failure {
    let text = error.render().to_string();
    let message = text.trim_start_matches("error: ").trim_end();
    let message = message.split("\n\nFor more information").next().unwrap_or(message);
    Failure::new(Exit::Usage, message.trim_end())
}

/// The help of the flags that stand anywhere.
pub(crate) fn global_help() -> String {
    let mut text = String::new();
    for flag in GLOBAL_FLAGS {
        let short = flag.short.map_or_else(|| "    ".to_owned(), |short| format!("-{short}, "));
        let value = flag.value.map(|value| format!(" {value}")).unwrap_or_default();
        text.push_str(&format!("  {:<24}{}\n", format!("{short}--{}{value}", flag.long), flag.doc));
    }
    text
}
