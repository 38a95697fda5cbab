//! `/api/public/checkin`: members at the door. It asks for no roles; a card, a password or a token is enough.

use bytes::Bytes;
use http::{Method, Request, StatusCode};
use serde_json::Value as Json;
use serde_json::json;

use crate::access::user::Users;
use crate::api::write::{Author, Writer};
use crate::catalog::entity::{Catalog, Entity};
use crate::catalog::well_known as names;
use crate::message::body::Body;
use crate::message::envelope::Envelope;
use crate::message::reply::{Outcome, Reply};
use crate::state::State;
use crate::store::change::Change;
use crate::store::memory::Store;
use crate::value::row::{Row, Value, Values};
use crate::value::time::time_text;
use crate::webhook::actions::Event;

/// `POST /api/public/checkin`.
pub(crate) fn answer(state: &State, request: &Request<Bytes>) -> Outcome {
    if request.method() != Method::POST {
        return Err(Reply::method_not_allowed(request.method(), &["POST"]));
    }
    let body = Body::read(request.headers(), request.body())?;
    let users = state.users();
    let token_email = |token: &str| state.tokens.email_of(token, state.clock.now());
    let mut store = state.write();
    let done = run(&state.catalog, &store, &users, &token_email, &body, state.clock.second())?;
    let checkins = state.catalog.entity(done.entity);
    state.finish(&mut store, checkins, done.event, &[done.id], done.changes)?;
    Ok(done.reply)
}

/// A check-in or a check-out that is about to be written down.
struct Done {
    pub(crate) entity: usize,
    pub(crate) event: Event,
    pub(crate) id: i64,
    pub(crate) changes: Vec<Change>,
    pub(crate) reply: Reply,
}

/// A refusal by the rules of the door: HTTP 200, and the reason in the body.
fn refused(message: &str) -> Reply {
    Envelope { status: 500, message: message.into(), ..Envelope::default() }.reply(StatusCode::OK)
}

fn run(
    catalog: &Catalog,
    store: &Store,
    users: &Users,
    email_of_token: &dyn Fn(&str) -> Option<String>,
    body: &Body,
    now: i64,
) -> Result<Done, Reply> {
    let (Some(members), Some(checkins)) = (names::coworker(catalog), names::checkin(catalog)) else {
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
    let author = Author { email: &name, now };
    let writer = Writer { catalog, store, entity: checkins, author };
    let (event, id, mut values) = match (leaves, open) {
        (true, Some((id, row))) => {
            let mut values = row.unpack();
            values.insert(to_at, Value::Time(now));
            (Event::Update, id, values)
        }
        (true, None) => return Err(refused("The member is not checked in.")),
        (false, Some(_)) => return Err(refused("The member is checked in already.")),
        (false, None) => {
            let location = members.position(names::LOCATIONS).map(|at| row.ids(at)).unwrap_or_default();
            let location = location.first().copied().or_else(|| {
                let businesses = names::business(catalog)?;
                store.table(businesses.at).rows().iter().next().map(|(id, _)| id)
            });
            let mut values = Values::new();
            values.insert(coworker_at, Value::Int(coworker));
            values.insert(place(names::CHECKIN_FROM), Value::Time(now));
            if let Some(location) = location {
                values.insert(place(names::CHECKIN_BUSINESS), Value::Int(location));
            }
            if let Some(mac) = field("Mac") {
                values.insert(place(names::CHECKIN_MAC), Value::Text(mac));
            }
            (Event::Create, table.next_id().ok_or_else(Reply::no_more_ids)?, values)
        }
    };
    writer.stamp(event == Event::Create, &mut values);
    let at = time_text(now).replace('Z', " UTC");
    let envelope = Envelope {
        status: 200,
        message: format!("{name} was checked {} at {at}.", if leaves { "out" } else { "in" }),
        value: Some(json!({ "Id": id, "CoworkerId": coworker, "Time": Json::String(at) })),
        updated_on: Some(author.now_text()),
        updated_by: Some(name.clone()),
        ..Envelope::default()
    };
    let changes = vec![Change::Put { entity: checkins.at, id, row: Row::new(&values) }];
    Ok(Done { entity: checkins.at, event, id, changes, reply: envelope.reply(StatusCode::OK) })
}

/// The member with a text in one of their properties.
fn member<'a>(store: &'a Store, members: &Entity, property: &str, text: &str) -> Option<(i64, &'a Row)> {
    let at = members.position(property)?;
    let mut rows = store.table(members.at).rows().iter();
    rows.find(|(_, row)| row.text(at).is_some_and(|have| have.eq_ignore_ascii_case(text.trim())))
}
