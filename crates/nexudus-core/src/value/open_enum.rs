//! Enums with unlisted values.
//!
//! The service sends enums as integers and adds values without notice. With a closed Rust enum, a new value would fail
//! the whole response; a bare integer would have no meaning. Each generated enum therefore has the listed variants and
//! `Unlisted`, whose payload only this module can create. A listed value has exactly one representation, so equal
//! values always compare equal.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::marker::PhantomData;

use crate::facts::EnumTable;

/// An enumeration of the service: the variants that the spec lists, and one for every other value.
///
/// Implemented by generated code alone.
pub trait OpenEnum: Copy + Eq + fmt::Debug + Send + Sync + 'static {
    /// The listed values.
    const TABLE: &'static EnumTable;
    /// The listed variants, in the order of [`TABLE`](Self::TABLE).
    const VARIANTS: &'static [Self];

    /// The variant for a value that the spec does not list.
    fn unlisted(value: Unlisted<Self>) -> Self;

    /// The number that the service knows this value by.
    fn value(self) -> i64;

    /// The variant of a number: a listed one where there is one.
    fn from_value(value: i64) -> Self {
        let listed = match Self::TABLE.position(value) {
            Some(at) => Self::VARIANTS.get(at),
            None => None,
        };
        match listed {
            Some(listed) => *listed,
            None => Self::unlisted(Unlisted { value, of: PhantomData }),
        }
    }

    /// The listed variant of a name, compared without regard to ASCII case.
    fn from_name(name: &str) -> Option<Self> {
        Self::TABLE.value_of(name).map(Self::from_value)
    }

    /// The service's name of this value; `None` for one that the spec does not list.
    fn name(self) -> Option<&'static str> {
        Self::TABLE.name_of(self.value())
    }

    /// Whether the spec lists this value.
    fn is_listed(self) -> bool {
        self.name().is_some()
    }
}

/// A value of enum `T` that the spec does not list. It can't be built for a listed one.
pub struct Unlisted<T> {
    value: i64,
    of: PhantomData<fn() -> T>,
}

impl<T> Unlisted<T> {
    /// The number that the service sent.
    pub const fn get(self) -> i64 {
        self.value
    }
}

impl<T> Clone for Unlisted<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Unlisted<T> {}

impl<T> PartialEq for Unlisted<T> {
    fn eq(&self, other: &Self) -> bool {
        self.value == other.value
    }
}

impl<T> Eq for Unlisted<T> {}

impl<T> Hash for Unlisted<T> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.value.hash(state);
    }
}

impl<T> fmt::Debug for Unlisted<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.value, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    enum Cycle {
        Daily,
        Weekly,
        Unlisted(Unlisted<Self>),
    }

    impl OpenEnum for Cycle {
        const TABLE: &'static EnumTable = &EnumTable { name: "eCycle", values: &[(1, "Daily"), (7, "Weekly")] };
        const VARIANTS: &'static [Self] = &[Self::Daily, Self::Weekly];
        fn unlisted(value: Unlisted<Self>) -> Self {
            Self::Unlisted(value)
        }
        fn value(self) -> i64 {
            match self {
                Self::Daily => 1,
                Self::Weekly => 7,
                Self::Unlisted(value) => value.get(),
            }
        }
    }

    #[test]
    fn every_number_has_one_value_and_comes_back() {
        for number in [1, 7, 0, -3, i64::MAX] {
            assert_eq!(Cycle::from_value(number).value(), number);
        }
        assert_eq!(Cycle::from_value(7), Cycle::Weekly);
        assert_eq!(Cycle::from_name("weekly"), Some(Cycle::Weekly));
        assert_eq!(Cycle::Daily.name(), Some("Daily"));
        assert_eq!(Cycle::from_value(3).name(), None);
        assert!(!Cycle::from_value(3).is_listed());
        assert_eq!(format!("{:?}", Cycle::from_value(3)), "Unlisted(3)");
    }
}
