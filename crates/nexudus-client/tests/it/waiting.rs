//! No call waits for a future that nobody polls, and no wait is longer than the limits of the call.

use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Waker};
use std::time::Duration;

use futures_util::{StreamExt as _, stream};
use nexudus_client::{Client, Credentials, Outcome, RateLimit, Retry};
use tokio::time::{Instant, timeout};

use crate::memory::Memory;

/// A service with a list of 40 pages of two records, and a record for each id.
fn service() -> Arc<Memory> {
    Memory::new(|request| {
        let path = request.uri().path();
        if request.method() != "GET" {
            return (200, r#"{"Status":200,"WasSuccessful":true}"#.into());
        }
        if let Some(id) = path.rsplit('/').next().and_then(|id| id.parse::<i64>().ok()) {
            return (200, format!(r#"{{"Id":{id},"FromUserId":1,"ChatText":"a"}}"#));
        }
        let page = request.uri().query().unwrap_or_default();
        let page: i64 = page.split('&').find_map(|pair| pair.strip_prefix("page=")).map_or(1, |n| n.parse().unwrap());
        let records = [page * 2 - 1, page * 2].map(|id| format!(r#"{{"Id":{id},"FromUserId":1,"ChatText":"a"}}"#));
        let next = page < 40;
        (
            200,
            format!(
                r#"{{"Records":[{}],"CurrentPage":{page},"TotalItems":80,"TotalPages":40,"HasNextPage":{next}}}"#,
                records.join(",")
            ),
        )
    })
}

/// A client whose rate limit is reached at once. The time of these tests is its own: it runs while all wait.
fn limited(memory: &Arc<Memory>, address: &str) -> Client {
    let limit = RateLimit::default().reads(2, 10.0).writes(2, 600.0);
    memory.builder().base_url(format!("http://localhost/{address}")).rate_limit(limit).build().unwrap()
}

/// Far more than each of these takes, and less than what is hung takes.
const LONG: Duration = Duration::from_hours(1);

#[tokio::test(start_paused = true)]
async fn a_call_in_the_body_of_a_stream() {
    let client = limited(&service(), "body");
    let messages = client.chat_user_messages();
    let work = async {
        let mut items = messages.list().page_size(2).in_flight(2).items();
        let mut count = 0;
        while let Some(item) = items.next().await {
            let id = item.unwrap().id().unwrap();
            messages.get(id).await.unwrap();
            messages.update(id, |message| message.chat_text = Some("b".to_owned())).await.unwrap();
            count += 1;
        }
        count
    };
    assert_eq!(timeout(LONG, work).await.unwrap(), 80);
}

#[tokio::test(start_paused = true)]
async fn a_call_beside_buffered_ones() {
    let client = limited(&service(), "buffered");
    let messages = client.chat_user_messages();
    let work = async {
        let mut gets = pin!(stream::iter(1..=40).map(|id| messages.get(id)).buffered(4));
        while let Some(message) = gets.next().await {
            messages.get(message.unwrap().id()).await.unwrap();
        }
    };
    timeout(LONG, work).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_future_that_lost_a_race() {
    let client = limited(&service(), "race");
    let messages = client.chat_user_messages();
    let work = async {
        let mut slow = messages.get(1);
        for _ in 0..30 {
            let mut quick = messages.get(2);
            // Whichever is first; the other one is kept and not polled for a while.
            tokio::select! {
                biased;
                _ = &mut quick => {}
                result = &mut slow => { result.unwrap(); slow = messages.get(1); }
            }
            messages.get(3).await.unwrap();
        }
    };
    timeout(LONG, work).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_paused_stream_beside_another_task_and_another_client() {
    let memory = service();
    let client = limited(&memory, "paused");
    let mut pages = client.chat_user_messages().list().page_size(2).in_flight(8).pages();
    pages.next().await.unwrap().unwrap();
    // Futures of all kinds are begun and left alone.
    let messages = client.chat_user_messages();
    let mut begun: Vec<_> = (0..20).map(|id| messages.get(id + 1)).collect();
    for future in &mut begun {
        assert!(pin!(future).poll(&mut Context::from_waker(Waker::noop())).is_pending());
    }
    let other = limited(&memory, "paused");
    let work = tokio::spawn(async move {
        for id in 1..30 {
            other.chat_user_messages().get(id).await.unwrap();
            other.chat_user_messages().delete(id).await.unwrap();
        }
    });
    timeout(LONG, work).await.unwrap().unwrap();
    while let Some(page) = timeout(LONG, pages.next()).await.unwrap() {
        page.unwrap();
    }
    drop(begun);
}

#[tokio::test(start_paused = true)]
async fn calls_that_are_dropped_do_not_slow_others_down() {
    let client = limited(&service(), "dropped");
    let messages = client.chat_user_messages();
    let calls: Vec<_> = (1..=500).map(|id| tokio::spawn(messages.get(id))).collect();
    tokio::time::sleep(Duration::from_millis(50)).await;
    calls.iter().for_each(tokio::task::JoinHandle::abort);
    tokio::task::yield_now().await;
    let start = Instant::now();
    messages.get(1).await.unwrap();
    assert!(start.elapsed() < Duration::from_secs(1), "{:?}", start.elapsed());
}

#[cfg(feature = "blocking")]
#[test]
fn the_blocking_iterator() {
    use nexudus_client::blocking;
    let limit = RateLimit::default().reads(2, 1000.0);
    let memory = service();
    let settings = memory.builder().base_url("http://localhost/iterator").rate_limit(limit);
    let (client, (told, end)) = (blocking::Client::new(settings).unwrap(), std::sync::mpsc::channel());
    std::thread::spawn(move || {
        let messages = client.chat_user_messages();
        let items = messages.list().page_size(2).in_flight(4).items();
        let got: Vec<_> = items.map(|item| messages.get(item.unwrap().id().unwrap()).unwrap()).collect();
        told.send(got.len()).unwrap();
    });
    assert_eq!(end.recv_timeout(Duration::from_mins(1)).unwrap(), 80);
}

#[cfg(feature = "blocking")]
#[tokio::test]
async fn a_blocking_client_may_be_dropped_anywhere() {
    let settings = service().builder();
    let client = std::thread::spawn(|| nexudus_client::blocking::Client::new(settings).unwrap()).join().unwrap();
    let endpoint = client.chat_user_messages();
    drop(client);
    drop(endpoint);
}

#[tokio::test(start_paused = true)]
async fn waiting_for_a_turn_counts_against_the_limits() {
    let memory = service();
    let limit = RateLimit::default().reads(1, 0.01);
    let client = memory.builder().base_url("http://localhost/limits").rate_limit(limit).build().unwrap();
    client.user_messages().get(1).await.unwrap();
    for client in [
        client.with_timeout(Duration::from_secs(5)),
        client.with_retry(Retry::default().total_time(Duration::from_secs(5))),
        client.with_retry(Retry::none().total_time(Duration::ZERO)),
    ] {
        let start = Instant::now();
        let error = client.user_messages().get(1).await.unwrap_err();
        assert!(start.elapsed() <= Duration::from_secs(5));
        assert!(error.is_throttled() && error.is_retryable() && error.outcome() == Outcome::NotDone, "{error}");
        assert!(error.retry_after().unwrap() > Duration::from_secs(90));
        assert_eq!(error.attempts(), 0);
    }
    assert_eq!(memory.count("GET"), 1);
}

#[tokio::test(start_paused = true)]
async fn limits_of_any_size_are_limits() {
    let memory = service();
    for time in [Duration::ZERO, Duration::MAX, Duration::from_secs(u64::MAX), Duration::from_nanos(1)] {
        let retry = Retry::default().total_time(time).delays(time, time).attempts(u32::MAX);
        let builder = memory.builder().timeout(time).read_timeout(time).connect_timeout(time).retry(retry);
        let _ = builder.build().unwrap().user_messages().get(1).await;
    }
}

/// A token endpoint that never answers, and one that answers each second request.
#[tokio::test(start_paused = true)]
async fn a_renewal_that_nobody_polls_holds_nobody_up() {
    struct Silent;
    impl nexudus_client::transport::Transport for Silent {
        fn send(
            &self,
            _: nexudus_client::transport::Request,
        ) -> nexudus_client::transport::BoxFuture<
            '_,
            Result<nexudus_client::transport::Response, nexudus_client::transport::TransportError>,
        > {
            Box::pin(std::future::pending())
        }
    }
    let login = Credentials::login("ana@example.com", "secret");
    let builder = Client::builder().base_url("http://localhost/silent").transport(Arc::new(Silent));
    let client = builder.credentials(login).build().unwrap();
    let mut first = client.user_messages().get(1);
    assert!(pin!(&mut first).poll(&mut Context::from_waker(Waker::noop())).is_pending());
    let start = Instant::now();
    let error = client.chat_user_messages().delete(2).await.unwrap_err();
    assert!(error.is_timeout() && error.outcome() == Outcome::NotDone, "{error}");
    assert_eq!((error.step(), error.operation(), error.id()), (Some("get a token"), "delete", Some(2)));
    assert!(start.elapsed() <= Duration::from_mins(3), "{:?}", start.elapsed());
}

/// Callers that begin a renewal and are dropped or paused, one after the other.
#[tokio::test(start_paused = true)]
async fn a_renewal_outlives_its_callers() {
    let memory = Memory::new(|request| {
        if request.uri().path().ends_with("/token") {
            (200, r#"{"access_token":"a","expires_in":1000,"refresh_token":"r"}"#.into())
        } else {
            (200, r#"{"Id":1}"#.into())
        }
    });
    let client = memory.builder().credentials(Credentials::login("ana@example.com", "secret")).build().unwrap();
    let mut paused = Vec::new();
    for number in 0..10 {
        let mut call = client.user_messages().get(1);
        assert!(pin!(&mut call).poll(&mut Context::from_waker(Waker::noop())).is_pending());
        if number % 2 == 0 {
            paused.push(call);
        }
    }
    timeout(LONG, client.user_messages().get(1)).await.unwrap().unwrap();
    for call in paused {
        timeout(LONG, call).await.unwrap().unwrap();
    }
    assert_eq!(memory.count("POST"), 1);
}
