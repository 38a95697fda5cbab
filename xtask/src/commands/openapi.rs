//! `cargo xtask openapi`: writes the OpenAPI document, or says whether it is up to date.

use std::fs;
use std::io::{Read, Write};
use std::path::Path;

use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;

use crate::args::Parsed;
use crate::error::Error;
use crate::openapi::{FILE, Version, document};
use crate::workspace::load_spec;

/// The document as the sandbox holds it, inside of its crate so that it is packaged with it.
const PACKED: &str = "crates/nexudus-sandbox/assets/openapi.json.gz";

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
        let plain = fs::read_to_string(root.join(FILE)).is_ok_and(|old| old == text);
        for (file, same) in [(FILE, plain), (PACKED, is_packed(&root.join(PACKED), &text))] {
            if !same {
                let text = format!("{file} is not up to date; run `cargo xtask openapi` and commit what it writes");
                return Err(text.into());
            }
        }
        writeln!(out, "openapi: {FILE} is up to date")?;
        return Ok(());
    }
    let path = match args.value("out") {
        // A document of another version than the committed one has no place of its own.
        None if version != Version::V31 => return Err("give a file for another version: --out FILE".to_owned().into()),
        None => root.join(FILE),
        Some(path) => Path::new(path).to_owned(),
    };
    if args.value("out").is_none() && !is_packed(&root.join(PACKED), &text) {
        pack(&root.join(PACKED), &text)?;
        writeln!(out, "openapi: {PACKED} is written")?;
    }
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

/// Whether a packed file holds a text. What it is packed by does not matter.
fn is_packed(path: &Path, text: &str) -> bool {
    let Ok(file) = fs::File::open(path) else { return false };
    let mut old = Vec::with_capacity(text.len() + 1);
    let limit = u64::try_from(text.len()).unwrap_or(u64::MAX).saturating_add(1);
    GzDecoder::new(file).take(limit).read_to_end(&mut old).is_ok() && old == text.as_bytes()
}

fn pack(path: &Path, text: &str) -> Result<(), Error> {
    let failed = Error::on(path);
    let mut packed = GzEncoder::new(Vec::new(), Compression::best());
    let packed = packed.write_all(text.as_bytes()).and_then(|()| packed.finish());
    packed.and_then(|packed| fs::write(path, packed)).map_err(failed)
}
