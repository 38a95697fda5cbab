//! A file with a line for each write: what was asked, what was there before, what came of it.

use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use nexudus_client::DateTime;

use crate::failure::Failure;
use crate::json::{Object, Raw};

/// The file of writes.
#[derive(Debug)]
pub(crate) struct Audit(Mutex<File>);

impl Audit {
    /// Opens the file, which nobody but its owner may read; new lines go behind those that it has. What somebody else
    /// could read, or what leads elsewhere, is refused: the lines hold personal data.
    pub(crate) fn open(path: &Path) -> Result<Self, Failure> {
        let refused = |what: &str| Failure::usage(format!("--audit: {} {what}", path.display()));
        let known = std::fs::symlink_metadata(path).ok();
        if known.as_ref().is_some_and(|known| !known.is_file()) {
            return Err(refused("is not a regular file"));
        }
        let mut options = OpenOptions::new();
        options.create(true).append(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let failed = |error| Failure::usage(format!("--audit: can't open {}: {error}", path.display()));
        let file = options.open(path).map_err(failed)?;
        #[cfg(unix)]
        {
            use std::os::unix::fs::MetadataExt as _;
            let opened = file.metadata().map_err(failed)?;
            if known.is_some_and(|known| (known.dev(), known.ino()) != (opened.dev(), opened.ino())) {
                return Err(refused("was exchanged while it was opened"));
            }
            if opened.mode() & 0o077 != 0 {
                let failure = refused("can be read or written by others");
                return Err(failure.hint(format!("chmod 600 {}", path.display())));
            }
            if !opened.is_file() || opened.nlink() > 1 {
                return Err(refused("has another name or is not a regular file"));
            }
        }
        Ok(Self(Mutex::new(file)))
    }

    fn line(&self, line: &Object) -> std::io::Result<()> {
        let text = format!("{}\n", line.to_raw().text());
        let mut file = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        file.write_all(text.as_bytes())?;
        file.flush()
    }
}

/// A write on its way. Its line is written whatever happens: one that is interrupted says that the outcome is unknown.
pub(super) struct Entry<'a> {
    audit: Option<&'a Audit>,
    line: Object,
}

impl<'a> Entry<'a> {
    /// Begins a write. Records are without secrets.
    pub(super) fn begin(audit: Option<&'a Audit>, tool: &str, entity: &str, plan: &Object, before: Raw) -> Self {
        let mut line = Object::default();
        line.set("time", Raw::string(&DateTime::now().to_string()));
        line.set("tool", Raw::string(tool));
        line.set("entity", Raw::string(entity));
        line.set("plan", plan.to_raw());
        line.set("before", before);
        Self { audit, line }
    }

    /// Ends a write with its outcome; says so if that can't be kept.
    pub(super) fn end(mut self, outcome: &str, after: Raw, message: Option<&str>) -> Option<String> {
        self.write(outcome, after, message)
    }

    fn write(&mut self, outcome: &str, after: Raw, message: Option<&str>) -> Option<String> {
        let audit = self.audit.take()?;
        self.line.set("outcome", Raw::string(outcome));
        self.line.set("after", after);
        if let Some(message) = message {
            self.line.set("message", Raw::string(message));
        }
        audit.line(&self.line).err().map(|error| format!("the line for the audit file could not be written: {error}"))
    }
}

impl Drop for Entry<'_> {
    fn drop(&mut self) {
        // Nobody waits for the answer of a call that was interrupted.
        self.write("unknown", Raw::null(), Some("interrupted before the service answered"));
    }
}
