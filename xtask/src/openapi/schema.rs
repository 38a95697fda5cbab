//! Schemas: values, records, drafts, enumerations, envelopes.

use super::json::{Json, object};
use super::version::Version;
use crate::spec::{Doubt, EntitySpec, EnumSpec, Property, Source, Spec, Type, Wire, Words};

/// A reference to a component.
pub(super) fn reference(name: &str) -> Json {
    object([("$ref", format!("#/components/schemas/{name}").into())])
}

/// Names of other components than entities and enumerations.
pub(super) const PAGE: &str = "PageOfRecords";
pub(super) const WRITTEN: &str = "WriteResult";
pub(super) const FAILURE: &str = "Failure";
pub(super) const COMMAND: &str = "AvailableCommand";
pub(super) const RUN: &str = "CommandCall";
const CUSTOM_FIELDS: &str = "CustomFields";

/// The component of an enumeration.
pub(super) fn enum_name(spec: &EnumSpec) -> String {
    format!("{}Enum", spec.rust)
}

pub(super) fn plain(kind: &str) -> Json {
    object([("type", kind.into())])
}

/// The schema of a value of a type, without null.
pub(super) fn value(spec: &Spec, kind: &Type, wire: Option<Wire>) -> Json {
    match kind {
        Type::Id(entity) => plain("integer").with("format", "int64").with("x-id-of", entity.as_str()),
        Type::Int => plain("integer").with("format", "int64"),
        Type::Bool => plain("boolean"),
        Type::Decimal => plain("number"),
        Type::Text => plain("string"),
        Type::Civil => plain("string").with("format", "date-time-local"),
        Type::DateTime if wire.is_some() => plain("string"),
        Type::DateTime => plain("string").with("format", "date-time"),
        Type::Guid => plain("string").with("format", "uuid"),
        Type::Enum(None) => plain("integer"),
        Type::Enum(Some(name)) => match spec.enums.iter().find(|spec| spec.name == *name) {
            // By its name, or by either: the names are in the component.
            Some(spec) if wire == Some(Wire::Name) => plain("string").with("x-names-of", enum_name(spec)),
            Some(spec) if wire == Some(Wire::Either) => {
                object([("anyOf", vec![reference(&enum_name(spec)), plain("string")].into())])
            }
            Some(spec) => reference(&enum_name(spec)),
            None => plain("integer"),
        },
        Type::Ids(entity) => plain("array")
            .with("items", plain("integer").with("format", "int64").with_some("x-id-of", entity.as_deref())),
        Type::Json => object([]),
    }
}

/// The same, or null.
fn or_null(schema: Json, version: Version) -> Json {
    // Anything, null included.
    if schema == object([]) {
        return schema;
    }
    let has_type = schema.get("type").is_some();
    match version {
        Version::V31 if has_type => schema.map("type", |kind| vec![kind, "null".into()].into()),
        Version::V31 => object([("anyOf", vec![schema, plain("null")].into())]),
        Version::V30 if has_type => schema.with("nullable", true),
        Version::V30 => object([("nullable", true.into()), ("allOf", vec![schema].into())]),
    }
}

/// Where a name comes from and why it may be wrong.
pub(super) fn provenance(json: Json, from: Option<Source>, doubt: Option<Doubt>) -> Json {
    // What the current reference says needs no mark.
    let from = from.filter(|from| *from != Source::Reference);
    json.with_some("x-from", from.map(Words::word)).with_some("x-doubt", doubt.map(Words::word))
}

fn described(json: Json, property: &Property) -> Json {
    let mut json = json.with_some("description", property.doc.as_deref());
    // The id of a record is not written, but an update names the record by it.
    if property.is_read_only() && property.name != "Id" {
        json = json.with("readOnly", true);
    }
    // `writeOnly` would say that no answer has it, and live answers do: as null or false.
    if property.write_only {
        json = json.with("x-write-only", true);
    }
    if property.deprecated.is_some() {
        json = json.with("deprecated", true);
    }
    if property.get_only {
        json = json.with("x-not-in-lists", true);
    }
    if property.sensitive {
        json = json.with("x-sensitive", true);
    }
    if property.action {
        json = json.with("x-has-effect", true);
    }
    provenance(json, Some(property.from), property.doubt)
}

/// The schema of the value of a property, without null.
fn own(spec: &Spec, property: &Property) -> Json {
    match &property.kind {
        // The one property without a schema of its own of which the form is known.
        Type::Json if property.name == CUSTOM_FIELDS => reference(CUSTOM_FIELDS),
        // The service fetches a file from here.
        Type::Text if property.write_only && property.name.starts_with("New") && property.name.ends_with("Url") => {
            plain("string").with("format", "uri")
        }
        kind => value(spec, kind, property.wire),
    }
}

/// A property of a record. What is null at times is known of few, so each may be.
fn property(spec: &Spec, property: &Property, version: Version) -> Json {
    let schema = own(spec, property);
    let schema = if property.name == "Id" { schema } else { or_null(schema, version) };
    // In 3.0, what stands beside a reference is ignored.
    let schema = match schema.get("$ref") {
        Some(_) if version == Version::V30 => object([("allOf", vec![schema].into())]),
        _ => schema,
    };
    described(schema, property)
}

/// A record, as it is got and as an update sends it back.
pub(super) fn record(spec: &Spec, entity: &EntitySpec, version: Version) -> Json {
    let properties = spec.api.common.iter().chain(&entity.properties);
    let properties: Vec<_> = properties.map(|each| (each.name.clone(), property(spec, each, version))).collect();
    let mut schema = plain("object")
        .with("description", entity.doc.as_str())
        .with("required", vec!["Id"])
        .with("properties", Json::Object(properties));
    if entity.deprecated.is_some() {
        schema = schema.with("deprecated", true);
    }
    provenance(schema, None, entity.doubt)
}

/// What a create is sent.
pub(super) fn draft(spec: &Spec, entity: &EntitySpec, version: Version) -> Json {
    let taken = || spec.api.common.iter().chain(&entity.properties).filter(|each| each.create.is_some());
    let required: Vec<&str> = taken().filter(|each| each.is_demanded()).map(|each| each.name.as_str()).collect();
    let properties: Vec<_> = taken()
        .map(|each| {
            let schema =
                if each.is_demanded() { described(demanded(spec, each), each) } else { property(spec, each, version) };
            (each.name.clone(), schema)
        })
        .collect();
    let mut schema = plain("object").with("description", format!("A new {}.", entity.name));
    if !required.is_empty() {
        schema = schema.with("required", required);
    }
    schema.with("properties", Json::Object(properties))
}

/// A property that a write must have.
fn demanded(spec: &Spec, property: &Property) -> Json {
    let schema = own(spec, property);
    // A text of blanks counts as none.
    if property.kind == Type::Text { schema.with("pattern", "\\S") } else { schema }
}

/// What an update is sent: the record as it was got, with what has to be in it.
pub(super) fn replacement(spec: &Spec, entity: &EntitySpec) -> Json {
    let all = spec.api.common.iter().chain(&entity.properties);
    let named: Vec<&Property> = all.filter(|each| each.name == "Id" || (each.update && each.is_demanded())).collect();
    let required: Vec<&str> = named.iter().map(|each| each.name.as_str()).collect();
    let properties = named.iter().map(|each| (each.name.clone(), demanded(spec, each))).collect();
    let own = plain("object").with("required", required).with("properties", Json::Object(properties));
    object([("allOf", vec![reference(&entity.name), own].into())])
}

/// A value for each property that a create must have.
pub(super) fn draft_example(spec: &Spec, entity: &EntitySpec) -> Json {
    let demanded = entity.properties.iter().filter(|each| each.is_demanded());
    let value = |each: &Property| match &each.kind {
        Type::Id(_) | Type::Int => 1.into(),
        Type::Bool => false.into(),
        Type::Decimal => 10.into(),
        Type::Text => "Text".into(),
        Type::DateTime => "2026-01-15T10:00:00Z".into(),
        Type::Civil => "2026-01-15T10:00:00".into(),
        Type::Guid => "a1b2c3d4-e5f6-7890-abcd-ef1234567890".into(),
        Type::Enum(name) => {
            let of = name.as_ref().and_then(|name| spec.enums.iter().find(|spec| spec.name == *name));
            match (of.and_then(|spec| spec.values.first()), each.wire) {
                (Some(value), Some(Wire::Name)) => value.name.as_str().into(),
                (Some(value), _) => value.number.into(),
                (None, _) => 1.into(),
            }
        }
        Type::Ids(_) => Json::List(vec![1.into()]),
        Type::Json => Json::Null,
    };
    Json::Object(demanded.map(|each| (each.name.clone(), value(each))).collect())
}

/// An enumeration. The service adds values now and then.
pub(super) fn enumeration(spec: &EnumSpec) -> Json {
    let names: Vec<&str> = spec.values.iter().map(|value| value.name.as_str()).collect();
    let numbers: Vec<i64> = spec.values.iter().map(|value| value.number).collect();
    plain("integer")
        .with("description", spec.doc.clone().unwrap_or_else(|| format!("`{}` of the service.", spec.name)))
        .with("enum", numbers)
        .with("x-enum-varnames", names)
        .with("x-extensible", true)
}

/// A page of records of an entity.
pub(super) fn page(entity: &EntitySpec) -> Json {
    let records = plain("array").with("items", reference(&entity.name));
    let own = plain("object").with("required", vec!["Records"]).with("properties", object([("Records", records)]));
    object([("allOf", vec![reference(PAGE), own].into())])
}

/// What is accepted of a type besides what its schema says, by the type or the format.
///
/// A schema that allowed all of it would be of no use to whoever generates a client from it, so it stands by itself.
pub(super) fn also_accepted() -> Json {
    let text = |pattern: &str| plain("string").with("pattern", pattern);
    let any = |schemas: Vec<Json>| object([("anyOf", schemas.into())]);
    let whole = || text(r"^\s*[+-]?[0-9]+\s*$");
    let bits = plain("integer").with("enum", vec![0, 1]);
    let yes_or_no =
        text(r"^\s*([Tt][Rr][Uu][Ee]|[Ff][Aa][Ll][Ss][Ee]|1|0|[Oo][Nn]|[Oo][Ff][Ff]|[Yy][Ee][Ss]|[Nn][Oo])\s*$");
    let time = || {
        text(concat!(
            r"^\s*[0-9]{4}-[0-9]{2}-[0-9]{2}([Tt ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]+)?)?)?",
            r"([Zz]|[+-][0-9]{2}:?[0-9]{2})?\s*$"
        ))
    };
    object([
        (
            "description",
            "What clients of the live service send besides, by the type or format of a schema: the service is taken to \
             read leniently. Anywhere but in a text, null and a blank text mean no value. Unknown and read-only \
             properties of a body are ignored, and so are unknown parameters and those without a value. In a query \
             and in a form all values are texts. A write without a body is an empty object."
                .into(),
        ),
        ("boolean", any(vec![bits, yes_or_no])),
        ("integer", whole()),
        ("number", text(r"^\s*[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([Ee][+-]?[0-9]+)?\s*$")),
        ("string", any(vec![plain("number"), plain("boolean")])),
        ("date-time", time()),
        ("date-time-local", time()),
        ("uuid", text(r"^\s*\{?[0-9A-Fa-f]{8}-?([0-9A-Fa-f]{4}-?){3}[0-9A-Fa-f]{12}\}?\s*$")),
        (
            "enum",
            plain("string").with("description", "The name of a value, or its number. 0 means none where no value has it."),
        ),
        (
            "array",
            any(vec![
                plain("integer"),
                text(r"^\s*\[?[0-9,\s+-]*\]?\s*$"),
                plain("array").with("items", any(vec![plain("integer"), whole()])),
            ]),
        ),
    ])
}

/// Components that are the same for all entities.
pub(super) fn shared(version: Version) -> Vec<(String, Json)> {
    let int = || plain("integer");
    let boolean = || plain("boolean");
    let text = || or_null(plain("string"), version);
    let anything = || object([]);
    let error = plain("object")
        .with("properties", object([("AttemptedValue", anything()), ("Message", text()), ("PropertyName", text())]));
    let errors = or_null(plain("array").with("items", error), version);
    let page = plain("object").with("description", "Which part of a list this is.").with(
        "properties",
        object([
            ("CurrentPage", int()),
            ("CurrentPageSize", int()),
            ("CurrentOrderField", text()),
            ("CurrentSortDirection", anything()),
            ("FirstItem", int()),
            ("LastItem", int()),
            ("HasNextPage", boolean()),
            ("HasPreviousPage", boolean()),
            ("PageNumber", int()),
            ("PageSize", int()),
            ("TotalItems", int()),
            ("TotalPages", int()),
        ]),
    );
    let written = plain("object")
        .with("description", "The answer to a write. `WasSuccessful` may be false although the status is 200.")
        .with("required", vec!["WasSuccessful"])
        .with(
            "properties",
            object([
                ("Status", int()),
                ("Message", text()),
                ("Value", anything().with("description", "Of a create or an update, an object with the `Id`.")),
                ("OpenInDialog", or_null(boolean(), version)),
                ("OpenInWindow", or_null(boolean(), version)),
                ("RedirectURL", text()),
                ("JavaScript", text()),
                ("UpdatedOn", text()),
                ("UpdatedBy", text()),
                ("Errors", errors.clone()),
                ("WasSuccessful", boolean()),
            ]),
        );
    let failure = object([(
        "description",
        "Why a call was refused: the answer to a write, a `Message` alone, or a text. With 409 the body is empty."
            .into(),
    )])
    .with(
        "anyOf",
        vec![
            plain("object").with(
                "properties",
                object([
                    ("Status", int()),
                    ("Message", text()),
                    ("Value", anything()),
                    ("Errors", errors),
                    ("WasSuccessful", boolean()),
                    ("error", text()),
                    ("error_description", text()),
                ]),
            ),
            plain("string"),
        ],
    );
    let parameter = plain("object").with("properties", object([("Name", plain("string")), ("Type", text())]));
    let command = plain("object").with("description", "A command that can be run on records.").with(
        "properties",
        object([
            ("Key", plain("string")),
            ("Name", text()),
            ("AppliesOnlyToOneEntity", boolean()),
            ("AppliesOnlyToTwoEntities", boolean()),
            ("AppliesOnlyToMultipleEntities", boolean()),
            ("NeedsEntitiesToRun", boolean()),
            ("Order", int()),
            ("RequiresParameters", or_null(plain("array").with("items", parameter), version)),
        ]),
    );
    let given = plain("object")
        .with("required", vec!["Name"])
        .with("properties", object([("Name", plain("string")), ("Type", text()), ("Value", anything())]));
    let run = plain("object").with("description", "A call of a command.").with("required", vec!["Key", "Ids"]).with(
        "properties",
        object([
            ("Key", plain("string")),
            ("Ids", plain("array").with("items", plain("integer").with("format", "int64"))),
            ("Parameters", plain("array").with("items", given)),
        ]),
    );
    let custom = plain("object").with("required", vec!["Name"]).with(
        "properties",
        object([
            ("JsonValue", anything()),
            ("Name", plain("string")),
            ("Type", text().with("x-also-accepted", anything())),
            ("Value", text().with("x-also-accepted", anything()).with("description", "Always a text in answers.")),
        ]),
    );
    let custom = or_null(plain("array").with("items", custom), version);
    let custom = plain("object")
        .with("description", "Custom values of a record. Of two with one name only the first is kept.")
        .with("properties", object([("Data", custom)]));
    [(PAGE, page), (WRITTEN, written), (FAILURE, failure), (COMMAND, command), (RUN, run), (CUSTOM_FIELDS, custom)]
        .map(|(name, schema)| (name.to_owned(), schema))
        .into()
}
