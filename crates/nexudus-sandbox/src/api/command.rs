//! Commands: what can be done to records besides the verbs.
//!
//! The tables name the commands of the service that programs ran, and the rules of the spec say what they do. No
//! source lists all of them, so the sandbox has three more that make sense for any record.

use http::StatusCode;
use nexudus_core::{CommandFacts, Kind, Operation};
use serde_json::Value as Json;
use serde_json::json;
use serde_json::value::RawValue;

use crate::api::write::refused;
use crate::catalog::common;
use crate::catalog::entity::Entity;
use crate::catalog::rule::Rule;
use crate::effect::run::{RuleEvent, RuleOutput};
use crate::effect::work::Work;
use crate::message::body::Body;
use crate::message::envelope::Envelope;
use crate::message::names::{nearest, quoted};
use crate::message::reply::Reply;
use crate::value::coerce::coerce;
use crate::value::position::FieldPosition;
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
fn switch(entity: &Entity) -> Option<(FieldPosition, bool)> {
    [("Archived", true), ("Active", false)].into_iter().find_map(|(name, value)| {
        let flag = entity.field_position(name)?;
        (entity.field(flag)?.kind == Kind::Bool).then_some((flag, value))
    })
}

/// The commands of an entity, or of one record.
pub(crate) fn discover(entity: &Entity, record: Option<(i64, &Row)>) -> Reply {
    let (id, row) = (record.map(|(id, _)| id), record.map(|(_, row)| row));
    let archived = |row: &Row| switch(entity).is_some_and(|(at, value)| row.flag(at) == value);
    let general = COMMANDS.iter().filter(|command| (command.of)(entity));
    let general = general.filter(|command| !(command.key == "ARCHIVE" && row.is_some_and(archived)));
    let general = general.map(|command| (command.key, command.name.to_owned(), command.icon, Vec::new()));
    // The service leaves some out that work.
    let known = entity.table.known_commands.iter().filter(|command| !command.unlisted);
    let known = known.map(|command| {
        let parameters = command.parameters.iter().map(|parameter| {
            let name = id.map_or_else(|| parameter.name.to_owned(), |id| with_id(parameter.name, id));
            json!({ "Name": name, "Type": type_name(parameter.kind) })
        });
        (command.key, name_of(command.key), "bolt", parameters.collect())
    });
    let list: Vec<Json> = (1..)
        .zip(known.chain(general))
        .map(|(order, (key, name, icon, parameters))| {
            json!({
                "Key": key,
                "Name": name,
                "AppliesOnlyToMultipleEntities": false,
                "AppliesOnlyToOneEntity": false,
                "AppliesOnlyToTwoEntities": false,
                "NeedsEntitiesToRun": true,
                "Order": order,
                "RequiresParameters": parameters,
                "DisplayInDropdown": true,
                "DisplayInDropdownV2": true,
                "DisplayInGrid": false,
                "Icon": icon,
            })
        })
        .collect();
    Reply::value(StatusCode::OK, &Json::Array(list))
}

/// A parameter's name for one record: some hold its id.
fn with_id(name: &str, id: i64) -> String {
    name.replace("{Id}", &id.to_string())
}

/// What discovery calls the type of a parameter.
fn type_name(kind: Kind) -> &'static str {
    match kind {
        Kind::Bool => "Boolean",
        Kind::Enum(table) => table.name,
        Kind::Int | Kind::Id(_) => "Int",
        Kind::Decimal => "Decimal",
        Kind::DateTime | Kind::Civil => "DateTime",
        _ => "Text",
    }
}

/// A command's name, made of its key.
fn name_of(key: &str) -> String {
    let words = key.to_lowercase().replace('_', " ");
    let mut letters = words.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

/// A command that was refused: HTTP 200, and the reason in the body.
fn failed(message: String) -> Reply {
    Envelope { status: 500, message, ..Envelope::default() }.reply(StatusCode::OK)
}

/// A command that was run.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) message: String,
    pub(crate) answer: RuleOutput,
    pub(crate) hints: Vec<String>,
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
    let facts = entity.table.known_commands.iter().find(|command| command.key.eq_ignore_ascii_case(&key));
    let parameters: Vec<Object> = body
        .fields
        .get("Parameters")
        .and_then(items)
        .map_or_else(Vec::new, |items| items.into_iter().filter_map(object).collect());
    let hints = facts.map_or_else(|| Ok(Vec::new()), |facts| check_parameters(facts, &parameters, &ids))?;
    let event = format!("command {key}");
    let listens = |rule: &Rule| rule.on.iter().any(|on| on.eq_ignore_ascii_case(&event));
    let known = facts.is_some() || entity.effects.is_some_and(|effects| effects.rules.iter().any(listens));
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
    if let Some(id) = ids.iter().find(|id| !work.exists((entity.position, **id))) {
        return Err(failed(format!("{} {id} could not be found.", entity.table.name)));
    }
    let mut answer = RuleOutput::default();
    if known {
        let sent = |name: &str| {
            let also = facts.and_then(|facts| facts.parameters.iter().find(|parameter| parameter.name == name));
            let also = also.map(|parameter| parameter.also).unwrap_or_default();
            let named = |parameter: &&Object| {
                let mut names = std::iter::once(name).chain(also.iter().copied());
                parameter.text("Name").is_some_and(|have| names.any(|name| have.trim().eq_ignore_ascii_case(name)))
            };
            parameters.iter().find(named).and_then(|parameter| parameter.get("Value")).map(RawValue::to_owned)
        };
        for id in &ids {
            let run = RuleEvent { event: &event, this: (entity.position, *id), old: None, sent: &sent, refusal: None };
            let mut one = RuleOutput::default();
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
    Ok(Ran { message: format!("{name} was run on {} records.", ids.len()), answer, hints })
}

/// Checks the parameters of a known command against their kinds. What nobody knows is taken, with a hint.
fn check_parameters(facts: &CommandFacts, parameters: &[Object], ids: &[i64]) -> Result<Vec<String>, Reply> {
    let mut hints = Vec::new();
    for parameter in parameters {
        let name = parameter.text("Name").unwrap_or_default();
        let is = |known: &str| {
            name.trim().eq_ignore_ascii_case(known)
                || ids.iter().any(|id| name.trim().eq_ignore_ascii_case(&with_id(known, *id)))
        };
        let known = facts.parameters.iter().find(|known| is(known.name) || known.also.iter().any(|also| is(also)));
        let Some(known) = known else {
            let near = nearest(&name, facts.parameters.iter().map(|known| known.name));
            let near = near.map(|near| format!(", did you mean `{near}`?")).unwrap_or_default();
            if hints.len() < 8 {
                hints.push(format!("{} has no known parameter {}{near}", facts.key, quoted(&name)));
            }
            continue;
        };
        if let Some(value) = parameter.get("Value")
            && let Err(message) = coerce(known.kind, value)
        {
            return Err(failed(format!("{name}: {message}")));
        }
    }
    Ok(hints)
}

/// The keys of an entity's own commands.
fn keys(entity: &Entity) -> impl Iterator<Item = &'static str> {
    let rules = entity.effects.map(|effects| effects.rules).unwrap_or_default();
    let ruled = rules.iter().flat_map(|rule| rule.on).filter_map(|on| on.strip_prefix("command "));
    entity.table.known_commands.iter().map(|command| command.key).chain(ruled)
}

/// Runs a command that any record may have: its value.
fn general_run(work: &mut Work<'_>, entity: &Entity, key: &str, ids: &[i64]) -> Result<Json, Reply> {
    let mut made = Vec::new();
    for id in ids {
        let which = (entity.position, *id);
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
                for own in [common::UNIQUE_ID, common::SYSTEM_ID, common::TO_STRING_TEXT] {
                    values.remove(&entity.common(own));
                }
                if let Some(title) = work.view.catalog.plan(entity).title
                    && let Some(Value::Text(name)) = values.get_mut(&title)
                {
                    name.push_str(" (copy)");
                }
                let copy = (entity.position, work.take_id(entity.position).ok_or_else(Reply::no_more_ids)?);
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
