//! Entries in the order of their ids, in chunks: a look-up, an insertion and the n-th of a million are a matter of
//! microseconds, and a list knows how long it is without counting.

/// Entries in order of their id.
#[derive(Clone, Debug)]
pub(crate) struct Chunks<V> {
    chunks: Vec<Vec<(i64, V)>>,
    len: usize,
}

/// Long enough that a million entries are a thousand chunks, short enough that an insertion moves little.
const CHUNK: usize = 1024;

/// Where an id stands in a chunk, or where it would. Most ids follow one another without a gap, so the first guess
/// is nearly always right; a search would touch memory ten times for it.
fn place<V>(chunk: &[(i64, V)], id: i64) -> Result<usize, usize> {
    let first = chunk.first().map_or(0, |entry| entry.0);
    let guess = id.checked_sub(first).and_then(|guess| usize::try_from(guess).ok()).unwrap_or(usize::MAX);
    match chunk.get(guess) {
        Some(entry) if entry.0 == id => Ok(guess),
        // Ids only grow by one or more, so no id stands behind its guess.
        _ => chunk[..chunk.len().min(guess.saturating_add(1))].binary_search_by_key(&id, |entry| entry.0),
    }
}

impl<V> Default for Chunks<V> {
    fn default() -> Self {
        Self::new()
    }
}

impl<V> Chunks<V> {
    pub(crate) const fn new() -> Self {
        Self { chunks: Vec::new(), len: 0 }
    }

    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// The chunk that holds an id, or would.
    fn chunk_of(&self, id: i64) -> usize {
        self.chunks.partition_point(|chunk| chunk[0].0 <= id).saturating_sub(1)
    }

    pub(crate) fn get(&self, id: i64) -> Option<&V> {
        let chunk = self.chunks.get(self.chunk_of(id))?;
        place(chunk, id).ok().map(|at| &chunk[at].1)
    }

    pub(crate) fn insert(&mut self, id: i64, value: V) -> Option<V> {
        let which = self.chunk_of(id);
        let Some(chunk) = self.chunks.get_mut(which) else {
            self.chunks.push(vec![(id, value)]);
            self.len = 1;
            return None;
        };
        let at = match place(chunk, id) {
            Ok(at) => return Some(std::mem::replace(&mut chunk[at].1, value)),
            Err(at) => at,
        };
        self.len += 1;
        if chunk.len() < CHUNK {
            chunk.insert(at, (id, value));
        } else if at == CHUNK {
            // Ids mostly grow: a full chunk stays full and the next one begins.
            let next = which + 1;
            self.chunks.insert(next, vec![(id, value)]);
        } else {
            let tail = chunk.split_off(CHUNK / 2);
            self.chunks.insert(which + 1, tail);
            let (which, at) = if at <= CHUNK / 2 { (which, at) } else { (which + 1, at - CHUNK / 2) };
            self.chunks[which].insert(at, (id, value));
        }
        None
    }

    pub(crate) fn remove(&mut self, id: i64) -> Option<V> {
        let which = self.chunk_of(id);
        let chunk = self.chunks.get_mut(which)?;
        let at = place(chunk, id).ok()?;
        let (_, value) = chunk.remove(at);
        if chunk.is_empty() {
            self.chunks.remove(which);
        }
        self.len -= 1;
        Some(value)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (i64, &V)> {
        self.chunks.iter().flatten().map(|(id, value)| (*id, value))
    }

    /// Looks for ids that only grow, each from where the last one was found.
    pub(crate) fn finder(&self) -> Finder<'_, V> {
        Finder { chunks: self.chunks.iter(), chunk: &[] }
    }

    /// The ids from a position on, up to a count; `descending` counts from the end.
    pub(crate) fn slice(&self, offset: usize, count: usize, descending: bool) -> Vec<i64> {
        let count = count.min(self.len.saturating_sub(offset));
        let mut left = if descending { self.len.saturating_sub(offset + count) } else { offset };
        let mut ids = Vec::with_capacity(count);
        for chunk in &self.chunks {
            if left >= chunk.len() {
                left -= chunk.len();
                continue;
            }
            ids.extend(chunk[left..].iter().take(count - ids.len()).map(|entry| entry.0));
            left = 0;
            if ids.len() == count {
                break;
            }
        }
        if descending {
            ids.reverse();
        }
        ids
    }
}

/// A walk over entries that stops where it is asked to.
pub(crate) struct Finder<'a, V> {
    chunks: std::slice::Iter<'a, Vec<(i64, V)>>,
    chunk: &'a [(i64, V)],
}

impl<'a, V> Finder<'a, V> {
    /// The entry of an id that is larger than the one before.
    pub(crate) fn find(&mut self, id: i64) -> Option<&'a V> {
        while self.chunk.last().is_none_or(|last| last.0 < id) {
            self.chunk = self.chunks.next()?;
        }
        let at = place(self.chunk, id).unwrap_or_else(|at| at);
        self.chunk = &self.chunk[at..];
        self.chunk.first().filter(|entry| entry.0 == id).map(|entry| &entry.1)
    }
}
#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn chunks_agree_with_a_tree() {
        let mut chunks = Chunks::default();
        let mut tree = BTreeMap::new();
        // A fixed walk: grows at the end, in the middle and at the front, and shrinks everywhere.
        let mut state = 1_u64;
        for step in 0..20_000_i64 {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let id = if step % 3 == 0 { step } else { i64::try_from(state >> 50).unwrap() };
            if state.is_multiple_of(5) {
                assert_eq!(chunks.remove(id), tree.remove(&id));
            } else {
                assert_eq!(chunks.insert(id, step), tree.insert(id, step));
            }
        }
        assert_eq!(chunks.len(), tree.len());
        assert!(chunks.iter().map(|(id, value)| (id, *value)).eq(tree.iter().map(|(id, value)| (*id, *value))));
        let ids: Vec<i64> = tree.keys().copied().collect();
        for offset in [0, 1, 1023, 1024, 5000, ids.len() - 3, ids.len(), ids.len() + 9] {
            let forward: Vec<i64> = ids.iter().copied().skip(offset).take(7).collect();
            let backward: Vec<i64> = ids.iter().rev().copied().skip(offset).take(7).collect();
            assert_eq!(chunks.slice(offset, 7, false), forward);
            assert_eq!(chunks.slice(offset, 7, true), backward);
        }
        assert_eq!(chunks.slice(0, usize::MAX, false), ids);
        let mut finder = chunks.finder();
        for id in (0..20_000).step_by(3) {
            assert_eq!(finder.find(id), tree.get(&id));
        }
    }
}
