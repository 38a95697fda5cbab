//! `spec/api.json`: the service as a whole.

use std::collections::BTreeMap;

use super::found::{Mention, OPERATIONS, ReadApi, head};
use super::keys::{API_KEYS, ENVELOPE_KEYS, PAGING_KEYS, ROLE_KEYS, SECTION_KEYS, UNPLACED_KEYS};
use super::property::Properties;
use crate::hash;
use crate::names;
use crate::spec::diagnostic::DiagnosticKind;
use crate::spec::json::{Node, Value};
use crate::spec::model::{Api, Envelopes, Paging, Section, Type, Unplaced, Words};
use crate::spec::read::{Diagnostics, Object, Rule, SourceLocation};

/// Modules that the model crate has besides one a section.
pub(super) const MODULES: &[&str] =
    &["core", "enums", "find", "placeholders", "prelude", "tables", "unplaced", "webhooks", "well_known"];

pub(super) fn read_api(root: &Node, diagnostics: &mut Diagnostics) -> Option<ReadApi> {
    let top = Object::open(root, SourceLocation::file("spec/api.json"), "the service", API_KEYS, diagnostics)?;
    head(&top, "schema/api.json", diagnostics);
    let service = top.need_text("service", diagnostics).unwrap_or_default();
    let base = top.need_text("base", diagnostics).unwrap_or_default();
    let notes = top.sentences("notes", diagnostics);

    let mut sections: Vec<Section> = Vec::new();
    top.need("sections", diagnostics);
    for (node, place) in top.list("sections", diagnostics) {
        let Some(object) = Object::open(node, place, "the section", SECTION_KEYS, diagnostics) else {
            continue;
        };
        let name = object.need_name("name", &Rule::SEGMENT, diagnostics);
        let doc = object.need_sentence("doc", diagnostics).unwrap_or_default();
        let Some(name) = name else { continue };
        if MODULES.contains(&name.as_str()) || names::is_keyword(&name) {
            diagnostics.add(
                &object.place_of("name"),
                DiagnosticKind::BadName,
                format!("the section `{name}` can't be a module of that name in Rust"),
            );
        }
        if sections.iter().any(|section| section.name == name) {
            diagnostics.add(&object.place, DiagnosticKind::Duplicate, format!("the section `{name}` stands twice"));
        }
        sections.push(Section { name, doc });
    }
    sections.sort_by(|a, b| a.name.cmp(&b.name));

    let mut roles = BTreeMap::new();
    top.need("roles", diagnostics);
    if let Some((node, place)) = top.get("roles")
        && let Some(object) = Object::open(node, place, "`roles`", ROLE_KEYS, diagnostics)
    {
        for operation in OPERATIONS {
            if let Some(text) = object.need_text(operation.word(), diagnostics) {
                roles.insert(*operation, text);
            }
        }
    }

    let mut mentions = Vec::new();
    top.need("common", diagnostics);
    let mut common = Properties::default();
    for (node, place) in top.list("common", diagnostics) {
        common.read(node, place, None, &mut mentions, diagnostics);
    }
    for (property, place) in common.list.iter().zip(&common.places) {
        // Common is one struct for all entities, in a crate that knows neither entities nor enumerations.
        if matches!(property.kind, Type::Id(_) | Type::Ids(_) | Type::Enum(_)) {
            diagnostics.add(
                place,
                DiagnosticKind::Contradiction,
                format!("the common property `{}` can't be of type `{}`", property.name, property.kind.word()),
            );
        }
    }

    let paging = read_paging(&top, diagnostics);
    let envelopes = read_envelopes(&top, diagnostics);

    let mut unplaced = Vec::new();
    let mut unplaced_at = Vec::new();
    top.need("unplaced", diagnostics);
    for (node, place) in top.list("unplaced", diagnostics) {
        let Some(object) = Object::open(node, place, "the entity without a section", UNPLACED_KEYS, diagnostics) else {
            continue;
        };
        let entity = object.need_name("entity", &Rule::TYPE, diagnostics);
        let plural = object.need_name("plural", &Rule::SEGMENT, diagnostics);
        let why = object.need_sentence("why", diagnostics);
        if let (Some(entity), Some(plural), Some(why)) = (entity, plural, why) {
            unplaced.push(Unplaced { entity, plural, why });
            unplaced_at.push(object.place);
        }
    }

    let mut well_known = BTreeMap::new();
    let mut well_known_at = Vec::new();
    top.need("well_known", diagnostics);
    if let Some((node, place)) = top.get("well_known") {
        match &node.value {
            Value::Object(members) => {
                for member in members {
                    let place = place.below(&member.key, member.node.at);
                    if !Rule::SNAKE.check(&member.key, "a part in `well_known`", &place, diagnostics) {
                        continue;
                    }
                    let Value::Text(entity) = &member.node.value else {
                        diagnostics.add(
                            &place,
                            DiagnosticKind::WrongType,
                            format!(
                                "`{}` of `well_known` must be a string, found {}",
                                member.key,
                                member.node.value.kind()
                            ),
                        );
                        continue;
                    };
                    if well_known.insert(member.key.clone(), entity.clone()).is_some() {
                        diagnostics.add(
                            &place,
                            DiagnosticKind::DuplicateKey,
                            format!("`well_known` has the key `{}` twice", member.key),
                        );
                    } else {
                        well_known_at.push(place);
                    }
                }
            }
            other => diagnostics.add(
                &place,
                DiagnosticKind::WrongType,
                format!("`well_known` of the service must be an object, found {}", other.kind()),
            ),
        }
    }
    // The map is sorted by key; its places follow.
    well_known_at.sort_by(|a, b| a.pointer.cmp(&b.pointer));

    let mut webhooks = BTreeMap::new();
    if let Some((node, place)) = top.get("webhooks") {
        let Value::Object(members) = &node.value else {
            let what = format!("`webhooks` of the service must be an object, found {}", node.value.kind());
            diagnostics.add(&place, DiagnosticKind::WrongType, what);
            return None;
        };
        for member in members {
            let place = place.below(&member.key, member.node.at);
            let entity = match &member.node.value {
                Value::Text(entity) => Some(entity.clone()),
                Value::Null => None,
                other => {
                    let what =
                        format!("`{}` of `webhooks` must be a string or null, found {}", member.key, other.kind());
                    diagnostics.add(&place, DiagnosticKind::WrongType, what);
                    continue;
                }
            };
            if let Some(entity) = &entity {
                mentions.push(Mention::Entity(entity.clone(), place.clone()));
            }
            if webhooks.insert(member.key.clone(), entity).is_some() {
                diagnostics.add(
                    &place,
                    DiagnosticKind::DuplicateKey,
                    format!("`webhooks` has the key `{}` twice", member.key),
                );
            }
        }
    }

    Some(ReadApi {
        spec: Api {
            hash: hash::text(&root.value.to_string()),
            service,
            base,
            notes,
            sections,
            roles,
            common: common.list,
            paging,
            envelopes,
            unplaced,
            well_known,
            webhooks,
        },
        unplaced_at,
        well_known_at,
        mentions,
    })
}

pub(super) fn read_paging(top: &Object<'_>, diagnostics: &mut Diagnostics) -> Paging {
    top.need("paging", diagnostics);
    let Some((node, place)) = top.get("paging") else {
        return Paging::default();
    };
    let Some(object) = Object::open(node, place, "`paging`", PAGING_KEYS, diagnostics) else {
        return Paging::default();
    };
    let mut text = |key| object.need_text(key, diagnostics).unwrap_or_default();
    let [page, size, order, direction] = ["page", "size", "order", "direction"].map(&mut text);
    let mut number = |key| object.need_int(key, diagnostics).unwrap_or_default();
    let [ascending, descending, default_size, max_size] =
        ["ascending", "descending", "default_size", "max_size"].map(&mut number);
    Paging { page, size, order, direction, ascending, descending, default_size, max_size }
}

pub(super) fn read_envelopes(top: &Object<'_>, diagnostics: &mut Diagnostics) -> Envelopes {
    top.need("envelopes", diagnostics);
    let Some((node, place)) = top.get("envelopes") else {
        return Envelopes::default();
    };
    let Some(object) = Object::open(node, place, "`envelopes`", ENVELOPE_KEYS, diagnostics) else {
        return Envelopes::default();
    };
    let [page, write, error] = ["page", "write", "error"].map(|key| {
        object.need(key, diagnostics);
        let mut keys: Vec<String> = Vec::new();
        for (text, place) in object.texts(key, diagnostics) {
            if keys.contains(&text) {
                diagnostics.add(&place, DiagnosticKind::Duplicate, format!("the envelope `{key}` has `{text}` twice"));
            } else {
                keys.push(text);
            }
        }
        keys
    });
    Envelopes { page, write, error }
}
