//! Records as JSON.

use crate::catalog::{Catalog, Entity};
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
    let own = entity.own();
    let (id_at, unique_at, title_at) = (
        catalog.common(entity, |common| common.id),
        catalog.common(entity, |common| common.unique_id),
        catalog.common(entity, |common| common.to_string_text),
    );
    let mut cells = row.cells().peekable();
    let start = out.len();
    for (at, slot) in (0_u16..).zip(&plan.slots) {
        out.extend_from_slice(&slot.key);
        let mut cell = cells.next_if(|(here, _)| *here == at).map(|(_, cell)| cell);
        if let Some(path) = &slot.derived {
            cell = store.follow(row, path);
        }
        match cell {
            Some(_) if slot.field.is_get_only() && depth == Depth::Summary => out.extend_from_slice(slot.default),
            Some(_) if slot.field.is_write_only() => out.extend_from_slice(slot.default),
            Some(cell) => cell.write(slot.field.kind, out),
            None if at < own => out.extend_from_slice(slot.default),
            None if at == id_at => write_int(id, out),
            None if at == unique_at => Cell::Guid(unique_id(entity, id)).write(slot.field.kind, out),
            None if at == title_at => write_text(&title(catalog, entity, id, row), out),
            None => out.extend_from_slice(slot.default),
        }
    }
    // Each key brings its comma along; the first one makes room for the bracket.
    match out.get_mut(start) {
        Some(first) => *first = b'{',
        None => out.push(b'{'),
    }
    out.push(b'}');
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
