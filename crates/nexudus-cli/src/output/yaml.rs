//! YAML, printed over JSON text so that numbers keep their digits.

use crate::json::{Raw, quote};
use crate::terminal::is_unsafe;

/// A value as YAML, ending with a new line.
pub(crate) fn to_yaml(value: &Raw) -> String {
    let mut out = String::new();
    node(&mut out, value, 0);
    out
}

fn indent(out: &mut String, depth: usize) {
    out.extend(std::iter::repeat_n("  ", depth));
}

/// Writes a value that begins on the present line.
fn node(out: &mut String, value: &Raw, depth: usize) {
    if let Some(object) = value.as_object().filter(|object| !object.0.is_empty()) {
        for (at, (name, value)) in object.0.iter().enumerate() {
            if at > 0 {
                indent(out, depth);
            }
            out.push_str(&scalar(&Raw::string(name)));
            out.push(':');
            below(out, value, depth);
        }
    } else if let Some(items) = value.as_array().filter(|items| !items.is_empty()) {
        for (at, item) in items.iter().enumerate() {
            if at > 0 {
                indent(out, depth);
            }
            out.push_str("- ");
            node(out, item, depth + 1);
        }
    } else {
        out.push_str(&scalar(value));
        out.push('\n');
    }
}

/// Writes the value of a property: behind its name, or on the lines below.
fn below(out: &mut String, value: &Raw, depth: usize) {
    let is_filled = value.is_nested() && !matches!(value.text(), "{}" | "[]");
    if is_filled {
        out.push('\n');
        indent(out, depth + 1);
        node(out, value, depth + 1);
    } else {
        out.push(' ');
        node(out, value, depth);
    }
}

/// A string without quotes where it can't be taken for anything else, else any value as JSON, which is YAML too.
fn scalar(value: &Raw) -> String {
    let Some(text) = value.as_str() else { return value.text().to_owned() };
    let is_plain = text.starts_with(|first: char| first.is_alphabetic())
        && !text.ends_with(char::is_whitespace)
        && text
            .chars()
            .all(|character| (character.is_alphanumeric() || " _./@+-".contains(character)) && !is_unsafe(character))
        && !matches!(text.to_lowercase().as_str(), "null" | "true" | "false" | "yes" | "no" | "on" | "off" | "y" | "n");
    if is_plain { text.into_owned() } else { quote(&text).chars().map(escaped).collect() }
}

/// A character of a text in quotes. YAML has escapes like those of JSON, but no surrogate pairs.
fn escaped(character: char) -> String {
    match u32::from(character) {
        _ if !is_unsafe(character) => character.to_string(),
        code @ ..=0xffff => format!("\\u{code:04x}"),
        code => format!("\\U{code:08x}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn yaml_says_the_same_as_json() {
        let json = r#"{"Name":"Ana: B","Price":1.10,"Code":"007","Yes":"yes","Text":"a\nb","List":[1,{"a":[]},[true,null]],"Empty":{},"Date":"2026-01-31T00:00:00Z","x y":"\u001b[1m","Flag":"🏴\udb40\udc67\udb40\udc7f","Turn":"\u202e\u007f\u0085"}"#;
        let yaml = to_yaml(&Raw::parse(json).unwrap());
        insta::assert_snapshot!(yaml, @r#"
        Name: "Ana: B"
        Price: 1.10
        Code: "007"
        "Yes": "yes"
        Text: "a\nb"
        List:
          - 1
          - a: []
          - - true
            - null
        Empty: {}
        Date: "2026-01-31T00:00:00Z"
        x y: "\u001b[1m"
        Flag: "🏴\U000e0067\U000e007f"
        Turn: "\u202e\u007f\u0085"
        "#);
        let back = crate::input::parse_body(&yaml, "yaml").unwrap();
        let value = |text: &str| serde_json::from_str::<serde_json::Value>(text).unwrap();
        assert_eq!(value(back.to_raw().text()), value(json));
    }
}
