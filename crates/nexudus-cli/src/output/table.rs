//! Columns for people.

use std::io::{self, Write};

use nexudus_client::model::core::{CivilDateTime, DateTime};

use super::style::{Out, Style, cell};
use crate::json::{Object, Raw};
use crate::terminal::{Terminal, visible, width_of};

/// What stands between two columns.
const GAP: &str = "  ";

/// The narrowest that a column is made to fit a terminal.
const NARROWEST: usize = 6;

/// The rows of a table. The widths of its columns are those of the first rows, and stay.
pub(super) struct Rows {
    held: Vec<Vec<String>>,
    names: Vec<String>,
    numeric: Vec<bool>,
    /// Whether a column holds dates alone.
    dated: Vec<bool>,
    widths: Option<Vec<usize>>,
    terminal: Terminal,
    header: bool,
}

impl Rows {
    pub(super) fn new(columns: &[String], style: &Style) -> Self {
        Self {
            held: Vec::new(),
            names: columns.to_vec(),
            numeric: vec![true; columns.len()],
            dated: vec![true; columns.len()],
            widths: None,
            terminal: style.terminal,
            header: !style.no_header,
        }
    }

    pub(super) fn held(&self) -> usize {
        self.held.len()
    }

    pub(super) fn add(&mut self, record: &Object, columns: &[String]) {
        if self.widths.is_none() {
            for ((numeric, dated), column) in self.numeric.iter_mut().zip(&mut self.dated).zip(columns) {
                let value = record.get(column).filter(|value| !value.is_null());
                *numeric &= value.is_none_or(Raw::is_number);
                *dated &= value.is_none_or(is_date);
            }
        }
        self.held.push(columns.iter().map(|column| cell(record, column)).collect());
    }

    /// Prints the rows that are held, and the header before the first of them.
    pub(super) fn print(&mut self, out: &mut Out) -> io::Result<()> {
        let is_first = self.widths.is_none();
        let widths = match self.widths.take() {
            Some(widths) => widths,
            None => self.measure(),
        };
        if is_first && self.header {
            let line = self.line(&self.names, &widths);
            writeln!(out, "{}", self.terminal.bold(&line))?;
        }
        for row in std::mem::take(&mut self.held) {
            writeln!(out, "{}", self.line(&row, &widths))?;
        }
        self.widths = Some(widths);
        Ok(())
    }

    pub(super) fn finish(&mut self, out: &mut Out) -> io::Result<()> {
        // An empty table has its header.
        if self.held.is_empty() && self.widths.is_some() { Ok(()) } else { self.print(out) }
    }

    fn measure(&self) -> Vec<usize> {
        let mut widths: Vec<usize> =
            self.names.iter().map(|name| if self.header { width_of(name) } else { 1 }).collect();
        let mut least = vec![NARROWEST; widths.len()];
        for row in &self.held {
            for (at, (width, cell)) in widths.iter_mut().zip(row).enumerate() {
                *width = (*width).max(width_of(cell));
                // Half a number or a date says nothing: texts are cut first.
                if self.numeric[at] || self.dated[at] {
                    least[at] = least[at].max(width_of(cell));
                }
            }
        }
        if let Some(room) = self.terminal.width {
            fit(&mut widths, &least, room);
            fit(&mut widths, &vec![NARROWEST; least.len()], room);
        }
        widths
    }

    fn line(&self, cells: &[String], widths: &[usize]) -> String {
        let mut line = String::new();
        for (at, ((cell, width), numeric)) in cells.iter().zip(widths).zip(&self.numeric).enumerate() {
            if at > 0 {
                line.push_str(GAP);
            }
            // What is piped on is never cut.
            let cell = if self.terminal.width.is_some() { cut(cell, *width) } else { cell.clone() };
            let pad = width.saturating_sub(width_of(&cell));
            if *numeric {
                line.extend(std::iter::repeat_n(' ', pad));
                line.push_str(&cell);
            } else {
                line.push_str(&cell);
                line.extend(std::iter::repeat_n(' ', pad));
            }
        }
        line.truncate(line.trim_end().len());
        line
    }
}

/// Whether a value is the text of a date or of a time on a date.
fn is_date(value: &Raw) -> bool {
    value.as_str().is_some_and(|text| text.parse::<CivilDateTime>().is_ok() || text.parse::<DateTime>().is_ok())
}

/// Makes the widest columns narrower until all fit, none below its least width.
fn fit(widths: &mut [usize], least: &[usize], room: usize) {
    let gaps = GAP.len() * widths.len().saturating_sub(1);
    let mut total = widths.iter().sum::<usize>() + gaps;
    while total > room {
        let wide = widths.iter_mut().zip(least).filter(|(width, least)| **width > **least);
        let Some((widest, _)) = wide.max_by_key(|(width, _)| **width) else { return };
        *widest -= 1;
        total -= 1;
    }
}

/// A text in so many columns; what does not fit is cut, and an ellipsis says so.
fn cut(text: &str, width: usize) -> String {
    if width_of(text) <= width {
        return text.to_owned();
    }
    let mut kept = String::new();
    let mut used = 0;
    for character in text.chars() {
        let wide = width_of(character.encode_utf8(&mut [0; 4]));
        if used + wide + 1 > width {
            break;
        }
        used += wide;
        kept.push(character);
    }
    kept.push('…');
    kept
}

/// One record: a property a line, those without a value left out.
pub(super) fn record(out: &mut Out, record: &Object, terminal: &Terminal) -> io::Result<()> {
    let shown: Vec<_> = record.0.iter().filter(|(_, value)| !value.is_null()).collect();
    let width = shown.iter().map(|(name, _)| width_of(name)).max().unwrap_or_default();
    for (name, value) in shown {
        let pad = " ".repeat(width.saturating_sub(width_of(name)));
        writeln!(out, "{}{pad}{GAP}{}", terminal.bold(&visible(name)), visible(&value.plain()))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_fit() {
        let mut widths = [10, 40, 5, 30];
        fit(&mut widths, &[NARROWEST; 4], 60);
        assert_eq!(widths.iter().sum::<usize>() + 6, 60);
        assert_eq!((widths[0], widths[2]), (10, 5));
        let mut widths = [50; 40];
        fit(&mut widths, &[NARROWEST; 40], 20);
        assert!(widths.iter().all(|width| *width == NARROWEST));
        let mut widths = [20, 20];
        fit(&mut widths, &[20, NARROWEST], 30);
        assert_eq!(widths, [20, 8]);
    }

    #[test]
    fn cells_are_cut_by_columns() {
        assert_eq!(cut("abcdef", 4), "abc…");
        assert_eq!(cut("東京都", 4), "東…");
        assert_eq!(cut("abcd", 4), "abcd");
    }
}
