//! Questions to a person.
//!
//! They are written to standard error, for standard output is the answer and nothing else, and they are asked only
//! where standard input and standard error are a terminal.

use std::io::{self, BufRead as _, Write as _};

use super::streams::Terminal;

/// Longest line that is taken as an answer, in bytes.
const LONGEST: u64 = 64 * 1024;

/// Why a question has no answer.
#[derive(Debug)]
pub(crate) enum PromptError {
    /// Nobody is there to be asked.
    NobodyThere,
    /// The person ended the input.
    Ended,
    /// The person pressed the interrupt key where it arrives as a character.
    Interrupted,
    /// The terminal failed.
    Io(io::Error),
}

/// Asks questions.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Prompt {
    may_ask: bool,
}

impl Prompt {
    /// A prompt that asks where the terminal allows it and `allowed` says so.
    pub(crate) fn new(terminal: &Terminal, allowed: bool) -> Self {
        Self { may_ask: allowed && terminal.can_ask() }
    }

    /// Whether a question would be asked.
    pub(crate) fn may_ask(self) -> bool {
        self.may_ask
    }

    /// Asks for yes or no; anything but yes is no.
    pub(crate) fn confirm(self, question: &str) -> Result<bool, PromptError> {
        let answer = self.line(&format!("{question} [y/N] "))?;
        Ok(matches!(answer.trim().to_ascii_lowercase().as_str(), "y" | "yes"))
    }

    /// Asks for a line of text.
    pub(crate) fn line(self, question: &str) -> Result<String, PromptError> {
        if !self.may_ask {
            return Err(PromptError::NobodyThere);
        }
        // Standard error is not held while the person thinks: others may have to say something.
        let mut stderr = io::stderr();
        stderr.write_all(question.as_bytes()).and_then(|()| stderr.flush()).map_err(PromptError::Io)?;
        let mut answer = String::new();
        let mut input = io::Read::take(io::stdin().lock(), LONGEST);
        match input.read_line(&mut answer).map_err(PromptError::Io)? {
            0 => Err(PromptError::Ended),
            _ => Ok(answer.trim_end_matches(['\n', '\r']).to_owned()),
        }
    }

    /// Asks for a secret, which is not shown while it is typed.
    pub(crate) fn secret(self, question: &str) -> Result<String, PromptError> {
        if !self.may_ask {
            return Err(PromptError::NobodyThere);
        }
        rpassword::prompt_password(question).map_err(|error| match error.kind() {
            io::ErrorKind::UnexpectedEof => PromptError::Ended,
            io::ErrorKind::Interrupted => PromptError::Interrupted,
            _ => PromptError::Io(error),
        })
    }
}
