//! Commands: what can be done to records besides the verbs.
//!
//! The service has commands of its own for each entity, whose keys nobody has published. The sandbox has
//! three that make sense for any record.

use http::StatusCode;
use nexudus_core::{Kind, Operation};
use serde_json::Value as Json;
use serde_json::json;

use crate::api::write::{Author, Writer};
use crate::catalog::entity::{Catalog, Entity};
use crate::message::body::Body;
use crate::message::envelope::Envelope;
use crate::message::names::{nearest, quoted};
use crate::message::reply::Reply;
use crate::store::change::Change;
use crate::store::memory::Store;
use crate::store::table::LARGEST_ID;
use crate::value::coerce::coerce;
use crate::value::raw::text;
use crate::value::row::{Cell, Row, Value};

/// A command that any record may have.
struct Command {
    key: &'static str,
    name: &'static str,
    icon: &'static str,
    /// Whether an entity has it at all.
    of: fn(&Entity) -> bool,
}

const COMMANDS: [Command; 3] = [
    Command { key: "ARCHIVE", name: "Archive", icon: "archive", of: |entity| switch(entity).is_some() },
    Command { key: "DUPLICATE", name: "Duplicate", icon: "copy", of: |entity| entity.table.allows(Operation::Create) },
    Command { key: "TOUCH", name: "Touch", icon: "clock", of: |_| true },
];

/// The flag that archives a record, and the value that does it.
fn switch(entity: &Entity) -> Option<(u16, bool)> {
    [("Archived", true), ("Active", false)].into_iter().find_map(|(name, value)| {
        let at = entity.position(name)?;
        (entity.table.field(at.into())?.kind == Kind::Bool).then_some((at, value))
    })
}

/// The commands of an entity, or of one record.
pub(crate) fn discover(entity: &Entity, row: Option<&Row>) -> Reply {
    let archived = |row: &Row| switch(entity).is_some_and(|(at, value)| row.flag(at) == value);
    let commands = COMMANDS.iter().filter(|command| (command.of)(entity));
    let commands = commands.filter(|command| !(command.key == "ARCHIVE" && row.is_some_and(archived)));
    let list: Vec<Json> = (1..)
        .zip(commands)
        .map(|(order, command)| {
            json!({
                "Key": command.key,
                "Name": command.name,
                "AppliesOnlyToMultipleEntities": false,
                "AppliesOnlyToOneEntity": false,
                "AppliesOnlyToTwoEntities": false,
                "NeedsEntitiesToRun": true,
                "Order": order,
                "RequiresParameters": [],
                "DisplayInDropdown": true,
                "DisplayInDropdownV2": true,
                "DisplayInGrid": false,
                "Icon": command.icon,
            })
        })
        .collect();
    Reply::value(StatusCode::OK, &Json::Array(list))
}

/// A command that was refused: HTTP 200, and the reason in the body.
fn failed(message: String) -> Reply {
    Envelope { status: 500, message, ..Envelope::default() }.reply(StatusCode::OK)
}

/// What a run of a command changes, or the answer if it can't run.
pub(crate) fn run(
    catalog: &Catalog,
    store: &Store,
    entity: &Entity,
    author: Author<'_>,
    body: &Body,
) -> Result<(Vec<Change>, Reply), Reply> {
    let Some(key) = body.fields.get("Key").and_then(text).filter(|key| !key.is_empty()) else {
        return Err(failed("Key: is a required field".into()));
    };
    let command = COMMANDS.iter().find(|command| command.key.eq_ignore_ascii_case(&key) && (command.of)(entity));
    let Some(command) = command else {
        let keys = COMMANDS.iter().map(|command| command.key);
        let hint = nearest(&key, keys).map(|key| format!("did you mean `{key}`?"));
        let reply = failed(format!("{} has no command {}.", entity.table.name, quoted(&key)));
        return Err(match hint {
            Some(hint) => reply.hint(hint),
            None => reply,
        });
    };
    let ids = match body.fields.get("Ids") {
        None => Vec::new(),
        Some(ids) => match coerce(Kind::Ids(None), ids) {
            Ok(Some(Value::Ids(ids))) => ids,
            Ok(_) => Vec::new(),
            Err(message) => return Err(failed(format!("Ids: {message}"))),
        },
    };
    if ids.is_empty() {
        return Err(failed(format!("{} needs at least one record: give its id in Ids.", command.name)));
    }
    let mut changes = Vec::new();
    let mut next = store.table(entity.at).next_id();
    let mut made = Vec::new();
    for id in ids {
        let Some(row) = store.get(entity.at, id) else {
            return Err(failed(format!("{} {id} could not be found.", entity.table.name)));
        };
        let writer = Writer { catalog, store, entity, author };
        let mut values = row.unpack();
        let mut at = id;
        match command.key {
            "ARCHIVE" => {
                if let Some((flag, value)) = switch(entity) {
                    if row.flag(flag) == value {
                        return Err(failed(format!("{} {id} is archived already.", entity.table.name)));
                    }
                    values.insert(flag, Value::Bool(value));
                }
            }
            "DUPLICATE" => {
                let common = |which| catalog.common(entity, which);
                for own in [common(|at| at.unique_id), common(|at| at.system_id), common(|at| at.to_string_text)] {
                    values.remove(&own);
                }
                if let Some(Cell::Text(name)) = catalog.plan(entity).title.and_then(|title| row.get(title)) {
                    let title = catalog.plan(entity).title.unwrap_or_default();
                    values.insert(title, Value::Text(format!("{name} (copy)")));
                }
                at = next.ok_or_else(Reply::no_more_ids)?;
                next = at.checked_add(1).filter(|id| *id <= LARGEST_ID);
            }
            _ => {}
        }
        writer.stamp(at != id, &mut values);
        made.push(at);
        changes.push(Change::Put { entity: entity.at, id: at, row: Row::new(&values) });
    }
    let envelope = Envelope {
        status: 200,
        message: format!("{} was run on {} records.", command.name, made.len()),
        value: Some(if let [one] = made[..] { json!({ "Id": one }) } else { json!({ "Ids": made }) }),
        updated_on: Some(author.now_text()),
        updated_by: Some(author.email.to_owned()),
        ..Envelope::default()
    };
    Ok((changes, envelope.reply(StatusCode::OK)))
}
