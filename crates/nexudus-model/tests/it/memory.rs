//! A hostile body takes no more memory than some lengths of itself.
#![cfg(target_os = "linux")]

use std::process::Command;

use nexudus_model::core::{AnyPage, Entity as _, Envelope, Full, decode_rows};
use nexudus_model::spaces::Coworker;
use nexudus_model::sys::UserMessage;

/// Length of each body.
const LENGTH: usize = 4 << 20;
/// What a decoding may take at its peak, in lengths of the body.
const MOST: usize = 8;
/// Set in the process that decodes: the number of its body.
const CASE: &str = "NEXUDUS_MEMORY_CASE";

/// `part` again and again between a start and an end.
fn body([start, part, end]: [&str; 3]) -> Vec<u8> {
    format!("{start}{}{end}", part.repeat(LENGTH / part.len()).trim_end_matches(',')).into_bytes()
}

/// What a body is, how it is made, and how it is read. Whether that succeeds is not the question here.
type Case = (&'static str, [&'static str; 3], fn(&[u8]));

fn cases() -> Vec<Case> {
    let page: fn(&[u8]) = |body| drop(AnyPage::decode(Coworker::table(), body));
    let small: fn(&[u8]) = |body| drop(AnyPage::decode(UserMessage::table(), body));
    let rows: fn(&[u8]) = |body| drop(decode_rows(Coworker::table(), body));
    let full: fn(&[u8]) = |body| drop(Full::<UserMessage>::decode(body.to_vec()));
    let envelope: fn(&[u8]) = |body| drop(Envelope::decode(body));
    vec![
        ("empty records", ["{\"Records\":[", "{},", "]}"], page),
        ("empty small records", ["{\"Records\":[", "{},", "]}"], small),
        ("records with an id", ["[", "{\"Id\":1},", "]"], rows),
        ("rows that are not records", ["{\"Records\":[", "0,", "]}"], page),
        ("ids", ["{\"ToUsers\":[", "1,", "]}"], full),
        ("ids of two spellings", ["{\"ToUsers\":[\"1\",", "1,", "]}"], full),
        ("nested arrays", ["{\"CustomFields\":[", "[],", "]}"], full),
        ("depth", ["{\"CustomFields\":", "[", ""], full),
        ("unknown properties", ["{", "\"a\":1,", "}"], full),
        ("one property many times", ["{", "\"Header\":1,", "}"], full),
        ("escapes", ["{\"Header\":\"", "\\u00e9", "\"}"], full),
        ("errors", ["{\"Errors\":[", "0,", "]}"], envelope),
        ("errors by property", ["{\"Errors\":{", "\"a\":0,", "}}"], envelope),
    ]
}

/// The largest amount of memory that this process had so far.
fn peak() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<usize>().unwrap() * 1024
}

/// Decodes one body, if this is a process that was started for that.
#[test]
fn child() {
    let Ok(case) = std::env::var(CASE) else { return };
    let (_, parts, read) = cases().swap_remove(case.parse().unwrap());
    let body = body(parts);
    // What making the body took at its peak does not count.
    std::fs::write("/proc/self/clear_refs", "5").unwrap();
    let before = peak();
    read(&body);
    println!("took {}", peak() - before);
}

#[test]
fn a_body_takes_a_few_lengths_of_itself() {
    for (at, (name, ..)) in cases().into_iter().enumerate() {
        let program = std::env::current_exe().unwrap();
        let output = Command::new(program)
            .args(["--exact", "memory::child", "--nocapture"])
            .env(CASE, at.to_string())
            .output()
            .unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        let took: usize = text.lines().find_map(|line| line.split_once("took ")).unwrap().1.trim().parse().unwrap();
        println!("{name}: {took}");
        assert!(took <= MOST * LENGTH, "{name}: {took} bytes for a body of {LENGTH}");
    }
}
