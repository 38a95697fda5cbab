//! Names in texts for people, and what a misspelt one was meant to be.

/// A name in a text for people, short and on one line.
pub(crate) fn quoted(name: &str) -> String {
    let mut text: String = name.chars().take(60).map(|c| if c.is_control() { '?' } else { c }).collect();
    if text.len() < name.len() {
        text.push_str("...");
    }
    format!("`{text}`")
}

/// The name nearest to a misspelt one, if any is near.
pub(crate) fn nearest<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    // Longer names than any known one are noise, and comparing them is what costs.
    if name.len() > 80 {
        return None;
    }
    let name = name.to_ascii_lowercase();
    let distances = known.map(|known| (distance(&name, &known.to_ascii_lowercase()), known));
    let (distance, known) = distances.min_by_key(|(distance, _)| *distance)?;
    (distance <= 2.max(name.len() / 4)).then_some(known)
}

/// How many letters have to change, go or come, or change places with the next.
fn distance(a: &str, b: &str) -> usize {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    if a.len().abs_diff(b.len()) > 2.max(a.len() / 4) {
        return usize::MAX;
    }
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for i in 1..=a.len() {
        let mut row = vec![i];
        for j in 1..=b.len() {
            let mut best = (last[j - 1] + usize::from(a[i - 1] != b[j - 1])).min(last[j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                best = best.min(before[j - 2] + 1);
            }
            row.push(best);
        }
        before = std::mem::replace(&mut last, row);
    }
    last.last().copied().unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_misspelt_name_has_a_nearest_one() {
        let known = ["bookings", "coworkers", "businesses"];
        assert_eq!(nearest("bokings", known.into_iter()), Some("bookings"));
        assert_eq!(nearest("Coworkres", known.into_iter()), Some("coworkers"));
        assert_eq!(nearest("zebra", known.into_iter()), None);
        assert_eq!(nearest(&"x".repeat(10_000), known.into_iter()), None);
    }
}
