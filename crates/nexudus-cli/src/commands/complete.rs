//! `nexudus completions` and `nexudus __complete`: a shell asks what could stand next, and the tables answer.
//!
//! A script of all flags would be 6 to 9 MB a shell. These scripts hold nothing: they call the tool at each TAB. No
//! request is sent then, and nothing but settings is read.

use clap::{Arg, ArgAction, ArgMatches};
use nexudus_client::model;
use nexudus_client::model::core::{EntityTable, Kind};

use super::branch::{CommandFuture, is_on, switch, text, texts};
use super::command::Command;
use crate::argv::{GLOBAL_FLAGS, GlobalFlag};
use crate::context::Context;
use crate::failure::Failure;
use crate::json::Raw;
use crate::output::{CommandOutput, Format};
use crate::profile::SETTINGS;
use crate::tables::{Lookup, look_up};
use crate::terminal::visible;
use crate::tree::{Flag, Node, about_for};

/// `completions`
pub(crate) const COMPLETIONS: Command = Command {
    name: "completions",
    about: "Print the script that completes words in a shell: bash, zsh, fish or powershell",
    build: |command| {
        command
            .arg(Arg::new("shell").value_name("SHELL").required(true).help("bash, zsh, fish or powershell"))
            .after_help(
                "bash:        nexudus completions bash > ~/.local/share/bash-completion/completions/nexudus\n\
                 zsh:         nexudus completions zsh > a folder of $fpath, as _nexudus\n\
                 fish:        nexudus completions fish > ~/.config/fish/completions/nexudus.fish\n\
                 powershell:  nexudus completions powershell | Out-String | Invoke-Expression",
            )
    },
    run: completions,
};

/// `__complete`
pub(crate) const COMPLETE: Command = Command {
    name: "__complete",
    about: "Print what could stand for the last of these words",
    build: |command| {
        let words = Arg::new("words").action(ArgAction::Append).num_args(0..).allow_hyphen_values(true).last(true);
        command.arg(words).arg(switch("next", "The word to complete is one more, and empty"))
    },
    run: complete,
};

/// The scripts, by their shells.
const SCRIPTS: &[(&str, &str)] = &[
    (
        "bash",
        r#"_nexudus() {
    local word equals=
    [[ ${COMP_WORDS[COMP_CWORD]} == = || ${COMP_WORDS[COMP_CWORD-1]} == = ]] && equals=1
    COMPREPLY=()
    while IFS=$'\t' read -r word _; do
        # Bash takes a word apart at an equals sign, and replaces what stands behind it.
        [[ $equals && $word == --*=* ]] && word=${word#*=}
        COMPREPLY+=("$word")
    done < <("${COMP_WORDS[0]}" __complete -- "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
    [[ ${COMPREPLY[0]} == *= || ${COMPREPLY[0]} == *, ]] && compopt -o nospace
}
complete -o default -o nosort -F _nexudus nexudus
"#,
    ),
    (
        "zsh",
        r#"#compdef nexudus
_nexudus() {
    local word help result=1
    local -a found open
    while IFS=$'\t' read -r word help; do
        word="${word//:/\\:}${help:+:$help}"
        if [[ "${word%%:*}" == *= ]]; then open+=("$word"); else found+=("$word"); fi
    done < <("${words[1]}" __complete -- "${(@)words[2,CURRENT]}" 2>/dev/null)
    if (( ! ${#found} && ! ${#open} )); then _files; return; fi
    (( ${#found} )) && _describe nexudus found && result=0
    (( ${#open} )) && _describe nexudus open -S '' && result=0
    return result
}
if [ "$funcstack[1]" = "_nexudus" ]; then _nexudus "$@"; else compdef _nexudus nexudus; fi
"#,
    ),
    (
        "fish",
        r"function __nexudus_complete
    set -l words (commandline -opc) (commandline -ct)
    set -l found ($words[1] __complete -- $words[2..] 2>/dev/null)
    if set -q found[1]
        printf '%s\n' $found
    else
        __fish_complete_path (commandline -ct)
    end
end
complete -c nexudus -f -a '(__nexudus_complete)'
",
    ),
    (
        "powershell",
        r#"Register-ArgumentCompleter -Native -CommandName nexudus, nexudus.exe -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)
    $words = @($commandAst.CommandElements | Select-Object -Skip 1 |
        Where-Object { $_.Extent.StartOffset -lt $cursorPosition } |
        ForEach-Object { if ($_.Value -is [string]) { $_.Value } else { $_.ToString() } })
    # Some versions drop an empty word on its way to a program.
    $next = @(if ($wordToComplete -eq '') { '--next' })
    & nexudus __complete @next '--' @words 2>$null | ForEach-Object {
        $word, $help = $_ -split "`t", 2
        if (-not $help) { $help = $word }
        [System.Management.Automation.CompletionResult]::new($word, $word, 'ParameterValue', $help)
    }
}
"#,
    ),
];

fn completions<'a>(context: &'a Context, matches: &'a ArgMatches) -> CommandFuture<'a> {
    Box::pin(async move {
        let typed = text(matches, "shell").unwrap_or_default().to_ascii_lowercase();
        let Some((shell, script)) = SCRIPTS.iter().find(|(shell, _)| *shell == typed) else {
            return Err(Failure::usage("there are scripts for bash, zsh, fish and powershell"));
        };
        let data = Raw::object([("shell", Raw::string(shell)), ("script", Raw::string(script))]);
        context.answer(&CommandOutput::Text((*script).to_owned(), data), "A completion script")
    })
}

/// What could stand for a word, and what it means.
type Candidates = Vec<(String, String)>;

fn complete<'a>(context: &'a Context, matches: &'a ArgMatches) -> CommandFuture<'a> {
    Box::pin(async move {
        let mut words = joined(texts(matches, "words"));
        let current = if is_on(matches, "next") { String::new() } else { words.pop().unwrap_or_default() };
        let mut text = String::new();
        for (word, help) in candidates(context, &words, &current) {
            // Each candidate is a line, and what follows its tab is help.
            text.push_str(&visible(&word));
            if let Some(help) = help.lines().next().filter(|help| !help.is_empty()) {
                text.push('\t');
                text.push_str(&visible(help));
            }
            text.push('\n');
        }
        let data = Raw::array(text.lines().map(Raw::string));
        context.answer(&CommandOutput::Text(text, data), "")
    })
}

/// Puts words together again that bash took apart at an equals sign.
fn joined(words: Vec<&str>) -> Vec<String> {
    let mut joined: Vec<String> = Vec::new();
    let mut is_open = false;
    for word in words {
        match joined.last_mut() {
            Some(last) if is_open || word == "=" && last.starts_with("--") => {
                last.push_str(word);
                is_open = word == "=";
            }
            _ => joined.push(word.to_owned()),
        }
    }
    joined
}

/// Where the command line stands.
struct CursorContext {
    /// The words that are no flags.
    words: Vec<String>,
    node: Option<Node>,
    table: Option<&'static EntityTable>,
    /// The flag whose value is being typed.
    open: Option<String>,
}

fn global(long: &str) -> Option<&'static GlobalFlag> {
    GLOBAL_FLAGS.iter().find(|flag| flag.long == long || flag.short.is_some_and(|short| long == short.to_string()))
}

fn place(context: &Context, typed: &[String]) -> CursorContext {
    let mut place = CursorContext { words: Vec::new(), node: None, table: None, open: None };
    for word in typed {
        if place.open.take().is_some() {
            continue;
        }
        if let Some(flag) = word.strip_prefix("--").or_else(|| word.strip_prefix('-')).filter(|flag| !flag.is_empty()) {
            let takes_value = match global(flag) {
                Some(global) => global.value.is_some(),
                None => place.flag(flag).is_some_and(|flag| flag.value.is_some() && flag.kind != Some(Kind::Bool)),
            };
            place.open = takes_value.then(|| flag.to_owned());
            continue;
        }
        place.words.push(word.clone());
        place.find_node(context);
    }
    place
}

impl CursorContext {
    fn flag(&self, name: &str) -> Option<&Flag> {
        let is_it = |flag: &&Flag| flag.long == name || flag.short.is_some_and(|short| name == short.to_string());
        self.node.as_ref()?.flags.iter().find(is_it)
    }

    fn find_node(&mut self, context: &Context) {
        let Some(first) = self.words.first() else { return };
        let nodes = (context.tree.command)(first);
        if let Lookup::Found(table) = look_up(first) {
            self.table = Some(table);
            if let Some(node) = self.words.get(1).and_then(|verb| (context.tree.verb)(table, verb)) {
                self.node = Some(node);
                return;
            }
        }
        if nodes.is_empty() {
            return;
        }
        let node = nodes.iter().rev().find(|node| self.words.starts_with(&node.words));
        self.node = node.cloned();
        if self.node.as_ref().is_some_and(takes_entity)
            && let Some(Lookup::Found(table)) = self.words.get(1).map(|word| look_up(word))
        {
            self.table = Some(table);
        }
    }
}

fn takes_entity(node: &Node) -> bool {
    node.arguments.first().is_some_and(|argument| argument.name == "ENTITY")
}

fn candidates(context: &Context, typed: &[String], current: &str) -> Candidates {
    let place = place(context, typed);
    if let Some((flag, value)) = current.strip_prefix("--").and_then(|flag| flag.split_once('=')) {
        let found = values(context, &place, flag);
        let prefixed = |(word, help): (String, String)| (format!("--{flag}={word}"), help);
        let all = listed(found, value).into_iter().map(prefixed).collect();
        return starting(all, current);
    }
    if let Some(flag) = &place.open {
        return starting(listed(values(context, &place, flag), current), current);
    }
    if current.starts_with('-') {
        return starting(flags(&place), current);
    }
    starting(words(context, &place), current)
}

/// Those that begin with what was typed, in any case.
fn starting(candidates: Candidates, typed: &str) -> Candidates {
    let typed = typed.to_lowercase();
    candidates.into_iter().filter(|(word, _)| word.to_lowercase().starts_with(&typed)).collect()
}

/// Candidates for the last item of a list that is separated by commas, with the items before it.
fn listed(candidates: Candidates, typed: &str) -> Candidates {
    let Some(at) = typed.rfind(',') else { return candidates };
    let before = typed.split_at(at + 1).0;
    candidates.into_iter().map(|(word, help)| (format!("{before}{word}"), help)).collect()
}

fn flags(place: &CursorContext) -> Candidates {
    let mut found = Candidates::new();
    if let Some(node) = &place.node {
        let shown = node.flags.iter().filter(|flag| !flag.is_hidden);
        let (common, rest): (Vec<&Flag>, Vec<&Flag>) = shown.partition(|flag| flag.is_common);
        found.extend(common.into_iter().chain(rest).map(|flag| (format!("--{}", flag.long), flag.help.clone())));
    }
    found.extend(GLOBAL_FLAGS.iter().map(|flag| (format!("--{}", flag.long), flag.doc.to_owned())));
    found
}

fn entities() -> impl Iterator<Item = (String, String)> {
    model::tables().iter().map(|table| (table.plural.to_owned(), table.doc.to_owned()))
}

/// Words that are no flags.
fn words(context: &Context, place: &CursorContext) -> Candidates {
    let pair = |(name, help): (&str, &str)| (name.to_owned(), help.to_owned());
    match (place.words.as_slice(), &place.node) {
        ([], _) => {
            let mut found: Candidates = (context.tree.commands)().into_iter().map(pair).collect();
            found.push(("help".to_owned(), "Show what a command does".to_owned()));
            found.extend(entities());
            if let Ok(config) = context.config() {
                found.extend(config.aliases());
            }
            found
        }
        ([help, rest @ ..], _) if help == "help" && rest.is_empty() => entities().collect(),
        ([_], None) => match place.table {
            Some(table) => verbs(context, table),
            None => Candidates::new(),
        },
        ([word], Some(node)) if takes_entity(node) && node.words.len() == 1 && node.words[0] == *word => {
            entities().collect()
        }
        ([word], Some(node)) if node.words.len() == 1 => match word.as_str() {
            "completions" => SCRIPTS.iter().map(|(shell, _)| ((*shell).to_owned(), String::new())).collect(),
            word => {
                let subs = (context.tree.command)(word).into_iter().skip(1);
                let subs = subs.filter_map(|node| Some((node.words.last()?.clone(), node.about)));
                subs.chain(place.table.map(|table| verbs(context, table)).unwrap_or_default()).collect()
            }
        },
        ([config, _], Some(_)) if config == "config" => {
            SETTINGS.iter().map(|setting| pair((setting.key, setting.doc))).collect()
        }
        ([profile, _], Some(_)) if profile == "profile" => profiles(context),
        ([_, verb], Some(_)) if verb == "run-command" => place.table.map(commands_of).unwrap_or_default(),
        ([_, verb, _], Some(_)) if verb == "file" => {
            let files = place.table.map(|table| table.files).unwrap_or_default();
            files.iter().map(|file| (file.name.to_owned(), String::new())).collect()
        }
        _ => Candidates::new(),
    }
}

fn verbs(context: &Context, table: &'static EntityTable) -> Candidates {
    let verbs = (context.tree.verbs)(Some(table)).into_iter();
    verbs.map(|(name, about)| (name.to_owned(), about_for(about, table))).collect()
}

fn commands_of(table: &'static EntityTable) -> Candidates {
    let pair = |command: &nexudus_client::model::core::CommandFacts| {
        (command.key.to_owned(), command.doc.unwrap_or_default().to_owned())
    };
    table.known_commands.iter().map(pair).collect()
}

fn profiles(context: &Context) -> Candidates {
    let mut names: Vec<String> = context.home().map(crate::profile::Home::stored_profiles).unwrap_or_default();
    names.extend(context.config().map(crate::profile::Config::profiles).unwrap_or_default());
    names.sort();
    names.dedup();
    names.into_iter().map(|name| (name, String::new())).collect()
}

/// The values of a flag.
fn values(context: &Context, place: &CursorContext, flag: &str) -> Candidates {
    match global(flag).map(|flag| flag.long) {
        Some("output") => return Format::ALL.iter().map(|(name, _)| ((*name).to_owned(), String::new())).collect(),
        Some("profile") => return profiles(context),
        Some(_) => return Candidates::new(),
        None => {}
    }
    match place.flag(flag).and_then(|flag| flag.kind) {
        Some(Kind::Enum(table)) => {
            let value = |(number, name): &(i64, &str)| ((*name).to_owned(), number.to_string());
            table.values.iter().map(value).collect()
        }
        Some(Kind::Bool) => ["true", "false"].map(|word| (word.to_owned(), String::new())).to_vec(),
        Some(_) => Candidates::new(),
        None => {
            let Some(table) = place.table else { return Candidates::new() };
            let suffix = if flag == "set" { "=" } else { "" };
            let property = |name: &str, help: &str| (format!("{name}{suffix}"), help.to_owned());
            match flag {
                "columns" | "order-by" | "where" | "set" | "unset" => {
                    table.all_fields().map(|field| property(field.name, field.doc().unwrap_or_default())).collect()
                }
                _ => Candidates::new(),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_that_bash_took_apart() {
        assert_eq!(joined(vec!["a", "--output", "=", "js"]), ["a", "--output=js"]);
        assert_eq!(joined(vec!["a", "--output", "="]), ["a", "--output="]);
        assert_eq!(joined(vec!["a", "="]), ["a", "="]);
        assert_eq!(joined(vec!["--a", "=", "b", "c"]), ["--a=b", "c"]);
    }
}
