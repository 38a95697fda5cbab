//! Keeps another system up to date with the members of a space: `cargo run --example sync_members`.
//!
//! Each run asks for what was changed since the last one. The list is sorted by `UpdatedOn`, so that a record
//! which changes meanwhile moves to the end and not past the reader; and the next run begins a little before the
//! last one ended, since a record may get a time before others can see it.

use std::collections::BTreeMap;

use nexudus_client::model::spaces::Coworker;
use nexudus_client::{Client, Direction, Id};

#[path = "start/mod.rs"]
mod start;

#[tokio::main]
async fn main() -> Result<(), start::Failure> {
    let (_sandbox, client) = start::start().await?;
    let mut other = Other::default();
    println!("first run: {} members", run(&client, &mut other).await?);
    println!("second run: {} members", run(&client, &mut other).await?);
    Ok(())
}

/// The other system: names by id, and how far it has read.
#[derive(Default)]
pub(crate) struct Other {
    pub(crate) names: BTreeMap<Id<Coworker>, String>,
    pub(crate) read_until: Option<nexudus_client::model::core::DateTime>,
}

/// One run. Gives the number of records that were read.
pub(crate) async fn run(client: &Client, other: &mut Other) -> Result<usize, start::Failure> {
    let mut list = client.coworkers().list().order_by(Coworker::UPDATED_ON, Direction::Ascending).page_size(100);
    if let Some(from) = other.read_until {
        list = list.filter(Coworker::UPDATED_ON.at_least(from));
    }
    let mut members = list.items();
    let mut count = 0;
    while let Some(member) = members.next().await {
        let member = member?;
        if let Some(id) = member.id() {
            other.names.insert(id, member.full_name.clone().unwrap_or_default());
        }
        other.read_until = member.common.updated_on.or(other.read_until.take());
        count += 1;
    }
    if members.drift().has_drifted() {
        println!("the list changed while it was read: {:?}; the next run will see to it", members.drift());
    }
    Ok(count)
}
