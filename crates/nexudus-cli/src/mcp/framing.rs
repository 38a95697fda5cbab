//! What comes in, line by line, on its way to the SDK.
//!
//! The SDK reads the arguments of a call as values, which makes floats of numbers. Here they become one text, which it
//! passes on as it is. Until a request has opened the session, messages that are not requests are dropped: the SDK
//! would end at them.

use tokio::io::{AsyncBufReadExt as _, AsyncRead, AsyncReadExt as _, AsyncWriteExt as _, BufReader, DuplexStream};

use tokio::sync::watch;
use tokio::time::{Duration, timeout};

use crate::json::{Object, Raw};

/// The longest line, in bytes. A longer one is answered as an invalid request.
const LONGEST: u64 = 4 * 1024 * 1024;

/// What the one argument is called that holds the text of all.
const TEXT: &str = "\u{0}text";

/// Bytes between this and the SDK.
const BUFFER: usize = 64 * 1024;

/// What is not JSON-RPC in the place of a line that is too long or no text, so that it is answered.
const INVALID: &str = "{}";

/// How long a message that is not a request waits for the request before it to open the session.
const OPENING: Duration = Duration::from_secs(1);

/// The same stream of lines with the arguments of calls as text. `is_open` says when the session has been opened.
pub(super) fn keep_arguments(
    input: impl AsyncRead + Send + Unpin + 'static,
    mut is_open: watch::Receiver<bool>,
) -> DuplexStream {
    let (mut sink, stream) = tokio::io::duplex(BUFFER);
    tokio::spawn(async move {
        let mut input = BufReader::new(input);
        let mut has_request = false;
        let mut line = Vec::new();
        loop {
            line.clear();
            match (&mut input).take(LONGEST).read_until(b'\n', &mut line).await {
                Ok(0) | Err(_) => break,
                Ok(_) => {}
            }
            let is_too_long = line.len() as u64 >= LONGEST && !line.ends_with(b"\n");
            if is_too_long && !skip_line(&mut input).await {
                break;
            }
            // Bytes that are not text would reach a record as other characters.
            let text = std::str::from_utf8(&line).ok().filter(|_| !is_too_long);
            // Some programs mark the beginning of a stream.
            let text = text.unwrap_or(INVALID).trim_start_matches('\u{feff}').to_owned();
            let message = Object::parse(&text).ok();
            let has_two_meanings = message.as_ref().is_some_and(has_two_meanings);
            let (text, message) = if has_two_meanings { (INVALID.to_owned(), None) } else { (text, message) };
            has_request = has_request || message.as_ref().is_some_and(is_request);
            if message.as_ref().is_some_and(is_no_request) {
                let opened = is_open.wait_for(|is_open| *is_open);
                let wait = if has_request { OPENING } else { Duration::ZERO };
                if !timeout(wait, opened).await.is_ok_and(|opened| opened.is_ok()) {
                    continue;
                }
            }
            let text = message.and_then(with_text).unwrap_or(text);
            let sent = async {
                sink.write_all(text.trim_end().as_bytes()).await?;
                sink.write_all(b"\n").await
            };
            if sent.await.is_err() {
                break;
            }
        }
    });
    stream
}

/// Reads up to the end of a line, and says whether there is more.
async fn skip_line(input: &mut BufReader<impl AsyncRead + Unpin>) -> bool {
    loop {
        let Ok(available) = input.fill_buf().await else { return false };
        if available.is_empty() {
            return false;
        }
        let end = available.iter().position(|byte| *byte == b'\n');
        let taken = end.map_or(available.len(), |end| end + 1);
        input.consume(taken);
        if end.is_some() {
            return true;
        }
    }
}

/// Whether a member of the message or of its parameters occurs twice: readers differ in which of the two counts.
fn has_two_meanings(message: &Object) -> bool {
    let params = message.get("params").and_then(Raw::as_object);
    message.refuse_repeated().is_err() || params.is_some_and(|params| params.refuse_repeated().is_err())
}

fn is_request(message: &Object) -> bool {
    message.get("method").is_some() && message.get("id").is_some()
}

/// Whether it is a notification, or the answer to a request.
fn is_no_request(message: &Object) -> bool {
    !is_request(message) && ["method", "result", "error"].iter().any(|key| message.get(key).is_some())
}

/// A call with its arguments as one text; `None` for every other message.
fn with_text(mut message: Object) -> Option<String> {
    if message.get("method").and_then(Raw::as_str).as_deref() != Some("tools/call") {
        return None;
    }
    let mut params = message.get("params")?.as_object()?;
    let arguments = params.get("arguments")?;
    arguments.as_object()?;
    let text = Raw::object([(TEXT, Raw::string(arguments.text()))]);
    params.set("arguments", text);
    message.set("params", params.to_raw());
    Some(message.to_raw().text().to_owned())
}

/// The text of the arguments that the SDK passes on.
pub(super) fn arguments_text(arguments: Option<&serde_json::Map<String, serde_json::Value>>) -> String {
    let Some(arguments) = arguments else { return "{}".to_owned() };
    match arguments.get(TEXT) {
        Some(serde_json::Value::String(text)) if arguments.len() == 1 => text.clone(),
        _ => serde_json::to_string(arguments).unwrap_or_else(|_| "{}".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn pass(input: &'static [u8]) -> String {
        let mut out = String::new();
        let (_sender, is_open) = watch::channel(false);
        keep_arguments(input, is_open).read_to_string(&mut out).await.unwrap();
        out
    }

    #[tokio::test]
    async fn arguments_stay_text() {
        let out = pass(
            b"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\",\"params\":{\"name\":\"a\",\"arguments\":{\"Price\":12.340000000000000000000001}}}\n",
        )
        .await;
        let message: serde_json::Value = serde_json::from_str(&out).unwrap();
        let arguments = message["params"]["arguments"].as_object();
        assert_eq!(arguments_text(arguments), "{\"Price\":12.340000000000000000000001}");
    }

    #[tokio::test]
    async fn what_is_no_call_is_passed_on() {
        for line in ["not json", "[1]", "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"}", "{}"] {
            let input: &'static [u8] = Box::leak(format!("{line}\n").into_boxed_str()).as_bytes();
            assert_eq!(pass(input).await.trim_end(), line.trim_end());
        }
        assert_eq!(pass(b"{\"jsonrpc\":\"2.0\",\"method\":\"notifications/initialized\"}\n").await, "");
        assert_eq!(pass(b"{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{}}\n").await, "");
        assert_eq!(pass(b"{\"jsonrpc\":\"2.0\",\"id\":1,\"error\":{}}\n").await, "");
    }

    #[tokio::test]
    async fn a_line_without_end_is_not_kept() {
        let mut input = vec![b'x'; usize::try_from(LONGEST).unwrap() + 10];
        input.extend_from_slice(b"\n{\"id\":1,\"method\":\"ping\"}\n");
        let out = pass(Vec::leak(input)).await;
        assert_eq!(out, "{}\n{\"id\":1,\"method\":\"ping\"}\n");
    }
}
