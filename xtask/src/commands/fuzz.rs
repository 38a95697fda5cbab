//! `cargo xtask fuzz`: mutated input for everything that reads what others send.
//!
//! The targets are a test of `nexudus-fuzz`, built with what the tests of the workspace are built with; this starts it
//! for longer than `cargo test` does.

use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use crate::args::Parsed;
use crate::error::Error;
use crate::tools::cargo::Cargo;
use crate::tools::process::run;

/// Runs all targets or one, for a minute or as long as is asked for.
pub fn fuzz(root: &Path, args: &Parsed) -> Result<(), Error> {
    let mut command = Cargo::new(root)?.command(&["test", "--quiet", "--workspace", "--test", "fuzz"]);
    if args.has("release") {
        // What a debug build checks is what is looked for.
        command.arg("--release").env("CARGO_PROFILE_RELEASE_DEBUG_ASSERTIONS", "true");
        command.env("CARGO_PROFILE_RELEASE_OVERFLOW_CHECKS", "true");
    }
    command.arg("--");
    if let Some(target) = args.value("target") {
        command.args(["--target", target]);
    }
    if let Some(file) = args.value("replay") {
        // Tests run in the folder of their package.
        command.arg("--replay").arg(std::path::absolute(file)?);
    } else {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
        command.args(["--seconds", args.value("seconds").unwrap_or("60")]);
        command.args(["--seed", args.value("seed").unwrap_or(&now.to_string())]);
    }
    Ok(run(&mut command)?)
}
