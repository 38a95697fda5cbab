//! Done, not done, or unknown: what an error says after a write.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use nexudus_client::model::sys::{ChatUserMessageRequired, NewChatUserMessage};
use nexudus_client::transport::{Body, BoxFuture, Request, Response, Transport, TransportError, TransportErrorKind};
use nexudus_client::{Client, ClientBuilder, Credentials, Error, ErrorKind, Outcome, RateLimit};
use tokio::time::Instant;

use crate::memory::Memory;

/// What comes of one request: status, headers and body, or none of it.
#[derive(Clone)]
pub(crate) enum Reply {
    Answer(u16, Vec<(&'static str, String)>, Vec<u8>),
    Fails(TransportErrorKind),
}

pub(crate) fn status(status: u16) -> Reply {
    Reply::Answer(status, Vec::new(), Vec::new())
}

pub(crate) fn text(status: u16, body: impl Into<Vec<u8>>) -> Reply {
    Reply::Answer(status, Vec::new(), body.into())
}

pub(crate) fn wait(status: u16, seconds: impl std::fmt::Display) -> Reply {
    let seconds = format!("{seconds}");
    Reply::Answer(status, vec![("retry-after", seconds)], Vec::new())
}

/// Answers by a script, and with a record when that is at its end.
pub(crate) struct Script {
    replies: Mutex<VecDeque<Reply>>,
    seen: Mutex<Vec<(String, Duration)>>,
    start: Instant,
}

impl Script {
    pub(crate) fn new(replies: impl IntoIterator<Item = Reply>) -> Arc<Self> {
        let replies = Mutex::new(replies.into_iter().collect());
        Arc::new(Self { replies, seen: Mutex::default(), start: Instant::now() })
    }

    pub(crate) fn builder(self: &Arc<Self>) -> ClientBuilder {
        Client::builder().base_url("http://localhost/api").bearer("t").transport(self.clone()).no_rate_limit()
    }

    pub(crate) fn client(self: &Arc<Self>) -> Client {
        self.builder().build().unwrap()
    }

    /// The methods that were asked with.
    pub(crate) fn methods(&self) -> Vec<String> {
        self.seen.lock().unwrap().iter().map(|(method, _)| method.clone()).collect()
    }

    /// The seconds from the start to each request.
    fn times(&self) -> Vec<u64> {
        self.seen.lock().unwrap().iter().map(|(_, time)| time.as_secs()).collect()
    }
}

impl Transport for Script {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Response, TransportError>> {
        self.seen.lock().unwrap().push((request.method().to_string(), self.start.elapsed()));
        let reply = self.replies.lock().unwrap().pop_front();
        Box::pin(async move {
            tokio::task::yield_now().await;
            let success = || text(200, r#"{"Id":7,"Status":200,"WasSuccessful":true,"Value":{"Id":7}}"#);
            let record = || text(200, r#"{"Id":7}"#);
            let is_read = request.method().is_safe();
            match reply.unwrap_or_else(|| if is_read { record() } else { success() }) {
                Reply::Fails(kind) => Err(TransportError::new(kind, "by the script")),
                Reply::Answer(status, headers, body) => {
                    let mut answer = http::Response::builder().status(status);
                    for (name, value) in headers {
                        answer = answer.header(name, value);
                    }
                    Ok(answer.body(Body::from(Bytes::from(body))).unwrap())
                }
            }
        })
    }
}

fn draft() -> NewChatUserMessage {
    NewChatUserMessage::new(ChatUserMessageRequired { from_user_id: 1.into() })
}

async fn create(client: &Client) -> Result<(), Error> {
    client.chat_user_messages().create(draft()).await.map(drop)
}

async fn delete(client: &Client) -> Result<(), Error> {
    client.chat_user_messages().delete(7).await
}

const SAYS_NO: &str = r#"{"Status":500,"WasSuccessful":false,"Message":"You must delete all bookings first."}"#;

#[tokio::test(start_paused = true)]
async fn a_delete_that_is_refused_the_second_time_is_unknown() {
    let lost = [Reply::Fails(TransportErrorKind::Interrupted), status(500), text(200, "{\"Status\":2")];
    for first in &lost[..2] {
        for second in [
            text(409, "conflict"),
            status(401),
            status(403),
            status(405),
            text(400, SAYS_NO),
            text(200, SAYS_NO),
            text(200, "<html>"),
            status(302),
            Reply::Fails(TransportErrorKind::Request),
        ] {
            let script = Script::new([first.clone(), second]);
            let error = delete(&script.client()).await.unwrap_err();
            assert_eq!(error.outcome(), Outcome::Unknown, "{error}");
            assert!(error.to_string().contains("unknown") && !error.is_retryable(), "{error}");
            assert_eq!(script.methods(), ["DELETE", "DELETE"]);
        }
        // Gone by now: it was carried out.
        delete(&Script::new([first.clone(), text(404, "\"Not found\"")]).client()).await.unwrap();
        // Throttled until the time is up.
        let script = Script::new([&[first.clone()][..], &vec![wait(409, 100); 9]].concat());
        assert_eq!(delete(&script.client()).await.unwrap_err().outcome(), Outcome::Unknown);
        let script = Script::new([first.clone(), wait(429, 1_000_000)]);
        assert_eq!(delete(&script.client()).await.unwrap_err().outcome(), Outcome::Unknown);
        // The rate limit has no turn for the second one.
        let limit = RateLimit::default().writes(1, 0.1);
        let script = Script::new([first.clone()]);
        let name = format!("http://localhost/turn{}", script.start.elapsed().as_nanos());
        let client = script.builder().base_url(name).rate_limit(limit).build().unwrap();
        let error = delete(&client).await.unwrap_err();
        assert_eq!((error.attempts(), error.outcome()), (1, Outcome::Unknown), "{error}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_login_that_fails_between_two_deletes_is_unknown() {
    let answers = Mutex::new(VecDeque::from([500, 401]));
    let logins = Mutex::new(0);
    let memory = Memory::new(move |request| {
        if request.uri().path().ends_with("/token") {
            *logins.lock().unwrap() += 1;
            return match *logins.lock().unwrap() {
                1 => (200, r#"{"access_token":"a","expires_in":604799}"#.into()),
                _ => (400, r#"{"error":"invalid_grant","error_description":"no"}"#.into()),
            };
        }
        (answers.lock().unwrap().pop_front().unwrap(), String::new())
    });
    let login = Credentials::login("ana@example.com", "p");
    let client = memory.builder().credentials(login).build().unwrap();
    // Nothing was sent before the login, so a token that is half a minute old is believed to be dead.
    let error = delete(&client).await.unwrap_err();
    assert_eq!(error.outcome(), Outcome::Unknown, "{error}");
}

#[tokio::test]
async fn a_delete_that_is_refused_at_once_is_not_done() {
    for reply in [text(200, SAYS_NO), text(400, SAYS_NO)] {
        let error = delete(&Script::new([reply]).client()).await.unwrap_err();
        assert!(error.is_refused() && error.outcome() == Outcome::NotDone, "{error}");
        assert_eq!(error.message(), Some("You must delete all bookings first."));
    }
    let error = delete(&Script::new([text(404, "\"Not found\"")]).client()).await.unwrap_err();
    assert!(error.is_not_found() && error.outcome() == Outcome::NotDone);
    // Without a body, a good status is success.
    for body in ["", " ", "null"] {
        delete(&Script::new([text(200, body)]).client()).await.unwrap();
    }
    delete(&Script::new([status(204)]).client()).await.unwrap();
}

#[tokio::test]
async fn a_delete_that_is_answered_with_a_text_is_settled_by_a_read() {
    for body in ["Deleted.", "\"ok\"", "You must delete all bookings first."] {
        let script = Script::new([text(200, body), text(404, "\"Not found\"")]);
        delete(&script.client()).await.unwrap();
        assert_eq!(script.methods(), ["DELETE", "GET"]);
        let script = Script::new([text(200, body), text(200, r#"{"Id":7}"#)]);
        let error = delete(&script.client()).await.unwrap_err();
        assert!(error.is_refused() && error.outcome() == Outcome::NotDone, "{error}");
        assert_eq!(error.message(), Some(body.trim_matches('"')));
        let script = Script::new([text(200, body), text(403, "")]);
        let error = delete(&script.client()).await.unwrap_err();
        assert_eq!(error.outcome(), Outcome::Unknown, "{error}");
    }
    // Neither is a result, nor one of this record.
    for body in ["false", "true", "[]", "7", r#"{"WasSuccessful":true,"Value":{"Id":8}}"#] {
        let script = Script::new([text(200, body), text(403, "")]);
        let error = delete(&script.client()).await.unwrap_err();
        assert_eq!(error.outcome(), Outcome::Unknown, "{body}: {error}");
    }
}

#[tokio::test]
async fn a_delete_that_is_not_allowed_names_the_command() {
    let script = Script::new([status(405), status(405)]);
    let error = script.client().request("DELETE", "spaces/coworkers/5").send().await.unwrap_err();
    assert!(error.is_method_not_allowed() && error.outcome() == Outcome::NotDone);
    insta::assert_snapshot!(error, @"request Coworker: the service does not support the HTTP method (HTTP 405): run the command COWORKER_DELETE instead");
    let error = script.client().dynamic("coworkers").unwrap().delete(5).await.unwrap_err();
    assert!(error.to_string().ends_with("; run the command COWORKER_DELETE instead"), "{error}");
    let error = delete(&script.client()).await.unwrap_err();
    insta::assert_snapshot!(error, @"delete ChatUserMessage 7: the service does not support the HTTP method (HTTP 405)");
}

#[tokio::test(start_paused = true)]
async fn what_each_status_says_of_a_write() {
    for (code, outcome, attempts) in [
        (101, Outcome::Unknown, 1),
        (302, Outcome::Unknown, 1),
        (400, Outcome::NotDone, 1),
        (404, Outcome::NotDone, 1),
        (408, Outcome::Unknown, 1),
        (410, Outcome::NotDone, 1),
        (425, Outcome::NotDone, 8),
        (499, Outcome::Unknown, 1),
        (500, Outcome::Unknown, 1),
        (503, Outcome::Unknown, 1),
        (520, Outcome::Unknown, 1),
        (521, Outcome::NotDone, 8),
        (522, Outcome::NotDone, 8),
        (523, Outcome::NotDone, 8),
        (524, Outcome::Unknown, 1),
        (600, Outcome::Unknown, 1),
        (999, Outcome::Unknown, 1),
    ] {
        let script = Script::new(vec![text(code, "no"); 20]);
        let error = create(&script.client()).await.unwrap_err();
        assert_eq!((error.outcome(), script.methods().len()), (outcome, attempts), "{code}: {error}");
    }
}

#[tokio::test(start_paused = true)]
async fn reads_go_on_after_what_passes() {
    let failure = r#"{"Message":"Ooops! There was a problem while running this action..."}"#;
    for code in [408, 425, 500, 502, 503, 504, 520, 521, 522, 523, 524] {
        let script = Script::new(vec![text(code, failure); 5]);
        script.client().user_messages().get(7).await.unwrap();
        assert_eq!(script.methods().len(), 6, "{code}");
    }
    let script = Script::new([text(500, failure)]);
    let error = create(&script.client()).await.unwrap_err();
    assert_eq!((error.kind(), error.outcome()), (ErrorKind::Service, Outcome::Unknown));
    let error = Script::new([text(400, failure)]).client().user_messages().get(7).await.unwrap_err();
    assert!(error.is_validation());
}

#[tokio::test]
async fn access_denied_is_no_matter_of_the_login() {
    let logins = Arc::new(Mutex::new(0));
    let count = Arc::clone(&logins);
    let memory = Memory::new(move |request| {
        if request.uri().path().ends_with("/token") {
            *count.lock().unwrap() += 1;
            return (200, r#"{"access_token":"a","expires_in":604799,"refresh_token":"r"}"#.into());
        }
        (401, r#""Access Denied""#.into())
    });
    let login = Credentials::login("ana@example.com", "p");
    let client = memory.builder().credentials(login).build().unwrap();
    let error = create(&client).await.unwrap_err();
    assert!(error.is_access_denied() && !error.is_unauthorized() && error.outcome() == Outcome::NotDone);
    insta::assert_snapshot!(error, @"create ChatUserMessage: the service denied access although the credentials are valid; the account may have reached a limit (HTTP 401): Access Denied");
    assert_eq!((*logins.lock().unwrap(), memory.count("POST /api/sys")), (1, 1));
}

#[tokio::test]
async fn a_byte_order_mark_is_no_fault() {
    let mark = |body: &str| text(200, format!("\u{feff}{body}"));
    let script = Script::new([
        mark(r#"{"Id":7}"#),
        mark(r#"{"Records":[{"Id":7}],"TotalItems":1}"#),
        mark(r#"{"WasSuccessful":true,"Value":{"Id":8}}"#),
        text(400, format!("\u{feff}{SAYS_NO}")),
    ]);
    let messages = script.client().chat_user_messages();
    messages.get(7).await.unwrap();
    assert_eq!(messages.list().await.unwrap().records.len(), 1);
    assert_eq!(messages.create(draft()).await.unwrap().get(), 8);
    assert_eq!(messages.delete(7).await.unwrap_err().message(), Some("You must delete all bookings first."));
}

#[tokio::test]
async fn errors_of_other_shapes_keep_their_message() {
    for (body, expected) in [
        (
            r#"{"title":"One or more errors","status":400,"errors":{"Name":["is required","is long"]}}"#,
            "One or more errors; Name: is required, is long",
        ),
        (r#"{"error":"invalid_request","error_description":"the grant is missing"}"#, "the grant is missing"),
        (
            r#"{"Message":"The request is invalid.","ModelState":{"a.Name":["is required"]}}"#,
            "The request is invalid.; a.Name: is required",
        ),
        (r#"{"Message":"An error has occurred.","ExceptionMessage":"no such column"}"#, "no such column"),
        (r#"{"error":{"code":5}}"#, r#"{"error":{"code":5}}"#),
        ("[1,2]", "[1,2]"),
        ("plain text", "plain text"),
    ] {
        let error = create(&Script::new([text(400, body)]).client()).await.unwrap_err();
        assert_eq!(error.message(), Some(expected));
    }
    let error = create(&Script::new([text(400, "x".repeat(5_000_000))]).client()).await.unwrap_err();
    assert!(error.to_string().len() < 500 && error.body().len() == 64 * 1024);
}

#[tokio::test(start_paused = true)]
async fn a_wait_that_the_service_asks_for() {
    // With each status that is tried again, from the header or the text, and by the service's own clock.
    let date = |text: &str, now: &str| {
        Reply::Answer(503, vec![("retry-after", text.to_owned()), ("date", now.to_owned())], Vec::new())
    };
    for reply in [
        wait(503, 5),
        wait(500, 5),
        wait(502, 5),
        wait(504, 5),
        wait(429, 5),
        wait(409, 5),
        text(429, "\"Wait 4.5 seconds\""),
        text(409, "Wait 5 seconds"),
        date("Wed, 01 Apr 2026 10:00:05 GMT", "Wed, 01 Apr 2026 10:00:00 GMT"),
        date("Mon, 01 Apr 2126 10:00:05 GMT", "Mon, 01 Apr 2126 10:00:00 GMT"),
    ] {
        let script = Script::new([reply]);
        script.client().user_messages().get(7).await.unwrap();
        let times = script.times();
        assert!(times.len() == 2 && (4..=6).contains(&(times[1] - times[0])), "{times:?}");
    }
    // A conflict with a text of its own is not a limit.
    let error =
        create(&Script::new([text(409, "\"This booking conflicts with another.\"")]).client()).await.unwrap_err();
    assert!(!error.is_throttled() && error.outcome() == Outcome::NotDone && !error.is_retryable(), "{error}");
}

#[tokio::test(start_paused = true)]
async fn a_wait_without_measure_stops_nobody_for_long() {
    for (number, wanted) in
        ["18446744073709551615", "99999999999999999999999", "1000000000", "Fri, 31 Dec 9999 23:59:59 GMT"]
            .into_iter()
            .enumerate()
    {
        let script = Script::new([wait(429, wanted)]);
        let address = format!("http://localhost/measure{number}");
        let client = || script.builder().base_url(&address).rate_limit(RateLimit::default()).build().unwrap();
        let (one, other) = (client(), client());
        let error = one.user_messages().get(7).await.unwrap_err();
        assert!(error.is_throttled() && error.is_retryable());
        assert_eq!(error.retry_after(), Some(Duration::from_hours(24)));
        assert_eq!(error.attempts(), 1);
        // All others go on within a minute and a bit.
        let start = Instant::now();
        let patient = other.with_timeout(Duration::from_mins(2));
        patient.user_messages().get(7).await.unwrap();
        one.user_messages().get(7).await.unwrap();
        assert!(start.elapsed() <= Duration::from_secs(62), "{:?}", start.elapsed());
    }
}

#[tokio::test(start_paused = true)]
async fn writes_of_a_collection_keep_to_its_limit_and_learn() {
    let memory = Memory::new(|request| match request.method().as_str() {
        "DELETE" => (200, r#"{"WasSuccessful":true,"Value":null}"#.into()),
        _ => (200, r#"{"WasSuccessful":true,"Value":{"Id":1}}"#.into()),
    });
    let builder = memory.builder().base_url("http://localhost/writes").rate_limit(RateLimit::default());
    let client = builder.build().unwrap();
    let start = Instant::now();
    for _ in 0..30 {
        create(&client).await.unwrap();
    }
    assert_eq!(start.elapsed(), Duration::ZERO);
    for _ in 0..30 {
        create(&client).await.unwrap();
    }
    assert_eq!(start.elapsed().as_secs(), 60);
    // Another collection has its own, and a DELETE too.
    delete(&client).await.unwrap();
    client.request("POST", "sys/users").send().await.unwrap();
    assert_eq!(start.elapsed().as_secs(), 60);
    // A refusal slows it down.
    let script = Script::new([text(429, "Wait 2 seconds")]);
    let builder = script.builder().base_url("http://localhost/learns").rate_limit(RateLimit::default());
    let client = builder.build().unwrap();
    let start = Instant::now();
    for _ in 0..4 {
        create(&client).await.unwrap();
    }
    assert!((12..=15).contains(&start.elapsed().as_secs()), "{:?}", start.elapsed());
}
