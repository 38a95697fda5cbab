//! Entities that are named at run time, against the sandbox.

use nexudus_client::model::core::{Json, ListQuery, Operation};
use nexudus_client::{Client, Direction, OnConflict};
use nexudus_sandbox::{Sandbox, Seed, TOKEN};

async fn start() -> (Sandbox, Client) {
    let sandbox = Sandbox::start().await.unwrap();
    let client = Client::builder().base_url(sandbox.url()).bearer(TOKEN).no_rate_limit().build().unwrap();
    (sandbox, client)
}

#[tokio::test]
async fn a_record_is_created_read_changed_and_deleted_by_names_alone() {
    let (_sandbox, client) = start().await;
    let users = client.dynamic("sys/USERS").unwrap();
    let user = users.list().page_size(1).order_by("Id", Direction::Ascending).await.unwrap();
    let user = user.records.row(0).unwrap().common().id.unwrap();
    let chats = client.dynamic("ChatUserMessage").unwrap();
    let mut draft = chats.table().make();
    draft.set_property("FromUserId", Json::from(user)).unwrap();
    draft.set_property("ChatText", Json::from("hello")).unwrap();
    let id = chats.create(&*draft).await.unwrap();

    let set = |text: &'static str| {
        move |record: &mut (dyn nexudus_client::Record + 'static)| record.set_property("ChatText", Json::from(text))
    };
    assert_eq!(
        format!("{:?}", chats.update(id, set("bye")).preview().await.unwrap()),
        r#"[ChatText: "hello" -> "bye"]"#
    );
    assert_eq!(chats.update(id, set("bye")).await.unwrap().changes.len(), 1);
    assert!(chats.update(id, set("bye")).on_conflict(OnConflict::Report).await.unwrap().changes.is_empty());
    let error = chats.update(id, |record| record.set_property("FromUserId", Json::from("x"))).await.unwrap_err();
    assert!(error.is_usage(), "{error}");

    let mut mine = chats.get(id).await.unwrap();
    mine.set_property("ChatText", Json::from("mine")).unwrap();
    assert_eq!(chats.replace(&mine).await.unwrap().changes.len(), 1);
    assert_eq!(chats.get(id).await.unwrap().property("ChatText"), Some(Json::from("mine")));

    assert_eq!(chats.get_many(vec![id]).await.unwrap().count(), 1);
    assert_eq!(chats.list().filter("Id", id.to_string()).count().await.unwrap(), 1);
    chats.delete(id).await.unwrap();
    assert!(chats.get_opt(id).await.unwrap().is_none());
    assert!(chats.get(id).await.unwrap_err().is_not_found());
}

#[tokio::test]
async fn what_the_service_lacks_is_refused_before_anything_is_sent() {
    let client = Client::builder().base_url("http://127.0.0.1:1").build().unwrap();
    let messages = client.dynamic("usermessages").unwrap();
    let mut errors = vec![
        client.dynamic("nothings").unwrap_err(),
        messages.create(&*messages.table().make()).await.unwrap_err(),
        messages.update(1, |_| Ok(())).await.unwrap_err(),
        messages.delete(1).await.unwrap_err(),
    ];
    let unlisted = nexudus_client::model::tables().iter().find(|table| !table.allows(Operation::List));
    if let Some(table) = unlisted {
        let list = || client.dynamic_of(table).list();
        errors.push(list().await.unwrap_err());
        errors.push(list().count().await.unwrap_err());
        let mut pages = list().pages();
        errors.push(pages.next().await.unwrap().unwrap_err());
        assert!(pages.next().await.is_none());
    }
    assert!(errors.iter().all(nexudus_client::Error::is_usage), "{errors:?}");
    insta::assert_snapshot!(errors[1], @"create UserMessage: not possible: the service can only list, get these records");
}

#[tokio::test]
async fn every_entity_is_listed_by_its_table() {
    let sandbox = Sandbox::builder().seed(Seed::Demo).start().await.unwrap();
    let client = Client::builder().base_url(sandbox.url()).bearer(TOKEN).no_rate_limit().build().unwrap();
    let mut seen = 0;
    for table in nexudus_client::model::tables() {
        if !table.allows(Operation::List) || !table.required_filters.is_empty() {
            continue;
        }
        let query = ListQuery { size: Some(7), ..ListQuery::default() };
        let mut pages = client.dynamic_of(table).list().query(query).in_flight(2).pages();
        let mut count = 0;
        while let Some(page) = pages.next().await {
            count += page.unwrap().records.count();
        }
        let total = client.dynamic_of(table).list().count().await.unwrap();
        assert_eq!(count as u64, total, "{}", table.name);
        seen += count;
    }
    assert!(seen > 100, "{seen}");
}

#[tokio::test]
async fn commands_and_files() {
    let (_sandbox, client) = start().await;
    let bookings = client.dynamic("bookings").unwrap();
    let commands = bookings.commands().await.unwrap();
    let command = bookings.command("A \"KEY\"").on([1, 2]).parameter("N", "V").typed_parameter("M", "int", 3);
    assert_eq!(
        command.body(),
        r#"{"Ids":[1,2],"Key":"A \"KEY\"","Parameters":[{"Name":"N","Value":"V"},{"Name":"M","Type":"int","Value":3}]}"#
    );
    assert!(command.run().await.is_err());
    assert!(commands.iter().all(|command| !command.key.is_empty()));
    let businesses = client.dynamic("businesses").unwrap();
    let file = &businesses.table().files[0];
    assert!(businesses.file(file, 404).await.unwrap().is_none());
}
