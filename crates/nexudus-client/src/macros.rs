//! What every generated accessor is.

/// A method of each client for the endpoint of each entity: `users: nexudus_model::sys::User` under the sentence that
/// says what it is.
#[allow(unused_macros, reason = "a build without any section has no accessor")]
macro_rules! accessors {
    ($(#[doc = $doc:literal] $(#[deprecated(note = $note:literal)])? $accessor:ident: $record:ty,)*) => {
        impl $crate::Client {
            $(
                #[doc = $doc]
                #[doc = ""]
                #[doc = concat!(" Its properties, operations and filters: [`", stringify!($record), "`].")]
                $(#[deprecated(note = $note)])?
                pub fn $accessor(&self) -> $crate::Endpoint<$record> {
                    $crate::Endpoint::new(self)
                }
            )*
        }

        #[cfg(feature = "blocking")]
        impl $crate::blocking::Client {
            $(
                #[doc = concat!(" As [`Client::", stringify!($accessor), "`](crate::Client::", stringify!($accessor), "), and waits.")]
                $(#[deprecated(note = $note)])?
                pub fn $accessor(&self) -> $crate::blocking::Endpoint<$record> {
                    self.endpoint()
                }
            )*
        }
    };
}

/// A type for the feature of each section, which only messages of the compiler name.
macro_rules! features {
    ($($feature:ident)*) => {$(
        #[doc = concat!("The feature `", stringify!($feature), "`.")]
        #[allow(non_camel_case_types)]
        pub enum $feature {}
    )*};
}

/// In the place of the accessors of a section that is switched off: methods that can't be called, so that the compiler
/// names the feature.
#[allow(unused_macros, reason = "a build with all sections has none")]
macro_rules! switched_off {
    ($feature:ident: $($accessor:ident,)*) => {
        switched_off! { $crate::Client, $feature: $($accessor,)* }
        #[cfg(feature = "blocking")]
        switched_off! { $crate::blocking::Client, $feature: $($accessor,)* }
    };
    ($client:ty, $feature:ident: $($accessor:ident,)*) => {
        impl $client {
            $(
                #[doc(hidden)]
                pub fn $accessor(&self)
                where
                    for<'any> $crate::feature::$feature: $crate::feature::IsOn<'any>,
                {
                }
            )*
        }
    };
}
