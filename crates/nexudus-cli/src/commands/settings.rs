//! `nexudus profile`, `config` and `alias`.

use clap::{Arg, ArgMatches};

use super::branch::{CommandFuture, text};
use super::command::{Command, is_entity};

use crate::context::Context;
use crate::failure::{Exit, Failure};
use crate::json::{Object, Raw};
use crate::output::CommandOutput;
use crate::profile::{SETTINGS, Stored, check_profile_name};

/// `profile`
pub(crate) const PROFILE: Command = Command {
    name: "profile",
    about: "List profiles, set the default, or remove one",
    build: |command| {
        command
            .subcommand(sub("list", "List the profiles"))
            .subcommand(sub("use", "Set the default profile").arg(required("name", "NAME")))
            .subcommand(sub("remove", "Remove a profile with its credentials").arg(required("name", "NAME")))
    },
    run: profile,
};

/// `config`
pub(crate) const CONFIG: Command = Command {
    name: "config",
    about: "Show, set or unset a setting of the profile",
    build: |command| {
        let keys: Vec<_> = SETTINGS.iter().map(|setting| format!("  {:<16}{}", setting.key, setting.doc)).collect();
        command
            .subcommand(sub("get", "Show a setting, or all").arg(Arg::new("key").value_name("KEY")))
            .subcommand(sub("set", "Set a setting").arg(required("key", "KEY")).arg(required("value", "VALUE")))
            .subcommand(sub("unset", "Unset a setting").arg(required("key", "KEY")))
            .after_help(format!("Settings:\n{}", keys.join("\n")))
    },
    run: config,
};

/// `alias`
pub(crate) const ALIAS: Command = Command {
    name: "alias",
    about: "List, set or remove aliases",
    build: |command| {
        command
            .subcommand(sub("list", "List the aliases"))
            .subcommand(sub("set", "Set an alias").arg(required("name", "NAME")).arg(required("words", "WORDS")))
            .subcommand(sub("remove", "Remove an alias").arg(required("name", "NAME")))
    },
    run: alias,
};

fn sub(name: &'static str, about: &'static str) -> clap::Command {
    clap::Command::new(name).about(about).disable_help_flag(true)
}

fn required(name: &'static str, value: &'static str) -> Arg {
    Arg::new(name).value_name(value).required(true).allow_hyphen_values(true)
}

fn said(context: &Context, text: String) -> Result<(), Failure> {
    context.answer(&CommandOutput::Text(text.clone(), Raw::string(&text)), text)
}

fn profile<'a>(context: &'a Context, matches: &'a ArgMatches) -> CommandFuture<'a> {
    Box::pin(async move {
        let (home, mut config) = (context.home()?, context.config()?.clone());
        let (command, matches) = matches.subcommand().unwrap_or(("list", matches));
        let name = text(matches, "name").unwrap_or_default();
        let known = |name: &str| -> Result<bool, Failure> {
            Ok(context.config()?.profiles().iter().any(|known| known == name) || Stored::load(home, name)?.is_some())
        };
        match command {
            "use" => {
                check_profile_name(name)?;
                config.set_current(name);
                config.save(home)?;
                if !known(name)? {
                    context.note(&format!("Profile {name} has no settings and no credentials yet: `nexudus login`."));
                }
                said(context, format!("Using profile {name}."))
            }
            "remove" => {
                check_profile_name(name)?;
                if !known(name)? {
                    return Err(Failure::new(Exit::NotFound, format!("there is no profile {name}")));
                }
                context.confirm(&format!("Remove profile {name} with its credentials?"))?;
                Stored::remove(home, name)?;
                config.remove(name);
                config.save(home)?;
                said(context, format!("Removed profile {name}."))
            }
            _ => {
                let current = context.profile()?;
                let mut names = config.profiles();
                names.extend(home.stored_profiles());
                names.push(current.clone());
                names.sort();
                names.dedup();
                let rows = names.iter().map(|name| {
                    let stored = Stored::load(home, name).ok().flatten();
                    let settings = config.settings(name);
                    let base = stored.as_ref().map(|stored| stored.base_url.clone()).or(settings.get("base-url"));
                    let mut row = Object::default();
                    row.set("Profile", Raw::string(name));
                    row.set("Current", Raw::from(*name == current));
                    row.set("BaseUrl", base.as_deref().map_or_else(Raw::null, Raw::string));
                    row.set("Credentials", stored.map_or_else(Raw::null, |stored| Raw::string(stored.kind.name())));
                    row
                });
                let columns = ["Profile", "Current", "BaseUrl", "Credentials"].map(str::to_owned).to_vec();
                let rows: Vec<_> = rows.collect();
                let summary = format!("{} profiles", rows.len());
                context.answer(&CommandOutput::Rows(columns, rows), summary)
            }
        }
    })
}

fn config<'a>(context: &'a Context, matches: &'a ArgMatches) -> CommandFuture<'a> {
    Box::pin(async move {
        let (home, mut config, profile) = (context.home()?, context.config()?.clone(), context.profile()?);
        let (command, matches) = matches.subcommand().unwrap_or(("get", matches));
        let key = text(matches, "key");
        match (command, key) {
            ("set", Some(key)) => {
                let value = text(matches, "value").unwrap_or_default();
                config.set(&profile, key, Some(value))?;
                config.save(home)?;
                said(context, format!("{key} = {value}"))
            }
            ("unset", Some(key)) => {
                config.set(&profile, key, None)?;
                config.save(home)?;
                said(context, format!("{key} is not set"))
            }
            (_, Some(key)) => {
                // An unknown key is an error of its own.
                config.set(&profile, key, None)?;
                match context.config()?.settings(&profile).get(key) {
                    Some(value) => {
                        let data = Raw::object([(key, Raw::string(&value))]);
                        context.answer(&CommandOutput::Text(value.clone(), data), format!("{key} = {value}"))
                    }
                    None => Err(Failure::new(Exit::NotFound, format!("{key} is not set in profile {profile}"))),
                }
            }
            (_, None) => {
                let settings = config.settings(&profile);
                let row = |(key, value): (&str, String)| (key.to_owned(), Raw::string(&value));
                context.answer(
                    &CommandOutput::Record(Object(settings.all().map(row).collect())),
                    format!("Profile {profile}"),
                )
            }
        }
    })
}

fn alias<'a>(context: &'a Context, matches: &'a ArgMatches) -> CommandFuture<'a> {
    Box::pin(async move {
        let (home, mut config) = (context.home()?, context.config()?.clone());
        let (command, matches) = matches.subcommand().unwrap_or(("list", matches));
        let name = text(matches, "name").unwrap_or_default();
        match command {
            "set" => {
                let words = text(matches, "words").unwrap_or_default();
                if context.is_command(name) || is_entity(name) {
                    return Err(Failure::usage(format!("{name:?} is already the name of a command or an entity")));
                }
                if name.starts_with('-') || name.is_empty() || name.contains(char::is_whitespace) {
                    return Err(Failure::usage(format!("{name:?} is not a name for an alias: give a word")));
                }
                if shlex::split(words).is_none_or(|words| words.is_empty()) {
                    return Err(Failure::usage(format!("{words:?} are not words of a command line")));
                }
                config.set_alias(name, Some(words));
                config.save(home)?;
                said(context, format!("{name} is an alias for: {words}"))
            }
            "remove" => {
                if !config.aliases().iter().any(|(known, _)| known == name) {
                    return Err(Failure::new(Exit::NotFound, format!("there is no alias {name}")));
                }
                config.set_alias(name, None);
                config.save(home)?;
                said(context, format!("Removed alias {name}."))
            }
            _ => {
                let row = |(name, words): (String, String)| {
                    Object(vec![("Alias".to_owned(), Raw::string(&name)), ("Words".to_owned(), Raw::string(&words))])
                };
                let rows: Vec<_> = config.aliases().into_iter().map(row).collect();
                let summary = format!("{} aliases", rows.len());
                context.answer(&CommandOutput::Rows(vec!["Alias".to_owned(), "Words".to_owned()], rows), summary)
            }
        }
    })
}
