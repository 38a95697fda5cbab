//! One HTTP exchange: a request and its response.
//!
//! Token requests and calls use the same code, so both have the time limit, the limit of the body, the configured
//! headers, the hooks and the errors. The caller passes the credentials as the value of a header.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE, LOCATION, USER_AGENT};
use http::{HeaderMap, HeaderValue, Method, StatusCode, Uri};
use nexudus_core::transport::{Body, CollectedBody, Request, Transport, TransportErrorKind};
use tokio::time::Instant;

use super::Base;
use super::response::Raw;
use crate::error::{Error, ErrorKind, Subject};

/// Redirects in a row that a read follows.
const MOST_REDIRECTS: usize = 5;

/// What each exchange of a client has in common.
pub(crate) struct Exchange {
    pub(crate) base: Base,
    pub(crate) transport: Arc<dyn Transport>,
    pub(crate) user_agent: HeaderValue,
    pub(crate) headers: HeaderMap,
    pub(crate) hooks: Vec<Hook>,
    /// The longest body that is read into memory.
    pub(crate) body_limit: usize,
    /// The longest time between two pieces of a body.
    pub(crate) read_timeout: Duration,
}

/// Sees each request and what came of it.
pub(crate) type Hook = Arc<dyn Fn(&Attempt<'_>) + Send + Sync>;

/// A request without address and credentials.
#[derive(Clone)]
pub(crate) struct Outgoing {
    pub(crate) subject: Subject,
    pub(crate) method: Method,
    /// Below the base address, encoded, with its query.
    pub(crate) path: String,
    pub(crate) content: Option<(&'static str, Bytes)>,
    pub(crate) headers: HeaderMap,
    pub(crate) answer: Wanted,
}

/// What kind of answer is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// JSON, read whole.
    Json,
    /// JSON that no error, hook or trace may show.
    Secret,
    /// Anything, handed on unread if the status is good.
    Stream,
}

impl Exchange {
    /// Sends a request and reads the answer, by the deadline. `number` is the number of the attempt.
    pub(crate) async fn send(
        &self,
        outgoing: &Outgoing,
        authorization: Option<&HeaderValue>,
        number: u32,
        deadline: Instant,
    ) -> Result<Raw, Error> {
        let begun = Instant::now();
        let late = || Error::new(outgoing.subject, ErrorKind::Transport(TransportErrorKind::Timeout));
        let answer = tokio::time::timeout_at(deadline, self.exchange(outgoing, authorization)).await;
        let mut result = answer.unwrap_or_else(|_| Err(late()));
        if outgoing.answer == Wanted::Secret {
            result = result.map_err(Error::without_content);
        }
        self.notify(outgoing, number, begun.elapsed(), &result);
        result
    }

    async fn exchange(&self, outgoing: &Outgoing, authorization: Option<&HeaderValue>) -> Result<Raw, Error> {
        let subject = outgoing.subject;
        let unbuildable = |error: http::Error| {
            Error::new(subject, ErrorKind::Transport(TransportErrorKind::Request)).with_source(error)
        };
        let mut uri = self.base.join(&outgoing.path).map_err(|error| unbuildable(error.into()))?;
        let mut elsewhere = false;
        for _ in 0..=MOST_REDIRECTS {
            let request =
                if elsewhere { self.request_elsewhere(&uri) } else { self.request(outgoing, authorization, &uri) };
            let sent = self.transport.send(request.map_err(unbuildable)?).await;
            let (parts, body) = sent.map_err(|error| Error::transport(subject, error))?.into_parts();
            if parts.status.is_redirection() && outgoing.method.is_safe() {
                let location = parts.headers.get(LOCATION);
                if let Some(next) = self.base.redirect(&uri, location) {
                    uri = next;
                    elsewhere = false;
                    continue;
                }
                // A file may lie in a store on another host, which must not see the credentials.
                if outgoing.answer == Wanted::Stream
                    && let Some(next) = self.base.redirect_elsewhere(&uri, location)
                {
                    uri = next;
                    elsewhere = true;
                    continue;
                }
            }
            let read = self.read(outgoing, parts, body).await;
            return if elsewhere { read.map_err(|error| not_of_the_service(error, &uri)) } else { read };
        }
        Err(Error::new(subject, ErrorKind::Redirect).with_message("more than 5 redirects"))
    }

    async fn read(&self, outgoing: &Outgoing, parts: http::response::Parts, body: Body) -> Result<Raw, Error> {
        let (status, headers) = (parts.status, parts.headers);
        let subject = outgoing.subject;
        let raw = Raw::new(subject, outgoing.method.clone(), status, headers);
        if outgoing.answer == Wanted::Stream && status.is_success() {
            return Ok(Raw { rest: Some(body), ..raw });
        }
        match body.collect(self.body_limit).await {
            Ok(CollectedBody::Whole(body)) => raw.with_body(body).check(),
            Ok(CollectedBody::TooLong(body)) => {
                let error = raw.with_body(body).error(ErrorKind::TooLong);
                Err(error.with_message(format!("more than {} bytes", self.body_limit)))
            }
            // The status is known even so, and may say enough.
            Err(error) => Err(Error::transport(subject, error).with_answer(status, raw.headers, &Bytes::new())),
        }
    }

    fn request(
        &self,
        outgoing: &Outgoing,
        authorization: Option<&HeaderValue>,
        uri: &Uri,
    ) -> Result<Request, http::Error> {
        let mut request = http::Request::builder().method(&outgoing.method).uri(uri).body(Bytes::new())?;
        let accept = if outgoing.answer == Wanted::Stream { "*/*" } else { "application/json" };
        let headers = request.headers_mut();
        headers.insert(ACCEPT, HeaderValue::from_static(accept));
        headers.insert(USER_AGENT, self.user_agent.clone());
        if let Some((kind, _)) = &outgoing.content {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
        } else if matches!(outgoing.method, Method::POST | Method::PUT | Method::PATCH) {
            // IIS answers 411 without it.
            headers.insert(CONTENT_LENGTH, HeaderValue::from_static("0"));
        }
        replace(headers, &self.headers);
        replace(headers, &outgoing.headers);
        // Last, so that none of these takes its place.
        match authorization {
            Some(value) => headers.insert(AUTHORIZATION, value.clone()),
            None if outgoing.answer == Wanted::Secret => headers.remove(AUTHORIZATION),
            None => None,
        };
        if let Some((_, body)) = &outgoing.content {
            *request.body_mut() = body.clone();
        }
        Ok(request)
    }

    /// A request to another host, with nothing of ours but the name of the program.
    fn request_elsewhere(&self, uri: &Uri) -> Result<Request, http::Error> {
        let request = http::Request::builder().method(Method::GET).uri(uri).header(ACCEPT, "*/*");
        request.header(USER_AGENT, &self.user_agent).body(Bytes::new())
    }

    /// Tells those who want to know about each request.
    fn notify(&self, outgoing: &Outgoing, number: u32, duration: Duration, result: &Result<Raw, Error>) {
        for hook in &self.hooks {
            hook(&Attempt {
                operation: outgoing.subject.operation,
                entity: outgoing.subject.table.map(|table| table.name),
                id: outgoing.subject.id,
                method: outgoing.method.as_str(),
                path: outgoing.path.split('?').next().unwrap_or_default(),
                number,
                duration,
                status: result.as_ref().map_or_else(Error::status, |raw| Some(raw.status)),
                error: result.as_ref().err(),
            });
        }
    }
}

/// A refusal of another host says nothing of the service: no login, no pause and no record depends on it.
fn not_of_the_service(error: Error, uri: &Uri) -> Error {
    if matches!(error.kind(), ErrorKind::Service | ErrorKind::Transport(_)) {
        return error;
    }
    let what = format!("this is the answer of {}, where the file lies", uri.host().unwrap_or_default());
    error.with_kind(ErrorKind::Status).with_message(what).with_retry_after(None)
}

/// Puts headers in the place of those with the same names.
fn replace(headers: &mut HeaderMap, others: &HeaderMap) {
    for name in others.keys() {
        headers.remove(name);
    }
    for (name, value) in others {
        headers.append(name, value.clone());
    }
}

impl fmt::Debug for Outgoing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Neither query, headers nor body: each may hold a secret.
        f.debug_struct("Outgoing")
            .field("method", &self.method)
            .field("path", &self.path.split('?').next().unwrap_or_default())
            .finish_non_exhaustive()
    }
}

/// One request and what came of it, as a hook sees it.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Attempt<'a> {
    /// The operation, for example `get`, or `get a token`.
    pub operation: &'static str,
    /// The entity, for example `UserMessage`.
    pub entity: Option<&'static str>,
    /// The id of the record that it is about.
    pub id: Option<i64>,
    /// The HTTP method.
    pub method: &'a str,
    /// Below the base address, without the query.
    pub path: &'a str,
    /// The number of the attempt within the call, counted from 1.
    pub number: u32,
    /// The time that the service took for it.
    pub duration: Duration,
    /// The HTTP status, if there was an answer.
    pub status: Option<StatusCode>,
    /// Why it failed, if it did. The call may go on with another attempt.
    pub error: Option<&'a Error>,
}
