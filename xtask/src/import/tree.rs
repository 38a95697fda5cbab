//! A file of the spec as a tree that can be changed and written again, with what a person wrote left in place.

use std::fmt::Write;

use crate::spec::json::{Member, Node, Pos, Value};

/// The members of an object.
pub type Members = Vec<Member>;

fn node(value: Value) -> Node {
    Node { at: Pos::default(), value }
}

/// A text.
pub fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

/// A list of texts.
pub fn texts<'a>(items: impl IntoIterator<Item = &'a str>) -> Value {
    Value::List(items.into_iter().map(|item| node(text(item))).collect())
}

/// A list of objects.
pub fn objects(items: impl IntoIterator<Item = Members>) -> Value {
    Value::List(items.into_iter().map(|item| node(Value::Object(item))).collect())
}

/// A list of values.
pub fn list(items: impl IntoIterator<Item = Value>) -> Value {
    Value::List(items.into_iter().map(node).collect())
}

/// The value under a key.
pub fn get<'v>(members: &'v [Member], key: &str) -> Option<&'v Value> {
    members.iter().find(|member| member.key == key).map(|member| &member.node.value)
}

/// The text under a key.
pub fn get_text<'v>(members: &'v [Member], key: &str) -> Option<&'v str> {
    match get(members, key)? {
        Value::Text(text) => Some(text),
        _ => None,
    }
}

/// Whether the value under a key is `true`.
pub fn is_true(members: &[Member], key: &str) -> bool {
    matches!(get(members, key), Some(Value::Bool(true)))
}

/// The objects of the list under a key.
pub fn items<'v>(members: &'v [Member], key: &str) -> impl Iterator<Item = &'v Members> {
    let items = match get(members, key) {
        Some(Value::List(items)) => items.as_slice(),
        _ => &[],
    };
    items.iter().filter_map(|item| match &item.value {
        Value::Object(members) => Some(members),
        _ => None,
    })
}

/// The object of a list that has this name, to change it.
pub fn named<'v>(members: &'v mut Members, key: &str, name: &str) -> Option<&'v mut Members> {
    let list = members.iter_mut().find(|member| member.key == key)?;
    let Value::List(items) = &mut list.node.value else { return None };
    items.iter_mut().find_map(|item| match &mut item.value {
        Value::Object(members) if get_text(members, "name") == Some(name) => Some(members),
        _ => None,
    })
}

/// Sets a key; a new one goes to its place in the order of keys. Says whether anything changed.
pub fn set(members: &mut Members, key: &str, value: Value, order: &[&str]) -> bool {
    if let Some(member) = members.iter_mut().find(|member| member.key == key) {
        let changes = !member.node.value.same(&value);
        member.node = node(value);
        return changes;
    }
    let rank = |key: &str| order.iter().position(|known| *known == key).unwrap_or(order.len());
    let place = members.iter().position(|member| rank(&member.key) > rank(key)).unwrap_or(members.len());
    members.insert(place, Member { key: key.to_owned(), at: Pos::default(), node: node(value) });
    true
}

/// Takes a key out. Says whether it was there.
pub fn remove(members: &mut Members, key: &str) -> bool {
    let before = members.len();
    members.retain(|member| member.key != key);
    members.len() != before
}

/// Adds an object to the list under a key.
pub fn push(members: &mut Members, key: &str, item: Members, order: &[&str]) {
    if let Some(Value::List(items)) =
        members.iter_mut().find(|member| member.key == key).map(|member| &mut member.node.value)
    {
        items.push(node(Value::Object(item)));
        return;
    }
    set(members, key, objects([item]), order);
}

/// The text of a file: a key on each line, and an object of a list on each line.
pub fn file(members: &[Member]) -> String {
    let mut out = String::from("{\n");
    for (i, member) in members.iter().enumerate() {
        let end = if i + 1 == members.len() { "\n" } else { ",\n" };
        let key = text(&member.key);
        // Writing to a string can't fail, here and below.
        let _ = write!(out, "  {key}: ");
        match &member.node.value {
            Value::List(items) if items.iter().any(|item| matches!(item.value, Value::Object(_))) => {
                out.push_str("[\n");
                for (i, item) in items.iter().enumerate() {
                    let end = if i + 1 == items.len() { "\n" } else { ",\n" };
                    let _ = write!(out, "    {}{end}", item.value);
                }
                out.push_str("  ]");
            }
            Value::List(items) if member.key == "notes" => {
                let lines: Vec<String> = items.iter().map(|item| format!("    {}", item.value)).collect();
                let _ = write!(out, "[\n{}\n  ]", lines.join(",\n"));
            }
            value => out.push_str(&value.to_string()),
        }
        out.push_str(end);
    }
    out + "}\n"
}
