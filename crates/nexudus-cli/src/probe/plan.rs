//! What a probe will send, before it sends anything.

use std::time::Duration;

use nexudus_client::model::core::{EntityTable, Kind, Operation};

use super::{Options, copied, dates, entity, lists};
use crate::terminal::counted;

/// A request takes about this long, however fast they may follow each other.
const ROUND_TRIP: Duration = Duration::from_millis(200);

/// How many requests a probe sends at most, and how long they take.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Plan {
    pub(crate) entities: usize,
    pub(crate) requests: u32,
    pub(crate) time: Duration,
}

impl Plan {
    /// The plan for some entities at so many requests a second.
    pub(crate) fn new(tables: &[&'static EntityTable], options: Options, per_second: f64) -> Self {
        let mut sections: Vec<_> = tables.iter().map(|table| table.section).collect();
        sections.sort_unstable();
        sections.dedup();
        let dates = dates::REQUESTS.saturating_mul(u32::try_from(sections.len()).unwrap_or(u32::MAX));
        let each = tables.iter().map(|table| requests(table, options));
        let requests = each.fold(dates, u32::saturating_add);
        let spacing = Duration::try_from_secs_f64(1.0 / per_second).unwrap_or(Duration::MAX);
        Self { entities: tables.len(), requests, time: spacing.max(ROUND_TRIP).saturating_mul(requests) }
    }

    /// For people.
    pub(crate) fn text(&self, per_second: f64) -> String {
        let minutes = self.time.as_secs().div_ceil(60);
        let time = match (minutes / 60, minutes % 60) {
            (0, 0 | 1) => "a minute".to_owned(),
            (0, minutes) => format!("{minutes} minutes"),
            (hours, minutes) => format!("{hours} h {minutes} min"),
        };
        format!(
            "{}, at most {} at {per_second} a second: at most {time}.\nOnly GET requests are sent. Nothing is changed.",
            counted(self.entities, "entity", "entities"),
            counted(self.requests, "request", "requests"),
        )
    }
}

/// The most requests for one entity.
fn requests(table: &'static EntityTable, options: Options) -> u32 {
    if !table.allows(Operation::List) {
        return 1;
    }
    let filters = table.all_fields().filter(|field| table.filter_name(field).is_some()).map(|field| match field.kind {
        Kind::Text => 4,
        Kind::Bool | Kind::Enum(_) => 3,
        _ => 2,
    });
    let ranges = table.all_fields().filter(|field| table.range_names(field).is_some()).map(|_| 6);
    let related = table.related.iter().map(|_| 2);
    let gets = if table.allows(Operation::Get) { u32::try_from(options.gets).unwrap_or(u32::MAX) } else { 0 };
    let required = if table.required_filters.is_empty() { 0 } else { entity::REQUIRED };
    // The list, and the commands of all records and of one.
    let fixed = [3, gets, required, copied::requests(table), lists::REQUESTS];
    filters.chain(ranges).chain(related).chain(fixed).fold(0, u32::saturating_add)
}
