//! What the spec says of the service as a whole.

mod common;
pub mod service;

pub use common::Common;
