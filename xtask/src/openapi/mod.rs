//! The spec as an OpenAPI document, for tools that know nothing of this project.
//!
//! It says what OpenAPI can say; the rest stands in keys that begin with `x-`: `x-from` is where a name comes from if
//! that is not the current reference, `x-doubt` is why something may be wrong, `x-id-of` is the entity of an id,
//! `x-role` is the role that a call needs. Every property but `Id` may be null, since which are is known of few.

pub mod json;
mod paths;
mod schema;
mod version;

use self::json::{Json, object};
pub use self::version::Version;
use crate::spec::Spec;

/// The file, from the root of the repository.
pub const FILE: &str = "openapi/nexudus.json";

/// The whole document.
pub fn document(spec: &Spec, version: Version) -> Json {
    let number = match version {
        Version::V30 => "3.0.3",
        Version::V31 => "3.1.0",
    };
    let license = object([("name", "MIT OR Apache-2.0".into())]);
    let license = if version == Version::V31 { license.with("identifier", "MIT OR Apache-2.0") } else { license };
    let tags: Vec<Json> = spec
        .api
        .sections
        .iter()
        .map(|section| object([("name", section.name.as_str().into()), ("description", section.doc.as_str().into())]))
        .collect();
    let mut schemas: Vec<(String, Json)> = schema::shared(version);
    schemas.extend(spec.enums.iter().map(|spec| (schema::enum_name(spec), schema::enumeration(spec))));
    let mut all_paths = paths::service(spec);
    for entity in &spec.entities {
        use crate::spec::Operation::{Create, Get, List, Update};
        let is_read = [List, Get, Update].iter().any(|operation| entity.allows(*operation));
        if is_read {
            schemas.push((entity.name.clone(), schema::record(spec, entity, version)));
        }
        if entity.allows(List) {
            schemas.push((format!("{}Page", entity.name), schema::page(entity)));
        }
        if entity.allows(Create) {
            schemas.push((format!("New{}", entity.name), schema::draft(spec, entity, version)));
        }
        all_paths.extend(paths::entity(spec, entity, version));
    }
    object([
        ("openapi", number.into()),
        (
            "info",
            object([
                ("title", format!("{} REST API", spec.api.service).into()),
                ("version", env!("CARGO_PKG_VERSION").into()),
                (
                    "description",
                    "What the Nexudus SDK for Rust knows of the REST API. It is not the service's own: `x-from` says \
                     where a name comes from if that is not the current reference, `x-doubt` says why something may \
                     be wrong, and every property but `Id` may be null, since which are is known of few. Generated \
                     by `cargo xtask openapi`. `x-also-accepted` says what clients send besides what the schemas \
                     allow."
                        .into(),
                ),
                ("license", license),
            ]),
        ),
        ("servers", vec![object([("url", spec.api.base.as_str().into())])].into()),
        (
            "security",
            vec![object([("bearer", Json::List(Vec::new()))]), object([("basic", Json::List(Vec::new()))])].into(),
        ),
        ("tags", tags.into()),
        ("paths", Json::Object(all_paths)),
        (
            "components",
            object([
                ("securitySchemes", security(spec)),
                ("parameters", paths::shared_parameters(spec)),
                ("responses", paths::shared_responses()),
                ("schemas", Json::Object(schemas)),
            ]),
        ),
        ("x-also-accepted", schema::also_accepted()),
    ])
}

fn security(spec: &Spec) -> Json {
    let token = format!("{}/token", spec.api.base);
    let password =
        object([("tokenUrl", token.as_str().into()), ("refreshUrl", token.as_str().into()), ("scopes", object([]))]);
    object([
        (
            "bearer",
            object([
                ("type", "oauth2".into()),
                (
                    "description",
                    "A token for an e-mail address and a password. To refresh, send `client_id` as a header.".into(),
                ),
                ("flows", object([("password", password)])),
            ]),
        ),
        (
            "basic",
            object([
                ("type", "http".into()),
                ("scheme", "basic".into()),
                ("description", "E-mail address and password of a user with API access.".into()),
            ]),
        ),
    ])
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::sync::LazyLock;

    use serde_json::Value;

    use super::*;

    /// The documents of the real spec, 3.0 and 3.1.
    static DOCUMENTS: LazyLock<[Value; 2]> = LazyLock::new(|| {
        let root = crate::workspace::root_above(&std::env::current_dir().unwrap()).unwrap();
        let spec = crate::workspace::load_spec(&root).unwrap();
        [Version::V30, Version::V31].map(|version| serde_json::from_str(&document(&spec, version).text()).unwrap())
    });

    fn references<'v>(value: &'v Value, found: &mut Vec<&'v str>) {
        match value {
            Value::Object(members) => {
                for (key, value) in members {
                    match value.as_str() {
                        Some(target) if key == "$ref" || key == "x-names-of" => found.push(target),
                        _ => references(value, found),
                    }
                }
            }
            Value::Array(items) => items.iter().for_each(|item| references(item, found)),
            _ => {}
        }
    }

    #[test]
    fn every_reference_leads_somewhere_and_every_component_is_used() {
        for document in &*DOCUMENTS {
            let mut found = Vec::new();
            references(document, &mut found);
            let used: BTreeSet<&str> = found.into_iter().collect();
            for target in used.iter().filter(|target| target.starts_with('#')) {
                assert!(document.pointer(target.trim_start_matches('#')).is_some(), "{target}");
            }
            for name in document["components"]["schemas"].as_object().unwrap().keys() {
                let used = used.contains(&**name) || used.contains(&*format!("#/components/schemas/{name}"));
                assert!(used || name.ends_with("Enum"), "{name} is not used");
            }
        }
    }

    #[test]
    fn ids_and_parameters_are_unique() {
        let [_, document] = &*DOCUMENTS;
        let mut ids = BTreeSet::new();
        for operation in
            document["paths"].as_object().unwrap().values().flat_map(|path| path.as_object().unwrap().values())
        {
            let id = operation["operationId"].as_str().unwrap();
            assert!(ids.insert(id), "{id} stands twice");
            let mut names = BTreeSet::new();
            for parameter in operation["parameters"].as_array().into_iter().flatten() {
                let name = parameter["name"].as_str().or(parameter["$ref"].as_str()).unwrap();
                assert!(names.insert(name), "{id} takes {name} twice");
            }
        }
        assert!(ids.len() > 1000);
    }

    #[test]
    fn one_operation_and_its_schemas() {
        let [_, document] = &*DOCUMENTS;
        let get = &document["paths"]["/sys/usermessages/{id}"]["get"];
        assert_eq!(get["x-role"], "UserMessage-Read");
        assert_eq!(
            get["responses"]["200"]["content"]["application/json"]["schema"]["$ref"],
            "#/components/schemas/UserMessage"
        );
        let message = &document["components"]["schemas"]["UserMessage"];
        assert_eq!(message["properties"]["IsRead"]["type"], serde_json::json!(["boolean", "null"]));
        assert_eq!(message["properties"]["BusinessId"]["x-id-of"], "Business");
        let create = &document["paths"]["/sys/chatusermessages"]["post"];
        assert_eq!((&create["deprecated"], &create["tags"]), (&true.into(), &serde_json::json!(["sys"])));
        let draft = &document["components"]["schemas"]["NewChatUserMessage"];
        assert_eq!(draft["required"], serde_json::json!(["FromUserId"]));
        let [older, _] = &*DOCUMENTS;
        assert_eq!(older["components"]["schemas"]["UserMessage"]["properties"]["IsRead"]["nullable"], true);
    }

    /// What schemathesis found: an update has to name its record, live answers hold what is only meant to be written,
    /// and a filter by time takes a time.
    #[test]
    fn writes_and_filters_say_what_is_taken() {
        let [_, document] = &*DOCUMENTS;
        let paths = &document["paths"];
        let body = |path: &str, method: &str| {
            paths[path][method]["requestBody"]["content"]["application/json"]["schema"].clone()
        };
        let replacement = body("/crm/opportunitytypes", "put");
        assert_eq!(replacement["allOf"][0]["$ref"], "#/components/schemas/OpportunityType");
        assert_eq!(replacement["allOf"][1]["required"], serde_json::json!(["Id", "BusinessId", "Name"]));
        let properties = &document["components"]["schemas"]["Resource"]["properties"];
        assert_eq!(properties["Id"].get("readOnly"), None);
        assert_eq!(properties["NewPictureUrl"].get("writeOnly"), None);
        assert_eq!(properties["NewPictureUrl"]["x-write-only"], true);
        let filters = paths["/spaces/bookings"]["get"]["parameters"].as_array().unwrap();
        let format = |name: &str| &filters.iter().find(|filter| filter["name"] == name).unwrap()["schema"]["format"];
        assert_eq!(format("from_Booking_FromTime"), "date-time");
        assert_eq!(format("from_Booking_FromTimeLocal"), "date-time-local");
    }

    /// Every call that the spec knows is there: also those that share no pattern.
    #[test]
    fn calls_outside_of_the_pattern_are_there() {
        let [_, document] = &*DOCUMENTS;
        let paths = &document["paths"];
        for (path, method) in [
            ("/auth/me", "get"),
            ("/utils/enums", "get"),
            ("/spaces/bookings/available", "post"),
            ("/billing/coworkerinvoices/{business}/create/{coworker}", "post"),
            ("/sys/users/resetPassword", "post"),
        ] {
            assert!(paths[path][method]["operationId"].is_string(), "{method} {path}");
        }
        let open = &paths["/sys/businesses/getByHost"]["get"];
        assert_eq!((&open["security"], &open["parameters"][0]["name"]), (&serde_json::json!([]), &"host".into()));
    }
}
