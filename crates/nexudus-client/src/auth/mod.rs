//! Who the client is to the service.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use http::HeaderValue;
use secrecy::{ExposeSecret as _, SecretString};

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
pub struct Credentials(pub(crate) Kind);

#[derive(Clone, Debug)]
pub(crate) enum Kind {
    None,
    Bearer(Secret),
    Basic { user: String, password: Secret },
}

impl Credentials {
    /// Nothing.
    pub fn none() -> Self {
        Self(Kind::None)
    }

    /// A token that something else looks after.
    pub fn bearer(token: impl Into<Secret>) -> Self {
        Self(Kind::Bearer(token.into()))
    }

    /// A user's e-mail address and password, sent with each request. The user needs the flag "API access".
    pub fn basic(email: impl Into<String>, password: impl Into<Secret>) -> Self {
        Self(Kind::Basic { user: email.into(), password: password.into() })
    }

    /// The value of the `Authorization` header.
    pub(crate) fn header(&self) -> Result<Option<HeaderValue>, http::header::InvalidHeaderValue> {
        let text = match &self.0 {
            Kind::None => return Ok(None),
            Kind::Bearer(token) => format!("Bearer {}", token.expose()),
            Kind::Basic { user, password } => {
                format!("Basic {}", BASE64.encode(format!("{user}:{}", password.expose())))
            }
        };
        let mut value = HeaderValue::try_from(text)?;
        value.set_sensitive(true);
        Ok(Some(value))
    }
}
