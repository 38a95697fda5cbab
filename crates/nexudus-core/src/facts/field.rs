//! The known facts of one property.
//!
//! The constructors are `const fn`, so a generated table is a `static` without initialization at run time.

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
    /// One source says that only a create accepts it.
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

/// How the service writes the values of an enumeration in a property.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum EnumFormat {
    /// As the number.
    #[default]
    Number,
    /// As the name.
    Name,
    /// As either: both were observed. A changed value is sent as its number, an unchanged one as it was received.
    NumberOrName,
}

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
    /// What the service stores where a create leaves the property out, as JSON; known from live records.
    pub default: Option<&'static str>,
    /// Where the filter has a name that does not follow from the property's own.
    #[doc(hidden)]
    pub filter: Option<&'static str>,
    /// Its first sentence holds the name and the facts; what the name does not say follows.
    #[doc(hidden)]
    pub about: &'static str,
    /// What the name does not say, where `about` has it with escapes.
    #[doc(hidden)]
    pub says: Option<&'static str>,
    /// Those of [`fact`](self::fact).
    #[doc(hidden)]
    pub facts: u64,
}

/// What a row of a table says of a property: constants of one bit, joined by `|`, and a method for each.
macro_rules! facts {
    (
        properties { $($(#[$doc:meta])* $bit:ident = $value:expr, $get:ident;)* }
        sources { $($word:ident = $also:expr;)* }
    ) => {
        /// The facts, for the rows of generated tables.
        pub mod fact {
            $($(#[$doc])* pub const $bit: u64 = $value;)*
            $(#[doc = concat!("Where the name comes from, what is doubtful, or what it says of a person: `", stringify!($word), "`.")] pub const $word: u64 = $also;)*
        }

        impl Field {
            $($(#[$doc])*
            pub const fn $get(&self) -> bool {
                self.facts & fact::$bit == fact::$bit
            })*
        }
    };
}

facts! {
    properties {
        /// Whether a create without it is refused. Of what the reference marks as required
        /// (`is_marked_required`), live creates need the texts and the relations.
        REQUIRED = 1, is_required;
        /// Whether a new record may have it.
        OPTIONAL = 1 << 1, is_optional;
        /// Whether an update writes it.
        UPDATABLE = 1 << 2, is_updatable;
        /// Whether both a new record may have it and an update writes it.
        WRITABLE = OPTIONAL | UPDATABLE, is_writable;
        /// Whether it is known to be null at times.
        NULLABLE = 1 << 3, is_nullable;
        /// Whether it is only ever written: records read from the service hold null there, or nothing.
        WRITE_ONLY = 1 << 4, is_write_only;
        /// Whether only a record that is fetched by its id contains it; lists omit it.
        GET_ONLY = 1 << 5, is_get_only;
        /// Whether a list has `Added…` and `Removed…` companions.
        ADDED_REMOVED = 1 << 6, has_companions;
        /// Whether it holds a secret: `Debug` hides it, and so it does the value of a filter on it.
        SENSITIVE = 1 << 7, is_sensitive;
        /// Whether writing it makes the service do something, so that it must not be sent twice.
        ACTION = 1 << 8, is_action;
        /// Whether lists can be filtered by a range of it.
        RANGED = 1 << 9, is_ranged;
        /// Whether the name of its filter follows from the naming rule only; no source shows it.
        BY_RULE = 1 << 10, filter_is_by_rule;
        /// Whether lists can be filtered by its value.
        FILTERED = 1 << 11, is_filterable;
        /// Whether the reference marks it as required: it marks every value that can't be null.
        MARKED = 1 << 12, is_marked_required;
        /// Whether no live record that was seen has it. It is read where it comes all the same.
        ABSENT = 1 << 13, is_absent;
        /// Whether a value of an enumeration is written as its name and not as its number.
        BY_NAME = 1 << 14, is_by_name;
        /// Whether the service writes it in two ways: a value of an enumeration as its number or its name, an instant
        /// with or without a zone.
        EITHER = 1 << 15, is_either;
    }
    sources {
        READ_ONLY = 0;
        SEEN = 1 << 32;
        CLIENT = 1 << 33;
        FROM_2020 = 1 << 34;
        DERIVED = 1 << 35;
        MAYBE_WITHDRAWN = 1 << 40;
        ONLY_2020 = 1 << 41;
        TYPE_GUESSED = 1 << 42;
        NOT_ON_RECORD = 1 << 43;
        ALWAYS_EMPTY = 1 << 44;
        UPDATE_DISPUTED = 1 << 45;
        PERSONAL_NAME = 1 << 48;
        PERSONAL_EMAIL = 1 << 49;
        PERSONAL_PHONE = 1 << 50;
        PERSONAL_ADDRESS = 1 << 51;
        PERSONAL_BIRTH_DATE = 1 << 52;
        PERSONAL_SOCIAL = 1 << 53;
        PERSONAL_FINANCIAL = 1 << 54;
        PERSONAL_IDENTITY = 1 << 55;
        PERSONAL_FREE_TEXT = 1 << 56;
    }
}

impl Field {
    /// A property of which nothing is known. Rows are written as structs on top of it and not as calls: a table has up
    /// to a hundred rows, and rustc needs a fifth as long to check a value as a call.
    #[doc(hidden)]
    pub const UNKNOWN: Self =
        Self { name: "", kind: Kind::Json, default: None, filter: None, about: "", says: None, facts: 0 };

    /// A property of which only these [facts](self::fact) are known.
    #[doc(hidden)]
    pub const fn of(facts: u64) -> Self {
        Self { facts, ..Self::UNKNOWN }
    }

    /// The same with what the service stores where a create leaves it out.
    #[doc(hidden)]
    #[must_use]
    pub const fn with_default(self, json: &'static str) -> Self {
        Self { default: Some(json), ..self }
    }

    /// The same with a filter whose name does not follow from the property's own.
    #[doc(hidden)]
    #[must_use]
    pub const fn with_filter(self, name: &'static str) -> Self {
        Self { filter: Some(name), ..self }
    }

    /// The same with what the name does not say, where the documentation has it with escapes.
    #[doc(hidden)]
    #[must_use]
    pub const fn with_says(self, text: &'static str) -> Self {
        Self { says: Some(text), ..self }
    }

    /// Where the spelling of the name comes from.
    pub const fn provenance(&self) -> Provenance {
        match self.facts & (fact::SEEN | fact::CLIENT | fact::FROM_2020 | fact::DERIVED) {
            fact::SEEN => Provenance::Observed,
            fact::CLIENT => Provenance::Client,
            fact::FROM_2020 => Provenance::Reference2020,
            fact::DERIVED => Provenance::Derived,
            _ => Provenance::Reference,
        }
    }

    /// What is doubtful about it, if anything.
    pub const fn doubt(&self) -> Option<Doubt> {
        Some(match self.facts & (0xff << 40) {
            fact::MAYBE_WITHDRAWN => Doubt::MaybeWithdrawn,
            fact::ONLY_2020 => Doubt::Only2020,
            fact::TYPE_GUESSED => Doubt::TypeGuessed,
            fact::NOT_ON_RECORD => Doubt::NotOnRecord,
            fact::ALWAYS_EMPTY => Doubt::AlwaysEmpty,
            fact::UPDATE_DISPUTED => Doubt::UpdateDisputed,
            _ => return None,
        })
    }

    /// What kind of data about a person it holds; `None` if it holds none.
    pub const fn personal(&self) -> Option<Personal> {
        Some(match self.facts & (0xffff << 48) {
            fact::PERSONAL_NAME => Personal::Name,
            fact::PERSONAL_EMAIL => Personal::Email,
            fact::PERSONAL_PHONE => Personal::Phone,
            fact::PERSONAL_ADDRESS => Personal::Address,
            fact::PERSONAL_BIRTH_DATE => Personal::BirthDate,
            fact::PERSONAL_SOCIAL => Personal::Social,
            fact::PERSONAL_FINANCIAL => Personal::Financial,
            fact::PERSONAL_IDENTITY => Personal::Identity,
            fact::PERSONAL_FREE_TEXT => Personal::FreeText,
            _ => return None,
        })
    }

    /// What the name does not say, if anything is known.
    pub fn doc(&self) -> Option<&'static str> {
        let mut in_code = false;
        let sentence = self.about.find(|c| {
            in_code ^= c == '`';
            c == '.' && !in_code
        });
        let doc = self.says.or_else(|| self.about.get(sentence? + 1..))?.trim();
        (!doc.is_empty()).then_some(doc)
    }

    /// How its values are written where their kind leaves a choice.
    pub const fn enum_format(&self) -> EnumFormat {
        match (self.is_by_name(), self.is_either()) {
            (true, _) => EnumFormat::Name,
            (false, true) => EnumFormat::NumberOrName,
            (false, false) => EnumFormat::Number,
        }
    }

    /// Whether a new record may or must have it.
    pub const fn is_creatable(&self) -> bool {
        self.facts & (fact::REQUIRED | fact::OPTIONAL) != 0
    }

    /// Whether only the service writes it.
    pub const fn is_read_only(&self) -> bool {
        self.facts & (fact::REQUIRED | fact::WRITABLE) == 0
    }

    /// The name in a filter: relations lose their `Id` there.
    pub(crate) fn stem(&self) -> &'static str {
        match self.kind {
            Kind::Id(_) => self.name.strip_suffix("Id").filter(|stem| !stem.is_empty()).unwrap_or(self.name),
            _ => self.name,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_name_does_not_say_stands_behind_the_facts() {
        for (about, doc) in [
            (" `Price`, null at times. Before tax. In full.", Some("Before tax. In full.")),
            (" `Price`, `1.5` where a create leaves it out. Before tax.", Some("Before tax.")),
            (" `Price`.", None),
            (" `Price`", None),
            ("", None),
        ] {
            assert_eq!(Field { about, ..Field::UNKNOWN }.doc(), doc, "{about}");
        }
    }
}
