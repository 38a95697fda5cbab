//! Tokens, apps and the caller's own record.

use http::Method;
use nexudus_sandbox::{Account, App, Sandbox};
use serde_json::{Value, json};

use crate::caller::{Answer, Caller};
use crate::socket::raw;

const FORM: Option<&str> = Some("application/x-www-form-urlencoded");

fn token(caller: &Caller, client_id: Option<&str>, form: &str) -> Answer {
    let headers: Vec<(&str, &str)> = client_id.map(|id| ("client_id", id)).into_iter().collect();
    caller.with(None).send_with(Method::POST, "token", FORM, form.to_owned(), &headers)
}

fn text<'a>(json: &'a Value, key: &str) -> &'a str {
    json[key].as_str().unwrap_or_else(|| panic!("{key} in {json}"))
}

const LOGIN: &str = "grant_type=password&username=admin%40example.com&password=sandbox";

#[test]
fn a_password_buys_a_token_that_expires() {
    let caller = Caller::new();
    let granted = token(&caller, None, LOGIN).ok();
    assert_eq!((text(&granted, "token_type"), &granted["expires_in"]), ("bearer", &json!(604_799)));
    let bearer = format!("Bearer {}", text(&granted, "access_token"));
    let user = caller.with(Some(&bearer));
    assert_eq!(user.get("sys/usermessages").status, 200);
    caller.control(Method::POST, "clock", &json!({ "advance": "8d" }));
    let late = user.get("sys/usermessages");
    assert_eq!((late.status.as_u16(), late.hint()), (401, "the bearer token is not known or has expired"));
}

#[test]
fn refusals_of_the_token_endpoint_have_their_own_shape() {
    let caller = Caller::new();
    for (form, error) in [
        ("", "unsupported_grant_type"),
        ("grant_type=client_credentials", "unsupported_grant_type"),
        ("grant_type=password&username=admin%40example.com&password=no", "invalid_grant"),
        ("grant_type=password", "invalid_grant"),
    ] {
        let answer = token(&caller, None, form);
        assert_eq!((answer.status.as_u16(), text(&answer.json(), "error")), (400, error), "{form}");
    }
    let json = caller
        .with(None)
        .post("token", &json!({ "grant_type": "password", "username": "admin@example.com", "password": "sandbox" }));
    assert_eq!((json.status.as_u16(), json.json()), (400, json!({ "error": "unsupported_grant_type" })));
}

#[test]
fn refresh_tokens_rotate_for_each_client() {
    let caller = Caller::new();
    let refresh = |client_id, token_text: &str| {
        token(&caller, client_id, &format!("grant_type=refresh_token&refresh_token={token_text}"))
    };
    let first = token(&caller, Some("till"), LOGIN).ok();
    let other = token(&caller, None, LOGIN).ok();
    // The header of the login has to come again, or the e-mail address where there was none.
    for wrong in [None, Some("door"), Some("admin@example.com")] {
        assert_eq!(text(&refresh(wrong, text(&first, "refresh_token")).json(), "error"), "invalid_grant");
    }
    let second = refresh(Some("till"), text(&first, "refresh_token")).ok();
    assert_eq!(refresh(Some("till"), text(&first, "refresh_token")).status, 400);
    // Access tokens that were given out stay good.
    for granted in [&first, &second] {
        let user = caller.with(Some(&format!("Bearer {}", text(granted, "access_token"))));
        assert_eq!(user.get("auth/me").status, 200);
    }
    assert_eq!(refresh(Some("Admin@Example.com"), text(&other, "refresh_token")).status, 200);
    // A new login takes the place of the old one.
    token(&caller, Some("till"), LOGIN).ok();
    assert_eq!(refresh(Some("till"), text(&second, "refresh_token")).status, 400);
}

#[test]
fn two_factors_need_a_code() {
    let secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";
    let account = Account::new("two@example.com", "x").totp(secret);
    let time = "2005-03-18T01:58:29Z".parse().unwrap();
    let caller = Caller::of(Sandbox::builder().account(account).clock(time).in_process().unwrap());
    let login = "grant_type=password&username=two@example.com&password=x";
    for (form, part) in [(login.to_owned(), "is required"), (format!("{login}&totp=123456"), "is incorrect")] {
        let refused = token(&caller, None, &form).json();
        assert!(text(&refused, "error_description").contains(part), "{refused}");
    }
    token(&caller, None, &format!("{login}&totp=081804")).ok();
}

#[test]
fn members_have_tokens_but_no_api() {
    let account = Account::new("member@example.com", "x").without_api_access();
    let caller = Caller::of(Sandbox::builder().account(account).in_process().unwrap());
    let granted = token(&caller, None, "grant_type=password&username=member@example.com&password=x").ok();
    let member = caller.with(Some(&format!("Bearer {}", text(&granted, "access_token"))));
    let refused = member.get("sys/usermessages");
    assert_eq!((refused.status.as_u16(), refused.hint()), (401, "the user has no API access"));
    assert_eq!(member.get("utils/enums?name=eGender").status, 200);
}

#[test]
fn an_app_does_what_its_roles_say() {
    let app = App::new("key", "secret", "token").role("UserMessage-List");
    let caller = Caller::of(Sandbox::builder().app(app).in_process().unwrap());
    // `key` and the MD5 of `tokensecret`.
    let app = caller.with(Some("Basic a2V5OjFiMGViZmZjZDM1NDIzYWE3Njc0YzhjYmI2MDU4MWU0"));
    let list = app.get("sys/usermessages");
    assert_eq!(list.status, 200, "{list:?}");
    assert_eq!(app.get("sys/usermessages/87654321").status, 401);
}

#[test]
fn a_user_of_the_store_can_log_in() {
    let caller = Caller::new();
    let role = &caller.get("security/roles?Role_Name=UserMessage-Read").ok()["Records"][0]["Id"];
    let business = caller.get("sys/businesses").ok()["Records"][0]["Id"].clone();
    let group =
        caller.post("security/userroles", &json!({ "Name": "Readers", "BusinessId": business, "Roles": [role] })).id();
    let user = json!({
        "FullName": "Ana", "Email": "ana@example.com", "Language": 1, "PasswordSalt": "-", "LastHelpVisited": 1,
        "InvalidLoginAttempts": 0, "Active": true, "APIAccess": true, "NewPassword": "first", "UserRoles": [group],
    });
    let id = caller.post("sys/users", &user).id();
    let record = caller.get(&format!("sys/users/{id}")).ok();
    assert_eq!((&record["Password"], &record["NewPassword"]), (&json!(null), &json!(null)));
    assert_eq!(caller.get(&format!("security/userroles/{group}")).ok()["Users"], json!([id]));
    let ana = |password: &str| {
        token(&caller, None, &format!("grant_type=password&username=Ana@example.com&password={password}"))
    };
    let bearer = format!("Bearer {}", text(&ana("first").ok(), "access_token"));
    let ana_calls = caller.with(Some(&bearer));
    assert_eq!(ana_calls.get("sys/usermessages/87654321").status, 200);
    assert_eq!(ana_calls.get("sys/usermessages").status, 401);
    let me = ana_calls.get("auth/me").ok();
    assert_eq!(
        (&me["Email"], &me["APIAccess"], &me["DefaultBusinessId"]),
        (&json!("ana@example.com"), &json!(true), &business)
    );
    // What was read goes back without a password, and the old one stays.
    let mut record = record;
    record["FullName"] = json!("Ana Maria");
    caller.put("sys/users", &record).ok();
    ana("first").ok();
    record["NewPassword"] = json!("second");
    record["UserRoles"] = json!([]);
    caller.put("sys/users", &record).ok();
    assert_eq!(ana("first").status, 400);
    ana("second").ok();
    assert_eq!(ana_calls.get("sys/usermessages/87654321").status, 401);
    assert_eq!(caller.get(&format!("security/userroles/{group}")).ok()["Users"], json!([]));
}

#[test]
fn a_token_for_a_link_comes_in_an_envelope() {
    let answer = Caller::new().post("sys/users/token/refresh", &json!({})).ok();
    assert!(answer["Value"].as_str().is_some_and(|token| !token.is_empty()), "{answer}");
}

#[test]
fn a_refresh_token_is_spent_once_whoever_comes_first() {
    let sandbox = Sandbox::builder().threads(4).start_blocking().unwrap();
    let address = sandbox.address();
    let head = "POST /api/token HTTP/1.1\r\nHost: localhost\r\nclient_id: till\r\nConnection: close\r\n\
        Content-Type: application/x-www-form-urlencoded";
    let send = |form: &str| {
        let answer = raw(address, &format!("{head}\r\nContent-Length: {}\r\n\r\n{form}", form.len()));
        let body = answer.split_once("\r\n\r\n").map_or("", |(_, body)| body);
        (answer.starts_with("HTTP/1.1 200"), serde_json::from_str::<Value>(body).unwrap())
    };
    let mut refresh = text(&send(LOGIN).1, "refresh_token").to_owned();
    for _ in 0..300 {
        let form = format!("grant_type=refresh_token&refresh_token={refresh}");
        let start = std::sync::Barrier::new(4);
        let granted: Vec<Value> = std::thread::scope(|scope| {
            let spend = || {
                start.wait();
                send(&form)
            };
            let threads = [(); 4].map(|()| scope.spawn(spend));
            let answers = threads.map(|thread| thread.join().unwrap());
            answers.into_iter().filter(|(spent, _)| *spent).map(|(_, body)| body).collect()
        });
        assert_eq!(granted.len(), 1);
        text(&granted[0], "refresh_token").clone_into(&mut refresh);
    }
}

#[test]
fn a_client_id_beyond_ascii_refreshes() {
    let caller = Caller::new();
    let send = |form: &str| {
        let request = http::Request::post("http://x/api/token")
            .header("content-type", FORM.unwrap())
            .header("client_id", http::HeaderValue::from_bytes("Añá".as_bytes()).unwrap());
        caller.sandbox.service().handle(&request.body(form.to_owned().into()).unwrap())
    };
    let granted: Value = serde_json::from_slice(send(LOGIN).body()).unwrap();
    let form = format!("grant_type=refresh_token&refresh_token={}", text(&granted, "refresh_token"));
    assert_eq!(send(&form).status(), 200);
}

#[test]
fn nobody_takes_a_login_over_and_empty_passwords_are_none() {
    let caller = Caller::of(Sandbox::builder().in_process().unwrap());
    let business = caller.get("sys/businesses").ok()["Records"][0]["Id"].clone();
    let user = |email: &str, password: &str| {
        json!({
            "FullName": "Eve", "Email": email, "Language": 1, "PasswordSalt": "-", "LastHelpVisited": 1,
            "InvalidLoginAttempts": 0, "Active": true, "APIAccess": true, "IsAdmin": true, "NewPassword": password,
            "DefaultBusinessId": business,
        })
    };
    let login = |email: &str, password: &str| {
        let form = format!("grant_type=password&username={email}&password={password}");
        token(&caller, None, &form).status.as_u16()
    };
    for taken in ["admin@example.com", " Admin@Example.COM "] {
        let refused = caller.post("sys/users", &user(taken, "evil"));
        assert_eq!(refused.status, 400, "{refused:?}");
        assert_eq!(refused.json()["Errors"][0]["PropertyName"], "Email");
    }
    let mut guest = caller.get("sys/users/2").ok();
    for (key, value) in user("admin@example.com", "evil").as_object().unwrap() {
        guest[key] = value.clone();
    }
    assert_eq!(caller.put("sys/users", &guest).status, 400);
    // Put in unchecked, the older record is still the one that is meant.
    caller.control(Method::POST, "seed", &json!({ "sys/users": [{ "Id": 99, "Email": "admin@example.com", "Active": true, "APIAccess": true, "IsAdmin": true, "NewPassword": "evil" }] })).ok();
    assert_eq!((login("admin@example.com", "sandbox"), login("admin@example.com", "evil")), (200, 400));
    for (password, email) in [("", "one@example.com"), ("  ", "two@example.com")] {
        caller.post("sys/users", &user(email, password)).id();
        for tried in ["", "%20%20", "sandbox"] {
            assert_eq!(login(email, tried), 400, "{email} {tried}");
        }
    }
    // one@example.com: without a password
    assert_eq!(caller.with(Some("Basic b25lQGV4YW1wbGUuY29tOg==")).get("sys/users").status, 401);
    let door = caller.post("public/checkin", &json!({ "Email": "one@example.com", "Password": "" })).ok();
    assert_eq!(door["WasSuccessful"], false);
    for account in [Account::new("a@example.com", ""), Account::new(" ", "x")] {
        assert!(Sandbox::builder().account(account).in_process().is_err());
    }
}

#[test]
fn a_401_offers_both_ways_to_log_in() {
    let refused = Caller::new().with(None).get("sys/usermessages");
    let offers: Vec<&str> =
        refused.headers.get_all("www-authenticate").iter().map(|offer| offer.to_str().unwrap()).collect();
    assert_eq!(offers, ["Bearer", "Basic realm=\"Nexudus\", charset=\"UTF-8\""]);
}

#[test]
fn a_misspelt_role_is_told_with_the_nearest_one() {
    let account = Account::new("a@example.com", "x").role("Booking-Lsit");
    let error = Sandbox::builder().account(account).in_process().unwrap_err().to_string();
    assert_eq!(error, "a@example.com: there is no role `Booking-Lsit`, did you mean `Booking-List`?");
    let app = App::new("k", "s", "t").role("Bookin-List");
    assert!(Sandbox::builder().app(app).in_process().unwrap_err().to_string().contains("`Booking-List`"));
}
