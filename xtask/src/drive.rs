//! `cargo xtask codegen`: brings the files on disk to what the generator makes, or says how they differ.
//!
//! Nothing is written that has not changed, so modification times hold and cargo rebuilds nothing. When neither the
//! spec, nor the generated files, nor this program have changed since a run that found everything up to date, even
//! the formatting is left out: a stamp in the target folder remembers one hash over all of them. The stamp is no
//! evidence that anybody has to trust: it is never committed, and without it everything is made anew and compared.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Instant, UNIX_EPOCH};
use std::{env, fs};

use crate::codegen::{self, Output, Region, coverage};
use crate::hash::{Fnv, Hex};
use crate::names;
use crate::spec::{self, EntitySpec, Spec};

/// What to do.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Options {
    /// Write nothing, fail on any difference.
    pub check: bool,
    /// Write nothing, show the differences.
    pub diff: bool,
    /// Write nothing, count.
    pub stats: bool,
    /// Only this entity.
    pub only: Option<String>,
    /// The folder for the stamp; without one every run makes everything anew.
    pub stamps: Option<PathBuf>,
}

/// Why a run did not succeed. What is wrong has been printed, or stands in here.
#[derive(Debug)]
pub enum Failure {
    /// `--check` found differences; they have been printed.
    Differs,
    /// The spec has faults, or something else is wrong; a text for the user.
    Told(String),
    /// The disk, or the output.
    Io(io::Error),
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

fn at(path: &Path) -> impl FnOnce(io::Error) -> Failure + '_ {
    move |error| Failure::Told(format!("{}: {error}", path.display()))
}

/// How a file differs from what is generated.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Difference {
    path: String,
    kind: Kind,
    /// The text on disk, empty where there is none.
    was: String,
    /// The text that belongs there, empty where none does.
    is: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// The spec that the file was made from has changed.
    Outdated,
    /// The spec has not: the file was edited, or the generator was.
    Edited,
    Missing,
    Orphan,
    /// A generated region of a file that people write.
    Region,
    /// Marks of a region are not there.
    NoRegion,
}

/// The spec of the repository at `root`.
pub fn load(root: &Path) -> Result<Spec, Failure> {
    let files = read_spec(root)?;
    spec::load(&files).map_err(|faults| Failure::Told(spec::report(&faults)))
}

fn read_spec(root: &Path) -> Result<BTreeMap<String, String>, Failure> {
    let files = spec::read_files(root).map_err(at(&root.join("spec")))?;
    files.map_err(|faults| Failure::Told(spec::report(&faults)))
}

/// Runs the task on the repository at `root`.
pub fn codegen(root: &Path, options: &Options, out: &mut dyn Write) -> Result<(), Failure> {
    let start = Instant::now();
    if options.stats && (options.check || options.diff || options.only.is_some()) {
        return Err(Failure::Told("`--stats` goes with no other flag".to_owned()));
    }
    let files = read_spec(root)?;
    let found = read_generated(root)?;

    let whole = options.only.is_none() && !options.stats;
    let stamp = Stamp::new(root, options.stamps.as_deref());
    if whole && stamp.holds(&files, &found, &read_regions(root)) {
        untracked(root, options, out)?;
        if !options.diff {
            writeln!(out, "codegen: {} files up to date", found.len())?;
        }
        return Ok(());
    }

    let spec = spec::load(&files).map_err(|faults| Failure::Told(spec::report(&faults)))?;
    let output = match &options.only {
        None => codegen::generate(&spec),
        Some(name) => {
            let entity = find(&spec, name)?;
            codegen::generate_only(&spec, entity).map(|files| Output { files, regions: Vec::new() })
        }
    };
    let output = output.map_err(|error| Failure::Told(error.to_string()))?;
    if options.stats {
        write!(out, "{}", stats(&spec, &output))?;
        return Ok(());
    }

    let mut differences = compare(&output, &found, whole);
    differences.extend(compare_regions(root, &output.regions));
    if options.diff {
        show(&differences, out)?;
    }
    if options.check {
        if !differences.is_empty() {
            list(&differences, out)?;
            return Err(Failure::Differs);
        }
        untracked(root, options, out)?;
        writeln!(out, "codegen: {} files up to date", output.files.len())?;
    } else if !options.diff {
        let written = apply(root, &differences)?;
        let removed = differences.iter().filter(|difference| difference.kind == Kind::Orphan).count();
        let unchanged = output.files.len() + output.regions.len() - written;
        let seconds = start.elapsed().as_secs_f32();
        writeln!(out, "codegen: {written} written, {removed} removed, {unchanged} unchanged ({seconds:.2} s)")?;
    }
    // What was just made or compared is what is there now, if nothing was left undone.
    if whole && (differences.is_empty() || !options.check && !options.diff) {
        stamp.set(&files, &read_generated(root)?, &read_regions(root));
    }
    Ok(())
}

fn find<'s>(spec: &'s Spec, name: &str) -> Result<&'s EntitySpec, Failure> {
    let matches = |entity: &&EntitySpec| {
        entity.name.eq_ignore_ascii_case(name)
            || entity.plural.eq_ignore_ascii_case(name)
            || entity.path().eq_ignore_ascii_case(name)
    };
    spec.entities.iter().find(matches).ok_or_else(|| {
        let hint = match names::nearest(name, spec.entities.iter().map(|entity| entity.name.as_str())) {
            Some(near) => format!("; did you mean `{near}`?"),
            None => String::new(),
        };
        Failure::Told(format!("the spec has no entity `{name}`{hint}"))
    })
}

/// All files in the folders of generated files, by path from the root.
fn read_generated(root: &Path) -> Result<BTreeMap<String, Vec<u8>>, Failure> {
    let mut found = BTreeMap::new();
    let mut folders: Vec<String> = codegen::FOLDERS.iter().map(|folder| (*folder).to_owned()).collect();
    while let Some(folder) = folders.pop() {
        let full = root.join(&folder);
        let entries = match fs::read_dir(&full) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            Err(error) => return Err(at(&full)(error)),
        };
        for entry in entries {
            let entry = entry?;
            let path = format!("{folder}/{}", entry.file_name().to_string_lossy());
            if entry.file_type()?.is_dir() {
                folders.push(path);
            } else {
                let text = fs::read(entry.path()).map_err(at(&entry.path()))?;
                found.insert(path, text);
            }
        }
    }
    Ok(found)
}

fn compare(output: &Output, found: &BTreeMap<String, Vec<u8>>, whole: bool) -> Vec<Difference> {
    let mut differences = Vec::new();
    for (path, is) in &output.files {
        let (kind, was) = match found.get(path) {
            None => (Kind::Missing, String::new()),
            Some(was) if was == is.as_bytes() => continue,
            Some(was) => {
                let was = String::from_utf8_lossy(was).into_owned();
                (if source_hash(&was) == source_hash(is) { Kind::Edited } else { Kind::Outdated }, was)
            }
        };
        differences.push(Difference { path: path.clone(), kind, was, is: is.clone() });
    }
    if whole {
        let orphans = found.iter().filter(|(path, _)| !output.files.contains_key(*path));
        differences.extend(orphans.map(|(path, was)| Difference {
            path: path.clone(),
            kind: Kind::Orphan,
            was: String::from_utf8_lossy(was).into_owned(),
            is: String::new(),
        }));
    }
    differences.sort_by(|a, b| a.path.cmp(&b.path));
    differences
}

/// The line of a header that holds the hash of the spec.
fn source_hash(text: &str) -> Option<&str> {
    text.lines().take(3).find_map(|line| line.strip_prefix("// spec "))
}

fn compare_regions(root: &Path, regions: &[Region]) -> Vec<Difference> {
    let mut differences = Vec::new();
    for region in regions {
        // A file that is not there needs no region.
        let Ok(was) = fs::read_to_string(root.join(&region.file)) else { continue };
        match codegen::replace_region(region, &was) {
            Some(is) if is == was => {}
            Some(is) => differences.push(Difference { path: region.file.clone(), kind: Kind::Region, was, is }),
            None => differences.push(Difference {
                path: region.file.clone(),
                kind: Kind::NoRegion,
                was: String::new(),
                is: format!("{}\n{}{}\n", region.begin, region.text, region.end),
            }),
        }
    }
    differences
}

/// Texts of the files that have regions.
fn read_regions(root: &Path) -> Vec<(&'static str, Vec<u8>)> {
    codegen::REGION_FILES.iter().map(|path| (*path, fs::read(root.join(path)).unwrap_or_default())).collect()
}

/// Writes what differs; gives the number of files written.
fn apply(root: &Path, differences: &[Difference]) -> Result<usize, Failure> {
    if let Some(difference) = differences.iter().find(|difference| difference.kind == Kind::NoRegion) {
        return Err(Failure::Told(no_region(difference)));
    }
    let mut written = 0;
    for difference in differences {
        let path = root.join(&difference.path);
        if difference.kind == Kind::Orphan {
            fs::remove_file(&path).map_err(at(&path))?;
            // A folder that is empty now goes too; one that is not stays.
            if let Some(folder) = path.parent() {
                fs::remove_dir(folder).ok();
            }
            continue;
        }
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).map_err(at(folder))?;
        }
        fs::write(&path, &difference.is).map_err(at(&path))?;
        written += 1;
    }
    Ok(written)
}

fn no_region(difference: &Difference) -> String {
    format!("{} has no place for what is generated into it; put this there:\n\n{}", difference.path, difference.is)
}

/// Says what differs and what to do.
fn list(differences: &[Difference], out: &mut dyn Write) -> io::Result<()> {
    if differences.iter().any(|difference| difference.kind == Kind::Outdated) {
        writeln!(out, "the spec has changed since the code was generated")?;
    }
    for difference in differences {
        let words = match difference.kind {
            Kind::Outdated => "changed (spec)",
            Kind::Edited => "changed (edited by hand, or the generator has changed)",
            Kind::Missing => "missing",
            Kind::Orphan => "orphan (nothing in the spec makes it)",
            Kind::Region => "changed (generated region)",
            Kind::NoRegion => "no place for the generated region",
        };
        writeln!(out, "  {}: {words}", difference.path)?;
    }
    let (number, verb) = match differences.len() {
        1 => ("1 file".to_owned(), "is"),
        count => (format!("{count} files"), "are"),
    };
    writeln!(out, "{number} {verb} not up to date; run `cargo xtask codegen` and commit what it writes")
}

fn show(differences: &[Difference], out: &mut dyn Write) -> io::Result<()> {
    for difference in differences {
        let old =
            if difference.kind == Kind::Missing { "/dev/null".to_owned() } else { format!("a/{}", difference.path) };
        let new =
            if difference.kind == Kind::Orphan { "/dev/null".to_owned() } else { format!("b/{}", difference.path) };
        let diff = similar::TextDiff::from_lines(&difference.was, &difference.is);
        write!(out, "{}", diff.unified_diff().context_radius(3).header(&old, &new))?;
    }
    Ok(())
}

/// With `--check`, generated files that git does not track are a fault: they are there for us and for nobody else.
fn untracked(root: &Path, options: &Options, out: &mut dyn Write) -> Result<(), Failure> {
    if !options.check {
        return Ok(());
    }
    let listed = Command::new("git")
        .arg("-C")
        .arg(root)
        .args(["ls-files", "--others", "-z", "--", "spec"])
        .args(codegen::FOLDERS)
        .output();
    let Ok(listed) = listed else {
        return Ok(());
    };
    // Without a repository - in an unpacked archive - nothing is tracked and nothing is wrong.
    if !listed.status.success() {
        return Ok(());
    }
    let names = String::from_utf8_lossy(&listed.stdout);
    let names: BTreeSet<&str> = names.split('\0').filter(|name| !name.is_empty()).collect();
    if names.is_empty() {
        return Ok(());
    }
    for name in &names {
        writeln!(out, "  {name}: untracked")?;
    }
    writeln!(out, "{} not known to git; run `git add` on what belongs to the change", names.len())?;
    Err(Failure::Differs)
}

/// What `--stats` prints.
fn stats(spec: &Spec, output: &Output) -> String {
    let coverage = coverage(spec);
    let total = coverage.total;
    // What users compile; tests are not counted.
    let sources = || output.files.iter().filter(|(path, _)| path.contains("/src/")).map(|(_, text)| text);
    let lines: usize = sources().map(|text| text.lines().count()).sum();
    let bytes: usize = sources().map(String::len).sum();
    let mut by_entity: Vec<usize> = spec
        .entities
        .iter()
        .filter_map(|entity| {
            let end = format!("/{}/{}.rs", entity.section, entity.module);
            output.files.iter().find(|(path, _)| path.ends_with(&end)).map(|(_, text)| text.lines().count())
        })
        .collect();
    by_entity.sort_unstable();
    let median = by_entity.get(by_entity.len() / 2).copied().unwrap_or_default();
    let tenths = lines * 10 / total.all_operations().max(1);

    let mut text = String::new();
    // Writing to a string can't fail.
    let mut row = |name: &str, value: String| {
        let _ = writeln!(text, "{name:<28} {value}");
    };
    row(
        "entities",
        format!("{} ({} deprecated, {} known by name only)", total.entities, coverage.deprecated, coverage.unplaced),
    );
    row("operations", total.all_operations().to_string());
    row("properties", format!("{} ({} of them companions)", total.properties, total.companions));
    row("  required, read-only, secret", format!("{}, {}, {}", total.required, total.read_only, total.sensitive));
    row("  relations", total.relations.to_string());
    row("filters, ranges, files", format!("{}, {}, {}", total.filters, total.ranges, total.files));
    row("enumerations", format!("{} with {} values", coverage.enums, coverage.values));
    row("patches", coverage.patches.to_string());
    let doubts: Vec<String> = coverage.doubts.iter().map(|(doubt, count)| format!("{doubt} {count}")).collect();
    row("doubts", if doubts.is_empty() { "none".to_owned() } else { doubts.join(", ") });
    row("generated files", sources().count().to_string());
    row("generated lines", format!("{lines} ({}.{} an operation)", tenths / 10, tenths % 10));
    row("lines an entity", format!("{median} (median), {} (largest)", by_entity.last().copied().unwrap_or_default()));
    row("generated bytes", bytes.to_string());
    let _ = write!(text, "\n{coverage}");
    text
}

/// One hash over everything that a run depends on, kept from the last run that left everything up to date.
struct Stamp {
    path: Option<PathBuf>,
    /// What this program is: its size and when it was built.
    program: Option<(u64, u128)>,
}

impl Stamp {
    fn new(root: &Path, folder: Option<&Path>) -> Self {
        let name = Hex(crate::hash::text(&root.to_string_lossy()));
        let path = folder.map(|folder| folder.join(format!("codegen-{name}.stamp")));
        let program = env::current_exe().and_then(fs::metadata).ok().and_then(|data| {
            let built = data.modified().ok()?.duration_since(UNIX_EPOCH).ok()?;
            Some((data.len(), built.as_nanos()))
        });
        Self { path, program }
    }

    fn hash(
        &self,
        spec: &BTreeMap<String, String>,
        found: &BTreeMap<String, Vec<u8>>,
        regions: &[(&'static str, Vec<u8>)],
    ) -> Option<String> {
        let (size, built) = self.program?;
        let mut fnv = Fnv::default();
        fnv.write(&size.to_le_bytes());
        fnv.write(&built.to_le_bytes());
        for (path, text) in spec {
            fnv.text(path);
            fnv.text(text);
        }
        for (path, text) in found {
            fnv.text(path);
            fnv.write(text);
            fnv.write(&[0xff]);
        }
        for (path, text) in regions {
            fnv.text(path);
            fnv.write(text);
            fnv.write(&[0xff]);
        }
        Some(Hex(fnv.finish()).to_string())
    }

    fn holds(
        &self,
        spec: &BTreeMap<String, String>,
        found: &BTreeMap<String, Vec<u8>>,
        regions: &[(&'static str, Vec<u8>)],
    ) -> bool {
        let kept = self.path.as_ref().and_then(|path| fs::read_to_string(path).ok());
        kept.is_some() && kept == self.hash(spec, found, regions)
    }

    /// A stamp that can't be written costs the next run a second, and nothing else.
    fn set(
        &self,
        spec: &BTreeMap<String, String>,
        found: &BTreeMap<String, Vec<u8>>,
        regions: &[(&'static str, Vec<u8>)],
    ) {
        if let (Some(path), Some(hash)) = (&self.path, self.hash(spec, found, regions)) {
            fs::write(path, hash).ok();
        }
    }
}

#[cfg(test)]
mod tests;
