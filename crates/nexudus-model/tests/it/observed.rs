//! Records with made-up values, and with exactly the keys, types and formats of records that the live service gave to
//! programs whose data is public: stamps with up to seven digits of a second, times without a zone, decimals with their
//! zeros, values of enumerations by name.

use std::collections::{BTreeMap, BTreeSet};

use nexudus_model::core::{CanCreate, CanDelete, CanGet, CanList, CanUpdate, Full, Json, Origin, from_json_strict};

use crate::each_entity::{Visit, each_entity};

/// One record a line, in the order of the service's keys.
const OBSERVED: &str = include_str!("fixtures/observed.jsonl");

/// The text of each record, by entity.
fn observed() -> BTreeMap<&'static str, &'static str> {
    let parts = OBSERVED.lines().map(|line| {
        let (entity, record) = line.strip_prefix("{\"entity\":\"").unwrap().split_once("\",\"record\":").unwrap();
        (entity, record.strip_suffix('}').unwrap())
    });
    parts.collect()
}

/// Reads the record of each entity that there is one of.
#[derive(Default)]
struct Reader {
    read: BTreeSet<&'static str>,
    wrong: Vec<String>,
}

impl Visit for Reader {
    fn list<E: CanList>(&mut self) {}

    fn get<E: CanGet>(&mut self) {
        let table = E::table();
        let Some(text) = observed().get(table.name).copied() else { return };
        self.read.insert(table.name);
        let (record, leniencies) = from_json_strict::<E>(text.as_bytes(), Origin::Full).unwrap();
        for leniency in leniencies {
            self.wrong.push(format!("{}: {leniency:?}", table.name));
        }
        let back = String::from_utf8(record.as_dyn().to_json()).unwrap();
        if back != text {
            self.wrong.push(format!("{}:\n{text}\n{back}", table.name));
        }
        // What an update sends: nothing but what was received, as it was received.
        let sent = String::from_utf8(Full::<E>::decode(text).unwrap().body().unwrap()).unwrap();
        let received: Json = text.parse().unwrap();
        let sent: Json = sent.parse().unwrap();
        for (name, json) in sent.properties() {
            if received.get(&name).map(nexudus_model::core::JsonRef::text) != Some(json.text()) {
                self.wrong.push(format!("{}.{name} is sent as {}", table.name, json.text()));
            }
        }
    }

    fn create<E: CanCreate>(&mut self, _: E::New) {}

    fn update<E: CanUpdate>(&mut self) {}

    fn delete<E: CanDelete>(&mut self) {}
}

#[test]
fn observed_records_decode_strictly_and_come_out_byte_for_byte() {
    let mut reader = Reader::default();
    each_entity(&mut reader);
    assert!(reader.wrong.is_empty(), "{}", reader.wrong.join("\n"));
    assert_eq!(reader.read, observed().keys().copied().collect());
}

#[test]
fn a_record_that_was_seen_has_the_keys_of_its_table() {
    for (entity, text) in observed() {
        let table = nexudus_model::find(entity).unwrap();
        assert!(table.record_seen, "{entity}");
        let json: Json = text.parse().unwrap();
        let keys: BTreeSet<String> = json.properties().map(|(name, _)| name.into_owned()).collect();
        let known: BTreeSet<String> =
            table.all_fields().filter(|field| !field.is_absent()).map(|field| field.name.to_owned()).collect();
        assert_eq!(keys, known, "{entity}");
    }
    let seen = nexudus_model::tables().iter().filter(|table| table.record_seen).count();
    assert_eq!(seen, observed().len());
}
