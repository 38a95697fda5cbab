//! `spec/effects.json`: what writes, deletes, commands and actions set off, as rules.
//!
//! The sandbox interprets them. Names of entities and properties are checked here, so that a slip comes back with its
//! place and not as a rule that does nothing.

use std::collections::BTreeMap;

use super::diagnostic::DiagnosticKind;
use super::expr;
use super::json::{Node, Value};
use super::model::{EntitySpec, Property, Type};
use super::read::{Diagnostics, Object, SourceLocation};
use super::rules::{Act, Children, Effects, EntityEffects, Expr, Rule, Scope};
use crate::hash;
use crate::names;

/// Keys of `spec/effects.json`.
pub const EFFECTS_KEYS: &[&str] = &["$schema", "entities"];
/// Keys of an entity's effects.
pub const ENTITY_EFFECTS_KEYS: &[&str] = &[
    "called",
    "gone",
    "saved_twice",
    "ignores_filters",
    "fails_without",
    "blank",
    "shown",
    "children",
    "lists",
    "rules",
];
/// Keys of inline children.
pub const CHILDREN_KEYS: &[&str] = &["property", "of", "shown", "answer"];
/// Keys of a rule.
pub const RULE_KEYS: &[&str] = &[
    "on", "for", "where", "refuse", "status", "make", "copy", "as", "set", "fill", "delete", "hide", "quiet", "late",
    "series", "answer", "redirect", "object", "doc",
];
/// Keys of a series.
pub const SERIES_KEYS: &[&str] = &["from", "to", "cycle", "every", "until"];

/// The keys that say what a rule does; each rule has one, but for `set` beside `make`.
const ACTS: &[&str] = &["refuse", "set", "fill", "make", "delete", "hide", "series", "answer", "redirect", "object"];
/// When a rule applies, besides commands and actions.
const EVENTS: &[&str] = &["create", "update", "delete", "delete hidden"];

/// All that names are looked up in.
struct Names<'a> {
    entities: BTreeMap<&'a str, &'a EntitySpec>,
    common: &'a [Property],
}

impl Names<'_> {
    fn property(&self, entity: &str, name: &str) -> Option<&Property> {
        let own = self.entities.get(entity)?.properties.iter();
        own.chain(self.common).find(|property| property.name == name)
    }

    fn need_entity(&self, name: &str, place: &SourceLocation, diagnostics: &mut Diagnostics) -> bool {
        if self.entities.contains_key(name) {
            return true;
        }
        let what = format!("there is no entity `{name}`");
        match names::nearest(name, self.entities.keys().copied()) {
            Some(near) => {
                diagnostics.add_with(place, DiagnosticKind::UnknownEntity, what, format!("did you mean `{near}`?"));
            }
            None => diagnostics.add(place, DiagnosticKind::UnknownEntity, what),
        }
        false
    }

    fn need(&self, entity: &str, name: &str, place: &SourceLocation, diagnostics: &mut Diagnostics) -> bool {
        let Some(spec) = self.entities.get(entity) else { return false };
        if self.property(entity, name).is_some() {
            return true;
        }
        let what = format!("{entity} has no property `{name}`");
        let known = spec.properties.iter().chain(self.common).map(|property| property.name.as_str());
        match names::nearest(name, known) {
            Some(near) => {
                diagnostics.add_with(place, DiagnosticKind::UnknownWord, what, format!("did you mean `{near}`?"));
            }
            None => diagnostics.add(place, DiagnosticKind::UnknownWord, what),
        }
        false
    }
}

/// What names in an expression stand for: `this`, the record at hand, and what was made before.
struct Scopes<'a> {
    this: &'a str,
    here: &'a str,
    made: &'a BTreeMap<String, String>,
}

/// Reads the file.
pub(super) fn read(
    root: &Node,
    entities: &[EntitySpec],
    common: &[Property],
    diagnostics: &mut Diagnostics,
) -> Effects {
    let place = SourceLocation::file("spec/effects.json");
    let names = Names { entities: entities.iter().map(|entity| (entity.name.as_str(), entity)).collect(), common };
    let mut effects = Effects { hash: hash::text(&root.value.to_string()), entities: BTreeMap::new() };
    let Some(top) = Object::open(root, place, "the effects", EFFECTS_KEYS, diagnostics) else { return effects };
    top.need("entities", diagnostics);
    let Some((node, place)) = top.get("entities") else { return effects };
    let Value::Object(members) = &node.value else {
        diagnostics.add(
            &place,
            DiagnosticKind::WrongType,
            format!("`entities` must be an object, found {}", node.value.kind()),
        );
        return effects;
    };
    for member in members {
        let place = place.below(&member.key, member.at);
        if !names.need_entity(&member.key, &place, diagnostics) {
            continue;
        }
        let what = format!("what is known of {}", member.key);
        let Some(object) = Object::open(&member.node, place.clone(), &what, ENTITY_EFFECTS_KEYS, diagnostics) else {
            continue;
        };
        let read = entity(&object, &member.key, &names, diagnostics);
        if effects.entities.insert(member.key.clone(), read).is_some() {
            diagnostics.add(
                &place,
                DiagnosticKind::DuplicateKey,
                format!("`entities` has the key `{}` twice", member.key),
            );
        }
    }
    effects
}

fn entity(object: &Object<'_>, name: &str, names: &Names<'_>, diagnostics: &mut Diagnostics) -> EntityEffects {
    let mut read = EntityEffects {
        called: object.text("called", diagnostics),
        saved_twice: object.flag("saved_twice", diagnostics),
        ignores_filters: object.flag("ignores_filters", diagnostics),
        ..EntityEffects::default()
    };
    if object.has("gone") {
        read.gone = object.need_int("gone", diagnostics).and_then(|status| u16::try_from(status).ok());
        if read.gone != Some(500) {
            diagnostics.add(&object.place_of("gone"), DiagnosticKind::WrongType, "`gone` must be 500");
        }
    }
    for (property, place) in object.texts("fails_without", diagnostics) {
        if names.need(name, &property, &place, diagnostics) {
            read.fails_without.push(property);
        }
    }
    for (node, place) in object.list("children", diagnostics) {
        let Some(child) = Object::open(node, place, "inline children", CHILDREN_KEYS, diagnostics) else { continue };
        let Some(property) = child.need_text("property", diagnostics) else { continue };
        let Some(of) = child.need_text("of", diagnostics) else { continue };
        let shown = child.text("shown", diagnostics).unwrap_or_else(|| property.clone());
        for property in [&property, &shown] {
            names.need(name, property, &child.place, diagnostics);
        }
        if let Some((entity, relation)) = pointing(&of, &child.place_of("of"), names, diagnostics) {
            let answer = child.flag("answer", diagnostics);
            read.children.push(Children { property, entity, relation, shown, answer });
        }
    }
    let none = BTreeMap::new();
    let scopes = Scopes { this: name, here: name, made: &none };
    read.lists = sets(object, "lists", &scopes, names, diagnostics);
    read.shown = sets(object, "shown", &scopes, names, diagnostics);
    if let Some((node, place)) = object.get("blank") {
        if let Value::Object(members) = &node.value {
            for member in members {
                let place = place.below(&member.key, member.at);
                if names.need(name, &member.key, &place, diagnostics) {
                    read.blank.push((member.key.clone(), member.node.value.to_string()));
                }
            }
        } else {
            diagnostics.add(
                &place,
                DiagnosticKind::WrongType,
                format!("`blank` must be an object, found {}", node.value.kind()),
            );
        }
    }
    let mut made: BTreeMap<String, String> = BTreeMap::new();
    for (node, place) in object.list("rules", diagnostics) {
        let Some(object) = Object::open(node, place, "a rule", RULE_KEYS, diagnostics) else { continue };
        read.rules.extend(rule(&object, name, &mut made, names, diagnostics));
    }
    read
}

fn rule(
    object: &Object<'_>,
    this: &str,
    made: &mut BTreeMap<String, String>,
    names: &Names<'_>,
    diagnostics: &mut Diagnostics,
) -> Option<Rule> {
    object.need("on", diagnostics);
    let on = match object.get("on") {
        Some((Node { value: Value::List(_), .. }, _)) => object.texts("on", diagnostics),
        Some((_, place)) => object.text("on", diagnostics).map(|text| (text, place)).into_iter().collect(),
        None => Vec::new(),
    };
    for (event, place) in &on {
        let more =
            ["command ", "action "].iter().any(|what| event.strip_prefix(what).is_some_and(|key| !key.is_empty()));
        if !(more || EVENTS.contains(&event.as_str())) {
            let help = "give create, update, delete, `delete hidden`, `command KEY` or `action NAME`";
            diagnostics.add_with(place, DiagnosticKind::UnknownWord, format!("nothing is called `{event}`"), help);
        }
    }
    let (scope, here) = match object.text("for", diagnostics) {
        None => (Scope::This, this.to_owned()),
        Some(text) => {
            let place = object.place_of("for");
            if text.contains('.') {
                let (entity, property) = pointing(&text, &place, names, diagnostics)?;
                (Scope::Pointing(entity.clone(), property), entity)
            } else if let Some(entity) = made.get(&text) {
                (Scope::Made(text.clone()), entity.clone())
            } else {
                names.need(this, &text, &place, diagnostics).then_some(())?;
                let Some(Type::Id(target)) = names.property(this, &text).map(|property| &property.kind) else {
                    diagnostics.add(&place, DiagnosticKind::WrongType, format!("`{text}` of {this} is not a relation"));
                    return None;
                };
                (Scope::Relation(text), target.clone())
            }
        }
    };
    let acts: Vec<&str> = ACTS.iter().copied().filter(|act| object.has(act)).collect();
    let one = acts.len() == 1 || acts == ["set", "make"] || acts == ["set", "answer"];
    if !one {
        diagnostics.add_with(
            &object.place,
            DiagnosticKind::Contradiction,
            format!("a rule does one thing, this one does {}", acts.len()),
            format!("what a rule can do is {}", ACTS.join(", ")),
        );
        return None;
    }
    let made_now = made.clone();
    let scopes = Scopes { this, here: &here, made: &made_now };
    let filter = expression(object, "where", &scopes, names, diagnostics);
    let act = act(object, acts.last()?, &scopes, made, names, diagnostics)?;
    let (quiet, late) = (object.flag("quiet", diagnostics), object.flag("late", diagnostics));
    Some(Rule { on: on.into_iter().map(|(event, _)| event).collect(), scope, filter, act, quiet, late })
}

fn act(
    object: &Object<'_>,
    what: &str,
    scopes: &Scopes<'_>,
    made: &mut BTreeMap<String, String>,
    names: &Names<'_>,
    diagnostics: &mut Diagnostics,
) -> Option<Act> {
    Some(match what {
        "refuse" => {
            let status = if object.has("status") { object.need_int("status", diagnostics)? } else { 400 };
            let Some(status) = u16::try_from(status).ok().filter(|status| [200, 400, 405, 500].contains(status)) else {
                diagnostics.add(
                    &object.place_of("status"),
                    DiagnosticKind::WrongType,
                    "`status` must be 200, 400, 405 or 500",
                );
                return None;
            };
            Act::Refuse { text: object.need_text("refuse", diagnostics)?, status }
        }
        "set" => Act::Set(sets(object, "set", scopes, names, diagnostics)),
        "fill" => Act::Fill(sets(object, "fill", scopes, names, diagnostics)),
        "make" => {
            let entity = object.need_text("make", diagnostics)?;
            names.need_entity(&entity, &object.place_of("make"), diagnostics).then_some(())?;
            let name = object.text("as", diagnostics).unwrap_or_else(|| "made".to_owned());
            made.insert(name.clone(), entity.clone());
            let mut set = Vec::new();
            for (property, expr, place) in pairs(object, "set", scopes, names, diagnostics) {
                if names.need(&entity, &property, &place, diagnostics) {
                    set.push((property, expr));
                }
            }
            Act::Make { entity, copy: object.flag("copy", diagnostics), name, set }
        }
        "delete" => {
            object.flag("delete", diagnostics).then_some(())?;
            Act::Delete
        }
        "hide" => {
            object.flag("hide", diagnostics).then_some(())?;
            Act::Hide
        }
        "series" => {
            let (node, place) = object.get("series")?;
            let series = Object::open(node, place, "a series", SERIES_KEYS, diagnostics)?;
            let mut property = |key: &str| {
                let name = series.need_text(key, diagnostics)?;
                names.need(scopes.this, &name, &series.place_of(key), diagnostics).then_some(name)
            };
            Act::Series {
                from: property("from")?,
                to: property("to")?,
                cycle: property("cycle")?,
                every: property("every")?,
                until: property("until")?,
            }
        }
        "answer" => {
            let text = object.need_text("answer", diagnostics)?;
            let name = text.strip_suffix("[]").unwrap_or(&text);
            if name != "this" && !made.contains_key(name) {
                diagnostics.add(
                    &object.place_of("answer"),
                    DiagnosticKind::UnknownWord,
                    format!("no rule above makes `{name}`"),
                );
                return None;
            }
            let entity = made.get(name).map_or(scopes.this, String::as_str);
            let scopes = Scopes { here: entity, ..*scopes };
            let set = sets(object, "set", &scopes, names, diagnostics);
            Act::Answer { name: name.to_owned(), list: name.len() < text.len(), set }
        }
        "redirect" => Act::Redirect(expression(object, "redirect", scopes, names, diagnostics)?),
        _ => {
            let pairs = pairs(object, "object", scopes, names, diagnostics);
            Act::Object(pairs.into_iter().map(|(key, expr, _)| (key, expr)).collect())
        }
    })
}

/// `Entity.Property`.
fn pointing(
    text: &str,
    place: &SourceLocation,
    names: &Names<'_>,
    diagnostics: &mut Diagnostics,
) -> Option<(String, String)> {
    let Some((entity, property)) = text.split_once('.') else {
        diagnostics.add(
            place,
            DiagnosticKind::BadName,
            format!("`{text}` must be an entity and its relation, such as Booking.ResourceId"),
        );
        return None;
    };
    let known = names.need_entity(entity, place, diagnostics) && names.need(entity, property, place, diagnostics);
    known.then(|| (entity.to_owned(), property.to_owned()))
}

/// Properties and what they become.
fn sets(
    object: &Object<'_>,
    key: &str,
    scopes: &Scopes<'_>,
    names: &Names<'_>,
    diagnostics: &mut Diagnostics,
) -> Vec<(String, Expr)> {
    let mut found = Vec::new();
    for (property, expr, place) in pairs(object, key, scopes, names, diagnostics) {
        if names.need(scopes.here, &property, &place, diagnostics) {
            found.push((property, expr));
        }
    }
    found
}

fn pairs(
    object: &Object<'_>,
    key: &str,
    scopes: &Scopes<'_>,
    names: &Names<'_>,
    diagnostics: &mut Diagnostics,
) -> Vec<(String, Expr, SourceLocation)> {
    let Some((node, place)) = object.get(key) else { return Vec::new() };
    let Value::Object(members) = &node.value else {
        diagnostics.add(
            &place,
            DiagnosticKind::WrongType,
            format!("`{key}` must be an object, found {}", node.value.kind()),
        );
        return Vec::new();
    };
    let mut found: Vec<(String, Expr, SourceLocation)> = Vec::new();
    for member in members {
        let place = place.below(&member.key, member.node.at);
        if found.iter().any(|(earlier, ..)| *earlier == member.key) {
            diagnostics.add(
                &place,
                DiagnosticKind::DuplicateKey,
                format!("`{key}` has the key `{}` twice", member.key),
            );
        }
        if let Value::Text(text) = &member.node.value {
            found.extend(
                checked(text, &place, scopes, names, diagnostics).map(|expr| (member.key.clone(), expr, place)),
            );
        } else {
            let what =
                format!("`{}` must be an expression in a string, found {}", member.key, member.node.value.kind());
            diagnostics.add(&place, DiagnosticKind::WrongType, what);
        }
    }
    found
}

fn expression(
    object: &Object<'_>,
    key: &str,
    scopes: &Scopes<'_>,
    names: &Names<'_>,
    diagnostics: &mut Diagnostics,
) -> Option<Expr> {
    let text = object.text(key, diagnostics)?;
    checked(&text, &object.place_of(key), scopes, names, diagnostics)
}

fn checked(
    text: &str,
    place: &SourceLocation,
    scopes: &Scopes<'_>,
    names: &Names<'_>,
    diagnostics: &mut Diagnostics,
) -> Option<Expr> {
    match expr::parse(text) {
        Ok(expr) => check(&expr, place, scopes, names, diagnostics).then_some(expr),
        Err(what) => {
            diagnostics.add(place, DiagnosticKind::Malformed, format!("`{text}` is not an expression: {what}"));
            None
        }
    }
}

/// Checks several expressions, each of them.
fn all(
    list: &[Expr],
    place: &SourceLocation,
    scopes: &Scopes<'_>,
    names: &Names<'_>,
    diagnostics: &mut Diagnostics,
) -> bool {
    let wrong = list.iter().filter(|expr| !check(expr, place, scopes, names, diagnostics)).count();
    wrong == 0
}

/// Checks every name of an expression.
fn check(
    expr: &Expr,
    place: &SourceLocation,
    scopes: &Scopes<'_>,
    names: &Names<'_>,
    diagnostics: &mut Diagnostics,
) -> bool {
    match expr {
        Expr::Null | Expr::Bool(_) | Expr::Number(_) | Expr::Text(_) => true,
        Expr::Call(name, list) if expr::LEADING.contains(name) => {
            let (Some(Expr::Path(path)), Some(inner)) = (list.first(), list.get(1)) else {
                diagnostics.add(place, DiagnosticKind::WrongType, format!("`{name}` takes a relation first"));
                return false;
            };
            let Some(end) = reached(path, place, scopes, names, diagnostics) else { return false };
            let target = match end {
                End::Entity(entity) => Some(entity),
                End::Property(Type::Id(target)) if *name == "of" => Some(target.as_str()),
                End::Property(Type::Ids(Some(target))) if *name == "each" => Some(target.as_str()),
                End::Property(_) => None,
            };
            let Some(target) = target else {
                diagnostics.add(place, DiagnosticKind::WrongType, format!("`{}` leads to no records", path.join(".")));
                return false;
            };
            check(inner, place, &Scopes { here: target, ..*scopes }, names, diagnostics)
        }
        Expr::Call(_, list) => all(list, place, scopes, names, diagnostics),
        Expr::Binary(_, left, right) => {
            let left = check(left, place, scopes, names, diagnostics);
            check(right, place, scopes, names, diagnostics) && left
        }
        Expr::Over(_, entity, property, list) => {
            pointing(&format!("{entity}.{property}"), place, names, diagnostics).is_some() && {
                let scopes = Scopes { here: entity, ..*scopes };
                all(list, place, &scopes, names, diagnostics)
            }
        }
        Expr::Path(path) => match reached(path, place, scopes, names, diagnostics) {
            Some(End::Entity(_)) => {
                diagnostics.add(
                    place,
                    DiagnosticKind::BadName,
                    format!("`{}` needs a property behind it", path.join(".")),
                );
                false
            }
            end => end.is_some(),
        },
    }
}

/// What a path leads to.
enum End<'a> {
    /// A record: the name that a rule gave it.
    Entity(&'a str),
    /// A property, by its kind.
    Property(&'a Type),
}

/// Follows a path, each of whose names has to be known.
fn reached<'a>(
    path: &'a [String],
    place: &SourceLocation,
    scopes: &Scopes<'a>,
    names: &'a Names<'_>,
    diagnostics: &mut Diagnostics,
) -> Option<End<'a>> {
    let (first, behind) = path.split_first()?;
    let (mut entity, rest) = match first.as_str() {
        "this" | "old" => (scopes.this, behind),
        _ => match scopes.made.get(first) {
            Some(entity) => (entity.as_str(), behind),
            None => (scopes.here, path),
        },
    };
    let Some((last, steps)) = rest.split_last() else { return Some(End::Entity(entity)) };
    for name in steps {
        names.need(entity, name, place, diagnostics).then_some(())?;
        let Some(Type::Id(target)) = names.property(entity, name).map(|property| &property.kind) else {
            diagnostics.add(place, DiagnosticKind::WrongType, format!("`{name}` of {entity} is not a relation"));
            return None;
        };
        entity = target;
    }
    names.need(entity, last, place, diagnostics).then_some(())?;
    Some(End::Property(&names.property(entity, last)?.kind))
}
