//! The fault matrix: every fault in the way of every operation, against a server that counts what it carried out.

use std::fmt::Write as _;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use nexudus_client::model::sys::{ChatUserMessage, ChatUserMessageRequired, NewChatUserMessage};
use nexudus_client::{Client, Credentials, Error, Outcome, Retry};
use tokio::io::AsyncWriteExt as _;
use tokio::net::{TcpListener, TcpSocket, TcpStream};

use crate::server::{Seen, answer, json, read_request, written};

/// What happens to the first request of an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    Throttled409,
    Throttled429,
    Broken500,
    Busy503,
    Refused,
    ResetBefore,
    ResetAfter,
    CutBody,
    Html,
    Empty,
    Slow,
    Elsewhere,
    /// The service says that it failed, and carries it out when it has answered one more request.
    Late,
    /// Each read fails.
    LostReads,
    /// Each read gives another record.
    OtherRecord,
    /// Ids come in odd spellings.
    OddIds,
    /// The service asks for a wait of 31 years.
    HugeWait,
    /// The first login fails.
    Login,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operation {
    Get,
    List,
    Create,
    CreateAndGet,
    Update,
    Delete,
    Command,
}

/// What the caller is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Told {
    /// It is done.
    Done,
    /// It is done, and an error says so, since something failed after it.
    Half,
    /// It failed, and nothing was changed.
    Failed,
    /// It may have been carried out: look before repeating it.
    Unknown,
}
use Told::{Done, Failed, Half, Unknown};

const OPERATIONS: [(Operation, &str); 7] = [
    (Operation::Get, "get"),
    (Operation::List, "list"),
    (Operation::Create, "create"),
    (Operation::CreateAndGet, "create and get"),
    (Operation::Update, "update"),
    (Operation::Delete, "delete"),
    (Operation::Command, "command"),
];

/// The matrix. The README shows it in words.
const MATRIX: [(Fault, &str, [Told; 7]); 18] = [
    (Fault::Throttled409, "409 with `Retry-After`", [Done, Done, Done, Done, Done, Done, Done]),
    (Fault::Throttled429, "429", [Done, Done, Done, Done, Done, Done, Done]),
    (Fault::Broken500, "500", [Done, Done, Unknown, Unknown, Done, Done, Unknown]),
    (Fault::Busy503, "503", [Done, Done, Unknown, Unknown, Done, Done, Unknown]),
    (Fault::Late, "503, carried out a moment later", [Done, Done, Unknown, Unknown, Done, Done, Unknown]),
    (Fault::Refused, "no connection", [Done, Done, Done, Done, Done, Done, Done]),
    (Fault::ResetBefore, "reset before the server reads", [Done, Done, Unknown, Unknown, Done, Done, Unknown]),
    (Fault::ResetAfter, "reset after it was carried out", [Done, Done, Unknown, Unknown, Done, Done, Unknown]),
    (Fault::CutBody, "carried out, answer cut off", [Done, Done, Unknown, Unknown, Done, Done, Unknown]),
    (Fault::Html, "a web page with 200", [Failed, Failed, Unknown, Unknown, Unknown, Unknown, Unknown]),
    (Fault::Empty, "carried out, empty answer", [Failed, Failed, Unknown, Unknown, Done, Done, Unknown]),
    (Fault::Slow, "carried out, no answer in time", [Done, Done, Unknown, Unknown, Done, Done, Unknown]),
    (Fault::Elsewhere, "redirect to another host", [Failed, Failed, Unknown, Unknown, Unknown, Unknown, Unknown]),
    (Fault::HugeWait, "429 with `Retry-After: 999999999`", [Failed; 7]),
    (Fault::Login, "503 for the login", [Done; 7]),
    (Fault::LostReads, "each read fails", [Failed, Failed, Done, Half, Failed, Done, Done]),
    (Fault::OtherRecord, "each read gives another record", [Failed, Failed, Done, Half, Failed, Done, Done]),
    (Fault::OddIds, "ids as text and as `8.0`", [Done, Done, Done, Done, Done, Done, Done]),
];

/// A service with one message, which has one fault.
struct Service {
    fault: Option<Fault>,
    operation: Operation,
    elsewhere: SocketAddr,
    text: String,
    updates: u32,
    deleted: bool,
    created: u32,
    commands: u32,
    /// What is carried out later, and after how many more requests.
    late: Option<(usize, Seen)>,
}

/// What a request does. The read after a create is a get.
fn operation_of(seen: &Seen) -> Operation {
    let (method, path) = seen.line.split_once(' ').unwrap();
    match method {
        "POST" if path.ends_with("/runcommand") => Operation::Command,
        "POST" => Operation::Create,
        "PUT" => Operation::Update,
        "DELETE" => Operation::Delete,
        _ if path.ends_with("/7") || path.ends_with("/8") => Operation::Get,
        _ => Operation::List,
    }
}

impl Service {
    /// Whether a request is the one that has the fault.
    fn is_hit(&self, operation: Operation) -> bool {
        match self.fault {
            Some(Fault::LostReads | Fault::OtherRecord) => matches!(operation, Operation::Get | Operation::List),
            Some(Fault::OddIds) => true,
            Some(_) if self.operation == Operation::CreateAndGet => operation == Operation::Create,
            Some(_) => operation == self.operation,
            None => false,
        }
    }

    fn id(&self, id: i64) -> String {
        match self.fault {
            Some(Fault::OtherRecord) => "9".to_owned(),
            Some(Fault::OddIds) => format!(r#""{id}""#),
            _ => id.to_string(),
        }
    }

    fn record(&self, id: i64) -> String {
        let (id, updates, text) = (self.id(id), self.updates, &self.text);
        format!(
            r#"{{"Id":{id},"UpdatedOn":"2026-01-01T00:00:0{updates}Z","FromUserId":1,"ChatText":"{text}","New":[1]}}"#
        )
    }

    /// Carries a request out.
    fn serve(&mut self, seen: &Seen) -> Vec<u8> {
        let missing = json(404, r#""Not found""#);
        match operation_of(seen) {
            Operation::Get | Operation::Delete if self.deleted => missing,
            Operation::Get => json(200, &self.record(if seen.line.ends_with('8') { 8 } else { 7 })),
            Operation::List => json(200, &format!(r#"{{"Records":[{}],"TotalItems":1}}"#, self.record(7))),
            Operation::Create | Operation::CreateAndGet => {
                self.created += 1;
                if self.fault == Some(Fault::OddIds) {
                    return json(200, r#"{"WasSuccessful":true,"Value":{"id":"8.0"}}"#);
                }
                written(8)
            }
            Operation::Update => {
                assert!(seen.body.contains(r#""New":[1]"#), "{}", seen.body);
                self.updates += 1;
                self.text = "new".into();
                written(7)
            }
            Operation::Delete => {
                self.deleted = true;
                json(200, r#"{"Status":200,"Value":null,"WasSuccessful":true}"#)
            }
            Operation::Command => {
                self.commands += 1;
                json(200, r#"{"Status":200,"WasSuccessful":true}"#)
            }
        }
    }
}

/// The first line of the next request, which stays unread.
async fn peek(stream: &TcpStream) -> Option<String> {
    let mut bytes = [0; 100];
    let length = stream.peek(&mut bytes).await.ok()?;
    let text = String::from_utf8_lossy(&bytes[..length]).into_owned();
    Some(text.lines().next()?.trim_end_matches(" HTTP/1.1").to_owned())
}

/// Answers on a connection until it ends or a fault ends it.
async fn talk(mut stream: TcpStream, service: Arc<Mutex<Service>>) {
    let mut buffer = Vec::new();
    loop {
        if let Some(line) = peek(&stream).await {
            let mut service = service.lock().unwrap();
            let seen = Seen { line, headers: Vec::new(), body: String::new() };
            if service.fault == Some(Fault::ResetBefore) && service.is_hit(operation_of(&seen)) {
                service.fault = None;
                stream.set_zero_linger().unwrap();
                return;
            }
        }
        let Some(seen) = read_request(&mut stream, &mut buffer).await else { return };
        if seen.line == "POST /api/token" {
            let fails = service.lock().unwrap().fault.take_if(|fault| *fault == Fault::Login).is_some();
            let token = r#"{"access_token":"a","token_type":"bearer","expires_in":604799,"refresh_token":"r"}"#;
            let reply = if fails { json(503, "") } else { json(200, token) };
            stream.write_all(&reply).await.unwrap_or_default();
            continue;
        }
        let operation = operation_of(&seen);
        let (fault, reply) = {
            let mut service = service.lock().unwrap();
            let fault = if service.is_hit(operation) { service.fault } else { None };
            let lasts = matches!(fault, Some(Fault::LostReads | Fault::OtherRecord | Fault::OddIds));
            if fault.is_some() && !lasts {
                service.fault = None;
            }
            let not_carried_out = [
                Fault::Throttled409,
                Fault::Throttled429,
                Fault::Broken500,
                Fault::Busy503,
                Fault::Html,
                Fault::Elsewhere,
                Fault::LostReads,
                Fault::Late,
                Fault::HugeWait,
            ];
            let carried_out = fault.is_none_or(|fault| !not_carried_out.contains(&fault));
            match service.late.take() {
                Some((0, late)) => drop(service.serve(&late)),
                Some((left, late)) => service.late = Some((left - 1, late)),
                None => {}
            }
            let reply = if carried_out { service.serve(&seen) } else { Vec::new() };
            if fault == Some(Fault::Late) {
                service.late = Some((1, seen));
            }
            let reply = match fault {
                Some(Fault::Throttled409) => answer(409, &[("Retry-After", "0")], ""),
                Some(Fault::HugeWait) => answer(429, &[("Retry-After", "999999999")], ""),
                Some(Fault::Throttled429) => answer(429, &[("Retry-After", "0")], "slow down"),
                Some(Fault::Broken500 | Fault::LostReads) => json(500, r#"{"Message":"An error has occurred."}"#),
                Some(Fault::Busy503 | Fault::Late) => answer(503, &[("Content-Type", "text/html")], "<h1>busy</h1>"),
                Some(Fault::Html) => answer(200, &[("Content-Type", "text/html")], "<h1>welcome</h1>"),
                Some(Fault::Empty) => json(200, ""),
                Some(Fault::Elsewhere) => {
                    answer(302, &[("Location", &format!("http://{}/api/login", service.elsewhere))], "")
                }
                _ => reply,
            };
            (fault, reply)
        };
        match fault {
            Some(Fault::ResetAfter) => {
                stream.set_zero_linger().unwrap();
                return;
            }
            Some(Fault::CutBody) => {
                stream.write_all(&reply[..reply.len() - 5]).await.unwrap_or_default();
                stream.shutdown().await.unwrap_or_default();
                return;
            }
            Some(Fault::Slow) => tokio::time::sleep(Duration::from_secs(2)).await,
            _ => {}
        }
        stream.write_all(&reply).await.unwrap_or_default();
    }
}

/// One cell of the matrix.
async fn cell(fault: Fault, operation: Operation) -> (Told, String) {
    let elsewhere = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let visited = Arc::new(Mutex::new(Vec::new()));
    let service = Arc::new(Mutex::new(Service {
        fault: (fault != Fault::Refused).then_some(fault),
        operation,
        elsewhere: elsewhere.local_addr().unwrap(),
        text: "old".to_owned(),
        updates: 0,
        deleted: false,
        created: 0,
        commands: 0,
        late: None,
    }));
    let visits = Arc::clone(&visited);
    let other_host = tokio::spawn(async move {
        loop {
            let (mut stream, _) = elsewhere.accept().await.unwrap();
            let seen = read_request(&mut stream, &mut Vec::new()).await;
            visits.lock().unwrap().push(seen);
        }
    });
    // Bound, so that nobody else takes the port, but not listening yet: connections are refused.
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let address = socket.local_addr().unwrap();
    let shared = Arc::clone(&service);
    let (ready, listening) = tokio::sync::oneshot::channel();
    let host = tokio::spawn(async move {
        let mut ready = Some(ready);
        if fault == Fault::Refused {
            ready.take().unwrap().send(()).unwrap();
            tokio::time::sleep(Duration::from_millis(60)).await;
        }
        let listener = socket.listen(64).unwrap();
        if let Some(ready) = ready {
            ready.send(()).unwrap();
        }
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            tokio::spawn(talk(stream, Arc::clone(&shared)));
        }
    });
    listening.await.unwrap();

    let delays = if fault == Fault::Refused { 50..200 } else { 1..2 };
    let retry = Retry::default()
        .attempts(if fault == Fault::Refused { 40 } else { 3 })
        .delays(Duration::from_millis(delays.start), Duration::from_millis(delays.end));
    let settings = Client::builder().base_url(format!("http://{address}/api"));
    let settings = match fault {
        Fault::Login => settings.credentials(Credentials::login("admin@example.com", "secret")),
        _ => settings.bearer("token-of-the-test"),
    };
    let client = settings.retry(retry).no_rate_limit().timeout(Duration::from_millis(500)).build().unwrap();
    let result = run(&client, operation).await;
    host.abort();
    other_host.abort();

    let service = service.lock().unwrap();
    let place = format!("{fault:?} x {operation:?}");
    // What can't be taken back is never done twice, and nothing is reported as done that was not.
    assert!(service.created <= 1 && service.commands <= 1, "{place}");
    assert_eq!(visited.lock().unwrap().len(), 0, "{place}: nothing goes to another host");
    let told = match &result {
        Ok(()) => Done,
        Err(error) => match error.outcome() {
            Outcome::Done => Half,
            Outcome::NotDone => Failed,
            Outcome::Unknown => Unknown,
        },
    };
    let effects = (service.created, service.updates > 0, service.deleted, service.commands);
    let expected = match operation {
        Operation::Get | Operation::List => (0, false, false, 0),
        Operation::Create | Operation::CreateAndGet => (1, false, false, 0),
        Operation::Update => (0, true, false, 0),
        Operation::Delete => (0, false, true, 0),
        Operation::Command => (0, false, false, 1),
    };
    match told {
        Done | Half => assert_eq!(effects, expected, "{place}"),
        Failed => assert_eq!(effects, (0, false, false, 0), "{place}"),
        Unknown => {}
    }
    (told, result.err().map_or_else(String::new, |error| error.to_string()))
}

async fn run(client: &Client, operation: Operation) -> Result<(), Error> {
    let messages = client.chat_user_messages();
    let draft = NewChatUserMessage::new(ChatUserMessageRequired { from_user_id: 1.into() });
    match operation {
        Operation::Get => messages.get(7).await.map(drop),
        Operation::List => messages.list().filter(ChatUserMessage::ID.eq(7)).await.map(drop),
        Operation::Create => messages.create(draft).await.map(drop),
        Operation::CreateAndGet => messages.create_and_get(draft).await.map(drop),
        Operation::Update => messages.update(7, |message| message.chat_text = Some("new".to_owned())).await.map(drop),
        Operation::Delete => messages.delete(7).await,
        Operation::Command => messages.command("SEND").on(7).run().await.map(drop),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_matrix() {
    let mut cells = Vec::new();
    for (fault, _, expected) in MATRIX {
        for ((operation, _), expected) in OPERATIONS.into_iter().zip(expected) {
            cells.push(tokio::spawn(async move { (fault, operation, expected, cell(fault, operation).await) }));
        }
    }
    let mut wrong = String::new();
    for cell in cells {
        let (fault, operation, expected, (told, error)) = cell.await.unwrap();
        if told != expected {
            writeln!(wrong, "{fault:?} x {operation:?}: {told:?} instead of {expected:?}: {error}").unwrap();
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}

/// The matrix as the README shows it.
fn table() -> String {
    let names: Vec<_> = OPERATIONS.iter().map(|(_, name)| *name).collect();
    let mut text = format!("| | {} |\n|{}\n", names.join(" | "), "---|".repeat(names.len() + 1));
    for (_, name, told) in MATRIX {
        write!(text, "| {name} |").unwrap();
        for told in told {
            let word = match told {
                Done => "done",
                Half => "done, with an error",
                Failed => "fails",
                Unknown => "**unknown**",
            };
            write!(text, " {word} |").unwrap();
        }
        text.push('\n');
    }
    text
}

#[test]
fn the_readme_shows_the_matrix() {
    assert!(include_str!("../../README.md").contains(&table()), "put this into the README:\n{}", table());
}
