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
    let near = |known: &&str| known.len().abs_diff(name.len()) <= 2.max(name.len() / 4);
    let distances = known.filter(near).map(|known| (strsim::osa_distance(&name, &known.to_ascii_lowercase()), known));
    let (distance, known) = distances.min_by_key(|(distance, _)| *distance)?;
    (distance <= 2.max(name.len() / 4)).then_some(known)
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
