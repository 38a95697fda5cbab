//! Tokens that a command of the profile prints. They expire, and a session may outlive them.

use std::fmt;
use std::process::Stdio;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use futures_util::FutureExt as _;
use futures_util::future::Shared;
use http::{HeaderValue, StatusCode, header};
use nexudus_client::Credentials;
use nexudus_client::transport::{BoxFuture, Request, Response, Transport, TransportError, TransportErrorKind};
use tokio::io::AsyncReadExt as _;

use crate::failure::{Exit, Failure};

/// The longest that a token command may take.
const COMMAND_TIMEOUT: Duration = Duration::from_mins(1);

/// The most that a token command may print, in bytes.
const COMMAND_LIMIT: usize = 64 * 1024;

/// How long a token command's output is waited for when the command has ended: a program that it leaves behind may
/// hold the pipe open.
const LEFT_BEHIND: Duration = Duration::from_millis(200);

/// A 401 also means that the user lacks a role, and then no new token helps. After a run that did not help, the command
/// is not run again for this long.
const PAUSE: Duration = Duration::from_secs(30);

/// A token command with the token that it printed.
#[derive(Clone)]
pub(crate) struct TokenCommand {
    command: String,
    token: String,
}

impl fmt::Debug for TokenCommand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenCommand").field("command", &self.command).finish_non_exhaustive()
    }
}

impl TokenCommand {
    /// Runs the command for a first token.
    pub(crate) async fn run(command: String) -> Result<Self, Failure> {
        let failed = |what| Failure::new(Exit::NotLoggedIn, what);
        let token = printed_token(&command).await.map_err(failed)?;
        Ok(Self { command, token })
    }

    /// The first token.
    pub(crate) fn credentials(&self) -> Credentials {
        Credentials::bearer(self.token.clone())
    }
}

type Renewal = Shared<BoxFuture<'static, Result<HeaderValue, String>>>;

/// A transport that runs the token command again when the service rejects its token, and sends the request once more.
pub(crate) struct Renewing {
    inner: Arc<dyn Transport>,
    command: String,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// The token that a renewal gave.
    header: Option<HeaderValue>,
    /// Counts the tokens.
    generation: u64,
    /// Whether the service has accepted the current token.
    was_accepted: bool,
    /// When a run last did not help.
    fruitless: Option<Instant>,
    /// The run under way, which serves all that wait for it.
    renewal: Option<Renewal>,
}

impl Renewing {
    /// Around the transport of a client that has the first token of this command.
    pub(crate) fn around(inner: Arc<dyn Transport>, command: TokenCommand) -> Self {
        Self { inner, command: command.command, state: Mutex::default() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sends a request with the current token, and gives the number of the token.
    async fn send_current(&self, mut request: Request) -> Result<(Response, u64), TransportError> {
        let generation = {
            let state = self.state();
            if let Some(header) = &state.header {
                request.headers_mut().insert(header::AUTHORIZATION, header.clone());
            }
            state.generation
        };
        let response = self.inner.send(request).await?;
        if response.status() != StatusCode::UNAUTHORIZED {
            let mut state = self.state();
            state.was_accepted |= state.generation == generation;
        }
        Ok((response, generation))
    }

    /// Whether there is another token than the one of this number, after a run of the command if need be.
    async fn renew(&self, rejected: u64) -> Result<bool, TransportError> {
        let renewal = {
            let mut state = self.state();
            if state.generation != rejected {
                return Ok(true);
            }
            if !state.was_accepted || state.fruitless.is_some_and(|run| run.elapsed() < PAUSE) {
                return Ok(false);
            }
            let command = self.command.clone();
            let run = || async move { bearer_header(&printed_token(&command).await?) }.boxed().shared();
            state.renewal.get_or_insert_with(run).clone()
        };
        let printed = renewal.await;
        let mut state = self.state();
        if state.generation != rejected {
            return Ok(true);
        }
        state.renewal = None;
        let header = printed.map_err(|what| {
            state.fruitless = Some(Instant::now());
            TransportError::new(TransportErrorKind::Request, what)
        })?;
        state.generation += 1;
        state.was_accepted = false;
        state.header = Some(header);
        Ok(true)
    }
}

impl Transport for Renewing {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Response, TransportError>> {
        // What carries no token is not meant to.
        if !request.headers().contains_key(header::AUTHORIZATION) {
            return self.inner.send(request);
        }
        Box::pin(async move {
            let (response, generation) = self.send_current(request.clone()).await?;
            if response.status() != StatusCode::UNAUTHORIZED || !self.renew(generation).await? {
                return Ok(response);
            }
            // A request that is answered with 401 was not carried out.
            let (response, _) = self.send_current(request).await?;
            if response.status() == StatusCode::UNAUTHORIZED {
                self.state().fruitless = Some(Instant::now());
            }
            Ok(response)
        })
    }
}

fn bearer_header(token: &str) -> Result<HeaderValue, String> {
    let header = HeaderValue::try_from(format!("Bearer {token}"));
    let mut header = header.map_err(|_| "token-command: what it printed is not a token".to_owned())?;
    header.set_sensitive(true);
    Ok(header)
}

/// Runs a token command. What it prints is the token; what it says on standard error is shown.
async fn printed_token(command: &str) -> Result<String, String> {
    let failed = |what: String| format!("token-command: {what}");
    let (shell, flag) = if cfg!(windows) { ("cmd", "/C") } else { ("sh", "-c") };
    let mut child = tokio::process::Command::new(shell)
        .args([flag, command])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .map_err(|error| failed(error.to_string()))?;
    let Some(mut stdout) = child.stdout.take() else { return Err(failed("it has no output".to_owned())) };
    let mut bytes = Vec::new();
    let run = async {
        let mut ended = None;
        while bytes.len() <= COMMAND_LIMIT {
            tokio::select! {
                read = stdout.read_buf(&mut bytes) => if read? == 0 { break },
                status = child.wait(), if ended.is_none() => ended = Some(status?),
                () = tokio::time::sleep(LEFT_BEHIND), if ended.is_some() => break,
            }
        }
        match ended {
            // It is not waited for: it may go on for ever.
            None if bytes.len() > COMMAND_LIMIT => Ok(None),
            None => child.wait().await.map(Some),
            ended => Ok(ended),
        }
    };
    let Ok(result) = tokio::time::timeout(COMMAND_TIMEOUT, run).await else {
        return Err(failed(format!("it took more than {} s", COMMAND_TIMEOUT.as_secs())));
    };
    match result.map_err(|error: std::io::Error| failed(error.to_string()))? {
        Some(status) if !status.success() => return Err(failed(format!("it failed ({status})"))),
        _ if bytes.len() > COMMAND_LIMIT => {
            return Err(failed(format!("it printed more than {COMMAND_LIMIT} bytes, which is not a token")));
        }
        _ => {}
    }
    let text = String::from_utf8(bytes).map_err(|_| failed("what it printed is not text".to_owned()))?;
    match text.trim() {
        "" => Err(failed("it printed nothing".to_owned())),
        token if token.bytes().all(|byte| byte.is_ascii_graphic()) => Ok(token.to_owned()),
        _ => Err(failed("it printed more than a token: one word in ASCII is expected".to_owned())),
    }
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use std::path::PathBuf;

    use bytes::Bytes;
    use nexudus_client::transport::Body;

    use super::*;

    /// A service that accepts one token, and remembers what it was sent.
    struct Service {
        accepts: Mutex<&'static str>,
        seen: Mutex<Vec<String>>,
    }

    impl Transport for Service {
        fn send(&self, request: Request) -> BoxFuture<'_, Result<Response, TransportError>> {
            let token = request.headers().get(header::AUTHORIZATION).map_or("", |token| token.to_str().unwrap());
            self.seen.lock().unwrap().push(token.to_owned());
            let status = if token == *self.accepts.lock().unwrap() { 200 } else { 401 };
            let response = http::Response::builder().status(status).body(Body::from(Bytes::new())).unwrap();
            Box::pin(std::future::ready(Ok(response)))
        }
    }

    /// A command that prints `one`, `two` and so on from a file, a line a run.
    struct Tokens(PathBuf);

    impl Tokens {
        fn of(name: &str, tokens: &str) -> Self {
            let path = std::env::temp_dir().join(format!("nexudus-tokens-{name}-{}", std::process::id()));
            std::fs::write(&path, tokens).unwrap();
            Self(path)
        }

        fn command(&self) -> String {
            let path = self.0.display();
            format!("head -n 1 {path}; tail -n +2 {path} > {path}.rest; mv {path}.rest {path}")
        }

        fn left(&self) -> String {
            std::fs::read_to_string(&self.0).unwrap()
        }
    }

    impl Drop for Tokens {
        fn drop(&mut self) {
            std::fs::remove_file(&self.0).ok();
        }
    }

    async fn renewing(tokens: &Tokens) -> (Arc<Service>, Renewing) {
        let service = Arc::new(Service { accepts: Mutex::new("Bearer one"), seen: Mutex::default() });
        let command = TokenCommand::run(tokens.command()).await.unwrap();
        (service.clone(), Renewing::around(service, command))
    }

    fn request() -> Request {
        http::Request::get("http://nexudus.invalid/").header("authorization", "Bearer one").body(Bytes::new()).unwrap()
    }

    async fn status(transport: &Renewing) -> u16 {
        transport.send(request()).await.unwrap().status().as_u16()
    }

    #[tokio::test]
    async fn an_expired_token_is_renewed_once_for_all_who_wait() {
        let tokens = Tokens::of("renewed", "one\ntwo\nthree\n");
        let (service, transport) = renewing(&tokens).await;
        assert_eq!(status(&transport).await, 200);
        *service.accepts.lock().unwrap() = "Bearer two";
        let many = futures_util::future::join_all((0..20).map(|_| status(&transport))).await;
        assert_eq!(many, [200; 20]);
        assert_eq!(tokens.left(), "three\n");
        assert_eq!(status(&transport).await, 200);
        assert_eq!(service.seen.lock().unwrap().last().unwrap(), "Bearer two");
    }

    #[tokio::test]
    async fn a_refusal_does_not_run_the_command_again_and_again() {
        let tokens = Tokens::of("refused", "one\ntwo\nthree\nfour\n");
        let (service, transport) = renewing(&tokens).await;
        // A token that was never good is not renewed.
        *service.accepts.lock().unwrap() = "none";
        assert_eq!(status(&transport).await, 401);
        assert_eq!(tokens.left(), "two\nthree\nfour\n");
        *service.accepts.lock().unwrap() = "Bearer one";
        assert_eq!(status(&transport).await, 200);
        *service.accepts.lock().unwrap() = "none";
        for _ in 0..5 {
            assert_eq!(status(&transport).await, 401);
        }
        assert_eq!(tokens.left(), "three\nfour\n");
    }

    #[tokio::test]
    async fn a_command_that_fails_later_says_so_and_shows_no_token() {
        let tokens = Tokens::of("failing", "one\n");
        let (service, transport) = renewing(&tokens).await;
        assert_eq!(status(&transport).await, 200);
        *service.accepts.lock().unwrap() = "Bearer two";
        let error = transport.send(request()).await.unwrap_err();
        assert!(error.into_source().to_string().contains("token-command: it printed nothing"));
        assert_eq!(status(&transport).await, 401);
        let command = TokenCommand { command: "x".to_owned(), token: "secret".to_owned() };
        assert!(!format!("{command:?}").contains("secret"));
        // Other hosts get no token.
        let bare = http::Request::get("http://elsewhere.invalid/").body(Bytes::new()).unwrap();
        transport.send(bare).await.unwrap();
        assert_eq!(service.seen.lock().unwrap().last().unwrap(), "");
    }
}
