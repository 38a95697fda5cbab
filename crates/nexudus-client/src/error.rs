//! The error type of the client.
//!
//! It contains the operation, the record and the failed step, the response of the service, the position of a decoding
//! error, and whether a write took effect. Its fields are private, so new details are not a breaking change; use
//! [`Error::kind`], [`Error::outcome`] and the `is_…` predicates.

use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use nexudus_core::transport::{TransportError, TransportErrorKind};
use nexudus_core::{DecodeError, EntityTable, FieldError, OneLine, Operation};

/// The most of an answer that an error keeps.
const BODY_LIMIT: usize = 64 * 1024;

/// The most of a text of the service that an error keeps.
const TEXT_LIMIT: usize = 16 * 1024;

/// What a call is about: the words that an error, a span and a hook use for it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Subject {
    pub(crate) operation: &'static str,
    /// The operation whose role the call needs.
    pub(crate) needs: Option<Operation>,
    pub(crate) table: Option<&'static EntityTable>,
    pub(crate) id: Option<i64>,
}

impl Subject {
    pub(crate) fn of(operation: Operation, table: &'static EntityTable, id: Option<i64>) -> Self {
        Self { operation: operation.name(), needs: Some(operation), table: Some(table), id }
    }

    /// Something that belongs to no entity.
    pub(crate) fn other(operation: &'static str) -> Self {
        Self { operation, needs: None, table: None, id: None }
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.operation)?;
        if let Some(table) = self.table {
            write!(f, " {}", table.name)?;
        }
        if let Some(id) = self.id {
            write!(f, " {id}")?;
        }
        Ok(())
    }
}

/// What went wrong. The list may grow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The client was given something that it can't use. Nothing was sent.
    Usage,
    /// No answer, or not a whole one.
    Transport(TransportErrorKind),
    /// There is no such record.
    NotFound,
    /// The credentials are wrong, or the user lacks a role: HTTP 401.
    Unauthorized,
    /// The user lacks a role: HTTP 403.
    Forbidden,
    /// The token endpoint asks for a one-time code.
    TwoFactorRequired,
    /// A write was answered with HTTP 401 and the text `Access Denied`. The login is good: the account has reached
    /// a limit of the service.
    AccessDenied,
    /// A page deep in a list was answered with HTTP 403 although earlier pages came.
    ListTooDeep,
    /// Too many requests.
    Throttled,
    /// The service refused what was sent, and usually names the properties at fault.
    Validation,
    /// The service understood the request and answered that it did not do it.
    Refused,
    /// The address does not take this method: HTTP 405.
    MethodNotAllowed,
    /// The service failed: HTTP 5xx.
    Service,
    /// Another status that is not a success.
    Status,
    /// A redirect that is not followed.
    Redirect,
    /// The answer is not of the kind that was asked for.
    Unexpected,
    /// The service ignored a filter or the order of a list.
    Ignored,
    /// The answer is of the right kind but does not decode.
    Decode,
    /// The answer is longer than the limit.
    TooLong,
    /// A record that may not be sent back: it is a summary, or lacks its id.
    NotFull,
    /// Somebody else changed the record since it was read.
    Conflict,
    /// A write through a client that only reads.
    ReadOnly,
}

/// What became of the operation that an error is about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Outcome {
    /// Nothing was changed.
    #[default]
    NotDone,
    /// The service carried the write out; what failed came after it. [`Error::id`] is the record's id, if it is
    /// known. Do not repeat the write.
    Done,
    /// Nobody knows whether the service carried the write out. Look before you repeat it.
    Unknown,
}

/// Why an operation failed.
///
/// Printed, it is one line that says what failed, why, and what to do; [`source`](StdError::source) gives the
/// cause, which is not part of that line.
#[derive(Clone)]
pub struct Error(Box<Inner>);

#[derive(Clone)]
struct Inner {
    subject: Subject,
    step: Option<&'static str>,
    kind: ErrorKind,
    outcome: Outcome,
    status: Option<StatusCode>,
    headers: HeaderMap,
    /// What the service said, or what the client has to say.
    message: Option<String>,
    /// The word that names the error, such as `invalid_grant`.
    code: Option<String>,
    fields: Vec<FieldError>,
    body: Bytes,
    decode: Option<DecodeError>,
    retry_after: Option<Duration>,
    attempts: u32,
    source: Option<Arc<dyn StdError + Send + Sync>>,
}

#[allow(dead_code, reason = "the operations of several requests use all of it")]
impl Error {
    pub(crate) fn new(subject: Subject, kind: ErrorKind) -> Self {
        Self(Box::new(Inner {
            subject,
            step: None,
            kind,
            outcome: Outcome::NotDone,
            status: None,
            headers: HeaderMap::new(),
            message: None,
            code: None,
            fields: Vec::new(),
            body: Bytes::new(),
            decode: None,
            retry_after: None,
            attempts: 0,
            source: None,
        }))
    }

    /// The client was given something that it can't use.
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self::new(Subject::other("set up the client"), ErrorKind::Usage).with_message(message)
    }

    /// Never, with tables as they are generated: a table that makes the records of another entity.
    pub(crate) fn other_entity(error: DecodeError) -> Self {
        Self::new(Subject::other("name the type of an answer"), ErrorKind::Decode).with_decode(error)
    }

    pub(crate) fn transport(subject: Subject, error: TransportError) -> Self {
        Self::new(subject, ErrorKind::Transport(error.kind())).with_source(error.into_source())
    }

    pub(crate) fn with_kind(mut self, kind: ErrorKind) -> Self {
        self.0.kind = kind;
        self
    }

    pub(crate) fn with_message(mut self, message: impl Into<String>) -> Self {
        let mut message = message.into();
        if message.len() > TEXT_LIMIT {
            let end = (0..=TEXT_LIMIT).rev().find(|end| message.is_char_boundary(*end)).unwrap_or_default();
            message.truncate(end);
            message.shrink_to_fit();
        }
        self.0.message = Some(message);
        self
    }

    pub(crate) fn with_code(mut self, code: Option<String>) -> Self {
        self.0.code = code;
        self
    }

    pub(crate) fn code(&self) -> Option<&str> {
        self.0.code.as_deref()
    }

    pub(crate) fn with_source(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.0.source = Some(source.into().into());
        self
    }

    pub(crate) fn with_fields(mut self, fields: Vec<FieldError>) -> Self {
        self.0.fields = fields;
        self
    }

    pub(crate) fn with_decode(mut self, error: DecodeError) -> Self {
        self.0.decode = Some(error);
        self
    }

    pub(crate) fn with_answer(mut self, status: StatusCode, headers: HeaderMap, body: &Bytes) -> Self {
        self.0.status = Some(status);
        self.0.headers = headers;
        // A copy, so that a small error does not keep a large body in memory.
        self.0.body = Bytes::copy_from_slice(body.get(..BODY_LIMIT).unwrap_or(body));
        self
    }

    /// Without what the service sent: it may hold a secret.
    pub(crate) fn without_content(mut self) -> Self {
        self.0.body = Bytes::new();
        self.0.headers = HeaderMap::new();
        self
    }

    pub(crate) fn with_retry_after(mut self, wait: Option<Duration>) -> Self {
        self.0.retry_after = wait;
        self
    }

    /// Sets the id of the record that the operation is about, once it is known.
    pub(crate) fn with_id(mut self, id: i64) -> Self {
        self.0.subject.id = Some(id);
        self
    }

    /// Makes this the error of an operation that takes several requests: `step` is the one that failed.
    pub(crate) fn in_step(mut self, operation: Subject, step: &'static str) -> Self {
        let id = operation.id.or(self.0.subject.id);
        self.0.subject = Subject { id, ..operation };
        self.0.step.get_or_insert(step);
        self
    }

    /// Marks the outcome of a write as unknown.
    pub(crate) fn outcome_unknown(self) -> Self {
        self.with_outcome(Outcome::Unknown)
    }

    /// Marks a write as carried out: what failed came after it.
    pub(crate) fn outcome_done(self) -> Self {
        self.with_outcome(Outcome::Done)
    }

    pub(crate) fn with_outcome(mut self, outcome: Outcome) -> Self {
        self.0.outcome = outcome;
        self
    }

    pub(crate) fn attempts_made(mut self, attempts: u32) -> Self {
        self.0.attempts = attempts;
        self
    }

    /// What went wrong.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// What became of the write; [`Outcome::NotDone`] for reads.
    pub fn outcome(&self) -> Outcome {
        self.0.outcome
    }

    /// The operation, for example `get`.
    pub fn operation(&self) -> &'static str {
        self.0.subject.operation
    }

    /// The step that failed, for operations that take several requests; for example `get a token`.
    pub fn step(&self) -> Option<&'static str> {
        self.0.step
    }

    /// The entity, for example `UserMessage`.
    pub fn entity(&self) -> Option<&'static str> {
        self.0.subject.table.map(|table| table.name)
    }

    /// The id of the record that the operation was about, also of one that it created.
    pub fn id(&self) -> Option<i64> {
        self.0.subject.id
    }

    /// The HTTP status, if there was an answer.
    pub fn status(&self) -> Option<StatusCode> {
        self.0.status
    }

    /// The headers of the answer; empty if there was none.
    pub fn headers(&self) -> &HeaderMap {
        &self.0.headers
    }

    /// What the service said about it, up to 16 KiB.
    pub fn message(&self) -> Option<&str> {
        self.0.message.as_deref()
    }

    /// What is wrong with each property, if the service rejected the values.
    pub fn field_errors(&self) -> &[FieldError] {
        &self.0.fields
    }

    /// Where in the answer the fault lies, for example `$.Records[3].FromUserId`.
    pub fn json_path(&self) -> Option<&str> {
        self.0.decode.as_ref().map(DecodeError::path)
    }

    /// Why the answer did not decode.
    pub fn decode_error(&self) -> Option<&DecodeError> {
        self.0.decode.as_ref()
    }

    /// The answer as it came, up to 64 KiB of it. It may hold personal data, so nothing prints it.
    pub fn body(&self) -> &[u8] {
        &self.0.body
    }

    /// The role that the operation needs, unless the caller is a full administrator.
    pub fn role(&self) -> Option<String> {
        let Subject { needs: Some(needs), table: Some(table), .. } = self.0.subject else { return None };
        Some(table.role(needs))
    }

    /// How long the service asks to wait: by `Retry-After` or by its text, at most 24 hours.
    pub fn retry_after(&self) -> Option<Duration> {
        self.0.retry_after
    }

    /// How many requests were sent for it.
    pub fn attempts(&self) -> u32 {
        self.0.attempts
    }

    /// There is no such record.
    pub fn is_not_found(&self) -> bool {
        self.0.kind == ErrorKind::NotFound
    }

    /// The credentials are wrong, or do not allow this: the service does not always tell the two apart.
    pub fn is_unauthorized(&self) -> bool {
        matches!(self.0.kind, ErrorKind::Unauthorized | ErrorKind::Forbidden | ErrorKind::TwoFactorRequired)
    }

    /// The login needs a one-time code: see [`Login::totp_with`](crate::Login::totp_with).
    pub fn is_two_factor_required(&self) -> bool {
        self.0.kind == ErrorKind::TwoFactorRequired
    }

    /// A write was answered with `Access Denied`: the account has reached a limit of the service. Another login
    /// does not help.
    pub fn is_access_denied(&self) -> bool {
        self.0.kind == ErrorKind::AccessDenied
    }

    /// The service refused a page deep in a list. Split the list with filters, for example by month.
    pub fn is_list_too_deep(&self) -> bool {
        self.0.kind == ErrorKind::ListTooDeep
    }

    /// The service does not take this method for the entity; the message names the command that does it, if one
    /// is known.
    pub fn is_method_not_allowed(&self) -> bool {
        self.0.kind == ErrorKind::MethodNotAllowed
    }

    /// The service ignored a filter or the order of a list.
    pub fn is_ignored(&self) -> bool {
        self.0.kind == ErrorKind::Ignored
    }

    /// Too many requests in too short a time.
    pub fn is_throttled(&self) -> bool {
        self.0.kind == ErrorKind::Throttled
    }

    /// The service refused what was sent; see [`field_errors`](Self::field_errors).
    pub fn is_validation(&self) -> bool {
        self.0.kind == ErrorKind::Validation
    }

    /// The service answered that it did not do what it was asked for: refused values, or a rule of the business.
    pub fn is_refused(&self) -> bool {
        matches!(self.0.kind, ErrorKind::Validation | ErrorKind::Refused)
    }

    /// No answer came, or not a whole one.
    pub fn is_transport(&self) -> bool {
        matches!(self.0.kind, ErrorKind::Transport(_))
    }

    /// No whole answer came in time.
    pub fn is_timeout(&self) -> bool {
        self.0.kind == ErrorKind::Transport(TransportErrorKind::Timeout)
    }

    /// The answer is not what it should be.
    pub fn is_decode(&self) -> bool {
        matches!(self.0.kind, ErrorKind::Decode | ErrorKind::Unexpected | ErrorKind::TooLong)
    }

    /// The service itself failed (HTTP 5xx).
    pub fn is_service(&self) -> bool {
        self.0.kind == ErrorKind::Service
    }

    /// The client was given something that it can't use. Nothing was sent.
    pub fn is_usage(&self) -> bool {
        matches!(self.0.kind, ErrorKind::Usage | ErrorKind::NotFull | ErrorKind::ReadOnly)
    }

    /// The record was changed by somebody else since it was read.
    pub fn is_conflict(&self) -> bool {
        self.0.kind == ErrorKind::Conflict
    }

    /// Nobody knows whether the service carried the write out. Look before you repeat it.
    pub fn is_outcome_unknown(&self) -> bool {
        self.0.outcome == Outcome::Unknown
    }

    /// Whether the same call may succeed later and can't be carried out twice.
    pub fn is_retryable(&self) -> bool {
        self.0.outcome == Outcome::NotDone
            && match self.0.kind {
                ErrorKind::Throttled | ErrorKind::Service => true,
                ErrorKind::Transport(kind) => kind != TransportErrorKind::Request,
                _ => false,
            }
    }

    fn describe(&self) -> &'static str {
        match self.0.kind {
            ErrorKind::Usage | ErrorKind::NotFull => "not possible",
            ErrorKind::Conflict => "somebody else changed the record since it was read",
            ErrorKind::ReadOnly => "this client is read-only",
            ErrorKind::Transport(TransportErrorKind::Connect) => "no connection could be established",
            ErrorKind::Transport(TransportErrorKind::Timeout) => "no complete response arrived in time",
            ErrorKind::Transport(TransportErrorKind::Interrupted) => {
                "the connection was closed before a response arrived"
            }
            ErrorKind::Transport(TransportErrorKind::Body) => "the response was truncated",
            ErrorKind::Transport(TransportErrorKind::Request) => "the request could not be built",
            ErrorKind::Transport(_) => "no answer came",
            ErrorKind::NotFound => "there is no such record",
            ErrorKind::Unauthorized => "invalid credentials, or not allowed",
            ErrorKind::Forbidden => "not allowed",
            ErrorKind::TwoFactorRequired => "a one-time code is required",
            ErrorKind::AccessDenied => {
                "the service denied access although the credentials are valid; the account may have reached a limit"
            }
            ErrorKind::ListTooDeep => "the service refuses pages this deep in the list; split it with filters",
            ErrorKind::Throttled => "too many requests; the service asks to slow down",
            ErrorKind::Validation => "the service rejected the values",
            ErrorKind::Refused => "the service did not execute the request",
            ErrorKind::MethodNotAllowed => "the service does not support the HTTP method",
            ErrorKind::Service => "the service failed",
            ErrorKind::Status => "the service returned an error",
            ErrorKind::Redirect => "the service redirects to an address that is not followed",
            ErrorKind::Unexpected => "the response does not match the request",
            ErrorKind::Ignored => "not what was asked for",
            ErrorKind::Decode => "the response could not be decoded",
            ErrorKind::TooLong => "the response is too long",
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const MOST_FIELDS: usize = 8;
        let inner = &*self.0;
        write!(f, "{}: ", inner.subject)?;
        if let Some(step) = inner.step {
            write!(f, "{step}: ")?;
        }
        f.write_str(self.describe())?;
        if let Some(status) = inner.status {
            write!(f, " (HTTP {})", status.as_u16())?;
        }
        let mut before = ": ";
        // Where the service names the properties, its message repeats one of these lines.
        if !inner.fields.is_empty() {
            for field in inner.fields.iter().take(MOST_FIELDS) {
                write!(f, "{before}{}", OneLine(&field.to_string()))?;
                before = "; ";
            }
            if let more @ 1.. = inner.fields.len().saturating_sub(MOST_FIELDS) {
                write!(f, "; and {more} more")?;
            }
        } else if let Some(message) = &inner.message {
            write!(f, "{before}{}", OneLine(message))?;
            before = "; ";
        }
        if let Some(decode) = &inner.decode {
            write!(f, "{before}{decode}")?;
        }
        if self.is_unauthorized()
            && inner.step.is_none()
            && let Some(role) = self.role()
        {
            write!(f, "; this needs the role {role}")?;
        }
        f.write_str(match inner.outcome {
            Outcome::NotDone => "",
            Outcome::Done => "; the write succeeded, so do not repeat it",
            Outcome::Unknown => "; whether it succeeded is unknown, so check before you repeat it",
        })
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let inner = &*self.0;
        // Neither headers nor body: both may hold what does not belong into a log.
        f.debug_struct("Error")
            .field("text", &format_args!("{self}"))
            .field("kind", &inner.kind)
            .field("outcome", &inner.outcome)
            .field("status", &inner.status)
            .field("body_length", &inner.body.len())
            .field("source", &inner.source)
            .finish_non_exhaustive()
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source.as_deref().map(|source| source as _)
    }
}

#[cfg(test)]
mod tests {
    use nexudus_core::Envelope;

    use super::*;

    #[test]
    fn an_error_is_one_short_line() {
        let hostile = format!("a\r\nb\u{2028}c\u{1b}[2J\u{9b}\u{202e}d\0{}", "x".repeat(5_000_000));
        let body = serde_json::json!({"Errors": [{"PropertyName": hostile, "Message": hostile}]}).to_string();
        let field = Envelope::decode(body.as_bytes()).unwrap().errors.remove(0);
        let error = Error::new(Subject::other("get"), ErrorKind::Refused);
        for error in [error.clone().with_message(&*hostile), error.with_fields(vec![field; 100])] {
            for text in [error.to_string(), format!("{error:?}")] {
                assert!(text.len() < 8_000, "{} bytes", text.len());
                assert!(
                    !text.contains(|character: char| character.is_control() || "\u{2028}\u{202e}".contains(character))
                );
            }
            assert!(error.message().is_none_or(|message| message.len() <= TEXT_LIMIT));
        }
    }
}
