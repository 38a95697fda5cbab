//! `cargo xtask openapi`: writes the OpenAPI document, or says whether it is up to date.

use std::fs;
use std::io::Write;
use std::path::Path;

use crate::args::Parsed;
use crate::error::Error;
use crate::openapi::{FILE, Version, document};
use crate::workspace::load_spec;

/// Writes the document to its place, to another file, or compares.
pub fn openapi(root: &Path, args: &Parsed, out: &mut dyn Write) -> Result<(), Error> {
    let version = match args.value("version") {
        None | Some("3.1") => Version::V31,
        Some("3.0") => Version::V30,
        Some(other) => return Err(format!("there is no version `{other}`; give 3.0 or 3.1").into()),
    };
    let spec = load_spec(root)?;
    let text = document(&spec, version).text();
    if args.has("check") {
        if fs::read_to_string(root.join(FILE)).is_ok_and(|old| old == text) {
            writeln!(out, "openapi: {FILE} is up to date")?;
            return Ok(());
        }
        return Err(format!("{FILE} is not up to date; run `cargo xtask openapi` and commit what it writes").into());
    }
    let path = match args.value("out") {
        // A document of another version than the committed one has no place of its own.
        None if version != Version::V31 => return Err("give a file for another version: --out FILE".to_owned().into()),
        None => root.join(FILE),
        Some(path) => Path::new(path).to_owned(),
    };
    if fs::read_to_string(&path).is_ok_and(|old| old == text) {
        writeln!(out, "openapi: {} is up to date", path.display())?;
        return Ok(());
    }
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(Error::on(folder))?;
    }
    fs::write(&path, &text).map_err(Error::on(&path))?;
    writeln!(out, "openapi: {} is written: {} entities, {} bytes", path.display(), spec.entities.len(), text.len())?;
    Ok(())
}
