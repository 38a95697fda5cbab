//! `probe`.

use std::fmt::Write as _;

use bytes::Bytes;
use http::Request;
use nexudus_client::model;
use nexudus_client::model::core::{EntityTable, Field, Kind, Operation};
use nexudus_sandbox::{Account, Deviations, Sandbox, Seed};
use serde_json::{Value, json};

use crate::tool::{Tool, read};

/// As fast as the sandbox answers.
const FAST: &str = "--yes --per-second 100000";

/// Asks the sandbox's control endpoints.
fn control(sandbox: &Sandbox, method: &str, path: &str, body: &Value) -> Value {
    let request = Request::builder()
        .method(method)
        .uri(format!("/__sandbox/{path}"))
        .header("host", "localhost")
        .header("content-type", "application/json")
        .body(Bytes::from(body.to_string()))
        .unwrap();
    let answer = sandbox.service().handle(&request);
    assert!(answer.status().is_success(), "{path}: {answer:?}");
    serde_json::from_slice(answer.body()).unwrap_or_default()
}

fn report(tool: &Tool) -> Value {
    serde_json::from_str(&read(&tool.path("probe.json"))).unwrap()
}

/// `kind subject` of all findings, by entity.
fn findings(report: &Value) -> Vec<String> {
    let mut all = Vec::new();
    for (name, entity) in report["entities"].as_object().unwrap() {
        for finding in entity["findings"].as_array().into_iter().flatten() {
            all.push(format!("{name} {} {}", finding["kind"].as_str().unwrap(), finding["subject"].as_str().unwrap()));
        }
    }
    all.retain(|finding| !is_always_found(finding));
    all
}

/// The live service was seen to ignore all filters of this entity, so the sandbox does, and the probe finds it.
fn is_always_found(finding: &str) -> bool {
    finding.starts_with("BusinessSetting filter-ignored ")
}

#[test]
fn what_is_always_found_is_found() {
    let tool = Tool::with(Sandbox::builder().seed(Seed::Empty).start_blocking().unwrap());
    control(&tool.sandbox, "POST", "seed", &filled());
    // The other two have a copy over four relations.
    assert_eq!(tool.run(&format!("probe businesssettings floorplandeskvariants crmopportunities {FAST}")).code, 0);
    let report = report(&tool);
    assert_eq!(findings(&report), Vec::<String>::new());
    let verdict = &report["entities"]["BusinessSetting"]["filters"]["BusinessSetting_Name"]["verdict"];
    assert_eq!(verdict, "ignored");
}

#[test]
fn a_plan_comes_first_and_a_dry_run_sends_nothing() {
    let tool = Tool::demo();
    let done = tool.run("probe bookings --dry-run");
    assert!(done.stderr.contains("1 entity, at most "), "{}", done.stderr);
    assert!(done.stderr.contains("Only GET requests are sent."));
    let json = tool.run("probe --dry-run --json --per-second 10").data();
    assert_eq!(json["entities"], model::tables().len());
    assert!(json["requests"].as_u64().unwrap() > 1000);
    assert_eq!(json["seconds"].as_u64().unwrap(), json["requests"].as_u64().unwrap() / 5);
    let declined = tool.run("probe bookings");
    assert_eq!(declined.code, 11, "{declined:?}");
    assert_eq!(control(&tool.sandbox, "GET", "log", &Value::Null), json!([]));
    assert!(!tool.path("probe.json").exists());
}

#[test]
fn only_reads_are_sent_and_the_plan_holds() {
    let tool = Tool::demo();
    let planned = tool.run("probe bookings coworkers sys/users --dry-run --json").data();
    let planned = planned["requests"].as_u64().unwrap();
    tool.run(&format!("probe bookings coworkers sys/users {FAST}")).ok();
    let log = control(&tool.sandbox, "GET", "log", &Value::Null);
    let log = log.as_array().unwrap();
    assert!(log.len() > 100);
    for entry in log {
        assert_eq!(entry["method"], "GET", "{entry}");
    }
    let report = report(&tool);
    let sent: u64 = report["entities"].as_object().unwrap().values().map(|one| one["requests"].as_u64().unwrap()).sum();
    assert!(sent <= planned, "{sent} of {planned}");
    assert_eq!((&report["format"], &report["version"]), (&json!("nexudus-probe"), &json!(1)));
    assert_eq!(report["service"], false);
}

#[test]
fn what_is_asked_for_is_an_entity_a_section_or_all() {
    let tool = Tool::sample();
    let names = |line: &str| -> Vec<String> {
        tool.run(&format!("probe {line} {FAST}")).ok();
        report(&tool)["entities"].as_object().unwrap().keys().cloned().collect()
    };
    assert_eq!(names("bookings Coworker"), ["Booking", "Coworker"]);
    let section = names("--section apps");
    let expected: Vec<_> = model::tables().iter().filter(|table| table.section == "apps").map(|t| t.name).collect();
    assert_eq!(section.len(), expected.len());
    assert_eq!(tool.run("probe bookins").code, 2);
    let wrong = tool.run("probe --section space");
    assert_eq!(wrong.code, 2);
    assert!(wrong.stderr.contains("spaces"), "{}", wrong.stderr);
    for line in ["--per-second 0", "--sample 0", "--sample 5000", "--gets x", "--per-second -1"] {
        assert_eq!(tool.run(&format!("probe {line}")).code, 2, "{line}");
    }
}

#[test]
fn what_a_healthy_service_does_is_in_the_report() {
    let tool = Tool::demo();
    let shown = tool.run(&format!("probe resources {FAST}")).ok();
    assert_eq!(shown, read(&tool.path("probe.md")));
    let report = report(&tool);
    let resource = &report["entities"]["Resource"];
    assert_eq!(findings(&report), Vec::<String>::new());
    assert_eq!((&resource["list"]["verdict"], &resource["get"]["verdict"]), (&json!("there"), &json!("there")));
    assert_eq!(
        resource["sort"],
        json!({
            "": "ascending", "-1": "descending", "0": "ascending", "1": "descending",
            "Ascending": "ascending", "Descending": "descending",
        })
    );
    assert_eq!(resource["page"], json!({"asked": 10_000, "answered": 10_000}));
    assert_eq!(resource["unknown_filter"], "ignored");
    let name = &resource["filters"]["Resource_Name"];
    assert_eq!((&name["verdict"], &name["text"]), (&json!("filters"), &json!("exact")));
    let made = &resource["filters"]["from_Resource_CreatedOn"];
    assert_eq!((&made["verdict"], &made["ends"]), (&json!("filters"), &json!("inclusive")));
    assert_eq!(resource["dates"]["zone"], "UTC");
    assert_eq!(resource["dates"]["takes"]["minutes"], true);
    assert!(resource["offered"].as_array().unwrap().iter().any(|command| command["key"] == "TOUCH"));
    assert!(resource["copied"].as_object().unwrap().values().all(|copy| copy["same"] == copy["compared"]));
}

#[test]
fn a_missing_role_is_named() {
    let account = Account::new("someone@example.com", "password").role("Booking-List").role("Resource-Read");
    let tool = Tool::with(Sandbox::builder().seed(Seed::Demo).account(account).start_blocking().unwrap());
    let mut command = tool.bare();
    command.env("NEXUDUS_BASE_URL", tool.sandbox.url());
    command.env("NEXUDUS_EMAIL", "someone@example.com").env("NEXUDUS_PASSWORD", "password");
    let line = format!("probe bookings resources {FAST}");
    crate::tool::finish(command.args(shlex::split(&line).unwrap()), "").ok();
    let report = report(&tool);
    assert_eq!(findings(&report), ["Booking role-missing get", "Resource role-missing list"]);
    assert_eq!(report["entities"]["Booking"]["get"]["role"], "Booking-Read");
    assert_eq!(report["entities"]["Resource"]["list"]["role"], "Resource-List");
    assert!(read(&tool.path("probe.md")).contains("role missing (Booking-Read)"));
}

#[test]
fn a_probe_that_broke_off_goes_on_where_it_was() {
    let tool = Tool::demo();
    let line = format!("probe bookings coworkers resources tariffs {FAST}");
    tool.run(&line).ok();
    let whole = report(&tool);
    control(&tool.sandbox, "POST", "faults", &json!({"method": "GET", "path": "/api/spaces/resources", "status": 429}));
    std::fs::remove_file(tool.path("probe.json")).unwrap();
    let broken = tool.run(&line);
    assert_ne!(broken.code, 0);
    assert!(broken.stderr.contains("--resume"), "{}", broken.stderr);
    assert!(!tool.path("probe.json").exists());
    let progress = tool.path("probe.json.progress");
    let done = read(&progress).lines().count();
    control(&tool.sandbox, "DELETE", "faults", &Value::Null);
    // Not without being told so, nor with another sample.
    assert_eq!(tool.run(&line).code, 2);
    assert_eq!(tool.run(&format!("{line} --resume --sample 3")).code, 2);
    // What was under way when it was killed is cut off, and asked for again.
    let mut text = read(&progress);
    text.push_str("{\"entity\":\"Resou");
    std::fs::write(&progress, text).unwrap();
    control(&tool.sandbox, "DELETE", "log", &Value::Null);
    tool.run(&format!("{line} --resume")).ok();
    let log = control(&tool.sandbox, "GET", "log", &Value::Null).to_string();
    assert!(done > 1 && !log.contains("/api/spaces/bookings?"), "what was done is not asked for again");
    assert_eq!(report(&tool), whole);
    assert!(!progress.exists());
}

/// The ids of the filled records.
const FIRST: i64 = 86_753_091;
const SECOND: i64 = 86_753_092;

/// A record with a marked value in every property.
fn marked(table: &EntityTable, id: i64) -> Value {
    let mut record = serde_json::Map::new();
    for (at, field) in table.all_fields().enumerate() {
        let value = match field.kind {
            _ if field.name == "Id" => json!(id),
            // Relations lead to records that are there, so that copied properties are filled as well.
            Kind::Id(_) => json!(FIRST),
            Kind::Int => json!(id + 1),
            Kind::Bool => json!(true),
            Kind::Decimal => json!(8_675_309.25),
            Kind::Text => json!(format!("Zyxw{at}é Marked")),
            Kind::DateTime => json!("1987-06-05T04:03:02Z"),
            Kind::Civil => json!("1987-06-05T04:03:02"),
            Kind::Guid => json!(format!("feedface-0000-4000-8000-{id:012}")),
            Kind::Enum(values) => json!(values.values[0].0),
            Kind::Ids(_) => json!([id, id + 1]),
            Kind::Json if field.name == "CustomFields" => json!({"Data": [{"Name": "Zyxw", "Value": "Marked"}]}),
            Kind::Json => json!({"ZyxwKey": "Marked"}),
        };
        record.insert(field.name.to_owned(), value);
    }
    Value::Object(record)
}

#[test]
fn no_value_of_a_record_is_in_what_a_probe_writes() {
    let tool = Tool::with(Sandbox::builder().seed(Seed::Empty).start_blocking().unwrap());
    control(&tool.sandbox, "POST", "seed", &filled());
    let seen = tool.run("coworkers list --json").ok();
    for mark in ["Zyxw", "Marked", "8675309", "1987", "feedface"] {
        assert!(seen.contains(mark), "{mark}");
    }
    // The long run asks for the whole account.
    let sections = if std::env::var_os("NEXUDUS_PROBE_FILES").is_some() { "" } else { "--section spaces" };
    // The file of progress is kept when the last entity can't be asked for.
    let is_asked = |table: &&&EntityTable| sections.is_empty() || table.section == "spaces";
    let last = model::tables().iter().rfind(is_asked).unwrap();
    let fault = json!({"method": "GET", "path": format!("/api/{}", last.path()), "status": 429});
    control(&tool.sandbox, "POST", "faults", &fault);
    let line = format!("probe {sections} {FAST} --sample 10");
    let broken = tool.run(&line);
    assert_ne!(broken.code, 0);
    let mut written = vec![broken.stdout, broken.stderr, read(&tool.path("probe.json.progress"))];
    control(&tool.sandbox, "DELETE", "faults", &Value::Null);
    let done = tool.run(&format!("{line} --resume"));
    assert_eq!(done.code, 0, "{done:?}");
    written.extend([done.stdout, done.stderr, read(&tool.path("probe.json")), read(&tool.path("probe.md"))]);
    let report = report(&tool);
    assert_eq!(findings(&report), Vec::<String>::new());
    let coworker = &report["entities"]["Coworker"];
    assert_eq!(coworker["properties"]["FullName"]["get"]["present"], 2);
    assert_eq!(coworker["filters"]["Coworker_FullName"]["verdict"], "filters");
    for text in &written {
        for mark in ["Zyxw", "zyxw", "Marked", "8675309", "1987", "feedface", "FEEDFACE"] {
            if let Some(at) = text.find(mark) {
                panic!("{mark}: {}", text.get(at.saturating_sub(80)..at + 80).unwrap_or_default());
            }
        }
        // Nor the address, nor the caller's credentials.
        assert!(!text.contains("127.0.0.1") && !text.contains(nexudus_sandbox::TOKEN));
    }
}

#[test]
fn what_no_service_should_answer_ends_in_a_report() {
    let tool = Tool::demo();
    let deep = "[".repeat(5000);
    let mut many = String::from(r#"{"Records":[{"Id":5"#);
    for at in 0..20_000 {
        write!(many, r#","someone{at}@example.com":1"#).unwrap();
    }
    many.push_str("}]}");
    let bodies = [
        "",
        "null",
        "<html>no</html>",
        "{\"Records\":null}",
        "{\"Records\":5,\"TotalItems\":5}",
        "{\"Records\":[null,5,\"x\",[1]],\"TotalItems\":99999999999999999999}",
        "{\"Records\":[{}],\"PageSize\":-1,\"TotalItems\":-5}",
        "{\"Records\":[{\"Id\":\"x\"},{\"Id\":null},{\"Id\":1e99}],\"TotalItems\":18446744073709551615}",
        "{\"Records\":[{\"Id\":1,\"Id\":2,\"Price\":{\"a\":[{}]}}],\"PageSize\":18446744073709551615}",
        "\"a text\"",
        "{\"Records\":[{\"Id\":9223372036854775807},{\"Id\":-9223372036854775808}]}",
        &deep,
        &many,
    ];
    for body in bodies {
        let fault = json!({"method": "GET", "path": "/api/spaces/bookings*", "status": 200, "body": body});
        control(&tool.sandbox, "PUT", "faults", &fault);
        let done = tool.run(&format!("probe bookings {FAST}"));
        let start: String = body.chars().take(60).collect();
        assert_eq!(done.code, 0, "{start}: {done:?}");
        let report = read(&tool.path("probe.json"));
        assert!(!report.contains("example.com") && report.len() < 400_000, "{start}");
    }
    for status in [400, 403, 404, 405, 500, 503] {
        let fault = json!({"method": "GET", "path": "/api/spaces/bookings*", "status": status});
        control(&tool.sandbox, "PUT", "faults", &fault);
        tool.run(&format!("probe bookings {FAST}")).ok();
        let verdict = report(&tool)["entities"]["Booking"]["list"]["verdict"].take();
        let expected = match status {
            403 => "role missing",
            404 => "not there",
            400 | 405 => "refused",
            _ => "failed",
        };
        assert_eq!(verdict, expected, "{status}");
    }
}

/// An object that is keyed by data has the values of other records for names.
#[test]
fn names_that_hold_what_any_record_says_are_withheld() {
    let tool = Tool::demo();
    let rows: Vec<Value> = (1..=40).map(|id| json!({"Id": id, "Fee_marisaholt": 1, "New": 1, "Seat47": 1})).collect();
    let mut body = json!({"Records": rows, "TotalItems": 7777});
    body["Records"][39] = json!({"Id": 47, "Notes": ["x", {"Of": "Marisa Holt"}], "Fee_marisaholt": 1});
    let fault = json!({"method": "GET", "path": "/api/spaces/bookings*", "status": 200, "body": body.to_string()});
    control(&tool.sandbox, "PUT", "faults", &fault);
    tool.run(&format!("probe bookings {FAST} --sample 100")).ok();
    let text = read(&tool.path("probe.json")) + &read(&tool.path("probe.md"));
    assert!(!text.to_lowercase().contains("marisa") && !text.contains("Seat47"), "{text}");
    let booking = report(&tool)["entities"]["Booking"].take();
    assert_eq!((&booking["withheld"], &booking["properties"]["New"]["list"]["present"]), (&json!(2), &json!(39)));
    // Nor does it say how many records there are.
    assert!(!text.contains("7777"), "{text}");
    tool.run(&format!("probe bookings {FAST} --sample 10")).ok();
    let booking = report(&tool)["entities"]["Booking"].take();
    assert_eq!((&booking["list"]["records"], &booking["page"]), (&json!(10), &json!({"asked": 1000, "answered": 40})));
    // What answers a get is not the record that was asked for.
    assert_eq!(booking["get"]["verdict"], "failed");
}

#[test]
fn a_record_that_is_gone_since_the_list_says_nothing_of_the_path() {
    let tool = Tool::demo();
    let first = tool.run("bookings list --limit 1 --columns Id --no-header").ok();
    let fault = json!({"method": "GET", "path": format!("/api/spaces/bookings/{}", first.trim()), "status": 404});
    control(&tool.sandbox, "PUT", "faults", &fault);
    tool.run(&format!("probe bookings {FAST}")).ok();
    let report = report(&tool);
    assert_eq!(findings(&report), Vec::<String>::new());
    let get = &report["entities"]["Booking"]["get"];
    assert_eq!((&get["verdict"], &get["records"]), (&json!("there"), &json!(2)));
}

#[test]
fn a_path_that_never_answers_does_not_end_the_probe() {
    let tool = Tool::demo();
    control(&tool.sandbox, "POST", "faults", &json!({"method": "GET", "path": "/api/spaces/bookings", "reset": true}));
    tool.run(&format!("probe bookings resources {FAST}")).ok();
    let report = report(&tool);
    assert_eq!(report["entities"]["Booking"]["list"], json!({"verdict": "failed"}));
    assert_eq!(report["entities"]["Resource"]["list"]["verdict"], "there");
    // Where nothing answers, it ends and can be resumed.
    control(&tool.sandbox, "POST", "faults", &json!({"method": "GET", "path": "/api/*", "reset": true}));
    assert_eq!(tool.run(&format!("probe bookings {FAST}")).code, 8);
}

#[test]
fn the_files_of_a_probe_are_its_own() {
    let tool = Tool::sample();
    let same = tool.run(&format!("probe users {FAST} --out report.md"));
    assert!(same.code == 2 && same.stderr.contains("the readable page gets this name"), "{same:?}");
    let progress = std::fs::File::create(tool.path("probe.json.progress")).unwrap();
    progress.lock().unwrap();
    let second = tool.run(&format!("probe users {FAST} --resume"));
    assert!(second.code == 2 && second.stderr.contains("in use by another probe"), "{second:?}");
    progress.unlock().unwrap();
    tool.run(&format!("probe users {FAST}")).ok();
}

/// Two filled records of every entity, by path.
fn filled() -> Value {
    let records = |table: &&EntityTable| (table.path(), json!([marked(table, FIRST), marked(table, SECOND)]));
    Value::Object(model::tables().iter().map(records).collect())
}

/// A random file of deviations, and the findings that a probe owes.
struct Case {
    file: Value,
    entities: Vec<&'static EntityTable>,
    owed: Vec<String>,
}

impl Case {
    fn random(random: &mut fastrand::Rng) -> Self {
        let is_fit = |table: &&EntityTable| table.allows(Operation::List) && table.required_filters.is_empty();
        let mut entities: Vec<&'static EntityTable> = model::tables().iter().copied().filter(is_fit).collect();
        random.shuffle(&mut entities);
        entities.truncate(random.usize(1..=3));
        let mut file = serde_json::Map::new();
        let mut owed = Vec::new();
        // At times the last one stays as it is, or all do.
        let spared = if random.u8(0..8) == 0 { entities.len() } else { random.usize(0..entities.len()) };
        let deviating = entities.len() - spared;
        for table in &entities[..deviating] {
            let deviation = Self::entity(table, random, &mut |kind: &str, subject: &str| {
                owed.push(format!("{} {kind} {subject}", table.name));
            });
            file.insert(table.name.to_owned(), deviation);
        }
        owed.retain(|finding| !is_always_found(finding));
        owed.sort();
        Self { file: json!({"version": 1, "entities": file}), entities, owed }
    }

    fn entity(table: &'static EntityTable, random: &mut fastrand::Rng, owe: &mut dyn FnMut(&str, &str)) -> Value {
        match random.u8(0..12) {
            0 => {
                owe("path-gone", "list");
                return json!({"path_gone": true});
            }
            1 => {
                owe("role-missing", "list");
                return json!({"roles_missing": ["List"]});
            }
            _ => {}
        }
        let mut deviation = serde_json::Map::new();
        let mut gets = table.allows(Operation::Get);
        if gets && random.u8(0..6) == 0 {
            owe("role-missing", "get");
            deviation.insert("roles_missing".to_owned(), json!(["Read"]));
            gets = false;
        }
        if random.u8(0..3) == 0 {
            owe("page-capped", "");
            deviation.insert("max_page_size".to_owned(), json!(random.u16(5..1000)));
        }
        if random.u8(0..3) == 0 {
            let (ascending, descending) = [(1, 0), (0, 2), (5, 0), (1, 5), (7, 8)][random.usize(0..5)];
            if descending == 0 {
                owe("sort-direction", "0");
            }
            if descending != 1 {
                owe("sort-direction", "1");
            }
            deviation.insert("sort".to_owned(), json!({"ascending": ascending, "descending": descending}));
        }
        let equal = table.all_fields().filter(|field| field.kind != Kind::Json).filter_map(|f| table.filter_name(f));
        let ranges = table.all_fields().filter_map(|field| table.range_names(field)).flat_map(|(from, to)| [from, to]);
        let mut filters: Vec<String> =
            equal.chain(ranges).chain(table.related.iter().map(|related| related.name.to_owned())).collect();
        filters.sort();
        filters.dedup();
        random.shuffle(&mut filters);
        filters.truncate(random.usize(0..4));
        if !filters.is_empty() {
            for name in &filters {
                owe("filter-ignored", name);
            }
            deviation.insert("filters_ignored".to_owned(), json!(filters));
        }
        let properties = Self::properties(table, gets, random, owe);
        if !properties.is_empty() {
            deviation.insert("properties".to_owned(), Value::Object(properties));
        }
        Value::Object(deviation)
    }

    fn properties(
        table: &'static EntityTable,
        gets: bool,
        random: &mut fastrand::Rng,
        owe: &mut dyn FnMut(&str, &str),
    ) -> serde_json::Map<String, Value> {
        let mut properties = serde_json::Map::new();
        let is_visible = |field: &&'static Field| {
            field.name != "Id" && !field.is_write_only() && !field.is_absent() && (gets || !field.is_get_only())
        };
        let mut fields: Vec<&'static Field> = table.all_fields().filter(is_visible).collect();
        random.shuffle(&mut fields);
        for field in fields.into_iter().take(random.usize(0..5)) {
            let number = match field.kind {
                Kind::Enum(values) if !field.is_by_name() => {
                    values.values.iter().map(|(number, _)| number).max().map(|largest| largest + random.i64(1..50))
                }
                _ => None,
            };
            let types: &[&str] = match field.kind {
                Kind::Id(_) | Kind::Int | Kind::Decimal => &["text", "bool", "object", "ids"],
                Kind::Bool => &["text", "int", "object", "ids", "decimal"],
                Kind::Text | Kind::DateTime | Kind::Civil | Kind::Guid => &["int", "bool", "object", "ids"],
                Kind::Ids(_) => &["text", "int", "bool", "object"],
                Kind::Enum(_) | Kind::Json => &[],
            };
            let deviation = match random.u8(0..4) {
                0 => {
                    owe("property-missing", field.name);
                    json!({"gone": true})
                }
                1 => {
                    let name = format!("Renamed{}", random.u8(..));
                    owe("property-missing", field.name);
                    owe("property-unknown", &name);
                    json!({"renamed": name})
                }
                _ if number.is_some() => {
                    owe("enum-unlisted", field.name);
                    json!({"enum_value": number})
                }
                _ if types.is_empty() => continue,
                _ => {
                    owe("property-type", field.name);
                    json!({"retyped": types[random.usize(..types.len())]})
                }
            };
            properties.insert(field.name.to_owned(), deviation);
        }
        for _ in 0..random.u8(0..3) {
            let types = ["text", "int", "bool", "decimal", "datetime", "ids", "object", "null"];
            let name = format!("Fresh{}", char::from(random.u8(b'A'..=b'Z')));
            if !properties.contains_key(&name) {
                owe("property-unknown", &name);
                properties.insert(name, json!({"added": types[random.usize(..types.len())]}));
            }
        }
        properties
    }

    /// Probes a sandbox that deviates so, and compares.
    fn check(&self, seed: &Value, what: &str) {
        let deviations: Deviations = self.file.to_string().parse().unwrap_or_else(|error| panic!("{what}: {error}"));
        let sandbox = Sandbox::builder().seed(Seed::Empty).deviations(deviations).start_blocking().unwrap();
        control(&sandbox, "POST", "seed", seed);
        let tool = Tool::with(sandbox);
        let names: Vec<_> = self.entities.iter().map(|table| table.path()).collect();
        let done = tool.run(&format!("probe {} {FAST}", names.join(" ")));
        assert_eq!(done.code, 0, "{what}: {}\n{done:?}", self.file);
        let mut found = findings(&report(&tool));
        found.sort();
        assert_eq!(found, self.owed, "{what}: {}", self.file);
    }
}

/// A probe finds each deviation of random files, and nothing else. `cargo xtask deviations` runs it with more files.
#[test]
fn a_probe_finds_every_deviation_and_no_other() {
    let number = |name: &str, default: u64| {
        std::env::var(name).ok().map_or(default, |text| text.parse().unwrap_or_else(|_| panic!("{name}: {text}")))
    };
    let (files, first) = (number("NEXUDUS_PROBE_FILES", 20), number("NEXUDUS_PROBE_SEED", 1));
    let seed = filled();
    let (mut deviations, mut clean) = (0, 0);
    for seed_number in first..first + files {
        let case = Case::random(&mut fastrand::Rng::with_seed(seed_number));
        deviations += case.owed.len();
        clean += usize::from(case.owed.is_empty());
        case.check(&seed, &format!("seed {seed_number}"));
    }
    assert!(deviations as u64 > files, "{deviations} findings in {files} files");
    println!("{files} files, {deviations} findings, {clean} files without any");
}
