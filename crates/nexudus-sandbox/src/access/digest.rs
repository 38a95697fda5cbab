//! The few digests that the API's own rules ask for.

use hmac::{Hmac, Mac};
use md5::{Digest, Md5};
use sha1::Sha1;
use sha2::Sha256;

fn hex(bytes: &[u8], upper: bool) -> String {
    let digits: &[u8; 16] = if upper { b"0123456789ABCDEF" } else { b"0123456789abcdef" };
    bytes
        .iter()
        .flat_map(|byte| [digits[usize::from(byte >> 4)], digits[usize::from(byte & 15)]])
        .map(char::from)
        .collect()
}

/// The signature of a webhook: HMAC-SHA256 of the body, as hex in upper case.
pub(crate) fn webhook_signature(secret: &str, body: &[u8]) -> String {
    // A key of any length will do, so this can't fail.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.as_bytes()) else { return String::new() };
    mac.update(body);
    hex(&mac.finalize().into_bytes(), true)
}

/// The password that a published app logs in with: MD5 of token and secret, as hex in lower case.
pub(crate) fn app_password(token: &str, secret: &str) -> String {
    let mut digest = Md5::new();
    digest.update(token);
    digest.update(secret);
    hex(&digest.finalize(), false)
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

fn base32(text: &str) -> Option<Vec<u8>> {
    let (mut bits, mut held, mut out) = (0_u32, 0_u32, Vec::new());
    for byte in text.bytes().filter(|byte| !matches!(byte, b' ' | b'-' | b'=')) {
        let digit = match byte.to_ascii_uppercase() {
            letter @ b'A'..=b'Z' => letter - b'A',
            digit @ b'2'..=b'7' => digit - b'2' + 26,
            _ => return None,
        };
        bits = (bits << 5 | u32::from(digit)) & 0xffff;
        held += 5;
        if held >= 8 {
            held -= 8;
            out.push((bits >> held & 0xff) as u8);
        }
    }
    Some(out)
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
    }
}
