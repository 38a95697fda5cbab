//! HTTP through reqwest.
//!
//! # Choices
//!
//! * **TLS is rustls with ring.** aws-lc-rs is rustls' own default, but it needs a C compiler and cmake and took
//!   nearly as long to build as everything else (106 s against 57 s without a provider, on two cores). ring builds in
//!   seconds and supports what the service requires (TLS 1.2 and 1.3). The provider is part of this client's
//!   configuration and is not installed for the process, so it does not conflict with the choice of another crate.
//! * **The system's roots decide which servers are trusted** (`rustls-platform-verifier`), which
//!   company proxies require. reqwest depends on that crate anyway, and a compiled-in list of roots becomes outdated. A
//!   base URL without TLS loads no roots, so a container without certificates can use a sandbox.
//! * **HTTP/1.1 only.** The service's limits allow ten requests a second: there is nothing to multiplex.
//! * **No redirects here.** reqwest would resend a write as a GET, or send credentials to another host.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use futures_core::Stream;
use http_body::Body as _;
use nexudus_core::transport::{
    Body, BoxFuture, Request, Response, Transport, TransportError, TransportErrorKind as Kind,
};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;

use super::Base;
use super::proxy::{Proxy, ProxyChoice};

/// How connections are made.
pub(crate) struct Settings {
    pub(crate) connect_timeout: Duration,
    pub(crate) read_timeout: Duration,
    pub(crate) proxy: ProxyChoice,
    /// Hosts that are reached without the proxy.
    pub(crate) bypass: Vec<String>,
    /// Certificates in PEM that are trusted besides the system's.
    pub(crate) roots: Vec<Vec<u8>>,
}

pub(crate) struct Http {
    client: reqwest::Client,
    read_timeout: Duration,
}

impl Http {
    /// Connections for a base address. The error is a message for the developer.
    pub(crate) fn new(base: &Base, settings: &Settings) -> Result<Self, String> {
        // The environment's proxies are chosen here, and not by reqwest.
        let mut builder = reqwest::Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(settings.connect_timeout)
            .tcp_nodelay(true);
        let proxy = settings.proxy.choose(base.url(), &settings.bypass, |name| {
            // What is not text is refused with the name of the variable.
            std::env::var_os(name).map(|value| value.to_string_lossy().into_owned())
        })?;
        let uses_tls = base.is_https() || proxy.as_ref().is_some_and(|proxy| proxy.address.scheme() == "https");
        if let Some(Proxy { address, bypass }) = proxy {
            let proxy = reqwest::Proxy::all(address).map_err(|_| "the proxy can't be used".to_owned())?;
            builder = builder.proxy(proxy.no_proxy(reqwest::NoProxy::from_string(&bypass)));
        }
        let client = builder.tls_backend_preconfigured(tls(uses_tls, settings)?).build();
        let client = client.map_err(|error| format!("HTTP could not be set up: {}", error.without_url()))?;
        Ok(Self { client, read_timeout: settings.read_timeout })
    }
}

fn tls(uses_tls: bool, settings: &Settings) -> Result<rustls::ClientConfig, String> {
    let unsupported = |error: rustls::Error| format!("TLS could not be set up: {error}");
    let mut roots = Vec::new();
    for pem in &settings.roots {
        roots.extend(certificates(pem)?);
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = rustls::ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(unsupported)?;
    let builder = if uses_tls {
        let verifier = if roots.is_empty() {
            rustls_platform_verifier::Verifier::new(provider).map_err(|error| {
                format!(
                    "the certificates of this machine can't be used ({error}); install the package ca-certificates, \
                     or give some with ca_certificates"
                )
            })?
        } else {
            rustls_platform_verifier::Verifier::new_with_extra_roots(roots, provider).map_err(unsupported)?
        };
        // "Dangerous" is any verifier that rustls did not write itself.
        builder.dangerous().with_custom_certificate_verifier(Arc::new(verifier))
    } else {
        builder.with_root_certificates(rustls::RootCertStore::empty())
    };
    Ok(builder.with_no_client_auth())
}

/// The certificates in a PEM text: at least one, and each of them usable.
fn certificates(pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, String> {
    let read: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
    let certificates = read.map_err(|error| format!("ca_certificates can't be read as PEM: {error}"))?;
    if certificates.is_empty() {
        return Err("ca_certificates holds no certificate in PEM (-----BEGIN CERTIFICATE-----)".to_owned());
    }
    let mut store = rustls::RootCertStore::empty();
    for certificate in &certificates {
        let failed = |error| format!("ca_certificates holds something that is not a certificate: {error}");
        store.add(certificate.clone()).map_err(failed)?;
    }
    Ok(certificates)
}

impl Transport for Http {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Response, TransportError>> {
        Box::pin(async move {
            let request = reqwest::Request::try_from(request).map_err(|error| failure(Kind::Request, error))?;
            let answer = tokio::time::timeout(self.read_timeout, self.client.execute(request)).await;
            let response = answer.map_err(|late| TransportError::new(Kind::Timeout, late))?.map_err(|error| {
                let kind = if error.is_builder() {
                    Kind::Request
                } else if error.is_connect() {
                    // A connection that took too long to be made is one that was not made.
                    Kind::Connect
                } else if error.is_timeout() {
                    Kind::Timeout
                } else {
                    Kind::Interrupted
                };
                failure(kind, error)
            })?;
            Ok(http::Response::<reqwest::Body>::from(response)
                .map(|body| Body::from_stream(Pieces { body, longest: self.read_timeout, wait: None })))
        })
    }
}

/// The address stays out of the text: its query may hold what a log should not.
fn failure(kind: Kind, error: reqwest::Error) -> TransportError {
    TransportError::new(kind, error.without_url())
}

/// The data of a body, piece by piece.
///
/// reqwest has a limit for reads of its own, which sets a timer for every piece. Here a timer is set only where a
/// piece is not there yet, which a small answer never meets.
struct Pieces {
    body: reqwest::Body,
    /// The longest that a piece may take.
    longest: Duration,
    wait: Option<Pin<Box<tokio::time::Sleep>>>,
}

impl Stream for Pieces {
    type Item = Result<Bytes, TransportError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        loop {
            let Poll::Ready(frame) = Pin::new(&mut this.body).poll_frame(context) else {
                let wait = this.wait.get_or_insert_with(|| Box::pin(tokio::time::sleep(this.longest)));
                std::task::ready!(wait.as_mut().poll(context));
                let late = format!("nothing came for {:?}", this.longest);
                return Poll::Ready(Some(Err(TransportError::new(Kind::Timeout, late))));
            };
            this.wait = None;
            return Poll::Ready(match frame {
                Some(Ok(frame)) => match frame.into_data() {
                    Ok(data) => Some(Ok(data)),
                    // Trailers hold nothing for us.
                    Err(_) => continue,
                },
                Some(Err(error)) => {
                    let kind = if error.is_timeout() { Kind::Timeout } else { Kind::Body };
                    Some(Err(failure(kind, error)))
                }
                None => None,
            });
        }
    }
}
