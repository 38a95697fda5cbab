//! What a change of the spec means for users of the crates, by the rules of `docs/versioning.md`.
//!
//! Two versions of the spec are compared item by item. Facts that change no generated item, such as sentences, sources
//! and marks of what was seen, are not items here.

pub mod kinds;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::{self, Write};

use crate::spec::{EntitySpec, EnumSpec, Property, Spec, Type, Words};

/// How far a change goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Programs compile as before.
    Patch,
    /// The same, and there is a new feature of a crate.
    Minor,
    /// A program that used the item does not compile, or needs another value.
    Breaking,
}

impl Level {
    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Patch => "patch",
            Self::Minor => "minor",
            Self::Breaking => "breaking",
        }
    }
}

/// One change.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Change {
    /// How far it goes.
    pub level: Level,
    /// What changes: `Booking.Price`.
    pub item: String,
    /// How, as a clause: `is removed`.
    pub how: String,
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` {}", self.item, self.how)
    }
}

/// All changes from one version of the spec to another, the farthest first.
pub fn changes(old: &Spec, new: &Spec) -> Vec<Change> {
    let mut all = All::default();
    let sections = |spec: &Spec| -> BTreeSet<String> { spec.api.sections.iter().map(|one| one.name.clone()).collect() };
    all.sets("the section ", &sections(old), &sections(new), Level::Minor);
    let unplaced = |spec: &Spec| spec.api.unplaced.iter().map(|one| one.entity.clone()).collect::<BTreeSet<_>>();
    let named = |spec: &Spec| spec.entities.iter().map(|one| one.name.clone()).collect::<BTreeSet<_>>();
    // An entity that gets its file keeps its name.
    for name in unplaced(old).difference(&unplaced(new)).filter(|name| !named(new).contains(*name)) {
        all.push(Level::Breaking, name, "is removed");
    }
    all.properties("Common", &old.api.common, &new.api.common);
    let by_name =
        |spec: &Spec| spec.enums.iter().map(|one| (one.name.clone(), one.clone())).collect::<BTreeMap<_, _>>();
    all.maps("", &by_name(old), &by_name(new), All::enumeration);
    let by_name =
        |spec: &Spec| spec.entities.iter().map(|one| (one.name.clone(), one.clone())).collect::<BTreeMap<_, _>>();
    all.maps("", &by_name(old), &by_name(new), All::entity);
    all.0.sort_by(|a, b| b.level.cmp(&a.level).then_with(|| a.cmp(b)));
    all.0
}

/// The level of all changes together.
pub fn level(changes: &[Change]) -> Level {
    changes.iter().map(|change| change.level).max().unwrap_or(Level::Patch)
}

/// The entry for `CHANGELOG.md`, below the heading `Generated`.
pub fn entry(changes: &[Change]) -> String {
    let mut text = String::from("### Generated\n\n");
    for change in changes {
        let breaking = if change.level == Level::Breaking { "**Breaking:** " } else { "" };
        // Writing to a string can't fail.
        let _ = writeln!(text, "- {breaking}{change}.");
    }
    text
}

#[derive(Default)]
struct All(Vec<Change>);

impl All {
    fn push(&mut self, level: Level, item: impl Into<String>, how: impl Into<String>) {
        self.0.push(Change { level, item: item.into(), how: how.into() });
    }

    /// Names that come and go.
    fn sets(&mut self, prefix: &str, old: &BTreeSet<String>, new: &BTreeSet<String>, added: Level) {
        for name in old.difference(new) {
            self.push(Level::Breaking, format!("{prefix}{name}"), "is removed");
        }
        for name in new.difference(old) {
            self.push(added, format!("{prefix}{name}"), "is added");
        }
    }

    /// Things that come, go, and change.
    fn maps<T>(
        &mut self,
        prefix: &str,
        old: &BTreeMap<String, T>,
        new: &BTreeMap<String, T>,
        compare: impl Fn(&mut Self, &str, &T, &T),
    ) {
        let names = |map: &BTreeMap<String, T>| map.keys().cloned().collect();
        self.sets(prefix, &names(old), &names(new), Level::Patch);
        for (name, old) in old {
            if let Some(new) = new.get(name) {
                compare(self, &format!("{prefix}{name}"), old, new);
            }
        }
    }

    fn renamed(&mut self, item: &str, old: &str, new: &str) {
        if old != new {
            self.push(Level::Breaking, item, format!("changes its Rust name from `{old}` to `{new}`"));
        }
    }

    fn enumeration(&mut self, item: &str, old: &EnumSpec, new: &EnumSpec) {
        self.renamed(item, &old.rust, &new.rust);
        // A variant is known by its name in Rust.
        let values = |one: &EnumSpec| {
            one.values.iter().map(|value| (value.rust.clone(), value.number)).collect::<BTreeMap<_, _>>()
        };
        self.maps(&format!("{item}."), &values(old), &values(new), |all, item, old, new| {
            if old != new {
                all.push(Level::Patch, item, format!("changes its number from {old} to {new}"));
            }
        });
    }

    fn entity(&mut self, item: &str, old: &EntitySpec, new: &EntitySpec) {
        if old.section != new.section {
            let how = format!("moves from the section `{}` to `{}`", old.section, new.section);
            self.push(Level::Breaking, item, how);
        }
        if old.section == new.section && old.plural != new.plural {
            self.push(Level::Patch, item, format!("changes its path from `{}` to `{}`", old.path(), new.path()));
        }
        self.renamed(&format!("{item}, its accessor,"), &old.accessor, &new.accessor);
        self.renamed(&format!("{item}, its module,"), &old.module, &new.module);
        let names = |items: &mut dyn Iterator<Item = String>| items.collect::<BTreeSet<String>>();
        let operations = |one: &EntitySpec| names(&mut one.operations.iter().map(|one| one.word().to_owned()));
        self.sets(&format!("{item}: the operation "), &operations(old), &operations(new), Level::Patch);
        let commands = |one: &EntitySpec| names(&mut one.known_commands.iter().map(|one| one.key.clone()));
        self.sets(&format!("{item}: the command "), &commands(old), &commands(new), Level::Patch);
        let actions = |one: &EntitySpec| names(&mut one.actions.iter().map(|one| one.name.clone()));
        self.sets(&format!("{item}: the action "), &actions(old), &actions(new), Level::Patch);
        let files = |one: &EntitySpec| {
            one.files.iter().map(|one| (one.rust.clone(), one.path.clone())).collect::<BTreeMap<_, _>>()
        };
        self.maps(&format!("{item}: the file "), &files(old), &files(new), |all, item, old, new| {
            if old != new {
                all.push(Level::Patch, item, format!("changes its path from `{old}` to `{new}`"));
            }
        });
        let filters = |one: &EntitySpec| {
            one.related_filters.iter().map(|one| (one.rust.clone(), one.clone())).collect::<BTreeMap<_, _>>()
        };
        self.maps(&format!("{item}: the filter "), &filters(old), &filters(new), |all, item, old, new| {
            if old.kind != new.kind {
                all.push(Level::Breaking, item, retyped(&old.kind, &new.kind));
            } else if old.name != new.name {
                all.push(Level::Patch, item, format!("is sent as `{}`", new.name));
            }
        });
        if old.deprecated_operations != new.deprecated_operations {
            self.push(Level::Patch, item, "deprecates other operations");
        }
        match (&old.deprecated, &new.deprecated) {
            (None, Some(_)) => self.push(Level::Patch, item, "is deprecated"),
            (Some(_), None) => self.push(Level::Patch, item, "is no longer deprecated"),
            _ => {}
        }
        self.properties(item, &old.properties, &new.properties);
    }

    fn properties(&mut self, owner: &str, old: &[Property], new: &[Property]) {
        let by_name =
            |list: &[Property]| list.iter().map(|one| (one.name.clone(), one.clone())).collect::<BTreeMap<_, _>>();
        let (old, new) = (by_name(old), by_name(new));
        for (name, property) in &old {
            let item = format!("{owner}.{name}");
            match new.get(name) {
                None => self.push(Level::Breaking, item, "is removed"),
                Some(now) => self.property(&item, property, now),
            }
        }
        for (name, property) in new.iter().filter(|(name, _)| !old.contains_key(*name)) {
            let item = format!("{owner}.{name}");
            if property.is_demanded() {
                self.push(Level::Breaking, item, "is added, and a create has to give it");
            } else {
                self.push(Level::Patch, item, "is added");
            }
        }
    }

    fn property(&mut self, item: &str, old: &Property, new: &Property) {
        self.renamed(item, &old.rust, &new.rust);
        if old.kind != new.kind {
            self.push(Level::Breaking, item, retyped(&old.kind, &new.kind));
        }
        match (old.is_demanded(), new.is_demanded()) {
            (false, true) => self.push(Level::Breaking, item, "becomes required on create"),
            (true, false) => self.push(Level::Breaking, item, "is no longer required on create"),
            _ => match (old.create.is_some(), new.create.is_some()) {
                (true, false) => self.push(Level::Breaking, item, "can no longer be given on create"),
                (false, true) => self.push(Level::Patch, item, "can be given on create"),
                _ => {}
            },
        }
        match (old.update, new.update) {
            (true, false) => self.push(Level::Patch, item, "is no longer written by an update"),
            (false, true) => self.push(Level::Patch, item, "is written by an update"),
            _ => {}
        }
        match (old.filter.is_some(), new.filter.is_some()) {
            (true, false) => self.push(Level::Breaking, item, "loses its filter"),
            (false, true) => self.push(Level::Patch, item, "gets a filter"),
            _ if old.filter != new.filter => self.push(Level::Patch, item, "changes how its filter is sent"),
            _ => {}
        }
        match (old.range, new.range) {
            (true, false) => self.push(Level::Breaking, item, "loses its range filter"),
            (false, true) => self.push(Level::Patch, item, "gets a range filter"),
            _ => {}
        }
        let marks = [
            (old.sensitive, new.sensitive, "hidden in debug output"),
            (old.get_only, new.get_only, "left out of lists"),
            (old.write_only, new.write_only, "write-only"),
            (old.deprecated.is_some(), new.deprecated.is_some(), "deprecated"),
        ];
        for (old, new, what) in marks {
            if old != new {
                self.push(Level::Patch, item, format!("is {}{what}", if new { "" } else { "no longer " }));
            }
        }
    }
}

fn retyped(old: &Type, new: &Type) -> String {
    let show = |kind: &Type| match kind {
        Type::Enum(Some(name)) => name.clone(),
        kind => match kind.target() {
            Some(entity) => format!("{} of {entity}", kind.word()),
            None => kind.word().to_owned(),
        },
    };
    format!("changes its type from {} to {}", show(old), show(new))
}
