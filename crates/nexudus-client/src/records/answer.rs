//! Responses as records: complete records, pages, and bare arrays.
//!
//! A response has to match its request: a record has the requested id, and there are no more records than requested.

use std::borrow::Cow;

use bytes::Bytes;
use nexudus_core::transport::TransportErrorKind;
use nexudus_core::{AnyFull, AnyPage, DecodeError, EntityTable, Json, JsonRef, Rows, decode_rows_at_most};
use tokio::task::JoinError;

use crate::call::{Caller, Raw};
use crate::error::{Error, ErrorKind, Outcome};

/// Bytes that take about a millisecond to decode. More is decoded on a thread of its own, where it holds up no other
/// task.
const LARGE: usize = 128 * 1024;

impl Raw {
    /// The answer as a complete record, which must have this id.
    pub(crate) async fn record(
        self,
        client: &Caller,
        table: &'static EntityTable,
        id: Option<i64>,
    ) -> Result<AnyFull, Error> {
        let decoded = decode(client, &self.body, move |body| AnyFull::decode(table, body)).await;
        let record = self.read(decoded)?;
        // Some records have properties of an envelope's names, but none has this one.
        let is_envelope = record.unknown().any(|(name, _)| name == "WasSuccessful");
        let found = record.common().id;
        if found.is_some() && (id.is_none() || found == id) && !is_envelope {
            return Ok(record);
        }
        if is_envelope && let Err(error) = self.envelope() {
            return Err(error.with_outcome(Outcome::NotDone));
        }
        let what = match found {
            _ if is_envelope => "expected a record, found the envelope of a write".to_owned(),
            None => "expected a record, found an object without an Id that can be read".to_owned(),
            Some(found) => format!("received another record, with the Id {found}"),
        };
        Err(self.error(ErrorKind::Unexpected).with_message(what))
    }

    /// The answer as a page of at most so many records.
    pub(crate) async fn page(self, client: &Caller, table: &'static EntityTable, most: u32) -> Result<AnyPage, Error> {
        let most = usize::try_from(most).unwrap_or(usize::MAX);
        let decoded = decode(client, &self.body, move |body| AnyPage::decode_at_most(table, &body, most)).await;
        self.read(decoded)
    }

    /// The answer as a bare array of at most so many records.
    pub(crate) async fn rows(self, client: &Caller, table: &'static EntityTable, most: u32) -> Result<Rows, Error> {
        let most = usize::try_from(most).unwrap_or(usize::MAX);
        let decoded = decode(client, &self.body, move |body| decode_rows_at_most(table, &body, most)).await;
        self.read(decoded)
    }

    /// What was decoded, or the error of this answer.
    fn read<T>(&self, decoded: Decoded<T>) -> Result<T, Error> {
        match decoded {
            Decoded::Read(result) => result.map_err(|error| self.decode_failed(error)),
            Decoded::Stopped(error) => Err(self.error(ErrorKind::Decode).with_source(error)),
            Decoded::Late => {
                let what = format!("{} bytes took too long to decode", self.body.len());
                Err(self.error(ErrorKind::Transport(TransportErrorKind::Timeout)).with_message(what))
            }
        }
    }

    /// What stands in the `Value` of the result of a write, as it was sent.
    pub(crate) fn value(&self) -> Option<Json> {
        value_in(&self.body)
    }
}

/// What stands in the `Value` of the result of a write, as it was sent.
pub(crate) fn value_in(body: &[u8]) -> Option<Json> {
    let result: Json = serde_json::from_slice(body).ok()?;
    result.get("Value").map(JsonRef::to_owned)
}

/// What came of decoding a body.
enum Decoded<T> {
    Read(Result<T, DecodeError>),
    Stopped(JoinError),
    Late,
}

/// Decodes a body: here if it is short, else on a thread for such work and within the client's time limit.
async fn decode<T: Send + 'static>(
    client: &Caller,
    body: &Bytes,
    read: impl FnOnce(Bytes) -> Result<T, DecodeError> + Send + 'static,
) -> Decoded<T> {
    let body = body.clone();
    if body.len() <= LARGE {
        return Decoded::Read(read(body));
    }
    let work = tokio::task::spawn_blocking(move || read(body));
    match tokio::time::timeout(client.options().timeout, work).await {
        Ok(Ok(result)) => Decoded::Read(result),
        Ok(Err(stopped)) => Decoded::Stopped(stopped),
        Err(_) => Decoded::Late,
    }
}

/// The id that the `Value` of a result means: a number in any spelling, or an object with an `Id`.
pub(crate) fn id_in(value: &Json) -> Option<i64> {
    let named = || value.properties().find(|(name, _)| name.eq_ignore_ascii_case("Id")).map(|(_, id)| id);
    if value.is_object() { whole_number(value.get("Id").or_else(named)?) } else { whole_number(value.borrow()) }
}

/// A whole number above 0, also as text or with decimals that are all 0.
fn whole_number(json: JsonRef<'_>) -> Option<i64> {
    let text = json.as_str().unwrap_or(Cow::Borrowed(json.text()));
    let text = text.trim();
    let whole = match text.split_once('.') {
        Some((whole, decimals)) if decimals.bytes().all(|digit| digit == b'0') => whole,
        _ => text,
    };
    whole.parse().ok().filter(|id| *id > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_read_where_they_can_be_meant() {
        for value in ["5", "5.0", "\"5\"", "\" 5.00 \"", r#"{"Id":5}"#, r#"{"id":"5"}"#, r#"{"Name":"a","ID":5.0}"#] {
            assert_eq!(id_in(&value.parse().unwrap()), Some(5), "{value}");
        }
        for value in ["null", "0", "-1", "5.5", "true", "[5]", "{}", r#"{"Id":null}"#, r#"{"Id":{"Id":5}}"#, "\"five\""]
        {
            assert_eq!(id_in(&value.parse().unwrap()), None, "{value}");
        }
        assert_eq!(id_in(&"9223372036854775807".parse().unwrap()), Some(i64::MAX));
        assert_eq!(id_in(&"9223372036854775808".parse().unwrap()), None);
    }
}
