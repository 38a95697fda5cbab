//! Receives webhooks: `cargo run --example webhook_receiver`, then point a webhook at it.
//!
//! A delivery does not say what happened, so there is an address for each action.

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use nexudus_client::model::enums::WebhookAction;
use nexudus_client::model::spaces::Booking;
use nexudus_client::webhook::{Receiver, SIGNATURE_HEADER};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let secret = std::env::var("NEXUDUS_WEBHOOK_SECRET")?;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:3000").await?;
    println!("listening on http://{}/hooks/booking-created", listener.local_addr()?);
    axum::serve(listener, app(&secret)).await?;
    Ok(())
}

/// The receiver as a service.
pub(crate) fn app(secret: &str) -> Router {
    let receiver = Arc::new(Receiver::signed(WebhookAction::BookingCreate, secret));
    Router::new().route("/hooks/booking-created", post(booking_created)).with_state(receiver)
}

/// Answers at once: the service counts a slow receiver as a failed one, and stops after ten failures.
async fn booking_created(State(receiver): State<Arc<Receiver>>, headers: HeaderMap, body: Bytes) -> StatusCode {
    let signature = headers.get(SIGNATURE_HEADER).and_then(|value| value.to_str().ok());
    let booking = receiver.receive(signature, &body).and_then(|delivery| delivery.record::<Booking>());
    match booking {
        Ok(booking) => {
            println!("{:?} is booked from {:?}", booking.resource_name, booking.from_time);
            StatusCode::NO_CONTENT
        }
        Err(error) if error.is_signature() => StatusCode::UNAUTHORIZED,
        // Sent again, it would be no better.
        Err(error) => {
            eprintln!("{error}");
            StatusCode::NO_CONTENT
        }
    }
}
