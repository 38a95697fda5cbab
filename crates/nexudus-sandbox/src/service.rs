//! The service itself: a request in, an answer out.
//!
//! Nothing here waits or knows of sockets, so the HTTP server, the transport in the same process and a fuzzer
//! call the very same function.

use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode};
use nexudus_core::{Json, Operation};
use serde_json::json;

use crate::auth::{Credentials, Directory, User};
use crate::catalog::{Catalog, Entity};
use crate::clock::Clock;
use crate::list::{self, Query};
use crate::render::{self, Depth};
use crate::seed;
use crate::settings::Settings;
use crate::store::{Change, Store, StoreError};
use crate::wire::{Body, Envelope, FieldError, Pairs, Reply, decode, nearest, pairs, quoted};
use crate::write::{Author, Writer};

/// A local Nexudus without a socket: requests are plain values, answered at once.
pub struct Service {
    catalog: Catalog,
    store: RwLock<Store>,
    settings: Settings,
    clock: Clock,
    directory: Directory,
}

impl std::fmt::Debug for Service {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Service")
    }
}

/// A request that found its way to an entity.
struct Call<'a> {
    entity: &'a Entity,
    user: Arc<User>,
    /// What stands behind the plural.
    rest: Vec<&'a str>,
    query: Pairs,
    request: &'a Request<Bytes>,
}

type Outcome = Result<Reply, Reply>;

impl Service {
    pub(crate) fn new(settings: Settings) -> Self {
        let catalog = Catalog::new(nexudus_model::tables());
        let clock = Clock::default();
        let contents = seed::fill(&catalog, &settings, clock.second());
        Self {
            store: RwLock::new(Store::new(contents, None)),
            catalog,
            settings,
            clock,
            directory: Directory::default(),
        }
    }

    /// Answers a request. The path of the URI is what counts; scheme and host are ignored.
    pub fn handle(&self, request: &Request<Bytes>) -> Response<Bytes> {
        let reply = self.route(request).unwrap_or_else(|refusal| refusal);
        let mut response = reply.into_response();
        if request.method() == Method::HEAD {
            *response.body_mut() = Bytes::new();
        }
        response
    }

    /// The largest body that is read.
    pub(crate) fn max_body(&self) -> usize {
        self.settings.max_body
    }

    fn read(&self) -> RwLockReadGuard<'_, Store> {
        self.store.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Store> {
        self.store.write().unwrap_or_else(PoisonError::into_inner)
    }

    fn route(&self, request: &Request<Bytes>) -> Outcome {
        if request.body().len() > self.settings.max_body {
            return Err(too_large(self.settings.max_body));
        }
        let broken = |part: &str| {
            Reply::message(StatusCode::BAD_REQUEST, &format!("Broken percent-encoding in {}.", quoted(part)))
        };
        let path = decode(request.uri().path(), false).ok_or_else(|| broken(request.uri().path()))?;
        let query = pairs(request.uri().query().unwrap_or_default()).map_err(|part| broken(&part))?;
        let segments: Vec<&str> = path.split('/').filter(|segment| !segment.is_empty()).collect();
        let [api, rest @ ..] = &segments[..] else { return Err(Reply::not_found()) };
        if !api.eq_ignore_ascii_case("api") {
            return Err(Reply::not_found().hint("paths start with /api"));
        }
        let is = |at: usize, name: &str| rest.get(at).is_some_and(|segment| segment.eq_ignore_ascii_case(name));
        if is(0, "auth") && is(1, "me") && rest.len() == 2 {
            return self.me(request);
        }
        let [section, plural, rest @ ..] = rest else { return Err(Reply::not_found()) };
        let user = self.user(request)?;
        let Some(entity) = self.catalog.at_path(section, plural) else {
            let near = nearest(plural, self.catalog.plurals());
            let near =
                near.and_then(|near| self.catalog.at_path("sys", near).or_else(|| self.catalog.at_path(section, near)));
            let hint = near.map(|near| format!(", did you mean `{}`?", near.table.path())).unwrap_or_default();
            return Err(
                Reply::not_found().hint(format!("no entity at {}{hint}", quoted(&format!("{section}/{plural}"))))
            );
        };
        let mut call = Call { entity, user, rest: rest.to_vec(), query, request };
        let outcome = self.call(&mut call);
        if section.eq_ignore_ascii_case(entity.table.section) {
            return outcome;
        }
        let hint = format!("the reference has this entity at `{}`", entity.table.path());
        outcome.map(|reply| reply.hint(hint.clone())).map_err(|reply| reply.hint(hint))
    }

    fn call(&self, call: &mut Call<'_>) -> Outcome {
        let method = call.request.method();
        let reads = matches!(*method, Method::GET | Method::HEAD);
        match call.rest[..] {
            [] => match *method {
                Method::GET | Method::HEAD => self.list(call),
                Method::POST => self.create(call),
                Method::PUT => self.update(call, None),
                _ => Err(Reply::method_not_allowed(method, &self.allowed(call.entity, false))),
            },
            [id] => {
                let Ok(id) = id.parse::<i64>() else { return Err(Reply::not_found()) };
                match *method {
                    _ if reads => self.get(call, id),
                    Method::DELETE => self.delete(call, id),
                    Method::PUT => self.update(call, Some(id)),
                    _ => Err(Reply::method_not_allowed(method, &self.allowed(call.entity, true))),
                }
            }
            _ => Err(Reply::not_found()),
        }
    }

    /// The methods that a path of an entity takes.
    #[allow(clippy::unused_self, reason = "read like the other steps of routing")]
    fn allowed(&self, entity: &Entity, one: bool) -> Vec<&'static str> {
        let table = entity.table;
        let methods: &[(Operation, &'static str)] = if one {
            &[(Operation::Get, "GET"), (Operation::Delete, "DELETE")]
        } else {
            &[(Operation::List, "GET"), (Operation::Create, "POST"), (Operation::Update, "PUT")]
        };
        methods.iter().filter(|(operation, _)| table.allows(*operation)).map(|(_, method)| *method).collect()
    }

    /// The caller; a refusal where there is none or they may not use the API.
    fn user(&self, request: &Request<Bytes>) -> Result<Arc<User>, Reply> {
        let credentials = Credentials::read(request.headers()).map_err(Reply::unauthorized)?;
        let users = self.directory.users(&self.catalog, &self.read(), &self.settings.accounts);
        let user = match &credentials {
            Credentials::Bearer(token) => {
                let fixed = self.settings.token.as_ref().filter(|(fixed, _)| fixed == token);
                let email = fixed.map(|(_, email)| email.clone());
                let user = email.and_then(|email| users.by_email(&email).cloned());
                user.ok_or_else(|| Reply::unauthorized("the bearer token is not known or has expired"))?
            }
            Credentials::Basic { user, password } => {
                let user = users.by_email(user).filter(|user| user.has_password(password)).cloned();
                user.ok_or_else(|| Reply::unauthorized("no user has this e-mail address and password"))?
            }
        };
        if !user.active {
            return Err(Reply::unauthorized("the user is not active"));
        }
        if !user.api_access {
            return Err(Reply::unauthorized("the user has no API access"));
        }
        Ok(user)
    }

    /// Checks that an operation exists and that the caller has its role.
    fn permit(&self, call: &Call<'_>, operation: Operation) -> Result<(), Reply> {
        if !call.entity.table.allows(operation) {
            let one = matches!(operation, Operation::Get | Operation::Delete);
            let allowed = self.allowed(call.entity, one);
            let hint = format!("{} has no {operation}", call.entity.table.name);
            return Err(Reply::method_not_allowed(call.request.method(), &allowed).hint(hint));
        }
        let role = call.entity.role(operation);
        if call.user.may(&role) {
            return Ok(());
        }
        Err(Reply::unauthorized(format!("the role {role} is missing")))
    }

    fn list(&self, call: &mut Call<'_>) -> Outcome {
        let query = Query::read(&self.catalog, call.entity, std::mem::take(&mut call.query), self.settings.max_page);
        let operation = match &query {
            Ok(query) if query.fetches() => Operation::Get,
            _ => Operation::List,
        };
        self.permit(call, operation)?;
        let query = query.map_err(Envelope::refused)?;
        Ok(list::answer(&self.catalog, &self.read(), call.entity, query))
    }

    fn get(&self, call: &Call<'_>, id: i64) -> Outcome {
        self.permit(call, Operation::Get)?;
        let store = self.read();
        let row = store.get(call.entity.at, id).ok_or_else(Reply::not_found)?;
        let mut out = Vec::with_capacity(2048);
        render::record(&self.catalog, &store, call.entity, id, row, Depth::Full, &mut out);
        Ok(Reply::json(StatusCode::OK, out))
    }

    fn create(&self, call: &Call<'_>) -> Outcome {
        self.permit(call, Operation::Create)?;
        let body = self.body(call)?;
        let author = self.author(&call.user);
        let mut store = self.write();
        let writer = Writer { catalog: &self.catalog, store: &store, entity: call.entity, author };
        let accepted = writer.create(&body).map_err(Envelope::refused)?;
        commit(&mut store, accepted.changes)?;
        let mut reply = written(call.entity, "created", Some(accepted.id), author);
        reply.hints = accepted.hints;
        Ok(reply)
    }

    fn update(&self, call: &Call<'_>, in_path: Option<i64>) -> Outcome {
        self.permit(call, Operation::Update)?;
        let body = self.body(call)?;
        let sent = body.fields.iter().find(|(name, _)| name.eq_ignore_ascii_case("id")).map(|(_, id)| id);
        let id = match sent {
            Some(Json::Number(id)) => id.as_i64(),
            Some(Json::String(id)) => id.trim().parse().ok(),
            _ => in_path,
        };
        let Some(id) = id else {
            let message = if sent.is_none() { "is a required field" } else { "is not a whole number" };
            return Err(Envelope::refused(vec![FieldError::new("Id", message, sent.cloned().unwrap_or_default())]));
        };
        let author = self.author(&call.user);
        let mut store = self.write();
        let row = store.get(call.entity.at, id).ok_or_else(Reply::not_found)?;
        let writer = Writer { catalog: &self.catalog, store: &store, entity: call.entity, author };
        let accepted = writer.update(id, row, &body).map_err(Envelope::refused)?;
        commit(&mut store, accepted.changes)?;
        let mut reply = written(call.entity, "updated", Some(id), author);
        reply.hints = accepted.hints;
        if in_path.is_some() {
            reply = reply.hint("the documented form of an update is a PUT to the collection, with the Id in the body");
        }
        Ok(reply)
    }

    fn delete(&self, call: &Call<'_>, id: i64) -> Outcome {
        self.permit(call, Operation::Delete)?;
        let author = self.author(&call.user);
        let mut store = self.write();
        let row = store.get(call.entity.at, id).ok_or_else(Reply::not_found)?;
        let writer = Writer { catalog: &self.catalog, store: &store, entity: call.entity, author };
        let changes = writer.delete(id, row);
        commit(&mut store, changes)?;
        Ok(written(call.entity, "deleted", None, author))
    }

    #[allow(clippy::unused_self, reason = "read like the other steps")]
    fn body(&self, call: &Call<'_>) -> Result<Body, Reply> {
        Body::read(call.request.headers(), call.request.body()).map_err(Envelope::unreadable)
    }

    fn author<'a>(&self, user: &'a User) -> Author<'a> {
        Author { email: &user.email, now: self.clock.second() }
    }

    /// The record of the caller.
    fn me(&self, request: &Request<Bytes>) -> Outcome {
        if !matches!(*request.method(), Method::GET | Method::HEAD) {
            return Err(Reply::method_not_allowed(request.method(), &["GET"]));
        }
        let user = self.user(request)?;
        let store = self.read();
        let users = self.catalog.named(crate::names::USER);
        let record = users.zip(user.id).and_then(|(users, id)| Some((users, id, store.get(users.at, id)?)));
        let Some((users, id, row)) = record else {
            return Ok(Reply::value(StatusCode::OK, &json!({ "Email": user.email, "IsAdmin": user.admin })));
        };
        let mut out = Vec::with_capacity(2048);
        render::record(&self.catalog, &store, users, id, row, Depth::Full, &mut out);
        Ok(Reply::json(StatusCode::OK, out))
    }
}

/// The answer to a body that is longer than the sandbox reads.
pub(crate) fn too_large(limit: usize) -> Reply {
    Reply::message(StatusCode::PAYLOAD_TOO_LARGE, &format!("The body is longer than {limit} bytes."))
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

/// Makes changes durable and visible. What can't be written down is not done, and the caller hears so.
fn commit(store: &mut Store, changes: Vec<Change>) -> Result<(), Reply> {
    store.commit(changes).map_err(|error: StoreError| {
        Reply::message(StatusCode::INTERNAL_SERVER_ERROR, "An error has occurred.").hint(error.to_string())
    })
}
