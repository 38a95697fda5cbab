//! Actions: calls outside of the pattern that all entities share, as the tables describe them. What one does, the rules
//! of the spec say.

use std::collections::BTreeMap;

use http::{Method, StatusCode};
use nexudus_core::{Action, ActionBody, Operation};
use serde_json::value::RawValue;

use crate::api::call::{self, EndpointRequest};
use crate::api::write;
use crate::catalog::entity::Entity;
use crate::effect::run::{RuleEvent, RuleOutput};
use crate::effect::work::Work;
use crate::message::body::Body;
use crate::message::envelope::{Envelope, FieldError};
use crate::message::reply::{Outcome, Reply};
use crate::state::State;
use crate::store::change::RecordKey;
use crate::value::coerce::integer;
use crate::value::raw::{Object, Raw, quote, text};

/// An action that a path means, and what stands in the variable segments of its path.
pub(crate) struct Found<'a> {
    pub(crate) action: &'static Action,
    segments: Vec<(&'static str, &'a str)>,
}

/// Finds the action that a path behind a collection means.
pub(crate) fn find<'a>(entity: &Entity, rest: &[&'a str]) -> Option<Found<'a>> {
    entity.table.actions.iter().find_map(|action| {
        let pattern: Vec<&'static str> = action.path.split('/').collect();
        let mut segments = Vec::new();
        let fits = pattern.len() == rest.len()
            && pattern.iter().zip(rest).all(|(part, segment)| {
                let variable = part.strip_prefix('{').and_then(|part| part.strip_suffix('}'));
                match variable {
                    Some(name) => segments.push((name, *segment)),
                    None => return part.eq_ignore_ascii_case(segment),
                }
                true
            });
        fits.then_some(Found { action, segments })
    })
}

/// Answers an action.
pub(crate) fn answer(state: &State, call: &EndpointRequest<'_>, found: &Found<'_>) -> Outcome {
    let action = found.action;
    let method = call.request.method();
    let reads = action.method == "GET" && *method == Method::HEAD;
    if method.as_str() != action.method && !reads {
        return Err(Reply::method_not_allowed(method, &[action.method]));
    }
    if !action.anonymous {
        call::permit_role(call, if action.safe { Operation::List } else { Operation::Update })?;
    }
    let body = match action.body {
        ActionBody::Nothing => Body::default(),
        _ => Body::read(call.request.headers(), call.request.body())?,
    };
    let sent = sent(call, found, &body)?;
    let mut store = state.write();
    let mut work = Work::new(state.view(&store), call::author(state, &call.user.email));
    let event = format!("action {}", action.name);
    let mut refusal = None;
    let about: Vec<RecordKey> = if matches!(action.body, ActionBody::Record) {
        let written = trial_write(&mut work, call.entity, &body);
        refusal = written.as_ref().err().cloned();
        vec![written.unwrap_or((call.entity.position, 0))]
    } else if found.segments.is_empty() {
        store.table(call.entity.position).rows().iter().map(|(id, _)| (call.entity.position, id)).collect()
    } else {
        vec![named(state, &work, found)?]
    };
    let sent = |name: &str| sent.get(&name.to_ascii_lowercase()).cloned();
    let mut said = RuleOutput::default();
    for this in about {
        let run = RuleEvent { event: &event, this, old: None, sent: &sent, refusal: refusal.as_deref() };
        run.apply(&mut work, &mut said).map_err(write::refused)?;
        if said.object.is_some() || said.records.is_some() {
            break;
        }
    }
    if let Some(object) = said.object {
        return Ok(Reply::json(StatusCode::OK, object.to_json()));
    }
    if matches!(action.answer, nexudus_core::ResponseContent::Object) {
        return Err(Reply::not_found());
    }
    let done = work.done();
    let said_of = state.finish(&mut store, done)?;
    let envelope = Envelope {
        status: 200,
        message: "The request was successful.".into(),
        value: call::value(state, &store, said.value, said.records, &said_of),
        updated_on: Some(said_of.author.now_text()),
        updated_by: Some(said_of.author.email.clone()),
        ..Envelope::default()
    };
    Ok(envelope.reply(StatusCode::OK))
}

/// All that a request says: its path, its query and its body, by name in lower case.
fn sent(call: &EndpointRequest<'_>, found: &Found<'_>, body: &Body) -> Result<BTreeMap<String, Raw>, Reply> {
    let mut sent: BTreeMap<String, Raw> =
        body.fields.0.iter().map(|(name, value)| (name.to_ascii_lowercase(), value.clone())).collect();
    sent.extend(call.query.iter().map(|(name, value)| (name.to_ascii_lowercase(), quote(value))));
    sent.extend(found.segments.iter().map(|(name, value)| (name.to_ascii_lowercase(), quote(value))));
    let missing = |name: &&&str| {
        let value = sent.get(&name.to_ascii_lowercase()).and_then(|value| text(value));
        value.is_none_or(|value| value.trim().is_empty())
    };
    match found.action.query.iter().find(missing) {
        Some(name) => Err(Envelope::refused(vec![FieldError::new(name, "is a required field", RawValue::NULL)])),
        None => Ok(sent),
    }
}

/// Writes a record as it would be written, into a change that is never committed; why not, if it was refused.
fn trial_write<'w>(work: &mut Work<'w>, entity: &'w Entity, body: &Body) -> Result<RecordKey, String> {
    let id = body.fields.get("Id").and_then(|id| integer(id, text(id).as_deref()));
    let written = match id.filter(|id| work.exists((entity.position, *id))) {
        Some(id) => write::update(work, entity, id, body).map(|_| id),
        None => write::create(work, entity, body).map(|created| created.id),
    };
    written.map(|id| (entity.position, id)).map_err(|reply| {
        let envelope: Option<Object> = serde_json::from_slice(&reply.body).ok();
        envelope.and_then(|envelope| envelope.text("Message")).unwrap_or_default()
    })
}

/// The record that the last variable segment of the path names. All that do have to exist.
fn named(state: &State, work: &Work<'_>, found: &Found<'_>) -> Result<RecordKey, Reply> {
    let mut last = None;
    for (name, segment) in &found.segments {
        let entity = state.catalog.entities().iter().find(|entity| entity.table.name.eq_ignore_ascii_case(name));
        let which = entity.and_then(|entity| Some((entity.position, segment.parse().ok()?)));
        last = Some(which.filter(|which| work.exists(*which)).ok_or_else(Reply::not_found)?);
    }
    last.ok_or_else(Reply::not_found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_means_an_action_whatever_its_case() {
        let catalog = crate::catalog::Catalog::new(nexudus_model::tables(), &[]);
        let with_actions = catalog.entities().iter().filter(|entity| !entity.table.actions.is_empty());
        let mut seen = 0;
        for entity in with_actions {
            for action in entity.table.actions {
                let path = action.path.replace(['{', '}'], "").to_ascii_uppercase();
                let segments: Vec<&str> = path.split('/').collect();
                assert_eq!(find(entity, &segments).unwrap().action.name, action.name);
                assert!(find(entity, &segments[1..]).is_none());
                seen += 1;
            }
        }
        assert!(seen >= 5, "{seen}");
    }
}
