//! `nexudus <entity> commands` and `nexudus <entity> run-command KEY IDS`

use clap::{Arg, ArgAction, ArgMatches};
use nexudus_client::model::core::{EntityTable, Json};

use super::write::Request;
use crate::commands::branch::{Branch, text, texts};
use crate::commands::command::Verb;
use crate::context::Context;
use crate::failure::Failure;
use crate::input::parse_id;
use crate::json::{Object, Raw};
use crate::output::CommandOutput;
use crate::redact::refuse_tokens;

/// `commands`
pub(crate) const COMMANDS: Verb = Verb {
    name: "commands",
    about: "List the commands of the service for {}",
    exists: |_| true,
    build: |command, _| {
        let id = Arg::new("record-id").value_name("ID").help("Only commands that this record accepts now");
        Branch::plain(command.arg(id))
    },
    run: |context, table, matches| Box::pin(list(context, table, matches)),
};

/// `run-command`
pub(crate) const RUN: Verb = Verb {
    name: "run-command",
    about: "Run a command of the service on {}",
    exists: |_| true,
    build: |command, _| {
        let parameter = Arg::new("parameter").short('p').long("parameter").value_name("NAME=VALUE");
        Branch::plain(
            command
                .arg(
                    Arg::new("key")
                        .value_name("KEY")
                        .required(true)
                        .help("The command's key, such as `commands` lists"),
                )
                .arg(
                    Arg::new("ids")
                        .value_name("IDS")
                        .action(ArgAction::Append)
                        .num_args(0..)
                        .help("Ids of records, separated by commas"),
                )
                .arg(parameter.action(ArgAction::Append).help("A parameter of the command; repeat for more")),
        )
    },
    run: |context, table, matches| Box::pin(run(context, table, matches)),
};

async fn list(context: &Context, table: &'static EntityTable, matches: &ArgMatches) -> Result<(), Failure> {
    let id = text(matches, "record-id").map(parse_id).transpose()?;
    let records = context.records(table).await?;
    let commands = match id {
        Some(id) => records.commands_of(id).await?,
        None => records.commands().await?,
    };
    let rows: Vec<_> = commands
        .iter()
        .map(|command| {
            let parameters: Vec<_> = command.parameters.iter().map(|parameter| parameter.name.as_str()).collect();
            let mut row = Object::default();
            row.set("Key", Raw::string(&command.key));
            row.set("Name", command.name.as_deref().map_or_else(Raw::null, Raw::string));
            row.set("Takes", Raw::string(&format!("{:?}", command.arity).to_lowercase()));
            row.set("Parameters", Raw::string(&parameters.join(", ")));
            row
        })
        .collect();
    let columns = ["Key", "Name", "Takes", "Parameters"].map(str::to_owned).to_vec();
    let summary = format!("{} commands of {}", rows.len(), table.plural);
    context.answer(&CommandOutput::Rows(columns, rows), summary)
}

async fn run(context: &Context, table: &'static EntityTable, matches: &ArgMatches) -> Result<(), Failure> {
    let key = text(matches, "key").unwrap_or_default();
    let ids = texts(matches, "ids").into_iter().flat_map(|word| word.split(',')).filter(|word| !word.trim().is_empty());
    let ids = ids.map(parse_id).collect::<Result<Vec<_>, _>>()?;
    let mut values = Object::default();
    for text in texts(matches, "parameter") {
        let wrong = || Failure::usage(format!("-p {text}: expected NAME=VALUE"));
        let (name, value) = text.split_once('=').ok_or_else(wrong)?;
        values.0.push((name.to_owned(), Raw::string(value)));
    }
    refuse_tokens(&values)?;
    let mut command = context.records(table).await?.command(key).on(ids.iter().copied());
    for (name, value) in &values.0 {
        command = command.parameter(name, Json::from(value.plain().into_owned()));
    }
    if context.globals.dry_run {
        let body = Object::parse(&command.body()).map_err(|error| Failure::usage(error.to_string()))?;
        let request = Request { method: "POST", path: format!("{}/runcommand", table.path()), body: Some(body) };
        return request.show(context, Vec::new()).await;
    }
    if context.prompt().may_ask() {
        context.confirm(&format!("Run {key} on {} records of {}?", ids.len(), table.name))?;
    }
    let envelope = context.writing(command.run()).await?;
    let message = envelope.message.clone().unwrap_or_default();
    let mut row = Object::default();
    row.set("Key", Raw::string(key));
    row.set("Message", Raw::string(&message));
    row.set("RedirectURL", envelope.redirect_url.as_deref().map_or_else(Raw::null, Raw::string));
    let value = envelope.value.as_ref().and_then(|value| Raw::parse(&value.to_string()).ok());
    row.set("Value", value.unwrap_or_else(Raw::null));
    let row = context.redactor()?.anything(&row);
    context.answer(&CommandOutput::Record(row), format!("Ran {key}"))
}
