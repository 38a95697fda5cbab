//! What is known of one property.
//!
//! The constructors are `const fn`, so that a generated table is a `static` that costs nothing at start.

use std::fmt;

use super::enums::EnumTable;

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
    /// A record of the live service.
    Observed,
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
    /// It is null in every record seen, so its type is guessed from its name.
    TypeGuessed,
    /// A source has it, the published record does not.
    NotOnRecord,
    /// It is empty in every record seen, so what it holds is not known.
    AlwaysEmpty,
    /// A source says that only a create takes it.
    UpdateDisputed,
    /// Sources disagree, as the entity's documentation says.
    Disputed,
}

impl fmt::Display for Doubt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::MaybeWithdrawn => "missing from the newest reference",
            Self::Only2020 => "seen in 2020 only",
            Self::TypeGuessed => "null wherever it was seen",
            Self::NotOnRecord => "missing from the published record",
            Self::AlwaysEmpty => "empty wherever it was seen",
            Self::UpdateDisputed => "set on create only, by one source",
            Self::Disputed => "sources disagree",
        })
    }
}

/// How the values of a property are written where their kind leaves a choice.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum WireForm {
    /// As the kind says: a value of an enumeration as its number.
    #[default]
    Usual,
    /// A value of an enumeration as its name.
    Name,
    /// Both were seen: a value of an enumeration as its number or its name. It is written as its number, and back as
    /// it came.
    Either,
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
const MARKED: u32 = 1 << 12;
const ABSENT: u32 = 1 << 13;
const BY_NAME: u32 = 1 << 14;
const EITHER: u32 = 1 << 15;

/// What kind of data about a person a property holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Personal {
    /// The name of a person, or of the company or team that a customer is.
    Name,
    /// An e-mail address.
    Email,
    /// A telephone number.
    Phone,
    /// Where a person lives or is billed, or a part of it.
    Address,
    /// When a person was born.
    BirthDate,
    /// An account on another service.
    Social,
    /// A bank account, a card, a tax number.
    Financial,
    /// What identifies a person or their device: a passport, a photo, a hardware address.
    Identity,
    /// Text that somebody wrote about a person or as one.
    FreeText,
}

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
    /// What the service stores where a create leaves the property out, as JSON; known from live records.
    pub default: Option<&'static str>,
    /// What kind of data about a person it holds; `None` if it holds none.
    pub personal: Option<Personal>,
    pub(crate) filter: Option<&'static str>,
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
    /// Whether a create without it is refused. Of what the reference marks as required
    /// ([`is_marked_required`](Self::is_marked_required)), live creates need the texts and the relations.
    required, is_required, REQUIRED;
    /// Whether the reference marks it as required: it marks every value that can't be null.
    marked, is_marked_required, MARKED;
    /// Whether no live record that was seen has it. It is read where it comes all the same.
    absent, is_absent, ABSENT;
    /// Whether a value of an enumeration is written as its name and not as its number.
    by_name, is_by_name, BY_NAME;
    /// Whether the service writes it in two ways: a value of an enumeration as its number or its name, an instant with
    /// or without a zone.
    either, is_either, EITHER;
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
    /// Whether it holds a secret: `Debug` hides it, and so it does the value of a filter on it.
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
        Self {
            name,
            kind,
            doc: None,
            provenance: Provenance::Reference,
            doubt: None,
            default: None,
            personal: None,
            filter: None,
            flags: 0,
        }
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

    /// The service stores this where a create leaves the property out.
    #[doc(hidden)]
    #[must_use]
    pub const fn default(mut self, json: &'static str) -> Self {
        self.default = Some(json);
        self
    }

    /// It holds data about a person.
    #[doc(hidden)]
    #[must_use]
    pub const fn personal(mut self, kind: Personal) -> Self {
        self.personal = Some(kind);
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

    /// How its values are written where their kind leaves a choice.
    pub const fn wire_form(&self) -> WireForm {
        match (self.is_by_name(), self.is_either()) {
            (true, _) => WireForm::Name,
            (false, true) => WireForm::Either,
            (false, false) => WireForm::Usual,
        }
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
    pub(crate) fn stem(&self) -> &'static str {
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
        seen = from(Provenance::Observed);
        client = from(Provenance::Client);
        from_2020 = from(Provenance::Reference2020);
        derived = from(Provenance::Derived);
        maybe_withdrawn = doubt(Doubt::MaybeWithdrawn);
        only_2020 = doubt(Doubt::Only2020);
        type_guessed = doubt(Doubt::TypeGuessed);
        not_on_record = doubt(Doubt::NotOnRecord);
        always_empty = doubt(Doubt::AlwaysEmpty);
        update_disputed = doubt(Doubt::UpdateDisputed);
    }
}
