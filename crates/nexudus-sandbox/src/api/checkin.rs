//! `/api/public/checkin`: members at the door. It asks for no roles; a card, a password or a token is enough.

use bytes::Bytes;
use http::{Method, Request, StatusCode};
use serde_json::Value as Json;
use serde_json::json;

use crate::access::user::Users;
use crate::api::call::author;
use crate::catalog::position::EntityPosition;
use crate::catalog::well_known::CheckinFields;
use crate::effect::work::Work;
use crate::message::body::Body;
use crate::message::envelope::Envelope;
use crate::message::reply::{Outcome, Reply};
use crate::record::render;
use crate::state::State;
use crate::store::memory::Store;
use crate::store::view::View;
use crate::value::position::FieldPosition;
use crate::value::row::{Row, Value};
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
    let mut work = Work::new(state.view(&store), author(state, ""));
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
    let View { catalog, store, .. } = work.view;
    let (Some(members), Some(checkins)) = (catalog.well_known.coworkers, catalog.well_known.checkins) else {
        return Err(Reply::not_found().hint("this sandbox was built without members"));
    };
    let sent = |name: &str| body.fields.text(name);
    let flag = |name: &str| sent(name).is_some_and(|text| text.eq_ignore_ascii_case("true") || text == "1");
    let of_email = |email: &str| member(store, members.entity, members.email, email);
    let found = match (sent("AccessCardId"), sent("Email"), sent("Token")) {
        (Some(card), ..) => member(store, members.entity, members.access_card, &card),
        (_, Some(email), _) => {
            let password = sent("Password").unwrap_or_default();
            users.by_email(&email).filter(|user| user.has_password(&password)).and_then(|_| of_email(&email))
        }
        (.., Some(token)) => email_of_token(&token).and_then(|email| of_email(&email)),
        _ => return Err(refused("Give an AccessCardId, an Email with its Password, or a Token.")),
    };
    let Some((coworker, row)) = found else { return Err(refused("No member has the given card or credentials.")) };
    let name = render::title(work.view, (members.entity, coworker), row);
    work.author.email.clone_from(&name);
    let now = work.author.now;
    let open = open_checkin(store, &checkins, coworker);
    let leaves = flag("Disconnect") || (flag("Toggle") && open.is_some());
    let id = match (leaves, open) {
        (true, Some(id)) => {
            work.set((checkins.entity, id), checkins.to, Some(Value::Time(now)));
            id
        }
        (true, None) => return Err(refused("The member is not checked in.")),
        (false, Some(_)) => return Err(refused("The member is checked in already.")),
        (false, None) => {
            let id = work.take_id(checkins.entity).ok_or_else(Reply::no_more_ids)?;
            let location = row.ids(members.businesses).first().copied().or_else(|| first_location(work.view));
            let values = [
                (checkins.coworker, Some(Value::Int(coworker))),
                (checkins.from, Some(Value::Time(now))),
                (checkins.business, location.map(Value::Int)),
                (checkins.mac_addresses, sent("Mac").map(Value::Text)),
            ];
            let values = values.into_iter().filter_map(|(property, value)| Some((property, value?)));
            work.put((checkins.entity, id), values.collect());
            id
        }
    };
    work.stamp((checkins.entity, id), !leaves);
    let time = time_text(now).replace('Z', " UTC");
    let envelope = Envelope {
        status: 200,
        message: format!("{name} was checked {} at {time}.", if leaves { "out" } else { "in" }),
        value: Some(json!({ "Id": id, "CoworkerId": coworker, "Time": Json::String(time) }).to_string()),
        updated_on: Some(work.author.now_text()),
        updated_by: Some(name.clone()),
        ..Envelope::default()
    };
    Ok(envelope.reply(StatusCode::OK))
}

/// The last check-in of a member that has no check-out.
fn open_checkin(store: &Store, checkins: &CheckinFields, coworker: i64) -> Option<i64> {
    let table = store.table(checkins.entity);
    let theirs = table.pointing(checkins.coworker, coworker)?.iter().map(|(id, ())| id);
    let is_open = |id: &i64| table.get(*id).is_some_and(|row| row.get(checkins.to).is_none());
    theirs.filter(is_open).last()
}

/// The location with the smallest id.
fn first_location(view: View<'_>) -> Option<i64> {
    let businesses = view.catalog.well_known.businesses?;
    view.store.table(businesses.entity).rows().iter().next().map(|(id, _)| id)
}

/// The member with a text in one of their properties.
fn member<'a>(
    store: &'a Store,
    members: EntityPosition,
    property: FieldPosition,
    text: &str,
) -> Option<(i64, &'a Row)> {
    let mut rows = store.table(members).rows().iter();
    rows.find(|(_, row)| row.text(property).is_some_and(|have| have.eq_ignore_ascii_case(text.trim())))
}
