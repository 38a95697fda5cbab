//! `spec/enums.json`: enumerations and their values.

use super::found::{ReadEnum, head};
use super::keys::{ENUM_KEYS, ENUMS_KEYS};
use crate::names;
use crate::spec::diagnostic::DiagnosticKind;
use crate::spec::json::{Node, Value};
use crate::spec::model::{EnumSpec, EnumValue};
use crate::spec::read::{Diagnostics, Object, Rule, SourceLocation, check_code, whole};

/// The enumerations, and whether some could not be read at all.
pub(super) fn read_enums(root: &Node, diagnostics: &mut Diagnostics) -> (Vec<ReadEnum>, bool) {
    let mut enums = Vec::new();
    let Some(top) = Object::open(root, SourceLocation::file("spec/enums.json"), "the file", ENUMS_KEYS, diagnostics)
    else {
        return (enums, true);
    };
    let mut lost = false;
    head(&top, "schema/enums.json", diagnostics);
    top.need("enums", diagnostics);
    for (node, place) in top.list("enums", diagnostics) {
        let Some(object) = Object::open(node, place, "the enumeration", ENUM_KEYS, diagnostics) else {
            lost = true;
            continue;
        };
        let name = object.need_name("name", &Rule::ENUM, diagnostics);
        let rust = object.name("rust", &Rule::TYPE, diagnostics);
        let doc = object.sentence("doc", diagnostics);
        object.need("values", diagnostics);
        let label = name.as_ref().map_or_else(|| "the enumeration".to_owned(), |name| format!("`{name}`"));
        let values = read_values(&object, &label, diagnostics);
        let Some(name) = name else {
            lost = true;
            continue;
        };
        let rust = rust.unwrap_or_else(|| names::enum_type(&name));
        enums.push(ReadEnum { spec: EnumSpec { name, rust, doc, values }, at: object.place });
    }
    (enums, lost)
}

pub(super) fn read_values(object: &Object<'_>, label: &str, diagnostics: &mut Diagnostics) -> Vec<EnumValue> {
    let mut values: Vec<EnumValue> = Vec::new();
    let items = object.list("values", diagnostics);
    if items.is_empty() && matches!(object.get("values"), Some((Node { value: Value::List(_), .. }, _))) {
        diagnostics.add(&object.place_of("values"), DiagnosticKind::Empty, format!("{label} has no values"));
    }
    for (node, place) in items {
        let parts = match &node.value {
            Value::List(parts) => parts.as_slice(),
            _ => &[],
        };
        let (number, name, rust) = match parts {
            [number, name] => (number, name, None),
            [number, name, rust] => (number, name, Some(rust)),
            _ => {
                diagnostics.add(
                    &place,
                    DiagnosticKind::WrongType,
                    format!("a value of {label} must be an array of a number, a name and perhaps a Rust name"),
                );
                continue;
            }
        };
        let (Some(number), Value::Text(name)) = (whole(number), &name.value) else {
            diagnostics.add(
                &place,
                DiagnosticKind::WrongType,
                format!("a value of {label} must be an array of a whole number and a name, found {}", node.value),
            );
            continue;
        };
        check_code(name, &format!("the name of a value of {label}"), &place, diagnostics);
        let (rust, given) = match rust.map(|node| &node.value) {
            Some(Value::Text(rust)) => (rust.clone(), true),
            Some(_) => {
                diagnostics.add(
                    &place,
                    DiagnosticKind::WrongType,
                    format!("the Rust name of `{name}` in {label} must be a string"),
                );
                continue;
            }
            None => (names::variant(name), false),
        };
        if !names::is_identifier(&rust) || !rust.starts_with(|c: char| c.is_ascii_uppercase()) {
            diagnostics.add_with(
                &place,
                DiagnosticKind::BadName,
                format!("the value `{name}` of {label} would be `{rust}` in Rust"),
                if given {
                    "write a capital, then letters and digits"
                } else {
                    "give it a Rust name: [1, \"name\", \"RustName\"]"
                },
            );
            continue;
        }
        if rust == "Unlisted" {
            diagnostics.add_with(
                &place,
                DiagnosticKind::NameClash,
                format!(
                    "the value `{name}` of {label} is `Unlisted` in Rust, the variant for values that are not listed"
                ),
                "give it a Rust name: [1, \"name\", \"RustName\"]",
            );
        }
        if let Some(earlier) = values.iter().find(|value| value.number == number) {
            diagnostics.add(
                &place,
                DiagnosticKind::Duplicate,
                format!("{label} gives the number {number} to `{}` and to `{name}`", earlier.name),
            );
        }
        if let Some(earlier) = values.iter().find(|value| value.rust == rust) {
            diagnostics.add_with(
                &place,
                DiagnosticKind::NameClash,
                format!("the values `{}` and `{name}` of {label} are both `{rust}` in Rust", earlier.name),
                "give one of them a Rust name of its own: [1, \"name\", \"RustName\"]",
            );
        }
        values.push(EnumValue { number, name: name.clone(), rust });
    }
    values
}
