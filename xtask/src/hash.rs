//! FNV-1a, 64 bits: a hash that is the same on every machine and toolchain, for texts that nobody forges.
//!
//! `std`'s hashers promise neither, and a cryptographic one would be a dependency for nothing: these hashes notice
//! changes, they don't guard against attacks.

use std::fmt;

/// A hash being made.
#[derive(Debug, Clone, Copy)]
pub struct Fnv(u64);

impl Default for Fnv {
    fn default() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }
}

impl Fnv {
    /// Takes bytes in.
    pub fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }

    /// Takes a text in, and its end: `a`, `bc` and `ab`, `c` differ.
    pub fn text(&mut self, text: &str) {
        self.write(text.as_bytes());
        self.write(&[0xff]);
    }

    /// The hash.
    pub fn finish(self) -> u64 {
        self.0
    }
}

/// The hash of one text.
pub fn text(text: &str) -> u64 {
    let mut fnv = Fnv::default();
    fnv.write(text.as_bytes());
    fnv.finish()
}

/// Prints a hash as sixteen hexadecimal digits.
#[derive(Debug, Clone, Copy)]
pub struct Hex(pub u64);

impl fmt::Display for Hex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn published_vectors() {
        assert_eq!(text(""), 0xcbf2_9ce4_8422_2325);
        assert_eq!(text("a"), 0xaf63_dc4c_8601_ec8c);
        assert_eq!(text("foobar"), 0x8594_4171_f739_67e8);
        assert_eq!(Hex(text("a")).to_string(), "af63dc4c8601ec8c");
    }

    #[test]
    fn ends_count() {
        let hash = |texts: &[&str]| {
            let mut fnv = Fnv::default();
            for text in texts {
                fnv.text(text);
            }
            fnv.finish()
        };
        assert_ne!(hash(&["a", "bc"]), hash(&["ab", "c"]));
    }
}
