//! The cargo that started this program.
//!
//! Neither its path nor the target folder may be compiled in: the first is gone after an update of the toolchain, and
//! the second is another one in a copy of the checkout. A relative `CARGO_TARGET_DIR` counts from the folder that
//! cargo was started in, so cargo itself is asked where that is, and is told so wherever it is started again.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::process::output;
use crate::spec::json::{self, Value};

/// How to start cargo on the checkout.
pub struct Cargo {
    program: OsString,
    /// The root of the checkout.
    pub root: PathBuf,
    /// The target folder, absolute.
    pub target: PathBuf,
}

impl Cargo {
    /// The cargo for the checkout at `root`.
    pub fn new(root: &Path) -> Result<Self, String> {
        let program = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let mut metadata = Command::new(&program);
        // Started in the folder that this program was started in.
        metadata.args(["metadata", "--no-deps", "--format-version", "1", "--manifest-path"]);
        let text = output(metadata.arg(root.join("Cargo.toml")))?;
        let value = json::parse(&text).map_err(|error| format!("cargo metadata printed no JSON: {}", error.what))?;
        let target = text_at(&value.value, "target_directory").ok_or("cargo metadata names no target folder")?;
        let target = PathBuf::from(target);
        Ok(Self { program, root: root.to_owned(), target })
    }

    /// A cargo command, started at the root of the checkout.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.program);
        command.args(arguments).current_dir(&self.root).env("CARGO_TARGET_DIR", &self.target);
        command
    }

    /// Builds a package of the workspace, and gives its program.
    pub fn build(&self, package: &str, flags: &[&str]) -> Result<PathBuf, String> {
        let mut command = self.command(&["build", "--quiet", "--package", package, "--message-format", "json"]);
        // Errors of the compiler are shown as they come.
        let text = output(command.args(flags).stderr(std::process::Stdio::inherit()))?;
        let mut programs = text.lines().filter_map(|line| json::parse(line).ok()).filter_map(|message| {
            let program = text_at(&message.value, "executable")?;
            Some(PathBuf::from(program))
        });
        programs.next_back().ok_or_else(|| format!("cargo built no program of {package}"))
    }
}

/// The text of a key of an object.
pub fn text_at<'v>(value: &'v Value, key: &str) -> Option<&'v str> {
    let Value::Object(members) = value else { return None };
    match &members.iter().find(|member| member.key == key)?.node.value {
        Value::Text(text) => Some(text),
        _ => None,
    }
}
