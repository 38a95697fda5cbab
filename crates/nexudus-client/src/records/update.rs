//! Updates that preserve every property that they do not change.
//!
//! The service has no PATCH, and its PUT clears omitted properties. An update therefore reads the whole record, changes
//! it, and writes the whole record back, including properties that the spec does not know. There are three special
//! cases:
//!
//! * **Nothing changes.** Then nothing is sent.
//! * **A concurrent change.** The record is read again just before the PUT and compared: `UpdatedOn`, which may have a
//!   resolution of one second, and every property that a PUT writes. A concurrent change can then be lost only in the
//!   few milliseconds before the PUT; the service has no mechanism that prevents this.
//! * **No response to the PUT.** It may have taken effect, or may still do so. The change is then not applied again,
//!   because the record may already contain it. The record is read and compared with the request: if it contains the
//!   change, the update is done; if it is unchanged, the same PUT is sent again; otherwise the outcome is unknown. A
//!   change with a side effect (such as sending an invoice) is not sent again: its outcome is unknown.

use std::fmt;
use std::marker::PhantomData;
use std::time::Duration;

use bytes::Bytes;
use nexudus_core::transport::BoxFuture;
use nexudus_core::{
    AnyFull, AnyRecord, CanUpdate, Change, DateTime, Entity, Full, Id, Json, NotFull, Operation, Origin, Record,
    SetError, Slots as _, diff,
};
use tokio::time::Instant;

use crate::call::Call;
use crate::call::retry;
use crate::error::{Error, ErrorKind, Subject};
use crate::records::Records;
use crate::records::pending::{Erased, untyped};

/// What an update did.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Updated {
    /// What was changed; empty if there was nothing to change, and then nothing was sent.
    pub changes: Vec<Change>,
}

untyped!(Updated);

/// What an update does when somebody else has changed the record since it was read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnConflict {
    /// Applies the change to the record as it is now, a few times over if need be.
    #[default]
    Retry,
    /// Fails with an error that [`is_conflict`](Error::is_conflict), and sends nothing.
    Report,
    /// Does not look, and overwrites the other's change. Saves a request.
    Overwrite,
}

/// Times that a change is applied anew because of somebody else.
const MOST_CONFLICTS: usize = 5;

/// A change to be made: awaited, it is made.
#[must_use = "an update does nothing until it is awaited"]
pub struct Update<'a, E> {
    work: DynamicUpdate<'a>,
    entity: PhantomData<fn(E)>,
}

/// What an update does to a record.
type AnyChange<'a> = dyn FnMut(&mut (dyn Record + 'static)) -> Result<(), SetError> + Send + 'a;

/// A change to be made to a record that is known by its table: awaited, it is made.
#[must_use = "an update does nothing until it is awaited"]
pub struct DynamicUpdate<'a> {
    records: Records,
    id: i64,
    change: Box<AnyChange<'a>>,
    on_conflict: OnConflict,
}

impl<'a, E: CanUpdate> Update<'a, E> {
    pub(crate) fn new(records: &Records, id: Id<E>, mut change: impl FnMut(&mut E) + Send + 'a) -> Self {
        let change = move |record: &mut (dyn Record + 'static)| {
            // It was made by this entity's own table, so it is of this type.
            E::edit(record, &mut change);
            Ok(())
        };
        Self { work: DynamicUpdate::new(records, id.get(), change), entity: PhantomData }
    }

    /// What to do when somebody else has changed the record since it was read. Without this, the change is
    /// applied anew, so it may be called more than once.
    pub fn on_conflict(mut self, what: OnConflict) -> Self {
        self.work.on_conflict = what;
        self
    }

    /// What would be changed: reads the record and sends nothing.
    pub async fn preview(self) -> Result<Vec<Change>, Error> {
        self.work.preview().await
    }
}

impl<E> fmt::Debug for Update<'_, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let DynamicUpdate { id, on_conflict, .. } = &self.work;
        f.debug_struct("Update").field("id", id).field("on_conflict", on_conflict).finish_non_exhaustive()
    }
}

impl<'a, E: CanUpdate> IntoFuture for Update<'a, E> {
    type Output = Result<Updated, Error>;
    type IntoFuture = BoxFuture<'a, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        self.work.make()
    }
}

impl fmt::Debug for DynamicUpdate<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { id, on_conflict, .. } = self;
        f.debug_struct("DynamicUpdate").field("id", id).field("on_conflict", on_conflict).finish_non_exhaustive()
    }
}

impl<'a> IntoFuture for DynamicUpdate<'a> {
    type Output = Result<Updated, Error>;
    type IntoFuture = BoxFuture<'a, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        self.make()
    }
}

impl<'a> DynamicUpdate<'a> {
    pub(crate) fn new(
        records: &Records,
        id: i64,
        change: impl FnMut(&mut (dyn Record + 'static)) -> Result<(), SetError> + Send + 'a,
    ) -> Self {
        Self { records: records.clone(), id, change: Box::new(change), on_conflict: OnConflict::default() }
    }

    /// What to do when somebody else has changed the record since it was read. Without this, the change is
    /// applied anew, so it may be called more than once.
    pub fn on_conflict(mut self, what: OnConflict) -> Self {
        self.on_conflict = what;
        self
    }

    /// What would be changed: reads the record and sends nothing.
    pub fn preview(mut self) -> BoxFuture<'a, Result<Vec<Change>, Error>> {
        Box::pin(async move {
            let mut record = self.records.get(self.id).await?;
            self.apply(&mut record)?;
            Ok(record.changes())
        })
    }

    fn subject(&self) -> Subject {
        Subject::of(Operation::Update, self.records.table, Some(self.id))
    }

    fn apply(&mut self, record: &mut AnyFull) -> Result<(), Error> {
        let subject = self.subject();
        (self.change)(&mut **record)
            .map_err(|error| Error::new(subject, ErrorKind::Usage).with_message(error.to_string()))
    }

    fn make(mut self) -> BoxFuture<'a, Result<Updated, Error>> {
        Box::pin(async move {
            let subject = self.subject();
            if !self.records.table.allows(Operation::Update) {
                return Err(
                    Error::new(subject, ErrorKind::Usage).with_message("the service has no update for these records")
                );
            }
            self.records.client.may_write(subject)?;
            let deadline = self.records.deadline();
            let record = self.records.get(self.id).await;
            let mut record = record.map_err(|error| error.in_step(subject, "read the record"))?;
            for conflicts in 1.. {
                self.apply(&mut record)?;
                let write = Write::from(&record);
                match write.send(&self.records, self.on_conflict != OnConflict::Overwrite, deadline).await? {
                    Written::Done => return Ok(Updated { changes: write.changes }),
                    Written::Changed(now) if self.on_conflict == OnConflict::Retry && conflicts < MOST_CONFLICTS => {
                        record = now;
                    }
                    Written::Changed(_) => break,
                }
            }
            Err(conflict(subject))
        })
    }
}

/// Writes a record back that was got some time ago.
pub(crate) fn replace(records: &Records, write: Write) -> Erased<Updated> {
    let records = records.clone();
    Box::pin(async move {
        records.client.may_write(write.subject())?;
        match write.send(&records, true, records.deadline()).await? {
            Written::Done => Ok(Updated { changes: write.changes }),
            Written::Changed(_) => Err(conflict(write.subject())),
        }
    })
}

fn conflict(subject: Subject) -> Error {
    Error::new(subject, ErrorKind::Conflict).with_message("nothing was sent; get the record and apply the change again")
}

/// What came of writing a record.
enum Written {
    Done,
    /// Nothing was sent, since somebody else changed the record to this.
    Changed(AnyFull),
}

/// A complete record to be written back: all that writing has to know of it.
pub(crate) struct Write {
    received: AnyRecord,
    /// The record as it is to be.
    sent: AnyRecord,
    /// The id that it has by now.
    id: Option<i64>,
    changes: Vec<Change>,
    /// Whether the change makes the service do something.
    acts: bool,
    body: Result<Bytes, NotFull>,
}

impl<E: Entity> From<&Full<E>> for Write {
    fn from(record: &Full<E>) -> Self {
        Self::new(record.as_dyn(), record.received(), record.body())
    }
}

impl From<&AnyFull> for Write {
    fn from(record: &AnyFull) -> Self {
        Self::new(&**record, record.received(), record.body())
    }
}

impl Write {
    fn new(record: &dyn Record, received: AnyRecord, body: Result<Vec<u8>, NotFull>) -> Self {
        let mut sent = record.describe().make();
        if let Ok(body) = &body {
            // It was encoded here, so it decodes; were it not, nothing would compare equal to it.
            sent.read(body, Origin::Full).ok();
        }
        Self {
            id: record.common().id,
            changes: diff(&*received, record),
            acts: !record.actions().is_empty(),
            body: body.map(Bytes::from),
            received,
            sent,
        }
    }

    fn subject(&self) -> Subject {
        // The id of what was received: in the record itself, the change may have touched it.
        Subject::of(Operation::Update, self.received.describe(), self.received.common().id)
    }

    /// Writes the record back whole, if there is anything to write. The deadline is that of the whole update.
    async fn send(&self, records: &Records, look_first: bool, deadline: Instant) -> Result<Written, Error> {
        let table = records.table;
        let subject = self.subject();
        let refuse = |what: &str| Error::new(subject, ErrorKind::NotFull).with_message(what);
        let body = self.body.as_ref().map_err(|error| refuse(&error.to_string()))?;
        let Some(id) = subject.id else { return Err(refuse("the record has no Id")) };
        if self.id != Some(id) {
            return Err(refuse("its Id was changed, so it would overwrite another record"));
        }
        if self.changes.is_empty() {
            return Ok(Written::Done);
        }
        let retry = &records.client.options().retry;
        // The failure of an earlier PUT that may have been carried out, or may be later.
        let mut unsettled: Option<Error> = None;
        for attempts in 1.. {
            let mut call = Call::update(table, Some(id), body.clone());
            if look_first || unsettled.is_some() {
                // The turn first: behind others it may be long in coming.
                let turn = records.until(deadline).client.wait_for_turn(&mut call).await;
                let now = match turn {
                    Ok(()) => records.until(deadline).get(id).await,
                    Err(error) => Err(error),
                };
                match (now, &unsettled) {
                    (Ok(now), None) if self.is_changed(&*now) => return Ok(Written::Changed(now)),
                    (Ok(_), None) => {}
                    (Err(error), None) => return Err(error.in_step(subject, "read the record before the write")),
                    (now, Some(error)) => match now.map(|now| self.put_result(&*now)) {
                        Ok(PutResult::Done) => return Ok(Written::Done),
                        Ok(PutResult::Untouched) => {}
                        Ok(PutResult::Unclear) | Err(_) => return Err(error.clone()),
                    },
                }
            }
            let error = match records.until(deadline).client.run_write(call).await {
                Ok(envelope) => match envelope.id() {
                    Some(other) if other != id => {
                        let what = format!("the service says that it wrote record {other}");
                        Error::new(subject, ErrorKind::Unexpected).with_message(what).outcome_unknown()
                    }
                    _ => return Ok(Written::Done),
                },
                // Refused, and no earlier PUT can have been carried out.
                Err(error) if unsettled.is_none() && !error.is_outcome_unknown() => return Err(error),
                Err(error) => error.outcome_unknown(),
            };
            if self.acts {
                return Err(error);
            }
            tokio::time::sleep(retry.delay(attempts)).await;
            let Ok(now) = records.until(deadline).get(id).await else { return Err(error) };
            let may_repeat = retry::was_fault(&error) && retry.may_try(attempts) && Instant::now() < deadline;
            match self.put_result(&*now) {
                PutResult::Done => return Ok(Written::Done),
                PutResult::Untouched if may_repeat => unsettled = Some(error),
                PutResult::Untouched | PutResult::Unclear => return Err(error),
            }
        }
        Ok(Written::Done)
    }

    /// Whether somebody else changed what this would overwrite. What nobody but the service writes does not count:
    /// some of it differs in each answer.
    fn is_changed(&self, now: &dyn Record) -> bool {
        let table = now.describe();
        let counts = |change: &Change| {
            let field = table.position(&change.property).and_then(|at| table.field(at));
            field.is_none_or(|field| field.name == "UpdatedOn" || !field.is_read_only()) && !is_rounded(change)
        };
        diff(&*self.received, now).iter().any(counts)
    }

    /// What a PUT without an answer did, as the record shows it.
    fn put_result(&self, now: &dyn Record) -> PutResult {
        let table = now.describe();
        // Only what an update writes and a get shows can say anything.
        let tells = |change: &&Change| {
            let field = table.position(&change.property).and_then(|at| table.field(at));
            field.is_none_or(|field| field.is_updatable() && !field.is_write_only())
        };
        let mut telling = self.changes.iter().filter(tells).peekable();
        if telling.peek().is_none() {
            PutResult::Unclear
        } else if telling.all(|change| holds(&change.property, &*self.sent, now)) {
            PutResult::Done
        } else if self.is_changed(now) {
            PutResult::Unclear
        } else {
            PutResult::Untouched
        }
    }
}

/// What a PUT without an answer did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum PutResult {
    Done,
    Untouched,
    Unclear,
}

/// Whether two times differ by the fraction of a second alone that one of them lacks: the answer of a create has up
/// to seven digits of a second where the record, when it is got, has none.
fn is_rounded(change: &Change) -> bool {
    let time = |json: &Option<Json>| json.as_ref()?.as_str()?.parse::<DateTime>().ok();
    let (Some(before), Some(after)) = (time(&change.before), time(&change.after)) else { return false };
    let apart = before.duration_since(after).max(after.duration_since(before));
    (before.subsec_nanos() == 0 || after.subsec_nanos() == 0) && apart < Duration::from_secs(1)
}

/// Whether a record has the value of another one in this property. Not there and null are the same to the service, and
/// so are two spellings of a value.
fn holds(property: &str, sent: &dyn Record, now: &dyn Record) -> bool {
    if now.property(property).unwrap_or_default() == sent.property(property).unwrap_or_default() {
        return true;
    }
    let table = now.describe();
    let Some(at) = table.position(property) else { return false };
    let slots = match at.checked_sub(table.fields.len()) {
        None => (sent.slot(at), now.slot(at)),
        Some(at) => (sent.common().slot(at), now.common().slot(at)),
    };
    matches!(slots, (Some(sent), Some(now)) if sent.is_set() && now.is_set() && sent.equals(now))
}
