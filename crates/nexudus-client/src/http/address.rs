//! The base URL, and paths below it.

use std::fmt::Write as _;

use http::{HeaderValue, Uri};
use url::{Host, Url};

/// The environment variable with the hosts, separated by commas, that may be asked without TLS.
pub(crate) const ALLOW_PLAIN_HTTP: &str = "NEXUDUS_ALLOW_PLAIN_HTTP";

/// Which other machines may be asked without TLS.
#[derive(Clone, Debug, Default)]
pub(crate) enum PlainHttp {
    #[default]
    None,
    Hosts(Vec<String>),
    All,
}

impl PlainHttp {
    fn allows(&self, url: &Url) -> bool {
        match self {
            Self::None => false,
            Self::All => true,
            Self::Hosts(hosts) => {
                let host = url.host_str().unwrap_or_default();
                hosts.iter().any(|allowed| allowed.eq_ignore_ascii_case(host))
            }
        }
    }
}

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
    pub(crate) fn parse(text: &str, plain_http: &PlainHttp) -> Result<Self, String> {
        let url = Url::parse(text.trim())
            .map_err(|error| format!("the base address {:?} is not a URL: {error}", redact(text)))?;
        let refuse = |why: &str| Err(format!("the base address {why}"));
        if !url.username().is_empty() || url.password().is_some() {
            return refuse("holds credentials; give those to the builder");
        }
        if url.query().is_some() || url.fragment().is_some() {
            return refuse("holds a query or a fragment");
        }
        match url.scheme() {
            "https" => {}
            "http" if is_loopback(&url) || plain_http.allows(&url) => {}
            "http" => {
                return refuse(&format!(
                    "is plain http, which exposes the credentials to the network; use https, or call \
                     allow_plain_http, or set {ALLOW_PLAIN_HTTP}={} in the environment",
                    url.host_str().unwrap_or("HOST")
                ));
            }
            _ => return refuse("must begin with https://"),
        }
        Ok(Self { text: url.as_str().trim_end_matches('/').to_owned(), url })
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.text
    }

    /// Where a redirect leads, if that has the origin of the base address: credentials go nowhere else.
    pub(crate) fn redirect(&self, from: &Uri, location: Option<&HeaderValue>) -> Option<Uri> {
        let to = target(from, location)?;
        (to.origin() == self.url.origin()).then(|| to.as_str().parse().ok()).flatten()
    }

    /// Where a redirect leads, if that is another host which may be asked without credentials: by https, or
    /// within this machine if the base address is too.
    pub(crate) fn redirect_elsewhere(&self, from: &Uri, location: Option<&HeaderValue>) -> Option<Uri> {
        let mut to = target(from, location)?;
        let is_local = |url: &Url| url.scheme() == "http" && is_loopback(url);
        if to.scheme() != "https" && !(is_local(&to) && is_local(&self.url)) {
            return None;
        }
        if !to.username().is_empty() || to.password().is_some() {
            return None;
        }
        to.set_fragment(None);
        to.as_str().parse().ok()
    }

    pub(super) fn url(&self) -> &Url {
        &self.url
    }

    pub(crate) fn is_https(&self) -> bool {
        self.url.scheme() == "https"
    }

    /// The address of a path, which is encoded already and may hold a query.
    pub(crate) fn join(&self, path: &str) -> Result<Uri, http::uri::InvalidUri> {
        format!("{}/{}", self.text, path.trim_start_matches('/')).parse()
    }
}

fn target(from: &Uri, location: Option<&HeaderValue>) -> Option<Url> {
    Url::parse(&from.to_string()).ok()?.join(location?.to_str().ok()?).ok()
}

/// An address for errors and logs: without credentials, query and fragment.
pub(crate) fn redact(text: &str) -> String {
    let Some(mut url) = Url::parse(text.trim()).ok().filter(Url::has_host) else {
        // Credentials, if there are any, stand before the last @.
        let text = text.rsplit_once('@').map_or(text, |(_, host)| host);
        return text.split(['?', '#']).next().unwrap_or_default().to_owned();
    };
    // These fail for addresses that can't have any.
    url.set_username("").ok();
    url.set_password(None).ok();
    url.set_query(None);
    url.set_fragment(None);
    url.into()
}

/// Whether an address can't leave this machine.
pub(super) fn is_loopback(url: &Url) -> bool {
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
            let base = Base::parse(base, &PlainHttp::None).unwrap();
            assert_eq!(base.join("sys/users").unwrap(), "https://spaces.nexudus.com/api/sys/users");
            assert_eq!(base.join("/sys/users").unwrap(), "https://spaces.nexudus.com/api/sys/users");
        }
        assert_eq!(Base::parse("http://[::1]:80", &PlainHttp::None).unwrap().join("a").unwrap(), "http://[::1]/a");
    }

    #[test]
    fn a_base_that_would_show_secrets_is_refused() {
        for base in
            ["http://spaces.nexudus.com", "https://a:b@c", "https://a/?b=c", "https://a/#b", "ftp://a", "a", "mailto:a"]
        {
            Base::parse(base, &PlainHttp::None).unwrap_err();
        }
        for base in ["http://localhost:1/api", "http://api.localhost", "http://127.1.2.3", "http://[::1]:5"] {
            Base::parse(base, &PlainHttp::None).unwrap();
        }
        Base::parse("http://example.com", &PlainHttp::All).unwrap();
        let hosts = PlainHttp::Hosts(vec!["sandbox".to_owned()]);
        Base::parse("http://Sandbox:8080/api", &hosts).unwrap();
        for base in ["http://sandbox.example.com", "http://other"] {
            Base::parse(base, &hosts).unwrap_err();
        }
    }

    #[test]
    fn queries_are_nothing_but_text() {
        let path = with_query("a/b".to_owned(), [("x y", "1+2&3=4/5?#"), ("é", "~._-")]);
        assert_eq!(path, "a/b?x%20y=1%2B2%263%3D4%2F5%3F%23&%C3%A9=~._-");
    }

    #[test]
    fn addresses_are_shown_without_secrets() {
        for text in [
            "https://ana:hunter2@example.com/api?key=hunter2#hunter2",
            "ana:hunter2@example.com/api?key=hunter2",
            "https://ana:hunter2@exa mple.com/api?x=hunter2",
            "https://ana:hunter2@/api",
        ] {
            assert!(!redact(text).contains("hunter2"), "{text}: {}", redact(text));
            let error = Base::parse(text, &PlainHttp::None).unwrap_err();
            assert!(!error.contains("hunter2"), "{error}");
        }
        assert_eq!(redact("https://example.com/api"), "https://example.com/api");
    }

    #[test]
    fn a_redirect_elsewhere_needs_tls() {
        let base = Base::parse("https://spaces.nexudus.com/api", &PlainHttp::None).unwrap();
        let from = base.join("a").unwrap();
        let to = |text: &'static str| base.redirect_elsewhere(&from, Some(&HeaderValue::from_static(text)));
        assert_eq!(to("https://blobs.example.com/x?sig=1#y").unwrap(), "https://blobs.example.com/x?sig=1");
        for text in ["http://blobs.example.com/x", "http://127.0.0.1/x", "ftp://a/", "https://a:b@c/", "file:///etc"] {
            assert_eq!(to(text), None, "{text}");
        }
        let base = Base::parse("http://127.0.0.1:1/api", &PlainHttp::None).unwrap();
        let local = HeaderValue::from_static("http://127.0.0.1:2/x");
        assert_eq!(base.redirect_elsewhere(&from, Some(&local)).unwrap(), "http://127.0.0.1:2/x");
    }
}
