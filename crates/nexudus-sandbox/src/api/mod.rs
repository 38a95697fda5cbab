//! `/api`: the service's own endpoints, as functions of the state and a request.

pub(crate) mod action;
pub(crate) mod call;
pub(crate) mod caller;
pub(crate) mod checkin;
pub(crate) mod command;
pub(crate) mod enums;
pub(crate) mod file;
pub(crate) mod list;
pub(crate) mod login;
pub(crate) mod query;
pub(crate) mod route;
pub(crate) mod write;
