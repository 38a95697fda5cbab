//! From the words of a command line to the command that they name.

use std::process::ExitCode;
use std::task::Poll;
use std::time::Duration;

use nexudus_client::model;
use nexudus_client::model::core::EntityTable;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::sync::oneshot;

use crate::argv::{self, Globals, Help};
use crate::commands::{Branch, COMMANDS, CommandFuture, VERBS, Verb, branch, find_command, find_verb, is_entity};
use crate::context::Context;
use crate::failure::{Exit, Failure};
use crate::output::print_failure;
use crate::tables::{Lookup, look_up, suggest};
use crate::terminal::Terminal;
use crate::tree::{Tree, about_any, about_for};

/// Runs the tool with the words that the process was started with.
pub fn main() -> ExitCode {
    let terminal = Terminal::detect();
    let exit = match run(terminal, std::env::args_os().skip(1)) {
        Ok(()) => Exit::Ok,
        Err((failure, context)) => {
            let envelope = context.envelope("");
            print_failure(&failure, &envelope, context.format(), &terminal);
            failure.exit
        }
    };
    ExitCode::from(exit.code())
}

fn new_context(terminal: Terminal, globals: Globals, breadcrumbs: Vec<String>) -> Context {
    Context::new(terminal, globals, breadcrumbs, TREE)
}

/// All commands, as data.
const TREE: Tree = Tree {
    commands: || {
        let shown = COMMANDS.iter().filter(|command| !command.is_hidden());
        shown.map(|command| (command.name, command.about)).collect()
    },
    verbs: |table| {
        let exists = |verb: &&Verb| table.is_none_or(|table| (verb.exists)(table));
        VERBS.iter().filter(exists).map(|verb| (verb.name, verb.about)).collect()
    },
    command: |name| find_command(name).map(|command| command_branch(command).nodes(&[name])).unwrap_or_default(),
    verb: |table, name| {
        let verb = find_verb(name).filter(|verb| (verb.exists)(table))?;
        verb_branch(table, verb).nodes(&[table.plural, verb.name]).into_iter().next()
    },
};

type Failed = (Failure, Box<Context>);

fn run(terminal: Terminal, words: impl Iterator<Item = std::ffi::OsString>) -> Result<(), Failed> {
    let failed = |failure: Failure, globals: Globals, words: &[String]| {
        (failure, Box::new(new_context(terminal, globals, words.to_vec())))
    };
    let words: Vec<std::ffi::OsString> = words.collect();
    if let Some(word) = words.iter().find(|word| word.to_str().is_none()) {
        let failure = Failure::usage(format!("{} is not valid UTF-8", word.display()));
        // The other words say how the failure is printed.
        let readable = words.iter().filter_map(|word| word.to_str().map(str::to_owned)).collect();
        let globals = argv::split(readable).map_or_else(|error| error.0, |split| split.0);
        return Err(failed(failure, globals, &[]));
    }
    let words: Vec<String> = words.into_iter().filter_map(|word| word.into_string().ok()).collect();
    // What a shell asks about is not a command line yet: its flags are no flags of ours.
    let is_completion = words.first().is_some_and(|word| word == "__complete");
    let split = if is_completion { Ok((Globals::default(), words)) } else { argv::split(words) };
    let (mut globals, mut words) = split.map_err(|error| failed(error.1, error.0, &[]))?;
    while words.first().is_some_and(|word| word == "help") {
        words.remove(0);
        globals.help.get_or_insert(Help::Long);
    }
    let expanded = expand_alias(terminal, &globals, &words).map_err(|failure| failed(failure, globals.clone(), &[]))?;
    if let Some(expanded) = expanded {
        // What an alias stands for may hold flags that stand anywhere.
        (globals, words) = argv::split_onto(globals, expanded).map_err(|error| failed(error.1, error.0, &[]))?;
    }
    let target =
        Target::find(&words).map_err(|failure| failed(failure, globals.clone(), &words[..words.len().min(2)]))?;
    let context = Box::new(new_context(terminal, globals, target.breadcrumbs()));
    match dispatch(&context, &target) {
        Ok(()) => Ok(()),
        Err(failure) => Err((failure, context)),
    }
}

/// The words with what an alias stands for in its place; `None` where there is no alias. An alias never hides a
/// command or an entity, and stands for no other alias.
fn expand_alias(terminal: Terminal, globals: &Globals, words: &[String]) -> Result<Option<Vec<String>>, Failure> {
    let Some((first, rest)) = words.split_first() else { return Ok(None) };
    if find_command(first).is_some() || first.starts_with('-') || is_entity(first) {
        return Ok(None);
    }
    let context = new_context(terminal, globals.clone(), Vec::new());
    let Ok(config) = context.config() else { return Ok(None) };
    let Some((_, text)) = config.aliases().into_iter().find(|(name, _)| name == first) else { return Ok(None) };
    let expanded =
        shlex::split(&text).ok_or_else(|| Failure::usage(format!("the alias {first} has an open quote: {text}")))?;
    Ok(Some(expanded.into_iter().chain(rest.iter().cloned()).collect()))
}

/// What the words name, and what is left of them.
enum Target {
    /// Nothing: the overview.
    Overview,
    /// A command that belongs to no entity.
    Command(&'static crate::commands::Command, Vec<String>),
    /// An entity without a verb.
    Entity(&'static EntityTable),
    /// A command of an entity.
    Verb(&'static EntityTable, &'static Verb, Vec<String>),
}

impl Target {
    fn find(words: &[String]) -> Result<Self, Failure> {
        let Some((first, rest)) = words.split_first() else { return Ok(Self::Overview) };
        // A word may name a command and an entity: what follows tells them apart.
        let is_verb = |word: &String| is_entity(first) && find_verb(word).is_some();
        if let Some(command) = find_command(first).filter(|_| !rest.first().is_some_and(is_verb)) {
            return Ok(Self::Command(command, rest.to_vec()));
        }
        if first.starts_with('-') {
            return Err(
                Failure::usage(format!("no flag {first} stands before a command")).hint("See `nexudus --help`.")
            );
        }
        let table = match look_up(first) {
            Lookup::Found(table) => table,
            Lookup::Unknown(mut near) => {
                near.extend(suggest(first, COMMANDS.iter().map(|command| command.name)));
                let hint = match near.as_slice() {
                    [] => "`nexudus entities` lists the entities, `nexudus --help` the commands.".to_owned(),
                    near => format!("Did you mean {}?", near.join(", ")),
                };
                return Err(Failure::usage(format!("there is no command and no entity called {first:?}")).hint(hint));
            }
        };
        let Some((word, rest)) = rest.split_first() else { return Ok(Self::Entity(table)) };
        let verbs = || VERBS.iter().filter(|verb| (verb.exists)(table)).map(|verb| verb.name);
        match find_verb(word) {
            Some(verb) if (verb.exists)(table) => Ok(Self::Verb(table, verb, rest.to_vec())),
            Some(verb) => Err(Failure::usage(format!("the service has no {} for {}", verb.name, table.plural))
                .hint(format!("There are {}.", verbs().collect::<Vec<_>>().join(", ")))),
            None => {
                let near = suggest(word, verbs());
                let hint = match near.as_slice() {
                    [] => format!("There are {}.", verbs().collect::<Vec<_>>().join(", ")),
                    near => format!("Did you mean {}?", near.join(", ")),
                };
                Err(Failure::usage(format!("there is no {word:?} for {}", table.plural)).hint(hint))
            }
        }
    }

    fn breadcrumbs(&self) -> Vec<String> {
        match self {
            Self::Overview => Vec::new(),
            Self::Command(command, _) => vec![command.name.to_owned()],
            Self::Entity(table) => vec![table.plural.to_owned()],
            Self::Verb(table, verb, _) => vec![table.plural.to_owned(), verb.name.to_owned()],
        }
    }
}

fn dispatch(context: &Context, target: &Target) -> Result<(), Failure> {
    if context.globals.output == Some(crate::output::Format::JsonSchema)
        && !matches!(target, Target::Command(command, _) if command.name == "describe")
    {
        return Err(Failure::usage("--output jsonschema is for `nexudus describe ENTITY` alone"));
    }
    if context.globals.version {
        return print(concat!("nexudus ", env!("CARGO_PKG_VERSION"), "\n"));
    }
    if context.globals.help.is_none() {
        context.check_output()?;
    }
    match target {
        Target::Overview => print(&overview()),
        Target::Entity(table) => print(&entity_overview(table)),
        Target::Command(command, words) => {
            if let (true, Lookup::Found(table)) = (words.is_empty(), look_up(command.name)) {
                // The word names an entity too.
                return print(&format!(
                    "{}\n{}",
                    entity_overview(table),
                    command_branch(command).help(&[], Help::Short)
                ));
            }
            let branch = command_branch(command);
            if let Some(help) = context.globals.help {
                return print(&branch.help(words, help));
            }
            let matches = branch.parse(words.clone())?;
            block_on(context, (command.run)(context, &matches))
        }
        Target::Verb(table, verb, words) => {
            let branch = verb_branch(table, verb);
            if let Some(help) = context.globals.help {
                return print(&branch.help(words, help));
            }
            let matches = branch.parse(words.clone())?;
            block_on(context, (verb.run)(context, table, &matches))
        }
    }
}

/// The parser of a command.
pub(crate) fn command_branch(command: &crate::commands::Command) -> Branch {
    let shell = branch::command(format!("nexudus {}", command.name), command.about);
    Branch::plain((command.build)(shell))
}

/// The parser of a command of an entity.
pub(crate) fn verb_branch(table: &'static EntityTable, verb: &Verb) -> Branch {
    let about = about_for(verb.about, table);
    (verb.build)(branch::command(format!("nexudus {} {}", table.plural, verb.name), about), table)
}

fn print(text: &str) -> Result<(), Failure> {
    use std::io::Write as _;
    let mut out = std::io::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.flush()?;
    Ok(())
}

/// Runs a command to its end, or until the interrupt key.
fn block_on(context: &Context, command: CommandFuture<'_>) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| Failure::new(Exit::Failure, format!("can't start: {error}")))?;
    let result = runtime.block_on(async {
        let mut key = std::pin::pin!(tokio::signal::ctrl_c());
        // Listens from here on: no press of the key is lost.
        std::future::poll_fn(|task| Poll::Ready(key.as_mut().poll(task).is_ready())).await;
        let mut asked = end_where_nothing_moves(context);
        let command = async {
            match command.await {
                Err(failure) => Err(refused(context, failure).await),
                done => done,
            }
        };
        let answers = async {
            while let Some(answer) = asked.recv().await {
                answer.send(()).ok();
            }
            std::future::pending::<()>().await;
        };
        tokio::select! {
            // A command that ends its output itself sees the key first.
            biased;
            result = command => result,
            () = answers => Ok(()),
            Ok(()) = key => {
                Err(match context.is_writing() {
                    true => Failure {
                        message: "interrupted while a write was under way: whether it was carried out is not known"
                            .to_owned(),
                        ..Failure::interrupted()
                    },
                    false => Failure::interrupted(),
                })
            }
        }
    });
    // A read of standard input that is under way would be waited for.
    runtime.shutdown_background();
    result
}

/// How long an interrupted command may stand still.
const STANDSTILL: Duration = Duration::from_millis(300);

/// Ends the process at the interrupt key where the command can't: while it waits for a line of a person, for standard
/// input or for the reader of its output. Anywhere else it answers on the channel, and ends in its own way.
fn end_where_nothing_moves(context: &Context) -> UnboundedReceiver<oneshot::Sender<()>> {
    let (ask, asked) = unbounded_channel();
    let (envelope, format, terminal) = (context.envelope(""), context.format(), context.terminal);
    let watch = move || {
        let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_all().build() else { return };
        runtime.block_on(async {
            while tokio::signal::ctrl_c().await.is_ok() {
                let (answer, answered) = oneshot::channel();
                if ask.send(answer).is_err() {
                    return;
                }
                if tokio::time::timeout(STANDSTILL, answered).await.is_err() {
                    print_failure(&Failure::interrupted(), &envelope, format, &terminal);
                    std::process::exit(Exit::Interrupted.code().into());
                }
            }
        });
    };
    // Without the thread, the key ends what it can end.
    std::thread::Builder::new().name("interrupt".to_owned()).spawn(watch).ok();
    asked
}

/// The service answers 401 to bad credentials and where a role is missing. Whether it knows the user tells them apart.
async fn refused(context: &Context, failure: Failure) -> Failure {
    if failure.exit != Exit::NotLoggedIn || failure.role.is_none() {
        return failure;
    }
    let Ok(client) = context.client().await else { return failure };
    match client.request("GET", "auth/me").send().await {
        Ok(_) => Failure { exit: Exit::NotAllowed, ..failure },
        Err(_) => failure,
    }
}

fn overview() -> String {
    let mut text = String::from(
        "The Nexudus REST API from a terminal.\n\nUsage: nexudus ENTITY VERB [FLAGS]\n       nexudus COMMAND [FLAGS]\n\nVerbs:\n",
    );
    for verb in VERBS {
        text.push_str(&format!("  {:<14}{}\n", verb.name, about_any(verb.about)));
    }
    text.push_str("\nCommands:\n");
    for command in COMMANDS.iter().filter(|command| !command.is_hidden()) {
        text.push_str(&format!("  {:<14}{}\n", command.name, command.about));
    }
    text.push_str("\nFlags, which stand anywhere:\n");
    text.push_str(&branch::global_help());
    text.push_str(&format!(
        "\n{} entities: `nexudus entities WORDS` finds one, `nexudus ENTITY` lists its verbs.\nExit codes: {}.\nNo telemetry, no update check, no pager.\n",
        model::tables().len(),
        Exit::ALL.iter().map(|(exit, doc)| format!("{} {doc}", exit.code())).collect::<Vec<_>>().join("; ")
    ));
    text
}

fn entity_overview(table: &EntityTable) -> String {
    let mut text = format!("{}\n\nUsage: nexudus {} VERB [FLAGS]\n\nVerbs:\n", table.doc, table.plural);
    for verb in VERBS.iter().filter(|verb| (verb.exists)(table)) {
        text.push_str(&format!("  {:<14}{}\n", verb.name, about_for(verb.about, table)));
    }
    text
}
