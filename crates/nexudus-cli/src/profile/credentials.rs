//! Credentials on disk.

use std::sync::Arc;

use nexudus_client::{Credentials, FileStore};

use super::home::{self, Home};
use crate::failure::Failure;
use crate::json::{Object, Raw};

/// How somebody logged in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LoginKind {
    /// A bearer token that was made elsewhere.
    Token,
    /// An e-mail address and a password, sent with each request.
    Basic,
    /// Tokens that are renewed, from an e-mail address and a password that are not kept.
    Login,
}

impl LoginKind {
    /// The name in the file.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Token => "token",
            Self::Basic => "basic",
            Self::Login => "login",
        }
    }
}

/// The credentials of a profile, with the base address that they were issued for.
#[derive(Clone)]
pub(crate) struct Stored {
    /// The only base address that they are sent to.
    pub(crate) base_url: String,
    /// How they were got.
    pub(crate) kind: LoginKind,
    /// The e-mail address, where there is one.
    pub(crate) email: Option<String>,
    /// The token or the password.
    pub(crate) secret: Option<String>,
    /// What this profile calls itself when it renews its tokens: its own, so that no other login ends them.
    pub(crate) client_id: Option<String>,
}

impl std::fmt::Debug for Stored {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Stored").field("base_url", &self.base_url).field("kind", &self.kind).finish_non_exhaustive()
    }
}

impl Stored {
    /// The credentials of a profile; `None` if it has none.
    pub(crate) fn load(home: &Home, profile: &str) -> Result<Option<Self>, Failure> {
        let path = home.credentials(profile);
        let Some(text) = home::read_guarded(&path, home::READ_OR_WRITE)? else { return Ok(None) };
        let wrong = || {
            Failure::usage(format!("{}: these are not credentials", path.display()))
                .hint(format!("Log in again: nexudus login --profile {profile}"))
        };
        let object = Object::parse(&text).map_err(|_| wrong())?;
        let text = |name: &str| object.get(name).and_then(Raw::as_str).map(std::borrow::Cow::into_owned);
        let kind = match text("kind").as_deref() {
            Some("token") => LoginKind::Token,
            Some("basic") => LoginKind::Basic,
            Some("login") => LoginKind::Login,
            _ => return Err(wrong()),
        };
        Ok(Some(Self {
            base_url: text("base_url").ok_or_else(wrong)?,
            kind,
            email: text("email"),
            secret: text("secret"),
            client_id: text("client_id"),
        }))
    }

    /// Puts them into the place of whatever the profile has.
    pub(crate) fn save(&self, home: &Home, profile: &str) -> Result<(), Failure> {
        let mut object = Object::default();
        object.set("base_url", Raw::string(&self.base_url));
        object.set("kind", Raw::string(self.kind.name()));
        let texts = [("email", &self.email), ("secret", &self.secret), ("client_id", &self.client_id)];
        for (name, text) in texts {
            if let Some(text) = text {
                object.set(name, Raw::string(text));
            }
        }
        home::write_private(&home.credentials(profile), &object.to_raw().pretty())
    }

    /// Removes a profile's credentials and tokens. Whether there were any.
    pub(crate) fn remove(home: &Home, profile: &str) -> Result<bool, Failure> {
        let tokens = home::remove_with_lock(&home.tokens(profile))?;
        Ok(home::remove(&home.credentials(profile))? || tokens)
    }

    /// What the client shows to the service.
    pub(crate) fn credentials(&self, home: &Home, profile: &str) -> Result<Credentials, Failure> {
        let missing = || {
            Failure::usage(format!("the credentials of profile {profile} are damaged"))
                .hint(format!("Log in again: nexudus login --profile {profile}"))
        };
        let email = || self.email.clone().ok_or_else(missing);
        let secret = || self.secret.clone().ok_or_else(missing);
        Ok(match self.kind {
            LoginKind::Token => Credentials::bearer(secret()?),
            LoginKind::Basic => Credentials::basic(email()?, secret()?),
            LoginKind::Login => {
                let login = Credentials::stored(email()?, Arc::new(FileStore::new(home.tokens(profile))));
                match &self.client_id {
                    Some(id) => login.client_id(id.clone()).into(),
                    None => login.into(),
                }
            }
        })
    }
}
