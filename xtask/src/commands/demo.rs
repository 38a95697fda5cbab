//! `cargo xtask demo`: what this project does, in less than half a minute, for people who come to look.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use crate::args::Parsed;
use crate::commands::codegen::{self, Options};
use crate::commands::openapi;
use crate::error::Error;
use crate::tools::cargo::Cargo;
use crate::tools::process::output;
use crate::tools::sandbox::Sandbox;
use crate::workspace::read_generated;

/// A program of the client, whose text is as short as what it shows.
const EXAMPLE: &str = "book_room";

/// What the command-line tool shows: a heading, and its words.
const TOUR: &[(&str, &[&str])] = &[
    ("Who is calling", &["whoami"]),
    ("The latest bookings", &["bookings", "list", "--size", "3", "--order-by", "FromTime", "--dir", "1"]),
    (
        "An update: it reads the whole record, shows the change, and sends all of it back",
        &["resources", "update", "301", "--set", "Description=Renovated", "--yes"],
    ),
    ("What a write would send", &["teams", "create", "--business-id", "1", "--name", "Visitors", "--dry-run"]),
    ("Find an entity by words", &["entities", "community", "group"]),
];

/// The entities that are compared with the spec.
const PROBED: [&str; 2] = ["teams", "resources"];

const NEXT: &str = "\
Where to look next:
  README.md                            what it is for, and the first program
  crates/nexudus-client/examples/      whole programs: export invoices, book a room, receive webhooks
  cargo run -p nexudus-sandbox         a sandbox to stay, with a page to look at and to try the API
  cargo run -p nexudus-cli -- --help   the command-line tool
  spec/README.md                       the description of the API that all code is generated from
  docs/architecture.md                 how it is built, and why
  docs/maintaining.md                  how a page of the reference or a report of a probe becomes a release
  cargo xtask help                     all tasks, for tests, measurements and releases
";

/// Runs the tour, and says what it did.
pub fn demo(root: &Path, args: &Parsed, out: &mut dyn Write) -> Result<(), Error> {
    writeln!(out, "Building what the tour runs; the first time, this takes minutes.\n")?;
    let cargo = Cargo::new(root)?;
    let program = cargo.build("nexudus-sandbox", &[])?;
    let nexudus = cargo.build("nexudus-cli", &[])?;
    let example = cargo.build("nexudus-client", &["--example", EXAMPLE])?;
    let start = Instant::now();

    writeln!(out, "1. From spec/ to code and to the OpenAPI document, written anew.")?;
    let before = read_generated(root)?;
    codegen::codegen(root, &Options::default(), out)?;
    openapi::openapi(root, args, out)?;
    let same = read_generated(root)? == before;
    writeln!(
        out,
        "{}",
        if same { "No generated file has changed." } else { "Generated files have changed: see git diff." }
    )?;

    let sandbox = Sandbox::spawn(&program, &["--seed", "demo"])?;
    writeln!(out, "\n2. A sandbox of the service with a demo space listens on {}.", sandbox.url)?;

    let folder = folder(&cargo)?;
    let run = |program: &Path| {
        let mut command = Command::new(program);
        command.env("NEXUDUS_BASE_URL", format!("{}/api", sandbox.url)).env("NEXUDUS_TOKEN", "sandbox-token");
        command.env("NEXUDUS_CONFIG_DIR", folder.join("config")).current_dir(&folder);
        command
    };
    writeln!(out, "\n3. The client: crates/nexudus-client/examples/{EXAMPLE}.rs books a room, twice for one order.")?;
    show(out, &output(&mut run(&example))?)?;

    writeln!(out, "\n4. The command-line tool.")?;
    for (what, words) in TOUR {
        let words_shown: Vec<_> = words.iter().map(|word| quoted(word)).collect();
        writeln!(out, "\n   {what}: nexudus {}", words_shown.join(" "))?;
        show(out, &output(run(&nexudus).args(*words))?)?;
    }

    writeln!(
        out,
        "\n5. The probe: the spec against a live service, by GET requests alone; the report holds no values."
    )?;
    let mut probe = run(&nexudus);
    probe.arg("probe").args(PROBED).args(["--yes", "--quiet", "--per-second", "1000"]);
    output(&mut probe)?;
    let report = folder.join("probe.md");
    let page = fs::read_to_string(&report).map_err(Error::on(&report))?;
    let table = page.lines().filter(|line| line.starts_with('|')).collect::<Vec<_>>().join("\n");
    show(out, &table)?;
    writeln!(out, "   The whole report is {}.", report.display())?;

    writeln!(out, "\nThe tour took {:.1} s. The sandbox is gone again.\n\n{NEXT}", start.elapsed().as_secs_f64())?;
    Ok(())
}

/// An empty folder for what the tour writes.
fn folder(cargo: &Cargo) -> Result<PathBuf, Error> {
    let folder = cargo.target.join("xtask").join("demo");
    if folder.exists() {
        fs::remove_dir_all(&folder).map_err(Error::on(&folder))?;
    }
    fs::create_dir_all(&folder).map_err(Error::on(&folder))?;
    Ok(folder)
}

/// A word as a shell takes it.
fn quoted(word: &str) -> String {
    if word.contains(' ') { format!("'{word}'") } else { word.to_owned() }
}

/// Shows what a program printed, indented.
fn show(out: &mut dyn Write, text: &str) -> Result<(), Error> {
    for line in text.trim_end().lines() {
        writeln!(out, "     {line}")?;
    }
    Ok(())
}
