//! One call, from a plain value to a plain response.
//!
//! The code here does not depend on entities: its callers build a [`Call`] and decode the [`Raw`] response. A call
//! waits for the rate limit, gets authorization, and makes attempts until it succeeds, cannot succeed, or is out of
//! time. All waiting is within the time limits of the call.

mod rate_limit;
pub(crate) mod retry;

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Method, StatusCode};
use nexudus_core::transport::{BoxFuture, TransportErrorKind};
use nexudus_core::{EntityTable, Envelope, Operation};
use tokio::time::Instant;
use tracing::Instrument as _;

use self::rate_limit::Bucket;
pub use self::rate_limit::RateLimit;
pub(crate) use self::rate_limit::{RateLimiter, Turn};
pub(crate) use self::retry::Budget;
use self::retry::{Verdict, is_doubtful, judge};
use crate::auth::{Auth, Limits};
use crate::error::{Error, ErrorKind, Outcome, Subject};
pub(crate) use crate::http::Raw;
use crate::http::{Exchange, Outgoing, Retry, Wanted, later, with_query};

/// A request and what the client knows about it.
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
    /// The turn of the first attempt, if the caller has waited for it already.
    pub(crate) turn: Option<Turn>,
}

impl Call {
    pub(crate) fn new(subject: Subject, method: Method, path: String) -> Self {
        Self { subject, method, path, body: None, headers: HeaderMap::new(), streamed: false, turn: None }
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

    /// The record's id is in the body; the URL is that of the collection.
    pub(crate) fn update(table: &'static EntityTable, id: Option<i64>, body: Bytes) -> Self {
        let subject = Subject::of(Operation::Update, table, id);
        Self { body: Some(body), ..Self::new(subject, Method::PUT, table.path()) }
    }

    pub(crate) fn delete(table: &'static EntityTable, id: i64) -> Self {
        Self::new(Subject::of(Operation::Delete, table, Some(id)), Method::DELETE, format!("{}/{id}", table.path()))
    }

    fn is_read(&self) -> bool {
        self.method.is_safe()
    }

    fn outgoing(&self) -> Outgoing {
        Outgoing {
            subject: self.subject,
            method: self.method.clone(),
            path: self.path.clone(),
            content: self.body.clone().map(|body| ("application/json", body)),
            headers: self.headers.clone(),
            answer: if self.streamed { Wanted::Stream } else { Wanted::Json },
        }
    }
}

/// Carries calls out. Cloning it is cheap, and clones share connections, tokens and limits.
#[derive(Clone)]
pub(crate) struct Caller(Arc<Shared>);

/// Behind one pointer, since callers are copied for every call.
struct Shared {
    core: Arc<Core>,
    options: Options,
}

/// What clones share.
pub(crate) struct Core {
    pub(crate) exchange: Arc<Exchange>,
    pub(crate) auth: Auth,
    pub(crate) rate_limiter: Option<Arc<RateLimiter>>,
    pub(crate) budget: Budget,
}

/// What one clone may have otherwise than the next.
#[derive(Clone)]
pub(crate) struct Options {
    pub(crate) retry: Retry,
    pub(crate) timeout: Duration,
    pub(crate) read_only: bool,
}

/// What is known of a call while it is tried.
#[derive(Default)]
struct Progress {
    /// Requests that were sent.
    attempts: u32,
    /// Whether an earlier attempt of a write may have been carried out.
    doubtful: bool,
}

/// The answer to a DELETE that had been carried out before, by an attempt whose answer never came.
const GONE: &[u8] = br#"{"Status":200,"WasSuccessful":true}"#;

/// The step of a call that precedes its request.
const GET_A_TOKEN: &str = "get a token";

impl Caller {
    pub(crate) fn new(core: Core, options: Options) -> Self {
        Self(Arc::new(Shared { core: Arc::new(core), options }))
    }

    /// The same with other options.
    pub(crate) fn with(&self, change: impl FnOnce(&mut Options)) -> Self {
        let mut options = self.options().clone();
        change(&mut options);
        Self(Arc::new(Shared { core: Arc::clone(&self.0.core), options }))
    }

    pub(crate) fn exchange(&self) -> &Exchange {
        &self.0.core.exchange
    }

    pub(crate) fn options(&self) -> &Options {
        &self.0.options
    }

    /// Carries a call out. Boxed here, once, so that no future around it grows with it.
    pub(crate) fn run(&self, call: Call) -> BoxFuture<'static, Result<Raw, Error>> {
        let caller = self.clone();
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
            let is_write = !call.is_read();
            let mut progress = Progress::default();
            let mut result = caller.try_until_done(call, &mut progress).await;
            let Progress { attempts, doubtful } = progress;
            if is_write && doubtful {
                // Whatever ended the call, an earlier attempt may have been carried out.
                result = match result {
                    Ok(raw) => Ok(Raw { outcome_if_refused: Outcome::Unknown, ..raw }),
                    Err(error) => Err(error.outcome_unknown()),
                };
            }
            let status = match &result {
                Ok(raw) => Some(raw.status),
                Err(error) => error.status(),
            };
            let span = tracing::Span::current();
            span.record("status", status.map(|status| status.as_u16()));
            span.record("attempts", attempts);
            span.record("milliseconds", u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX));
            result.map(|raw| Raw { attempts, ..raw }).map_err(|error| error.attempts_made(attempts))
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
        if self.options().read_only { Err(Error::new(subject, ErrorKind::ReadOnly)) } else { Ok(()) }
    }

    /// Waits for the turn of a call, and keeps it in the call.
    pub(crate) async fn wait_for_turn(&self, call: &mut Call) -> Result<(), Error> {
        let deadline = later(Instant::now(), self.options().retry.total());
        call.turn = self.turn(call, deadline).await?;
        Ok(())
    }

    /// The turn of a request: by the deadline of its call, and within the time of one request.
    async fn turn(&self, call: &Call, deadline: Instant) -> Result<Option<Turn>, Error> {
        let Some(limiter) = &self.0.core.rate_limiter else { return Ok(None) };
        let deadline = deadline.min(later(Instant::now(), self.options().timeout));
        let turn = limiter.bucket(&call.method, &call.path).turn(deadline).await;
        turn.map(Some).map_err(|wait| {
            let what = format!(
                "nothing was sent, since the rate limit allows it in {} s only, and the time limit of the call is earlier",
                wait.as_secs().saturating_add(1)
            );
            Error::new(call.subject, ErrorKind::Throttled).with_message(what).with_retry_after(Some(wait))
        })
    }

    async fn try_until_done(&self, mut call: Call, progress: &mut Progress) -> Result<Raw, Error> {
        let (core, options) = (&*self.0.core, self.options());
        let subject = call.subject;
        let is_write = !call.is_read();
        if is_write {
            self.may_write(subject)?;
        }
        let outgoing = call.outgoing();
        let deadline = later(Instant::now(), options.retry.total());
        let mut renewed = false;
        // How the attempt before failed.
        let mut failure: Option<Error> = None;
        loop {
            let turn = match call.turn.take() {
                Some(turn) => Some(turn),
                // Where there was an attempt already, what came of it says more.
                None => self.turn(&call, deadline).await.map_err(|error| failure.take().unwrap_or(error))?,
            };
            let authorization = self.in_time(deadline, subject, core.auth.authorize(&core.exchange, options.into()));
            let authorization = authorization.await?;
            turn.into_iter().for_each(Turn::spend);
            progress.attempts = progress.attempts.saturating_add(1);
            let attempts = progress.attempts;
            let sent = Instant::now();
            let result =
                core.exchange.send(&outgoing, authorization.header.as_ref(), attempts, later(sent, options.timeout));
            let bucket = core.rate_limiter.as_ref().map(|limiter| limiter.bucket(&call.method, &call.path));
            let error = match result.await {
                Ok(raw) => {
                    core.budget.refill();
                    bucket.inspect(|bucket| bucket.accepted());
                    return Ok(raw);
                }
                Err(error) if error.is_not_found() && progress.doubtful && call.method == Method::DELETE => {
                    progress.doubtful = false;
                    let raw = Raw::new(subject, call.method, StatusCode::OK, error.headers().clone());
                    return Ok(raw.with_body(Bytes::from_static(GONE)));
                }
                Err(error) => error,
            };
            tracing::debug!(attempt = attempts, %error, "failed");
            progress.doubtful |= is_write && is_doubtful(&error);
            if error.kind() == ErrorKind::Unauthorized && !renewed {
                let newer = core.auth.rejected(&core.exchange, options.into(), &authorization);
                if self.in_time(deadline, subject, newer).await? {
                    renewed = true;
                    continue;
                }
            }
            let delay = options.retry.delay(attempts);
            let asked = error.retry_after();
            let wait = match judge(&call.method, &error) {
                Verdict::SlowDown => {
                    let wait = asked.unwrap_or(delay.max(Duration::from_secs(1)));
                    bucket.as_ref().inspect(|bucket| bucket.refused(sent, wait));
                    // With a bucket, the next turn comes when the time is up.
                    if bucket.is_some() && wait <= Bucket::LONGEST_STOP {
                        Duration::ZERO
                    } else {
                        wait.saturating_add(delay)
                    }
                }
                Verdict::Again => delay.max(asked.unwrap_or_default()),
                Verdict::Stop => return Err(error),
            };
            let in_time = later(Instant::now(), wait) <= deadline;
            let paid = || error.is_throttled() || core.budget.spend();
            if !options.retry.may_try(attempts) || !in_time || !paid() {
                return Err(error);
            }
            failure = Some(error);
            tokio::time::sleep(wait).await;
        }
    }

    /// Waits for a step that precedes the request, which is not sent if that fails.
    async fn in_time<T>(
        &self,
        deadline: Instant,
        subject: Subject,
        step: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, Error> {
        let late = |_| Err(Error::new(subject, ErrorKind::Transport(TransportErrorKind::Timeout)));
        let result = tokio::time::timeout_at(deadline, step).await.unwrap_or_else(late);
        result.map_err(|error| error.in_step(subject, GET_A_TOKEN))
    }
}

impl From<&Options> for Limits {
    fn from(options: &Options) -> Self {
        Self { retry: options.retry.clone(), timeout: options.timeout }
    }
}
