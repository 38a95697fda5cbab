//! The client and how it is set up.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use http::{HeaderMap, HeaderName, HeaderValue};
use nexudus_core::service;
use nexudus_core::transport::Transport;

use crate::auth::{Auth, Credentials, Secret};
use crate::call::Attempt;
use crate::call::{Budget, Retry};
use crate::call::{RateLimit, RateLimiter};
use crate::error::Error;
use crate::http::Base;
use crate::http::{Http, Settings};

/// The environment variables that [`Client::from_env`] reads.
const BASE_URL: &str = "NEXUDUS_BASE_URL";
const TOKEN: &str = "NEXUDUS_TOKEN";
const EMAIL: &str = "NEXUDUS_EMAIL";
const PASSWORD: &str = "NEXUDUS_PASSWORD";

/// A client of the service. Cloning it is cheap, and clones share connections, tokens and limits.
#[derive(Clone)]
pub struct Client(Arc<Shared>);

/// Behind one pointer, since clients are copied for every call.
struct Shared {
    core: Arc<Core>,
    options: Options,
}

/// What clones share.
pub(crate) struct Core {
    pub(crate) base: Base,
    pub(crate) transport: Arc<dyn Transport>,
    pub(crate) auth: Auth,
    pub(crate) rate_limiter: Option<Arc<RateLimiter>>,
    pub(crate) budget: Budget,
    pub(crate) user_agent: HeaderValue,
    pub(crate) headers: HeaderMap,
    pub(crate) hooks: Vec<Hook>,
    pub(crate) body_limit: usize,
}

/// Sees each request and what came of it.
pub(crate) type Hook = Arc<dyn Fn(&Attempt<'_>) + Send + Sync>;

/// What one clone may have otherwise than the next.
#[derive(Clone)]
pub(crate) struct Options {
    pub(crate) retry: Retry,
    pub(crate) timeout: Duration,
    pub(crate) read_only: bool,
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
        self.0.core.base.as_str()
    }

    /// The same client with another policy for repeats, for one call or for many.
    #[must_use]
    pub fn with_retry(&self, retry: Retry) -> Self {
        self.with(|options| options.retry = retry)
    }

    /// The same client with another limit to the time of a request.
    #[must_use]
    pub fn with_timeout(&self, timeout: Duration) -> Self {
        self.with(|options| options.timeout = timeout)
    }

    /// The same client without writes: each is refused before anything is sent.
    #[must_use]
    pub fn read_only(&self) -> Self {
        self.with(|options| options.read_only = true)
    }

    fn with(&self, change: impl FnOnce(&mut Options)) -> Self {
        let mut options = self.0.options.clone();
        change(&mut options);
        Self(Arc::new(Shared { core: Arc::clone(&self.0.core), options }))
    }

    pub(crate) fn core(&self) -> &Core {
        &self.0.core
    }

    pub(crate) fn options(&self) -> &Options {
        &self.0.options
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
    options: Options,
    rate_limit: Option<RateLimit>,
    headers: HeaderMap,
    user_agent: HeaderValue,
    hooks: Vec<Hook>,
    proxy: Option<String>,
    roots: Vec<Vec<u8>>,
    body_limit: usize,
    /// The first thing that was told and can't be.
    mistake: Option<&'static str>,
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
            options: Options { retry: Retry::default(), timeout: Duration::from_mins(1), read_only: false },
            rate_limit: Some(RateLimit::default()),
            headers: HeaderMap::new(),
            user_agent: HeaderValue::from_static(concat!("nexudus-sdk-rust/", env!("CARGO_PKG_VERSION"))),
            hooks: Vec::new(),
            proxy: None,
            roots: Vec::new(),
            body_limit: 64 * 1024 * 1024,
            mistake: None,
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
    pub fn credentials(mut self, credentials: impl Into<Credentials>) -> Self {
        self.credentials = credentials.into();
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
        self.options.timeout = timeout;
        self
    }

    /// The longest answer that is read into memory: 64 MiB if not set. Compressed answers count unpacked.
    pub fn body_limit(mut self, bytes: usize) -> Self {
        self.body_limit = bytes;
        self
    }

    /// How often and for how long a call is tried.
    pub fn retry(mut self, retry: Retry) -> Self {
        self.options.retry = retry;
        self
    }

    /// How fast requests follow each other; without this, as the service's published limits have it.
    pub fn rate_limit(mut self, rate_limit: RateLimit) -> Self {
        self.rate_limit = Some(rate_limit);
        self
    }

    /// Sends requests as fast as they come.
    pub fn no_rate_limit(mut self) -> Self {
        self.rate_limit = None;
        self
    }

    /// Refuses all writes before anything is sent.
    pub fn read_only(mut self) -> Self {
        self.options.read_only = true;
        self
    }

    /// A header to send with each request. `Authorization` is not one of them.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        match (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            (Ok(name), Ok(value)) => {
                self.headers.insert(name, value);
            }
            _ => self.mistake = Some("a header holds characters that can't stand in one"),
        }
        self
    }

    /// What the client calls itself.
    pub fn user_agent(mut self, text: &str) -> Self {
        match HeaderValue::try_from(text) {
            Ok(value) => self.user_agent = value,
            Err(_) => self.mistake = Some("the user agent holds characters that can't stand in a header"),
        }
        self
    }

    /// Something that sees each request and what came of it. It is called on the task that made the call, so
    /// it should be quick.
    pub fn on_attempt(mut self, hook: impl Fn(&Attempt<'_>) + Send + Sync + 'static) -> Self {
        self.hooks.push(Arc::new(hook));
        self
    }

    /// A proxy for all requests, as a URL. Without this, the environment's (`HTTPS_PROXY` and the like).
    pub fn proxy(mut self, url: impl Into<String>) -> Self {
        self.proxy = Some(url.into());
        self
    }

    /// Certificates in PEM that are trusted besides the system's.
    pub fn ca_certificates(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.roots.push(pem.into());
        self
    }

    /// The client.
    pub fn build(self) -> Result<Client, Error> {
        if let Some(mistake) = self.mistake {
            return Err(Error::usage(mistake));
        }
        let base = Base::parse(&self.base, self.allow_plain_http).map_err(Error::usage)?;
        let rate_limiter =
            self.rate_limit.map(|limit| RateLimiter::shared(&limit, base.as_str(), &self.credentials.identity()));
        let auth = self
            .credentials
            .into_auth()
            .map_err(|_| Error::usage("the credentials hold characters that can't stand in a header"))?;
        let transport = if let Some(transport) = self.transport {
            transport
        } else {
            let settings = Settings {
                tls: base.is_https(),
                connect_timeout: self.connect_timeout,
                read_timeout: self.read_timeout,
                proxy: self.proxy,
                roots: self.roots,
            };
            let failed = |error| Error::usage("HTTP could not be set up").with_source(error);
            Arc::new(Http::new(&settings).map_err(failed)?)
        };
        let core = Core {
            base,
            transport,
            auth,
            rate_limiter,
            budget: Budget::new(),
            user_agent: self.user_agent,
            headers: self.headers,
            hooks: self.hooks,
            body_limit: self.body_limit,
        };
        Ok(Client(Arc::new(Shared { core: Arc::new(core), options: self.options })))
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
