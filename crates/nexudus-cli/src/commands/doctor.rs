//! `nexudus doctor`

use std::time::Instant;

use clap::ArgMatches;
use nexudus_client::model;

use super::branch::CommandFuture;
use super::command::Command;
use crate::context::Context;
use crate::failure::Failure;
use crate::json::{Object, Raw};
use crate::output::CommandOutput;
use crate::profile::base_url;

/// `doctor`
pub(crate) const COMMAND: Command = Command {
    name: "doctor",
    about: "Check the settings, the credentials and the connection to the service",
    build: |command| command,
    run,
};

fn run<'a>(context: &'a Context, _: &'a ArgMatches) -> CommandFuture<'a> {
    Box::pin(async move {
        let mut report = Object::default();
        let mut worst: Option<Failure> = None;
        report.set("Version", Raw::string(env!("CARGO_PKG_VERSION")));
        report.set("System", Raw::string(&format!("{} {}", std::env::consts::OS, std::env::consts::ARCH)));
        report.set("Entities", Raw::from(i64::try_from(model::tables().len()).unwrap_or_default()));
        let mut note = |report: &mut Object, name: &str, result: Result<String, Failure>| match result {
            Ok(text) => report.set(name, Raw::string(&text)),
            Err(failure) => {
                report.set(name, Raw::string(&failure.message));
                worst.get_or_insert(failure);
            }
        };
        let home = context.home().map(|home| home.path().display().to_string());
        note(&mut report, "SettingsFolder", home);
        note(&mut report, "Settings", context.config().map(|_| "OK".to_owned()));
        note(&mut report, "Profile", context.profile());
        let base = || Ok(base_url(&context.session_options(), &context.config()?.settings(&context.profile()?)));
        note(&mut report, "BaseUrl", base());
        match context.session().await {
            Ok(session) => {
                report.set("CredentialsStored", Raw::from(true));
                report.set("Credentials", Raw::string(session.source.name()));
                let begun = Instant::now();
                let answer = session.client.request("GET", "auth/me").send().await;
                let milliseconds = i64::try_from(begun.elapsed().as_millis()).unwrap_or(i64::MAX);
                note(&mut report, "ApiStatus", answer.map(|_| "OK".to_owned()).map_err(Failure::from));
                report.set("ApiMilliseconds", Raw::from(milliseconds));
            }
            Err(failure) => {
                report.set("CredentialsStored", Raw::from(false));
                note(&mut report, "Credentials", Err(failure));
            }
        }
        let Some(failure) = worst else { return context.answer(&CommandOutput::Record(report), "All is well") };
        let failure = Failure { message: format!("something is wrong: {}", failure.message), ..failure };
        context.answer_failed(&CommandOutput::Record(report), &failure)?;
        Err(failure)
    })
}
