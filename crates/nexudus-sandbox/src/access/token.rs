//! Bearer tokens: `/api/token` with its grants and their rules.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::sync::{Mutex, PoisonError};

use http::{HeaderMap, StatusCode};
use serde_json::json;

use crate::access::digest::is_totp;
use crate::access::user::{User, Users};
use crate::message::pairs::Pairs;
use crate::message::reply::Reply;
use crate::value::mix::mix;

/// How long tokens live, in milliseconds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Lives {
    pub(crate) access: i64,
    pub(crate) refresh: i64,
}

impl Default for Lives {
    fn default() -> Self {
        // Published samples say seven days less a second, and fifteen days.
        Self { access: 604_799_000, refresh: 15 * 86_400_000 }
    }
}

/// All tokens that were given out.
#[derive(Debug)]
pub(crate) struct Tokens {
    held: Mutex<Held>,
    salt: u64,
}

#[derive(Debug, Default)]
struct Held {
    count: u64,
    access: HashMap<String, Grant>,
    /// By user and client id: a new login of the same pair puts an end to the old one's.
    refresh: HashMap<(String, String), Refresh>,
    /// Tokens for one use in a link.
    links: HashMap<String, Grant>,
}

#[derive(Clone, Debug)]
struct Grant {
    email: String,
    expires: i64,
}

#[derive(Clone, Debug)]
struct Refresh {
    token: String,
    expires: i64,
}

impl Default for Tokens {
    fn default() -> Self {
        Self { held: Mutex::default(), salt: RandomState::new().hash_one("tokens") }
    }
}

fn refused(error: &str, description: Option<&str>) -> Reply {
    let body = match description {
        Some(description) => json!({ "error": error, "error_description": description }),
        None => json!({ "error": error }),
    };
    Reply::value(StatusCode::BAD_REQUEST, &body)
}

/// So many tokens of a sort are kept.
const MOST: usize = 10_000;

/// Drops what has run out, and half of too many: those that run out first.
fn make_room<K: Clone + std::hash::Hash + Eq, V>(tokens: &mut HashMap<K, V>, expires: impl Fn(&V) -> i64, now: i64) {
    if tokens.len() < MOST {
        return;
    }
    tokens.retain(|_, token| now < expires(token));
    let mut times: Vec<i64> = tokens.values().map(&expires).collect();
    if times.len() >= MOST {
        times.sort_unstable();
        let middle = times.get(MOST / 2).copied().unwrap_or(i64::MAX);
        tokens.retain(|_, token| expires(token) > middle);
    }
}

impl Tokens {
    fn held(&self) -> std::sync::MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn make(&self, held: &mut Held) -> String {
        held.count += 1;
        let part = |step: u64| mix(self.salt ^ mix(held.count.wrapping_mul(4).wrapping_add(step)));
        format!("{:016x}{:016x}{:016x}", part(0), part(1), part(2))
    }

    /// The e-mail address behind a bearer token that is still good.
    pub(crate) fn email_of(&self, token: &str, now: i64) -> Option<String> {
        self.held().access.get(token).filter(|grant| now < grant.expires).map(|grant| grant.email.clone())
    }

    /// A token for one use in a link, good for so many milliseconds.
    pub(crate) fn link(&self, user: &User, now: i64, life: i64) -> String {
        let mut held = self.held();
        let token = self.make(&mut held);
        make_room(&mut held.links, |grant| grant.expires, now);
        held.links.insert(token.clone(), Grant { email: user.email.clone(), expires: now.saturating_add(life) });
        token
    }

    /// Answers the token endpoint.
    pub(crate) fn grant(&self, users: &Users, headers: &HeaderMap, form: &Pairs, lives: Lives, now: i64) -> Reply {
        let field = |name: &str| {
            let found = form.iter().find(|(key, _)| key.eq_ignore_ascii_case(name));
            found.map(|(_, value)| value.as_str()).filter(|value| !value.is_empty())
        };
        // Byte by byte, so that an id beyond ASCII is the same at the login and at the refresh.
        let client_id = headers.get("client_id").map(|value| value.as_bytes().trim_ascii().to_ascii_lowercase());
        let client_id = client_id.filter(|id| !id.is_empty()).map(|id| id.into_iter().map(char::from).collect());
        match field("grant_type") {
            Some("password") => {
                self.password(users, client_id, [field("username"), field("password"), field("totp")], lives, now)
            }
            Some("refresh_token") => self.refresh(users, client_id, field("refresh_token"), lives, now),
            _ => refused("unsupported_grant_type", None),
        }
    }

    fn password(
        &self,
        users: &Users,
        client_id: Option<String>,
        fields: [Option<&str>; 3],
        lives: Lives,
        now: i64,
    ) -> Reply {
        let [username, password, totp] = fields;
        let user = username.and_then(|name| users.by_email(name));
        let user = user.filter(|user| user.active && password.is_some_and(|password| user.has_password(password)));
        let Some(user) = user else {
            return refused("invalid_grant", Some("The user name or password is incorrect."));
        };
        if let Some(secret) = &user.totp {
            let good = totp.is_some_and(|code| is_totp(secret, code, now.div_euclid(1000)));
            if !good {
                let what = if totp.is_some() {
                    "The two-factor code (totp) is incorrect."
                } else {
                    "A two-factor code (totp) is required."
                };
                return refused("invalid_grant", Some(what));
            }
        }
        let client_id = client_id.unwrap_or_else(|| user.email.to_lowercase());
        self.give(&mut self.held(), &user.email, client_id, lives, now)
    }

    fn refresh(&self, users: &Users, client_id: Option<String>, token: Option<&str>, lives: Lives, now: i64) -> Reply {
        let refuse = |hint: &str| refused("invalid_grant", None).hint(hint);
        let Some(client_id) = client_id else {
            return refuse("a refresh needs the header client_id of the login, or the e-mail address if that had none");
        };
        let Some(token) = token else { return refuse("the field refresh_token is missing") };
        // Held until the new token is in place: of two that come at once, one finds the token gone.
        let mut held = self.held();
        let mut all = held.refresh.iter();
        let found =
            all.find(|(_, refresh)| refresh.token == token).map(|(key, refresh)| (key.clone(), refresh.expires));
        let Some(((email, of), expires)) = found else {
            return refuse("the refresh token is not known: it was used, or a later login took its place");
        };
        if of != client_id {
            return refuse("the refresh token belongs to another client_id");
        }
        if now >= expires {
            return refuse("the refresh token has expired");
        }
        match users.by_email(&email).filter(|user| user.active) {
            Some(user) => self.give(&mut held, &user.email, client_id, lives, now),
            None => refuse("the user of the refresh token is gone"),
        }
    }

    fn give(&self, held: &mut Held, email: &str, client_id: String, lives: Lives, now: i64) -> Reply {
        let (access, refresh) = (self.make(held), self.make(held));
        // What has run out goes, and of too many what runs out first.
        for grants in [&mut held.access, &mut held.links] {
            make_room(grants, |grant| grant.expires, now);
        }
        make_room(&mut held.refresh, |refresh| refresh.expires, now);
        held.access
            .insert(access.clone(), Grant { email: email.to_owned(), expires: now.saturating_add(lives.access) });
        let key = (email.to_lowercase(), client_id);
        held.refresh.insert(key, Refresh { token: refresh.clone(), expires: now.saturating_add(lives.refresh) });
        let body = json!({
            "access_token": access,
            "token_type": "bearer",
            "expires_in": lives.access / 1000,
            "refresh_token": refresh,
        });
        let no_store = (http::header::CACHE_CONTROL, http::HeaderValue::from_static("no-store"));
        Reply::value(StatusCode::OK, &body).header(no_store.0, no_store.1)
    }
}
