//! What an answer may cost in memory.
//!
//! Each case runs in a process of its own, which is this test program again: a peak belongs to a whole process.

use std::process::Command;

use crate::memory::Memory;

/// The longest body, unpacked.
const LIMIT: usize = 4 * 1024 * 1024;

/// Times the longest body that an answer may take at its peak, the body included.
const MOST: usize = 8;

/// Names the case that a process is to run.
const CASE: &str = "NEXUDUS_CLIENT_PEAK_CASE";

/// Something that takes no memory, to see what the program itself takes.
const NOTHING: &str = "nothing";

fn filled(start: &str, piece: impl Fn(usize) -> String, end: &str) -> String {
    let mut body = String::with_capacity(LIMIT);
    body.push_str(start);
    for number in 0.. {
        let piece = piece(number);
        if body.len() + piece.len() + end.len() > LIMIT {
            break;
        }
        body.push_str(&piece);
    }
    // The last comma.
    body.pop();
    body.push_str(end);
    body
}

type Case = (&'static str, fn() -> String);

/// Answers that are as bad as they can be for their length.
const CASES: [Case; 11] = [
    (NOTHING, || r#"{"Records":[]}"#.to_owned()),
    ("empty records", || filled(r#"{"Records":["#, |_| "{},".into(), "]}")),
    ("rows that are not records", || filled(r#"{"Records":["#, |_| "0,".into(), "]}")),
    ("records of an id", || filled(r#"{"Records":["#, |id| format!(r#"{{"Id":{id}}},"#), "]}")),
    ("a row of unknown properties", || filled(r#"{"Records":[{"Id":5,"#, |at| format!(r#""{at:x}":0,"#), "}]}")),
    ("a record of unknown properties", || filled(r#"{"Id":5,"#, |at| format!(r#""{at:x}":0,"#), "}")),
    ("a row with a list of ids", || filled(r#"{"Records":[{"Id":5,"ToUsers":["#, |_| "1,".into(), "]}]}")),
    ("a record with a list of ids", || filled(r#"{"Id":5,"ToUsers":["#, |_| "1,".into(), "]}")),
    ("lists in a list", || filled(r#"{"Id":5,"CustomFields":["#, |_| "[],".into(), "]}")),
    ("depth", || "[".repeat(LIMIT)),
    ("unknown paging", || filled(r#"{"Records":[],"#, |at| format!(r#""{at:x}":0,"#), "}")),
];

/// The most bytes that this process held at a time.
fn peak() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<usize>().unwrap() * 1024
}

/// Runs the case that the environment names, and tells its peak.
#[tokio::test]
async fn case() {
    let Ok(name) = std::env::var(CASE) else { return };
    let (_, body) = CASES.iter().find(|(case, _)| *case == name).unwrap();
    let body = bytes::Bytes::from(body());
    let is_page = body.starts_with(b"{\"Records\"");
    let memory = Memory::of_bytes(move |_| body.clone());
    let client = memory.builder().body_limit(LIMIT).retry(nexudus_client::Retry::none()).build().unwrap();
    let messages = client.user_messages();
    // One call alone: what was freed on one thread may be kept for it while another takes more.
    if is_page {
        messages.list().page_size(1000).lenient().items().next().await.transpose().ok();
    } else {
        messages.get(5).await.ok();
    }
    println!("peak of {}", peak());
}

fn run(name: &str) -> usize {
    let mut command = Command::new(std::env::current_exe().unwrap());
    let output = command.args(["peak::case", "--exact", "--nocapture"]).env(CASE, name).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let told = text.lines().find_map(|line| line.strip_prefix("peak of ")).unwrap_or_else(|| panic!("{name}: {text}"));
    told.parse().unwrap()
}

#[test]
#[cfg(target_os = "linux")]
fn no_answer_takes_more_than_eight_times_the_longest_body() {
    let own = run(NOTHING);
    let mut wrong = Vec::new();
    for (name, _) in CASES {
        let taken = run(name).saturating_sub(own);
        println!("{name}: {} KiB, {} tenths of the longest body", taken / 1024, taken * 10 / LIMIT);
        if taken > MOST * LIMIT {
            wrong.push(format!("{name}: {} KiB", taken / 1024));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
