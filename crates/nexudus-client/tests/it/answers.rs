//! What the client makes of answers.

use std::error::Error as _;
use std::time::Duration;

use nexudus_client::Error;
use nexudus_client::model::sys::{ChatUserMessageRequired, NewChatUserMessage};

use crate::server::{Server, Step, answer, json};

/// The error of a get with this answer.
async fn get(step: Step) -> Error {
    let server = Server::start([step]).await;
    server.client().user_messages().get(5).await.unwrap_err()
}

/// The error of a create with this answer.
async fn create(step: Step) -> Error {
    let server = Server::start([step]).await;
    let draft = NewChatUserMessage::new(ChatUserMessageRequired { from_user_id: 1.into() });
    let error = server.client().chat_user_messages().create(draft).await.unwrap_err();
    assert_eq!(server.lines().len(), 1, "a create is sent once");
    error
}

#[tokio::test]
async fn a_missing_record() {
    let error = get(Step::Answer(json(404, r#""Not found""#))).await;
    assert!(error.is_not_found() && !error.is_retryable());
    assert_eq!((error.operation(), error.entity(), error.id()), ("get", Some("UserMessage"), Some(5)));
    assert_eq!(error.body(), br#""Not found""#);
    insta::assert_snapshot!(error, @"get UserMessage 5: there is no such record (HTTP 404): Not found");
}

#[tokio::test]
async fn a_wrong_address_is_not_a_missing_record() {
    let error = get(Step::Answer(answer(404, &[("Content-Type", "text/html")], "<html>no</html>"))).await;
    assert!(!error.is_not_found());
    insta::assert_snapshot!(error, @"get UserMessage 5: the response does not match the request (HTTP 404): expected JSON, found a web page (text/html, 15 bytes); is the base address right?");
}

#[tokio::test]
async fn refused_values_are_named() {
    // As published: the status in the body differs, and the message names another property than the first error.
    let body = r#"{"Status":500,"Message":"SimpleTimeZone: is a required field","Value":null,"OpenInDialog":false,
        "Errors":[{"AttemptedValue":null,"Message":"is a required field","PropertyName":"Country"},
        {"AttemptedValue":"x","Message":"is a required field","PropertyName":"SimpleTimeZone"}],"WasSuccessful":false}"#;
    let error = create(Step::Answer(json(400, body))).await;
    assert!(error.is_validation() && error.is_refused() && !error.is_outcome_unknown() && !error.is_retryable());
    assert_eq!(error.field_errors()[0].property.as_deref(), Some("Country"));
    assert_eq!(error.field_errors()[1].attempted_value, Some("x".into()));
    assert_eq!(error.message(), Some("SimpleTimeZone: is a required field"));
    insta::assert_snapshot!(error, @"create ChatUserMessage: the service rejected the values (HTTP 400): Country: is a required field; SimpleTimeZone: is a required field");
}

#[tokio::test]
async fn success_that_failed() {
    let body = r#"{"Status":500,"Message":"The member has no passes left.","Value":null,"WasSuccessful":false}"#;
    let error = create(Step::Answer(json(200, body))).await;
    assert!(error.is_refused() && !error.is_validation() && !error.is_outcome_unknown());
    insta::assert_snapshot!(error, @"create ChatUserMessage: the service did not execute the request (HTTP 200): The member has no passes left.");
}

#[tokio::test]
async fn a_write_is_done_only_if_the_service_says_so() {
    for body in ["", "{}", "[]", "null", r#"{"Id":5}"#, r#"{"Status":200,"#, "<html>welcome</html>"] {
        let error = create(Step::Answer(json(200, body))).await;
        assert!(error.is_outcome_unknown() && error.is_decode() && !error.is_retryable(), "{body}: {error}");
    }
    let error = create(Step::Answer(json(200, r#"{"Status":200,"Value":null,"WasSuccessful":true}"#))).await;
    assert!(error.is_decode() && !error.is_retryable());
    assert_eq!(error.outcome(), nexudus_client::Outcome::Done);
    insta::assert_snapshot!(error, @"create ChatUserMessage: the response does not match the request (HTTP 200): the record was created, but the response does not contain its Id; the write succeeded, so do not repeat it");
}

#[tokio::test]
async fn not_allowed() {
    let error = get(Step::Answer(json(401, "{\"Message\":\"Authorization has been denied for this request.\"}"))).await;
    assert!(error.is_unauthorized());
    assert_eq!(error.role().as_deref(), Some("UserMessage-Read"));
    insta::assert_snapshot!(error, @"get UserMessage 5: invalid credentials, or not allowed (HTTP 401): Authorization has been denied for this request.; this needs the role UserMessage-Read");
    assert!(!format!("{error:?}").contains("token-of-the-test"));
}

#[tokio::test]
async fn a_conflict_without_a_body_means_slow_down() {
    let error = create(Step::Answer(answer(409, &[("Retry-After", "7")], ""))).await;
    assert!(error.is_throttled() && error.is_retryable() && !error.is_outcome_unknown());
    assert_eq!(error.retry_after(), Some(Duration::from_secs(7)));
    let error = create(Step::Answer(answer(409, &[], ""))).await;
    assert!(error.is_throttled());
    let error = create(Step::Answer(json(409, r#"{"Message":"There is another one."}"#))).await;
    assert!(!error.is_throttled());
    insta::assert_snapshot!(error, @"create ChatUserMessage: the service returned an error (HTTP 409): There is another one.");
    let error = create(Step::Answer(answer(429, &[("Retry-After", "Wed, 21 Oct 2099 07:28:00 GMT")], "x"))).await;
    assert!(error.is_throttled() && error.retry_after().unwrap() > Duration::from_mins(1));
}

#[tokio::test]
async fn a_service_that_breaks() {
    let error = create(Step::Answer(json(500, r#"{"Message":"An error has occurred."}"#))).await;
    assert!(error.is_service() && error.is_outcome_unknown() && !error.is_retryable());
    insta::assert_snapshot!(error, @"create ChatUserMessage: the service failed (HTTP 500): An error has occurred.; whether it succeeded is unknown, so check before you repeat it");
}

#[tokio::test]
async fn answers_that_are_no_answers() {
    let error = get(Step::Answer(answer(200, &[("Content-Type", "text/html")], "<!doctype html><p>Welcome"))).await;
    assert!(error.is_decode());
    insta::assert_snapshot!(error, @"get UserMessage 5: the response does not match the request (HTTP 200): expected JSON, found a web page (text/html, 25 bytes)");
    let error = get(Step::Answer(json(200, ""))).await;
    insta::assert_snapshot!(error, @"get UserMessage 5: the response does not match the request (HTTP 200): expected JSON, found an empty body");
    let error = get(Step::Answer(json(200, r#"{"Id":5,"Header":"a}"#))).await;
    assert_eq!(error.json_path(), Some("$"));
    insta::assert_snapshot!(error, @"get UserMessage 5: the response could not be decoded (HTTP 200): UserMessage at $: expected JSON, found the end of the body (line 1, column 21)");
}

#[tokio::test]
async fn answers_that_break_off() {
    let error = create(Step::Close).await;
    assert!(error.is_transport() && error.is_outcome_unknown());
    assert!(error.source().is_some());
    insta::assert_snapshot!(error, @"create ChatUserMessage: the connection was closed before a response arrived; whether it succeeded is unknown, so check before you repeat it");
    let cut = b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"Status\":200".to_vec();
    let error = create(Step::AnswerAndClose(cut.clone())).await;
    assert!(error.is_transport() && error.is_outcome_unknown());
    let error = get(Step::AnswerAndClose(cut)).await;
    assert!(error.is_retryable());
    insta::assert_snapshot!(error, @"get UserMessage 5: the response was truncated (HTTP 200)");
}

#[tokio::test]
async fn answers_that_take_too_long_or_are_too_long() {
    let server =
        Server::start([Step::Slow(Duration::from_mins(1), vec![]), Step::Answer(json(200, &"x".repeat(100)))]).await;
    let client = server.builder().timeout(Duration::from_millis(50)).body_limit(99).build().unwrap();
    let error = client.user_messages().get(5).await.unwrap_err();
    assert!(error.is_timeout() && error.is_transport());
    insta::assert_snapshot!(error, @"get UserMessage 5: no complete response arrived in time");
    let error = client.user_messages().get(5).await.unwrap_err();
    insta::assert_snapshot!(error, @"get UserMessage 5: the response is too long (HTTP 200): more than 99 bytes");
}

#[tokio::test]
async fn nobody_there() {
    let server = Server::start([]).await;
    let client = server.client();
    drop(server);
    tokio::time::sleep(Duration::from_millis(20)).await;
    let draft = NewChatUserMessage::new(ChatUserMessageRequired { from_user_id: 1.into() });
    let error = client.chat_user_messages().create(draft).await.unwrap_err();
    assert!(error.is_transport() && error.is_retryable() && !error.is_outcome_unknown());
    insta::assert_snapshot!(error, @"create ChatUserMessage: no connection could be established");
}

#[tokio::test]
async fn redirects_of_writes_are_not_followed() {
    let elsewhere = answer(302, &[("Location", "https://example.com/login?secret=1")], "");
    let error = create(Step::Answer(elsewhere)).await;
    insta::assert_snapshot!(error, @"create ChatUserMessage: the service redirects to an address that is not followed (HTTP 302): https://example.com/login; whether it succeeded is unknown, so check before you repeat it");
}

#[cfg(feature = "gzip")]
#[tokio::test]
async fn compressed_answers_are_read_and_count_unpacked() {
    /// 2,000 spaces and `{"Id":5,"Header":"read"}`, by another program.
    const PACKED: [u8; 58] = [
        0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x03, 0x53, 0x50, 0x18, 0x05, 0xa3, 0x60, 0x14, 0x8c,
        0x82, 0x51, 0x30, 0x0a, 0x46, 0xc1, 0x50, 0x07, 0xd5, 0x4a, 0x9e, 0x29, 0x4a, 0x56, 0xa6, 0x3a, 0x4a, 0x1e,
        0xa9, 0x89, 0x29, 0xa9, 0x45, 0x4a, 0x56, 0x4a, 0x45, 0x40, 0x86, 0x52, 0x2d, 0x00, 0xbe, 0x36, 0x0e, 0x3b,
        0xe8, 0x07, 0x00, 0x00,
    ];
    let head =
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Encoding: gzip\r\nContent-Length: 58\r\n\r\n";
    let packed = [head.as_bytes(), &PACKED].concat();
    let server = Server::start([Step::Answer(packed.clone()), Step::Answer(packed)]).await;
    let message = server.client().user_messages().get(5).await.unwrap();
    assert_eq!(message.header.as_deref(), Some("read"));
    assert!(server.seen()[0].header("accept-encoding").is_some_and(|value| value.contains("gzip")));
    let error = server.builder().body_limit(1000).build().unwrap().user_messages().get(5).await.unwrap_err();
    insta::assert_snapshot!(error, @"get UserMessage 5: the response is too long (HTTP 200): more than 1000 bytes");
}

/// An answer that stops coming, before its head or within its body, is given up.
#[tokio::test]
async fn an_answer_that_stalls_is_given_up() {
    let stalled = b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"Id\":".to_vec();
    for step in [Step::Answer(stalled), Step::Slow(std::time::Duration::from_secs(7), json(200, "{}"))] {
        let server = Server::start([step]).await;
        let client = server.builder().read_timeout(std::time::Duration::from_millis(50)).build().unwrap();
        let error = client.user_messages().get(5).await.unwrap_err();
        assert!(error.is_timeout(), "{error}");
    }
}
