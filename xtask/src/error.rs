//! How a task fails.

use std::io;
use std::path::Path;

/// Why a task did not succeed.
#[derive(Debug)]
pub enum Error {
    /// It has printed what is wrong.
    Reported,
    /// What is wrong and what to do about it, for the user.
    Message(String),
    /// The disk, or the output, failed.
    Io(io::Error),
}

impl Error {
    /// Names the file or folder that an operation failed on.
    pub fn on(path: &Path) -> impl FnOnce(io::Error) -> Self + '_ {
        move |error| Self::Message(format!("error: {}: {error}", path.display()))
    }
}

impl From<io::Error> for Error {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

/// Most helpers fail with a clause that names what they could not do.
impl From<String> for Error {
    fn from(clause: String) -> Self {
        Self::Message(format!("error: {clause}"))
    }
}
