//! HTTP, beneath authentication: addresses and the transport.

mod address;
mod reqwest;

pub(crate) use address::{Base, encode_into, with_query};
pub(crate) use reqwest::{Http, Settings};
