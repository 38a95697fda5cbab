//! The client for programs without an asynchronous runtime: the same names, and each call waits for its end.
//!
//! Behind it stands the asynchronous client on a thread of its own, so clones of [`Client`] may be used from
//! several threads at once. It must not be used from within an asynchronous runtime: there, waiting would hold up
//! other tasks.
//!
//! ```no_run
//! # fn run() -> Result<(), nexudus_client::Error> {
//! let client = nexudus_client::blocking::Client::from_env()?;
//! let messages = client.user_messages();
//! println!("{:?}", messages.get(87_654_321)?.header);
//! for message in messages.list(|list| list.size(100)).items() {
//!     println!("{:?}", message?.header);
//! }
//! # Ok(())
//! # }
//! ```

use std::borrow::Borrow;
use std::fmt;
use std::sync::Arc;

use nexudus_core::{
    CanCreate, CanDelete, CanGet, CanList, CanUpdate, Change, Entity, Envelope, FileOf, Full, Id, Page,
};
use tokio::runtime::{Builder, Runtime};

use crate::client::ClientBuilder;
use crate::error::Error;
use crate::{Collection, Command, EnumValue, List, OnConflict, Run, Updated, Upserted};

/// A client whose calls wait. Cloning it is cheap.
#[derive(Clone)]
pub struct Client {
    inner: crate::Client,
    runtime: Arc<Runtime>,
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
        // Two threads: one that waits for the network, and one for what must go on meanwhile.
        let runtime = Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("nexudus-client")
            .enable_all()
            .build()
            .map_err(failed)?;
        Ok(Self { inner: settings.build()?, runtime: Arc::new(runtime) })
    }

    /// A client set up by the environment, as [`crate::Client::from_env`].
    pub fn from_env() -> Result<Self, Error> {
        Self::new(ClientBuilder::from_env()?)
    }

    /// The records of an entity that is named by its type.
    pub fn endpoint<E: Entity>(&self) -> Endpoint<E> {
        Endpoint { inner: crate::Endpoint::new(&self.inner), runtime: Arc::clone(&self.runtime) }
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
        self.runtime.block_on(call.into_future())
    }

    /// The asynchronous client behind it.
    pub fn asynchronous(&self) -> &crate::Client {
        &self.inner
    }
}

/// The records of one entity.
pub struct Endpoint<E> {
    inner: crate::Endpoint<E>,
    runtime: Arc<Runtime>,
}

impl<E> Clone for Endpoint<E> {
    fn clone(&self) -> Self {
        Self { inner: self.inner.clone(), runtime: Arc::clone(&self.runtime) }
    }
}

impl<E> fmt::Debug for Endpoint<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.fmt(f)
    }
}

impl<E: Entity> Endpoint<E> {
    fn wait<T>(&self, call: impl IntoFuture<Output = T>) -> T {
        self.runtime.block_on(call.into_future())
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

    /// As [`crate::Endpoint::get_many`]: summaries.
    pub fn get_many(&self, ids: impl IntoIterator<Item = impl Into<Id<E>>>) -> Result<Vec<E>, Error>
    where
        E: CanGet,
    {
        self.wait(self.inner.get_many(ids))
    }

    /// A list, as [`crate::Endpoint::list`] and what is set on it.
    pub fn list(&self, set: impl FnOnce(List<E>) -> List<E>) -> Listing<E>
    where
        E: CanList,
    {
        Listing { inner: set(self.inner.list()), runtime: Arc::clone(&self.runtime) }
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
    pub fn update(&self, id: impl Into<Id<E>>, change: impl FnMut(&mut E) + Send) -> Result<Updated, Error>
    where
        E: CanUpdate,
    {
        self.update_or(OnConflict::default(), id, change)
    }

    /// As [`update`](Self::update), with a choice of what to do about somebody else's change.
    pub fn update_or(
        &self,
        on_conflict: OnConflict,
        id: impl Into<Id<E>>,
        change: impl FnMut(&mut E) + Send,
    ) -> Result<Updated, Error>
    where
        E: CanUpdate,
    {
        self.wait(self.inner.update(id, change).on_conflict(on_conflict))
    }

    /// What an update would change: sends nothing.
    pub fn preview(&self, id: impl Into<Id<E>>, change: impl FnMut(&mut E) + Send) -> Result<Vec<Change>, Error>
    where
        E: CanUpdate,
    {
        self.runtime.block_on(self.inner.update(id, change).preview())
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

    /// A command by its key, run as it is set.
    pub fn command(&self, key: impl Into<String>, set: impl FnOnce(Run<E>) -> Run<E>) -> Result<Envelope, Error> {
        self.runtime.block_on(set(self.inner.command(key)).run())
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

/// A list to be asked for.
#[must_use = "a list does nothing until it is asked for"]
pub struct Listing<E> {
    inner: List<E>,
    runtime: Arc<Runtime>,
}

impl<E> fmt::Debug for Listing<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.fmt(f)
    }
}

impl<E: CanList> Listing<E> {
    /// One page.
    pub fn page(self) -> Result<Page<E>, Error> {
        self.runtime.block_on(self.inner.into_future())
    }

    /// All records, one after the other, each once.
    pub fn items(self) -> impl Iterator<Item = Result<E, Error>> {
        let Self { inner, runtime } = self;
        let mut items = inner.items();
        std::iter::from_fn(move || runtime.block_on(items.next()))
    }

    /// As [`List::collect`].
    pub fn collect(self, max: usize) -> Result<Collection<E>, Error> {
        self.runtime.block_on(self.inner.collect(max))
    }

    /// As [`List::count`].
    pub fn count(self) -> Result<u64, Error> {
        self.runtime.block_on(self.inner.count())
    }

    /// As [`List::first`].
    pub fn first(self) -> Result<Option<E>, Error> {
        self.runtime.block_on(self.inner.first())
    }
}
