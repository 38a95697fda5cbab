//! A server that answers by a script, byte for byte, and remembers what it got.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use nexudus_client::{Client, ClientBuilder, Retry};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

/// What to do with one request.
#[derive(Clone, Debug)]
pub(crate) enum Step {
    /// Read it and answer with these bytes.
    Answer(Vec<u8>),
    /// Read it, answer with these bytes and close the connection.
    AnswerAndClose(Vec<u8>),
    /// Read it and close the connection.
    Close,
    /// Read it, wait, and answer.
    Slow(Duration, Vec<u8>),
}

/// A request as it came.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    /// For example `GET /api/sys/usermessages/5`.
    pub(crate) line: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
}

impl Seen {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }
}

#[derive(Default)]
struct State {
    script: VecDeque<Step>,
    seen: Vec<Seen>,
}

pub(crate) struct Server {
    state: Arc<Mutex<State>>,
    address: std::net::SocketAddr,
    task: tokio::task::JoinHandle<()>,
}

impl Server {
    pub(crate) async fn start(script: impl IntoIterator<Item = Step>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let state = Arc::new(Mutex::new(State { script: script.into_iter().collect(), ..State::default() }));
        let shared = Arc::clone(&state);
        let task = tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                tokio::spawn(serve(stream, Arc::clone(&shared)));
            }
        });
        Self { state, address, task }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}/api", self.address)
    }

    pub(crate) fn builder(&self) -> ClientBuilder {
        Client::builder().base_url(self.url()).bearer("token-of-the-test").retry(Retry::none())
    }

    pub(crate) fn client(&self) -> Client {
        self.builder().build().unwrap()
    }

    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.state.lock().unwrap().seen.clone()
    }

    pub(crate) fn lines(&self) -> Vec<String> {
        self.seen().into_iter().map(|seen| seen.line).collect()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn serve(mut stream: TcpStream, state: Arc<Mutex<State>>) {
    let mut buffer = Vec::new();
    while let Some(seen) = read_request(&mut stream, &mut buffer).await {
        let step = {
            let mut state = state.lock().unwrap();
            state.seen.push(seen);
            state
                .script
                .pop_front()
                .unwrap_or_else(|| Step::Answer(json(500, r#"{"Message":"the script is at its end"}"#)))
        };
        match step {
            Step::Answer(bytes) => stream.write_all(&bytes).await.unwrap_or_default(),
            Step::AnswerAndClose(bytes) => {
                stream.write_all(&bytes).await.unwrap_or_default();
                stream.shutdown().await.unwrap_or_default();
                return;
            }
            Step::Close => return,
            Step::Slow(time, bytes) => {
                tokio::time::sleep(time).await;
                stream.write_all(&bytes).await.unwrap_or_default();
            }
        }
    }
}

pub(crate) async fn read_request(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> Option<Seen> {
    let end = loop {
        if let Some(at) = buffer.windows(4).position(|bytes| bytes == b"\r\n\r\n") {
            break at + 4;
        }
        if stream.read_buf(buffer).await.ok()? == 0 {
            return None;
        }
    };
    let head = String::from_utf8(buffer.drain(..end).collect()).unwrap();
    let mut lines = head.lines();
    let line = lines.next().unwrap().trim_end_matches(" HTTP/1.1").to_owned();
    let headers: Vec<(String, String)> =
        lines.filter_map(|line| line.split_once(": ")).map(|(key, value)| (key.to_owned(), value.to_owned())).collect();
    let mut seen = Seen { line, headers, body: String::new() };
    let length = seen.header("content-length").map_or(0, |length| length.parse().unwrap());
    while buffer.len() < length {
        if stream.read_buf(buffer).await.ok()? == 0 {
            return None;
        }
    }
    seen.body = String::from_utf8(buffer.drain(..length).collect()).unwrap();
    Some(seen)
}

/// An answer with a body of some type.
pub(crate) fn answer(status: u16, headers: &[(&str, &str)], body: &str) -> Vec<u8> {
    let headers = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect::<Vec<_>>().concat();
    format!("HTTP/1.1 {status} Whatever\r\nContent-Length: {}\r\n{headers}\r\n{body}", body.len()).into_bytes()
}

/// An answer with JSON.
pub(crate) fn json(status: u16, body: &str) -> Vec<u8> {
    answer(status, &[("Content-Type", "application/json; charset=utf-8")], body)
}

/// The documented answer to a write that worked.
pub(crate) fn written(id: i64) -> Vec<u8> {
    json(200, &format!(r#"{{"Status":200,"Message":"done","Value":{{"Id":{id}}},"Errors":null,"WasSuccessful":true}}"#))
}
