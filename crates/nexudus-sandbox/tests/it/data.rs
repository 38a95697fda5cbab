//! Records in a file: what survives a restart, and a kill in the middle of it.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use http::Method;
use nexudus_sandbox::{Sandbox, TOKEN};
use serde_json::json;

use crate::caller::{Caller, ids};

const CHATS: &str = "sys/chatusermessages";

/// A file of its own for each test, gone afterwards.
struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("nexudus-sandbox-{}-{name}.db", std::process::id()));
        let scratch = Self(path);
        scratch.remove();
        scratch
    }

    fn remove(&self) {
        for end in ["", "-wal", "-shm"] {
            let mut path = self.0.clone().into_os_string();
            path.push(end);
            // It may never have been there.
            let _ = std::fs::remove_file(path);
        }
    }

    fn open(&self) -> Caller {
        Caller::of(Sandbox::builder().data(&self.0).in_process().unwrap())
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        self.remove();
    }
}

#[test]
fn records_files_and_passwords_survive_a_restart() {
    let scratch = Scratch::new("restart");
    let (id, last) = {
        let caller = scratch.open();
        let id = caller.post(CHATS, &json!({ "FromUserId": 1, "ChatText": "Añá", "ToUsers": [1, 2] })).id();
        let last = caller.post(CHATS, &json!({ "FromUserId": 1 })).id();
        caller.delete(&format!("{CHATS}/{last}")).ok();
        caller.delete(&format!("{CHATS}/1001")).ok();
        let mut user = caller.get("sys/users/2").ok();
        for (key, value) in [
            ("Language", json!(1)),
            ("PasswordSalt", json!("x")),
            ("LastHelpVisited", json!(0)),
            ("InvalidLoginAttempts", json!(0)),
        ] {
            user[key] = value;
        }
        user["NewPassword"] = json!("changed");
        user["NewAvatarUrl"] = json!("https://example.com/a.gif");
        caller.put("sys/users", &user).ok();
        (id, last)
    };
    let caller = scratch.open();
    assert_eq!(ids(&caller.get(CHATS).ok()), [1002, id]);
    let record = caller.get(&format!("{CHATS}/{id}")).ok();
    assert_eq!((&record["ChatText"], &record["ToUsers"]), (&json!("Añá"), &json!([1, 2])));
    assert_eq!(caller.get("sys/users/getavatar/2").headers["content-type"], "image/gif");
    let login = |password: &str| {
        caller
            .form(Method::POST, "token", &format!("grant_type=password&username=guest@example.com&password={password}"))
            .status
            .as_u16()
    };
    assert_eq!((login("sandbox"), login("changed")), (400, 200));
    // The id of a deleted record is not given again.
    assert_eq!(caller.post(CHATS, &json!({ "FromUserId": 1 })).id(), last + 1);
    // Nor after a snapshot was put back and the file was read again.
    let next = last + 2;
    caller.delete(&format!("{CHATS}/{}", last + 1)).ok();
    caller.control(Method::PUT, "snapshots/x", &json!(null));
    caller.control(Method::POST, "snapshots/x", &json!(null));
    drop(caller);
    let caller = scratch.open();
    assert_eq!(caller.post(CHATS, &json!({ "FromUserId": 1 })).id(), next);
    caller.control(Method::POST, "reset?seed=empty", &json!(null));
    drop(caller);
    assert_eq!(scratch.open().get(CHATS).ok()["TotalItems"], 0);
}

#[test]
fn a_file_that_is_none_is_refused() {
    let scratch = Scratch::new("broken");
    std::fs::write(&scratch.0, "this is no database at all, and long enough to be looked at as one").unwrap();
    let error = Sandbox::builder().data(&scratch.0).in_process().unwrap_err().to_string();
    assert!(error.contains("broken.db: file is not a database"), "{error}");
    let nowhere = Sandbox::builder().data("/nonexistent/x.db").in_process().unwrap_err().to_string();
    assert!(nowhere.contains("/nonexistent/x.db: "), "{nowhere}");
}

fn program(scratch: &Scratch) -> (Child, String) {
    let mut program = Command::new(env!("CARGO_BIN_EXE_nexudus-sandbox"))
        .arg("--data")
        .arg(&scratch.0)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(program.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let address = line.trim().trim_start_matches("listening on http://").trim_end_matches("/api").to_owned();
    (program, address)
}

/// Creates records until the connection breaks, and says how many were acknowledged.
fn write_on(address: &str) -> Vec<i64> {
    let mut acknowledged = Vec::new();
    let Ok(mut stream) = TcpStream::connect(address) else { return acknowledged };
    loop {
        let body = json!({ "FromUserId": 1, "ChatText": format!("number {}", acknowledged.len()) }).to_string();
        let request = format!(
            "POST /api/{CHATS} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {TOKEN}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        if stream.write_all(request.as_bytes()).is_err() {
            return acknowledged;
        }
        let mut answer = Vec::new();
        let mut piece = [0; 4096];
        while !answer.ends_with(b"\"WasSuccessful\":true}") {
            match stream.read(&mut piece) {
                Ok(count) if count > 0 => answer.extend_from_slice(&piece[..count]),
                _ => return acknowledged,
            }
        }
        let answer = String::from_utf8_lossy(&answer).into_owned();
        let id = answer
            .split("\"Id\":")
            .nth(1)
            .and_then(|rest| rest.split('}').next())
            .and_then(|id| id.parse::<i64>().ok());
        acknowledged.extend(id);
    }
}

#[test]
fn what_was_acknowledged_survives_kill_nine_under_load() {
    let scratch = Scratch::new("kill");
    let mut acknowledged = Vec::new();
    for _ in 0..3 {
        let (mut program, address) = program(&scratch);
        let writers: Vec<_> = (0..4)
            .map(|_| {
                let address = address.clone();
                std::thread::spawn(move || write_on(&address))
            })
            .collect();
        std::thread::sleep(std::time::Duration::from_millis(250));
        program.kill().unwrap();
        program.wait().unwrap();
        acknowledged.extend(writers.into_iter().flat_map(|writer| writer.join().unwrap()));
    }
    assert!(acknowledged.len() > 50, "{}", acknowledged.len());
    let caller = scratch.open();
    let lost: Vec<&i64> = acknowledged.iter().filter(|id| caller.get(&format!("{CHATS}/{id}")).status != 200).collect();
    assert!(lost.is_empty(), "{} of {} lost", lost.len(), acknowledged.len());
    // No id was given twice.
    let mut unique = acknowledged.clone();
    unique.sort_unstable();
    unique.dedup();
    assert_eq!(unique.len(), acknowledged.len());
}
