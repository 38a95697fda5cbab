//! `/api/public/checkin`: members at the door. It asks for no roles; a card, a password or a token is enough.

use bytes::Bytes;
use http::{Method, Request, StatusCode};
use serde_json::Value as Json;
use serde_json::json;

use crate::access::user::Users;
use crate::api::call::author;
use crate::catalog::entity::Entity;
use crate::catalog::well_known::{self as names, Part};
use crate::effect::work::Work;
use crate::message::body::Body;
use crate::message::envelope::Envelope;
use crate::message::reply::{Outcome, Reply};
use crate::state::State;
use crate::store::memory::Store;
use crate::value::row::{Row, Value, Values};
use crate::value::time::time_text;

/// `POST /api/public/checkin`.
pub(crate) fn answer(state: &State, request: &Request<Bytes>) -> Outcome {
    if request.method() != Method::POST {
        return Err(Reply::method_not_allowed(request.method(), &["POST"]));
    }
    let body = Body::read(request.headers(), request.body())?;
    let users = state.users();
    let token_email = |token: &str| state.tokens.email_of(token, state.clock.now());
    let mut store = state.write();
    let mut work = Work::new(&state.catalog, &store, author(state, ""));
    let reply = run(&mut work, &users, &token_email, &body)?;
    let done = work.done();
    state.finish(&mut store, done)?;
    Ok(reply)
}

/// A refusal by the rules of the door: HTTP 200, and the reason in the body.
fn refused(message: &str) -> Reply {
    Envelope { status: 500, message: message.into(), ..Envelope::default() }.reply(StatusCode::OK)
}

fn run(work: &mut Work<'_>, users: &Users, email_of_token: &dyn Fn(&str) -> Option<String>, body: &Body) -> Outcome {
    let (catalog, store, now) = (work.catalog, work.store, work.author.now);
    let (Some(members), Some(checkins)) = (catalog.part(Part::Coworker), catalog.part(Part::Checkin)) else {
        return Err(Reply::not_found().hint("this sandbox was built without members"));
    };
    let field = |name: &str| body.fields.text(name);
    let flag = |name: &str| field(name).is_some_and(|text| text.eq_ignore_ascii_case("true") || text == "1");
    let of_email = |email: &str| member(store, members, names::COWORKER_EMAIL, email);
    let found = match (field("AccessCardId"), field("Email"), field("Token")) {
        (Some(card), ..) => member(store, members, names::COWORKER_ACCESS_CARD, &card),
        (_, Some(email), _) => {
            let password = field("Password").unwrap_or_default();
            users.by_email(&email).filter(|user| user.has_password(&password)).and_then(|_| of_email(&email))
        }
        (.., Some(token)) => email_of_token(&token).and_then(|email| of_email(&email)),
        _ => return Err(refused("Give an AccessCardId, an Email with its Password, or a Token.")),
    };
    let Some((coworker, row)) = found else { return Err(refused("No member could be found by what was given.")) };
    let place = |name: &str| checkins.position(name).unwrap_or(u16::MAX);
    let (coworker_at, to_at) = (place(names::CHECKIN_COWORKER), place(names::CHECKIN_TO));
    let table = store.table(checkins.at);
    let theirs = table.pointing(coworker_at, coworker).into_iter().flat_map(crate::store::chunks::Chunks::iter);
    let open = theirs.filter_map(|(id, ())| Some((id, table.get(id)?)));
    let open = open.filter(|(_, row)| row.get(to_at).is_none()).last();
    let leaves = flag("Disconnect") || (flag("Toggle") && open.is_some());
    let name = crate::record::render::title(catalog, members, coworker, row);
    work.author.email.clone_from(&name);
    let set = |work: &mut Work<'_>, id: i64, property: &str, value: Value| {
        work.set((checkins.at, id), place(property), Some(value));
    };
    let id = match (leaves, open) {
        (true, Some((id, _))) => {
            set(work, id, names::CHECKIN_TO, Value::Time(now));
            id
        }
        (true, None) => return Err(refused("The member is not checked in.")),
        (false, Some(_)) => return Err(refused("The member is checked in already.")),
        (false, None) => {
            let location = members.position(names::LOCATIONS).map(|at| row.ids(at)).unwrap_or_default();
            let location = location.first().copied().or_else(|| {
                let businesses = catalog.part(Part::Business)?;
                store.table(businesses.at).rows().iter().next().map(|(id, _)| id)
            });
            let id = work.take_id(checkins.at).ok_or_else(Reply::no_more_ids)?;
            work.put((checkins.at, id), Values::new());
            set(work, id, names::CHECKIN_COWORKER, Value::Int(coworker));
            set(work, id, names::CHECKIN_FROM, Value::Time(now));
            if let Some(location) = location {
                set(work, id, names::CHECKIN_BUSINESS, Value::Int(location));
            }
            if let Some(mac) = field("Mac") {
                set(work, id, names::CHECKIN_MAC, Value::Text(mac));
            }
            id
        }
    };
    work.stamp((checkins.at, id), !leaves);
    let at = time_text(now).replace('Z', " UTC");
    let envelope = Envelope {
        status: 200,
        message: format!("{name} was checked {} at {at}.", if leaves { "out" } else { "in" }),
        value: Some(json!({ "Id": id, "CoworkerId": coworker, "Time": Json::String(at) }).to_string()),
        updated_on: Some(work.author.now_text()),
        updated_by: Some(name.clone()),
        ..Envelope::default()
    };
    Ok(envelope.reply(StatusCode::OK))
}

/// The member with a text in one of their properties.
fn member<'a>(store: &'a Store, members: &Entity, property: &str, text: &str) -> Option<(i64, &'a Row)> {
    let at = members.position(property)?;
    let mut rows = store.table(members.at).rows().iter();
    rows.find(|(_, row)| row.text(at).is_some_and(|have| have.eq_ignore_ascii_case(text.trim())))
}
