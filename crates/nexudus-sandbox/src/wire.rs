//! Requests taken apart and answers put together.

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use http::{Response, StatusCode};
use nexudus_core::Json;
use serde_json::{Map, json};

use crate::value::write_text;

/// Says in an answer what the service would not say: what is unknown in a request, and what was meant.
pub(crate) const HINT: HeaderName = HeaderName::from_static("x-sandbox-hint");

/// An answer in the making.
#[derive(Debug)]
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
        let challenge = (http::header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        Self::message(StatusCode::UNAUTHORIZED, text).header(challenge.0, challenge.1).hint(hint)
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

/// A name in a text for people, short and on one line.
pub(crate) fn quoted(name: &str) -> String {
    let mut text: String = name.chars().take(60).map(|c| if c.is_control() { '?' } else { c }).collect();
    if text.len() < name.len() {
        text.push_str("...");
    }
    format!("`{text}`")
}

/// The name nearest to a misspelt one, if any is near.
pub(crate) fn nearest<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    // Longer names than any known one are noise, and comparing them is what costs.
    if name.len() > 80 {
        return None;
    }
    let name = name.to_ascii_lowercase();
    let distances = known.map(|known| (distance(&name, &known.to_ascii_lowercase()), known));
    let (distance, known) = distances.min_by_key(|(distance, _)| *distance)?;
    (distance <= 2.max(name.len() / 4)).then_some(known)
}

/// How many letters have to change, go or come, or change places with the next.
fn distance(a: &str, b: &str) -> usize {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    if a.len().abs_diff(b.len()) > 2.max(a.len() / 4) {
        return usize::MAX;
    }
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for i in 1..=a.len() {
        let mut row = vec![i];
        for j in 1..=b.len() {
            let mut best = (last[j - 1] + usize::from(a[i - 1] != b[j - 1])).min(last[j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                best = best.min(before[j - 2] + 1);
            }
            row.push(best);
        }
        before = std::mem::replace(&mut last, row);
    }
    last.last().copied().unwrap_or(usize::MAX)
}

/// Undoes percent-encoding; `None` where it is broken or not UTF-8.
pub(crate) fn decode(text: &str, plus_is_space: bool) -> Option<String> {
    if !text.bytes().any(|byte| byte == b'%' || byte == b'+') {
        return Some(text.to_owned());
    }
    let mut out = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        out.push(match byte {
            b'+' if plus_is_space => b' ',
            b'%' => {
                let mut digit = || bytes.next().and_then(|digit| char::from(digit).to_digit(16));
                let (high, low) = (digit()?, digit()?);
                u8::try_from(high * 16 + low).ok()?
            }
            byte => byte,
        });
    }
    String::from_utf8(out).ok()
}

/// Names and values of a query or a form, in order.
pub(crate) type Pairs = Vec<(String, String)>;

/// Reads a query or a form; `Err` holds the first part that can't be decoded.
pub(crate) fn pairs(text: &str) -> Result<Pairs, String> {
    let parts = text.split('&').filter(|part| !part.is_empty());
    parts
        .map(|part| {
            let (name, value) = part.split_once('=').unwrap_or((part, ""));
            // A space in a name can't be meant: the plus stays in neither.
            match (decode(name, true), decode(value, true)) {
                (Some(name), Some(value)) => Ok((name, value)),
                _ => Err(part.to_owned()),
            }
        })
        .collect()
}

/// The body of a write.
#[derive(Debug, Default)]
pub(crate) struct Body {
    pub(crate) fields: Map<String, Json>,
    /// Whether it came as a form: then everything is text and what is required is asked for less strictly.
    pub(crate) form: bool,
}

pub(crate) fn is_form(headers: &http::HeaderMap) -> bool {
    let content_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let essence = content_type.split(';').next().unwrap_or_default().trim();
    essence.eq_ignore_ascii_case("application/x-www-form-urlencoded")
}

impl Body {
    /// Reads a body as a form where its content type says so, else as JSON.
    pub(crate) fn read(headers: &http::HeaderMap, bytes: &[u8]) -> Result<Self, String> {
        if is_form(headers) {
            let text = std::str::from_utf8(bytes).map_err(|error| format!("The form is not UTF-8: {error}"))?;
            let pairs =
                pairs(text).map_err(|part| format!("The form has broken percent-encoding in {}", quoted(&part)))?;
            return Ok(Self { fields: form_fields(pairs), form: true });
        }
        // A mark that some editors put in front of UTF-8.
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        if bytes.iter().all(u8::is_ascii_whitespace) {
            return Ok(Self::default());
        }
        match serde_json::from_slice(bytes) {
            Ok(Json::Object(fields)) => Ok(Self { fields, form: false }),
            Ok(_) => Err("The body has to be a JSON object.".into()),
            Err(error) => Err(format!("The body is not JSON: {error}")),
        }
    }
}

/// `Users=1&Users=2`, `Users[]=1` and `Users[0]=1` are lists.
fn form_fields(pairs: Pairs) -> Map<String, Json> {
    let mut fields = Map::new();
    for (name, value) in pairs {
        let bare = name.split('[').next().unwrap_or_default();
        let list = bare.len() < name.len();
        match fields.get_mut(bare) {
            None if list => {
                fields.insert(bare.to_owned(), Json::Array(vec![Json::String(value)]));
            }
            None => {
                fields.insert(name, Json::String(value));
            }
            Some(Json::Array(values)) => values.push(Json::String(value)),
            Some(first) => *first = Json::Array(vec![first.take(), Json::String(value)]),
        }
    }
    fields
}

/// What a write answers.
#[derive(Debug, Default)]
pub(crate) struct Envelope {
    pub(crate) status: i64,
    pub(crate) message: String,
    pub(crate) value: Option<Json>,
    pub(crate) redirect: Option<String>,
    pub(crate) updated_on: Option<String>,
    pub(crate) updated_by: Option<String>,
    pub(crate) errors: Vec<FieldError>,
}

/// What is wrong with one property.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct FieldError {
    pub(crate) property: String,
    pub(crate) message: String,
    pub(crate) attempted: Json,
}

impl FieldError {
    pub(crate) fn new(property: &str, message: &str, attempted: Json) -> Self {
        Self { property: property.to_owned(), message: message.to_owned(), attempted }
    }
}

impl Envelope {
    /// The answer to a request that was refused, with every reason.
    pub(crate) fn refused(errors: Vec<FieldError>) -> Reply {
        let message = errors.first().map(|first| format!("{}: {}", first.property, first.message)).unwrap_or_default();
        Self { status: 500, message, errors, ..Self::default() }.reply(StatusCode::BAD_REQUEST)
    }

    /// The answer to a body that can't be read at all.
    pub(crate) fn unreadable(message: String) -> Reply {
        Self { status: 500, message, ..Self::default() }.reply(StatusCode::BAD_REQUEST)
    }

    /// All documented keys, in the documented order.
    pub(crate) fn reply(self, status: StatusCode) -> Reply {
        let mut out = Vec::with_capacity(256);
        let mut text = |key: &str, value: Option<&str>| {
            out.extend_from_slice(key.as_bytes());
            match value {
                Some(value) => write_text(value, &mut out),
                None => out.extend_from_slice(b"null"),
            }
        };
        let value = self.value.unwrap_or_default().to_string();
        text(&format!("{{\"Status\":{},\"Message\":", self.status), Some(&self.message));
        text(
            &format!(",\"Value\":{value},\"OpenInDialog\":false,\"OpenInWindow\":false,\"RedirectURL\":"),
            self.redirect.as_deref(),
        );
        text(",\"JavaScript\":null,\"UpdatedOn\":", self.updated_on.as_deref());
        text(",\"UpdatedBy\":", self.updated_by.as_deref());
        out.extend_from_slice(b",\"Errors\":");
        if self.errors.is_empty() {
            out.extend_from_slice(b"null");
        } else {
            let error = |error: &FieldError| {
                json!({
                    "AttemptedValue": error.attempted,
                    "Message": error.message,
                    "PropertyName": error.property,
                })
            };
            let errors: Vec<Json> = self.errors.iter().map(error).collect();
            out.extend_from_slice(Json::Array(errors).to_string().as_bytes());
        }
        let successful: &[u8] = if self.status == 200 { b"true" } else { b"false" };
        out.extend_from_slice(b",\"WasSuccessful\":");
        out.extend_from_slice(successful);
        out.push(b'}');
        Reply::json(status, out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_misspelt_name_has_a_nearest_one() {
        let known = ["bookings", "coworkers", "businesses"];
        assert_eq!(nearest("bokings", known.into_iter()), Some("bookings"));
        assert_eq!(nearest("Coworkres", known.into_iter()), Some("coworkers"));
        assert_eq!(nearest("zebra", known.into_iter()), None);
        assert_eq!(nearest(&"x".repeat(10_000), known.into_iter()), None);
    }

    #[test]
    fn percent_encoding_is_undone_or_refused() {
        assert_eq!(decode("a%20b+c", true).as_deref(), Some("a b c"));
        assert_eq!(decode("a+b", false).as_deref(), Some("a+b"));
        for broken in ["%", "%4", "%zz", "%ff", "%+1"] {
            assert_eq!(decode(broken, true), None, "{broken}");
        }
    }

    #[test]
    fn forms_hold_lists_in_three_spellings() {
        let pairs = pairs("A=1&B=1&B=2&C[]=1&C[]=2&D[0]=5").unwrap();
        let fields = Json::Object(form_fields(pairs));
        assert_eq!(fields, json!({"A": "1", "B": ["1", "2"], "C": ["1", "2"], "D": ["5"]}));
    }
}
