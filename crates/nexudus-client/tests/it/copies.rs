//! Copies of records share their properties until one of the two is changed, and no program can tell.

use std::mem;
use std::sync::{Arc, Mutex};

use nexudus_client::Full;
use nexudus_client::model::core::AnyFull;
use nexudus_client::model::sys::ChatUserMessage;

use crate::memory::Memory;

fn message(id: i64, text: &str) -> String {
    format!(r#"{{"ChatText":"{text}","Id":{id},"Odd":1.50}}"#)
}

/// A service with messages whose text is their id, and what was written to it.
fn service() -> (Arc<Memory>, Arc<Mutex<Vec<String>>>) {
    let written = Arc::new(Mutex::new(Vec::new()));
    let puts = Arc::clone(&written);
    let memory = Memory::new(move |request| {
        if request.method() == "PUT" {
            puts.lock().unwrap().push(String::from_utf8(request.body().to_vec()).unwrap());
            return (200, r#"{"Status":200,"WasSuccessful":true}"#.into());
        }
        let id = request.uri().path().rsplit('/').next().unwrap().parse().unwrap();
        (200, message(id, &id.to_string()))
    });
    (memory, written)
}

#[tokio::test]
async fn copies_that_an_update_leaves_behind_stay_as_they_were() {
    let (memory, written) = service();
    let mut left = Vec::new();
    let updated = memory
        .client()
        .chat_user_messages()
        .update(7, |record| {
            left.push(record.clone());
            record.chat_text = Some("two".to_owned());
            left.push(record.clone());
            left[0].chat_text = Some("no".to_owned());
            record.common.system_id = Some("more".to_owned());
        })
        .await
        .unwrap();
    assert_eq!(updated.changes.len(), 2);
    assert_eq!(*written.lock().unwrap(), [r#"{"ChatText":"two","Id":7,"SystemId":"more","Odd":1.50}"#]);
    let texts: Vec<_> =
        left.iter().map(|record| (record.chat_text.as_deref(), record.common.system_id.as_deref())).collect();
    assert_eq!(texts, [(Some("no"), None), (Some("two"), None)]);
}

#[tokio::test]
async fn another_record_in_the_place_of_the_complete_one_is_refused() {
    let (memory, written) = service();
    let messages = memory.client().chat_user_messages();
    let other = ChatUserMessage::default();
    let replaced = messages.update(7, |record| *record = other.clone()).await;
    assert!(replaced.is_err(), "{replaced:?}");
    let (mut one, mut two) = (messages.get(7).await.unwrap(), messages.get(8).await.unwrap());
    mem::swap(&mut *one, &mut *two);
    let swapped = messages.replace(&one).await;
    assert!(swapped.is_err(), "{swapped:?}");
    assert_eq!(*written.lock().unwrap(), [""; 0]);
}

#[test]
fn a_copy_of_a_complete_record_is_complete_and_apart() {
    let full = Full::<ChatUserMessage>::decode(message(7, "one")).unwrap();
    let mut copy = full.clone();
    copy.chat_text = Some("two".to_owned());
    assert_eq!((full.changes().len(), copy.changes().len()), (0, 1));
    assert_eq!(String::from_utf8(full.body().unwrap()).unwrap(), message(7, "one"));
    assert_eq!(String::from_utf8(copy.body().unwrap()).unwrap(), message(7, "two"));
    // What is taken out of a copy can't be sent back; the other can.
    let taken = copy.clone().into_record();
    assert_eq!(taken.chat_text.as_deref(), Some("two"));
    assert_eq!(String::from_utf8(copy.body().unwrap()).unwrap(), message(7, "two"));
    let any = AnyFull::decode(full.received().describe(), message(7, "one")).unwrap();
    let mut other = any.clone();
    other.set_property("ChatText", "two").unwrap();
    assert_eq!((any.changes().len(), other.changes().len()), (0, 1));
    assert_eq!(other.typed::<ChatUserMessage>().unwrap().body().unwrap(), copy.body().unwrap());
}
