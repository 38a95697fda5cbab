//! Who gets in over the socket: web pages of other origins don't, whatever they try.

use std::io::Write;
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use nexudus_sandbox::{Account, Sandbox, TOKEN};

use crate::socket::raw;

/// What an answer begins with: its status.
fn status(answer: &str) -> u16 {
    answer.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or_default()
}

/// Sends a request line and headers; the connection ends afterwards.
fn head(address: SocketAddr, head: &str) -> String {
    raw(address, &format!("{head}\r\nConnection: close\r\n\r\n"))
}

fn auth() -> String {
    format!("Authorization: Bearer {TOKEN}")
}

#[test]
fn a_name_that_was_made_to_lead_here_is_refused() {
    let sandbox = Sandbox::builder().allow_host("Sandbox").unwrap().start_blocking().unwrap();
    let address = sandbox.address();
    let port = address.port();
    let get = "GET /api/sys/usermessages HTTP/1.1";
    for (lines, wanted) in [
        (format!("{get}\r\nHost: 127.0.0.1:{port}"), 200),
        (format!("{get}\r\nHost: localhost:{port}"), 200),
        (format!("{get}\r\nHost: localhost.:{port}"), 200),
        (format!("{get}\r\nHost: [::1]:{port}"), 200),
        (format!("{get}\r\nHost: sandbox:{port}"), 200),
        (format!("{get}\r\nHost: evil.example:{port}"), 403),
        (format!("{get}\r\nHost: sandbox.evil.example"), 403),
        (format!("{get}\r\nHost: 169.254.169.254"), 403),
        (format!("{get}\r\nHost: localhost\r\nHost: evil.example"), 400),
        (format!("{get}\r\nHost: localhost:{port}@evil.example"), 400),
        (format!("{get}\r\nHost:"), 400),
        (get.to_owned(), 400),
        ("GET /api/sys/usermessages HTTP/1.0".to_owned(), 200),
        ("GET /api/sys/usermessages HTTP/1.0\r\nHost: evil.example".to_owned(), 403),
        ("GET http://evil.example/api/sys/usermessages HTTP/1.1\r\nHost: localhost".to_owned(), 403),
        ("GET http://localhost/api/sys/usermessages HTTP/1.1\r\nHost: evil.example".to_owned(), 403),
        ("GET http://localhost/api/sys/usermessages HTTP/1.1\r\nHost: localhost".to_owned(), 200),
    ] {
        let answer = head(address, &format!("{lines}\r\n{}", auth()));
        assert_eq!(status(&answer), wanted, "{lines}\n{answer}");
    }
    let refused = head(address, &format!("{get}\r\nHost: other:{port}\r\n{}", auth()));
    assert!(refused.contains("--allow-host other"), "{refused}");
    // The page and the control routes as well.
    for path in ["/", "/__sandbox", "/__sandbox/records/sys/users", "/__sandbox/try", "/openapi.json"] {
        assert_eq!(status(&head(address, &format!("GET {path} HTTP/1.1\r\nHost: evil.example"))), 403, "{path}");
        assert_eq!(status(&head(address, &format!("GET {path} HTTP/1.1\r\nHost: localhost"))), 200, "{path}");
    }
}

#[test]
fn a_page_of_another_origin_reads_and_changes_nothing() {
    let sandbox = Sandbox::builder().start_blocking().unwrap();
    let address = sandbox.address();
    let total = || {
        let answer = head(address, &format!("GET /api/sys/usermessages HTTP/1.1\r\nHost: localhost\r\n{}", auth()));
        answer.contains("\"TotalItems\":3")
    };
    let post = |path: &str, lines: &str, body: &str| {
        let head = format!("POST {path} HTTP/1.1\r\nHost: {address}\r\n{lines}\r\nConnection: close");
        raw(address, &format!("{head}\r\nContent-Length: {}\r\n\r\n{body}", body.len()))
    };
    let evil = "Origin: http://evil.example";
    let basic = "Authorization: Basic YWRtaW5AZXhhbXBsZS5jb206c2FuZGJveA==";
    for (path, lines, body) in [
        ("/__sandbox/reset?seed=empty", evil.to_owned(), ""),
        ("/__sandbox/reset?seed=empty", "Origin: null".to_owned(), ""),
        ("/__sandbox/reset?seed=empty", format!("{evil}\r\nContent-Type: application/json"), "{}"),
        ("/__sandbox/reset?seed=empty", format!("{evil}\r\nX-Sandbox: 1"), ""),
        // What a form and a beacon send, from a browser that sends no Origin.
        ("/__sandbox/reset?seed=empty", "Content-Type: text/plain".to_owned(), "{}"),
        ("/__sandbox/reset?seed=empty", "Content-Type: application/x-www-form-urlencoded".to_owned(), "a=1"),
        ("/__sandbox/reset?seed=empty", "Content-Type: multipart/form-data; boundary=x".to_owned(), "--x--"),
        ("/__sandbox/reset?seed=empty", String::from("X-Other: 1"), ""),
        ("/__sandbox/seed", format!("{evil}\r\nContent-Type: text/plain"), "{\"sys/users\":[{\"Id\":1}]}"),
        // A browser adds a login that it remembers to a form of any page.
        ("/api/sys/usermessages", format!("{evil}\r\n{basic}\r\nContent-Type: text/plain"), "{\"BusinessId\":1}"),
        ("/api/sys/usermessages", format!("Origin: null\r\n{basic}"), "{\"BusinessId\":1}"),
        ("/api/sys/usermessages", format!("Sec-Fetch-Site: same-site\r\n{basic}"), "{\"BusinessId\":1}"),
        ("/api/token", evil.to_owned(), "grant_type=password&username=admin@example.com&password=sandbox"),
    ] {
        let answer = post(path, &lines, body);
        assert_eq!(status(&answer), 403, "{path} {lines}\n{answer}");
        assert!(!answer.to_lowercase().contains("access-control-allow"), "{answer}");
        assert!(total(), "{path} {lines}");
    }
    for lines in [evil, "Origin: null", "Sec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: no-cors"] {
        for path in
            ["/__sandbox/records/sys/users", "/__sandbox/log", "/api/sys/users", "/", "/openapi.json", "/__sandbox/try"]
        {
            let answer = head(address, &format!("GET {path} HTTP/1.1\r\nHost: {address}\r\n{lines}\r\n{}", auth()));
            assert_eq!(status(&answer), 403, "{path} {lines}");
            assert!(!answer.contains("example.com"), "{answer}");
        }
    }
    let upgrade = "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAA";
    let socket = format!("GET /__sandbox/log?wait=1 HTTP/1.1\r\nHost: {address}\r\n{evil}\r\n{upgrade}\r\n\r\n");
    let answer = raw(address, &socket);
    assert_eq!(status(&answer), 403, "{answer}");
    // A program, and the sandbox's own page, get through.
    assert_eq!(status(&post("/__sandbox/reset", &format!("Origin: http://{address}\r\nX-Sandbox: 1"), "")), 204);
    assert_eq!(status(&post("/__sandbox/reset", "Content-Type: application/json", "")), 204);
    // What another page embeds can't be read by it either.
    let image = head(address, &format!("GET /api/sys/usermessages HTTP/1.1\r\nHost: localhost\r\n{}", auth()));
    assert!(image.contains("cross-origin-resource-policy: same-origin\r\n"), "{image}");
    assert!(image.contains("x-content-type-options: nosniff\r\n"), "{image}");
}

#[test]
fn pages_of_a_listed_origin_may_use_the_api_and_nothing_else() {
    let sandbox = Sandbox::builder().allow_origin("http://localhost:3000").unwrap().start_blocking().unwrap();
    let address = sandbox.address();
    let ask = |method: &str, path: &str, origin: &str, more: &str| {
        head(address, &format!("{method} {path} HTTP/1.1\r\nHost: {address}\r\nOrigin: {origin}\r\n{more}"))
    };
    let preflight = "Access-Control-Request-Method: PUT\r\nAccess-Control-Request-Private-Network: true";
    let allowed = ask("OPTIONS", "/api/sys/usermessages", "http://localhost:3000", preflight);
    assert_eq!(status(&allowed), 204, "{allowed}");
    for line in [
        "access-control-allow-origin: http://localhost:3000\r\n",
        "access-control-allow-private-network: true\r\n",
        "vary: Origin\r\n",
    ] {
        assert!(allowed.contains(line), "{line}\n{allowed}");
    }
    let list = ask("GET", "/api/sys/usermessages", "http://localhost:3000", &auth());
    assert!(status(&list) == 200 && list.contains("access-control-expose-headers: Retry-After, X-Sandbox-Hint\r\n"));
    let document = ask("GET", "/openapi.json", "http://localhost:3000", "");
    assert!(status(&document) == 200 && document.contains("access-control-allow-origin: http://localhost:3000\r\n"));
    for (method, path, origin) in [
        ("OPTIONS", "/api/sys/usermessages", "http://localhost:3001"),
        ("OPTIONS", "/api/sys/usermessages", "https://localhost:3000"),
        ("OPTIONS", "/__sandbox/reset", "http://localhost:3000"),
        ("DELETE", "/__sandbox/log", "http://localhost:3000"),
        ("GET", "/__sandbox/log", "http://localhost:3000"),
        ("GET", "/__sandbox/try", "http://localhost:3000"),
        ("GET", "/openapi.json", "http://localhost:3001"),
    ] {
        let answer = ask(method, path, origin, preflight);
        assert_eq!(status(&answer), 403, "{method} {path} {origin}\n{answer}");
        assert!(!answer.contains("access-control-allow-origin"), "{answer}");
    }
}

#[test]
fn beyond_the_loopback_nothing_is_open_unless_asked_for() {
    let anywhere = SocketAddr::from(([0, 0, 0, 0], 0));
    let ask = |sandbox: &Sandbox, lines: &str| {
        let address = SocketAddr::from(([127, 0, 0, 1], sandbox.address().port()));
        status(&head(address, &format!("{lines} HTTP/1.1\r\nHost: localhost\r\n{}", auth())))
    };
    let closed = Sandbox::builder().address(anywhere).account(Account::new("eva@example.com", "her own").admin());
    let closed = closed.start_blocking().unwrap();
    for path in ["/", "/__sandbox", "/__sandbox/records/sys/users", "/__sandbox/try"] {
        assert_eq!(ask(&closed, &format!("GET {path}")), 404, "{path}");
    }
    assert_eq!(ask(&closed, "GET /api/sys/users"), 401);
    let address = SocketAddr::from(([127, 0, 0, 1], closed.address().port()));
    let basic = |text: &str| {
        let lines = format!("GET /api/sys/users HTTP/1.1\r\nHost: localhost\r\nAuthorization: Basic {text}");
        status(&head(address, &lines))
    };
    // admin@example.com:sandbox and eva@example.com:her own
    assert_eq!((basic("YWRtaW5AZXhhbXBsZS5jb206c2FuZGJveA=="), basic("ZXZhQGV4YW1wbGUuY29tOmhlciBvd24=")), (401, 200));
    let open = Sandbox::builder().address(anywhere).control().default_credentials().start_blocking().unwrap();
    assert_eq!((ask(&open, "GET /__sandbox"), ask(&open, "GET /api/sys/users")), (200, 200));
    let weak = Account::new("eva@example.com", nexudus_sandbox::PASSWORD);
    let refused = Sandbox::builder().address(anywhere).account(weak).start_blocking().unwrap_err().to_string();
    assert!(refused.contains("eva@example.com has the published password"), "{refused}");
}

#[test]
fn a_write_says_how_long_it_is() {
    let sandbox = Sandbox::builder().start_blocking().unwrap();
    let address = sandbox.address();
    let write = |lines: &str, body: &str| {
        raw(address, &format!("{lines}\r\nHost: localhost\r\n{}\r\nConnection: close\r\n\r\n{body}", auth()))
    };
    for version in ["1.0", "1.1"] {
        for method in ["POST", "PUT"] {
            let answer = write(&format!("{method} /api/sys/chatusermessages HTTP/{version}"), "");
            assert_eq!(status(&answer), 411, "{answer}");
            assert!(answer.contains("x-sandbox-hint: a POST or PUT without a body needs"), "{answer}");
        }
    }
    let post = "POST /api/sys/chatusermessages HTTP/1.1";
    assert_eq!(status(&write(&format!("{post}\r\nContent-Length: 0"), "")), 400);
    let chunked = format!("{post}\r\nTransfer-Encoding: chunked");
    assert_eq!(status(&write(&chunked, "10\r\n{\"FromUserId\": 1}\r\n0\r\n\r\n")), 400, "sixteen of seventeen bytes");
    assert_eq!(status(&write(&chunked, "11\r\n{\"FromUserId\": 1}\r\n0\r\n\r\n")), 200);
    assert_eq!(status(&write("DELETE /api/sys/chatusermessages/1001 HTTP/1.1", "")), 200);
}

#[test]
fn huge_slow_and_broken_requests_end() {
    let sandbox = Sandbox::builder().patience(Duration::from_millis(200)).start_blocking().unwrap();
    let address = sandbox.address();
    let start = format!("GET /api/sys/usermessages HTTP/1.1\r\nHost: localhost\r\n{}\r\n", auth());
    let many = (0..2000).map(|number| format!("X-{number}: y\r\n")).collect::<Vec<_>>().concat();
    assert!([400, 431].contains(&status(&raw(address, &format!("{start}{many}\r\n")))));
    let long = format!("X-Long: {}\r\n", "y".repeat(2 << 20));
    assert!(!raw(address, &format!("{start}{long}\r\n")).starts_with("HTTP/1.1 200"));
    let post = format!("POST /api/sys/chatusermessages HTTP/1.1\r\nHost: localhost\r\n{}\r\n", auth());
    for (lines, body) in [
        ("Transfer-Encoding: chunked", "5\r\n{\"Fro"),
        ("Transfer-Encoding: chunked", "zz\r\n"),
        ("Transfer-Encoding: chunked", "ffffffffffffffffff\r\n"),
        ("Content-Length: 1\r\nContent-Length: 2", "{}"),
        ("Content-Length: -1", "{}"),
        ("Content-Length: 99999999999999999999", "{}"),
        ("Content-Length: 2\r\nTransfer-Encoding: chunked", "0\r\n\r\n"),
    ] {
        let answer = raw(address, &format!("{post}{lines}\r\nConnection: close\r\n\r\n{body}"));
        assert!(!answer.contains("successfully"), "{lines}\n{answer}");
    }
    // A body that comes byte by byte is not waited for.
    let mut stream = TcpStream::connect(address).unwrap();
    stream.write_all(format!("{post}Content-Length: 1000\r\n\r\n").as_bytes()).unwrap();
    let slow = std::thread::spawn(move || {
        (0..200).all(|_| {
            std::thread::sleep(Duration::from_millis(10));
            stream.write_all(b" ").is_ok()
        })
    });
    assert!(!slow.join().unwrap());
    assert_eq!(status(&raw(address, &format!("{start}Connection: close\r\n\r\n"))), 200);
}
