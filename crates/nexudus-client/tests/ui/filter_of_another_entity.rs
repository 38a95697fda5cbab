//! A filter belongs to the list of its own entity.

use nexudus_client::Client;
use nexudus_client::model::sys::WebHook;

fn main() {
    let client = Client::builder().build().unwrap();
    let _ = client.user_messages().list().filter(WebHook::ACTIVE.eq(true)); //~ expected `Condition<UserMessage>`, found `Condition<WebHook>`
}
