//! What every generated record and draft gets besides its own fields.
//!
//! Macros and not generated text: this is behaviour, so it is written once and read here. Names are written in full,
//! since an entity may be called like any of them.
#![allow(unused_macros, reason = "with few sections switched on, nothing may need one of them")]

/// Makes a generated struct a record: it has `common`, `extra`, a `TABLE` beside it and `Slots`.
macro_rules! record {
    ($entity:ident) => {
        impl $crate::prelude::Record for $entity {
            // Kept out of line: inlined, it would take the record's whole table of methods along into the caller's
            // crate, and all that they use.
            #[inline(never)]
            fn as_dyn(&self) -> &dyn $crate::prelude::Record {
                self
            }
            #[inline(never)]
            fn as_dyn_mut(&mut self) -> &mut dyn $crate::prelude::Record {
                self
            }
            fn describe(&self) -> &'static $crate::prelude::EntityTable {
                &TABLE
            }
            fn common(&self) -> &$crate::prelude::Common {
                &self.common
            }
            fn common_mut(&mut self) -> &mut $crate::prelude::Common {
                &mut self.common
            }
            fn extra(&self) -> &$crate::prelude::Extra {
                &self.extra
            }
            fn extra_mut(&mut self) -> &mut $crate::prelude::Extra {
                &mut self.extra
            }
        }

        impl $entity {
            /// The id of this record, if it has one.
            pub fn id(&self) -> ::std::option::Option<$crate::prelude::Id<Self>> {
                $crate::prelude::Record::common(self).id.map($crate::prelude::Id::new)
            }
        }

        impl $crate::prelude::Entity for $entity {
            fn table() -> &'static $crate::prelude::EntityTable {
                &TABLE
            }
            fn boxed(
                untyped: ::std::boxed::Box<dyn $crate::prelude::Record>,
            ) -> ::std::result::Result<::std::boxed::Box<Self>, nexudus_core::DecodeError> {
                nexudus_core::downcast(untyped)
            }
            fn rows(
                untyped: ::std::boxed::Box<dyn nexudus_core::Rows>,
            ) -> ::std::result::Result<::std::vec::Vec<Self>, nexudus_core::DecodeError> {
                nexudus_core::downcast_rows(untyped)
            }
            fn fmt_page(
                records: &[Self],
                info: &dyn ::std::fmt::Debug,
                f: &mut ::std::fmt::Formatter<'_>,
            ) -> ::std::fmt::Result {
                nexudus_core::fmt_page(records, info, f)
            }
        }

        // By the table and not derived: half a second of rustc's time for all entities together.
        impl ::std::cmp::PartialEq for $entity {
            fn eq(&self, other: &Self) -> bool {
                nexudus_core::same($crate::prelude::Record::as_dyn(self), $crate::prelude::Record::as_dyn(other))
            }
        }

        impl std::fmt::Debug for $entity {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                $crate::prelude::Record::as_dyn(self).fmt_debug(f)
            }
        }

        impl serde::Serialize for $entity {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> ::std::result::Result<S::Ok, S::Error> {
                serde::Serialize::serialize(&$crate::prelude::Entity::to_value(self), serializer)
            }
        }

        impl<'de> serde::Deserialize<'de> for $entity {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> ::std::result::Result<Self, D::Error> {
                let json: $crate::prelude::Json = serde::Deserialize::deserialize(deserializer)?;
                nexudus_core::from_value(&json).map_err(serde::de::Error::custom)
            }
        }
    };
}

/// Gives access to the typed fields of a record by position.
macro_rules! slots {
    ($entity:ident, $($at:literal $field:ident,)*) => {
        impl $crate::prelude::Slots for $entity {
            fn slot(&self, at: usize) -> ::std::option::Option<&dyn $crate::prelude::Slot> {
                Some(match at {
                    $($at => &self.$field,)*
                    _ => return None,
                })
            }
            fn slot_mut(&mut self, at: usize) -> ::std::option::Option<&mut dyn $crate::prelude::Slot> {
                Some(match at {
                    $($at => &mut self.$field,)*
                    _ => return None,
                })
            }
        }
    };
}

/// Makes a generated enum an enumeration of the service: number, variant and the service's name of each value.
macro_rules! open_enum {
    ($enum:ident, $wire:literal, $($number:literal $variant:ident $name:literal,)*) => {
        impl $crate::prelude::OpenEnum for $enum {
            const TABLE: &'static $crate::prelude::EnumTable = &$crate::prelude::EnumTable { name: $wire, values: &[$(($number, $name),)*] };
            const VARIANTS: &'static [Self] = &[$(Self::$variant,)*];
            fn unlisted(value: $crate::prelude::Unlisted<Self>) -> Self {
                Self::Unlisted(value)
            }
            fn as_unlisted(&self) -> ::std::option::Option<$crate::prelude::Unlisted<Self>> {
                if let Self::Unlisted(value) = self { Some(*value) } else { None }
            }
        }
    };
}

/// Keeps a large record behind a pointer, so that moving it is cheap.
macro_rules! boxed {
    ($entity:ident, $properties:ident) => {
        impl std::ops::Deref for $entity {
            type Target = $properties;
            fn deref(&self) -> &$properties {
                &self.properties
            }
        }

        impl std::ops::DerefMut for $entity {
            fn deref_mut(&mut self) -> &mut $properties {
                &mut self.properties
            }
        }
    };
}

/// Makes a generated struct a draft of an entity: it has a boxed `record`.
macro_rules! draft {
    ($draft:ident, $entity:ident) => {
        #[diagnostic::do_not_recommend]
        impl $crate::prelude::CanCreate for $entity {
            type New = $draft;
        }

        impl $crate::prelude::Draft<$entity> for $draft {
            fn record(&self) -> &$entity {
                &self.record
            }
        }

        impl $draft {
            /// Sets `SystemId`: free text that belongs to the caller.
            pub fn system_id(mut self, value: impl ::std::convert::Into<::std::string::String>) -> Self {
                self.record.common.system_id = Some(value.into());
                self
            }

            /// Sets `CustomFields`, in the service's own form.
            pub fn custom_fields(mut self, value: impl ::std::convert::Into<$crate::prelude::Json>) -> Self {
                self.record.common.custom_fields = Some(value.into());
                self
            }

            /// Sets a property by its name on the wire, for one that the spec does not know.
            pub fn set_property(
                &mut self,
                name: &str,
                value: impl ::std::convert::Into<$crate::prelude::Json>,
            ) -> ::std::result::Result<(), nexudus_core::SetError> {
                $crate::prelude::Entity::set_property(&mut *self.record, name, value)
            }
        }

        impl std::fmt::Debug for $draft {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("New")?;
                std::fmt::Debug::fmt(&self.record, f)
            }
        }

        impl serde::Serialize for $draft {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> ::std::result::Result<S::Ok, S::Error> {
                serde::Serialize::serialize(&*self.record, serializer)
            }
        }
    };
}
