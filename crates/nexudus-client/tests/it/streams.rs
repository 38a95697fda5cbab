//! Lists of many pages.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use crate::memory::Memory;

fn query(request: &http::Request<bytes::Bytes>, name: &str) -> Option<usize> {
    let pairs = request.uri().query()?.split('&');
    pairs.filter_map(|pair| pair.split_once('=')).find(|(key, _)| *key == name)?.1.parse().ok()
}

/// A list of records with these ids, as the service pages it.
fn paged(ids: impl Fn(usize) -> Vec<i64> + Send + Sync + 'static) -> Arc<Memory> {
    let asked = AtomicUsize::new(0);
    Memory::new(move |request| {
        let ids = ids(asked.fetch_add(1, Ordering::Relaxed) + 1);
        let (page, size) = (query(request, "page").unwrap_or(1), query(request, "size").unwrap_or(25));
        let records: Vec<_> =
            ids.chunks(size).nth(page - 1).unwrap_or_default().iter().map(|id| format!(r#"{{"Id":{id}}}"#)).collect();
        let pages = ids.len().div_ceil(size);
        let (records, total, next) = (records.join(","), ids.len(), page < pages);
        (
            200,
            format!(
                r#"{{"Records":[{records}],"CurrentPage":{page},"TotalItems":{total},"TotalPages":{pages},"HasNextPage":{next}}}"#
            ),
        )
    })
}

async fn ids(memory: &Arc<Memory>, in_flight: usize) -> (Vec<i64>, nexudus_client::ListDrift) {
    let mut items = memory.client().user_messages().list().page_size(10).in_flight(in_flight).items();
    let mut ids = Vec::new();
    while let Some(record) = items.next().await {
        ids.push(record.unwrap().id().unwrap().get());
    }
    (ids, items.drift().clone())
}

#[tokio::test]
async fn all_records_come_in_order_and_once() {
    for in_flight in [1, 3, 16] {
        for length in [0, 1, 10, 11, 95] {
            let memory = paged(move |_| (1..=length).collect());
            let (got, moved) = ids(&memory, in_flight).await;
            assert_eq!(got, (1..=length).collect::<Vec<_>>());
            assert!(!moved.has_drifted());
            let expected = usize::try_from(length).unwrap().div_ceil(10).max(1);
            assert_eq!(memory.count("GET"), expected, "{length} records, {in_flight} in flight");
        }
    }
}

#[tokio::test]
async fn no_more_pages_are_under_way_than_allowed() {
    let memory = paged(|_| (1..=1000).collect());
    let mut pages = memory.client().user_messages().list().page_size(10).in_flight(4).pages();
    for _ in 0..3 {
        pages.next().await.unwrap().unwrap();
    }
    for _ in 0..50 {
        tokio::task::yield_now().await;
    }
    assert!(memory.count("GET") <= 3 + 4, "{}", memory.count("GET"));
}

#[tokio::test]
async fn a_list_that_moves_is_noticed() {
    // A new record comes in front after the first page.
    let memory = paged(|asked| if asked == 1 { (1..=30).collect() } else { (0..=30).collect() });
    let (got, moved) = ids(&memory, 1).await;
    assert_eq!(got, (1..=30).collect::<Vec<_>>());
    assert_eq!(moved.repeated, [10]);
    assert_eq!(moved.total, Some((30, 31)));

    // One goes, and another is passed over.
    let memory = paged(|asked| (if asked == 1 { 1..=30 } else { 2..=30 }).collect());
    let (got, moved) = ids(&memory, 1).await;
    assert!(!got.contains(&11));
    assert!(moved.has_drifted());
}

#[tokio::test]
async fn an_error_ends_a_stream() {
    let memory = Memory::new(|request| match query(request, "page") {
        Some(1) => (200, r#"{"Records":[{"Id":1}],"TotalPages":9}"#.into()),
        _ => (401, String::new()),
    });
    let mut items = memory.client().user_messages().list().in_flight(3).items();
    assert!(items.next().await.unwrap().is_ok());
    assert!(items.next().await.unwrap().unwrap_err().is_unauthorized());
    assert!(items.next().await.is_none());
}

#[tokio::test]
async fn short_questions() {
    let memory = paged(|_| (1..=95).collect());
    let list = memory.client().user_messages().list();
    assert_eq!(list.clone().count().await.unwrap(), 95);
    assert_eq!(list.clone().first().await.unwrap().unwrap().id().unwrap().get(), 1);
    assert!(list.clone().exists().await.unwrap());
    let some = list.clone().page_size(10).collect(25).await.unwrap();
    assert_eq!((some.records.len(), some.more), (25, true));
    let all = list.collect(95).await.unwrap();
    assert_eq!((all.records.len(), all.more), (95, false));
    let memory = paged(|_| Vec::new());
    assert!(!memory.client().user_messages().list().exists().await.unwrap());
}

#[tokio::test]
async fn several_by_their_ids() {
    let memory = Memory::new(|request| {
        if request.uri().path().ends_with('/') {
            return (200, r#"[{"Id":1,"ToUsers":[]},{"Id":3,"ToUsers":[]}]"#.into());
        }
        let id = request.uri().path().rsplit('/').next().unwrap();
        if id == "2" { (404, r#""Not found""#.into()) } else { (200, format!(r#"{{"Id":{id},"ToUsers":[5]}}"#)) }
    });
    let messages = memory.client().user_messages();
    assert_eq!(messages.get_many([1, 2, 3]).await.unwrap().len(), 2);
    assert_eq!(memory.lines(), ["GET /api/sys/usermessages/?id=[1,2,3]"]);
    let complete = messages.get_many([3, 2, 1]).complete().await.unwrap();
    let ids: Vec<_> = complete.iter().map(|message| message.id().get()).collect();
    assert_eq!(ids, [3, 1]);
    assert_eq!(complete[0].to_users.as_ref().unwrap().len(), 1);
}

#[tokio::test]
async fn a_create_that_can_be_repeated() {
    use nexudus_client::model::sys::{ChatUserMessageRequired, NewChatUserMessage};
    let made = Arc::new(Mutex::new(Vec::<String>::new()));
    let bodies = Arc::clone(&made);
    let memory = Memory::new(move |request| {
        let mut bodies = bodies.lock().unwrap();
        if request.method() == "POST" {
            bodies.push(String::from_utf8(request.body().to_vec()).unwrap());
            return (200, r#"{"Status":200,"Value":{"Id":9},"WasSuccessful":true}"#.into());
        }
        // The filter of the service takes a part of the text too.
        let found = if bodies.is_empty() {
            r#"{"Id":1,"SystemId":"row 5b"}"#
        } else {
            r#"{"Id":1,"SystemId":"row 5b"},{"Id":9,"SystemId":"row 5"}"#
        };
        (200, format!(r#"{{"Records":[{found}]}}"#))
    });
    let messages = memory.client().chat_user_messages();
    let draft = NewChatUserMessage::new(ChatUserMessageRequired { from_user_id: 1.into() });
    let first = messages.upsert_by_system_id("row 5", &draft).await.unwrap();
    assert_eq!((first.id.get(), first.created), (9, true));
    let second = messages.upsert_by_system_id("row 5", &draft).await.unwrap();
    assert_eq!((second.id.get(), second.created), (9, false));
    assert_eq!(*made.lock().unwrap(), [r#"{"FromUserId":1,"SystemId":"row 5"}"#]);
}
