//! The terminal session in the README is what happens.

use std::fmt::Write as _;
use std::path::PathBuf;

use crate::tool::{Tool, read};

#[test]
fn the_session_in_the_readme_is_what_happens() {
    let path = PathBuf::from(std::env::var_os("CARGO_MANIFEST_DIR").unwrap()).join("README.md");
    let readme = read(&path);
    let (before, rest) = readme.split_once("```console\n").unwrap();
    let (session, after) = rest.split_once("```\n").unwrap();
    let clock = "2026-01-15T12:00:00Z".parse().unwrap();
    let builder = nexudus_sandbox::Sandbox::builder().seed(nexudus_sandbox::Seed::Demo).clock(clock);
    let tool = Tool::with(builder.start_blocking().unwrap());
    // The key of tokens is made by chance: the README has this one.
    std::fs::create_dir_all(tool.path("settings/credentials")).unwrap();
    let key = tool.write("settings/credentials/default.redaction-key", &"1".repeat(64));
    #[cfg(unix)]
    std::fs::set_permissions(&key, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    let _ = key;
    let mut now = String::new();
    for line in session.lines().filter_map(|line| line.strip_prefix("$ nexudus ")) {
        let done = tool.run(line);
        write!(now, "$ nexudus {line}\n{}{}", done.stdout.replace("\r\n", "\n"), done.stderr).unwrap();
    }
    if std::env::var_os("UPDATE_README").is_some() {
        std::fs::write(&path, format!("{before}```console\n{now}```\n{after}")).unwrap();
        return;
    }
    assert_eq!(now, session, "UPDATE_README=1 writes what happens");
}
