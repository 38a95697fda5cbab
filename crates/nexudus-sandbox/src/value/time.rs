//! Times as the service writes them, and as clients do.

use nexudus_core::DateTime;

const DAY: i64 = 86_400;

/// A wall clock's figures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Civil {
    pub(crate) year: i64,
    /// From 1.
    pub(crate) month: i64,
    /// From 1.
    pub(crate) day: i64,
    /// Milliseconds since midnight.
    pub(crate) of_day: i64,
}

impl Civil {
    /// The civil calendar from milliseconds since 1970, by Howard Hinnant's method: years begin in March.
    pub(crate) fn of(millis: i64) -> Self {
        let days = millis.div_euclid(DAY * 1000) + 719_468;
        let era = days.div_euclid(146_097);
        let of_era = days.rem_euclid(146_097);
        let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
        let of_year = of_era - (365 * year + year / 4 - year / 100);
        let shifted = (5 * of_year + 2) / 153;
        let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
        let year = era * 400 + year + i64::from(month <= 2);
        let day = of_year - (153 * shifted + 2) / 5 + 1;
        Self { year, month, day, of_day: millis.rem_euclid(DAY * 1000) }
    }

    /// Milliseconds since 1970. A day that its month lacks becomes the month's last.
    pub(crate) fn millis(self) -> i64 {
        let leap = self.year % 4 == 0 && (self.year % 100 != 0 || self.year % 400 == 0);
        let last = match self.month {
            2 => 28 + i64::from(leap),
            4 | 6 | 9 | 11 => 30,
            _ => 31,
        };
        let year = self.year - i64::from(self.month <= 2);
        let era = year.div_euclid(400);
        let of_era = year.rem_euclid(400);
        let shifted = if self.month > 2 { self.month - 3 } else { self.month + 9 };
        let of_year = (153 * shifted + 2) / 5 + self.day.min(last) - 1;
        let days = era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468;
        days.saturating_mul(DAY * 1000).saturating_add(self.of_day)
    }

    /// So many months later; the day stays where the month has it.
    pub(crate) fn plus_months(self, months: i64) -> Self {
        let all = (self.year * 12 + self.month - 1).saturating_add(months);
        Self { year: all.div_euclid(12), month: all.rem_euclid(12) + 1, ..self }
    }
}

/// Appends a time in the service's form, with a fraction only where there is one.
pub(crate) fn write_time(millis: i64, instant: bool, out: &mut Vec<u8>) {
    let (civil, fraction) = (Civil::of(millis), millis.rem_euclid(1000));
    let second = civil.of_day / 1000;
    let digit = |number: i64| b'0' + (number.unsigned_abs() % 10) as u8;
    let mut text = *b"0000-00-00T00:00:00";
    for (at, number) in [
        (0, civil.year / 100),
        (2, civil.year),
        (5, civil.month),
        (8, civil.day),
        (11, second / 3600),
        (14, second / 60 % 60),
        (17, second % 60),
    ] {
        text[at] = digit(number / 10);
        text[at + 1] = digit(number);
    }
    out.extend_from_slice(&text);
    if fraction > 0 {
        out.push(b'.');
        out.extend([100, 10, 1].map(|place| digit(fraction / place)));
    }
    if instant {
        out.push(b'Z');
    }
}

/// A time as text.
pub(crate) fn time_text(millis: i64) -> String {
    let mut out = Vec::with_capacity(24);
    write_time(millis, true, &mut out);
    String::from_utf8_lossy(&out).into_owned()
}

/// Reads a time in any of the forms that clients send. A wall clock keeps its figures whatever zone stands
/// behind them; an instant without a zone is taken for UTC.
pub(crate) fn parse_time(text: &str, instant: bool) -> Option<i64> {
    let mut text = text.trim().replacen(' ', "T", 1);
    if let Some(head) = text.strip_suffix('z') {
        text = format!("{head}Z");
    }
    let clock = text.find('T').unwrap_or(text.len());
    if clock == text.len() {
        text.push_str("T00:00");
    }
    let zone = text[clock..].find(['Z', '+', '-']).map(|at| clock + at);
    if let Some(zone) = zone {
        let suffix = &text[zone..];
        if !instant || matches!(suffix, "-00:00" | "-0000") {
            text.truncate(zone);
        } else if suffix.len() == 5 && suffix.is_ascii() {
            text.insert(zone + 3, ':');
        } else if suffix.len() == 3 {
            text.push_str(":00");
        }
    }
    let time: DateTime = text.parse().ok()?;
    time.unix_seconds().checked_mul(1000)?.checked_add(i64::from(time.subsec_nanos() / 1_000_000))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_calendar_leads_back_to_the_time() {
        for millis in [0, -1, 951_782_400_000, 1_709_164_800_000, 4_102_444_799_999, -62_135_596_800_000] {
            assert_eq!(Civil::of(millis).millis(), millis);
        }
        let end = parse_time("2024-01-31T10:00:00Z", true).unwrap();
        assert_eq!(time_text(Civil::of(end).plus_months(1).millis()), "2024-02-29T10:00:00Z");
        assert_eq!(time_text(Civil::of(end).plus_months(-11).millis()), "2023-02-28T10:00:00Z");
    }

    #[test]
    fn times_are_read_in_every_form_and_written_in_one() {
        for text in [
            "2025-01-15T10:30:00Z",
            "2025-01-15T10:30",
            "2025-01-15 10:30:00",
            "2025-01-15T12:30:00+02:00",
            "2025-01-15T12:30:00+0200",
            "2025-01-15T12:30:00+02",
            "2025-01-15T10:30:00.000z",
            "2025-01-15T10:30:00-00:00",
        ] {
            assert_eq!(parse_time(text, true).map(time_text).as_deref(), Some("2025-01-15T10:30:00Z"), "{text}");
        }
        assert_eq!(parse_time("2025-01-15", true).map(time_text).as_deref(), Some("2025-01-15T00:00:00Z"));
        assert_eq!(
            parse_time("2025-01-15T12:30:00+02:00", false).map(time_text).as_deref(),
            Some("2025-01-15T12:30:00Z")
        );
        assert_eq!(time_text(1_736_937_000_250), "2025-01-15T10:30:00.250Z");
        for text in ["", "T", "2025-13-01", "+", "2025-01-15T25:00", "2025-01-15T10:30:00ZZ", "\u{0}", "ééé"] {
            assert_eq!(parse_time(text, true), None, "{text}");
        }
    }
}
