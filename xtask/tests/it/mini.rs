//! Small specs with one oddity each, generated into one scratch crate that is compiled and run.
//!
//! What the snapshots of the generator show must also be Rust that does what it says. The scratch crate is the
//! model crate with other generated files: its `lib.rs`, its macros, the real `nexudus-core`. One crate for all oddities, since
//! starting rustc costs more than any of them.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};
use xtask::{codegen, spec};

use crate::root;

const MODEL: &str = "crates/nexudus-model/src/";

fn read(path: impl AsRef<Path>) -> String {
    let path = path.as_ref();
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The odd entities with the real common properties, which are compiled into `nexudus-core`.
fn specs() -> BTreeMap<String, String> {
    let mut api: Value = serde_json::from_str(&read(root().join("spec/api.json"))).unwrap();
    api["sections"] = json!([{"name": "odd", "doc": "Oddities."}, {"name": "odder", "doc": "More of them."}]);
    api["unplaced"] = json!([{"entity": "Ghost", "plural": "ghosts", "why": "Nobody has <seen> it."}]);
    api["well_known"] = json!({"the_loop": "Loop", "far_off": "Far"});
    // Their entities are not in here.
    api["webhooks"] = json!({});
    let mini = root().join("xtask/tests/mini");
    let mut files = BTreeMap::from([
        ("spec/api.json".to_owned(), api.to_string()),
        ("spec/enums.json".to_owned(), read(mini.join("enums.json"))),
    ]);
    for section in ["odd", "odder"] {
        for entry in fs::read_dir(mini.join(section)).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            files.insert(format!("spec/{section}/{name}"), read(&path));
        }
    }
    files
}

/// Writes a file of the scratch crate, if it has changed: cargo builds no more than it must.
fn write(path: &Path, text: &str) {
    if fs::read_to_string(path).is_ok_and(|old| old == text) {
        return;
    }
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

#[test]
fn odd_specs_compile_and_run() {
    let spec = spec::load(&specs()).unwrap_or_else(|faults| panic!("{}", spec::report(&faults)));
    let output = codegen::generate(&spec).unwrap();

    let root = root();
    // Found at run time: what is compiled in is wrong in a copy of the target folder.
    let program = std::env::current_exe().unwrap();
    let target = program.ancestors().find(|folder| folder.join("CACHEDIR.TAG").is_file()).unwrap();
    let scratch = target.join("tmp/mini");
    fs::remove_dir_all(scratch.join("src/generated")).ok();
    for (path, text) in &output.files {
        if let Some(path) = path.strip_prefix(MODEL) {
            write(&scratch.join("src").join(path), text);
        }
    }
    let core = root.join("crates/nexudus-core");
    let manifest = format!(
        r#"[package]
name = "mini"
version = "0.0.0"
edition = "2024"
publish = false

[workspace]

[features]
default = ["odd"]
odd = []
odder = []

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
    write(&scratch.join("src/macros.rs"), &read(root.join(MODEL).join("macros.rs")));
    write(&scratch.join("src/main.rs"), &read(root.join("xtask/tests/mini/run.rs")));

    let run = Command::new(std::env::var_os("CARGO").unwrap())
        .args(["run", "--quiet", "--offline"])
        .current_dir(&scratch)
        .env("CARGO_TARGET_DIR", target)
        .output()
        .unwrap();
    let (out, err) = (String::from_utf8_lossy(&run.stdout), String::from_utf8_lossy(&run.stderr));
    assert!(run.status.success() && out.trim() == "all of it runs", "{out}\n{err}");
}
