//! The service itself: a request in, an answer out.
//!
//! Nothing here waits or knows of sockets, so the HTTP server, the transport in the same process and a fuzzer
//! call the very same function.

use std::collections::BTreeMap;
use std::io::Write;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::header::{AUTHORIZATION, CONTENT_TYPE, ORIGIN, RETRY_AFTER};
use http::{HeaderValue, Method, Request, Response, StatusCode};
use nexudus_core::{Json, Operation};
use serde_json::json;

use crate::auth::{self, Credentials, Directory, User, Users};
use crate::catalog::{Catalog, Entity};
use crate::clock::Clock;
use crate::fault::{Fault, Faults};
use crate::hash::app_password;
use crate::list::{self, Query};
use crate::log::{Entry, Log};
use crate::render::{self, Depth};
use crate::settings::{Seed, Settings};
use crate::store::{Change, Contents, Store, StoreError};
use crate::throttle::Throttle;
use crate::token::Tokens;
use crate::webhook::{self, Event, Outbox, Sending};
use crate::wire::{Body, Envelope, FieldError, HINT, Pairs, Reply, decode, is_form, nearest, pairs, quoted};
use crate::write::{Author, Writer};
use crate::{checkin, command, control, names, page, seed};

/// A local Nexudus without a socket: requests are plain values, answered at once.
pub struct Service {
    catalog: Catalog,
    store: RwLock<Store>,
    settings: Settings,
    clock: Clock,
    directory: Directory,
    tokens: Tokens,
    throttle: Throttle,
    faults: Faults,
    log: Log,
    outbox: Outbox,
    snapshots: Mutex<BTreeMap<String, Contents>>,
}

impl std::fmt::Debug for Service {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Service")
    }
}

/// An answer, and how it is to be delivered.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) response: Response<Bytes>,
    pub(crate) delay: Duration,
    /// Where the body breaks off.
    pub(crate) cut: Option<usize>,
    /// Whether the connection ends without an answer.
    pub(crate) reset: bool,
}

impl Answer {
    /// An answer that is delivered as it is.
    fn whole(response: Response<Bytes>) -> Self {
        Self { response, delay: Duration::ZERO, cut: None, reset: false }
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
    pub(crate) fn new(settings: Settings) -> Result<Self, StoreError> {
        let catalog = Catalog::new(nexudus_model::tables());
        let clock = Clock::default();
        match settings.clock {
            Some((at, true)) => clock.stand(at),
            Some((at, false)) => clock.run_from(at),
            None => {}
        }
        let store = open(&catalog, &settings, clock.second())?;
        Ok(Self {
            store: RwLock::new(store),
            faults: Faults::new(settings.faults.clone()),
            catalog,
            settings,
            clock,
            directory: Directory::default(),
            tokens: Tokens::default(),
            throttle: Throttle::default(),
            log: Log::default(),
            outbox: Outbox::default(),
            snapshots: Mutex::default(),
        })
    }

    /// Answers a request. The path of the URI is what counts; scheme and host are ignored. Of the faults that
    /// were asked for, those of a connection can't be shown here.
    pub fn handle(&self, request: &Request<Bytes>) -> Response<Bytes> {
        self.answer(request).response
    }

    /// Answers a request and says how the answer is to be delivered.
    pub(crate) fn answer(&self, request: &Request<Bytes>) -> Answer {
        let started = Instant::now();
        let path = request.uri().path();
        let control = path.strip_prefix(control::PREFIX).filter(|rest| rest.is_empty() || rest.starts_with('/'));
        if let Some(path) = control {
            return Answer::whole(control::handle(self, request, path).into_response());
        }
        if path == "/" {
            return Answer::whole(page::document(request.method()).into_response());
        }
        let fault = self.faults.draw(request.method(), path);
        let mut user = None;
        let served = fault.as_ref().is_none_or(Fault::lets_through).then(|| {
            let reply = self.route(request, &mut user).unwrap_or_else(|refusal| refusal);
            reply.into_response()
        });
        let mut response = match (&fault, served) {
            (None, Some(response)) => response,
            (None, None) => Response::default(),
            (Some(fault), served) => fault.spoil(served),
        };
        if request.headers().contains_key(ORIGIN) {
            cors(response.headers_mut());
        }
        self.note(request, &response, started, user, fault.is_some());
        if request.method() == Method::HEAD {
            *response.body_mut() = Bytes::new();
        }
        match fault {
            None => Answer::whole(response),
            Some(fault) => {
                Answer { response, delay: fault.delay.unwrap_or_default(), cut: fault.cut, reset: fault.reset }
            }
        }
    }

    fn note(
        &self,
        request: &Request<Bytes>,
        response: &Response<Bytes>,
        started: Instant,
        user: Option<Arc<User>>,
        fault: bool,
    ) {
        let target = request.uri().path_and_query().map(http::uri::PathAndQuery::as_str).unwrap_or_default();
        let hint = response.headers().get(HINT).and_then(|hint| hint.to_str().ok());
        let entry = Entry {
            at: self.clock.now(),
            method: request.method().to_string(),
            target: target.chars().take(2000).collect(),
            status: response.status().as_u16(),
            took: started.elapsed(),
            user: user.map(|user| user.email.clone()),
            hint: hint.map(str::to_owned),
            fault,
        };
        if self.settings.log {
            let line = format!("{}\n", entry.line());
            // A log that nobody reads any more is no reason to stop.
            let _ = std::io::stderr().lock().write_all(line.as_bytes());
        }
        self.log.push(entry);
    }

    /// The largest body that is read.
    pub(crate) fn max_body(&self) -> usize {
        self.settings.max_body
    }

    /// How long a client may take.
    pub(crate) fn patience(&self) -> Duration {
        self.settings.patience
    }

    pub(crate) fn outbox(&self) -> &Outbox {
        &self.outbox
    }

    pub(crate) fn sending(&self) -> &Sending {
        &self.settings.sending
    }

    pub(crate) fn now(&self) -> i64 {
        self.clock.now()
    }

    pub(crate) fn clock(&self) -> &Clock {
        &self.clock
    }

    pub(crate) fn faults(&self) -> &Faults {
        &self.faults
    }

    pub(crate) fn log(&self) -> &Log {
        &self.log
    }

    pub(crate) fn catalog(&self) -> &Catalog {
        &self.catalog
    }

    pub(crate) fn read(&self) -> RwLockReadGuard<'_, Store> {
        self.store.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn write(&self) -> RwLockWriteGuard<'_, Store> {
        self.store.write().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn snapshots(&self) -> MutexGuard<'_, BTreeMap<String, Contents>> {
        self.snapshots.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Starts over from a seed, by default the one that the sandbox was started with.
    pub(crate) fn reset(&self, seed: Option<Seed>) -> Result<(), StoreError> {
        let contents =
            seed::fill(&self.catalog, &self.settings, seed.unwrap_or(self.settings.seed), self.clock.second());
        self.write().replace(contents)?;
        self.throttle.clear();
        self.outbox.clear();
        Ok(())
    }

    /// Puts records into the store as they are, unchecked: the number of them.
    pub(crate) fn load(&self, records: &Json) -> Result<usize, String> {
        let changes = seed::changes(&self.catalog, records, self.clock.second())?;
        let count = changes.len();
        self.write().commit(changes).map_err(|error| error.to_string())?;
        Ok(count)
    }

    /// Keeps what an attempt to call a webhook came to; whether it is still to be called.
    pub(crate) fn record_attempt(&self, hook: i64, error: Option<String>) -> bool {
        let mut store = self.write();
        let changes = webhook::attempt_changes(&self.catalog, &store, hook, self.clock.second(), error);
        changes.is_some_and(|(changes, goes_on)| store.commit(changes).is_ok() && goes_on)
    }

    fn route(&self, request: &Request<Bytes>, caller: &mut Option<Arc<User>>) -> Outcome {
        if request.body().len() > self.settings.max_body {
            return Err(too_large(self.settings.max_body));
        }
        if request.method() == Method::OPTIONS {
            return Ok(Reply::empty(StatusCode::NO_CONTENT));
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
        self.count(request, rest)?;
        let lower: Vec<String> = rest.iter().take(4).map(|segment| segment.to_ascii_lowercase()).collect();
        match &lower.iter().map(String::as_str).collect::<Vec<_>>()[..] {
            ["token"] => return self.token(request),
            ["auth", "me"] => return self.me(request, caller),
            ["utils", "enums"] => return self.enumeration(request, &query, caller),
            ["public", "checkin"] => return self.checkin(request),
            ["sys", "users", "token", "refresh"] => return self.link(request, caller),
            _ => {}
        }
        let [section, plural, rest @ ..] = rest else { return Err(Reply::not_found()) };
        let user = self.user(request)?;
        *caller = Some(Arc::clone(&user));
        let Some(entity) = self.catalog.at_path(section, plural) else {
            let near = nearest(plural, self.catalog.plurals()).and_then(|near| self.catalog.of_plural(near));
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

    /// Counts a request against the limits.
    fn count(&self, request: &Request<Bytes>, path: &[&str]) -> Result<(), Reply> {
        let Some(limits) = &self.settings.limits else { return Ok(()) };
        let caller = request.headers().get(AUTHORIZATION).map(|value| String::from_utf8_lossy(value.as_bytes()));
        let endpoint = path.iter().take(2).map(|segment| segment.to_ascii_lowercase()).collect::<Vec<_>>().join("/");
        let caller = format!("{} {} {endpoint}", caller.unwrap_or_default(), request.method());
        let write = !matches!(*request.method(), Method::GET | Method::HEAD);
        self.throttle.count(limits, &caller, write, self.clock.now()).map_err(|seconds| {
            Reply::empty(StatusCode::CONFLICT).header(RETRY_AFTER, HeaderValue::from(seconds)).hint("throttled")
        })
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
            [name] if name.eq_ignore_ascii_case("commands") => {
                if !reads {
                    return Err(Reply::method_not_allowed(method, &["GET"]));
                }
                self.commands(call)
            }
            [name] if name.eq_ignore_ascii_case("runcommand") => match *method {
                // The reference of 2020 prints GET, with a body.
                Method::POST | Method::GET => self.run(call),
                _ => Err(Reply::method_not_allowed(method, &["POST"])),
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
            [first, last] => {
                let file = call.entity.table.files.iter().find(|file| file.path.eq_ignore_ascii_case(first));
                let (Some(file), Ok(id)) = (file, last.parse::<i64>()) else { return Err(Reply::not_found()) };
                if !reads {
                    return Err(Reply::method_not_allowed(method, &["GET"]));
                }
                self.download(call, file.name, id)
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
        let user = self.login(request)?;
        if !user.api_access {
            return Err(Reply::unauthorized("the user has no API access"));
        }
        Ok(user)
    }

    /// The caller, whatever they may do.
    fn login(&self, request: &Request<Bytes>) -> Result<Arc<User>, Reply> {
        let credentials = Credentials::read(request.headers()).map_err(Reply::unauthorized)?;
        let users = self.users();
        let user = match &credentials {
            Credentials::Bearer(token) => {
                let fixed = self.settings.token.as_ref().filter(|(fixed, _)| fixed == token);
                let email =
                    fixed.map(|(_, email)| email.clone()).or_else(|| self.tokens.email_of(token, self.clock.now()));
                let user = email.and_then(|email| users.by_email(&email).cloned());
                user.ok_or_else(|| Reply::unauthorized("the bearer token is not known or has expired"))?
            }
            Credentials::Basic { user, password } => {
                let by_password = users.by_email(user).filter(|user| user.has_password(password)).cloned();
                let app = || {
                    self.settings
                        .apps
                        .iter()
                        .find(|app| app.key == *user && app_password(&app.token, &app.secret) == *password)
                };
                let user = by_password.or_else(|| app().map(|app| Arc::new(User::of_app(app))));
                user.ok_or_else(|| Reply::unauthorized("no user has this e-mail address and password"))?
            }
        };
        if !user.active {
            return Err(Reply::unauthorized("the user is not active"));
        }
        Ok(user)
    }

    fn users(&self) -> Arc<Users> {
        self.directory.users(&self.catalog, &self.read(), &self.settings.accounts)
    }

    /// Checks that an operation exists and that the caller has its role.
    fn permit(&self, call: &Call<'_>, operation: Operation) -> Result<(), Reply> {
        if !call.entity.table.allows(operation) {
            let one = matches!(operation, Operation::Get | Operation::Delete);
            let allowed = self.allowed(call.entity, one);
            let hint = format!("{} has no {operation}", call.entity.table.name);
            return Err(Reply::method_not_allowed(call.request.method(), &allowed).hint(hint));
        }
        self.permit_role(call, operation)
    }

    #[allow(clippy::unused_self, reason = "read like the other steps")]
    fn permit_role(&self, call: &Call<'_>, operation: Operation) -> Result<(), Reply> {
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
        let mut out = Vec::new();
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
        self.finish(&mut store, call.entity, Event::Create, &[accepted.id], accepted.changes)?;
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
        self.finish(&mut store, call.entity, Event::Update, &[id], accepted.changes)?;
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
        self.finish(&mut store, call.entity, Event::Delete, &[id], changes)?;
        Ok(written(call.entity, "deleted", None, author))
    }

    /// Makes changes durable and visible, and tells the webhooks. What can't be written down is not done, and
    /// the caller hears so.
    fn finish(
        &self,
        store: &mut Store,
        entity: &Entity,
        event: Event,
        ids: &[i64],
        changes: Vec<Change>,
    ) -> Result<(), Reply> {
        let changes = auth::passwords(&self.catalog, changes);
        // Of a deleted record the last state is told, so it has to be looked at before.
        let before = if event == Event::Delete {
            self.outbox.deliveries(&self.catalog, store, entity, event, ids)
        } else {
            Vec::new()
        };
        store.commit(changes).map_err(|error: StoreError| {
            Reply::message(StatusCode::INTERNAL_SERVER_ERROR, "An error has occurred.").hint(error.to_string())
        })?;
        let after = if event == Event::Delete {
            before
        } else {
            self.outbox.deliveries(&self.catalog, store, entity, event, ids)
        };
        self.outbox.post(after);
        Ok(())
    }

    fn commands(&self, call: &Call<'_>) -> Outcome {
        self.permit_role(call, Operation::List)?;
        let id = call.query.iter().find(|(name, _)| name.eq_ignore_ascii_case("id")).map(|(_, id)| id.trim());
        let store = self.read();
        let row = match id.filter(|id| !id.is_empty()) {
            None => None,
            Some(id) => {
                let id = id.parse().map_err(|_| Reply::not_found())?;
                Some(store.get(call.entity.at, id).ok_or_else(Reply::not_found)?)
            }
        };
        Ok(command::discover(call.entity, row))
    }

    fn run(&self, call: &Call<'_>) -> Outcome {
        self.permit_role(call, Operation::Update)?;
        let body = self.body(call)?;
        let author = self.author(&call.user);
        let mut store = self.write();
        let (changes, reply) = command::run(&self.catalog, &store, call.entity, author, &body)?;
        let next = store.table(call.entity.at).next_id();
        let ids = |new: bool| -> Vec<i64> {
            let all =
                changes.iter().filter_map(|change| if let Change::Put { id, .. } = change { Some(*id) } else { None });
            all.filter(|id| (*id >= next) == new).collect()
        };
        let (made, changed) = (ids(true), ids(false));
        self.finish(&mut store, call.entity, Event::Update, &changed, changes)?;
        let told = self.outbox.deliveries(&self.catalog, &store, call.entity, Event::Create, &made);
        self.outbox.post(told);
        Ok(reply)
    }

    fn download(&self, call: &Call<'_>, stem: &str, id: i64) -> Outcome {
        self.permit_role(call, Operation::Get)?;
        let store = self.read();
        if store.get(call.entity.at, id).is_none() {
            return Err(Reply::not_found());
        }
        let Some(file) = store.file(&(call.entity.at, id, stem.to_lowercase())) else {
            return Ok(Reply::json(StatusCode::OK, "null"));
        };
        let mut reply = Reply::empty(StatusCode::OK);
        reply.body = file.bytes.clone();
        if let Ok(value) = HeaderValue::from_str(&file.content_type) {
            reply = reply.header(CONTENT_TYPE, value);
        }
        Ok(reply)
    }

    fn token(&self, request: &Request<Bytes>) -> Outcome {
        if request.method() != Method::POST {
            return Err(Reply::method_not_allowed(request.method(), &["POST"]));
        }
        // A body that is not a form has no grant, and says so as the service does.
        let text = std::str::from_utf8(request.body()).ok().filter(|_| is_form(request.headers()));
        let form = text.and_then(|text| pairs(text).ok()).unwrap_or_default();
        Ok(self.tokens.grant(&self.users(), request.headers(), &form, self.settings.lives, self.clock.now()))
    }

    /// A token for one use in a link; not a refresh, whatever its path says.
    fn link(&self, request: &Request<Bytes>, caller: &mut Option<Arc<User>>) -> Outcome {
        if request.method() != Method::POST {
            return Err(Reply::method_not_allowed(request.method(), &["POST"]));
        }
        let user = self.user(request)?;
        *caller = Some(Arc::clone(&user));
        let author = self.author(&user);
        let envelope = Envelope {
            status: 200,
            message: "A token was made.".into(),
            value: Some(Json::String(self.tokens.link(&user, self.clock.now()))),
            updated_on: Some(author.now_text()),
            updated_by: Some(user.email.clone()),
            ..Envelope::default()
        };
        Ok(envelope.reply(StatusCode::OK))
    }

    fn enumeration(&self, request: &Request<Bytes>, query: &Pairs, caller: &mut Option<Arc<User>>) -> Outcome {
        if !matches!(*request.method(), Method::GET | Method::HEAD) {
            return Err(Reply::method_not_allowed(request.method(), &["GET"]));
        }
        // Members may read these as well.
        *caller = Some(self.login(request)?);
        let name = query.iter().find(|(key, _)| key.eq_ignore_ascii_case("name")).map(|(_, name)| name.trim());
        let name = name.unwrap_or_default();
        let Some(table) = self.catalog.enumeration(name) else {
            let near = nearest(name, self.catalog.enumerations());
            let example = || "name one of the enums, such as ?name=eChargePeriod".to_owned();
            let hint = near.map_or_else(example, |near| format!("did you mean `{near}`?"));
            return Err(
                Reply::message(StatusCode::BAD_REQUEST, &format!("There is no enum {}.", quoted(name))).hint(hint)
            );
        };
        let value = |(id, name): &(i64, &str)| json!({ "Id": id, "Name": name, "Label": spaced(name) });
        Ok(Reply::value(StatusCode::OK, &table.values.iter().map(value).collect()))
    }

    fn checkin(&self, request: &Request<Bytes>) -> Outcome {
        if request.method() != Method::POST {
            return Err(Reply::method_not_allowed(request.method(), &["POST"]));
        }
        let body = Body::read(request.headers(), request.body()).map_err(Envelope::unreadable)?;
        let users = self.users();
        let token_email = |token: &str| self.tokens.email_of(token, self.clock.now());
        let mut store = self.write();
        let done = checkin::run(&self.catalog, &store, &users, &token_email, &body, self.clock.second())?;
        let checkins = self.catalog.entity(done.entity);
        self.finish(&mut store, checkins, done.event, &[done.id], done.changes)?;
        Ok(done.reply)
    }

    #[allow(clippy::unused_self, reason = "read like the other steps")]
    fn body(&self, call: &Call<'_>) -> Result<Body, Reply> {
        Body::read(call.request.headers(), call.request.body()).map_err(Envelope::unreadable)
    }

    fn author<'a>(&self, user: &'a User) -> Author<'a> {
        Author { email: &user.email, now: self.clock.second() }
    }

    /// The record of the caller, with the defaults of their location.
    fn me(&self, request: &Request<Bytes>, caller: &mut Option<Arc<User>>) -> Outcome {
        if !matches!(*request.method(), Method::GET | Method::HEAD) {
            return Err(Reply::method_not_allowed(request.method(), &["GET"]));
        }
        let user = self.user(request)?;
        *caller = Some(Arc::clone(&user));
        let store = self.read();
        let users = names::user(&self.catalog);
        let record = users.zip(user.id).and_then(|(users, id)| Some((users, id, store.get(users.at, id)?)));
        let Some((users, id, row)) = record else {
            return Ok(Reply::value(StatusCode::OK, &json!({ "Email": user.email, "IsAdmin": user.admin })));
        };
        let mut out = Vec::new();
        render::record(&self.catalog, &store, users, id, row, Depth::Full, &mut out);
        let mut record: Json = serde_json::from_slice(&out).unwrap_or_default();
        if let Json::Object(fields) = &mut record {
            for (name, value) in auth::defaults(&self.catalog, &store, users, row) {
                fields.insert(name.to_owned(), value);
            }
        }
        Ok(Reply::value(StatusCode::OK, &record))
    }
}

/// The store as it is when the sandbox starts.
#[cfg_attr(not(feature = "sqlite"), expect(clippy::unnecessary_wraps, reason = "a file may fail to open"))]
fn open(catalog: &Catalog, settings: &Settings, now: i64) -> Result<Store, StoreError> {
    let seeded = || seed::fill(catalog, settings, settings.seed, now);
    #[cfg(feature = "sqlite")]
    if let Some(path) = &settings.data {
        let (mut file, kept) = crate::sqlite::open(path, catalog)?;
        let contents = if let Some(contents) = kept {
            contents
        } else {
            let contents = seeded();
            file.rewrite(catalog, &contents)?;
            contents
        };
        return Ok(Store::new(contents, Some(Box::new(file))));
    }
    Ok(Store::new(seeded(), None))
}

/// Lets pages of any origin call and read what matters to a client.
fn cors(headers: &mut http::HeaderMap) {
    for (name, value) in [
        ("access-control-allow-origin", "*"),
        ("access-control-allow-methods", "GET, POST, PUT, DELETE, OPTIONS"),
        ("access-control-allow-headers", "Authorization, Content-Type, client_id, *"),
        ("access-control-expose-headers", "Retry-After, X-Sandbox-Hint"),
        ("access-control-max-age", "600"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
}

/// `CoworkerCreate` as `Coworker create`.
fn spaced(name: &str) -> String {
    let mut text = String::with_capacity(name.len() + 4);
    let mut before = None;
    for letter in name.chars() {
        if letter.is_uppercase() && before.is_some_and(char::is_lowercase) {
            text.push(' ');
            text.extend(letter.to_lowercase());
        } else {
            text.push(letter);
        }
        before = Some(letter);
    }
    text
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
