//! What every part of the generator has at hand: the spec with its indexes, and the one way to fail.

use std::collections::BTreeMap;
use std::fmt;

use crate::hash::Fnv;
use crate::spec::{EntitySpec, Section, Spec};

/// The generator made something that is not Rust: a fault of the generator, not of the spec.
#[derive(Debug)]
pub struct Error {
    file: String,
    what: String,
}

impl Error {
    pub(super) fn new(file: &str, error: &syn::Error) -> Self {
        Self { file: file.to_owned(), what: error.to_string() }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "what is generated from {} is not Rust: {}", self.file, self.what)
    }
}

impl std::error::Error for Error {}

/// The spec, and what is looked up in it time and again.
pub(super) struct Context<'a> {
    pub(super) spec: &'a Spec,
    pub(super) entities: BTreeMap<&'a str, &'a EntitySpec>,
    enums: BTreeMap<&'a str, &'a str>,
    /// Hash of what lists of entities depend on.
    pub(super) outline: u64,
}

impl<'a> Context<'a> {
    pub(super) fn new(spec: &'a Spec) -> Self {
        Self {
            spec,
            entities: spec.entities.iter().map(|entity| (entity.name.as_str(), entity)).collect(),
            enums: spec.enums.iter().map(|spec| (spec.name.as_str(), spec.rust.as_str())).collect(),
            outline: outline(spec.entities.iter()),
        }
    }

    /// Sections that have entities, with these.
    pub(super) fn sections(&self) -> impl Iterator<Item = (&'a Section, Vec<&'a EntitySpec>)> {
        self.spec.api.sections.iter().filter_map(|section| {
            let entities: Vec<_> = self.spec.entities.iter().filter(|entity| entity.section == section.name).collect();
            (!entities.is_empty()).then_some((section, entities))
        })
    }

    /// The module that an entity's type stands in.
    pub(super) fn module_of(&self, entity: &str) -> String {
        match self.entities.get(entity) {
            Some(entity) => format!("crate::{}", entity.section),
            None => "crate::unplaced".to_owned(),
        }
    }

    pub(super) fn is_deprecated(&self, entity: &str) -> bool {
        self.entities.get(entity).is_some_and(|entity| entity.deprecated.is_some())
    }

    /// The Rust type of an enumeration. The loader has seen to it that there is one.
    pub(super) fn enum_type(&self, name: &str) -> &'a str {
        self.enums.get(name).copied().unwrap_or("Unlisted")
    }

    pub(super) fn outline_of(&self, section: &str) -> u64 {
        outline(self.spec.entities.iter().filter(|entity| entity.section == section))
    }
}

fn outline<'a>(entities: impl Iterator<Item = &'a EntitySpec>) -> u64 {
    let mut fnv = Fnv::default();
    for entity in entities {
        for text in [&entity.section, &entity.plural, &entity.name] {
            fnv.text(text);
        }
    }
    fnv.finish()
}
