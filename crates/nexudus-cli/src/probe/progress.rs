//! How far a probe has come, on disk: a line for each entity that is done, and no values either.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::report::{EntityReport, VERSION};
use crate::failure::Failure;
use crate::files::open_alone;

/// What a probe has to have in common with the one that it goes on with.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Header {
    pub(crate) version: u32,
    pub(crate) tool: String,
    pub(crate) account: String,
    pub(crate) sample: usize,
    pub(crate) gets: usize,
}

/// One line behind the header.
#[derive(Serialize, Deserialize)]
struct Line<'a> {
    entity: std::borrow::Cow<'a, str>,
    report: std::borrow::Cow<'a, EntityReport>,
}

/// The file of a probe.
#[derive(Debug)]
pub(crate) struct Progress {
    path: PathBuf,
    file: File,
    /// What is done.
    pub(crate) done: BTreeMap<String, EntityReport>,
}

impl Header {
    /// Of this version.
    pub(crate) fn new(tool: String, account: String, sample: usize, gets: usize) -> Self {
        Self { version: VERSION, tool, account, sample, gets }
    }
}

impl Progress {
    /// Opens the file. One of an earlier run is gone on with, or refused.
    pub(crate) fn open(path: PathBuf, header: &Header, resume: bool) -> Result<Self, Failure> {
        let failed = |error: std::io::Error| Failure::usage(format!("{}: {error}", path.display()));
        let Some(mut file) = open_alone(&path).map_err(failed)? else {
            return Err(Failure::usage(format!("{} is in use by another probe", path.display()))
                .hint("Name another report with --out."));
        };
        let mut done = BTreeMap::new();
        let mut begin = true;
        match std::fs::read_to_string(&path) {
            Ok(text) if resume && !text.trim().is_empty() => {
                let mut lines = text.lines();
                let first = lines.next().and_then(|line| serde_json::from_str::<Header>(line).ok());
                if first.as_ref() != Some(header) {
                    let what = if first.is_none() {
                        "is not a file of this"
                    } else {
                        "is of another account, version or sample"
                    };
                    return Err(Failure::usage(format!("{} {what}", path.display()))
                        .hint("Remove it to start over, or name another report with --out."));
                }
                // The last line of a run that was killed may be cut off; its entity is asked for again.
                for line in lines.filter_map(|line| serde_json::from_str::<Line<'_>>(line).ok()) {
                    done.insert(line.entity.into_owned(), line.report.into_owned());
                }
                begin = false;
            }
            Ok(text) if !text.trim().is_empty() => {
                return Err(Failure::usage(format!("{} is left from a probe that did not finish", path.display()))
                    .hint("Give --resume to continue it, or remove it to start over."));
            }
            Ok(_) => {}
            Err(error) => return Err(failed(error)),
        }
        let first = if begin { serde_json::to_string(header).unwrap_or_default() } else { String::new() };
        // A line that was cut off ends here.
        file.write_all(format!("{first}\n").as_bytes()).and_then(|()| file.sync_data()).map_err(failed)?;
        Ok(Self { path, file, done })
    }

    /// Writes what was found of an entity, to the disk.
    pub(crate) fn write(&mut self, entity: &str, report: EntityReport) -> Result<(), Failure> {
        let line = Line { entity: entity.into(), report: std::borrow::Cow::Borrowed(&report) };
        let text = serde_json::to_string(&line).map_err(|error| Failure::usage(error.to_string()))?;
        let written = self.file.write_all(format!("{text}\n").as_bytes()).and_then(|()| self.file.sync_data());
        written.map_err(|error| Failure::usage(format!("{}: {error}", self.path.display())))?;
        self.done.insert(entity.to_owned(), report);
        Ok(())
    }

    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Removes the file: the report is saved.
    pub(crate) fn remove(self) {
        std::fs::remove_file(&self.path).ok();
    }
}
