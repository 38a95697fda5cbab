//! What a program can do with the root of the crate alone: no trait is imported here, nor any other crate of ours.

use std::time::Duration;

use nexudus_client::model::spaces::{Booking, BookingRequired, Coworker, NewBooking};
use nexudus_client::model::sys::{UserMessage, WebHookRequired};
use nexudus_client::{
    Change, Client, CommandOf, Condition, DateTime, Decimal, Envelope, Error, ErrorKind, FileOf, Full, Id, Json, List,
    Record,
};
use nexudus_sandbox::{Sandbox, TOKEN};

async fn start() -> (Sandbox, Client) {
    let sandbox = Sandbox::start().await.unwrap();
    let client = Client::builder().base_url(sandbox.url()).bearer(TOKEN).no_rate_limit().build().unwrap();
    (sandbox, client)
}

#[test]
fn filters_ids_and_times_need_no_import() {
    let user = Id::<Coworker>::from(7_u32);
    assert_eq!(Id::<Coworker>::try_from(7_u64), Ok(user));
    assert!(Id::<Coworker>::try_from(u64::MAX).is_err(), "no id is that large, and none is made of it");

    // A month's report: from its first instant to that of the next.
    let day: DateTime = "2026-02-14T10:30:00Z".parse().unwrap();
    let (from, to) = (day.start_of_month(), day.checked_start_of_month(1).unwrap());
    assert_eq!(
        (from.to_string(), to.to_string()),
        ("2026-02-01T00:00:00Z".to_owned(), "2026-03-01T00:00:00Z".to_owned())
    );
    assert_eq!(to.duration_since(from), Duration::from_hours(28 * 24));
    let last = to.checked_sub(Duration::from_secs(1)).unwrap();
    let all: [Condition<Booking>; 5] = [
        Booking::ID.eq(7),
        Booking::SYSTEM_ID.eq("mine"),
        Booking::UNIQUE_ID
            .eq("4d0c1f3e-0000-4000-8000-000000000001".parse::<nexudus_client::model::core::Guid>().unwrap()),
        Booking::CREATED_ON.between(from, last),
        Booking::UPDATED_ON.at_least(from),
    ];
    let sent: Vec<_> =
        all.into_iter().flat_map(Condition::into_pairs).map(|(name, value)| format!("{name}={value}")).collect();
    assert_eq!(
        sent,
        [
            "Id=7",
            "Booking_SystemId=mine",
            "UniqueId=4d0c1f3e-0000-4000-8000-000000000001",
            "from_Booking_CreatedOn=2026-02-01T00:00",
            "to_Booking_CreatedOn=2026-02-28T23:59:59Z",
            "from_Booking_UpdatedOn=2026-02-01T00:00",
        ]
    );
}

#[tokio::test]
async fn records_calls_and_errors_need_no_import() {
    let (_sandbox, client) = start().await;
    // Each call gives a future of its own, which can be spawned, and a builder is one.
    let endpoint = client.user_messages();
    let page = tokio::spawn(endpoint.list().page_size(1).into_future()).await.unwrap().unwrap();
    let listed: Option<Id<UserMessage>> = page.records[0].id();
    let full: Full<UserMessage> = tokio::spawn(endpoint.get(listed.unwrap())).await.unwrap().unwrap();
    let plain: Id<UserMessage> = full.id();
    assert_eq!(Some(plain), listed);
    // A filter is for one list: it takes the list and gives it back.
    let filtered: List<UserMessage> = endpoint.list().filter(UserMessage::ID.eq(plain));
    assert_eq!(filtered.count().await.unwrap(), 1);

    let error: Error = endpoint.get(1).await.unwrap_err();
    assert_eq!((error.kind(), error.is_retryable()), (ErrorKind::NotFound, false));
    let record: &dyn Record = nexudus_client::model::core::AsRecord::as_dyn(&page.records[0]);
    let text: Option<Json> = record.property("Header");
    assert!(text.is_some());
}

/// Types that programs name, all from the root.
#[expect(dead_code, reason = "that they can be named is what counts")]
struct Named(Change, Decimal, Envelope, FileOf<Coworker>, CommandOf<Booking>, WebHookRequired);

/// A draft is made of what its create needs.
const _: fn(BookingRequired) -> NewBooking = NewBooking::new;

#[test]
fn a_booking_asks_for_no_more_than_a_room() {
    // What the service marks as required and fills itself need not be given: `Repeats`, `WhichBookingsToUpdate`.
    let table = nexudus_client::model::find("Booking").unwrap();
    let by_name = |name: &str| table.field(table.position(name).unwrap()).unwrap();
    for (name, neutral) in [("Repeats", "2"), ("WhichBookingsToUpdate", "1")] {
        let field = by_name(name);
        assert!(field.is_marked_required() && !field.is_required() && field.is_creatable(), "{name}");
        assert_eq!(field.default, Some(neutral), "{name}");
    }
    // All that drafts ask for are texts and relations.
    for table in nexudus_client::model::tables() {
        for field in table.fields.iter().filter(|field| field.is_required()) {
            let simple = matches!(
                field.kind,
                nexudus_client::model::core::Kind::Id(_) | nexudus_client::model::core::Kind::Text
            );
            assert!(simple, "{} asks for {}", table.name, field.name);
        }
    }
}
