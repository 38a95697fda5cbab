//! What differs between two records.

use std::fmt;

use serde_json::Value;

use crate::codec;
use crate::facts::Field;
use crate::record::Record;

/// One property that differs between two records.
#[derive(Clone, PartialEq)]
pub struct Change {
    /// The property's name on the wire.
    pub property: String,
    /// What it was; `None` if it was not there.
    pub before: Option<Value>,
    /// What it is; `None` if it is not there.
    pub after: Option<Value>,
    sensitive: bool,
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.sensitive {
            return write!(f, "{}: [hidden]", self.property);
        }
        let text = |value: &Option<Value>| value.as_ref().map_or_else(|| "nothing".to_owned(), Value::to_string);
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
    let mut was = codec::to_map(before);
    let mut is = codec::to_map(after);
    let known = table.all_fields().map(|field| field.name.to_owned());
    let unknown: Vec<String> =
        was.keys().chain(is.keys()).filter(|name| table.position(name).is_none()).cloned().collect();
    let mut changes = Vec::new();
    for property in known.chain(unknown) {
        let (before, after) = (was.remove(&property), is.remove(&property));
        if before != after {
            let field = table.position(&property).and_then(|at| table.field(at));
            let sensitive = field.is_some_and(Field::is_sensitive);
            changes.push(Change { property, before, after, sensitive });
        }
    }
    changes
}
