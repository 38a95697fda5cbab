//! Everything that reads what others send, fed with mutated input.
#![allow(clippy::expect_used, reason = "a test that can't go on stops")]

use std::collections::BTreeMap;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use bytes::Bytes;
use http::Method;
use nexudus_client::transport::{Body, BoxFuture, Request, Response, Transport, TransportError};
use nexudus_client::webhook::Receiver;
use nexudus_client::{Client, Error};
use nexudus_core::{AnyFull, AnyPage, Envelope, Json, JsonRef, OpenEnum as _};
use nexudus_fuzz::bytes as mutations;
use nexudus_fuzz::json::{self, Tree};
use nexudus_fuzz::request::{self, Ingredients};
use nexudus_fuzz::runner::{self, Generate, Memory, Prepared, Target};
use nexudus_model::enums::WebhookAction;
use nexudus_sandbox::{Deviations, InProcess, Sandbox, Seed, TOKEN};
use peak_alloc::PeakAlloc;

#[global_allocator]
static ALLOCATOR: PeakAlloc = PeakAlloc;

const TARGETS: &[Target] = &[
    Target { name: "decode", prepare: decode },
    Target { name: "pages", prepare: pages },
    Target { name: "envelope", prepare: envelope },
    Target { name: "client", prepare: client },
    Target { name: "webhook", prepare: webhook },
    Target { name: "spec", prepare: spec },
    Target { name: "sandbox", prepare: sandbox },
    Target { name: "deviations", prepare: deviations },
    Target { name: "import", prepare: import },
    Target { name: "file", prepare: file },
];

fn main() -> ExitCode {
    let memory = Memory {
        current: || ALLOCATOR.current_usage(),
        peak: || ALLOCATOR.peak_usage(),
        reset: || ALLOCATOR.reset_peak_usage(),
    };
    runner::main(TARGETS, memory)
}

/// A sandbox with records of many entities.
fn demo() -> InProcess {
    Sandbox::builder().seed(Seed::Demo).in_process().expect("a sandbox without a file starts")
}

fn ask(sandbox: &InProcess, request: &request::Request) -> Option<http::Response<Bytes>> {
    let request = http::Request::builder()
        .method(request.method.as_str())
        .uri(format!("http://localhost{}", request.target))
        .header("Host", "localhost")
        .header("Authorization", format!("Bearer {TOKEN}"))
        .header("X-Sandbox", "1")
        .header("Content-Type", request.content_type.as_str())
        .body(Bytes::from(request.body.clone()));
    Some(sandbox.service().handle(&request.ok()?))
}

fn path(table: &nexudus_core::EntityTable) -> String {
    format!("/api/{}/{}", table.section, table.plural)
}

/// Good pages, a few of each entity that the sandbox has records of.
fn good_pages() -> Vec<(&'static nexudus_core::EntityTable, Tree)> {
    let sandbox = demo();
    let get = |target: String| request::Request {
        method: "GET".into(),
        target,
        content_type: String::new(),
        body: Vec::new(),
    };
    nexudus_model::tables()
        .iter()
        .filter_map(|table| {
            let answer = ask(&sandbox, &get(format!("{}?size=3", path(table))))?;
            let text = std::str::from_utf8(answer.body()).ok()?;
            text.contains("\"Id\"").then(|| (*table, Tree::parse(text)))
        })
        .collect()
}

/// The first record of a page.
fn record(page: &Tree) -> Option<Tree> {
    let Tree::Object(members) = page else { return None };
    let (_, records) = members.iter().find(|(key, _)| key == "\"Records\"")?;
    match records {
        Tree::List(records) => records.first().cloned(),
        _ => None,
    }
}

/// An input that names the table in its first two bytes.
fn with_table(seeds: Vec<Tree>) -> Generate {
    Box::new(move |rng| {
        let mut input = rng.u16(..).to_le_bytes().to_vec();
        input.extend(json::input(rng, &seeds));
        input
    })
}

fn table_of(input: &[u8]) -> Option<(&'static nexudus_core::EntityTable, &[u8])> {
    let (number, rest) = input.split_first_chunk::<2>()?;
    let tables = nexudus_model::tables();
    Some((tables[usize::from(u16::from_le_bytes(*number)) % tables.len()], rest))
}

/// An error is a line of a readable length.
fn is_one_line(error: &str) -> Result<(), String> {
    // A message quotes up to eight properties with their messages, and cuts each of these.
    const MOST: usize = 8 * 1024;
    if error.chars().any(char::is_control) {
        return Err(format!("an error with control characters: {error:?}"));
    }
    if error.len() > MOST {
        return Err(format!("an error of {} bytes", error.len()));
    }
    Ok(())
}

/// Whether JSON has a key twice in an object: which of the two counts is open.
fn has_doubled_keys(tree: &Tree) -> bool {
    match tree {
        Tree::Token(_) => false,
        Tree::List(items) => items.iter().any(has_doubled_keys),
        Tree::Object(members) => {
            let mut keys: Vec<_> = members.iter().map(|(key, _)| key).collect();
            keys.sort();
            keys.windows(2).any(|pair| pair[0] == pair[1]) || members.iter().any(|(_, member)| has_doubled_keys(member))
        }
    }
}

/// A record of any table: it comes back as it came.
fn decode() -> Prepared {
    let seeds = good_pages().iter().filter_map(|(_, page)| record(page)).collect();
    Prepared {
        generate: with_table(seeds),
        run: Box::new(|input| {
            let Some((table, json)) = table_of(input) else { return Ok(()) };
            let Ok(text) = std::str::from_utf8(json) else { return Ok(()) };
            let record = match AnyFull::decode(table, text.to_owned()) {
                Ok(record) => record,
                Err(error) => return is_one_line(&error.to_string()),
            };
            let _ = (format!("{record:?}"), record.to_value(), record.actions());
            let written = String::from_utf8(record.to_json()).map_err(|_| "a record is written as no UTF-8")?;
            let again = AnyFull::decode(table, written.clone())
                .map_err(|error| format!("{written} is not read again: {error}"))?;
            let twice = String::from_utf8(again.to_json()).map_err(|_| "a record is written as no UTF-8")?;
            if written != twice {
                return Err(format!("written {written}, read and written again {twice}"));
            }
            let tree = Tree::parse(text);
            let (Ok(came), Ok(went)) = (serde_json::from_str::<Json>(text), serde_json::from_str::<Json>(&written))
            else {
                return Ok(());
            };
            if came != went && !has_doubled_keys(&tree) {
                return Err(format!("came {came}, went {went}"));
            }
            if !again.changes().is_empty() || !record.changes().is_empty() {
                return Err(format!("changed by reading: {:?}", record.changes()));
            }
            Ok(())
        }),
    }
}

/// A page of any table.
fn pages() -> Prepared {
    Prepared {
        generate: with_table(good_pages().into_iter().map(|(_, page)| page).collect()),
        run: Box::new(|input| {
            let Some((table, json)) = table_of(input) else { return Ok(()) };
            match AnyPage::decode(table, json) {
                Ok(page) => {
                    let _ = (page.records.iter().map(|record| record.to_json().len()).sum::<usize>(), page.info);
                    Ok(())
                }
                Err(error) => is_one_line(&error.to_string()),
            }
        }),
    }
}

const ENVELOPES: [&str; 6] = [
    r#"{"Status":200,"Message":"Done","Value":{"Id":7},"OpenInDialog":false,"OpenInWindow":false,"RedirectURL":null,"JavaScript":null,"UpdatedOn":"2026-02-14T10:00:00Z","UpdatedBy":"a@example.com","Errors":null,"WasSuccessful":true}"#,
    r#"{"Status":500,"Message":"Name: is a required field","Value":null,"Errors":[{"AttemptedValue":null,"Message":"is a required field","PropertyName":"Name"}],"WasSuccessful":false}"#,
    r#"{"title":"One or more errors","status":400,"errors":{"Name":["The Name is required."]}}"#,
    r#"{"Message":"The request is invalid.","ModelState":{"Name":["is required"]}}"#,
    r#"{"Message":"An error has occurred.","ExceptionMessage":"Object reference","ExceptionType":"System.Exception"}"#,
    r#"{"error":"invalid_grant","error_description":"The user name or password is incorrect."}"#,
];

/// The answer to a write.
fn envelope() -> Prepared {
    let seeds: Vec<Tree> = ENVELOPES.iter().map(|text| Tree::parse(text)).collect();
    Prepared {
        generate: Box::new(move |rng| json::input(rng, &seeds)),
        run: Box::new(|input| match Envelope::decode(input) {
            Ok(envelope) => {
                drop((envelope.id(), envelope.is_success(), format!("{envelope:?}")));
                envelope.errors.iter().try_for_each(|error| is_one_line(&error.to_string()))
            }
            Err(error) => is_one_line(&error.to_string()),
        }),
    }
}

/// Gives every request the same answer.
struct Always {
    status: u16,
    body: Bytes,
}

impl Transport for Always {
    fn send(&self, _: Request) -> BoxFuture<'_, Result<Response, TransportError>> {
        let answer = http::Response::builder().status(self.status).header("content-type", "application/json");
        let answer = answer.body(Body::from(self.body.clone())).expect("a status from the list below");
        Box::pin(async move { Ok(answer) })
    }
}

const STATUSES: [u16; 12] = [200, 200, 200, 200, 204, 400, 401, 403, 404, 429, 500, 503];

/// Calls of the client to a service that answers whatever it likes.
fn client() -> Prepared {
    let mut seeds: Vec<Tree> = ENVELOPES.iter().map(|text| Tree::parse(text)).collect();
    for (_, page) in good_pages() {
        seeds.extend(record(&page));
        seeds.push(page);
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
    let runtime = runtime.expect("a runtime without a socket starts");
    Prepared {
        generate: Box::new(move |rng| {
            let mut input = vec![rng.u8(..), rng.u8(..)];
            input.extend(json::input(rng, &seeds));
            input
        }),
        run: Box::new(move |input| {
            let Some(([status, call], body)) = input.split_first_chunk::<2>() else { return Ok(()) };
            let status = STATUSES[usize::from(*status) % STATUSES.len()];
            let transport = Arc::new(Always { status, body: Bytes::copy_from_slice(body) });
            let client = Client::builder()
                .base_url("http://localhost/api")
                .bearer("secret-of-the-test")
                .transport(transport)
                .no_rate_limit()
                .build()
                .map_err(|error| error.to_string())?;
            match runtime.block_on(one_call(&client, *call)) {
                Ok(()) => Ok(()),
                Err(error) => {
                    let debug = format!("{error:?}");
                    if debug.contains("secret-of-the-test") {
                        return Err(format!("a secret is shown: {debug}"));
                    }
                    is_one_line(&error.to_string())
                }
            }
        }),
    }
}

async fn one_call(client: &Client, call: u8) -> Result<(), Error> {
    let messages = client.user_messages();
    match call % 8 {
        0 => {
            let message = messages.get(7).await?;
            assert_eq!(message.id().get(), 7, "a record without the id that was asked for");
            drop(message.changes());
        }
        1 => drop(messages.list().await?),
        2 => drop(messages.list().collect(500).await?),
        3 => drop(client.bookings().get_opt(7).await?),
        4 => drop(client.dynamic("coworkers")?.get_many(vec![1, 2, 3]).await?),
        5 => client.bookings().delete(7).await?,
        6 => drop(client.dynamic("bookings")?.commands().await?),
        _ => drop(client.dynamic("bookings")?.command("KEY").on([7]).run().await?),
    }
    Ok(())
}

/// Deliveries of webhooks, by any action.
fn webhook() -> Prepared {
    let seeds: Vec<Tree> =
        good_pages().iter().filter_map(|(_, page)| record(page)).map(|record| Tree::List(vec![record])).collect();
    Prepared {
        generate: Box::new(move |rng| {
            let mut input = vec![rng.u8(..)];
            input.extend(json::input(rng, &seeds));
            input
        }),
        run: Box::new(|input| {
            let Some((action, body)) = input.split_first() else { return Ok(()) };
            let action = WebhookAction::from_value(i64::from(*action));
            let signature = String::from_utf8_lossy(body);
            if Receiver::signed(action, "secret").receive(Some(&signature), body).is_ok() {
                return Err("a body is taken for its own signature".into());
            }
            match Receiver::unsigned(action).receive(None, body) {
                Ok(delivery) => {
                    let _ = (delivery.entity(), format!("{delivery:?}"), delivery.json().len());
                    match delivery.any() {
                        Ok(record) => drop(record.map(|record| record.to_json())),
                        Err(error) => is_one_line(&error.to_string())?,
                    }
                    Ok(())
                }
                Err(error) => is_one_line(&error.to_string()),
            }
        }),
    }
}

/// Spec files: faults that name their file, or code that is Rust.
fn spec() -> Prepared {
    let root = std::env::current_dir().map(|folder| xtask::workspace::root_above(&folder));
    let root = root.ok().and_then(Result::ok).expect("the tests run in a checkout");
    let read = |path: &str| std::fs::read_to_string(root.join(path)).unwrap_or_default();
    let mut files = BTreeMap::from([
        ("spec/api.json".to_owned(), read("spec/api.json")),
        ("spec/enums.json".to_owned(), read("spec/enums.json")),
    ]);
    for name in ["sys/usermessages", "spaces/teams", "crm/reminders", "billing/charges"] {
        files.insert(format!("spec/{name}.json"), read(&format!("spec/{name}.json")));
    }
    let names: Vec<String> = files.keys().cloned().collect();
    let seeds: Vec<Tree> = files.values().map(|text| Tree::parse(text)).collect();
    let all = seeds.clone();
    Prepared {
        generate: Box::new(move |rng| {
            let file = rng.u8(..) % u8::try_from(seeds.len()).unwrap_or(1);
            let mut input = vec![file];
            input.extend(json::input(rng, &seeds[usize::from(file)..=usize::from(file)]));
            input
        }),
        run: Box::new(move |input| {
            let Some((file, text)) = input.split_first() else { return Ok(()) };
            let name = &names[usize::from(*file) % names.len()];
            let mut texts: BTreeMap<String, String> = names.iter().cloned().zip(all.iter().map(Tree::text)).collect();
            texts.insert(name.clone(), String::from_utf8_lossy(text).into_owned());
            match xtask::spec::load(&texts) {
                Err(faults) if faults.is_empty() => Err("refused without a fault".into()),
                Err(faults) => match faults.iter().find(|fault| !texts.contains_key(&fault.file)) {
                    Some(fault) => Err(format!("a fault in no file: {fault:?}")),
                    None => Ok(()),
                },
                Ok(spec) => {
                    // Of a changed entity its own files; all files take long, and are made for some inputs.
                    let generated = match spec.entities.iter().find(|entity| entity.file == *name) {
                        Some(entity) => xtask::codegen::generate_only(&spec, entity).map(drop),
                        None if xtask::hash::text(&texts[name]).is_multiple_of(16) => {
                            xtask::codegen::generate(&spec).map(drop)
                        }
                        None => Ok(()),
                    };
                    generated.map_err(|error| error.to_string())
                }
            }
        }),
    }
}

/// The writes, commands and actions of an entity, on one of its records.
fn calls(table: &nexudus_core::EntityTable, record: &Tree) -> Vec<(String, String, Tree)> {
    let text = record.text();
    let id = serde_json::from_str::<Json>(&text).ok().and_then(|json| json.get("Id").and_then(JsonRef::as_i64));
    let (path, id) = (path(table), id.unwrap_or(1));
    let mut calls = vec![
        ("POST".to_owned(), path.clone(), record.clone()),
        ("PUT".to_owned(), path.clone(), record.clone()),
        ("DELETE".to_owned(), format!("{path}/{id}"), Tree::parse("{}")),
    ];
    let keys = table.known_commands.iter().map(|command| (command.key, command.parameters));
    for (key, parameters) in keys.chain([("DUPLICATE", &[][..]), ("TOUCH", &[]), ("ARCHIVE", &[])]) {
        let name = |parameter: &nexudus_core::Parameter| parameter.name.replace("{Id}", &id.to_string());
        let parameters: Vec<String> = parameters
            .iter()
            .map(|parameter| {
                format!(r#"{{"Name":"{}","Type":"{}","Value":"1"}}"#, name(parameter), parameter.kind.name())
            })
            .collect();
        let body = format!(r#"{{"Key":"{key}","Ids":[{id}],"Parameters":[{}]}}"#, parameters.join(","));
        calls.push(("POST".to_owned(), format!("{path}/runcommand"), Tree::parse(&body)));
    }
    for action in table.actions {
        let segments =
            action.path.split('/').map(|part| if part.starts_with('{') { id.to_string() } else { part.into() });
        let segments: Vec<String> = segments.collect();
        let query: Vec<String> = action.query.iter().map(|name| format!("{name}=1")).collect();
        let target = format!("{path}/{}?{}", segments.join("/"), query.join("&"));
        calls.push((action.method.to_owned(), target, record.clone()));
    }
    calls
}

/// Requests to the sandbox, a few in turn.
fn sandbox() -> Prepared {
    let mut ingredients = Ingredients::default();
    for (table, page) in good_pages() {
        ingredients.paths.push(path(table));
        for field in table.fields {
            ingredients.parameters.push(format!("{}_{}", table.name, field.name));
        }
        let Some(record) = record(&page) else { continue };
        ingredients.calls.extend(calls(table, &record));
        ingredients.bodies.push(record);
    }
    for path in
        ["/api/token", "/api/sys/usermessages/commands", "/__sandbox/faults", "/__sandbox/clock", "/__sandbox/reset"]
    {
        ingredients.paths.push(path.to_owned());
    }
    let sandbox = demo();
    Prepared {
        generate: Box::new(move |rng| request::input(rng, &ingredients)),
        run: Box::new(move |input| {
            for request in request::read(input) {
                let Some(answer) = ask(&sandbox, &request) else { continue };
                // A fault that a request has set up is not a fault of the sandbox.
                let injected = answer.headers().contains_key("x-sandbox-fault");
                let status = answer.status().as_u16();
                // A HEAD has no body to judge by, so what a GET answers is judged in its place.
                let get = || ask(&sandbox, &request::Request { method: Method::GET.to_string(), ..request.clone() });
                let judged = if request.method == Method::HEAD.as_str() && status == 500 { get() } else { None };
                if status == 500 && !injected && !is_envelope(judged.as_ref().unwrap_or(&answer)) {
                    return Err(format!("{request:?}: {status} {:?}", answer.body()));
                }
                let kind = answer.headers().get("content-type").and_then(|kind| kind.to_str().ok()).unwrap_or_default();
                let is_json = kind.starts_with("application/json") && request.method != Method::HEAD.as_str();
                if is_json && !injected && serde_json::from_slice::<Json>(answer.body()).is_err() {
                    return Err(format!("{request:?}: no JSON: {:?}", answer.body()));
                }
            }
            Ok(())
        }),
    }
}

/// Files of deviations: refused in a line, or a sandbox that answers JSON.
fn deviations() -> Prepared {
    let seed = Tree::parse(DEVIATIONS);
    Prepared {
        generate: Box::new(move |rng| json::input(rng, std::slice::from_ref(&seed))),
        run: Box::new(|input| {
            let Ok(text) = std::str::from_utf8(input) else { return Ok(()) };
            let deviations: Deviations = match text.parse() {
                Ok(deviations) => deviations,
                Err(error) => return is_one_line(&format!("{error}")),
            };
            let sandbox = Sandbox::builder().deviations(deviations).in_process().map_err(|error| error.to_string())?;
            for target in ["/api/sys/usermessages?dir=1&size=2", "/api/sys/usermessages/87654322", "/api/sys/users"] {
                let request = request::Request {
                    method: "GET".into(),
                    target: target.into(),
                    content_type: String::new(),
                    body: Vec::new(),
                };
                let answer = ask(&sandbox, &request).ok_or("no answer")?;
                if serde_json::from_slice::<Json>(answer.body()).is_err() || answer.status() == 500 {
                    return Err(format!("{target}: {} {:?}", answer.status(), answer.body()));
                }
            }
            Ok(())
        }),
    }
}

/// A file of records that was damaged: refused in a line, or each answer is what it was.
fn file() -> Prepared {
    let path = std::env::temp_dir().join(format!("nexudus-fuzz-{}.db", std::process::id()));
    let beside = |end: &str| path.with_extension(format!("db{end}"));
    let (wal, shm) = (beside("-wal"), beside("-shm"));
    let open = |path: &Path| Sandbox::builder().data(path).in_process();
    let lists = |sandbox: &InProcess| {
        let get = |target: &str| {
            let request = request::Request {
                method: "GET".into(),
                target: target.into(),
                content_type: String::new(),
                body: Vec::new(),
            };
            ask(sandbox, &request).map(http::Response::into_body)
        };
        ["/api/sys/usermessages?size=1000", "/api/sys/users?size=1000", "/api/security/roles?size=1000"].map(get)
    };
    for old in [&path, &wal, &shm] {
        // It may never have been there.
        let _ = std::fs::remove_file(old);
    }
    let sandbox = open(&path).expect("a file that is not there is made");
    let wanted = lists(&sandbox);
    drop(sandbox);
    let good = std::fs::read(&path).expect("it was closed");
    Prepared {
        generate: Box::new(move |rng| {
            let mut input = good.clone();
            match rng.u8(..8) {
                0 => mutations::mutate(rng, &mut input),
                _ => {
                    // Most of what is wrong with a disk is a bit or a block; heads of pages are where it hurts.
                    for _ in 0..rng.u8(1..4) {
                        let place = if rng.bool() {
                            rng.usize(..input.len())
                        } else {
                            rng.usize(..input.len() / 4096) * 4096 + rng.usize(..128)
                        };
                        input[place] ^= 1 << rng.u8(..8);
                    }
                }
            }
            input
        }),
        run: Box::new(move |input| {
            for old in [&wal, &shm] {
                // It may not be there.
                let _ = std::fs::remove_file(old);
            }
            std::fs::write(&path, input).map_err(|error| error.to_string())?;
            match open(&path) {
                Err(error) => is_one_line(&error.to_string()),
                Ok(sandbox) if lists(&sandbox) == wanted => Ok(()),
                Ok(_) => Err("a damaged file changes an answer".into()),
            }
        }),
    }
}

const DEVIATIONS: &str = r#"{"version":1,"entities":{"UserMessage":{"roles_missing":["Delete"],"max_page_size":50,"sort":{"ascending":1,"descending":0},"filters_ignored":["UserMessage_Header"],"properties":{"NewThing":{"added":"text"},"Body":{"gone":true},"IsRead":{"renamed":"Seen"},"Header":{"retyped":"int"},"FromUserId":{"retyped":"object"}}},"User":{"properties":{"Language":{"enum_value":-7}}},"Booking":{"path_gone":true}}}"#;

/// The service reports what it refuses with 500 and an envelope at times.
fn is_envelope(answer: &http::Response<Bytes>) -> bool {
    serde_json::from_slice::<Json>(answer.body())
        .is_ok_and(|body| body.get("WasSuccessful").and_then(JsonRef::as_bool) == Some(false))
}

/// Pages in the three layouts, and a report of the probe; all made up.
const IMPORTED: [&[u8]; 4] = [
    b"GET\n/\napi\n/\nsys\n/\nlanterns\n/\n{id}\nGet one Lantern\nYou need the Lantern-Read role.\n\nResponse\n\n200\n\nKeeperId\ninteger\nWho.\nLit\nstring\nISO 8601\nColour\ninteger\neColour enum values: 1 = Red, 2 = Green.\nExample Response\n{\n  \"KeeperId\": null\n}\n",
    b"---\napi: \"POST /api/sys/lanterns\"\n---\n> Deprecated. Use Beacon instead.\nThe `Lantern-Create` role.\n### Required Fields\n<ParamField body=\"KeeperId\" type=\"integer\" required>\n  Who.\n</ParamField>\n",
    b"<!DOCTYPE html><html><body><pre>GET /api/sys/lanterns</pre><h1>List</h1><p>The <code>Lantern-List</code> role.</p><h3>Filters</h3><div>Lantern_Keeper</div><div>integer</div><p>By &amp; by.</p><p>Partial records: <code>Lit</code>.</p></body></html>",
    br#"{"format": "nexudus-probe", "version": 1, "made": "2026-01-31", "account": "00000000000000aa", "service": true, "entities": {"Lantern": {"properties": {"Wick": {"get": {"records": 1, "null": 1, "types": {"int": 2}}}}, "marks": [{"property": "Lit", "mark": "derived", "verdict": "refuted"}], "findings": [{"kind": "property-type", "subject": "Lit"}]}}}"#,
];

/// A page or a report is refused in one line, or taken into files that are JSON; a second import changes nothing.
fn import() -> Prepared {
    use xtask::import::{self, probe};
    let names = BTreeMap::from([(
        "spec/api.json".to_owned(),
        r#"{"sections": [{"name": "sys"}], "common": [{"name": "Id"}], "unplaced": [{"entity": "Keeper"}]}"#.to_owned(),
    )]);
    Prepared {
        generate: Box::new(|rng| {
            let mut input = IMPORTED[rng.usize(..IMPORTED.len())].to_vec();
            for _ in 0..rng.u8(..4) {
                mutations::mutate(rng, &mut input);
            }
            input
        }),
        run: Box::new(move |input| {
            let text = String::from_utf8_lossy(input);
            if probe::is_report(&text) {
                return match probe::read(&text).and_then(|report| probe::merge(&names, None, &[report])) {
                    Ok(taken) => are_files(&taken.files),
                    Err(what) => is_one_line(&what),
                };
            }
            let page = match import::read(&text) {
                Ok(page) => page,
                Err(fault) => return is_one_line(&fault.what),
            };
            let copy = import::Copy { file: "page".into(), saved: "2026-01-31".into(), page };
            let first = match import::merge(&names, &BTreeMap::new(), std::slice::from_ref(&copy)) {
                Ok(first) => first,
                Err(what) => return is_one_line(&what),
            };
            are_files(&first.files)?;
            let second = import::merge(&names, &first.files, &[copy])?;
            if second.files.is_empty() { Ok(()) } else { Err(format!("a second import changes {:?}", second.files)) }
        }),
    }
}

fn are_files(files: &BTreeMap<String, String>) -> Result<(), String> {
    for (path, text) in files {
        let good = path.starts_with("spec/")
            && !path.contains("..")
            && serde_json::from_str::<serde_json::Value>(text).is_ok();
        if !good {
            return Err(format!("{path} is not a file of the spec: {text}"));
        }
    }
    Ok(())
}
