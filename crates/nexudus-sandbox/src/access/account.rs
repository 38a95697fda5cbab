//! Who can log in from the start.

/// The e-mail address of the administrator that a sandbox starts with.
pub const ADMIN_EMAIL: &str = "admin@example.com";
/// The e-mail address of the user without roles that a sandbox starts with.
pub const GUEST_EMAIL: &str = "guest@example.com";
/// The password of both.
pub const PASSWORD: &str = "sandbox";
/// The bearer token of the administrator. It does not expire.
pub const TOKEN: &str = "sandbox-token";

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
