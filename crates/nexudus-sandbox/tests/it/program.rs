//! The program: what it prints, and that it serves over a socket.

use std::io::{BufRead, BufReader, Read};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};

use nexudus_sandbox::Sandbox;

use crate::socket::raw;

fn command() -> Command {
    Command::new(std::env::var_os("CARGO_BIN_EXE_nexudus-sandbox").unwrap())
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
fn a_file_of_rules_has_a_limit() {
    let path = std::env::temp_dir().join(format!("nexudus-sandbox-long-{}", std::process::id()));
    // Takes no room on the disk.
    std::fs::File::create(&path).unwrap().set_len(17 << 20).unwrap();
    for flag in ["--faults", "--deviations"] {
        let output = command().arg(flag).arg(&path).output().unwrap();
        let error = String::from_utf8(output.stderr).unwrap();
        assert!(!output.status.success() && error.ends_with("is longer than 16 MiB\n"), "{error}");
    }
    std::fs::remove_file(path).unwrap();
}

#[test]
fn deviations_come_from_a_file() {
    let file = std::env::temp_dir().join(format!("nexudus-sandbox-deviations-{}", std::process::id()));
    std::fs::write(&file, "{\"version\":1,\"entities\":{\"UserMessage\":{\"path_gone\":true}}}").unwrap();
    let (mut program, url) = start(command().arg("--deviations").arg(&file).stderr(Stdio::piped()));
    assert_eq!(status_of(&url, BEARER), 404);
    program.kill().unwrap();
    program.wait().unwrap();
    let mut told = String::new();
    program.stderr.take().unwrap().read_to_string(&mut told).unwrap();
    assert_eq!(told, "nexudus-sandbox: differs from the published API in 1 of its entities\n");
    std::fs::write(&file, "{\"version\":1,\"entities\":{\"UserMessage\":{\"path_gone\":1}}}").unwrap();
    let output = command().arg("--deviations").arg(&file).output().unwrap();
    std::fs::remove_file(&file).unwrap();
    let told = format!(
        "nexudus-sandbox: --deviations {}: entities.UserMessage.path_gone: can only be true; leave it out otherwise\n",
        file.display()
    );
    assert_eq!((output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned()), (Some(1), told));
}

#[test]
fn wrong_flags_are_explained() {
    for (arguments, expected) in [
        (&["--port", "x"][..], "nexudus-sandbox: --port x: not a port, give a number up to 65535\n"),
        (&["--port"], "nexudus-sandbox: --port needs a value; see --help\n"),
        (&["--prot=1"], "nexudus-sandbox: --prot: no such option, did you mean --port?; see --help\n"),
        (&["--zebra"], "nexudus-sandbox: --zebra: no such option; see --help\n"),
        (&["--log=perhaps"], "nexudus-sandbox: --log perhaps: give true or false\n"),
        (&["--threads", "20000"], "nexudus-sandbox: --threads 20000: give a number from 1 to 256\n"),
        (&["--threads=0"], "nexudus-sandbox: --threads 0: give a number from 1 to 256\n"),
        (
            &["--allow-host=http://x"],
            "nexudus-sandbox: --allow-host http://x: http://x: not a host, give a name such as sandbox, without http://\n",
        ),
        (
            &["--account=a@example.com:x:Booking-Lsit"],
            "nexudus-sandbox: a@example.com: there is no role `Booking-Lsit`, did you mean `Booking-List`?\n",
        ),
        (&["--account=a@example.com:"], "nexudus-sandbox: account 1: has no e-mail address or no password\n"),
        (&["--seed", "x"], "nexudus-sandbox: --seed x: x: no such seed, give empty, sample or demo\n"),
        (
            &["--host", "no.invalid"],
            "nexudus-sandbox: --host no.invalid: neither an IP address nor a name that leads to one\n",
        ),
        (
            &["--throttle", "x"],
            "nexudus-sandbox: --throttle x: x: not a limit, give `observed`, `published` or for example `writes:60/1m`\n",
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

#[test]
fn variables_that_are_nearly_ours_are_refused_and_others_are_not() {
    for (name, value, expected) in [
        (
            "NEXUDUS_SANDBOX_PROT",
            "1",
            "NEXUDUS_SANDBOX_PROT: there is no such variable, did you mean NEXUDUS_SANDBOX_PORT?",
        ),
        (
            "NEXUDUS_SANDBOX_LOGS",
            "1",
            "NEXUDUS_SANDBOX_LOGS: there is no such variable, did you mean NEXUDUS_SANDBOX_LOG?",
        ),
        (
            "NEXUDUS_SANBOX_SEED",
            "demo",
            "NEXUDUS_SANBOX_SEED: there is no such variable, did you mean NEXUDUS_SANDBOX_SEED?",
        ),
        (
            "NEXUDUS_SANDBOX_WEBHOOKSECRET",
            "x",
            "NEXUDUS_SANDBOX_WEBHOOKSECRET: there is no such variable, did you mean NEXUDUS_SANDBOX_WEBHOOK_SECRET?",
        ),
        ("NEXUDUS_SANDBOX_LOG", "maybe", "NEXUDUS_SANDBOX_LOG=maybe: give true or false"),
        ("NEXUDUS_SANDBOX_PORT", "eighty", "NEXUDUS_SANDBOX_PORT=eighty: not a port, give a number up to 65535"),
    ] {
        let output = command().env(name, value).output().unwrap();
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!((output.status.code(), told), (Some(1), format!("nexudus-sandbox: {expected}\n")));
    }
    // What Kubernetes sets beside a service of this name, and the variables of a client.
    let mut command = command();
    command
        .env("NEXUDUS_SANDBOX_PORT", "tcp://10.96.0.7:8080")
        .env("NEXUDUS_SANDBOX_SERVICE_HOST", "10.96.0.7")
        .env("NEXUDUS_SANDBOX_SERVICE_PORT", "8080")
        .env("NEXUDUS_SANDBOX_PORT_8080_TCP", "tcp://10.96.0.7:8080")
        .env("NEXUDUS_SANDBOX_PORT_8080_TCP_ADDR", "10.96.0.7")
        .env("NEXUDUS_TOKEN", "x")
        .env("NEXUDUS_SANDBOX_LOG", "true")
        .args(["--log=false", "--host", "localhost"]);
    let (mut program, url) = start(command.stderr(Stdio::piped()));
    assert_eq!(status_of(&url, BEARER), 200);
    program.kill().unwrap();
    program.wait().unwrap();
    let mut told = String::new();
    program.stderr.take().unwrap().read_to_string(&mut told).unwrap();
    assert_eq!(
        told,
        "nexudus-sandbox: NEXUDUS_SANDBOX_PORT=tcp://10.96.0.7:8080 is no port but what Kubernetes sets, and is not used\n"
    );
}

#[test]
fn a_container_says_what_is_off() {
    let mut command = command();
    command.args(["--host", "0.0.0.0", "--allow-host", "sandbox"]);
    let mut program = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(program.stderr.take().unwrap()).read_line(&mut line).unwrap();
    program.kill().unwrap();
    program.wait().unwrap();
    assert!(line.contains("these are off: default-credentials, control;"), "{line}");
}
