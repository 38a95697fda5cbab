//! `cargo xtask interop`: clients that know nothing of this workspace, against the sandbox.
//!
//! Our client and our sandbox read the same tables, so a wrong fact would pass every test between them. A package
//! that somebody else wrote for the real service is evidence; plain clients in other languages show that nothing
//! depends on ours.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::error::Error;
use crate::tools::cargo::Cargo;
use crate::tools::install::{Packages, program};
use crate::tools::sandbox::Sandbox;
use crate::tools::script::Report;
use crate::tools::today;

const SCRIPTS: &str = "crates/nexudus-sandbox/tests/interop";
const RESULT: &str = "docs/interop.md";
const PACKAGES: [&str; 2] = ["nexudus==0.1", "requests==2.34.2"];

/// A client: what it is, its script, and how to come by what runs it.
struct Client {
    title: &'static str,
    script: &'static str,
    runner: fn(&Packages<'_>) -> Result<PathBuf, String>,
}

const CLIENTS: [Client; 4] = [
    Client {
        title: "`nexudus` 0.1 from PyPI",
        script: "nexudus_pypi.py",
        runner: |packages| packages.python(&PACKAGES),
    },
    Client { title: "Plain Python", script: "plain.py", runner: |_| program(&["python3"], "python3") },
    Client { title: "Plain JavaScript", script: "plain.mjs", runner: |_| program(&["node"], "nodejs") },
    Client { title: "Plain PHP", script: "plain.php", runner: |_| program(&["php"], "php-cli") },
];

const INTRODUCTION: &str = "\
# Clients that nobody here wrote

Written by `cargo xtask interop`, which starts a sandbox, puts a few rooms into it, and lets each client do its work.
The scripts are in `crates/nexudus-sandbox/tests/interop`. They are not part of the test run, since they need other
languages and a package from PyPI.

`nexudus` 0.1 was published in 2018 for the real service. It is installed and used unchanged; only the address in its
classes is another. It sends Basic credentials and forms. The three plain clients use nothing but what their language
brings, and the habits of public clients: flags and numbers as text, a header called `Content`, filters without a
value, dates with an offset, an enumeration by its name, the bare list of several ids.

What these clients taught:

- The package creates a booking from a room and two times. The current reference calls `Repeats` and
  `WhichBookingsToUpdate` required, the older one calls both optional. The sandbox takes forms without them, and asks
  for them in JSON, as the reference does.
- The package sends `MinutesLeft` of an access token and calls it required. The reference calls it read-only. The
  sandbox ignores it, as any read-only property.
";

/// Runs all clients, and writes the result down. Packages are installed only with `install`.
pub fn run(root: &Path, install: bool) -> Result<(), Error> {
    let date = today()?;
    let cargo = Cargo::new(root)?;
    let packages = Packages::new(&cargo, "interop", install)?;
    let mut text = format!("{INTRODUCTION}\nLast run on {date}.\n");
    let mut all_good = true;
    for client in &CLIENTS {
        println!("{}", client.title);
        let (summary, table) = match try_client(&cargo, &packages, client) {
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
        let _ = write!(text, "\n## {}\n\n{summary}\n\n{table}", client.title);
    }
    std::fs::write(root.join(RESULT), format!("{}\n", text.trim_end()))?;
    println!("{RESULT} is written");
    if all_good { Ok(()) } else { Err("not every client could do its work".to_owned().into()) }
}

fn try_client(cargo: &Cargo, packages: &Packages<'_>, client: &Client) -> Result<Report, String> {
    let runner = (client.runner)(packages)?;
    // Each client finds the sandbox as the others did.
    let sandbox = Sandbox::start(cargo, &[])?;
    Report::of(Command::new(runner).arg(cargo.root.join(SCRIPTS).join(client.script)).arg(&sandbox.url))
}
