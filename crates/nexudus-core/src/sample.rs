//! An entity with a property of every kind, for tests of what all entities share.

use crate::fact::*;
use crate::json::DecodeError;
use crate::prelude::*;
use crate::record::AnyRecord;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cycle {
    Daily,
    Weekly,
    Unlisted(Unlisted<Self>),
}

impl OpenEnum for Cycle {
    const TABLE: &'static EnumTable = &EnumTable { name: "eCycle", values: &[(1, "Daily"), (2, "Weekly")] };
    const VARIANTS: &'static [Self] = &[Self::Daily, Self::Weekly];
    fn unlisted(value: Unlisted<Self>) -> Self {
        Self::Unlisted(value)
    }
    fn value(self) -> i64 {
        match self {
            Self::Daily => 1,
            Self::Weekly => 2,
            Self::Unlisted(value) => value.get(),
        }
    }
}

#[derive(Clone, Default, PartialEq)]
pub(crate) struct Sample {
    pub(crate) common: Common,
    pub(crate) owner_id: Option<Id<Self>>,
    pub(crate) count: Option<i64>,
    pub(crate) active: Option<bool>,
    pub(crate) price: Option<Decimal>,
    pub(crate) name: Option<String>,
    pub(crate) starts: Option<DateTime>,
    pub(crate) starts_local: Option<CivilDateTime>,
    pub(crate) key: Option<Guid>,
    pub(crate) cycle: Option<Cycle>,
    pub(crate) members: Option<Vec<Id<Self>>>,
    pub(crate) added_members: Option<Vec<Id<Self>>>,
    pub(crate) slots: Option<Json>,
    pub(crate) password: Option<String>,
    pub(crate) charge_now: Option<bool>,
    extra: Extra,
}

static TABLE: EntityTable = EntityTable::of::<Sample>(EntityFacts {
    name: "Sample",
    section: "tests",
    plural: "samples",
    operations: &Operation::ALL,
    fields: &[
        Field {
            name: "OwnerId",
            kind: Kind::Id("Sample"),
            facts: REQUIRED | UPDATABLE | FILTERED,
            filter: Some("Sample_Owner"),
            ..Field::UNKNOWN
        },
        Field { name: "Count", kind: Kind::Int, facts: WRITABLE | FILTERED | RANGED, ..Field::UNKNOWN },
        Field { name: "Active", kind: Kind::Bool, facts: WRITABLE | FILTERED, ..Field::UNKNOWN },
        Field { name: "Price", kind: Kind::Decimal, facts: WRITABLE | NULLABLE | RANGED, ..Field::UNKNOWN },
        Field { name: "Name", kind: Kind::Text, facts: WRITABLE | FILTERED, ..Field::UNKNOWN },
        Field { name: "Starts", kind: Kind::DateTime, facts: WRITABLE | FILTERED | RANGED, ..Field::UNKNOWN },
        Field { name: "StartsLocal", kind: Kind::Civil, facts: WRITABLE | RANGED, ..Field::UNKNOWN },
        Field { name: "Key", kind: Kind::Guid, facts: READ_ONLY, ..Field::UNKNOWN },
        Field { name: "Cycle", kind: Kind::Enum(Cycle::TABLE), facts: WRITABLE | FILTERED, ..Field::UNKNOWN },
        Field {
            name: "Members",
            kind: Kind::Ids(Some("Sample")),
            facts: WRITABLE | GET_ONLY | ADDED_REMOVED,
            ..Field::UNKNOWN
        },
        Field {
            name: "AddedMembers",
            kind: Kind::Ids(Some("Sample")),
            facts: UPDATABLE | WRITE_ONLY,
            ..Field::UNKNOWN
        },
        Field { name: "Slots", kind: Kind::Json, facts: GET_ONLY, ..Field::UNKNOWN },
        Field { name: "Password", kind: Kind::Text, facts: WRITABLE | SENSITIVE, ..Field::UNKNOWN },
        Field { name: "ChargeNow", kind: Kind::Bool, facts: WRITABLE | ACTION, ..Field::UNKNOWN },
    ],
    related: &[RelatedFilter { name: "Sample_Owner_Name", kind: Kind::Text, sensitive: false }],
    ..EntityFacts::UNKNOWN
});

impl Sample {
    pub(crate) const OWNER_ID: Filter<Self, Id<Self>> = Filter::at(0);
    pub(crate) const COUNT: Filter<Self, i64, EqualOrWithin> = Filter::at(1);
    pub(crate) const PRICE: Filter<Self, Decimal, Within> = Filter::at(3);
    pub(crate) const NAME: Filter<Self, str> = Filter::at(4);
    pub(crate) const STARTS: Filter<Self, DateTime, EqualOrWithin> = Filter::at(5);
    pub(crate) const STARTS_LOCAL: Filter<Self, CivilDateTime, Within> = Filter::at(6);
    pub(crate) const CYCLE: Filter<Self, Cycle> = Filter::at(8);
    pub(crate) const OWNER_NAME: Filter<Self, str> = Filter::related(0);
}

impl EntityName for Sample {
    const NAME: &'static str = "Sample";
}

impl AsRecord for Sample {
    fn as_dyn(&self) -> &dyn Record {
        self
    }
    fn as_dyn_mut(&mut self) -> &mut dyn Record {
        self
    }
}

impl Record for Sample {
    fn describe(&self) -> &'static EntityTable {
        &TABLE
    }
    fn parts(&self) -> (&Common, &Extra) {
        (&self.common, &self.extra)
    }
    fn parts_mut(&mut self) -> (&mut Common, &mut Extra) {
        (&mut self.common, &mut self.extra)
    }
}

impl Entity for Sample {
    fn table() -> &'static EntityTable {
        &TABLE
    }
    fn from_record(untyped: AnyRecord) -> Result<Self, DecodeError> {
        let record: &dyn std::any::Any = &*untyped;
        let sample = record.downcast_ref().cloned();
        sample.ok_or_else(|| DecodeError::other_entity("Sample", untyped.describe().name))
    }
    fn edit(untyped: &mut dyn Record, change: &mut dyn FnMut(&mut Self)) -> bool {
        let untyped: &mut dyn std::any::Any = untyped;
        untyped.downcast_mut().map(change).is_some()
    }
}

impl std::fmt::Debug for Sample {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.as_dyn().fmt_debug(f)
    }
}

impl Slots for Sample {
    fn slot(&self, at: usize) -> Option<&dyn Slot> {
        Some(match at {
            0 => &self.owner_id,
            1 => &self.count,
            2 => &self.active,
            3 => &self.price,
            4 => &self.name,
            5 => &self.starts,
            6 => &self.starts_local,
            7 => &self.key,
            8 => &self.cycle,
            9 => &self.members,
            10 => &self.added_members,
            11 => &self.slots,
            12 => &self.password,
            13 => &self.charge_now,
            _ => return None,
        })
    }
    fn slot_mut(&mut self, at: usize) -> Option<&mut dyn Slot> {
        Some(match at {
            0 => &mut self.owner_id,
            1 => &mut self.count,
            2 => &mut self.active,
            3 => &mut self.price,
            4 => &mut self.name,
            5 => &mut self.starts,
            6 => &mut self.starts_local,
            7 => &mut self.key,
            8 => &mut self.cycle,
            9 => &mut self.members,
            10 => &mut self.added_members,
            11 => &mut self.slots,
            12 => &mut self.password,
            13 => &mut self.charge_now,
            _ => return None,
        })
    }
}
