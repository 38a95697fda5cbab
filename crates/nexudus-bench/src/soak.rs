//! A hundred tasks make a thousand calls of a server that takes ten requests a second and refuses the others, with
//! the pace that the client has by default: how many are refused on the way? Takes about 100 seconds, which is
//! what the server's limit allows.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use nexudus_client::Client;

use crate::measure::Failure;
use crate::served::{Reply, Served};

const TASKS: usize = 100;
const CALLS: usize = 10;
const RATE: f64 = 10.0;

/// What the server has left, since when, and how many it has refused.
struct Bucket {
    tokens: f64,
    counted: Instant,
    refused: usize,
}

/// Runs and prints. Fails if a call fails, or more than 5 % are refused.
pub(crate) fn run() -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    runtime.block_on(soak())
}

async fn soak() -> Result<(), Failure> {
    let bucket = Arc::new(Mutex::new(Bucket { tokens: RATE, counted: Instant::now(), refused: 0 }));
    let limits = Arc::clone(&bucket);
    let server = Served::start(Arc::new(move |_: &str| {
        let mut bucket = limits.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        bucket.tokens = (bucket.tokens + (now - bucket.counted).as_secs_f64() * RATE).min(RATE);
        bucket.counted = now;
        if bucket.tokens >= 1.0 {
            bucket.tokens -= 1.0;
            Reply { status: 200, headers: "", body: r#"{"Id":1}"#.to_owned(), delay: Duration::ZERO }
        } else {
            bucket.refused += 1;
            Reply { status: 409, headers: "Retry-After: 1\r\n", body: String::new(), delay: Duration::ZERO }
        }
    }))
    .await?;
    let client = Client::builder().base_url(server.url()).bearer("t").build()?;
    let start = Instant::now();
    let tasks: Vec<_> = (0..TASKS)
        .map(|_| {
            let client = client.clone();
            tokio::spawn(async move {
                for _ in 0..CALLS {
                    client.user_messages().get(1).await?;
                }
                Ok::<_, nexudus_client::Error>(())
            })
        })
        .collect();
    for task in tasks {
        task.await??;
    }
    let refused = bucket.lock().unwrap_or_else(PoisonError::into_inner).refused;
    let calls = TASKS * CALLS;
    println!("{calls} calls of {TASKS} tasks: all done in {:.1?}, {refused} refused on the way", start.elapsed());
    if refused * 20 > calls {
        return Err("more than 5 % were refused".into());
    }
    Ok(())
}
