//! `/__sandbox` and the page: what people and tests do to the sandbox itself.

pub(crate) mod openapi;
pub(crate) mod page;
pub(crate) mod route;
