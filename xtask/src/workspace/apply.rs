//! Brings the files on disk to what is generated.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use super::diff::{Difference, FileState};
use crate::error::Error;

/// Writes what differs; gives the number of files written.
pub fn apply(root: &Path, differences: &[Difference]) -> Result<usize, Error> {
    if let Some(difference) = differences.iter().find(|difference| difference.state == FileState::NoBlock) {
        return Err(Error::Message(no_block(difference)));
    }
    let mut files = Vec::new();
    for difference in differences {
        let path = root.join(&difference.path);
        if difference.state == FileState::Orphan {
            fs::remove_file(&path).map_err(Error::on(&path))?;
            // A folder that is empty now goes too; one that is not stays.
            if let Some(folder) = path.parent() {
                fs::remove_dir(folder).ok();
            }
            continue;
        }
        files.push((path, difference.is.as_str()));
    }
    write_whole(&files)?;
    Ok(files.len())
}

/// Writes files, each as a whole: all are written beside their places first, so that a disk that is full leaves every
/// file as it was.
pub fn write_whole(files: &[(PathBuf, &str)]) -> Result<(), Error> {
    let mut staged = Staged(Vec::new());
    for (path, text) in files {
        // A file that a link names is replaced where it is.
        let place = fs::canonicalize(path).unwrap_or_else(|_| path.clone());
        let folder = place.parent().unwrap_or(Path::new("."));
        fs::create_dir_all(folder).map_err(Error::on(folder))?;
        let name = place.file_name().unwrap_or_default().to_string_lossy();
        let new = folder.join(format!(".{name}.{}.new", std::process::id()));
        staged.0.push((new.clone(), place.clone()));
        let mut file = File::create(&new).map_err(Error::on(path))?;
        file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).map_err(Error::on(path))?;
        if let Ok(old) = fs::metadata(&place) {
            fs::set_permissions(&new, old.permissions()).map_err(Error::on(path))?;
        }
    }
    for (new, place) in &staged.0 {
        fs::rename(new, place).map_err(Error::on(place))?;
    }
    Ok(())
}

/// Files on their way to their places. What has not got there is removed.
struct Staged(Vec<(PathBuf, PathBuf)>);

impl Drop for Staged {
    fn drop(&mut self) {
        for (new, _) in &self.0 {
            fs::remove_file(new).ok();
        }
    }
}

fn no_block(difference: &Difference) -> String {
    format!("{} has no place for what is generated into it; put this there:\n\n{}", difference.path, difference.is)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_written_all_or_none() {
        let folder = std::env::temp_dir().join(format!("xtask-whole-{}", std::process::id()));
        fs::create_dir_all(folder.join("taken")).unwrap();
        fs::write(folder.join("one"), "old").unwrap();
        // A file stands where a folder would have to be.
        let bad = [(folder.join("one"), "new"), (folder.join("one/two"), "new")];
        assert!(matches!(write_whole(&bad), Err(Error::Message(_))));
        assert_eq!(fs::read_to_string(folder.join("one")).unwrap(), "old");
        write_whole(&[(folder.join("one"), "new"), (folder.join("deep/two"), "new")]).unwrap();
        assert_eq!(fs::read_to_string(folder.join("one")).unwrap(), "new");
        assert_eq!(fs::read_to_string(folder.join("deep/two")).unwrap(), "new");
        // Nothing is left of what was on its way.
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 3);
        fs::remove_dir_all(&folder).unwrap();
    }
}
