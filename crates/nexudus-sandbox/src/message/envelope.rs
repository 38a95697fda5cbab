//! What a write answers.

use http::StatusCode;
use serde_json::value::RawValue;

use crate::message::reply::Reply;
use crate::value::raw::Raw;
use crate::value::text::write_text;

/// What a write answers.
#[derive(Debug, Default)]
pub(crate) struct Envelope {
    pub(crate) status: i64,
    pub(crate) message: String,
    /// JSON text.
    pub(crate) value: Option<String>,
    pub(crate) redirect: Option<String>,
    pub(crate) updated_on: Option<String>,
    pub(crate) updated_by: Option<String>,
    pub(crate) errors: Vec<FieldError>,
}

impl Envelope {
    /// The answer to what the service fails at: it does not say why.
    pub(crate) fn failure(status: StatusCode) -> Reply {
        let message = "Ooops! There was a problem while running this action...".to_owned();
        Self { status: 500, message, ..Self::default() }.reply(status)
    }
}

/// What is wrong with one property.
#[derive(Clone, Debug)]
pub(crate) struct FieldError {
    pub(crate) property: String,
    pub(crate) message: String,
    /// The value as it came.
    pub(crate) attempted: Raw,
}

impl FieldError {
    pub(crate) fn new(property: &str, message: &str, attempted: &RawValue) -> Self {
        Self { property: property.to_owned(), message: message.to_owned(), attempted: attempted.to_owned() }
    }
}

impl Envelope {
    /// The answer to a request that was refused, with every reason.
    pub(crate) fn refused(errors: Vec<FieldError>) -> Reply {
        let message = errors.first().map(|first| format!("{}: {}", first.property, first.message)).unwrap_or_default();
        Self { status: 500, message, errors, ..Self::default() }.reply(StatusCode::BAD_REQUEST)
    }

    /// The answer to a body that can't be read at all.
    pub(crate) fn unreadable(message: String) -> Reply {
        Self { status: 500, message, ..Self::default() }.reply(StatusCode::BAD_REQUEST)
    }

    /// All documented keys, in the documented order.
    pub(crate) fn reply(self, status: StatusCode) -> Reply {
        let mut out = Vec::with_capacity(256);
        let mut text = |key: &str, value: Option<&str>| {
            out.extend_from_slice(key.as_bytes());
            match value {
                Some(value) => write_text(value, &mut out),
                None => out.extend_from_slice(b"null"),
            }
        };
        let value = self.value.unwrap_or_else(|| "null".to_owned());
        text(&format!("{{\"Status\":{},\"Message\":", self.status), Some(&self.message));
        text(
            &format!(",\"Value\":{value},\"OpenInDialog\":false,\"OpenInWindow\":false,\"RedirectURL\":"),
            self.redirect.as_deref(),
        );
        text(",\"JavaScript\":null,\"UpdatedOn\":", self.updated_on.as_deref());
        text(",\"UpdatedBy\":", self.updated_by.as_deref());
        out.extend_from_slice(b",\"Errors\":");
        if self.errors.is_empty() {
            out.extend_from_slice(b"null");
        } else {
            for (at, error) in self.errors.iter().enumerate() {
                out.extend_from_slice(if at == 0 { b"[{\"AttemptedValue\":" } else { b",{\"AttemptedValue\":" });
                out.extend_from_slice(error.attempted.get().as_bytes());
                out.extend_from_slice(b",\"Message\":");
                write_text(&error.message, &mut out);
                out.extend_from_slice(b",\"PropertyName\":");
                write_text(&error.property, &mut out);
                out.push(b'}');
            }
            out.push(b']');
        }
        let successful: &[u8] = if self.status == 200 { b"true" } else { b"false" };
        out.extend_from_slice(b",\"WasSuccessful\":");
        out.extend_from_slice(successful);
        out.push(b'}');
        Reply::json(status, out)
    }
}
