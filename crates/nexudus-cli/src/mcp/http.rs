//! The handler over HTTP, for the conformance suite of the protocol, which speaks nothing else. It is part of the tests
//! and not of the program.
//!
//! `cargo xtask interop mcp` sets [`HOST`] and runs this test: it then prints its address and serves until its input
//! ends.

use std::io::Read as _;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper_util::rt::TokioIo;
use nexudus_client::{Client, Credentials};
use nexudus_sandbox::{Sandbox, Seed};
use rmcp::transport::streamable_http_server::session::local::LocalSessionManager;
use rmcp::transport::streamable_http_server::{StreamableHttpServerConfig, StreamableHttpService};
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpStream};

use super::sdk::Handler;
use super::{Policy, Server};
use crate::redact::{KEY_LENGTH, Redactor};

/// The variable that makes the test a host.
const HOST: &str = "NEXUDUS_MCP_HTTP_HOST";

/// Serves the handler on a port of this machine, and gives its address.
async fn host(sandbox: &Sandbox) -> SocketAddr {
    let client = Client::builder().base_url(sandbox.url()).credentials(Credentials::bearer("sandbox-token"));
    let policy = Policy::new(&["all"], &[]).unwrap();
    let server = Server::new(client.build().unwrap(), Redactor::with_key([7; KEY_LENGTH]), policy, None);
    let handler = Handler(Arc::new(server));
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    // Every web page that is open on this machine can reach the port.
    let config = StreamableHttpServerConfig::default()
        .with_allowed_hosts([address.to_string(), format!("localhost:{}", address.port())])
        .with_allowed_origins([format!("http://{address}"), format!("http://localhost:{}", address.port())])
        .with_max_request_body_bytes(4 * 1024 * 1024);
    let service =
        StreamableHttpService::new(move || Ok(handler.clone()), Arc::<LocalSessionManager>::default(), config);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let service = service.clone();
            let serve = hyper::service::service_fn(move |request| {
                let service = service.clone();
                async move { Ok::<_, std::convert::Infallible>(service.handle(request).await) }
            });
            tokio::spawn(hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), serve));
        }
    });
    address
}

/// Posts a message, with other headers than a client would send, and gives status and body.
async fn post(address: SocketAddr, headers: &[(&str, &str)], message: &Value) -> (u16, String) {
    let stream = TcpStream::connect(address).await.unwrap();
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.unwrap();
    tokio::spawn(connection);
    let mut request = http::Request::post("/mcp")
        .header("content-type", "application/json")
        .header("accept", "application/json, text/event-stream");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let request = request.body(Full::new(Bytes::from(message.to_string()))).unwrap();
    let response = sender.send_request(request).await.unwrap();
    let status = response.status().as_u16();
    let mut body = response.into_body();
    let mut text = String::new();
    // The stream of a session stays open after the answer.
    while let Some(Ok(frame)) = body.frame().await {
        text.push_str(&String::from_utf8_lossy(frame.data_ref().unwrap_or(&Bytes::new())));
        if text.contains("\"jsonrpc\"") {
            break;
        }
    }
    (status, text)
}

#[tokio::test]
async fn the_handler_answers_over_http_to_programs_of_this_machine_alone() {
    let sandbox = Sandbox::builder().seed(Seed::Demo).start_blocking().unwrap();
    let address = host(&sandbox).await;
    let initialize = json!({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {
        "protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "test", "version": "1"},
    }});
    let own = address.to_string();
    let (status, answer) = post(address, &[("host", &own)], &initialize).await;
    assert!(status == 200 && answer.contains("\"serverInfo\""), "{status} {answer}");
    for headers in [
        &[("host", "example.com")][..],
        &[("host", own.as_str()), ("origin", "http://example.com")],
        &[("host", own.as_str()), ("origin", "null")],
        &[("host", own.as_str()), ("origin", "http://127.0.0.1.example.com")],
    ] {
        let (status, answer) = post(address, headers, &initialize).await;
        assert!(status == 403 && !answer.contains("serverInfo"), "{headers:?}: {status} {answer}");
    }
    if std::env::var_os(HOST).is_some() {
        println!("listening on http://{address}/mcp");
        let until_the_input_ends = || std::io::stdin().read_to_end(&mut Vec::new());
        tokio::task::spawn_blocking(until_the_input_ends).await.unwrap().unwrap();
    }
}
