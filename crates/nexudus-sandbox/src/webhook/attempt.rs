//! What an attempt to call a webhook changes in its record.

use crate::store::change::Change;
use crate::store::view::View;
use crate::value::row::{Row, Value};
use crate::webhook::actions::places;

/// After so many failures in a row a webhook is switched off.
pub(crate) const ATTEMPTS: u32 = 10;
/// What an attempt changes in the record of a webhook: the changes, and whether it is still to be told.
pub(crate) fn attempt_changes(
    view: View<'_>,
    hook: i64,
    now: i64,
    error: Option<String>,
) -> Option<(Vec<Change>, bool)> {
    let places = places(view.catalog)?;
    let row = view.store.get(places.entity, hook)?;
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
