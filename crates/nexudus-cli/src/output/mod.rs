//! Answers on standard output, and nothing else there.
//!
//! One answer is a record, a list of records that may be long, or a text. Every format prints the same answer; in the
//! JSON formats the text of every value is the service's own.

mod command_output;
mod csv;
mod envelope;
mod format;
mod jq;
mod list;
mod markdown;
mod style;
mod table;
mod yaml;

pub(crate) use command_output::{CommandOutput, print};
pub(crate) use csv::unprotect;
pub(crate) use envelope::{Envelope, print_failure};
pub(crate) use format::Format;
pub(crate) use jq::Filter;
pub(crate) use list::List;
pub(crate) use style::{CsvStyle, Style};
pub(crate) use yaml::to_yaml;
