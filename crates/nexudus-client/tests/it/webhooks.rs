//! What the service sends to us.

use nexudus_client::Entity as _;
use nexudus_client::model::core::{OpenEnum as _, Origin};
use nexudus_client::model::enums::WebhookAction;
use nexudus_client::model::spaces::Coworker;
use nexudus_client::model::sys::UserMessage;
use nexudus_client::webhook::{Receiver, entity_of, is_signed};

const BODY: &str = r#"[{"Id":1,"Name":"Añá"}]"#;

#[test]
fn both_digests_are_accepted_and_nothing_else() {
    let plain = r#"[{"Id":1,"Name":"Ana"}]"#;
    let vectors = [
        (plain, "7C86E71954D4F3803D11E1FABA70EBF890F46E6770F1E336399DA51F82CE62BD"),
        (BODY, "9DC408574EBCCD17DFE82974E8ACB541655CAB17E915D7B873BED59876A8D3C3"),
        (BODY, "A3305E7398A35BF7BF13A88ABE4D68794587E84C264A4CC0271806C44CBB1CE8"),
    ];
    for (body, signature) in vectors {
        assert!(is_signed(b"s3cret", signature, body.as_bytes()));
        assert!(!is_signed(b"s3crex", signature, body.as_bytes()));
        assert!(!is_signed(b"s3cret", signature, body.replace("Id", "ID").as_bytes()));
        assert!(!is_signed(b"s3cret", &signature[2..], body.as_bytes()));
        assert!(!is_signed(b"s3cret", &signature.replace('A', "z"), body.as_bytes()) || !signature.contains('A'));
    }
    assert!(!is_signed(b"s3cret", "", plain.as_bytes()));
    assert!(!is_signed(b"s3cret", "é", plain.as_bytes()));
}

#[test]
fn a_delivery_gives_the_record_of_its_action() {
    let receiver = Receiver::signed(WebhookAction::CoworkerUpdate, "s3cret");
    let body = r#"[{"Id":1,"FullName":"Ana","NobodyKnows":[1]}]"#;
    assert!(receiver.receive(None, body.as_bytes()).unwrap_err().is_signature());
    assert!(receiver.receive(Some("00"), body.as_bytes()).unwrap_err().is_signature());

    let receiver = Receiver::unsigned(WebhookAction::CoworkerUpdate);
    let delivery = receiver.receive(None, body.as_bytes()).unwrap();
    let coworker: Coworker = delivery.record().unwrap();
    assert_eq!(coworker.full_name.as_deref(), Some("Ana"));
    assert_eq!(coworker.origin(), Origin::Summary);
    assert_eq!(coworker.to_value().to_string().len(), body.len() - 2);
    let any = delivery.any().unwrap().unwrap();
    assert_eq!(any.describe().name, "Coworker");
    insta::assert_snapshot!(delivery.record::<UserMessage>().unwrap_err(), @"CoworkerUpdate carries Coworker, not UserMessage");
    assert!(!format!("{delivery:?}").contains("Ana"));

    insta::assert_snapshot!(receiver.receive(None, b"<html>").unwrap_err(), @"this delivery does not have the expected JSON: expected value at line 1 column 1");
    let empty = receiver.receive(None, b"[]").unwrap();
    insta::assert_snapshot!(empty.record::<Coworker>().unwrap_err(), @"this delivery contains no record");
}

#[test]
fn odd_texts_are_read() {
    let receiver = Receiver::unsigned(WebhookAction::CoworkerUpdate);
    for body in [r#"[{"Id":1,"FullName":"A\ud83d"}]"#, r#"{"Id":1,"FullName":"A\ud83d"}"#] {
        // Half of a character, and a mark before the text.
        for mark in ["", "\u{feff}"] {
            let delivery = receiver.receive(None, format!("{mark}{body}").as_bytes()).unwrap();
            let coworker: Coworker = delivery.record().unwrap();
            assert_eq!(coworker.full_name.as_deref(), Some("A\u{fffd}"), "{mark:?} {body}");
            assert!(coworker.to_value().to_string().contains(r"A\ud83d"));
            assert_eq!(delivery.any().unwrap().unwrap().common().id, Some(1));
        }
    }
}

#[test]
fn every_action_is_decided() {
    for action in WebhookAction::VARIANTS {
        let name = action.name().unwrap();
        let decided = nexudus_client::model::webhooks::ENTITIES.iter().find(|(known, _)| *known == name);
        let (_, entity) = decided.unwrap_or_else(|| panic!("{name} is not decided"));
        assert_eq!(entity_of(*action), *entity);
        if let Some(entity) = entity {
            assert!(nexudus_client::model::find(entity).is_some(), "{name} carries {entity}, which has no table");
        }
    }
    assert_eq!(nexudus_client::model::webhooks::ENTITIES.len(), WebhookAction::VARIANTS.len());
    // New ones are kept, and carry whatever they carry.
    let receiver = Receiver::unsigned(WebhookAction::from_value(9999));
    let delivery = receiver.receive(None, BODY.as_bytes()).unwrap();
    assert!(delivery.any().unwrap().is_none());
    assert_eq!(delivery.json()[0].get("Name").unwrap().as_str().unwrap(), "Añá");
    assert_eq!(delivery.record::<UserMessage>().unwrap().id().unwrap().get(), 1);
}
