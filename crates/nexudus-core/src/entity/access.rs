//! Access to the properties of any record by their JSON names.

use std::borrow::Cow;
use std::fmt;

use crate::codec::{self, Context, Keep, Leniency};
use crate::facts::Field;
use crate::json::{DecodeError, Json, JsonRef};
use crate::record::{Origin, Record, slot_of_mut};
use crate::value::{Reading, Token};

/// A value that a property does not take.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetError {
    property: String,
    expected: &'static str,
    found: String,
}

impl SetError {
    /// The property's name on the wire.
    pub fn property(&self) -> &str {
        &self.property
    }
}

impl fmt::Display for SetError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} takes {}, not {}", self.property, self.expected, self.found)
    }
}

impl std::error::Error for SetError {}

/// What a program can ask of any record by the names on the wire.
impl dyn Record + '_ {
    /// How much of the record the service sent.
    pub fn origin(&self) -> Origin {
        self.extra().origin()
    }

    /// Takes in what the service sent. Meant for an empty record, such as a table makes.
    pub fn read(&mut self, json: &[u8], origin: Origin) -> Result<(), DecodeError> {
        let mut context = Context::lenient(self.describe());
        codec::record(json, self, origin, &mut context)
    }

    /// The same, with a report of everything in the text that is not as the spec says, by JSON path (`$.Name`).
    pub fn read_strict(&mut self, json: &[u8], origin: Origin) -> Result<Vec<Leniency>, DecodeError> {
        let mut context = Context::strict(self.describe());
        codec::record(json, self, origin, &mut context)?;
        Ok(context.into_leniencies())
    }

    /// Properties that were received and that the spec does not know, by name.
    pub fn unknown(&self) -> impl Iterator<Item = (Cow<'_, str>, JsonRef<'_>)> {
        self.extra().unknown()
    }

    /// A property by its name on the wire, as it would be sent; `None` if it was neither received nor set.
    pub fn property(&self, name: &str) -> Option<Json> {
        let table = self.describe();
        match table.position(name) {
            Some(at) => codec::property_at(self, table, at),
            None => self.unknown().find(|(known, _)| known == name).map(|(_, value)| value.to_owned()),
        }
    }

    /// Sets a property by its name on the wire. Null empties it. A name that the spec does not know is kept
    /// and sent as it is.
    pub fn set_property(&mut self, name: &str, value: impl Into<Json>) -> Result<(), SetError> {
        self.set_json(name, &value.into())
    }

    fn set_json(&mut self, name: &str, value: &Json) -> Result<(), SetError> {
        let table = self.describe();
        let Some(at) = table.position(name) else {
            self.extra_mut().set_unknown(name, value);
            return Ok(());
        };
        let (Some(slot), Some(field)) = (slot_of_mut(self, table, at), table.field(at)) else { return Ok(()) };
        let form = field.enum_format();
        // The old value is put back where the new one is refused.
        let old = slot.to_json(form).unwrap_or_default();
        match slot.read(Token::of(value.borrow().raw()), form) {
            Reading::Exact | Reading::Equivalent | Reading::Lenient => {
                self.extra_mut().receive(at);
                Ok(())
            }
            Reading::Unreadable => {
                let expected = slot.expected();
                slot.read(Token::of(old.borrow().raw()), form);
                Err(SetError { property: name.to_owned(), expected, found: Token::of(value.borrow().raw()).describe() })
            }
        }
    }

    /// The record as a JSON object: what was received, as edited, and what was set.
    pub fn to_value(&self) -> Json {
        Json::printed(|out| *out = self.to_json())
    }

    /// The record as JSON text: what was received, as edited, and what was set.
    pub fn to_json(&self) -> Vec<u8> {
        codec::to_vec(self, Keep::All)
    }

    /// Those of the set properties that make the service do something when they are written.
    pub fn actions(&self) -> Vec<&'static Field> {
        let table = self.describe();
        let acts = |at: &usize| {
            let effect = table.field(*at).is_some_and(Field::is_action);
            effect && codec::property_at(self, table, *at).is_some_and(|json| !matches!(json.text(), "null" | "false"))
        };
        (0..table.field_count()).filter(acts).filter_map(|at| table.field(at)).collect()
    }

    /// Prints the set properties and the number of unknown ones; secrets are hidden.
    #[doc(hidden)]
    pub fn fmt_debug(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let table = self.describe();
        let mut out = f.debug_struct(table.name);
        for (at, field) in table.all_fields().enumerate() {
            match codec::property_at(self, table, at).filter(|json| !json.is_null()) {
                None => {}
                Some(_) if field.is_sensitive() => {
                    out.field(field.name, &format_args!("[hidden]"));
                }
                Some(json) => {
                    out.field(field.name, &json);
                }
            }
        }
        match self.extra().unknown().count() {
            0 => out.finish(),
            count => out.field("unknown", &count).finish_non_exhaustive(),
        }
    }
}

impl fmt::Debug for dyn Record + '_ {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.fmt_debug(f)
    }
}
