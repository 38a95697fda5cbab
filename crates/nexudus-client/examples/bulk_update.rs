//! Changes many records, at the pace that the service allows: `cargo run --example bulk_update`.
//!
//! There is nothing to do for the pace: the client waits before each request as long as it takes, and slows down
//! where the service asks for it. A member who was changed before is not written again, so that a run which
//! was interrupted can be repeated.

use nexudus_client::{Client, CustomFields as _};

#[path = "start/mod.rs"]
mod start;

#[tokio::main]
async fn main() -> Result<(), start::Failure> {
    let (_sandbox, client) = start::start().await?;
    let (changed, failed) = run(&client, 15, |done, of| println!("{done} of {of}")).await?;
    println!("{changed} changed, {failed} failed");
    Ok(())
}

/// Marks members. Tells how far it is, and how many were changed and how many could not be.
pub(crate) async fn run(
    client: &Client,
    max: usize,
    progress: impl Fn(usize, usize),
) -> Result<(usize, usize), start::Failure> {
    let members = client.coworkers().list().collect(max).await?.records;
    let (mut changed, mut failed) = (0, 0);
    for (at, member) in members.iter().enumerate() {
        let Some(id) = member.id() else { continue };
        // A record that could not be changed is not sent.
        let mut set = Ok(());
        let outcome = client.coworkers().update(id, |member| set = member.set_custom_field("Reviewed", "2026")).await;
        set?;
        match outcome {
            Ok(updated) if updated.changes.is_empty() => {}
            Ok(_) => changed += 1,
            // What is wrong with one record must not keep the others from being changed; what is wrong with us must.
            Err(error) if error.is_refused() || error.is_not_found() => {
                eprintln!("{error}");
                failed += 1;
            }
            Err(error) => return Err(error.into()),
        }
        progress(at + 1, members.len());
    }
    Ok((changed, failed))
}
