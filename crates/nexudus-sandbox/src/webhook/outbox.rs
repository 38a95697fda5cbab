//! What is waiting to be sent, and what became of what was.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use nexudus_core::Json;
use serde_json::json;
use tokio::sync::Notify;

use crate::catalog::entity::{Catalog, Entity};
use crate::record::render;
use crate::record::render::Depth;
use crate::store::memory::Store;
use crate::webhook::actions::{Event, actions, locations, places};

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
    pub(crate) wake: Notify,
    sent: Mutex<VecDeque<Json>>,
    actions: OnceLock<HashMap<(usize, Event), Vec<i64>>>,
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

    pub(crate) fn take(&self) -> Option<Delivery> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).pop_front()
    }

    pub(crate) fn note(&self, entry: Json) {
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
