//! Actions: calls of an entity that do not follow the common pattern.

use std::fmt;
use std::marker::PhantomData;

use nexudus_core::{Action, Entity, Json, ResponseContent, from_json};

use crate::error::{Error, ErrorKind};
use crate::records::Records;
use crate::records::action::ActionParts;
use crate::service::RawResponse;

/// An action to be run, such as `Booking::AVAILABLE_ACTION`. What it takes stands in its [`Action`]; what does not fit
/// is refused before anything is sent.
///
/// ```no_run
/// use nexudus_client::Client;
/// use nexudus_client::model::spaces::Booking;
///
/// # async fn run(client: Client, booking: Booking) -> Result<(), nexudus_client::Error> {
/// let answer = client.bookings().action(Booking::AVAILABLE_ACTION).record(&booking).run().await?;
/// println!("{}", String::from_utf8_lossy(answer.bytes()));
/// # Ok(())
/// # }
/// ```
#[must_use = "an action does nothing until it is run"]
pub struct ActionCall<E> {
    records: Records,
    action: &'static Action,
    parts: ActionParts,
    entity: PhantomData<fn() -> E>,
}

impl<E: Entity> ActionCall<E> {
    pub(crate) fn new(records: &Records, action: &'static Action) -> Self {
        Self { records: records.clone(), action, parts: ActionParts::default(), entity: PhantomData }
    }

    /// The value of a variable segment of the path.
    #[expect(clippy::needless_pass_by_value, reason = "ids and numbers are passed as they are")]
    pub fn segment(mut self, name: impl Into<String>, value: impl ToString) -> Self {
        self.parts.segments.push((name.into(), value.to_string()));
        self
    }

    /// A query parameter.
    pub fn query(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.parts.query.push((name.into(), value.into()));
        self
    }

    /// The record to send.
    pub fn record(mut self, record: &E) -> Self {
        self.parts.record = Some(record.as_dyn().to_json());
        self
    }

    /// A value of the object to send.
    pub fn value(mut self, name: impl Into<String>, value: impl Into<Json>) -> Self {
        self.parts.values.push((name.into(), value.into()));
        self
    }

    /// Runs it. One that the service says has failed is an error.
    pub async fn run(self) -> Result<RawResponse, Error> {
        self.records.run_action(self.action, &self.parts).await.map(RawResponse)
    }

    /// Runs an action whose answer holds a record, and gives that. It is a summary. Fails before anything is sent if
    /// the action is known to answer with something else.
    pub async fn run_for_record(self) -> Result<E, Error> {
        if self.action.answer != ResponseContent::Record {
            let what = format!("the answer to {} is not a record; nothing was sent", self.action.name);
            return Err(Error::usage(what));
        }
        let raw = self.records.run_action(self.action, &self.parts).await?;
        let missing = || {
            raw.error(ErrorKind::Unexpected).with_message("the action succeeded, but the response contains no record")
        };
        let value = raw.value().ok_or_else(|| missing().outcome_done())?;
        from_json(value.text().as_bytes()).map_err(|error| raw.decode_failed(error).outcome_done())
    }
}

impl<E> Clone for ActionCall<E> {
    fn clone(&self) -> Self {
        Self { records: self.records.clone(), action: self.action, parts: self.parts.clone(), entity: PhantomData }
    }
}

impl<E> fmt::Debug for ActionCall<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // No values: these may be secrets.
        f.debug_struct("ActionCall").field("action", &self.action.name).finish_non_exhaustive()
    }
}
