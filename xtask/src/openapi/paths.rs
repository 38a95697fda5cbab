//! Operations, with the filters of lists as parameters.

use super::json::{Json, object};
use super::schema::{self, reference};
use super::version::Version;
use crate::spec::{ActionSpec, Body, EntitySpec, Operation, ResponseContent, Spec, Type};

/// `Booking`, `UserMessages`: the words of an accessor as operation ids join them.
fn camel(accessor: &str) -> String {
    accessor
        .split('_')
        .map(|word| {
            let mut letters = word.chars();
            letters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(letters).collect::<String>()
        })
        .collect()
}

fn content(schema: Json) -> Json {
    object([("application/json", object([("schema", schema)]))])
}

fn response(description: &str, schema: Json) -> Json {
    object([("description", description.into()), ("content", content(schema))])
}

/// What can come of a call that is not a success; one schema for all.
const REFUSALS: [(&str, &str, &str); 7] = [
    ("400", "BadRequest", "The request was refused: `Errors` names each property, where there are any."),
    ("401", "Unauthorized", "The login is missing or wrong, or the user lacks the role."),
    ("403", "Forbidden", "The user lacks the role."),
    ("404", "NotFound", "There is no such record."),
    ("409", "Throttled", "Too many requests: try again after `Retry-After`. The body is empty."),
    ("429", "TooManyRequests", "Too many requests, as live calls were told: the text says how many seconds to wait."),
    ("500", "ServiceFailed", "The service failed."),
];

/// What can come of a call that names no record.
const OF_ALL: &[&str] = &["400", "401", "403", "409", "429", "500"];

/// What can come of a call that names a record.
const OF_ONE: &[&str] = &["400", "401", "403", "404", "409", "429", "500"];

/// The responses that operations share.
pub(super) fn shared_responses() -> Json {
    let wait = object([("description", "Seconds to wait.".into()), ("schema", schema::plain("integer"))]);
    let all = REFUSALS.map(|(status, name, description)| {
        let refusal = response(description, reference(schema::FAILURE));
        let waits = matches!(status, "409" | "429");
        (name.to_owned(), refusal.with_some("headers", waits.then(|| object([("Retry-After", wait.clone())]))))
    });
    Json::Object(all.into())
}

fn responses(success: Json, refusals: &[&str]) -> Json {
    let mut all = object([("200", success)]);
    for (status, name, _) in REFUSALS.iter().filter(|(status, ..)| refusals.contains(status)) {
        all = all.with(status, object([("$ref", format!("#/components/responses/{name}").into())]));
    }
    all
}

fn query(name: &str, schema: Json) -> Json {
    object([("name", name.into()), ("in", "query".into()), ("schema", schema)])
}

fn id_parameter() -> Json {
    let schema = object([("type", "integer".into()), ("format", "int64".into())]);
    object([("name", "id".into()), ("in", "path".into()), ("required", true.into()), ("schema", schema)])
}

/// The parameters of a list.
fn parameters(spec: &Spec, entity: &EntitySpec) -> Vec<Json> {
    let shared = ["Page", "Size", "OrderBy", "Direction"];
    let mut all: Vec<Json> =
        shared.iter().map(|name| object([("$ref", format!("#/components/parameters/{name}").into())])).collect();
    let filter = |name: &str, kind: &Type| {
        let schema = match kind {
            // A list is filtered by one of its ids.
            Type::Ids(entity) => {
                object([("type", "integer".into()), ("format", "int64".into())]).with_some("x-id-of", entity.as_deref())
            }
            kind => schema::value(spec, kind, None),
        };
        let parameter = query(name, schema);
        if entity.required_filters.iter().any(|required| required == name) {
            parameter.with("required", true)
        } else {
            parameter
        }
    };
    for property in spec.api.common.iter().chain(&entity.properties) {
        if let Some(name) = &property.filter {
            let parameter = filter(&name.replace("{Entity}", &entity.name), &property.kind);
            all.push(schema::provenance(parameter, property.filter_from, None));
        }
        if property.range {
            for (bound, says) in [("from", "At least this."), ("to", "At most this.")] {
                let parameter = filter(&format!("{bound}_{}_{}", entity.name, property.name), &property.kind);
                all.push(schema::provenance(parameter.with("description", says), property.filter_from, None));
            }
        }
    }
    for related in &entity.related_filters {
        all.push(schema::provenance(
            filter(&related.name, &related.kind).with_some("description", related.doc.as_deref()),
            related.from,
            None,
        ));
    }
    // A filter of the common rule may be spelt by the entity as well.
    let mut seen = std::collections::BTreeSet::new();
    all.retain(|parameter| match parameter.get("name") {
        Some(Json::Text(name)) => seen.insert(name.to_lowercase()),
        _ => true,
    });
    all
}

/// The parameters that all lists have.
pub(super) fn shared_parameters(spec: &Spec) -> Json {
    let paging = &spec.api.paging;
    let int = || object([("type", "integer".into())]);
    // Clients send the names of .NET as well, and of other values no source says what becomes.
    let direction = int().with("enum", vec![paging.ascending, paging.descending]);
    let varnames = Json::from(vec!["Ascending", "Descending"]);
    object([
        ("Page", query(&paging.page, int().with("default", 1)).with("description", "Which page, from 1.")),
        (
            "Size",
            query(&paging.size, int().with("default", paging.default_size)).with(
                "description",
                format!(
                    "Records on a page: from 1 to {}. Of a larger number, no source says what becomes.",
                    paging.max_size
                ),
            ),
        ),
        (
            "OrderBy",
            query(&paging.order, object([("type", "string".into())]))
                .with("description", "The property to sort by. Without `Id` as the last, pages may overlap."),
        ),
        (
            "Direction",
            query(&paging.direction, direction.with("x-enum-varnames", varnames).with("x-also-accepted", object([])))
                .with("description", "The direction to sort in."),
        ),
    ])
}

/// The paths of an entity.
pub(super) fn entity(spec: &Spec, entity: &EntitySpec, version: Version) -> Vec<(String, Json)> {
    let base = format!("/{}", entity.path());
    let plural = camel(&entity.accessor);
    let operation = |id: String, summary: String, role: Option<Operation>| {
        let mut operation = object([
            ("operationId", id.into()),
            ("summary", summary.into()),
            ("tags", vec![entity.section.as_str()].into()),
        ]);
        let deprecated = match role {
            Some(of) => entity.deprecation_of(of).is_some(),
            None => entity.deprecated.is_some(),
        };
        if deprecated {
            operation = operation.with("deprecated", true);
        }
        let suffix = role.and_then(|role| spec.api.roles.get(&role));
        operation.with_some("x-role", suffix.map(|suffix| format!("{}-{suffix}", entity.name)))
    };
    let body = |schema: Json| object([("required", true.into()), ("content", content(schema))]);
    let written = |says: &str| response(says, reference(schema::WRITTEN));
    let name = &entity.name;

    let (mut collection, mut one) = (object([]), object([]));
    for kind in &entity.operations {
        match kind {
            Operation::List => {
                let list = operation(format!("list{plural}"), format!("List {}", entity.plural), Some(*kind))
                    .with("parameters", parameters(spec, entity));
                let page = response(
                    "A page of records. What is marked `x-not-in-lists` is missing or empty in them.",
                    reference(&format!("{name}Page")),
                );
                collection = collection.with("get", list.with("responses", responses(page, OF_ALL)));
            }
            Operation::Create => {
                let mut media = object([("schema", reference(&format!("New{name}")))]);
                let example = schema::draft_example(spec, entity);
                if example != object([]) {
                    media = media.with("example", example);
                }
                let create = operation(format!("create{name}"), format!("Create one {name}"), Some(*kind)).with(
                    "requestBody",
                    object([("required", true.into()), ("content", object([("application/json", media)]))]),
                );
                let responses = responses(written("It was created."), OF_ALL);
                collection = collection.with("post", create.with("responses", responses));
            }
            Operation::Update => {
                let update = operation(format!("update{name}"), format!("Replace one {name}"), Some(*kind))
                    .with("description", "Replaces the record: a property that is left out is cleared. Get the record, change it, and send all of it.")
                    .with("requestBody", body(schema::replacement(spec, entity)));
                let responses = responses(written("It was replaced."), OF_ONE);
                collection = collection.with("put", update.with("responses", responses));
            }
            Operation::Get => {
                let get = operation(format!("get{name}"), format!("Get one {name}"), Some(*kind))
                    .with("parameters", vec![id_parameter()]);
                let responses = responses(response("The whole record.", reference(name)), OF_ONE);
                one = one.with("get", get.with("responses", responses));
            }
            Operation::Delete => {
                let delete = operation(format!("delete{name}"), format!("Delete one {name}"), Some(*kind))
                    .with("parameters", vec![id_parameter()]);
                let responses = responses(written("It was deleted."), OF_ONE);
                one = one.with("delete", delete.with("responses", responses));
            }
        }
    }
    let mut paths = Vec::new();
    if collection != object([]) {
        paths.push((base.clone(), collection));
    }
    if one != object([]) {
        paths.push((format!("{base}/{{id}}"), one));
    }
    if entity.commands {
        paths.extend(commands(entity, &base, &operation));
    }
    paths.extend(entity.actions.iter().map(|each| action(entity, &base, each, &operation)));
    for file in &entity.files {
        let bytes = match version {
            Version::V31 => object([]),
            Version::V30 => object([("type", "string".into()), ("format", "binary".into())]),
        };
        let success = object([
            ("description", "The file; its type is in `Content-Type`. Empty where there is none.".into()),
            ("content", object([("*/*", object([("schema", bytes)]))])),
        ]);
        let get = operation(
            format!("get{name}{}", file.name),
            format!("Download {} of one {name}", file.name),
            Some(Operation::Get),
        )
        .with_some("description", file.doc.as_deref())
        .with("parameters", vec![id_parameter()])
        .with("responses", responses(success, OF_ONE));
        let get = schema::provenance(get, file.from, None);
        paths.push((format!("{base}/{}/{{id}}", file.path), object([("get", get)])));
    }
    paths
}

fn commands(
    entity: &EntitySpec,
    base: &str,
    operation: &dyn Fn(String, String, Option<Operation>) -> Json,
) -> Vec<(String, Json)> {
    let name = &entity.name;
    let id = object([("type", "integer".into()), ("format", "int64".into())]);
    let list = object([("type", "array".into()), ("items", reference(schema::COMMAND))]);
    let find = operation(
        format!("list{name}Commands"),
        format!("List the commands of {}", entity.plural),
        Some(Operation::List),
    )
    .with("parameters", vec![query("id", id).with("description", "Only what can be run on this record.")])
    .with("responses", responses(response("The commands.", list), OF_ONE));
    let known: Vec<Json> = entity
        .known_commands
        .iter()
        .map(|command| object([("key", command.key.as_str().into())]).with_some("description", command.doc.as_deref()))
        .collect();
    let mut run =
        operation(format!("run{name}Command"), format!("Run a command on {}", entity.plural), Some(Operation::Update))
            .with("requestBody", object([("required", true.into()), ("content", content(reference(schema::RUN)))]))
            .with(
                "responses",
                responses(
                    response("What became of it; `WasSuccessful` says whether it was run.", reference(schema::WRITTEN)),
                    OF_ONE,
                ),
            );
    if !known.is_empty() {
        run = run.with("x-known-commands", known);
    }
    vec![(format!("{base}/commands"), object([("get", find)])), (format!("{base}/runcommand"), object([("post", run)]))]
}

/// A call outside of the pattern that entities share.
fn action(
    entity: &EntitySpec,
    base: &str,
    action: &ActionSpec,
    operation: &dyn Fn(String, String, Option<Operation>) -> Json,
) -> (String, Json) {
    let name = &entity.name;
    let text = || schema::plain("string");
    let keys = |keys: &[String]| {
        let all = keys.iter().map(|key| (key.clone(), object([]))).collect();
        schema::plain("object").with("properties", Json::Object(all))
    };
    let in_path = action.path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
    let parameters: Vec<Json> = in_path
        .map(|variable| id_parameter().map("name", |_| variable.into()))
        .chain(action.query.iter().map(|name| query(name, text().with("pattern", "\\S")).with("required", true)))
        .collect();
    let body = match action.body {
        Body::Nothing => None,
        Body::Record => Some(reference(&format!("New{name}"))),
        Body::Object => Some(keys(&action.body_keys)),
    };
    let body = body.map(|schema| object([("required", true.into()), ("content", content(schema))]));
    let says = action.doc.clone().unwrap_or_else(|| format!("`{}` of {}", action.name, entity.plural));
    let success = match action.answer {
        ResponseContent::Object => response("What was asked.", keys(&action.answer_keys)),
        _ => response("What became of it.", reference(schema::WRITTEN)),
    };
    let role = if action.safe { Operation::List } else { Operation::Update };
    let mut call = operation(
        format!("{}{}", lower_first(name), camel(&action.name)),
        says.trim_end_matches('.').to_owned(),
        (!action.anonymous).then_some(role),
    );
    if action.anonymous {
        call = call.with("security", Json::List(Vec::new()));
    }
    if !parameters.is_empty() {
        call = call.with("parameters", parameters);
    }
    call = call.with_some("requestBody", body).with("responses", responses(success, OF_ONE));
    (format!("{base}/{}", action.path), Json::Object(vec![(action.method.to_lowercase(), call)]))
}

fn lower_first(name: &str) -> String {
    let mut letters = name.chars();
    letters.next().map(|first| first.to_ascii_lowercase()).into_iter().chain(letters).collect()
}

/// Paths that belong to no entity: the calling user, and the values of enumerations.
pub(super) fn service(spec: &Spec) -> Vec<(String, Json)> {
    let user = spec.api.well_known.get("user");
    let user = user.and_then(|name| spec.entities.iter().find(|entity| entity.name == *name));
    let Some(user) = user else { return Vec::new() };
    let get = |id: &str, summary: &str| {
        object([("operationId", id.into()), ("summary", summary.into()), ("tags", vec![user.section.as_str()].into())])
    };
    let me = get("getCallingUser", "Get the user that the credentials belong to")
        .with("responses", responses(response("The whole record.", reference(&user.name)), OF_ALL));
    let value = schema::plain("object").with("required", vec!["Id", "Name"]).with(
        "properties",
        object([
            ("Id", schema::plain("integer").with("format", "int64")),
            ("Name", schema::plain("string")),
            ("Label", schema::plain("string").with("description", "The name in the language of the user.")),
        ]),
    );
    let list = object([("type", "array".into()), ("items", value)]);
    let name = query("name", schema::plain("string").with("example", "eBookingRepeatCycle")).with("required", true);
    let enums = get("listEnumValues", "List the values of an enumeration")
        .with("parameters", vec![name])
        .with("responses", responses(response("The values.", list), OF_ALL));
    vec![("/auth/me".to_owned(), object([("get", me)])), ("/utils/enums".to_owned(), object([("get", enums)]))]
}
