//! What goes over the wire.

use nexudus_client::model::sys::{ChatUserMessage, ChatUserMessageRequired, NewChatUserMessage, UserMessage};
use nexudus_client::{Condition, Direction, Id};

use crate::server::{Server, Step, answer, json, written};

#[tokio::test]
async fn each_operation_has_its_documented_form() {
    let record = r#"{"Id":7,"FromUserId":1,"ToUsers":[2],"ChatText":"hello","Delievered":false,"Surprise":{"a":1},
        "AddedToUsers":null,"RemovedToUsers":null}"#;
    let server = Server::start([
        Step::Answer(json(200, record)),
        Step::Answer(json(200, r#"{"Records":[]}"#)),
        Step::Answer(written(8)),
        Step::Answer(json(200, record)),
        Step::Answer(json(200, record)),
        Step::Answer(written(7)),
        Step::Answer(json(200, r#"{"Status":200,"Message":null,"Value":null,"WasSuccessful":true}"#)),
    ])
    .await;
    let messages = server.client().chat_user_messages();

    let got = messages.get(7).await.unwrap();
    assert_eq!(got.chat_text.as_deref(), Some("hello"));
    messages.list().page(2).page_size(10).await.unwrap();
    let draft = NewChatUserMessage::new(ChatUserMessageRequired { from_user_id: Id::new(1) }).chat_text("good morning");
    assert_eq!(messages.create(&draft).await.unwrap(), Id::new(8));
    let updated = messages.update(7, |message| message.delievered = Some(true)).await.unwrap();
    assert_eq!(format!("{:?}", updated.changes), "[Delievered: false -> true]");
    messages.delete(7).await.unwrap();

    let seen = server.seen();
    insta::assert_snapshot!(server.lines().join("\n"), @r"
    GET /api/sys/chatusermessages/7
    GET /api/sys/chatusermessages?page=2&size=10
    POST /api/sys/chatusermessages
    GET /api/sys/chatusermessages/7
    GET /api/sys/chatusermessages/7
    PUT /api/sys/chatusermessages
    DELETE /api/sys/chatusermessages/7
    ");
    assert!(seen.iter().all(|seen| seen.header("authorization") == Some("Bearer token-of-the-test")));
    assert_eq!(seen[2].header("content-type"), Some("application/json"));
    assert_eq!(seen[0].header("content-type"), None);
    // Only what was set.
    assert_eq!(seen[2].body, r#"{"FromUserId":1,"ChatText":"good morning"}"#);
    // The whole record, what is unknown too, but no null in a property that is only written.
    assert_eq!(
        seen[5].body,
        r#"{"FromUserId":1,"ToUsers":[2],"ChatText":"hello","Delievered":true,"Id":7,"Surprise":{"a":1}}"#
    );
}

#[tokio::test]
async fn a_list_says_what_it_is_asked_for() {
    let server = Server::start([Step::Answer(json(200, r#"{"Records":[{"Id":5}],"HasNextPage":true}"#))]).await;
    let page = server
        .client()
        .user_messages()
        .list()
        .page_size(1)
        .order_by(UserMessage::HEADER, Direction::Descending)
        .filter(UserMessage::FROM_NAME.eq("A & B"))
        .filter(UserMessage::IS_READ.eq(false))
        .filter(UserMessage::ID.eq(5))
        .filter(Condition::raw("UserMessage_CustomFields_a b", "c"))
        .await
        .unwrap();
    assert_eq!(page.records[0].id(), Some(Id::new(5)));
    assert!(page.has_next());
    assert_eq!(
        server.lines(),
        ["GET /api/sys/usermessages?size=1&orderBy=Header&dir=1&UserMessage_FromName=A%20%26%20B\
          &UserMessage_IsRead=false&Id=5&UserMessage_CustomFields_a%20b=c"]
    );
}

#[tokio::test]
async fn a_change_that_changes_nothing_sends_nothing() {
    let record = r#"{"Id":7,"FromUserId":"1","ChatText":"hello"}"#;
    let server = Server::start([1, 2, 3].map(|_| Step::Answer(json(200, record)))).await;
    let messages = server.client().chat_user_messages();
    let updated = messages.update(7, |message| message.chat_text = Some("hello".into())).await.unwrap();
    assert!(updated.changes.is_empty());
    let got = messages.get(7).await.unwrap();
    messages.replace(&got).await.unwrap();
    let changes = messages.update(7, |message| message.chat_text = None).preview().await.unwrap();
    assert_eq!(changes[0].property, "ChatText");
    assert!(server.lines().iter().all(|line| line.starts_with("GET")));
}

#[tokio::test]
async fn a_summary_is_never_written_back() {
    let server = Server::start([
        Step::Answer(json(200, r#"{"Records":[{"Id":7,"FromUserId":1,"ChatText":"hello"}]}"#)),
        Step::Answer(json(200, r#"{"Id":7,"FromUserId":1,"ToUsers":[2],"ChatText":"hello"}"#)),
    ])
    .await;
    let messages = server.client().chat_user_messages();
    let summary = messages.list().await.unwrap().records.remove(0);
    let error = messages.update(7, |message| *message = summary.clone()).await.unwrap_err();
    assert!(error.is_usage());
    insta::assert_snapshot!(error, @"update ChatUserMessage 7: not possible: this ChatUserMessage came from a list, which leaves properties out: writing it back would clear what it lacks; get it by its id and change that");
    assert_eq!(server.lines().len(), 2);
}

#[tokio::test]
async fn a_read_is_followed_within_the_same_house_only() {
    let moved = |to: &str| Step::Answer(answer(301, &[("Location", to)], ""));
    let server =
        Server::start([moved("/api/v2/sys/usermessages/5"), moved("../v3/5"), Step::Answer(json(200, r#"{"Id":5}"#))])
            .await;
    server.client().user_messages().get(5).await.unwrap();
    assert_eq!(
        server.lines(),
        ["GET /api/sys/usermessages/5", "GET /api/v2/sys/usermessages/5", "GET /api/v2/sys/v3/5"]
    );
    assert!(server.seen().iter().all(|seen| seen.header("authorization").is_some()));

    let other = Server::start([]).await;
    let server = Server::start([moved(&other.url())]).await;
    server.client().user_messages().get(5).await.unwrap_err();
    assert!(other.lines().is_empty());
    let server = Server::start((0..9).map(|_| moved("5"))).await;
    let error = server.client().user_messages().get(5).await.unwrap_err();
    insta::assert_snapshot!(error, @"get UserMessage 5: the service redirects to an address that is not followed: more than 5 redirects");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_sandbox_does_not_let_everyone_in() {
    let sandbox = nexudus_sandbox::Sandbox::start().await.unwrap();
    let client = |email: &str| {
        nexudus_client::Client::builder()
            .base_url(sandbox.url())
            .basic(email, nexudus_sandbox::PASSWORD)
            .build()
            .unwrap()
    };
    client(nexudus_sandbox::ADMIN_EMAIL).user_messages().get(87_654_321).await.unwrap();
    let error = client(nexudus_sandbox::GUEST_EMAIL).user_messages().get(87_654_321).await.unwrap_err();
    assert!(error.is_unauthorized() && error.role().as_deref() == Some("UserMessage-Read"), "{error}");
}

#[tokio::test]
async fn an_endpoint_is_named_by_its_type_alone() {
    let server = Server::start([Step::Answer(json(404, r#""Not found""#))]).await;
    let endpoint = nexudus_client::Endpoint::<ChatUserMessage>::new(&server.client());
    assert!(endpoint.get_opt(1).await.unwrap().is_none());
}

#[tokio::test]
async fn actions_are_sent_as_their_tables_say() {
    use nexudus_client::model::billing::CoworkerInvoice;
    use nexudus_client::model::spaces::Booking;

    let free = r#"{"available":true,"canBeIgnored":false,"errorCode":null,"message":null}"#;
    let raised = r#"{"Status":200,"WasSuccessful":true,"Value":{"Id":77}}"#;
    let server = Server::start([Step::Answer(json(200, free)), Step::Answer(json(200, raised))]).await;
    let client = server.client();
    let mut booking = Booking::default();
    booking.resource_id = Some(5.into());
    let answer = client.bookings().action(Booking::AVAILABLE_ACTION).record(&booking).run().await.unwrap();
    assert_eq!(answer.bytes(), free.as_bytes());
    let raise = client.coworker_invoices().action(CoworkerInvoice::CREATE_FOR_ACTION);
    let invoice = raise.clone().segment("business", 3).segment("coworker", "4/5").run_for_record().await.unwrap();
    assert_eq!(invoice.id().unwrap().get(), 77);
    assert_eq!(
        server.lines(),
        ["POST /api/spaces/bookings/available", "POST /api/billing/coworkerinvoices/3/create/4%2F5"]
    );
    assert_eq!(server.seen()[0].body, r#"{"ResourceId":5}"#);
    for error in [
        raise.clone().run().await.unwrap_err(),
        raise.clone().segment("business", 3).segment("coworker", "..").run().await.unwrap_err(),
        raise.clone().segment("business", 3).segment("coworker", 4).segment("nobody", 1).run().await.unwrap_err(),
        raise.segment("business", 3).segment("coworker", 4).value("a", 1).run().await.unwrap_err(),
        client.bookings().action(Booking::AVAILABLE_ACTION).run().await.unwrap_err(),
        client.bookings().action(Booking::AVAILABLE_ACTION).record(&booking).run_for_record().await.unwrap_err(),
    ] {
        assert!(error.is_usage() && error.to_string().contains("nothing was sent"), "{error}");
    }
    assert_eq!(server.lines().len(), 2);
}
