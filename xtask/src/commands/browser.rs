//! `cargo xtask browser`: the sandbox's page, used in a headless Chromium as a person would use it.
//!
//! It is not part of the test run, since it needs a browser and two packages from npm. The result of the last run, and
//! a picture, are in `docs/`.

use std::net::TcpListener;
use std::path::Path;
use std::process::Command;

use crate::error::Error;
use crate::tools::cargo::Cargo;
use crate::tools::install::{Packages, program};
use crate::tools::sandbox::Sandbox;
use crate::tools::script::Report;
use crate::tools::today;

/// What controls the browser, and what looks for barriers.
const PACKAGES: [&str; 2] = ["playwright-core@1.65.1", "axe-core@4.14.1"];
const SCRIPT: &str = "crates/nexudus-sandbox/tests/browser/page.mjs";
const PICTURE: &str = "docs/sandbox-page.png";
const RESULT: &str = "docs/browser-test.md";

/// Uses the page, and writes the result down. The packages are installed only with `install`.
pub fn run(root: &Path, install: bool) -> Result<(), Error> {
    let report = try_page(root, install)?;
    std::fs::write(root.join(RESULT), page(&report, &today()?))?;
    println!("{}\n{RESULT} and {PICTURE} are written", report.summary());
    if report.is_good() { Ok(()) } else { Err("not every step in the browser passed".to_owned().into()) }
}

fn try_page(root: &Path, install: bool) -> Result<Report, String> {
    let cargo = Cargo::new(root)?;
    let chromium = program(&["chromium", "chromium-browser", "google-chrome"], "chromium")?;
    let node = program(&["node"], "nodejs")?;
    let modules = Packages::new(&cargo, "browser", install)?.npm(&PACKAGES)?;
    // The origin that the sandbox lets in: a port that was free a moment ago.
    let port = TcpListener::bind(("127.0.0.1", 0)).and_then(|listener| listener.local_addr());
    let port = port.map_err(|error| format!("no free port: {error}"))?.port().to_string();
    let sandbox = Sandbox::start(&cargo, &["--seed", "demo", "--allow-origin", &format!("http://localhost:{port}")])?;
    let mut script = Command::new(node);
    script.arg(root.join(SCRIPT)).arg(&sandbox.url).arg(modules).arg(chromium).arg(root.join(PICTURE)).arg(port);
    Report::of(&mut script)
}

fn page(report: &Report, date: &str) -> String {
    format!(
        "# The sandbox's page in a browser\n\n\
         Written by `cargo xtask browser`, which starts a sandbox with the demo seed and uses its page in a headless\n\
         Chromium: with the keyboard, in light and dark, in a wide and a narrow window, while requests come in. axe looks\n\
         for barriers in each view. Then pages of other origins try to read and to change what the sandbox holds: with\n\
         fetch, forms, beacons, frames, images, sockets, and a name that was made to lead to this machine. The browser can\n\
         resolve no name of another machine.\n\n\
         Last run on {date}: {}\n\n{}\n\
         ![The page: the relations of bookings, and the log of requests](sandbox-page.png)\n",
        report.summary(),
        report.table(),
    )
}
