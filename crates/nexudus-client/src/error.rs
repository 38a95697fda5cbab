//! The one error of the client.
//!
//! It keeps together what is usually torn apart: which operation on which record failed, what the service
//! answered, where in the answer the fault lies, and whether a write may have happened all the same. It is
//! opaque, so that it can learn more without breaking anybody: ask it with the `is_…` predicates.

use std::error::Error as StdError;
use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use nexudus_core::transport::{TransportError, TransportErrorKind};
use nexudus_core::{DecodeError, EntityTable, FieldError, Operation};

/// The most of an answer that an error keeps.
const BODY_LIMIT: usize = 64 * 1024;

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

/// What went wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The client was told something that can't be.
    Usage,
    /// No answer, or not a whole one.
    Transport(TransportErrorKind),
    NotFound,
    Unauthorized,
    Forbidden,
    Throttled,
    /// The service refused what was sent, and mostly says which properties are at fault.
    Validation,
    /// The service understood and answered that it did not do it.
    Refused,
    /// The service broke.
    Service,
    /// Some other status.
    Status,
    Redirect,
    /// An answer that is not of the kind that was asked for.
    Unexpected,
    /// An answer of the right kind that does not decode.
    Decode,
    /// An answer longer than the limit.
    TooLong,
    /// A record that may not be sent back.
    NotFull,
    /// Somebody else has changed the record meanwhile.
    Conflict,
    /// A write through a client that only reads.
    ReadOnly,
}

/// Why an operation failed.
///
/// Printed, it is one line that says what failed, why, and what to do; [`source`](StdError::source) gives what
/// lies behind it and is not part of that line.
pub struct Error(Box<Inner>);

pub(crate) struct Inner {
    pub(crate) subject: Subject,
    pub(crate) kind: Kind,
    status: Option<StatusCode>,
    headers: HeaderMap,
    /// What the service said, or what the client has to say.
    message: Option<String>,
    fields: Vec<FieldError>,
    body: Bytes,
    decode: Option<DecodeError>,
    source: Option<Box<dyn StdError + Send + Sync>>,
    outcome_unknown: bool,
    attempts: u32,
}

impl Error {
    pub(crate) fn new(subject: Subject, kind: Kind) -> Self {
        Self(Box::new(Inner {
            subject,
            kind,
            status: None,
            headers: HeaderMap::new(),
            message: None,
            fields: Vec::new(),
            body: Bytes::new(),
            decode: None,
            source: None,
            outcome_unknown: false,
            attempts: 0,
        }))
    }

    /// The client was told something that can't be.
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self::new(Subject::other("set up the client"), Kind::Usage).with_message(message)
    }

    /// Never, with tables as they are generated: a table that makes the records of another entity.
    pub(crate) fn other_entity(error: DecodeError) -> Self {
        Self::new(Subject::other("name the type of an answer"), Kind::Decode).with_decode(error)
    }

    pub(crate) fn transport(subject: Subject, error: TransportError) -> Self {
        let mut made = Self::new(subject, Kind::Transport(error.kind()));
        made.0.source = Some(error.into_source());
        made
    }

    pub(crate) fn with_message(mut self, message: impl Into<String>) -> Self {
        self.0.message = Some(message.into());
        self
    }

    pub(crate) fn with_source(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.0.source = Some(source.into());
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
        // A copy, so that a small error does not keep a large page alive.
        self.0.body = Bytes::copy_from_slice(body.get(..BODY_LIMIT).unwrap_or(body));
        self
    }

    /// Marks the outcome of a write as unknown.
    pub(crate) fn outcome_unknown(mut self) -> Self {
        self.0.outcome_unknown = true;
        self
    }

    pub(crate) fn attempts_made(mut self, attempts: u32) -> Self {
        self.0.attempts = attempts;
        self
    }

    /// The same for somebody else who waited for the same thing, without what can't be copied.
    pub(crate) fn again(&self) -> Self {
        let inner = &*self.0;
        Self(Box::new(Inner {
            subject: inner.subject,
            kind: inner.kind,
            status: inner.status,
            headers: inner.headers.clone(),
            message: inner.message.clone(),
            fields: inner.fields.clone(),
            body: inner.body.clone(),
            decode: inner.decode.clone(),
            source: None,
            outcome_unknown: inner.outcome_unknown,
            attempts: inner.attempts,
        }))
    }

    pub(crate) fn kind(&self) -> Kind {
        self.0.kind
    }

    /// The operation, for example `get`.
    pub fn operation(&self) -> &'static str {
        self.0.subject.operation
    }

    /// The entity, for example `UserMessage`.
    pub fn entity(&self) -> Option<&'static str> {
        self.0.subject.table.map(|table| table.name)
    }

    /// The id of the record that the operation was about.
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

    /// What the service said about it.
    pub fn message(&self) -> Option<&str> {
        self.0.message.as_deref()
    }

    /// What is wrong with each property, if the service refused what was sent.
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

    /// How long the service asks to wait.
    pub fn retry_after(&self) -> Option<Duration> {
        crate::call::retry_after(&self.0.headers)
    }

    /// How many requests were sent for it.
    pub fn attempts(&self) -> u32 {
        self.0.attempts
    }

    /// There is no such record.
    pub fn is_not_found(&self) -> bool {
        self.0.kind == Kind::NotFound
    }

    /// The credentials are wrong, or not allowed to do this: the service does not always tell the two apart.
    pub fn is_unauthorized(&self) -> bool {
        matches!(self.0.kind, Kind::Unauthorized | Kind::Forbidden)
    }

    /// Too many requests in too short a time.
    pub fn is_throttled(&self) -> bool {
        self.0.kind == Kind::Throttled
    }

    /// The service refused what was sent; see [`field_errors`](Self::field_errors).
    pub fn is_validation(&self) -> bool {
        self.0.kind == Kind::Validation
    }

    /// The service answered that it did not do what it was asked for: refused values, or a rule of the business.
    pub fn is_refused(&self) -> bool {
        matches!(self.0.kind, Kind::Validation | Kind::Refused)
    }

    /// No answer came, or not a whole one.
    pub fn is_transport(&self) -> bool {
        matches!(self.0.kind, Kind::Transport(_))
    }

    /// No whole answer came in time.
    pub fn is_timeout(&self) -> bool {
        self.0.kind == Kind::Transport(TransportErrorKind::Timeout)
    }

    /// The answer is not what it should be.
    pub fn is_decode(&self) -> bool {
        matches!(self.0.kind, Kind::Decode | Kind::Unexpected | Kind::TooLong)
    }

    /// The service itself broke (HTTP 5xx).
    pub fn is_service(&self) -> bool {
        self.0.kind == Kind::Service
    }

    /// The client was told something that can't be: nothing was sent.
    pub fn is_usage(&self) -> bool {
        matches!(self.0.kind, Kind::Usage | Kind::NotFull | Kind::ReadOnly)
    }

    /// The record was changed by somebody else since it was read: nothing was sent.
    pub fn is_conflict(&self) -> bool {
        self.0.kind == Kind::Conflict
    }

    /// The request was a write, and nobody knows whether the service carried it out. Look before repeating it.
    pub fn is_outcome_unknown(&self) -> bool {
        self.0.outcome_unknown
    }

    /// Whether doing the same again may work and can't do it twice.
    pub fn may_retry(&self) -> bool {
        !self.0.outcome_unknown
            && matches!(self.0.kind, Kind::Throttled | Kind::Service | Kind::Transport(_))
            && self.0.kind != Kind::Transport(TransportErrorKind::Request)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let inner = &*self.0;
        write!(f, "{}: ", inner.subject)?;
        f.write_str(match inner.kind {
            Kind::Usage | Kind::NotFull => "not possible",
            Kind::Conflict => "somebody else has changed the record since it was read",
            Kind::ReadOnly => "this client only reads",
            Kind::Transport(TransportErrorKind::Connect) => "no connection could be made",
            Kind::Transport(TransportErrorKind::Timeout) => "no complete answer came in time",
            Kind::Transport(TransportErrorKind::Interrupted) => "the connection broke before an answer came",
            Kind::Transport(TransportErrorKind::Body) => "the answer broke off",
            Kind::Transport(TransportErrorKind::Request) => "the request could not be built",
            Kind::Transport(_) => "no answer came",
            Kind::NotFound => "there is no such record",
            Kind::Unauthorized => "bad credentials, or not allowed",
            Kind::Forbidden => "not allowed",
            Kind::Throttled => "too many requests; the service asks to slow down",
            Kind::Validation => "the service refused what was sent",
            Kind::Refused => "the service did not do it",
            Kind::Service => "the service failed",
            Kind::Status => "the service answered with an error",
            Kind::Redirect => "the service sent us elsewhere, which is not followed",
            Kind::Unexpected => "the answer is not what was asked for",
            Kind::Decode => "the answer could not be read",
            Kind::TooLong => "the answer is longer than allowed",
        })?;
        if let Some(status) = inner.status {
            write!(f, " (HTTP {})", status.as_u16())?;
        }
        let mut before = ": ";
        // Where the service names the properties, its message is one of these lines over again.
        if !inner.fields.is_empty() {
            for field in &inner.fields {
                write!(f, "{before}{field}")?;
                before = "; ";
            }
        } else if let Some(message) = &inner.message {
            write!(f, "{before}{}", one_line(message))?;
            before = "; ";
        }
        if let Some(decode) = &inner.decode {
            write!(f, "{before}{decode}")?;
        }
        if self.is_unauthorized()
            && let Some(role) = self.role()
        {
            write!(f, "; this needs the role {role}")?;
        }
        if inner.outcome_unknown {
            f.write_str("; whether it was carried out is unknown, so look before repeating it")?;
        }
        Ok(())
    }
}

/// A text on one line, cut where it is long.
fn one_line(text: &str) -> String {
    const LONGEST: usize = 300;
    let mut line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if let Some((end, _)) = line.char_indices().nth(LONGEST) {
        line.truncate(end);
        line.push('…');
    }
    line
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let inner = &*self.0;
        // Neither headers nor body: both may hold what does not belong into a log.
        f.debug_struct("Error")
            .field("text", &format_args!("{self}"))
            .field("kind", &inner.kind)
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
