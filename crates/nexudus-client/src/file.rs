//! Files of records: logos, pictures, contracts.
//!
//! A file comes in pieces as it arrives and is never held whole unless that is asked for. (To change a file, set
//! the record's `New…Url` property to an address that the service can fetch it from; to remove it, set
//! `Clear…File`. Both are properties of the record like any other.)

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use futures_core::Stream;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use http::{HeaderMap, Method};
use nexudus_core::transport::{Body, Collected};
use nexudus_core::{Entity, File, FileOf, Id, Operation};

use crate::call::{Call, Raw};
use crate::endpoint::Endpoint;
use crate::error::{Error, Kind, Subject};
use crate::records::Records;
use crate::records::pending::Untyped;

/// A file on its way: a stream of its pieces.
pub struct Download {
    subject: Subject,
    headers: HeaderMap,
    body: Body,
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

    /// The next piece; `None` at the end.
    pub async fn chunk(&mut self) -> Result<Option<Bytes>, Error> {
        self.body.chunk().await.transpose().map_err(|error| Error::transport(self.subject, error))
    }

    /// The whole file, if it is not longer than `limit` bytes.
    pub async fn bytes(self, limit: usize) -> Result<Bytes, Error> {
        match self.body.collect(limit).await.map_err(|error| Error::transport(self.subject, error))? {
            Collected::Whole(bytes) => Ok(bytes),
            Collected::TooLong(_) => {
                Err(Error::new(self.subject, Kind::TooLong).with_message(format!("more than {limit} bytes")))
            }
        }
    }
}

impl Stream for Download {
    type Item = Result<Bytes, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let subject = self.subject;
        Pin::new(&mut self.body).poll_next(context).map_err(|error| Error::transport(subject, error))
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
    pub(crate) fn file(&self, file: &File, id: i64) -> Untyped<Option<Download>> {
        let table = self.table;
        let subject = Subject { operation: "get a file of", ..Subject::of(Operation::Get, table, Some(id)) };
        let mut call = Call::new(subject, Method::GET, format!("{}/{}/{id}", table.path(), file.path));
        call.streamed = true;
        let limit = self.client.core().body_limit;
        let answer = self.client.run(call);
        Box::pin(async move {
            match answer.await {
                Ok(raw) => download(raw, limit).await,
                Err(error) if error.is_not_found() => Ok(None),
                Err(error) => Err(error),
            }
        })
    }
}

/// The service says "no file" with null.
async fn download(raw: Raw, limit: usize) -> Result<Option<Download>, Error> {
    let Raw { subject, headers, rest: Some(body), .. } = raw else { return Ok(None) };
    let download = Download { subject, headers, body };
    if !download.content_type().is_some_and(|kind| kind.to_ascii_lowercase().contains("json")) {
        return Ok(if download.length() == Some(0) { None } else { Some(download) });
    }
    let headers = download.headers.clone();
    let bytes = download.bytes(limit).await?;
    let is_none = matches!(bytes.trim_ascii(), b"" | b"null");
    Ok((!is_none).then(|| Download { subject, headers, body: bytes.into() }))
}
