//! HTTP, beneath authentication: addresses and the transport.

mod address;
mod reqwest;
mod retry_after;

pub(crate) use address::{Base, encode_into, with_query};
pub(crate) use reqwest::{Http, Settings};
pub(crate) use retry_after::retry_after;
