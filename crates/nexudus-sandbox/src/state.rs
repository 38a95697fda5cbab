//! Everything that a sandbox holds while it runs: records, users, tokens, the clock, what waits to be sent.
//!
//! Requests are answered by functions that take it; it waits for nothing and knows no socket.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use http::StatusCode;
use serde_json::value::RawValue;

use crate::access::account::{self, Account, App};
use crate::access::token::{Lives, Tokens};
use crate::access::user::{self, Directory, Users};
use crate::catalog::Catalog;
use crate::effect::work::{Done, Said};
use crate::message::reply::Reply;
#[cfg(feature = "sqlite")]
use crate::seed::accounts;
use crate::seed::fill::{self, Seed};
use crate::seed::records;
use crate::settings::Settings;
use crate::simulation::clock::Clock;
use crate::simulation::deviation::Deviations;
use crate::simulation::fault::{Fault, Faults};
use crate::simulation::log::Log;
use crate::simulation::throttle::{Limits, Throttle};
use crate::simulation::unknown::UnknownFilters;
use crate::store::change::{RecordKey, StoreError};
use crate::store::memory::{Contents, Store};
use crate::store::view::View;
use crate::webhook::actions::Event;
use crate::webhook::attempt;
use crate::webhook::outbox::{Outbox, Sending};

/// What a sandbox holds while it runs.
pub(crate) struct State {
    pub(crate) catalog: Catalog,
    store: RwLock<Store>,
    pub(crate) clock: Clock,
    pub(crate) faults: Faults,
    pub(crate) deviations: Deviations,
    pub(crate) log: Log,
    pub(crate) outbox: Outbox,
    pub(crate) throttle: Throttle,
    pub(crate) tokens: Tokens,
    directory: Directory,
    snapshots: Mutex<BTreeMap<String, Contents>>,
    pub(crate) accounts: Vec<Account>,
    pub(crate) apps: Vec<App>,
    /// Whether the published password and the published token let anybody in.
    pub(crate) default_credentials: bool,
    seed: Seed,
    number: u64,
    /// The clock and the faults that it was started with.
    first_clock: Option<(i64, bool)>,
    first_faults: Vec<Fault>,
    /// The largest body that is read, in bytes.
    pub(crate) max_body: usize,
    /// The largest page that is given, in records.
    pub(crate) max_page: usize,
    pub(crate) unknown_filters: UnknownFilters,
    pub(crate) lives: Lives,
    pub(crate) limits: Option<Limits>,
    pub(crate) sending: Sending,
    /// What whoever started the sandbox should know.
    pub(crate) warning: Option<String>,
}

impl State {
    /// Opens the store, or fills it from the seed.
    pub(crate) fn new(settings: Settings) -> Result<Self, StoreError> {
        let catalog = Catalog::new(nexudus_model::tables(), crate::generated::EFFECTS);
        account::check(&catalog, &settings.accounts, &settings.apps, settings.default_credentials)
            .map_err(StoreError)?;
        let clock = Clock::default();
        clock.start(settings.clock);
        let (store, warning) = open(&catalog, &settings, clock.second())?;
        Ok(Self {
            catalog,
            store: RwLock::new(store),
            clock,
            faults: Faults::new(settings.faults.clone()),
            deviations: settings.deviations,
            first_clock: settings.clock,
            first_faults: settings.faults,
            log: Log::default(),
            outbox: Outbox::default(),
            throttle: Throttle::default(),
            tokens: Tokens::default(),
            directory: Directory::default(),
            snapshots: Mutex::default(),
            accounts: settings.accounts,
            apps: settings.apps,
            default_credentials: settings.default_credentials,
            seed: settings.seed,
            number: settings.number,
            max_body: settings.max_body,
            max_page: settings.max_page,
            unknown_filters: settings.unknown_filters,
            lives: settings.lives,
            limits: settings.limits,
            sending: settings.sending,
            warning,
        })
    }

    pub(crate) fn read(&self) -> RwLockReadGuard<'_, Store> {
        self.store.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn write(&self) -> RwLockWriteGuard<'_, Store> {
        self.store.write().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn snapshots(&self) -> MutexGuard<'_, BTreeMap<String, Contents>> {
        self.snapshots.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The tables with the records, to read.
    pub(crate) fn view<'a>(&'a self, store: &'a Store) -> View<'a> {
        View { catalog: &self.catalog, store, now: self.clock.second() }
    }

    /// All users as the records stand.
    pub(crate) fn users(&self) -> Arc<Users> {
        self.directory.users(self.view(&self.read()), &self.accounts, self.default_credentials)
    }

    /// Starts over from a seed, by default the one that the sandbox was started with, with the clock and the faults of
    /// the start and without snapshots. Tokens and the log stay: clients go on.
    pub(crate) fn reset(&self, seed: Option<Seed>) -> Result<(), StoreError> {
        self.clock.start(self.first_clock);
        self.faults.set(self.first_faults.clone());
        self.snapshots().clear();
        let seed = seed.unwrap_or(self.seed);
        let contents = fill::fill(&self.catalog, &self.accounts, seed, self.number, self.clock.second());
        self.write().replace(contents)?;
        self.throttle.clear();
        self.outbox.clear();
        Ok(())
    }

    /// Puts records into the store as they are, unchecked: how many, and what was left out of them.
    pub(crate) fn load(&self, records: &RawValue) -> Result<(usize, Vec<String>), String> {
        let loaded = records::changes(&self.catalog, records, self.clock.second())?;
        self.write().commit(loaded.changes).map_err(|error| error.to_string())?;
        Ok((loaded.records, loaded.left_out))
    }

    /// Keeps what an attempt to call a webhook came to; whether it is still to be called.
    pub(crate) fn record_attempt(&self, hook: i64, error: Option<String>) -> bool {
        let mut store = self.write();
        let changes = attempt::attempt_changes(self.view(&store), hook, self.clock.second(), error);
        changes.is_some_and(|(changes, goes_on)| store.commit(changes).is_ok() && goes_on)
    }

    /// Makes changes durable and visible, and tells the webhooks. What can't be written down is not done, and
    /// the caller hears so.
    pub(crate) fn finish(&self, store: &mut Store, done: Done) -> Result<Said, Reply> {
        let Done { changes, events, said } = done;
        let changes = user::passwords(&self.catalog, changes);
        let deliveries = |store: &Store, event: Event, records: &[RecordKey]| -> Vec<_> {
            let of = |(entity, id): &RecordKey| {
                self.outbox.deliveries(self.view(store), self.catalog.entity(*entity), event, &[*id])
            };
            records.iter().flat_map(of).collect()
        };
        // Of a deleted record the last state is told, so it has to be looked at before.
        let gone = deliveries(store, Event::Delete, &events.deleted);
        store.commit(changes).map_err(|error: StoreError| {
            Reply::message(StatusCode::INTERNAL_SERVER_ERROR, "An error has occurred.").hint(error.to_string())
        })?;
        let made = deliveries(store, Event::Create, &events.made);
        let changed = deliveries(store, Event::Update, &events.changed);
        for told in [gone, made, changed] {
            self.outbox.post(told);
        }
        Ok(said)
    }
}

/// The store as it is when the sandbox starts, and what whoever started it should know.
#[cfg_attr(not(feature = "sqlite"), expect(clippy::unnecessary_wraps, reason = "a file may fail to open"))]
fn open(catalog: &Catalog, settings: &Settings, now: i64) -> Result<(Store, Option<String>), StoreError> {
    let seeded = || fill::fill(catalog, &settings.accounts, settings.seed, settings.number, now);
    #[cfg(feature = "sqlite")]
    if let Some(path) = &settings.data {
        use crate::store::sqlite;
        if let Some(sqlite::Opened { file, contents, warning }) = sqlite::open(path, catalog)? {
            // Whoever is given can log in, whether the file is new or not.
            let given = accounts::renew(catalog, &contents, &settings.accounts, now);
            let mut store = Store::new(contents, Some(Box::new(file)));
            if !given.is_empty() {
                store.commit(given)?;
            }
            return Ok((store, warning));
        }
        let contents = seeded();
        let file = sqlite::create(path, catalog, &contents)?;
        return Ok((Store::new(contents, Some(Box::new(file))), None));
    }
    Ok((Store::new(seeded(), None), None))
}
