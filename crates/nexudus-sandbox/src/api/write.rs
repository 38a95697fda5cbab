//! Creates, updates and deletes: what a body means, what is wrong with it, and what changes.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use http::StatusCode;
use nexudus_core::Kind;
use serde_json::value::RawValue;

use crate::access::user;
use crate::api::file;
use crate::catalog::common;
use crate::catalog::entity::Entity;
use crate::effect::run::{Refused, RuleEvent, RuleOutput};
use crate::effect::work::Work;
use crate::message::body::Body;
use crate::message::envelope::{Envelope, FieldError};
use crate::message::names::{nearest, quoted};
use crate::message::reply::Reply;
use crate::store::change::{RecordKey, StoreChange, StoredFile};
use crate::value::coerce::{coerce, default_value, integer, unset_enum};
use crate::value::position::FieldPosition;
use crate::value::raw::{Raw, compact, is_null, is_string, items, number, object, of_text, quote, text};
use crate::value::row::{Row, Value, Values};

/// A body that was found right.
struct Accepted {
    id: i64,
    changes: Vec<StoreChange>,
    hints: Vec<String>,
}

/// What a body says of one list of ids.
#[derive(Default)]
struct ListChange {
    whole: Option<Vec<i64>>,
    added: Vec<i64>,
    removed: Vec<i64>,
}

/// What a body says of one file.
#[derive(Default)]
struct FileChange {
    url: Option<String>,
    clear: bool,
}

/// What is gathered from a body while it is checked.
#[derive(Default)]
struct Gathered {
    values: Values,
    lists: BTreeMap<FieldPosition, ListChange>,
    files: BTreeMap<&'static str, FileChange>,
    errors: Vec<FieldError>,
    /// Why the service would fail without saying so.
    failed: Option<String>,
    hints: Vec<String>,
}

/// A record that was made, and what its body was perhaps meant to say.
pub(crate) struct Created {
    pub(crate) id: i64,
    pub(crate) hints: Vec<String>,
}

/// Makes a record from a body, with all that it sets off.
pub(crate) fn create<'w>(work: &mut Work<'w>, entity: &'w Entity, body: &Body) -> Result<Created, Reply> {
    let Accepted { id, changes, hints } = Writer { work: &*work, entity }.create(body)?;
    let this = (entity.position, id);
    let files = changes.iter().filter_map(|change| match change {
        StoreChange::PutFile { key: (_, _, stem), .. } => entity.field_position_any_case(&format!("{stem}FileName")),
        _ => None,
    });
    // The service fetches a file once it has answered.
    work.moment.instead.extend(files.map(|name| ((this, name), None)));
    work.absorb(changes);
    work.stamp(this, true);
    children(work, this, body)?;
    react(work, "create", this, None, body)?;
    Ok(Created { id, hints })
}

/// Replaces a record by what a body says, with all that it sets off; the hints.
pub(crate) fn update<'w>(work: &mut Work<'w>, entity: &'w Entity, id: i64, body: &Body) -> Result<Vec<String>, Reply> {
    let row = work.view.store.get(entity.position, id).ok_or_else(Reply::not_found)?;
    let Accepted { changes, hints, .. } = Writer { work: &*work, entity }.update(id, row, body)?;
    let this = (entity.position, id);
    work.absorb(changes);
    work.stamp(this, false);
    children(work, this, body)?;
    react(work, "update", this, Some(&row.unpack()), body)?;
    Ok(hints)
}

/// Deletes a record, with all that it sets off.
pub(crate) fn delete<'w>(work: &mut Work<'w>, entity: &'w Entity, id: i64) -> Result<(), Reply> {
    let this = (entity.position, id);
    if !work.exists(this) {
        if !work.is_hidden(this) {
            return Err(Reply::not_found());
        }
        react(work, "delete hidden", this, None, &Body::default())?;
        work.set_hidden(this, false);
        return Ok(());
    }
    react(work, "delete", this, None, &Body::default())?;
    work.delete(this);
    Ok(())
}

/// Makes the records that a body holds inside of another.
fn children(work: &mut Work<'_>, parent: RecordKey, body: &Body) -> Result<(), Reply> {
    let catalog = work.view.catalog;
    let children = catalog.entity(parent.0).effects.map(|effects| effects.children).unwrap_or_default();
    for child in children.iter().filter(|child| !child.answer) {
        let sent = body.fields.get(child.property).and_then(items);
        let (Some(sent), Some(entity)) = (sent, catalog.named(child.entity)) else { continue };
        for (at, item) in sent.into_iter().enumerate() {
            let name = format!("{}[{at}]", child.property);
            let Some(mut fields) = object(item) else {
                return Err(Envelope::refused(vec![FieldError::new(&name, "is not an object", item)]));
            };
            // Records that exist come back as they were read: they have an endpoint of their own.
            if fields.get("Id").and_then(|id| integer(id, text(id).as_deref())).is_some_and(|id| id != 0) {
                continue;
            }
            fields.0.push((child.relation.to_owned(), of_text(parent.1.to_string())));
            let item = Body { fields, hints: Vec::new() };
            let Accepted { id, changes, .. } = Writer { work: &*work, entity }.create(&item)?;
            work.absorb(changes);
            work.stamp((entity.position, id), true);
            react(work, "create", (entity.position, id), None, &item)?;
        }
    }
    Ok(())
}

/// Applies the rules of an event.
fn react(work: &mut Work<'_>, event: &str, this: RecordKey, old: Option<&Values>, body: &Body) -> Result<(), Reply> {
    let sent = |name: &str| body.fields.get(name).map(RawValue::to_owned);
    let run = RuleEvent { event, this, old, sent: &sent, refusal: None };
    run.apply(work, &mut RuleOutput::default()).map_err(refused)
}

/// The answer to what a rule refused.
pub(crate) fn refused(refused: Refused) -> Reply {
    let status = StatusCode::from_u16(refused.status).unwrap_or(StatusCode::BAD_REQUEST);
    Envelope { status: 500, message: refused.text, ..Envelope::default() }.reply(status)
}

struct Writer<'a, 'w> {
    work: &'a Work<'w>,
    entity: &'w Entity,
}

impl Writer<'_, '_> {
    /// Checks the body of a create.
    fn create(&self, body: &Body) -> Result<Accepted, Reply> {
        let gathered = self.gather(body, None);
        let id = self.work.take_id(self.entity.position).ok_or_else(Reply::no_more_ids)?;
        self.finish(id, None, gathered)
    }

    /// Checks the body of an update of a record that exists. What the body leaves out is cleared.
    fn update(&self, id: i64, old: &Row, body: &Body) -> Result<Accepted, Reply> {
        let gathered = self.gather(body, Some(old));
        self.finish(id, Some(old), gathered)
    }

    fn gather(&self, body: &Body, old: Option<&Row>) -> Gathered {
        let table = self.entity.table;
        let id_at = self.entity.common(common::ID);
        let mut gathered = Gathered { hints: body.hints.clone(), ..Gathered::default() };
        let mut sent: BTreeMap<FieldPosition, &RawValue> = BTreeMap::new();
        for (name, value) in &body.fields.0 {
            match self.entity.field_position_any_case(name) {
                Some(at) => {
                    sent.insert(at, value);
                }
                None if gathered.hints.len() < 8 => {
                    let known = table.all_fields().map(|field| field.name);
                    let near = nearest(name, known).map(|near| format!(", did you mean `{near}`?")).unwrap_or_default();
                    gathered.hints.push(format!("unknown property {} is ignored{near}", quoted(name)));
                }
                None => {}
            }
        }
        let fails_without = self.entity.effects.map(|effects| effects.fails_without).unwrap_or_default();
        // What the caller may not write stays as it was.
        if let Some(old) = old {
            gathered.values = old.unpack();
            gathered.values.retain(|at, _| self.entity.field(*at).is_some_and(|field| !field.is_updatable()));
        }
        for (at, field) in self.entity.fields() {
            let writable = if old.is_some() { field.is_updatable() } else { field.is_creatable() };
            // Companions of a list go with either, whatever the table says of a create.
            let companion = field.is_write_only() && matches!(field.kind, Kind::Ids(_));
            if !(writable || companion) || at == id_at {
                continue;
            }
            let json = sent.get(&at).copied().unwrap_or(RawValue::NULL);
            let property = property_name(field.name, field.kind);
            let mut value = match coerce(field.kind, json) {
                Ok(value) => value,
                Err(message) => {
                    gathered.errors.push(FieldError::new(property, message, json));
                    continue;
                }
            };
            let blank = matches!(&value, Some(Value::Text(text)) if text.trim().is_empty());
            // What was not there before an update need not be there after it.
            let absent = old.is_some_and(|old| old.get(at).is_none());
            let nothing = value.is_none() || blank;
            // Nobody (0) is an answer to who it is, and what the reference's own sample sends.
            if old.is_none() && nothing && fails_without.contains(&field.name) {
                gathered.failed = Some(format!("the service fails without {}", field.name));
            }
            if field.is_required() && nothing && !absent {
                gathered.errors.push(FieldError::new(property, "is a required field", json));
                continue;
            }
            if value.is_none() {
                value = if old.is_none() { default_value(field) } else { unset_enum(field).filter(|_| !absent) };
            }
            if let Some(value) = value {
                self.keep(at, value, old, json, &mut gathered);
            }
        }
        gathered
    }

    /// Puts a value where it belongs: the row, a change of a list, or a change of a file.
    fn keep(&self, at: FieldPosition, value: Value, old: Option<&Row>, json: &RawValue, gathered: &mut Gathered) {
        let Some(field) = self.entity.field(at) else { return };
        let property = property_name(field.name, field.kind);
        match (field.kind, &value) {
            (Kind::Id(target), Value::Int(id)) => {
                let unchanged = old.is_some_and(|old| old.int(at) == Some(*id));
                if *id == 0 {
                    return;
                }
                if !unchanged && !self.exists(target, *id) {
                    gathered.errors.push(FieldError::new(property, "does not exist", json));
                    return;
                }
            }
            (Kind::Ids(target), Value::Ids(ids)) => {
                let removing = field.is_write_only() && field.name.starts_with("Removed");
                let before = if field.is_write_only() || removing {
                    Vec::new()
                } else {
                    old.map_or_else(Vec::new, |old| old.ids(at))
                };
                let before: HashSet<i64> = before.into_iter().collect();
                let missing = |id: &&i64| {
                    !removing && !before.contains(id) && target.is_some_and(|target| !self.exists(target, **id))
                };
                if let Some(id) = ids.iter().find(missing) {
                    gathered.errors.push(FieldError::new(property, &format!("{id} does not exist"), json));
                    return;
                }
                self.keep_list(at, field.name, field.is_write_only(), ids.clone(), gathered);
                return;
            }
            (Kind::Json, Value::Json(_)) if at == self.entity.common(common::CUSTOM_FIELDS) => {
                match custom_fields(json) {
                    Ok(Some(text)) => {
                        gathered.values.insert(at, Value::Json(text));
                    }
                    Ok(None) => {}
                    Err(message) => gathered.errors.push(FieldError::new(property, message, json)),
                }
                return;
            }
            _ => {}
        }
        if let Some((stem, new)) = file::stem_of(field.name).filter(|_| field.is_write_only()) {
            let change = gathered.files.entry(stem).or_default();
            match value {
                Value::Text(url) if new && !url.trim().is_empty() => change.url = Some(url),
                Value::Bool(clear) if !new => change.clear = clear,
                _ => {}
            }
        } else if !field.is_action() && (!field.is_write_only() || field.is_sensitive()) {
            // A secret that is only ever written is kept as well; no answer shows it.
            gathered.values.insert(at, value);
        }
    }

    fn keep_list(&self, at: FieldPosition, name: &str, write_only: bool, ids: Vec<i64>, gathered: &mut Gathered) {
        let companion = |prefix: &str| {
            let list = name.strip_prefix(prefix).filter(|_| write_only)?;
            self.entity.field_position(list)
        };
        if let Some(list) = companion("Added") {
            gathered.lists.entry(list).or_default().added = ids;
        } else if let Some(list) = companion("Removed") {
            gathered.lists.entry(list).or_default().removed = ids;
        } else {
            gathered.lists.entry(at).or_default().whole = Some(ids);
        }
    }

    fn exists(&self, target: &str, id: i64) -> bool {
        // An entity that has no table has no records to look among.
        self.work.view.catalog.named(target).is_none_or(|entity| self.work.exists((entity.position, id)))
    }

    fn finish(&self, id: i64, old: Option<&Row>, mut gathered: Gathered) -> Result<Accepted, Reply> {
        let mut changes = Vec::new();
        for (stem, change) in std::mem::take(&mut gathered.files) {
            self.change_file(id, stem, change, &mut gathered, &mut changes);
        }
        let users = self.work.view.catalog.well_known.users.filter(|users| users.entity == self.entity.position);
        if let Some(users) = users
            && let Some(other) = user::same_address(self.work.view.store, &users, id, &gathered.values)
        {
            let message = format!("is that of user {other} already");
            let attempted = gathered.values.get(&users.email);
            let attempted = if let Some(Value::Text(email)) = attempted { quote(email) } else { quote("") };
            let name = self.entity.field(users.email).map_or("Email", |field| field.name);
            gathered.errors.push(FieldError::new(name, &message, &attempted));
        }
        if let Some(why) = gathered.failed {
            return Err(Envelope::failure(StatusCode::INTERNAL_SERVER_ERROR).hint(why));
        }
        if !gathered.errors.is_empty() {
            // What is wrong is often what a hint tells of: the name is misspelt, so the value is missing.
            return Err(gathered.hints.into_iter().fold(Envelope::refused(gathered.errors), Reply::hint));
        }
        let mut values = gathered.values;
        for (at, change) in gathered.lists {
            let mut ids = match change.whole {
                Some(whole) => whole,
                // Without the list itself, the companions change what was there.
                None => old.map(|old| old.ids(at)).unwrap_or_default(),
            };
            ids.extend(change.added);
            // Each once, and none that is removed.
            let mut seen: HashSet<i64> = change.removed.into_iter().collect();
            ids.retain(|id| seen.insert(*id));
            if !ids.is_empty() {
                values.insert(at, Value::Ids(ids));
            }
        }
        changes.insert(0, StoreChange::Put { entity: self.entity.position, id, row: Row::new(&values) });
        Ok(Accepted { id, changes, hints: gathered.hints })
    }

    fn change_file(
        &self,
        id: i64,
        stem: &'static str,
        change: FileChange,
        gathered: &mut Gathered,
        changes: &mut Vec<StoreChange>,
    ) {
        let key = (self.entity.position, id, stem.to_lowercase());
        let name_at = self.entity.field_position(&format!("{stem}FileName"));
        if change.clear {
            changes.push(StoreChange::DeleteFile { key: key.clone() });
            if let Some(at) = name_at {
                gathered.values.remove(&at);
            }
        }
        let Some(url) = change.url else { return };
        match file::placeholder(&url) {
            Ok((name, content_type, bytes)) => {
                let file = Arc::new(StoredFile { content_type, bytes });
                changes.push(StoreChange::PutFile { key, file });
                if let Some(at) = name_at {
                    gathered.values.insert(at, Value::Text(name));
                }
            }
            Err(message) => {
                gathered.errors.push(FieldError::new(&format!("New{stem}Url"), message, &quote(&url)));
            }
        }
    }
}

/// The name of a property in errors: a relation is named without its `Id`.
pub(crate) fn property_name(name: &str, kind: Kind) -> &str {
    match kind {
        Kind::Id(_) => name.strip_suffix("Id").unwrap_or(name),
        _ => name,
    }
}

/// Custom fields as they are kept: values are text, and of two with one name the first counts.
fn custom_fields(json: &RawValue) -> Result<Option<String>, &'static str> {
    let refusal = "has to be an object with a list `Data` of `Name` and `Value`";
    // In a form it can only be text.
    let parsed = text(json).map(|text| serde_json::from_str::<Raw>(&text)).transpose().map_err(|_| refusal)?;
    let fields = object(parsed.as_deref().unwrap_or(json)).ok_or(refusal)?;
    let Some(data) = fields.get("Data").filter(|data| !is_null(data)) else { return Ok(None) };
    let mut seen = HashSet::new();
    let mut kept = Vec::new();
    for entry in items(data).ok_or(refusal)? {
        let entry = object(entry).ok_or(refusal)?;
        let name = entry.get("Name").ok_or(refusal)?;
        let name = text(name).or_else(|| number(name).map(str::to_owned)).ok_or(refusal)?;
        let value = match entry.get("Value") {
            Some(value) if is_null(value) || is_string(value) => value.get().to_owned(),
            Some(other) => quote(&compact(other)).get().to_owned(),
            None => "null".to_owned(),
        };
        if seen.insert(name.clone()) {
            let json_value = entry.get("JsonValue").map_or_else(|| "null".to_owned(), compact);
            let kind = entry.get("Type").filter(|kind| is_string(kind)).map_or("\"string\"", RawValue::get);
            let name = quote(&name);
            let name = name.get();
            kept.push(format!(r#"{{"JsonValue":{json_value},"Name":{name},"Type":{kind},"Value":{value}}}"#));
        }
    }
    Ok((!kept.is_empty()).then(|| format!(r#"{{"Data":[{}]}}"#, kept.join(","))))
}
