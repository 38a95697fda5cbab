//! The page at `/`: what there is, what is stored, and what is asked, for people.
//!
//! It is files of ours without a framework, one page to look and one to try the API, and it shows what JSON routes
//! below `/__sandbox` answer, which anybody may use. The policy that goes with it lets the browser load nothing from
//! anywhere else, and nothing that is stored here run as a script.

use http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS};
use http::{HeaderName, HeaderValue, Method, StatusCode};
use nexudus_core::{EntityTable, Field, Kind, Operation};
use serde_json::Value as Json;
use serde_json::json;
use serde_json::value::RawValue;

use crate::api::list;
use crate::api::query::{Query, Rules};
use crate::catalog::Catalog;
use crate::catalog::entity::Entity;
use crate::message::pairs::Pairs;
use crate::message::reply::{Outcome, Reply};
use crate::record::render;
use crate::record::render::Depth;
use crate::simulation::unknown::UnknownFilters;
use crate::state::State;
use crate::store::view::View;
use crate::value::raw::{Object, Raw, is_null, items, object, of_text, quote, text};
use crate::webhook::target::{has_user, shown};

const HTML: &str = include_str!("../../assets/page.html");
const CSS: &str = include_str!("../../assets/page.css");
const SCRIPT: &str = include_str!("../../assets/page.js");
const TRY: &str = include_str!("../../assets/try.html");
const TRY_SCRIPT: &str = include_str!("../../assets/try.js");

const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; \
    base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'";

/// What stands in place of a secret.
const HIDDEN: &str = "(hidden)";

/// The page itself.
pub(crate) fn document(method: &Method) -> Reply {
    if matches!(*method, Method::GET | Method::HEAD) {
        return file(HTML, "text/html; charset=utf-8");
    }
    Reply::method_not_allowed(method, &["GET"])
}

/// What the page is made of and what it shows, by the path below `/__sandbox`.
pub(crate) fn route(state: &State, path: &[&str], query: Pairs) -> Outcome {
    let found = |section, plural| state.catalog.at_path(section, plural).ok_or_else(Reply::not_found);
    match path {
        ["page.css"] => Ok(file(CSS, "text/css; charset=utf-8")),
        ["page.js"] => Ok(file(SCRIPT, "text/javascript; charset=utf-8")),
        ["try"] => Ok(file(TRY, "text/html; charset=utf-8")),
        ["try.js"] => Ok(file(TRY_SCRIPT, "text/javascript; charset=utf-8")),
        ["entities"] => Ok(Reply::value(StatusCode::OK, &entities(state.view(&state.read())))),
        ["entities", section, plural] => {
            let entity = found(section, plural)?;
            Ok(Reply::value(StatusCode::OK, &describe(state.view(&state.read()), entity)))
        }
        ["records", section, plural] => records(state, found(section, plural)?, query),
        ["records", section, plural, id] => record(state, found(section, plural)?, id),
        _ => Err(Reply::not_found()),
    }
}

fn file(text: &'static str, content_type: &'static str) -> Reply {
    let mut reply = Reply::empty(StatusCode::OK);
    reply.body = text.as_bytes().into();
    let headers: [(HeaderName, &'static str); 5] = [
        (CONTENT_TYPE, content_type),
        (CONTENT_SECURITY_POLICY, POLICY),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (REFERRER_POLICY, "no-referrer"),
        // A newer sandbox at the same port brings its own page.
        (CACHE_CONTROL, "no-cache"),
    ];
    headers.into_iter().fold(reply, |reply, (name, value)| reply.header(name, HeaderValue::from_static(value)))
}

/// All entities in short, with the names of their properties to search among.
fn entities(view: View<'_>) -> Json {
    let brief = |entity: &Entity| {
        let table = entity.table;
        json!({
            "name": table.name,
            "section": table.section,
            "path": table.path(),
            "doc": table.doc,
            "records": view.store.table(entity.position).len(),
            "properties": table.fields.iter().map(|field| field.name).collect::<Vec<_>>(),
        })
    };
    view.catalog.entities().iter().map(brief).collect()
}

/// Everything that is known of one entity.
fn describe(view: View<'_>, entity: &Entity) -> Json {
    let table = entity.table;
    let own = table.fields.len();
    let properties = table.all_fields().enumerate().map(|(at, field)| property(table, field, at >= own));
    json!({
        "name": table.name,
        "section": table.section,
        "path": table.path(),
        "doc": table.doc,
        "deprecated": table.deprecated,
        "doubt": table.doubt.map(|doubt| doubt.to_string()),
        "commands": table.commands,
        "records": view.store.table(entity.position).len(),
        "operations": operations(table),
        "properties": properties.collect::<Vec<_>>(),
        "related_filters": table.related.iter().map(|related| related.name).collect::<Vec<_>>(),
        "files": table.files.iter().map(|file| json!({ "name": file.name, "path": file.path })).collect::<Vec<_>>(),
        "points_at": relations(table).map(|(field, target)| json!({
            "property": field.name,
            "many": matches!(field.kind, Kind::Ids(_)),
            "entity": target,
            "path": view.catalog.named(target).map(|target| target.table.path()),
        })).collect::<Vec<_>>(),
        "pointed_at_by": pointing(view.catalog, table).collect::<Vec<_>>(),
    })
}

fn operations(table: &EntityTable) -> Vec<Json> {
    let (one, all) = (format!("/api/{}/{{id}}", table.path()), format!("/api/{}", table.path()));
    let known = [
        (Operation::List, "GET", &all),
        (Operation::Get, "GET", &one),
        (Operation::Create, "POST", &all),
        (Operation::Update, "PUT", &all),
        (Operation::Delete, "DELETE", &one),
    ];
    let allowed = known.into_iter().filter(|(operation, ..)| table.allows(*operation));
    let shown = allowed.map(|(operation, method, path)| {
        let (name, role) = (operation.name(), table.role(operation));
        json!({ "operation": name, "method": method, "path": path, "role": role })
    });
    shown.collect()
}

fn property(table: &EntityTable, field: &Field, common: bool) -> Json {
    let create = match () {
        () if field.is_required() => Some("required"),
        () if field.is_creatable() => Some("optional"),
        () => None,
    };
    let values = match field.kind {
        Kind::Enum(table) => Some(table.values),
        _ => None,
    };
    json!({
        "name": field.name,
        "type": field.kind.name(),
        "of": field.kind.target(),
        "values": values,
        "common": common,
        "create": create,
        "update": field.is_updatable(),
        "write_only": field.is_write_only(),
        "get_only": field.is_get_only(),
        "sensitive": field.is_sensitive(),
        "filter": table.filter_name(field),
        "range": table.range_names(field).map(|(from, to)| [from, to]),
        "doc": field.doc(),
    })
}

/// The properties that point at records, and the entity that each points at.
fn relations(table: &EntityTable) -> impl Iterator<Item = (&'static Field, &'static str)> + use<> {
    let read = table.fields.iter().filter(|field| !field.is_write_only());
    read.filter_map(|field| Some((field, field.kind.target()?)))
}

/// The properties of any entity that point at this one.
fn pointing<'a>(catalog: &'a Catalog, table: &'a EntityTable) -> impl Iterator<Item = Json> + 'a {
    catalog.entities().iter().flat_map(move |other| {
        relations(other.table).filter(|(_, target)| *target == table.name).map(|(field, _)| {
            json!({
                "property": field.name,
                "many": matches!(field.kind, Kind::Ids(_)),
                "entity": other.table.name,
                "path": other.table.path(),
                "filter": other.table.filter_name(field),
            })
        })
    })
}

/// A list as the service answers it, with secrets hidden.
fn records(state: &State, entity: &Entity, query: Pairs) -> Outcome {
    let most = usize::try_from(nexudus_core::service::MAX_SIZE).unwrap_or(1000);
    let rules = Rules { max_size: most, unknown: UnknownFilters::Ignore, plus: false };
    let query = Query::read(&state.catalog, entity, query, rules)?;
    let mut reply = list::answer(state.view(&state.read()), entity, query);
    let hidden = |records: &RawValue| {
        let shown = items(records).unwrap_or_default().into_iter().filter_map(object);
        let shown: Vec<String> = shown.map(|record| hide(entity.table, record)).collect();
        of_text(format!("[{}]", shown.join(",")))
    };
    let body: Raw = serde_json::from_slice(&reply.body).unwrap_or_else(|_| RawValue::NULL.to_owned());
    reply.body = match object(&body) {
        Some(mut page) => {
            for (_, records) in page.0.iter_mut().filter(|(key, _)| key == "Records") {
                *records = hidden(records);
            }
            page.to_json().into()
        }
        None => hidden(&body).get().to_owned().into(),
    };
    Ok(reply)
}

/// One record in full, with secrets hidden.
fn record(state: &State, entity: &Entity, id: &str) -> Outcome {
    let id = id.parse::<i64>().map_err(|_| Reply::not_found())?;
    let store = state.read();
    let row = store.get(entity.position, id).ok_or_else(Reply::not_found)?;
    let mut out = Vec::with_capacity(2048);
    render::record(state.view(&store), entity, id, row, Depth::Full, &mut out);
    let record = serde_json::from_slice(&out).unwrap_or_default();
    Ok(Reply::json(StatusCode::OK, hide(entity.table, record)))
}

/// A record without its secrets, and without the passwords in its URLs.
fn hide(table: &EntityTable, mut record: Object) -> String {
    for (name, value) in record.0.iter_mut().filter(|(_, value)| !is_null(value)) {
        let field = table.position(name).and_then(|at| table.field(at));
        if field.is_some_and(Field::is_sensitive) {
            *value = quote(HIDDEN);
        } else if let Some(text) = text(value).filter(|text| has_user(text)) {
            *value = quote(&shown(&text));
        }
    }
    String::from_utf8_lossy(&record.to_json()).into_owned()
}
