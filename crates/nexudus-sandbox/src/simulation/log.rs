//! What was asked and answered lately.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use serde_json::Value as Json;
use serde_json::json;
use tokio::sync::watch;

use crate::catalog::Catalog;
use crate::message::pairs::decode;
use crate::value::time::time_text;

/// One request and its answer.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) at: i64,
    pub(crate) method: String,
    /// Path and query.
    pub(crate) target: String,
    pub(crate) status: u16,
    pub(crate) took: Duration,
    pub(crate) user: Option<String>,
    pub(crate) hint: Option<String>,
    /// What went wrong on purpose.
    pub(crate) fault: bool,
}

/// The latest requests; older ones make room.
#[derive(Debug, Default)]
pub(crate) struct Log {
    state: Mutex<LogState>,
    /// The number of the latest.
    latest: watch::Sender<u64>,
}

#[derive(Debug, Default)]
struct LogState {
    entries: VecDeque<(u64, Entry)>,
    next: u64,
}

const KEPT: usize = 1000;
/// A longer target is cut, in characters.
const LONGEST: usize = 2000;

/// Path and query of a request as they may be shown: without the values of filters on secrets.
pub(crate) fn shown_target(catalog: &Catalog, target: &str) -> String {
    let (path, query) = target.split_once('?').map_or((target, None), |(path, query)| (path, Some(query)));
    let mut shown = path.to_owned();
    let decoded = decode(path, false).unwrap_or_default();
    let mut segments = decoded.split('/').filter(|segment| !segment.is_empty()).skip(1);
    let entity = segments.next().zip(segments.next()).and_then(|(section, plural)| catalog.at_path(section, plural));
    for (at, pair) in query.into_iter().flat_map(|query| query.split('&')).enumerate() {
        shown.push(if at == 0 { '?' } else { '&' });
        let name = pair.split('=').next().unwrap_or_default();
        let is_secret = |name: String| entity.is_some_and(|entity| entity.table.is_secret_filter(name.trim()));
        if decode(name, true).is_some_and(is_secret) {
            shown.push_str(name);
            shown.push_str("=(hidden)");
        } else {
            shown.push_str(pair);
        }
        if shown.len() > LONGEST * 4 {
            break;
        }
    }
    shown.chars().take(LONGEST).collect()
}

impl Entry {
    /// One line for people. No query: it may hold what is nobody's business in a terminal.
    pub(crate) fn line(&self) -> String {
        let path = self.target.split('?').next().unwrap_or_default();
        let path: String = path.chars().take(200).map(|c| if c.is_control() { '?' } else { c }).collect();
        let user = self.user.as_deref().unwrap_or("-");
        let fault = if self.fault { " fault" } else { "" };
        let millis = self.took.as_secs_f64() * 1000.0;
        format!("{} {} {path} {} {millis:.2}ms {user}{fault}", time_text(self.at), self.method, self.status)
    }

    fn to_json(&self, number: u64) -> Json {
        json!({
            "number": number,
            "at": time_text(self.at),
            "method": self.method,
            "target": self.target,
            "status": self.status,
            "micros": u64::try_from(self.took.as_micros()).unwrap_or(u64::MAX),
            "user": self.user,
            "hint": self.hint,
            "fault": self.fault,
        })
    }
}

impl Log {
    fn state(&self) -> std::sync::MutexGuard<'_, LogState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn push(&self, entry: Entry) {
        let mut state = self.state();
        if state.entries.len() == KEPT {
            state.entries.pop_front();
        }
        state.next += 1;
        let number = state.next;
        state.entries.push_back((number, entry));
        // Told with the log in hand, so that the numbers are told in order.
        self.latest.send_replace(number);
    }

    /// What came after a number, oldest first.
    pub(crate) fn after(&self, number: u64) -> Vec<Json> {
        let state = self.state();
        state.entries.iter().filter(|(at, _)| *at > number).map(|(at, entry)| entry.to_json(*at)).collect()
    }

    /// Waits until there is a request after a number.
    pub(crate) async fn newer(&self, number: u64) {
        // The sender lives as long as the log does.
        let _ = self.latest.subscribe().wait_for(|latest| *latest > number).await;
    }

    pub(crate) fn clear(&self) {
        self.state().entries.clear();
    }
}
