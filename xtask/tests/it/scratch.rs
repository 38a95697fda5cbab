//! The model crate with other generated files: its `lib.rs`, its macros, the real `nexudus-core`, and a program that uses it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use xtask::codegen;

use crate::root;

const MODEL: &str = "crates/nexudus-model/src/";

pub(crate) fn read(path: impl AsRef<Path>) -> String {
    let path = path.as_ref();
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// A crate with generated code and a program.
pub(crate) struct Scratch<'a> {
    pub(crate) name: &'a str,
    pub(crate) features: &'a [(&'a str, &'a str)],
    pub(crate) output: &'a codegen::Output,
    pub(crate) main: &'a str,
}

impl Scratch<'_> {
    /// The target folder of these tests, which the crate shares.
    pub(crate) fn target() -> PathBuf {
        // Found at run time: what is compiled in is wrong in a copy of the target folder.
        let program = std::env::current_exe().unwrap();
        program.ancestors().find(|folder| folder.join("CACHEDIR.TAG").is_file()).unwrap().to_owned()
    }

    /// Writes the crate and runs a command of cargo in it.
    pub(crate) fn cargo(&self, command: &[&str]) -> Output {
        let (root, name, target) = (root(), self.name, Self::target());
        let scratch = target.join("tmp").join(name);
        let mut made = Vec::new();
        for (path, text) in &self.output.files {
            if let Some(path) = path.strip_prefix(MODEL) {
                let path = scratch.join("src").join(path);
                write(&path, text);
                made.push(path);
            }
        }
        remove_others(&scratch.join("src/generated"), &made);
        let core = root.join("crates/nexudus-core");
        let features: Vec<String> =
            self.features.iter().map(|(feature, needs)| format!("{feature} = {needs}")).collect();
        let (features, core) = (features.join("\n"), core.display().to_string());
        let manifest = format!(
            r#"[package]
name = "{name}"
version = "0.0.0"
edition = "2024"
publish = false

[workspace]

[features]
{features}

[dependencies]
nexudus-core = {{ path = {core:?} }}
serde = {{ version = "1", default-features = false, features = ["std"] }}
serde_json = {{ version = "1", default-features = false, features = ["std"] }}

[profile.dev]
debug = "line-tables-only"
"#
        );
        write(&scratch.join("Cargo.toml"), &manifest);
        // The versions that the workspace has: nothing needs to be fetched.
        write(&scratch.join("Cargo.lock"), &read(root.join("Cargo.lock")));
        let strict = "#![deny(warnings, missing_docs)]\n#[macro_use]";
        let lib = read(root.join(MODEL).join("lib.rs")).replacen("#[macro_use]", strict, 1);
        write(&scratch.join("src/lib.rs"), &lib);
        for file in ["macros.rs", "draft.rs"] {
            write(&scratch.join("src").join(file), &read(root.join(MODEL).join(file)));
        }
        write(&scratch.join("src/main.rs"), self.main);
        Command::new(std::env::var_os("CARGO").unwrap())
            .args(command)
            .args(["--quiet", "--offline"])
            .current_dir(&scratch)
            .env("CARGO_TARGET_DIR", target)
            .output()
            .unwrap()
    }
}

/// Writes a file of the scratch crate, if it has changed: cargo builds no more than it must.
fn write(path: &Path, text: &str) {
    if fs::read_to_string(path).is_ok_and(|old| old == text) {
        return;
    }
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

/// Removes what an earlier run made and this one did not.
fn remove_others(folder: &Path, made: &[PathBuf]) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            remove_others(&path, made);
        } else if !made.contains(&path) {
            fs::remove_file(&path).unwrap();
        }
    }
}
