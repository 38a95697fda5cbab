//! What must not compile, and what a user reads then.
//!
//! Each file in `tests/ui` says in a comment `//~ text` on the line of an error what the compiler's message has to
//! hold. That much is ours (names, `diagnostic::on_unimplemented`) and the same for every compiler; the rest of a
//! message, and how it is laid out, changes from release to release and is not compared.

use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

/// Line of a file, and the text.
type Message = (u64, String);

#[test]
fn what_must_not_compile() {
    let manifest_folder = std::env::var("CARGO_MANIFEST_DIR").unwrap();
    let client = Path::new(&manifest_folder);
    let program = std::env::current_exe().unwrap();
    let target = program.ancestors().find(|folder| folder.join("CACHEDIR.TAG").is_file()).unwrap();

    let mut cases: Vec<_> = fs::read_dir(client.join("tests/ui")).unwrap().map(|entry| entry.unwrap().path()).collect();
    cases.sort();
    assert!(!cases.is_empty());

    // A package of its own, with the versions that the workspace has: nothing needs to be fetched.
    let scratch = target.join("tmp/compile-fail");
    let mut manifest = format!(
        "[package]\nname = \"compile-fail\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[workspace]\n\n\
         [dependencies]\nnexudus-client = {{ path = {client:?} }}\n"
    );
    for case in &cases {
        let name = case.file_stem().unwrap().to_str().unwrap();
        write!(manifest, "\n[[bin]]\nname = {name:?}\npath = {case:?}\n").unwrap();
    }
    fs::create_dir_all(&scratch).unwrap();
    fs::write(scratch.join("Cargo.toml"), manifest).unwrap();
    fs::copy(client.join("../../Cargo.lock"), scratch.join("Cargo.lock")).unwrap();
    let check = Command::new(std::env::var_os("CARGO").unwrap())
        .args(["check", "--quiet", "--offline", "--bins", "--keep-going", "--message-format", "json"])
        .current_dir(&scratch)
        .env("CARGO_TARGET_DIR", target)
        .output()
        .unwrap();
    let printed = String::from_utf8(check.stdout).unwrap();
    let notes = String::from_utf8_lossy(&check.stderr);

    for case in &cases {
        let expected = expectations(&fs::read_to_string(case).unwrap());
        let found: Vec<_> = printed.lines().filter_map(|line| error(line, case)).collect();
        let says = |(line, text): &Message| found.iter().any(|(at, message)| at == line && message.contains(text));
        let missing: Vec<_> = expected.iter().filter(|expected| !says(expected)).collect();
        let surplus: Vec<_> = found.iter().filter(|(line, _)| !expected.iter().any(|(at, _)| at == line)).collect();
        assert!(!expected.is_empty(), "{} expects no error", case.display());
        assert!(
            missing.is_empty() && surplus.is_empty(),
            "{}\nmissing: {missing:?}\nsurplus: {surplus:?}\nfound: {found:#?}\n{notes}",
            case.display()
        );
    }
}

/// The expectations of a file; several of a line stand behind a `//~` each.
fn expectations(source: &str) -> Vec<Message> {
    let lines = (1..).zip(source.lines());
    lines
        .flat_map(|(number, line)| line.split("//~").skip(1).map(move |text| (number, text.trim().to_owned())))
        .collect()
}

/// The error that a line of cargo's output reports in a file, with the line that it points at.
fn error(line: &str, case: &Path) -> Option<Message> {
    let report: Value = serde_json::from_str(line).ok()?;
    let message = &report["message"];
    let of_case = report["target"]["src_path"].as_str()? == case.to_str()?;
    if !of_case || message["level"] != "error" {
        return None;
    }
    let span = message["spans"].as_array()?.iter().find(|span| span["is_primary"] == true)?;
    Some((span["line_start"].as_u64()?, message["rendered"].as_str()?.to_owned()))
}
