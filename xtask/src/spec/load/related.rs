//! The filters on related records, and the files, of an entity.

use super::found::Mention;
use super::keys::{FILE_KEYS, RELATED_KEYS};
use super::property::{Properties, SOURCES, check_query};
use super::types::read_type;
use crate::names;
use crate::spec::fault::Kind;
use crate::spec::model::{FileSpec, RelatedFilter, Type};
use crate::spec::read::{Faults, Object, Rule};

pub(super) fn read_related(
    top: &Object<'_>,
    label: &str,
    properties: &mut Properties,
    mentions: &mut Vec<Mention>,
    faults: &mut Faults,
) -> Vec<RelatedFilter> {
    let mut list = Vec::new();
    for (node, place) in top.list("related_filters", faults) {
        let Some(object) = Object::open(node, place, "the related filter", RELATED_KEYS, faults) else {
            continue;
        };
        let name = object.need_name("name", &Rule::QUERY, faults);
        let called = name.as_ref().map_or_else(|| "a related filter".to_owned(), |name| format!("`{name}`"));
        let kind = read_type(&object, &called, mentions, faults);
        let sensitive = object.flag("sensitive", faults);
        let from = object.word("from", SOURCES, faults);
        let rust = object.name("rust", &Rule::CONST, faults);
        let doc = object.sentence("doc", faults);
        let (Some(name), Some(kind)) = (name, kind) else {
            continue;
        };
        let at = object.place_of("name");
        check_query(&name, label, &at, faults);
        if matches!(kind, Type::Json) {
            faults.add(&object.place_of("type"), Kind::Filter, format!("{called} filters on a value without a schema"));
        }
        let rust = rust.unwrap_or_else(|| names::related_filter(label, &name));
        properties.claim_query(&name, &at, faults);
        properties.claim_const(&rust, &name, &at, faults);
        list.push(RelatedFilter { name, rust, kind, sensitive, from, doc });
    }
    list
}

pub(super) fn read_files(
    top: &Object<'_>,
    label: &str,
    properties: &mut Properties,
    faults: &mut Faults,
) -> Vec<FileSpec> {
    let mut files: Vec<FileSpec> = Vec::new();
    for (node, place) in top.list("files", faults) {
        let Some(object) = Object::open(node, place, "the file", FILE_KEYS, faults) else {
            continue;
        };
        let name = object.need_name("name", &Rule::ENTITY, faults);
        let path = object.need_name("path", &Rule::SEGMENT, faults);
        let from = object.word("from", SOURCES, faults);
        let doc = object.sentence("doc", faults);
        let (Some(name), Some(path)) = (name, path) else {
            continue;
        };
        let rust = names::snake(&name);
        if files.iter().any(|file| file.rust == rust || file.path == path) {
            faults.add(&object.place, Kind::Duplicate, format!("{label} has the file `{name}` at `{path}` twice"));
            continue;
        }
        properties.claim_const(&names::file(&rust), &name, &object.place_of("name"), faults);
        files.push(FileSpec { name, rust, path, from, doc });
    }
    files
}
