//! From a table to its plan.

use std::collections::{HashMap, HashSet};

use nexudus_core::{Field, Kind, Operation};

use crate::catalog::common;
use crate::catalog::entity::{Entities, Entity};
use crate::catalog::plan::{
    ChildList, Computed, LabelPart, Mirror, Param, Path, PathEnd, Plan, PlannedField, Step, Target,
};
use crate::value::position::FieldPosition;

/// A path over more relations than this is not followed: the chains of the model are shorter.
const MAX_STEPS: usize = 6;

/// Works out what requests of an entity need.
pub(crate) fn plan(entities: &Entities, entity: &Entity) -> Plan {
    Planner { entities, entity }.plan()
}

struct Planner<'a> {
    entities: &'a Entities,
    entity: &'a Entity,
}

impl Planner<'_> {
    fn plan(&self) -> Plan {
        let entity = self.entity;
        let (fields, blank) = self.fields();
        let (children, computed) = (self.children(), self.computed());
        let always = [common::ID, common::UNIQUE_ID, common::TO_STRING_TEXT].map(|field| entity.common(field));
        let is_computed = |position: FieldPosition, field: &PlannedField| {
            field.derived.is_some()
                || always.contains(&position)
                || children.iter().any(|child| child.property == position)
                || computed.iter().any(|computed| computed.property == position)
        };
        let positions = fields.iter().enumerate().map(|(index, field)| (FieldPosition::new(index), field));
        let computed_positions =
            positions.filter(|(position, field)| is_computed(*position, field)).map(|(position, _)| position).collect();
        let texts = || entity.own_fields().filter(|(_, field)| field.kind == Kind::Text && !field.is_sensitive());
        // What can't be created requires nothing: its name is the first text.
        let title = if entity.table.allows(Operation::Create) {
            texts().find(|(_, field)| field.is_required())
        } else {
            texts().next()
        };
        Plan {
            computed_positions,
            params: self.params(&fields),
            title: title.map(|(position, _)| position),
            label: self.label(&fields),
            mirrors: self.mirrors(),
            fields,
            blank,
            children,
            computed,
        }
    }

    /// The properties, and the JSON of a record of which nothing is set.
    fn fields(&self) -> (Vec<PlannedField>, Vec<u8>) {
        let entity = self.entity;
        let mut blank = Vec::new();
        let observed = |name: &str| {
            let (_, value) = entity.effects?.blank.iter().find(|(field, _)| *field == name)?;
            Some(value.as_bytes())
        };
        let fields = entity.fields().map(|(position, field)| {
            let derived = if entity.is_own(position) { self.derivation(entity, field) } else { None };
            // A property of a related record reads, if it is not set, as it does there.
            let source = derived.as_ref().and_then(|path| self.last_field(path)).unwrap_or(field);
            let default = match observed(field.name) {
                Some(observed) if derived.is_none() => observed,
                _ => default_of(source),
            };
            if field.is_absent() {
                // No record of the service has it.
                return PlannedField { field, blank: (blank.len(), blank.len()), default, derived };
            }
            let comma = if blank.is_empty() { "" } else { "," };
            blank.extend_from_slice(format!("{comma}\"{}\":", field.name).as_bytes());
            let start = blank.len();
            blank.extend_from_slice(match observed(field.name) {
                Some(observed) => observed,
                // Without a related record, nothing is known of it.
                None if derived.is_some() => b"null",
                None => default,
            });
            PlannedField { field, blank: (start, blank.len()), default, derived }
        });
        let fields = fields.collect();
        (fields, blank)
    }

    fn children(&self) -> Vec<ChildList> {
        let children = self.entity.effects.map_or(&[][..], |effects| effects.children).iter();
        let child_list = children.filter_map(|child| {
            let target = self.entities.named(child.entity)?;
            Some(ChildList {
                property: self.entity.field_position(child.shown)?,
                entity: target.position,
                relation: target.field_position(child.relation)?,
                answers_only: child.answer,
            })
        });
        child_list.collect()
    }

    fn computed(&self) -> Vec<Computed> {
        let Some(effects) = self.entity.effects else { return Vec::new() };
        let lists = effects.lists.iter().map(|entry| (entry, true));
        let all = lists.chain(effects.shown.iter().map(|entry| (entry, false)));
        let computed = all.filter_map(|((name, expr), lists_only)| {
            Some(Computed { property: self.entity.field_position(name)?, expr, lists_only })
        });
        computed.collect()
    }

    /// Splits the pattern of an entity's `ToStringText` into its parts.
    fn label(&self, fields: &[PlannedField]) -> Vec<LabelPart> {
        let mut parts = Vec::new();
        let Some(mut rest) = self.entity.table.label else { return parts };
        while !rest.is_empty() {
            let (text, after) = rest.split_once('{').unwrap_or((rest, ""));
            if !text.is_empty() {
                parts.push(LabelPart::Text(text));
            }
            let (inside, after) = after.split_once('}').unwrap_or((after, ""));
            rest = after;
            let end = inside.find([':', '?']).unwrap_or(inside.len());
            let (name, format) = inside.split_at(end);
            let Some(position) = self.entity.field_position(name) else { continue };
            let derived = fields.get(position.index()).and_then(|field| field.derived.clone());
            let path = derived.unwrap_or_else(|| self.entity.path_to(position));
            parts.push(match (format, format.strip_prefix('?')) {
                (":2", _) => LabelPart::Money(path),
                (":date", _) => LabelPart::Date(path),
                (_, Some(text)) => LabelPart::If(path, text),
                _ => LabelPart::Value(path),
            });
        }
        parts
    }

    /// The path of a property of a related record that this entity repeats: `CoworkerFullName` beside `CoworkerId`.
    fn derivation(&self, entity: &Entity, field: &'static Field) -> Option<Path> {
        if !field.is_read_only() || field.is_write_only() {
            return None;
        }
        let path = self.through_relation(entity, field.name, MAX_STEPS)?;
        let found = self.last_field(&path)?.kind;
        let is_number = |kind| matches!(kind, Kind::Int | Kind::Id(_));
        (found == field.kind || (is_number(found) && is_number(field.kind))).then_some(path)
    }

    /// The property at the end of a path that has steps.
    fn last_field(&self, path: &Path) -> Option<&'static Field> {
        let last = self.entities.at(path.steps.last()?.target);
        match path.end {
            PathEnd::Id => last.field(last.common(common::ID)),
            PathEnd::Field(position) => last.field(position),
            PathEnd::Unknown => None,
        }
    }

    /// Reads a name as a relation of the entity and the rest as a property of the related entity, longest relation
    /// first.
    fn through_relation(&self, entity: &Entity, name: &str, max_steps: usize) -> Option<Path> {
        let relations = entity.own_fields().filter_map(|(position, field)| {
            let Kind::Id(target) = field.kind else { return None };
            // A relation does not lead to itself.
            let stem = field.name.strip_suffix("Id").filter(|_| field.name != name)?;
            if name.len() <= stem.len() || !name.starts_with(stem) {
                return None;
            }
            // One that itself repeats a property of a related record is reached through that record.
            let own = self.derivation(entity, field).is_none();
            own.then_some((position, stem, self.entities.named(target)?))
        });
        let mut relations: Vec<(FieldPosition, &'static str, &Entity)> = relations.collect();
        relations.sort_by_key(|(_, stem, _)| std::cmp::Reverse(stem.len()));
        relations.into_iter().find_map(|(relation, stem, target)| {
            let mut path = self.property(target, &name[stem.len()..], max_steps.checked_sub(1)?)?;
            path.steps.insert(0, Step { relation, target: target.position });
            Some(path)
        })
    }

    /// The property of an entity that a name means, its own or one of a related record.
    fn property(&self, entity: &Entity, name: &str, max_steps: usize) -> Option<Path> {
        let Some(position) = entity.field_position(name) else {
            return self.through_relation(entity, name, max_steps);
        };
        let field = entity.field(position)?;
        if field.is_write_only() || field.is_sensitive() {
            return None;
        }
        let derived = self.derivation(entity, field).filter(|path| path.steps.len() < max_steps);
        Some(derived.unwrap_or_else(|| entity.path_to(position)))
    }

    /// Every query parameter of the entity, by name in lower case.
    fn params(&self, fields: &[PlannedField]) -> HashMap<String, Param> {
        use nexudus_core::service::{DIRECTION, ORDER, PAGE, SIZE};
        let entity = self.entity;
        let mut params: HashMap<String, Param> = HashMap::new();
        for (name, param) in
            [(PAGE, Param::Page), (SIZE, Param::Size), (ORDER, Param::Order), (DIRECTION, Param::Direction)]
        {
            params.insert(name.to_ascii_lowercase(), param);
        }
        let prefix = entity.table.name.to_ascii_lowercase();
        params.insert("id".into(), Param::Id { long: false });
        params.insert(format!("{prefix}_id"), Param::Id { long: true });
        for ((position, field), planned) in entity.fields().zip(fields) {
            let target = planned.target(entity.path_to(position));
            if let Some((from, to)) = entity.table.range_names(field) {
                // Sources flatten relations in the names of ranges and take steps in those of equal filters.
                let steps = entity.table.filter_name(field);
                let stepped = |end: &str| steps.as_ref().map(|name| format!("{end}_{name}"));
                for (name, make) in [
                    (Some(from), Param::From as fn(Target) -> Param),
                    (stepped("from"), Param::From),
                    (Some(to), Param::To),
                    (stepped("to"), Param::To),
                ] {
                    if let Some(name) = name {
                        params.entry(name.to_ascii_lowercase()).or_insert_with(|| make(target.clone()));
                    }
                }
            }
            if let Some(name) = entity.table.filter_name(field) {
                let name = name.to_ascii_lowercase();
                if !name.starts_with(&prefix) {
                    // `UniqueId` is documented without the entity; the long form follows the rule of all others.
                    let long = format!("{prefix}_{name}");
                    params.entry(long).or_insert_with(|| Param::Equal(target.clone()));
                }
                params.entry(name).or_insert_with(|| Param::Equal(target));
            }
        }
        for related in entity.table.related {
            let unknown = || Path { steps: Vec::new(), end: PathEnd::Unknown };
            let path = self.related(related.name).unwrap_or_else(unknown);
            let target = Target { kind: related.kind, path, zero: related.kind == Kind::Bool };
            params.entry(related.name.to_ascii_lowercase()).or_insert(Param::Equal(target));
        }
        params
    }

    /// The path that `Proposal_Coworker_CoworkerType` means.
    fn related(&self, name: &str) -> Option<Path> {
        let segments = name.strip_prefix(self.entity.table.name)?.strip_prefix('_')?;
        let (relations, last) = segments.rsplit_once('_').map_or((None, segments), |(all, last)| (Some(all), last));
        let (mut here, mut steps) = (self.entity, Vec::new());
        for segment in relations.into_iter().flat_map(|relations| relations.split('_')) {
            let relation = here.field_position(&format!("{segment}Id"))?;
            let target = self.entities.named(here.field(relation)?.kind.target()?)?;
            steps.push(Step { relation, target: target.position });
            here = target;
        }
        let rest = match (here.field_position(last), here.field_position(&format!("{last}Id"))) {
            (None, Some(relation)) => here.path_to(relation),
            _ => self.property(here, last, MAX_STEPS)?,
        };
        steps.extend(rest.steps);
        Some(Path { steps, end: rest.end })
    }

    /// Lists on both sides of one relation: the roles' users and the users' roles are the same pairs.
    fn mirrors(&self) -> Vec<Mirror> {
        let entity = self.entity;
        let lists = |from: &Entity, to: &'static str| -> Vec<FieldPosition> {
            let is_list = |field: &Field| field.kind == Kind::Ids(Some(to)) && !field.is_write_only();
            from.own_fields().filter(|(_, field)| is_list(field)).map(|(position, _)| position).collect()
        };
        let targets = entity.table.fields.iter().filter_map(|field| match field.kind {
            Kind::Ids(Some(target)) if !field.is_write_only() && target != entity.table.name => {
                self.entities.named(target)
            }
            _ => None,
        });
        let mut seen = HashSet::new();
        let mirrors = targets.filter(|target| seen.insert(target.position)).filter_map(|target| {
            let (here, there) = (lists(entity, target.table.name), lists(target, entity.table.name));
            // Where one side has several lists, the first holds all ids and the others some of them.
            let paired = here.len() == 1 || there.len() == 1;
            let mirror = Mirror { list: *here.first()?, entity: target.position, other: *there.first()? };
            paired.then_some(mirror)
        });
        mirrors.collect()
    }
}

/// The value that samples show for a property that is not set.
fn default_of(field: &Field) -> &'static [u8] {
    match field.kind {
        Kind::Ids(_) if !field.is_write_only() => b"[]",
        // `ClearLogoFile` and its like.
        Kind::Bool if field.is_write_only() && field.name.starts_with("Clear") => b"false",
        _ if field.is_nullable() || field.is_write_only() => b"null",
        Kind::Bool => b"false",
        Kind::Int => b"0",
        Kind::Decimal => b"0.0",
        _ => b"null",
    }
}
