//! The tables of the model, made ready to serve from.
//!
//! What is worked out once for each entity, on its first use: the JSON keys, what a property that is not set
//! reads as, which properties are those of a related record, and what each query parameter means.

use std::collections::{HashMap, HashSet};
use std::sync::OnceLock;

use nexudus_core::{Common, EntityTable, EnumTable, Field, Kind, Operation};

use crate::catalog::rule::{Children, Effects, Expr};
use crate::catalog::well_known::{PARTS, Part};
use crate::value::row::{Cell, Row};

/// Positions of the common properties, counted from the first of them.
pub(crate) struct CommonAt {
    pub(crate) id: u16,
    pub(crate) updated_on: u16,
    pub(crate) created_on: u16,
    pub(crate) unique_id: u16,
    pub(crate) updated_by: u16,
    pub(crate) system_id: u16,
    pub(crate) to_string_text: u16,
    pub(crate) custom_fields: u16,
}

/// All entities.
pub(crate) struct Catalog {
    entities: Vec<Entity>,
    by_name: HashMap<&'static str, usize>,
    by_plural: HashMap<&'static str, usize>,
    common: CommonAt,
    /// The positions of the entities that play a part, in the order of the parts.
    parts: [Option<usize>; PARTS.len()],
    enums: OnceLock<HashMap<String, &'static EnumTable>>,
}

/// One entity.
pub(crate) struct Entity {
    /// The position in the catalog.
    pub(crate) at: usize,
    pub(crate) table: &'static EntityTable,
    /// What its writes set off.
    pub(crate) effects: Option<&'static Effects>,
    plan: OnceLock<Plan>,
    /// Positions by name in lower case.
    names: OnceLock<HashMap<String, u16>>,
}

/// From one record over relations to a property of another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Path {
    /// The position of each relation and the entity that it leads to.
    pub(crate) steps: Vec<(u16, usize)>,
    /// The position of the property in the last entity.
    pub(crate) last: u16,
    id: bool,
}

impl Path {
    /// Whether the property at the end is the id itself, which no row holds.
    pub(crate) fn is_id(&self) -> bool {
        self.id
    }

    /// The cell that the path is for, once its steps have led to a row.
    pub(crate) fn at_end<'a>(&self, (id, row): (i64, &'a Row)) -> Option<Cell<'a>> {
        if self.id { Some(Cell::Int(id)) } else { row.get(self.last) }
    }

    /// The same end, seen from further along.
    pub(crate) fn behind(&self, steps: &[(u16, usize)]) -> Self {
        Self { steps: steps.to_vec(), ..self.clone() }
    }
}

/// A property, made ready.
pub(crate) struct Slot {
    pub(crate) field: &'static Field,
    /// Where its value begins and ends in the blank record.
    pub(crate) blank: (usize, usize),
    /// The JSON of a property that is not set.
    pub(crate) default: &'static [u8],
    /// Where a read-only property comes from, if it is one of a related record.
    pub(crate) derived: Option<Path>,
}

/// What a query parameter means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Param {
    Page,
    Size,
    Order,
    Direction,
    /// `Id` and `Entity_Id`; whether the name has the entity in front.
    Id {
        long: bool,
    },
    Equal(Target),
    From(Target),
    To(Target),
}

/// What a filter looks at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Target {
    pub(crate) kind: Kind,
    pub(crate) path: Path,
    /// Whether nothing reads as `false` or 0 here, so that filtering by these finds it.
    pub(crate) zero: bool,
}

/// A part of a label.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum LabelPart {
    Text(&'static str),
    Value(Path),
    /// With two decimals.
    Money(Path),
    /// As a date of the United States.
    Date(Path),
    /// A text that stands there if the property is true.
    If(Path, &'static str),
}

/// What is worked out on first use.
pub(crate) struct Plan {
    pub(crate) slots: Vec<Slot>,
    /// The JSON of a record of which nothing is set, but for the brackets.
    pub(crate) blank: Vec<u8>,
    /// The positions of what is worked out, set or not: properties of related records, and what every record has.
    pub(crate) worked_out: Vec<u16>,
    /// By name in lower case.
    pub(crate) params: HashMap<String, Param>,
    /// The position of the text that a record is called by.
    pub(crate) title: Option<u16>,
    /// What `ToStringText` is made of, where that was seen.
    pub(crate) label: Vec<LabelPart>,
    /// Properties that show records that belong to this one: position here, entity, position of its relation.
    pub(crate) children: Vec<(u16, usize, u16)>,
    /// Properties that answers work out anew; whether only lists do.
    pub(crate) lists: Vec<(u16, &'static Expr, bool)>,
    /// Lists of ids whose other side is a list as well: position here, entity and position there.
    pub(crate) mirrors: Vec<(u16, usize, u16)>,
}

/// A path through more relations than this is not followed; the model has chains of three.
const DEPTH: usize = 4;

/// A position that no property has.
const NOWHERE: u16 = u16::MAX;

fn narrow(at: usize) -> u16 {
    u16::try_from(at).unwrap_or(u16::MAX)
}

impl Catalog {
    pub(crate) fn new(tables: &'static [&'static EntityTable], effects: &'static [(&'static str, Effects)]) -> Self {
        let effects_of = |name: &str| effects.iter().find(|(entity, _)| *entity == name).map(|(_, effects)| effects);
        let common = |name: &str| {
            let found = Common::FIELDS.iter().position(|field| field.name == name);
            narrow(found.unwrap_or(Common::FIELDS.len()))
        };
        let entity = |(at, table): (usize, &&'static EntityTable)| {
            let effects = effects_of(table.name);
            Entity { at, table, effects, plan: OnceLock::new(), names: OnceLock::new() }
        };
        Self {
            entities: tables.iter().enumerate().map(entity).collect(),
            by_name: tables.iter().enumerate().map(|(at, table)| (table.name, at)).collect(),
            by_plural: tables.iter().enumerate().map(|(at, table)| (table.plural, at)).collect(),
            common: CommonAt {
                id: common("Id"),
                updated_on: common("UpdatedOn"),
                created_on: common("CreatedOn"),
                unique_id: common("UniqueId"),
                updated_by: common("UpdatedBy"),
                system_id: common("SystemId"),
                to_string_text: common("ToStringText"),
                custom_fields: common("CustomFields"),
            },
            parts: PARTS.map(|table| tables.iter().position(|other| Some(other.name) == table.map(|table| table.name))),
            enums: OnceLock::new(),
        }
    }

    /// The entity that plays a part, unless its section is switched off.
    pub(crate) fn part(&self, part: Part) -> Option<&Entity> {
        let at = self.parts.get(part as usize).copied().flatten()?;
        self.entities.get(at)
    }

    pub(crate) fn entities(&self) -> &[Entity] {
        &self.entities
    }

    pub(crate) fn entity(&self, at: usize) -> &Entity {
        &self.entities[at]
    }

    /// The entity of a name (`UserMessage`), exactly.
    pub(crate) fn named(&self, name: &str) -> Option<&Entity> {
        self.by_name.get(name).map(|at| &self.entities[*at])
    }

    /// The entity of a path. Texts disagree on the section of some entities, so any known section does.
    pub(crate) fn at_path(&self, section: &str, plural: &str) -> Option<&Entity> {
        let entity = match self.by_plural.get(plural) {
            Some(at) => *at,
            None => *self.by_plural.get(plural.to_ascii_lowercase().as_str())?,
        };
        let entity = &self.entities[entity];
        (section.eq_ignore_ascii_case(entity.table.section) || self.is_section(section)).then_some(entity)
    }

    /// The entity of a path in one piece: `sys/users`.
    pub(crate) fn of_path(&self, path: &str) -> Option<&Entity> {
        path.split_once('/').and_then(|(section, plural)| self.at_path(section, plural))
    }

    pub(crate) fn is_section(&self, name: &str) -> bool {
        // The old name of the CRM section, which some pages still show.
        name.eq_ignore_ascii_case("mrm")
            || self.entities.iter().any(|entity| entity.table.section.eq_ignore_ascii_case(name))
    }

    /// The entity of a plural in lower case.
    pub(crate) fn of_plural(&self, plural: &str) -> Option<&Entity> {
        self.by_plural.get(plural).map(|at| &self.entities[*at])
    }

    /// The names of all enumerations.
    pub(crate) fn enumerations(&self) -> impl Iterator<Item = &'static str> {
        let fields = self.entities.iter().flat_map(|entity| entity.table.all_fields());
        fields.filter_map(|field| if let Kind::Enum(table) = field.kind { Some(table.name) } else { None })
    }

    /// All plurals, for a hint at a misspelt one.
    pub(crate) fn plurals(&self) -> impl Iterator<Item = &'static str> {
        self.entities.iter().map(|entity| entity.table.plural)
    }

    /// An enumeration by its name, with or without the `e` in front and without regard to case.
    pub(crate) fn enumeration(&self, name: &str) -> Option<&'static EnumTable> {
        let enums = self.enums.get_or_init(|| {
            let fields = self.entities.iter().flat_map(|entity| entity.table.all_fields());
            let tables = fields.filter_map(|field| if let Kind::Enum(table) = field.kind { Some(table) } else { None });
            let mut enums = HashMap::new();
            for table in tables {
                let name = table.name.to_ascii_lowercase();
                if let Some(bare) = name.strip_prefix('e') {
                    enums.insert(bare.to_owned(), table);
                }
                enums.insert(name, table);
            }
            enums
        });
        enums.get(&name.to_ascii_lowercase()).copied()
    }

    /// What was worked out for an entity.
    pub(crate) fn plan<'a>(&'a self, entity: &'a Entity) -> &'a Plan {
        entity.plan.get_or_init(|| self.make_plan(entity))
    }

    /// The position of a common property of an entity.
    pub(crate) fn common(&self, entity: &Entity, which: fn(&CommonAt) -> u16) -> u16 {
        entity.own() + which(&self.common)
    }

    fn make_plan(&self, entity: &Entity) -> Plan {
        let mut blank = Vec::new();
        let seen = |name: &str| {
            let seen = entity.effects?.blank.iter().find(|(seen, _)| *seen == name)?;
            Some(seen.1)
        };
        let slots: Vec<Slot> = entity
            .table
            .all_fields()
            .enumerate()
            .map(|(at, field)| {
                let derived = if at < entity.table.fields.len() { self.derivation(entity, field) } else { None };
                // What is not set there reads here as it does there.
                let end = derived.as_ref().and_then(|path| self.end(path));
                let default = match seen(field.name) {
                    Some(seen) if derived.is_none() => seen.as_bytes(),
                    _ => default_of(end.unwrap_or(field)),
                };
                if field.is_absent() {
                    // No record of the service has it.
                    return Slot { field, blank: (blank.len(), blank.len()), default, derived };
                }
                let comma = if blank.is_empty() { "" } else { "," };
                blank.extend_from_slice(format!("{comma}\"{}\":", field.name).as_bytes());
                let value = blank.len();
                blank.extend_from_slice(match seen(field.name) {
                    Some(seen) => seen.as_bytes(),
                    // Nothing is known of a related record that is not there.
                    None if derived.is_some() => b"null",
                    None => default,
                });
                Slot { field, blank: (value, blank.len()), default, derived }
            })
            .collect();
        let always = [
            self.common(entity, |common| common.id),
            self.common(entity, |common| common.unique_id),
            self.common(entity, |common| common.to_string_text),
        ];
        let children: Vec<(u16, usize, u16)> = entity.effects.map_or_else(Vec::new, |effects| {
            let place = |child: &Children| {
                let target = self.named(child.entity)?;
                Some((entity.position(child.shown)?, target.at, target.position(child.relation)?))
            };
            effects.children.iter().filter_map(place).collect()
        });
        let lists: Vec<(u16, &'static Expr, bool)> = entity.effects.map_or_else(Vec::new, |effects| {
            let lists = effects.lists.iter().map(|entry| (entry, true));
            let all = lists.chain(effects.shown.iter().map(|entry| (entry, false)));
            all.filter_map(|((name, expr), only)| Some((entity.position(name)?, expr, only))).collect()
        });
        let shown =
            |at: u16| children.iter().any(|(child, ..)| *child == at) || lists.iter().any(|(list, ..)| *list == at);
        let worked_out = (0..).zip(&slots);
        let worked_out = worked_out.filter(|(at, slot)| slot.derived.is_some() || always.contains(at) || shown(*at));
        let worked_out = worked_out.map(|(at, _)| at).collect();
        let texts = || (0..).zip(entity.table.fields).filter(|(_, field)| field.kind == Kind::Text);
        let title = texts().find(|(_, field)| field.is_required() && !field.is_sensitive()).map(|(at, _)| at);
        let (params, mirrors) = (self.params(entity, &slots), self.mirrors(entity));
        let label = self.label(entity, &slots);
        Plan { slots, blank, worked_out, params, title, label, children, lists, mirrors }
    }

    /// Takes the pattern of an entity's `ToStringText` apart.
    fn label(&self, entity: &Entity, slots: &[Slot]) -> Vec<LabelPart> {
        let mut parts = Vec::new();
        let Some(mut rest) = entity.table.label else { return parts };
        while !rest.is_empty() {
            let (text, after) = rest.split_once('{').unwrap_or((rest, ""));
            if !text.is_empty() {
                parts.push(LabelPart::Text(text));
            }
            let (inside, after) = after.split_once('}').unwrap_or((after, ""));
            rest = after;
            let end = inside.find([':', '?']).unwrap_or(inside.len());
            let (name, format) = inside.split_at(end);
            let Some(at) = entity.position(name) else { continue };
            let derived = slots.get(usize::from(at)).and_then(|slot| slot.derived.clone());
            let path = derived.unwrap_or_else(|| self.direct(entity, at));
            parts.push(match format {
                ":2" => LabelPart::Money(path),
                ":date" => LabelPart::Date(path),
                _ => format
                    .strip_prefix('?')
                    .map_or_else(|| LabelPart::Value(path.clone()), |text| LabelPart::If(path.clone(), text)),
            });
        }
        parts
    }

    /// Whether a property is that of a related record, flattened: `CoworkerFullName` beside `CoworkerId`.
    fn derivation(&self, entity: &Entity, field: &'static Field) -> Option<Path> {
        if !field.is_read_only() || field.is_write_only() {
            return None;
        }
        let path = self.through_relation(entity, field.name, DEPTH)?;
        let found = self.end(&path)?.kind;
        let number = |kind| matches!(kind, Kind::Int | Kind::Id(_));
        (found == field.kind || (number(found) && number(field.kind))).then_some(path)
    }

    /// The property at the end of a path that has steps.
    fn end(&self, path: &Path) -> Option<&'static Field> {
        let (_, last) = path.steps.last()?;
        self.entities[*last].table.field(usize::from(path.last))
    }

    /// Reads a name as a relation of the entity and the rest as a property behind it, longest relation first.
    fn through_relation(&self, entity: &Entity, name: &str, depth: usize) -> Option<Path> {
        let mut relations: Vec<(u16, &'static str, &Entity)> = (0..)
            .zip(entity.table.fields)
            .filter_map(|(at, field)| {
                let Kind::Id(target) = field.kind else { return None };
                // A relation does not lead to itself.
                let stem = field.name.strip_suffix("Id").filter(|_| field.name != name)?;
                if name.len() <= stem.len() || !name.starts_with(stem) {
                    return None;
                }
                // One that is itself that of a related record is reached through that record.
                let own = self.derivation(entity, field).is_none();
                own.then_some((at, stem, self.named(target)?))
            })
            .collect();
        relations.sort_by_key(|(_, stem, _)| std::cmp::Reverse(stem.len()));
        let (at, target, mut rest) = relations.into_iter().find_map(|(at, stem, target)| {
            Some((at, target, self.property(target, &name[stem.len()..], depth.checked_sub(1)?)?))
        })?;
        rest.steps.insert(0, (at, target.at));
        Some(rest)
    }

    /// The property of an entity that a name means, its own or one behind a relation.
    fn property(&self, entity: &Entity, name: &str, depth: usize) -> Option<Path> {
        if let Some(at) = entity.table.position(name) {
            let field = entity.table.field(at)?;
            if field.is_write_only() || field.is_sensitive() {
                return None;
            }
            let derived = self.derivation(entity, field).filter(|path| path.steps.len() < depth);
            return Some(derived.unwrap_or_else(|| self.direct(entity, narrow(at))));
        }
        self.through_relation(entity, name, depth)
    }

    /// The path to a property of the entity itself.
    pub(crate) fn direct(&self, entity: &Entity, at: u16) -> Path {
        Path { steps: Vec::new(), last: at, id: at == self.common(entity, |common| common.id) }
    }

    /// Every query parameter of an entity, by name in lower case.
    fn params(&self, entity: &Entity, slots: &[Slot]) -> HashMap<String, Param> {
        use nexudus_core::service::{DIRECTION, ORDER, PAGE, SIZE};
        let mut params: HashMap<String, Param> = HashMap::new();
        for (name, param) in
            [(PAGE, Param::Page), (SIZE, Param::Size), (ORDER, Param::Order), (DIRECTION, Param::Direction)]
        {
            params.insert(name.to_ascii_lowercase(), param);
        }
        let prefix = entity.table.name.to_ascii_lowercase();
        params.insert("id".into(), Param::Id { long: false });
        params.insert(format!("{prefix}_id"), Param::Id { long: true });
        for (at, slot) in (0..).zip(slots) {
            let field = slot.field;
            let path = slot.derived.clone().unwrap_or_else(|| self.direct(entity, at));
            let zero = matches!(slot.default, b"false" | b"0" | b"0.0");
            let target = Target { kind: field.kind, path, zero };
            if let Some((from, to)) = entity.table.range_names(field) {
                // Sources flatten relations in the names of ranges and take steps in those of equal filters.
                let steps = entity.table.filter_name(field);
                let stepped = |end: &str| steps.as_ref().map(|name| format!("{end}_{name}").to_ascii_lowercase());
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
                    // `UniqueId` is documented bare; the long form follows the rule of all others.
                    let long = format!("{prefix}_{name}");
                    params.entry(long).or_insert_with(|| Param::Equal(target.clone()));
                }
                params.entry(name).or_insert_with(|| Param::Equal(target));
            }
        }
        for related in entity.table.related {
            // What no property is known for is empty in every record.
            let path = self.related(entity, related.name).unwrap_or_else(|| self.direct(entity, NOWHERE));
            let target = Target { kind: related.kind, path, zero: related.kind == Kind::Bool };
            params.entry(related.name.to_ascii_lowercase()).or_insert(Param::Equal(target));
        }
        params
    }

    /// What `Proposal_Coworker_CoworkerType` looks at.
    fn related(&self, entity: &Entity, name: &str) -> Option<Path> {
        let steps = name.strip_prefix(entity.table.name)?.strip_prefix('_')?;
        let (mut here, mut path) = (entity, Path { steps: Vec::new(), last: 0, id: false });
        let mut parts = steps.split('_').peekable();
        while let Some(part) = parts.next() {
            let relation = here.table.position(&format!("{part}Id"));
            let target = relation.and_then(|at| {
                if let Kind::Id(target) = here.table.field(at)?.kind { Some((at, self.named(target)?)) } else { None }
            });
            match (parts.peek(), target) {
                (Some(_), Some((at, target))) => {
                    path.steps.push((narrow(at), target.at));
                    here = target;
                }
                (None, _) => {
                    let rest = match (here.table.position(part), relation) {
                        (None, Some(at)) => self.direct(here, narrow(at)),
                        _ => self.property(here, part, DEPTH)?,
                    };
                    path.steps.extend(rest.steps);
                    return Some(Path { steps: path.steps, ..rest });
                }
                (Some(_), None) => return None,
            }
        }
        None
    }

    /// Lists on both sides of one relation: the roles' users and the users' roles are the same pairs.
    fn mirrors(&self, entity: &Entity) -> Vec<(u16, usize, u16)> {
        let lists = |from: &Entity, to: &'static str| -> Vec<u16> {
            let is_list = |field: &Field| field.kind == Kind::Ids(Some(to)) && !field.is_write_only();
            (0..).zip(from.table.fields).filter(|(_, field)| is_list(field)).map(|(at, _)| at).collect()
        };
        let targets = entity.table.fields.iter().filter_map(|field| match field.kind {
            Kind::Ids(Some(target)) if !field.is_write_only() && target != entity.table.name => self.named(target),
            _ => None,
        });
        let mut seen = HashSet::new();
        targets
            .filter(|target| seen.insert(target.at))
            .filter_map(|target| {
                let (here, there) = (lists(entity, target.table.name), lists(target, entity.table.name));
                // Where one side has several lists, the first is that of all; the others pick some out of it.
                let paired = here.len() == 1 || there.len() == 1;
                Some((*here.first()?, target.at, *there.first()?)).filter(|_| paired)
            })
            .collect()
    }
}

impl Entity {
    /// The number of its own properties; the common ones stand behind them.
    pub(crate) fn own(&self) -> u16 {
        narrow(self.table.fields.len())
    }

    /// The positions of all relations to one record.
    pub(crate) fn relations(&self) -> impl Iterator<Item = u16> {
        (0..).zip(self.table.fields).filter(|(_, field)| matches!(field.kind, Kind::Id(_))).map(|(at, _)| at)
    }

    /// The position of a property by its exact name.
    pub(crate) fn position(&self, name: &str) -> Option<u16> {
        self.table.position(name).map(narrow)
    }

    /// The position of a property by its name without regard to case.
    pub(crate) fn position_of(&self, name: &str) -> Option<u16> {
        self.position(name).or_else(|| {
            let lower = |field: &Field| field.name.to_ascii_lowercase();
            let names = || self.table.all_fields().map(lower).zip(0..).collect();
            self.names.get_or_init(names).get(&name.to_ascii_lowercase()).copied()
        })
    }

    pub(crate) fn role(&self, operation: Operation) -> String {
        self.table.role(operation)
    }
}

/// What samples show for a property that is not set.
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
