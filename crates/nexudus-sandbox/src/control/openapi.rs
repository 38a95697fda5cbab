//! The OpenAPI document of the API, at `/openapi.json`, for tools and for the page that tries it.
//!
//! It holds nothing of what is stored. Its servers are this sandbox alone: a tool that reads it here must not send what
//! it tries to the service.

use std::io::Read;
use std::sync::OnceLock;

use bytes::Bytes;
use http::header::CACHE_CONTROL;
use http::{HeaderValue, Method, StatusCode};

use crate::message::reply::Reply;

/// Where it is served.
pub(crate) const PATH: &str = "/openapi.json";

/// `cargo xtask openapi` writes it: 3.2 MB as text, 5 percent of that packed.
const PACKED: &[u8] = include_bytes!("../../assets/openapi.json.gz");
/// The address of the service in it, and what stands for it here: the API beside the document.
const SERVICE: &str = "https://spaces.nexudus.com/api";
const HERE: &str = "/api";

/// The document, unpacked when it is first asked for.
static DOCUMENT: OnceLock<Option<Bytes>> = OnceLock::new();

/// Answers a request for the document.
pub(crate) fn answer(method: &Method) -> Reply {
    if !matches!(*method, Method::GET | Method::HEAD) {
        return Reply::method_not_allowed(method, &["GET", "HEAD"]);
    }
    match DOCUMENT.get_or_init(unpack) {
        Some(document) => {
            Reply::json(StatusCode::OK, document.clone()).header(CACHE_CONTROL, HeaderValue::from_static("no-cache"))
        }
        None => Reply::message(StatusCode::INTERNAL_SERVER_ERROR, "This build holds no OpenAPI document."),
    }
}

fn unpack() -> Option<Bytes> {
    let mut text = String::new();
    flate2::read::GzDecoder::new(PACKED).read_to_string(&mut text).ok()?;
    Some(text.replace(SERVICE, HERE).into())
}
