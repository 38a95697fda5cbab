//! The program: what it prints, and that it serves over a socket.

use std::io::{BufRead, BufReader, Read};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};

use nexudus_sandbox::Sandbox;

use crate::socket::raw;

fn command() -> Command {
    Command::new(env!("CARGO_BIN_EXE_nexudus-sandbox"))
}

/// Starts the program and gives the address that it prints.
fn start(command: &mut Command) -> (Child, String) {
    let mut program = command.stdout(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(program.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let url = line.trim().strip_prefix("listening on ").unwrap().to_owned();
    assert!(url.starts_with("http://127.0.0.1:") && url.ends_with("/api"), "{url}");
    (program, url)
}

#[test]
fn the_program_says_where_it_listens_and_serves_there() {
    let mut command = command();
    command
        .args(["--log", "--account=eva@example.com:secret:UserMessage-Read"])
        .env("NEXUDUS_SANDBOX_TOKEN_LIFE", "60");
    let (mut program, url) = start(command.stderr(Stdio::piped()));
    // eva@example.com:secret
    assert_eq!(status_of(&url, "Basic ZXZhQGV4YW1wbGUuY29tOnNlY3JldA=="), 200);
    let form = "grant_type=password&username=eva@example.com&password=secret";
    let head = "POST /api/token HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/x-www-form-urlencoded";
    let token = raw(address_of(&url), &format!("{head}\r\nContent-Length: {}\r\n\r\n{form}", form.len()));
    assert!(token.contains("\"expires_in\":60"), "{token}");
    // SIGTERM ends it in peace.
    assert!(Command::new("kill").arg(program.id().to_string()).status().unwrap().success());
    assert!(program.wait().unwrap().success());
    let mut log = String::new();
    program.stderr.take().unwrap().read_to_string(&mut log).unwrap();
    let first = log.lines().next().unwrap();
    assert!(first.contains(" GET /api/sys/usermessages/87654321 200 ") && first.ends_with(" eva@example.com"), "{log}");
}

#[test]
fn faults_can_come_from_a_file() {
    let file = std::env::temp_dir().join(format!("nexudus-sandbox-faults-{}", std::process::id()));
    std::fs::write(&file, "# one a line\nGET */usermessages/87654321 next=1 status=503 # then all is well\n\n")
        .unwrap();
    let (mut program, url) = start(command().arg("--faults").arg(&file));
    let statuses = (status_of(&url, BEARER), status_of(&url, BEARER));
    program.kill().unwrap();
    program.wait().unwrap();
    std::fs::remove_file(&file).unwrap();
    assert_eq!(statuses, (503, 200));
}

#[test]
fn wrong_flags_are_explained() {
    for (arguments, expected) in [
        (&["--port", "x"][..], "nexudus-sandbox: --port x: not a port, give a number up to 65535\n"),
        (&["--port"], "nexudus-sandbox: --port needs a value; see --help\n"),
        (&["--prot=1"], "nexudus-sandbox: --prot: no such option; see --help\n"),
        (&["--seed", "x"], "nexudus-sandbox: --seed x: x: no such seed, give empty, sample or demo\n"),
        (&["--host", "x"], "nexudus-sandbox: --host x: not an IP address\n"),
        (
            &["--throttle", "x"],
            "nexudus-sandbox: --throttle x: x: not a limit, give `published` or for example `writes:60/1m`\n",
        ),
    ] {
        let output = command().args(arguments).output().unwrap();
        assert_eq!((output.status.code(), String::from_utf8_lossy(&output.stderr).as_ref()), (Some(1), expected));
    }
    let help = String::from_utf8(command().arg("--help").output().unwrap().stdout).unwrap();
    for flag in ["--port PORT", "--data FILE", "--fault RULE", "sandbox-token", "/__sandbox"] {
        assert!(help.contains(flag), "{flag}\n{help}");
    }
}

#[test]
fn a_sandbox_stops_when_dropped() {
    let sandbox = Sandbox::builder().start_blocking().unwrap();
    let address = sandbox.address();
    assert_eq!(status_of(&sandbox.url(), BEARER), 200);
    drop(sandbox);
    assert!(std::net::TcpStream::connect(address).is_err());
}

const BEARER: &str = "Bearer sandbox-token";

fn address_of(url: &str) -> SocketAddr {
    url.trim_start_matches("http://").trim_end_matches("/api").parse().unwrap()
}

/// The status of an answer to a get.
fn status_of(url: &str, authorization: &str) -> u16 {
    let head = "GET /api/sys/usermessages/87654321 HTTP/1.1\r\nHost: localhost\r\nConnection: close";
    let answer = raw(address_of(url), &format!("{head}\r\nAuthorization: {authorization}\r\n\r\n"));
    answer.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or_else(|| panic!("{answer}"))
}
