//! What the client tells of itself holds no secrets.

use std::fmt::{Debug, Write as _};
use std::sync::{Arc, Mutex};
use std::time::SystemTime;

use nexudus_client::{Client, Credentials, MemoryStore, Retry, Token};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

use crate::memory::Memory;
use crate::server::{Seen, Server, Step, answer};

/// Writes down all that is traced, by whatever crate and at whatever level.
#[derive(Clone, Default)]
struct Collector(Arc<Mutex<String>>);

impl Visit for Collector {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        writeln!(self.0.lock().unwrap(), "{field}={value:?}").unwrap();
    }
}

impl Subscriber for Collector {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        span.record(&mut self.clone());
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, values: &Record<'_>) {
        values.record(&mut self.clone());
    }

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        event.record(&mut self.clone());
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

const SECRETS: [&str; 8] = [
    "pass-hunter2",
    "totp-123456",
    "access-7",
    "access-8",
    "refresh-7",
    "refresh-8",
    "bearer-of-ours",
    // "ana@example.com:pass-hunter2", as HTTP Basic has it.
    "YW5hQGV4YW1wbGUuY29tOnBhc3MtaHVudGVyMg==",
];

fn check(text: &str) {
    for secret in SECRETS {
        assert!(!text.contains(secret), "{secret} stands in:\n{text}");
    }
}

/// An error as people may see it, with all that lies behind it.
fn print(error: &nexudus_client::Error) -> String {
    let mut text = format!("{error}\n{error:?}\n{error:#?}\n");
    let mut source = std::error::Error::source(error);
    while let Some(error) = source {
        writeln!(text, "{error}\n{error:?}").unwrap();
        source = error.source();
    }
    text
}

/// Gets a record, which fails, and gives what is told of it.
async fn fail(client: &Client) -> String {
    let error = client.clone().with_retry(Retry::none()).user_messages().get(1).await.unwrap_err();
    print(&error)
}

#[tokio::test]
async fn spans_and_errors_hold_no_secrets() {
    let collector = Collector::default();
    // With one subscriber alone, tracing asks that of whichever thread comes to a span first, and another test's
    // thread has none. With two, it asks them all.
    let _second = tracing::Dispatch::new(Collector::default());
    let _tracing = tracing::subscriber::set_default(collector.clone());
    let mut told = String::new();

    // A token endpoint that gives tokens with one grant and refuses the others, and a service that takes none.
    let service = |grants: &'static str| {
        Memory::new(move |request| {
            let form = String::from_utf8_lossy(request.body());
            if !request.uri().path().ends_with("/token") {
                (401, String::new())
            } else if form.contains(&format!("grant_type={grants}")) {
                (200, r#"{"access_token":"access-8","expires_in":604799,"refresh_token":"refresh-8"}"#.to_owned())
            } else {
                (400, r#"{"error":"invalid_grant","error_description":"no"}"#.to_owned())
            }
        })
    };
    let held = || {
        Arc::new(MemoryStore::with(Token {
            access: "access-7".into(),
            refresh: Some("refresh-7".into()),
            expires: Some(SystemTime::now()),
        }))
    };
    let login = || Credentials::login("ana@example.com", "pass-hunter2").totp("totp-123456");
    for grants in ["password", "refresh_token", "nothing"] {
        for credentials in [
            Credentials::from(login()),
            login().store(held()).into(),
            Credentials::stored("ana@example.com", held()).into(),
            Credentials::basic("ana@example.com", "pass-hunter2"),
            Credentials::bearer("bearer-of-ours"),
        ] {
            let client = service(grants).builder().credentials(credentials.clone()).build().unwrap();
            told += &fail(&client).await;
            writeln!(told, "{credentials:?} {client:?}").unwrap();
        }
    }

    // Over a socket: no answer, answers of the wrong kind, a redirect, and nobody there.
    let steps = [
        Step::Close,
        Step::Answer(answer(500, &[], "broken")),
        Step::Answer(answer(200, &[("Content-Type", "text/html")], "<html>")),
        Step::Answer(answer(302, &[("Location", "http://example.com/?next=1")], "")),
    ];
    let server = Server::start(steps.clone()).await;
    for _ in &steps {
        let client = server.builder().basic("ana@example.com", "pass-hunter2").build().unwrap();
        told += &fail(&client).await;
    }
    let shown = |seen: &Seen| seen.header("authorization").is_some_and(|header| header.contains(SECRETS[7]));
    assert_eq!(server.seen().iter().filter(|seen| shown(seen)).count(), steps.len(), "the password was at stake");
    let nobody = Client::builder().base_url("http://127.0.0.1:1/api").credentials(login()).build().unwrap();
    told += &fail(&nobody).await;
    told += &print(&Client::builder().bearer("bearer-of-ours\n").build().unwrap_err());

    check(&told);
    let traced = collector.0.lock().unwrap();
    assert!(traced.contains("entity=\"UserMessage\"") && traced.contains("HTTP 401"), "nothing was traced:\n{traced}");
    check(&traced);
}
