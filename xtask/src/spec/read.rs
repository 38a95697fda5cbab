//! Takes typed values out of a JSON tree and writes down everything that is wrong on the way.
//!
//! A reader never stops at an error: what is missing or wrong becomes `None`, the error goes to the list, and
//! the next key is read. Only so can one run report all there is.

use super::diagnostic::{Diagnostic, DiagnosticKind, segment};
use super::json::{Member, Node, Pos, Value};
use super::model::Words;
use crate::names;

/// The errors of one run, and the file at hand.
#[derive(Debug, Default)]
pub(super) struct Diagnostics {
    pub(super) list: Vec<Diagnostic>,
}

/// A place in a file.
#[derive(Debug, Clone)]
pub(super) struct SourceLocation {
    pub(super) file: String,
    pub(super) pointer: String,
    pub(super) at: Option<Pos>,
}

impl SourceLocation {
    pub(super) fn file(file: &str) -> Self {
        Self { file: file.to_owned(), pointer: String::new(), at: None }
    }

    /// A place below this one.
    pub(super) fn below(&self, name: &str, at: Pos) -> Self {
        Self { file: self.file.clone(), pointer: format!("{}/{}", self.pointer, segment(name)), at: Some(at) }
    }
}

impl Diagnostics {
    pub(super) fn add(&mut self, place: &SourceLocation, kind: DiagnosticKind, what: impl Into<String>) {
        self.push(place, kind, what.into(), None);
    }

    pub(super) fn add_with(
        &mut self,
        place: &SourceLocation,
        kind: DiagnosticKind,
        what: impl Into<String>,
        help: impl Into<String>,
    ) {
        self.push(place, kind, what.into(), Some(help.into()));
    }

    fn push(&mut self, place: &SourceLocation, kind: DiagnosticKind, what: String, help: Option<String>) {
        self.list.push(Diagnostic {
            kind,
            file: place.file.clone(),
            at: place.at,
            pointer: place.pointer.clone(),
            what,
            help,
        });
    }
}

/// An object being read. Every key must be one of `keys`, which are also what a JSON Schema of it lists.
pub(super) struct Object<'a> {
    members: &'a [Member],
    keys: &'static [&'static str],
    pub(super) place: SourceLocation,
    /// How a diagnostic calls it: `property "Name"`.
    pub(super) name: String,
}

impl<'a> Object<'a> {
    /// Opens an object; reports what is not an object, repeated keys and unknown keys.
    pub(super) fn open(
        node: &'a Node,
        place: SourceLocation,
        name: &str,
        keys: &'static [&'static str],
        diagnostics: &mut Diagnostics,
    ) -> Option<Self> {
        let Value::Object(members) = &node.value else {
            diagnostics.add(
                &place,
                DiagnosticKind::WrongType,
                format!("{name} must be an object, found {}", node.value.kind()),
            );
            return None;
        };
        let object = Self { members, keys, place, name: name.to_owned() };
        let before = diagnostics.list.len();
        for (i, member) in members.iter().enumerate() {
            let place = object.place.below(&member.key, member.at);
            if members.iter().take(i).any(|earlier| earlier.key == member.key) {
                diagnostics.add(
                    &place,
                    DiagnosticKind::DuplicateKey,
                    format!("{name} has the key `{}` twice", member.key),
                );
            } else if !keys.contains(&member.key.as_str()) {
                let what = format!("{name} has an unknown key `{}`", member.key);
                match names::nearest(&member.key, keys.iter().copied()) {
                    Some(near) => diagnostics.add_with(
                        &place,
                        DiagnosticKind::UnknownKey,
                        what,
                        format!("did you mean `{near}`?"),
                    ),
                    None => diagnostics.add_with(
                        &place,
                        DiagnosticKind::UnknownKey,
                        what,
                        format!("the keys here are {}", one_of(keys.iter().copied())),
                    ),
                }
            }
        }
        if diagnostics.list.len() == before {
            object.check_order(diagnostics);
        }
        Some(object)
    }

    /// Keys stand in the order of the schema, so that two people who add the same facts write the same line.
    fn check_order(&self, diagnostics: &mut Diagnostics) {
        let position = |member: &Member| self.keys.iter().position(|key| *key == member.key);
        let known = || self.members.iter().filter(|member| position(member).is_some());
        if let Some((earlier, member)) = known().zip(known().skip(1)).find(|(a, b)| position(a) > position(b)) {
            diagnostics.add_with(
                &self.place.below(&member.key, member.at),
                DiagnosticKind::Order,
                format!("`{}` of {} stands behind `{}`", member.key, self.name, earlier.key),
                "keys stand in the order of the schema",
            );
        }
    }

    /// Elements of a list that has one a line stand on a line each.
    pub(super) fn check_line(&self, before: Option<u32>, diagnostics: &mut Diagnostics) {
        let Some(at) = self.place.at else { return };
        let apart = self.members.iter().any(|member| member.at.line != at.line || member.node.at.line != at.line);
        if apart || before == Some(at.line) {
            let what = format!("{} does not have a line of its own", self.name);
            diagnostics.add_with(&self.place, DiagnosticKind::Order, what, "write one property a line");
        }
    }

    /// The value under a key, with its place.
    pub(super) fn get(&self, key: &str) -> Option<(&'a Node, SourceLocation)> {
        debug_assert!(self.keys.contains(&key), "{key} is missing from the key list of {}", self.name);
        let member = self.members.iter().find(|member| member.key == key)?;
        Some((&member.node, self.place.below(key, member.node.at)))
    }

    /// The place of a key, or of the object where the key is absent.
    pub(super) fn place_of(&self, key: &str) -> SourceLocation {
        self.get(key).map_or_else(|| self.place.clone(), |(_, place)| place)
    }

    /// Whether a key is there, known or not.
    pub(super) fn has(&self, key: &str) -> bool {
        self.members.iter().any(|member| member.key == key)
    }

    /// Whether such an object may have this key at all.
    pub(super) fn knows(&self, key: &str) -> bool {
        self.keys.contains(&key)
    }

    /// Reports a key that must be there.
    pub(super) fn need(&self, key: &str, diagnostics: &mut Diagnostics) {
        if self.get(key).is_none() {
            diagnostics.add(&self.place, DiagnosticKind::MissingKey, format!("{} lacks the key `{key}`", self.name));
        }
    }

    fn wrong(&self, key: &str, wanted: &str, node: &Node, place: &SourceLocation, diagnostics: &mut Diagnostics) {
        diagnostics.add(
            place,
            DiagnosticKind::WrongType,
            format!("`{key}` of {} must be {wanted}, found {}", self.name, node.value.kind()),
        );
    }

    /// A string that says something.
    pub(super) fn text(&self, key: &str, diagnostics: &mut Diagnostics) -> Option<String> {
        let (node, place) = self.get(key)?;
        match &node.value {
            Value::Text(text) if text.trim().is_empty() => {
                diagnostics.add(&place, DiagnosticKind::WrongType, format!("`{key}` of {} is empty", self.name));
                None
            }
            Value::Text(text) => {
                check_text(text, &format!("`{key}` of {}", self.name), &place, diagnostics);
                Some(text.clone())
            }
            _ => {
                self.wrong(key, "a string", node, &place, diagnostics);
                None
            }
        }
    }

    /// A string that must be there.
    pub(super) fn need_text(&self, key: &str, diagnostics: &mut Diagnostics) -> Option<String> {
        self.need(key, diagnostics);
        self.text(key, diagnostics)
    }

    /// A string that must be there and pass a test.
    pub(super) fn need_name(&self, key: &str, rule: &Rule, diagnostics: &mut Diagnostics) -> Option<String> {
        self.need(key, diagnostics);
        self.name(key, rule, diagnostics)
    }

    /// A string that must pass a test.
    pub(super) fn name(&self, key: &str, rule: &Rule, diagnostics: &mut Diagnostics) -> Option<String> {
        let text = self.text(key, diagnostics)?;
        let (_, place) = self.get(key)?;
        rule.check(&text, &format!("`{key}` of {}", self.name), &place, diagnostics).then_some(text)
    }

    /// A sentence for documentation.
    pub(super) fn sentence(&self, key: &str, diagnostics: &mut Diagnostics) -> Option<String> {
        let text = self.text(key, diagnostics)?;
        check_sentence(&text, &format!("`{key}` of {}", self.name), &self.place_of(key), diagnostics);
        Some(text)
    }

    /// Words for the note of a deprecation, which the compiler prints as they are and rustdoc takes for Markdown.
    pub(super) fn note(&self, key: &str, diagnostics: &mut Diagnostics) -> Option<String> {
        let text = self.sentence(key, diagnostics)?;
        let plain = text.split('`').step_by(2);
        if let Some(mark) = plain.flat_map(|part| part.matches(is_markup).chain(part.matches("://"))).next() {
            let what = format!("`{key}` of {} holds `{mark}`, which is markup there", self.name);
            diagnostics.add_with(&self.place_of(key), DiagnosticKind::Text, what, "write names between backticks");
        }
        Some(text)
    }

    /// A sentence that must be there.
    pub(super) fn need_sentence(&self, key: &str, diagnostics: &mut Diagnostics) -> Option<String> {
        self.need(key, diagnostics);
        self.sentence(key, diagnostics)
    }

    /// The sentences of an array.
    pub(super) fn sentences(&self, key: &str, diagnostics: &mut Diagnostics) -> Vec<String> {
        let mut sentences = Vec::new();
        for (text, place) in self.texts(key, diagnostics) {
            check_sentence(&text, &format!("`{key}` of {}", self.name), &place, diagnostics);
            sentences.push(text);
        }
        sentences
    }

    /// `true`, or absent. `false` is what absence says, and is refused, so that one fact has one spelling.
    pub(super) fn flag(&self, key: &str, diagnostics: &mut Diagnostics) -> bool {
        let Some((node, place)) = self.get(key) else {
            return false;
        };
        match &node.value {
            Value::Bool(true) => true,
            Value::Bool(false) => {
                diagnostics.add_with(
                    &place,
                    DiagnosticKind::WrongType,
                    format!("`{key}` of {} is false", self.name),
                    "leave the key out: absent means no",
                );
                false
            }
            _ => {
                self.wrong(key, "true", node, &place, diagnostics);
                false
            }
        }
    }

    /// A whole number that must be there.
    pub(super) fn need_int(&self, key: &str, diagnostics: &mut Diagnostics) -> Option<i64> {
        self.need(key, diagnostics);
        let (node, place) = self.get(key)?;
        let number = whole(node);
        if number.is_none() {
            self.wrong(key, "a whole number", node, &place, diagnostics);
        }
        number
    }

    /// A word out of a list.
    pub(super) fn word<T: Words + PartialEq>(
        &self,
        key: &str,
        allowed: &[T],
        diagnostics: &mut Diagnostics,
    ) -> Option<T> {
        let text = self.text(key, diagnostics)?;
        let (_, place) = self.get(key)?;
        word(&text, &format!("`{key}` of {}", self.name), allowed, &place, diagnostics)
    }

    /// The elements of an array, each with its place; nothing where the key is absent.
    pub(super) fn list(&self, key: &str, diagnostics: &mut Diagnostics) -> Vec<(&'a Node, SourceLocation)> {
        let Some((node, place)) = self.get(key) else {
            return Vec::new();
        };
        let Value::List(items) = &node.value else {
            self.wrong(key, "an array", node, &place, diagnostics);
            return Vec::new();
        };
        items.iter().enumerate().map(|(i, item)| (item, place.below(&i.to_string(), item.at))).collect()
    }

    /// The strings of an array.
    pub(super) fn texts(&self, key: &str, diagnostics: &mut Diagnostics) -> Vec<(String, SourceLocation)> {
        let mut texts = Vec::new();
        for (node, place) in self.list(key, diagnostics) {
            match &node.value {
                Value::Text(text) if !text.trim().is_empty() => {
                    check_text(text, &format!("`{key}` of {}", self.name), &place, diagnostics);
                    texts.push((text.clone(), place));
                }
                _ => diagnostics.add(
                    &place,
                    DiagnosticKind::WrongType,
                    format!("`{key}` of {} must hold strings that are not empty", self.name),
                ),
            }
        }
        texts
    }
}

/// Reports what is not one line that reads as it stands. The compiler refuses characters that turn the direction.
fn check_text(text: &str, what: &str, place: &SourceLocation, diagnostics: &mut Diagnostics) {
    let turns = |c: char| matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    if text.chars().any(char::is_control) {
        let help = "a text of the spec is one line";
        diagnostics.add_with(
            place,
            DiagnosticKind::Text,
            format!("{what} holds a line break or another control character"),
            help,
        );
    } else if let Some(c) = text.chars().find(|c| turns(*c)) {
        let what = format!("{what} holds U+{:04X}, which changes the direction of the text", u32::from(c));
        diagnostics.add_with(place, DiagnosticKind::Text, what, "leave it out");
    } else if text.trim().len() != text.len() {
        diagnostics.add(place, DiagnosticKind::Text, format!("{what} begins or ends with a blank"));
    }
}

/// Whether Markdown may take it for more than itself within a line.
fn is_markup(c: char) -> bool {
    matches!(c, '[' | ']' | '<' | '>' | '\\' | '*' | '_' | '~' | '&' | '|' | '#')
}

/// Reports what the documentation can't show as code.
pub(super) fn check_code(text: &str, what: &str, place: &SourceLocation, diagnostics: &mut Diagnostics) {
    check_text(text, what, place, diagnostics);
    if text.contains('`') {
        diagnostics.add_with(
            place,
            DiagnosticKind::Text,
            format!("{what} holds a backtick"),
            "the documentation shows it as code",
        );
    }
}

/// Reports what would break documentation. Other punctuation is escaped where it is written.
fn check_sentence(text: &str, what: &str, place: &SourceLocation, diagnostics: &mut Diagnostics) {
    if text.matches('`').count() % 2 == 1 {
        let help = "code stands between two backticks";
        diagnostics.add_with(place, DiagnosticKind::Text, format!("{what} holds a backtick that nothing closes"), help);
    } else if text.contains("``") {
        diagnostics.add_with(
            place,
            DiagnosticKind::Text,
            format!("{what} holds code that is empty"),
            "code stands between two backticks",
        );
    }
}

/// What a name must look like.
pub(super) struct Rule {
    /// In words: `must start with a capital and …`.
    pub(super) words: &'static str,
    /// The test.
    pub(super) test: fn(&str) -> bool,
}

fn starts(name: &str, first: fn(&u8) -> bool, rest: fn(&u8) -> bool) -> bool {
    let bytes = name.as_bytes();
    bytes.first().is_some_and(first) && bytes.iter().all(rest)
}

impl Rule {
    /// `UserMessage`
    pub(super) const ENTITY: Self = Self {
        words: "a capital, then letters and digits",
        test: |name| starts(name, u8::is_ascii_uppercase, u8::is_ascii_alphanumeric),
    };
    /// `FromUserId`
    pub(super) const PROPERTY: Self = Self {
        words: "a capital, then letters, digits and underscores",
        test: |name| starts(name, u8::is_ascii_uppercase, |b| b.is_ascii_alphanumeric() || *b == b'_'),
    };
    /// `eBookingRepeatCycle`
    pub(super) const ENUM: Self = Self {
        words: "a letter, then letters and digits",
        test: |name| starts(name, u8::is_ascii_alphabetic, u8::is_ascii_alphanumeric),
    };
    /// `usermessages`
    pub(super) const SEGMENT: Self = Self {
        words: "a small letter, then small letters and digits",
        test: |name| starts(name, u8::is_ascii_lowercase, |b| b.is_ascii_lowercase() || b.is_ascii_digit()),
    };
    /// `user_messages`
    pub(super) const SNAKE: Self = Self {
        words: "a Rust name in small letters, digits and underscores, and no keyword",
        test: |name| {
            starts(name, u8::is_ascii_lowercase, |b| b.is_ascii_lowercase() || b.is_ascii_digit() || *b == b'_')
                && names::is_identifier(name)
        },
    };
    /// `BUSINESS_ID`
    pub(super) const CONST: Self = Self {
        words: "a capital, then capitals, digits and underscores",
        test: |name| {
            starts(name, u8::is_ascii_uppercase, |b| b.is_ascii_uppercase() || b.is_ascii_digit() || *b == b'_')
        },
    };
    /// `UserMessage`, as a type in Rust
    pub(super) const TYPE: Self = Self {
        words: "a capital, then letters and digits, and no keyword",
        test: |name| (Self::ENTITY.test)(name) && names::is_identifier(name),
    };
    /// `UserMessage_FromUser`
    pub(super) const QUERY: Self = Self {
        words: "a letter, then letters, digits and underscores",
        test: |name| starts(name, u8::is_ascii_alphabetic, |b| b.is_ascii_alphanumeric() || *b == b'_'),
    };

    /// Reports a name that breaks the rule.
    pub(super) fn check(&self, name: &str, what: &str, place: &SourceLocation, diagnostics: &mut Diagnostics) -> bool {
        let good = (self.test)(name);
        if !good {
            diagnostics.add_with(
                place,
                DiagnosticKind::BadName,
                format!("{what} is {}", Value::Text(name.to_owned())),
                format!("write {}", self.words),
            );
        }
        good
    }
}

/// A whole number of 64 bits.
pub(super) fn whole(node: &Node) -> Option<i64> {
    match &node.value {
        Value::Number(text) => text.parse().ok(),
        _ => None,
    }
}

/// Reads a word that must be one of those allowed.
pub(super) fn word<T: Words + PartialEq>(
    text: &str,
    what: &str,
    allowed: &[T],
    place: &SourceLocation,
    diagnostics: &mut Diagnostics,
) -> Option<T> {
    let known = || allowed.iter().map(|value| value.word());
    let found = allowed.iter().copied().find(|value| value.word() == text);
    if found.is_none() {
        unknown(DiagnosticKind::UnknownWord, format!("{what} is `{text}`"), text, known(), place, diagnostics);
    }
    found
}

/// Reports a name outside a short list: the nearest one, or all of them.
pub(super) fn unknown<'n>(
    kind: DiagnosticKind,
    what: String,
    name: &str,
    known: impl Iterator<Item = &'n str> + Clone,
    place: &SourceLocation,
    diagnostics: &mut Diagnostics,
) {
    let help = match names::nearest(name, known.clone()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("it can be {}", one_of(known)),
    };
    diagnostics.add_with(place, kind, what, help);
}

/// `a`, `b` or `c`.
fn one_of<'n>(names: impl Iterator<Item = &'n str>) -> String {
    let names: Vec<String> = names.map(|name| format!("`{name}`")).collect();
    match names.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{} or {last}", rest.join(", ")),
        None => "nothing".to_owned(),
    }
}
