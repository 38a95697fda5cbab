//! The sandbox of this workspace as a program.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::cargo::Cargo;
use super::process::Process;

/// A sandbox of this workspace, which ends with this value.
pub struct Sandbox {
    process: Process,
    /// Without a path: `http://127.0.0.1:PORT`.
    pub url: String,
}

impl Sandbox {
    /// Builds the sandbox and starts it on a free port.
    pub fn start(cargo: &Cargo, arguments: &[&str]) -> Result<Self, String> {
        Self::spawn(&cargo.build("nexudus-sandbox", &[])?, arguments)
    }

    /// Builds the sandbox with optimizations, and gives the program.
    pub fn build_release(cargo: &Cargo) -> Result<PathBuf, String> {
        cargo.build("nexudus-sandbox", &["--release"])
    }

    /// Starts a sandbox that was built, on a free port.
    pub fn spawn(program: &Path, arguments: &[&str]) -> Result<Self, String> {
        let child = Command::new(program)
            .args(arguments)
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| format!("can't start {}: {error}", program.display()))?;
        // From here on it ends with this value, whatever goes wrong.
        let mut sandbox = Self { process: Process(child), url: String::new() };
        let mut line = String::new();
        if let Some(out) = sandbox.process.0.stdout.take() {
            BufReader::new(out).read_line(&mut line).map_err(|error| error.to_string())?;
        }
        let url = line.trim().strip_prefix("listening on ").and_then(|url| url.strip_suffix("/api"));
        url.ok_or_else(|| format!("the sandbox said {line:?} instead of where it listens"))?
            .clone_into(&mut sandbox.url);
        Ok(sandbox)
    }

    /// The address of its API.
    pub fn api(&self) -> String {
        format!("{}/api", self.url)
    }

    /// Its process.
    pub fn id(&self) -> u32 {
        self.process.0.id()
    }
}
