//! The life of tokens.

use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

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

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_calls_over_sockets_renew_an_expired_token_once() {
    // Once with a token that is known to have ended, once with one of which only the service knows.
    for known in [true, false] {
        let hour = Duration::from_hours(1);
        let sandbox = nexudus_sandbox::Sandbox::builder().token_lives(hour, 24 * hour).start().await.unwrap();
        let control = |method: &str, path: &str, body: &str| {
            let uri = format!("http://localhost/__sandbox/{path}");
            let request = http::Request::builder().method(method).uri(uri).header("content-type", "application/json");
            let answer = sandbox.service().handle(&request.body(body.to_owned().into()).unwrap());
            assert!(answer.status().is_success(), "{answer:?}");
            answer.into_body()
        };
        let store = Arc::new(MemoryStore::default());
        let login = Credentials::login(nexudus_sandbox::ADMIN_EMAIL, nexudus_sandbox::PASSWORD).store(store.clone());
        let builder = Client::builder().base_url(sandbox.url()).no_rate_limit();
        builder.clone().credentials(login).build().unwrap().user_messages().get(87_654_321).await.unwrap();
        control("POST", "clock", r#"{"advance": "2h"}"#);
        if known {
            let mut store = store.lock().await.unwrap();
            let held = store.load().unwrap().unwrap();
            store.save(&Token { expires: Some(SystemTime::now()), ..held }).unwrap();
        }
        control("DELETE", "log", "");
        let client = builder.credentials(Credentials::stored(nexudus_sandbox::ADMIN_EMAIL, store)).build().unwrap();
        let mut calls = tokio::task::JoinSet::new();
        for _ in 0..1000 {
            let client = client.clone();
            calls.spawn(async move { client.user_messages().get(87_654_321).await.map(drop) });
        }
        // The log holds the latest thousand requests, so it is read as it grows.
        let (mut read, mut renewals, mut refusals) = (0, 0, 0);
        let mut read_log = || {
            let log: serde_json::Value =
                serde_json::from_slice(&control("GET", &format!("log?after={read}"), "")).unwrap();
            for entry in log.as_array().unwrap() {
                let number = entry["number"].as_u64().unwrap();
                assert!(read == 0 || number == read + 1, "the log was read too late");
                read = number;
                renewals += u32::from(entry["target"] == "/api/token");
                refusals += u32::from(entry["status"] == 401);
            }
        };
        while let Some(call) = calls.join_next().await {
            call.unwrap().unwrap();
            read_log();
        }
        read_log();
        assert_eq!(renewals, 1);
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
            insta::assert_snapshot!(error, @"get UserMessage 1: bad credentials, or not allowed (HTTP 401); this needs the role UserMessage-Read");
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
    insta::assert_snapshot!(error, @"get UserMessage 1: get a token: bad credentials, or not allowed (HTTP 400): this refresh token is dead");
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
        @"get UserMessage 1: get a token: bad credentials, or not allowed (HTTP 400): wrong password"
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
