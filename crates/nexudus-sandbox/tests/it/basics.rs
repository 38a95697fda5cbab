//! The verbs, the envelopes and who may use them.

use nexudus_sandbox::Sandbox;
use serde_json::json;

use crate::caller::{Caller, ids};

const MESSAGES: &str = "sys/usermessages";
const CHATS: &str = "sys/chatusermessages";

#[test]
fn the_published_samples_are_answered_as_printed() {
    let caller = Caller::new();
    let printed = json!({
        "BusinessId": 0, "ToUsers": [], "FromName": null, "FromUserId": null, "Header": null, "Body": null,
        "IsRead": false, "Id": 87_654_321, "UpdatedOn": "2025-01-15T10:30:00Z", "CreatedOn": "2025-01-10T08:00:00Z",
        "UniqueId": "a1b2c3d4-e5f6-7890-abcd-ef1234567890", "UpdatedBy": "admin@example.com", "IsNew": false,
        "SystemId": null, "ToStringText": "UserMessage Example", "LocalizationDetails": null, "CustomFields": null,
    });
    assert_eq!(caller.get("sys/usermessages/87654321").ok(), printed);
    // The printed body of a create names nobody.
    let created = caller.post(CHATS, &json!({ "FromUserId": 0 })).ok();
    assert_eq!(
        (&created["Status"], &created["Message"], &created["WasSuccessful"]),
        (&json!(200), &json!("ChatUserMessage was successfully created."), &json!(true))
    );
    assert_eq!(caller.post(CHATS, &json!({})).status, 400);
}

#[test]
fn a_record_lives_from_create_to_delete() {
    let caller = Caller::new();
    let created = caller.post(CHATS, &json!({ "FromUserId": 1, "ToUsers": [2], "ChatText": "Hello" }));
    let id = created.id();
    let envelope = created.json();
    let keys: Vec<&String> = envelope.as_object().unwrap().keys().collect();
    assert_eq!(keys.len(), 11, "{keys:?}");
    assert_eq!(envelope["Status"], 200);
    assert_eq!(envelope["Message"], "ChatUserMessage was successfully created.");
    assert_eq!(envelope["WasSuccessful"], true);
    assert_eq!(envelope["Errors"], json!(null));
    assert_eq!(envelope["UpdatedBy"], "admin@example.com");

    let record = caller.get(&format!("{CHATS}/{id}")).ok();
    assert_eq!(record["ChatText"], "Hello");
    assert_eq!(record["ToUsers"], json!([2]));
    assert_eq!(record["CreatedOn"], envelope["UpdatedOn"]);

    // What a PUT leaves out is cleared.
    let updated = caller.put(CHATS, &json!({ "Id": id, "FromUserId": 1, "Delievered": true }));
    assert_eq!(updated.ok()["Value"], json!({ "Id": id }));
    let record = caller.get(&format!("{CHATS}/{id}")).ok();
    assert_eq!(
        (&record["ChatText"], &record["ToUsers"], &record["Delievered"]),
        (&json!(null), &json!([]), &json!(true))
    );
    assert_eq!(record["CreatedOn"], envelope["UpdatedOn"]);

    let deleted = caller.delete(&format!("{CHATS}/{id}")).ok();
    assert_eq!((&deleted["Value"], &deleted["WasSuccessful"]), (&json!(null), &json!(true)));
    let gone = caller.get(&format!("{CHATS}/{id}"));
    assert_eq!((gone.status.as_u16(), gone.json()), (404, json!("Not found")));
    assert_eq!(caller.delete(&format!("{CHATS}/{id}")).status, 404);
}

#[test]
fn a_refusal_names_every_fault() {
    let caller = Caller::new();
    let refused = caller.post(CHATS, &json!({ "ToUsers": "x", "ChatText": [1], "Delievered": "maybe" }));
    assert_eq!(refused.status, 400);
    let body = refused.json();
    assert_eq!(body["Status"], 500);
    assert_eq!(body["Message"], "FromUser: is a required field");
    assert_eq!((&body["Value"], &body["WasSuccessful"]), (&json!(null), &json!(false)));
    let errors = body["Errors"].as_array().unwrap();
    assert_eq!(
        errors[0],
        json!({ "AttemptedValue": null, "Message": "is a required field", "PropertyName": "FromUser" })
    );
    let named: Vec<&str> = errors.iter().map(|error| error["PropertyName"].as_str().unwrap()).collect();
    assert_eq!(named, ["FromUser", "ToUsers", "ChatText", "Delievered"]);
    assert_eq!(errors[3]["AttemptedValue"], "maybe");

    let refused = caller.put(CHATS, &json!({ "FromUserId": 1 }));
    assert_eq!((refused.status.as_u16(), &refused.json()["Message"]), (400, &json!("Id: is a required field")));
}

#[test]
fn a_list_says_where_it_stands() {
    let caller = Caller::new();
    let page = caller.get(&format!("{MESSAGES}?page=2&size=2")).ok();
    assert_eq!(ids(&page), [87_654_323]);
    let mut rest = page.clone();
    rest.as_object_mut().unwrap().remove("Records");
    assert_eq!(
        rest,
        json!({
            "CurrentPageSize": 2, "CurrentPage": 2, "CurrentOrderField": "Id", "CurrentSortDirection": 0,
            "FirstItem": 3, "LastItem": 3, "HasNextPage": false, "HasPreviousPage": true,
            "PageNumber": 2, "PageSize": 2, "TotalItems": 3, "TotalPages": 2,
        })
    );
    // A summary keeps the keys of what it leaves out.
    assert_eq!(page["Records"][0]["ToUsers"], json!([]));

    let page = caller.get(&format!("{MESSAGES}?orderby=header&DIR=descending")).ok();
    assert_eq!(ids(&page), [87_654_323, 87_654_322, 87_654_321]);
    assert_eq!(ids(&caller.get(&format!("{MESSAGES}?UserMessage_FromUser=1")).ok()), [87_654_322, 87_654_323]);
    let range =
        format!("{MESSAGES}?from_UserMessage_CreatedOn=2025-02-03T09:15&to_UserMessage_CreatedOn=2025-02-03T09:15");
    assert_eq!(ids(&caller.get(&range).ok()), [87_654_322]);
    assert_eq!(ids(&caller.get(&format!("{MESSAGES}/?usermessage_systemid=NOTICE-2")).ok()), [87_654_322]);
    assert_eq!(
        ids(&caller.get(&format!("{MESSAGES}?UniqueId=a1b2c3d4-e5f6-7890-abcd-ef1234567890")).ok()),
        [87_654_321]
    );
}

#[test]
fn several_ids_come_as_an_array_or_a_page() {
    let caller = Caller::new();
    let rows = caller.get(&format!("{MESSAGES}/?id=[87654323,1,87654321]")).ok();
    let found: Vec<i64> = rows.as_array().unwrap().iter().map(|row| row["Id"].as_i64().unwrap()).collect();
    assert_eq!(found, [87_654_323, 87_654_321]);
    let page = caller.get(&format!("{MESSAGES}?UserMessage_Id=[87654323,87654321]")).ok();
    assert_eq!(ids(&page), [87_654_321, 87_654_323]);
    assert_eq!(caller.get(&format!("{MESSAGES}?UserMessage_Id=[5,6]")).status, 404);
    assert_eq!(caller.get(&format!("{MESSAGES}?UserMessage_Id=5")).ok()["TotalItems"], 0);
}

#[test]
fn who_may_do_what() {
    let caller = Caller::new();
    let path = &format!("{MESSAGES}/87654321");
    let basic = |user: &str, password: &str| {
        let digits = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        let text = format!("{user}:{password}").into_bytes();
        let bits = |at: usize| text.get(at).map_or(0, |byte| u32::from(*byte));
        let coded: String = (0..text.len().div_ceil(3))
            .flat_map(|group| {
                let number = bits(group * 3) << 16 | bits(group * 3 + 1) << 8 | bits(group * 3 + 2);
                let count = (text.len() - group * 3).min(3) + 1;
                (0..count).map(move |at| char::from(digits[(number >> (18 - 6 * at) & 63) as usize]))
            })
            .collect();
        format!("Basic {coded}")
    };
    assert_eq!(caller.with(Some(&basic("ADMIN@example.com", "sandbox"))).get(path).status, 200);
    for bad in [
        None,
        Some("Bearer nobody".to_owned()),
        Some("Basic !!!".to_owned()),
        Some("Digest x".to_owned()),
        Some(basic("admin@example.com", "wrong")),
        Some(basic("nobody@example.com", "sandbox")),
    ] {
        let answer = caller.with(bad.as_deref()).get(path);
        assert_eq!(answer.status, 401, "{bad:?}");
        assert_eq!(answer.json(), json!({ "Message": "Authorization has been denied for this request." }));
    }
    let guest = caller.with(Some(&basic("guest@example.com", "sandbox")));
    for (answer, role) in [
        (guest.get(path), "UserMessage-Read"),
        (guest.get(MESSAGES), "UserMessage-List"),
        (guest.get(&format!("{MESSAGES}?id=[87654321]")), "UserMessage-Read"),
        (guest.post(CHATS, &json!({})), "ChatUserMessage-Create"),
        (guest.put(CHATS, &json!({})), "ChatUserMessage-Edit"),
        (guest.delete(&format!("{CHATS}/1001")), "ChatUserMessage-Delete"),
    ] {
        assert_eq!(answer.status, 401);
        assert_eq!(answer.hint(), format!("the role {role} is missing"));
    }
    assert_eq!(guest.get("auth/me").ok()["Email"], "guest@example.com");
}

#[test]
fn what_does_not_exist_says_so() {
    let caller = Caller::new();
    let answer = caller.post(MESSAGES, &json!({}));
    assert_eq!(answer.status, 405);
    assert_eq!(answer.headers["allow"], "GET");
    assert_eq!(answer.hint(), "UserMessage has no create");
    assert_eq!(caller.delete(&format!("{MESSAGES}/87654321")).status, 405);
    let answer = caller.get("sys/usermesages");
    assert_eq!((answer.status.as_u16(), answer.json()), (404, json!("Not found")));
    assert_eq!(answer.hint(), "no entity at `sys/usermesages`, did you mean `sys/usermessages`?");
    for path in ["", "sys", "sys/usermessages/x", "sys/usermessages/99999999999999999999", "sys/usermessages/1/2/3"] {
        assert_eq!(caller.get(path).status, 404, "{path}");
    }
    let answer = caller.get(&format!("{MESSAGES}?UserMessage_FromUsr=1&page=-1&size=0&dir=up"));
    assert_eq!(answer.ok()["TotalItems"], 3);
    assert_eq!(
        answer.hint(),
        "unknown query parameter `UserMessage_FromUsr` is ignored, did you mean `UserMessage_FromUser`?; \
         page starts at 1; size starts at 1; dir `up` is neither 0 nor 1, ascending is taken"
    );
    let answer = caller.get(&format!("{MESSAGES}?UserMessage_FromUser=x"));
    assert_eq!(
        (answer.status.as_u16(), &answer.json()["Message"]),
        (400, &json!("UserMessage_FromUser: is not a whole number"))
    );
    assert_eq!(caller.get("SYS/UserMessages/87654321").status, 200);
}

#[test]
fn forms_are_bound_leniently() {
    let caller = Caller::new();
    let id = caller
        .form(http::Method::POST, CHATS, "FromUserId=1&ToUsers=1&ToUsers=2&ChatText=a+b%26c&Delievered=True")
        .id();
    let record = caller.get(&format!("{CHATS}/{id}")).ok();
    assert_eq!(
        (&record["ChatText"], &record["ToUsers"], &record["Delievered"]),
        (&json!("a b&c"), &json!([1, 2]), &json!(true))
    );
}

#[test]
fn unknown_filters_are_ignored_with_a_hint_or_refused() {
    let list = format!("{MESSAGES}?UserMessage_Headr=x&size=2");
    let ignored = Caller::new().get(&list);
    assert_eq!((ignored.status.as_u16(), ids(&ignored.json()).len()), (200, 2));
    assert!(ignored.hint().contains("did you mean `UserMessage_Header`?"), "{}", ignored.hint());
    let builder = Sandbox::builder().unknown_filters("refuse".parse().unwrap());
    let caller = Caller::of(builder.in_process().unwrap());
    let refused = caller.get(&list);
    let message = "UserMessage_Headr: is not a filter of UserMessage, did you mean `UserMessage_Header`?";
    assert_eq!((refused.status.as_u16(), &refused.json()["Message"]), (400, &json!(message)));
    assert_eq!(caller.get(&format!("{MESSAGES}?UserMessage_Header=x&page=1&orderBy=Id&dir=1")).status, 200);
}

#[test]
fn a_plus_that_was_read_as_a_blank_is_hinted_at() {
    let caller = Caller::new();
    caller.post(CHATS, &json!({ "FromUserId": 1, "ChatText": "a+b@example.com" })).id();
    let list = |value: &str| caller.get(&format!("{CHATS}?ChatUserMessage_ChatText={value}"));
    assert_eq!(ids(&list("a%2Bb@example.com").ok()).len(), 1);
    let none = list("a+b@example.com");
    assert_eq!(ids(&none.ok()).len(), 0);
    assert!(none.hint().contains("write %2B"), "{}", none.hint());
    assert_eq!(list("nobody").hint(), "");
}

/// A text filter compares the whole text, with the whitespace at its ends.
#[test]
fn a_filter_finds_texts_with_whitespace_at_their_ends() {
    let caller = Caller::new();
    let texts = ["lead", " lead", "lead ", "\tlead\n"];
    for text in texts {
        caller.post("sys/chatusermessages", &json!({ "FromUserId": 1, "ChatText": "x", "SystemId": text })).id();
    }
    for text in texts {
        let encoded = text.replace(' ', "%20").replace('\t', "%09").replace('\n', "%0A");
        let page = caller.get(&format!("sys/chatusermessages?ChatUserMessage_SystemId={encoded}")).ok();
        assert_eq!((&page["TotalItems"], &page["Records"][0]["SystemId"]), (&json!(1), &json!(text)));
    }
}
