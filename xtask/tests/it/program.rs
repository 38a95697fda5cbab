//! The program itself: where it works, and what it says.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// A checkout that holds no more than what makes it one, in a folder that goes away with this value.
pub(crate) struct Checkout(PathBuf);

impl Checkout {
    pub(crate) fn new(name: &str) -> Self {
        let root = std::env::temp_dir().join(format!("xtask-program-{}-{name}", std::process::id()));
        let from = crate::root();
        let checkout = Self(root);
        copy(&from.join("spec"), &checkout.0.join("spec"));
        fs::create_dir_all(checkout.0.join("xtask")).unwrap();
        fs::copy(from.join("xtask/Cargo.toml"), checkout.0.join("xtask/Cargo.toml")).unwrap();
        checkout
    }

    fn command(&self, folder: &str, arguments: &[&str]) -> Command {
        let mut command = Command::new(std::env::var_os("CARGO_BIN_EXE_xtask").unwrap());
        command.args(arguments).current_dir(self.0.join(folder));
        command
    }

    /// Its root.
    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    pub(crate) fn xtask(&self, folder: &str, arguments: &[&str]) -> Output {
        // Git's own way to pretend that the files are somebody else's.
        self.command(folder, arguments).env("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1").output().unwrap()
    }
}

impl Drop for Checkout {
    fn drop(&mut self) {
        fs::remove_dir_all(&self.0).ok();
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let to = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &to);
        } else {
            fs::copy(entry.path(), to).unwrap();
        }
    }
}

/// A copied checkout is served by a copied program, or by one from elsewhere, and no other checkout is touched.
#[test]
fn it_works_on_the_checkout_that_it_is_started_in() {
    let checkout = Checkout::new("copy");
    let missing = checkout.xtask("spec/sys", &["codegen", "--check"]);
    assert!(!missing.status.success());
    assert!(String::from_utf8_lossy(&missing.stdout).contains("crates/nexudus-core/src/generated/mod.rs: missing"));
    let written = checkout.xtask("spec/sys", &["codegen"]);
    assert!(written.status.success(), "{written:?}");
    assert!(checkout.0.join("crates/nexudus-core/src/generated/mod.rs").is_file());
    let outside = std::env::temp_dir();
    let lost = Command::new(std::env::var_os("CARGO_BIN_EXE_xtask").unwrap())
        .args(["codegen", "--check"])
        .current_dir(&outside)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&lost.stderr).into_owned();
    assert!(!lost.status.success() && said.contains("is not inside a checkout of this project"), "{said}");
}

#[test]
fn what_git_says_is_reported() {
    let checkout = Checkout::new("owner");
    let git = Command::new("git").args(["init", "-q"]).current_dir(&checkout.0).output().unwrap();
    assert!(git.status.success());
    assert!(checkout.xtask("", &["codegen"]).status.success());
    let check = checkout.xtask("", &["codegen", "--check"]);
    let said = String::from_utf8_lossy(&check.stderr).into_owned();
    assert!(!check.status.success() && said.contains("dubious ownership"), "{said}");
}

/// A relative `CARGO_TARGET_DIR` counts from the folder that a person stands in, and the path of cargo is not compiled in.
#[test]
fn a_target_folder_counts_from_the_folder_of_the_person() {
    let checkout = Checkout::new("target");
    let package = checkout.0.join("fuzzer");
    fs::create_dir_all(package.join("tests")).unwrap();
    fs::write(checkout.0.join("Cargo.toml"), "[workspace]\nmembers = [\"fuzzer\"]\nresolver = \"3\"\n").unwrap();
    let manifest = "[package]\nname = \"fuzzer\"\nedition = \"2024\"\n\n[[test]]\nname = \"fuzz\"\nharness = false\n";
    fs::write(package.join("Cargo.toml"), manifest).unwrap();
    fs::write(
        package.join("tests/fuzz.rs"),
        "fn main() { println!(\"{}\", std::env::current_exe().unwrap().display()) }",
    )
    .unwrap();
    let run = checkout
        .command("spec/sys", &["fuzz", "--seconds", "1"])
        .env("CARGO_TARGET_DIR", "../built")
        .env_remove("CARGO")
        .output()
        .unwrap();
    let built = checkout.0.canonicalize().unwrap().join("spec/built");
    let said = String::from_utf8_lossy(&run.stdout).into_owned();
    assert!(run.status.success() && Path::new(said.trim()).starts_with(&built), "{run:?}");
    assert!(!checkout.0.with_file_name("built").exists() && !checkout.0.join("built").exists());
}
