//! Ids of records: on the command line, or on standard input as lines, as JSON lines or as a column of CSV.

use crate::failure::Failure;
use crate::json::Object;

/// An id as a person types it.
pub(crate) fn parse_id(text: &str) -> Result<i64, Failure> {
    match text.trim().parse() {
        Ok(id) if id > 0 => Ok(id),
        _ => Err(Failure::usage(format!("expected the id of a record, a whole number from 1, found {text:?}"))),
    }
}

/// The ids in a text: a line each, or JSON objects with an `Id` a line, or CSV with a column `Id`.
pub(crate) fn read_ids(text: &str) -> Result<Vec<i64>, Failure> {
    let first = text.trim_start_matches('\u{feff}').trim_start();
    if first.starts_with(['{', '[']) {
        return json_ids(first);
    }
    let is_number = |line: &str| line.trim().trim_start_matches(['-', '+']).bytes().all(|byte| byte.is_ascii_digit());
    let is_plain = first.lines().next().is_none_or(is_number);
    if is_plain {
        return numbered(first.lines()).map(|(_, line)| line).filter(|line| !line.is_empty()).map(parse_id).collect();
    }
    csv_ids(first)
}

fn numbered(lines: std::str::Lines<'_>) -> impl Iterator<Item = (usize, &str)> {
    (1..).zip(lines.map(str::trim))
}

fn json_ids(text: &str) -> Result<Vec<i64>, Failure> {
    let id_of = |line: usize, object: &Object| {
        let id = object.get("Id").map(|id| id.plain().into_owned());
        id.ok_or_else(|| Failure::usage(format!("line {line}: the object has no Id"))).and_then(|id| parse_id(&id))
    };
    if text.starts_with('[') {
        let items = crate::json::Raw::parse(text)
            .ok()
            .and_then(|list| list.as_array())
            .ok_or_else(|| Failure::usage("the ids are no JSON list"))?;
        return items
            .iter()
            .map(|item| match item.as_object() {
                Some(object) => id_of(1, &object),
                None => parse_id(&item.plain()),
            })
            .collect();
    }
    numbered(text.lines())
        .filter(|(_, line)| !line.is_empty())
        .map(|(number, line)| {
            let wrong = |error| Failure::usage(format!("line {number}: {error}"));
            id_of(number, &Object::parse_input(line).map_err(wrong)?)
        })
        .collect()
}

fn csv_ids(text: &str) -> Result<Vec<i64>, Failure> {
    let wrong = |error: csv::Error| Failure::usage(format!("the ids can't be read as CSV: {error}"));
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(text.as_bytes());
    let headers = reader.headers().map_err(wrong)?.clone();
    let at = headers.iter().position(|name| name.eq_ignore_ascii_case("id")).ok_or_else(|| {
        Failure::usage("the ids are neither numbers, a line each, nor JSON lines, nor CSV with a column Id")
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
        ] {
            assert_eq!(read_ids(text).unwrap(), [1, 2, 3], "{text}");
        }
        assert!(read_ids("").unwrap().is_empty());
    }

    #[test]
    fn what_is_no_id_is_refused() {
        for text in ["1\nx", "0", "{\"id\":1}", "{", "Name\na", "-5", "[true]", "1.0", "{\"Id\":1,\"Id\":2}"] {
            assert!(read_ids(text).is_err(), "{text}");
        }
        let long = read_ids("99999999999999999999\n").unwrap_err().message;
        assert!(long.contains("a whole number from 1, found"), "{long}");
    }
}
