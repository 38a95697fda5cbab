//! `nexudus mcp`: an assistant may look at everything and break nothing.
//!
//! # Design
//!
//! - [`Server::call`] is the whole of what an assistant can do: the name of a tool and the JSON text of its arguments
//!   in, a text out. It knows no transport, and is what tests call.
//! - `sdk` is the only module that knows the SDK of the protocol. It turns requests of both eras into calls, and asks
//!   the person: in the era of `initialize` with a request to the client, since 2026-07-28 with a result that requires
//!   input, after which the client calls again.
//! - What is redacted can't be found out by asking: `read` sorts and bounds by nothing that is hidden, and compares whole
//!   words where the service finds parts of them; `write` says of no hidden value whether it was there already.
//! - `framing` stands before the SDK and keeps the arguments of a call as the text that came, because the SDK would read
//!   numbers as floats.
//! - A read asks the service, and its records go through three doors: `Server::seen` (secrets hidden, personal data
//!   redacted), `answer` (columns once, 32 KB, cut between records), and [`text::clean_json`] in `Server::call`, through
//!   which every answer goes.
//! - A write is a [`plan::Plan`] first: what will be sent, the records as they are, the question for a person. A plan is
//!   used once, by the same call, within minutes, and only if the records are still the same. [`policy::Policy`] says
//!   which entities are written, and `location` keeps writes to one location where that is wanted. What came of it is
//!   `done`, `not done`, `partly done` or `unknown`, and a line of the audit file if there is one.

mod answer;
mod arguments;
mod audit;
mod catalog;
mod describe;
mod framing;
#[cfg(test)]
mod http;
mod location;
mod plan;
mod policy;
mod read;
mod sdk;
mod text;
mod tool_error;
mod write;

use std::collections::HashSet;

use nexudus_client::Client;
use tokio::sync::{Semaphore, watch};

pub(crate) use audit::Audit;
pub(crate) use policy::{Confirm, MAX_IDS, Policy};
pub(crate) use sdk::serve;

use self::arguments::Arguments;
use self::plan::Plans;
use self::tool_error::ToolError;
use crate::json::Raw;
use crate::redact::{Redactor, refuse_tokens};

/// How a call is confirmed.
#[derive(Clone, Copy, Debug)]
enum Approval<'a> {
    /// A person can be asked.
    MayAsk,
    /// Nobody can be asked.
    Nobody,
    /// A person said yes to this plan.
    Given(&'a str),
    /// Nobody said yes to this plan.
    Declined(&'a str, NoApproval),
}

/// Why a plan is not carried out.
#[derive(Clone, Copy, Debug)]
enum NoApproval {
    /// A person said no.
    No,
    /// Nobody answered in time, or the question did not reach anybody.
    None,
    /// What came is neither a yes nor a no.
    Unclear,
}

/// What a call gives.
#[derive(Debug)]
enum Reply {
    /// An answer.
    Result { text: String, is_error: bool },
    /// A question for a person. The yes belongs to the plan.
    Ask { plan: String, question: String },
}

impl Reply {
    fn answer(text: &str) -> Self {
        Self::Result { text: text.to_owned(), is_error: false }
    }
}

/// Calls that run at once, those that wait for a person included.
const CALLS: usize = 64;

/// The longest answer of the service: 200 records with long texts are shorter.
pub(crate) const BODY: usize = 16 * 1024 * 1024;

/// A call that runs, until this value is dropped.
#[derive(Debug)]
struct Running<'s> {
    server: &'s Server,
    id: String,
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.server.running.send_modify(|running| {
            running.remove(&self.id);
        });
    }
}

/// What answers an assistant.
#[derive(Debug)]
pub(crate) struct Server {
    client: Client,
    redactor: Redactor,
    policy: Policy,
    plans: Plans,
    audit: Option<Audit>,
    calls: Semaphore,
    /// The ids of the calls that run.
    running: watch::Sender<HashSet<String>>,
    /// Whether a request has opened the session.
    is_open: watch::Sender<bool>,
}

impl Server {
    /// A server for one account.
    pub(crate) fn new(client: Client, redactor: Redactor, policy: Policy, audit: Option<Audit>) -> Self {
        Self {
            client,
            redactor,
            policy,
            plans: Plans::new(plan::LIFETIME),
            audit,
            calls: Semaphore::new(CALLS),
            running: watch::Sender::default(),
            is_open: watch::Sender::new(false),
        }
    }

    /// A request has opened the session.
    fn opened(&self) {
        self.is_open.send_replace(true);
    }

    /// Begins a call; `None` if one with this id runs. The client gets one answer for an id, so of two writes under one
    /// id the outcome of one would reach nobody.
    fn begin(&self, id: &str) -> Option<Running<'_>> {
        let is_new = self.running.send_if_modified(|running| running.insert(id.to_owned()));
        is_new.then(|| Running { server: self, id: id.to_owned() })
    }

    /// Waits until no call with this id runs.
    async fn ended(&self, id: &str) {
        // The sender is a part of this server, so there is no error.
        let _ = self.running.subscribe().wait_for(|running| !running.contains(id)).await;
    }

    /// The tools that this server has.
    fn tools(&self) -> impl Iterator<Item = &'static catalog::ToolFacts> {
        let may_write = self.policy.may_write_at_all();
        const { &catalog::TOOLS }.iter().filter(move |tool| may_write || !tool.is_write)
    }

    /// Calls a tool with the JSON text of its arguments; `None` if there is no such tool here.
    async fn call(&self, name: &str, arguments: &str, approval: Approval<'_>) -> Option<Reply> {
        let tool = self.tools().find(|tool| tool.name == name)?;
        let reply = match Arguments::parse(arguments, &tool.arguments()) {
            Ok(arguments) => self.dispatch(tool.name, &arguments, approval).await,
            Err(fault) => Err(fault),
        };
        Some(match reply {
            Ok(Reply::Result { text, is_error }) => Reply::Result { text: text::clean_json(&text), is_error },
            Ok(ask @ Reply::Ask { .. }) => ask,
            Err(fault) => {
                let mut object = fault.to_object(&self.redactor, tool.is_write);
                if fault.is_of_service() {
                    object.set("notice", Raw::string(answer::NOTICE));
                }
                let text = object.to_raw();
                Reply::Result { text: text::clean_json(text.text()), is_error: true }
            }
        })
    }

    async fn dispatch(
        &self,
        tool: &'static str,
        arguments: &Arguments,
        approval: Approval<'_>,
    ) -> Result<Reply, ToolError> {
        refuse_tokens(arguments.all())?;
        let text = match tool {
            "nexudus_list_entities" => self.list_entities(arguments)?,
            "nexudus_describe_entity" => self.describe_entity(arguments)?,
            "nexudus_list" => self.list(arguments).await?,
            "nexudus_get" => self.get(arguments).await?,
            "nexudus_list_commands" => self.list_commands(arguments).await?,
            _ => return self.write(tool, arguments, approval).await,
        };
        Ok(Reply::Result { text, is_error: false })
    }
}
