//! Commands: what can be done to records besides the verbs.
//!
//! The service has commands of its own for each entity, whose keys nobody has published. The sandbox has
//! three that make sense for any record.

use http::StatusCode;
use nexudus_core::{Kind, Operation};
use serde_json::Value as Json;
use serde_json::json;
use serde_json::value::RawValue;

use crate::api::write::refused;
use crate::catalog::entity::Entity;
use crate::catalog::rule::Rule;
use crate::effect::run::{Answer, Run};
use crate::effect::work::Work;
use crate::message::body::Body;
use crate::message::envelope::Envelope;
use crate::message::names::{nearest, quoted};
use crate::message::reply::Reply;
use crate::value::coerce::coerce;
use crate::value::raw::{Object, items, object, of_text, text};
use crate::value::row::{Row, Value};

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

/// A command that was run.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) message: String,
    pub(crate) answer: Answer,
}

/// Runs a command, or gives the answer that says why not.
pub(crate) fn run(work: &mut Work<'_>, entity: &Entity, body: &Body) -> Result<Ran, Reply> {
    let Some(key) = body.fields.get("Key").and_then(text).filter(|key| !key.is_empty()) else {
        return Err(failed("Key: is a required field".into()));
    };
    let ids = match body.fields.get("Ids") {
        None => Vec::new(),
        Some(ids) => match coerce(Kind::Ids(None), ids) {
            Ok(Some(Value::Ids(ids))) => ids,
            Ok(_) => Vec::new(),
            Err(message) => return Err(failed(format!("Ids: {message}"))),
        },
    };
    let event = format!("command {key}");
    let listens = |rule: &Rule| rule.on.iter().any(|on| on.eq_ignore_ascii_case(&event));
    let known = entity.effects.is_some_and(|effects| effects.rules.iter().any(listens));
    let general = COMMANDS.iter().find(|command| command.key.eq_ignore_ascii_case(&key) && (command.of)(entity));
    if !known && general.is_none() {
        let keys = COMMANDS.iter().map(|command| command.key).chain(keys(entity));
        let hint = nearest(&key, keys).map(|key| format!("did you mean `{key}`?"));
        let reply = failed(format!("{} has no command {}.", entity.table.name, quoted(&key)));
        return Err(match hint {
            Some(hint) => reply.hint(hint),
            None => reply,
        });
    }
    if ids.is_empty() {
        return Err(failed(format!("{key} needs at least one record: give its id in Ids.")));
    }
    if let Some(id) = ids.iter().find(|id| !work.exists((entity.at, **id))) {
        return Err(failed(format!("{} {id} could not be found.", entity.table.name)));
    }
    let mut answer = Answer::default();
    if known {
        let parameters: Vec<Object> = body
            .fields
            .get("Parameters")
            .and_then(items)
            .map_or_else(Vec::new, |items| items.into_iter().filter_map(object).collect());
        let sent = |name: &str| {
            let named =
                |parameter: &&Object| parameter.text("Name").is_some_and(|have| have.trim().eq_ignore_ascii_case(name));
            parameters.iter().find(named).and_then(|parameter| parameter.get("Value")).map(RawValue::to_owned)
        };
        for id in &ids {
            let run = Run { event: &event, this: (entity.at, *id), old: None, sent: &sent, refusal: None };
            let mut one = Answer::default();
            run.apply(work, &mut one).map_err(refused)?;
            if let (Some((all, _)), Some((more, _))) = (&mut answer.records, &mut one.records) {
                all.append(more);
            } else {
                answer = one;
            }
        }
    } else if let Some(command) = general {
        answer.value = Some(of_text(general_run(work, entity, command.key, &ids)?.to_string()));
    }
    let name = general.map_or(&*key, |command| command.name);
    Ok(Ran { message: format!("{name} was run on {} records.", ids.len()), answer })
}

/// The keys of an entity's own commands.
fn keys(entity: &Entity) -> impl Iterator<Item = &'static str> {
    let rules = entity.effects.map(|effects| effects.rules).unwrap_or_default();
    rules.iter().flat_map(|rule| rule.on).filter_map(|on| on.strip_prefix("command "))
}

/// Runs a command that any record may have: its value.
fn general_run(work: &mut Work<'_>, entity: &Entity, key: &str, ids: &[i64]) -> Result<Json, Reply> {
    let mut made = Vec::new();
    for id in ids {
        let which = (entity.at, *id);
        let Some(mut values) = work.values(which) else { continue };
        match key {
            "ARCHIVE" => {
                if let Some((flag, value)) = switch(entity) {
                    if values.get(&flag) == Some(&Value::Bool(value)) {
                        return Err(failed(format!("{} {id} is archived already.", entity.table.name)));
                    }
                    work.set(which, flag, Some(Value::Bool(value)));
                }
            }
            "DUPLICATE" => {
                let common = |which| work.catalog.common(entity, which);
                for own in [common(|at| at.unique_id), common(|at| at.system_id), common(|at| at.to_string_text)] {
                    values.remove(&own);
                }
                if let Some(title) = work.catalog.plan(entity).title
                    && let Some(Value::Text(name)) = values.get_mut(&title)
                {
                    name.push_str(" (copy)");
                }
                let copy = (entity.at, work.take_id(entity.at).ok_or_else(Reply::no_more_ids)?);
                work.put(copy, values);
                work.stamp(copy, true);
                made.push(copy.1);
                continue;
            }
            _ => {}
        }
        work.stamp(which, false);
        made.push(*id);
    }
    Ok(if let [one] = made[..] { json!({ "Id": one }) } else { json!({ "Ids": made }) })
}
