//! A client for programs without an asynchronous runtime. It has the same names, and its calls block.
//!
//! Where the asynchronous client returns a builder that is awaited (a list, an update, a command), this one returns a
//! [`Call`] with the same methods; [`wait`](Call::wait) replaces `.await`.
//!
//! It runs the asynchronous client on its own threads, so clones of [`Client`] can be used from several threads at
//! once. Calls within an asynchronous runtime panic, because they would block other tasks. Dropping the client there is
//! allowed.
//!
//! ```no_run
//! # fn run() -> Result<(), nexudus_client::Error> {
//! let client = nexudus_client::blocking::Client::from_env()?;
//! let messages = client.user_messages();
//! println!("{:?}", messages.get(87_654_321)?.header);
//! for message in messages.list().page_size(100).items() {
//!     println!("{:?}", message?.header);
//! }
//! # Ok(())
//! # }
//! ```

use std::borrow::Borrow;
use std::fmt;
use std::sync::Arc;

use nexudus_core::{
    CanCreate, CanDelete, CanGet, CanList, CanUpdate, Change, Condition, Direction, Entity, Envelope, FileOf, Full, Id,
    Json, ListQuery, OrderBy, Page,
};
use tokio::runtime::{Builder, Handle, Runtime};

use crate::client::ClientBuilder;
use crate::error::Error;
use crate::{Collected, Command, CommandCall, EnumValue, GetMany, List, OnConflict, Update, Updated, Upserted};

/// The threads that the asynchronous client works on.
#[derive(Clone)]
struct Threads {
    handle: Handle,
    /// Ends the threads with the last client.
    _owned: Arc<Owned>,
}

struct Owned(Option<Runtime>);

impl Drop for Owned {
    fn drop(&mut self) {
        // Dropped within another runtime, one that waits for its threads panics.
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}

impl Threads {
    fn start() -> std::io::Result<Self> {
        // Two threads: the caller's waits, and one does what must go on meanwhile.
        let runtime =
            Builder::new_multi_thread().worker_threads(1).thread_name("nexudus-client").enable_all().build()?;
        Ok(Self { handle: runtime.handle().clone(), _owned: Arc::new(Owned(Some(runtime))) })
    }

    fn wait<T>(&self, call: impl IntoFuture<Output = T>) -> T {
        self.handle.block_on(call.into_future())
    }
}

/// A client whose calls wait. Cloning it is cheap.
#[derive(Clone)]
pub struct Client {
    inner: crate::Client,
    threads: Threads,
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.fmt(f)
    }
}

impl Client {
    /// A client with these settings.
    pub fn new(settings: ClientBuilder) -> Result<Self, Error> {
        let failed = |error: std::io::Error| Error::usage("the runtime could not be started").with_source(error);
        Ok(Self { threads: Threads::start().map_err(failed)?, inner: settings.build()? })
    }

    /// A client set up by the environment, as [`crate::Client::from_env`].
    pub fn from_env() -> Result<Self, Error> {
        Self::new(ClientBuilder::from_env()?)
    }

    /// The records of an entity that is named by its type.
    pub fn endpoint<E: Entity>(&self) -> Endpoint<E> {
        Endpoint { inner: crate::Endpoint::new(&self.inner), threads: self.threads.clone() }
    }

    /// The values of an enumeration.
    pub fn enum_values(&self, name: &str) -> Result<Vec<EnumValue>, Error> {
        self.wait(self.inner.enum_values(name))
    }

    /// The user that the credentials belong to.
    #[cfg(feature = "sys")]
    pub fn me(&self) -> Result<Full<nexudus_model::well_known::User>, Error> {
        self.wait(self.inner.me())
    }

    /// Waits for anything that the asynchronous client can do.
    pub fn wait<T>(&self, call: impl IntoFuture<Output = T>) -> T {
        self.threads.wait(call)
    }

    /// The asynchronous client behind it.
    pub fn asynchronous(&self) -> &crate::Client {
        &self.inner
    }
}

/// Something that the asynchronous client can be asked for, to be set up and waited for.
#[must_use = "a call does nothing until it is waited for"]
pub struct Call<B> {
    inner: B,
    threads: Threads,
}

impl<B: fmt::Debug> fmt::Debug for Call<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.fmt(f)
    }
}

impl<B: Clone> Clone for Call<B> {
    fn clone(&self) -> Self {
        Self { inner: self.inner.clone(), threads: self.threads.clone() }
    }
}

impl<B: IntoFuture> Call<B> {
    /// Makes the call and waits for its end.
    pub fn wait(self) -> B::Output {
        self.threads.wait(self.inner)
    }
}

impl<B> Call<B> {
    fn set(self, set: impl FnOnce(B) -> B) -> Self {
        Self { inner: set(self.inner), threads: self.threads }
    }
}

impl<E> Call<List<E>> {
    /// As [`List::page`].
    pub fn page(self, page: u32) -> Self {
        self.set(|list| list.page(page))
    }

    /// As [`List::page_size`].
    pub fn page_size(self, size: u32) -> Self {
        self.set(|list| list.page_size(size))
    }

    /// As [`List::order_by`].
    pub fn order_by(self, property: impl Into<OrderBy<E>>, direction: Direction) -> Self {
        self.set(|list| list.order_by(property, direction))
    }

    /// As [`List::filter`].
    pub fn filter(self, condition: Condition<E>) -> Self {
        self.set(|list| list.filter(condition))
    }

    /// As [`List::in_flight`].
    pub fn in_flight(self, pages: usize) -> Self {
        self.set(|list| list.in_flight(pages))
    }

    /// As [`List::unchecked`].
    pub fn unchecked(self) -> Self {
        self.set(List::unchecked)
    }

    /// As [`List::lenient`].
    pub fn lenient(self) -> Self {
        self.set(List::lenient)
    }

    /// What is asked for.
    pub fn query(&self) -> &ListQuery {
        self.inner.query()
    }
}

impl<E: CanList> Call<List<E>> {
    /// As [`List::pages`].
    pub fn pages(self) -> impl Iterator<Item = Result<Page<E>, Error>> {
        let Self { inner, threads } = self;
        let mut pages = inner.pages();
        std::iter::from_fn(move || threads.wait(pages.next()))
    }

    /// As [`List::items`].
    pub fn items(self) -> impl Iterator<Item = Result<E, Error>> {
        let Self { inner, threads } = self;
        let mut items = inner.items();
        std::iter::from_fn(move || threads.wait(items.next()))
    }

    /// As [`List::collect`].
    pub fn collect(self, max: usize) -> Result<Collected<E>, Error> {
        self.threads.wait(self.inner.collect(max))
    }

    /// As [`List::count`].
    pub fn count(self) -> Result<u64, Error> {
        self.threads.wait(self.inner.count())
    }

    /// As [`List::first`].
    pub fn first(self) -> Result<Option<E>, Error> {
        self.threads.wait(self.inner.first())
    }

    /// As [`List::exists`].
    pub fn exists(self) -> Result<bool, Error> {
        self.threads.wait(self.inner.exists())
    }
}

impl<E: CanGet> Call<GetMany<E>> {
    /// As [`GetMany::complete`].
    pub fn complete(self) -> Result<Vec<Full<E>>, Error> {
        self.threads.wait(self.inner.complete())
    }
}

impl<E: CanUpdate> Call<Update<'_, E>> {
    /// As [`Update::on_conflict`].
    pub fn on_conflict(self, what: OnConflict) -> Self {
        self.set(|update| update.on_conflict(what))
    }

    /// As [`Update::preview`].
    pub fn preview(self) -> Result<Vec<Change>, Error> {
        self.threads.wait(self.inner.preview())
    }
}

impl<E: Entity> Call<CommandCall<E>> {
    /// As [`CommandCall::on`].
    pub fn on(self, id: impl Into<Id<E>>) -> Self {
        self.set(|run| run.on(id))
    }

    /// As [`CommandCall::on_all`].
    pub fn on_all(self, ids: impl IntoIterator<Item = Id<E>>) -> Self {
        self.set(|run| run.on_all(ids))
    }

    /// As [`CommandCall::parameter`].
    pub fn parameter(self, name: impl Into<String>, value: impl Into<Json>) -> Self {
        self.set(|run| run.parameter(name, value))
    }

    /// As [`CommandCall::typed_parameter`].
    pub fn typed_parameter(self, name: impl Into<String>, kind: impl Into<String>, value: impl Into<Json>) -> Self {
        self.set(|run| run.typed_parameter(name, kind, value))
    }

    /// As [`CommandCall::run`].
    pub fn run(self) -> Result<Envelope, Error> {
        self.threads.wait(self.inner.run())
    }
}

/// The records of one entity.
pub struct Endpoint<E> {
    inner: crate::Endpoint<E>,
    threads: Threads,
}

impl<E> Clone for Endpoint<E> {
    fn clone(&self) -> Self {
        Self { inner: self.inner.clone(), threads: self.threads.clone() }
    }
}

impl<E> fmt::Debug for Endpoint<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.fmt(f)
    }
}

impl<E: Entity> Endpoint<E> {
    fn wait<T>(&self, call: impl IntoFuture<Output = T>) -> T {
        self.threads.wait(call)
    }

    fn call<B>(&self, inner: B) -> Call<B> {
        Call { inner, threads: self.threads.clone() }
    }

    /// As [`crate::Endpoint::get`].
    pub fn get(&self, id: impl Into<Id<E>>) -> Result<Full<E>, Error>
    where
        E: CanGet,
    {
        self.wait(self.inner.get(id))
    }

    /// As [`crate::Endpoint::get_opt`].
    pub fn get_opt(&self, id: impl Into<Id<E>>) -> Result<Option<Full<E>>, Error>
    where
        E: CanGet,
    {
        self.wait(self.inner.get_opt(id))
    }

    /// As [`crate::Endpoint::get_many`].
    pub fn get_many(&self, ids: impl IntoIterator<Item = impl Into<Id<E>>>) -> Call<GetMany<E>>
    where
        E: CanGet,
    {
        self.call(self.inner.get_many(ids))
    }

    /// As [`crate::Endpoint::list`].
    pub fn list(&self) -> Call<List<E>>
    where
        E: CanList,
    {
        self.call(self.inner.list())
    }

    /// As [`crate::Endpoint::create`].
    pub fn create(&self, draft: impl Borrow<E::New>) -> Result<Id<E>, Error>
    where
        E: CanCreate,
    {
        self.wait(self.inner.create(draft))
    }

    /// As [`crate::Endpoint::create_and_get`].
    pub fn create_and_get(&self, draft: impl Borrow<E::New>) -> Result<Full<E>, Error>
    where
        E: CanCreate + CanGet,
    {
        self.wait(self.inner.create_and_get(draft))
    }

    /// As [`crate::Endpoint::upsert_by_system_id`].
    pub fn upsert_by_system_id(
        &self,
        system_id: impl Into<String>,
        draft: impl Borrow<E::New>,
    ) -> Result<Upserted<E>, Error>
    where
        E: CanList + CanCreate,
    {
        self.wait(self.inner.upsert_by_system_id(system_id, draft))
    }

    /// As [`crate::Endpoint::update`].
    pub fn update<'a>(&self, id: impl Into<Id<E>>, change: impl FnMut(&mut E) + Send + 'a) -> Call<Update<'a, E>>
    where
        E: CanUpdate,
    {
        self.call(self.inner.update(id, change))
    }

    /// As [`crate::Endpoint::replace`].
    pub fn replace(&self, record: &Full<E>) -> Result<Updated, Error>
    where
        E: CanUpdate,
    {
        self.wait(self.inner.replace(record))
    }

    /// As [`crate::Endpoint::delete`].
    pub fn delete(&self, id: impl Into<Id<E>>) -> Result<(), Error>
    where
        E: CanDelete,
    {
        self.wait(self.inner.delete(id))
    }

    /// As [`crate::Endpoint::commands`].
    pub fn commands(&self) -> Result<Vec<Command>, Error> {
        self.wait(self.inner.commands())
    }

    /// As [`crate::Endpoint::commands_of`].
    pub fn commands_of(&self, id: impl Into<Id<E>>) -> Result<Vec<Command>, Error> {
        self.wait(self.inner.commands_of(id))
    }

    /// As [`crate::Endpoint::command`].
    pub fn command(&self, key: impl Into<String>) -> Call<CommandCall<E>> {
        self.call(self.inner.command(key))
    }

    /// A file of a record, whole, if it is not longer than `limit` bytes; `None` if the record has none.
    pub fn file(&self, file: FileOf<E>, id: impl Into<Id<E>>, limit: usize) -> Result<Option<Vec<u8>>, Error> {
        self.wait(async {
            match self.inner.file(file, id).await? {
                Some(download) => Ok(Some(download.bytes(limit).await?.to_vec())),
                None => Ok(None),
            }
        })
    }
}
