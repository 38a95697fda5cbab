//! `watch`, `webhooks` and `sandbox`: what goes on until it is ended.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdout, Command, Stdio};

use serde_json::Value;

use crate::tool::Tool;

/// A run that goes on, with the lines that it prints.
struct Running {
    child: Child,
    lines: BufReader<ChildStdout>,
}

impl Drop for Running {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

impl Running {
    fn start(mut command: Command, line: &str) -> Self {
        command.args(shlex::split(line).unwrap()).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap());
        Self { child, lines }
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.lines.read_line(&mut line).unwrap();
        line
    }

    fn note(&mut self) -> String {
        let mut line = String::new();
        BufReader::new(self.child.stderr.take().unwrap()).read_line(&mut line).unwrap();
        line
    }
}

#[test]
fn a_watch_prints_what_is_created_and_changed_and_nothing_else() {
    let tool = Tool::demo();
    let id = tool.run("bookings list --size 1 --jq '.[0].Id'").ok().trim().to_owned();
    let mut watch = Running::start(tool.command(), "watch bookings --every 1 --count 2 --output jsonl");
    // The first look has to be over, and it prints nothing: so the change is written until it is seen.
    let seen = std::thread::scope(|scope| {
        let (stop, stopped) = std::sync::mpsc::channel::<()>();
        let tool = &tool;
        let id = &id;
        scope.spawn(move || {
            for number in 0.. {
                tool.run(&format!("bookings update {id} --notes n{number} --yes")).ok();
                if stopped.try_recv().is_ok() {
                    return;
                }
            }
        });
        let lines = [watch.line(), watch.line()];
        stop.send(()).unwrap();
        lines
    });
    for line in seen {
        let row: Value = serde_json::from_str(&line).unwrap();
        assert_eq!((row["Change"].as_str().unwrap(), row["Id"].to_string()), ("changed", id.clone()), "{row}");
    }
    assert!(watch.child.wait().unwrap().success());
}

#[test]
fn a_watch_may_begin_in_the_past_and_look_once() {
    let tool = Tool::demo();
    let total = tool.run("tariffs list --size 1 --json").json()["meta"]["total"].as_u64().unwrap();
    let all = tool.run("watch tariffs --since 2000-01-01 --once --json").json();
    assert_eq!(all["data"].as_array().unwrap().len() as u64, total);
    assert_eq!(tool.run("watch tariffs --since 2000-01-01 --once --jq length").ok().trim(), total.to_string());
    assert_eq!(tool.run("watch tariffs --once --jq length").ok().trim(), "0");
    for (line, says) in [("--every 0", "counts from"), ("--jq .", "no end"), ("--since x", "--since")] {
        let done = tool.run(&format!("watch tariffs {line}"));
        assert!(done.code == 2 && done.stderr.contains(says), "{done:?}");
    }
    assert_eq!(tool.run("watch coworkerinvoicelines").code, 2);
}

fn listener(tool: &Tool, flags: &str) -> (Running, String) {
    let mut listener = Running::start(tool.bare(), &format!("webhooks listen {flags}"));
    let note = listener.note();
    let url = note.split_whitespace().find(|word| word.starts_with("http://")).unwrap().to_owned();
    (listener, url)
}

/// A request of one's own, as bytes, and the status that answers it.
fn status(url: &str, headers: &str, body: &str) -> u16 {
    let address = url.trim_start_matches("http://");
    let mut stream = std::net::TcpStream::connect(address).unwrap();
    let text = format!("POST /hook HTTP/1.1\r\n{headers}content-length: {}\r\n\r\n{body}", body.len());
    stream.write_all(text.as_bytes()).unwrap();
    let mut line = String::new();
    BufReader::new(stream).read_line(&mut line).unwrap();
    line.split(' ').nth(1).unwrap().parse().unwrap()
}

#[test]
fn deliveries_of_the_service_are_printed_and_others_refused() {
    let sandbox = nexudus_sandbox::Sandbox::builder()
        .seed(nexudus_sandbox::Seed::Demo)
        .webhook_secret("s3cret")
        .start_blocking()
        .unwrap();
    let tool = Tool::with(sandbox);
    let secret = tool.write("secret", "s3cret\n");
    let (mut listener, url) = listener(&tool, &format!("--secret @{} --count 1", secret.display()));
    // Nobody else's deliveries, and no web page.
    for (headers, expected) in [
        ("host: 127.0.0.1\r\n", 401),
        ("host: 127.0.0.1\r\nX-Nexudus-Hook-Signature: 00\r\n", 401),
        ("host: example.com\r\n", 421),
        ("host: 127.0.0.1\r\norigin: https://example.com\r\n", 403),
    ] {
        assert_eq!(status(&url, headers, "[{}]"), expected, "{headers}");
    }
    let business = tool.run("businesses list --size 1 --jq '.[0].Id'").ok().trim().to_owned();
    tool.run(&format!(
        "webhooks create --name a --action TariffUpdate --business-id {business} --url {url}/hook --active"
    ))
    .ok();
    let id = tool.run("tariffs list --size 1 --jq '.[0].Id'").ok().trim().to_owned();
    tool.run(&format!("tariffs update {id} --description x --yes")).ok();
    let text = format!("{}{}", listener.line(), listener.line());
    assert!(text.contains("/hook") && text.contains("Description"), "{text}");
    assert!(listener.child.wait().unwrap().success());
}

#[test]
fn a_listener_wants_a_secret() {
    let tool = Tool::sample();
    assert_eq!(tool.run("webhooks listen").code, 2);
    let (listener, url) = listener(&tool, "--unsigned --allow-host tunnel.example");
    assert_eq!(status(&url, "host: tunnel.example\r\n", "[{\"Id\":1}]"), 200);
    assert_eq!(status(&url, "host: other.example\r\n", "[{\"Id\":1}]"), 421);
    drop(listener);
}

#[test]
fn a_signature_is_checked() {
    use hmac::Mac as _;
    let tool = Tool::sample();
    let body = tool.write("body", "[{\"Id\":1,\"Name\":\"Zoë\"}]");
    let secret = tool.write("secret", "s3cret\n");
    let mut mac = hmac::Hmac::<sha2::Sha256>::new_from_slice(b"s3cret").unwrap();
    mac.update(crate::tool::read(&body).as_bytes());
    let signature: String = mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
    let verify = |signature: &str| {
        tool.run(&format!("webhooks verify {} --secret @{} --signature {signature}", body.display(), secret.display()))
    };
    assert_eq!(verify(&signature).code, 0);
    assert_eq!(verify(&signature.replace(|digit: char| digit.is_ascii_digit(), "0")).code, 6);
}

#[test]
fn the_sandbox_says_what_to_try() {
    let tool = Tool::sample();
    for seed in ["demo", "sample", "empty"] {
        let mut sandbox = Running::start(tool.bare(), &format!("sandbox --seed {seed}"));
        let mut lines = Vec::new();
        while !lines.last().is_some_and(|line: &String| line.contains("nexudus describe")) {
            lines.push(sandbox.line());
        }
        let commands = || lines.iter().filter_map(|line| line.strip_prefix("  "));
        let export = commands().find(|line| line.starts_with("export")).unwrap();
        let folder = crate::tool::binary().parent().unwrap().display().to_string();
        // Each is typed as it was printed.
        for line in commands().filter(|line| line.starts_with("nexudus ")) {
            let script = format!("PATH={folder}:$PATH\n{export}{line}");
            let mut shell = Command::new("sh");
            shell.env("NEXUDUS_CONFIG_DIR", tool.path("settings")).args(["-c", &script]);
            let done = crate::tool::finish(&mut shell, "");
            let is_empty = done.stderr.contains("No records") || done.stdout.contains("Found 0");
            assert!(done.code == 0 && (!is_empty || seed != "demo"), "{line}: {done:?}");
        }
    }
}
