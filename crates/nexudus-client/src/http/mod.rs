//! HTTP below authentication: addresses, one exchange, the meaning of a response, and the transport.

mod address;
mod backoff;
mod exchange;
mod proxy;
mod reqwest;
mod response;
mod retry_after;

pub(crate) use address::{ALLOW_PLAIN_HTTP, Base, PlainHttp, encode_into, redact, with_query};
pub use backoff::Retry;
pub(crate) use backoff::{FAR, is_passing, later, never_arrived};
pub use exchange::Attempt;
pub(crate) use exchange::{Exchange, Hook, Outgoing, Wanted};
pub(crate) use proxy::ProxyChoice;
pub(crate) use reqwest::{Http, Settings};
pub(crate) use response::{BYTE_ORDER_MARK, Raw, command_that_deletes};
