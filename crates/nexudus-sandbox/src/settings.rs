//! How a sandbox is set up.

use std::time::Duration;

use crate::fault::Fault;
use crate::throttle::Limits;
use crate::token::Lives;
use crate::webhook::Sending;

/// Someone who can log in from the start.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Account {
    /// The e-mail address, which is the name to log in by.
    pub email: String,
    /// The password, in clear: a sandbox is no place for real ones.
    pub password: String,
    /// A base32 secret for one-time codes, if the account has two factors.
    pub totp: Option<String>,
    /// A full administrator needs no roles.
    pub admin: bool,
    /// Whether the account may use the API at all.
    pub api_access: bool,
    /// Roles such as `Booking-List`.
    pub roles: Vec<String>,
}

impl Account {
    /// A user of the API without any role.
    pub fn new(email: impl Into<String>, password: impl Into<String>) -> Self {
        Self {
            email: email.into(),
            password: password.into(),
            totp: None,
            admin: false,
            api_access: true,
            roles: Vec::new(),
        }
    }

    /// Makes it a full administrator.
    #[must_use]
    pub fn admin(mut self) -> Self {
        self.admin = true;
        self
    }

    /// Gives it a role such as `Booking-List`.
    #[must_use]
    pub fn role(mut self, role: impl Into<String>) -> Self {
        self.roles.push(role.into());
        self
    }

    /// Asks for a one-time code as well, made from this base32 secret.
    #[must_use]
    pub fn totp(mut self, secret: impl Into<String>) -> Self {
        self.totp = Some(secret.into());
        self
    }

    /// Takes the right to use the API away, as members have none.
    #[must_use]
    pub fn without_api_access(mut self) -> Self {
        self.api_access = false;
        self
    }
}

/// A published app, which logs in with keys of its own and may do what its roles say.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct App {
    /// The key: the name to log in by.
    pub key: String,
    /// The secret of the app.
    pub secret: String,
    /// The token that an installation was given. The password is the MD5 of token and secret.
    pub token: String,
    /// The roles that the app asked for.
    pub roles: Vec<String>,
}

impl App {
    /// An app without any role.
    pub fn new(key: impl Into<String>, secret: impl Into<String>, token: impl Into<String>) -> Self {
        Self { key: key.into(), secret: secret.into(), token: token.into(), roles: Vec::new() }
    }

    /// Gives it a role such as `Booking-List`.
    #[must_use]
    pub fn role(mut self, role: impl Into<String>) -> Self {
        self.roles.push(role.into());
        self
    }
}

/// What a sandbox holds when it starts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Seed {
    /// Nothing but the accounts and the names of the roles.
    Empty,
    /// Besides, a few records for first steps.
    #[default]
    Sample,
    /// Besides, a coherent space with members, bookings and invoices.
    Demo,
}

impl std::str::FromStr for Seed {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        match name.to_ascii_lowercase().as_str() {
            "empty" => Ok(Self::Empty),
            "sample" => Ok(Self::Sample),
            "demo" => Ok(Self::Demo),
            _ => Err(format!("{name}: no such seed, give empty, sample or demo")),
        }
    }
}

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
            accounts: vec![
                Account::new(crate::ADMIN_EMAIL, crate::PASSWORD).admin(),
                Account::new(crate::GUEST_EMAIL, crate::PASSWORD),
            ],
            apps: Vec::new(),
            token: Some((crate::TOKEN.into(), crate::ADMIN_EMAIL.into())),
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
