//! What a record holds besides its typed fields.

use serde_json::{Map, Value};

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
    received: Bits,
    kept: Option<Box<Kept>>,
}

/// Most records need none of this, so it stands behind a pointer.
#[derive(Clone, Default)]
struct Kept {
    odd: Vec<Odd>,
    unknown: Map<String, Value>,
}

/// A value that is not written the way that it was received, or that the typed field can't hold.
#[derive(Clone, PartialEq)]
struct Odd {
    at: usize,
    raw: Value,
    readable: bool,
}

/// A set of small numbers.
#[derive(Clone, Default)]
struct Bits {
    first: u64,
    rest: Vec<u64>,
}

impl Bits {
    fn insert(&mut self, at: usize) {
        match (at / 64).checked_sub(1) {
            None => self.first |= 1 << at,
            Some(word) => {
                if self.rest.len() <= word {
                    self.rest.resize(word + 1, 0);
                }
                self.rest[word] |= 1 << (at % 64);
            }
        }
    }

    fn contains(&self, at: usize) -> bool {
        let word = match (at / 64).checked_sub(1) {
            None => self.first,
            Some(word) => self.rest.get(word).copied().unwrap_or_default(),
        };
        word & 1 << (at % 64) != 0
    }
}

/// By value: unknown properties, and known ones that could not be read. Spellings and missing keys don't count.
impl PartialEq for Extra {
    fn eq(&self, other: &Self) -> bool {
        let unreadable = |extra: &Self| -> Vec<(usize, Value)> {
            let mut odd: Vec<_> =
                extra.odd().filter(|odd| !odd.readable).map(|odd| (odd.at, odd.raw.clone())).collect();
            odd.sort_by_key(|(at, _)| *at);
            odd
        };
        self.unknown().eq(other.unknown()) && unreadable(self) == unreadable(other)
    }
}

impl Extra {
    fn odd(&self) -> std::slice::Iter<'_, Odd> {
        self.kept.as_ref().map(|kept| kept.odd.as_slice()).unwrap_or_default().iter()
    }

    /// The received value of a property, where it is not the one that the typed field would be written as.
    pub(crate) fn odd_at(&self, at: usize) -> Option<&Value> {
        self.odd().find(|odd| odd.at == at).map(|odd| &odd.raw)
    }

    pub(crate) fn was_received(&self, at: usize) -> bool {
        self.received.contains(at)
    }

    pub(crate) fn receive(&mut self, at: usize) {
        self.received.insert(at);
        self.forget(at);
    }

    pub(crate) fn keep(&mut self, at: usize, raw: Value, readable: bool) {
        self.kept.get_or_insert_default().odd.push(Odd { at, raw, readable });
    }

    /// Drops the received spelling of a property.
    fn forget(&mut self, at: usize) {
        if let Some(kept) = &mut self.kept {
            kept.odd.retain(|odd| odd.at != at);
        }
    }

    pub(crate) fn set_unknown(&mut self, name: String, value: Value) {
        self.kept.get_or_insert_default().unknown.insert(name, value);
    }

    /// Properties that were received and that the spec does not know.
    pub(crate) fn unknown(&self) -> impl Iterator<Item = (&String, &Value)> {
        self.kept.iter().flat_map(|kept| &kept.unknown)
    }

    pub(crate) fn origin(&self) -> Origin {
        self.origin
    }

    pub(crate) fn set_origin(&mut self, origin: Origin) {
        self.origin = origin;
    }
}
