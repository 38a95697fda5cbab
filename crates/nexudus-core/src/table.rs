//! What is known of an entity and of its properties, as data.
//!
//! The generator turns the spec into these tables and into nothing else that could be called logic. Decoding,
//! encoding, redaction, the sandbox's validation and the flags of the command-line tool all read the same
//! rows, so a fact stands in one place and a wrong one is mended in one place.
//!
//! The constructors are `const fn`, so that a generated table is a `static` that costs nothing at start.

use std::fmt;
use std::sync::OnceLock;

use crate::generated::{Common, service};
use crate::open_enum::EnumTable;
use crate::page::Rows;
use crate::record::{Entity, Record};

/// One of the five operations on the records of an entity. Commands are a flag of the entity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Operation {
    /// `GET /section/plural`
    List,
    /// `GET /section/plural/id`
    Get,
    /// `POST /section/plural`
    Create,
    /// `PUT /section/plural`
    Update,
    /// `DELETE /section/plural/id`
    Delete,
}

impl Operation {
    /// All five, in the order that documents give them.
    pub const ALL: [Self; 5] = [Self::List, Self::Get, Self::Create, Self::Update, Self::Delete];

    /// The name as used in documents and messages, in lower case.
    pub const fn name(self) -> &'static str {
        match self {
            Self::List => "list",
            Self::Get => "get",
            Self::Create => "create",
            Self::Update => "update",
            Self::Delete => "delete",
        }
    }

    /// What stands behind the entity's name in the role that this operation needs.
    pub const fn role_suffix(self) -> &'static str {
        service::ROLE_SUFFIXES[self as usize]
    }
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What kind of value a property holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The id of a record of the named entity.
    Id(&'static str),
    /// A 64-bit integer.
    Int,
    /// `true` or `false`.
    Bool,
    /// A decimal number.
    Decimal,
    /// Text.
    Text,
    /// An instant.
    DateTime,
    /// A wall clock without a zone.
    Civil,
    /// A unique id.
    Guid,
    /// An enumeration, sent as its integer.
    Enum(&'static EnumTable),
    /// A list of ids; of which entity, where that is known.
    Ids(Option<&'static str>),
    /// Any JSON.
    Json,
}

impl Kind {
    /// The name of this kind as the spec files write it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Id(_) => "id",
            Self::Int => "int",
            Self::Bool => "bool",
            Self::Decimal => "decimal",
            Self::Text => "text",
            Self::DateTime => "datetime",
            Self::Civil => "civil",
            Self::Guid => "guid",
            Self::Enum(_) => "enum",
            Self::Ids(_) => "ids",
            Self::Json => "json",
        }
    }

    /// The entity that the id or the ids point at.
    pub const fn target(self) -> Option<&'static str> {
        match self {
            Self::Id(entity) => Some(entity),
            Self::Ids(entity) => entity,
            _ => None,
        }
    }
}

/// Where the exact spelling of a name comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Provenance {
    /// The service's current reference.
    Reference,
    /// A public typed client.
    Client,
    /// The reference of January 2020.
    Reference2020,
    /// Spelt from a command-line flag by rule; never seen in full.
    Derived,
}

/// What is doubtful about an entity or a property.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Doubt {
    /// It stood in an older text and is missing from the newest.
    MaybeWithdrawn,
    /// It was seen in the reference of 2020 alone.
    Only2020,
    /// Sources disagree, as the entity's documentation says.
    Disputed,
}

const REQUIRED: u32 = 1;
const OPTIONAL: u32 = 1 << 1;
const UPDATABLE: u32 = 1 << 2;
const WRITABLE: u32 = OPTIONAL | UPDATABLE;
const NULLABLE: u32 = 1 << 3;
const WRITE_ONLY: u32 = 1 << 4;
const GET_ONLY: u32 = 1 << 5;
const ADDED_REMOVED: u32 = 1 << 6;
const SENSITIVE: u32 = 1 << 7;
const ACTION: u32 = 1 << 8;
const RANGED: u32 = 1 << 9;
const BY_RULE: u32 = 1 << 10;
const FILTERED: u32 = 1 << 11;

/// One property of an entity.
#[derive(Debug)]
pub struct Field {
    /// The exact name on the wire.
    pub name: &'static str,
    /// What kind of value it holds.
    pub kind: Kind,
    /// What the name does not say, if anything is known.
    pub doc: Option<&'static str>,
    /// Where the spelling of the name comes from.
    pub provenance: Provenance,
    /// What is doubtful about it, if anything.
    pub doubt: Option<Doubt>,
    filter: Option<&'static str>,
    flags: u32,
}

/// A constructor for each kind and one for each fact; facts are added by chaining.
macro_rules! flags {
    ($($(#[$doc:meta])* $set:ident, $get:ident, $bit:ident;)*) => {
        impl Field {
            $(
                #[doc(hidden)]
                #[must_use]
                pub const fn $set(mut self) -> Self {
                    self.flags |= $bit;
                    self
                }

                $(#[$doc])*
                pub const fn $get(&self) -> bool {
                    self.flags & $bit == $bit
                }
            )*
        }
    };
}

flags! {
    /// Whether a new record must have it.
    required, is_required, REQUIRED;
    /// Whether a new record may have it.
    optional, is_optional, OPTIONAL;
    /// Whether an update writes it.
    updatable, is_updatable, UPDATABLE;
    /// Whether both a new record may have it and an update writes it.
    writable, is_writable, WRITABLE;
    /// Whether it is known to be null at times.
    nullable, is_nullable, NULLABLE;
    /// Whether it is only ever written: records read from the service hold null there, or nothing.
    write_only, is_write_only, WRITE_ONLY;
    /// Whether it comes only with one record got by its id: lists leave it out.
    get_only, is_get_only, GET_ONLY;
    /// Whether a list has `Added…` and `Removed…` companions.
    added_removed, has_companions, ADDED_REMOVED;
    /// Whether it holds a secret: `Debug` hides it and nothing filters on it.
    sensitive, is_sensitive, SENSITIVE;
    /// Whether writing it makes the service do something, so that it must not be sent twice.
    action, is_action, ACTION;
    /// Whether lists can be filtered by a range of it.
    ranged, is_ranged, RANGED;
    /// Whether the name of its filter follows from the naming rule only; no source shows it.
    by_rule, filter_is_by_rule, BY_RULE;
    /// Whether lists can be filtered by its value.
    filtered, is_filterable, FILTERED;
}

impl Field {
    #[doc(hidden)]
    pub const fn new(name: &'static str, kind: Kind) -> Self {
        Self { name, kind, doc: None, provenance: Provenance::Reference, doubt: None, filter: None, flags: 0 }
    }

    /// Lists can be filtered by it, under a name that does not follow from its own.
    #[doc(hidden)]
    #[must_use]
    pub const fn filter(mut self, name: &'static str) -> Self {
        self.filter = Some(name);
        self.flags |= FILTERED;
        self
    }

    #[doc(hidden)]
    #[must_use]
    pub const fn doc(mut self, text: &'static str) -> Self {
        self.doc = Some(text);
        self
    }

    const fn from(mut self, provenance: Provenance) -> Self {
        self.provenance = provenance;
        self
    }

    const fn doubt(mut self, doubt: Doubt) -> Self {
        self.doubt = Some(doubt);
        self
    }

    /// Whether a new record may or must have it.
    pub const fn is_creatable(&self) -> bool {
        self.flags & (REQUIRED | OPTIONAL) != 0
    }

    /// Whether nobody but the service writes it.
    pub const fn is_read_only(&self) -> bool {
        self.flags & (REQUIRED | OPTIONAL | UPDATABLE) == 0
    }

    /// The name in a filter: relations lose their `Id` there.
    fn stem(&self) -> &'static str {
        match self.kind {
            Kind::Id(_) => self.name.strip_suffix("Id").filter(|stem| !stem.is_empty()).unwrap_or(self.name),
            _ => self.name,
        }
    }
}

/// Short forms for generated tables, where each row should fit on its line.
macro_rules! short {
    (kinds { $($name:ident($($argument:ident: $type:ty)?) = $kind:expr;)* } facts { $($fact:ident = $method:ident($value:expr);)* }) => {
        impl Field {
            $(
                #[doc(hidden)]
                pub const fn $name(name: &'static str $(, $argument: $type)?) -> Self {
                    Self::new(name, $kind)
                }
            )*
            $(
                #[doc(hidden)]
                #[must_use]
                pub const fn $fact(self) -> Self {
                    self.$method($value)
                }
            )*
        }
    };
}

short! {
    kinds {
        id(of: &'static str) = Kind::Id(of);
        int() = Kind::Int;
        bool() = Kind::Bool;
        decimal() = Kind::Decimal;
        text() = Kind::Text;
        datetime() = Kind::DateTime;
        civil() = Kind::Civil;
        guid() = Kind::Guid;
        one_of(table: &'static EnumTable) = Kind::Enum(table);
        ids(of: &'static str) = Kind::Ids(Some(of));
        numbers() = Kind::Ids(None);
        json() = Kind::Json;
    }
    facts {
        client = from(Provenance::Client);
        from_2020 = from(Provenance::Reference2020);
        derived = from(Provenance::Derived);
        maybe_withdrawn = doubt(Doubt::MaybeWithdrawn);
        only_2020 = doubt(Doubt::Only2020);
    }
}

/// A filter on a property of a related record, such as `Booking_Resource_Name`.
#[derive(Debug)]
pub struct RelatedFilter {
    /// The exact name of the query parameter.
    pub name: &'static str,
    /// What kind of value it takes.
    pub kind: Kind,
}

/// A file that belongs to a record.
#[derive(Debug)]
pub struct File {
    /// The stem of its properties: `Logo` of `LogoFileName`, `NewLogoUrl` and `ClearLogoFile`.
    pub name: &'static str,
    /// The path segment that downloads it, such as `getlogo`.
    pub path: &'static str,
}

/// Everything that is known of an entity.
#[derive(Debug)]
pub struct EntityTable {
    /// The name, in the singular: `UserMessage`.
    pub name: &'static str,
    /// The path segment: `usermessages`.
    pub plural: &'static str,
    /// The section of the API: `sys`.
    pub section: &'static str,
    /// What it is, in a sentence.
    pub doc: &'static str,
    /// The operations that exist.
    pub operations: &'static [Operation],
    /// Whether the service is known to have commands for it.
    pub commands: bool,
    /// Set if it is deprecated: what to use instead, empty where no source says.
    pub deprecated: Option<&'static str>,
    /// What is doubtful about it, if anything.
    pub doubt: Option<Doubt>,
    /// Its own properties. Those that every entity has are [`Common::FIELDS`].
    pub fields: &'static [Field],
    /// Filters on related records.
    pub related: &'static [RelatedFilter],
    /// Files that can be downloaded.
    pub files: &'static [File],
    #[doc(hidden)]
    pub index: FieldIndex,
    #[doc(hidden)]
    pub maker: Maker,
}

/// What makes the records of an entity, for code that works with all entities alike. It is also what keeps the
/// code for this in the crate that has the record, so that others need not compile it.
#[derive(Clone, Copy, Debug)]
pub struct Maker {
    record: fn() -> Box<dyn Record>,
    rows: fn() -> Box<dyn Rows>,
}

impl Maker {
    #[doc(hidden)]
    pub const fn of<E: Entity>() -> Self {
        Self { record: || Box::<E>::default(), rows: || Box::<Vec<E>>::default() }
    }
}

/// A hash of a property's name. Names begin alike more often than they end alike, so the end is what counts.
fn hash(name: &str) -> usize {
    let tail = name.as_bytes().rchunks(8).next().unwrap_or_default();
    let word = tail.iter().fold(name.len() as u64, |word, byte| word << 8 ^ u64::from(*byte));
    let mixed = (word ^ name.len() as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    usize::from((mixed >> 48) as u16)
}

/// The positions of an entity's properties by name, made on first use.
#[derive(Debug)]
pub struct FieldIndex(OnceLock<Box<[u16]>>);

impl FieldIndex {
    #[doc(hidden)]
    pub const fn new() -> Self {
        Self(OnceLock::new())
    }
}

impl EntityTable {
    /// An empty record.
    pub fn make(&self) -> Box<dyn Record> {
        (self.maker.record)()
    }

    /// No records, with room for them.
    pub fn make_rows(&self) -> Box<dyn Rows> {
        (self.maker.rows)()
    }

    /// The number of properties, the common ones included.
    pub fn field_count(&self) -> usize {
        self.fields.len() + Common::FIELDS.len()
    }

    /// The property at a position: the entity's own come first, then the common ones.
    pub fn field(&self, at: usize) -> Option<&'static Field> {
        match at.checked_sub(self.fields.len()) {
            None => self.fields.get(at),
            Some(common) => Common::FIELDS.get(common),
        }
    }

    /// All properties, the common ones last.
    pub fn all_fields(&self) -> impl Iterator<Item = &'static Field> + use<> {
        self.fields.iter().chain(Common::FIELDS)
    }

    /// The position of a property, by its exact name on the wire.
    pub fn position(&self, name: &str) -> Option<usize> {
        let index = self.index.0.get_or_init(|| self.make_index());
        let mask = index.len() - 1;
        let mut place = hash(name) & mask;
        // At most a quarter of the places is taken, so there is an empty one to stop at.
        loop {
            let at = usize::from(index[place]);
            let field = self.field(at)?;
            if field.name == name {
                return Some(at);
            }
            place = (place + 1) & mask;
        }
    }

    /// A hash table of positions; a place without a property holds a position that no property has.
    fn make_index(&self) -> Box<[u16]> {
        let count = self.field_count();
        let mut index = vec![u16::MAX; (count * 4).next_power_of_two()];
        for (at, field) in (0..u16::MAX).zip(self.all_fields()) {
            let mut place = hash(field.name) & (index.len() - 1);
            while index[place] != u16::MAX {
                place = (place + 1) & (index.len() - 1);
            }
            index[place] = at;
        }
        index.into()
    }

    /// The property at `expected` if it has this name, else the one that does.
    pub(crate) fn position_from(&self, expected: usize, name: &str) -> Option<usize> {
        match self.field(expected) {
            Some(field) if field.name == name => Some(expected),
            _ => self.position(name),
        }
    }

    /// Section and plural: the path of the collection below the base address.
    pub fn path(&self) -> String {
        format!("{}/{}", self.section, self.plural)
    }

    /// Whether the entity has an operation.
    pub fn allows(&self, operation: Operation) -> bool {
        self.operations.contains(&operation)
    }

    /// The role that an operation asks for, unless the caller is a full administrator.
    pub fn role(&self, operation: Operation) -> String {
        format!("{}-{}", self.name, operation.role_suffix())
    }

    /// The query parameter that filters by a property's value.
    pub fn filter_name(&self, field: &Field) -> Option<String> {
        field.is_filterable().then(|| match field.filter {
            Some(name) => name.replace("{Entity}", self.name),
            None => format!("{}_{}", self.name, field.stem()),
        })
    }

    /// The query parameters that filter by a range of a property: from and to, both inclusive.
    pub fn range_names(&self, field: &Field) -> Option<(String, String)> {
        let name = |end: &str| format!("{end}_{}_{}", self.name, field.name);
        field.is_ranged().then(|| (name("from"), name("to")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The name of a filter on an entity called `Note`.
    fn name_of(field: &Field) -> Option<String> {
        let table = EntityTable {
            name: "Note",
            plural: "notes",
            section: "sys",
            doc: "",
            operations: &[],
            commands: false,
            deprecated: None,
            doubt: None,
            fields: &[],
            related: &[],
            files: &[],
            index: FieldIndex::new(),
            maker: Maker::of::<crate::sample::Sample>(),
        };
        table.filter_name(field)
    }

    #[test]
    fn filters_are_named_by_rule_or_by_hand() {
        let some = |name: &str| Some(name.to_owned());
        assert_eq!(name_of(&Field::id("OwnerId", "User").filtered()), some("Note_Owner"));
        assert_eq!(name_of(&Field::id("Id", "User").filtered()), some("Note_Id"));
        assert_eq!(name_of(&Field::int("OwnerId").filtered()), some("Note_OwnerId"));
        assert_eq!(name_of(&Field::text("OwnerName").filter("Note_Owner_Name")), some("Note_Owner_Name"));
        assert_eq!(name_of(&Field::text("SystemId").filter("{Entity}_SystemId")), some("Note_SystemId"));
        assert_eq!(name_of(&Field::text("Text")), None);
    }
}
