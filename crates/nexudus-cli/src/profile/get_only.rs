//! A transport that lets reads pass and nothing else.

use std::sync::Arc;

use http::{Method, header};
use nexudus_client::transport::{BoxFuture, Request, Response, Transport, TransportError, TransportErrorKind};

/// Lets GET requests without a body pass, and requests for a token. Everything else is refused before it reaches the
/// network, whatever the client above intends: a program that must not change anything has no way to.
pub(crate) struct GetOnly {
    inner: Arc<dyn Transport>,
    /// The path of the one endpoint that takes a POST.
    token: String,
}

/// What a path of the service ends with that runs a command. The reference of 2020 prints it as a GET.
const RUNS_COMMAND: &str = "runcommand";

impl GetOnly {
    /// Around the transport of a client with this base address.
    pub(crate) fn around(inner: Arc<dyn Transport>, base: &str) -> Self {
        let path = base.split_once("://").map_or(base, |(_, rest)| rest).split_once('/').map_or("", |(_, path)| path);
        Self { inner, token: format!("/{}/token", path.trim_matches('/')).replace("//", "/") }
    }

    fn passes(&self, request: &Request) -> bool {
        let path = request.uri().path();
        let runs = path.trim_end_matches('/').rsplit('/').next().is_some_and(|last| {
            // A server may decode the path before it routes it.
            last.contains('%') || last.eq_ignore_ascii_case(RUNS_COMMAND)
        });
        let is_form = || {
            let kind = request.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
            kind.is_some_and(|kind| kind.starts_with("application/x-www-form-urlencoded"))
        };
        match *request.method() {
            Method::GET => request.body().is_empty() && !runs,
            Method::POST => path == self.token && request.uri().query().is_none() && is_form(),
            _ => false,
        }
    }
}

impl Transport for GetOnly {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Response, TransportError>> {
        if self.passes(&request) {
            return self.inner.send(request);
        }
        let refusal = format!("{} {} is refused: only reads are sent", request.method(), request.uri().path());
        Box::pin(std::future::ready(Err(TransportError::new(TransportErrorKind::Request, refusal))))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use bytes::Bytes;
    use nexudus_client::Client;
    use nexudus_client::transport::Body;

    use super::*;

    const BASE: &str = "https://nexudus.invalid/api";

    /// Answers everything with an empty object and remembers what it was sent.
    #[derive(Default)]
    struct Recorder(Mutex<Vec<String>>);

    impl Transport for Recorder {
        fn send(&self, request: Request) -> BoxFuture<'_, Result<Response, TransportError>> {
            self.0.lock().unwrap().push(format!("{} {}", request.method(), request.uri().path()));
            Box::pin(std::future::ready(Ok(http::Response::new(Body::from(Bytes::from_static(b"{}"))))))
        }
    }

    async fn passes(transport: &GetOnly, method: &str, path: &str, kind: Option<&str>, body: &'static str) -> bool {
        let mut request = http::Request::builder().method(method).uri(format!("https://nexudus.invalid{path}"));
        if let Some(kind) = kind {
            request = request.header("content-type", kind);
        }
        transport.send(request.body(Bytes::from_static(body.as_bytes())).unwrap()).await.is_ok()
    }

    #[tokio::test]
    async fn reads_and_token_requests_pass_and_nothing_else_does() {
        let recorder = Arc::new(Recorder::default());
        let transport = GetOnly::around(recorder.clone(), BASE);
        let form = Some("application/x-www-form-urlencoded");
        let json = Some("application/json");
        for (method, path, kind, body) in [
            ("GET", "/api/spaces/bookings", None, ""),
            ("GET", "/api/spaces/bookings?dir=1", None, ""),
            ("GET", "/api/spaces/bookings/commands", None, ""),
            ("POST", "/api/token", form, "grant_type=password"),
        ] {
            assert!(passes(&transport, method, path, kind, body).await, "{method} {path}");
        }
        let passed = recorder.0.lock().unwrap().len();
        for (method, path, kind, body) in [
            ("GET", "/api/spaces/bookings/runcommand", None, ""),
            ("GET", "/api/spaces/bookings/RunCommand/", None, ""),
            ("GET", "/api/spaces/bookings/%72uncommand", None, ""),
            ("GET", "/api/spaces/bookings", json, "{}"),
            ("HEAD", "/api/spaces/bookings", None, ""),
            ("POST", "/api/spaces/bookings", json, "{}"),
            ("POST", "/api/sys/users/token", form, "a=b"),
            ("POST", "/api/token", json, "{}"),
            ("POST", "/api/token?a=b", form, ""),
            ("POST", "/api/token/", form, ""),
            ("PUT", "/api/token", form, ""),
            ("PUT", "/api/spaces/bookings", json, "{}"),
            ("PATCH", "/api/spaces/bookings", json, "{}"),
            ("DELETE", "/api/spaces/bookings/1", None, ""),
            ("OPTIONS", "/api/spaces/bookings", None, ""),
            ("get", "/api/spaces/bookings", None, ""),
        ] {
            assert!(!passes(&transport, method, path, kind, body).await, "{method} {path}");
        }
        assert_eq!(recorder.0.lock().unwrap().len(), passed);
    }

    #[tokio::test]
    async fn no_write_of_the_client_gets_through() {
        let recorder = Arc::new(Recorder::default());
        let inner = recorder.clone();
        let client = Client::builder()
            .base_url(BASE)
            .bearer("token")
            .transport(inner)
            .wrap_transport(|inner| Arc::new(GetOnly::around(inner, BASE)))
            .build()
            .unwrap();
        for table in nexudus_client::model::tables() {
            let records = client.dynamic_of(table);
            let empty = table.make();
            records.create(&*empty).await.unwrap_err();
            records.delete(1).await.unwrap_err();
            let command = client.request("POST", &format!("{}/runcommand", table.path())).json(&"{}");
            command.send().await.unwrap_err();
        }
        assert_eq!(*recorder.0.lock().unwrap(), Vec::<String>::new());
        client.request("GET", "sys/users").send().await.unwrap();
        assert_eq!(recorder.0.lock().unwrap().len(), 1);
    }
}
