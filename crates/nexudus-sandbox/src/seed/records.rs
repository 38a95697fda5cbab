//! Records as JSON, put into the store as they are.

use serde_json::value::RawValue;

use nexudus_core::Kind;

use crate::access::account::ADMIN_EMAIL;
use crate::access::user;
use crate::catalog::entity::{Catalog, Entity};
use crate::message::names::{nearest, quoted};
use crate::store::change::Change;
use crate::store::table::LARGEST_ID;
use crate::value::coerce::{coerce, integer};
use crate::value::raw::{Object, is_null, items, object};
use crate::value::row::{Row, Value, Values};

/// Records on their way into the store.
#[derive(Debug, Default)]
pub(crate) struct Loaded {
    pub(crate) changes: Vec<Change>,
    pub(crate) records: usize,
    /// What was left out, and why.
    pub(crate) left_out: Vec<String>,
}

/// What was left out is told so many times.
const TOLD: usize = 8;

/// The changes that put records into the store as they are, by the path of their entity.
pub(crate) fn changes(catalog: &Catalog, records: &RawValue, now: i64) -> Result<Loaded, String> {
    let entities = object(records).ok_or("give an object of lists by path, such as {\"sys/users\": [{\"Id\": 7}]}")?;
    let mut loaded = Loaded::default();
    for (path, records) in &entities.0 {
        let entity = catalog.of_path(path);
        let entity = entity.ok_or_else(|| format!("{path}: no such entity; give its path, such as sys/users"))?;
        let records = items(records).ok_or_else(|| format!("{path}: has to be a list of records"))?;
        for (at, record) in records.into_iter().enumerate() {
            let record = object(record).unwrap_or_default();
            let id = record.get("Id").and_then(|id| integer(id, None)).filter(|id| (1..=LARGEST_ID).contains(id));
            let id = id.ok_or_else(|| format!("{path}[{at}]: has no Id from 1 to {LARGEST_ID}"))?;
            let mut told = |text: String| {
                if loaded.left_out.len() < TOLD {
                    loaded.left_out.push(format!("{path}[{at}]: {text}"));
                }
            };
            loaded.changes.push(put(catalog, entity, id, &record, now, &mut told));
            loaded.records += 1;
        }
    }
    loaded.changes = user::passwords(catalog, loaded.changes);
    Ok(loaded)
}

/// The change that puts one record into the store. What does not fit its property is left out, and told.
pub(crate) fn put(
    catalog: &Catalog,
    entity: &Entity,
    id: i64,
    record: &Object,
    now: i64,
    left_out: &mut dyn FnMut(String),
) -> Change {
    let common = |which| catalog.common(entity, which);
    let mut values = Values::new();
    values.insert(common(|at| at.created_on), Value::Time(now));
    values.insert(common(|at| at.updated_on), Value::Time(now));
    values.insert(common(|at| at.updated_by), Value::Text(ADMIN_EMAIL.into()));
    let id_at = common(|at| at.id);
    for (name, json) in &record.0 {
        let field = entity.position_of(name).and_then(|at| Some((at, entity.table.field(at.into())?)));
        let Some((at, field)) = field else {
            let near = nearest(name, entity.table.all_fields().map(|field| field.name));
            let near = near.map(|near| format!(", did you mean `{near}`?")).unwrap_or_default();
            left_out(format!("unknown property {}{near}", quoted(name)));
            continue;
        };
        if at == id_at {
            continue;
        }
        match coerce(field.kind, json) {
            Ok(Some(value)) => {
                values.insert(at, value);
            }
            // What says null has no value, not the one that it would have had.
            Ok(None) if is_null(json) => {
                values.remove(&at);
            }
            Ok(None) => {}
            Err(refusal) => left_out(format!("{} {refusal}", field.name)),
        }
    }
    // What a record must have and the seed does not say.
    for (at, field) in (0..).zip(entity.table.all_fields()).filter(|(_, field)| field.is_required()) {
        if let Kind::Enum(table) = field.kind
            && let Some((first, _)) = table.values.iter().min()
        {
            values.entry(at).or_insert(Value::Int(*first));
        }
    }
    Change::Put { entity: entity.at, id, row: Row::new(&values) }
}
