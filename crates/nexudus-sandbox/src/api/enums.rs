//! `/api/utils/enums`: the values of enumerations.

use std::sync::Arc;

use bytes::Bytes;
use http::{Method, Request, StatusCode};
use serde_json::json;

use crate::access::user::User;
use crate::api::caller;
use crate::message::names::{nearest, quoted};
use crate::message::pairs::Pairs;
use crate::message::reply::{Outcome, Reply};
use crate::state::State;

/// The values of the enumeration that is named.
pub(crate) fn answer(
    state: &State,
    request: &Request<Bytes>,
    query: &Pairs,
    caller: &mut Option<Arc<User>>,
) -> Outcome {
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return Err(Reply::method_not_allowed(request.method(), &["GET"]));
    }
    // Members may read these as well.
    *caller = Some(caller::login(state, request)?);
    let name = query.iter().find(|(key, _)| key.eq_ignore_ascii_case("name")).map(|(_, name)| name.trim());
    let name = name.unwrap_or_default();
    let Some(table) = state.catalog.enumeration(name) else {
        let near = nearest(name, state.catalog.enumerations());
        let example = || "name one of the enums, such as ?name=eChargePeriod".to_owned();
        let hint = near.map_or_else(example, |near| format!("did you mean `{near}`?"));
        return Err(Reply::message(StatusCode::BAD_REQUEST, &format!("There is no enum {}.", quoted(name))).hint(hint));
    };
    let value = |(id, name): &(i64, &str)| json!({ "Id": id, "Name": name, "Label": spaced(name) });
    Ok(Reply::value(StatusCode::OK, &table.values.iter().map(value).collect()))
}

/// `CoworkerCreate` as `Coworker create`.
fn spaced(name: &str) -> String {
    let mut text = String::with_capacity(name.len() + 4);
    let mut before = None;
    for letter in name.chars() {
        if letter.is_uppercase() && before.is_some_and(char::is_lowercase) {
            text.push(' ');
            text.extend(letter.to_lowercase());
        } else {
            text.push(letter);
        }
        before = Some(letter);
    }
    text
}
