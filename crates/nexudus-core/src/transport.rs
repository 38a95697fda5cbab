//! The interface between the client and the code that carries its requests.
//!
//! One trait over the types of the `http` crate. The client implements it with reqwest; the sandbox implements it
//! in-process, without a socket; a test can implement it with a counter.

use std::error::Error;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::{Bytes, BytesMut};
use futures_core::Stream;

/// A future that a trait object can return.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// A request with its whole body.
pub type Request = http::Request<Bytes>;

/// A response whose body may still be arriving.
pub type Response = http::Response<Body>;

/// Carries one request to the service and its answer back. It neither retries nor follows redirects.
pub trait Transport: Send + Sync {
    /// Sends a request. The future may be dropped at any time; whether the service got the request is then
    /// unknown.
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Response, TransportError>>;
}

/// How far a request got that was not answered. Whether it may be sent again depends on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TransportErrorKind {
    /// No connection was made: the service surely did not get the request.
    Connect,
    /// The time was up before the answer was complete: the service may have got the request.
    Timeout,
    /// The connection broke after the request was begun: the service may have got it.
    Interrupted,
    /// The answer began but its body did not arrive whole: the service got the request.
    Body,
    /// The request could not be built: the service surely did not get it.
    Request,
}

/// A request that was not answered, or not in full.
#[derive(Debug)]
pub struct TransportError {
    kind: TransportErrorKind,
    source: Box<dyn Error + Send + Sync>,
}

impl TransportError {
    /// An error of this kind, with what lies behind it.
    pub fn new(kind: TransportErrorKind, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self { kind, source: source.into() }
    }

    /// How far the request got.
    pub fn kind(&self) -> TransportErrorKind {
        self.kind
    }

    /// What lies behind it.
    pub fn into_source(self) -> Box<dyn Error + Send + Sync> {
        self.source
    }
}

impl fmt::Display for TransportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.kind {
            TransportErrorKind::Connect => "no connection could be established",
            TransportErrorKind::Timeout => "no complete response arrived in time",
            TransportErrorKind::Interrupted => "the connection was closed before a response arrived",
            TransportErrorKind::Body => "the response was truncated",
            TransportErrorKind::Request => "the request could not be built",
        })
    }
}

impl Error for TransportError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(self.source.as_ref())
    }
}

/// The body of a response, in pieces as they arrive.
pub struct Body(Pin<Box<dyn Stream<Item = Result<Bytes, TransportError>> + Send>>);

impl Body {
    /// A body that arrives through a stream.
    pub fn from_stream(stream: impl Stream<Item = Result<Bytes, TransportError>> + Send + 'static) -> Self {
        Self(Box::pin(stream))
    }

    /// The next piece; `None` at the end.
    pub async fn chunk(&mut self) -> Option<Result<Bytes, TransportError>> {
        std::future::poll_fn(|context| self.0.as_mut().poll_next(context)).await
    }

    /// The whole body, if it is not longer than `limit` bytes; otherwise [`CollectedBody::TooLong`] with what
    /// came up to there.
    pub async fn collect(mut self, limit: usize) -> Result<CollectedBody, TransportError> {
        let Some(first) = self.chunk().await.transpose()? else { return Ok(CollectedBody::Whole(Bytes::new())) };
        let mut whole = BytesMut::from(first);
        while whole.len() <= limit {
            match self.chunk().await.transpose()? {
                Some(next) => whole.extend_from_slice(&next),
                None => return Ok(CollectedBody::Whole(whole.freeze())),
            }
        }
        whole.truncate(limit);
        Ok(CollectedBody::TooLong(whole.freeze()))
    }
}

/// A body that was read to its end or to a limit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CollectedBody {
    /// All of it.
    Whole(Bytes),
    /// Its first bytes, up to the limit.
    TooLong(Bytes),
}

impl Stream for Body {
    type Item = Result<Bytes, TransportError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.0.as_mut().poll_next(context)
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Body")
    }
}

impl From<Bytes> for Body {
    fn from(whole: Bytes) -> Self {
        Self::from_stream(Once(Some(whole)))
    }
}

/// A stream of one piece.
struct Once(Option<Bytes>);

impl Stream for Once {
    type Item = Result<Bytes, TransportError>;

    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        Poll::Ready(self.0.take().map(Ok))
    }
}
