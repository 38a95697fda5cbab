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
use crate::api::write;
use crate::catalog::entity::Entity;
use crate::effect::work::{Author, Said, Work};
use crate::message::body::Body;
use crate::message::envelope::{Envelope, FieldError};
use crate::message::pairs::Pairs;
use crate::message::reply::{Outcome, Reply};
use crate::record::render::{self, Depth};
use crate::state::State;
use crate::store::change::RecordKey;
use crate::store::memory::Store;
use crate::value::coerce::integer;
use crate::value::raw::{Raw, text};

/// A request that found its way to an entity.
pub(crate) struct EndpointRequest<'a> {
    pub(crate) entity: &'a Entity,
    pub(crate) user: Arc<User>,
    /// What stands behind the plural.
    pub(crate) rest: Vec<&'a str>,
    pub(crate) query: Pairs,
    pub(crate) request: &'a Request<Bytes>,
}

/// Answers a call that is not an action.
pub(crate) fn answer(state: &State, call: &mut EndpointRequest<'_>) -> Outcome {
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
fn permit(call: &EndpointRequest<'_>, operation: Operation) -> Result<(), Reply> {
    if !call.entity.table.allows(operation) {
        let one = matches!(operation, Operation::Get | Operation::Delete);
        let allowed = allowed(call.entity, one);
        let mut commands = call.entity.table.known_commands.iter().map(|command| command.key);
        let command = commands.find(|key| operation == Operation::Delete && key.contains("DELETE"));
        let instead = command.map(|command| format!("; the command {command} deletes one")).unwrap_or_default();
        let hint = format!("{} has no {operation}{instead}", call.entity.table.name);
        return Err(Reply::method_not_allowed(call.request.method(), &allowed).hint(hint));
    }
    permit_role(call, operation)
}

pub(crate) fn permit_role(call: &EndpointRequest<'_>, operation: Operation) -> Result<(), Reply> {
    let role = call.entity.role(operation);
    if call.user.may(&role) {
        return Ok(());
    }
    Err(Reply::unauthorized(format!("the role {role} is missing")))
}

fn list(state: &State, call: &mut EndpointRequest<'_>) -> Outcome {
    let filled = call.query.iter().filter(|(_, value)| !value.trim().is_empty());
    let given: Vec<String> = filled.map(|(name, _)| name.to_ascii_lowercase()).collect();
    let plus = call.request.uri().query().is_some_and(|query| query.contains('+'));
    let rules = Rules { max_size: state.max_page, unknown: state.unknown_filters, plus };
    let query = Query::read(&state.catalog, call.entity, std::mem::take(&mut call.query), rules);
    let operation = match &query {
        Ok(query) if query.fetches() => Operation::Get,
        _ => Operation::List,
    };
    permit(call, operation)?;
    if operation == Operation::List
        && let Some(name) =
            call.entity.table.required_filters.iter().find(|name| !given.contains(&name.to_ascii_lowercase()))
    {
        let message = format!("Missing required filter: {name}");
        return Err(Envelope { status: 500, message, ..Envelope::default() }.reply(StatusCode::BAD_REQUEST));
    }
    let mut query = query?;
    if call.entity.effects.is_some_and(|effects| effects.ignores_filters) && !query.conditions.is_empty() {
        query.conditions.clear();
        query.hint(format!("the service ignores the filters of {}", call.entity.table.name));
    }
    Ok(list::answer(state.view(&state.read()), call.entity, query))
}

fn get(state: &State, call: &EndpointRequest<'_>, id: i64) -> Outcome {
    permit(call, Operation::Get)?;
    let store = state.read();
    let Some(row) = store.get(call.entity.position, id) else {
        let status = call.entity.effects.and_then(|effects| effects.gone);
        let status = status.and_then(|status| StatusCode::from_u16(status).ok());
        return Err(status.map_or_else(Reply::not_found, Envelope::failure));
    };
    let mut out = Vec::new();
    render::record(state.view(&store), call.entity, id, row, Depth::Full, &mut out);
    Ok(Reply::json(StatusCode::OK, out))
}

fn create(state: &State, call: &EndpointRequest<'_>) -> Outcome {
    permit(call, Operation::Create)?;
    let body = body(call)?;
    let mut store = state.write();
    let mut work = Work::new(state.view(&store), author(state, &call.user.email));
    let created = write::create(&mut work, call.entity, &body)?;
    let which = (call.entity.position, created.id);
    let done = work.done();
    let said = state.finish(&mut store, done)?;
    let record = written_record(state, &store, which, &said);
    let mut reply = written(state, &store, which, "created", Some(record), &said);
    reply.hints = created.hints;
    Ok(reply)
}

fn update(state: &State, call: &EndpointRequest<'_>, in_path: Option<i64>) -> Outcome {
    permit(call, Operation::Update)?;
    let body = body(call)?;
    let sent = body.fields.get("Id");
    let id = sent.map_or(in_path, |id| integer(id, text(id).as_deref()));
    let Some(id) = id else {
        let message = if sent.is_none() { "is a required field" } else { "is not a whole number" };
        let attempted = sent.unwrap_or(RawValue::NULL);
        return Err(Envelope::refused(vec![FieldError::new("Id", message, attempted)]));
    };
    let mut store = state.write();
    let mut work = Work::new(state.view(&store), author(state, &call.user.email));
    let hints = write::update(&mut work, call.entity, id, &body)?;
    let done = work.done();
    let said = state.finish(&mut store, done)?;
    let value = Some(json!({ "Id": id }).to_string());
    let mut reply = written(state, &store, (call.entity.position, id), "updated", value, &said);
    reply.hints = hints;
    if in_path.is_some() {
        reply = reply.hint("the documented form of an update is a PUT to the collection, with the Id in the body");
    }
    Ok(reply)
}

fn delete(state: &State, call: &EndpointRequest<'_>, id: i64) -> Outcome {
    permit(call, Operation::Delete)?;
    let mut store = state.write();
    let mut work = Work::new(state.view(&store), author(state, &call.user.email));
    write::delete(&mut work, call.entity, id)?;
    let done = work.done();
    // The answer names what is gone.
    let reply = written(state, &store, (call.entity.position, id), "deleted", None, &done.said);
    state.finish(&mut store, done)?;
    Ok(reply)
}

fn commands(state: &State, call: &EndpointRequest<'_>) -> Outcome {
    permit_role(call, Operation::List)?;
    let id = call.query.iter().find(|(name, _)| name.eq_ignore_ascii_case("id")).map(|(_, id)| id.trim());
    let store = state.read();
    let row = match id.filter(|id| !id.is_empty()) {
        None => None,
        Some(id) => {
            let id = id.parse().map_err(|_| Reply::not_found())?;
            Some((id, store.get(call.entity.position, id).ok_or_else(Reply::not_found)?))
        }
    };
    Ok(command::discover(call.entity, row))
}

fn run(state: &State, call: &EndpointRequest<'_>) -> Outcome {
    permit_role(call, Operation::Update)?;
    let body = body(call)?;
    let mut store = state.write();
    let mut work = Work::new(state.view(&store), author(state, &call.user.email));
    let ran = command::run(&mut work, call.entity, &body)?;
    let hints = ran.hints;
    let done = work.done();
    let said = state.finish(&mut store, done)?;
    let envelope = Envelope {
        status: 200,
        message: ran.message,
        value: value(state, &store, ran.answer.value, ran.answer.records, &said),
        redirect: ran.answer.redirect,
        updated_on: Some(said.author.now_text()),
        updated_by: Some(said.author.email.clone()),
        ..Envelope::default()
    };
    Ok(hints.into_iter().fold(envelope.reply(StatusCode::OK), Reply::hint))
}

/// The value of an envelope: what rules say, or the records that they made.
pub(crate) fn value(
    state: &State,
    store: &Store,
    value: Option<Raw>,
    records: Option<(Vec<RecordKey>, bool)>,
    said: &Said,
) -> Option<String> {
    let Some((records, list)) = records else { return value.map(|value| value.get().to_owned()) };
    let mut texts = records.into_iter().map(|which| written_record(state, store, which, said));
    if list { Some(format!("[{}]", texts.collect::<Vec<_>>().join(","))) } else { texts.next_back() }
}

/// A record as the answer to the write that made it shows it.
fn written_record(state: &State, store: &Store, which: RecordKey, said: &Said) -> String {
    let mut out = Vec::new();
    render::written(state.view(store), which, &said.moment, &mut out);
    String::from_utf8_lossy(&out).into_owned()
}

fn download(state: &State, call: &EndpointRequest<'_>, stem: &str, id: i64) -> Outcome {
    permit_role(call, Operation::Get)?;
    let store = state.read();
    if store.get(call.entity.position, id).is_none() {
        return Err(Reply::not_found());
    }
    let Some(file) = store.file(&(call.entity.position, id, stem.to_lowercase())) else {
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

fn body(call: &EndpointRequest<'_>) -> Result<Body, Reply> {
    Body::read(call.request.headers(), call.request.body())
}

/// Who writes, and when.
pub(crate) fn author(state: &State, email: &str) -> Author {
    Author { email: email.to_owned(), now: state.clock.second(), fraction: state.clock.fraction() }
}

fn written(state: &State, store: &Store, which: RecordKey, what: &str, value: Option<String>, said: &Said) -> Reply {
    let entity = state.catalog.entity(which.0);
    let label = || store.get(which.0, which.1).map(|row| render::label(state.view(store), which, row));
    // Where nobody saw the service's own text, the name of the entity does.
    let subject = match entity.effects.and_then(|effects| effects.called) {
        Some(called) => format!("{called} \"{}\"", label().unwrap_or_default()),
        None => entity.table.name.to_owned(),
    };
    let envelope = Envelope {
        status: 200,
        message: format!("{subject} was successfully {what}."),
        value,
        updated_on: Some(said.author.now_text()),
        updated_by: Some(said.author.email.clone()),
        ..Envelope::default()
    };
    envelope.reply(StatusCode::OK)
}
