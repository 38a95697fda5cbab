//! What a record of an entity is: a pointer to its properties.
//!
//! The code that drops a value is compiled in every crate that drops it, and that of a box once for each type in it. A
//! record has many texts and lists, so this would be a large part of a program that uses many entities. An
//! [`OpaqueBox`] holds its record without its type: all of them are dropped by the same code, through the table of
//! methods that the model crate has made.

use std::any::{Any, TypeId};
use std::marker::PhantomData;
use std::ops::{Deref, DerefMut};

use super::untyped::{AnyRecord, Record};
use crate::json::DecodeError;

/// The properties `P` of an entity, behind a pointer without their type.
pub struct OpaqueBox<P> {
    /// Always a `P`: only [`Self::checked`] and [`Self::default`] make one, and what is behind a pointer without a type can't
    /// be replaced by something of another.
    record: AnyRecord,
    properties: PhantomData<fn() -> P>,
}

impl<P: Record> OpaqueBox<P> {
    /// A record with its type. Fails if it is of another than this entity's.
    pub fn checked(record: AnyRecord, entity: &'static str) -> Result<Self, DecodeError> {
        of_type(TypeId::of::<P>(), record, entity).map(|record| Self { record, properties: PhantomData })
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
fn of_type(wanted: TypeId, record: AnyRecord, entity: &'static str) -> Result<AnyRecord, DecodeError> {
    let any: &dyn Any = &*record;
    if any.type_id() == wanted { Ok(record) } else { Err(DecodeError::other_entity(entity, record.describe().name)) }
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

impl<P> Clone for OpaqueBox<P> {
    fn clone(&self) -> Self {
        Self { record: self.record.clone(), properties: PhantomData }
    }
}

impl<P: Record + Default> Default for OpaqueBox<P> {
    fn default() -> Self {
        Self { record: AnyRecord::empty::<P>(), properties: PhantomData }
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
    fn a_copy_is_made_when_one_of_the_two_is_changed() {
        let address = |sample: &OpaqueBox<Sample>| std::ptr::from_ref::<Sample>(sample);
        let mut sample = OpaqueBox::<Sample>::default();
        sample.name.replace("a".to_owned());
        let before = address(&sample);
        let mut copy = sample.clone();
        assert_eq!(address(&copy), before);
        copy.name = Some("b".to_owned());
        assert_eq!((sample.name.as_deref(), copy.name.as_deref()), (Some("a"), Some("b")));
        // Nobody shares it any more, so it is changed in place.
        sample.name = Some("c".to_owned());
        assert_eq!(address(&sample), before);
        let other = std::thread::spawn({
            let mut sample = sample.clone();
            move || {
                sample.name = Some("d".to_owned());
                sample
            }
        });
        sample.name = Some("e".to_owned());
        let other = other.join().unwrap();
        assert_eq!((sample.name.as_deref(), other.name.as_deref()), (Some("e"), Some("d")));
    }

    #[test]
    fn a_record_of_another_type_is_not_taken() {
        #[derive(Default)]
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
        assert!(OpaqueBox::<Sample>::checked(AnyRecord::empty::<Other>(), "Sample").is_err());
        assert!(OpaqueBox::<Sample>::checked(AnyRecord::empty::<Sample>(), "Sample").is_ok());
    }
}
