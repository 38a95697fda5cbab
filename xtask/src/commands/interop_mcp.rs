//! `cargo xtask interop mcp`: `nexudus mcp`, asked by the clients that assistants are built with.
//!
//! The server and its tests are ours; that others can talk to it shows in programs of others.

use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

use crate::error::Error;
use crate::tools::cargo::Cargo;
use crate::tools::install::{Packages, program};
use crate::tools::sandbox::Sandbox;
use crate::tools::script::Report;
use crate::tools::today;

const SCRIPTS: &str = "crates/nexudus-cli/tests/interop";
const RESULT: &str = "docs/mcp-interop.md";
const NPM: [&str; 1] = ["@modelcontextprotocol/client@2.4.0"];
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
";

/// Runs both clients, and writes the result down. Packages are installed only with `install`.
pub fn run(root: &Path, install: bool) -> Result<(), Error> {
    let date = today()?;
    let cargo = Cargo::new(root)?;
    let nexudus = cargo.build("nexudus-cli", &[])?;
    let packages = Packages::new(&cargo, "interop mcp", install)?;
    let scripts = root.join(SCRIPTS);
    let javascript = || -> Result<Command, String> {
        let modules = packages.npm(&NPM)?;
        let mut command = Command::new(program(&["node"], "nodejs")?);
        command.arg(scripts.join("session.mjs")).arg(modules).arg(&nexudus);
        Ok(command)
    };
    let python = || -> Result<Command, String> {
        let mut command = Command::new(packages.python(&PYPI)?);
        command.arg(scripts.join("session.py")).arg(&nexudus);
        Ok(command)
    };
    let clients = [("`@modelcontextprotocol/client` from npm", javascript()), ("`mcp` from PyPI", python())];
    let mut text = format!("{INTRODUCTION}\nLast run on {date}.\n");
    let mut all_good = true;
    for (title, client) in clients {
        println!("{title}");
        let report = client.and_then(|mut command| {
            // Each client finds the sandbox as the others did.
            let sandbox = Sandbox::start(&cargo, &["--seed", "demo"])?;
            Report::of(command.arg(&sandbox.url).arg(TOKEN))
        });
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
        println!("  {summary}");
        // Writing to a string can't fail.
        let _ = write!(text, "\n## {title}\n\n{summary}\n\n{table}");
    }
    std::fs::write(root.join(RESULT), format!("{}\n", text.trim_end()))?;
    println!("{RESULT} is written");
    if all_good { Ok(()) } else { Err("not every client could do its work".to_owned().into()) }
}
