//! `nexudus probe [ENTITY]...`

use std::path::{Path, PathBuf};

use clap::{Arg, ArgAction, ArgMatches};
use hmac::{Hmac, Mac as _};
use nexudus_client::model;
use nexudus_client::model::core::EntityTable;
use nexudus_client::{Client, DateTime};
use sha2::Sha256;

use super::branch::{CommandFuture, is_on, number, switch, text, texts, value, values};
use super::command::{Command, entity_named};
use crate::context::Context;
use crate::failure::{Exit, Failure};
use crate::files::write_whole;
use crate::json::Raw;
use crate::output::CommandOutput;
use crate::probe::{Header, Options, Plan, Progress, Report, page, probe};
use crate::profile::{Reads, Session, SessionOptions, is_service_address, read_or_make_key};
use crate::terminal::counted;

/// `probe`
pub(crate) const COMMAND: Command = Command {
    name: "probe",
    about: "Compare the service with the spec by GET requests, and write a report without values",
    build: |command| {
        let entities = Arg::new("entities").value_name("ENTITY").action(ArgAction::Append).num_args(0..);
        command
            .arg(entities.help("Only these entities; without any, the whole account"))
            .arg(values("section", "SECTION", "Only entities of this section, such as spaces; repeat for more"))
            .arg(value("out", "FILE", "Write the report here, and a readable page next to it [default: probe.json]"))
            .arg(value("per-second", "NUMBER", "Requests a second [default: 5]"))
            .arg(value("sample", "NUMBER", "Records of each list to look at, at most 1000 [default: 25]"))
            .arg(value("gets", "NUMBER", "Records of each entity to get by their ids, at most 100 [default: 3]"))
            .arg(switch("resume", "Resume an interrupted probe"))
            .after_help(
                "The report holds names, types, counts and verdicts, and no values of records. It is shown before it\nis saved. --dry-run shows the plan and sends nothing.",
            )
    },
    run,
};

/// The name and version of this program.
const TOOL: &str = concat!("nexudus ", env!("CARGO_PKG_VERSION"));

fn run<'a>(context: &'a Context, matches: &'a ArgMatches) -> CommandFuture<'a> {
    Box::pin(async move {
        let tables = tables(matches)?;
        let options = options(matches)?;
        let per_second = per_second(matches)?;
        let out = PathBuf::from(text(matches, "out").unwrap_or("probe.json"));
        if out.with_extension("md") == out {
            return Err(Failure::usage(format!("--out {}: the readable page gets this name", out.display()))
                .hint("Give the report another ending, such as .json."));
        }
        let plan = Plan::new(&tables, options, per_second);
        context.note(&plan.text(per_second));
        if context.globals.dry_run {
            let data = Raw::object([
                ("entities", Raw::from(u64::try_from(plan.entities).unwrap_or(u64::MAX))),
                ("requests", Raw::from(u64::from(plan.requests))),
                ("seconds", Raw::from(plan.time.as_secs())),
            ]);
            return context.answer(&CommandOutput::Text(String::new(), data), "Nothing was sent");
        }
        context.confirm("Start?")?;
        let session = session(context, per_second).await?;
        let account = account(context, &session).await?;
        let header = Header::new(TOOL.to_owned(), account.clone(), options.sample, options.gets);
        let mut progress = Progress::open(beside(&out, "progress"), &header, is_on(matches, "resume"))?;
        ask(context, &session.client, &tables, options, &mut progress).await.inspect_err(|_| {
            let path = progress.path().display();
            context.note(&format!("Progress is recorded in {path}: give --resume to continue."));
        })?;
        let names: Vec<&str> = tables.iter().map(|table| table.name).collect();
        let report = Report::new(
            today(),
            TOOL.to_owned(),
            is_service_address(session.client.base_url()),
            account,
            progress.done.iter().filter(|(name, _)| names.contains(&name.as_str())),
        );
        show_and_save(context, &report, &out, progress)
    })
}

/// The entities that are asked for.
fn tables(matches: &ArgMatches) -> Result<Vec<&'static EntityTable>, Failure> {
    let sections = texts(matches, "section");
    let known: Vec<&str> = model::tables().iter().map(|table| table.section).collect();
    if let Some(unknown) = sections.iter().find(|section| !known.contains(&section.to_lowercase().as_str())) {
        let mut names = known.clone();
        names.sort_unstable();
        names.dedup();
        return Err(
            Failure::usage(format!("there is no section {unknown:?}")).hint(format!("There are {}.", names.join(", ")))
        );
    }
    let named: Vec<_> = texts(matches, "entities").into_iter().map(entity_named).collect::<Result<_, _>>()?;
    let is_wanted = |table: &&'static EntityTable| {
        (named.is_empty() && sections.is_empty())
            || named.iter().any(|named| named.name == table.name)
            || sections.iter().any(|section| section.eq_ignore_ascii_case(table.section))
    };
    Ok(model::tables().iter().copied().filter(is_wanted).collect())
}

fn options(matches: &ArgMatches) -> Result<Options, Failure> {
    let limited = |name: &str, default: usize, least: usize, most: usize| match number::<usize>(matches, name)? {
        None => Ok(default),
        Some(number) if (least..=most).contains(&number) => Ok(number),
        Some(number) => Err(Failure::usage(format!("--{name} {number}: expected a number from {least} to {most}"))),
    };
    Ok(Options { sample: limited("sample", 25, 1, 1000)?, gets: limited("gets", 3, 0, 100)? })
}

fn per_second(matches: &ArgMatches) -> Result<f64, Failure> {
    let Some(text) = text(matches, "per-second") else { return Ok(5.0) };
    let rate = text.parse::<f64>().ok().filter(|rate| (0.01..=100_000.0).contains(rate));
    rate.ok_or_else(|| Failure::usage(format!("--per-second {text}: expected a number from 0.01 to 100000")))
}

/// A session whose transport refuses everything but reads.
async fn session(context: &Context, per_second: f64) -> Result<Session, Failure> {
    let options = SessionOptions { reads: Some(Reads { per_second }), ..context.session_options() };
    Session::open(context.home()?, context.config()?, context.globals.profile.as_deref(), &options).await
}

/// What tells the user from others in reports: a keyed hash that says nothing without this machine's key. That the
/// credentials are good is seen on the way, so that a refusal later is about a role.
async fn account(context: &Context, session: &Session) -> Result<String, Failure> {
    let me = session.client.me().await?;
    let key = read_or_make_key(&context.home()?.redaction_key(&session.profile))?;
    let mut mac = Hmac::<Sha256>::new_from_slice(&key).map_err(|error| Failure::usage(error.to_string()))?;
    mac.update(format!("probe\n{}\n{}", session.client.base_url(), me.id().get()).as_bytes());
    let bytes = mac.finalize().into_bytes();
    Ok(bytes.iter().take(8).map(|byte| format!("{byte:02x}")).collect())
}

async fn ask(
    context: &Context,
    client: &Client,
    tables: &[&'static EntityTable],
    options: Options,
    progress: &mut Progress,
) -> Result<(), Failure> {
    let bar = context.progress("entities");
    let total = u64::try_from(tables.len()).ok();
    for (at, table) in (0..).zip(tables) {
        bar.set(at, total);
        if progress.done.contains_key(table.name) {
            continue;
        }
        let in_section = |path: &str| path.starts_with(&format!("{}/", table.section));
        let has_dates = progress.done.values().any(|done| done.dates.is_some() && in_section(&done.path));
        let report = probe(client, table, options, !has_dates).await?;
        progress.write(table.name, report)?;
    }
    Ok(())
}

fn show_and_save(context: &Context, report: &Report, out: &Path, progress: Progress) -> Result<(), Failure> {
    let json = report.to_json()?;
    let text = page(report);
    let findings: usize = report.entities.values().map(|entity| entity.findings.len()).sum();
    let entities = counted(report.entities.len(), "entity", "entities");
    let summary = format!("{entities}, {} from the spec", counted(findings, "difference", "differences"));
    let data = Raw::parse(&json).map_err(|error| Failure::new(Exit::Failure, error.to_string()))?;
    context.answer(&CommandOutput::Text(text.clone(), data), summary)?;
    let page_path = out.with_extension("md");
    let (json_name, page_name) = (out.display(), page_path.display());
    context.confirm(&format!("Save this as {json_name} and {page_name}?")).map_err(|failure| {
        let kept = progress.path().display();
        failure.hint(format!("The progress file {kept} is kept. Give --resume and --yes to save the report."))
    })?;
    write_whole(out, &json)?;
    write_whole(&page_path, &text)?;
    progress.remove();
    context.note(&format!("Saved {json_name} and {page_name}."));
    Ok(())
}

/// The day, in UTC.
fn today() -> String {
    DateTime::now().to_string().chars().take(10).collect()
}

fn beside(path: &Path, extension: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".");
    name.push(extension);
    name.into()
}
