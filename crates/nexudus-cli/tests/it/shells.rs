//! The completion scripts, in the shells that they are for.
//!
//! A shell that is not installed is named on standard error; those that are complete a word in earnest, with the key.

use std::path::PathBuf;
use std::process::Command;

use rexpect::session::spawn_command;

use crate::tool::{Tool, finish};

/// The longest that a test waits for a text, in milliseconds.
const PATIENCE: u64 = 60_000;

/// What is typed before the key, and the line that comes of it.
const LINES: &[(&str, &str)] = &[
    ("nexudus visit", "nexudus visitors"),
    ("nexudus bookings li", "nexudus bookings list"),
    ("nexudus --json bookings list --tenta", "nexudus --json bookings list --tentative"),
    ("nexudus bookings list --output=ya", "nexudus bookings list --output=yaml"),
    ("nexudus bookings list --columns Id,FromTimeL", "nexudus bookings list --columns Id,FromTimeLocal"),
    ("nexudus coworkers create --coworker-type Com", "nexudus coworkers create --coworker-type Company"),
    ("nexudus coworkers create --set FullNa", "nexudus coworkers create --set FullName="),
    ("nexudus import coworkers ./rows-of", "nexudus import coworkers ./rows-of.csv"),
];

/// Where a shell is; `None`, said on standard error, where it is not installed.
fn installed(shell: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    let found = std::env::split_paths(&path).map(|folder| folder.join(shell)).find(|path| path.is_file());
    if found.is_none() {
        eprintln!("{shell} is not installed here: its completion script was not run");
    }
    found
}

fn command(tool: &Tool, shell: &PathBuf) -> Command {
    let folder = crate::tool::binary().parent().unwrap().to_owned();
    let path =
        std::env::join_paths([folder].into_iter().chain(std::env::split_paths(&std::env::var_os("PATH").unwrap())));
    let mut command = Command::new(shell);
    command.env_clear().env("PATH", path.unwrap()).env("TERM", "xterm").env("HOME", &tool.home);
    command.env("NEXUDUS_CONFIG_DIR", tool.path("settings")).current_dir(&tool.home);
    command
}

/// Types each line and the key, and has the shell print what the line has become.
fn complete(tool: &Tool, shell: &str, flags: &[&str], setup: &str) {
    let Some(path) = installed(shell) else { return };
    tool.write("rows-of.csv", "");
    tool.write("script", &tool.run(&format!("completions {shell}")).ok());
    let mut command = command(tool, &path);
    command.args(flags);
    let mut session = spawn_command(command, Some(PATIENCE)).unwrap();
    session.send_line(&format!("{setup}; echo rea''dy")).unwrap();
    session.exp_string("ready\r\n").unwrap();
    for (typed, becomes) in LINES {
        // To the start of the line, a command in front, and there it goes.
        session.send(&format!("{typed}\t\u{1}echo '<'\u{5}'>'\n")).unwrap();
        session.flush().unwrap();
        // What is printed, and not what is typed, has no quotes.
        let (_, line) = session.exp_regex(r"<[^\r\n'<>]*>\r\n").unwrap();
        let shown = line.trim().trim_start_matches('<').trim_end_matches('>').trim();
        assert_eq!(shown, *becomes, "{shell}: {typed}");
    }
    session.send_line("exit").unwrap();
    session.exp_eof().unwrap();
}

#[test]
fn bash() {
    complete(
        &Tool::sample(),
        "bash",
        &["--norc", "--noprofile", "-i"],
        "bind 'set enable-bracketed-paste off'; source ./script",
    );
}

#[test]
fn zsh() {
    let setup = "setopt no_beep no_prompt_cr; unset zle_bracketed_paste; autoload -Uz compinit; compinit -u -D; source ./script";
    complete(&Tool::sample(), "zsh", &["-f", "-i"], setup);
}

#[test]
fn fish() {
    let Some(path) = installed("fish") else { return };
    let tool = Tool::sample();
    tool.write("rows-of.csv", "");
    tool.write("script", &tool.run("completions fish").ok());
    for (typed, becomes) in LINES {
        let script = format!("source ./script; complete --do-complete '{typed}'");
        let done = finish(command(&tool, &path).args(["--no-config", "-c", &script]), "");
        let words: Vec<_> = done.stdout.lines().map(|line| line.split('\t').next().unwrap()).collect();
        let last = becomes.rsplit(' ').next().unwrap();
        assert_eq!((done.code, words), (0, vec![last]), "{typed}: {}", done.stderr);
    }
}
