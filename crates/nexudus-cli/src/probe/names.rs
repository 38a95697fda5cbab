//! Names that the spec does not know, before they stand in a report.
//!
//! An object that is keyed by data has data for names. So a name is written only where it looks like one, holds no
//! longer number, and holds nothing that its own record says.

use std::collections::BTreeSet;

use crate::json::{Object, Raw};

/// No name of the service is longer.
const LONGEST: usize = 80;

/// A text of a record that is shorter may stand in a name by chance.
const TELLING: usize = 5;

/// More digits in a row may be an id.
const MOST_DIGITS: usize = 3;

/// So may fewer, where they are a number of a record.
const TELLING_DIGITS: usize = 2;

/// More texts are not compared: no name is written then.
const MOST_TEXTS: usize = 50_000;

/// What the records of an entity say, at any depth.
#[derive(Default)]
pub(super) struct Values {
    /// Letters and digits alone, in lower case.
    texts: BTreeSet<String>,
    numbers: BTreeSet<String>,
}

impl Values {
    /// Of some records.
    pub(super) fn of<'a>(records: impl Iterator<Item = &'a Object>) -> Self {
        let mut values = Self::default();
        for (_, value) in records.flat_map(|record| &record.0) {
            values.add(value);
        }
        values
    }

    fn add(&mut self, value: &Raw) {
        if self.texts.len().max(self.numbers.len()) > MOST_TEXTS {
            return;
        }
        if let Some(text) = value.as_str() {
            let text = squeezed(&text);
            if text.len() >= TELLING {
                self.texts.insert(text);
            }
        } else if value.is_number() {
            self.numbers.insert(value.text().to_owned());
        } else if let Some(items) = value.as_array() {
            for item in &items {
                self.add(item);
            }
        } else if let Some(object) = value.as_object() {
            for (_, value) in &object.0 {
                self.add(value);
            }
        }
    }

    /// Whether a name holds one of them.
    pub(super) fn are_in(&self, name: &str) -> bool {
        let squeezed = squeezed(name);
        self.texts.len().max(self.numbers.len()) > MOST_TEXTS
            || digits(name).any(|digits| digits.len() >= TELLING_DIGITS && self.numbers.contains(digits))
            || self.texts.iter().any(|text| squeezed.contains(text.as_str()))
    }
}

fn squeezed(text: &str) -> String {
    text.chars().filter(|character| character.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

fn digits(name: &str) -> impl Iterator<Item = &str> {
    name.split(|character: char| !character.is_ascii_digit())
}

/// Whether a text looks like the name of a property, or the key of a command.
pub(super) fn is_name(name: &str) -> bool {
    let mut characters = name.chars();
    let starts = characters.next().is_some_and(|first| first.is_ascii_alphabetic() || first == '_');
    starts
        && name.len() <= LONGEST
        && characters.all(|character| character.is_ascii_alphanumeric() || character == '_')
        && digits(name).all(|digits| digits.len() <= MOST_DIGITS)
}

/// The name of a command's parameter. Such names are words for people, and some hold an id: numbers become `{n}`. A
/// name with anything but letters, digits and plain punctuation is not written.
pub(super) fn parameter(name: &str, values: &Values) -> Option<String> {
    let is_plain = |character: char| character.is_ascii_alphanumeric() || " _-.,()/?:'".contains(character);
    if name.is_empty() || name.len() > LONGEST || !name.chars().all(is_plain) || values.are_in(name) {
        return None;
    }
    let mut out = String::new();
    for character in name.chars() {
        if !character.is_ascii_digit() {
            out.push(character);
        } else if !out.ends_with("{n}") {
            out.push_str("{n}");
        }
    }
    Some(out)
}

/// The type of a command's parameter: one word.
pub(super) fn type_name(value: Option<&Raw>, values: &Values) -> String {
    let text = value.and_then(Raw::as_str).unwrap_or_default();
    if is_name(&text) && !values.are_in(&text) { text.into_owned() } else { "other".to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(json: &str) -> Values {
        Values::of([Object::parse(json).unwrap()].iter())
    }

    #[test]
    fn names_that_may_be_data_are_withheld() {
        for name in ["NewThing", "Address2", "_x", "CityEly"] {
            assert!(is_name(name), "{name}");
        }
        for name in ["", "a b", "2nd", "someone@example.com", "Member123456", "Größe", "x.y", &"x".repeat(81)] {
            assert!(!is_name(name), "{name}");
        }
        let said =
            values(r#"{"FullName":"Marisa Holt","City":"Ely","Tags":[{"of":["Garden-7"]}],"Number":42,"Part":7}"#);
        for name in ["feeMarisaHolt", "marisa_holt", "Is_Garden7", "Member42", "m42x"] {
            assert!(said.are_in(name), "{name}");
        }
        for name in ["NewThing", "CityEly", "Address7", "Member421", "Holt"] {
            assert!(!said.are_in(name), "{name}");
        }
        assert_eq!(parameter("Amount123456", &said).unwrap(), "Amount{n}");
        assert_eq!(parameter("Cancellation Reason", &said).unwrap(), "Cancellation Reason");
        assert_eq!(parameter("Fee of marisa holt", &said), None);
        assert_eq!(parameter("a@b", &said), None);
        assert_eq!(type_name(Some(&Raw::string("MarisaHolt")), &said), "other");
    }
}
