//! `cargo xtask bench`: the figures of `docs/performance.md`.
//!
//! What needs the crates runs in `nexudus-bench`, which this starts; what compiling costs, and the sandbox as a program,
//! is measured here. Every
//! figure that matters is a ratio within one run, since a machine that does other things gives no steady times.

mod compile;
mod load;
mod program;
mod twin;

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use crate::codegen;
use crate::drive::{self, Failure};
use crate::tried;

/// What can be measured, and what it says.
pub const SUBJECTS: &[(&str, &str)] = &[
    ("codegen", "Generating everything, and finding that there is nothing to do"),
    ("records", "Decoding and encoding a page, beside serde's derive"),
    ("get", "A typed get, beside a bare reqwest and serde_json"),
    ("stream", "Many pages through a stream, beside a page loop"),
    ("scale", "The sandbox with a million bookings"),
    ("sandbox", "The sandbox under load, beside Prism"),
    ("model", "Compiling the model, beside a twin with serde's derive"),
    ("program", "Compiling a program that uses every entity"),
];

/// Calls of a server that refuses what is too fast, in real time.
pub fn soak(root: &Path) -> Result<(), Failure> {
    measured_at_run_time(root, "soak").map_err(Failure::Told)
}

/// Measures the subjects that are named, or all.
pub fn run(root: &Path, subjects: &[&str]) -> Result<(), Failure> {
    let spec = drive::load(root)?;
    for (name, says) in SUBJECTS {
        if subjects.is_empty() || subjects.contains(name) {
            println!("# {name}: {says}");
            let done = match *name {
                "codegen" => code_generation(root),
                "sandbox" => load::sandbox(root),
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

/// Times a run that makes everything anew, in this process, and the runs that find nothing to do, as people start them.
fn code_generation(root: &Path) -> Result<(), String> {
    let mut times: Vec<Duration> = Vec::new();
    for _ in 0..5 {
        let start = Instant::now();
        let spec = drive::load(root).map_err(|_| "the spec does not load")?;
        codegen::generate(&spec).map_err(|error| error.to_string())?;
        times.push(start.elapsed());
    }
    times.sort_unstable();
    println!("reading the spec and generating all files: {:.2} s", times.get(2).map_or(0.0, Duration::as_secs_f64));
    for flags in [&["codegen"][..], &["codegen", "--check"]] {
        // The first run may have something to write.
        tried::run(Command::new(env!("CARGO")).arg("xtask").args(flags).current_dir(root))?;
        let start = Instant::now();
        tried::run(Command::new(env!("CARGO")).arg("xtask").args(flags).current_dir(root))?;
        println!("cargo xtask {}, nothing to do: {:.2} s", flags.join(" "), start.elapsed().as_secs_f64());
    }
    tried::run(Command::new(env!("CARGO")).args(["xtask", "codegen", "--stats"]).current_dir(root))
}

fn measured_at_run_time(root: &Path, subject: &str) -> Result<(), String> {
    let mut command = Command::new(env!("CARGO"));
    command.args(["run", "--quiet", "--release", "--package", "nexudus-bench", "--", subject]).current_dir(root);
    tried::run(&mut command)
}

pub use compile::measure_if_wrapping_rustc;
