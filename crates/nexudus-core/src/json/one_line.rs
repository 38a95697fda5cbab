//! Text of others within a message of ours.

use std::fmt::{self, Write as _};

/// A text from outside as part of a message: runs of white space are one space, characters that steer a terminal,
/// change the direction of text or are invisible are escaped, and after 300 characters it is cut, with `…`.
#[derive(Clone, Copy)]
pub struct OneLine<'a>(pub &'a str);

const LONGEST: usize = 300;

fn steers(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}')
        || matches!(character, '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{e0000}'..='\u{e007f}')
}

impl fmt::Display for OneLine<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut length = 0;
        let mut space = false;
        for character in self.0.chars() {
            if character.is_whitespace() {
                space = length > 0;
                continue;
            }
            if length >= LONGEST {
                return f.write_char('…');
            }
            if std::mem::take(&mut space) {
                f.write_char(' ')?;
                length += 1;
            }
            if steers(character) {
                write!(f, "{}", character.escape_unicode())?;
            } else {
                f.write_char(character)?;
            }
            length += 1;
        }
        Ok(())
    }
}

impl fmt::Debug for OneLine<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_steers_and_nothing_is_long() {
        let text = |text: &str| OneLine(text).to_string();
        assert_eq!(text(" a\r\n\tb\u{2028}c "), "a b c");
        assert_eq!(text("\u{1b}[2J\u{202e}\u{e0041}"), "\\u{1b}[2J\\u{202e}\\u{e0041}");
        assert!(text(&"\u{1b}".repeat(5_000_000)).len() <= 4_096);
    }
}
