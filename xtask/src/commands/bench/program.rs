//! A program that lists, gets and creates through every entity, and prints all that comes: the worst that a user of
//! the client could do. Each entity has a function of its own, as people write it.

use std::fmt::Write as _;

use crate::spec::{EntitySpec, Operation, Spec, Type};

/// The source of the program's only file.
pub(super) fn source(spec: &Spec) -> String {
    let mut out = String::from(
        "//! Uses every entity once.\n#![allow(deprecated)]\n\n\
         use nexudus_client::{Client, Error, model};\n\n\
         #[tokio::main(flavor = \"current_thread\")]\nasync fn main() -> Result<(), Error> {\n    \
         let client = Client::from_env()?;\n",
    );
    // Boxed, or main's own future would hold all of theirs.
    // Writing into a String does not fail.
    for entity in &spec.entities {
        let _ = writeln!(out, "    Box::pin({}(&client)).await?;", entity.module);
    }
    out.push_str("    Ok(())\n}\n");
    for entity in &spec.entities {
        function(&mut out, entity);
    }
    out
}

fn function(out: &mut String, entity: &EntitySpec) {
    let EntitySpec { module, accessor, name, section, .. } = entity;
    let _ = writeln!(
        out,
        "\nasync fn {module}(client: &Client) -> Result<(), Error> {{\n    let endpoint = client.{accessor}();"
    );
    if entity.allows(Operation::List) {
        let _ = writeln!(out, "    println!(\"{{:?}}\", endpoint.list().await?);");
    }
    if entity.allows(Operation::Get) {
        let _ = writeln!(out, "    println!(\"{{:?}}\", endpoint.get(1_i64).await?);");
    }
    if entity.allows(Operation::Create) {
        let required = || entity.properties.iter().filter(|property| property.is_demanded());
        let path = format!("model::{section}");
        if required().next().is_none() {
            let _ = writeln!(out, "    let new = {path}::New{name}::new();");
        } else {
            let _ = writeln!(out, "    let new = {path}::New{name}::new({path}::{name}Required {{");
            for property in required() {
                let _ = writeln!(out, "        {}: {},", property.rust, value(&property.kind));
            }
            let _ = writeln!(out, "    }});");
        }
        let _ = writeln!(out, "    println!(\"{{:?}}\", endpoint.create(&new).await?);");
    }
    let _ = writeln!(out, "    Ok(())\n}}");
}

fn value(kind: &Type) -> &'static str {
    match kind {
        Type::Id(_) => "model::core::Id::new(1)",
        Type::Int | Type::Enum(None) => "1",
        Type::Bool => "true",
        Type::Decimal => "model::core::Decimal::ONE",
        Type::Text => "\"text\".to_owned()",
        Type::DateTime => "model::core::DateTime::now()",
        Type::Civil => "\"2025-01-15T10:30\".parse().unwrap()",
        Type::Guid => "model::core::Guid::from_bytes([0; 16])",
        Type::Enum(Some(_)) => "model::core::OpenEnum::from_value(1)",
        Type::Ids(_) => "vec![1.into()]",
        Type::Json => "model::core::Json::null()",
    }
}
