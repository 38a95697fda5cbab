//! Programs that tasks run: cargo, the sandbox, scripts, and what a person has to install first.
//!
//! A task installs nothing by itself. What is missing is named together with the command that installs it; packages
//! of npm and PyPI go into a folder of the task's own in the target folder, and only with `--install`.

pub mod cargo;
pub mod install;
pub mod process;
pub mod sandbox;
pub mod script;

use std::process::Command;

/// Today's date in UTC: `2026-01-31`.
pub fn today() -> Result<String, String> {
    let output =
        Command::new("date").args(["-u", "+%F"]).output().map_err(|error| format!("can't run date: {error}"))?;
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}
