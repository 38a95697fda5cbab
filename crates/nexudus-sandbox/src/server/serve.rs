//! The service behind a socket.
//!
//! hyper serves the connections directly. A web framework would add routing, which is a matter of tables here,
//! and hide the connection, which slow clients and injected faults need.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::request::Parts;
use http::{Request, Response, StatusCode};
use http_body_util::BodyExt;
use hyper::body::{Body as _, Frame, Incoming, SizeHint};
use hyper::ext::ReasonPhrase;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};

use crate::control::route as control;
use crate::message::reply::Reply;
use crate::server::guard::{Guard, lacks_length};
use crate::server::patient::Patient;
use crate::server::webhook_sender;
use crate::service::{Service, ServiceResponse};
use crate::state::State;

/// How much of a body that is too long is thrown away before that is said, and for how long.
const DISCARDED: usize = 64 << 20;
const DISCARDED_WITHIN: Duration = Duration::from_secs(1);
const SETTLED_WITHIN: Duration = Duration::from_millis(300);

/// A body longer than this, in bytes, waits for one of so many places, so that a thousand clients that send slowly do
/// not fill the memory.
const LONG: usize = 64 << 10;
const PLACES: usize = 16;

/// What every connection is served with.
#[derive(Clone)]
pub(crate) struct Front {
    service: Arc<Service>,
    guard: Arc<Guard>,
    /// How long a client may take to send the head of a request, and then its body, and to read on in the answer.
    patience: Duration,
    /// One for each long body that is in memory.
    places: Arc<Semaphore>,
}

impl Front {
    pub(crate) fn new(service: Arc<Service>, guard: Guard, patience: Duration) -> Self {
        Self { service, guard: Arc::new(guard), patience, places: Arc::new(Semaphore::new(PLACES)) }
    }
}

/// Accepts connections until told to stop, then lets those at work finish.
pub(crate) async fn serve(listener: TcpListener, front: Front, mut stop: watch::Receiver<bool>) {
    let sending = tokio::spawn(webhook_sender::send_all(Arc::clone(front.service.state()), front.guard.own));
    let settling = tokio::spawn(settle(Arc::clone(front.service.state())));
    let (done, mut all_done) = tokio::sync::mpsc::channel::<()>(1);
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = stopped(&mut stop) => break,
        };
        match accepted {
            Ok((stream, _)) => {
                let connection = connection(stream, front.clone(), stop.clone());
                let done = done.clone();
                tokio::spawn(async move {
                    connection.await;
                    drop(done);
                });
            }
            // Most often too many open files: what is open will close.
            Err(_) => tokio::time::sleep(Duration::from_millis(20)).await,
        }
    }
    drop(done);
    sending.abort();
    settling.abort();
    // Nobody sends on this channel: it ends when the last connection has.
    let _ = tokio::time::timeout(Duration::from_secs(5), all_done.recv()).await;
}

/// Brings what was written to where a copy of the file finds it, soon after it was written.
async fn settle(state: Arc<State>) {
    loop {
        tokio::time::sleep(SETTLED_WITHIN).await;
        if state.read().is_unsettled() {
            let state = Arc::clone(&state);
            // If it fails, the next write or the next turn does.
            let _ = tokio::task::spawn_blocking(move || state.read().settle()).await;
        }
    }
}

/// Ends when the sandbox is told to stop, or is gone.
async fn stopped(stop: &mut watch::Receiver<bool>) {
    drop(stop.wait_for(|stop| *stop).await);
}

async fn connection(stream: TcpStream, front: Front, mut stop: watch::Receiver<bool>) {
    // Answers are small and whole: waiting to fill a packet only delays them.
    let _ = stream.set_nodelay(true);
    let stopping = stop.clone();
    let patience = front.patience;
    let handler = service_fn(move |request| {
        let (front, stop) = (front.clone(), stopping.clone());
        async move { answer(&front, request, stop).await }
    });
    let connection = hyper::server::conn::http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(patience)
        .serve_connection(TokioIo::new(Patient::new(stream, patience)), handler);
    tokio::pin!(connection);
    tokio::select! {
        _ = &mut connection => {}
        () = stopped(&mut stop) => {
            connection.as_mut().graceful_shutdown();
            let _ = connection.await;
        }
    }
}

/// The answer to a request, or a broken connection where that was asked for.
async fn answer(
    front: &Front,
    request: Request<Incoming>,
    stop: watch::Receiver<bool>,
) -> Result<Response<Body>, Broken> {
    let (parts, body) = request.into_parts();
    let admitted = match front.guard.admit(&parts) {
        Ok(_) if lacks_length(&parts) => Err(Reply::message(StatusCode::LENGTH_REQUIRED, "Length Required")
            .hint("a POST or PUT without a body needs `Content-Length: 0`")),
        other => other,
    };
    let mut response = match &admitted {
        Ok(admitted) if admitted.preflight => whole(Reply::empty(StatusCode::NO_CONTENT).into_response()),
        Ok(_) => serve_request(front, parts, body, stop).await?,
        Err(refusal) => {
            discard(body).await;
            let request = Request::from_parts(parts, Bytes::new());
            closing(front.service.refuse(&request, refusal))
        }
    };
    Guard::finish(response.headers_mut(), &admitted.unwrap_or_default());
    Ok(response)
}

/// The answer to a request that may come in.
async fn serve_request(
    front: &Front,
    parts: Parts,
    body: Incoming,
    mut stop: watch::Receiver<bool>,
) -> Result<Response<Body>, Broken> {
    let service = &front.service;
    let refuse = |reply: Reply| Ok(closing(reply.into_response()));
    let read = read(body, service.state().max_body, &front.places);
    // The place is kept until the answer is there.
    let (body, _place) = match tokio::time::timeout(front.patience, read).await {
        Ok(Ok(Some(read))) => read,
        Ok(Ok(None)) => return refuse(Reply::too_large(service.state().max_body)),
        Ok(Err(_)) => return refuse(Reply::message(StatusCode::BAD_REQUEST, "The body is incomplete.")),
        Err(_) => return refuse(Reply::message(StatusCode::REQUEST_TIMEOUT, "The body did not arrive in time.")),
    };
    let request = Request::from_parts(parts, body);
    if let Some((after, longest)) = control::waits_for(&request) {
        tokio::select! {
            () = service.state().log.newer(after) => {}
            () = tokio::time::sleep(longest) => {}
            () = stopped(&mut stop) => {}
        }
    }
    let ServiceResponse { mut response, delay, cut, reset } = service.answer(&request);
    if !delay.is_zero() {
        tokio::time::sleep(delay).await;
    }
    if reset {
        return Err(Broken);
    }
    if response.status() == StatusCode::CONFLICT && response.body().is_empty() {
        let reason = ReasonPhrase::from_static(b"You must wait before accessing this url again.");
        response.extensions_mut().insert(reason);
    }
    Ok(response.map(|bytes| Body {
        length: bytes.len(),
        cut: cut.filter(|cut| *cut < bytes.len()).map(|cut| (cut, Box::pin(tokio::time::sleep(FLUSHED_WITHIN)))),
        left: Some(bytes),
    }))
}

/// The whole body, and the place that it takes if it is long; `None` if it is longer than the limit.
async fn read(
    mut body: Incoming,
    limit: usize,
    places: &Arc<Semaphore>,
) -> Result<Option<(Bytes, Option<OwnedSemaphorePermit>)>, hyper::Error> {
    let announced = body.size_hint().lower();
    if announced <= limit as u64 {
        let (mut whole, mut place) = (BytesMut::new(), None);
        loop {
            if place.is_none() && (whole.len() > LONG || announced > LONG as u64) {
                // The semaphore is never closed.
                place = Arc::clone(places).acquire_owned().await.ok();
            }
            let Some(frame) = body.frame().await.transpose()? else { return Ok(Some((whole.freeze(), place))) };
            let Ok(data) = frame.into_data() else { continue };
            if whole.len() + data.len() > limit {
                break;
            }
            // Most bodies come in one piece.
            if whole.is_empty() && body.is_end_stream() {
                return Ok(Some((data, place)));
            }
            whole.extend_from_slice(&data);
        }
    }
    discard(body).await;
    Ok(None)
}

/// Throws away what a client still sends, for a while: until it has sent, it does not read.
async fn discard(mut body: Incoming) {
    let rest = async {
        let mut left = DISCARDED;
        while left > 0
            && let Some(Ok(frame)) = body.frame().await
        {
            left = left.saturating_sub(frame.data_ref().map_or(0, Bytes::len));
        }
    };
    let _ = tokio::time::timeout(DISCARDED_WITHIN, rest).await;
}

/// An answer after which the connection can't be used: part of a body may still be in it.
fn closing(mut response: Response<Bytes>) -> Response<Body> {
    response.headers_mut().insert(http::header::CONNECTION, http::HeaderValue::from_static("close"));
    whole(response)
}

fn whole(response: Response<Bytes>) -> Response<Body> {
    response.map(|bytes| Body { length: bytes.len(), cut: None, left: Some(bytes) })
}

/// A connection that ends on purpose.
#[derive(Debug)]
struct Broken;

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the connection was closed by a fault rule")
    }
}

impl std::error::Error for Broken {}

/// A body that is there at once, and may break off before its announced end.
struct Body {
    length: usize,
    /// Where it breaks off, and a wait before it does: what came so far has to reach the other end first.
    cut: Option<(usize, Pin<Box<tokio::time::Sleep>>)>,
    left: Option<Bytes>,
}

const FLUSHED_WITHIN: Duration = Duration::from_millis(20);

impl hyper::body::Body for Body {
    type Data = Bytes;
    type Error = Broken;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Broken>>> {
        let left = self.left.take().filter(|bytes| !bytes.is_empty());
        let Some((cut, wait)) = &mut self.cut else { return Poll::Ready(left.map(|bytes| Ok(Frame::data(bytes)))) };
        match left.map(|bytes| bytes.slice(..*cut)).filter(|bytes| !bytes.is_empty()) {
            Some(bytes) => Poll::Ready(Some(Ok(Frame::data(bytes)))),
            None => wait.as_mut().poll(context).map(|()| Some(Err(Broken))),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.cut.is_none() && self.left.as_ref().is_none_or(Bytes::is_empty)
    }

    fn size_hint(&self) -> SizeHint {
        // The announced length is that of the whole, whatever arrives of it.
        SizeHint::with_exact(self.length as u64)
    }
}
