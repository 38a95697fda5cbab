//! An asynchronous client for the Nexudus REST API that can't lose data.
//!
//! [`Client`] has one accessor an entity; each gives an [`Endpoint`] with the same few operations, and an
//! operation that an entity lacks does not compile.
//!
//! ```no_run
//! # async fn run() -> Result<(), nexudus_client::Error> {
//! let client = nexudus_client::Client::from_env()?;
//! let message = client.user_messages().get(87_654_321).await?;
//! println!("{:?} wrote {:?}", message.from_name, message.header);
//! for summary in client.user_messages().list().size(10).await? {
//!     println!("{:?}", summary.header);
//! }
//! # Ok(())
//! # }
//! ```

mod auth;
mod call;
mod client;
mod endpoint;
mod error;
#[rustfmt::skip]
mod generated;
mod list;
mod query;
mod transport;
mod update;

pub use auth::{Credentials, Secret};
pub use client::{Client, ClientBuilder};
pub use endpoint::Endpoint;
pub use error::Error;
pub use list::List;
pub use nexudus_core::{
    CommonFilters, Condition, Direction, Entity, FieldError, Filter, Full, Id, OrderBy, Page, Record, transport as wire,
};
pub use nexudus_model as model;
pub use update::{Update, Updated};

/// What an operation gives.
pub type Result<T, E = Error> = std::result::Result<T, E>;
