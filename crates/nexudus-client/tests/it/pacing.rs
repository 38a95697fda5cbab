//! Pace and repeats, in a time of their own: the clock runs only while everybody waits.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use nexudus_client::model::sys::{ChatUserMessageRequired, NewChatUserMessage};
use nexudus_client::transport::{Body, BoxFuture, Request, Response, Transport, TransportError};
use nexudus_client::{Client, Outcome, RateLimit, Retry};
use tokio::time::Instant;

use crate::memory::Memory;

/// A service that takes ten requests at once and then ten a second, and answers 409 to the others.
struct Throttled {
    tokens: Mutex<(f64, Instant)>,
    taken: AtomicU32,
    refused: AtomicU32,
    delay: Duration,
}

impl Throttled {
    fn new() -> Arc<Self> {
        let tokens = Mutex::new((10.0, Instant::now()));
        let (taken, refused) = Default::default();
        Arc::new(Self { tokens, taken, refused, delay: Duration::from_millis(15) })
    }

    fn take(&self) -> bool {
        let mut tokens = self.tokens.lock().unwrap();
        let now = Instant::now();
        *tokens = ((tokens.0 + (now - tokens.1).as_secs_f64() * 10.0).min(10.0), now);
        let enough = tokens.0 >= 1.0;
        tokens.0 -= if enough { 1.0 } else { 0.0 };
        enough
    }
}

impl Transport for Throttled {
    fn send(&self, _: Request) -> BoxFuture<'_, Result<Response, TransportError>> {
        Box::pin(async {
            // Under way for a time that is not the same for all.
            tokio::time::sleep(self.delay.mul_f64(fastrand::f64())).await;
            let answer = http::Response::builder();
            let (answer, body) = if self.take() {
                self.taken.fetch_add(1, Ordering::Relaxed);
                (answer.status(200), &br#"{"Id":1}"#[..])
            } else {
                self.refused.fetch_add(1, Ordering::Relaxed);
                (answer.status(409).header("Retry-After", "1"), &b""[..])
            };
            tokio::time::sleep(self.delay.mul_f64(fastrand::f64())).await;
            Ok(answer.body(Body::from(Bytes::from_static(body))).unwrap())
        })
    }
}

/// A thousand calls of a hundred tasks. Gives the seconds that they took.
async fn soak(service: &Arc<Throttled>, client: &Client) -> f64 {
    let start = Instant::now();
    let tasks: Vec<_> = (0..100)
        .map(|_| {
            let client = client.clone();
            tokio::spawn(async move {
                for _ in 0..10 {
                    client.user_messages().get(1).await.unwrap();
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    assert_eq!(service.taken.load(Ordering::Relaxed), 1000);
    start.elapsed().as_secs_f64()
}

#[tokio::test(start_paused = true)]
async fn a_thousand_calls_of_a_hundred_tasks_are_hardly_ever_refused() {
    let service = Throttled::new();
    let client = Client::builder().base_url("http://localhost/soak").bearer("t").transport(service.clone());
    let seconds = soak(&service, &client.build().unwrap()).await;
    let refused = service.refused.load(Ordering::Relaxed);
    assert!(refused < 50, "{refused} of {} refused", 1000 + refused);
    // 99 seconds is the least that the service's limit allows.
    assert!((98.0..125.0).contains(&seconds), "{seconds} s");
}

#[tokio::test(start_paused = true)]
async fn a_pace_that_is_too_fast_is_learnt() {
    let service = Throttled::new();
    let limit = RateLimit::default().reads(10, 30.0);
    let client =
        Client::builder().base_url("http://localhost/learn").bearer("t").transport(service.clone()).rate_limit(limit);
    let client = client.retry(Retry::default().attempts(20).total_time(Duration::from_mins(10))).build().unwrap();
    let seconds = soak(&service, &client).await;
    let refused = service.refused.load(Ordering::Relaxed);
    assert!(refused < 250 && seconds < 200.0, "{refused} refused, {seconds} s");
}

#[tokio::test(start_paused = true)]
async fn writes_have_a_lane_of_their_own() {
    let memory = Memory::new(|request| match request.method().as_str() {
        "DELETE" => (200, r#"{"Status":200,"WasSuccessful":true}"#.into()),
        _ => (200, r#"{"Id":1}"#.into()),
    });
    let client = memory
        .builder()
        .base_url("http://localhost/lanes")
        .rate_limit(RateLimit::default().reads(2, 10.0).writes(2, 60.0))
        .build()
        .unwrap();
    let start = Instant::now();
    for _ in 0..4 {
        client.chat_user_messages().delete(1).await.unwrap();
    }
    assert_eq!(start.elapsed().as_secs(), 2);
    client.user_messages().get(1).await.unwrap();
    assert_eq!(start.elapsed().as_secs(), 2);
}

/// The requests that a get makes of a service that always gives this answer, and how long it took.
async fn tries(status: u16, retry: Retry) -> (usize, Duration) {
    let memory = Memory::new(move |_| (status, String::new()));
    let client = memory.builder().retry(retry).build().unwrap();
    let start = Instant::now();
    let error = client.user_messages().get(1).await.unwrap_err();
    assert_eq!(error.attempts() as usize, memory.lines().len());
    (memory.lines().len(), start.elapsed())
}

#[tokio::test(start_paused = true)]
async fn limits_to_attempts_and_to_time() {
    assert_eq!(tries(503, Retry::default()).await.0, 8);
    assert_eq!(tries(503, Retry::default().attempts(2)).await.0, 2);
    assert_eq!(tries(503, Retry::none()).await.0, 1);
    assert_eq!(tries(501, Retry::default()).await.0, 1);
    assert_eq!(tries(400, Retry::default()).await.0, 1);
    let patient = Retry::default().attempts(1000).total_time(Duration::from_secs(10));
    // Without a lane, each wait is a second and a bit.
    let (count, time) = tries(409, patient).await;
    assert!(count > 3 && time <= Duration::from_secs(11), "{count} {time:?}");
}

#[tokio::test(start_paused = true)]
async fn clones_share_a_budget() {
    let memory = Memory::new(|_| (503, String::new()));
    let client = memory.client();
    for _ in 0..100 {
        client.clone().user_messages().get(1).await.unwrap_err();
    }
    // A hundred first tries and a hundred repeats, not four hundred.
    assert_eq!(memory.lines().len(), 200);
    assert_eq!(client.with_retry(Retry::none()).user_messages().get(1).await.unwrap_err().attempts(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_pause_of_hours_is_an_error_and_not_a_wait() {
    let service = Throttled::new();
    service.tokens.lock().unwrap().0 = -1.0e9;
    let memory = Memory::new(|_| (409, String::new()));
    let client = memory.builder().base_url("http://localhost/hours").rate_limit(RateLimit::default()).build().unwrap();
    let start = Instant::now();
    assert!(client.user_messages().get(1).await.unwrap_err().is_throttled());
    assert!(start.elapsed() < Duration::from_mins(3));
}

#[tokio::test]
async fn hooks_see_each_request() {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let notes = Arc::clone(&seen);
    let answers = AtomicU32::new(0);
    let memory = Memory::new(move |_| match answers.fetch_add(1, Ordering::Relaxed) {
        0 => (503, String::new()),
        _ => (200, r#"{"Id":1}"#.into()),
    });
    let client = memory
        .builder()
        .retry(Retry::default().delays(Duration::from_millis(1), Duration::from_millis(1)))
        .header("X-Mine", "1")
        .user_agent("mine/1")
        .on_attempt(move |attempt| {
            let status = attempt.status.map(|status| status.as_u16());
            let (operation, entity) = (attempt.operation, attempt.entity.unwrap_or_default());
            notes.lock().unwrap().push(format!("{} {operation} {entity} {:?} {status:?}", attempt.number, attempt.id));
        })
        .build()
        .unwrap();
    client.user_messages().get(1).await.unwrap();
    assert_eq!(*seen.lock().unwrap(), ["1 get UserMessage Some(1) Some(503)", "2 get UserMessage Some(1) Some(200)"]);
}

#[tokio::test]
async fn the_rest_of_the_service() {
    let memory = Memory::new(|request| match request.uri().path_and_query().unwrap().as_str() {
        "/api/utils/enums?name=eChargePeriod" => {
            (200, r#"[{"Id":1,"Name":"Day","Label":"Tag"},{"Id":2,"Name":"Week"}]"#.into())
        }
        "/api/auth/me" => (200, r#"{"Id":5,"FullName":"Ana"}"#.into()),
        "/api/sys/usermessages/commands?id=5" => (
            200,
            r#"[{"Key":"READ","Name":"Mark as read","AppliesOnlyToOneEntity":true,"NeedsEntitiesToRun":true,
                "RequiresParameters":[{"Name":"On","Type":"datetime"}],"Icon":"x"}]"#
                .into(),
        ),
        "/api/sys/usermessages/runcommand" => {
            assert_eq!(
                request.body(),
                r#"{"Ids":[5],"Key":"READ","Parameters":[{"Name":"On","Value":"2026-04-03T00:00:00Z"}]}"#
            );
            (200, r#"{"Status":500,"Message":"It is read already.","WasSuccessful":false}"#.into())
        }
        "/api/sys/odd?a=b%20c" => {
            assert_eq!(request.headers()["x-mine"], "1");
            (200, "[1,2]".into())
        }
        _ => (404, String::new()),
    });
    let client = memory.client();
    let values = client.enum_values("eChargePeriod").await.unwrap();
    assert_eq!((values[0].id, &*values[1].name, values[0].label.as_deref()), (1, "Week", Some("Tag")));
    assert_eq!(client.me().await.unwrap().full_name.as_deref(), Some("Ana"));
    let messages = client.user_messages();
    let commands = messages.commands_of(5).await.unwrap();
    assert_eq!((&*commands[0].key, commands[0].arity), ("READ", nexudus_client::Arity::One));
    assert_eq!(commands[0].parameters[0].kind.as_deref(), Some("datetime"));
    let error = messages.command("READ").on(5).parameter("On", "2026-04-03T00:00:00Z").run().await.unwrap_err();
    insta::assert_snapshot!(error, @"run a command on UserMessage 5: the service did not execute the request (HTTP 200): It is read already.");
    let answer = client.request("GET", "/sys/odd").query("a", "b c").header("X-Mine", "1").send().await.unwrap();
    assert_eq!(answer.json::<Vec<i64>>().unwrap(), [1, 2]);
    assert!(client.request("GET", "nothing").send().await.unwrap_err().is_not_found());
    assert!(client.request("G ET", "nothing").send().await.unwrap_err().is_usage());
}

#[tokio::test]
async fn files_come_in_pieces() {
    use nexudus_client::model::sys::Business;
    let memory = Memory::new(|request| {
        let path = request.uri().path();
        if path.ends_with("/1") { (200, "not json at all".into()) } else { (200, "null".into()) }
    });
    let businesses = memory.client().businesses();
    let file = Business::LOGO_FILE;
    let mut download = businesses.file(file, 1).await.unwrap().unwrap();
    assert_eq!(download.content_type(), Some("application/json"));
    assert_eq!(download.chunk().await.unwrap().unwrap(), "not json at all");
    assert!(download.chunk().await.unwrap().is_none());
    assert!(businesses.file(file, 2).await.unwrap().is_none());
    let download = businesses.file(file, 1).await.unwrap().unwrap();
    insta::assert_snapshot!(download.bytes(3).await.unwrap_err(), @"get a file of Business 1: the response is too long: more than 3 bytes");
    assert_eq!(memory.lines()[0], "GET /api/sys/businesses/getlogo/1");
}

/// What came of an attempt is told, and not that there is no time for the next one: the request was sent.
#[tokio::test(start_paused = true)]
async fn a_refusal_that_leaves_no_time_for_another_attempt_is_told_itself() {
    for (status, body) in [(429, "Wait 30 seconds"), (409, "")] {
        let memory = Memory::new(move |_| (status, body.into()));
        let base = format!("http://localhost/no-time-{status}");
        let builder = memory.builder().base_url(base).rate_limit(RateLimit::default());
        let retry = Retry::default().total_time(Duration::from_millis(500));
        let client = builder.retry(retry).build().unwrap();
        let read = client.user_messages().get(1).await.unwrap_err();
        let write = client.request("POST", "sys/chatusermessages").send().await.map(|_| ()).unwrap_err();
        for error in [read, write] {
            assert!(error.is_throttled(), "{error}");
            assert_eq!((error.status().map(|status| status.as_u16()), error.attempts()), (Some(status), 1), "{error}");
            assert!(!error.to_string().contains("nothing was sent"), "{error}");
        }
        assert_eq!(memory.lines().len(), 2);
    }
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_is_of_no_use_was_sent_for_too() {
    let refused = r#"{"Status":500,"WasSuccessful":false,"Message":"no"}"#;
    for (bad, body) in [(0, r#"{"Id":2}"#), (0, "<html>"), (0, refused), (1, refused)] {
        let count = AtomicU32::new(0);
        let memory = Memory::new(move |_| {
            if count.fetch_add(1, Ordering::Relaxed) < bad { (503, String::new()) } else { (200, body.into()) }
        });
        let read = memory.client().user_messages().get(1).await.unwrap_err();
        assert_eq!(read.attempts() as usize, memory.lines().len(), "{read}");
        let before = memory.lines().len();
        let write = memory.client().chat_user_messages().delete(1).await.unwrap_err();
        assert_eq!(write.attempts() as usize, memory.lines().len() - before, "{write}");
    }
}

/// Says what a method is answered with: the status, the body, and after how many seconds.
struct Slow(fn(&str) -> (u16, &'static str, u64));

impl Transport for Slow {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Response, TransportError>> {
        let (status, body, seconds) = (self.0)(request.method().as_str());
        Box::pin(async move {
            tokio::time::sleep(Duration::from_secs(seconds)).await;
            let answer = http::Response::builder().status(status);
            Ok(answer.body(Body::from(Bytes::from_static(body.as_bytes()))).unwrap())
        })
    }
}

/// An update takes several requests, and is one call all the same.
#[tokio::test(start_paused = true)]
async fn the_total_time_is_that_of_a_whole_update() {
    let retry = Retry::default().attempts(1000).total_time(Duration::from_secs(20));
    let slow = Slow(|method| if method == "PUT" { (503, "", 3) } else { (200, r#"{"Id":1,"ChatText":"a"}"#, 3) });
    let builder = Client::builder().base_url("http://localhost/slow").bearer("t").transport(Arc::new(slow));
    let chats = builder.retry(retry).build().unwrap().chat_user_messages();
    let start = Instant::now();
    let error = chats.update(1, |chat| chat.chat_text = Some("b".into())).await.unwrap_err();
    // The last round of a read, a PUT and a read may be under way when the time is up.
    assert!(error.is_outcome_unknown() && start.elapsed() < Duration::from_secs(40), "{:?} {error}", start.elapsed());
    let mut record = chats.get(1).await.unwrap();
    record.chat_text = Some("b".into());
    let start = Instant::now();
    let error = chats.replace(&record).await.unwrap_err();
    assert!(error.is_outcome_unknown() && start.elapsed() < Duration::from_secs(40), "{:?} {error}", start.elapsed());
}

#[tokio::test(start_paused = true)]
async fn the_total_time_is_that_of_a_create_with_its_get() {
    const MADE: &str = r#"{"Status":200,"WasSuccessful":true,"Value":{"Id":7}}"#;
    let retry = Retry::default().attempts(1000).total_time(Duration::from_secs(20));
    // The record is never there.
    let slow = Slow(|method| if method == "POST" { (200, MADE, 15) } else { (503, "", 3) });
    let builder = Client::builder().base_url("http://localhost/slow").bearer("t").transport(Arc::new(slow));
    let chats = builder.retry(retry).build().unwrap().chat_user_messages();
    let start = Instant::now();
    let draft = NewChatUserMessage::new(ChatUserMessageRequired { from_user_id: 1.into() });
    let error = chats.create_and_get(&draft).await.unwrap_err();
    assert_eq!((error.outcome(), error.id()), (Outcome::Done, Some(7)), "{error}");
    assert!(start.elapsed() < Duration::from_secs(30), "{:?} {error}", start.elapsed());
}
