//! Text of others, made fit to be shown.
//!
//! A record holds whatever its author typed. On a terminal, control characters move the cursor, change colours or
//! answer questions, and bidirectional controls make text read as something else. Such characters are shown by their
//! names and never obeyed.

use std::borrow::Cow;
use std::fmt::Write as _;

use unicode_width::UnicodeWidthChar as _;

/// Whether a character controls what shows it instead of being shown: C0 and C1 controls, DEL, bidirectional
/// controls, line and paragraph separators, invisible tags.
pub(crate) fn is_unsafe(character: char) -> bool {
    matches!(character,
        '\0'..='\u{1f}'
        | '\u{7f}'..='\u{9f}'
        | '\u{61c}'
        | '\u{200e}'..='\u{200f}'
        | '\u{2028}'..='\u{202e}'
        | '\u{2066}'..='\u{2069}'
        | '\u{feff}'
        | '\u{fff9}'..='\u{fffb}'
        | '\u{e0000}'..='\u{e007f}')
}

/// A number of things, as `1 entity` or `2 entities`.
pub(crate) fn counted(count: impl TryInto<u64>, one: &str, many: &str) -> String {
    match count.try_into().unwrap_or(u64::MAX) {
        1 => format!("1 {one}"),
        count => format!("{count} {many}"),
    }
}

/// The text on one line, with unsafe characters written as escapes such as `\n` and `\u{1b}`.
pub(crate) fn visible(text: &str) -> Cow<'_, str> {
    if !text.contains(is_unsafe) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 16);
    for character in text.chars() {
        if is_unsafe(character) {
            shown.extend(character.escape_default());
        } else {
            shown.push(character);
        }
    }
    Cow::Owned(shown)
}

/// JSON text with unsafe characters written as `\uXXXX`: the same value, fit for a terminal.
pub(crate) fn escape_json(json: &str) -> Cow<'_, str> {
    // Raw C0 characters stand in JSON text only between values, where they are layout.
    let is_literal = |character: char| !character.is_ascii_control() && is_unsafe(character) || character == '\u{7f}';
    if !json.contains(is_literal) {
        return Cow::Borrowed(json);
    }
    let mut escaped = String::with_capacity(json.len() + 16);
    for character in json.chars() {
        if is_literal(character) {
            for unit in character.encode_utf16(&mut [0; 2]) {
                // Writing into a string has no way to fail.
                write!(escaped, "\\u{unit:04x}").ok();
            }
        } else {
            escaped.push(character);
        }
    }
    Cow::Owned(escaped)
}

/// Columns that a text takes on a terminal.
pub(crate) fn width_of(text: &str) -> usize {
    text.chars().map(|character| character.width().unwrap_or_default()).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn controls_are_shown() {
        assert_eq!(
            visible("a\u{1b}[2Jb\r\n\t\u{9b}31m\u{202e}c\u{7f}\u{e0041}"),
            r"a\u{1b}[2Jb\r\n\t\u{9b}31m\u{202e}c\u{7f}\u{e0041}"
        );
        assert_eq!(visible("Zoë 東京 👍"), "Zoë 東京 👍");
    }

    #[test]
    fn json_stays_the_same_value() {
        let text = "{\"a\": \"x\u{9b}\u{202e}\u{7f}\u{e0041}é\",\n\"b\": 1.10}";
        let escaped = escape_json(text);
        assert!(!escaped.chars().any(|character| is_unsafe(character) && character != '\n'), "{escaped}");
        let value = |text: &str| serde_json::from_str::<serde_json::Value>(text).unwrap();
        assert_eq!(value(&escaped), value(text));
    }

    #[test]
    fn widths() {
        assert_eq!((width_of("abc"), width_of("東京"), width_of("e\u{301}")), (3, 4, 1));
    }
}
