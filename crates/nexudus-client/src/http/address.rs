//! Addresses: the base, and what is put behind it.

use std::fmt::Write as _;

use http::{HeaderValue, Uri};
use url::{Host, Url};

/// The address that all paths are put behind.
#[derive(Clone, Debug)]
pub(crate) struct Base {
    /// Scheme, authority and path, without a slash at the end.
    text: String,
    url: Url,
}

impl Base {
    /// Reads a base address. One with a query, a fragment or credentials is refused: each would end up in
    /// places where nobody expects it.
    pub(crate) fn parse(text: &str, allow_plain_http: bool) -> Result<Self, String> {
        let url =
            Url::parse(text.trim()).map_err(|error| format!("the base address {text:?} is not a URL: {error}"))?;
        let refuse = |why: &str| Err(format!("the base address {why}"));
        if !url.username().is_empty() || url.password().is_some() {
            return refuse("holds credentials; give those to the builder");
        }
        if url.query().is_some() || url.fragment().is_some() {
            return refuse("holds a query or a fragment");
        }
        match url.scheme() {
            "https" => {}
            "http" if allow_plain_http || is_loopback(&url) => {}
            "http" => return refuse("is plain http, which would show the credentials to everyone on the way"),
            _ => return refuse("must begin with https://"),
        }
        Ok(Self { text: url.as_str().trim_end_matches('/').to_owned(), url })
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.text
    }

    /// Where a redirect leads, if that is in the same house: credentials go nowhere else.
    pub(crate) fn redirect(&self, from: &Uri, location: Option<&HeaderValue>) -> Option<Uri> {
        let to = Url::parse(&from.to_string()).ok()?.join(location?.to_str().ok()?).ok()?;
        (to.origin() == self.url.origin()).then(|| to.as_str().parse().ok()).flatten()
    }

    pub(crate) fn is_https(&self) -> bool {
        self.url.scheme() == "https"
    }

    /// The address of a path, which is encoded already and may hold a query.
    pub(crate) fn join(&self, path: &str) -> Result<Uri, http::uri::InvalidUri> {
        format!("{}/{}", self.text, path.trim_start_matches('/')).parse()
    }
}

/// Whether an address can't leave this machine.
fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// Adds text to an address so that it is nothing but text there: all but the unreserved characters of RFC 3986
/// is percent-encoded, a space too.
pub(crate) fn encode_into(address: &mut String, text: &str) {
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            address.push(char::from(byte));
        } else {
            // Writing into a string has no way to fail.
            write!(address, "%{byte:02X}").ok();
        }
    }
}

/// Adds query parameters to a path.
pub(crate) fn with_query<'a>(mut path: String, pairs: impl IntoIterator<Item = (&'a str, impl AsRef<str>)>) -> String {
    for (name, value) in pairs {
        path.push(if path.contains('?') { '&' } else { '?' });
        encode_into(&mut path, name);
        path.push('=');
        encode_into(&mut path, value.as_ref());
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_base_joins_whatever_its_slashes() {
        for base in ["https://spaces.nexudus.com/api", "https://spaces.nexudus.com/api/"] {
            let base = Base::parse(base, false).unwrap();
            assert_eq!(base.join("sys/users").unwrap(), "https://spaces.nexudus.com/api/sys/users");
            assert_eq!(base.join("/sys/users").unwrap(), "https://spaces.nexudus.com/api/sys/users");
        }
        assert_eq!(Base::parse("http://[::1]:80", false).unwrap().join("a").unwrap(), "http://[::1]/a");
    }

    #[test]
    fn a_base_that_would_show_secrets_is_refused() {
        for base in
            ["http://spaces.nexudus.com", "https://a:b@c", "https://a/?b=c", "https://a/#b", "ftp://a", "a", "mailto:a"]
        {
            Base::parse(base, false).unwrap_err();
        }
        for base in ["http://localhost:1/api", "http://api.localhost", "http://127.1.2.3", "http://[::1]:5"] {
            Base::parse(base, false).unwrap();
        }
        Base::parse("http://example.com", true).unwrap();
    }

    #[test]
    fn queries_are_nothing_but_text() {
        let path = with_query("a/b".to_owned(), [("x y", "1+2&3=4/5?#"), ("é", "~._-")]);
        assert_eq!(path, "a/b?x%20y=1%2B2%263%3D4%2F5%3F%23&%C3%A9=~._-");
    }
}
