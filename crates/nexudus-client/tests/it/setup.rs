//! How a client is set up.

use std::sync::{Arc, Mutex};

use bytes::Bytes;
use nexudus_client::transport::{Body, BoxFuture, Request, Response, Transport, TransportError};
use nexudus_client::{Client, ClientBuilder};

fn from(variables: &[(&str, &str)]) -> nexudus_client::Result<Client> {
    let find = |name: &str| variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
    ClientBuilder::from_lookup(find)?.transport(Arc::new(Recorder::default())).build()
}

#[test]
fn the_environment() {
    assert_eq!(from(&[("NEXUDUS_TOKEN", "t")]).unwrap().base_url(), "https://spaces.nexudus.com/api");
    let variables =
        [("NEXUDUS_BASE_URL", "http://localhost:8/api/"), ("NEXUDUS_EMAIL", "a"), ("NEXUDUS_PASSWORD", "b")];
    assert_eq!(from(&variables).unwrap().base_url(), "http://localhost:8/api");
    let says = |variables| from(variables).unwrap_err().to_string();
    insta::assert_snapshot!(says(&[]), @"set up the client: not possible: set NEXUDUS_TOKEN, or NEXUDUS_EMAIL and NEXUDUS_PASSWORD");
    insta::assert_snapshot!(says(&[("NEXUDUS_EMAIL", "a")]), @"set up the client: not possible: NEXUDUS_EMAIL is set but NEXUDUS_PASSWORD is not");
    insta::assert_snapshot!(
        says(&[("NEXUDUS_TOKEN", "t"), ("NEXUDUS_BASE_URL", "http://spaces.nexudus.com/api")]),
        @"set up the client: not possible: NEXUDUS_BASE_URL: the base address is plain http, which exposes the credentials to the network; use https, or call allow_plain_http, or set NEXUDUS_ALLOW_PLAIN_HTTP=spaces.nexudus.com in the environment"
    );
}

/// Remembers the `Authorization` header.
#[derive(Default)]
struct Recorder(Mutex<Vec<String>>);

impl Transport for Recorder {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Response, TransportError>> {
        let value = request.headers().get("authorization").map(|value| value.to_str().unwrap().to_owned());
        self.0.lock().unwrap().extend(value);
        let answer = Body::from(Bytes::from_static(br#"{"Id":1}"#));
        Box::pin(async { Ok(Response::new(answer)) })
    }
}

#[tokio::test]
async fn the_token_goes_before_the_password() {
    let recorder = Arc::new(Recorder::default());
    for variables in
        [&["NEXUDUS_TOKEN", "NEXUDUS_EMAIL", "NEXUDUS_PASSWORD"][..], &["NEXUDUS_EMAIL", "NEXUDUS_PASSWORD"]]
    {
        let find = |name: &str| variables.contains(&name).then(|| name.trim_start_matches("NEXUDUS_").to_owned());
        let client = ClientBuilder::from_lookup(find).unwrap().transport(recorder.clone()).build().unwrap();
        client.user_messages().get(1).await.unwrap();
    }
    assert_eq!(*recorder.0.lock().unwrap(), ["Bearer TOKEN", "Basic RU1BSUw6UEFTU1dPUkQ="]);
}

#[test]
fn secrets_are_not_printed() {
    let builder = Client::builder().basic("admin@example.com", "hunter2");
    let client = builder.clone().build().unwrap();
    let text = format!("{builder:?} {client:?}");
    assert!(text.contains("[hidden]") && !text.contains("hunter2"), "{text}");
}

#[test]
fn futures_can_move_between_threads() {
    fn check<T: Send + 'static>(_: T) {}
    let client = Client::builder().bearer("t").build().unwrap();
    check(client.user_messages().get(1));
    check(client.user_messages().list().into_future());
    check(client.chat_user_messages().update(1, |_| ()).into_future());
    check(client.chat_user_messages().delete(1));
}
