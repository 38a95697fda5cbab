//! The program: what it prints, and that it serves over a socket.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use nexudus_sandbox::{Sandbox, TOKEN};

#[test]
fn the_program_says_where_it_listens_and_serves_there() {
    let mut program =
        Command::new(env!("CARGO_BIN_EXE_nexudus-sandbox")).stdout(Stdio::piped()).spawn().expect("the program starts");
    let mut line = String::new();
    BufReader::new(program.stdout.take().expect("a pipe")).read_line(&mut line).expect("a line");
    let url = line.trim().strip_prefix("listening on ").expect("the line says where").to_owned();
    assert!(url.starts_with("http://127.0.0.1:") && url.ends_with("/api"), "{url}");
    let status = runtime().block_on(status_of(&url));
    program.kill().expect("the program stops");
    program.wait().expect("the program ends");
    assert_eq!(status, 200);
}

#[test]
fn wrong_flags_are_explained() {
    for (arguments, expected) in [
        (&["--port", "x"][..], "nexudus-sandbox: --port x: not a port, give a number up to 65535\n"),
        (&["--port"], "nexudus-sandbox: --port needs a value; see --help\n"),
        (&["--prot=1"], "nexudus-sandbox: --prot: no such option; see --help\n"),
    ] {
        let output = Command::new(env!("CARGO_BIN_EXE_nexudus-sandbox")).args(arguments).output().expect("it runs");
        assert_eq!((output.status.code(), String::from_utf8_lossy(&output.stderr).as_ref()), (Some(1), expected));
    }
}

#[test]
fn a_sandbox_stops_when_dropped() {
    let runtime = runtime();
    let sandbox = runtime.block_on(Sandbox::start()).expect("it starts");
    let address = sandbox.address();
    assert_eq!(runtime.block_on(status_of(&sandbox.url())), 200);
    drop(sandbox);
    assert!(std::net::TcpStream::connect(address).is_err());
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime")
}

async fn status_of(url: &str) -> u16 {
    let url = format!("{url}/sys/usermessages/87654321");
    reqwest::Client::new().get(url).bearer_auth(TOKEN).send().await.expect("an answer").status().as_u16()
}
