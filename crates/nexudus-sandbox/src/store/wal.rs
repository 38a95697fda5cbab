//! The journal that `SQLite` keeps beside a file, checked before `SQLite` reads it.
//!
//! `SQLite` takes a frame whose checksum is wrong for the end of the journal, since that is what a write that was cut
//! off looks like. One flipped bit would drop every write after it, and nobody would hear of it. So the frames are gone
//! through first: a wrong one with more of the same journal behind it is damage, and only the last one can be a write
//! that was cut off.
//!
//! The layout is that of `SQLite`'s file format, version 3007000: a header of 32 bytes and frames of 24 bytes and a
//! page.

use std::fs::File;
use std::io::{BufReader, ErrorKind, Read};
use std::path::Path;

use crate::store::change::StoreError;

/// How a journal ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// With a write that is whole, or there is none.
    Whole,
    /// In the middle of a write, which does not count.
    CutOff,
}

const HEADER: usize = 32;
const FRAME: usize = 24;
/// The first bytes; the last bit says in which order the words of checksums are read.
const MAGIC: u32 = 0x377f_0682;
const LARGEST_PAGE: u32 = 65_536;

/// Checks a journal. One that is not there has nothing wrong with it.
pub(crate) fn check(path: &Path) -> Result<End, StoreError> {
    let failed = |error: std::io::Error| StoreError(format!("{}: can't be read: {error}", path.display()));
    let damaged = |what: &str| {
        let file = path.display();
        StoreError(format!(
            "{file}: is damaged: {what}; put copies of both files back, or delete it to go on without the latest writes"
        ))
    };
    let mut file = match File::open(path) {
        Ok(file) => BufReader::new(file),
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(End::Whole),
        Err(error) => return Err(failed(error)),
    };
    let mut header = Vec::with_capacity(HEADER);
    file.by_ref().take(HEADER as u64).read_to_end(&mut header).map_err(failed)?;
    if header.is_empty() {
        return Ok(End::Whole);
    }
    let magic = word(&header, 0).filter(|magic| magic & !1 == MAGIC && header.len() == HEADER);
    let big_endian = magic.ok_or_else(|| damaged("its head is not that of a journal"))? & 1 == 1;
    let page = word(&header, 8).filter(|page| page.is_power_of_two() && (512..=LARGEST_PAGE).contains(page));
    let page = page.ok_or_else(|| damaged("its pages have no size"))?;
    let mut sum = Sum { big_endian, words: (0, 0) };
    sum.add(&header[..24]);
    if !sum.is(&header, 24) {
        return Err(damaged("its head is not what was written"));
    }
    let mut frame = Vec::new();
    let (mut end, mut wrong) = (End::Whole, None);
    for number in 1_u64.. {
        frame.clear();
        file.by_ref().take(FRAME as u64 + u64::from(page)).read_to_end(&mut frame).map_err(failed)?;
        if frame.is_empty() {
            break;
        }
        // What has another salt is left from an older journal of the same file.
        let same = frame.get(8..16) == header.get(16..24);
        match wrong {
            Some(wrong) if same => return Err(damaged(&format!("frame {wrong} is not what was written"))),
            Some(_) => continue,
            None => {}
        }
        let whole = frame.len() == FRAME + page as usize;
        if whole {
            sum.add(&frame[..8]);
            sum.add(&frame[FRAME..]);
        }
        if same && whole && sum.is(&frame, 16) {
            // The last frame of a write says how large the file is after it.
            end = if word(&frame, 4) == Some(0) { End::CutOff } else { End::Whole };
        } else {
            wrong = Some(number);
            if same || !whole {
                end = End::CutOff;
            }
        }
    }
    Ok(end)
}

fn word(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..at + 4).and_then(|bytes| bytes.try_into().ok()).map(u32::from_be_bytes)
}

/// A running checksum.
struct Sum {
    big_endian: bool,
    words: (u32, u32),
}

impl Sum {
    fn add(&mut self, bytes: &[u8]) {
        let (mut first, mut second) = self.words;
        for pair in bytes.as_chunks::<4>().0.as_chunks::<2>().0 {
            let [one, other] = pair.map(if self.big_endian { u32::from_be_bytes } else { u32::from_le_bytes });
            first = first.wrapping_add(one).wrapping_add(second);
            second = second.wrapping_add(other).wrapping_add(first);
        }
        self.words = (first, second);
    }

    /// Whether it is the one that stands at a place.
    fn is(&self, bytes: &[u8], at: usize) -> bool {
        (word(bytes, at), word(bytes, at + 4)) == (Some(self.words.0), Some(self.words.1))
    }
}
