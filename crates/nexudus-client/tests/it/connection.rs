//! What goes through a socket: proxies, lengths, files, and what is refused before that.

use std::sync::Arc;
use std::time::Duration;

use nexudus_client::model::sys::Business;
use nexudus_client::{Client, ClientBuilder};
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpListener;

use crate::memory::Memory;
use crate::server::{Server, Step, answer, json, read_request};

fn mistake(builder: ClientBuilder) -> String {
    let error = builder.build().unwrap_err();
    assert!(error.is_usage());
    error.to_string()
}

#[tokio::test]
async fn requests_to_this_machine_use_no_proxy_elsewhere() {
    let server = Server::start([Step::Answer(json(200, r#"{"Id":1}"#))]).await;
    // Nobody is at this address, so a request that goes there fails.
    server.builder().proxy("http://192.0.2.1:9").build().unwrap().user_messages().get(1).await.unwrap();
    assert_eq!(server.lines(), ["GET /api/sys/usermessages/1"]);
}

#[tokio::test]
async fn a_proxy_can_be_passed_by() {
    let proxy = Server::start([Step::Answer(json(200, r#"{"Id":1}"#))]).await;
    let address = proxy.url().replace("/api", "");
    let builder = || {
        let builder = Client::builder().base_url("http://sandbox.invalid/api").allow_plain_http().bearer("t");
        builder.proxy(&address).retry(nexudus_client::Retry::none())
    };
    builder().build().unwrap().user_messages().get(1).await.unwrap();
    assert_eq!(proxy.lines(), ["GET http://sandbox.invalid/api/sys/usermessages/1"]);
    for builder in [builder().no_proxy(), builder().bypass_proxy_for(["sandbox.invalid"])] {
        builder.build().unwrap().user_messages().get(1).await.unwrap_err();
    }
    assert_eq!(proxy.lines().len(), 1);
}

#[test]
fn what_can_not_connect_is_refused_at_once() {
    let builder = || Client::builder().bearer("t");
    insta::assert_snapshot!(
        mistake(builder().proxy("socks5://ana:hunter2@proxy:1080")),
        @r#"set up the client: not possible: the proxy "socks5://proxy:1080" has the scheme socks5; only http and https are supported"#
    );
    assert!(mistake(builder().proxy("\n")).contains("the proxy"));
    for junk in ["", "junk", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"] {
        assert!(mistake(builder().ca_certificates(junk)).contains("ca_certificates"), "{junk}");
        // For an address without TLS too.
        assert!(mistake(builder().base_url("http://localhost/api").ca_certificates(junk)).contains("ca_certificates"));
    }
    assert!(mistake(Client::builder().basic("a:b", "c")).contains("colon"));
    assert!(mistake(builder().header("Authorization", "Bearer x")).contains("credentials"));
    for name in ["grüße", "", "a\nb"] {
        let login = nexudus_client::Credentials::login("ana@example.com", "p").client_id(name);
        assert!(mistake(Client::builder().credentials(login)).contains("client_id"), "{name:?}");
    }
    let login = nexudus_client::Credentials::login("añá@example.com", "p");
    assert!(mistake(Client::builder().credentials(login.clone())).contains("Login::client_id"));
    Client::builder().credentials(login.client_id("report")).build().unwrap();
}

#[tokio::test]
async fn a_write_without_a_body_says_so() {
    let server = Server::start(vec![Step::Answer(json(200, "{}")); 5]).await;
    let client = server.client();
    for method in ["POST", "put", "Patch", "delete", "get"] {
        client.request(method, "sys/users/5").send().await.unwrap();
    }
    let lengths: Vec<_> = server.seen().iter().map(|seen| seen.header("content-length").map(str::to_owned)).collect();
    assert_eq!(lengths[..3], [Some("0".to_owned()), Some("0".to_owned()), Some("0".to_owned())]);
    assert_eq!(lengths[4], None);
    let methods: Vec<_> = server.lines().iter().map(|line| line.split(' ').next().unwrap().to_owned()).collect();
    assert_eq!(methods, ["POST", "PUT", "PATCH", "DELETE", "GET"]);
}

#[tokio::test]
async fn reads_are_get_head_and_options() {
    let memory = Memory::new(|_| (200, String::new()));
    let client = memory.client().read_only();
    for method in ["get", "HEAD", "options"] {
        client.request(method, "sys/users").send().await.unwrap();
    }
    for method in ["POST", "PUT", "PATCH", "DELETE", "TRACE2"] {
        assert!(client.request(method, "sys/users").send().await.unwrap_err().is_usage());
    }
    assert_eq!(memory.lines().len(), 3);
    let error = client.request("GET", "sys/../../login").send().await.unwrap_err();
    assert!(error.is_usage(), "{error}");
    assert_eq!(memory.lines().len(), 3);
}

#[tokio::test]
async fn a_file_on_another_host_is_got_without_credentials() {
    let store = Server::start([Step::Answer(answer(200, &[("Content-Type", "image/png")], "picture"))]).await;
    let to = store.url().replace("/api", "/logo.png?sig=1");
    let moved = || Step::Answer(answer(302, &[("Location", &to)], ""));
    let server = Server::start([moved(), moved()]).await;
    let client = server.builder().header("X-Key", "ours").build().unwrap();
    let file = client.businesses().file(Business::LOGO_FILE, 1).await.unwrap().unwrap();
    assert_eq!(file.bytes(100).await.unwrap(), "picture");
    assert_eq!(store.lines(), ["GET /logo.png?sig=1"]);
    let seen = &store.seen()[0];
    assert!(seen.header("authorization").is_none() && seen.header("x-key").is_none());
    // A record is not.
    client.user_messages().get(1).await.unwrap_err();
    assert_eq!(store.lines().len(), 1);
    // Nor round in circles.
    let server = Server::start([]).await;
    let to = format!("{}/round", server.url());
    let circle = Server::start(vec![Step::Answer(answer(302, &[("Location", &to)], "")); 9]).await;
    let error = circle.client().businesses().file(Business::LOGO_FILE, 1).await.unwrap_err();
    assert!(error.to_string().len() < 300 && circle.lines().len() + server.lines().len() <= 6, "{error}");
}

#[tokio::test]
async fn a_file_that_stalls_or_drips_is_given_up() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            tokio::spawn(async move {
                let seen = read_request(&mut stream, &mut Vec::new()).await.unwrap();
                stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n").await.unwrap();
                while seen.line.ends_with("/1") {
                    tokio::time::sleep(Duration::from_millis(5)).await;
                    if stream.write_all(b"x").await.is_err() {
                        return;
                    }
                }
                tokio::time::sleep(Duration::from_mins(5)).await;
            });
        }
    });
    let builder = Client::builder().base_url(format!("http://{address}/api")).bearer("t");
    let client = builder.read_timeout(Duration::from_millis(100)).build().unwrap();
    let file = |id: i64| {
        let businesses = client.businesses();
        async move { businesses.file(Business::LOGO_FILE, id).await.unwrap().unwrap() }
    };
    let error = file(1).await.within(Duration::from_millis(200)).bytes(1_000_000).await.unwrap_err();
    assert!(error.is_timeout(), "{error}");
    let error = file(2).await.bytes(1_000_000).await.unwrap_err();
    assert!(error.is_timeout(), "{error}");
    // Whoever takes its time loses nothing.
    let mut slow = file(1).await;
    for _ in 0..3 {
        tokio::time::sleep(Duration::from_millis(150)).await;
        slow.chunk().await.unwrap().unwrap();
    }
}

/// A transport that has no time limit of its own.
#[tokio::test(start_paused = true)]
async fn a_file_that_stalls_is_given_up_whatever_carries_it() {
    use nexudus_client::transport::{Body, BoxFuture, Request, Response, Transport, TransportError};
    struct Stalls;
    impl Transport for Stalls {
        fn send(&self, _: Request) -> BoxFuture<'_, Result<Response, TransportError>> {
            let body = Body::from_stream(futures_util::stream::pending());
            Box::pin(async { Ok(http::Response::new(body)) })
        }
    }
    let client = Client::builder().base_url("http://localhost/api").bearer("t").transport(Arc::new(Stalls));
    let client = client.build().unwrap();
    let mut file = client.businesses().file(Business::LOGO_FILE, 1).await.unwrap().unwrap();
    assert!(file.chunk().await.unwrap_err().is_timeout());
    assert!(file.chunk().await.unwrap().is_none());
}

#[tokio::test]
async fn the_environment_is_read_with_care() {
    let from = |variables: &[(&str, &str)]| {
        let find =
            |name: &str| variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
        ClientBuilder::from_lookup(find)
    };
    let says = |variables: &[(&str, &str)]| match from(variables).and_then(ClientBuilder::build) {
        Ok(_) => "fine".to_owned(),
        Err(error) => error.to_string(),
    };
    // One line break at the end is a file's, a second one is not.
    for token in ["t", "t\n", "t\r\n"] {
        let memory = Memory::new(|request| {
            assert_eq!(request.headers()["authorization"], "Bearer t");
            (200, r#"{"Id":1}"#.into())
        });
        let builder = from(&[("NEXUDUS_TOKEN", token), ("NEXUDUS_BASE_URL", " http://localhost/api\n")]).unwrap();
        builder.transport(memory).build().unwrap().user_messages().get(1).await.unwrap();
    }
    let memory = Memory::new(|request| {
        assert_eq!(request.headers()["authorization"], "Basic YTpi");
        (200, r#"{"Id":1}"#.into())
    });
    let builder = from(&[("NEXUDUS_EMAIL", "a\n"), ("NEXUDUS_PASSWORD", "b\n")]).unwrap();
    builder.transport(memory).build().unwrap().user_messages().get(1).await.unwrap();
    assert!(says(&[("NEXUDUS_TOKEN", "hunter2\n\n")]).starts_with("set up the client: not possible: NEXUDUS_TOKEN: "));
    assert!(!says(&[("NEXUDUS_TOKEN", "hunter2\n\n")]).contains("hunter2"));
    assert!(says(&[("NEXUDUS_EMAIL", "a:b"), ("NEXUDUS_PASSWORD", "c")]).contains("NEXUDUS_EMAIL: "));
    let compose = ("NEXUDUS_BASE_URL", "http://sandbox:8080/api");
    assert!(says(&[compose, ("NEXUDUS_TOKEN", "t")]).contains("NEXUDUS_ALLOW_PLAIN_HTTP=sandbox"));
    assert_eq!(says(&[compose, ("NEXUDUS_TOKEN", "t"), ("NEXUDUS_ALLOW_PLAIN_HTTP", "other, sandbox")]), "fine");
    let error = says(&[compose, ("NEXUDUS_TOKEN", "t"), ("NEXUDUS_ALLOW_PLAIN_HTTP", "sandbox:8080")]);
    assert!(error.contains("NEXUDUS_ALLOW_PLAIN_HTTP: \"sandbox:8080\""), "{error}");
    assert!(
        says(&[("NEXUDUS_BASE_URL", "https://a:hunter2@b"), ("NEXUDUS_TOKEN", "t")]).contains("NEXUDUS_BASE_URL: ")
    );
}

#[test]
fn what_is_printed_of_settings_holds_no_secret() {
    let builder = Client::builder()
        .base_url("https://ana:hunter2@example.com/api?key=hunter2")
        .proxy("http://ana:hunter2@proxy")
        .header("X-Key", "hunter2")
        .bearer("hunter2");
    let request = Client::builder().bearer("hunter2").build().unwrap();
    let request = request.request("POST", "sys/users?key=hunter2").query("token", "hunter2").header("X", "hunter2");
    let request = request.json(&serde_json::json!({"Password": "hunter2"}));
    for text in [format!("{builder:?}"), format!("{builder:#?}"), format!("{request:?}"), mistake(builder)] {
        assert!(!text.contains("hunter2"), "{text}");
    }
}
