//! Small specs with one oddity each, generated into one scratch crate that is compiled and run.
//!
//! What the snapshots of the generator show must also be Rust that does what it says. The scratch crate is the
//! model crate with other generated files: its `lib.rs`, its macros, the real `nexudus-core`. One crate for all
//! oddities, since starting rustc costs more than any of them.

use std::collections::BTreeMap;
use std::fs;

use xtask::{codegen, spec};

use crate::root;
use crate::scratch::{Scratch, read};

/// The odd entities with the real common properties, which are compiled into `nexudus-core`.
fn specs() -> BTreeMap<String, String> {
    let api = read(root().join("spec/api.json"));
    // Text and not a JSON value, which would sort the keys.
    let real = |key: &str| {
        let from = api.split_once(&format!("\n  \"{key}\": ")).unwrap().1;
        let text = from.split("\n  \"").next().unwrap().trim_end();
        format!("\"{key}\": {}", text.trim_end_matches(',').trim_end_matches("\n}"))
    };
    let common: Vec<String> =
        ["$schema", "service", "base", "roles", "common", "paging", "envelopes"].into_iter().map(real).collect();
    let [schema, service, base, roles, common, paging, envelopes] = common.try_into().unwrap();
    // Webhooks name entities that are not in here.
    let api = format!(
        r#"{{{schema}, {service}, {base},
        "sections": [{{"name": "odd", "doc": "Oddities."}}, {{"name": "odder", "doc": "More of them."}}],
        {roles}, {common}, {paging}, {envelopes},
        "unplaced": [{{"entity": "Ghost", "plural": "ghosts", "why": "Nobody has <seen> it."}}],
        "well_known": {{"the_loop": "Loop", "far_off": "Far"}},
        "webhooks": {{}}}}"#
    );
    let mini = root().join("xtask/tests/mini");
    let mut files = BTreeMap::from([
        ("spec/api.json".to_owned(), api),
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
    .cargo(&["run"]);
    let (out, err) = (String::from_utf8_lossy(&run.stdout), String::from_utf8_lossy(&run.stderr));
    assert!(run.status.success() && out.trim() == "all of it runs", "{out}\n{err}");
}
