//! Runs targets, each in a process of its own, and keeps what makes one fail.
//!
//! A panic and a broken promise are caught where they happen, and the input is made smaller. An input that takes too
//! long or too much memory ends the process from inside; one that overflows the stack or breaks the process ends it
//! anyway, and the parent, which is told the number of each input, makes it again.

use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{Seek, Write};
use std::panic::{self, AssertUnwindSafe};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use fastrand::Rng;
use xtask::hash::{Fnv, Hex};

/// No input takes that long, unless something grows without bound. Busy machines are slow.
const TIME: Duration = Duration::from_mins(1);
/// What a process may have in all; more ends it.
const ADDRESS_SPACE_KIB: u64 = 6 * 1024 * 1024;
/// What an input may take at its peak, besides so many times its own length.
const MEMORY: usize = 64 * 1024 * 1024;
const MEMORY_PER_BYTE: usize = 32;
/// How often a smaller failing input is looked for.
const SHRINKS: usize = 2000;

/// Something that reads input from outside.
pub struct Target {
    /// What it is called by.
    pub name: &'static str,
    /// Makes it ready to run.
    pub prepare: fn() -> Prepared,
}

/// Makes an input.
pub type Generate = Box<dyn Fn(&mut Rng) -> Vec<u8>>;
/// Reads an input.
pub type Run = Box<dyn Fn(&[u8]) -> Result<(), String>>;

/// A target that is ready to run.
pub struct Prepared {
    /// Makes an input.
    pub generate: Generate,
    /// Reads an input. A panic is a failure, and so is a promise that does not hold, which the error names.
    pub run: Run,
}

/// The allocator's books.
#[derive(Clone, Copy)]
pub struct Memory {
    /// Bytes in use.
    pub current: fn() -> usize,
    /// The most bytes in use since the last reset.
    pub peak: fn() -> usize,
    /// Begins anew with the peak.
    pub reset: fn(),
}

#[derive(Clone, Debug, Default)]
struct Options {
    /// In this process, one target.
    child: bool,
    target: Option<String>,
    seed: u64,
    /// For all targets together; without it, a fixed number of inputs.
    seconds: Option<f64>,
    inputs: u64,
    replay: Option<PathBuf>,
}

const USAGE: &str = "usage: fuzz [--target NAME] [--seed NUMBER] [--seconds NUMBER | --inputs NUMBER] [--replay FILE]";

/// Inputs for each target under `cargo test`.
const FEW: u64 = 60;

fn options(arguments: impl Iterator<Item = String>) -> Result<Options, String> {
    let mut options = Options { inputs: FEW, ..Options::default() };
    let mut arguments = arguments.peekable();
    while let Some(argument) = arguments.next() {
        let (name, value) = match argument.split_once('=') {
            Some((name, value)) => (name.to_owned(), Some(value.to_owned())),
            None => (argument.clone(), None),
        };
        let mut value = || value.clone().or_else(|| arguments.next()).ok_or_else(|| format!("`{name}` needs a value"));
        let number = |text: String| text.parse::<u64>().map_err(|_| format!("`{text}` is not a number"));
        match name.as_str() {
            "--child" => options.child = true,
            "--target" => options.target = Some(value()?),
            "--seed" => options.seed = number(value()?)?,
            "--inputs" => options.inputs = number(value()?)?,
            "--seconds" => {
                let text = value()?;
                options.seconds = Some(text.parse().map_err(|_| format!("`{text}` is not a number"))?);
            }
            "--replay" => options.replay = Some(PathBuf::from(value()?)),
            // What cargo passes to the tests that it runs.
            "--quiet" | "-q" | "--nocapture" | "--no-capture" | "--exact" | "--include-ignored" => {}
            "--test-threads" | "--color" | "--format" | "--skip" => drop(value()?),
            name if !name.starts_with('-') => options.target = Some(name.to_owned()),
            other => return Err(format!("there is no `{other}`; {USAGE}")),
        }
    }
    Ok(options)
}

/// Runs what the arguments ask for.
pub fn main(targets: &[Target], memory: Memory) -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if arguments.iter().any(|argument| argument == "--list") {
        return ExitCode::SUCCESS;
    }
    let done = options(arguments.into_iter()).and_then(|options| {
        let chosen: Vec<&Target> =
            targets.iter().filter(|target| options.target.as_ref().is_none_or(|name| target.name == name)).collect();
        match (&options.replay, chosen.as_slice()) {
            (Some(file), [target]) => replay(target, file, memory),
            (Some(_), _) => Err(format!("`--replay` needs a `--target`: one of {}", names(targets))),
            // A word that is the name of some other test.
            (None, []) => Ok(()),
            (None, [target]) if options.child => {
                child(target, &options, memory);
                Ok(())
            }
            (None, chosen) => parent(chosen, &options),
        }
    });
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn names(targets: &[Target]) -> String {
    targets.iter().map(|target| target.name).collect::<Vec<_>>().join(", ")
}

/// The source of an input: the same for the same three, on every machine.
fn rng(target: &str, seed: u64, number: u64) -> Rng {
    let mut fnv = Fnv::default();
    fnv.text(target);
    fnv.write(&seed.to_le_bytes());
    fnv.write(&number.to_le_bytes());
    Rng::with_seed(fnv.finish())
}

fn folder() -> Result<PathBuf, String> {
    let program = std::env::current_exe().map_err(|error| error.to_string())?;
    let target = program.ancestors().find(|folder| folder.join("CACHEDIR.TAG").is_file());
    let folder = target.ok_or("this program is not in a target folder")?.join("fuzz");
    fs::create_dir_all(&folder).map_err(|error| format!("can't make {}: {error}", folder.display()))?;
    Ok(folder)
}

/// Keeps a failing input, and says how to run it again.
fn keep(target: &str, input: &[u8]) -> Result<String, String> {
    let mut fnv = Fnv::default();
    fnv.write(input);
    let path = folder()?.join(format!("{target}-{}.input", Hex(fnv.finish())));
    fs::write(&path, input).map_err(|error| format!("can't write {}: {error}", path.display()))?;
    Ok(format!("the input is {}\nreplay: cargo xtask fuzz --target {target} --replay {0}", path.display()))
}

/// Runs the targets, as many at a time as there are cores.
fn parent(targets: &[&Target], options: &Options) -> Result<(), String> {
    let program = std::env::current_exe().map_err(|error| error.to_string())?;
    let lanes = thread::available_parallelism().map_or(1, usize::from).min(targets.len());
    let rounds = targets.len().div_ceil(lanes);
    let failures = Mutex::new(String::new());
    let next = AtomicU64::new(0);
    let work = || {
        while let Some(target) =
            targets.get(usize::try_from(next.fetch_add(1, Ordering::Relaxed)).unwrap_or(usize::MAX))
        {
            if let Err(error) = run_child(&program, target, options, rounds)
                && let Ok(mut failures) = failures.lock()
            {
                let _ = writeln!(failures, "{}: {error}", target.name);
            }
        }
    };
    thread::scope(|scope| {
        for _ in 1..lanes {
            scope.spawn(work);
        }
        work();
    });
    let failures = failures.into_inner().unwrap_or_default();
    if failures.is_empty() { Ok(()) } else { Err(failures.trim_end().to_owned()) }
}

fn run_child(program: &Path, target: &Target, options: &Options, rounds: usize) -> Result<(), String> {
    let progress = progress(target.name, std::process::id())?;
    // Where there is a shell, the process is kept from taking all of the machine's memory.
    let mut command = if cfg!(unix) {
        let mut command = Command::new("sh");
        command.args(["-c", &format!("ulimit -v {ADDRESS_SPACE_KIB}; exec \"$0\" \"$@\"")]).arg(program);
        command
    } else {
        Command::new(program)
    };
    command.args(["--child", "--target", target.name, "--seed", &options.seed.to_string()]);
    match options.seconds {
        Some(seconds) => command.args(["--seconds", &format!("{:.3}", seconds / as_f64(rounds))]),
        None => command.args(["--inputs", &options.inputs.to_string()]),
    };
    let parent = std::process::id().to_string();
    let output =
        command.env("FUZZ_PARENT", parent).stdout(Stdio::inherit()).output().map_err(|error| error.to_string())?;
    let number = fs::read_to_string(&progress).ok().and_then(|text| text.trim().parse::<u64>().ok());
    fs::remove_file(&progress).ok();
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    // It has said what is wrong and kept the input.
    if output.status.code() == Some(1) {
        return Err(said.trim_end().to_owned());
    }
    let Some(number) = number else {
        return Err(format!("ended with {} before the first input: {}", output.status, said.trim_end()));
    };
    let input = ((target.prepare)().generate)(&mut rng(target.name, options.seed, number));
    let kept = keep(target.name, &input)?;
    Err(format!("input {number} ended the process with {}: {}\n{kept}", output.status, said.trim_end()))
}

fn as_f64(count: usize) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}

/// Where a child notes the number of its input.
fn progress(target: &str, parent: u32) -> Result<PathBuf, String> {
    Ok(folder()?.join(format!("{target}-{parent}.progress")))
}

/// What is wrong with an input, if anything.
fn failure(prepared: &Prepared, memory: Memory, input: &[u8]) -> Option<String> {
    static MESSAGE: Mutex<String> = Mutex::new(String::new());
    panic::set_hook(Box::new(|info| {
        if let Ok(mut message) = MESSAGE.lock() {
            *message = info.to_string();
        }
    }));
    let before = (memory.current)();
    (memory.reset)();
    let done = panic::catch_unwind(AssertUnwindSafe(|| (prepared.run)(input)));
    let _ = panic::take_hook();
    let used = (memory.peak)().saturating_sub(before);
    match done {
        Err(_) => Some(MESSAGE.lock().map(|message| message.clone()).unwrap_or_default()),
        Ok(Err(promise)) => Some(promise),
        Ok(Ok(())) if used > MEMORY + MEMORY_PER_BYTE * input.len() => {
            Some(format!("an input of {} bytes took {} MiB", input.len(), used >> 20))
        }
        Ok(Ok(())) => None,
    }
}

/// A part of a failing input that fails as well.
fn shrink(prepared: &Prepared, memory: Memory, input: &[u8]) -> Vec<u8> {
    let mut input = input.to_vec();
    let (mut size, mut tries) = (input.len() / 2, 0);
    while size > 0 && tries < SHRINKS {
        let mut start = 0;
        while start < input.len() && tries < SHRINKS {
            let mut shorter = input.clone();
            shorter.drain(start..(start + size).min(input.len()));
            tries += 1;
            if failure(prepared, memory, &shorter).is_some() {
                input = shorter;
            } else {
                start += size;
            }
        }
        size /= 2;
    }
    input
}

/// Ends the process when an input takes too long.
struct Watchdog {
    since: Instant,
    /// When the current input began, in milliseconds; it ends this process if it is too long ago.
    began: AtomicU64,
    input: Mutex<Vec<u8>>,
}

impl Watchdog {
    fn now(&self) -> u64 {
        u64::try_from(self.since.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    fn watch(&self, target: &str) {
        let limit = u64::try_from(TIME.as_millis()).unwrap_or(u64::MAX);
        loop {
            thread::sleep(Duration::from_secs(1));
            if self.now().saturating_sub(self.began.load(Ordering::Relaxed)) > limit {
                let input = self.input.lock().map(|input| input.clone()).unwrap_or_default();
                let kept = keep(target, &input).unwrap_or_else(|error| error);
                eprintln!("an input of {} bytes takes longer than {} s\n{kept}", input.len(), TIME.as_secs());
                std::process::exit(1);
            }
        }
    }
}

/// Runs a target in this process, and ends it with 1 on the first failure.
fn child(target: &Target, options: &Options, memory: Memory) {
    let prepared = (target.prepare)();
    let start = Instant::now();
    let parent = std::env::var("FUZZ_PARENT").ok().and_then(|id| id.parse().ok());
    let mut progress = parent.and_then(|parent| File::create(progress(target.name, parent).ok()?).ok());
    let watchdog: &Watchdog =
        Box::leak(Box::new(Watchdog { since: start, began: AtomicU64::new(0), input: Mutex::new(Vec::new()) }));
    let name = target.name;
    thread::spawn(move || watchdog.watch(name));
    let (mut number, mut most) = (0, 0);
    let go_on = |number: u64| match options.seconds {
        Some(seconds) => start.elapsed().as_secs_f64() < seconds,
        None => number < options.inputs,
    };
    while go_on(number) {
        let input = (prepared.generate)(&mut rng(name, options.seed, number));
        if let Some(file) = &mut progress {
            // Without its number, an input that ends the process can't be made again; nothing else is lost.
            let _ = file.rewind().and_then(|()| file.write_all(format!("{number:<20}").as_bytes()));
        }
        watchdog.began.store(watchdog.now(), Ordering::Relaxed);
        if let Ok(mut shared) = watchdog.input.lock() {
            shared.clone_from(&input);
        }
        if let Some(what) = failure(&prepared, memory, &input) {
            let smaller = shrink(&prepared, memory, &input);
            let what = failure(&prepared, memory, &smaller).unwrap_or(what);
            let kept = keep(name, &smaller).unwrap_or_else(|error| error);
            eprintln!("input {number} of seed {}: {what}\n{kept}", options.seed);
            std::process::exit(1);
        }
        most = most.max((memory.peak)());
        number += 1;
    }
    println!(
        "{name:<10} {number:>7} inputs in {:.1} s, seed {}, at most {:.1} MiB",
        start.elapsed().as_secs_f64(),
        options.seed,
        as_f64(most >> 10) / 1024.0
    );
}

fn replay(target: &Target, file: &Path, memory: Memory) -> Result<(), String> {
    let input = fs::read(file).map_err(|error| format!("can't read {}: {error}", file.display()))?;
    let prepared = (target.prepare)();
    if let Some(what) = failure(&prepared, memory, &input) {
        return Err(format!("{}: {what}", target.name));
    }
    println!("{}: nothing is wrong with {}", target.name, file.display());
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nothing() -> Memory {
        Memory { current: || 0, peak: || 0, reset: || {} }
    }

    fn prepared(run: fn(&[u8]) -> Result<(), String>) -> Prepared {
        Prepared { generate: Box::new(|rng| vec![rng.u8(..)]), run: Box::new(run) }
    }

    #[test]
    fn a_failure_is_found_and_made_smaller() {
        let bad = prepared(|input| if input.contains(&b'!') { Err("no marks".into()) } else { Ok(()) });
        assert_eq!(failure(&bad, nothing(), b"fine"), None);
        assert_eq!(failure(&bad, nothing(), b"wow!"), Some("no marks".into()));
        assert_eq!(shrink(&bad, nothing(), b"a long input! with more"), b"!");
        let hungry = Memory { peak: || 1 << 30, ..nothing() };
        let fine = prepared(|_| Ok(()));
        assert_eq!(failure(&fine, hungry, b"x"), Some("an input of 1 bytes took 1024 MiB".into()));
        let panics = prepared(|_| panic!("oh"));
        assert!(failure(&panics, nothing(), b"").unwrap().contains("oh"));
    }

    #[test]
    fn arguments() {
        let read = |text: &str| options(text.split_whitespace().map(str::to_owned));
        let given = read("--target decode --seed=7 --seconds 1.5 -q --test-threads 1").unwrap();
        assert_eq!((given.target.as_deref(), given.seed, given.seconds), (Some("decode"), 7, Some(1.5)));
        assert_eq!(read("decode").unwrap().target.as_deref(), Some("decode"));
        assert_eq!(read("--seed x").unwrap_err(), "`x` is not a number");
        assert_eq!(read("--seed").unwrap_err(), "`--seed` needs a value");
        assert!(read("--sede 1").unwrap_err().starts_with("there is no `--sede`; usage"));
    }

    #[test]
    fn the_same_three_make_the_same_input() {
        assert_eq!(rng("decode", 1, 2).u64(..), rng("decode", 1, 2).u64(..));
        assert_ne!(rng("decode", 1, 2).u64(..), rng("decode", 1, 3).u64(..));
        assert_ne!(rng("decode", 1, 2).u64(..), rng("pages", 1, 2).u64(..));
    }
}
