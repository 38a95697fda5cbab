//! The commands and actions of an entity.

use super::found::Mention;
use super::keys::{ACTION_KEYS, COMMAND_KEYS, PARAMETER_KEYS};
use super::property::Properties;
use super::types::read_type;
use crate::names;
use crate::spec::fault::Kind;
use crate::spec::json::Node;
use crate::spec::model::{ActionSpec, Answer, Body, CommandSpec, ParameterSpec};
use crate::spec::read::{Faults, Object, Place, Rule, check_code, unknown};

pub(super) const ANSWERS: &[Answer] = &[
    Answer::Unknown,
    Answer::Nothing,
    Answer::Record,
    Answer::Records,
    Answer::Redirect,
    Answer::Text,
    Answer::Object,
];

pub(super) const BODIES: &[Body] = &[Body::Nothing, Body::Record, Body::Object];

pub(super) const METHODS: &[&str] = &["GET", "POST", "PUT", "DELETE"];

pub(super) fn read_commands(
    top: &Object<'_>,
    label: &str,
    has_commands: bool,
    properties: &mut Properties,
    mentions: &mut Vec<Mention>,
    faults: &mut Faults,
) -> Vec<CommandSpec> {
    let mut list: Vec<CommandSpec> = Vec::new();
    if top.get("known_commands").is_some() && !has_commands {
        faults.add_with(
            &top.place_of("known_commands"),
            Kind::Contradiction,
            format!("{label} has commands, but does not say so"),
            "say `\"commands\": true`",
        );
    }
    for (node, place) in top.list("known_commands", faults) {
        let Some(object) = Object::open(node, place, "the command", COMMAND_KEYS, faults) else {
            continue;
        };
        let key = object.need_name("key", &Rule::CONST, faults);
        let parameters = object
            .list("parameters", faults)
            .into_iter()
            .filter_map(|(node, place)| read_parameter(node, place, mentions, faults))
            .collect();
        let answer = object.word("answer", ANSWERS, faults).unwrap_or(Answer::Unknown);
        let unlisted = object.flag("unlisted", faults);
        let doc = object.sentence("doc", faults);
        let Some(key) = key else { continue };
        let at = object.place_of("key");
        if list.iter().any(|earlier| earlier.key == key) {
            faults.add(&at, Kind::Duplicate, format!("{label} has the command `{key}` twice"));
            continue;
        }
        properties.claim_const(&names::command(&key), &key, &at, faults);
        list.push(CommandSpec { key, parameters, answer, unlisted, doc });
    }
    list
}

pub(super) fn read_parameter(
    node: &Node,
    place: Place,
    mentions: &mut Vec<Mention>,
    faults: &mut Faults,
) -> Option<ParameterSpec> {
    let object = Object::open(node, place, "the parameter", PARAMETER_KEYS, faults)?;
    let name = object.need_text("name", faults);
    if let Some(name) = &name {
        check_code(name, "the name of the parameter", &object.place_of("name"), faults);
    }
    let also = object.texts("also", faults).into_iter().map(|(text, _)| text).collect();
    let kind = read_type(&object, "the parameter", mentions, faults);
    Some(ParameterSpec { name: name?, also, kind: kind? })
}

pub(super) fn read_actions(
    top: &Object<'_>,
    label: &str,
    properties: &mut Properties,
    faults: &mut Faults,
) -> Vec<ActionSpec> {
    let mut list: Vec<ActionSpec> = Vec::new();
    for (node, place) in top.list("actions", faults) {
        let Some(object) = Object::open(node, place, "the action", ACTION_KEYS, faults) else {
            continue;
        };
        let name = object.need_name("name", &Rule::SNAKE, faults);
        let method = object.need_text("method", faults);
        let path = object.need_text("path", faults);
        let texts = |key: &str, faults: &mut Faults| -> Vec<String> {
            object.texts(key, faults).into_iter().map(|(text, _)| text).collect()
        };
        let query = texts("query", faults);
        let body = object.word("body", BODIES, faults).unwrap_or(Body::Nothing);
        let body_keys = texts("body_keys", faults);
        let answer = object.word("answer", ANSWERS, faults).unwrap_or(Answer::Unknown);
        let answer_keys = texts("answer_keys", faults);
        let anonymous = object.flag("anonymous", faults);
        let safe = object.flag("safe", faults);
        let doc = object.sentence("doc", faults);
        let (Some(name), Some(method), Some(path)) = (name, method, path) else {
            continue;
        };
        if !METHODS.contains(&method.as_str()) {
            unknown(
                Kind::UnknownWord,
                format!("the method of the action `{name}` of {label} is `{method}`"),
                &method,
                METHODS.iter().copied(),
                &object.place_of("method"),
                faults,
            );
        }
        if !is_action_path(&path) {
            faults.add_with(
                &object.place_of("path"),
                Kind::BadName,
                format!("the path of the action `{name}` of {label} is `{path}`"),
                "write segments of letters, and names in braces: `{business}/create/{coworker}`",
            );
        }
        let at = object.place_of("name");
        if list.iter().any(|earlier| earlier.name == name || earlier.path == path && earlier.method == method) {
            faults.add(&at, Kind::Duplicate, format!("{label} has the action `{name}` at `{method} {path}` twice"));
            continue;
        }
        properties.claim_const(&names::action(&name), &name, &at, faults);
        list.push(ActionSpec { name, method, path, query, body, body_keys, answer, answer_keys, anonymous, safe, doc });
    }
    list
}

/// Segments of letters and digits, or of a name in braces.
pub(super) fn is_action_path(path: &str) -> bool {
    path.split('/').all(|segment| {
        let name = segment.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')).unwrap_or(segment);
        !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric())
    })
}
