//! What every generated entity is made of, besides the rows of its properties.
//!
//! Macros and not generated text: this is behaviour, so it is written once and read here, and a row says each thing
//! once where a struct, a setter, a filter and a table need it. Names are written in full, since an entity may be
//! called like any of them.
#![allow(unused_macros, reason = "with few sections switched on, nothing may need one of them")]

/// An entity: its record, its draft, its filters and its table.
///
/// `{NewNote, NoteRequired}` names the draft and what it asks for; `{NewNote}` a draft that asks for nothing, `{}`
/// none. `draft #[deprecated(...)]` follows where only the create is deprecated. The rows of properties are described
/// at [`properties!`].
macro_rules! entity {
    (
        #[doc = $doc:literal]
        $(#[doc = $more:literal])*
        $(#[deprecated(note = $note:literal)])?
        $entity:ident, $properties:ident, $draft:tt;
        $(draft #[deprecated(note = $draft_note:literal)])?
        operations [$($operation:ident),*];
        facts $($fact:ident: $value:expr),+;
        positions $positions:tt $count:literal;
        properties $rows:tt
        related $related:tt
        files $files:tt
        commands $commands:tt
        actions $actions:tt
    ) => {
        #[doc = $doc]
        $(#[doc = $more])*
        #[doc = ""]
        #[doc = concat!(" Its properties are the fields of [`", stringify!($properties), "`], which it derefs to.")]
        $(#[deprecated(note = $note)])?
        #[derive(Default)]
        pub struct $entity($crate::prelude::OpaqueBox<$properties>);

        record! { $entity $properties }
        $(can! { $operation $entity })*
        properties! {
            [$(#[deprecated(note = $note)])?] $entity $properties $positions $count $rows
            $crate::prelude::EntityFacts {
                name: stringify!($entity),
                operations: &[$($crate::prelude::Operation::$operation),*],
                $($fact: $value,)+
                fields: &FIELDS,
                related: rows! { $related },
                files: rows! { $files },
                known_commands: rows! { $commands },
                actions: rows! { $actions },
                ..$crate::prelude::EntityFacts::about($doc)
            }
        }
        draft! { [$(#[deprecated(note = $note)])? $(#[deprecated(note = $draft_note)])?] $entity $draft $rows }
        positions! { $entity related Filter::related $related }
        positions! { $entity files FileOf::at $files }
        positions! { $entity commands CommandOf::at $commands }
        positions! { $entity actions ActionOf::at $actions }
    };
}

/// Marks an entity with an operation. A create is marked by [`draft!`], which knows the draft's type.
macro_rules! can {
    (List $entity:ident) => {
        impl $crate::prelude::CanList for $entity {}
    };
    (Get $entity:ident) => {
        impl $crate::prelude::CanGet for $entity {}
    };
    (Create $entity:ident) => {};
    (Update $entity:ident) => {
        impl $crate::prelude::CanUpdate for $entity {}
    };
    (Delete $entity:ident) => {
        impl $crate::prelude::CanDelete for $entity {}
    };
}

/// What the rows of properties make of a record: its fields, access to them by position, filters, the table.
///
/// A row is the documentation of the field (its name and facts as a first sentence, then what the name does not say),
/// the field, its name on the wire, the facts of the table (one constant of `generated/facts.rs`), how a draft gets it
/// (`{Type}` from the start, `{= set}` or `{= into}` by a setter), and its filter with the query parameters.
///
/// A row contains no position: the positions stand before the rows, as numbers, because rustc needs a third less time
/// for a number than for a variant of an enum that counts. A row has no optional parts and most of it needs no macro of
/// its own: rustc copies all that it has matched for each optional part, and needs as long for the call of a macro as
/// for the row of a table.
macro_rules! properties {
    ([$($deprecated:tt)*] $entity:ident $properties:ident [$($at:literal)*] $count:literal { $(
        #[doc = $doc:literal]
        $(#$about:tt)*
        $name:ident: $type:ty = $wire:literal, $facts:tt, $draft:tt, $filter:tt;
    )* } $table:expr) => {
        #[doc = concat!("The properties of a [`", stringify!($entity), "`].")]
        $($deprecated)*
        #[non_exhaustive]
        pub struct $properties {
            /// The properties that every record has.
            pub common: $crate::prelude::Common,
            $(
                #[doc = $doc]
                $(#$about)*
                pub $name: ::std::option::Option<$type>,
            )*
            extra: $crate::prelude::Extra,
        }

        // Not derived: that would look for the default of each field by its type. Out of line: each of its callers would
        // repeat a line for each field.
        impl ::std::default::Default for $properties {
            #[inline(never)]
            fn default() -> Self {
                Self {
                    common: ::std::default::Default::default(),
                    $($name: None,)*
                    extra: ::std::default::Default::default(),
                }
            }
        }

        // An array and not a slice: of what stands behind a reference, rustc makes a constant first.
        static FIELDS: [$crate::prelude::Field; $count] = [$(
            $crate::prelude::Field {
                name: $wire,
                kind: <$type as $crate::prelude::SlotValue>::KIND,
                about: $doc,
                ..$facts
            },
        )*];

        pub(crate) static TABLE: $crate::prelude::EntityTable =
            $crate::prelude::EntityTable::of::<$properties>($table);

        impl $crate::prelude::Slots for $properties {
            fn slot(&self, at: usize) -> ::std::option::Option<&dyn $crate::prelude::Slot> {
                Some(match at {
                    $($at => &self.$name,)*
                    _ => return None,
                })
            }
            fn slot_mut(&mut self, at: usize) -> ::std::option::Option<&mut dyn $crate::prelude::Slot> {
                Some(match at {
                    $($at => &mut self.$name,)*
                    _ => return None,
                })
            }
        }

        impl $entity {
            $(filter! { $filter $at #[doc = $doc] $(#$about)* })*
        }
    };
}

/// Combinations of facts, for the rows of properties.
macro_rules! facts {
    ($($facts:ident = $($fact:ident)|+;)*) => {$(
        #[allow(dead_code, reason = "with few sections switched on, nothing may need it")]
        pub(crate) const $facts: nexudus_core::Field = nexudus_core::Field::of($(nexudus_core::fact::$fact)|+);
    )*};
}

/// The filter on a property.
macro_rules! filter {
    ({} $($row:tt)+) => {};
    ({$filter:ident: $type:ty = $query:literal} $at:literal #[doc = $doc:literal] $(#$deprecated:tt)*) => {
        /// Filters by
        #[doc = $doc]
        ///
        /// Query:
        #[doc = $query]
        $(#$deprecated)*
        pub const $filter: $type = $crate::prelude::Filter::at($at);
    };
}

/// The draft of an entity, if it has one.
macro_rules! draft {
    ($deprecated:tt $entity:ident {} $rows:tt) => {};
    ($deprecated:tt $entity:ident {$draft:ident} $rows:tt) => {
        draft_type! { $deprecated $entity $draft }
        setters! { $entity $rows }

        impl $crate::NewRecord<$entity> {
            /// An empty draft.
            pub fn new() -> Self {
                <Self as ::std::default::Default>::default()
            }
        }

        impl ::std::default::Default for $crate::NewRecord<$entity> {
            fn default() -> Self {
                Self { record: ::std::default::Default::default() }
            }
        }
    };
    ($deprecated:tt $entity:ident {$draft:ident, $required:ident} $rows:tt) => {
        draft_type! { $deprecated $entity $draft }
        required! { $deprecated $entity $required $rows }
    };
}

/// What a draft asks for, which are the rows with a type for it, and its setters.
macro_rules! required {
    ([$($deprecated:tt)*] $entity:ident $required:ident { $(
        #[doc = $doc:literal]
        $(#$deprecated_row:tt)*
        $name:ident: $type:ty = $wire:tt, $facts:tt, {$($needs:ty)? $(= $set:ident)?}, $filter:tt;
    )* }) => {
        impl $crate::NewRecord<$entity> {
            $(setter! { {$($needs)? $(= $set)?} $name: $type, #[doc = $doc] $(#$deprecated_row)* })*
        }

        #[doc = concat!("What a new [`", stringify!($entity), "`] must have.")]
        $($deprecated)*
        #[derive(Clone)]
        pub struct $required {$($(
            #[doc = $doc]
            pub $name: $needs,
        )?)*}

        impl $crate::NewRecord<$entity> {
            /// A draft with the properties that it must have.
            pub fn new(required: $required) -> Self {
                let mut record = <$entity as ::std::default::Default>::default();
                let properties = &mut *record;
                $($(
                    nexudus_core::put::<$needs>(&mut properties.$name, required.$name);
                )?)*
                Self { record }
            }
        }
    };
}

/// The setters of a draft that asks for nothing: one for each row with `set` or `into`.
macro_rules! setters {
    ($entity:ident { $(
        $(#$about:tt)+
        $name:ident: $type:ty = $wire:tt, $facts:tt, $draft:tt, $filter:tt;
    )* }) => {
        impl $crate::NewRecord<$entity> {
            $(setter! { $draft $name: $type, $(#$about)+ })*
        }
    };
}

/// The name of an entity's drafts.
macro_rules! draft_type {
    ([$($deprecated:tt)*] $entity:ident $draft_type:ident) => {
        #[doc = concat!("A [`", stringify!($entity), "`] to create. What is not set is not sent.")]
        $($deprecated)*
        pub type $draft_type = $crate::NewRecord<$entity>;

        #[diagnostic::do_not_recommend]
        impl $crate::prelude::CanCreate for $entity {
            type New = $crate::NewRecord<$entity>;
        }
    };
}

/// The setter of a property. Inline: a program compiles those that it calls, and the model none.
macro_rules! setter {
    ({= set} $name:ident: $type:ty, #[doc = $doc:literal] $(#$deprecated:tt)*) => {
        /// Sets
        #[doc = $doc]
        $(#$deprecated)*
        #[inline]
        pub fn $name(mut self, value: $type) -> Self {
            self.record.$name = Some(value);
            self
        }
    };
    ({= into} $name:ident: $type:ty, #[doc = $doc:literal] $(#$deprecated:tt)*) => {
        /// Sets
        #[doc = $doc]
        $(#$deprecated)*
        #[inline]
        pub fn $name(mut self, value: impl ::std::convert::Into<$type>) -> Self {
            self.record.$name = Some(value.into());
            self
        }
    };
    ($draft:tt $($row:tt)+) => {};
}

/// The rows of such a list.
macro_rules! rows {
    ({ $($(#[$about:meta])* $name:ident: $type:ty = $value:expr;)* }) => {
        &[$($value,)*]
    };
}

/// Constants of an entity that name a position in one of the lists of its table.
macro_rules! positions {
    ($entity:ident $position:ident $of:ident::$at:ident {}) => {};
    ($entity:ident $position:ident $of:ident::$at:ident { $(
        $(#[$about:meta])* $name:ident: $type:ty = $value:expr;
    )* }) => {
        #[allow(non_camel_case_types, clippy::enum_variant_names, clippy::upper_case_acronyms, reason = "named like the constants")]
        enum $position {
            $($name,)*
        }

        impl $entity {
            $(
                $(#[$about])*
                pub const $name: $type = $crate::prelude::$of::$at($position::$name as usize);
            )*
        }
    };
}

/// Makes a struct with `properties` in it a record, with a `TABLE` beside it.
macro_rules! record {
    ($entity:ident $properties:ident) => {
        impl $crate::prelude::AsRecord for $entity {
            // Kept out of line: inlined into the caller's crate, it takes a sixteenth of the time of a program that uses all
            // entities.
            #[inline(never)]
            fn as_dyn(&self) -> &dyn $crate::prelude::Record {
                self.0.record()
            }
            #[inline(never)]
            fn as_dyn_mut(&mut self) -> &mut dyn $crate::prelude::Record {
                self.0.record_mut()
            }
        }

        impl $crate::prelude::Record for $properties {
            fn describe(&self) -> &'static $crate::prelude::EntityTable {
                &TABLE
            }
            fn parts(&self) -> (&$crate::prelude::Common, &$crate::prelude::Extra) {
                (&self.common, &self.extra)
            }
            fn parts_mut(&mut self) -> (&mut $crate::prelude::Common, &mut $crate::prelude::Extra) {
                (&mut self.common, &mut self.extra)
            }
        }

        impl ::std::ops::Deref for $entity {
            type Target = $properties;
            fn deref(&self) -> &$properties {
                &self.0
            }
        }

        impl ::std::ops::DerefMut for $entity {
            fn deref_mut(&mut self) -> &mut $properties {
                &mut self.0
            }
        }

        entity_name! { $entity }

        // Here, so that nobody has to import a trait for them.
        impl $entity {
            /// Filters by `Id`.
            pub const ID: $crate::prelude::Filter<Self, $crate::prelude::Id<Self>> = $crate::prelude::CommonFilters::ID;
            /// Filters by `UniqueId`.
            pub const UNIQUE_ID: $crate::prelude::Filter<Self, $crate::prelude::Guid> =
                $crate::prelude::CommonFilters::UNIQUE_ID;
            /// Filters by `SystemId`.
            pub const SYSTEM_ID: $crate::prelude::Filter<Self, str> = $crate::prelude::CommonFilters::SYSTEM_ID;
            /// Filters by a range of `CreatedOn`.
            pub const CREATED_ON: $crate::prelude::Filter<Self, $crate::prelude::DateTime, $crate::prelude::Within> =
                $crate::prelude::CommonFilters::CREATED_ON;
            /// Filters by a range of `UpdatedOn`.
            pub const UPDATED_ON: $crate::prelude::Filter<Self, $crate::prelude::DateTime, $crate::prelude::Within> =
                $crate::prelude::CommonFilters::UPDATED_ON;

            /// The id of this record, if it has one.
            #[inline]
            pub fn id(&self) -> ::std::option::Option<$crate::prelude::Id<Self>> {
                self.common.id.map($crate::prelude::Id::new)
            }
        }

        impl $crate::prelude::Entity for $entity {
            fn table() -> &'static $crate::prelude::EntityTable {
                &TABLE
            }
            fn from_record(untyped: nexudus_core::AnyRecord) -> ::std::result::Result<Self, nexudus_core::DecodeError> {
                $crate::prelude::OpaqueBox::checked(untyped, stringify!($entity)).map(Self)
            }
            // Inline: the programs that update this entity compile it.
            #[inline]
            fn edit(untyped: &mut dyn $crate::prelude::Record, change: &mut dyn FnMut(&mut Self)) -> bool {
                nexudus_core::edit(untyped, change)
            }
        }

        // Inline: the programs that copy this entity compile it.
        impl ::std::clone::Clone for $entity {
            #[inline]
            fn clone(&self) -> Self {
                Self(self.0.clone())
            }
        }

        impl ::std::cmp::PartialEq for $entity {
            fn eq(&self, other: &Self) -> bool {
                nexudus_core::same($crate::prelude::AsRecord::as_dyn(self), $crate::prelude::AsRecord::as_dyn(other))
            }
        }

        impl std::fmt::Debug for $entity {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                $crate::prelude::AsRecord::as_dyn(self).fmt_debug(f)
            }
        }

        impl serde::Serialize for $entity {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> ::std::result::Result<S::Ok, S::Error> {
                nexudus_core::serialize($crate::prelude::AsRecord::as_dyn(self), serializer)
            }
        }

        impl<'de> serde::Deserialize<'de> for $entity {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> ::std::result::Result<Self, D::Error> {
                nexudus_core::deserialize(deserializer)
            }
        }
    };
}

/// An enumeration of the service: number, variant and the service's name of each value.
macro_rules! open_enum {
    ($(#[$about:meta])* $enum:ident, $wire:literal { $($number:literal $variant:ident $name:literal,)* }) => {
        $(#[$about])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum $enum {
            $(#[doc = concat!(stringify!($number), ", `", $name, "`.")] $variant,)*
            /// A value that the spec does not list.
            Unlisted($crate::prelude::Unlisted<Self>),
        }

        impl $crate::prelude::OpenEnum for $enum {
            const TABLE: &'static $crate::prelude::EnumTable =
                &$crate::prelude::EnumTable { name: $wire, values: &[$(($number, $name),)*] };
            const VARIANTS: &'static [Self] = &[$(Self::$variant,)*];
            fn unlisted(value: $crate::prelude::Unlisted<Self>) -> Self {
                Self::Unlisted(value)
            }
            fn value(self) -> i64 {
                match self {
                    $(Self::$variant => $number,)*
                    Self::Unlisted(value) => value.get(),
                }
            }
        }
    };
}

/// Names an entity, so that ids can be of it.
macro_rules! entity_name {
    ($($entity:ident)*) => {$(
        impl $crate::prelude::EntityName for $entity {
            const NAME: &'static str = stringify!($entity);
        }
    )*};
}

/// A tag for the ids of an entity without records.
macro_rules! tags {
    ($($(#[$about:meta])* $tag:ident,)*) => {$(
        $(#[$about])*
        pub enum $tag {}

        entity_name! { $tag }
    )*};
}
