//! The envelope of a write or a command, and the errors in it.

use std::borrow::Cow;

use super::decode::{self, Slotted};
use crate::json::{DecodeError, Json, JsonRef, OneLine};
use crate::value::{DateTime, Slot};

/// What the service answers to a create, an update, a delete and a command. Sources disagree on which of
/// these it sends, so each may be missing. A member of another JSON type than it should have is as good as missing:
/// the answer to a write says what was done, and must not be lost for that.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Envelope {
    /// 200 for success. A refused request says 500 here with an HTTP status of 400.
    pub status: Option<i64>,
    /// What happened, for people.
    pub message: Option<String>,
    /// The outcome: after a create or an update the record, or an object with its `Id`.
    pub value: Option<Json>,
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
    pub attempted_value: Option<Json>,
}

/// The envelope as it is decoded: the errors are JSON until each of them is read.
#[derive(Default)]
struct Draft {
    envelope: Envelope,
    errors: Option<Json>,
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
        draft.envelope.errors = draft.errors.map(|errors| FieldError::all(errors.borrow())).unwrap_or_default();
        Ok(draft.envelope)
    }

    /// The id of the record in [`value`](Self::value), if there is one: the `Id` of an object, in whatever case, or the
    /// value itself; as a number or as text.
    pub fn id(&self) -> Option<i64> {
        let value = self.value.as_ref()?.borrow();
        let whole = |json: JsonRef<'_>| json.as_i64().or_else(|| json.as_str()?.trim().parse().ok());
        let named = || value.properties().find(|(name, _)| name.eq_ignore_ascii_case("Id")).map(|(_, id)| id);
        whole(value).or_else(|| whole(value.get("Id").or_else(named)?))
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
    /// A list of errors, an object with one for each property, or one text.
    fn all(errors: JsonRef<'_>) -> Vec<Self> {
        // A page of errors is for people; more would only fill memory.
        const MOST: usize = 1000;
        if errors.is_array() {
            return errors.items().take(MOST).map(Self::one).collect();
        }
        if errors.is_object() && errors.get("Message").is_none() {
            let of_property = |(name, value): (Cow<'_, str>, JsonRef<'_>)| {
                let message = match value.items().next() {
                    Some(first) => Self::one(first),
                    None => Self::one(value),
                };
                Self { property: Some(name.into_owned()), ..message }
            };
            return errors.properties().take(MOST).map(of_property).collect();
        }
        if errors.is_null() { Vec::new() } else { vec![Self::one(errors)] }
    }

    /// The content of the list of errors: an object as documented, or its text.
    fn one(value: JsonRef<'_>) -> Self {
        let text = |key: &str| value.get(key).and_then(JsonRef::as_str).map(Cow::into_owned);
        if value.is_object() {
            return Self {
                property: text("PropertyName"),
                message: text("Message"),
                attempted_value: value.get("AttemptedValue").filter(|value| !value.is_null()).map(JsonRef::to_owned),
            };
        }
        let message = value.as_str().map_or_else(|| value.to_string(), Cow::into_owned);
        Self { message: Some(message), ..Self::default() }
    }
}

impl std::fmt::Display for FieldError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let message = OneLine(self.message.as_deref().unwrap_or("is not valid"));
        match &self.property {
            Some(property) => write!(f, "{}: {message}", OneLine(property)),
            None => write!(f, "{message}"),
        }
    }
}
