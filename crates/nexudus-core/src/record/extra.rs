//! The part of a record besides its typed fields.

use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::json::{Json, JsonRef, bare_properties, print_text};

/// How much of a record the service sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Origin {
    /// Made by the program.
    #[default]
    New,
    /// Came in a list, in a fetch of several ids or in a webhook: some properties are left out or empty
    /// although the record has them.
    Summary,
    /// Got by its id: complete.
    Full,
}

/// What a record holds besides its typed fields.
#[derive(Clone, Default)]
pub struct Extra {
    origin: Origin,
    received: Positions,
    /// Most records need none, so they stand behind a pointer.
    #[expect(clippy::box_collection, reason = "an empty list takes a third of the space")]
    kept: Option<Box<Vec<KeptValue>>>,
    /// Properties that the spec does not know, as they were written, with commas between them.
    unknown: Box<str>,
}

/// The text of a property that the typed field would not be written as, or that it can't hold.
#[derive(Clone)]
struct KeptValue {
    at: u16,
    readable: bool,
    text: Box<str>,
}

/// A set of positions.
#[derive(Clone, Default)]
struct Positions {
    first: u64,
    /// Few entities have more than 64 properties.
    #[expect(clippy::box_collection, reason = "an empty list takes a third of the space")]
    rest: Option<Box<Vec<u64>>>,
}

impl Positions {
    /// Adds a position; says whether it was there already.
    fn insert(&mut self, at: usize) -> bool {
        let word = match (at / 64).checked_sub(1) {
            None => &mut self.first,
            Some(word) => self.far(word),
        };
        let bit = 1 << (at % 64);
        let was_there = *word & bit != 0;
        *word |= bit;
        was_there
    }

    fn far(&mut self, word: usize) -> &mut u64 {
        let rest = self.rest.get_or_insert_default();
        if rest.len() <= word {
            rest.resize(word + 1, 0);
        }
        &mut rest[word]
    }

    fn extend(&mut self, other: &Self) {
        self.first |= other.first;
        let Some(other) = &other.rest else { return };
        let rest = self.rest.get_or_insert_default();
        if rest.len() < other.len() {
            rest.resize(other.len(), 0);
        }
        for (word, more) in rest.iter_mut().zip(&**other) {
            *word |= more;
        }
    }

    fn contains(&self, at: usize) -> bool {
        let word = match (at / 64).checked_sub(1) {
            None => self.first,
            Some(word) => self.rest.as_ref().and_then(|rest| rest.get(word)).copied().unwrap_or_default(),
        };
        word & 1 << (at % 64) != 0
    }
}

/// What comes with an object besides the typed fields, gathered while it is read. It is used again for the next one,
/// so that its buffers grow once.
#[derive(Default)]
pub(crate) struct Received {
    positions: Positions,
    values: Vec<KeptValue>,
    unknown: String,
}

impl Received {
    /// A typed field took a value in. `kept` is the text to keep beside it, and whether the field could hold it.
    #[inline]
    pub(crate) fn add(&mut self, at: usize, kept: Option<(&str, bool)>) {
        if self.positions.insert(at) {
            // The property comes twice, and the last value counts.
            self.values.retain(|kept| usize::from(kept.at) != at);
        }
        if let (Some((text, readable)), Ok(at)) = (kept, u16::try_from(at)) {
            self.values.push(KeptValue { at, readable, text: text.into() });
        }
    }

    /// A property that the spec does not know; `key` is its name in quotes.
    pub(crate) fn add_unknown(&mut self, key: &str, value: &str) {
        let separator = if self.unknown.is_empty() { "" } else { "," };
        for part in [separator, key, ":", value] {
            self.unknown.push_str(part);
        }
    }

    fn clear(&mut self) {
        self.positions = Positions::default();
        self.values.clear();
        self.unknown.clear();
    }
}

/// By value: unknown properties, and known ones that could not be read. Spellings and missing keys don't count.
impl PartialEq for Extra {
    fn eq(&self, other: &Self) -> bool {
        let unreadable = |extra: &Self| -> BTreeMap<u16, Json> {
            let values = extra.values().filter(|value| !value.readable);
            values.map(|value| (value.at, Json::trusted(&*value.text))).collect()
        };
        let unknown = |extra: &'_ Self| -> BTreeMap<String, Json> {
            extra.unknown().map(|(name, value)| (name.into_owned(), value.to_owned())).collect()
        };
        let same_unknown = self.unknown_text() == other.unknown_text() || unknown(self) == unknown(other);
        same_unknown && unreadable(self) == unreadable(other)
    }
}

impl Extra {
    fn values(&self) -> std::slice::Iter<'_, KeptValue> {
        self.kept.as_deref().map(Vec::as_slice).unwrap_or_default().iter()
    }

    /// The received text of a property, where it is not the one that the typed field would be written as.
    pub(crate) fn kept_at(&self, at: usize) -> Option<JsonRef<'_>> {
        self.values().find(|kept| usize::from(kept.at) == at).map(|kept| JsonRef::trusted(&kept.text))
    }

    pub(crate) fn was_received(&self, at: usize) -> bool {
        self.received.contains(at)
    }

    /// Notes that a property was set, so that the text of its earlier value no longer counts.
    pub(crate) fn receive(&mut self, at: usize) {
        self.received.insert(at);
        if let Some(kept) = &mut self.kept {
            kept.retain(|kept| usize::from(kept.at) != at);
        }
    }

    /// Takes in what came with an object of the service.
    pub(crate) fn take_in(&mut self, came: &mut Received) {
        if let Some(kept) = &mut self.kept {
            kept.retain(|kept| !came.positions.contains(usize::from(kept.at)));
        }
        self.received.extend(&came.positions);
        if !came.values.is_empty() {
            self.kept.get_or_insert_default().append(&mut came.values);
        }
        if self.unknown.is_empty() {
            self.unknown = came.unknown.as_str().into();
        } else if !came.unknown.is_empty() {
            self.unknown = [&self.unknown, &*came.unknown].join(",").into();
        }
        came.clear();
    }

    /// Sets a property that the spec does not know.
    pub(crate) fn set_unknown(&mut self, name: &str, value: &Json) {
        let mut set = false;
        let mut properties: Vec<(_, Json)> = Vec::new();
        for (key, old) in self.unknown() {
            let is_it = key == name;
            // One that came twice is there once from now on.
            if !(is_it && std::mem::replace(&mut set, true)) {
                properties.push((key.into_owned(), if is_it { value.clone() } else { old.to_owned() }));
            }
        }
        if !set {
            properties.push((name.to_owned(), value.clone()));
        }
        let mut unknown = Vec::new();
        for (key, value) in &properties {
            if !unknown.is_empty() {
                unknown.push(b',');
            }
            print_text(&mut unknown, key);
            unknown.push(b':');
            unknown.extend_from_slice(value.text().as_bytes());
        }
        self.unknown = String::from_utf8_lossy(&unknown).into();
    }

    /// Properties that were received and that the spec does not know, as text, with commas between them.
    pub(crate) fn unknown_text(&self) -> &str {
        &self.unknown
    }

    /// The same by name.
    pub(crate) fn unknown(&self) -> impl Iterator<Item = (Cow<'_, str>, JsonRef<'_>)> {
        bare_properties(self.unknown_text())
    }

    pub(crate) fn origin(&self) -> Origin {
        self.origin
    }

    pub(crate) fn set_origin(&mut self, origin: Origin) {
        self.origin = origin;
    }
}
