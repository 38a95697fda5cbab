//! JSON text: values that keep it, a scanner, and errors.
//!
//! This room does not use records or entities.

mod error;
mod one_line;
mod scan;
mod serde;
mod text;
mod value;

pub use error::DecodeError;
pub(crate) use error::ErrorDetails;
pub use one_line::OneLine;
#[cfg(test)]
pub(crate) use scan::check;
pub(crate) use scan::{ENDED, Raw, Scanner, Shape, SyntaxError};
pub(crate) use text::{parse_decimal, parse_int, print_bare, print_decimal, print_int, print_text, unescape};
pub(crate) use value::bare_properties;
pub use value::{Json, JsonError, JsonRef};
