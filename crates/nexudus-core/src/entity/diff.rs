//! The differences between two records.

use std::collections::BTreeMap;
use std::fmt;

use crate::codec;
use crate::json::Json;
use crate::record::Record;

/// One property that differs between two records.
#[derive(Clone, PartialEq)]
pub struct Change {
    /// The property's name on the wire.
    pub property: String,
    /// What it was; `None` if it was not there.
    pub before: Option<Json>,
    /// What it is; `None` if it is not there.
    pub after: Option<Json>,
    sensitive: bool,
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.sensitive {
            return write!(f, "{}: [hidden]", self.property);
        }
        let text = |value: &Option<Json>| value.as_ref().map_or_else(|| "nothing".to_owned(), Json::to_string);
        write!(f, "{}: {} -> {}", self.property, text(&self.before), text(&self.after))
    }
}

impl fmt::Debug for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Whether two records of one entity hold the same, by value: an unknown property counts, a spelling does not.
#[doc(hidden)]
pub fn same(one: &dyn Record, other: &dyn Record) -> bool {
    let typed = (0..one.describe().fields.len()).all(|at| match (one.slot(at), other.slot(at)) {
        (Some(one), Some(other)) => one.equals(other),
        _ => true,
    });
    typed && one.common() == other.common() && one.extra() == other.extra()
}

/// What differs between two records of one entity, in the order of its table, unknown properties last.
pub fn diff(before: &dyn Record, after: &dyn Record) -> Vec<Change> {
    let table = after.describe();
    let mut changes: Vec<Change> = Vec::new();
    let mut compare = |property: &str, before: Option<Json>, after: Option<Json>, sensitive: bool| {
        if before != after {
            changes.push(Change { property: property.to_owned(), before, after, sensitive });
        }
    };
    for (at, field) in table.all_fields().enumerate() {
        let of = |record: &dyn Record| codec::property_at(record, table, at);
        compare(field.name, of(before), of(after), field.is_sensitive());
    }
    let unknown = |record: &dyn Record| -> BTreeMap<String, Json> {
        record.unknown().map(|(name, value)| (name.into_owned(), value.to_owned())).collect()
    };
    let (mut was, is) = (unknown(before), unknown(after));
    for (name, value) in is {
        compare(&name, was.remove(&name), Some(value), false);
    }
    for (name, value) in was {
        compare(&name, Some(value), None, false);
    }
    changes
}
