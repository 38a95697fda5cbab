//! Records as JSON, put into the store as they are.

use nexudus_core::{Json, Kind};

use crate::access::user;
use crate::catalog::entity::{Catalog, Entity};
use crate::store::change::Change;
use crate::value::coerce::coerce;
use crate::value::row::{Row, Value, Values};

/// The changes that put records into the store as they are, by the path of their entity.
pub(crate) fn changes(catalog: &Catalog, records: &Json, now: i64) -> Result<Vec<Change>, String> {
    let entities =
        records.as_object().ok_or("give an object of lists by path, such as {\"sys/users\": [{\"Id\": 7}]}")?;
    let mut changes = Vec::new();
    for (path, records) in entities {
        let entity = catalog.of_path(path);
        let entity = entity.ok_or_else(|| format!("{path}: no such entity; give its path, such as sys/users"))?;
        let records = records.as_array().ok_or_else(|| format!("{path}: has to be a list of records"))?;
        for (at, record) in records.iter().enumerate() {
            let id = record.get("Id").and_then(Json::as_i64).filter(|id| *id > 0);
            let id = id.ok_or_else(|| format!("{path}[{at}]: has no Id above 0"))?;
            changes.push(put(catalog, entity, id, record, now));
        }
    }
    Ok(user::passwords(catalog, changes))
}

/// The change that puts one record into the store. What does not fit its property is left out.
pub(crate) fn put(catalog: &Catalog, entity: &Entity, id: i64, record: &Json, now: i64) -> Change {
    let common = |which| catalog.common(entity, which);
    let mut values = Values::new();
    values.insert(common(|at| at.created_on), Value::Time(now));
    values.insert(common(|at| at.updated_on), Value::Time(now));
    values.insert(common(|at| at.updated_by), Value::Text(crate::access::account::ADMIN_EMAIL.into()));
    let id_at = common(|at| at.id);
    for (name, json) in record.as_object().into_iter().flatten() {
        let field = entity.position_of(name).filter(|at| *at != id_at);
        let Some((at, kind)) = field.and_then(|at| Some((at, entity.table.field(at.into())?.kind))) else { continue };
        if let Ok(Some(value)) = coerce(kind, json) {
            values.insert(at, value);
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
