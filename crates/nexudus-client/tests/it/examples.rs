//! The examples, run.
#![allow(dead_code, reason = "each has a main that is not called here")]

#[path = "../../examples/book_room.rs"]
mod book_room;
#[path = "../../examples/bulk_update.rs"]
mod bulk_update;
#[path = "../../examples/invoice_export.rs"]
mod invoice_export;
#[path = "../../examples/quickstart.rs"]
mod quickstart;
#[path = "../../examples/sync_members.rs"]
mod sync_members;
#[path = "../../examples/webhook_receiver.rs"]
mod webhook_receiver;

use nexudus_client::Client;
use nexudus_sandbox::{Sandbox, Seed};

async fn start() -> (Sandbox, Client) {
    let sandbox = Sandbox::builder().seed(Seed::Demo).start().await.unwrap();
    let client =
        Client::builder().base_url(sandbox.url()).bearer(nexudus_sandbox::TOKEN).no_rate_limit().build().unwrap();
    (sandbox, client)
}

#[tokio::test(flavor = "multi_thread")]
async fn members_are_synced() {
    let (_sandbox, client) = start().await;
    let mut other = sync_members::Other::default();
    let first = sync_members::run(&client, &mut other).await.unwrap();
    assert!(first > 50 && other.names.len() == first);
    let id = *other.names.keys().next().unwrap();
    client.coworkers().update(id, |member| member.full_name = Some("Somebody Else".to_owned())).await.unwrap();
    sync_members::run(&client, &mut other).await.unwrap();
    assert_eq!((other.names[&id].as_str(), other.names.len()), ("Somebody Else", first));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_room_is_booked_once() {
    let (_sandbox, client) = start().await;
    let first = book_room::run(&client, "order 1").await.unwrap();
    assert_eq!(book_room::run(&client, "order 1").await.unwrap(), first);
    let other = book_room::run(&client, "order 2").await.unwrap_err().to_string();
    assert!(other.contains("already booked at that time"), "{other}");
}

#[tokio::test(flavor = "multi_thread")]
async fn invoices_are_exported() {
    let (_sandbox, client) = start().await;
    let mut out = Vec::new();
    let count = invoice_export::run(&client, &mut out).await.unwrap();
    assert!(count > 0);
    assert_eq!(String::from_utf8(out).unwrap().lines().count(), count + 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn members_are_updated() {
    let (_sandbox, client) = start().await;
    assert_eq!(bulk_update::run(&client, 10, |_, _| ()).await.unwrap(), (10, 0));
    assert_eq!(bulk_update::run(&client, 10, |_, _| ()).await.unwrap(), (0, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_quickstart_runs_to_its_end() {
    // As the example starts it: without a demonstration's records.
    let sandbox = Sandbox::start().await.unwrap();
    let client = Client::builder().base_url(sandbox.url()).bearer(nexudus_sandbox::TOKEN).build().unwrap();
    let chats = client.chat_user_messages().list().count().await.unwrap();
    let mut out = Vec::new();
    quickstart::run(&client, &mut out).await.unwrap();
    insta::assert_snapshot!(String::from_utf8(out).unwrap(), @r#"
    1. Get a user message by its id
       from    Admin
       header  Coffee machine
       to      2 users

    2. Create a chat message (deprecated by the service in favour of community threads and groups)
       created 1000001: "Good morning from Rust."

    3. Change it, keeping all that is not changed
       Delievered: false -> true

    4. Send something wrong
       create ChatUserMessage: the service rejected the values (HTTP 400): FromUser: is a required field
       FromUser: is a required field

    5. List user messages, the newest first
       3 of 3
           87654323  Opening hours
           87654322  Coffee machine
           87654321
    "#);
    assert_eq!(client.chat_user_messages().list().count().await.unwrap(), chats);
}

#[tokio::test]
async fn webhooks_are_received() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}/hooks", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, webhook_receiver::app("s3cret")).await });
    let client = Client::builder().base_url(base).build().unwrap();
    let send = |signature: &'static str| {
        let ask = client.request("POST", "booking-created").header("X-Nexudus-Hook-Signature", signature);
        async move { ask.json(&serde_json::json!([{"Id": 1, "Name": "Ana"}])).send().await }
    };
    let good = "7C86E71954D4F3803D11E1FABA70EBF890F46E6770F1E336399DA51F82CE62BD";
    assert_eq!(send(good).await.unwrap().status(), 204);
    assert!(send("00").await.unwrap_err().is_unauthorized());
}
