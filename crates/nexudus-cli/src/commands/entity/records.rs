//! What a list says of records that moved while it was read.

use crate::context::Context;
pub(crate) use crate::records::{object_of, property_named, select, title};

/// Says that a list changed while it was read.
pub(crate) fn warn_of_changes(context: &Context, repeated: usize) {
    if repeated > 0 {
        context.warn(&format!(
            "the list changed while it was read: records received twice and printed once: {repeated}; others may be missing"
        ));
    }
}
