//! Entities, and how they are found.

use std::collections::HashMap;
use std::sync::OnceLock;

use nexudus_core::{EntityTable, Field, Kind, Operation};

use crate::catalog::common::{self, CommonField};
use crate::catalog::plan::{Path, PathEnd, Plan};
use crate::catalog::position::EntityPosition;
use crate::catalog::rule::Effects;
use crate::value::position::FieldPosition;

/// One entity.
pub(crate) struct Entity {
    pub(crate) position: EntityPosition,
    pub(crate) table: &'static EntityTable,
    /// What its writes set off.
    pub(crate) effects: Option<&'static Effects>,
    /// Made by the catalog on first use.
    pub(super) plan: OnceLock<Plan>,
    /// Positions by name in lower case.
    names: OnceLock<HashMap<String, FieldPosition>>,
}

impl Entity {
    /// Its own properties with their positions.
    pub(crate) fn own_fields(&self) -> impl Iterator<Item = (FieldPosition, &'static Field)> + use<> {
        self.table.fields.iter().enumerate().map(|(index, field)| (FieldPosition::new(index), field))
    }

    /// All properties with their positions, the common ones last.
    pub(crate) fn fields(&self) -> impl Iterator<Item = (FieldPosition, &'static Field)> + use<> {
        self.table.all_fields().enumerate().map(|(index, field)| (FieldPosition::new(index), field))
    }

    pub(crate) fn field(&self, position: FieldPosition) -> Option<&'static Field> {
        self.table.field(position.index())
    }

    /// The property of an exact name.
    pub(crate) fn field_named(&self, name: &str) -> Option<&'static Field> {
        self.field(self.field_position(name)?)
    }

    /// The position of a property by its exact name.
    pub(crate) fn field_position(&self, name: &str) -> Option<FieldPosition> {
        self.table.position(name).map(FieldPosition::new)
    }

    /// The position of a property by its name without regard to case.
    pub(crate) fn field_position_any_case(&self, name: &str) -> Option<FieldPosition> {
        self.field_position(name).or_else(|| {
            let names = || self.fields().map(|(position, field)| (field.name.to_ascii_lowercase(), position)).collect();
            self.names.get_or_init(names).get(&name.to_ascii_lowercase()).copied()
        })
    }

    /// The position of a common property.
    pub(crate) fn common(&self, field: CommonField) -> FieldPosition {
        FieldPosition::new(self.table.fields.len() + field.index())
    }

    /// The path to a property of the entity itself.
    pub(crate) fn path_to(&self, position: FieldPosition) -> Path {
        let end = if position == self.common(common::ID) { PathEnd::Id } else { PathEnd::Field(position) };
        Path { steps: Vec::new(), end }
    }

    /// Whether a position is that of a property of its own rather than a common one.
    pub(crate) fn is_own(&self, position: FieldPosition) -> bool {
        position.index() < self.table.fields.len()
    }

    /// The positions of all relations to one record.
    pub(crate) fn relations(&self) -> impl Iterator<Item = FieldPosition> + use<> {
        let relations = self.own_fields().filter(|(_, field)| matches!(field.kind, Kind::Id(_)));
        relations.map(|(position, _)| position)
    }

    pub(crate) fn role(&self, operation: Operation) -> String {
        self.table.role(operation)
    }
}

/// All entities.
pub(crate) struct Entities {
    all: Vec<Entity>,
    by_name: HashMap<&'static str, EntityPosition>,
    by_plural: HashMap<&'static str, EntityPosition>,
}

impl Entities {
    pub(crate) fn new(tables: &'static [&'static EntityTable], effects: &'static [(&'static str, Effects)]) -> Self {
        let effects_of = |name: &str| effects.iter().find(|(entity, _)| *entity == name).map(|(_, effects)| effects);
        let entity = |(index, table): (usize, &&'static EntityTable)| Entity {
            position: EntityPosition::new(index),
            table,
            effects: effects_of(table.name),
            plan: OnceLock::new(),
            names: OnceLock::new(),
        };
        let all: Vec<Entity> = tables.iter().enumerate().map(entity).collect();
        Self {
            by_name: all.iter().map(|entity| (entity.table.name, entity.position)).collect(),
            by_plural: all.iter().map(|entity| (entity.table.plural, entity.position)).collect(),
            all,
        }
    }

    pub(crate) fn all(&self) -> &[Entity] {
        &self.all
    }

    pub(crate) fn at(&self, position: EntityPosition) -> &Entity {
        &self.all[position.index()]
    }

    /// The entity of a name (`UserMessage`), exactly.
    pub(crate) fn named(&self, name: &str) -> Option<&Entity> {
        self.by_name.get(name).map(|position| self.at(*position))
    }

    /// The entity of a plural: as it is spelled, or in lower case.
    pub(crate) fn of_plural(&self, plural: &str) -> Option<&Entity> {
        let position = self.by_plural.get(plural).or_else(|| self.by_plural.get(plural.to_ascii_lowercase().as_str()));
        position.map(|position| self.at(*position))
    }
}
