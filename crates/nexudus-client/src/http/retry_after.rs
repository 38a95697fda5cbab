//! How long the service asks to wait.
//!
//! It says so in three ways: `Retry-After` with a number of seconds, `Retry-After` with a date, or, with status 429,
//! the text `Wait N seconds`, where N may be a decimal number.

use std::time::Duration;

use http::HeaderMap;
use http::header::{DATE, RETRY_AFTER};

/// The longest wait that is believed.
const LONGEST: Duration = Duration::from_hours(24);

/// The longest text in which a wait is looked for.
const TEXT_LIMIT: usize = 1000;

/// The wait that an answer asks for, at most 24 hours. Without `Date`, a date counts from `now`.
pub(crate) fn retry_after(headers: &HeaderMap, body: &[u8]) -> Option<Duration> {
    let wait = match headers.get(RETRY_AFTER).and_then(|value| value.to_str().ok()).map(str::trim) {
        Some(text) => seconds(text).or_else(|| until(text, headers)),
        None => None,
    };
    Some(wait.or_else(|| wait_in_text(body))?.min(LONGEST))
}

/// A number of seconds, which may be a decimal one, and of which nothing is too large.
fn seconds(text: &str) -> Option<Duration> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let is_number = |digits: &str| digits.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !is_number(whole) || !is_number(fraction) {
        return None;
    }
    let whole = whole.parse().unwrap_or(u64::MAX);
    // Up to milliseconds, rounded up.
    let digit = |place: usize| u64::from(fraction.as_bytes().get(place).map_or(0, |digit| digit - b'0'));
    let more = u64::from(fraction.bytes().skip(3).any(|digit| digit != b'0'));
    let millis = digit(0) * 100 + digit(1) * 10 + digit(2) + more;
    Some(Duration::from_secs(whole).saturating_add(Duration::from_millis(millis)))
}

/// A date, relative to the clock of the sender.
fn until(text: &str, headers: &HeaderMap) -> Option<Duration> {
    let date = httpdate::parse_http_date(text).ok()?;
    let answered = headers.get(DATE).and_then(|value| httpdate::parse_http_date(value.to_str().ok()?).ok());
    Some(date.duration_since(answered.unwrap_or_else(std::time::SystemTime::now)).unwrap_or_default())
}

/// `Wait N seconds`, in whatever stands around it.
pub(crate) fn wait_in_text(body: &[u8]) -> Option<Duration> {
    let text = String::from_utf8_lossy(body.get(..TEXT_LIMIT).unwrap_or(body)).to_ascii_lowercase();
    let words: Vec<&str> = text.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '.').collect();
    words.windows(3).find_map(|words| match words {
        ["wait", number, unit] if unit.trim_end_matches('.').starts_with("second") => seconds(number),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn header(text: &str) -> Option<Duration> {
        let mut headers = HeaderMap::new();
        headers.insert(RETRY_AFTER, HeaderValue::from_str(text).unwrap());
        headers.insert(DATE, HeaderValue::from_static("Wed, 01 Apr 2026 10:00:00 GMT"));
        retry_after(&headers, b"")
    }

    #[test]
    fn a_wait_is_read_from_the_header() {
        for (text, seconds) in [
            ("0", 0),
            ("5", 5),
            (" 5 ", 5),
            ("86401", 86_400),
            ("1000000000", 86_400),
            ("18446744073709551615", 86_400),
            ("18446744073709551616", 86_400),
            ("99999999999999999999999999999999", 86_400),
            // By the clock of the service, whatever ours says.
            ("Wed, 01 Apr 2026 10:00:07 GMT", 7),
            ("Wed, 01 Apr 2026 09:00:00 GMT", 0),
            ("Fri, 31 Dec 9999 23:59:59 GMT", 86_400),
        ] {
            assert_eq!(header(text), Some(Duration::from_secs(seconds)), "{text}");
        }
        assert_eq!(header("0.25"), Some(Duration::from_millis(250)));
        assert_eq!(header("1.9999"), Some(Duration::from_secs(2)));
        for text in ["", "-1", "soon", "1e9", ".", "1.x", "NaN"] {
            assert_eq!(header(text), None, "{text}");
        }
    }

    #[test]
    fn a_wait_is_read_from_the_text() {
        let text = |text: &str| retry_after(&HeaderMap::new(), text.as_bytes());
        assert_eq!(text("Wait 12 seconds"), Some(Duration::from_secs(12)));
        assert_eq!(text(r#""Wait 0.75 seconds.""#), Some(Duration::from_millis(750)));
        assert_eq!(text(r#"{"Message":"Please wait 1 second"}"#), Some(Duration::from_secs(1)));
        assert_eq!(text("Wait 99999999999999999999 seconds"), Some(Duration::from_hours(24)));
        assert_eq!(text("Wait a few seconds"), None);
        assert_eq!(text(&format!("{} Wait 5 seconds", "x ".repeat(1_000_000))), None);
        assert_eq!(retry_after(&HeaderMap::new(), b"\xff\xfe Wait 3 seconds"), Some(Duration::from_secs(3)));
    }
}
