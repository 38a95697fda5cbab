//! The lifetime of a token: obtained by a login, and renewed before it expires or when the service rejects it.
//!
//! If several calls need a new token, one renewal serves all of them. Each of them polls it, and so does a separate
//! task: a caller that is dropped or not polled does not block the others, and neither a token that the service has
//! issued nor its refresh token is lost.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use futures_util::FutureExt as _;
use futures_util::future::{Shared, WeakShared};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use nexudus_core::transport::{BoxFuture, TransportErrorKind};
use nexudus_core::{Decimal, Json, JsonRef};
use tokio::time::Instant;

use super::store::{LockedStore, MemoryStore, Token, TokenStore};
use super::{Authorization, Limits, Secret, bearer_header};
use crate::error::{Error, ErrorKind, Subject};
use crate::http::{Exchange, Outgoing, Wanted, encode_into, is_passing, later};

/// The header that names the program to the token endpoint.
const CLIENT_ID: HeaderName = HeaderName::from_static("client_id");

/// A token is renewed when less than this is left of its life, or a quarter of its life, whichever is shorter.
const AHEAD: Duration = Duration::from_mins(1);

/// The same for a token from a store, whose whole life is not known.
const STORED_AHEAD: Duration = Duration::from_secs(10);

/// A token that is younger than this and is refused is good all the same: the user lacks a role.
const YOUNG: Duration = Duration::from_secs(30);

/// The longest wait for a store that somebody else uses.
const STORE_PATIENCE: Duration = Duration::from_mins(1);

/// Calls share the failure of a renewal for this long: a hundred of them must not log in a hundred times with a
/// wrong password.
const FAILURE_SHARED: Duration = Duration::from_secs(1);

/// A renewal that takes longer than this is given up: another call begins a new one.
const RENEWAL_LIMIT: Duration = Duration::from_mins(10);

/// A login for tokens. Made by [`Credentials::login`](super::Credentials::login).
#[derive(Clone)]
#[must_use = "a login does nothing until a client has it"]
pub struct Login {
    email: String,
    password: Option<Secret>,
    totp: Option<Arc<dyn Fn() -> String + Send + Sync>>,
    client_id: Option<String>,
    store: Arc<dyn TokenStore>,
}

impl Login {
    pub(super) fn new(email: String, password: Option<Secret>) -> Self {
        Self { email, password, totp: None, client_id: None, store: Arc::new(MemoryStore::default()) }
    }

    /// A one-time code, for users with two-factor authentication. It serves the first login.
    pub fn totp(self, code: impl Into<String>) -> Self {
        let code = code.into();
        self.totp_with(move || code.clone())
    }

    /// Gives a one-time code for each login.
    pub fn totp_with(mut self, code: impl Fn() -> String + Send + Sync + 'static) -> Self {
        self.totp = Some(Arc::new(code));
        self
    }

    /// The name of the program; without this, the e-mail address. The service keeps one refresh token a name,
    /// so a program that runs beside others should have its own.
    pub fn client_id(mut self, name: impl Into<String>) -> Self {
        self.client_id = Some(name.into());
        self
    }

    /// Where the tokens are kept; without this, in memory.
    pub fn store(mut self, store: Arc<dyn TokenStore>) -> Self {
        self.store = store;
        self
    }

    fn client_id_text(&self) -> &str {
        self.client_id.as_deref().unwrap_or(&self.email)
    }

    /// Whether it can be sent: the name of the program is a header.
    pub(super) fn check(&self) -> Result<(), &'static str> {
        let name = self.client_id_text();
        if !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_graphic() || byte == b' ') {
            return Ok(());
        }
        Err(if self.client_id.is_some() {
            "the client_id is empty or contains non-ASCII characters, which are not allowed in a header"
        } else {
            "the e-mail address is empty or holds characters beyond ASCII, so it can't be the client_id: set one with Login::client_id"
        })
    }

    pub(super) fn identity(&self) -> String {
        format!("{} {}", self.email, self.client_id_text())
    }
}

impl fmt::Debug for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Login")
            .field("email", &self.email)
            .field("password", &self.password)
            .field("client_id", &self.client_id)
            .finish_non_exhaustive()
    }
}

/// Tokens of one client and its clones.
pub(crate) struct Tokens {
    login: Login,
    state: Mutex<TokenState>,
}

#[derive(Default)]
struct TokenState {
    held: Option<Held>,
    generation: u64,
    /// The renewal under way, and since when.
    renewal: Option<(Instant, WeakShared<Renewal>)>,
    /// The last renewal, if it failed.
    failed: Option<(Instant, Error)>,
}

type Renewal = BoxFuture<'static, Result<(), Error>>;

struct Held {
    token: Token,
    header: HeaderValue,
    /// When to renew it.
    due: Option<SystemTime>,
    /// Since when, if it came from the service just then.
    fresh: Option<Instant>,
}

impl Held {
    fn new(token: Token, fresh: bool) -> Option<Self> {
        let header = bearer_header(&token.access)?;
        let now = SystemTime::now();
        let ahead = match token.expires {
            Some(expires) if fresh => AHEAD.min(expires.duration_since(now).unwrap_or_default() / 4),
            _ => STORED_AHEAD,
        };
        let due = token.expires.map(|expires| expires.checked_sub(ahead).unwrap_or(expires));
        Some(Self { token, header, due, fresh: fresh.then(Instant::now) })
    }

    /// Whether it is at its end, or so near that a request might not arrive in time.
    fn is_due(&self) -> bool {
        self.due.is_some_and(|due| due <= SystemTime::now())
    }
}

impl Tokens {
    pub(super) fn new(login: Login) -> Self {
        Self { login, state: Mutex::default() }
    }

    fn state(&self) -> MutexGuard<'_, TokenState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) async fn authorize(
        self: &Arc<Self>,
        exchange: &Arc<Exchange>,
        limits: Limits,
    ) -> Result<Authorization, Error> {
        let stale = {
            let state = self.state();
            match &state.held {
                Some(held) if !held.is_due() => {
                    return Ok(Authorization { header: Some(held.header.clone()), generation: state.generation });
                }
                _ => state.generation,
            }
        };
        self.renew(exchange, limits, stale).await?;
        let state = self.state();
        let header = state.held.as_ref().map(|held| held.header.clone());
        Ok(Authorization { header, generation: state.generation })
    }

    pub(super) async fn rejected(
        self: &Arc<Self>,
        exchange: &Arc<Exchange>,
        limits: Limits,
        generation: u64,
    ) -> Result<bool, Error> {
        {
            let state = self.state();
            if state.generation != generation {
                return Ok(true);
            }
            let fresh = state.held.as_ref().and_then(|held| held.fresh);
            if fresh.is_some_and(|fresh| fresh.elapsed() < YOUNG) {
                return Ok(false);
            }
        }
        self.renew(exchange, limits, generation).await.map(|()| true)
    }

    /// Gets a token that is newer than a generation, once for all who ask.
    async fn renew(self: &Arc<Self>, exchange: &Arc<Exchange>, limits: Limits, stale: u64) -> Result<(), Error> {
        let renewal = {
            let mut state = self.state();
            if state.generation != stale {
                return Ok(());
            }
            match state.failed.as_ref() {
                Some((at, error)) if at.elapsed() < FAILURE_SHARED => return Err(error.clone()),
                _ => {}
            }
            let current = state.renewal.as_ref().filter(|(begun, _)| begun.elapsed() < RENEWAL_LIMIT);
            match current.and_then(|(_, renewal)| renewal.upgrade()) {
                Some(renewal) if renewal.peek().is_none() => renewal,
                _ => self.begin_renewal(&mut state, exchange, limits),
            }
        };
        renewal.await
    }

    fn begin_renewal(
        self: &Arc<Self>,
        state: &mut TokenState,
        exchange: &Arc<Exchange>,
        limits: Limits,
    ) -> Shared<Renewal> {
        let (tokens, endpoint) = (Arc::clone(self), Endpoint { exchange: Arc::clone(exchange), limits });
        let renewal: Renewal = Box::pin(async move {
            let result = tokens.obtain(&endpoint).await;
            tokens.state().failed = result.as_ref().err().map(|error| (Instant::now(), error.clone()));
            result
        });
        let renewal = renewal.shared();
        tokio::spawn(renewal.clone());
        state.renewal = renewal.downgrade().map(|weak| (Instant::now(), weak));
        renewal
    }

    async fn obtain(&self, endpoint: &Endpoint) -> Result<(), Error> {
        let store = &self.login.store;
        // A look without the lock first: a store that can't be locked may still hold a good token.
        if self.adopt_stored(store.load().map_err(at_store)?.as_ref()) {
            return Ok(());
        }
        let busy = |_| Err(std::io::Error::new(std::io::ErrorKind::TimedOut, "it was in use for a minute"));
        let locked = tokio::time::timeout(STORE_PATIENCE, store.lock()).await.unwrap_or_else(busy);
        let mut locked = locked.map_err(at_store)?;
        // Again, because another process may have renewed it in the meantime.
        let stored = locked.load().map_err(at_store)?;
        if self.adopt_stored(stored.as_ref()) {
            return Ok(());
        }
        self.request_and_save(endpoint, stored, &mut *locked).await
    }

    /// Takes a stored token over if it is good and not the one that is held.
    fn adopt_stored(&self, stored: Option<&Token>) -> bool {
        let Some(held) = stored.and_then(|token| Held::new(token.clone(), false)) else { return false };
        let mut state = self.state();
        let is_news = state.held.as_ref().is_none_or(|known| known.token.access.expose() != held.token.access.expose());
        let is_good = is_news && !held.is_due();
        if is_good {
            state.adopt(held);
        }
        is_good
    }

    async fn request_and_save(
        &self,
        endpoint: &Endpoint,
        stored: Option<Token>,
        store: &mut dyn LockedStore,
    ) -> Result<(), Error> {
        let held = self.state().held.as_ref().map(|held| held.token.clone());
        let refresh = [stored, held].into_iter().flatten().find_map(|token| token.refresh);
        let token = match refresh {
            Some(refresh) => match self.refresh(endpoint, &refresh).await {
                // Dead, or perhaps replaced by one that never reached us: log in again, if we can.
                Err(error) if self.login.password.is_some() && !error.is_retryable() => self.log_in(endpoint).await?,
                token => token?,
            },
            None => self.log_in(endpoint).await?,
        };
        let unfit = "the token contains characters that are not allowed in a header";
        let held =
            Held::new(token, true).ok_or_else(|| Error::new(subject(), ErrorKind::Decode).with_message(unfit))?;
        let saved = store.save(&held.token);
        // The old one is invalid by now, so this one is used even if it could not be stored.
        self.state().adopt(held);
        saved.map_err(at_store)
    }

    async fn refresh(&self, endpoint: &Endpoint, refresh: &Secret) -> Result<Token, Error> {
        let form = [("grant_type", "refresh_token"), ("refresh_token", refresh.expose())];
        let mut token = endpoint.request(&self.login, &form).await?;
        // A service that does not rotate leaves the old one in force.
        token.refresh.get_or_insert_with(|| refresh.clone());
        Ok(token)
    }

    async fn log_in(&self, endpoint: &Endpoint) -> Result<Token, Error> {
        let Some(password) = &self.login.password else {
            let what = "the refresh token is missing or rejected, and there is no password to log in with";
            return Err(Error::new(subject(), ErrorKind::Unauthorized).with_message(what));
        };
        let code = self.login.totp.as_ref().map(|code| code());
        let mut form =
            vec![("grant_type", "password"), ("username", &*self.login.email), ("password", password.expose())];
        form.extend(code.as_deref().map(|code| ("totp", code)));
        endpoint.request(&self.login, &form).await
    }
}

impl TokenState {
    fn adopt(&mut self, held: Held) {
        self.held = Some(held);
        self.generation = self.generation.wrapping_add(1);
    }
}

/// The token endpoint of the service.
struct Endpoint {
    exchange: Arc<Exchange>,
    limits: Limits,
}

impl Endpoint {
    /// Asks for a token, and again while that can help: neither grant does harm when it is repeated.
    async fn request(&self, login: &Login, form: &[(&str, &str)]) -> Result<Token, Error> {
        let mut body = String::new();
        for (name, value) in form {
            if !body.is_empty() {
                body.push('&');
            }
            encode_into(&mut body, name);
            body.push('=');
            encode_into(&mut body, value);
        }
        let unfit = |_| {
            Error::new(subject(), ErrorKind::Usage)
                .with_message("the client_id contains characters that are not allowed in a header")
        };
        let client_id = HeaderValue::try_from(login.client_id_text()).map_err(unfit)?;
        let outgoing = Outgoing {
            subject: subject(),
            method: Method::POST,
            path: "token".to_owned(),
            content: Some(("application/x-www-form-urlencoded", Bytes::from(body))),
            headers: HeaderMap::from_iter([(CLIENT_ID, client_id)]),
            answer: Wanted::Secret,
        };
        let Limits { retry, timeout } = &self.limits;
        let begun = Instant::now();
        for attempt in 1.. {
            let deadline = later(Instant::now(), (*timeout).min(RENEWAL_LIMIT));
            let answer = self.exchange.send(&outgoing, None, attempt, deadline).await;
            let error = match answer {
                Ok(raw) => {
                    let token = serde_json::from_slice(&raw.body).ok().and_then(|json: Json| read_token(&json));
                    return token.ok_or_else(|| {
                        let error = raw.error(ErrorKind::Unexpected).without_content();
                        error.with_message("the response contains no token")
                    });
                }
                Err(error) => classify(error),
            };
            let wait = retry.delay(attempt).max(error.retry_after().unwrap_or_default());
            let in_time = begun.elapsed().saturating_add(wait) <= retry.total();
            if !may_pass(&error) || !retry.may_try(attempt) || !in_time {
                return Err(error);
            }
            tokio::time::sleep(wait).await;
        }
        // Never: there is no end to the attempts but those above.
        Err(Error::new(subject(), ErrorKind::Usage))
    }
}

/// Whether a token request may succeed the next time.
fn may_pass(error: &Error) -> bool {
    match error.kind() {
        ErrorKind::Throttled => true,
        ErrorKind::Transport(kind) => kind != TransportErrorKind::Request,
        ErrorKind::Service => is_passing(error),
        _ => false,
    }
}

fn subject() -> Subject {
    Subject::other("get a token")
}

fn at_store(error: std::io::Error) -> Error {
    let what = format!("the token store failed: {error}");
    Error::new(subject(), ErrorKind::Usage).with_message(what).with_source(error)
}

/// The documented names, and those that some code paths of the service were seen to use.
fn read_token(json: &Json) -> Option<Token> {
    // An empty text is none: it must not take the place of a refresh token that is still in force.
    let text = |names: [&str; 2]| {
        let found = names.iter().find_map(|name| json.get(name)?.as_str().filter(|text| !text.is_empty()));
        found.map(|text| Secret::from(&*text))
    };
    // A number in any spelling, also as text; a fraction of a second does not count.
    let number = |value: JsonRef<'_>| value.as_decimal().or_else(|| value.as_str()?.trim().parse().ok());
    let seconds =
        json.get("expires_in").and_then(number).and_then(|seconds: Decimal| u64::try_from(seconds.trunc()).ok());
    // A lifetime of 0 has no meaning: the service rejects the token once it has expired.
    let life = seconds.filter(|seconds| *seconds > 0).map(Duration::from_secs);
    Some(Token {
        access: text(["access_token", "AccessToken"])?,
        refresh: text(["refresh_token", "RefreshToken"]),
        expires: life.and_then(|life| SystemTime::now().checked_add(life)),
    })
}

/// Names what the token endpoint means by its statuses, which are its own.
fn classify(error: Error) -> Error {
    let code = error.code();
    let kind = match (error.status(), error.kind()) {
        (Some(StatusCode::CONFLICT), _) => ErrorKind::Throttled,
        (
            Some(status),
            ErrorKind::Validation | ErrorKind::Unauthorized | ErrorKind::AccessDenied | ErrorKind::Forbidden,
        ) => match code {
            Some("two_factor_auth_check") => ErrorKind::TwoFactorRequired,
            Some("invalid_grant") => ErrorKind::Unauthorized,
            _ if status == StatusCode::UNAUTHORIZED => ErrorKind::Unauthorized,
            _ => ErrorKind::Refused,
        },
        (_, kind) => kind,
    };
    error.with_kind(kind)
}
