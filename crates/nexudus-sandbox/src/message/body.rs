//! The body of a write.

use std::collections::HashMap;

use http::header::{CONTENT_ENCODING, CONTENT_TYPE, HeaderMap, HeaderName};
use serde_json::value::RawValue;

use crate::message::envelope::Envelope;
use crate::message::names::quoted;
use crate::message::pairs::{Pairs, pairs};
use crate::message::reply::Reply;
use crate::value::raw::{Object, is_string, of_text, quote, too_deep};

/// The body of a write.
#[derive(Debug, Default)]
pub(crate) struct Body {
    pub(crate) fields: Object,
    /// What its sender may have meant otherwise.
    pub(crate) hints: Vec<String>,
}

/// The media type of a body, in lower case and without parameters.
fn media_type(headers: &HeaderMap) -> String {
    let content_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

pub(crate) fn is_form(headers: &HeaderMap) -> bool {
    media_type(headers) == "application/x-www-form-urlencoded"
}

impl Body {
    /// Reads a body as a form where its content type says so, else as JSON. The refusal says why it can't be read.
    pub(crate) fn read(headers: &HeaderMap, bytes: &[u8]) -> Result<Self, Reply> {
        let unreadable = |message: String| Envelope::unreadable(message);
        let coding = headers.get(CONTENT_ENCODING).and_then(|value| value.to_str().ok()).unwrap_or_default();
        if !matches!(coding.trim().to_ascii_lowercase().as_str(), "" | "identity") || bytes.starts_with(b"\x1f\x8b") {
            let hint = "the body is compressed, which the service does not support: send it uncompressed";
            return Err(unreadable("The body is not JSON.".into()).hint(hint));
        }
        // A mark that some editors put in front of UTF-8.
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        let object = bytes.trim_ascii_start().starts_with(b"{");
        if is_form(headers) {
            let text =
                std::str::from_utf8(bytes).map_err(|error| unreadable(format!("The form is not UTF-8: {error}")))?;
            let pairs = pairs(text)
                .map_err(|part| unreadable(format!("The form has broken percent-encoding in {}", quoted(&part))))?;
            let hint = "the body looks like JSON but came as a form: send `Content-Type: application/json`";
            let hints = object.then(|| hint.to_owned()).into_iter().collect();
            return Ok(Self { fields: form_fields(pairs), hints });
        }
        if bytes.iter().all(u8::is_ascii_whitespace) {
            return Ok(Self::default());
        }
        if too_deep(bytes) {
            return Err(unreadable("The body nests deeper than 100 levels.".into()));
        }
        match serde_json::from_slice(bytes) {
            Ok(fields) => Ok(Self { fields, ..Self::default() }),
            Err(_) if serde_json::from_slice::<&RawValue>(bytes).is_ok() && !object => {
                Err(unreadable("The body has to be a JSON object.".into()))
            }
            Err(error) => {
                let reply = unreadable(format!("The body is not JSON: {error}"));
                let pairs = bytes.contains(&b'=') && !bytes.contains(&b'{');
                Err(if pairs {
                    let header: HeaderName = CONTENT_TYPE;
                    reply.hint(format!("a form needs `{header}: application/x-www-form-urlencoded`"))
                } else {
                    reply
                })
            }
        }
    }
}

/// `Users=1&Users=2`, `Users[]=1` and `Users[0]=1` are lists.
fn form_fields(pairs: Pairs) -> Object {
    let mut order: Vec<String> = Vec::new();
    let mut values: HashMap<String, (bool, Vec<String>)> = HashMap::new();
    for (name, value) in pairs {
        let bare = name.split('[').next().unwrap_or_default();
        let list = bare.len() < name.len();
        let entry = values.entry(bare.to_owned()).or_insert_with(|| {
            order.push(bare.to_owned());
            (false, Vec::new())
        });
        entry.0 |= list || !entry.1.is_empty();
        entry.1.push(value);
    }
    let mut fields = Vec::with_capacity(order.len());
    for name in order {
        let Some((list, texts)) = values.remove(&name) else { continue };
        let mut texts: Vec<_> = texts.iter().map(|text| quote(text)).collect();
        let value = match texts.pop() {
            Some(one) if !list => one,
            last => {
                let all: Vec<&str> = texts.iter().chain(&last).map(|text| text.get()).collect();
                of_text(format!("[{}]", all.join(",")))
            }
        };
        debug_assert!(list || is_string(&value));
        fields.push((name, value));
    }
    Object(fields)
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[test]
    fn forms_hold_lists_in_three_spellings() {
        let pairs = pairs("A=1&B=1&B=2&C[]=1&C[]=2&D[0]=5").unwrap();
        let fields = form_fields(pairs);
        let shown: Vec<String> = fields.0.iter().map(|(name, value)| format!("{name}:{}", value.get())).collect();
        assert_eq!(shown, ["A:\"1\"", "B:[\"1\",\"2\"]", "C:[\"1\",\"2\"]", "D:[\"5\"]"]);
    }

    #[test]
    fn a_body_that_was_labelled_wrongly_says_so() {
        let mut form = HeaderMap::new();
        form.insert(CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded"));
        assert!(Body::read(&form, b"{\"A\": 1}").unwrap().hints[0].contains("application/json"));
        let hint = |bytes: &[u8], headers: &HeaderMap| Body::read(headers, bytes).unwrap_err().hints.join("; ");
        assert!(hint(b"A=1&B=2", &HeaderMap::new()).contains("x-www-form-urlencoded"));
        assert!(hint(b"\x1f\x8b\x08\0\0", &HeaderMap::new()).contains("compressed"));
        let mut coded = HeaderMap::new();
        coded.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        assert!(hint(b"{}", &coded).contains("compressed"));
    }
}
