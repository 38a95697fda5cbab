//! Values, their JSON text, and rows of them. Knows nothing of entities or of HTTP.

pub(crate) mod coerce;
pub(crate) mod mix;
pub(crate) mod position;
pub(crate) mod raw;
pub(crate) mod row;
pub(crate) mod text;
pub(crate) mod time;
