//! The service behind a socket.
//!
//! hyper serves the connections directly. A web framework would add routing, which is a matter of tables here,
//! and hide the connection, which slow clients and injected faults need.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

use crate::service::{Service, too_large};
use crate::wire::Reply;

/// A client that has not sent its headers by then is cut off.
const HEADERS_WITHIN: Duration = Duration::from_secs(30);
/// A client that has not sent its body by then is told so.
const BODY_WITHIN: Duration = Duration::from_mins(1);

/// Accepts connections until told to stop, then lets those at work finish.
pub(crate) async fn serve(listener: TcpListener, service: Arc<Service>, mut stop: watch::Receiver<bool>) {
    let (done, mut all_done) = tokio::sync::mpsc::channel::<()>(1);
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = stopped(&mut stop) => break,
        };
        match accepted {
            Ok((stream, _)) => {
                let connection = connection(stream, Arc::clone(&service), stop.clone());
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
    // Nobody sends on this channel: it ends when the last connection has.
    let _ = tokio::time::timeout(Duration::from_secs(5), all_done.recv()).await;
}

/// Ends when the sandbox is told to stop, or is gone.
async fn stopped(stop: &mut watch::Receiver<bool>) {
    drop(stop.wait_for(|stop| *stop).await);
}

async fn connection(stream: TcpStream, service: Arc<Service>, mut stop: watch::Receiver<bool>) {
    // Answers are small and whole: waiting to fill a packet only delays them.
    let _ = stream.set_nodelay(true);
    let handler = service_fn(move |request| {
        let service = Arc::clone(&service);
        async move { Ok::<_, Infallible>(answer(&service, request).await) }
    });
    let connection = hyper::server::conn::http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADERS_WITHIN)
        .pipeline_flush(true)
        .serve_connection(TokioIo::new(stream), handler);
    tokio::pin!(connection);
    tokio::select! {
        _ = &mut connection => {}
        () = stopped(&mut stop) => {
            connection.as_mut().graceful_shutdown();
            let _ = connection.await;
        }
    }
}

async fn answer(service: &Service, request: Request<Incoming>) -> Response<Full<Bytes>> {
    let (parts, body) = request.into_parts();
    let read = Limited::new(body, service.max_body()).collect();
    let body = match tokio::time::timeout(BODY_WITHIN, read).await {
        Ok(Ok(body)) => body.to_bytes(),
        Ok(Err(error)) if error.downcast_ref::<LengthLimitError>().is_some() => {
            return closing(too_large(service.max_body()));
        }
        Ok(Err(_)) => return closing(Reply::message(http::StatusCode::BAD_REQUEST, "The body did not arrive whole.")),
        Err(_) => {
            return closing(Reply::message(http::StatusCode::REQUEST_TIMEOUT, "The body did not arrive in time."));
        }
    };
    service.handle(&Request::from_parts(parts, body)).map(Full::new)
}

/// An answer after which the connection can't be used: part of a body may still be in it.
fn closing(reply: Reply) -> Response<Full<Bytes>> {
    let close = http::HeaderValue::from_static("close");
    reply.header(http::header::CONNECTION, close).into_response().map(Full::new)
}
