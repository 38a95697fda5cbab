//! Commands: what the service can do with records besides reading and writing them.
//!
//! No list of them is published, so a program asks the service for them. A command can have any effect, so it is
//! retried only when it certainly did not run.

use std::fmt;
use std::marker::PhantomData;

use http::Method;
use nexudus_core::{Entity, Envelope, Id, Json, JsonRef, Operation};

use crate::call::Call;
use crate::error::{Error, Subject};
use crate::http::with_query;
use crate::records::Records;
use crate::records::pending::{Erased, Pending, untyped};

/// A command that the service offers.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Command {
    /// The key that runs it.
    pub key: String,
    /// Its name for people.
    pub name: Option<String>,
    /// The parameters that it requires.
    pub parameters: Vec<Parameter>,
    /// How many records it is run on.
    pub arity: Arity,
    /// Whether it needs at least one record.
    pub needs_records: bool,
    /// Everything that the service says about it.
    pub details: Json,
}

untyped!(Vec<Command>);

/// How many records a command is run on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Arity {
    /// Any number.
    #[default]
    Any,
    /// Exactly one.
    One,
    /// Exactly two.
    Two,
    /// More than one.
    Several,
}

/// A parameter of a command.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Parameter {
    /// Its name.
    pub name: String,
    /// Its type as the service names it, for example `datetime` or `int`.
    pub kind: Option<String>,
}

impl Command {
    fn read(details: Json) -> Option<Self> {
        let text = |object: JsonRef<'_>, key: &str| Some(object.get(key)?.as_str()?.into_owned());
        let flag = |key: &str| details.get(key).and_then(JsonRef::as_bool).unwrap_or_default();
        let parameter =
            |object: JsonRef<'_>| Some(Parameter { name: text(object, "Name")?, kind: text(object, "Type") });
        let parameters = details.get("RequiresParameters");
        Some(Self {
            key: text(details.borrow(), "Key")?,
            name: text(details.borrow(), "Name"),
            parameters: parameters.into_iter().flat_map(JsonRef::items).filter_map(parameter).collect(),
            arity: if flag("AppliesOnlyToOneEntity") {
                Arity::One
            } else if flag("AppliesOnlyToTwoEntities") {
                Arity::Two
            } else if flag("AppliesOnlyToMultipleEntities") {
                Arity::Several
            } else {
                Arity::Any
            },
            needs_records: flag("NeedsEntitiesToRun"),
            details,
        })
    }
}

/// The body of a request that runs a command.
#[derive(Clone)]
pub(crate) struct CommandBody {
    key: String,
    pub(crate) ids: Vec<i64>,
    parameters: Vec<Json>,
}

impl fmt::Debug for CommandBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CommandBody").field("key", &self.key).field("ids", &self.ids).finish_non_exhaustive()
    }
}

impl CommandBody {
    pub(crate) fn new(key: String) -> Self {
        Self { key, ids: Vec::new(), parameters: Vec::new() }
    }

    pub(crate) fn parameter(&mut self, name: &str, kind: Option<&str>, value: Json) {
        let kind = kind.map(|kind| ("Type", kind.into()));
        let members = [Some(("Name", name.into())), kind, Some(("Value", value))];
        self.parameters.push(Json::object(members.into_iter().flatten()));
    }

    pub(crate) fn body(&self) -> String {
        let (key, ids) = (self.key.as_str().into(), self.ids.clone().into());
        Json::object([("Ids", ids), ("Key", key), ("Parameters", self.parameters.clone().into())]).into_text()
    }
}

/// A call that runs a command.
#[must_use = "a command does nothing until it is run"]
pub struct CommandCall<E> {
    records: Records,
    call: CommandBody,
    entity: PhantomData<fn() -> E>,
}

impl<E> Clone for CommandCall<E> {
    fn clone(&self) -> Self {
        Self { records: self.records.clone(), call: self.call.clone(), entity: PhantomData }
    }
}

impl<E> fmt::Debug for CommandCall<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CommandCall").field("command", &self.call).finish_non_exhaustive()
    }
}

impl<E: Entity> CommandCall<E> {
    pub(crate) fn new(records: &Records, key: String) -> Self {
        Self { records: records.clone(), call: CommandBody::new(key), entity: PhantomData }
    }

    /// On this record too.
    pub fn on(mut self, id: impl Into<Id<E>>) -> Self {
        self.call.ids.push(id.into().get());
        self
    }

    /// On these records too.
    pub fn on_all(mut self, ids: impl IntoIterator<Item = Id<E>>) -> Self {
        self.call.ids.extend(ids.into_iter().map(Id::get));
        self
    }

    /// With this value.
    pub fn parameter(mut self, name: impl Into<String>, value: impl Into<Json>) -> Self {
        self.call.parameter(&name.into(), None, value.into());
        self
    }

    /// Adds a parameter with an explicit type. Sources disagree on whether the service requires the type.
    pub fn typed_parameter(mut self, name: impl Into<String>, kind: impl Into<String>, value: impl Into<Json>) -> Self {
        self.call.parameter(&name.into(), Some(&kind.into()), value.into());
        self
    }

    /// Runs it. A command that the service says has failed is an error, even where it says so with HTTP 200.
    pub fn run(self) -> Pending<Envelope> {
        Pending::new(self.records.run_command(&self.call))
    }
}

impl<E: Entity> IntoFuture for CommandCall<E> {
    type Output = Result<Envelope, Error>;
    type IntoFuture = Pending<Envelope>;

    fn into_future(self) -> Self::IntoFuture {
        self.run()
    }
}

impl Records {
    /// The commands of the entity, or those that one record takes now.
    pub(crate) fn commands(&self, id: Option<i64>) -> Erased<Vec<Command>> {
        let table = self.table;
        let subject =
            Subject { operation: "list the commands of", needs: Some(Operation::List), table: Some(table), id };
        let query = id.map(|id| ("id", id.to_string()));
        let path = with_query(format!("{}/commands", table.path()), query);
        let answer = self.client.run(Call::new(subject, Method::GET, path));
        Box::pin(async move {
            // The service writes null for an empty list.
            let list: Option<Vec<Json>> = answer.await?.json()?;
            Ok(list.unwrap_or_default().into_iter().filter_map(Command::read).collect())
        })
    }

    pub(crate) fn run_command(&self, command: &CommandBody) -> Erased<Envelope> {
        let table = self.table;
        let id = if let [id] = command.ids[..] { Some(id) } else { None };
        // Sources name two roles for this, so none is named in errors.
        let subject = Subject { operation: "run a command on", needs: None, table: Some(table), id };
        let mut call = Call::new(subject, Method::POST, format!("{}/runcommand", table.path()));
        call.body = Some(command.body().into());
        self.client.run_write(call)
    }
}
