//! `cargo xtask verdict --base REV`: what the changes of `spec/` since a commit mean for users of the crates.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;
use std::process::Command;

use crate::args::{Parsed, counted};
use crate::error::Error;
use crate::spec;
use crate::tools::process::output;
use crate::verdict::{changes, entry, level};
use crate::workspace::load_spec;

/// Prints the verdict, its items, and the entry for the changelog.
pub fn verdict(root: &Path, args: &Parsed, out: &mut dyn Write) -> Result<(), Error> {
    let Some(base) = args.value("base") else {
        return Err("give the commit or tag to compare with: --base v0.1.0".to_owned().into());
    };
    let old = spec::load(&spec_at(root, base)?).map_err(|faults| {
        Error::Message(format!("{}error: the spec of {base} can't be read by this version", spec::report(&faults)))
    })?;
    let changes = changes(&old, &load_spec(root)?);
    writeln!(out, "verdict: {}, {} since {base}", level(&changes).word(), counted(changes.len(), "item"))?;
    for change in &changes {
        writeln!(out, "{:8} {change}", change.level.word())?;
    }
    if !changes.is_empty() {
        writeln!(out, "\n{}", entry(&changes).trim_end())?;
    }
    Ok(())
}

/// The spec's files as git has them at a commit.
fn spec_at(root: &Path, base: &str) -> Result<BTreeMap<String, String>, Error> {
    let git = |arguments: &[&str]| output(Command::new("git").arg("-C").arg(root).args(arguments));
    let commit = git(&["rev-parse", "--verify", "--quiet", "--end-of-options", &format!("{base}^{{commit}}")])
        .map_err(|_| format!("git knows no commit or tag `{base}`"))?;
    let commit = commit.trim();
    let listed = git(&["ls-tree", "-r", "-z", "--full-tree", "--name-only", commit, "--", "spec/"])?;
    let mut files = BTreeMap::new();
    for path in listed.split('\0').filter(|path| spec::is_read(path)) {
        files.insert(path.to_owned(), git(&["show", &format!("{commit}:{path}")])?);
    }
    Ok(files)
}
