//! Tokens and the caller's own record.

use std::sync::Arc;

use bytes::Bytes;
use http::{Method, Request, StatusCode};
use serde_json::Value as Json;
use serde_json::json;
use serde_json::value::RawValue;

use crate::access::user::User;
use crate::api::caller;
use crate::catalog::well_known::{DEFAULT_LOCATION, LOCATION_DEFAULTS, UserFields};
use crate::message::body::{Body, is_form};
use crate::message::envelope::{Envelope, FieldError};
use crate::message::pairs::pairs;
use crate::message::reply::{Outcome, Reply};
use crate::record::render::{self, Depth};
use crate::state::State;
use crate::store::change::RecordKey;
use crate::store::memory::Store;
use crate::value::coerce::integer;
use crate::value::raw::{Object, Raw, of_text, text};
use crate::value::row::Row;
use crate::value::time::time_text;

/// `POST /api/token`: a token for a password or for a refresh token.
pub(crate) fn token(state: &State, request: &Request<Bytes>) -> Outcome {
    if request.method() != Method::POST {
        return Err(Reply::method_not_allowed(request.method(), &["POST"]));
    }
    // A body that is not a form has no grant, and says so as the service does.
    let text = std::str::from_utf8(request.body()).ok().filter(|_| is_form(request.headers()));
    let form = text.and_then(|text| pairs(text).ok()).unwrap_or_default();
    let reply = state.tokens.grant(&state.users(), request.headers(), &form, state.lives, state.clock.now());
    let other = !is_form(request.headers()) && !request.body().is_empty();
    Ok(if other {
        reply.hint("the token endpoint takes a form, `Content-Type: application/x-www-form-urlencoded`")
    } else {
        reply
    })
}

/// A token for one use in a link; not a refresh, whatever its path says.
pub(crate) fn link(state: &State, request: &Request<Bytes>, caller: &mut Option<Arc<User>>) -> Outcome {
    if request.method() != Method::POST {
        return Err(Reply::method_not_allowed(request.method(), &["POST"]));
    }
    let user = caller::user(state, request)?;
    *caller = Some(Arc::clone(&user));
    let token = state.tokens.link(&user, state.clock.now(), 60_000);
    Ok(token_made(state, &user, token))
}

/// `POST /api/sys/users/token`: a token for one use in a link, for whoever the body's address and password are of, else
/// for the caller. It lives as long as the body says, at most a day.
pub(crate) fn user_token(state: &State, request: &Request<Bytes>, caller: &mut Option<Arc<User>>) -> Outcome {
    if request.method() != Method::POST {
        return Err(Reply::method_not_allowed(request.method(), &["POST"]));
    }
    let body = Body::read(request.headers(), request.body())?;
    let named = |name: &str| body.fields.text(name).filter(|value| !value.is_empty());
    let user = match (named("email"), named("password")) {
        (None, None) => caller::user(state, request)?,
        (email, password) => {
            let users = state.users();
            let user = email.as_deref().and_then(|email| users.by_email(email));
            let known = |user: &&Arc<User>| {
                user.active && password.as_deref().is_some_and(|password| user.has_password(password))
            };
            let refused = || FieldError::new("Email", "The user name or password is incorrect.", RawValue::NULL);
            Arc::clone(user.filter(known).ok_or_else(|| Envelope::refused(vec![refused()]))?)
        }
    };
    *caller = Some(Arc::clone(&user));
    let minutes = body.fields.get("validityInMinutes").and_then(|minutes| integer(minutes, text(minutes).as_deref()));
    let life = minutes.unwrap_or(1).clamp(1, 24 * 60) * 60_000;
    let token = state.tokens.link(&user, state.clock.now(), life);
    Ok(token_made(state, &user, token))
}

/// The answer that holds a token for a link.
fn token_made(state: &State, user: &User, token: String) -> Reply {
    let envelope = Envelope {
        status: 200,
        message: "A token was made.".into(),
        value: Some(Json::String(token).to_string()),
        updated_on: Some(time_text(state.clock.second())),
        updated_by: Some(user.email.clone()),
        ..Envelope::default()
    };
    envelope.reply(StatusCode::OK)
}

/// The record of the caller, with the defaults of their location.
pub(crate) fn me(state: &State, request: &Request<Bytes>, caller: &mut Option<Arc<User>>) -> Outcome {
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return Err(Reply::method_not_allowed(request.method(), &["GET"]));
    }
    let user = caller::user(state, request)?;
    *caller = Some(Arc::clone(&user));
    let store = state.read();
    let users = state.catalog.well_known.users;
    let record = users.zip(user.id).and_then(|(users, id)| Some((users, id, store.get(users.entity, id)?)));
    let Some((users, id, row)) = record else {
        return Ok(Reply::value(StatusCode::OK, &json!({ "Email": user.email, "IsAdmin": user.admin })));
    };
    let mut fields = record_of(state, &store, (users.entity, id), row);
    for (name, value) in defaults(state, &store, &users, row) {
        match fields.0.iter_mut().find(|(key, _)| key == name) {
            Some((_, old)) => *old = value,
            None => fields.0.push((name.to_owned(), value)),
        }
    }
    Ok(Reply::json(StatusCode::OK, fields.to_json()))
}

/// A record as its properties.
fn record_of(state: &State, store: &Store, (entity, id): RecordKey, row: &Row) -> Object {
    let mut out = Vec::new();
    render::record(state.view(store), state.catalog.entity(entity), id, row, Depth::Full, &mut out);
    serde_json::from_slice(&out).unwrap_or_default()
}

/// The defaults of a user's location, under the names that the record of the caller has them.
fn defaults(state: &State, store: &Store, users: &UserFields, row: &Row) -> Vec<(&'static str, Raw)> {
    let business = state.catalog.well_known.businesses.map(|businesses| businesses.entity);
    let own = row.int(users.default_business).or_else(|| row.ids(users.businesses).first().copied());
    let id = own.or_else(|| store.table(business?).rows().iter().next().map(|(id, _)| id));
    let null = || RawValue::NULL.to_owned();
    let mut out = vec![(DEFAULT_LOCATION, id.map_or_else(null, |id| of_text(id.to_string())))];
    let record = business.zip(id).and_then(|(business, id)| {
        let row = store.get(business, id)?;
        Some(record_of(state, store, (business, id), row))
    });
    for (name, source) in LOCATION_DEFAULTS {
        let value = record.as_ref().and_then(|record| record.get(source));
        out.push((name, value.map_or_else(null, ToOwned::to_owned)));
    }
    out
}
