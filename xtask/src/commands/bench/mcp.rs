//! The MCP server: how soon its first answer is there, what it holds after many calls, and how long its answers are.

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{ChildStdin, ChildStdout, Command, Stdio};
use std::time::Instant;

use crate::tools::cargo::Cargo;
use crate::tools::install::program;
use crate::tools::process::{self, Process};
use crate::tools::sandbox::Sandbox;

const ROUNDS: usize = 41;
const CALLS: usize = 10_000;

/// What a client of 2026-07-28 sends with each request.
const META: &str = r#""_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientInfo":{"name":"bench","version":"1"},"io.modelcontextprotocol/clientCapabilities":{}}"#;

/// Calls whose answers are measured, and what they are.
const ANSWERS: [(&str, &str, &str); 8] = [
    ("nexudus_list_entities", "{}", "the first page of all entities"),
    ("nexudus_list_entities", r#"{"query":"booking"}"#, "entities found by a word"),
    ("nexudus_describe_entity", r#"{"entity":"bookings"}"#, "bookings described in summary"),
    ("nexudus_describe_entity", r#"{"entity":"bookings","detail":"full"}"#, "bookings described in full"),
    ("nexudus_list", r#"{"entity":"bookings"}"#, "25 bookings, default columns"),
    (
        "nexudus_list",
        r#"{"entity":"bookings","detail":"full"}"#,
        "bookings with all columns, one answer of a page of 25",
    ),
    ("nexudus_list", r#"{"entity":"coworkers","fields":["FullName","Email"]}"#, "25 customers, three columns"),
    ("nexudus_get", r#"{"entity":"bookings","id":$ID}"#, "one booking whole"),
];

struct Session {
    process: Process,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Session {
    fn start(tool: &Path, sandbox: &Sandbox, settings: &Path, flags: &[&str]) -> Result<Self, String> {
        let mut command = Command::new(tool);
        command.arg("mcp").args(flags).env("NEXUDUS_BASE_URL", sandbox.api()).env("NEXUDUS_TOKEN", "sandbox-token");
        command.env("NEXUDUS_CONFIG_DIR", settings).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().map_err(|error| format!("can't run {command:?}: {error}"))?;
        let (input, output) = (child.stdin.take(), child.stdout.take());
        let process = Process(child);
        let (Some(input), Some(output)) = (input, output) else { return Err("a process without streams".to_owned()) };
        Ok(Self { process, input, output: BufReader::new(output) })
    }

    /// The line that answers a request.
    fn request(&mut self, method: &str, params: &str) -> Result<String, String> {
        let failed = |error: std::io::Error| format!("the server does not answer: {error}");
        let comma = if params.is_empty() { "" } else { "," };
        writeln!(self.input, r#"{{"jsonrpc":"2.0","id":1,"method":"{method}","params":{{{params}{comma}{META}}}}}"#)
            .map_err(failed)?;
        let mut line = String::new();
        self.output.read_line(&mut line).map_err(failed)?;
        if line.contains("\"error\":{\"code\"") || line.contains("\"isError\":true") || line.is_empty() {
            return Err(format!("{method} {params} failed: {line}"));
        }
        Ok(line)
    }

    fn call(&mut self, tool: &str, arguments: &str) -> Result<String, String> {
        self.request("tools/call", &format!(r#""name":"{tool}","arguments":{arguments}"#))
    }
}

/// Measures the server.
pub(super) fn mcp(cargo: &Cargo) -> Result<(), String> {
    let curl = program(&["curl"], "curl")?;
    let tool = cargo.build("nexudus-cli", &["--profile", "dist"])?;
    let sandbox = Sandbox::spawn(&Sandbox::build_release(cargo)?, &["--seed", "demo"])?;
    let settings = cargo.target.join("bench-cli");
    let start = |flags: &[&str]| Session::start(&tool, &sandbox, &settings, flags);

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
        let begun = Instant::now();
        start(&[])?.call("nexudus_list", r#"{"entity":"bookings"}"#)?;
        let one = super::cli::milliseconds(begun);
        let begun = Instant::now();
        process::run(&mut bare())?;
        let other = super::cli::milliseconds(begun);
        ours.push(one);
        theirs.push(other);
        apart.push(one - other);
    }
    println!("start to first answer         {}", super::cli::spread(&ours));
    println!("the same request by curl      {}", super::cli::spread(&theirs));
    println!("difference                    {}, target: under 20 ms", super::cli::spread(&apart));

    for (flags, name) in
        [(&[][..], "tools/list that only reads"), (&["--allow-write", "all"], "tools/list with all tools")]
    {
        println!("{name:<30}{} bytes, target: at most 6,144", result(&start(flags)?.request("tools/list", "")?).len());
    }
    let mut session = start(&[])?;
    let page = session.call("nexudus_list", r#"{"entity":"bookings","fields":["Id"],"size":1}"#)?;
    let id = page.split("[[").nth(1).and_then(|rest| rest.split(']').next()).unwrap_or("1").to_owned();
    for (tool, arguments, name) in ANSWERS {
        let answer = session.call(tool, &arguments.replace("$ID", &id))?;
        println!("{name:<52}{:>6} bytes", result(&answer).len());
    }
    let begun = Instant::now();
    for number in 0..CALLS {
        match number % 4 {
            0 => session.call("nexudus_list", r#"{"entity":"bookings","detail":"full"}"#)?,
            1 => session.call("nexudus_get", &format!(r#"{{"entity":"bookings","id":{id}}}"#))?,
            2 => session.call("nexudus_list", r#"{"entity":"coworkers","size":200}"#)?,
            _ => session.call("nexudus_describe_entity", r#"{"entity":"coworkers","detail":"full"}"#)?,
        };
    }
    let took = begun.elapsed().as_secs_f64();
    let peak = peak(session.process.0.id())?;
    println!("{CALLS} calls in {took:.1} s, {:.1} MB at most, target: under 64 MB", super::cli::mega(peak * 1024));
    Ok(())
}

/// What is in an answer besides its envelope.
fn result(line: &str) -> &str {
    let inner = line.trim().split_once("\"result\":").map_or(line, |(_, rest)| rest);
    inner.strip_suffix('}').unwrap_or(inner)
}

/// The most memory that a process has held, in KiB.
fn peak(id: u32) -> Result<u64, String> {
    let status = fs::read_to_string(format!("/proc/{id}/status")).map_err(|error| format!("/proc: {error}"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok()).ok_or_else(|| "no VmHWM".to_owned())
}
