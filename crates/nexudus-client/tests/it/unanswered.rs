//! Updates whose PUT is not answered, and updates beside those of others.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use nexudus_client::model::sys::{ChatUserMessageRequired, NewChatUserMessage};
use nexudus_client::{OnConflict, Outcome, Result, Retry, Updated};

use crate::memory::Memory;

/// A service with one record, whose PUTs are lost on the way and land later.
struct Late {
    /// The record as it is now.
    record: String,
    /// PUTs that did not land yet, each with the number of reads that it takes its time for.
    under_way: Vec<(usize, String)>,
    /// What becomes of the next PUTs: how many reads later each lands; `None` for at once, with an answer.
    puts: Vec<Option<usize>>,
}

fn service(late: Late) -> Arc<Memory> {
    let state = Mutex::new(late);
    Memory::new(move |request| {
        let mut state = state.lock().unwrap();
        if request.method() == "PUT" {
            let body = String::from_utf8(request.body().to_vec()).unwrap();
            let fate = if state.puts.is_empty() { None } else { state.puts.remove(0) };
            return match fate {
                None => {
                    state.record = body;
                    (200, r#"{"WasSuccessful":true,"Value":{"Id":7}}"#.into())
                }
                Some(reads) => {
                    state.under_way.push((reads, body));
                    (503, String::new())
                }
            };
        }
        let landed: Vec<_> =
            state.under_way.iter().filter(|(left, _)| *left == 0).map(|(_, body)| body.clone()).collect();
        state.under_way.retain(|(left, _)| *left > 0);
        for body in landed {
            state.record = body;
        }
        for (left, _) in &mut state.under_way {
            *left -= 1;
        }
        (200, state.record.clone())
    })
}

fn record(stamp: &str, text: &str) -> String {
    format!(r#"{{"FromUserId":1,"ChatText":"{text}","Id":7,"UpdatedOn":{stamp},"More":1}}"#)
}

/// Adds an `x`, and says how often it was asked to.
async fn add(memory: &Arc<Memory>, on_conflict: OnConflict) -> (Result<Updated>, usize) {
    let retry = Retry::default().delays(Duration::from_millis(1), Duration::from_millis(1));
    let client = memory.builder().retry(retry).build().unwrap();
    let times = AtomicUsize::new(0);
    let messages = client.chat_user_messages();
    let update = messages.update(7, |message| {
        times.fetch_add(1, Ordering::Relaxed);
        message.chat_text = Some(format!("{}x", message.chat_text.as_deref().unwrap_or_default()));
    });
    let result = update.on_conflict(on_conflict).await;
    (result, times.load(Ordering::Relaxed))
}

const STAMP: &str = r#""2026-01-01T00:00:00Z""#;

#[tokio::test]
async fn a_put_that_lands_late_is_made_once() {
    for on_conflict in [OnConflict::Retry, OnConflict::Report, OnConflict::Overwrite] {
        for reads in 0..6 {
            let late = Late { record: record(STAMP, ""), under_way: Vec::new(), puts: vec![Some(reads)] };
            let memory = service(late);
            let (result, times) = add(&memory, on_conflict).await;
            result.unwrap();
            assert_eq!(times, 1, "{on_conflict:?}, {reads}");
            let now = memory.client().chat_user_messages().get(7).await.unwrap();
            assert_eq!(now.chat_text.as_deref(), Some("x"), "{on_conflict:?}, {reads}");
        }
    }
}

#[tokio::test]
async fn puts_that_never_seem_to_land_are_unknown() {
    let late = Late { record: record(STAMP, ""), under_way: Vec::new(), puts: vec![Some(usize::MAX); 9] };
    let memory = service(late);
    let (result, times) = add(&memory, OnConflict::Retry).await;
    let error = result.unwrap_err();
    assert_eq!((error.outcome(), times), (Outcome::Unknown, 1), "{error}");
    assert_eq!(memory.count("PUT"), 8);
}

/// A service whose first PUT is not answered and which then shows another's change.
fn overtaken(then: (u16, &'static str)) -> Arc<Memory> {
    let puts = AtomicUsize::new(0);
    Memory::new(move |request| {
        if request.method() == "PUT" {
            return match puts.fetch_add(1, Ordering::Relaxed) {
                0 => (503, String::new()),
                _ => (then.0, then.1.to_owned()),
            };
        }
        (200, record(STAMP, if puts.load(Ordering::Relaxed) > 0 && then.0 == 0 { "other" } else { "" }))
    })
}

#[tokio::test]
async fn an_own_put_without_an_answer_is_never_called_a_conflict() {
    let memory = overtaken((0, ""));
    let (result, times) = add(&memory, OnConflict::Retry).await;
    let error = result.unwrap_err();
    assert_eq!((error.outcome(), error.is_conflict(), times), (Outcome::Unknown, false, 1), "{error}");
    assert!(!error.to_string().contains("nothing was sent"), "{error}");
    assert_eq!(memory.count("PUT"), 1);

    // The second PUT is refused, but the first may land yet.
    let refusal = r#"{"Message":"no","WasSuccessful":false,"Errors":[{"Message":"no","PropertyName":"ChatText"}]}"#;
    for then in [(400, refusal), (401, "{}"), (200, refusal)] {
        let memory = overtaken(then);
        let (result, _) = add(&memory, OnConflict::Retry).await;
        let error = result.unwrap_err();
        assert_eq!(error.outcome(), Outcome::Unknown, "{then:?}: {error}");
    }
}

#[tokio::test]
async fn a_refused_put_is_not_done() {
    let refusal = r#"{"Message":"no","WasSuccessful":false}"#;
    let memory = Memory::new(move |request| match request.method().as_str() {
        "PUT" => (200, refusal.to_owned()),
        _ => (200, record(STAMP, "")),
    });
    let (result, _) = add(&memory, OnConflict::Retry).await;
    let error = result.unwrap_err();
    assert_eq!((error.outcome(), error.is_refused()), (Outcome::NotDone, true), "{error}");
}

#[tokio::test]
async fn a_change_by_somebody_else_is_seen_whatever_the_stamp_says() {
    for stamp in [STAMP, "null", r#""yesterday""#, "7"] {
        for (before, after) in [
            (record(stamp, ""), record(stamp, "other")),
            (record(stamp, ""), record(stamp, "").replace(r#""More":1"#, r#""More":2"#)),
            (record(stamp, ""), record(stamp, "").replace(r#","More":1"#, r#","More":1,"Extra":[1]"#)),
        ] {
            let reads = AtomicUsize::new(0);
            let sent = Arc::new(Mutex::new(String::new()));
            let put = Arc::clone(&sent);
            let memory = Memory::new(move |request| {
                if request.method() == "PUT" {
                    *put.lock().unwrap() = String::from_utf8(request.body().to_vec()).unwrap();
                    return (200, r#"{"WasSuccessful":true,"Value":{"Id":7}}"#.into());
                }
                let first = reads.fetch_add(1, Ordering::Relaxed).is_multiple_of(4);
                (200, if first { before.clone() } else { after.clone() })
            });
            let error = add(&memory, OnConflict::Report).await.0.unwrap_err();
            assert!(error.is_conflict() && error.outcome() == Outcome::NotDone, "{error}");
            assert!(sent.lock().unwrap().is_empty());
            // The change is made again to what the other made of it, and keeps that.
            memory.client().chat_user_messages().get(7).await.unwrap();
            memory.client().chat_user_messages().get(7).await.unwrap();
            let (result, times) = add(&memory, OnConflict::Retry).await;
            result.unwrap();
            assert_eq!(times, 2);
            let expected = add_x(&memory).await;
            assert_eq!(*sent.lock().unwrap(), expected);
        }
    }
}

/// The record as it is now, with an `x` added.
async fn add_x(memory: &Arc<Memory>) -> String {
    let mut now = memory.client().chat_user_messages().get(7).await.unwrap();
    now.chat_text = Some(format!("{}x", now.chat_text.as_deref().unwrap_or_default()));
    String::from_utf8(now.body().unwrap()).unwrap()
}

/// What nobody but the service writes is no reason for a conflict: some of it differs in each answer.
#[tokio::test]
async fn what_only_the_service_writes_is_no_conflict() {
    let reads = AtomicUsize::new(0);
    let memory = Memory::new(move |request| {
        if request.method() == "PUT" {
            return (200, r#"{"WasSuccessful":true,"Value":{"Id":7}}"#.into());
        }
        let label = reads.fetch_add(1, Ordering::Relaxed);
        (200, format!(r#"{{"FromUserId":1,"Id":7,"UpdatedOn":null,"ToStringText":"{label}"}}"#))
    });
    let (result, times) = add(&memory, OnConflict::Report).await;
    result.unwrap();
    assert_eq!(times, 1);
}

/// A record with every property, since only such an answer to a create is taken for the record.
fn whole(time: &str) -> String {
    let stamp = format!("\"2026-01-01T{time}\"");
    let table = nexudus_client::model::find("ChatUserMessage").unwrap();
    let known = record(&stamp, "");
    let others = table.all_fields().filter(|field| !known.contains(&format!("\"{}\":", field.name)));
    others.fold(known.clone(), |record, field| format!("{},\"{}\":null}}", record.trim_end_matches('}'), field.name))
}

/// The answer of a create has up to seven digits of a second; the same record, when it is got, has whole seconds.
#[tokio::test]
async fn the_digits_of_a_second_in_a_created_record_are_no_conflict() {
    for (now, conflict) in
        [("10:00:00Z", false), ("10:00:01Z", false), ("10:00:02Z", true), ("10:00:00.1Z", true), ("9:59:59Z", true)]
    {
        let got = whole(now);
        let memory = Memory::new(move |request| match request.method().as_str() {
            "POST" => {
                let created = whole("10:00:00.0479851Z");
                (200, format!(r#"{{"WasSuccessful":true,"Value":{created}}}"#))
            }
            "PUT" => (200, r#"{"WasSuccessful":true,"Value":{"Id":7}}"#.into()),
            _ => (200, got.clone()),
        });
        let client = memory.client();
        let messages = client.chat_user_messages();
        let draft = NewChatUserMessage::new(ChatUserMessageRequired { from_user_id: 1.into() });
        let mut message = messages.create_and_get(&draft).await.unwrap();
        message.chat_text = Some("x".into());
        let result = messages.replace(&message).await;
        assert_eq!(result.as_ref().is_err_and(nexudus_client::Error::is_conflict), conflict, "{now}: {result:?}");
    }
}
