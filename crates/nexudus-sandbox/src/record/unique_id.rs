//! Unique ids of records that were not given one.

use crate::catalog::entity::Entity;
use crate::value::mix::{fnv, mix};

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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::Catalog;

    #[test]
    fn a_unique_id_leads_back_to_its_record() {
        let catalog = Catalog::new(nexudus_model::tables(), &[]);
        let entity = &catalog.entities()[0];
        for id in [1, 2, 1_000_001, 87_654_321, (1 << 62) - 1] {
            assert_eq!(id_of_unique(entity, &unique_id(entity, id)), Some(id));
        }
        assert_eq!(id_of_unique(entity, &[9; 16]), None);
    }
}
