#![doc = include_str!("../README.md")]

mod auth;
mod catalog;
mod checkin;
mod clock;
mod command;
mod control;
mod demo;
mod fault;
mod file;
mod hash;
mod list;
mod log;
mod names;
mod page;
mod render;
mod sandbox;
mod seed;
mod server;
mod service;
mod settings;
#[cfg(feature = "sqlite")]
mod sqlite;
mod store;
mod throttle;
mod token;
mod value;
mod webhook;
mod wire;
mod write;

pub use fault::Fault;
pub use sandbox::{Builder, InProcess, Sandbox, StartError};
pub use service::Service;
pub use settings::{Account, App, Seed};
pub use store::StoreError;
pub use throttle::Limits;

/// The e-mail address of the administrator that a sandbox starts with.
pub const ADMIN_EMAIL: &str = "admin@example.com";
/// The e-mail address of the user without roles that a sandbox starts with.
pub const GUEST_EMAIL: &str = "guest@example.com";
/// The password of both.
pub const PASSWORD: &str = "sandbox";
/// The bearer token of the administrator. It does not expire.
pub const TOKEN: &str = "sandbox-token";
