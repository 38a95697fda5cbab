//! Published apps.
//!
//! When a customer installs an app, the service opens the app's install URL with a signed query. The app checks the
//! signature and derives its password for that customer from it.

use std::fmt;

use super::{Credentials, Secret};

/// A published app, as the service knows it.
#[derive(Clone, Debug)]
pub struct App {
    key: String,
    secret: Secret,
}

/// An app that was installed by a customer.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Install {
    /// The customer's subdomain.
    pub subdomain: Option<String>,
    /// The e-mail address of the user who installed it.
    pub email: Option<String>,
    /// What the app shows from now on. It does not end, so keep its parts: [`App::credentials`] makes it again
    /// from the token `t` of the query.
    pub credentials: Credentials,
    /// The token of this install: a secret.
    pub token: Secret,
}

impl App {
    /// An app with its key and its secret.
    pub fn new(key: impl Into<String>, secret: impl Into<Secret>) -> Self {
        Self { key: key.into(), secret: secret.into() }
    }

    /// Checks the query of an install request: the part of its address behind the question mark.
    pub fn install(&self, query: &str) -> Result<Install, NotFromService> {
        let pairs: Vec<_> = url::form_urlencoded::parse(query.trim_start_matches('?').as_bytes()).collect();
        let value = |name: &str| pairs.iter().find(|(key, _)| key == name).map(|(_, value)| &**value);
        let (Some(app), Some(token), Some(date), Some(hash)) = (value("a"), value("t"), value("d"), value("h")) else {
            return Err(NotFromService("it lacks a, t, d or h"));
        };
        if app != self.key {
            return Err(NotFromService("it is for another app"));
        }
        let mut parts = [token, app, date];
        parts.sort_unstable();
        let expected = md5_hex(&[&parts.join("|"), self.secret.expose()]);
        if !same(&expected, &hash.to_ascii_lowercase()) {
            return Err(NotFromService("its hash is wrong"));
        }
        Ok(Install {
            subdomain: value("b").map(str::to_owned),
            email: value("e").map(str::to_owned),
            credentials: self.credentials(token),
            token: token.into(),
        })
    }

    /// What the app shows for an install, by the token that came with it.
    pub fn credentials(&self, token: &str) -> Credentials {
        Credentials::basic(self.key.clone(), md5_hex(&[token, self.secret.expose()]))
    }
}

fn md5_hex(parts: &[&str]) -> String {
    format!("{:x}", md5::compute(parts.concat()))
}

/// Compares without telling by the time it takes how much was right.
fn same(one: &str, other: &str) -> bool {
    one.len() == other.len() && one.bytes().zip(other.bytes()).fold(0, |all, (a, b)| all | (a ^ b)) == 0
}

/// An install request that the service did not sign.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotFromService(&'static str);

impl fmt::Display for NotFromService {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "this install request does not come from the service: {}", self.0)
    }
}

impl std::error::Error for NotFromService {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_install_is_checked_and_gives_credentials() {
        let app = App::new("key", "secret");
        // MD5 of "638000|key|token" and "secret", counted by another program.
        let hash = md5_hex(&["638000|key|tokensecret"]);
        let query = format!("?a=key&t=token&d=638000&h={}&b=demo&e=ana%40example.com", hash.to_ascii_uppercase());
        let install = app.install(&query).unwrap();
        assert_eq!(install.subdomain.as_deref(), Some("demo"));
        assert_eq!(install.email.as_deref(), Some("ana@example.com"));
        assert_eq!(install.credentials.identity(), app.credentials("token").identity());
        assert_eq!(install.credentials.identity(), format!("basic key:{}", md5_hex(&["tokensecret"])));
        assert_eq!(app.install(&query.replace("638000", "638001")).unwrap_err(), NotFromService("its hash is wrong"));
        assert_eq!(app.install("a=key&t=1&d=1").unwrap_err(), NotFromService("it lacks a, t, d or h"));
        assert_eq!(app.install("a=x&t=1&d=1&h=1").unwrap_err(), NotFromService("it is for another app"));
    }

    #[test]
    fn md5_is_md5() {
        // The test suite of RFC 1321.
        assert_eq!(md5_hex(&["abc"]), "900150983cd24fb0d6963f7d28e17f72");
        assert_eq!(md5_hex(&["message ", "digest"]), "f96b697d7cb7938d525a2f31aaf161d0");
    }
}
