//! What must hold for every record, shown on one with a property of every kind.

use insta::assert_snapshot;
use proptest::prelude::*;
use serde_json::json;

use crate::sample::{Cycle, Sample};
use crate::*;

fn read(json: &Json) -> Sample {
    from_json(json.to_string().as_bytes()).unwrap()
}

fn full(json: &Json) -> Full<Sample> {
    Full::decode(json.to_string()).unwrap()
}

fn body(full: &Full<Sample>) -> Json {
    serde_json::from_slice(&full.body().unwrap()).unwrap()
}

fn failure(json: &str) -> String {
    Page::<Sample>::decode(json.as_bytes()).unwrap_err().to_string()
}

#[test]
fn typed_fields_hold_what_was_received() {
    let record = read(&json!({
        "OwnerId": 5, "Count": 7, "Active": true, "Price": 12.5, "Name": "A \"b\" \u{1F600}",
        "Starts": "2025-01-15T10:30:00Z", "StartsLocal": "2025-01-15T11:30:00",
        "Key": "a1b2c3d4-e5f6-7890-abcd-ef1234567890", "Cycle": 2, "Members": [1, 2], "Id": 9,
    }));
    assert_eq!(record.id(), Some(Id::new(9)));
    assert_eq!(record.owner_id, Some(Id::new(5)));
    assert_eq!(record.count, Some(7));
    assert_eq!(record.active, Some(true));
    assert_eq!(record.price, Some(Decimal::new(125, 1)));
    assert_eq!(record.name.as_deref(), Some("A \"b\" \u{1F600}"));
    assert_eq!(record.starts.unwrap().unix_seconds(), 1_736_937_000);
    assert_eq!(record.starts_local.unwrap().time(), (11, 30, 0));
    assert_eq!(record.cycle, Some(Cycle::Weekly));
    assert_eq!(record.members, Some(vec![Id::new(1), Id::new(2)]));
    assert_eq!(record.origin(), Origin::Summary);
}

#[test]
fn a_spelling_is_kept_until_the_field_is_set() {
    let json =
        json!({"OwnerId": "5", "Price": "1.50", "Active": 1, "Cycle": "weekly", "Starts": "soon", "Count": null});
    let mut record = read(&json);
    assert_eq!(record.owner_id, Some(Id::new(5)));
    assert_eq!(record.cycle, Some(Cycle::Weekly));
    assert_eq!(record.starts, None);
    assert_eq!(record.to_value(), json);
    record.owner_id = Some(Id::new(6));
    record.starts = "2025-01-15T10:30:00Z".parse().ok();
    record.price = None;
    assert_eq!(
        record.to_value(),
        json!({"OwnerId": 6, "Price": null, "Active": 1, "Cycle": "weekly", "Starts": "2025-01-15T10:30:00Z", "Count": null})
    );
}

#[test]
fn equality_is_by_value() {
    assert_eq!(read(&json!({"OwnerId": "5", "Count": null})), read(&json!({"OwnerId": 5})));
    assert_eq!(read(&json!({"New1": 1, "New2": 2})), read(&json!({"New2": 2, "New1": 1})));
    assert_ne!(read(&json!({"New1": 1})), read(&json!({"New1": 2})));
    assert_ne!(read(&json!({"Starts": "soon"})), read(&json!({"Starts": "later"})));
}

#[test]
fn a_failure_names_entity_property_path_and_find() {
    assert_snapshot!(failure(r#"{"Records": [{"OwnerId": 1}, {"OwnerId": {"Id": 5}}]}"#), @"Sample at $.Records[1].OwnerId: expected an id, found an object (line 1, column 51)");
    assert_snapshot!(failure(r#"{"Records": [{"OwnerId": "abc"}]}"#), @r#"Sample at $.Records[0].OwnerId: expected an id, found the text "abc" (line 1, column 31)"#);
    assert_snapshot!(failure(r#"{"Records": [5]}"#), @"Sample at $.Records[0]: expected an object, found the number 5 (line 1, column 14)");
    assert_snapshot!(failure(r#"{"Records": {}}"#), @"Sample at $: expected an array of records, found an object (line 1, column 14)");
    assert_snapshot!(failure(r#"{"TotalItems": 0}"#), @"Sample at $.Records: expected an array of records, found nothing (line 1, column 17)");
    assert_snapshot!(failure(r#"{"Records": [{"Members": [1, "x"]}]}"#), @"Sample at $.Records[0].Members: expected a list of ids, found an array (line 1, column 34)");
    assert_snapshot!(failure("<html>"), @"Sample at $: expected JSON, found something else (expected value) (line 1, column 1)");
    assert_snapshot!(failure(r#"{"Records": [{"Name": "cut"#), @"Sample at $.Records[0]: expected JSON, found the end of the body (line 1, column 26)");
    assert_snapshot!(failure(r#"{"Records": []} x"#), @"Sample at $: expected JSON, found something else (trailing characters) (line 1, column 17)");
    assert_snapshot!(from_json::<Sample>(b"[]").unwrap_err(), @"Sample at $: expected an object, found an array (line 1, column 2)");
    assert_snapshot!(decode_rows(Sample::table(), b"[{},{\"Active\":\"maybe\"}]").unwrap_err(), @r#"Sample at $[1].Active: expected true or false, found the text "maybe" (line 1, column 22)"#);
}

#[test]
fn strict_mode_reports_each_leniency() {
    let json = json!({
        "OwnerId": "5", "Count": null, "Active": true, "Price": null, "Name": "n", "Starts": "soon",
        "StartsLocal": "2025-01-15T11:30:00", "Key": null, "Cycle": 7, "Password": "p", "ChargeNow": false,
        "Brand": 1, "Id": 1, "UpdatedOn": "2025-01-15T10:30:00Z", "CreatedOn": "2025-01-15T10:30:00Z",
        "UniqueId": "a1b2c3d4-e5f6-7890-abcd-ef1234567890", "UpdatedBy": "a@example.com", "IsNew": false,
        "SystemId": null, "ToStringText": "t", "LocalizationDetails": null,
    });
    let page = json!({"Records": [json]}).to_string();
    let (_, leniencies) = Page::<Sample>::decode_strict(page.as_bytes()).unwrap();
    let report: Vec<String> = leniencies.iter().map(ToString::to_string).collect();
    assert_snapshot!(report.join("\n"), @r#"
    $.Records[0].Brand: not in the spec
    $.Records[0].Count: null, where the spec knows of none
    $.Records[0].Cycle: 7 is not a listed value
    $.Records[0].Key: null, where the spec knows of none
    $.Records[0].OwnerId: oddly spelt: the text "5"
    $.Records[0].Starts: kept unread: the text "soon"
    $.Records[0].CustomFields: the key is missing
    "#);
}

#[test]
fn an_update_sends_everything_received_as_edited() {
    let mut record = full(&json!({
        "OwnerId": "5", "Count": null, "Name": "old", "Members": [1], "AddedMembers": null, "Id": 9, "Brand": {"New": 1},
    }));
    record.name = Some("new".into());
    record.active = Some(true);
    record.common.system_id = Some("mine".into());
    assert_eq!(
        body(&record),
        json!({"OwnerId": "5", "Count": null, "Name": "new", "Active": true, "Members": [1], "Id": 9, "SystemId": "mine",
               "Brand": {"New": 1}})
    );
    let changes: Vec<String> = record.changes().iter().map(ToString::to_string).collect();
    assert_snapshot!(changes.join("\n"), @r#"
    Active: nothing -> true
    Name: "old" -> "new"
    SystemId: nothing -> "mine"
    "#);
}

#[test]
fn a_summary_in_the_place_of_a_full_record_is_refused() {
    let mut record = full(&json!({"Id": 9, "Name": "complete"}));
    *record = read(&json!({"Id": 9}));
    assert_snapshot!(record.body().unwrap_err(), @"this Sample came from a list, which leaves properties out: writing it back would clear what it lacks; get it by its id and change that");
    *record = Sample::default();
    assert_eq!(record.body().unwrap_err().origin(), Origin::New);
}

#[test]
fn debug_hides_secrets_and_counts_the_unknown() {
    let record = read(&json!({"Id": 9, "Password": "hunter2", "Brand": 1, "Name": "n", "Count": null}));
    assert_snapshot!(format!("{record:?}"), @r#"Sample { Name: "n", Password: [hidden], Id: 9, unknown: 1, .. }"#);
    let mut edited = full(&json!({"Password": "hunter2"}));
    edited.password = Some("hunter3".into());
    assert_snapshot!(format!("{:?}", edited.changes()), @"[Password: [hidden]]");
}

#[test]
fn properties_can_be_set_by_name() {
    let mut record = read(&json!({"Name": "old", "OwnerId": "5"}));
    record.set_property("OwnerId", json!(6)).unwrap();
    record.set_property("Brand", json!("kept")).unwrap();
    record.set_property("Count", json!("7")).unwrap();
    record.set_property("Id", json!(9)).unwrap();
    let refused = record.set_property("Name", json!({})).unwrap_err();
    assert_snapshot!(refused, @"Name takes text, not an object");
    assert_eq!(record.to_value(), json!({"Name": "old", "OwnerId": 6, "Brand": "kept", "Count": 7, "Id": 9}));
    assert_eq!(record.property("Count"), Some(json!(7)));
    assert_eq!(record.property("Price"), None);
}

#[test]
fn actions_are_those_that_are_set() {
    let record = |json: Json| {
        let record = read(&json);
        (&record as &dyn Record).actions().iter().map(|field| field.name).collect::<Vec<_>>()
    };
    assert_eq!(record(json!({"ChargeNow": true})), ["ChargeNow"]);
    assert!(record(json!({"ChargeNow": false})).is_empty());
    assert!(record(json!({"ChargeNow": null})).is_empty());
}

#[test]
fn filters_have_the_documented_names_and_forms() {
    let starts: DateTime = "2025-01-15T10:30:59+01:00".parse().unwrap();
    let clock: CivilDateTime = "2025-01-15T10:30:59+01:00".parse().unwrap();
    let conditions = [
        Sample::OWNER_ID.eq(5),
        Sample::COUNT.eq(7),
        Sample::COUNT.between(1, 2),
        Sample::PRICE.at_most(Decimal::new(125, 1)),
        Sample::NAME.eq("a b&c"),
        Sample::STARTS.at_least(starts),
        Sample::STARTS_LOCAL.at_least(clock),
        Sample::CYCLE.eq(Cycle::Weekly),
        Sample::OWNER_NAME.eq("Ana"),
        Sample::ID.eq(9),
        Sample::SYSTEM_ID.eq("mine"),
        Sample::UPDATED_ON.at_least(starts),
        Condition::raw("Sample_CustomFields_shoe", "42"),
    ];
    let lines: Vec<String> =
        conditions.iter().flat_map(Condition::pairs).map(|(name, value)| format!("{name}={value}")).collect();
    assert_snapshot!(lines.join("\n"), @"
    Sample_Owner=5
    Sample_Count=7
    from_Sample_Count=1
    to_Sample_Count=2
    to_Sample_Price=12.5
    Sample_Name=a b&c
    from_Sample_Starts=2025-01-15T09:30:59Z
    from_Sample_StartsLocal=2025-01-15T10:30
    Sample_Cycle=2
    Sample_Owner_Name=Ana
    Id=9
    Sample_SystemId=mine
    from_Sample_UpdatedOn=2025-01-15T09:30:59Z
    Sample_CustomFields_shoe=42
    ");
    assert_eq!(OrderBy::from(Sample::STARTS).property(), "Starts");
}

#[test]
fn an_envelope_is_read_in_all_its_forms() {
    let created =
        Envelope::decode(br#"{"Status":200,"Message":"ok","Value":{"Id":5},"WasSuccessful":true,"Errors":null}"#)
            .unwrap();
    assert_eq!((created.id(), created.is_success()), (Some(5), true));
    let refused = Envelope::decode(
        br#"{"Message":"Name: is a required field","Value":null,"Status":500,
            "Errors":[{"AttemptedValue":null,"Message":"is a required field","PropertyName":"Name"},"odd"],"WasSuccessful":false}"#,
    )
    .unwrap();
    assert!(!refused.is_success());
    let errors: Vec<String> = refused.errors.iter().map(ToString::to_string).collect();
    assert_eq!(errors, ["Name: is a required field", "odd"]);
    assert!(!Envelope::decode(br#"{"Status":500}"#).unwrap().is_success());
    assert!(Envelope::decode(b"{}").unwrap().is_success());
    assert_snapshot!(Envelope::decode(b"\"Not found\"").unwrap_err(), @r#"at $: expected an object, found the text "Not found" (line 1, column 11)"#);
}

/// JSON values that may stand anywhere.
fn any_json() -> impl Strategy<Value = Json> {
    let leaf = prop_oneof![
        Just(Json::Null),
        any::<bool>().prop_map(Json::from),
        any::<i64>().prop_map(Json::from),
        any::<u64>().prop_map(Json::from),
        any::<f64>().prop_map(Json::from),
        "\\PC{0,12}".prop_map(Json::from),
        "[0-9]{1,6}".prop_map(Json::from),
        Just(json!("2025-01-15T10:30:00Z")),
    ];
    leaf.prop_recursive(2, 12, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Json::from),
            prop::collection::btree_map("[A-Z][a-z]{0,5}", inner, 0..4).prop_map(|map| map.into_iter().collect()),
        ]
    })
}

proptest! {
    /// Whatever object is decoded at all comes out as it went in; and nothing makes decoding panic.
    #[test]
    fn a_decoded_object_encodes_to_an_equal_one(
        values in prop::collection::vec((0..TABLE_SIZE, any_json()), 0..12),
        unknown in prop::collection::btree_map("x[a-z]{0,5}", any_json(), 0..3),
    ) {
        let mut object = serde_json::Map::new();
        for (at, value) in values {
            object.insert(Sample::table().field(at).unwrap().name.to_owned(), value);
        }
        object.extend(unknown);
        let json = Json::Object(object);
        if let Ok(record) = from_json::<Sample>(json.to_string().as_bytes()) {
            prop_assert_eq!(record.to_value(), json.clone());
            let text = (&record as &dyn Record).to_json();
            prop_assert_eq!(serde_json::from_slice::<Json>(&text).unwrap(), json.clone());
            prop_assert_eq!(from_value::<Sample>(json).unwrap(), record);
        }
    }

    #[test]
    fn any_bytes_are_decoded_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
        Page::<Sample>::decode(&bytes).ok();
        Envelope::decode(&bytes).ok();
    }
}

const TABLE_SIZE: usize = 24;

#[test]
fn positions_cover_own_and_common_properties() {
    let table = Sample::table();
    assert_eq!(table.field_count(), TABLE_SIZE);
    for (at, field) in table.all_fields().enumerate() {
        assert_eq!(table.position(field.name), Some(at));
    }
    assert_eq!(table.position("ownerid"), None);
    assert_eq!(table.role(Operation::Update), "Sample-Edit");
}
