//! The choice of the proxy.
//!
//! Requests to this machine use no proxy, unless the proxy is on this machine too: plain http is allowed there because
//! it does not leave the machine, and another proxy would see the credentials.

use std::net::IpAddr;

use url::Url;

use super::address::{is_loopback, redact};

/// Which proxy to use.
#[derive(Clone, Default)]
pub(crate) enum ProxyChoice {
    /// The one that the environment names, if any.
    #[default]
    Environment,
    /// None at all.
    Direct,
    /// This one.
    Address(String),
}

/// A proxy, and the hosts that are reached without it.
#[derive(Debug, PartialEq)]
pub(super) struct Proxy {
    pub(super) address: Url,
    pub(super) bypass: String,
}

impl ProxyChoice {
    /// The proxy for a base address. `variable` looks up the environment.
    pub(super) fn choose(
        &self,
        base: &Url,
        bypass: &[String],
        variable: impl Fn(&str) -> Option<String>,
    ) -> Result<Option<Proxy>, String> {
        let mut hosts = bypass.iter().map(|host| host_to_bypass(host)).collect::<Result<Vec<_>, _>>()?;
        let address = match self {
            Self::Direct => return Ok(None),
            Self::Address(address) => parse(address, "the proxy")?,
            Self::Environment => {
                // As curl has it: the name in lower case first, and HTTP_PROXY only so, since a web server may set
                // the other one from a header of a request.
                let names: &[&str] = match base.scheme() {
                    "https" => &["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"],
                    _ => &["http_proxy", "all_proxy", "ALL_PROXY"],
                };
                let found = names.iter().find_map(|name| {
                    let address = variable(name).filter(|value| !value.trim().is_empty())?;
                    Some((name, address))
                });
                let Some((name, address)) = found else { return Ok(None) };
                let list = |name: &&str| variable(name).filter(|list| !list.trim().is_empty());
                hosts.extend(["no_proxy", "NO_PROXY"].iter().find_map(list));
                parse(&address, &format!("the proxy of {name}"))?
            }
        };
        if is_loopback(base) && !is_loopback(&address) {
            return Ok(None);
        }
        Ok(Some(Proxy { address, bypass: hosts.join(",") }))
    }
}

/// A host in the form that reqwest knows: a name with or without a dot before it, an address, or a network.
fn host_to_bypass(host: &str) -> Result<String, String> {
    let text = host.trim();
    let text = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text);
    // A name stands for its subdomains too.
    let text = text.strip_prefix("*.").unwrap_or(text);
    let (address, length) = text.split_once('/').unwrap_or((text, "0"));
    let is_address = address.parse::<IpAddr>().is_ok_and(|address| {
        let longest = if address.is_ipv4() { 32 } else { 128 };
        length.parse::<u8>().is_ok_and(|length| length <= longest)
    });
    let is_letter = |byte: u8| byte.is_ascii_alphanumeric() || b".-_".contains(&byte);
    let is_name = text == "*" || (text.bytes().all(is_letter) && text.bytes().any(|byte| byte != b'.'));
    if is_address || is_name {
        return Ok(text.to_owned());
    }
    Err(format!(
        "bypass_proxy_for: {:?} is not a host; give names, IP addresses or networks, without scheme and port, for \
         example example.com or 10.0.0.0/8",
        redact(host)
    ))
}

fn parse(text: &str, what: &str) -> Result<Url, String> {
    let text = text.trim();
    let url = if text.contains("://") { Url::parse(text) } else { Url::parse(&format!("http://{text}")) };
    let url = url.map_err(|error| format!("{what} {:?} is not an address: {error}", redact(text)))?;
    match url.scheme() {
        "http" | "https" if url.has_host() => Ok(url),
        scheme => Err(format!("{what} {:?} has the scheme {scheme}; only http and https are supported", redact(text))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn choose(
        choice: &ProxyChoice,
        base: &str,
        variables: &[(&str, &str)],
    ) -> Result<Option<(String, String)>, String> {
        let variable =
            |name: &str| variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
        let proxy = choice.choose(&Url::parse(base).unwrap(), &["direct.example.com".to_owned()], variable)?;
        Ok(proxy.map(|proxy| (proxy.address.to_string(), proxy.bypass)))
    }

    const SERVICE: &str = "https://spaces.nexudus.com/api";

    #[test]
    fn the_environment_names_a_proxy() {
        let chosen = |base: &str, variables: &[(&str, &str)]| {
            choose(&ProxyChoice::Environment, base, variables).unwrap().map(|(address, _)| address)
        };
        assert_eq!(chosen(SERVICE, &[]), None);
        assert_eq!(chosen(SERVICE, &[("HTTPS_PROXY", " ")]), None);
        assert_eq!(chosen(SERVICE, &[("HTTPS_PROXY", "proxy:3128")]).unwrap(), "http://proxy:3128/");
        assert_eq!(chosen(SERVICE, &[("ALL_PROXY", "http://a"), ("HTTPS_PROXY", "http://b")]).unwrap(), "http://b/");
        assert_eq!(chosen(SERVICE, &[("http_proxy", "http://a")]), None);
        assert_eq!(chosen("http://sandbox/api", &[("HTTP_PROXY", "http://a"), ("HTTPS_PROXY", "http://a")]), None);
        assert_eq!(chosen("http://sandbox/api", &[("http_proxy", "http://a")]).unwrap(), "http://a/");
        // Credentials in clear stay on this machine.
        for base in ["http://127.0.0.1:1/api", "http://localhost/api", "http://[::1]/api", "https://localhost/api"] {
            let variables = [("http_proxy", "http://a"), ("ALL_PROXY", "http://a"), ("HTTPS_PROXY", "http://a")];
            assert_eq!(chosen(base, &variables), None, "{base}");
        }
        assert_eq!(chosen("http://127.0.0.1:1", &[("http_proxy", "localhost:8")]).unwrap(), "http://localhost:8/");
        let variables = [("HTTPS_PROXY", "http://a"), ("NO_PROXY", ".example.org, 10.0.0.0/8")];
        let (_, bypass) = choose(&ProxyChoice::Environment, SERVICE, &variables).unwrap().unwrap();
        assert_eq!(bypass, "direct.example.com,.example.org, 10.0.0.0/8");
        // As curl has it, an empty one is none.
        let variables = [("HTTPS_PROXY", "http://a"), ("no_proxy", ""), ("NO_PROXY", "b")];
        let (_, bypass) = choose(&ProxyChoice::Environment, SERVICE, &variables).unwrap().unwrap();
        assert_eq!(bypass, "direct.example.com,b");
    }

    #[test]
    fn a_proxy_is_set_or_switched_off() {
        let variables = [("HTTPS_PROXY", "http://a")];
        assert_eq!(choose(&ProxyChoice::Direct, SERVICE, &variables), Ok(None));
        let set = ProxyChoice::Address("http://ana:secret@b:1".to_owned());
        let (address, bypass) = choose(&set, SERVICE, &variables).unwrap().unwrap();
        assert_eq!((&*address, &*bypass), ("http://ana:secret@b:1/", "direct.example.com"));
        assert_eq!(choose(&set, "http://127.0.0.1/api", &variables), Ok(None));
    }

    #[test]
    fn what_is_no_proxy_is_refused() {
        for address in
            ["socks5://a:secret@b", "socks5h://b", "ftp://b", "http://", "", "http://a b", "https://a:secret@"]
        {
            let error = choose(&ProxyChoice::Address(address.to_owned()), SERVICE, &[]).unwrap_err();
            assert!(!error.contains("secret"), "{error}");
        }
        insta::assert_snapshot!(
            choose(&ProxyChoice::Environment, SERVICE, &[("ALL_PROXY", "socks5://ana:secret@b:1080")]).unwrap_err(),
            @r#"the proxy of ALL_PROXY "socks5://b:1080" has the scheme socks5; only http and https are supported"#
        );
    }
}
