//! JSON text. This room knows nothing of records and their entities.

mod error;

pub use error::DecodeError;
pub(crate) use error::Fault;

/// Any JSON value.
pub use serde_json::Value as Json;
