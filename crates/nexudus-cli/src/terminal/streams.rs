//! What is known of the three streams.

use std::env;
use std::io::IsTerminal as _;

/// Columns where nobody says how wide the terminal is.
const WIDTH: usize = 100;

/// What is known of the three streams.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
pub(crate) struct Terminal {
    /// Whether a person types.
    pub(crate) input: bool,
    /// Whether standard output is shown to a person.
    pub(crate) output: bool,
    /// Whether standard error is shown to a person.
    pub(crate) error: bool,
    /// Columns of standard output; `None` where it is not a terminal.
    pub(crate) width: Option<usize>,
    /// Whether standard output takes colours.
    pub(crate) colour: bool,
}

impl Terminal {
    /// Looks at the streams and at `NO_COLOR`, `CLICOLOR_FORCE`, `CLICOLOR`, `TERM` and `COLUMNS`.
    pub(crate) fn detect() -> Self {
        let output = std::io::stdout().is_terminal();
        let measured = || terminal_size::terminal_size().map(|(width, _)| usize::from(width.0));
        let named = || env::var("COLUMNS").ok().and_then(|text| text.parse().ok());
        Self {
            input: std::io::stdin().is_terminal(),
            output,
            error: std::io::stderr().is_terminal(),
            width: output.then(|| named().or_else(measured).filter(|width| *width > 0).unwrap_or(WIDTH)),
            colour: takes_colour(output),
        }
    }

    /// Whether a question can be asked and answered.
    pub(crate) fn can_ask(&self) -> bool {
        self.input && self.error
    }

    /// A text in bold, where colours are taken.
    pub(crate) fn bold(&self, text: &str) -> String {
        if self.colour { format!("\u{1b}[1m{text}\u{1b}[0m") } else { text.to_owned() }
    }
}

/// Whether an output takes colours, by the conventions of <https://no-color.org> (any value but an empty one) and
/// <https://bixense.com/clicolors> (`0` switches off).
fn takes_colour(is_terminal: bool) -> bool {
    let value = |name: &str| env::var_os(name).filter(|value| !value.is_empty());
    let is = |name: &str, expected: &str| value(name).is_some_and(|value| value == expected);
    let is_forced = value("CLICOLOR_FORCE").is_some() && !is("CLICOLOR_FORCE", "0");
    value("NO_COLOR").is_none() && (is_forced || is_terminal && !is("CLICOLOR", "0") && !is("TERM", "dumb"))
}
