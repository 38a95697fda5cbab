//! Requests as text, so that a failing one is a file that can be read and edited.
//!
//! Each is `METHOD target`, headers, an empty line and a body, as in HTTP; a line of dashes ends it. A body is kept
//! as it is, bytes that are not text included.

use fastrand::Rng;

use crate::bytes;
use crate::json::{self, Tree};

const END: &[u8] = b"\n----\n";

/// A request to the sandbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// The method, which need not be one.
    pub method: String,
    /// Path and query, which need not be either.
    pub target: String,
    /// The type of the body.
    pub content_type: String,
    /// The body.
    pub body: Vec<u8>,
}

/// Writes requests as one input.
pub fn print(requests: &[Request]) -> Vec<u8> {
    let mut out = Vec::new();
    for request in requests {
        out.extend(format!("{} {}\n{}\n\n", request.method, request.target, request.content_type).bytes());
        out.extend(&request.body);
        out.extend(END);
    }
    out
}

/// Reads what [`print()`] wrote. Whatever is not a request is left out.
pub fn read(input: &[u8]) -> Vec<Request> {
    let mut requests = Vec::new();
    let mut rest = input;
    while !rest.is_empty() {
        let end = rest.windows(END.len()).position(|window| window == END).unwrap_or(rest.len());
        let (request, more) = rest.split_at(end);
        rest = more.get(END.len()..).unwrap_or_default();
        let mut parts = request.splitn(3, |byte| *byte == b'\n');
        let mut line = || String::from_utf8_lossy(parts.next().unwrap_or_default()).into_owned();
        let (first, content_type) = (line(), line());
        let Some((method, target)) = first.split_once(' ') else { continue };
        let body = parts.next().and_then(|body| body.strip_prefix(b"\n")).unwrap_or_default();
        requests.push(Request {
            method: method.to_owned(),
            target: target.to_owned(),
            content_type,
            body: body.to_vec(),
        });
    }
    requests
}

const METHODS: &[&str] =
    &["GET", "GET", "GET", "POST", "POST", "PUT", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH", "BREW"];
const TYPES: &[&str] = &[
    "application/json",
    "application/json",
    "application/json; charset=utf-8",
    "application/x-www-form-urlencoded",
    "text/plain",
    "multipart/form-data; boundary=x",
    "",
];
const WORDS: &[&str] = &[
    "api",
    "API",
    "sys",
    "spaces",
    "billing",
    "crm",
    "users",
    "bookings",
    "coworkers",
    "usermessages",
    "commands",
    "runcommand",
    "token",
    "auth",
    "me",
    "utils",
    "enums",
    "public",
    "checkin",
    "getavatar",
    "__sandbox",
    "faults",
    "clock",
    "snapshots",
    "reset",
    "log",
    "",
    ".",
    "..",
    "1",
    "0",
    "-1",
    "9223372036854775808",
    "%2f",
    "%00",
    "%",
    "%zz",
];
const VALUES: &[&str] = &[
    "",
    "0",
    "-1",
    "1",
    "25",
    "1001",
    "99999999999999999999",
    "true",
    "FALSE",
    "x",
    "[1,2",
    "1,2,3]",
    "[,]",
    "[]",
    "1e5",
    "79228162514264337593543950336",
    "2026-02-30",
    "2026-02-14T10:00",
    "2026-02-14T10:00:59Z",
    "0000-01-01",
    "-0001-01-01",
    "9999-12-31T23:59:59.999999999%2B18:00",
    "a%2Bb@x",
    "a+b@x",
    "%",
    "%ff",
    "Id",
    "asc",
    "desc",
];

/// What requests are made of: paths of entities, names of parameters, bodies.
#[derive(Default)]
pub struct Ingredients {
    /// `/api/spaces/bookings`
    pub paths: Vec<String>,
    /// Names of filters.
    pub parameters: Vec<String>,
    /// Bodies.
    pub bodies: Vec<Tree>,
    /// Requests that belong together: method, path and JSON body. Most random ones are refused early.
    pub calls: Vec<(String, String, Tree)>,
}

/// A few requests, mostly with sense.
pub fn input(rng: &mut Rng, from: &Ingredients) -> Vec<u8> {
    let requests: Vec<Request> = (0..rng.usize(1..5)).map(|_| request(rng, from)).collect();
    let mut input = print(&requests);
    if rng.u8(0..16) == 0 {
        bytes::mutate(rng, &mut input);
    }
    input
}

fn request(rng: &mut Rng, from: &Ingredients) -> Request {
    if rng.bool()
        && let Some((method, target, body)) = rng.choice(&from.calls)
    {
        let (method, target) = (method.clone(), target.clone());
        // One in four is sent as it is, so that the next request finds what it changed.
        let body =
            if rng.u8(0..4) == 0 { body.text().into_bytes() } else { json::input(rng, std::slice::from_ref(body)) };
        return Request { method, target, content_type: "application/json".to_owned(), body };
    }
    let word = |rng: &mut Rng, words: &[&str]| rng.choice(words).copied().unwrap_or_default().to_owned();
    let mut target = if rng.u8(0..8) == 0 {
        let words: Vec<String> = (0..rng.usize(1..6)).map(|_| word(rng, WORDS)).collect();
        format!("/{}", words.join("/"))
    } else {
        rng.choice(&from.paths).cloned().unwrap_or_default()
    };
    if rng.bool() {
        target.push('/');
        target.push_str(&word(rng, WORDS));
    }
    let mut parameters = Vec::new();
    for _ in 0..rng.usize(0..5) {
        let name = match rng.u8(0..4) {
            0 => word(rng, &["page", "size", "orderBy", "dir", "id", "fields", "t"]),
            1 => format!("{}{}", word(rng, &["from_", "to_", "FROM_"]), pick(rng, &from.parameters)),
            _ => pick(rng, &from.parameters),
        };
        parameters.push(format!("{name}={}", word(rng, VALUES)));
    }
    if !parameters.is_empty() {
        target.push('?');
        target.push_str(&parameters.join("&"));
    }
    let content_type = word(rng, TYPES);
    let body = if content_type.contains("form-urlencoded") && rng.bool() {
        let pairs = (0..rng.usize(0..5)).map(|_| format!("{}={}", pick(rng, &from.parameters), word(rng, VALUES)));
        pairs.collect::<Vec<_>>().join("&").into_bytes()
    } else {
        json::input(rng, &from.bodies)
    };
    Request { method: word(rng, METHODS), target, content_type, body }
}

fn pick(rng: &mut Rng, from: &[String]) -> String {
    rng.choice(from).cloned().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_survive_their_text() {
        let request = |body: &[u8]| Request {
            method: "POST".into(),
            target: "/api/x?y= z".into(),
            content_type: "application/json".into(),
            body: body.to_vec(),
        };
        let requests = [request(b""), request(b"{\"a\":\n\n1}\xff"), request(b"\n---\n")];
        assert_eq!(read(&print(&requests)), requests);
        assert_eq!(read(b""), []);
        assert_eq!(read(b"no-request"), []);
    }
}
