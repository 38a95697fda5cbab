//! Brings the files on disk to what is generated.

use std::fs;
use std::path::Path;

use super::diff::{Difference, FileState};
use crate::error::Error;

/// Writes what differs; gives the number of files written.
pub fn apply(root: &Path, differences: &[Difference]) -> Result<usize, Error> {
    if let Some(difference) = differences.iter().find(|difference| difference.state == FileState::NoBlock) {
        return Err(Error::Message(no_block(difference)));
    }
    let mut written = 0;
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
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).map_err(Error::on(folder))?;
        }
        fs::write(&path, &difference.is).map_err(Error::on(&path))?;
        written += 1;
    }
    Ok(written)
}

fn no_block(difference: &Difference) -> String {
    format!("{} has no place for what is generated into it; put this there:\n\n{}", difference.path, difference.is)
}
