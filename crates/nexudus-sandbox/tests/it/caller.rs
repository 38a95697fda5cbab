//! A caller in the same process, with as little to write as can be.

use bytes::Bytes;
use http::{HeaderMap, Method, Request, StatusCode};
use nexudus_sandbox::{InProcess, Sandbox};
use serde_json::Value;

pub(crate) struct Caller {
    pub(crate) sandbox: InProcess,
    authorization: Option<String>,
}

#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) bytes: Bytes,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.bytes).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    pub(crate) fn hint(&self) -> &str {
        self.headers.get("x-sandbox-hint").map_or("", |hint| hint.to_str().unwrap())
    }

    /// The body of an answer that has to be 200.
    pub(crate) fn ok(&self) -> Value {
        assert_eq!(self.status, 200, "{self:?}");
        self.json()
    }

    /// The id that a create gave.
    pub(crate) fn id(&self) -> i64 {
        self.ok()["Value"]["Id"].as_i64().unwrap()
    }
}

impl Caller {
    /// The administrator of a new sandbox.
    pub(crate) fn new() -> Self {
        Self::of(Sandbox::builder().in_process().unwrap())
    }

    pub(crate) fn of(sandbox: InProcess) -> Self {
        Self { sandbox, authorization: Some(format!("Bearer {}", nexudus_sandbox::TOKEN)) }
    }

    /// Another caller of the same sandbox.
    pub(crate) fn with(&self, authorization: Option<&str>) -> Self {
        Self { sandbox: self.sandbox.clone(), authorization: authorization.map(str::to_owned) }
    }

    pub(crate) fn send(
        &self,
        method: Method,
        path: &str,
        content_type: Option<&str>,
        body: impl Into<Bytes>,
    ) -> Answer {
        self.send_with(method, path, content_type, body, &[])
    }

    pub(crate) fn send_with(
        &self,
        method: Method,
        path: &str,
        content_type: Option<&str>,
        body: impl Into<Bytes>,
        headers: &[(&str, &str)],
    ) -> Answer {
        let mut request = Request::builder().method(method).uri(format!("http://sandbox.invalid/api/{path}"));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if let Some(authorization) = &self.authorization {
            request = request.header("Authorization", authorization);
        }
        if let Some(content_type) = content_type {
            request = request.header("Content-Type", content_type);
        }
        self.answer(&request.body(body.into()).unwrap())
    }

    fn answer(&self, request: &Request<Bytes>) -> Answer {
        let (parts, bytes) = self.sandbox.service().handle(request).into_parts();
        Answer { status: parts.status, headers: parts.headers, bytes }
    }

    /// Calls the control endpoint.
    pub(crate) fn control(&self, method: Method, path: &str, body: &Value) -> Answer {
        let uri = format!("http://sandbox.invalid/__sandbox/{path}");
        self.answer(&Request::builder().method(method).uri(uri).body(body.to_string().into()).unwrap())
    }

    pub(crate) fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, None, "")
    }

    pub(crate) fn post(&self, path: &str, body: &Value) -> Answer {
        self.send(Method::POST, path, Some("application/json"), body.to_string())
    }

    pub(crate) fn put(&self, path: &str, body: &Value) -> Answer {
        self.send(Method::PUT, path, Some("application/json"), body.to_string())
    }

    pub(crate) fn delete(&self, path: &str) -> Answer {
        self.send(Method::DELETE, path, None, "")
    }

    pub(crate) fn form(&self, method: Method, path: &str, body: &str) -> Answer {
        self.send(method, path, Some("application/x-www-form-urlencoded"), body.to_owned())
    }
}

/// The ids of a page, in order.
pub(crate) fn ids(page: &Value) -> Vec<i64> {
    page["Records"].as_array().unwrap().iter().map(|record| record["Id"].as_i64().unwrap()).collect()
}
