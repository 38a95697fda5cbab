//! What almost everything that answers is worked out from.

use crate::catalog::Catalog;
use crate::store::memory::Store;

/// The tables and the records, to read.
#[derive(Clone, Copy)]
pub(crate) struct View<'a> {
    pub(crate) catalog: &'a Catalog,
    pub(crate) store: &'a Store,
    /// Milliseconds since 1970.
    pub(crate) now: i64,
}
