//! Texts and numbers between JSON and Rust.

use std::borrow::Cow;

use rust_decimal::Decimal;

use super::scan::plain_length;

/// A text without its quotes and escapes.
pub(crate) struct Unescaped<'a> {
    /// The text; a half of a surrogate pair is replaced by U+FFFD.
    pub(crate) text: Cow<'a, str>,
    /// Whether [`print_text`] gives back what was read.
    pub(crate) canonical: bool,
    /// Whether nothing had to be replaced.
    pub(crate) whole: bool,
}

/// What stands between the quotes of a text that was checked.
fn inside(raw: &str) -> &str {
    raw.get(1..raw.len().saturating_sub(1)).unwrap_or_default()
}

/// The text that a checked JSON text means.
#[inline]
pub(crate) fn unescape(raw: &str, escaped: bool) -> Unescaped<'_> {
    let raw = inside(raw);
    if escaped { with_escapes(raw) } else { Unescaped { text: Cow::Borrowed(raw), canonical: true, whole: true } }
}

fn with_escapes(raw: &str) -> Unescaped<'_> {
    let mut text = String::with_capacity(raw.len());
    let (mut canonical, mut whole) = (true, true);
    let mut rest = raw;
    // In a text that was checked, nothing but a backslash ends what is plain.
    while let Some((plain, escape)) = rest.split_at_checked(plain_length(rest.as_bytes())) {
        text.push_str(plain);
        let Some(mark) = escape.as_bytes().get(1).copied() else { break };
        rest = escape.get(2..).unwrap_or_default();
        match mark {
            b'b' => text.push('\u{8}'),
            b'f' => text.push('\u{c}'),
            b'n' => text.push('\n'),
            b'r' => text.push('\r'),
            b't' => text.push('\t'),
            b'u' => {
                let digits = rest.get(..4).unwrap_or_default();
                rest = rest.get(4..).unwrap_or_default();
                let unit = u32::from_str_radix(digits, 16).unwrap_or_default();
                // The other half, where this is the first of a pair.
                let low = rest
                    .strip_prefix("\\u")
                    .and_then(|rest| u32::from_str_radix(rest.get(..4)?, 16).ok())
                    .filter(|low| (0xD800..0xDC00).contains(&unit) && (0xDC00..0xE000).contains(low));
                let code = match low {
                    Some(low) => {
                        rest = rest.get(6..).unwrap_or_default();
                        0x1_0000 + ((unit - 0xD800) << 10) + (low - 0xDC00)
                    }
                    None => unit,
                };
                let is_short = matches!(code, 0x08 | 0x09 | 0x0A | 0x0C | 0x0D);
                canonical &= code < 0x20 && !is_short && !digits.bytes().any(|digit| digit.is_ascii_uppercase());
                whole &= char::from_u32(code).is_some();
                text.push(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER));
            }
            other => {
                canonical &= other != b'/';
                text.push(char::from(other));
            }
        }
    }
    Unescaped { text: Cow::Owned(text), canonical, whole }
}

/// Appends a text in quotes.
pub(crate) fn print_text(out: &mut Vec<u8>, text: &str) {
    let needs_escape = |byte: u8| byte < b' ' || byte == b'"' || byte == b'\\';
    // Most need none, and looking at all bytes without stopping is quicker than stopping at one.
    if !text.bytes().fold(false, |found, byte| found | needs_escape(byte)) {
        return print_bare(out, text);
    }
    out.push(b'"');
    let mut rest = text.as_bytes();
    loop {
        let (plain, tail) = rest.split_at(plain_length(rest).min(rest.len()));
        out.extend_from_slice(plain);
        let Some((byte, tail)) = tail.split_first() else { break };
        rest = tail;
        let short = match *byte {
            0x08 => b'b',
            0x09 => b't',
            0x0A => b'n',
            0x0C => b'f',
            0x0D => b'r',
            other @ (b'"' | b'\\') => other,
            other => {
                let digit = |value: u8| if value < 10 { b'0' + value } else { b'a' + value - 10 };
                out.extend_from_slice(&[b'\\', b'u', b'0', b'0', digit(other >> 4), digit(other & 15)]);
                continue;
            }
        };
        out.extend_from_slice(&[b'\\', short]);
    }
    out.push(b'"');
}

/// Appends a text in which nothing needs an escape, in quotes.
pub(crate) fn print_bare(out: &mut Vec<u8>, text: &str) {
    out.push(b'"');
    out.extend_from_slice(text.as_bytes());
    out.push(b'"');
}

/// Appends an integer.
pub(crate) fn print_int(out: &mut Vec<u8>, value: i64) {
    if value < 0 {
        out.push(b'-');
    }
    print_digits(out, value.unsigned_abs(), 0);
}

/// Appends digits, with a point before the last `places` of them.
fn print_digits(out: &mut Vec<u8>, mut value: u64, places: usize) {
    // 20 digits at most, or 28 places and the point and the zero before them.
    let mut buffer = [b'0'; 32];
    let mut at = buffer.len();
    let mut count = 0;
    while value > 0 || count <= places {
        if count == places && places > 0 {
            at -= 1;
            buffer[at] = b'.';
        }
        at -= 1;
        buffer[at] = b'0' + u8::try_from(value % 10).unwrap_or_default();
        value /= 10;
        count += 1;
    }
    out.extend_from_slice(&buffer[at..]);
}

/// Appends a decimal number, with all its places.
pub(crate) fn print_decimal(out: &mut Vec<u8>, value: &Decimal) {
    match u64::try_from(value.mantissa().unsigned_abs()) {
        Ok(mantissa) if value.scale() <= 28 => {
            if value.is_sign_negative() && mantissa > 0 {
                out.push(b'-');
            }
            print_digits(out, mantissa, value.scale() as usize);
        }
        _ => out.extend_from_slice(value.to_string().as_bytes()),
    }
}

/// The parts of a checked JSON number.
struct Number<'a> {
    negative: bool,
    whole: &'a str,
    fraction: &'a str,
    /// Held within what is far beyond any use.
    exponent: Option<i64>,
}

impl<'a> Number<'a> {
    fn of(text: &'a str) -> Self {
        let (negative, text) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
        let (digits, exponent) = text.split_once(['e', 'E']).map_or((text, None), |(digits, power)| {
            let limit = if power.starts_with('-') { i64::MIN / 4 } else { i64::MAX / 4 };
            (digits, Some(power.parse::<i64>().map_or(limit, |power| power.clamp(i64::MIN / 4, i64::MAX / 4))))
        });
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        Self { negative, whole, fraction, exponent }
    }

    /// The digits without zeros at either end, and the power of ten that they are multiplied by; no digits for zero.
    fn normal(&self) -> (Vec<u8>, i64) {
        let mut digits: Vec<u8> =
            self.whole.bytes().chain(self.fraction.bytes()).skip_while(|byte| *byte == b'0').collect();
        let before = digits.len();
        while digits.last() == Some(&b'0') {
            digits.pop();
        }
        let dropped = i64::try_from(before - digits.len()).unwrap_or(i64::MAX / 4);
        let places = i64::try_from(self.fraction.len()).unwrap_or(i64::MAX / 4);
        let power = self.exponent.unwrap_or_default().saturating_add(dropped).saturating_sub(places);
        (digits, power)
    }
}

/// Reads digits as a number that 128 bits surely hold.
fn gather(digits: &[u8]) -> Option<i128> {
    (digits.len() <= 36).then(|| digits.iter().fold(0, |value, digit| value * 10 + i128::from(digit - b'0')))
}

/// Whether two JSON numbers are the same number, however long or large.
pub(crate) fn same_number(one: &str, other: &str) -> bool {
    let (one, other) = (Number::of(one), Number::of(other));
    let ((digits, power), (other_digits, other_power)) = (one.normal(), other.normal());
    digits == other_digits && (digits.is_empty() || (power == other_power && one.negative == other.negative))
}

/// A number that was read, and whether it is printed the way it was written.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Parsed<T> {
    pub(crate) value: T,
    pub(crate) canonical: bool,
}

/// The integer that a JSON number is, if it is whole and fits. `1.0` and `1e3` are whole.
pub(crate) fn parse_int(text: &str) -> Option<Parsed<i64>> {
    if let Ok(value) = text.parse() {
        return Some(Parsed { value, canonical: text != "-0" });
    }
    let number = Number::of(text);
    let (digits, power) = number.normal();
    if digits.is_empty() {
        return Some(Parsed { value: 0, canonical: false });
    }
    let scale = 10_i128.checked_pow(u32::try_from(power).ok().filter(|power| *power < 20)?)?;
    let value = gather(&digits)?.checked_mul(scale)?;
    let value = i64::try_from(if number.negative { -value } else { value }).ok()?;
    Some(Parsed { value, canonical: false })
}

/// The decimal number that a JSON number is, if one can hold it to the last digit.
pub(crate) fn parse_decimal(text: &str) -> Option<Parsed<Decimal>> {
    let number = Number::of(text);
    let places = number.fraction.len();
    // As it is written, where that fits: this keeps zeros at the end.
    if number.exponent.is_none() && places <= 28 && number.whole.len() + places <= 29 {
        let (whole, fraction) = (number.whole.as_bytes(), number.fraction.as_bytes());
        let mantissa = if whole.len() + places <= 18 {
            let digits = |start: i64, digits: &[u8]| {
                digits.iter().fold(start, |value, digit| value * 10 + i64::from(digit - b'0'))
            };
            i128::from(digits(digits(0, whole), fraction))
        } else {
            gather(&[whole, fraction].concat())?
        };
        let signed = if number.negative { -mantissa } else { mantissa };
        if let Ok(value) = Decimal::try_from_i128_with_scale(signed, u32::try_from(places).ok()?) {
            // There is no zero below zero.
            return Some(Parsed { value, canonical: !(number.negative && mantissa == 0) });
        }
    }
    let (digits, power) = number.normal();
    if digits.is_empty() {
        return Some(Parsed { value: Decimal::ZERO, canonical: false });
    }
    let mut mantissa = gather(&digits)?;
    if let Ok(power @ 1..) = u32::try_from(power) {
        mantissa = mantissa.checked_mul(10_i128.checked_pow(power)?)?;
    }
    let scale = u32::try_from(power.min(0).unsigned_abs()).ok().filter(|scale| *scale <= 28)?;
    let value = Decimal::try_from_i128_with_scale(if number.negative { -mantissa } else { mantissa }, scale).ok()?;
    Some(Parsed { value, canonical: false })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::json::scan::check;

    fn printed(print: impl FnOnce(&mut Vec<u8>)) -> String {
        let mut out = Vec::new();
        print(&mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn integers_are_exact_or_none() {
        let int = |text: &str| parse_int(text).map(|parsed| (parsed.value, parsed.canonical));
        assert_eq!(int("9223372036854775807"), Some((i64::MAX, true)));
        assert_eq!(int("-9223372036854775808"), Some((i64::MIN, true)));
        assert_eq!(int("9223372036854775808"), None);
        assert_eq!(int("9007199254740993.0"), Some((9_007_199_254_740_993, false)));
        assert_eq!(int("1E5"), Some((100_000, false)));
        assert_eq!(int("120e-1"), Some((12, false)));
        assert_eq!(int("-0"), Some((0, false)));
        for text in ["1.5", "1e-1", "1e400", "1e99999999999999999999", "1e-99999999999999999999"] {
            assert_eq!(int(text), None, "{text}");
        }
    }

    #[test]
    fn decimals_are_exact_or_none() {
        for text in [
            "0",
            "7",
            "-12.50",
            "150.00",
            "0.09000",
            "52.142857142857146",
            "1.08451234567890123456",
            "12345678901234.5678",
            "18446744073709551616",
            "79228162514264337593543950335",
            "0.0000000000000000000000000001",
        ] {
            let parsed = parse_decimal(text).unwrap();
            assert!(parsed.canonical, "{text}");
            assert_eq!(printed(|out| print_decimal(out, &parsed.value)), text);
        }
        for (text, means) in [
            ("-0", "0"),
            ("-0.0", "0.0"),
            ("1E5", "100000"),
            ("1.5e-3", "0.0015"),
            ("0e999999999", "0"),
            ("1.00000000000000000000000000000000000", "1"),
        ] {
            let parsed = parse_decimal(text).unwrap();
            assert_eq!(
                (printed(|out| print_decimal(out, &parsed.value)).as_str(), parsed.canonical),
                (means, false),
                "{text}"
            );
        }
        for text in ["1e400", "1e-400", "79228162514264337593543950336", "0.12345678901234567890123456789"] {
            assert_eq!(parse_decimal(text), None, "{text}");
        }
    }

    #[test]
    fn numbers_are_the_same_by_value() {
        assert!(same_number("1.50", "1.5") && same_number("1E2", "100") && same_number("-0", "0.0"));
        assert!(
            !same_number("1", "-1") && !same_number("1e400", "1e401") && !same_number("0.1", "0.10000000000000000001")
        );
    }

    #[test]
    fn half_a_character_is_replaced_and_said_so() {
        let text = unescape(r#""a\ud83d""#, true);
        assert_eq!((text.text.as_ref(), text.canonical, text.whole), ("a\u{FFFD}", false, false));
        let text = unescape(r#""\ud83d\ude00\ud83dx\udE00""#, true);
        assert_eq!((text.text.as_ref(), text.whole), ("\u{1F600}\u{FFFD}x\u{FFFD}", false));
    }

    proptest! {
        #[test]
        fn texts_come_back(text in "\\PC{0,8}[\u{0}-\u{1f}\"\\\\/\u{7f}\u{2028}]{0,4}\\PC{0,4}") {
            let raw = printed(|out| print_text(out, &text));
            prop_assert_eq!(&raw, &serde_json::to_string(&text).unwrap());
            let value = check(&raw).unwrap();
            let back = unescape(value.text, value.escaped);
            prop_assert_eq!((back.text.as_ref(), back.canonical, back.whole), (text.as_str(), true, true));
        }

        #[test]
        fn escapes_are_read_as_serde_json_reads_them(raw in "\"(a|é|\\\\(n|/|\"|u00(e9|1F|1f|0a)|uD83D\\\\ude00)){0,6}\"") {
            let value = check(&raw).unwrap();
            let read = unescape(value.text, value.escaped);
            prop_assert_eq!(read.text.as_ref(), serde_json::from_str::<String>(&raw).unwrap());
            prop_assert_eq!(read.canonical, printed(|out| print_text(out, &read.text)) == raw);
        }

        #[test]
        fn integers_come_back(value: i64) {
            let text = printed(|out| print_int(out, value));
            prop_assert_eq!(&text, &value.to_string());
            prop_assert_eq!(parse_int(&text), Some(Parsed { value, canonical: true }));
        }

        #[test]
        fn decimals_come_back(text in "-?(0|[1-9][0-9]{0,30})(\\.[0-9]{1,30})?([eE][+-]?[0-9]{1,3})?") {
            if let Some(parsed) = parse_decimal(&text) {
                let back = printed(|out| print_decimal(out, &parsed.value));
                prop_assert_eq!(parsed.canonical, back == text);
                prop_assert!(same_number(&text, &back), "{} {}", text, back);
            }
        }
    }
}
