//! The arguments of a call, read from their JSON text: numbers keep their digits.

use nexudus_client::model::core::{EntityTable, Field, Kind};

use super::policy::Policy;
use super::tool_error::ToolError;
use crate::input::{expectation, parse_id, typed};
use crate::json::{Object, Raw};
use crate::records::property_named;
use crate::tables::{Lookup, look_up, squash, suggest};

/// The arguments of a call.
#[derive(Clone, Debug)]
pub(super) struct Arguments(Object);

/// Other names of arguments: programs that were built on the vendor's tools use them.
const ALSO: [(&str, &str); 3] = [("body", "values"), ("ids", "id"), ("command_key", "key")];

/// Bytes of the name of a property, with room for other spellings.
const LONGEST_NAME: usize = 200;

/// Bytes of a text that is not a value of a record, and items of a list or an object.
const LONGEST: usize = 1000;
const MOST: usize = 300;

fn wrong(name: &str, expected: &str, found: &Raw) -> ToolError {
    ToolError::argument(
        name,
        format!("{name}: expected {expected}, found {}", super::text::clean_line(found.text(), 80)),
    )
}

fn refuse_repeated(name: &str, object: &Object) -> Result<(), ToolError> {
    object.refuse_repeated().map_err(|what| ToolError::argument(name, format!("{name}: {what}")))
}

impl Arguments {
    /// Reads the arguments; a name that the tool does not know is refused.
    pub(super) fn parse(json: &str, known: &[String]) -> Result<Self, ToolError> {
        let mut object = Object::parse(json).map_err(|error| {
            ToolError::argument("arguments", format!("the arguments are not a JSON object: {error}"))
        })?;
        for (name, _) in &mut object.0 {
            let own = ALSO.iter().find(|(also, own)| also == name && known.iter().any(|known| known == own));
            if let Some((_, own)) = own {
                (*own).clone_into(name);
            }
        }
        // A client that shows a call to a person may show the other one of two values.
        refuse_repeated("arguments", &object)?;
        for (name, _) in &object.0 {
            if !known.contains(name) {
                let fault = ToolError::argument(name, format!("there is no argument {name:?}"));
                return Err(fault.one_of(name, known.iter().map(String::as_str)));
            }
        }
        Ok(Self(object))
    }

    /// The text of all arguments but one: two calls are the same if these are.
    pub(super) fn text_without(&self, name: &str) -> String {
        let mut object = self.0.clone();
        object.0.retain(|(known, _)| known != name);
        object.0.sort_by(|(one, _), (other, _)| one.cmp(other));
        object.to_raw().text().to_owned()
    }

    pub(super) fn all(&self) -> &Object {
        &self.0
    }

    fn get(&self, name: &str) -> Option<&Raw> {
        self.0.get(name).filter(|value| !value.is_null())
    }

    /// A text; numbers are taken as they are written.
    pub(super) fn text(&self, name: &str) -> Result<Option<String>, ToolError> {
        match self.get(name) {
            None => Ok(None),
            Some(value) if value.is_nested() || value.text().len() > LONGEST => {
                Err(wrong(name, &format!("a text of at most {LONGEST} bytes"), value))
            }
            Some(value) => Ok(Some(value.plain().into_owned())),
        }
    }

    /// A text that has to be given.
    pub(super) fn required(&self, name: &str) -> Result<String, ToolError> {
        let text = self.text(name)?.filter(|text| !text.trim().is_empty());
        text.ok_or_else(|| ToolError::argument(name, format!("{name} is missing")))
    }

    /// A whole number within bounds.
    pub(super) fn number(&self, name: &str, least: u32, most: u32) -> Result<Option<u32>, ToolError> {
        let Some(value) = self.get(name) else { return Ok(None) };
        let number = value.plain().trim().parse().ok().filter(|number| (least..=most).contains(number));
        number.map(Some).ok_or_else(|| wrong(name, &format!("a whole number from {least} to {most}"), value))
    }

    /// A switch; off where it is not given.
    pub(super) fn flag(&self, name: &str) -> Result<bool, ToolError> {
        match self.get(name).map(Raw::plain).as_deref() {
            None | Some("false") => Ok(false),
            Some("true") => Ok(true),
            Some(_) => Err(ToolError::argument(name, format!("{name}: expected true or false"))),
        }
    }

    /// One of a few words; the first where none is given.
    pub(super) fn choice(&self, name: &str, words: &[&'static str]) -> Result<&'static str, ToolError> {
        let Some(given) = self.text(name)? else { return Ok(words.first().copied().unwrap_or_default()) };
        words.iter().copied().find(|word| *word == given).ok_or_else(|| {
            ToolError::argument(name, format!("{name}: {given:?} is none of the values"))
                .one_of(&given, words.iter().copied())
        })
    }

    /// A list of names: JSON, or text with commas.
    pub(super) fn names(&self, name: &str) -> Result<Vec<String>, ToolError> {
        let Some(value) = self.get(name) else { return Ok(Vec::new()) };
        let items: Vec<_> = match value.as_array() {
            Some(items) if items.iter().all(Raw::is_string) => {
                items.iter().map(|item| item.plain().into_owned()).collect()
            }
            None if value.is_string() => value.plain().split(',').map(|item| item.trim().to_owned()).collect(),
            _ => return Err(wrong(name, "a list of names", value)),
        };
        if items.len() > MOST {
            return Err(wrong(name, &format!("at most {MOST} names"), value));
        }
        Ok(items)
    }

    /// Ids of records, each once, at most so many. `name` may hold one, or a list.
    pub(super) fn ids(&self, name: &str, most: usize) -> Result<Vec<i64>, ToolError> {
        let Some(value) = self.get(name) else { return Ok(Vec::new()) };
        let items = value.as_array().unwrap_or_else(|| vec![value.clone()]);
        let mut ids = Vec::new();
        for item in items.iter().take(most.saturating_mul(2).saturating_add(1)) {
            for part in item.plain().split(',') {
                let id = parse_id(part).map_err(|failure| ToolError::from(failure).at(name))?;
                if !ids.contains(&id) {
                    ids.push(id);
                }
                if ids.len() > most {
                    return Err(ToolError::argument(
                        name,
                        format!("{name}: more than {most} ids; give at most {most}"),
                    ));
                }
            }
        }
        Ok(ids)
    }

    /// An object; empty where it is not given.
    pub(super) fn object(&self, name: &str) -> Result<Object, ToolError> {
        match self.get(name) {
            None => Ok(Object::default()),
            Some(value) => {
                let object = value.as_object().filter(|object| object.0.len() <= MOST);
                let object =
                    object.ok_or_else(|| wrong(name, &format!("an object of at most {MOST} properties"), value))?;
                refuse_repeated(name, &object)?;
                Ok(object)
            }
        }
    }

    /// Parameters of a command: an object, or a list of objects with `Name` and `Value` as the service has them.
    pub(super) fn parameters(&self, name: &str) -> Result<Object, ToolError> {
        let Some(items) = self.get(name).and_then(Raw::as_array) else { return self.object(name) };
        let pair = |item: &Raw| {
            let item = item.as_object()?;
            let name = item.get("Name").filter(|name| name.is_string())?.plain().into_owned();
            Some((name, item.get("Value").cloned().unwrap_or_else(Raw::null)))
        };
        let pairs = items.iter().take(MOST + 1).map(pair).collect::<Option<Vec<_>>>();
        let object = pairs.filter(|pairs| pairs.len() <= MOST).map(Object).ok_or_else(|| {
            let value = self.get(name).cloned().unwrap_or_else(Raw::null);
            wrong(name, "an object, or a list of objects with Name and Value", &value)
        })?;
        refuse_repeated(name, &object)?;
        Ok(object)
    }

    /// The entity that `entity` names.
    pub(super) fn entity(&self, policy: &Policy) -> Result<&'static EntityTable, ToolError> {
        let word = self.required("entity")?;
        match look_up(&word) {
            Lookup::Found(table) if policy.may_see(table) => Ok(table),
            Lookup::Found(table) => Err(ToolError::refused(format!("{} is kept from assistants here", table.name))),
            Lookup::Unknown(near) => {
                let mut fault = ToolError::argument("entity", format!("there is no entity {word:?}"));
                fault.nearest = near.into_iter().map(str::to_owned).collect();
                Err(fault.hint("nexudus_list_entities finds entities by words."))
            }
        }
    }
}

/// The property that a name means, as a fault of an argument where there is none.
pub(super) fn property(table: &'static EntityTable, argument: &str, name: &str) -> Result<&'static Field, ToolError> {
    let found = property_named(table, name).ok().and_then(|name| table.all_fields().find(|field| field.name == name));
    found.ok_or_else(|| {
        let fault = ToolError::argument(argument, format!("{} has no property {name:?}", table.name));
        let near = suggest(name, table.all_fields().map(|field| field.name));
        let fault = ToolError { nearest: near.into_iter().map(str::to_owned).collect(), ..fault };
        fault.hint(format!("nexudus_describe_entity lists the properties of {}.", table.name))
    })
}

/// A value for a property, as it is sent.
pub(super) fn value_for(field: &Field, value: &Raw) -> Result<Raw, ToolError> {
    let fault = |message: String| ToolError::argument(field.name, format!("{}: {message}", field.name));
    let expected = || {
        let mut fault =
            fault(format!("expected {}, found {}", short(field.kind), super::text::clean_line(value.text(), 80)));
        if let Kind::Enum(table) = field.kind {
            let names = table.values.iter().map(|(_, name)| *name);
            fault = fault.one_of(&value.plain(), names);
        }
        fault
    };
    if value.is_null() {
        return Ok(value.clone());
    }
    match field.kind {
        Kind::Json => Ok(value.clone()),
        Kind::Text if value.is_string() => Ok(value.clone()),
        Kind::Decimal if value.is_number() => Ok(value.clone()),
        Kind::Bool if matches!(value.text(), "true" | "false") => Ok(value.clone()),
        Kind::Ids(_) if value.as_array().is_some() => {
            let items = value.as_array().unwrap_or_default();
            let texts: Vec<_> = items.iter().map(Raw::plain).collect();
            typed(field.kind, &texts.join(",")).map_err(|_| expected())
        }
        Kind::Text | Kind::Bool => Err(expected()),
        kind if value.is_nested() => Err(fault(format!("expected {}", short(kind)))),
        kind => typed(kind, &value.plain()).map_err(|_| expected()),
    }
}

fn short(kind: Kind) -> String {
    match kind {
        Kind::Enum(table) => format!("a value of {}", table.name),
        kind => expectation(kind),
    }
}

/// Whether two names are one, as people type them.
pub(super) fn is_named(one: &str, other: &str) -> bool {
    one.len().max(other.len()) <= LONGEST_NAME && squash(one) == squash(other)
}
