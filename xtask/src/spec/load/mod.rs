//! Files in, [`Spec`] or all of its errors out. Nothing here touches the disk.
//!
//! Three passes: every file becomes a tree (broken JSON is reported, the rest goes on), patches change the trees, and
//! each tree is read. What needs more than one file - relations, clashes, duplicates - is checked in `check`
//! when all are read.

mod api;
mod calls;
mod entity;
mod enums;
mod found;
mod keys;
mod property;
mod related;
mod types;

use std::collections::BTreeMap;

use self::api::read_api;
use self::entity::read_entity;
use self::enums::read_enums;
use self::found::stem;
pub(super) use self::found::{Mention, ReadApi, ReadEntity, ReadEnum};
pub use self::keys::*;
use crate::hash;
use crate::spec::diagnostic::{Diagnostic, DiagnosticKind};
use crate::spec::json::{self, Node};
use crate::spec::model::{EntitySpec, EnumSpec, Patch, Spec};
use crate::spec::read::{Diagnostics, SourceLocation};
use crate::spec::rules::Effects;
use crate::spec::{check, effects, patch};

/// Reads a spec. Keys are paths from the root of the repository (`spec/sys/users.json`).
///
/// Schemas and Markdown below `spec/` are passed over. On failure every error of every file is returned, in the
/// order of files and places.
pub fn load(files: &BTreeMap<String, String>) -> Result<Spec, Vec<Diagnostic>> {
    let mut diagnostics = Diagnostics::default();
    let mut trees = parse_all(files, &mut diagnostics);

    let patches = match trees.remove("spec/patches.json") {
        Some(root) => patch::apply(&root, "spec/patches.json", files, &mut trees, &mut diagnostics),
        None => Vec::new(),
    };

    let api = match trees.remove("spec/api.json") {
        Some(root) => read_api(&root, &mut diagnostics),
        None => None,
    };
    let enums_hash = trees.get("spec/enums.json").map_or(0, |root| hash::text(&root.value.to_string()));
    let (enums, enums_lost) = match trees.remove("spec/enums.json") {
        Some(root) => read_enums(&root, &mut diagnostics),
        None => (Vec::new(), true),
    };
    let effects = trees.remove("spec/effects.json");
    let mut entities = Vec::new();
    for (path, root) in &trees {
        let place = SourceLocation::file(path);
        match path.strip_prefix("spec/").and_then(|path| path.split_once('/')) {
            Some((folder, file)) if !file.contains('/') => {
                entities.extend(read_entity(root, path, folder, &mut diagnostics));
            }
            _ => diagnostics.add_with(
                &place,
                DiagnosticKind::Misplaced,
                "nothing reads this file",
                "an entity's file is spec/<section>/<plural>.json",
            ),
        }
    }
    for needed in ["spec/api.json", "spec/enums.json"] {
        if !files.contains_key(needed) {
            diagnostics.add(&SourceLocation::file(needed), DiagnosticKind::MissingFile, "the spec needs this file");
        }
    }

    let lost = check::Lost {
        stems: files
            .keys()
            .filter(|path| is_read(path) && !entities.iter().any(|read: &ReadEntity| read.spec.file == **path))
            .map(|path| stem(path).to_owned())
            .collect(),
        enums: enums_lost,
    };
    check::whole(api.as_ref(), &enums, &entities, &lost, &mut diagnostics);
    let mut entities: Vec<EntitySpec> = entities.into_iter().map(|read| read.spec).collect();
    let effects = match (&effects, &api) {
        // Names in it are looked up in all other files, so those have to be good first.
        (Some(root), Some(api)) if diagnostics.list.is_empty() => {
            effects::read(root, &entities, &api.spec.common, &mut diagnostics)
        }
        _ => Effects::default(),
    };

    if diagnostics.list.is_empty()
        && let Some(api) = api
    {
        entities.sort_by(|a, b| (&a.section, &a.plural).cmp(&(&b.section, &b.plural)));
        let mut enums: Vec<EnumSpec> = enums.into_iter().map(|read| read.spec).collect();
        enums.sort_by(|a, b| a.name.cmp(&b.name));
        return Ok(Spec { api: api.spec, enums_hash, enums, entities, patches, effects });
    }
    let mut list = diagnostics.list;
    for diagnostic in &mut list {
        // The file looks good there: who reads the error must know that a patch has been at work.
        let below = |patch: &&Patch| {
            patch.file == diagnostic.file
                && diagnostic
                    .pointer
                    .strip_prefix(&patch.changed)
                    .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        if let Some(patch) = patches.iter().find(below) {
            let more = format!("the patch `{}` of spec/patches.json changed this place", patch.name);
            diagnostic.help = Some(diagnostic.help.take().map_or(more.clone(), |help| format!("{help}; {more}")));
        }
    }
    list.sort_by(|a, b| a.key().cmp(&b.key()));
    list.dedup();
    Err(list)
}

/// Whether the loader reads this file.
pub fn is_read(path: &str) -> bool {
    // What explains differences from facts is of no use to the generator.
    let passed_over = path.starts_with("spec/schema/") || matches!(path, "spec/explained.json" | "spec/probes.json");
    path.starts_with("spec/") && !passed_over && path.strip_suffix(".json").is_some()
}

fn parse_all(files: &BTreeMap<String, String>, diagnostics: &mut Diagnostics) -> BTreeMap<String, Node> {
    let mut trees = BTreeMap::new();
    for (path, text) in files {
        if !is_read(path) {
            continue;
        }
        match json::parse(text) {
            Ok(root) => {
                trees.insert(path.clone(), root);
            }
            Err(malformed) => {
                let mut place = SourceLocation::file(path);
                place.at = Some(malformed.at);
                diagnostics.add(&place, DiagnosticKind::Malformed, format!("malformed JSON: {}", malformed.what));
            }
        }
    }
    trees
}
