//! The sandbox as a program.

use std::io::Write;
use std::net::SocketAddr;
use std::process::ExitCode;

use nexudus_sandbox::{Sandbox, Seed};

const HELP: &str = "\
A local, stateful Nexudus service for development and tests.

Usage: nexudus-sandbox [OPTIONS]

Options:
      --port PORT     Port to listen on; 0 takes a free one [default: 0]
      --host ADDRESS  Address to listen on [default: 127.0.0.1]
      --seed SEED     What it holds when it starts: empty or sample [default: sample]
  -h, --help          Print this
  -V, --version       Print the version

It prints `listening on http://ADDRESS:PORT/api` when it is ready.
Log in as admin@example.com with password sandbox, or with the bearer token sandbox-token.
";

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("nexudus-sandbox: {message}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), String> {
    let mut builder = Sandbox::builder().threads(2);
    let (mut host, mut port) = ("127.0.0.1".to_owned(), 0_u16);
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        let (flag, inline) = match argument.split_once('=') {
            Some((flag, value)) => (flag.to_owned(), Some(value.to_owned())),
            None => (argument, None),
        };
        let mut value =
            || inline.clone().or_else(|| arguments.next()).ok_or_else(|| format!("{flag} needs a value; see --help"));
        match flag.as_str() {
            "--port" => {
                let text = value()?;
                port = text.parse().map_err(|_| format!("--port {text}: not a port, give a number up to 65535"))?;
            }
            "--host" => host = value()?,
            "--seed" => {
                builder = builder.seed(match value()?.as_str() {
                    "empty" => Seed::Empty,
                    "sample" => Seed::Sample,
                    other => return Err(format!("--seed {other}: not known, give empty or sample")),
                });
            }
            "-h" | "--help" => return print(HELP),
            "-V" | "--version" => return print(concat!("nexudus-sandbox ", env!("CARGO_PKG_VERSION"), "\n")),
            _ => return Err(format!("{flag}: no such option; see --help")),
        }
    }
    let address = host.parse().map_err(|_| format!("--host {host}: not an IP address"))?;
    let sandbox =
        builder.address(SocketAddr::new(address, port)).start_blocking().map_err(|error| error.to_string())?;
    print(&format!("listening on {}\n", sandbox.url()))?;
    loop {
        std::thread::park();
    }
}

fn print(text: &str) -> Result<(), String> {
    let mut out = std::io::stdout().lock();
    out.write_all(text.as_bytes()).and_then(|()| out.flush()).map_err(|error| format!("can't print: {error}"))
}
