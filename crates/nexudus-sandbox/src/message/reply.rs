//! Answers, put together.

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use http::{Response, StatusCode};
use serde_json::Value as Json;
use serde_json::json;

/// Says in an answer what the service would not say: what is unknown in a request, and what was meant.
pub(crate) const HINT: HeaderName = HeaderName::from_static("x-sandbox-hint");

/// An answer in the making.
#[derive(Clone, Debug)]
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    /// Whether the body is JSON. Another type stands among the headers.
    json: bool,
    pub(crate) headers: Vec<(HeaderName, HeaderValue)>,
    pub(crate) body: Bytes,
    pub(crate) hints: Vec<String>,
}

const JSON: HeaderValue = HeaderValue::from_static("application/json; charset=utf-8");

impl Reply {
    pub(crate) fn json(status: StatusCode, body: impl Into<Bytes>) -> Self {
        Self { status, json: true, headers: Vec::new(), body: body.into(), hints: Vec::new() }
    }

    pub(crate) fn value(status: StatusCode, body: &Json) -> Self {
        Self::json(status, body.to_string())
    }

    pub(crate) fn empty(status: StatusCode) -> Self {
        Self { status, json: false, headers: Vec::new(), body: Bytes::new(), hints: Vec::new() }
    }

    /// The documented body of a 404: a JSON string.
    pub(crate) fn not_found() -> Self {
        Self::json(StatusCode::NOT_FOUND, "\"Not found\"")
    }

    /// An object with a message, as the service's framework answers what never reaches the service.
    pub(crate) fn message(status: StatusCode, text: &str) -> Self {
        Self::value(status, &json!({ "Message": text }))
    }

    pub(crate) fn unauthorized(hint: impl Into<String>) -> Self {
        let text = "Authorization has been denied for this request.";
        // Either will do, and a client that picks by the challenge finds the one that it knows.
        let name = http::header::WWW_AUTHENTICATE;
        let offer = |reply: Self, offer| reply.header(name.clone(), HeaderValue::from_static(offer));
        let challenges = ["Bearer", "Basic realm=\"Nexudus\", charset=\"UTF-8\""];
        challenges.into_iter().fold(Self::message(StatusCode::UNAUTHORIZED, text), offer).hint(hint)
    }

    /// The answer to a body that is longer than the sandbox reads.
    pub(crate) fn too_large(limit: usize) -> Self {
        Self::message(StatusCode::PAYLOAD_TOO_LARGE, &format!("The body is longer than {limit} bytes."))
    }

    /// The answer to a create where every id is used up.
    pub(crate) fn no_more_ids() -> Self {
        let reply = Self::message(StatusCode::INTERNAL_SERVER_ERROR, "An error has occurred.");
        reply.hint(
            "no ids are left, because a record with the largest id was inserted; POST /__sandbox/reset starts over",
        )
    }

    pub(crate) fn method_not_allowed(method: &http::Method, allowed: &[&'static str]) -> Self {
        let text = format!("The requested resource does not support http method '{method}'.");
        let reply = Self::message(StatusCode::METHOD_NOT_ALLOWED, &text);
        match HeaderValue::from_str(&allowed.join(", ")) {
            Ok(allow) => reply.header(http::header::ALLOW, allow),
            Err(_) => reply,
        }
    }

    #[must_use]
    pub(crate) fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.push((name, value));
        self
    }

    #[must_use]
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }

    pub(crate) fn into_response(self) -> Response<Bytes> {
        let mut response = Response::new(self.body);
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        if self.json {
            headers.insert(CONTENT_TYPE, JSON);
        }
        for (name, value) in self.headers {
            headers.append(name, value);
        }
        if !self.hints.is_empty() {
            // A header is one line of visible ASCII, and nobody reads a long one.
            let mut text: String = self.hints.join("; ").chars().take(HINT_LIMIT).collect();
            text = text.chars().map(|c| if matches!(c, ' '..='~') { c } else { '?' }).collect();
            if let Ok(value) = HeaderValue::from_str(&text) {
                headers.insert(HINT, value);
            }
        }
        response
    }
}

const HINT_LIMIT: usize = 1000;

/// An answer; `Err` is one too, and ends what was under way.
pub(crate) type Outcome = Result<Reply, Reply>;
