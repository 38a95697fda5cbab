//! Fifty thousand records through a stream with 16 pages under way, beside a loop that asks for page after page.
//! The server takes 20 ms for each answer, as one at the other end of a continent does.

use std::sync::Arc;
use std::time::{Duration, Instant};

use nexudus_client::{Client, Retry};

use crate::measure::Failure;
use crate::served::{Reply, Served};

const RECORDS: usize = 50_000;
const SIZE: usize = 100;
const DELAY: Duration = Duration::from_millis(20);
const IN_FLIGHT: usize = 16;

/// Measures and prints.
pub(crate) fn run() -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    runtime.block_on(measure())
}

fn page(path: &str) -> Reply {
    let number = path.split(['?', '&']).find_map(|pair| pair.strip_prefix("page=")?.parse().ok()).unwrap_or(1_usize);
    let first = (number - 1) * SIZE + 1;
    let records: Vec<_> = (first..first + SIZE)
        .map(|id| format!(r#"{{"Id":{id},"FromName":"Somebody","Header":"Message {id}","IsRead":false,"UpdatedOn":"2026-01-01T00:00:00Z"}}"#))
        .collect();
    let (records, pages) = (records.join(","), RECORDS / SIZE);
    let body = format!(
        r#"{{"Records":[{records}],"CurrentPage":{number},"TotalItems":{RECORDS},"TotalPages":{pages},"HasNextPage":{}}}"#,
        number < pages
    );
    Reply { status: 200, headers: "", body, delay: DELAY }
}

async fn measure() -> Result<(), Failure> {
    let server = Served::start(Arc::new(page)).await?;
    let client = Client::builder().base_url(server.url()).bearer("t").no_rate_limit().retry(Retry::none()).build()?;
    let list = client.user_messages().list().page_size(u32::try_from(SIZE)?);

    let start = Instant::now();
    let mut looped = 0;
    for number in 1.. {
        let page = list.clone().page(number).await?;
        looped += page.records.len();
        if !page.has_next() {
            break;
        }
    }
    let by_loop = start.elapsed();

    let before = peak_memory();
    let start = Instant::now();
    let mut items = list.in_flight(IN_FLIGHT).items();
    let mut streamed = 0;
    while let Some(record) = items.next().await {
        record?;
        streamed += 1;
    }
    let by_stream = start.elapsed();
    if looped != RECORDS || streamed != RECORDS {
        return Err(format!("{looped} and {streamed} records came instead of {RECORDS}").into());
    }
    let ratio = by_loop.as_secs_f64() / by_stream.as_secs_f64();
    println!(
        "page loop {by_loop:.2?}, stream with {IN_FLIGHT} pages under way {by_stream:.2?}: {ratio:.1} times as fast"
    );
    println!("requests under way at a time: at most {}", server.most_at_once());
    if let (Some(before), Some(after)) = (before, peak_memory()) {
        println!("peak of memory: {} KiB more than before the stream", after.saturating_sub(before));
    }
    Ok(())
}

/// The most memory that this process has used, in KiB, where the system tells.
fn peak_memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?.trim().split(' ').next()?.parse().ok()
}
