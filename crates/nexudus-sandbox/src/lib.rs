#![doc = include_str!("../README.md")]

mod auth;
mod catalog;
mod clock;
mod file;
mod list;
mod names;
mod render;
mod sandbox;
mod seed;
mod server;
mod service;
mod settings;
mod store;
mod value;
mod wire;
mod write;

pub use sandbox::{Builder, InProcess, Sandbox, StartError};
pub use service::Service;
pub use settings::{Account, Seed};
pub use store::StoreError;

/// The e-mail address of the administrator that a sandbox starts with.
pub const ADMIN_EMAIL: &str = "admin@example.com";
/// The e-mail address of the user without roles that a sandbox starts with.
pub const GUEST_EMAIL: &str = "guest@example.com";
/// The password of both.
pub const PASSWORD: &str = "sandbox";
/// The bearer token of the administrator. It does not expire.
pub const TOKEN: &str = "sandbox-token";
