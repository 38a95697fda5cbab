//! Random JSON values of the right kind for a property.

use nexudus_model::core::{Field, Json, Kind};
use proptest::prelude::*;
use serde_json::json;

/// A value as the service would send it. Enumerations may hold values that the spec does not list.
pub(crate) fn value_of(kind: Kind) -> BoxedStrategy<Json> {
    match kind {
        Kind::Id(_) | Kind::Int => any::<i64>().prop_map(Json::from).boxed(),
        Kind::Bool => any::<bool>().prop_map(Json::from).boxed(),
        Kind::Decimal => prop_oneof![
            any::<i32>().prop_map(Json::from),
            (any::<i32>(), 1..=4_i32).prop_map(|(digits, places)| json!(f64::from(digits) / 10_f64.powi(places))),
        ]
        .boxed(),
        Kind::Text => "\\PC{0,12}".prop_map(Json::from).boxed(),
        Kind::DateTime | Kind::Civil => (1970..2100_u32, 1..=12_u32, 1..=28_u32, 0..24_u32, 0..60_u32)
            .prop_map(|(year, month, day, hour, minute)| {
                json!(format!("{year}-{month:02}-{day:02}T{hour:02}:{minute:02}:07Z"))
            })
            .boxed(),
        Kind::Guid => {
            any::<[u8; 16]>().prop_map(|bytes| json!(nexudus_model::core::Guid::from_bytes(bytes).to_string())).boxed()
        }
        Kind::Enum(table) => {
            let listed: Vec<i64> = table.values.iter().map(|(value, _)| *value).collect();
            prop_oneof![prop::sample::select(listed), 1_000..2_000_i64].prop_map(Json::from).boxed()
        }
        Kind::Ids(_) => prop::collection::vec(any::<i64>(), 0..3).prop_map(Json::from).boxed(),
        Kind::Json => {
            prop_oneof![Just(json!({"Data": [{"Name": "shoe", "Value": "42"}]})), Just(json!([1, "a"]))].boxed()
        }
    }
}

/// A value as the service might send it against all rules: null, or another spelling.
pub(crate) fn odd_value_of(field: &Field) -> BoxedStrategy<Json> {
    let spelt = value_of(field.kind).prop_map(|value| match value {
        Json::Number(number) => json!(number.to_string()),
        Json::Bool(value) => json!(if value { "True" } else { "false" }),
        other => other,
    });
    prop_oneof![Just(Json::Null), spelt, value_of(field.kind)].boxed()
}
