//! One call, from a plain value to a plain answer.
//!
//! Everything that is not about types happens here, once for all entities: the generic code around it builds a
//! [`Call`] before and decodes a [`Raw`] after, and adds nothing to a program but that.

use std::time::{Duration, SystemTime};

use bytes::Bytes;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, RETRY_AFTER, USER_AGENT};
use http::{HeaderMap, Method, StatusCode};
use nexudus_core::transport::{BoxFuture, Collected, TransportErrorKind};
use nexudus_core::{DecodeError, EntityTable, Envelope, Operation};

use crate::client::Client;
use crate::error::{Error, Kind, Subject};
use crate::query::with_query;

/// A request without address and credentials.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(crate) subject: Subject,
    pub(crate) method: Method,
    /// Below the base address, encoded, with its query.
    pub(crate) path: String,
    /// JSON.
    pub(crate) body: Option<Bytes>,
}

impl Call {
    pub(crate) fn new(subject: Subject, method: Method, path: String) -> Self {
        Self { subject, method, path, body: None }
    }

    pub(crate) fn list<'a>(
        table: &'static EntityTable,
        pairs: impl IntoIterator<Item = (&'a str, impl AsRef<str>)>,
    ) -> Self {
        let subject = Subject::of(Operation::List, table, None);
        Self::new(subject, Method::GET, with_query(table.path(), pairs))
    }

    pub(crate) fn get(table: &'static EntityTable, id: i64) -> Self {
        Self::new(Subject::of(Operation::Get, table, Some(id)), Method::GET, format!("{}/{id}", table.path()))
    }

    pub(crate) fn create(table: &'static EntityTable, body: Vec<u8>) -> Self {
        let subject = Subject::of(Operation::Create, table, None);
        Self { body: Some(body.into()), ..Self::new(subject, Method::POST, table.path()) }
    }

    /// The record's id stands in the body; the address is the collection's.
    pub(crate) fn update(table: &'static EntityTable, id: Option<i64>, body: Vec<u8>) -> Self {
        let subject = Subject::of(Operation::Update, table, id);
        Self { body: Some(body.into()), ..Self::new(subject, Method::PUT, table.path()) }
    }

    pub(crate) fn delete(table: &'static EntityTable, id: i64) -> Self {
        Self::new(Subject::of(Operation::Delete, table, Some(id)), Method::DELETE, format!("{}/{id}", table.path()))
    }

    fn is_read(&self) -> bool {
        self.method == Method::GET
    }
}

/// An answer with a good status.
#[derive(Debug)]
pub(crate) struct Raw {
    pub(crate) subject: Subject,
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Raw {
    pub(crate) fn error(&self, kind: Kind) -> Error {
        Error::new(self.subject, kind).with_answer(self.status, self.headers.clone(), &self.body)
    }

    /// The answer did not decode. If it is not even JSON, that is the more useful thing to say.
    pub(crate) fn decode_failed(&self, error: DecodeError) -> Error {
        match describe_other_than_json(&self.headers, &self.body) {
            Some(what) => self.error(Kind::Unexpected).with_message(what),
            None => self.error(Kind::Decode).with_decode(error),
        }
    }

    /// The envelope of a write. Only one that says so counts as success.
    pub(crate) fn envelope(&self) -> Result<Envelope, Error> {
        let envelope = Envelope::decode(&self.body).map_err(|error| self.decode_failed(error).outcome_unknown())?;
        if envelope.was_successful.is_none() && envelope.status.is_none() {
            let what = "expected the result of a write, found an object without WasSuccessful and Status";
            return Err(self.error(Kind::Unexpected).with_message(what).outcome_unknown());
        }
        if envelope.is_success() {
            return Ok(envelope);
        }
        let kind = if envelope.errors.is_empty() { Kind::Refused } else { Kind::Validation };
        Err(refused(self.error(kind), envelope))
    }
}

/// Adds what the service said of a refusal.
fn refused(error: Error, envelope: Envelope) -> Error {
    let error = error.with_fields(envelope.errors);
    match envelope.message {
        Some(message) if !message.is_empty() => error.with_message(message),
        _ => error,
    }
}

/// What came, if it can't be JSON: for people who have to find out which machine answered.
fn describe_other_than_json(headers: &HeaderMap, body: &[u8]) -> Option<String> {
    let trimmed = body.trim_ascii_start();
    let kind = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or("no content type");
    if trimmed.is_empty() {
        return Some("expected JSON, found an empty body".to_owned());
    }
    if trimmed[0] == b'<' {
        return Some(format!("expected JSON, found a web page ({kind}, {} bytes)", body.len()));
    }
    let is_json = kind.to_ascii_lowercase().contains("json");
    (!is_json && !matches!(trimmed[0], b'{' | b'[')).then(|| {
        let start: String = String::from_utf8_lossy(trimmed).chars().take(60).collect();
        format!("expected JSON, found {start:?} ({kind}, {} bytes)", body.len())
    })
}

/// How long the service asks to wait: a number of seconds or a date.
pub(crate) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let date = httpdate::parse_http_date(text).ok()?;
    Some(date.duration_since(SystemTime::now()).unwrap_or_default())
}

/// Sorts an answer: by its status, and by its body where the status is not enough.
fn check(raw: Raw) -> Result<Raw, Error> {
    let status = raw.status;
    if status.is_success() {
        return Ok(raw);
    }
    let blank = raw.body.trim_ascii().is_empty();
    let kind = match status {
        StatusCode::UNAUTHORIZED => Kind::Unauthorized,
        StatusCode::FORBIDDEN => Kind::Forbidden,
        // A web page instead of the documented text: the address is wrong, not the id.
        StatusCode::NOT_FOUND if raw.body.trim_ascii_start().starts_with(b"<") => {
            let what = describe_other_than_json(&raw.headers, &raw.body).unwrap_or_default();
            return Err(raw.error(Kind::Unexpected).with_message(format!("{what}; is the base address right?")));
        }
        StatusCode::NOT_FOUND => Kind::NotFound,
        StatusCode::TOO_MANY_REQUESTS => Kind::Throttled,
        // The service's own way of saying 429; it has no body then.
        StatusCode::CONFLICT if blank || raw.headers.contains_key(RETRY_AFTER) => Kind::Throttled,
        StatusCode::BAD_REQUEST | StatusCode::UNPROCESSABLE_ENTITY => Kind::Validation,
        status if status.is_redirection() => {
            let to = raw.headers.get(http::header::LOCATION).and_then(|to| to.to_str().ok());
            let to = to.and_then(|to| to.split('?').next()).unwrap_or("nowhere").to_owned();
            return Err(raw.error(Kind::Redirect).with_message(to));
        }
        status if status.is_server_error() => Kind::Service,
        _ => Kind::Status,
    };
    let error = raw.error(kind);
    if let Ok(envelope) = Envelope::decode(&raw.body) {
        return Err(refused(error, envelope));
    }
    Err(match serde_json::from_slice::<serde_json::Value>(&raw.body) {
        Ok(serde_json::Value::String(text)) => error.with_message(text),
        _ if blank || raw.body.trim_ascii_start().starts_with(b"<") => error,
        _ => match std::str::from_utf8(&raw.body) {
            Ok(text) if text.len() < 300 => error.with_message(text),
            _ => error,
        },
    })
}

/// Whether a failed write may have been carried out all the same.
fn is_doubtful(error: &Error) -> bool {
    match error.kind() {
        Kind::Transport(TransportErrorKind::Connect | TransportErrorKind::Request) => false,
        Kind::Transport(_) | Kind::Service | Kind::Redirect | Kind::Unexpected | Kind::Decode | Kind::TooLong => true,
        _ => false,
    }
}

impl Client {
    /// Carries a call out. Boxed here, once, so that no caller's future grows with it.
    pub(crate) fn run(&self, call: Call) -> BoxFuture<'static, Result<Raw, Error>> {
        let client = self.clone();
        Box::pin(async move {
            let result = client.once(&call).await;
            match result {
                Err(error) if !call.is_read() && is_doubtful(&error) => Err(error.outcome_unknown()),
                result => result,
            }
        })
    }

    /// Carries a write out and reads what the service says of it.
    pub(crate) fn run_write(&self, call: Call) -> BoxFuture<'static, Result<Envelope, Error>> {
        let answer = self.run(call);
        Box::pin(async move { answer.await?.envelope() })
    }

    /// One request and its answer.
    async fn once(&self, call: &Call) -> Result<Raw, Error> {
        let core = self.core();
        let subject = call.subject;
        let unbuildable =
            |error: http::Error| Error::new(subject, Kind::Transport(TransportErrorKind::Request)).with_source(error);
        let uri = core.base.join(&call.path).map_err(|error| unbuildable(error.into()))?;
        let mut request = http::Request::builder()
            .method(&call.method)
            .uri(uri)
            .header(ACCEPT, "application/json")
            .header(USER_AGENT, &core.user_agent);
        if let Some(value) = &core.authorization {
            request = request.header(AUTHORIZATION, value);
        }
        if call.body.is_some() {
            request = request.header(CONTENT_TYPE, "application/json");
        }
        let request = request.body(call.body.clone().unwrap_or_default()).map_err(unbuildable)?;
        let attempt = async {
            let response = core.transport.send(request).await?;
            let (parts, body) = response.into_parts();
            Ok((parts, body.collect(core.body_limit).await?))
        };
        let Ok(answer) = tokio::time::timeout(core.timeout, attempt).await else {
            return Err(Error::new(subject, Kind::Transport(TransportErrorKind::Timeout)));
        };
        let (parts, body) = answer.map_err(|error| Error::transport(subject, error))?;
        let whole = matches!(body, Collected::Whole(_));
        let (Collected::Whole(body) | Collected::TooLong(body)) = body;
        let raw = Raw { subject, status: parts.status, headers: parts.headers, body };
        if whole {
            check(raw)
        } else {
            Err(raw.error(Kind::TooLong).with_message(format!("more than {} bytes", core.body_limit)))
        }
    }
}
