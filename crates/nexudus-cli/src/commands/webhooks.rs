//! `nexudus webhooks listen` and `verify`: what the service sends, and whether it is the service that sent it.
//!
//! A listener is a server on a person's machine. It assumes that every web page that is open there is hostile: it
//! answers only requests that name it by its own address, takes nothing without a signature unless it is told to, and
//! bounds what it reads.

use std::convert::Infallible;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use clap::{Arg, ArgMatches};
use http::{Method, Request, Response, StatusCode};
use http_body_util::{BodyExt as _, Full, LengthLimitError, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use nexudus_client::webhook::{SIGNATURE_HEADER, is_signed};
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, mpsc};

use super::branch::{is_on, number, switch, text, texts, value, values};
use super::command::{Command, entity_named};
use crate::context::Context;
use crate::failure::{Exit, Failure};
use crate::input::{read_bytes, resolve_secret};
use crate::json::{Object, Raw};
use crate::output::CommandOutput;

/// The longest body that is taken, in bytes.
const LONGEST: usize = 4 * 1024 * 1024;

/// Connections at the same time.
const CONNECTIONS: usize = 32;

/// The longest time for one request.
const PATIENCE: Duration = Duration::from_secs(20);

/// Deliveries that wait to be printed.
const WAITING: usize = 64;

/// `webhooks`
pub(crate) const COMMAND: Command = Command {
    name: "webhooks",
    about: "Receive deliveries of webhooks on this machine, or check the signature of one",
    build: |command| {
        let secret =
            || value("secret", "SECRET", "The secret that deliveries are signed with: @FILE, or - for standard input");
        let sub =
            |name: &'static str, about: &'static str| clap::Command::new(name).about(about).disable_help_flag(true);
        command
            .subcommand(
                sub("listen", "Print deliveries as they come")
                    .arg(value("port", "PORT", "Listen on this port of 127.0.0.1 [default: a free one]"))
                    .arg(secret())
                    .arg(switch("unsigned", "Take deliveries without a signature"))
                    .arg(values(
                        "allow-host",
                        "NAME",
                        "Answer for this host name too, such as a tunnel's; repeat for more",
                    ))
                    .arg(value("entity", "ENTITY", "What the deliveries carry, so that personal data in them is known"))
                    .arg(value("count", "N", "End after so many deliveries")),
            )
            .subcommand(
                sub("verify", "Check the signature of a delivery; exit code 6 where it is wrong")
                    .arg(
                        Arg::new("file")
                            .value_name("FILE")
                            .required(true)
                            .help("The body, byte for byte; - is standard input"),
                    )
                    .arg(value("signature", "HEX", "What the header X-Nexudus-Hook-Signature held").required(true))
                    .arg(secret().required(true)),
            )
            .subcommand_required(true)
    },
    run: |context, matches| {
        Box::pin(async move {
            match matches.subcommand() {
                Some(("listen", matches)) => listen(context, matches).await,
                Some((_, matches)) => verify(context, matches),
                None => Ok(()),
            }
        })
    },
};

/// The secret that the command line names.
fn secret(context: &Context, matches: &ArgMatches) -> Result<Option<String>, Failure> {
    let Some(text) = text(matches, "secret") else { return Ok(None) };
    if !text.starts_with('@') && text != "-" {
        context.warn("--secret is visible to other users of this machine on the command line; use @FILE or - instead");
    }
    match resolve_secret(text)? {
        secret if secret.is_empty() => Err(Failure::usage("--secret is empty")),
        secret => Ok(Some(secret)),
    }
}

fn verify(context: &Context, matches: &ArgMatches) -> Result<(), Failure> {
    let secret = secret(context, matches)?.unwrap_or_default();
    let body = read_bytes(text(matches, "file").unwrap_or_default())?;
    let signature = text(matches, "signature").unwrap_or_default();
    if !is_signed(secret.as_bytes(), signature, &body) {
        return Err(Failure::new(Exit::Validation, "the signature is not of this body and this secret")
            .hint("The body has to be byte for byte as it came: one that was parsed and written again differs."));
    }
    let text = format!("The signature is right ({} bytes).", body.len());
    context.answer(&CommandOutput::Text(text.clone(), Raw::object([("valid", Raw::from(true))])), text)
}

/// What a listener takes.
struct Gate {
    secret: Option<String>,
    hosts: Vec<String>,
    deliveries: mpsc::Sender<Delivery>,
}

/// A delivery that was taken.
struct Delivery {
    path: String,
    body: Bytes,
}

impl Gate {
    /// Whether a request names this listener: a page whose name was turned to this machine names another.
    fn is_for_us(&self, request: &Request<Incoming>) -> bool {
        let host = request.headers().get(http::header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
        let name = host.rsplit_once(':').filter(|(_, port)| port.bytes().all(|byte| byte.is_ascii_digit()));
        let name = name.map_or(host, |(name, _)| name);
        self.hosts.iter().any(|known| known.eq_ignore_ascii_case(name))
    }

    async fn take(&self, request: Request<Incoming>) -> (StatusCode, &'static str) {
        if !self.is_for_us(&request) {
            return (StatusCode::MISDIRECTED_REQUEST, "this host name is not this listener's: see --allow-host\n");
        }
        if request.headers().contains_key(http::header::ORIGIN) {
            return (StatusCode::FORBIDDEN, "a web page is not what sends deliveries\n");
        }
        if request.method() != Method::POST {
            return (StatusCode::METHOD_NOT_ALLOWED, "deliveries are POST\n");
        }
        let path = request.uri().path().to_owned();
        let signature = request.headers().get(SIGNATURE_HEADER).and_then(|text| text.to_str().ok()).map(str::to_owned);
        let body = match Limited::new(request.into_body(), LONGEST).collect().await {
            Ok(body) => body.to_bytes(),
            Err(error) if error.is::<LengthLimitError>() => return (StatusCode::PAYLOAD_TOO_LARGE, "too long\n"),
            Err(_) => return (StatusCode::BAD_REQUEST, "the body is incomplete\n"),
        };
        if let Some(secret) = &self.secret
            && !signature.is_some_and(|signature| is_signed(secret.as_bytes(), &signature, &body))
        {
            return (StatusCode::UNAUTHORIZED, "not signed with our secret\n");
        }
        match self.deliveries.try_send(Delivery { path, body }) {
            Ok(()) => (StatusCode::OK, ""),
            // The service sends it again.
            Err(_) => (StatusCode::SERVICE_UNAVAILABLE, "too many deliveries at once\n"),
        }
    }
}

async fn listen(context: &Context, matches: &ArgMatches) -> Result<(), Failure> {
    let secret = secret(context, matches)?;
    if secret.is_none() && !is_on(matches, "unsigned") {
        return Err(Failure::usage("give --secret, so that nobody else's deliveries are taken, or --unsigned"));
    }
    let table = text(matches, "entity").map(entity_named).transpose()?;
    let port = number::<u16>(matches, "port")?.unwrap_or_default();
    let mut left: Option<u64> = number(matches, "count")?;
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let failed = |error: std::io::Error| Failure::new(Exit::Failure, format!("can't listen on {address}: {error}"));
    let listener = TcpListener::bind(address).await.map_err(failed)?;
    let url = format!("http://{}", listener.local_addr().map_err(failed)?);
    let (deliveries, mut taken) = mpsc::channel(WAITING);
    let mut hosts = vec!["127.0.0.1".to_owned(), "localhost".to_owned()];
    hosts.extend(texts(matches, "allow-host").into_iter().map(str::to_owned));
    let gate = Arc::new(Gate { secret, hosts, deliveries });
    context.note(&format!("Listening on {url} until you press Ctrl-C."));
    let redactor = context.redactor()?;
    let columns = ["Path", "Record"].map(str::to_owned).to_vec();
    let mut list = context.list(columns, context.style());
    let accepting = accept(listener, gate);
    tokio::pin!(accepting);
    let mut failure = None;
    while left != Some(0) {
        let delivery = tokio::select! {
            delivery = taken.recv() => delivery,
            error = &mut accepting => {
                failure = Some(failed(error));
                break;
            }
            Ok(()) = tokio::signal::ctrl_c() => {
                failure = Some(Failure::interrupted());
                break;
            }
        };
        let Some(Delivery { path, body }) = delivery else { break };
        left = left.map(|left| left.saturating_sub(1));
        let text = String::from_utf8_lossy(&body);
        let body = Raw::parse(&text).unwrap_or_else(|_| Raw::string(&text));
        // A delivery is a list of one record, or the record.
        let records = body.as_array().unwrap_or_else(|| vec![body.clone()]);
        let shown = records.iter().map(|record| match (record.as_object(), table) {
            (Some(record), Some(table)) => redactor.record(table, &record).to_raw(),
            _ => redactor.unknown(record),
        });
        let mut row = Object::default();
        row.set("Path", Raw::string(&path));
        let shown: Vec<Raw> = shown.collect();
        row.set("Record", if let [record] = shown.as_slice() { record.clone() } else { Raw::array(shown) });
        list.add(&row)?;
        list.flush()?;
    }
    let count = list.count();
    list.envelope_mut().summary = format!("{count} deliveries");
    list.finish(failure.as_ref().filter(|failure| failure.exit != Exit::Interrupted))?;
    failure.map_or(Ok(()), Err)
}

/// Serves connections until the listener fails.
async fn accept(listener: TcpListener, gate: Arc<Gate>) -> std::io::Error {
    let places = Arc::new(Semaphore::new(CONNECTIONS));
    loop {
        let Ok(place) = Arc::clone(&places).acquire_owned().await else { return std::io::Error::other("closed") };
        let stream = match listener.accept().await {
            Ok((stream, _)) => stream,
            // A connection that is gone before it is taken is not the listener's end.
            Err(error)
                if matches!(
                    error.kind(),
                    std::io::ErrorKind::ConnectionAborted | std::io::ErrorKind::ConnectionReset
                ) =>
            {
                continue;
            }
            Err(error) => return error,
        };
        let gate = Arc::clone(&gate);
        tokio::spawn(async move {
            let service = service_fn(move |request| {
                let gate = Arc::clone(&gate);
                async move {
                    let taken = tokio::time::timeout(PATIENCE, gate.take(request)).await;
                    let (status, text) = taken.unwrap_or((StatusCode::REQUEST_TIMEOUT, "too slow\n"));
                    let mut response = Response::new(Full::new(Bytes::from_static(text.as_bytes())));
                    *response.status_mut() = status;
                    Ok::<_, Infallible>(response)
                }
            });
            let connection = http1::Builder::new()
                .timer(TokioTimer::new())
                .header_read_timeout(PATIENCE)
                .keep_alive(false)
                .serve_connection(TokioIo::new(stream), service);
            // What becomes of the answer is the sender's matter.
            connection.await.ok();
            drop(place);
        });
    }
}
