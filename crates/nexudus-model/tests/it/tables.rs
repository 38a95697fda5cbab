//! The tables agree with themselves and with each other.

use std::collections::{BTreeMap, BTreeSet};

use nexudus_model::core::{Common, EntityTable, Field, Kind, Operation};
use nexudus_model::{spaces, sys};

/// Query names back to the property that they came from.
fn property_of(table: &EntityTable, query: &str) -> Option<&'static str> {
    let of_range = |name: &str| -> Option<&'static str> {
        let property = name.strip_prefix(table.name)?.strip_prefix('_')?;
        table.all_fields().find(|field| field.is_ranged() && field.name == property).map(|field| field.name)
    };
    if let Some(found) = query.strip_prefix("from_").or(query.strip_prefix("to_")).and_then(of_range) {
        return Some(found);
    }
    table.all_fields().find(|field| table.filter_name(field).as_deref() == Some(query)).map(|field| field.name)
}

#[test]
fn every_query_name_leads_back_to_its_property() {
    let mut count = 0;
    for table in nexudus_model::tables() {
        let mut seen = BTreeSet::new();
        for field in table.all_fields() {
            let ends = table.range_names(field).map(|(from, to)| [from, to]);
            for name in table.filter_name(field).into_iter().chain(ends.into_iter().flatten()) {
                assert_eq!(property_of(table, &name), Some(field.name), "{name}");
                assert!(seen.insert(name.clone()), "{name} twice");
                count += 1;
            }
        }
        for related in table.related {
            assert!(seen.insert(related.name.to_owned()), "{} twice", related.name);
            assert!(related.name.starts_with(&format!("{}_", table.name)), "{}", related.name);
        }
    }
    assert!(count > 0 || nexudus_model::tables().is_empty());
}

#[test]
fn a_filter_on_a_secret_is_published_and_marked() {
    let mut marked = 0;
    for table in nexudus_model::tables() {
        for field in table.all_fields().filter(|field| field.is_sensitive() || field.is_write_only()) {
            assert!(!field.is_ranged() && !field.filter_is_by_rule(), "{}.{}", table.name, field.name);
        }
        for field in table.all_fields() {
            let Some(name) = table.filter_name(field) else { continue };
            assert_eq!(table.is_secret_filter(&name.to_lowercase()), field.is_sensitive(), "{name}");
            marked += usize::from(field.is_sensitive());
        }
        for related in table.related {
            assert_eq!(table.is_secret_filter(related.name), related.sensitive, "{}", related.name);
        }
    }
    assert!(marked >= 30, "{marked}");
    assert!(spaces::Coworker::ACCESS_CARD_ID.is_secret() && spaces::Coworker::KEY_FOB_NUMBER.is_secret());
    assert!(sys::User::PASSPORT_CARD_NUMBER.is_secret() && !sys::User::FULL_NAME.is_secret());
}

#[test]
fn every_entity_is_found_by_name_plural_and_path() {
    for table in nexudus_model::tables() {
        for name in [table.name.to_owned(), table.plural.to_owned(), table.path(), table.path().to_uppercase()] {
            assert_eq!(nexudus_model::find(&name).map(|table| table.path()), Some(table.path()), "{name}");
        }
    }
    assert!(nexudus_model::find("unicorns").is_none());
    assert!(nexudus_model::find("sys/unicorns").is_none());
}

#[test]
fn every_property_is_found_by_its_name() {
    for table in nexudus_model::tables() {
        for (at, field) in table.all_fields().enumerate() {
            assert_eq!(table.position(field.name), Some(at), "{}.{}", table.name, field.name);
        }
        assert_eq!(table.position(""), None);
        assert_eq!(table.position("Unicorn"), None);
    }
}

#[test]
fn relations_lead_to_entities() {
    let known: BTreeSet<&str> = nexudus_model::tables().iter().map(|table| table.name).collect();
    let mut unplaced = BTreeMap::new();
    for table in nexudus_model::tables() {
        for field in table.fields {
            if let Some(target) = field.kind.target().filter(|target| !known.contains(target)) {
                unplaced.insert(target, table.name);
            }
        }
    }
    // With all sections on, what is left has no section that any source gives.
    assert!(unplaced.len() < 8, "{unplaced:?}");
}

#[test]
fn lists_of_ids_and_json_come_with_a_get_alone() {
    let only_by_get = |field: &&Field| matches!(field.kind, Kind::Ids(_) | Kind::Json) && !field.is_write_only();
    for table in nexudus_model::tables() {
        for field in table.fields.iter().filter(only_by_get) {
            // Rows of a list were seen with this one.
            let in_lists = (table.name, field.name) == ("Coworker", "Businesses");
            assert_ne!(field.is_get_only(), in_lists, "{}.{}", table.name, field.name);
        }
    }
}

#[test]
fn operations_and_what_they_take_agree() {
    for table in nexudus_model::tables() {
        assert!(table.allows(Operation::List) && table.allows(Operation::Get), "{}", table.name);
        assert_eq!(table.role(Operation::Get), format!("{}-Read", table.name));
        assert!(!table.doc.is_empty(), "{}", table.name);
        for field in table.fields {
            assert!(Common::FIELDS.iter().all(|common| common.name != field.name), "{}.{}", table.name, field.name);
        }
    }
}
