//! Dates that print the text that they were parsed from.
//!
//! The service writes timestamps in several formats: with `Z`, with an offset, without either, with or without seconds
//! and fractions. Some (`…Local`, time slots) are a wall-clock time and not an instant, even if they end in `Z`. A
//! general date library would print all of them in its own format, so an unchanged record would differ when it is sent
//! back. These two types remember the format that they were parsed from. They are separate types because subtracting a
//! wall-clock time from an instant is a bug.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::str::FromStr;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// A text that is not a timestamp.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TimeError(());

impl fmt::Display for TimeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not a timestamp: expected a form such as 2025-01-15T10:30:00Z")
    }
}

impl std::error::Error for TimeError {}

/// What stands behind the time of day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Zone {
    None,
    Utc,
    /// Minutes east of UTC.
    Offset(i16),
}

/// A timestamp as written: the wall clock, and the form it was written in.
#[derive(Clone, Copy)]
struct Stamp {
    /// Seconds from 1970-01-01T00:00:00 on the clock as written, whatever the zone.
    wall: i64,
    nanos: u32,
    /// Digits of the fraction, 0 for none.
    digits: u8,
    seconds: bool,
    zone: Zone,
}

const DAY: i64 = 86_400;
/// 0000-01-01 and 10000-01-01 on the same scale: years have four digits.
const WALL_RANGE: std::ops::Range<i64> = -62_167_219_200..253_402_300_800;

/// Days from 1970-01-01 to a date of the proleptic Gregorian calendar.
fn days_of(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

/// Year, month and day of a day counted from 1970-01-01.
fn date_of(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let of_era = days.rem_euclid(146_097);
    let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let shifted = (5 * of_year + 2) / 153;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    (era * 400 + year + i64::from(month <= 2), month, of_year - (153 * shifted + 2) / 5 + 1)
}

fn days_in(year: i64, month: i64) -> i64 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// A fixed number of ASCII digits at the front of a text.
fn digits(text: &[u8], count: usize) -> Option<(i64, &[u8])> {
    let (head, rest) = text.split_at_checked(count)?;
    let mut value = 0;
    for digit in head {
        if !digit.is_ascii_digit() {
            return None;
        }
        value = value * 10 + i64::from(digit - b'0');
    }
    Some((value, rest))
}

fn after(text: &[u8], mark: u8) -> Option<&[u8]> {
    text.split_first().filter(|(first, _)| **first == mark).map(|(_, rest)| rest)
}

impl Stamp {
    fn parse(text: &str) -> Option<Self> {
        let (year, rest) = digits(text.as_bytes(), 4)?;
        let (month, rest) = digits(after(rest, b'-')?, 2)?;
        let (day, rest) = digits(after(rest, b'-')?, 2)?;
        let (hour, rest) = digits(after(rest, b'T')?, 2)?;
        let (minute, mut rest) = digits(after(rest, b':')?, 2)?;
        if !(1..=12).contains(&month) || !(1..=days_in(year, month)).contains(&day) || hour > 23 || minute > 59 {
            return None;
        }
        let days = days_of(year, month, day);
        let mut stamp = Self {
            wall: days * DAY + hour * 3600 + minute * 60,
            nanos: 0,
            digits: 0,
            seconds: false,
            zone: Zone::None,
        };
        if let Some(tail) = after(rest, b':') {
            let (second, tail) = digits(tail, 2)?;
            if second > 59 {
                return None;
            }
            stamp.seconds = true;
            stamp.wall += second;
            rest = tail;
            if let Some(tail) = after(rest, b'.') {
                let count = tail.iter().take_while(|byte| byte.is_ascii_digit()).count();
                if !(1..=9).contains(&count) {
                    return None;
                }
                let (fraction, tail) = digits(tail, count)?;
                stamp.digits = u8::try_from(count).ok()?;
                stamp.nanos = u32::try_from(fraction).ok()? * 10_u32.pow(9 - u32::from(stamp.digits));
                rest = tail;
            }
        }
        stamp.zone = match rest {
            [] => Zone::None,
            [b'Z'] => Zone::Utc,
            [sign @ (b'+' | b'-'), tail @ ..] => {
                let (hours, tail) = digits(tail, 2)?;
                let (minutes, tail) = digits(after(tail, b':')?, 2)?;
                let east = if *sign == b'+' { hours * 60 + minutes } else { -(hours * 60 + minutes) };
                // `-00:00` would print as `+00:00`.
                if !tail.is_empty() || minutes > 59 || hours > 18 || (*sign == b'-' && east == 0) {
                    return None;
                }
                Zone::Offset(i16::try_from(east).ok()?)
            }
            _ => return None,
        };
        Some(stamp)
    }

    /// The same form at another time of its clock; `None` outside the years 0 to 9999.
    fn at(&self, wall: i64, nanos: u32) -> Option<Self> {
        // As many digits as are needed, and no fewer than before.
        let mut digits = self.digits.min(9);
        while digits < 9 && !nanos.is_multiple_of(10_u32.pow(9 - u32::from(digits))) {
            digits += 1;
        }
        let seconds = self.seconds || digits > 0 || wall.rem_euclid(60) != 0;
        WALL_RANGE.contains(&wall).then_some(Self { wall, nanos, digits, seconds, zone: self.zone })
    }

    /// Later by a duration, or earlier.
    fn moved(&self, by: Duration, back: bool) -> Option<Self> {
        const SECOND: i128 = 1_000_000_000;
        let by = i128::try_from(by.as_nanos()).ok()?;
        let from = i128::from(self.wall) * SECOND + i128::from(self.nanos);
        let to = from.checked_add(if back { -by } else { by })?;
        self.at(i64::try_from(to.div_euclid(SECOND)).ok()?, u32::try_from(to.rem_euclid(SECOND)).ok()?)
    }

    /// The last time of the clock, or the first.
    fn end(&self, first: bool) -> Self {
        let wall = if first { WALL_RANGE.start } else { WALL_RANGE.end - 1 };
        self.at(wall, 0).unwrap_or(*self)
    }

    /// The first moment of the month that many months on.
    fn month(&self, months: i32) -> Option<Self> {
        let (year, month, _) = date_of(self.wall.div_euclid(DAY));
        let month = year * 12 + month - 1 + i64::from(months);
        let wall = days_of(month.div_euclid(12), month.rem_euclid(12) + 1, 1).checked_mul(DAY)?;
        self.at(wall, 0)
    }

    /// Seconds from the Unix epoch, a missing zone read as UTC.
    fn unix(&self) -> i64 {
        match self.zone {
            Zone::Offset(minutes) => self.wall - i64::from(minutes) * 60,
            Zone::None | Zone::Utc => self.wall,
        }
    }

    /// `YYYY-MM-DDTHH:mm`, the form that filters take.
    fn minutes(wall: i64) -> String {
        let mut text = StampText::default();
        text.minutes(wall);
        text.as_str().to_owned()
    }

    /// `YYYY-MM-DDTHH:mm:ss`
    fn whole_seconds(wall: i64) -> String {
        format!("{}:{:02}", Self::minutes(wall), wall.rem_euclid(60))
    }

    fn text(&self) -> StampText {
        let mut text = StampText::default();
        text.minutes(self.wall);
        if self.seconds {
            text.push(b':');
            text.pair(self.wall.rem_euclid(60));
        }
        if self.digits > 0 {
            text.push(b'.');
            let mut rest = self.nanos;
            for _ in 0..self.digits {
                text.push(b'0' + u8::try_from(rest / 100_000_000).unwrap_or_default());
                rest = rest % 100_000_000 * 10;
            }
        }
        match self.zone {
            Zone::None => {}
            Zone::Utc => text.push(b'Z'),
            Zone::Offset(minutes) => {
                text.push(if minutes < 0 { b'-' } else { b'+' });
                let minutes = i64::from(minutes.unsigned_abs());
                text.pair(minutes / 60);
                text.push(b':');
                text.pair(minutes % 60);
            }
        }
        text
    }
}

/// The text of a timestamp, put together without allocating: records hold many, and an update prints them all.
pub(crate) struct StampText {
    /// Long enough for `YYYY-MM-DDTHH:mm:ss.fffffffff+hh:mm`, 35 bytes; more would be dropped.
    bytes: [u8; 40],
    len: usize,
}

impl Default for StampText {
    fn default() -> Self {
        Self { bytes: [0; 40], len: 0 }
    }
}

impl StampText {
    fn push(&mut self, byte: u8) {
        if let Some(place) = self.bytes.get_mut(self.len) {
            *place = byte;
            self.len += 1;
        }
    }

    /// A number from 0 to 99 in two digits.
    fn pair(&mut self, value: i64) {
        let value = u8::try_from(value).unwrap_or_default();
        if let Some(place) = self.bytes.get_mut(self.len..self.len + 2) {
            place.copy_from_slice(&[b'0' + value / 10 % 10, b'0' + value % 10]);
            self.len += 2;
        }
    }

    fn minutes(&mut self, wall: i64) {
        let (year, month, day) = date_of(wall.div_euclid(DAY));
        let second = wall.rem_euclid(DAY);
        self.pair(year / 100);
        self.pair(year % 100);
        self.push(b'-');
        self.pair(month);
        self.push(b'-');
        self.pair(day);
        self.push(b'T');
        self.pair(second / 3600);
        self.push(b':');
        self.pair(second / 60 % 60);
    }

    /// Digits, letters and marks only.
    pub(crate) fn as_str(&self) -> &str {
        self.bytes.get(..self.len).and_then(|bytes| std::str::from_utf8(bytes).ok()).unwrap_or_default()
    }
}

/// What both types share; they differ in what makes two of them equal.
macro_rules! timestamp {
    ($name:ident, $key:expr) => {
        impl $name {
            pub(crate) fn text(&self) -> StampText {
                self.0.text()
            }

            fn key(&self) -> (i64, u32) {
                let key: fn(&Stamp) -> (i64, u32) = $key;
                key(&self.0)
            }
        }

        /// Arithmetic. Days and months are those of the clock as it is written; results keep its form.
        impl $name {
            /// Later by a duration; `None` beyond the year 9999.
            #[must_use]
            pub fn checked_add(self, by: Duration) -> Option<Self> {
                self.0.moved(by, false).map(Self)
            }

            /// Earlier by a duration; `None` before the year 0.
            #[must_use]
            pub fn checked_sub(self, by: Duration) -> Option<Self> {
                self.0.moved(by, true).map(Self)
            }

            /// Later by a duration, at most the end of the year 9999.
            #[must_use]
            pub fn saturating_add(self, by: Duration) -> Self {
                self.checked_add(by).unwrap_or(Self(self.0.end(false)))
            }

            /// Earlier by a duration, at least the start of the year 0.
            #[must_use]
            pub fn saturating_sub(self, by: Duration) -> Self {
                self.checked_sub(by).unwrap_or(Self(self.0.end(true)))
            }

            /// The time since another one; zero where that is later.
            pub fn duration_since(self, earlier: Self) -> Duration {
                let nanos = |(seconds, nanos): (i64, u32)| i128::from(seconds) * 1_000_000_000 + i128::from(nanos);
                let since = (nanos(self.key()) - nanos(earlier.key())).max(0);
                let nanos = u32::try_from(since % 1_000_000_000).unwrap_or_default();
                Duration::new(u64::try_from(since / 1_000_000_000).unwrap_or(u64::MAX), nanos)
            }

            /// The first moment of its day.
            #[must_use]
            pub fn start_of_day(self) -> Self {
                Self(self.0.at(self.0.wall.div_euclid(DAY) * DAY, 0).unwrap_or(self.0))
            }

            /// The first moment of its month.
            #[must_use]
            pub fn start_of_month(self) -> Self {
                Self(self.0.month(0).unwrap_or(self.0))
            }

            /// The first moment of the month that is so many months after its own, or before it; `None` outside the
            /// years 0 to 9999.
            #[must_use]
            pub fn checked_start_of_month(self, months: i32) -> Option<Self> {
                self.0.month(months).map(Self)
            }
        }

        impl FromStr for $name {
            type Err = TimeError;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Stamp::parse(text).map(Self).ok_or(TimeError(()))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.0.text().as_str())
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }

        impl PartialEq for $name {
            fn eq(&self, other: &Self) -> bool {
                self.key() == other.key()
            }
        }

        impl Eq for $name {}

        impl PartialOrd for $name {
            fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
                Some(self.cmp(other))
            }
        }

        impl Ord for $name {
            fn cmp(&self, other: &Self) -> Ordering {
                self.key().cmp(&other.key())
            }
        }

        impl Hash for $name {
            fn hash<H: Hasher>(&self, state: &mut H) {
                self.key().hash(state);
            }
        }
    };
}

/// An instant, such as `CreatedOn`.
///
/// It prints the very text that it was read from. Two are equal when they are the same instant, however
/// written. A text without a zone is read as UTC: no source says what the service means by one.
///
/// ```
/// use nexudus_core::DateTime;
/// let created: DateTime = "2025-01-10T09:00:00+01:00".parse()?;
/// assert_eq!(created, "2025-01-10T08:00:00Z".parse()?);
/// assert_eq!(created.to_string(), "2025-01-10T09:00:00+01:00");
/// assert_eq!(created.unix_seconds(), 1_736_496_000);
/// # Ok::<(), nexudus_core::TimeError>(())
/// ```
#[derive(Clone, Copy)]
pub struct DateTime(Stamp);

timestamp!(DateTime, |stamp| (stamp.unix(), stamp.nanos));

impl DateTime {
    /// The instant that many seconds after 1970-01-01T00:00:00Z; `None` outside the years 0 to 9999.
    pub fn from_unix_seconds(seconds: i64) -> Option<Self> {
        let stamp = Stamp { wall: seconds, nanos: 0, digits: 0, seconds: true, zone: Zone::Utc };
        WALL_RANGE.contains(&seconds).then_some(Self(stamp))
    }

    /// The present moment, to the second.
    pub fn now() -> Self {
        Self::from(SystemTime::now())
    }

    /// Whole seconds since 1970-01-01T00:00:00Z.
    pub fn unix_seconds(&self) -> i64 {
        self.0.unix()
    }

    /// The part of a second behind [`unix_seconds`](Self::unix_seconds), in nanoseconds.
    pub fn subsec_nanos(&self) -> u32 {
        self.0.nanos
    }

    /// The instant in the format of a filter, in UTC: `YYYY-MM-DDTHH:mm` for a whole minute, else
    /// `YYYY-MM-DDTHH:mm:ssZ`, with a fraction of a second where there is one.
    pub fn to_query(&self) -> String {
        if self.0.nanos == 0 {
            return instant_to_query(self.0.unix());
        }
        let fraction = format!("{:09}", self.0.nanos);
        let fraction = fraction.trim_end_matches('0');
        format!("{}.{fraction}Z", Stamp::whole_seconds(self.0.unix()))
    }

    /// As [`to_query`](Self::to_query), with a fraction of a second cut off: the start of a range.
    pub fn to_query_start(&self) -> String {
        instant_to_query(self.0.unix())
    }

    /// As [`to_query`](Self::to_query), with a fraction of a second rounded up: the end of a range.
    pub fn to_query_end(&self) -> String {
        let up = i64::from(self.0.nanos > 0);
        instant_to_query(self.0.unix().saturating_add(up).min(WALL_RANGE.end - 1))
    }
}

fn instant_to_query(unix: i64) -> String {
    if unix.rem_euclid(60) == 0 { Stamp::minutes(unix) } else { format!("{}Z", Stamp::whole_seconds(unix)) }
}

impl From<SystemTime> for DateTime {
    /// The instant, cut to the second and held within the years 0 to 9999.
    fn from(time: SystemTime) -> Self {
        let seconds = match time.duration_since(UNIX_EPOCH) {
            Ok(after) => i64::try_from(after.as_secs()).unwrap_or(i64::MAX),
            Err(before) => {
                let before = before.duration();
                let up = u64::from(before.subsec_nanos() > 0);
                -i64::try_from(before.as_secs().saturating_add(up)).unwrap_or(i64::MAX)
            }
        };
        let wall = seconds.clamp(WALL_RANGE.start, WALL_RANGE.end - 1);
        Self(Stamp { wall, nanos: 0, digits: 0, seconds: true, zone: Zone::Utc })
    }
}

impl TryFrom<DateTime> for SystemTime {
    type Error = TimeError;

    /// Fails where the system's clock does not reach: on Windows, it begins in 1601.
    fn try_from(time: DateTime) -> Result<Self, TimeError> {
        let seconds = time.unix_seconds();
        let whole = Duration::from_secs(seconds.unsigned_abs());
        let start = if seconds < 0 { UNIX_EPOCH.checked_sub(whole) } else { UNIX_EPOCH.checked_add(whole) };
        start.and_then(|start| start.checked_add(Duration::from_nanos(time.0.nanos.into()))).ok_or(TimeError(()))
    }
}

/// A wall clock without a zone, such as `FromTimeLocal` or a time slot's `FromTime`.
///
/// The service may end the text in `Z` or in a false offset; both are kept and printed again, and neither
/// means anything. Two are equal when the clocks show the same.
#[derive(Clone, Copy)]
pub struct CivilDateTime(Stamp);

timestamp!(CivilDateTime, |stamp| (stamp.wall, stamp.nanos));

impl CivilDateTime {
    /// The wall clock at a date and a time of day; `None` if there is no such date or time.
    pub fn new(year: u16, month: u8, day: u8, hour: u8, minute: u8, second: u8) -> Option<Self> {
        format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}").parse().ok()
    }

    /// Year, month and day.
    pub fn date(&self) -> (u16, u8, u8) {
        let (year, month, day) = date_of(self.0.wall.div_euclid(DAY));
        let small = |value: i64| u8::try_from(value).unwrap_or_default();
        (u16::try_from(year).unwrap_or_default(), small(month), small(day))
    }

    /// Hour, minute and second of the day.
    pub fn time(&self) -> (u8, u8, u8) {
        let second = self.0.wall.rem_euclid(DAY);
        let small = |value: i64| u8::try_from(value).unwrap_or_default();
        (small(second / 3600), small(second / 60 % 60), small(second % 60))
    }

    /// The wall-clock time in the format of a filter: `YYYY-MM-DDTHH:mm`, with seconds only where they are not 0.
    pub fn to_query(&self) -> String {
        if self.0.wall.rem_euclid(60) == 0 { Stamp::minutes(self.0.wall) } else { Stamp::whole_seconds(self.0.wall) }
    }

    /// `YYYY-MM-DDTHH:mm` of the wall clock, with seconds cut off: the start of a range. No program was seen to
    /// send seconds without a zone, so a range is widened to whole minutes.
    pub fn to_query_start(&self) -> String {
        Stamp::minutes(self.0.wall)
    }

    /// `YYYY-MM-DDTHH:mm` of the wall clock, with seconds rounded up: the end of a range.
    pub fn to_query_end(&self) -> String {
        let second = self.0.wall.rem_euclid(60);
        let up = if second > 0 || self.0.nanos > 0 { 60 - second } else { 0 };
        let wall = self.0.wall.saturating_add(up);
        // The last minute that can be written has no next one.
        if wall < WALL_RANGE.end { Stamp::minutes(wall) } else { Stamp::whole_seconds(WALL_RANGE.end - 1) }
    }
}

#[cfg(feature = "jiff")]
mod with_jiff {
    //! Conversions for users of jiff 0.2.
    use super::{CivilDateTime, DateTime, TimeError};

    impl TryFrom<DateTime> for jiff::Timestamp {
        type Error = jiff::Error;

        fn try_from(time: DateTime) -> Result<Self, Self::Error> {
            Self::new(time.unix_seconds(), i32::try_from(time.subsec_nanos()).unwrap_or_default())
        }
    }

    impl TryFrom<jiff::Timestamp> for DateTime {
        type Error = TimeError;

        fn try_from(time: jiff::Timestamp) -> Result<Self, Self::Error> {
            time.to_string().parse()
        }
    }

    impl TryFrom<CivilDateTime> for jiff::civil::DateTime {
        type Error = jiff::Error;

        fn try_from(time: CivilDateTime) -> Result<Self, Self::Error> {
            let ((year, month, day), (hour, minute, second)) = (time.date(), time.time());
            let small = |value: u8| i8::try_from(value).unwrap_or_default();
            let nanos = i32::try_from(time.0.nanos).unwrap_or_default();
            let year = i16::try_from(year).unwrap_or_default();
            Self::new(year, small(month), small(day), small(hour), small(minute), small(second), nanos)
        }
    }

    impl TryFrom<jiff::civil::DateTime> for CivilDateTime {
        type Error = TimeError;

        fn try_from(time: jiff::civil::DateTime) -> Result<Self, Self::Error> {
            time.to_string().parse()
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn prints_what_it_read() {
        for text in [
            "2021-04-15T12:19:07Z",
            "2021-04-15T12:19Z",
            "2021-04-15T12:19",
            "2021-04-15T12:19:07.5",
            "2021-04-15T12:19:07.1234567Z",
            "2021-04-15T12:19:07.000+00:00",
            "0001-01-01T00:00:00",
            "1976-01-01T09:00:00-05:30",
            "9999-12-31T23:59:59.999999999+14:00",
            "2024-02-29T00:00:00Z",
        ] {
            assert_eq!(text.parse::<DateTime>().unwrap().to_string(), text);
            assert_eq!(text.parse::<CivilDateTime>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn refuses_what_it_could_not_print() {
        for text in [
            "",
            "2021-04-15",
            "2021-4-15T12:19:07Z",
            "2021-02-29T00:00:00Z",
            "2021-13-01T00:00:00Z",
            "2021-00-01T00:00:00Z",
            "2021-01-01T24:00:00Z",
            "2021-01-01T00:60:00Z",
            "2021-01-01T00:00:60Z",
            "2021-01-01T00:00:00.Z",
            "2021-01-01T00:00:00.1234567890Z",
            "2021-01-01T00:00:00-00:00",
            "2021-01-01T00:00:00z",
            "2021-01-01 00:00:00Z",
            "2021-01-01T00:00:00Z ",
            "２021-01-01T00:00:00Z",
        ] {
            assert!(text.parse::<DateTime>().is_err(), "{text}");
        }
    }

    #[test]
    fn instants_compare_by_instant_and_clocks_by_clock() {
        let east: DateTime = "2021-01-01T01:00:00+01:00".parse().unwrap();
        let utc: DateTime = "2021-01-01T00:00:00Z".parse().unwrap();
        assert_eq!(east, utc);
        assert_eq!(east.to_query(), "2021-01-01T00:00");
        let false_zone: CivilDateTime = "2021-01-01T01:00:00Z".parse().unwrap();
        assert_eq!(false_zone, CivilDateTime::new(2021, 1, 1, 1, 0, 0).unwrap());
        assert_eq!((false_zone.date(), false_zone.time()), ((2021, 1, 1), (1, 0, 0)));
        assert_eq!(CivilDateTime::new(2021, 2, 30, 0, 0, 0), None);
    }

    #[test]
    fn ranges_are_rounded_outward() {
        let end: DateTime = "2026-01-31T23:59:59.25+02:00".parse().unwrap();
        assert_eq!(end.to_query(), "2026-01-31T21:59:59.25Z");
        assert_eq!(end.to_query_start(), "2026-01-31T21:59:59Z");
        assert_eq!(end.to_query_end(), "2026-01-31T22:00");
        let last: DateTime = "9999-12-31T23:59:59.9Z".parse().unwrap();
        assert_eq!(last.to_query_end(), "9999-12-31T23:59:59Z");
        let clock = CivilDateTime::new(2026, 1, 31, 23, 59, 59).unwrap();
        assert_eq!(clock.to_query(), "2026-01-31T23:59:59");
        assert_eq!(
            (clock.to_query_start(), clock.to_query_end()),
            ("2026-01-31T23:59".into(), "2026-02-01T00:00".into())
        );
        let last = CivilDateTime::new(9999, 12, 31, 23, 59, 59).unwrap();
        assert_eq!(last.to_query_end(), "9999-12-31T23:59:59");
    }

    #[test]
    fn times_are_moved_and_months_are_found() {
        let time = |text: &str| text.parse::<DateTime>().unwrap();
        let hour = Duration::from_hours(1);
        assert_eq!(
            time("2024-02-28T23:30:00+01:00").checked_add(hour).unwrap().to_string(),
            "2024-02-29T00:30:00+01:00"
        );
        assert_eq!(time("2024-03-01T00:30Z").saturating_sub(hour).to_string(), "2024-02-29T23:30Z");
        assert_eq!(
            time("2024-03-01T00:30Z").saturating_add(Duration::from_millis(1500)).to_string(),
            "2024-03-01T00:30:01.5Z"
        );
        assert_eq!(time("2024-03-15T10:30:07.5Z").start_of_day().to_string(), "2024-03-15T00:00:00.0Z");
        assert_eq!(time("2024-03-15T10:30:07Z").start_of_month().to_string(), "2024-03-01T00:00:00Z");
        let month = |months| time("2024-11-15T10:30:07Z").checked_start_of_month(months).map(|time| time.to_string());
        assert_eq!(month(2).as_deref(), Some("2025-01-01T00:00:00Z"));
        assert_eq!(month(-11).as_deref(), Some("2023-12-01T00:00:00Z"));
        assert_eq!([month(i32::MAX), month(i32::MIN)], [None, None]);
        let (first, last) = (time("0000-01-01T00:00:00Z"), time("9999-12-31T23:59:59Z"));
        assert_eq!(last.duration_since(first).as_secs(), 315_569_519_999);
        assert_eq!(first.duration_since(last), Duration::ZERO);
    }

    #[cfg(feature = "jiff")]
    #[test]
    fn jiff_sees_the_same_instant() {
        let time: DateTime = "2021-04-15T12:19:07.25+02:00".parse().unwrap();
        let stamp = jiff::Timestamp::try_from(time).unwrap();
        assert_eq!(stamp.to_string(), "2021-04-15T10:19:07.25Z");
        assert_eq!(DateTime::try_from(stamp).unwrap(), time);
        let clock = CivilDateTime::new(2021, 4, 15, 12, 0, 1).unwrap();
        let civil = jiff::civil::DateTime::try_from(clock).unwrap();
        assert_eq!(CivilDateTime::try_from(civil).unwrap(), clock);
    }

    proptest! {
        #[test]
        fn seconds_come_back(seconds in WALL_RANGE) {
            let time = DateTime::from_unix_seconds(seconds).unwrap();
            prop_assert_eq!(time.unix_seconds(), seconds);
            prop_assert_eq!(time.to_string().parse::<DateTime>().unwrap().unix_seconds(), seconds);
            // Where the system's clock reaches that far.
            if let Ok(system) = SystemTime::try_from(time) {
                prop_assert_eq!(DateTime::from(system), time);
            }
        }

        /// Nothing that can be asked of a time panics, and what comes out can be read again.
        #[test]
        fn no_arithmetic_panics(
            wall in WALL_RANGE, offset in -1_080..1_080_i16, seconds: u64, nanos in 0..1_000_000_000_u32, months: i32,
        ) {
            let zone = if offset == 0 { Zone::Utc } else { Zone::Offset(offset) };
            let time = DateTime(Stamp { wall, nanos: 0, digits: 0, seconds: true, zone });
            for by in [Duration::new(seconds, nanos), Duration::new(seconds % 400_000_000_000, nanos), Duration::MAX] {
                let all = [Some(time.saturating_add(by)), Some(time.saturating_sub(by)), time.checked_add(by), time.checked_sub(by)];
                for moved in all.into_iter().chain([time.checked_start_of_month(months)]).flatten() {
                    prop_assert_eq!(moved.to_string().parse::<DateTime>(), Ok(moved));
                    SystemTime::try_from(moved).ok();
                    let _ = (moved.to_query(), moved.to_query_end(), moved.duration_since(time), moved.start_of_day());
                }
                if let Some(later) = time.checked_add(by) {
                    prop_assert_eq!(later.duration_since(time), by);
                    prop_assert_eq!(later.checked_sub(by), Some(time));
                }
            }
        }

        #[test]
        fn any_text_is_read_or_refused(text in "\\PC{0,40}") {
            if let Ok(time) = text.parse::<DateTime>() {
                prop_assert_eq!(time.to_string(), text);
            }
        }
    }
}
