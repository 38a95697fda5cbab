//! How the files on disk differ from what is generated, and how that is shown.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write};
use std::path::Path;

use crate::codegen::{self, Block, Output};

/// How a file differs from what is generated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// Its path from the root.
    pub path: String,
    /// What the difference is.
    pub state: FileState,
    /// The text on disk, empty where there is none.
    pub was: String,
    /// The text that belongs there, empty where none does.
    pub is: String,
}

/// What is wrong with a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileState {
    /// The spec that the file was made from has changed.
    Outdated,
    /// The spec has not: the file was edited, or the generator was.
    Edited,
    /// The generator makes it, and it is not there.
    Missing,
    /// It is there, and the generator makes no such file.
    Orphan,
    /// A generated block of a file that people write.
    Block,
    /// Marks of a block are not there.
    NoBlock,
}

/// Compares whole files; `whole` where all files were generated, so that what else is found is an orphan.
pub fn compare(output: &Output, found: &BTreeMap<String, Vec<u8>>, whole: bool) -> Vec<Difference> {
    let mut differences = Vec::new();
    for (path, is) in &output.files {
        let (state, was) = match found.get(path) {
            None => (FileState::Missing, String::new()),
            Some(was) if was == is.as_bytes() => continue,
            Some(was) => {
                let was = String::from_utf8_lossy(was).into_owned();
                (if source_hash(&was) == source_hash(is) { FileState::Edited } else { FileState::Outdated }, was)
            }
        };
        differences.push(Difference { path: path.clone(), state, was, is: is.clone() });
    }
    if whole {
        let orphans = found.iter().filter(|(path, _)| !output.files.contains_key(*path));
        differences.extend(orphans.map(|(path, was)| Difference {
            path: path.clone(),
            state: FileState::Orphan,
            was: String::from_utf8_lossy(was).into_owned(),
            is: String::new(),
        }));
    }
    differences.sort_by(|a, b| a.path.cmp(&b.path));
    differences
}

/// The line of a header that holds the hash of the spec.
fn source_hash(text: &str) -> Option<&str> {
    text.lines().take(3).find_map(|line| line.strip_prefix("// spec "))
}

/// Compares the generated blocks of files that people write.
pub fn compare_blocks(root: &Path, blocks: &[Block]) -> Vec<Difference> {
    let mut differences = Vec::new();
    for block in blocks {
        // A file that is not there needs no block.
        let Ok(was) = fs::read_to_string(root.join(&block.file)) else { continue };
        match codegen::replace_block(block, &was) {
            Some(is) if is == was => {}
            Some(is) => differences.push(Difference { path: block.file.clone(), state: FileState::Block, was, is }),
            None => differences.push(Difference {
                path: block.file.clone(),
                state: FileState::NoBlock,
                was: String::new(),
                is: format!("{}\n{}{}\n", block.begin, block.text, block.end),
            }),
        }
    }
    differences
}

/// Says what differs and what to do.
pub fn summarize(differences: &[Difference], out: &mut dyn Write) -> io::Result<()> {
    if differences.iter().any(|difference| difference.state == FileState::Outdated) {
        writeln!(out, "the spec has changed since the code was generated")?;
    }
    for difference in differences {
        let words = match difference.state {
            FileState::Outdated => "changed (spec)",
            FileState::Edited => "changed (edited by hand, or the generator has changed)",
            FileState::Missing => "missing",
            FileState::Orphan => "orphan (nothing in the spec makes it)",
            FileState::Block => "changed (generated block)",
            FileState::NoBlock => "no place for the generated block",
        };
        writeln!(out, "  {}: {words}", difference.path)?;
    }
    let (number, verb) = match differences.len() {
        1 => ("1 file".to_owned(), "is"),
        count => (format!("{count} files"), "are"),
    };
    writeln!(out, "{number} {verb} not up to date; run `cargo xtask codegen` and commit what it writes")
}

/// Prints the differences as a unified diff.
pub fn show(differences: &[Difference], out: &mut dyn Write) -> io::Result<()> {
    for difference in differences {
        let old = if difference.state == FileState::Missing {
            "/dev/null".to_owned()
        } else {
            format!("a/{}", difference.path)
        };
        let new = if difference.state == FileState::Orphan {
            "/dev/null".to_owned()
        } else {
            format!("b/{}", difference.path)
        };
        let diff = similar::TextDiff::from_lines(&difference.was, &difference.is);
        write!(out, "{}", diff.unified_diff().context_radius(3).header(&old, &new))?;
    }
    Ok(())
}
