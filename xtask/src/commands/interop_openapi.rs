//! `cargo xtask interop openapi`: the document, read by the tools of others and held against the sandbox.
//!
//! Two validators read it, two generators make clients of it that compile, one of them does real work, and schemathesis
//! looks for answers of the sandbox that the document does not allow.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use crate::error::Error;
use crate::openapi::{FILE, Version, document};
use crate::tools::cargo::Cargo;
use crate::tools::install::{Packages, program};
use crate::tools::process::output;
use crate::tools::sandbox::Sandbox;
use crate::tools::script::Report;
use crate::tools::today;
use crate::workspace::load_spec;

const SCRIPTS: &str = "crates/nexudus-sandbox/tests/interop/openapi";
const RESULT: &str = "docs/openapi-interop.md";
const PYPI: [&str; 2] = ["openapi-spec-validator==0.9.0", "schemathesis==4.32.5"];
const NPM: [&str; 5] = [
    "@redocly/cli@2.77.0",
    "openapi-typescript@7.13.0",
    "openapi-fetch@0.17.0",
    "typescript@5.9.3",
    "@types/node@20.19.43",
];
const PROGENITOR: &str = "0.15.1";

/// How many entities schemathesis is let loose on; the script picks them.
const ENTITIES: &str = "45";

const INTRODUCTION: &str = "\
# The OpenAPI document and the tools of others

Written by `cargo xtask interop openapi`. It validates `openapi/nexudus.json` with two validators, generates a Rust and a
TypeScript client from it, compiles both, lets the TypeScript client list, create, change and delete bookings of a
sandbox, and lets schemathesis call every verb of many entities of a sandbox with the document in its hand. The scripts
are in `crates/nexudus-sandbox/tests/interop/openapi`. They are not part of the test run, since they need packages from
npm and PyPI, and take many minutes.

What these tools taught:

- An update has to name its record, and holds what a create must hold. The document had marked the id read-only, and
  required nothing else.
- Live answers hold the properties that are only meant to be written, as null or false. `writeOnly` says that they do
  not, so the document marks them `x-write-only`.
- What the service takes besides, such as `\"true\"` for `true`, is what clients of it send. A schema that allowed all of
  it would be of no use to a generator. `x-also-accepted` at the end of the document has it by type, and the script
  counts what schemathesis reports for it by itself.
- The sandbox took a fraction as the bound of a whole number. It refuses it now, as it refuses it as a value.
";

/// Runs all tools, and writes the result down. Packages of npm and PyPI are installed only with `install`.
pub fn run(root: &Path, install: bool) -> Result<(), Error> {
    let date = today()?;
    let cargo = Cargo::new(root)?;
    let packages = Packages::new(&cargo, "interop openapi", install)?;
    let older = document(&load_spec(root)?, Version::V30).text();
    let tools = Tools { root, cargo: &cargo, packages: &packages, older: &older };
    let steps: [(&str, Step<'_>); 5] = [
        ("openapi-spec-validator from PyPI", Tools::validate),
        ("Redocly lint from npm", Tools::lint),
        ("openapi-typescript and openapi-fetch from npm", Tools::typescript),
        ("progenitor from crates.io", Tools::progenitor),
        ("schemathesis from PyPI", Tools::contract),
    ];
    let mut text = format!("{INTRODUCTION}\nLast run on {date}.\n");
    let mut all_good = true;
    for (title, step) in steps {
        println!("{title}");
        let start = Instant::now();
        let done = step(&tools);
        let (summary, table) = match done {
            Ok(report) => {
                all_good &= report.is_good();
                (report.summary(), report.table())
            }
            Err(error) => {
                all_good = false;
                (format!("**Failed**: {error}."), String::new())
            }
        };
        println!("  {summary} ({} s)", start.elapsed().as_secs());
        // Writing to a string can't fail.
        let _ = write!(text, "\n## {title}\n\n{summary} It took {} s.\n\n{table}", start.elapsed().as_secs());
    }
    fs::write(root.join(RESULT), format!("{}\n", text.trim_end()))?;
    println!("{RESULT} is written");
    if all_good { Ok(()) } else { Err("not every tool took the document".to_owned().into()) }
}

type Step<'a> = fn(&Tools<'a>) -> Result<Report, String>;

struct Tools<'a> {
    root: &'a Path,
    cargo: &'a Cargo,
    packages: &'a Packages<'a>,
    /// The document in OpenAPI 3.0, which progenitor reads.
    older: &'a str,
}

impl Tools<'_> {
    fn document(&self) -> PathBuf {
        self.root.join(FILE)
    }

    fn script(&self, name: &str) -> PathBuf {
        self.root.join(SCRIPTS).join(name)
    }

    /// A program that a package of npm brings.
    fn npm(&self, name: &str) -> Result<Command, String> {
        Ok(Command::new(self.packages.npm(&NPM)?.join(".bin").join(name)))
    }

    /// A folder of a tool's own.
    fn folder(&self, name: &str) -> Result<PathBuf, String> {
        let folder = self.packages.folder().join(name);
        fs::create_dir_all(&folder).map_err(|error| format!("can't make {}: {error}", folder.display()))?;
        Ok(folder)
    }

    fn validate(&self) -> Result<Report, String> {
        let python = self.packages.python(&PYPI)?;
        output(Command::new(python).args(["-m", "openapi_spec_validator"]).arg(self.document()))?;
        Ok(Report::done("the document is valid", &pinned(PYPI[0], "==")))
    }

    fn lint(&self) -> Result<Report, String> {
        output(self.npm("redocly")?.args(["lint", "--format", "summary"]).arg(self.document()))?;
        Ok(Report::done("no error by the recommended rules", &pinned(NPM[0], "@")))
    }

    /// The types, a program over them that type-checks, and its work on a sandbox.
    fn typescript(&self) -> Result<Report, String> {
        let folder = self.folder("typescript")?;
        output(self.npm("openapi-typescript")?.arg(self.document()).arg("-o").arg(folder.join("nexudus.ts")))?;
        for name in ["bookings.ts", "tsconfig.json", "package.json"] {
            fs::copy(self.script(name), folder.join(name)).map_err(|error| format!("can't copy {name}: {error}"))?;
        }
        output(self.npm("tsc")?.arg("-p").arg(folder.join("tsconfig.json")))?;
        let sandbox = Sandbox::start(self.cargo, &["--seed", "demo"])?;
        let mut node = Command::new(program(&["node"], "nodejs")?);
        let report = Report::of(node.arg(folder.join("out/bookings.js")).arg(&sandbox.url))?;
        let tools = [NPM[1], NPM[2], NPM[3]].map(|package| pinned(package, "@"));
        Ok(report.and("the types and the program compile in strict mode", &tools))
    }

    /// A crate of its own with the client that progenitor makes of the document in OpenAPI 3.0, which compiles.
    fn progenitor(&self) -> Result<Report, String> {
        let folder = self.folder("progenitor")?;
        let write = |name: &str, text: &str| {
            let path = folder.join(name);
            fs::write(&path, text).map_err(|error| format!("can't write {}: {error}", path.display()))
        };
        fs::create_dir_all(folder.join("src")).map_err(|error| error.to_string())?;
        write("nexudus.json", self.older)?;
        write("src/lib.rs", "progenitor::generate_api!(\"nexudus.json\");\n")?;
        write("Cargo.toml", &MANIFEST.replace("VERSION", PROGENITOR))?;
        let mut check = self.cargo.command(&["check", "--quiet", "--manifest-path"]);
        check.arg(folder.join("Cargo.toml")).env("CARGO_TARGET_DIR", folder.join("target"));
        output(&mut check)?;
        Ok(Report::done("the client of the whole API compiles", &("progenitor".to_owned(), PROGENITOR.to_owned())))
    }

    fn contract(&self) -> Result<Report, String> {
        let sandbox = Sandbox::start(self.cargo, &["--seed", "demo"])?;
        let mut script = Command::new(self.packages.python(&PYPI)?);
        script.arg(self.script("contract.py")).arg(&sandbox.url).arg(self.document()).arg(ENTITIES);
        Report::of(&mut script)
    }
}

/// A package's name and version.
fn pinned(package: &str, between: &str) -> (String, String) {
    let (name, version) = package.rsplit_once(between).unwrap_or((package, ""));
    (name.to_owned(), version.to_owned())
}

const MANIFEST: &str = r#"[package]
name = "nexudus-progenitor"
version = "0.0.0"
edition = "2024"
publish = false

[dependencies]
bytes = "1"
chrono = { version = "0.4", default-features = false, features = ["serde"] }
futures-core = "0.3"
progenitor = "=VERSION"
progenitor-client = "=VERSION"
regress = "0.12"
reqwest = { version = "0.13", default-features = false, features = ["json", "query", "stream"] }
serde = { version = "1", features = ["derive"] }
serde_json = "1"
uuid = { version = "1", features = ["serde"] }

[workspace]
"#;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packages_are_named_with_their_versions() {
        assert_eq!(pinned("@redocly/cli@2.77.0", "@"), ("@redocly/cli".into(), "2.77.0".into()));
        assert_eq!(pinned("schemathesis==4.32.5", "=="), ("schemathesis".into(), "4.32.5".into()));
    }
}
