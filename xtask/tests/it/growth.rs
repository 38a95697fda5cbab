//! A property more breaks no program: `docs/versioning.md` calls it a patch.
//!
//! A program that uses every entity in the documented ways is written from the spec as it is, and compiled with the model
//! of a spec in which every entity has a property more, before all others.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use xtask::spec::{EntitySpec, Operation, Spec};
use xtask::{codegen, names, spec};

use crate::root;
use crate::scratch::Scratch;

/// The files with a property more in each entity, taken by whatever operations the entity has.
fn grown(files: &BTreeMap<String, String>, spec: &Spec) -> BTreeMap<String, String> {
    let mut files = files.clone();
    for entity in &spec.entities {
        let create = if entity.allows(Operation::Create) { r#""create": "optional", "# } else { "" };
        let update = if entity.allows(Operation::Update) { r#""update": true, "# } else { "" };
        let more = format!(
            r#"{{"name": "OneMoreProperty", "type": "text", {create}{update}"filter": true, "filter_from": "rule", "from": "reference"}}"#
        );
        let list = "\"properties\": [\n";
        let text = files.get_mut(&entity.file).unwrap();
        *text = text.replacen(list, &format!("{list}{more},\n"), 1);
    }
    files
}

/// Uses of one entity: every field, every filter, every setter; whole records; a draft from what it needs.
fn uses(out: &mut String, entity: &EntitySpec) {
    let EntitySpec { name, section, module, .. } = entity;
    let path = format!("growth::{section}");
    // Writing into a String does not fail.
    let _ = writeln!(out, "\nfn {module}() {{\n    let mut record = {path}::{name}::default();");
    for property in &entity.properties {
        let field = &property.rust;
        let _ = writeln!(out, "    record.{field} = record.{field}.clone();");
        if property.filter.is_some() || property.range {
            let _ = writeln!(out, "    let _ = {path}::{name}::{};", names::filter(field));
        }
    }
    let _ = writeln!(out, "    record.common.system_id = Some(String::new());");
    let _ = writeln!(out, "    assert!(record == record.clone() && record.id().is_none());");
    let _ = writeln!(out, "    let {path}::{name}Properties {{ common, .. }} = &*record;");
    let _ = writeln!(out, "    println!(\"{{:?}} {{record:?}}\", common.id);");
    if entity.allows(Operation::Create) {
        let needed: Vec<&str> = entity.properties.iter().filter(|p| p.is_demanded()).map(|p| &*p.rust).collect();
        let mut fields = String::new();
        for field in &needed {
            let _ = write!(fields, "{field}: record.{field}.clone().unwrap(), ");
        }
        let required = if needed.is_empty() { String::new() } else { format!("{path}::{name}Required {{ {fields}}}") };
        let _ = writeln!(out, "    let draft = {path}::New{name}::new({required});");
        for property in entity.properties.iter().filter(|p| p.create.is_some() && !p.is_demanded()) {
            let field = &property.rust;
            let _ = writeln!(out, "    let draft = draft.{field}(record.{field}.clone().unwrap());");
        }
        let _ = writeln!(out, "    println!(\"{{draft:?}}\");");
    }
    out.push_str("}\n");
}

fn program(spec: &Spec) -> String {
    let mut out = String::from("//! Uses everything.\n#![allow(deprecated, missing_docs)]\n\nfn main() {\n");
    for entity in &spec.entities {
        let _ = writeln!(out, "    {}();", entity.module);
    }
    out.push_str("}\n");
    for entity in &spec.entities {
        uses(&mut out, entity);
    }
    out
}

#[test]
fn a_property_more_breaks_no_program() {
    let files = spec::read_files(&root()).unwrap().unwrap_or_else(|faults| panic!("{}", spec::report(&faults)));
    let load = |files| spec::load(files).unwrap_or_else(|faults| panic!("{}", spec::report(&faults)));
    let before = load(&files);
    let after = load(&grown(&files, &before));
    for (old, new) in before.entities.iter().zip(&after.entities) {
        assert_eq!(new.properties.len(), old.properties.len() + 1, "{}", old.name);
    }
    let sections: Vec<&str> = before.api.sections.iter().map(|section| section.name.as_str()).collect();
    let all = format!("{sections:?}");
    let features: Vec<(&str, &str)> =
        sections.iter().map(|section| (*section, "[]")).chain([("default", all.as_str())]).collect();
    let output = codegen::generate(&after).unwrap();
    let check =
        Scratch { name: "growth", features: &features, output: &output, main: &program(&before) }.cargo(&["check"]);
    assert!(check.status.success(), "{}", String::from_utf8_lossy(&check.stderr));
}
