//! Responses as records: complete records, pages, and bare arrays.
//!
//! A response has to match its request: a record has the requested id, and there are no more records than requested.

use std::borrow::Cow;
use std::collections::BTreeMap;

use bytes::Bytes;
use nexudus_core::transport::TransportErrorKind;
use nexudus_core::{AnyPage, DecodeError, EntityTable, Full, Record, Rows, decode_rows_at_most};
use serde_json::value::RawValue;
use tokio::task::JoinError;

use crate::call::{Caller, Raw};
use crate::error::{Error, ErrorKind, Outcome};

/// Bytes that take about a millisecond to decode. More is decoded on a thread of its own, where it holds up no other
/// task.
const LARGE: usize = 128 * 1024;

/// An object with its values as they were sent.
type Object<'a> = BTreeMap<Cow<'a, str>, &'a RawValue>;

impl Raw {
    /// The answer as a complete record, which must have this id.
    pub(crate) async fn record(
        self,
        client: &Caller,
        table: &'static EntityTable,
        id: Option<i64>,
    ) -> Result<Full<dyn Record>, Error> {
        let decoded = decode(client, &self.body, move |body| Full::decode_as(table, body)).await;
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
    pub(crate) fn value(&self) -> Option<&str> {
        value_in(&self.body)
    }
}

/// What stands in the `Value` of the result of a write, as it was sent.
pub(crate) fn value_in(body: &[u8]) -> Option<&str> {
    let result: Object<'_> = serde_json::from_slice(body).ok()?;
    Some(result.get("Value")?.get())
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
pub(crate) fn id_in(value: &str) -> Option<i64> {
    if value.starts_with('{') {
        let object: Object<'_> = serde_json::from_str(value).ok()?;
        let id = object.get("Id").or_else(|| {
            let mut ids = object.iter().filter(|(name, _)| name.eq_ignore_ascii_case("id"));
            ids.next().map(|(_, id)| id)
        });
        return whole_number(id?.get());
    }
    whole_number(value)
}

/// A whole number above 0, also as text or with decimals that are all 0.
fn whole_number(json: &str) -> Option<i64> {
    let text = match serde_json::from_str::<Cow<'_, str>>(json) {
        Ok(text) => text,
        Err(_) => Cow::Borrowed(json),
    };
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
            assert_eq!(id_in(value), Some(5), "{value}");
        }
        for value in ["null", "0", "-1", "5.5", "true", "[5]", "{}", r#"{"Id":null}"#, r#"{"Id":{"Id":5}}"#, "\"five\""]
        {
            assert_eq!(id_in(value), None, "{value}");
        }
        assert_eq!(id_in("9223372036854775807"), Some(i64::MAX));
        assert_eq!(id_in("9223372036854775808"), None);
    }
}
