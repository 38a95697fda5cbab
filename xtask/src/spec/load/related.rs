//! The filters on related records, and the files, of an entity.

use super::found::Mention;
use super::keys::{FILE_KEYS, RELATED_KEYS};
use super::property::{Properties, SOURCES, check_query};
use super::types::read_type;
use crate::names;
use crate::spec::diagnostic::DiagnosticKind;
use crate::spec::model::{FileSpec, RelatedFilter, Type};
use crate::spec::read::{Diagnostics, Object, Rule};

pub(super) fn read_related(
    top: &Object<'_>,
    label: &str,
    properties: &mut Properties,
    mentions: &mut Vec<Mention>,
    diagnostics: &mut Diagnostics,
) -> Vec<RelatedFilter> {
    let mut list = Vec::new();
    for (node, place) in top.list("related_filters", diagnostics) {
        let Some(object) = Object::open(node, place, "the related filter", RELATED_KEYS, diagnostics) else {
            continue;
        };
        let name = object.need_name("name", &Rule::QUERY, diagnostics);
        let called = name.as_ref().map_or_else(|| "a related filter".to_owned(), |name| format!("`{name}`"));
        let kind = read_type(&object, &called, mentions, diagnostics);
        let sensitive = object.flag("sensitive", diagnostics);
        let from = object.word("from", SOURCES, diagnostics);
        let rust = object.name("rust", &Rule::CONST, diagnostics);
        let doc = object.sentence("doc", diagnostics);
        let (Some(name), Some(kind)) = (name, kind) else {
            continue;
        };
        let at = object.place_of("name");
        check_query(&name, label, &at, diagnostics);
        if matches!(kind, Type::Json) {
            diagnostics.add(
                &object.place_of("type"),
                DiagnosticKind::Filter,
                format!("{called} filters on a value without a schema"),
            );
        }
        let rust = rust.unwrap_or_else(|| names::related_filter(label, &name));
        properties.claim_query(&name, &at, diagnostics);
        properties.claim_const(&rust, &name, &at, diagnostics);
        list.push(RelatedFilter { name, rust, kind, sensitive, from, doc });
    }
    list
}

pub(super) fn read_files(
    top: &Object<'_>,
    label: &str,
    properties: &mut Properties,
    diagnostics: &mut Diagnostics,
) -> Vec<FileSpec> {
    let mut files: Vec<FileSpec> = Vec::new();
    for (node, place) in top.list("files", diagnostics) {
        let Some(object) = Object::open(node, place, "the file", FILE_KEYS, diagnostics) else {
            continue;
        };
        let name = object.need_name("name", &Rule::ENTITY, diagnostics);
        let path = object.need_name("path", &Rule::SEGMENT, diagnostics);
        let from = object.word("from", SOURCES, diagnostics);
        let doc = object.sentence("doc", diagnostics);
        let (Some(name), Some(path)) = (name, path) else {
            continue;
        };
        let rust = names::snake(&name);
        if files.iter().any(|file| file.rust == rust || file.path == path) {
            diagnostics.add(
                &object.place,
                DiagnosticKind::Duplicate,
                format!("{label} has the file `{name}` at `{path}` twice"),
            );
            continue;
        }
        properties.claim_const(&names::file(&rust), &name, &object.place_of("name"), diagnostics);
        files.push(FileSpec { name, rust, path, from, doc });
    }
    files
}
