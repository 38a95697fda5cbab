//! What the tasks share that try the sandbox with other people's programs: the sandbox itself, a script that drives
//! it, and a page in `docs/` that says when that was and how it went.
//!
//! A script prints `ok|failed TAB step TAB detail` for each step, and `with TAB program TAB version` for what it used.

use std::fmt::Write as _;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// A sandbox of this workspace, which ends with this value.
pub struct Sandbox {
    process: Process,
    /// Without a path: `http://127.0.0.1:PORT`.
    pub url: String,
}

impl Sandbox {
    /// Builds the sandbox and starts it on a free port.
    pub fn start(root: &Path, arguments: &[&str]) -> Result<Self, String> {
        Self::spawn(&build(root, &[], "")?, arguments)
    }

    /// Builds the sandbox as users have it, and says where the program is.
    pub fn build_release(root: &Path) -> Result<PathBuf, String> {
        build(root, &["--release"], "../release")
    }

    /// Starts a sandbox that was built, on a free port.
    pub fn spawn(program: &Path, arguments: &[&str]) -> Result<Self, String> {
        let child = Command::new(program)
            .args(arguments)
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| format!("can't start {}: {error}", program.display()))?;
        // From here on it ends with this value, whatever goes wrong.
        let mut sandbox = Self { process: Process(child), url: String::new() };
        let mut line = String::new();
        if let Some(out) = sandbox.process.0.stdout.take() {
            BufReader::new(out).read_line(&mut line).map_err(|error| error.to_string())?;
        }
        let url = line.trim().strip_prefix("listening on ").and_then(|url| url.strip_suffix("/api"));
        url.ok_or_else(|| format!("the sandbox said {line:?} instead of where it listens"))?
            .clone_into(&mut sandbox.url);
        Ok(sandbox)
    }

    /// Its process.
    pub fn id(&self) -> u32 {
        self.process.0.id()
    }
}

/// Builds the sandbox, and gives the program, which is in a folder that is named as seen from this program's.
fn build(root: &Path, flags: &[&str], folder: &str) -> Result<PathBuf, String> {
    let mut command = Command::new(env!("CARGO"));
    run(command.args(["build", "--quiet", "--package", "nexudus-sandbox"]).args(flags).current_dir(root))?;
    let this = std::env::current_exe().map_err(|error| error.to_string())?;
    let program = format!("nexudus-sandbox{}", std::env::consts::EXE_SUFFIX);
    Ok(this.with_file_name(folder).join(program))
}

/// A process that ends with this value.
pub struct Process(pub Child);

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended by itself; either way it has to be gone.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// What a script told.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Report {
    steps: Vec<(bool, String, String)>,
    with: Vec<(String, String)>,
}

impl Report {
    /// Runs a script, showing its steps as they come.
    pub fn of(script: &mut Command) -> Result<Self, String> {
        let fail = |error: std::io::Error| format!("can't run {script:?}: {error}");
        let mut child =
            Command::new(script.get_program()).args(script.get_args()).stdout(Stdio::piped()).spawn().map_err(fail)?;
        let mut report = Self::default();
        for line in child.stdout.take().into_iter().flat_map(|out| BufReader::new(out).lines()) {
            let line = line.map_err(fail)?;
            println!("  {}", line.replace('\t', "  "));
            report.read(&line);
        }
        let status = child.wait().map_err(fail)?;
        if status.success() == report.is_good() && !report.steps.is_empty() {
            return Ok(report);
        }
        Err(format!("{script:?} ended with {status} after {} steps", report.steps.len()))
    }

    fn read(&mut self, line: &str) {
        let mut parts = line.splitn(3, '\t');
        let (kind, name, detail) = (parts.next(), parts.next(), parts.next().unwrap_or_default());
        match (kind, name) {
            (Some(kind @ ("ok" | "failed")), Some(name)) => {
                self.steps.push((kind == "ok", name.to_owned(), detail.to_owned()));
            }
            (Some("with"), Some(name)) => self.with.push((name.to_owned(), detail.to_owned())),
            _ => {}
        }
    }

    /// Whether every step went well.
    pub fn is_good(&self) -> bool {
        self.steps.iter().all(|(good, ..)| *good)
    }

    /// How it went, in a sentence.
    pub fn summary(&self) -> String {
        let failed = self.steps.iter().filter(|(good, ..)| !good).count();
        let with: Vec<String> = self.with.iter().map(|(name, version)| format!("{name} {version}")).collect();
        let went = if failed == 0 { "all went well".to_owned() } else { format!("{failed} failed") };
        format!("{} steps, {went}. With {}.", self.steps.len(), with.join(", "))
    }

    /// The steps as a table of Markdown.
    pub fn table(&self) -> String {
        let mut text = String::from("| step | went | |\n|---|---|---|\n");
        for (good, name, detail) in &self.steps {
            let went = if *good { "well" } else { "**wrong**" };
            let detail = detail.replace('|', "\\|").replace('<', "&lt;");
            // Writing to a string can't fail.
            let _ = writeln!(text, "| {} | {went} | {detail} |", name.replace('<', "&lt;"));
        }
        text
    }
}

/// Runs a command to its end.
pub fn run(command: &mut Command) -> Result<(), String> {
    let status = command.status().map_err(|error| format!("can't run {command:?}: {error}"))?;
    if status.success() { Ok(()) } else { Err(format!("{command:?} failed: {status}")) }
}

/// A folder for what a task installs, beside what cargo builds; made where it is missing.
pub fn folder(root: &Path, name: &str) -> Result<PathBuf, String> {
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), |folder| root.join(folder));
    let folder = target.join(name);
    std::fs::create_dir_all(&folder).map_err(|error| format!("can't make {}: {error}", folder.display()))?;
    Ok(folder)
}

/// The first of some programs that is installed. Where none is, Debian's package is installed if that can be.
pub fn program(names: &[&str], package: &str) -> Result<PathBuf, String> {
    if let Some(found) = installed(names) {
        return Ok(found);
    }
    if installed(&["apt-get"]).is_some() {
        println!("installing {package} with apt-get");
        let apt =
            |arguments: &[&str]| run(Command::new("apt-get").arg("--quiet").args(arguments).stdout(Stdio::null()));
        let install = || apt(&["install", "--yes", package]);
        let done = install().or_else(|_| apt(&["update"]).and_then(|()| install()));
        if let (Ok(()), Some(found)) = (done, installed(names)) {
            return Ok(found);
        }
    }
    Err(format!(
        "there is no {}, and it could not be installed with apt-get: install it and try again",
        names.join(" or ")
    ))
}

fn installed(names: &[&str]) -> Option<PathBuf> {
    let folders = std::env::var_os("PATH")?;
    let places = names.iter().flat_map(|name| std::env::split_paths(&folders).map(move |folder| folder.join(name)));
    places.into_iter().find(|place| place.is_file())
}

/// Today's date in UTC: `2026-01-31`.
pub fn today() -> Result<String, String> {
    let output =
        Command::new("date").args(["-u", "+%F"]).output().map_err(|error| format!("can't run date: {error}"))?;
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use super::*;

    fn report(lines: &str) -> Report {
        let mut report = Report::default();
        lines.lines().for_each(|line| report.read(line));
        report
    }

    #[test]
    fn a_report_is_read_and_shown() {
        let report = report("ok\tone\t\nfailed\ttwo <b>\t1 | 2\tand\nnoise\nok\nwith\tPHP\t8.2\n");
        assert!(!report.is_good());
        assert_snapshot!(report.summary(), @"2 steps, 1 failed. With PHP 8.2.");
        assert_snapshot!(report.table(), @r"
        | step | went | |
        |---|---|---|
        | one | well |  |
        | two &lt;b> | **wrong** | 1 \| 2	and |
        ");
    }

    #[test]
    fn a_script_that_breaks_off_is_no_success() {
        let script = |text: &str| Report::of(Command::new("sh").args(["-c", text]));
        assert!(script("printf 'ok\\tone\\n'").unwrap().is_good());
        assert!(!script("printf 'failed\\tone\\n'; exit 1").unwrap().is_good());
        assert!(script("printf 'ok\\tone\\n'; exit 1").unwrap_err().contains("after 1 steps"));
        assert!(script("true").unwrap_err().contains("after 0 steps"));
    }

    #[test]
    fn a_missing_program_is_named() {
        assert_eq!(installed(&["no-such-program-1", "sh"]).unwrap().file_name().unwrap(), "sh");
        assert_eq!(installed(&["no-such-program-1"]), None);
    }
}
