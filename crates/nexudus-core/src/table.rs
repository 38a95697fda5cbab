//! The known facts of an entity, together with those of the common properties.

use std::fmt;

use crate::facts::{Action, CommandFacts, Doubt, Field, Kind};
use crate::generated::{COMMON_FIELDS, service};

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

/// A filter on a property of a related record, such as `Booking_Resource_Name`.
#[derive(Debug)]
pub struct RelatedFilter {
    /// The exact name of the query parameter.
    pub name: &'static str,
    /// What kind of value it takes.
    pub kind: Kind,
    /// Whether what it compares is a secret, so that its value must not be shown.
    pub sensitive: bool,
}

/// How lists are sorted where the caller asks for nothing. Such an order need not be total.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DefaultOrder {
    /// The name of the property.
    pub by: &'static str,
    /// Whether from the largest to the smallest.
    pub descending: bool,
}

/// A file that belongs to a record.
#[derive(Debug)]
pub struct FileFacts {
    /// The stem of its properties: `Logo` of `LogoFileName`, `NewLogoUrl` and `ClearLogoFile`.
    pub name: &'static str,
    /// The path segment that downloads it, such as `getlogo`.
    pub path: &'static str,
}

/// Everything that is known of an entity.
#[derive(Debug)]
pub struct EntityFacts {
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
    /// The commands whose keys are known.
    pub known_commands: &'static [CommandFacts],
    /// Calls outside of the pattern that all entities share.
    pub actions: &'static [Action],
    /// Set if it is deprecated: what to use instead, empty where no source says.
    pub deprecated: Option<&'static str>,
    /// Operations that are deprecated while the entity is not: what to use instead, empty where no source says.
    pub deprecated_operations: &'static [(Operation, &'static str)],
    /// What is doubtful about it, if anything.
    pub doubt: Option<Doubt>,
    /// What `ToStringText` is made of, where that was seen: text, with names of properties in braces. `{Price:2}`
    /// stands for two decimals, `{StartDate:date}` for a date as in the United States (`8/30/2026`).
    pub label: Option<&'static str>,
    /// How lists are sorted where the caller asks for nothing, where that is known.
    pub default_order: Option<DefaultOrder>,
    /// The query names of the filters without which the service refuses a list.
    pub required_filters: &'static [&'static str],
    /// Whether a whole live record was seen: its keys are the properties that are not
    /// [absent](Field::is_absent), and the common ones.
    pub record_seen: bool,
    /// The properties that a table of records shows where nobody says which, the id apart.
    pub columns: &'static [&'static str],
    /// The properties that people mostly set, besides those that a create needs.
    pub common: &'static [&'static str],
    /// Its own properties. Those that every entity has are [`Common::FIELDS`](crate::Common::FIELDS).
    pub fields: &'static [Field],
    /// Filters on related records.
    pub related: &'static [RelatedFilter],
    /// Files that can be downloaded.
    pub files: &'static [FileFacts],
}

impl EntityFacts {
    /// An entity of which nothing is known. Tables are written as structs on top of it, with what is known.
    #[doc(hidden)]
    pub const UNKNOWN: Self = Self {
        name: "",
        plural: "",
        section: "",
        doc: "",
        operations: &[],
        commands: false,
        known_commands: &[],
        actions: &[],
        deprecated: None,
        deprecated_operations: &[],
        doubt: None,
        label: None,
        default_order: None,
        required_filters: &[],
        record_seen: false,
        columns: &[],
        common: &[],
        fields: &[],
        related: &[],
        files: &[],
    };

    /// An entity of which only this is known. Space around the text does not count.
    #[doc(hidden)]
    pub const fn about(doc: &'static str) -> Self {
        Self { doc: doc.trim_ascii(), ..Self::UNKNOWN }
    }

    /// The number of properties, the common ones included.
    pub fn field_count(&self) -> usize {
        self.fields.len() + COMMON_FIELDS.len()
    }

    /// The property at a position: the entity's own come first, then the common ones.
    pub fn field(&self, at: usize) -> Option<&'static Field> {
        match at.checked_sub(self.fields.len()) {
            None => self.fields.get(at),
            Some(common) => COMMON_FIELDS.get(common),
        }
    }

    /// All properties, the common ones last.
    pub fn all_fields(&self) -> impl Iterator<Item = &'static Field> + use<> {
        self.fields.iter().chain(COMMON_FIELDS)
    }

    /// Whether a query parameter of this name filters by a secret, so that its value must not be shown. The service
    /// takes names in any case.
    pub fn is_secret_filter(&self, query: &str) -> bool {
        let mut fields =
            self.fields.iter().filter(|field| field.is_sensitive()).filter_map(|field| self.filter_name(field));
        let mut related = self.related.iter().filter(|related| related.sensitive);
        fields.any(|name| name.eq_ignore_ascii_case(query))
            || related.any(|related| related.name.eq_ignore_ascii_case(query))
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
    use crate::facts::fact;

    /// The name of a filter on an entity called `Note`.
    fn name_of(field: &Field) -> Option<String> {
        EntityFacts { name: "Note", ..EntityFacts::UNKNOWN }.filter_name(field)
    }

    #[test]
    fn filters_are_named_by_rule_or_by_hand() {
        let some = |name: &str| Some(name.to_owned());
        let field = |name, kind| Field { name, kind, facts: fact::FILTERED, ..Field::UNKNOWN };
        assert_eq!(name_of(&field("OwnerId", Kind::Id("User"))), some("Note_Owner"));
        assert_eq!(name_of(&field("Id", Kind::Id("User"))), some("Note_Id"));
        assert_eq!(name_of(&field("OwnerId", Kind::Int)), some("Note_OwnerId"));
        for (filter, name) in [("Note_Owner_Name", "Note_Owner_Name"), ("{Entity}_SystemId", "Note_SystemId")] {
            let by_hand = Field { filter: Some(filter), ..field("OwnerName", Kind::Text) };
            assert_eq!(name_of(&by_hand), some(name));
        }
        assert_eq!(name_of(&Field { facts: fact::READ_ONLY, ..field("Text", Kind::Text) }), None);
    }
}
