//! How a sandbox is set up. Read once, by `State` and the server, when it starts.

use std::time::Duration;

use crate::access::account::{Account, App};
use crate::access::token::Lives;
use crate::seed::fill::Seed;
use crate::simulation::deviation::Deviations;
use crate::simulation::fault::Fault;
use crate::simulation::throttle::Limits;
use crate::simulation::unknown::UnknownFilters;
use crate::webhook::outbox::Sending;

/// The largest page, in records: the largest that a program was seen to ask for. The reference of 2020 says 1000, but the
/// service's own panel asks for 5000, and no source shows a page that was cut.
const LARGEST_PAGE: usize = 100_000;

/// Everything that can be set.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    /// Those who are given, besides the administrator and the guest that every sandbox has.
    pub(crate) accounts: Vec<Account>,
    /// Whether the published password and the published token let anybody in.
    pub(crate) default_credentials: bool,
    pub(crate) apps: Vec<App>,
    pub(crate) seed: Seed,
    /// What the demo space is made from.
    pub(crate) number: u64,
    pub(crate) max_body: usize,
    pub(crate) max_page: usize,
    pub(crate) unknown_filters: UnknownFilters,
    /// How long a client may take to send the head of a request, and then its body.
    pub(crate) patience: Duration,
    pub(crate) lives: Lives,
    pub(crate) limits: Option<Limits>,
    pub(crate) faults: Vec<Fault>,
    pub(crate) deviations: Deviations,
    pub(crate) sending: Sending,
    /// The time that the clock starts from, and whether it stands still.
    pub(crate) clock: Option<(i64, bool)>,
    /// Whether a line for each request goes to standard error.
    pub(crate) log: bool,
    /// The file that records are kept in.
    #[cfg(feature = "sqlite")]
    pub(crate) data: Option<std::path::PathBuf>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            accounts: Vec::new(),
            default_credentials: true,
            apps: Vec::new(),
            seed: Seed::default(),
            number: 1,
            max_body: 8 << 20,
            max_page: LARGEST_PAGE,
            patience: Duration::from_mins(1),
            lives: Lives::default(),
            unknown_filters: UnknownFilters::default(),
            limits: None,
            faults: Vec::new(),
            deviations: Deviations::default(),
            sending: Sending::default(),
            clock: None,
            log: false,
            #[cfg(feature = "sqlite")]
            data: None,
        }
    }
}
