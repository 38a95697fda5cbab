//! A client for one run: the profile's, or what the environment says.

use std::env;
use std::sync::Arc;
use std::time::Duration;

use nexudus_client::{Client, Credentials, RateLimit, Retry};

use super::config::{Config, SERVICE, Settings, check_profile_name};
use super::credentials::Stored;
use super::get_only::GetOnly;
use super::home::Home;
use super::token_command::{Renewing, TokenCommand};
use crate::failure::{Exit, Failure};

/// Where the credentials came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    /// `NEXUDUS_TOKEN`, or `NEXUDUS_EMAIL` and `NEXUDUS_PASSWORD`.
    Environment,
    /// The profile's `token-command`.
    Command,
    /// The profile's files.
    Profile,
}

impl Source {
    /// For people.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Environment => "environment",
            Self::Command => "token-command",
            Self::Profile => "profile",
        }
    }
}

/// What the command line says about a session.
#[derive(Clone, Debug, Default)]
pub(crate) struct SessionOptions {
    /// `--base-url`
    pub(crate) base_url: Option<String>,
    /// `--timeout`
    pub(crate) timeout: Option<Duration>,
    /// `--read-only`
    pub(crate) read_only: bool,
    /// `--verbose`
    pub(crate) verbose: bool,
    /// Reads alone, at this pace, and nothing that writes.
    pub(crate) reads: Option<Reads>,
    /// The longest answer, in bytes, if it is not the client's own limit.
    pub(crate) body_limit: Option<usize>,
}

/// How a session reads that writes nothing.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reads {
    /// Requests a second.
    pub(crate) per_second: f64,
}

/// A client with what is known of its profile.
#[derive(Clone, Debug)]
pub(crate) struct Session {
    /// The client.
    pub(crate) client: Client,
    /// The name of the profile.
    pub(crate) profile: String,
    /// Where the credentials came from.
    pub(crate) source: Source,
}

fn variable(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.trim().is_empty())
}

/// The base address: the command line's, the environment's, the profile's or the service's own.
pub(crate) fn base_url(options: &SessionOptions, settings: &Settings) -> String {
    let base = options.base_url.clone().or_else(|| variable("NEXUDUS_BASE_URL")).or_else(|| settings.get("base-url"));
    normal(&base.unwrap_or_else(|| SERVICE.to_owned()))
}

/// A base address as it is compared.
pub(crate) fn normal(url: &str) -> String {
    url.trim().trim_end_matches('/').to_owned()
}

/// The name of the profile: the command line's, the environment's or the current one.
pub(crate) fn profile_name(named: Option<&str>, config: &Config) -> Result<String, Failure> {
    let name = named.map(str::to_owned).or_else(|| variable("NEXUDUS_PROFILE")).unwrap_or_else(|| config.current());
    check_profile_name(&name)?;
    Ok(name)
}

fn not_logged_in(message: String) -> Failure {
    Failure::new(Exit::NotLoggedIn, message).hint(
        "Log in with `nexudus login`, or set NEXUDUS_TOKEN.\nWithout an account, try it on a local service: `nexudus sandbox`.",
    )
}

impl Session {
    /// Finds the credentials and sets the client up. Sends nothing.
    pub(crate) async fn open(
        home: &Home,
        config: &Config,
        profile: Option<&str>,
        options: &SessionOptions,
    ) -> Result<Self, Failure> {
        let profile = profile_name(profile, config)?;
        let settings = config.settings(&profile);
        let base = base_url(options, &settings);
        let (credentials, source) = Self::credentials(home, &profile, &settings, &base).await?;
        let client = client(&base, credentials, options, &settings)?;
        Ok(Self { client, profile, source })
    }

    async fn credentials(
        home: &Home,
        profile: &str,
        settings: &Settings,
        base: &str,
    ) -> Result<(SessionCredentials, Source), Failure> {
        match (variable("NEXUDUS_TOKEN"), variable("NEXUDUS_EMAIL"), variable("NEXUDUS_PASSWORD")) {
            (Some(token), _, _) => return Ok((Credentials::bearer(token).into(), Source::Environment)),
            (None, Some(email), Some(password)) => {
                return Ok((Credentials::basic(email, password).into(), Source::Environment));
            }
            (None, Some(_), None) => return Err(Failure::usage("NEXUDUS_EMAIL is set and NEXUDUS_PASSWORD is not")),
            (None, None, Some(_)) => return Err(Failure::usage("NEXUDUS_PASSWORD is set and NEXUDUS_EMAIL is not")),
            (None, None, None) => {}
        }
        if let Some(command) = settings.get("token-command") {
            let own = settings.get("base-url").map_or_else(|| SERVICE.to_owned(), |url| normal(&url));
            if own != base {
                return Err(not_logged_in(format!(
                    "the token command of profile {profile} is for {own}; its token is not sent to {base}"
                )));
            }
            return Ok((SessionCredentials::Command(TokenCommand::run(command).await?), Source::Command));
        }
        let Some(stored) = Stored::load(home, profile)? else {
            return Err(not_logged_in(format!("not logged in (profile {profile})")));
        };
        if normal(&stored.base_url) != base {
            return Err(not_logged_in(format!(
                "the credentials of profile {profile} are for {}; they are not sent to {base}",
                stored.base_url
            )));
        }
        Ok((stored.credentials(home, profile)?.into(), Source::Profile))
    }
}

/// What a session shows to the service.
#[derive(Clone, Debug)]
pub(crate) enum SessionCredentials {
    /// What the client looks after.
    Client(Credentials),
    /// Tokens of a command, which is run again when the service rejects one.
    Command(TokenCommand),
}

impl From<Credentials> for SessionCredentials {
    fn from(credentials: Credentials) -> Self {
        Self::Client(credentials)
    }
}

/// A client with the tool's settings.
pub(crate) fn client(
    base: &str,
    credentials: impl Into<SessionCredentials>,
    options: &SessionOptions,
    settings: &Settings,
) -> Result<Client, Failure> {
    let (credentials, command) = match credentials.into() {
        SessionCredentials::Client(credentials) => (credentials, None),
        SessionCredentials::Command(command) => (command.credentials(), Some(command)),
    };
    let mut builder = Client::builder()
        .base_url(base)
        .credentials(credentials)
        .user_agent(concat!("nexudus-cli/", env!("CARGO_PKG_VERSION")));
    if let Some(timeout) = options.timeout {
        // A person who gives a time means all attempts together.
        builder = builder.timeout(timeout).read_timeout(timeout).retry(Retry::default().total_time(timeout));
    }
    if let Some(bytes) = options.body_limit {
        builder = builder.body_limit(bytes);
    }
    let is_on = |name: &str| variable(name).is_some_and(|value| !matches!(value.as_str(), "0" | "false" | "off"));
    if options.read_only || is_on("NEXUDUS_READ_ONLY") || settings.get("read-only").as_deref() == Some("on") {
        builder = builder.read_only();
    }
    if let Some(Reads { per_second }) = options.reads {
        builder = builder
            .read_only()
            .rate_limit(RateLimit::default().reads(1, per_second))
            .retry(Retry::default().attempts(4));
    }
    let (address, is_get_only) = (base.to_owned(), options.reads.is_some());
    builder = builder.wrap_transport(move |mut inner| {
        if is_get_only {
            inner = Arc::new(GetOnly::around(inner, &address));
        }
        match &command {
            Some(command) => Arc::new(Renewing::around(inner, command.clone())),
            None => inner,
        }
    });
    if options.verbose {
        builder = builder.on_attempt(|attempt| {
            let status = attempt.status.map_or_else(|| "no answer".to_owned(), |status| status.as_u16().to_string());
            eprintln!("{} {} -> {status} ({} ms)", attempt.method, attempt.path, attempt.duration.as_millis());
        });
    }
    Ok(builder.build()?)
}

/// Whether a base address is the service's own.
pub(crate) fn is_service_address(base: &str) -> bool {
    normal(base) == normal(SERVICE)
}
