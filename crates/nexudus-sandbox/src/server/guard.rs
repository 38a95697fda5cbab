//! Which requests may come in at all.
//!
//! Every web page that a person has open can send requests to their machine. A page of another origin is kept out by
//! its `Origin`; one that pretends to be of ours, by making its own name lead here, is kept out by its `Host`. What a
//! browser sends without asking first (a form, an image) can't reach the control routes either: a POST there needs a
//! header that only same-origin code or a program sets.

use std::net::{IpAddr, SocketAddr};

use http::header::{
    ACCESS_CONTROL_REQUEST_METHOD, CONTENT_LENGTH, CONTENT_TYPE, HOST, HeaderMap, HeaderName, HeaderValue, ORIGIN,
    TRANSFER_ENCODING, USER_AGENT, VARY,
};
use http::request::Parts;
use http::{Method, StatusCode, Version};

use crate::control::route::is_control;
use crate::message::names::quoted;
use crate::message::reply::Reply;

/// Set by a program that posts to a control route without a JSON body.
const MARK: &str = "x-sandbox";
/// What the sandbox calls itself when it calls a webhook. Such a request never reaches a control route.
pub(crate) const AGENT: &str = concat!("nexudus-sandbox/", env!("CARGO_PKG_VERSION"));

/// Who may ask for what over the socket.
#[derive(Clone, Debug, Default)]
pub(crate) struct Guard {
    /// Names that the sandbox answers for, besides those of the loopback; in lower case.
    pub(crate) hosts: Vec<String>,
    /// Origins whose pages may call the API; in lower case.
    pub(crate) origins: Vec<String>,
    /// The address that it listens on.
    pub(crate) own: Option<SocketAddr>,
    /// Whether the control routes and the page are served.
    pub(crate) control: bool,
}

/// A request that may come in.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Admitted {
    /// The listed origin whose pages may read the answer.
    origin: Option<HeaderValue>,
    /// Whether a browser asks before it sends the request itself.
    pub(crate) preflight: bool,
}

impl Guard {
    /// Whether a request may come in; otherwise the refusal.
    pub(crate) fn admit(&self, parts: &Parts) -> Result<Admitted, Reply> {
        let host = self.host(parts)?;
        let control = parts.uri.path() == "/" || is_control(parts.uri.path());
        if control && !self.control {
            let hint = "beyond the loopback address the control routes and the page are off; --control serves them";
            return Err(Reply::not_found().hint(hint));
        }
        let origin = self.origin(parts, host)?;
        if control {
            if origin.is_some() {
                return Err(refused(
                    "Pages of other origins cannot use the control routes, even if the origin is allowed.",
                ));
            }
            only_on_purpose(parts)?;
        }
        let preflight = parts.method == Method::OPTIONS && parts.headers.contains_key(ACCESS_CONTROL_REQUEST_METHOD);
        Ok(Admitted { origin, preflight })
    }

    /// The host that a request is for, if the sandbox answers for it. HTTP/1.0 knows requests without one.
    fn host<'a>(&self, parts: &'a Parts) -> Result<Option<&'a str>, Reply> {
        let mut hosts = parts.headers.get_all(HOST).iter();
        let host = match (hosts.next(), hosts.next()) {
            (Some(_), Some(_)) => return Err(bad("The request has several Host headers.")),
            (Some(host), None) => Some(host.to_str().map_err(|_| bad("The Host header is not ASCII."))?),
            (None, _) => None,
        };
        let target = parts.uri.authority().map(http::uri::Authority::as_str);
        if host.is_none() && parts.version >= Version::HTTP_11 {
            return Err(bad("The request has no Host header, which HTTP/1.1 requires."));
        }
        for authority in host.into_iter().chain(target) {
            let name = name_of(authority).ok_or_else(|| bad(format!("{} is not a host.", quoted(authority))))?;
            if !self.answers_for(name) {
                let flag = quoted(&format!("--allow-host {name}"));
                return Err(refused(format!("The sandbox does not answer for this host; start it with {flag}.")));
            }
        }
        Ok(target.or(host))
    }

    fn answers_for(&self, name: &str) -> bool {
        let name = name.strip_suffix('.').unwrap_or(name).to_ascii_lowercase();
        let bare = name.trim_start_matches('[').trim_end_matches(']');
        let ip = bare.parse::<IpAddr>().ok().map(|ip| ip.to_canonical());
        name == "localhost"
            || ip.is_some_and(|ip| ip.is_loopback() || self.own.is_some_and(|own| own.ip().to_canonical() == ip))
            || self.hosts.iter().any(|host| *host == name || *host == bare)
    }

    /// The listed origin that a request comes from; `None` for the sandbox's own pages and for programs.
    fn origin(&self, parts: &Parts, host: Option<&str>) -> Result<Option<HeaderValue>, Reply> {
        let foreign = |origin: &str| {
            let text = "Pages of another origin can't use the sandbox";
            refused(format!("{text}, and {} is one; start it with --allow-origin to allow it.", quoted(origin)))
        };
        let mut origins = parts.headers.get_all(ORIGIN).iter();
        let Some(origin) = origins.next() else {
            // Browsers say so as well where they send no Origin: images, scripts, links.
            let site = parts.headers.get("sec-fetch-site").map_or(&b""[..], HeaderValue::as_bytes);
            let link = parts.method == Method::GET
                && parts.headers.get("sec-fetch-mode").is_some_and(|mode| mode == "navigate")
                && parts.headers.get("sec-fetch-dest").is_none_or(|into| into == "document");
            let ours = matches!(site, b"" | b"same-origin" | b"none");
            return if ours || link { Ok(None) } else { Err(foreign(&String::from_utf8_lossy(site))) };
        };
        let text = origin.to_str().unwrap_or_default().to_ascii_lowercase();
        if origins.next().is_some() {
            return Err(foreign("several"));
        }
        if host.is_some_and(|host| text == format!("http://{}", host.to_ascii_lowercase())) {
            return Ok(None);
        }
        if self.origins.contains(&text) { Ok(Some(origin.clone())) } else { Err(foreign(&text)) }
    }

    /// What goes with every answer.
    pub(crate) fn finish(headers: &mut HeaderMap, admitted: &Admitted) {
        headers.entry("x-content-type-options").or_insert(HeaderValue::from_static("nosniff"));
        let Some(origin) = &admitted.origin else {
            headers.insert("cross-origin-resource-policy", HeaderValue::from_static("same-origin"));
            return;
        };
        headers.insert("access-control-allow-origin", origin.clone());
        headers.append(VARY, HeaderValue::from_static("Origin"));
        for (name, value) in [
            ("access-control-allow-methods", "GET, POST, PUT, DELETE, OPTIONS"),
            ("access-control-allow-headers", "Authorization, Content-Type, client_id, *"),
            ("access-control-expose-headers", "Retry-After, X-Sandbox-Hint"),
            ("access-control-allow-private-network", "true"),
            ("access-control-max-age", "600"),
        ] {
            headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
        }
    }
}

/// Refuses what a browser sends without asking first, and what the sandbox sends itself.
fn only_on_purpose(parts: &Parts) -> Result<(), Reply> {
    let header = |name: &str| parts.headers.get(name).and_then(|value| value.to_str().ok());
    if header(USER_AGENT.as_str()).is_some_and(|agent| agent.starts_with("nexudus-sandbox/")) {
        return Err(refused("A webhook can't call the control routes."));
    }
    let content_type = header(CONTENT_TYPE.as_str()).unwrap_or_default();
    let essence = content_type.split(';').next().unwrap_or_default().trim();
    let on_purpose = essence.eq_ignore_ascii_case("application/json") || parts.headers.contains_key(MARK);
    if parts.method == Method::POST && !on_purpose {
        let text = "A POST to a control route needs `Content-Type: application/json` or the header `X-Sandbox: 1`";
        return Err(refused(format!("{text}, so that no web page can send it unnoticed.")));
    }
    Ok(())
}

/// Whether a request has to say how long its body is and does not: IIS, which the service runs on, refuses it.
pub(crate) fn lacks_length(parts: &Parts) -> bool {
    matches!(parts.method, Method::POST | Method::PUT)
        && !parts.headers.contains_key(CONTENT_LENGTH)
        && !parts.headers.contains_key(TRANSFER_ENCODING)
        && !is_control(parts.uri.path())
}

/// An origin as browsers send it, in lower case; `Err` says what is wrong with the text.
pub(crate) fn origin(text: &str) -> Result<String, String> {
    let lower = text.trim().trim_end_matches('/').to_ascii_lowercase();
    let rest = lower.strip_prefix("http://").or_else(|| lower.strip_prefix("https://"));
    match rest.and_then(name_of) {
        Some(name) if !name.contains(['/', '*', '?', '#']) => Ok(lower),
        _ => Err(format!("{text}: not an origin, give one such as http://localhost:3000")),
    }
}

/// A host that the sandbox may answer for, in lower case and without a port; `Err` says what is wrong with the text.
pub(crate) fn host(text: &str) -> Result<String, String> {
    let lower = text.trim().to_ascii_lowercase();
    let bare = lower.trim_start_matches('[').trim_end_matches(']');
    let name = if bare.parse::<IpAddr>().is_ok() { Some(bare) } else { name_of(&lower) };
    let name = name.map(|name| name.strip_suffix('.').unwrap_or(name));
    match name.filter(|name| !name.is_empty() && !name.contains(['/', '*', '?', '#'])) {
        Some(name) => Ok(name.to_owned()),
        None => Err(format!("{text}: not a host, give a name such as sandbox, without http://")),
    }
}

/// The host in `host[:port]`, with the brackets of an IPv6 address.
fn name_of(authority: &str) -> Option<&str> {
    let split = match authority.strip_prefix('[') {
        Some(rest) => rest.find(']')? + 2,
        None => authority.find(':').unwrap_or(authority.len()),
    };
    let (name, port) = authority.split_at_checked(split)?;
    let digits = |port: &str| port.bytes().all(|byte| byte.is_ascii_digit());
    let port_fits = port.is_empty() || port.strip_prefix(':').is_some_and(digits);
    let readable = name.bytes().all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'@' | b'"' | b'\\' | b','));
    (port_fits && readable && !name.is_empty()).then_some(name)
}

fn refused(text: impl AsRef<str>) -> Reply {
    Reply::message(StatusCode::FORBIDDEN, text.as_ref())
}

fn bad(text: impl AsRef<str>) -> Reply {
    Reply::message(StatusCode::BAD_REQUEST, text.as_ref())
}

#[cfg(test)]
mod tests {
    use http::Request;

    use super::*;

    fn guard() -> Guard {
        Guard {
            hosts: vec!["sandbox".into()],
            origins: vec!["http://localhost:3000".into()],
            own: Some(SocketAddr::from(([192, 168, 1, 5], 8080))),
            control: true,
        }
    }

    fn status(guard: &Guard, method: &str, target: &str, headers: &[(&str, &str)]) -> u16 {
        let request = Request::builder().method(method).uri(target);
        let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
        let (parts, ()) = request.body(()).unwrap().into_parts();
        guard.admit(&parts).map_or_else(|reply| reply.status.as_u16(), |_| 200)
    }

    #[test]
    fn only_hosts_of_this_machine_and_listed_ones_are_answered_for() {
        for (host, wanted) in [
            ("127.0.0.1:8080", 200),
            ("127.0.0.1", 200),
            ("127.9.9.9:1", 200),
            ("localhost", 200),
            ("LocalHost:8080", 200),
            ("localhost.:8080", 200),
            ("[::1]:8080", 200),
            ("[::ffff:127.0.0.1]:8080", 200),
            ("sandbox:8080", 200),
            ("192.168.1.5:8080", 200),
            ("192.168.1.6:8080", 403),
            ("evil.example", 403),
            ("localhost.evil.example", 403),
            ("127.0.0.1.evil.example:8080", 403),
            ("sandbox.evil.example", 403),
            ("evil.example#localhost", 403),
            ("localhost:8080@evil.example", 400),
            ("evil@localhost", 400),
            ("localhost:80x", 400),
            ("[::1", 400),
            ("", 400),
            ("localhost, evil.example", 400),
        ] {
            assert_eq!(status(&guard(), "GET", "/api/sys/users", &[("host", host)]), wanted, "{host}");
        }
        assert_eq!(status(&guard(), "GET", "/api", &[]), 400);
        assert_eq!(status(&guard(), "GET", "/api", &[("host", "localhost"), ("host", "localhost")]), 400);
        // The target counts as well as the header.
        for (target, host, wanted) in [
            ("http://localhost/api", "localhost", 200),
            ("http://evil.example/api", "localhost", 403),
            ("http://localhost/api", "evil.example", 403),
        ] {
            assert_eq!(status(&guard(), "GET", target, &[("host", host)]), wanted, "{target} {host}");
        }
    }

    #[test]
    fn pages_of_other_origins_stay_out() {
        let host = ("host", "localhost:8080");
        for (path, origin, wanted) in [
            ("/api/sys/users", "http://localhost:8080", 200),
            ("/api/sys/users", "http://localhost:3000", 200),
            ("/api/sys/users", "https://localhost:8080", 403),
            ("/api/sys/users", "http://localhost:3001", 403),
            ("/api/sys/users", "http://localhost:8080.evil.example", 403),
            ("/api/sys/users", "null", 403),
            ("/api/sys/users", "", 403),
            ("/__sandbox/log", "http://localhost:8080", 200),
            // Even an origin that may call the API has no business with the sandbox itself.
            ("/__sandbox/log", "http://localhost:3000", 403),
        ] {
            for method in ["GET", "PUT", "DELETE", "OPTIONS"] {
                let sent = [host, ("origin", origin)];
                assert_eq!(status(&guard(), method, path, &sent), wanted, "{method} {path} {origin}");
            }
        }
        // Without an Origin, what the browser says of itself.
        for (site, mode, dest, wanted) in [
            ("cross-site", "no-cors", "image", 403),
            ("same-site", "no-cors", "script", 403),
            ("cross-site", "navigate", "document", 200),
            ("cross-site", "navigate", "iframe", 403),
            ("cross-site", "websocket", "empty", 403),
            ("same-origin", "cors", "empty", 200),
            ("none", "navigate", "document", 200),
        ] {
            let sent = [host, ("sec-fetch-site", site), ("sec-fetch-mode", mode), ("sec-fetch-dest", dest)];
            assert_eq!(status(&guard(), "GET", "/__sandbox/log", &sent), wanted, "{site} {mode} {dest}");
        }
    }

    #[test]
    fn a_control_route_is_never_reached_by_accident() {
        let host = ("host", "127.0.0.1:8080");
        for (headers, wanted) in [
            (&[host][..], 403),
            (&[host, ("content-type", "text/plain")], 403),
            (&[host, ("content-type", "text/plain; application/json")], 403),
            (&[host, ("content-type", "application/x-www-form-urlencoded")], 403),
            (&[host, ("content-type", "multipart/form-data; boundary=application/json")], 403),
            (&[host, ("content-type", "Application/JSON; charset=utf-8")], 200),
            (&[host, ("x-sandbox", "1")], 200),
            (&[host, ("x-sandbox", "1"), ("user-agent", AGENT)], 403),
        ] {
            assert_eq!(status(&guard(), "POST", "/__sandbox/reset", headers), wanted, "{headers:?}");
        }
        let closed = Guard { control: false, ..guard() };
        for path in ["/", "/__sandbox", "/__sandbox/records/sys/users"] {
            assert_eq!(status(&closed, "GET", path, &[host]), 404, "{path}");
        }
        assert_eq!(status(&closed, "GET", "/api/sys/users", &[host]), 200);
    }

    #[test]
    fn hosts_and_origins_are_named_one_by_one() {
        assert_eq!(host(" Sandbox.:8080 "), Ok("sandbox".into()));
        assert_eq!(host("[::1]:80"), Ok("[::1]".into()));
        assert_eq!(host("fe80::1"), Ok("fe80::1".into()));
        for text in ["", "*", "http://sandbox", "a/b", "*.example", ":80"] {
            assert!(host(text).is_err(), "{text}");
        }
        assert_eq!(origin("HTTP://localhost:3000/"), Ok("http://localhost:3000".into()));
        for text in ["", "*", "null", "localhost:3000", "ftp://x", "http://", "http://x/y", "https://*.example"] {
            assert!(origin(text).is_err(), "{text}");
        }
    }
}
