//! What is worked out of a table, so that no request has to.

use std::collections::HashMap;

use nexudus_core::{Field, Kind};

use crate::catalog::position::EntityPosition;
use crate::catalog::rule::Expr;
use crate::value::position::FieldPosition;
use crate::value::row::{Cell, Row};

/// From a record to the one that a relation of it leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Step {
    pub(crate) relation: FieldPosition,
    pub(crate) target: EntityPosition,
}

/// From one record over relations to a property of another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Path {
    pub(crate) steps: Vec<Step>,
    pub(crate) end: PathEnd,
}

/// The property at the end of a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PathEnd {
    /// The id, which no row holds.
    Id,
    Field(FieldPosition),
    /// No known property. It is empty in every record.
    Unknown,
}

impl PathEnd {
    pub(crate) fn field(self) -> Option<FieldPosition> {
        if let Self::Field(position) = self { Some(position) } else { None }
    }
}

impl Path {
    /// The property of the record itself that the path leads to, if it takes no steps.
    pub(crate) fn own_field(&self) -> Option<FieldPosition> {
        self.end.field().filter(|_| self.steps.is_empty())
    }

    /// The cell at the end, once the steps have led to a row.
    pub(crate) fn cell<'a>(&self, (id, row): (i64, &'a Row)) -> Option<Cell<'a>> {
        match self.end {
            PathEnd::Id => Some(Cell::Int(id)),
            PathEnd::Field(position) => row.get(position),
            PathEnd::Unknown => None,
        }
    }

    /// The path to the same end from a record that is reached after some of the steps.
    pub(crate) fn with_steps(&self, steps: &[Step]) -> Self {
        Self { steps: steps.to_vec(), end: self.end }
    }
}

/// A property, made ready.
pub(crate) struct PlannedField {
    pub(crate) field: &'static Field,
    /// Where its value begins and ends in the blank record.
    pub(crate) blank: (usize, usize),
    /// The JSON of a property that is not set.
    pub(crate) default: &'static [u8],
    /// Where a read-only property comes from, if it is one of a related record.
    pub(crate) derived: Option<Path>,
}

impl PlannedField {
    /// What a filter of it, or an order by it, looks at; `own` is the path to the property itself.
    pub(crate) fn target(&self, own: Path) -> Target {
        let zero = matches!(self.default, b"false" | b"0" | b"0.0");
        Target { kind: self.field.kind, path: self.derived.clone().unwrap_or(own), zero }
    }
}

/// What a query parameter means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Param {
    Page,
    Size,
    Order,
    Direction,
    /// `Id` and `Entity_Id`; whether the name starts with the entity.
    Id {
        long: bool,
    },
    Equal(Target),
    From(Target),
    To(Target),
}

/// The property that a filter or an order is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Target {
    pub(crate) kind: Kind,
    pub(crate) path: Path,
    /// Whether a property without a value reads as `false` or 0, so that filtering by these finds it.
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
    /// A text that is there if the property is true.
    If(Path, &'static str),
}

/// A property that shows records that belong to this one.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ChildList {
    pub(crate) property: FieldPosition,
    pub(crate) entity: EntityPosition,
    /// Their relation to this record.
    pub(crate) relation: FieldPosition,
    /// Whether only answers to commands and actions show them.
    pub(crate) answers_only: bool,
}

/// A property whose value each answer computes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Computed {
    pub(crate) property: FieldPosition,
    pub(crate) expr: &'static Expr,
    /// Whether only lists do.
    pub(crate) lists_only: bool,
}

/// A list of ids whose other side is a list of ids as well.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Mirror {
    pub(crate) list: FieldPosition,
    pub(crate) entity: EntityPosition,
    /// The list of the other entity.
    pub(crate) other: FieldPosition,
}

/// What is worked out for an entity when it is first used.
pub(crate) struct Plan {
    /// By position.
    pub(crate) fields: Vec<PlannedField>,
    /// The JSON of a record of which nothing is set, without the brackets.
    pub(crate) blank: Vec<u8>,
    /// The positions of properties that are computed, set or not: those of related records, and those that every
    /// record has.
    pub(crate) computed_positions: Vec<FieldPosition>,
    /// By name in lower case.
    pub(crate) params: HashMap<String, Param>,
    /// The position of the text that a record is called by.
    pub(crate) title: Option<FieldPosition>,
    /// The parts of `ToStringText`, where the spec knows its pattern.
    pub(crate) label: Vec<LabelPart>,
    pub(crate) children: Vec<ChildList>,
    pub(crate) computed: Vec<Computed>,
    pub(crate) mirrors: Vec<Mirror>,
}

impl Plan {
    pub(crate) fn field(&self, position: FieldPosition) -> Option<&PlannedField> {
        self.fields.get(position.index())
    }

    /// All properties with their positions.
    pub(crate) fn positions(&self) -> impl Iterator<Item = (FieldPosition, &PlannedField)> {
        self.fields.iter().enumerate().map(|(index, field)| (FieldPosition::new(index), field))
    }
}
