//! `nexudus commands`: the whole tree of commands, for programs and for the test that pins it.

use clap::ArgMatches;
use nexudus_client::model;

use super::branch::{CommandFuture, is_on, switch};
use super::command::Command;
use crate::argv::GLOBAL_FLAGS;
use crate::context::Context;
use crate::json::{Object, Raw};
use crate::output::CommandOutput;
use crate::tree::{Flag, Node, Tree};

/// `commands`
pub(crate) const COMMAND: Command = Command {
    name: "commands",
    about: "Print all commands with their flags: a line each, or a tree with --json",
    build: |command| command.arg(switch("hidden", "Those too that no help shows")),
    run,
};

fn run<'a>(context: &'a Context, matches: &'a ArgMatches) -> CommandFuture<'a> {
    Box::pin(async move {
        let hidden = is_on(matches, "hidden");
        let nodes = all(context.tree);
        let summary = format!("{} commands", nodes.len());
        let text = match context.format().is_json() {
            true => String::new(),
            false => lines(&nodes, hidden).join("\n"),
        };
        let data = Raw::object([
            ("version", Raw::string(env!("CARGO_PKG_VERSION"))),
            (
                "globalFlags",
                Raw::array(GLOBAL_FLAGS.iter().map(|flag| {
                    Raw::object([
                        ("flag", Raw::string(&format!("--{}", flag.long))),
                        ("value", flag.value.map_or_else(Raw::null, Raw::string)),
                        ("description", Raw::string(flag.doc)),
                    ])
                })),
            ),
            ("commands", Raw::array(nodes.iter().map(|node| node_object(node, hidden)))),
        ]);
        context.answer(&CommandOutput::Text(text, data), summary)
    })
}

/// All commands, and all verbs of all entities.
fn all(tree: Tree) -> Vec<Node> {
    let mut nodes: Vec<_> = (tree.commands)().iter().flat_map(|(name, _)| (tree.command)(name)).collect();
    for table in model::tables() {
        nodes.extend((tree.verbs)(Some(table)).iter().filter_map(|(verb, _)| (tree.verb)(table, verb)));
    }
    nodes
}

/// A line for each command, and one for each of its flags and words.
fn lines(nodes: &[Node], hidden: bool) -> Vec<String> {
    let mut lines = Vec::new();
    for flag in GLOBAL_FLAGS {
        let value = flag.value.map(|value| format!(" {value}")).unwrap_or_default();
        lines.push(format!("* --{}{value}", flag.long));
        lines.extend(flag.short.map(|short| format!("* -{short}{value}")));
    }
    for node in nodes {
        let words = node.words.join(" ");
        lines.push(words.clone());
        for argument in &node.arguments {
            let many = if argument.is_repeated { "..." } else { "" };
            let needed = if argument.is_required { " required" } else { "" };
            lines.push(format!("{words} <{}>{many}{needed}", argument.name));
        }
        for flag in node.flags.iter().filter(|flag| hidden || !flag.is_hidden) {
            let value = flag.value.as_ref().map(|value| format!(" {value}")).unwrap_or_default();
            let needed = if flag.is_required { " required" } else { "" };
            lines.push(format!("{words} --{}{value}{needed}", flag.long));
            lines.extend(flag.short.map(|short| format!("{words} -{short}{value}")));
            if hidden {
                lines.extend(flag.aliases.iter().map(|alias| format!("{words} --{alias}{value}")));
            }
        }
    }
    lines.sort();
    lines.dedup();
    lines
}

fn node_object(node: &Node, hidden: bool) -> Raw {
    let flag = |flag: &Flag| {
        let mut object = Object::default();
        object.set("flag", Raw::string(&format!("--{}", flag.long)));
        object.set("value", flag.value.as_deref().map_or_else(Raw::null, Raw::string));
        object.set("required", Raw::from(flag.is_required));
        object.set("repeated", Raw::from(flag.is_repeated));
        object.set("common", Raw::from(flag.is_common));
        object.set("description", Raw::string(&flag.help));
        object.to_raw()
    };
    let arguments = node.arguments.iter().map(|argument| {
        Raw::object([
            ("name", Raw::string(&argument.name)),
            ("required", Raw::from(argument.is_required)),
            ("repeated", Raw::from(argument.is_repeated)),
            ("description", Raw::string(&argument.help)),
        ])
    });
    Raw::object([
        ("command", Raw::array(node.words.iter().map(|word| Raw::string(word)))),
        ("usage", Raw::string(&node.usage())),
        ("description", Raw::string(&node.about)),
        ("arguments", Raw::array(arguments)),
        ("flags", Raw::array(node.flags.iter().filter(|flag| hidden || !flag.is_hidden).map(flag))),
    ])
}
