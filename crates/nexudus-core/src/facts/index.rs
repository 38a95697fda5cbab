//! The positions of an entity's properties by name.

use std::sync::OnceLock;

use super::field::Field;

/// A hash of a property's name. Names begin alike more often than they end alike, so the end is what counts.
fn hash(name: &str) -> usize {
    let bytes = name.as_bytes();
    let word = match bytes.last_chunk::<8>() {
        Some(tail) => u64::from_le_bytes(*tail),
        None => bytes.iter().fold(0, |word, byte| word << 8 | u64::from(*byte)),
    };
    let mixed = (word ^ name.len() as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    usize::from((mixed >> 48) as u16)
}

/// The positions of an entity's properties by name, made on first use.
#[derive(Debug)]
pub(crate) struct FieldIndex(OnceLock<Box<[u16]>>);

impl FieldIndex {
    pub(crate) const fn new() -> Self {
        Self(OnceLock::new())
    }

    /// The property with this name and its position, among so many that `field` gives by position.
    #[inline]
    pub(crate) fn find(
        &self,
        name: &str,
        field: impl Fn(usize) -> Option<&'static Field>,
        count: usize,
    ) -> Option<(usize, &'static Field)> {
        let index = self.0.get_or_init(|| make_index((0..count).filter_map(&field), count));
        let mask = index.len() - 1;
        let mut place = hash(name) & mask;
        // At most a quarter of the places is taken, so there is an empty one to stop at.
        loop {
            let at = usize::from(index[place]);
            let found = field(at)?;
            if found.name == name {
                return Some((at, found));
            }
            place = (place + 1) & mask;
        }
    }
}

/// A hash table of positions; a place without a property holds a position that no property has.
fn make_index(fields: impl Iterator<Item = &'static Field>, count: usize) -> Box<[u16]> {
    let mut index = vec![u16::MAX; (count * 4).next_power_of_two()];
    for (at, field) in (0..u16::MAX).zip(fields) {
        let mut place = hash(field.name) & (index.len() - 1);
        while index[place] != u16::MAX {
            place = (place + 1) & (index.len() - 1);
        }
        index[place] = at;
    }
    index.into()
}
