//! Percent-encoding, queries and forms.

/// Undoes percent-encoding; `None` where it is broken or not UTF-8.
pub(crate) fn decode(text: &str, plus_is_space: bool) -> Option<String> {
    if !text.bytes().any(|byte| byte == b'%' || byte == b'+') {
        return Some(text.to_owned());
    }
    let mut out = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        out.push(match byte {
            b'+' if plus_is_space => b' ',
            b'%' => {
                let mut digit = || bytes.next().and_then(|digit| char::from(digit).to_digit(16));
                let (high, low) = (digit()?, digit()?);
                u8::try_from(high * 16 + low).ok()?
            }
            byte => byte,
        });
    }
    String::from_utf8(out).ok()
}

/// Names and values of a query or a form, in order.
pub(crate) type Pairs = Vec<(String, String)>;

/// Reads a query or a form; `Err` holds the first part that can't be decoded.
pub(crate) fn pairs(text: &str) -> Result<Pairs, String> {
    let parts = text.split('&').filter(|part| !part.is_empty());
    parts
        .map(|part| {
            let (name, value) = part.split_once('=').unwrap_or((part, ""));
            // A space in a name can't be meant: the plus stays in neither.
            match (decode(name, true), decode(value, true)) {
                (Some(name), Some(value)) => Ok((name, value)),
                _ => Err(part.to_owned()),
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percent_encoding_is_undone_or_refused() {
        assert_eq!(decode("a%20b+c", true).as_deref(), Some("a b c"));
        assert_eq!(decode("a+b", false).as_deref(), Some("a+b"));
        for broken in ["%", "%4", "%zz", "%ff", "%+1"] {
            assert_eq!(decode(broken, true), None, "{broken}");
        }
    }
}
