//! Requests that belong to no entity: the calling user, enumerations, and raw requests.

use std::fmt;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use nexudus_core::{EntityTable, Json};

use crate::call::{Call, Raw};
use crate::client::Client;
use crate::error::{Error, ErrorKind, Subject};
use crate::http::with_query;

/// A value of an enumeration, as the service lists it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct EnumValue {
    /// The integer in records.
    pub id: i64,
    /// Its name.
    pub name: String,
    /// Its name in the user's language.
    pub label: Option<String>,
}

impl Client {
    /// The values of an enumeration by its name in the service, for example `eBookingRepeatCycle`.
    pub async fn enum_values(&self, name: &str) -> Result<Vec<EnumValue>, Error> {
        let path = with_query("utils/enums".to_owned(), [("name", name)]);
        let raw =
            self.caller().run(Call::new(Subject::other("get the values of an enumeration"), Method::GET, path)).await?;
        let list: Vec<Json> = raw.json::<Option<_>>()?.unwrap_or_default();
        let text = |value: &Json, key: &str| Some(value.get(key)?.as_str()?.into_owned());
        let read = |value: &Json| {
            Some(EnumValue { id: value.get("Id")?.as_i64()?, name: text(value, "Name")?, label: text(value, "Label") })
        };
        Ok(list.iter().filter_map(read).collect())
    }

    /// The user that the credentials belong to.
    #[cfg(feature = "sys")]
    pub async fn me(&self) -> Result<nexudus_core::Full<nexudus_model::well_known::User>, Error> {
        let raw = self
            .caller()
            .run(Call::new(Subject::other("get the calling user"), Method::GET, "auth/me".to_owned()))
            .await?;
        let table = <nexudus_model::well_known::User as nexudus_core::Entity>::table();
        raw.record(self.caller(), table, None).await?.typed().map_err(Error::other_entity)
    }

    /// A request that this client has no method for: with the same credentials, rate limit, retries and errors.
    /// GET, HEAD and OPTIONS are reads, all others are writes. The path is below the base address and can't leave
    /// it.
    ///
    /// ```no_run
    /// # async fn run(client: nexudus_client::Client) -> Result<(), nexudus_client::Error> {
    /// let answer = client.request("GET", "sys/usermessages").query("size", "1").send().await?;
    /// println!("{}", answer.json::<nexudus_client::model::core::Json>()?);
    /// # Ok(())
    /// # }
    /// ```
    pub fn request(&self, method: &str, path: &str) -> RawRequest {
        let made = Method::from_bytes(method.to_ascii_uppercase().as_bytes());
        let unfit = made.is_err().then_some("the method is not an HTTP method");
        let mistake = unfit.or_else(|| mistake_in_path(path));
        let path = path.trim_start_matches('/').to_owned();
        let subject = Subject { table: table_of(&path), ..Subject::other("request") };
        let call = Call::new(subject, made.unwrap_or_default(), path);
        RawRequest { client: self.clone(), call, query: Vec::new(), mistake }
    }
}

/// The entity whose records a path is about.
fn table_of(path: &str) -> Option<&'static EntityTable> {
    let mut segments = path.split(['/', '?']);
    let (section, plural) = (segments.next()?, segments.next()?);
    let is_it = |table: &&EntityTable| table.section == section && table.plural == plural;
    nexudus_model::tables().iter().copied().find(is_it)
}

/// What is wrong with a path that may hold a query. It must stay below the base address, also for a server that
/// decodes it and takes a backslash for a slash.
fn mistake_in_path(text: &str) -> Option<&'static str> {
    let path = text.split('?').next().unwrap_or_default();
    let decoded = percent_decode(path);
    if text.bytes().any(|byte| !byte.is_ascii_graphic()) {
        Some("the path holds characters that must be percent-encoded")
    } else if decoded.contains(&b'\\') {
        Some("the path holds a backslash")
    } else if text.contains('#') {
        Some("the path holds a fragment (#)")
    } else if path.starts_with("//") || path.split('/').next().is_some_and(|first| first.contains(':')) {
        Some("the path is an address; give what is below the base address")
    } else if decoded.split(|byte| *byte == b'/').any(|segment| matches!(segment, b"." | b"..")) {
        Some("the path holds a segment . or .., which would leave the base address")
    } else if decoded.iter().any(u8::is_ascii_control) {
        Some("the path holds control characters")
    } else {
        None
    }
}

/// Decodes until nothing is left to decode: who knows how often it is decoded on the way.
fn percent_decode(text: &str) -> Vec<u8> {
    let mut bytes = text.as_bytes().to_vec();
    loop {
        let decoded: Vec<u8> = percent_decode_once(&bytes);
        if decoded.len() == bytes.len() {
            return bytes;
        }
        bytes = decoded;
    }
}

fn percent_decode_once(bytes: &[u8]) -> Vec<u8> {
    let digit = |at: usize| bytes.get(at).and_then(|digit| char::from(*digit).to_digit(16));
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let code = if byte == b'%' { digit(at + 1).zip(digit(at + 2)) } else { None };
        let code = code.and_then(|(high, low)| u8::try_from(high * 16 + low).ok());
        decoded.push(code.unwrap_or(byte));
        at += if code.is_some() { 3 } else { 1 };
    }
    decoded
}

/// A request of one's own.
#[must_use = "a request does nothing until it is sent"]
pub struct RawRequest {
    client: Client,
    call: Call,
    query: Vec<(String, String)>,
    mistake: Option<&'static str>,
}

impl fmt::Debug for RawRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Neither query, headers nor body: each may hold a secret.
        f.debug_struct("RawRequest")
            .field("method", &self.call.method)
            .field("path", &self.call.path.split('?').next().unwrap_or_default())
            .finish_non_exhaustive()
    }
}

impl RawRequest {
    /// A query parameter.
    pub fn query(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.query.push((name.into(), value.into()));
        self
    }

    /// A header.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        match (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            (Ok(name), Ok(value)) => {
                self.call.headers.insert(name, value);
            }
            _ => self.mistake = Some("a header contains characters that are not allowed in headers"),
        }
        self
    }

    /// JSON to send.
    pub fn json(mut self, body: &impl serde::Serialize) -> Self {
        match serde_json::to_vec(body) {
            Ok(body) => self.call.body = Some(body.into()),
            Err(_) => self.mistake = Some("the body can't be written as JSON"),
        }
        self
    }

    /// Sends it. The response says whether a write succeeded: see [`RawResponse::envelope`].
    pub async fn send(self) -> Result<RawResponse, Error> {
        let Self { client, mut call, query, mistake } = self;
        if let Some(mistake) = mistake {
            return Err(Error::new(call.subject, ErrorKind::Usage).with_message(mistake));
        }
        call.path = with_query(call.path, query.iter().map(|(name, value)| (name.as_str(), value)));
        client.caller().run(call).await.map(RawResponse)
    }
}

/// An answer with a good status.
pub struct RawResponse(pub(crate) Raw);

impl RawResponse {
    /// The HTTP status.
    pub fn status(&self) -> StatusCode {
        self.0.status
    }

    /// The headers.
    pub fn headers(&self) -> &HeaderMap {
        &self.0.headers
    }

    /// The body.
    pub fn bytes(&self) -> &Bytes {
        &self.0.body
    }

    /// The body as something that serde knows.
    pub fn json<T: serde::de::DeserializeOwned>(&self) -> Result<T, Error> {
        self.0.json()
    }

    /// The body as the result of a write. One that the service says has failed is an error.
    pub fn envelope(&self) -> Result<nexudus_core::Envelope, Error> {
        self.0.envelope()
    }
}

impl fmt::Debug for RawResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RawResponse").field("status", &self.status()).field("length", &self.0.body.len()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_stays_below_the_base_address() {
        for path in [
            "../admin",
            "a/../../b",
            "a/..",
            "..",
            "./a",
            "%2e%2e/a",
            "a/%2E%2e/b",
            ".%2e/a",
            "%252e%252e/a",
            "a/..%2fb",
            "a%2f..%2fb",
            "//evil.example/a",
            "https://evil.example/a",
            "HTTPS:/a",
            "javascript:a",
            "a\\b",
            "\\\\evil\\a",
            "a%5cb",
            "a#b",
            "a b",
            "a\r\nHost: b",
            "a%0d%0ab",
            "a%00",
            "é",
        ] {
            assert!(mistake_in_path(path).is_some(), "{path}");
        }
        for path in ["sys/users", "/sys/users/5", "sys/users?a=../b", "a/..b/c..", "a.b/c%20d", "a/b:c", ""] {
            assert_eq!(mistake_in_path(path), None, "{path}");
        }
    }
}
