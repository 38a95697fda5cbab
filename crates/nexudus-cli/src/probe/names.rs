//! Names that the spec does not know, before they stand in a report.
//!
//! An object that is keyed by data has data for names. So a name is written only where it looks like one, holds no
//! longer number, and holds nothing that its own record says.

use crate::json::{Object, Raw};

/// No name of the service is longer.
const LONGEST: usize = 80;

/// A text of a record that is shorter may stand in a name by chance.
const TELLING: usize = 5;

/// More digits in a row may be an id.
const MOST_DIGITS: usize = 3;

/// Whether the name of a property, or the key of a command, can be written.
pub(super) fn is_safe(name: &str, record: Option<&Object>) -> bool {
    let mut characters = name.chars();
    let starts = characters.next().is_some_and(|first| first.is_ascii_alphabetic() || first == '_');
    starts
        && name.len() <= LONGEST
        && characters.all(|character| character.is_ascii_alphanumeric() || character == '_')
        && longest_digits(name) <= MOST_DIGITS
        && record.is_none_or(|record| !holds_value(name, record))
}

fn longest_digits(name: &str) -> usize {
    name.split(|character: char| !character.is_ascii_digit()).map(str::len).max().unwrap_or_default()
}

/// Whether a name holds a text of its record.
fn holds_value(name: &str, record: &Object) -> bool {
    let name = name.to_lowercase();
    let texts = record.0.iter().filter_map(|(_, value)| value.as_str());
    let mut telling = texts.filter(|text| text.len() >= TELLING);
    telling.any(|text| name.contains(&text.to_lowercase()))
}

/// The name of a command's parameter. Such names are words for people, and some hold an id: numbers become `{n}`. A
/// name with anything but letters, digits and plain punctuation is not written.
pub(super) fn parameter(name: &str, record: Option<&Object>) -> Option<String> {
    let is_plain = |character: char| character.is_ascii_alphanumeric() || " _-.,()/?:'".contains(character);
    if name.is_empty() || name.len() > LONGEST || !name.chars().all(is_plain) {
        return None;
    }
    if record.is_some_and(|record| holds_value(name, record)) {
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
pub(super) fn type_name(value: Option<&Raw>) -> String {
    let text = value.and_then(Raw::as_str).unwrap_or_default();
    if is_safe(&text, None) { text.into_owned() } else { "other".to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_may_be_data_are_withheld() {
        let record = Object::parse(r#"{"FullName":"Marisa Holt","City":"Ely"}"#).unwrap();
        for name in ["NewThing", "Address2", "_x", "CityEly"] {
            assert!(is_safe(name, Some(&record)), "{name}");
        }
        for name in ["", "a b", "2nd", "someone@example.com", "Member123456", "Größe", "x.y", &"x".repeat(81)] {
            assert!(!is_safe(name, Some(&record)), "{name}");
        }
        let record = Object::parse(r#"{"FullName":"Holtmann"}"#).unwrap();
        assert!(!is_safe("feeHoltmann", Some(&record)));
        assert_eq!(parameter("Amount123456", None).unwrap(), "Amount{n}");
        assert_eq!(parameter("Cancellation Reason", None).unwrap(), "Cancellation Reason");
        assert_eq!(parameter("Fee of holtmann", Some(&record)), None);
        assert_eq!(parameter("a@b", None), None);
    }
}
