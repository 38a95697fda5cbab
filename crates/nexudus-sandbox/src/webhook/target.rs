//! Where a webhook's URL leads, and how it is shown.

use http::Uri;

use crate::message::pairs::decode;

/// The parts of a URL that a request needs.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Target {
    /// Without the brackets of an IPv6 address.
    pub(crate) host: String,
    pub(crate) port: u16,
    /// What the `Host` header says: no user and no password.
    pub(crate) authority: String,
    /// Path and query.
    pub(crate) path: String,
    /// `user:password`, if the URL has them.
    pub(crate) credentials: Option<String>,
}

impl Target {
    /// Takes a URL apart; `Err` says what is wrong with it, without a password that may be in it.
    pub(crate) fn read(url: &str) -> Result<Self, String> {
        let url = url.trim();
        let Some(scheme) = url.get(..7) else { return Err("the URL can't be read".into()) };
        if !scheme.eq_ignore_ascii_case("http://") {
            return Err("only http:// URLs can be reached by the sandbox".into());
        }
        let (credentials, rest) = match user_of(url) {
            Some((user, rest)) => (Some(user), format!("http://{rest}")),
            None => (None, url.to_owned()),
        };
        let credentials = match credentials.map(|text| decode(text, false)) {
            None => None,
            Some(Some(text)) if text.contains(':') => Some(text),
            Some(Some(text)) => Some(format!("{text}:")),
            Some(None) => return Err("the user in the URL has broken percent-encoding".into()),
        };
        let uri: Uri = rest.parse().map_err(|_| "the URL can't be read".to_owned())?;
        let authority = uri.authority().ok_or("the URL has no host")?;
        let host = authority.host().trim_start_matches('[').trim_end_matches(']').to_owned();
        let path = uri.path_and_query().map_or("/", |path| path.as_str()).to_owned();
        let port = authority.port_u16().unwrap_or(80);
        Ok(Self { host, port, authority: authority.as_str().to_owned(), path, credentials })
    }
}

/// The user and password of a URL, and what stands behind them.
fn user_of(url: &str) -> Option<(&str, &str)> {
    let (_, rest) = url.split_once("://")?;
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let at = rest[..end].rfind('@')?;
    Some((&rest[..at], &rest[at + 1..]))
}

/// Whether a text is a URL with a user in it.
pub(crate) fn has_user(url: &str) -> bool {
    url.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("http")) && user_of(url).is_some()
}

/// A URL as it may be shown: without user and password, and not endless.
pub(crate) fn shown(url: &str) -> String {
    let text = match (user_of(url), url.split_once("://")) {
        (Some((_, rest)), Some((scheme, _))) => format!("{scheme}://(hidden)@{rest}"),
        _ => url.to_owned(),
    };
    text.chars().take(500).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_goes_into_no_header_but_its_own() {
        let target = Target::read(" http://ana:s%3Acret@localhost:81/a?b=1 ").unwrap();
        assert_eq!(
            target,
            Target {
                host: "localhost".into(),
                port: 81,
                authority: "localhost:81".into(),
                path: "/a?b=1".into(),
                credentials: Some("ana:s:cret".into()),
            }
        );
        assert_eq!(Target::read("http://ana@[::1]/").unwrap().credentials.as_deref(), Some("ana:"));
        assert_eq!(Target::read("http://[::1]").unwrap().host, "::1");
        // A password may hold an @.
        assert_eq!(Target::read("http://a:b@c@localhost/").unwrap().authority, "localhost");
        for (url, part) in [
            ("https://x/", "only http://"),
            ("file:///etc/passwd", "only http://"),
            ("http://", "can't be read"),
            ("http://s3cret:%zz@x/", "percent-encoding"),
            ("http://u:s3cret@/", "can't be read"),
            ("http://u:s3cret@x y/", "can't be read"),
            ("", "can't be read"),
        ] {
            let error = Target::read(url).unwrap_err();
            assert!(error.contains(part) && !error.contains("s3cret"), "{url}: {error}");
        }
    }

    #[test]
    fn a_url_is_shown_without_its_password() {
        assert_eq!(shown("http://ana:s3cret@x/y?z=a@b"), "http://(hidden)@x/y?z=a@b");
        assert_eq!(shown("http://x/y?z=a@b"), "http://x/y?z=a@b");
        assert_eq!(shown(&format!("http://x/{}", "é".repeat(9000))).chars().count(), 500);
        assert_eq!(shown("x@y"), "x@y");
    }
}
