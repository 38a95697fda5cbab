//! A service that ignores filters and orders.

use std::sync::{Arc, Mutex};

use nexudus_client::model::core::DateTime;
use nexudus_client::model::spaces::Coworker;
use nexudus_client::{Condition, Direction, Error, List};

use crate::memory::Memory;

/// A service with these members on its one page, whatever it is asked for.
fn members(records: &str) -> Arc<Memory> {
    let page = format!(r#"{{"Records":[{records}],"TotalItems":2,"HasNextPage":false}}"#);
    Memory::new(move |_| (200, page.clone()))
}

const TWO: &str = r#"{"Id":1,"FullName":"Ana","Email":"ana@example.com","SystemId":null,"CreatedOn":"2020-05-01T10:00:00Z",
    "Active":true,"CustomFields":null,"CountryId":3},
    {"Id":2,"FullName":"Bob","Email":"bob@example.com","SystemId":"b","CreatedOn":"2021-05-01T10:00:00Z","Active":false,
    "CustomFields":{"Data":[{"Name":"shoe","Value":"41"}]},"CountryId":4}"#;

fn says(error: &Error, filter: &str) {
    assert!(error.is_ignored() && !error.is_retryable(), "{error}");
    assert!(error.to_string().contains(&format!("the service ignored the filter {filter}: record ")), "{error}");
}

#[tokio::test]
async fn an_ignored_filter_is_an_error_that_names_it() {
    let list = || members(TWO).client().coworkers().list().page_size(2);
    let day: DateTime = "2020-12-24T00:00:00Z".parse().unwrap();
    let conditions: Vec<(Condition<Coworker>, &str)> = vec![
        (Coworker::EMAIL.eq("ana@example.com"), "Coworker_Email"),
        (Coworker::SYSTEM_ID.eq("b"), "Coworker_SystemId"),
        (Coworker::ID.eq(2), "Id"),
        (Coworker::CREATED_ON.at_least(day), "from_Coworker_CreatedOn"),
        (Coworker::CREATED_ON.at_most(day), "to_Coworker_CreatedOn"),
        (Condition::raw("coworker_email", "ana@example.com"), "coworker_email"),
        (Condition::raw("Coworker_CustomFields_shoe", "41"), "Coworker_CustomFields_shoe"),
        (Condition::raw("Coworker_Active", "true"), "Coworker_Active"),
    ];
    for (condition, name) in conditions {
        says(&list().filter(condition.clone()).await.unwrap_err(), name);
        says(&list().filter(condition.clone()).items().next().await.unwrap().unwrap_err(), name);
        says(&list().filter(condition.clone()).pages().next().await.unwrap().unwrap_err(), name);
        says(&list().filter(condition.clone()).collect(9).await.unwrap_err(), name);
        says(&list().filter(condition.clone()).count().await.unwrap_err(), name);
        assert_eq!(list().filter(condition.clone()).unchecked().await.unwrap().records.len(), 2);
        assert_eq!(list().filter(condition).unchecked().count().await.unwrap(), 2);
    }
}

#[tokio::test]
async fn the_door_stays_shut_for_the_wrong_card() {
    // The first member of all has another card, or none.
    for card in [r#""77""#, "null", r#""""#] {
        let record = format!(r#"{{"Id":1,"FullName":"Ana","AccessCardId":{card}}}"#);
        let asks = |list: List<Coworker>| list.filter(Condition::raw("Coworker_AccessCardId", "12"));
        let memory = members(&record);
        let list = || asks(memory.client().coworkers().list());
        says(&list().first().await.unwrap_err(), "Coworker_AccessCardId");
        says(&list().exists().await.unwrap_err(), "Coworker_AccessCardId");
        says(&list().count().await.unwrap_err(), "Coworker_AccessCardId");
        assert!(list().unchecked().first().await.unwrap().is_some());
        assert!(list().unchecked().exists().await.unwrap());
    }
}

#[tokio::test]
async fn a_filter_that_is_kept_is_no_error() {
    let ana = r#"{"Id":1,"FullName":" ANA  Díaz","Email":"Ana@Example.com","CreatedOn":"2020-05-01T10:00:00"}"#;
    let list = || members(ana).client().coworkers().list();
    let conditions: Vec<Condition<Coworker>> = vec![
        Coworker::FULL_NAME.eq("ana diaz"),
        Coworker::EMAIL.eq("ana@example.com"),
        // In whatever zone.
        Coworker::CREATED_ON.at_least("2020-05-01T20:00:00Z".parse::<DateTime>().unwrap()),
        // What the records do not hold, or nobody knows.
        Condition::raw("Coworker_SystemId", "x"),
        Condition::raw("Coworker_Surprise_Name", "x"),
        Condition::raw("page", "x"),
    ];
    for condition in conditions {
        assert_eq!(list().filter(condition.clone()).await.unwrap().records.len(), 1, "{condition:?}");
        assert!(list().filter(condition).first().await.unwrap().is_some());
    }
}

#[tokio::test]
async fn a_filter_that_a_later_page_ignores_is_an_error() {
    let memory = Memory::new(|request| {
        let first = request.uri().query().unwrap().contains("page=1&");
        let email = if first { "ana@example.com" } else { "bob@example.com" };
        (200, format!(r#"{{"Records":[{{"Id":{},"Email":"{email}"}}],"HasNextPage":{first}}}"#, i32::from(first) + 1))
    });
    let mut items = memory.client().coworkers().list().filter(Coworker::EMAIL.eq("ana@example.com")).items();
    items.next().await.unwrap().unwrap();
    says(&items.next().await.unwrap().unwrap_err(), "Coworker_Email");
    assert!(items.next().await.is_none());
}

/// The values of filters may be secrets.
#[tokio::test]
async fn no_value_of_a_filter_is_told() {
    let told = Arc::new(Mutex::new(Vec::new()));
    let heard = Arc::clone(&told);
    let memory = members(TWO);
    let builder = memory.builder().on_attempt(move |attempt| heard.lock().unwrap().push(format!("{attempt:?}")));
    let client = builder.build().unwrap();
    let condition = Condition::<Coworker>::raw("Coworker_Email", "hunter2");
    let list = client.coworkers().list().filter(condition.clone());
    let pages = list.clone().pages();
    let error = list.clone().await.unwrap_err();
    let texts = [
        format!("{condition:?}"),
        format!("{list:?} {:?}", list.query()),
        format!("{pages:?} {:?}", list.clone().items()),
        format!("{error} {error:?} {:?}", error.message()),
        told.lock().unwrap().concat(),
    ];
    for text in texts {
        assert!(!text.is_empty() && !text.contains("hunter2"), "{text}");
    }
}

fn ordered(paging: &str, records: &str) -> Arc<Memory> {
    let page = format!(r#"{{"Records":[{records}],"HasNextPage":false{paging}}}"#);
    Memory::new(move |_| (200, page.clone()))
}

#[tokio::test]
async fn an_ignored_order_is_an_error() {
    use Direction::{Ascending, Descending};

    let old_first = r#"{"Id":2,"FullName":"Ana","CreatedOn":"2020-05-01T10:00:00Z"},{"Id":1,"FullName":"Bob","CreatedOn":"2021-05-01T10:00:00Z"}"#;
    let by = |memory: &Arc<Memory>, property: &str, direction| {
        memory.client().coworkers().list().order_by(property, direction)
    };
    for (property, good, bad) in
        [("CreatedOn", Ascending, Descending), ("Id", Descending, Ascending), ("FullName", Ascending, Descending)]
    {
        let memory = ordered("", old_first);
        by(&memory, property, good).await.unwrap();
        let error = by(&memory, property, bad).await.unwrap_err();
        assert!(error.is_ignored(), "{error}");
        assert!(error.to_string().contains("the service ignored the order"), "{error}");
        by(&memory, property, bad).items().next().await.unwrap().unwrap_err();
        by(&memory, property, bad).first().await.unwrap_err();
        by(&memory, property, bad).unchecked().await.unwrap();
    }
    // What the answer says of itself counts before its records.
    for said in [r#""DESC""#, r#""Descending""#, "-1"] {
        let memory = ordered(&format!(r#","CurrentSortDirection":{said}"#), old_first);
        by(&memory, "CreatedOn", Ascending).await.unwrap_err();
        by(&memory, "FullName", Descending).await.unwrap();
    }
    // The order of a stream without the caller's own is not checked, and is one that no two records share.
    let memory = ordered("", old_first);
    let mut items = memory.client().coworkers().list().items();
    assert_eq!(items.next().await.unwrap().unwrap().id().unwrap().get(), 2);
    assert!(memory.lines()[0].contains("orderBy=Id&dir="), "{:?}", memory.lines());
}

#[tokio::test]
async fn a_record_that_comes_twice_is_given_once_and_told() {
    let memory = Memory::new(|request| {
        let first = request.uri().query().unwrap().contains("page=1&");
        let records = if first { r#"{"Id":1},{"Id":2}"# } else { r#"{"Id":2},{"Id":3}"# };
        (200, format!(r#"{{"Records":[{records}],"HasNextPage":{first}}}"#))
    });
    let list = memory.client().coworkers().list().order_by("FullName", Direction::Ascending).page_size(2);
    let mut pages = list.pages();
    let mut ids = Vec::new();
    while let Some(page) = pages.next().await {
        ids.extend(page.unwrap().iter().map(|record| record.id().unwrap().get()));
    }
    assert_eq!((ids, &pages.drift().repeated[..]), (vec![1, 2, 3], &[2][..]));
}

#[tokio::test]
async fn a_list_without_a_filter_that_the_service_requires_is_not_sent() {
    use nexudus_client::model::billing::CoworkerInvoiceLine;

    let memory = members(r#"{"Id":1,"CoworkerInvoiceId":5}"#);
    let lines = || memory.client().coworker_invoice_lines().list();
    for error in [
        lines().await.unwrap_err(),
        lines().items().next().await.unwrap().unwrap_err(),
        lines().count().await.unwrap_err(),
        lines().first().await.unwrap_err(),
        lines().unchecked().exists().await.unwrap_err(),
        lines().filter(Condition::raw("CoworkerInvoiceLine_CoworkerInvoice", " ")).await.unwrap_err(),
    ] {
        assert!(error.is_usage() && error.to_string().contains("CoworkerInvoiceLine_CoworkerInvoice"), "{error}");
    }
    assert!(memory.lines().is_empty());
    let found = lines().filter(CoworkerInvoiceLine::COWORKER_INVOICE_ID.eq(5)).items().next().await;
    assert!(found.unwrap().is_ok());
}
