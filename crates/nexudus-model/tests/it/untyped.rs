//! Records whose entity is known only by its table.

use nexudus_model::core::{AnyFull, AnyPage, Entity as _, Full, Page, Rows, decode_rows};
use nexudus_model::sys::{User, UserMessage};

fn rows(json: &str) -> Rows {
    decode_rows(UserMessage::table(), json.as_bytes()).unwrap()
}

fn ids(rows: &Rows) -> Vec<Option<i64>> {
    rows.iter().map(|record| record.common().id).collect()
}

#[test]
fn every_entity_can_be_read_by_its_table() {
    for table in nexudus_model::tables() {
        let full = AnyFull::decode(table, r#"{"Id":7}"#).unwrap();
        assert_eq!((full.describe().name, full.common().id), (table.name, Some(7)));
        let page = AnyPage::decode(table, br#"{"Records":[{"Id":1},{"Id":2}],"TotalItems":2}"#).unwrap();
        assert_eq!((page.records.table().name, page.records.count()), (table.name, 2));
        assert_eq!((ids(&page.records), page.info.total_items), (vec![Some(1), Some(2)], Some(2)));
    }
}

#[test]
fn a_type_is_put_on_and_another_entitys_is_refused() {
    let full = || AnyFull::decode(UserMessage::table(), r#"{"Id":7,"Header":"A"}"#).unwrap();
    let typed: Full<UserMessage> = full().typed().unwrap();
    assert_eq!(typed.header.as_deref(), Some("A"));
    assert_eq!(typed.changes(), full().changes());
    let page = || AnyPage::decode(UserMessage::table(), br#"{"Records":[{"Id":1}]}"#).unwrap();
    let typed: Page<UserMessage> = page().typed().unwrap();
    assert_eq!(typed.records[0].common.id, Some(1));

    let refused = full().typed::<User>().unwrap_err();
    assert_eq!(refused.to_string(), "User at $: expected a record of this entity, found one of UserMessage");
    assert_eq!(page().typed::<User>().unwrap_err(), refused);
    assert_eq!(page().records.typed::<User>().unwrap_err(), refused);
}

#[test]
fn an_untyped_record_is_changed_and_sent_back_like_any_other() {
    let mut full = AnyFull::decode(UserMessage::table(), r#"{"Id":7,"Header":"A","Odd":1}"#).unwrap();
    full.set_property("Header", "B").unwrap();
    assert_eq!(format!("{:?}", full.changes()), r#"[Header: "A" -> "B"]"#);
    assert_eq!(String::from_utf8(full.body().unwrap()).unwrap(), r#"{"Header":"B","Id":7,"Odd":1}"#);
}

#[test]
fn rows_are_kept_and_joined() {
    let mut all = rows(r#"[{"Id":1},{"Id":2},{"Id":3}]"#);
    all.keep(&mut |record| record.common().id != Some(2));
    all.append(rows(r#"[{"Id":4}]"#)).unwrap();
    assert!(all.append(User::table().make_rows()).is_err());
    assert_eq!(ids(&all), [Some(1), Some(3), Some(4)]);
    let records: Vec<UserMessage> = all.typed().unwrap();
    assert_eq!(records.len(), 3);
}
