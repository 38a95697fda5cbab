//! What a service, a store of files or an environment that means no good can do.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use nexudus_client::model::sys::{Business, ChatUserMessage, ChatUserMessageRequired, NewChatUserMessage};
use nexudus_client::transport::{Body, BoxFuture, Request, Response, Transport, TransportError};
use nexudus_client::{
    Client, ClientBuilder, Credentials, CustomFields as _, Entity as _, MemoryStore, RateLimit, Retry, Token,
};

use crate::memory::Memory;
use crate::server::{Server, Step, answer, json, written};

/// A service whose files lie in a store on another host, which answers as told. Also gives who was asked for what.
struct Redirects {
    location: &'static str,
    store: Mutex<Vec<(u16, &'static str)>>,
    lines: Mutex<Vec<String>>,
}

impl Redirects {
    fn new(location: &'static str, store: impl IntoIterator<Item = (u16, &'static str)>) -> Arc<Self> {
        Arc::new(Self { location, store: Mutex::new(store.into_iter().collect()), lines: Mutex::default() })
    }

    fn lines(&self) -> Vec<String> {
        std::mem::take(&mut self.lines.lock().unwrap())
    }
}

impl Transport for Redirects {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Response, TransportError>> {
        let host = request.uri().host().unwrap().to_owned();
        let shown = if request.headers().contains_key("authorization") { " with credentials" } else { "" };
        self.lines.lock().unwrap().push(format!("{} {host}{}{shown}", request.method(), request.uri().path()));
        let answer = http::Response::builder();
        let (answer, body) = match (&*host, request.uri().path()) {
            ("localhost", "/api/token") => (answer, r#"{"access_token":"new","expires_in":1000}"#),
            ("localhost", path) if path.ends_with("/1") && path.contains("businesses") => {
                (answer.status(302).header("location", self.location), "")
            }
            ("localhost", _) => (answer, r#"{"Id":1}"#),
            _ => match self.store.lock().unwrap().pop() {
                Some((status, wait)) => (answer.status(status).header("retry-after", wait), "<Error>nothing</Error>"),
                None => (answer, "picture"),
            },
        };
        Box::pin(async move { Ok(answer.body(Body::from(bytes::Bytes::from(body))).unwrap()) })
    }
}

/// A refusal of the store of files is none of the service: no new login, no pause of all other calls, and no "there
/// is not a file".
#[tokio::test(start_paused = true)]
async fn a_store_of_files_can_not_speak_for_the_service() {
    for status in [400, 401, 403, 404, 405, 409, 410, 412, 422, 429] {
        let service = Redirects::new("https://blobs.example.com/a.png?sig=hunter2", [(status, "3600")]);
        let token = Token { access: "old".into(), refresh: Some("r".into()), expires: None };
        let login = Credentials::stored("ana@example.com", Arc::new(MemoryStore::with(token)));
        let client = Client::builder().base_url(format!("http://localhost/api/{status}/..")).credentials(login);
        let client = client.transport(service.clone()).rate_limit(RateLimit::default()).build().unwrap();
        let error = client.businesses().file(Business::LOGO_FILE, 1).await.map(|file| file.is_some()).unwrap_err();
        let text = error.to_string();
        assert!(text.contains("blobs.example.com") && !text.contains("hunter2"), "{text}");
        assert_eq!(error.status().unwrap().as_u16(), status);
        assert!(!error.is_unauthorized() && !error.is_throttled() && !error.is_not_found(), "{text}");
        let lines = service.lines();
        assert_eq!(lines.len(), 2, "{lines:?}");
        assert!(lines[0].ends_with("with credentials") && lines[1] == "GET blobs.example.com/a.png", "{lines:?}");
        let begun = tokio::time::Instant::now();
        client.user_messages().get(1).await.unwrap();
        assert!(begun.elapsed() < Duration::from_secs(1), "{status}");
    }
    // One that fails for a moment is asked again.
    let service = Redirects::new("https://blobs.example.com/a.png", [(503, "1")]);
    let client = Client::builder().base_url("http://localhost/api").bearer("t").transport(service.clone());
    let file = client.build().unwrap().businesses().file(Business::LOGO_FILE, 1).await.unwrap().unwrap();
    assert_eq!(file.bytes(100).await.unwrap(), "picture");
    assert_eq!(service.lines().len(), 4);
}

#[tokio::test]
async fn where_a_redirect_leads_is_shown_without_secrets() {
    for to in [
        "https://ana:hunter2@blobs.example.com/a?sig=hunter2#hunter2",
        "http://blobs.example.com/a?sig=hunter2",
        "ftp://ana:hunter2@blobs.example.com/a",
    ] {
        let step = || Step::Answer(answer(302, &[("Location", to)], ""));
        let server = Server::start([step(), step(), step()]).await;
        let client = server.client();
        let file = client.businesses().file(Business::LOGO_FILE, 1).await.map(|_| ()).unwrap_err();
        let record = client.user_messages().get(1).await.map(|_| ()).unwrap_err();
        let write = client.chat_user_messages().delete(1).await.unwrap_err();
        for error in [file, record, write] {
            let text = format!("{error} {:?}", error.message());
            assert!(text.contains("blobs.example.com/a") && !text.contains("hunter2"), "{text}");
        }
        assert_eq!(server.lines().len(), 3);
    }
}

/// Half a surrogate pair, which .NET writes where it cuts a text: under a name of ours, in a custom field, under a
/// name that nobody knows, and in a name. All come back as they came.
#[tokio::test]
async fn half_a_surrogate_pair_is_data() {
    let fields = r#"{"Data":[{"Name":"a\ud83d","Value":"\ude00b"},{"Name":"Tax","Value":21.50}]}"#;
    let nested = r#"{"\ud83d":["\ude00\ud83d",{"x":"\udfff"}]}"#;
    let record = format!(
        r#"{{"Id":7,"ChatText":"a\ud83d","Subject":"\ud83d","CreatedOn":"\ud83d","CustomFields":{fields},"New":{nested},"N\ud83d":"1","UpdatedOn":"2026-01-01T00:00:00Z"}}"#
    );
    let page = format!(r#"{{"Records":[{record},{{"Id":8}}],"TotalItems":2,"HasNextPage":false}}"#);
    let server = Server::start(
        [json(200, &page), json(200, &record), json(200, &record), written(7), json(200, &record)].map(Step::Answer),
    )
    .await;
    let messages = server.client().chat_user_messages();
    let list = messages.list().await.unwrap();
    assert_eq!(list.records.len(), 2);
    assert_eq!(list.records[0].property("ChatText").unwrap().text(), r#""a\ud83d""#);
    messages
        .update(7, |record: &mut ChatUserMessage| {
            record.common.system_id = Some("new".to_owned());
            record.set_custom_field("Tax", 22).unwrap();
        })
        .await
        .unwrap();
    let put = server.seen().into_iter().find(|seen| seen.line.starts_with("PUT")).unwrap();
    let changed = fields.replace("21.50", r#""22""#);
    for part in [r#""ChatText":"a\ud83d""#, r#""N\ud83d":"1""#, &format!(r#""New":{nested}"#), &changed] {
        assert!(put.body.contains(part), "{part} in {}", put.body);
    }
}

/// Half a surrogate pair, and a number beyond every float, in what is not a record: a token, the result of a create, and
/// lists of commands and values.
#[tokio::test]
async fn half_a_surrogate_pair_loses_nothing_around_it() {
    let odd = r#""N\ud83d":"\ud83d","Far":1e400"#;
    let server = Server::start(
        [
            json(200, &format!(r#"{{"access_token":"t","expires_in":600,"userName":"A\ud83d",{odd}}}"#)),
            json(200, &format!(r#"{{"WasSuccessful":true,"Value":{{"Id":9,{odd}}},{odd}}}"#)),
            json(200, &format!(r#"[{{"Key":"GO","Name":"Go\ud83d","AppliesOnlyToOneEntity":true,{odd}}}]"#)),
            json(200, &format!(r#"[{{"Id":1,"Name":"One","Label":"\ud83d",{odd}}}]"#)),
        ]
        .map(Step::Answer),
    )
    .await;
    let client = server.builder().credentials(Credentials::login("a@b.c", "p")).build().unwrap();
    let messages = client.chat_user_messages();
    assert_eq!(
        messages
            .create(NewChatUserMessage::new(ChatUserMessageRequired { from_user_id: 1.into() }))
            .await
            .unwrap()
            .get(),
        9
    );
    let commands = messages.commands().await.unwrap();
    assert_eq!((commands[0].key.as_str(), commands[0].name.as_deref()), ("GO", Some("Go\u{fffd}")));
    assert!(commands[0].details.text().contains("1e400"));
    let values = client.enum_values("eAnything").await.unwrap();
    assert_eq!(values[0].label.as_deref(), Some("\u{fffd}"));
    assert_eq!(server.seen()[1].header("authorization"), Some("Bearer t"));
}

/// Half a surrogate pair where the service speaks of itself: in the result of a write, and in errors.
#[tokio::test]
async fn half_a_surrogate_pair_hides_no_message() {
    let result = r#"{"Status":200,"Message":"a\ud83d","Value":{"Id":7,"Text":"\ud83d"},"WasSuccessful":true}"#;
    let refused = r#"{"Status":500,"Message":"No\ud83d","Errors":[{"PropertyName":"Name\ud83d","Message":"is\ud83d","AttemptedValue":"\ud83d"}],"WasSuccessful":false}"#;
    let script = [
        json(200, result),
        json(200, refused),
        json(400, r#"{"Message":"cut\ud83d"}"#),
        json(400, r#"{"title":"bad","errors":{"Na\ud83dme":["is cut\ud83d"]}}"#),
        json(400, "\"a text that is cut\\ud83d\""),
    ];
    let server = Server::start(script.map(Step::Answer)).await;
    let messages = server.client().chat_user_messages();
    messages.delete(7).await.unwrap();
    let texts = [(); 4].map(|()| messages.delete(7));
    let mut told = Vec::new();
    for delete in texts {
        let error = delete.await.unwrap_err();
        told.push(error.to_string());
    }
    for (text, expected) in
        told.iter().zip(["is\u{fffd}", "cut\u{fffd}", "is cut\u{fffd}", "a text that is cut\u{fffd}"])
    {
        assert!(text.contains(expected) && text.lines().count() == 1, "{text}");
    }
}

#[tokio::test]
async fn no_list_is_an_empty_list() {
    let memory = Memory::new(|request| {
        let path = request.uri().path();
        let body = if path.ends_with("/commands") || path.contains("enums") {
            "null"
        } else {
            r#"{"Records":null,"TotalItems":0,"HasNextPage":null,"TotalPages":null}"#
        };
        (200, body.into())
    });
    let client = memory.client();
    let messages = client.user_messages();
    assert!(messages.list().await.unwrap().records.is_empty());
    assert!(messages.list().first().await.unwrap().is_none());
    assert_eq!(messages.list().count().await.unwrap(), 0);
    assert!(!messages.list().exists().await.unwrap());
    assert!(messages.list().items().next().await.is_none());
    assert!(messages.list().collect(5).await.unwrap().records.is_empty());
    assert!(messages.commands().await.unwrap().is_empty());
    assert!(messages.commands_of(1).await.unwrap().is_empty());
    assert!(client.enum_values("eWebhookAction").await.unwrap().is_empty());
}

/// Errors of frameworks, proxies and other APIs, each with what a person needs of them.
#[tokio::test]
async fn errors_of_any_shape_say_something() {
    for (body, expected) in [
        (r#"{"errors":["Name is required","Email is required"]}"#, "Name is required, Email is required"),
        (r#"{"errors":[{"message":"no such room","code":7}]}"#, "no such room"),
        (r#"{"error":{"message":"quota is used up","code":403}}"#, "quota is used up"),
        (r#"{"Message":"An error has occurred.","InnerException":{"ExceptionMessage":"deadlock"}}"#, "deadlock"),
        (r#"{"type":"about:blank","title":"","detail":"out of credit"}"#, "out of credit"),
        (r#"{"Message":null,"ModelState":{"a":null,"b":[null,"is odd"]}}"#, "b: is odd"),
        (r#"{"a":{"b":{"c":"deep"}}}"#, "deep"),
        ("\u{feff}{\"Message\":\"with a mark\"}", "with a mark"),
        (
            "<html><head><title>413 Request Entity Too Large</title></head><body>x</body></html>",
            "413 Request Entity Too Large",
        ),
        ("<Error><Message>An error of XML.</Message></Error>", "An error of XML."),
    ] {
        let server = Server::start([Step::Answer(answer(400, &[], body))]).await;
        let error = server.client().chat_user_messages().delete(7).await.unwrap_err();
        let text = error.to_string();
        assert!(text.contains(expected) && text.lines().count() == 1, "{expected}: {text}");
    }
    // Whatever the size and depth.
    let deep = format!("{}1{}", "[".repeat(200_000), "]".repeat(200_000));
    let wide = format!(
        r#"{{"errors":{{{}"z":"z"}}}}"#,
        (0..50_000).map(|at| format!("\"{at}\":[\"x\"],")).collect::<Vec<_>>().concat()
    );
    let tags = format!("<{}", "<title>".repeat(500_000));
    for body in [deep, wide, tags, "<title>".to_owned() + &"x".repeat(1_000_000), "<".to_owned()] {
        let server = Server::start([Step::Answer(answer(400, &[], &body))]).await;
        let text = server.client().chat_user_messages().delete(7).await.unwrap_err().to_string();
        assert!(text.len() < 1500 && text.lines().count() == 1, "{}", text.len());
    }
}

/// A certificate that signs itself. Nobody has its key.
const CERTIFICATE: &str = "\
-----BEGIN CERTIFICATE-----
MIIBdTCCARugAwIBAgIUHXOK1okVHotGJc0mMnrtQwXexAwwCgYIKoZIzj0EAwIw
DzENMAsGA1UEAwwEVGVzdDAgFw0yNjExMjYwMTU0MzJaGA8yMTI2MTEwMjAxNTQz
MlowDzENMAsGA1UEAwwEVGVzdDBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABM64
hVgu0F2W9p3j6v8Cb5yz6Btcp5+2QdnUVKL82tpd27RWSPRu8yT7AnPRJrfMjjaI
WFr4Hj9RgyBdcbf4vX2jUzBRMB0GA1UdDgQWBBQR3XlS7kIgF5VC4ZUDEqn2ktU1
NTAfBgNVHSMEGDAWgBQR3XlS7kIgF5VC4ZUDEqn2ktU1NTAPBgNVHRMBAf8EBTAD
AQH/MAoGCCqGSM49BAMCA0gAMEUCICSvKx+B+tP+H+cRqYhkvwcJEJS5fzoAdwjH
rXTBU8ZEAiEA6sfFc33LoslOQJHQ6rf7NrGjfthHzujKxc+L7pDVIl8=
-----END CERTIFICATE-----";

/// Each error of a machine without certificates says what to do. The environment belongs to a process, so this test
/// runs itself in one of its own.
#[cfg(target_os = "linux")]
#[test]
fn a_machine_without_certificates_is_told_what_to_install() {
    const CHILD: &str = "NEXUDUS_TEST_WITHOUT_CERTIFICATES";
    if std::env::var_os(CHILD).is_none() {
        let mut child = std::process::Command::new(std::env::current_exe().unwrap());
        child.args(["--exact", "hostile::a_machine_without_certificates_is_told_what_to_install"]);
        child.env(CHILD, "1").env("SSL_CERT_FILE", "/nowhere/roots.pem").env("SSL_CERT_DIR", "/nowhere");
        let output = child.output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
        return;
    }
    let builder = || Client::builder().bearer("t");
    let error = builder().build().unwrap_err();
    assert!(error.is_usage() && error.to_string().contains("install the package ca-certificates"), "{error}");
    assert!(error.to_string().contains("ca_certificates"), "{error}");
    // Those who bring their own need none of the machine, and neither does plain http.
    builder().ca_certificates(CERTIFICATE).build().unwrap();
    builder().base_url("http://localhost/api").build().unwrap();
}

#[test]
fn hosts_that_bypass_a_proxy_are_hosts() {
    let error = |host: &str| match Client::builder().bearer("t").bypass_proxy_for([host]).build() {
        Ok(_) => String::new(),
        Err(error) => error.to_string(),
    };
    for host in ["http://sandbox", "sandbox:8080", "sandbox/api", "a b", "", "user@host", "10.0.0.0/99", "é"] {
        assert!(error(host).contains("bypass_proxy_for"), "{host}: {}", error(host));
    }
    for host in ["sandbox", ".example.com", "*.example.com", "*", "10.0.0.0/8", "10.0.0.1", "fe80::/10", "::1", "[::1]"]
    {
        assert_eq!(error(host), "", "{host}");
    }
}

/// What no text can hold is not taken for a variable that is not set.
#[cfg(unix)]
#[test]
fn a_variable_that_is_no_text_is_an_error() {
    use std::os::unix::ffi::OsStringExt as _;
    const CHILD: &str = "NEXUDUS_TEST_ODD_VARIABLES";
    if std::env::var_os(CHILD).is_none() {
        let mut child = std::process::Command::new(std::env::current_exe().unwrap());
        child.args(["--exact", "hostile::a_variable_that_is_no_text_is_an_error"]).env(CHILD, "1");
        child.env("NEXUDUS_TOKEN", std::ffi::OsString::from_vec(b"hunter2\xff".to_vec()));
        child.env("NEXUDUS_EMAIL", "ana@example.com").env("NEXUDUS_PASSWORD", "p");
        let output = child.output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
        return;
    }
    let error = ClientBuilder::from_env().unwrap_err();
    assert!(error.is_usage() && error.to_string().contains("NEXUDUS_TOKEN"), "{error}");
    assert!(!error.to_string().contains("hunter2"), "{error}");
}

/// A wait that the service asks for with a failure that passes is kept to, also by the token endpoint, and one that
/// is longer than the time of the call is said at once.
#[tokio::test(start_paused = true)]
async fn a_wait_that_is_too_long_is_said_at_once() {
    for status in [408, 425, 429, 500, 502, 503, 504, 520, 521, 522, 523, 524, 530] {
        let memory =
            crate::outcomes::Script::new([crate::outcomes::wait(status, 5), crate::outcomes::wait(status, 600)]);
        let begun = tokio::time::Instant::now();
        let error = memory.client().user_messages().get(7).await.unwrap_err();
        assert_eq!((memory.methods().len(), error.retry_after()), (2, Some(Duration::from_mins(10))), "{status}");
        assert!((4..7).contains(&begun.elapsed().as_secs()), "{status}: {:?}", begun.elapsed());
        assert!(error.is_retryable(), "{status}");
    }
    let memory = crate::outcomes::Script::new([crate::outcomes::wait(503, 5)]);
    let client = memory.builder().retry(Retry::none()).build().unwrap();
    assert_eq!(client.user_messages().get(7).await.unwrap_err().retry_after(), Some(Duration::from_secs(5)));
}
