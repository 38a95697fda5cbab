//! Why a call gave no answer, in words and in parts that an assistant can act on.

use crate::failure::{Exit, Failure};
use crate::json::{Object, Raw};
use crate::redact::Redactor;

/// Characters of a message, and how many of a list are named: what is wrong may be as long as the call.
const LONGEST: usize = 1000;
const MOST: usize = 60;

/// Why a call gave no answer.
#[derive(Clone, Debug)]
pub(super) struct ToolError {
    /// What happened.
    pub(super) failure: Box<Failure>,
    /// The argument that is wrong.
    pub(super) argument: Option<String>,
    /// What it may be.
    pub(super) allowed: Vec<String>,
    /// What was perhaps meant.
    pub(super) nearest: Vec<String>,
}

impl<T: Into<Failure>> From<T> for ToolError {
    fn from(failure: T) -> Self {
        Self { failure: Box::new(failure.into()), argument: None, allowed: Vec::new(), nearest: Vec::new() }
    }
}

impl ToolError {
    /// A wrong argument.
    pub(super) fn argument(name: &str, message: impl Into<String>) -> Self {
        Self { argument: Some(name.to_owned()), ..Self::from(Failure::usage(message)) }
    }

    /// A call that the person or the settings of this server do not allow.
    pub(super) fn refused(message: impl Into<String>) -> Self {
        Self::from(Failure::new(Exit::Declined, message))
    }

    /// Says which argument is wrong.
    pub(super) fn at(mut self, name: &str) -> Self {
        self.argument.get_or_insert_with(|| name.to_owned());
        self
    }

    /// Adds what the argument may be, and what of it is near to what was given.
    pub(super) fn one_of<'a>(mut self, given: &str, allowed: impl Iterator<Item = &'a str> + Clone) -> Self {
        self.nearest = crate::tables::suggest(given, allowed.clone()).into_iter().map(str::to_owned).collect();
        self.allowed = allowed.map(str::to_owned).collect();
        self
    }

    /// Adds what to do now.
    pub(super) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.failure.hint = Some(hint.into());
        self
    }

    /// Whether it holds words of the service, and not our own alone.
    pub(super) fn is_of_service(&self) -> bool {
        !matches!(self.failure.exit, Exit::Usage | Exit::Declined)
    }

    /// What happened to a write, in a word.
    fn outcome(&self) -> &'static str {
        match self.failure.exit {
            Exit::OutcomeUnknown => "unknown",
            _ => "not done",
        }
    }

    /// The fault as the text of a result.
    pub(super) fn to_object(&self, redactor: &Redactor, is_write: bool) -> Object {
        let text = |text: &str| {
            let short = text.char_indices().nth(LONGEST).map(|(end, _)| format!("{}...", &text[..end]));
            Raw::string(&redactor.text(short.as_deref().unwrap_or(text)))
        };
        let list = |items: &[String]| Raw::array(items.iter().take(MOST).map(|item| Raw::string(item)));
        let mut object = Object::default();
        object.set("error", text(&self.failure.message));
        if is_write {
            object.set("outcome", Raw::string(self.outcome()));
        }
        if let Some(argument) = &self.argument {
            object.set("argument", text(argument));
        }
        if !self.nearest.is_empty() {
            object.set("nearest", list(&self.nearest));
        }
        if !self.allowed.is_empty() {
            object.set("allowed", list(&self.allowed));
        }
        if !self.failure.fields.is_empty() {
            let fields = self.failure.fields.iter().take(MOST / 4).map(|field| {
                let property = field.property.as_deref().map_or_else(Raw::null, text);
                Raw::object([("property", property), ("message", text(&field.message))])
            });
            object.set("fields", Raw::array(fields));
        }
        if let Some(role) = &self.failure.role {
            object.set("missing_role", Raw::string(role));
        }
        if let Some(hint) = &self.failure.hint {
            object.set("hint", text(hint));
        }
        object
    }
}
