//! A running sandbox, for tests and examples.

use std::fmt;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::thread::JoinHandle;
use std::time::Duration;

use bytes::Bytes;
use nexudus_core::DateTime;
use nexudus_core::transport::{Body, BoxFuture, Request, Response, Transport, TransportError, TransportErrorKind};
use tokio::net::TcpListener;
use tokio::sync::watch;

use crate::access::account::{Account, App};
use crate::access::token::Lives;
use crate::seed::fill::Seed;
use crate::server::guard::{self, Guard};
use crate::server::serve::{Front, serve};
use crate::service::{Service, ServiceResponse};
use crate::settings::Settings;
use crate::simulation::deviation::Deviations;
use crate::simulation::fault::Fault;
use crate::simulation::throttle::Limits;
use crate::simulation::unknown::UnknownFilters;
use crate::store::change::StoreError;

/// More threads than this serve nobody better.
const MOST_THREADS: usize = 256;

/// Sets up a sandbox.
#[derive(Clone, Debug)]
#[must_use = "a builder does nothing until it starts a sandbox"]
pub struct Builder {
    settings: Settings,
    address: SocketAddr,
    threads: usize,
    guard: Guard,
    /// Whether the published credentials are good beyond the loopback address as well.
    default_credentials: bool,
}

impl Default for Builder {
    fn default() -> Self {
        Self {
            settings: Settings::default(),
            address: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            threads: 1,
            guard: Guard::default(),
            default_credentials: false,
        }
    }
}

impl Builder {
    /// What the sandbox holds when it starts.
    pub fn seed(mut self, seed: Seed) -> Self {
        self.settings.seed = seed;
        self
    }

    /// The number that the demo space is made from: the same number and clock make the same space.
    pub fn seed_number(mut self, number: u64) -> Self {
        self.settings.number = number;
        self
    }

    /// Adds someone who can log in.
    pub fn account(mut self, account: Account) -> Self {
        self.settings.accounts.push(account);
        self
    }

    /// Adds a published app.
    pub fn app(mut self, app: App) -> Self {
        self.settings.apps.push(app);
        self
    }

    /// Limits how often one caller may ask. By default there are no limits.
    pub fn limits(mut self, limits: Limits) -> Self {
        self.settings.limits = Some(limits);
        self
    }

    /// What becomes of query parameters that the sandbox does not know. By default they are ignored, with a hint.
    pub fn unknown_filters(mut self, what: UnknownFilters) -> Self {
        self.settings.unknown_filters = what;
        self
    }

    /// Adds a rule for answers that go wrong.
    pub fn fault(mut self, fault: Fault) -> Self {
        self.settings.faults.push(fault);
        self
    }

    /// Makes the sandbox differ from what the tables say, for whatever checks them against a service.
    pub fn deviations(mut self, deviations: Deviations) -> Self {
        self.settings.deviations = deviations;
        self
    }

    /// How long access tokens and refresh tokens live. By default as published: seven days less a second, and
    /// fifteen days.
    pub fn token_lives(mut self, access: Duration, refresh: Duration) -> Self {
        let millis = |life: Duration| i64::try_from(life.as_millis()).unwrap_or(i64::MAX / 2);
        self.settings.lives = Lives { access: millis(access), refresh: millis(refresh) };
        self
    }

    /// Freezes the clock at a time. By default the clock runs in real time.
    pub fn clock(mut self, time: DateTime) -> Self {
        self.settings.clock = Some((time.unix_seconds().saturating_mul(1000), true));
        self
    }

    /// The secret that webhooks are signed with. By default they are not signed.
    pub fn webhook_secret(mut self, secret: impl Into<String>) -> Self {
        self.settings.sending.secret = Some(secret.into());
        self
    }

    /// Signs webhooks as the service's own sample code does: over the text with `?` for every character beyond
    /// ASCII.
    pub fn webhook_sign_ascii(mut self) -> Self {
        self.settings.sending.sign_ascii = true;
        self
    }

    /// The wait before the second attempt to call a webhook; it doubles with each. By default half a second.
    pub fn webhook_wait(mut self, wait: Duration) -> Self {
        self.settings.sending.first_wait = wait;
        self
    }

    /// Lets webhooks call other machines. By default they call this one alone.
    pub fn webhooks_anywhere(mut self) -> Self {
        self.settings.sending.anywhere = true;
        self
    }

    /// The longest body that is read, in bytes. By default 8 MiB.
    pub fn max_body(mut self, bytes: usize) -> Self {
        self.settings.max_body = bytes;
        self
    }

    /// Keeps records in this `SQLite` file over a restart. A new file begins with the seed.
    #[cfg(feature = "sqlite")]
    pub fn data(mut self, path: impl Into<std::path::PathBuf>) -> Self {
        self.settings.data = Some(path.into());
        self
    }

    /// How long a client may take to send the head of a request, and then its body, and to read on in the answer. By
    /// default a minute.
    pub fn patience(mut self, patience: Duration) -> Self {
        self.settings.patience = patience;
        self
    }

    /// Writes a line for each request to standard error.
    pub fn log(mut self) -> Self {
        self.settings.log = true;
        self
    }

    /// The address to listen on; port 0 takes any free one. By default a free port of the loopback address.
    pub fn address(mut self, address: SocketAddr) -> Self {
        self.address = address;
        self
    }

    /// How many threads answer requests, from 1 to 256. By default one.
    pub fn threads(mut self, threads: usize) -> Self {
        self.threads = threads;
        self
    }

    /// Answers for another host name than those of the loopback: the name of a container, without a port. What a
    /// web page could make lead to this machine is refused otherwise.
    ///
    /// # Errors
    ///
    /// If the text is not a host.
    pub fn allow_host(mut self, host: &str) -> Result<Self, StartError> {
        self.guard.hosts.push(guard::host(host).map_err(StartError)?);
        Ok(self)
    }

    /// Lets the web pages of an origin, such as `http://localhost:3000`, call the API and read the answers. The
    /// control routes stay closed to them.
    ///
    /// # Errors
    ///
    /// If the text is not an origin.
    pub fn allow_origin(mut self, origin: &str) -> Result<Self, StartError> {
        self.guard.origins.push(guard::origin(origin).map_err(StartError)?);
        Ok(self)
    }

    /// Serves the control routes and the page on an address beyond the loopback as well. They ask for no login.
    pub fn control(mut self) -> Self {
        self.guard.control = true;
        self
    }

    /// Lets the published password and the published token in on an address beyond the loopback as well.
    pub fn default_credentials(mut self) -> Self {
        self.default_credentials = true;
        self
    }

    /// Starts a sandbox behind a socket, on threads of its own.
    pub async fn start(self) -> Result<Sandbox, StartError> {
        // Setting up takes a few milliseconds and waits for nothing, so that a future is only for callers' sake.
        std::future::ready(self.start_blocking()).await
    }

    /// Starts a sandbox behind a socket, from code that is not async.
    pub fn start_blocking(mut self) -> Result<Sandbox, StartError> {
        let patience = self.settings.patience;
        let open = !self.address.ip().to_canonical().is_loopback();
        self.guard.control |= !open;
        self.settings.default_credentials = self.default_credentials || !open;
        if self.threads == 0 || self.threads > MOST_THREADS {
            return Err(StartError(format!("{} threads: give a number from 1 to {MOST_THREADS}", self.threads)));
        }
        let service = Arc::new(Service::new(self.settings)?);
        let failed = |what: &str, error: io::Error| StartError(format!("{what}: {error}"));
        let listener = std::net::TcpListener::bind(self.address)
            .map_err(|error| failed(&format!("can't listen on {}", self.address), error))?;
        let address = listener.local_addr().map_err(|error| failed("can't tell the port", error))?;
        listener.set_nonblocking(true).map_err(|error| failed("can't set up the socket", error))?;
        let mut runtime = if self.threads == 1 {
            tokio::runtime::Builder::new_current_thread()
        } else {
            tokio::runtime::Builder::new_multi_thread()
        };
        if self.threads > 1 {
            runtime.worker_threads(self.threads);
        }
        let runtime = runtime.enable_all().build().map_err(|error| failed("can't start a runtime", error))?;
        let listener = {
            let _inside = runtime.enter();
            TcpListener::from_std(listener).map_err(|error| failed("can't set up the socket", error))?
        };
        let (stop, stopped) = watch::channel(false);
        self.guard.own = Some(address);
        let front = Front::new(Arc::clone(&service), self.guard, patience);
        // A thread of its own: a test that blocks the caller's runtime must not block the sandbox.
        let thread = std::thread::Builder::new()
            .name("nexudus-sandbox".into())
            .spawn(move || runtime.block_on(serve(listener, front, stopped)))
            .map_err(|error| failed("can't start a thread", error))?;
        Ok(Sandbox { service, address, stop, thread: Some(thread) })
    }

    /// Sets up a sandbox without a socket, to be called through [`InProcess`].
    pub fn in_process(self) -> Result<InProcess, StartError> {
        Ok(InProcess { service: Arc::new(Service::new(self.settings)?) })
    }
}

/// A sandbox behind a socket. It stops when dropped.
#[derive(Debug)]
pub struct Sandbox {
    service: Arc<Service>,
    address: SocketAddr,
    stop: watch::Sender<bool>,
    thread: Option<JoinHandle<()>>,
}

impl Sandbox {
    /// Starts a sandbox with sample records on a free port of the loopback address.
    pub async fn start() -> Result<Self, StartError> {
        Self::builder().start().await
    }

    /// Sets up a sandbox.
    pub fn builder() -> Builder {
        Builder::default()
    }

    /// The base address for clients: `http://127.0.0.1:PORT/api`.
    pub fn url(&self) -> String {
        format!("http://{}/api", self.address)
    }

    /// The address that it listens on.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The service behind the socket.
    pub fn service(&self) -> &Service {
        &self.service
    }

    /// What whoever started it should know, such as that the file of [`Builder::data`] may lack the latest writes.
    pub fn warning(&self) -> Option<&str> {
        self.service.state().warning.as_deref()
    }

    /// Stops: requests at work are answered, new ones are not taken.
    pub fn stop(mut self) {
        self.end();
    }

    fn end(&mut self) {
        // Whoever listens for it is gone if this fails, and that is what is wanted.
        let _ = self.stop.send(true);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        self.end();
    }
}

/// A sandbox without a socket: a transport that calls the service in the same process.
///
/// Nothing runs in the background, so webhooks wait to be sent and are never sent.
#[derive(Clone, Debug)]
pub struct InProcess {
    service: Arc<Service>,
}

impl InProcess {
    /// A base address for clients. Nothing listens there; only the path counts.
    pub const URL: &str = "http://sandbox.invalid/api";

    /// The service itself.
    pub fn service(&self) -> &Service {
        &self.service
    }
}

impl Transport for InProcess {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Response, TransportError>> {
        Box::pin(async move {
            let ServiceResponse { response, delay, cut, reset } = self.service.answer(&request);
            // Without tokio there is nothing to wait by.
            if !delay.is_zero() && tokio::runtime::Handle::try_current().is_ok() {
                tokio::time::sleep(delay).await;
            }
            if reset {
                return Err(TransportError::new(
                    TransportErrorKind::Interrupted,
                    "the connection was closed by a fault rule",
                ));
            }
            Ok(response.map(|bytes| match cut.filter(|cut| *cut < bytes.len()) {
                Some(cut) => Body::from_stream(Cut(Some(bytes.slice(..cut)), true)),
                None => Body::from(bytes),
            }))
        })
    }
}

/// A body that breaks off.
struct Cut(Option<Bytes>, bool);

impl futures_core::Stream for Cut {
    type Item = Result<Bytes, TransportError>;

    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if let Some(bytes) = self.0.take().filter(|bytes| !bytes.is_empty()) {
            return Poll::Ready(Some(Ok(bytes)));
        }
        let broken = std::mem::take(&mut self.1);
        let error = || TransportError::new(TransportErrorKind::Body, "the connection was closed by a fault rule");
        Poll::Ready(broken.then(|| Err(error())))
    }
}

/// A sandbox could not be started.
#[derive(Debug)]
pub struct StartError(String);

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for StartError {}

impl From<StoreError> for StartError {
    fn from(error: StoreError) -> Self {
        Self(error.to_string())
    }
}
