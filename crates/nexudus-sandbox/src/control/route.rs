//! `/__sandbox`: what a test does to the sandbox itself. It asks for no login: the guard of the
//! server says who reaches it.

use std::time::Duration;

use http::{Method, Request, StatusCode};
use serde_json::Value as Json;
use serde_json::{Map, json};

use bytes::Bytes;

use crate::control::page;
use crate::message::pairs::{Pairs, decode, pairs};
use crate::message::reply::{Outcome, Reply};
use crate::seed::fill::Seed;
use crate::simulation::fault::{Fault, duration};
use crate::state::State;
use crate::value::raw::{Raw, too_deep};
use crate::value::time::{parse_time, time_text};

/// Where the paths of this module begin.
pub(crate) const PREFIX: &str = "/__sandbox";

/// Whether a path belongs here.
pub(crate) fn is_control(path: &str) -> bool {
    path.strip_prefix(PREFIX).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// What there is, answered at the prefix itself.
const INDEX: [(&str, &str); 22] = [
    ("GET /__sandbox", "this list, and how many records there are of each entity"),
    ("POST /__sandbox/reset?seed=NAME", "starts over, clock, faults and snapshots too: empty, sample or demo"),
    ("POST /__sandbox/seed", "puts records in, unchecked: {\"sys/users\": [{\"Id\": 7, ...}]}"),
    ("GET /__sandbox/clock", "the time, and whether it stands"),
    ("PUT /__sandbox/clock", "sets it: {\"now\": \"2026-01-31T09:00:00Z\", \"stands\": true}"),
    ("POST /__sandbox/clock", "moves it: {\"advance\": \"2h\"}"),
    ("DELETE /__sandbox/clock", "back to the real time"),
    ("GET /__sandbox/faults", "the faults in force"),
    (
        "POST /__sandbox/faults",
        "adds one or a list: {\"method\": \"GET\", \"path\": \"/api/*\", \"next\": 2, \"status\": 503}",
    ),
    ("PUT /__sandbox/faults", "puts a list in place of all"),
    ("DELETE /__sandbox/faults", "removes all"),
    (
        "GET /__sandbox/log?after=NUMBER&wait=SECONDS",
        "the latest requests; waits for one if there is none; DELETE forgets them",
    ),
    ("GET /openapi.json", "the OpenAPI document of the API, with this sandbox as its server"),
    ("GET /__sandbox/try", "a page that tries each operation of the API"),
    ("GET /__sandbox/entities", "all entities in short, as the page at / shows them"),
    ("GET /__sandbox/entities/SECTION/PLURAL", "one of them: operations, roles, properties, relations"),
    ("GET /__sandbox/records/SECTION/PLURAL?FILTERS", "records without login, filtered as in the API, secrets hidden"),
    ("GET /__sandbox/records/SECTION/PLURAL/ID", "one of them"),
    ("GET /__sandbox/webhooks", "what was sent to webhooks"),
    ("GET /__sandbox/snapshots", "the names of all snapshots"),
    ("PUT /__sandbox/snapshots/NAME", "keeps everything as it is now; DELETE forgets it"),
    ("POST /__sandbox/snapshots/NAME", "puts everything back as it was"),
];

/// So many snapshots are kept, under names of this length.
const MOST_SNAPSHOTS: usize = 50;
const LONGEST_NAME: usize = 200;
/// So many faults are in force.
const MOST_FAULTS: usize = 1000;

/// No request for the log waits longer, so that a listener that is gone is soon noticed.
const LONGEST_WAIT: Duration = Duration::from_secs(25);

fn bad(message: impl AsRef<str>) -> Reply {
    Reply::message(StatusCode::BAD_REQUEST, message.as_ref())
}

fn ok(value: &Json) -> Reply {
    Reply::value(StatusCode::OK, value)
}

fn json_of(request: &Request<Bytes>) -> Result<Json, Reply> {
    serde_json::from_slice(request.body()).map_err(|error| not_json(&error))
}

fn not_json(error: &serde_json::Error) -> Reply {
    bad(format!("The body is not JSON: {error}"))
}

/// What a request for the log waits for: a request after this number, for so long at the most.
pub(crate) fn waits_for(request: &Request<Bytes>) -> Option<(u64, Duration)> {
    if request.method() != Method::GET || request.uri().path().strip_prefix(PREFIX)? != "/log" {
        return None;
    }
    let query = pairs(request.uri().query()?).ok()?;
    let number = |name| value(&query, name).and_then(|text| text.parse::<u64>().ok());
    Some((number("after").unwrap_or(0), Duration::from_secs(number("wait")?).min(LONGEST_WAIT)))
}

pub(crate) fn handle(state: &State, request: &Request<Bytes>) -> Reply {
    let path = request.uri().path();
    route(state, request, path.strip_prefix(PREFIX).unwrap_or(path)).unwrap_or_else(|refusal| refusal)
}

fn route(state: &State, request: &Request<Bytes>, path: &str) -> Outcome {
    let query = pairs(request.uri().query().unwrap_or_default()).map_err(|_| bad("Broken percent-encoding."))?;
    let path = decode(path, false).ok_or_else(|| bad("Broken percent-encoding."))?;
    let segments: Vec<&str> = path.split('/').filter(|segment| !segment.is_empty()).collect();
    let method = request.method();
    let wrong = |allowed: &[&'static str]| Reply::method_not_allowed(method, allowed);
    match (&segments[..], method.as_str()) {
        ([], "GET") => Ok(ok(&index(state))),
        (["reset"], "POST") => reset(state, &query),
        (["seed"], "POST") => {
            let records: Raw = serde_json::from_slice(request.body()).map_err(|error| not_json(&error))?;
            if too_deep(request.body()) {
                return Err(bad("The body nests deeper than 100 levels."));
            }
            let (count, left_out) = state.load(&records).map_err(bad)?;
            Ok(left_out.into_iter().fold(ok(&json!({ "records": count })), Reply::hint))
        }
        (["clock"], _) => clock(state, request),
        (["faults"], _) => faults(state, request),
        (["log"], "GET") => {
            let after =
                value(&query, "after").map_or(Ok(0), str::parse).map_err(|_| bad("after has to be a number"))?;
            Ok(ok(&Json::Array(state.log.after(after))))
        }
        (["log"], "DELETE") => {
            state.log.clear();
            Ok(Reply::empty(StatusCode::NO_CONTENT))
        }
        (["webhooks"], "GET") => Ok(ok(&state.outbox.report())),
        (["snapshots"], "GET") => Ok(ok(&state.snapshots().keys().cloned().collect())),
        (["snapshots", name], _) => snapshot(state, method, name),
        (["reset" | "seed"], _) => Err(wrong(&["POST"])),
        (["log"], _) => Err(wrong(&["GET", "DELETE"])),
        (["entities" | "records" | "page.css" | "page.js" | "try" | "try.js", ..], "GET" | "HEAD") => {
            page::route(state, &segments, query)
        }
        (
            ["webhooks" | "snapshots"] | ["entities" | "records" | "page.css" | "page.js" | "try" | "try.js", ..] | [],
            _,
        ) => Err(wrong(&["GET"])),
        _ => Err(Reply::not_found().hint("GET /__sandbox lists what there is")),
    }
}

fn value<'a>(query: &'a Pairs, name: &str) -> Option<&'a str> {
    query.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
}

fn index(state: &State) -> Json {
    let endpoints: Map<String, Json> = INDEX.iter().map(|(name, doc)| ((*name).to_owned(), json!(doc))).collect();
    let store = state.read();
    let counts =
        state.catalog.entities().iter().map(|entity| (entity.table.path(), store.table(entity.position).len()));
    let records: Map<String, Json> =
        counts.filter(|(_, count)| *count > 0).map(|(path, count)| (path, json!(count))).collect();
    json!({ "version": env!("CARGO_PKG_VERSION"), "endpoints": endpoints, "records": records })
}

fn reset(state: &State, query: &Pairs) -> Outcome {
    let seed: Option<Seed> = value(query, "seed").map(str::parse).transpose().map_err(bad)?;
    state.reset(seed).map_err(|error| Reply::message(StatusCode::INTERNAL_SERVER_ERROR, &error.to_string()))?;
    Ok(Reply::empty(StatusCode::NO_CONTENT))
}

fn clock(state: &State, request: &Request<Bytes>) -> Outcome {
    let clock = &state.clock;
    match request.method().as_str() {
        "GET" => {}
        "PUT" => {
            let body = json_of(request)?;
            let now = body.get("now").and_then(Json::as_str).and_then(|text| parse_time(text, true));
            let now = now.ok_or_else(|| bad("now has to be a time such as 2026-01-31T09:00:00Z"))?;
            if body.get("frozen").and_then(Json::as_bool).unwrap_or(false) {
                clock.freeze(now);
            } else {
                clock.run_from(now);
            }
        }
        "POST" => {
            let body = json_of(request)?;
            let by = body.get("advance").and_then(Json::as_str).and_then(duration);
            let by = by.and_then(|by| i64::try_from(by.as_millis()).ok());
            let by = by.ok_or_else(|| bad("advance has to be a time such as 90s, 2h or 1d"))?;
            let now = clock.now().saturating_add(by);
            if clock.is_frozen() { clock.freeze(now) } else { clock.run_from(now) }
        }
        "DELETE" => clock.reset(),
        _ => return Err(Reply::method_not_allowed(request.method(), &["GET", "PUT", "POST", "DELETE"])),
    }
    Ok(ok(&json!({ "now": time_text(clock.now()), "frozen": clock.is_frozen() })))
}

fn faults(state: &State, request: &Request<Bytes>) -> Outcome {
    let sent = || -> Result<Vec<Fault>, Reply> {
        match json_of(request)? {
            Json::Array(list) => list.iter().map(|fault| Fault::from_json(fault).map_err(bad)).collect(),
            one => Ok(vec![Fault::from_json(&one).map_err(bad)?]),
        }
    };
    let room = |count: usize| {
        let full = || bad(format!("No more than {MOST_FAULTS} faults can be in force."));
        if count > MOST_FAULTS { Err(full()) } else { Ok(()) }
    };
    match request.method().as_str() {
        "GET" => {}
        "POST" => {
            let new = sent()?;
            room(state.faults.list().len() + new.len())?;
            state.faults.add(new);
        }
        "PUT" => {
            let new = sent()?;
            room(new.len())?;
            state.faults.set(new);
        }
        "DELETE" => state.faults.set(Vec::new()),
        _ => return Err(Reply::method_not_allowed(request.method(), &["GET", "POST", "PUT", "DELETE"])),
    }
    Ok(ok(&state.faults.list().iter().map(Fault::to_json).collect()))
}

fn snapshot(state: &State, method: &Method, name: &str) -> Outcome {
    let missing = || Reply::not_found().hint("GET /__sandbox/snapshots lists the names of all snapshots");
    match method.as_str() {
        "PUT" => {
            if name.len() > LONGEST_NAME {
                return Err(bad(format!("The name is longer than {LONGEST_NAME} bytes.")));
            }
            let contents = state.read().contents();
            let mut snapshots = state.snapshots();
            if snapshots.len() >= MOST_SNAPSHOTS && !snapshots.contains_key(name) {
                let text = format!("There are {MOST_SNAPSHOTS} snapshots, and no room for more; DELETE one first.");
                return Err(Reply::message(StatusCode::CONFLICT, &text));
            }
            snapshots.insert(name.to_owned(), contents);
        }
        "POST" => {
            let contents = state.snapshots().get(name).cloned().ok_or_else(missing)?;
            let replaced = state.write().replace(contents);
            replaced.map_err(|error| Reply::message(StatusCode::INTERNAL_SERVER_ERROR, &error.to_string()))?;
        }
        "DELETE" => {
            state.snapshots().remove(name).ok_or_else(missing)?;
        }
        _ => return Err(Reply::method_not_allowed(method, &["PUT", "POST", "DELETE"])),
    }
    Ok(Reply::empty(StatusCode::NO_CONTENT))
}
