//! A record in a file: JSON, or YAML, which is JSON that is easier to write.
//!
//! YAML is read as events and turned into JSON text, so that a number keeps its digits. Aliases are refused: a short
//! file could stand for an endless one.

use saphyr_parser::{Event, Parser, ScalarStyle};

use crate::failure::Failure;
use crate::json::{Object, quote};

/// Levels of lists and objects that are read.
const DEEPEST: usize = 64;

/// The object in a text, in JSON or in YAML.
pub(crate) fn parse_body(text: &str, name: &str) -> Result<Object, Failure> {
    let wrong = |what: String| Failure::usage(format!("{name}: {what}"));
    let text = text.trim_start_matches('\u{feff}');
    let object = if text.trim_start().starts_with('{') {
        match Object::parse(text) {
            Ok(object) => object,
            // YAML knows braces too.
            Err(error) => parse_yaml(text).map_err(|_| wrong(error.to_string()))?,
        }
    } else {
        parse_yaml(text).map_err(wrong)?
    };
    object.refuse_repeated().map_err(wrong)?;
    Ok(object)
}

fn parse_yaml(text: &str) -> Result<Object, String> {
    match yaml_to_json(text)?.as_str() {
        "null" => Ok(Object::default()),
        json => Object::parse(json).map_err(|_| "expected properties with their values".to_owned()),
    }
}

/// One YAML document as JSON text.
pub(super) fn yaml_to_json(text: &str) -> Result<String, String> {
    let parser = Parser::new_from_str(text);
    let mut out = String::new();
    // Whether the innermost level is an object, and how many nodes it has had.
    let mut levels: Vec<(bool, usize)> = Vec::new();
    let mut documents = 0;
    for event in parser {
        let (event, span) = event.map_err(|error| error.to_string())?;
        let line = span.start.line();
        let fault = |what: &str| format!("line {line}: {what}");
        match event {
            Event::StreamEnd => break,
            Event::DocumentStart(_) => {
                documents += 1;
                if documents > 1 {
                    return Err(fault("more than one document"));
                }
            }
            Event::Alias(_) => return Err(fault("aliases are not read; write the value again")),
            Event::SequenceStart(..) | Event::MappingStart(..) => {
                let is_object = matches!(event, Event::MappingStart(..));
                separate(&mut out, &mut levels, false).map_err(&fault)?;
                if levels.len() >= DEEPEST {
                    return Err(fault("too many levels"));
                }
                levels.push((is_object, 0));
                out.push(if is_object { '{' } else { '[' });
            }
            Event::SequenceEnd | Event::MappingEnd => {
                levels.pop();
                out.push(if event == Event::MappingEnd { '}' } else { ']' });
            }
            Event::Scalar(text, style, _, tag) => {
                if tag.is_some() {
                    return Err(fault("tags are not read"));
                }
                let is_key = separate(&mut out, &mut levels, true).map_err(fault)?;
                if is_key && text == "<<" && style == ScalarStyle::Plain {
                    return Err(format!("line {line}: merge keys are not read; write the properties again"));
                }
                if is_key || style != ScalarStyle::Plain {
                    out.push_str(&quote(&text));
                } else {
                    out.push_str(&plain_scalar(&text));
                }
            }
            Event::Nothing | Event::StreamStart | Event::DocumentEnd => {}
        }
    }
    if out.is_empty() {
        out.push_str("null");
    }
    Ok(out)
}

/// Puts a comma or a colon before the next node. Whether that node is a key.
fn separate(out: &mut String, levels: &mut [(bool, usize)], scalar: bool) -> Result<bool, &'static str> {
    let Some((is_object, count)) = levels.last_mut() else { return Ok(false) };
    let is_key = *is_object && count.is_multiple_of(2);
    if is_key && !scalar {
        return Err("a key must be text");
    }
    if *is_object && !is_key {
        out.push(':');
    } else if *count > 0 {
        out.push(',');
    }
    *count += 1;
    Ok(is_key)
}

/// A plain scalar by the core schema of YAML 1.2: null, booleans and JSON's numbers, else text.
fn plain_scalar(text: &str) -> String {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => "null".to_owned(),
        "true" | "True" | "TRUE" => "true".to_owned(),
        "false" | "False" | "FALSE" => "false".to_owned(),
        _ => match crate::json::Raw::parse(text) {
            Ok(number) if number.is_number() && number.text() == text => text.to_owned(),
            _ => quote(text),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body(text: &str) -> String {
        match parse_body(text, "body") {
            Ok(object) => object.to_raw().text().to_owned(),
            Err(failure) => failure.message,
        }
    }

    #[test]
    fn yaml_and_json_say_the_same() {
        let json = r#"{"Name":"Ana: B","Price":12.50,"Big":123456789012345678901.10,"On":true,"No":null,"Ids":[1,2],"Code":"007","Text":"no"}"#;
        let yaml = "# A comment\nName: \"Ana: B\"\nPrice: 12.50\nBig: 123456789012345678901.10\nOn: true\nNo: ~\nIds: [1, 2]\nCode: 007\nText: no\n";
        assert_eq!(body(json), json);
        assert_eq!(body(yaml), json);
        assert_eq!(body("{Name: x, Ids: []}"), r#"{"Name":"x","Ids":[]}"#);
        assert_eq!(
            body("Date: 2026-01-31T00:00:00Z\nText: |\n  a\n  b\n"),
            r#"{"Date":"2026-01-31T00:00:00Z","Text":"a\nb\n"}"#
        );
        assert_eq!(body("# nothing\n"), "{}");
    }

    #[test]
    fn what_is_not_understood_is_refused() {
        insta::assert_snapshot!(body("a: &x 1\nb: *x\n"), @"body: line 2: aliases are not read; write the value again");
        insta::assert_snapshot!(body("<<: {a: 1}\n"), @"body: line 1: merge keys are not read; write the properties again");
        for twice in ["a: 1\nb: 2\na: 3\n", "{\"a\": 1, \"a\": 1}", "{a: 1, a: 2}", "a: 1\n\"a\": 2\n"] {
            assert_eq!(body(twice), "body: \"a\" occurs twice");
        }
        insta::assert_snapshot!(body("- 1\n"), @"body: expected properties with their values");
        insta::assert_snapshot!(body("a: 1\n---\nb: 2\n"), @"body: line 2: more than one document");
        assert!(body("a: [1\n").starts_with("body: "));
        assert!(body(&"[".repeat(1000)).starts_with("body: "));
        assert!(body("{\"a\": 1").starts_with("body: "));
    }
}
