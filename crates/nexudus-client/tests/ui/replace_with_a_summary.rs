//! A record from a list lacks properties, so it can't be written back.
#![allow(deprecated)]
async fn run(client: nexudus_client::Client) -> nexudus_client::Result<()> {
    let messages = client.chat_user_messages();
    let page = messages.list().await?;
    messages.replace(&page.records[0]).await?; //~ expected `&Full<ChatUserMessage>`, found `&ChatUserMessage`
    Ok(())
}

fn main() {}
