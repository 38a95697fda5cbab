//! The checkout that a task works on: where it is, and its files as they are compared, written and remembered.

pub mod apply;
pub mod diff;
pub mod git;
pub mod stamp;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::{fs, io};

use crate::codegen;
use crate::error::Error;
use crate::spec::{self, Spec};

/// What a checkout of this project has at its root.
const MARKS: [&str; 2] = ["spec/api.json", "xtask/Cargo.toml"];

/// The root of the checkout that holds a folder.
///
/// It is looked for at run time: a path that is compiled in still names the old checkout after a copy of it, its
/// target folder included, was made.
pub fn root_above(folder: &Path) -> Result<PathBuf, Error> {
    let root = folder.ancestors().find(|folder| MARKS.iter().all(|mark| folder.join(mark).is_file()));
    root.map(Path::to_owned).ok_or_else(|| {
        let folder = folder.display();
        Error::Message(format!("error: {folder} is not inside a checkout of this project (no {} above it)", MARKS[0]))
    })
}

/// The spec of the checkout at `root`.
pub fn load_spec(root: &Path) -> Result<Spec, Error> {
    let files = read_spec(root)?;
    spec::load(&files).map_err(|faults| Error::Message(spec::report(&faults)))
}

/// The texts of the spec's files, by path from the root.
pub fn read_spec(root: &Path) -> Result<BTreeMap<String, String>, Error> {
    let files = spec::read_files(root).map_err(Error::on(&root.join("spec")))?;
    files.map_err(|faults| Error::Message(spec::report(&faults)))
}

/// All files in the folders of generated files, by path from the root.
pub fn read_generated(root: &Path) -> Result<BTreeMap<String, Vec<u8>>, Error> {
    let mut found = BTreeMap::new();
    let mut folders: Vec<String> = codegen::FOLDERS.iter().map(|folder| (*folder).to_owned()).collect();
    while let Some(folder) = folders.pop() {
        let full = root.join(&folder);
        let entries = match fs::read_dir(&full) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            Err(error) => return Err(Error::on(&full)(error)),
        };
        for entry in entries {
            let entry = entry?;
            let path = format!("{folder}/{}", entry.file_name().to_string_lossy());
            if entry.file_type()?.is_dir() {
                folders.push(path);
            } else if !git::is_hidden(&entry.path()) {
                let text = fs::read(entry.path()).map_err(Error::on(&entry.path()))?;
                found.insert(path, text);
            }
        }
    }
    Ok(found)
}

/// Texts of the files that have generated blocks.
pub fn read_blocks(root: &Path) -> Vec<(&'static str, Vec<u8>)> {
    codegen::BLOCK_FILES.iter().map(|path| (*path, fs::read(root.join(path)).unwrap_or_default())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_root_is_above() {
        let folder = std::env::temp_dir().join(format!("xtask-root-{}", std::process::id()));
        let deep = folder.join("crates/one/src");
        fs::create_dir_all(&deep).unwrap();
        fs::create_dir_all(folder.join("spec")).unwrap();
        fs::create_dir_all(folder.join("xtask")).unwrap();
        fs::write(folder.join("spec/api.json"), "").unwrap();
        assert!(matches!(root_above(&deep), Err(Error::Message(text)) if text.contains("no spec/api.json above it")));
        fs::write(folder.join("xtask/Cargo.toml"), "").unwrap();
        assert_eq!(root_above(&deep).unwrap(), folder);
        assert_eq!(root_above(&folder).unwrap(), folder);
        fs::remove_dir_all(&folder).unwrap();
    }
}
