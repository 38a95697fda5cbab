//! Records as JSON, worked out from rows and what they point at. Only reads.

pub(crate) mod eval;
pub(crate) mod render;
pub(crate) mod unique_id;
