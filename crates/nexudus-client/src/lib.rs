//! [authentication]: guide::authentication
//! [lists]: guide::lists
//! [updates]: guide::updates
//! [errors and retries]: guide::errors_and_retries
//! [webhooks]: guide::webhooks
//! [the sandbox]: guide::sandbox
//!
// The README's own definitions of these come later, so the first ones count: modules here, files elsewhere.
#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

#[macro_use]
mod macros;

mod action;
mod auth;
#[cfg(feature = "blocking")]
pub mod blocking;
mod call;
mod client;
mod dynamic;
mod endpoint;
mod error;
#[doc(hidden)]
pub mod feature;
mod file;
#[rustfmt::skip]
#[allow(clippy::doc_markdown, reason = "the spec's sentences name properties and products")]
mod generated;
pub mod guide;
mod http;
mod list;
mod records;
mod service;
pub mod webhook;

pub use action::ActionCall;
pub use auth::{
    App, Credentials, FileStore, Install, LockedStore, Login, MemoryStore, NotFromService, Secret, Token, TokenStore,
};
pub use call::RateLimit;
pub use client::{Client, ClientBuilder};
pub use dynamic::{DynamicCall, DynamicCommand, DynamicEndpoint, DynamicList, DynamicPages};
pub use endpoint::{Endpoint, Upserted};
pub use error::{Error, ErrorKind, Outcome};
pub use file::Download;
pub use http::{Attempt, Retry};
pub use list::{Collected, Items, List, Pages};
pub use nexudus_core::{
    ActionOf, AnyFull, AnyPage, AnyRecord, Change, CivilDateTime, CommandOf, CommonFilters, Condition, DateTime,
    Decimal, Direction, Entity, Envelope, FieldError, FileOf, Filter, Full, Id, Json, OpenEnum, OrderBy, Page, Record,
    transport,
};
pub use nexudus_model as model;
pub use records::command::{Arity, Command, CommandCall, Parameter};
pub use records::custom_fields::{CustomFields, NotCustomFields};
pub use records::get_many::GetMany;
pub use records::pages::ListDrift;
pub use records::pending::{Pending, Typed};
pub use records::update::{DynamicUpdate, OnConflict, Update, Updated};
pub use service::{EnumValue, RawRequest, RawResponse};

/// What most programs use: `use nexudus_client::prelude::*;`.
pub mod prelude {
    pub use crate::{
        Client, Condition, CustomFields as _, DateTime, Decimal, Direction, Entity as _, Full, Id, OpenEnum as _,
    };
}

/// What an operation gives.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// The README of the whole project, whose example has to compile.
#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
struct ProjectReadme;
