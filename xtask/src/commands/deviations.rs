//! `cargo xtask deviations`: a probe against sandboxes that deviate at random.
//!
//! These are tests of `nexudus-cli`, which `cargo test` runs with a few files and one section; this runs them with many
//! files and the whole account.

use std::path::Path;

use crate::args::Parsed;
use crate::error::Error;
use crate::tools::cargo::Cargo;
use crate::tools::process::run;

/// The tests, by their names.
const TESTS: [&str; 2] =
    ["probe::a_probe_finds_every_deviation_and_no_other", "probe::no_value_of_a_record_is_in_what_a_probe_writes"];

/// Runs the tests with 200 files, or as many as are asked for.
pub fn deviations(root: &Path, args: &Parsed) -> Result<(), Error> {
    let mut command =
        Cargo::new(root)?.command(&["test", "--quiet", "-p", "nexudus-cli", "--test", "it", "--", "--exact"]);
    command.args(TESTS).arg("--nocapture");
    command.env("NEXUDUS_PROBE_FILES", args.value("files").unwrap_or("200"));
    command.env("NEXUDUS_PROBE_SEED", args.value("seed").unwrap_or("1"));
    Ok(run(&mut command)?)
}
