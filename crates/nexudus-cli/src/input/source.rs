//! Files, standard input, and secrets that must not stand on a command line.

use std::fs::File;
use std::io::{self, Read};

use crate::failure::Failure;

/// The longest file or standard input that is read whole: 64 MiB.
pub(crate) const INPUT_LIMIT: u64 = 64 * 1024 * 1024;

/// The text of a file, or of standard input for `-`.
pub(crate) fn read_source(path: &str) -> Result<String, Failure> {
    let name = if path == "-" { "standard input" } else { path };
    let bytes = read_bytes(path)?;
    String::from_utf8(bytes).map_err(|_| Failure::usage(format!("can't read {name}: it is not valid UTF-8")))
}

/// The bytes of a file, or of standard input for `-`.
pub(crate) fn read_bytes(path: &str) -> Result<Vec<u8>, Failure> {
    let name = if path == "-" { "standard input" } else { path };
    let failed = |error: io::Error| Failure::usage(format!("can't read {name}: {error}"));
    let mut bytes = Vec::new();
    let mut source: Box<dyn Read> =
        if path == "-" { Box::new(io::stdin().lock()) } else { Box::new(File::open(path).map_err(failed)?) };
    let read = source.by_ref().take(INPUT_LIMIT + 1).read_to_end(&mut bytes).map_err(failed)?;
    if read as u64 > INPUT_LIMIT {
        return Err(Failure::usage(format!("{name} is longer than {INPUT_LIMIT} bytes")));
    }
    Ok(bytes)
}

/// A value that may stand in a file (`@path`), on standard input (`-`) or, with a second `@`, for itself.
pub(crate) fn resolve_secret(text: &str) -> Result<String, Failure> {
    let read = |path: &str| read_source(path).map(|text| text.trim_end_matches(['\n', '\r']).to_owned());
    match text.strip_prefix('@') {
        Some(rest) if rest.starts_with('@') => Ok(rest.to_owned()),
        Some(path) => read(path),
        None if text == "-" => read("-"),
        None => Ok(text.to_owned()),
    }
}
