//! Who can log in from the start.

use nexudus_core::Operation;

use crate::catalog::Catalog;
use crate::message::names::{nearest, quoted};

/// The e-mail address of the administrator that a sandbox starts with.
pub const ADMIN_EMAIL: &str = "admin@example.com";
/// The e-mail address of the user without roles that a sandbox starts with.
pub const GUEST_EMAIL: &str = "guest@example.com";
/// The password of both.
pub const PASSWORD: &str = "sandbox";
/// The bearer token of the administrator. It does not expire.
pub const TOKEN: &str = "sandbox-token";

/// The administrator and the guest that every sandbox has, and those who are given. One who is given under the address
/// of the administrator or the guest takes that place.
pub(crate) fn everybody(given: &[Account]) -> Vec<Account> {
    let mut all = vec![Account::new(ADMIN_EMAIL, PASSWORD).admin(), Account::new(GUEST_EMAIL, PASSWORD)];
    for account in given {
        match all.iter_mut().find(|other| other.is(&account.email)) {
            Some(other) => other.clone_from(account),
            None => all.push(account.clone()),
        }
    }
    all
}

/// Whether accounts and apps can be given; `Err` says what is wrong with which.
pub(crate) fn check(catalog: &Catalog, accounts: &[Account], apps: &[App], published: bool) -> Result<(), String> {
    for (at, account) in accounts.iter().enumerate() {
        let email = &account.email;
        if email.trim().is_empty() || account.password.trim().is_empty() {
            return Err(format!("account {}: has no e-mail address or no password", at + 1));
        }
        if !published && account.password == PASSWORD {
            return Err(format!("{email} has the published password, which is off beyond the loopback; give another"));
        }
        if accounts[..at].iter().any(|other| other.is(email)) {
            return Err(format!("{email} is given twice"));
        }
        known_roles(catalog, email, &account.roles)?;
    }
    for app in apps {
        if [&app.key, &app.secret, &app.token].iter().any(|part| part.trim().is_empty()) {
            return Err(format!("app {}: has an empty key, secret or token", app.key));
        }
        known_roles(catalog, &app.key, &app.roles)?;
    }
    Ok(())
}

fn known_roles(catalog: &Catalog, of: &str, roles: &[String]) -> Result<(), String> {
    let known: Vec<String> = catalog
        .entities()
        .iter()
        .flat_map(|entity| Operation::ALL.into_iter().map(|operation| entity.role(operation)))
        .collect();
    for role in roles {
        if !known.iter().any(|known| known.eq_ignore_ascii_case(role)) {
            let near = nearest(role, known.iter().map(String::as_str));
            let near = near.map(|near| format!(", did you mean `{near}`?")).unwrap_or_default();
            return Err(format!("{of}: there is no role {}{near}", quoted(role)));
        }
    }
    Ok(())
}

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
    /// Whether it is that of an address.
    pub(crate) fn is(&self, email: &str) -> bool {
        self.email.trim().to_lowercase() == email.trim().to_lowercase()
    }

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
