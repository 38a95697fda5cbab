//! A hash of everything that a run depends on, so that a run with nothing to do ends at once.
//!
//! It is no evidence that anybody has to trust: it lies in the target folder and is never committed, and without it
//! everything is made anew and compared.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;
use std::{env, fs};

use crate::hash::{Fnv, Hex};

/// One hash over everything that a run depends on, kept from the last run that left everything up to date.
pub struct Stamp {
    path: Option<PathBuf>,
    /// What this program is: its size and when it was built.
    program: Option<(u64, u128)>,
}

impl Stamp {
    /// The stamp of the checkout at `root`, kept in a folder; without one, nothing is remembered.
    pub fn new(root: &Path, folder: Option<&Path>) -> Self {
        let name = Hex(crate::hash::text(&root.to_string_lossy()));
        let path = folder.map(|folder| folder.join(format!("codegen-{name}.stamp")));
        let program = env::current_exe().and_then(fs::metadata).ok().and_then(|data| {
            let built = data.modified().ok()?.duration_since(UNIX_EPOCH).ok()?;
            Some((data.len(), built.as_nanos()))
        });
        Self { path, program }
    }

    fn hash(
        &self,
        spec: &BTreeMap<String, String>,
        found: &BTreeMap<String, Vec<u8>>,
        blocks: &[(&'static str, Vec<u8>)],
    ) -> Option<String> {
        let (size, built) = self.program?;
        let mut fnv = Fnv::default();
        fnv.write(&size.to_le_bytes());
        fnv.write(&built.to_le_bytes());
        for (path, text) in spec {
            fnv.text(path);
            fnv.text(text);
        }
        for (path, text) in found {
            fnv.text(path);
            fnv.write(text);
            fnv.write(&[0xff]);
        }
        for (path, text) in blocks {
            fnv.text(path);
            fnv.write(text);
            fnv.write(&[0xff]);
        }
        Some(Hex(fnv.finish()).to_string())
    }

    /// Whether everything is as it was when the stamp was set.
    pub fn holds(
        &self,
        spec: &BTreeMap<String, String>,
        found: &BTreeMap<String, Vec<u8>>,
        blocks: &[(&'static str, Vec<u8>)],
    ) -> bool {
        let kept = self.path.as_ref().and_then(|path| fs::read_to_string(path).ok());
        kept.is_some() && kept == self.hash(spec, found, blocks)
    }

    /// A stamp that can't be written costs the next run a second, and nothing else.
    pub fn set(
        &self,
        spec: &BTreeMap<String, String>,
        found: &BTreeMap<String, Vec<u8>>,
        blocks: &[(&'static str, Vec<u8>)],
    ) {
        if let (Some(path), Some(hash)) = (&self.path, self.hash(spec, found, blocks)) {
            fs::write(path, hash).ok();
        }
    }
}
