//! How tests talk to the binary as a client does.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use serde_json::{Value, json};

/// Longer than anything that a test waits for takes.
const PATIENCE: Duration = Duration::from_mins(1);

/// The protocol that a session speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Era {
    /// Each request stands alone.
    Stateless,
    /// `initialize` first.
    Initialize,
}

pub(crate) const ERAS: [Era; 2] = [Era::Stateless, Era::Initialize];

/// What the person who is asked answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Person {
    Yes,
    No,
    /// Accepts without ticking the box.
    Unticked,
    /// The client can't ask anybody.
    Absent,
}

/// A client of the binary.
pub(crate) struct Session {
    pub(crate) child: Child,
    stdin: Option<ChildStdin>,
    lines: Receiver<String>,
    era: Era,
    person: Person,
    next: u64,
    /// The questions that were put.
    pub(crate) questions: Vec<String>,
}

impl Drop for Session {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

impl Session {
    /// Starts a command and opens a session of this era.
    pub(crate) fn start(command: &mut Command, era: Era, person: Person) -> Self {
        let mut session = Self::bare(command, era, person);
        if era == Era::Initialize {
            let capabilities = session.capabilities();
            let params = json!({"protocolVersion": "2025-06-18", "capabilities": capabilities, "clientInfo": {"name": "test", "version": "1"}});
            let answer = session.request("initialize", params);
            assert_eq!(answer["result"]["protocolVersion"], "2025-06-18", "{answer}");
            session.send(&json!({"jsonrpc": "2.0", "method": "notifications/initialized"}));
        }
        session
    }

    /// Starts a command and sends nothing.
    pub(crate) fn bare(command: &mut Command, era: Era, person: Person) -> Self {
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::inherit()).spawn().unwrap();
        let stdout = BufReader::new(child.stdout.take().unwrap());
        let (sink, lines) = channel();
        std::thread::spawn(move || {
            for line in stdout.lines() {
                let Ok(line) = line else { break };
                if sink.send(line).is_err() {
                    break;
                }
            }
        });
        let stdin = child.stdin.take();
        Self { child, stdin, lines, era, person, next: 0, questions: Vec::new() }
    }

    fn capabilities(&self) -> Value {
        match self.person {
            Person::Absent => json!({}),
            _ => json!({"elicitation": {}}),
        }
    }

    pub(crate) fn send_line(&mut self, line: &str) {
        let stdin = self.stdin.as_mut().expect("the input is open");
        stdin.write_all(line.as_bytes()).unwrap();
        stdin.write_all(b"\n").unwrap();
        stdin.flush().unwrap();
    }

    pub(crate) fn send_bytes(&mut self, bytes: &[u8]) {
        let stdin = self.stdin.as_mut().expect("the input is open");
        stdin.write_all(bytes).unwrap();
        stdin.flush().unwrap();
    }

    pub(crate) fn send(&mut self, message: &Value) {
        self.send_line(&message.to_string());
    }

    /// The next message.
    pub(crate) fn receive(&mut self) -> Value {
        let line = self.lines.recv_timeout(PATIENCE).expect("a message comes");
        serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line}"))
    }

    /// Whether no more messages come.
    pub(crate) fn has_ended(&mut self) -> bool {
        matches!(self.lines.recv_timeout(PATIENCE), Err(std::sync::mpsc::RecvTimeoutError::Disconnected))
    }

    pub(crate) fn close_input(&mut self) {
        self.stdin = None;
    }

    /// Sends a request without waiting, and gives its id.
    pub(crate) fn post(&mut self, method: &str, mut params: Value) -> u64 {
        self.next += 1;
        if self.era == Era::Stateless {
            params["_meta"] = json!({
                "io.modelcontextprotocol/protocolVersion": "2026-07-28",
                "io.modelcontextprotocol/clientInfo": {"name": "test", "version": "1"},
                "io.modelcontextprotocol/clientCapabilities": self.capabilities(),
            });
        }
        self.send(&json!({"jsonrpc": "2.0", "id": self.next, "method": method, "params": params}));
        self.next
    }

    /// Sends a request and gives its answer; questions to the person on the way are answered.
    pub(crate) fn request(&mut self, method: &str, params: Value) -> Value {
        let id = self.post(method, params);
        loop {
            let message = self.receive();
            if message["method"] == "elicitation/create" {
                let answer = self.elicit(&message["params"]);
                self.send(&json!({"jsonrpc": "2.0", "id": message["id"], "result": answer}));
                continue;
            }
            assert_eq!(message["id"], id, "{message}");
            return message;
        }
    }

    fn elicit(&mut self, params: &Value) -> Value {
        self.questions.push(params["message"].as_str().unwrap().to_owned());
        assert_eq!(params["requestedSchema"]["properties"]["confirm"]["type"], "boolean", "{params}");
        match self.person {
            Person::Yes => json!({"action": "accept", "content": {"confirm": true}}),
            Person::Unticked => json!({"action": "accept", "content": {"confirm": false}}),
            Person::No => json!({"action": "decline"}),
            Person::Absent => panic!("nobody can be asked"),
        }
    }

    /// The raw result of a call.
    pub(crate) fn result(&mut self, tool: &str, arguments: &Value) -> Value {
        let params = json!({"name": tool, "arguments": arguments});
        let answer = self.request("tools/call", params.clone());
        if answer["result"]["resultType"] != "input_required" {
            return answer;
        }
        assert_eq!(self.era, Era::Stateless);
        let question = &answer["result"]["inputRequests"]["confirm"];
        assert_eq!(question["method"], "elicitation/create", "{answer}");
        let answered = self.elicit(&question["params"]);
        let mut params = params;
        params["inputResponses"] = json!({"confirm": answered});
        params["requestState"] = answer["result"]["requestState"].clone();
        self.request("tools/call", params)
    }

    /// The text of the result of a call, and whether it is an error.
    pub(crate) fn text(&mut self, tool: &str, arguments: &Value) -> (String, bool) {
        let answer = self.result(tool, arguments);
        let result = &answer["result"];
        let text = result["content"][0]["text"].as_str().unwrap_or_else(|| panic!("{answer}")).to_owned();
        (text, result["isError"] == true)
    }

    /// The result of a call as JSON, and whether it is an error.
    pub(crate) fn outcome(&mut self, tool: &str, arguments: &Value) -> (Value, bool) {
        let (text, is_error) = self.text(tool, arguments);
        (serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}")), is_error)
    }

    /// The result of a call that has to go well.
    pub(crate) fn call(&mut self, tool: &str, arguments: &Value) -> Value {
        let (value, is_error) = self.outcome(tool, arguments);
        assert!(!is_error, "{tool} {arguments}: {value}");
        value
    }

    /// The result of a call that has to fail.
    pub(crate) fn fault(&mut self, tool: &str, arguments: &Value) -> Value {
        let (value, is_error) = self.outcome(tool, arguments);
        assert!(is_error, "{tool} {arguments}: {value}");
        value
    }
}
