//! What a program can ask of any record by the names on the wire.

use std::fmt;

use serde_json::Value;

use crate::codec::{self, Context, Keep};
use crate::facts::Field;
use crate::json::DecodeError;
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

    /// Properties that were received and that the spec does not know, by name.
    pub fn unknown(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.extra().unknown().map(|(name, value)| (name.as_str(), value))
    }

    /// A property by its name on the wire, as it would be sent; `None` if it was neither received nor set.
    pub fn property(&self, name: &str) -> Option<Value> {
        let table = self.describe();
        match table.position(name) {
            Some(at) => codec::token_at(self, table, at).map(Token::into_value),
            None => self.unknown().find(|(known, _)| *known == name).map(|(_, value)| value.clone()),
        }
    }

    /// Sets a property by its name on the wire. Null empties it. A name that the spec does not know is kept
    /// and sent as it is.
    pub fn set_property(&mut self, name: &str, value: Value) -> Result<(), SetError> {
        let table = self.describe();
        let Some(at) = table.position(name) else {
            self.extra_mut().set_unknown(name.to_owned(), value);
            return Ok(());
        };
        let Some(slot) = slot_of_mut(self, table, at) else { return Ok(()) };
        // The old value is put back where the new one is refused.
        let old = slot.write().map(Token::into_value);
        match slot.read(&mut Token::of(&value)) {
            Reading::Plain | Reading::Odd => {
                self.extra_mut().receive(at);
                Ok(())
            }
            Reading::Unreadable | Reading::Wrong => {
                let expected = slot.expected();
                slot.read(&mut old.as_ref().map_or(Token::Null, Token::of));
                Err(SetError { property: name.to_owned(), expected, found: Token::of(&value).describe() })
            }
        }
    }

    /// The record as a JSON object: what was received, as edited, and what was set.
    pub fn to_value(&self) -> Value {
        Value::Object(codec::to_map(self))
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
            effect
                && codec::token_at(self, table, *at)
                    .is_some_and(|token| !matches!(token, Token::Null | Token::Bool(false)))
        };
        (0..table.field_count()).filter(acts).filter_map(|at| table.field(at)).collect()
    }

    /// Prints the set properties and the number of unknown ones; secrets are hidden.
    #[doc(hidden)]
    pub fn fmt_debug(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let table = self.describe();
        let mut out = f.debug_struct(table.name);
        for (at, field) in table.all_fields().enumerate() {
            match codec::token_at(self, table, at) {
                None | Some(Token::Null) => {}
                Some(_) if field.is_sensitive() => {
                    out.field(field.name, &format_args!("[hidden]"));
                }
                Some(token) => {
                    out.field(field.name, &format_args!("{}", token.into_value()));
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
