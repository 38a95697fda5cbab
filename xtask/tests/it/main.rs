//! Tests of xtask from outside.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that can't go on stops")]

mod growth;
mod mini;
mod pages;
mod program;
mod rooms;
mod scratch;
mod texts;

use std::path::{Path, PathBuf};

/// The root of this checkout, as cargo tells it at run time: what is compiled in is wrong in a copy.
fn root() -> PathBuf {
    Path::new(&std::env::var_os("CARGO_MANIFEST_DIR").unwrap()).join("..").canonicalize().unwrap()
}
