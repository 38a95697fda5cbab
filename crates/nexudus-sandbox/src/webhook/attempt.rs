//! What an attempt to call a webhook changes in its record.

use crate::store::change::StoreChange;
use crate::store::view::View;
use crate::value::row::{Row, Value};

/// After so many failures in a row a webhook is switched off.
pub(crate) const ATTEMPTS: u32 = 10;

/// What an attempt changes in the record of a webhook: the changes, and whether it is still to be called.
pub(crate) fn attempt_changes(
    view: View<'_>,
    hook: i64,
    now: i64,
    error: Option<String>,
) -> Option<(Vec<StoreChange>, bool)> {
    let webhooks = view.catalog.well_known.webhooks?;
    let row = view.store.get(webhooks.entity, hook)?;
    if !row.flag(webhooks.active) {
        return None;
    }
    let mut values = row.unpack();
    values.insert(webhooks.last_trigger, Value::Time(now));
    let mut goes_on = true;
    match error {
        None => {
            values.remove(&webhooks.error_count);
            values.remove(&webhooks.last_error);
        }
        Some(error) => {
            let count = row.int(webhooks.error_count).unwrap_or_default().saturating_add(1);
            values.insert(webhooks.error_count, Value::Int(count));
            values.insert(webhooks.last_error, Value::Text(error));
            if count >= i64::from(ATTEMPTS) {
                values.insert(webhooks.active, Value::Bool(false));
                goes_on = false;
            }
        }
    }
    Some((vec![StoreChange::Put { entity: webhooks.entity, id: hook, row: Row::new(&values) }], goes_on))
}
