//! Typed ids.
//!
//! Every id of the service is a 64-bit integer, and nearly every record contains several ids of different entities.
//! With [`Id<E>`], confusing them is a compile error. The type parameter is not stored, so it needs none of the traits
//! of the id.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::marker::PhantomData;
use std::num::{ParseIntError, TryFromIntError};
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The id of a record of entity `E`: 64 bits, given by the service.
///
/// ```
/// use nexudus_core::Id;
/// enum User {}
/// let id: Id<User> = Id::new(87_654_321);
/// assert_eq!(id.to_string(), "87654321");
/// assert_eq!("87654321".parse(), Ok(id));
/// ```
pub struct Id<E: ?Sized> {
    value: i64,
    entity: PhantomData<fn() -> E>,
}

/// The name of an entity, for tags of ids: records have it, and so have entities whose records are switched off.
pub trait EntityName: 'static {
    /// The name, in the singular: `UserMessage`.
    const NAME: &'static str;
}

impl<E: ?Sized> Id<E> {
    /// The id with this number.
    pub const fn new(value: i64) -> Self {
        Self { value, entity: PhantomData }
    }

    /// The number.
    pub const fn get(self) -> i64 {
        self.value
    }
}

impl<E: ?Sized> Clone for Id<E> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<E: ?Sized> Copy for Id<E> {}

impl<E: ?Sized> PartialEq for Id<E> {
    fn eq(&self, other: &Self) -> bool {
        self.value == other.value
    }
}

impl<E: ?Sized> Eq for Id<E> {}

impl<E: ?Sized> PartialOrd for Id<E> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<E: ?Sized> Ord for Id<E> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.value.cmp(&other.value)
    }
}

impl<E: ?Sized> Hash for Id<E> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.value.hash(state);
    }
}

impl<E: ?Sized> fmt::Debug for Id<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        debug(self.value, f)
    }
}

/// Apart, so that it is compiled once and not for each entity.
fn debug(value: i64, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    write!(f, "Id({value})")
}

impl<E: ?Sized> fmt::Display for Id<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.value, f)
    }
}

// All of these, so that a bare literal works wherever `impl Into<Id<E>>` is asked for.
impl<E: ?Sized> From<i64> for Id<E> {
    fn from(value: i64) -> Self {
        Self::new(value)
    }
}

impl<E: ?Sized> From<i32> for Id<E> {
    fn from(value: i32) -> Self {
        Self::new(value.into())
    }
}

impl<E: ?Sized> From<u32> for Id<E> {
    fn from(value: u32) -> Self {
        Self::new(value.into())
    }
}

/// Fails above the range of an `i64`, which no id is.
impl<E: ?Sized> TryFrom<u64> for Id<E> {
    type Error = TryFromIntError;

    fn try_from(value: u64) -> Result<Self, Self::Error> {
        i64::try_from(value).map(Self::new)
    }
}

impl<E: ?Sized> From<Id<E>> for i64 {
    fn from(id: Id<E>) -> Self {
        id.value
    }
}

impl<E: ?Sized> FromStr for Id<E> {
    type Err = ParseIntError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self::new)
    }
}

impl<E: ?Sized> Serialize for Id<E> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_i64(self.value)
    }
}

impl<'de, E: ?Sized> Deserialize<'de> for Id<E> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        i64::deserialize(deserializer).map(Self::new)
    }
}
