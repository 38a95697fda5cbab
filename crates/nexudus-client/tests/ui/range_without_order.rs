//! A range stands only on what the service takes a range of.

use nexudus_client::model::sys::UserMessage;

fn main() {
    let _ = UserMessage::HEADER.at_least("a"); //~ TakesRange
}
