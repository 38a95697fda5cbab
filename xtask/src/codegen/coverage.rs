//! What the spec covers, counted. README shows it, `--stats` prints it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use crate::spec::{Doubt, EntitySpec, Operation, Property, Source, Spec, Type, Words};

/// Counts of a spec.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Coverage {
    /// A row a section, in order.
    pub sections: Vec<(String, Row)>,
    /// All sections together.
    pub total: Row,
    /// Properties by where their spelling comes from.
    pub names_from: BTreeMap<&'static str, usize>,
    /// Filters by where their name comes from.
    pub filters_from: BTreeMap<&'static str, usize>,
    /// Enumerations, and their values.
    pub enums: usize,
    /// Values of enumerations.
    pub values: usize,
    /// Entities without a section.
    pub unplaced: usize,
    /// Patches.
    pub patches: usize,
    /// Properties and entities with a doubt.
    pub doubts: BTreeMap<&'static str, usize>,
    /// Deprecated entities.
    pub deprecated: usize,
}

/// Counts of some entities.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Row {
    /// Entities.
    pub entities: usize,
    /// Entities with each operation.
    pub operations: [usize; 5],
    /// Own properties, companions included.
    pub properties: usize,
    /// Among them, required on create.
    pub required: usize,
    /// Among them, in no live record seen.
    pub absent: usize,
    /// Among them, relations.
    pub relations: usize,
    /// Among them, read-only.
    pub read_only: usize,
    /// Among them, companions made by rule.
    pub companions: usize,
    /// Among them, secrets.
    pub sensitive: usize,
    /// Equality filters, those on related records included.
    pub filters: usize,
    /// Ranges.
    pub ranges: usize,
    /// Downloads.
    pub files: usize,
}

impl Row {
    /// All operations together.
    pub fn all_operations(&self) -> usize {
        self.operations.iter().sum()
    }

    fn add(&mut self, entity: &EntitySpec) {
        let count = |test: fn(&Property) -> bool| entity.properties.iter().filter(|property| test(property)).count();
        self.entities += 1;
        for (total, (_, operation)) in self.operations.iter_mut().zip(Operation::WORDS) {
            *total += usize::from(entity.allows(*operation));
        }
        self.properties += entity.properties.len();
        self.required += count(Property::is_demanded);
        self.absent += count(|property| property.absent_live);
        self.relations += count(|property| matches!(property.kind, Type::Id(_) | Type::Ids(Some(_))));
        self.read_only += count(Property::is_read_only);
        self.companions += count(|property| property.companion_of.is_some());
        self.sensitive += count(|property| property.sensitive);
        self.filters += count(|property| property.filter.is_some()) + entity.related_filters.len();
        self.ranges += count(|property| property.range);
        self.files += entity.files.len();
    }
}

/// Counts a spec.
pub fn coverage(spec: &Spec) -> Coverage {
    let mut coverage = Coverage {
        enums: spec.enums.len(),
        values: spec.enums.iter().map(|spec| spec.values.len()).sum(),
        unplaced: spec.api.unplaced.len(),
        patches: spec.patches.len(),
        ..Coverage::default()
    };
    let sections: BTreeSet<&str> = spec.entities.iter().map(|entity| entity.section.as_str()).collect();
    for section in sections {
        let mut row = Row::default();
        for entity in spec.entities.iter().filter(|entity| entity.section == section) {
            row.add(entity);
        }
        coverage.sections.push((section.to_owned(), row));
    }
    for entity in &spec.entities {
        coverage.total.add(entity);
        coverage.deprecated += usize::from(entity.deprecated.is_some());
        let doubts = entity.properties.iter().map(|property| property.doubt).chain([entity.doubt]);
        for doubt in doubts.flatten() {
            *coverage.doubts.entry(Doubt::word(doubt)).or_default() += 1;
        }
        // A companion is spelt by rule from a name that has been counted.
        for property in entity.properties.iter().filter(|property| property.companion_of.is_none()) {
            *coverage.names_from.entry(Source::word(property.from)).or_default() += 1;
            if let Some(from) = property.filter_from {
                *coverage.filters_from.entry(Source::word(from)).or_default() += 1;
            }
        }
    }
    coverage
}

/// The tables of the README.
impl fmt::Display for Coverage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "| section | entities | list | get | create | update | delete | properties | filters | files |")?;
        writeln!(f, "|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|")?;
        let total = ("all".to_owned(), self.total);
        for (name, row) in self.sections.iter().chain([&total]) {
            let [list, get, create, update, delete] = row.operations;
            let Row { entities, properties, filters, ranges, files, .. } = row;
            let filters = filters + ranges;
            writeln!(
                f,
                "| {name} | {entities} | {list} | {get} | {create} | {update} | {delete} | {properties} | {filters} | {files} |"
            )?;
        }
        writeln!(f)?;
        writeln!(f, "| source | property names | filter names |")?;
        writeln!(f, "|---|--:|--:|")?;
        for (source, words) in [
            (Source::Observed, "records of the live service"),
            (Source::Reference, "current reference"),
            (Source::Client, "a public client"),
            (Source::Y2020, "reference of January 2020"),
            (Source::Derived, "derived from a command-line flag"),
            (Source::Rule, "naming rule only"),
        ] {
            let count = |of: &BTreeMap<&str, usize>| match of.get(source.word()) {
                Some(count) => count.to_string(),
                None => String::new(),
            };
            writeln!(f, "| {words} | {} | {} |", count(&self.names_from), count(&self.filters_from))?;
        }
        writeln!(f)?;
        writeln!(
            f,
            "{} operations on {} entities; {} enumerations with {} values; {} entities are known by name only.",
            self.total.all_operations(),
            self.total.entities,
            self.enums,
            self.values,
            self.unplaced
        )
    }
}
