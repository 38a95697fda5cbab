//! Small specs with one oddity each, generated into one scratch crate that is compiled and run.
//!
//! What the snapshots of the generator show must also be Rust that does what it says. The scratch crate is the
//! model crate with other generated files: its `lib.rs`, its macros, the real `nexudus-core`. One crate for all
//! oddities, since starting rustc costs more than any of them.

use std::collections::BTreeMap;
use std::fs;

use serde_json::{Value, json};
use xtask::{codegen, spec};

use crate::root;
use crate::scratch::{Scratch, read};

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

#[test]
fn odd_specs_compile_and_run() {
    let spec = spec::load(&specs()).unwrap_or_else(|faults| panic!("{}", spec::report(&faults)));
    let output = codegen::generate(&spec).unwrap();

    let run = Scratch {
        name: "mini",
        features: &[("default", "[\"odd\"]"), ("odd", "[]"), ("odder", "[]")],
        output: &output,
        main: &read(root().join("xtask/tests/mini/run.rs")),
    }
    .cargo("run");
    let (out, err) = (String::from_utf8_lossy(&run.stdout), String::from_utf8_lossy(&run.stderr));
    assert!(run.status.success() && out.trim() == "all of it runs", "{out}\n{err}");
}
