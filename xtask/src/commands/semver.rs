//! `cargo xtask semver`: the verdict on kinds of change, held against cargo-semver-checks on the crates.
//!
//! For each kind of change, the core and the model of a small spec are generated before and after it, and the public
//! items of both are compared by a program of others. It takes minutes, so it is no test; its result is in `docs/`.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::args::Parsed;
use crate::codegen;
use crate::error::Error;
use crate::spec::{Spec, load, report, small};
use crate::tools::cargo::Cargo;
use crate::tools::install::program;
use crate::tools::process::output;
use crate::tools::today;
use crate::verdict::kinds::{KINDS, specs};
use crate::verdict::{Level, changes, level};

const RESULT: &str = "docs/semver-check.md";
const TOOL: &str = "cargo-semver-checks";
const CRATES: [&str; 2] = ["nexudus-core", "nexudus-model"];

/// Common properties that the code of the core needs and the small spec has not.
const NEEDED: &str = r#"
    {"name": "UpdatedOn", "type": "datetime", "range": true, "from": "reference"},
    {"name": "CustomFields", "type": "json", "create": "optional", "update": true, "from": "reference"},"#;

/// Kinds of which both say something else, each with the reason why ours stands.
const DIFFERENT: &[(&str, &str)] = &[
    ("a property of another type", NO_TYPES),
    ("a relation to another entity", NO_TYPES),
    ("a related filter of another type", NO_TYPES),
    ("an operation that goes", "differs: it has no lint for a trait of the crates that a type implements no longer"),
    ("another accessor", "differs: accessors are methods of `nexudus-client`, which is not compared here"),
];
const NO_TYPES: &str = "differs: it does not compare the types of fields and constants";

const INTRODUCTION: &str = "\
# The verdict and cargo-semver-checks

Written by `cargo xtask semver`. It makes two versions of a small spec for each kind of change, generates `nexudus-core`
and `nexudus-model` from both, and lets cargo-semver-checks compare their public items. The verdict is what
`cargo xtask verdict` says of the two versions. They agree where both or neither call the change breaking: what else is a
minor version is a rule of a project's own, and `docs/versioning.md` has ours. Where they differ, the row says why; in none
of these does cargo-semver-checks call breaking what the verdict does not.
";

/// Judges all kinds of change, and writes the result down.
pub fn semver(root: &Path, _: &Parsed, out: &mut dyn Write) -> Result<(), Error> {
    let date = today()?;
    let tool = program(&[TOOL], &format!("{TOOL}, which comes with: cargo install {TOOL} --locked"))?;
    let version = output(Command::new(&tool).args(["semver-checks", "--version"]))?;
    let bench = Bench { root, cargo: Cargo::new(root)?, tool };
    let before = small_spec();
    let spec = load(&before).map_err(|faults| report(&faults))?;
    let base = bench.describe("before", &spec, None)?;

    let mut rows = String::new();
    let (mut agree, mut unexplained) = (0, Vec::new());
    for kind in KINDS {
        let (old, new) = specs(kind, &before)?;
        let ours = level(&changes(&old, &new));
        let theirs = bench.compare(&base, &bench.describe("after", &new, Some(&base))?)?;
        let reason = DIFFERENT.iter().find(|(what, _)| *what == kind.0).map(|(_, reason)| *reason);
        let same = (ours == Level::Breaking) == (theirs.level == Level::Breaking);
        let note = match (same, reason) {
            (true, None) => "agree",
            (false, Some(reason)) => reason,
            (true, Some(_)) => "**agree, although a reason for a difference is written down**",
            (false, None) => "**differ**",
        };
        agree += usize::from(same);
        if same == reason.is_some() {
            unexplained.push(kind.0);
        }
        writeln!(out, "{:50} {:9} {:9} {note}", kind.0, ours.word(), theirs.level.word())?;
        let lints = theirs.lints.join(", ");
        // Writing to a string can't fail.
        let _ = writeln!(rows, "| {} | {} | {} | {lints} | {note} |", kind.0, ours.word(), theirs.level.word());
    }
    let text = format!(
        "{INTRODUCTION}\nLast run on {date} with {}: {} kinds of change, {agree} agree.\n\n\
         | what changes | verdict | {TOOL} | its lints | |\n|---|---|---|---|---|\n{rows}",
        version.trim(),
        KINDS.len(),
    );
    fs::write(root.join(RESULT), text).map_err(Error::on(Path::new(RESULT)))?;
    writeln!(out, "{RESULT} is written: {agree} of {} agree", KINDS.len())?;
    if unexplained.is_empty() {
        return Ok(());
    }
    Err(format!("these differ without a written reason, or agree with one: {}", unexplained.join(", ")).into())
}

/// The small spec, with what the core needs besides.
fn small_spec() -> BTreeMap<String, String> {
    let mut files = small::files();
    if let Some(api) = files.get_mut("spec/api.json") {
        *api = api.replacen("\"common\": [", &format!("\"common\": [{NEEDED}"), 1);
    }
    files
}

/// What the tool says.
struct Theirs {
    level: Level,
    lints: Vec<String>,
}

/// The public items of each crate, as files of rustdoc with the generated code that they were made from.
struct Described {
    code: BTreeMap<String, String>,
    items: BTreeMap<&'static str, PathBuf>,
}

struct Bench<'a> {
    root: &'a Path,
    cargo: Cargo,
    tool: PathBuf,
}

impl Bench<'_> {
    /// Generates the crates of a spec into a folder, and describes their public items. A crate whose code is that of
    /// `same` is not described again.
    fn describe(&self, name: &str, spec: &Spec, same: Option<&Described>) -> Result<Described, Error> {
        let folder = self.cargo.target.join("xtask").join("semver");
        let output = codegen::generate(spec).map_err(|error| error.to_string())?;
        let code: BTreeMap<String, String> = output.files.into_iter().collect();
        let mut items = BTreeMap::new();
        let made = self.folder(&folder, &code, spec)?;
        for package in CRATES {
            let prefix = format!("crates/{package}/");
            let own = |code: &BTreeMap<String, String>| {
                code.iter()
                    .filter(|(path, _)| path.starts_with(&prefix))
                    .map(|(_, text)| text.clone())
                    .collect::<Vec<_>>()
            };
            if let Some(same) = same.filter(|same| own(&same.code) == own(&code)) {
                items.extend(same.items.get_key_value(package).map(|(package, path)| (*package, path.clone())));
                continue;
            }
            let mut doc = self.cargo.command(&["rustdoc", "--quiet", "--offline", "--lib", "--package", package]);
            doc.arg("--manifest-path").arg(made.join("Cargo.toml")).args([
                "--",
                "-Zunstable-options",
                "--output-format=json",
                "--document-private-items",
                "--document-hidden-items",
                "--cap-lints=allow",
            ]);
            // The format is unstable, and the only one that the tool reads.
            doc.env("RUSTC_BOOTSTRAP", "1").env("CARGO_TARGET_DIR", folder.join("target"));
            self::output(&mut doc)?;
            let file = format!("{}.json", package.replace('-', "_"));
            let kept = folder.join(format!("{name}-{file}"));
            fs::copy(folder.join("target/doc").join(file), &kept).map_err(Error::on(&kept))?;
            items.insert(package, kept);
        }
        Ok(Described { code, items })
    }

    /// A workspace with the crates, whose generated code is that of a spec.
    fn folder(&self, folder: &Path, code: &BTreeMap<String, String>, spec: &Spec) -> Result<PathBuf, Error> {
        let made = folder.join("workspace");
        if made.exists() {
            fs::remove_dir_all(&made).map_err(Error::on(&made))?;
        }
        let manifest = fs::read_to_string(self.root.join("Cargo.toml")).map_err(Error::on(self.root))?;
        let members = "members = [\"crates/nexudus-core\", \"crates/nexudus-model\"]";
        let lines = manifest.lines().map(|line| if line.starts_with("members") { members } else { line });
        write(&made.join("Cargo.toml"), &lines.collect::<Vec<_>>().join("\n"))?;
        for file in ["Cargo.lock", "README.md"] {
            let text = fs::read_to_string(self.root.join(file)).map_err(Error::on(self.root))?;
            write(&made.join(file), &text)?;
        }
        for package in CRATES {
            let from = self.root.join("crates").join(package);
            copy(&from, &made.join("crates").join(package))?;
        }
        let model = made.join("crates/nexudus-model/Cargo.toml");
        let text = fs::read_to_string(&model).map_err(Error::on(&model))?;
        write(&model, &with_sections(&text, spec))?;
        for (path, text) in
            code.iter().filter(|(path, _)| CRATES.iter().any(|one| path.starts_with(&format!("crates/{one}/"))))
        {
            write(&made.join(path), text)?;
        }
        Ok(made)
    }

    /// What the tool says of all crates.
    fn compare(&self, old: &Described, new: &Described) -> Result<Theirs, Error> {
        let mut theirs = Theirs { level: Level::Patch, lints: Vec::new() };
        for package in CRATES {
            let (Some(old), Some(new)) = (old.items.get(package), new.items.get(package)) else { continue };
            if old == new {
                continue;
            }
            let mut tool = Command::new(&self.tool);
            tool.args(["semver-checks", "--color=never", "--release-type=patch"]);
            tool.arg("--baseline-rustdoc").arg(old).arg("--current-rustdoc").arg(new);
            let done = tool.output().map_err(|error| format!("can't run {TOOL}: {error}"))?;
            let text = format!("{}{}", String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr));
            theirs.level = theirs.level.max(required(&text, done.status.success())?);
            theirs.lints.extend(lints(&text));
        }
        Ok(theirs)
    }
}

/// The level that the tool's summary asks for.
fn required(text: &str, passed: bool) -> Result<Level, String> {
    match text.lines().find(|line| line.trim_start().starts_with("Summary")) {
        Some(line) if line.contains("major version") => Ok(Level::Breaking),
        Some(line) if line.contains("minor version") => Ok(Level::Minor),
        Some(_) if passed => Ok(Level::Patch),
        _ => Err(format!("{TOOL} printed no summary:\n{text}")),
    }
}

/// The names of the lints that failed.
fn lints(text: &str) -> Vec<String> {
    let lines = text.lines().filter_map(|line| line.strip_prefix("--- failure "));
    lines.filter_map(|line| line.split(':').next()).map(|name| format!("`{name}`")).collect()
}

/// The manifest of the model with the sections of a spec as features.
fn with_sections(manifest: &str, spec: &Spec) -> String {
    let names: Vec<&str> = spec.api.sections.iter().map(|section| section.name.as_str()).collect();
    let (begin, end) = ("# sections:begin\n", "# sections:end");
    let (Some(start), Some(stop)) = (manifest.find(begin), manifest.find(end)) else { return manifest.to_owned() };
    let mut features = format!("all-sections = {names:?}\n");
    for name in names {
        // Writing to a string can't fail.
        let _ = writeln!(features, "{name} = []");
    }
    let (head, tail) = (manifest.get(..start + begin.len()), manifest.get(stop..));
    format!("{}{features}{}", head.unwrap_or_default(), tail.unwrap_or_default())
}

fn write(path: &Path, text: &str) -> Result<(), Error> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(Error::on(folder))?;
    }
    fs::write(path, text).map_err(Error::on(path))
}

/// Copies what is written by hand of a crate.
fn copy(from: &Path, to: &Path) -> Result<(), Error> {
    fs::create_dir_all(to).map_err(Error::on(to))?;
    for entry in fs::read_dir(from).map_err(Error::on(from))? {
        let path = entry.map_err(Error::on(from))?.path();
        let (Some(name), is_folder) = (path.file_name(), path.is_dir()) else { continue };
        if ["generated", "tests", "benches", "examples"].iter().any(|one| name == *one) {
            continue;
        }
        if is_folder {
            copy(&path, &to.join(name))?;
        } else {
            fs::copy(&path, to.join(name)).map_err(Error::on(&path))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_summary_is_read() {
        let major = "--- failure struct_missing: gone ---\n     Summary semver requires new major version: 1 major";
        assert_eq!(required(major, false), Ok(Level::Breaking));
        assert_eq!(lints(major), ["`struct_missing`"]);
        let minor = "     Summary semver requires new minor version: 0 major and 1 minor checks failed";
        assert_eq!(required(minor, false), Ok(Level::Minor));
        assert_eq!(required("     Summary no semver update required", true), Ok(Level::Patch));
        assert!(required("error: no such file", false).unwrap_err().contains("no such file"));
    }

    #[test]
    fn features_are_those_of_the_spec() {
        let spec = load(&small_spec()).unwrap();
        let manifest = "[features]\n# sections:begin\nx = []\n# sections:end\n[dependencies]\n";
        insta::assert_snapshot!(with_sections(manifest, &spec), @r#"
        [features]
        # sections:begin
        all-sections = ["crm", "sys"]
        crm = []
        sys = []
        # sections:end
        [dependencies]
        "#);
    }

    #[test]
    fn every_written_reason_belongs_to_a_kind() {
        assert!(DIFFERENT.iter().all(|(what, _)| KINDS.iter().any(|kind| kind.0 == *what)));
    }
}
