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
