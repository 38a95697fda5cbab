//! The commands and actions of an entity.

use super::found::Mention;
use super::keys::{ACTION_KEYS, COMMAND_KEYS, PARAMETER_KEYS};
use super::property::Properties;
use super::types::read_type;
use crate::names;
use crate::spec::diagnostic::DiagnosticKind;
use crate::spec::json::Node;
use crate::spec::model::{ActionSpec, Body, CommandSpec, ParameterSpec, ResponseContent};
use crate::spec::read::{Diagnostics, Object, Rule, SourceLocation, check_code, unknown};

pub(super) const ANSWERS: &[ResponseContent] = &[
    ResponseContent::Unknown,
    ResponseContent::Nothing,
    ResponseContent::Record,
    ResponseContent::Records,
    ResponseContent::Redirect,
    ResponseContent::Text,
    ResponseContent::Object,
];

pub(super) const BODIES: &[Body] = &[Body::Nothing, Body::Record, Body::Object];

pub(super) const METHODS: &[&str] = &["GET", "POST", "PUT", "DELETE"];

pub(super) fn read_commands(
    top: &Object<'_>,
    label: &str,
    has_commands: bool,
    properties: &mut Properties,
    mentions: &mut Vec<Mention>,
    diagnostics: &mut Diagnostics,
) -> Vec<CommandSpec> {
    let mut list: Vec<CommandSpec> = Vec::new();
    if top.get("known_commands").is_some() && !has_commands {
        diagnostics.add_with(
            &top.place_of("known_commands"),
            DiagnosticKind::Contradiction,
            format!("{label} has commands, but does not say so"),
            "say `\"commands\": true`",
        );
    }
    for (node, place) in top.list("known_commands", diagnostics) {
        let Some(object) = Object::open(node, place, "the command", COMMAND_KEYS, diagnostics) else {
            continue;
        };
        let key = object.need_name("key", &Rule::CONST, diagnostics);
        let parameters = object
            .list("parameters", diagnostics)
            .into_iter()
            .filter_map(|(node, place)| read_parameter(node, place, mentions, diagnostics))
            .collect();
        let answer = object.word("answer", ANSWERS, diagnostics).unwrap_or(ResponseContent::Unknown);
        let unlisted = object.flag("unlisted", diagnostics);
        let doc = object.sentence("doc", diagnostics);
        let Some(key) = key else { continue };
        let at = object.place_of("key");
        if list.iter().any(|earlier| earlier.key == key) {
            diagnostics.add(&at, DiagnosticKind::Duplicate, format!("{label} has the command `{key}` twice"));
            continue;
        }
        properties.claim_const(&names::command(&key), &key, &at, diagnostics);
        list.push(CommandSpec { key, parameters, answer, unlisted, doc });
    }
    list
}

pub(super) fn read_parameter(
    node: &Node,
    place: SourceLocation,
    mentions: &mut Vec<Mention>,
    diagnostics: &mut Diagnostics,
) -> Option<ParameterSpec> {
    let object = Object::open(node, place, "the parameter", PARAMETER_KEYS, diagnostics)?;
    let name = object.need_text("name", diagnostics);
    if let Some(name) = &name {
        check_code(name, "the name of the parameter", &object.place_of("name"), diagnostics);
    }
    let also = object.texts("also", diagnostics).into_iter().map(|(text, _)| text).collect();
    let kind = read_type(&object, "the parameter", mentions, diagnostics);
    Some(ParameterSpec { name: name?, also, kind: kind? })
}

pub(super) fn read_actions(
    top: &Object<'_>,
    label: &str,
    properties: &mut Properties,
    diagnostics: &mut Diagnostics,
) -> Vec<ActionSpec> {
    let mut list: Vec<ActionSpec> = Vec::new();
    for (node, place) in top.list("actions", diagnostics) {
        let Some(object) = Object::open(node, place, "the action", ACTION_KEYS, diagnostics) else {
            continue;
        };
        let name = object.need_name("name", &Rule::SNAKE, diagnostics);
        let method = object.need_text("method", diagnostics);
        let path = object.need_text("path", diagnostics);
        let texts = |key: &str, diagnostics: &mut Diagnostics| -> Vec<String> {
            object.texts(key, diagnostics).into_iter().map(|(text, _)| text).collect()
        };
        let query = texts("query", diagnostics);
        let body = object.word("body", BODIES, diagnostics).unwrap_or(Body::Nothing);
        let body_keys = texts("body_keys", diagnostics);
        let answer = object.word("answer", ANSWERS, diagnostics).unwrap_or(ResponseContent::Unknown);
        let answer_keys = texts("answer_keys", diagnostics);
        let anonymous = object.flag("anonymous", diagnostics);
        let safe = object.flag("safe", diagnostics);
        let doc = object.sentence("doc", diagnostics);
        let (Some(name), Some(method), Some(path)) = (name, method, path) else {
            continue;
        };
        if !METHODS.contains(&method.as_str()) {
            unknown(
                DiagnosticKind::UnknownWord,
                format!("the method of the action `{name}` of {label} is `{method}`"),
                &method,
                METHODS.iter().copied(),
                &object.place_of("method"),
                diagnostics,
            );
        }
        if !is_action_path(&path) {
            diagnostics.add_with(
                &object.place_of("path"),
                DiagnosticKind::BadName,
                format!("the path of the action `{name}` of {label} is `{path}`"),
                "write segments of letters, and names in braces: `{business}/create/{coworker}`",
            );
        }
        let at = object.place_of("name");
        if list.iter().any(|earlier| earlier.name == name || earlier.path == path && earlier.method == method) {
            diagnostics.add(
                &at,
                DiagnosticKind::Duplicate,
                format!("{label} has the action `{name}` at `{method} {path}` twice"),
            );
            continue;
        }
        properties.claim_const(&names::action(&name), &name, &at, diagnostics);
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
