//! `nexudus sandbox`: a local service to try the tool on.

use std::net::{Ipv4Addr, SocketAddr};

use clap::ArgMatches;
use nexudus_sandbox::{Sandbox, Seed, TOKEN};

use super::branch::{CommandFuture, number, text, value};
use super::command::Command;
use crate::context::Context;
use crate::failure::{Exit, Failure};
use crate::json::Raw;
use crate::output::CommandOutput;

/// `sandbox`
pub(crate) const COMMAND: Command = Command {
    name: "sandbox",
    about: "Start a local service with the records of a demo space, to try things without an account",
    build: |command| {
        command
            .arg(value("port", "PORT", "Listen on this port of this machine [default: a free one]"))
            .arg(value("seed", "SEED", "What it holds: empty, sample or demo [default: demo]"))
            .after_help("It listens on 127.0.0.1 until it is interrupted. The program nexudus-sandbox has more flags, such as one for a file that keeps the records.")
    },
    run,
};

/// What can be tried on the records of the demo space, a line each.
const DEMO: &str = "nexudus coworkers list --query 'Ana Almeida' --output json\n  \
                    nexudus coworkers update 1001 --notes 'Likes the window seat' --dry-run\n  ";

fn run<'a>(context: &'a Context, matches: &'a ArgMatches) -> CommandFuture<'a> {
    Box::pin(async move {
        let port = number::<u16>(matches, "port")?.unwrap_or_default();
        let seed = match text(matches, "seed") {
            Some(word) => word.parse().map_err(|error| Failure::usage(format!("--seed {word}: {error}")))?,
            None => Seed::Demo,
        };
        let builder = Sandbox::builder().seed(seed).address(SocketAddr::from((Ipv4Addr::LOCALHOST, port)));
        let failed = |error: String| Failure::new(Exit::Failure, format!("the sandbox can't start: {error}"));
        let started = tokio::task::spawn_blocking(|| builder.start_blocking()).await;
        let sandbox = started.map_err(|error| failed(error.to_string()))?.map_err(|error| failed(error.to_string()))?;
        if let Some(warning) = sandbox.warning() {
            context.warn(warning);
        }
        let url = sandbox.url();
        let more = match seed {
            Seed::Demo => DEMO,
            _ => "",
        };
        let text = format!(
            "The sandbox listens on {url} until you press Ctrl-C.\n\
             In another terminal:\n\n  \
             export NEXUDUS_BASE_URL={url} NEXUDUS_TOKEN={TOKEN}\n  \
             nexudus bookings list\n  \
             {more}nexudus describe bookings\n"
        );
        let data = Raw::object([("baseUrl", Raw::string(&url)), ("token", Raw::string(TOKEN))]);
        context.answer(&CommandOutput::Text(text, data), format!("The sandbox listens on {url}"))?;
        // The interrupt key ends the command, and the sandbox with it.
        std::future::pending::<()>().await;
        drop(sandbox);
        Ok(())
    })
}
