//! A box with an opaque destructor.
//!
//! The drop code of a value is compiled in every crate that drops it. A record has many texts and lists, so this is a
//! large part of a program that uses many entities. An [`OpaqueBox`] is dropped through a function pointer into the
//! crate that created it, which for records and drafts is the model crate.

use std::fmt;
use std::ops::{Deref, DerefMut};

/// A value behind a pointer, together with what drops it.
pub struct OpaqueBox<T>(Box<dyn Holds<T>>);

trait Holds<T>: Send + Sync {
    fn held(&self) -> &T;
    fn held_mut(&mut self) -> &mut T;
}

impl<T: Send + Sync> Holds<T> for T {
    fn held(&self) -> &T {
        self
    }

    fn held_mut(&mut self) -> &mut T {
        self
    }
}

impl<T: Send + Sync + 'static> OpaqueBox<T> {
    /// A box with this in it.
    pub fn new(value: T) -> Self {
        Self(Box::new(value))
    }

    /// The same of a value that is in a box already.
    pub fn from_box(value: Box<T>) -> Self {
        Self(value)
    }
}

impl<T> Deref for OpaqueBox<T> {
    type Target = T;

    fn deref(&self) -> &T {
        (*self.0).held()
    }
}

impl<T> DerefMut for OpaqueBox<T> {
    fn deref_mut(&mut self) -> &mut T {
        (*self.0).held_mut()
    }
}

impl<T: Clone + Send + Sync + 'static> Clone for OpaqueBox<T> {
    fn clone(&self) -> Self {
        Self::new(T::clone(self))
    }
}

impl<T: Default + Send + Sync + 'static> Default for OpaqueBox<T> {
    fn default() -> Self {
        Self::new(T::default())
    }
}

impl<T: PartialEq> PartialEq for OpaqueBox<T> {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl<T: fmt::Debug> fmt::Debug for OpaqueBox<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        T::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    #[test]
    fn it_is_the_value_that_it_holds() {
        let mut text = OpaqueBox::new("a".to_owned());
        text.push('b');
        assert_eq!(*text, "ab");
        assert_eq!(text.clone(), text);
        assert_ne!(text, OpaqueBox::default());
        assert_eq!(format!("{text:?}"), "\"ab\"");
    }

    #[test]
    fn what_it_holds_is_dropped_with_it() {
        let held = Arc::new(());
        drop(OpaqueBox::new(Arc::clone(&held)));
        assert_eq!(Arc::strong_count(&held), 1);
    }
}
