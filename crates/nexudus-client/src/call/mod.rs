//! One call, from a plain value to a plain answer.
//!
//! Everything that is not about types happens here, once for all entities: the generic code around it builds a
//! [`Call`] before and decodes a [`Raw`] after, and adds nothing to a program but that.

mod rate_limit;
pub(crate) mod retry;

use std::time::Duration;

use bytes::Bytes;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, LOCATION, RETRY_AFTER, USER_AGENT};
use http::{HeaderMap, HeaderValue, Method, StatusCode, Uri};
use nexudus_core::transport::{Body, BoxFuture, Collected, Request, TransportErrorKind};
use nexudus_core::{DecodeError, EntityTable, Envelope, Operation};
pub use rate_limit::RateLimit;
pub(crate) use rate_limit::RateLimiter;
pub(crate) use retry::Budget;
pub use retry::Retry;
use tokio::time::Instant;
use tracing::Instrument as _;

use self::retry::Verdict;
use crate::auth::Shown;
use crate::client::{Client, Core};
use crate::error::{Error, Kind, Subject};
use crate::http::{retry_after, with_query};

/// Redirects in a row that a read follows.
const MOST_REDIRECTS: usize = 5;

/// A request without address and credentials.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(crate) subject: Subject,
    pub(crate) method: Method,
    /// Below the base address, encoded, with its query.
    pub(crate) path: String,
    /// JSON.
    pub(crate) body: Option<Bytes>,
    pub(crate) headers: HeaderMap,
    /// Whether the body of a good answer is handed on unread.
    pub(crate) streamed: bool,
    /// Whether its turn has come already.
    pub(crate) paced: bool,
}

impl Call {
    pub(crate) fn new(subject: Subject, method: Method, path: String) -> Self {
        Self { subject, method, path, body: None, headers: HeaderMap::new(), streamed: false, paced: false }
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
    pub(crate) fn update(table: &'static EntityTable, id: Option<i64>, body: Bytes) -> Self {
        let subject = Subject::of(Operation::Update, table, id);
        Self { body: Some(body), ..Self::new(subject, Method::PUT, table.path()) }
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
    /// The body that was not read yet.
    pub(crate) rest: Option<Body>,
}

impl Raw {
    pub(crate) fn error(&self, kind: Kind) -> Error {
        Error::new(self.subject, kind)
            .with_answer(self.status, self.headers.clone(), &self.body)
            .with_retry_after(retry_after(&self.headers, &self.body))
    }

    /// The answer did not decode. If it is not even JSON, that is the more useful thing to say.
    pub(crate) fn decode_failed(&self, error: DecodeError) -> Error {
        match describe_other_than_json(&self.headers, &self.body) {
            Some(what) => self.error(Kind::Unexpected).with_message(what),
            None => self.error(Kind::Decode).with_decode(error),
        }
    }

    /// The answer as something that serde knows.
    pub(crate) fn json<T: serde::de::DeserializeOwned>(&self) -> Result<T, Error> {
        serde_json::from_slice(&self.body).map_err(|error| match describe_other_than_json(&self.headers, &self.body) {
            Some(what) => self.error(Kind::Unexpected).with_message(what),
            None => self.error(Kind::Decode).with_message(error.to_string()),
        })
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

/// The answer to a DELETE that had been carried out before, by a try whose answer never came.
const GONE: &str = r#"{"Status":200,"WasSuccessful":true}"#;

impl Client {
    /// Carries a call out. Boxed here, once, so that no caller's future grows with it.
    pub(crate) fn run(&self, call: Call) -> BoxFuture<'static, Result<Raw, Error>> {
        let client = self.clone();
        let subject = call.subject;
        let span = tracing::debug_span!(
            "nexudus",
            operation = subject.operation,
            entity = subject.table.map(|table| table.name),
            id = subject.id,
            status = tracing::field::Empty,
            attempts = tracing::field::Empty,
            milliseconds = tracing::field::Empty,
        );
        let work = async move {
            let begun = Instant::now();
            let mut attempts = 0;
            let result = client.persist(&call, &mut attempts).await;
            let status = match &result {
                Ok(raw) => Some(raw.status),
                Err(error) => error.status(),
            };
            let span = tracing::Span::current();
            span.record("status", status.map(|status| status.as_u16()));
            span.record("attempts", attempts);
            span.record("milliseconds", u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX));
            result.map_err(|error| error.attempts_made(attempts))
        };
        Box::pin(work.instrument(span))
    }

    /// Carries a write out and reads what the service says of it.
    pub(crate) fn run_write(&self, call: Call) -> BoxFuture<'static, Result<Envelope, Error>> {
        let answer = self.run(call);
        Box::pin(async move { answer.await?.envelope() })
    }

    /// Refuses writes where only reads are allowed.
    pub(crate) fn may_write(&self, subject: Subject) -> Result<(), Error> {
        if self.options().read_only { Err(Error::new(subject, Kind::ReadOnly)) } else { Ok(()) }
    }

    /// Waits for the turn of a request.
    pub(crate) async fn pass(&self, subject: Subject, write: bool) -> Result<(), Error> {
        let Some(rate_limiter) = &self.core().rate_limiter else { return Ok(()) };
        rate_limiter.lane(write).pass(self.options().timeout).await.map_err(|wait| {
            let what = format!("it asked to wait for another {} s", wait.as_secs());
            Error::new(subject, Kind::Throttled).with_message(what)
        })
    }

    /// Tries until it is done, or known to be impossible, or enough.
    async fn persist(&self, call: &Call, attempts: &mut u32) -> Result<Raw, Error> {
        let (core, options) = (self.core(), self.options());
        let (subject, write) = (call.subject, !call.is_read());
        if write {
            self.may_write(subject)?;
        }
        let mut begun = None;
        let mut paced = call.paced;
        let mut renewed = false;
        // Whether an earlier try of a write may have been carried out.
        let mut doubtful = false;
        loop {
            if !std::mem::take(&mut paced) {
                self.pass(subject, write).await?;
            }
            let shown = core.auth.show(self).await?;
            *attempts += 1;
            let sent = Instant::now();
            let begun = *begun.get_or_insert(sent);
            let result = self.attempt(call, &shown).await;
            core.tell(call, *attempts, sent.elapsed(), &result);
            let lane = core.rate_limiter.as_ref().map(|rate_limiter| rate_limiter.lane(write));
            let error = match result {
                Ok(raw) => {
                    core.budget.refill();
                    lane.inspect(|lane| lane.accepted());
                    return Ok(raw);
                }
                Err(error) if error.is_not_found() && doubtful && call.method == Method::DELETE => {
                    let (status, headers) = (StatusCode::OK, error.headers().clone());
                    return Ok(Raw { subject, status, headers, body: Bytes::from_static(GONE.as_bytes()), rest: None });
                }
                Err(error) => error,
            };
            tracing::debug!(attempt = *attempts, %error, "failed");
            doubtful |= write && is_doubtful(&error);
            if error.kind() == Kind::Unauthorized && !renewed && core.auth.rejected(self, &shown).await? {
                renewed = true;
                continue;
            }
            let delay = options.retry.delay(*attempts);
            let wait = match retry::judge(&call.method, &error) {
                Verdict::SlowDown => {
                    let wait = error.retry_after().unwrap_or(delay.max(Duration::from_secs(1)));
                    lane.inspect(|lane| lane.refused(sent, wait));
                    // With a lane, the next turn comes when the time is up.
                    if lane.is_some() { Duration::ZERO } else { wait + delay }
                }
                Verdict::Again => delay,
                Verdict::Stop => Duration::MAX,
            };
            let paid = || error.is_throttled() || core.budget.spend();
            let in_time = options.retry.within(begun.elapsed().saturating_add(wait));
            if wait == Duration::MAX || !options.retry.may_try(*attempts) || !in_time || !paid() {
                return Err(if doubtful { error.outcome_unknown() } else { error });
            }
            tokio::time::sleep(wait).await;
        }
    }

    /// One request and its answer; with reads, also where the service sends us within its own house.
    async fn attempt(&self, call: &Call, shown: &Shown) -> Result<Raw, Error> {
        let core = self.core();
        let subject = call.subject;
        let unbuildable =
            |error: http::Error| Error::new(subject, Kind::Transport(TransportErrorKind::Request)).with_source(error);
        let exchange = async {
            let mut uri = core.base.join(&call.path).map_err(|error| unbuildable(error.into()))?;
            for _ in 0..=MOST_REDIRECTS {
                let request = core.request(call, &uri, shown).map_err(unbuildable)?;
                let answer = core.transport.send(request).await.map_err(|error| Error::transport(subject, error))?;
                let (parts, body) = answer.into_parts();
                if parts.status.is_redirection()
                    && call.is_read()
                    && let Some(next) = core.base.redirect(&uri, parts.headers.get(LOCATION))
                {
                    uri = next;
                    continue;
                }
                let (status, headers) = (parts.status, parts.headers);
                if call.streamed && status.is_success() {
                    return Ok(Raw { subject, status, headers, body: Bytes::new(), rest: Some(body) });
                }
                let body = body.collect(core.body_limit).await.map_err(|error| {
                    // The status is known even so, and may say enough.
                    Error::transport(subject, error).with_answer(status, headers.clone(), &Bytes::new())
                })?;
                return match body {
                    Collected::Whole(body) => check(Raw { subject, status, headers, body, rest: None }),
                    Collected::TooLong(body) => {
                        let raw = Raw { subject, status, headers, body, rest: None };
                        Err(raw.error(Kind::TooLong).with_message(format!("more than {} bytes", core.body_limit)))
                    }
                };
            }
            Err(Error::new(subject, Kind::Redirect).with_message("in circles"))
        };
        let Ok(answer) = tokio::time::timeout(self.options().timeout, exchange).await else {
            return Err(Error::new(subject, Kind::Transport(TransportErrorKind::Timeout)));
        };
        answer
    }
}

impl Core {
    fn request(&self, call: &Call, uri: &Uri, shown: &Shown) -> Result<Request, http::Error> {
        let mut request = http::Request::builder().method(&call.method).uri(uri).body(Bytes::new())?;
        let headers = request.headers_mut();
        headers.insert(ACCEPT, HeaderValue::from_static(if call.streamed { "*/*" } else { "application/json" }));
        headers.insert(USER_AGENT, self.user_agent.clone());
        if call.body.is_some() {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        }
        headers.extend(self.headers.clone());
        headers.extend(call.headers.clone());
        // Last, so that none of these takes its place.
        if let Some(value) = &shown.header {
            headers.insert(AUTHORIZATION, value.clone());
        }
        *request.body_mut() = call.body.clone().unwrap_or_default();
        Ok(request)
    }

    /// Tells those who want to know about each request.
    fn tell(&self, call: &Call, number: u32, duration: Duration, result: &Result<Raw, Error>) {
        for hook in &self.hooks {
            hook(&Attempt {
                operation: call.subject.operation,
                entity: call.subject.table.map(|table| table.name),
                id: call.subject.id,
                method: call.method.as_str(),
                path: call.path.split('?').next().unwrap_or_default(),
                number,
                duration,
                status: result.as_ref().map_or_else(Error::status, |raw| Some(raw.status)),
                error: result.as_ref().err(),
            });
        }
    }
}

/// One request and what came of it, as a hook sees it.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Attempt<'a> {
    /// The operation, for example `get`.
    pub operation: &'static str,
    /// The entity, for example `UserMessage`.
    pub entity: Option<&'static str>,
    /// The id of the record that it is about.
    pub id: Option<i64>,
    /// The HTTP method.
    pub method: &'a str,
    /// Below the base address, without the query.
    pub path: &'a str,
    /// Which try of the call this was, counted from 1.
    pub number: u32,
    /// How long the service took for it.
    pub duration: Duration,
    /// The HTTP status, if there was an answer.
    pub status: Option<StatusCode>,
    /// Why it failed, if it did. The call may go on with another try.
    pub error: Option<&'a Error>,
}
