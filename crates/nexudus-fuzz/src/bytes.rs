//! Mutations of bytes, whatever they mean.

use fastrand::Rng;

/// Inputs are cut here: what is wrong with a long one is wrong with a short one, and short ones are quick.
pub const MAX_LENGTH: usize = 256 * 1024;

/// Pieces that readers of text stumble over.
const PIECES: &[&[u8]] = &[
    b"\xef\xbb\xbf",
    b"\0",
    b"\r\n",
    b"\"",
    b"\\",
    b"\\u",
    b"\\ud800",
    b"\\u0000",
    b"\xff",
    b"\xc3",
    b"\xed\xa0\x80",
    b"{",
    b"}",
    b"[",
    b"]",
    b",",
    b":",
    b"null",
    b"-",
    b"e",
    b"1e",
    b"/*",
    b"<",
    b"&",
    b"=",
    b"%",
    b"%0",
    b"+",
    b" ",
];

/// Changes some bytes.
pub fn mutate(rng: &mut Rng, bytes: &mut Vec<u8>) {
    for _ in 0..rng.usize(1..4) {
        let place = rng.usize(0..=bytes.len());
        match rng.u8(0..7) {
            0 if place < bytes.len() => bytes[place] ^= 1 << rng.u8(0..8),
            1 if place < bytes.len() => bytes[place] = rng.u8(..),
            2 => bytes.truncate(place),
            3 => {
                bytes.drain(place..(place + rng.usize(0..16)).min(bytes.len()));
            }
            4 => {
                let end = (place + rng.usize(0..64)).min(bytes.len());
                let copy = bytes[place..end].to_vec();
                bytes.splice(place..place, copy);
            }
            _ => {
                let piece = rng.choice(PIECES).copied().unwrap_or_default();
                bytes.splice(place..place, piece.iter().copied());
            }
        }
    }
    bytes.truncate(MAX_LENGTH);
}
