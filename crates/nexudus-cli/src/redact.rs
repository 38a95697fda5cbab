//! Personal data, replaced by tokens before an assistant sees it.
//!
//! A token is a keyed hash: the same value under the same profile gives the same token, so that records can still be
//! told apart and joined, and nobody without the profile's key can try values against it. A write that holds a token
//! is refused: it would put the token into the place of what it stands for.

use std::fmt::Write as _;

use hmac::{Hmac, Mac as _};
use nexudus_client::model::core::{EntityTable, Personal};
use sha2::Sha256;

use crate::failure::Failure;
use crate::json::{Object, Raw};
use crate::tables::{personal_by_name, token_word};

/// What a token begins with.
const MARK: &str = "«PII:";

/// Hexadecimal digits of a token: two values of one kind among 10,000 share one with a chance of 1 %.
const DIGITS: usize = 8;

/// Bytes of a profile's key.
pub(crate) const KEY_LENGTH: usize = 32;

/// Replaces personal data, where that is wanted.
#[derive(Clone)]
pub(crate) struct Redactor {
    key: Option<[u8; KEY_LENGTH]>,
}

impl std::fmt::Debug for Redactor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Redactor").field("is_on", &self.is_on()).finish_non_exhaustive()
    }
}

impl Redactor {
    /// Leaves everything as it is.
    pub(crate) fn off() -> Self {
        Self { key: None }
    }

    /// Replaces personal data by hashes under this key.
    pub(crate) fn with_key(key: [u8; KEY_LENGTH]) -> Self {
        Self { key: Some(key) }
    }

    /// Whether personal data is replaced.
    pub(crate) fn is_on(&self) -> bool {
        self.key.is_some()
    }

    /// The token of a text.
    fn token(&self, kind: Personal, text: &str) -> String {
        let Some(key) = &self.key else { return text.to_owned() };
        if is_token(text) {
            return text.to_owned();
        }
        // A key of any length will do.
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else { return format!("{MARK}{}:»", token_word(kind)) };
        mac.update(token_word(kind).as_bytes());
        mac.update(b":");
        mac.update(text.trim().to_lowercase().as_bytes());
        let mut token = format!("{MARK}{}:", token_word(kind));
        for byte in mac.finalize().into_bytes().iter().take(DIGITS / 2) {
            // Writing into a string has no way to fail.
            write!(token, "{byte:02x}").ok();
        }
        token.push('»');
        token
    }

    /// A value of a kind: texts and numbers become a token, and those inside lists and objects too.
    fn value(&self, kind: Personal, value: &Raw) -> Raw {
        if let Some(items) = value.as_array() {
            return Raw::array(items.iter().map(|item| self.value(kind, item)));
        }
        if let Some(object) = value.as_object() {
            return Object(
                object
                    .0
                    .into_iter()
                    .map(|(name, value)| {
                        let value = self.value(kind, &value);
                        (name, value)
                    })
                    .collect(),
            )
            .to_raw();
        }
        match value.as_str() {
            Some(text) if text.trim().is_empty() => value.clone(),
            Some(text) => Raw::string(&self.token(kind, &text)),
            None if value.is_number() => Raw::string(&self.token(kind, value.text())),
            None => value.clone(),
        }
    }

    /// A record of an entity. A property that the tables do not know may hold anything, so its texts are replaced.
    pub(crate) fn record(&self, table: &'static EntityTable, record: &Object) -> Object {
        if !self.is_on() {
            return record.clone();
        }
        Object(record.0.iter().map(|(name, value)| (name.clone(), self.property(table, name, value))).collect())
    }

    fn property(&self, table: &'static EntityTable, name: &str, value: &Raw) -> Raw {
        let field = table.position(name).and_then(|at| table.field(at));
        match field {
            Some(field) if field.is_sensitive() && !value.is_null() => Raw::string("[hidden]"),
            Some(field) => match field.personal() {
                Some(kind) => self.value(kind, value),
                None => value.clone(),
            },
            None if value.is_string() || value.is_nested() => self.value(Personal::FreeText, value),
            None => value.clone(),
        }
    }

    /// A change of a record.
    pub(crate) fn change(&self, table: &'static EntityTable, change: &Object) -> Object {
        if !self.is_on() {
            return change.clone();
        }
        let property = change.get("property").map(|name| name.plain().into_owned()).unwrap_or_default();
        let shown = |(name, value): &(String, Raw)| match name.as_str() {
            "property" => (name.clone(), value.clone()),
            _ => (name.clone(), self.property(table, &property, value)),
        };
        Object(change.0.iter().map(shown).collect())
    }

    /// JSON of which only the names are known: a property is as personal as one of its name is anywhere.
    pub(crate) fn anything(&self, object: &Object) -> Object {
        if !self.is_on() {
            return object.clone();
        }
        let shown = |(name, value): &(String, Raw)| {
            let value = match personal_by_name(name) {
                Some(kind) => self.value(kind, value),
                None => self.inside(value),
            };
            (name.clone(), value)
        };
        Object(object.0.iter().map(shown).collect())
    }

    /// JSON of which nothing is known: what no name tells apart may hold anything.
    pub(crate) fn unknown(&self, value: &Raw) -> Raw {
        if !self.is_on() {
            return value.clone();
        }
        match value.as_object() {
            Some(object) => {
                let shown = |(name, value): (String, Raw)| {
                    let value = match personal_by_name(&name) {
                        Some(kind) => self.value(kind, &value),
                        None if value.is_string() || value.is_nested() => self.value(Personal::FreeText, &value),
                        None => value,
                    };
                    (name, value)
                };
                Object(object.0.into_iter().map(shown).collect()).to_raw()
            }
            None => self.value(Personal::FreeText, value),
        }
    }

    /// JSON of any kind, by the names in it.
    pub(crate) fn inside(&self, value: &Raw) -> Raw {
        if let Some(object) = value.as_object() {
            self.anything(&object).to_raw()
        } else if let Some(items) = value.as_array() {
            Raw::array(items.iter().map(|item| self.inside(item)))
        } else {
            value.clone()
        }
    }

    /// A text of the service, such as an error message: it may repeat any value, so e-mail addresses are replaced.
    pub(crate) fn text(&self, text: &str) -> String {
        if !self.is_on() {
            return text.to_owned();
        }
        let edge = |character: char| !character.is_alphanumeric() && !"@._%+-".contains(character);
        let shown = text.split_inclusive(edge).map(|word| {
            let bare = word.trim_end_matches(edge).trim_end_matches('.');
            let is_address = bare.split_once('@').is_some_and(|(user, host)| !user.is_empty() && host.contains('.'));
            if is_address { word.replacen(bare, &self.token(Personal::Email, bare), 1) } else { word.to_owned() }
        });
        shown.collect()
    }
}

/// Whether a text is a token, and nothing else: what is shown twice is not hashed twice.
fn is_token(text: &str) -> bool {
    let inner = text.strip_prefix(MARK).and_then(|rest| rest.strip_suffix('»'));
    inner.and_then(|inner| inner.split_once(':')).is_some_and(|(kind, hash)| {
        kind.bytes().all(|byte| byte.is_ascii_uppercase())
            && hash.len() == DIGITS
            && hash.bytes().all(|byte| byte.is_ascii_hexdigit())
    })
}

/// Refuses values that hold a token in the place of what it stands for.
pub(crate) fn refuse_tokens(values: &Object) -> Result<(), Failure> {
    for (name, value) in &values.0 {
        // In JSON text the mark may be written in escapes.
        let is_marked = value.text().contains(MARK) || holds_token(&unescaped(value));
        if is_marked {
            return Err(Failure::usage(format!(
                "{name} holds a token that stands for personal data, and was not sent"
            ))
            .hint("Give the value itself: a token can't be turned back, and would be written in its place."));
        }
    }
    Ok(())
}

/// Whether a text holds a token, also one that lost its marks on the way or has characters in it that are not shown.
fn holds_token(text: &str) -> bool {
    let shown: String = text.chars().filter(|character| character.is_alphanumeric() || *character == ':').collect();
    let shown = shown.to_lowercase();
    let is_hash = |rest: &str| rest.bytes().take_while(u8::is_ascii_hexdigit).count() >= DIGITS;
    let is_inner = |rest: &str| rest.split_once(':').is_some_and(|(kind, rest)| is_kind(kind) && is_hash(rest));
    text.contains(MARK) || shown.match_indices("pii:").any(|(at, mark)| is_inner(&shown[at + mark.len()..]))
}

fn is_kind(word: &str) -> bool {
    !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_alphabetic())
}

fn unescaped(value: &Raw) -> String {
    serde_json::from_str::<serde_json::Value>(value.text()).map(|value| value.to_string()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_stable_and_keyed() {
        let one = Redactor::with_key([1; KEY_LENGTH]);
        let other = Redactor::with_key([2; KEY_LENGTH]);
        let token = one.token(Personal::Email, "Ana@example.com");
        assert_eq!(token, one.token(Personal::Email, " ana@example.com"));
        assert_ne!(token, other.token(Personal::Email, "ana@example.com"));
        assert_ne!(token, one.token(Personal::Name, "ana@example.com"));
        assert!(token.starts_with("«PII:EMAIL:") && token.ends_with('»'), "{token}");
        assert_eq!(one.token(Personal::Name, &token), token);
        assert_ne!(one.token(Personal::Name, "«PII:Ana»"), "«PII:Ana»");
        assert_eq!(one.text("sent to ana@example.com."), format!("sent to {token}."));
    }

    #[test]
    fn a_token_is_not_written() {
        for text in [
            "\"«PII:NAME:7f3a»\"",
            "[\"a\",{\"b\":\"x «PII:NAME:7f3a»\"}]",
            "\"\\u00abPII:NAME:7f3a\\u00bb\"",
            "\"Dear PII:NAME:7f3a01c2,\"",
            "\"<<PII:NAME:7f3a01c2>>\"",
            "\"pii:name:7F3A01C2\"",
            "\"«P\u{200b}II:NA\u{200b}ME:7f3a01c2»\"",
        ] {
            let object = Object(vec![("Name".to_owned(), Raw::parse(text).unwrap())]);
            assert!(refuse_tokens(&object).is_err(), "{text}");
        }
        refuse_tokens(&Object(vec![("Name".to_owned(), Raw::string("«PII», PII: EMAIL: added"))])).unwrap();
    }
}
