//! A draft sends what is required and what was set, and nothing else.

use std::collections::BTreeSet;

use nexudus_model::core::{CanCreate, CanDelete, CanGet, CanList, CanUpdate, Draft, Field, Operation};
use nexudus_model::sys::{self, NewWebHook, WebHookRequired};
use serde_json::json;

use crate::each_entity::{Visit, each_entity};

/// Compares the keys of each draft with what its table requires, and counts all operations.
#[derive(Default)]
struct Drafts {
    operations: usize,
}

impl Visit for Drafts {
    fn list<E: CanList>(&mut self) {
        assert!(E::table().allows(Operation::List));
        self.operations += 1;
    }

    fn get<E: CanGet>(&mut self) {
        assert!(E::table().allows(Operation::Get));
        self.operations += 1;
    }

    fn create<E: CanCreate>(&mut self, new: E::New) {
        let table = E::table();
        assert!(table.allows(Operation::Create));
        self.operations += 1;
        let sent = new.record().to_value();
        let sent: BTreeSet<_> = sent.properties().map(|(name, _)| name.into_owned()).collect();
        let required = table.fields.iter().filter(|field| field.is_required()).map(|field| field.name.to_owned());
        assert_eq!(sent, required.collect(), "{}", table.name);
    }

    fn update<E: CanUpdate>(&mut self) {
        assert!(E::table().allows(Operation::Update));
        self.operations += 1;
    }

    fn delete<E: CanDelete>(&mut self) {
        assert!(E::table().allows(Operation::Delete));
        self.operations += 1;
    }
}

#[test]
fn every_draft_has_what_is_required_and_nothing_else() {
    let mut drafts = Drafts::default();
    each_entity(&mut drafts);
    let operations: usize = nexudus_model::tables().iter().map(|table| table.operations.len()).sum();
    assert_eq!(drafts.operations, operations, "an operation of a table has no trait, or the other way round");
}

#[test]
fn what_is_set_is_sent() {
    let required = WebHookRequired {
        business_id: 1.into(),
        name: "new bookings".to_owned(),
        url: "https://example.com/hook".to_owned(),
    };
    let mut new = NewWebHook::new(required)
        .action(nexudus_model::enums::WebhookAction::BookingCreate)
        .active(true)
        .system_id("mine");
    new.set_property("Brand", json!("north")).unwrap();
    assert_eq!(
        serde_json::to_value(&new).unwrap(),
        json!({
            "BusinessId": 1, "Name": "new bookings", "Action": 6, "URL": "https://example.com/hook", "Active": true,
            "SystemId": "mine", "Brand": "north",
        })
    );
    let record: &sys::WebHook = new.record();
    assert_eq!(record.active, Some(true));
}

#[test]
fn read_only_properties_have_no_place_in_a_draft() {
    // The required ones are shown above; an optional one needs a setter, which only creatable ones have.
    let read_only = |field: &&Field| field.is_required() && !field.is_creatable();
    for table in nexudus_model::tables() {
        assert_eq!(table.fields.iter().filter(read_only).count(), 0, "{}", table.name);
    }
}
