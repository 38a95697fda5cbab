//! The meaning of a response: success, or a kind of failure.

use std::borrow::Cow;

use bytes::Bytes;
use http::header::{CONTENT_TYPE, LOCATION, RETRY_AFTER};
use http::{HeaderMap, Method, StatusCode};
use nexudus_core::transport::Body;
use nexudus_core::{DecodeError, EntityTable, Envelope, Json, JsonRef};

use super::address::redact;
use super::retry_after::{retry_after, wait_in_text};
use crate::error::{Error, ErrorKind, Outcome, Subject};

/// How much of an unknown text an error shows.
const TEXT_START: usize = 300;

/// The most of a word that names an error.
const CODE_LENGTH: usize = 100;

/// What some programs write before a text in UTF-8.
pub(crate) const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// The text of a service that denies a write although the login is good.
const ACCESS_DENIED: &str = "access denied";

/// An answer.
#[derive(Debug)]
pub(crate) struct Raw {
    pub(crate) subject: Subject,
    pub(crate) method: Method,
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    /// The body that was not read yet.
    pub(crate) rest: Option<Body>,
    /// What became of the write if this answer says that it was not done: unknown, if an earlier attempt may have
    /// been carried out.
    pub(crate) outcome_if_refused: Outcome,
    /// How many requests were sent for it.
    pub(crate) attempts: u32,
}

impl Raw {
    pub(crate) fn new(subject: Subject, method: Method, status: StatusCode, headers: HeaderMap) -> Self {
        let (body, outcome_if_refused) = (Bytes::new(), Outcome::NotDone);
        Self { subject, method, status, headers, body, rest: None, outcome_if_refused, attempts: 1 }
    }

    /// With a body, without its byte-order mark.
    pub(crate) fn with_body(self, body: Bytes) -> Self {
        let body = if body.starts_with(BYTE_ORDER_MARK) { body.slice(BYTE_ORDER_MARK.len()..) } else { body };
        Self { body, ..self }
    }

    pub(crate) fn error(&self, kind: ErrorKind) -> Error {
        Error::new(self.subject, kind)
            .with_answer(self.status, self.headers.clone(), &self.body)
            .with_retry_after(retry_after(&self.headers, &self.body))
            .with_outcome(self.outcome_if_refused)
            .attempts_made(self.attempts)
    }

    /// The answer did not decode. If it is not even JSON, that is the more useful thing to say.
    pub(crate) fn decode_failed(&self, error: DecodeError) -> Error {
        match self.describe_other_than_json() {
            Some(what) => self.error(ErrorKind::Unexpected).with_message(what),
            None => self.error(ErrorKind::Decode).with_decode(error),
        }
    }

    /// The answer as something that serde knows.
    pub(crate) fn json<T: serde::de::DeserializeOwned>(&self) -> Result<T, Error> {
        serde_json::from_slice(&self.body).map_err(|error| match self.describe_other_than_json() {
            Some(what) => self.error(ErrorKind::Unexpected).with_message(what),
            None => self.error(ErrorKind::Decode).with_message(error.to_string()),
        })
    }

    /// The envelope of a write. Only one that says so counts as success, but for a DELETE, which may be answered
    /// with nothing.
    pub(crate) fn envelope(&self) -> Result<Envelope, Error> {
        if self.method == Method::DELETE && self.is_nothing() {
            let mut envelope = Envelope::default();
            envelope.was_successful = Some(true);
            return Ok(envelope);
        }
        let envelope = Envelope::decode(&self.body).map_err(|error| self.decode_failed(error).outcome_unknown())?;
        if envelope.was_successful.is_none() && envelope.status.is_none() {
            let what = "expected the result of a write, found an object without WasSuccessful and Status";
            return Err(self.error(ErrorKind::Unexpected).with_message(what).outcome_unknown());
        }
        if envelope.is_success() {
            return Ok(envelope);
        }
        let kind = if envelope.errors.is_empty() { ErrorKind::Refused } else { ErrorKind::Validation };
        Err(refused(self.error(kind), envelope))
    }

    /// The start of a body that is a text, in quotes or without.
    pub(crate) fn plain_text(&self) -> Option<String> {
        let is_text = matches!(self.first_byte(), Some(b'a'..=b'z' | b'A'..=b'Z' | b'"')) && !self.is_nothing();
        let whole = || serde_json::from_slice::<String>(&self.body).ok();
        is_text.then(|| whole().map_or_else(|| self.text(TEXT_START), |text| text.chars().take(TEXT_START).collect()))
    }

    /// Whether the body is the result of a write that failed.
    pub(crate) fn reports_failure(&self) -> bool {
        Envelope::decode(&self.body).is_ok_and(|envelope| envelope.was_successful == Some(false))
    }

    fn is_nothing(&self) -> bool {
        matches!(self.body.trim_ascii(), b"" | b"null")
    }

    fn first_byte(&self) -> Option<u8> {
        self.body.trim_ascii_start().first().copied()
    }

    fn is_markup(&self) -> bool {
        self.first_byte() == Some(b'<')
    }

    /// What came, if it can't be JSON: for people who have to find out which machine answered.
    fn describe_other_than_json(&self) -> Option<String> {
        let length = self.body.len();
        let kind = self.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or("no content type");
        match self.first_byte() {
            None => Some("expected JSON, found an empty body".to_owned()),
            Some(b'<') => Some(format!("expected JSON, found a web page ({kind}, {length} bytes)")),
            Some(b'{' | b'[') => None,
            Some(_) if kind.to_ascii_lowercase().contains("json") => None,
            Some(_) => {
                let start: String = self.text(60);
                Some(format!("expected JSON, found {start:?} ({kind}, {length} bytes)"))
            }
        }
    }

    /// The start of the body as text.
    fn text(&self, characters: usize) -> String {
        let body = self.body.trim_ascii_start();
        let bytes = body.get(..characters.saturating_mul(4)).unwrap_or(body);
        String::from_utf8_lossy(bytes).chars().take(characters).collect()
    }

    /// Sorts the answer: by its status, and by its body where the status is not enough.
    pub(super) fn check(self) -> Result<Self, Error> {
        let status = self.status;
        if status.is_success() {
            return Ok(self);
        }
        let blank = self.first_byte().is_none();
        // Who believed the status would send the write again.
        if !self.method.is_safe() && self.reports_success() {
            let what = "the status reports a failure, and the body a success";
            return Err(self.error(ErrorKind::Unexpected).with_message(what).outcome_unknown());
        }
        let kind = match status {
            StatusCode::UNAUTHORIZED if self.is_access_denied() => ErrorKind::AccessDenied,
            StatusCode::UNAUTHORIZED => ErrorKind::Unauthorized,
            StatusCode::FORBIDDEN => ErrorKind::Forbidden,
            // A web page instead of the documented text: the address is wrong, not the id.
            StatusCode::NOT_FOUND if self.is_markup() => {
                let what = self.describe_other_than_json().unwrap_or_default();
                return Err(self
                    .error(ErrorKind::Unexpected)
                    .with_message(format!("{what}; is the base address right?")));
            }
            StatusCode::NOT_FOUND => ErrorKind::NotFound,
            StatusCode::METHOD_NOT_ALLOWED => return Err(self.method_not_allowed()),
            StatusCode::TOO_MANY_REQUESTS => ErrorKind::Throttled,
            // The service's own way of saying 429. Any other text says why the request conflicts.
            StatusCode::CONFLICT
                if blank || self.headers.contains_key(RETRY_AFTER) || wait_in_text(&self.body).is_some() =>
            {
                ErrorKind::Throttled
            }
            StatusCode::BAD_REQUEST | StatusCode::UNPROCESSABLE_ENTITY => ErrorKind::Validation,
            status if status.is_redirection() => {
                let to = self.headers.get(LOCATION).and_then(|to| to.to_str().ok());
                let to = to.map_or_else(|| "nowhere".to_owned(), redact);
                return Err(self.error(ErrorKind::Redirect).with_message(to));
            }
            StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_EARLY => ErrorKind::Service,
            status if status.is_server_error() => ErrorKind::Service,
            _ => ErrorKind::Status,
        };
        let error = self.error(kind);
        if blank {
            return Err(error);
        }
        if self.is_markup() {
            return Err(match self.message_of_markup() {
                Some(message) => error.with_message(message),
                None => error,
            });
        }
        if let Ok(envelope) = Envelope::decode(&self.body)
            && (envelope.was_successful.is_some() || !envelope.errors.is_empty())
        {
            return Err(refused(error, envelope));
        }
        let json = std::str::from_utf8(&self.body).ok().and_then(|text| text.parse::<Json>().ok()).unwrap_or_default();
        let code = json.get("error").and_then(JsonRef::as_str).map(|code| code.chars().take(CODE_LENGTH).collect());
        let message = message_of(json.borrow()).unwrap_or_else(|| self.text(TEXT_START));
        Err(error.with_message(message).with_code(code))
    }

    /// Whether the body is the result of a write that was successful.
    fn reports_success(&self) -> bool {
        Envelope::decode(&self.body).is_ok_and(|envelope| envelope.was_successful == Some(true))
    }

    /// The title of a web page, or the message of an error in XML.
    fn message_of_markup(&self) -> Option<String> {
        let text = self.text(TEXT_START * 10);
        // The same length, so that a position in one is a position in the other.
        let lower = text.to_ascii_lowercase();
        ["title", "message"].iter().find_map(|name| {
            let from = lower.find(&format!("<{name}>"))? + name.len() + 2;
            let length = lower.get(from..)?.find("</")?;
            let found = text.get(from..from + length)?.trim();
            (!found.is_empty()).then(|| found.chars().take(TEXT_START).collect())
        })
    }

    fn is_access_denied(&self) -> bool {
        !self.method.is_safe() && self.text(TEXT_START).to_ascii_lowercase().contains(ACCESS_DENIED)
    }

    fn method_not_allowed(&self) -> Error {
        let error = self.error(ErrorKind::MethodNotAllowed);
        match self.subject.table.and_then(command_that_deletes) {
            Some(key) if self.method == Method::DELETE => error.with_message(format!("run the command {key} instead")),
            _ => error,
        }
    }
}

/// The command that deletes records which take no DELETE, if it is known.
pub(crate) fn command_that_deletes(table: &EntityTable) -> Option<&'static str> {
    table.known_commands.iter().map(|command| command.key).find(|key| key.contains("DELETE"))
}

/// Adds the service's explanation of a rejection.
fn refused(error: Error, envelope: Envelope) -> Error {
    let error = error.with_fields(envelope.errors);
    match envelope.message {
        Some(message) if !message.is_empty() => error.with_message(message),
        _ => error,
    }
}

/// The message in an error of another shape than the service's own: the shapes of ASP.NET, of its problem details,
/// of OAuth, and those that put an object with a message under `error` or a list of them under `errors`.
fn message_of(json: JsonRef<'_>) -> Option<String> {
    const MOST: usize = 20;
    if let Some(text) = json.as_str() {
        return Some(text.into_owned());
    }
    let inner = ["InnerException", "error"].iter().find_map(|name| message_in(json.get(name)?));
    let first = message_in(json);
    // What is wrong with each property: a text or several, by name. Or a list of such texts.
    let details = ["ModelState", "errors", "Errors"].iter().find_map(|name| {
        let found = json.get(name)?;
        (found.is_object() || found.is_array()).then_some(found)
    });
    let by_name = details.into_iter().flat_map(JsonRef::properties).filter_map(|(name, told)| {
        let told = told.as_str().map(Cow::into_owned).or_else(|| Some(texts(told).join(", ")))?;
        (!told.is_empty()).then(|| format!("{name}: {told}"))
    });
    let listed = details.map(|details| texts(details).join(", ")).filter(|text| !text.is_empty());
    let parts: Vec<String> = first.into_iter().chain(inner).chain(listed).chain(by_name.take(MOST)).collect();
    (!parts.is_empty()).then(|| parts.join("; "))
}

/// The message of an object, by the names that frameworks give it.
fn message_in(json: JsonRef<'_>) -> Option<String> {
    const NAMES: [&str; 7] =
        ["ExceptionMessage", "error_description", "detail", "Message", "message", "title", "error"];
    let text = |name: &&str| json.get(name)?.as_str().filter(|text| !text.trim().is_empty());
    NAMES.iter().find_map(text).map(Cow::into_owned)
}

/// The first texts of a list, of which each may be an object with a message.
fn texts(list: JsonRef<'_>) -> Vec<String> {
    const MOST: usize = 20;
    list.items().filter_map(|item| item.as_str().map(Cow::into_owned).or_else(|| message_in(item))).take(MOST).collect()
}
