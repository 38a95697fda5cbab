//! Whether the records of a list match its filters.
//!
//! The service ignores unknown query parameters, so a filter with a wrong name returns all records. Each received
//! record is therefore compared with the filters of its list, if it has the property. The comparison is as strict as
//! the known facts allow:
//!
//! * It is not published whether the service compares whole texts or parts, or how it treats case, whitespace and
//!   accents. A text matches a filter if it contains the value; case and accents are ignored.
//! * The time zone of a time without one is not published either, so times match within the range of time zones.
//! * An empty property that lists are known to omit is not compared.
//! * A filter on a related record is compared with the copied property, such as `ResourceName` for
//!   `Booking_Resource_Name`, or not at all.

use std::borrow::Cow;
use std::cmp::Ordering;

use nexudus_core::{
    AnyPage, DateTime, Decimal, Direction, Doubt, EntityTable, Field, Json, JsonRef, Kind, ListQuery, PageInfo, Record,
    Rows, service,
};

/// The furthest that two readings of a time without a zone are apart, in seconds.
const ZONES: i64 = 14 * 3600;

/// Pairs of characters that the slow comparison of texts may look at.
const MOST_PAIRS: usize = 1 << 20;

/// What the answers to a list are compared with.
pub(crate) struct Expectations<'a> {
    conditions: Vec<Condition<'a>>,
    order: Option<Order<'a>>,
}

struct Condition<'a> {
    /// The query parameter.
    name: &'a str,
    subject: Subject<'a>,
    test: Test,
    value: Operand,
}

/// What a condition is about.
enum Subject<'a> {
    Property(&'static Field),
    CustomField(&'a str),
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Test {
    Equal,
    AtLeast,
    AtMost,
}

/// The value of a condition, by the kind of its property.
enum Operand {
    Number(Decimal),
    Bool(bool),
    Text(String),
    /// In seconds since 1970.
    Time(i64),
    /// Compared by its letters and digits.
    Guid(String),
}

/// The order that the caller asked for.
struct Order<'a> {
    property: &'a str,
    field: Option<&'static Field>,
    direction: Direction,
}

/// What a record says of a condition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Finding {
    Met,
    NotMet,
    Unclear,
}

impl<'a> Expectations<'a> {
    /// What the answers to this query have to meet. An order counts where the caller asked for it.
    pub(crate) fn of(table: &'static EntityTable, query: &'a ListQuery, order: bool) -> Self {
        let conditions = query.filters.iter().filter_map(|(name, value)| Condition::read(table, name, value)).collect();
        let order = query.order.as_deref().filter(|_| order).map(|property| Order {
            property,
            field: table.all_fields().find(|field| field.name.eq_ignore_ascii_case(property)),
            direction: query.direction,
        });
        Self { conditions, order }
    }

    /// Whether records can be compared with any condition.
    pub(crate) fn has_conditions(&self) -> bool {
        !self.conditions.is_empty()
    }

    /// Says what the service ignored, if it did.
    pub(crate) fn check(&self, page: &AnyPage) -> Result<(), String> {
        for condition in &self.conditions {
            if let Some(record) = page.records.iter().find(|record| condition.test(*record) == Finding::NotMet) {
                let id = record.common().id.map_or_else(|| "without an Id".to_owned(), |id| id.to_string());
                return Err(format!(
                    "the service ignored the filter {}: record {id} does not match it",
                    condition.name
                ));
            }
        }
        match &self.order {
            Some(order) => order.check(page),
            None => Ok(()),
        }
    }
}

impl<'a> Condition<'a> {
    /// Finds the property that a query parameter is about. `None` if there is none, or no value to compare with.
    fn read(table: &'static EntityTable, name: &'a str, value: &str) -> Option<Self> {
        let value = value.trim();
        if value.is_empty() {
            return None;
        }
        if let Some(custom) = custom_field(table, name) {
            let value = Operand::Text(fold(value));
            return Some(Self { name, subject: Subject::CustomField(custom), test: Test::Equal, value });
        }
        let (field, test) = resolve(table, name)?;
        let value = Operand::read(field, value)?;
        Some(Self { name, subject: Subject::Property(field), test, value })
    }

    fn test(&self, record: &dyn Record) -> Finding {
        let field = match self.subject {
            Subject::Property(field) => field,
            Subject::CustomField(name) => return self.test_custom_field(record, name),
        };
        let Some(found) = record.property(field.name) else { return Finding::Unclear };
        if is_empty(&found) {
            return if is_left_out(field) { Finding::Unclear } else { Finding::NotMet };
        }
        if let Kind::Ids(_) = field.kind {
            return self.test_list(&found);
        }
        let Some(found) = Operand::found(field, &found) else { return Finding::Unclear };
        self.value.compare(self.test, &found)
    }

    fn test_list(&self, found: &Json) -> Finding {
        let Operand::Number(wanted) = &self.value else { return Finding::Unclear };
        if !found.is_array() {
            return Finding::Unclear;
        }
        let mut numbers = found.items().map(|item| number(&plain_text(item)));
        if numbers.any(|number| number.is_none_or(|number| number == *wanted)) { Finding::Met } else { Finding::NotMet }
    }

    fn test_custom_field(&self, record: &dyn Record, name: &str) -> Finding {
        let Some(fields) = record.property("CustomFields") else { return Finding::Unclear };
        if is_empty(&fields) {
            return Finding::NotMet;
        }
        let Some(data) = fields.get("Data").filter(|data| data.is_array()) else { return Finding::Unclear };
        let is_it = |field: &JsonRef<'_>| {
            let other = field.get("Name").map(plain_text);
            other.is_some_and(|other| other.trim().eq_ignore_ascii_case(name.trim()))
        };
        match data.items().find(is_it).and_then(|field| field.get("Value")) {
            Some(value) => self.value.compare(Test::Equal, &Operand::Text(fold(&plain_text(value)))),
            None => Finding::NotMet,
        }
    }
}

impl Operand {
    /// The value of a condition.
    fn read(field: &Field, text: &str) -> Option<Self> {
        Some(match field.kind {
            Kind::Id(_) | Kind::Ids(_) | Kind::Int | Kind::Decimal => Self::Number(number(text)?),
            Kind::Enum(values) => Self::Number(number(text).or_else(|| values.value_of(text).map(Decimal::from))?),
            Kind::Bool => Self::Bool(flag(text)?),
            Kind::DateTime | Kind::Civil => Self::Time(seconds(text)?),
            Kind::Guid => Self::Guid(hex(text)),
            Kind::Text => Self::Text(fold(text)),
            Kind::Json => return None,
        })
    }

    /// The value of a record.
    fn found(field: &Field, value: &Json) -> Option<Self> {
        Self::read(field, plain_text(value.borrow()).trim())
    }

    fn compare(&self, test: Test, found: &Self) -> Finding {
        let met = match (self, found) {
            (Self::Number(wanted), Self::Number(found)) => match test {
                Test::Equal => found == wanted,
                Test::AtLeast => found >= wanted,
                Test::AtMost => found <= wanted,
            },
            (Self::Time(wanted), Self::Time(found)) => {
                let ahead = found.saturating_sub(*wanted);
                match test {
                    Test::Equal => ahead.saturating_abs() <= ZONES,
                    Test::AtLeast => ahead >= -ZONES,
                    Test::AtMost => ahead <= ZONES,
                }
            }
            (Self::Bool(wanted), Self::Bool(found)) => wanted == found,
            (Self::Guid(wanted), Self::Guid(found)) => wanted == found,
            (Self::Text(wanted), Self::Text(found)) if test == Test::Equal => return contains(found, wanted),
            _ => return Finding::Unclear,
        };
        if met { Finding::Met } else { Finding::NotMet }
    }

    /// The order of two values, where it does not depend on how the service compares texts.
    fn order(&self, other: &Self) -> Option<Ordering> {
        match (self, other) {
            (Self::Number(one), Self::Number(other)) => Some(one.cmp(other)),
            (Self::Time(one), Self::Time(other)) => Some(one.cmp(other)),
            (Self::Bool(one), Self::Bool(other)) => Some(one.cmp(other)),
            _ => None,
        }
    }
}

impl Order<'_> {
    /// By what the answer says of its direction; where it says nothing, by its records.
    fn check(&self, page: &AnyPage) -> Result<(), String> {
        // A single record is in any order.
        if page.records.count() < 2 && !page.info.has_next() {
            return Ok(());
        }
        let kept = match direction(&page.info) {
            Some(direction) => direction == self.direction,
            None => self.is_kept(&page.records),
        };
        if kept {
            return Ok(());
        }
        let direction = match self.direction {
            Direction::Ascending => "ascending",
            Direction::Descending => "descending",
        };
        Err(format!("the service ignored the order: the records are not by {} {direction}", self.property))
    }

    fn is_kept(&self, rows: &Rows) -> bool {
        let Some(field) = self.field else { return true };
        let values: Vec<_> = rows
            .iter()
            .filter_map(|record| record.property(field.name).filter(|value| !is_empty(value)))
            .filter_map(|value| Operand::found(field, &value))
            .collect();
        let wrong = match self.direction {
            Direction::Ascending => Ordering::Greater,
            Direction::Descending => Ordering::Less,
        };
        if matches!(field.kind, Kind::Text) {
            return !is_reversed(&values, wrong);
        }
        values.windows(2).all(|pair| pair[0].order(&pair[1]) != Some(wrong))
    }
}

/// Whether texts run the wrong way all along. How the service sorts texts is not published, so one pair alone says
/// nothing.
fn is_reversed(values: &[Operand], wrong: Ordering) -> bool {
    let first = |value: &Operand| match value {
        Operand::Text(text) => text.bytes().next().filter(u8::is_ascii_alphanumeric),
        _ => None,
    };
    let orders = values.windows(2).filter_map(|pair| Some(first(&pair[0])?.cmp(&first(&pair[1])?)));
    let orders: Vec<_> = orders.filter(|order| order.is_ne()).collect();
    !orders.is_empty() && orders.iter().all(|order| *order == wrong)
}

/// The direction that an answer says it has: a number, or a word of an older service.
fn direction(info: &PageInfo) -> Option<Direction> {
    let said = plain_text(info.direction.as_ref()?.borrow()).trim().to_ascii_lowercase();
    match (said.as_str(), said.parse()) {
        ("asc" | "ascending", _) | (_, Ok(service::ASCENDING)) => Some(Direction::Ascending),
        ("-1" | "desc" | "descending", _) | (_, Ok(service::DESCENDING)) => Some(Direction::Descending),
        _ => None,
    }
}

/// The property and the comparison that a query parameter stands for: by its exact name, or by the naming rule. Names
/// ignore case.
fn resolve(table: &'static EntityTable, name: &str) -> Option<(&'static Field, Test)> {
    let same = |other: Option<String>| other.is_some_and(|other| other.eq_ignore_ascii_case(name));
    for field in table.all_fields() {
        if same(table.filter_name(field)) {
            return Some((field, Test::Equal));
        }
        let (from, to) = table.range_names(field).unzip();
        if same(from) {
            return Some((field, Test::AtLeast));
        }
        if same(to) {
            return Some((field, Test::AtMost));
        }
    }
    let (rest, test) = match (strip_prefix(name, "from_"), strip_prefix(name, "to_")) {
        (Some(rest), _) => (rest, Test::AtLeast),
        (None, Some(rest)) => (rest, Test::AtMost),
        (None, None) => (name, Test::Equal),
    };
    let steps = strip_prefix(rest, table.name)?.strip_prefix('_')?;
    // `Booking_Resource_Name` is repeated in ResourceName, and `Booking_Resource` in ResourceId.
    let joined = steps.replace('_', "");
    let is_it = |field: &&Field| {
        let stem = if let Kind::Id(_) = field.kind { field.name.strip_suffix("Id") } else { None };
        [Some(field.name), stem].into_iter().flatten().any(|name| name.eq_ignore_ascii_case(&joined))
    };
    table.all_fields().find(is_it).map(|field| (field, test))
}

/// The custom field that a query parameter such as `Coworker_CustomFields_shoe` is about.
fn custom_field<'a>(table: &EntityTable, name: &'a str) -> Option<&'a str> {
    let rest = strip_prefix(name, table.name)?.strip_prefix('_')?;
    strip_prefix(rest, "CustomFields_").filter(|name| !name.is_empty())
}

fn strip_prefix<'a>(text: &'a str, prefix: &str) -> Option<&'a str> {
    let (start, rest) = text.split_at_checked(prefix.len())?;
    start.eq_ignore_ascii_case(prefix).then_some(rest)
}

/// Whether lists are known to leave a property out, or to send it empty.
fn is_left_out(field: &Field) -> bool {
    let is_list = matches!(field.kind, Kind::Ids(_));
    let is_doubtful = matches!(field.doubt(), Some(Doubt::AlwaysEmpty | Doubt::NotOnRecord));
    is_list || is_doubtful || field.is_get_only() || field.is_write_only() || field.is_absent()
}

/// Whether a value may stand for one that was left out.
fn is_empty(value: &Json) -> bool {
    match value.as_str() {
        Some(text) => text.trim().is_empty(),
        None => value.is_null() || (value.is_array() && value.items().next().is_none()),
    }
}

/// A text without its quotes; any other value as JSON.
fn plain_text(value: JsonRef<'_>) -> String {
    value.as_str().map_or_else(|| value.to_string(), Cow::into_owned)
}

fn number(text: &str) -> Option<Decimal> {
    let text = text.trim();
    text.parse().or_else(|_| Decimal::from_scientific(text)).ok()
}

fn flag(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "true" | "1" => Some(true),
        "false" | "0" => Some(false),
        _ => None,
    }
}

fn seconds(text: &str) -> Option<i64> {
    text.parse::<DateTime>().ok().map(|time| time.unix_seconds())
}

fn hex(text: &str) -> String {
    text.chars().filter(char::is_ascii_alphanumeric).map(|letter| letter.to_ascii_lowercase()).collect()
}

/// A text in lower case, with single blanks and without marks over its letters.
fn fold(text: &str) -> String {
    let is_mark = |letter: &char| ('\u{300}'..='\u{36f}').contains(letter);
    let words = text.split_whitespace().map(|word| word.to_lowercase().chars().filter(|c| !is_mark(c)).collect());
    words.collect::<Vec<String>>().join(" ")
}

/// Whether two texts are the same but for case and blanks.
pub(crate) fn same_text(one: &str, other: &str) -> bool {
    fold(one) == fold(other)
}

/// Whether a text may contain another one, as loosely as a condition on it is compared.
pub(crate) fn contains_text(found: &str, wanted: &str) -> bool {
    contains(&fold(found), &fold(wanted)) != Finding::NotMet
}

/// Whether a folded text contains another one. A letter beyond ASCII may stand for any other: the service may or may
/// not tell `é` from `e`. So may an underscore in the wanted text, which is a wildcard in SQL.
fn contains(found: &str, wanted: &str) -> Finding {
    if found.contains(wanted) {
        return Finding::Met;
    }
    let is_plain = |text: &str| text.is_ascii() && !text.contains('_');
    if wanted.contains(['%', '*']) {
        return Finding::Unclear;
    }
    if is_plain(wanted) && found.is_ascii() {
        return Finding::NotMet;
    }
    // `ß` may be told from `ss` or not.
    if found.contains(['ß', 'æ', 'œ']) || wanted.contains(['ß', 'æ', 'œ']) {
        return Finding::Unclear;
    }
    if found.len().saturating_mul(wanted.len()) > MOST_PAIRS {
        return Finding::Unclear;
    }
    let (found, wanted): (Vec<char>, Vec<char>) = (found.chars().collect(), wanted.chars().collect());
    let alike = |(one, other): (&char, &char)| one == other || !one.is_ascii() || !other.is_ascii() || *other == '_';
    let met = found.windows(wanted.len().max(1)).any(|window| window.iter().zip(&wanted).all(alike));
    if met { Finding::Met } else { Finding::NotMet }
}

#[cfg(test)]
#[cfg(feature = "all-sections")]
mod tests {
    use nexudus_core::Entity;
    use nexudus_model::spaces::{Booking, Coworker};

    use super::*;

    fn finding<E: Entity>(name: &str, value: &str, json: &str) -> Option<Finding> {
        let record: E = nexudus_core::from_json(json.as_bytes()).unwrap();
        Some(Condition::read(E::table(), name, value)?.test(record.as_dyn()))
    }

    #[test]
    fn conditions_are_compared_with_what_a_record_holds() {
        use Finding::{Met, NotMet, Unclear};
        for (name, value, json, expected) in [
            ("Coworker_FullName", "ana", r#"{"FullName":"Ana Díaz"}"#, Some(Met)),
            ("coworker_fullname", "  Ana  DIAZ", r#"{"FullName":"ana díaz"}"#, Some(Met)),
            ("Coworker_FullName", "Añá", r#"{"FullName":"Ana"}"#, Some(Met)),
            ("Coworker_FullName", "Añá", r#"{"FullName":"Bob"}"#, Some(NotMet)),
            ("Coworker_FullName", "bob", r#"{"FullName":"Ana"}"#, Some(NotMet)),
            ("Coworker_FullName", "bob", r#"{"FullName":null}"#, Some(NotMet)),
            ("Coworker_FullName", "bob", r#"{"Id":1}"#, Some(Unclear)),
            ("Coworker_FullName", "b%b", r#"{"FullName":"Ana"}"#, Some(Unclear)),
            ("Coworker_FullName", "", r#"{"FullName":"Ana"}"#, None),
            ("Coworker_AccessCardId", "77", r#"{"AccessCardId":"78"}"#, Some(NotMet)),
            ("Coworker_CustomFields_shoe", "42", r#"{"CustomFields":null}"#, Some(NotMet)),
            (
                "Coworker_customFields_shoe",
                "42",
                r#"{"CustomFields":{"Data":[{"Name":"Shoe","Value":42}]}}"#,
                Some(Met),
            ),
            ("Coworker_CustomFields_shoe", "42", r#"{"CustomFields":{"Data":[]}}"#, Some(NotMet)),
            ("Coworker_Unheard", "1", r#"{"Id":1}"#, None),
            ("Id", "5", r#"{"Id":6}"#, Some(NotMet)),
            ("Coworker_Id", "5", r#"{"Id":5}"#, Some(Met)),
            ("Coworker_SystemId", "x", r#"{"SystemId":"X "}"#, Some(Met)),
            ("from_Coworker_CreatedOn", "2026-01-10T00:00", r#"{"CreatedOn":"2026-01-09T12:00:00Z"}"#, Some(Met)),
            ("from_Coworker_CreatedOn", "2026-01-10T00:00", r#"{"CreatedOn":"2025-01-09T12:00:00Z"}"#, Some(NotMet)),
            ("TO_Coworker_CreatedOn", "2026-01-10T00:00", r#"{"CreatedOn":"2026-02-09T12:00:00Z"}"#, Some(NotMet)),
            ("Coworker_Active", "true", r#"{"Active":false}"#, Some(NotMet)),
        ] {
            assert_eq!(finding::<Coworker>(name, value, json), expected, "{name}={value} {json}");
        }
        for (name, value, json, expected) in [
            ("Booking_Resource_Name", "Blue", r#"{"ResourceName":"Red"}"#, Some(NotMet)),
            ("Booking_Resource_Name", "Blue", r#"{"Id":1}"#, Some(Unclear)),
            ("Booking_Resource", "5", r#"{"ResourceId":5}"#, Some(Met)),
            ("Booking_Resource", "5", r#"{"ResourceId":"6"}"#, Some(NotMet)),
        ] {
            assert_eq!(finding::<Booking>(name, value, json), expected, "{name}={value} {json}");
        }
    }
}
