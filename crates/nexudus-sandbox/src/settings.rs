//! How a sandbox is set up. Read once, by `State` and the server, when it starts.

use std::time::Duration;

use crate::access::account::{ADMIN_EMAIL, Account, App, GUEST_EMAIL, PASSWORD, TOKEN};
use crate::access::token::Lives;
use crate::seed::fill::Seed;
use crate::simulation::fault::Fault;
use crate::simulation::throttle::Limits;
use crate::webhook::outbox::Sending;

/// Everything that can be set.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    pub(crate) accounts: Vec<Account>,
    pub(crate) apps: Vec<App>,
    /// A bearer token that never expires, and the account that it stands for.
    pub(crate) token: Option<(String, String)>,
    pub(crate) seed: Seed,
    /// What the demo space is made from.
    pub(crate) number: u64,
    pub(crate) max_body: usize,
    pub(crate) max_page: usize,
    /// How long a client may take to send the head of a request, and then its body.
    pub(crate) patience: Duration,
    pub(crate) lives: Lives,
    pub(crate) limits: Option<Limits>,
    pub(crate) faults: Vec<Fault>,
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
            accounts: vec![Account::new(ADMIN_EMAIL, PASSWORD).admin(), Account::new(GUEST_EMAIL, PASSWORD)],
            apps: Vec::new(),
            token: Some((TOKEN.into(), ADMIN_EMAIL.into())),
            seed: Seed::default(),
            number: 1,
            max_body: 8 << 20,
            max_page: usize::try_from(nexudus_core::service::MAX_SIZE).unwrap_or(1000),
            patience: Duration::from_mins(1),
            lives: Lives::default(),
            limits: None,
            faults: Vec::new(),
            sending: Sending::default(),
            clock: None,
            log: false,
            #[cfg(feature = "sqlite")]
            data: None,
        }
    }
}
