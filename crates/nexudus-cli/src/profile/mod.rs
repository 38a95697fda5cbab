//! Profiles and credentials: which service is asked, and as whom.
//!
//! A profile is a name for settings and credentials. Settings stand in one readable file; credentials stand in files of
//! their own that nobody but their owner may read, each with the base address that it was issued for and is never
//! sent past. What the environment says goes before what a file says.

mod config;
mod credentials;
mod get_only;
mod home;
mod session;
mod token_command;

pub(crate) use config::{Config, SETTINGS, check_profile_name};
pub(crate) use credentials::{LoginKind, Stored};
pub(crate) use home::{Home, make_folder_of, read_or_make_key, remove_with_lock, write_private};
pub(crate) use session::{Reads, Session, SessionOptions, base_url, client, is_service_address, profile_name};
