//! Who is calling, and what they may do: users, passwords, tokens.

pub(crate) mod account;
pub(crate) mod credentials;
pub(crate) mod digest;
pub(crate) mod token;
pub(crate) mod user;
