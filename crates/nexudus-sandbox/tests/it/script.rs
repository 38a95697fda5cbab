//! Sequences of calls, as programs make them, over a real socket.
//!
//! A step is a request line, a body and what is expected. `$name` stands for the id that a step `as name` brought.
//! Expectations are JSON pointers into the answer, `status` for the HTTP status, and end in `~` where a text has to
//! hold the value.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use nexudus_sandbox::{Sandbox, Seed, TOKEN};
use serde_json::{Value, json};

pub(crate) struct Script {
    sandbox: Sandbox,
    pub(crate) ids: BTreeMap<String, String>,
}

/// An answer: status and body.
pub(crate) fn call(address: SocketAddr, method: &str, path: &str, body: Option<&Value>, login: bool) -> (u64, Value) {
    let body = body.map(Value::to_string).unwrap_or_default();
    let login = if login { format!("Authorization: Bearer {TOKEN}\r\n") } else { String::new() };
    let request = format!(
        "{method} {path} HTTP/1.1\r\nHost: localhost\r\n{login}Connection: close\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\n\r\n{body}",
        body.len()
    );
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    let answer = String::from_utf8(answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    (status, serde_json::from_str(body).unwrap_or_else(|_| Value::String(body.to_owned())))
}

impl Script {
    /// A demo space, and in it a customer, a plan, a room, a product and what they need, with the clock at noon.
    pub(crate) fn start() -> Self {
        let builder = Sandbox::builder().seed(Seed::Demo).clock("2026-08-03T12:00:00Z".parse().unwrap());
        let mut script = Self { sandbox: builder.start_blocking().unwrap(), ids: BTreeMap::new() };
        script.run("setup", &setup());
        script
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.sandbox.address()
    }

    fn filled(&self, text: &str) -> String {
        // Longest names first, so that none is taken for the beginning of another.
        let mut names: Vec<_> = self.ids.iter().collect();
        names.sort_by_key(|(name, _)| std::cmp::Reverse(name.len()));
        names.into_iter().fold(text.to_owned(), |text, (name, id)| {
            text.replace(&format!("\"${name}\""), id).replace(&format!("${name}"), id.trim_matches('"'))
        })
    }

    /// Makes a request; nothing is expected of it.
    pub(crate) fn send(&self, method: &str, path: &str, body: &Value) -> (u64, Value) {
        let body: Value = serde_json::from_str(&self.filled(&body.to_string())).unwrap();
        let path = format!("/api/{}", self.filled(path));
        call(self.address(), method, &path, (!body.is_null()).then_some(&body), true)
    }

    pub(crate) fn run(&mut self, case: &str, steps: &[(&str, Value, Value)]) {
        for (at, (request, body, expected)) in steps.iter().enumerate() {
            let (request, name) =
                request.split_once(" as ").map_or((*request, None), |(line, name)| (line, Some(name)));
            let (method, path) = request.split_once(' ').unwrap();
            let (status, answer) = self.send(method, path, body);
            let place = format!("{case}, step {at}: {request} answered {status} {answer}");
            let wanted = expected.get("status").and_then(Value::as_u64).unwrap_or(200);
            assert_eq!(status, wanted, "{place}");
            if status == 200 && answer.get("WasSuccessful").is_some() && expected.get("/WasSuccessful").is_none() {
                assert_eq!(answer["WasSuccessful"], true, "{place}");
            }
            if let Some(name) = name {
                let id = ["/Value/Id", "/Records/0/Id", "/Id"].iter().find_map(|pointer| answer.pointer(pointer));
                let unique = ["/Value/UniqueId", "/Records/0/UniqueId", "/UniqueId"];
                let unique = unique.iter().find_map(|pointer| answer.pointer(pointer));
                self.ids.insert(name.to_owned(), id.unwrap_or_else(|| panic!("{place}: no id")).to_string());
                self.ids.insert(format!("{name}_guid"), unique.map(Value::to_string).unwrap_or_default());
            }
            let expected: Value = serde_json::from_str(&self.filled(&expected.to_string())).unwrap();
            for (pointer, wanted) in expected.as_object().unwrap() {
                if pointer == "status" {
                    continue;
                }
                let part = pointer.strip_suffix('~');
                let found = answer.pointer(part.unwrap_or(pointer)).unwrap_or(&Value::Null);
                match part {
                    Some(_) => {
                        let text = found.as_str().unwrap_or_default();
                        assert!(text.contains(wanted.as_str().unwrap()), "{place}\n{pointer} has to hold {wanted}");
                    }
                    None => assert_eq!(found, wanted, "{place}\n{pointer}"),
                }
            }
        }
    }
}

type Step = (&'static str, Value, Value);

/// What most cases need.
fn setup() -> Vec<Step> {
    let first = |line| (line, json!(null), json!({}));
    let make = |line, body| (line, body, json!({}));
    vec![
        first("GET sys/businesses?size=1 as biz"),
        first("GET sys/currencies?size=1 as cur"),
        first("GET sys/countries?size=1 as country"),
        first("GET sys/simpletimezones?size=1 as zone"),
        first("GET sys/users?size=1 as user"),
        make("POST sys/taxrates as tax", json!({"BusinessId": "$biz", "Name": "VAT", "Rate": 5, "ExemptionReason": 1})),
        make(
            "POST billing/financialaccounts as account",
            json!({"BusinessId": "$biz", "Name": "Income", "Code": "4000", "AccountType": 1}),
        ),
        make("POST spaces/resourcetypes as kind", json!({"BusinessId": "$biz", "Name": "Room"})),
        make(
            "POST spaces/resources as room",
            json!({
                "BusinessId": "$biz", "Name": "Attic", "SystemResourceType": 1, "ResourceTypeId": "$kind",
                "DisplayOrder": 1, "CancellationFeeType": 1,
            }),
        ),
        make(
            "POST spaces/coworkers as ada",
            json!({
                "FullName": "Ada Byron", "Email": "ada@example.com", "Gender": 2, "CoworkerType": 1,
                "Businesses": ["$biz"], "InvoicingBusinessId": "$biz", "CountryId": "$country",
                "SimpleTimeZoneId": "$zone", "TaxRateType": 1, "CheckinSinceLastRenewal": 0,
                "MinutesSinceLastRenewal": 0, "TariffInvoiceEvery": 0, "TariffInvoiceEveryWeeks": 0,
                "MondayAttendance": 1, "TuesdayAttendance": 1, "WednesdayAttendance": 1, "ThursdayAttendance": 1,
                "FridayAttendance": 1, "SaturdayAttendance": 1, "SundayAttendance": 1,
            }),
        ),
        make(
            "POST billing/products as coffee",
            json!({
                "BusinessId": "$biz", "CurrencyId": "$cur", "Name": "Coffee", "Description": "A cup", "Price": 3.5,
                "AvailableAs": 2, "SystemProductType": 99, "DisplayOrder": 1, "FinancialAccountId": "$account",
                "TaxRateId": "$tax",
            }),
        ),
        make(
            "POST billing/tariffs as plan",
            json!({
                "BusinessId": "$biz", "CurrencyId": "$cur", "Name": "Full", "SystemTariffType": 1, "Price": 150,
                "TotalPrice": 150, "TotalSignUpPrice": 0, "InvoiceEvery": 1, "InvoiceEveryWeeks": 0,
                "CancellationPeriod": 1, "Visible": true, "FinancialAccountId": "$account", "TaxRateId": "$tax",
            }),
        ),
        make(
            "POST billing/timepasses as pass",
            json!({"BusinessId": "$biz", "CurrencyId": "$cur", "Name": "Day", "Price": 10}),
        ),
    ]
}
