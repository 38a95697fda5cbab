//! Generated parts of files that people write: a block between two marks.

use super::coverage::coverage;
use crate::spec::Spec;

/// A part of a file, between a line that holds `begin` and one that holds `end`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    /// The file, from the repository's root.
    pub file: String,
    /// The mark before the block; it stands on a line of its own.
    pub begin: String,
    /// The mark after it.
    pub end: String,
    /// What stands between them: whole lines.
    pub text: String,
}

/// The files that have blocks.
pub const FILES: &[&str] = &["README.md", "crates/nexudus-client/Cargo.toml", "crates/nexudus-model/Cargo.toml"];

/// All blocks of a spec.
pub(super) fn all(spec: &Spec) -> Vec<Block> {
    let block = |file: &str, begin: &str, end: &str, text: String| Block {
        file: file.to_owned(),
        begin: begin.to_owned(),
        end: end.to_owned(),
        text,
    };
    let names: Vec<&str> = spec.api.sections.iter().map(|section| section.name.as_str()).collect();
    let all = names.iter().map(|name| format!("{name:?}")).collect::<Vec<_>>().join(", ");
    let features = |of: fn(&str) -> String| {
        let each: Vec<String> = names.iter().map(|name| format!("{name} = {}", of(name))).collect();
        format!("all-sections = [{all}]\n{}\n", each.join("\n"))
    };
    vec![
        block("README.md", "<!-- coverage:begin -->", "<!-- coverage:end -->", coverage(spec).to_string()),
        block("crates/nexudus-model/Cargo.toml", "# sections:begin", "# sections:end", features(|_| "[]".to_owned())),
        block(
            "crates/nexudus-client/Cargo.toml",
            "# sections:begin",
            "# sections:end",
            features(|name| format!("[\"nexudus-model/{name}\"]")),
        ),
    ]
}

/// The text between the marks; `None` where a mark is missing, doubled or out of order.
pub fn find<'t>(block: &Block, text: &'t str) -> Option<&'t str> {
    let (start, end) = bounds(block, text)?;
    text.get(start..end)
}

/// The whole text with the block brought up to date; `None` where there is no such block.
pub fn replace(block: &Block, text: &str) -> Option<String> {
    let (start, end) = bounds(block, text)?;
    Some(format!("{}{}{}", text.get(..start)?, block.text, text.get(end..)?))
}

fn bounds(block: &Block, text: &str) -> Option<(usize, usize)> {
    let line = |mark: &str| {
        let mut lines = text.split_inclusive('\n').scan(0, |at, line| {
            let start = *at;
            *at += line.len();
            Some((start, *at, line))
        });
        let mut found = lines.by_ref().filter(|(_, _, line)| line.trim() == mark);
        let first = found.next().map(|(start, end, _)| (start, end))?;
        found.next().is_none().then_some(first)
    };
    let (_, start) = line(&block.begin)?;
    let (end, _) = line(&block.end)?;
    (start <= end).then_some((start, end))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn block() -> Block {
        let [file, begin, end, text] = ["README.md", "<!-- b -->", "<!-- e -->", "new\nlines\n"].map(str::to_owned);
        Block { file, begin, end, text }
    }

    #[test]
    fn only_the_region_changes() {
        let text = "before\n  <!-- b -->\nold\n<!-- e -->\nafter";
        assert_eq!(find(&block(), text), Some("old\n"));
        let replaced = replace(&block(), text).unwrap();
        assert_eq!(replaced, "before\n  <!-- b -->\nnew\nlines\n<!-- e -->\nafter");
        assert_eq!(replace(&block(), &replaced).unwrap(), replaced);
        assert_eq!(replace(&block(), "<!-- b -->\n<!-- e -->").unwrap(), "<!-- b -->\nnew\nlines\n<!-- e -->");
    }

    #[test]
    fn doubtful_marks_are_no_region() {
        for text in [
            "",
            "<!-- b -->\n",
            "<!-- e -->\n<!-- b -->\n",
            "<!-- b -->\n<!-- b -->\n<!-- e -->\n",
            "x <!-- b -->\n<!-- e -->",
        ] {
            assert_eq!(replace(&block(), text), None, "{text:?}");
        }
    }
}
