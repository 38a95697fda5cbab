//! What becomes of query parameters that nobody knows.

use std::str::FromStr;

/// What becomes of a query parameter that the sandbox does not know.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum UnknownFilters {
    /// It is ignored, as the service does, and a hint says so.
    #[default]
    Ignore,
    /// The request is refused with 400.
    Refuse,
}

impl FromStr for UnknownFilters {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        match name.trim().to_ascii_lowercase().as_str() {
            "ignore" => Ok(Self::Ignore),
            "refuse" => Ok(Self::Refuse),
            _ => Err(format!("{name}: give ignore or refuse")),
        }
    }
}
