//! Where the examples work: at the service that `NEXUDUS_BASE_URL` names, or else in a sandbox with a whole space.

use nexudus_client::Client;
use nexudus_sandbox::{Sandbox, Seed};

pub(crate) type Failure = Box<dyn std::error::Error + Send + Sync>;

/// The sandbox, which ends when it is dropped, and a client of it.
pub(crate) async fn start() -> Result<(Option<Sandbox>, Client), Failure> {
    if std::env::var_os("NEXUDUS_BASE_URL").is_some() {
        return Ok((None, Client::from_env()?));
    }
    let sandbox = Sandbox::builder().seed(Seed::Demo).start().await?;
    let client = Client::builder().base_url(sandbox.url()).bearer(nexudus_sandbox::TOKEN).build()?;
    Ok((Some(sandbox), client))
}
