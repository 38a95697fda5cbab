//! What the tables say of each entity, held against what the sandbox answers.

use nexudus_core::EntityTable;
use nexudus_sandbox::{Sandbox, Seed};

use crate::caller::Caller;

fn demo() -> Caller {
    let builder = Sandbox::builder().seed(Seed::Demo).clock("2026-03-02T12:00:00Z".parse().unwrap());
    Caller::of(builder.in_process().unwrap())
}

/// The filters that a list cannot do without, with a value that is no record's.
fn required(table: &EntityTable) -> String {
    table.required_filters.iter().flat_map(|name| ["&", name, "=987654321987"]).collect()
}

#[test]
fn no_record_has_what_no_record_of_the_service_has() {
    let caller = demo();
    for table in nexudus_model::tables().iter().filter(|table| table.allows(nexudus_core::Operation::List)) {
        let page = caller.get(&format!("{}?size=1{}", table.path(), required(table))).ok();
        let Some(listed) = page["Records"].get(0) else { continue };
        let one = caller.get(&format!("{}/{}", table.path(), listed["Id"]));
        for record in [Some(listed.clone()), (one.status == 200).then(|| one.json())].into_iter().flatten() {
            for field in table.all_fields() {
                let wanted = !field.is_absent();
                assert_eq!(record.get(field.name).is_some(), wanted, "{} {}", table.name, field.name);
            }
        }
    }
}
