//! Records as JSON, put into the store as they are.

use serde_json::value::RawValue;

use crate::access::account::ADMIN_EMAIL;
use crate::access::user;
use crate::catalog::entity::Entity;
use crate::catalog::{Catalog, common};
use crate::message::names::{nearest, quoted};
use crate::store::change::StoreChange;
use crate::store::table::LARGEST_ID;
use crate::value::coerce::{coerce, integer};
use crate::value::position::FieldPosition;
use crate::value::raw::{Object, is_null, items, object};
use crate::value::row::{Row, Value, Values};

/// Records on their way into the store.
#[derive(Debug, Default)]
pub(crate) struct Loaded {
    pub(crate) changes: Vec<StoreChange>,
    pub(crate) records: usize,
    /// What was left out, and why.
    pub(crate) left_out: Vec<String>,
}

/// At most this many reports of what was left out are kept.
const MAX_REPORTED: usize = 8;

/// The changes that put records into the store as they are, by the path of their entity.
pub(crate) fn changes(catalog: &Catalog, records: &RawValue, now: i64) -> Result<Loaded, String> {
    let entities = object(records).ok_or("give an object of lists by path, such as {\"sys/users\": [{\"Id\": 7}]}")?;
    let mut loaded = Loaded::default();
    for (path, records) in &entities.0 {
        let entity = catalog.of_path(path);
        let entity = entity.ok_or_else(|| format!("{path}: no such entity; give its path, such as sys/users"))?;
        let records = items(records).ok_or_else(|| format!("{path}: has to be a list of records"))?;
        for (index, record) in records.into_iter().enumerate() {
            let record = object(record).unwrap_or_default();
            let id = record.get("Id").and_then(|id| integer(id, None)).filter(|id| (1..=LARGEST_ID).contains(id));
            let id = id.ok_or_else(|| format!("{path}[{index}]: has no Id from 1 to {LARGEST_ID}"))?;
            let mut report = |text: String| {
                if loaded.left_out.len() < MAX_REPORTED {
                    loaded.left_out.push(format!("{path}[{index}]: {text}"));
                }
            };
            loaded.changes.push(put(entity, id, &record, now, &mut report));
            loaded.records += 1;
        }
    }
    loaded.changes = user::passwords(catalog, loaded.changes);
    Ok(loaded)
}

/// The change that puts one record into the store. What does not fit its property is left out, and reported.
pub(crate) fn put(
    entity: &Entity,
    id: i64,
    record: &Object,
    now: i64,
    left_out: &mut dyn FnMut(String),
) -> StoreChange {
    let mut values = stamps(entity, now);
    for (name, json) in &record.0 {
        let field = entity.field_position_any_case(name).and_then(|position| Some((position, entity.field(position)?)));
        let Some((position, field)) = field else {
            let near = nearest(name, entity.table.all_fields().map(|field| field.name));
            let near = near.map(|near| format!(", did you mean `{near}`?")).unwrap_or_default();
            left_out(format!("unknown property {}{near}", quoted(name)));
            continue;
        };
        if position == entity.common(common::ID) {
            continue;
        }
        match coerce(field.kind, json) {
            Ok(Some(value)) => {
                values.insert(position, value);
            }
            // A property that is null has no value, not even that of its stamp.
            Ok(None) if is_null(json) => {
                values.remove(&position);
            }
            Ok(None) => {}
            Err(refusal) => left_out(format!("{} {refusal}", field.name)),
        }
    }
    StoreChange::Put { entity: entity.position, id, row: Row::new(&values) }
}

/// The change that makes a record of some values.
pub(crate) fn make(
    entity: &Entity,
    id: i64,
    own: impl IntoIterator<Item = (FieldPosition, Value)>,
    now: i64,
) -> StoreChange {
    let mut values = stamps(entity, now);
    values.extend(own);
    StoreChange::Put { entity: entity.position, id, row: Row::new(&values) }
}

/// Who made a record of a seed, and when.
fn stamps(entity: &Entity, now: i64) -> Values {
    let stamps = [
        (common::CREATED_ON, Value::Time(now)),
        (common::UPDATED_ON, Value::Time(now)),
        (common::UPDATED_BY, Value::Text(ADMIN_EMAIL.into())),
    ];
    stamps.into_iter().map(|(field, value)| (entity.common(field), value)).collect()
}
