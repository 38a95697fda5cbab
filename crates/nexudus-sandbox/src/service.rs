//! The service itself: a request in, an answer out, with the faults that were asked for and a line in the log.
//!
//! Nothing here waits or knows of sockets, so the HTTP server, the transport in the same process and a fuzzer
//! call the very same function.

use std::io::Write;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::{Method, Request, Response};

use crate::access::user::User;
use crate::api::route;
use crate::control;
use crate::message::reply::{HINT, Reply};
use crate::settings::Settings;
use crate::simulation::fault::Fault;
use crate::simulation::log::{Entry, shown_target};
use crate::state::State;
use crate::store::change::StoreError;

/// A local Nexudus without a socket: requests are plain values, answered at once.
pub struct Service {
    state: Arc<State>,
    /// Whether a line for each request goes to standard error.
    verbose: bool,
}

impl std::fmt::Debug for Service {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Service")
    }
}

/// An answer, and how it is to be delivered.
#[derive(Debug)]
pub(crate) struct ServiceResponse {
    pub(crate) response: Response<Bytes>,
    pub(crate) delay: Duration,
    /// Where the body breaks off.
    pub(crate) cut: Option<usize>,
    /// Whether the connection ends without an answer.
    pub(crate) reset: bool,
}

impl ServiceResponse {
    /// An answer that is delivered as it is.
    fn whole(response: Response<Bytes>) -> Self {
        Self { response, delay: Duration::ZERO, cut: None, reset: false }
    }
}
impl Service {
    pub(crate) fn new(settings: Settings) -> Result<Self, StoreError> {
        let verbose = settings.log;
        Ok(Self { state: Arc::new(State::new(settings)?), verbose })
    }

    pub(crate) fn state(&self) -> &Arc<State> {
        &self.state
    }

    /// Answers a request. The path of the URI is what counts; scheme and host are ignored. Of the faults that
    /// were asked for, those of a connection can't be shown here.
    pub fn handle(&self, request: &Request<Bytes>) -> Response<Bytes> {
        self.answer(request).response
    }

    /// Answers a request and says how the answer is to be delivered.
    pub(crate) fn answer(&self, request: &Request<Bytes>) -> ServiceResponse {
        let started = Instant::now();
        let path = request.uri().path();
        if control::route::is_control(path) {
            return ServiceResponse::whole(control::route::handle(&self.state, request).into_response());
        }
        if path == "/" {
            return ServiceResponse::whole(control::page::document(request.method()).into_response());
        }
        if path == control::openapi::PATH {
            return ServiceResponse::whole(control::openapi::answer(request.method()).into_response());
        }
        let fault = self.state.faults.draw(request.method(), path);
        let mut user = None;
        let served = fault.as_ref().is_none_or(Fault::lets_through).then(|| {
            let reply = route::route(&self.state, request, &mut user).unwrap_or_else(|refusal| refusal);
            reply.into_response()
        });
        let mut response = match (&fault, served) {
            (None, Some(response)) => response,
            (None, None) => Response::default(),
            (Some(fault), served) => fault.spoil(served),
        };
        self.note(request, &response, started, user, fault.is_some());
        if request.method() == Method::HEAD {
            *response.body_mut() = Bytes::new();
        }
        match fault {
            None => ServiceResponse::whole(response),
            Some(fault) => {
                ServiceResponse { response, delay: fault.delay.unwrap_or_default(), cut: fault.cut, reset: fault.reset }
            }
        }
    }

    /// The answer to a request that is refused before it is asked what it wants.
    pub(crate) fn refuse(&self, request: &Request<Bytes>, refusal: &Reply) -> Response<Bytes> {
        let response = refusal.clone().into_response();
        self.note(request, &response, Instant::now(), None, false);
        response
    }

    fn note(
        &self,
        request: &Request<Bytes>,
        response: &Response<Bytes>,
        started: Instant,
        user: Option<Arc<User>>,
        fault: bool,
    ) {
        let target = request.uri().path_and_query().map(http::uri::PathAndQuery::as_str).unwrap_or_default();
        let hint = response.headers().get(HINT).and_then(|hint| hint.to_str().ok());
        let entry = Entry {
            at: self.state.clock.now(),
            method: request.method().to_string(),
            target: shown_target(&self.state.catalog, target),
            status: response.status().as_u16(),
            took: started.elapsed(),
            user: user.map(|user| user.email.clone()),
            hint: hint.map(str::to_owned),
            fault,
        };
        if self.verbose {
            let line = format!("{}\n", entry.line());
            // A log that nobody reads any more is no reason to stop.
            let _ = std::io::stderr().lock().write_all(line.as_bytes());
        }
        self.state.log.push(entry);
    }
}
