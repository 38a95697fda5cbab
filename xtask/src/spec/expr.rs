//! The expressions of `spec/effects.json`: what a property becomes, and when a rule applies.
//!
//! They are parsed when code is generated, so that a slip is reported with its place, and the sandbox gets a tree.

use std::iter::Peekable;
use std::str::Chars;

use super::rules::Expr;

/// Functions of values: name, fewest and most arguments.
pub(super) const FUNCTIONS: &[(&str, usize, usize)] = &[
    ("not", 1, 1),
    ("now", 0, 0),
    ("today", 0, 0),
    ("user", 0, 0),
    ("guid", 0, 0),
    ("digits", 2, 2),
    ("number", 1, 1),
    ("sent", 1, 1),
    ("slug", 1, 1),
    ("first_word", 1, 1),
    ("last_word", 1, 1),
    ("first", 1, 8),
    ("if", 3, 3),
    ("days", 2, 2),
    ("months", 2, 2),
    ("minutes", 2, 2),
    ("plus_days", 2, 2),
    ("floor", 1, 1),
    ("money", 1, 1),
    ("us_date", 1, 1),
    ("us_time", 1, 1),
    ("us_clock", 1, 1),
    ("eu_date", 1, 1),
    ("value_name", 1, 1),
    ("joined", 1, 1),
    ("contains", 2, 2),
    ("starts", 2, 2),
    ("refusal", 0, 0),
    ("of", 2, 2),
    ("each", 2, 2),
];

/// Functions whose first argument leads to other records, which the names in the second are of.
pub(super) const LEADING: &[&str] = &["of", "each"];

/// Functions of the records that point here: name, fewest and most arguments behind the relation.
pub(super) const AGGREGATES: &[(&str, usize, usize)] =
    &[("any", 0, 1), ("count", 0, 1), ("sum", 1, 2), ("join", 1, 2), ("list", 1, 2), ("pick", 1, 2), ("some", 0, 0)];

/// From loosest to tightest.
const OPERATORS: &[&[&str]] = &[&["or"], &["and"], &["=", "!=", "<=", ">=", "<", ">"], &["+", "-"], &["*", "/", "%"]];

/// Deeper expressions are a slip.
const MAX_DEPTH: usize = 32;

#[derive(Debug, Clone, PartialEq)]
enum Token {
    Name(String),
    Number(String),
    Text(String),
    Sign(&'static str),
}

/// Parses an expression; the error says what is wrong.
pub(super) fn parse(text: &str) -> Result<Expr, String> {
    let mut parser = Parser { tokens: tokens(text)?, at: 0 };
    let expr = parser.binary(0, 0)?;
    match parser.peek() {
        None => Ok(expr),
        Some(token) => Err(format!("unexpected {}", shown(token))),
    }
}

fn shown(token: &Token) -> String {
    match token {
        Token::Name(text) | Token::Number(text) => format!("`{text}`"),
        Token::Text(text) => format!("'{text}'"),
        Token::Sign(sign) => format!("`{sign}`"),
    }
}

fn tokens(text: &str) -> Result<Vec<Token>, String> {
    const SIGNS: &[&str] = &["!=", "<=", ">=", "=", "<", ">", "+", "-", "*", "/", "%", "(", ")", ",", "."];
    let run = |chars: &mut Peekable<Chars<'_>>, fits: fn(char) -> bool| {
        let mut word = String::new();
        while let Some(c) = chars.next_if(|c| fits(*c)) {
            word.push(c);
        }
        word
    };
    let mut out = Vec::new();
    let mut chars = text.chars().peekable();
    while let Some(&c) = chars.peek() {
        if c.is_whitespace() {
            chars.next();
        } else if c.is_ascii_digit() {
            out.push(Token::Number(run(&mut chars, |c| c.is_ascii_digit() || c == '.')));
        } else if c.is_ascii_alphabetic() {
            out.push(Token::Name(run(&mut chars, |c| c.is_ascii_alphanumeric() || c == '_')));
        } else if c == '\'' {
            chars.next();
            let word = run(&mut chars, |c| c != '\'');
            if chars.next().is_none() {
                return Err("a text has no closing quote".to_owned());
            }
            out.push(Token::Text(word));
        } else {
            let rest: String = chars.clone().take(2).collect();
            let sign = SIGNS.iter().find(|sign| rest.starts_with(**sign));
            let sign = *sign.ok_or_else(|| format!("`{c}` means nothing"))?;
            chars.nth(sign.len() - 1);
            out.push(Token::Sign(sign));
        }
    }
    Ok(out)
}

struct Parser {
    tokens: Vec<Token>,
    at: usize,
}

impl Parser {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at)
    }

    fn sign(&mut self, sign: &str) -> bool {
        let found = matches!(self.peek(), Some(Token::Sign(found)) if *found == sign);
        self.at += usize::from(found);
        found
    }

    fn need(&mut self, sign: &str) -> Result<(), String> {
        if self.sign(sign) {
            return Ok(());
        }
        Err(match self.peek() {
            Some(token) => format!("`{sign}` is missing before {}", shown(token)),
            None => format!("`{sign}` is missing at the end"),
        })
    }

    fn operator(&mut self, level: usize) -> Option<&'static str> {
        let word = match self.peek()? {
            Token::Name(word) => word.as_str(),
            Token::Sign(sign) => sign,
            _ => return None,
        };
        let found = OPERATORS.get(level)?.iter().find(|known| **known == word)?;
        self.at += 1;
        Some(found)
    }

    fn binary(&mut self, level: usize, depth: usize) -> Result<Expr, String> {
        if depth > MAX_DEPTH {
            return Err("it is nested too deeply".to_owned());
        }
        if level == OPERATORS.len() {
            return self.primary(depth + 1);
        }
        let mut left = self.binary(level + 1, depth)?;
        while let Some(operator) = self.operator(level) {
            let right = self.binary(level + 1, depth)?;
            left = Expr::Binary(operator, Box::new(left), Box::new(right));
        }
        Ok(left)
    }

    fn primary(&mut self, depth: usize) -> Result<Expr, String> {
        let Some(token) = self.peek().cloned() else { return Err("it ends too early".to_owned()) };
        self.at += 1;
        match token {
            Token::Number(number) => Ok(Expr::Number(number)),
            Token::Text(text) => Ok(Expr::Text(text)),
            Token::Sign("(") => {
                let inner = self.binary(0, depth)?;
                self.need(")")?;
                Ok(inner)
            }
            Token::Sign("-") => {
                let inner = self.primary(depth)?;
                Ok(Expr::Binary("-", Box::new(Expr::Number("0".to_owned())), Box::new(inner)))
            }
            Token::Name(name) => match name.as_str() {
                "null" => Ok(Expr::Null),
                "true" | "false" => Ok(Expr::Bool(name == "true")),
                "not" if !matches!(self.peek(), Some(Token::Sign("("))) => {
                    Ok(Expr::Call("not", vec![self.binary(2, depth)?]))
                }
                _ if matches!(self.peek(), Some(Token::Sign("("))) => self.call(&name, depth),
                _ => self.path(name),
            },
            token @ Token::Sign(_) => Err(format!("unexpected {}", shown(&token))),
        }
    }

    fn path(&mut self, first: String) -> Result<Expr, String> {
        let mut path = vec![first];
        while self.sign(".") {
            match self.peek().cloned() {
                Some(Token::Name(name)) => path.push(name),
                _ => return Err("a name is missing behind `.`".to_owned()),
            }
            self.at += 1;
        }
        Ok(Expr::Path(path))
    }

    fn call(&mut self, name: &str, depth: usize) -> Result<Expr, String> {
        self.need("(")?;
        if let Some((name, fewest, most)) = AGGREGATES.iter().find(|(known, ..)| *known == name) {
            let relation = match self.peek().cloned() {
                Some(Token::Name(first)) => {
                    self.at += 1;
                    self.path(first)?
                }
                _ => Expr::Null,
            };
            let Expr::Path(relation) = relation else {
                return Err(format!("`{name}` takes a relation first, such as `Booking.ResourceId`"));
            };
            let [entity, property] = &relation[..] else {
                return Err(format!("`{name}` takes a relation first, such as `Booking.ResourceId`"));
            };
            let mut arguments = Vec::new();
            while self.sign(",") {
                arguments.push(self.binary(0, depth)?);
            }
            self.need(")")?;
            if !(*fewest..=*most).contains(&arguments.len()) {
                return Err(format!("`{name}` has {} arguments behind the relation", arguments.len()));
            }
            return Ok(Expr::Over(name, entity.clone(), property.clone(), arguments));
        }
        let Some((name, fewest, most)) = FUNCTIONS.iter().find(|(known, ..)| *known == name) else {
            return Err(format!("there is no function `{name}`"));
        };
        let mut arguments = Vec::new();
        if !self.sign(")") {
            loop {
                arguments.push(self.binary(0, depth)?);
                if !self.sign(",") {
                    break;
                }
            }
            self.need(")")?;
        }
        if !(*fewest..=*most).contains(&arguments.len()) {
            return Err(format!("`{name}` has {} arguments", arguments.len()));
        }
        Ok(Expr::Call(name, arguments))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operators_bind_as_everybody_expects() {
        let parsed = parse("not A and B.C + 2 * 3 >= sum(X.Y, Z) or first(D, 'e') = null").unwrap();
        let name = |name: &str| Expr::Path(name.split('.').map(str::to_owned).collect());
        let two = |operator, left, right| Expr::Binary(operator, Box::new(left), Box::new(right));
        let number = |text: &str| Expr::Number(text.to_owned());
        let sum = Expr::Over("sum", "X".to_owned(), "Y".to_owned(), vec![name("Z")]);
        let left = two(
            "and",
            Expr::Call("not", vec![name("A")]),
            two(">=", two("+", name("B.C"), two("*", number("2"), number("3"))), sum),
        );
        let right = two("=", Expr::Call("first", vec![name("D"), Expr::Text("e".to_owned())]), Expr::Null);
        assert_eq!(parsed, two("or", left, right));
    }

    #[test]
    fn slips_are_named() {
        for (text, wrong) in [
            ("", "it ends too early"),
            ("A +", "it ends too early"),
            ("A B", "unexpected `B`"),
            ("'a", "a text has no closing quote"),
            ("A ; B", "`;` means nothing"),
            ("frist(A)", "there is no function `frist`"),
            ("now(1)", "`now` has 1 arguments"),
            ("sum(A, B)", "`sum` takes a relation first, such as `Booking.ResourceId`"),
            ("sum(A.B)", "`sum` has 0 arguments behind the relation"),
            ("(A", "`)` is missing at the end"),
            ("A.", "a name is missing behind `.`"),
        ] {
            assert_eq!(parse(text).unwrap_err(), wrong, "{text}");
        }
        assert_eq!(parse(&"(".repeat(10_000)).unwrap_err(), "it is nested too deeply");
    }
}
