//! Answers that go wrong on purpose.
//!
//! A client is known to be good only when it has met what a network does to it. A rule says which requests it
//! is for, how many or what share of them, and what happens to those.

use std::str::FromStr;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use http::header::{CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderValue, Method, Response, StatusCode};
use serde_json::Value as Json;
use serde_json::json;

use crate::value::mix::mix;

/// A rule for answers that go wrong.
///
/// As text, as on the command line: `[METHOD] [PATH] key=value...`, for example
/// `GET /api/spaces/* next=2 status=503 retry_after=1`. `*` in the path stands for anything. A value with blanks stands
/// in quotes, `body="Try again later"`; what follows `body=` without them belongs to it until the next `key=`.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Fault {
    /// The method that it is for; any if not set.
    pub method: Option<Method>,
    /// The path that it is for, with `*` for anything; any if not set.
    pub path: Option<String>,
    /// How many of the requests to come it is for; all if not set.
    pub next: Option<u32>,
    /// For what share of them, from 0 to 1; all if not set.
    pub share: Option<f64>,
    /// Answers this status and does not do what was asked.
    pub status: Option<StatusCode>,
    /// The body that goes with the status; the service's own if not set.
    pub body: Option<String>,
    /// Sends this `Retry-After`.
    pub retry_after: Option<String>,
    /// Answers late.
    pub delay: Option<Duration>,
    /// Ends the connection after so many bytes of the body.
    pub cut: Option<usize>,
    /// Ends the connection without an answer.
    pub reset: bool,
    /// Answers a page of HTML, as a proxy does.
    pub html: bool,
    /// Sends the answer with this content type.
    pub content_type: Option<String>,
    /// Does what was asked before the answer goes wrong, for `status`, `html` and `reset`.
    pub applied: bool,
}

/// A length of time such as `250ms`, `2s`, `1m`, `1h` or `1d`; a bare number is milliseconds.
pub(crate) fn duration(text: &str) -> Option<Duration> {
    let split = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(split);
    let factor = match unit {
        "" | "ms" => 1,
        "s" => 1000,
        "m" => 60_000,
        "h" => 3_600_000,
        "d" => 86_400_000,
        _ => return None,
    };
    Some(Duration::from_millis(number.parse::<u64>().ok()?.checked_mul(factor)?))
}

impl Fault {
    /// Sets one property by its name and a text.
    fn set(&mut self, key: &str, value: &str) -> Result<(), String> {
        let bad = |what: &str| format!("{key}={value}: {what}");
        let flag = || match value {
            "true" | "1" | "" => Ok(true),
            "false" | "0" => Ok(false),
            _ => Err(bad("give true or false")),
        };
        match key {
            "method" => self.method = Some(value.to_ascii_uppercase().parse().map_err(|_| bad("not a method"))?),
            "path" => self.path = Some(value.to_owned()),
            "next" => self.next = Some(value.parse().map_err(|_| bad("give a number of requests"))?),
            "share" => {
                let share = value.parse().ok().filter(|share: &f64| (0.0..=1.0).contains(share));
                self.share = Some(share.ok_or_else(|| bad("give a number from 0 to 1"))?);
            }
            "status" => {
                // One below 200 is not the last word of an answer, so that no answer can have it.
                let status = value.parse().ok().filter(|status: &StatusCode| status.as_u16() >= 200);
                self.status = Some(status.ok_or_else(|| bad("give a status from 200 to 999"))?);
            }
            "body" => self.body = Some(value.to_owned()),
            "retry_after" => self.retry_after = Some(value.to_owned()),
            "delay" => self.delay = Some(duration(value).ok_or_else(|| bad("give a time such as 250ms or 2s"))?),
            "cut" => self.cut = Some(value.parse().map_err(|_| bad("give a number of bytes"))?),
            "reset" => self.reset = flag()?,
            "html" => self.html = flag()?,
            "content_type" => self.content_type = Some(value.to_owned()),
            "applied" => self.applied = flag()?,
            _ => {
                return Err(format!("{key}: no such property of a fault; there are {}", KEYS.join(", ")));
            }
        }
        Ok(())
    }

    fn checked(self) -> Result<Self, String> {
        let header = |text: &Option<String>| text.as_ref().is_none_or(|text| HeaderValue::from_str(text).is_ok());
        if !header(&self.retry_after) || !header(&self.content_type) {
            return Err("retry_after and content_type have to be valid header values".into());
        }
        let acts = self.status.is_some() || self.delay.is_some() || self.cut.is_some() || self.reset || self.html;
        if !acts && self.content_type.is_none() {
            return Err("a fault needs an effect: give status, delay, cut, reset, html or content_type".into());
        }
        Ok(self)
    }

    /// Reads a fault from an object with its properties.
    pub(crate) fn from_json(json: &Json) -> Result<Self, String> {
        let object = json.as_object().ok_or("a fault is an object, for example {\"status\": 503, \"next\": 2}")?;
        let mut fault = Self::default();
        for (key, value) in object.iter().filter(|(_, value)| !value.is_null()) {
            let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            fault.set(key, &text)?;
        }
        fault.checked()
    }

    pub(crate) fn to_json(&self) -> Json {
        let mut out = json!({
            "method": self.method.as_ref().map(Method::as_str),
            "path": self.path,
            "next": self.next,
            "share": self.share,
            "status": self.status.map(|status| status.as_u16()),
            "body": self.body,
            "retry_after": self.retry_after,
            "delay": self.delay.map(|delay| format!("{}ms", delay.as_millis())),
            "cut": self.cut,
            "reset": self.reset.then_some(true),
            "html": self.html.then_some(true),
            "content_type": self.content_type,
            "applied": self.applied.then_some(true),
        });
        if let Json::Object(fields) = &mut out {
            fields.retain(|_, value| !value.is_null());
        }
        out
    }

    fn matches(&self, method: &Method, path: &str) -> bool {
        self.method.as_ref().is_none_or(|wanted| wanted == method)
            && self.path.as_ref().is_none_or(|pattern| glob(&pattern.to_lowercase(), &path.to_lowercase()))
    }

    /// Whether the service is asked at all before this goes wrong.
    pub(crate) fn lets_through(&self) -> bool {
        self.applied || !(self.status.is_some() || self.html || self.reset)
    }

    /// What becomes of an answer; `None` if the service was not asked.
    pub(crate) fn spoil(&self, answer: Option<Response<Bytes>>) -> Response<Bytes> {
        let mut response = answer.unwrap_or_default();
        if let Some(status) = self.status {
            response = Response::default();
            *response.status_mut() = status;
            let body = match (&self.body, status.as_u16()) {
                (Some(body), _) => body.clone(),
                (None, 409) => String::new(),
                (None, 404) => "\"Not found\"".into(),
                (None, 401) => "{\"Message\":\"Authorization has been denied for this request.\"}".into(),
                (None, _) => "{\"Message\":\"An error has occurred.\"}".into(),
            };
            if !body.is_empty() {
                response
                    .headers_mut()
                    .insert(CONTENT_TYPE, HeaderValue::from_static("application/json; charset=utf-8"));
            }
            *response.body_mut() = body.into();
        }
        if self.html {
            let page = "<!doctype html>\n<html><head><title>Error</title></head><body><h1>Something went wrong</h1></body></html>\n";
            *response.body_mut() = self.body.clone().unwrap_or_else(|| page.into()).into();
            response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
        }
        for (name, text) in [(CONTENT_TYPE, &self.content_type), (RETRY_AFTER, &self.retry_after)] {
            if let Some(value) = text.as_ref().and_then(|text| HeaderValue::from_str(text).ok()) {
                response.headers_mut().insert(name, value);
            }
        }
        response
    }
}

impl FromStr for Fault {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut fault = Self::default();
        let mut body = None::<String>;
        for word in words(text)? {
            let known = |key: &str| KEYS.contains(&key);
            let (key, value) = match word.split_once('=') {
                Some((key, value)) if known(key) || body.is_none() => (key, value),
                None if matches!(word.as_str(), "reset" | "html" | "applied") => (word.as_str(), "true"),
                _ if body.is_some() => {
                    body = body.map(|body| format!("{body} {word}"));
                    continue;
                }
                Some(pair) => pair,
                None if word.starts_with('/') || word.starts_with('*') => ("path", word.as_str()),
                None => ("method", word.as_str()),
            };
            if key == "body" {
                body = Some(value.to_owned());
            } else {
                fault.set(key, value)?;
            }
        }
        if let Some(body) = body {
            fault.set("body", &body)?;
        }
        fault.checked()
    }
}

/// What a rule as text can set.
const KEYS: [&str; 13] = [
    "method",
    "path",
    "next",
    "share",
    "status",
    "body",
    "retry_after",
    "delay",
    "cut",
    "reset",
    "html",
    "content_type",
    "applied",
];

/// The words of a rule. A value that begins with a quote goes on to the next such quote.
fn words(text: &str) -> Result<Vec<String>, String> {
    let mut words = Vec::new();
    let mut rest = text.trim_start();
    while !rest.is_empty() {
        let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
        let value = rest[..end].find('=').map(|at| at + 1);
        let quote = value.and_then(|at| Some((at, rest[at..].chars().next().filter(|c| matches!(c, '"' | '\''))?)));
        if let Some((at, quote)) = quote {
            let inside = &rest[at + 1..];
            let close = inside.find(quote).ok_or_else(|| format!("{}: the quote is not closed", &rest[..at]))?;
            words.push(format!("{}{}", &rest[..at], &inside[..close]));
            rest = inside[close + 1..].trim_start();
        } else {
            words.push(rest[..end].to_owned());
            rest = rest[end..].trim_start();
        }
    }
    Ok(words)
}

/// Whether a text fits a pattern in which `*` stands for anything.
pub(crate) fn glob(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(mut rest) = parts.next().and_then(|first| text.strip_prefix(first)) else { return false };
    let mut parts = parts.peekable();
    if parts.peek().is_none() {
        return rest.is_empty();
    }
    while let Some(part) = parts.next() {
        if parts.peek().is_none() {
            return rest.ends_with(part);
        }
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    true
}

/// The faults in force.
#[derive(Debug, Default)]
pub(crate) struct Faults(Mutex<FaultState>);

#[derive(Debug, Default)]
struct FaultState {
    rules: Vec<Fault>,
    /// Counts draws, so that a share falls on the same requests each time.
    draws: u64,
}

impl Faults {
    pub(crate) fn new(rules: Vec<Fault>) -> Self {
        Self(Mutex::new(FaultState { rules, draws: 0 }))
    }

    fn state(&self) -> std::sync::MutexGuard<'_, FaultState> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The fault for a request: the first rule that fits and whose turn it is.
    pub(crate) fn draw(&self, method: &Method, path: &str) -> Option<Fault> {
        let mut state = self.state();
        if state.rules.is_empty() {
            return None;
        }
        let FaultState { rules, draws } = &mut *state;
        let hit = rules.iter_mut().find_map(|rule| {
            if !rule.matches(method, path) || rule.next == Some(0) {
                return None;
            }
            if let Some(share) = rule.share {
                *draws += 1;
                // The top 53 bits are a fraction that a double holds exactly.
                #[allow(clippy::cast_precision_loss, reason = "53 bits are exact")]
                let drawn = (mix(*draws) >> 11) as f64 / (1_u64 << 53) as f64;
                if drawn >= share {
                    return None;
                }
            }
            if let Some(next) = &mut rule.next {
                *next -= 1;
            }
            Some(rule.clone())
        });
        rules.retain(|rule| rule.next != Some(0));
        hit
    }

    pub(crate) fn list(&self) -> Vec<Fault> {
        self.state().rules.clone()
    }

    pub(crate) fn add(&self, faults: Vec<Fault>) {
        self.state().rules.extend(faults);
    }

    pub(crate) fn set(&self, faults: Vec<Fault>) {
        *self.state() = FaultState { rules: faults, draws: 0 };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_reads_the_same_as_text_and_as_json() {
        let fault: Fault = "GET /api/spaces/* next=2 status=503 retry_after=1 delay=2s".parse().unwrap();
        let same = json!({"method": "get", "path": "/api/spaces/*", "next": 2, "status": 503, "retry_after": 1, "delay": "2s"});
        assert_eq!(Fault::from_json(&same).unwrap(), fault);
        assert_eq!(Fault::from_json(&fault.to_json()).unwrap(), fault);
        for (text, body) in [
            ("GET status=503 body=\"Try again later\" next=2", "Try again later"),
            ("status=503 body='{\"a\": \"b c\"}'", "{\"a\": \"b c\"}"),
            ("body=Try again later status=503", "Try again later"),
            ("status=503 body=a=b c=d", "a=b c=d"),
        ] {
            assert_eq!(text.parse::<Fault>().unwrap().body.as_deref(), Some(body), "{text}");
        }
        for bad in [
            "status=100",
            "status=199",
            "status=1000",
            "status=503 body=\"x",
            "",
            "GET",
            "status=x",
            "status=200 share=2",
            "sttaus=5",
            "delay=1y",
            "reset=perhaps",
        ] {
            assert!(bad.parse::<Fault>().is_err(), "{bad}");
        }
    }

    #[test]
    fn patterns_fit_anything_at_a_star() {
        for (pattern, text, fits) in [
            ("/api/*", "/api/x/y", true),
            ("*/bookings", "/api/spaces/bookings", true),
            ("/api/*/bookings/*", "/api/spaces/bookings/1", true),
            ("/api", "/api/x", false),
            ("/a*b*c", "/a-b-b-c", true),
            ("/a*b*c", "/a-c", false),
            ("*", "", true),
        ] {
            assert_eq!(glob(pattern, text), fits, "{pattern} {text}");
        }
    }

    #[test]
    fn a_rule_is_for_the_next_requests_or_for_a_share() {
        let faults =
            Faults::new(vec!["GET next=2 status=500".parse().unwrap(), "POST share=0.25 reset".parse().unwrap()]);
        assert!(faults.draw(&Method::PUT, "/").is_none());
        assert_eq!((0..5).filter(|_| faults.draw(&Method::GET, "/").is_some()).count(), 2);
        let hits = (0..4000).filter(|_| faults.draw(&Method::POST, "/").is_some()).count();
        assert!((800..1200).contains(&hits), "{hits}");
    }
}
