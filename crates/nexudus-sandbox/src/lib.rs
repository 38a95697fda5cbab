#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod access;
mod api;
mod builder;
mod catalog;
mod control;
mod effect;
#[rustfmt::skip]
mod generated;
mod message;
mod record;
mod seed;
mod server;
mod service;
mod settings;
mod simulation;
mod state;
mod store;
mod value;
mod webhook;

pub use access::account::{ADMIN_EMAIL, Account, App, GUEST_EMAIL, PASSWORD, TOKEN};
pub use builder::{Builder, InProcess, Sandbox, StartError};
pub use seed::fill::Seed;
pub use service::Service;
pub use simulation::deviation::{DeviationError, Deviations};
pub use simulation::fault::Fault;
pub use simulation::throttle::Limits;
pub use simulation::unknown::UnknownFilters;
pub use store::change::StoreError;
