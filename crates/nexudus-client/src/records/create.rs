//! Creating records.

use bytes::Bytes;
use nexudus_core::{AnyFull, EntityTable, Field, Json, Operation, Record};

use crate::call::{Call, Raw};
use crate::error::{Error, ErrorKind, Subject};
use crate::records::Records;
use crate::records::answer::{id_in, value_in};
use crate::records::pending::Erased;

impl Records {
    /// Gives the id of the new record.
    pub(crate) fn create(&self, draft: &dyn Record) -> Erased<i64> {
        self.create_from(draft.to_json())
    }

    pub(crate) fn create_from(&self, body: Vec<u8>) -> Erased<i64> {
        let answer = self.client.run(Call::create(self.table, body));
        Box::pin(async { created(&answer.await.map_err(with_its_id)?) })
    }

    /// Gives the new record, which the service mostly answers with.
    pub(crate) fn create_and_get(&self, draft: &dyn Record) -> Erased<AnyFull> {
        let (records, body) = (self.clone(), draft.to_json());
        let subject = Subject { operation: "create and get", ..Subject::of(Operation::Create, self.table, None) };
        Box::pin(async move {
            let deadline = records.deadline();
            let answer = records.client.run(Call::create(records.table, body)).await.map_err(with_its_id)?;
            let id = created(&answer)?;
            if let Some(record) = answer.value().and_then(|value| whole(records.table, &value, id)) {
                return Ok(record);
            }
            let failed = |error: Error| error.in_step(subject, "get the new record").with_id(id).outcome_done();
            records.until(deadline).get(id).await.map_err(failed)
        })
    }
}

/// Adds the id that the response names, where it is unknown whether the record was created.
fn with_its_id(error: Error) -> Error {
    match value_in(error.body()).as_ref().and_then(id_in).filter(|_| error.is_outcome_unknown()) {
        Some(id) => error.with_id(id),
        None => error,
    }
}

/// The id of the record that was created.
fn created(answer: &Raw) -> Result<i64, Error> {
    answer.envelope()?;
    answer.value().as_ref().and_then(id_in).ok_or_else(|| {
        let what = "the record was created, but the response does not contain its Id";
        answer.error(ErrorKind::Unexpected).with_message(what).outcome_done()
    })
}

/// The record in the answer to a create, if nothing that an update would clear is missing there.
fn whole(table: &'static EntityTable, value: &Json, id: i64) -> Option<AnyFull> {
    let record = AnyFull::decode(table, Bytes::copy_from_slice(value.text().as_bytes())).ok()?;
    let is_written = |field: &&Field| field.is_updatable() && !field.is_write_only() && !field.is_absent();
    let mut written = table.all_fields().filter(is_written);
    let is_whole = record.common().id == Some(id) && written.all(|field| record.property(field.name).is_some());
    is_whole.then_some(record)
}
