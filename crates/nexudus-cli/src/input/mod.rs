//! What a person gives: values, dates, bodies, files, ids.

mod body;
mod dates;
mod ids;
mod source;
mod value;

pub(crate) use body::parse_body;
pub(crate) use ids::{parse_id, read_ids};
pub(crate) use source::{read_bytes, read_source, resolve_secret};
pub(crate) use value::{expectation, query_text, typed};
