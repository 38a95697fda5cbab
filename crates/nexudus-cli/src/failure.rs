//! Why a command failed, and the exit code that says so to a script.

use std::fmt;
use std::io;

use nexudus_client::transport::TransportErrorKind;
use nexudus_client::{Error, ErrorKind};

/// What the process ends with. Each code has one meaning, so that a script can act on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Nothing went wrong.
    Ok = 0,
    /// Something failed that none of the other codes names.
    Failure = 1,
    /// The command line, an input file or the configuration is wrong. Nothing was sent.
    Usage = 2,
    /// There is no such record.
    NotFound = 3,
    /// There are no credentials, or the service does not accept them.
    NotLoggedIn = 4,
    /// The credentials are good and lack a role.
    NotAllowed = 5,
    /// The service refused the values that were sent.
    Validation = 6,
    /// The service asks to slow down.
    Throttled = 7,
    /// No complete answer came.
    Network = 8,
    /// A write was sent, and whether the service carried it out is not known.
    OutcomeUnknown = 9,
    /// Of several records, some were done and some were not.
    Partly = 10,
    /// The person who was asked said no, or nobody was there to be asked.
    Declined = 11,
    /// Ended by the interrupt key.
    Interrupted = 130,
}

impl Exit {
    /// All codes with their meaning, for the help and the manual.
    pub(crate) const ALL: [(Self, &'static str); 13] = [
        (Self::Ok, "done"),
        (Self::Failure, "another failure"),
        (Self::Usage, "wrong command line, input file or configuration; nothing was sent"),
        (Self::NotFound, "no such record"),
        (Self::NotLoggedIn, "no credentials, or the service does not accept them"),
        (Self::NotAllowed, "a role is missing"),
        (Self::Validation, "the service refused the values"),
        (Self::Throttled, "too many requests"),
        (Self::Network, "no complete answer"),
        (Self::OutcomeUnknown, "a write whose outcome is unknown"),
        (Self::Partly, "some records done, some not"),
        (Self::Declined, "declined, or no terminal to ask"),
        (Self::Interrupted, "interrupted"),
    ];

    /// The number.
    pub(crate) fn code(self) -> u8 {
        self as u8
    }
}

/// What is wrong with one property.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct FieldFailure {
    /// The property, as the service names it.
    pub(crate) property: Option<String>,
    /// What is wrong with it.
    pub(crate) message: String,
}

/// Why a command failed.
#[derive(Clone, Debug)]
pub(crate) struct Failure {
    /// The exit code.
    pub(crate) exit: Exit,
    /// One line or more for people.
    pub(crate) message: String,
    /// What is wrong with each property, if the service rejected the values.
    pub(crate) fields: Vec<FieldFailure>,
    /// The role that is missing, if one is.
    pub(crate) role: Option<String>,
    /// What to do now.
    pub(crate) hint: Option<String>,
    /// Whether nothing is to be printed: the failure was shown already, or nobody reads any more.
    pub(crate) silent: bool,
}

impl Failure {
    /// A failure with its exit code.
    pub(crate) fn new(exit: Exit, message: impl Into<String>) -> Self {
        let message = shortened(message.into());
        Self { exit, message, fields: Vec::new(), role: None, hint: None, silent: false }
    }

    /// A wrong command line, input file or configuration.
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self::new(Exit::Usage, message)
    }

    /// Ended by the interrupt key.
    pub(crate) fn interrupted() -> Self {
        Self::new(Exit::Interrupted, "interrupted")
    }

    /// Adds what to do now.
    #[must_use]
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Ends the process with a code and prints nothing more.
    pub(crate) fn silent(exit: Exit) -> Self {
        Self { silent: true, ..Self::new(exit, "") }
    }
}

/// The longest message, in characters: a command line may hold words of any length.
const LONGEST: usize = 4000;

/// A message that fits a screen or two.
fn shortened(message: String) -> String {
    match message.char_indices().nth(LONGEST) {
        None => message,
        Some((at, _)) => {
            let (kept, cut) = message.split_at(at);
            format!("{kept}… ({} more characters)", cut.chars().count())
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Failure {}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let exit = match error.kind() {
            _ if error.is_outcome_unknown() => Exit::OutcomeUnknown,
            // The last could not be built.
            ErrorKind::Usage
            | ErrorKind::NotFull
            | ErrorKind::ReadOnly
            | ErrorKind::Transport(TransportErrorKind::Request) => Exit::Usage,
            ErrorKind::NotFound => Exit::NotFound,
            ErrorKind::Unauthorized | ErrorKind::TwoFactorRequired => Exit::NotLoggedIn,
            ErrorKind::Forbidden | ErrorKind::AccessDenied => Exit::NotAllowed,
            ErrorKind::Validation | ErrorKind::Refused | ErrorKind::MethodNotAllowed => Exit::Validation,
            ErrorKind::Throttled => Exit::Throttled,
            ErrorKind::Transport(_) => Exit::Network,
            _ => Exit::Failure,
        };
        let fields = error.field_errors().iter().map(|field| FieldFailure {
            property: field.property.clone(),
            message: field.message.clone().unwrap_or_else(|| "is not valid".to_owned()),
        });
        let fields = fields.collect();
        let role = error.is_unauthorized().then(|| error.role()).flatten();
        let mut message = error.to_string();
        if matches!(error.kind(), ErrorKind::Transport(TransportErrorKind::Request)) {
            let mut source = std::error::Error::source(&error);
            while let Some(reason) = source {
                message.push_str(&format!(": {reason}"));
                source = reason.source();
            }
        }
        Self { fields, role, ..Self::new(exit, message) }
    }
}

impl From<io::Error> for Failure {
    /// A failure to print. A reader that went away, such as `head`, wants no message.
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::BrokenPipe {
            return Self::silent(Exit::Ok);
        }
        Self::new(Exit::Failure, format!("can't print: {error}"))
    }
}
