//! From a path to the function that answers it.

use std::sync::Arc;

use bytes::Bytes;
use http::header::{AUTHORIZATION, RETRY_AFTER};
use http::{HeaderValue, Method, Request, StatusCode};

use crate::access::user::User;
use crate::api::call::{self, EndpointRequest};
use crate::api::{action, caller, checkin, enums, login};
use crate::message::names::{nearest, quoted};
use crate::message::pairs::{decode, pairs};
use crate::message::reply::{Outcome, Reply};
use crate::simulation::deviation::Deviation;
use crate::simulation::throttle::{self, Throttled};
use crate::state::State;

/// Answers a request below `/api`, and says who called.
pub(crate) fn route(state: &State, request: &Request<Bytes>, caller: &mut Option<Arc<User>>) -> Outcome {
    if request.body().len() > state.max_body {
        return Err(Reply::too_large(state.max_body));
    }
    if request.method() == Method::OPTIONS {
        return Ok(Reply::empty(StatusCode::NO_CONTENT));
    }
    let broken =
        |part: &str| Reply::message(StatusCode::BAD_REQUEST, &format!("Broken percent-encoding in {}.", quoted(part)));
    let path = decode(request.uri().path(), false).ok_or_else(|| broken(request.uri().path()))?;
    let query = pairs(request.uri().query().unwrap_or_default()).map_err(|part| broken(&part))?;
    let segments: Vec<&str> = path.split('/').filter(|segment| !segment.is_empty()).collect();
    let [api, rest @ ..] = &segments[..] else { return Err(Reply::not_found()) };
    if !api.eq_ignore_ascii_case("api") {
        return Err(Reply::not_found().hint("paths start with /api"));
    }
    count(state, request, rest)?;
    let lower: Vec<String> = rest.iter().take(4).map(|segment| segment.to_ascii_lowercase()).collect();
    match &lower.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["token"] => return login::token(state, request),
        ["auth", "me"] => return login::me(state, request, caller),
        ["utils", "enums"] => return enums::answer(state, request, &query, caller),
        ["public", "checkin"] => return checkin::answer(state, request),
        ["sys", "users", "token", "refresh"] => return login::link(state, request, caller),
        ["sys", "users", "token"] => return login::user_token(state, request, caller),
        _ => {}
    }
    let [section, plural, rest @ ..] = rest else { return Err(Reply::not_found()) };
    let found = state.catalog.at_path(section, plural);
    let open = found.and_then(|entity| action::find(entity, rest)).is_some_and(|found| found.action.anonymous);
    let user = match caller::user(state, request) {
        Err(_) if open => Arc::default(),
        user => user?,
    };
    if !user.email.is_empty() {
        *caller = Some(Arc::clone(&user));
    }
    let Some(entity) = found else {
        let near = nearest(plural, state.catalog.plurals()).and_then(|near| state.catalog.of_plural(near));
        let hint = near.map(|near| format!(", did you mean `{}`?", near.table.path())).unwrap_or_default();
        return Err(Reply::not_found().hint(format!("no entity at {}{hint}", quoted(&format!("{section}/{plural}")))));
    };
    let mut call = EndpointRequest { entity, user, rest: rest.to_vec(), query, request };
    let outcome = match state.deviations.of(entity) {
        None => answer_call(state, &mut call),
        Some(deviation) => deviating(state, deviation, &mut call),
    };
    if section.eq_ignore_ascii_case(entity.table.section) {
        return outcome;
    }
    let hint = format!("the reference has this entity at `{}`", entity.table.path());
    outcome.map(|reply| reply.hint(hint.clone())).map_err(|reply| reply.hint(hint))
}

/// Answers a call, which an action of the entity goes before.
fn answer_call(state: &State, call: &mut EndpointRequest<'_>) -> Outcome {
    match action::find(call.entity, &call.rest) {
        Some(found) => action::answer(state, call, &found),
        None => call::answer(state, call),
    }
}

/// Answers a call to an entity that differs from its table.
fn deviating(state: &State, deviation: &Deviation, call: &mut EndpointRequest<'_>) -> Outcome {
    if deviation.path_gone {
        return Err(Reply::not_found());
    }
    call.user = Arc::new(User { without: deviation.roles_missing().clone(), ..(*call.user).clone() });
    let reads = matches!(*call.request.method(), Method::GET | Method::HEAD);
    let (list, one) = (call.rest.is_empty(), matches!(call.rest[..], [id] if id.parse::<i64>().is_ok()));
    if reads && list {
        deviation.ask(&mut call.query);
    }
    let mut reply = answer_call(state, call)?;
    if reads
        && (list || one)
        && reply.status == StatusCode::OK
        && let Some(body) = deviation.answer(&reply.body)
    {
        reply.body = body.into();
    }
    Ok(reply)
}

/// Counts a request against the limits.
fn count(state: &State, request: &Request<Bytes>, path: &[&str]) -> Result<(), Reply> {
    let Some(limits) = &state.limits else { return Ok(()) };
    let caller = request.headers().get(AUTHORIZATION).map(|value| String::from_utf8_lossy(value.as_bytes()));
    let endpoint = path.iter().take(2).map(|segment| segment.to_ascii_lowercase()).collect::<Vec<_>>().join("/");
    let caller = caller.unwrap_or_default();
    let counted = throttle::Request { caller: &caller, method: request.method(), endpoint: &endpoint };
    state.throttle.count(limits, counted, state.clock.passing()).map_err(|Throttled { wait, observed }| {
        let seconds = wait.saturating_add(999) / 1000;
        // Some programs read the text and some the header.
        let reply = if observed {
            Reply::message(StatusCode::TOO_MANY_REQUESTS, &format!("Wait {seconds} seconds"))
        } else {
            Reply::empty(StatusCode::CONFLICT)
        };
        reply.header(RETRY_AFTER, HeaderValue::from(seconds)).hint("throttled")
    })
}
