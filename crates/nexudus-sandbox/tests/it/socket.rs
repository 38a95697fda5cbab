//! What only a socket can show: broken answers, slow and odd clients, webhooks.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use nexudus_sandbox::{Fault, Sandbox, TOKEN};
use serde_json::{Value, json};

/// Sends raw text and reads until the other end is done.
pub(crate) fn raw(address: SocketAddr, text: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
    stream.write_all(text.as_bytes()).unwrap();
    let mut answer = Vec::new();
    // A connection that is broken on purpose may end in an error: what came before it counts.
    let _ = stream.read_to_end(&mut answer);
    String::from_utf8_lossy(&answer).into_owned()
}

fn get(address: SocketAddr, path: &str) -> String {
    raw(
        address,
        &format!(
            "GET {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {TOKEN}\r\nConnection: close\r\n\r\n"
        ),
    )
}

fn send(address: SocketAddr, method: &str, path: &str, body: &Value) -> Value {
    let body = body.to_string();
    let head =
        format!("{method} {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {TOKEN}\r\nConnection: close");
    let answer = raw(
        address,
        &format!("{head}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}", body.len()),
    );
    let body = answer.split_once("\r\n\r\n").map(|(_, body)| body).unwrap_or_default();
    serde_json::from_str(body).unwrap_or(Value::Null)
}

#[test]
fn connections_break_by_rule() {
    let rules = [
        "GET */1 next=1 reset",
        "GET */2 next=1 cut=5",
        "GET */87654321 next=1 delay=80ms",
        "GET */3 status=409 retry_after=1",
    ];
    let builder =
        rules.into_iter().fold(Sandbox::builder(), |builder, rule| builder.fault(rule.parse::<Fault>().unwrap()));
    let sandbox = builder.start_blocking().unwrap();
    let address = sandbox.address();
    assert_eq!(get(address, "/api/sys/usermessages/1"), "");
    let cut = get(address, "/api/sys/usermessages/2");
    assert!(cut.contains("content-length: 11\r\n") && cut.ends_with("\r\n\r\n\"Not "), "{cut}");
    let started = std::time::Instant::now();
    assert!(get(address, "/api/sys/usermessages/87654321").starts_with("HTTP/1.1 200"));
    assert!(started.elapsed() >= Duration::from_millis(80));
    let throttled = get(address, "/api/sys/usermessages/3");
    assert!(throttled.starts_with("HTTP/1.1 409 You must wait before accessing this url again.\r\n"), "{throttled}");
}

#[test]
fn a_connection_serves_many_requests() {
    let sandbox = Sandbox::builder().start_blocking().unwrap();
    let one =
        format!("GET /api/sys/usermessages/87654321 HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {TOKEN}\r\n");
    let answer = raw(sandbox.address(), &format!("{one}\r\n{one}\r\n{one}Connection: close\r\n\r\n"));
    assert_eq!(answer.matches("HTTP/1.1 200 OK").count(), 3, "{answer}");
}

#[test]
fn odd_clients_get_an_answer() {
    let sandbox = Sandbox::builder().max_body(1000).start_blocking().unwrap();
    let address = sandbox.address();
    let auth = format!("Authorization: Bearer {TOKEN}\r\nConnection: close\r\n");
    for (request, status) in [
        ("nonsense\r\n\r\n".to_owned(), "400"),
        (format!("GET /api/sys/usermessages HTTP/1.1\r\n{auth}\r\n"), "400"),
        (format!("GET /api/sys/usermessages HTTP/1.0\r\n{auth}\r\n"), "200"),
        (format!("GET /api/sys/%zz HTTP/1.1\r\nHost: localhost\r\n{auth}\r\n"), "400"),
        (format!("GET /{} HTTP/1.1\r\nHost: localhost\r\n{auth}\r\n", "a/".repeat(5000)), "404"),
        (format!("BREW /api/sys/usermessages HTTP/1.1\r\nHost: localhost\r\n{auth}\r\n"), "405"),
        (
            format!(
                "POST /api/sys/chatusermessages HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5000000\r\n{auth}\r\n{{"
            ),
            "413",
        ),
        (
            format!("POST /api/sys/chatusermessages HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\n{auth}\r\n{{"),
            "400",
        ),
        (format!("HEAD /api/sys/usermessages/87654321 HTTP/1.1\r\nHost: localhost\r\n{auth}\r\n"), "200"),
    ] {
        let answer = raw(address, &request);
        assert!(
            answer.starts_with(&format!("HTTP/1.{} {status}", i32::from(!request.contains("HTTP/1.0")))),
            "{}\n{answer}",
            &request[..request.len().min(80)]
        );
    }
    assert!(get(address, "/api/sys/usermessages/87654321").starts_with("HTTP/1.1 200"));
}

#[test]
fn a_client_that_stops_sending_is_not_waited_for() {
    let sandbox = Sandbox::builder().patience(Duration::from_millis(100)).start_blocking().unwrap();
    let head =
        format!("POST /api/sys/chatusermessages HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {TOKEN}\r\n");
    let answer = raw(sandbox.address(), &format!("{head}Content-Length: 100\r\n\r\n{{\"FromUserId\""));
    assert!(
        answer.starts_with("HTTP/1.1 408 ") && answer.ends_with("{\"Message\":\"The body did not arrive in time.\"}"),
        "{answer}"
    );
    assert!(!raw(sandbox.address(), &head).contains(" 200 "));
    assert!(get(sandbox.address(), "/api/sys/usermessages/87654321").starts_with("HTTP/1.1 200"));
}

#[test]
fn slow_senders_of_long_bodies_take_turns() {
    let sandbox = Sandbox::builder().patience(Duration::from_millis(500)).start_blocking().unwrap();
    let address = sandbox.address();
    let head = |length: usize| {
        format!(
            "POST /api/sys/chatusermessages HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {TOKEN}\r\nConnection: close\r\n\
             Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n"
        )
    };
    let stalled: Vec<TcpStream> = (0..60)
        .map(|_| {
            let mut stream = TcpStream::connect(address).unwrap();
            stream.write_all(head(5_000_000).as_bytes()).unwrap();
            // More than fits into the buffers on the way: only who has a place is read from.
            stream.set_write_timeout(Some(Duration::from_millis(1))).unwrap();
            let _ = stream.write_all(&vec![b' '; 1_000_000]);
            stream
        })
        .collect();
    // Short bodies need no place, and a long one has its turn when those that stall have had theirs.
    assert!(get(address, "/api/sys/usermessages/87654321").starts_with("HTTP/1.1 200"));
    let body = json!({ "FromUserId": 1, "ChatText": "x".repeat(200_000) }).to_string();
    let answer = raw(address, &format!("{}{body}", head(body.len())));
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    drop(stalled);
}

#[test]
fn a_client_that_stops_reading_is_not_waited_for() {
    let sandbox = Sandbox::builder().patience(Duration::from_millis(200)).start_blocking().unwrap();
    let mut stream = TcpStream::connect(sandbox.address()).unwrap();
    let one = "GET /openapi.json HTTP/1.1\r\nHost: localhost\r\n\r\n";
    stream.write_all(one.repeat(40).as_bytes()).unwrap();
    std::thread::sleep(Duration::from_secs(1));
    stream.set_read_timeout(Some(WAIT)).unwrap();
    let mut read = Vec::new();
    // What was on its way still comes, and then the end.
    let ended = stream.read_to_end(&mut read).map_err(|error| error.kind());
    assert!(matches!(ended, Ok(_) | Err(std::io::ErrorKind::ConnectionReset)), "{ended:?}");
    assert!(read.len() < 40 * 3_000_000, "{}", read.len());
}

/// Listens for webhooks and answers each with a status.
fn receiver(status: u16) -> (String, Receiver<String>) {
    receiver_at(TcpListener::bind("127.0.0.1:0").unwrap(), status)
}

fn receiver_at(listener: TcpListener, status: u16) -> (String, Receiver<String>) {
    let url = format!("http://{}/hook?x=1", listener.local_addr().unwrap());
    let (told, heard) = channel();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            stream.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
            let mut text = Vec::new();
            let mut piece = [0; 4096];
            loop {
                let count = stream.read(&mut piece).unwrap_or(0);
                text.extend_from_slice(&piece[..count]);
                let so_far = String::from_utf8_lossy(&text).into_owned();
                let length = so_far
                    .lines()
                    .find_map(|line| line.to_lowercase().strip_prefix("content-length: ")?.parse::<usize>().ok());
                let body = so_far.split_once("\r\n\r\n").map_or(0, |(_, body)| body.len());
                if count == 0 || length.is_some_and(|length| body >= length) {
                    break;
                }
            }
            let _ = stream
                .write_all(format!("HTTP/1.1 {status} x\r\nContent-Length: 0\r\nConnection: close\r\n\r\n").as_bytes());
            if told.send(String::from_utf8_lossy(&text).into_owned()).is_err() {
                break;
            }
        }
    });
    (url, heard)
}

const WAIT: Duration = Duration::from_secs(10);

#[test]
fn a_webhook_is_told_of_a_matching_write() {
    let sandbox = Sandbox::builder().webhook_secret("s3cret").start_blocking().unwrap();
    let address = sandbox.address();
    let (url, heard) = receiver(200);
    let business = send(address, "GET", "/api/sys/businesses", &json!(null))["Records"][0]["Id"].clone();
    // 74 is TariffCreate, 57 TeamCreated.
    let hook = json!({ "BusinessId": business, "Name": "Teams", "Action": 57, "URL": url, "Active": true });
    let hook = send(address, "POST", "/api/sys/webhooks", &hook)["Value"]["Id"].as_i64().unwrap();
    let team = json!({ "Name": "Añá", "BusinessId": business, "TransferCredits": 1 });
    let created = send(address, "POST", "/api/spaces/teams", &team);
    let id = created["Value"]["Id"].as_i64().unwrap_or_else(|| panic!("{created}"));
    let request = heard.recv_timeout(WAIT).unwrap();
    assert!(request.starts_with("POST /hook?x=1 HTTP/1.1\r\n"), "{request}");
    let (head, body) = request.split_once("\r\n\r\n").unwrap();
    let signature = head
        .lines()
        .find_map(|line| line.to_lowercase().strip_prefix("x-nexudus-hook-signature: ").map(str::to_uppercase))
        .unwrap();
    assert_eq!(signature.len(), 64);
    let told: Value = serde_json::from_str(body).unwrap();
    assert_eq!((told.as_array().unwrap().len(), &told[0]["Id"], &told[0]["Name"]), (1, &json!(id), &json!("Añá")));
    // The record of the webhook says so a moment later.
    let triggered =
        || send(address, "GET", &format!("/api/sys/webhooks/{hook}"), &json!(null))["LastTrigger"].is_string();
    assert!((0..100).any(|_| triggered() || {
        std::thread::sleep(Duration::from_millis(20));
        false
    }));
}

#[test]
fn a_webhook_that_fails_is_switched_off() {
    let sandbox = Sandbox::builder().webhook_wait(Duration::from_millis(1)).start_blocking().unwrap();
    let address = sandbox.address();
    let (url, heard) = receiver(500);
    let business = send(address, "GET", "/api/sys/businesses", &json!(null))["Records"][0]["Id"].clone();
    let mut hooks = Vec::new();
    for url in [url.as_str(), "http://192.0.2.1/x", "https://localhost/x"] {
        let hook = json!({ "BusinessId": business, "Name": "Teams", "Action": 57, "URL": url, "Active": true });
        hooks.push(send(address, "POST", "/api/sys/webhooks", &hook)["Value"]["Id"].as_i64().unwrap());
    }
    send(address, "POST", "/api/spaces/teams", &json!({ "Name": "A", "BusinessId": business, "TransferCredits": 1 }));
    for _ in 0..10 {
        heard.recv_timeout(WAIT).unwrap();
    }
    for (id, error) in hooks.into_iter().zip([
        "HTTP 500",
        "192.0.2.1 is not this machine; the sandbox calls others only with --webhooks-anywhere",
        "only http:// URLs can be reached by the sandbox",
    ]) {
        let mut hook = Value::Null;
        for _ in 0..200 {
            hook = send(address, "GET", &format!("/api/sys/webhooks/{id}"), &json!(null));
            if hook["Active"] == json!(false) {
                break;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        assert_eq!(
            (&hook["Active"], &hook["ErrorCount"], &hook["LastError"]),
            (&json!(false), &json!(10), &json!(error))
        );
    }
    assert!(heard.recv_timeout(Duration::from_millis(50)).is_err());
}

/// Creates a webhook for new teams, and a team.
fn team_with_hook(address: SocketAddr, url: &str) -> i64 {
    let business = send(address, "GET", "/api/sys/businesses", &json!(null))["Records"][0]["Id"].clone();
    let hook = json!({ "BusinessId": business, "Name": "Teams", "Action": 57, "URL": url, "Active": true });
    let id = send(address, "POST", "/api/sys/webhooks", &hook)["Value"]["Id"].as_i64().unwrap();
    let team = json!({ "Name": "A", "BusinessId": business, "TransferCredits": 1 });
    assert!(send(address, "POST", "/api/spaces/teams", &team)["WasSuccessful"] == json!(true));
    id
}

/// The attempts so far, once there is one.
fn attempts(address: SocketAddr) -> Value {
    for _ in 0..500 {
        let report = send(address, "GET", "/__sandbox/webhooks", &json!(null));
        if report["attempts"].as_array().is_some_and(|attempts| !attempts.is_empty()) {
            return report;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    panic!("no attempt");
}

#[test]
fn a_webhook_never_reaches_the_sandbox_itself() {
    for (host, path) in [
        ("127.0.0.1", "/__sandbox/reset?seed=empty"),
        ("localhost", "/__sandbox/reset?seed=empty"),
        ("u:p@127.0.0.1", "//__sandbox/../__sandbox/reset?seed=empty"),
    ] {
        let sandbox = Sandbox::builder().start_blocking().unwrap();
        let address = sandbox.address();
        team_with_hook(address, &format!("http://{host}:{}{path}", address.port()));
        let report = attempts(address);
        assert_eq!(report["attempts"][0]["error"], "the sandbox does not call itself", "{host}");
        assert!(!report.to_string().contains("u:p@"), "{report}");
        assert!(get(address, "/api/sys/usermessages").contains("\"TotalItems\":3"));
    }
    // Nor another sandbox on this machine: that one knows who calls.
    let (sandbox, other) = (Sandbox::builder().start_blocking().unwrap(), Sandbox::builder().start_blocking().unwrap());
    let address = sandbox.address();
    team_with_hook(address, &format!("http://{}/__sandbox/reset?seed=empty", other.address()));
    assert_eq!(attempts(address)["attempts"][0]["status"], 403);
    assert!(get(other.address(), "/api/sys/usermessages").contains("\"TotalItems\":3"));
}

#[test]
fn a_webhook_logs_in_with_the_user_of_its_url() {
    let sandbox = Sandbox::builder().start_blocking().unwrap();
    let address = sandbox.address();
    let (url, heard) = receiver(200);
    // localhost may lead to ::1 first, where nobody listens.
    let url = url.replace("http://127.0.0.1", "http://ana:s3cret@localhost");
    team_with_hook(address, &url);
    let request = heard.recv_timeout(WAIT).unwrap().to_lowercase();
    assert!(request.contains("\r\nauthorization: basic yw5honmzy3jlda==\r\n"), "{request}");
    assert!(request.contains("\r\nhost: localhost:") && !request.contains("s3cret"), "{request}");
    attempts(address);
    for path in ["/__sandbox/webhooks", "/__sandbox/records/sys/webhooks"] {
        let shown = get(address, path);
        assert!(shown.contains("(hidden)") && !shown.contains("s3cret"), "{path} {shown}");
    }
}

#[test]
fn a_webhook_to_localhost_tries_each_address() {
    // A machine without IPv6 has only the other half of this, which is tested above.
    let Ok(listener) = TcpListener::bind("[::1]:0") else { return };
    let port = listener.local_addr().unwrap().port();
    let (_, heard) = receiver_at(listener, 200);
    for host in ["[::1]", "localhost"] {
        let resolved = std::net::ToSocketAddrs::to_socket_addrs(&(host.trim_matches(['[', ']']), port)).unwrap();
        // Where localhost is 127.0.0.1 alone, nothing leads from it to ::1.
        if !resolved.into_iter().any(|address| address.is_ipv6()) {
            continue;
        }
        let sandbox = Sandbox::builder().start_blocking().unwrap();
        team_with_hook(sandbox.address(), &format!("http://{host}:{port}/"));
        let request = heard.recv_timeout(WAIT).unwrap().to_lowercase();
        assert!(request.contains(&format!("\r\nhost: {host}:{port}\r\n")), "{request}");
    }
}

#[test]
fn a_slow_answer_of_a_webhook_is_the_status_that_came() {
    let sandbox = Sandbox::builder().start_blocking().unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let _ = stream.read(&mut [0; 4096]);
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n");
        while stream.write_all(b"x").is_ok() {
            std::thread::sleep(Duration::from_millis(50));
        }
    });
    team_with_hook(sandbox.address(), &url);
    let report = attempts(sandbox.address());
    assert_eq!((&report["attempts"][0]["status"], &report["attempts"][0]["error"]), (&json!(200), &Value::Null));
}

#[test]
fn an_endless_answer_of_a_webhook_is_left() {
    let sandbox = Sandbox::builder().start_blocking().unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let (told, heard) = channel();
    std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let _ = stream.read(&mut [0; 4096]);
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
        let chunk = [b"10000\r\n", &vec![b'x'; 65_536][..], b"\r\n"].concat();
        let mut sent = 0_usize;
        // Far more than is read fits into no buffer on the way.
        while sent < 1 << 30 && stream.write_all(&chunk).is_ok() {
            sent += 65_536;
        }
        let _ = told.send(sent);
    });
    team_with_hook(sandbox.address(), &url);
    assert_eq!(attempts(sandbox.address())["attempts"][0]["status"], 200);
    let sent = heard.recv_timeout(WAIT).unwrap();
    assert!(sent < 64 << 20, "{sent}");
}
