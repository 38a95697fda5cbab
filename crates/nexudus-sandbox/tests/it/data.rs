//! Records in a file: what survives a restart, and a kill in the middle of it.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use http::Method;
use nexudus_sandbox::{Account, Sandbox, TOKEN};
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
            // It may never have been there.
            let _ = std::fs::remove_file(self.beside(end));
        }
    }

    fn beside(&self, end: &str) -> PathBuf {
        let mut path = self.0.clone().into_os_string();
        path.push(end);
        path.into()
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
fn a_restart_forgets_what_the_readme_says() {
    let scratch = Scratch::new("forget");
    let caller = scratch.open();
    let login = "grant_type=password&username=admin@example.com&password=sandbox";
    let granted = caller.form(Method::POST, "token", login).ok();
    let bearer = format!("Bearer {}", granted["access_token"].as_str().unwrap());
    assert_eq!(caller.with(Some(&bearer)).get(CHATS).status, 200);
    assert_eq!(caller.control(Method::PUT, "snapshots/x", &json!(null)).status, 204);
    caller.control(Method::POST, "faults", &json!({ "path": "/api/never", "status": 503 })).ok();
    caller.control(Method::PUT, "clock", &json!({ "now": "2030-01-01T00:00:00Z", "frozen": true })).ok();
    drop(caller);
    let caller = scratch.open();
    assert_eq!(caller.with(Some(&bearer)).get(CHATS).status, 401);
    let refresh = format!("grant_type=refresh_token&refresh_token={}", granted["refresh_token"].as_str().unwrap());
    let client_id = [("client_id", "admin@example.com")];
    let form = Some("application/x-www-form-urlencoded");
    assert_eq!(caller.with(None).send_with(Method::POST, "token", form, refresh, &client_id).status, 400);
    assert_eq!(caller.control(Method::GET, "snapshots", &json!(null)).ok(), json!([]));
    assert_eq!(caller.control(Method::GET, "faults", &json!(null)).ok(), json!([]));
    assert_eq!(caller.control(Method::GET, "clock", &json!(null)).ok()["frozen"], false);
}

#[test]
fn a_file_that_is_none_is_refused() {
    let scratch = Scratch::new("broken");
    std::fs::write(&scratch.0, "this is not a database at all, and long enough to be looked at as one").unwrap();
    let error = Sandbox::builder().data(&scratch.0).in_process().unwrap_err().to_string();
    assert!(error.contains("broken.db: is not a database"), "{error}");
    let nowhere = Sandbox::builder().data("/nonexistent/x.db").in_process().unwrap_err().to_string();
    assert!(nowhere.contains("/nonexistent/x.db: "), "{nowhere}");
}

fn program(scratch: &Scratch) -> (Child, String) {
    let mut program = Command::new(std::env::var_os("CARGO_BIN_EXE_nexudus-sandbox").unwrap())
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
            .and_then(|rest| rest.split(['}', ',']).next())
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

#[test]
fn a_file_of_another_program_is_left_as_it_is() {
    let scratch = Scratch::new("other");
    let theirs = rusqlite::Connection::open(&scratch.0).unwrap();
    theirs.execute_batch("create table rows (a); insert into rows values (1); create table about (b);").unwrap();
    drop(theirs);
    let before = std::fs::read(&scratch.0).unwrap();
    let refuse = || Sandbox::builder().data(&scratch.0).in_process().unwrap_err().to_string();
    assert!(refuse().contains("other.db: belongs to another program"), "{}", refuse());
    assert_eq!(std::fs::read(&scratch.0).unwrap(), before);
    // Ours, of a format that this version does not know.
    drop((std::fs::remove_file(&scratch.0), scratch.open()));
    rusqlite::Connection::open(&scratch.0).unwrap().pragma_update(None, "user_version", 99).unwrap();
    assert!(refuse().contains("has format 99"), "{}", refuse());
    // Empty, which a sandbox never leaves a file.
    std::fs::write(&scratch.0, "").unwrap();
    assert!(refuse().contains("is empty"), "{}", refuse());
    assert_eq!(std::fs::metadata(&scratch.0).unwrap().len(), 0);
    // A journal without its file.
    std::fs::rename(&scratch.0, scratch.beside("-wal")).unwrap();
    std::fs::write(scratch.beside("-wal"), "the latest writes").unwrap();
    assert!(refuse().contains("they belong together"), "{}", refuse());
    assert!(!scratch.0.exists());
}

/// Every kind of page: leaves, inner pages, a long file in a chain of pages, free pages.
fn filled(scratch: &Scratch) {
    let caller = scratch.open();
    for number in 0..40 {
        caller.post(CHATS, &json!({ "FromUserId": 1, "ChatText": format!("number {number}"), "ToUsers": [2] })).id();
    }
    avatar(&caller, json!(format!("data:image/gif;base64,{}", "R0lG".repeat(8000))));
    avatar(&caller, json!(format!("data:image/gif;base64,{}", "R0lG".repeat(3000))));
}

fn avatar(caller: &Caller, url: serde_json::Value) {
    let mut user = caller.get("sys/users/2").ok();
    for (key, value) in [
        ("Language", json!(1)),
        ("PasswordSalt", json!("x")),
        ("LastHelpVisited", json!(0)),
        ("InvalidLoginAttempts", json!(0)),
    ] {
        user[key] = value;
    }
    user["NewAvatarUrl"] = url;
    caller.put("sys/users", &user).ok();
}

/// What a sandbox answers from a file, before and after it has written and read it again.
fn answers(scratch: &Scratch, caller: Caller) -> Vec<bytes::Bytes> {
    let stamps = json!({ "now": "2030-01-01T00:00:00Z", "stands": true });
    let read = |caller: &Caller| {
        caller.control(Method::PUT, "clock", &stamps).ok();
        let lists =
            [&format!("{CHATS}?size=1000"), "sys/users?size=1000", "security/roles?size=1000", "sys/users/getavatar/2"];
        lists.map(|list| caller.get(list).bytes)
    };
    let before = read(&caller);
    for number in 0..12 {
        caller.post(CHATS, &json!({ "FromUserId": 1, "ChatText": "later ".repeat(number * 40), "ToUsers": [1] })).id();
    }
    avatar(&caller, json!(format!("data:image/gif;base64,{}", "R0lG".repeat(9000))));
    drop(caller);
    let caller = Caller::of(Sandbox::builder().data(&scratch.0).in_process().unwrap());
    before.into_iter().chain(read(&caller)).collect()
}

/// The places of a file that are worth a flip: all of its head, and of each page the head, the first of the list of
/// cells, and some of the rest.
fn places(file: &[u8], rest: usize) -> Vec<usize> {
    let page = usize::from(u16::from_be_bytes([file[16], file[17]]));
    let mut places: Vec<usize> = (0..100).collect();
    for start in (0..file.len()).step_by(page) {
        let head = if start == 0 { 100 } else { start };
        places.extend(head..head + 16);
        places.extend((1..=rest).map(|part| start + page - 1 - (page - 120) * part / (rest + 1)));
    }
    places
}

#[test]
fn no_flipped_bit_changes_an_answer_unnoticed() {
    let scratch = Scratch::new("flipped");
    filled(&scratch);
    let whole = std::fs::read(&scratch.0).unwrap();
    let wanted = answers(&scratch, scratch.open());
    let places: Vec<usize> = places(&whole, 6).into_iter().step_by(5).collect();
    let mut refused = 0;
    for (number, at) in places.iter().enumerate() {
        let mut bytes = whole.clone();
        bytes[*at] ^= 1 << (number % 8);
        scratch.remove();
        std::fs::write(&scratch.0, &bytes).unwrap();
        match Sandbox::builder().data(&scratch.0).in_process() {
            Err(error) => {
                refused += 1;
                assert!(error.to_string().contains("flipped.db: "), "{error}");
                assert!(std::fs::read(&scratch.0).unwrap() == bytes, "byte {at}: what is refused was written to");
                let journal = std::fs::metadata(scratch.beside("-wal")).map_or(0, |journal| journal.len());
                assert_eq!(journal, 0, "byte {at}: {error}");
            }
            // Not every byte of a file means something.
            Ok(sandbox) => assert!(answers(&scratch, Caller::of(sandbox)) == wanted, "byte {at} changes an answer"),
        }
    }
    println!("{refused} of {} refused", places.len());
    assert!(refused > places.len() / 2, "{refused} of {}", places.len());
}

#[test]
fn damage_does_not_steer_a_terminal() {
    let scratch = Scratch::new("steering");
    drop(scratch.open());
    let whole = std::fs::read(&scratch.0).unwrap();
    let names: Vec<usize> = (0..whole.len() - 4).filter(|at| &whole[*at..*at + 4] == b"User").collect();
    let mut refused = 0;
    for at in names {
        let mut bytes = whole.clone();
        bytes[at + 1] = 0x1b;
        scratch.remove();
        std::fs::write(&scratch.0, &bytes).unwrap();
        // Some stand where nothing is read from.
        let Err(error) = Sandbox::builder().data(&scratch.0).in_process() else { continue };
        assert!(!error.to_string().contains(char::is_control), "{error:?}");
        refused += 1;
    }
    assert!(refused > 3, "{refused}");
}

#[test]
fn a_refused_file_keeps_its_journal() {
    let (scratch, copy) = (Scratch::new("pending"), Scratch::new("pending-copy"));
    let caller = scratch.open();
    for number in 0..20 {
        caller.post(CHATS, &json!({ "FromUserId": 1, "ChatText": format!("number {number}") })).id();
    }
    let (main, journal) = (std::fs::read(&scratch.0).unwrap(), std::fs::read(scratch.beside("-wal")).unwrap());
    let mut refused = 0;
    for (number, at) in places(&main, 4).into_iter().step_by(3).enumerate() {
        let mut bytes = main.clone();
        bytes[at] ^= 1 << (number % 8);
        copy.remove();
        std::fs::write(&copy.0, &bytes).unwrap();
        std::fs::write(copy.beside("-wal"), &journal).unwrap();
        match Sandbox::builder().data(&copy.0).in_process() {
            Err(error) => {
                refused += 1;
                assert!(std::fs::read(&copy.0).unwrap() == bytes, "byte {at} was written to: {error}");
                assert!(std::fs::read(copy.beside("-wal")).unwrap() == journal, "byte {at}: {error}");
            }
            Ok(sandbox) => assert_eq!(Caller::of(sandbox).get(CHATS).ok()["TotalItems"], 22, "byte {at}"),
        }
    }
    assert!(refused > 50, "{refused}");
}

#[test]
fn what_is_cut_or_missing_is_noticed() {
    let scratch = Scratch::new("damaged");
    filled(&scratch);
    let whole = std::fs::read(&scratch.0).unwrap();
    for length in [1, 50, 99, 100, 4096, whole.len() / 2, whole.len() - 4096, whole.len() - 1] {
        std::fs::write(&scratch.0, &whole[..length]).unwrap();
        let error = Sandbox::builder().data(&scratch.0).in_process().unwrap_err().to_string();
        assert!(error.contains("damaged.db: "), "{length}: {error}");
        assert!(error.contains("restore a backup") || error.contains("give another file"), "{length}: {error}");
        assert_eq!(std::fs::metadata(&scratch.0).unwrap().len(), length as u64, "nothing was written");
    }
    // A row that is gone is noticed as well.
    std::fs::write(&scratch.0, &whole).unwrap();
    rusqlite::Connection::open(&scratch.0).unwrap().execute("delete from rows where id = 1000003", []).unwrap();
    let error = Sandbox::builder().data(&scratch.0).in_process().unwrap_err().to_string();
    assert!(error.contains("the number or the content of its rows"), "{error}");
}

#[test]
fn a_table_too_few_or_too_many_is_damage() {
    let scratch = Scratch::new("tables");
    for change in ["drop table files", "drop table layouts", "create table more (a)"] {
        drop(scratch.open());
        rusqlite::Connection::open(&scratch.0).unwrap().execute_batch(change).unwrap();
        let error = Sandbox::builder().data(&scratch.0).in_process().unwrap_err().to_string();
        assert!(error.contains("is damaged: the definition of its tables"), "{change}: {error}");
        scratch.remove();
    }
}

/// Names that `SQLite` takes for something else than a file.
#[test]
fn a_file_may_have_any_name() {
    let folder = std::env::temp_dir().join(format!("nexudus-names-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    for name in [":memory:", "file:a", "file:b?mode=memory", "c?mode=ro", "d#e %41"] {
        for attempt in 0..2 {
            let mut program = Command::new(std::env::var_os("CARGO_BIN_EXE_nexudus-sandbox").unwrap())
                .args(["--data", name])
                .current_dir(&folder)
                .stdout(Stdio::piped())
                .spawn()
                .unwrap();
            let mut line = String::new();
            BufReader::new(program.stdout.take().unwrap()).read_line(&mut line).unwrap();
            program.kill().unwrap();
            program.wait().unwrap();
            assert!(line.starts_with("listening on "), "{name} {attempt}");
            assert!(std::fs::metadata(folder.join(name)).is_ok_and(|file| file.len() > 0), "{name}");
        }
    }
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn a_damaged_journal_loses_nothing_in_silence() {
    let (scratch, copy) = (Scratch::new("journal"), Scratch::new("journal-copy"));
    let caller = scratch.open();
    for number in 0..20 {
        caller.post(CHATS, &json!({ "FromUserId": 1, "ChatText": format!("number {number}") })).id();
    }
    // As `kill -9` leaves them: the latest writes are in the journal alone.
    let (main, journal) = (std::fs::read(&scratch.0).unwrap(), std::fs::read(scratch.beside("-wal")).unwrap());
    assert!(journal.len() > 20 * 4096, "{}", journal.len());
    let open = |journal: &[u8]| {
        copy.remove();
        std::fs::write(&copy.0, &main).unwrap();
        std::fs::write(copy.beside("-wal"), journal).unwrap();
        Sandbox::builder().data(&copy.0).start_blocking().map_err(|error| error.to_string())
    };
    let count = |sandbox: &Sandbox| {
        let request =
            http::Request::get(format!("/api/{CHATS}?size=1")).header("Authorization", format!("Bearer {TOKEN}"));
        let answer = sandbox.service().handle(&request.body(bytes::Bytes::new()).unwrap());
        serde_json::from_slice::<serde_json::Value>(answer.body()).unwrap()["TotalItems"].as_u64().unwrap()
    };
    let whole = open(&journal).unwrap();
    assert_eq!((count(&whole), whole.warning()), (22, None));
    drop(whole);
    let last_frame = journal.len() - 4096 - 24;
    for step in 0..150 {
        let at = step * journal.len() / 150;
        let mut bytes = journal.clone();
        bytes[at] ^= 1 << (step % 8);
        match open(&bytes) {
            Err(error) => {
                assert!(error.contains("journal-copy.db-wal: is damaged: "), "{error}");
                assert_eq!(std::fs::read(&copy.0).unwrap().len(), main.len(), "nothing was written");
            }
            Ok(sandbox) => {
                assert!(at >= last_frame, "byte {at}: {} of 22", count(&sandbox));
                assert!(sandbox.warning().is_some_and(|warning| warning.contains("was cut off")), "byte {at}");
            }
        }
    }
    for length in [10, 31, 32 + 4096 * 3, journal.len() / 2, journal.len() - 1] {
        match open(&journal[..length]) {
            Err(error) => assert!(length < 32 && error.contains("its head is not that of a journal"), "{error}"),
            Ok(sandbox) => {
                assert!(sandbox.warning().is_some_and(|warning| warning.contains("was cut off")), "{length}");
            }
        }
    }
}

#[test]
fn a_copy_of_a_file_in_use_is_not_an_empty_one() {
    let (scratch, copy) = (Scratch::new("used"), Scratch::new("copy"));
    let sandbox = Sandbox::builder().data(&scratch.0).start_blocking().unwrap();
    let address = sandbox.address();
    let body = "{\"FromUserId\":1,\"ChatText\":\"kept\"}";
    let head =
        format!("POST /api/{CHATS} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {TOKEN}\r\nConnection: close");
    let head = format!("{head}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}", body.len());
    assert!(crate::socket::raw(address, &head).contains("successfully"));
    // The main file alone holds it a moment later.
    let has = || {
        std::fs::copy(&scratch.0, &copy.0).unwrap();
        let opened = Sandbox::builder().data(&copy.0).in_process();
        let has = opened.is_ok_and(|opened| Caller::of(opened).get(CHATS).ok()["TotalItems"] == 3);
        copy.remove();
        has
    };
    assert!((0..100).any(|_| {
        std::thread::sleep(std::time::Duration::from_millis(50));
        has()
    }));
    std::fs::copy(&scratch.0, &copy.0).unwrap();
    let opened = Sandbox::builder().data(&copy.0).start_blocking().unwrap();
    assert!(opened.warning().is_some_and(|warning| warning.contains("was copied while a sandbox had it open")));
    assert!(Sandbox::builder().data(&scratch.0).in_process().unwrap_err().to_string().contains("another sandbox"));
    drop(sandbox);
    assert_eq!(scratch.open().get(CHATS).ok()["TotalItems"], 3);
    assert!(Sandbox::builder().data(&scratch.0).start_blocking().unwrap().warning().is_none());
}

#[test]
fn an_account_applies_to_a_file_that_exists() {
    let scratch = Scratch::new("accounts");
    drop(scratch.open());
    let status = |caller: &Caller, basic: &str, path: &str| caller.with(Some(basic)).get(path).status.as_u16();
    // guest@example.com:new and eva@example.com:hers
    let (guest, eva) = ("Basic Z3Vlc3RAZXhhbXBsZS5jb206bmV3", "Basic ZXZhQGV4YW1wbGUuY29tOmhlcnM=");
    let given = || {
        let builder = Sandbox::builder().data(&scratch.0).account(Account::new("guest@example.com", "new").admin());
        let eva = Account::new("eva@example.com", "hers").role("ChatUserMessage-List");
        Caller::of(builder.account(eva).in_process().unwrap())
    };
    for _ in 0..2 {
        let caller = given();
        assert_eq!(status(&caller, guest, "sys/users"), 200);
        assert_eq!((status(&caller, eva, CHATS), status(&caller, eva, "sys/users")), (200, 401));
    }
    let caller = scratch.open();
    assert_eq!(caller.get("sys/users").ok()["TotalItems"], 3);
    assert_eq!(caller.get("security/userroles").ok()["TotalItems"], 1);
    assert_eq!(caller.get("sys/users/2").ok()["FullName"], "Guest");
}
