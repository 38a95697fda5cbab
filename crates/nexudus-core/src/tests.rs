//! Properties of all records, tested with an entity that has a property of every kind.

use insta::assert_snapshot;
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::sample::{Cycle, Sample};
use crate::*;

fn read(json: &Value) -> Sample {
    from_json(json.to_string().as_bytes()).unwrap()
}

fn full(json: &Value) -> Full<Sample> {
    Full::decode(json.to_string()).unwrap()
}

fn body(full: &Full<Sample>) -> Json {
    String::from_utf8(full.body().unwrap()).unwrap().parse().unwrap()
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
    assert_snapshot!(failure(r#"{"Records": {}}"#), @"Sample at $: expected an array of records, found an object (line 1, column 13)");
    assert_snapshot!(failure(r#"{"TotalItems": 0}"#), @"Sample at $.Records: expected an array of records, found nothing (line 1, column 18)");
    assert_snapshot!(failure("<html>"), @"Sample at $: expected JSON, found something else (this is not a value) (line 1, column 1)");
    assert_snapshot!(failure("{\"Records\": [{},\n {\"Name\": \"cut"), @"Sample at $.Records[1]: expected JSON, found the end of the body (line 2, column 15)");
    assert_snapshot!(failure(r#"{"Records": []} x"#), @"Sample at $: expected JSON, found something else (something follows the value) (line 1, column 17)");
    assert_snapshot!(from_json::<Sample>(b"[]").unwrap_err(), @"Sample at $: expected an object, found an array (line 1, column 1)");
    assert_snapshot!(decode_rows(Sample::table(), b"[{},5]").unwrap_err(), @"Sample at $[1]: expected an object, found the number 5 (line 1, column 5)");
    assert_snapshot!(Page::<Sample>::decode(b"{\"Records\": [{}, {\"Name\": \"a\xFFb\"}]}").unwrap_err(), @"Sample at $.Records[1]: expected JSON, found something else (bytes that are not UTF-8) (line 1, column 29)");
    let deep = format!(r#"{{"Records": [{{"Slots": {}}}]}}"#, "[".repeat(1_000_000));
    assert_snapshot!(failure(&deep), @"Sample at $.Records[0]: expected JSON, found something else (it is nested too deep) (line 1, column 152)");
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
    $.Records[0].Count: null, but not marked as nullable
    $.Records[0].Cycle: 7 is not a listed value
    $.Records[0].Key: null, but not marked as nullable
    $.Records[0].OwnerId: another form of the value: the text "5"
    $.Records[0].Starts: not readable, kept as text: the text "soon"
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
fn a_complete_record_has_an_id() {
    let mut record = full(&json!({"Id": 9}));
    record.common.id = None;
    assert_eq!(record.id().get(), 9, "the id is the one that was received");
    for json in [r#"{"Name":"A"}"#, r#"{"Id":null}"#, r#"{"Id":"x"}"#] {
        let error = Full::<Sample>::decode(json).unwrap_err();
        assert_eq!(error.to_string(), "Sample at $.Id: expected the id of the record, found none");
    }
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
    let mut edited = full(&json!({"Id": 9, "Password": "hunter2"}));
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
    assert_eq!(record.property("Count").unwrap(), json!(7));
    assert_eq!(record.property("Price"), None);
}

#[test]
fn actions_are_those_that_are_set() {
    let record = |json: Value| {
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

/// Numbers, texts and types as services really write them.
#[test]
fn hard_values_come_back_byte_for_byte_after_another_was_changed() {
    let numbers = [
        "1.08451234567890123456",
        "12345678901234.5678",
        "18446744073709551616",
        "150.00",
        "0.09000",
        "52.142857142857146",
        "1e400",
        "-0",
        "-0.0",
        "1E5",
    ];
    let others = [
        r#""a\ud83d""#,
        r#""\u0027caf\u00e9\/""#,
        r#""03/25/2024""#,
        "{}",
        "[1, 2]",
        "[null]",
        r#""0""#,
        "true",
        r#"{"Data": [{"Name": "a\ud83d", "Value": 150.00}]}"#,
    ];
    for value in numbers.iter().chain(&others) {
        for field in Sample::table().all_fields().filter(|field| field.name != "Name") {
            let json = format!(r#"{{"Name":"old","Nested":{{"a":[{value}]}},{:?}:{value}}}"#, field.name);
            let mut full = AnyFull::decode(Sample::table(), json).unwrap();
            full.set_property("Name", json!("new")).unwrap();
            let body = String::from_utf8(full.body().unwrap()).unwrap();
            assert!(body.contains(&format!("{:?}:{value}", field.name)), "{} {value}: {body}", field.name);
            assert!(body.contains(&format!(r#""Nested":{{"a":[{value}]}}"#)), "{body}");
            assert_eq!(full.changes().len(), 1);
        }
    }
    let price = |text: &str| from_json::<Sample>(format!(r#"{{"Price":{text}}}"#).as_bytes()).unwrap().price;
    assert_eq!(price("1.08451234567890123456").unwrap().to_string(), "1.08451234567890123456");
    assert_eq!((price("1E5"), price("1e400")), (Some(Decimal::from(100_000)), None));
}

#[test]
fn a_value_of_another_type_leaves_its_field_empty_and_is_kept() {
    let json =
        r#"{"Records": [{"OwnerId": {"Id": 5}, "Active": "maybe", "Name": [1]}, null, 5, {"Id": 2}], "PageSize": []}"#;
    let page = Page::<Sample>::decode(json.as_bytes()).unwrap();
    assert_eq!((page.records.len(), page.info.page_size), (2, None));
    let odd = &page.records[0];
    assert_eq!((odd.owner_id, odd.active, odd.name.as_deref()), (None, None, None));
    assert_eq!(odd.to_value(), json!({"OwnerId": {"Id": 5}, "Active": "maybe", "Name": [1]}));
    let rows: Vec<String> = page.unreadable.iter().map(|row| format!("{}: {}", row.row, row.json)).collect();
    assert_eq!(rows, ["1: null", "2: 5"]);
    let (_, leniencies) = Page::<Sample>::decode_strict(json.as_bytes()).unwrap();
    assert!(
        leniencies
            .iter()
            .any(|leniency| leniency.to_string() == "$.Records[0].OwnerId: not readable, kept as text: an object")
    );
}

#[test]
fn a_lone_surrogate_is_kept_and_reported() {
    let json = r#"{"Name":"a\ud83d","Id":1}"#;
    let (record, leniencies) = from_json_strict::<Sample>(json.as_bytes(), Origin::Full).unwrap();
    assert_eq!(record.name.as_deref(), Some("a\u{FFFD}"));
    assert_eq!(record.to_value().text(), json);
    assert_eq!(leniencies[0].to_string(), "$.Name: another form of the value: the text \"a\u{FFFD}\"");
    assert_eq!(serde_json::to_string(&record.to_value()).unwrap(), json);
}

/// Reading takes quick ways where a comma and a key stand side by side.
#[test]
fn white_space_escapes_and_order_make_no_difference() {
    let plain = r#"{"OwnerId":5,"Odd":[1],"Count":7,"Name":"a","Id":9}"#;
    let record: Sample = from_json(plain.as_bytes()).unwrap();
    for other in [
        r#" { "OwnerId" : 5 , "Odd" : [1] , "Count" : 7 , "Name" : "a" , "Id" : 9 } "#,
        "{\n\t\"OwnerId\": 5,\r\n\"Odd\": [1],\n\"Count\": 7,\n\"Name\": \"a\",\n\"Id\": 9\n}",
        r#"{"\u004fwnerId":5,"\u004fdd":[1],"C\u006funt":7,"Name":"a","Id":9}"#,
        r#"{"Id":9,"Name":"a","Count":7,"Odd":[1],"OwnerId":5}"#,
        r#"{"Count":"x","Name":"b","OwnerId":5,"Odd":[1],"Id":9,"Name":"a","Count":7}"#,
    ] {
        let read: Sample = from_json(other.as_bytes()).unwrap();
        assert_eq!(read, record, "{other}");
        assert_eq!(read.to_value(), plain.parse::<Json>().unwrap(), "{other}");
    }
    for broken in
        [r#"{,"Id":9}"#, r#"{"Id":9,}"#, r#"{"Id":9,,"Count":7}"#, r#"{"Id":9 "Count":7}"#, r#"{"Id":9,"Count"7}"#]
    {
        assert!(from_json::<Sample>(broken.as_bytes()).is_err(), "{broken}");
    }
}

#[test]
fn lists_may_be_null_and_bodies_may_begin_with_a_mark() {
    assert_eq!(Page::<Sample>::decode(br#"{"Records": null}"#).unwrap().records, []);
    assert_eq!(decode_rows(Sample::table(), b"null").unwrap().count(), 0);
    assert_eq!(from_json::<Sample>(br#"{"Members": null}"#).unwrap().members, None);
    let marked = |json: &str| format!("\u{FEFF}{json}").into_bytes();
    assert_eq!(from_json::<Sample>(&marked(r#"{"Id":1}"#)).unwrap().common.id, Some(1));
    assert_eq!(Envelope::decode(&marked(r#"{"Value":5}"#)).unwrap().id(), Some(5));
    assert_eq!(Page::<Sample>::decode(&marked(r#"{"Records":[{}]}"#)).unwrap().records.len(), 1);
}

#[test]
fn the_number_of_records_is_limited() {
    let page = |rows: usize| format!(r#"{{"Records":[{}]}}"#, vec!["{}"; rows].join(","));
    let table = Sample::table();
    assert_eq!(AnyPage::decode_at_most(table, page(25).as_bytes(), 25).unwrap().records.count(), 25);
    assert_snapshot!(AnyPage::decode_at_most(table, page(26).as_bytes(), 25).unwrap_err(), @"Sample at $.Records: expected at most 25 records in a body of 91 bytes, found more (line 1, column 88)");
    assert!(decode_rows_at_most(table, b"[{},{}]", 1).is_err());
    assert!(AnyPage::decode(table, page(1000).as_bytes()).is_ok());
    assert!(AnyPage::decode(table, page(1_000_000).as_bytes()).is_err());
    let nothing = format!(r#"{{"Records":[{}]}}"#, vec!["0"; 1_000_000].join(","));
    assert!(AnyPage::decode(table, nothing.as_bytes()).is_err());
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
    assert_snapshot!(Envelope::decode(b"\"Not found\"").unwrap_err(), @r#"at $: expected an object, found the text "Not found" (line 1, column 1)"#);
    let odd = Envelope::decode(
        br#"{"Status":"fine","Message":7,"WasSuccessful":"true","UpdatedOn":[],"Errors":null,"Value":{"id":"5"}}"#,
    )
    .unwrap();
    assert_eq!((odd.status, odd.message.as_deref(), odd.is_success(), odd.id()), (None, Some("7"), true, Some(5)));
    for value in ["5", "5.0", "\"5\"", "{\"Id\":5}", "{\"id\":5.0}", "{\"Name\":\"a\",\"Id\":\"5\"}"] {
        let envelope = Envelope::decode(format!(r#"{{"Value":{value}}}"#).as_bytes()).unwrap();
        assert_eq!(envelope.id(), Some(5), "{value}");
    }
    for value in ["null", "\"a\"", "{}", "[5]", "5.5", "{\"Id\":null}"] {
        let envelope = Envelope::decode(format!(r#"{{"Value":{value}}}"#).as_bytes()).unwrap();
        assert_eq!(envelope.id(), None, "{value}");
    }
    for (errors, printed) in [
        ("\"broken\"", "broken"),
        (r#"{"Name":["is required","is short"]}"#, "Name: is required"),
        (r#"{"Name":"is required"}"#, "Name: is required"),
        ("[[1]]", "[1]"),
    ] {
        let envelope = Envelope::decode(format!(r#"{{"Errors":{errors}}}"#).as_bytes()).unwrap();
        assert_eq!(envelope.errors[0].to_string(), printed);
    }
}

/// JSON texts of any kind, most of them as no library of ours would write them.
fn any_json() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        Just("null".to_owned()),
        "(true|false)",
        "-?(0|[1-9][0-9]{0,24})(\\.[0-9]{1,24})?([eE][+-]?[0-9]{1,3})?",
        "\"(\\PC|\\\\(n|/|\"|u00e9|ud83d|ude00|u001F)){0,6}\"".prop_filter("JSON", |text| text.parse::<Json>().is_ok()),
        "\"[0-9]{1,6}\"",
        Just("\"2025-01-15T10:30:00Z\"".to_owned()),
        Just("\"weekly\"".to_owned()),
    ];
    leaf.prop_recursive(2, 12, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(|items| format!("[ {}]", items.join(" ,"))),
            prop::collection::vec(("[A-Z][a-z]{0,5}", inner), 0..4).prop_map(|all| {
                let all: Vec<String> = all.iter().map(|(key, value)| format!("\"{key}\" : {value}")).collect();
                format!("{{{} }}", all.join(","))
            }),
        ]
    })
}

proptest! {
    /// Whatever object is decoded comes out as it went in, byte for byte, also after another property was changed.
    #[test]
    fn what_is_decoded_is_encoded_byte_for_byte(
        values in prop::collection::btree_map(0..TABLE_SIZE, any_json(), 0..12),
        unknown in prop::collection::btree_map("x[a-z]{0,5}", any_json(), 0..3),
        changed in 0..TABLE_SIZE,
    ) {
        let name = |at: usize| Sample::table().field(at).unwrap().name;
        let property = |(name, value): (&str, &str)| format!("{name:?}:{value}");
        let text = |values: &std::collections::BTreeMap<usize, String>| {
            let known = values.iter().map(|(at, value)| property((name(*at), value)));
            let all: Vec<String> = known.chain(unknown.iter().map(|(name, value)| property((name, value)))).collect();
            format!("{{{}}}", all.join(","))
        };
        let before = text(&values);
        let record = from_json::<Sample>(before.as_bytes()).unwrap();
        prop_assert_eq!(record.to_value().into_text(), before.clone());
        prop_assert_eq!(&from_value::<Sample>(&record.to_value()).unwrap(), &record);
        prop_assert_eq!(&serde_json::from_str::<Json>(&before).unwrap(), &record.to_value());

        let mut full = AnyFull::decode(Sample::table(), before).unwrap();
        let mut after = values;
        let set = match Sample::table().field(changed).unwrap().kind {
            Kind::Id(_) | Kind::Int | Kind::Decimal | Kind::Enum(_) => "1",
            Kind::Bool => "true",
            Kind::Text => "\"changed\"",
            Kind::DateTime | Kind::Civil => "\"2020-01-01T00:00:00Z\"",
            Kind::Guid => "\"a1b2c3d4-e5f6-7890-abcd-ef1234567890\"",
            Kind::Ids(_) => "[7]",
            Kind::Json => "{\"a\":1.10}",
        };
        full.set_property(name(changed), set.parse::<Json>().unwrap()).unwrap();
        after.insert(changed, set.to_owned());
        after.retain(|at, value| !(name(*at) == "AddedMembers" && value == "null"));
        prop_assert_eq!(String::from_utf8(full.body().unwrap()).unwrap(), text(&after));
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
