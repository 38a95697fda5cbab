//! The operations on the records of an entity that is chosen at run time.
//!
//! [`Endpoint`](crate::Endpoint) has the entity as a type parameter. Generic tools (a command-line tool, an export, a
//! bridge) use the entity's [table](nexudus_core::EntityTable) instead, and read and set properties by their JSON
//! names. Requests, retries and updates work in the same way.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_core::Stream;
use futures_util::StreamExt as _;
use nexudus_core::transport::BoxFuture;
use nexudus_core::{
    AnyFull, AnyPage, Direction, EntityTable, Envelope, FileFacts, Json, ListQuery, Operation, Record, Rows, SetError,
};

use crate::client::Client;
use crate::error::{Error, ErrorKind, Subject};
use crate::file::Download;
use crate::http::command_that_deletes;
use crate::records::Records;
use crate::records::command::{Command, CommandBody};
use crate::records::pages::{AnyPages, ListDrift, Plan};
use crate::records::pending::Erased;
use crate::records::update::{self, DynamicUpdate, Updated, Write};

impl Client {
    /// The records of an entity by its name (`UserMessage`), its plural (`usermessages`) or its path
    /// (`sys/usermessages`), without regard to ASCII case.
    ///
    /// Fails if no entity has this name, or its section is switched off: the error then names the feature.
    ///
    /// ```no_run
    /// # async fn run(client: nexudus_client::Client) -> Result<(), nexudus_client::Error> {
    /// let messages = client.dynamic("usermessages")?;
    /// let message = messages.get(5).await?;
    /// println!("{:?}", message.property("Header"));
    /// # Ok(())
    /// # }
    /// ```
    pub fn dynamic(&self, entity: &str) -> Result<DynamicEndpoint, Error> {
        let table = nexudus_model::find(entity).ok_or_else(|| {
            let message = match nexudus_model::switched_off(entity) {
                Some(feature) => format!("{entity:?} needs the feature `{feature}` of nexudus-client"),
                None => format!("no entity is called {entity:?}"),
            };
            Error::new(Subject::other("find an entity"), ErrorKind::Usage).with_message(message)
        })?;
        Ok(self.dynamic_of(table))
    }

    /// The records of the entity that this table describes.
    pub fn dynamic_of(&self, table: &'static EntityTable) -> DynamicEndpoint {
        DynamicEndpoint { records: Records::new(self.caller(), table) }
    }
}

/// The records of one entity, known by its table.
///
/// Each call is an owned future that can be spawned. An operation that the service does not have for this entity
/// fails before anything is sent, with an error that [`is_usage`](Error::is_usage).
#[derive(Clone)]
pub struct DynamicEndpoint {
    records: Records,
}

impl fmt::Debug for DynamicEndpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DynamicEndpoint").field("path", &self.records.table.path()).finish_non_exhaustive()
    }
}

/// A call of [`DynamicEndpoint`]: awaited, it is made.
pub type DynamicCall<T> = BoxFuture<'static, Result<T, Error>>;

impl DynamicEndpoint {
    /// What is known of the entity.
    pub fn table(&self) -> &'static EntityTable {
        self.records.table
    }

    /// The client that it works through.
    pub fn client(&self) -> Client {
        Client::of(&self.records.client)
    }

    /// A record by its id, complete.
    pub fn get(&self, id: i64) -> DynamicCall<AnyFull> {
        self.if_allowed(Operation::Get, Some(id), |records| records.get(id))
    }

    /// A record by its id, complete; `None` if there is no such record.
    pub fn get_opt(&self, id: i64) -> DynamicCall<Option<AnyFull>> {
        self.if_allowed(Operation::Get, Some(id), |records| records.get_opt(id))
    }

    /// Several records by their ids: summaries, in the service's order and without those that do not exist.
    pub fn get_many(&self, ids: Vec<i64>) -> DynamicCall<Rows> {
        self.if_allowed(Operation::Get, None, |records| records.get_many(ids))
    }

    /// Records by what they have in common.
    pub fn list(&self) -> DynamicList {
        DynamicList { allowed: self.check(Operation::List, None).map_err(Box::new), plan: Plan::new(&self.records) }
    }

    /// Creates a record with what is set in this one, and gives its id.
    pub fn create(&self, record: &dyn Record) -> DynamicCall<i64> {
        self.if_allowed(Operation::Create, None, |records| records.create(record))
    }

    /// Changes a record: reads it whole, applies the change, and writes it back whole, since the service clears what
    /// is left out. A change that changes nothing sends nothing. Where the change fails, nothing is sent.
    pub fn update<'a>(
        &self,
        id: i64,
        change: impl FnMut(&mut (dyn Record + 'static)) -> Result<(), SetError> + Send + 'a,
    ) -> DynamicUpdate<'a> {
        DynamicUpdate::new(&self.records, id, change)
    }

    /// Writes a record back that was got before and changed since. A record that was not changed is not sent; one
    /// that somebody else has changed meanwhile is an error that [`is_conflict`](Error::is_conflict).
    pub fn replace(&self, record: &AnyFull) -> DynamicCall<Updated> {
        let (write, id) = (Write::from(record), record.common().id);
        self.if_allowed(Operation::Update, id, |records| update::replace(records, write))
    }

    /// Deletes a record.
    pub fn delete(&self, id: i64) -> DynamicCall<()> {
        self.if_allowed(Operation::Delete, Some(id), |records| records.delete(id))
    }

    /// The commands of this entity.
    pub fn commands(&self) -> DynamicCall<Vec<Command>> {
        self.records.commands(None)
    }

    /// The commands that one record takes now.
    pub fn commands_of(&self, id: i64) -> DynamicCall<Vec<Command>> {
        self.records.commands(Some(id))
    }

    /// A command by its key, to be run.
    pub fn command(&self, key: impl Into<String>) -> DynamicCommand {
        DynamicCommand { records: self.records.clone(), call: CommandBody::new(key.into()) }
    }

    /// A file of a record; `None` if the record has none.
    pub fn file(&self, file: &FileFacts, id: i64) -> DynamicCall<Option<Download>> {
        self.records.file(file, id)
    }

    fn check(&self, operation: Operation, id: Option<i64>) -> Result<(), Error> {
        let table = self.records.table;
        if table.allows(operation) {
            return Ok(());
        }
        let known: Vec<_> = table.operations.iter().map(|operation| operation.name()).collect();
        let known = known.join(", ");
        let message = match command_that_deletes(table) {
            Some(key) if operation == Operation::Delete => {
                format!("the service can only {known} these records; run the command {key} instead")
            }
            _ => format!("the service can only {known} these records"),
        };
        Err(Error::new(Subject::of(operation, table, id), ErrorKind::Usage).with_message(message))
    }

    fn if_allowed<T: Send + 'static>(
        &self,
        operation: Operation,
        id: Option<i64>,
        call: impl FnOnce(&Records) -> Erased<T>,
    ) -> DynamicCall<T> {
        match self.check(operation, id) {
            Ok(()) => call(&self.records),
            Err(error) => Box::pin(std::future::ready(Err(error))),
        }
    }
}

/// A list to be asked for: awaited, it gives one page. Its records are summaries.
#[must_use = "a list does nothing until it is awaited"]
pub struct DynamicList {
    allowed: Result<(), Box<Error>>,
    plan: Plan,
}

impl DynamicList {
    /// What to ask for: page, size, order and filters, all by the names on the wire.
    pub fn query(mut self, query: ListQuery) -> Self {
        self.plan.query = query;
        self
    }

    /// The number of the page, counted from 1; the first one if not set. A stream begins with it.
    pub fn page(mut self, page: u32) -> Self {
        self.plan.query.page = Some(page);
        self
    }

    /// The number of records on a page, up to 1000. If not set, the service takes 25, and a stream asks for 250.
    pub fn page_size(mut self, size: u32) -> Self {
        self.plan.query.size = Some(size);
        self
    }

    /// Sorts by a property, by its name on the wire.
    pub fn order_by(mut self, property: impl Into<String>, direction: Direction) -> Self {
        self.plan.query.order = Some(property.into());
        self.plan.query.direction = direction;
        self
    }

    /// Only records that meet this filter, and all others that are given. The name is that of the query parameter:
    /// `filter_name` and `range_names` of the [`EntityTable`] give it.
    pub fn filter(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.plan.query.filters.push((name.into(), value.into()));
        self
    }

    /// The number of pages that a stream may have under way or waiting at a time; 1 if not set.
    pub fn in_flight(mut self, pages: usize) -> Self {
        self.plan.in_flight = pages.max(1);
        self
    }

    /// Takes the records as they come, without comparing them with the filters and the order.
    pub fn unchecked(mut self) -> Self {
        self.plan.checked = false;
        self
    }

    /// Passes over what stands in the place of a record and is none, and gives it in [`AnyPage::unreadable`]. Without
    /// this, it is an error that names the position.
    pub fn lenient(mut self) -> Self {
        self.plan.lenient = true;
        self
    }

    /// Fetch all pages. A record that comes twice is given once.
    pub fn pages(self) -> DynamicPages {
        DynamicPages { refused: self.allowed.err(), pages: AnyPages::new(self.plan) }
    }

    /// The number of records, as the service counts them.
    pub fn count(self) -> DynamicCall<u64> {
        match self.allowed {
            Ok(()) => self.plan.count(),
            Err(error) => Box::pin(std::future::ready(Err(*error))),
        }
    }
}

impl fmt::Debug for DynamicList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("DynamicList").field(&self.plan.query).finish()
    }
}

impl IntoFuture for DynamicList {
    type Output = Result<AnyPage, Error>;
    type IntoFuture = DynamicCall<AnyPage>;

    fn into_future(self) -> Self::IntoFuture {
        match self.allowed {
            Ok(()) => self.plan.page(),
            Err(error) => Box::pin(std::future::ready(Err(*error))),
        }
    }
}

/// All pages of a list, as a stream. It ends with the last page, with a page that brings nothing new, or with an
/// error.
#[must_use = "a stream does nothing until it is read"]
pub struct DynamicPages {
    refused: Option<Box<Error>>,
    pages: AnyPages,
}

impl DynamicPages {
    /// Signs that the list changed while it was read, as far as it was read.
    pub fn drift(&self) -> &ListDrift {
        self.pages.drift()
    }

    /// The next page; `None` at the end.
    pub async fn next(&mut self) -> Option<Result<AnyPage, Error>> {
        futures_util::StreamExt::next(self).await
    }
}

impl Stream for DynamicPages {
    type Item = Result<AnyPage, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if let Some(error) = self.refused.take() {
            self.pages.end();
            return Poll::Ready(Some(Err(*error)));
        }
        self.pages.poll_next_unpin(context)
    }
}

impl fmt::Debug for DynamicPages {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.pages.describe(f.debug_struct("DynamicPages").field("refused", &self.refused))
    }
}

/// A command to be run.
#[derive(Clone)]
#[must_use = "a command does nothing until it is run"]
pub struct DynamicCommand {
    records: Records,
    call: CommandBody,
}

impl DynamicCommand {
    /// On these records too.
    pub fn on(mut self, ids: impl IntoIterator<Item = i64>) -> Self {
        self.call.ids.extend(ids);
        self
    }

    /// With this value.
    pub fn parameter(mut self, name: impl Into<String>, value: impl Into<Json>) -> Self {
        self.call.parameter(&name.into(), None, value.into());
        self
    }

    /// With this value of a type in the service's words, for example `datetime` or `int`.
    pub fn typed_parameter(mut self, name: impl Into<String>, kind: impl Into<String>, value: impl Into<Json>) -> Self {
        self.call.parameter(&name.into(), Some(&kind.into()), value.into());
        self
    }

    /// What would be sent.
    pub fn body(&self) -> String {
        self.call.body()
    }

    /// Runs it. A command that the service says has failed is an error, even where it says so with HTTP 200.
    pub fn run(self) -> DynamicCall<Envelope> {
        self.records.run_command(&self.call)
    }
}

impl fmt::Debug for DynamicCommand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DynamicCommand").field("command", &self.call).finish_non_exhaustive()
    }
}
