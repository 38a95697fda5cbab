//! Commands and flags as data: the parser, the help and the error messages all read one table.

use std::fmt::Write;
use std::io;
use std::path::Path;

use crate::error::Error;
use crate::names;

/// A task.
pub struct Command {
    /// What it is called by.
    pub name: &'static str,
    /// What it does, in a line.
    pub about: &'static str,
    /// What it takes.
    pub flags: &'static [Flag],
    /// Words that it takes besides, each with what it stands for. One in angle brackets stands for any text.
    pub words: &'static [(&'static str, &'static str)],
    /// Runs it on the checkout at a root; what it has to say goes to the output.
    pub run: fn(&Path, &Parsed, &mut dyn io::Write) -> Result<(), Error>,
}

/// A flag of a task.
pub struct Flag {
    /// Without the dashes.
    pub name: &'static str,
    /// What its value is called, where it takes one.
    pub value: Option<&'static str>,
    /// What it does, in a line.
    pub about: &'static str,
}

/// A flag without a value.
pub const fn flag(name: &'static str, about: &'static str) -> Flag {
    Flag { name, value: None, about }
}

impl Flag {
    /// The same flag with a value, which is called so.
    #[must_use]
    pub const fn value(self, value: &'static str) -> Self {
        Self { value: Some(value), ..self }
    }
}

/// A task with its flags and words.
pub struct Parsed {
    /// The task.
    pub command: &'static Command,
    flags: Vec<(&'static str, Option<String>)>,
    /// The words that were given, each one that the task knows.
    pub words: Vec<&'static str>,
    /// The texts that were given in the place of a word in angle brackets.
    pub texts: Vec<String>,
}

impl Parsed {
    fn new(command: &'static Command) -> Self {
        Self { command, flags: Vec::new(), words: Vec::new(), texts: Vec::new() }
    }

    /// Whether a flag was given.
    pub fn has(&self, flag: &str) -> bool {
        self.flags.iter().any(|(name, _)| *name == flag)
    }

    /// The value of a flag.
    pub fn value(&self, flag: &str) -> Option<&str> {
        self.flags.iter().find(|(name, _)| *name == flag)?.1.as_deref()
    }
}

/// Reads the arguments after the program's name. The error is a sentence for the user.
pub fn parse(commands: &'static [Command], args: impl IntoIterator<Item = String>) -> Result<Parsed, String> {
    let mut args = args.into_iter();
    let named = |name: &str| {
        let known = commands.iter().map(|command| command.name);
        let command = commands.iter().find(|command| command.name == name);
        command.ok_or_else(|| format!("there is no task `{name}`{}", hint(name, known)))
    };
    let first = args.next().unwrap_or_default();
    if matches!(first.as_str(), "" | "-h" | "--help") {
        return named("help").map(Parsed::new);
    }
    let command = named(&first)?;
    let mut parsed = Parsed::new(command);
    while let Some(arg) = args.next() {
        if matches!(arg.as_str(), "-h" | "--help") {
            return named("help").map(Parsed::new);
        }
        if let Some((word, _)) = command.words.iter().find(|(word, _)| *word == arg) {
            parsed.words.push(word);
            continue;
        }
        if !arg.starts_with('-') && command.words.iter().any(|(word, _)| word.starts_with('<')) {
            parsed.texts.push(arg);
            continue;
        }
        let (name, inline) = match arg.split_once('=') {
            Some((name, value)) => (name, Some(value.to_owned())),
            None => (arg.as_str(), None),
        };
        let flag = name.strip_prefix("--").and_then(|name| command.flags.iter().find(|flag| flag.name == name));
        let Some(flag) = flag else {
            let words = command.words.iter().map(|(word, _)| (*word).to_owned());
            let known: Vec<String> = command.flags.iter().map(|flag| format!("--{}", flag.name)).chain(words).collect();
            return Err(format!(
                "`{}` takes no `{name}`{}",
                command.name,
                hint(name, known.iter().map(String::as_str))
            ));
        };
        if parsed.has(flag.name) {
            return Err(format!("`--{}` stands twice", flag.name));
        }
        let value = match (flag.value, inline) {
            (None, None) => None,
            (None, Some(_)) => return Err(format!("`--{}` takes no value", flag.name)),
            (Some(what), inline) => match inline.or_else(|| args.next()) {
                Some(value) if !value.is_empty() && !value.starts_with('-') => Some(value),
                _ => return Err(format!("`--{}` needs a value: {what}", flag.name)),
            },
        };
        parsed.flags.push((flag.name, value));
    }
    Ok(parsed)
}

fn hint<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> String {
    match names::nearest(name, known) {
        Some(near) => format!("; did you mean `{near}`?"),
        None => "; see `cargo xtask help`".to_owned(),
    }
}

/// The help text.
pub fn help(commands: &[Command]) -> String {
    let mut text = "Tasks of this workspace. Usage: cargo xtask <task> [flags]\n".to_owned();
    for command in commands {
        // Writing to a string can't fail.
        let _ = write!(text, "\n{:<10} {}\n", command.name, command.about);
        for flag in command.flags {
            let name = match flag.value {
                Some(value) => format!("--{} <{value}>", flag.name),
                None => format!("--{}", flag.name),
            };
            let _ = writeln!(text, "  {name:<18} {}", flag.about);
        }
        for (word, about) in command.words {
            let _ = writeln!(text, "  {word:<18} {about}");
        }
    }
    text
}

/// A number of things, as `1 item` or `2 items`.
pub fn counted(count: usize, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use super::*;
    use crate::commands::COMMANDS;

    fn parsed(args: &str) -> Result<Parsed, String> {
        parse(COMMANDS, args.split_whitespace().map(str::to_owned))
    }

    #[test]
    fn flags_and_values() {
        let args = parsed("codegen --check --only UserMessage").unwrap();
        assert!(args.command.name == "codegen" && args.has("check") && !args.has("diff"));
        assert_eq!(args.value("only"), Some("UserMessage"));
        assert_eq!(parsed("codegen --only=sys/users").unwrap().value("only"), Some("sys/users"));
        assert_eq!(parsed("codegen").unwrap().flags, []);
        assert_eq!(parsed("bench model records").unwrap().words, ["model", "records"]);
        for help in ["", "help", "--help", "-h", "codegen --help"] {
            assert_eq!(parsed(help).unwrap().command.name, "help");
        }
    }

    #[test]
    fn mistakes() {
        let error = |args| parsed(args).err().unwrap();
        assert_snapshot!(error("codgen"), @"there is no task `codgen`; did you mean `codegen`?");
        assert_snapshot!(error("publish"), @"there is no task `publish`; see `cargo xtask help`");
        assert_snapshot!(error("codegen --chekc"), @"`codegen` takes no `--chekc`; did you mean `--check`?");
        assert_snapshot!(error("codegen -check"), @"`codegen` takes no `-check`; did you mean `--check`?");
        assert_snapshot!(error("codegen UserMessage"), @"`codegen` takes no `UserMessage`; see `cargo xtask help`");
        assert_snapshot!(error("codegen --check=yes"), @"`--check` takes no value");
        assert_snapshot!(error("codegen --only"), @"`--only` needs a value: entity");
        assert_snapshot!(error("codegen --only --check"), @"`--only` needs a value: entity");
        assert_snapshot!(error("bench recods"), @"`bench` takes no `recods`; did you mean `records`?");
        assert_snapshot!(error("codegen --check --check"), @"`--check` stands twice");
    }

    #[test]
    fn help_lists_everything() {
        assert_snapshot!(help(COMMANDS), @"
        Tasks of this workspace. Usage: cargo xtask <task> [flags]

        codegen    Write the code that is generated from spec/
          --check            Write nothing; fail unless all generated code is there and up to date
          --diff             Write nothing; show what would change
          --only <entity>    Only the files of one entity, given by name, plural or path
          --stats            Write nothing; count what the spec holds and what is generated from it

        demo       Show what this project does: regenerate, start a sandbox, use the client, the tool and the probe

        facts      List every difference between spec/ and facts that are kept elsewhere
          <path>             A folder with entities.json and enums.json, or the former

        import     Take pages of the published reference, and reports of `nexudus probe`, into spec/
          --check            Write nothing; say what would change
          --out <folder>     Read and write this folder in the place of spec/
          <page>             A page as text, HTML or Markdown, or a probe.json

        drift      Say how pages and reports differ from spec/; fail where they do
          --json             Print the differences as JSON
          <page>             A page as text, HTML or Markdown, or a probe.json

        verdict    Say what the changes of spec/ mean for users of the crates: patch, minor or breaking
          --base <rev>       The commit or tag to compare with

        semver     Hold the verdict on kinds of change against cargo-semver-checks, and write docs/semver-check.md

        ci         Check everything that must hold before a change lands: the steps that are named, or all
          format             rustfmt has nothing to change
          codegen            What is generated from spec/ is committed
          openapi            The OpenAPI document is committed
          clippy             No lint fires, in all targets with all features
          features           Each feature and each section of the API stands alone
          docs               Documentation has no warnings
          test               cargo test --workspace
          fuzz               A minute of mutated input, the same one every time
          package            Each published crate can be packaged, with licences and README
          msrv               The published crates compile with the oldest Rust that they name
          deny               Licences, sources, bans and advisories of dependencies (cargo-deny)
          semver             No published item goes or changes unless the version says so (cargo-semver-checks)

        openapi    Write openapi/nexudus.json, the spec as an OpenAPI document
          --check            Write nothing; fail unless the document is up to date
          --version <number> 3.1, which is the default, or 3.0
          --out <file>       Write to this file

        bench      Measure what docs/performance.md reports: the subjects that are named, or all
          --install          Install the packages of npm and PyPI that are missing, into target/
          codegen            Generating everything, and finding that there is nothing to do
          records            Decoding and encoding a page, beside serde's derive
          get                A typed get, beside a bare reqwest and serde_json
          stream             Many pages through a stream, beside a page loop
          scale              The sandbox with a million bookings
          sandbox            The sandbox under load, beside Prism
          cli                The command-line tool, beside a bare request
          mcp                The MCP server: its first answer, the length of answers, 10,000 calls
          model              Compiling the model, beside a twin with serde's derive
          program            Compiling a program that uses every entity

        dist       Build and pack the command-line tool: program, manual pages, completions, licences, SBOM, checksums
          --target <triple>  For this target instead of the machine's own

        soak       Make a thousand calls of a server that takes ten a second; takes 100 seconds

        fuzz       Feed mutated input to everything that reads what others send
          --target <name>    Only this target; each prints its name
          --seconds <number> For how long, all targets together; 60 by default
          --seed <number>    Repeat a run: every input follows from this number
          --replay <file>    Run one input, a file, through a target
          --release          Build with optimizations and debug assertions, for long runs

        deviations Probe sandboxes that deviate at random; every deviation has to be found, and nothing else
          --files <number>   How many sandboxes; 200 by default
          --seed <number>    The number that the first of them follows from; 1 by default

        browser    Use the sandbox's page in a headless Chromium, and write docs/browser-test.md
          --install          Install the packages of npm and PyPI that are missing, into target/

        interop    Run clients in other languages against the sandbox, and write docs/interop.md
          --install          Install the packages of npm and PyPI that are missing, into target/
          mcp                Run clients of MCP against `nexudus mcp` instead, and write docs/mcp-interop.md
          openapi            Let tools of others read openapi/nexudus.json, and write docs/openapi-interop.md

        help       Show this
        ");
    }
}
