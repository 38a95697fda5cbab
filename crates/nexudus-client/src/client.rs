//! The client and how it is set up.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use http::HeaderValue;
use nexudus_core::service;
use nexudus_core::transport::Transport;

use crate::auth::{Credentials, Secret};
use crate::error::Error;
use crate::query::Base;
use crate::transport::{Http, Settings};

/// The environment variables that [`Client::from_env`] reads.
const BASE_URL: &str = "NEXUDUS_BASE_URL";
const TOKEN: &str = "NEXUDUS_TOKEN";
const EMAIL: &str = "NEXUDUS_EMAIL";
const PASSWORD: &str = "NEXUDUS_PASSWORD";

/// A client of the service. Cloning it is cheap, and clones share connections and limits.
#[derive(Clone)]
pub struct Client {
    core: Arc<Core>,
}

/// What clones share.
pub(crate) struct Core {
    pub(crate) base: Base,
    pub(crate) transport: Arc<dyn Transport>,
    pub(crate) authorization: Option<HeaderValue>,
    pub(crate) user_agent: HeaderValue,
    pub(crate) timeout: Duration,
    pub(crate) body_limit: usize,
}

impl Client {
    /// A client with its own settings.
    pub fn builder() -> ClientBuilder {
        ClientBuilder::default()
    }

    /// A client set up by the environment: `NEXUDUS_BASE_URL` (optional), `NEXUDUS_TOKEN`, or else
    /// `NEXUDUS_EMAIL` and `NEXUDUS_PASSWORD`.
    pub fn from_env() -> Result<Self, Error> {
        ClientBuilder::from_env()?.build()
    }

    /// The base address, without a slash at its end.
    pub fn base_url(&self) -> &str {
        self.core.base.as_str()
    }

    pub(crate) fn core(&self) -> &Core {
        &self.core
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("base_url", &self.base_url()).finish_non_exhaustive()
    }
}

/// Settings of a [`Client`].
#[derive(Clone)]
#[must_use = "settings do nothing until the client is built"]
pub struct ClientBuilder {
    base: String,
    allow_plain_http: bool,
    credentials: Credentials,
    transport: Option<Arc<dyn Transport>>,
    connect_timeout: Duration,
    read_timeout: Duration,
    timeout: Duration,
    body_limit: usize,
}

impl Default for ClientBuilder {
    fn default() -> Self {
        Self {
            base: service::BASE_URL.to_owned(),
            allow_plain_http: false,
            credentials: Credentials::none(),
            transport: None,
            connect_timeout: Duration::from_secs(10),
            read_timeout: Duration::from_secs(30),
            timeout: Duration::from_mins(1),
            body_limit: 64 * 1024 * 1024,
        }
    }
}

impl ClientBuilder {
    /// Settings from the environment, as [`Client::from_env`] reads it.
    pub fn from_env() -> Result<Self, Error> {
        Self::from_lookup(|name| std::env::var(name).ok())
    }

    /// Settings from whatever answers for the environment.
    pub fn from_lookup(lookup: impl Fn(&str) -> Option<String>) -> Result<Self, Error> {
        let read = |name| lookup(name).filter(|value| !value.trim().is_empty());
        let mut builder = Self::default();
        if let Some(base) = read(BASE_URL) {
            builder = builder.base_url(base);
        }
        match (read(TOKEN), read(EMAIL), read(PASSWORD)) {
            (Some(token), _, _) => Ok(builder.bearer(token)),
            (None, Some(email), Some(password)) => Ok(builder.basic(email, password)),
            (None, Some(_), None) => Err(Error::usage(format!("{EMAIL} is set but {PASSWORD} is not"))),
            (None, None, Some(_)) => Err(Error::usage(format!("{PASSWORD} is set but {EMAIL} is not"))),
            (None, None, None) => Err(Error::usage(format!("set {TOKEN}, or {EMAIL} and {PASSWORD}"))),
        }
    }

    /// The base address; without this, the service's own.
    pub fn base_url(mut self, url: impl Into<String>) -> Self {
        self.base = url.into();
        self
    }

    /// Allows a base address without TLS on another machine, where everyone on the way can read the
    /// credentials. This machine's own addresses are always allowed.
    pub fn allow_plain_http(mut self) -> Self {
        self.allow_plain_http = true;
        self
    }

    /// What the client shows to the service.
    pub fn credentials(mut self, credentials: Credentials) -> Self {
        self.credentials = credentials;
        self
    }

    /// A bearer token that something else looks after.
    pub fn bearer(self, token: impl Into<Secret>) -> Self {
        self.credentials(Credentials::bearer(token))
    }

    /// A user's e-mail address and password, sent with each request.
    pub fn basic(self, email: impl Into<String>, password: impl Into<Secret>) -> Self {
        self.credentials(Credentials::basic(email, password))
    }

    /// Something else than HTTP through a socket to carry requests, such as a sandbox in the same process.
    pub fn transport(mut self, transport: Arc<dyn Transport>) -> Self {
        self.transport = Some(transport);
        self
    }

    /// The longest time for making a connection: 10 seconds if not set.
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.connect_timeout = timeout;
        self
    }

    /// The longest time between two pieces of an answer: 30 seconds if not set.
    pub fn read_timeout(mut self, timeout: Duration) -> Self {
        self.read_timeout = timeout;
        self
    }

    /// The longest time for one request with its whole answer: 60 seconds if not set.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// The longest answer that is read into memory: 64 MiB if not set. Compressed answers count unpacked.
    pub fn body_limit(mut self, bytes: usize) -> Self {
        self.body_limit = bytes;
        self
    }

    /// The client.
    pub fn build(self) -> Result<Client, Error> {
        let base = Base::parse(&self.base, self.allow_plain_http).map_err(Error::usage)?;
        let authorization = self
            .credentials
            .header()
            .map_err(|_| Error::usage("the credentials hold characters that can't stand in a header"))?;
        let transport = if let Some(transport) = self.transport {
            transport
        } else {
            let settings = Settings {
                tls: base.is_https(),
                connect_timeout: self.connect_timeout,
                read_timeout: self.read_timeout,
            };
            let failed = |error| Error::usage("HTTP could not be set up").with_source(error);
            Arc::new(Http::new(&settings).map_err(failed)?)
        };
        let user_agent = HeaderValue::from_static(concat!("nexudus-sdk-rust/", env!("CARGO_PKG_VERSION")));
        let (timeout, body_limit) = (self.timeout, self.body_limit);
        Ok(Client { core: Arc::new(Core { base, transport, authorization, user_agent, timeout, body_limit }) })
    }
}

impl fmt::Debug for ClientBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientBuilder")
            .field("base", &self.base)
            .field("credentials", &self.credentials)
            .finish_non_exhaustive()
    }
}
