//! What it costs to compile one crate: CPU time, time by the clock and memory of its rustc alone.
//!
//! Cargo is told to start rustc through this very program, which starts the real one, watches how much memory it
//! takes, and notes both when it is the crate that is asked for. That works on Linux, where the kernel keeps the
//! books in `/proc`; elsewhere the figures are missing and nothing fails.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};
use std::time::{Duration, Instant};

use super::{program, twin};
use crate::spec::Spec;
use crate::tools::cargo::Cargo;
use crate::tools::process::run;

/// The crate to measure, by the name that rustc is given.
const CRATE: &str = "XTASK_MEASURE_CRATE";
/// The file that the figures go to.
const FILE: &str = "XTASK_MEASURE_FILE";

const ROUNDS: usize = 3;

/// Stands in for rustc where cargo started this program as its wrapper; says how that ended.
pub fn measure_if_wrapping_rustc() -> Option<Result<ExitStatus, String>> {
    let (name, file) = (std::env::var(CRATE).ok()?, std::env::var_os(FILE)?);
    let args: Vec<_> = std::env::args_os().skip(1).collect();
    let (rustc, args) = args.split_first()?;
    let mut child = match Command::new(rustc).args(args).spawn() {
        Ok(child) => child,
        Err(error) => return Some(Err(format!("can't run {}: {error}", rustc.display()))),
    };
    let begun = Instant::now();
    let asked_for = args.windows(2).any(|pair| pair[0] == "--crate-name" && *pair[1] == *name);
    let status_file = format!("/proc/{}/status", child.id());
    let mut peak: f64 = 0.0;
    loop {
        if let Some(now) = fs::read_to_string(&status_file).ok().as_deref().and_then(|status| kibibytes(status, PEAK)) {
            peak = peak.max(now);
        }
        match child.try_wait() {
            Ok(None) => std::thread::sleep(Duration::from_millis(5)),
            Ok(Some(status)) => {
                if asked_for {
                    let cpu = fs::read_to_string("/proc/self/stat").ok().as_deref().and_then(children_time);
                    let figures = format!("{} {peak} {}\n", cpu.unwrap_or_default(), begun.elapsed().as_secs_f64());
                    if let Err(error) = fs::write(&file, figures) {
                        return Some(Err(format!("can't write {}: {error}", file.display())));
                    }
                }
                return Some(Ok(status));
            }
            Err(error) => return Some(Err(format!("can't wait for rustc: {error}"))),
        }
    }
}

/// A size in KiB from the `status` of a process.
pub(super) fn kibibytes(status: &str, name: &str) -> Option<f64> {
    let line = status.lines().find_map(|line| line.strip_prefix(name))?;
    line.trim().strip_suffix(" kB")?.trim().parse().ok()
}

/// The most memory that a process had.
const PEAK: &str = "VmHWM:";

/// The CPU time of a process, in hundredths of a second, from its `stat`.
pub(super) fn own_time(stat: &str) -> Option<f64> {
    time_at(stat, 11)
}

/// The same of its children that have ended.
fn children_time(stat: &str) -> Option<f64> {
    time_at(stat, 13)
}

fn time_at(stat: &str, field: usize) -> Option<f64> {
    // The name in brackets may hold spaces; the fields behind it are counted.
    let mut fields = stat.rsplit_once(')')?.1.split_whitespace().skip(field);
    let user: f64 = fields.next()?.parse().ok()?;
    let system: f64 = fields.next()?.parse().ok()?;
    Some(user + system)
}

/// What one rustc took.
#[derive(Clone, Copy, Default)]
struct Cost {
    seconds: f64,
    mebibytes: f64,
    clock: f64,
}

/// A crate whose compilation is measured.
struct Subject<'a> {
    /// The package, and its name as rustc has it.
    package: &'a str,
    manifest: PathBuf,
    release: bool,
}

impl Subject<'_> {
    fn command(&self, cargo: &Cargo, verb: &str, target: &Path) -> Command {
        let mut command = cargo.command(&[verb, "--quiet"]);
        command.arg("--manifest-path").arg(&self.manifest);
        command.args(["--package", self.package]).arg("--target-dir").arg(target);
        command.env("CARGO_INCREMENTAL", "0");
        command
    }

    /// Compiles the crate anew, what it depends on beforehand.
    fn cost(&self, cargo: &Cargo, target: &Path) -> Result<Cost, String> {
        let wrapper = std::env::current_exe().map_err(|error| format!("can't find this program: {error}"))?;
        let file = target.join("cost.txt");
        let _ = fs::remove_file(&file);
        let mut clean = self.command(cargo, "clean", target);
        if self.release {
            clean.arg("--release");
        }
        run(&mut clean)?;
        let mut compile = self.command(cargo, if self.release { "build" } else { "check" }, target);
        if self.release {
            compile.arg("--release");
        }
        compile.env("RUSTC_WRAPPER", wrapper).env(CRATE, self.package.replace('-', "_")).env(FILE, &file);
        run(&mut compile)?;
        let figures = fs::read_to_string(&file).map_err(|error| format!("no figures came from rustc: {error}"))?;
        let mut numbers = figures.split_whitespace().map(|number| number.parse::<f64>().unwrap_or_default());
        let [time, memory, clock] = std::array::from_fn(|_| numbers.next().unwrap_or_default());
        Ok(Cost { seconds: time / 100.0, mebibytes: memory / 1024.0, clock })
    }
}

/// The middle of several costs, each figure by itself.
fn median(costs: &[Cost]) -> Cost {
    let middle = |figure: fn(&Cost) -> f64| {
        let mut all: Vec<f64> = costs.iter().map(figure).collect();
        all.sort_by(f64::total_cmp);
        all.get(all.len() / 2).copied().unwrap_or_default()
    };
    Cost {
        seconds: middle(|cost| cost.seconds),
        mebibytes: middle(|cost| cost.mebibytes),
        clock: middle(|cost| cost.clock),
    }
}

/// Measures subjects in turn, and prints the median of each and its share of the first.
fn compare(cargo: &Cargo, target: &Path, subjects: &[Subject<'_>]) -> Result<(), String> {
    let mut costs = vec![Vec::new(); subjects.len()];
    for _ in 0..ROUNDS {
        for (subject, costs) in subjects.iter().zip(&mut costs) {
            costs.push(subject.cost(cargo, target)?);
        }
    }
    let first = costs.first().map(|costs| median(costs)).unwrap_or_default();
    for (subject, costs) in subjects.iter().zip(&costs) {
        let Cost { seconds, mebibytes, clock } = median(costs);
        println!(
            "{} {:<14} {seconds:>6.2} CPU s {clock:>6.2} s by the clock {mebibytes:>6.0} MiB   {:.1} times the time and {:.1} times the memory of {}",
            if subject.release { "build --release" } else { "check          " },
            subject.package,
            seconds / first.seconds,
            mebibytes / first.mebibytes,
            subjects.first().map_or("", |subject| subject.package),
        );
    }
    Ok(())
}

/// Writes a scratch package of its own workspace, with the versions that the workspace has locked.
fn scratch(cargo: &Cargo, name: &str, dependencies: &str, file: &str, source: &str) -> Result<PathBuf, String> {
    let folder = cargo.target.join("bench").join(name);
    let manifest = format!(
        "[package]\nname = \"{name}\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[workspace]\n\n[dependencies]\n{dependencies}"
    );
    let write = || {
        fs::create_dir_all(folder.join("src"))?;
        fs::write(folder.join("Cargo.toml"), manifest)?;
        fs::write(folder.join("src").join(file), source)?;
        fs::copy(cargo.root.join("Cargo.lock"), folder.join("Cargo.lock"))
    };
    write().map_err(|error| format!("can't write {}: {error}", folder.display()))?;
    Ok(folder.join("Cargo.toml"))
}

/// The version requirement of a workspace dependency, so that the twin uses what the crates use.
const TWIN_DEPENDENCIES: &str = "rust_decimal = { version = \"1\", default-features = false, features = [\"std\", \"serde\"] }\n\
    serde = { version = \"1\", features = [\"derive\"] }\nserde_json = \"1\"\n";

/// Compares the model with its twin, and prints the size of both libraries.
pub(super) fn model(cargo: &Cargo, spec: &Spec) -> Result<(), String> {
    let target = cargo.target.join("bench/target");
    let twin_manifest = scratch(cargo, "nexudus-twin", TWIN_DEPENDENCIES, "lib.rs", &twin::source(spec))?;
    println!("{} entities; the twin has {} fields", spec.entities.len(), twin::fields(spec));
    for release in [false, true] {
        let model = Subject { package: "nexudus-model", manifest: cargo.root.join("Cargo.toml"), release };
        let twin = Subject { package: "nexudus-twin", manifest: twin_manifest.clone(), release };
        compare(cargo, &target, &[model, twin])?;
    }
    for package in ["nexudus_model", "nexudus_twin"] {
        let largest = fs::read_dir(target.join("release/deps"))
            .map_err(|error| format!("no release build: {error}"))?
            .filter_map(Result::ok)
            .filter(|entry| {
                let path = entry.path();
                let stem = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
                stem.starts_with(&format!("lib{package}-")) && path.extension().is_some_and(|end| end == "rlib")
            })
            .filter_map(|entry| entry.metadata().ok())
            .map(|metadata| metadata.len())
            .max();
        println!("release rlib of {package}: {} MB", largest.unwrap_or_default() / 1_000_000);
    }
    Ok(())
}

/// Compiles a program that uses every entity.
pub(super) fn program(cargo: &Cargo, spec: &Spec) -> Result<(), String> {
    let client = cargo.root.join("crates/nexudus-client");
    let dependencies = format!(
        "nexudus-client = {{ path = {:?} }}\ntokio = {{ version = \"1\", features = [\"macros\", \"rt\"] }}\n",
        client.display().to_string()
    );
    let manifest = scratch(cargo, "nexudus-every", &dependencies, "main.rs", &program::source(spec))?;
    let target = cargo.target.join("bench/target");
    compare(cargo, &target, &[Subject { package: "nexudus-every", manifest, release: true }])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_read_from_proc() {
        let status = "Name:\trustc\nVmHWM:\t  123456 kB\nVmRSS:\t 1 kB\n";
        assert_eq!(kibibytes(status, PEAK), Some(123_456.0));
        assert_eq!(kibibytes(status, "VmRSS:"), Some(1.0));
        assert_eq!(kibibytes("Name:\trustc\n", PEAK), None);
        let stat = "7 (a name) S 1 7 7 0 -1 4194560 1 2 3 4 5 6 70 8 20 0 1 0 99";
        assert_eq!(children_time(stat), Some(78.0));
        assert_eq!(own_time(stat), Some(11.0));
        assert_eq!(children_time("7 (cut"), None);
    }
}
