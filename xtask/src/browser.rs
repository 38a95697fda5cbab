//! `cargo xtask browser`: the sandbox's page, used in a headless Chromium as a person would use it.
//!
//! It is no part of the test run, since it needs a browser and two packages from npm. What it did last, and a
//! picture, stand in `docs/`.

use std::path::Path;
use std::process::Command;

use crate::drive::Failure;
use crate::tried::{self, Report, Sandbox};

/// What drives the browser, and what looks for barriers.
const PACKAGES: [&str; 2] = ["playwright-core@1.65.1", "axe-core@4.14.1"];
const SCRIPT: &str = "crates/nexudus-sandbox/tests/browser/page.mjs";
const PICTURE: &str = "docs/sandbox-page.png";
const RESULT: &str = "docs/browser-test.md";

/// Tries the page, and writes down how it went.
pub fn run(root: &Path) -> Result<(), Failure> {
    let report = try_page(root).map_err(Failure::Told)?;
    std::fs::write(root.join(RESULT), page(&report, &tried::today().map_err(Failure::Told)?))?;
    println!("{}\n{RESULT} and {PICTURE} are written", report.summary());
    if report.is_good() { Ok(()) } else { Err(Failure::Told("error: the page is not as it should be".into())) }
}

fn try_page(root: &Path) -> Result<Report, String> {
    let chromium = tried::program(&["chromium", "chromium-browser", "google-chrome"], "chromium")?;
    let (node, npm) = (tried::program(&["node"], "nodejs")?, tried::program(&["npm"], "npm")?);
    let folder = tried::folder(root, "browser")?;
    tried::run(
        Command::new(npm)
            .args(["install", "--no-save", "--no-audit", "--no-fund", "--silent", "--prefer-offline", "--prefix"])
            .arg(&folder)
            .args(PACKAGES),
    )?;
    let sandbox = Sandbox::start(root, &["--seed", "demo"])?;
    let mut script = Command::new(node);
    script
        .arg(root.join(SCRIPT))
        .arg(&sandbox.url)
        .arg(folder.join("node_modules"))
        .arg(chromium)
        .arg(root.join(PICTURE));
    Report::of(&mut script)
}

fn page(report: &Report, date: &str) -> String {
    format!(
        "# The sandbox's page in a browser\n\n\
         Written by `cargo xtask browser`, which starts a sandbox with the demo seed and uses its page in a headless\n\
         Chromium: with the keyboard, in light and dark, in a wide and a narrow window, while requests come in. axe looks\n\
         for barriers in each view. The browser can look up no name of another machine.\n\n\
         Last run on {date}: {}\n\n{}\n\
         ![The page: the relations of bookings, and the log of requests](sandbox-page.png)\n",
        report.summary(),
        report.table(),
    )
}
