//! A service in memory: a function from request to answer, behind the seam that carries requests.

use std::sync::{Arc, Mutex};

use bytes::Bytes;
use nexudus_client::transport::{Body, BoxFuture, Request, Response, Transport, TransportError};
use nexudus_client::{Client, ClientBuilder};

type Handler = dyn Fn(&Request) -> (u16, Bytes) + Send + Sync;

pub(crate) struct Memory {
    handle: Box<Handler>,
    lines: Mutex<Vec<String>>,
}

impl Memory {
    pub(crate) fn new(handle: impl Fn(&Request) -> (u16, String) + Send + Sync + 'static) -> Arc<Self> {
        Self::of(move |request| {
            let (status, body) = handle(request);
            (status, body.into())
        })
    }

    /// A service that answers with what is there already.
    pub(crate) fn of_bytes(handle: impl Fn(&Request) -> Bytes + Send + Sync + 'static) -> Arc<Self> {
        Self::of(move |request| (200, handle(request)))
    }

    fn of(handle: impl Fn(&Request) -> (u16, Bytes) + Send + Sync + 'static) -> Arc<Self> {
        Arc::new(Self { handle: Box::new(handle), lines: Mutex::default() })
    }

    /// What was asked, as `GET /api/sys/users`.
    pub(crate) fn lines(&self) -> Vec<String> {
        self.lines.lock().unwrap().clone()
    }

    pub(crate) fn count(&self, start: &str) -> usize {
        self.lines().iter().filter(|line| line.starts_with(start)).count()
    }

    pub(crate) fn builder(self: &Arc<Self>) -> ClientBuilder {
        Client::builder().base_url("http://localhost/api").bearer("t").transport(self.clone()).no_rate_limit()
    }

    pub(crate) fn client(self: &Arc<Self>) -> Client {
        self.builder().build().unwrap()
    }
}

impl Transport for Memory {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Response, TransportError>> {
        Box::pin(async move {
            let path = request.uri().path_and_query().unwrap();
            self.lines.lock().unwrap().push(format!("{} {path}", request.method()));
            // As with a real service, others get their turn before the answer comes.
            tokio::task::yield_now().await;
            let (status, body) = (self.handle)(&request);
            let answer = http::Response::builder().status(status).header("content-type", "application/json");
            Ok(answer.body(Body::from(body)).unwrap())
        })
    }
}
