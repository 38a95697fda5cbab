//! `cargo xtask codegen`: brings the files on disk to what the generator makes, or says how they differ.
//!
//! Nothing is written that has not changed, so modification times hold and cargo rebuilds nothing. When neither the
//! spec, nor the generated files, nor this program have changed since a run that found everything up to date, even
//! the formatting is left out ([`Stamp`]).

use std::fmt::Write as _;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Instant;

use crate::args::counted;
use crate::codegen::{self, Output, coverage};
use crate::error::Error;
use crate::names;
use crate::spec::{self, EntitySpec, Spec};
use crate::workspace::apply::apply;
use crate::workspace::diff::{FileState, compare, compare_blocks, show, summarize};
use crate::workspace::stamp::Stamp;
use crate::workspace::{git, read_blocks, read_generated, read_spec};

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

/// Runs the task on the repository at `root`.
pub fn codegen(root: &Path, options: &Options, out: &mut dyn Write) -> Result<(), Error> {
    let start = Instant::now();
    if options.stats && (options.check || options.diff || options.only.is_some()) {
        return Err("`--stats` goes with no other flag".to_owned().into());
    }
    let files = read_spec(root)?;
    let found = read_generated(root)?;

    let whole = options.only.is_none() && !options.stats;
    let stamp = Stamp::new(root, options.stamps.as_deref());
    if whole && stamp.holds(&files, &found, &read_blocks(root)) {
        if options.check {
            git::check_tracked(root, out)?;
        }
        if !options.diff {
            writeln!(out, "codegen: {} up to date", counted(found.len(), "file"))?;
        }
        return Ok(());
    }

    let spec = spec::load(&files).map_err(|faults| Error::Message(spec::report(&faults)))?;
    let output = match &options.only {
        None => codegen::generate(&spec),
        Some(name) => {
            let entity = find(&spec, name)?;
            codegen::generate_only(&spec, entity).map(|files| Output { files, blocks: Vec::new() })
        }
    };
    let output = output.map_err(|error| Error::from(error.to_string()))?;
    if options.stats {
        write!(out, "{}", stats(&spec, &output))?;
        return Ok(());
    }

    let mut differences = compare(&output, &found, whole);
    differences.extend(compare_blocks(root, &output.blocks));
    if options.diff {
        show(&differences, out)?;
    }
    if options.check {
        if !differences.is_empty() {
            summarize(&differences, out)?;
            return Err(Error::Reported);
        }
        git::check_tracked(root, out)?;
        writeln!(out, "codegen: {} up to date", counted(output.files.len(), "file"))?;
    } else if !options.diff {
        let written = apply(root, &differences)?;
        let removed = differences.iter().filter(|difference| difference.state == FileState::Orphan).count();
        let unchanged = output.files.len() + output.blocks.len() - written;
        let seconds = start.elapsed().as_secs_f32();
        writeln!(out, "codegen: {written} written, {removed} removed, {unchanged} unchanged ({seconds:.2} s)")?;
    }
    // What was just made or compared is what is there now, if nothing was left undone.
    if whole && (differences.is_empty() || !options.check && !options.diff) {
        stamp.set(&files, &read_generated(root)?, &read_blocks(root));
    }
    Ok(())
}

fn find<'s>(spec: &'s Spec, name: &str) -> Result<&'s EntitySpec, Error> {
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
        Error::from(format!("the spec has no entity `{name}`{hint}"))
    })
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

#[cfg(test)]
mod tests;
