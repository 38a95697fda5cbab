//! Samples in the form that the service publishes, decoded and encoded.

use nexudus_model::core::{Envelope, Full, Json, Leniency, Origin, Page, from_json_strict};
use nexudus_model::sys::UserMessage;

const USER_MESSAGE: &str = include_str!("fixtures/user_message.json");
const CREATED: &str = include_str!("fixtures/created.json");
const REFUSED: &str = include_str!("fixtures/refused.json");

#[test]
fn a_user_message_decodes_and_encodes() {
    let message = Full::<UserMessage>::decode(USER_MESSAGE).unwrap();
    assert_eq!(message.common.id, Some(87_654_321));
    assert_eq!(message.common.updated_by.as_deref(), Some("admin@example.com"));
    assert_eq!(message.business_id.map(nexudus_model::core::Id::get), Some(0));
    assert_eq!(message.to_users.as_deref(), Some(&[][..]));
    assert_eq!(message.from_name, None);
    let sent: Json = serde_json::from_slice(&message.body().unwrap()).unwrap();
    assert_eq!(sent, serde_json::from_str::<Json>(USER_MESSAGE).unwrap());
    assert!(message.changes().is_empty());
}

#[test]
fn a_published_sample_takes_no_leniency() {
    let (_, leniencies) = from_json_strict::<UserMessage>(USER_MESSAGE.as_bytes(), Origin::Full).unwrap();
    let none: Vec<Leniency> = Vec::new();
    assert_eq!(leniencies, none);
}

#[test]
fn a_page_of_it_decodes() {
    let page =
        format!("{{\"Records\": [{USER_MESSAGE}], \"TotalItems\": 1, \"HasNextPage\": false, \"CurrentPage\": 1}}");
    let page = Page::<UserMessage>::decode(page.as_bytes()).unwrap();
    assert_eq!((page.records.len(), page.info.total_items, page.has_next()), (1, Some(1), false));
}

#[test]
fn the_answers_to_a_write_decode() {
    let created = Envelope::decode(CREATED.as_bytes()).unwrap();
    assert_eq!((created.id(), created.is_success()), (Some(87_654_321), true));
    let refused = Envelope::decode(REFUSED.as_bytes()).unwrap();
    assert!(!refused.is_success());
    assert_eq!(refused.errors[0].to_string(), "Name: is a required field");
    assert_eq!(refused.message.as_deref(), Some("Name: is a required field"));
}
