//! The demo space: as large as promised, and coherent.

use nexudus_sandbox::{Sandbox, Seed};

use crate::caller::Caller;

fn demo() -> Caller {
    let time = "2026-02-14T12:34:56Z".parse().unwrap();
    Caller::of(Sandbox::builder().seed(Seed::Demo).clock(time).in_process().unwrap())
}

#[test]
fn there_is_a_space_to_look_around_in() {
    let caller = demo();
    let total = |path: &str| caller.get(path).ok()["TotalItems"].as_i64().unwrap();
    for (path, count) in [
        ("sys/businesses", 2),
        ("spaces/coworkers", 60),
        ("spaces/resources", 20),
        ("spaces/bookings", 500),
        ("billing/tariffs", 8),
        ("billing/coworkerinvoices", 120),
        ("content/calendarevents", 12),
        ("spaces/visitors", 40),
        ("support/helpdeskmessages", 25),
        ("sys/users", 5),
    ] {
        assert_eq!(total(path), count, "{path}");
    }
    assert!(total("support/helpdeskcomments") > 25);
    // Around the clock's today.
    assert!(total("spaces/bookings?from_Booking_FromTime=2026-02-14T00:00&to_Booking_FromTime=2026-02-14T23:59") == 20);
    let invoice = &caller.get("billing/coworkerinvoices?size=1").ok()["Records"][0];
    let lines =
        caller.get(&format!("billing/coworkerinvoicelines?CoworkerInvoiceLine_CoworkerInvoice={}", invoice["Id"])).ok();
    let sum: f64 = lines["Records"].as_array().unwrap().iter().map(|line| line["SubTotal"].as_f64().unwrap()).sum();
    assert!(sum > 0.0 && (sum - invoice["TotalAmount"].as_f64().unwrap()).abs() < 0.001, "{invoice} {sum}");
    let booking = &caller.get("spaces/bookings?Booking_Coworker=1001&size=1").ok()["Records"][0];
    assert!(booking["ResourceName"].is_string() && booking["CoworkerFullName"].is_string(), "{booking}");
}

#[test]
fn its_users_do_what_their_roles_say() {
    let caller = demo();
    let form = "grant_type=password&username=reception@example.com&password=sandbox";
    let token = caller.form(http::Method::POST, "token", form).ok()["access_token"].as_str().unwrap().to_owned();
    let reception = caller.with(Some(&format!("Bearer {token}")));
    assert_eq!(reception.get("spaces/bookings?size=1").status, 200);
    assert_eq!(reception.delete("spaces/bookings/5001").status, 200);
    assert_eq!(reception.get("billing/coworkerinvoices?size=1").status, 401);
}
