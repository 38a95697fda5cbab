//! What is waiting to be sent, and what became of what was.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use serde_json::Value as Json;
use serde_json::json;
use tokio::sync::Notify;

use crate::catalog::entity::Entity;
use crate::catalog::position::EntityPosition;
use crate::record::render;
use crate::record::render::Depth;
use crate::store::view::View;
use crate::webhook::actions::{Event, actions, locations};

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

/// No more deliveries wait than this, with no more bytes than that. What comes on top is counted as dropped.
const MOST: usize = 10_000;
const MOST_BYTES: usize = 64 << 20;

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
    queue: Mutex<Queue>,
    pub(crate) wake: Notify,
    sent: Mutex<VecDeque<Json>>,
    actions: OnceLock<HashMap<(EntityPosition, Event), Vec<i64>>>,
}

#[derive(Debug, Default)]
struct Queue {
    waiting: VecDeque<Delivery>,
    /// The bytes of what waits and of what is under way.
    bytes: usize,
    dropped: u64,
}

impl Delivery {
    fn bytes(&self) -> usize {
        self.url.len() + self.body.len()
    }
}

impl Outbox {
    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The deliveries of an event, from the records as they are: for a delete before it is done, otherwise after.
    pub(crate) fn deliveries(&self, view: View<'_>, entity: &Entity, event: Event, ids: &[i64]) -> Vec<Delivery> {
        let webhooks = view.catalog.well_known.webhooks;
        let Some(webhooks) = webhooks.filter(|webhooks| view.store.table(webhooks.entity).len() > 0) else {
            return Vec::new();
        };
        let actions = self.actions.get_or_init(|| actions(view.catalog));
        let Some(actions) = actions.get(&(entity.position, event)) else { return Vec::new() };
        let mut deliveries = Vec::new();
        for (hook, webhook) in view.store.table(webhooks.entity).rows().iter() {
            let action = webhook.int(webhooks.action).filter(|_| webhook.flag(webhooks.active));
            let listens = action.is_some_and(|action| actions.contains(&action));
            let Some(url) = webhook.text(webhooks.url).filter(|_| listens) else { continue };
            for id in ids.iter().take(MOST) {
                let Some(row) = view.store.get(entity.position, *id) else { continue };
                let locations = locations(view, entity, row, 2);
                let here = webhook
                    .int(webhooks.business)
                    .is_none_or(|business| locations.is_empty() || locations.contains(&business));
                if here {
                    let mut body = vec![b'['];
                    render::record(view, entity, *id, row, Depth::Summary, &mut body);
                    body.push(b']');
                    deliveries.push(Delivery { hook, url: url.to_owned(), body: body.into() });
                }
            }
        }
        deliveries
    }

    pub(crate) fn post(&self, deliveries: Vec<Delivery>) {
        if deliveries.is_empty() {
            return;
        }
        let mut queue = self.queue();
        for delivery in deliveries {
            if queue.waiting.len() < MOST && queue.bytes.saturating_add(delivery.bytes()) <= MOST_BYTES {
                queue.bytes += delivery.bytes();
                queue.waiting.push_back(delivery);
            } else {
                queue.dropped += 1;
            }
        }
        drop(queue);
        self.wake.notify_one();
    }

    pub(crate) fn take(&self) -> Option<Delivery> {
        self.queue().waiting.pop_front()
    }

    /// Makes room again for as much as a delivery took.
    pub(crate) fn done(&self, delivery: &Delivery) {
        let mut queue = self.queue();
        queue.bytes = queue.bytes.saturating_sub(delivery.bytes());
    }

    pub(crate) fn note(&self, entry: Json) {
        let mut sent = self.sent.lock().unwrap_or_else(PoisonError::into_inner);
        if sent.len() == 1000 {
            sent.pop_front();
        }
        sent.push_back(entry);
    }

    /// What was sent lately, how many wait, and how many were too many.
    pub(crate) fn report(&self) -> Json {
        let sent: Vec<Json> = self.sent.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect();
        let queue = self.queue();
        json!({ "waiting": queue.waiting.len(), "dropped": queue.dropped, "attempts": sent })
    }

    pub(crate) fn clear(&self) {
        let mut queue = self.queue();
        let gone: usize = queue.waiting.drain(..).map(|delivery| delivery.bytes()).sum();
        queue.bytes = queue.bytes.saturating_sub(gone);
        queue.dropped = 0;
        drop(queue);
        self.sent.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}
