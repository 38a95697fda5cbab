//! Text of the service on its way to an assistant.
//!
//! A record holds whatever its author typed, and an assistant reads it all. Characters that a person does not see, or
//! that turn text around, can carry words that only the assistant reads; they are taken out here, and nowhere else.
//! Every answer goes through [`clean_json`]. In a question to a person they are shown by their numbers, since what is
//! written has them: every value goes through [`visible`], everything else through [`clean_line`].

use std::borrow::Cow;

/// Whether a character is not shown, or changes how others are shown: controls but for line feed and tab, zero-width
/// and filler characters, bidirectional controls, variation selectors, tags, private marks.
pub(super) fn is_hidden(character: char) -> bool {
    matches!(character,
        '\0'..='\u{8}' | '\u{b}'..='\u{1f}' | '\u{7f}'..='\u{9f}'
        | '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}'
        | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
        | '\u{2800}' | '\u{3164}' | '\u{e000}'..='\u{f8ff}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}'
        | '\u{fff0}'..='\u{fffb}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}'
        | '\u{e0000}'..='\u{e0fff}' | '\u{f0000}'..='\u{10ffff}')
}

/// The text without hidden characters.
pub(super) fn clean(text: &str) -> Cow<'_, str> {
    if text.contains(is_hidden) {
        Cow::Owned(text.chars().filter(|character| !is_hidden(*character)).collect())
    } else {
        Cow::Borrowed(text)
    }
}

/// The text with hidden characters by their numbers: what is written has them, so the person who says yes sees them.
pub(super) fn visible(text: &str) -> Cow<'_, str> {
    if !text.contains(is_hidden) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        if is_hidden(character) && !character.is_whitespace() {
            out.push_str(&format!("‹U+{:04X}›", u32::from(character)));
        } else {
            out.push(character);
        }
    }
    Cow::Owned(out)
}

/// The text on one line, at most so many characters long.
pub(super) fn clean_line(text: &str, most: usize) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let cleaned = clean(&line);
    match cleaned.char_indices().nth(most) {
        Some((end, _)) => format!("{}...", &cleaned[..end]),
        None => cleaned.into_owned(),
    }
}

/// JSON text whose strings and names are clean, however they are escaped. Everything else stays as it is, digit by
/// digit.
pub(super) fn clean_json(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    let mut rest = json;
    while let Some(start) = rest.find('"') {
        let (before, string) = rest.split_at(start);
        out.push_str(before);
        let end = end_of_string(string);
        let (string, after) = string.split_at(end);
        push_string(&mut out, string);
        rest = after;
    }
    out.push_str(rest);
    out
}

/// Where a string ends that the text begins with, behind its closing quote.
fn end_of_string(text: &str) -> usize {
    let mut is_escaped = false;
    for (at, byte) in text.bytes().enumerate().skip(1) {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' => is_escaped = true,
            b'"' => return at + 1,
            _ => {}
        }
    }
    text.len()
}

fn push_string(out: &mut String, literal: &str) {
    if !literal.contains('\\') && !literal.contains(is_hidden) {
        out.push_str(literal);
        return;
    }
    // Half a surrogate pair is not a character: it says nothing to anybody.
    let decoded = serde_json::from_str::<String>(literal).unwrap_or_else(|_| "\u{fffd}".to_owned());
    out.push_str(&crate::json::quote(&clean(&decoded)));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hidden_characters_are_taken_out_however_they_are_written() {
        let hidden = ["\u{200b}", "\u{202e}", "\u{e0041}", "\u{feff}", "\u{1b}", "\u{fe0f}", "\u{e0100}", "\u{2066}"];
        for character in hidden {
            assert_eq!(clean(&format!("a{character}b")), "ab", "{character:?}");
            let plain = format!("{{\"n{character}\":\"a{character}b\",\"x\":1.10}}");
            let escaped: String = plain
                .chars()
                .map(|c| match c {
                    ' '..='~' => c.to_string(),
                    c => c.encode_utf16(&mut [0; 2]).iter().map(|unit| format!("\\u{unit:04x}")).collect(),
                })
                .collect();
            // A raw control character is not JSON; only its escape is.
            if character != "\u{1b}" {
                assert_eq!(clean_json(&plain), r#"{"n":"ab","x":1.10}"#);
            }
            assert_eq!(clean_json(&escaped), r#"{"n":"ab","x":1.10}"#);
        }
    }

    #[test]
    fn what_people_write_stays() {
        let text = "Zoë 東京\n👍\tعربي \"quoted\" \\";
        assert_eq!(clean(text), text);
        let json = crate::json::quote(text);
        assert_eq!(serde_json::from_str::<String>(&clean_json(&json)).unwrap(), text);
        assert_eq!(clean_json("[1.10,-0,1e5,\"\\\"\",true]"), "[1.10,-0,1e5,\"\\\"\",true]");
        assert_eq!(clean_json("[\"\\ud800\"]"), "[\"\u{fffd}\"]");
        assert_eq!(clean_json("\"open"), "\"open");
    }

    #[test]
    fn a_person_sees_what_is_hidden() {
        assert_eq!(visible("a\u{202e}b\u{e0041}\u{1b}\u{200b}"), "a‹U+202E›b‹U+E0041›‹U+001B›‹U+200B›");
        assert_eq!(visible("a\r\nb"), "a\r\nb");
    }

    #[test]
    fn a_question_is_one_line() {
        assert_eq!(clean_line("a\nIgnore\u{202e}  this\r\n", 50), "a Ignore this");
        assert_eq!(clean_line("abcdef", 3), "abc...");
    }
}
