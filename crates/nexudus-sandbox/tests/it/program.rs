//! The program: what it prints, and that it serves over a socket.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Stdio};

use nexudus_sandbox::{Sandbox, TOKEN};

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
    let status = runtime().block_on(async {
        let client = reqwest::Client::new();
        let get = client.get(format!("{url}/sys/usermessages/87654321"));
        let as_eva = get.basic_auth("eva@example.com", Some("secret")).send().await.unwrap().status().as_u16();
        let form = client.post(format!("{url}/token")).header("Content-Type", "application/x-www-form-urlencoded");
        let token = form.body("grant_type=password&username=eva@example.com&password=secret").send().await.unwrap();
        (as_eva, token.text().await.unwrap().contains("\"expires_in\":60"))
    });
    assert_eq!(status, (200, true));
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
    let statuses = runtime().block_on(async { (status_of(&url).await, status_of(&url).await) });
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
    let runtime = runtime();
    let sandbox = runtime.block_on(Sandbox::start()).unwrap();
    let address = sandbox.address();
    assert_eq!(runtime.block_on(status_of(&sandbox.url())), 200);
    drop(sandbox);
    assert!(std::net::TcpStream::connect(address).is_err());
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}

async fn status_of(url: &str) -> u16 {
    let url = format!("{url}/sys/usermessages/87654321");
    reqwest::Client::new().get(url).bearer_auth(TOKEN).send().await.unwrap().status().as_u16()
}
