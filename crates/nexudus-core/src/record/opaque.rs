//! The box that a record is.
//!
//! The code that drops a value is compiled in every crate that drops it, and that of a box once for each type in it. A
//! record has many texts and lists, so this would be a large part of a program that uses many entities. An
//! [`OpaqueBox`] holds its record without its type: all of them are dropped by the same code, through the table of
//! methods that the model crate has made.

use std::any::{Any, TypeId};
use std::marker::PhantomData;
use std::ops::{Deref, DerefMut};

use super::untyped::Record;

/// The properties `P` of an entity, behind a pointer without their type.
pub struct OpaqueBox<P> {
    /// Always a `P`: only [`Self::checked`] and [`Self::default`] make one, and what is behind a pointer without a type can't
    /// be replaced by something of another.
    record: Box<dyn Record>,
    properties: PhantomData<fn() -> P>,
}

impl<P: Record> OpaqueBox<P> {
    /// A record with its type; `None` if it is of another.
    pub fn checked(record: Box<dyn Record>) -> Option<Self> {
        of_type(TypeId::of::<P>(), record).map(|record| Self { record, properties: PhantomData })
    }

    /// The record without its type.
    pub fn record(&self) -> &dyn Record {
        &*self.record
    }

    /// The record without its type, for writing.
    pub fn record_mut(&mut self) -> &mut dyn Record {
        &mut *self.record
    }
}

// Apart from what is compiled for each type.
fn of_type(wanted: TypeId, record: Box<dyn Record>) -> Option<Box<dyn Record>> {
    let any: &dyn Any = &*record;
    (any.type_id() == wanted).then_some(record)
}

/// An empty record.
#[inline(never)]
pub(crate) fn make<P: Record + Default>() -> Box<dyn Record> {
    Box::new(P::default())
}

const TYPE: &str = "an OpaqueBox holds its own type";

#[expect(clippy::expect_used, reason = "`checked` and `default` put a `P` in")]
impl<P: Record> Deref for OpaqueBox<P> {
    type Target = P;

    fn deref(&self) -> &P {
        let any: &dyn Any = &*self.record;
        any.downcast_ref().expect(TYPE)
    }
}

#[expect(clippy::expect_used, reason = "`checked` and `default` put a `P` in")]
impl<P: Record> DerefMut for OpaqueBox<P> {
    fn deref_mut(&mut self) -> &mut P {
        let any: &mut dyn Any = &mut *self.record;
        any.downcast_mut().expect(TYPE)
    }
}

impl<P: Record + Default> Default for OpaqueBox<P> {
    fn default() -> Self {
        Self { record: make::<P>(), properties: PhantomData }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::prelude::*;
    use crate::sample::Sample;

    #[test]
    fn it_is_the_value_that_it_holds() {
        let mut sample = OpaqueBox::<Sample>::default();
        sample.name.replace("a".to_owned());
        assert_eq!(sample.name.as_deref(), Some("a"));
        assert_eq!(sample.record().property("Name").unwrap().as_str().as_deref(), Some("a"));
        sample.record_mut().set_property("Name", "b").unwrap();
        assert_eq!(sample.name.as_deref(), Some("b"));
    }

    #[test]
    fn a_record_of_another_type_is_not_taken() {
        struct Other;
        impl Slots for Other {
            fn slot(&self, _: usize) -> Option<&dyn Slot> {
                None
            }
            fn slot_mut(&mut self, _: usize) -> Option<&mut dyn Slot> {
                None
            }
        }
        impl Record for Other {
            fn describe(&self) -> &'static EntityTable {
                Sample::table()
            }
            fn parts(&self) -> (&Common, &Extra) {
                unreachable!()
            }
            fn parts_mut(&mut self) -> (&mut Common, &mut Extra) {
                unreachable!()
            }
        }
        assert!(OpaqueBox::<Sample>::checked(Box::new(Other)).is_none());
        assert!(OpaqueBox::<Sample>::checked(make::<Sample>()).is_some());
    }
}
