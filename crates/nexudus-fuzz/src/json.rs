//! Mutations of JSON as a tree: values of other types, doubled and renamed keys, numbers that no type holds.

use fastrand::Rng;
use xtask::spec::json::{self, Value};

use crate::bytes;

/// JSON that keeps its tokens, so that it can also be wrong.
#[derive(Clone, Debug)]
pub enum Tree {
    /// A token as it is written.
    Token(String),
    /// An array.
    List(Vec<Tree>),
    /// An object: keys as they are written, quotes included.
    Object(Vec<(String, Tree)>),
}

/// Tokens that mean trouble, some of which are not JSON.
const TOKENS: &[&str] = &[
    "null",
    "true",
    "false",
    "0",
    "-0",
    "1",
    "-1",
    "5.0",
    "5",
    "1e5",
    "1E400",
    "-1e-400",
    "0.1",
    "1.50",
    "150.00",
    "9007199254740993",
    "9223372036854775807",
    "9223372036854775808",
    "-9223372036854775809",
    "18446744073709551616",
    "1.08451234567890123456",
    "79228162514264337593543950336",
    "0.00000000000000000000000000001",
    "\"\"",
    "\" \"",
    "\"0\"",
    "\"5\"",
    "\"5.0\"",
    "\"-1\"",
    "\"true\"",
    "\"False\"",
    "\"null\"",
    "\"NaN\"",
    "\"Daily\"",
    "\"0001-01-01T00:00:00\"",
    "\"9999-12-31T23:59:59.9999999Z\"",
    "\"2026-02-30T10:00:00Z\"",
    "\"2026-02-14T25:61:61\"",
    "\"2026-02-14T10:00:00+14:00\"",
    "\"2026-03-29T02:30:00\"",
    "\"/Date(1700000000000)/\"",
    "\"10000-01-01T00:00:00Z\"",
    "\"00000000-0000-0000-0000-000000000000\"",
    "\"{6F9619FF-8B86-D011-B42D-00CF4FC964FF}\"",
    "\"\\u0000\"",
    "\"\\ud83d\"",
    "\"\\udc00\\ud83d\"",
    "\"\\ud83d\\ude00\"",
    "\"a\\r\\nb\"",
    "\"\\u001b[31mred\"",
    "\"\u{202e}x\"",
    "\"[1,2]\"",
    "\"1,2,3\"",
    "\"<b>\"",
    "\"%\"",
    "[]",
    "{}",
    "[null]",
    "[[]]",
    "{\"\":null}",
    "[1,\"2\",3.0]",
    "{\"Id\":5}",
    "01",
    "+1",
    ".5",
    "1.",
    "NaN",
    "Infinity",
    "undefined",
    "'x'",
    "\"\\x\"",
    "\"\n\"",
    "",
];

/// Keys that the service uses around records.
const KEYS: &[&str] = &[
    "Records",
    "TotalItems",
    "TotalPages",
    "CurrentPage",
    "CurrentPageSize",
    "CurrentOrderField",
    "HasNextPage",
    "HasPreviousPage",
    "Status",
    "Message",
    "Value",
    "Id",
    "WasSuccessful",
    "Errors",
    "AttemptedValue",
    "PropertyName",
    "RedirectURL",
    "JavaScript",
    "OpenInDialog",
    "UpdatedOn",
    "UniqueId",
    "SystemId",
    "CustomFields",
    "ToStringText",
    "LocalizationDetails",
    "access_token",
    "refresh_token",
    "expires_in",
    "token_type",
    "error",
    "error_description",
    "title",
    "errors",
    "ModelState",
    "ExceptionMessage",
    "Name",
    "Data",
    "",
];

impl Tree {
    /// A good text as a tree. Text that is not JSON is one token.
    pub fn parse(text: &str) -> Self {
        json::parse(text).map_or_else(|_| Self::Token(text.to_owned()), |node| Self::of(&node.value))
    }

    fn of(value: &Value) -> Self {
        match value {
            Value::List(items) => Self::List(items.iter().map(|item| Self::of(&item.value)).collect()),
            Value::Object(members) => Self::Object(
                members
                    .iter()
                    .map(|member| (Value::Text(member.key.clone()).to_string(), Self::of(&member.node.value)))
                    .collect(),
            ),
            token => Self::Token(token.to_string()),
        }
    }

    /// The text of the tree.
    pub fn text(&self) -> String {
        let mut out = String::new();
        self.write(&mut out);
        out
    }

    fn write(&self, out: &mut String) {
        match self {
            Self::Token(token) => out.push_str(token),
            Self::List(items) => {
                out.push('[');
                for (index, item) in items.iter().enumerate() {
                    if index > 0 {
                        out.push(',');
                    }
                    item.write(out);
                }
                out.push(']');
            }
            Self::Object(members) => {
                out.push('{');
                for (index, (key, member)) in members.iter().enumerate() {
                    if index > 0 {
                        out.push(',');
                    }
                    out.push_str(key);
                    out.push(':');
                    member.write(out);
                }
                out.push('}');
            }
        }
    }

    /// A part of the tree.
    fn pick(&mut self, rng: &mut Rng) -> &mut Self {
        let count = match self {
            Self::Token(_) => 0,
            Self::List(items) => items.len(),
            Self::Object(members) => members.len(),
        };
        if count == 0 || rng.u8(0..3) == 0 {
            return self;
        }
        let index = rng.usize(0..count);
        match self {
            Self::Token(_) => self,
            Self::List(items) => items[index].pick(rng),
            Self::Object(members) => members[index].1.pick(rng),
        }
    }
}

/// Changes a tree a little: other values, keys, order, depth.
pub fn mutate(rng: &mut Rng, tree: &mut Tree, others: &[Tree]) {
    for _ in 0..rng.usize(1..5) {
        let token = rng.choice(TOKENS).copied().unwrap_or_default();
        let other = rng.choice(others).cloned().unwrap_or(Tree::List(Vec::new())).pick(rng).clone();
        let part = tree.pick(rng);
        match (rng.u8(0..12), part) {
            (0, Tree::List(items)) if !items.is_empty() => {
                items.remove(rng.usize(0..items.len()));
            }
            (1, Tree::List(items)) if !items.is_empty() => {
                let copy = items[rng.usize(0..items.len())].clone();
                items.extend(std::iter::repeat_n(copy, rng.usize(1..40)));
            }
            (2, Tree::List(items)) => items.push(Tree::Token(token.to_owned())),
            (0, Tree::Object(members)) if !members.is_empty() => {
                members.remove(rng.usize(0..members.len()));
            }
            // A key that stands twice, with another value.
            (1, Tree::Object(members)) if !members.is_empty() => {
                let key = members[rng.usize(0..members.len())].0.clone();
                members.push((key, Tree::Token(token.to_owned())));
            }
            (2 | 3, Tree::Object(members)) if !members.is_empty() => {
                let index = rng.usize(0..members.len());
                members[index].0 = key(rng, &members[index].0);
            }
            (4, Tree::Object(members)) => members.push((key(rng, "\"Id\""), Tree::Token(token.to_owned()))),
            (5, Tree::Object(members)) => rng.shuffle(members),
            (6, part) => *part = Tree::List(vec![part.clone()]),
            (7, part) => {
                let depth = 1 << rng.u8(0..12);
                *part = Tree::Token("[".repeat(depth) + &"]".repeat(depth));
            }
            (8, part) => *part = Tree::Token(format!("\"{}\"", "long ".repeat(1 << rng.u8(0..13)))),
            (9, part) => *part = other,
            (_, part) => *part = Tree::Token(token.to_owned()),
        }
    }
}

fn key(rng: &mut Rng, was: &str) -> String {
    match rng.u8(0..5) {
        0 => was.to_lowercase(),
        1 => was.replacen('"', "\" ", 1),
        2 => format!("\"{}\"", "k".repeat(1 << rng.u8(0..12))),
        _ => format!("\"{}\"", rng.choice(KEYS).copied().unwrap_or_default()),
    }
}

/// An input from good texts: a mutated tree, now and then with mutated bytes.
pub fn input(rng: &mut Rng, seeds: &[Tree]) -> Vec<u8> {
    let mut tree = rng.choice(seeds).cloned().unwrap_or(Tree::Token(String::new()));
    mutate(rng, &mut tree, seeds);
    let mut text = tree.text().into_bytes();
    if rng.u8(0..4) == 0 {
        bytes::mutate(rng, &mut text);
    }
    text.truncate(bytes::MAX_LENGTH);
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tree_keeps_its_text() {
        let text = r#"{"a":[1.50,"x\"",null],"a":{"b":{}},"":[]}"#;
        assert_eq!(Tree::parse(text).text(), text);
        assert_eq!(Tree::parse("{broken").text(), "{broken");
    }

    #[test]
    fn the_same_numbers_make_the_same_input() {
        let seeds = [Tree::parse(r#"{"Records":[{"Id":1,"Name":"A"}],"TotalItems":1}"#)];
        let inputs = || (0..200).map(|seed| input(&mut Rng::with_seed(seed), &seeds)).collect::<Vec<_>>();
        assert_eq!(inputs(), inputs());
        let different: std::collections::BTreeSet<_> = inputs().into_iter().collect();
        assert!(different.len() > 150);
    }
}
