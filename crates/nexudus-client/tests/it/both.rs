//! The asynchronous and the blocking client have the same names: one test body is compiled for both.

use nexudus_client::model::sys::{ChatUserMessage, ChatUserMessageRequired, NewChatUserMessage, UserMessage};
use nexudus_client::prelude::*;
use nexudus_client::{Client, Error, OnConflict, blocking};
use nexudus_sandbox::{Sandbox, TOKEN};

/// What a call of the blocking client gives: it is there already, or is waited for.
trait Wait {
    type Output;
    fn wait(self) -> Self::Output;
}

impl<T> Wait for Result<T, Error> {
    type Output = Self;
    fn wait(self) -> Self {
        self
    }
}

impl<T> Wait for Option<T> {
    type Output = Self;
    fn wait(self) -> Self {
        self
    }
}

impl<B: IntoFuture> Wait for blocking::Call<B> {
    type Output = B::Output;
    fn wait(self) -> B::Output {
        Self::wait(self)
    }
}

macro_rules! awaited {
    ($call:expr) => {
        $call.await
    };
}

macro_rules! waited {
    ($call:expr) => {
        Wait::wait($call)
    };
}

macro_rules! body {
    ($client:ident, $get:ident) => {{
        let messages = $client.user_messages();
        let message = $get!(messages.get(87_654_321)).unwrap();
        assert!($get!(messages.get_opt(1)).unwrap().is_none());
        assert_eq!($get!(messages.get_many([87_654_321, 1])).unwrap().len(), 1);
        assert_eq!($get!(messages.get_many([87_654_321, 1]).complete()).unwrap().len(), 1);

        let list = || messages.list().page(1).page_size(2).in_flight(2).order_by(UserMessage::ID, Direction::Ascending);
        let page = $get!(list()).unwrap();
        assert!(!page.records.is_empty());
        let count = $get!(list().count()).unwrap();
        assert_eq!($get!(list().unchecked().collect(1000)).unwrap().records.len() as u64, count);
        let found = $get!(list().filter(UserMessage::ID.eq(message.id())).first()).unwrap();
        assert_eq!(found.unwrap().id(), Some(message.id()));
        assert!($get!(list().exists()).unwrap());
        let (mut items, mut ids) = (list().items(), Vec::new());
        while let Some(item) = $get!(items.next()) {
            ids.push(item.unwrap().id());
        }
        assert!(ids.contains(&Some(message.id())) && ids.len() as u64 == count);
        let (mut pages, mut records) = (list().pages(), 0);
        while let Some(page) = $get!(pages.next()) {
            records += page.unwrap().records.len();
        }
        assert_eq!(records, ids.len());

        let chats = $client.chat_user_messages();
        let from_user_id = $get!($client.me()).unwrap().id();
        let draft = NewChatUserMessage::new(ChatUserMessageRequired { from_user_id });
        let id = $get!(chats.create(&draft)).unwrap();
        let mut chat = $get!(chats.create_and_get(&draft)).unwrap();
        chat.chat_text = Some("changed".to_owned());
        assert_eq!($get!(chats.replace(&chat)).unwrap().changes.len(), 1);
        let upserted = $get!(chats.upsert_by_system_id("mine", &draft)).unwrap();
        assert!(upserted.created);
        let change = |chat: &mut ChatUserMessage| chat.chat_text = Some("bye".to_owned());
        assert_eq!($get!(chats.update(id, change).preview()).unwrap().len(), 1);
        assert_eq!($get!(chats.update(id, change).on_conflict(OnConflict::Report)).unwrap().changes.len(), 1);
        assert!($get!(chats.update(id, change)).unwrap().changes.is_empty());
        $get!(chats.commands()).unwrap();
        $get!(chats.commands_of(id)).unwrap();
        $get!(chats.command("NOBODY_KNOWS").on(id).parameter("A", 1).run()).unwrap_err();
        $get!(chats.command("NOBODY_KNOWS").on_all([id]).typed_parameter("A", "int", 1)).unwrap_err();
        $get!(chats.delete(id)).unwrap();
        assert!($get!(chats.get_opt(id)).unwrap().is_none());
        $get!($client.enum_values("eWebhookAction")).unwrap();
    }};
}

#[tokio::test(flavor = "multi_thread")]
async fn the_asynchronous_client() {
    let sandbox = Sandbox::start().await.unwrap();
    let client = Client::builder().base_url(sandbox.url()).bearer(TOKEN).no_rate_limit().build().unwrap();
    body!(client, awaited);
}

#[test]
fn the_blocking_client() {
    let sandbox = Sandbox::builder().start_blocking().unwrap();
    let settings = Client::builder().base_url(sandbox.url()).bearer(TOKEN).no_rate_limit();
    let client = blocking::Client::new(settings).unwrap();
    body!(client, waited);
}

#[tokio::test]
async fn a_blocking_client_may_be_dropped_within_a_runtime() {
    let client = blocking::Client::new(Client::builder().bearer(TOKEN)).unwrap();
    let messages = client.user_messages();
    drop(client);
    drop(messages);
}

/// Each call is an owned future that can be spawned.
#[tokio::test]
async fn calls_can_be_spawned() {
    fn check<T: Send + 'static>(_: T) {}
    let client = Client::builder().bearer("t").build().unwrap();
    let chats = client.chat_user_messages();
    check(chats.get(1));
    check(chats.get_many([1]).into_future());
    check(chats.get_many([1]).complete());
    check(chats.list().into_future());
    check(chats.list().first());
    check(chats.list().count());
    check(chats.list().exists());
    check(chats.list().collect(1));
    check(chats.update(1, |_| ()).into_future());
    check(chats.update(1, |_| ()).preview());
    check(chats.delete(1));
    check(chats.commands());
    check(chats.commands_of(1));
    check(chats.command("A").into_future());
    check(chats.command("A").run());
}
