//! The spec held against a live service, with reads alone.
//!
//! Each entity is asked in the same way: whether its paths are there, whether its records are as the table says, and
//! whether filters, ranges, order and page size do what the spec says. What comes out holds names, types, counts and
//! verdicts. Values of records stay inside the run: this room's report types have no place for one, and names that are
//! not in the spec pass [`names`] first.

mod commands;
mod copied;
mod dates;
mod entity;
mod filters;
mod lists;
mod marks;
mod names;
mod page;
mod plan;
mod progress;
mod properties;
mod report;
mod request;
mod shape;

pub(crate) use entity::{Options, probe};
pub(crate) use page::page;
pub(crate) use plan::Plan;
pub(crate) use progress::{Header, Progress};
pub(crate) use report::Report;
