//! A service that answers with something else than what was asked for.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use nexudus_client::model::sys::{ChatUserMessageRequired, NewChatUserMessage, UserMessage};
use nexudus_client::{Client, Entity as _, ListDrift, Outcome};

use crate::memory::Memory;

/// A service that answers with these, one after the other, and then with the last one again.
fn script(answers: impl IntoIterator<Item = (u16, String)>) -> Arc<Memory> {
    let answers: Vec<_> = answers.into_iter().collect();
    let next = AtomicUsize::new(0);
    Memory::new(move |_| {
        let at = next.fetch_add(1, Ordering::Relaxed).min(answers.len() - 1);
        answers[at].clone()
    })
}

fn always(body: &str) -> Arc<Memory> {
    script([(200, body.to_owned())])
}

fn draft() -> NewChatUserMessage {
    NewChatUserMessage::new(ChatUserMessageRequired { from_user_id: 1.into() })
}

fn page_of(request: &http::Request<bytes::Bytes>) -> i64 {
    let pairs = request.uri().query().unwrap_or_default().split('&');
    pairs
        .filter_map(|pair| pair.split_once('='))
        .find(|(key, _)| *key == "page")
        .map_or(1, |(_, page)| page.parse().unwrap())
}

#[tokio::test]
async fn a_get_takes_no_other_record() {
    for (body, what) in [
        (r#"{"Id":6,"Header":"x"}"#, "received another record, with the Id 6"),
        ("{}", "expected a record, found an object without an Id that can be read"),
        (r#"{"Records":[]}"#, "expected a record, found an object without an Id that can be read"),
        (r#"{"Id":null}"#, "expected a record, found an object without an Id that can be read"),
        (r#"{"Id":"five"}"#, "expected a record, found an object without an Id that can be read"),
        (r#"{"WasSuccessful":true,"Value":{"Id":5}}"#, "expected a record, found the envelope of a write"),
        (r#"{"Id":5,"WasSuccessful":true}"#, "expected a record, found the envelope of a write"),
        (
            r#"{"WasSuccessful":false,"Message":"Out of order.","Value":null}"#,
            "the service did not execute the request (HTTP 200): Out of order.",
        ),
    ] {
        let messages = always(body).client().user_messages();
        for error in [messages.get(5).await.unwrap_err(), messages.get_opt(5).await.unwrap_err()] {
            assert!(error.to_string().contains(what), "{body}: {error}");
            assert_eq!((error.outcome(), error.id()), (Outcome::NotDone, Some(5)), "{body}");
        }
    }
    // Some records have properties of these names.
    let memory = always(r#"{"Id":"5","Message":"hello","Value":{"Id":7},"Status":200}"#);
    assert_eq!(memory.client().user_messages().get(5).await.unwrap().id().get(), 5);
}

#[tokio::test]
async fn an_update_writes_no_other_record() {
    for body in [r#"{"Id":6,"FromUserId":1,"ChatText":"a"}"#, "{}", r#"{"Records":[]}"#, r#"{"WasSuccessful":true}"#] {
        let memory = always(body);
        let messages = memory.client().chat_user_messages();
        let error = messages.update(5, |message| message.chat_text = Some("b".into())).await.unwrap_err();
        assert_eq!((error.outcome(), error.step()), (Outcome::NotDone, Some("read the record")), "{error}");
        assert_eq!(memory.count("PUT"), 0);
    }
}

#[tokio::test]
async fn a_create_is_done_once_the_service_says_so() {
    for value in ["5", "5.0", r#""5""#, r#"{"Id":5}"#, r#"{"id":"5"}"#, r#"{"Id":5,"ChatText":"hello"}"#] {
        let memory = always(&format!(r#"{{"Status":200,"WasSuccessful":true,"Value":{value}}}"#));
        assert_eq!(memory.client().chat_user_messages().create(draft()).await.unwrap().get(), 5, "{value}");
    }
    for value in ["null", "true", "[]", "{}", r#""five""#, r#"{"Id":null}"#, "99999999999999999999"] {
        let memory = always(&format!(r#"{{"Status":200,"WasSuccessful":true,"Value":{value}}}"#));
        let messages = memory.client().chat_user_messages();
        for error in
            [messages.create(draft()).await.unwrap_err(), messages.create_and_get(draft()).await.map(drop).unwrap_err()]
        {
            assert_eq!(error.outcome(), Outcome::Done, "{value}: {error}");
            assert!(!error.is_retryable() && !error.is_outcome_unknown(), "{value}");
        }
        assert_eq!(memory.lines().len(), 2, "a create is sent once");
    }
}

#[tokio::test]
async fn a_status_that_contradicts_its_body_is_not_believed() {
    let body = r#"{"Status":200,"WasSuccessful":true,"Value":{"Id":9}}"#;
    // 401 would renew a token and send it again, and so would 409 and 429 after a wait.
    for status in [304, 400, 401, 403, 404, 405, 409, 425, 429, 500, 503, 521] {
        let memory = script([(status, body.to_owned())]);
        let messages = memory.client().chat_user_messages();
        for error in
            [messages.create(draft()).await.unwrap_err(), messages.create_and_get(draft()).await.map(drop).unwrap_err()]
        {
            assert_eq!((error.outcome(), error.id()), (Outcome::Unknown, Some(9)), "{status}: {error}");
        }
        assert_eq!(memory.lines().len(), 2, "{status}: a create is sent once");
    }
    // What was refused has no id.
    let memory = script([(400, body.replace("true", "false"))]);
    let error = memory.client().chat_user_messages().create(draft()).await.unwrap_err();
    assert_eq!((error.outcome(), error.id()), (Outcome::NotDone, None), "{error}");
}

#[tokio::test]
async fn a_create_whose_read_fails_is_done() {
    let made = r#"{"Status":200,"WasSuccessful":true,"Value":{"Id":9}}"#.to_owned();
    for lost in [(500, String::new()), (404, r#""Not found""#.to_owned()), (200, "{}".to_owned()), (429, String::new())]
    {
        let memory = script([(200, made.clone()), lost]);
        let client = memory.builder().retry(nexudus_client::Retry::none()).build().unwrap();
        let error = client.chat_user_messages().create_and_get(draft()).await.unwrap_err();
        assert_eq!((error.outcome(), error.id(), error.step()), (Outcome::Done, Some(9), Some("get the new record")));
        assert!(!error.is_retryable(), "{error}");
        assert_eq!(memory.count("POST"), 1);
    }
    let memory = script([(200, made), (404, r#""Not found""#.to_owned())]);
    let error = memory.client().chat_user_messages().create_and_get(draft()).await.unwrap_err();
    insta::assert_snapshot!(error, @"create and get ChatUserMessage 9: get the new record: there is no such record (HTTP 404): Not found; the write succeeded, so do not repeat it");
}

#[tokio::test]
async fn a_create_that_answers_with_the_record_needs_no_second_request() {
    let record = r#"{"Id":9,"FromUserId":1,"ToUsers":[],"ChatText":"hello","Delievered":false,"SystemId":null,
        "CustomFields":null,"More":1.50}"#;
    let memory = always(&format!(r#"{{"Status":200,"WasSuccessful":true,"Value":{record}}}"#));
    let created = memory.client().chat_user_messages().create_and_get(draft()).await.unwrap();
    assert_eq!(created.chat_text.as_deref(), Some("hello"));
    assert_eq!(memory.lines(), ["POST /api/sys/chatusermessages"]);
    // It is complete, so it may be written back; one that lacks a property that an update would clear is not.
    let memory = Memory::new(|request| match request.method().as_str() {
        "POST" => (200, r#"{"WasSuccessful":true,"Value":{"Id":9,"ChatText":"hello"}}"#.into()),
        _ => (200, r#"{"Id":9,"FromUserId":1,"ToUsers":[5],"ChatText":"hello"}"#.into()),
    });
    let created = memory.client().chat_user_messages().create_and_get(draft()).await.unwrap();
    assert_eq!(created.to_users.as_ref().unwrap().len(), 1);
    assert_eq!(memory.lines(), ["POST /api/sys/chatusermessages", "GET /api/sys/chatusermessages/9"]);
}

/// Lists records with these texts in `SystemId`; gets them with the texts in the second place.
fn listed(rows: &'static [(&'static str, &'static str)]) -> Arc<Memory> {
    Memory::new(move |request| {
        if request.method() == "POST" {
            return (200, r#"{"WasSuccessful":true,"Value":{"Id":99}}"#.into());
        }
        if let Ok(id) = request.uri().path().rsplit('/').next().unwrap().parse::<usize>() {
            return (200, format!(r#"{{"Id":{id},"SystemId":{}}}"#, rows[id - 1].1));
        }
        let records: Vec<_> =
            rows.iter().enumerate().map(|(at, (row, _))| format!(r#"{{"Id":{}{row}}}"#, at + 1)).collect();
        (200, format!(r#"{{"Records":[{}],"TotalItems":{},"HasNextPage":false}}"#, records.join(","), rows.len()))
    })
}

#[tokio::test]
async fn an_upsert_makes_no_second_record() {
    for (rows, id) in [
        // The row does not show it, in two ways.
        (&[("", r#""row 5""#)][..], 1),
        (&[(r#","SystemId":null"#, r#""other""#), (r#","SystemId":null"#, r#""row 5""#)], 2),
        // It differs in case or blanks.
        (&[(r#","SystemId":"Row 5""#, "")], 1),
        (&[(r#","SystemId":"  row  5 ""#, "")], 1),
        // The exact one goes before.
        (&[(r#","SystemId":"ROW 5""#, ""), (r#","SystemId":"row 5""#, "")], 2),
    ] {
        let memory = listed(rows);
        let found = memory.client().chat_user_messages().upsert_by_system_id("row 5", draft()).await.unwrap();
        assert_eq!((found.id.get(), found.created, memory.count("POST")), (id, false, 0), "{rows:?}");
    }
    let memory = listed(&[(r#","SystemId":"row 55""#, ""), ("", r#""other""#), ("", "null")]);
    let made = memory.client().chat_user_messages().upsert_by_system_id("row 5", draft()).await.unwrap();
    assert_eq!((made.id.get(), made.created), (99, true));
}

#[tokio::test]
async fn an_upsert_that_can_not_tell_creates_nothing() {
    let ignored = listed(&[(r#","SystemId":"another""#, "")]);
    let two = listed(&[(r#","SystemId":"ROW 5""#, ""), (r#","SystemId":"Row 5""#, "")]);
    let untold = listed(&[("", "null"); 30]);
    for (memory, what) in [
        (ignored, "the service ignored the filter ChatUserMessage_SystemId: record 1 does not match it"),
        (two, "the records [1, 2] have a SystemId that differs in case or blanks alone"),
        (untold, "30 listed records do not show their SystemId"),
        (listed(&[(r#","SystemId":{"a":1}"#, r#"{"a":1}"#)]), "the SystemId of record 1 is not a text"),
        (listed(&[(r#","SystemId":"Row 5","Id":null"#, "")]), "a listed record has no Id that can be read"),
        // A get that does not show it says nothing, and neither does one that finds nothing of what was just listed.
        (
            Memory::new(|request| match request.uri().path() {
                "/api/sys/chatusermessages/1" => (200, r#"{"Id":1}"#.into()),
                _ => (200, r#"{"Records":[{"Id":1}],"TotalItems":1,"HasNextPage":false}"#.into()),
            }),
            "record 1 does not show its SystemId",
        ),
        (
            Memory::new(|request| match request.uri().path() {
                "/api/sys/chatusermessages/1" => (404, r#""Not found""#.into()),
                _ => (200, r#"{"Records":[{"Id":1}],"TotalItems":1,"HasNextPage":false}"#.into()),
            }),
            "the list changed each time that it was read",
        ),
    ] {
        let error = memory.client().chat_user_messages().upsert_by_system_id("row 5", draft()).await.unwrap_err();
        assert!(error.to_string().contains(what), "{error}");
        assert_eq!((error.outcome(), error.step()), (Outcome::NotDone, Some("look for the SystemId")));
        assert_eq!(memory.count("POST"), 0);
    }
    let memory = always("{}");
    // A service that trims the values of filters does not find one with whitespace at an end, and makes another.
    for id in ["", " ", " lead", "trail ", "line\n", "\u{a0}x"] {
        let error = memory.client().chat_user_messages().upsert_by_system_id(id, draft()).await.unwrap_err();
        assert!(error.is_usage() && memory.lines().is_empty(), "{error}");
    }
}

#[tokio::test]
async fn an_upsert_reads_a_list_again_that_moves_by_a_page() {
    // Between the first page and the second, a record goes, so that the one that is looked for is passed over.
    let reads = AtomicUsize::new(0);
    let memory = Memory::new(move |request| {
        assert_eq!(request.method(), "GET");
        let read = reads.fetch_add(1, Ordering::Relaxed);
        let row = |id: i64, text: &str| format!(r#"{{"Id":{id},"SystemId":"row 5{text}"}}"#);
        let (records, total) = match (page_of(request), read) {
            (1, 0) => ((1..=250).map(|id| row(id, "b")).collect::<Vec<_>>(), 252),
            (1, _) => ((2..=251).map(|id| row(id, if id == 251 { "" } else { "b" })).collect(), 251),
            _ => (vec![row(252, "b")], 251),
        };
        let page = page_of(request);
        (
            200,
            format!(
                r#"{{"Records":[{}],"CurrentPage":{page},"TotalItems":{total},"TotalPages":2,"HasNextPage":{}}}"#,
                records.join(","),
                page == 1
            ),
        )
    });
    let found = memory.client().chat_user_messages().upsert_by_system_id("row 5", draft()).await.unwrap();
    assert_eq!((found.id.get(), found.created), (251, false));
}

#[tokio::test]
async fn no_records_on_the_first_page_are_not_no_records() {
    // The second page has the record.
    let memory = Memory::new(|request| match page_of(request) {
        1 => (200, r#"{"Records":[],"CurrentPage":1,"TotalPages":2,"TotalItems":1,"HasNextPage":true}"#.into()),
        _ => {
            (200, r#"{"Records":[{"Id":5}],"CurrentPage":2,"TotalPages":2,"TotalItems":1,"HasNextPage":false}"#.into())
        }
    });
    let messages = memory.client().user_messages();
    assert!(messages.list().exists().await.unwrap());
    assert_eq!(messages.list().first().await.unwrap().unwrap().id().unwrap().get(), 5);
    // None has it.
    let messages =
        always(r#"{"Records":[],"CurrentPage":1,"TotalPages":1,"TotalItems":1,"HasNextPage":false}"#).client();
    for error in [
        messages.user_messages().list().exists().await.unwrap_err(),
        messages.user_messages().list().first().await.map(drop).unwrap_err(),
    ] {
        assert!(error.to_string().contains("the service reports records, but sends none"), "{error}");
    }
    let none = always(r#"{"Records":[],"CurrentPage":1,"TotalPages":0,"TotalItems":0,"HasNextPage":false}"#).client();
    assert!(!none.user_messages().list().exists().await.unwrap());
    assert!(none.user_messages().list().first().await.unwrap().is_none());
    // A count that is below what it comes with.
    let memory = always(r#"{"Records":[{"Id":5}],"TotalItems":0}"#);
    let error = memory.client().user_messages().list().count().await.unwrap_err();
    assert!(error.to_string().contains("the service sends more records than it counts"), "{error}");
}

#[tokio::test]
async fn an_action_that_reports_its_failure_has_failed() {
    use nexudus_client::model::spaces::Booking;
    // It is documented to answer with an object of its own.
    let memory = always(r#"{"Status":500,"WasSuccessful":false,"Message":"No such resource"}"#);
    let action = memory.client().bookings().action(Booking::AVAILABLE_ACTION).record(&Booking::default());
    let error = action.run().await.map(drop).unwrap_err();
    assert!(error.is_refused() && error.message() == Some("No such resource"), "{error}");
}

#[tokio::test]
async fn several_by_their_ids_are_those_and_all_of_them() {
    let memory = always(r#"[{"Id":1},{"Id":9}]"#);
    let error = memory.client().user_messages().get_many([1, 2]).await.unwrap_err();
    assert!(error.is_ignored(), "{error}");
    insta::assert_snapshot!(error, @"get several of UserMessage: not what was asked for: the service ignored the ids: record 9 was not asked for");

    let memory = Memory::new(|request| {
        let page = page_of(request);
        (200, format!(r#"{{"Records":[{{"Id":{page}}}],"CurrentPage":{page},"HasNextPage":{}}}"#, page < 3))
    });
    let found = memory.client().user_messages().get_many([1, 2, 3, 3]).await.unwrap();
    assert_eq!(found.iter().map(|record| record.id().unwrap().get()).collect::<Vec<_>>(), [1, 2, 3]);
    assert_eq!(memory.lines()[1], "GET /api/sys/usermessages/?id=[1,2,3]&page=2");

    let memory = always(r#"{"Records":[{"Id":1}],"HasNextPage":true}"#);
    let error = memory.client().user_messages().get_many([1, 2]).await.unwrap_err();
    assert!(error.to_string().contains("the list does not end"), "{error}");
}

async fn ids(client: &Client, size: u32) -> nexudus_client::Result<(Vec<i64>, ListDrift)> {
    let mut items = client.user_messages().list().page_size(size).items();
    let mut ids = Vec::new();
    while let Some(record) = items.next().await {
        ids.extend(record?.id().map(nexudus_client::Id::get));
    }
    Ok((ids, items.drift().clone()))
}

fn rows(ids: impl IntoIterator<Item = i64>) -> String {
    ids.into_iter().map(|id| format!(r#"{{"Id":{id}}}"#)).collect::<Vec<_>>().join(",")
}

#[tokio::test]
async fn numbers_of_pages_and_records_may_be_anything() {
    let max = i64::MAX;
    for paging in [
        format!(r#""TotalItems":{max},"TotalPages":1"#),
        format!(r#""TotalItems":-5,"TotalPages":{}"#, i64::MIN),
        format!(r#""PageSize":{},"TotalItems":1"#, i64::MIN),
        r#""PageSize":0,"TotalItems":1"#.to_owned(),
        format!(r#""PageSize":1,"CurrentPage":{max},"TotalPages":1,"TotalItems":1"#),
    ] {
        let memory = always(&format!(r#"{{"Records":[{{"Id":1}}],{paging}}}"#));
        let (got, _) = ids(&memory.client(), 250).await.unwrap();
        assert_eq!((got, memory.lines().len()), (vec![1], 1), "{paging}");
    }
    let memory = always(&format!(r#"{{"Records":[{{"Id":1}}],"TotalItems":{max}}}"#));
    let messages = memory.client().user_messages();
    assert_eq!(messages.list().count().await.unwrap(), max.unsigned_abs());
    assert!(ids(&memory.client(), u32::MAX).await.unwrap_err().to_string().contains("the list does not end"));
    // The last page that has a number.
    let memory = Memory::new(|request| {
        let page = page_of(request);
        (200, format!(r#"{{"Records":[{{"Id":{page}}}],"CurrentPage":{page},"HasNextPage":true}}"#))
    });
    let mut items = memory.client().user_messages().list().page(u32::MAX - 1).in_flight(3).items();
    assert!(items.next().await.unwrap().is_ok() && items.next().await.unwrap().is_ok());
    assert!(items.next().await.is_none());
    assert!(!items.drift().has_drifted());
}

#[tokio::test]
async fn a_stream_goes_on_while_there_is_more() {
    // A page's worth of records is put in front after the first page.
    let memory = Memory::new(|request| {
        let page = page_of(request);
        let ids: Vec<i64> = if page == 1 { (251..=750).collect() } else { (1..=750).collect() };
        let records = rows(ids.chunks(250).nth(usize::try_from(page).unwrap() - 1).unwrap_or_default().iter().copied());
        let (total, more) = (ids.len(), page < 3);
        (200, format!(r#"{{"Records":[{records}],"CurrentPage":{page},"TotalItems":{total},"HasNextPage":{more}}}"#))
    });
    let (got, moved) = ids(&memory.client(), 250).await.unwrap();
    assert_eq!(got, (251..=750).collect::<Vec<_>>());
    assert_eq!((moved.repeated.len(), moved.total, moved.missing), (250, Some((500, 750)), 250));

    // A page in the middle is empty.
    let memory = Memory::new(|request| {
        let page = page_of(request);
        let records = if page == 2 { String::new() } else { rows([page]) };
        (200, format!(r#"{{"Records":[{records}],"HasNextPage":{}}}"#, page < 3))
    });
    assert_eq!(ids(&memory.client(), 1).await.unwrap().0, [1, 3]);

    // The service says nothing of pages.
    let memory = Memory::new(|request| {
        let page = page_of(request);
        (200, format!(r#"{{"Records":[{}]}}"#, if page < 5 { rows([page]) } else { String::new() }))
    });
    let (got, moved) = ids(&memory.client(), 1).await.unwrap();
    assert_eq!((got, moved.has_drifted()), (vec![1, 2, 3, 4], false));

    // The service counts more than it sends.
    let memory = always(r#"{"Records":[{"Id":1}],"TotalItems":7,"TotalPages":1,"HasNextPage":false}"#);
    assert_eq!(ids(&memory.client(), 250).await.unwrap().1.missing, 6);
}

#[tokio::test]
async fn a_list_without_an_end_is_an_error() {
    for (page, what) in [
        (r#"{"Records":[{"Id":1},{"Id":2}],"HasNextPage":true}"#, "the last 11 pages brought no new record"),
        (r#"{"Records":[{"Id":1}],"CurrentPage":1,"HasNextPage":true}"#, "it returned page 1 for page 3"),
        (r#"{"Records":[{"Header":"a"}],"HasNextPage":true}"#, "its records have no Id"),
        (r#"{"Records":[],"TotalPages":1000}"#, "the last 11 pages brought no new record"),
    ] {
        let memory = always(page);
        let error = ids(&memory.client(), 250).await.unwrap_err();
        assert!(error.to_string().contains("the list does not end"), "{error}");
        assert!(error.to_string().contains(what), "{error}");
        assert!(memory.lines().len() < 20);
        memory.client().user_messages().list().collect(5000).await.unwrap_err();
    }
    // A service that does not page sends all of it each time, and that is all of it.
    let memory = always(r#"{"Records":[{"Id":1},{"Id":2}]}"#);
    let (got, moved) = ids(&memory.client(), 250).await.unwrap();
    assert_eq!((got, moved.has_drifted()), (vec![1, 2], false));
}

#[tokio::test]
async fn a_page_holds_no_more_than_was_asked_for() {
    let memory = always(&format!(r#"{{"Records":[{}],"TotalItems":5}}"#, rows(1..=1200)));
    let messages = memory.client().user_messages();
    let error = messages.list().page_size(1000).await.unwrap_err();
    insta::assert_snapshot!(error, @"list UserMessage: the response could not be decoded (HTTP 200): UserMessage at $.Records: expected at most 1000 records in a body of 13321 bytes, found more (line 1, column 10906)");
    assert_eq!(messages.list().page_size(1200).await.unwrap().records.len(), 1200);
    messages.list().first().await.unwrap_err();
    messages.get_many(1..=9).await.unwrap_err();
}

#[tokio::test]
async fn a_page_deep_in_a_list_that_is_refused_is_named() {
    let memory = Memory::new(|request| match page_of(request) {
        page @ ..58 => (200, format!(r#"{{"Records":[{}],"HasNextPage":true}}"#, rows([page]))),
        _ => (403, String::new()),
    });
    let error = ids(&memory.client(), 1).await.unwrap_err();
    assert!(error.is_list_too_deep() && !error.is_unauthorized(), "{error}");
    insta::assert_snapshot!(error, @"list UserMessage: the service refuses pages this deep in the list; split it with filters (HTTP 403): page 58 was rejected; page 57 was the last one received");
    let memory = script([(403, String::new())]);
    assert!(ids(&memory.client(), 1).await.unwrap_err().is_unauthorized());
}

/// A long answer is decoded on another thread: tasks beside it go on meanwhile, and the limit of time holds.
#[tokio::test]
async fn a_long_answer_holds_up_nobody() {
    let body =
        format!(r#"{{"Records":[{}]}}"#, vec![format!(r#"{{"Id":1,"Body":"{}"}}"#, "x".repeat(99_999)); 200].join(","));
    let memory = always(&body);
    let turns = Arc::new(Mutex::new(0_u64));
    let counted = Arc::clone(&turns);
    let beside = tokio::spawn(async move {
        loop {
            *counted.lock().unwrap() += 1;
            tokio::task::yield_now().await;
        }
    });
    let page = memory.client().user_messages().list().page_size(200).await.unwrap();
    beside.abort();
    assert_eq!(page.records.len(), 200);
    assert!(*turns.lock().unwrap() > 50, "{}", turns.lock().unwrap());
}

/// One odd value, and one row that is not a record, do not end an export.
#[tokio::test]
async fn odd_values_and_odd_rows_lose_no_other_record() {
    let page = r#"{"Records":[{"Id":1,"IsRead":"maybe","ToUsers":7,"CreatedOn":{},"BusinessId":"x","Header":[1]},{"Id":2}],
        "TotalItems":"2","HasNextPage":"no","TotalPages":[]}"#;
    let memory = always(page);
    let list = || memory.client().user_messages().list();
    assert_eq!(list().items().next().await.unwrap().unwrap().id().unwrap().get(), 1);
    let all = list().collect(9).await.unwrap();
    assert_eq!((all.records.len(), all.unreadable.len()), (2, 0));
    assert_eq!(all.records[0].property("IsRead"), Some("maybe".into()));
    let (_, odd) = nexudus_client::Page::<UserMessage>::decode_strict(page.as_bytes()).unwrap();
    assert!(odd.iter().any(|odd| odd.path == "$.Records[0].IsRead"), "{odd:?}");

    let memory = always(r#"{"Records":[{"Id":1},"a record",null,{"Id":2}],"TotalItems":4,"HasNextPage":false}"#);
    let list = || memory.client().user_messages().list();
    for error in [list().await.unwrap_err(), list().collect(9).await.unwrap_err()] {
        assert!(error.is_decode() && error.to_string().contains("at $.Records[1]: expected a record"), "{error}");
    }
    let all = list().lenient().collect(9).await.unwrap();
    let rows: Vec<_> = all.unreadable.iter().map(|other| (other.row, other.json.to_string())).collect();
    assert_eq!(all.records.len(), 2);
    assert_eq!(rows, [(1, r#""a record""#.to_owned()), (2, "null".to_owned())]);
    assert_eq!(all.drift.missing, 0);
    let mut items = list().lenient().items();
    while items.next().await.transpose().unwrap().is_some() {}
    assert_eq!(items.unreadable().len(), 2);
}
