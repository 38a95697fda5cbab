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

use std::fmt;

use nexudus_core::transport::BoxFuture;
use nexudus_core::{CanUpdate, Change, EntityTable, Field, Full, Id, Operation, Record};

use crate::call::Call;
use crate::client::Client;
use crate::endpoint::Endpoint;
use crate::error::{Error, Kind, Subject};
use crate::retry;

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
    client: Client,
    id: Id<E>,
    change: Box<dyn FnMut(&mut E) + Send + 'a>,
    on_conflict: OnConflict,
}

impl<'a, E: CanUpdate> Update<'a, E> {
    pub(crate) fn new(client: &Client, id: Id<E>, change: Box<dyn FnMut(&mut E) + Send + 'a>) -> Self {
        Self { client: client.clone(), id, change, on_conflict: OnConflict::default() }
    }

    /// What to do when somebody else has changed the record since it was read. Without this, the change is
    /// applied anew, so it may be called more than once.
    pub fn on_conflict(mut self, what: OnConflict) -> Self {
        self.on_conflict = what;
        self
    }

    /// What would be changed: reads the record and sends nothing.
    pub async fn preview(mut self) -> Result<Vec<Change>, Error> {
        let mut record = Endpoint::<E>::new(&self.client).get(self.id).await?;
        (self.change)(&mut record);
        Ok(record.changes())
    }

    async fn make(mut self) -> Result<Updated, Error> {
        self.client.may_write(Subject::of(Operation::Update, E::table(), Some(self.id.get())))?;
        let mut record = Endpoint::<E>::new(&self.client).get(self.id).await?;
        for conflicts in 1.. {
            (self.change)(&mut record);
            let changes = record.changes();
            match write(&self.client, &record, &changes, self.on_conflict != OnConflict::Overwrite).await? {
                Written::Done => return Ok(Updated { changes }),
                Written::Moved(now) if self.on_conflict == OnConflict::Retry && conflicts < MOST_CONFLICTS => {
                    record = now;
                }
                Written::Moved(_) => break,
            }
        }
        Err(conflict::<E>(Some(self.id.get())))
    }
}

impl<E> fmt::Debug for Update<'_, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Update").field("id", &self.id).field("on_conflict", &self.on_conflict).finish_non_exhaustive()
    }
}

impl<'a, E: CanUpdate> IntoFuture for Update<'a, E> {
    type Output = Result<Updated, Error>;
    type IntoFuture = BoxFuture<'a, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.make())
    }
}

/// Writes a record back that was got some time ago.
pub(crate) async fn replace<E: CanUpdate>(client: &Client, record: &Full<E>) -> Result<Updated, Error> {
    let id = record.common().id;
    client.may_write(Subject::of(Operation::Update, E::table(), id))?;
    let changes = record.changes();
    match write(client, record, &changes, true).await? {
        Written::Done => Ok(Updated { changes }),
        Written::Moved(_) => Err(conflict::<E>(id)),
    }
}

fn conflict<E: CanUpdate>(id: Option<i64>) -> Error {
    let subject = Subject::of(Operation::Update, E::table(), id);
    Error::new(subject, Kind::Conflict).with_message("nothing was sent; get it and make the change again")
}

/// What came of writing a record.
enum Written<E> {
    Done,
    /// Nothing was sent, since somebody else has changed it to this.
    Moved(Full<E>),
}

/// Writes a record back whole, if there is anything to write.
async fn write<E: CanUpdate>(
    client: &Client,
    record: &Full<E>,
    changes: &[Change],
    look_first: bool,
) -> Result<Written<E>, Error> {
    let table = E::table();
    let received = record.received();
    // Of what was received: in the record itself, the change may have touched it.
    let id = received.common().id;
    let subject = Subject::of(Operation::Update, table, id);
    let refuse = |what: String| Error::new(subject, Kind::NotFull).with_message(what);
    let body = bytes::Bytes::from(record.body().map_err(|error| refuse(error.to_string()))?);
    let Some(id) = id else { return Err(refuse("the record has no Id".to_owned())) };
    if record.common().id != Some(id) {
        return Err(refuse("its Id was changed, so that it would be written over another record".to_owned()));
    }
    if changes.is_empty() {
        return Ok(Written::Done);
    }
    let erased: &dyn Record = &**record;
    let acts = !erased.actions().is_empty();
    let endpoint = Endpoint::<E>::new(client);
    let retry = &client.options().retry;
    for attempts in 1.. {
        let mut call = Call::update(table, Some(id), body.clone());
        if look_first {
            // The turn first: behind others it may be long in coming.
            client.pass(subject, true).await?;
            call.paced = true;
            let now = endpoint.get(id).await?;
            if now.common().updated_on != received.common().updated_on {
                return Ok(Written::Moved(now));
            }
        }
        let error = match client.run_write(call).await {
            Ok(_) => break,
            Err(error) if error.is_outcome_unknown() && !acts => error,
            Err(error) => return Err(error),
        };
        tokio::time::sleep(retry.delay(attempts)).await;
        let Ok(now) = endpoint.get(id).await else { return Err(error) };
        let same_time = now.common().updated_on == received.common().updated_on;
        match fate(table, changes, same_time, &*now) {
            Fate::Done => break,
            Fate::Untouched if retry::was_fault(&error) && retry.may_try(attempts) => {}
            Fate::Untouched | Fate::Unclear => return Err(error),
        }
    }
    Ok(Written::Done)
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
