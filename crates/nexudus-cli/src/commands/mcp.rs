//! `nexudus mcp`

use std::path::Path;

use clap::ArgMatches;

use super::branch::{CommandFuture, number, text, texts, value, values};
use super::command::Command;
use crate::context::Context;
use crate::failure::Failure;
use crate::input::parse_id;
use crate::mcp::{Audit, BODY, Confirm, MAX_IDS, Policy, Server, serve};
use crate::profile::{Session, SessionOptions, read_or_make_key};
use crate::redact::Redactor;

/// `mcp`
pub(crate) const COMMAND: Command = Command {
    name: "mcp",
    about: "Serve an assistant over standard input and output: it reads, and writes only what you allow",
    build: |command| {
        command
            .arg(values("allow-write", "ENTITIES", "Let it write these entities (A,B, or all), each time with a yes"))
            .arg(values("deny", "ENTITIES", "Keep these entities from it, reads included"))
            .arg(value("business", "ID", "Let it write records of this location alone"))
            .arg(value("max-ids", "NUMBER", "Records that one write may touch, at most 1000 [default: 20]"))
            .arg(value("confirm", "WHO", "Who confirms where the client can't ask: person refuses, client shows the plan [default: person]"))
            .arg(value("audit", "FILE", "Append a line of JSON for each write: before, after, outcome"))
            .after_help(
                "Standard output is JSON-RPC. The server ends with its input. Personal data is redacted unless the\nprofile's setting redaction is off; secrets are never shown. docs/mcp.md has the settings of clients.",
            )
    },
    run,
};

fn run<'a>(context: &'a Context, matches: &'a ArgMatches) -> CommandFuture<'a> {
    Box::pin(async move {
        let settings = context.config()?.settings(&context.profile()?);
        let business = settings.get("business").and_then(|id| id.parse().ok());
        let policy = policy(matches)?.by_default_at(business);
        if policy.may_write_at_all() && context.globals.read_only {
            return Err(Failure::usage("--allow-write and --read-only say opposite things"));
        }
        let audit = text(matches, "audit").map(|path| Audit::open(Path::new(path))).transpose()?;
        // What an assistant reads is short, and a hostile answer is not kept in memory.
        let options = SessionOptions { body_limit: Some(BODY), ..context.session_options() };
        let profile = context.globals.profile.as_deref();
        let session = Session::open(context.home()?, context.config()?, profile, &options).await?;
        let redactor = if settings.get("redaction").as_deref() == Some("off") {
            Redactor::off()
        } else {
            read_or_make_key(&context.home()?.redaction_key(&session.profile)).map(Redactor::with_key)?
        };
        serve(Server::new(session.client, redactor, policy, audit)).await
    })
}

fn policy(matches: &ArgMatches) -> Result<Policy, Failure> {
    let business = text(matches, "business").map(parse_id).transpose();
    let business = business.map_err(|failure| Failure::usage(format!("--business: {}", failure.message)))?;
    let most = number::<usize>(matches, "max-ids")?.unwrap_or(MAX_IDS);
    if !(1..=1000).contains(&most) {
        return Err(Failure::usage(format!("--max-ids {most}: expected a number from 1 to 1000")));
    }
    let confirm = match text(matches, "confirm") {
        None | Some("person") => Confirm::Person,
        Some("client") => Confirm::Client,
        Some(other) => return Err(Failure::usage(format!("--confirm {other}: expected person or client"))),
    };
    let policy = Policy::new(&texts(matches, "allow-write"), &texts(matches, "deny"))?;
    Ok(policy.for_business(business).at_most(most).confirmed_by(confirm))
}
