//! Filters and sort orders of lists.
//!
//! A filter is a constant of its entity with the type of its value: `Booking::RESOURCE_ID` takes the id of a resource
//! and filters a list of bookings; anything else is a compile error. It holds the position of a property in the table,
//! which contains the exact name of the query parameter.

use std::fmt;
use std::marker::PhantomData;

use rust_decimal::Decimal;

use crate::entity::Entity;
use crate::facts::Field;
use crate::generated::{Common, service};
use crate::table::EntityFacts;
use crate::value::{CivilDateTime, DateTime, Guid, Id, OpenEnum};

/// A filter that takes one value.
pub enum Equal {}

/// A filter that takes a range.
pub enum Within {}

/// A filter that takes one value or a range.
pub enum EqualOrWithin {}

/// A filter on a property of entity `E`, by values of type `V`.
pub struct Filter<E, V: ?Sized, Takes = Equal> {
    at: At,
    marker: PhantomData<fn(E, &V, Takes)>,
}

#[derive(Clone, Copy)]
enum At {
    Field(usize),
    Common(&'static str),
    Related(usize),
}

impl<E, V: ?Sized, Takes> Clone for Filter<E, V, Takes> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<E, V: ?Sized, Takes> Copy for Filter<E, V, Takes> {}

impl<E, V: ?Sized, Takes> Filter<E, V, Takes> {
    #[doc(hidden)]
    pub const fn at(field: usize) -> Self {
        Self { at: At::Field(field), marker: PhantomData }
    }

    #[doc(hidden)]
    pub const fn related(index: usize) -> Self {
        Self { at: At::Related(index), marker: PhantomData }
    }

    const fn common(name: &'static str) -> Self {
        Self { at: At::Common(name), marker: PhantomData }
    }
}

/// The filters that every entity has. Each record has them as constants of its own too; generic code needs the trait.
pub trait CommonFilters: Entity {
    /// `Id`.
    const ID: Filter<Self, Id<Self>> = Filter::common("Id");
    /// `UniqueId`.
    const UNIQUE_ID: Filter<Self, Guid> = Filter::common("UniqueId");
    /// `<Entity>_SystemId`.
    const SYSTEM_ID: Filter<Self, str> = Filter::common("SystemId");
    /// `from_<Entity>_CreatedOn` and `to_<Entity>_CreatedOn`.
    const CREATED_ON: Filter<Self, DateTime, Within> = Filter::common("CreatedOn");
    /// `from_<Entity>_UpdatedOn` and `to_<Entity>_UpdatedOn`.
    const UPDATED_ON: Filter<Self, DateTime, Within> = Filter::common("UpdatedOn");
}

impl<E: Entity> CommonFilters for E {}

impl<E: Entity, V: ?Sized, Takes> Filter<E, V, Takes> {
    /// Whether its value is a secret (a card number, a door code), which `Debug` and errors must not show.
    pub fn is_secret(self) -> bool {
        let table = E::table();
        match self.at {
            At::Field(at) => table.fields.get(at).is_some_and(Field::is_sensitive),
            At::Related(at) => table.related.get(at).is_some_and(|related| related.sensitive),
            At::Common(_) => false,
        }
    }
}

/// Names of the query parameters of a filter: for a value, and for both ends of a range.
struct Names {
    property: &'static str,
    value: String,
    from: String,
    to: String,
}

impl At {
    fn names(self, table: &EntityFacts) -> Names {
        let field = match self {
            Self::Field(at) => table.fields.get(at),
            Self::Common(name) => Common::FIELDS.iter().find(|field| field.name == name),
            Self::Related(at) => {
                let name = table.related.get(at).map_or("", |related| related.name);
                return Names { property: name, value: name.to_owned(), from: String::new(), to: String::new() };
            }
        };
        let Some(field) = field else {
            return Names { property: "", value: String::new(), from: String::new(), to: String::new() };
        };
        let (from, to) = table.range_names(field).unwrap_or_default();
        Names { property: field.name, value: table.filter_name(field).unwrap_or_default(), from, to }
    }
}

/// Filters that take one value.
#[diagnostic::on_unimplemented(message = "this filter takes a range, not one value")]
pub trait TakesValue {}
impl TakesValue for Equal {}
impl TakesValue for EqualOrWithin {}

/// Filters that take a range.
#[diagnostic::on_unimplemented(message = "this filter takes one value, not a range")]
pub trait TakesRange {}
impl TakesRange for Within {}
impl TakesRange for EqualOrWithin {}

impl<E: Entity, V: QueryValue + ?Sized, Takes: TakesValue> Filter<E, V, Takes> {
    /// Records with this value.
    pub fn eq(self, value: impl Into<V::Owned>) -> Condition<E> {
        Condition::new(vec![(self.at.names(E::table()).value, V::to_query(&value.into()))])
    }
}

impl<E: Entity, V: QueryValue + ?Sized, Takes: TakesRange> Filter<E, V, Takes> {
    /// Records with this value or a larger one. A time is rounded down to what filters take: a second, or a minute
    /// for a wall clock.
    pub fn at_least(self, from: impl Into<V::Owned>) -> Condition<E> {
        Condition::new(vec![(self.at.names(E::table()).from, V::range_start(&from.into()))])
    }

    /// Records with this value or a smaller one. A time is rounded up to what filters take: a second, or a minute
    /// for a wall clock.
    pub fn at_most(self, to: impl Into<V::Owned>) -> Condition<E> {
        Condition::new(vec![(self.at.names(E::table()).to, V::range_end(&to.into()))])
    }

    /// Records with a value between these two, both included. Times are rounded outward, as with
    /// [`at_least`](Self::at_least) and [`at_most`](Self::at_most).
    pub fn between(self, from: impl Into<V::Owned>, to: impl Into<V::Owned>) -> Condition<E> {
        let names = self.at.names(E::table());
        Condition::new(vec![(names.from, V::range_start(&from.into())), (names.to, V::range_end(&to.into()))])
    }
}

/// A type that can be the value of a query parameter.
pub trait QueryValue {
    /// The type to make one from.
    type Owned;
    /// The text in the query, before percent-encoding.
    fn to_query(value: &Self::Owned) -> String;

    /// The text for the start of a range. What the text can't say exactly is rounded down, so that the range loses
    /// nothing.
    fn range_start(value: &Self::Owned) -> String {
        Self::to_query(value)
    }

    /// The text for the end of a range. What the text can't say exactly is rounded up.
    fn range_end(value: &Self::Owned) -> String {
        Self::to_query(value)
    }
}

impl QueryValue for str {
    type Owned = String;

    fn to_query(value: &String) -> String {
        value.clone()
    }
}

macro_rules! query_values {
    ($($type:ty, $to:expr;)*) => {$(
        impl QueryValue for $type {
            type Owned = Self;

            fn to_query(value: &Self) -> String {
                let to: fn(&Self) -> String = $to;
                to(value)
            }
        }
    )*};
}

query_values! {
    i64, ToString::to_string;
    bool, ToString::to_string;
    Decimal, ToString::to_string;
    Guid, ToString::to_string;
}

macro_rules! times {
    ($($type:ty),*) => {$(
        impl QueryValue for $type {
            type Owned = Self;

            fn to_query(value: &Self) -> String {
                Self::to_query(value)
            }

            fn range_start(value: &Self) -> String {
                value.to_query_start()
            }

            fn range_end(value: &Self) -> String {
                value.to_query_end()
            }
        }
    )*};
}

times!(DateTime, CivilDateTime);

impl<E: ?Sized> QueryValue for Id<E> {
    type Owned = Self;

    fn to_query(value: &Self) -> String {
        value.to_string()
    }
}

impl<T: OpenEnum> QueryValue for T {
    type Owned = Self;

    fn to_query(value: &Self) -> String {
        value.value().to_string()
    }
}

/// A filter with its value, for a list of `E`.
pub struct Condition<E> {
    pairs: Vec<(String, String)>,
    entity: PhantomData<fn(E)>,
}

impl<E> Condition<E> {
    fn new(pairs: Vec<(String, String)>) -> Self {
        Self { pairs, entity: PhantomData }
    }

    /// A filter by the name of its query parameter, for one that the spec does not know: a custom field, for
    /// example (`Coworker_CustomFields_<name>`).
    pub fn raw(name: impl Into<String>, value: impl Into<String>) -> Self {
        Self::new(vec![(name.into(), value.into())])
    }

    /// Query parameters with their values, before percent-encoding.
    pub fn pairs(&self) -> &[(String, String)] {
        &self.pairs
    }

    /// Query parameters with their values, before percent-encoding.
    pub fn into_pairs(self) -> Vec<(String, String)> {
        self.pairs
    }
}

impl<E> Clone for Condition<E> {
    fn clone(&self) -> Self {
        Self::new(self.pairs.clone())
    }
}

/// Prints names and no values: these may be secrets or personal.
impl<E> fmt::Debug for Condition<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.pairs.iter().map(|(name, _)| name)).finish()
    }
}

/// A property that a list of `E` is sorted by.
pub struct OrderBy<E> {
    property: String,
    entity: PhantomData<fn(E)>,
}

impl<E> OrderBy<E> {
    /// The property's name on the wire.
    pub fn property(&self) -> &str {
        &self.property
    }
}

impl<E: Entity, V: ?Sized, Takes> From<Filter<E, V, Takes>> for OrderBy<E> {
    fn from(filter: Filter<E, V, Takes>) -> Self {
        filter.at.names(E::table()).property.into()
    }
}

impl<E> From<&str> for OrderBy<E> {
    fn from(property: &str) -> Self {
        Self { property: property.to_owned(), entity: PhantomData }
    }
}

/// The direction of a sort.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Direction {
    /// From the smallest to the largest.
    #[default]
    Ascending,
    /// From the largest to the smallest.
    Descending,
}

/// What a list is asked for, apart from the entity. One query serves the first page and all that follow.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct ListQuery {
    /// The number of the page, counted from 1.
    pub page: Option<u32>,
    /// The number of records on a page; the service takes 25 where nothing is said.
    pub size: Option<u32>,
    /// The property to sort by, by its name on the wire.
    pub order: Option<String>,
    /// The direction of the sort.
    pub direction: Direction,
    /// Filters: query parameters with their values, before percent-encoding.
    pub filters: Vec<(String, String)>,
}

/// Prints the names of filters and not their values: these may be secrets or personal.
impl fmt::Debug for ListQuery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let filters: Vec<_> = self.filters.iter().map(|(name, _)| name).collect();
        f.debug_struct("ListQuery")
            .field("page", &self.page)
            .field("size", &self.size)
            .field("order", &self.order)
            .field("direction", &self.direction)
            .field("filters", &filters)
            .finish()
    }
}

impl ListQuery {
    /// All query parameters with their values, before percent-encoding.
    pub fn pairs(&self) -> Vec<(&str, String)> {
        let mut pairs = Vec::with_capacity(4 + self.filters.len());
        pairs.extend(self.page.map(|page| (service::PAGE, page.to_string())));
        pairs.extend(self.size.map(|size| (service::SIZE, size.to_string())));
        if let Some(order) = &self.order {
            let direction = match self.direction {
                Direction::Ascending => service::ASCENDING,
                Direction::Descending => service::DESCENDING,
            };
            pairs.push((service::ORDER, order.clone()));
            pairs.push((service::DIRECTION, direction.to_string()));
        }
        pairs.extend(self.filters.iter().map(|(name, value)| (name.as_str(), value.clone())));
        pairs
    }
}
