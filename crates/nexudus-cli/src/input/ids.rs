//! Ids of records: on the command line, or on standard input as lines, as JSON lines or as a column of CSV.

use crate::failure::Failure;
use crate::json::{Object, Raw};

/// An id as a person types it.
pub(crate) fn parse_id(text: &str) -> Result<i64, Failure> {
    match text.trim().parse() {
        Ok(id) if id > 0 => Ok(id),
        _ => Err(Failure::usage(format!("expected the id of a record, a whole number from 1, found {text:?}"))),
    }
}

/// The ids in a text: a line each, or JSON objects with an `Id`, or CSV with a column `Id`, or what `list` prints.
pub(crate) fn read_ids(text: &str) -> Result<Vec<i64>, Failure> {
    let first = text.trim_start_matches('\u{feff}').trim_start();
    if first.starts_with(['{', '[']) {
        return json_ids(first);
    }
    let is_number = |line: &str| line.trim().trim_start_matches(['-', '+']).bytes().all(|byte| byte.is_ascii_digit());
    let head = first.lines().next().unwrap_or_default();
    if is_number(head) {
        return first.lines().map(str::trim).filter(|line| !line.is_empty()).map(parse_id).collect();
    }
    if let Some(("Id", columns)) = head.split_once("  ")
        && !columns.trim().is_empty()
    {
        return table_ids(first);
    }
    csv_ids(first)
}

/// One JSON value, a list or an answer of this program, or an object a line.
fn json_ids(text: &str) -> Result<Vec<i64>, Failure> {
    let id_of = |item: &str| {
        if !item.starts_with('{') {
            return Raw::parse(item).map_err(|error| error.to_string()).map(|item| item.plain().into_owned());
        }
        let object = Object::parse_input(item)?;
        object.get("Id").map(|id| id.plain().into_owned()).ok_or_else(|| "the object has no Id".to_owned())
    };
    if let Ok(whole) = Raw::parse(text) {
        let answer = whole.as_object().unwrap_or_default();
        if answer.get("ok").is_some_and(|ok| ok.text() == "false") {
            return Err(Failure::usage("the ids are those of an answer that failed: it may not hold all of them"));
        }
        let list = whole.as_array().or_else(|| answer.get("data")?.as_array());
        let items = list.unwrap_or_else(|| vec![whole]);
        return items
            .iter()
            .map(|item| id_of(item.text()).map_err(Failure::usage).and_then(|id| parse_id(&id)))
            .collect();
    }
    (1..)
        .zip(text.lines().map(str::trim))
        .filter(|(_, line)| !line.is_empty())
        .map(|(number, line)| {
            let wrong = |what| Failure::usage(format!("line {number}: {what}"));
            id_of(line).map_err(wrong).and_then(|id| parse_id(&id))
        })
        .collect()
}

/// A table as `list` prints it: the ids are its first column.
fn table_ids(text: &str) -> Result<Vec<i64>, Failure> {
    if !text.ends_with('\n') {
        return Err(Failure::usage("the last line of the table is cut off, and its id may be as well"));
    }
    text.lines().skip(1).map(|line| parse_id(line.split_whitespace().next().unwrap_or_default())).collect()
}

fn csv_ids(text: &str) -> Result<Vec<i64>, Failure> {
    let wrong = |error: csv::Error| Failure::usage(format!("the ids can't be read as CSV: {error}"));
    // A row that was cut off has fewer cells than the header.
    let mut reader = csv::ReaderBuilder::new().from_reader(text.as_bytes());
    let headers = reader.headers().map_err(wrong)?.clone();
    let at = headers.iter().position(|name| name.eq_ignore_ascii_case("id")).ok_or_else(|| {
        Failure::usage("the ids are neither numbers, a line each, nor JSON, nor CSV with a column Id")
            .hint("`list --output jsonl` prints what is read here.")
    })?;
    reader.records().map(|row| parse_id(row.map_err(wrong)?.get(at).unwrap_or_default())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_in_every_form() {
        for text in [
            "1\n2\n\n3\n",
            "{\"Id\":1}\n{\"Id\":2,\"x\":1}\n{\"Id\":\"3\"}",
            "[1,2,{\"Id\":3}]",
            "Name,Id\na,1\n\"b,c\",2\nd,3\n",
            "\u{feff}Id\r\n1\r\n2\r\n3\r\n",
            "[\n{\"Id\":1},\n{\"Id\":2},{\"Id\":3}]\n",
            "{\"ok\":true,\"data\":[\n{\"Id\":1},\n{\"Id\":2},{\"Id\":3}\n]}\n",
            " Id  Name        City\n  1  Ann  Bee    \n  2               Ely\n  3  4\n",
        ] {
            assert_eq!(read_ids(text).unwrap(), [1, 2, 3], "{text}");
        }
        assert!(read_ids("").unwrap().is_empty());
    }

    #[test]
    fn what_is_no_id_is_refused() {
        for text in [
            "1\nx",
            "0",
            "{\"id\":1}",
            "{",
            "Name\na",
            "-5",
            "[true]",
            "1.0",
            "{\"Id\":1,\"Id\":2}",
            // What was cut off.
            " Id  Name\n  1  Ann\n  2",
            "Id,Name\n1,a\n2",
            "{\"ok\":false,\"data\":[{\"Id\":1}]}",
            "{\"ok\":true,\"data\":[\n{\"Id\":1},\n",
            "{\"Id\":1}\n{\"Id\":2",
            "[{\"Id\":1,\"Id\":2}]",
        ] {
            assert!(read_ids(text).is_err(), "{text}");
        }
        let long = read_ids("99999999999999999999\n").unwrap_err().message;
        assert!(long.contains("a whole number from 1, found"), "{long}");
    }
}
