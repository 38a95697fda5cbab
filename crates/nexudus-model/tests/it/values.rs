//! Random JSON values for a property, as text.

use nexudus_model::core::Kind;
use proptest::prelude::*;

/// A value as the service would send it. Enumerations may hold values that the spec does not list.
pub(crate) fn value_of(kind: Kind) -> BoxedStrategy<String> {
    let text = || "[^\"\\\\\u{0}-\u{1f}]{0,12}";
    match kind {
        Kind::Id(_) | Kind::Int => any::<i64>().prop_map(|value| value.to_string()).boxed(),
        Kind::Bool => any::<bool>().prop_map(|value| value.to_string()).boxed(),
        Kind::Decimal => "-?[1-9][0-9]{0,14}(\\.[0-9]{1,8})?".boxed(),
        Kind::Text => text().prop_map(|text| format!("\"{text}\"")).boxed(),
        Kind::DateTime | Kind::Civil => "20[0-9]{2}-0[1-9]-1[0-9]T1[0-9]:[0-5][0-9]:07(\\.[0-9]{1,7})?Z?"
            .prop_map(|text| format!("\"{text}\""))
            .boxed(),
        Kind::Guid => "\"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\"".boxed(),
        Kind::Enum(table) => {
            let listed: Vec<i64> = table.values.iter().map(|(value, _)| *value).collect();
            prop_oneof![prop::sample::select(listed), 1_000..2_000_i64].prop_map(|value| value.to_string()).boxed()
        }
        Kind::Ids(_) => prop::collection::vec(any::<i64>(), 0..3)
            .prop_map(|ids| format!("[{}]", ids.iter().map(i64::to_string).collect::<Vec<_>>().join(",")))
            .boxed(),
        Kind::Json => prop_oneof![
            Just(r#"{"Data": [{"Name": "shoe", "Value": "42"}]}"#.to_owned()),
            number().prop_map(|number| format!("[{number},\"a\"]")),
        ]
        .boxed(),
    }
}

/// Any JSON number, however long or large.
fn number() -> impl Strategy<Value = String> {
    "-?(0|[1-9][0-9]{0,24})(\\.[0-9]{1,24})?([eE][+-]?[0-9]{1,3})?"
}

/// Any JSON value: of whatever type, however spelt.
pub(crate) fn any_value() -> BoxedStrategy<String> {
    let escape = prop_oneof![
        "[^\"\\\\\u{0}-\u{1f}]",
        Just("\\n".to_owned()),
        Just("\\/".to_owned()),
        Just("\\u00e9".to_owned()),
        Just("\\ud83d\\ude00".to_owned()),
        Just("\\ud83d".to_owned()),
    ];
    let text = prop::collection::vec(escape, 0..6).prop_map(|parts| format!("\"{}\"", parts.concat()));
    let leaf = prop_oneof![
        4 => number(),
        4 => text,
        1 => "(null|true|false|\"[0-9]{1,4}\"|\"True\"|\"03/25/2024\")",
    ];
    leaf.prop_recursive(2, 6, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(|items| format!("[{}]", items.join(" , "))),
            inner.prop_map(|value| format!("{{ \"A\":{value}}}")),
        ]
    })
    .boxed()
}
