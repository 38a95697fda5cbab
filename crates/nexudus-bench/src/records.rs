//! Decoding and encoding a page of records, beside what serde's derive would give.
//!
//! Two twins of one entity: one keeps unknown properties through `flatten`, which is what a derived client
//! needs to update without loss; the other drops them.

use std::hint::black_box;

use nexudus_core::Page;
use nexudus_model::sys::UserMessage;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::measure::{Failure, compare};

/// Declares the two twins of one list of properties.
macro_rules! twins {
    ($($field:ident: $type:ty = $name:literal,)*) => {
        #[derive(Deserialize, Serialize)]
        struct Keeping {
            $(#[serde(rename = $name)] $field: Option<$type>,)*
            #[serde(flatten)]
            unknown: Map<String, Value>,
        }

        /// The twin that keeps nothing but what it knows.
        #[derive(Deserialize, Serialize)]
        pub(crate) struct Dropping {
            $(#[serde(rename = $name)] pub(crate) $field: Option<$type>,)*
        }
    };
}

twins! {
    business_id: i64 = "BusinessId",
    to_users: Vec<i64> = "ToUsers",
    from_name: String = "FromName",
    from_user_id: i64 = "FromUserId",
    header: String = "Header",
    body: String = "Body",
    is_read: bool = "IsRead",
    id: i64 = "Id",
    updated_on: String = "UpdatedOn",
    created_on: String = "CreatedOn",
    unique_id: String = "UniqueId",
    updated_by: String = "UpdatedBy",
    is_new: bool = "IsNew",
    system_id: String = "SystemId",
    to_string_text: String = "ToStringText",
    localization_details: Value = "LocalizationDetails",
    custom_fields: Value = "CustomFields",
}

#[derive(Deserialize, Serialize)]
struct PageOf<T> {
    #[serde(rename = "Records")]
    records: Vec<T>,
}

const RECORDS: usize = 1000;
const ROUNDS: usize = 60;

/// Measures and prints.
pub(crate) fn run() -> Result<(), Failure> {
    for (order, json) in [("in order", page(false)), ("shuffled", page(true))] {
        let ours = || drop(black_box(Page::<UserMessage>::decode(black_box(&json))));
        let keeping = || drop(black_box(serde_json::from_slice::<PageOf<Keeping>>(black_box(&json))));
        let dropping = || drop(black_box(serde_json::from_slice::<PageOf<Dropping>>(black_box(&json))));
        println!("decode {order}, against derive with flatten: {}", compare(ROUNDS, ours, keeping));
        println!("decode {order}, against plain derive:        {}", compare(ROUNDS, ours, dropping));
    }
    let json = page(false);
    let ours = Page::<UserMessage>::decode(&json)?;
    let keeping: PageOf<Keeping> = serde_json::from_slice(&json)?;
    let dropping: PageOf<Dropping> = serde_json::from_slice(&json)?;
    let encode = || {
        for record in &ours {
            drop(black_box(nexudus_core::AsRecord::as_dyn(record).to_json()));
        }
    };
    println!("encode, against derive with flatten:         {}", compare(ROUNDS, encode, || encode_all(&keeping)));
    println!("encode, against plain derive:                {}", compare(ROUNDS, encode, || encode_all(&dropping)));
    Ok(())
}

fn encode_all<T: Serialize>(page: &PageOf<T>) {
    for record in &page.records {
        drop(black_box(serde_json::to_vec(record)));
    }
}

/// A page as the service would send it, with three properties that no spec knows.
fn page(shuffled: bool) -> Vec<u8> {
    let record = |number: usize| {
        let values = [
            ("BusinessId", json!(100 + number)),
            ("ToUsers", json!([number, number + 1])),
            ("FromName", json!("Ana García")),
            ("FromUserId", json!(7_000_000 + number)),
            ("Header", json!("The printer on the second floor")),
            ("Body", json!("It is out of \"paper\" again.\nCould somebody have a look at it today, please?")),
            ("IsRead", json!(number.is_multiple_of(2))),
            ("Brand", json!("north")),
            ("Score", json!(12.5)),
            ("Id", json!(87_000_000 + number)),
            ("UpdatedOn", json!("2025-01-15T10:30:00Z")),
            ("CreatedOn", json!("2025-01-10T08:00:00Z")),
            ("UniqueId", json!("a1b2c3d4-e5f6-7890-abcd-ef1234567890")),
            ("UpdatedBy", json!("admin@example.com")),
            ("IsNew", json!(false)),
            ("SystemId", Value::Null),
            ("ToStringText", json!("UserMessage Example")),
            ("LocalizationDetails", Value::Null),
            ("CustomFields", Value::Null),
            ("Channel", json!(3)),
        ];
        let mut order: Vec<usize> = (0..values.len()).collect();
        if shuffled {
            // A fixed permutation, another one for each record: 7 and 20 have no common factor.
            order = order.iter().map(|at| (at * 7 + number) % values.len()).collect();
        }
        let text: Vec<String> = order.iter().map(|at| format!("{:?}:{}", values[*at].0, values[*at].1)).collect();
        format!("{{{}}}", text.join(","))
    };
    let records: Vec<String> = (0..RECORDS).map(record).collect();
    format!("{{\"Records\":[{}],\"TotalItems\":{RECORDS}}}", records.join(",")).into_bytes()
}
