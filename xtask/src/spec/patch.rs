//! Named corrections: `spec/patches.json`.
//!
//! When the spec is imported anew, a correction made by hand in an entity file is lost without a word. A patch says
//! what it changes, why and who says so, and it fails as soon as the value that it corrects is no longer there.
//! So a patch never outlives its reason.

use super::diagnostic::{DiagnosticKind, segment};
use super::json::{Member, Node, Pos, Value};
use super::model::Patch;
use super::read::{Diagnostics, Object, Rule, SourceLocation};
use std::collections::BTreeMap;

/// Keys of `spec/patches.json`.
pub const FILE_KEYS: &[&str] = &["$schema", "patches"];
/// Keys of a patch.
pub const PATCH_KEYS: &[&str] = &["name", "why", "source", "file", "at", "was", "now"];

/// Applies all patches to the trees, in the order written. `null` under `was` or `now` says: not there.
///
/// A patch of a file that could not be parsed is passed over: the file's own error is enough.
pub(super) fn apply(
    root: &Node,
    file: &str,
    files: &BTreeMap<String, String>,
    trees: &mut BTreeMap<String, Node>,
    diagnostics: &mut Diagnostics,
) -> Vec<Patch> {
    let mut patches: Vec<Patch> = Vec::new();
    let Some(top) = Object::open(root, SourceLocation::file(file), "the patch file", FILE_KEYS, diagnostics) else {
        return patches;
    };
    top.need("$schema", diagnostics);
    top.text("$schema", diagnostics);
    top.need("patches", diagnostics);
    for (node, place) in top.list("patches", diagnostics) {
        let Some(object) = Object::open(node, place, "the patch", PATCH_KEYS, diagnostics) else {
            continue;
        };
        let name =
            object.need_name("name", &Rule { words: "small letters, digits and hyphens", test: is_name }, diagnostics);
        let texts = ["why", "source", "file", "at"].map(|key| object.need_text(key, diagnostics));
        object.need("was", diagnostics);
        object.need("now", diagnostics);
        let (Some(name), [Some(why), Some(source), Some(target), Some(at)]) = (name, texts) else {
            continue;
        };
        let (Some((was, _)), Some((now, _))) = (object.get("was"), object.get("now")) else {
            continue;
        };
        if patches.iter().any(|patch| patch.name == name) {
            diagnostics.add(
                &object.place_of("name"),
                DiagnosticKind::Duplicate,
                format!("two patches are called `{name}`"),
            );
        }
        let Some(tree) = trees.get_mut(&target) else {
            if files.contains_key(&target) {
                continue;
            }
            diagnostics.add(
                &object.place_of("file"),
                DiagnosticKind::Patch,
                format!("the patch `{name}` changes {target}, which is not there"),
            );
            continue;
        };
        match change(tree, &at, &was.value, &now.value) {
            Ok(changed) => patches.push(Patch { name, why, source, file: target, at, changed }),
            Err(problem) => diagnostics.add_with(
                &object.place_of("at"),
                DiagnosticKind::Patch,
                format!("the patch `{name}` does not apply to {target}: {problem}"),
                "drop the patch if the spec has come to say what it says, else bring it up to date",
            ),
        }
    }
    patches
}

fn is_name(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

/// Finds an element by position, or by its `name` where elements have names.
fn element(items: &[Node], wanted: &str) -> Option<usize> {
    let named = |item: &Node| match &item.value {
        Value::Object(members) => members
            .iter()
            .any(|member| member.key == "name" && matches!(&member.node.value, Value::Text(text) if text == wanted)),
        _ => false,
    };
    items.iter().position(named).or_else(|| wanted.parse().ok().filter(|i| *i < items.len()))
}

/// Changes a tree; says which place was changed, with positions where `at` may have names.
fn change(tree: &mut Node, pointer: &str, was: &Value, now: &Value) -> Result<String, String> {
    let Some(path) = pointer.strip_prefix('/') else {
        return Err("`at` must start with `/`".to_owned());
    };
    let mut segments: Vec<String> =
        path.split('/').map(|segment| segment.replace("~1", "/").replace("~0", "~")).collect();
    let Some(last) = segments.pop() else {
        return Err("`at` names no place".to_owned());
    };
    let mut walked = String::new();
    let mut node = tree;
    for name in &segments {
        let (step, next) = match &mut node.value {
            Value::Object(members) => {
                let member = members.iter_mut().find(|member| member.key == *name);
                (name.clone(), member.map(|member| &mut member.node))
            }
            Value::List(items) => match element(items, name) {
                Some(i) => (i.to_string(), items.get_mut(i)),
                None => (name.clone(), None),
            },
            _ => (name.clone(), None),
        };
        match next {
            Some(next) => node = next,
            None => return Err(format!("there is no {walked}/{}", segment(name))),
        }
        walked = format!("{walked}/{}", segment(&step));
    }
    if was.same(now) {
        return Err("it changes nothing".to_owned());
    }
    let around = node.at;
    let fresh = |at: Option<Pos>| {
        let mut fresh = Node { at: around, value: now.clone() };
        fresh.place(at.unwrap_or(around));
        fresh
    };
    let gone = matches!(now, Value::Null);
    let step = match &mut node.value {
        Value::Object(members) => {
            let found = members.iter().position(|member| member.key == last);
            expect(found.and_then(|i| members.get(i)).map(|member| &member.node.value), was)?;
            match found {
                Some(i) if gone => {
                    members.remove(i);
                }
                Some(i) => {
                    if let Some(member) = members.get_mut(i) {
                        member.node = fresh(Some(member.node.at));
                    }
                }
                None => members.push(Member { key: last.clone(), at: around, node: fresh(None) }),
            }
            last
        }
        Value::List(items) => {
            let found = element(items, &last);
            expect(found.and_then(|i| items.get(i)).map(|item| &item.value), was)?;
            match found {
                Some(i) if gone => {
                    items.remove(i);
                }
                Some(i) => {
                    if let Some(item) = items.get_mut(i) {
                        *item = fresh(Some(item.at));
                    }
                }
                None => items.push(fresh(None)),
            }
            found.unwrap_or(items.len().saturating_sub(1)).to_string()
        }
        _ => return Err(format!("{walked} holds nothing")),
    };
    Ok(format!("{walked}/{}", segment(&step)))
}

fn expect(found: Option<&Value>, was: &Value) -> Result<(), String> {
    match found {
        Some(found) if found.same(was) => Ok(()),
        None if matches!(was, Value::Null) => Ok(()),
        Some(found) => Err(format!("it expects {was} and finds {found}")),
        None => Err(format!("it expects {was} and finds nothing")),
    }
}
