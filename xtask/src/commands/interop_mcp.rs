//! `cargo xtask interop mcp`: `nexudus mcp`, asked by the clients that assistants are built with.
//!
//! The server and its tests are ours; that others can talk to it shows in programs of others.

use std::fmt::Write as _;
use std::io::{self, BufRead, BufReader};
use std::path::Path;
use std::process::{ChildStdin, ChildStdout, Command, Stdio};

use crate::error::Error;
use crate::tools::cargo::Cargo;
use crate::tools::install::Packages;
use crate::tools::process::Process;
use crate::tools::sandbox::Sandbox;
use crate::tools::script::Report;
use crate::tools::today;

const SCRIPTS: &str = "crates/nexudus-cli/tests/interop";
const RESULT: &str = "docs/mcp-interop.md";
/// The suite needs a newer Node than many machines have, so it brings its own.
const NPM: [&str; 3] =
    ["@modelcontextprotocol/client@2.4.0", "@modelcontextprotocol/conformance@0.2.0-alpha.12", "node@22.23.3"];
const PYPI: [&str; 1] = ["mcp==2.3.0"];

/// The token of the sandbox's administrator.
const TOKEN: &str = "sandbox-token";

const INTRODUCTION: &str = "\
# Clients of the MCP server

Written by `cargo xtask interop mcp`, which starts a sandbox with the demo seed and lets each client start `nexudus mcp`
and talk to it. The scripts are in `crates/nexudus-cli/tests/interop`. They are not part of the test run, since they need
packages from npm and PyPI.

The client of npm speaks both protocols: that of 2026-07-28, in which each request stands alone, and the older one that
begins with `initialize`. The client of PyPI speaks the older one here. Each reads every entity and changes a record with
a person who says yes, one who says no, and none.

The conformance suite speaks HTTP alone. A test of the crate hosts the same handler on a port of this machine for it; the
program has no such host. Most of the suite calls tools, prompts and resources of a test server of its own; why a
scenario is expected to fail stands in its row, and one that passes against the expectation is a failure too.
";

/// The test that hosts the handler over HTTP, and the variable that makes it serve.
const HOST_TEST: &str = "mcp::http::the_handler_answers_over_http_to_programs_of_this_machine_alone";
const HOST_VARIABLE: &str = "NEXUDUS_MCP_HTTP_HOST";

/// The handler over HTTP, until this value is dropped.
struct Host {
    url: String,
    input: Option<ChildStdin>,
    output: Option<BufReader<ChildStdout>>,
    _process: Process,
}

impl Host {
    fn start(cargo: &Cargo) -> Result<Self, String> {
        let mut command = cargo.command(&["test", "--quiet", "--package", "nexudus-cli", "--lib", "--"]);
        command.args(["--exact", "--nocapture", HOST_TEST]).env(HOST_VARIABLE, "1");
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().map_err(|error| format!("can't run {command:?}: {error}"))?;
        let (input, mut output) = (child.stdin.take(), child.stdout.take().map(BufReader::new));
        let process = Process(child);
        for line in output.iter_mut().flat_map(BufRead::lines) {
            let line = line.map_err(|error| error.to_string())?;
            if let Some(url) = line.split("listening on ").nth(1) {
                return Ok(Self { url: url.to_owned(), input, output, _process: process });
            }
        }
        Err("the test that hosts the server ended".to_owned())
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        // The test ends with its input, and fails if nobody reads its last words.
        self.input = None;
        if let Some(output) = &mut self.output {
            io::copy(output, &mut io::sink()).ok();
        }
    }
}

/// Runs the clients and the conformance suite, and writes the result down. Packages are installed only with `install`.
pub fn run(root: &Path, install: bool) -> Result<(), Error> {
    let date = today()?;
    let cargo = Cargo::new(root)?;
    let nexudus = cargo.build("nexudus-cli", &[])?;
    let packages = Packages::new(&cargo, "interop mcp", install)?;
    let scripts = root.join(SCRIPTS);
    // Each finds the sandbox as the others did.
    let on_a_sandbox = |command: &mut Command| {
        let sandbox = Sandbox::start(&cargo, &["--seed", "demo"])?;
        Report::of(command.arg(&sandbox.url).arg(TOKEN))
    };
    let node = |script: &str| -> Result<Command, String> {
        let modules = packages.npm(&NPM)?;
        let mut command = Command::new(modules.join("node/bin/node"));
        command.arg(scripts.join(script)).arg(modules);
        Ok(command)
    };
    let javascript = || on_a_sandbox(node("session.mjs")?.arg(&nexudus));
    let python = || on_a_sandbox(Command::new(packages.python(&PYPI)?).arg(scripts.join("session.py")).arg(&nexudus));
    let conformance = || {
        let host = Host::start(&cargo)?;
        Report::of(node("conformance.mjs")?.arg(&host.url).arg(packages.folder().join("results")))
    };
    let reports = [
        ("`@modelcontextprotocol/client` from npm", javascript()),
        ("`mcp` from PyPI", python()),
        ("`@modelcontextprotocol/conformance` from npm", conformance()),
    ];
    let mut text = format!("{INTRODUCTION}\nLast run on {date}.\n");
    let mut all_good = true;
    for (title, report) in reports {
        let (summary, table) = match report {
            Ok(report) => {
                all_good &= report.is_good();
                (report.summary(), report.table())
            }
            Err(error) => {
                all_good = false;
                (format!("Not tried: {error}."), String::new())
            }
        };
        println!("{title}: {summary}");
        // Writing to a string can't fail.
        let _ = write!(text, "\n## {title}\n\n{summary}\n\n{table}");
    }
    std::fs::write(root.join(RESULT), format!("{}\n", text.trim_end()))?;
    println!("{RESULT} is written");
    if all_good { Ok(()) } else { Err("not every client could do its work".to_owned().into()) }
}
