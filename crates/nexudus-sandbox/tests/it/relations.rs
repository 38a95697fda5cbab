//! Records that belong together: relations, names of related records, lists on both sides, files.

use http::Method;
use serde_json::{Value, json};

use crate::caller::{Caller, ids};

const BOOKINGS: &str = "spaces/bookings";

/// A space with two resources and three bookings.
fn space() -> Caller {
    let caller = Caller::new();
    let records = json!({
        "spaces/resourcetypes": [{ "Id": 1, "Name": "Meeting rooms", "BusinessId": 1 }],
        "spaces/resources": [
            { "Id": 11, "Name": "Board room", "ResourceTypeId": 1, "BusinessId": 1, "Allocation": 8 },
            { "Id": 12, "Name": "Studio", "ResourceTypeId": 1, "BusinessId": 1 },
            { "Id": 13, "Name": "Booth", "BusinessId": 1 },
            { "Id": 14, "Name": "Hall", "BusinessId": 1 },
            { "Id": 15, "Name": "Loft", "BusinessId": 1 },
        ],
        "spaces/coworkers": [{ "Id": 21, "FullName": "Ana Martín", "Email": "ana@example.com", "AccessCardId": "card-7" }],
        "spaces/bookings": (1..=40).map(|id| json!({
            "Id": id, "ResourceId": 11 + id % 4, "CoworkerId": if id % 2 == 0 { json!(21) } else { json!(null) },
            "FromTime": format!("2026-03-{:02}T09:00:00Z", id % 28 + 1), "ToTime": format!("2026-03-{:02}T10:00:00Z", id % 28 + 1),
            "Online": id % 8 == 0, "OverridePrice": if id == 5 { json!(12.5) } else { json!(null) },
        })).collect::<Vec<Value>>(),
    });
    caller.control(Method::POST, "seed", &records).ok();
    caller
}

fn list(caller: &Caller, query: &str) -> (Vec<i64>, i64) {
    let page = caller.get(&format!("{BOOKINGS}?orderBy=Id&{query}")).ok();
    (ids(&page), page["TotalItems"].as_i64().unwrap())
}

#[test]
fn names_of_related_records_come_with_a_record() {
    let caller = space();
    let booking = caller.get(&format!("{BOOKINGS}/4")).ok();
    assert_eq!(booking["ResourceName"], "Board room");
    assert_eq!(booking["ResourceAllocation"], 8);
    assert_eq!(booking["ResourceResourceTypeName"], "Meeting rooms");
    assert_eq!(booking["ResourceResourceTypeId"], 1);
    assert_eq!(booking["CoworkerFullName"], "Ana Martín");
    // They are the service's own: what a caller sends for them does not count.
    let mut sent = booking.clone();
    sent["ResourceName"] = json!("Mine");
    sent["ResourceId"] = json!(12);
    sent["Repeats"] = json!(1);
    sent["WhichBookingsToUpdate"] = json!(1);
    caller.put(BOOKINGS, &sent).ok();
    assert_eq!(caller.get(&format!("{BOOKINGS}/4")).ok()["ResourceName"], "Studio");
}

#[test]
fn lists_are_filtered_by_relations_and_what_is_behind_them() {
    let caller = space();
    assert_eq!(list(&caller, "Booking_Resource=11&size=3"), (vec![4, 8, 12], 10));
    assert_eq!(list(&caller, "Booking_Resource=11&size=3&page=4"), (vec![40], 10));
    assert_eq!(list(&caller, "Booking_Resource=11&size=3&dir=1"), (vec![40, 36, 32], 10));
    assert_eq!(list(&caller, "Booking_Resource_Name=board%20ROOM&size=3"), (vec![4, 8, 12], 10));
    assert_eq!(list(&caller, "Booking_Coworker_FullName=ana+mart%C3%8Dn&Booking_Resource=12").1, 0);
    assert_eq!(list(&caller, "Booking_Resource_ResourceType_Name=Meeting+rooms&size=1").1, 20);
    assert_eq!(list(&caller, "Booking_Resource_ResourceType_Id=1&size=1").1, 20);
    assert_eq!(list(&caller, "Booking_Online=true").0, [8, 16, 24, 32, 40]);
    assert_eq!(list(&caller, "Booking_Online=false&size=1").1, 35);
    assert_eq!(list(&caller, "Booking_OverridePrice=12.50").0, [5]);
    assert_eq!(list(&caller, "from_Booking_OverridePrice=1&to_Booking_OverridePrice=12.5").0, [5]);
    assert_eq!(list(&caller, "from_Booking_FromTime=2026-03-28T09:00&size=9").0, [27]);
    assert_eq!(
        list(&caller, "From_Booking_FromTime=2026-03-28T10:00:00%2B01:00&to_booking_fromtime=2026-03-28T09:00Z").0,
        [27]
    );
    assert_eq!(list(&caller, "Booking_Resource=99"), (vec![], 0));
    assert_eq!(list(&caller, "Booking_Resource=11&orderBy=FromTime&dir=1&size=2").0, [24, 20]);
    assert_eq!(list(&caller, "orderBy=ResourceName&size=2").0, [4, 8]);
    assert_eq!(list(&caller, "from_Booking_CreatedOn=&size=1").1, 40);
}

#[test]
fn relations_have_to_exist_in_json_and_in_forms() {
    let caller = space();
    let form = "ResourceId=11&FromTime=2026-04-01T09%3A00&ToTime=2026-04-01+10%3A00";
    let id = caller.form(Method::POST, BOOKINGS, form).id();
    let booking = caller.get(&format!("{BOOKINGS}/{id}")).ok();
    assert_eq!((&booking["ToTime"], &booking["Repeats"]), (&json!("2026-04-01T10:00:00Z"), &json!(2)));
    let refused = caller.post(BOOKINGS, &json!({ "ResourceId": 99, "CoworkerId": 98, "FromTime": "x", "Repeats": 77 }));
    assert_eq!(refused.status, 400);
    let errors: Vec<(String, String)> = refused.json()["Errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|error| {
            (error["PropertyName"].as_str().unwrap().to_owned(), error["Message"].as_str().unwrap().to_owned())
        })
        .collect();
    let expect = |property: &str, message: &str| {
        assert!(errors.contains(&(property.into(), message.into())), "{property} {message} in {errors:?}");
    };
    expect("Resource", "does not exist");
    expect("Coworker", "does not exist");
    expect("FromTime", "is not a date and time");
    expect("Repeats", "is not one of the listed values");
    // Numbers, times and enumerations that the reference marks as required get a default.
    assert_eq!(errors.len(), 4, "{errors:?}");
    let refused = caller.post(BOOKINGS, &json!({ "FromTime": "2026-04-01T09:00:00Z" }));
    assert_eq!((refused.status.as_u16(), &refused.json()["Message"]), (400, &json!("Resource: is a required field")));
}

#[test]
fn what_only_a_create_may_set_survives_updates() {
    let caller = space();
    let cycle = caller.get("utils/enums?name=eBookingRepeatCycle").ok()[0]["Name"].clone();
    let body = json!({
        "ResourceId": 11, "FromTime": "2026-04-01T09:00:00Z", "ToTime": "2026-04-01T10:00:00Z", "Repeats": cycle,
        "WhichBookingsToUpdate": 1, "RepeatEvery": 2, "Notes": "n", "ChargeNow": true,
    });
    let id = caller.post(BOOKINGS, &body).id();
    let mut booking = caller.get(&format!("{BOOKINGS}/{id}")).ok();
    // An effect is not remembered.
    assert_eq!((&booking["RepeatEvery"], &booking["ChargeNow"]), (&json!(2), &json!(false)));
    booking["RepeatEvery"] = json!(9);
    booking.as_object_mut().unwrap().remove("Notes");
    caller.put(BOOKINGS, &booking).ok();
    let after = caller.get(&format!("{BOOKINGS}/{id}")).ok();
    assert_eq!((&after["RepeatEvery"], &after["Notes"]), (&json!(2), &json!(null)));
}

#[test]
fn lists_of_ids_are_replaced_added_to_and_taken_from() {
    let caller = space();
    let team = |id: i64| caller.get(&format!("spaces/teams/{id}")).ok()["TeamMembers"].clone();
    let body = json!({ "Name": "Team", "BusinessId": 1, "TransferCredits": 1, "TeamMembers": [21] });
    let answer = caller.post("spaces/teams", &body);
    let id = answer.id();
    assert_eq!(team(id), json!([21]));
    // The other side of the list knows.
    assert_eq!(caller.get("spaces/coworkers/21").ok()["Teams"], json!([id]));
    let mut body = body;
    body.as_object_mut().unwrap().remove("TeamMembers");
    body["Id"] = json!(id);
    body["AddedTeamMembers"] = json!([21]);
    caller.put("spaces/teams", &body).ok();
    assert_eq!(team(id), json!([21]));
    body["AddedTeamMembers"] = json!(null);
    body["RemovedTeamMembers"] = json!([21, 5]);
    caller.put("spaces/teams", &body).ok();
    assert_eq!(team(id), json!([]));
    assert_eq!(caller.get("spaces/coworkers/21").ok()["Teams"], json!([]));
    body["RemovedTeamMembers"] = json!(null);
    body["TeamMembers"] = json!([5]);
    let refused = caller.put("spaces/teams", &body);
    assert_eq!((refused.status.as_u16(), &refused.json()["Message"]), (400, &json!("TeamMembers: 5 does not exist")));
}

#[test]
fn files_are_placeholders_until_cleared() {
    let caller = space();
    let mut user = caller.get("sys/users/1").ok();
    for (key, value) in [
        ("Language", json!(1)),
        ("PasswordSalt", json!("x")),
        ("LastHelpVisited", json!(0)),
        ("InvalidLoginAttempts", json!(0)),
    ] {
        user[key] = value;
    }
    user["NewAvatarUrl"] = json!("https://example.com/pictures/me.png?size=2");
    caller.put("sys/users", &user).ok();
    let after = caller.get("sys/users/1").ok();
    assert_eq!((&after["AvatarFileName"], &after["NewAvatarUrl"]), (&json!("me.png"), &json!(null)));
    let file = caller.get("sys/users/GetAvatar/1");
    assert_eq!((&file.headers["content-type"], &file.bytes[1..4]), (&"image/png".parse().unwrap(), &b"PNG"[..]));
    assert_eq!(caller.get("sys/users/getavatar/2").ok(), json!(null));
    assert_eq!(caller.get("sys/users/getavatar/99").status, 404);
    user["NewAvatarUrl"] = json!("ftp://x");
    assert_eq!(caller.put("sys/users", &user).json()["Message"], "NewAvatarUrl: is not a URL with http or https");
    user["NewAvatarUrl"] = json!(null);
    user["ClearAvatarFile"] = json!(true);
    caller.put("sys/users", &user).ok();
    assert_eq!(caller.get("sys/users/1").ok()["AvatarFileName"], json!(null));
    assert_eq!(caller.get("sys/users/getavatar/1").ok(), json!(null));
}

#[test]
fn custom_fields_are_kept_and_filtered_by() {
    let caller = space();
    let fields = json!({ "Data": [{ "Name": "Size", "Value": 7 }, { "Name": "Size", "Value": "8" }, { "Name": "12", "Value": "x", "Type": "string" }] });
    let id = caller.post("sys/chatusermessages", &json!({ "FromUserId": 1, "CustomFields": fields })).id();
    let kept = caller.get(&format!("sys/chatusermessages/{id}")).ok()["CustomFields"].clone();
    assert_eq!(
        kept,
        json!({ "Data": [
        { "Name": "Size", "Value": "7", "JsonValue": null, "Type": "string" },
        { "Name": "12", "Value": "x", "JsonValue": null, "Type": "string" },
    ] })
    );
    assert_eq!(ids(&caller.get("sys/chatusermessages?ChatUserMessage_customFields_Size=7").ok()), [id]);
    assert_eq!(caller.get("sys/chatusermessages?ChatUserMessage_CustomFields_Size=8").ok()["TotalItems"], 0);
}

#[test]
fn members_check_in_with_a_card() {
    let caller = space();
    let door = caller.with(None);
    let check = |body: Value| door.post("public/checkin", &body).ok();
    let entered = check(json!({ "AccessCardId": "card-7", "Mac": "aa:bb" }));
    assert_eq!(entered["WasSuccessful"], true, "{entered}");
    let id = entered["Value"]["Id"].as_i64().unwrap();
    let record = caller.get(&format!("spaces/checkins/{id}")).ok();
    assert_eq!((&record["CoworkerFullName"], &record["ToTime"]), (&json!("Ana Martín"), &json!(null)));
    assert_eq!(check(json!({ "AccessCardId": "card-7" }))["Message"], "The member is checked in already.");
    assert_eq!(check(json!({ "AccessCardId": "card-7", "Toggle": true }))["WasSuccessful"], true);
    assert!(caller.get(&format!("spaces/checkins/{id}")).ok()["ToTime"].is_string());
    for (body, message) in [
        (json!({ "AccessCardId": "card-7", "Disconnect": "true" }), "The member is not checked in."),
        (json!({ "AccessCardId": "card-8" }), "No member has the given card or credentials."),
        (json!({}), "Give an AccessCardId, an Email with its Password, or a Token."),
    ] {
        let refused = check(body);
        assert_eq!((&refused["WasSuccessful"], &refused["Message"]), (&json!(false), &json!(message)));
    }
}

#[test]
fn a_stored_page_is_a_download() {
    let caller = Caller::new();
    let mut user = caller.get("sys/users/2").ok();
    for url in ["data:text/html,<script>alert(1)</script>", "data:image/svg+xml,<svg onload=\"alert(1)\"/>"] {
        user["NewAvatarUrl"] = json!(url);
        caller.put("sys/users", &user).ok();
        let file = caller.get("sys/users/getavatar/2");
        for (name, value) in [
            ("content-disposition", "attachment"),
            ("x-content-type-options", "nosniff"),
            ("content-security-policy", "sandbox; default-src 'none'"),
        ] {
            assert_eq!(file.headers[name], value, "{url}");
        }
        assert!(String::from_utf8_lossy(&file.bytes).contains("alert(1)"));
    }
}
