//! The spec: what is known of the service, as files that people edit.
//!
//! [`load()`] turns the files into a [`Spec`], or into a list of everything that is wrong with them. It trusts
//! nothing: a maintainer's slip must come back as a line that can be clicked on, never as a panic or as code that
//! does not compile. [`read_files`] is the only part that touches the disk.

mod check;
pub mod diagnostic;
mod effects;
mod expr;
pub mod json;
mod load;
mod model;
mod patch;
mod read;
mod rules;
pub mod small;
#[cfg(test)]
pub(crate) mod tests;

use std::collections::BTreeMap;
use std::path::Path;
use std::{fs, io};

pub use self::diagnostic::{Diagnostic, report};
pub use self::effects::{CHILDREN_KEYS, EFFECTS_KEYS, ENTITY_EFFECTS_KEYS, RULE_KEYS, SERIES_KEYS};
pub use self::load::{
    ACTION_KEYS, API_KEYS, COMMAND_KEYS, DEPRECATED_KEYS, DEPRECATED_OPERATION_KEYS, ENTITY_KEYS, ENUM_KEYS,
    ENUMS_KEYS, ENVELOPE_KEYS, FILE_KEYS, ORDER_KEYS, PAGING_KEYS, PARAMETER_KEYS, PROPERTY_KEYS, RELATED_KEYS,
    ROLE_KEYS, SECTION_KEYS, UNPLACED_KEYS, is_read, load,
};
pub use self::model::*;
pub use self::patch::{FILE_KEYS as PATCHES_KEYS, PATCH_KEYS};
pub use self::rules::{Act, Children, Effects, EntityEffects, Expr, Rule, Scope};

/// Reads the spec files below a repository's root, keyed by their path from there, with `/` between segments.
///
/// A file that is not valid UTF-8 is an error; a disk that does not answer is an error.
pub fn read_files(root: &Path) -> io::Result<Result<BTreeMap<String, String>, Vec<Diagnostic>>> {
    let mut files = BTreeMap::new();
    let mut diagnostics = Vec::new();
    let mut folders = vec![("spec".to_owned(), root.join("spec"))];
    while let Some((name, folder)) = folders.pop() {
        for entry in fs::read_dir(&folder)? {
            let entry = entry?;
            let path = format!("{name}/{}", entry.file_name().to_string_lossy());
            if entry.file_type()?.is_dir() {
                folders.push((path, entry.path()));
            } else if is_read(&path) {
                match String::from_utf8(fs::read(entry.path())?) {
                    Ok(text) => {
                        files.insert(path, text);
                    }
                    Err(_) => diagnostics.push(Diagnostic {
                        kind: diagnostic::DiagnosticKind::Unreadable,
                        file: path,
                        at: None,
                        pointer: String::new(),
                        what: "the file is not UTF-8".to_owned(),
                        help: None,
                    }),
                }
            }
        }
    }
    diagnostics.sort_by(|a, b| a.file.cmp(&b.file));
    Ok(if diagnostics.is_empty() { Ok(files) } else { Err(diagnostics) })
}
