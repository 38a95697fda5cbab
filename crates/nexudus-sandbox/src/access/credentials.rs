//! What an `Authorization` header holds.

use http::HeaderMap;
use http::header::AUTHORIZATION;

use crate::access::digest::base64;

/// What an `Authorization` header holds.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Credentials {
    Bearer(String),
    Basic { user: String, password: String },
}

impl Credentials {
    /// Reads the header; `Err` says what is wrong with it.
    pub(crate) fn read(headers: &HeaderMap) -> Result<Self, &'static str> {
        let value = headers.get(AUTHORIZATION).ok_or("no Authorization header")?;
        let value = value.to_str().map_err(|_| "the Authorization header is not ASCII")?;
        let (scheme, rest) = value.trim().split_once(' ').ok_or("the Authorization header has no credentials")?;
        if scheme.eq_ignore_ascii_case("bearer") {
            return Ok(Self::Bearer(rest.trim().to_owned()));
        }
        if !scheme.eq_ignore_ascii_case("basic") {
            return Err("the Authorization header is neither Basic nor Bearer");
        }
        let broken = "the Basic credentials are not base64 of user:password";
        let text = base64(rest).and_then(|bytes| String::from_utf8(bytes).ok()).ok_or(broken)?;
        let (user, password) = text.split_once(':').ok_or(broken)?;
        Ok(Self::Basic { user: user.to_owned(), password: password.to_owned() })
    }
}
