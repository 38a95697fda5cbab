//! Webhooks: which of them a change is for, and the telling.

use std::collections::{HashMap, VecDeque};
use std::net::IpAddr;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Uri};
use http_body_util::{BodyExt, Full};
use hyper_util::rt::TokioIo;
use nexudus_core::{Json, Kind};
use serde_json::json;
use tokio::net::TcpStream;
use tokio::sync::Notify;

use crate::catalog::{Catalog, Entity};
use crate::hash::webhook_signature;
use crate::names;
use crate::render::{self, Depth};
use crate::service::Service;
use crate::store::{Change, Store};
use crate::value::{Row, Value, time_text};

/// What happened to a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Event {
    Create,
    Update,
    Delete,
}

/// How webhooks are sent.
#[derive(Clone, Debug)]
pub(crate) struct Sending {
    pub(crate) secret: Option<String>,
    /// Signs the text with `?` for every character beyond ASCII, as the service's own sample code does.
    pub(crate) sign_ascii: bool,
    /// Whether other machines may be told.
    pub(crate) anywhere: bool,
    /// The wait before the second attempt; it doubles with each.
    pub(crate) first_wait: Duration,
}

impl Default for Sending {
    fn default() -> Self {
        Self { secret: None, sign_ascii: false, anywhere: false, first_wait: Duration::from_millis(500) }
    }
}

/// After so many failures in a row a webhook is switched off.
const ATTEMPTS: u32 = 10;
/// No wait is longer than this.
const LONGEST_WAIT: Duration = Duration::from_mins(1);
/// A receiver that has not answered by then has failed.
const ANSWER_WITHIN: Duration = Duration::from_secs(10);

/// The positions of a webhook's properties.
struct Places {
    entity: usize,
    business: u16,
    action: u16,
    url: u16,
    active: u16,
    error_count: u16,
    last_error: u16,
    last_trigger: u16,
}

/// One record on its way to one webhook.
#[derive(Clone, Debug)]
pub(crate) struct Delivery {
    pub(crate) hook: i64,
    pub(crate) url: String,
    pub(crate) body: Bytes,
}

/// What is waiting to be sent, and what became of what was.
#[derive(Debug, Default)]
pub(crate) struct Outbox {
    waiting: Mutex<VecDeque<Delivery>>,
    wake: Notify,
    sent: Mutex<VecDeque<Json>>,
    actions: OnceLock<HashMap<(usize, Event), Vec<i64>>>,
}

fn places(catalog: &Catalog) -> Option<Places> {
    let hooks = names::webhook(catalog)?;
    Some(Places {
        entity: hooks.at,
        business: hooks.position(names::WEBHOOK_BUSINESS)?,
        action: hooks.position(names::WEBHOOK_ACTION)?,
        url: hooks.position(names::WEBHOOK_URL)?,
        active: hooks.position(names::WEBHOOK_ACTIVE)?,
        error_count: hooks.position(names::WEBHOOK_ERROR_COUNT)?,
        last_error: hooks.position(names::WEBHOOK_LAST_ERROR)?,
        last_trigger: hooks.position(names::WEBHOOK_LAST_TRIGGER)?,
    })
}

/// Which actions are of which entity, by their names: `BookingCreate`, `TeamUpdated`, `VisitorRegistered`. Some
/// leave the first word of the entity out, and one is misspelt; what fits nothing is never sent.
fn actions(catalog: &Catalog) -> HashMap<(usize, Event), Vec<i64>> {
    const VERBS: [(&str, Event); 7] = [
        ("created", Event::Create),
        ("create", Event::Create),
        ("registered", Event::Create),
        ("updated", Event::Update),
        ("update", Event::Update),
        ("deleted", Event::Delete),
        ("delete", Event::Delete),
    ];
    let mut found: HashMap<(usize, Event), Vec<i64>> = HashMap::new();
    let table = names::webhook(catalog).and_then(|hooks| {
        let field = hooks.table.field(hooks.position(names::WEBHOOK_ACTION)?.into())?;
        if let Kind::Enum(table) = field.kind { Some(table) } else { None }
    });
    let names: Vec<(String, usize)> =
        catalog.entities().iter().map(|entity| (entity.table.name.to_lowercase(), entity.at)).collect();
    for (value, name) in table.into_iter().flat_map(|table| table.values) {
        let name = name.to_lowercase();
        let Some((stem, event)) = VERBS.iter().find_map(|(verb, event)| Some((name.strip_suffix(verb)?, *event)))
        else {
            continue;
        };
        let exact = |wanted: &str| names.iter().find(|(name, _)| name == wanted).map(|(_, at)| *at);
        let misspelt = || {
            let near = crate::wire::nearest(stem, names.iter().map(|(name, _)| name.as_str()))?;
            (near.len() > 8 && near.len().abs_diff(stem.len()) <= 1).then(|| exact(near)).flatten()
        };
        let tail = || {
            let tails = names.iter().filter(|(name, _)| name.len() > 6 && stem.ends_with(name.as_str()));
            tails.max_by_key(|(name, _)| name.len()).map(|(_, at)| *at)
        };
        let entity = exact(stem).or_else(|| exact(&format!("coworker{stem}"))).or_else(tail).or_else(misspelt);
        if let Some(entity) = entity {
            found.entry((entity, event)).or_default().push(*value);
        }
    }
    found
}

/// The locations that a record belongs to: its own, or those of the first related record that has one.
fn locations(catalog: &Catalog, store: &Store, entity: &Entity, row: &Row, depth: u8) -> Vec<i64> {
    let business = |kind: Kind| {
        kind.target().is_some() && kind.target() == names::business(catalog).map(|entity| entity.table.name)
    };
    let fields = || (0_u16..).zip(entity.table.fields);
    for (at, field) in fields().filter(|(_, field)| business(field.kind)) {
        match field.kind {
            Kind::Id(_) => {
                if let Some(id) = row.int(at) {
                    return vec![id];
                }
            }
            _ if !field.is_write_only() => {
                let ids = row.ids(at);
                if !ids.is_empty() {
                    return ids;
                }
            }
            _ => {}
        }
    }
    if depth == 0 {
        return Vec::new();
    }
    // Required relations say more about where a record belongs than optional ones.
    let mut relations: Vec<(bool, u16, &str)> = fields()
        .filter_map(
            |(at, field)| {
                if let Kind::Id(target) = field.kind { Some((!field.is_required(), at, target)) } else { None }
            },
        )
        .collect();
    relations.sort_unstable();
    relations
        .into_iter()
        .find_map(|(_, at, target)| {
            let target = catalog.named(target)?;
            let row = store.get(target.at, row.int(at)?)?;
            Some(locations(catalog, store, target, row, depth - 1)).filter(|found| !found.is_empty())
        })
        .unwrap_or_default()
}

impl Outbox {
    /// The deliveries of an event, from the records as they are: for a delete before it is done, otherwise after.
    pub(crate) fn deliveries(
        &self,
        catalog: &Catalog,
        store: &Store,
        entity: &Entity,
        event: Event,
        ids: &[i64],
    ) -> Vec<Delivery> {
        let Some(places) = places(catalog).filter(|places| store.table(places.entity).len() > 0) else {
            return Vec::new();
        };
        let actions = self.actions.get_or_init(|| actions(catalog));
        let Some(actions) = actions.get(&(entity.at, event)) else { return Vec::new() };
        let mut deliveries = Vec::new();
        for (hook, of) in store.table(places.entity).rows().iter() {
            let listens =
                of.flag(places.active) && of.int(places.action).is_some_and(|action| actions.contains(&action));
            let Some(url) = of.text(places.url).filter(|_| listens) else { continue };
            for id in ids {
                let Some(row) = store.get(entity.at, *id) else { continue };
                let locations = locations(catalog, store, entity, row, 2);
                let here = of
                    .int(places.business)
                    .is_none_or(|business| locations.is_empty() || locations.contains(&business));
                if here {
                    let mut body = vec![b'['];
                    render::record(catalog, store, entity, *id, row, Depth::Summary, &mut body);
                    body.push(b']');
                    deliveries.push(Delivery { hook, url: url.to_owned(), body: body.into() });
                }
            }
        }
        deliveries
    }

    pub(crate) fn post(&self, deliveries: Vec<Delivery>) {
        if !deliveries.is_empty() {
            self.waiting.lock().unwrap_or_else(PoisonError::into_inner).extend(deliveries);
            self.wake.notify_one();
        }
    }

    fn take(&self) -> Option<Delivery> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).pop_front()
    }

    fn note(&self, entry: Json) {
        let mut sent = self.sent.lock().unwrap_or_else(PoisonError::into_inner);
        if sent.len() == 1000 {
            sent.pop_front();
        }
        sent.push_back(entry);
    }

    /// What was sent lately, and how many wait.
    pub(crate) fn report(&self) -> Json {
        let sent: Vec<Json> = self.sent.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect();
        json!({ "waiting": self.waiting.lock().unwrap_or_else(PoisonError::into_inner).len(), "attempts": sent })
    }

    pub(crate) fn clear(&self) {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).clear();
        self.sent.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

/// Sends whatever waits, forever. Each delivery goes its own way, so that a slow receiver holds up no other.
pub(crate) async fn send_all(service: Arc<Service>) {
    loop {
        while let Some(delivery) = service.outbox().take() {
            tokio::spawn(deliver(Arc::clone(&service), delivery));
        }
        service.outbox().wake.notified().await;
    }
}

async fn deliver(service: Arc<Service>, delivery: Delivery) {
    let mut wait = service.sending().first_wait;
    for attempt in 1..=ATTEMPTS {
        let outcome = tokio::time::timeout(ANSWER_WITHIN, send(service.sending(), &delivery)).await;
        let outcome = outcome.unwrap_or_else(|_| Err("no answer in time".into()));
        service.outbox().note(json!({
            "at": time_text(service.now()),
            "webhook": delivery.hook,
            "url": delivery.url,
            "attempt": attempt,
            "status": outcome.as_ref().ok(),
            "error": outcome.as_ref().err(),
        }));
        let error = match outcome {
            Ok(status) if (200..300).contains(&status) => None,
            Ok(status) => Some(format!("HTTP {status}")),
            Err(error) => Some(error),
        };
        let failed = error.is_some();
        // The record may have been deleted or switched off meanwhile.
        if !service.record_attempt(delivery.hook, error) || !failed {
            return;
        }
        tokio::time::sleep(wait).await;
        wait = (wait * 2).min(LONGEST_WAIT);
    }
}

/// One attempt: the status of the receiver's answer.
async fn send(sending: &Sending, delivery: &Delivery) -> Result<u16, String> {
    let uri: Uri = delivery.url.trim().parse().map_err(|_| "the URL can't be read".to_owned())?;
    if uri.scheme_str() != Some("http") {
        return Err("only http:// URLs can be reached by the sandbox".into());
    }
    let authority = uri.authority().ok_or("the URL has no host")?;
    let host = authority.host().trim_start_matches('[').trim_end_matches(']');
    let port = authority.port_u16().unwrap_or(80);
    let found =
        tokio::net::lookup_host((host, port)).await.map_err(|error| format!("can't look up {host}: {error}"))?;
    let allowed = |ip: IpAddr| sending.anywhere || ip.is_loopback();
    let Some(address) = found.into_iter().find(|address| allowed(address.ip())) else {
        return Err(format!("{host} is not this machine; the sandbox tells others only when started to"));
    };
    let stream = TcpStream::connect(address).await.map_err(|error| format!("can't connect: {error}"))?;
    let (mut sender, connection) =
        hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.map_err(|error| error.to_string())?;
    let connection = tokio::spawn(connection);
    let path = uri.path_and_query().map_or("/", |path| path.as_str());
    let mut request = Request::post(path)
        .header("Host", authority.as_str())
        .header("Content-Type", "application/json; charset=utf-8")
        .header("User-Agent", concat!("nexudus-sandbox/", env!("CARGO_PKG_VERSION")));
    if let Some(secret) = &sending.secret {
        let signature = if sending.sign_ascii {
            webhook_signature(secret, &ascii(&delivery.body))
        } else {
            webhook_signature(secret, &delivery.body)
        };
        request = request.header("X-Nexudus-Hook-Signature", signature);
    }
    let request = request.body(Full::new(delivery.body.clone())).map_err(|error| error.to_string())?;
    let response = sender.send_request(request).await.map_err(|error| format!("no answer: {error}"))?;
    let status = response.status().as_u16();
    // Reading on lets the receiver finish in peace; what it says does not matter.
    let _ = response.into_body().collect().await;
    connection.abort();
    Ok(status)
}

/// The text with `?` for every UTF-16 unit beyond ASCII.
fn ascii(body: &[u8]) -> Vec<u8> {
    let text = String::from_utf8_lossy(body);
    text.encode_utf16().map(|unit| u8::try_from(unit).ok().filter(u8::is_ascii).unwrap_or(b'?')).collect()
}

/// What an attempt changes in the record of a webhook: the changes, and whether it is still to be told.
pub(crate) fn attempt_changes(
    catalog: &Catalog,
    store: &Store,
    hook: i64,
    now: i64,
    error: Option<String>,
) -> Option<(Vec<Change>, bool)> {
    let places = places(catalog)?;
    let row = store.get(places.entity, hook)?;
    if !row.flag(places.active) {
        return None;
    }
    let mut values = row.unpack();
    values.insert(places.last_trigger, Value::Time(now));
    let mut goes_on = true;
    match error {
        None => {
            values.remove(&places.error_count);
            values.remove(&places.last_error);
        }
        Some(error) => {
            let count = row.int(places.error_count).unwrap_or_default().saturating_add(1);
            values.insert(places.error_count, Value::Int(count));
            values.insert(places.last_error, Value::Text(error));
            if count >= i64::from(ATTEMPTS) {
                values.insert(places.active, Value::Bool(false));
                goes_on = false;
            }
        }
    }
    Some((vec![Change::Put { entity: places.entity, id: hook, row: Row::new(&values) }], goes_on))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_signed_ascii_text_has_a_mark_for_each_other_character() {
        let body = "[{\"Id\":1,\"Name\":\"Añá\"}]";
        assert_eq!(
            webhook_signature("s3cret", &ascii(body.as_bytes())),
            "A3305E7398A35BF7BF13A88ABE4D68794587E84C264A4CC0271806C44CBB1CE8"
        );
        assert_eq!(
            webhook_signature("s3cret", body.as_bytes()),
            "9DC408574EBCCD17DFE82974E8ACB541655CAB17E915D7B873BED59876A8D3C3"
        );
    }
}
