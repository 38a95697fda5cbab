//! The command-line tool: how soon it is there, beside a bare request, and what a long list takes.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use crate::tools::cargo::Cargo;
use crate::tools::install::program;
use crate::tools::process;
use crate::tools::sandbox::Sandbox;

const ROUNDS: usize = 41;
/// Records of the long list.
const LONG: usize = 100_000;

/// Measures the tool.
pub(super) fn cli(cargo: &Cargo) -> Result<(), String> {
    let curl = program(&["curl"], "curl")?;
    let tool = cargo.build("nexudus-cli", &["--profile", "dist"])?;
    let bytes = fs::metadata(&tool).map_err(|error| format!("{}: {error}", tool.display()))?.len();
    println!("stripped program              {:.1} MB, target: under 15 MB", mega(bytes));
    let server = Sandbox::build_release(cargo)?;
    let sandbox = Sandbox::spawn(&server, &["--seed", "demo"])?;
    let settings = cargo.target.join("bench-cli");
    let run = |words: &[&str]| {
        let mut command = Command::new(&tool);
        command.args(words).env("NEXUDUS_BASE_URL", sandbox.api()).env("NEXUDUS_TOKEN", "sandbox-token");
        command.env("NEXUDUS_CONFIG_DIR", &settings).stdin(Stdio::null()).stdout(Stdio::null());
        command
    };
    for (words, target) in [
        (&["--help"][..], 10),
        (&["coworkers", "create", "--help"], 10),
        (&["__complete", "--", "bookings", "list", "--ten"], 20),
        (&["__complete", "--", "book"], 20),
    ] {
        let times = times(|| run(words))?;
        println!("nexudus {:<22}{}, target: under {target} ms", words.join(" "), spread(&times));
    }
    let url = format!("{}/spaces/bookings?size=25", sandbox.api());
    let bare = || {
        let mut command = Command::new(&curl);
        command
            .args(["--silent", "--fail", "--header", "Authorization: Bearer sandbox-token", &url])
            .stdout(Stdio::null());
        command
    };
    // In turn, so that what else the machine does falls on both.
    let (mut ours, mut theirs, mut apart) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let (one, other) = (time(&mut run(&["bookings", "list"]))?, time(&mut bare())?);
        ours.push(one);
        theirs.push(other);
        apart.push(one - other);
    }
    println!("nexudus bookings list         {}", spread(&ours));
    println!("the same request by curl      {}", spread(&theirs));
    println!("difference                    {}, target: under 15 ms", spread(&apart));
    drop(sandbox);
    long_list(cargo, &tool, &server)
}

/// A list of many records: memory at most, beside the pace at which curl reads the same pages.
fn long_list(cargo: &Cargo, tool: &Path, server: &Path) -> Result<(), String> {
    let timer = program(&["time"], "time")?;
    let sandbox = Sandbox::spawn(server, &["--seed", "demo"])?;
    let settings = cargo.target.join("bench-cli");
    let nexudus = |words: &[&str]| {
        let mut command = Command::new(tool);
        command.args(words).env("NEXUDUS_BASE_URL", sandbox.api()).env("NEXUDUS_TOKEN", "sandbox-token");
        command.env("NEXUDUS_CONFIG_DIR", &settings).stdin(Stdio::null());
        command
    };
    let count = process::output(&mut nexudus(&["visitors", "list", "--size", "1", "--json"]))?;
    let start: usize =
        count.split("\"total\":").nth(1).and_then(|rest| rest.split(',').next()?.parse().ok()).unwrap_or(0);
    fill(&sandbox, LONG.saturating_sub(start))?;
    for format in ["jsonl", "csv", "table", "json"] {
        let memory: PathBuf = cargo.target.join("bench-cli-memory");
        let mut command = Command::new(&timer);
        command.args(["-f", "%M", "-o"]).arg(&memory).arg(tool);
        command.args(["visitors", "list", "--all", "--size", "1000", "--output", format]);
        command.env("NEXUDUS_BASE_URL", sandbox.api()).env("NEXUDUS_TOKEN", "sandbox-token");
        command.env("NEXUDUS_CONFIG_DIR", &settings).stdin(Stdio::null()).stdout(Stdio::null());
        let took = time(&mut command)? / 1000.0;
        let kibibytes = fs::read_to_string(&memory).ok().and_then(|text| text.trim().parse::<u64>().ok());
        let peak = kibibytes.map_or_else(|| "unknown".to_owned(), |peak| format!("{:.1} MB", mega(peak * 1024)));
        println!("list --all, {LONG} visitors, {format:<6} {took:.1} s, {peak} at most, target: under 64 MB");
    }
    Ok(())
}

/// Adds visitors, which no rule keeps apart, until there are enough: many requests over one connection.
fn fill(sandbox: &Sandbox, count: usize) -> Result<(), String> {
    use std::io::{BufRead as _, BufReader, Read as _, Write as _};
    let address = sandbox.url.trim_start_matches("http://");
    let failed = |error: std::io::Error| format!("can't fill the sandbox: {error}");
    let stream = std::net::TcpStream::connect(address).map_err(failed)?;
    let mut reader = BufReader::new(stream.try_clone().map_err(failed)?);
    let mut stream = stream;
    for number in 0..count {
        let body = format!(
            "{{\"BusinessId\":1,\"FullName\":\"Visitor {number}\",\"Email\":\"visitor{number}@example.com\",\"ExpectedArrival\":\"2030-01-01T09:00:00Z\"}}"
        );
        let head = format!(
            "POST /api/spaces/visitors HTTP/1.1\r\nhost: {address}\r\nauthorization: Bearer sandbox-token\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        );
        stream.write_all(head.as_bytes()).map_err(failed)?;
        let (mut length, mut status) = (0, String::new());
        loop {
            let mut line = String::new();
            reader.read_line(&mut line).map_err(failed)?;
            if status.is_empty() {
                status.clone_from(&line);
            }
            if let Some(text) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                length = text.trim().parse().unwrap_or(0);
            }
            if line.trim().is_empty() {
                break;
            }
        }
        let mut answer = vec![0; length];
        reader.read_exact(&mut answer).map_err(failed)?;
        if !status.contains(" 200 ") {
            return Err(format!("the sandbox refuses a visitor: {status}{}", String::from_utf8_lossy(&answer)));
        }
    }
    Ok(())
}

/// Milliseconds of a run.
fn time(command: &mut Command) -> Result<f64, String> {
    let start = Instant::now();
    process::run(command)?;
    Ok(milliseconds(start))
}

/// Milliseconds since then.
pub(super) fn milliseconds(start: Instant) -> f64 {
    start.elapsed().as_secs_f64() * 1000.0
}

fn times(command: impl Fn() -> Command) -> Result<Vec<f64>, String> {
    (0..ROUNDS).map(|_| time(&mut command())).collect()
}

/// The median, and the quartiles.
pub(super) fn spread(times: &[f64]) -> String {
    let mut sorted = times.to_vec();
    sorted.sort_by(f64::total_cmp);
    let at = |part: usize| sorted.get(sorted.len() * part / 4).copied().unwrap_or_default();
    format!("{:.1} ms ({:.1} to {:.1})", at(2), at(1), at(3))
}

#[expect(clippy::cast_precision_loss, reason = "a figure for people")]
pub(super) fn mega(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}
