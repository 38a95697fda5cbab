//! The endpoints of an entity: list, get, create, update, delete, commands and files.

use std::sync::Arc;

use bytes::Bytes;
use http::header::{CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS};
use http::{HeaderValue, Method, Request, StatusCode};
use nexudus_core::Operation;
use serde_json::json;
use serde_json::value::RawValue;

use crate::access::user::User;
use crate::api::command;
use crate::api::list;
use crate::api::query::{Query, Rules};
use crate::api::write::{Author, Writer};
use crate::catalog::entity::Entity;
use crate::message::body::Body;
use crate::message::envelope::{Envelope, FieldError};
use crate::message::pairs::Pairs;
use crate::message::reply::{Outcome, Reply};
use crate::record::render::{self, Depth};
use crate::state::State;
use crate::store::change::Change;
use crate::value::coerce::integer;
use crate::value::raw::text;
use crate::webhook::actions::Event;

/// A request that found its way to an entity.
pub(crate) struct Call<'a> {
    pub(crate) entity: &'a Entity,
    pub(crate) user: Arc<User>,
    /// What stands behind the plural.
    pub(crate) rest: Vec<&'a str>,
    pub(crate) query: Pairs,
    pub(crate) request: &'a Request<Bytes>,
}

/// Answers a call.
pub(crate) fn answer(state: &State, call: &mut Call<'_>) -> Outcome {
    let method = call.request.method();
    let reads = matches!(*method, Method::GET | Method::HEAD);
    match call.rest[..] {
        [] => match *method {
            Method::GET | Method::HEAD => list(state, call),
            Method::POST => create(state, call),
            Method::PUT => update(state, call, None),
            _ => Err(Reply::method_not_allowed(method, &allowed(call.entity, false))),
        },
        [name] if name.eq_ignore_ascii_case("commands") => {
            if !reads {
                return Err(Reply::method_not_allowed(method, &["GET"]));
            }
            commands(state, call)
        }
        [name] if name.eq_ignore_ascii_case("runcommand") => match *method {
            // The reference of 2020 prints GET, with a body.
            Method::POST | Method::GET => run(state, call),
            _ => Err(Reply::method_not_allowed(method, &["POST"])),
        },
        [id] => {
            let Ok(id) = id.parse::<i64>() else { return Err(Reply::not_found()) };
            match *method {
                _ if reads => get(state, call, id),
                Method::DELETE => delete(state, call, id),
                Method::PUT => update(state, call, Some(id)),
                _ => Err(Reply::method_not_allowed(method, &allowed(call.entity, true))),
            }
        }
        [first, last] => {
            let file = call.entity.table.files.iter().find(|file| file.path.eq_ignore_ascii_case(first));
            let (Some(file), Ok(id)) = (file, last.parse::<i64>()) else { return Err(Reply::not_found()) };
            if !reads {
                return Err(Reply::method_not_allowed(method, &["GET"]));
            }
            download(state, call, file.name, id)
        }
        _ => Err(Reply::not_found()),
    }
}

/// The methods that a path of an entity takes.
fn allowed(entity: &Entity, one: bool) -> Vec<&'static str> {
    let table = entity.table;
    let methods: &[(Operation, &'static str)] = if one {
        &[(Operation::Get, "GET"), (Operation::Delete, "DELETE")]
    } else {
        &[(Operation::List, "GET"), (Operation::Create, "POST"), (Operation::Update, "PUT")]
    };
    methods.iter().filter(|(operation, _)| table.allows(*operation)).map(|(_, method)| *method).collect()
}

/// Checks that an operation exists and that the caller has its role.
fn permit(call: &Call<'_>, operation: Operation) -> Result<(), Reply> {
    if !call.entity.table.allows(operation) {
        let one = matches!(operation, Operation::Get | Operation::Delete);
        let allowed = allowed(call.entity, one);
        let hint = format!("{} has no {operation}", call.entity.table.name);
        return Err(Reply::method_not_allowed(call.request.method(), &allowed).hint(hint));
    }
    permit_role(call, operation)
}

fn permit_role(call: &Call<'_>, operation: Operation) -> Result<(), Reply> {
    let role = call.entity.role(operation);
    if call.user.may(&role) {
        return Ok(());
    }
    Err(Reply::unauthorized(format!("the role {role} is missing")))
}

fn list(state: &State, call: &mut Call<'_>) -> Outcome {
    let plus = call.request.uri().query().is_some_and(|query| query.contains('+'));
    let rules = Rules { max_size: state.max_page, unknown: state.unknown_filters, plus };
    let query = Query::read(&state.catalog, call.entity, std::mem::take(&mut call.query), rules);
    let operation = match &query {
        Ok(query) if query.fetches() => Operation::Get,
        _ => Operation::List,
    };
    permit(call, operation)?;
    Ok(list::answer(&state.catalog, &state.read(), call.entity, query?))
}

fn get(state: &State, call: &Call<'_>, id: i64) -> Outcome {
    permit(call, Operation::Get)?;
    let store = state.read();
    let row = store.get(call.entity.at, id).ok_or_else(Reply::not_found)?;
    let mut out = Vec::new();
    render::record(&state.catalog, &store, call.entity, id, row, Depth::Full, &mut out);
    Ok(Reply::json(StatusCode::OK, out))
}

fn create(state: &State, call: &Call<'_>) -> Outcome {
    permit(call, Operation::Create)?;
    let body = body(call)?;
    let author = author(state, &call.user);
    let mut store = state.write();
    let writer = Writer { catalog: &state.catalog, store: &store, entity: call.entity, author };
    let accepted = writer.create(&body)?;
    state.finish(&mut store, call.entity, Event::Create, &[accepted.id], accepted.changes)?;
    let mut reply = written(call.entity, "created", Some(accepted.id), author);
    reply.hints = accepted.hints;
    Ok(reply)
}

fn update(state: &State, call: &Call<'_>, in_path: Option<i64>) -> Outcome {
    permit(call, Operation::Update)?;
    let body = body(call)?;
    let sent = body.fields.get("Id");
    let id = sent.map_or(in_path, |id| integer(id, text(id).as_deref()));
    let Some(id) = id else {
        let message = if sent.is_none() { "is a required field" } else { "is not a whole number" };
        let attempted = sent.unwrap_or(RawValue::NULL);
        return Err(Envelope::refused(vec![FieldError::new("Id", message, attempted)]));
    };
    let author = author(state, &call.user);
    let mut store = state.write();
    let row = store.get(call.entity.at, id).ok_or_else(Reply::not_found)?;
    let writer = Writer { catalog: &state.catalog, store: &store, entity: call.entity, author };
    let accepted = writer.update(id, row, &body)?;
    state.finish(&mut store, call.entity, Event::Update, &[id], accepted.changes)?;
    let mut reply = written(call.entity, "updated", Some(id), author);
    reply.hints = accepted.hints;
    if in_path.is_some() {
        reply = reply.hint("the documented form of an update is a PUT to the collection, with the Id in the body");
    }
    Ok(reply)
}

fn delete(state: &State, call: &Call<'_>, id: i64) -> Outcome {
    permit(call, Operation::Delete)?;
    let author = author(state, &call.user);
    let mut store = state.write();
    let row = store.get(call.entity.at, id).ok_or_else(Reply::not_found)?;
    let writer = Writer { catalog: &state.catalog, store: &store, entity: call.entity, author };
    let changes = writer.delete(id, row);
    state.finish(&mut store, call.entity, Event::Delete, &[id], changes)?;
    Ok(written(call.entity, "deleted", None, author))
}

fn commands(state: &State, call: &Call<'_>) -> Outcome {
    permit_role(call, Operation::List)?;
    let id = call.query.iter().find(|(name, _)| name.eq_ignore_ascii_case("id")).map(|(_, id)| id.trim());
    let store = state.read();
    let row = match id.filter(|id| !id.is_empty()) {
        None => None,
        Some(id) => {
            let id = id.parse().map_err(|_| Reply::not_found())?;
            Some(store.get(call.entity.at, id).ok_or_else(Reply::not_found)?)
        }
    };
    Ok(command::discover(call.entity, row))
}

fn run(state: &State, call: &Call<'_>) -> Outcome {
    permit_role(call, Operation::Update)?;
    let body = body(call)?;
    let author = author(state, &call.user);
    let mut store = state.write();
    let (changes, reply) = command::run(&state.catalog, &store, call.entity, author, &body)?;
    let next = store.table(call.entity.at).next_id();
    let ids = |new: bool| -> Vec<i64> {
        let all =
            changes.iter().filter_map(|change| if let Change::Put { id, .. } = change { Some(*id) } else { None });
        all.filter(|id| next.is_some_and(|next| *id >= next) == new).collect()
    };
    let (made, changed) = (ids(true), ids(false));
    state.finish(&mut store, call.entity, Event::Update, &changed, changes)?;
    let told = state.outbox.deliveries(&state.catalog, &store, call.entity, Event::Create, &made);
    state.outbox.post(told);
    Ok(reply)
}

fn download(state: &State, call: &Call<'_>, stem: &str, id: i64) -> Outcome {
    permit_role(call, Operation::Get)?;
    let store = state.read();
    if store.get(call.entity.at, id).is_none() {
        return Err(Reply::not_found());
    }
    let Some(file) = store.file(&(call.entity.at, id, stem.to_lowercase())) else {
        return Ok(Reply::json(StatusCode::OK, "null"));
    };
    let mut reply = Reply::empty(StatusCode::OK);
    reply.body = file.bytes.clone();
    // Whoever may write here chose type and content: no browser may take them for a page of the sandbox.
    for (name, value) in [
        (CONTENT_TYPE, file.content_type.as_str()),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (CONTENT_SECURITY_POLICY, "sandbox; default-src 'none'"),
        (CONTENT_DISPOSITION, "attachment"),
    ] {
        if let Ok(value) = HeaderValue::from_str(value) {
            reply = reply.header(name, value);
        }
    }
    Ok(reply)
}

fn body(call: &Call<'_>) -> Result<Body, Reply> {
    Body::read(call.request.headers(), call.request.body())
}

fn author<'a>(state: &State, user: &'a User) -> Author<'a> {
    Author { email: &user.email, now: state.clock.second() }
}

fn written(entity: &Entity, what: &str, id: Option<i64>, author: Author<'_>) -> Reply {
    let envelope = Envelope {
        status: 200,
        message: format!("{} was successfully {what}.", entity.table.name),
        value: id.map(|id| json!({ "Id": id })),
        updated_on: Some(author.now_text()),
        updated_by: Some(author.email.to_owned()),
        ..Envelope::default()
    };
    envelope.reply(StatusCode::OK)
}
