//! The sandbox under load: how soon it answers, what memory it takes, and how many requests it serves beside Prism.
//!
//! Prism is what people use where a service has no sandbox. It gets the better end: a document with these two
//! operations alone, with the sandbox's own answers as examples, nothing to check in them, no credentials, no log.
//!
//! On a machine that does other things, a server with one thread and one with two lose different shares of it. So
//! the processor time that a request takes is shown beside the ratios.

use std::io::{ErrorKind, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use std::{fs, thread};

use super::compile::{kibibytes, own_time};
use crate::spec::json::{self, Value};
use crate::tools::cargo::Cargo;
use crate::tools::install::{Packages, program};
use crate::tools::process::Process;
use crate::tools::sandbox::Sandbox;

const PRISM: &str = "@stoplight/prism-cli@5.14.2";
const SEED: [&str; 2] = ["--seed", "demo"];
const TOKEN: &str = "Authorization: Bearer sandbox-token";

const STARTS: usize = 11;
const ROUNDS: usize = 7;
/// As wrk reads them: one thread, so that the server has the other core, and enough connections to keep it busy.
const LOAD: [&str; 3] = ["-t1", "-c32", "-d2s"];
/// Nothing here takes that long, unless it is broken.
const PATIENCE: Duration = Duration::from_secs(30);

/// A GET that both serve.
struct Operation {
    name: &'static str,
    /// As the document has it, and what stands there about parameters.
    template: &'static str,
    parameters: &'static str,
    /// As it is asked for.
    path: String,
    /// How many times Prism's requests a second it is to serve.
    target: f64,
}

/// Measures the sandbox, and compares it with Prism.
pub(super) fn sandbox(cargo: &Cargo, install: bool) -> Result<(), String> {
    let wrk = program(&["wrk"], "wrk")?;
    let packages = Packages::new(cargo, "bench sandbox", install)?;
    let prism = Prism::new(&packages)?;
    let program = Sandbox::build_release(cargo)?;

    let mut starts = (0..STARTS).map(|_| first_answer(&program)).collect::<Result<Vec<_>, _>>()?;
    let (start, fastest, slowest) = spread(&mut starts);
    println!("start to first answer    {start:.1} ms ({fastest:.1} to {slowest:.1}), target: under 50 ms");

    let sandbox = Sandbox::spawn(&program, &SEED)?;
    let status = || fs::read_to_string(format!("/proc/{}/status", sandbox.id())).unwrap_or_default();
    let before = status();
    let operations = operations(&sandbox.url)?;
    let document = packages.folder().join("openapi.json");
    let text = openapi(&sandbox.url, &operations)?;
    fs::write(&document, text).map_err(|error| format!("can't write {}: {error}", document.display()))?;
    let prism = prism.start(&document)?;

    let servers = [(&sandbox.url, sandbox.id()), (&prism.url, prism.process.0.id())];
    for operation in &operations {
        let [ours, theirs] = servers.map(|(url, _)| get(url, &operation.path));
        let (ours, theirs) = (ours?, theirs?);
        if !parsed(&ours)?.same(&parsed(&theirs)?) {
            return Err(format!("Prism does not answer {} as the sandbox does: {theirs}", operation.path));
        }
        let mut loads: [Load; 2] = Default::default();
        // The first round warms up, which Prism needs more than the sandbox.
        for round in 0..=ROUNDS {
            for ((url, process), load) in servers.iter().zip(&mut loads) {
                let before = cpu_seconds(*process);
                let (requests, rate) = requests(&wrk, &format!("{url}{}", operation.path))?;
                if round > 0 {
                    load.rates.push(rate);
                    load.requests += requests;
                    load.cpu_seconds += cpu_seconds(*process) - before;
                }
            }
        }
        let [ours, theirs] = &mut loads;
        let mut ratios: Vec<f64> = ours.rates.iter().zip(&theirs.rates).map(|(ours, theirs)| ours / theirs).collect();
        let (ratio, lowest, highest) = spread(&mut ratios);
        println!(
            "{:<24} {ratio:.1} times Prism ({lowest:.1} to {highest:.1}), target: at least {}",
            operation.name, operation.target
        );
        println!("  requests a second      {:.0} and {:.0}", spread(&mut ours.rates).0, spread(&mut theirs.rates).0);
        println!("  CPU time a request     {:.0} and {:.0} µs", ours.microseconds(), theirs.microseconds());
    }
    // Only Linux keeps these books.
    let mebibytes = |status: &str| kibibytes(status, "VmRSS:").map_or(f64::NAN, |size| size / 1024.0);
    println!(
        "resident memory          {:.1} MiB after the load, target: under 40; {:.1} before",
        mebibytes(&status()),
        mebibytes(&before)
    );
    Ok(())
}

/// What came of loading one server.
#[derive(Default)]
struct Load {
    /// Requests a second, by round.
    rates: Vec<f64>,
    requests: f64,
    cpu_seconds: f64,
}

impl Load {
    /// What the server took for a request.
    fn microseconds(&self) -> f64 {
        self.cpu_seconds * 1e6 / self.requests
    }
}

fn cpu_seconds(process: u32) -> f64 {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    own_time(&stat).map_or(f64::NAN, |hundredths| hundredths / 100.0)
}

/// The middle, the least and the most.
fn spread(figures: &mut [f64]) -> (f64, f64, f64) {
    figures.sort_by(f64::total_cmp);
    let at = |index: usize| figures.get(index).copied().unwrap_or(f64::NAN);
    (at(figures.len() / 2), at(0), at(figures.len().saturating_sub(1)))
}

/// Starts the sandbox, and gives the milliseconds until it has answered a request with 200.
fn first_answer(program: &Path) -> Result<f64, String> {
    let start = Instant::now();
    let sandbox = Sandbox::spawn(program, &SEED)?;
    get(&sandbox.url, "/api/spaces/bookings?size=1")?;
    Ok(start.elapsed().as_secs_f64() * 1000.0)
}

/// A booking, and the bookings of a resource that has more than a page of them.
fn operations(url: &str) -> Result<[Operation; 2], String> {
    let page = parsed(&get(url, "/api/spaces/bookings?size=1000")?)?;
    let Some(Value::List(records)) = member(&page, "Records") else { return Err("there are no bookings".into()) };
    let numbers = |name: &'static str| {
        records.iter().filter_map(move |record| match member(&record.value, name) {
            Some(Value::Number(number)) => Some(number),
            _ => None,
        })
    };
    let resource = numbers("ResourceId").find(|one| numbers("ResourceId").filter(|other| one == other).count() >= 25);
    let (Some(booking), Some(resource)) = (numbers("Id").next(), resource) else {
        return Err("no resource has 25 bookings".into());
    };
    Ok([
        Operation {
            name: "get-one of a booking",
            template: "/api/spaces/bookings/{id}",
            parameters: r#"{"name":"id","in":"path","required":true,"schema":{"type":"integer"}}"#,
            path: format!("/api/spaces/bookings/{booking}"),
            target: 15.0,
        },
        Operation {
            name: "25 bookings of a room",
            template: "/api/spaces/bookings",
            parameters: r#"{"name":"Booking_Resource","in":"query","schema":{"type":"integer"}}"#,
            path: format!("/api/spaces/bookings?Booking_Resource={resource}"),
            target: 10.0,
        },
    ])
}

/// A document with the operations, and the sandbox's answers as their examples.
fn openapi(url: &str, operations: &[Operation]) -> Result<String, String> {
    let mut paths = Vec::new();
    for operation in operations {
        paths.push(format!(
            r#""{}":{{"get":{{"parameters":[{}],"responses":{{"200":{{"description":"As the sandbox answers.","content":{{"application/json":{{"schema":{{"type":"object"}},"example":{}}}}}}}}}}}}}"#,
            operation.template,
            operation.parameters,
            get(url, &operation.path)?,
        ));
    }
    let info = r#""openapi":"3.0.3","info":{"title":"Two operations of Nexudus","version":"1"}"#;
    Ok(format!("{{{info},\"paths\":{{{}}}}}\n", paths.join(",")))
}

fn parsed(text: &str) -> Result<Value, String> {
    json::parse(text)
        .map(|node| node.value)
        .map_err(|error| format!("an answer is not JSON, at {}: {}", error.at, error.what))
}

fn member<'a>(value: &'a Value, key: &str) -> Option<&'a Value> {
    let Value::Object(members) = value else { return None };
    members.iter().find(|member| member.key == key).map(|member| &member.node.value)
}

/// The body of an answer with status 200.
fn get(url: &str, path: &str) -> Result<String, String> {
    let host = url.trim_start_matches("http://");
    let exchange = || {
        let mut stream = TcpStream::connect(host)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        write!(stream, "GET {path} HTTP/1.1\r\nHost: {host}\r\n{TOKEN}\r\nConnection: close\r\n\r\n")?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).map(|_| answer)
    };
    let answer = exchange().map_err(|error| format!("GET {url}{path}: {error}"))?;
    match answer.split_once("\r\n\r\n") {
        Some((head, body)) if head.starts_with("HTTP/1.1 200 ") => Ok(body.to_owned()),
        _ => Err(format!("GET {url}{path}: {answer}")),
    }
}

/// Loads a server for a while: how many requests it answered, and how many a second.
fn requests(wrk: &Path, url: &str) -> Result<(f64, f64), String> {
    let mut command = Command::new(wrk);
    command.args(LOAD).args(["-H", TOKEN, url]);
    let output = command.output().map_err(|error| format!("can't run wrk: {error}"))?;
    let text = String::from_utf8_lossy(&output.stdout);
    counts(&text).ok_or_else(|| format!("{command:?}: {text}{}", String::from_utf8_lossy(&output.stderr)))
}

/// The same, from what wrk prints; none where a request went wrong.
fn counts(text: &str) -> Option<(f64, f64)> {
    if text.contains("Non-2xx") || text.contains("Socket errors") {
        return None;
    }
    let requests = text.lines().find_map(|line| line.split_once(" requests in "))?.0;
    let rate = text.lines().find_map(|line| line.strip_prefix("Requests/sec:"))?;
    Some((requests.trim().parse().ok()?, rate.trim().parse().ok()?))
}

/// Prism, as it was installed.
struct Prism {
    node: PathBuf,
    script: PathBuf,
}

/// A Prism that serves, which ends with this value.
struct Serving {
    process: Process,
    /// Without a path.
    url: String,
}

impl Prism {
    fn new(packages: &Packages<'_>) -> Result<Self, String> {
        let node = program(&["node"], "nodejs")?;
        let script = packages.npm(&[PRISM])?.join("@stoplight/prism-cli/dist/index.js");
        Ok(Self { node, script })
    }

    fn start(&self, document: &Path) -> Result<Serving, String> {
        // It can take a free port by itself, but does not say which while it is silent.
        let address = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr());
        let address = address.map_err(|error| format!("there is no free port: {error}"))?;
        let mut command = Command::new(&self.node);
        command.arg(&self.script).args(["mock", "--verboseLevel", "silent", "--host", "127.0.0.1"]);
        command.args(["--port", &address.port().to_string()]).arg(document);
        let child = command.stdout(Stdio::null()).spawn().map_err(|error| format!("can't start Prism: {error}"))?;
        let mut serving = Serving { process: Process(child), url: format!("http://{address}") };
        let end = Instant::now() + PATIENCE;
        while let Err(error) = TcpStream::connect(address) {
            let ended = serving.process.0.try_wait().map_err(|error| error.to_string())?;
            if ended.is_some() || error.kind() != ErrorKind::ConnectionRefused || Instant::now() > end {
                return Err(format!("Prism does not serve {}: {error}", document.display()));
            }
            thread::sleep(Duration::from_millis(50));
        }
        Ok(serving)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wrk_is_read() {
        let text = "Running 2s test\n  2469 requests in 2.00s, 1MB read\nRequests/sec:  1234.50\n";
        assert_eq!(counts(text), Some((2469.0, 1234.5)));
        assert_eq!(counts(&format!("{text}  Non-2xx or 3xx responses: 7\n")), None);
        assert_eq!(counts("unable to connect\n"), None);
    }

    #[test]
    fn the_middle_and_the_ends() {
        assert_eq!(spread(&mut [3.0, 1.0, 2.0]), (2.0, 1.0, 3.0));
        assert!(spread(&mut []).0.is_nan());
    }
}
