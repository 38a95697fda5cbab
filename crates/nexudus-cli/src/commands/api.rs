//! `nexudus api METHOD PATH`

use clap::{Arg, ArgMatches};
use serde_json::value::RawValue;

use super::branch::{CommandFuture, text, texts, value, values};
use super::command::Command;
use super::entity::write::Request;
use crate::context::Context;
use crate::failure::{Exit, Failure};
use crate::input::{parse_body, read_source};
use crate::json::Raw;
use crate::output::CommandOutput;
use crate::redact::refuse_tokens;

/// `api`
pub(crate) const COMMAND: Command = Command {
    name: "api",
    about: "Send a request of your own, with the profile's credentials",
    build: |command| {
        command
            .arg(Arg::new("method").value_name("METHOD").required(true).help("GET, POST, PUT, DELETE"))
            .arg(Arg::new("path").value_name("PATH").required(true).help("Below the base address, such as sys/users"))
            .arg(values("field", "NAME=VALUE", "A parameter of the query; repeat for more").short('f'))
            .arg(value("body", "FILE", "The body from a file in JSON or YAML; - is standard input"))
            .arg(value("jq", "EXPRESSION", "Print what this jq expression makes of the answer"))
    },
    run,
};

fn run<'a>(context: &'a Context, matches: &'a ArgMatches) -> CommandFuture<'a> {
    Box::pin(async move {
        let method = text(matches, "method").unwrap_or_default().to_ascii_uppercase();
        let path = text(matches, "path").unwrap_or_default();
        if path.contains("://") {
            return Err(Failure::usage("the path is below the base address: credentials are sent nowhere else"));
        }
        let mut style = context.style();
        style.jq = text(matches, "jq").map(crate::output::Filter::compile).transpose()?;
        let body = match text(matches, "body") {
            Some(path) => Some(parse_body(&read_source(path)?, path)?),
            None => None,
        };
        if let Some(body) = &body {
            refuse_tokens(body)?;
        }
        let is_write = !matches!(method.as_str(), "GET" | "HEAD");
        if is_write && context.globals.dry_run {
            let method = ["POST", "PUT", "DELETE", "PATCH"].into_iter().find(|known| *known == method);
            let method =
                method.ok_or_else(|| Failure::usage("the method is one of GET, POST, PUT, PATCH and DELETE"))?;
            return Request { method, path: path.to_owned(), body }.show(context, Vec::new()).await;
        }
        if is_write && context.prompt().may_ask() {
            context.confirm(&format!("Send {method} {path}?"))?;
        }
        let mut request = context.client().await?.request(&method, path);
        for text in texts(matches, "field") {
            let wrong = || Failure::usage(format!("-f {text}: expected NAME=VALUE"));
            let (name, value) = text.split_once('=').ok_or_else(wrong)?;
            request = request.query(name, value);
        }
        if let Some(body) = &body {
            let raw = body.to_raw();
            let raw: &RawValue = serde_json::from_str(raw.text()).map_err(|error| Failure::usage(error.to_string()))?;
            request = request.json(&raw);
        }
        let send = request.send();
        let answer = if is_write { context.writing(send).await? } else { send.await? };
        let text = String::from_utf8_lossy(answer.bytes());
        let data = Raw::parse(&text).unwrap_or_else(|_| Raw::string(&text));
        if is_write && data.as_object().is_some_and(|object| object.get("WasSuccessful").is_some()) {
            answer.envelope()?;
        }
        let data = context.redactor()?.inside(&data);
        let human = match data.as_str() {
            Some(text) => text.lines().map(|line| format!("{}\n", crate::terminal::visible(line))).collect(),
            None => crate::terminal::escape_json(&data.pretty()).into_owned(),
        };
        let summary = format!("HTTP {}", answer.status().as_u16());
        if context.format() == crate::output::Format::Csv {
            return Err(Failure::new(Exit::Usage, "an answer of any shape can't be printed as CSV"));
        }
        crate::output::print(&CommandOutput::Text(human, data), &context.envelope(summary), &style, None)
    })
}
