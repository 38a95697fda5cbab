//! A typed get through the client, beside the least that a program could do by hand.
//!
//! By hand: reqwest sends a GET with a bearer token and `serde_json` decodes the body into a derived struct. The same
//! sandbox answers both, over a socket, on a thread of its own.

use std::hint::black_box;

use nexudus_client::{Client, Retry};
use nexudus_sandbox::Sandbox;

use crate::measure::{Failure, compare};
use crate::records::Dropping;

const ROUNDS: usize = 400;
/// Calls in one round: a single one is too short for a steady time.
const CALLS: usize = 25;
const ID: i64 = 87_654_321;

/// Measures and prints.
pub(crate) fn run() -> Result<(), Failure> {
    let sandbox = Sandbox::builder().start_blocking()?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let client = Client::builder()
        .base_url(sandbox.url())
        .bearer(nexudus_sandbox::TOKEN)
        .no_rate_limit()
        .retry(Retry::none())
        .build()?;
    // reqwest wants to know, even for plain HTTP. It fails if there is one already, which is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let bare = reqwest::Client::builder().tcp_nodelay(true).build()?;
    let url = format!("{}/sys/usermessages/{ID}", sandbox.url());

    // Once each with a look at the outcome, so that two failures are not compared.
    let typed = runtime.block_on(client.user_messages().get(ID))?;
    let derived = runtime.block_on(by_hand(&bare, &url))?;
    if typed.common.id != derived.id || typed.header != derived.header {
        return Err("the two ways got different records".into());
    }

    let ours = || {
        runtime.block_on(async {
            for _ in 0..CALLS {
                black_box(client.user_messages().get(ID).await.is_ok());
            }
        });
    };
    let theirs = || {
        runtime.block_on(async {
            for _ in 0..CALLS {
                black_box(by_hand(&bare, &url).await.is_ok());
            }
        });
    };
    println!("{CALLS} gets, against reqwest and serde_json by hand: {}", compare(ROUNDS, ours, theirs));
    Ok(())
}

async fn by_hand(client: &reqwest::Client, url: &str) -> Result<Dropping, Failure> {
    let answer = client.get(url).bearer_auth(nexudus_sandbox::TOKEN).send().await?.error_for_status()?;
    Ok(serde_json::from_slice(&answer.bytes().await?)?)
}
