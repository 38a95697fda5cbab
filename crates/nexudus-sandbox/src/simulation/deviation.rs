//! A service that differs from what the tables say.
//!
//! Whatever checks the tables against a service needs one where it must find something. A deviation changes what is
//! asked and what is answered, on the way in and out: what is stored, and the code that answers, stay as they are.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fmt;
use std::str::FromStr;

use nexudus_core::{EnumTable, Field, Kind, Operation, service};
use serde_json::value::RawValue;

use crate::catalog::Catalog;
use crate::catalog::entity::Entity;
use crate::catalog::plan::Param;
use crate::message::names::{nearest, quoted};
use crate::message::pairs::Pairs;
use crate::value::raw::{Object, Raw, compact, is_null, is_string, items, object, of_text, quote, text, too_deep};

/// The version of the format.
const VERSION: i64 = 1;
/// A longer text is refused, in bytes.
const LONGEST: usize = 4 << 20;

/// How a sandbox differs from the published API, entity by entity. Read from JSON by [`FromStr`]:
///
/// ```
/// let deviations: nexudus_sandbox::Deviations = r#"{
///     "version": 1,
///     "entities": {
///         "Booking": {
///             "roles_missing": ["Read"],
///             "max_page_size": 50,
///             "sort": { "ascending": 1, "descending": 0 },
///             "filters_ignored": ["Booking_Resource", "from_Booking_CreatedOn"],
///             "properties": {
///                 "NewThing": { "added": "text" },
///                 "Notes": { "gone": true },
///                 "FromTime": { "renamed": "Starts" },
///                 "Online": { "retyped": "text" },
///                 "Repeats": { "enum_value": 99 }
///             }
///         },
///         "Coworker": { "path_gone": true }
///     }
/// }"#
/// .parse()?;
/// let sandbox = nexudus_sandbox::Sandbox::builder().deviations(deviations).in_process()?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// | key of an entity | |
/// |---|---|
/// | `path_gone` | `true`: every request below its path is answered 404 |
/// | `roles_missing` | suffixes of roles, such as `List`, that nobody has, administrators included |
/// | `max_page_size` | the largest `size` of a list, in records |
/// | `sort` | the two numbers of `dir`, both different; any other means ascending |
/// | `filters_ignored` | query parameters that filter nothing, by their exact names |
/// | `properties` | one deviation for each property, in lists and in a record asked for by its id |
///
/// | key of a property | |
/// |---|---|
/// | `added` | a property that no table knows, of the type `text`, `int`, `bool`, `decimal`, `datetime`, `ids`, `object` or `null` |
/// | `gone` | `true`: the key is nowhere; filters and orders by it go on |
/// | `renamed` | the key is this one |
/// | `retyped` | the value, unless it is null, is a `text`, `int`, `bool`, `decimal`, `ids` or `object` |
/// | `enum_value` | the value, unless it is null, is this number, which the enumeration does not list |
///
/// Creates and updates are answered as without deviations, and so are webhooks, `/api/auth/me` and the control routes.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Deviations(BTreeMap<&'static str, Deviation>);

/// Why a text holds no [`Deviations`]: where in it, and what is wrong there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeviationError(String);

impl fmt::Display for DeviationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for DeviationError {}

/// How one entity differs.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Deviation {
    pub(crate) path_gone: bool,
    /// Full names in lower case: `booking-list`.
    roles_missing: HashSet<String>,
    max_page_size: Option<u64>,
    sort: Option<Sort>,
    /// Query parameters in lower case.
    filters_ignored: HashSet<String>,
    /// What becomes of the properties that there are, by their exact names.
    changed: HashMap<&'static str, Changed>,
    /// Names and values that no table knows.
    added: Vec<(String, &'static str)>,
}

/// The numbers of `dir`.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Sort {
    ascending: i64,
    descending: i64,
}

/// What becomes of a property.
#[derive(Clone, Debug, PartialEq)]
enum Changed {
    Gone,
    Renamed(String),
    Retyped(Type),
    Number(i64),
}

/// The JSON types that a deviation can name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Type {
    Text,
    Int,
    Bool,
    Decimal,
    DateTime,
    Ids,
    Object,
    Null,
}

/// The types by name, and a value of each.
const TYPES: [(Type, &str, &str); 8] = [
    (Type::Text, "text", "\"deviating\""),
    (Type::Int, "int", "7"),
    (Type::Bool, "bool", "true"),
    (Type::Decimal, "decimal", "1.5"),
    (Type::DateTime, "datetime", "\"2026-01-31T09:00:00Z\""),
    (Type::Ids, "ids", "[1,2]"),
    (Type::Object, "object", "{\"Name\":\"deviating\"}"),
    (Type::Null, "null", "null"),
];

impl Type {
    fn value(self) -> &'static str {
        TYPES.iter().find(|(known, ..)| *known == self).map_or("null", |(_, _, value)| value)
    }

    /// A value that was of another type. Of a value that has a text, this is the text.
    fn of(self, value: &RawValue) -> Raw {
        match self {
            Self::Text if !is_string(value) => quote(&compact(value)),
            _ => of_text(self.value().to_owned()),
        }
    }
}

impl Deviations {
    /// How many entities deviate.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether nothing deviates.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How an entity differs.
    pub(crate) fn of(&self, entity: &Entity) -> Option<&Deviation> {
        self.0.get(entity.table.name)
    }
}

impl Deviation {
    /// Roles that nobody has, in lower case.
    pub(crate) fn roles_missing(&self) -> &HashSet<String> {
        &self.roles_missing
    }

    /// Changes the query of a list to what the undeviating sandbox has to be asked.
    pub(crate) fn ask(&self, query: &mut Pairs) {
        query.retain(|(name, _)| !self.filters_ignored.contains(&name.to_ascii_lowercase()));
        let is = |name: &str, wanted: &str| name.eq_ignore_ascii_case(wanted);
        if let Some(most) = self.max_page_size {
            let mut sized = false;
            for (_, size) in query.iter_mut().filter(|(name, _)| is(name, service::SIZE)) {
                match size.trim().parse::<u64>() {
                    Ok(asked) if asked > most => *size = most.to_string(),
                    Ok(asked) => sized |= asked > 0,
                    Err(_) => {}
                }
            }
            if !sized && u64::from(service::DEFAULT_SIZE) > most {
                query.push((service::SIZE.to_owned(), most.to_string()));
            }
        }
        if let Some(sort) = self.sort {
            for (_, direction) in query.iter_mut().filter(|(name, _)| is(name, service::DIRECTION)) {
                let descending = direction.trim().parse() == Ok(sort.descending);
                *direction = (if descending { service::DESCENDING } else { service::ASCENDING }).to_string();
            }
        }
    }

    /// Changes an answer that holds records: a page, a list of them, or one.
    pub(crate) fn answer(&self, body: &[u8]) -> Option<Vec<u8>> {
        let body: Raw = serde_json::from_slice(body).ok()?;
        let all = |records: &RawValue| {
            let records: Option<Vec<Raw>> = items(records)?.into_iter().map(|record| self.record(record)).collect();
            let records: Vec<&str> = records.as_ref()?.iter().map(|record| record.get()).collect();
            Some(format!("[{}]", records.join(",")))
        };
        let Some(mut page) = object(&body) else { return all(&body).map(String::into_bytes) };
        if !page.0.iter().any(|(key, _)| key == "Records") {
            return self.record(&body).map(|record| record.get().to_owned().into_bytes());
        }
        for (key, value) in &mut page.0 {
            match (key.as_str(), self.sort) {
                ("Records", _) => *value = of_text(all(value)?),
                ("CurrentSortDirection", Some(sort)) => {
                    let descending = value.get() == service::DESCENDING.to_string();
                    *value = of_text((if descending { sort.descending } else { sort.ascending }).to_string());
                }
                _ => {}
            }
        }
        Some(page.to_json())
    }

    fn record(&self, record: &RawValue) -> Option<Raw> {
        let mut shown = Vec::new();
        for (name, value) in object(record)?.0 {
            match self.changed.get(name.as_str()) {
                Some(Changed::Gone) => {}
                Some(Changed::Renamed(other)) => shown.push((other.clone(), value)),
                Some(Changed::Retyped(kind)) if !is_null(&value) => shown.push((name, kind.of(&value))),
                Some(Changed::Number(number)) if !is_null(&value) => shown.push((name, of_text(number.to_string()))),
                _ => shown.push((name, value)),
            }
        }
        shown.extend(self.added.iter().map(|(name, value)| (name.clone(), of_text((*value).to_owned()))));
        String::from_utf8(Object(shown).to_json()).ok().map(of_text)
    }
}

impl FromStr for Deviations {
    type Err = DeviationError;

    fn from_str(text: &str) -> Result<Self, DeviationError> {
        if text.len() > LONGEST {
            return Err(DeviationError(format!("is longer than {LONGEST} bytes")));
        }
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let raw: Raw = serde_json::from_str(text).map_err(|error| DeviationError(format!("is not JSON: {error}")))?;
        if too_deep(text.as_bytes()) {
            return Err(DeviationError("nests deeper than 100 levels".to_owned()));
        }
        let catalog = Catalog::new(nexudus_model::tables(), &[]);
        read(&catalog, &raw).map_err(DeviationError)
    }
}

/// What is wrong, and where.
fn at(place: &str, what: impl fmt::Display) -> String {
    if place.is_empty() { what.to_string() } else { format!("{place}: {what}") }
}

/// The entries of an object, with the place of each. Every key stands once and is one of those that are known.
fn entries(value: &RawValue, place: &str, known: &[&str]) -> Result<Vec<(String, Raw, String)>, String> {
    let entries = object(value).ok_or_else(|| at(place, "has to be an object"))?;
    let mut seen = HashSet::new();
    let mut out = Vec::with_capacity(entries.0.len());
    for (key, value) in entries.0 {
        if !known.is_empty() && !known.contains(&key.as_str()) {
            let near = suggestion(&key, known.iter().copied());
            return Err(at(place, format!("there is no key {}{near}; give {}", quoted(&key), known.join(", "))));
        }
        let plain = key.len() < 80 && key.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        let last = if plain { key.clone() } else { quoted(&key) };
        let inside = if place.is_empty() { last } else { format!("{place}.{last}") };
        if !seen.insert(key.clone()) {
            return Err(at(&inside, "stands twice"));
        }
        out.push((key, value, inside));
    }
    Ok(out)
}

fn suggestion<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> String {
    nearest(name, known).map(|near| format!(", did you mean `{near}`?")).unwrap_or_default()
}

fn integer(value: &RawValue, place: &str) -> Result<i64, String> {
    value.get().parse().map_err(|_| at(place, "has to be a whole number"))
}

fn is_true(value: &RawValue, place: &str) -> Result<(), String> {
    if value.get() == "true" { Ok(()) } else { Err(at(place, "can only be true; leave it out otherwise")) }
}

fn texts(value: &RawValue, place: &str) -> Result<Vec<String>, String> {
    let list = items(value).and_then(|list| list.into_iter().map(text).collect());
    list.ok_or_else(|| at(place, "has to be a list of texts"))
}

fn read(catalog: &Catalog, value: &RawValue) -> Result<Deviations, String> {
    let mut deviations = BTreeMap::new();
    let mut version = None;
    for (key, value, place) in entries(value, "", &["version", "entities"])? {
        if key == "version" {
            version = Some(integer(&value, &place)?);
            continue;
        }
        for (name, value, place) in entries(&value, &place, &[])? {
            let entity = catalog.named(&name).ok_or_else(|| {
                let near = suggestion(&name, catalog.entities().iter().map(|entity| entity.table.name));
                at(&place, format!("there is no such entity{near}"))
            })?;
            deviations.insert(entity.table.name, read_entity(catalog, entity, &value, &place)?);
        }
    }
    match version {
        Some(VERSION) => Ok(Deviations(deviations)),
        Some(other) => Err(format!("version: is {other}, and this sandbox reads version {VERSION}")),
        None => Err(format!("version: is missing; this sandbox reads version {VERSION}")),
    }
}

fn read_entity(catalog: &Catalog, entity: &Entity, value: &RawValue, place: &str) -> Result<Deviation, String> {
    const KEYS: [&str; 6] = ["path_gone", "roles_missing", "max_page_size", "sort", "filters_ignored", "properties"];
    let mut deviation = Deviation::default();
    for (key, value, place) in entries(value, place, &KEYS)? {
        match key.as_str() {
            "path_gone" => {
                is_true(&value, &place)?;
                deviation.path_gone = true;
            }
            "roles_missing" => deviation.roles_missing = read_roles(entity, &value, &place)?,
            "max_page_size" => {
                let size = u64::try_from(integer(&value, &place)?).ok().filter(|size| *size > 0);
                deviation.max_page_size = Some(size.ok_or_else(|| at(&place, "has to be 1 or more"))?);
            }
            "sort" => deviation.sort = Some(read_sort(&value, &place)?),
            "filters_ignored" => deviation.filters_ignored = read_filters(catalog, entity, &value, &place)?,
            _ => read_properties(entity, &value, &place, &mut deviation)?,
        }
    }
    Ok(deviation)
}

fn read_roles(entity: &Entity, value: &RawValue, place: &str) -> Result<HashSet<String>, String> {
    let known: Vec<&str> = Operation::ALL.into_iter().map(Operation::role_suffix).collect();
    let role = |suffix: String| {
        let operation = Operation::ALL.into_iter().find(|operation| operation.role_suffix() == suffix);
        let operation = operation.ok_or_else(|| {
            let near = suggestion(&suffix, known.iter().copied());
            at(place, format!("there is no role that ends in {}{near}; give {}", quoted(&suffix), known.join(", ")))
        })?;
        Ok(entity.role(operation).to_lowercase())
    };
    texts(value, place)?.into_iter().map(role).collect()
}

fn read_sort(value: &RawValue, place: &str) -> Result<Sort, String> {
    let (mut ascending, mut descending) = (None, None);
    for (key, value, place) in entries(value, place, &["ascending", "descending"])? {
        let number = Some(integer(&value, &place)?);
        *(if key == "ascending" { &mut ascending } else { &mut descending }) = number;
    }
    match (ascending, descending) {
        (Some(ascending), Some(descending)) if ascending != descending => Ok(Sort { ascending, descending }),
        _ => Err(at(place, "needs two different numbers, ascending and descending")),
    }
}

fn read_filters(catalog: &Catalog, entity: &Entity, value: &RawValue, place: &str) -> Result<HashSet<String>, String> {
    let params = &catalog.plan(entity).params;
    let filters = params
        .iter()
        .filter(|(_, param)| matches!(param, Param::Id { .. } | Param::Equal(_) | Param::From(_) | Param::To(_)));
    let known: HashSet<&str> = filters.map(|(name, _)| name.as_str()).collect();
    let filter = |name: String| {
        let lower = name.to_ascii_lowercase();
        if known.contains(lower.as_str()) {
            return Ok(lower);
        }
        let near = suggestion(&lower, known.iter().copied());
        Err(at(place, format!("{} is not a filter of {}{near}", quoted(&name), entity.table.name)))
    };
    texts(value, place)?.into_iter().map(filter).collect()
}

fn read_properties(entity: &Entity, value: &RawValue, place: &str, deviation: &mut Deviation) -> Result<(), String> {
    const KEYS: [&str; 5] = ["added", "gone", "renamed", "retyped", "enum_value"];
    let is_known = |name: &str| entity.field_position_any_case(name).is_some();
    let mut new_names = HashSet::new();
    for (name, value, place) in entries(value, place, &[])? {
        let one = entries(&value, &place, &KEYS)?;
        let [(key, value, inside)] = &one[..] else {
            return Err(at(&place, format!("needs one of {}", KEYS.join(", "))));
        };
        let mut new = |name: &str| {
            if name.trim().is_empty() {
                return Err(at(inside, "has no name"));
            }
            if is_known(name) || !new_names.insert(name.to_ascii_lowercase()) {
                return Err(at(inside, format!("{} is a property already", quoted(name))));
            }
            Ok(())
        };
        if key == "added" {
            new(&name)?;
            deviation.added.push((name, read_type(value, inside)?.value()));
            continue;
        }
        let field = entity.field_position(&name).and_then(|at| entity.field(at));
        let field = field.ok_or_else(|| {
            let near = suggestion(&name, entity.table.all_fields().map(|field| field.name));
            at(&place, format!("{} has no such property{near}", entity.table.name))
        })?;
        let changed = match key.as_str() {
            "gone" => {
                is_true(value, inside)?;
                Changed::Gone
            }
            "renamed" => {
                let other = text(value).ok_or_else(|| at(inside, "has to be a text"))?;
                new(&other)?;
                Changed::Renamed(other)
            }
            "retyped" => Changed::Retyped(read_retyped(field, value, inside)?),
            _ => Changed::Number(read_number(field, value, inside)?),
        };
        deviation.changed.insert(field.name, changed);
    }
    Ok(())
}

fn read_type(value: &RawValue, place: &str) -> Result<Type, String> {
    let name = text(value).unwrap_or_default();
    let found = TYPES.iter().find(|(_, known, _)| *known == name).map(|(kind, ..)| *kind);
    let known = TYPES.map(|(_, known, _)| known).join(", ");
    found.ok_or_else(|| at(place, format!("has to be one of {known}")))
}

/// Another type than that of the property. A whole number is a decimal as well.
fn read_retyped(field: &Field, value: &RawValue, place: &str) -> Result<Type, String> {
    let kind = read_type(value, place)?;
    let same = match field.kind {
        Kind::Text => kind == Type::Text,
        Kind::Int | Kind::Id(_) => kind == Type::Int,
        Kind::Enum(_) => kind == Type::Int || field.is_by_name() && kind == Type::Text,
        Kind::Bool => kind == Type::Bool,
        Kind::Decimal => matches!(kind, Type::Decimal | Type::Int),
        Kind::Ids(_) => kind == Type::Ids,
        Kind::Json => true,
        Kind::DateTime | Kind::Civil | Kind::Guid => false,
    };
    match kind {
        _ if same => Err(at(place, format!("{} can have that type as it is", field.name))),
        Type::DateTime | Type::Null => Err(at(place, "can't be datetime or null")),
        _ => Ok(kind),
    }
}

/// A number that the enumeration of a property does not list.
fn read_number(field: &Field, value: &RawValue, place: &str) -> Result<i64, String> {
    let Kind::Enum(EnumTable { name, values, .. }) = field.kind else {
        return Err(at(place, format!("{} is not an enumeration", field.name)));
    };
    let number = integer(value, place)?;
    match values.iter().find(|(known, _)| *known == number) {
        Some((_, label)) => Err(at(place, format!("{number} is listed in {name}, as {label}"))),
        None => Ok(number),
    }
}
