//! Files of records: what a `New…Url` stores, and what a download gives.
//!
//! The sandbox never fetches anything. A URL is answered with a placeholder of the type that its name ends
//! in; only a `data:` URL, which brings its content along, is stored as it is.

use bytes::Bytes;

use crate::access::digest::base64;
use crate::message::pairs::decode;

/// The stem of the properties of a file, and whether this one is `New…Url` rather than `Clear…File`.
pub(crate) fn stem_of(name: &'static str) -> Option<(&'static str, bool)> {
    if let Some(stem) = name.strip_prefix("New").and_then(|rest| rest.strip_suffix("Url")) {
        return Some((stem, true));
    }
    name.strip_prefix("Clear").and_then(|rest| rest.strip_suffix("File")).map(|stem| (stem, false))
}

/// One grey pixel.
const PNG: &[u8] = b"\x89PNG\x0d\x0a\x1a\x0a\x00\x00\x00\x0dIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x00\x00\x00\x00:~\x9bU\x00\x00\x00\x0aIDATx\x9cch\x00\x00\x00\x82\x00\x81w\xcdr\xb6\x00\x00\x00\x00IEND\xaeB`\x82";

/// One transparent pixel.
const GIF: &[u8] = b"GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff!\xf9\x04\x01\x00\x00\x00\x00,\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x01D\x00;";

/// The name, the content type and the content that a URL stores.
pub(crate) fn placeholder(url: &str) -> Result<(String, String, Bytes), &'static str> {
    let url = url.trim();
    if let Some(data) = url.strip_prefix("data:") {
        return inline(data).ok_or("is not a readable data URL");
    }
    let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
    let rest = rest.filter(|rest| !rest.is_empty()).ok_or("is not a URL with http or https")?;
    let path = rest.split(['?', '#']).next().unwrap_or_default();
    let name = path.split_once('/').and_then(|(_, path)| path.rsplit('/').next()).filter(|name| !name.is_empty());
    let name = decode(name.unwrap_or("file"), false).ok_or("has broken percent-encoding")?;
    let name: String = name.chars().filter(|c| !c.is_control() && !matches!(c, '/' | '\\' | '"')).take(200).collect();
    let (content_type, bytes) = content_of(&name, url);
    Ok((name, content_type.to_owned(), bytes))
}

fn content_of(name: &str, url: &str) -> (&'static str, Bytes) {
    let extension = name.rsplit_once('.').map(|(_, extension)| extension.to_ascii_lowercase()).unwrap_or_default();
    let text = format!("Placeholder for {url}\n");
    match extension.as_str() {
        "png" | "jpg" | "jpeg" | "webp" | "bmp" | "ico" => ("image/png", Bytes::from_static(PNG)),
        "gif" => ("image/gif", Bytes::from_static(GIF)),
        "svg" => (
            "image/svg+xml",
            Bytes::from_static(b"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"1\" height=\"1\"/>"),
        ),
        "pdf" => ("application/pdf", Bytes::from_static(PDF)),
        "txt" | "csv" | "md" => ("text/plain; charset=utf-8", text.into()),
        "html" | "htm" => ("text/html; charset=utf-8", "<!doctype html><title>Placeholder</title>\n".into()),
        "json" => ("application/json", "{\"placeholder\":true}".into()),
        _ => ("application/octet-stream", text.into()),
    }
}

/// One empty page.
const PDF: &[u8] = b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 72 72]>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n";

fn inline(data: &str) -> Option<(String, String, Bytes)> {
    let (head, body) = data.split_once(',')?;
    let (content_type, bytes) = match head.strip_suffix(";base64") {
        Some(content_type) => (content_type, base64(&decode(body, false)?)?),
        None => (head, decode(body, false)?.into_bytes()),
    };
    let content_type = if content_type.is_empty() { "text/plain" } else { content_type };
    let readable = http::HeaderValue::from_str(content_type).is_ok();
    let subtype = content_type.split(['/', ';']).nth(1).unwrap_or("bin");
    let extension: String = subtype.chars().take_while(char::is_ascii_alphanumeric).collect();
    readable.then(|| (format!("file.{extension}"), content_type.to_owned(), bytes.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_becomes_a_placeholder_and_a_data_url_itself() {
        let (name, content_type, bytes) = placeholder("https://example.com/a/Ana%20M.jpg?x=1").unwrap();
        assert_eq!((name.as_str(), content_type.as_str()), ("Ana M.jpg", "image/png"));
        assert!(bytes.starts_with(b"\x89PNG"));
        let (name, content_type, bytes) = placeholder("data:text/plain;base64,aGk=").unwrap();
        assert_eq!((name.as_str(), content_type.as_str(), &bytes[..]), ("file.plain", "text/plain", &b"hi"[..]));
        for bad in ["", "ftp://x/y", "https://", "data:", "data:text/plain;base64,*", "http://x/%zz"] {
            assert!(placeholder(bad).is_err(), "{bad}");
        }
    }
}
