//! The properties of an entity, and the names that they claim.

use std::collections::{BTreeMap, BTreeSet};

use super::found::{Mention, named};
use super::keys::PROPERTY_KEYS;
use super::types::read_type;
use crate::names;
use crate::spec::diagnostic::DiagnosticKind;
use crate::spec::json::{Node, Value};
use crate::spec::model::{Create, Demand, Doubt, Operation, Personal, Property, Source, Type, Wire, Words};
use crate::spec::read::{Diagnostics, Object, Rule, SourceLocation, check_code};

/// Fields and methods that every generated record or draft has.
pub(super) const RESERVED: &[&str] = &["common", "extra", "new", "properties", "record", "set_property"];

pub(super) const PROPERTY_DOUBTS: &[Doubt] = &[
    Doubt::MaybeWithdrawn,
    Doubt::Only2020,
    Doubt::TypeGuessed,
    Doubt::NotOnRecord,
    Doubt::AlwaysEmpty,
    Doubt::UpdateDisputed,
];

pub(super) const SOURCES: &[Source] =
    &[Source::Observed, Source::Reference, Source::Client, Source::Y2020, Source::Derived];

pub(super) const FILTER_SOURCES: &[Source] = &[Source::Observed, Source::Reference, Source::Y2020, Source::Rule];

/// The entity that properties are read for; `None` for the common ones.
pub(super) struct Owner<'a> {
    pub(super) entity: &'a str,
    /// `None` where they could not be read: then nothing is said about what they allow.
    pub(super) operations: Option<&'a [Operation]>,
}

/// Properties as they are read, with the names they have claimed.
#[derive(Default)]
pub(super) struct Properties {
    /// The line of the property that was read last.
    pub(super) line: Option<u32>,
    pub(super) list: Vec<Property>,
    pub(super) places: Vec<SourceLocation>,
    /// Query names of filters.
    pub(super) queries: BTreeSet<String>,
    /// Constants, and what they stand for.
    pub(super) consts: BTreeMap<String, String>,
}

impl Properties {
    pub(super) fn read(
        &mut self,
        node: &Node,
        place: SourceLocation,
        owner: Option<&Owner<'_>>,
        mentions: &mut Vec<Mention>,
        diagnostics: &mut Diagnostics,
    ) {
        let label = match named(node) {
            Some(name) => format!("the property `{name}`"),
            None => "the property".to_owned(),
        };
        let Some(object) = Object::open(node, place, &label, PROPERTY_KEYS, diagnostics) else {
            return;
        };
        object.check_line(self.line, diagnostics);
        self.line = object.place.at.map(|at| at.line);
        let name = object.need_name("name", &Rule::PROPERTY, diagnostics);
        let kind = read_type(&object, &label, mentions, diagnostics);
        let create = object.word("create", &[Create::Required, Create::Optional], diagnostics);
        let from = object.word("from", SOURCES, diagnostics);
        object.need("from", diagnostics);
        let rust = object.name("rust", &Rule::SNAKE, diagnostics);
        let default = object.get("default").map(|(node, place)| {
            let text = node.value.to_string();
            check_code(&text, &format!("`default` of {label}"), &place, diagnostics);
            text
        });
        let mut property = Property {
            name: name.clone().unwrap_or_default(),
            rust: rust.unwrap_or_else(|| names::snake(name.as_deref().unwrap_or_default())),
            kind: kind.clone().unwrap_or(Type::Json),
            wire: object.word("wire", &[Wire::Name, Wire::Either], diagnostics),
            create,
            demand: object.word("demand", &[Demand::Yes, Demand::No], diagnostics),
            update: object.flag("update", diagnostics),
            nullable: object.flag("nullable", diagnostics),
            absent_live: object.flag("absent_live", diagnostics),
            default,
            write_only: object.flag("write_only", diagnostics),
            get_only: object.flag("get_only", diagnostics),
            added_removed: object.flag("added_removed", diagnostics),
            sensitive: object.flag("sensitive", diagnostics),
            personal: object.word("personal", Personal::ALL, diagnostics),
            action: object.flag("action", diagnostics),
            filter: None,
            filter_from: object.word("filter_from", FILTER_SOURCES, diagnostics),
            range: object.flag("range", diagnostics),
            from: from.unwrap_or(Source::Reference),
            doubt: object.word("doubt", PROPERTY_DOUBTS, diagnostics),
            deprecated: object.note("deprecated", diagnostics),
            doc: object.sentence("doc", diagnostics),
            companion_of: None,
        };
        property.filter = read_filter(&object, &property, owner, &label, diagnostics);
        check_property(&property, &object, &label, kind.is_some(), owner, diagnostics);
        if name.is_none() {
            return;
        }
        if let Some(filter) = &property.filter {
            let at = object.place_of("filter");
            if let Some(owner) = owner {
                check_query(filter, owner.entity, &at, diagnostics);
            }
            self.claim_query(filter, &at, diagnostics);
        }
        if property.filter.is_some() || property.range {
            self.claim_const(&names::filter(&property.rust), &property.name, &object.place, diagnostics);
        }
        let at = object.place_of("name");
        let companions = if property.added_removed { companions(&property) } else { Vec::new() };
        self.claim(property, &at, diagnostics);
        for companion in companions {
            self.claim(companion, &at, diagnostics);
        }
    }

    /// Takes a property in unless its name is taken.
    pub(super) fn claim(&mut self, property: Property, at: &SourceLocation, diagnostics: &mut Diagnostics) {
        let label = |property: &Property| match &property.companion_of {
            Some(list) => format!("`{}` (generated for `{list}`)", property.name),
            None => format!("`{}`", property.name),
        };
        if RESERVED.contains(&property.rust.as_str()) {
            diagnostics.add_with(
                at,
                DiagnosticKind::NameClash,
                format!("{} is `{}` in Rust, which generated code needs for itself", label(&property), property.rust),
                "give it a `rust` name of its own",
            );
        } else if let Some(earlier) = self.list.iter().find(|earlier| earlier.name == property.name) {
            let what = if earlier.companion_of.is_none() && property.companion_of.is_none() {
                format!("the property `{}` stands twice", property.name)
            } else {
                format!("the properties {} and {} have one name", label(earlier), label(&property))
            };
            diagnostics.add(at, DiagnosticKind::DuplicateProperty, what);
        } else if let Some(earlier) = self.list.iter().find(|earlier| earlier.rust == property.rust) {
            diagnostics.add_with(
                at,
                DiagnosticKind::NameClash,
                format!(
                    "the properties {} and {} are both `{}` in Rust",
                    label(earlier),
                    label(&property),
                    property.rust
                ),
                "give one of them a `rust` name of its own",
            );
        }
        self.list.push(property);
        self.places.push(at.clone());
    }

    pub(super) fn claim_query(&mut self, query: &str, at: &SourceLocation, diagnostics: &mut Diagnostics) {
        if !self.queries.insert(query.to_owned()) {
            diagnostics.add(at, DiagnosticKind::Duplicate, format!("two filters are called `{query}`"));
        }
    }

    /// Filters and files are constants of the record: each needs a name of its own.
    pub(super) fn claim_const(&mut self, rust: &str, what: &str, at: &SourceLocation, diagnostics: &mut Diagnostics) {
        if let Some(earlier) = self.consts.insert(rust.to_owned(), what.to_owned()) {
            diagnostics.add_with(
                at,
                DiagnosticKind::NameClash,
                format!("the filters or files `{earlier}` and `{what}` are both the constant `{rust}` in Rust"),
                "give one of them a `rust` name of its own",
            );
        }
    }
}

/// `AddedTeams` and `RemovedTeams` for `Teams`.
pub(super) fn companions(list: &Property) -> Vec<Property> {
    let companion = |prefix: &str| Property {
        name: format!("{prefix}{}", list.name),
        rust: format!("{}_{}", prefix.to_ascii_lowercase(), list.rust.trim_end_matches('_')),
        // A new record has nothing to add to: the list itself says all. Unless the list can't be changed later.
        create: if list.update { None } else { list.create.map(|_| Create::Optional) },
        demand: None,
        default: None,
        nullable: false,
        write_only: true,
        get_only: false,
        added_removed: false,
        filter: None,
        filter_from: None,
        range: false,
        doc: None,
        companion_of: Some(list.name.clone()),
        ..list.clone()
    };
    vec![companion("Added"), companion("Removed")]
}

/// The name of a filter: `true` where it follows from the property's name by the rule.
pub(super) fn read_filter(
    object: &Object<'_>,
    property: &Property,
    owner: Option<&Owner<'_>>,
    label: &str,
    diagnostics: &mut Diagnostics,
) -> Option<String> {
    let (node, place) = object.get("filter")?;
    let by_rule = owner.map(|owner| property.filter_by_rule(owner.entity));
    match (&node.value, by_rule) {
        (Value::Bool(true), Some(name)) => Some(name),
        (Value::Bool(_), _) => {
            let what = format!("`filter` of {label} must be `true` or a name");
            diagnostics.add_with(&place, DiagnosticKind::WrongType, what, "leave the key out where there is none");
            None
        }
        (_, by_rule) => {
            let name = object.name("filter", &filter_rule(owner.is_none()), diagnostics)?;
            if by_rule.is_some_and(|by_rule| by_rule == name) {
                let what = format!("the filter of {label} has its name by the rule");
                diagnostics.add_with(
                    &place,
                    DiagnosticKind::Filter,
                    what,
                    "write `\"filter\": true`, so that one fact has one spelling",
                );
            }
            Some(name)
        }
    }
}

pub(super) fn filter_rule(common: bool) -> Rule {
    if common {
        Rule {
            words: "a query name, with `{Entity}` for the entity's name",
            test: |name| (Rule::QUERY.test)(name.strip_prefix("{Entity}_").unwrap_or(name)),
        }
    } else {
        Rule::QUERY
    }
}

/// A filter on another entity's name is a slip of the pen.
pub(super) fn check_query(query: &str, entity: &str, at: &SourceLocation, diagnostics: &mut Diagnostics) {
    let prefix = format!("{entity}_");
    if !query.starts_with(&prefix) || query.len() == prefix.len() {
        diagnostics.add(
            at,
            DiagnosticKind::Filter,
            format!("the filter `{query}` must start with `{prefix}` and go on"),
        );
    }
}

/// Facts about one property that exclude each other.
pub(super) fn check_property(
    property: &Property,
    object: &Object<'_>,
    label: &str,
    typed: bool,
    owner: Option<&Owner<'_>>,
    diagnostics: &mut Diagnostics,
) {
    if let Some(owner) = owner {
        let allows = |operation| owner.operations.is_none_or(|operations| operations.contains(&operation));
        let entity = owner.entity;
        if let Some(create) = property.create
            && !allows(Operation::Create)
        {
            let (what, help) = match create {
                Create::Required => (
                    format!("{label} is required, but read-only: {entity} has no create"),
                    "leave `create` out, or add the operation",
                ),
                Create::Optional => (
                    format!("{label} is taken by a create, which {entity} does not have"),
                    "leave `create` out, or add the operation",
                ),
            };
            diagnostics.add_with(&object.place_of("create"), DiagnosticKind::NotWritable, what, help);
        }
        if property.update && !allows(Operation::Update) {
            diagnostics.add_with(
                &object.place_of("update"),
                DiagnosticKind::NotWritable,
                format!("{label} is taken by an update, which {entity} does not have"),
                "leave `update` out, or add the operation",
            );
        }
    }
    if property.is_read_only() {
        for (set, key) in [
            (property.write_only, "write_only"),
            (property.action, "action"),
            (property.added_removed, "added_removed"),
        ] {
            if set {
                diagnostics.add_with(
                    &object.place_of(key),
                    DiagnosticKind::NotWritable,
                    format!("{label} is `{key}`, but read-only: neither create nor update takes it"),
                    "say `create` or `update`, or leave the key out",
                );
            }
        }
    }
    for (set, key) in [(property.get_only, "get_only"), (property.added_removed, "added_removed")] {
        if property.write_only && set {
            diagnostics.add(
                &object.place_of(key),
                DiagnosticKind::Contradiction,
                format!("{label} is `{key}`, but write-only: it is never read"),
            );
        }
    }
    if property.added_removed && typed && !matches!(property.kind, Type::Ids(_)) {
        diagnostics.add(
            &object.place_of("added_removed"),
            DiagnosticKind::Contradiction,
            format!("{label} is of type `{}`: only a list of ids has `Added…` and `Removed…`", property.kind.word()),
        );
    }

    for (set, key) in [(property.filter.is_some(), "filter"), (property.range, "range")] {
        if !set {
            continue;
        }
        let at = object.place_of(key);
        let published = matches!(property.filter_from, Some(Source::Observed | Source::Reference | Source::Y2020));
        if property.write_only && !published {
            diagnostics.add_with(
                &at,
                DiagnosticKind::Filter,
                format!("{label} has a {key}, but is write-only"),
                "only a filter that a source shows may stand here",
            );
        }
        if property.sensitive && (key == "range" || !published) {
            diagnostics.add_with(
                &at,
                DiagnosticKind::Filter,
                format!("{label} has a {key}, but is sensitive"),
                "queries end up in logs: only a filter that a source shows may hold a secret",
            );
        }
    }
    if property.filter.is_some() && typed && property.kind == Type::Json {
        diagnostics.add(
            &object.place_of("filter"),
            DiagnosticKind::Filter,
            format!("{label} has a filter, but no schema to filter by"),
        );
    }
    match (&property.filter, property.filter_from) {
        (Some(_), None) if !object.has("filter_from") => diagnostics.add(
            &object.place_of("filter"),
            DiagnosticKind::MissingKey,
            format!("{label} has a filter: `filter_from` must say where its name comes from"),
        ),
        (None, Some(_)) if !object.has("filter") => diagnostics.add(
            &object.place_of("filter_from"),
            DiagnosticKind::Contradiction,
            format!("{label} says where its filter comes from, but has none"),
        ),
        _ => {}
    }
    if let Some(wire) = property.wire
        && typed
    {
        let fits = match wire {
            Wire::Name => matches!(property.kind, Type::Enum(Some(_))),
            Wire::Either => matches!(property.kind, Type::Enum(Some(_)) | Type::DateTime),
        };
        if !fits {
            diagnostics.add_with(
                &object.place_of("wire"),
                DiagnosticKind::Contradiction,
                format!("{label} is of type `{}`, which is not written as `{}`", property.kind.word(), wire.word()),
                "`name` goes with an enumeration, `either` with an enumeration or a `datetime`",
            );
        }
    }
    match property.demand {
        Some(Demand::No) if property.create != Some(Create::Required) => diagnostics.add(
            &object.place_of("demand"),
            DiagnosticKind::Contradiction,
            format!("{label} is not marked as required: that creates go without it needs no saying"),
        ),
        Some(Demand::Yes) if property.create.is_none() => diagnostics.add(
            &object.place_of("demand"),
            DiagnosticKind::NotWritable,
            format!("{label} is demanded, but no create takes it"),
        ),
        _ => {}
    }
    if property.default.is_some() && property.create.is_none() {
        diagnostics.add(
            &object.place_of("default"),
            DiagnosticKind::NotWritable,
            format!("{label} has a default, but no create takes it"),
        );
    }
    if property.range && typed && !property.kind.is_ordered() {
        diagnostics.add_with(
            &object.place_of("range"),
            DiagnosticKind::Range,
            format!("{label} has a range, but `{}` has no order", property.kind.word()),
            "a range takes `int`, `decimal`, `datetime` or `civil`",
        );
    }
}
