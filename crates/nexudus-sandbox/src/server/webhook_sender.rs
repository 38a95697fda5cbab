//! Calls the webhooks that wait in the outbox.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use data_encoding::BASE64;
use http::Request;
use http_body_util::{BodyExt, Full};
use hyper_util::rt::TokioIo;
use serde_json::json;
use tokio::net::TcpStream;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use crate::access::digest::webhook_signature;
use crate::server::guard::AGENT;
use crate::state::State;
use crate::value::time::time_text;
use crate::webhook::attempt::ATTEMPTS;
use crate::webhook::outbox::{Delivery, Sending};
use crate::webhook::target::{Target, shown};

/// No wait is longer than this.
const LONGEST_WAIT: Duration = Duration::from_mins(1);
/// A receiver that has not answered by then has failed.
const ANSWER_WITHIN: Duration = Duration::from_secs(10);

/// So many deliveries are under way at once; the others wait their turn.
const UNDER_WAY: usize = 256;
/// How much of an answer is read: only its status matters.
const ANSWER: usize = 64 << 10;
/// How long that is read.
const READ_WITHIN: Duration = Duration::from_secs(1);
/// An address that has not taken the connection by then is passed over for the next one.
const CONNECTED_WITHIN: Duration = Duration::from_secs(3);

/// Sends whatever waits, forever. Each delivery goes its own way, so that a slow receiver holds up no other.
pub(crate) async fn send_all(state: Arc<State>, own: Option<SocketAddr>) {
    let places = Arc::new(Semaphore::new(UNDER_WAY));
    loop {
        // The semaphore is never closed.
        let Ok(place) = Arc::clone(&places).acquire_owned().await else { return };
        let delivery = loop {
            match state.outbox.take() {
                Some(delivery) => break delivery,
                None => state.outbox.wake.notified().await,
            }
        };
        let state = Arc::clone(&state);
        tokio::spawn(async move {
            deliver(&state, own, &delivery).await;
            state.outbox.done(&delivery);
            drop(place);
        });
    }
}

async fn deliver(state: &State, own: Option<SocketAddr>, delivery: &Delivery) {
    let mut wait = state.sending.first_wait;
    for attempt in 1..=ATTEMPTS {
        let outcome = tokio::time::timeout(ANSWER_WITHIN, send(&state.sending, own, delivery)).await;
        let outcome = outcome.unwrap_or_else(|_| Err("no answer in time".into()));
        state.outbox.note(json!({
            "at": time_text(state.clock.now()),
            "webhook": delivery.hook,
            "url": shown(&delivery.url),
            "attempt": attempt,
            "status": outcome.as_ref().ok(),
            "error": outcome.as_ref().err(),
        }));
        let error = match outcome {
            Ok(status) if (200..300).contains(&status) => None,
            Ok(status) => Some(format!("HTTP {status}")),
            Err(error) => Some(error),
        };
        let failed = error.is_some();
        // The record may have been deleted or switched off meanwhile.
        if !state.record_attempt(delivery.hook, error) || !failed {
            return;
        }
        tokio::time::sleep(wait).await;
        wait = wait.saturating_mul(2).min(LONGEST_WAIT);
    }
}

/// One attempt: the status of the receiver's answer.
async fn send(sending: &Sending, own: Option<SocketAddr>, delivery: &Delivery) -> Result<u16, String> {
    let target = Target::read(&delivery.url)?;
    let stream = connect(sending, own, &target).await?;
    let (mut sender, connection) =
        hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.map_err(|error| error.to_string())?;
    // Ends with this attempt, whatever ends it.
    let mut connections = JoinSet::new();
    connections.spawn(connection);
    let mut request = Request::post(&target.path)
        .header("Host", &target.authority)
        .header("Content-Type", "application/json; charset=utf-8")
        .header("User-Agent", AGENT);
    if let Some(credentials) = &target.credentials {
        request = request.header("Authorization", format!("Basic {}", BASE64.encode(credentials.as_bytes())));
    }
    if let Some(secret) = &sending.secret {
        let signature = if sending.sign_ascii {
            webhook_signature(secret, &ascii(&delivery.body))
        } else {
            webhook_signature(secret, &delivery.body)
        };
        request = request.header("X-Nexudus-Hook-Signature", signature);
    }
    let request = request.body(Full::new(delivery.body.clone())).map_err(|error| error.to_string())?;
    let response = sender.send_request(request).await.map_err(|error| format!("no answer: {error}"))?;
    let status = response.status().as_u16();
    // Reading on lets the receiver finish; what it says does not matter, and an endless answer is left.
    let mut body = response.into_body();
    let rest = async {
        let mut left = ANSWER;
        while left > 0
            && let Some(Ok(frame)) = body.frame().await
        {
            left = left.saturating_sub(frame.data_ref().map_or(0, Bytes::len));
        }
    };
    // The status stands, however slowly the rest comes.
    let _ = tokio::time::timeout(READ_WITHIN, rest).await;
    Ok(status)
}

/// Connects to the first address of the host that may be called and answers.
async fn connect(sending: &Sending, own: Option<SocketAddr>, target: &Target) -> Result<TcpStream, String> {
    let host = &target.host;
    let found = tokio::net::lookup_host((host.as_str(), target.port)).await;
    let found: Vec<SocketAddr> = found.map_err(|error| format!("can't look up {host}: {error}"))?.collect();
    let allowed = |ip: IpAddr| sending.anywhere || ip.to_canonical().is_loopback();
    let allowed: Vec<SocketAddr> = found.into_iter().filter(|address| allowed(address.ip())).collect();
    if allowed.is_empty() {
        return Err(format!("{host} is not this machine; the sandbox calls others only with --webhooks-anywhere"));
    }
    if allowed.iter().any(|address| own.is_some_and(|own| is_own(own, *address))) {
        return Err("the sandbox does not call itself".into());
    }
    let mut last = String::new();
    for address in allowed {
        match tokio::time::timeout(CONNECTED_WITHIN, TcpStream::connect(address)).await {
            Ok(Ok(stream)) => return Ok(stream),
            Ok(Err(error)) => last = format!("can't connect: {error}"),
            Err(_) => "can't connect in time".clone_into(&mut last),
        }
    }
    Err(last)
}

/// Whether an address leads to the sandbox itself.
fn is_own(own: SocketAddr, address: SocketAddr) -> bool {
    let (here, there) = (own.ip().to_canonical(), address.ip().to_canonical());
    own.port() == address.port() && (here == there || here.is_unspecified() || there.is_unspecified())
}

/// The text with `?` for every UTF-16 unit beyond ASCII.
fn ascii(body: &[u8]) -> Vec<u8> {
    let text = String::from_utf8_lossy(body);
    text.encode_utf16().map(|unit| u8::try_from(unit).ok().filter(u8::is_ascii).unwrap_or(b'?')).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_signed_ascii_text_has_a_mark_for_each_other_character() {
        let body = "[{\"Id\":1,\"Name\":\"Añá\"}]";
        assert_eq!(
            webhook_signature("s3cret", &ascii(body.as_bytes())),
            "A3305E7398A35BF7BF13A88ABE4D68794587E84C264A4CC0271806C44CBB1CE8"
        );
        assert_eq!(
            webhook_signature("s3cret", body.as_bytes()),
            "9DC408574EBCCD17DFE82974E8ACB541655CAB17E915D7B873BED59876A8D3C3"
        );
    }
}
