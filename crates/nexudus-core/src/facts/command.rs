//! The known facts of commands, and of calls that do not follow the common pattern.

use super::field::Kind;

/// What the answer to a command or to an action holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ResponseContent {
    /// No source says.
    Unknown,
    /// `Value` is null.
    Nothing,
    /// `Value` is a record of the entity.
    Record,
    /// `Value` is a list of records of the entity.
    Records,
    /// `RedirectURL` is filled.
    Redirect,
    /// `Value` is a text.
    Text,
    /// An object of its own, without an envelope.
    Object,
}

/// What is known of a command. Others may exist: discovery leaves some out, and no source lists all.
#[derive(Debug)]
pub struct CommandFacts {
    /// Its key, such as `CANCEL_BOOKING`.
    pub key: &'static str,
    /// What it does, if anything is known.
    pub doc: Option<&'static str>,
    /// The parameters that it takes.
    pub parameters: &'static [Parameter],
    /// What its answer holds.
    pub answer: ResponseContent,
    /// Whether discovery leaves it out.
    pub unlisted: bool,
}

/// A parameter of a command.
#[derive(Debug)]
pub struct Parameter {
    /// Its exact name. `{Id}` in it stands for the id of the record: `Amount{Id}`.
    pub name: &'static str,
    /// Other spellings that the service takes.
    pub also: &'static [&'static str],
    /// What kind of value it takes.
    pub kind: Kind,
}

/// What an action is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ActionBody {
    /// Nothing.
    Nothing,
    /// A record of the entity.
    Record,
    /// An object with these keys.
    Object(&'static [&'static str]),
}

/// A call of the service outside of the pattern that all entities share.
#[derive(Debug)]
pub struct Action {
    /// Its name, in small letters: `available`.
    pub name: &'static str,
    /// What it does, if anything is known.
    pub doc: Option<&'static str>,
    /// The HTTP method.
    pub method: &'static str,
    /// The path below the collection, with names of its variable segments in braces: `{business}/create/{coworker}`.
    pub path: &'static str,
    /// The names of its query parameters.
    pub query: &'static [&'static str],
    /// What is sent.
    pub body: ActionBody,
    /// What comes back.
    pub answer: ResponseContent,
    /// The keys of the answer, where it is an object of its own.
    pub answer_keys: &'static [&'static str],
    /// Whether it needs no login.
    pub anonymous: bool,
    /// Whether it changes nothing, so that it can be sent again.
    pub safe: bool,
}
