//! The tables of the model, made ready to serve from. Facts only: no record.

pub(crate) mod common;
pub(crate) mod entity;
pub(crate) mod plan;
mod planner;
pub(crate) mod position;
pub(crate) mod rule;
pub(crate) mod well_known;

use std::collections::HashMap;
use std::sync::OnceLock;

use nexudus_core::{EntityTable, EnumTable, Kind};

use crate::catalog::entity::{Entities, Entity};
use crate::catalog::plan::Plan;
use crate::catalog::position::EntityPosition;
use crate::catalog::rule::Effects;
use crate::catalog::well_known::WellKnown;

/// All entities, and what is worked out of their tables.
pub(crate) struct Catalog {
    entities: Entities,
    pub(crate) well_known: WellKnown,
    enums: OnceLock<HashMap<String, &'static EnumTable>>,
}

impl Catalog {
    pub(crate) fn new(tables: &'static [&'static EntityTable], effects: &'static [(&'static str, Effects)]) -> Self {
        let entities = Entities::new(tables, effects);
        Self { well_known: WellKnown::find(entities.all()), entities, enums: OnceLock::new() }
    }

    pub(crate) fn entities(&self) -> &[Entity] {
        self.entities.all()
    }

    pub(crate) fn entity(&self, position: EntityPosition) -> &Entity {
        self.entities.at(position)
    }

    /// The entity of a name (`UserMessage`), exactly.
    pub(crate) fn named(&self, name: &str) -> Option<&Entity> {
        self.entities.named(name)
    }

    /// The entity of a plural: as it is spelled, or in lower case.
    pub(crate) fn of_plural(&self, plural: &str) -> Option<&Entity> {
        self.entities.of_plural(plural)
    }

    /// The entity of a path. Sources disagree on the section of some entities, so any known section is accepted.
    pub(crate) fn at_path(&self, section: &str, plural: &str) -> Option<&Entity> {
        let entity = self.of_plural(plural)?;
        (section.eq_ignore_ascii_case(entity.table.section) || self.is_section(section)).then_some(entity)
    }

    /// The entity of a path in one piece: `sys/users`.
    pub(crate) fn of_path(&self, path: &str) -> Option<&Entity> {
        path.split_once('/').and_then(|(section, plural)| self.at_path(section, plural))
    }

    pub(crate) fn is_section(&self, name: &str) -> bool {
        // The old name of the CRM section, which some pages still show.
        name.eq_ignore_ascii_case("mrm")
            || self.entities().iter().any(|entity| entity.table.section.eq_ignore_ascii_case(name))
    }

    /// All plurals, to suggest one for a misspelled one.
    pub(crate) fn plurals(&self) -> impl Iterator<Item = &'static str> {
        self.entities().iter().map(|entity| entity.table.plural)
    }

    /// The tables of all enumerations, one for each property that has it.
    fn enum_tables(&self) -> impl Iterator<Item = &'static EnumTable> {
        let fields = self.entities().iter().flat_map(|entity| entity.table.all_fields());
        fields.filter_map(|field| if let Kind::Enum(table) = field.kind { Some(table) } else { None })
    }

    /// The names of all enumerations.
    pub(crate) fn enumerations(&self) -> impl Iterator<Item = &'static str> {
        self.enum_tables().map(|table| table.name)
    }

    /// An enumeration by its name, with or without the leading `e` and without regard to case.
    pub(crate) fn enumeration(&self, name: &str) -> Option<&'static EnumTable> {
        let enums = self.enums.get_or_init(|| {
            let mut enums = HashMap::new();
            for table in self.enum_tables() {
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

    /// What is worked out for an entity.
    pub(crate) fn plan<'a>(&'a self, entity: &'a Entity) -> &'a Plan {
        entity.plan.get_or_init(|| planner::plan(&self.entities, entity))
    }
}
