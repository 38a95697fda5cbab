//! A client for one run: the profile's, or what the environment says.

use std::env;
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use nexudus_client::{Client, Credentials, RateLimit, Retry};
use tokio::io::AsyncReadExt as _;

use super::config::{Config, SERVICE, Settings, check_profile_name};
use super::credentials::Stored;
use super::get_only::GetOnly;
use super::home::Home;
use crate::failure::{Exit, Failure};

/// The longest that a token command may take.
const COMMAND_TIMEOUT: Duration = Duration::from_mins(1);

/// The most that a token command may print, in bytes.
const COMMAND_LIMIT: usize = 64 * 1024;

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
    ) -> Result<(Credentials, Source), Failure> {
        match (variable("NEXUDUS_TOKEN"), variable("NEXUDUS_EMAIL"), variable("NEXUDUS_PASSWORD")) {
            (Some(token), _, _) => return Ok((Credentials::bearer(token), Source::Environment)),
            (None, Some(email), Some(password)) => {
                return Ok((Credentials::basic(email, password), Source::Environment));
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
            return Ok((Credentials::bearer(run_command(&command).await?), Source::Command));
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
        Ok((stored.credentials(home, profile)?, Source::Profile))
    }
}

/// A client with the tool's settings.
pub(crate) fn client(
    base: &str,
    credentials: Credentials,
    options: &SessionOptions,
    settings: &Settings,
) -> Result<Client, Failure> {
    let mut builder = Client::builder()
        .base_url(base)
        .credentials(credentials)
        .user_agent(concat!("nexudus-cli/", env!("CARGO_PKG_VERSION")));
    if let Some(timeout) = options.timeout {
        builder = builder.timeout(timeout).read_timeout(timeout);
    }
    let is_on = |name: &str| variable(name).is_some_and(|value| !matches!(value.as_str(), "0" | "false" | "off"));
    if options.read_only || is_on("NEXUDUS_READ_ONLY") || settings.get("read-only").as_deref() == Some("on") {
        builder = builder.read_only();
    }
    if let Some(Reads { per_second }) = options.reads {
        let address = base.to_owned();
        builder = builder
            .read_only()
            .wrap_transport(move |inner| Arc::new(GetOnly::around(inner, &address)))
            .rate_limit(RateLimit::default().reads(1, per_second))
            .retry(Retry::default().attempts(4));
    }
    if options.verbose {
        builder = builder.on_attempt(|attempt| {
            let status = attempt.status.map_or_else(|| "no answer".to_owned(), |status| status.as_u16().to_string());
            eprintln!("{} {} -> {status} ({} ms)", attempt.method, attempt.path, attempt.duration.as_millis());
        });
    }
    Ok(builder.build()?)
}

/// How long a token command's output is waited for when the command has ended: a program that it leaves behind may
/// hold the pipe open.
const LEFT_BEHIND: Duration = Duration::from_millis(200);

/// Runs a token command. What it prints is the token; what it says on standard error is shown.
async fn run_command(command: &str) -> Result<String, Failure> {
    let failed = |what: String| Failure::new(Exit::NotLoggedIn, format!("token-command: {what}"));
    let (shell, flag) = if cfg!(windows) { ("cmd", "/C") } else { ("sh", "-c") };
    let mut child = tokio::process::Command::new(shell)
        .args([flag, command])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .map_err(|error| failed(error.to_string()))?;
    let Some(mut stdout) = child.stdout.take() else { return Err(failed("it has no output".to_owned())) };
    let mut bytes = Vec::new();
    let run = async {
        let mut ended = None;
        while bytes.len() <= COMMAND_LIMIT {
            tokio::select! {
                read = stdout.read_buf(&mut bytes) => if read? == 0 { break },
                status = child.wait(), if ended.is_none() => ended = Some(status?),
                () = tokio::time::sleep(LEFT_BEHIND), if ended.is_some() => break,
            }
        }
        match ended {
            // It is not waited for: it may go on for ever.
            None if bytes.len() > COMMAND_LIMIT => Ok(None),
            None => child.wait().await.map(Some),
            ended => Ok(ended),
        }
    };
    let Ok(result) = tokio::time::timeout(COMMAND_TIMEOUT, run).await else {
        return Err(failed(format!("it took more than {} s", COMMAND_TIMEOUT.as_secs())));
    };
    match result.map_err(|error| failed(error.to_string()))? {
        Some(status) if !status.success() => return Err(failed(format!("it failed ({status})"))),
        _ if bytes.len() > COMMAND_LIMIT => {
            return Err(failed(format!("it printed more than {COMMAND_LIMIT} bytes, which is no token")));
        }
        _ => {}
    }
    let text = String::from_utf8(bytes).map_err(|_| failed("what it printed is not text".to_owned()))?;
    match text.trim() {
        "" => Err(failed("it printed nothing".to_owned())),
        token => Ok(token.to_owned()),
    }
}

/// Whether a base address is the service's own.
pub(crate) fn is_service_address(base: &str) -> bool {
    normal(base) == normal(SERVICE)
}
