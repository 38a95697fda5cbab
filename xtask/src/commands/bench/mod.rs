//! `cargo xtask bench`: the figures of `docs/performance.md`.
//!
//! What needs the crates runs in `nexudus-bench`, which this starts; what compiling costs, and the sandbox as a
//! program, is measured here. Every figure that matters is a ratio within one run, since a machine that does other
//! things gives no steady times.

mod cli;
mod compile;
mod load;
mod mcp;
mod program;
mod twin;

use std::path::Path;
use std::time::{Duration, Instant};

use crate::codegen;
use crate::error::Error;
use crate::tools::cargo::Cargo;
use crate::tools::process;
use crate::workspace::load_spec;

/// What can be measured, and what it says.
pub const SUBJECTS: &[(&str, &str)] = &[
    ("codegen", "Generating everything, and finding that there is nothing to do"),
    ("records", "Decoding and encoding a page, beside serde's derive"),
    ("get", "A typed get, beside a bare reqwest and serde_json"),
    ("stream", "Many pages through a stream, beside a page loop"),
    ("scale", "The sandbox with a million bookings"),
    ("sandbox", "The sandbox under load, beside Prism"),
    ("cli", "The command-line tool, beside a bare request"),
    ("mcp", "The MCP server: its first answer, the length of answers, 10,000 calls"),
    ("model", "Compiling the model, beside a twin with serde's derive"),
    ("program", "Compiling a program that uses every entity"),
];

/// Calls of a server that refuses what is too fast, in real time.
pub fn soak(root: &Path) -> Result<(), Error> {
    Ok(measured_at_run_time(&Cargo::new(root)?, "soak")?)
}

/// Measures the subjects that are named, or all.
pub fn run(root: &Path, subjects: &[&str], install: bool) -> Result<(), Error> {
    let cargo = &Cargo::new(root)?;
    let spec = load_spec(root)?;
    for (name, says) in SUBJECTS {
        if subjects.is_empty() || subjects.contains(name) {
            println!("# {name}: {says}");
            let done = match *name {
                "codegen" => code_generation(cargo),
                "cli" => cli::cli(cargo),
                "mcp" => mcp::mcp(cargo),
                "sandbox" => load::sandbox(cargo, install),
                "model" => compile::model(cargo, &spec),
                "program" => compile::program(cargo, &spec),
                other => measured_at_run_time(cargo, other),
            };
            done?;
            println!();
        }
    }
    Ok(())
}

/// Times a run that makes everything anew, in this process, and the runs that find nothing to do, as people start them.
fn code_generation(cargo: &Cargo) -> Result<(), String> {
    let mut times: Vec<Duration> = Vec::new();
    for _ in 0..5 {
        let start = Instant::now();
        let spec = load_spec(&cargo.root).map_err(|_| "the spec does not load")?;
        codegen::generate(&spec).map_err(|error| error.to_string())?;
        times.push(start.elapsed());
    }
    times.sort_unstable();
    println!("reading the spec and generating all files: {:.2} s", times.get(2).map_or(0.0, Duration::as_secs_f64));
    for flags in [&["codegen"][..], &["codegen", "--check"]] {
        // The first run may have something to write.
        process::run(cargo.command(&["xtask"]).args(flags))?;
        let start = Instant::now();
        process::run(cargo.command(&["xtask"]).args(flags))?;
        println!("cargo xtask {}, nothing to do: {:.2} s", flags.join(" "), start.elapsed().as_secs_f64());
    }
    process::run(&mut cargo.command(&["xtask", "codegen", "--stats"]))
}

fn measured_at_run_time(cargo: &Cargo, subject: &str) -> Result<(), String> {
    process::run(&mut cargo.command(&["run", "--quiet", "--release", "--package", "nexudus-bench", "--", subject]))
}

pub use compile::measure_if_wrapping_rustc;
