//! Markdown tables.

use std::io::{self, Write};

use super::style::{Out, cell};
use crate::json::Object;
use crate::terminal::visible;

fn escape(text: &str) -> String {
    text.replace('\\', "\\\\").replace('|', "\\|").replace('<', "&lt;")
}

pub(super) fn header(out: &mut Out, columns: &[String]) -> io::Result<()> {
    writeln!(out, "| {} |", columns.iter().map(|name| escape(name)).collect::<Vec<_>>().join(" | "))?;
    writeln!(out, "|{}", " --- |".repeat(columns.len()))
}

pub(super) fn row(out: &mut Out, columns: &[String], record: &Object) -> io::Result<()> {
    let cells: Vec<_> = columns.iter().map(|column| escape(&cell(record, column))).collect();
    writeln!(out, "| {} |", cells.join(" | "))
}

pub(super) fn record(out: &mut Out, record: &Object) -> io::Result<()> {
    header(out, &["Property".to_owned(), "Value".to_owned()])?;
    for (name, value) in record.0.iter().filter(|(_, value)| !value.is_null()) {
        writeln!(out, "| {} | {} |", escape(&visible(name)), escape(&visible(&value.plain())))?;
    }
    Ok(())
}
