//! The few digests that the API's own rules ask for.

use data_encoding::{BASE32_NOPAD, BASE64_NOPAD, Encoding, HEXLOWER, HEXUPPER};
use hmac::{Hmac, Mac};
use md5::{Digest, Md5};
use sha1::Sha1;
use sha2::Sha256;

/// The signature of a webhook: HMAC-SHA256 of the body, as hex in upper case.
pub(crate) fn webhook_signature(secret: &str, body: &[u8]) -> String {
    // A key of any length will do, so this can't fail.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.as_bytes()) else { return String::new() };
    mac.update(body);
    HEXUPPER.encode(&mac.finalize().into_bytes())
}

/// The password that a published app logs in with: MD5 of token and secret, as hex in lower case.
pub(crate) fn app_password(token: &str, secret: &str) -> String {
    let mut digest = Md5::new();
    digest.update(token);
    digest.update(secret);
    HEXLOWER.encode(&digest.finalize())
}

/// Whether a one-time code is that of a base32 secret, now or half a minute before or after.
pub(crate) fn is_totp(secret: &str, code: &str, now_seconds: i64) -> bool {
    let Some(key) = base32(secret) else { return false };
    let window = now_seconds.div_euclid(30);
    (-1..=1).any(|step| totp(&key, window + step).as_deref() == Some(code.trim()))
}

/// The code of one half-minute, after RFC 6238.
fn totp(key: &[u8], window: i64) -> Option<String> {
    let mut mac = Hmac::<Sha1>::new_from_slice(key).ok()?;
    mac.update(&window.to_be_bytes());
    let digest = mac.finalize().into_bytes();
    let offset = usize::from(digest.last()? & 15);
    let four: [u8; 4] = digest.get(offset..offset + 4)?.try_into().ok()?;
    Some(format!("{:06}", (u32::from_be_bytes(four) & 0x7fff_ffff) % 1_000_000))
}

/// Reads a base32 secret as people copy it: in any case, in groups, with or without padding.
fn base32(text: &str) -> Option<Vec<u8>> {
    let digits: String = text.chars().filter(|c| !matches!(c, ' ' | '-' | '=')).collect();
    tolerant(&BASE32_NOPAD)?.decode(digits.to_ascii_uppercase().as_bytes()).ok()
}

/// Reads base64 as clients send it: of either alphabet, with or without padding.
pub(crate) fn base64(text: &str) -> Option<Vec<u8>> {
    let digits = text.trim().trim_end_matches('=').replace('-', "+").replace('_', "/");
    tolerant(&BASE64_NOPAD)?.decode(digits.as_bytes()).ok()
}

/// The same encoding where bits at the end that belong to no byte need not be zero: random secrets have any.
fn tolerant(encoding: &Encoding) -> Option<Encoding> {
    let mut specification = encoding.specification();
    specification.check_trailing_bits = false;
    specification.encoding().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_vectors() {
        assert_eq!(
            webhook_signature("s3cret", br#"[{"Id":1,"Name":"Ana"}]"#),
            "7C86E71954D4F3803D11E1FABA70EBF890F46E6770F1E336399DA51F82CE62BD"
        );
        assert_eq!(app_password("a", "bc"), "900150983cd24fb0d6963f7d28e17f72");
        // RFC 6238, appendix B, in six digits.
        let secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";
        assert!(is_totp(secret, "287082", 59));
        assert!(is_totp(secret, "081804", 1_111_111_109));
        assert!(!is_totp(secret, "287082", 1_111_111_109));
        assert!(!is_totp("not base32!", "287082", 59));
        assert!(is_totp("gezd gnbv-gy3tqojq gezdgnbvgy3tqojq", "287082", 59));
    }

    #[test]
    fn base64_of_every_kind_is_read() {
        for text in ["+/8=", "-_8", "+/8", " -_8= ", "+/9"] {
            assert_eq!(base64(text).as_deref(), Some(&[0xfb, 0xff][..]), "{text}");
        }
        assert_eq!(base64("A"), None);
        assert_eq!(base64("AA*A"), None);
        assert_eq!(base64("").as_deref(), Some(&[][..]));
    }
}
