//! A scanner for JSON text.
//!
//! It validates the text and splits it into values without converting them: a number stays text, so no digit is lost,
//! and an unused value costs one pass over its bytes. It accepts what `serde_json` accepts, and also an unpaired
//! surrogate in a text, which .NET writes when it truncates a text within a character.
//!
//! Nesting is counted without recursion and limited to [`MAX_DEPTH`].

/// How deep arrays and objects may be nested, as in `serde_json`.
pub(crate) const MAX_DEPTH: u32 = 128;

/// The reason of a text that is cut off.
pub(crate) const ENDED: &str = "the text ends too early";

/// Where a text stops being JSON, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SyntaxError {
    /// The position of the byte.
    pub(crate) at: usize,
    pub(crate) reason: &'static str,
}

/// What a value is, by its first byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    Null,
    Bool,
    Number,
    Text,
    Array,
    Object,
}

impl Shape {
    pub(crate) fn of(text: &str) -> Self {
        match text.as_bytes().first() {
            Some(b'n') | None => Self::Null,
            Some(b't' | b'f') => Self::Bool,
            Some(b'"') => Self::Text,
            Some(b'[') => Self::Array,
            Some(b'{') => Self::Object,
            Some(_) => Self::Number,
        }
    }
}

/// The text of a value.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Raw<'a> {
    /// From its first byte to its last.
    pub(crate) text: &'a str,
    /// Whether it is a text with escapes in it.
    pub(crate) escaped: bool,
}

/// Reads JSON text from the front.
#[derive(Clone, Debug)]
pub(crate) struct Scanner<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Scanner<'a> {
    pub(crate) fn new(text: &'a str) -> Self {
        Self { text, at: 0 }
    }

    pub(crate) fn position(&self) -> usize {
        self.at
    }

    fn bytes(&self) -> &'a [u8] {
        self.text.as_bytes()
    }

    fn error<T>(&self, reason: &'static str) -> Result<T, SyntaxError> {
        let reason = if self.at < self.text.len() { reason } else { ENDED };
        Err(SyntaxError { at: self.at, reason })
    }

    /// The next byte that is not white space.
    pub(crate) fn peek(&mut self) -> Option<u8> {
        loop {
            let byte = *self.bytes().get(self.at)?;
            if !matches!(byte, b' ' | b'\n' | b'\r' | b'\t') {
                return Some(byte);
            }
            self.at += 1;
        }
    }

    fn take(&mut self, wanted: u8) -> bool {
        let found = self.peek() == Some(wanted);
        self.at += usize::from(found);
        found
    }

    /// Nothing but white space follows.
    pub(crate) fn end(&mut self) -> Result<(), SyntaxError> {
        match self.peek() {
            None => Ok(()),
            Some(_) => self.error("something follows the value"),
        }
    }

    /// Steps into an object or an array, whose first byte was seen.
    pub(crate) fn enter(&mut self) {
        self.at += 1;
    }

    /// Whether another item follows, before `close`; steps over the comma. `first` is whether none went before.
    pub(crate) fn more(&mut self, first: bool, close: u8) -> Result<bool, SyntaxError> {
        if self.take(close) {
            return Ok(false);
        }
        if first {
            return Ok(true);
        }
        if !self.take(b',') {
            return self.error("a comma or the end of the list is missing");
        }
        if self.peek() == Some(close) {
            return self.error("nothing follows the comma");
        }
        Ok(true)
    }

    /// Whether a comma and this key follow, with no white space between them, as most programs write JSON; steps over
    /// them and the colon.
    pub(crate) fn next_key_is(&mut self, name: &str) -> bool {
        // The comma, two quotes and the colon.
        let end = self.at + name.len() + 4;
        let next = self.bytes().get(self.at..end);
        let found = matches!(next, Some([b',', b'"', key @ .., b'"', b':']) if key == name.as_bytes());
        if found {
            self.at = end;
        }
        found
    }

    /// The next key, if a comma and the key follow with neither white space nor escapes; steps over them and the colon.
    pub(crate) fn next_key(&mut self) -> Option<Raw<'a>> {
        let rest = self.bytes().get(self.at..)?.strip_prefix(b",\"")?;
        let length = plain_length(rest);
        if !rest.get(length..)?.starts_with(b"\":") {
            return None;
        }
        let start = self.at + 1;
        self.at = start + length + 3;
        Some(Raw { text: self.text.get(start..start + length + 2)?, escaped: false })
    }

    /// A key, and its colon.
    pub(crate) fn key(&mut self) -> Result<Raw<'a>, SyntaxError> {
        if self.peek() != Some(b'"') {
            return self.error("a key in quotes is missing");
        }
        let key = self.quoted()?;
        if !self.take(b':') {
            return self.error("a colon is missing");
        }
        Ok(key)
    }

    /// A whole value of any kind.
    #[inline]
    pub(crate) fn value(&mut self) -> Result<Raw<'a>, SyntaxError> {
        let Some(first) = self.peek() else { return self.error("") };
        let start = self.at;
        match first {
            b'"' => return self.quoted(),
            b'{' | b'[' => self.nested()?,
            _ => self.scalar(first)?,
        }
        Ok(Raw { text: self.text.get(start..self.at).unwrap_or_default(), escaped: false })
    }

    /// A value that is neither text nor nested.
    fn scalar(&mut self, first: u8) -> Result<(), SyntaxError> {
        match first {
            b'n' => self.word(b"null"),
            b't' => self.word(b"true"),
            b'f' => self.word(b"false"),
            b'-' | b'0'..=b'9' => self.number(),
            _ => self.error("this is not a value"),
        }
    }

    fn word<const N: usize>(&mut self, word: &[u8; N]) -> Result<(), SyntaxError> {
        let rest = self.bytes().get(self.at..).unwrap_or_default();
        if rest.first_chunk() == Some(word) {
            self.at += N;
            return Ok(());
        }
        self.at += rest.iter().zip(word).take_while(|(one, other)| one == other).count();
        self.error("this is not a value")
    }

    fn digits(&mut self) -> usize {
        let rest = self.bytes().get(self.at..).unwrap_or_default();
        let count = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        self.at += count;
        count
    }

    fn number(&mut self) -> Result<(), SyntaxError> {
        let bytes = self.bytes();
        if bytes.get(self.at) == Some(&b'-') {
            self.at += 1;
        }
        let zero = bytes.get(self.at) == Some(&b'0');
        match self.digits() {
            0 => return self.error("a digit is missing"),
            1 => {}
            _ if zero => return self.error("a number begins with 0"),
            _ => {}
        }
        if bytes.get(self.at) == Some(&b'.') {
            self.at += 1;
            if self.digits() == 0 {
                return self.error("a digit is missing");
            }
        }
        if matches!(bytes.get(self.at), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(bytes.get(self.at), Some(b'+' | b'-')) {
                self.at += 1;
            }
            if self.digits() == 0 {
                return self.error("a digit is missing");
            }
        }
        Ok(())
    }

    /// A text, whose opening quote was seen.
    fn quoted(&mut self) -> Result<Raw<'a>, SyntaxError> {
        let (bytes, start) = (self.bytes(), self.at);
        let mut escaped = false;
        self.at += 1;
        loop {
            self.at += plain_length(bytes.get(self.at..).unwrap_or_default());
            match bytes.get(self.at) {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(Raw { text: self.text.get(start..self.at).unwrap_or_default(), escaped });
                }
                Some(b'\\') => {
                    escaped = true;
                    self.escape()?;
                }
                _ => return self.error("a control character in a text is not escaped"),
            }
        }
    }

    fn escape(&mut self) -> Result<(), SyntaxError> {
        match self.bytes().get(self.at + 1) {
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => self.at += 2,
            Some(b'u') => {
                self.at += 2;
                for _ in 0..4 {
                    if !self.bytes().get(self.at).is_some_and(u8::is_ascii_hexdigit) {
                        return self.error("a hexadecimal digit is missing");
                    }
                    self.at += 1;
                }
            }
            _ => {
                self.at += 1;
                return self.error("there is no such escape");
            }
        }
        Ok(())
    }

    /// An array or an object, whose first byte was seen. It remembers which of the two each level is in one bit.
    fn nested(&mut self) -> Result<(), SyntaxError> {
        let (mut objects, mut depth, mut first) = (0_u128, 0_u32, true);
        loop {
            // At the start of a value.
            match self.peek() {
                Some(open @ (b'{' | b'[')) => {
                    if depth == MAX_DEPTH {
                        return self.error("it is nested too deep");
                    }
                    objects = objects << 1 | u128::from(open == b'{');
                    depth += 1;
                    self.at += 1;
                    first = true;
                }
                Some(b'"') => {
                    self.quoted()?;
                }
                Some(other) => self.scalar(other)?,
                None => return self.error(""),
            }
            // Behind a value, or behind the opening of one.
            loop {
                let is_object = objects & 1 == 1;
                if self.more(first, if is_object { b'}' } else { b']' })? {
                    if is_object {
                        self.key()?;
                    }
                    first = false;
                    break;
                }
                objects >>= 1;
                depth -= 1;
                first = false;
                if depth == 0 {
                    return Ok(());
                }
            }
        }
    }
}

/// How many bytes at the front stand for themselves in a text: no quote, no backslash, no control character.
/// Eight at a time; a byte below the first hit can't be a false one.
pub(super) fn plain_length(bytes: &[u8]) -> usize {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGH: u64 = ONES << 7;
    let mut length = 0;
    while let Some(chunk) = bytes.get(length..).and_then(<[u8]>::first_chunk::<8>) {
        let word = u64::from_le_bytes(*chunk);
        let zero_in = |word: u64| word.wrapping_sub(ONES) & !word;
        let control = word.wrapping_sub(ONES * 0x20) & !word;
        let hit = (control | zero_in(word ^ (ONES * 0x22)) | zero_in(word ^ (ONES * 0x5C))) & HIGH;
        if hit != 0 {
            return length + (hit.trailing_zeros() / 8) as usize;
        }
        length += 8;
    }
    let rest = bytes.get(length..).unwrap_or_default();
    length + rest.iter().take_while(|byte| **byte >= 0x20 && !matches!(byte, b'"' | b'\\')).count()
}

/// The whole text is one value.
pub(crate) fn check(text: &str) -> Result<Raw<'_>, SyntaxError> {
    let mut scanner = Scanner::new(text);
    let value = scanner.value()?;
    scanner.end()?;
    Ok(value)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Whether `serde_json` takes a text for JSON, without converting what is in it.
    fn is_json(text: &str) -> bool {
        serde_json::from_str::<&serde_json::value::RawValue>(text).is_ok()
    }

    #[test]
    fn faults_are_found_where_they_are() {
        for (text, at, reason) in [
            ("", 0, "the text ends too early"),
            ("nul", 3, "the text ends too early"),
            ("nulL", 3, "this is not a value"),
            ("01", 2, "the text ends too early"),
            ("[01]", 3, "a number begins with 0"),
            ("[1.]", 3, "a digit is missing"),
            ("[1,]", 3, "nothing follows the comma"),
            ("[1 2]", 3, "a comma or the end of the list is missing"),
            ("{1:2}", 1, "a key in quotes is missing"),
            ("{\"a\" 2}", 5, "a colon is missing"),
            ("[\"\\x\"]", 3, "there is no such escape"),
            ("[\"\\u12g4\"]", 6, "a hexadecimal digit is missing"),
            ("[\"a\nb\"]", 3, "a control character in a text is not escaped"),
            ("{} x", 3, "something follows the value"),
            ("<html>", 0, "this is not a value"),
        ] {
            assert_eq!(check(text).unwrap_err(), SyntaxError { at, reason }, "{text}");
        }
    }

    #[test]
    fn nesting_ends_somewhere() {
        let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        assert!(check(&nested(128)).is_ok());
        assert_eq!(check(&nested(129)).unwrap_err().reason, "it is nested too deep");
        assert_eq!(check(&"[".repeat(1_000_000)).unwrap_err().at, 128);
    }

    proptest! {
        #[test]
        fn it_takes_what_serde_json_takes(text in "[\\[\\]{}\",:0-9.eE+\\-tfnrulas\\\\ \n]{0,12}") {
            prop_assert_eq!(check(&text).is_ok(), is_json(&text), "{}", text);
        }

        #[test]
        fn texts_too(text in "\"[ab\\\\/u0dD8\"\u{1}é]{0,14}\"") {
            prop_assert_eq!(check(&text).is_ok(), is_json(&text), "{}", text);
        }
    }
}
