//! Webhooks, which the service sends when an event occurs.
//!
//! A delivery is an array with one record, signed with a shared secret. Neither its URL nor its headers name the event,
//! so give each webhook its own URL and a [`Receiver`] for its action. The signature does not prevent replays: do not
//! rely on the content of a delivery, and fetch the record by its id. The record is a summary, as in a list.
//!
//! The service's own example computes the HMAC over the text with a question mark for every character outside ASCII.
//! Public receivers compute it over the body. Both are accepted.

use std::fmt;

use data_encoding::HEXLOWER_PERMISSIVE;
use nexudus_core::{AnyRecord, DecodeError, Entity, EntityTable, Json, OneLine, Origin, Rows, decode_rows};
use nexudus_model::core::OpenEnum as _;
use nexudus_model::enums::WebhookAction;
use ring::hmac;

use crate::auth::Secret;
use crate::http::BYTE_ORDER_MARK;

/// The header that holds the signature of a delivery.
pub const SIGNATURE_HEADER: &str = "X-Nexudus-Hook-Signature";

/// Takes deliveries for one action.
#[derive(Clone, Debug)]
pub struct Receiver {
    action: WebhookAction,
    secret: Option<Secret>,
}

impl Receiver {
    /// Takes only what is signed with this secret. An empty one takes nothing: anybody can sign with it.
    pub fn signed(action: WebhookAction, secret: impl Into<Secret>) -> Self {
        Self { action, secret: Some(secret.into()) }
    }

    /// Takes whatever comes: for hooks without a secret, where the address is the only one.
    pub fn unsigned(action: WebhookAction) -> Self {
        Self { action, secret: None }
    }

    /// Checks the signature, which is in the header [`SIGNATURE_HEADER`], and parses the body.
    pub fn receive(&self, signature: Option<&str>, body: &[u8]) -> Result<Delivery, WebhookError> {
        if let Some(secret) = &self.secret {
            if secret.expose().is_empty() {
                return Err(WebhookError(WebhookErrorKind::NoSecret));
            }
            let signature = signature.ok_or(WebhookError(WebhookErrorKind::Unsigned))?;
            if !is_signed(secret.expose().as_bytes(), signature, body) {
                return Err(WebhookError(WebhookErrorKind::Signature));
            }
        }
        // What is signed has it, and JSON does not.
        let body = body.strip_prefix(BYTE_ORDER_MARK).unwrap_or(body);
        let records = serde_json::from_slice(body)
            .or_else(|error| match serde_json::from_slice(body) {
                // One without its array is as good.
                Ok(record) if Json::is_object(&record) => Ok(vec![record]),
                _ => Err(error),
            })
            .map_err(|error| WebhookError(WebhookErrorKind::Json(error.to_string())))?;
        Ok(Delivery { action: self.action, records, body: body.to_vec() })
    }
}

/// Whether a body is signed with a secret, by either digest. The time that this takes says nothing of the secret
/// or of how much of the signature was right.
pub fn is_signed(secret: &[u8], signature: &str, body: &[u8]) -> bool {
    if secret.is_empty() {
        return false;
    }
    let Ok(signature) = HEXLOWER_PERMISSIVE.decode(signature.trim().as_bytes()) else { return false };
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret);
    let matches = |text: &[u8]| hmac::verify(&key, text, &signature).is_ok();
    let ascii = match std::str::from_utf8(body) {
        Ok(text) => text.chars().flat_map(ascii).collect(),
        Err(_) => body.to_vec(),
    };
    // Both are computed in any case.
    matches(body) | matches(&ascii)
}

/// A character as .NET's ASCII encoding has it: a question mark for each UTF-16 unit outside ASCII.
fn ascii(character: char) -> impl Iterator<Item = u8> {
    let byte = if character.is_ascii() { u8::try_from(character).unwrap_or(b'?') } else { b'?' };
    std::iter::repeat_n(byte, character.len_utf16())
}

/// What the service sent.
#[derive(Clone, PartialEq)]
pub struct Delivery {
    action: WebhookAction,
    records: Vec<Json>,
    body: Vec<u8>,
}

impl Delivery {
    /// What happened.
    pub fn action(&self) -> WebhookAction {
        self.action
    }

    /// The entity that the action carries, where that is known.
    pub fn entity(&self) -> Option<&'static str> {
        entity_of(self.action)
    }

    /// What came, as JSON: there is one record in it, mostly.
    pub fn json(&self) -> &[Json] {
        &self.records
    }

    /// The records, as those of an entity. Fails if the action is known to carry another one.
    pub fn records<E: Entity>(&self) -> Result<Vec<E>, WebhookError> {
        self.rows(E::table())?.typed().map_err(|error| WebhookError(WebhookErrorKind::Decode(error)))
    }

    fn rows(&self, table: &'static EntityTable) -> Result<Rows, WebhookError> {
        match self.entity() {
            Some(entity) if entity != table.name => {
                return Err(WebhookError(WebhookErrorKind::OtherEntity {
                    action: self.action,
                    entity,
                    asked: table.name,
                }));
            }
            _ => {}
        }
        let mut rows = table.make_rows();
        let one = self.body.trim_ascii_start().starts_with(b"{").then(|| rows.add()).flatten();
        let decoded = match one {
            Some(record) => record.read(&self.body, Origin::Summary).map(|()| rows),
            None => decode_rows(table, &self.body),
        };
        decoded.map_err(|error| WebhookError(WebhookErrorKind::Decode(error)))
    }

    /// The record, as one of an entity. Fails if the action is known to carry another one.
    pub fn record<E: Entity>(&self) -> Result<E, WebhookError> {
        self.records()?.into_iter().next().ok_or(WebhookError(WebhookErrorKind::Empty))
    }

    /// The record, of whatever entity the action carries; `None` where that is not known, or its section is
    /// switched off.
    pub fn any(&self) -> Result<Option<AnyRecord>, WebhookError> {
        let Some(table) = self.table() else { return Ok(None) };
        let json = self.records.first().ok_or(WebhookError(WebhookErrorKind::Empty))?.to_string();
        let mut record = table.make();
        record.read(json.as_bytes(), Origin::Summary).map_err(|error| WebhookError(WebhookErrorKind::Decode(error)))?;
        Ok(Some(record))
    }

    /// What is known of the entity that the action carries.
    pub fn table(&self) -> Option<&'static EntityTable> {
        nexudus_model::find(self.entity()?)
    }
}

impl fmt::Debug for Delivery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Not the records: they hold personal data.
        f.debug_struct("Delivery")
            .field("action", &self.action)
            .field("records", &self.records.len())
            .finish_non_exhaustive()
    }
}

/// The entity that an action carries; `None` where no source says, and for actions that are new.
pub fn entity_of(action: WebhookAction) -> Option<&'static str> {
    let entities = nexudus_model::webhooks::ENTITIES;
    let at = entities.binary_search_by_key(&action.name()?, |(name, _)| name).ok()?;
    entities[at].1
}

/// A delivery that is not what it should be.
#[derive(Clone, Debug, PartialEq)]
pub struct WebhookError(WebhookErrorKind);

#[derive(Clone, Debug, PartialEq)]
enum WebhookErrorKind {
    NoSecret,
    Unsigned,
    Signature,
    Json(String),
    Empty,
    OtherEntity { action: WebhookAction, entity: &'static str, asked: &'static str },
    Decode(DecodeError),
}

impl WebhookError {
    /// It was not signed with the secret: answer 401, and look no further.
    pub fn is_signature(&self) -> bool {
        matches!(self.0, WebhookErrorKind::NoSecret | WebhookErrorKind::Unsigned | WebhookErrorKind::Signature)
    }
}

impl fmt::Display for WebhookError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            WebhookErrorKind::NoSecret => {
                f.write_str("the secret of this receiver is empty, so it accepts no delivery; set one")
            }
            WebhookErrorKind::Unsigned => write!(f, "this delivery has no signature ({SIGNATURE_HEADER})"),
            WebhookErrorKind::Signature => f.write_str("this delivery is not signed with our secret"),
            WebhookErrorKind::Json(error) => {
                write!(f, "this delivery does not have the expected JSON: {}", OneLine(error))
            }
            WebhookErrorKind::Empty => f.write_str("this delivery contains no record"),
            WebhookErrorKind::OtherEntity { action, entity, asked } => {
                write!(f, "{} carries {entity}, not {asked}", action.name().unwrap_or("this action"))
            }
            WebhookErrorKind::Decode(error) => write!(f, "this delivery could not be read: {error}"),
        }
    }
}

impl std::error::Error for WebhookError {}
