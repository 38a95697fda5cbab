//! The body of a write.

use http::header::CONTENT_TYPE;
use nexudus_core::Json;
use serde_json::Map;

use crate::message::names::quoted;
use crate::message::pairs::{Pairs, pairs};

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

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn forms_hold_lists_in_three_spellings() {
        let pairs = pairs("A=1&B=1&B=2&C[]=1&C[]=2&D[0]=5").unwrap();
        let fields = Json::Object(form_fields(pairs));
        assert_eq!(fields, json!({"A": "1", "B": ["1", "2"], "C": ["1", "2"], "D": ["5"]}));
    }
}
