//! Credentials.
//!
//! Some credentials are a fixed header: a token from elsewhere, a password with each request, the key of a published
//! app. The others are a login that obtains tokens, which expire: see [`tokens`].

mod app;
mod store;
mod tokens;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use data_encoding::BASE64;
use http::HeaderValue;
use secrecy::{ExposeSecret as _, SecretString};

pub use app::{App, Install, NotFromService};
pub use store::{FileStore, LockedStore, MemoryStore, Token, TokenStore};
pub use tokens::Login;
pub(crate) use tokens::Tokens;

use crate::error::Error;
use crate::http::{Exchange, Retry};

/// A password or a token. Nothing prints it, and its memory is wiped when it is dropped.
#[derive(Clone)]
pub struct Secret(SecretString);

impl Secret {
    /// The text, for the few places that need it.
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[hidden]")
    }
}

impl From<&str> for Secret {
    fn from(text: &str) -> Self {
        Self(text.into())
    }
}

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self(text.into())
    }
}

/// What the client shows to the service.
#[derive(Clone, Debug)]
pub struct Credentials(CredentialsKind);

#[derive(Clone, Debug)]
enum CredentialsKind {
    None,
    Bearer(Secret),
    Basic { user: String, password: Secret },
    Login(Login),
}

impl Credentials {
    /// Nothing.
    pub fn none() -> Self {
        Self(CredentialsKind::None)
    }

    /// A token that is renewed by somebody else, or not at all.
    pub fn bearer(token: impl Into<Secret>) -> Self {
        Self(CredentialsKind::Bearer(token.into()))
    }

    /// A user's e-mail address and password, sent with each request. The user needs the flag "API access".
    pub fn basic(email: impl Into<String>, password: impl Into<Secret>) -> Self {
        Self(CredentialsKind::Basic { user: email.into(), password: password.into() })
    }

    /// A user's e-mail address and password, shown once for tokens that are renewed from then on.
    pub fn login(email: impl Into<String>, password: impl Into<Secret>) -> Login {
        Login::new(email.into(), Some(password.into()))
    }

    /// Tokens that a store holds from an earlier login of this user. Without a password, a refresh token that
    /// has died can't be replaced.
    pub fn stored(email: impl Into<String>, store: Arc<dyn TokenStore>) -> Login {
        Login::new(email.into(), None).store(store)
    }

    /// Who is behind it, so that two of the same are known as such. Not for printing.
    pub(crate) fn identity(&self) -> String {
        match &self.0 {
            CredentialsKind::None => String::new(),
            CredentialsKind::Bearer(token) => format!("bearer {}", token.expose()),
            CredentialsKind::Basic { user, password } => format!("basic {user}:{}", password.expose()),
            CredentialsKind::Login(login) => format!("login {}", login.identity()),
        }
    }

    /// Makes the headers. The error says which credentials can't be sent, and not what they are.
    pub(crate) fn into_auth(self) -> Result<Auth, &'static str> {
        let text = match self.0 {
            CredentialsKind::None => return Ok(Auth::Fixed(None)),
            CredentialsKind::Bearer(token) => {
                let header = bearer_header(&token);
                let unfit = "the bearer token is empty, or contains characters that are not allowed in a header, such as a line break";
                return header.map(|header| Auth::Fixed(Some(header))).ok_or(unfit);
            }
            CredentialsKind::Basic { user, .. } if user.contains(':') => {
                return Err(
                    "the user name of HTTP Basic cannot contain a colon: the service would read the rest as the password",
                );
            }
            CredentialsKind::Basic { user, password } => {
                format!("Basic {}", BASE64.encode(format!("{user}:{}", password.expose()).as_bytes()))
            }
            CredentialsKind::Login(login) => {
                login.check()?;
                return Ok(Auth::Tokens(Arc::new(Tokens::new(login))));
            }
        };
        hidden(text)
            .map(|header| Auth::Fixed(Some(header)))
            .ok_or("the user name and password contain characters that are not allowed in a header")
    }
}

impl From<Login> for Credentials {
    fn from(login: Login) -> Self {
        Self(CredentialsKind::Login(login))
    }
}

/// The header of a token, if the token is visible ASCII.
fn bearer_header(token: &Secret) -> Option<HeaderValue> {
    let token = token.expose();
    (!token.is_empty() && token.bytes().all(|byte| byte.is_ascii_graphic())).then_some(())?;
    hidden(format!("Bearer {token}"))
}

fn hidden(text: String) -> Option<HeaderValue> {
    let mut value = HeaderValue::try_from(text).ok()?;
    value.set_sensitive(true);
    Some(value)
}

/// Credentials at work.
pub(crate) enum Auth {
    Fixed(Option<HeaderValue>),
    Tokens(Arc<Tokens>),
}

/// How long and how often a token may be asked for.
#[derive(Clone, Debug)]
pub(crate) struct Limits {
    pub(crate) retry: Retry,
    /// The longest time for one request.
    pub(crate) timeout: Duration,
}

/// What a request carries.
pub(crate) struct Authorization {
    pub(crate) header: Option<HeaderValue>,
    /// The number of the token among those that the client has had.
    generation: u64,
}

impl Auth {
    /// What the next request carries.
    pub(crate) async fn authorize(&self, exchange: &Arc<Exchange>, limits: Limits) -> Result<Authorization, Error> {
        match self {
            Self::Fixed(header) => Ok(Authorization { header: header.clone(), generation: 0 }),
            Self::Tokens(tokens) => tokens.authorize(exchange, limits).await,
        }
    }

    /// The service did not accept what a request carried. Whether there is something newer now.
    pub(crate) async fn rejected(
        &self,
        exchange: &Arc<Exchange>,
        limits: Limits,
        rejected: &Authorization,
    ) -> Result<bool, Error> {
        match self {
            Self::Fixed(_) => Ok(false),
            Self::Tokens(tokens) => tokens.rejected(exchange, limits, rejected.generation).await,
        }
    }
}
