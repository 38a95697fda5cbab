//! Files of records: logos, pictures, contracts.
//!
//! A file is a stream of chunks and is not loaded into memory unless requested. (To change a file, set the record's
//! `New…Url` property to a URL that the service can download; to remove it, set `Clear…File`. Both are ordinary
//! properties of the record.)

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use futures_core::Stream;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use http::{HeaderMap, Method};
use nexudus_core::transport::{Body, TransportErrorKind};
use nexudus_core::{Entity, FileFacts, FileOf, Id, Operation};
use tokio::time::{Instant, Sleep};

use crate::call::{Call, Raw};
use crate::endpoint::Endpoint;
use crate::error::{Error, ErrorKind, Subject};
use crate::http::later;
use crate::records::Records;
use crate::records::pending::Erased;

/// A download: a stream of the chunks of a file.
///
/// A piece that takes longer than [`read_timeout`](crate::ClientBuilder::read_timeout) ends it with an error, and so
/// does the time limit of [`within`](Self::within). Time in which nobody asks for a piece does not count.
pub struct Download {
    subject: Subject,
    headers: HeaderMap,
    body: Body,
    /// The longest that a piece may take.
    idle: Duration,
    /// The end of the time for the next piece, while it is awaited.
    wait: Option<Pin<Box<Sleep>>>,
    /// The end of the time for the whole file.
    end: Option<Instant>,
    done: bool,
}

impl Download {
    /// The type of the file, as the service gives it.
    pub fn content_type(&self) -> Option<&str> {
        self.headers.get(CONTENT_TYPE)?.to_str().ok()
    }

    /// The length in bytes, if the service says it.
    pub fn length(&self) -> Option<u64> {
        self.headers.get(CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
    }

    /// Sets a limit to the time from now to the end of the file.
    #[must_use]
    pub fn within(mut self, time: Duration) -> Self {
        self.end = Some(later(Instant::now(), time));
        self
    }

    /// The next piece; `None` at the end.
    pub async fn chunk(&mut self) -> Result<Option<Bytes>, Error> {
        std::future::poll_fn(|context| Pin::new(&mut *self).poll_next(context)).await.transpose()
    }

    /// The whole file, if it is not longer than `limit` bytes.
    pub async fn bytes(mut self, limit: usize) -> Result<Bytes, Error> {
        let mut whole = BytesMut::new();
        while let Some(piece) = self.chunk().await? {
            if whole.len().saturating_add(piece.len()) > limit {
                let what = format!("more than {limit} bytes");
                return Err(Error::new(self.subject, ErrorKind::TooLong).with_message(what));
            }
            if whole.is_empty() {
                whole = BytesMut::from(piece);
            } else {
                whole.extend_from_slice(&piece);
            }
        }
        Ok(whole.freeze())
    }

    fn late(&mut self, what: String) -> Poll<Option<Result<Bytes, Error>>> {
        self.done = true;
        let kind = ErrorKind::Transport(TransportErrorKind::Timeout);
        Poll::Ready(Some(Err(Error::new(self.subject, kind).with_message(what))))
    }
}

impl Stream for Download {
    type Item = Result<Bytes, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        if this.done {
            return Poll::Ready(None);
        }
        if this.end.is_some_and(|end| end <= Instant::now()) {
            return this.late("the time for the file is up".to_owned());
        }
        if let Poll::Ready(piece) = Pin::new(&mut this.body).poll_next(context) {
            this.wait = None;
            this.done = !matches!(piece, Some(Ok(_)));
            return Poll::Ready(piece.map(|piece| piece.map_err(|error| Error::transport(this.subject, error))));
        }
        let idle = later(Instant::now(), this.idle);
        let until = this.end.map_or(idle, |end| end.min(idle));
        let wait = this.wait.get_or_insert_with(|| Box::pin(tokio::time::sleep_until(until)));
        std::task::ready!(wait.as_mut().poll(context));
        let what = format!("nothing came for {:?}, or the time for the file is up", this.idle);
        this.late(what)
    }
}

impl fmt::Debug for Download {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Download").field("content_type", &self.content_type()).field("length", &self.length()).finish()
    }
}

impl<E: Entity> Endpoint<E> {
    /// A file of a record; `None` if the record has none.
    pub async fn file(&self, file: FileOf<E>, id: impl Into<Id<E>>) -> Result<Option<Download>, Error> {
        self.records.file(file.file(), id.into().get()).await
    }
}

impl Records {
    /// A file of a record; `None` if the record has none.
    pub(crate) fn file(&self, file: &FileFacts, id: i64) -> Erased<Option<Download>> {
        let table = self.table;
        let subject = Subject { operation: "get a file of", ..Subject::of(Operation::Get, table, Some(id)) };
        let mut call = Call::new(subject, Method::GET, format!("{}/{}/{id}", table.path(), file.path));
        call.streamed = true;
        let caller = &self.client;
        let (limit, timeout) = (caller.exchange().body_limit, caller.options().timeout);
        let idle = caller.exchange().read_timeout;
        let answer = caller.run(call);
        Box::pin(async move {
            match answer.await {
                Ok(raw) => download(raw, idle, timeout, limit).await,
                Err(error) if error.is_not_found() => Ok(None),
                Err(error) => Err(error),
            }
        })
    }
}

/// The service says "no file" with null.
async fn download(raw: Raw, idle: Duration, timeout: Duration, limit: usize) -> Result<Option<Download>, Error> {
    let Raw { subject, headers, rest: Some(body), .. } = raw else { return Ok(None) };
    let download = Download { subject, headers, body, idle, wait: None, end: None, done: false };
    if !download.content_type().is_some_and(|kind| kind.to_ascii_lowercase().contains("json")) {
        return Ok(if download.length() == Some(0) { None } else { Some(download) });
    }
    let headers = download.headers.clone();
    let bytes = download.within(timeout).bytes(limit).await?;
    let is_none = matches!(bytes.trim_ascii(), b"" | b"null");
    let whole = Download { subject, headers, body: bytes.into(), idle, wait: None, end: None, done: false };
    Ok((!is_none).then_some(whole))
}
