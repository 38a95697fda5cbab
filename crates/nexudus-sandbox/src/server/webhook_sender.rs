//! Calls the webhooks that wait in the outbox.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use http::{Request, Uri};
use http_body_util::{BodyExt, Full};
use hyper_util::rt::TokioIo;
use serde_json::json;
use tokio::net::TcpStream;

use crate::access::digest::webhook_signature;
use crate::state::State;
use crate::value::time::time_text;
use crate::webhook::attempt::ATTEMPTS;
use crate::webhook::outbox::{Delivery, Sending};

/// No wait is longer than this.
const LONGEST_WAIT: Duration = Duration::from_mins(1);
/// A receiver that has not answered by then has failed.
const ANSWER_WITHIN: Duration = Duration::from_secs(10);

/// Sends whatever waits, forever. Each delivery goes its own way, so that a slow receiver holds up no other.
pub(crate) async fn send_all(state: Arc<State>) {
    loop {
        while let Some(delivery) = state.outbox.take() {
            tokio::spawn(deliver(Arc::clone(&state), delivery));
        }
        state.outbox.wake.notified().await;
    }
}

async fn deliver(state: Arc<State>, delivery: Delivery) {
    let mut wait = state.sending.first_wait;
    for attempt in 1..=ATTEMPTS {
        let outcome = tokio::time::timeout(ANSWER_WITHIN, send(&state.sending, &delivery)).await;
        let outcome = outcome.unwrap_or_else(|_| Err("no answer in time".into()));
        state.outbox.note(json!({
            "at": time_text(state.clock.now()),
            "webhook": delivery.hook,
            "url": delivery.url,
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
        wait = (wait * 2).min(LONGEST_WAIT);
    }
}

/// One attempt: the status of the receiver's answer.
async fn send(sending: &Sending, delivery: &Delivery) -> Result<u16, String> {
    let uri: Uri = delivery.url.trim().parse().map_err(|_| "the URL can't be read".to_owned())?;
    if uri.scheme_str() != Some("http") {
        return Err("only http:// URLs can be reached by the sandbox".into());
    }
    let authority = uri.authority().ok_or("the URL has no host")?;
    let host = authority.host().trim_start_matches('[').trim_end_matches(']');
    let port = authority.port_u16().unwrap_or(80);
    let found =
        tokio::net::lookup_host((host, port)).await.map_err(|error| format!("can't look up {host}: {error}"))?;
    let allowed = |ip: IpAddr| sending.anywhere || ip.is_loopback();
    let Some(address) = found.into_iter().find(|address| allowed(address.ip())) else {
        return Err(format!("{host} is not this machine; the sandbox tells others only when started to"));
    };
    let stream = TcpStream::connect(address).await.map_err(|error| format!("can't connect: {error}"))?;
    let (mut sender, connection) =
        hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.map_err(|error| error.to_string())?;
    let connection = tokio::spawn(connection);
    let path = uri.path_and_query().map_or("/", |path| path.as_str());
    let mut request = Request::post(path)
        .header("Host", authority.as_str())
        .header("Content-Type", "application/json; charset=utf-8")
        .header("User-Agent", concat!("nexudus-sandbox/", env!("CARGO_PKG_VERSION")));
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
    // Reading on lets the receiver finish in peace; what it says does not matter.
    let _ = response.into_body().collect().await;
    connection.abort();
    Ok(status)
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
