//! User messages can be listed and got, and nothing else.
async fn run(client: nexudus_client::Client, draft: String) {
    client.user_messages().create(draft).await.ok(); //~ the service has no create operation for `UserMessage` //~ `UserMessage` cannot be created
}

fn main() {}
