//! The life of a token: got by a login, renewed ahead of its end or when the service no longer takes it.
//!
//! However many calls find the token dead, one of them renews it and the others wait. The renewal runs in a
//! task of its own, so that dropping the call which began it does not lose a token that the service has already
//! given, and with it the refresh token that replaced the old one.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use http::header::{ACCEPT, CONTENT_TYPE, USER_AGENT};
use http::{HeaderMap, HeaderValue, Method, StatusCode};
use nexudus_core::transport::{Collected, TransportError, TransportErrorKind};
use serde_json::Value;
use tokio::time::Instant;

use super::store::{MemoryStore, Token, TokenStore};
use super::{Secret, Shown, bearer_header};
use crate::client::Client;
use crate::error::{Error, Kind, Subject};
use crate::http::encode_into;

/// The header that names the program to the token endpoint.
const CLIENT_ID: &str = "client_id";

/// A token is renewed when less of its life is left than this.
const AHEAD: Duration = Duration::from_mins(1);

/// A token that is younger than this and is not taken is not dead: the user lacks a right.
const YOUNG: Duration = Duration::from_secs(30);

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
    /// Held by the one that renews.
    gate: tokio::sync::Mutex<()>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    held: Option<Held>,
    generation: u64,
    /// The last renewal, if it failed: those who waited for it need not try again.
    failed: Option<(Instant, Error)>,
}

struct Held {
    token: Token,
    header: HeaderValue,
    /// Since when, if it came from the service just then.
    fresh: Option<Instant>,
}

/// Whether a token is at its end, or so near that a request might not get there in time.
fn is_due(token: &Token) -> bool {
    token.expires.is_some_and(|expires| expires < SystemTime::now() + AHEAD)
}

impl Tokens {
    pub(super) fn new(login: Login) -> Self {
        Self { login, gate: tokio::sync::Mutex::default(), state: Mutex::default() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) async fn show(self: Arc<Self>, client: &Client) -> Result<Shown, Error> {
        let stale = {
            let state = self.state();
            match &state.held {
                Some(held) if !is_due(&held.token) => {
                    return Ok(Shown { header: Some(held.header.clone()), generation: state.generation });
                }
                _ => state.generation,
            }
        };
        Arc::clone(&self).renew(client, stale).await?;
        let state = self.state();
        Ok(Shown { header: state.held.as_ref().map(|held| held.header.clone()), generation: state.generation })
    }

    pub(super) async fn rejected(self: Arc<Self>, client: &Client, generation: u64) -> Result<bool, Error> {
        {
            let mut state = self.state();
            if state.generation != generation {
                return Ok(true);
            }
            let Some(held) = &mut state.held else { return Ok(true) };
            if held.fresh.is_some_and(|fresh| fresh.elapsed() < YOUNG) {
                return Ok(false);
            }
        }
        self.renew(client, generation).await.map(|()| true)
    }

    /// Gets a token that is newer than a generation, once for all who ask.
    async fn renew(self: Arc<Self>, client: &Client, stale: u64) -> Result<(), Error> {
        let asked = Instant::now();
        let client = client.clone();
        let task = tokio::spawn(async move {
            let _gate = self.gate.lock().await;
            {
                let state = self.state();
                if state.generation != stale {
                    return Ok(());
                }
                if let Some((at, error)) = &state.failed
                    && *at >= asked
                {
                    return Err(error.clone());
                }
            }
            let result = self.obtain(&client).await;
            self.state().failed = result.as_ref().err().map(|error| (Instant::now(), error.clone()));
            result
        });
        task.await.unwrap_or_else(|error| Err(Error::new(subject(), Kind::Usage).with_source(error)))
    }

    async fn obtain(&self, client: &Client) -> Result<(), Error> {
        let at_store = |error: std::io::Error| {
            Error::new(subject(), Kind::Usage)
                .with_message(format!("the token store failed: {error}"))
                .with_source(error)
        };
        let mut store = self.login.store.lock().await.map_err(at_store)?;
        let stored = store.load().map_err(at_store)?;
        let held = self.state().held.as_ref().map(|held| held.token.clone());
        if let Some(stored) = &stored {
            // Somebody else has renewed it, or this is the first look.
            let is_news = held.as_ref().is_none_or(|held| held.access.expose() != stored.access.expose());
            if is_news && !is_due(stored) {
                return self.adopt(stored.clone(), false);
            }
        }
        let refresh = [stored, held].into_iter().flatten().find_map(|token| token.refresh);
        let token = match refresh {
            Some(refresh) => match self.refresh(client, &refresh).await {
                // Dead, or perhaps just replaced by one that never reached us: start anew, if we can.
                Err(error) if self.login.password.is_some() && !error.is_retryable() => self.log_in(client).await?,
                token => token?,
            },
            None => self.log_in(client).await?,
        };
        let saved = store.save(&token);
        // The old one is dead by now, so this one counts even where it could not be kept.
        self.adopt(token, true)?;
        saved.map_err(at_store)
    }

    fn adopt(&self, token: Token, fresh: bool) -> Result<(), Error> {
        let unusable = |_| Error::new(subject(), Kind::Decode).with_message("the token can't stand in a header");
        let header = bearer_header(&token.access).map_err(unusable)?;
        let mut state = self.state();
        state.held = Some(Held { token, header, fresh: fresh.then(Instant::now) });
        state.generation += 1;
        Ok(())
    }

    async fn refresh(&self, client: &Client, refresh: &Secret) -> Result<Token, Error> {
        let form = [("grant_type", "refresh_token"), ("refresh_token", refresh.expose())];
        let mut token = self.ask(client, &form).await?;
        // A service that does not rotate leaves the old one in force.
        token.refresh.get_or_insert_with(|| refresh.clone());
        Ok(token)
    }

    async fn log_in(&self, client: &Client) -> Result<Token, Error> {
        let Some(password) = &self.login.password else {
            let what = "the refresh token is missing or dead, and there is no password to log in with";
            return Err(Error::new(subject(), Kind::Unauthorized).with_message(what));
        };
        let code = self.login.totp.as_ref().map(|code| code());
        let mut form =
            vec![("grant_type", "password"), ("username", &*self.login.email), ("password", password.expose())];
        form.extend(code.as_deref().map(|code| ("totp", code)));
        self.ask(client, &form).await
    }

    /// One request to the token endpoint. Neither the request nor the answer goes into an error.
    async fn ask(&self, client: &Client, form: &[(&str, &str)]) -> Result<Token, Error> {
        let core = client.core();
        let mut body = String::new();
        for (name, value) in form {
            if !body.is_empty() {
                body.push('&');
            }
            encode_into(&mut body, name);
            body.push('=');
            encode_into(&mut body, value);
        }
        let unbuildable = || Error::new(subject(), Kind::Transport(TransportErrorKind::Request));
        let request = http::Request::builder()
            .method(Method::POST)
            .uri(core.base.join("token").map_err(|_| unbuildable())?)
            .header(ACCEPT, "application/json")
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(USER_AGENT, &core.user_agent)
            .header(CLIENT_ID, self.login.client_id_text())
            .body(Bytes::from(body))
            .map_err(|_| unbuildable())?;
        let answer = async {
            let (parts, body) = core.transport.send(request).await?.into_parts();
            Ok((parts, body.collect(64 * 1024).await?))
        };
        let Ok(answer) = tokio::time::timeout(client.options().timeout, answer).await else {
            return Err(Error::new(subject(), Kind::Transport(TransportErrorKind::Timeout)).outcome_unknown());
        };
        let (parts, body) = answer.map_err(|error: TransportError| {
            let unsent = matches!(error.kind(), TransportErrorKind::Connect | TransportErrorKind::Request);
            let error = Error::transport(subject(), error);
            if unsent { error } else { error.outcome_unknown() }
        })?;
        let (Collected::Whole(body) | Collected::TooLong(body)) = body;
        let json = serde_json::from_slice::<Value>(&body).unwrap_or_default();
        if parts.status.is_success() {
            read_token(&json).ok_or_else(|| {
                let error = Error::new(subject(), Kind::Unexpected).with_message("the answer holds no token");
                error.with_answer(parts.status, HeaderMap::new(), &Bytes::new()).outcome_unknown()
            })
        } else {
            Err(refusal(parts.status, parts.headers, &json))
        }
    }
}

fn subject() -> Subject {
    Subject::other("get a token")
}

/// The documented names, and those that some code paths of the service were seen to use.
fn read_token(json: &Value) -> Option<Token> {
    let text = |names: [&str; 2]| names.iter().find_map(|name| json.get(name)?.as_str()).map(Secret::from);
    let seconds = json.get("expires_in").and_then(|value| value.as_u64().or_else(|| value.as_str()?.parse().ok()));
    Some(Token {
        access: text(["access_token", "AccessToken"])?,
        refresh: text(["refresh_token", "RefreshToken"]),
        expires: seconds.and_then(|seconds| SystemTime::now().checked_add(Duration::from_secs(seconds))),
    })
}

fn refusal(status: StatusCode, headers: HeaderMap, json: &Value) -> Error {
    let text = |name: &str| json.get(name).and_then(Value::as_str);
    let code = text("error");
    let kind = match status {
        StatusCode::CONFLICT | StatusCode::TOO_MANY_REQUESTS => Kind::Throttled,
        status if status.is_server_error() => Kind::Service,
        StatusCode::UNAUTHORIZED => Kind::Unauthorized,
        _ if code == Some("invalid_grant") => Kind::Unauthorized,
        _ => Kind::Refused,
    };
    let error = Error::new(subject(), kind).with_answer(status, headers, &Bytes::new());
    match text("error_description").or(code) {
        Some(message) => error.with_message(message),
        None => error,
    }
}
