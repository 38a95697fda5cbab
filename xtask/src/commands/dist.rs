//! `cargo xtask dist`: the command-line tool as an archive that people install, with all that belongs to it.
//!
//! The layout is one that `cargo binstall` finds without being told: the archive is named after the crate, the target
//! and the version, and so is the folder in it that holds the program.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use data_encoding::HEXLOWER;
use flate2::{Compression, GzBuilder};
use sha2::{Digest as _, Sha256};

use crate::args::Parsed;
use crate::error::Error;
use crate::spec::json::{self, Value};
use crate::tools::cargo::{Cargo, text_at};
use crate::tools::process;

/// The crate that is packed, and its program.
const PACKAGE: &str = "nexudus-cli";
const PROGRAM: &str = "nexudus";

/// The shells with a completion script, and the names that their scripts have.
const SHELLS: &[(&str, &str)] =
    &[("bash", "nexudus.bash"), ("zsh", "_nexudus"), ("fish", "nexudus.fish"), ("powershell", "nexudus.ps1")];

/// A package that the program is made of.
struct Dependency {
    name: String,
    version: String,
    licence: String,
    folder: PathBuf,
    /// The SHA-256 of its archive; ours have none.
    checksum: Option<String>,
}

/// Builds, gathers and packs.
pub fn dist(root: &Path, args: &Parsed, out: &mut dyn Write) -> Result<(), Error> {
    let cargo = Cargo::new(root)?;
    let host = host()?;
    let target = args.value("target").unwrap_or(&host);
    let mut flags = vec!["--profile", "dist"];
    if target != host {
        flags.extend(["--target", target]);
    }
    let program = cargo.build(PACKAGE, &flags)?;
    let dependencies = dependencies(&cargo, target)?;
    let own = dependencies.iter().find(|dependency| dependency.name == PACKAGE);
    let version = own.map(|own| own.version.clone()).ok_or_else(|| format!("cargo knows no package {PACKAGE}"))?;

    let name = format!("{PACKAGE}-{target}-v{version}");
    let archives = cargo.target.join("dist-archives");
    let folder = archives.join(&name);
    if folder.exists() {
        fs::remove_dir_all(&folder).map_err(Error::on(&folder))?;
    }
    fs::create_dir_all(&folder).map_err(Error::on(&folder))?;
    let suffix = if target.contains("windows") { ".exe" } else { "" };
    copy(&program, &folder.join(format!("{PROGRAM}{suffix}")))?;
    for file in ["LICENSE", "LICENSE-MIT", "LICENSE-APACHE", "CHANGELOG.md"] {
        if root.join(file).exists() {
            copy(&root.join(file), &folder.join(file))?;
        }
    }
    copy(&root.join("crates").join(PACKAGE).join("README.md"), &folder.join("README.md"))?;
    // What the program says of itself is asked of the one that runs here.
    let runs_here = if target == host { program } else { cargo.build(PACKAGE, &[])? };
    process::output(Command::new(&runs_here).args(["man", "--to"]).arg(folder.join("man")))?;
    for (shell, file) in SHELLS {
        let script = process::output(Command::new(&runs_here).args(["completions", shell]))?;
        write(&folder.join("completions").join(file), script.as_bytes())?;
    }
    write(&folder.join("THIRD-PARTY-LICENCES.txt"), licences(&dependencies)?.as_bytes())?;
    let sbom = sbom(&dependencies, &version);
    write(&folder.join(format!("{PROGRAM}.cdx.json")), sbom.as_bytes())?;

    let archive = archives.join(format!("{name}.tgz"));
    pack(&folder, &name, &archive)?;
    let sums = sums(&archives, &format!("-v{version}.tgz"))?;
    write(&archives.join("SHA256SUMS"), sums.as_bytes())?;
    let bytes = fs::metadata(&archive).map_err(Error::on(&archive))?.len();
    writeln!(out, "{}\n{bytes} bytes, {} packages\n{}", archive.display(), dependencies.len(), sums.trim_end())?;
    Ok(())
}

/// The hashes of the archives in a folder whose names end like this, as `sha256sum --check` reads them: a release has an
/// archive for each target.
fn sums(folder: &Path, ending: &str) -> Result<String, Error> {
    let mut lines = Vec::new();
    for file in fs::read_dir(folder).map_err(Error::on(folder))? {
        let path = file?.path();
        let Some(name) = path.file_name().and_then(|name| name.to_str()).filter(|name| name.ends_with(ending)) else {
            continue;
        };
        let hash = Sha256::digest(fs::read(&path).map_err(Error::on(&path))?);
        lines.push(format!("{}  {name}\n", HEXLOWER.encode(&hash)));
    }
    // By name, behind 64 digits.
    lines.sort_by(|one, other| one.get(64..).cmp(&other.get(64..)));
    Ok(lines.concat())
}

/// The target that this machine runs.
fn host() -> Result<String, String> {
    let text = process::output(Command::new("rustc").arg("-vV"))?;
    let host = text.lines().find_map(|line| line.strip_prefix("host: "));
    host.map(str::to_owned).ok_or_else(|| "rustc -vV names no host".to_owned())
}

/// The packages that are compiled into the program.
fn dependencies(cargo: &Cargo, target: &str) -> Result<Vec<Dependency>, String> {
    let tree = ["tree", "--package", PACKAGE, "--edges", "normal", "--prefix", "none", "--format", "{p}", "--target"];
    let tree = process::output(cargo.command(&tree).arg(target))?;
    let used: BTreeSet<(String, String)> = tree
        .lines()
        .filter_map(|line| {
            let mut words = line.split(' ');
            Some((words.next()?.to_owned(), words.next()?.strip_prefix('v')?.to_owned()))
        })
        .collect();
    let text =
        process::output(&mut cargo.command(&["metadata", "--format-version", "1", "--filter-platform", target]))?;
    let metadata = json::parse(&text).map_err(|error| format!("cargo metadata printed no JSON: {}", error.what))?;
    let Value::Object(members) = &metadata.value else { return Err("cargo metadata printed no object".to_owned()) };
    let packages = members.iter().find(|member| member.key == "packages").map(|member| &member.node.value);
    let Some(Value::List(packages)) = packages else { return Err("cargo metadata names no packages".to_owned()) };
    let lock = cargo.root.join("Cargo.lock");
    let checksums = checksums(&fs::read_to_string(&lock).map_err(|error| format!("{}: {error}", lock.display()))?);
    let mut found = Vec::new();
    for package in packages {
        let text = |key| text_at(&package.value, key).unwrap_or_default().to_owned();
        let (name, version) = (text("name"), text("version"));
        if !used.contains(&(name.clone(), version.clone())) {
            continue;
        }
        let folder = Path::new(&text("manifest_path")).parent().unwrap_or(Path::new("")).to_owned();
        let checksum = checksums.get(&(name.clone(), version.clone())).cloned();
        found.push(Dependency { name, version, licence: text("license"), folder, checksum });
    }
    found.sort_by(|one, other| (&one.name, &one.version).cmp(&(&other.name, &other.version)));
    if found.len() != used.len() {
        return Err(format!("cargo tree names {} packages, cargo metadata {} of them", used.len(), found.len()));
    }
    Ok(found)
}

/// The checksums of a lock file, by name and version.
fn checksums(lock: &str) -> BTreeMap<(String, String), String> {
    let value = |part: &str, key: &str| {
        let line = part.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(" = \""))?;
        line.strip_suffix('"').map(str::to_owned)
    };
    let parts = lock.split("[[package]]").skip(1);
    parts.filter_map(|part| Some(((value(part, "name")?, value(part, "version")?), value(part, "checksum")?))).collect()
}

/// The texts of all licences: each once, with the packages that it is for.
fn licences(dependencies: &[Dependency]) -> Result<String, Error> {
    let mut texts: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut list = String::from("nexudus is made of these packages.\n\n");
    let mut missing = Vec::new();
    for dependency in dependencies {
        let title = format!("{} {}", dependency.name, dependency.version);
        // Writing into a string has no way to fail.
        let _ = writeln!(list, "{title}: {}", dependency.licence);
        let mut files: Vec<PathBuf> = fs::read_dir(&dependency.folder)
            .map_err(Error::on(&dependency.folder))?
            .filter_map(|file| Some(file.ok()?.path()))
            .filter(|path| path.is_file() && is_licence(path))
            .collect();
        files.sort();
        if files.is_empty() && dependency.checksum.is_some() {
            missing.push(title.clone());
        }
        for file in files {
            let text = String::from_utf8_lossy(&fs::read(&file).map_err(Error::on(&file))?).into_owned();
            texts.entry(text.replace("\r\n", "\n").trim().to_owned()).or_default().push(title.clone());
        }
    }
    if !missing.is_empty() {
        let _ =
            writeln!(list, "\nWithout a text of their own, under the licence that is named: {}", missing.join(", "));
    }
    for (text, mut titles) in texts {
        titles.dedup();
        let _ = writeln!(list, "\n{}\n{}\n\n{text}", "-".repeat(78), titles.join(", "));
    }
    Ok(list)
}

fn is_licence(path: &Path) -> bool {
    let name = path.file_name().map(|name| name.to_string_lossy().to_lowercase()).unwrap_or_default();
    ["licen", "copying", "notice", "unlicense", "copyright"].iter().any(|start| name.starts_with(start))
}

fn quote(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

/// What the program is made of, as `CycloneDX` 1.5 has it.
fn sbom(dependencies: &[Dependency], version: &str) -> String {
    let component = |dependency: &Dependency| {
        let purl = format!("pkg:cargo/{}@{}", dependency.name, dependency.version);
        let hash = dependency
            .checksum
            .as_ref()
            .map(|checksum| format!(",\"hashes\":[{{\"alg\":\"SHA-256\",\"content\":{}}}]", quote(checksum)));
        format!(
            "{{\"type\":\"library\",\"bom-ref\":{purl},\"name\":{},\"version\":{},\"licenses\":[{{\"expression\":{}}}],\"purl\":{purl}{}}}",
            quote(&dependency.name),
            quote(&dependency.version),
            // The old spelling of `OR` is not an expression.
            quote(&dependency.licence.replace('/', " OR ")),
            hash.unwrap_or_default(),
            purl = quote(&purl),
        )
    };
    let components: Vec<_> =
        dependencies.iter().filter(|dependency| dependency.name != PACKAGE).map(component).collect();
    format!(
        "{{\"bomFormat\":\"CycloneDX\",\"specVersion\":\"1.5\",\"version\":1,\"metadata\":{{\"component\":{{\"type\":\"application\",\"name\":{},\"version\":{}}}}},\"components\":[\n{}\n]}}\n",
        quote(PROGRAM),
        quote(version),
        components.join(",\n")
    )
}

fn copy(from: &Path, to: &Path) -> Result<(), Error> {
    fs::copy(from, to).map_err(Error::on(from))?;
    Ok(())
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(Error::on(folder))?;
    }
    fs::write(path, bytes).map_err(Error::on(path))
}

/// Packs a folder. Owners and times are left out, so that the same files make the same archive.
fn pack(folder: &Path, name: &str, archive: &Path) -> Result<(), Error> {
    let file = File::create(archive).map_err(Error::on(archive))?;
    let mut tar = tar::Builder::new(GzBuilder::new().mtime(0).write(file, Compression::best()));
    tar.mode(tar::HeaderMode::Deterministic);
    let mut files = Vec::new();
    gather(folder, Path::new(name), &mut files)?;
    files.sort();
    for (inside, path) in files {
        tar.append_path_with_name(&path, &inside).map_err(Error::on(&path))?;
    }
    tar.into_inner()?.finish()?;
    Ok(())
}

fn gather(folder: &Path, inside: &Path, files: &mut Vec<(PathBuf, PathBuf)>) -> Result<(), Error> {
    for file in fs::read_dir(folder).map_err(Error::on(folder))? {
        let path = file?.path();
        let Some(name) = path.file_name() else { continue };
        if path.is_dir() {
            gather(&path, &inside.join(name), files)?;
        } else {
            files.push((inside.join(name), path));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checksums_of_a_lock_file() {
        let lock = "version = 4\n\n[[package]]\nname = \"a\"\nversion = \"1.0\"\nchecksum = \"ff\"\n\n[[package]]\nname = \"ours\"\nversion = \"2\"\n";
        let found = checksums(lock);
        assert_eq!(found.len(), 1);
        assert_eq!(found[&("a".to_owned(), "1.0".to_owned())], "ff");
    }

    #[test]
    fn each_archive_of_the_version_has_its_sum() {
        let folder = std::env::temp_dir().join(format!("nexudus-sums-{}", std::process::id()));
        for file in ["b-v1.0.0.tgz", "a-v1.0.0.tgz", "a-v0.9.0.tgz", "SHA256SUMS"] {
            write(&folder.join(file), file.as_bytes()).unwrap();
        }
        let text = sums(&folder, "-v1.0.0.tgz").unwrap();
        fs::remove_dir_all(&folder).unwrap();
        let names: Vec<_> = text.lines().map(|line| line.split_once("  ").unwrap()).collect();
        assert_eq!(names.iter().map(|(_, name)| *name).collect::<Vec<_>>(), ["a-v1.0.0.tgz", "b-v1.0.0.tgz"]);
        assert!(names.iter().all(|(hash, _)| hash.len() == 64), "{text}");
    }

    #[test]
    fn the_sbom_is_json() {
        let dependency = |name: &str, checksum: Option<&str>| Dependency {
            name: name.to_owned(),
            version: "1.0.0".to_owned(),
            licence: "MIT/Apache-2.0".to_owned(),
            folder: PathBuf::new(),
            checksum: checksum.map(str::to_owned),
        };
        let text = sbom(&[dependency(PACKAGE, None), dependency("a", Some("ff"))], "1.0.0");
        let value: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(value["components"].as_array().unwrap().len(), 1);
        assert_eq!(value["components"][0]["licenses"][0]["expression"], "MIT OR Apache-2.0");
    }
}
