//! How a sandbox is set up.

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

/// What a sandbox holds when it starts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Seed {
    /// Nothing but the accounts and the names of the roles.
    Empty,
    /// Besides, a few records for first steps.
    #[default]
    Sample,
}

/// Everything that can be set.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    pub(crate) accounts: Vec<Account>,
    /// A bearer token that never expires, and the account that it stands for.
    pub(crate) token: Option<(String, String)>,
    pub(crate) seed: Seed,
    pub(crate) max_body: usize,
    pub(crate) max_page: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            accounts: vec![
                Account::new(crate::ADMIN_EMAIL, crate::PASSWORD).admin(),
                Account::new(crate::GUEST_EMAIL, crate::PASSWORD),
            ],
            token: Some((crate::TOKEN.into(), crate::ADMIN_EMAIL.into())),
            seed: Seed::default(),
            max_body: 8 << 20,
            max_page: usize::try_from(nexudus_core::service::MAX_SIZE).unwrap_or(1000),
        }
    }
}
