//! `cargo xtask bench`: the figures of `docs/performance.md`.
//!
//! What needs the crates runs in `nexudus-bench`, which this starts; what compiling costs is measured here. Every
//! figure that matters is a ratio within one run, since a machine that does other things gives no steady times.

mod compile;
mod program;
mod twin;

use std::path::Path;
use std::process::Command;

use crate::drive::{self, Failure};

/// What can be measured, and what it says.
pub const SUBJECTS: &[(&str, &str)] = &[
    ("records", "Decoding and encoding a page, beside serde's derive"),
    ("get", "A typed get, beside a bare reqwest and serde_json"),
    ("scale", "The sandbox with a million bookings"),
    ("model", "Compiling the model, beside a twin with serde's derive"),
    ("program", "Compiling a program that uses every entity"),
];

/// Measures the subjects that are named, or all.
pub fn run(root: &Path, subjects: &[&str]) -> Result<(), Failure> {
    let spec = drive::load(root)?;
    for (name, says) in SUBJECTS {
        if subjects.is_empty() || subjects.contains(name) {
            println!("# {name}: {says}");
            let done = match *name {
                "model" => compile::model(root, &spec),
                "program" => compile::program(root, &spec),
                other => measured_at_run_time(root, other),
            };
            done.map_err(Failure::Told)?;
            println!();
        }
    }
    Ok(())
}

fn measured_at_run_time(root: &Path, subject: &str) -> Result<(), String> {
    let mut command = Command::new(env!("CARGO"));
    command.args(["run", "--quiet", "--release", "--package", "nexudus-bench", "--", subject]).current_dir(root);
    succeed(&mut command)
}

/// Runs a command to its end.
fn succeed(command: &mut Command) -> Result<(), String> {
    let status = command.status().map_err(|error| format!("can't run {command:?}: {error}"))?;
    if status.success() { Ok(()) } else { Err(format!("{command:?} failed: {status}")) }
}

pub use compile::measure_if_wrapping_rustc;
