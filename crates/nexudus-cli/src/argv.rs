//! The first pass over the command line.
//!
//! A parser that knows all 19,000 flags of all entities takes 20 ms and 22 MB to build. So the words are looked at
//! first: global flags are taken out wherever they stand, and what is left names one branch, which alone is built.

use std::time::Duration;

use crate::failure::Failure;
use crate::output::Format;

/// How much help is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Help {
    /// `-h`: what is needed and what is common.
    Short,
    /// `--help`: everything.
    Long,
}

/// Flags that stand anywhere.
#[derive(Clone, Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own")]
pub(crate) struct Globals {
    /// The profile to use.
    pub(crate) profile: Option<String>,
    /// The base address, instead of the profile's.
    pub(crate) base_url: Option<String>,
    /// The form of the output.
    pub(crate) output: Option<Format>,
    /// Says nothing but the answer and errors.
    pub(crate) quiet: bool,
    /// Prints each request to standard error.
    pub(crate) verbose: bool,
    /// Answers yes to every question.
    pub(crate) yes: bool,
    /// Shows writes instead of sending them.
    pub(crate) dry_run: bool,
    /// Refuses writes.
    pub(crate) read_only: bool,
    /// The longest time for one request with its retries.
    pub(crate) timeout: Option<Duration>,
    /// Help instead of a run.
    pub(crate) help: Option<Help>,
    /// The version instead of a run.
    pub(crate) version: bool,
}

/// A flag that stands anywhere: its names, what its value is called, and what it does.
pub(crate) struct GlobalFlag {
    /// The long name, without dashes.
    pub(crate) long: &'static str,
    /// The short name.
    pub(crate) short: Option<char>,
    /// What its value is called; `None` for a switch.
    pub(crate) value: Option<&'static str>,
    /// What it does.
    pub(crate) doc: &'static str,
    set: fn(&mut Globals, &str) -> Result<(), String>,
}

/// All flags that stand anywhere.
pub(crate) const GLOBAL_FLAGS: &[GlobalFlag] = &[
    GlobalFlag {
        long: "profile",
        short: None,
        value: Some("NAME"),
        doc: "Use this profile [env: NEXUDUS_PROFILE]",
        set: |globals, text| {
            globals.profile = Some(text.to_owned());
            Ok(())
        },
    },
    GlobalFlag {
        long: "base-url",
        short: None,
        value: Some("URL"),
        doc: "Use this base address [env: NEXUDUS_BASE_URL]",
        set: |globals, text| {
            globals.base_url = Some(text.to_owned());
            Ok(())
        },
    },
    GlobalFlag {
        long: "output",
        short: Some('o'),
        value: Some("FORMAT"),
        doc: "Print as table, json, jsonl, csv, md, yaml or agent [env: NEXUDUS_OUTPUT]",
        set: |globals, text| {
            globals.output = Some(text.parse()?);
            Ok(())
        },
    },
    GlobalFlag {
        long: "json",
        short: None,
        value: None,
        doc: "The same as --output json",
        set: |globals, _| {
            globals.output = Some(Format::Json);
            Ok(())
        },
    },
    GlobalFlag {
        long: "md",
        short: None,
        value: None,
        doc: "The same as --output md",
        set: |globals, _| {
            globals.output = Some(Format::Markdown);
            Ok(())
        },
    },
    GlobalFlag {
        long: "agent",
        short: None,
        value: None,
        doc: "The same as --output agent: JSON for an assistant, with personal data redacted",
        set: |globals, _| {
            globals.output = Some(Format::Agent);
            Ok(())
        },
    },
    GlobalFlag {
        long: "yes",
        short: Some('y'),
        value: None,
        doc: "Answer yes to every question",
        set: |globals, _| {
            globals.yes = true;
            Ok(())
        },
    },
    GlobalFlag {
        long: "dry-run",
        short: None,
        value: None,
        doc: "Show the request of a write or a list, and send none",
        set: |globals, _| {
            globals.dry_run = true;
            Ok(())
        },
    },
    GlobalFlag {
        long: "read-only",
        short: None,
        value: None,
        doc: "Refuse writes [env: NEXUDUS_READ_ONLY]",
        set: |globals, _| {
            globals.read_only = true;
            Ok(())
        },
    },
    GlobalFlag {
        long: "timeout",
        short: None,
        value: Some("SECONDS"),
        doc: "The longest time for one request with its retries [default: 120]",
        set: |globals, text| {
            let seconds: u32 = text.parse().map_err(|_| "give a number of seconds")?;
            if seconds == 0 {
                return Err("give at least 1 second".to_owned());
            }
            globals.timeout = Some(Duration::from_secs(seconds.into()));
            Ok(())
        },
    },
    GlobalFlag {
        long: "quiet",
        short: Some('q'),
        value: None,
        doc: "Print the answer and errors, and nothing else",
        set: |globals, _| {
            globals.quiet = true;
            Ok(())
        },
    },
    GlobalFlag {
        long: "verbose",
        short: Some('v'),
        value: None,
        doc: "Print each request to standard error",
        set: |globals, _| {
            globals.verbose = true;
            Ok(())
        },
    },
    GlobalFlag {
        long: "help",
        short: Some('h'),
        value: None,
        doc: "-h prints a summary, --help prints everything",
        set: |globals, _| {
            globals.help = Some(Help::Long);
            Ok(())
        },
    },
    GlobalFlag {
        long: "version",
        short: Some('V'),
        value: None,
        doc: "Print the version",
        set: |globals, _| {
            globals.version = true;
            Ok(())
        },
    },
];

fn find(word: &str) -> Option<(&'static GlobalFlag, Option<&str>)> {
    if let Some(long) = word.strip_prefix("--") {
        let (name, value) = match long.split_once('=') {
            Some((name, value)) => (name, Some(value)),
            None => (long, None),
        };
        return GLOBAL_FLAGS.iter().find(|flag| flag.long == name).map(|flag| (flag, value));
    }
    let short = word.strip_prefix('-')?;
    let mut characters = short.chars();
    let first = characters.next()?;
    let flag = GLOBAL_FLAGS.iter().find(|flag| flag.short == Some(first))?;
    let rest = characters.as_str();
    match flag.value {
        Some(_) => Some((flag, Some(rest).filter(|rest| !rest.is_empty()).map(|rest| rest.trim_start_matches('=')))),
        None => rest.is_empty().then_some((flag, None)),
    }
}

/// The global flags, and the words that are left.
pub(crate) type Split = (Globals, Vec<String>);

/// Takes the global flags out. What is left keeps its order; nothing behind `--` is looked at. An error comes with all
/// flags that are right, since they say how the error is printed.
pub(crate) fn split(words: Vec<String>) -> Result<Split, Box<(Globals, Failure)>> {
    split_onto(Globals::default(), words)
}

/// The same, with the flags that are known already.
pub(crate) fn split_onto(mut globals: Globals, words: Vec<String>) -> Result<Split, Box<(Globals, Failure)>> {
    let mut rest = Vec::new();
    let mut failed: Option<Failure> = None;
    let mut words = words.into_iter();
    while let Some(word) = words.next() {
        if word == "--" {
            rest.push(word);
            rest.extend(words);
            break;
        }
        let Some((flag, inline)) = find(&word) else {
            rest.push(word);
            continue;
        };
        let value = match (flag.value, inline) {
            (None, Some(_)) => {
                failed.get_or_insert(Failure::usage(format!("--{} takes no value", flag.long)));
                continue;
            }
            (None, None) => String::new(),
            (Some(_), Some(value)) => value.to_owned(),
            (Some(value), None) => match words.next() {
                Some(value) => value,
                None => {
                    failed.get_or_insert(Failure::usage(format!("--{} needs a value: {value}", flag.long)));
                    continue;
                }
            },
        };
        if let Err(message) = (flag.set)(&mut globals, &value) {
            failed.get_or_insert(Failure::usage(format!("--{} {value}: {message}", flag.long)));
        }
        if word == "-h" {
            globals.help = Some(Help::Short);
        }
    }
    match failed {
        Some(failure) => Err(Box::new((globals, failure))),
        None => Ok((globals, rest)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(line: &str) -> Vec<String> {
        line.split_whitespace().map(str::to_owned).collect()
    }

    #[test]
    fn global_flags_stand_anywhere() {
        for line in [
            "--json -y coworkers list --size 5",
            "coworkers --json list -y --size 5",
            "coworkers list --size 5 -y --output=json",
            "coworkers list -ojson --size 5 --yes",
        ] {
            let (globals, rest) = split(words(line)).unwrap();
            assert_eq!(globals.output, Some(Format::Json), "{line}");
            assert!(globals.yes);
            assert_eq!(rest, ["coworkers", "list", "--size", "5"]);
        }
    }

    #[test]
    fn what_stands_behind_two_dashes_is_left() {
        let (globals, rest) = split(words("coworkers list -- --json -h")).unwrap();
        assert_eq!((globals.output, globals.help), (None, None));
        assert_eq!(rest, ["coworkers", "list", "--", "--json", "-h"]);
    }

    #[test]
    fn wrong_values_are_named() {
        let says = |line| split(words(line)).unwrap_err().1.message;
        insta::assert_snapshot!(says("--output xml"), @"--output xml: no such format; there are table, json, jsonl, csv, md, yaml and agent");
        insta::assert_snapshot!(says("a --profile"), @"--profile needs a value: NAME");
        insta::assert_snapshot!(says("--json=1"), @"--json takes no value");
        insta::assert_snapshot!(says("--timeout 0"), @"--timeout 0: give at least 1 second");
    }
}
