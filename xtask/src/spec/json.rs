//! JSON as the spec loader needs it: every value knows its line and column, keys keep their order, and a
//! key that stands twice is still there to be reported.
//!
//! `serde_json::Value` forgets all three, and a diagnostic without a line sends a maintainer searching. The
//! reader is strict RFC 8259; the tests hold it against `serde_json` on well-formed and broken text alike.

use std::fmt;

/// Nothing in the spec nests deeper than six; a deeper file is broken, and must not exhaust the stack.
const MAX_DEPTH: usize = 64;

/// A place in a text. Both numbers count from 1; columns count characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Pos {
    /// Line, from 1.
    pub line: u32,
    /// Column in characters, from 1.
    pub column: u32,
}

impl fmt::Display for Pos {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.line, self.column)
    }
}

/// A value and where it starts.
#[derive(Debug, Clone)]
pub struct Node {
    /// Where the value starts.
    pub at: Pos,
    /// The value.
    pub value: Value,
}

/// A JSON value. Numbers keep their text: the spec holds whole numbers only, and whoever reads one decides.
#[derive(Debug, Clone)]
pub enum Value {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A number, as written.
    Number(String),
    /// A string, unescaped.
    Text(String),
    /// An array.
    List(Vec<Node>),
    /// An object, in the order written, doubled keys and all.
    Object(Vec<Member>),
}

/// One key of an object with its value.
#[derive(Debug, Clone)]
pub struct Member {
    /// The key, unescaped.
    pub key: String,
    /// Where the key starts.
    pub at: Pos,
    /// What stands under it.
    pub node: Node,
}

impl Value {
    /// What this is, as a diagnostic says it.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "a boolean",
            Self::Number(_) => "a number",
            Self::Text(_) => "a string",
            Self::List(_) => "an array",
            Self::Object(_) => "an object",
        }
    }

    /// Equal as JSON: the order of keys does not count, the order of elements does.
    pub fn same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Null, Self::Null) => true,
            (Self::Bool(a), Self::Bool(b)) => a == b,
            (Self::Number(a), Self::Number(b)) | (Self::Text(a), Self::Text(b)) => a == b,
            (Self::List(a), Self::List(b)) => {
                a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.value.same(&b.value))
            }
            (Self::Object(a), Self::Object(b)) => {
                a.len() == b.len()
                    && a.iter().all(|a| b.iter().any(|b| a.key == b.key && a.node.value.same(&b.node.value)))
            }
            _ => false,
        }
    }
}

impl Node {
    /// Moves the whole tree to one place: a value that a patch brings in is reported where it lands.
    pub fn place(&mut self, at: Pos) {
        self.at = at;
        match &mut self.value {
            Value::List(items) => items.iter_mut().for_each(|item| item.place(at)),
            Value::Object(members) => {
                for member in members {
                    member.at = at;
                    member.node.place(at);
                }
            }
            _ => {}
        }
    }
}

/// Compact JSON, for diagnostics.
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("null"),
            Self::Bool(value) => write!(f, "{value}"),
            Self::Number(text) => f.write_str(text),
            Self::Text(text) => quoted(f, text),
            Self::List(items) => {
                f.write_str("[")?;
                for (i, item) in items.iter().enumerate() {
                    if i > 0 {
                        f.write_str(", ")?;
                    }
                    write!(f, "{}", item.value)?;
                }
                f.write_str("]")
            }
            Self::Object(members) => {
                f.write_str("{")?;
                for (i, member) in members.iter().enumerate() {
                    if i > 0 {
                        f.write_str(", ")?;
                    }
                    quoted(f, &member.key)?;
                    write!(f, ": {}", member.node.value)?;
                }
                f.write_str("}")
            }
        }
    }
}

fn quoted(f: &mut fmt::Formatter<'_>, text: &str) -> fmt::Result {
    f.write_str("\"")?;
    for c in text.chars() {
        match c {
            '"' => f.write_str("\\\"")?,
            '\\' => f.write_str("\\\\")?,
            '\n' => f.write_str("\\n")?,
            c if c.is_control() => write!(f, "\\u{:04x}", u32::from(c))?,
            c => write!(f, "{c}")?,
        }
    }
    f.write_str("\"")
}

/// Why a text is not JSON, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Malformed {
    /// Where reading stopped.
    pub at: Pos,
    /// What was wrong there.
    pub what: String,
}

/// Reads a whole text as one JSON value.
pub fn parse(text: &str) -> Result<Node, Malformed> {
    let mut parser = Parser { rest: text, at: Pos { line: 1, column: 1 } };
    parser.space();
    let node = parser.value(0)?;
    parser.space();
    match parser.peek() {
        None => Ok(node),
        Some(c) => Err(parser.fail(format!("expected the end of the file, found {}", show(c)))),
    }
}

struct Parser<'a> {
    rest: &'a str,
    at: Pos,
}

type Step<T> = Result<T, Malformed>;

fn show(c: char) -> String {
    if c.is_control() { format!("the control character U+{:04X}", u32::from(c)) } else { format!("`{c}`") }
}

impl Parser<'_> {
    fn fail(&self, what: impl Into<String>) -> Malformed {
        Malformed { at: self.at, what: what.into() }
    }

    fn peek(&self) -> Option<char> {
        self.rest.chars().next()
    }

    fn bump(&mut self) -> Option<char> {
        let mut chars = self.rest.chars();
        let c = chars.next()?;
        self.rest = chars.as_str();
        if c == '\n' {
            self.at.line = self.at.line.saturating_add(1);
            self.at.column = 1;
        } else {
            self.at.column = self.at.column.saturating_add(1);
        }
        Some(c)
    }

    fn space(&mut self) {
        while matches!(self.peek(), Some(' ' | '\t' | '\r' | '\n')) {
            self.bump();
        }
    }

    fn unexpected(&self, wanted: &str) -> Malformed {
        match self.peek() {
            Some(c) => self.fail(format!("expected {wanted}, found {}", show(c))),
            None => self.fail(format!("expected {wanted}, found the end of the file")),
        }
    }

    fn eat(&mut self, c: char) -> bool {
        let found = self.peek() == Some(c);
        if found {
            self.bump();
        }
        found
    }

    fn word(&mut self, word: &str) -> Step<()> {
        for c in word.chars() {
            if !self.eat(c) {
                return Err(self.unexpected(&format!("`{word}`")));
            }
        }
        Ok(())
    }

    fn value(&mut self, depth: usize) -> Step<Node> {
        if depth > MAX_DEPTH {
            return Err(self.fail(format!("nested deeper than {MAX_DEPTH} levels")));
        }
        let at = self.at;
        let value = match self.peek() {
            Some('n') => self.word("null").map(|()| Value::Null)?,
            Some('t') => self.word("true").map(|()| Value::Bool(true))?,
            Some('f') => self.word("false").map(|()| Value::Bool(false))?,
            Some('"') => Value::Text(self.string()?),
            Some('-' | '0'..='9') => Value::Number(self.number()?),
            Some('[') => self.list(depth)?,
            Some('{') => self.object(depth)?,
            _ => return Err(self.unexpected("a value")),
        };
        Ok(Node { at, value })
    }

    fn list(&mut self, depth: usize) -> Step<Value> {
        self.bump();
        let mut items = Vec::new();
        self.space();
        if self.eat(']') {
            return Ok(Value::List(items));
        }
        loop {
            self.space();
            items.push(self.value(depth + 1)?);
            self.space();
            if self.eat(']') {
                return Ok(Value::List(items));
            }
            if !self.eat(',') {
                return Err(self.unexpected("`,` or `]`"));
            }
        }
    }

    fn object(&mut self, depth: usize) -> Step<Value> {
        self.bump();
        let mut members = Vec::new();
        self.space();
        if self.eat('}') {
            return Ok(Value::Object(members));
        }
        loop {
            self.space();
            let at = self.at;
            if self.peek() != Some('"') {
                return Err(self.unexpected("a key in quotes"));
            }
            let key = self.string()?;
            self.space();
            if !self.eat(':') {
                return Err(self.unexpected("`:`"));
            }
            self.space();
            let node = self.value(depth + 1)?;
            members.push(Member { key, at, node });
            self.space();
            if self.eat('}') {
                return Ok(Value::Object(members));
            }
            if !self.eat(',') {
                return Err(self.unexpected("`,` or `}`"));
            }
        }
    }

    fn string(&mut self) -> Step<String> {
        self.bump();
        let mut text = String::new();
        loop {
            // Most of a string is plain: take it in one go.
            let plain = self.rest.find(|c: char| matches!(c, '"' | '\\' | '\0'..='\u{1f}')).unwrap_or(self.rest.len());
            let (run, rest) = self.rest.split_at(plain);
            text.push_str(run);
            self.rest = rest;
            let width = u32::try_from(run.chars().count()).unwrap_or(u32::MAX);
            self.at.column = self.at.column.saturating_add(width);
            match self.peek() {
                Some('"') => {
                    self.bump();
                    return Ok(text);
                }
                Some('\\') => {
                    self.bump();
                    text.push(self.escape()?);
                }
                _ => return Err(self.unexpected("the closing quote of a string")),
            }
        }
    }

    fn escape(&mut self) -> Step<char> {
        let c = match self.peek() {
            Some(c @ ('"' | '\\' | '/')) => c,
            Some('b') => '\u{8}',
            Some('f') => '\u{c}',
            Some('n') => '\n',
            Some('r') => '\r',
            Some('t') => '\t',
            Some('u') => {
                self.bump();
                return self.unicode();
            }
            _ => return Err(self.unexpected("an escape such as `\\n`")),
        };
        self.bump();
        Ok(c)
    }

    fn unicode(&mut self) -> Step<char> {
        let start = self.at;
        let lone = |what: &str| Malformed { at: start, what: what.to_owned() };
        let first = self.hex4()?;
        let code = match first {
            0xd800..=0xdbff => {
                if !(self.eat('\\') && self.eat('u')) {
                    return Err(lone("half of a surrogate pair"));
                }
                let second = self.hex4()?;
                if !(0xdc00..=0xdfff).contains(&second) {
                    return Err(lone("half of a surrogate pair"));
                }
                0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00)
            }
            code => code,
        };
        char::from_u32(code).ok_or_else(|| lone("half of a surrogate pair"))
    }

    fn hex4(&mut self) -> Step<u32> {
        let mut code = 0;
        for _ in 0..4 {
            let Some(digit) = self.peek().and_then(|c| c.to_digit(16)) else {
                return Err(self.unexpected("four hexadecimal digits"));
            };
            self.bump();
            code = code * 16 + digit;
        }
        Ok(code)
    }

    fn number(&mut self) -> Step<String> {
        let mut text = String::new();
        if self.eat('-') {
            text.push('-');
        }
        if self.eat('0') {
            text.push('0');
        } else {
            self.digits(&mut text)?;
        }
        if self.eat('.') {
            text.push('.');
            self.digits(&mut text)?;
        }
        if let Some(c @ ('e' | 'E')) = self.peek() {
            self.bump();
            text.push(c);
            if let Some(sign @ ('+' | '-')) = self.peek() {
                self.bump();
                text.push(sign);
            }
            self.digits(&mut text)?;
        }
        Ok(text)
    }

    fn digits(&mut self, text: &mut String) -> Step<()> {
        let before = text.len();
        while let Some(c @ '0'..='9') = self.peek() {
            self.bump();
            text.push(c);
        }
        if text.len() == before {
            return Err(self.unexpected("a digit"));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WELL_FORMED: &[&str] = &[
        "null",
        " [ ] ",
        "{}",
        r#"{"a": [1, -2.50, 3e10, 4E-2, 0], "b": {"c": "d"}, "e": true, "f": false}"#,
        r#""\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00 é😀""#,
        "[[[[[[]]]]]]",
        "\r\n\t{\"a\"\n:\n1}\n",
        "-0",
        r#"{"a": 1, "b": 2, "a": 3}"#,
    ];

    const BROKEN: &[&str] = &[
        "",
        " ",
        "nul",
        "tru",
        "[",
        "[1",
        "[1,",
        "[1,]",
        "{",
        "{a: 1}",
        "{\"a\"}",
        "{\"a\": }",
        "{\"a\": 1,}",
        "01",
        "-",
        "1.",
        "1e",
        ".5",
        "+1",
        "\"",
        "\"\\x\"",
        "\"\\u12\"",
        "\"\\ud800\"",
        "\"\\ud800\\n\"",
        "\"\\udc00\"",
        "\"a\nb\"",
        "1 2",
        "[1}",
        "NaN",
        "'a'",
        "// c\n1",
        "\u{feff}1",
        "\u{a0}1",
    ];

    fn agree(text: &str) {
        let ours = parse(text);
        let theirs = serde_json::from_str::<serde_json::Value>(text);
        assert_eq!(ours.is_ok(), theirs.is_ok(), "{text:?}: {ours:?} {theirs:?}");
        if let (Ok(ours), Ok(theirs)) = (ours, theirs) {
            // Our compact text, read by serde_json, is the same value: escapes and numbers included.
            let again: serde_json::Value = serde_json::from_str(&ours.value.to_string()).unwrap();
            assert_eq!(again, theirs, "{text:?}");
        }
    }

    #[test]
    fn agrees_with_serde_json() {
        for text in WELL_FORMED.iter().chain(BROKEN) {
            agree(text);
        }
    }

    /// Every prefix and every one-character change of a real file: never a panic, always one verdict.
    #[test]
    fn agrees_on_mutations() {
        let text = r#"{"a": ["é\n", -1.5e3, null], "b\u00e9": {"c": true}}"#;
        for (i, c) in text.char_indices() {
            agree(&text[..i]);
            for with in ["", "\"", "\\", "{", "]", ",", "0", "é", "\n", "u"] {
                agree(&format!("{}{with}{}", &text[..i], &text[i + c.len_utf8()..]));
            }
        }
    }

    #[test]
    fn depth_is_limited() {
        let text = "[".repeat(100_000);
        let error = parse(&text).unwrap_err();
        assert_eq!(error.what, "nested deeper than 64 levels");
        assert_eq!(error.at, Pos { line: 1, column: 66 });
    }

    #[test]
    fn places_count_lines_and_characters() {
        let node = parse("{\n  \"é\": \"ü\", \"b\": 1\n}").unwrap();
        let Value::Object(members) = node.value else { panic!() };
        assert_eq!(members[1].at, Pos { line: 2, column: 13 });
        assert_eq!(members[1].node.at, Pos { line: 2, column: 18 });
    }

    #[test]
    fn doubled_keys_stay() {
        let node = parse(r#"{"a": 1, "a": 2}"#).unwrap();
        let Value::Object(members) = node.value else { panic!() };
        assert_eq!(members.len(), 2);
    }

    #[test]
    fn sameness_is_that_of_json() {
        let same = |a: &str, b: &str| parse(a).unwrap().value.same(&parse(b).unwrap().value);
        assert!(same(r#"{"a": 1, "b": [true, null]}"#, r#"{"b":[true,null],"a":1}"#));
        assert!(!same(r#"{"a": 1}"#, r#"{"a": 1, "b": 2}"#));
        assert!(!same("[1, 2]", "[2, 1]"));
        assert!(!same("1", "\"1\""));
    }
}
