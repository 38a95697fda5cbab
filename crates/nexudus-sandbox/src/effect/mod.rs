//! What writes, deletes, commands and actions set off: the rules of the spec, applied to a change in the making.
//!
//! Nothing here is of one entity, and nothing is visible before all of it is committed.

pub(crate) mod run;
pub(crate) mod work;
