//! `cargo xtask ci`: everything that must hold before a change lands, as a table of steps.
//!
//! Every step needs no more than the toolchain and a C compiler, but for the last ones: where their tools are not
//! installed, the command that installs them is printed and the step is left out, which the summary says.

use std::io::Write;
use std::path::Path;
use std::process::Stdio;
use std::time::Instant;

use crate::error::Error;
use crate::tools::cargo::Cargo;
use crate::tools::process::{output, run};
use crate::workspace::load_spec;

/// The steps, in order, and what each shows.
pub const STEPS: &[(&str, &str)] = &[
    ("format", "rustfmt has nothing to change"),
    ("codegen", "What is generated from spec/ is committed"),
    ("openapi", "The OpenAPI document is committed"),
    ("clippy", "No lint fires, in all targets with all features"),
    ("features", "Each feature and each section of the API stands alone"),
    ("docs", "Documentation has no warnings"),
    ("test", "cargo test --workspace"),
    ("fuzz", "A minute of mutated input, the same one every time"),
    ("package", "Each published crate can be packaged, with licences and README"),
    ("msrv", "The published crates compile with the oldest Rust that they name"),
    ("deny", "Licences, sources, bans and advisories of dependencies (cargo-deny)"),
    ("semver", "No published item goes or changes unless the version says so (cargo-semver-checks)"),
];

/// The crates that are published, in the order in which they depend on each other.
pub const PUBLISHED: &[&str] = &["nexudus-core", "nexudus-model", "nexudus-sandbox", "nexudus-client", "nexudus-cli"];

/// How a step ended.
enum Outcome {
    Passed,
    /// The tool for it is missing: how to get it.
    Skipped(String),
}

type Done = Result<Outcome, Error>;

/// Runs the steps that are named, or all.
pub fn ci(root: &Path, steps: &[&str], out: &mut dyn Write) -> Result<(), Error> {
    let cargo = Cargo::new(root)?;
    let start = Instant::now();
    let mut skipped = Vec::new();
    for (name, about) in STEPS.iter().filter(|(name, _)| steps.is_empty() || steps.contains(name)) {
        writeln!(out, "\n== {name}: {about}")?;
        out.flush()?;
        let step = Instant::now();
        match run_step(&cargo, name, out)? {
            Outcome::Passed => writeln!(out, "== {name} passed in {} s", step.elapsed().as_secs())?,
            Outcome::Skipped(install) => {
                writeln!(out, "== {name} left out: {install}")?;
                skipped.push(*name);
            }
        }
    }
    let seconds = start.elapsed().as_secs();
    let left_out = if skipped.is_empty() { String::new() } else { format!("; left out: {}", skipped.join(", ")) };
    writeln!(out, "\n== all passed in {seconds} s{left_out}")?;
    Ok(())
}

fn run_step(cargo: &Cargo, name: &str, out: &mut dyn Write) -> Done {
    let plain = |arguments: &[&str]| -> Done {
        run(&mut cargo.command(arguments))?;
        Ok(Outcome::Passed)
    };
    match name {
        "format" => plain(&["fmt", "--all", "--check"]),
        "codegen" => plain(&["xtask", "codegen", "--check"]),
        "openapi" => plain(&["xtask", "openapi", "--check"]),
        "clippy" => {
            plain(&["clippy", "--quiet", "--workspace", "--all-targets", "--all-features", "--", "-D", "warnings"])
        }
        "features" => features(cargo, out),
        "docs" => {
            let mut doc = cargo.command(&["doc", "--quiet", "--workspace", "--no-deps", "--all-features"]);
            run(doc.env("RUSTDOCFLAGS", "-D warnings"))?;
            Ok(Outcome::Passed)
        }
        "test" => plain(&["test", "--workspace"]),
        "fuzz" => plain(&["test", "--quiet", "--workspace", "--test", "fuzz", "--", "--seconds", "60", "--seed", "1"]),
        "package" => package(cargo),
        "msrv" => msrv(cargo, out),
        "deny" => with_tool(cargo, "cargo-deny", &["deny", "--workspace", "check", "licenses", "bans", "sources"]),
        "semver" => semver(cargo, out),
        other => Err(format!("there is no step `{other}`").into()),
    }
}

/// The packages with one set of features each. Clippy has seen all features together; here it sees each alone.
fn features(cargo: &Cargo, out: &mut dyn Write) -> Done {
    let spec = load_spec(&cargo.root)?;
    let sections: Vec<&str> = spec.api.sections.iter().map(|section| section.name.as_str()).collect();
    let mut sets: Vec<(Vec<&str>, String)> = vec![
        (vec!["nexudus-core", "nexudus-model", "nexudus-client", "nexudus-sandbox"], String::new()),
        (vec!["nexudus-core"], "jiff".to_owned()),
        (vec!["nexudus-client"], "blocking".to_owned()),
        (vec!["nexudus-client"], "gzip".to_owned()),
        (vec!["nexudus-sandbox"], "sqlite".to_owned()),
        // Without its sandbox.
        (vec!["nexudus-cli"], String::new()),
    ];
    for section in sections {
        let features = format!("nexudus-model/{section},nexudus-client/{section}");
        sets.push((vec!["nexudus-model", "nexudus-client"], features));
    }
    for (packages, features) in sets {
        let label = if features.is_empty() { "none" } else { &features };
        writeln!(out, "   {}: {label}", packages.join(", "))?;
        out.flush()?;
        let mut clippy = cargo.command(&["clippy", "--quiet", "--no-default-features", "--features", &features]);
        clippy.args(packages.iter().flat_map(|package| ["--package", package]));
        run(clippy.args(["--", "-D", "warnings"]))?;
    }
    Ok(Outcome::Passed)
}

/// What every package has to hold besides its code.
const IN_EACH_PACKAGE: [&str; 4] = ["Cargo.toml", "LICENSE-APACHE", "LICENSE-MIT", "README.md"];

/// Packages are made, and looked into. What they compile to is checked before a release, with `cargo package` alone: it
/// compiles all dependencies anew.
fn package(cargo: &Cargo) -> Done {
    for package in PUBLISHED {
        let listed = output(&mut cargo.command(&["package", "--list", "--allow-dirty", "--package", package]))?;
        if let Some(missing) = IN_EACH_PACKAGE.iter().find(|file| !listed.lines().any(|line| line == **file)) {
            return Err(format!("the package {package} has no {missing}").into());
        }
    }
    let mut all = cargo.command(&["package", "--quiet", "--no-verify", "--allow-dirty"]);
    all.args(PUBLISHED.iter().flat_map(|package| ["--package", package]));
    // Warnings of cargo about what is missing in a manifest.
    let made = all.stderr(Stdio::piped()).output()?;
    let said = String::from_utf8_lossy(&made.stderr);
    if !made.status.success() || said.contains("warning: manifest has no") {
        return Err(format!("cargo package: {}", said.trim_end()).into());
    }
    Ok(Outcome::Passed)
}

/// `rust-version` of the published crates, as the root manifest has it.
fn msrv(cargo: &Cargo, out: &mut dyn Write) -> Done {
    let manifest = std::fs::read_to_string(cargo.root.join("Cargo.toml"))?;
    let version = manifest.lines().find_map(|line| line.strip_prefix("rust-version = \"")?.strip_suffix('"'));
    let version = version.ok_or_else(|| "Cargo.toml names no rust-version".to_owned())?;
    let current = output(std::process::Command::new("rustc").arg("--version").current_dir(&cargo.root))?;
    if current.starts_with(&format!("rustc {version}.")) {
        writeln!(out, "   this is Rust {version}")?;
        return Ok(Outcome::Passed);
    }
    let toolchain = format!("+{version}");
    // Only a toolchain that is there: rustup would fetch one that is not.
    let installed = std::process::Command::new("rustup").args(["toolchain", "list"]).output();
    let listed = installed.map(|listed| String::from_utf8_lossy(&listed.stdout).into_owned()).unwrap_or_default();
    if !listed.lines().any(|line| line.starts_with(version)) {
        return Ok(Outcome::Skipped(format!("rustup toolchain install {version} --profile minimal")));
    }
    let mut check = std::process::Command::new("cargo");
    check.args([&toolchain, "check", "--quiet", "--all-features"]).current_dir(&cargo.root);
    check.args(PUBLISHED.iter().flat_map(|package| ["--package", package]));
    run(check.env("CARGO_TARGET_DIR", cargo.target.join("msrv")))?;
    Ok(Outcome::Passed)
}

/// Runs a subcommand of cargo that not every machine has.
fn with_tool(cargo: &Cargo, tool: &str, arguments: &[&str]) -> Done {
    if crate::tools::install::installed(&[tool]).is_none() {
        return Ok(Outcome::Skipped(format!("cargo install {tool} --locked")));
    }
    run(&mut cargo.command(arguments))?;
    Ok(Outcome::Passed)
}

/// Compares with the last release, which git knows by its tag.
fn semver(cargo: &Cargo, out: &mut dyn Write) -> Done {
    let mut describe = std::process::Command::new("git");
    describe.args(["describe", "--tags", "--abbrev=0", "--match", "v*"]).current_dir(&cargo.root);
    let Ok(tag) = output(&mut describe) else {
        writeln!(out, "   there is no release to compare with")?;
        return Ok(Outcome::Passed);
    };
    // The library of the tool is for its own program and tests, so nobody depends on its items.
    let libraries = PUBLISHED.iter().filter(|package| **package != "nexudus-cli");
    let packages: Vec<&str> = libraries.flat_map(|package| ["--package", package]).collect();
    with_tool(
        cargo,
        "cargo-semver-checks",
        &[&["semver-checks", "--baseline-rev", tag.trim()], packages.as_slice()].concat(),
    )
}
