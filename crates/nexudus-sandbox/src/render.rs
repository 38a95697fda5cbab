//! Records as JSON.

use crate::catalog::{Catalog, Entity, Path, Plan};
use crate::store::Store;
use crate::value::{Cell, Row, write_int, write_text};

/// How much of a record is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Depth {
    /// All of it: get-one.
    Full,
    /// Without what comes only with get-one: lists, several ids, webhooks. The keys stay, with an empty value,
    /// as published samples show.
    Summary,
}

/// Appends a record.
pub(crate) fn record(
    catalog: &Catalog,
    store: &Store,
    entity: &Entity,
    id: i64,
    row: &Row,
    depth: Depth,
    out: &mut Vec<u8>,
) {
    let plan = catalog.plan(entity);
    let (id_at, unique_at, title_at) = (
        catalog.common(entity, |common| common.id),
        catalog.common(entity, |common| common.unique_id),
        catalog.common(entity, |common| common.to_string_text),
    );
    let mut cells = row.cells().peekable();
    let mut worked_out = plan.worked_out.iter().copied().peekable();
    let mut trail = Trail { store, row, steps: &[], end: Some((0, row)) };
    out.reserve(room(plan));
    out.push(b'{');
    // Few properties are set: what lies between two of them is copied as it stands in the blank record.
    let mut copied = 0;
    while let Some(at) = cells.peek().map(|(at, _)| *at).into_iter().chain(worked_out.peek().copied()).min() {
        worked_out.next_if_eq(&at);
        let mut cell = cells.next_if(|(here, _)| *here == at).map(|(_, cell)| cell);
        let Some(slot) = plan.slots.get(usize::from(at)) else { continue };
        let Some(before) = plan.blank.get(copied..slot.blank.0) else { continue };
        if let Some(path) = &slot.derived {
            cell = trail.follow(path);
        }
        if cell.is_some() && (slot.field.is_write_only() || slot.field.is_get_only() && depth == Depth::Summary) {
            continue;
        }
        if cell.is_none() && ![id_at, unique_at, title_at].contains(&at) {
            continue;
        }
        out.extend_from_slice(before);
        copied = slot.blank.1;
        match cell {
            Some(cell) => cell.write(slot.field.kind, out),
            None if at == id_at => write_int(id, out),
            None if at == unique_at => Cell::Guid(unique_id(entity, id)).write(slot.field.kind, out),
            None => write_text(&title(catalog, entity, id, row), out),
        }
    }
    out.extend_from_slice(plan.blank.get(copied..).unwrap_or_default());
    out.push(b'}');
}

/// The length that few records go beyond.
pub(crate) fn room(plan: &Plan) -> usize {
    plan.blank.len() + 512
}

/// Follows relations from a row, and remembers where it came to: properties of one related record stand together.
struct Trail<'a> {
    store: &'a Store,
    row: &'a Row,
    steps: &'a [(u16, usize)],
    end: Option<(i64, &'a Row)>,
}

impl<'a> Trail<'a> {
    fn follow(&mut self, path: &'a Path) -> Option<Cell<'a>> {
        if self.steps != path.steps {
            self.steps = &path.steps;
            self.end = self.store.walk(self.row, self.steps);
        }
        path.at_end(self.end?)
    }
}

/// What a record is called: its name where it has one.
pub(crate) fn title(catalog: &Catalog, entity: &Entity, id: i64, row: &Row) -> String {
    let text = catalog.plan(entity).title.and_then(|at| row.text(at));
    text.map_or_else(|| format!("{} {id}", entity.table.name), str::to_owned)
}

/// Odd, so that multiplying by it modulo a power of two can be undone.
const SPREAD: u64 = 0x1E37_79B9_7F4A_7C15;
/// The 62 bits that the variant of a UUID leaves.
const LOW: u64 = (1 << 62) - 1;

/// The unique id of a record that was not given another. It is made from entity and id, and leads back to
/// them, so that nothing has to be stored or indexed.
pub(crate) fn unique_id(entity: &Entity, id: i64) -> [u8; 16] {
    let low = id.unsigned_abs().wrapping_mul(SPREAD) & LOW;
    let high = mix(fnv(entity.table.name) ^ id.unsigned_abs());
    let mut bytes = [0; 16];
    bytes[..8].copy_from_slice(&high.to_be_bytes());
    bytes[8..].copy_from_slice(&(low | (1 << 63)).to_be_bytes());
    bytes[6] = (bytes[6] & 0x0f) | 0x40;
    bytes
}

/// The id that a unique id was made from, if it was made by [`unique_id`] for this entity.
pub(crate) fn id_of_unique(entity: &Entity, unique: &[u8; 16]) -> Option<i64> {
    let (_, low) = unique.split_last_chunk::<8>()?;
    // Newton's method: each step doubles the bits for which the product is one.
    let mut inverse = SPREAD;
    for _ in 0..6 {
        inverse = inverse.wrapping_mul(2_u64.wrapping_sub(SPREAD.wrapping_mul(inverse)));
    }
    let id = i64::try_from((u64::from_be_bytes(*low) & LOW).wrapping_mul(inverse) & LOW).ok()?;
    (unique_id(entity, id) == *unique).then_some(id)
}

fn fnv(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3))
}

/// Spreads a number over all bits, as splitmix64 does.
pub(crate) fn mix(number: u64) -> u64 {
    let mut z = number.wrapping_add(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_unique_id_leads_back_to_its_record() {
        let catalog = Catalog::new(nexudus_model::tables());
        let entity = catalog.entity(0);
        for id in [1, 2, 1_000_001, 87_654_321, (1 << 62) - 1] {
            assert_eq!(id_of_unique(entity, &unique_id(entity, id)), Some(id));
        }
        assert_eq!(id_of_unique(entity, &[9; 16]), None);
    }
}
