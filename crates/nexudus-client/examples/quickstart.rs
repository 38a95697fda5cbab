//! The first ten minutes: `cargo run --example quickstart`.
//!
//! Talks to the service that `NEXUDUS_BASE_URL` names, with the credentials of the environment; without that
//! variable, to a sandbox that it starts on this machine.

// Chat messages are deprecated in favour of community threads and groups. They are used here because they are
// the smallest records that can be created.
#![allow(deprecated)]

use std::error::Error;
use std::io::Write;

use nexudus_client::model::sys::{ChatUserMessageRequired, NewChatUserMessage, UserMessage};
use nexudus_client::{Client, Direction};
use nexudus_sandbox::Sandbox;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let sandbox = if std::env::var_os("NEXUDUS_BASE_URL").is_none() { Some(Sandbox::start().await?) } else { None };
    let client = match &sandbox {
        Some(sandbox) => Client::builder().base_url(sandbox.url()).bearer(nexudus_sandbox::TOKEN).build()?,
        None => Client::from_env()?,
    };
    println!("Talking to {}\n", client.base_url());
    run(&client, &mut std::io::stdout()).await
}

/// Reads, creates, changes, is refused, lists and deletes, and says so.
pub(crate) async fn run(client: &Client, out: &mut impl Write) -> Result<(), Box<dyn Error>> {
    writeln!(out, "1. Get a user message by its id")?;
    let message = client.user_messages().get(87_654_322).await?;
    writeln!(out, "   from    {}", message.from_name.as_deref().unwrap_or("nobody"))?;
    writeln!(out, "   header  {}", message.header.as_deref().unwrap_or("nothing"))?;
    writeln!(out, "   to      {} users\n", message.to_users.as_ref().map_or(0, Vec::len))?;

    writeln!(out, "2. Create a chat message (deprecated by the service in favour of community threads and groups)")?;
    let from = client.me().await?.id();
    let draft = NewChatUserMessage::new(ChatUserMessageRequired { from_user_id: from })
        .to_users(message.to_users.clone().unwrap_or_default())
        .chat_text("Good morning from Rust.");
    let id = client.chat_user_messages().create(&draft).await?;
    let created = client.chat_user_messages().get(id).await?;
    writeln!(out, "   created {id}: {:?}\n", created.chat_text.as_deref().unwrap_or_default())?;

    writeln!(out, "3. Change it, keeping all that is not changed")?;
    let updated = client.chat_user_messages().update(id, |chat| chat.delievered = Some(true)).await?;
    for change in &updated.changes {
        writeln!(out, "   {change}")?;
    }

    writeln!(out, "\n4. Send something wrong")?;
    // A draft can't be made without its required properties, so one has to be taken out by its name.
    let mut wrong = draft.clone();
    wrong.set_property("FromUserId", serde_json::Value::Null)?;
    match client.chat_user_messages().create(&wrong).await {
        Ok(id) => writeln!(out, "   the service took it, as {id}")?,
        Err(error) => {
            writeln!(out, "   {error}")?;
            for field in error.field_errors() {
                writeln!(out, "   {field}")?;
            }
        }
    }

    writeln!(out, "\n5. List user messages, the newest first")?;
    let page =
        client.user_messages().list().page_size(5).order_by(UserMessage::CREATED_ON, Direction::Descending).await?;
    writeln!(out, "   {} of {}", page.records.len(), page.info.total_items.unwrap_or_default())?;
    for summary in &page {
        let (Some(id), header) = (summary.id(), summary.header.as_deref().unwrap_or_default()) else { continue };
        writeln!(out, "   {:>12}  {header}", id.to_string())?;
    }

    client.chat_user_messages().delete(id).await?;
    Ok(())
}
