//! The client and its settings.

use std::env::VarError;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use http::header::AUTHORIZATION;
use http::{HeaderMap, HeaderName, HeaderValue};
use nexudus_core::service;
use nexudus_core::transport::Transport;

use crate::auth::{Credentials, Secret};
use crate::call::{Budget, Caller, Core, Options, RateLimit, RateLimiter};
use crate::error::Error;
use crate::http::{
    ALLOW_PLAIN_HTTP, Attempt, Base, Exchange, Hook, Http, PlainHttp, ProxyChoice, Retry, Settings, redact,
};

/// The environment variables that [`Client::from_env`] reads, besides [`ALLOW_PLAIN_HTTP`].
const BASE_URL: &str = "NEXUDUS_BASE_URL";
const TOKEN: &str = "NEXUDUS_TOKEN";
const EMAIL: &str = "NEXUDUS_EMAIL";
const PASSWORD: &str = "NEXUDUS_PASSWORD";

/// A client of the service. Cloning it is cheap, and clones share connections, tokens and limits.
#[derive(Clone)]
pub struct Client(Caller);

impl Client {
    /// A client with its own settings.
    pub fn builder() -> ClientBuilder {
        ClientBuilder::default()
    }

    /// A client set up by the environment: `NEXUDUS_BASE_URL` (optional), `NEXUDUS_TOKEN`, or else
    /// `NEXUDUS_EMAIL` and `NEXUDUS_PASSWORD`. `NEXUDUS_ALLOW_PLAIN_HTTP` lists hosts, separated by commas, that may
    /// be asked without TLS.
    pub fn from_env() -> Result<Self, Error> {
        ClientBuilder::from_env()?.build()
    }

    /// The base address, without a slash at its end.
    pub fn base_url(&self) -> &str {
        self.0.exchange().base.as_str()
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
        Self(self.0.with(change))
    }

    /// The client of a caller.
    pub(crate) fn of(caller: &Caller) -> Self {
        Self(caller.clone())
    }

    /// What carries its calls out.
    pub(crate) fn caller(&self) -> &Caller {
        &self.0
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("base_url", &self.base_url()).finish_non_exhaustive()
    }
}

/// Makes a transport from another one.
type Wrap = Arc<dyn Fn(Arc<dyn Transport>) -> Arc<dyn Transport> + Send + Sync>;

/// Settings of a [`Client`].
#[derive(Clone)]
#[must_use = "settings do nothing until the client is built"]
pub struct ClientBuilder {
    base: String,
    plain_http: PlainHttp,
    credentials: Credentials,
    transport: Option<Arc<dyn Transport>>,
    wrap: Option<Wrap>,
    connect_timeout: Duration,
    read_timeout: Duration,
    options: Options,
    rate_limit: Option<RateLimit>,
    headers: HeaderMap,
    user_agent: HeaderValue,
    hooks: Vec<Hook>,
    proxy: ProxyChoice,
    bypass: Vec<String>,
    roots: Vec<Vec<u8>>,
    body_limit: usize,
    /// The variables that the base address and the credentials come from, for errors.
    base_variable: Option<&'static str>,
    credentials_variable: Option<&'static str>,
    /// The first setting that can't be.
    mistake: Option<&'static str>,
}

impl Default for ClientBuilder {
    fn default() -> Self {
        Self {
            base: service::BASE_URL.to_owned(),
            plain_http: PlainHttp::None,
            credentials: Credentials::none(),
            transport: None,
            wrap: None,
            connect_timeout: Duration::from_secs(10),
            read_timeout: Duration::from_secs(30),
            options: Options { retry: Retry::default(), timeout: Duration::from_mins(1), read_only: false },
            rate_limit: Some(RateLimit::default()),
            headers: HeaderMap::new(),
            user_agent: HeaderValue::from_static(concat!("nexudus-sdk-rust/", env!("CARGO_PKG_VERSION"))),
            hooks: Vec::new(),
            proxy: ProxyChoice::Environment,
            bypass: Vec::new(),
            roots: Vec::new(),
            body_limit: 64 * 1024 * 1024,
            base_variable: None,
            credentials_variable: None,
            mistake: None,
        }
    }
}

impl ClientBuilder {
    /// Settings from the environment, as [`Client::from_env`] reads it.
    pub fn from_env() -> Result<Self, Error> {
        for name in [BASE_URL, ALLOW_PLAIN_HTTP, TOKEN, EMAIL, PASSWORD] {
            if let Err(VarError::NotUnicode(_)) = std::env::var(name) {
                return Err(Error::usage(format!("{name}: the value is not text in UTF-8")));
            }
        }
        Self::from_lookup(|name| std::env::var(name).ok())
    }

    /// Settings from whatever answers for the environment.
    pub fn from_lookup(lookup: impl Fn(&str) -> Option<String>) -> Result<Self, Error> {
        let read = |name| lookup(name).filter(|value| !value.trim().is_empty());
        // A secret that was read from a file has a line break at its end.
        let secret = |name| read(name).map(cut_line_break);
        let mut builder = Self::default();
        if let Some(base) = read(BASE_URL) {
            builder = builder.base_url(base.trim());
            builder.base_variable = Some(BASE_URL);
        }
        if let Some(hosts) = read(ALLOW_PLAIN_HTTP) {
            builder.plain_http = PlainHttp::Hosts(host_names(&hosts)?);
        }
        let (credentials, variable) = match (secret(TOKEN), read(EMAIL), secret(PASSWORD)) {
            (Some(token), _, _) => (Credentials::bearer(token), TOKEN),
            (None, Some(email), Some(password)) => (Credentials::basic(email.trim(), password), EMAIL),
            (None, Some(_), None) => return Err(Error::usage(format!("{EMAIL} is set but {PASSWORD} is not"))),
            (None, None, Some(_)) => return Err(Error::usage(format!("{PASSWORD} is set but {EMAIL} is not"))),
            (None, None, None) => return Err(Error::usage(format!("set {TOKEN}, or {EMAIL} and {PASSWORD}"))),
        };
        builder = builder.credentials(credentials);
        builder.credentials_variable = Some(variable);
        Ok(builder)
    }

    /// The base address; without this, the service's own.
    pub fn base_url(mut self, url: impl Into<String>) -> Self {
        self.base = url.into();
        self.base_variable = None;
        self
    }

    /// Allows a base address without TLS on another machine, where everyone on the way can read the
    /// credentials. This machine's own addresses are always allowed.
    pub fn allow_plain_http(mut self) -> Self {
        self.plain_http = PlainHttp::All;
        self
    }

    /// Who the client is to the service.
    pub fn credentials(mut self, credentials: impl Into<Credentials>) -> Self {
        self.credentials = credentials.into();
        self.credentials_variable = None;
        self
    }

    /// A bearer token that is renewed by somebody else, or not at all.
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

    /// A transport around the one that carries requests, such as one that lets only some of them pass. It sees every
    /// request, token requests included.
    pub fn wrap_transport(
        mut self,
        wrap: impl Fn(Arc<dyn Transport>) -> Arc<dyn Transport> + Send + Sync + 'static,
    ) -> Self {
        self.wrap = Some(Arc::new(wrap));
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

    /// The longest time for one request with its whole answer, and for its turn under the rate limit: 60 seconds if
    /// not set. The limit of a call with all its attempts is [`Retry::total_time`].
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

    /// How fast requests follow each other; without this, as [`RateLimit::default`] has it.
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

    /// A header to send with each request, token requests included. `Authorization` is refused: it comes from the
    /// credentials.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        match (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            (Ok(AUTHORIZATION), _) => self.mistake = Some("set credentials instead of the header Authorization"),
            (Ok(name), Ok(value)) => {
                self.headers.insert(name, value);
            }
            _ => self.mistake = Some("a header contains characters that are not allowed in headers"),
        }
        self
    }

    /// What the client calls itself.
    pub fn user_agent(mut self, text: &str) -> Self {
        match HeaderValue::try_from(text) {
            Ok(value) => self.user_agent = value,
            Err(_) => self.mistake = Some("the user agent contains characters that are not allowed in a header"),
        }
        self
    }

    /// Something that sees each request, token requests included, and what came of it. It is called on the task that
    /// made the request, so it should be quick.
    pub fn on_attempt(mut self, hook: impl Fn(&Attempt<'_>) + Send + Sync + 'static) -> Self {
        self.hooks.push(Arc::new(hook));
        self
    }

    /// A proxy for all requests: an http or https address, which may hold a user name and password. Without this,
    /// the environment's (`HTTPS_PROXY`, `ALL_PROXY`, for plain http `http_proxy`; `NO_PROXY` lists exceptions).
    /// Requests to this machine use no proxy, unless it is on this machine too.
    pub fn proxy(mut self, url: impl Into<String>) -> Self {
        self.proxy = ProxyChoice::Address(url.into());
        self
    }

    /// No proxy, whatever the environment says.
    pub fn no_proxy(mut self) -> Self {
        self.proxy = ProxyChoice::Direct;
        self
    }

    /// Hosts that are reached without the proxy: names (subdomains included), IP addresses, or networks such as
    /// `10.0.0.0/8`. They add to those of `NO_PROXY`.
    pub fn bypass_proxy_for(mut self, hosts: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.bypass.extend(hosts.into_iter().map(Into::into));
        self
    }

    /// Certificates in PEM that are trusted besides the system's. A text without any is refused.
    pub fn ca_certificates(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.roots.push(pem.into());
        self
    }

    /// The client.
    pub fn build(self) -> Result<Client, Error> {
        if let Some(mistake) = self.mistake {
            return Err(Error::usage(mistake));
        }
        let at = |variable: Option<&str>, what: String| match variable {
            Some(variable) => Error::usage(format!("{variable}: {what}")),
            None => Error::usage(what),
        };
        let base = Base::parse(&self.base, &self.plain_http).map_err(|what| at(self.base_variable, what))?;
        let identity = self.credentials.identity();
        let rate_limiter = self.rate_limit.map(|limit| RateLimiter::shared(&limit, base.as_str(), &identity));
        let auth = self.credentials.into_auth().map_err(|what| at(self.credentials_variable, what.to_owned()))?;
        let transport = if let Some(transport) = self.transport {
            transport
        } else {
            let settings = Settings {
                connect_timeout: self.connect_timeout,
                read_timeout: self.read_timeout,
                proxy: self.proxy,
                bypass: self.bypass,
                roots: self.roots,
            };
            Arc::new(Http::new(&base, &settings).map_err(Error::usage)?)
        };
        let transport = match self.wrap {
            Some(wrap) => wrap(transport),
            None => transport,
        };
        let exchange = Arc::new(Exchange {
            base,
            transport,
            user_agent: self.user_agent,
            headers: self.headers,
            hooks: self.hooks,
            body_limit: self.body_limit,
            read_timeout: self.read_timeout,
        });
        Ok(Client(Caller::new(Core { exchange, auth, rate_limiter, budget: Budget::new() }, self.options)))
    }
}

/// A secret without the line break of the file that it was read from.
fn cut_line_break(mut text: String) -> String {
    for ending in ["\r\n", "\n", "\r"] {
        if text.ends_with(ending) {
            text.truncate(text.len() - ending.len());
            break;
        }
    }
    text
}

/// The hosts in a list that is separated by commas.
fn host_names(list: &str) -> Result<Vec<String>, Error> {
    let hosts: Vec<_> = list.split(',').map(str::trim).filter(|host| !host.is_empty()).map(str::to_owned).collect();
    let is_host = |host: &str| match host.strip_prefix('[').and_then(|host| host.strip_suffix(']')) {
        Some(address) => address.parse::<std::net::Ipv6Addr>().is_ok(),
        None => host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-_".contains(&byte)),
    };
    match hosts.iter().find(|host| !is_host(host)) {
        Some(host) => Err(Error::usage(format!(
            "{ALLOW_PLAIN_HTTP}: {host:?} is not the name of a host; list names without scheme and port, for example \
             sandbox,10.0.0.5"
        ))),
        None => Ok(hosts),
    }
}

impl fmt::Debug for ClientBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientBuilder")
            .field("base", &redact(&self.base))
            .field("credentials", &self.credentials)
            .finish_non_exhaustive()
    }
}
