//! Scripts that exercise the sandbox with other people's programs.
//!
//! A script prints `ok|failed TAB step TAB detail` for each step, and `with TAB program TAB version` for what it used.

use std::fmt::Write as _;
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

/// The steps that a script reported.
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

    /// One step of a tool, given by name and version, that did what it should.
    pub fn done(step: &str, with: &(String, String)) -> Self {
        Self { steps: vec![(true, step.to_owned(), String::new())], with: vec![with.clone()] }
    }

    /// The report with one more step before the others, and the tools that it took.
    #[must_use]
    pub fn and(mut self, step: &str, with: &[(String, String)]) -> Self {
        self.steps.insert(0, (true, step.to_owned(), String::new()));
        self.with.extend_from_slice(with);
        self
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

    /// Whether every step succeeded.
    pub fn is_good(&self) -> bool {
        self.steps.iter().all(|(good, ..)| *good)
    }

    /// The result in a sentence.
    pub fn summary(&self) -> String {
        let failed = self.steps.iter().filter(|(good, ..)| !good).count();
        let with: Vec<String> = self.with.iter().map(|(name, version)| format!("{name} {version}")).collect();
        let result = if failed == 0 { "all passed".to_owned() } else { format!("{failed} failed") };
        format!("{} steps, {result}. With {}.", self.steps.len(), with.join(", "))
    }

    /// The steps as a table of Markdown.
    pub fn table(&self) -> String {
        let mut text = String::from("| step | result | |\n|---|---|---|\n");
        for (good, name, detail) in &self.steps {
            let result = if *good { "passed" } else { "**failed**" };
            let detail = detail.replace('|', "\\|").replace('<', "&lt;");
            // Writing to a string can't fail.
            let _ = writeln!(text, "| {} | {result} | {detail} |", name.replace('<', "&lt;"));
        }
        text
    }
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
        | step | result | |
        |---|---|---|
        | one | passed |  |
        | two &lt;b> | **failed** | 1 \| 2	and |
        ");
    }

    #[test]
    fn a_script_that_ends_early_is_no_success() {
        let script = |text: &str| Report::of(Command::new("sh").args(["-c", text]));
        assert!(script("printf 'ok\\tone\\n'").unwrap().is_good());
        assert!(!script("printf 'failed\\tone\\n'; exit 1").unwrap().is_good());
        assert!(script("printf 'ok\\tone\\n'; exit 1").unwrap_err().contains("after 1 steps"));
        assert!(script("true").unwrap_err().contains("after 0 steps"));
    }
}
