//! Updates keep every property.

use std::sync::{Arc, Mutex};

use nexudus_client::model::core::{CanCreate, CanDelete, CanGet, CanList, CanUpdate};
use nexudus_client::{Endpoint, OnConflict, Retry};

use crate::each_entity::{Visit, each_entity};
use crate::memory::Memory;

/// A service with one message that somebody else changes before some of the reads.
fn contested(others: &'static [usize]) -> (Arc<Memory>, Arc<Mutex<Vec<String>>>) {
    let written = Arc::new(Mutex::new(Vec::new()));
    let puts = Arc::clone(&written);
    let reads = Mutex::new((0, 0));
    let memory = Memory::new(move |request| {
        if request.method() == "PUT" {
            puts.lock().unwrap().push(String::from_utf8(request.body().to_vec()).unwrap());
            return (200, r#"{"Status":200,"Value":{"Id":7},"WasSuccessful":true}"#.into());
        }
        let mut reads = reads.lock().unwrap();
        reads.0 += 1;
        if others.contains(&reads.0) {
            reads.1 += 1;
        }
        let version = reads.1;
        (
            200,
            format!(
                r#"{{"Id":7,"UpdatedOn":"2026-01-01T00:00:0{version}Z","FromUserId":{version},"ChatText":"{version}","More":"{version}"}}"#
            ),
        )
    });
    (memory, written)
}

#[tokio::test]
async fn a_change_by_somebody_else_is_kept() {
    let (memory, written) = contested(&[2]);
    let updated = memory
        .client()
        .chat_user_messages()
        .update(7, |message| message.chat_text = Some(format!("{}!", message.chat_text.as_deref().unwrap())))
        .await
        .unwrap();
    assert_eq!(format!("{:?}", updated.changes), r#"[ChatText: "1" -> "1!"]"#);
    assert_eq!(
        *written.lock().unwrap(),
        [r#"{"FromUserId":1,"ChatText":"1!","Id":7,"UpdatedOn":"2026-01-01T00:00:01Z","More":"1"}"#]
    );
}

#[tokio::test]
async fn a_change_by_somebody_else_is_reported() {
    let (memory, written) = contested(&[2]);
    let messages = memory.client().chat_user_messages();
    let update = messages.update(7, |message| message.chat_text = None).on_conflict(OnConflict::Report);
    let error = update.await.unwrap_err();
    assert!(error.is_conflict() && !error.is_outcome_unknown());
    insta::assert_snapshot!(error, @"update ChatUserMessage 7: somebody else changed the record since it was read: nothing was sent; get the record and apply the change again");
    assert!(written.lock().unwrap().is_empty());

    // One that was got before is treated so in any case.
    let (memory, written) = contested(&[2]);
    let messages = memory.client().chat_user_messages();
    let mut got = messages.get(7).await.unwrap();
    got.chat_text = None;
    assert!(messages.replace(&got).await.unwrap_err().is_conflict());
    assert!(written.lock().unwrap().is_empty());
}

#[tokio::test]
async fn a_record_without_end_of_changes_is_given_up() {
    let (memory, written) = contested(&[2, 3, 4, 5, 6, 7, 8, 9]);
    let messages = memory.client().chat_user_messages();
    assert!(messages.update(7, |message| message.chat_text = None).await.unwrap_err().is_conflict());
    assert!(written.lock().unwrap().is_empty());
    let (memory, written) = contested(&[2]);
    let messages = memory.client().chat_user_messages();
    messages.update(7, |message| message.chat_text = None).on_conflict(OnConflict::Overwrite).await.unwrap();
    assert_eq!(written.lock().unwrap().len(), 1);
    assert_eq!(memory.count("GET"), 1);
}

#[tokio::test]
async fn another_id_in_the_record_is_refused() {
    let (memory, written) = contested(&[]);
    let messages = memory.client().chat_user_messages();
    let error = messages.update(7, |message| message.common.id = Some(8)).await.unwrap_err();
    insta::assert_snapshot!(error, @"update ChatUserMessage 7: not possible: its Id was changed, so it would overwrite another record");
    assert!(written.lock().unwrap().is_empty());
}

#[tokio::test]
async fn a_client_that_only_reads_sends_no_write() {
    let (memory, _) = contested(&[]);
    let client = memory.client().read_only();
    let messages = client.chat_user_messages();
    for error in [
        messages.update(7, |_| ()).await.unwrap_err(),
        messages.delete(7).await.unwrap_err(),
        messages.command("SEND").on(7).run().await.unwrap_err(),
        client.request("PATCH", "sys/users").send().await.unwrap_err(),
    ] {
        assert!(error.to_string().contains("this client is read-only"), "{error}");
    }
    messages.get(7).await.unwrap();
    assert_eq!(memory.lines(), ["GET /api/sys/chatusermessages/7"]);
}

/// The update of each entity that has one, on a record with properties that nobody knows.
struct Survive {
    updates: Vec<tokio::task::JoinHandle<()>>,
    acting: usize,
}

/// A record as the service might send it: every property null but the id, and two that are unknown.
fn record<E: CanUpdate>(text: &str) -> String {
    let mut json = serde_json::Map::new();
    for field in E::table().all_fields() {
        json.insert(field.name.to_owned(), serde_json::Value::Null);
    }
    json.insert("Id".to_owned(), 7.into());
    json.insert("UpdatedOn".to_owned(), "2026-01-01T00:00:00Z".into());
    json.insert("SystemId".to_owned(), text.into());
    json.insert("NobodyKnows".to_owned(), serde_json::json!({"a": [1, 2.5, "x", null]}));
    json.insert("NorThis".to_owned(), serde_json::Value::Null);
    serde_json::Value::Object(json).to_string()
}

async fn survives<E: CanUpdate>() {
    let text = Arc::new(Mutex::new("old".to_owned()));
    let bodies = Arc::new(Mutex::new(Vec::new()));
    let (now, puts) = (Arc::clone(&text), Arc::clone(&bodies));
    let memory = Memory::new(move |request| {
        if request.method() == "PUT" {
            assert_eq!(request.uri().path(), format!("/api/{}", E::table().path()));
            puts.lock().unwrap().push(serde_json::from_slice::<serde_json::Value>(request.body()).unwrap());
            return (200, r#"{"Status":200,"Value":{"Id":7},"WasSuccessful":true}"#.into());
        }
        (200, record::<E>(&now.lock().unwrap()))
    });
    let endpoint = Endpoint::<E>::new(&memory.client());
    endpoint.update(7, |record| record.common_mut().system_id = Some("new".to_owned())).await.unwrap();
    let body = bodies.lock().unwrap().pop().unwrap();
    let mut expected: serde_json::Map<_, _> = serde_json::from_str(&record::<E>("new")).unwrap();
    for field in E::table().all_fields().filter(|field| field.is_write_only()) {
        expected.remove(field.name);
    }
    assert_eq!(body, serde_json::Value::Object(expected), "{}", E::table().name);
}

impl Visit for Survive {
    fn list<E: CanList>(&mut self) {}
    fn get<E: CanGet>(&mut self) {}
    fn create<E: CanCreate>(&mut self, _: E::New) {}
    fn delete<E: CanDelete>(&mut self) {}
    fn update<E: CanUpdate>(&mut self) {
        self.updates.push(tokio::spawn(survives::<E>()));
        if let Some(action) = E::table().fields.iter().find(|field| field.is_action() && field.is_updatable()) {
            self.acting += 1;
            self.updates.push(tokio::spawn(acts_once::<E>(action.name)));
        }
    }
}

/// An update that makes the service do something is not sent again after a fault, whatever the record says then.
async fn acts_once<E: CanUpdate>(action: &'static str) {
    let memory = Memory::new(
        move |request| {
            if request.method() == "PUT" { (503, String::new()) } else { (200, record::<E>("old")) }
        },
    );
    let client = memory.builder().retry(Retry::default()).build().unwrap();
    let endpoint = Endpoint::<E>::new(&client);
    let change = |record: &mut E| {
        record.common_mut().system_id = Some("new".to_owned());
        if record.set_property(action, true).is_err() {
            record.set_property(action, "https://example.com/a.png").unwrap();
        }
    };
    let error = endpoint.update(7, change).await.unwrap_err();
    assert!(error.is_outcome_unknown(), "{error}");
    assert_eq!(memory.count("PUT"), 1, "{}.{action}", E::table().name);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_record_survives_an_update() {
    let mut visit = Survive { updates: Vec::new(), acting: 0 };
    each_entity(&mut visit);
    assert!(visit.updates.len() > 150 && visit.acting > 10, "{} {}", visit.updates.len(), visit.acting);
    for update in visit.updates {
        update.await.unwrap();
    }
}
