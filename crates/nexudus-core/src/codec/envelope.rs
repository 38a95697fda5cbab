//! The envelope of a write or a command, and the errors in it.

use serde_json::Value;

use super::decode::{self, Slotted};
use crate::json::DecodeError;
use crate::value::{DateTime, Slot};

/// What the service answers to a create, an update, a delete and a command. Sources disagree on which of
/// these it sends, so each may be missing.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Envelope {
    /// 200 for success. A refused request says 500 here with an HTTP status of 400.
    pub status: Option<i64>,
    /// What happened, for people.
    pub message: Option<String>,
    /// The outcome: an object with the `Id` of the record after a create or an update.
    pub value: Option<Value>,
    /// For the service's own pages.
    pub open_in_dialog: Option<bool>,
    /// For the service's own pages.
    pub open_in_window: Option<bool>,
    /// For the service's own pages.
    pub redirect_url: Option<String>,
    /// For the service's own pages.
    pub java_script: Option<String>,
    /// When the record was changed.
    pub updated_on: Option<DateTime>,
    /// The e-mail address of the user who changed it.
    pub updated_by: Option<String>,
    /// Whether the request did what it asked for.
    pub was_successful: Option<bool>,
    /// What is wrong with the request, a property each.
    pub errors: Vec<FieldError>,
}

/// What is wrong with one property of a refused request.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct FieldError {
    /// The property, a relation without its `Id`.
    pub property: Option<String>,
    /// What is wrong with it.
    pub message: Option<String>,
    /// What was sent.
    pub attempted_value: Option<Value>,
}

/// The envelope as it is decoded: the list of errors is JSON until each of them is read.
#[derive(Default)]
struct Draft {
    envelope: Envelope,
    errors: Option<Value>,
}

impl Slotted for Draft {
    fn slot(&mut self, name: &str) -> Option<&mut dyn Slot> {
        let envelope = &mut self.envelope;
        Some(match name {
            "Status" => &mut envelope.status,
            "Message" => &mut envelope.message,
            "Value" => &mut envelope.value,
            "OpenInDialog" => &mut envelope.open_in_dialog,
            "OpenInWindow" => &mut envelope.open_in_window,
            "RedirectURL" => &mut envelope.redirect_url,
            "JavaScript" => &mut envelope.java_script,
            "UpdatedOn" => &mut envelope.updated_on,
            "UpdatedBy" => &mut envelope.updated_by,
            "WasSuccessful" => &mut envelope.was_successful,
            "Errors" => &mut self.errors,
            _ => return None,
        })
    }
}

impl Envelope {
    /// Decodes the answer to a write.
    pub fn decode(json: &[u8]) -> Result<Self, DecodeError> {
        let mut draft = Draft::default();
        decode::object(json, &mut draft)?;
        if let Some(Value::Array(errors)) = draft.errors {
            draft.envelope.errors = errors.iter().map(FieldError::from_value).collect();
        }
        Ok(draft.envelope)
    }

    /// The `Id` in [`value`](Self::value), if there is one.
    pub fn id(&self) -> Option<i64> {
        let id = self.value.as_ref()?.get("Id")?;
        id.as_i64().or_else(|| id.as_str()?.parse().ok())
    }

    /// Whether the request did what it asked for: by `WasSuccessful`, then by `Status`, then by `Errors`.
    pub fn is_success(&self) -> bool {
        match (self.was_successful, self.status) {
            (Some(successful), _) => successful,
            (None, Some(status)) => (200..300).contains(&status),
            (None, None) => self.errors.is_empty(),
        }
    }
}

impl FieldError {
    /// Whatever stands in the list of errors: an object as documented, or else its text.
    fn from_value(value: &Value) -> Self {
        let text = |key: &str| value.get(key).and_then(Value::as_str).map(str::to_owned);
        if value.is_object() {
            return Self {
                property: text("PropertyName"),
                message: text("Message"),
                attempted_value: value.get("AttemptedValue").filter(|value| !value.is_null()).cloned(),
            };
        }
        let message = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        Self { message: Some(message), ..Self::default() }
    }
}

impl std::fmt::Display for FieldError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let message = self.message.as_deref().unwrap_or("is not valid");
        match &self.property {
            Some(property) => write!(f, "{property}: {message}"),
            None => f.write_str(message),
        }
    }
}
