//! Books a room so that a lost answer does no harm: `cargo run --example book_room`.
//!
//! A POST whose answer does not come may have made a booking. So the booking gets a `SystemId` of our own, and is
//! made by `upsert_by_system_id`: doing that again finds the booking, if there is one.

use nexudus_client::model::spaces::{Booking, BookingRequired, NewBooking};
use nexudus_client::{Client, Id};

#[path = "start/mod.rs"]
mod start;

#[tokio::main]
async fn main() -> Result<(), start::Failure> {
    let (_sandbox, client) = start::start().await?;
    let first = run(&client, "order 4711").await?;
    let second = run(&client, "order 4711").await?;
    println!("booked as {first}; asked again, it is still {second}");
    Ok(())
}

/// Books the first room for an hour.
pub(crate) async fn run(client: &Client, order: &str) -> Result<Id<Booking>, start::Failure> {
    let room = client.resources().list().first().await?.ok_or("there is no room")?;
    let room_id = nexudus_client::Entity::id(&room).ok_or("the room has no id")?;
    let draft = NewBooking::new(BookingRequired { resource_id: room_id })
        .from_time("2030-06-03T09:00:00Z".parse()?)
        .to_time("2030-06-03T10:00:00Z".parse()?);
    for attempt in 1.. {
        match client.bookings().upsert_by_system_id(order, &draft).await {
            Ok(booking) => return Ok(booking.id),
            Err(error) if (error.is_outcome_unknown() || error.is_retryable()) && attempt < 3 => {
                println!("{error}; looking again");
            }
            Err(error) => return Err(error.into()),
        }
    }
    Err("given up".into())
}
