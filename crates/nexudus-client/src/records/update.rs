//! Changing a record without losing what is not being changed.
//!
//! The service has no PATCH, and its PUT clears whatever is left out. So a change is: read the whole record,
//! change it, write the whole record back, unknown properties and all. Three things can go wrong on the way,
//! and each is dealt with here:
//!
//! * **Nothing changes.** Then nothing is sent.
//! * **Somebody else changes the record meanwhile.** Its `UpdatedOn` is read again when the turn to write has come,
//!   just before the PUT. This narrows the window in which the other's change would be lost to a few
//!   milliseconds; with what the service offers, nothing can close it.
//! * **The answer to the PUT does not come.** Then the record is read to see what became of it: if it holds the
//!   change, the update is done; if it is still the old one, the PUT is repeated; if neither can be told, the
//!   outcome is reported as unknown. A change that makes the service do something (such as sending an invoice)
//!   is never sent twice: there, the outcome is always reported as unknown.

use std::any::Any;
use std::fmt;
use std::marker::PhantomData;

use bytes::Bytes;
use nexudus_core::transport::BoxFuture;
use nexudus_core::{CanUpdate, Change, EntityTable, Field, Full, Id, NotFull, Operation, Record, SetError, diff};

use crate::call::Call;
use crate::call::retry;
use crate::error::{Error, Kind, Subject};
use crate::records::Records;
use crate::records::pending::Untyped;

/// What an update did.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Updated {
    /// What was changed; empty if there was nothing to change, and then nothing was sent.
    pub changes: Vec<Change>,
}

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
    work: UntypedUpdate<'a>,
    entity: PhantomData<fn(E)>,
}

/// What an update does to a record.
type AnyChange<'a> = dyn FnMut(&mut (dyn Record + 'static)) -> Result<(), SetError> + Send + 'a;

/// A change to be made to a record that is known by its table: awaited, it is made.
#[must_use = "an update does nothing until it is awaited"]
pub struct UntypedUpdate<'a> {
    records: Records,
    id: i64,
    change: Box<AnyChange<'a>>,
    on_conflict: OnConflict,
}

impl<'a, E: CanUpdate> Update<'a, E> {
    pub(crate) fn new(records: &Records, id: Id<E>, mut change: impl FnMut(&mut E) + Send + 'a) -> Self {
        let change = move |record: &mut (dyn Record + 'static)| {
            let record: &mut dyn Any = record;
            // Always: it was made by this entity's own table.
            if let Some(record) = record.downcast_mut() {
                change(record);
            }
            Ok(())
        };
        Self { work: UntypedUpdate::new(records, id.get(), change), entity: PhantomData }
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
        let UntypedUpdate { id, on_conflict, .. } = &self.work;
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

impl fmt::Debug for UntypedUpdate<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { id, on_conflict, .. } = self;
        f.debug_struct("UntypedUpdate").field("id", id).field("on_conflict", on_conflict).finish_non_exhaustive()
    }
}

impl<'a> IntoFuture for UntypedUpdate<'a> {
    type Output = Result<Updated, Error>;
    type IntoFuture = BoxFuture<'a, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        self.make()
    }
}

impl<'a> UntypedUpdate<'a> {
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

    fn apply(&mut self, record: &mut Full<dyn Record>) -> Result<(), Error> {
        let subject = self.subject();
        (self.change)(&mut **record).map_err(|error| Error::new(subject, Kind::Usage).with_message(error.to_string()))
    }

    fn make(mut self) -> BoxFuture<'a, Result<Updated, Error>> {
        Box::pin(async move {
            let subject = self.subject();
            if !self.records.table.allows(Operation::Update) {
                return Err(
                    Error::new(subject, Kind::Usage).with_message("the service has no update for these records")
                );
            }
            self.records.client.may_write(subject)?;
            let mut record = self.records.get(self.id).await?;
            for conflicts in 1.. {
                self.apply(&mut record)?;
                let write = Write::of(&record);
                match write.send(&self.records, self.on_conflict != OnConflict::Overwrite).await? {
                    Written::Done => return Ok(Updated { changes: write.changes }),
                    Written::Moved(now) if self.on_conflict == OnConflict::Retry && conflicts < MOST_CONFLICTS => {
                        record = now;
                    }
                    Written::Moved(_) => break,
                }
            }
            Err(conflict(subject))
        })
    }
}

/// Writes a record back that was got some time ago.
pub(crate) fn replace(records: &Records, write: Write) -> Untyped<Updated> {
    let records = records.clone();
    Box::pin(async move {
        records.client.may_write(write.subject())?;
        match write.send(&records, true).await? {
            Written::Done => Ok(Updated { changes: write.changes }),
            Written::Moved(_) => Err(conflict(write.subject())),
        }
    })
}

fn conflict(subject: Subject) -> Error {
    Error::new(subject, Kind::Conflict).with_message("nothing was sent; get it and make the change again")
}

/// What came of writing a record.
enum Written {
    Done,
    /// Nothing was sent, since somebody else has changed it to this.
    Moved(Full<dyn Record>),
}

/// A complete record to be written back: all that writing has to know of it.
pub(crate) struct Write {
    received: Box<dyn Record>,
    /// The id that it has by now.
    id: Option<i64>,
    changes: Vec<Change>,
    /// Whether the change makes the service do something.
    acts: bool,
    body: Result<Bytes, NotFull>,
}

impl Write {
    pub(crate) fn of<E: Record + ?Sized>(record: &Full<E>) -> Self {
        Self::new(record.as_dyn(), record.received(), record.body())
    }

    fn new(record: &dyn Record, received: Box<dyn Record>, body: Result<Vec<u8>, NotFull>) -> Self {
        Self {
            id: record.common().id,
            changes: diff(&*received, record),
            acts: !record.actions().is_empty(),
            body: body.map(Bytes::from),
            received,
        }
    }

    fn subject(&self) -> Subject {
        // The id of what was received: in the record itself, the change may have touched it.
        Subject::of(Operation::Update, self.received.describe(), self.received.common().id)
    }

    /// Writes the record back whole, if there is anything to write.
    async fn send(&self, records: &Records, look_first: bool) -> Result<Written, Error> {
        let Self { received, changes, .. } = self;
        let Records { client, table } = records;
        let subject = self.subject();
        let refuse = |what: &str| Error::new(subject, Kind::NotFull).with_message(what);
        let body = self.body.as_ref().map_err(|error| refuse(&error.to_string()))?;
        let Some(id) = subject.id else { return Err(refuse("the record has no Id")) };
        if self.id != Some(id) {
            return Err(refuse("its Id was changed, so that it would be written over another record"));
        }
        if changes.is_empty() {
            return Ok(Written::Done);
        }
        let retry = &client.options().retry;
        for attempts in 1.. {
            let mut call = Call::update(table, Some(id), body.clone());
            if look_first {
                // The turn first: behind others it may be long in coming.
                client.pass(subject, true).await?;
                call.paced = true;
                let now = records.get(id).await?;
                if now.common().updated_on != received.common().updated_on {
                    return Ok(Written::Moved(now));
                }
            }
            let error = match client.run_write(call).await {
                Ok(_) => break,
                Err(error) if error.is_outcome_unknown() && !self.acts => error,
                Err(error) => return Err(error),
            };
            tokio::time::sleep(retry.delay(attempts)).await;
            let Ok(now) = records.get(id).await else { return Err(error) };
            let same_time = now.common().updated_on == received.common().updated_on;
            match fate(table, changes, same_time, &*now) {
                Fate::Done => break,
                Fate::Untouched if retry::was_fault(&error) && retry.may_try(attempts) => {}
                Fate::Untouched | Fate::Unclear => return Err(error),
            }
        }
        Ok(Written::Done)
    }
}

/// What became of a write that was not answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    Done,
    Untouched,
    Unclear,
}

fn fate(table: &EntityTable, changes: &[Change], same_time: bool, now: &dyn Record) -> Fate {
    // Only what an update writes and a get shows can say anything.
    let tells = |change: &&Change| {
        let field: Option<&Field> = table.position(&change.property).and_then(|at| table.field(at));
        field.is_none_or(|field| field.is_updatable() && !field.is_write_only())
    };
    let telling: Vec<_> = changes.iter().filter(tells).collect();
    // Not there and null are the same to the service.
    let holds =
        |name: &str, value: &Option<_>| now.property(name).unwrap_or_default() == value.clone().unwrap_or_default();
    if telling.is_empty() {
        Fate::Unclear
    } else if telling.iter().all(|change| holds(&change.property, &change.after)) {
        Fate::Done
    } else if same_time && telling.iter().all(|change| holds(&change.property, &change.before)) {
        Fate::Untouched
    } else {
        Fate::Unclear
    }
}
