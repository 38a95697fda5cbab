//! The twin: the same records and drafts as a conventional generator would write them.
//!
//! Structs with serde's derive, unknown properties kept through `flatten`. It is what the tables are compared with.

use std::fmt::Write as _;

use crate::spec::{EntitySpec, Operation, Property, Spec, Type};

/// The source of the twin's only file.
pub(super) fn source(spec: &Spec) -> String {
    let mut out =
        String::from("//! Structs with serde's derive, for comparison.\n\nuse serde::{Deserialize, Serialize};\n");
    for entity in &spec.entities {
        let record: Vec<&Property> = spec.api.common.iter().chain(&entity.properties).collect();
        structure(&mut out, &entity.name, &record, true);
        if entity.allows(Operation::Create) {
            let draft: Vec<&Property> = entity.properties.iter().filter(|property| property.create.is_some()).collect();
            structure(&mut out, &format!("New{}", entity.name), &draft, false);
        }
    }
    out
}

fn structure(out: &mut String, name: &str, properties: &[&Property], record: bool) {
    // Writing into a String does not fail.
    let _ = writeln!(out, "\n/// A record.\n#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]");
    let _ = writeln!(out, "pub struct {name} {{");
    for property in properties {
        let of = rust_type(&property.kind);
        let of = if !record && property.is_demanded() { of.to_owned() } else { format!("Option<{of}>") };
        let skip = if of.starts_with("Option") { ", default, skip_serializing_if = \"Option::is_none\"" } else { "" };
        let _ = writeln!(
            out,
            "    /// `{}`.\n    #[serde(rename = {:?}{skip})]\n    pub {}: {of},",
            property.name, property.name, property.rust
        );
    }
    if record {
        let _ = writeln!(out, "    /// What the spec does not know.\n    #[serde(flatten)]");
        let _ = writeln!(out, "    pub unknown_properties: std::collections::HashMap<String, serde_json::Value>,");
    }
    let _ = writeln!(out, "}}");
}

fn rust_type(kind: &Type) -> &'static str {
    match kind {
        Type::Id(_) | Type::Int | Type::Enum(_) => "i64",
        Type::Bool => "bool",
        Type::Decimal => "rust_decimal::Decimal",
        Type::Text | Type::DateTime | Type::Civil | Type::Guid => "String",
        Type::Ids(_) => "Vec<i64>",
        Type::Json => "serde_json::Value",
    }
}

/// Properties of the twin's structs, to say how large it is.
pub(super) fn fields(spec: &Spec) -> usize {
    let of = |entity: &EntitySpec| {
        let draft = entity.properties.iter().filter(|property| property.create.is_some()).count();
        let record = spec.api.common.len() + entity.properties.len();
        if entity.allows(Operation::Create) { record + draft } else { record }
    };
    spec.entities.iter().map(of).sum()
}
