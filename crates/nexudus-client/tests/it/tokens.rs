//! The life of tokens.

use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use nexudus_client::transport::{BoxFuture, Request, Response, Transport, TransportError};
use nexudus_client::{Client, Credentials, FileStore, MemoryStore, Token, TokenStore};

use crate::memory::Memory;

/// A token endpoint that rotates refresh tokens, and a record behind it.
#[derive(Default)]
struct Issuer {
    number: u32,
    refreshes: u32,
    logins: u32,
    client_ids: Vec<String>,
    /// Whether even a good token does not open the record.
    forbidden: bool,
    /// The life of tokens in seconds; 0 is a week.
    life: u32,
    totp: Option<&'static str>,
}

fn issuer(state: Issuer) -> (Arc<Memory>, Arc<Mutex<Issuer>>) {
    let state = Arc::new(Mutex::new(state));
    let shared = Arc::clone(&state);
    let memory = Memory::new(move |request| {
        let mut state = shared.lock().unwrap();
        if !request.uri().path().ends_with("/token") {
            let good = format!("Bearer access-{}", state.number);
            let shown = request.headers().get("authorization").is_some_and(|value| value == good.as_str());
            return if shown && !state.forbidden { (200, r#"{"Id":1}"#.into()) } else { (401, String::new()) };
        }
        assert_eq!(request.headers()["content-type"], "application/x-www-form-urlencoded");
        assert!(request.headers().get("authorization").is_none());
        state.client_ids.push(request.headers()["client_id"].to_str().unwrap().to_owned());
        let form = String::from_utf8(request.body().to_vec()).unwrap();
        let value = |name: &str| form.split('&').find_map(|pair| pair.strip_prefix(&format!("{name}=")));
        let refuse = |text: &str| (400, format!(r#"{{"error":"invalid_grant","error_description":"{text}"}}"#));
        match value("grant_type") {
            Some("password") if value("password") != Some("p%20%26%20w") => return refuse("wrong password"),
            Some("password") if value("totp") != state.totp => return refuse("a totp code is needed"),
            Some("password") => state.logins += 1,
            Some("refresh_token") => {
                let good = format!("refresh-{}", state.number);
                if value("refresh_token") != Some(&good) {
                    return refuse("this refresh token is dead");
                }
                state.refreshes += 1;
            }
            _ => return (400, r#"{"error":"unsupported_grant_type"}"#.into()),
        }
        state.number += 1;
        let (number, life) = (state.number, if state.life > 0 { state.life } else { 604_799 });
        let token = format!(
            r#"{{"access_token":"access-{number}","token_type":"bearer","expires_in":{life},"refresh_token":"refresh-{number}"}}"#
        );
        (200, token)
    });
    (memory, state)
}

/// Logins and refreshes.
fn counts(state: &Mutex<Issuer>) -> (u32, u32) {
    let state = state.lock().unwrap();
    (state.logins, state.refreshes)
}

fn client(memory: &Arc<Memory>, credentials: impl Into<Credentials>) -> Client {
    memory.builder().credentials(credentials).build().unwrap()
}

fn token(number: u32, life: i64) -> Token {
    let life = Duration::from_secs(life.unsigned_abs());
    Token {
        access: format!("access-{number}").into(),
        refresh: Some(format!("refresh-{number}").into()),
        expires: Some(SystemTime::now() + life),
    }
}

#[tokio::test]
async fn a_login_serves_many_calls() {
    let (memory, state) = issuer(Issuer { totp: Some("123456"), ..Issuer::default() });
    let client = client(&memory, Credentials::login("ana@example.com", "p & w").totp("123456"));
    for _ in 0..3 {
        client.user_messages().get(1).await.unwrap();
    }
    let state = state.lock().unwrap();
    assert_eq!((state.logins, state.refreshes), (1, 0));
    assert_eq!(state.client_ids, ["ana@example.com"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_calls_on_a_dead_token_renew_it_once() {
    // Once with a token that is known to have ended, once with one that the service has dropped.
    for (life, dropped) in [(0, false), (1000, true)] {
        let (memory, state) = issuer(Issuer { number: if dropped { 8 } else { 7 }, ..Issuer::default() });
        let mut held = token(7, life);
        if dropped {
            held.refresh = Some("refresh-8".into());
        }
        let store = Arc::new(MemoryStore::with(held));
        let client = client(&memory, Credentials::stored("ana@example.com", store).client_id("test"));
        let calls: Vec<_> = (0..1000)
            .map(|_| {
                let client = client.clone();
                tokio::spawn(async move { client.user_messages().get(1).await.map(drop) })
            })
            .collect();
        for call in calls {
            call.await.unwrap().unwrap();
        }
        let state = state.lock().unwrap();
        assert_eq!((state.logins, state.refreshes), (0, 1));
        assert_eq!(state.client_ids, ["test"]);
        assert_eq!(memory.count("POST /api/token"), 1);
    }
}

/// What went over the sockets: the paths of the requests, and the statuses of the responses.
struct Watched {
    inner: Arc<dyn Transport>,
    seen: Arc<Mutex<Vec<(String, u16)>>>,
}

impl Transport for Watched {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Response, TransportError>> {
        Box::pin(async move {
            let path = request.uri().path().to_owned();
            let response = self.inner.send(request).await?;
            self.seen.lock().unwrap().push((path, response.status().as_u16()));
            Ok(response)
        })
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_calls_over_sockets_renew_an_expired_token_once() {
    // Once with a token that is known to have ended, once with one of which only the service knows.
    for known in [true, false] {
        let hour = Duration::from_hours(1);
        let sandbox = nexudus_sandbox::Sandbox::builder().token_lives(hour, 24 * hour).start().await.unwrap();
        let store = Arc::new(MemoryStore::default());
        let login = Credentials::login(nexudus_sandbox::ADMIN_EMAIL, nexudus_sandbox::PASSWORD).store(store.clone());
        let builder = Client::builder().base_url(sandbox.url()).no_rate_limit();
        builder.clone().credentials(login).build().unwrap().user_messages().get(87_654_321).await.unwrap();
        let advance =
            http::Request::post("http://localhost/__sandbox/clock").header("content-type", "application/json");
        let answer = sandbox.service().handle(&advance.body(r#"{"advance": "2h"}"#.into()).unwrap());
        assert!(answer.status().is_success(), "{answer:?}");
        if known {
            let mut store = store.lock().await.unwrap();
            let held = store.load().unwrap().unwrap();
            store.save(&Token { expires: Some(SystemTime::now()), ..held }).unwrap();
        }
        let seen = Arc::new(Mutex::new(Vec::new()));
        let builder = builder.wrap_transport({
            let seen = Arc::clone(&seen);
            move |inner| Arc::new(Watched { inner, seen: Arc::clone(&seen) })
        });
        let client = builder.credentials(Credentials::stored(nexudus_sandbox::ADMIN_EMAIL, store)).build().unwrap();
        let mut calls = tokio::task::JoinSet::new();
        for _ in 0..1000 {
            let client = client.clone();
            calls.spawn(async move { client.user_messages().get(87_654_321).await.map(drop) });
        }
        while let Some(call) = calls.join_next().await {
            call.unwrap().unwrap();
        }
        let seen = seen.lock().unwrap();
        let count = |test: &dyn Fn(&(String, u16)) -> bool| seen.iter().filter(|seen| test(seen)).count();
        assert_eq!(count(&|(path, _)| path == "/api/token"), 1);
        assert_eq!(count(&|(path, status)| path != "/api/token" && *status == 200), 1000);
        let refusals = count(&|(_, status)| *status == 401);
        assert!(known == (refusals == 0), "{refusals} calls were refused");
    }
}

#[tokio::test]
async fn a_second_401_names_the_role() {
    let (memory, state) = issuer(Issuer { number: 7, forbidden: true, ..Issuer::default() });
    let store = Arc::new(MemoryStore::with(token(7, 1000)));
    let client = client(&memory, Credentials::stored("ana@example.com", store));
    for _ in 0..3 {
        let error = client.user_messages().get(1).await.unwrap_err();
        assert!(error.is_unauthorized());
        insta::allow_duplicates! {
            insta::assert_snapshot!(error, @"get UserMessage 1: invalid credentials, or not allowed (HTTP 401); this needs the role UserMessage-Read");
        }
    }
    // A token that is fresh from the service is not dead: the next calls don't ask for another one.
    assert_eq!(state.lock().unwrap().refreshes, 1);
}

#[tokio::test]
async fn a_dead_refresh_token_leads_back_to_the_password() {
    let (memory, state) = issuer(Issuer { number: 9, ..Issuer::default() });
    let store = Arc::new(MemoryStore::with(token(7, 0)));
    let login = Credentials::login("ana@example.com", "p & w").store(store.clone());
    client(&memory, login).user_messages().get(1).await.unwrap();
    assert_eq!(counts(&state), (1, 0));
    // The new one is kept.
    assert_eq!(store.lock().await.unwrap().load().unwrap().unwrap().access.expose(), "access-10");

    let store = Arc::new(MemoryStore::with(token(7, 0)));
    let error =
        client(&memory, Credentials::stored("ana@example.com", store)).user_messages().get(1).await.unwrap_err();
    insta::assert_snapshot!(error, @"get UserMessage 1: get a token: invalid credentials, or not allowed (HTTP 400): this refresh token is dead");
    assert!(error.body().is_empty());
    assert!(!format!("{error:?}").contains("refresh-7"));
}

#[tokio::test]
async fn those_who_wait_share_a_failure_too() {
    let (memory, _) = issuer(Issuer::default());
    let client = client(&memory, Credentials::login("ana@example.com", "wrong"));
    let calls: Vec<_> = (0..100)
        .map(|_| {
            let client = client.clone();
            tokio::spawn(async move { client.user_messages().get(1).await.map(drop) })
        })
        .collect();
    for call in calls {
        assert!(call.await.unwrap().unwrap_err().is_unauthorized());
    }
    assert_eq!(memory.count("POST"), 1);
    insta::assert_snapshot!(
        client.user_messages().get(1).await.unwrap_err(),
        @"get UserMessage 1: get a token: invalid credentials, or not allowed (HTTP 400): wrong password"
    );
}

#[tokio::test]
async fn a_token_is_renewed_before_it_ends() {
    for (life, renewals) in [(1, 0), (20, 0), (3600, 1)] {
        let (memory, state) = issuer(Issuer { number: 6, ..Issuer::default() });
        // Half a minute is left of a life of an hour, and all of it of one that is shorter than the margin.
        let store = Arc::new(MemoryStore::default());
        let login = Credentials::login("ana@example.com", "p & w").store(store.clone());
        state.lock().unwrap().life = life;
        let client = client(&memory, login);
        for _ in 0..5 {
            client.user_messages().get(1).await.unwrap();
        }
        assert_eq!(counts(&state), (1, 0), "a life of {life} s");
        if renewals > 0 {
            store.lock().await.unwrap().save(&token(7, 5)).unwrap();
            let login = Credentials::login("ana@example.com", "p & w").store(store.clone());
            self::client(&memory, login).user_messages().get(1).await.unwrap();
            assert_eq!(counts(&state), (1, 1));
        }
    }
}

#[tokio::test]
async fn dropping_a_call_does_not_lose_a_token() {
    let (memory, state) = issuer(Issuer { number: 7, ..Issuer::default() });
    let store = Arc::new(MemoryStore::with(token(7, 0)));
    let client = client(&memory, Credentials::stored("ana@example.com", store));
    {
        let endpoint = client.user_messages();
        // Polled just long enough to begin the renewal.
        tokio::select! {
            biased;
            _ = endpoint.get(1) => panic!("it can't be there yet"),
            () = tokio::task::yield_now() => {}
        }
    }
    while state.lock().unwrap().refreshes == 0 {
        tokio::task::yield_now().await;
    }
    client.user_messages().get(1).await.unwrap();
    assert_eq!(state.lock().unwrap().refreshes, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_processes_on_one_file_renew_once() {
    let folder = std::env::temp_dir().join(format!("nexudus-tokens-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let path = folder.join("token.json");
    FileStore::new(&path).lock().await.unwrap().save(&token(7, 0)).unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }
    let (memory, state) = issuer(Issuer { number: 7, ..Issuer::default() });
    // Two clients that share nothing but the file stand for two processes.
    let calls: Vec<_> = (0..20)
        .map(|_| {
            let store = Arc::new(FileStore::new(&path));
            let client = client(&memory, Credentials::stored("ana@example.com", store));
            tokio::spawn(async move { client.user_messages().get(1).await.map(drop) })
        })
        .collect();
    for call in calls {
        call.await.unwrap().unwrap();
    }
    assert_eq!(state.lock().unwrap().refreshes, 1);
    std::fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn nothing_secret_is_printed() {
    let login = Credentials::login("ana@example.com", "hunter2").totp("123456");
    let text = format!("{login:?} {:?} {:?}", Credentials::from(login.clone()), token(7, 0));
    for secret in ["hunter2", "123456", "access-7", "refresh-7"] {
        assert!(!text.contains(secret), "{text}");
    }
}

/// A folder of this test's own, taken away at the end.
struct Folder(std::path::PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("nexudus-{name}-{}", std::process::id()));
        std::fs::remove_dir_all(&folder).ok();
        std::fs::create_dir_all(&folder).unwrap();
        Self(folder)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        std::fs::remove_dir_all(&self.0).ok();
    }
}

fn write_private(path: &std::path::Path, text: &str) {
    std::fs::write(path, text).unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).unwrap();
    }
}

#[tokio::test]
async fn a_token_file_that_makes_no_sense_is_replaced() {
    let folder = Folder::new("senseless");
    let path = folder.0.join("token.json");
    for text in [
        "",
        "{",
        "[]",
        "\u{0}",
        r#"{"access_token":5}"#,
        r#"{"access_token":""}"#,
        r#"{"access_token":"a\nb"}"#,
        r#"{"access_token":"añá"}"#,
        r#"{"access_token":"a","expires_at":18446744073709551615}"#,
        r#"{"access_token":"a","expires_at":9223372036854775807}"#,
        r#"{"access_token":"a","expires_at":-1}"#,
        r#"{"access_token":"a","expires_at":"tomorrow"}"#,
        r#"{"access_token":"a","expires_at":1e300}"#,
        &format!("{{\"access_token\":\"{}", "x".repeat(3_000_000)),
    ] {
        write_private(&path, text);
        let (memory, state) = issuer(Issuer::default());
        let login = Credentials::login("ana@example.com", "p & w").store(Arc::new(FileStore::new(&path)));
        client(&memory, login).user_messages().get(1).await.unwrap();
        assert_eq!(counts(&state), (1, 0), "{:?}", text.get(..60));
        assert_eq!(FileStore::new(&path).load().unwrap().unwrap().access.expose(), "access-1");
    }
}

#[cfg(unix)]
#[tokio::test]
async fn a_token_file_that_others_may_read_is_refused() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = Folder::new("open");
    let path = folder.0.join("token.json");
    for mode in [0o644, 0o640, 0o604, 0o660] {
        write_private(&path, &token(7, 1000).to_json().to_string());
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
        let (memory, _) = issuer(Issuer { number: 7, ..Issuer::default() });
        let credentials = Credentials::stored("ana@example.com", Arc::new(FileStore::new(&path)));
        let error = client(&memory, credentials).user_messages().get(1).await.unwrap_err();
        assert!(error.is_usage() && error.to_string().contains("chmod 600"), "{error}");
        assert!(error.to_string().contains(path.to_str().unwrap()), "{error}");
        assert!(memory.lines().is_empty());
    }
}

#[tokio::test]
async fn a_token_file_makes_its_folder_and_names_it() {
    let folder = Folder::new("missing");
    let path = folder.0.join("a/b/token.json");
    let (memory, _) = issuer(Issuer::default());
    let login = Credentials::login("ana@example.com", "p & w").store(Arc::new(FileStore::new(&path)));
    client(&memory, login).user_messages().get(1).await.unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        for folder in ["a", "a/b"] {
            let mode = std::fs::metadata(path.ancestors().nth(if folder == "a" { 2 } else { 1 }).unwrap()).unwrap();
            assert_eq!(mode.permissions().mode() & 0o777, 0o700);
        }
    }
    // A file stands where the folder should be.
    let path = path.join("token.json");
    let login = Credentials::login("ana@example.com", "p & w").store(Arc::new(FileStore::new(&path)));
    let error = client(&memory, login).user_messages().get(1).await.unwrap_err();
    assert!(error.to_string().contains("token.json"), "{error}");
}

/// A store that can be read but not locked serves as long as its token lives.
#[tokio::test]
async fn reading_a_token_takes_no_lock() {
    let folder = Folder::new("unlockable");
    let path = folder.0.join("token.json");
    write_private(&path, &token(7, 1000).to_json().to_string());
    // Nobody can open this for writing, whoever they are.
    std::fs::create_dir(folder.0.join("token.json.lock")).unwrap();
    let (memory, state) = issuer(Issuer { number: 7, ..Issuer::default() });
    let credentials = || Credentials::stored("ana@example.com", Arc::new(FileStore::new(&path)));
    client(&memory, credentials()).user_messages().get(1).await.unwrap();
    // It can't be renewed, and the refresh token is not spent in vain.
    write_private(&path, &token(7, 0).to_json().to_string());
    let error = client(&memory, credentials()).user_messages().get(1).await.unwrap_err();
    assert!(error.is_usage() && error.to_string().contains("token.json.lock"), "{error}");
    assert_eq!(counts(&state), (0, 0));
}

/// In a folder that can't be written, a refresh token is not spent for a token that could not be kept. Nothing is
/// closed to root, so this test then runs itself as somebody else.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_refresh_token_is_not_spent_where_the_next_one_can_not_be_kept() {
    use std::os::unix::fs::PermissionsExt as _;
    use std::os::unix::process::CommandExt as _;
    const NAME: &str = "tokens::a_refresh_token_is_not_spent_where_the_next_one_can_not_be_kept";
    const NOBODY: u32 = 65_534;
    let folder = Folder::new(&format!("closed-{}", std::process::id()));
    let path = folder.0.join("token.json");
    write_private(&path, &token(7, 0).to_json().to_string());
    write_private(&folder.0.join("token.json.lock"), "");
    let close = |mode: u32| std::fs::set_permissions(&folder.0, std::fs::Permissions::from_mode(mode)).unwrap();
    close(0o500);
    if std::fs::write(folder.0.join("open"), "").is_ok() {
        close(0o700);
        let mut child = std::process::Command::new("/proc/self/exe");
        let output = child.args(["--exact", NAME]).uid(NOBODY).gid(NOBODY).output().unwrap();
        let told = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success() && told.contains("1 passed"), "{told}");
        return;
    }
    let (memory, state) = issuer(Issuer { number: 7, ..Issuer::default() });
    let credentials = || Credentials::stored("ana@example.com", Arc::new(FileStore::new(&path)));
    let result = client(&memory, credentials()).user_messages().get(1).await;
    close(0o700);
    let error = result.unwrap_err();
    assert!(error.is_usage() && error.to_string().contains("token.json.new"), "{error}");
    assert_eq!(counts(&state), (0, 0));
    client(&memory, credentials()).user_messages().get(1).await.unwrap();
    assert_eq!(counts(&state), (0, 1));
}

/// A token that could not take the place of the old one is found beside it.
#[tokio::test]
async fn a_token_that_could_not_be_put_in_place_is_not_lost() {
    let folder = Folder::new("beside");
    let path = folder.0.join("token.json");
    // A folder can't be replaced by a file.
    std::fs::create_dir_all(path.join("x")).unwrap();
    let error = FileStore::new(&path).lock().await.unwrap().save(&token(7, 1000)).unwrap_err();
    assert!(error.to_string().contains("token.json.new"), "{error}");
    let (memory, _) = issuer(Issuer { number: 7, ..Issuer::default() });
    let credentials = Credentials::stored("ana@example.com", Arc::new(FileStore::new(&path)));
    client(&memory, credentials).user_messages().get(1).await.unwrap();
    // And one that was half written is none.
    std::fs::remove_dir_all(&path).unwrap();
    write_private(&path, &token(7, 1000).to_json().to_string());
    write_private(&folder.0.join("token.json.new"), "{\"access_tok");
    assert_eq!(FileStore::new(&path).load().unwrap().unwrap().access.expose(), "access-7");
}

/// A token endpoint that fails a few times with each of these, and the create behind it.
#[tokio::test(start_paused = true)]
async fn the_token_endpoint_is_asked_again() {
    use nexudus_client::model::sys::{ChatUserMessageRequired, NewChatUserMessage};
    use nexudus_client::{ErrorKind, Outcome};
    let draft = || NewChatUserMessage::new(ChatUserMessageRequired { from_user_id: 1.into() });
    let serve = |status: u16, body: &'static str, times: u32| {
        let failures = Mutex::new(times);
        Memory::new(move |request| {
            if !request.uri().path().ends_with("/token") {
                return (200, r#"{"WasSuccessful":true,"Value":{"Id":8}}"#.into());
            }
            assert_eq!(request.headers()["x-mine"], "1");
            let mut failures = failures.lock().unwrap();
            if *failures > 0 {
                *failures -= 1;
                return (status, body.into());
            }
            (200, r#"{"access_token":"a","expires_in":604799}"#.into())
        })
    };
    let seen = Arc::new(Mutex::new(Vec::new()));
    let connect = |memory: &Arc<Memory>| {
        let seen = Arc::clone(&seen);
        let builder = memory.builder().credentials(Credentials::login("ana@example.com", "p")).header("X-Mine", "1");
        let builder = builder.on_attempt(move |attempt| {
            seen.lock().unwrap().push(format!("{} {} {}", attempt.operation, attempt.path, attempt.number));
        });
        builder.build().unwrap()
    };
    for (status, body) in [(500, ""), (502, ""), (503, ""), (504, ""), (429, "Wait 3 seconds"), (409, ""), (522, "")] {
        let memory = serve(status, body, 3);
        connect(&memory).chat_user_messages().create(draft()).await.unwrap();
        assert_eq!(memory.count("POST /api/token"), 4, "{status}");
    }
    assert_eq!(
        seen.lock().unwrap()[..5],
        [
            "get a token token 1",
            "get a token token 2",
            "get a token token 3",
            "get a token token 4",
            "create sys/chatusermessages 1"
        ]
    );
    for (status, body, kind) in [
        (500, "", ErrorKind::Service),
        (400, r#"{"error":"invalid_grant","error_description":"wrong"}"#, ErrorKind::Unauthorized),
        (400, r#"{"error":"two_factor_auth_check"}"#, ErrorKind::TwoFactorRequired),
        (400, r#"{"error":"invalid_request"}"#, ErrorKind::Refused),
        (401, "", ErrorKind::Unauthorized),
        (200, "{}", ErrorKind::Unexpected),
        (200, "<html>", ErrorKind::Unexpected),
    ] {
        let memory = serve(status, body, u32::MAX);
        let error = connect(&memory).chat_user_messages().create(draft()).await.unwrap_err();
        assert_eq!((error.kind(), error.outcome()), (kind, Outcome::NotDone), "{error}");
        assert_eq!((error.step(), error.operation()), (Some("get a token"), "create"));
        assert_eq!(error.is_two_factor_required(), kind == ErrorKind::TwoFactorRequired);
        assert_eq!(memory.count("POST /api/sys"), 0);
        assert!(error.body().is_empty());
    }
}

/// A life that is nothing, a word, or longer than time.
#[tokio::test]
async fn a_token_whose_life_makes_no_sense_is_used_until_it_is_refused() {
    for life in ["0", "\"0\"", "-5", "null", "18446744073709551615", "1e400", "\"soon\"", "{}"] {
        let memory = Memory::new(move |request| {
            if request.uri().path().ends_with("/token") {
                (200, format!(r#"{{"access_token":"a","refresh_token":"r","expires_in":{life}}}"#))
            } else {
                (200, r#"{"Id":1}"#.into())
            }
        });
        let client = client(&memory, Credentials::login("ana@example.com", "p"));
        for _ in 0..5 {
            if life == "1e400" {
                // Not JSON that can be read, so no token either.
                let _ = client.user_messages().get(1).await;
            } else {
                client.user_messages().get(1).await.unwrap();
            }
        }
        assert_eq!(memory.count("POST"), 1, "{life}");
    }
}

/// A token endpoint that gives one answer, and the forms that it got.
fn answering(answer: &str) -> (Arc<Memory>, Arc<Mutex<Vec<String>>>) {
    let (forms, answer) = (Arc::new(Mutex::new(Vec::new())), answer.to_owned());
    let kept = Arc::clone(&forms);
    let memory = Memory::new(move |request| {
        if !request.uri().path().ends_with("/token") {
            return (200, r#"{"Id":1}"#.into());
        }
        kept.lock().unwrap().push(String::from_utf8(request.body().to_vec()).unwrap());
        (200, answer.clone())
    });
    (memory, forms)
}

#[tokio::test]
async fn a_token_of_any_life_is_read_back_from_its_file() {
    let folder = std::env::temp_dir().join(format!("nexudus-life-{}", std::process::id()));
    for life in ["-1", "0", "251700000000", "1000000000000", "18446744073709551615", "1e27", "1e400", "null", "{}"] {
        let answer = format!(r#"{{"access_token":"a","refresh_token":"r","expires_in":{life}}}"#);
        let (memory, forms) = answering(&answer);
        let file = || Arc::new(FileStore::new(folder.join("token.json")));
        let first = client(&memory, Credentials::login("ana@example.com", "p").store(file()));
        first.user_messages().get(1).await.unwrap();
        let next = client(&memory, Credentials::stored("ana@example.com", file()));
        next.user_messages().get(1).await.unwrap();
        let stored = file().load().unwrap().unwrap();
        assert_eq!((forms.lock().unwrap().len(), stored.refresh.unwrap().expose()), (1, "r"), "{life}");
        std::fs::remove_dir_all(&folder).unwrap();
    }
}

#[tokio::test]
async fn the_life_of_a_token_is_read_in_any_spelling() {
    for life in ["3600", "3600.0", "3600.9", "3.6e3", r#""3600""#, r#"" 3600.5 ""#] {
        let (memory, _) = answering(&format!(r#"{{"access_token":"a","expires_in":{life}}}"#));
        let store = MemoryStore::default();
        let login = Credentials::login("ana@example.com", "p").store(Arc::new(store.clone()));
        client(&memory, login).user_messages().get(1).await.unwrap();
        let expires = store.load().unwrap().unwrap().expires.unwrap();
        let left = expires.duration_since(SystemTime::now()).unwrap().as_secs();
        assert!((3500..=3600).contains(&left), "{life}: {left}");
    }
}

#[tokio::test]
async fn an_empty_refresh_token_does_not_replace_a_good_one() {
    let (memory, forms) = answering(r#"{"access_token":"a","refresh_token":""}"#);
    let old = Token { access: "old".into(), refresh: Some("good".into()), expires: Some(SystemTime::UNIX_EPOCH) };
    let store = MemoryStore::with(old);
    let client = client(&memory, Credentials::stored("ana@example.com", Arc::new(store.clone())));
    client.user_messages().get(1).await.unwrap();
    assert_eq!(forms.lock().unwrap().len(), 1);
    assert_eq!(store.load().unwrap().unwrap().refresh.unwrap().expose(), "good");
}
