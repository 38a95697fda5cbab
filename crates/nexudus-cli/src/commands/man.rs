//! `nexudus man`: manual pages, made from the command tree.

use clap::{Arg, ArgAction, ArgMatches};

use super::branch::{CommandFuture, text, texts, value};
use super::command::{Command, entity_named, is_entity};
use crate::argv::GLOBAL_FLAGS;
use crate::context::Context;
use crate::failure::{Exit, Failure};
use crate::json::Raw;
use crate::output::CommandOutput;
use crate::tree::{Flag, Node, Tree, about_any};

/// `man`
pub(crate) const COMMAND: Command = Command {
    name: "man",
    about: "Print a manual page: of nexudus, of a command or verb, or of a verb of an entity",
    build: |command| {
        let words = Arg::new("words").value_name("COMMAND").action(ArgAction::Append).num_args(0..);
        command
            .arg(words.help("A command, a verb, or an entity and a verb"))
            .arg(value("to", "FOLDER", "Write the pages of nexudus, all commands and all verbs into this folder"))
            .after_help("`nexudus man bookings list | man -l -` shows a page.")
    },
    run,
};

fn run<'a>(context: &'a Context, matches: &'a ArgMatches) -> CommandFuture<'a> {
    Box::pin(async move {
        let words = texts(matches, "words");
        if let Some(folder) = text(matches, "to") {
            return write_all(context, folder);
        }
        let page = page_of(context.tree, &words)?;
        let data = Raw::object([("page", Raw::string(&page))]);
        context.answer(&CommandOutput::Text(page, data), "A manual page")
    })
}

fn page_of(tree: Tree, words: &[&str]) -> Result<String, Failure> {
    let unknown = || {
        Failure::usage(format!("there is no command {:?}", words.join(" ")))
            .hint("Give a command, a verb, or an entity and a verb, such as `nexudus man bookings list`.")
    };
    match words {
        [] => Ok(overview(tree)),
        [verb] if (tree.verbs)(None).iter().any(|(name, _)| name == verb) && !is_entity(verb) => {
            verb_page(tree, verb).ok_or_else(unknown)
        }
        [command] | [command, _] if !(tree.command)(command).is_empty() => {
            let nodes = (tree.command)(command);
            let named = |node: &&Node| node.words.iter().map(String::as_str).eq(words.iter().copied());
            nodes.iter().find(named).map(|node| page(node, &nodes)).ok_or_else(unknown)
        }
        [entity, verb] => {
            let table = entity_named(entity)?;
            (tree.verb)(table, verb).map(|node| page(&node, &[])).ok_or_else(unknown)
        }
        _ => Err(unknown()),
    }
}

/// The page of a verb: of any entity, so that the flags for properties are left out.
fn verb_page(tree: Tree, verb: &str) -> Option<String> {
    let mut nodes = nexudus_client::model::tables().iter().filter_map(|table| (tree.verb)(table, verb));
    let mut node = nodes.next()?;
    let plural = node.words.first().cloned().unwrap_or_default();
    node.about = about_any((tree.verbs)(None).iter().find(|(name, _)| *name == verb)?.1);
    node.flags.retain(|flag| flag.kind.is_none());
    node.notes = format!(
        "ENTITY is the name of one of the entities that `nexudus entities` lists. Each has flags of its own, one for each property: `nexudus man {plural} {verb}` is the page of {plural}."
    );
    node.words = vec!["ENTITY".to_owned(), verb.to_owned()];
    Some(page(&node, &[]))
}

fn write_all(context: &Context, folder: &str) -> Result<(), Failure> {
    let tree = context.tree;
    let failed = |error: std::io::Error| Failure::new(Exit::Failure, format!("can't write into {folder}: {error}"));
    std::fs::create_dir_all(folder).map_err(failed)?;
    let mut names = vec![Vec::new()];
    names.extend((tree.commands)().iter().map(|(name, _)| vec![*name]));
    names.extend((tree.verbs)(None).iter().map(|(name, _)| vec![*name]));
    // The command and the verb of that name are two things; the verb's page has the shorter name.
    names.sort_unstable();
    names.dedup();
    let mut count = 0_u64;
    for words in &names {
        let name = std::iter::once("nexudus").chain(words.iter().copied()).collect::<Vec<_>>().join("-");
        let path = std::path::Path::new(folder).join(format!("{name}.1"));
        std::fs::write(path, page_of(tree, words)?).map_err(failed)?;
        count += 1;
    }
    let text = format!("Wrote {count} pages into {folder}.");
    context.answer(&CommandOutput::Text(text.clone(), Raw::object([("pages", Raw::from(count))])), text)
}

/// A text in the language of manual pages.
fn roff(text: &str) -> String {
    let escaped = text.replace('\\', "\\e").replace('-', "\\-").replace('\'', "\\(aq");
    // A full stop at the beginning of a line would be a request.
    escaped
        .lines()
        .map(|line| if line.starts_with('.') { format!("\\&{line}") } else { line.to_owned() })
        .fold(String::new(), |text, line| if text.is_empty() { line } else { format!("{text}\n.br\n{line}") })
}

fn heading(name: &str, about: &str) -> String {
    let version = env!("CARGO_PKG_VERSION");
    format!(
        ".TH {} 1 \"\" \"nexudus {version}\"\n.SH NAME\n{} \\- {}\n",
        name.to_uppercase(),
        roff(name),
        roff(about.trim_end_matches('.'))
    )
}

fn flag_entry(flag: &Flag) -> String {
    let short = flag.short.map(|short| format!("\\-{short}, ")).unwrap_or_default();
    let value = flag.value.as_ref().map(|value| format!(" \\fI{}\\fR", roff(value))).unwrap_or_default();
    format!(".TP\n\\fB{short}\\-\\-{}\\fR{value}\n{}\n", roff(&flag.long), roff(&flag.help))
}

fn page(node: &Node, nodes: &[Node]) -> String {
    let name = format!("nexudus-{}", node.words.join("-"));
    let mut text = heading(&name, &node.about);
    text.push_str(&format!(".SH SYNOPSIS\n{}\n", roff(&node.usage())));
    if !node.arguments.is_empty() {
        text.push_str(".SH WORDS\n");
        for argument in &node.arguments {
            text.push_str(&format!(".TP\n\\fI{}\\fR\n{}\n", roff(&argument.name), roff(&argument.help)));
        }
    }
    let shown: Vec<_> = node.flags.iter().filter(|flag| !flag.is_hidden).collect();
    if !shown.is_empty() {
        text.push_str(".SH FLAGS\n");
        text.extend(shown.into_iter().map(flag_entry));
    }
    let subs = nodes.iter().filter(|sub| sub.words.len() > node.words.len() && sub.words.starts_with(&node.words));
    for (number, sub) in subs.enumerate() {
        if number == 0 {
            text.push_str(".SH COMMANDS\n");
        }
        text.push_str(&format!(".TP\n\\fB{}\\fR\n{}\n", roff(&sub.usage()), roff(&sub.about)));
    }
    if !node.notes.is_empty() {
        text.push_str(&format!(".SH NOTES\n{}\n", roff(&node.notes)));
    }
    text.push_str(".SH SEE ALSO\nnexudus(1)\n");
    text
}

fn overview(tree: Tree) -> String {
    let mut text = heading("nexudus", "the Nexudus REST API from a terminal");
    text.push_str(".SH SYNOPSIS\nnexudus ENTITY VERB [FLAGS]\n.br\nnexudus COMMAND [FLAGS]\n");
    let entry = |name: &str, about: &str| format!(".TP\n\\fB{}\\fR\n{}\n", roff(name), roff(about));
    text.push_str(".SH VERBS\n");
    for (name, about) in (tree.verbs)(None) {
        text.push_str(&entry(name, &about_any(about)));
    }
    text.push_str(".SH COMMANDS\n");
    for (name, about) in (tree.commands)() {
        text.push_str(&entry(name, about));
    }
    text.push_str(".SH FLAGS\nThese stand anywhere, before or after the entity.\n");
    for flag in GLOBAL_FLAGS {
        let short = flag.short.map(|short| format!("\\-{short}, ")).unwrap_or_default();
        let value = flag.value.map(|value| format!(" \\fI{value}\\fR")).unwrap_or_default();
        text.push_str(&format!(".TP\n\\fB{short}\\-\\-{}\\fR{value}\n{}\n", roff(flag.long), roff(flag.doc)));
    }
    text.push_str(".SH EXIT STATUS\n");
    for (exit, doc) in Exit::ALL {
        text.push_str(&format!(".TP\n\\fB{}\\fR\n{}\n", exit.code(), roff(doc)));
    }
    text.push_str(".SH FILES\nSettings and credentials are in a folder nexudus of the platform\\(aqs folder for settings, or in the one that NEXUDUS_CONFIG_DIR names.\n");
    text
}
