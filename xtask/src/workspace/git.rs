//! What git knows of the checkout.

use std::collections::BTreeSet;
use std::io::{ErrorKind, Write};
use std::path::Path;
use std::process::Command;

use crate::codegen;
use crate::error::Error;
use crate::spec;

/// Fails where spec files or generated files are there that git does not track: they would be missing in every other
/// checkout.
///
/// What the loader reads or the generator writes has to be tracked even where git is told to ignore it. Of other files
/// in `spec/`, those don't count that are hidden or that the person excludes (`.gitignore`, `.git/info/exclude`,
/// `core.excludesFile`). Without a repository, as in an unpacked archive, nothing is tracked and nothing is wrong;
/// where there is one that git can't read, the check has not been made, and that is an error.
pub fn check_tracked(root: &Path, out: &mut dyn Write) -> Result<(), Error> {
    if !root.ancestors().any(|folder| folder.join(".git").exists()) {
        return Ok(());
    }
    let generated = [&["spec"], codegen::FOLDERS].concat();
    let (Some(all), Some(others)) =
        (untracked(root, &[], &generated)?, untracked(root, &["--exclude-standard"], &["spec"])?)
    else {
        writeln!(out, "note: git is not installed, so whether all files are tracked was not checked")?;
        return Ok(());
    };
    let ours = all
        .into_iter()
        .filter(|name| spec::is_read(name) || Path::new(name).extension().is_some_and(|end| end == "rs"));
    let names: BTreeSet<String> = ours.chain(others).filter(|name| !is_hidden(Path::new(name))).collect();
    if names.is_empty() {
        return Ok(());
    }
    for name in &names {
        writeln!(out, "  {name}: untracked")?;
    }
    writeln!(out, "{} not known to git; run `git add` on what belongs to the change", names.len())?;
    Err(Error::Reported)
}

/// Whether a file is one of those that file managers and editors leave everywhere.
pub fn is_hidden(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"."))
}

/// Files that are there and not tracked; none where git is not installed.
fn untracked(root: &Path, flags: &[&str], paths: &[&str]) -> Result<Option<Vec<String>>, Error> {
    let mut command = Command::new("git");
    command.arg("-C").arg(root).args(["ls-files", "--others", "-z"]).args(flags).arg("--").args(paths);
    let listed = match command.output() {
        Ok(listed) => listed,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(format!("can't run git: {error}").into()),
    };
    if !listed.status.success() {
        let said = String::from_utf8_lossy(&listed.stderr);
        return Err(format!("git can't tell which files are tracked. It said:\n{}", said.trim_end()).into());
    }
    let names = String::from_utf8_lossy(&listed.stdout);
    Ok(Some(names.split('\0').filter(|name| !name.is_empty()).map(str::to_owned).collect()))
}
